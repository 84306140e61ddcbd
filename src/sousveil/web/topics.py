"""Facts of a page as rows (value, source, strength, date) under topics, with the reply beside the claim, and the key facts above them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from sousveil.register.model import Recorded, Stance
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.labels import property_label
from sousveil.register.views.model import ClaimView, EntityView, MapRow, RelatedView
from sousveil.register.views.model_base import LONG_AFTER, Ref
from sousveil.register.views.reading import Reader, Record, happens_once, span, stands
from sousveil.register.views.related import client_stage, incident_stage, sections
from sousveil.register.views.words import _, _n
from sousveil.web import sayers
from sousveil.web.words_of import amount, day

ORDER = (
    *("listings", "uses", "incidents", "licences", "supplies", "contracts", "decisions", "owners", "owned", "products"),
    *("roles", "securities", "diligence", "figures", "documents", "signatures", "other"),
)
"""Sections of a page, the most serious first."""
SERIOUS = ("listings", "incidents", "uses", "decisions")
"""Topics that may be open when a page is opened."""
OPEN_TOPICS = 2
OPEN_LINES = 9
"""A topic with more rows and lines below them stays folded, so that the next topics remain in sight."""
GIST = 90
"""Characters of the gist of a folded topic."""
TOLD = ("amount", "outcome", "reason")
"""Properties of a record that its row tells besides its name."""
CASES = ("Investigation", "Proceeding")
OUTCOMES = ("outcome", "findings")
"""Properties of a case without which its row never stands."""
ASKED = "commentAskedOn"
"""The property with the day on which those concerned were asked for comment."""
SOURCES = 2
"""Sources of a row that are named in it; the page of its record names all."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Who says it, and where."""

    publisher: str
    text: str
    """The address or citation, as given."""
    link: str | None


class FactRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fact."""

    id: str
    """Of the record or statement: the row's anchor, and what a reply names; empty for an owner who is not known."""
    what: str
    ref: Ref | None = None
    """What the row leads to: the record with all its statements, or the entity that is the value."""
    link: str | None = None
    """Where the value is an address that may be followed."""
    label: str = ""
    """What the value is, where the topic does not say it: "Founded"."""
    details: list[str] = []
    """Further lines: how far it went and who says so, the note of the source."""
    tags: list[str] = []
    through: list[Ref] = []
    """Why it stands on this page, where the record does not name the shown entity itself."""
    sources: list[Source]
    also: list[str] = []
    """Publishers that report it less firmly."""
    denied_by: list[str] = []
    standing: str
    standing_words: str
    date: str = ""
    language: str | None = None
    fallen: bool = False
    """Retracted or corrected: shown struck through."""
    claim: ClaimView | None = None
    """The claim that is answered, where one is."""
    replies: list[ClaimView] = []
    asked: str = ""
    """When those concerned were asked for comment, and whether they replied; empty where nobody says so."""


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A group of facts that is folded to a line."""

    id: str
    title: str
    gist: str
    rows: list[FactRow]
    count: int
    """So many facts are recorded; `rows` may hold the first of them."""
    open: bool = False
    answered: list[FactRow] = []
    """Rows with a reply or a request for comment: shown in full, claim and reply side by side."""


class KeyFact(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the summary."""

    label: str
    value: str
    small: str = ""
    topic: str = ""
    """Id of the topic that it leads to."""
    country: str = ""
    """Code of the State whose page it leads to."""


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a page about an entity."""

    lead: str
    keys: list[KeyFact]
    strengths: list[tuple[str, str, int]]
    """Standing, its words, and how many claims have it; the firmest first."""
    topics: list[Topic]

    @property
    def more(self) -> bool:
        """Whether a topic holds back rows."""
        return any(one.count > len(one.rows) for one in self.topics)


def overview(view: EntityView) -> Overview:
    """Returns the head of an entity's page and its facts by topic."""
    topics = [*_sections(view), *_group(view), *_identity(view)]
    return Overview(lead=_lead(view), keys=_keys(view), strengths=_strengths(view), topics=opened(topics))


