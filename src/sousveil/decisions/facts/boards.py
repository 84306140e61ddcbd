"""Community boards: approval and rejection of this product for this body, notice and hearing, and the board's powers.

How many days a proposal has to be public: what the law of its place sets, else what the pack says. A law counts for the body that buys
where it is a law of the whole State, or of something that the body is part of, as a city is. It sets fewer days than the pack only where
what it says is proven as everything is that lifts; more days count as soon as they are reported. Of several States the most days count.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, Required, adverse, called, merge, possible_client
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    admissible_values,
    beneficiaries,
    objection,
    support,
)
from sousveil.decisions.evidence.affiliation import closure
from sousveil.decisions.evidence.dates import certainly_by, certainly_until, earliest, latest, surely_before
from sousveil.decisions.facts.item import surely_whole, whole_ids
from sousveil.decisions.facts.offices import act_day, lately, lifting_date, of_state, surely_called
from sousveil.decisions.facts.reading import (
    about_state,
    blocks,
    ids_of,
    in_force,
    latest_reported,
    lifts,
    most_days,
    narrowed,
    with_above,
)
from sousveil.decisions.model import Action, Deal, Question, Ruling
from sousveil.register import edtf
from sousveil.register.views.records import Record

# Days of public notice


NOTICE_DAYS = parameters.days("letter-2021", "notice_days")
TOPIC = "community-boards"


def asked_by_law(world: Compiled, deal: Deal) -> int:
    """The days that are asked for at the least, whatever the proposal and its notices say."""
    least, reported = [NOTICE_DAYS] if not deal.buyer_states else [], [0]
    needed: dict[str, Wanted] = {"topic": TOPIC, "status": "in-force", "noticeDays": None}
    required: list[Required] = [("noticeDays", None), ("status", {"in-force"})]
    for code in deal.buyer_states:
        who, proven = beneficiaries(deal, code), 0
        for law in about_state(world, "Law", code):
            days = law.claims("noticeDays")
            if not days or TOPIC not in {one.statement.value for one in law.claims("topic")}:
                continue
            found = adverse(world, law, required, since=("inForceFrom", *DATED), until="inForceUntil")
            # More days count unless all who report them say whose law it is, and that is neither the State's nor the buyer's.
            places = narrowed(world, law, "state", "noticeDays")
            of_state_itself = any(called(one, "State") for one in filter(None, map(world.record, sorted(places))))
            near = not places or of_state_itself or not places.isdisjoint(with_above(world, deal.end_users))
            if not found.alleged and near:
                reported.append(most_days(one for one in days if one.id in found.proof))
            sure = in_force(world, law, "inForceFrom", "inForceUntil", who) and _surely_covers(world, deal, law, who)
            if sure and of_state(world, law, code, needed, who).holds:
                proven = max(proven, _days(world, law, "noticeDays", who))
        # A State without a proven law asks for what the pack says, whatever another one asks for: who adds a State takes no day away.
        least.append(proven or NOTICE_DAYS)
    return max((*least, *reported))


def _surely_covers(world: Compiled, deal: Deal, law: Record, who: Beneficiaries) -> bool:
    """For fewer days: each step is by a statement that lifts, and nobody says that it is the law of something else."""
    places = admissible_values(world, law, "state", who=who)

    def above(id: str) -> Iterable[str]:
        there = world.record(id)
        return admissible_values(world, there, "partOf", who=who) if there is not None else ()

    if any(surely_called(world, one, "State", who) for one in filter(None, map(world.record, sorted(places)))):
        return True
    return not places.isdisjoint(closure(deal.end_users, above)) if places else not law.stand("state")


APPROVES = frozenset({"approved", "approved-with-conditions"})
REJECTS = frozenset({"rejected", "suspended", "ended"})
POWERS = ("approve", "reject", "human-rights-test", "public-notice", "reporting")


# What was proposed and decided


def proposals(world: Compiled, deal: Deal) -> list[Record]:
    """Proposals of the buyer for the product."""
    return _for_product(world, deal, "Acquisition.body")


def _for_product(world: Compiled, deal: Deal, naming: str) -> list[Record]:
    """Records that name the buyer so, and the product or what it is part of."""
    many = [one for buyer in deal.end_users for one in world.pointing(buyer, naming)]
    products = whole_ids(world, deal.product) if many else frozenset()  # nearly always the value hangs on no product
    return [one for one in many if not products.isdisjoint(ids_of(world, one, "product"))]


def _decisions(world: Compiled, deal: Deal) -> list[Record]:
    """Decisions on the buyer's proposals for the product, and on its use of the product."""
    about = (*proposals(world, deal), *_for_product(world, deal, "Deployment.body"))
    return [record for one in about for record in world.pointing(one.id, "OversightDecision.about")]


