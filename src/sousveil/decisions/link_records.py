"""What one record says of a link on a day: who tells of it, whether it holds, by which statements, and how much it is.

An end that softens counts only from whoever said that there is a link, or by the standard for lifting: by somebody who gains neither
from the link nor from the deal that is asked about (`hearing.py`). A stranger cannot end an ownership. Of several ends that one voice
gives the latest counts, and an alleged one ends nothing that it tells more firmly.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import Protocol

import msgspec

from sousveil.decisions.heard import Heard, Met
from sousveil.decisions.index import Base
from sousveil.decisions.shares import reach, share, soft, whole
from sousveil.register import edtf
from sousveil.register.model import Recorded, Stance
from sousveil.register.views.records import Record, stands

CROWDED = 64
"""Statements of one record from which on it is sorted once, and what each of its voices says is kept."""


class Fit(Protocol):
    """Whether a statement about a record may soften whatever the deal is: the standard for lifting. `link`: its publisher has nothing to do
    with those whom the record names, nor with their States."""

    def __call__(self, one: Recorded, about: str, link: bool = False, /) -> bool: ...


class Pair(msgspec.Struct, frozen=True):
    """Two values of a record that make a link: whether it holds, by what, and who says so."""

    held: bool | None
    proof: tuple[str, ...]
    alleged: bool
    voices: tuple[list[list[Recorded]], list[list[Recorded]]]
    """Those who name the first value, and those besides who name the second: of many values of a record one of both is the same."""


class Voice:
    """What one publisher says of a record."""

    __slots__ = ("_canonical", "_names", "_told", "statements")

    def __init__(self, statements: list[Recorded], canonical: Callable[[str], str]) -> None:
        self.statements = statements
        self._canonical = canonical
        self._names: dict[tuple[str, str], bool] | None = None
        self._told: frozenset[str] | None = None

    @property
    def names(self) -> dict[tuple[str, str], bool]:
        """Property and value -> whether it is said as more than an allegation."""
        if self._names is None:
            self._names = {}
            for one in self.statements:
                key = (one.statement.property, self._canonical(one.statement.value))
                self._names[key] = self._names.get(key, False) or not soft(one)
        return self._names

    @property
    def told(self) -> frozenset[str]:
        """The properties that it has a word about."""
        if self._told is None:
            self._told = frozenset(one.statement.property for one in self.statements)
        return self._told


class LinkRecords:
    """The records of a base on a day. `fit` says whether a statement may soften (the standard for lifting), `heard` who may for others."""

    def __init__(self, base: Base, as_of: str, fit: Fit, heard: Heard) -> None:
        self.base, self.as_of, self._fit, self._heard = base, as_of, fit, heard
        self._sorted: dict[str, list[Voice]] = {}
        self._said_of: dict[str, dict[tuple[str, str], list[Recorded]]] = {}
        self._held_by: dict[Hashable, tuple[bool | None, Met]] = {}
        self._ended: dict[Hashable, tuple[tuple[tuple[str, str], ...], Met]] = {}
        self._bests: dict[Hashable, tuple[Recorded | None, Met]] = {}
        self._named: dict[str, tuple[dict[tuple[str, str], list[Voice]], dict[tuple[str, str], list[Voice]]]] = {}
        self._words: dict[Hashable, list[list[Recorded]]] = {}
        self._most_alleged: dict[Hashable, tuple[float, float, bool]] = {}
        self._shares: dict[tuple[int, bool], tuple[list[list[Recorded]], tuple[float, float, bool]]] = {}
        """All of these of crowded records alone."""

    def live(self, record: Record, naming: Sequence[str], *, firm: bool = False) -> bool | None:
        """Whether the record holds on the day, for blocking: True, None (not known) or False.

        `naming`: the properties without which it says nothing; one of each must stand, of whatever publisher. `firm`: only by those
        who say so as more than an allegation, and an alleged beginning begins nothing.
        """
        for name in naming:
            if not any(stands(one) and not self.over(one) for one in record.by_property.get(name, ())):
                return False
        held: bool | None = False
        for voice in self.voices(record, naming):
            if not firm or any(one.statement.property in naming and not soft(one) for one in voice):
                held = _more(held, self._held(record, voice, firm=firm))
        return held

    def pair(self, record: Record, mine: tuple[str, str], other: tuple[str, str]) -> Pair | None:
        """What stands for a link between two values of a record; None where one of them is not said any more.

        Each value has its own standing: an allegation about one says nothing firm about another in the same record, and neither
        its dates nor its share keep a firm link alive.
        """
        best: list[Recorded] = []
        for end in (mine, other):
            one = self._best(record, end)
            if one is None:
                return None
            best.append(one)
        proof = tuple(dict.fromkeys(one.id for one in best))
        if not any(soft(one) for one in best):
            firm = self._naming(record, mine, other, firm=True)
            held = self._most(record, firm, firm=True)
            if held is not False:
                return Pair(held, proof, False, firm)
        voices = self._naming(record, mine, other, firm=False)
        return Pair(self._most(record, voices, firm=False), proof, True, voices)

    def _best(self, record: Record, end: tuple[str, str]) -> Recorded | None:
        """The statement that names a value most firmly, of these the first, as far as it holds and nobody refuted it."""

        def make() -> Recorded | None:
            found = (one for one in self._said(record, *end) if not self.over(one))
            return min(found, key=lambda one: (soft(one), one.recorded), default=None)

        return make() if len(record.statements) <= CROWDED else self._heard.kept(self._bests, (record.id, end), make)

    def _naming(
        self, record: Record, mine: tuple[str, str], other: tuple[str, str], *, firm: bool
    ) -> tuple[list[list[Recorded]], list[list[Recorded]]]:
        """Whose words name a value, and whose name the other alone; `firm`: as more than an allegation."""
        if len(record.statements) <= CROWDED:
            every = self._voices(record)
            first = [one for one in every if (one.names.get(mine) if firm else mine in one.names)]
            more = [one for one in every if (one.names.get(other) if firm else other in one.names) and one not in first]
            return [one.statements for one in first], [one.statements for one in more]
        first = self._who_names(record, mine, firm=firm)
        mores = self._who_names(record, other, firm=firm)
        # Who names both stands in both lists: of what all say the greatest counts, whoever says it twice.
        return self._lists(record, mine, first, firm=firm), self._lists(record, other, mores, firm=firm)

    def _who_names(self, record: Record, end: tuple[str, str], *, firm: bool) -> list[Voice]:
        """Of a crowded record."""
        found = self._named.get(record.id)
        if found is None:
            found = self._named[record.id] = ({}, {})
            for voice in self._voices(record):
                for name, said in voice.names.items():
                    found[0].setdefault(name, []).append(voice)
                    if said:
                        found[1].setdefault(name, []).append(voice)
        return found[firm].get(end, [])

    def _lists(self, record: Record, end: tuple[str, str], voices: list[Voice], *, firm: bool) -> list[list[Recorded]]:
        """The words of those, as one object for every pair that they stand in."""
        key = (record.id, end, firm)
        found = self._words.get(key)
        if found is None:
            found = self._words[key] = [one.statements for one in voices]
        return found

    def _said(self, record: Record, name: str, value: str) -> list[Recorded]:
        if len(record.statements) > CROWDED:
            named = self._sorted_by_value(record).get((name, value), [])
        else:
            told = record.by_property.get(name, ())
            named = [one for one in told if stands(one) and self.base.canonical(one.statement.value) == value]
        return [one for one in named if not self._refuted(one, record)] if self.base.answers else named

    def _refuted(self, one: Recorded, record: Record) -> bool:
        """Whether somebody who might end a link for others confirmed that it is not so."""
        answers = self.base.answers.get(one.id, ())
        return any(answer.statement.stance is Stance.DENIES and self._ends(answer, record) for answer in answers)

    def _sorted_by_value(self, record: Record) -> dict[tuple[str, str], list[Recorded]]:
        found = self._said_of.get(record.id)
        if found is None:
            found = {}
            for one in record.statements:
                if stands(one):
                    value = self.base.canonical(one.statement.value)
                    found.setdefault((one.statement.property, value), []).append(one)
            self._said_of[record.id] = found
        return found

    def _most(
        self, record: Record, voices: tuple[list[list[Recorded]], list[list[Recorded]]], *, firm: bool
    ) -> bool | None:
        first, more = voices
        if len(record.statements) <= CROWDED:
            return _more(self._held_by_any(record, first, firm=firm), self._held_by_any(record, more, firm=firm))
        held: bool | None = False
        for many in voices:  # the lists are held by `_words`
            held = _more(
                held, self._heard.kept(self._held_by, id(many), partial(self._held_by_any, record, many, firm=firm))
            )
        return held

    def _held_by_any(self, record: Record, voices: Iterable[list[Recorded]], *, firm: bool) -> bool | None:
        held: bool | None = False
        for voice in voices:
            held = _more(held, self._held(record, voice, firm=firm))
        return held

    def shared(self, pair: Pair, *, firm: bool) -> tuple[float, float, bool]:
        """How much those say of it who tell of a link (`shares.share`)."""
        first, more = pair.voices
        return whole(self._share_of(first, firm=firm), self._share_of(more, firm=firm))

    def _share_of(self, voices: list[list[Recorded]], *, firm: bool) -> tuple[float, float, bool]:
        kept = self._shares.get((id(voices), firm))
        if kept is None or kept[0] is not voices:
            kept = (voices, reach(voices, firm=firm))
            if len(voices) > CROWDED:
                self._shares[id(voices), firm] = kept
        return kept[1]

    def over(self, one: Recorded) -> bool:
        """Whether a statement holds no more on the day, or not yet."""
        return edtf.holds(one.statement.valid_from, one.statement.valid_until, self.as_of) is False

    def voices(self, record: Record, naming: Sequence[str]) -> Iterator[list[Recorded]]:
        """The statements of each publisher who says that there is such a thing: nobody else ends it."""
        for one in self._voices(record):
            if not one.told.isdisjoint(naming):
                yield one.statements

    def _voices(self, record: Record) -> list[Voice]:
        found = self._sorted.get(record.id)
        if found is None:
            by: dict[str, list[Recorded]] = {}
            for one in record.statements:
                if stands(one):
                    by.setdefault(self.base.signer(one).publisher, []).append(one)
            found = [Voice(statements, self.base.canonical) for statements in by.values()]
            if len(record.statements) > CROWDED:
                self._sorted[record.id] = found
        return found

    def _held(self, record: Record, voice: list[Recorded], *, firm: bool = False, others: bool = True) -> bool | None:
        if len(record.statements) > CROWDED and others:
            key = (record.id, voice[0].id, firm)
            return self._heard.kept(self._held_by, key, lambda: self._reckoned(record, voice, firm=firm, others=True))
        return self._reckoned(record, voice, firm=firm, others=others)

    def _reckoned(self, record: Record, voice: list[Recorded], *, firm: bool, others: bool) -> bool | None:
        starts, ends = _dates(voice)
        if firm:  # an alleged beginning begins nothing
            starts = _dates(one for one in voice if not soft(one))[0]
        start = min(starts, key=edtf.sort_key, default=None)
        later = self._ended_by_others(record, voice) if others else ()
        if ends and not _ends_firmly(voice):
            ends = []
        if not ends and not later:
            return edtf.holds(start, None, self.as_of)
        held: bool | None = not ends
        for end in dict.fromkeys(ends):  # of its own the latest
            held = _more(held, edtf.holds(start, end, self.as_of))
        for end in dict.fromkeys(later):
            held = _less(held, edtf.holds(start, end, self.as_of))
        return held

    def _ended_by_others(self, record: Record, voice: list[Recorded]) -> Iterable[str]:
        told, mine = record.by_property.get("endDate", ()), self.base.signer(voice[0]).publisher
        if not told:
            return ()
        if len(record.statements) <= CROWDED:
            return [one.statement.value for _, one in self._others(told, record, mine)]

        def make() -> tuple[tuple[str, str], ...]:  # whoever ends it is asked once
            return tuple((by, one.statement.value) for by, one in self._others(told, record, ""))

        return [end for by, end in self._heard.kept(self._ended, record.id, make) if by != mine]

    def _others(self, told: Iterable[Recorded], record: Record, mine: str) -> Iterator[tuple[str, Recorded]]:
        """Who else than one voice may end a record, each with the latest day that it gives."""
        by: dict[str, list[Recorded]] = {}
        for one in told:
            if stands(one) and (voice := self.base.signer(one).publisher) != mine:
                by.setdefault(voice, []).append(one)
        for voice, many in by.items():
            if any(self._ends(one, record) for one in many):
                yield voice, max(many, key=lambda one: edtf.sort_key(one.statement.value))

    def endings(
        self, record: Record, naming: Sequence[str], *, firm: bool = False
    ) -> tuple[tuple[int, str] | None, ...]:
        """For each voice that says that there is such a thing by which statement it is over on the day, with the last day that this gives;
        None for one by which it is not over. The first of those who end it counts, of the voice's own ends the latest. `firm`: of those who
        say so as more than an allegation."""
        return tuple(
            min(self._ended_by(record, voice), default=None)
            for voice in self.voices(record, naming)
            if not firm or any(one.statement.property in naming and not soft(one) for one in voice)
        )

    def _ended_by(self, record: Record, voice: list[Recorded]) -> Iterator[tuple[int, str]]:
        def over(end: str) -> bool:
            return edtf.holds(edtf.OPEN, end, self.as_of) is False

        own = [(end, one.id) for one in voice for end in _dates((one,))[1]] if _ends_firmly(voice) else []
        if own and all(over(end) for end, _ in own):
            yield max((edtf.parse(end).last, id) for end, id in own)
        mine = self.base.signer(voice[0]).publisher
        for _, one in self._others(record.by_property.get("endDate", ()), record, mine):
            if over(one.statement.value):
                yield edtf.parse(one.statement.value).last, one.id

    def _ends(self, one: Recorded, record: Record) -> bool:
        """Whether somebody who does not tell of a record ends it."""
        return self._fit(one, record.id, True) and self._heard.hears(self.base.signer(one))

    def alleged(self, record: Record, *naming: str) -> tuple[float, float, bool]:
        """How much all who tell of a record say that it may be, allegations too."""
        if len(record.statements) <= CROWDED:
            return share(self.voices(record, naming), firm=False)
        key = (record.id, naming)
        found = self._most_alleged.get(key)
        if found is None:
            found = self._most_alleged[key] = share(self.voices(record, naming), firm=False)
        return found

    def share(self, record: Record, naming: Sequence[str]) -> tuple[float, float, bool]:
        """For lifting: per cent that all its publishers grant at the least, and at most, and whether it may be control."""
        voices = list(self.voices(record, naming))
        least = min((share([voice], firm=False)[0] for voice in voices), default=0.0)
        return least, *share(voices, firm=False)[1:]

    def values(self, record: Record, name: str) -> list[str]:
        """Entities that a record names by a property on the day."""
        found = [one.statement.value for one in record.by_property.get(name, ()) if stands(one) and not self.over(one)]
        return list(dict.fromkeys(self.base.canonical(one) for one in found))

    def ended(self, record: Record) -> bool:
        """Whether a record of a link is over on the day by the word of all who tell of it, and of nobody else."""
        return all(
            self._held(record, voice, others=False) is False for voice in self.voices(record, tuple(record.by_property))
        )


def _ends_firmly(voice: list[Recorded]) -> bool:
    """Whether one voice may end what it tells by its own ends: an allegation ends nothing that it tells more firmly."""
    firm = [one for one in voice if not soft(one)]
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


def _more(a: bool | None, b: bool | None) -> bool | None:
    """Of True, not known and False the greater."""
    return True if a or b else None if a is None or b is None else False


def _less(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True
