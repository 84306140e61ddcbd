"""What the first page says the register shows: three findings, each chosen by a rule from the data, each with its sources.

The newest listing of a company; the vendor whose products most incident reports name; the State where most listed companies are based.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sousveil.register import types
from sousveil.register.intake.registry import outside_numbers
from sousveil.register.model import Recorded
from sousveil.register.types.countries import country_name
from sousveil.register.views.model import BlockedView, FindingView, Ref
from sousveil.register.views.reading import Reader, Record, all_subjects, span
from sousveil.register.views.records import only_of
from sousveil.register.views.words import _, _n

CLAIMS_MOST = 2
"""Claims of a finding that are cited on the first page."""
NAMED_MOST = 3
"""States that a finding names."""


def findings(reader: Reader, restrictions: Sequence[BlockedView]) -> list[FindingView]:
    """Returns the findings that the data supports; `restrictions` are those in force, newest first."""
    listed = [one for one in restrictions if one.kind == "listed" and types.is_a(one.ref.type or "", "Organization")]
    found = [_newest(listed), _incidents(reader), _based(reader, listed)]
    return [one for one in found if one is not None]


def _newest(listed: Sequence[BlockedView]) -> FindingView | None:
    dated = [one for one in listed if one.dates_words]
    if not dated:
        return None
    newest = dated[0]
    same = [one for one in dated if one.ref.id == newest.ref.id]
    lists = list(dict.fromkeys(one.record.caption for one in same))
    text = _("{name} is on {lists}, {since}. What follows from a listing stands in the rules of the list.")
    return FindingView(
        title=_("Newest listing: {name}").format(name=newest.ref.caption),
        text=text.format(name=newest.ref.caption, lists=", ".join(lists[:CLAIMS_MOST]), since=newest.dates_words),
        ref=newest.ref,
        claims=[one.claim for one in same[:CLAIMS_MOST]],
    )


def _incidents(reader: Reader) -> FindingView | None:
    """The vendor that most incident reports name, by itself or by its product; context is not counted."""
    ids = list(all_subjects(reader.store, "AbuseIncident"))
    reader.load(ids)
    known = [reader.records[one] for one in dict.fromkeys(map(reader.canonical, ids)) if one in reader.records]
    records = [one for one in known if not only_of(one, outside_numbers())]
    reader.load(value for one in records for name in ("product", "vendor") for value in _values(one, name))
    products = [reader.records.get(reader.canonical(value)) for one in records for value in _values(one, "product")]
    reader.load(value for one in products if one is not None for value in _values(one, "vendor"))
    by: dict[str, list[Record]] = {}
    for record in records:
        for vendor in _vendors(reader, record):
            by.setdefault(vendor, []).append(record)
    if not by:
        return None
    vendor = max(by, key=lambda id: (len(by[id]), id))
    reports = by[vendor]
    places = Counter(code for one in reports for code in _places(one))
    ref = reader.ref(vendor)
    count, states = len(reports), len(places)
    title = _n("{{name}}: {n} incident report", "{{name}}: {n} incident reports", count).format(name=ref.caption)
    where = ", ".join(_(country_name(code)) for code, _times in places.most_common(NAMED_MOST))
    text = _n(
        "The people concerned were in {n} State: {{where}}.",
        "The people concerned were in {n} States, most often {{where}}.",
        states,
    )
    newest = sorted(reports, key=lambda one: span(one)[0] or "", reverse=True)
    return FindingView(
        title=title,
        text=" ".join(
            [
                *([text.format(where=where)] if places else []),
                _("We name no person."),
            ]
        ),
        ref=ref,
        claims=reader.claims(_cited(newest)),
    )


def _cited(records: Sequence[Record]) -> list[Recorded]:
    """One claim of each of the first records that come from different publishers."""
    found: dict[str, Recorded] = {}
    for record in records:
        for one in (record.stand("stage") or record.stand("product", "vendor"))[:1]:
            found.setdefault(one.statement.publisher, one)
    return list(found.values())[:CLAIMS_MOST]


def _values(record: Record, name: str) -> list[str]:
    return [one.statement.value for one in record.stand(name)]


def _vendors(reader: Reader, record: Record) -> list[str]:
    found = [reader.canonical(value) for value in _values(record, "vendor")]
    for value in _values(record, "product"):
        product = reader.records.get(reader.canonical(value))
        found += [reader.canonical(one) for one in (_values(product, "vendor") if product is not None else ())]
    return list(dict.fromkeys(found))


def _places(record: Record) -> list[str]:
    return list(dict.fromkeys(_values(record, "targetCountry") or _values(record, "country")))


def _based(reader: Reader, listed: Sequence[BlockedView]) -> FindingView | None:
    """The State where most companies on the lists are based."""
    by: dict[str, dict[str, BlockedView]] = {}
    for one in listed:
        record = reader.records.get(one.ref.id)
        for code in _countries(record) if record is not None else ():
            by.setdefault(code, {}).setdefault(one.ref.id, one)
    if not by:
        return None
    code = max(by, key=lambda one: (len(by[one]), one))
    rows, name = list(by[code].values()), _(country_name(code))
    title = _n("{{state}}: {n} company on government lists", "{{state}}: {n} companies on government lists", len(rows))
    return FindingView(
        title=title.format(state=name),
        text=_("Among them: {names}.").format(names=", ".join(one.ref.caption for one in rows[:NAMED_MOST])),
        ref=Ref(id="", caption=name, page=False),
        country=code,
        claims=[one.claim for one in rows[:CLAIMS_MOST]],
    )


def _countries(record: Record) -> list[str]:
    return list(dict.fromkeys(_values(record, "country") or _values(record, "jurisdiction")))
