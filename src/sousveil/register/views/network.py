"""The network around an entity: who owns, makes, supplies, licenses and uses what, as statements say."""

from __future__ import annotations

import msgspec

from sousveil.errors import Missing
from sousveil.register import types
from sousveil.register.intake.registry import context_datasets
from sousveil.register.views import words
from sousveil.register.views.group import ends_of, unknown_id
from sousveil.register.views.licences import Held, held
from sousveil.register.views.model import EdgeView, NetworkView, NodeView, Ref
from sousveil.register.views.reading import (
    Reader,
    Record,
    Store,
    known_members,
    weakest_of,
)
from sousveil.register.views.records import only_of
from sousveil.register.views.related import nominee, unknown_party
from sousveil.register.views.words import _

DEPTH_MOST = 3
NODES_MOST = 40
"""Entities in one picture; those left out are counted."""
LEFT_OUT = ("LetterSignature", "Documentation", "Judgement")
"""Links that say nothing about power or trade; they stand on the entity's page."""


class _Link:
    """A record that links two entities."""

    __slots__ = ("dates", "label", "names", "record", "source", "state", "target")

    def __init__(
        self, record: Record, source: str, target: str, names: tuple[str, str], label: str, span: Held
    ) -> None:
        self.record, self.source, self.target = record, source, target
        self.names, self.label = names, label
        self.dates, self.state = span[:2], span[2]


def network_view(
    store: Store,
    id: str,
    as_of: str | None = None,
    known_at: int | None = None,
    *,
    depth: int = 2,
    ended: bool = False,
    limit: int = NODES_MOST,
    today: str | None = None,
) -> NetworkView:
    """The network around an entity, at most `depth` (1 to 3) links away and at most `limit` entities.

    Context, such as a guess from scans, is no link.
    Links that have ended are left out unless `ended`; links of which that is not known are there and marked. Raises Missing.
    """
    reader = Reader(store, as_of, known_at, today)
    centre, members = known_members(store, id, known_at)
    reader.load([centre, *members])
    if centre not in reader.records:
        raise Missing(f"The register says nothing about {id[:64]}.", hint="Search by name.")
    depth = max(1, min(depth, DEPTH_MOST))
    distance = {centre: 0}
    links: dict[tuple[str, str, str], _Link] = {}
    hidden: set[str] = set()
    itself: set[str] = set()
    left: dict[str, set[str]] = {}
    wave = [centre]
    for step in range(1, depth + 1):
        reached: dict[str, str] = {}
        for link in _links(reader, wave):
            if link.state in ("ended", "future") and not ended:
                hidden.add(link.record.id)
                continue
            if link.source == link.target:
                itself.add(link.record.id)
                continue
            links[link.record.id, link.source, link.target] = link
            for here, there in ((link.source, link.target), (link.target, link.source)):
                if here in distance and there not in distance:
                    reached.setdefault(there, here)
        wave = []
        for there in sorted(reached, key=lambda one: (_caption(reader, one).casefold(), one)):
            if len(distance) < limit:
                distance[there] = step
                wave.append(there)
            else:
                left.setdefault(reached[there], set()).add(there)
    nodes = [_node(reader, one, far, one == centre) for one, far in distance.items()]
    edges = _merged(
        [_edge(reader, link) for link in links.values() if link.source in distance and link.target in distance]
    )
    for here, missing in left.items():
        nodes.append(_more(here, len(missing), distance[here] + 1))
        edges.append(_more_edge(here, len(missing)))
    nodes.sort(key=lambda one: (not one.centre, one.distance, one.kind == "more", one.caption.casefold(), one.id))
    edges.sort(
        key=lambda one: (distance.get(one.source, 99) + distance.get(one.target, 99), one.id, one.source, one.target)
    )
    return NetworkView(
        frame=reader.frame(),
        centre=reader.ref(centre),
        nodes=nodes,
        edges=edges,
        depth=depth,
        ended_shown=ended,
        ended_hidden=len(hidden),
        more=len(set().union(*left.values())) if left else 0,
        to_itself=len(itself),
    )


def _links(reader: Reader, wave: list[str]) -> list[_Link]:
    """All links of some entities; a few questions to the store, whatever their number."""
    asked = [one for one in wave if not one.startswith("unknown:")]
    members = [*asked, *(alias for alias, to in reader.aliases.items() if to in asked)]
    linked = reader.linked(list(dict.fromkeys(members)))
    reader.load(id for id, said in linked.items() if said[0].statement.type not in LEFT_OUT)
    found = [reader.canonical(id) for id, said in linked.items() if said[0].statement.type not in LEFT_OUT]
    known = (reader.records[id] for id in dict.fromkeys([*found, *asked]) if id in reader.records)
    records = [one for one in known if not only_of(one, context_datasets())]
    reader.load(id for record in records for ids in reader.targets(record).values() for id in ids)
    spans = held(reader, records)
    return [link for record in records for link in links_of(reader, record, spans[record.id])]


def links_of(reader: Reader, record: Record, span: Held) -> list[_Link]:
    """The links that a record says: of an ownership one, of a product that to its maker, of most records none."""
    known = types.find(record.type)
    targets = reader.targets(record)
    state = span[2]
    if record.type == "SurveillanceProduct":
        always = (*span[:2], "current")
        made = [
            _Link(record, reader.canonical(one), record.id, ("vendor", "vendor"), _("makes"), always)
            for one in targets.get("vendor", ())
        ]
        parts = [
            _Link(record, record.id, reader.canonical(one), ("partOf", "partOf"), _("is part of"), always)
            for one in targets.get("partOf", ())
        ]
        return made + parts
    if known is None or known.edge is None or record.type in LEFT_OUT:
        return []
    source, target = known.edge.source, known.edge.target
    if target not in targets:
        target = next(
            (name for name in ("vendor", "product", "supplier", "licensee") if name in targets and name != source),
            target,
        )
    starts = [reader.canonical(one) for one in targets.get(source, ())]
    if not starts and record.type == "Ownership" and unknown_party(reader, record):
        starts, source = [unknown_id(record)], ends_of(record)[0]
    label = _label(record, known.edge.label, state)
    return [
        _Link(record, start, reader.canonical(end), (source, target), label, span)
        for start in dict.fromkeys(starts)
        for end in targets.get(target, ())
    ]


