"""Who is of an asker's group today, and by whose word: its own side's, or that of a verified publisher who is not of the other's side.

A bidder's own word, or that of a stranger without a verified key, makes nobody the asker's group: else a bidder wrote that the authority
owned a share of it, and escaped its screening. What only they report is shown with its publisher. So is a share of less than half that
gives no control. A judgement that two may be one is a link without a proof: it makes nobody the group, and `identities` gives both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sousveil.decisions import lookup
from sousveil.decisions.boards import world_of
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.affiliation import MAJORITY, QUARTER, Affiliations, Link
from sousveil.register.model import Recorded, Standing
from sousveil.register.types import all_types, is_a
from sousveil.register.views.reading import Reader

OWNERSHIP = ("owner", "subsidiary")
"""Kinds of links by ownership alone."""
BODIES = ("PublicBody", "State")
"""Types whose property `partOf` is followed upwards and downwards."""

Admits = Callable[[Recorded], bool]
"""Whether a statement of a link counts."""


class Group:
    """The group of one asker on a day."""

    def __init__(self, reader: Reader, asker: str, day: str, world: Compiled | None = None) -> None:
        """`world`: what the log and a publication that is not in it yet say; by default the log alone."""
        self._reader, self._world = reader, world or world_of(reader, day)
        reader.load([asker])
        self.asker = reader.canonical(asker)
        self.side = frozenset(lookup.part_of(reader, self.asker))
        """The asker, and what it is part of."""
        self._ways: dict[str, Link | None] | None = None
        self._before: dict[str, str] = {}

    def publisher(self, one: Recorded) -> str:
        """Whose key signed a statement: a canonical id, or a name."""
        return self._world.base.canonical(self._world.base.signer(one).owner)

    def firm(self, one: Recorded) -> bool:
        """Whether a verified key says it, and as more than an allegation."""
        return one.statement.standing in lookup.FIRM and self._world.base.signer(one).verified

    def of(self, other: str) -> bool:
        """Whether an entity is of the asker's group today, by words that count."""
        other = self._world.base.canonical(other)

        def verified(one: Recorded) -> bool:
            return self._world.base.signer(one).verified and self.publisher(one) != other

        against = {other, *self.affiliated(other, verified, threshold=QUARTER)} - {self.asker}
        own = {self.asker, *(self.side - {other})}

        def counts(one: Recorded) -> bool:
            return (publisher := self.publisher(one)) in own or (self.firm(one) and publisher not in against)

        return other == self.asker or self.asker in self.affiliated(other, counts)

    def identities(self, other: str) -> tuple[str, ...]:
        """An entity, and all entities that a contested judgement calls the same."""
        id = self._world.base.canonical(other)
        return self._world.graph.same(id) or (id,)

    def affiliated(
        self, start: str, counts: Admits, *, kinds: tuple[str, ...] = (), threshold: float = MAJORITY
    ) -> dict[str, None]:
        """Everybody to whom links that count lead from an entity, itself included. `kinds`: by these links alone. `threshold`: per cent
        from which on a share counts."""
        graph = self._world.graph.admitting(counts, threshold)
        reached = {start: None}
        wave = [start]
        while wave:
            id = wave.pop()
            links = [*graph.links(id), *(_bodies(graph, id) if not kinds else ())]
            for link in links:
                if link.other not in reached and link.kind != "same" and (not kinds or link.kind in kinds):
                    reached[link.other] = None
                    wave.append(link.other)
        return reached

    @property
    def around(self) -> dict[str, Link | None]:
        """Everybody whom links of today lead to from the asker by anybody's word, small shares included -> the last link."""
        if self._ways is None:
            graph = self._world.graph
            self._ways, wave = {self.asker: None}, [self.asker]
            for id in wave:  # the list grows while it is read
                for link in (*graph.holdings(id), *_bodies(graph, id)):
                    if link.other not in self._ways and link.kind != "same":
                        self._ways[link.other], self._before[link.other] = link, id
                        wave.append(link.other)
        return self._ways

    def said(self, other: str) -> tuple[str, ...]:
        """What ties an entity to the asker by anybody's word: each link of the nearest way in words, with its publishers."""
        id, sentences = self._world.base.canonical(other), list[str]()
        while (link := self.around.get(id)) is not None:
            claims = [self._world.base.statements[proof] for proof in link.proof]
            label = all_types()[claims[0].statement.type].label
            who = ", ".join(dict.fromkeys(self._reader.publisher(self.publisher(one)) for one in claims))
            before = self._before[id]
            sentences.append(f"{label} ({self._name(before)} – {self._name(id)}), says {who}")
            id = before
        return tuple(reversed(sentences))

    def _name(self, id: str) -> str:
        record = self._world.record(id)
        if record is not None and is_a(record.type, "Person"):
            return "a person"
        self._reader.load([id])
        return self._reader.ref(id).caption


def _bodies(graph: Affiliations, id: str) -> Iterator[Link]:
    """The bodies that a body is part of, and its parts."""
    own = graph.record(id)
    ends = [(own, other, other) for other in graph.values(own, "partOf")] if own is not None else []
    ends += [(part, id, part.id) for type in BODIES for part in graph.pointing(id, f"{type}.partOf")]
    for record, whole, other in ends:
        claim = graph.best(record, ("partOf", whole))
        if claim is not None:
            alleged = claim.statement.standing is Standing.ALLEGED
            yield Link(other, "partOf", alleged, False, (claim.id,), 0.0, 100.0)
