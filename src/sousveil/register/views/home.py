"""The first page: what is here, what is new, what somebody else has blocked."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.register import edtf, types
from sousveil.register import entries as log
from sousveil.register.intake import registry
from sousveil.register.model import Recorded
from sousveil.register.store.model import LogEntry
from sousveil.register.views import words
from sousveil.register.views.findings import findings
from sousveil.register.views.licences import EVENT, REVIEW
from sousveil.register.views.model import BlockedView, CountView, HomeView, LatestView, NewView, Ref
from sousveil.register.views.reading import Reader, Record, Store, all_subjects, genesis, span, state_of
from sousveil.register.views.timeline import timeline_view

NEW_MOST = 8
NEW_ENTRIES = 300
"""Entries that are looked through for what is new, from the end of the log."""
REFS_MOST = 5
LATEST_MOST = 5
BLOCKED_MOST = 30
NOT_COUNTED = ("Judgement",)
ORDER = (
    "Company", "SurveillanceProduct", "PublicBody", "State", "AbuseIncident", "ClientClaim", "Deployment", "Supply",
    "ExportLicence", "Contract", "Ownership", "Sanction", "Claim", "Law", "Organization", "Person",
)  # fmt: skip
"""Types that a first-time reader looks for come first; the others by label."""
REFUSED = {"revoked": "revoked", "suspended": "suspended", "refused": "refused"}
SAYS = frozenset(REFUSED) | {"granted", "renewed", "reinstated", "maintained", "amended", "expired", "withdrawn"}
"""Words of an event or a review of a licence that say more than the licence's own status does."""


def home_view(store: Store, *, today: str | None = None, blocked: int = BLOCKED_MOST) -> HomeView:
    """The first page, of the log as it is now."""
    reader = Reader(store, today=today)
    title, example = genesis(store)
    counts = store.counts(registry.outside_numbers())
    kinds = [
        CountView(type=one.name, label=one.label, plural=one.plural, what=one.what, count=counts.entities[one.name])
        for one in types.all_types().values()
        if counts.entities.get(one.name) and one.name not in NOT_COUNTED
    ]
    kinds.sort(key=lambda one: (ORDER.index(one.type) if one.type in ORDER else len(ORDER), one.plural))
    restrictions = _blocked(reader)
    return HomeView(
        frame=reader.frame(),
        title=title,
        example=example,
        statements=counts.statements,
        entities=sum(one.count for one in kinds),
        datasets=len(counts.datasets),
        counts=kinds,
        new=_new(reader),
        blocked=restrictions[:blocked],
        blocked_more=max(0, len(restrictions) - blocked),
        findings=findings(reader, restrictions),
        latest=_latest(store, reader.day),
    )


def _latest(store: Store, day: str) -> list[LatestView]:
    """The newest facts that have happened by the day."""
    items = timeline_view(store, as_of=day, limit=LATEST_MOST, today=day).items
    return [LatestView(date=one.dates_words, words=one.words, ref=one.ref) for one in reversed(items)]


def _new(reader: Reader) -> list[NewView]:
    """The newest publications; those of one publisher and data set that follow one another are one."""
    store, size = reader.store, reader.store.size()
    entries = list(store.entries(max(0, size - NEW_ENTRIES), size, kinds=("statements",)))
    groups: list[list[LogEntry]] = []
    for entry in reversed(entries):
        if groups and (groups[-1][0].publisher, groups[-1][0].dataset) == (entry.publisher, entry.dataset):
            groups[-1].append(entry)
        elif len(groups) == NEW_MOST:
            break
        else:
            groups.append([entry])
    out = []
    for group in groups:
        counted = 0
        for entry in group:
            payload = store.payload(entry)
            counted += len(payload.commitments) if isinstance(payload, log.Statements) else 0
        newest = group[0]
        said = list(_said(store, newest.index))
        subjects = list(dict.fromkeys(one.statement.subject for one in said))
        reader.load([*subjects, *([newest.publisher] if newest.publisher.startswith("sv-") else [])])
        reader.load_values(
            one for id in subjects if (record := reader.records.get(reader.canonical(id))) for one in record.statements
        )
        refs = list(dict.fromkeys(reader.canonical(one) for one in subjects))
        publisher = reader.publisher(newest.publisher)
        out.append(
            NewView(
                index=newest.index,
                recorded_at=newest.recorded_at,
                publisher=publisher,
                words=_words_new(newest.dataset, counted, publisher),
                statements=counted,
                refs=[reader.ref(one) for one in refs[:REFS_MOST]],
                more=max(0, len(refs) - REFS_MOST),
            )
        )
    return out