def _rejection(world: Compiled, record: Record, *subject: Required) -> Charge:
    return adverse(world, record, [("outcome", REJECTS), *subject], since=DATED, until=None)


def against(world: Compiled, proposal: str, decision: str) -> Charge:
    """What of a decision counts against a purchase by the rule, whoever reports it: where the proposal names who buys which product, so
    that somebody can ask."""
    there, record = world.record(proposal), world.record(decision)
    if there is None or record is None or not ids_of(world, there, "body") or not ids_of(world, there, "product"):
        return Charge()
    return _rejection(world, record, ("about", None))


@blocks("deal.board_rejected", asks="Has a board rejected this?")
def _rejected(world: Compiled, deal: Deal, _: str) -> Charge:
    return merge(_rejection(world, record, ("about", None)) for record in _decisions(world, deal))


# An approval


class Approval(msgspec.Struct, frozen=True):
    """An approval that lifts, or why none does."""

    found: Support
    decision: Record | None = None
    proposal: Record | None = None
    earliest: str | None = None
    """The earliest day on which it may have been made, by those who may lift."""


def approval(world: Compiled, deal: Deal, *, ended: bool = False) -> Approval:
    """The newest approval of a proposal that lifts: by a board that is not of the buyer and has nobody of the vendor, after public
    notice, later than any rejection. `ended`: also one that has run out."""
    why: list[str] = []
    pairs = [
        (one, each) for one in proposals(world, deal) for each in world.pointing(one.id, "OversightDecision.about")
    ]
    for proposal, record in reversed(pairs):
        found, who = _decided(world, deal, proposal, record, APPROVES, ended=ended)
        if found.holds:
            days = (lifting_date(world, record, one, who, latest=False) for one in ("date", "startDate"))
            return Approval(found, record, proposal, earliest(filter(None, days)))
        why += found.why
    return Approval(Support(why=tuple(dict.fromkeys(why))))


def counted(world: Compiled, proposal: str, decision: str) -> Support:
    """Whether a decision on a proposal counts outside of a question, by the test of `approval`: for the buyer, product and vendors that
    the proposal names. That it ran out later makes it none the less a decision."""
    there, record = world.record(proposal), world.record(decision)
    deal = _deal_of(world, there) if there is not None else None
    if there is None or record is None or deal is None:
        return Support(why=("nobody can see who gains from it: the proposal names no buyer, product or vendor",))
    refused, _ = _decided(world, deal, there, record, frozenset({"rejected"}))
    return refused if refused.holds else _decided(world, deal, there, record, APPROVES, ended=True)[0]


def _decided(
    world: Compiled, deal: Deal, proposal: Record, record: Record, outcomes: frozenset[str], *, ended: bool = False
) -> tuple[Support, Beneficiaries]:
    """That the buyer's board decided so on the buyer's proposal; and who benefits. An approval has more to show: `_problem`."""
    others = beneficiaries(deal)
    named = ids_of(world, record, "body")
    boards = frozenset(id for id in named if _over_buyer(world, deal, id, [proposal], others).holds)
    who = beneficiaries(deal, acting=boards)
    found = support(world, record, {"body": boards, "about": proposal.id, "outcome": outcomes}, who)
    last = max((one.recorded for id in found.proof if (one := world.recorded(id)) is not None), default=0)
    found = found.also(about_deal(world, deal, proposal, last)) if found.holds else found
    if (
        found.holds
        and outcomes == APPROVES
        and (problem := _problem(world, deal, proposal, record, boards, who, ended))
    ):
        return Support(why=(f"{world.caption(record.id)}: {problem}",)), who
    return found, who


