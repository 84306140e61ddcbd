"""One step from a company to somebody behind or below it, and a way of such steps."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

OWNER = frozenset({"owner"})


class Link(msgspec.Struct, frozen=True):
    """One step from a company to somebody who stands behind it, or below it."""

    other: str
    kind: str
    """`owner`, `subsidiary`, `principal`, `agent`, `predecessor`, `successor`, `officer`, `post`, `same`; `part`, `stake` for a share
    too small to count by itself (`holdings` only)."""
    alleged: bool
    surely: bool
    """It held on the day, as far as the dates tell."""
    proof: tuple[str, ...]
    low: float
    """Per cent at least, and at most; 0 and 100 where it is not said."""
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Somebody behind a company, and how they are reached."""

    id: str
    tie: bool
    kinds: frozenset[str] = frozenset()
    """Of the links on the way."""
    before: Reached | None = None
    link: Link | None = None
    """The last step; a way is told by its steps, for a chain of many shells has many ways."""

    def on(self, link: Link, tie: bool) -> Reached:
        """Who is one step further."""
        kinds = self.kinds if link.kind in self.kinds else self.kinds | {link.kind}
        return Reached(link.other, tie, kinds, self, link)

    @property
    def path(self) -> tuple[Link, ...]:
        """The links from the company on."""
        found: list[Link] = []
        at: Reached | None = self
        while at is not None and at.link is not None:
            found.append(at.link)
            at = at.before
        return tuple(reversed(found))

    @property
    def owns(self) -> bool:
        """Whether it is the company itself or stands above it by ownership alone."""
        return self.kinds <= OWNER
