"""Renewals of a licence after its last day, for the queue, the orders, the labels and the pages that ask whether it is live.

A renewal counts from whoever tells of it more than as an allegation: it makes no State look better. Until when,
`register/views/licences.py` says (`goes_on`), as for the facts of decisions (`facts/licence_ends.py`).
"""

from __future__ import annotations

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.licence_acts import issuers, own_acts
from sousveil.register import edtf
from sousveil.register.views.licences import Renewal, going, of_licence
from sousveil.register.views.reading import Reader, Record, span, stands


class Lapsed(msgspec.Struct, frozen=True):
    """That the last day of a licence is over, and no renewal goes beyond it."""

    day: str
    by: str
    """Id of the licence, or of the renewal that named the day."""
    told: int
    """The entry with which the log has the day, or an earlier one that a renewal put off."""


def lapsed(reader: Reader, own: Record, day: str) -> Lapsed | None:
    """Whether the last day of a licence is over, as its founder tells it, and that of each renewal; None where it is not, or may not be.

    Where the licence itself has no last day, that of a renewal counts which its issuing State tells.
    """
    end = span(own)[1]
    again = [one for one in of_licence(reader, own.id) if edtf.holds(one.when, edtf.OPEN, day) is not False]
    if end == edtf.OPEN or (end and not lookup.before(end, day)) or going(again, end, day):
        return None
    if not end:
        again = _of_issuer(reader, own, again)
    last = max((one for one in again if one.until), key=lambda one: edtf.sort_key(one.until), default=None)
    if last is not None and last.until and (not end or lookup.before(end, last.until)):
        # a day that a renewal put off was on file as a day on which it ends: to lengthen a licence cuts no question short
        return Lapsed(last.until, last.by, min(last.told, _told(own, end)) if end else last.told)
    return Lapsed(end, own.id, _told(own, end)) if end else None


def _told(own: Record, end: str) -> int:
    """The entry with which the log has the last day of a licence itself."""
    said = [one for one in own.statements if stands(one)]
    named = [one for one in said if end in (one.statement.value, one.statement.valid_until)]
    return min(one.recorded for one in named or said)


def _of_issuer(reader: Reader, own: Record, again: list[Renewal]) -> list[Renewal]:
    acts = own_acts(reader, own, "LicenceEvent", "event", issuers(reader, own))
    named = {act.id: lookup.texts(act, "expiryDate") for act in acts}
    return [one for one in again if one.until in named.get(one.by, ())]
