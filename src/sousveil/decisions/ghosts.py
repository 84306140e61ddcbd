"""Those of a deal whose names are not resolved: each somebody of whom nothing is known but what those it could be have on file.

The deal is read once for each entity that a name could be, and for each choice where several names are open. Every fact is then taken
as in its strictest reading: what blocks in one of them blocks, what lifts must lift in all. So neither a spelling nor a crowd of
like names makes an answer milder. docs/decisions/0026-every-reading-counts.md says why.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sousveil.decisions.facts.model import Of, Polarity, Value
from sousveil.decisions.language import SELECTORS, TRUE
from sousveil.decisions.model import Question
from sousveil.decisions.predicates import SPACE_OF
from sousveil.decisions.subject import NOT_ON_FILE, Subject, level_of
from sousveil.decisions.subject_groups import Group
from sousveil.decisions.subjects import Subjects
from sousveil.decisions.world import Deal, Gap, Party
from sousveil.errors import SousveilError

Changes = Mapping[tuple[Of, str], Mapping[str, Value]]
"""Facts that are taken to have another value, by kind and id of their subject."""
READINGS_MAX = 1000
"""So many readings of a deal are looked at one by one. Of more nothing is left out: what could block counts as if it did."""
TOLD_MAX = 10
"""So many of those that a name could be are told, those with most against them first; the rest are counted."""
ROLES = {"product": "product", "end_user": "end user", "supplier": "supplier", "via": "intermediary"}
KINDS = {"product": Of.PRODUCT, "end_user": Of.BUYER}
STATES = ("home_states", "exporting_states", "buyer_states")


class Reading(msgspec.Struct, frozen=True):
    """The deal as it would be, were names those that they could be."""

    deal: Deal
    named: tuple[str, ...]
    """Ids that names were taken for."""


class Ghosts:
    """Everybody of a deal, where somebody is not resolved or a gap is open."""

    def __init__(self, deal: Deal, parties: Sequence[Party], subjects: Subjects) -> None:
        self.ids: set[str] = set()
        self.places: dict[str, Subject] = {}
        self.groups: dict[str, Group] = {}
        """Sets in which nobody has other facts than they have, as they were put together for a deal with facts changed."""
        self._known: dict[tuple[Of, str], Subject] = {}
        self._deals: dict[int, Subject] = {}
        self._deal, self._subjects = deal, subjects
        self._fixed: dict[Of, Subject] = {}
        self._rows: list[tuple[frozenset[str], Subject]] = []
        alone = [_readings(subjects, deal.question, [party]) for party in parties]
        self._theirs: dict[tuple[Of, str, str], list[Subject]] = {}
        """Somebody that a name could be, as it is in the deal and in the readings in which it stands somewhere."""
        self._weights: dict[int, tuple[Subject, tuple[int, int]]] = {}
        self._cut = math.prod(max(1, len(party.candidates)) for party in parties) > READINGS_MAX
        together = len(parties) > 1 and not self._cut
        self._readings = (
            _readings(subjects, deal.question, parties) if together else [one for found in alone for one in found]
        )
        self._with: dict[tuple[str, str], list[Deal]] = {}
        """Selector and id -> the readings in which it stands there."""
        for reading in self._readings:
            for selector in ("vendors", *STATES):
                for id_ in getattr(reading.deal, selector):
                    self._with.setdefault((selector, id_), []).append(reading.deal)
        for party, found in zip(parties, alone, strict=True):
            self._add(party, found)
        gaps = dict.fromkeys((*deal.gaps, *(gap for one in self._readings for gap in one.deal.gaps)))
        for gap in gaps:
            self._gap(gap)

    # Who is who

    def of(self, selector: str, changes: Changes | None) -> list[Subject]:
        """Those who are not resolved, of a set."""
        return [_changed(ghost, changes) for selectors, ghost in self._rows if selector in selectors]

    def fixed(self, kind: Of, changes: Changes | None) -> Subject | None:
        """The product or the buyer, where it is not resolved."""
        ghost = self._fixed.get(kind)
        return None if ghost is None else _changed(ghost, changes)

    def known(self, kind: Of, id_: str, changes: Changes | None) -> Subject:
        """Somebody who is resolved: facts about it that depend on the deal are read in every reading."""
        found = self._known.get((kind, id_))
        if found is None:
            own = self._subjects.made(kind, id_, self._deal)
            others = [self._subjects.made(kind, id_, one.deal) for one in self._readings]
            found = self._strictest(own, [one for one in others if one is not own], ())
            self._known[kind, id_] = found
        return _changed(found, changes)

    def deal(self, wanted: int, changes: Changes | None) -> Subject:
        """The deal itself; of its facts only those (bits by index) that are wanted are asked for."""
        found = self._deals.get(wanted)
        if found is None:
            found = self._deals[wanted] = self._as_deal(wanted)
        return _changed(found, changes)

    def _as_deal(self, wanted: int) -> Subject:
        own = self._subjects.deal(self._deal, wanted)
        others = []
        for reading in self._readings:
            read = self._subjects.deal(reading.deal, wanted)
            if read is not own:
                others.append(self._called(read, reading.named))
        found = self._strictest(
            own, others, tuple(self._words(dict.fromkeys(id_ for one in self._readings for id_ in one.named)))
        )
        if self._cut:
            found = self._worst(found, wanted)
        return found

    def _called(self, read: Subject, named: Sequence[str]) -> Subject:
        caption = " with ".join(self._subjects.world.caption(one) for one in named)
        return Subject(
            read.kind, read.id, caption, read.values, read.dictionary, self._subjects.where, self._subjects.shown
        )

    def _strictest(self, own: Subject, others: Sequence[Subject], candidates: tuple[str, ...]) -> Subject:
        """What blocks in one reading blocks, what lifts must lift in all."""
        if not others:
            return own
        values: list[Value] = []
        for at, row in enumerate(own.dictionary):
            mine = own.values[at]
            if row is None:
                values.append(mine)
            elif row.polarity is Polarity.LIFTS:
                values.append(min((mine, *(one.values[at] for one in others)), key=level_of))
            else:
                more = [one.values[at] for one in others if level_of(one.values[at]) > level_of(mine)]
                proof = dict.fromkeys((*mine.proof, *(id_ for value in more for id_ in value.proof)))
                notes = dict.fromkeys((*mine.notes, *(note for value in more for note in value.notes)))
                could = mine.candidates or (candidates if more else ())
                values.append(msgspec.structs.replace(mine, proof=tuple(proof), notes=tuple(notes), candidates=could))
        found = Subject(
            own.kind, own.id, own.caption, values, own.dictionary, self._subjects.where, self._subjects.shown
        )
        found.bits, found.strict = own.bits, own.strict
        for one in others:
            found.bits |= one.bits
            found.strict &= one.strict
        if own.kind is Of.DEAL:
            found.blank, found.others = own, tuple(others)
        return found

    def _worst(self, found: Subject, wanted: int) -> Subject:
        """More readings than are looked at: each fact of the deal that blocks counts as if one of them had it; nothing lifts."""
        where, space = self._subjects.where, SPACE_OF[found.kind]
        worst = Subject(
            found.kind, found.id, found.caption, found.values, found.dictionary, where, self._subjects.shown
        )
        worst.blank, worst.others = found.blank or found, found.others
        worst.bits, worst.strict = found.bits, found.strict & self._subjects.nobody(found.kind, "", "").bits
        for at in where.places(found.kind):
            row = found.dictionary[at]
            if row is not None and wanted >> at & 1 and row.polarity is Polarity.BLOCKS:
                worst.bits |= where.bits(space, at, TRUE)
        return worst

    # Those who are not resolved

    def _add(self, party: Party, alone: Sequence[Reading]) -> None:
        deal, role = self._deal, ROLES[party.role]
        id_ = party.id or f"?{party.role}:{party.asked}"
        self.ids.add(id_)
        needs = f"Which {role} is meant by “{party.asked}”: a full name with legal form, or the id of a record."
        kind = KINDS.get(party.role, Of.VENDOR)
        words = self._words(self._by_weight(party, kind, alone))
        behind = sorted({one for other in alone for one in other.deal.vendors} - set(deal.vendors))
        theirs = sorted({*behind, *party.candidates}) if kind is Of.VENDOR else list(party.candidates)
        ghost = self._ghost(kind, id_, f"“{party.asked}”{NOT_ON_FILE}", needs, party.asked, theirs, words, "vendors")
        if party.role != "via":
            self.places["buyer" if party.role == "end_user" else party.role] = ghost
        if kind is Of.VENDOR:
            self._row({"vendors", "parties", "supplier" if party.role == "supplier" else "intermediaries"}, ghost)
        else:
            self._fixed[kind] = ghost
            if behind:
                caption = f"whoever stands behind “{party.asked}”"
                made = self._ghost(Of.VENDOR, f"{id_}:vendors", caption, needs, party.asked, behind, words, "vendors")
                self._row({"vendors"}, made)
        for selector in STATES:
            more = sorted(
                {one for other in alone for one in getattr(other.deal, selector)} - {*getattr(deal, selector)}
            )
            if more:
                caption = f"the State of “{party.asked}”"
                made = self._ghost(Of.STATE, f"{id_}:{selector}", caption, needs, party.asked, more, words, selector)
                self._row({"states", selector}, made)

    def _gap(self, gap: Gap) -> None:
        kind = SELECTORS[gap.selectors[0]]
        made = self._ghost(
            kind,
            f"?gap:{gap.caption}",
            gap.caption,
            gap.needs,
            "",
            gap.candidates,
            self._words(gap.candidates),
            "vendors",
        )
        self._row(set(gap.selectors), made)

    def _row(self, selectors: set[str], ghost: Subject) -> None:
        self._rows.append((frozenset(selectors), ghost))

    def _ghost(
        self,
        kind: Of,
        id_: str,
        caption: str,
        needs: str,
        asked: str,
        others: Sequence[str],
        words: Sequence[str],
        selector: str,
    ) -> Subject:
        theirs = {id(made): made for one in others if one[:1] != "?" for made in self._as_read(kind, one, selector)}
        return self._subjects.nobody(kind, id_, caption, needs).unresolved(asked, list(theirs.values()), words)

    def _as_read(self, kind: Of, id_: str, selector: str) -> list[Subject]:
        """Looked up once: many names could be the same somebody, who stands then in as many readings."""
        found = self._theirs.get((kind, id_, selector))
        if found is None:
            deals = (self._deal, *self._with.get((selector, id_), ()))
            made = (self._subjects.made(kind, id_, deal) for deal in deals)
            found = self._theirs[kind, id_, selector] = list({id(one): one for one in made}.values())
        return found

    def _by_weight(self, party: Party, kind: Of, alone: Sequence[Reading]) -> list[str]:
        """Those that a name could be: first those with most against them, then those most alike."""
        weights: dict[str, tuple[int, int]] = {}
        for reading in alone:
            one = reading.named[0]
            behind = {*reading.deal.vendors} - {
                *self._deal.vendors
            }  # whoever is in the deal anyway tells nothing apart
            asked = [(kind, one), *((Of.VENDOR, id_) for id_ in sorted(behind))]
            weights[one] = max(
                self._weight(self._subjects.made(of, id_, reading.deal)) for of, id_ in asked if id_[:1] != "?"
            )
        return sorted(party.candidates, key=lambda one: weights.get(one, (0, 0)), reverse=True)

    def _weight(self, subject: Subject) -> tuple[int, int]:
        found = self._weights.get(id(subject))
        if found is None:
            found = self._weights[id(subject)] = (subject, _weight(subject))
        return found[1]

    def _words(self, ids: Iterable[str]) -> list[str]:
        """ "id: caption" of the first of them."""
        return [f"{one}: {self._subjects.world.caption(one)}" for one in itertools.islice(ids, TOLD_MAX)]


def _weight(subject: Subject) -> tuple[int, int]:
    """The highest level of a fact that blocks, and how many stand on it."""
    levels = [
        level_of(value)
        for value, row in zip(subject.values, subject.dictionary, strict=True)
        if row is not None and row.polarity is Polarity.BLOCKS
    ]
    highest = max(levels, default=0)
    return highest, levels.count(highest)


def _changed(subject: Subject, changes: Changes | None) -> Subject:
    changed = changes.get((subject.kind, subject.id)) if changes else None
    return subject if changed is None else subject.with_changes(changed)


def _readings(subjects: Subjects, question: Question, parties: Sequence[Party]) -> list[Reading]:
    """The deal for every choice of those that these names could be."""
    found: list[Reading] = []
    for choice in itertools.product(*(party.candidates or ("",) for party in parties)):
        other = question
        for party, candidate in zip(parties, choice, strict=True):
            if not candidate:
                continue
            if party.role == "via":
                via = tuple(candidate if one == party.asked else one for one in other.via)
                other = msgspec.structs.replace(other, via=via)
            else:
                other = msgspec.structs.replace(other, **{party.role: candidate})
        named = tuple(one for one in choice if one)
        if not named:
            continue
        try:
            found.append(Reading(subjects.world.deal(other, named), named))
        except SousveilError:
            continue
    return found
