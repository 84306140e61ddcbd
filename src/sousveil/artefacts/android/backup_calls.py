"""Calls in an adb backup: the single values that Android's call log writes."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.android._backup import EXPECTED, FORMS, entities
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import Integer, Label, PhoneNumber, Role, RoleValue, UnixTime
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of, read_bytes
from sousveil.records import Batch, Record

MAX_FILE = 64 << 20
_TYPES = {
    1: "incoming",
    2: "outgoing",
    3: "missed",
    4: "voicemail",
    5: "rejected",
    6: "blocked",
    7: "answered elsewhere",
}
_HEAD = struct.Struct(">iqq?")
NEWEST_DATE = 4_102_444_800_000
"""A date beyond 2100 shows that the layout is another one: milliseconds."""


class BackupCall(Record):
    """One call."""

    number: PhoneNumber | None
    kind: Label | None
    """`incoming`, `outgoing`, `missed`, `voicemail`, `rejected`, `blocked` or `answered elsewhere`."""
    role: RoleValue
    duration: Integer | None
    """Seconds."""
    at: UnixTime | None


def call(value: bytes) -> Row | None:
    """The row of one value: version, date, seconds, number, type. None for what cannot be one."""
    if len(value) < _HEAD.size:
        return None
    version, date, seconds, numbered = _HEAD.unpack_from(value)
    at, number = _HEAD.size, None
    if numbered:
        size = int.from_bytes(value[at : at + 2], "big")
        number = value[at + 2 : at + 2 + size].decode("utf-8", "replace")[:200]
        at += 2 + size
    if len(value) < at + 4 or not (0 < version < 10_000 and 0 <= date < NEWEST_DATE and 0 <= seconds < 1 << 31):
        return None
    kind = int.from_bytes(value[at : at + 4], "big")
    role = Role.SENT if kind == 2 else Role.RECEIVED
    return Row(
        {"number": number, "kind": _TYPES.get(kind), "role": role.value, "duration": seconds, "at": date or None}
    )


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The calls of the call log."""
    group = files["main"]
    data = read_bytes(group, MAX_FILE)
    counts = [0, 0]

    def rows() -> Iterator[Row]:
        for _, value in entities(data):
            row = call(value)
            counts[row is None] += 1
            if row is not None:
                yield row

    yield from batches_of(rows(), artefact, "call log", group.where, context)
    context.log.decoded("call", *counts)


ARTEFACT = Artefact(
    name="android.backup_calls",
    title="Calls (adb backup)",
    needs={"main": (At.anywhere("apps/com.android.calllogbackup/k/com.android.calllogbackup.data"),)},
    record=BackupCall,
    role=Role.RECEIVED,
    read=read,
    events=(Event(at="at", says="call", shows="kind"),),
    expected=EXPECTED,
    acquisitions=FORMS,
    seen=(Seen(versions="Android 7 and later", basis="layout of the values recalled", verified=False),),
    means="Calls show who spoke with whom and when. No published indicator is compared with them.",
)
