"""The matrix of a State, and the gaps of a company: for each demand met, partly, not or unknown, each with its statements.

"Unknown" is not "not": a cell says "not" only where a statement says that it is not so; of a State it says since when the letter has
asked. It says "met" only by confirmed statements; what is only reported makes it "partly". What a State or company says of itself is
"partly", shown as "says of itself", until somebody independent confirms it; only where its own act is asked for its own word is enough.
What fulfils a need counts as the founder of the record tells it; what others added is shown as their claim. What speaks against counts
from everybody. The matrix decides nothing; decisions ask more (an independent publisher, a verified key).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from weakref import WeakKeyDictionary

import msgspec

from sousveil.decisions import chains, lookup, voices
from sousveil.decisions.acts import Accept
from sousveil.decisions.facts.groups import groups
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.conditions import Condition
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.model import LETTER, LETTER_DAY, About, Combine, Gap, Need, Procedure
from sousveil.register.entries import Genesis
from sousveil.register.model import Recorded, Standing
from sousveil.register.types import is_a
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import RANK, Record, followable, property_label, stands

MET, PARTLY, NOT, UNKNOWN = "met", "partly", "not", "unknown"
ITSELF = "says of itself"
"""In place of "partly met": all that is missing is that somebody independent confirms it."""
CELL_WORDS = {MET: "met", PARTLY: "partly met", NOT: "not met", UNKNOWN: "unknown"}
PROOF_MOST = 12
"""Statements that a need shows; all of them stand on the records' pages."""


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    """A statement under a cell."""

    id: str
    record: Ref
    says: str
    source: str
    source_link: str | None
    standing: str
    standing_words: str
    publisher: str


class NeedView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must be shown."""

    name: str
    label: str
    state: str
    """met, partly (reported only, or by its own word only), not, unknown."""
    words: str
    itself: bool
    """Only the State or company itself says so."""
    proof: list[ProofView]
    claimed: list[ProofView]
    """What would fulfil it if not somebody else than the founder of the record had added a part of it."""


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
    itself: bool
    """Nothing is missing but that somebody independent confirms what it says of itself."""
    besides: str
    """What it says of itself beside a cell that is not met; empty where it says nothing."""
    gap: str
    """The sentence about what is missing; empty where it is met."""
    needs: list[NeedView]


class StateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A State in the matrix."""

    country: str
    name: str
    ref: Ref | None
    """Its page as an entity."""
    cells: list[CellView]


def state_row(board: Board, country: str, day: int) -> StateRow:
    """All cells of a State."""
    states = [one for one in board.records.get("State", ()) if country in board.country_of(one.id)]
    ref = board.reader.ref(states[0].id) if states else None
    cells = [
        cell_of(board, procedure, gap, country, day)
        for procedure in registry.all_procedures().values()
        for gap in procedure.gaps
        if gap.about is About.STATE
    ]
    return StateRow(country=country, name=ref.caption if ref else country_name(country), ref=ref, cells=cells)


def countries(board: Board) -> list[str]:
    """The countries of all States in the register, those to which a record of a procedure belongs, and those that the letter names."""
    found = {code for one in board.records.get("State", ()) for code in board.country_of(one.id)}
    for procedure in registry.all_procedures().values():
        for gap in procedure.gaps:
            if gap.about is About.STATE:
                for need in gap.needs:
                    for record in board.records.get(need.type, ()):
                        found.update(board.countries(record, need.of))
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
    return [
        cell_of(board, procedure, gap, id, day)
        for procedure in registry.all_procedures().values()
        for gap in procedure.gaps
        if gap.about is About.COMPANY and (vendor or gap.investors)
    ]


def holdings(board: Board, id: str, day: int) -> list[str]:
    """The companies that sell such technology which somebody owns, in whole or part, or funds."""
    return invested_in(board, id, partial(is_vendor, board), day)


VENDOR_BY = (
    ("SurveillanceProduct", "vendor"), ("Supply", "supplier"), ("ExportLicence", "licensee"), ("ClientClaim", "vendor"),
    ("Representation", "agent"), ("Registration", "company"),
)  # fmt: skip


def is_vendor(board: Board, id: str) -> bool:
    """Whether a record says that it makes, sells or supplies such technology."""
    return any(board.pointing(type, by, id) for type, by in VENDOR_BY)


