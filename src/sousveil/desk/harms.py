"""The harms of a company in the register, `reported` or firmer, each with its source and every reply.

Allegations, doubtful claims, and claims that were retracted or corrected are left out. No natural person is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import msgspec

from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.lookup import is_called
from sousveil.register.model import Recorded, Standing
from sousveil.register.store import Store as RegisterStore
from sousveil.register.types import is_a
from sousveil.register.views import words
from sousveil.register.views.reading import Reader, Record, property_label, type_label
from sousveil.register.views.records import stands
from sousveil.register.views.store import Store

HARMS = (
    "AbuseIncident", "ClientClaim", "Investigation", "LicenceEvent", "LicenceReview", "OversightDecision", "Sanction", "Claim",
)  # fmt: skip
"""Record types of harms, in this order."""
ADVERSE = {
    "LicenceEvent": ("event", ("revoked", "suspended", "refused")),
    "LicenceReview": ("outcome", ("revoked", "suspended")),
    "OversightDecision": ("outcome", ("rejected", "suspended", "ended")),
}
"""Of these only what went against the company."""
MOST = 400
"""Statements in one notice; more are counted as left out."""
LONGEST = 4_000
"""Letters of one value that are shown; of a longer one the beginning, and how much more the register has."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a statement."""

    statement: str
    says: str
    publisher: str
    source: str


