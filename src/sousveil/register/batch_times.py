"""When entries came in: `log/times` has a line for each batch, signed with the log's key.

A line reads `FIRST END TIME SIGNATURE`: the batch holds the entries from FIRST up to, not including, END; TIME is UTC; the
signature is Ed25519 in Base64. Lines follow each other without a gap, and no time is before the last. A register that is older
than this file begins it with its next batch. The time is the operator's word: cosignatures show how far it can be trusted.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby, pairwise
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Missing
from sousveil.ledger import atomic
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.note import Signer, Verifier
from sousveil.ledger.source import LogSource

TIMES = "times"
MAX_BYTES = 1 << 30
BEFORE_SECONDS = 3_600
"""A witness cannot cosign a batch before it is written; so many seconds may be between two clocks."""
AFTER_SECONDS = 86_400
"""A cosignature that comes so much later says little about when a batch was written."""
SIGNED = "Every entry has a signed time."
UNSIGNED = "No entry has a signed time."
_LINE = re.compile(r"(\d{1,18}) (\d{1,18}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) ([A-Za-z0-9+/]{86}==)", re.ASCII)


class BatchTime(msgspec.Struct, frozen=True, kw_only=True):
    """When a batch was written."""

    first: int
    end: int
    """Index after its last entry."""
    time: str
    """ISO 8601, UTC, to the second."""
    signature: str
    """Base64, as the file gives it."""

    def message(self, origin: str) -> bytes:
        """The bytes that are signed."""
        return f"sousveil batch time v1\n{origin}\n{self.first} {self.end}\n{self.time}\n".encode()

    def verify(self, log: Verifier) -> None:
        """Raises Disagreement where the log's key did not sign it."""
        try:
            holds = log.holds(self.message(log.name), base64.b64decode(self.signature, validate=True))
        except binascii.Error:
            holds = False
        if not holds:
            raise Disagreement(f"The log's key did not sign the time of the entries {self.first} to {self.end - 1}.")

    @property
    def seconds(self) -> int:
        """Seconds since 1970. Raises Malformed for a day or an hour that there is not."""
        try:
            return int(datetime.strptime(self.time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
        except ValueError:
            raise Malformed(f"The time {self.time} of a batch does not exist.") from None


def append(path: Path, entries: Iterable[tuple[int, str]], signer: Signer) -> None:
    """Signs the times of these entries (index, time; in order) and adds them to the file; what is there already stays.

    Entries that follow each other with one time are one batch. On the disk on return. A line that a crash cut is written anew.
    """
    end = _repaired_end(path)
    lines = []
    for time, batch in groupby(((index, time) for index, time in entries if index >= end), key=lambda entry: entry[1]):
        indexes = [index for index, _ in batch]
        one = BatchTime(first=indexes[0], end=indexes[-1] + 1, time=time, signature="")
        signature = base64.b64encode(signer.sign(one.message(signer.name)).signature).decode()
        lines.append(f"{one.first} {one.end} {one.time} {signature}\n")
    if not lines:
        return
    with path.open("a", encoding="ascii") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    atomic.sync_folder(path.parent)


def _repaired_end(path: Path) -> int:
    """Index after the last entry with a signed time; 0 where there is none. A cut line at the end is taken away."""
    try:
        with path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - 512)
            file.seek(start)
            tail = file.read()
            whole = tail[: tail.rfind(b"\n") + 1]
            if len(whole) < len(tail):
                file.truncate(start + len(whole))
    except FileNotFoundError:
        return 0
    last = whole.splitlines()[-1:] or [b"0 0"]
    found = _LINE.fullmatch(last[0].decode("ascii", "replace"))
    return int(found[2]) if found else 0


def read(source: LogSource, log: Verifier | None, size: int) -> tuple[BatchTime, ...]:
    """Returns the signed times of the log's first `size` entries; none where the log is older than such times.

    `log`: verifies each signature; None: `entries_by` verifies those on which its answer rests. Raises Malformed, Disagreement
    where a line is not signed by the log, is out of order, or where lines are missing.
    """
    try:
        data = source.file(TIMES, MAX_BYTES)
    except Missing:
        return ()
    found: list[BatchTime] = []
    for one in _lines(data):
        if log is not None:
            one.verify(log)
        if one.first >= size:
            break  # the log has grown since its checkpoint was read
        last = found[-1] if found else None
        if last is not None and one.first != last.end:
            raise Disagreement(f"The signed times of the entries {last.end} to {one.first - 1} are missing.")
        if last is not None and one.time < last.time:
            raise Disagreement(
                f"The entries from {one.first} on came in at {one.time}, and earlier ones at {last.time}: the clock went back."
            )
        found.append(one)
    if not found or found[-1].end < size:
        raise Disagreement(f"The signed times of the entries from {found[-1].end if found else 0} on are missing.")
    return tuple(found)


def entries_by(times: Sequence[BatchTime], unsigned: Sequence[str], day: str, log: Verifier) -> int:
    """Returns how many entries came in up to the end of a day (ISO 8601, UTC).

    `unsigned`: the times of the entries before the first signed one, in order. The answer rests on two batches that follow each
    other: the last of the day and the first after it. Raises Disagreement where the log's key signed one of them not, or where
    times run backwards.
    """
    found = [*enumerate(unsigned, 1), *((one.end, one.time) for one in times)]
    for (_, before), (end, time) in pairwise(found):
        if time < before:
            raise Disagreement(
                f"Entry {end - 1} came in at {time}, and an earlier one at {before}: the clock went back."
            )
    after = bisect_right(times, day, key=lambda one: one.time[:10])
    for one in times[max(0, after - 1) : after + 1]:
        one.verify(log)
    return max((end for end, time in found if time[:10] <= day), default=0)


def _lines(data: bytes) -> Iterator[BatchTime]:
    for number, line in enumerate(data.decode("ascii", "replace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None or int(match[1]) >= int(match[2]):
            raise Malformed(f"Line {number} of the signed times cannot be read.")
        yield BatchTime(first=int(match[1]), end=int(match[2]), time=match[3], signature=match[4])


def compare_cosignatures(times: Sequence[BatchTime], cosigned: Mapping[str, int]) -> list[str]:
    """Returns what to say of witnesses that cosigned the newest batch much later than its time.

    `cosigned`: witness -> seconds since 1970. Raises Disagreement where one cosigned before the batch was written.
    """
    if not times:
        return []
    newest, notes = times[-1], []
    for name, seconds in cosigned.items():
        cosigned_at = datetime.fromtimestamp(min(seconds, 253_402_300_799), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if seconds < newest.seconds - BEFORE_SECONDS:
            raise Disagreement(
                f"The witness {name} cosigned at {cosigned_at}, and the newest batch says that it was written later, at "
                f"{newest.time}: the register's clock was ahead."
            )
        if seconds > newest.seconds + AFTER_SECONDS:
            notes.append(
                f"The witness {name} cosigned the newest batch at {cosigned_at}, more than a day after its time {newest.time}: "
                "the witness was silent, or the register's clock was behind."
            )
    return notes


def description(times: Sequence[BatchTime]) -> str:
    """Says since when times are signed."""
    if not times:
        return UNSIGNED
    first = times[0]
    return SIGNED if first.first == 0 else f"Times are signed since entry {first.first} ({first.time})."