def vendors(board: Board) -> list[str]:
    """All of those."""
    found = {
        id for type, by in VENDOR_BY for record in board.records.get(type, ()) for id in board.named(record, (by,))
    }
    return sorted(found)


def cell_of(board: Board, procedure: Procedure, gap: Gap, subject: str, day: int) -> CellView:
    """One demand for a country code or an entity id."""
    if not gap.whole:
        return _cell(board, procedure, gap, subject, day)
    ids = dict.fromkeys(one.id for need in gap.needs for one in _records(board, need, gap.about, subject))
    cells = [_cell(board, procedure, gap, subject, day, only=id) for id in ids]
    if not cells:
        return _cell(board, procedure, gap, subject, day)
    best = min(cells, key=lambda one: (_ORDER.index(one.state), one.itself))
    if best.state == NOT and any(need.itself for one in cells for need in one.needs):
        return msgspec.structs.replace(best, besides=ITSELF)
    return best


_ORDER = (MET, NOT, PARTLY, UNKNOWN)
"""Of several records each of which must show all: what counts before what."""


def _cell(board: Board, procedure: Procedure, gap: Gap, subject: str, day: int, only: str | None = None) -> CellView:
    """By all records, or by `only` one."""
    needs = [_need(board, need, gap.about, subject, day, only) for need in gap.needs]
    found = [one.state for one in needs]
    faded = {need.faded for need, one in zip(gap.needs, needs, strict=True) if need.faded and one.words == need.faded}
    if any(need.decisive and one == NOT for need, one in zip(gap.needs, found, strict=True)):
        state = NOT
    elif all(one == MET for one in found):
        state = MET
    elif MET in found or PARTLY in found:
        state = PARTLY
    else:
        state = NOT if NOT in found else UNKNOWN
    itself = state == PARTLY and all(one.state == MET or one.itself for one in needs)
    said = ITSELF if itself else min(faded) if faded and state == PARTLY else CELL_WORDS[state]
    asked = state == UNKNOWN and gap.about is About.STATE and day >= LETTER_DAY
    asked = asked and not any(one.claimed or one.proof for one in needs)
    asked = asked and (not gap.hosting or board.proven.holds(gap.hosting, subject, day))
    return CellView(
        procedure=procedure.name,
        letter=procedure.letter,
        title=procedure.title,
        state=state,
        words=said,
        asked_since=LETTER if asked else None,
        days_asked=day - LETTER_DAY if asked else 0,
        itself=itself,
        besides="",
        gap="" if state == MET else gap.says,
        needs=needs,
    )


def _of(board: Board, record: Record, need: Need, about: About, subject: str) -> bool:
    """Whether a record belongs to the State or company."""
    found = board.countries(record, need.of) if about is About.STATE else board.named(record, need.of)
    return subject in found


_BY_STATE: WeakKeyDictionary[Board, dict[tuple[str, tuple[str, ...]], dict[str, list[Record]]]] = WeakKeyDictionary()


def _of_states(board: Board, need: Need) -> dict[str, list[Record]]:
    """Country -> the records of a need that belong to it; gone through once for all States of a board, not once for each."""
    known = _BY_STATE.setdefault(board, {})
    key = (need.type, tuple(need.of))
    found = known.get(key)
    if found is None:
        found = known[key] = {}
        told = board.founded
        for one in board.records.get(need.type, ()):
            for code in dict.fromkeys((*board.countries(one, need.of), *told.countries(told.told(one), need.of))):
                found.setdefault(code, []).append(one)
    return found


def _records(board: Board, need: Need, about: About, subject: str) -> list[Record]:
    """The records that belong to the State or company, by whoever's word."""
    if about is About.STATE:
        return _of_states(board, need).get(subject, [])
    return list({one.id: one for name in need.of for one in board.pointing(need.type, name, subject)}.values())


