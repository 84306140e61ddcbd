"""Puts the peer's records beside ours: which values agree, which differ for a listed reason, which differ."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.differential.cases import CASES
from tests.differential.ours import Records, Row
from tests.differential.values import nothing, same

TABLE = Path(__file__).with_name("differences.toml")

PeerRow = Mapping[str, Any]
Get = Callable[[Row], Any]
Same = Callable[[Any, Any], bool]
RECORD = "(record)"
"""In the table: a whole record that we do not have."""


@dataclass(frozen=True, slots=True)
class Is:
    """Where a value of the peer stands with us (field, `+COLUMN`, or function of the row), and how it is compared."""

    ours: str | Get
    how: Same = same

    def of(self, row: Row) -> Any:
        """Our value."""
        return row[self.ours] if isinstance(self.ours, str) else self.ours(row)

    def fits(self, theirs: Any, row: Row) -> bool:
        """Whether both are the same."""
        return self.how(theirs, self.of(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One kind of the peer's records and our artefacts with the same. `key` are values that agree in a pair of rows.

    A field of the peer that neither names is looked up under its own name, among our fields and columns.
    """

    peer: str
    ours: Sequence[str]
    key: Mapping[str, Is]
    fields: Mapping[str, Is] = field(default_factory=dict)
    of: Callable[[PeerRow], bool] = lambda _: True
    ours_of: Callable[[Row], bool] = lambda _: True
    expand: Callable[[PeerRow], Iterable[PeerRow]] = lambda row: (row,)
    together: bool = False
    """Whether the values of one record of the peer may stand in several of ours with the same key."""

    def at(self, name: str) -> Is:
        """Where our value of a field of the peer's stands."""
        return self.fields.get(name) or self.key.get(name) or Is(lambda row: _by_name(row, name))


def _by_name(row: Row, name: str) -> Any:
    """A field or a column of that name, whichever holds something."""
    for key in (name, "+" + name, f"+{name} (as stored)"):
        if (value := row[key]) is not None:
            return value
    return None


@dataclass(slots=True)
class Report:
    """What the comparison of one backup gave."""

    values: Counter[str] = field(default_factory=Counter)
    """Values that the peer states, by module."""
    equal: Counter[str] = field(default_factory=Counter)
    explained: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By module and field."""
    differing: list[str] = field(default_factory=list)
    """Not explained, in words."""

    def kept(self) -> dict[str, Any]:
        """As plain values, for a file."""
        explained = [[*key, count] for key, count in self.explained.items()]
        return {"values": self.values, "equal": self.equal, "explained": explained, "differing": self.differing}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Report:
        """The report that `kept` was made of."""
        explained = Counter({(module, name): count for module, name, count in kept["explained"]})
        return cls(Counter(kept["values"]), Counter(kept["equal"]), explained, list(kept["differing"]))

    def lines(self) -> list[str]:
        """One line for each module."""
        by_module: Counter[str] = Counter()
        for (module, _), count in self.explained.items():
            by_module[module] += count
        return [
            f"{module}: {count} values compared, {self.equal[module]} equal, {by_module[module]} explained"
            for module, count in sorted(self.values.items())
        ]


def differences() -> dict[tuple[str, str], str]:
    """(module, field) -> case, of the table."""
    return {(one["module"], one["field"]): one["case"] for one in tomllib.loads(TABLE.read_text("utf-8"))["difference"]}


def compare(theirs: Mapping[str, Sequence[PeerRow]], ours: Records, modules: Sequence[Module]) -> Report:
    """Every record of the peer's beside ours."""
    table = differences()
    report = Report()
    for name, rows in theirs.items():
        of_name = [one for one in modules if one.peer == name]
        left = list(rows)
        for module in of_name:
            mine = [row for row in left if module.of(row)]
            left = [row for row in left if not module.of(row)]
            known = [row for artefact in module.ours for row in ours.get(artefact, ()) if module.ours_of(row)]
            comparison = _Comparison(module, _by_key(module, known), ours, table, report)
            for record in (one for row in mine for one in module.expand(row)):
                comparison.record(record)
        if left:
            report.differing.append(
                f"{name}: {len(left)} records of a kind that the test does not know, such as {left[0]}"
            )
    return report


def _by_key(module: Module, rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(_plain(one.of(row)) for one in module.key.values())].append(row)
    return found


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One kind of record: our rows by key, and where the outcome goes."""

    module: Module
    by_key: Mapping[tuple[Any, ...], list[Row]]
    every: Records
    table: Mapping[tuple[str, str], str]
    report: Report

    def record(self, theirs: PeerRow) -> None:
        """One record of the peer's beside the one of ours that is most like it."""
        module, report = self.module, self.report
        key = {name: _plain(theirs.get(name)) for name in module.key}
        near = self.by_key.get(tuple(key.values()), [])
        stated = [name for name, value in theirs.items() if not nothing(value)]
        report.values[module.peer] += len(stated)
        if not near:
            if self._explained(RECORD, None, None, theirs):
                report.explained[module.peer, RECORD] += len(stated)
            else:
                report.differing.append(f"{module.peer}: no record of ours for {key}")
            return
        unequal = [[name for name in stated if not module.at(name).fits(theirs[name], one)] for one in near]
        best = min(range(len(near)), key=lambda at: len(unequal[at]))
        left = unequal[best]
        if module.together:
            left = [name for name in left if all(name in other for other in unequal)]
        report.equal[module.peer] += len(stated) - len(left)
        one = near[best]
        if len(near) > 1 and not module.together:
            del near[best]  # taken; the last one may be taken again, as a join of the peer's repeats rows
        for name in left:
            if self._explained(name, theirs[name], one, theirs):
                report.explained[module.peer, name] += 1
            else:
                ours = module.at(name).of(one)
                report.differing.append(
                    f"{module.peer}.{name}: theirs {theirs[name]!r:.200}, ours {ours!r:.200}; {key}"
                )

    def _explained(self, name: str, value: Any, ours: Row | None, theirs: PeerRow) -> bool:
        case = self.table.get((self.module.peer, name))
        return case is not None and CASES[case](value, ours, theirs, self.every)


def _plain(value: Any) -> Any:
    """A value that can be a key: nothing is nothing, numbers by size."""
    if nothing(value):
        return None
    return value if isinstance(value, str | int | float) else str(value)
