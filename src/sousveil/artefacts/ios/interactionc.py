"""Whom the phone dealt with, in which app and when: interactionC.db (CoreDuet).

A row is an interaction with one of its recipients (or without any), or one of its attachments: recipients and
attachments
are read one after the other, because their product grows without bound.
"""

from __future__ import annotations

from sousveil.artefacts.ios._lids import numbers_beside
from sousveil.artefacts.ios.whatsapp import GROUP
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import (
    BundleId,
    Flag,
    Handle,
    Integer,
    Label,
    MacTime,
    Name,
    Opaque,
    PhoneNumber,
    Role,
    RoleValue,
    Text,
)
from sousveil.readers.sqlite import Column, Layout, amended, chain, sqlite
from sousveil.records import Record


class Interaction(Record):
    """One interaction: with its sender and one recipient, or with one attachment."""

    bundle_id: BundleId | None
    """The app."""
    target_bundle_id: BundleId | None
    account: Handle | None
    direction: Label | None
    """`INCOMING` or `OUTGOING`."""
    role: RoleValue
    start_date: MacTime | None
    end_date: MacTime | None
    creation_date: MacTime | None
    """When the row was written; an hour or more after the start is worth a look."""
    update_date: MacTime | None
    sender_identifier: Handle | None
    sender_display_name: Name | None
    sender_personid: Opaque
    sender_number: PhoneNumber | None
    """The number behind a hidden WhatsApp identifier; so for the recipient."""
    recipient_identifier: Handle | None
    recipient_display_name: Name | None
    recipient_personid: Opaque
    recipient_number: PhoneNumber | None
    recipient_count: Integer | None
    domain_identifier: Handle | None
    """Of the conversation."""
    domain_number: PhoneNumber | None
    group_name: Name | None
    content: Text | None
    """Text of the attachment."""
    uti: Label | None
    """Type of the attachment."""
    attachment_content_url: Text | None
    size: Integer | None
    photo_local_id: Opaque
    attachment_id: Opaque
    cloud_id: Opaque
    interaction_content_url: Text | None
    location_uuid: Opaque
    derived_intent_id: Opaque
    custom_id: Opaque
    mechanism: Integer | None
    is_response: Flag | None
    contact_creation_date: MacTime | None
    """When the sender (of an outgoing interaction: the recipient) was first met; so all that follow."""
    first_incoming_recipient_date: MacTime | None
    first_incoming_sender_date: MacTime | None
    first_outgoing_recipient_date: MacTime | None
    last_incoming_recipient_date: MacTime | None
    last_incoming_sender_date: MacTime | None
    last_outgoing_recipient_date: MacTime | None
    incoming_recipient_count: Integer | None
    incoming_sender_count: Integer | None
    outgoing_recipient_count: Integer | None
    table_id: Integer | None
    """Key of the interaction."""


_SENT, _RECEIVED = Role.SENT.value, Role.RECEIVED.value


def _derive(work: dict[str, Column], _context: Context) -> None:
    ways = work["_direction"]
    work["direction"] = ["INCOMING" if way == 0 else "OUTGOING" if way == 1 else None for way in ways]
    work["role"] = [_SENT if way == 1 else _RECEIVED for way in ways]


def _i(name: str) -> str:
    return f"ZINTERACTIONS.{name}"