def _need(board: Board, need: Need, about: About, subject: str, day: int, only: str | None = None) -> NeedView:
    """What the records say together, in the way that the need asks for; or what `only` one of them says."""
    told = board.founded
    said: list[_Said] = []
    claimed: list[Recorded] = []
    parts: dict[str, list[Recorded]] = {}
    silent = False
    for record in _records(board, need, about, subject):
        if only not in (None, record.id):
            continue
        if need.group and not board.concerns(record, need.group, day):
            continue
        readings = [one for one in board.readings(record) if board.begun(one, day)]
        if not readings:
            continue
        no = [proof for one in readings if (proof := _any(board, need.against, one, day))]
        if no:
            dates = (at for one in readings if (at := board.dated(one)) is not None)
            said.append((max(dates, default=0), True, no[0], record))
            continue
        own, accept = board.own(record, need), board.speakers.acts(record, need.acts, board.party(record, need))
        fitting = told.begun(own, day) and _of(told, own, need, about, subject)
        proof = _proof(told, need, own, day, accept) if fitting else []
        if proof:
            said.append((told.dated(own) or 0, False, proof, own))
            parts[own.id] = next((found for one in readings if (found := _any(board, need.part, one, day))), [])
            continue
        silent = True
        claimed += next((found for one in readings if (found := _proof(board, need, one, day))), [])
    if not said:
        return _view(board, need, UNKNOWN, [], claimed)
    counting = _counting(board, need, said)
    proof = [each for one in counting for each in one[2]]
    if counting[0][1]:
        return _view(board, need, NOT, proof, claimed)
    if need.proven and not board.proven.holds(need.proven, subject, day):
        newest = _latest(said) if need.combine is Combine.ANY_YES else counting
        denied = [each for one in newest if one[1] for each in one[2]]
        return _view(board, need, NOT if denied else UNKNOWN, denied, [*proof, *claimed])
    if missing := [each for one in counting for each in parts.get(one[3].id, ())]:
        return _view(board, need, PARTLY, [*missing, *proof], claimed)
    if silent and need.combine is Combine.ALL_YES:
        return _view(board, need, PARTLY, proof, claimed)
    fresh = [one for one in counting if not need.fades or board.proof(need.fades, one[3], day) is None]
    if not fresh:
        return _view(board, need, PARTLY, proof, claimed, said=need.faded)
    contrary = {one[3].id: found for one in fresh if (found := board.proven.over(need.disputed, one[3].id, day))}
    if all(one[3].id in contrary for one in fresh):
        return _view(board, need, PARTLY, [*(one for many in contrary.values() for one in many), *proof], claimed)
    fresh = [one for one in fresh if one[3].id not in contrary]
    firm = [one[2] for one in fresh if all(each.statement.standing is Standing.CONFIRMED for each in one[2])]
    if not firm or need.own or any(board.speakers.backed(one, about, subject, day) for one in firm):
        met = bool(firm) and _as_the_rule(board, need, firm, subject, day)
        return _view(board, need, MET if met else PARTLY, proof, claimed)
    return _view(board, need, PARTLY, proof, claimed, itself=True)


def _as_the_rule(board: Board, need: Need, firm: Sequence[list[Recorded]], subject: str, day: int) -> bool:
    """Whether what would make a need met is more than the rule would take from whoever gains (`Need.capped`, `Need.free`)."""
    if need.capped and not board.proven.holds(need.capped, subject, day):
        return False
    return not need.free or any(
        all(board.proven.free(one, subject, day, _acting(board, need, one)) for one in many) for many in firm
    )


def _acting(board: Board, need: Need, one: Recorded) -> list[str]:
    """Whose act the record of a statement is, as its founder tells it."""
    record = board.record(one.statement.subject) if need.acting else None
    return board.named(board.told(record), need.acting) if record is not None else []


def _any(board: Board, conditions: Sequence[Condition], record: Record, day: int) -> list[Recorded]:
    """The statements by which one of the conditions, against a need or of a part of it alone, holds of a record; empty where none does."""
    return next((one for each in conditions if (one := _against(board, each, record, day))), [])


def _against(board: Board, condition: Condition, record: Record, day: int) -> list[Recorded]:
    """The same of one condition: whoever alleges what is told more firmly takes nothing away from it."""
    found = board.holds(condition, record, day)
    if found is None:
        return []
    if sound := _sound(record, found):
        return sound
    firm = voices.only(record, [one for one in record.statements if one.statement.standing is not Standing.ALLEGED])
    found = board.holds(condition, firm, day) if firm.statements else None
    return _sound(firm, found) if found is not None else []


