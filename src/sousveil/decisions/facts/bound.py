"""Who is bound by the law of an exporting State: those with a seat in it, and what this law has them show."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.admissibility import Support, beneficiaries, support
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.notices import in_force_notice
from sousveil.decisions.facts.offices import offices, whole_state
from sousveil.decisions.facts.place import sure_seats
from sousveil.decisions.facts.reading import Derive, lifts, scope, values_of
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.views.records import Record

CERTIFICATE = "registration-certificate"


def seated(pack: str) -> Derive:
    """Whether somebody has, or may have, a seat in a State whose law the pack tells."""
    wanted = frozenset(parameters.codes(pack, "seats"))

    def derive(world: Compiled, deal: Deal, vendor: str) -> Value:
        seats = world.seats.of(vendor)
        if not seats:
            return Value(Truth.UNKNOWN)
        record = world.record(vendor)
        proof = tuple(one.id for one in record.stand("country", "jurisdiction")) if record is not None else ()
        if wanted & set(seats):
            return Value(Truth.TRUE, proof)
        return Value(Truth.FALSE if sure_seats(world, deal, vendor) else Truth.UNKNOWN, proof)

    return derive


@lifts(
    "vendor.exporter_certified",
    asks="Has the Bulgarian authority registered {subject} as an exporter?",
    needs="The certificate that registers {subject} as an exporter.",
)
def _certified(world: Compiled, deal: Deal, vendor: str) -> list[Support]:
    """Whether an office of such a State registered somebody as an exporter: a live certificate, which is that office's act."""
    notices = world.pointing(vendor, "OfficialNotice.recipient")
    return [_certificate(world, deal, vendor, one) for one in notices if CERTIFICATE in values_of(one, "noticeKind")]


def _certificate(world: Compiled, deal: Deal, vendor: str, record: Record) -> Support:
    states = parameters.codes("bg-2011", "seats")
    bodies = whole_state(world, deal, record, "authority", vendor, states=states)
    for one in ("licensing", "registry"):
        bodies |= offices(world, deal, record, "authority", vendor, office=one, states=states)
    who = beneficiaries(deal, vendor, acting=bodies)
    needed = {"noticeKind": CERTIFICATE, "outcome": "given", "authority": bodies, "recipient": vendor}
    return in_force_notice(world, record, support(world, record, needed, who), who)


scope(
    "vendor.seated_in_israel",
    asks="Has {subject} its seat in Israel?",
    needs="Where {subject} has its seat.",
)(seated("il-5766-2007"))
scope(
    "vendor.seated_in_bulgaria",
    asks="Has {subject} its seat in Bulgaria?",
    needs="Where {subject} has its seat.",
)(seated("bg-2011"))
