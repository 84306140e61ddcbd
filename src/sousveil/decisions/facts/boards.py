"""Community boards: approval and rejection of this product for this body, notice and hearing, and the board's powers.

A proposal has to be public for as many days as the pack says, or for more where its place has a law that is reported to ask for more. A law
counts for the body that buys where it is a law of the whole State, or of something that the body is part of, as a city is.
"""

from __future__ import annotations

import msgspec

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, Required, adverse, called, merge, possible_client
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    beneficiaries,
    first_support,
    objection,
    support,
)
from sousveil.decisions.evidence.dates import certainly_before, certainly_by, certainly_until, earliest, latest
from sousveil.decisions.facts.item import certainly_whole, whole_ids
from sousveil.decisions.facts.offices import act_day, certainly_called, lately, lifting_date
from sousveil.decisions.facts.reading import (
    about_state,
    blocks,
    ids_of,
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
    required: list[Required] = [("topic", {TOPIC}), ("noticeDays", None), ("status", {"in-force"})]
    days = NOTICE_DAYS
    for law in (law for code in deal.buyer_states for law in about_state(world, "Law", code)):
        found = adverse(world, law, required, since=("inForceFrom", *DATED), until="inForceUntil")
        # It counts unless all who report it say whose law it is, and that is neither the State's nor the buyer's.
        places = narrowed(world, law, "state", "noticeDays")
        of_state = any(called(one, "State") for one in filter(None, map(world.record, places)))
        near = not places or of_state or not places.isdisjoint(with_above(world, deal.end_users))
        if near and not found.alleged:
            days = max(days, most_days(one for one in law.claims("noticeDays") if one.id in found.proof))
    return days


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


def approval(world: Compiled, deal: Deal, *, ended: bool = False) -> Approval:
    """The newest approval of a proposal that lifts: by a board that is not of the buyer and has nobody of the vendor, after public
    notice, later than any rejection. `ended`: also one that has run out."""
    why: list[str] = []
    pairs = [
        (one, each) for one in proposals(world, deal) for each in world.pointing(one.id, "OversightDecision.about")
    ]
    for proposal, record in reversed(pairs):
        found = _decided(world, deal, proposal, record, APPROVES, ended=ended)
        if found.holds:
            return Approval(found, record, proposal)
        why += found.why
    return Approval(Support(why=tuple(dict.fromkeys(why))))


def counted(world: Compiled, proposal: str, decision: str) -> Support:
    """Whether a decision on a proposal counts outside of a question, by the test of `approval`: for the buyer, product and vendors that
    the proposal names. That it ran out later makes it none the less a decision."""
    there, record = world.record(proposal), world.record(decision)
    deal = _deal_of(world, there) if there is not None else None
    if there is None or record is None or deal is None:
        return Support(why=("nobody can see who gains from it: the proposal names no buyer, product or vendor",))
    refused = _decided(world, deal, there, record, frozenset({"rejected"}))
    return refused if refused.holds else _decided(world, deal, there, record, APPROVES, ended=True)


def _decided(
    world: Compiled, deal: Deal, proposal: Record, record: Record, outcomes: frozenset[str], *, ended: bool = False
) -> Support:
    """That the buyer's board decided so on the buyer's proposal. An approval has more to show."""
    others = beneficiaries(deal)
    named = ids_of(world, record, "body")
    boards = frozenset(id for id in named if _over_buyer(world, deal, id, [proposal], others).holds)
    who = beneficiaries(deal, acting=boards)
    found = support(world, record, {"body": boards, "about": proposal.id, "outcome": outcomes}, who)
    if found.holds:
        last = max(world.base.statements[id].recorded for id in found.proof)
        found = found.also(_about_deal(world, deal, proposal, last))
    if not found.holds or outcomes != APPROVES:
        return found
    name, when = world.caption(record.id), act_day(world, record, who)
    if when is None or not certainly_by(world.as_of, when):
        return Support(why=(f"{name}: it has no day, or one after {world.as_of}",))
    expiry = lifting_date(world, record, "expiryDate", who, latest=False, alone=True)
    over = not ended and expiry is not None and not certainly_until(world.as_of, expiry)
    # The last rejection counts also where the statement that names its subject is no longer valid.
    last_no = latest(
        latest_reported(world, one, [each for each in one.claims("outcome") if each.statement.value in REJECTS])
        for one in _decisions(world, deal)
        if _rejection(world, one).counts
    )
    later = last_no is None or certainly_before(last_no, when)
    short = _not_public(world, deal, proposal, edtf.parse(when).first, who)
    seats = (seat for board in boards for seat in world.pointing(board, "Membership.organization"))
    near = {id for seat in seats for name in ("paidBy", "member") for id in ids_of(world, seat, name)}
    bound = any(world.graph.ties(one) & who.entities or world.graph.cut(one) for one in near)
    return (
        found.provided(not over, f"{name}: it does not surely hold any more")
        .provided(later, f"{name}: a rejection is not surely earlier")
        .provided(not short, f"{name}: {short}")
        .provided(not bound, f"{name}: a member of the board is paid by the vendor or the buyer, or tied to them")
    )


def _not_public(world: Compiled, deal: Deal, proposal: Record, decided: int, who: Beneficiaries) -> str:
    """Why the public notice before a decision (an ordinal) does not count; empty where it was long enough."""

    def days(record: Record, name: str) -> int:
        """The most days that admissible statements set; 0 where none does."""
        return most_days(one for one in record.claims(name) if not objection(world, one, who))

    wanted, most, why = max(asked_by_law(world, deal), days(proposal, "noticeDays")), 0, list[str]()
    for notice in world.pointing(proposal.id, "PublicNotice.acquisition"):
        found = support(world, notice, {"acquisition": proposal.id, "noticedOn": None}, who)
        day = act_day(world, notice, who, "noticedOn") if found.holds else None
        wanted = max(wanted, days(notice, "days")) if found.holds else wanted
        most = max(most, decided - edtf.parse(day).last) if day is not None else most
        why += found.why
    says = f"sources that count show {most} days of public notice before it, and {wanted} are asked for"
    return "; ".join((says, *why)) if most < wanted else ""


def _about_deal(world: Compiled, deal: Deal, proposal: Record, until: int) -> Support:
    """That the proposal is the buyer's, for this product: by a statement that lifts, or by the buyer who proposes it. `until`: the entry of
    the log by which it was decided. What the buyer adds to its proposal afterwards nobody has decided on."""
    others = beneficiaries(deal)
    needed: dict[str, Wanted] = {"body": deal.end_users, "product": certainly_whole(world, deal.product, others)}
    found = support(world, proposal, needed, beneficiaries(deal, acting=deal.end_users, buyer=False))
    proven = [world.base.statements[id] for id in found.proof]
    late = any(one.recorded > until and objection(world, one, others) for one in proven)
    return support(world, proposal, needed, others) if late else found


def _over_buyer(world: Compiled, deal: Deal, id: str, proposals: list[Record], who: Beneficiaries) -> Support:
    """That a board is one, and the buyer's, by statements that lift: it oversees the buyer, or one of these proposals names it."""
    board = world.record(id)
    if board is None or not deal.end_users or not certainly_called(world, board, "OversightBody", who):
        return Support(why=(f"{world.caption(id)}: it is not confirmed that it is a board",))
    named = (support(world, one, {"board": board.id}, who) for one in proposals)
    return first_support([support(world, board, {"oversees": deal.end_users}, who), *named])


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
    mine = [one for one in proposals(world, deal) if _about_deal(world, deal, one, 0).holds]
    # Whose board it is the buyer does not say.
    boards = {id for one in mine for id in ids_of(world, one, "board")}
    boards |= {one.id for buyer in deal.end_users for one in world.pointing(buyer, "OversightBody.oversees")}
    return [
        _over_buyer(world, deal, there.id, mine, who).also(support(world, there, {"power": POWERS}, who))
        for there in filter(None, map(world.record, sorted(boards)))
    ]


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
    if approved.decision is None or approved.proposal is None:
        return [approved.found]
    others, found = beneficiaries(deal, acting=ids_of(world, approved.decision, "body")), []
    days = (lifting_date(world, approved.decision, one, others, latest=False) for one in ("date", "startDate"))
    decided = earliest(filter(None, days))
    for document in filter(None, map(world.record, ids_of(world, approved.proposal, "impactReport"))):
        day = act_day(world, document, who, "publishedAt")
        early = day and decided and edtf.parse(decided).first - edtf.parse(day).last >= IMPACT_DAYS
        shown = support(world, document, {"publishedAt": None}, who)
        shown = shown.provided(bool(early), f"{world.caption(document.id)}: it was not public for {IMPACT_DAYS} days")
        found.append(support(world, approved.proposal, {"impactReport": document.id}, who).also(shown))
    return found


@lifts(
    "deal.use_reported",
    asks="Was a report on the use made public within the last year?",
    needs=f"A report on the use, public within the last {USE_DAYS} days.",
)
def _use_reported(world: Compiled, deal: Deal, _: str) -> list[Support]:
    """What is used without an approval has no report that counts."""
    approved, who = approval(world, deal), _own(deal)
    about = {one.id for one in (approved.proposal, approved.decision) if one is not None}
    found = [] if about else [approved.found]
    for report in (one for id in sorted(about) for one in world.pointing(id, "UseReport.about")):
        why = f"{world.caption(report.id)}: it has no day within {USE_DAYS} days"
        fresh = lately(world, report, "publishedAt", who, USE_DAYS)
        found.append(support(world, report, {"about": about, "publishedAt": None}, who).provided(fresh, why))
    return found
