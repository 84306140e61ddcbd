"""What happened to configuration profiles: installed, removed, by which program."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.ios.configuration_profiles import DOMAIN
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import Label, ProcessName, ProfileId, Role, UnixTime
from sousveil.readers.plist import PlistValue
from sousveil.readers.plists import Row, as_dict, plist_rows, row_of
from sousveil.records import Record
from sousveil.texts import t


class ProfileEvent(Record):
    """One event of one profile."""

    profile_id: ProfileId
    operation: Label | None
    """`install`, `remove` ..."""
    process: ProcessName | None
    """The program that did it."""
    at: UnixTime | None


_FIELDS = {"Operation": "operation", "Process": "process", "timestamp": "at"}


def parse(value: PlistValue, context: Context) -> Iterator[Row]:
    """A row for each event."""
    events = value.get("ProfileEvents") if isinstance(value, dict) else None
    if not isinstance(events, list):
        raise Unsupported(t("error.profile_events.file_list_profile"))
    for event in events:
        for profile, facts in as_dict(event).items():
            row = row_of(as_dict(facts), _FIELDS)
            row["profile_id"] = profile
            yield row


ARTEFACT = Artefact(
    name="ios.profile_events",
    title="Events of configuration profiles",
    needs={
        "main": (
            At.backup(DOMAIN, "Library/ConfigurationProfiles/MCProfileEvents.plist"),
            At.ios("/private/var/mobile/Library/ConfigurationProfiles/MCProfileEvents.plist"),
        )
    },
    record=ProfileEvent,
    role=Role.INSTALLED,
    read=plist_rows(parse),
    events=(Event(at="at", says="configuration profile installed or removed", shows="operation"),),
    expected=Expected(optional="only phones on which a profile was installed or removed have one"),
    seen=(Seen(versions="iOS 12 to 26", basis="layout from the reference tool's output", verified=True),),
    means="Shows when a profile came or went, also one that is no longer installed. Most events are ordinary.",
)
