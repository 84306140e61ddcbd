"""Affiliation: who owns, controls, funds or represents whom on a day, one graph for each snapshot (policy 6).

`reach` serves adverse facts: whoever has control on that day, or may have it as far as is known, at `reported` or better. What rests on an
allegation, or on an owner or officer in common, is a tie (`~id`) and proves nothing. `ties` serves independence: any link at all, for a
publisher that is tied to a party is not admissible. Links are followed to their end, so that a chain of shells hides nobody.

A link is ended by the publishers who report it, each for itself, and by nobody else (policy 3). A share that is too small to count by
itself is a holding and no link.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, nextafter

import msgspec

from sousveil.decisions.evidence.accounts import (
    DATED,
    Snapshot,
    by_publisher,
    called,
    contrary,
    firm,
    given,
    in_period,
    valid,
    values,
)  # fmt: skip
from sousveil.decisions.evidence.dates import ended_by
from sousveil.decisions.model import kept
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.types import is_a
from sousveil.register.views.records import Record, stands

TIE = "~"
"""Before an id: reached by an allegation, or through an owner or officer in common."""
MAJORITY = 50.0
"""Per cent from which on a shell is, or may be, its owner's own."""
QUARTER = 25.0
"""Per cent from which on a share counts as a hand in the company; below it, and where nothing says control, it does not."""
MOST_TIES = 20_000
"""Entities in one set of ties. Whoever has more is independent of nobody."""
CONTROL = frozenset(
    "votingRights appointmentOfBoard otherInfluenceOrControl seniorManagingOfficial settlor trustee protector "
    "beneficiaryOfLegalArrangement rightsGrantedByContract conditionalRightsGrantedByContract "
    "controlViaCompanyRulesOrArticles controlByLegalFramework boardChair unknownInterest unpublishedInterest nominee "
    "nominator".split()
)
"""Kinds of interest that may be control whatever the share."""
STEPS = (
    ("Ownership.asset", ("owner", "nomineeFor"), "owner"),
    ("Ownership.owner", ("asset",), "subsidiary"),
    ("Ownership.nomineeFor", ("asset",), "subsidiary"),
    ("Representation.agent", ("client",), "principal"),
    ("Representation.client", ("agent",), "agent"),
    ("Succession.successor", ("predecessor",), "predecessor"),
    ("Succession.predecessor", ("successor",), "successor"),
    ("Directorship.organization", ("director",), "officer"),
    ("Directorship.director", ("organization",), "post"),
)
"""The property that names an entity, those that name whom the record links to it, and what these are to the entity."""
LINKING = (
    *((name, others) for name, others, _ in STEPS),
    ("Ownership.nomineeFor", ("owner",)),
    ("Investment.investor", ("recipient",)),
    ("Investment.recipient", ("investor",)),
    ("Membership.member", ("paidBy",)),
    ("Membership.paidBy", ("member", "organization")),
)
"""What ties an entity to another."""
_UP = frozenset({"owner", "principal", "same", "predecessor", "successor"})
_DOWN = frozenset({"subsidiary", "same", "predecessor", "successor"})

End = tuple[str, str]
"""A property of a record, and the entity that it names."""


