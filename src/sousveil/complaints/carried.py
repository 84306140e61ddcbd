"""Files that are carried between the server and the handlers' machines: one line that says what it is, then an age file.

A complaint leaves the server as `ID-NUMBER.complaint`; an answer comes back as `ID.answer`. The line is JSON and holds nothing
but random ids, a number and a day. `tail -n +2 FILE | age -d -i KEY | tar x` opens one without this program.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from sousveil.complaints import parcel, sealing
from sousveil.complaints.store import Store, Stored, today
from sousveil.errors import LimitExceeded, Malformed, Missing, Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic

_LINE_MAX = 1000
FILE_MAX = parcel.BUCKETS[-1] + (1 << 20)
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line."""

    sousveil: str
    """`complaint-1` or `answer-1`."""
    id: str
    thread: str
    number: int = 0
    """Place in the thread; of an answer the last message that it answers: its own place it gets on the server."""
    day: str = ""
    answers_to: str = ""


def text_of(line: Line, body: bytes) -> bytes:
    """The file's bytes."""
    return msgspec.json.encode(line) + b"\n" + body


def parse(data: bytes, kind: str) -> tuple[Line, bytes]:
    """Line and ciphertext. Raises Malformed."""
    head, _, body = data.partition(b"\n")
    try:
        line = msgspec.json.decode(head[:_LINE_MAX], type=Line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Malformed("This is not a file of complaints.") from None
    if line.sousveil != kind or not _ID.fullmatch(line.id) or not _ID.fullmatch(line.thread):
        raise Malformed("This is another kind of file.", hint=f"Expected: {kind}.")
    if not body.startswith(sealing.HEADER) or len(data) > FILE_MAX:
        raise Malformed("There is no age file behind the first line.")
    return line, body


def read(path: Path) -> bytes:
    """A carried file's bytes. Raises Missing, Usage, LimitExceeded."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_MAX + 1)
    except FileNotFoundError:
        raise Missing(f"There is no file {visible(path.name)}.") from None
    except OSError as error:
        raise Usage(f"{visible(path.name)} cannot be read: {error.strerror}.") from None
    if len(data) > FILE_MAX:
        raise LimitExceeded(f"{visible(path.name)} is too large.")
    return data


def export(store: Store, out: Path) -> tuple[int, int]:
    """Write every complaint that is not in this folder yet, as ciphertext; gives new ones and all."""
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = total = 0
    for one in store.messages(incoming=True):
        answers_to = store.answers_to(one.thread)
        if answers_to is None:
            continue  # withdrawn in between
        total += 1
        path = out / f"{one.thread}-{one.number:03}.complaint"
        if path.exists():
            continue
        line = Line(
            sousveil="complaint-1",
            id=one.id,
            thread=one.thread,
            number=one.number,
            day=one.day,
            answers_to=answers_to,
        )
        atomic.write(path, text_of(line, one.body), mode=0o600)
        new += 1
    return new, total


def take_in(store: Store, path: Path) -> int:
    """Put an answer into its thread; gives its number. Raises Malformed, Missing, Usage."""
    line, body = parse(read(path), "answer-1")
    answer = Stored(id=line.id, thread=line.thread, number=0, incoming=False, day=today(), body=body)
    return store.add_message(answer, line.number)
