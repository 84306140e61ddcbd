"""Earlier versions of messages that were edited or unsent, as the phone keeps them in sms.db.

Since iOS 16 a sender may change a message for 15 minutes and take it back for two. A lure can be sent, opened, and then be
changed into something harmless. `message_summary_info` holds a property list: under `ec` for each part of the message (a
number as text) its versions, oldest first, each with a time (`d`, seconds since 2001) and a body (`t`, a typedstream); `rp`
lists the parts that were unsent. The newest version of a part is the message itself: `ios.sms` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.errors import SousveilError
from sousveil.kinds import MAC_EPOCH, Flag, Handle, Integer, Kind, Label, MacTime, Opaque, Role, RoleValue, Text
from sousveil.readers.model import Context, Described
from sousveil.readers.plist import PlistDate, load_plist
from sousveil.readers.plists import as_dict, as_list
from sousveil.readers.sqlite import Layout, make_batch, parts_of, sqlite
from sousveil.readers.typedstream import body
from sousveil.records import MAX_ROWS, Batch, Record, kinds_of

MAX_VERSIONS = 100
"""Versions of one part of a message that are read; the phone allows five changes."""
MAX_PARTS = 1000
"""Parts of one message that are read."""
_VERSION = 64
"""Bytes that a version takes at least. A property list may name one version many times, and no more are read than fit."""


class EarlierVersion(Record):
    """One version of one part of a message that the reader of the message no longer sees."""

    guid: Opaque
    """Of the message, as in `ios.sms`."""
    part: Integer | None
    version: Integer | None
    """0 is what was sent first."""
    text: Text | None
    links: Text | None
    """Links that stand only in the attributes, one a line."""
    what: Label
    """`edited`: a later version followed. `unsent`: the sender took the part back."""
    handle: Handle | None
    service: Label | None
    role: RoleValue
    is_from_me: Flag | None
    date: MacTime | None
    """When this version was sent; of an unsent part without versions: when it was taken back."""


class _Summary(Record):
    """A message with a summary."""

    guid: Opaque
    summary: Opaque
    handle: Handle | None
    service: Label | None
    is_from_me: Flag | None
    date_retracted: MacTime | None


class _Inner:
    """What the reader of the table needs to know."""

    name = "ios.sms_edits"
    kinds: dict[str, Kind] = kinds_of(_Summary)


_summaries = sqlite(
    Layout(
        name="edited messages",
        source="message LEFT JOIN handle ON handle.ROWID = message.handle_id",
        columns={"guid": "message.guid", "summary": "message.message_summary_info"},
        optional={
            "handle": "handle.id",
            "service": "message.service",
            "is_from_me": "message.is_from_me",
            "date_retracted": "message.date_retracted",
        },
        where="message.message_summary_info IS NOT NULL",
        selective=True,
    ),
    part="edited messages",
)


def versions(blob: bytes) -> tuple[list[dict[str, Any]], int]:
    """The earlier versions that a summary holds (part, version, text, links, what, date), and how many could not be read.

    Raises Malformed, Unsupported, LimitExceeded where the summary itself cannot be read.
    """
    if b"ec" not in blob and b"rp" not in blob:  # reactions have summaries too, and are many
        return [], 0
    summary = as_dict(load_plist(blob))
    unsent = {part for part in as_list(summary.get("rp"))[:MAX_PARTS] if type(part) is int and 0 <= part < 1 << 31}
    found: list[dict[str, Any]] = []
    bad, room, known = 0, len(blob) // _VERSION + MAX_VERSIONS // 10, dict[bytes, tuple[str | None, list[str]]]()
    for name, events in list(as_dict(summary.get("ec")).items())[:MAX_PARTS]:
        part = int(name) if name.isdecimal() and len(name) < 10 else None
        what = "unsent" if part in unsent else "edited"
        every = as_list(events)
        bad += max(0, len(every) - MAX_VERSIONS)
        for number, event in enumerate(every[:MAX_VERSIONS]):
            if number == len(every) - 1 and what == "edited":
                continue
            stored = as_dict(event).get("t")
            stored = stored if isinstance(stored, bytes) else b""
            if stored not in known:
                known[stored] = body(stored)
            text, links = known[stored]
            room -= 1
            if room < 0 or (text is None and not links):
                bad += 1
                continue
            one = {"part": part, "version": number, "text": text, "links": "\n".join(links) or None, "what": what}
            found.append(one | {"date": _seconds(as_dict(event).get("d"))})
    kept = {one["part"] for one in found}
    found += [{"part": part, "what": "unsent", "date": None} for part in sorted(unsent - kept)]
    return found, bad


def _seconds(value: object) -> object:
    """A time as the number that the field's kind takes."""
    return (
        int(value) / 1e6 - MAC_EPOCH if isinstance(value, PlistDate) else value if type(value) in (int, float) else None
    )


class _Versions:
    """Reads a row for each version; coverage counts those that cannot be decoded."""

    parts = parts_of(_summaries)

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        inner: Any = _Inner()
        for batch in _summaries(inner, files, replace(context, full=True)):
            rows: list[dict[str, Any]] = []
            undecoded = 0
            columns = {name: batch.column(name) for name in inner.kinds}
            numbers = batch.row_numbers() or [0] * batch.count
            for at, blob in enumerate(columns["summary"]):
                try:
                    found, lost = versions(blob) if isinstance(blob, bytes) else ([], 1)
                except SousveilError:
                    found, lost = [], 1
                undecoded += lost
                mine = columns["is_from_me"][at]
                common = {name: columns[name][at] for name in ("guid", "handle", "service", "is_from_me")}
                common |= {
                    "role": Role.SENT.value if mine == 1 else Role.RECEIVED.value,
                    "_row": numbers[at],
                    "_retracted": columns["date_retracted"][at],
                }
                rows += [common | one for one in found]
            context.log.decoded("edit history", sum("version" in row for row in rows), undecoded)
            for start in range(0, len(rows), MAX_ROWS):
                yield _batch(artefact, batch, rows[start : start + MAX_ROWS])


def _batch(artefact: Described, source: Batch, rows: list[dict[str, Any]]) -> Batch:
    made = make_batch(
        artefact,
        source.layout,
        source.file,
        {name: [row.get(name) for row in rows] for name in artefact.kinds},
        len(rows),
        table=source.table,
        rows=[row["_row"] for row in rows],
    )
    # The time at which a part was taken back is one of the message, and converted already.
    gone = [row["_retracted"] if "version" not in row else None for row in rows]
    if any(gone):
        dates = [known or other for known, other in zip(made.column("date"), gone, strict=True)]
        made.same.pop("date", None)
        made.columns["date"] = dates
    return made


ARTEFACT = Artefact(
    name="ios.sms_edits",
    title="Earlier versions of messages",
    needs={"main": (At.ios("/private/var/mobile/Library/SMS/sms.db"),)},
    record=EarlierVersion,
    role=Role.RECEIVED,
    read=_Versions(),
    events=(Event(at="date", says="version of a message that was changed later, or taken back", shows="what"),),
    expected=Expected(),
    seen=(
        Seen(
            versions="iOS 16 to 26",
            basis="keys of the property list from published descriptions; not seen on a real phone by us",
            verified=False,
        ),
    ),
    means="A published link here shows that somebody tried to reach this phone with it, and then changed or unsent the message. "
    "It does not show that the link was opened. In an outgoing message it shows only what the owner wrote.",
)
