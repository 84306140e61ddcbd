"""Where to turn, by the State where a company sits (home) and the State where it happened (host), and what stands in the way.

A path or barrier is told as its statements give it, with standing and source. What nobody has told of is said to be unknown, never
taken for open or closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from sousveil.errors import Malformed
from sousveil.register import edtf, types
from sousveil.register.model import Recorded
from sousveil.register.types.countries import countries, country_code, country_name, invented_code
from sousveil.register.views import words
from sousveil.register.views.model import Frame, PropertyView, Ref
from sousveil.register.views.reading import (
    RANK,
    Reader,
    Record,
    Store,
    all_subjects,
    property_label,
    span,
    stands,
    state_of,
)
from sousveil.register.views.words import _

Test = Callable[[Reader, Record], bool]
"""A test of decisions on a record, on the reader's day."""
Opens = Callable[[Reader, Record], str]
"""What a path opens in decisions, on the reader's day: `court`, `other`; empty: nothing."""
JUDICIAL = ("court",)
PRACTICAL = ("howTo", "contact", "timeLimit", "legalAid")
ROWS_MOST = 200
"""Paths, and barriers, of one State."""
CLAIMS_MOST = 20
"""Claims of one property of a row."""


class StatusTold(msgspec.Struct, frozen=True, kw_only=True):
    """A status, and who tells of it."""

    status: str
    status_words: str
    by: list[str]


class RemedyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A path or a barrier."""

    ref: Ref
    kind: str
    """Code: `court`, `immunity` ...; empty where no claim stands."""
    kind_words: str
    status: str
    """Code as told; empty: not told."""
    status_words: str
    differing: list[StatusTold]
    """Where sources differ, what each tells, firmest first: whoever says that a court is closed takes nobody's way there. Else empty."""
    by: list[str]
    """Who tells of that status, firmest first; where nobody does, who tells of the record: a vendor may call its own desk an ombudsman."""
    standing: str
    """Of the firmest claim of that status; empty where none is told."""
    standing_words: str
    state: str
    """current, ended, future or unknown, on the day of the view."""
    state_by: list[str]
    """Who gives the day by which it has ended, or is to come; else empty."""
    only: str
    """A path that helps on one side alone: `home`, against companies that sit in this State; `host`, against use by it or on its
    territory. Empty: on both, or a barrier."""
    practical: list[str]
    """How to turn to a path, contact, time limit and legal aid, as its first publisher gives them."""
    barriers: list[str]
    """Kind and name of each barrier that stands, and names this path or no path."""
    barred: bool
    """One of these names this path."""
    doubted: bool
    """A path that is called open, that no barrier names, and that does not count as open in decisions."""
    properties: list[PropertyView]


class RemedyPlace(msgspec.Struct, frozen=True, kw_only=True):
    """One State on its side of the pair."""

    side: str
    """`home`: the company sits there; `host`: it happened there."""
    code: str
    name: str
    judicial: list[RemedyRow]
    """First those that help on this side, then those that help on the other alone (`only`)."""
    other: list[RemedyRow]
    """In the same order."""
    barriers: list[RemedyRow]
    more: int = 0
    """Rows that the limit left out."""
    open_judicial: int = 0
    """Judicial paths that help on this side, are told to be open, and neither ended nor to come."""
    open_other: int = 0
    apart_judicial: int = 0
    """Judicial paths that are open likewise, but help on the other side alone: who does not know where a company sits may need them."""
    apart_other: int = 0
    barred: int = 0
    """Barriers that are not told to be reformed or ended by the day of the view."""


class RemedyCountry(msgspec.Struct, frozen=True, kw_only=True):
    """A State of which something is told, for the list to choose from."""

    code: str
    name: str
    paths: int
    barriers: int


class RemedyView(msgspec.Struct, frozen=True, kw_only=True):
    """Where to turn."""

    frame: Frame
    home: RemedyPlace | None
    host: RemedyPlace | None
    countries: list[RemedyCountry]


def remedy_view(
    store: Store,
    home: str | None = None,
    host: str | None = None,
    as_of: str | None = None,
    known_at: int | None = None,
    *,
    today: str | None = None,
    stands: Test,
    opens: Opens,
) -> RemedyView:
    """Paths and barriers of a pair of States, each a two-letter code or a name. Raises Malformed for what is no country.

    `stands` (of a barrier) and `opens` (of a path) are the tests of decisions: this layer does not know them.
    """
    chosen = {side: _code(text) for side, text in (("home", home), ("host", host)) if text}
    reader = Reader(store, as_of, known_at, today)
    paths = _by_country(reader, "RemedyPath", ("country", "body"))
    barriers = _by_country(reader, "RemedyBarrier", ("country", "state"))
    places = {
        side: _place(reader, side, code, paths.get(code, []), barriers.get(code, []), stands, opens)
        for side, code in chosen.items()
    }
    return RemedyView(
        frame=reader.frame(),
        home=places.get("home"),
        host=places.get("host"),
        countries=sorted(
            (
                RemedyCountry(
                    code=code,
                    name=country_name(code),
                    paths=len(paths.get(code, [])),
                    barriers=len(barriers.get(code, [])),
                )
                for code in {*paths, *barriers}
            ),
            key=lambda one: (one.name, one.code),
        ),
    )


