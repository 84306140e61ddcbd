"""What a State does about the halt: measures in force, and acts that end one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import lifting_date, of_state
from sousveil.decisions.facts.reading import (
    about_state,
    blocking,
    by_then,
    fact,
    latest_told,
    lifting,
    surely_by,
)
from sousveil.decisions.facts.standing import Interest, Support, both, held, interest, merge
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.views.records import Record

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

HALTS = frozenset({"moratorium", "ban", "partial"})
COVERS = {"sale": "sale", "transfer": "transfer", "use": "use"}
"""Action -> what of a measure covers it; every other action serves one of these."""


def _halt(world: Compiled, deal: Deal, code: str) -> Value:
    found = []
    for measure in about_state(world, "MoratoriumMeasure", code):
        kinds = [one for one in measure.by_property.get("measureKind", ()) if one.statement.value in HALTS]
        covers = [one for one in measure.by_property.get("covers", ()) if _covers(deal, one.statement.value)]
        told = both((by_then(world, measure, kinds), by_then(world, measure, covers)))
        found.append(held(world, deal, measure, ("measureKind",), told))
    return blocking(merge(found))


def _covers(deal: Deal, value: str) -> bool:
    action = COVERS.get(str(deal.question.action))
    return action is None or action == value


def _lifted(world: Compiled, deal: Deal, code: str) -> Value:
    who = interest(world, deal, code)
    wanted = [COVERS[deal.question.action]] if deal.question.action in COVERS else sorted(COVERS.values())
    halts = [
        (one, [said for said in one.stand("measureKind") if said.statement.value in HALTS])
        for one in about_state(world, "MoratoriumMeasure", code)
    ]
    days = [latest_told(world, one, said) for one, said in halts if said]
    latest = max(days, key=edtf.sort_key, default=None)
    found = [_act(world, one, code, wanted, who, latest) for one in about_state(world, "MoratoriumMeasure", code)]
    needs = (
        f"An act of {world.caption(code)} with a date that ends the halt of {', '.join(wanted)}, confirmed by an independent "
        "publisher of another State."
    )
    return lifting(found, needs)


def _act(world: Compiled, measure: Record, code: str, wanted: list[str], who: Interest, latest: str | None) -> Support:
    needed: list[tuple[str, frozenset[str] | None]] = [("measureKind", frozenset({"lifted"}))]
    needed += [("covers", frozenset({one})) for one in wanted]
    found = of_state(world, measure, code, needed, who)
    when = next(
        (day for one in ("startDate", "date") if (day := lifting_date(world, measure, one, who, latest=False))), None
    )
    if found.holds and not surely_by(world, when):
        return Support(why=(f"{world.caption(measure.id)}: it has no day, or one after {world.as_of}",))
    if (
        found.holds
        and latest is not None
        and (when is None or latest == edtf.OPEN or edtf.compare(edtf.parse(latest), edtf.parse(when)) != -1)
    ):
        return Support(why=(f"{world.caption(measure.id)}: a halt is on file that is not surely earlier",))
    return found


FACTS: tuple[Fact, ...] = (
    fact(
        "state.halt_in_force",
        Of.STATE,
        Polarity.BLOCKS,
        _halt,
        asks="Has {subject} halted this by a measure of its own?",
        needs="Whether {subject} has a measure in force that halts this.",
        reads_deal=True,
    ),
    fact(
        "state.halt_ended",
        Of.STATE,
        Polarity.LIFTS,
        _lifted,
        asks="Has {subject} ended the halt by an act with a date?",
        needs="An act of {subject} that ends the halt.",
        reads_deal=True,
    ),
)