_OWN = {
    "bundle_id": _i("ZBUNDLEID"),
    "target_bundle_id": _i("ZTARGETBUNDLEID"),
    "account": _i("ZACCOUNT"),
    "end_date": _i("ZENDDATE"),
    "creation_date": _i("ZCREATIONDATE"),
    "update_date": _i("ZUPDATEDATE"),
    "recipient_count": _i("ZRECIPIENTCOUNT"),
    "domain_identifier": _i("ZDOMAINIDENTIFIER"),
    "group_name": _i("ZGROUPNAME"),
    "interaction_content_url": _i("ZCONTENTURL"),
    "location_uuid": _i("ZLOCATIONUUID"),
    "derived_intent_id": _i("ZDERIVEDINTENTIDENTIFIER"),
    "mechanism": _i("ZMECHANISM"),
    "is_response": _i("ZISRESPONSE"),
    "table_id": _i("Z_PK"),
}
_SENDER = {
    "sender_identifier": "sender.ZIDENTIFIER",
    "sender_display_name": "sender.ZDISPLAYNAME",
    "sender_personid": "sender.ZPERSONID",
}
_RECIPIENT = {
    "recipient_identifier": "recipient.ZIDENTIFIER",
    "recipient_display_name": "recipient.ZDISPLAYNAME",
    "recipient_personid": "recipient.ZPERSONID",
}
_DATES = {
    "contact_creation_date": "ZCREATIONDATE",
    "custom_id": "ZCUSTOMIDENTIFIER",
    "first_incoming_recipient_date": "ZFIRSTINCOMINGRECIPIENTDATE",
    "first_incoming_sender_date": "ZFIRSTINCOMINGSENDERDATE",
    "first_outgoing_recipient_date": "ZFIRSTOUTGOINGRECIPIENTDATE",
    "last_incoming_recipient_date": "ZLASTINCOMINGRECIPIENTDATE",
    "last_incoming_sender_date": "ZLASTINCOMINGSENDERDATE",
    "last_outgoing_recipient_date": "ZLASTOUTGOINGRECIPIENTDATE",
    "incoming_recipient_count": "ZINCOMINGRECIPIENTCOUNT",
    "incoming_sender_count": "ZINCOMINGSENDERCOUNT",
    "outgoing_recipient_count": "ZOUTGOINGRECIPIENTCOUNT",
}
_PERSON_ONE = {field: f"sender.{column}" for field, column in _DATES.items()}
_PERSON_TWO = {field: f"ifnull(sender.{column}, recipient.{column})" for field, column in _DATES.items()}
_JOIN_SENDER = " LEFT JOIN ZCONTACTS AS sender ON sender.Z_PK = ZINTERACTIONS.ZSENDER"
_REQUIRED = {"start_date": _i("ZSTARTDATE")}
_ENTITIES = ((2, 3), (3, 4), (2, 4), (1, 2))
"""Numbers that Core Data gave to contacts and interactions; they are part of the names of the joining table."""


def _with_recipients(contact: int, interaction: int) -> Layout:
    # An inner join: SQLite walks the pairs and looks interactions up by their key, whatever indexes the evidence has.
    pairs = f"Z_{contact}INTERACTIONRECIPIENT"
    return Layout(
        name="interactions with recipients",
        source=f"ZINTERACTIONS JOIN {pairs} ON {pairs}.Z_{interaction}INTERACTIONRECIPIENT = "
        f"ZINTERACTIONS.Z_PK{_JOIN_SENDER} "
        f"LEFT JOIN ZCONTACTS AS recipient ON recipient.Z_PK = {pairs}.Z_{contact}RECIPIENTS",
        columns=_REQUIRED,
        optional=_OWN | _SENDER | _RECIPIENT | _PERSON_TWO,
        inputs={"_direction": _i("ZDIRECTION")},
        derive=_derive,
        extra=("ZINTERACTIONS",),
        selective=True,
    )


def _without_recipients(contact: int, interaction: int) -> Layout:
    key = f"Z_{contact}INTERACTIONRECIPIENT.Z_{interaction}INTERACTIONRECIPIENT"
    pairs = key.partition(".")[0]
    return Layout(
        name="interactions without recipients",
        source="ZINTERACTIONS" + _JOIN_SENDER,
        columns=_REQUIRED,
        optional=_OWN | _SENDER | _PERSON_ONE,
        inputs={"_direction": _i("ZDIRECTION")},
        where=f"ZINTERACTIONS.Z_PK NOT IN (SELECT {key} FROM {pairs} WHERE {key} IS NOT NULL)",
        selective=True,
        derive=_derive,
        extra=("ZINTERACTIONS",),
    )


