"""The procedures there are: every module beside this one that has a constant `PROCEDURE`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from sousveil.decisions import procedures
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
