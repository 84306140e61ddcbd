"""The letter's pages: the Pegasus Project with the figures as printed, and who signed."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.register import entries as log
from sousveil.register.publication import DIRECT
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.model import (
    ClaimView,
    FigureView,
    PegasusView,
    PotentialClient,
    SignatoriesView,
    SignatoryView,
)
from sousveil.register.views.reading import Reader, Record, Store, all_subjects, followable
from sousveil.register.views.words import _

DATASET = "letter-facts"
PRINTED = "signatory organizations, official count"
PRINTED_EXPERTS = "signatory experts, official count"


def _of(reader: Reader) -> Iterator[Record]:
    """The records of the letter, with everything else that is said about them."""
    ids = list(dict.fromkeys(one.statement.subject for one in reader.store.iter_statements(dataset=DATASET)))
    reader.load(ids)
    records = [reader.records[one] for one in dict.fromkeys(map(reader.canonical, ids)) if one in reader.records]
    reader.load(value for record in records for values in reader.targets(record).values() for value in values)
    reader.replies(one.id for record in records for one in record.statements)
    yield from records


def pegasus_view(store: Store, as_of: str | None = None, known_at: int | None = None) -> PegasusView:
    """The Pegasus Project as the letter tells it: one sourced statement for each figure, nothing invented to fill it."""
    reader = Reader(store, as_of, known_at)
    records = list(_of(reader))
    campaign = next((one for one in records if one.type == "Event"), None)
    company = next((one for one in records if one.type == "Company"), None)
    name = reader.caption(company) if company else ""
    by = _("the letter")
    organizer = campaign.first("organizer") if campaign else None
    if organizer:
        by = reader.ref(organizer).caption
    clients = [
        client for one in records if one.type == "ClientClaim" and (client := _client(reader, one, by)) is not None
    ]
    presence = [state for one in records if one.type == "Claim" and (state := _presence(reader, one)) is not None]
    telling = campaign or (records[0] if records else None)
    source = telling.statements[0].statement.source if telling else ""
    return PegasusView(
        frame=reader.frame(),
        campaign=reader.ref(campaign.id) if campaign else None,
        figures=[figure for one in records if one.type == "Figure" and (figure := _figure(reader, one, campaign))],
        clients=sorted(clients, key=lambda one: one.name),
        clients_words=words.clients_of_letter(len(clients), name, by),
        corporate_presence=sorted(presence, key=lambda one: one.name),
        presence_words=words.presence_of_letter(len(presence), name),
        denials=list(_denials(reader, records)),
        source=source,
        source_link=followable(source),
    )


def _figure(reader: Reader, record: Record, campaign: Record | None) -> FigureView | None:
    """A figure of the campaign; those about the letter itself stand on the signatories' page."""
    value = next(iter(record.stand("value")), None)
    if (
        value is None
        or campaign is None
        or campaign.id not in [reader.canonical(one.statement.value) for one in record.stand("about")]
    ):
        return None
    printed = record.first("printedAs") or value.statement.value
    return FigureView(
        name=record.first("indicator") or record.id,
        words=printed,
        printed=value.statement.original or value.statement.value,
        claim=reader.claims([value])[0],
    )


def _code(reader: Reader, id: str) -> str:
    record = reader.records.get(reader.canonical(id))
    return (record.first("country") or "") if record else ""


def _client(reader: Reader, record: Record, by: str) -> PotentialClient | None:
    said = next(iter(record.stand("stage")), None)
    client = record.first("client")
    if said is None or client is None:
        return None
    stage = words.client_stage(said.statement.value, said.statement.standing)
    code = _code(reader, client)
    return PotentialClient(
        code=code,
        name=country_name(code) if code else reader.ref(client).caption,
        stage=stage,
        words=words.client(stage, by),
        claim=reader.claims([said])[0],
    )


def _presence(reader: Reader, record: Record) -> PotentialClient | None:
    said = next(iter(record.stand("entity")), None)
    label = record.first("label")
    if said is None or label is None:
        return None
    code = _code(reader, said.statement.value)
    name = country_name(code) if code else reader.ref(said.statement.value).caption
    by = record.first("list") or reader.publisher(said.statement.publisher)
    return PotentialClient(code=code, name=name, stage="", words=words.named(by, label), claim=reader.claims([said])[0])


