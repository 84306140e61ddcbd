"""A request for information: the one test of whether it was answered, refused, or waits, for rule, cell, label, clock and page.

What came later counts: a refusal after an answer is a refusal, an answer after a refusal is an answer. A day that an act names counts for
it, else the day of the word; of one day what the log had later, and of one entry the status that stands in it. A refusal counts from
anybody; it is answered by whoever told of it, by whoever asked, or by somebody independent of who owes the answer. An answer in part is
none of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary

import msgspec

from sousveil.decisions import voices
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, both, by_publisher, charge
from sousveil.decisions.evidence.dates import possibly_by
from sousveil.decisions.facts.model import Fact
from sousveil.decisions.facts.reading import ids_of, only, said_on
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.f_contracts import ANSWER
from sousveil.decisions.rulings import Ruling
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.types import is_a
from sousveil.register.views.records import Record, stands

FACTS: tuple[Fact, ...] = ()
OWED = frozenset({"refused", "reported", "owed", "partly-owed"})
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
    alleged: bool = False
    """Nobody says it more firmly."""

    @property
    def moment(self) -> tuple[int, int]:
        return self.day, self.entry


def request(world: Compiled, record: Record) -> Ruling:
    """What is to be said of a request on the day: `answered`, `partly` (`partly-owed` when its time is over), `refused`, `reported` (a
    refusal of which only others tell, and the time is not over, or was kept), `withdrawn`, `owed` (its time is over, or it is told to be),
    `asked`. The body that owes it and whoever asked answer it; nobody else does."""
    return _Request(world, record).ruling()


def owed(world: Compiled, record: Record) -> Charge:
    """A request that was refused, or whose time to answer is over on the day, without an answer since."""
    asked = _Request(world, record)
    found = asked.ruling()
    bad = charge(world, [*record.by_property.get("status", ()), *record.by_property.get("refusedOn", ())])
    words = found.words if found.says in OWED else (asked.alleged(),)
    told = ((one for id in many if (one := world.recorded(id)) is not None) for many in words)
    proof = both([charge(world, many) for many in told])
    return Charge(proof.proof, proof.alleged, (*bad.notes, *(one for one in proof.notes if one not in bad.notes)))


class _Request:
    """A request on the day: what is said of it, by whom, and which word answers which."""

    def __init__(self, world: Compiled, record: Record) -> None:
        self._world, self._record = world, record
        self._own = own = _founded(world, record)
        self._term = terms.proof(ANSWER, own, record)
        end = terms.due(ANSWER, own, record)
        self._end = end
        self._over = end is not None and edtf.parse(world.as_of).first > end
        self._answers = _answers(world, record, own)
        first = {world.base.signer(one).publisher for one in own.statements}
        self._mine = first | _asking(world, record, own, first)
        # That somebody calls it overdue says nothing of a term that is on file and not over.
        told = [one for one in _refusals(world, record) if one.refused or self._over or end is None]
        parts = _parts(world, record, self._mine | {one.voice for one in self._answers if one.free})
        waits = [_Act(one, -1, -1, ()) for one in by_publisher(world, self._term or own.statements)]
        last = _Last(world, record)
        self._beaten = {
            id(each): [one for one in self._answers if last.beats(one, each)] for each in (*told, *waits, *parts)
        }
        self._refusals, self._parts = _firm(told), _firm(parts)
        self._alleged = [one for one in (*told, *(parts if self._over else ())) if one.alleged]
        self._waits = waits

    def _open(self, many: Iterable[_Act]) -> list[_Act]:
        return [one for one in many if not self._beaten[id(one)]]

    def _in_time(self, wait: _Act) -> bool:
        return any(self._end is None or one.day <= self._end for one in self._beaten[id(wait)])

    def ruling(self) -> Ruling:
        """By what is more than alleged."""
        owed = self._over and not all(self._in_time(one) for one in self._waits)
        term = charge(self._world, self._term).proof
        if open_ := self._open(self._refusals):
            mine = [one for one in open_ if one.refused and one.voice in self._mine]
            told = mine or [one for one in open_ if one.refused] or open_
            what = "refused" if mine else "owed" if owed or not told[0].refused else "reported"
            words = tuple(id for one in told for id in one.words[0])
            return Ruling(
                what, min(one.day for one in told), (tuple(dict.fromkeys((*words, *(term if owed else ())))),)
            )
        counting = [*self._refusals, *self._waits, *self._parts]
        if self._answers and self._waits and all(self._beaten[id(one)] for one in counting):
            chosen = [min(self._beaten[id(one)], key=lambda one: one.moment) for one in counting]
            at = max(one.day for one in chosen)
            return Ruling("answered", at, tuple(dict.fromkeys(many for one in chosen for many in one.words)))
        if _withdrawn(self._world, self._record, self._own):
            return Ruling("withdrawn")
        if partly := self._open(self._parts):
            words = tuple(id for one in partly for id in one.words[0])
            return Ruling("partly-owed", words=(words, term)) if self._over else Ruling("partly", words=(words,))
        return Ruling("owed", words=(term,)) if self._over else Ruling("asked")

    def alleged(self) -> tuple[str, ...]:
        """What is alleged of a refusal, or of a part that is owed, where nothing firm says that an answer is owed."""
        return tuple(dict.fromkeys(id for one in self._open(self._alleged) for id in one.words[0]))


# Acts


def _firm(many: Iterable[_Act]) -> list[_Act]:
    return [one for one in many if not one.alleged]


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
            if self._world.base.signer(one).publisher == refusal.voice
        }
        return "answered" in said and not said & {"refused", "partly-answered"}


def _refusals(world: Compiled, record: Record) -> list[_Act]:
    """What says by the day, at the standard for blocking or as an allegation, that it was refused or is overdue, each with its day."""
    dated = by_publisher(world, record.stand("refusedOn"))
    found = []
    told = [one for one in record.by_property.get("status", ()) if one.statement.value in ("refused", "overdue")]
    days = [one for one in record.by_property.get("refusedOn", ()) if possibly_by(world.as_of, one.statement.value)]
    for one in (*told, *days):
        if not charge(world, [one]).counts:
            continue
        refused = one.statement.value != "overdue"
        given = dated.get(world.base.signer(one).publisher, []) if refused else []
        came = [each for each in given if possibly_by(world.as_of, each.statement.value)] or given
        day = max((edtf.parse(each.statement.value).first for each in came), default=said_on(world, one))
        if day <= edtf.parse(world.as_of).last:
            voice = world.base.signer(one).publisher
            found.append(_Act(voice, day, one.recorded, ((one.id,),), refused=refused, alleged=_soft(one)))
    return found


def _answers(world: Compiled, record: Record, own: Record) -> list[_Act]:
    """What says by the day that the request was answered, as more than an allegation: a day of the answer; the word, where its voice gives
    the answer as well; the word of whoever asked. Of two days that one entry gives the later counts."""
    given = by_publisher(world, (one for name in ("answer", "answerDocument") for one in record.stand(name)))
    dated = by_publisher(world, record.stand("answeredOn"))
    first = {world.base.signer(one).publisher for one in own.statements}
    asking = _asking(world, record, own, first)
    free = set(ids_of(world, own, "requester")) & asking
    found = []
    for one in record.stand("answeredOn"):
        voice = world.base.signer(one).publisher
        same = [each for each in dated[voice] if each.recorded == one.recorded and not _soft(each)]
        if not _soft(one) and all(possibly_by(world.as_of, each.statement.value) for each in same):
            day = max(edtf.parse(each.statement.value).first for each in same)
            found.append(_Act(voice, day, one.recorded, ((one.id,),), voice in free))
    for one in record.stand("status"):
        voice = world.base.signer(one).publisher
        if _soft(one) or one.statement.value != "answered" or voice in dated or not (voice in given or voice in asking):
            continue
        day = said_on(world, one)
        with_it = tuple(each.id for each in given.get(voice, ()))
        words = ((one.id,), with_it) if with_it and voice not in asking else ((one.id,),)
        if day <= edtf.parse(world.as_of).last:
            found.append(_Act(voice, day, one.recorded, words, voice in free))
    return found


def _parts(world: Compiled, record: Record, by: set[str]) -> list[_Act]:
    """The words of these, by the day, by which what was answered was a part. One that is said with a day of an answer has that day."""
    found = []
    dated = by_publisher(world, record.stand("answeredOn"))
    for one in record.stand("status"):
        voice = world.base.signer(one).publisher
        if one.statement.value == "partly-answered" and voice in by:
            with_it = [edtf.parse(o.statement.value).first for o in dated.get(voice, ()) if o.recorded == one.recorded]
            day = min(with_it, default=said_on(world, one))
            if day <= edtf.parse(world.as_of).last:
                found.append(_Act(voice, day, one.recorded, ((one.id,),), alleged=_soft(one)))
    return found


def _soft(one: Recorded) -> bool:
    return one.statement.standing is Standing.ALLEGED


# Whose request it is

_OWN: WeakKeyDictionary[Compiled, dict[str, Record]] = WeakKeyDictionary()


def _founded(world: Compiled, record: Record) -> Record:
    """A request as whoever told of it first tells it."""
    known = _OWN.setdefault(world, {})
    if record.id not in known:
        told = sorted((one for one in record.statements if stands(one)), key=lambda one: one.recorded)
        first = next((one for one in told if is_a(one.statement.type, "InformationRequest")), None)
        voice = world.base.signer(first).publisher if first is not None else ""
        known[record.id] = voices.only(record, [one for one in told if world.base.signer(one).publisher == voice])
    return known[record.id]


def _withdrawn(world: Compiled, record: Record, own: Record) -> bool:
    """Whether whoever asked took the question back: nobody owes an answer to it, and nobody else says so. Whoever gives it another status
    in the same entry took nothing back."""
    asked = _asking(world, record, own, {world.base.signer(one).publisher for one in own.statements})
    told = only(world, record, "status", ("withdrawn",))
    return any(not _soft(one) and world.base.signer(one).publisher in asked for one in told)


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
