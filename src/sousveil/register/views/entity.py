"""An entity's page: every claim with its source, standing and dates, who says so and who denies."""

from __future__ import annotations

from collections import Counter

from sousveil.errors import Missing
from sousveil.register import identity, identity_rules, types
from sousveil.register.model import Recorded, Stance
from sousveil.register.views import words
from sousveil.register.views.group import group_view
from sousveil.register.views.model import ChangeView, ClaimView, EntityView, Grouped, Judged, Ref
from sousveil.register.views.reading import (
    Reader,
    Record,
    Store,
    clusters_at,
    genesis,
    judgements_at,
    known_members,
    type_label,
)
from sousveil.register.views.related import build_sections, entity_values

CLAIMS_MOST = 100
"""Claims of one property that a page shows."""
ROWS_MOST = 30
"""Rows of a section."""
RECORDS_MOST = 2_000
"""Records that one view loads; those beyond are counted in the sections' `more` only where they were loaded."""
HISTORY_MOST = 50
SECOND = {
    "SurveillanceProduct": ("Deployment", "ClientClaim", "AbuseIncident", "Supply"),
    "ExportLicence": ("LicenceEvent",),
}
"""What hangs on a vendor's products and licences belongs on the vendor's page too: record type -> types that name it."""


def entity_view(
    store: Store,
    id: str,
    as_of: str | None = None,
    known_at: int | None = None,
    *,
    limit: int | None = ROWS_MOST,
    claims: int | None = CLAIMS_MOST,
    today: str | None = None,
) -> EntityView:
    """The page of an entity; with `redirect` set where the id was merged into another.

    `as_of` (ISO day) leaves out what surely did not hold on that day; `known_at` shows what the log said when it ended with
    that entry. `limit` and `claims` None: everything. Raises Missing where nothing public is said about the id, Malformed
    for a day that is none.
    """
    reader = Reader(store, as_of, known_at, today)
    canonical, members = known_members(store, id, known_at)
    reader.aliases.update(dict.fromkeys(members, canonical))
    own = store.statements_of(members, known_at=known_at)
    reader.add(own, canonical)
    reader.have(members)
    record = reader.records.get(canonical)
    if record is None:
        raise Missing(
            f"The register says nothing about {id[:64]}.",
            hint="Search by name: what was said about it may have been erased, or the id was not copied whole.",
        )
    record.type = _type_of(record)
    found = records_around(reader, members)
    reader.load_values(own)
    reader.load(value for one in found for value in entity_values(reader, reader.records[one]))
    reader.load([*members])
    properties = reader.properties(record, claims)
    labels, labels_claims = _labels(reader, [reader.records[one] for one in found], canonical)
    known = types.find(record.type)
    linked = [one for id_ in found for one in reader.records[id_].statements]
    return EntityView(
        frame=reader.frame(),
        id=canonical,
        asked=id,
        redirect=canonical if canonical != id else None,
        type=record.type,
        type_label=type_label(record.type),
        what=known.what if known else "",
        caption=reader.caption(record),
        labels=labels,
        labels_claims=labels_claims,
        countries=list(dict.fromkeys(one.statement.value for name in COUNTRIES for one in record.stand(name))),
        properties=properties,
        sections=build_sections(reader, canonical, found, limit),
        group=group_view(reader, canonical),
        history=(changes := _history(reader, own))[:HISTORY_MOST],
        history_more=max(0, len(changes) - HISTORY_MOST),
        members=[Ref(id=one, caption=reader.caption(record), type=record.type) for one in members[1:]],
        grouped=_grouped(reader, canonical, members, own),
        judgements=_judgements(reader, members),
        statements=len(own),
        datasets=sorted({one.statement.dataset for one in [*own, *linked]}),
        publishers=sorted({reader.publisher(one.statement.publisher) for one in own}),
        example=genesis(store)[1],
    )


NAMING = ("name", "title")
COUNTRIES = ("country", "jurisdiction", "nationality")


def _type_of(record: Record) -> str:
    """Where sources differ, the type with most statements."""
    counted = Counter(one.statement.type for one in record.statements)
    return max(counted.items(), key=lambda pair: (pair[1], pair[0]))[0]


def records_around(reader: Reader, members: list[str]) -> dict[str, list[str]]:
    """Records that name the entity (or its products and licences): id -> the properties by which they do."""
    found: dict[str, list[str]] = {}
    first = reader.linked(members)
    _take(reader, found, first)
    for type, wanted in SECOND.items():
        ids = [one for one in found if reader.records[one].type == type]
        if ids:
            more = reader.linked(ids)
            _take(reader, found, {id: said for id, said in more.items() if said[0].statement.type in wanted})
    return found


def _take(reader: Reader, found: dict[str, list[str]], linked: dict[str, list[Recorded]]) -> None:
    new = [id for id in linked if id not in found][: RECORDS_MOST - len(found)]
    reader.load(new)
    for id in new:
        record = reader.records.get(reader.canonical(id))
        # A record whose naming claims were all taken back is no longer about the entity.
        roles = [one.statement.property for one in linked[id] if _counts(one)]
        if record is not None and roles:
            found.setdefault(record.id, [])
            found[record.id] += [role for role in dict.fromkeys(roles) if role not in found[record.id]]


