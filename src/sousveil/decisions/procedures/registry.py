"""The procedures there are: every module beside this one that has a constant `PROCEDURE`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from sousveil.decisions import procedures
from sousveil.decisions.procedures.conditions import AllOf, AnyOf, Condition, Fails, Linked
from sousveil.decisions.procedures.model import Procedure


@cache
def all_procedures() -> dict[str, Procedure]:
    """Name -> procedure, in the order of the letter."""
    found: list[Procedure] = []
    for module in pkgutil.iter_modules(procedures.__path__):
        if not module.ispkg:
            one = getattr(importlib.import_module(f"{procedures.__name__}.{module.name}"), "PROCEDURE", None)
            if one is not None:
                found.append(one)
    return {one.name: one for one in sorted(found, key=lambda one: one.order)}


def find(name: str) -> Procedure | None:
    """The procedure of this name."""
    return all_procedures().get(name)


def types_of(procedure: Procedure) -> list[str]:
    """Every record type that a procedure reads."""
    found = [*procedure.types]
    found += [one.type for one in procedure.states]
    found += [one.type for one in procedure.clocks]
    found += [need.type for gap in procedure.gaps for need in gap.needs]
    found += [clock.again[0] for clock in procedure.clocks if clock.again is not None]
    conditions: list[Condition] = [
        *(one for state in procedure.states for one in state.when),
        *(
            one
            for clock in procedure.clocks
            for many in (clock.runs_when, clock.stops_when, clock.ends_best, *clock.ends_as.values())
            for one in many
        ),
        *(one for gap in procedure.gaps for need in gap.needs for one in (*need.when, *need.against, *need.part)),
    ]
    found += [name for one in conditions for name in _linked_types(one)]
    return list(dict.fromkeys(found))


def _linked_types(condition: Condition) -> list[str]:
    if isinstance(condition, Linked):
        return [condition.type, *(name for one in condition.when for name in _linked_types(one))]
    if isinstance(condition, AnyOf | AllOf):
        return [name for one in condition.of for name in _linked_types(one)]
    if isinstance(condition, Fails):
        return _linked_types(condition.of)
    return []
