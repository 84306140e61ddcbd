"""The forms in which indicators are published: one module a form, each with one constant `LOADER`, found by walking.

Modules whose name begins with an underscore hold what the loaders share.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from sousveil.indicators.loaders._common import Loader, kind_word


@cache
def loaders() -> tuple[Loader, ...]:
    """All loaders, the most particular form first."""
    found: list[Loader] = []
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            found.append(importlib.import_module(f"{__name__}.{module.name}").LOADER)
    return tuple(sorted(found, key=lambda loader: (loader.order, loader.name)))


__all__ = ["Loader", "kind_word", "loaders"]