def _label(record: Record, plain: str, state: str) -> str:
    """A link read aloud, from source to target."""
    if record.type == "Ownership":
        share = record.first("percentage")
        words_ = _("owns {share} % of").format(share=share) if share else _("owns or controls")
        return _("{link}, as a nominee").format(link=words_) if nominee(record) else words_
    if record.type == "ClientClaim":
        return {"confirmed": _("is a confirmed client of"), "reported": _("is a reported client of")}.get(
            _stage(record), _("is a potential client of")
        )
    if record.type in ("Deployment", "Supply"):
        verb = _("uses") if record.type == "Deployment" else _("supplied")
        stage = {"confirmed": _("confirmed"), "reported": _("reported")}.get(_stage(record), _("potentially"))
        return f"{verb} ({stage})"
    if record.type == "ExportLicence" and state != "current":  # as of a day before it was revoked, it was a licence
        return {
            "revoked": _("licensed, then revoked"),
            "suspended": _("licensed, then suspended"),
            "refused": _("refused a licence to"),
            "applied": _("was asked for a licence by"),
        }.get(record.first("status") or "", _("licensed"))
    role = record.first("role")
    return f"{plain} ({role})" if role and len(role) <= 40 else plain


def _stage(record: Record) -> str:
    name = "stage" if record.type == "ClientClaim" else "clientStage"
    stages = [words.client_stage(one.statement.value, one.statement.standing) for one in record.stand(name)]
    return max(stages, key=words.CLIENT_STAGES.index, default=words.CLIENT_STAGES[0])


def _caption(reader: Reader, id: str) -> str:
    return words.unknown_owner() if id.startswith("unknown:") else reader.ref(id).caption


def _group(type: str | None) -> str:
    for ancestor, group in (
        ("Person", "person"),
        ("PublicBody", "state"),
        ("LegalEntity", "company"),
        ("SurveillanceProduct", "product"),
    ):
        if type is not None and types.is_a(type, ancestor):
            return group
    return "record"


def _node(reader: Reader, id: str, distance: int, centre: bool) -> NodeView:
    if id.startswith("unknown:"):
        return NodeView(
            id=id,
            caption=words.unknown_owner(),
            type=None,
            type_label="",
            kind="unknown",
            group="record",
            distance=distance,
            page=False,
        )
    ref: Ref = reader.ref(id)
    record = reader.records.get(id)
    said_unknown = record is not None and record.first("unspecified") is not None
    return NodeView(
        id=id,
        caption=ref.caption,
        type=ref.type,
        type_label=ref.type_label,
        kind="unknown" if said_unknown else "entity",
        group=_group(ref.type),
        distance=distance,
        centre=centre,
        page=ref.page,
        countries=_countries(reader, id, record),
    )


def _countries(reader: Reader, id: str, record: Record | None) -> list[str]:
    if record is None:
        row = reader.outside(id)
        return list(row.countries) if row is not None and not row.person else []
    named = record.stand("country") or record.stand("jurisdiction")
    return list(dict.fromkeys(one.statement.value for one in named))


def _more(here: str, count: int, distance: int) -> NodeView:
    return NodeView(
        id=f"more:{here}",
        caption=words.more(count),
        type=None,
        type_label="",
        kind="more",
        group="record",
        distance=distance,
        page=False,
        more=count,
    )


def _more_edge(here: str, count: int) -> EdgeView:
    return EdgeView(
        id=f"more:{here}", source=here, target=f"more:{here}", type="", label=words.more(count), state="unknown",
        state_words="", standing="", standing_words="",
    )  # fmt: skip


def _merged(edges: list[EdgeView]) -> list[EdgeView]:
    """Records that say the same of the same two, as one edge: hundreds of deliveries are one line with a number."""
    found: dict[tuple[object, ...], list[EdgeView]] = {}
    for edge in edges:
        key = (edge.source, edge.target, edge.type, edge.label, edge.state, edge.standing, edge.nominee, edge.denied)
        found.setdefault(key, []).append(edge)
    out = []
    for same in found.values():
        first = min(same, key=lambda one: one.id)
        if len(same) > 1:
            agree = len({one.dates_words for one in same}) == 1
            first = msgspec.structs.replace(
                first,
                count=len(same),
                label=words.times(first.label, len(same)),
                notes=list(dict.fromkeys(note for one in same for note in one.notes)),
                dates_words=first.dates_words if agree else "",
                dates_short=first.dates_short if agree else words.years([one.dates_short for one in same]),
            )
        out.append(first)
    return out


def _edge(reader: Reader, link: _Link) -> EdgeView:
    strength = weakest_of(link.record, dict.fromkeys(link.names))
    start, end = link.dates
    denied = any(one.statement.stance == "denies" and one.retracted is None for one in link.record.statements)
    return EdgeView(
        id=link.record.id,
        source=link.source,
        target=link.target,
        type=link.record.type,
        label=link.label,
        state=link.state,
        state_words=words.state(link.state),
        dates_words=words.dates(start, end),
        dates_short=words.dates_short(start, end),
        standing=strength,
        standing_words=words.standing(strength),
        nominee=nominee(link.record),
        denied=denied,
        notes=list(dict.fromkeys(one.statement.value for one in link.record.stand("note"))),
    )
