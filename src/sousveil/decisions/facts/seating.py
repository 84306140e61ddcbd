"""What the seats of a body make of it: how many members are of civil society, and for how many sides they speak.

Members are counted, not the records that tell of them: two publishers who file the same member make civil society no larger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sousveil.register.names import prepare

CIVIL = frozenset({"civil-society", "affected-people"})
"""Constituencies that count as civil society."""


def same(id: str, caption: str) -> str:
    """Who a member counts as: those of one name are one. Two publishers who each file the same group make it two records and no two
    groups."""
    return prepare(caption).joined or id


class Told(NamedTuple):
    """A seat as it is told."""

    member: str
    """Who has it (`same`); where that is not told as one, the seat itself."""
    side: str
    """For whom it speaks; empty: for nobody as far as is known."""
    voice: str
    """Who tells of it."""


class Tally(NamedTuple):
    """What seats make of a body."""

    civil: int
    """Members for civil society and people affected."""
    seats: int
    """All that are counted."""
    sides: frozenset[str]
    """For whom they speak."""

    @property
    def share(self) -> float:
        """Of civil society and people affected, 0 to 1."""
        return self.civil / self.seats if self.seats else 0.0


def tally(seats: Iterable[Told]) -> Tally:
    """What seats make of a body. A member that several tell of, or that is told of again, is one member: it makes civil society no larger
    and adds no side. One that is told to speak for several sides speaks for none. Of other seats those of one member count as often as
    one voice tells of them."""
    sides: dict[str, set[str]] = {}
    times: dict[str, Counter[str]] = {}
    for one in seats:
        sides.setdefault(one.member, set()).add(one.side)
        times.setdefault(one.member, Counter())[one.voice] += 1
    of = {member: next(iter(told)) if len(told) == 1 else "" for member, told in sides.items()}
    civil = sum(side in CIVIL for side in of.values())
    others = sum(max(times[member].values()) for member, side in of.items() if side not in CIVIL)
    return Tally(civil, civil + others, frozenset(of.values()) - {""})


def shape(seats: Sequence[tuple[str, str | None, bool]]) -> list[str]:
    """What is wrong with these seats as they are told: for each its member, its constituency, and whether it is an independent human
    rights group. Several seats of one member join no several groups of society."""
    if not seats:
        return ["no_members"]
    kinds: dict[str, set[str]] = {}
    for member, kind, _ in seats:
        if kind:
            kinds.setdefault(member, set()).add(kind)
    found = [] if any(rights for _, _, rights in seats) else ["no_human_rights_group"]
    if not frozenset().union(*kinds.values()) & CIVIL:
        found.append("no_civil_society")
    if not kinds or set.intersection(*kinds.values()) or len(kinds) < 2:
        found.append("one_constituency" if all(kind for _, kind, _ in seats) else "kinds_not_told")
    return found
