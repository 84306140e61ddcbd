"""A crowd behind a deal: which of them need not be asked about one by one, since nothing is on file that an answer could rest on.

Nobody is left out because there are many. Who is left out has a name, a seat, and links to others who are behind the deal anyway: all
that a rule could ask about such a one is unknown. That is said in a note, and one gap, of which all is unknown, stands for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from sousveil.decisions.evidence.affiliation import Affiliations, Reached
from sousveil.decisions.world import Gap

PLAIN = frozenset({"name", "alias", "country", "jurisdiction"})
"""What an entity says of itself that no rule about companies asks for; its States are asked about all the same."""


def left_out(graph: Affiliations, reached: Mapping[str, Reached], most: int, always: Collection[str]) -> frozenset[str]:
    """Of those reached, nearest first, who need not be asked about: beyond the first so many, and blank."""
    if len(reached) <= most:
        return frozenset()
    return frozenset(id for id in [*reached][most:] if id not in always and _blank(graph, id, reached))


def _blank(graph: Affiliations, id: str, reached: Mapping[str, Reached]) -> bool:
    base, record = graph.base, graph.base.records.get(id)
    if record is None or base.told_of(id) or not PLAIN.issuperset(record.by_property):
        return False
    if any(one.stand("ownerUnspecified") for one in graph.pointing(id, "Ownership.asset")):
        return False
    return all(link.other in reached for link in graph.links(id))


def gaps(left: Collection[str], reached: Mapping[str, Reached], names: str, homeless: bool) -> Iterable[Gap]:
    """One for all who are left out, and for their States where not all are known; a tie proves nothing, and needs none."""
    many = sum(not reached[id].tie for id in left)
    said = f"{many:,} more who are said to own {names}, or to be owned"
    if many:
        needs = f"What there is to say of {said}: nothing but that is on file."
        yield Gap(selectors=("vendors",), caption=f"each of {many:,} more who stand behind {names}", needs=needs)
    if homeless:
        caption = f"the home States of those who stand behind {names}"
        yield Gap(selectors=("home_states",), caption=caption, needs=f"Where each of {said} has its seat.")


def notes(left: Collection[str], hubs: Collection[str], names: str, name: Callable[[str], str]) -> tuple[str, ...]:
    """What a reader must know of a search that does not name everybody."""
    found = []
    if left:
        found.append(
            f"{len(left):,} more are said to stand behind {names}. Nothing but names, seats and ownership is on file about them: they "
            "are not asked about one by one, and what there is to know of them counts as not known."
        )
    if hubs:
        many = ", ".join(sorted(name(one) for one in hubs))
        found.append(
            f"In the hands of {many} are so many companies that, of those beside {names}, only those of whom something is on file "
            "are asked about: what they are to each other proves nothing."
        )
    return tuple(found)
