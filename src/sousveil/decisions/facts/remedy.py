"""Remedy in a State: an open judicial path and an open other one, shown by cases that were heard, and no barrier in the way."""

from __future__ import annotations

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import (
    Account,
    Charge,
    Required,
    adverse,
    by_publisher,
    charge,
    firm,
    last_status,
    merge,
    values,
)
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    beneficiaries,
    least_number,
    no_alleged,
    support,
)
from sousveil.decisions.evidence.dates import certainly_by, ended_by
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import of_state, offices
from sousveil.decisions.facts.reading import about_state, blocks, codes_of, in_force, lifting, lifts
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.views.records import Record

JUDICIAL = frozenset({"court"})
OTHER = frozenset(
    "ombudsman human-rights-institution data-protection national-contact-point parliament regulator".split()
)
CLOSED = frozenset({"barred", "closed"})


_KIND: tuple[Required, ...] = (("barrierKind", None),)


def barriers(world: Compiled, deal: Deal, code: str) -> Charge:
    """Barriers of a State that are, or may be, in force on the day."""
    return merge(_barrier(world, record) for record in about_state(world, "RemedyBarrier", code))


def _barrier(world: Compiled, record: Record) -> Charge:
    found = adverse(world, record, _KIND, when=lambda account: not _reform(world, account))
    if found.counts or not charge(world, record.claims("barrierKind")).counts:
        return found
    return Charge(notes=(*found.notes, f"{world.caption(record.id)} does not count any more: it was ended."))


def barrier(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a barrier on the day: it `stands`, was `reformed` or `ended`, is only `coming`, or counts `no` more, because
    its publishers took it back. An allegation revives no barrier on pages, clocks and cells: an answer says that it is alleged."""
    kind = charge(world, record.claims("barrierKind"))
    found = _barrier(world, record)
    if not kind.counts:
        return Ruling("no")
    if found.counts and (kind.alleged or not found.alleged):
        return Ruling("stands", words=(kind.proof,))
    by = by_publisher(world, record.statements).values()
    naming = [one for one in by if (values if kind.alleged else _firm_values)(one, "barrierKind")]
    reforms = [_reform(world, one) for one in naming]
    if all(reforms):
        ids = tuple((one.id,) for reform in reforms for one in reform)
        return Ruling("reformed", max(_last_day(one) for reform in reforms for one in reform), ids)
    ends = [
        [one for one in values(account, "endDate") if ended_by(world.as_of, one.statement.value)] for account in naming
    ]
    if not all(ends):
        return Ruling("coming")
    lasts = [max(many, key=lambda one: edtf.parse(one.statement.value).last) for many in ends]
    return Ruling(
        "ended", max(edtf.parse(one.statement.value).last for one in lasts), tuple((one.id,) for one in lasts)
    )


def _firm_values(account: Account, name: str) -> list[Recorded]:
    return firm(values(account, name))


def _reform(world: Compiled, account: Account) -> list[Recorded]:
    """The statements by which an account ends its barrier by a reform, the last status first; empty where it does not.

    The account's last status alone is `reformed`, and each day that it gives (its last day, else that from which the status is valid) is
    past. Where the barrier is reported, an allegation reforms nothing.
    """
    last = last_status(account)
    if {one.statement.value for one in last} != {"reformed"}:
        return []
    ends = values(account, "endDate")
    days = [one.statement.value for one in ends] or [one.statement.valid_from or "" for one in last]
    return [*last, *ends] if all(day and certainly_by(world.as_of, day) for day in days) else []


def _last_day(one: Recorded) -> int:
    day = one.statement.value if one.statement.property == "endDate" else one.statement.valid_from
    return edtf.parse(day).last if day else 0


def open_path(world: Compiled, deal: Deal, code: str, kinds: frozenset[str], what: str) -> Value:
    """Whether a path of these kinds is open in a State and works in practice."""
    needs = (
        f"A {what} path to remedy in {world.caption(code)} that is open and heard cases, and the end of every barrier; "
        "confirmed by two independent publishers."
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
    return _one(world, record, code, kinds, courts, beneficiaries(deal, code))


def _one(
    world: Compiled, record: Record, code: str, kinds: frozenset[str], courts: frozenset[str], who: Beneficiaries
) -> Support:
    needed: list[tuple[str, frozenset[str] | None]] = [
        *([("body", courts)] if kinds & JUDICIAL else []),
        ("pathKind", kinds),
    ]
    practice: list[tuple[str, frozenset[str] | None]] = [
        ("status", frozenset({"open"})),
        ("practice", None),
        ("casesHeard", None),
    ]
    found = of_state(world, record, code, needed, who).also(support(world, record, practice, who, publishers=2))
    if not found.holds:
        return found
    name = world.caption(record.id)
    shut = charge(world, [one for one in record.claims("status") if one.statement.value in CLOSED])
    if shut.counts and not shut.alleged:
        return Support(why=(f"{name}: somebody reports that it is closed",))
    if least_number(world, record, "casesHeard", who) < 1:
        return Support(why=(f"{name}: no case was heard",))
    if not in_force(world, record, "startDate", "endDate", who):
        return Support(why=(f"{name}: it is not on file that it is open on {world.as_of} (since, until or ..)",))
    return found


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


@lifts(
    "state.judicial_path",
    asks="Can people harmed turn to a court in {subject}, in practice?",
    needs="An open judicial path in {subject} with cases that were heard, and no barrier.",
)
def _judicial(world: Compiled, deal: Deal, code: str) -> Value:
    return open_path(world, deal, code, JUDICIAL, "judicial")


@lifts(
    "state.other_path",
    asks="Can people harmed turn to another body than a court in {subject}, in practice?",
    needs="An open non-judicial path in {subject} with cases that were heard, and no barrier.",
)
def _other(world: Compiled, deal: Deal, code: str) -> Value:
    return open_path(world, deal, code, OTHER, "non-judicial")


@blocks(
    "state.remedy_barred",
    asks="Does anything bar remedy in {subject}?",
    needs="Which barriers to remedy there are in {subject}.",
)
def _barred(world: Compiled, deal: Deal, code: str) -> Charge:
    shut = [_shut(world, record) for record in about_state(world, "RemedyPath", code)]
    return merge([barriers(world, deal, code), *shut])
