"""Affiliation: who owns, controls, funds or represents whom on a day, one graph for each snapshot (policy 6).

`reach` serves adverse facts: whoever has control on that day, or may have it as far as is known, at `reported` or better. What rests on an
allegation, or on an owner or officer in common, is a tie (`~id`) and proves nothing. `ties` serves independence: any link at all, for a
publisher that is tied to a party is not admissible. Links are followed to their end, so that a chain of shells hides nobody.

A link is ended by the publishers who report it, each for itself, and by nobody else (policy 3). Small shares under one hand are one
holding (`_blocs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, nextafter
from typing import NamedTuple

import msgspec

from sousveil.decisions.evidence.accounts import called, contrary, firm
from sousveil.decisions.evidence.dates import earliest, ended_by, latest
from sousveil.decisions.index import Base
from sousveil.decisions.model import kept
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.types import is_a
from sousveil.register.views.records import Record, stands

TIE = "~"
"""Before an id: reached by an allegation, or through an owner or officer in common."""
MAJORITY = 50.0
"""Per cent from which on a shell is, or may be, its owner's own."""
DATED = ("startDate", "listingDate", "date")
"""Properties with the first day of a link."""
QUARTER = 25.0
"""Per cent from which on a share counts as a hand in the company; below it, and where nothing says control, it does not."""
CROWD = 400
"""Companies of one owner or officer that are ties of each other, whatever is on file about them."""
MOST_TIES = 20_000
"""Entities in one set of ties. Whoever has more is independent of nobody."""
CONTROL = frozenset(
    "votingRights appointmentOfBoard otherInfluenceOrControl seniorManagingOfficial settlor trustee protector "
    "beneficiaryOfLegalArrangement rightsGrantedByContract conditionalRightsGrantedByContract "
    "controlViaCompanyRulesOrArticles controlByLegalFramework boardChair unknownInterest unpublishedInterest nominee "
    "nominator".split()
)
"""Kinds of interest that may be control whatever the share."""
PARTS = {"owner": "part", "subsidiary": "stake"}
"""What a link is where the share is too small to count by itself."""
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
_CAME = frozenset({"predecessor", "successor"})
_UP = frozenset({"owner", "principal", "same"}) | _CAME
_DOWN = frozenset({"subsidiary", "same"}) | _CAME

End = tuple[str, str]
"""A property of a record, and the entity that it names."""


