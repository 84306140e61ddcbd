"""Fuzzing what the parent takes from a worker, which may be in the hands of a hostile phone: a message, a batch that is
sound however it is read, or an error of ours."""

from __future__ import annotations

from sousveil.cases import tasks
from sousveil.cases.pool import _decode
from sousveil.cases.tasks import Done, Failed, HashedFile
from sousveil.errors import SousveilError
from sousveil.kinds import Integer, Opaque, Real, Text, UnixTime
from sousveil.records import Batch, Record, check_batch, pack, unpacked


class _Row(Record):
    text: Text | None
    number: Integer | None
    real: Real | None
    at: UnixTime | None
    kept: Opaque | None


def _batch(count: int, **columns: list[object]) -> bytes:
    made = Batch(
        artefact="test.row",
        layout="l",
        file="f",
        table="t",
        count=count,
        columns=columns,
        rows=list(range(count)),
        extra={"more": [f"x{n % 3}" for n in range(count)]},
    )
    return b"B" + tasks.encode(pack(made))[5:]


def seeds() -> list[bytes]:
    """A batch of each form of column, and messages. The first byte is the frame's kind."""
    return [
        _batch(9, text=[f"text {n}" for n in range(9)], number=list(range(9)), real=[n / 3 for n in range(9)]),
        _batch(40, text=[None] * 39 + ["rare"], at=[1_700_000_000_000_000 + n for n in range(40)]),
        _batch(3, kept=[b"a", b"", b"ccc"]),
        _batch(600, text=["one" if n % 2 else "two" for n in range(600)]),
        b"M" + tasks.encode(Failed(error="Malformed", message="m"))[5:],
        b"M" + tasks.encode(HashedFile(where="d/f", size=3, sha256="0" * 64))[5:],
        b"M" + tasks.encode(Done())[5:],
    ]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only."""
    answer = _decode(data[:1], data[1:])
    if not isinstance(answer, Batch):
        return
    try:
        check_batch(answer, _Row)
    except SousveilError:
        return
    for columns in (answer.columns, answer.extra):
        for column in columns.values():
            if len(unpacked(column)) != answer.count:
                raise AssertionError("a column that was found sound has another length")
    for at in range(min(answer.count, 20)):
        answer.row(at)
        answer.source(at)
