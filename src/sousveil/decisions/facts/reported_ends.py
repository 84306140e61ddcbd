"""Whether somebody reports the end of what its own record tells as in force: the rule takes it for nothing in force then, and so do pages.

What would lift has to be in force without dispute: a status or a last day at the standard for blocking ends it, whoever says so
(`reading.in_force`, `standing.contradicted`). The label of such a record says that this is reported, and by whom; it is the word of
others, and whoever told of the record may answer it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, charge, merge
from sousveil.decisions.evidence.admissibility import contradicted
from sousveil.decisions.rulings import Ruling
from sousveil.register import edtf
from sousveil.register.views.records import Record

NOT_LAW = frozenset({"repealed", "rejected", "bill", "passed"})
NOT_APPLIED = frozenset({"no", "partly"})
NO_STANDARD = frozenset({"repealed", "proposed"})


@dataclass(frozen=True, slots=True)
class _Ends:
    """By what a record of a type ends."""

    last: str
    """The property with its last day."""
    statuses: frozenset[str] = frozenset()
    """Values of its status that say that it is not in force."""


_ENDS: Mapping[str, _Ends] = {
    "Law": _Ends("inForceUntil", NOT_LAW),
    "ProcurementStandard": _Ends("inForceUntil", NO_STANDARD),
    "TreatyParticipation": _Ends("endDate"),
    "DueDiligenceReport": _Ends("expiresOn"),
}


def enforced_in_part(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a law that is applied: it is `over` where somebody reports or confirms that it is not, or in part only."""
    firm = contradicted(world, record, "enforced", NOT_APPLIED)
    return Ruling("over", words=(firm.proof,)) if firm.counts and not firm.alleged else Ruling("")


def reported_over(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a record of these types: it is `over` by what somebody reports or confirms; else nothing. What is only
    alleged ends nothing."""
    called = dict.fromkeys(
        one.statement.type for one in record.statements
    )  # somebody may have told of it as something else first
    firm = merge(_over(world, record, _ENDS[type]) for type in called if type in _ENDS)
    return Ruling("over", words=(firm.proof,)) if firm.counts and not firm.alleged else Ruling("")


def _over(world: Compiled, record: Record, ends: _Ends) -> Charge:
    past = [
        one
        for one in record.by_property.get(ends.last, ())
        if edtf.holds(edtf.OPEN, one.statement.value, world.as_of) is False
    ]
    return merge((charge(world, past), contradicted(world, record, "status", ends.statuses)))