class HomePaths(msgspec.Struct, frozen=True):
    """The paths against companies based in a State."""

    rows: list[RemedyRow] = []
    """Courts first."""
    more: int = 0
    """Paths that the limit left out."""
    opens: list[str] = []
    """What of them is open in decisions: `court`, `other`."""


def paths_at_home(reader: Reader, code: str, *, stands: Test, opens: Opens) -> HomePaths:
    """Those of one State, as `remedy_view` shows them."""
    paths = _by_country(reader, "RemedyPath", ("country", "body")).get(code, [])
    barriers = _by_country(reader, "RemedyBarrier", ("country", "state")).get(code, [])
    meant = [one for one in paths if "home" in _against(one)]
    rows, opened = _paths(reader, "home", meant, [one for one in barriers if stands(reader, one)], opens)
    return HomePaths(sorted(rows, key=lambda one: one.kind not in JUDICIAL), len(meant) - len(rows), sorted(opened))


COUNTRY_HINT = "Write its name in English, or its two-letter code."


def _code(text: str) -> str:
    code = text.strip().lower()
    found = code if code in countries() else country_code(text) or invented_code(text)
    if found is None:
        raise Malformed(f"“{text[:40]}” is no country that is known here.", hint=COUNTRY_HINT)
    return found


def _by_country(reader: Reader, type: str, names: Iterable[str]) -> Mapping[str, list[Record]]:
    """Records by the country that they, or else the body or State that they name, stand for. Retracted ones too."""
    ids = list(all_subjects(reader.store, type))
    reader.load(ids)
    records = {one: reader.records[one] for one in map(reader.canonical, ids) if one in reader.records}
    reader.load(value for record in records.values() for values in reader.targets(record).values() for value in values)
    found: dict[str, list[Record]] = {}
    for record in records.values():
        for code in _countries_of(reader, record, names):
            found.setdefault(code, []).append(record)
    return found


def _countries_of(reader: Reader, record: Record, names: Iterable[str]) -> set[str]:
    """By the words of all, and by those of its first teller alone: nobody takes a path from the page of its State by adding another."""
    return _countries_by(reader, record, names) | _countries_by(reader, _first_told(record), names)


def _countries_by(reader: Reader, record: Record, names: Iterable[str]) -> set[str]:
    for name in names:
        values = {one.statement.value for one in record.stand(name)}
        if name != "country":
            named = [reader.records[one] for one in map(reader.canonical, values) if one in reader.records]
            values = {one.statement.value for other in named for one in other.stand("country")}
        if values:
            return values
    return set()


def _first_told(record: Record) -> Record:
    """A record as whoever told of it first tells it."""
    told = [one for one in record.statements if stands(one)]
    first = min(told, key=lambda one: one.recorded, default=None)
    return _only(record, [one for one in told if first and one.statement.publisher == first.statement.publisher])


def _only(record: Record, statements: list[Recorded]) -> Record:
    by: dict[str, list[Recorded]] = {}
    for one in statements:
        by.setdefault(one.statement.property, []).append(one)
    return Record(id=record.id, type=record.type, statements=statements, by_property=by)


def _place(
    reader: Reader, side: str, code: str, paths: list[Record], barriers: list[Record], stands: Test, opens: Opens
) -> RemedyPlace:
    standing = [one for one in barriers if stands(reader, one)]
    rows, _ = _paths(reader, side, paths, standing, opens)
    shown = [_row(reader, one, "barrierKind") for one in barriers[:ROWS_MOST]]
    judicial = [one for one in rows if one.kind in JUDICIAL]
    other = [one for one in rows if one.kind not in JUDICIAL]
    return RemedyPlace(
        side=side,
        code=code,
        name=country_name(code),
        judicial=judicial,
        other=other,
        barriers=shown,
        more=len(paths) - len(rows) + len(barriers) - len(shown),
        open_judicial=sum(_open(one) for one in judicial if one.only in ("", side)),
        open_other=sum(_open(one) for one in other if one.only in ("", side)),
        apart_judicial=sum(_open(one) for one in judicial if one.only not in ("", side)),
        apart_other=sum(_open(one) for one in other if one.only not in ("", side)),
        barred=len(standing),
    )


def _against(record: Record) -> set[str]:
    """The sides on which a path helps; a path of which its first teller tells none may help on both."""
    told = {one.statement.value for one in record.stand("against")}
    return told if _first_told(record).stand("against") else {"home", "host"}


def _open(row: RemedyRow) -> bool:
    return row.status == "open" and row.state not in ("ended", "future")


