"""Views of oversight bodies (g) and of proposals before community boards (h)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sousveil.decisions import boards, lookup, proposals, voices
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.facts import oversight as facts
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.views import words
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Reader, Record, Store, stands

SAYS = {Truth.TRUE: "established", Truth.FALSE: "not established", Truth.UNKNOWN: "not proven to be established"}


class SeatRow(msgspec.Struct, frozen=True, kw_only=True):
    """A member."""

    member: Ref
    role: str | None
    constituency: str
    human_rights: bool
    paid_by: list[Ref]
    dates_words: str
    bound: str
    """Why it is not independent of the vendor; empty: nothing on file says so."""
    record: Ref


class ReasonRow(msgspec.Struct, frozen=True, kw_only=True):
    """Why a body is not established, or not proven to be."""

    code: str
    says: str
    disqualifies: bool
    statements: list[str]


class MeetingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting or an opinion."""

    ref: Ref
    date: str | None
    what: str
    """Its agenda, or the outcome and reasons."""


class BodyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An oversight body on a day."""

    ref: Ref
    kind: str | None
    oversees: list[Ref]
    mandate: list[str]
    established: str
    """`true`, `false`, `unknown`."""
    established_words: str
    """By the test of decisions, of a deal in which only the vendor, those behind it and their States benefit."""
    reasons: list[ReasonRow]
    said_by: list[str]
    """Who says what is on file of the body and its seats."""
    seats: list[SeatRow]
    civil_share: float | None
    """Share of civil society and affected people among the seats, 0 to 1."""
    constituencies: dict[str, int]
    human_rights_groups: int
    meetings: list[MeetingRow]
    opinions: list[MeetingRow]


class Without(msgspec.Struct, frozen=True, kw_only=True):
    """A company that makes or sells surveillance products without an established body."""

    company: Ref
    country: str | None
    bodies: list[Ref]
    """Bodies that oversee it and are not established."""


class OversightView(msgspec.Struct, frozen=True, kw_only=True):
    """Oversight bodies of companies."""

    frame: Frame
    day: str
    company: Ref | None
    bodies: list[BodyRow]
    without: list[Without]


def oversight_view(
    store: Store,
    company: str | None = None,
    *,
    as_of: str | None = None,
    known_at: int | None = None,
    today: str | None = None,
) -> OversightView:
    """Bodies that oversee companies, of one or of all, and the companies that operate without one."""
    reader = Reader(store, as_of=as_of, known_at=known_at, today=today)
    rows = [
        _body(reader, one.id) for one in lookup.every(reader, "OversightBody") if one.first("bodyKind") != "community"
    ]
    makers: dict[str, list[Ref]] = {}
    for product in lookup.every(reader, "SurveillanceProduct"):
        makers.update({id: [] for id in lookup.entities(reader, product, "vendor")})
    good = {id for id in makers if rows and _overseen(reader, id)}
    for row in rows:
        for ref in row.oversees:
            if ref.id in makers:
                makers[ref.id].append(row.ref)
    wanted = None
    if company is not None:
        reader.load([company])
        wanted = reader.canonical(company)
        rows = [one for one in rows if any(ref.id == wanted for ref in one.oversees)]
        makers = {wanted: makers.get(wanted, [])}
        good = {wanted} if rows and _overseen(reader, wanted) else set()
    without = [
        Without(company=reader.ref(id), country=lookup.country_of(reader, id), bodies=bodies)
        for id, bodies in makers.items()
        if id not in good
    ]
    return OversightView(
        frame=reader.frame(),
        day=reader.day,
        company=reader.ref(wanted) if wanted else None,
        bodies=sorted(rows, key=lambda one: (one.ref.caption, one.ref.id)),
        without=sorted(without, key=lambda one: (one.company.caption, one.company.id)),
    )


def _overseen(reader: Reader, company: str) -> bool:
    """Whether an established body stands over a company, by the test of decisions."""
    world = boards.world_of(reader, reader.day)
    return facts.established(world, _at_large(world, company), company).truth is Truth.TRUE


def _at_large(world: Compiled, company: str) -> Deal:
    return world.seats.at_large(world.graph, company, world.as_of, world.known_on)


def _faults(reader: Reader, record: Record, vendors: Iterable[str]) -> list[facts.Fault]:
    """What keeps a body from being established over one of these, by the test of decisions, each once; what disqualifies first."""
    found: dict[tuple[str, str], facts.Fault] = {}
    world = boards.world_of(reader, reader.day)
    body = world.record(record.id)
    for vendor in vendors if body is not None else ():
        if body is not None:
            for one in facts.faults(world, _at_large(world, vendor), body, vendor, vendor, {}):
                found.setdefault((one.code, one.says), one)
    return sorted(found.values(), key=lambda one: one.truth)


def _body(reader: Reader, id: str) -> BodyRow:
    found = boards.established(reader, id, reader.day)
    record = reader.records[id]
    faults = _faults(reader, record, found.vendors)
    truth = min((one.truth for one in faults), default=Truth.TRUE if found.vendors else Truth.UNKNOWN)
    told = [record, *(reader.records[one.id] for one in found.seats)]
    publishers = (one.statement.publisher for each in told for one in each.statements if stands(one))
    meetings = lookup.pointing(reader, [id], "Meeting", "body")
    opinions = lookup.pointing(reader, [id], "OversightDecision", "body")
    return BodyRow(
        ref=reader.ref(id),
        kind=record.first("bodyKind"),
        oversees=[reader.ref(one) for one in found.vendors],
        mandate=lookup.texts(record, "mandate"),
        established=truth.name.lower(),
        established_words=SAYS[truth],
        said_by=sorted({reader.publisher(one) for one in dict.fromkeys(publishers)}),
        reasons=[
            ReasonRow(
                code=one.code,
                says=one.says,
                disqualifies=one.truth is Truth.FALSE,
                statements=list(dict.fromkeys(one.proof)),
            )
            for one in faults
        ],
        seats=[_seat(reader, one) for one in found.seats],
        civil_share=None if found.civil_share is None else round(found.civil_share, 4),
        constituencies=found.constituencies,
        human_rights_groups=found.human_rights_groups,
        meetings=_dated(reader, [(one.id, "; ".join(lookup.texts(one, "agenda"))) for one in meetings]),
        opinions=_dated(
            reader,
            [
                (
                    one.id,
                    "; ".join(
                        [
                            *(reader.display(one.type, "outcome", each)[0] for each in lookup.texts(one, "outcome")),
                            *lookup.texts(one, "reason"),
                        ]
                    ),
                )
                for one in opinions
            ],
        ),
    )


def _dated(reader: Reader, many: list[tuple[str, str]]) -> list[MeetingRow]:
    rows = [MeetingRow(ref=reader.ref(id), date=lookup.day_of(reader.records[id]), what=what) for id, what in many]
    return sorted(rows, key=lambda one: (lookup.sort_day(one.date), one.ref.id), reverse=True)


def _seat(reader: Reader, seat: boards.Seat) -> SeatRow:
    return SeatRow(
        member=reader.ref(seat.member),
        role=seat.role,
        constituency=seat.constituency or "not stated",
        human_rights=seat.human_rights,
        paid_by=[reader.ref(one) for one in seat.paid_by],
        dates_words=words.dates(seat.since, seat.until),
        bound=seat.bound.says if seat.bound is not None else "",
        record=reader.ref(seat.id),
    )


# Proposals


class VoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A vote with its reasons."""

    ref: Ref
    member: list[Ref]
    choice: str
    date: str | None
    necessity: list[str]
    proportionality: list[str]
    legality: list[str]


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """A report on the impact, a notice, comment, hearing, decision or report on use."""

    kind: str
    ref: Ref
    date: str | None
    what: str
    by: list[Ref]
    """Who comments, or made the report on the impact; empty where nobody is named."""
    code: str
    """The position of a comment, or the outcome of a decision, in words; empty where none is given."""


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal with where it stands."""

    ref: Ref
    body: list[Ref]
    board: list[Ref]
    product: list[Ref]
    vendor: list[Ref]
    purpose: list[str]
    impact: list[Ref]
    """Reports on the impact that the proposal names."""
    stands: proposals.ProposalStanding
    board_established: str
    """`true`, `false`, `unknown`; held against the vendor of the proposal."""
    board_reasons: list[str]


class ProposalsView(msgspec.Struct, frozen=True, kw_only=True):
    """All proposals."""

    frame: Frame
    day: str
    proposals: list[ProposalRow]
    breaches: int


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """One proposal, step by step."""

    frame: Frame
    day: str
    proposal: ProposalRow
    steps: list[StepRow]
    votes: list[VoteRow]


def proposals_view(
    store: Store, *, as_of: str | None = None, known_at: int | None = None, today: str | None = None
) -> ProposalsView:
    """Every proposal, those with breaches first."""
    reader = Reader(store, as_of=as_of, known_at=known_at, today=today)
    rows = [_proposal(reader, one.id) for one in lookup.every(reader, "Acquisition")]
    rows.sort(key=lambda one: (not one.stands.problems, one.ref.caption, one.ref.id))
    breaches = sum(len(one.stands.problems) for one in rows)
    return ProposalsView(frame=reader.frame(), day=reader.day, proposals=rows, breaches=breaches)


def proposal_view(
    store: Store, proposal: str, *, as_of: str | None = None, known_at: int | None = None, today: str | None = None
) -> ProposalView | None:
    """One proposal; None where the register knows none of this id."""
    reader = Reader(store, as_of=as_of, known_at=known_at, today=today)
    reader.load([proposal])
    record = reader.records.get(reader.canonical(proposal))
    if record is None or not voices.is_called(record, "Acquisition"):
        return None
    case = proposals.Case(reader, record.id)
    steps = [
        *(
            _step(reader, "impact", one, "; ".join(lookup.texts(one, "rightsAssessment")))
            for one in _impact(reader, case)
        ),
        *(_step(reader, "notice", one, one.first("place") or "") for one in case.notices),
        *(_step(reader, "comment", one, one.first("comment") or "") for one in case.comments),
        *(_step(reader, "hearing", one, one.first("place") or "") for one in case.hearings),
        *(
            _step(reader, "decision", one, "; ".join(lookup.texts(one, "reason")))
            for one in lookup.pointing(reader, [case.id], "OversightDecision", "about")
        ),
    ]
    wanted = [case.id, *(one.id for one in case.decisions)]
    steps += [
        _step(reader, "report", one, one.first("title") or "")
        for one in lookup.pointing(reader, wanted, "UseReport", "about")
    ]
    return ProposalView(
        frame=reader.frame(),
        day=reader.day,
        proposal=_proposal(reader, record.id),
        steps=sorted(steps, key=lambda one: (lookup.sort_day(one.date), one.ref.id)),
        votes=[_vote(reader, one.id) for one in case.votes],
    )


def _impact(reader: Reader, case: proposals.Case) -> list[Record]:
    """The reports on the impact that a proposal names."""
    named = lookup.entities(reader, case.record, "impactReport")
    return [voices.as_type(one, "ImpactReport") for id in named if (one := reader.records.get(id)) is not None]


def _step(reader: Reader, kind: str, record: Record, what: str) -> StepRow:
    date = record.first("noticedOn") or record.first("publishedAt") or lookup.day_of(record)
    code = "position" if kind == "comment" else "outcome"
    return StepRow(
        kind=kind,
        ref=reader.ref(record.id),
        date=date,
        what=what,
        by=[reader.ref(one) for one in lookup.entities(reader, record, "body" if kind == "impact" else "organization")],
        code="; ".join(reader.display(record.type, code, one)[0] for one in lookup.texts(record, code)),
    )


def _vote(reader: Reader, id: str) -> VoteRow:
    record = reader.records[id]
    seats = [reader.records[one] for one in lookup.entities(reader, record, "seat") if one in reader.records]
    return VoteRow(
        ref=reader.ref(id),
        member=[reader.ref(member) for seat in seats for member in lookup.entities(reader, seat, "member")],
        choice=record.first("choice") or "",
        date=lookup.day_of(record),
        necessity=lookup.texts(record, "necessity"),
        proportionality=lookup.texts(record, "proportionality"),
        legality=lookup.texts(record, "legality"),
    )


def _proposal(reader: Reader, id: str) -> ProposalRow:
    stands = proposals.stands(reader, id, reader.day)
    record = reader.records[id]
    named = lookup.entities(reader, record, "impactReport")
    vendors = lookup.entities(reader, record, "vendor")
    found = boards.established(reader, stands.board, reader.day, vendors) if stands.board else None
    return ProposalRow(
        ref=reader.ref(id),
        body=[reader.ref(one) for one in stands.bodies],
        board=[reader.ref(stands.board)] if stands.board else [],
        product=[reader.ref(one) for one in stands.product],
        vendor=[reader.ref(one) for one in vendors],
        purpose=lookup.texts(record, "purpose"),
        impact=[reader.ref(one) for one in named],
        stands=stands,
        board_established=found.truth.name.lower() if found else "unknown",
        board_reasons=[one.says for one in found.reasons] if found else ["No board is named."],
    )