def opened(topics: Sequence[Topic]) -> list[Topic]:
    """Returns the topics, the most serious and those with a reply open."""
    wanted = [one.id for one in topics if one.answered] + [one.id for one in topics if one.id in SERIOUS]
    few = {one.id for one in topics if one.count + sum(len(row.details) for row in one.rows) <= OPEN_LINES}
    short = [one for one in dict.fromkeys(wanted) if one in few]
    if not short and topics and topics[0].id in few:
        short = [topics[0].id]
    return [msgspec.structs.replace(one, open=one.id in short[:OPEN_TOPICS]) for one in topics]


def topic(id: str, title: str, rows: list[FactRow], count: int | None = None, gist: str = "") -> Topic:
    """Returns a topic whose gist is its first values, where none is given."""
    total = len(rows) if count is None else count
    return Topic(
        id=id,
        title=title,
        gist=gist or _gist(rows, total),
        rows=rows,
        count=total,
        answered=[one for one in rows if one.replies or one.asked],
    )


def _gist(rows: Sequence[FactRow], total: int) -> str:
    shown: list[str] = []
    for text in dict.fromkeys(f"{_(one.label)}: {one.what}" if one.label else one.what for one in rows):
        if shown and len("; ".join([*shown, text])) > GIST:
            break
        shown.append(text if len(text) <= GIST else f"{text[: GIST - 1]}…")
    more = total - len(shown)
    return "; ".join(shown) + (f" {_('and {n} more').format(n=more)}" if more > 0 and shown else "")


# An entity


def _sections(view: EntityView) -> list[Topic]:
    titles = {name: title for name, title, _what in sections()}
    found = {one.name: one for one in view.sections}
    names = sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    return [
        topic(
            name,
            titles.get(name, found[name].title),
            [_row(view, one) for one in found[name].rows],
            len(found[name].rows) + found[name].more,
        )
        for name in names
    ]


def _row(view: EntityView, row: RelatedView) -> FactRow:
    """A record around the entity as a row: called after the other side, since the page names this one."""
    claims = [claim for one in row.facts for claim in one.claims]
    who = sayers.sayers(view, row)
    lead = next((one for one in claims if one.stands and one.standing == row.standing), claims[0] if claims else None)
    by = {one.publisher: one for one in reversed(claims)}
    saying = who.standing.says or ([lead.publisher] if lead else [])
    answered = [one for one in claims if one.answers]
    stage = row.stage_words
    if stage and who.stage:
        stage = _("{stage} (says {who})").format(stage=stage, who=", ".join(who.stage))
    replies = [claim.display for one in row.facts if one.name == "reply" for claim in one.claims if claim.stands]
    told = [
        f"{_(one.label)}: {amount(claim.display)}"
        for one in row.facts
        if one.name in TOLD
        for claim in one.claims
        if claim.stands
    ]
    details = [
        stage,
        row.client_words,
        row.state_words if row.state in ("ended", "future") and not row.dates_words else "",
        *told,
        *_noted(row.notes),
        *replies,
    ]
    if row.nominee:
        details.append(_("A nominee holds it for somebody else."))
    return FactRow(
        id=row.ref.id,
        what=_called(view, row),
        ref=row.ref,
        details=[one for one in details if one],
        through=sayers.through(view, row),
        sources=[_source(by[name]) for name in saying if name in by][:SOURCES],
        also=[*who.standing.also, *saying[SOURCES:]],
        denied_by=who.standing.denies,
        standing=row.standing,
        standing_words=row.standing_words,
        date=row.dates_words,
        claim=answered[0] if answered else None,
        replies=[reply for one in answered for reply in one.answers],
        asked=_asked(
            [(one.publisher, one.property, one.value) for one in claims if one.stands], bool(answered or replies)
        ),
    )


def _late(one: ClaimView) -> list[str]:
    """Says that a claim came to the register long after the date that it states."""
    if one.published_after is None or one.published_after <= LONG_AFTER:
        return []
    return [_("Published here {n} days after the date it states").format(n=one.published_after)]


