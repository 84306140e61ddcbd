"""The matrix of a State, and the gaps of a company: for each demand met, partly, not or unknown, each with its statements.

"Unknown" is not "not": a cell says "not" only where a statement says that it is not so; of a State it says since when the letter has
asked. Where a rule asks what a need asks, the rule's fact judges. Else a need is met by admissible statements (policy 2), as the first
publisher of the record and its offices give them; what others added is shown as their claim. What is only reported makes it "partly",
unless the need takes no reports (`Need.reports`); what a State or company says of itself is shown as "says of itself". What speaks against
it counts by any account (policy 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from sousveil.decisions import chains, lookup
from sousveil.decisions.evidence.accounts import firm
from sousveil.decisions.facts.groups import groups
from sousveil.decisions.model import Truth
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.conditions import Condition
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.model import LETTER, LETTER_DAY, About, Gap, Need, Procedure
from sousveil.decisions.procedures.proven import TESTS
from sousveil.register.entries import Genesis
from sousveil.register.intake.registry import layers
from sousveil.register.model import Recorded, Standing
from sousveil.register.types import is_a
from sousveil.register.types.countries import country_name
from sousveil.register.views.model_base import ProofView, Ref
from sousveil.register.views.records import Record, only_of, stands

MET, PARTLY, NOT, UNKNOWN = "met", "partly", "not", "unknown"
ITSELF = "says of itself"
"""In place of "partly met": all that is missing is that somebody independent confirms it."""
CELL_WORDS = {MET: "met", PARTLY: "partly met", NOT: "not met", UNKNOWN: "unknown"}
ACTED = "act recorded"
"""In place of "unknown": an act of the State is recorded under the demand, and no record shows that the demand is met."""
ACTS_MOST = 50
"""Acts that a cell shows."""
PROOF_MOST = 12
"""Statements that a need shows; all of them stand on the records' pages."""


class NeedView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must be shown."""

    name: str
    label: str
    state: str
    """met, partly (reported only, or by its own word only), not, unknown."""
    words: str
    """The same in words; `ITSELF` where only the State or company itself says so."""
    proof: list[ProofView]
    claimed: list[ProofView]
    """What would fulfil it if the first publisher of the record reported all of it, and nobody disputed it."""


class CellView(msgspec.Struct, frozen=True, kw_only=True):
    """One demand for one State or company."""

    procedure: str
    letter: str
    title: str
    state: str
    """met, partly, not, unknown."""
    words: str
    asked_since: str | None
    """ISO day since which the letter asks it of the State and no answer is recorded; None: not asked, or answered."""
    days_asked: int
    gap: str
    """The sentence about what is missing; empty where it is met."""
    needs: list[NeedView]
    acts: list[ProofView]
    """Acts of the State under this demand, newest first. An act is not an answer to the demand."""
    acts_count: int
    """So many are recorded; the list may hold the first of them."""


class StateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A State in the matrix."""

    country: str
    name: str
    ref: Ref | None
    """Its page as an entity."""
    cells: list[CellView]


def _gaps(about: About) -> Iterator[tuple[Procedure, Gap]]:
    return ((one, gap) for one in registry.all_procedures().values() for gap in one.gaps if gap.about is about)


def state_row(board: Board, country: str, day: int) -> StateRow:
    """All cells of a State."""
    states = [one for one in board.records["State"] if country in board.country_of(one.id)]
    ref = board.reader.ref(states[0].id) if states else None
    cells = [cell_of(board, procedure, gap, country, day) for procedure, gap in _gaps(About.STATE)]
    return StateRow(country=country, name=ref.caption if ref else country_name(country), ref=ref, cells=cells)


def countries(board: Board) -> list[str]:
    """The countries of all States in the register, those to which a record of a procedure belongs, and those that the letter names."""
    found = {code for one in board.records["State"] for code in board.country_of(one.id)}
    for need in (need for _, gap in _gaps(About.STATE) for need in gap.needs):
        found.update(board.of_country(need.type, need.of))
    store = board.reader.store
    first = store.payload(store.entry(0)) if store.size() else None
    if not isinstance(first, Genesis) or not first.example:
        found.update(code for group in groups().values() for code in group.states)
    return sorted(found)