def _paths(
    reader: Reader, side: str, paths: list[Record], standing: list[Record], opens: Opens
) -> tuple[list[RemedyRow], frozenset[str]]:
    """The first rows of these paths, those that help on this side, and of them those that count as open, first; and what is open.

    The other side's paths too: a court that is on file is never denied to who does not know where the company sits.
    """
    opened = {one.id: what for one in paths if (what := opens(reader, one))}
    meant = sorted(paths, key=lambda one: (side not in _against(one), one.id not in opened))
    rows = [_path(reader, one, standing, one.id in opened) for one in meant[:ROWS_MOST]]
    return rows, frozenset(opened.values())


def _path(reader: Reader, record: Record, standing: list[Record], counts: bool) -> RemedyRow:
    """The row of a path, with the barriers that stand."""
    row, own = _row(reader, record, "pathKind"), _first_told(record)
    named = [record.id in {reader.canonical(each.statement.value) for each in one.stand("path")} for one in standing]
    bars = [one for one, here in zip(standing, named, strict=True) if here or not one.stand("path")]
    return msgspec.structs.replace(
        row,
        practical=[
            f"{property_label(own.type, name)}: {one.statement.value}" for name in PRACTICAL for one in own.stand(name)
        ],
        barriers=[
            f"{_words(one.type, 'barrierKind', one.first('barrierKind') or '')}: {reader.caption(one)}" for one in bars
        ],
        barred=any(named),
        doubted=row.status == "open" and not counts and not any(named),
    )


def _row(reader: Reader, record: Record, kind: str) -> RemedyRow:
    sides = _against(record) if kind == "pathKind" else set[str]()
    record, whole = _holding(record, reader.day), record
    start, end = span(record)
    state = state_of(start, end, reader.day)
    code, status = record.first(kind) or "", _status(record)
    told = [str(one.statement.standing) for one in record.stand("status") if one.statement.value == status]
    standing = words.strongest(told) if told else ""
    return RemedyRow(
        ref=reader.ref(record.id),
        kind=code,
        kind_words=_words(record.type, kind, code),
        status=status,
        status_words=_words(record.type, "status", status),
        differing=_differing(reader, record),
        by=_by(reader, record, status),
        standing=standing,
        standing_words=words.standing(standing) if standing else "",
        state=state,
        state_by=_state_by(reader, record, state, start, end),
        only=next(iter(sides)) if len(sides) == 1 else "",
        practical=[],
        barriers=[],
        barred=False,
        doubted=False,
        properties=reader.properties(whole, CLAIMS_MOST),
    )


def _holding(record: Record, day: str) -> Record:
    """A record without a status that held on other days only, where another may hold: who tells both does not differ with itself."""
    told = record.stand("status")
    over = {one.id for one in told if edtf.holds(one.statement.valid_from, one.statement.valid_until, day) is False}
    if not over or len(over) == len(told):
        return record
    return _only(record, [one for one in record.statements if one.id not in over])


def _state_by(reader: Reader, record: Record, state: str, start: str | None, end: str | None) -> list[str]:
    """Who gives the day by which a record has ended, or is to come: whoever says so takes nobody's way there either."""
    if state not in ("ended", "future"):
        return []
    ended = state == "ended"
    name = types.end_of(record.type) if ended else types.start_of(record.type)
    told = [one for one in record.stand(name or "") if one.statement.value == (end if ended else start)]
    told = told or [
        one
        for one in record.statements
        if stands(one) and (one.statement.valid_until == end if ended else one.statement.valid_from == start)
    ]
    return list(dict.fromkeys(reader.publisher(one.statement.publisher) for one in told))


def _status(record: Record) -> str:
    """What is told of it; where sources differ, what leaves less of a way open counts for the numbers."""
    told = {one.statement.value for one in record.stand("status")}
    worst_first = ("closed", "barred", "in-force", "reform-proposed", "open", "reformed")
    return next((one for one in worst_first if one in told), "")


def _by(reader: Reader, record: Record, status: str) -> list[str]:
    told = [one for one in record.stand("status") if one.statement.value == status] or record.statements
    firm = sorted(told, key=lambda one: RANK[one.statement.standing])
    return list(dict.fromkeys(reader.publisher(one.statement.publisher) for one in firm))


def _differing(reader: Reader, record: Record) -> list[StatusTold]:
    told: dict[str, dict[str, None]] = {}
    for one in sorted(record.stand("status"), key=lambda one: RANK[one.statement.standing]):
        told.setdefault(one.statement.value, {})[reader.publisher(one.statement.publisher)] = None
    if len(told) < 2:
        return []
    return [
        StatusTold(status=status, status_words=_words(record.type, "status", status), by=list(by))
        for status, by in told.items()
    ]


def _words(type: str, name: str, code: str) -> str:
    known = types.property_of(type, name)
    if not code or known is None:
        return _("not told")
    return known.codes.get(code, code)
