"""The first steps of a reading process, before anything large is imported."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Postponed(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        module = import_module(self.__name__)
        vars(self).update(vars(module))
        return getattr(module, name)


def postpone(name: str) -> None:
    """Have a module import itself when something of it is first asked for: what many files import and few need. (The lazy
    loader of the standard library imports it at the second `import` already.)"""
    sys.modules.setdefault(name, _Postponed(name))


def start_worker() -> None:
    """Entry of the spawned process; see `sousveil.cases.worker`."""
    postpone("numpy")  # a third of the start of a process that reads texts
    from sousveil.cases.worker import main

    main()