def _with_attachments(attachment: int, interaction: int) -> Layout:
    pairs = f"Z_{attachment}INTERACTIONS"
    return Layout(
        name="attachments",
        source=f"ZATTACHMENT LEFT JOIN {pairs} ON {pairs}.Z_{attachment}ATTACHMENTS = ZATTACHMENT.Z_PK "
        f"LEFT JOIN ZINTERACTIONS ON ZINTERACTIONS.Z_PK = {pairs}.Z_{interaction}INTERACTIONS{_JOIN_SENDER}",
        columns=_REQUIRED,
        optional={
            name: _OWN[name]
            for name in ("bundle_id", "target_bundle_id", "account", "domain_identifier", "group_name", "table_id")
        }
        | _SENDER
        | {
            "content": "ZATTACHMENT.ZCONTENTTEXT",
            "uti": "ZATTACHMENT.ZUTI",
            "attachment_content_url": "ZATTACHMENT.ZCONTENTURL",
            "size": "ZATTACHMENT.ZSIZEINBYTES",
            "photo_local_id": "ZATTACHMENT.ZPHOTOLOCALIDENTIFIER",
            "attachment_id": "ZATTACHMENT.ZIDENTIFIER",
            "cloud_id": "ZATTACHMENT.ZCLOUDIDENTIFIER",
        },
        inputs={"_direction": _i("ZDIRECTION")},
        derive=_derive,
        extra=("ZATTACHMENT",),
    )


_read = chain(
    sqlite(*(_with_recipients(contact, interaction) for contact, interaction in _ENTITIES)),
    sqlite(
        *(_without_recipients(contact, interaction) for contact, interaction in _ENTITIES),
        Layout(
            name="interactions with senders",
            source="ZINTERACTIONS" + _JOIN_SENDER,
            columns=_REQUIRED,
            optional=_OWN | _SENDER | _PERSON_ONE,
            inputs={"_direction": _i("ZDIRECTION")},
            derive=_derive,
            extra=("ZINTERACTIONS",),
        ),
        Layout(
            name="interactions alone",
            source="ZINTERACTIONS",
            columns=_REQUIRED,
            optional=_OWN,
            inputs={"_direction": _i("ZDIRECTION")},
            derive=_derive,
            extra=("ZINTERACTIONS",),
        ),
    ),
    sqlite(
        *(_with_attachments(attachment, interaction) for attachment, interaction in ((1, 3), (1, 2), (1, 4))),
        required=False,
    ),
)


_IDENTIFIERS = tuple((f"{who}_identifier", f"{who}_number") for who in ("sender", "recipient", "domain"))
read = amended(_read, numbers_beside(_IDENTIFIERS, "lids", "contacts"))
"""The interactions, with the numbers behind WhatsApp's hidden identifiers where its databases say them."""


ARTEFACT = Artefact(
    name="ios.interactionc",
    title="Interactions with people",
    needs={
        "main": (At.ios("/private/var/mobile/Library/CoreDuet/People/interactionC.db"),),
        "lids": (At.group(GROUP, "LID.sqlite"),),
        "contacts": (At.group(GROUP, "ContactsV2.sqlite"),),
    },
    record=Interaction,
    role=Role.RECEIVED,
    read=read,
    events=(
        Event(at="start_date", says="interaction with a person", shows="bundle_id"),
        Event(at="creation_date", says="interaction written down by the phone", shows="bundle_id"),
    ),
    expected=Expected(optional="some versions of iOS leave this database out of backups"),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output; the numbers in table names recalled",
            verified=True,
        ),
    ),
    means="That an app reported a message, call or mail with this person. Rows stay after the message itself was "
    "deleted.",
)
