"""Finds the intakes by walking the package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from sousveil.errors import Usage
from sousveil.register.intake.source import Intake

HELPERS = {"model", "registry", "source", "saying"}
"""Modules that hold no intake; so do those whose name begins with an underscore."""


@cache
def _discover(package: str) -> dict[str, Intake]:
    found: dict[str, Intake] = {}
    root = importlib.import_module(package)
    for info in pkgutil.iter_modules(root.__path__):
        if info.name in HELPERS or info.name.startswith("_"):
            continue
        intake = getattr(importlib.import_module(f"{package}.{info.name}"), "INTAKE", None)
        if not isinstance(intake, Intake):
            raise TypeError(f"{info.name}.py: no constant INTAKE that is an Intake")
        name = intake.dataset.name
        if name in found:
            raise TypeError(f"{info.name}.py: there is already an intake named {name}")
        if name.replace("-", "_").replace(".", "_") != info.name:
            raise TypeError(
                f"{info.name}.py: the file of {name} is called {name.replace('-', '_').replace('.', '_')}.py"
            )
        found[name] = intake
    return dict(sorted(found.items()))


def intakes(package: str = "sousveil.register.intake") -> dict[str, Intake]:
    """Every intake by the name of its data set, sorted. Raises TypeError that names the file that is wrong."""
    return dict(_discover(package))


def shipped() -> dict[str, Intake]:
    """Those of which a copy lies with the other data: all but the publishers' formats that an operator downloads."""
    return {name: one for name, one in intakes().items() if not one.dataset.downloaded}


@cache
def context_datasets() -> frozenset[str]:
    """Names of the data sets that are context: no rule reads them."""
    return frozenset(name for name, one in intakes().items() if one.dataset.context)


@cache
def layers() -> frozenset[str]:
    """Names of the data sets that are a layer: headline numbers leave them out."""
    return frozenset(name for name, one in intakes().items() if one.dataset.layer)


@cache
def outside_numbers() -> frozenset[str]:
    """Names of the data sets that are context or a layer: they are on no map, and in no number on the first page."""
    return context_datasets() | layers()


def find(name: str) -> Intake:
    """One intake. Raises Usage that names those there are."""
    found = _discover("sousveil.register.intake")
    if name not in found:
        raise Usage(f"There is no source named “{name[:80]}”.", hint=f"There are: {', '.join(found)}.")
    return found[name]
