"""All facts, found by walking the package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from sousveil.decisions import facts
from sousveil.decisions.facts.model import Fact


@cache
def all_facts() -> Mapping[str, Fact]:
    """Every fact by its name, sorted."""
    found: list[Fact] = []
    for module in pkgutil.iter_modules(facts.__path__):
        loaded = importlib.import_module(f"{facts.__name__}.{module.name}")
        found += [one for one in (getattr(loaded, "FACT", None), *getattr(loaded, "FACTS", ())) if one is not None]
    return {fact.name: fact for fact in sorted(found, key=lambda fact: fact.name)}
