"""Who speaks: the names that belong to somebody with a key, and who says or denies what a record says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from weakref import WeakKeyDictionary

import msgspec

from sousveil.register.codes import Role
from sousveil.register.model import Recorded, Stance, Standing
from sousveil.register.owners import folded
from sousveil.register.views.records import RANK, Record, stands
from sousveil.register.views.store import Store

NAMES = ("name", "alias", "previousName", "weakAlias", "abbreviation")
"""Properties by which somebody is called; a summary names nobody."""

Voices = Mapping[str, frozenset[str]]
"""A name without case, spaces and punctuation -> the canonical owners of publishers' keys that bear it."""

_KEPT: WeakKeyDictionary[Store, tuple[tuple[int, int | None], Voices]] = WeakKeyDictionary()


def voices(store: Store, known_at: int | None, canonicals: Callable[[Sequence[str]], dict[str, str]]) -> Voices:
    """Whose names these are: the owners of publishers' keys as they are written, their ids after every join, and what they are called.

    `canonicals` gives the ids after the joins, as they are for the view. All of it follows from the log, and an owner may have
    many statements: it is read once for each size of the log.
    """
    state = (store.size(), known_at)
    kept = _KEPT.get(store)
    if kept is not None and kept[0] == state:
        return kept[1]
    owners = sorted({one.owner for one in store.keyring().states() if one.role is Role.PUBLISHER})
    ids = [one for one in owners if one.startswith("sv-")]
    canonical = canonicals(ids) if ids else {}
    found: dict[str, set[str]] = {}
    for owner in owners:
        found.setdefault(folded(canonical.get(owner, owner)), set()).add(canonical.get(owner, owner))
    subjects = {*ids, *(canonical.get(one, one) for one in ids)}
    for one in store.statements_of(sorted(subjects), known_at=known_at) if ids else ():
        said = one.statement
        if said.property in NAMES and stands(one):
            found.setdefault(folded(said.value), set()).add(canonical.get(said.subject, said.subject))
    made = {name: frozenset(many) for name, many in found.items()}
    _KEPT[store] = (state, made)
    return made


def speaks(signer: str, name: str, owners: frozenset[str]) -> bool:
    """Whether a signer speaks under a publisher's name that belongs to these owners of keys. Signer and name are canonical.

    Who has the very name as a key's owner does, and so does the only one who is called so. Of two who are called alike
    neither speaks for the other.
    """
    return folded(signer) == folded(name) or owners == {signer}


def asserts(one: Recorded) -> bool:
    """Whether a statement stands and says something of its subject: a reply to others does not say what they said."""
    return stands(one) and one.statement.property != "reply"


def denies(one: Recorded) -> bool:
    """Whether a statement denies something and was not taken back."""
    return (
        one.statement.stance is Stance.DENIES
        and one.retracted is None
        and one.superseded_by is None
        and not one.doubtful
    )


class Sayers(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands behind what a line shows."""

    says: list[str]
    """Whose statement carries what is shown."""
    denies: list[str]
    also: list[str] = []
    """Who says something else in the same record, or the same less firmly."""


def sayers_of(record: Record, standing: str | None = None) -> Sayers:
    """Publishers, as written, whose word a record is. `standing`: what is shown of it; whoever is less firm only says something too."""
    order = [str(one) for one in Standing]
    least = order.index(standing) if standing in order else len(order)
    saying = [one for one in record.statements if asserts(one)]
    firm = {one.statement.publisher for one in saying if RANK[one.statement.standing] <= least}
    named = list(dict.fromkeys(one.statement.publisher for one in saying))
    return Sayers(
        says=[one for one in named if one in firm],
        also=[one for one in named if one not in firm],
        denies=list(dict.fromkeys(one.statement.publisher for one in record.statements if denies(one))),
    )
