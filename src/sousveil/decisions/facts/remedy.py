"""Remedy in a State: an open judicial path and an open other one, shown by cases that were heard, and no barrier in the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import of_state, offices
from sousveil.decisions.facts.reading import (
    about_state,
    blocking,
    by_then,
    codes_of,
    fact,
    in_force,
    lifting,
    only,
    surely_by,
)
from sousveil.decisions.facts.standing import (
    Charge,
    Interest,
    Support,
    charge,
    interest,
    merge,
    no_alleged,
    tellers,
)
from sousveil.decisions.facts.surely import least_number
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.records import Record

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

JUDICIAL = frozenset({"court"})
OTHER = frozenset(
    "ombudsman human-rights-institution data-protection national-contact-point parliament regulator".split()
)
CLOSED = frozenset({"barred", "closed"})


NAMING = ("barrierKind",)


def barriers(world: Compiled, deal: Deal, code: str) -> Charge:
    """Barriers of a State that are, or may be, in force on the day."""
    return merge(_barrier(world, record) for record in about_state(world, "RemedyBarrier", code))


def _barrier(world: Compiled, record: Record) -> Charge:
    """What counts of a barrier on the day: by those who tell of it more than as an allegation; where it ended by their word, what is
    alleged of it still."""
    naming = record.by_property.get("barrierKind", ())
    kind = charge(world, naming)
    if not kind.counts or _stands(world, record, firm=not kind.alleged):
        return kind
    soft = charge(world, [one for one in naming if one.statement.standing is Standing.ALLEGED])
    if not kind.alleged and _stands(world, record, firm=False):
        return Charge(soft.proof or kind.proof, True, (*kind.notes, *soft.notes))
    return Charge(notes=(*kind.notes, f"{world.caption(record.id)} does not count any more: it was ended."))


def _stands(world: Compiled, record: Record, *, firm: bool) -> bool:
    gone = world.graph.live(record, NAMING, firm=firm) is False
    return not gone and not _reformed(world, record, firm=firm)


def barrier(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a barrier on the day: it `stands`, was `reformed` or `ended`, is only `coming`, or counts `no` more, for
    nobody's word that there is such a barrier is left. For pages, clocks and cells: they say what an answer says. That it is alleged again
    after its end has it end for no page: an answer says that it is alleged."""
    kind = charge(world, record.by_property.get("barrierKind", ()))
    firm = not kind.alleged
    if not kind.counts:
        return Ruling("no")
    if _stands(world, record, firm=firm):
        return Ruling("stands", words=(kind.proof,))
    told = _tellers(world, record, firm=firm)
    if _reformed(world, record, firm=firm):
        days, words = [], []
        for one in told:
            said, ends = _told_reformed(world, record, one)
            days.append(max(edtf.parse(text).last for text in _days_of(said, ends)))
            words.append(tuple(each.id for each in said))
            words += [tuple(each.id for each in ends)] if ends else []
        return Ruling("reformed", max(days), tuple(words))
    ended = [one for one in world.graph.endings(record, NAMING, firm=firm) if one is not None]
    if len(ended) < len(told):
        return Ruling("coming")
    return Ruling("ended", max(day for day, _ in ended), tuple((id,) for _, id in ended))


def _tellers(world: Compiled, record: Record, *, firm: bool) -> list[str]:
    """Who tells of a barrier; `firm`: more than as an allegation."""
    naming = record.by_property.get("barrierKind", ())
    return list(tellers(world, (one for one in naming if not firm or one.statement.standing is not Standing.ALLEGED)))


def _reformed(world: Compiled, record: Record, *, firm: bool) -> bool:
    """Reformed by the day, by everybody who told of the barrier, each with a day of the reform: the last day of the barrier as they give
    it, else that from which they say that it is reformed. A State does not clear itself. What is to be reformed, or was on a day that is
    not told, bars as before; so does what the same entry calls in force, and an allegation reforms nothing that is told more firmly."""
    told = _tellers(world, record, firm=firm)
    return bool(told) and all(_by_then(world, *_told_reformed(world, record, one)) for one in told)


def _told_reformed(world: Compiled, record: Record, voice: str) -> tuple[list[Recorded], list[Recorded]]:
    """One voice's word that a barrier is reformed, and its last day as this voice gives it."""
    words = tellers(world, only(world, record, "status", ("reformed",))).get(voice, [])
    if voice in _tellers(world, record, firm=True):
        words = [one for one in words if one.statement.standing is not Standing.ALLEGED]
    return words, tellers(world, record.stand("endDate")).get(voice, [])


def _days_of(words: Sequence[Recorded], ends: Sequence[Recorded]) -> list[str]:
    return [one.statement.value for one in ends] or [o.statement.valid_from for o in words if o.statement.valid_from]


