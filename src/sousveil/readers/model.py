"""What a reader is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import msgspec

from sousveil.acquisition.model import Device, FileGroup
from sousveil.kinds import Kind
from sousveil.records import Batch


class Described(Protocol):
    """What a reader needs to know of an artefact: its name and the kinds of its fields."""

    @property
    def name(self) -> str: ...

    @property
    def kinds(self) -> dict[str, Kind]: ...


class Outcome(StrEnum):
    """What became of one artefact, or of a part of one. Only the first two allow exit code 0."""

    READ = "READ"
    ABSENT_EXPECTED = "ABSENT_EXPECTED"
    ABSENT_UNEXPECTED = "ABSENT_UNEXPECTED"
    SKIPPED = "SKIPPED"
    UNSUPPORTED = "UNSUPPORTED"
    FAILED = "FAILED"

    @property
    def complete(self) -> bool:
        """Whether nothing was missed."""
        return self in (Outcome.READ, Outcome.ABSENT_EXPECTED)

    @property
    def gravity(self) -> int:
        """Grows with what was missed: several files of an artefact are told by the gravest outcome."""
        return (
            Outcome.ABSENT_EXPECTED,
            Outcome.READ,
            Outcome.SKIPPED,
            Outcome.ABSENT_UNEXPECTED,
            Outcome.UNSUPPORTED,
            Outcome.FAILED,
        ).index(self)


class PartReading(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one part of an artefact: a table, or the texts of one kind (`attributedBody`)."""

    name: str
    outcome: Outcome
    records: int = 0
    """Rows, or texts, that were read."""
    undecoded: int = 0
    """Texts that could not be decoded."""
    detail: str = ""

    def joined(self, other: PartReading) -> PartReading:
        """Both readings of one part as one: the counts added, the graver outcome with its reason."""
        graver = max((self, other), key=lambda reading: (reading.outcome.gravity, bool(reading.detail)))
        return msgspec.structs.replace(
            graver, records=self.records + other.records, undecoded=self.undecoded + other.undecoded
        )


class ReadingLog:
    """What a reader reports besides its batches: which parts were read, and how many texts could not be decoded."""

    def __init__(self) -> None:
        self._parts: dict[str, PartReading] = {}

    @property
    def parts(self) -> tuple[PartReading, ...]:
        """Every part that was reported, in order of the first report."""
        return tuple(self._parts.values())

    def add(self, reading: PartReading) -> None:
        """Record the outcome of a part; a second report of the same part is added to the first."""
        known = self._parts.get(reading.name)
        self._parts[reading.name] = reading if known is None else known.joined(reading)

    def decoded(self, name: str, texts: int, undecoded: int) -> None:
        """Count texts of one kind (`attributedBody`, `edit history`) that were decoded and that could not be decoded.

        One undecoded text makes the part UNSUPPORTED, which coverage counts and which forbids exit code 0.
        """
        if texts or undecoded:
            self.add(
                PartReading(
                    name=name,
                    outcome=Outcome.UNSUPPORTED if undecoded else Outcome.READ,
                    records=texts,
                    undecoded=undecoded,
                )
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a reader may know besides the bytes: the phone, and how much is wanted."""

    device: Device
    full: bool = True
    """False: only fields that are matched, timed, listed, or read by a rule; True: every field and every extra column."""
    wanted: frozenset[str] = frozenset()
    """With `full` False, the fields to read."""
    log: ReadingLog = field(default_factory=ReadingLog, compare=False)
    """Takes what the reader reports about its parts."""


class Reader(Protocol):
    """Turns the files of one task into batches. Runs inside a worker.

    Yields what it could read; then raises Unsupported (no layout fits), Malformed, Locked, Missing or LimitExceeded for what
    it could not. Rows yielded before the error are kept.
    """

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]: ...
