"""Finds the record types by walking the package, and answers questions about them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache

from sousveil.register.types.model import Kind, Property, RecordType

HELPERS = {"model", "registry", "checking", "cleaning", "countries", "reference", "codelists"}
"""Modules of the package that hold no type. Every other one holds a `TYPE`."""
_KINDS = {kind.value for kind in Kind}
_TYPE_NAME = re.compile(r"[A-Z][A-Za-z]*")
_PROPERTY_NAME = re.compile(r"[a-z][A-Za-z0-9]*")


@cache
def discover(package: str = "sousveil.register.types") -> dict[str, RecordType]:
    """Every `TYPE` constant of a package, by name, sorted. Raises TypeError that names the file that is wrong."""
    found: dict[str, RecordType] = {}
    files: dict[str, str] = {}
    root = importlib.import_module(package)
    for info in pkgutil.walk_packages(root.__path__, package + "."):
        short = info.name.removeprefix(package + ".")
        if short in HELPERS:
            continue
        file = short.replace(".", "/") + ".py"
        record_type = getattr(importlib.import_module(info.name), "TYPE", None)
        if not isinstance(record_type, RecordType):
            raise TypeError(f"{file}: no constant TYPE that is a RecordType")
        if record_type.name in found:
            raise TypeError(f"{file}: {files[record_type.name]} already declares the type {record_type.name}")
        found[record_type.name], files[record_type.name] = record_type, file
    for name, record_type in found.items():
        try:
            _check(record_type, found, files[name])
        except ValueError as error:
            raise TypeError(f"{files[name]}: {error}") from None
    return dict(sorted(found.items()))


def _check(record_type: RecordType, types: dict[str, RecordType], file: str) -> None:
    """Raises ValueError for what is wrong with one type."""
    name = record_type.name
    if not _TYPE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a name in upper camel case")
    wanted = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() + ".py"
    if file.rpartition("/")[2] != wanted:
        raise ValueError(f"the file of {name} is called {wanted}")
    if not (record_type.label and record_type.plural and record_type.what.endswith(".")):
        raise ValueError("label, plural and what are needed; what is made of sentences")
    chain = _chain(record_type, types)
    known: dict[str, Property] = {}
    for ancestor in reversed(chain):
        for one in ancestor.properties:
            if one.name in known:
                raise ValueError(f"the property {one.name} is declared twice, or inherited")
            _check_property(one, types)
            known[one.name] = one
    edge = record_type.edge
    ends = (edge.source, edge.target) if edge else ()
    told = [one for group in record_type.told_by for one in group]
    for used in (*record_type.caption, *told, *ends, record_type.start, record_type.end, record_type.stage):
        if used is not None and used not in known:
            raise ValueError(f"{used} is not a property of {name}")
    if any(known[end].kind != Kind.ENTITY for end in ends):
        raise ValueError("the ends of an edge are properties of the kind entity")
    if any(known[at].kind != Kind.DATE for at in (record_type.start, record_type.end) if at):
        raise ValueError("start and end are properties of the kind date")
    if record_type.stage and not known[record_type.stage].codes:
        raise ValueError(f"{record_type.stage} is the stage and has no codes")


def _chain(record_type: RecordType, types: dict[str, RecordType]) -> list[RecordType]:
    chain = [record_type]
    while (above := chain[-1].extends) is not None:
        if above not in types:
            raise ValueError(f"it extends {above}, which is not a type")
        if types[above] in chain:
            raise ValueError(f"it extends itself by way of {above}")
        chain.append(types[above])
    return chain


def _check_property(one: Property, types: dict[str, RecordType]) -> None:
    if not _PROPERTY_NAME.fullmatch(one.name):
        raise ValueError(f"{one.name!r} is not a property name in lower camel case")
    if one.kind not in _KINDS:
        raise ValueError(f"{one.kind!r}, the kind of {one.name}, is not a kind")
    if not one.label:
        raise ValueError(f"{one.name} has no label")
    if (one.kind == Kind.ENTITY) != bool(one.range):
        raise ValueError(f"{one.name}: entities, and nothing else, have a range")
    for name in one.range:
        if name not in types:
            raise ValueError(f"{name}, in the range of {one.name}, is not a type")
    if one.codes and one.kind != Kind.CODE:
        raise ValueError(f"{one.name} has codes and is not of the kind code")


def all_types() -> dict[str, RecordType]:
    """Every record type by name, sorted."""
    return discover()


def find(name: str) -> RecordType | None:
    """The type of this name; None for none."""
    return discover().get(name)


@cache
def ancestors(name: str) -> tuple[str, ...]:
    """The type itself and what it extends, nearest first; empty for an unknown name."""
    types = discover()
    return tuple(one.name for one in _chain(types[name], types)) if name in types else ()


def is_a(name: str, ancestor: str) -> bool:
    """Whether the type is that type or inherits from it."""
    return ancestor in ancestors(name)


@cache
def properties(name: str) -> dict[str, Property]:
    """All properties of a type by name, the inherited ones first; empty for an unknown type."""
    types = discover()
    return {one.name: one for ancestor in reversed(ancestors(name)) for one in types[ancestor].properties}


def property_of(name: str, property_name: str) -> Property | None:
    """A property of a type, inherited ones included; None for none."""
    return properties(name).get(property_name)


@cache
def caption_of(name: str) -> tuple[str, ...]:
    """Properties by which a record of the type is called, best first."""
    types = discover()
    return next((types[one].caption for one in ancestors(name) if types[one].caption), ())


@cache
def told_by(name: str) -> tuple[tuple[str, ...], ...]:
    """Groups of properties that tell a record of the type apart where it has no name."""
    types = discover()
    return next((types[one].told_by for one in ancestors(name) if types[one].told_by), ())


@cache
def _inherited(name: str, attribute: str) -> str | None:
    types = discover()
    return next((found for one in ancestors(name) if (found := getattr(types[one], attribute)) is not None), None)


def start_of(name: str) -> str | None:
    """The property that says since when a record of the type holds, its own or inherited."""
    return _inherited(name, "start")


def end_of(name: str) -> str | None:
    """The property that says until when a record of the type held, its own or inherited."""
    return _inherited(name, "end")


def stage_rank(name: str, property_name: str, value: str) -> int | None:
    """Place of a code among its property's codes, 0 the weakest; None where the property has no codes or not this one."""
    found = property_of(name, property_name)
    if found is None or value not in found.codes:
        return None
    return list(found.codes).index(value)
