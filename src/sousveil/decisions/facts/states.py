"""How a State buys, and in which work on standards it takes part."""

from __future__ import annotations

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import adverse, merge
from sousveil.decisions.evidence.admissibility import Support, Wanted, beneficiaries, contradicted
from sousveil.decisions.facts.laws import NO_STANDARD
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import of_state
from sousveil.decisions.facts.reading import about_state, blocking, in_force, lifts, scope, values_of
from sousveil.decisions.world import Deal
from sousveil.register.views.records import Record

REQUIRES = ("ungp-respect", "no-abusing-clients")
TAKES_PART = frozenset({"party", "participant", "contributor"})
PALL_MALL = "pall mall"
"""Name of the process, as it stands in a participation, without regard to case."""
EUROPOL = "europol"
NOT_SHOWN = "it is not on file that it holds on {}"


@lifts(
    "state.procurement_standard",
    asks="Does {subject} buy only from companies that respect human rights and never served abusers?",
    needs="A procurement standard of {subject} in force: only companies that respect human rights along the UN Guiding Principles, and "
    "that have not served clients who abuse; confirmed by an independent publisher.",
)
def _standard(world: Compiled, deal: Deal, code: str) -> list[Support]:
    who, found = beneficiaries(deal, code), []
    for one in about_state(world, "ProcurementStandard", code):
        name, other = world.caption(one.id), contradicted(world, one, "status", NO_STANDARD).counts
        holds = in_force(world, one, "inForceFrom", "inForceUntil", who)
        shown = of_state(world, one, code, {"status": "in-force", "requires": REQUIRES}, who)
        shown = shown.provided(not other, f"{name}: another status is reported")
        found.append(shown.provided(holds, f"{name}: {NOT_SHOWN.format(world.as_of)} (from, until or ..)"))
    return found


@lifts(
    "state.takes_part",
    asks="Does {subject} take part in work on human rights standards for such technology?",
    needs="The part that {subject} takes in making standards for sale and transfer and in naming impermissible targets: what it gave to "
    "the work; confirmed by an independent publisher.",
)
def _takes_part(world: Compiled, deal: Deal, code: str) -> list[Support]:
    """Takes part in the work. Who only supports a declaration or watches has not shown that."""
    who, found = beneficiaries(deal, code), []
    needed: dict[str, Wanted] = {"forum": None, "participation": TAKES_PART, "contribution": None}
    for one in about_state(world, "TreatyParticipation", code):
        name, holds = world.caption(one.id), in_force(world, one, "startDate", "endDate", who)
        if values_of(one, "participation") <= {"supporter", "observer"}:
            found.append(Support(why=(f"{name}: support of a declaration alone does not show a part in the work",)))
        else:
            shown = of_state(world, one, code, needed, who)
            found.append(shown.provided(holds, f"{name}: {NOT_SHOWN.format(world.as_of)}"))
    return found


def _forums(record: Record, word: str) -> frozenset[str]:
    return frozenset(one for one in values_of(record, "forum") if word in one.casefold())


@scope(
    "state.supports_pall_mall",
    asks="Does {subject} support the Pall Mall Process?",
    needs="Whether {subject} supports the Pall Mall Process.",
)
def _pall_mall(world: Compiled, deal: Deal, code: str) -> Value:
    records = about_state(world, "TreatyParticipation", code)
    found = merge(adverse(world, one, [("forum", _forums(one, PALL_MALL))]) for one in records)
    return Value(blocking(found).truth, found.proof)


@lifts(
    "state.brings_in_europol",
    asks="Has {subject} committed itself to bring in Europol?",
    needs="The express commitment of {subject} to bring in Europol, confirmed independently.",
)
def _europol(world: Compiled, deal: Deal, code: str) -> list[Support]:
    who = beneficiaries(deal, code)
    named = [(one, _forums(one, EUROPOL)) for one in about_state(world, "TreatyParticipation", code)]
    return [
        of_state(world, one, code, {"forum": forums, "participation": TAKES_PART}, who)
        for one, forums in named
        if forums
    ]
