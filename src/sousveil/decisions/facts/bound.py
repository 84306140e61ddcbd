"""Who is bound by the law of an exporting State: those with a seat in it, and what this law has them show."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.admissibility import Support, beneficiaries, support
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.notices import holds
from sousveil.decisions.facts.offices import offices, whole_state
from sousveil.decisions.facts.place import seat_known
from sousveil.decisions.facts.reading import Derive, fact, lifting, values_of
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal

CERTIFICATE = "registration-certificate"


def seated(pack: str) -> Derive:
    """Whether somebody has, or may have, a seat in a State whose law the pack tells."""
    wanted = frozenset(parameters.codes(pack, "seats"))

    def derive(world: Compiled, deal: Deal, vendor: str) -> Value:
        seats = world.seats.of(vendor)
        if not seats:
            return Value(Truth.UNKNOWN)
        record = world.record(vendor)
        told = [one for name in ("country", "jurisdiction") for one in record.stand(name)] if record is not None else []
        if wanted & set(seats):
            return Value(Truth.TRUE, tuple(one.id for one in told))
        return Value(Truth.FALSE if seat_known(world, deal, vendor) else Truth.UNKNOWN, tuple(one.id for one in told))

    return derive


def certified(pack: str) -> Derive:
    """Whether an office of such a State registered somebody as an exporter: a live certificate, which is that office's act."""
    states = parameters.codes(pack, "seats")

    def derive(world: Compiled, deal: Deal, vendor: str) -> Value:
        found = []
        for record in world.pointing(vendor, "OfficialNotice.recipient"):
            if CERTIFICATE not in values_of(record, "noticeKind"):
                continue
            bodies = whole_state(world, deal, record, "authority", vendor, states=states)
            for one in ("licensing", "registry"):
                bodies |= offices(world, deal, record, "authority", vendor, office=one, states=states)
            who = beneficiaries(deal, vendor, acting=bodies)
            needed = [
                ("noticeKind", frozenset({CERTIFICATE})),
                ("outcome", frozenset({"given"})),
                ("authority", bodies),
                ("recipient", frozenset({vendor})),
            ]
            given = support(world, record, needed, who)
            if given.holds and not holds(world, record, who):
                given = Support(why=(f"{world.caption(record.id)}: it does not surely hold on {world.as_of}",))
            found.append(given)
        return lifting(found, f"The certificate that registers {world.caption(vendor)} as an exporter.")

    return derive


FACTS: tuple[Fact, ...] = (
    fact(
        "vendor.seated_in_israel",
        Of.VENDOR,
        Polarity.SCOPE,
        seated("il-5766-2007"),
        asks="Has {subject} its seat in Israel?",
        needs="Where {subject} has its seat.",
    ),
    fact(
        "vendor.seated_in_bulgaria",
        Of.VENDOR,
        Polarity.SCOPE,
        seated("bg-2011"),
        asks="Has {subject} its seat in Bulgaria?",
        needs="Where {subject} has its seat.",
    ),
    fact(
        "vendor.exporter_certified",
        Of.VENDOR,
        Polarity.LIFTS,
        certified("bg-2011"),
        asks="Has the Bulgarian authority registered {subject} as an exporter?",
        needs="The certificate that registers {subject} as an exporter.",
    ),
)
