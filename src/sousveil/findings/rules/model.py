"""What a rule declares. A module under `findings/rules/` holds one constant `RULE`; `discover_rules()` finds it.

Rules run in two passes: while reading, `keep` picks the rows that may matter (columns in, row numbers out); when everything
has been read, `find` looks at what was kept, across artefacts, and yields hits. The number of kept rows is capped; an overflow
is a coverage line, never silence.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.indicators.model import ThreatClass
from sousveil.records import Source

Columns = Mapping[str, Sequence[Any]]
"""The asked-for columns of a batch by field name, all of one length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Rows of one artefact that a rule wants. `columns` may name only fields of the record. `keep` gives row numbers."""

    artefact: str
    columns: tuple[str, ...]
    keep: Callable[[Columns], Iterable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A row that passed `keep`."""

    artefact: str
    source: Source
    row: Mapping[str, Any]
    """Only the asked-for columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
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
