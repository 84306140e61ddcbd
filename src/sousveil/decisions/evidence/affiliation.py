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

import msgspec

from sousveil.decisions.callings import contrary
from sousveil.decisions.index import Base
from sousveil.decisions.world import Gap
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.types import is_a
from sousveil.register.views.records import Record, stands

TIE = "~"
"""Before an id: reached by an allegation, or through an owner or officer in common."""
MAJORITY = 50.0
"""Per cent from which on a shell is, or may be, its owner's own."""
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
_OWNERSHIP = (
    ("Ownership.asset", ("owner", "nomineeFor"), "owner"),
    ("Ownership.owner", ("asset",), "subsidiary"),
    ("Ownership.nomineeFor", ("asset",), "subsidiary"),
)
_OTHER = (
    ("Representation.agent", "client", "principal"),
    ("Representation.client", "agent", "agent"),
    ("Succession.successor", "predecessor", "predecessor"),
    ("Succession.predecessor", "successor", "successor"),
    ("Directorship.organization", "director", "officer"),
    ("Directorship.director", "organization", "post"),
)
_TIES = (
    ("Ownership.asset", ("owner", "nomineeFor")),
    ("Ownership.owner", ("asset",)),
    ("Ownership.nomineeFor", ("asset", "owner")),
    ("Representation.agent", ("client",)),
    ("Representation.client", ("agent",)),
    ("Succession.successor", ("predecessor",)),
    ("Succession.predecessor", ("successor",)),
    ("Directorship.organization", ("director",)),
    ("Directorship.director", ("organization",)),
    ("Investment.investor", ("recipient",)),
    ("Investment.recipient", ("investor",)),
    ("Membership.member", ("paidBy",)),
    ("Membership.paidBy", ("member", "organization")),
)
_OWNER = frozenset({"owner"})
_UP = frozenset({"owner", "principal", "predecessor", "successor", "same"})
_DOWN = frozenset({"subsidiary", "successor", "predecessor", "same"})

Publisher = Callable[[Recorded], str]
"""The entity whose verified key confirmed a statement; empty where no verified key of an entity did."""
Share = tuple[float, float, bool]
"""Per cent at least, at most, and whether it may be control."""


