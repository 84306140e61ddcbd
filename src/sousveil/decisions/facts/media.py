"""Whether an end user is reported to have watched people who work in the media."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, adverse, both, merge
from sousveil.decisions.facts.cases import of_owner, operated
from sousveil.decisions.facts.reading import blocks
from sousveil.decisions.world import Deal
from sousveil.register.views.records import Record

MEDIA = frozenset(parameters.codes("eu-2024-1083", "media"))


@blocks(
    "buyer.watched_media",
    asks="Was surveillance of people who work in the media, or stand close to them, reported of {subject}?",
    needs="Whom {subject} watched, as groups: never a name.",
)
def _watched(world: Compiled, deal: Deal, buyer: str) -> Charge:
    def watched(case: Record) -> Charge:
        targets = adverse(world, case, [("stage", None), ("targetCategory", MEDIA)], event=True)
        return both((operated(world, case), targets))

    owners = world.graph.owners(buyer)
    cases = ((one, case) for one in owners for case in world.pointing(one.id, "AbuseIncident.client"))
    return merge(of_owner(one, watched(case)) for one, case in cases)
