"""Jurisdiction: in which countries entities have their seats on a day, which States a deal concerns, and who stands behind its parties."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sousveil.decisions.evidence.accounts import called, firm
from sousveil.decisions.evidence.affiliation import TIE, Affiliations, Reached, closure
from sousveil.decisions.index import Base
from sousveil.decisions.model import Deal, Gap, Party, Question, kept
from sousveil.register import edtf
from sousveil.register.model import Standing
from sousveil.register.types import is_a
from sousveil.register.types.countries import country_name, whole
from sousveil.register.views.records import Record

FROM_SOMEWHERE = Gap(
    selectors=("exporting_states",),
    caption="the State from which it goes",
    needs="From where it goes: the supplier's full name or id, or the exporting State.",
)
"""Of a supplier without a record: what the exporting State owes is asked all the same."""
Behind = tuple[tuple[str, ...], tuple[str, ...], tuple[Gap, ...]]
"""Who stands behind companies, the seats of their owners, and what nobody knows about them."""


class Seats:
    """Seats and States of one base on one day."""

    def __init__(self, base: Base, as_of: str, graph: Affiliations) -> None:
        self.base, self.as_of, self.graph = base, as_of, graph

    @kept
    def of(self, id: str) -> tuple[str, ...]:
        """Countries in which an entity has, or may have, its seat on the day; sorted. A part of a State with a code of its own is that."""
        record, row = self.base.records.get(id), self.base.rows.get(id)
        codes = {
            one.statement.value
            for one in (record.stand("jurisdiction", "country") if record is not None else ())
            if one.statement.standing is not Standing.ALLEGED
            and edtf.holds(one.statement.valid_from, one.statement.valid_until, self.as_of) is not False
        }
        codes.update(row.countries if row is not None else ())
        return tuple(sorted(set(map(whole, codes))))

    def states(self, code: str) -> list[Record]:
        """The records of a State itself, by its country code."""
        every = (self.base.records[id] for id in self.base.by_type.get("State", ()))
        return [one for one in every for each in one.stand("country") if each.statement.value == code]

    @kept
    def may_be_public(self, id: str) -> bool:
        """Whether any publisher reports an entity as a part of a State."""
        record = self.base.records.get(id)
        return record is not None and bool(called(record, "PublicBody"))

    @kept
    def makers(self, product: str) -> tuple[str, ...]:
        """The vendors of a product, of what it is part of included."""

        def above(id: str) -> Iterable[str]:
            record = self.base.records.get(id)
            return self._joined(map(self.base.target, record.stand("partOf"))) if record is not None else ()

        records = filter(None, map(self.base.records.get, closure([product], above)))
        stated = (one for record in records for one in firm(record.stand("vendor")))
        return tuple(dict.fromkeys(map(self.base.target, stated)))

    def _joined(self, ids: Iterable[str]) -> dict[str, None]:
        """These, and with whom each would be one, did nobody judge them to be different: a contest takes nobody's seat away."""
        return dict.fromkeys(each for id in ids for each in (id, *self.graph.same(id)))

    # Deals

    def deal(self, question: Question, parties: tuple[Party, ...]) -> Deal:
        """The question with its parties, the States that have jurisdiction, and what nobody knows."""
        product, supplier, buyer = parties[0], parties[1], parties[-1]
        sellers = tuple(dict.fromkeys(one.id for one in parties[1:-1] if one.id is not None))
        made = self.makers(product.id) if product.id is not None else ()
        vendors, homes, gaps = self.behind(sellers, made)
        country, leaving = question.country, question.exporting_country
        leaving = leaving if leaving != country else None
        own, benefiting, unplaced = self._buying(buyer.id) if buyer.id is not None else ((), (), ())
        exporting = (leaving,) if leaving else self.of(supplier.id) if supplier.id is not None else ()
        # Inside a State only where every seat of the end user, and of the States that own it, is there.
        inside = country if all(one == country for one in own) else ""
        exporting = tuple(one for one in exporting if one != inside)
        buying = tuple(sorted({country, *own}))
        seats = {seat for id in self._joined((*sellers, *made)) for seat in self.of(id)}
        if not leaving and supplier.id is not None and not self.of(supplier.id):
            gaps += (self._gap(supplier.id, "exporting_states"),)
        elif not leaving and supplier.id is None and not supplier.candidates:
            gaps += (FROM_SOMEWHERE,)
        return Deal(
            question=msgspec.structs.replace(question, as_of=self.as_of, known_on=self.base.known_on),
            parties=parties,
            states=tuple(sorted({*seats, *exporting, *buying})),
            vendors=vendors,
            product=product.id,
            buyer=buyer.id,
            home_states=homes,
            exporting_states=exporting,
            buyer_states=buying,
            behind_buyer=benefiting,
            gaps=gaps + unplaced,
        )

    def _buying(self, buyer: str) -> Behind:
        """Of the end user: the States that buy (its own, those that own it), the seats of its owners, and where nobody knows a State."""
        owners = self.graph.owners(buyer, same=True)
        listed = {one.id for one in owners if (row := self.base.rows.get(one.id)) and is_a(row.type, "PublicBody")}
        public = [one.id for one in owners[1:] if self.may_be_public(one.id) or one.id in listed]
        own = {seat for id in (buyer, *public) for seat in self.of(id)}
        seats = {seat for one in owners for seat in self.of(one.id)} if len(owners) > 1 else ()
        gaps = (self._gap(id, "states", "buyer_states") for id in public if not self.of(id))
        return tuple(sorted(own)), tuple(sorted(seats)), tuple(gaps)

    @kept
    def behind(self, sellers: tuple[str, ...], made: tuple[str, ...] = ()) -> Behind:
        """Who stands behind these sellers and makers, the seats of their owners, and what nobody knows about them."""
        direct = dict.fromkeys((*sellers, *made))
        reached: dict[str, Reached] = {}
        for one in (one for root in direct for one in self.graph.reach(root)):
            if one.id not in reached or (reached[one.id].tie and not one.tie):
                reached[one.id] = one
        owners = {one.id for root in direct for one in self.graph.owners(root, same=True)}
        joined = self._joined(direct)
        homeless = [id for id in sorted({*joined, *owners}) if not self.of(id)]
        gaps = [self._gap(one, *(("states",) if one in joined else ()), "home_states") for one in homeless]
        vendors = sorted(TIE + id if one.tie else id for id, one in reached.items())
        return tuple(vendors), tuple(sorted({seat for id in owners for seat in self.of(id)})), tuple(gaps)

    def _gap(self, id: str, *selectors: str) -> Gap:
        """A seat that the register does not record."""
        record, row = self.base.records.get(id), self.base.rows.get(id)
        name = record.first("name") or record.first("alias") if record is not None else None
        name = name or (row.caption if row is not None else id)
        needs = f"Where {name} has its seat: an entry of a company register, or a registration of its own."
        return Gap(selectors=selectors, caption=f"the home State of {name}", needs=needs)

    # Notes

    def notes(self, deal: Deal) -> Iterable[str]:
        """Limits of what is on file."""
        if self.base.erased:
            yield (
                f"{self.base.erased} statements that were known at this log size have been deleted since, and play no part."
            )
        for dataset in self.base.later:
            yield f"The list {dataset} is on file only in a copy that was read after this log size: nothing of it was known."
        if deal.question.exporting_country and not deal.leaving:
            name = country_name(deal.question.country)
            yield f"The question says that it leaves from {name}, where it goes to. That is no export: the seller's seat counts."
