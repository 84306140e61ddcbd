"""Keychain items that synchronise, and events of trust: security-sysdiagnose.txt."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import seconds
from sousveil.kinds import BundleId, Label, Role, Text, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class KeychainItem(Record):
    """One secret that the keychain synchronises. The secret itself is not in the archive."""

    view: Label
    """The part of the keychain, such as HomeKit."""
    group: Label | None
    """The access group: which apps may read it."""
    bundle: BundleId | None
    """The group without the developer's team; often the app's identifier."""
    label: Text | None
    created: UnixTime | None
    modified: UnixTime | None


class SecurityEvent(Record):
    """One event that a client of the keychain logged."""

    client: Label
    result: Label
    """Such as EventHardFailure."""
    event: Label
    attributes: Text | None
    at: UnixTime | None


MAX_ATTRIBUTES = 16 << 10
"""Characters of the attributes of an event; the rest of longer ones is left out."""
_STATE = lazy_pattern(r"(\S{1,100}) keychain state:\s*")
_SECTION = lazy_pattern(r"(?:ccstatus:|Engine state:|Analytics sysdiagnose|Client:|All keys and values|All values in)")
_CLIENT = lazy_pattern(r"Client: ?(\S{1,100})\s*")
_EVENT = lazy_pattern(
    r"(\d{4}-\d\d-\d\d [\d: AaPpMm.\u202f]{5,20} [+-]\d{4}) ([^:]{1,100}): (.{1,300}?) - Attributes: \{(.*)"
)
_TEAM = lazy_pattern(r"(?:[A-Z0-9]{10}\.)?(.{1,255})")


def fields(text: str) -> dict[str, str]:
    """`key=value` pairs between commas; commas inside braces belong to a value."""
    found: dict[str, str] = {}
    begin = depth = 0
    for at, letter in enumerate(text + ","):
        if letter == "{":
            depth += 1
        elif letter == "}":
            depth = max(0, depth - 1)
        elif letter == "," and (not depth or at == len(text)):
            key, equals, value = text[begin:at].partition("=")
            if equals:
                found.setdefault(key.strip(), value.strip())
            begin = at + 1
    return found


def items(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each item below `NAME keychain state:`."""
    view: str | None = None
    for number, line in lines:
        if state := _STATE.fullmatch(line):
            view = state[1]
        elif _SECTION.match(line):
            view = None
        elif view is not None and "agrp=" in line:
            facts = fields(line.partition(": ")[2])
            group = facts.get("agrp") or None
            team = _TEAM.fullmatch(group) if group else None
            values = {"view": view, "group": group, "bundle": team[1] if team else None}
            values["label"] = facts.get("labl") or facts.get("desc") or None
            created, modified = (seconds(facts.get(key, "")) for key in ("cdat", "mdat"))
            yield Row({**values, "created": created, "modified": modified}, line=number)


def events(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each event below `Client: NAME`; lines without a time go on with its attributes."""
    client: str | None = None
    held: Row | None = None
    for number, line in lines:
        found = _EVENT.fullmatch(line)
        section = _SECTION.match(line)
        if held is not None and (found or section):
            yield _closed(held)
            held = None
        if section:
            named = _CLIENT.fullmatch(line)
            client = named[1] if named else None
        elif found and client:
            values = {"client": client, "result": found[2], "event": found[3], "attributes": found[4]}
            held = Row({**values, "at": seconds(found[1])}, line=number)
        elif held is not None and len(held["attributes"]) + len(line) < MAX_ATTRIBUTES:
            held["attributes"] += line
    if held is not None:
        yield _closed(held)


def _closed(row: Row) -> Row:
    row["attributes"] = row["attributes"].strip().removesuffix("}").strip() or None
    return row


_BASIS = "layout from the source of the EC sysdiagnose framework"
ARTEFACTS = (
    Artefact(
        name="sysdiagnose.keychain_items",
        title="Synchronised keychain items",
        needs={"main": (At.sysdiagnose("security-sysdiagnose.txt"),)},
        record=KeychainItem,
        role=Role.INSTALLED,
        read=text_rows(items),
        events=(Event(at="created", says="an app stored a secret that is synchronised", shows="view"),),
        expected=Expected(optional="the list is there where the phone could collect it"),
        seen=(Seen(versions="iOS 13 to 26", basis=_BASIS, verified=True),),
        means="A published app stored a secret on a device of this account, also an app that is gone. It may have been another device.",
    ),
    Artefact(
        name="sysdiagnose.security_events",
        title="Events of trust and the keychain",
        needs={"main": (At.sysdiagnose("security-sysdiagnose.txt"),)},
        record=SecurityEvent,
        role=Role.QUOTED,
        read=text_rows(events),
        events=(Event(at="at", says="event of trust or the keychain", shows="event"),),
        expected=Expected(optional="the list is there where the phone could collect it"),
        seen=(Seen(versions="iOS 13 to 26", basis=_BASIS, verified=True),),
        means="Shows failures of certificates and synchronisation. Such failures are ordinary.",
    ),
)
