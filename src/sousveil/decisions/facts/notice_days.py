"""How many days a proposal has to be public before a board decides: what the law of its place sets, else what the pack says.

A law counts for the body that buys where it is a law of the whole State, or of something that the body is part of, as a city is. It sets
fewer days than the pack only where what it says is proven as everything is that lifts; more days count as soon as they are reported.
Where a body is told to be of several States each has its own days, and the most of them are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import parameters
from sousveil.decisions.callings import called
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Required, adverse
from sousveil.decisions.evidence.admissibility import Beneficiaries, Wanted, beneficiaries, objection
from sousveil.decisions.facts.offices import of_state, surely_called
from sousveil.decisions.facts.reading import about_state, closure, in_force, most_days, narrowed, with_above
from sousveil.decisions.world import Deal
from sousveil.register.model import Recorded
from sousveil.register.views.records import Record

NOTICE_DAYS = parameters.days("letter-2021", "notice_days")
TOPIC = "community-boards"


def asked_by_law(world: Compiled, deal: Deal) -> int:
    """The days that are asked for at the least, whatever the proposal and its notices say."""
    least: list[int] = []
    reported: list[int] = []
    for code in deal.buyer_states:
        proven: list[int] = []
        who = beneficiaries(deal, code)
        for law in about_state(world, "Law", code):
            if TOPIC not in {one.statement.value for one in law.claims("topic")}:
                continue
            told = law.claims("noticeDays")
            if told and _may_cover(world, deal, law):
                reported.append(_reported(world, law, told))
            if told and _proven(world, deal, law, code, who):
                proven.append(most_days(one for one in told if not objection(world, one, who)))
        # A State without a proven law asks for what the pack says, whatever another one asks for: who adds a State takes no day away.
        least.append(max(proven, default=0) or NOTICE_DAYS)
    return max((*least, *reported), default=NOTICE_DAYS)


def _reported(world: Compiled, law: Record, told: Iterable[Recorded]) -> int:
    """For more days: what is said of the law at the standard for blocking. It ends by the word of all who tell of its days."""
    required: list[Required] = [("noticeDays", None), ("status", {"in-force"})]
    found = adverse(world, law, required, since=("inForceFrom", *DATED), until="inForceUntil")
    return 0 if found.alleged else most_days(one for one in told if one.id in found.proof)


def _proven(world: Compiled, deal: Deal, law: Record, code: str, who: Beneficiaries) -> bool:
    needed: dict[str, Wanted] = {"topic": TOPIC, "status": "in-force", "noticeDays": None}
    return (
        of_state(world, law, code, needed, who).holds
        and in_force(world, law, "inForceFrom", "inForceUntil", who)
        and _surely_covers(world, deal, law, who)
    )


def _may_cover(world: Compiled, deal: Deal, law: Record) -> bool:
    """For more days: it is a law of the whole State unless all who tell of its days say of whom it is, and that is not the buyer's."""
    places = narrowed(world, law, "state", "noticeDays")
    if not places or any(called(one, "State") for one in filter(None, map(world.record, sorted(places)))):
        return True
    return not places.isdisjoint(with_above(world, deal.end_users))


def _surely_covers(world: Compiled, deal: Deal, law: Record, who: Beneficiaries) -> bool:
    """For fewer days: each step is by a statement that lifts, and nobody says that it is the law of something else."""
    places = {world.base.target(one) for one in law.stand("state") if not objection(world, one, who)}
    if not places:
        return not law.stand("state")

    def above(id: str) -> Iterable[str]:
        there = world.record(id)
        claims = there.claims("partOf") if there is not None else ()
        return (world.base.target(one) for one in claims if not objection(world, one, who))

    whole = any(surely_called(world, one, "State", who) for one in filter(None, map(world.record, sorted(places))))
    return whole or not places.isdisjoint(closure(deal.end_users, above))
