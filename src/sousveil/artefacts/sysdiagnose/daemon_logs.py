"""Logs of activation and of the containers of apps: mobileactivationd.log, containermanagerd.log."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._entries import Entry, entries
from sousveil.kinds import BundleId, Json, Label, LocalTime, Opaque, Role, Text
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class ActivationMessage(Record):
    """One message of the activation daemon. A title with its lines `key: value` is one message."""

    title: Label | None
    message: Text | None
    facts: Json | None
    """The lines below a title."""
    level: Label
    at: LocalTime | None


class ContainerMessage(Record):
    """One message of the container daemon that names an app or a group of apps."""

    bundle: BundleId
    message: Opaque
    level: Label
    at: LocalTime | None


_TITLE = lazy_pattern(r"_{10,} ([^_\n]{1,200}?) _{10,}\s*")
_FACT = lazy_pattern(r"\s*([^:\n]{1,100}):\s*(.{0,2000})")
_NAME = lazy_pattern(r"(?<![/\w.])((?:[A-Za-z0-9\-]{1,63}\.){1,12}[A-Za-z][\w\-]{0,62})(?![\w.]*/)\b")
_ENDING = lazy_pattern(r"_{10,}\s*")


def activation(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each message; the line of underscores that closes a block is none."""
    for entry in entries(lines, context):
        first, _, rest = entry.message.partition("\n")
        if _ENDING.fullmatch(first):
            continue
        values = {"level": entry.level, "at": entry.at}
        if title := _TITLE.fullmatch(first):
            facts = {match[1]: match[2] for line in rest.split("\n") if (match := _FACT.fullmatch(line))}
            yield Row({"title": title[1], "facts": facts, **values}, line=entry.line)
        elif entry.message:
            yield Row({"message": entry.message, **values}, line=entry.line)


def _names(entry: Entry) -> Iterator[str]:
    found = dict.fromkeys(match[1] for match in _NAME.finditer(entry.message))
    yield from (name for name in found if not name.endswith((".plist", ".db", ".app", ".log", ".m", ".c")))


def containers(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each name of an app or a group in a message."""
    for entry in entries(lines, context):
        for name in _names(entry):
            yield Row({"bundle": name, "message": entry.message, "level": entry.level, "at": entry.at}, line=entry.line)


ARTEFACTS = (
    Artefact(
        name="sysdiagnose.activation",
        title="Activation log",
        needs={"main": (At.sysdiagnose("logs/MobileActivation/mobileactivationd.log.*"),)},
        record=ActivationMessage,
        role=Role.QUOTED,
        read=text_rows(activation),
        events=(Event(at="at", says="message of the activation daemon", shows="title"),),
        expected=Expected(optional="the log is there where the phone could collect it"),
        seen=(
            Seen(
                versions="iOS 13 to 26", basis="layout from the source of the EC sysdiagnose framework", verified=True
            ),
        ),
        means="Shows when the phone was activated or erased, and with which build. It holds no traces of apps.",
    ),
    Artefact(
        name="sysdiagnose.containers",
        title="Containers of apps (log)",
        needs={"main": (At.sysdiagnose("logs/MobileContainerManager/containermanagerd.log.*"),)},
        record=ContainerMessage,
        role=Role.INSTALLED,
        read=text_rows(containers),
        events=(Event(at="at", says="the system handled the container of an app", shows="bundle"),),
        expected=Expected(ios=(12, 17), optional="the log is there where the phone could collect it"),
        seen=(
            Seen(
                versions="iOS 12 to 17", basis="layout from the source of the EC sysdiagnose framework", verified=True
            ),
        ),
        means="A published app had a container on the phone at this time, also one that is gone.",
    ),
)