def _problem(
    world: Compiled,
    deal: Deal,
    proposal: Record,
    record: Record,
    boards: frozenset[str],
    who: Beneficiaries,
    ended: bool,
) -> str:
    """Why an approval of the board lifts nothing, in words; empty where it does."""
    when = act_day(world, record, who)
    if when is None or not certainly_by(world.as_of, when):
        return f"it has no day, or one after {world.as_of}"
    expiry = lifting_date(world, record, "expiryDate", who, latest=False, alone=True)
    if not ended and expiry is not None and not certainly_until(world.as_of, expiry):
        return "it does not surely hold any more"
    # The last rejection counts also where the statement that names its subject is no longer valid.
    last = latest(
        latest_reported(world, one, [each for each in one.claims("outcome") if each.statement.value in REJECTS])
        for one in _decisions(world, deal)
        if _rejection(world, one).counts
    )
    if last is not None and not surely_before(last, when):
        return "a rejection is not surely earlier"
    if problem := _not_public(world, deal, proposal, edtf.parse(when).first, who):
        return problem
    for seat in (seat for board in boards for seat in world.pointing(board, "Membership.organization")):
        near = {*ids_of(world, seat, "paidBy"), *ids_of(world, seat, "member")}
        if any(world.graph.ties(one) & who.entities or world.graph.cut(one) for one in near):
            return "a member of the board is paid by the vendor or the buyer, or tied to them"
    return ""


def _not_public(world: Compiled, deal: Deal, proposal: Record, decided: int, who: Beneficiaries) -> str:
    """Why the public notice before a decision (an ordinal) does not count; empty where it was long enough."""
    wanted, most, why = max(asked_by_law(world, deal), _days(world, proposal, "noticeDays", who)), 0, list[str]()
    for notice in world.pointing(proposal.id, "PublicNotice.acquisition"):
        found = support(world, notice, {"acquisition": proposal.id, "noticedOn": None}, who)
        day = act_day(world, notice, who, "noticedOn") if found.holds else None
        wanted = max(wanted, _days(world, notice, "days", who)) if found.holds else wanted
        most = max(most, decided - edtf.parse(day).last) if day is not None else most
        why += found.why
    says = f"sources that count show {most} days of public notice before it, and {wanted} are asked for"
    return "; ".join((says, *why)) if most < wanted else ""


def _days(world: Compiled, record: Record, name: str, who: Beneficiaries) -> int:
    """The most days that admissible statements set; 0 where none does."""
    return most_days(one for one in record.claims(name) if not objection(world, one, who))


def about_deal(world: Compiled, deal: Deal, proposal: Record, until: int | None = None) -> Support:
    """That the proposal is the buyer's, for this product: by a statement that lifts, or by the buyer who proposes it.

    `until`: the entry of the log by which it was decided. What the buyer adds to its proposal afterwards nobody has decided on.
    """
    others = beneficiaries(deal)
    needed: dict[str, Wanted] = {"body": deal.end_users, "product": surely_whole(world, deal.product, others)}
    found = support(world, proposal, needed, beneficiaries(deal, acting=deal.end_users, buyer=False))
    told = [one for id in found.proof if (one := world.recorded(id)) is not None]
    late = [one for one in told if until is not None and one.recorded > until and objection(world, one, others)]
    return support(world, proposal, needed, others) if late else found


def _over_buyer(world: Compiled, deal: Deal, id: str, proposals: list[Record], who: Beneficiaries) -> Support:
    """That a board is one, and the buyer's, by statements that lift: it oversees the buyer, or one of these proposals names it."""
    board = world.record(id)
    if board is None or not deal.end_users or not surely_called(world, board, "OversightBody", who):
        return Support(why=(f"{world.caption(id)}: it is not confirmed that it is a board",))
    over = support(world, board, {"oversees": deal.end_users}, who)
    named = (support(world, one, {"board": board.id}, who) for one in proposals)
    return over if over.holds else next((one for one in named if one.holds), over)


# A use


def _deal_of(world: Compiled, proposal: Record) -> Deal | None:
    """What a proposal asks for, as a question would: None where it does not say who gains."""
    buyers, products = ids_of(world, proposal, "body"), ids_of(world, proposal, "product")
    if len(buyers) != 1 or len(products) != 1:
        return None
    (buyer,), (product,) = buyers, products
    vendors = list(dict.fromkeys((*ids_of(world, proposal, "vendor"), *world.seats.makers(product))))
    if not vendors:
        return None
    country = next(iter(world.seats.of(buyer)), "")
    question = Question(
        action=Action.ACQUIRE,
        product=product,
        supplier=vendors[0],
        end_user=buyer,
        country=country,
        via=tuple(vendors[1:]),
        as_of=world.as_of,
    )
    return world.deal(question)


