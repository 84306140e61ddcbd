"""An owner and the reason why none is named: one publisher does not say both of the same time in one record."""

from __future__ import annotations

from sousveil.decisions import lookup
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.model import Recorded

NAMES = ("owner", "ownerUnspecified")


def _check(publication: Publication) -> None:
    said: dict[str, set[str]] = {}
    for one in publication.statements:
        if one.property in NAMES:
            said.setdefault(one.subject, set()).add(one.property)
    # A new record that says one of the two is sound: nearly every one is passed over by that.
    subjects = [id for id, names in said.items() if len(names) > 1 or not publication.arrival.is_new(id)]
    for record in publication.records("Ownership", subjects=subjects) if subjects else ():
        named, unnamed = (record.stand(name) for name in NAMES)
        if any(not _apart(one, other) for one in named for other in unnamed):
            name = NAMES[any(one.property == NAMES[1] for one in publication.new_of(record))]
            hint = "Leave one of the two out; where the owner was found later, retract the reason or give it an end."
            publication.refuse(record, name, "owner_and_none", "It names an owner, and says why none is named", hint)


def _apart(one: Recorded, other: Recorded) -> bool:
    """Whether the two certainly hold at different times."""
    left, right = one.statement, other.statement
    return lookup.before(left.valid_until, right.valid_from) or lookup.before(right.valid_until, left.valid_from)


CHECKS = (Check(name="owners", types=("Ownership",), run=_check),)
