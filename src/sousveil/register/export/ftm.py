"""Entities in FollowTheMoney's vocabulary, each as the sum of its statements, under the schema nearest to its type.

FollowTheMoney has no standing, denial or stage. What it cannot say goes into notes in words: which values are alleged, what is
denied and by whom, how firmly a client is known. Nothing is said more firmly there than here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sousveil.register import edtf, types
from sousveil.register.export.ftm_schemata import PROPERTIES, REQUIRED
from sousveil.register.model import Recorded, Stance, Standing, entity_id
from sousveil.register.types.codelists import CLIENT_STAGES
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind, Property
from sousveil.register.views import captions, words
from sousveil.register.views.records import Record

MOST = {"name": 384, "string": 1024, "identifier": 64, "url": 4096}
"""Characters of a value at most, by FollowTheMoney's type."""
_CLIENTS = {"client", "recipient"}
"""Properties that name a client: where the client is not confirmed they are a link that says so, never a plain fact."""
Captions = Callable[[str], str]


@cache
def schema_of(type_name: str) -> str | None:
    """The schema under which records of a type are exported; None: they are not."""
    return next((found.ftm for one in types.ancestors(type_name) if (found := types.find(one)) and found.ftm), None)


def best_type(statements: Sequence[Recorded]) -> str:
    """The type of an entity: the most special one of its statements, of unrelated ones the one with most."""
    counts: dict[str, int] = {}
    for one in statements:
        counts[one.statement.type] = counts.get(one.statement.type, 0) + 1
    leaves = [name for name in counts if not any(other != name and types.is_a(other, name) for other in counts)]
    return max(leaves, key=lambda name: (counts[name], name))


def caption(type_name: str, said: Sequence[Recorded], subject: str) -> str:
    """What a record is called, out of its own statements alone."""
    by_property: dict[str, list[Recorded]] = {}
    for one in said:
        by_property.setdefault(one.statement.property, []).append(one)
    record = Record(id=subject, type=type_name, statements=list(said), by_property=by_property)
    with words.plain():
        return captions.caption(record, lambda id: None, _says)


def _says(type_name: str, name: str, value: str) -> str:
    found = types.property_of(type_name, name)
    if found is not None and found.kind == Kind.COUNTRY:
        return country_name(value)
    return found.codes.get(value, value) if found is not None else value


def entities(
    subject: str, statements: Sequence[Recorded], replies: dict[str, list[Recorded]], datasets: Sequence[str]
) -> list[dict[str, Any]]:
    """The entity and the links that its properties make; empty where it is not exported. `statements` are those that stand."""
    said = [
        one for one in statements if one.statement.stance is not Stance.DENIES and one.statement.property != "reply"
    ]
    if not said:
        return []
    type_name = best_type(said)
    schema = schema_of(type_name)
    if schema is None:
        return []
    return _Building(subject, type_name, schema, said, replies, datasets).build()


