"""The names of a register as it was known: exact up to writing, and alike.

Two names are the same here when their words are equal after folding (case, marks, scripts, abbreviations) and their legal forms do
not contradict each other. Everything softer is a candidate and never an identity.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import chain

from sousveil.decisions.index import Base
from sousveil.desk.alike import by_ear, held, in_part
from sousveil.desk.alike.charged import Charged
from sousveil.desk.alike.name_table import FIRM, NameTable, counts
from sousveil.register.model import Recorded, Standing
from sousveil.register.names import prepare, variants
from sousveil.register.score import compare

ALIKE = 0.6
"""Likeness from which on a name is a candidate."""
EVERY = 1 << 20
"""More names than a register holds: of those that are alike none is left out before it is judged."""
NAMED = ("LegalEntity", "SurveillanceProduct")
TRADE = ("SurveillanceProduct.vendor", "Supply.supplier", "Registration.company", "ExportLicence.licensee")
"""What points to whoever makes or sells such technology."""
LINKS = (
    ("Ownership.owner", ("asset",)),
    ("Ownership.asset", ("owner", "nomineeFor")),
    ("Ownership.nomineeFor", ("asset",)),
    ("Directorship.director", ("organization",)),
    ("Directorship.organization", ("director",)),
    ("Representation.agent", ("client",)),
    ("Representation.client", ("agent",)),
    ("Succession.predecessor", ("successor",)),
    ("Succession.successor", ("predecessor",)),
)
"""What ties somebody to another, whenever it was."""


class Names:
    """The names of one kind of entity (`LegalEntity` or `SurveillanceProduct`), with reference lists."""

    def __init__(self, base: Base, kind: str, charged: Callable[[], Charged]) -> None:
        self.base, self.kind = base, kind
        self.table = NameTable(base, kind)
        self._charged = charged
        self._part: in_part.InPart | None = None
        self._trade: dict[str, bool] = {}

    def same(self, text: str) -> tuple[list[str], list[str]]:
        """Entities of exactly this name, and those whose name differs in nothing but the kind of legal form."""
        name = prepare(text)
        equal: dict[str, None] = {}
        other: dict[str, None] = {}
        for id, forms in self.table.exact(name.joined):
            fits = forms == name.forms or not forms or not name.forms
            (equal if fits else other)[id] = None
        return list(equal), [id for id in other if id not in equal]

    def told_by_others(self, id: str, text: str) -> bool:
        """Whether somebody else says that an entity bears this name: a list, a verified publisher, or two publishers.

        Whoever names a record of its own, or has it named by one key that nobody vouches for, names it as it likes. So does who is in
        the trade, or owns, runs or stands for somebody who is: a blocked company that names a shell beside it is nobody else.
        """
        if id in self.base.rows:
            return True
        wanted = prepare(text).joined
        said: set[str] = set()
        for one in self._naming(id, wanted):
            signed = self.base.signer(one)
            owner = self.base.canonical(signed.owner) if signed.owner.startswith("sv-") else signed.owner
            if owner == id or prepare(owner).joined == wanted or self._in_the_trade(owner):
                continue
            if signed.verified:
                return True
            said.add(owner)
        return len(said) > 1

    def vouched(self, id: str, text: str) -> bool:
        """Whether a list or anybody with a verified key says that an entity bears this name, be it its own publisher."""
        if id in self.base.rows:
            return True
        return any(self.base.signer(one).verified for one in self._naming(id, prepare(text).joined))

    def of_others(self, ids: Collection[str], named: Collection[str]) -> Iterator[str]:
        """Those whose names others tell than those who name these: whoever names both knows that they are two."""
        mine = frozenset().union(*map(self._voices, named))
        for id in ids:
            if id in self.base.rows or not mine or not self._voices(id) <= mine:
                yield id

    def _voices(self, id: str) -> frozenset[str]:
        """Who names an entity."""
        record = self.base.records.get(id)
        told = record.by_property if record is not None else {}
        return frozenset(self.base.signer(one).publisher for name in FIRM for one in told.get(name, ()) if counts(one))

    def confirmed(self, id: str, text: str) -> tuple[Recorded, ...] | None:
        """What confirms, with a verified key, that an entity bears this name; None where a published list says so."""
        if id in self.base.rows:
            return None
        told = self._naming(id, prepare(text).joined)
        return tuple(
            one for one in told if one.statement.standing is Standing.CONFIRMED and self.base.signer(one).verified
        )

    def _naming(self, id: str, wanted: str) -> list[Recorded]:
        """What says that an entity bears a name."""
        record = self.base.records.get(id)
        told = [one for name in FIRM for one in (record.by_property.get(name, ()) if record is not None else ())]
        return [
            one
            for one in told
            if counts(one) and any(prepare(form).joined == wanted for form in variants(one.statement.value))
        ]

    def _in_the_trade(self, id: str) -> bool:
        """Whether somebody makes or sells such technology, or has a link to somebody who does."""
        found = self._trade.get(id)
        if found is None:
            near = {id}
            for name, others in LINKS:
                for one in self.base.pointing.get((id, name), ()):
                    told = self.base.records[one].by_property
                    near |= {
                        self.base.canonical(each.statement.value) for other in others for each in told.get(other, ())
                    }
            found = self._trade[id] = any((one, name) in self.base.pointing for one in near for name in TRADE)
        return found

    def alike(self, text: str, least: float = ALIKE) -> list[str]:
        """Entities whose names are like this one, best first; those that bear it loosely first of all, those that it sounds like last.

        `least`: how like, from 0 to 1.
        """
        found = self._alike_in_writing(text, least)
        plain = by_ear.with_letters(text)
        if plain != text:
            found = list(dict.fromkeys((*found, *self._alike_in_writing(plain, least))))
        if by_ear.foreign(text):
            index, owners = self.table.sorted.index, self.table.sorted.owners
            numbers = self.table.ear.find(text)
            if by_ear.syllabic(text):
                numbers |= self.table.syllables.find(text)
            heard = {owners[index.owners[at]] for at in numbers}
            found = list(dict.fromkeys((*found, *sorted(heard))))
        return found

    def held(self, text: str, least: float = ALIKE) -> list[str]:
        """Entities whose names stand in this text beside something else, or run together in it; in the order of their places.

        `least`: how like, from 0 to 1.
        """
        found: dict[str, None] = {}
        for part in held.parts(text):
            if held.common(part):
                like = self._saying(part)
            else:
                like = self.alike(part, held.least(part, least)) if held.long(part) else []
            found |= dict.fromkeys((*chain(*self.same(part)), *like))
        name = prepare(text)
        letters = dict.fromkeys((*held.runs(text), *held.together(name)))
        whole = {id for one in letters if one != name.joined for id in self._bearing(one)}
        whole.update(chain.from_iterable(map(self.table.spelt, letters)))
        if len(name.words) == 1:
            whole.update(id for one in self.table.near(letters) for id in (*self._bearing(one), *self.table.spelt(one)))
        return list(dict.fromkeys((*found, *sorted(whole, key=self.table.places.__getitem__))))

    def _bearing(self, joined: str) -> Iterator[str]:
        """Who bears a name of these letters, for good or loosely."""
        yield from (id for id, _ in self.table.exact(joined))
        yield from self.table.loose(joined)

    def in_part(self, text: str) -> in_part.Told:
        """Entities whose names this one tells in part, those first against whom something may be on file."""
        if self._part is None:
            charged = self._charged()
            self._part = in_part.InPart(self.table, self._seats, charged.rank, charged.traits)
        return self._part.find(text)

    def _seats(self, id: str) -> frozenset[str]:
        """The countries that are on file for an entity, where a list or a verified key tells of one: a stranger who tells of another seat
        makes nobody somebody else. Empty: it may be anywhere."""
        record, row = self.base.records.get(id), self.base.rows.get(id)
        told = record.by_property if record is not None else {}
        said = [one for name in ("country", "jurisdiction") for one in told.get(name, ()) if counts(one)]
        listed = row.countries if row is not None else ()
        if not listed and not any(self.base.signer(one).verified for one in said):
            return frozenset()
        return frozenset((*(one.statement.value for one in said), *listed))

    def _saying(self, text: str) -> list[str]:
        """Entities with a name that says the same in any language, as "Ministerio del Interior" does: words that all offices have are like
        too many names to be looked for by their letters."""
        asked = prepare(text)
        index, owners, said = self.table.sorted.index, self.table.sorted.owners, held.meant(asked)
        near = (at for wide in (False, True) for at in index.find(index.weigh(asked), wide=wide, most=EVERY))
        return list(dict.fromkeys(owners[index.owners[at]] for at in near if held.meant(index.names[at]) == said))

    def _alike_in_writing(self, text: str, least: float) -> list[str]:
        asked = prepare(text)
        found: dict[str, float] = dict.fromkeys(self.table.loose(asked.joined), 1.0)
        index, owners = self.table.sorted.index, self.table.sorted.owners
        weighed, seen = index.weigh(asked), set[int]()
        for wide in (False, True):
            for at in index.find(weighed, wide=wide, most=EVERY):
                if at in seen:  # nearly all are found both ways
                    continue
                seen.add(at)
                value = compare(weighed, index.weighed(at), index.words)
                id = owners[index.owners[at]]
                if value >= least and value > found.get(id, 0.0):
                    found[id] = value
        return sorted(found, key=lambda id: (-found[id], id))
