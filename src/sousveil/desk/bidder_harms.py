"""What a screening record says of a bidder beyond lists: the harms on file, its own and those of companies that it belongs with.

The same as a regulator is told (`harms.py`): by `reported` or better, each with its source and every reply, and no natural person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sousveil.decisions.compiled import compile_world
from sousveil.desk import harms
from sousveil.desk.groups import Lapse, circle
from sousveil.register import edtf
from sousveil.register.store import Store
from sousveil.register.types import is_a
from sousveil.register.views import words
from sousveil.register.views.reading import Reader

MOST = 40
"""Lines for one hit; more are counted, and stand on the company's page. Of what is left out for the length of what is told of a company
(`harms.MOST`) each statement counts."""


class Harms:
    """Asked for each entity once: many bidders of a list belong together."""

    def __init__(self, store: Store) -> None:
        self._store, self._world = store, compile_world(store)
        self._lines: dict[str, dict[str, str | None]] = {}
        self._left: dict[str, int] = {}
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, entity: str) -> tuple[str, ...]:
        """A line for each harm of an entity, and of the companies with which it is linked: owners and owned, agents, shared directors."""
        entity = self._store.canonical(entity)
        found = self._known.get(entity)
        if found is None:
            own = self._own(entity)
            circle = self._linked(entity)
            linked, ended = [], []
            for name, id, lapse in circle:
                for line, day in self._own(id).items():
                    if line in own:
                        continue
                    if lapse is not None and _before(lapse, day):
                        ended.append(f"{self._words(name, lapse)}: {line}")
                    else:
                        linked.append(f"through {name}: {line}")
            told = list(dict.fromkeys([*own, *linked, *ended]))
            # statements that were left out of what is told of each; two of a circle may have left out the same
            more = max(len(told) - MOST, 0) + sum(self._left[id] for id in (entity, *(id for _, id, _ in circle)))
            found = (*told[:MOST], *([f"and {more} more, on the company's page"] if more > 0 else []))
            self._known[entity] = found
        return found

    def _words(self, name: str, lapse: Lapse) -> str:
        """A harm that began when the tie had ended: it is told, and not charged as if the tie still held."""
        one = self._world.base.statements[lapse[1]].statement
        end = one.value if one.property == "endDate" else one.valid_until or ""
        return (
            f"not while they were linked: through {name}, a tie that ended {words.date(end)}, before that, "
            f"says {Reader(self._store).publisher(one.publisher)} (source: {one.source})"
        )

    def _linked(self, entity: str) -> list[tuple[str, str, Lapse | None]]:
        """Name and id of the companies in its circle, and when the last tie ended: a director is a person, and is not named."""
        ended, _ = circle(self._world, entity)
        ring = sorted(ended.keys() - {entity})
        types = self._store.type_of(ring)
        companies = [one for one in ring if is_a(types.get(one, ""), "Company")]
        names = harms.names(self._store, companies)
        return sorted(((names[one], one, ended[one]) for one in companies), key=lambda one: one[:2])

    def _own(self, entity: str) -> dict[str, str | None]:
        """Lines on the harms of a company itself, each with the date on which the harm began."""
        found = self._lines.get(entity)
        if found is None:
            told, self._left[entity] = harms.told_with_days(self._store, [entity])
            found = self._lines[entity] = {}
            for line, day in _lines(told):
                before_it = found.get(line, day)
                found[line] = day and before_it and min(day, before_it, key=edtf.sort_key)
        return found


def _lines(told: Iterable[tuple[harms.Told, str | None]]) -> Iterator[tuple[str, str | None]]:
    """One line a record, by its first statement, with the replies to any of its statements."""
    groups: dict[tuple[str, str | None], list[harms.Told]] = {}
    for one, day in told:
        groups.setdefault((one.about, day), []).append(one)
    for (about, day), many in groups.items():
        first = many[0]
        replies = [f"reply of {each.publisher}: {each.says} ({each.source})" for one in many for each in one.replies]
        said = f"{about}: {words.standing(first.standing)}, says {first.publisher}; source: {first.source}"
        yield "; ".join([said, *dict.fromkeys(replies)]), day


def _before(lapse: Lapse, day: str | None) -> bool:
    """Whether a link had certainly ended when something happened; never where that day is not known."""
    happened = edtf.parse(day) if day else None
    return happened is not None and not happened.open and not happened.uncertain and lapse[0] < happened.first
