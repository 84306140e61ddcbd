"""For pages and checks: the register as decisions see it, with what their reader knows."""

from __future__ import annotations

from typing import cast
from weakref import WeakKeyDictionary

from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.index import Base
from sousveil.register.store import Store
from sousveil.register.views.reading import Reader

_WORLDS: WeakKeyDictionary[Reader, dict[str, Compiled]] = WeakKeyDictionary()
WORLDS = 8
"""Days of one reader whose worlds are kept: a page asks for one, a feed for a few."""


def world_of(reader: Reader, day: str) -> Compiled:
    """The register as decisions see it, with what the reader knows."""
    kept = _WORLDS.setdefault(reader, {})
    found = kept.get(day)
    if found is None:
        if len(kept) >= WORLDS:
            del kept[next(iter(kept))]
        known = None if reader.known_at is None else min(reader.known_at + 1, reader.store.size())
        found = kept[day] = compile_world(cast(Store, reader.store), day, known)
    return found


def base_of(reader: Reader) -> Base:
    """The register as decisions see it, whatever the day. The reader shares its records, and asks the store for none of them again."""
    base = world_of(reader, reader.day).base
    reader.adopt(base.records, base.aliases, base.logged, lambda at: (base.signed[at].owner, base.signed[at].key))
    return base
