"""Sellers and buyers by country. A row stands on one statement and is never put at a higher stage than that statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sousveil.register import types
from sousveil.register.intake.registry import outside_numbers
from sousveil.register.model import Recorded
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.model import MapCountry, MapRow, MapView, Ref
from sousveil.register.views.reading import Reader, Record, Store, all_subjects, span, stands, state_of
from sousveil.register.views.records import only_of
from sousveil.register.views.related import client_property
from sousveil.register.views.words import _

ROWS_MOST = 200
"""Rows of one country."""
BATCH = 2_000
"""Entities that are loaded at a time."""
SELLING = {
    "SurveillanceProduct": ("vendor",),
    "Deployment": ("vendor",),
    "Supply": ("supplier",),
    "ExportLicence": ("licensee",),
    "MarketingEvent": ("vendor",),
}
"""Record type -> properties that name a seller."""
OFFERING = ("Company", "Organization")
"""Record types whose own statements say what technology they offer."""
BUYING = {"ClientClaim": ("client",), "Deployment": ("body",), "Supply": ("recipient",), "AbuseIncident": ("client",)}
"""Record type -> properties that name a buyer."""
PLACE = {"Deployment": "country", "Supply": "destination"}
"""Record type -> property that says in which country the buyer is, where the buyer's own record does not."""
MANY = 10
"""Buyers of one country from which on it is said what most of them are."""
LISTED_AS = ("vendor", "supplier", "reseller", "exporter")
"""Words in a list's own label by which it calls somebody a seller."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row while rows are gathered."""

    ref: Ref
    role: str
    stage: str | None
    words: str
    told: Recorded
    product: str | None = None
    """Id of the product that the record names."""


class _Count:
    """The rows of one country while they are gathered; a row is one entity in one role, at its firmest stage."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], _Row] = {}

    def add(self, row: _Row) -> None:
        key = (row.role, row.ref.id)
        have = self.rows.get(key)
        if have is None or _rank(row.stage) > _rank(have.stage):
            self.rows[key] = row


def _rank(stage: str | None) -> int:
    return words.CLIENT_STAGES.index(stage) if stage in words.CLIENT_STAGES else -1


def map_view(
    store: Store,
    as_of: str | None = None,
    known_at: int | None = None,
    *,
    limit: int | None = ROWS_MOST,
    whole: str | None = None,
    today: str | None = None,
) -> MapView:
    """The world map of sellers and buyers, and of companies on a government's list. Rows of reference lists, data sets of context and
    layers are not on it.

    Of each country at most `limit` rows; all of the country `whole`.
    """
    reader = Reader(store, as_of, known_at, today)
    places: dict[str, _Count] = {}
    unplaced: set[tuple[str, str]] = set()
    for type in dict.fromkeys([*SELLING, *OFFERING, *BUYING, "Claim", "Sanction"]):
        ids = list(all_subjects(store, type))
        for at in range(0, len(ids), BATCH):
            batch = ids[at : at + BATCH]
            reader.load(batch)
            records = [reader.records[one] for one in map(reader.canonical, batch) if one in reader.records]
            reader.load(value for record in records for values in reader.targets(record).values() for value in values)
            for record in dict.fromkeys(one.id for one in records):
                _place(reader, reader.records[record], places, unplaced)
    on_lists = {code: sum(role == "restricted" for role, _id in count.rows) for code, count in places.items()}
    _drop_sellers(places, unplaced)
    countries = [
        _country(reader, code, count, None if code == whole else limit, on_lists[code])
        for code, count in places.items()
    ]
    countries.sort(key=lambda one: (one.name.casefold(), one.code))
    placed = {key for count in places.values() for key in count.rows}
    everywhere: dict[tuple[str, str], str | None] = {}
    for count in places.values():
        for key, row in count.rows.items():
            if key not in everywhere or _rank(row.stage) > _rank(everywhere[key]):
                everywhere[key] = row.stage
    return MapView(
        frame=reader.frame(),
        countries=countries,
        sellers=sum(role == "seller" for role, _id in everywhere),
        listed=sum(role == "listed" for role, _id in everywhere),
        restricted=sum(role == "restricted" for role, _id in everywhere),
        potential=sum(stage == "potential" for stage in everywhere.values()),
        reported=sum(stage == "reported" for stage in everywhere.values()),
        confirmed=sum(stage == "confirmed" for stage in everywhere.values()),
        unplaced=len({(role == "buyer", id) for role, id in unplaced - placed if role != "restricted"}),
        unplaced_sellers=len({id for role, id in unplaced - placed if role in ("seller", "listed")}),
    )


def _drop_sellers(places: dict[str, _Count], unplaced: set[tuple[str, str]]) -> None:
    """Who is a seller by a statement is not told as on a government's list besides."""
    sellers = {id for count in places.values() for role, id in count.rows if role == "seller"}
    sellers |= {id for role, id in unplaced if role == "seller"}
    for code in list(places):
        rows = places[code].rows
        for key in [one for one in rows if one[0] == "restricted" and one[1] in sellers]:
            del rows[key]
        if not rows:
            del places[code]


