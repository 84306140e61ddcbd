"""All facts, found by walking the package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from sousveil.decisions import facts
from sousveil.decisions.facts.model import DECLARED, Fact


@cache
def all_facts() -> Mapping[str, Fact]:
    """Every fact by its name, sorted."""
    for module in pkgutil.iter_modules(facts.__path__):
        importlib.import_module(f"{facts.__name__}.{module.name}")
    return dict(sorted(DECLARED.items()))