class Link(msgspec.Struct, frozen=True):
    """One step from a company to somebody behind it, or below it."""

    other: str
    kind: str
    """`owner`, `subsidiary`, `principal`, `agent`, `predecessor`, `successor`, `officer`, `post`, `same`; `part`, `stake` for a share
    too small to count by itself (`holdings` only)."""
    alleged: bool
    certain: bool
    """Its dates show that it applied on the day."""
    proof: tuple[str, ...]
    low: float
    """Per cent at least, and at most; 0 and 100 where no source gives it."""
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Somebody behind a company, and the way there."""

    id: str
    tie: bool
    kinds: frozenset[str] = frozenset()
    """Kinds of the links on the way."""
    before: Reached | None = None
    link: Link | None = None
    """The last step; a long chain is kept as its steps."""

    def on(self, link: Link, tie: bool) -> Reached:
        """Whoever is one step further."""
        kinds = self.kinds if link.kind in self.kinds else self.kinds | {link.kind}
        return Reached(link.other, tie, kinds, self, link)

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
    def owns(self) -> bool:
        """Whether it is the company itself or stands above it by ownership alone."""
        return self.kinds <= _OWNER


class _Account:
    """What one publisher says of a record, sorted for the questions of links."""

    __slots__ = ("firm", "names", "properties", "statements")

    def __init__(self, statements: list[Recorded], canonical: Callable[[str], str]) -> None:
        self.statements = statements
        self.properties = frozenset(one.statement.property for one in statements)
        self.names = {(one.statement.property, canonical(one.statement.value)) for one in statements}
        self.firm = {
            (one.statement.property, canonical(one.statement.value)) for one in statements if not _alleged(one)
        }


class Ties:
    """To whom an entity is tied in any way. Ties go on through everybody but States, to which half of the world is tied."""

    def __init__(self, source: Affiliations, publisher: Publisher) -> None:
        self._source, self._publisher = source, publisher
        self._ties: dict[tuple[str, bool], frozenset[str]] = {}
        self._cut: set[tuple[str, bool]] = set()
        self._types: dict[tuple[str, str], bool] = {}

    def of(self, id: str, *, through_states: bool = False) -> frozenset[str]:
        """Everybody to whom an entity is tied by a link that did not certainly end. `through_states`: also by way of a State."""
        key = (id, through_states)
        if key not in self._ties:
            self._ties[key] = self._walk(id, through_states)
        return self._ties[key]

    def cut(self, id: str, *, through_states: bool = False) -> bool:
        """Whether it is tied to more than are followed."""
        self.of(id, through_states=through_states)
        return (id, through_states) in self._cut

    def _walk(self, start: str, through_states: bool) -> frozenset[str]:
        seen, wave = {start}, [start]
        while wave:
            id = wave.pop()
            if id != start and not through_states and self.is_certainly(id, "State"):
                continue
            known = self._ties.get((id, through_states))
            if known is not None:  # whoever is tied to somebody is tied to all to whom that one is
                if known <= seen:
                    continue
                seen |= known
                if (id, through_states) in self._cut:
                    self._cut.add((start, through_states))
                    break
                continue
            for other in self._near(id):
                if other not in seen:
                    seen.add(other)
                    wave.append(other)
            if len(seen) > MOST_TIES:
                self._cut.add((start, through_states))
                break
        return frozenset(seen)

    def _near(self, id: str) -> Iterator[str]:
        source = self._source
        for name, others in _TIES:
            for record in source.pointing(id, name):
                if not source.ended(record):
                    for other in others:
                        yield from source.values(record, other)
        yield from source.same(id)
        mine = source.record(id)
        if mine is not None:
            yield from source.values(mine, "partOf")
        for part in source.pointing(id, "PublicBody.partOf"):
            yield part.id

    def is_certainly(self, id: str, type: str) -> bool:
        """Whether an entity certainly is of a record type: by a published list, or confirmed by a verified publisher without a tie to it;
        and nobody reports it as something else."""
        key = (id, type)
        if key not in self._types:
            self._types[key] = self._is_certainly(id, type)
        return self._types[key]

    def _is_certainly(self, id: str, type: str) -> bool:
        record, row = self._source.record(id), self._source.listed(id)
        if record is not None and contrary(record, (type,)):
            return False
        if row is not None and is_a(row.type, type):
            return True
        return record is not None and any(self._confirms(one, record.id, type) for one in record.statements)

    def _confirms(self, one: Recorded, id: str, type: str) -> bool:
        publisher = self._publisher(one) if is_a(one.statement.type, type) else ""
        if not publisher:
            return False
        return id not in self.of(publisher, through_states=True) and not self.cut(publisher, through_states=True)


class Affiliations:
    """The links of a base on a day, by the statements that stand."""

    def __init__(self, base: Base, as_of: str, publisher: Publisher) -> None:
        self.base, self.as_of = base, as_of
        self._publisher = publisher
        self._days: dict[str, Affiliations] = {}
        self._ties = Ties(self, publisher)
        self._accounts: dict[str, list[_Account]] = {}
        self._links: dict[str, tuple[Link, ...]] = {}
        self._holdings: dict[str, tuple[Link, ...]] = {}
        self._shares: dict[str, dict[str, Link]] = {}
        self._reached: dict[str, tuple[tuple[Reached, ...], tuple[str, ...]]] = {}
        self._owners: dict[tuple[str, bool], tuple[Reached, ...]] = {}
        self.behind: dict[tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...], tuple[Gap, ...]]] = {}
        """Parties of a deal -> who stands behind them, their home States, the gaps; `seats.py` keeps it here."""

    def on(self, day: str) -> Affiliations:
        """The same links on another day; a date that is less than a day stands for each day that it may mean."""
        if day == self.as_of:
            return self
        if day not in self._days:
            self._days[day] = Affiliations(self.base, day, self._publisher)
        return self._days[day]

    # Records

    def pointing(self, id: str, name: str) -> Iterator[Record]:
        """Records of which a property (`Type.property`) points to an entity."""
        for one in self.base.pointing.get((id, name), ()):
            yield self.base.records[one]

    def values(self, record: Record, name: str) -> list[str]:
        """Entities that a record names by a property on the day."""
        claims = record.by_property.get(name, ())
        named = [one.statement.value for one in claims if stands(one) and self._valid(one)]
        return list(dict.fromkeys(self.base.canonical(one) for one in named))

    def record(self, id: str) -> Record | None:
        """The record of an entity."""
        return self.base.records.get(id)

    def listed(self, id: str) -> ReferenceRow | None:
        """The row of a published list."""
        return self.base.rows.get(id)

    def same(self, id: str) -> tuple[str, ...]:
        """All who would be one with it, did no judgement keep them apart."""
        return self.base.contested.get(id, ())

    def live(self, record: Record, naming: Sequence[str]) -> bool | None:
        """Whether a record applies on the day, for adverse facts: True, None (not known) or False.

        `naming`: the properties without which it says nothing; one of each must stand.
        """
        for name in naming:
            if not any(stands(one) and self._valid(one) for one in record.by_property.get(name, ())):
                return False
        return _any(_applies(one, self.as_of) for one in self._naming(record, naming))

    def endings(self, record: Record, naming: Sequence[str]) -> tuple[tuple[int, str] | None, ...]:
        """For each publisher who reports a record: its last day (ordinal) that is past, and the statement that gives it; None where the
        record is not over in that publisher's words."""
        return tuple(self._ending(one) for one in self._naming(record, naming))

    def _ending(self, account: _Account) -> tuple[int, str] | None:
        own = [(end, one.id) for one in account.statements for end in _dates((one,))[1]]
        over = [(edtf.parse(end).last, id) for end, id in own if edtf.holds(edtf.OPEN, end, self.as_of) is False]
        return max(over) if over and len(over) == len(own) and _ends_firmly(account.statements) else None

    def ended(self, record: Record) -> bool:
        """Whether a link is over on the day in the words of every publisher who reports it."""
        return all(_applies(one, self.as_of) is False for one in self._of(record))

    def share(self, record: Record, naming: Sequence[str]) -> Share:
        """For mitigating facts: per cent that all publishers grant at the least, and at most, and whether it may be control."""
        accounts = [one.statements for one in self._naming(record, naming)]
        least = min((share([one], firm=False)[0] for one in accounts), default=0.0)
        return least, *share(accounts, firm=False)[1:]

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
            found = self._accounts[record.id] = [_Account(many, self.base.canonical) for many in by.values()]
        return found

    def _naming(self, record: Record, naming: Sequence[str]) -> Iterator[_Account]:
        for one in self._of(record):
            if not one.properties.isdisjoint(naming):
                yield one

    def _valid(self, one: Recorded) -> bool:
        return edtf.holds(one.statement.valid_from, one.statement.valid_until, self.as_of) is not False

    # Links of one entity

    def links(self, id: str) -> tuple[Link, ...]:
        """Everybody directly behind or below an entity on the day, or who may be; small shares under one hand as one holding."""
        if id not in self._links:
            self._links[id] = tuple(self._added_up(id))
        return self._links[id]

    def holdings(self, id: str) -> tuple[Link, ...]:
        """The same, each as reported, small shares too."""
        if id not in self._holdings:
            self._holdings[id] = tuple(self._find(id))
        return self._holdings[id]

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

    def _blocs(self, id: str) -> dict[str, Link]:
        """Owners of small shares who are in one hand with others that together have enough, and what they have in all."""
        if id in self._shares:
            return self._shares[id]
        # A larger share counts with the small ones of its hand: making one of these larger takes the others out of no sum.
        parts = [one for one in self.holdings(id) if one.kind == "part" or (one.kind == "owner" and not one.alleged)]
        hands: dict[str, list[Link]] = {}
        for link in parts if sum(one.high for one in parts) >= QUARTER else ():
            for head in self._heads(link.other):
                hands.setdefault(head, []).append(link)
        sums = self._shares[id] = dict[str, Link]()
        for many in hands.values():
            high = sum(one.high for one in many)
            if high < QUARTER:
                continue
            proof = tuple(dict.fromkeys(said for each in many for said in each.proof))
            certain = all(each.certain for each in many)
            low = sum(each.low for each in many)
            for one in many:
                if one.other not in sums or sums[one.other].high < high:
                    sums[one.other] = Link(one.other, "owner", False, certain, proof, min(low, 100.0), min(high, 100.0))
        return sums

    def _heads(self, id: str) -> Iterable[str]:
        """An entity and whoever has, or may have, most of it, up to the last; in the same order in every process."""
        seen, wave = {id: None}, [id]
        while wave:
            for link in self.holdings(wave.pop()):
                if link.kind == "owner" and not link.alleged and link.high >= MAJORITY and link.other not in seen:
                    seen[link.other] = None
                    wave.append(link.other)
        return seen

    def _find(self, id: str) -> Iterator[Link]:
        for name, back, kind in _OWNERSHIP:
            for record in self.pointing(id, name):
                yield from self._ownership(record, (name.partition(".")[2], id), back, kind)
        for name, other, kind in _OTHER:
            for record in self.pointing(id, name):
                yield from self._plain(record, (name.partition(".")[2], id), other, kind)
        for one in self.same(id):  # a judgement that two are different parts nobody whom another joins
            if one != id:
                yield Link(one, "same", False, False, (), 0.0, 100.0)

    def _plain(self, record: Record, mine: tuple[str, str], name: str, kind: str) -> Iterator[Link]:
        for other in self.values(record, name):
            pair = self._pair(record, mine, (name, other))
            if pair is None:
                continue
            if kind in ("predecessor", "successor") and pair.applies is False:
                # What a company was before stays what it was.
                alleged = any(_alleged(self.base.statements[id]) for id in pair.proof)
                yield Link(other, kind, alleged, True, pair.proof, 0.0, 100.0)
            elif pair.applies is not False:
                yield Link(other, kind, pair.alleged, pair.applies is True, pair.proof, 0.0, 100.0)

    def _ownership(self, record: Record, mine: tuple[str, str], back: Sequence[str], kind: str) -> Iterator[Link]:
        for name in back:
            for other in self.values(record, name):
                pair = self._pair(record, mine, (name, other))
                if pair is None or pair.applies is False:
                    continue
                alleged, certain = pair.alleged, pair.applies is True
                low, high, control = share(pair.accounts, firm=not alleged)
                if not control and not alleged:  # an allegation may still say that it is more
                    yield Link(other, PARTS[kind], False, certain, pair.proof, low, high)
                    accounts = (one.statements for one in self._naming(record, (mine[0], name)))
                    low, high, control = share(accounts, firm=False)
                    alleged = True
                if control:
                    yield Link(other, kind, alleged, certain, pair.proof, low, high)

    def _pair(self, record: Record, mine: tuple[str, str], other: tuple[str, str]) -> _Pair | None:
        """What supports a link between two values of a record; None where one of them does not stand.

        Each value has its own standing: an allegation about one says nothing firm about another in the same record, and neither its dates
        nor its share keep a firm link alive.
        """
        best = [self.best(record, end) for end in (mine, other)]
        if None in best:
            return None
        named = [one for one in best if one is not None]
        proof = tuple(dict.fromkeys(one.id for one in named))
        if not any(map(_alleged, named)):
            accounts = [one for one in self._of(record) if mine in one.firm or other in one.firm]
            applies = _any(_applies(one, self.as_of, firm=True) for one in accounts)
            if applies is not False:
                return _Pair(applies, proof, False, [one.statements for one in accounts])
        accounts = [one for one in self._of(record) if mine in one.names or other in one.names]
        applies = _any(_applies(one, self.as_of) for one in accounts)
        return _Pair(applies, proof, True, [one.statements for one in accounts])

    def best(self, record: Record, end: tuple[str, str]) -> Recorded | None:
        """The statement that names a value most firmly on the day, of these the first."""
        named = (
            one
            for one in record.by_property.get(end[0], ())
            if stands(one) and self.base.canonical(one.statement.value) == end[1] and self._valid(one)
        )
        return min(named, key=lambda one: (_alleged(one), one.recorded), default=None)

    # Closures

    def reach(self, id: str) -> tuple[Reached, ...]:
        """The entity itself and whoever controls it, is controlled by it, or was it; ties behind them. Nearest first."""
        return self._walk(id)[0]

    def crowds(self, id: str) -> tuple[str, ...]:
        """Owners and officers with so many companies that, of those, only the ones on file otherwise are in the reach."""
        return self._walk(id)[1]

    def _walk(self, start: str) -> tuple[tuple[Reached, ...], tuple[str, ...]]:
        if start in self._reached:
            return self._reached[start]
        seen = {start: Reached(start, False)}
        for going in (_UP, _DOWN):
            mine = {start: seen[start]}  # whoever is reached upwards may be reached downwards too, and others behind it
            wave = [seen[start]]
            while wave:
                new: list[Reached] = []
                for step in wave:
                    for link in self.links(step.id):
                        if link.kind not in going:
                            continue
                        one = step.on(link, step.tie or link.alleged)
                        if _firmer(one, mine.get(link.other)):
                            mine[link.other] = one
                            new.append(one)
                            if _firmer(one, seen.get(link.other)):
                                seen[link.other] = one
                wave = new
        crowds = self._in_common(start, seen)
        self._reached[start] = (tuple(seen.values()), crowds)
        return self._reached[start]

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
            if crowd:
                crowds.append(head.id)
            for link in others:
                if link.other not in seen and not (crowd and not self.base.told_of(link.other)):
                    seen[link.other] = head.on(link, True)
        return tuple(crowds)

    def owners(self, id: str, *, same: bool = False) -> tuple[Reached, ...]:
        """The entity itself and whoever owns it through owners alone, none by a tie; nearest first. `same`: also by way of what it may be
        one with. `reach` gives the nearest way, and a nearer agent or predecessor would hide who owns it."""
        key = (id, same)
        if key in self._owners:
            return self._owners[key]
        kinds = ("owner", "same") if same else ("owner",)
        seen = {id: Reached(id, False)}
        wave = [seen[id]]
        while wave:
            new: list[Reached] = []
            for step in wave:
                for link in self.links(step.id):
                    if link.kind in kinds and not link.alleged and link.other not in seen:
                        seen[link.other] = step.on(link, False)
                        new.append(seen[link.other])
            wave = new
        self._owners[key] = tuple(seen.values())
        return self._owners[key]

    def ties(self, id: str) -> frozenset[str]:
        """Everybody to whom an entity is tied in any way that did not certainly end."""
        return self._ties.of(id)

    def cut(self, id: str) -> bool:
        """Whether an entity is tied to more than are followed: then it is shown to be independent of nobody."""
        return self._ties.cut(id)

    def is_certainly(self, id: str, type: str) -> bool:
        """Whether an entity certainly is of a record type (`Ties.is_certainly`)."""
        return self._ties.is_certainly(id, type)