def _counts(one: Recorded) -> bool:
    """A claim that names the entity: denied ones are shown with their denial, doubtful ones with their mark."""
    return one.statement.stance != Stance.DENIES and one.retracted is None and one.superseded_by is None


def _labels(reader: Reader, records: list[Record], canonical: str) -> tuple[list[str], list[ClaimView]]:
    """What lists and documents call it, in their words."""
    found: list[str] = []
    claims: list[Recorded] = []
    for record in records:
        if record.type != "Claim" or not any(
            reader.canonical(one.statement.value) == canonical for one in record.stand("entity")
        ):
            continue
        naming = record.stand("label") or record.stand("list") or record.stand("entity")
        say = {"listed-as": words.listed, "called": words.called}.get(record.first("claimKind") or "", words.named)
        for one in naming:
            by = record.first("publisher") or reader.publisher(one.statement.publisher)
            label = one.statement.value if one.statement.property != "entity" else type_label("Claim")
            sentence = say(by, label)
            if sentence not in found:
                found.append(sentence)
                claims.append(one)
    return found, reader.claims(claims)


def _history(reader: Reader, own: list[Recorded]) -> list[ChangeView]:
    """What changed at which log entry, newest first. Dates are the operator's clock."""
    added: dict[int, list[Recorded]] = {}
    gone: Counter[int] = Counter()
    for one in own:
        added.setdefault(one.recorded, []).append(one)
        if one.retracted is not None:
            gone[one.retracted] += 1
    replacing = {one.superseded_by for one in own if one.superseded_by}
    indices = sorted({*added, *gone}, reverse=True)
    shown = set(indices[:HISTORY_MOST])
    dated: dict[int, str] = {}
    for index in sorted(shown):
        dated.update((entry.index, entry.recorded_at) for entry in reader.store.entries(index, index + 1))
    out = []
    for index in indices:
        new = added.get(index, [])
        corrected = sum(one.id in replacing for one in new)
        answered = sum(one.statement.stance != Stance.ASSERTS and one.id not in replacing for one in new)
        publishers = sorted({reader.publisher(one.statement.publisher) for one in new})
        plain = len(new) - corrected - answered
        out.append(
            ChangeView(
                index=index,
                recorded_at=dated.get(index),
                words=words.entry_change(plain, answered, corrected, gone[index], publishers),
                publishers=publishers,
                added=plain,
                corrected=corrected,
                answered=answered,
                retracted=gone[index],
            )
        )
    return out


def _grouped(reader: Reader, canonical: str, members: list[str], own: list[Recorded]) -> list[Grouped]:
    """Each record that the page shows as one with the others: its own name, where it comes from, and what joined it."""
    if len(members) < 2:
        return []
    known_at = reader.known_at if reader.known_at is not None else reader.store.size() - 1
    sure = clusters_at(reader.store, known_at)
    ruled = identity_rules.by_rule(identity_rules.official_statements(reader.store, known_at))
    said, _ = judgements_at(reader.store, known_at)
    by_two = identity.clusters([*identity_rules.proposing(said, [one.id for one in said], shown=False), *ruled])
    found = []
    for id in members:
        mine = [one for one in own if one.statement.subject == id]
        row = reader.outside(id) if not mine else None
        if not mine and row is None:
            continue  # a judgement may name a record that was never loaded
        named = (
            row.caption if row else next((one.statement.value for one in mine if one.statement.property in NAMING), id)
        )
        rule = next((one for one in ruled if id in one.pair and set(one.pair) <= set(members)), None)
        people = [one for one in said if id in one.pair and set(one.pair) <= set(members) and one.verdict == "same"]
        if id == canonical:
            how = "canonical"
        elif sure.canonical_of(id) != sure.canonical_of(canonical):
            how = "proposed"
        elif rule is not None:
            how = "rule"
        else:
            how = "reviewed" if by_two.canonical_of(id) == by_two.canonical_of(canonical) else "judged"
        reason = rule.reason if rule is not None else next((one.reason for one in people), "")
        reason = reason if how != "canonical" else ""
        datasets = [row.dataset] if row else sorted({one.statement.dataset for one in mine})
        found.append(
            Grouped(id=id, name=named, datasets=datasets, how=how, how_words=words.grouped(how), reason=reason)
        )
    return found if len(found) > 1 else []


def _judgements(reader: Reader, members: list[str]) -> list[Judged]:
    """Persons' judgements on whether this is the same as something else, newest first."""
    subjects = list(
        dict.fromkeys(
            one.statement.subject
            for one in reader.store.statements_to(members, known_at=reader.known_at)
            if one.statement.type == identity.JUDGEMENT
        )
    )
    judged = identity.judgements_of(reader.store.statements_of(subjects, known_at=reader.known_at)) if subjects else ()
    others = {one.id: one.right if one.left in members else one.left for one in judged}
    reader.load(others.values())
    return [
        Judged(
            other=reader.ref(others[one.id]),
            verdict=str(one.verdict),
            verdict_words=words.verdict(one.verdict),
            reason=one.reason or None,
            by=reader.publisher(one.by),
            recorded=one.recorded,
        )
        for one in sorted(judged, key=lambda one: (-one.recorded, one.id))
        if reader.canonical(others[one.id]) in reader.records or reader.outside(others[one.id]) is not None
    ]
