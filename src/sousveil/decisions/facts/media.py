"""Whether an end user is reported to have watched people who work in the media."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import adverse, both, merge
from sousveil.decisions.facts.cases import of_owner, operated
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.reading import blocking, fact
from sousveil.decisions.world import Deal

MEDIA = frozenset(parameters.codes("eu-2024-1083", "media"))


def _watched(world: Compiled, deal: Deal, buyer: str) -> Value:
    found = []
    for one in world.graph.owners(buyer):
        for case in world.pointing(one.id, "AbuseIncident.client"):
            watched = adverse(world, case, [("stage", None), ("targetCategory", MEDIA)], event=True)
            found.append(of_owner(one, both((operated(world, case), watched))))
    return blocking(merge(found))


FACT: Fact = fact(
    "buyer.watched_media",
    Of.BUYER,
    Polarity.BLOCKS,
    _watched,
    asks="Was surveillance of people who work in the media, or stand close to them, reported of {subject}?",
    needs="Whom {subject} watched, as groups: never a name.",
)
