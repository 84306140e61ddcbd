"""Remedy in a State: an open judicial path and an open other one, shown by cases that were heard, and no barrier in the way."""

from __future__ import annotations

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, adverse, by_publisher, charge, firm, merge, values
from sousveil.decisions.evidence.admissibility import (
    Support,
    Wanted,
    beneficiaries,
    contradicted,
    least_number,
    no_alleged,
    support,
)
from sousveil.decisions.facts.laws import ended
from sousveil.decisions.facts.offices import of_state, offices
from sousveil.decisions.facts.reading import about_state, blocks, codes_of, ending, in_force, lifts
from sousveil.decisions.model import Deal, Ruling
from sousveil.register.views.records import Record

JUDICIAL = frozenset({"court"})
OTHER = frozenset(
    "ombudsman human-rights-institution data-protection national-contact-point parliament regulator".split()
)
CLOSED = frozenset({"barred", "closed"})
REFORMED, UNTIL = ("reformed",), "endDate"


def barriers(world: Compiled, code: str) -> Charge:
    """Barriers of a State that are, or may be, in force on the day."""
    return merge(_barrier(world, record) for record in about_state(world, "RemedyBarrier", code))


def _barrier(world: Compiled, record: Record) -> Charge:
    return adverse(
        world, record, [("barrierKind", None)], when=lambda account: not ending(world, account, UNTIL, REFORMED)
    )


def barrier(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a barrier on the day: it `stands`, was `reformed` or `ended`, is only `coming`, or counts `no` more, because
    its publishers took it back. An allegation revives no barrier on pages, clocks and cells: an answer says that it is alleged."""
    kind = charge(world, record.claims("barrierKind"))
    found = _barrier(world, record)
    if not kind.counts:
        return Ruling("no")
    if found.counts and (kind.alleged or not found.alleged):
        return Ruling("stands", words=(kind.proof,))
    accounts = by_publisher(world, record.statements if kind.alleged else firm(record.statements))
    naming = (one for one in accounts.values() if values(one, "barrierKind"))
    return ended(world, naming, UNTIL, REFORMED, "coming")


def opened(world: Compiled, deal: Deal, code: str, kinds: frozenset[str]) -> list[Support]:
    """What shows of each path of a State that it is of these kinds, open, and works in practice."""
    return [_opened(world, deal, record, code, kinds) for record in about_state(world, "RemedyPath", code)]


def _opened(world: Compiled, deal: Deal, record: Record, code: str, kinds: frozenset[str]) -> Support:
    name, who = world.caption(record.id), beneficiaries(deal, code)
    needed: dict[str, Wanted] = {"pathKind": kinds}
    if kinds & JUDICIAL:
        needed["body"] = offices(world, deal, record, "body", code, office="court", states=(code,))
        if not needed["body"]:
            return Support(why=(f"{name}: no court of {world.caption(code)} is proven to hear it",))
    practice: dict[str, Wanted] = {"status": "open", "practice": None, "casesHeard": None}
    found = of_state(world, record, code, needed, who).also(support(world, record, practice, who, publishers=2))
    shut = no_alleged(contradicted(world, record, "status", CLOSED)).counts
    practised = least_number(world, record, "casesHeard", who) >= 1
    open_on = practised and not shut and in_force(world, record, "startDate", UNTIL, who)
    why = f"{name}: no record shows it open with cases heard on {world.as_of} (since, until or ..)"
    return found.provided(open_on, why)


def _shut(world: Compiled, record: Record) -> Charge:
    """What says that a path is barred or closed on the day, at the standard of an adverse fact."""
    return adverse(world, record, [("status", CLOSED)])


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


def _declare(name: str, kinds: frozenset[str], where: str, path: str) -> None:
    @lifts(
        f"state.{name}",
        asks=f"Can people harmed turn to {where} in {{subject}}, in practice?",
        needs=f"A {path} path to remedy in {{subject}} that is open and heard cases, and the end of every barrier; confirmed by two "
        "independent publishers.",
    )
    def derive(world: Compiled, deal: Deal, code: str) -> tuple[list[Support], Charge]:
        return opened(world, deal, code, kinds), no_alleged(barriers(world, code))


_declare("judicial_path", JUDICIAL, "a court", "judicial")
_declare("other_path", OTHER, "another body than a court", "non-judicial")


@blocks(
    "state.remedy_barred",
    asks="Does anything bar remedy in {subject}?",
    needs="Which barriers to remedy there are in {subject}.",
)
def _barred(world: Compiled, deal: Deal, code: str) -> Charge:
    shut = [_shut(world, record) for record in about_state(world, "RemedyPath", code)]
    return merge([barriers(world, code), *shut])