class _Building:
    def __init__(
        self,
        subject: str,
        type_name: str,
        schema: str,
        said: Sequence[Recorded],
        replies: dict[str, list[Recorded]],
        datasets: Sequence[str],
    ) -> None:
        self.subject = subject
        self.type_name = type_name
        self.schema = schema
        self.said = said
        self.replies = replies
        self.datasets = list(datasets)
        self.values: dict[str, list[str]] = {}
        for one in said:
            self.values.setdefault(one.statement.property, []).append(one.statement.value)
        self.properties: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self.links: list[dict[str, Any]] = []

    def build(self) -> list[dict[str, Any]]:
        self._unknown_owner()
        given = {
            found.ftm
            for one in self.said
            if (found := types.property_of(self.type_name, one.statement.property)) and found.ftm
        } | set(self.properties)
        missing = [name for name in REQUIRED[self.schema] if name not in given]
        if any(PROPERTIES[self.schema][name] == "entity" for name in missing):
            # A link with an end that nobody has named is an event there, not a link.
            self.schema, self.properties = "Event", {}
        for one in self.said:
            self._take(one)
        for name in REQUIRED[self.schema]:
            if not self.properties.get(name):
                self._put(name, caption(self.type_name, self.said, self.subject)[:384])
        self._say_standing()
        place = "notes" if "notes" in PROPERTIES[self.schema] else "description"
        for note in self.notes:
            self._put(place, note)
        return [self._entity(self.subject, self.schema, self.properties), *self.links]

    def _entity(self, id: str, schema: str, properties: dict[str, list[str]]) -> dict[str, Any]:
        return {
            "id": id,
            "schema": schema,
            "properties": properties,
            "datasets": self.datasets,
            "statements": sorted({one.id for one in self.said}),
        }

    def _put(self, name: str, value: str) -> None:
        there = self.properties.setdefault(name, [])
        if value not in there:
            there.append(value)

    def _take(self, one: Recorded) -> None:
        said = one.statement
        found = types.property_of(self.type_name, said.property) or types.property_of(said.type, said.property)
        for reply in self.replies.get(one.id, ()):
            verb = {Stance.DENIES: "denies", Stance.CORRECTS: "corrects"}.get(reply.statement.stance, "replies")
            about = found.label if found else said.property
            self.notes.append(f"{reply.statement.publisher} {verb} “{about}: {said.value}”: {reply.statement.value}")
        if found is None:
            return
        if one.doubtful:
            self.notes.append(f"Doubtful, signed with a key that was compromised: {found.label}: {said.value}")
            return
        if found.kind == Kind.ENTITY and self._is_unsure_client(found):
            self._link(found, said.value, one)
            return
        target = found.ftm if found.ftm and found.ftm in PROPERTIES[self.schema] else None
        value = _value(PROPERTIES[self.schema][target], said.value) if target else None
        if target and value is not None:
            self._put(target, value)
            if value != said.value:
                self.notes.append(f"{found.label}: {said.value}")
        elif found.kind == Kind.ENTITY:
            self._link(found, said.value, one)
        elif said.property != "recordId":
            shown = found.codes.get(said.value, said.value)
            self.notes.append(f"{found.label}: {shown}")

    def _stage(self) -> str | None:
        for name in ("clientStage", "stage"):
            for value in self.values.get(name, ()):
                if value in CLIENT_STAGES:
                    return value
        return None

    def _is_unsure_client(self, found: Property) -> bool:
        if found.name not in _CLIENTS or self.schema == "UnknownLink" or found.ftm in REQUIRED[self.schema]:
            return False
        stage = self._stage()
        return stage is not None and stage != "confirmed"

    def _link(self, found: Property, value: str, one: Recorded) -> None:
        """A property that points to an entity and has no name there is a link of its own."""
        stage = self._stage() if found.name in _CLIENTS else None
        role = found.label if stage in (None, "confirmed") else f"{found.label} ({stage})"
        id = entity_id("ftm-link", self.subject, found.name, value)
        properties = {"subject": [self.subject], "object": [value], "role": [role]}
        link = self._entity(id, "UnknownLink", properties)
        if all(there["id"] != id for there in self.links):
            self.links.append(link)

    def _unknown_owner(self) -> None:
        """An owner who is not named is an entity there, with the reason for its name."""
        reasons = self.values.get("ownerUnspecified")
        if self.schema != "Ownership" or not reasons or self.values.get("owner"):
            return
        found = types.property_of("Ownership", "ownerUnspecified")
        text = found.codes.get(reasons[0], reasons[0]) if found else reasons[0]
        id = entity_id("unknown-owner", self.subject)
        self.links.append(self._entity(id, "LegalEntity", {"name": [f"Owner not named: {text}"]}))
        self.properties["owner"] = [id]

    def _say_standing(self) -> None:
        by: dict[Standing, list[str]] = {}
        for one in self.said:
            found = types.property_of(self.type_name, one.statement.property)
            label = found.label if found else one.statement.property
            labels = by.setdefault(one.statement.standing, [])
            if label not in labels:
                labels.append(label)
        for standing in Standing:
            if standing in by and standing is not Standing.CONFIRMED:
                self.notes.append(f"{standing.replace('_', ' ').capitalize()}: {', '.join(by[standing])}")


def _value(kind: str, text: str) -> str | None:
    """The value as that type takes it; None where it cannot."""
    if kind == "date":
        return _date(text)
    most = MOST.get(kind)
    return None if most is not None and len(text) > most else text


def _date(text: str) -> str | None:
    """A date without marks: what is certain of it."""
    found = edtf.parse(text)
    if found.uncertain or found.approximate:
        return None
    match found.precision:
        case "day":
            return text[:10]
        case "month":
            return text[:7]
        case "year":
            return text[:4]
        case _:
            return None
