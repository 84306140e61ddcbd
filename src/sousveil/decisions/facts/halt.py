"""What a State does about the halt: measures in force, and acts that end one."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import (
    Account,
    Charge,
    Required,
    accounts,
    adverse,
    firm,
    merge,
    valid,
    values,
)
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    beneficiaries,
    contradicted,
    no_alleged,
)
from sousveil.decisions.evidence.dates import (
    certainly_by,
    certainly_until,
    earliest,
    ended_by,
    latest,
    possibly_by,
    surely_before,
)
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import act_day, lifting_date, of_state, speaks_as_state
from sousveil.decisions.facts.reading import about_state, blocking, blocks, latest_told, lifts
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.views.records import Record

HALTS = frozenset({"moratorium", "ban", "partial"})
COVERS = {"sale": "sale", "transfer": "transfer", "use": "use"}
"""Action -> what of a measure covers it; every other action serves one of these."""


def _in_force_on(world: Compiled, deal: Deal, code: str, *, excepted: bool) -> dict[str, Charge]:
    """Measures in force by their ids: those that leave out somebody or something of the deal by name (`excepted`), or nobody and nothing.

    Whom a measure leaves out counts where it is reported or confirmed (policy 1).
    """
    covers = COVERS.get(str(deal.question.action))
    required: list[Required] = [("measureKind", HALTS), ("covers", {covers} if covers else None)]
    required += [("excepts", None)] if excepted else []
    of_deal = {*deal.vendors, *deal.recipients, deal.product, *(one.id for one in deal.parties)}

    def counts(account: Account) -> bool:
        left_out = {world.base.target(one) for one in firm(values(account, "excepts"))}
        return _in_force(world, account) and bool(left_out & of_deal) is excepted

    found = {}
    for measure in about_state(world, "MoratoriumMeasure", code):
        now = adverse(world, measure, required, when=counts)
        notes = (_since(world, measure), *_exceptions(world, measure, now)) if now.counts and not excepted else ()
        found[measure.id] = Charge(now.proof, now.alleged, (*now.notes, *filter(None, notes)))
    return found


@blocks(
    "deal.halt_excepts",
    asks="Does a measure of a State that halts this leave out a party or product of the deal?",
    needs="Whom and what the measures of the States leave out.",
)
def _excepts(world: Compiled, deal: Deal, _: str) -> Value:
    found = []
    for code in deal.states:
        now = merge(_in_force_on(world, deal, code, excepted=True).values())
        note = (f"A measure of {world.caption(code)} itself excepts this deal.",) if now.counts else ()
        found.append(Charge(now.proof, now.alleged, (*now.notes, *note)))
    return blocking(merge(found), otherwise=Truth.FALSE)  # else `halt_in_force` asks


def _exceptions(world: Compiled, measure: Record, charge: Charge) -> Iterator[str]:
    """What an answer says of an exception without a record of whom it leaves out: it may cover the deal, which stays blocked under (a).
    Only those speak for the measure by whose accounts it counts."""
    proof = filter(None, map(world.recorded, charge.proof))
    speaking = {world.base.signer(one).publisher for one in proof}
    own = [one for one in firm(measure.statements) if world.base.signer(one).publisher in speaking]
    for one in values(own, "exception") if not values(own, "excepts") else ():
        yield (
            f"“{world.caption(measure.id)}” of its own State makes an exception: “{one.statement.value.rstrip(' .')}”. The register does "
            "not record whether it covers this. Under (a) it stays blocked."
        )


@blocks(
    "state.halt_in_force",
    asks="Has {subject} halted this by a measure of its own?",
    needs="Whether {subject} has a measure in force that halts this.",
)
def _halt(world: Compiled, deal: Deal, code: str) -> Value:
    """What is in force on the day, or may be. An announced measure halts nothing yet: it is named where nothing else halts. Where a measure
    in force leaves out this deal, and nothing else may halt it, nothing halts it: `halt_excepts` blocks."""
    measures = about_state(world, "MoratoriumMeasure", code)
    covers = COVERS.get(str(deal.question.action))
    charge = merge(_in_force_on(world, deal, code, excepted=False).values())
    sparing = {id: one for id, one in _in_force_on(world, deal, code, excepted=True).items() if one.counts}
    coming = [
        one
        for one in measures
        if one.id not in sparing
        and any(_announced(world, account, covers) for account in accounts(world, one, ("measureKind", "covers")))
    ]
    spared = bool(sparing) and not coming and not merge(sparing.values()).alleged
    value = blocking(charge, otherwise=Truth.FALSE if spared else Truth.UNKNOWN)
    if value.truth is Truth.TRUE or not coming:
        return value
    names = ", ".join(dict.fromkeys(f"“{world.caption(one.id)}”" for one in coming))
    needs = (
        f"Whether {world.caption(code)} has a measure in force that halts this: it has announced a halt ({names}), which is not in "
        f"force on {world.as_of} by what is on file."
    )
    return Value(value.truth, needs=needs, notes=value.notes)


def _in_force(world: Compiled, account: Account) -> bool:
    """Whether an account does not call its measure merely announced, nor ended, and its announcement does not lie ahead."""
    status = {one.statement.value for one in values(account, "status")}
    announced = [] if values(account, "startDate") else values(account, "date")
    return (
        status != {"announced"}
        and not (status == {"ended"} and not values(account, "endDate"))
        and possibly_by(world.as_of, earliest(one.statement.value for one in announced))
    )


def _announced(world: Compiled, account: Account, covers: str | None) -> bool:
    """Whether an account tells of a halt that is still to come."""
    kinds = {one.statement.value for one in values(account, "measureKind")}
    covered = {one.statement.value for one in values(account, "covers")}
    over = (ended_by(world.as_of, one.statement.value) for one in values(account, "endDate"))
    return bool(kinds & HALTS) and (covers in covered or (covers is None and bool(covered))) and not any(over)


def _since(world: Compiled, measure: Record) -> str:
    """What an answer says of a measure that is called in force, of which no first day is told, for a day before that word: it may be in
    force then, and so it counts; map, cell and clock have it in force from the day of the word on."""
    words = [one for one in measure.stand("status") if one.statement.value == "in-force"]
    days = [one.statement.valid_from or one.statement.asserted or world.base.logged.get(one.recorded) for one in words]
    if (
        not words
        or measure.stand("startDate")
        or any(one is not None and certainly_by(world.as_of, one) for one in days)
    ):
        return ""
    return f"“{world.caption(measure.id)}” is called in force, and not since when: it counts on {world.as_of}, for it may be."


@lifts(
    "state.halt_ended",
    asks="Has {subject} ended the halt by an act with a date?",
    # The same words for every action: what differs by action alone would make each State, and each set of States, another one in it.
    needs="An act of {subject} in force, with a date, that ends its halt of what is asked here (of sale, transfer and use together, "
    "where it is none of these), confirmed by an independent publisher.",
)
def _lifted(world: Compiled, deal: Deal, code: str) -> list[Support]:
    who, acts = beneficiaries(deal, code), about_state(world, "MoratoriumMeasure", code)
    wanted = [COVERS[deal.question.action]] if deal.question.action in COVERS else sorted(COVERS.values())
    halts = [(one, [kind for kind in one.stand("measureKind") if kind.statement.value in HALTS]) for one in acts]
    last = latest(latest_told(world, one, kinds) for one, kinds in halts if kinds)
    found = [_act(world, one, code, wanted, who, last) for one in acts]
    own = all(any(_own(world, one, code, what, who) for one in acts) for what in wanted)
    return [
        one.provided(own, f"{world.caption(code)} itself does not say so, or not that it is in force") for one in found
    ]


def _act(
    world: Compiled, measure: Record, code: str, wanted: list[str], who: Beneficiaries, last: str | None
) -> Support:
    """An act that ends a halt. `last`: the day of the last halt on file."""
    name = world.caption(measure.id)
    needed: dict[str, Wanted] = {"measureKind": "lifted", "status": "in-force", "covers": tuple(wanted)}
    found = of_state(world, measure, code, needed, who)
    if not found.holds:
        return found
    other = no_alleged(contradicted(world, measure, "status", frozenset({"announced", "ended"}))).counts
    # By what may lift it has begun; and no first or last day of it, whoever gives it, says that it has not, or is over.
    start = lifting_date(world, measure, "startDate", who, latest=True, alone=True)
    begun = certainly_by(world.as_of, act_day(world, measure, who, "startDate", "date"))
    end = lifting_date(world, measure, "endDate", who, latest=False, alone=True)
    days = (lifting_date(world, measure, one, who, latest=False) for one in ("startDate", "date"))
    first = next(filter(None, days), None)
    found = found.provided(not other, f"{name}: another status is reported")
    found = found.provided(
        begun and (start is None or certainly_by(world.as_of, start)),
        f"{name}: it has no day, or one after {world.as_of}",
    )
    found = found.provided(
        end is None or certainly_until(world.as_of, end), f"{name}: it does not surely hold on {world.as_of}"
    )
    return found.provided(
        last is None or surely_before(last, first), f"{name}: a halt is on file that is not surely earlier"
    )


def _own(world: Compiled, measure: Record, code: str, what: str, who: Beneficiaries) -> bool:
    """Whether the State itself, or a body of the whole of it, says in a record that it ends a halt and that this is in force, as the map
    of measures asks: what it is and since when is its own act, and an independent publisher confirms that it did so."""
    own = [one for one in measure.statements if valid(world, one) and speaks_as_state(world, one, code, who)]

    def says(name: str) -> set[str]:
        return {one.statement.value for one in values(own, name)}

    days = says("startDate") or says("date")
    return (
        "lifted" in says("measureKind")
        and "in-force" in says("status")
        and what in (says("covers") or {what})
        and bool(days)
        and all(certainly_by(world.as_of, day) for day in days)
    )
