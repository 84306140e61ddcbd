"""Against whom anything is on file, whoever says it: they are never left out where very many have the same name.

It names at least everybody against whom a fact finds something, and may name more. docs/decisions/0071-evidence-model.md says why.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sousveil.register.intake.registry import context_datasets
from sousveil.register.model import Stance, Statement
from sousveil.register.types import all_types, properties
from sousveil.register.types.model import Kind

LINKING = frozenset({"Ownership", "Directorship", "Representation", "Succession"})
"""Records that tie entities to each other and say nothing else about them."""
JOINING = frozenset({"SurveillanceProduct.vendor", "SurveillanceProduct.partOf"})
"""What joins a product to its makers, and says no more of either."""
BODY = "PublicBody.partOf"
"""An office is no charge against what it is a part of."""
SIGNED = "LetterSignature.signatory"
"""Who signed a public letter is not charged by it."""
SERVING = {
    **dict.fromkeys(("ClientClaim.vendor", "ClientClaim.product"), "client"),
    **dict.fromkeys(("Supply.supplier", "Supply.product"), "recipient"),
    **dict.fromkeys(("Deployment.vendor", "Deployment.product"), "body"),
    **dict.fromkeys(("Contract.supplier", "Contract.product"), "buyer"),
}
"""Sales and use say something against a maker where somebody tells of abuse by the client, whom this property names."""
SERVED = frozenset(f"{name.partition('.')[0]}.{client}" for name, client in SERVING.items())
ABUSE = "AbuseIncident.client"
HELD = "Ownership.asset"
ITSELF = frozenset(("unspecified", "controlCode", "goodsCode", "worksBy"))
"""What the record of somebody or something says against it by itself."""
HIDING = ("ownerUnspecified", "interest", "nomineeFor")
"""What an ownership may say by which nobody knows who owns."""
LISTED = 1 << 30
"""What it weighs to stand on a published list: more than any number of records that somebody files."""


class Against:
    """Fill it with `take`, then call `close` once."""

    def __init__(self) -> None:
        self.listed: set[str] = set()
        """Canonical ids of those on a published list that is not one of shares."""
        self._pointing: dict[str, set[tuple[str, str]]] = {}
        """Target -> record, and the `Type.property` by which it points."""
        self._served: dict[str, set[str]] = {}
        """Record of a sale or a use -> whom it serves."""
        self._itself: set[str] = set()
        self._hiding: set[str] = set()
        """Ownerships that hide an owner."""
        self._owned: set[str] = set()
        """Ownerships that name one."""
        self._weights: dict[str, int] = {}
        self._context = context_datasets()

    def take(self, said: Statement) -> None:
        """Look at a statement that stands. What a data set of context says weighs nothing."""
        if said.stance is Stance.DENIES or said.dataset in self._context:
            return
        type, property, value = said.type, said.property, said.value
        if value.startswith("sv-") and property in _entity_properties(type):
            name = f"{type}.{property}"
            if name not in (BODY, SIGNED):
                self._pointing.setdefault(value, set()).add((said.subject, name))
            if name in SERVED:
                self._served.setdefault(said.subject, set()).add(value)
        if type == "Ownership":
            if property in HIDING:
                self._hiding.add(said.subject)
            elif property == "owner":
                self._owned.add(said.subject)
        elif property in ITSELF:
            self._itself.add(said.subject)

    def close(self, canonical: Callable[[str], str]) -> None:
        """Work out what is against whom. `canonical`: the id of an id that people joined."""
        counts: dict[str, int] = {}
        near: dict[str, set[str]] = {}
        abusers = {canonical(id) for id, many in self._pointing.items() if any(name == ABUSE for _, name in many)}
        for id, many in self._pointing.items():
            target, told = canonical(id), set[str]()
            for record, name in many:
                if name.partition(".")[0] in LINKING or name in JOINING:
                    one = canonical(record)
                    near.setdefault(target, set()).add(one)
                    near.setdefault(one, set()).add(target)
                    if name == HELD and (record in self._hiding or record not in self._owned):
                        told.add(record)
                elif name not in SERVING or any(
                    canonical(client) in abusers for client in self._served.get(record, ())
                ):
                    told.add(record)
            if told:
                counts[target] = counts.get(target, 0) + len(told)
        for id in self._itself:
            counts[canonical(id)] = counts.get(canonical(id), 0) + 1
        weights = {id: 2 * count for id, count in counts.items()}
        for id in self.listed:
            weights[id] = weights.get(id, 0) + LISTED
        tied = list(weights)
        while tied:  # whoever is linked to one of these, however far
            for one in near.get(tied.pop(), ()):
                if one not in weights:
                    weights[one] = 1
                    tied.append(one)
        self._weights = weights
        self._pointing, self._served = {}, {}

    def weight(self, id: str) -> int:
        """How much is on file against somebody (canonical id): a list before any number of records, and these before a link. 0: nothing."""
        return self._weights.get(id, 0)


@lru_cache(maxsize=512)
def _entity_properties(type: str) -> frozenset[str]:
    """The properties of a type that point to an entity."""
    known = all_types().get(type)
    if known is None:
        return frozenset()
    return frozenset(one.name for one in properties(type).values() if one.kind == Kind.ENTITY)
