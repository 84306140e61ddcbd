"""What a reader is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from sousveil.acquisition.model import Device, FileGroup
from sousveil.kinds import Kind
from sousveil.records import Batch


class Described(Protocol):
    """What a reader needs to know of an artefact: its name and the kinds of its fields."""

    @property
    def name(self) -> str: ...

    @property
    def kinds(self) -> dict[str, Kind]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a reader may know besides the bytes: the phone, and how much is wanted."""

    device: Device
    full: bool = True
    """False: only fields that are matched, timed, listed, or read by a rule; True: every field and every extra column."""
    wanted: frozenset[str] = frozenset()
    """With `full` False, the fields to read."""


class Reader(Protocol):
    """Turns the files of one task into batches. Runs inside a worker.

    Yields what it could read; then raises Unsupported (no layout fits), Malformed, Locked, Missing or LimitExceeded for what
    it could not. Rows yielded before the error are kept.
    """

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]: ...
