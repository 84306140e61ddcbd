"""The parts of an entity's page: records that name it, sorted into sections."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.register import edtf, types
from sousveil.register.types.model import Kind
from sousveil.register.views import words
from sousveil.register.views.licences import Held, held, lasts
from sousveil.register.views.model import Ref, RelatedView, SectionView
from sousveil.register.views.reading import Reader, Record, happens_once, property_label, span, state_of, weakest_of
from sousveil.register.views.words import _

CLAIMS_MOST = 20
"""Claims of one property that a row of a section shows; the record's own page shows more."""


def sections() -> list[tuple[str, str, str]]:
    """Name, title and one sentence of each section, in the order of the page."""
    return [
        ("products", _("Products"), _("What it makes or sells, as sources say.")),
        ("uses", _("Uses and clients"), _("Who is said to use it, and how firmly that is known.")),
        ("incidents", _("Incidents"), _("What is said to have been done to people with it, and how far it went.")),
        ("licences", _("Licences"), _("Permissions to export or market, and what became of them.")),
        ("supplies", _("Supplies"), _("Deliveries and sales that a source documents.")),
        ("contracts", _("Contracts"), _("Purchases: planned, current and past.")),
        (
            "owners",
            _("Owners and funders"),
            _("Who owns, controls or funds it. An owner who is not known is shown as not known."),
        ),
        ("owned", _("Owned and funded"), _("What it owns, controls or funds.")),
        ("roles", _("People and partners"), _("Officers, agents, members, predecessors and successors.")),
        ("decisions", _("Decisions and inquiries"), _("What boards, courts, regulators and parliaments did.")),
        ("listings", _("Listings"), _("Lists and documents of others in which it stands. The words are theirs.")),
        ("securities", _("Securities"), _("Shares and bonds traded on exchanges.")),
        (
            "diligence",
            _("Human rights due diligence"),
            _("Reports that companies made on the harm their business may do."),
        ),
        ("figures", _("Figures"), _("Numbers as a source printed them.")),
        ("documents", _("Documents"), _("Documents that name it. To be named says nothing on what somebody did.")),
        ("signatures", _("Letters"), _("Letters that it signed. To have signed is no endorsement of this register.")),
        ("other", _("Other records"), _("Everything else that names it.")),
    ]


SECTION_OF = {
    "SurveillanceProduct": "products",
    "Deployment": "uses",
    "ClientClaim": "uses",
    "MarketingEvent": "uses",
    "AbuseIncident": "incidents",
    "Finding": "incidents",
    "ExportLicence": "licences",
    "LicenceEvent": "licences",
    "Supply": "supplies",
    "Contract": "contracts",
    "ContractAward": "contracts",
    "Directorship": "roles",
    "Membership": "roles",
    "Representation": "roles",
    "Succession": "roles",
    "OversightBody": "roles",
    "OversightDecision": "decisions",
    "Acquisition": "decisions",
    "Investigation": "decisions",
    "Proceeding": "decisions",
    "CorporateEvent": "decisions",
    "RegulatorNotice": "decisions",
    "ClientRejection": "decisions",
    "InformationRequest": "decisions",
    "Law": "decisions",
    "Sanction": "listings",
    "Claim": "listings",
    "Security": "securities",
    "DueDiligenceReport": "diligence",
    "Figure": "figures",
    "Documentation": "documents",
    "Document": "documents",
    "LetterSignature": "signatures",
}
"""Record type -> section; ownership and investment have a direction and are sorted by role; the rest is `other`."""
DIRECTED = {
    ("Ownership", "asset"): "owners",
    ("Ownership", "owner"): "owned",
    ("Ownership", "nomineeFor"): "owned",
    ("Investment", "recipient"): "owners",
    ("Investment", "investor"): "owned",
}
UNKNOWN = ("ownerUnspecified", "unspecified")
"""Properties by which a statement says that a party is not known."""
NOT_UNKNOWN = ("noBeneficialOwners", "subjectExemptFromDisclosure", "interestedPartyExemptFromDisclosure")
"""Codes of those properties that say why nobody is named although somebody may be known, or that there is nobody."""


def section_of(record: Record, roles: Iterable[str]) -> str:
    """The section that a record belongs to, by the properties that name the shown entity."""
    for role in roles:
        if (record.type, role) in DIRECTED:
            return DIRECTED[record.type, role]
    return SECTION_OF.get(record.type, "other")


def related(reader: Reader, record: Record, centre: str, roles: list[str], lasted: Held) -> RelatedView:
    """A row of a section. Everything that the record points to is loaded already."""
    targets = reader.targets(record)
    others: list[Ref] = []
    for name in types.properties(record.type):
        for id in targets.get(name, ()):
            ref = reader.ref(id)
            if ref.id != centre and all(ref.id != one.id for one in others):
                others.append(ref)
    facts = reader.properties(record, CLAIMS_MOST)
    start, end, state = lasted
    # What links the two: the property that names the shown entity, and those that name the others.
    naming = [name for name in targets if name in roles or any(reader.canonical(id) != centre for id in targets[name])]
    strength = weakest_of(record, naming or list(record.by_property))
    stage, stage_words = incident_stage(reader, record)
    client, client_words = client_stage(reader, record)
    return RelatedView(
        ref=reader.ref(record.id),
        role=", ".join(property_label(record.type, role) for role in roles),
        others=others,
        facts=facts,
        notes=list(dict.fromkeys(one.statement.value for one in record.stand("note"))),
        standing=strength,
        standing_words=words.standing(strength),
        stage=stage,
        stage_words=stage_words,
        client_stage=client,
        client_words=client_words,
        state=state,
        state_words=words.state(state) if lasts(record.type) or start or end else "",
        dates_words=words.dates(start, end),
        unknown_party=unknown_party(reader, record),
        nominee=nominee(record),
        answered=sum(len(claim.answers) for one in facts for claim in one.claims),
    )