def company_cells(board: Board, id: str, day: int) -> list[CellView]:
    """All cells of a company; of one that owns or funds such a company those that investors are asked; of others none."""
    vendor = is_vendor(board, id)
    if not vendor and not holdings(board, id, day):
        return []
    gaps = [(procedure, gap) for procedure, gap in _gaps(About.COMPANY) if vendor or gap.investors]
    return [cell_of(board, procedure, gap, id, day) for procedure, gap in gaps]


VENDOR_BY = (
    ("SurveillanceProduct", "vendor"), ("Supply", "supplier"), ("ExportLicence", "licensee"), ("ClientClaim", "vendor"),
    ("Representation", "agent"), ("Registration", "company"),
)  # fmt: skip


def is_vendor(board: Board, id: str) -> bool:
    """Whether a record says that it makes, sells or supplies such technology."""
    return any(board.pointing(type, by, id) for type, by in VENDOR_BY)


def vendors(board: Board) -> list[str]:
    """All of those."""
    return sorted({id for type, by in VENDOR_BY for one in board.records[type] for id in board.named(one, (by,))})


def investors(board: Board) -> list[str]:
    """Everybody of whom a record says that it owns or funds somebody; sorted."""
    ends = (("Ownership", "owner"), ("Investment", "investor"))
    return sorted(
        {id for type, by in ends for one in lookup.every(board.reader, type) for id in board.named(one, (by,))}
    )


NOT_ASKED = ("Person", "PublicBody")


def holdings(board: Board, id: str, day: int) -> list[str]:
    """The companies that sell such technology which somebody owns, in whole or part, or funds on the day; sorted. None for what everybody
    calls a person or a public body."""
    reader, on, record = board.reader, date.fromordinal(day).isoformat(), board.record(id)
    kinds = {one.statement.type for one in record.statements if stands(one)} if record is not None else set()
    if record is None or all(any(is_a(kind, one) for one in NOT_ASKED) for kind in kinds):
        return []
    funding = lookup.pointing(reader, [id], "Investment", "investor")
    funding = [one for one in funding if any(lookup.applies_on(each, on) is not False for each in board.accounts(one))]
    heads = [record.id, *(recipient for one in funding for recipient in board.named(one, ("recipient",)))]
    owned = {*heads, *(one.id for head in heads for one in chains.below(reader, head, on))}
    return sorted(one for one in owned if one != record.id and is_vendor(board, one))


def cell_of(board: Board, procedure: Procedure, gap: Gap, subject: str, day: int) -> CellView:
    """One demand for a country code or an entity id."""
    needs = [_need(board, need, gap.about, subject, day) for need in gap.needs]
    found = [one.state for one in needs]
    if any(need.decisive and one == NOT for need, one in zip(gap.needs, found, strict=True)):
        state = NOT
    elif all(one == MET for one in found):
        state = MET
    elif MET in found or PARTLY in found:
        state = PARTLY
    else:
        state = NOT if NOT in found else UNKNOWN
    itself = state == PARTLY and all(one.state == MET or one.words == ITSELF for one in needs)
    acts = board.acts.of(subject, procedure.letter, day) if gap.about is About.STATE else []
    asked = (
        state == UNKNOWN
        and gap.about is About.STATE
        and day >= LETTER_DAY
        and not (acts or any(one.claimed or one.proof for one in needs))
        and (not gap.hosting or board.value(gap.hosting, subject, day).truth is Truth.TRUE)
    )
    return CellView(
        procedure=procedure.name,
        letter=procedure.letter,
        title=procedure.title,
        state=state,
        words=ITSELF if itself else ACTED if acts and state == UNKNOWN else CELL_WORDS[state],
        asked_since=LETTER if asked else None,
        days_asked=day - LETTER_DAY if asked else 0,
        gap="" if state == MET else gap.says,
        needs=needs,
        acts=list(map(board.reader.proof, acts[:ACTS_MOST])),
        acts_count=len(acts),
    )


class _Finding(NamedTuple):
    """What a record says of a need."""

    day: int
    denies: bool
    proof: list[Recorded]
    record: Record


