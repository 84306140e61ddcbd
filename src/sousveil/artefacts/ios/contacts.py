"""The address book: AddressBook.sqlitedb. A row is a person with one number, address, link or account."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Handle, Integer, Label, MacTime, Name, Opaque, Role, Text
from sousveil.readers.sqlite import Column, Layout, chain, sqlite
from sousveil.records import Record


class Contact(Record):
    """One value of one person, or a person without any."""

    value: Handle | None
    what: Label | None
    """`phone`, `email`, `url`, `address`, `date`, `message`, `related` or `social`, by the number that the phone
    stores."""
    label: Label | None
    """`Mobile`, `Home`, `Work` or the owner's own word."""
    first: Name | None
    middle: Name | None
    last: Name | None
    nickname: Name | None
    organization: Name | None
    department: Name | None
    job_title: Name | None
    birthday: Opaque
    note: Text | None
    image_uri: Text | None
    person_id: Integer | None
    property: Integer | None
    guid: Opaque
    created: MacTime | None
    modified: MacTime | None


_WHAT = {
    3: "phone",
    4: "email",
    5: "address",
    12: "date",
    13: "message",
    16: "url",
    22: "url",
    23: "related",
    46: "social",
}


def _derive(work: dict[str, Column], _context: Context) -> None:
    work["what"] = [_WHAT.get(p) if isinstance(p, int) else None for p in work["_property"]]
    if "label" in work:  # the phone wraps its own labels: _$!<Home>!$_
        work["label"] = [
            v[4:-4] if isinstance(v, str) and v.startswith("_$!<") and v.endswith(">!$_") else v for v in work["label"]
        ]


_PERSON = {
    "first": "ABPerson.First",
    "middle": "ABPerson.Middle",
    "last": "ABPerson.Last",
    "nickname": "ABPerson.Nickname",
    "organization": "ABPerson.Organization",
    "department": "ABPerson.Department",
    "job_title": "ABPerson.JobTitle",
    "birthday": "ABPerson.Birthday",
    "note": "ABPerson.Note",
    "image_uri": "ABPerson.ImageURI",
    "person_id": "ABPerson.ROWID",
    "guid": "ABPerson.guid",
    "created": "ABPerson.CreationDate",
    "modified": "ABPerson.ModificationDate",
}
_VALUE = {"value": "ABMultiValue.value", "property": "ABMultiValue.property"}
_JOIN = "ABPerson LEFT JOIN ABMultiValue ON ABMultiValue.record_id = ABPerson.ROWID"

ARTEFACT = Artefact(
    name="ios.contacts",
    title="Contacts",
    needs={"main": (At.ios("/private/var/mobile/Library/AddressBook/AddressBook.sqlitedb"),)},
    record=Contact,
    role=Role.WRITTEN,
    read=chain(
        sqlite(
            Layout(
                name="people and values",
                source=_JOIN + " LEFT JOIN ABMultiValueLabel ON ABMultiValueLabel.rowid = ABMultiValue.label",
                columns=_VALUE | {"label": "ABMultiValueLabel.value"},
                optional=_PERSON,
                inputs={"_property": "ABMultiValue.property"},
                derive=_derive,
                extra=("ABPerson",),
            ),
            Layout(
                name="people and values without labels",
                source=_JOIN,
                columns=_VALUE,
                optional=_PERSON,
                inputs={"_property": "ABMultiValue.property"},
                derive=_derive,
                extra=("ABPerson",),
            ),
            Layout(
                name="people",
                source="ABPerson",
                columns={"first": "ABPerson.First"},
                optional=_PERSON,
                inputs={"_property": "NULL"},
                derive=_derive,
                extra=("ABPerson",),
            ),
        ),
        sqlite(  # parts of postal addresses and of accounts with message services and social networks
            Layout(
                name="parts of values",
                source="ABMultiValueEntry LEFT JOIN ABMultiValue ON ABMultiValue.UID = ABMultiValueEntry.parent_id "
                "LEFT JOIN ABMultiValueEntryKey ON ABMultiValueEntryKey.rowid = ABMultiValueEntry.key",
                columns={"value": "ABMultiValueEntry.value", "label": "ABMultiValueEntryKey.value"},
                optional={"person_id": "ABMultiValue.record_id", "property": "ABMultiValue.property"},
                inputs={"_property": "ABMultiValue.property"},
                derive=_derive,
            ),
            required=False,
        ),
    ),
    events=(
        Event(at="created", says="contact made"),
        Event(at="modified", says="contact changed"),
    ),
    expected=Expected(),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output and published descriptions",
            verified=True,
        ),
    ),
    means="What the owner (or a synchronised account) wrote down. A published address here shows no contact by itself.",
)
