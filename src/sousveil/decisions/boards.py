"""Is an oversight body established on a day, and why not (g); where does a proposal before a board stand (h).

Both are read from what is on file and say, for each reason, which statements it rests on. What disqualifies makes the answer
FALSE; what is missing makes it UNKNOWN; a register that says nothing of a body never calls it established.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from sousveil.decisions import chains, lookup
from sousveil.decisions.model import Truth
from sousveil.register.model import Standing
from sousveil.register.views.reading import Reader, Record, span, stands

CIVIL = frozenset({"civil-society", "affected-people"})
"""Constituencies that count as civil society."""
REPRESENTS = ("Representation", "Directorship")


class BodyReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a body is not, or not surely, established."""

    code: str
    """`paid_by_vendor`, `of_vendor_group`, `no_human_rights_group`, `no_civil_society`, `one_constituency`, `no_members`,
    `no_mandate`, `no_date`, `not_yet`, `ended`, `only_alleged`."""
    says: str
    truth: Truth
    """FALSE: it disqualifies; UNKNOWN: it is not proven."""
    proof: tuple[str, ...] = ()
    """Ids of the statements."""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A membership on the day asked for."""

    id: str
    member: str
    role: str | None
    constituency: str | None
    human_rights: bool
    paid_by: tuple[str, ...]
    since: str | None
    until: str | None
    bound: str
    """Why this member is not independent of the vendor; empty where nothing on file says so."""
    proof: tuple[str, ...]


class Established(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a body is established on a day."""

    body: str
    day: str
    truth: Truth
    reasons: tuple[BodyReason, ...]
    seats: tuple[Seat, ...]
    vendors: tuple[str, ...]
    """Companies that it oversees."""
    civil_share: float | None
    """Share of the seats whose constituency is civil society or affected people, 0 to 1; None: no seat."""
    constituencies: dict[str, int]
    human_rights_groups: int
    proof: tuple[str, ...]
    """Ids of the statements on which TRUE rests."""
    weakest: str
    """The weakest standing among them."""


def established(reader: Reader, body: str, day: str, vendors: Iterable[str] = ()) -> Established:
    """Whether an oversight body is established on an ISO day. `vendors`: companies it must be independent of besides its own."""
    reader.load([body])
    body = reader.canonical(body)
    record = reader.records.get(body)
    overseen = list(dict.fromkeys([*(lookup.entities(reader, record, "oversees") if record else ()), *vendors]))
    if record is None:
        nothing = BodyReason(code="no_members", says="Nothing is on file about this body.", truth=Truth.UNKNOWN)
        return _answer(body, day, [nothing], [], overseen, ())
    group = chains.groups(reader, overseen, day)
    seats = _seats(reader, body, day, group)
    reasons = [*_of_body(record, day), *of_seats(reader, seats)]
    used = [
        *lookup.proof(record, "name", "mandate", "establishedOn", "oversees"),
        *(id for one in seats for id in one.proof),
    ]
    statements = [one for one in record.statements if one.id in set(used)]
    seat_records = [reader.records[one.id] for one in seats]
    statements += [one for each in seat_records for one in each.statements if stands(one)]
    standings = [one.statement.standing for one in statements]
    weakest = max(standings, key=list(Standing).index, default=Standing.ALLEGED)
    if weakest is Standing.ALLEGED and statements:
        ids = tuple(one.id for one in statements if one.statement.standing is Standing.ALLEGED)
        reasons.append(
            BodyReason(code="only_alleged", says="Part of it is only alleged.", truth=Truth.UNKNOWN, proof=ids)
        )
    return _answer(body, day, reasons, seats, overseen, tuple(dict.fromkeys(used)), str(weakest))


def _answer(
    body: str,
    day: str,
    reasons: list[BodyReason],
    seats: list[Seat],
    vendors: Iterable[str],
    proof: tuple[str, ...],
    weakest: str = str(Standing.ALLEGED),
) -> Established:
    counted = Counter(one.constituency or "unknown" for one in seats)
    civil = sum(one.constituency in CIVIL for one in seats)
    return Established(
        body=body,
        day=day,
        truth=min((one.truth for one in reasons), default=Truth.TRUE),
        reasons=tuple(sorted(reasons, key=lambda one: one.truth)),
        seats=tuple(seats),
        vendors=tuple(vendors),
        civil_share=civil / len(seats) if seats else None,
        constituencies=dict(sorted(counted.items())),
        human_rights_groups=sum(one.human_rights for one in seats),
        proof=proof,
        weakest=weakest,
    )