def _by_then(world: Compiled, words: Sequence[Recorded], ends: Sequence[Recorded]) -> bool:
    """Whether one voice's word that a barrier is reformed had come true by the day, with the latest of the days that it gives."""
    days = _days_of(words, ends)
    return bool(words) and bool(days) and all(surely_by(world, one) for one in days)


def open_path(world: Compiled, deal: Deal, code: str, kinds: frozenset[str], what: str) -> Value:
    """Whether a path of these kinds is open in a State and works in practice."""
    needs = (
        f"A {what} path to remedy in {world.caption(code)} that is open and heard cases, and the end of every barrier; "
        "confirmed by an independent publisher of another State."
    )
    found = opened(world, deal, code, kinds)
    return lifting(found, needs, no_alleged(barriers(world, deal, code)))


def opened(world: Compiled, deal: Deal, code: str, kinds: frozenset[str]) -> list[Support]:
    """What shows of each path of a State that it is of these kinds, open, and works in practice."""
    return [_opened(world, deal, record, code, kinds) for record in about_state(world, "RemedyPath", code)]


def _opened(world: Compiled, deal: Deal, record: Record, code: str, kinds: frozenset[str]) -> Support:
    courts = offices(world, deal, record, "body", code, office="court", states=(code,))
    if kinds & JUDICIAL and not courts:
        return Support(why=(f"{world.caption(record.id)}: no court of {world.caption(code)} is proven to hear it",))
    return _one(world, record, code, kinds, courts, interest(world, deal, code))


def _one(
    world: Compiled, record: Record, code: str, kinds: frozenset[str], courts: frozenset[str], who: Interest
) -> Support:
    needed: list[tuple[str, frozenset[str] | None]] = [
        *([("body", courts)] if kinds & JUDICIAL else []),
        ("pathKind", kinds),
        ("status", frozenset({"open"})),
        ("practice", None),
        ("casesHeard", None),
    ]
    found = of_state(world, record, code, needed, who)
    if not found.holds:
        return found
    name = world.caption(record.id)
    shut = charge(world, [one for one in record.by_property.get("status", ()) if one.statement.value in CLOSED])
    if shut.counts and not shut.alleged:
        return Support(why=(f"{name}: somebody reports that it is closed",))
    if least_number(world, record, "casesHeard", who) < 1:
        return Support(why=(f"{name}: no case was heard",))
    if not in_force(world, record, "startDate", "endDate", who):
        return Support(why=(f"{name}: it is not on file that it is open on {world.as_of} (since, until or ..)",))
    return found


def _shut(world: Compiled, record: Record) -> Charge:
    """What says that a path is barred or closed on the day, at the standard for blocking."""
    return by_then(world, record, [o for o in record.by_property.get("status", ()) if o.statement.value in CLOSED])


def path(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a path on the day: `shut`, where anybody reports that it is barred or closed; `court` or `other`, where
    somebody who gains nothing confirms all that shows such a one to be open, whoever told of it first; else nothing."""
    found = _shut(world, record)
    if found.counts and not found.alleged:
        return Ruling("shut", words=(found.proof,))
    for code in sorted(codes_of(world, record)):
        for says, kinds in (("court", JUDICIAL), ("other", OTHER)):
            if (shown := _opened(world, world.about(code), record, code, kinds)).holds:
                return Ruling(says, words=tuple((id,) for id in shown.proof))
    return Ruling("")


def _judicial(world: Compiled, deal: Deal, code: str) -> Value:
    return open_path(world, deal, code, JUDICIAL, "judicial")


def _other(world: Compiled, deal: Deal, code: str) -> Value:
    return open_path(world, deal, code, OTHER, "non-judicial")


def _barred(world: Compiled, deal: Deal, code: str) -> Value:
    shut = [_shut(world, record) for record in about_state(world, "RemedyPath", code)]
    return blocking(merge([barriers(world, deal, code), *shut]))


FACTS: tuple[Fact, ...] = (
    fact(
        "state.judicial_path",
        Of.STATE,
        Polarity.LIFTS,
        _judicial,
        asks="Can people harmed turn to a court in {subject}, in practice?",
        needs="An open judicial path in {subject} with cases that were heard, and no barrier.",
    ),
    fact(
        "state.other_path",
        Of.STATE,
        Polarity.LIFTS,
        _other,
        asks="Can people harmed turn to another body than a court in {subject}, in practice?",
        needs="An open non-judicial path in {subject} with cases that were heard, and no barrier.",
    ),
    fact(
        "state.remedy_barred",
        Of.STATE,
        Polarity.BLOCKS,
        _barred,
        asks="Does anything bar remedy in {subject}?",
        needs="Which barriers to remedy there are in {subject}.",
    ),
)
