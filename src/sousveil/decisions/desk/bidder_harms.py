"""What a screening record says of a bidder beyond lists: the harms on file, its own and those of companies that it belongs with.

The same as a regulator is told (`harms.py`): by `reported` or better, each with its source and every reply, and no natural person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sousveil.decisions.desk import harms
from sousveil.decisions.desk.groups import circles
from sousveil.register.store import Store
from sousveil.register.types import is_a
from sousveil.register.views import words

MOST = 40
"""Lines for one hit; more are counted, and stand on the company's page. Of what is left out for the length of what is told of a company
(`harms.MOST`) each statement counts."""


class Harms:
    """Asked for each entity once: many bidders of a list belong together."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lines: dict[str, tuple[str, ...]] = {}
        self._left: dict[str, int] = {}
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, entity: str) -> tuple[str, ...]:
        """A line for each harm of an entity, and of the companies with which it is linked: owners and owned, agents, shared directors."""
        entity = self._store.canonical(entity)
        found = self._known.get(entity)
        if found is None:
            own = self._own(entity)
            circle = self._linked(entity)
            linked = (f"through {name}: {one}" for name, id in circle for one in self._own(id) if one not in own)
            told = list(dict.fromkeys([*own, *linked]))
            # statements that were left out of what is told of each; two of a circle may have left out the same
            more = max(len(told) - MOST, 0) + sum(self._left[id] for id in (entity, *(id for _, id in circle)))
            found = (*told[:MOST], *([f"and {more} more, on the company's page"] if more > 0 else []))
            self._known[entity] = found
        return found

    def _linked(self, entity: str) -> list[tuple[str, str]]:
        """Name and id of the companies in its circle: a director is a person, and is not named."""
        ring = sorted(circles(self._store, [entity])[entity][0] - {entity})
        types = self._store.type_of(ring)
        companies = [one for one in ring if is_a(types.get(one, ""), "Company")]
        names = harms.names(self._store, companies)
        return sorted((names[one], one) for one in companies)

    def _own(self, entity: str) -> tuple[str, ...]:
        found = self._lines.get(entity)
        if found is None:
            told, self._left[entity] = harms.told(self._store, [entity])
            found = self._lines[entity] = tuple(_lines(told))
        return found


def _lines(told: Iterable[harms.Told]) -> Iterator[str]:
    """One line a record, by its first statement, with the replies to any of its statements."""
    groups: dict[str, list[harms.Told]] = {}
    for one in told:
        groups.setdefault(one.about, []).append(one)
    for about, many in groups.items():
        first = many[0]
        replies = [f"reply of {each.publisher}: {each.says} ({each.source})" for one in many for each in one.replies]
        said = f"{about}: {words.standing(first.standing)}, says {first.publisher}; source: {first.source}"
        yield "; ".join([said, *dict.fromkeys(replies)])