class Link(msgspec.Struct, frozen=True):
    """One step from a company to somebody behind it, or below it."""

    other: str
    kind: str
    """`owner`, `subsidiary`, `principal`, `agent`, `predecessor`, `successor`, `officer`, `post`, `same`."""
    alleged: bool
    proof: tuple[str, ...] = ()
    low: float = 0.0
    """Per cent at least, and at most; 0 and 100 where no source gives it."""
    high: float = 100.0
    small: bool = False
    """A share that is too small to count by itself (`holdings` only)."""


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Somebody behind a company, and the way there."""

    id: str
    tie: bool
    before: Reached | None = None
    link: Link | None = None
    """The last step; a long chain is kept as its steps."""

    @property
    def path(self) -> tuple[Link, ...]:
        """The links from the company on."""
        steps: list[Link] = []
        step: Reached | None = self
        while step is not None and step.link is not None:
            steps.append(step.link)
            step = step.before
        return tuple(reversed(steps))

    @property
    def proof(self) -> tuple[str, ...]:
        """The statements of these links."""
        return tuple(dict.fromkeys(id for link in self.path for id in link.proof))


class Affiliations(Snapshot):
    """The links of a base on a day, by the statements that stand."""

    def on(self, day: str) -> Affiliations:
        """The same links on another day; a date that is less than a day stands for each day that it may mean."""
        return self if day == self.as_of else self._other(day)

    @kept
    def _other(self, day: str) -> Affiliations:
        return Affiliations(self.base, day)

    # Records

    def values(self, record: Record, name: str) -> list[str]:
        """Entities that a record names by a property on the day."""
        return list(dict.fromkeys(map(self.base.target, self._naming(record, name))))

    def same(self, id: str) -> tuple[str, ...]:
        """All who would be one with it, did no judgement keep them apart: joined where that charges, apart where it mitigates."""
        return self.base.contested.get(id, ())

    @kept
    def accounts(self, record: Record) -> list[list[Recorded]]:
        """What each publisher says of a record."""
        return list(by_publisher(self, record.statements).values())

    def live(self, record: Record, naming: Sequence[str]) -> bool:
        """Whether a record applies on the day, or may, for adverse facts.

        `naming`: the properties without which it says nothing; one of each must stand.
        """
        named = all(any(self._naming(record, name)) for name in naming)
        return named and any(in_period(self, one, DATED) for one in self._giving(record, naming))

    def endings(self, record: Record, naming: Sequence[str]) -> tuple[tuple[int, str] | None, ...]:
        """For each publisher who reports a record: its last day (ordinal) that is past, and the statement that gives it; None where the
        record is not over in that publisher's words."""
        found = list[tuple[int, str] | None]()
        for account in self._giving(record, naming):
            own = [(end, one.id) for one in firm(account) or account for end in _ends(one)]
            over = [(edtf.parse(end).last, id) for end, id in own if ended_by(self.as_of, end)]
            found.append(max(over) if over and len(over) == len(own) else None)
        return tuple(found)

    def _giving(self, record: Record, naming: Sequence[str]) -> list[list[Recorded]]:
        """The accounts that give one of these properties."""
        return [one for one in self.accounts(record) if values(one, *naming)]

    def _naming(self, record: Record, name: str) -> Iterator[Recorded]:
        return (one for one in record.stand(name) if valid(self, one))

    # Links of one entity

    @kept
    def holdings(self, id: str) -> tuple[Link, ...]:
        """Everybody directly behind or below an entity on the day, or who may be, each as reported; small shares too."""
        found = list[Link]()
        for name, others, kind in STEPS:
            mine = (name.partition(".")[2], id)
            for record in self.pointing(id, name):
                for end in ((back, other) for back in others for other in self.values(record, back)):
                    found += self._between(record, mine, end, kind)
        return (*found, *(Link(one, "same", False) for one in self.same(id) if one != id))

    @kept
    def links(self, id: str) -> tuple[Link, ...]:
        """The same, without shares that are too small to count by themselves."""
        return tuple(one for one in self.holdings(id) if not one.small)

    def _between(self, record: Record, mine: End, other: End, kind: str) -> Iterator[Link]:
        """The links that a record makes of two of its values. An allegation about one keeps no firm link of the record alive."""
        named = list[Recorded]()
        for name, id in (mine, other):  # the statement that names it most firmly on the day, of these the first
            claims = [one for one in self._naming(record, name) if self.base.target(one) == id]
            if not claims:
                return
            named.append(min(claims, key=lambda one: (one.statement.standing is Standing.ALLEGED, one.recorded)))
        proof, alleged = tuple(dict.fromkeys(one.id for one in named)), len(firm(named)) < len(named)

        def naming(account: list[Recorded]) -> bool:
            return any((one.statement.property, self.base.target(one)) in (mine, other) for one in account)

        every = [one for one in self.accounts(record) if naming(one)]
        accounts = [one for one in every if naming(firm(one))]
        reported = not alleged and any(in_period(self, firm(one), DATED) for one in accounts)
        if not reported and not any(in_period(self, one, DATED) for one in every):
            return
        low, high, control = 0.0, 100.0, True
        if kind in ("owner", "subsidiary"):
            low, high, control = share(accounts if reported else every, firm=reported)
            if not control and reported:  # an allegation may still say that it is more
                yield Link(other[1], kind, False, proof, low, high, small=True)
                low, high, control = share(every, firm=False)
                reported = False
        if control:
            yield Link(other[1], kind, not reported, proof, low, high)

    # Closures

    @kept
    def reach(self, id: str) -> tuple[Reached, ...]:
        """The entity itself and whoever controls it, is controlled by it, or was it; ties behind them. Nearest first."""
        seen = self._follow(id, _UP)
        for one in self._follow(id, _DOWN).values():  # an owner can be a subsidiary too
            if _firmer(one, seen.get(one.id)):
                seen[one.id] = one
        # Officers, and other companies under the same owner or officer: ties, which prove nothing by themselves.
        own = self.owners(id)
        self._tie(seen, own, ("officer",))
        behind = [one for one in seen.values() if one.link is not None and one.link.kind in ("owner", "officer")]
        heads = {one.id: one for one in (*behind, *own[1:])}.values()
        self._tie(seen, (one for one in heads if not self.is_certainly(one.id, "PublicBody")), ("subsidiary", "post"))
        return tuple(seen.values())

    def _tie(self, seen: dict[str, Reached], heads: Iterable[Reached], kinds: Collection[str]) -> None:
        for head in heads:
            for link in self.links(head.id):
                if link.kind in kinds and link.other not in seen:
                    seen[link.other] = Reached(link.other, True, head, link)

    @kept
    def owners(self, id: str, *, same: bool = False) -> tuple[Reached, ...]:
        """The entity itself and whoever owns it through owners alone, none by a tie; nearest first. `same`: also by way of what it may be
        one with. `reach` gives the nearest way, and a nearer agent or predecessor would hide who owns it."""
        return tuple(self._follow(id, {"owner", "same"} if same else {"owner"}, ties=False).values())

    def _follow(self, start: str, kinds: Collection[str], *, ties: bool = True) -> dict[str, Reached]:
        """The entities that links of these kinds reach, nearest first; `ties`: by allegations too."""
        found = {start: Reached(start, False)}
        wave = [*found.values()]
        for step in wave:  # the list grows while it is read
            for link in self.links(step.id):
                if link.kind in kinds and (ties or not link.alleged):
                    one = Reached(link.other, step.tie or link.alleged, step, link)
                    if _firmer(one, found.get(link.other)):
                        found[link.other] = one
                        wave.append(one)
        return found

    # Ties: any link at all. They go on through everybody but States, to which half of the world is tied.

    @kept
    def ties(self, id: str) -> frozenset[str]:
        """Everybody to whom an entity is tied by a link that did not certainly end; of too many (`cut`) some."""
        seen, wave = {id}, [id]
        while wave and len(seen) <= MOST_TIES:
            one = wave.pop()
            if one == id or not self.is_certainly(one, "State"):
                new = [other for other in self._near(one) if other not in seen]
                seen.update(new)
                wave += new
        return frozenset(seen)

    def cut(self, id: str) -> bool:
        """Whether an entity is tied to more than are followed: then it is shown to be independent of nobody."""
        return len(self.ties(id)) > MOST_TIES

    @kept
    def _near(self, id: str) -> tuple[str, ...]:
        mine = self.base.records.get(id)
        found = [*self.same(id), *(one.id for one in self.pointing(id, "PublicBody.partOf"))]
        found += self.values(mine, "partOf") if mine is not None else ()
        for name, others in LINKING:
            for record in self.pointing(id, name):
                if any(in_period(self, one, DATED) for one in self.accounts(record)):
                    found += (each for other in others for each in self.values(record, other))
        return tuple(dict.fromkeys(found))

    @kept
    def is_certainly(self, id: str, type: str) -> bool:
        """Whether an entity certainly is of a record type: by a published list, or confirmed by a verified publisher without a tie to it;
        and nobody reports it as something else."""
        record, row = self.base.records.get(id), self.base.rows.get(id)
        listed = row is not None and is_a(row.type, type)
        statements = record.statements if record is not None and not listed else ()
        shown = listed or any(self._confirms(one, id) for one in statements if is_a(one.statement.type, type))
        return shown and not (record is not None and contrary(record, (type,)))

    def _confirms(self, one: Recorded, id: str) -> bool:
        """Whether a verified publisher that is no public body, not in the trade and not tied to an entity confirms a statement."""
        signed = self.base.signer(one)
        by = self.base.publisher(signed.owner) if signed.verified else None
        if by is None or not stands(one) or one.statement.standing is not Standing.CONFIRMED or self.base.trades(by):
            return False
        record = self.base.records.get(by)
        public = record is not None and bool(called(record, "PublicBody"))
        return not public and id not in closure([by], self._near)