def _proof(board: Board, need: Need, record: Record, day: int, accept: Accept | None = None) -> list[Recorded]:
    """The statements by which a record says that it is so; empty where it does not."""
    found = board.proof(need.when, record, day, accept)
    return _sound(record, found) if found is not None else []


_Said = tuple[int, bool, list[Recorded], Record]
"""Day, whether it says no, by what, and the record."""


def _counting(board: Board, need: Need, said: list[_Said]) -> list[_Said]:
    """The records that count: all say no, or all say yes."""
    if need.each:
        groups: dict[tuple[str, ...], list[_Said]] = {}
        for one in said:
            groups.setdefault(tuple(sorted(board.named(one[3], (need.each,)))) or (one[3].id,), []).append(one)
        said = [one for many in groups.values() for one in _latest(many)]
    if need.combine is Combine.LATEST:
        return _latest(said)
    first = need.combine is not Combine.ANY_YES
    return [one for one in said if one[1] is first] or said


def _latest(said: list[_Said]) -> list[_Said]:
    """Those who say no, where the newest does; else those who say yes."""
    newest = max(one[:2] for one in said)
    return [one for one in said if one[:2] == newest] if newest[1] else [one for one in said if not one[1]]


def _sound(record: Record, proof: Sequence[Recorded]) -> list[Recorded]:
    """The proof without what is only alleged; empty where nothing is left. A condition that proves nothing rests on the record."""
    weakest = list(Standing).index(Standing.REPORTED)
    chosen = list(proof) or [one for one in record.statements if one.statement.standing is not Standing.ALLEGED][:3]
    if any(RANK[one.statement.standing] > weakest for one in chosen):
        return []
    return chosen


def _view(
    board: Board,
    need: Need,
    state: str,
    proof: list[Recorded],
    claimed: Sequence[Recorded] = (),
    *,
    itself: bool = False,
    said: str = "",
) -> NeedView:
    return NeedView(
        name=need.name,
        label=need.label,
        state=state,
        words=ITSELF if itself else said or CELL_WORDS[state],
        itself=itself,
        proof=_shown(board, proof),
        claimed=_shown(board, claimed),
    )


def _shown(board: Board, many: Sequence[Recorded]) -> list[ProofView]:
    return [shown(board, one) for one in list({one.id: one for one in many}.values())[:PROOF_MOST]]


def shown(board: Board, one: Recorded) -> ProofView:
    """A statement as it stands under a cell."""
    said, reader = one.statement, board.reader
    display = reader.display(said.type, said.property, said.value)[0]
    return ProofView(
        id=one.id,
        record=reader.ref(said.subject),
        says=f"{property_label(said.type, said.property)}: {display}",
        source=said.source,
        source_link=followable(said.source),
        standing=str(said.standing),
        standing_words=words.standing(said.standing),
        publisher=reader.publisher(said.publisher),
    )


NOT_ASKED = ("Person", "PublicBody")


def invested_in(board: Board, id: str, sells: Callable[[str], bool], day: int) -> list[str]:
    """Those who sell that somebody owns, in whole or part, or funds on the day; sorted. None for a person or public body."""
    reader, on = board.reader, date.fromordinal(day).isoformat()
    reader.load([id])
    record = reader.records.get(reader.canonical(id))
    if record is None or _is_no_business(record):
        return []
    held = {one.id for one in chains.below(reader, id, on)}
    for one in lookup.pointing(reader, [id], "Investment", "investor"):
        if any(lookup.held_on(each, on) is not False for each in voices.readings(reader, one)):
            for recipient in lookup.entities(reader, one, "recipient"):
                held |= {recipient, *(each.id for each in chains.below(reader, recipient, on))}
    return sorted(one for one in held if one != record.id and sells(one))


def investors(board: Board) -> list[str]:
    """Everybody of whom a record says that it owns or funds somebody; sorted."""
    found: set[str] = set()
    for type, property in (("Ownership", "owner"), ("Investment", "investor")):
        for record in lookup.every(board.reader, type):
            found.update(lookup.entities(board.reader, record, property))
    return sorted(found)


def _is_no_business(record: Record) -> bool:
    """Whether everybody calls it a person or a public body."""
    kinds = {one.statement.type for one in record.statements if stands(one)}
    return all(any(is_a(kind, one) for one in NOT_ASKED) for kind in kinds)
