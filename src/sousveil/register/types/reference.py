"""The reference page of the record types, made out of the types themselves."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.register.types import registry
from sousveil.register.types.model import Kind, Property, RecordType

_KINDS = {
    Kind.TEXT: "text",
    Kind.NAME: "name",
    Kind.URL: "address (http, https)",
    Kind.DATE: "date (EDTF)",
    Kind.COUNTRY: "country (ISO 3166-1)",
    Kind.NUMBER: "number",
    Kind.MONEY: "amount of money",
    Kind.IDENTIFIER: "number of an authority",
    Kind.CODE: "short word",
}


def markdown() -> str:
    """The page without its title: an overview, then each type with its own properties."""
    found = registry.all_types()
    overview = _table(
        ("Type", "Is called", "Extends", "FollowTheMoney"),
        (
            (f"[{name}](#{name.lower()})", one.label, f"`{one.extends}`" if one.extends else "", one.ftm or "")
            for name, one in found.items()
        ),
    )
    intro = (
        "A statement says one thing about one entity: its type, one property, one value. A link between two entities, such "
        "as an ownership, is an entity of its own. Each type has the properties listed under it and those of what it "
        "extends."
    )
    return "\n\n".join((intro, overview, *(_type(one) for one in found.values()))) + "\n"


def _type(one: RecordType) -> str:
    parts = [f"## {one.name}", one.what]
    facts = [f"Extends [{one.extends}](#{one.extends.lower()})."] if one.extends else []
    if one.abstract:
        facts.append("No statement has this type itself.")
    if one.edge:
        facts.append(f"Links `{one.edge.source}` to `{one.edge.target}`: “{one.edge.label}”.")
    if one.stage:
        facts.append(f"Its stage is `{one.stage}`: nothing shows a later one than the statement says.")
    if facts:
        parts.append(" ".join(facts))
    if one.properties:
        parts.append(
            _table(
                ("Property", "Is called", "Value", "Notes"),
                ((f"`{each.name}`", each.label, _value(each), _notes(each)) for each in one.properties),
            )
        )
    return "\n\n".join(parts)


def _value(one: Property) -> str:
    if one.kind == Kind.ENTITY:
        return "entity: " + ", ".join(one.range)
    if one.codes:
        return "one of " + ", ".join(f"`{code}`" for code in one.codes)
    return "year" if one.year_only else _KINDS[Kind(one.kind)]


def _notes(one: Property) -> str:
    notes = [one.what] if one.what else []
    if one.required:
        notes.append("Required.")
    if not one.many:
        notes.append("One value.")
    if one.person:
        notes.append("Names a person: held before publication.")
    return " ".join(notes)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
