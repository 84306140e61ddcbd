"""The procedures there are: every module beside this one that has a constant `PROCEDURE`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from sousveil.decisions import procedures
from sousveil.decisions.procedures.model import Procedure


@cache
def all_procedures() -> dict[str, Procedure]:
    """Name -> procedure, in the order of the letter, as its modules are named."""
    names = sorted(module.name for module in pkgutil.iter_modules(procedures.__path__) if not module.ispkg)
    modules = (importlib.import_module(f"{procedures.__name__}.{name}") for name in names)
    return {one.name: one for module in modules if (one := getattr(module, "PROCEDURE", None)) is not None}
