"""The core of the register: makers and sellers, acts of States and published incidents, each with the publication that says so.

The data lies in the package. `scripts/build_core.py` makes it out of collected lines. Each statement quotes the publication that its row
names. A row's note is a statement of its own: it is shown beside what it qualifies. No natural person is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, state_id
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.types import property_of
from sousveil.register.types.model import Kind

RECORDS = "records.jsonl"
SAME_AS = "same-as.jsonl"
PUBLISHER = "Editors of the Sousveil core data"
_REPAIR = "Install the program again; nothing of it was stored."
_STATE = "@state:"


@cache
def _quoted() -> tuple[str, ...]:
    """The publishers that the rows of the package quote."""
    text = (files("sousveil.register.data") / "core" / RECORDS).read_text("utf-8")
    return tuple(sorted({msgspec.json.decode(line)["publisher"] for line in text.splitlines()}))


DATASET = Dataset(
    name="core",
    title="Core data of the register",
    publisher=PUBLISHER,
    quotes=_quoted,
    source="sousveil/register/data/core/SOURCES.md",
    licence="Facts",
    licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
    attribution="The publications in SOURCES.md of the core data",
    not_used_for="Proof of a crime, or a list of the whole trade: being named proves nothing.",
    snapshot="2026-11-29",
    rows=746,
    class_="surveillance",
    official=True,
    packaged="core",
    coverage=(
        "Facts on about 90 companies and products, acts of 50 States and the European Union, and 50 published incidents. Each fact has a "
        "public source. Being named proves nothing. The data does not cover the whole trade."
    ),
    files=(
        File(
            name=RECORDS,
            read=(
                "subject",
                "type",
                "values",
                "original",
                "from",
                "until",
                "note",
                "standing",
                "publisher",
                "url",
                "date",
            ),
            optional=("original", "from", "until", "note"),
            dropped={"title": "SOURCES.md lists it.", "line": "Place in the collection."},
            least=500,
            most=20_000,
        ),
        File(
            name=SAME_AS,
            read=("subject", "other", "verdict", "reason", "evidence"),
            dropped={"name": "The other record says it.", "dataset": "The other record says it."},
            least=100,
            most=20_000,
        ),
    ),
)


def read(source: Source) -> Iterator[Statement]:
    """The records, then the editors' judgements on which records of other sources are the same."""
    said: set[str] = set()
    for row in _rows(source, RECORDS):
        yield from _record(row, said)
    speaker = Speaker(DATASET, None, standing=Standing.REPORTED)
    for row in _rows(source, SAME_AS):
        subject, other = core_id(row["subject"]), row["other"]
        yield from speaker.record(
            entity_id(DATASET.name, "judgement", subject, other),
            "Judgement",
            source=row["evidence"],
            left=subject,
            right=other,
            verdict=row["verdict"],
            reason=row["reason"],
            evidence=row["evidence"],
        )


def core_id(name: str) -> str:
    """The id of a record of the core, by the name or key that the rows use."""
    return state_id(name.removeprefix("state:")) if name.startswith("state:") else entity_id(DATASET.name, name)


def _rows(source: Source, name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(source.text(name).splitlines(), 1):
        try:
            value = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            raise Malformed(f"{name}, line {number:,} is not JSON: {error}.", hint=_REPAIR) from None
        yield source.members(name, value)


def _record(row: dict[str, Any], said: set[str]) -> Iterator[Statement]:
    speaker = Speaker(DATASET, None, standing=Standing(row["standing"]), source=row["url"], asserted=row["date"])
    subject, type_name = core_id(row["subject"]), row["type"]
    printed = row.get("original", {})
    values = row["values"] | ({"note": row["note"]} if "note" in row else {})
    for name, given in values.items():
        known = property_of(type_name, name)
        for value in given if isinstance(given, list) else [given]:
            if value.startswith(_STATE) and value not in said:
                said.add(value)
                yield from Speaker(DATASET, None, standing=Standing.CONFIRMED).state(value.removeprefix(_STATE))[1]
            yield speaker.say(
                subject,
                type_name,
                name,
                core_id(value[1:]) if value.startswith("@") else value,
                original=printed.get(name),
                language="en" if known is not None and known.kind == Kind.TEXT else None,
                valid_from=row.get("from"),
                valid_until=row.get("until"),
                publisher=row["publisher"],
            )


INTAKE = Intake(DATASET, read)
