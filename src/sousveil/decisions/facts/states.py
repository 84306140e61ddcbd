"""How a State buys, and in which work on standards it takes part."""

from __future__ import annotations

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import adverse
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, contradicted
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import of_state
from sousveil.decisions.facts.reading import about_state, fact, in_force, lifting, values_of
from sousveil.decisions.facts.reported_ends import NO_STANDARD
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.views.records import Record

REQUIRES = ("ungp-respect", "no-abusing-clients")
TAKES_PART = frozenset({"party", "participant", "contributor"})
PALL_MALL = "pall mall"
"""Name of the process, as it stands in a participation, without regard to case."""
EUROPOL = "europol"


def _standard(world: Compiled, deal: Deal, code: str) -> Value:
    who = beneficiaries(deal, code)
    found = [_one(world, one, code, who) for one in about_state(world, "ProcurementStandard", code)]
    needs = (
        f"A procurement standard of {world.caption(code)} in force: only companies that respect human rights along the UN Guiding "
        "Principles, and that have not served clients who abuse; confirmed by an independent publisher."
    )
    return lifting(found, needs)


def _one(world: Compiled, record: Record, code: str, who: Beneficiaries) -> Support:
    needed: list[tuple[str, frozenset[str] | None]] = [("status", frozenset({"in-force"}))]
    needed += [("requires", frozenset({one})) for one in REQUIRES]
    found = of_state(world, record, code, needed, who)
    if found.holds:
        name = world.caption(record.id)
        if contradicted(world, record, "status", NO_STANDARD).counts:
            return Support(why=(f"{name}: another status is reported",))
        if not in_force(world, record, "inForceFrom", "inForceUntil", who):
            return Support(why=(f"{name}: it is not on file that it holds on {world.as_of} (from, until or ..)",))
    return found


def _takes_part(world: Compiled, deal: Deal, code: str) -> Value:
    """Takes part in the work. Who only supports a declaration or watches has not shown that."""
    who = beneficiaries(deal, code)
    found = []
    for record in about_state(world, "TreatyParticipation", code):
        needed: list[tuple[str, frozenset[str] | None]] = [("forum", None), ("participation", TAKES_PART)]
        one = of_state(world, record, code, [*needed, ("contribution", None)], who)
        if one.holds and not in_force(world, record, "startDate", "endDate", who):
            one = Support(why=(f"{world.caption(record.id)}: it is not on file that it holds on {world.as_of}",))
        if values_of(record, "participation") <= {"supporter", "observer"}:
            one = Support(
                why=(f"{world.caption(record.id)}: support of a declaration alone does not show a part in the work",)
            )
        found.append(one)
    needs = (
        f"The part that {world.caption(code)} takes in making standards for sale and transfer and in naming impermissible targets: "
        "what it gave to the work; confirmed by an independent publisher."
    )
    return lifting(found, needs)


def _pall_mall(world: Compiled, deal: Deal, code: str) -> Value:
    proof: list[str] = []
    for record in about_state(world, "TreatyParticipation", code):
        forums = {one for one in values_of(record, "forum") if PALL_MALL in one.casefold()}
        proof += adverse(world, record, [("forum", forums)]).proof
    return Value(Truth.TRUE, tuple(proof)) if proof else Value(Truth.UNKNOWN)


def _europol(world: Compiled, deal: Deal, code: str) -> Value:
    who = beneficiaries(deal, code)
    found = []
    for record in about_state(world, "TreatyParticipation", code):
        forums = frozenset(one for one in values_of(record, "forum") if EUROPOL in one.casefold())
        if forums:
            found.append(of_state(world, record, code, [("forum", forums), ("participation", TAKES_PART)], who))
    return lifting(
        found, f"The express commitment of {world.caption(code)} to bring in Europol, confirmed independently."
    )


FACTS: tuple[Fact, ...] = (
    fact(
        "state.procurement_standard",
        Of.STATE,
        Polarity.LIFTS,
        _standard,
        asks="Does {subject} buy only from companies that respect human rights and never served abusers?",
        needs="A procurement standard of {subject} in force that says so.",
    ),
    fact(
        "state.takes_part",
        Of.STATE,
        Polarity.LIFTS,
        _takes_part,
        asks="Does {subject} take part in work on human rights standards for such technology?",
        needs="The part that {subject} takes in such work, and what it gave to it.",
    ),
    fact(
        "state.supports_pall_mall",
        Of.STATE,
        Polarity.SCOPE,
        _pall_mall,
        asks="Does {subject} support the Pall Mall Process?",
        needs="Whether {subject} supports the Pall Mall Process.",
    ),
    fact(
        "state.brings_in_europol",
        Of.STATE,
        Polarity.LIFTS,
        _europol,
        asks="Has {subject} committed itself to bring in Europol?",
        needs="The express commitment of {subject} to bring in Europol.",
    ),
)
