"""Whether somebody reports the end of a record that is called in force: the rule takes it for nothing in force then, and so do pages.

What would lift has to be in force without dispute: a status or a last day at the standard for blocking ends it, whoever says so
(`reading.in_force`, `admissibility.contradicted`). The label of such a record says that this is reported, and by whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, charge, merge
from sousveil.decisions.evidence.admissibility import contradicted, no_alleged
from sousveil.decisions.evidence.dates import ended_by
from sousveil.decisions.rulings import Ruling
from sousveil.register.views.records import Record

NOT_LAW = frozenset({"repealed", "rejected", "bill", "passed"})
NOT_APPLIED = frozenset({"no", "partly"})
NO_STANDARD = frozenset({"repealed", "proposed"})
_ENDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "Law": ("inForceUntil", NOT_LAW),
    "ProcurementStandard": ("inForceUntil", NO_STANDARD),
    "TreatyParticipation": ("endDate", frozenset()),
    "DueDiligenceReport": ("expiresOn", frozenset()),
}
"""Type -> the property with the last day of a record, and the values of its status that say that it is not in force."""


def enforced_in_part(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a law that is applied: it is `over` where somebody reports or confirms that it is not, or in part only."""
    return _over([contradicted(world, record, "enforced", NOT_APPLIED)])


def reported_over(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a record of these types: it is `over` by what somebody reports or confirms; else nothing. What is only
    alleged ends nothing."""
    found = []
    for type in dict.fromkeys(
        one.statement.type for one in record.statements
    ):  # its first publisher may have given another type
        last, statuses = _ENDS.get(type, ("", frozenset()))
        past = [one for one in record.claims(last) if ended_by(world.as_of, one.statement.value)]
        found += [charge(world, past), contradicted(world, record, "status", statuses)]
    return _over(found)


def _over(charges: Iterable[Charge]) -> Ruling:
    found = no_alleged(merge(charges))
    return Ruling("over", words=(found.proof,)) if found.counts else Ruling("")
