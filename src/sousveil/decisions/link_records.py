"""What one record says of a link on a day: who tells of it, whether it holds, by which statements, and how much it is.

An end that softens counts only from whoever said that there is a link, or by the standard for lifting: by somebody who gains neither
from the link nor from the deal that is asked about (`hearing.py`). A stranger cannot end an ownership.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from sousveil.decisions.heard import Heard
from sousveil.decisions.index import Base
from sousveil.decisions.shares import share, soft
from sousveil.register import edtf
from sousveil.register.model import Recorded, Stance
from sousveil.register.views.records import Record, stands


class Fit(Protocol):
    """Whether a statement about a record may soften whatever the deal is: the standard for lifting. `link`: its publisher has nothing to do
    with those whom the record names, nor with their States."""

    def __call__(self, one: Recorded, about: str, link: bool = False, /) -> bool: ...


class Pair(msgspec.Struct, frozen=True):
    """Two values of a record that make a link: whether it holds, by what, and who says so."""

    held: bool | None
    proof: tuple[str, ...]
    alleged: bool
    voices: list[list[Recorded]]


class LinkRecords:
    """The records of a base on a day. `fit` says whether a statement may soften (the standard for lifting), `heard` who may for others."""

    def __init__(self, base: Base, as_of: str, fit: Fit, heard: Heard) -> None:
        self.base, self.as_of, self._fit, self._heard = base, as_of, fit, heard

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
        ends = (mine, other)
        best: list[Recorded] = []
        for name, value in ends:
            found = [one for one in self._said(record, name, value) if not self.over(one)]
            if not found:
                return None
            best.append(min(found, key=lambda one: (soft(one), one.recorded)))
        voices = [voice for voice in self.voices(record, (mine[0], other[0])) if self._names(voice, ends, firm=False)]
        firm = [voice for voice in voices if self._names(voice, ends, firm=True)]
        proof = tuple(dict.fromkeys(one.id for one in best))
        if not any(soft(one) for one in best):
            held = self._most(record, firm, firm=True)
            if held is not False:
                return Pair(held, proof, False, firm)
        return Pair(self._most(record, voices, firm=False), proof, True, voices)

    def _said(self, record: Record, name: str, value: str) -> list[Recorded]:
        told = record.by_property.get(name, ())
        named = [one for one in told if stands(one) and self.base.canonical(one.statement.value) == value]
        return [one for one in named if not self._refuted(one, record)] if self.base.answers else named

    def _refuted(self, one: Recorded, record: Record) -> bool:
        """Whether somebody who might end a link for others confirmed that it is not so."""
        answers = self.base.answers.get(one.id, ())
        return any(answer.statement.stance is Stance.DENIES and self._ends(answer, record) for answer in answers)

    def _names(self, voice: list[Recorded], ends: Sequence[tuple[str, str]], *, firm: bool) -> bool:
        return any(
            (one.statement.property, self.base.canonical(one.statement.value)) in ends and not (firm and soft(one))
            for one in voice
        )

    def _most(self, record: Record, voices: Iterable[list[Recorded]], *, firm: bool) -> bool | None:
        held: bool | None = False
        for voice in voices:
            held = _more(held, self._held(record, voice, firm=firm))
        return held

    def over(self, one: Recorded) -> bool:
        """Whether a statement holds no more on the day, or not yet."""
        return edtf.holds(one.statement.valid_from, one.statement.valid_until, self.as_of) is False

    def voices(self, record: Record, naming: Sequence[str]) -> Iterator[list[Recorded]]:
        """The statements of each publisher who says that there is such a thing: nobody else ends it."""
        by: dict[str, list[Recorded]] = {}
        for one in record.statements:
            if stands(one):
                by.setdefault(self.base.signer(one).voice, []).append(one)
        for statements in by.values():
            if any(one.statement.property in naming for one in statements):
                yield statements

    def _held(self, record: Record, voice: list[Recorded], *, firm: bool = False, others: bool = True) -> bool | None:
        starts, ends = _dates(voice)
        if firm:  # an alleged beginning begins nothing
            starts = _dates(one for one in voice if not soft(one))[0]
        ends += [
            one.statement.value
            for one in record.by_property.get("endDate", ())
            if others and stands(one) and one not in voice and self._ends(one, record)
        ]
        start = min(starts, key=edtf.sort_key, default=None)
        held: bool | None = edtf.holds(start, None, self.as_of) if not ends else True
        for end in ends:
            held = _less(held, edtf.holds(start, end, self.as_of))
        return held

    def endings(self, record: Record, naming: Sequence[str]) -> tuple[tuple[int, str] | None, ...]:
        """For each voice that says that there is such a thing by which statement it is over on the day, with the last day that this gives;
        None for one by which it is not over. The first of those that end it counts."""
        return tuple(
            min(
                (
                    (edtf.parse(end).last, one.id)
                    for one, end in self._ended_by(record, voice)
                    if edtf.holds(edtf.OPEN, end, self.as_of) is False
                ),
                default=None,
            )
            for voice in self.voices(record, naming)
        )

    def _ended_by(self, record: Record, voice: list[Recorded]) -> Iterator[tuple[Recorded, str]]:
        for one in voice:
            if one.statement.property == "endDate":
                yield one, one.statement.value
            elif one.statement.valid_until:
                yield one, one.statement.valid_until
        for one in record.by_property.get("endDate", ()):
            if stands(one) and one not in voice and self._ends(one, record):
                yield one, one.statement.value

    def _ends(self, one: Recorded, record: Record) -> bool:
        """Whether somebody who does not tell of a record ends it."""
        return self._fit(one, record.id, True) and self._heard.hears(self.base.signer(one))

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
