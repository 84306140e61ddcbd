"""WhatsApp's address book: ContactsV2.sqlite."""

from __future__ import annotations

from sousveil.artefacts.ios.whatsapp import APPS, GROUP
from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import Flag, Handle, Integer, Label, MacTime, Name, Opaque, PhoneNumber, Role, Text
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Record


class Contact(Record):
    """One contact as WhatsApp knows it."""

    whatsapp_id: Handle | None
    phone_number: PhoneNumber | None
    localized_phone_number: PhoneNumber | None
    phone_number_label: Label | None
    full_name: Name | None
    given_name: Name | None
    last_name: Name | None
    business_name: Name | None
    highlighted_name: Name | None
    user_name: Name | None
    about_text: Text | None
    about_emoji: Name | None
    notes: Text | None
    lid: Handle | None
    """The hidden identifier."""
    identifier: Opaque
    row_pk: Integer | None
    about_timestamp: MacTime | None
    about_expiration: MacTime | None
    last_updated: MacTime | None
    disappearing_mode_timestamp: MacTime | None
    disappearing_mode_duration: Integer | None
    """Seconds after which messages disappear; 0 or nothing: never."""
    disappearing_mode_is_on: Flag | None
    disappearing_mode_label: Label | None
    """The duration in words."""
    phone_status: Integer | None
    sync_policy: Integer | None
    favorite: Flag | None


_TIMES = {86_400: "24 hours", 604_800: "7 days", 7_776_000: "90 days"}


def _derive(work: dict[str, list[object]], _context: object) -> None:
    spans = work.get("disappearing_mode_duration")
    if spans is None:
        return
    work["disappearing_mode_is_on"] = [None if s is None else int(isinstance(s, int) and s > 0) for s in spans]
    work["disappearing_mode_label"] = [
        None if not isinstance(s, int) else _TIMES.get(s, f"{s} seconds" if s > 0 else "off") for s in spans
    ]


def _c(name: str) -> str:
    return f"ZWAADDRESSBOOKCONTACT.{name}"


ARTEFACT = Artefact(
    name="ios.whatsapp_contacts",
    title="WhatsApp contacts",
    needs={"main": (At.group(GROUP, "ContactsV2.sqlite"),)},
    record=Contact,
    role=Role.WRITTEN,
    read=sqlite(
        Layout(
            name="address book",
            source="ZWAADDRESSBOOKCONTACT",
            columns={},
            inputs={"_pk": _c("Z_PK")},
            optional={
                "row_pk": _c("Z_PK"),
                "whatsapp_id": _c("ZWHATSAPPID"),
                "phone_number": _c("ZPHONENUMBER"),
                "localized_phone_number": _c("ZLOCALIZEDPHONENUMBER"),
                "phone_number_label": _c("ZPHONENUMBERLABEL"),
                "full_name": _c("ZFULLNAME"),
                "given_name": _c("ZGIVENNAME"),
                "last_name": _c("ZLASTNAME"),
                "business_name": _c("ZBUSINESSNAME"),
                "highlighted_name": _c("ZHIGHLIGHTEDNAME"),
                "user_name": _c("ZUSERNAME"),
                "about_text": _c("ZABOUTTEXT"),
                "about_emoji": _c("ZABOUTEMOJI"),
                "notes": _c("ZNOTES"),
                "lid": _c("ZLID"),
                "identifier": _c("ZIDENTIFIER"),
                "about_timestamp": _c("ZABOUTTIMESTAMP"),
                "about_expiration": _c("ZABOUTEXPIRATIONTIMESTAMP"),
                "last_updated": _c("ZLASTUPDATED"),
                "disappearing_mode_timestamp": _c("ZDISAPPEARINGMODETIMESTAMP"),
                "disappearing_mode_duration": _c("ZDISAPPEARINGMODEDURATION"),
                "phone_status": _c("ZPHONESTATUS"),
                "sync_policy": _c("ZSYNCPOLICY"),
                "favorite": _c("ZFAVORITE"),
            },
            derive=_derive,
            extra=("ZWAADDRESSBOOKCONTACT",),
        ),
    ),
    events=(
        Event(at="last_updated", says="WhatsApp contact updated"),
        Event(at="about_timestamp", says="WhatsApp contact changed its status text"),
        Event(at="disappearing_mode_timestamp", says="disappearing messages set for a WhatsApp contact"),
    ),
    expected=Expected(app=APPS),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output; other columns recalled",
            verified=True,
        ),
    ),
    means="Whom WhatsApp knows. It shows no contact by itself.",
)