def use(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a use on the day, asked for its user, product and makers: `approved` or `unapproved`; nothing where it names
    no user or product, so that nobody can ask. One that is over needs an approval that has not run out only until then. One of a
    potential client is `possible`, and no use."""
    if possible_client(world, record):
        return Ruling("possible", words=(tuple(one.id for one in record.stand("clientStage")),))
    if (deal := _deal_of(world, record)) is None:
        return Ruling("")
    found = approval(world, deal, ended=not world.graph.live(record, ("body", "product")))
    if found.decision is None:
        return Ruling("unapproved", words=(tuple(one.id for one in record.stand("body", "product")),))
    mine = {one.id for one in found.decision.statements}
    return Ruling("approved", words=tuple((id,) for id in found.found.proof if id in mine))


@lifts(
    "deal.board_approved",
    asks="Has a community board approved this, after public notice?",
    needs="The approval of this by a community board over the end user, after public notice; published by the board, or confirmed by "
    "somebody independent.",
)
def _approved(world: Compiled, deal: Deal, _: str) -> list[Support]:
    return [approval(world, deal).found]


@lifts(
    "deal.board_has_powers",
    asks="May the board reject it, and does it test against human rights, give notice and report?",
    needs="The board's powers: to approve and to reject, a test against human rights, public notice, reporting; confirmed by an "
    "independent publisher.",
)
def _powers(world: Compiled, deal: Deal, _: str) -> list[Support]:
    who = beneficiaries(deal)
    mine = [one for one in proposals(world, deal) if about_deal(world, deal, one, 0).holds]
    # Whose board it is the buyer does not say.
    boards = {id for one in mine for id in ids_of(world, one, "board")}
    boards |= {one.id for buyer in deal.end_users for one in world.pointing(buyer, "OversightBody.oversees")}
    found = []
    for there in filter(None, map(world.record, sorted(boards))):
        over = _over_buyer(world, deal, there.id, mine, who)
        powers = support(world, there, {"power": POWERS}, who)
        found.append(over.also(powers) if over.holds and powers.holds else Support(why=(*over.why, *powers.why)))
    return found


@blocks("deal.used_already", asks="Is the product in use already?")
def _used(world: Compiled, deal: Deal, _: str) -> Charge:
    uses = _for_product(world, deal, "Deployment.body")
    return merge(adverse(world, one, [("body", None)], since=DATED, until=None, stage="clientStage") for one in uses)


# Reports that enacted city laws ask for: on the impact, before the council decides, and on the use, each year after it.


IMPACT_DAYS = parameters.days("ccops", "impact_report_days")
USE_DAYS = parameters.days("ccops", "use_report_days")


def _own(deal: Deal) -> Beneficiaries:
    """Such a report is the department's own act."""
    return beneficiaries(deal, acting=deal.end_users, buyer=False)


@lifts(
    "deal.impact_reported",
    asks="Was a report on the impact public for long enough before the council decided?",
    needs=f"A report on the impact, public {IMPACT_DAYS} days before the council decided.",
)
def _impact(world: Compiled, deal: Deal, _: str) -> list[Support]:
    approved, who = approval(world, deal), _own(deal)
    if (proposal := approved.proposal) is None:
        return [approved.found]
    return [
        support(world, proposal, {"impactReport": id}, who).also(_early(world, id, approved.earliest, who))
        for id in ids_of(world, proposal, "impactReport")
    ]


def _early(world: Compiled, id: str, decided: str | None, who: Beneficiaries) -> Support:
    document = world.record(id)
    if document is None:
        return Support()
    day = act_day(world, document, who, "publishedAt")
    early = day and decided and edtf.parse(decided).first - edtf.parse(day).last >= IMPACT_DAYS
    why = f"{world.caption(id)}: it was not public for {IMPACT_DAYS} days"
    return support(world, document, {"publishedAt": None}, who).provided(bool(early), why)


@lifts(
    "deal.use_reported",
    asks="Was a report on the use made public within the last year?",
    needs=f"A report on the use, public within the last {USE_DAYS} days.",
)
def _use_reported(world: Compiled, deal: Deal, _: str) -> list[Support]:
    approved, who = approval(world, deal), _own(deal)
    about = {one.id for one in proposals(world, deal) if about_deal(world, deal, one).holds}
    if approved.decision is not None:  # what ties another decision to the use may be a stranger's word
        about.add(approved.decision.id)
    found = []
    for report in (one for id in sorted(about) for one in world.pointing(id, "UseReport.about")):
        why = f"{world.caption(report.id)}: it has no day within {USE_DAYS} days"
        fresh = lately(world, report, "publishedAt", who, USE_DAYS)
        found.append(support(world, report, {"about": about, "publishedAt": None}, who).provided(fresh, why))
    return found
