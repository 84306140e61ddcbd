"""Calendar: HomeDomain Library/Calendar/Calendar.sqlitedb.

Row keys: summary, description, at (start), end, created, modified (Unix seconds), all_day, location, url,
organizer (e-mail), organizer_name, attendees (e-mails), calendar (title), invitation_status; or any CalendarItem
column by its own name. An event is back-dated when `created` is later than `at`.
Layout: table and column names as publicly described for CalendarItem, Participant, Identity, Calendar and Store; the
columns that come with iOS 14 and 16 are recalled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl, fixed_uuid, lookup, mac

DOMAIN = "HomeDomain"
RELATIVE = "Library/Calendar/Calendar.sqlitedb"
VERSIONS: tuple[int, ...] = (12, 14, 16)

EVENT, ATTENDEE, ORGANIZER = 2, 7, 8
_TAKEN = {
    "at",
    "end",
    "created",
    "modified",
    "location",
    "organizer",
    "organizer_name",
    "attendees",
    "calendar",
    "ROWID",
}


def _tables(ios: int) -> tuple[Table, ...]:
    key = "ROWID INTEGER PRIMARY KEY AUTOINCREMENT"
    item = [
        key,
        "summary TEXT",
        "location_id INTEGER",
        "description TEXT",
        "start_date REAL",
        "start_tz TEXT",
        "end_date REAL",
        "end_tz TEXT",
        "all_day INTEGER",
        "calendar_id INTEGER",
        "orig_item_id INTEGER",
        "orig_date REAL",
        "organizer_id INTEGER",
        "self_attendee_id INTEGER",
        "status INTEGER",
        "action TEXT",
        "invitation_status INTEGER",
        "availability INTEGER",
        "privacy_level INTEGER",
        "url TEXT",
        "last_modified REAL",
        "sequence_num INTEGER",
        "birthday_id INTEGER",
        "modified_properties INTEGER",
        "external_tracking_status INTEGER",
        "external_id TEXT",
        "external_mod_tag TEXT",
        "unique_identifier TEXT",
        "external_schedule_id TEXT",
        "external_rep BLOB",
        "response_comment TEXT",
        "hidden INTEGER",
        "has_recurrences INTEGER",
        "has_attendees INTEGER",
        "UUID TEXT",
        "entity_type INTEGER",
        "priority INTEGER",
        "due_date REAL",
        "due_tz TEXT",
        "due_all_day INTEGER",
        "completion_date REAL",
        "creation_date REAL",
        "conference TEXT",
        "display_order INTEGER",
        "created_by_id INTEGER",
        "modified_by_id INTEGER",
        "shared_item_created_date REAL",
        "shared_item_created_tz TEXT",
        "shared_item_modified_date REAL",
        "shared_item_modified_tz TEXT",
        "invitation_changed_properties INTEGER",
        "default_alarm_removed INTEGER",
        "phantom_master INTEGER",
        "participation_status_modified_date REAL",
        "calendar_scale TEXT",
        "travel_time INTEGER",
        "travel_advisory_behavior INTEGER",
        "start_location_id INTEGER",
        "suggested_event_info_id INTEGER",
    ]
    participant = [
        key,
        "entity_type INTEGER",
        "type INTEGER",
        "status INTEGER",
        "pending_status INTEGER",
        "role INTEGER",
        "identity_id INTEGER",
        "owner_id INTEGER",
        "external_rep BLOB",
        "UUID TEXT",
        "email TEXT",
        "is_self INTEGER",
        "last_modified REAL",
        "phone_number TEXT",
        "comment TEXT",
    ]
    if ios >= 14:
        item += [
            "can_forward INTEGER",
            "location_prediction_state INTEGER",
            "fired_ttl INTEGER",
            "disallow_propose_new_time INTEGER",
            "junk_status INTEGER",
        ]
        participant += ["schedule_agent INTEGER"]
    if ios >= 16:
        item += ["app_link BLOB", "conference_url_detected TEXT", "image_id INTEGER"]
    return (
        Table(
            "Store",
            key,
            "name TEXT",
            "default_alarm_offset INTEGER",
            "type INTEGER",
            "constraint_path TEXT",
            "disabled INTEGER",
            "external_id TEXT",
            "persistent_id TEXT",
            "flags INTEGER",
            "creator_bundle_id TEXT",
            "creator_code_signing_identity TEXT",
            "only_creator_can_modify INTEGER",
            "external_mod_tag TEXT",
            "preferred_event_private_value INTEGER",
            "strictest_event_private_value INTEGER",
            type=0,
            disabled=0,
            flags=0,
        ),
        Table(
            "Calendar",
            key,
            "store_id INTEGER",
            "title TEXT",
            "flags INTEGER",
            "color TEXT",
            "color_is_display INTEGER",
            "type TEXT",
            "supported_entity_types INTEGER",
            "external_id TEXT",
            "external_mod_tag TEXT",
            "external_id_tag TEXT",
            "external_rep BLOB",
            "display_order INTEGER",
            "UUID TEXT",
            "shared_owner_name TEXT",
            "shared_owner_email TEXT",
            "sharing_status INTEGER",
            "sharing_invitation_status INTEGER",
            store_id=1,
            flags=0,
            color="#1BADF8",
            display_order=1,
        ),
        Table(
            "CalendarItem",
            *item,
            indexes=("calendar_id", "start_date"),
            all_day=0,
            location_id=0,
            orig_item_id=0,
            organizer_id=0,
            self_attendee_id=0,
            status=0,
            invitation_status=0,
            availability=0,
            privacy_level=0,
            hidden=0,
            has_recurrences=0,
            entity_type=EVENT,
            priority=0,
            start_tz="Etc/UTC",
            end_tz="Etc/UTC",
            sequence_num=0,
            birthday_id=-1,
        ),
        Table(
            "Identity",
            "display_name TEXT",
            "address TEXT",
            "first_name TEXT",
            "last_name TEXT",
            constraints=("UNIQUE (display_name, address, first_name, last_name)",),
        ),
        Table("Participant", *participant, indexes=("owner_id",), status=0, pending_status=0, role=1, is_self=0),
        Table(
            "Location",
            key,
            "title TEXT",
            "address TEXT",
            "latitude REAL",
            "longitude REAL",
            "address_book_id TEXT",
            "radius REAL",
            "item_owner_id INTEGER",
            "alarm_owner_id INTEGER",
        ),
        Table(
            "Alarm",
            key,
            "trigger_date REAL",
            "trigger_interval INTEGER",
            "type INTEGER",
            "calendaritem_owner_id INTEGER",
            "calendar_owner_id INTEGER",
            "external_id TEXT",
            "UUID TEXT",
        ),
        Table(
            "Recurrence",
            key,
            "frequency INTEGER",
            "interval INTEGER",
            "week_start INTEGER",
            "count INTEGER",
            "cached_end_date REAL",
            "end_date REAL",
            "specifier TEXT",
            "by_month_months INTEGER",
            "owner_id INTEGER",
            "external_id TEXT",
            "UUID TEXT",
        ),
    )


def schema(ios: int) -> str:
    """The statements that make an empty calendar of this iOS major version, with the local store."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + "INSERT INTO Store (name, type, disabled, flags) VALUES ('Default', 0, 0, 0);\n"


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many events in one transaction; calendars and identities are shared."""
    with Batch(db, _tables(ios)) as batch:
        calendars = lookup(db, "SELECT title, ROWID FROM Calendar")
        identities = lookup(db, "SELECT address, ROWID FROM Identity")
        for row in rows:
            _add(batch, row, calendars, identities)


def _participant(
    batch: Batch, owner: int, email: str, name: str | None, kind: int, at: float, identities: dict[Any, Any]
) -> int:
    address = "mailto:" + email
    if address not in identities:
        identities[address] = batch.new_id("Identity", "ROWID")
        batch.add("Identity", {"display_name": name or email, "address": address})
        # Identity has no ROWID column of its own: rows are written in order, so the numbers fit.
    number = batch.new_id("Participant", "ROWID")
    batch.add(
        "Participant",
        {
            "ROWID": number,
            "entity_type": kind,
            "type": 1,
            "status": 1,
            "identity_id": identities[address],
            "owner_id": owner,
            "email": email,
            "last_modified": mac(at),
            "UUID": fixed_uuid("participant", number),
        },
    )
    return number


def _add(batch: Batch, row: dict[str, Any], calendars: dict[Any, Any], identities: dict[Any, Any]) -> None:
    key = batch.key(row, "CalendarItem", "ROWID")
    title = row.get("calendar", "Calendar")
    if title not in calendars:
        calendars[title] = batch.new_id("Calendar", "ROWID")
        batch.add("Calendar", {"ROWID": calendars[title], "title": title, "UUID": fixed_uuid("calendar", title)})
    at = row.get("at", BASE_TIME)
    created = row.get("created", at - 86_400)
    values = {
        "ROWID": key,
        "summary": "Coffee",
        "start_date": mac(at),
        "end_date": mac(row.get("end", at + 3_600)),
        "calendar_id": calendars[title],
        "creation_date": mac(created),
        "last_modified": mac(row.get("modified", created)),
        "UUID": fixed_uuid("event", key),
        "unique_identifier": fixed_uuid("event-unique", key),
    }
    if row.get("organizer"):
        values["organizer_id"] = _participant(
            batch, key, row["organizer"], row.get("organizer_name"), ORGANIZER, created, identities
        )
        values["has_attendees"] = 1
    for email in row.get("attendees", ()):
        _participant(batch, key, email, None, ATTENDEE, created, identities)
        values["has_attendees"] = 1
    if row.get("location"):
        values["location_id"] = batch.new_id("Location", "ROWID")
        batch.add("Location", {"ROWID": values["location_id"], "title": row["location"], "item_owner_id": key})
    values.update((name, value) for name, value in row.items() if name not in _TAKEN)
    batch.add("CalendarItem", values)


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one event; see the module for the keys."""
    bulk(db, ios, [row])
