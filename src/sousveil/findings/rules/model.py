"""What a rule declares. A module under `findings/rules/` holds one constant `RULE`; `discover_rules()` finds it.

Rules run in two passes: while reading, `keep` picks the rows that may matter (columns in, row numbers out); when everything
has been read, `find` looks at what was kept, across artefacts, and yields hits. The number of kept rows is capped; an overflow
is a coverage line, never silence.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.indicators.model import ThreatClass
from sousveil.records import SEPARATOR, Batch, Coded, Source, Sparse, Texts

Columns = Mapping[str, Sequence[Any]]
"""The asked-for columns of a batch by field name, all of one length."""


class BatchColumns(Columns):
    """The asked-for columns of a batch; none is unpacked before a rule looks at it."""

    def __init__(self, batch: Batch, names: Sequence[str]) -> None:
        self.batch, self._names = batch, names

    def __getitem__(self, name: str) -> Sequence[Any]:
        if name not in self._names:
            raise KeyError(name)
        return self.batch.column(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def joined(columns: Columns, name: str) -> bytes:
    """All texts of a column as UTF-8, with something between them: to see cheaply that none holds what a rule wants."""
    values: Sequence[Any] | None = None
    if isinstance(columns, BatchColumns):
        column = columns.batch.columns.get(name)
        if isinstance(column, Texts):
            return column.joined
        values = (
            column.held
            if isinstance(column, Coded | Sparse)
            else [columns.batch.same.get(name)]
            if column is None
            else None
        )
    values = columns[name] if values is None else values
    return SEPARATOR.join([text.encode("utf-8", "replace") for text in values if isinstance(text, str)])


def filled(columns: Columns, name: str) -> Iterable[int]:
    """The rows in which a column has a value, ascending."""
    if isinstance(columns, BatchColumns):
        column = columns.batch.columns.get(name)
        if isinstance(column, Sparse):
            return column.rows
        if column is None and columns.batch.same.get(name) is None:
            return ()
    return (row for row, value in enumerate(columns[name]) if value is not None)


class Reads(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one artefact that a rule wants. `columns` may name only fields of the record. `keep` gives row numbers."""

    artefact: str
    columns: tuple[str, ...]
    keep: Callable[[Columns], Iterable[int]]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A row that passed `keep`."""

    artefact: str
    source: Source
    row: Mapping[str, Any]
    """Only the asked-for columns."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found. `at` in microseconds since 1970. `strength` and `shows` override the rule's where given (only downwards)."""

    rows: tuple[Kept, ...]
    says: str
    at: int | None = None
    strength: Strength | None = None
    shows: Shows | None = None
    notice: bool = False
    """True: a threat notice or other context; becomes a `ContextNote`, not a finding."""
    kind: str = "threat_notice"
    """Kind of the `ContextNote`, with `notice`."""
    innocent: tuple[str, ...] = ()
    """Explanations beside those of the rule, named first."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One heuristic. `strength` is its ceiling; `basis` says what it rests on (report, measurement on clean phones)."""

    name: str
    title: str
    shows: Shows
    strength: Strength
    reads: Mapping[str, Reads]
    find: Callable[[Mapping[str, Sequence[Kept]], Device], Iterator[Hit]]
    innocent: tuple[str, ...]
    basis: str
    family: str | None = None
    """Only where the trace is specific to one family."""
    threat_class: ThreatClass | None = None
    cap: int = 20_000
    """Kept rows per `reads` entry at most."""


@cache
def discover_rules(package: str = "sousveil.findings.rules") -> dict[str, Rule]:
    """Every `RULE` constant below a package, by name, sorted."""
    found: dict[str, Rule] = {}
    root = importlib.import_module(package)
    for info in pkgutil.walk_packages(root.__path__, package + "."):
        rule = getattr(importlib.import_module(info.name), "RULE", None)
        if isinstance(rule, Rule):
            if rule.name in found:
                raise TypeError(f"two rules are named {rule.name}")
            found[rule.name] = rule
    return dict(sorted(found.items()))
