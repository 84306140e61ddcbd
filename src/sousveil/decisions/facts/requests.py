"""A request for information: the one test of whether it was answered, refused, or waits, for rule, cell, label, clock and page.

What came later counts: a refusal after an answer is a refusal, an answer after a refusal is an answer. A day that an act names counts for
it, else the day of the word; of one day what the log had later, and of one entry the status that stands in it. A refusal counts from
anybody; it is answered by whoever told of it, by whoever asked, or by somebody independent of who owes the answer. An answer in part is
none of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import msgspec

from sousveil.decisions import voices
from sousveil.decisions.facts.model import Fact
from sousveil.decisions.facts.reading import ids_of, not_after
from sousveil.decisions.facts.standing import Charge, charge, interest, tellers, unfit
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.f_contracts import ANSWER
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.views.records import Record, stands

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

FACTS: tuple[Fact, ...] = ()
OWED = frozenset({"refused", "owed", "partly-owed"})
"""Words of the test by which an answer is owed."""


class _Act(msgspec.Struct, frozen=True):
    """That somebody says that it was answered, or refused."""

    voice: str
    day: int
    entry: int
    words: tuple[tuple[str, ...], ...]
    """Statements; of each group one is needed."""
    free: bool = False
    """Of somebody who answers for all: whoever asked, or somebody independent of who owes it."""
    refused: bool = True

    @property
    def moment(self) -> tuple[int, int]:
        return self.day, self.entry


def request(world: Compiled, record: Record, deal: Deal | None = None) -> Ruling:
    """What is to be said of a request on the day: `answered`, `partly` (`partly-owed` when its time is over), `refused`, `withdrawn`,
    `owed` (its time is over, or it is told to be), `asked`. `deal`: who gains besides the bodies that owe it, and their States."""
    own = _founded(world, record)
    refusals, answers = _refusals(world, record), _answers(world, record, own, deal)
    term = terms.proof(ANSWER, own, record)
    waits = [_Act(one, -1, -1, ()) for one in tellers(world, term or own.statements)]
    last = _Last(world, record)
    first = {world.base.signer(one).voice for one in own.statements}
    mine = first | _asking(world, record, own, first)
    parts = _parts(world, record, mine | {one.voice for one in answers if one.free})
    beaten = {id(each): [one for one in answers if last.beats(one, each)] for each in (*refusals, *waits, *parts)}
    end = terms.due(ANSWER, own, record)
    over = end is not None and edtf.parse(world.as_of).first > end
    open_ = [one for one in refusals if not beaten[id(one)]]
    if open_:  # a refusal that only others tell of is no end of the wait: an answer is owed
        told = [one for one in open_ if one.refused and one.voice in mine] or open_
        what = "refused" if told[0].refused and told[0].voice in mine else "owed"
        words = tuple(id for one in told for id in one.words[0])
        if over and not all(
            beaten[id(one)] for one in waits
        ):  # whoever alleges a refusal takes nothing from the term that is over
            words = tuple(dict.fromkeys((*words, *charge(world, term).proof)))
        return Ruling(what, min(one.day for one in told), (words,))
    if answers and waits and all(beaten.values()):
        chosen = [min(many, key=lambda one: one.moment) for many in beaten.values()]
        at = max(one.day for one in chosen)
        return Ruling("answered", at, tuple(dict.fromkeys(many for one in chosen for many in one.words)))
    if _withdrawn(world, record, own):
        return Ruling("withdrawn")
    if partly := [one for one in parts if not beaten[id(one)]]:
        return Ruling("partly-owed" if over else "partly", words=(tuple(id for one in partly for id in one.words[0]),))
    return Ruling("owed", words=(charge(world, term).proof,)) if over else Ruling("asked")


def owed(world: Compiled, deal: Deal, record: Record) -> Charge:
    """A request that was refused, or whose time to answer is over on the day, without an answer since."""
    own, found = _founded(world, record), request(world, record, deal)
    bad = charge(world, [*record.by_property.get("status", ()), *record.by_property.get("refusedOn", ())])
    if found.says not in OWED:
        return Charge(notes=bad.notes)
    told = (
        found.proof
        if found.says != "partly-owed"
        else (*found.proof, *charge(world, terms.proof(ANSWER, own, record)).proof)
    )
    proof = charge(world, [one for id in told if (one := world.recorded(id)) is not None])
    return Charge(proof.proof, proof.alleged, (*bad.notes, *(one for one in proof.notes if one not in bad.notes)))


# Acts


class _Last:
    """Which of an answer and a refusal came later."""

    def __init__(self, world: Compiled, record: Record) -> None:
        self._world, self._record = world, record

    def beats(self, answer: _Act, refusal: _Act) -> bool:
        """Whether an answer is one to a refusal: by whom, and later."""
        if not answer.free and answer.voice != refusal.voice:
            return False
        if answer.moment != refusal.moment:
            return answer.moment > refusal.moment
        said = {
            one.statement.value
            for one in self._record.stand("status")
            if self._world.base.signer(one).voice == refusal.voice
        }
        return "answered" in said and not said & {"refused", "partly-answered"}


def _refusals(world: Compiled, record: Record) -> list[_Act]:
    """What says by the day, at the standard for blocking, that it was refused or is overdue, each with its day."""
    dated = tellers(world, record.stand("refusedOn"))
    found = []
    told = [one for one in record.by_property.get("status", ()) if one.statement.value in ("refused", "overdue")]
    days = [one for one in record.by_property.get("refusedOn", ()) if not_after(world, one.statement.value)]
    counting = charge(world, [*told, *days]).proof
    for one in (*told, *days):
        if one.id not in counting:
            continue
        refused = one.statement.value != "overdue"
        given = dated.get(world.base.signer(one).voice, []) if refused else []
        day = min((edtf.parse(each.statement.value).first for each in given), default=_said_on(world, one))
        if day <= edtf.parse(world.as_of).last:
            found.append(_Act(world.base.signer(one).voice, day, one.recorded, ((one.id,),), refused=refused))
    return found


def _answers(world: Compiled, record: Record, own: Record, deal: Deal | None) -> list[_Act]:
    """What says by the day that the request was answered: a day of the answer; the word, where its voice gives the answer as well; the
    word of whoever asked."""
    given = tellers(world, (one for name in ("answer", "answerDocument") for one in record.stand(name)))
    dated = tellers(world, record.stand("answeredOn"))
    first = {world.base.signer(one).voice for one in own.statements}
    asking = _asking(world, record, own, first)
    free = set(ids_of(world, own, "requester")) & asking
    found = []
    for one in record.stand("answeredOn"):
        voice = world.base.signer(one).voice
        if not_after(world, one.statement.value):
            independent = voice in free or _independent(world, record, one, deal)
            day = edtf.parse(one.statement.value).first
            found.append(_Act(voice, day, one.recorded, ((one.id,),), independent))
    for one in record.stand("status"):
        voice = world.base.signer(one).voice
        if one.statement.value != "answered" or voice in dated or not (voice in given or voice in asking):
            continue
        day = _said_on(world, one)
        with_it = tuple(each.id for each in given.get(voice, ()))
        words = ((one.id,), with_it) if with_it and voice not in asking else ((one.id,),)
        if day <= edtf.parse(world.as_of).last:
            found.append(_Act(voice, day, one.recorded, words, voice in free))
    return found


def _independent(world: Compiled, record: Record, one: Recorded, deal: Deal | None) -> bool:
    bodies = ids_of(world, record, "body")
    seats = sorted({seat for id in bodies for seat in world.seats.of(id)})
    whose = deal or world.about(next(iter((*seats, *bodies)), ""))
    return not unfit(world, one, interest(world, whose, *bodies, *seats))


def _parts(world: Compiled, record: Record, by: set[str]) -> list[_Act]:
    """The words of these, by the day, by which what was answered was a part. One that is said with a day of an answer has that day."""
    found = []
    dated = tellers(world, record.stand("answeredOn"))
    for one in record.stand("status"):
        voice = world.base.signer(one).voice
        if one.statement.value == "partly-answered" and voice in by:
            with_it = [edtf.parse(o.statement.value).first for o in dated.get(voice, ()) if o.recorded == one.recorded]
            day = min(with_it, default=_said_on(world, one))
            if day <= edtf.parse(world.as_of).last:
                found.append(_Act(voice, day, one.recorded, ((one.id,),)))
    return found


def _said_on(world: Compiled, one: Recorded) -> int:
    """The day of a word that names no act: from which it holds, else on which it was said, else on which the log had it."""
    for text in (one.statement.valid_from, one.statement.asserted):
        if text and text != edtf.OPEN:
            return edtf.parse(text).first
    return date.fromisoformat(world.base.logged.get(one.recorded) or world.as_of).toordinal()


# Whose request it is

_OWN: WeakKeyDictionary[Compiled, dict[str, Record]] = WeakKeyDictionary()


def _founded(world: Compiled, record: Record) -> Record:
    """A request as whoever told of it first tells it."""
    known = _OWN.setdefault(world, {})
    if record.id not in known:
        told = sorted((one for one in record.statements if stands(one)), key=lambda one: one.recorded)
        first = next((one for one in told if is_a(one.statement.type, "InformationRequest")), None)
        voice = world.base.signer(first).voice if first is not None else ""
        known[record.id] = voices.only(record, [one for one in told if world.base.signer(one).voice == voice])
    return known[record.id]


def _withdrawn(world: Compiled, record: Record, own: Record) -> bool:
    """Whether whoever asked took the question back: nobody owes an answer to it, and nobody else says so."""
    asked = _asking(world, record, own, {world.base.signer(one).voice for one in own.statements})
    return any(
        one.statement.value == "withdrawn" and world.base.signer(one).voice in asked for one in record.stand("status")
    )


def _asking(world: Compiled, record: Record, own: Record, first: set[str]) -> set[str]:
    """The voices of whoever asked, by the founder's word; of the founder where nobody is named. Who owes the answer is none."""
    asked = set(ids_of(world, own, "requester")) or first
    owing = with_above(world, ids_of(world, own, "body"))
    return {one for one in asked if world.base.canonical(one) not in owing}


def with_above(world: Compiled, ids: Sequence[str]) -> list[str]:
    """These and what they are part of."""
    found = list(ids)
    for id in found:  # the list grows while it is read
        there = world.record(id)
        found += [one for one in _above(world, there) if one not in found]
    return found


def _above(world: Compiled, there: Record | None) -> Iterable[str]:
    return ids_of(world, there, "partOf") if there is not None else ()