class Link(msgspec.Struct, frozen=True):
    """One step from a company to somebody behind it, or below it."""

    other: str
    kind: str
    """`owner`, `subsidiary`, `principal`, `agent`, `predecessor`, `successor`, `officer`, `post`, `same`; `part`, `stake` for a share
    too small to count by itself (`holdings` only)."""
    alleged: bool
    proof: tuple[str, ...] = ()
    low: float = 0.0
    """Per cent at least, and at most; 0 and 100 where no source gives it."""
    high: float = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Somebody behind a company, and the way there."""

    id: str
    tie: bool
    before: Reached | None = None
    link: Link | None = None
    """The last step; a long chain is kept as its steps."""

    def on(self, link: Link, tie: bool) -> Reached:
        """The entity that is one step further."""
        return Reached(link.other, tie, self, link)

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


class _Account(NamedTuple):
    """What one publisher reports of a record."""

    statements: list[Recorded]
    names: frozenset[End]
    firm: frozenset[End]

    def gives(self, naming: Sequence[str]) -> bool:
        return any(name in naming for name, _ in self.names)


class Affiliations:
    """The links of a base on a day, by the statements that stand."""

    def __init__(self, base: Base, as_of: str) -> None:
        self.base, self.as_of = base, as_of
        self._accounts: dict[str, list[_Account]] = {}
        self._ties: dict[tuple[str, bool], frozenset[str]] = {}
        self._cut: set[tuple[str, bool]] = set()

    def on(self, day: str) -> Affiliations:
        """The same links on another day; a date that is less than a day stands for each day that it may mean."""
        return self if day == self.as_of else self._other(day)

    @kept
    def _other(self, day: str) -> Affiliations:
        return Affiliations(self.base, day)

    # Records

    def pointing(self, id: str, name: str) -> Iterator[Record]:
        """Records of which a property (`Type.property`) points to an entity."""
        return (self.base.records[one] for one in self.base.pointing.get((id, name), ()))

    def values(self, record: Record, name: str) -> list[str]:
        """Entities that a record names by a property on the day."""
        return list(dict.fromkeys(map(self.base.target, self._naming(record, name))))

    def same(self, id: str) -> tuple[str, ...]:
        """All who would be one with it, did no judgement keep them apart: joined where that charges, apart where it mitigates."""
        return self.base.contested.get(id, ())

    def live(self, record: Record, naming: Sequence[str]) -> bool:
        """Whether a record applies on the day, or may, for adverse facts.

        `naming`: the properties without which it says nothing; one of each must stand.
        """
        if not all(any(self._naming(record, name)) for name in naming):
            return False
        return any(_applies(one.statements, self.as_of) for one in self._of(record) if one.gives(naming))

    def endings(self, record: Record, naming: Sequence[str]) -> tuple[tuple[int, str] | None, ...]:
        """For each publisher who reports a record: its last day (ordinal) that is past, and the statement that gives it; None where the
        record is not over in that publisher's words."""
        found = list[tuple[int, str] | None]()
        for account in (one.statements for one in self._of(record) if one.gives(naming)):
            own = [(end, one.id) for one in firm(account) or account for end in _ends(one)]
            over = [(edtf.parse(end).last, id) for end, id in own if ended_by(self.as_of, end)]
            found.append(max(over) if over and len(over) == len(own) else None)
        return tuple(found)

    def share(self, record: Record, naming: Sequence[str]) -> float:
        """For mitigating facts: per cent that all publishers grant at the least."""
        many = [share([one.statements], firm=False)[0] for one in self._of(record) if one.gives(naming)]
        return min(many, default=0.0)

    def accounts(self, record: Record) -> list[list[Recorded]]:
        """What each publisher says of a record."""
        return [one.statements for one in self._of(record)]

    def _of(self, record: Record) -> list[_Account]:
        found = self._accounts.get(record.id)
        if found is None:
            by: dict[str, list[Recorded]] = {}
            for one in record.statements:
                if stands(one):
                    by.setdefault(self.base.signer(one).publisher, []).append(one)
            found = self._accounts[record.id] = [
                _Account(many, frozenset(map(self._end, many)), frozenset(map(self._end, firm(many))))
                for many in by.values()
            ]
        return found

    def _end(self, one: Recorded) -> End:
        return one.statement.property, self.base.target(one)

    def _naming(self, record: Record, name: str) -> Iterator[Recorded]:
        for one in record.by_property.get(name, ()):
            if stands(one) and edtf.holds(one.statement.valid_from, one.statement.valid_until, self.as_of) is not False:
                yield one

    # Links of one entity

    @kept
    def links(self, id: str) -> tuple[Link, ...]:
        """Everybody directly behind or below an entity on the day, or who may be; small shares under one hand as one holding."""
        return tuple(self._added_up(id))

    @kept
    def holdings(self, id: str) -> tuple[Link, ...]:
        """The same, each as reported, small shares too."""
        return tuple(self._find(id))

    def _added_up(self, id: str) -> Iterator[Link]:
        for link in self.holdings(id):
            if link.kind == "part":
                if link.other in (sums := self._blocs(id)):
                    yield sums[link.other]
            elif link.kind == "stake":
                if id in (sums := self._blocs(link.other)):
                    yield msgspec.structs.replace(sums[id], other=link.other, kind="subsidiary")
            else:
                yield link

    @kept
    def _blocs(self, id: str) -> dict[str, Link]:
        """Owners of small shares who are in one hand with others that together have enough, and what they have in all."""
        # A larger share counts with the small ones of its hand: making one of these larger takes the others out of no sum.
        parts = [one for one in self.holdings(id) if one.kind == "part" or (one.kind == "owner" and not one.alleged)]
        hands: dict[str, list[Link]] = {}
        for link in parts if sum(one.high for one in parts) >= QUARTER else ():
            for head in self._heads(link.other):
                hands.setdefault(head, []).append(link)
        sums = dict[str, Link]()
        for many in hands.values():
            low, high = sum(each.low for each in many), sum(each.high for each in many)
            proof = tuple(dict.fromkeys(said for each in many for said in each.proof))
            for one in many if high >= QUARTER else ():
                if one.other not in sums or sums[one.other].high < high:
                    sums[one.other] = Link(one.other, "owner", False, proof, min(low, 100.0), min(high, 100.0))
        return sums

    def _heads(self, id: str) -> list[str]:
        """An entity and whoever has, or may have, most of it, up to the last; in the same order in every process."""

        def above(id: str) -> Iterable[str]:
            mine = (link for link in self.holdings(id) if link.kind == "owner" and not link.alleged)
            return (link.other for link in mine if link.high >= MAJORITY)

        return closure([id], above)

    def _find(self, id: str) -> Iterator[Link]:
        for name, others, kind in STEPS:
            mine = (name.partition(".")[2], id)
            for record in self.pointing(id, name):
                for end in ((back, other) for back in others for other in self.values(record, back)):
                    yield from self._between(record, mine, end, kind)
        yield from (Link(one, "same", False) for one in self.same(id) if one != id)

    def _between(self, record: Record, mine: End, other: End, kind: str) -> Iterator[Link]:
        """The links that a record makes of two of its values. An allegation about one keeps no firm link of the record alive."""
        named = list[Recorded]()
        for name, id in (mine, other):  # the statement that names it most firmly on the day, of these the first
            claims = [one for one in self._naming(record, name) if self.base.target(one) == id]
            if not claims:
                return
            named.append(min(claims, key=lambda one: (_alleged(one), one.recorded)))
        proof, alleged = tuple(dict.fromkeys(one.id for one in named)), len(firm(named)) < len(named)
        accounts = [one.statements for one in self._of(record) if mine in one.firm or other in one.firm]
        reported = not alleged and any(_applies(one, self.as_of, firmly=True) for one in accounts)
        every = [one.statements for one in self._of(record) if mine in one.names or other in one.names]
        if not reported and not any(_applies(one, self.as_of) for one in every):
            if kind in _CAME:  # What a company was before stays what it was.
                yield Link(other[1], kind, alleged, proof)
            return
        low, high, control = 0.0, 100.0, True
        if kind in PARTS:
            low, high, control = share(accounts if reported else every, firm=reported)
            if not control and reported:  # an allegation may still say that it is more
                yield Link(other[1], PARTS[kind], False, proof, low, high)
                low, high, control = share(every, firm=False)
                reported = False
        if control:
            yield Link(other[1], kind, not reported, proof, low, high)

    # Closures

    def reach(self, id: str) -> tuple[Reached, ...]:
        """The entity itself and whoever controls it, is controlled by it, or was it; ties behind them. Nearest first."""
        return self._walk(id)[0]

    def crowds(self, id: str) -> tuple[str, ...]:
        """Owners and officers with so many companies that, of those, only the ones on file otherwise are in the reach."""
        return self._walk(id)[1]

    @kept
    def _walk(self, start: str) -> tuple[tuple[Reached, ...], tuple[str, ...]]:
        seen = {start: Reached(start, False)}
        for going in (_UP, _DOWN):
            mine = {start: seen[start]}  # whoever is reached upwards may be reached downwards too, and others behind it
            wave = [seen[start]]
            for step in wave:  # the list grows while it is read
                for link in self.links(step.id):
                    if link.kind in going:
                        one = step.on(link, step.tie or link.alleged)
                        if _firmer(one, mine.get(link.other)):
                            mine[link.other] = one
                            wave.append(one)
                            if _firmer(one, seen.get(link.other)):
                                seen[link.other] = one
        crowds = self._in_common(start, seen)
        return tuple(seen.values()), crowds

    def _in_common(self, start: str, seen: dict[str, Reached]) -> tuple[str, ...]:
        """Adds officers, and other companies under the same owner or officer: ties, which prove nothing by themselves."""
        for head in self.owners(start):
            for link in self.links(head.id):
                if link.kind == "officer" and link.other not in seen:
                    seen[link.other] = head.on(link, True)
        crowds: list[str] = []
        behind = [one for one in seen.values() if one.link is not None and one.link.kind in ("owner", "officer")]
        for head in {one.id: one for one in (*behind, *self.owners(start)[1:])}.values():
            if self.is_certainly(head.id, "PublicBody"):
                continue
            others = [link for link in self.links(head.id) if link.kind in ("subsidiary", "post")]
            crowd = len(others) > CROWD
            crowds += [head.id] if crowd else []
            for link in others:
                if link.other not in seen and not (crowd and not self.base.told_of(link.other)):
                    seen[link.other] = head.on(link, True)
        return tuple(crowds)

    @kept
    def owners(self, id: str, *, same: bool = False) -> tuple[Reached, ...]:
        """The entity itself and whoever owns it through owners alone, none by a tie; nearest first. `same`: also by way of what it may be
        one with. `reach` gives the nearest way, and a nearer agent or predecessor would hide who owns it."""
        kinds = ("owner", "same") if same else ("owner",)
        seen = {id: Reached(id, False)}
        wave = [seen[id]]
        for step in wave:  # the list grows while it is read
            for link in self.links(step.id):
                if link.kind in kinds and not link.alleged and link.other not in seen:
                    seen[link.other] = step.on(link, False)
                    wave.append(seen[link.other])
        return tuple(wave)

    # Ties: any link at all. They go on through everybody but States, to which half of the world is tied.

    def ties(self, id: str, *, through_states: bool = False) -> frozenset[str]:
        """Everybody to whom an entity is tied by a link that did not certainly end. `through_states`: also by way of a State."""
        key = (id, through_states)
        if key not in self._ties:
            self._ties[key] = self._tied(id, through_states)
        return self._ties[key]

    def cut(self, id: str, *, through_states: bool = False) -> bool:
        """Whether an entity is tied to more than are followed: then it is shown to be independent of nobody."""
        self.ties(id, through_states=through_states)
        return (id, through_states) in self._cut

    def _tied(self, start: str, through_states: bool) -> frozenset[str]:
        seen, wave = {start}, [start]
        while wave:
            id = wave.pop()
            if id != start and not through_states and self.is_certainly(id, "State"):
                continue
            known = self._ties.get((id, through_states))  # who is tied to an entity is tied to all to whom that is tied
            cut = known is not None and not known <= seen and (id, through_states) in self._cut
            new = set(self._near(id) if known is None else known) - seen
            seen |= new
            wave += new if known is None else ()
            if cut or len(seen) > MOST_TIES:
                self._cut.add((start, through_states))
                break
        return frozenset(seen)

    def _near(self, id: str) -> Iterator[str]:
        for name, others in LINKING:
            for record in self.pointing(id, name):
                if any(_applies(one.statements, self.as_of) for one in self._of(record)):
                    for other in others:
                        yield from self.values(record, other)
        yield from self.same(id)
        if (mine := self.base.records.get(id)) is not None:
            yield from self.values(mine, "partOf")
        yield from (part.id for part in self.pointing(id, "PublicBody.partOf"))

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
        if by is None or not stands(one) or one.statement.standing is not Standing.CONFIRMED:
            return False
        record = self.base.records.get(by)
        if self.base.trades(by) or (record is not None and called(record, "PublicBody")):
            return False
        return id not in self.ties(by, through_states=True) and not self.cut(by, through_states=True)


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
        least, most, kinds = 0.0, 100.0, False
        for one in account:
            name, value = one.statement.property, one.statement.value
            counts = not (firm and _alleged(one))
            if name.startswith("percentage"):
                number = float(value)
                if name in ("percentage", "percentageAtLeast", "percentageAbove") and counts:
                    least = max(least, nextafter(number, inf) if name == "percentageAbove" else number)
                if name in ("percentage", "percentageAtMost", "percentageBelow"):
                    most = min(most, number)
            elif name == "beneficial":
                kinds = kinds or (counts and value == "yes")
            elif name == "interest":
                kinds = kinds or (counts and value in CONTROL)
        low, high = max(low, least), max(high, most)
        control = control or kinds or most >= QUARTER
    return (low, high, control) if high else (0.0, 100.0, control)


def _applies(statements: list[Recorded], day: str, *, firmly: bool = False) -> bool:
    """Whether a link applies on a day, or may, by one publisher. An allegation ends nothing firmer, and begins nothing (`firmly`)."""
    solid = firm(statements)
    start = earliest(text for one in (solid if firmly else statements) for text in _starts(one))
    return edtf.holds(start, latest(text for one in solid or statements for text in _ends(one)), day) is not False


def _starts(one: Recorded) -> tuple[str, ...]:
    if one.statement.property in DATED:
        return (one.statement.value,)
    return (one.statement.valid_from,) if one.statement.valid_from and one.statement.property != "endDate" else ()


def _ends(one: Recorded) -> tuple[str, ...]:
    if one.statement.property == "endDate":
        return (one.statement.value,)
    return (one.statement.valid_until,) if one.statement.valid_until and one.statement.property not in DATED else ()


def _alleged(one: Recorded) -> bool:
    return one.statement.standing is Standing.ALLEGED


def _firmer(one: Reached, known: Reached | None) -> bool:
    return known is None or (known.tie and not one.tie)