def _noted(notes: Iterable[str]) -> list[str]:
    """What qualifies a claim, as lines below it: never left out."""
    return [_("Note: {text}").format(text=one) for one in dict.fromkeys(notes)]


def _asked(said: Sequence[tuple[str, str, str]], replied: bool) -> str:
    """Says on which day those concerned were last asked for comment, by a publisher who states something about them.

    `said`: publisher, property and value of what stands.
    """
    publishers = {by for by, property, _ in said if property != ASKED}
    last = max((value for by, property, value in said if property == ASKED and by in publishers), default="")
    if not last:
        return ""
    told = _("Asked for comment on {day}.") if replied else _("Asked for comment on {day}, no reply yet.")
    return told.format(day=day(last))


def _called(view: EntityView, row: RelatedView) -> str:
    text = row.ref.caption.removeprefix(f"{row.ref.type_label}: ")
    parts = [one for one in text.split(" – ") if one != view.caption]
    return " – ".join(parts) or (_("Name not known") if row.unknown_party else text)


def _source(claim: ClaimView) -> Source:
    return Source(publisher=claim.publisher, text=claim.source, link=claim.source_link)


def claim_row(label: str, one: ClaimView) -> FactRow:
    """Returns a statement as a row."""
    day_of = one.dates_words or (day(one.asserted) if one.asserted else "")
    shown = one.display if one.original in (None, one.display) else f"{one.display} ({one.original})"
    return FactRow(
        id=one.id,
        what=amount(shown),
        ref=one.entity,
        link=one.link,
        label=label,
        details=[*one.marks, *_late(one), *_noted(one.notes)],
        sources=[_source(one)],
        standing=one.standing,
        standing_words=one.standing_words,
        date=day_of,
        language=one.language,
        fallen=bool(one.marks),
        claim=one if one.answers else None,
        replies=one.answers,
    )


def _identity(view: EntityView) -> list[Topic]:
    rows = [claim_row(one.label, claim) for one in view.properties for claim in one.claims]
    count = len(rows) + sum(one.more for one in view.properties)
    return [topic("identity", _("Names and details"), rows, count)] if rows else []


def _group(view: EntityView) -> list[Topic]:
    """Companies of the group that no row of the owners names."""
    near = {one.id for section in view.sections for row in section.rows for one in row.others}
    members = [one for one in view.group.members if one.ref.id not in near]
    how = {"up": _("owns it"), "down": _("is owned by it"), "side": _("has the same owner")}
    rows = [
        FactRow(
            id="" if one.unknown else one.ref.id,
            what=_("Unknown owner") if one.unknown else one.ref.caption,
            ref=None if one.unknown else one.ref,
            details=[f"{how[one.direction]}: {' → '.join(step.caption for step in one.path)}"],
            sources=[],
            standing=one.standing,
            standing_words=one.standing_words,
            date=one.state_words,
        )
        for one in members
    ]
    return [topic("group", _("Group companies"), rows, len(rows) + view.group.more)] if rows else []


def _strengths(view: EntityView) -> list[tuple[str, str, int]]:
    claims = [claim for one in view.properties for claim in one.claims]
    claims += [claim for part in view.sections for row in part.rows for one in row.facts for claim in one.claims]
    counted = Counter(one.standing for one in claims if one.stands)
    known = ("confirmed", "forensically_attributed", "reported", "alleged")
    return [(code, words.standing(code), counted[code]) for code in known if counted[code]]


def _total(view: EntityView, name: str) -> int:
    return next((len(one.rows) + one.more for one in view.sections if one.name == name), 0)


def _rows(view: EntityView, name: str) -> list[RelatedView]:
    return next((one.rows for one in view.sections if one.name == name), [])


def _named(view: EntityView, name: str, most: int = 2) -> str:
    """The first records of a section, those without a name last, and how many more there are."""
    rows = sorted(_rows(view, name), key=lambda row: row.unknown_party)
    names = list(dict.fromkeys(_called(view, row) for row in rows))
    more = _total(view, name) - len(_rows(view, name)) + max(0, len(names) - most)
    return ", ".join(names[:most]) + (f" {_('and {n} more').format(n=more)}" if more > 0 else "")


