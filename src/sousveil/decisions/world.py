"""The register as decisions see it: what was known at a log size, and held on a day; compiled once, asked many times."""

from __future__ import annotations

import msgspec

from sousveil.decisions.model import Question


class Party(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A name of the question, resolved."""

    role: str
    """product, supplier, via, end_user."""
    asked: str
    """As it was asked."""
    id: str | None
    """The canonical entity id; None: no record, or several."""
    candidates: tuple[str, ...] = ()
    """Entity ids that it could be, best first. One of them must be meant before rules are asked."""


class Gap(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who must be asked about and of whom nothing is known: a seat that is not on file, an owner not disclosed.

    Rules are asked about a gap as about anybody else, and every fact about it is UNKNOWN. A party without a record needs no gap.
    """

    selectors: tuple[str, ...]
    """Where it stands: `states`, `home_states`, `exporting_states`, `buyer_states`, `vendors`, `parties`, `supplier`,
    `intermediaries`."""
    caption: str
    """In a sentence: "the home State of Hollow Reed Ltd"."""
    needs: str
    """What would close it, and who can: "Where Hollow Reed Ltd has its seat: a registration or a company register's entry."."""


class Deal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A question, resolved: who is who, and which States have jurisdiction."""

    question: Question
    """With `as_of` and `known_on` filled in."""
    parties: tuple[Party, ...]
    states: tuple[str, ...]
    """Country codes with jurisdiction: seat of the supplier, of intermediaries, place of export, buyer, and whose State owns the buyer;
    sorted, each once."""
    vendors: tuple[str, ...]
    """Entity ids of supplier and intermediaries, of the product's vendor, and of whoever controls one of them on that day
    (subsidiaries, resellers, holdings), sorted: what hits one of them hits the deal."""
    product: str | None
    buyer: str | None
    home_states: tuple[str, ...] = ()
    """Seats of supplier, intermediaries and whoever controls them."""
    exporting_states: tuple[str, ...] = ()
    """From where it is exported: as asked, else the supplier's seat; empty inside one State."""
    buyer_states: tuple[str, ...] = ()
    """Of the end user: the country that was asked for, its own where that is another, and those of the States that own it."""
    behind_buyer: tuple[str, ...] = ()
    """Seats of whoever owns the end user: these States gain as well. They have jurisdiction only where the owner is a State or a body of
    one, and then stand in `buyer_states` too."""
    gaps: tuple[Gap, ...] = ()

    @property
    def leaving(self) -> str:
        """From where the question says that it leaves; empty where it says so of no other State than that to which it goes: an export from
        there to itself is none, and leaves open from where it comes."""
        asked = self.question.exporting_country or ""
        return asked if asked != self.question.country else ""

    @property
    def supplier(self) -> str | None:
        """Who sells, where it is on file."""
        return next((one.id for one in self.parties if one.role == "supplier"), None)

    @property
    def sellers(self) -> tuple[str, ...]:
        """The supplier and the intermediaries, as far as they are on file."""
        return tuple(one.id for one in self.parties if one.role in ("supplier", "via") and one.id is not None)

    @property
    def end_users(self) -> frozenset[str]:
        """The end user, where it is on file."""
        return frozenset({self.buyer} if self.buyer is not None else ())

    @property
    def recipients(self) -> tuple[str, ...]:
        """To whom the item goes: intermediaries and the end user, as far as they are on file."""
        return tuple(one.id for one in self.parties if one.role in ("via", "end_user") and one.id is not None)
