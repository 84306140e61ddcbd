"""What a regulator is told of a company: the harms on file, by `reported` or better, each with its source and every reply.

Nothing that is only alleged, doubtful, taken back or corrected away is told, and no natural person is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sousveil.decisions import voices
from sousveil.decisions.compiled import Compiled, compile_world
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
"""Record types that are told, in this order."""
TOLD_EVENTS = {
    "LicenceEvent": ("revoked", "suspended", "refused"),
    "LicenceReview": ("revoked", "suspended"),
    "OversightDecision": ("rejected", "suspended", "ended"),
}
"""Of these only what went against the company."""
MOST = 400
"""Statements in one notice; more are counted as left out."""
LONGEST = 4_000
"""Letters of one value that are told; of a longer one the beginning, and how much more stands in the register."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody answers to a statement."""

    statement: str
    says: str
    publisher: str
    source: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
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


def vendors_of(world: Compiled) -> list[str]:
    """Companies that sell a surveillance product, or whose product an incident names; sorted."""
    makers = (
        world.base.canonical(one.statement.value)
        for type in ("SurveillanceProduct", "AbuseIncident")
        for record in world.of_type(type)
        for one in record.stand("vendor")
    )
    return sorted(set(makers))


class Above(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands above a company."""

    between: tuple[str, ...]
    """Companies between, from the company upwards."""
    proof: tuple[Recorded, ...]
    """Statements of the holdings, from the company upwards."""


def owners_above(world: Compiled, company: str) -> dict[str, Above]:
    """Whoever owns or controls a company on the day, directly or through others, by `reported` or better; small shares too."""
    owners: dict[str, Above] = {}
    wave: list[tuple[str, Above]] = [(company, Above(between=(), proof=()))]
    for id, below in wave:  # the list grows while it is read
        for link in world.graph.holdings(id):
            if (
                link.kind in ("owner", "part")
                and not link.alleged
                and link.other != company
                and link.other not in owners
            ):
                proof = (*below.proof, *(world.base.statements[one] for one in reversed(link.proof)))
                owners[link.other] = Above(between=below.between, proof=proof)
                wave.append((link.other, Above(between=(*below.between, link.other), proof=proof)))
    return owners


def beneath(world: Compiled) -> dict[str, set[str]]:
    """The companies of `vendors_of`, and whoever stands above one of them, each with those that it sells by."""
    sellers: dict[str, set[str]] = {}
    for vendor in vendors_of(world):
        for company in (vendor, *owners_above(world, vendor)):
            sellers.setdefault(company, set()).add(vendor)
    return sellers


def _firm(one: Recorded) -> bool:
    return stands(one) and one.statement.standing is not Standing.ALLEGED


def told(store: Store, companies: Sequence[str]) -> tuple[tuple[Told, ...], int]:
    """The harms of these companies and their products, and how many statements were left out for length."""
    reader = Reader(store)
    asked = [id for one in companies for id in store.members(one)]
    products = _naming(store, asked, ("SurveillanceProduct",), "vendor")
    licences = _naming(store, asked, ("ExportLicence",))
    records = list(dict.fromkeys((*_naming(store, [*asked, *products], HARMS), *_naming(store, licences, HARMS))))
    reader.load(records)
    shown = [reader.records[one] for one in dict.fromkeys(map(reader.canonical, records)) if one in reader.records]
    shown = [one for one in shown if _against(one)]
    shown.sort(key=lambda one: (min(HARMS.index(kind) for kind in HARMS if voices.is_called(one, kind)), one.id))
    statements = [one for record in shown for one in record.statements if _may_be_told(one)]
    named = sorted({one.statement.value for one in statements if _is_id(one)})
    persons = {one.statement.subject for one in store.statements_of(named) if one.statement.type == "Person"}
    statements = [one for one in statements if one.statement.value not in persons]
    reader.load_values(statements)
    found = tuple(_told(reader, one) for one in statements[:MOST])
    return found, len(statements) - len(found)


def _naming(store: Store, ids: Sequence[str], types: Sequence[str], property: str | None = None) -> list[str]:
    """Subjects of these types that name one of these ids, by this property or by any; sorted."""
    return sorted(
        {
            one.statement.subject
            for one in store.statements_to(ids)
            if one.statement.type in types and property in (None, one.statement.property) and stands(one)
        }
    )


def _told(reader: Reader, one: Recorded) -> Told:
    said = one.statement
    record = reader.records[reader.canonical(said.subject)]
    caption = reader.caption(record)  # of a record without a name it begins with its type
    shown = reader.claim(one).display  # a stage in the words that say no more than the statement
    replies = [answer for answer in reader.replies([one.id]) if may_be_read(answer)]
    return Told(
        statement=one.id,
        about=caption if caption.startswith(type_label(said.type)) else f"{type_label(said.type)}: {caption}",
        says=f"{property_label(said.type, said.property)}: {shortened(shown)}",
        source=said.source,
        publisher=reader.publisher(said.publisher),
        standing=str(said.standing),
        valid_from=said.valid_from,
        replies=tuple(
            Reply(
                statement=answer.id,
                says=shortened(answer.statement.value),
                publisher=reader.publisher(answer.statement.publisher),
                source=answer.statement.source,
            )
            for answer in replies
        ),
    )


def _against(record: Record) -> bool:
    """Whether a record tells of a harm, as one of the types that it is called: calling it another one hides nothing."""
    kinds = {one.statement.type for one in record.statements if stands(one)} & set(HARMS)
    for kind in kinds:
        codes = TOLD_EVENTS.get(kind)
        if codes is None or record.first("event" if kind == "LicenceEvent" else "outcome") in codes:
            return True
    return False


def _may_be_told(one: Recorded) -> bool:
    return _firm(one) and not one.statement.person and bool(one.statement.source)


def may_be_read(one: Recorded) -> bool:
    """Whether a reply may be handed on: it was not taken back, corrected or put in doubt, and tells of no natural person."""
    return one.retracted is None and one.superseded_by is None and not one.doubtful and not one.statement.person


def shortened(text: str) -> str:
    """A value that is not longer than a notice bears; that it is shortened, and by how much, is said."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} (and {len(text) - LONGEST:,} letters more, which stand in the register)"


def _is_id(one: Recorded) -> bool:
    return one.statement.value.startswith("sv-")


def names(store: Store, ids: Iterable[str]) -> dict[str, str]:
    """Entity -> its caption."""
    reader = Reader(store)
    wanted = list(ids)
    reader.load(wanted)
    return {one: reader.ref(one).caption for one in wanted}


# Who belongs together, at any time, and when the last link between them ended

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
BODIES = ("PublicBody", "State")

Lapse = tuple[int, str]
"""The last day of a link (ordinal) and the statement that gives it."""


def circle(world: Compiled, start: str) -> tuple[dict[str, Lapse | None], bool]:
    """Everybody of the circle of an entity, itself included -> when its last link ended, None where one goes on; and whether it was cut.

    Of a chain of links the first that ended counts; of several chains the one that held longest. A State or a public body is of a circle,
    and nothing beyond it is: what one ministry buys is no fact about another's supplier.
    """
    start = world.base.canonical(start)
    reached: dict[str, Lapse | None] = {start: None}
    level = {start}
    for _ in range(CIRCLE_DEPTH):
        wider = set[str]()
        for id in sorted(level):
            record = world.record(id)
            if id != start and record is not None and record.type in BODIES:
                continue
            for other, ended in _near(world, id):
                through = min(reached[id], ended, key=_later)
                if other not in reached or _later(through) > _later(reached[other]):
                    reached[other] = through
                    wider.add(other)
        level = wider
        if not level or len(reached) > CIRCLE_MOST:
            break
    return reached, bool(level)


def _later(ended: Lapse | None) -> float:
    """A key that puts ends in order; a link that did not certainly end comes last."""
    return float("inf") if ended is None else ended[0]


def _near(world: Compiled, id: str) -> Iterator[tuple[str, Lapse | None]]:
    """Entities and products one link away, and when every publisher of the link has it ended."""
    for type, names in LINKS.items():
        for name in names:
            for record in world.pointing(id, f"{type}.{name}"):
                endings = world.graph.endings(record, names)
                past = [ending for ending in endings if ending is not None]
                ended = max(past) if past and len(past) == len(endings) else None
                for end in names:
                    for one in record.stand(end):
                        yield world.base.canonical(one.statement.value), ended
    for product in world.pointing(id, "SurveillanceProduct.vendor"):
        yield product.id, None
    own = world.record(id)
    for one in own.stand("vendor") if own is not None and own.type == "SurveillanceProduct" else ():
        yield world.base.canonical(one.statement.value), None


LINES_MOST = 40
"""Lines for one hit; more are counted, and stand on the company's page. Of what is left out for the length of what is told of a company
(`MOST`) each statement counts."""


class Harms:
    """What a screening record says of a bidder beyond lists, as a regulator is told it; each entity is read once for all bidders."""

    def __init__(self, store: RegisterStore) -> None:
        self._store, self._world = store, compile_world(store)
        self._lines: dict[str, list[str]] = {}
        self._left: dict[str, int] = {}
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, entity: str) -> tuple[str, ...]:
        """A line for each harm of an entity, and of the companies with which it is linked: owners and owned, agents, shared directors."""
        entity = self._store.canonical(entity)
        if entity not in self._known:
            own, ring = self._own(entity), self._linked(entity)
            linked = (f"{through}: {line}" for through, id in ring for line in self._own(id) if line not in own)
            found = list(dict.fromkeys([*own, *linked]))
            # statements that were left out of what is told of each; two of a circle may have left out the same
            more = max(len(found) - LINES_MOST, 0) + sum(self._left[id] for id in (entity, *(id for _, id in ring)))
            rest = [f"and {more} more, on the company's page"] if more > 0 else []
            self._known[entity] = (*found[:LINES_MOST], *rest)
        return self._known[entity]

    def _linked(self, entity: str) -> list[tuple[str, str]]:
        """The companies in its circle, in words and by id: those whose last tie ended come last. A director is a person, and not named."""
        ended, _ = circle(self._world, entity)
        ring = sorted(ended.keys() - {entity})
        types = self._store.type_of(ring)
        captions = names(self._store, [one for one in ring if is_a(types.get(one, ""), "Company")])
        order = sorted(captions, key=lambda one: (ended[one] is not None, captions[one], one))
        return [(f"through {captions[one]}{self._end(ended[one])}", one) for one in order]

    def _end(self, lapse: Lapse | None) -> str:
        """When a tie ended, and who says so; empty where it goes on."""
        if lapse is None:
            return ""
        one = self._world.base.statements[lapse[1]].statement
        end = one.value if one.property == "endDate" else one.valid_until or ""
        return f" (a tie that ended {words.date(end)}, says {Reader(self._store).publisher(one.publisher)}; source: {one.source})"

    def _own(self, entity: str) -> list[str]:
        """A line for each record of a harm of a company itself, by its first statement, with the replies to any of its statements."""
        if entity not in self._lines:
            every, self._left[entity] = told(self._store, [entity])
            groups: dict[str, list[Told]] = {}
            for one in every:
                groups.setdefault(one.about, []).append(one)
            self._lines[entity] = [_line(many) for many in groups.values()]
        return self._lines[entity]


def _line(many: Sequence[Told]) -> str:
    first = many[0]
    replies = [f"reply of {each.publisher}: {each.says} ({each.source})" for one in many for each in one.replies]
    said = f"{first.about}: {words.standing(first.standing)}, says {first.publisher}; source: {first.source}"
    return "; ".join([said, *dict.fromkeys(replies)])
