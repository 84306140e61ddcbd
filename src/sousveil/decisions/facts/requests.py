"""A request for information: the one test of whether it was answered, refused, or waits, for rule, cell, label, clock and page.

Each publisher's account counts by its last act: a refusal after an answer is a refusal, an answer after a refusal is an answer. An act
counts from the day that it names, else from the day of the word; of one day what the log had later, and of one entry its status. What one
publisher reports is answered by that publisher, or by the requester (policy 3). A partial answer does not answer the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from sousveil.decisions import voices
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, both, by_publisher, charge, firm
from sousveil.decisions.evidence.dates import possibly_by
from sousveil.decisions.facts.reading import ids_of, only, said_on, with_above
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.f_contracts import ANSWER
from sousveil.decisions.rulings import Ruling
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.types import is_a
from sousveil.register.views.records import Record, stands

OWED = frozenset({"refused", "reported", "owed", "partly-owed"})
"""Words of the test by which an answer is owed."""
ANSWERED, PARTLY, REFUSED, OVERDUE = "answered", "partly-answered", "refused", "overdue"


class _Act(msgspec.Struct, frozen=True):
    """An answer or refusal as one publisher reports it; of each group of statements one is needed."""

    publisher: str
    kind: str
    day: int
    entry: int
    words: tuple[tuple[str, ...], ...] = ()
    alleged: bool = False

    @property
    def moment(self) -> tuple[int, int]:
        return self.day, self.entry


def request(world: Compiled, record: Record) -> Ruling:
    """What is to be said of a request on the day: `answered`, `partly` (`partly-owed` when its time is over), `refused`, `reported` (a
    refusal of which only others tell, and the time is not over, or was kept), `withdrawn`, `replied` (the office that
    owes it answered with an identified key, and nobody confirms it: it is open, and not late), `owed` (its time is over, or a ruling
    orders it), `asked`. The body that owes it, and the requester, say so; nobody else."""
    return _Request(world, record).ruling()


def owed(world: Compiled, record: Record) -> Charge:
    """A request that was refused, or whose time to answer is over on the day, without an answer since."""
    asked = _Request(world, record)
    found = asked.ruling()
    bad = charge(world, [*record.claims("status"), *record.claims("refusedOn")])
    words = found.words if found.says in OWED else (asked.alleged(),)
    told = ((one for id in many if (one := world.recorded(id)) is not None) for many in words)
    proof = both([charge(world, many) for many in told])
    return Charge(proof.proof, proof.alleged, tuple(dict.fromkeys((*bad.notes, *proof.notes))))


class _Request:
    """A request on the day: the acts of each account, and which of them an answer ends."""

    def __init__(self, world: Compiled, record: Record) -> None:
        self._world, self._record = world, record
        own = _founders(world, record)
        first = {world.base.signer(one).publisher for one in own.statements}
        self._asking = asking = _asking(world, own, first)
        self._mine = first | asking
        self._for_all = asking & set(ids_of(world, own, "requester"))
        """Who answers for every account: the requester, where the founder names it."""
        self._term = terms.proof(ANSWER, own, record)
        self._end = end = terms.due(ANSWER, own, record)
        self._over = end is not None and edtf.parse(world.as_of).first > end
        acts = list(_acts(world, record, asking))
        by_office = [one for one in record.statements if world.base.signer(one).identified]
        self._asked = min((edtf.parse(one.statement.value).first for one in own.stand("askedOn")), default=0)
        self._offices = set(with_above(world, ids_of(world, own, "body"))) & set(by_publisher(world, by_office))
        self._answers = [one for one in acts if one.kind == ANSWERED]
        self._waits = [_Act(one, "", -1, -1) for one in by_publisher(world, self._term or own.statements)]
        # That somebody calls it overdue says nothing of a term that is on file and not over.
        self._refusals = [
            one for one in acts if one.kind == REFUSED or (one.kind == OVERDUE and (self._over or end is None))
        ]
        self._parts = [one for one in acts if one.kind == PARTLY and one.publisher in self._mine | self._for_all]

    def _ending(self, act: _Act) -> list[_Act]:
        """The answers that end what an account reports: its own, and later ones of publishers that answer for all."""
        by = {act.publisher} | self._for_all
        return [one for one in self._answers if one.publisher in by and self._later(one, act)]

    def _later(self, answer: _Act, act: _Act) -> bool:
        if answer.moment != act.moment:
            return answer.moment > act.moment
        status = by_publisher(self._world, self._record.stand("status")).get(act.publisher, ())
        return {one.statement.value for one in status} & {ANSWERED, REFUSED, PARTLY} == {ANSWERED}

    def _open(self, many: Iterable[_Act], *, alleged: bool = False) -> list[_Act]:
        return [one for one in many if one.alleged is alleged and not self._ending(one)]

    def ruling(self) -> Ruling:
        """By what is more than alleged."""
        in_time = [any(self._end is None or by.day <= self._end for by in self._ending(one)) for one in self._waits]
        late = self._over and not all(in_time)
        term = charge(self._world, self._term).proof
        if refusals := self._open(self._refusals):
            refused = [one for one in refusals if one.kind == REFUSED]
            mine = [one for one in refused if one.publisher in self._mine]
            counting = mine or refused or refusals
            what = "refused" if mine else "owed" if late or not refused else "reported"
            words = _together(counting, term if late else ())
            return Ruling(what, min(one.day for one in counting), (words,))
        firmly = (one for one in (*self._refusals, *self._waits, *self._parts) if not one.alleged)
        ends = [self._ending(one) for one in firmly]
        if self._answers and self._waits and all(ends):
            chosen = [min(many, key=lambda one: one.moment) for many in ends]
            words_of_each = tuple(dict.fromkeys(many for one in chosen for many in one.words))
            return Ruling("answered", max(one.day for one in chosen), words_of_each)
        withdrawn = firm(only(self._world, self._record, "status", ("withdrawn",)))
        if any(self._world.base.signer(one).publisher in self._asking for one in withdrawn):
            return Ruling("withdrawn")  # nobody owes an answer to a request that the requester withdrew
        if parts := self._open(self._parts):
            return (
                Ruling("partly-owed", words=(_together(parts), term))
                if self._over
                else Ruling("partly", words=(_together(parts),))
            )
        firmly = (one for one in self._answers if not one.alleged and one.day >= self._asked)
        if reply := next((one for one in firmly if one.publisher in self._offices), None):
            return Ruling("replied", reply.day, reply.words)
        return Ruling("owed", words=(term,)) if self._over else Ruling("asked")

    def alleged(self) -> tuple[str, ...]:
        """What is alleged of a refusal, or of a part that is owed, where nothing firm says that an answer is owed."""
        return _together(self._open((*self._refusals, *(self._parts if self._over else ())), alleged=True))


def _together(many: Iterable[_Act], more: Iterable[str] = ()) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(id for one in many for id in one.words[0]), *more)))


def _acts(world: Compiled, record: Record, asking: set[str]) -> Iterator[_Act]:
    """What statements report by the day, each with its day. An answer counts by a day of it; by the word of whoever asked; or by the word
    of one who gives the answer as well. Of two days that one entry gives for an answer the later counts."""
    days = {name: by_publisher(world, record.stand(name)) for name in ("answeredOn", "refusedOn")}
    given = by_publisher(world, [*record.stand("answer"), *record.stand("answerDocument")])
    for one in (*record.claims("status"), *record.claims("refusedOn")):
        by, kind = world.base.signer(one).publisher, REFUSED
        words: tuple[tuple[str, ...], ...] = ((one.id,),)
        if one.statement.property == "status":
            kind = one.statement.value
        elif not possibly_by(world.as_of, one.statement.value):
            continue
        if kind in (REFUSED, OVERDUE) and charge(world, [one]).counts:
            named = [each.statement.value for each in days["refusedOn"].get(by, ()) if kind == REFUSED]
            came = [text for text in named if possibly_by(world.as_of, text)] or named
            day = max((edtf.parse(text).first for text in came), default=said_on(world, one))
        elif kind == PARTLY and stands(one):
            same = [each for each in days["answeredOn"].get(by, ()) if each.recorded == one.recorded]
            day = min((edtf.parse(each.statement.value).first for each in same), default=said_on(world, one))
        elif kind == ANSWERED and stands(one) and not _alleged(one) and by not in days["answeredOn"]:
            if by not in asking and by not in given:
                continue
            day = said_on(world, one)
            words = words if by in asking else (*words, tuple(each.id for each in given[by]))
        else:
            continue
        if day <= edtf.parse(world.as_of).last:
            yield _Act(by, kind, day, one.recorded, words, _alleged(one))
    for by, many in days["answeredOn"].items():
        for one in firm(many):
            same = [each for each in firm(many) if each.recorded == one.recorded]
            if all(possibly_by(world.as_of, each.statement.value) for each in same):
                day = max(edtf.parse(each.statement.value).first for each in same)
                yield _Act(by, ANSWERED, day, one.recorded, ((one.id,),))


def _alleged(one: Recorded) -> bool:
    return one.statement.standing is Standing.ALLEGED


# Whose request it is


def _founders(world: Compiled, record: Record) -> Record:
    """A request as whoever published it first tells it."""
    many = sorted((one for one in record.statements if stands(one)), key=lambda one: one.recorded)
    first = next((one for one in many if is_a(one.statement.type, "InformationRequest")), None)
    by = world.base.signer(first).publisher if first is not None else ""
    return voices.only(record, [one for one in many if world.base.signer(one).publisher == by])


def _asking(world: Compiled, own: Record, first: set[str]) -> set[str]:
    """Whoever asked, by the founder's word; the founder where nobody is named. Nobody who owes the answer."""
    asked = set(ids_of(world, own, "requester")) or first
    owing = with_above(world, ids_of(world, own, "body"))
    return {one for one in asked if world.base.canonical(one) not in owing}