def _several(rows: Sequence[RelatedView], view: EntityView, most: int) -> str:
    """The first of these records, and how many more there are."""
    names = list(dict.fromkeys(_called(view, row) for row in rows))
    more = max(0, len(names) - most)
    return ", ".join(names[:most]) + (f" {_('and {n} more').format(n=more)}" if more else "")


def _on_lists(view: EntityView) -> list[RelatedView]:
    """Listings by an authority that have not ended; what others call it in their own lists is left out."""
    return [row for row in _rows(view, "listings") if row.ref.type == "Sanction" and row.state != "ended"]


def _keys(view: EntityView) -> list[KeyFact]:
    """The key facts, each of which leads to its topic."""
    keys = [
        KeyFact(label=_("Country"), value=_(country_name(code)), country=code)
        for code in view.countries[:1]
        if view.type != "State"
    ]
    if listed := _on_lists(view):
        small = next((row.dates_words for row in listed if row.dates_words), "")
        keys.append(KeyFact(label=_("On lists"), value=_several(listed, view, 1), small=small, topic="listings"))
    elif ended := [row for row in _rows(view, "listings") if row.ref.type == "Sanction"]:
        text = _("Ended: {list}").format(list=_several(ended, view, 1))
        keys.append(KeyFact(label=_("On lists"), value=text, small=ended[0].dates_words, topic="listings"))
    elif rows := _rows(view, "listings"):
        keys.append(KeyFact(label=_("Named by others as"), value=_several(rows, view, 2), topic="listings"))
    elif view.type == "Company":
        keys.append(KeyFact(label=_("On lists"), value=_("None recorded")))
    if _rows(view, "products"):
        keys.append(KeyFact(label=_("Products"), value=_named(view, "products"), topic="products"))
    if clients := [row for row in _rows(view, "uses") if row.client_stage]:
        counted = Counter(row.client_stage for row in clients)
        stages = [one for one in reversed(words.CLIENT_STAGES) if counted[one]]
        whole = _total(view, "uses") == len(_rows(view, "uses"))
        text = (_("{n} named") if whole else _("{n} or more named")).format(n=f"{len(clients):,}")
        small = ", ".join(f"{words.client_short(one)} {counted[one]}" for one in stages) if whole else ""
        keys.append(KeyFact(label=_("Clients"), value=text, small=small, topic="uses"))
    if rows := _rows(view, "incidents"):
        total = _total(view, "incidents")
        text = _n("{n} report", "{n} reports", total)
        keys.append(KeyFact(label=_("Incidents"), value=text, small=_years(rows), topic="incidents"))
    if rows := _rows(view, "owners"):
        hidden = any(row.unknown_party or row.nominee for row in rows)
        small = _("Owners not fully disclosed") if hidden else rows[0].dates_words
        keys.append(KeyFact(label=_("Owners"), value=_named(view, "owners"), small=small, topic="owners"))
    elif view.type == "Company":
        keys.append(KeyFact(label=_("Owners"), value=_("None recorded"), small=_("No source here names an owner.")))
    for name, label in (("licences", _("Licences")), ("supplies", _("Sales")), ("decisions", _("Cases"))):
        if _rows(view, name):
            total = _total(view, name)
            text = _("{n} recorded").format(n=f"{total:,}")
            keys.append(KeyFact(label=label, value=text, small=_named(view, name, 1), topic=name))
    return keys[:6]


def _years(rows: Iterable[RelatedView]) -> str:
    years = sorted(
        {
            part
            for row in rows
            for part in row.dates_words.replace(",", " ").split()
            if part.isdigit() and len(part) == 4
        }
    )
    return "" if not years else years[0] if len(years) == 1 else _("{a} to {b}").format(a=years[0], b=years[-1])