def _place(reader: Reader, record: Record, places: dict[str, _Count], unplaced: set[tuple[str, str]]) -> None:
    if reader.as_of is not None and state_of(*span(record), reader.as_of) in ("ended", "future"):
        return
    outside = outside_numbers()
    if only_of(record, outside):
        return
    for name in SELLING.get(record.type, ()):
        for one in _inside(record, name, outside):
            said = _("Seller, according to {by}").format(by=reader.publisher(one.statement.publisher))
            _put(reader, one, "seller", None, said, _countries(reader, one.statement.value), places, unplaced)
    for one in _inside(record, "technology", outside)[:1]:
        said = _("Offers such technology, according to {by}").format(by=reader.publisher(one.statement.publisher))
        where = _countries(reader, record.id)
        _put(reader, one, "seller", None, said, where, places, unplaced, entity=record.id)
    for name in BUYING.get(record.type, ()):
        for one in _inside(record, name, outside):
            stage, told = stage_of(record, one)
            by = reader.publisher(told.statement.publisher)
            where = _said_country(record) or _countries(reader, one.statement.value)
            product = record.first("product")
            _put(reader, one, "buyer", stage, words.client(stage, by), where, places, unplaced, told, product)
    if record.type == "Claim" and record.first("claimKind") == "listed-as":
        label = record.first("label") or ""
        if any(word in label.casefold() for word in LISTED_AS):
            for one in record.stand("entity"):
                by = record.first("publisher") or reader.publisher(one.statement.publisher)
                where = _countries(reader, one.statement.value)
                _put(reader, one, "listed", None, words.listed(by, label), where, places, unplaced)
    if record.type == "Sanction" and state_of(*span(record), reader.day) != "ended":
        for one in record.stand("entity"):
            named = reader.records.get(reader.canonical(one.statement.value))
            if named is None or not types.is_a(named.type, "Organization"):
                continue
            authority = record.first("authority") or reader.publisher(one.statement.publisher)
            said = words.on_list(record.first("program") or "", authority)
            _put(reader, one, "restricted", None, said, _countries(reader, one.statement.value), places, unplaced)


def _inside(record: Record, name: str, outside: frozenset[str]) -> list[Recorded]:
    """Claims of a property that stand, without those of context and layers: records of the same thing are grouped."""
    return [one for one in record.stand(name) if one.statement.dataset not in outside]


def stage_of(record: Record, naming: Recorded) -> tuple[str, Recorded]:
    """The stage of a buyer and the claim that carries it: of the firmest claim, and not above what names the buyer."""
    name = client_property(record.type)
    best: tuple[str, Recorded] = (words.CLIENT_STAGES[0], naming)
    for one in record.stand(name) if name else ():
        stage = words.client_stage(
            one.statement.value, words.weakest([one.statement.standing, naming.statement.standing])
        )
        if _rank(stage) > _rank(best[0]) or best[1] is naming:
            best = (stage, one)
    return best


def _said_country(record: Record) -> list[str]:
    name = PLACE.get(record.type)
    return list(dict.fromkeys(one.statement.value for one in record.stand(name))) if name else []


def _countries(reader: Reader, id: str) -> list[str]:
    """Countries of an entity: those its standing claims name; a reference row's own."""
    record = reader.records.get(reader.canonical(id))
    if record is None:
        row = reader.outside(reader.canonical(id))
        return list(row.countries) if row is not None and not row.person else []
    for name in ("country", "jurisdiction"):
        if found := list(
            dict.fromkeys(
                one.statement.value for one in record.statements if one.statement.property == name and stands(one)
            )
        ):
            return found
    return []


def _put(
    reader: Reader,
    naming: Recorded,
    role: str,
    stage: str | None,
    said: str,
    where: Iterable[str],
    places: dict[str, _Count],
    unplaced: set[tuple[str, str]],
    told: Recorded | None = None,
    product: str | None = None,
    entity: str | None = None,
) -> None:
    """Gathers a row. `entity`: whom it is about, where that is not the statement's value."""
    ref = reader.ref(entity or naming.statement.value)
    codes = list(where)
    if not codes:
        unplaced.add((role, ref.id))
    for code in codes:
        row = _Row(ref, role, stage, said, told or naming, product)
        places.setdefault(code, _Count()).add(row)


_ROLES = ("seller", "listed", "restricted", "buyer")


def _note(reader: Reader, code: str, rows: list[_Row]) -> str:
    """One sentence on what most of a large number of buyers are."""
    buyers = [one for one in rows if one.role == "buyer"]
    public = Counter(
        reader.canonical(one.product)
        for one in buyers
        if one.product and one.ref.type and types.is_a(one.ref.type, "PublicBody")
    )
    ((product, count),) = public.most_common(1) or [("", 0)]
    if len(buyers) < MANY or 2 * count <= len(buyers):
        return ""
    return words.most_use_one(count, len(buyers), country_name(code), reader.ref(product).caption)


def _country(reader: Reader, code: str, count: _Count, limit: int | None, on_lists: int) -> MapCountry:
    rows = sorted(
        count.rows.values(),
        key=lambda one: (_ROLES.index(one.role), -_rank(one.stage), one.ref.caption.casefold(), one.ref.id),
    )
    kept = rows if limit is None else rows[:limit]
    return MapCountry(
        code=code,
        name=country_name(code),
        sellers=sum(one.role == "seller" for one in rows),
        listed=sum(one.role == "listed" for one in rows),
        restricted=sum(one.role == "restricted" for one in rows),
        companies=len({one.ref.id for one in rows if one.role != "buyer"}),
        on_lists=on_lists,
        potential=sum(one.stage == "potential" for one in rows),
        reported=sum(one.stage == "reported" for one in rows),
        confirmed=sum(one.stage == "confirmed" for one in rows),
        rows=[
            MapRow(ref=one.ref, role=one.role, stage=one.stage, words=one.words, claim=claim)
            for one, claim in zip(kept, reader.claims([one.told for one in kept]), strict=True)
        ],
        more=len(rows) - len(kept),
        note=_note(reader, code, rows),
    )
