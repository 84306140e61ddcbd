"""The one door for statements: `check` cleans a statement or refuses it, naming the field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from sousveil.errors import Malformed
from sousveil.register import edtf
from sousveil.register.model import Stance, Standing, Statement
from sousveil.register.refusal import Refused
from sousveil.register.types import registry
from sousveil.register.types.cleaning import Cleaner, clean_entity, clean_name, clean_text, cleaner_of
from sousveil.register.types.model import Property

MOST_SOURCE = 4_000
"""Characters of a source at most."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DATES = ("valid_from", "valid_until", "asserted")


def _refuse(field: str, code: str, message: str, hint: str = "") -> Refused:
    return Refused(f"{field}: {message.rstrip('.')}.", field=field, code=code, hint=hint)


@lru_cache(maxsize=4096)
def _rules(type_name: str, property_name: str) -> tuple[Cleaner, bool, Property]:
    """How to clean a value of this property, and whether statements with it always name a person."""
    found = registry.find(type_name)
    if found is None or found.abstract:
        raise _refuse(
            "type",
            "unknown_type",
            f"“{type_name[:80]}” is not a record type",
            "The record types are listed in docs/reference/record-types.md.",
        )
    one = registry.property_of(type_name, property_name)
    if one is None:
        raise _refuse(
            "property",
            "unknown_property",
            f"A {found.label} has no property “{property_name[:80]}”",
            f"It has: {', '.join(registry.properties(type_name))}.",
        )
    person = one.person or registry.is_a(type_name, "Person") or one.range == ("Person",)
    return cleaner_of(one), person, one


@lru_cache(maxsize=1 << 16)
def _line(field: str, text: str, most: int) -> str:
    try:
        return clean_name(text, most)
    except ValueError as error:
        raise _refuse(field, "bad_" + field, str(error)) from None


@lru_cache(maxsize=1 << 16)
def _dates(valid_from: str | None, valid_until: str | None, asserted: str | None) -> None:
    """Raises Refused for a date that does not exist, or an end before its start."""
    parsed: dict[str, edtf.Edtf | None] = {}
    for field, text in zip(_DATES, (valid_from, valid_until, asserted), strict=True):
        try:
            parsed[field] = edtf.parse(text) if text is not None else None
        except Malformed as error:
            raise _refuse(field, "bad_date", error.message, error.hint) from None
    if asserted == edtf.OPEN:
        raise _refuse("asserted", "bad_date", "“..” is not a day on which something was said")
    try:
        edtf.check_order(parsed["valid_from"], parsed["valid_until"])
    except Malformed as error:
        raise _refuse("valid_until", "end_before_start", error.message, error.hint) from None


def check(statement: Statement) -> Statement:
    """The statement with its value cleaned. Raises Refused that names the field that is wrong.

    `person` is set where type or property always names a natural person; it is never taken away. Where cleaning changes
    the value and the source's own print is not given, `original` keeps it.
    """
    clean, person, one = _rules(statement.type, statement.property)
    try:
        value = clean(statement.value)
    except ValueError as error:
        field = f"{statement.type}.{statement.property}"
        raise Refused(f"{field}: {str(error).rstrip('.')}.", field=field, code="bad_value") from None
    try:
        clean_entity(statement.subject)
    except ValueError as error:
        raise _refuse("subject", "bad_subject", str(error)) from None
    if not statement.source.strip():
        raise _refuse(
            "source", "no_source", "No source, no statement", "Give an address, or name the document and its page."
        )
    source = _line("source", statement.source, MOST_SOURCE)
    publisher = _line("publisher", statement.publisher, 384)
    dataset = _line("dataset", statement.dataset, 100)
    _dates(statement.valid_from, statement.valid_until, statement.asserted)
    _rest(statement, one)
    person = person or statement.person
    if (
        value == statement.value
        and source == statement.source
        and person == statement.person
        and publisher == statement.publisher
        and dataset == statement.dataset
    ):
        return statement
    original = statement.original
    if original is None and value != statement.value:
        printed = clean_text(statement.value)
        original = printed if printed != value else None
    return msgspec.structs.replace(
        statement,
        value=value,
        original=original,
        source=source,
        publisher=publisher,
        dataset=dataset,
        person=person,
    )


def _rest(statement: Statement, one: Property) -> None:
    if statement.original is not None:
        try:
            clean_text(statement.original)
        except ValueError as error:
            raise _refuse("original", "bad_original", str(error)) from None
    if statement.language is not None:
        if not _LANGUAGE.fullmatch(statement.language):
            raise _refuse("language", "bad_language", "It is not a language tag such as en, ar or zh-Hant")
        if one.kind not in ("text", "name"):
            raise _refuse("language", "bad_language", f"A value of the kind {one.kind} has no language")
    if statement.source_sha256 is not None and not _HASH.fullmatch(statement.source_sha256):
        raise _refuse("source_sha256", "bad_hash", "It is not a SHA-256: 64 digits from 0 to f")
    if statement.supersedes is not None and not _HASH.fullmatch(statement.supersedes):
        raise _refuse("supersedes", "bad_hash", "It is not the id of a statement: 64 digits from 0 to f")
    if statement.stance is Stance.CORRECTS and statement.supersedes is None:
        raise _refuse("supersedes", "nothing_corrected", "A correction names the statement that it corrects")
    if not isinstance(statement.standing, Standing):
        raise _refuse("standing", "bad_standing", f"It is one of {', '.join(Standing)}")
    if not isinstance(statement.stance, Stance):
        raise _refuse("stance", "bad_stance", f"It is one of {', '.join(Stance)}")


def missing(statements: Iterable[Statement]) -> list[tuple[str, str, str]]:
    """What whole records lack: (subject, type, property) for each required property that no statement gives.

    A subject may have statements of a type and of its ancestors (a `LegalEntity` that is also a `Company`): the most
    special type counts. A record of which something is only denied, corrected or replied to is not a whole one.
    """
    given: dict[str, set[str]] = {}
    types: dict[str, str] = {}
    asserted: set[str] = set()
    for statement in statements:
        given.setdefault(statement.subject, set()).add(statement.property)
        best = types.get(statement.subject)
        if best is None or registry.is_a(statement.type, best):
            types[statement.subject] = statement.type
        if statement.stance is Stance.ASSERTS and statement.supersedes is None:
            asserted.add(statement.subject)
    return [
        (subject, types[subject], one.name)
        for subject, there in given.items()
        if subject in asserted
        for one in registry.properties(types[subject]).values()
        if one.required and one.name not in there
    ]