def _lead(view: EntityView) -> str:
    """What the register says of it in at most three short sentences."""
    told = []
    if _rows(view, "products"):
        told.append(_("Makes or sells {products}.").format(products=_named(view, "products")))
    if listed := _on_lists(view):
        since = next((f", {row.dates_words}" for row in listed if row.dates_words), "")
        told.append(_("On {list}{since}.").format(list=_several(listed, view, 1), since=since))
    if total := _total(view, "incidents"):
        told.append(_n("{n} incident report names it.", "{n} incident reports name it.", total))
    return " ".join(told[:3])


# A State


def record_rows(reader: Reader, records: Iterable[Record]) -> list[FactRow]:
    """Returns records as rows, the newest first; all that they point to is loaded. Replies to their leading claims stand beside them."""
    dated = sorted(records, key=lambda one: (span(one)[0] or "", one.id), reverse=True)
    leading = [_leading(one) for one in dated]
    claims = reader.claims([one for one in leading if one is not None])
    shown = {id(one): claim for one, claim in zip([one for one in leading if one is not None], claims, strict=True)}
    return [
        _record_row(reader, record, shown[id(lead)])
        for record, lead in zip(dated, leading, strict=True)
        if lead is not None
    ]


def _leading(record: Record) -> Recorded | None:
    """The claim that the row of a record cites: the firmest that stands, how far it went before all else."""
    standing = record.stand("stage") or [one for one in record.statements if stands(one)]
    order = list(words.STANDINGS)
    return min(standing, key=lambda one: (order.index(one.statement.standing), one.recorded), default=None)


def _record_row(reader: Reader, record: Record, claim: ClaimView) -> FactRow:
    ref = reader.ref(record.id)
    notes = _noted([one.statement.value for one in record.stand("note")])
    outcome = [
        f"{_(property_label(record.type, one.statement.property))}: {one.statement.value}"
        for one in record.stand(*OUTCOMES)
        if record.type in CASES and (not reader.as_of or (one.statement.valid_from or "") <= reader.as_of)
    ]
    details = [incident_stage(reader, record)[1], client_stage(reader, record)[1], *outcome, *notes]
    said = [one.statement for one in record.statements if stands(one)]
    replied = bool(record.stand(ASKED) and (record.stand("reply") or _denials(reader, record)))
    return FactRow(
        id=record.id,
        what=ref.caption.removeprefix(f"{ref.type_label}: "),
        ref=ref,
        details=[one for one in details if one],
        sources=[_source(claim)],
        standing=claim.standing,
        standing_words=claim.standing_words,
        date=words.dates(*span(record)) if not happens_once(record.type) else words.date(span(record)[0] or ""),
        claim=claim if claim.answers else None,
        replies=claim.answers,
        asked=_asked([(one.publisher, one.property, one.value) for one in said], replied),
    )


def _denials(reader: Reader, record: Record) -> list[Recorded]:
    """Returns what denies any statement of the record."""
    answers = reader.replies(one.id for one in record.statements)
    return [one for one in answers if one.retracted is None and one.statement.stance is Stance.DENIES]


def map_rows(rows: Iterable[MapRow]) -> list[FactRow]:
    """Returns those who sell or buy in a State as rows, each once: what a list says of a seller is a line and a source of its row."""
    found: dict[str, FactRow] = {}
    for one in rows:
        row = _map_row(one)
        have = found.setdefault(one.ref.id, row)
        if have is not row:
            found[one.ref.id] = msgspec.structs.replace(
                have,
                details=[*have.details, *row.details],
                sources=[*have.sources, *row.sources],
                claim=have.claim or row.claim,
                replies=[*have.replies, *row.replies],
            )
    return list(found.values())


def _map_row(one: MapRow) -> FactRow:
    return FactRow(
        id=one.claim.id,
        what=one.ref.caption,
        ref=one.ref,
        details=[one.words, *_noted(one.claim.notes)],
        sources=[_source(one.claim)],
        standing=one.claim.standing,
        standing_words=one.claim.standing_words,
        date=one.claim.dates_words or (day(one.claim.asserted) if one.claim.asserted else ""),
        claim=one.claim if one.claim.answers else None,
        replies=one.claim.answers,
    )
