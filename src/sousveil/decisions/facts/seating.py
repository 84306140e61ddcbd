"""What the seats of a body make of it: how many members are of civil society, and for how many sides they speak.

Members are counted, not the records that tell of them: two publishers who file the same member make civil society no larger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sousveil.register.model import Standing
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.names import prepare
from sousveil.register.views.records import Record

CIVIL = frozenset({"civil-society", "affected-people"})
"""Constituencies that count as civil society."""
NAMES = ("name", "alias", "previousName")


def called(record: Record | None, row: ReferenceRow | None) -> frozenset[str]:
    """What a member is called by anybody, more firmly than as an allegation where anybody is: who gives it another name takes none away."""
    told = [one.statement for name in NAMES for one in record.stand(name)] if record is not None else []
    firm = [one for one in told if one.standing is not Standing.ALLEGED]
    names = [*(one.value for one in firm or told), *((row.caption, *row.names) if row is not None else ())]
    return frozenset(prepare(one).joined for one in names) - {""}


def counted_as(members: Iterable[tuple[str, frozenset[str]]]) -> dict[str, str]:
    """Member -> whom it counts as: those who bear a name in common are one. Two publishers who each file the same group make it two
    records and no two groups."""
    by_name: dict[str, str] = {}
    above: dict[str, str] = {}

    def head(one: str) -> str:
        while above[one] != one:
            above[one] = one = above[above[one]]
        return one

    for member, names in dict.fromkeys(members):  # a member of many seats has its names once
        above.setdefault(member, member)
        for name in names:
            one, other = sorted((head(member), head(by_name.setdefault(name, member))))
            above[other] = one
    return {one: head(one) for one in above}


class Told(NamedTuple):
    """A seat as it is told."""

    member: str
    """Who has it; where that is not told as one, the seat itself."""
    side: str
    """For whom it speaks; empty: for nobody as far as is known."""
    voice: str
    """Who tells of it."""
    names: frozenset[str] = frozenset()
    """What the member is called (`called`)."""


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


def tally(seats: Sequence[Told]) -> Tally:
    """What seats make of a body. A member that several tell of, or that is told of again, under one name or one id, is one member: it makes
    civil society no larger and adds no side. One that is told to speak for several sides speaks for none. Of other seats those of one
    member count as often as one voice tells of them; those of one name are several: nobody shrinks them by a name."""
    whom = counted_as((one.member, one.names) for one in seats)
    sides: dict[str, set[str]] = {}
    times: dict[str, Counter[str]] = {}
    for one in seats:
        sides.setdefault(whom[one.member], set()).add(one.side)
        times.setdefault(one.member, Counter())[one.voice] += 1
    of = {who: next(iter(told)) if len(told) == 1 else "" for who, told in sides.items()}
    civil = sum(side in CIVIL for side in of.values())
    others = sum(max(many.values()) for member, many in times.items() if of[whom[member]] not in CIVIL)
    return Tally(civil, civil + others, frozenset(of.values()) - {""})


def shape(seats: Sequence[tuple[str, str | None, bool]], whom: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with these seats as they are told: for each its member, its constituency, and whether it is an independent human
    rights group. Several seats of one member join no several groups of society. `whom`: whom each member counts as; that several are
    one by their names alone leaves it open of how many groups they are."""
    if not seats:
        return ["no_members"]
    found = [] if any(rights for _, _, rights in seats) else ["no_human_rights_group"]
    if not {kind for _, kind, _ in seats} & CIVIL:
        found.append("no_civil_society")
    if _one_kind(seats, {}):
        found.append("one_constituency" if all(kind for _, kind, _ in seats) else "kinds_not_told")
    elif _one_kind(seats, whom or {}):
        found.append("kinds_not_told")
    return found


def _one_kind(seats: Sequence[tuple[str, str | None, bool]], whom: Mapping[str, str]) -> bool:
    """Whether members may be of one kind, all of them."""
    kinds: dict[str, set[str]] = {}
    for member, kind, _ in seats:
        if kind:
            kinds.setdefault(whom.get(member, member), set()).add(kind)
    return len(kinds) < 2 or bool(set.intersection(*kinds.values()))
