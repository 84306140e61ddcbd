"""How a licence ends (b): by an event, a review or a status of its issuing State, by an official list, or by its own last day, unless it
was renewed. A review whose outcome is "revoked" or "suspended" is the decision itself: it ends the licence as an event of that name does.

Whether it had ended before anybody asked goes by the log: an end that was told only when the log held both licence and incident came
while the question stood, whatever day it names. A renewal counts from whoever reports it: it makes no State look better.

Pages of groups and of the States that license them show the state by the test of decisions (`state_of_licence`).
"""

from __future__ import annotations

import msgspec

from sousveil.decisions import lookup, voices
from sousveil.decisions.boards import world_of
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.facts.licences import licence as licence_ruling
from sousveil.decisions.licence_acts import WORDS, issuers, own_acts, reasons_of
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.views.licences import Renewal, going, of_licence
from sousveil.register.views.reading import Reader, Record, span, stands

ENDED = frozenset({"revoked", "refused", "expired", "withdrawn", "surrendered"})
NOT_LIVE = ENDED | {"suspended", "applied"}
_REVIVED = frozenset({"reinstated", "renewed", "granted", "amended", "reviewed", "maintained"})


class End(msgspec.Struct, frozen=True):
    """Why a licence is not live on the day."""

    what: str
    """`revoked`, `suspended`, `expired` ..., `future`."""
    day: str | None
    by: str
    """Id of the event or the review; of the licence, where its own status or dates say so."""
    told: int
    """The entry with which the log has it."""
    reasons: bool = False
    by_date: bool = False
    """By its own last day."""

    def interrupts(self, asked: int, known: str) -> bool:
        """Whether a question that the log has since the entry `asked`, and could know since the day `known`, met a live licence."""
        if self.told > asked:
            return True
        return self.what != "future" and self.day is not None and not lookup.before(self.day, known)


def end_of(reader: Reader, licence: Record) -> End | None:
    """Why a licence is not live for the review queue; None where it is.

    Only what the issuing State confirms, what an official list says, or its own last day ends a licence.
    """
    own = voices.founded(reader, licence)
    start = span(own)[0]
    if (over := _lapsed(reader, own, reader.day)) is not None:
        return over
    if lookup.before(reader.day, start):
        return End("future", start, licence.id, _dated(own, start))
    who = issuers(reader, licence)
    told: list[tuple[tuple[int, int], str, int, Record, str]] = []
    for type, property in WORDS:
        for one in own_acts(reader, licence, type, property, who):
            what = one.first(property) or ""
            if what in NOT_LIVE | _REVIVED:
                told.append((lookup.sort_day(lookup.day_of(one)), what, len(told), one, property))
    if told:
        _, what, _, act, property = max(told)
        return _by_act(reader, licence, act, property, what) if what in NOT_LIVE else None
    for said in _official(reader, licence, who):
        if said.statement.value in NOT_LIVE:
            return End(said.statement.value, None, licence.id, said.recorded)
    return None


def state_of_licence(reader: Reader, licence: Record, world: Compiled | None = None) -> str:
    """`live`, or why not: `revoked`, `suspended`, `expired` ..., `future`, `applied`. `world`: the register on the reader's day."""
    there = (world or world_of(reader, reader.day)).record(licence.id)
    says = licence_ruling(world or world_of(reader, reader.day), there).says if there is not None else "live"
    if says != "live":
        return says
    end = end_of(reader, licence)
    return "applied" if end is not None and end.what == "applied" else "live"


def _lapsed(reader: Reader, own: Record, day: str) -> End | None:
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
        told = min(last.told, _dated(own, end)) if end else last.told
        return End("expired", last.until, last.by, told, by_date=True)
    return End("expired", end, own.id, _dated(own, end), by_date=True) if end else None


def _of_issuer(reader: Reader, own: Record, again: list[Renewal]) -> list[Renewal]:
    acts = own_acts(reader, own, "LicenceEvent", "event", issuers(reader, own))
    named = {act.id: lookup.texts(act, "expiryDate") for act in acts}
    return [one for one in again if one.until in named.get(one.by, ())]


def asked_at(incident: Record, licence: Record) -> int:
    """The entry since which the log has both an incident and a licence."""
    return max(min(one.recorded for one in record.statements) for record in (incident, licence))


def _by_act(reader: Reader, licence: Record, act: Record, property: str, what: str) -> End:
    naming = [one for one in act.stand("licence") if reader.canonical(one.statement.value) == licence.id]
    saying = [one for one in act.stand(property) if one.statement.value == what]
    told = max(min(one.recorded for one in many) for many in (naming, saying))
    return End(what, lookup.day_of(act), act.id, told, reasons=bool(reasons_of(act)))


def _dated(record: Record, day: str | None) -> int:
    """The entry with which a record has this day as its beginning or end."""
    told = [one for one in record.statements if stands(one)]
    said = [one for one in told if day in (one.statement.value, one.statement.valid_from, one.statement.valid_until)]
    return min(one.recorded for one in said or told)


def _official(reader: Reader, licence: Record, who: list[str]) -> list[Recorded]:
    """What the issuing State, or the list from which the licence is known, says of its status."""
    listed = [one for one in voices.founded(reader, licence).stand("status") if one.statement.dataset != "direct"]
    act = lookup.own_act(reader, licence, "status", who)
    return [*listed, *(act.stand("status") if act is not None else ())]
