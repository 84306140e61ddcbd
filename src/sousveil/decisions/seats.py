"""Where parties have their seat, and so which States have jurisdiction over a deal; who the parties of a deal are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from sousveil.decisions.callings import called
from sousveil.decisions.evidence.affiliation import TIE, Affiliations, Reached
from sousveil.decisions.index import Base
from sousveil.decisions.model import Action, Question
from sousveil.decisions.snapshot.resolve import Resolver
from sousveil.decisions.world import Deal, Gap, Party
from sousveil.register import edtf
from sousveil.register.model import Standing
from sousveil.register.types import is_a
from sousveil.register.types.countries import country_name, whole
from sousveil.register.views.records import Record, stands

# A crowd behind a deal


PLAIN = frozenset({"name", "alias", "country", "jurisdiction"})
"""What an entity says of itself that no rule about companies asks for; its States are asked about all the same."""


def _left_out(
    graph: Affiliations, reached: Mapping[str, Reached], most: int, always: Collection[str]
) -> frozenset[str]:
    """Of those reached, nearest first, who need not be asked about: beyond the first so many, and blank."""
    if len(reached) <= most:
        return frozenset()
    return frozenset(id for id in [*reached][most:] if id not in always and _blank(graph, id, reached))


def _blank(graph: Affiliations, id: str, reached: Mapping[str, Reached]) -> bool:
    base, record = graph.base, graph.base.records.get(id)
    if record is None or base.told_of(id) or not PLAIN.issuperset(record.by_property):
        return False
    if any(one.stand("ownerUnspecified") for one in graph.pointing(id, "Ownership.asset")):
        return False
    return all(link.other in reached for link in graph.links(id))


def _crowd_gaps(left: Collection[str], reached: Mapping[str, Reached], names: str, homeless: bool) -> Iterable[Gap]:
    """One for all who are left out, and for their States where not all are known; a tie proves nothing, and needs none."""
    many = sum(not reached[id].tie for id in left)
    said = f"{many:,} more who are said to own {names}, or to be owned"
    if many:
        needs = f"What there is to say of {said}: nothing but that is on file."
        yield Gap(selectors=("vendors",), caption=f"each of {many:,} more who stand behind {names}", needs=needs)
    if homeless:
        caption = f"the home States of those who stand behind {names}"
        yield Gap(selectors=("home_states",), caption=caption, needs=f"Where each of {said} has its seat.")


def _crowd_notes(
    left: Collection[str], hubs: Collection[str], names: str, name: Callable[[str], str]
) -> tuple[str, ...]:
    """What a reader must know of a search that does not name everybody."""
    found = []
    if left:
        found.append(
            f"{len(left):,} more are said to stand behind {names}. Nothing but names, seats and ownership is on file about them: they "
            "are not asked about one by one, and what there is to know of them counts as not known."
        )
    if hubs:
        many = ", ".join(sorted(name(one) for one in hubs))
        found.append(
            f"In the hands of {many} are so many companies that, of those beside {names}, only those of whom something is on file "
            "are asked about: what they are to each other proves nothing."
        )
    return tuple(found)


REGIMES = "political-regime"
"""The reference list of regimes: context, never a ground."""
MOST = 400
"""So many of those behind a deal are asked about one by one, whatever is on file about them; of the others those of whom anything is."""
NO_BUYER: tuple[tuple[str, ...], tuple[str, ...], tuple[Gap, ...]] = ((), (), ())
_SEAT = ("jurisdiction", "country")
STATE_WORDS = {
    "closed_autocracy": "a closed autocracy",
    "electoral_autocracy": "an electoral autocracy",
    "electoral_democracy": "an electoral democracy",
    "liberal_democracy": "a liberal democracy",
}


class Seats:
    """Seats and States of one base on one day."""

    def __init__(self, base: Base, as_of: str, resolver: Resolver) -> None:
        self.base, self.as_of, self.resolver = base, as_of, resolver
        self._seats: dict[str, tuple[str, ...]] = {}
        self._states: dict[str, list[Record]] | None = None
        self._makers: dict[str, tuple[str, ...]] = {}
        self._untold: dict[tuple[str, ...], tuple[str, ...]] = {}
        """Vendors of a deal -> who of those behind it is not asked about one by one, where that is so."""
        self._regimes: dict[str, str] | None = None
        self._public: dict[str, bool] = {}
        self._fixed = tuple(self._register_notes())

    def of(self, id: str) -> tuple[str, ...]:
        """Countries in which an entity has, or may have, its seat on the day; sorted. A part of a State with a code of its own is that."""
        found = self._seats.get(id)
        if found is None:
            found = self._seats[id] = tuple(sorted({whole(code) for code in self._find(id)}))
        return found

    def _find(self, id: str) -> set[str]:
        found: set[str] = set()
        record = self.base.records.get(id)
        for name in _SEAT if record is not None else ():
            for one in record.by_property.get(name, ()) if record is not None else ():
                said = one.statement
                alleged = said.standing is Standing.ALLEGED
                if (
                    stands(one)
                    and not alleged
                    and edtf.holds(said.valid_from, said.valid_until, self.as_of) is not False
                ):
                    found.add(said.value)
        row = self.base.rows.get(id)
        if row is not None:
            found.update(row.countries)
        return found

    def states(self, code: str) -> list[Record]:
        """The records of a State itself, by its country code."""
        if self._states is None:
            self._states = {}
            for id in self.base.by_type.get("State", ()):
                record = self.base.records[id]
                for one in record.stand("country"):
                    self._states.setdefault(one.statement.value, []).append(record)
        return self._states.get(code, [])

    def state_name(self, code: str) -> str:
        """What a State is called: by the table of countries, so that it has one name whatever records of it are called."""
        return country_name(code)

    # Deals

    def deal(
        self, graph: Affiliations, question: Question, parties: tuple[Party, ...], as_of: str, known_on: int
    ) -> Deal:
        """The question with its parties, States and gaps."""
        product, buyer = parties[0], parties[-1]
        named = tuple(one for one in parties if one.role in ("supplier", "via"))
        roots = tuple(dict.fromkeys(one.id for one in named if one.id is not None))
        made = self.makers(product.id) if product.id is not None else ()
        vendors, homes, gaps = self._behind(graph, roots, made)
        supplier = named[0]
        leaving = question.exporting_country if question.exporting_country != question.country else None
        theirs, behind, open_ = self._behind_buyer(graph, buyer.id) if buyer.id is not None else NO_BUYER
        states, exporting, buying = self._where(roots, made, supplier.id, leaving, question.country, theirs)
        if supplier.id is not None and not leaving and not self.of(supplier.id):
            gaps = (*gaps, _gap(("exporting_states",), self._name(supplier.id)))
        elif (
            supplier.id is None and not supplier.candidates and not leaving
        ):  # it goes from somewhere, and nobody knows where
            gaps = (*gaps, FROM_SOMEWHERE)
        return Deal(
            question=_filled(question, as_of, known_on),
            parties=parties,
            states=states,
            vendors=vendors,
            product=product.id,
            buyer=buyer.id,
            home_states=homes,
            exporting_states=exporting,
            buyer_states=buying,
            behind_buyer=behind,
            gaps=(*gaps, *open_) if open_ else gaps,
        )

    def _behind_buyer(
        self, graph: Affiliations, buyer: str
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Gap, ...]]:
        """Of the end user: the States whose deal it is, those that benefit besides, and where nobody knows which.

        A company that a State owns, itself or through one of its bodies, buys for that State, wherever it sits.
        """
        above = graph.owners(buyer, same=True)
        if len(above) == 1:
            return self.of(buyer), (), ()
        public = [one.id for one in above[1:] if self.may_be_public(one.id) or self._listed_public(one.id)]
        theirs = {seat for id in (buyer, *public) for seat in self.of(id)}
        behind = {seat for one in above for seat in self.of(one.id)}
        gaps = [_gap(("states", "buyer_states"), self._name(id)) for id in public if not self.of(id)]
        return tuple(sorted(theirs)), tuple(sorted(behind)), tuple(gaps)

    def _listed_public(self, id: str) -> bool:
        row = self.base.rows.get(id)
        return row is not None and is_a(row.type, "PublicBody")

    def _where(
        self,
        roots: tuple[str, ...],
        made: tuple[str, ...],
        supplier: str | None,
        leaving: str | None,
        country: str,
        theirs: tuple[str, ...],
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The States of a deal, those from where it is exported, and those of the end user, which sits in `theirs` or is theirs."""
        seats = {seat for id in self._each_reading((*roots, *made)) for seat in self.of(id)}
        exporting = (leaving,) if leaving else self.of(supplier) if supplier is not None else ()
        # Inside a State only where every seat of the end user, and of the States that own it, is there: whoever tells of one more makes
        # no export a sale at home.
        inside = {country} if all(one == country for one in theirs) else set[str]()
        exporting = tuple(one for one in exporting if one and one not in inside)
        buying = tuple(sorted({country, *theirs}))
        return tuple(sorted({*seats, *exporting, *buying})), exporting, buying

    def at_large(self, graph: Affiliations, vendor: str, as_of: str, known_on: int) -> Deal:
        """A vendor with whoever stands behind it, and no buyer: who benefits whatever the deal is."""
        vendors, homes, gaps = self._behind(graph, (vendor,), ())
        return Deal(
            question=Question(
                action=Action.SALE, product="", supplier=vendor, end_user="", country="", as_of=as_of, known_on=known_on
            ),
            parties=(),
            states=self.of(vendor),
            vendors=vendors,
            product=None,
            buyer=None,
            home_states=homes,
            gaps=gaps,
        )

    def behind(self, graph: Affiliations, company: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Who stands behind a company, and where it and its owners have their seats."""
        vendors, homes, _ = self._behind(graph, (company,), ())
        return vendors, homes

    def notes(self, deal: Deal) -> tuple[str, ...]:
        """Limits of what is on file, and the regime as context."""
        untold = self._untold.get(deal.vendors, ()) if self._untold else ()
        return (*self._fixed, *untold, *self._leaving(deal), *self._regime(deal.buyer_states))

    def _leaving(self, deal: Deal) -> Iterable[str]:
        if deal.question.exporting_country and not deal.leaving:
            name = self.state_name(deal.question.country)
            yield f"The question says that it leaves from {name}, where it goes to. That is no export: the seller's seat counts."

    def makers(self, product: str) -> tuple[str, ...]:
        """The vendors of a product, of what it is part of included."""
        known = self._makers.get(product)
        if known is None:
            known = self._makers[product] = self._made_by(product)
        return known

    def _made_by(self, product: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        wave, seen = [product], {product}
        while wave:
            record = self.base.records.get(wave.pop())
            for one in record.stand("vendor") if record is not None else ():
                if one.statement.standing is not Standing.ALLEGED:
                    found[self.base.target(one)] = None
            for one in record.stand("partOf") if record is not None else ():
                for above in self._each_reading((self.base.target(one),)):
                    if above not in seen:
                        seen.add(above)
                        wave.append(above)
        return tuple(found)

    def _each_reading(self, ids: Iterable[str]) -> dict[str, None]:
        """These, and with whom each would be one, did nobody judge them to be different: a contest takes nobody's seat away."""
        return dict.fromkeys(each for id in ids for each in (id, *self.base.contested.get(id, ())))

    def _behind(
        self, graph: Affiliations, roots: tuple[str, ...], made: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Gap, ...]]:
        key = (*roots, "", *made)
        known = graph.behind.get(key)
        if known is None:
            if len(graph.behind) > 1 << 17:
                graph.behind.clear()
            known = graph.behind[key] = self._closure(graph, roots, made)
        return known

    def _closure(
        self, graph: Affiliations, roots: tuple[str, ...], made: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Gap, ...]]:
        reached: dict[str, Reached] = {}
        for root in dict.fromkeys((*roots, *made)):
            for one in graph.reach(root):
                have = reached.get(one.id)
                if have is None or (have.tie and not one.tie):
                    reached[one.id] = one
        above = {
            one.id for root in (*roots, *made) for one in graph.owners(root, same=True)
        }  # is, if one of two is right
        homes = {seat for id in above for seat in self.of(id)}
        left = _left_out(graph, reached, MOST, {*roots, *made})
        vendors = tuple(sorted(TIE + id if one.tie else id for id, one in reached.items() if id not in left))
        gaps = [*self._gaps(roots, made, above - left)]
        names = ", ".join(self._name(id) for id in dict.fromkeys((*roots, *made)))
        gaps += _crowd_gaps(left, reached, names, any(not self.of(id) for id in above & left))
        untold = _crowd_notes(left, {hub for root in (*roots, *made) for hub in graph.crowds(root)}, names, self._name)
        if untold:
            self._untold[vendors] = untold
        return vendors, tuple(sorted(homes)), tuple(gaps)

    def _gaps(self, roots: tuple[str, ...], made: tuple[str, ...], above: Iterable[str]) -> Iterable[Gap]:
        direct = self._each_reading((*roots, *made))
        for id in sorted({*direct, *above}):
            if not self.of(id):
                yield _gap(("states", "home_states") if id in direct else ("home_states",), self._name(id))

    def _name(self, id: str) -> str:
        record = self.base.records.get(id)
        row = self.base.rows.get(id)
        name = record.first("name") or record.first("alias") if record is not None else None
        return name or (row.caption if row is not None else id)

    # Notes

    def _register_notes(self) -> Iterable[str]:
        if self.base.erased:
            yield (
                f"{self.base.erased} statements that were known at this log size have been deleted since, and play no part."
            )
        for dataset in self.base.later:
            yield f"The list {dataset} is on file only in a copy that was read after this log size: nothing of it was known."

    def _regime(self, codes: Iterable[str]) -> Iterable[str]:
        if self._regimes is None:
            self._regimes = {}
            year = self.as_of[:4]
            for row in self.base.rows.values():
                if row.dataset == REGIMES and row.countries:
                    years = [one for one in sorted(row.data) if one <= year]
                    if years:
                        word = STATE_WORDS.get(row.data[years[-1]][0], row.data[years[-1]][0])
                        self._regimes[row.countries[0]] = f"{row.caption} was classed as {word} in {years[-1]}"
        for code in codes:
            if code in self._regimes:
                yield f"Context only, it decides nothing: {self._regimes[code]} ({REGIMES})."

    def may_be_public(self, id: str) -> bool:
        """For lifting: whether anybody says, more firmly than as an allegation, that it is a part of a State, whoever told of it first
        as something else."""
        found = self._public.get(id)
        if found is None:
            record = self.base.records.get(id)
            found = self._public[id] = record is not None and bool(called(record, "PublicBody"))
        return found


FROM_SOMEWHERE = Gap(
    selectors=("exporting_states",),
    caption="the State from which it goes",
    needs="From where it goes: the supplier's full name or id, or the exporting State.",
)
"""Of a supplier that nobody here is called like nothing is said, nor of its State: what the exporting State owes is asked all the same."""


def _gap(selectors: tuple[str, ...], caption: str) -> Gap:
    """A seat that is not on file."""
    return Gap(
        selectors=selectors,
        caption=f"the home State of {caption}",
        needs=f"Where {caption} has its seat: an entry of a company register, or a registration of its own.",
    )


def _filled(question: Question, as_of: str, known_on: int) -> Question:
    if question.as_of == as_of and question.known_on == known_on:
        return question
    return Question(
        action=question.action,
        product=question.product,
        supplier=question.supplier,
        end_user=question.end_user,
        country=question.country,
        via=question.via,
        exporting_country=question.exporting_country,
        as_of=as_of,
        known_on=known_on,
        packs=question.packs,
    )
