"""Names in place of ids: nobody knows an organisation by its number."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.register.views.reading import Reader
from sousveil.web.site import Site


def captions(site: Site, ids: Iterable[str]) -> dict[str, str]:
    """Id -> name, for what the register knows by name."""
    asked = sorted({one for one in ids if one.startswith("sv-")})
    reader = Reader(site.store)
    reader.load(asked)
    return {one: caption for one in asked if (caption := reader.ref(one).caption) and caption != one}
