"""Whether a bidder is the authority that asks, or of its group: then no record is made; where it only could be, the record says so.

A bidder whose name is alike to one of theirs is refused. A name that is only somewhat alike a stranger may bear. It is refused where
nobody else on file is called so and no legal form shows a company of its own: then the full name, which a stranger has, brings a record.
In all other cases the row of the record says that the bidder could be the asker or its group, so that nobody can show it as a word about
them.
"""

from __future__ import annotations

from sousveil.decisions.own_group import Group
from sousveil.desk.bidder_names import Meant, somewhat
from sousveil.kinds import visible
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.views.reading import Reader


class Own:
    """Whether hits are of the asker's own group."""

    def __init__(self, register: Register, asker: str, day: str) -> None:
        self._group = Group(Reader(register.store, today=day), asker, day)
        near = {id for one in self._group.around for id in self._group.identities(one)}
        self.around = frozenset(id for one in near for id in register.store.members(one))
        """Ids of every entity that a link of any publisher ties to the asker, and of every entity that may be one of these."""
        self._of: dict[str, bool] = {}

    def said(self, line: int, name: str, meant: Meant) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What ties a bidder's hits to the asker and makes nobody its group; and the names of those of the group that it only could be.

        Raises Refused that names the line: no record is made for a bidder that asks about itself or its group.
        """
        if any(self._is_own(one) for one in meant.people):
            raise self._refused(line, name)
        told, could, contested = list[str](), list[str](), list[str]()
        for hit in meant.hits:
            if self._is_own(hit.entity):
                if not somewhat(hit):
                    raise self._refused(line, name)
                could.append(hit.name)
            elif hit.entity in self.around:
                told += self._group.said(hit.entity)
                if any(map(self._is_own, self._group.identities(hit.entity))):
                    contested.append(hit.name)
        if could and meant.bare and len(could) == len(meant.hits) and not meant.left_out:
            raise self._refused(line, name, "If it is somebody else, write its full name with its legal form. ")
        return tuple(dict.fromkeys(told)), tuple(dict.fromkeys([*could, *contested]))

    def _is_own(self, entity: str) -> bool:
        if entity in self.around and entity not in self._of:
            self._of[entity] = self._group.of(entity)
        return self._of.get(entity, False)

    def _refused(self, line: int, name: str, first: str = "") -> Refused:
        return Refused(
            f"Line {line}: {visible(name, 100)} may be the asker itself or belong to its group.",
            field="file",
            code="own_group",
            hint=f"{first}An authority cannot have itself, its State's companies or its agents screened. "
            "Take the line out, and let somebody independent ask for it.",
        )