def _words_new(dataset: str, counted: int, publisher: str) -> str:
    """Whose claims they are: those of a published data set are its publisher's, not of who loaded it."""
    known = registry.intakes().get(dataset)
    if known is None:
        return words.entry_new(counted, publisher)
    return words.entry_loaded(counted, known.dataset.title, known.dataset.publisher)


def _said(store: Store, index: int) -> Iterator[Recorded]:
    for one in store.iter_statements(since=index):
        if one.recorded != index:
            return
        yield one


def _blocked(reader: Reader) -> list[BlockedView]:
    """Restrictions in force, newest first. They are other people's decisions; the register only repeats them."""
    found: list[tuple[int, str, BlockedView]] = []
    for type, naming in (
        ("Sanction", "entity"),
        ("ExportLicence", "licensee"),
        ("OversightDecision", "about"),
        ("Acquisition", "vendor"),
    ):
        ids = list(all_subjects(reader.store, type))
        reader.load(ids)
        records = [reader.records[one] for one in dict.fromkeys(map(reader.canonical, ids)) if one in reader.records]
        events = _events(reader) if type == "ExportLicence" and records else {}
        reader.load(value for record in records for values in reader.targets(record).values() for value in values)
        for record in records:
            what, at = events.get(record.id, ("", None))
            kind = REFUSED.get(what) if what in SAYS else _kind(record)
            if kind is None or (type == "Sanction" and state_of(*span(record), reader.day) == "ended"):
                continue
            for one in _restricts(reader, record, naming):
                when = at if record.type == "ExportLicence" else span(record)[0]
                view = _restriction(reader, record, kind, one, when)
                found.append((-edtf.sort_key(when)[0] if when else 0, record.id, view))
    found.sort(key=lambda one: one[:2])
    return [view for _key, _id, view in found]


def _events(reader: Reader) -> dict[str, tuple[str, str | None]]:
    """Licence -> what its newest dated event or review says of it, and when; one that is not dated counts where no other is on file."""
    ids = [*all_subjects(reader.store, EVENT), *all_subjects(reader.store, REVIEW)]
    reader.load(ids)
    found: dict[str, tuple[tuple[int, int], str, str | None]] = {}
    for id in dict.fromkeys(map(reader.canonical, ids)):
        event = reader.records.get(id)
        what = (event.first("event") or event.first("outcome")) if event is not None else None
        when = span(event)[0] if event is not None else None
        if event is None or what is None or (when and edtf.holds(when, edtf.OPEN, reader.day) is False):
            continue
        at = edtf.sort_key(when) if when else (-1, 0)
        for licence in {reader.canonical(one.statement.value) for one in event.stand("licence")}:
            if licence not in found or at >= found[licence][0]:
                found[licence] = (at, what, when)
    return {licence: (what, when) for licence, (_, what, when) in found.items()}


def _restricts(reader: Reader, record: Record, naming: str) -> list[Ref]:
    return [
        reader.ref(one)
        for one in dict.fromkeys(reader.canonical(value.statement.value) for value in record.stand(naming))
    ]


def _kind(record: Record) -> str | None:
    match record.type:
        case "Sanction":
            return "listed"
        case "ExportLicence":
            return REFUSED.get(record.first("status") or "")
        case "OversightDecision":
            return {"rejected": "rejected", "ended": "ended", "suspended": "stopped"}.get(record.first("outcome") or "")
    return "rejected" if record.first("status") == "rejected" else None


_BY = {"Sanction": "authority", "ExportLicence": "issuer", "OversightDecision": "body", "Acquisition": "body"}
_TELLING = {"Sanction": "entity", "ExportLicence": "status", "OversightDecision": "outcome", "Acquisition": "status"}


def _restriction(reader: Reader, record: Record, kind: str, ref: Ref, when: str | None) -> BlockedView:
    by = record.first(_BY[record.type]) or ""
    by = reader.ref(by).caption if by.startswith("sv-") else by
    told = record.stand(_TELLING[record.type]) or record.statements
    claim = min(told, key=lambda one: one.recorded)
    return BlockedView(
        ref=ref,
        record=reader.ref(record.id),
        kind=kind,
        words=words.blocked(kind, by),
        by=by,
        claim=reader.claims([claim])[0],
        dates_words=words.since(when) if when else "",
    )