def _need(board: Board, need: Need, about: About, subject: str, day: int) -> NeedView:
    """What the records say together, and the fact that judges it."""
    found: list[_Finding] = []
    claimed: list[Recorded] = []

    if about is About.STATE:
        records = [one for one in board.of_country(need.type, need.of).get(subject, []) if not only_of(one, layers())]
    else:
        named = (one for name in need.of for one in board.pointing(need.type, name, subject))
        records = list({one.id: one for one in named}.values())
    for record in records:
        accounts = [one for one in board.accounts(record) if board.begun(one, day)]
        if accounts and (against := _adverse(board, need.against, accounts, day)):
            found.append(_Finding(max(board.dated(one) or 0 for one in accounts), True, against, record))
        elif accounts:
            own = board.own(record)
            belongs = board.countries(own, need.of, "first") if about is About.STATE else board.named(own, need.of)
            counts = subject in belongs and board.begun(own, day) and not _adverse(board, need.unless, accounts, day)
            proving = board.proof(need.when, own, day, board.accept(record, day)) if counts else None
            if for_it := _sound(own, proving, reports=need.reports):
                found.append(_Finding(board.dated(own) or 0, False, for_it, record))
            else:
                proofs = (_sound(one, board.proof(need.when, one, day), reports=need.reports) for one in accounts)
                claimed += next(filter(None, proofs), [])
    counting = _counting(board, need, found)
    denied, shown = ([each for one in counting if one.denies is no for each in one.proof] for no in (True, False))

    def view(state: str, proof: list[Recorded], *, itself: bool = False) -> NeedView:
        return NeedView(
            name=need.name,
            label=need.label,
            state=state,
            words=ITSELF if itself else CELL_WORDS[state],
            proof=_shown(board, proof),
            claimed=_shown(board, claimed),
        )

    fact = board.value(need.fact, subject, day) if need.fact else None
    # A rule's fact weighs what speaks against it; a test of `proven.py` does not.
    contested = bool(denied) and need.fact in TESTS
    if fact is not None and fact.truth is Truth.TRUE and (found or claimed) and not contested:
        return view(MET, shown or claimed or board.statements(fact.proof, day))
    if fact is not None and fact.truth is Truth.FALSE and not denied:
        denied = board.statements(fact.proof, day)
    if denied:
        return view(NOT, denied)
    if not shown:
        return view(UNKNOWN, [])
    sure = [one.proof for one in counting if {each.statement.standing for each in one.proof} == {Standing.CONFIRMED}]
    good = {one.id for many in sure for one in many if board.admissible(one, about, subject, day)}
    if any(need.own or all(one.id in good for one in many) for many in sure):
        return view(MET if fact is None else PARTLY, shown)
    itself = any(all(one.id in good or board.of_itself(one, about, subject, day) for one in many) for many in sure)
    return view(PARTLY, shown, itself=itself)


def _counting(board: Board, need: Need, found: Sequence[_Finding]) -> list[_Finding]:
    """The findings that count: of those about one thing the newest; of one day, and before an older yes, that which denies.

    What a record is about is the word of its first publisher; where that names nothing, the record is a thing of its own.
    """
    things: dict[tuple[str, ...], list[_Finding]] = {}
    for one in found:
        named = sorted(board.named(board.first_account(one.record), (need.per,))) or [one.record.id] if need.per else []
        things.setdefault(tuple(named), []).append(one)
    newest = {key: max(many, key=lambda one: one[:2]).denies for key, many in things.items()}
    return [one for key, many in things.items() for one in many if one.denies is newest[key]]


def _adverse(board: Board, condition: Condition | None, accounts: Sequence[Record], day: int) -> list[Recorded]:
    """The statements by which a condition holds by one of the accounts, by more than allegations; empty where it does not."""
    for account in accounts if condition is not None else ():
        own = lookup.only(account, firm(account.statements))
        for way in board.ways(condition, own, day) if own.statements else ():
            if proof := _sound(own, way.proof):
                return proof
    return []


def _sound(record: Record, proof: Sequence[Recorded] | None, *, reports: bool = True) -> list[Recorded]:
    """The proof, unless a part of it is only alleged, or (without `reports`) all of it reported. A condition that proves nothing rests on
    the record."""
    chosen = proof if proof or proof is None else firm(record.statements)[:3]
    firmness = {one.statement.standing for one in chosen or ()}
    counts = Standing.ALLEGED not in firmness and (reports or firmness != {Standing.REPORTED})
    return list(chosen) if chosen and counts else []


def _shown(board: Board, many: Sequence[Recorded]) -> list[ProofView]:
    return [board.reader.proof(one) for one in list({one.id: one for one in many}.values())[:PROOF_MOST]]
