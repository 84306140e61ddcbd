"""Puts the peer's records beside ours and says which values agree, which differ for a listed reason, and which differ."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.differential.ours import Records, Row
from tests.differential.values import nothing, same

TABLE = Path(__file__).with_name("differences.toml")

PeerRow = Mapping[str, Any]
Get = Callable[[Row], Any]
Same = Callable[[Any, Any], bool]
Case = Callable[[Any, Row, PeerRow, Records], bool]
"""Whether a value that differs does so in the way that the table names."""


@dataclass(frozen=True, slots=True)
class Is:
    """Where a value of the peer stands with us (a field, `+COLUMN`, or a function of the row), and how it is compared."""

    ours: str | Get
    how: Same = same

    def of(self, row: Row) -> Any:
        return row[self.ours] if isinstance(self.ours, str) else self.ours(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One kind of the peer's records and our artefacts with the same. `key` are values that agree in a pair of rows.

    A field of the peer that `fields` does not name is looked up under its own name, among our fields and columns.
    """

    peer: str
    ours: Sequence[str]
    key: Mapping[str, Is]
    fields: Mapping[str, Is] = field(default_factory=dict)
    of: Callable[[PeerRow], bool] = lambda _: True
    ours_of: Callable[[Row], bool] = lambda _: True
    expand: Callable[[PeerRow], Iterable[PeerRow]] = lambda row: (row,)
    cases: Mapping[str, Case] = field(default_factory=dict)

    def at(self, name: str) -> Is:
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
        left = [row for row in rows]
        for module in of_name:
            mine = [row for row in left if module.of(row)]
            left = [row for row in left if not module.of(row)]
            expanded = [one for row in mine for one in module.expand(row)]
            _module(module, expanded, [r for a in module.ours for r in ours.get(a, ()) if module.ours_of(r)], ours, table, report)
        if left:
            report.differing.append(f"{name}: {len(left)} records of a kind that the test does not know, such as {left[0]}")
    return report


def _module(
    module: Module, theirs: Sequence[PeerRow], rows: Sequence[Row], every: Records, table: Mapping[tuple[str, str], str], report: Report
) -> None:
    by_key: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    names = tuple(module.key)
    for row in rows:
        by_key[tuple(_plain(module.key[name].of(row)) for name in names)].append(row)
    for row in theirs:
        key = tuple(_plain(row.get(name)) for name in names)
        near = by_key.get(key, [])
        stated = [name for name, value in row.items() if not nothing(value)]
        report.values[module.peer] += len(stated)
        if not near:
            report.differing.append(f"{module.peer}: no record of ours for {dict(zip(names, key, strict=True))}")
            continue
        unequal, best = min(
            (([name for name in stated if not module.at(name).how(row[name], module.at(name).of(one))], at) for at, one in enumerate(near)),
            key=lambda found: len(found[0]),
        )
        report.equal[module.peer] += len(stated) - len(unequal)
        one = near[best] if len(near) == 1 else near.pop(best)  # the same row twice only where there is no other
        for name in unequal:
            case = table.get((module.peer, name))
            if case is not None and module.cases[case](row[name], one, row, every):
                report.explained[module.peer, name] += 1
            else:
                report.differing.append(f"{module.peer}.{name}: theirs {row[name]!r:.120}, ours {module.at(name).of(one)!r:.120}; {dict(zip(names, key, strict=True))}")


def _plain(value: Any) -> Any:
    """A value that can be a key: nothing is nothing, numbers by size."""
    if nothing(value):
        return None
    return value if isinstance(value, str | int | float) else str(value)