def _denials(reader: Reader, records: list[Record]) -> Iterator[ClaimView]:
    """Every denial and reply on the records of the letter, whoever published it."""
    seen: set[str] = set()
    for record in records:
        if record.type == "LetterSignature":
            continue
        for prop in reader.properties(record):
            for claim in prop.claims:
                told = [*claim.answers, *([claim] if claim.stance == "denies" or claim.property == "reply" else [])]
                for one in told:
                    if one.id not in seen:
                        seen.add(one.id)
                        yield one


def signatories_view(store: Store, as_of: str | None = None, known_at: int | None = None) -> SignatoriesView:
    """Who signed the letter. A signature that was retracted or erased on request is not there any more."""
    reader = Reader(store, as_of, known_at)
    records = list(_of(reader))
    letter = next((one for one in records if one.type == "Document"), None)
    signed = [view for one in records if one.type == "LetterSignature" and (view := _signatory(reader, one))]
    printed_experts = sum(one.role == "expert" for one in signed)
    signed += filter(None, (_signatory(reader, one) for one in _signed_here(reader, letter)))
    organisations = sorted((one for one in signed if one.role == "organisation"), key=lambda one: one.name.casefold())
    experts = sorted((one for one in signed if one.role == "expert"), key=lambda one: one.name.casefold())
    printed, persons = _count(records, PRINTED), _count(records, PRINTED_EXPERTS)
    held = max(0, (persons or 0) - printed_experts)
    source = letter.statements[0].statement.source if letter else ""
    return SignatoriesView(
        frame=reader.frame(),
        letter=reader.ref(letter.id) if letter else None,
        title=reader.caption(letter) if letter else "",
        organisations=organisations,
        experts=experts,
        experts_held=held,
        printed=printed,
        words=[
            words.endorsement(),
            *([words.copy_yields(_yielded(records) or 0, printed)] if printed else []),
            *([words.experts_held(held)] if held else []),
            words.delisted(),
        ],
        source=source,
        source_link=followable(source),
    )


def _signed_here(reader: Reader, letter: Record | None) -> list[Record]:
    """Signatures of the letter that were published here, each read by two reviewers first. An organization signs for itself alone."""
    if letter is None:
        return []
    ids = list(all_subjects(reader.store, "LetterSignature"))
    reader.load(ids)
    found = [reader.records[one] for one in dict.fromkeys(map(reader.canonical, ids)) if one in reader.records]
    found = [one for one in found if one.first("letter") == letter.id and _reviewed(reader, one)]
    reader.load(value for record in found for value in reader.targets(record).get("signatory", ()))
    return found


def _reviewed(reader: Reader, record: Record) -> bool:
    said = next(iter(record.stand("signatory")), None)
    if said is None or said.statement.dataset != DIRECT:
        return False
    entry = reader.store.payload(reader.store.entry(said.recorded))
    own = said.statement.person or said.statement.value == said.statement.publisher
    return own and isinstance(entry, log.Statements) and entry.review is True


def _count(records: list[Record], indicator: str) -> int | None:
    """The number in a figure of the letter."""
    found = next(
        (one.first("value") for one in records if one.type == "Figure" and one.first("indicator") == indicator), None
    )
    return int(found) if found and found.isdecimal() else None


def _yielded(records: list[Record]) -> int | None:
    return _count(records, "signatory organizations in the copy")


def _signatory(reader: Reader, record: Record) -> SignatoryView | None:
    said = next(iter(record.stand("signatory")), None)
    if said is None:
        return None
    ref = reader.ref(said.statement.value)
    expert = record.first("role") == "expert" or ref.type == "Person"
    # A signature whose signatory was erased names nobody: it is not shown.
    if not ref.page:
        return None
    return SignatoryView(
        ref=ref,
        name=record.first("printedAs") or ref.caption,
        role="expert" if expert else "organisation",
        claim=reader.claims([said])[0],
    )