class _Pair(msgspec.Struct, frozen=True):
    """Two values of a record that make a link: whether it applies, by what, and whose accounts say so."""

    applies: bool | None
    proof: tuple[str, ...]
    alleged: bool
    accounts: list[list[Recorded]]


def share(accounts: Iterable[list[Recorded]], *, firm: bool) -> Share:
    """How much of somebody an ownership gives, and whether that may be control; of several accounts the strongest.

    Repeating a holding without its share takes nothing from it. `firm`: allegations make it neither more nor control.
    """
    low, high, control = 0.0, 0.0, False
    for account in accounts:
        least, most, kinds = 0.0, 100.0, False
        for one in account:
            name, value = one.statement.property, one.statement.value
            counts = not (firm and _alleged(one))
            number = _number(value) if name.startswith("percentage") else None
            if number is not None:
                if name in ("percentage", "percentageAtLeast", "percentageAbove") and counts:
                    least = max(least, number)
                if name in ("percentage", "percentageAtMost", "percentageBelow"):
                    most = min(most, number)
            elif name == "beneficial":
                kinds = kinds or (counts and value == "yes")
            elif name == "interest":
                kinds = kinds or (counts and value in CONTROL)
        low, high = max(low, least), max(high, most)
        control = control or kinds or most >= QUARTER
    return (low, high, control) if high else (0.0, 100.0, control)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _applies(account: _Account, day: str, *, firm: bool = False) -> bool | None:
    """Whether a link applies on a day by one publisher's dates; of its own ends the latest counts; an allegation ends nothing firmer."""
    starts, ends = _dates(account.statements)
    if firm:  # an alleged beginning begins nothing
        starts = _dates(one for one in account.statements if not _alleged(one))[0]
    start = min(starts, key=edtf.sort_key, default=None)
    if not ends or not _ends_firmly(account.statements):
        return edtf.holds(start, None, day)
    return _any(edtf.holds(start, end, day) for end in dict.fromkeys(ends))


def _any(many: Iterable[bool | None]) -> bool | None:
    """The greatest of True, not known and False."""
    answers = set(many)
    return True if True in answers else None if None in answers else False


def _ends_firmly(statements: list[Recorded]) -> bool:
    """Whether a publisher's ends count: an allegation ends nothing that the same publisher reports."""
    firm = [one for one in statements if not _alleged(one)]
    return not firm or bool(_dates(firm)[1])


def _dates(statements: Iterable[Recorded]) -> tuple[list[str], list[str]]:
    starts: list[str] = []
    ends: list[str] = []
    for one in statements:
        said = one.statement
        if said.property in ("startDate", "listingDate", "date"):
            starts.append(said.value)
        elif said.property == "endDate":
            ends.append(said.value)
        else:
            starts += [said.valid_from] if said.valid_from else []
            ends += [said.valid_until] if said.valid_until else []
    return starts, ends


def _alleged(one: Recorded) -> bool:
    return one.statement.standing is Standing.ALLEGED


def _firmer(one: Reached, known: Reached | None) -> bool:
    return known is None or (known.tie and not one.tie)
