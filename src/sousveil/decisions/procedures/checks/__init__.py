"""What may not be published: bad input and abuse of the procedures.

Each check sees the statements that are to be published, whose key signed them, and the register, and raises `Refused` that names field
and code and says what to do next; nothing is kept then. `records` has what no record may be, `acts` who may do what in a procedure. What
is true and bad (a board that the vendor pays, a use before approval) is not refused: it is published and shown as what it is.
docs/reference/refusals.md has the table of what is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sousveil.decisions.procedures.checks import acts, records
from sousveil.decisions.procedures.checks.publication import Publication
from sousveil.register.attachments.contents import check_files
from sousveil.register.gates import Arrival
from sousveil.register.publication import File

Check = tuple[frozenset[str], Callable[[Publication], None]]

CHECKS: tuple[Check, ...] = (*records.CHECKS, *acts.CHECKS)
"""The record types that a check looks at, and what raises Refused."""


class _Gate:
    """All checks as one gate of the register."""

    def __call__(self, arrival: Arrival, /) -> None:
        """Raises Refused by the first check that does not let the publication pass."""
        records.check_arrival(arrival)
        types = {one.type for one in arrival.statements}
        publication = Publication(arrival)
        for wanted, check in CHECKS:
            if not types.isdisjoint(wanted):
                check(publication)

    def files(self, files: Sequence[File], /) -> None:
        """Raises Refused for an attached file that could harm the person who opens it."""
        check_files(files)


gate = _Gate()
