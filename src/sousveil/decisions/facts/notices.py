"""Words of authorities that a law makes count: told of repression, a finding of risk, a certification, a declaration."""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Account, Required, adverse, merge, values
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_by, certainly_until
from sousveil.decisions.facts.item import surely_whole, whole
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import lifting_date, offices, states_of, whole_state
from sousveil.decisions.facts.reading import Derive, blocking, fact, lifting, narrowed, values_of
from sousveil.decisions.world import Deal
from sousveil.register.views.records import Record


def of_deal(world: Compiled, deal: Deal, kind: str) -> list[Record]:
    """Notices of a kind that fit the deal: what they name is of it; what they leave out is not against it."""
    parties = {one.id for one in deal.parties if one.id is not None}
    products = {one.id for one in whole(world, deal.product)} if deal.product is not None else set()
    found = {r.id: r for id in sorted(parties) for r in world.pointing(id, "OfficialNotice.recipient")}
    found |= {r.id: r for id in sorted(products) for r in world.pointing(id, "OfficialNotice.product")}
    users: list[str] = []
    if deal.buyer is not None:
        users = [one.id for one in world.graph.owners(deal.buyer)]  # a front company is for whoever owns it
        for id in users:
            found |= {r.id: r for r in world.pointing(id, "OfficialNotice.endUser")}
        found |= {r.id: r for r in world.pointing(deal.buyer, "OfficialNotice.authority")}
    return [
        one
        for one in found.values()
        if kind in values_of(one, "noticeKind") and _fits(world, one, deal, products, users)
    ]


def _fits(world: Compiled, record: Record, deal: Deal, products: set[str], users_of: Sequence[str]) -> bool:
    named, places, users = (narrowed(world, record, one, "noticeKind") for one in ("product", "destination", "endUser"))
    return (
        (not named or bool(products & named))
        and (not places or bool(places & set(deal.buyer_states)))
        and (not users or not users.isdisjoint(users_of))
    )


def _not_refused(account: Account) -> bool:
    return {one.statement.value for one in values(account, "outcome")} != {"refused"}


def told(kind: str) -> Derive:
    """An authority told the exporter, or found, something."""

    def derive(world: Compiled, deal: Deal, _: str) -> Value:
        found = []
        for record in of_deal(world, deal, kind):
            required: list[Required] = [("noticeKind", {kind}), ("authority", None)]
            found.append(adverse(world, record, required, since=DATED, when=_not_refused))
        return blocking(merge(found))

    return derive


def given(kind: str, needs: str) -> Derive:
    """The end user certified or declared something for this deal, or its State did: their own act.

    For a State only bodies of the whole State sign: a city is a part of it, and declares nothing in its name.
    """

    def derive(world: Compiled, deal: Deal, _: str) -> Value:
        found = []
        for record in of_deal(world, deal, kind):
            states = places(world, deal)
            bodies = whole_state(world, deal, record, "authority", states=states)
            named = offices(world, deal, record, "authority", office=None, states=states)
            own = deal.buyer in named
            bodies |= named & {deal.buyer}
            who = beneficiaries(deal, acting=bodies, buyer=not own)
            found.append(_given(world, record, deal, kind, bodies, who))
        return lifting(found, needs)

    return derive


def places(world: Compiled, deal: Deal) -> frozenset[str]:
    """For lifting: the State of the end user, as somebody independent tells of it; else the one that was asked about. What is reported
    of it besides adds States that have a say, and none that speaks for it."""
    found = states_of(world, deal.buyer, beneficiaries(deal)) if deal.buyer is not None else frozenset()
    return found or frozenset({deal.question.country})


def limits(world: Compiled, record: Record, deal: Deal) -> list[tuple[str, frozenset[str]]]:
    """What a notice that names an end user or a destination has to say of them to count for this deal: in `support`."""
    users = frozenset({deal.buyer}) if deal.buyer is not None else frozenset()
    wanted = (("endUser", users), ("destination", places(world, deal)))
    return [(name, values) for name, values in wanted if record.stand(name)]


def holds(world: Compiled, record: Record, who: Beneficiaries) -> bool:
    found = [lifting_date(world, record, one, who, latest=True) for one in ("date", "startDate")]
    day = next((one for one in found if one is not None), None)
    end = lifting_date(world, record, "expiresOn", who, latest=False)
    return certainly_by(world.as_of, day) and certainly_until(world.as_of, end)


def _given(
    world: Compiled, record: Record, deal: Deal, kind: str, bodies: frozenset[str], who: Beneficiaries
) -> Support:
    products = surely_whole(world, deal.product, who) if deal.product is not None else frozenset()
    needed: list[tuple[str, frozenset[str] | None]] = [
        ("noticeKind", frozenset({kind})),
        ("outcome", frozenset({"given"})),
        ("authority", bodies),
        ("product", products),
        *limits(world, record, deal),
    ]
    found = support(world, record, needed, who)
    if found.holds and not holds(world, record, who):
        return Support(why=(f"{world.caption(record.id)}: it does not surely hold on {world.as_of}",))
    return found


FACTS: tuple[Fact, ...] = (
    fact(
        "deal.informed_of_repression",
        Of.DEAL,
        Polarity.BLOCKS,
        told("informed-of-repression"),
        asks="Has an authority told the exporter that the item is or may be meant for repression or serious violations?",
        needs="Whether an authority told the exporter so.",
    ),
    fact(
        "deal.informed_of_military_use",
        Of.DEAL,
        Polarity.BLOCKS,
        told("informed-of-military-use"),
        asks="Has an authority told the exporter that the item is or may be meant for military use under an embargo?",
        needs="Whether an authority told the exporter so.",
    ),
    fact(
        "deal.informed_of_parts",
        Of.DEAL,
        Polarity.BLOCKS,
        told("informed-of-parts"),
        asks="Has an authority told the exporter that the item is or may be meant as a part of military goods that left a State "
        "without permission?",
        needs="Whether an authority told the exporter so.",
    ),
    fact(
        "deal.risk_found",
        Of.DEAL,
        Polarity.BLOCKS,
        told("risk-finding"),
        asks="Has the agency found a significant risk?",
        needs="Whether the agency found a significant risk of security or of improper use.",
    ),
    fact(
        "deal.certified",
        Of.DEAL,
        Polarity.LIFTS,
        given("certification", "The certification of the head of the agency for this product."),
        asks="Has the head of the agency certified the use?",
        needs="The certification of the head of the agency for this product.",
    ),
    fact(
        "deal.end_use_declared",
        Of.DEAL,
        Polarity.LIFTS,
        given("end-use-declaration", "The end-use declaration that the buying State signed."),
        asks="Has the buying State signed an end-use declaration?",
        needs="The end-use declaration that the buying State signed.",
    ),
)
