"""The calendar: Calendar.sqlitedb. A row is an event with its organiser, or one of its other participants.

QuaDream's customers sent invitations to meetings in the past: the phone takes them in without a word.
"""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Flag, Handle, Integer, Label, MacTime, Name, Opaque, PhoneNumber, Role, RoleValue, Text
from sousveil.readers.sqlite import Column, Layout, chain, sqlite
from sousveil.records import Record


class Entry(Record):
    """One event with its organiser, or one attendee of an event."""

    summary: Text | None
    description: Text | None
    url: Text | None
    conference: Text | None
    """A link to a video call."""
    location: Text | None
    participant_email: Handle | None
    """Of the organiser (of an attendee, in rows of attendees)."""
    participant_name: Name | None
    participant_phone: PhoneNumber | None
    participant_address: Handle | None
    """As the invitation wrote it, such as `mailto:...`."""
    participant_comment: Text | None
    participant_uuid: Opaque
    participant_is_self: Flag | None
    participant_role: Integer | None
    participant_status: Integer | None
    participant_last_modified: MacTime | None
    part: Label | None
    """`event` or `attendee`."""
    role: RoleValue
    start_date: MacTime | None
    end_date: MacTime | None
    creation_date: MacTime | None
    last_modified: MacTime | None
    all_day: Flag | None
    hidden: Flag | None
    invitation_status: Integer | None
    status: Integer | None
    calendar: Name | None
    calendar_owner: Handle | None
    """Who shares the calendar."""
    store: Name | None
    store_type: Integer | None
    """0 on the phone, 1 Exchange, 2 CalDAV (iCloud), 4 subscribed, 5 birthdays."""
    item_id: Integer | None
    calendar_id: Integer | None
    organizer_id: Integer | None
    created_by_id: Integer | None
    action: Label | None
    external_id: Opaque
    external_mod_tag: Opaque
    unique_identifier: Opaque
    uuid: Opaque


_SUBSCRIBED = 4


def _derive(work: dict[str, Column], _context: Context) -> None:
    """Whether the owner wrote the event: not one that somebody else organises, nor one of a subscribed calendar."""
    organisers, own, stores = work["_organizer"], work["_is_self"], work["_store_type"]
    work["role"] = [
        Role.RECEIVED.value
        if (isinstance(o, int) and o > 0 and mine != 1) or store == _SUBSCRIBED
        else Role.WRITTEN.value
        for o, mine, store in zip(organisers, own, stores, strict=True)
    ]
    work["part"] = ["event"] * len(organisers)


def _derive_attendee(work: dict[str, Column], context: Context) -> None:
    _derive(work, context)
    work["part"] = ["attendee"] * len(work["role"])


def _c(name: str) -> str:
    return f"CalendarItem.{name}"


_ITEM = {
    "description": _c("description"),
    "url": _c("url"),
    "conference": _c("conference"),
    "end_date": _c("end_date"),
    "creation_date": _c("creation_date"),
    "last_modified": _c("last_modified"),
    "all_day": _c("all_day"),
    "hidden": _c("hidden"),
    "invitation_status": _c("invitation_status"),
    "status": _c("status"),
    "item_id": _c("ROWID"),
    "calendar_id": _c("calendar_id"),
    "organizer_id": _c("organizer_id"),
    "created_by_id": _c("created_by_id"),
    "action": _c("action"),
    "external_id": _c("external_id"),
    "external_mod_tag": _c("external_mod_tag"),
    "unique_identifier": _c("unique_identifier"),
    "uuid": _c("UUID"),
}
_COLUMNS = {"summary": _c("summary"), "start_date": _c("start_date")}
_PARTICIPANT = {
    "participant_email": "Participant.email",
    "participant_phone": "Participant.phone_number",
    "participant_comment": "Participant.comment",
    "participant_uuid": "Participant.UUID",
    "participant_is_self": "Participant.is_self",
    "participant_role": "Participant.role",
    "participant_status": "Participant.status",
    "participant_last_modified": "Participant.last_modified",
    "participant_name": "Identity.display_name",
    "participant_address": "Identity.address",
}
_CALENDAR = {
    "calendar": "Calendar.title",
    "calendar_owner": "Calendar.shared_owner_email",
    "store": "Store.name",
    "store_type": "Store.type",
    "location": "Location.title",
}
_JOINS = (
    " LEFT JOIN Participant ON Participant.ROWID = CalendarItem.organizer_id"
    " LEFT JOIN Identity ON Identity.rowid = Participant.identity_id"
    " LEFT JOIN Calendar ON Calendar.ROWID = CalendarItem.calendar_id"
    " LEFT JOIN Store ON Store.ROWID = Calendar.store_id"
    " LEFT JOIN Location ON Location.ROWID = CalendarItem.location_id"
)
_INPUTS = {"_organizer": _c("organizer_id"), "_is_self": "Participant.is_self"}
_ATTENDEE = 7

ARTEFACT = Artefact(
    name="ios.calendar",
    title="Calendar",
    needs={"main": (At.ios("/private/var/mobile/Library/Calendar/Calendar.sqlitedb"),)},
    record=Entry,
    role=Role.WRITTEN,
    read=chain(
        sqlite(
            Layout(
                name="events",
                source="CalendarItem" + _JOINS,
                columns=_COLUMNS,
                optional=_ITEM | _PARTICIPANT | _CALENDAR,
                inputs=_INPUTS | {"_store_type": "Store.type"},
                derive=_derive,
                extra=("CalendarItem",),
            ),
            Layout(
                name="events and organisers",
                source="CalendarItem LEFT JOIN Participant ON Participant.ROWID = CalendarItem.organizer_id",
                columns=_COLUMNS,
                optional=_ITEM | {k: v for k, v in _PARTICIPANT.items() if v.startswith("P")},
                inputs=_INPUTS | {"_store_type": "NULL"},
                derive=_derive,
                extra=("CalendarItem",),
            ),
            Layout(
                name="events alone",
                source="CalendarItem",
                columns=_COLUMNS,
                optional=_ITEM,
                inputs={"_organizer": "NULL", "_is_self": "NULL", "_store_type": "NULL"},
                derive=_derive,
                extra=("CalendarItem",),
            ),
        ),
        sqlite(
            Layout(
                name="attendees",
                source="Participant LEFT JOIN CalendarItem ON CalendarItem.ROWID = Participant.owner_id "
                "LEFT JOIN Identity ON Identity.rowid = Participant.identity_id",
                columns={"participant_email": "Participant.email"},
                optional=_PARTICIPANT | {"item_id": _c("ROWID"), "organizer_id": _c("organizer_id")},
                inputs={"_organizer": _c("organizer_id"), "_is_self": "NULL", "_store_type": "NULL"},
                where=f"Participant.entity_type = {_ATTENDEE}",
                selective=True,
                derive=_derive_attendee,
                extra=("Participant",),
            ),
            required=False,
        ),
    ),
    events=(
        Event(at="creation_date", says="calendar entry made"),
        Event(at="start_date", says="calendar entry begins"),
        Event(at="last_modified", says="calendar entry changed"),
        Event(at="participant_last_modified", says="participant of a calendar entry changed"),
    ),
    expected=Expected(),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output and published descriptions",
            verified=True,
        ),
    ),
    means="An invitation shows that somebody wrote to this phone's calendar; spam does so too. It does not show that "
    "anything ran.",
)