def _of_body(record: Record, day: str) -> list[BodyReason]:
    found = []
    since = record.first("establishedOn") or record.first("incorporationDate")
    ended = record.first("dissolutionDate")
    if since is None:
        found.append(BodyReason(code="no_date", says="No statement says since when it exists.", truth=Truth.UNKNOWN))
    elif lookup.before(day, since):
        ids = lookup.proof(record, "establishedOn", "incorporationDate")
        found.append(BodyReason(code="not_yet", says=f"It exists only since {since}.", truth=Truth.FALSE, proof=ids))
    if ended is not None and lookup.before(ended, day):
        ids = lookup.proof(record, "dissolutionDate")
        found.append(BodyReason(code="ended", says=f"It ended on {ended}.", truth=Truth.FALSE, proof=ids))
    if not record.stand("mandate"):
        found.append(BodyReason(code="no_mandate", says="No statement gives its mandate.", truth=Truth.UNKNOWN))
    return found


def of_seats(reader: Reader, seats: list[Seat]) -> list[BodyReason]:
    """What these seats say against the body, or leave unproven."""
    if not seats:
        return [BodyReason(code="no_members", says="No member is on file for this day.", truth=Truth.UNKNOWN)]
    found = []
    for one in seats:
        if one.bound:
            code = "paid_by_vendor" if one.paid_by and one.bound.startswith("paid") else "of_vendor_group"
            says = f"{reader.ref(one.member).caption}: {one.bound}."
            found.append(BodyReason(code=code, says=says, truth=Truth.FALSE, proof=one.proof))
    everybody = tuple(id for one in seats for id in one.proof)
    if not any(one.human_rights and not one.bound for one in seats):
        says = "No independent human-rights group is a member."
        found.append(BodyReason(code="no_human_rights_group", says=says, truth=Truth.FALSE, proof=everybody))
    kinds = {one.constituency for one in seats if one.constituency}
    if not kinds & CIVIL:
        says = "Nobody of civil society is a member."
        found.append(BodyReason(code="no_civil_society", says=says, truth=Truth.FALSE, proof=everybody))
    if len(kinds) < 2 and all(one.constituency for one in seats):
        says = "All its members are of one kind: it does not join several groups of society."
        found.append(BodyReason(code="one_constituency", says=says, truth=Truth.FALSE, proof=everybody))
    elif len(kinds) < 2:
        says = "It is not on file that its members are of several groups of society."
        found.append(BodyReason(code="one_constituency", says=says, truth=Truth.UNKNOWN, proof=everybody))
    return found


def _seats(reader: Reader, body: str, day: str, group: set[str]) -> list[Seat]:
    found = []
    for record in lookup.pointing(reader, [body], "Membership", "organization"):
        if lookup.held_on(record, day) is False:
            continue
        for member in lookup.entities(reader, record, "member"):
            paid = tuple(lookup.entities(reader, record, "paidBy"))
            bound, ids = _bound(reader, member, paid, day, group)
            start, end = span(record)
            found.append(
                Seat(
                    id=record.id,
                    member=member,
                    role=record.first("role"),
                    constituency=record.first("constituency"),
                    human_rights=record.first("humanRights") == "yes",
                    paid_by=paid,
                    since=start,
                    until=end,
                    bound=bound,
                    proof=(*lookup.proof(record), *ids),
                )
            )
    return sorted(found, key=lambda one: (one.since or "", one.member))


def _bound(
    reader: Reader, member: str, paid: tuple[str, ...], day: str, group: set[str]
) -> tuple[str, tuple[str, ...]]:
    """Why a member is not independent of the vendor's group, and the further statements that say so."""
    payer = next((one for one in paid if one in group), None)
    if payer is not None:
        return f"paid by {reader.ref(payer).caption}, which is the vendor or of its group", ()
    if member in group:
        return "the vendor itself or a company of its group", ()
    for type, mine, other in (("Representation", "agent", "client"), ("Directorship", "director", "organization")):
        for record in lookup.pointing(reader, [member], type, mine):
            bound = next((one for one in lookup.entities(reader, record, other) if one in group), None)
            if bound is not None and lookup.held_on(record, day) is not False:
                return f"acts for {reader.ref(bound).caption}, which is the vendor or of its group", lookup.proof(
                    record
                )
    return "", ()