class Harm(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of a harm."""

    statement: str
    """Its id in the register, 64 hex digits."""
    about: str
    """The record it belongs to, in words."""
    says: str
    source: str
    publisher: str
    standing: str
    valid_from: str | None
    replies: tuple[Reply, ...]
    """Every one, at the same place."""


Above = tuple[tuple[str, ...], tuple[Recorded, ...]]
"""How an owner is above a company: the companies between, and the statements of the holdings, from the company upwards."""


def vendors(world: Compiled) -> dict[str, dict[str, Above]]:
    """Companies that sell a surveillance product, or whose product an incident names, each with its owners on the day: direct and
    indirect, by `reported` or better, with small shares too."""
    records = (record for type in ("SurveillanceProduct", "AbuseIncident") for record in world.of_type(type))
    makers = {world.base.canonical(one.statement.value) for record in records for one in record.stand("vendor")}
    return {company: _owners(world, company) for company in sorted(makers)}


def _owners(world: Compiled, company: str) -> dict[str, Above]:
    owners: dict[str, Above] = {}
    wave: list[tuple[str, Above]] = [(company, ((), ()))]
    for id, (between, below) in wave:  # the list grows while it is read
        for link in world.graph.holdings(id):
            if link.kind == "owner" and not link.alleged and link.other not in {company, *owners}:
                proof = (*below, *(world.base.statements[one] for one in reversed(link.proof)))
                owners[link.other] = between, proof
                wave.append((link.other, ((*between, link.other), proof)))
    return owners


def harms_of(store: Store, companies: Sequence[str]) -> tuple[tuple[Harm, ...], int]:
    """The harms of these companies and their products, and how many statements were left out for length."""
    reader = Reader(store)
    ids = [id for company in companies for id in store.members(company)]
    products = _naming(store, ids, ("SurveillanceProduct",), "vendor")
    licences = _naming(store, ids, ("ExportLicence",))
    subjects = list(dict.fromkeys((*_naming(store, [*ids, *products], HARMS), *_naming(store, licences, HARMS))))
    reader.load(subjects)
    records = [reader.records[id] for id in dict.fromkeys(map(reader.canonical, subjects)) if id in reader.records]
    records = [record for record in records if _is_adverse(record)]
    records.sort(key=lambda record: (next(at for at, type in enumerate(HARMS) if is_called(record, type)), record.id))
    statements = [one for record in records for one in record.statements if stands(one) and one.statement.source]
    statements = [
        one for one in statements if one.statement.standing is not Standing.ALLEGED and not one.statement.person
    ]
    named = sorted({one.statement.value for one in statements if one.statement.value.startswith("sv-")})
    persons = {one.statement.subject for one in store.statements_of(named) if one.statement.type == "Person"}
    statements = [one for one in statements if one.statement.value not in persons]
    reader.load_values(statements)
    shown = tuple(_harm(reader, one) for one in statements[:MOST])
    return shown, len(statements) - len(shown)


def _naming(store: Store, ids: Sequence[str], types: Sequence[str], property: str | None = None) -> list[str]:
    """Subjects of these types that name one of these ids, by this property or by any; sorted."""
    naming = (one for one in store.statements_to(ids) if one.statement.type in types and stands(one))
    return sorted({one.statement.subject for one in naming if property in (None, one.statement.property)})


def _harm(reader: Reader, recorded: Recorded) -> Harm:
    statement = recorded.statement
    label, caption = type_label(statement.type), reader.caption(reader.records[reader.canonical(statement.subject)])
    shown = reader.claim(recorded).display  # a stage in the words that say no more than the statement
    return Harm(
        statement=recorded.id,
        about=caption if caption.startswith(label) else f"{label}: {caption}",  # a record without a name has its type
        says=f"{property_label(statement.type, statement.property)}: {shortened(shown)}",
        source=statement.source,
        publisher=reader.publisher(statement.publisher),
        standing=str(statement.standing),
        valid_from=statement.valid_from,
        replies=tuple(
            Reply(
                statement=reply.id,
                says=shortened(reply.statement.value),
                publisher=reader.publisher(reply.statement.publisher),
                source=reply.statement.source,
            )
            for reply in reader.replies([recorded.id])
            if not (reply.retracted or reply.superseded_by or reply.doubtful or reply.statement.person)
        ),
    )


def _is_adverse(record: Record) -> bool:
    """Whether a record tells of a harm, as one of the types that it is called: calling it another one hides nothing."""
    types = {one.statement.type for one in record.statements if stands(one)}.intersection(HARMS)
    return any(type not in ADVERSE or record.first(ADVERSE[type][0]) in ADVERSE[type][1] for type in types)


def shortened(text: str) -> str:
    """A value at the length that a notice shows, with the count of what is left out."""
    more = f" (and {len(text) - LONGEST:,} letters more, which stand in the register)" if len(text) > LONGEST else ""
    return text[:LONGEST] + more


def names(store: Store, ids: Sequence[str]) -> dict[str, str]:
    """Entity -> its caption."""
    reader = Reader(store)
    reader.load(ids)
    return {id: reader.ref(id).caption for id in ids}


CIRCLE_DEPTH = 6
"""Links that are followed from an entity."""
CIRCLE_MOST = 2_000
"""Entities of one circle; a larger one is cut."""
LINKS = {
    "Ownership": ("owner", "asset"),
    "Representation": ("agent", "client"),
    "Investment": ("investor", "recipient"),
    "Succession": ("predecessor", "successor"),
    "Directorship": ("director", "organization"),
}
"""Record types that tie two entities, and the properties that name them."""


def circle(world: Compiled, start: str, *, ongoing: bool = False) -> tuple[set[str], bool]:
    """The entities and products that are or were linked with an entity, itself included, and whether they were too many and cut.

    A State or a public body is of a circle, and nothing beyond it is: what one ministry buys is no fact about another's supplier.
    `ongoing`: by links alone that not every publisher has ended.
    """
    start = world.base.canonical(start)
    members, level = {start}, [start]
    for _ in range(CIRCLE_DEPTH):
        records = ((id, world.record(id)) for id in level)
        open_ends = [id for id, own in records if id == start or own is None or own.type not in ("PublicBody", "State")]
        level = sorted({other for id in open_ends for other in _near(world, id, ongoing)} - members)
        members.update(level)
        if not level or len(members) > CIRCLE_MOST:
            break
    return members, bool(level)


def _near(world: Compiled, id: str, ongoing: bool) -> Iterator[str]:
    """Entities and products one link away."""
    claims: list[Recorded] = []
    for type, ends in LINKS.items():
        for record in (record for end in ends for record in world.pointing(id, f"{type}.{end}")):
            endings = world.graph.endings(record, ends)
            if not (ongoing and endings and None not in endings):
                claims += (one for end in ends for one in record.stand(end))
    own = world.record(id)
    if own is not None and own.type == "SurveillanceProduct":
        claims += own.stand("vendor")
    yield from (product.id for product in world.pointing(id, "SurveillanceProduct.vendor"))
    yield from (world.base.canonical(one.statement.value) for one in claims)


LINES_MOST = 40
"""Lines for one hit; more are counted, and so is each statement beyond `MOST`."""


class Harms:
    """What a screening record says of a bidder beyond lists, as a regulator is told it; each entity is read once for all bidders."""

    def __init__(self, store: RegisterStore) -> None:
        self._store, self._world = store, compile_world(store)
        self._own = cache(self._lines)

    def of(self, entity: str) -> tuple[str, ...]:
        """A line for each harm of an entity, and of the companies with which it is linked: owners and owned, agents, shared directors."""
        entity = self._store.canonical(entity)
        own, more = self._own(entity)
        lines = dict.fromkeys(own)
        for through, id in self._linked(entity):
            others, left_out = self._own(id)
            more += left_out  # two of a circle may have left out the same
            lines |= dict.fromkeys(f"{through}: {line}" for line in others if line not in own)
        more += max(len(lines) - LINES_MOST, 0)
        return (*list(lines)[:LINES_MOST], *([f"and {more} more, on the company's page"] if more else []))

    def _linked(self, entity: str) -> list[tuple[str, str]]:
        """The companies in its circle, in words and by id, present ties first. A director is a person, and not named."""
        ongoing = circle(self._world, entity, ongoing=True)[0]
        ring = sorted(circle(self._world, entity)[0] - {entity})
        types = self._store.type_of(ring)
        captions = names(self._store, [id for id in ring if is_a(types.get(id, ""), "Company")])
        order = sorted(captions, key=lambda id: (id not in ongoing, captions[id], id))
        return [(f"through {captions[id]}{'' if id in ongoing else ' (a tie that ended)'}", id) for id in order]

    def _lines(self, entity: str) -> tuple[list[str], int]:
        """A line for each record of a harm of a company itself, by its first statement, with the replies to any of its statements; and
        how many statements were left out."""
        harms, left_out = harms_of(self._store, [entity])
        records: dict[str, list[Harm]] = {}
        for harm in harms:
            records.setdefault(harm.about, []).append(harm)
        lines = []
        for first, *others in records.values():
            claim = f"{first.about}: {words.standing(first.standing)}, says {first.publisher}; source: {first.source}"
            replies = (reply for one in (first, *others) for reply in one.replies)
            answers = dict.fromkeys(f"reply of {reply.publisher}: {reply.says} ({reply.source})" for reply in replies)
            lines.append("; ".join((claim, *answers)))
        return lines, left_out