def unknown_party(reader: Reader, record: Record) -> bool:
    """Whether a statement says that the owner is not known, or an ownership names neither an owner nor a reason for that."""
    if record.type == "Ownership" and not record.stand("owner") and not record.stand("ownerUnspecified"):
        return True
    codes = [code for name in UNKNOWN if (code := record.first(name))]
    for ids in reader.targets(record).values():
        for id in ids:
            other = reader.records.get(reader.canonical(id))
            if other is not None and (code := other.first("unspecified")):
                codes.append(code)
    return any(code not in NOT_UNKNOWN for code in codes)


def nominee(record: Record) -> bool:
    """Whether the owner holds for somebody else."""
    return bool(record.stand("nomineeFor")) or any(one.statement.value == "nominee" for one in record.stand("interest"))


def client_property(type: str) -> str | None:
    """The property of a type that says how firmly a client is known."""
    if types.property_of(type, "clientStage"):
        return "clientStage"
    return "stage" if type == "ClientClaim" else None


def client_stage(reader: Reader, record: Record) -> tuple[str | None, str]:
    """The highest client stage that a standing claim carries, in words with who says so; (None, "") for other records."""
    name = client_property(record.type)
    if name is None or (record.type == "AbuseIncident" and not record.stand("client")):
        return None, ""
    best = None
    for one in record.stand(name):
        stage = words.client_stage(one.statement.value, one.statement.standing)
        if best is None or words.CLIENT_STAGES.index(stage) > words.CLIENT_STAGES.index(best[0]):
            best = (stage, reader.publisher(one.statement.publisher))
    if best is None:
        said = next((one for one in record.statements if one.statement.property != name), None)
        best = (words.CLIENT_STAGES[0], reader.publisher(said.statement.publisher) if said else "")
    return best[0], words.client(*best)


def incident_stage(reader: Reader, record: Record) -> tuple[str | None, str]:
    """How far an incident went, as the firmest standing claim says, or where a case stands; (None, "") for other records."""
    if record.type in ("Proceeding", "Investigation"):
        return None, case_words(reader, record)
    if record.type != "AbuseIncident":
        return None, ""
    claims = record.stand("stage")
    order = list(words.STANDINGS)
    best = min(claims, key=lambda one: (order.index(one.statement.standing), one.recorded), default=None)
    if best is None:
        return None, words.incident(None, "")
    return best.statement.value, words.incident(best.statement.value, best.statement.standing)


def case_words(reader: Reader, record: Record) -> str:
    """Where a case or an investigation stands: its newest step with the day, and whether that is final."""
    name = "step" if record.type == "Proceeding" else "status"
    there = [one for one in record.stand(name) if not reader.as_of or (one.statement.valid_from or "") <= reader.as_of]
    steps = sorted(there, key=lambda one: (one.statement.valid_from or "", one.recorded))
    parts = []
    if steps:
        said = steps[-1].statement
        parts = [
            reader.display(said.type, name, said.value)[0],
            *([words.date(said.valid_from)] if said.valid_from else []),
        ]
    if final := record.first("final"):
        parts.append(reader.display(record.type, "final", final)[0])
    return ", ".join(parts)


def build_sections(reader: Reader, centre: str, found: dict[str, list[str]], limit: int | None) -> list[SectionView]:
    """The sections of an entity's page. `found`: record id -> the properties by which it names the entity."""
    sorted_: dict[str, list[tuple[tuple[int, str], str]]] = {}
    for id, roles in found.items():
        record = reader.records.get(id)
        if record is None or record.type == "Judgement":
            continue
        start, end = span(record)
        if reader.as_of is not None and not _there(record, state_of(start, end, reader.as_of)):
            continue
        section = section_of(record, roles)
        sorted_.setdefault(section, []).append(((-edtf.sort_key(start)[0] if start else 1, id), id))
    out = []
    every = {name: [id for _key, id in sorted(rows)] for name, rows in sorted_.items()}
    shown = [id for rows in every.values() for id in (rows if limit is None else rows[:limit])]
    reader.replies(one.id for id in shown for one in reader.records[id].statements)
    for name, title, what in sections():
        rows = every.get(name, [])
        kept = rows if limit is None else rows[:limit]
        if kept:
            spans = held(reader, [reader.records[id] for id in kept])
            views = [related(reader, reader.records[id], centre, found[id], spans[id]) for id in kept]
            out.append(SectionView(name=name, title=title, what=what, rows=views, more=len(rows) - len(kept)))
    return out


def _there(record: Record, state: str) -> bool:
    """Whether a record shows as of a day: not when it surely had not begun; when it had ended, only what happened once.

    What happened stays true afterwards.
    """
    return state != "future" and (
        state != "ended" or happens_once(record.type) or record.type in ("Figure", "Document", "Investigation")
    )


def entity_values(reader: Reader, record: Record) -> list[str]:
    """Everything that a record points to, whether or not the claim stands."""
    found = []
    for name, claims in record.by_property.items():
        known = types.property_of(record.type, name)
        if known is not None and known.kind == Kind.ENTITY:
            found += [one.statement.value for one in claims]
    return found