def closure(start: Iterable[str], step: Callable[[str], Iterable[str]]) -> list[str]:
    """These ids, and all to which `step` leads from them, in the order in which they are reached, each once."""
    reached = dict.fromkeys(start)
    ids = list(reached)
    for id in ids:  # the list grows while it is read
        new = [one for one in step(id) if one not in reached]
        ids += dict.fromkeys(new)
        reached |= dict.fromkeys(new)
    return ids


def share(accounts: Iterable[list[Recorded]], *, firm: bool) -> tuple[float, float, bool]:
    """Per cent that an ownership gives at least and at most, and whether that may be control; of several accounts the strongest.

    Repeating a holding without its share takes nothing from it. `firm`: allegations make it neither more nor control.
    """
    low, high, control = 0.0, 0.0, False
    for account in accounts:
        counted = [one for one in account if not (firm and one.statement.standing is Standing.ALLEGED)]
        low = max(low, *map(_percent, values(counted, "percentage", "percentageAtLeast", "percentageAbove")), 0.0)
        most = min(map(_percent, values(account, "percentage", "percentageAtMost", "percentageBelow")), default=100.0)
        high = max(high, most)
        kinds = given(counted, "interest") & CONTROL or "yes" in given(counted, "beneficial")
        control = control or bool(kinds) or most >= QUARTER
    return (low, high, control) if high else (0.0, 100.0, control)


def _percent(one: Recorded) -> float:
    number = float(one.statement.value)
    return nextafter(number, inf) if one.statement.property == "percentageAbove" else number


def _ends(one: Recorded) -> tuple[str, ...]:
    if one.statement.property == "endDate":
        return (one.statement.value,)
    return (one.statement.valid_until,) if one.statement.valid_until and one.statement.property not in DATED else ()


def _firmer(one: Reached, known: Reached | None) -> bool:
    return known is None or (known.tie and not one.tie)
