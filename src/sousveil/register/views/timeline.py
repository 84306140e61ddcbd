"""What happened when: dates as exact as the sources give them, never more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sousveil.errors import Malformed, Missing
from sousveil.register import edtf, types
from sousveil.register.edtf import Edtf
from sousveil.register.intake.registry import context_datasets
from sousveil.register.views import words
from sousveil.register.views.entity import records_around
from sousveil.register.views.licences import Held, held
from sousveil.register.views.model import TimelineItem, TimelineView
from sousveil.register.views.reading import (
    Reader,
    Record,
    Store,
    all_subjects,
    followable,
    known_members,
    stands,
    weakest_of,
)
from sousveil.register.views.records import only_of
from sousveil.register.views.related import incident_stage, section_of, sections

ITEMS_MOST = 200
TYPES = (
    "AbuseIncident", "MarketingEvent", "LicenceEvent", "Investigation", "Proceeding", "OversightDecision", "RegulatorNotice",
    "ClientRejection", "Law", "Event",
)  # fmt: skip
"""What a timeline of the whole register shows; contracts, ownerships, listings and context stand on those of their entities."""
_COARSE = ("day", "month", "season", "year", "decade", "century")


def timeline_view(
    store: Store,
    id: str | None = None,
    as_of: str | None = None,
    known_at: int | None = None,
    *,
    limit: int = ITEMS_MOST,
    today: str | None = None,
) -> TimelineView:
    """The dated records around an entity, or of the whole register (`id` None). Raises Missing."""
    reader = Reader(store, as_of, known_at, today)
    about = None
    found: dict[str, list[str]]
    if id is None:
        found = {one: [] for type in TYPES for one in all_subjects(store, type)}
        reader.load(found)
    else:
        centre, members = known_members(store, id, known_at)
        reader.load([centre, *members])
        if centre not in reader.records:
            raise Missing(f"The register says nothing about {id[:64]}.", hint="Search by name.")
        found = records_around(reader, members)
        reader.load(value for ids in reader.targets(reader.records[centre]).values() for value in ids)
        about = reader.ref(centre)
    records = [
        reader.records[one]
        for one in found
        if one in reader.records and reader.records[one].type not in ("Judgement", "Documentation")
    ]
    if about is None:
        records = [one for one in records if not only_of(one, context_datasets())]
    reader.load(value for record in records for ids in reader.targets(record).values() for value in ids)
    items, undated = [], 0
    spans = held(reader, records)
    for record in records:
        item = _item(reader, record, found.get(record.id, []), spans[record.id])
        if item is None:
            undated += 1
        elif as_of is None or (item.first_day or "") <= as_of:
            items.append(item)
    items.sort(key=lambda one: (one.first_day or "", one.last_day or "9999", one.id))
    # The newest matter most where there are too many.
    more = max(0, len(items) - limit)
    return TimelineView(frame=reader.frame(), about=about, items=items[more:], undated=undated, more=more)


def _item(reader: Reader, record: Record, roles: Iterable[str], lasted: Held) -> TimelineItem | None:
    start, end, state = lasted
    first, last = _parsed(start), _parsed(end)
    if (first is None or first.open) and (last is None or last.open):
        return None
    known = types.find(record.type)
    lane = section_of(record, roles)
    titles = {name: title for name, title, _what in sections()}
    ref = reader.ref(record.id)
    stage = incident_stage(reader, record)[1]
    naming = [known.edge.source, known.edge.target] if known and known.edge else [*types.caption_of(record.type)]
    strength = weakest_of(record, [name for name in naming if record.stand(name)] or list(record.by_property))
    said = next((one for one in record.statements if stands(one)), record.statements[0]).statement
    title = ref.caption if ref.caption.startswith(ref.type_label) else f"{ref.type_label}: {ref.caption}"
    dated = [one for one in (first, last) if one is not None and not one.open]
    return TimelineItem(
        id=record.id,
        ref=ref,
        lane=lane,
        lane_label=titles[lane],
        words=f"{title} ({stage})" if stage else title,
        start=start,
        end=end,
        first_day=_day(first.first) if first is not None and not first.open else None,
        first_by=_day(first.last) if first is not None and not first.open else None,
        last_from=_day(last.first) if last is not None and not last.open else None,
        last_day=_day(last.last) if last is not None and not last.open else None,
        precision=max((one.precision for one in dated), key=_COARSE.index),
        uncertain=any(one.uncertain or one.approximate for one in dated),
        ongoing=end == edtf.OPEN,
        end_unknown=end is None and state not in ("ended", "happened"),
        dates_words=words.dates(start, end),
        standing=strength,
        standing_words=words.standing(strength),
        denied=any(one.statement.stance == "denies" and one.retracted is None for one in record.statements),
        notes=list(dict.fromkeys(one.statement.value for one in record.stand("note"))),
        source=said.source,
        source_link=followable(said.source),
        publisher=reader.publisher(said.publisher),
    )


def _parsed(text: str | None) -> Edtf | None:
    try:
        return edtf.parse(text) if text else None
    except Malformed:
        return None


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
