"""A request for information: the one test of whether it was answered, refused, or waits, for rule, cell, label, clock and page.

Each publisher's account counts by its last act; what one publisher reports is answered by that publisher, or by the requester (policy 3).
An act counts from the day that it names, else from the day of its statement; of one day what the log had later. A partial answer does not
answer the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sousveil.decisions import voices
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import (
    Charge,
    both,
    by_publisher,
    charge,
    firm,
    first_account,
    last_status,
    values,
)
from sousveil.decisions.evidence.dates import possibly_by
from sousveil.decisions.facts.reading import ids_of, said_on, with_above
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.f_contracts import ANSWER
from sousveil.decisions.rulings import Ruling
from sousveil.register import edtf
from sousveil.register.views.records import Record

OWED = frozenset({"refused", "reported", "owed", "partly-owed"})
"""Words of the test by which an answer is owed."""
ANSWERED, PARTLY, REFUSED, OVERDUE = "answered", "partly-answered", "refused", "overdue"


class _Act(NamedTuple):
    """An answer or refusal as one publisher reports it; of each group of statements one is needed."""

    day: int
    entry: int
    kind: str
    publisher: str
    words: tuple[tuple[str, ...], ...] = ()
    alleged: bool = False


def request(world: Compiled, record: Record) -> Ruling:
    """What is to be said of a request on the day: `answered`, `partly` (`partly-owed` when its time is over), `refused`, `reported` (a
    refusal that neither the requester nor the first publisher reports, in time), `withdrawn`, `replied` (the office that owes it answered
    with an identified key, and nobody confirms it), `owed` (its time is over), `asked`."""
    return _judge(world, record)[0]


def owed(world: Compiled, record: Record) -> Charge:
    """A request that was refused, or whose time to answer is over on the day, without an answer since."""
    found, alleged = _judge(world, record)
    bad = charge(world, record.claims("status", "refusedOn"))
    words = found.words if found.says in OWED else (alleged,)
    proof = both([charge(world, filter(None, map(world.recorded, many))) for many in words])
    return Charge(proof.proof, proof.alleged, tuple(dict.fromkeys((*bad.notes, *proof.notes))))


def _judge(world: Compiled, record: Record) -> tuple[Ruling, tuple[str, ...]]:
    """The ruling by what is more than alleged; and what is alleged of a refusal, or of a part that is owed."""
    own = voices.only(record, first_account(world, record, "InformationRequest"))
    first = {world.base.signer(one).publisher for one in own.statements}
    owing = set(with_above(world, ids_of(world, own, "body")))
    requesters = set(ids_of(world, own, "requester"))
    asking = {one for one in requesters or first if world.base.canonical(one) not in owing}
    for_all, mine = asking & requesters, asking | first
    term, end = terms.proof(ANSWER, own, record), terms.due(ANSWER, own, record)
    over = end is not None and edtf.parse(world.as_of).first > end
    acts = list(_acts(world, record, asking))
    answers = [one for one in acts if one.kind == ANSWERED]

    def answering(act: _Act) -> list[_Act]:
        return [one for one in answers if one.publisher in {act.publisher, *for_all} and one[:2] > act[:2]]

    waits = [_Act(-1, -1, "asked", one) for one in by_publisher(world, term or own.statements)]
    # That somebody calls it overdue says nothing of a term that is on file and not over.
    refusals = [one for one in acts if one.kind == REFUSED or (one.kind == OVERDUE and (over or end is None))]
    parts = [one for one in acts if one.kind == PARTLY and one.publisher in mine]
    unanswered = [one for one in (*refusals, *parts) if not answering(one)]
    alleged = _together(one for one in unanswered if one.alleged and (one in refusals or over))
    standing = [one for one in unanswered if not one.alleged]
    since = charge(world, term).proof

    def ruling() -> Ruling:
        if refused := [one for one in standing if one.kind != PARTLY]:
            late = over and not all(any(end is None or by.day <= end for by in answering(one)) for one in waits)
            by_mine = [one for one in refused if one.kind == REFUSED and one.publisher in mine]
            counting = by_mine or [one for one in refused if one.kind == REFUSED] or refused
            says = "refused" if by_mine else "owed" if late or counting[0].kind == OVERDUE else "reported"
            return Ruling(says, min(one.day for one in counting), (_together(counting, since if late else ()),))
        ended = [answering(one) for one in (*refusals, *waits, *parts) if not one.alleged]
        if answers and waits and all(ended):
            chosen = [min(many) for many in ended]
            words = tuple(dict.fromkeys(many for one in chosen for many in one.words))
            return Ruling("answered", max(one.day for one in chosen), words)
        for by, account in by_publisher(world, record.statements).items():
            last = firm(last_status(account))
            if by in asking and {one.statement.value for one in last} == {"withdrawn"}:
                return Ruling("withdrawn")  # nobody owes an answer to a request that the requester withdrew
        if standing:
            return Ruling("partly-owed" if over else "partly", words=(_together(standing), since)[: 2 if over else 1])
        asked = min((edtf.parse(one.statement.value).first for one in own.stand("askedOn")), default=0)
        offices = owing & set(by_publisher(world, (o for o in record.statements if world.base.signer(o).identified)))
        for one in answers:
            if one.day >= asked and one.publisher in offices:
                return Ruling("replied", one.day, one.words)
        return Ruling("owed", words=(since,)) if over else Ruling("asked")

    return ruling(), alleged


def _together(many: Iterable[_Act], more: Iterable[str] = ()) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(id for one in many for id in one.words[0]), *more)))


def _acts(world: Compiled, record: Record, asking: set[str]) -> Iterator[_Act]:
    """What statements report by the day, each with its day: of a refusal the earliest, of an answer the latest that its entry gives. An
    answer counts by its day, by the word of the requester, or by the word of a publisher that gives the answer as well."""
    last = edtf.parse(world.as_of).last
    for by, account in by_publisher(world, record.statements).items():
        answered, given = firm(values(account, "answeredOn")), values(account, "answer", "answerDocument")
        days = {
            kind: min((edtf.parse(one.statement.value).first for one in values(account, name)), default=None)
            for kind, name in ((REFUSED, "refusedOn"), (PARTLY, "answeredOn"))
        }
        for one in values(account, "status", "refusedOn"):
            kind = one.statement.value if one.statement.property == "status" else REFUSED
            alleged, words = not firm([one]), list[tuple[str, ...]]([(one.id,)])
            day = days.get(kind)
            if one.statement.property == "refusedOn":
                day = edtf.parse(one.statement.value).first
            if kind == ANSWERED:
                if alleged or answered or not (by in asking or given):
                    continue
                words += [] if by in asking else [tuple(each.id for each in given)]
            elif kind not in (REFUSED, OVERDUE, PARTLY) or not charge(world, [one]).counts:
                continue
            if (at := said_on(world, one) if day is None else day) <= last:
                yield _Act(at, one.recorded, kind, by, tuple(words), alleged)
        for one in () if any(each.statement.value == PARTLY for each in last_status(account)) else answered:
            same = [each.statement.value for each in answered if each.recorded == one.recorded]
            if all(possibly_by(world.as_of, each) for each in same):
                latest = max(edtf.parse(each).first for each in same)
                yield _Act(latest, one.recorded, ANSWERED, by, ((one.id,),))
