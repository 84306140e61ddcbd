"""What a State does about the halt: measures in force, and acts that end one."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import (
    Account,
    Charge,
    Required,
    adverse,
    firm,
    given,
    merge,
    reported,
    valid,
    values,
)
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, Wanted, beneficiaries
from sousveil.decisions.evidence.dates import (
    certainly_before,
    certainly_by,
    certainly_until,
    earliest,
    latest,
    possibly_by,
)
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import act_day, lifting_date, of_state, speaks_as_state
from sousveil.decisions.facts.reading import about_state, blocking, blocks, latest_reported, lifts
from sousveil.decisions.model import Deal, Truth
from sousveil.register.views.records import Record

HALTS = frozenset({"moratorium", "ban", "partial"})
ACTIVITIES = ("sale", "transfer", "use")
"""Actions that a measure names; every other action serves one of these."""


def _in_force_on(world: Compiled, deal: Deal, measure: Record, *, excepted: bool) -> Charge:
    """Whether a measure may be in force, by accounts that leave out a party or product of the deal (`excepted`), or do not."""
    action = str(deal.question.action)
    required: list[Required] = [("measureKind", HALTS), ("covers", {action} if action in ACTIVITIES else None)]
    of_deal = {*deal.vendors, *deal.recipients, deal.product, *(one.id for one in deal.parties)}

    def counts(account: Account) -> bool:
        status, announced = given(account, "status"), () if values(account, "startDate") else given(account, "date")
        left_out = {world.base.target(one) for one in firm(values(account, "excepts"))}
        return (
            bool(left_out & of_deal) is excepted
            and status != {"announced"}
            and not (status == {"ended"} and not values(account, "endDate"))
            and possibly_by(world.as_of, earliest(announced))
        )

    return adverse(world, measure, [*required, *([("excepts", None)] if excepted else [])], when=counts)


@blocks("deal.halt_excepts", asks="Does a measure of a State that halts this leave out a party or product of the deal?")
def _excepts(world: Compiled, deal: Deal, _: str) -> Value:
    measures = {code: about_state(world, "MoratoriumMeasure", code) for code in deal.states}
    found = {
        code: merge(_in_force_on(world, deal, one, excepted=True) for one in many) for code, many in measures.items()
    }
    notes = [f"A measure of {world.caption(code)} itself excepts this deal." for code in found if found[code].counts]
    return blocking(merge(found.values()), otherwise=Truth.FALSE, notes=notes)  # else `halt_in_force` asks


def _exceptions(world: Compiled, measure: Record, charge: Charge) -> Iterator[str]:
    """A sentence for each exception without a record of whom it leaves out, by the accounts by which the measure counts."""
    speaking = {world.base.signer(one).publisher for one in filter(None, map(world.recorded, charge.proof))}
    own = [one for one in firm(measure.statements) if world.base.signer(one).publisher in speaking]
    for one in values(own, "exception") if not values(own, "excepts") else ():
        yield (
            f"“{world.caption(measure.id)}” of its own State makes an exception: “{one.statement.value.rstrip(' .')}”. The register does "
            "not record whether it covers this. Under (a) it stays blocked."
        )


@blocks("state.halt_in_force", asks="Has {subject} halted this by a measure of its own?")
def _halt(world: Compiled, deal: Deal, code: str) -> Value:
    """What is, or may be, in force; `halt_excepts` asks about exceptions."""
    measures = about_state(world, "MoratoriumMeasure", code)
    charges = [(one, _in_force_on(world, deal, one, excepted=False)) for one in measures]
    found = merge(charge for _, charge in charges)
    notes = (note for one, charge in charges if charge.counts for note in _exceptions(world, one, charge))
    spared = merge(_in_force_on(world, deal, one, excepted=True) for one in measures)
    return blocking(
        found, otherwise=Truth.FALSE if spared.counts and not spared.alleged else Truth.UNKNOWN, notes=notes
    )


@lifts(
    "state.halt_ended",
    asks="Has {subject} ended the halt by an act with a date?",
    needs="An act of {subject} in force, with a date, that ends its halt of what is asked here (of sale, transfer and use together, "
    "where it is none of these), confirmed by an independent publisher.",
)
def _lifted(world: Compiled, deal: Deal, code: str) -> list[Support]:
    """Acts that are confirmed, begun, reported over by nobody, and later than the newest halt; and the State's own word of all this."""
    who, acts = beneficiaries(deal, code), about_state(world, "MoratoriumMeasure", code)
    action, found = str(deal.question.action), list[Support]()
    wanted = (action,) if action in ACTIVITIES else ACTIVITIES
    halts = [(one, [kind for kind in one.stand("measureKind") if kind.statement.value in HALTS]) for one in acts]
    last = latest(latest_reported(world, one, kinds) for one, kinds in halts if kinds)
    needed: dict[str, Wanted] = {"measureKind": "lifted", "status": "in-force", "covers": wanted}
    own = all(any(_own(world, act, code, what, who) for act in acts) for what in wanted)
    for act in acts:
        name, claims = world.caption(act.id), [one for one in act.statements if reported(world, one)]
        other = given(claims, "status") & {"announced", "ended"}
        end = lifting_date(world, act, "endDate", who, latest=False, alone=True)
        begun = certainly_by(world.as_of, act_day(world, act, who, "startDate", "date"))
        # Every day that somebody reports of its beginning has come, and lies after the halt.
        for day in given(claims, "startDate", "date"):
            begun = begun and certainly_by(world.as_of, day) and (last is None or certainly_before(last, day))
        over = end is not None and not certainly_until(world.as_of, end)
        why = f"{name}: by its dates it does not end the halt on {world.as_of}, or another status is reported"
        shown = of_state(world, act, code, needed, who).provided(begun and not over and not other, why)
        why = f"{name}: {world.caption(code)} itself does not say so, or not that it is in force"
        found.append(shown.provided(own, why))
    return found


def _own(world: Compiled, measure: Record, code: str, what: str, who: Beneficiaries) -> bool:
    """Whether the State itself says in a record that it ends a halt of this, and that the act is in force, with a past day."""
    own = [one for one in measure.statements if valid(world, one) and speaks_as_state(world, one, code, who)]
    days = given(own, "startDate") or given(own, "date")
    return (
        "lifted" in given(own, "measureKind")
        and "in-force" in given(own, "status")
        and what in (given(own, "covers") or {what})
        and bool(days)
        and all(certainly_by(world.as_of, day) for day in days)
    )
