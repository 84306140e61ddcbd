"""What a publication says: counts that protect everybody in them, incidents without names, and people who agreed to be named.

The files have the form that `sousveil register publish` signs and hands in (docs/reference/record-types.md). A private ledger in
the vault leads from each public number back to its rows.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec

from sousveil.errors import Usage
from sousveil.investigation.importing import Import, Selection, selections
from sousveil.investigation.numbers import read_number
from sousveil.investigation.people import TABLE as PEOPLE
from sousveil.investigation.people import TEXT_MOST, People, Person, Sent, Stage, load
from sousveil.investigation.releases import AGGREGATES_TYPE, Aggregate, Aggregates, check_signers, signed
from sousveil.investigation.suppression import Cell, protect
from sousveil.investigation.vault import Vault, looked_at
from sousveil.kinds import visible
from sousveil.ledger.keys import PrivateKey
from sousveil.texts import language, t

LEAST = 10
"""The smallest count that is shown, unless the holders choose another."""
LEAST_MOST = 1_000
LEAST_LEAST = 3
"""Below it a count names people to those who know some of them."""
SEVERAL = "+"
"""Stands for several clients or countries: whoever belongs to several is counted apart, so that tables add up."""
TABLE = "publications-"
PUBLICATION_TYPE = "application/vnd.sousveil.investigation.publication+json;v=1"
DIGITS_MOST = 4
"""Digits of a label that is published: more can be a phone number, whatever stands between them."""
_PLACE = re.compile(r"\+|\?\d+")
"""A label that would look like `SEVERAL` or like the place of a label that is not shown."""
_WORDS = {("AbuseIncident", "name"), ("Figure", "indicator"), ("Figure", "unit"), ("Figure", "printedAs")}
"""Values that are words of this program."""
_NO_COUNTRY = frozenset({"001", "AC", "TA"})
"""Codes of numbering plans that are no codes of countries."""


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """A number that was published."""

    table: str
    """`numbers` (different numbers, by country and client) or `people` (by country, and by category and stage)."""
    row: str | None
    column: str | None
    """None: the sum over all."""
    value: int


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What lies behind one cell of a table, also where the cell was suppressed."""

    table: str
    row: str
    column: str
    lines: dict[str, list[int]] = {}
    """Id of an import -> lines, for `numbers`."""
    persons: tuple[str, ...] = ()
    """Ids, for `people`. They lead nowhere once a person withdrew."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A publication, or a bundle of aggregates, that left the vault."""

    id: str
    made: datetime
    least: int
    counts: dict[str, Count]
    """Subject of the public record -> its number."""
    groups: tuple[Group, ...]
    named: dict[str, str] = {}
    """Subject of the public record of a person -> id of the person."""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What was published, and from when on something may be."""

    embargo: datetime | None = None
    publications: tuple[Publication, ...] = ()


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a publication is cited."""

    title: str
    publisher: str
    """The owner of the key that signs it for the register: an id or a name there."""
    source: str
    least: int = LEAST


def read_ledger(vault: Vault) -> Ledger:
    """The vault's private ledger of publications. Raises Malformed."""
    return vault.load_table(TABLE, Ledger) or Ledger()


def set_embargo(vault: Vault, until: datetime, *, now: datetime) -> None:
    """Let nothing be published before this time. The log keeps that two holders set it. Raises SousveilError."""
    ledger = msgspec.structs.replace(read_ledger(vault), embargo=until)
    vault.replace_tables({TABLE: ledger}, "embargo", now=now, until=f"{until:%F %T}")


def publish(
    vault: Vault,
    terms: Terms,
    signers: Sequence[PrivateKey],
    *,
    now: datetime,
    names_country: Callable[[str], object],
    before: Callable[[dict[str, bytes]], None] = lambda files: None,
) -> dict[str, bytes]:
    """The files of a publication (name -> content), recorded in the ledger before they leave.

    `names_country`: whether a word is a country's name or code; a client label with such a word is refused. `before` gets the files
    before they are recorded, to write them where nobody reads them yet.

    Raises Usage (before the embargo, or where a count would show a few people), SousveilError (a clock set back), Malformed.
    """
    check_signers(signers)
    vault.check_clock(now)
    ledger = read_ledger(vault)
    _check_terms(terms, ledger, now)
    people = load(vault)
    shown, made = _counted(vault, people, ledger, terms.least, names_country, now)
    id, day = made.id, now.date()
    named = {_subject(id, "person", one.id): one for one in people.persons.values() if one.may_be_named(day)}
    files = _files(id, terms, shown, made.counts, named, day)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {"publication": id, "made": now.isoformat(), "title": terms.title, "files": digests}
    files["publication.dsse"] = signed(PUBLICATION_TYPE, msgspec.json.encode(manifest), signers)
    made = msgspec.structs.replace(made, named={subject: person.id for subject, person in named.items()})
    sent = tuple(
        Sent(id=subject, kind="publication", recipient=terms.publisher, made=now, numbers=person.numbers)
        for subject, person in named.items()
    )
    about = looked_at("person", [person.id for person in named.values()])
    vault.commit("publication", now=now, counts=len(made.counts), **about)
    before(files)
    tables: dict[str, msgspec.Struct] = {
        TABLE: msgspec.structs.replace(ledger, publications=(*ledger.publications, made)),
        PEOPLE: msgspec.structs.replace(people, sent=(*people.sent, *sent)),
    }
    vault.replace_tables(tables, "", now=now)
    return files


def aggregate_bundle(
    vault: Vault,
    signers: Sequence[PrivateKey],
    *,
    recipient: str,
    least: int = LEAST,
    now: datetime,
    names_country: Callable[[str], object],
) -> tuple[bytes, int]:
    """A signed bundle for an exchange with the counts of a publication, also before the embargo, and how many are shown.

    The ledger keeps it as a publication, so that a later one together with it shows no small count. Raises as `publish` does.
    """
    check_signers(signers)
    vault.check_clock(now)
    ledger = read_ledger(vault)
    _check_least(least, ledger)
    shown, made = _counted(vault, load(vault), ledger, least, names_country, now)
    bundle = Aggregates(recipient=recipient, made=now, minimum=least, cells=_cells(made.id, shown))
    data = signed(AGGREGATES_TYPE, msgspec.json.encode(bundle), signers)
    kept = msgspec.structs.replace(ledger, publications=(*ledger.publications, made))
    vault.replace_tables({TABLE: kept}, "aggregates", now=now, recipient=recipient, counts=len(made.counts))
    return data, len(made.counts)


def _counted(
    vault: Vault,
    people: People,
    ledger: Ledger,
    least: int,
    names_country: Callable[[str], object],
    now: datetime,
) -> tuple[dict[str, dict[Cell, int | None]], Publication]:
    """The protected tables, and what the ledger will keep of them. Raises Usage."""
    tables = {"numbers": _cells_of_numbers(vault), "people": _cells_of_people(people, now.date())}
    _check_labels({client for _, client in tables["numbers"].values()}, names_country)
    shown = {name: protect(Counter(cells.values()), least, _suppressed(ledger, name)) for name, cells in tables.items()}
    _check_differences(shown, ledger, least)
    if not any(shown.values()):
        raise Usage(t("error.publication.nothing", least=least), hint=t("error.publication.nothing_hint"))
    id = secrets.token_hex(16)
    counts = {
        _subject(id, name, *cell): Count(table=name, row=cell[0], column=cell[1], value=value)
        for name, cells in shown.items()
        for cell, value in cells.items()
        if value is not None
    }
    groups = (*_groups_of_numbers(vault, tables["numbers"]), *_groups_of_people(tables["people"]))
    return shown, Publication(id=id, made=now, least=least, counts=counts, groups=groups)


def named_by(vault: Vault, subject: str) -> str:
    """The id of the person whom a public record names; empty where it names nobody. Raises Malformed."""
    named = {one: id for publication in read_ledger(vault).publications for one, id in publication.named.items()}
    return next((id for one, id in named.items() if subject in (one, _subject(one, "incident"))), "")


def trace(vault: Vault, subject: str) -> tuple[Count | None, list[tuple[Import, Selection]]]:
    """The published number of a public record, None where it names a person, and the rows of the list behind it.

    Nothing leads to a person who withdrew. Raises Usage, Malformed.
    """
    persons = load(vault).persons
    count, groups = None, list[Group]()
    if named := named_by(vault, subject):
        groups = [Group(table="people", row="", column="", persons=(named,))]
    for publication in read_ledger(vault).publications if not named else ():
        if count := publication.counts.get(subject):
            groups = [
                group
                for group in publication.groups
                if group.table == count.table
                and count.row in (None, group.row)
                and count.column in (None, group.column)
            ]
            break
    if not groups and count is None:
        raise Usage(
            t("error.publication.no_record", id=visible(subject, 60)), hint=t("error.publication.no_record_hint")
        )
    lines = {(id, line) for group in groups for id, many in group.lines.items() for line in many}
    numbers = {number for group in groups for id in group.persons if id in persons for number in persons[id].numbers}
    return count, [
        (item, row)
        for item, batch in selections(vault)
        for row in batch
        if (item.id, row.line) in lines or row.e164 in numbers
    ]


def _check_terms(terms: Terms, ledger: Ledger, now: datetime) -> None:
    if ledger.embargo is None:
        raise Usage(t("error.publication.no_embargo"), hint=t("error.publication.no_embargo_hint"))
    if now < ledger.embargo:
        raise Usage(t("error.publication.embargo", until=f"{ledger.embargo:%F %T}"))
    _check_least(terms.least, ledger)
    for text in (terms.title, terms.publisher, terms.source):
        if not text.strip() or len(text) > TEXT_MOST:
            raise Usage(t("error.people.text", most=TEXT_MOST))


def _check_least(least: int, ledger: Ledger) -> None:
    if not LEAST_LEAST <= least <= LEAST_MOST:
        raise Usage(t("error.publication.least", least=LEAST_LEAST, most=LEAST_MOST))
    if known := next((one.least for one in ledger.publications if one.least != least), None):
        raise Usage(t("error.publication.other_least", least=known), hint=t("error.publication.other_least_hint"))


def _check_differences(shown: Mapping[str, Mapping[Cell, int | None]], ledger: Ledger, least: int) -> None:
    """Raises Usage where a number differs from its publication before by a few: the difference would be a count of them."""
    for publication in ledger.publications:
        for count in publication.counts.values():
            value = shown[count.table].get((count.row, count.column))
            if value is not None and 0 < abs(value - count.value) < least:
                raise Usage(
                    t("error.publication.difference", day=f"{publication.made:%F}", least=least),
                    hint=t("error.publication.difference_hint"),
                )


def _suppressed(ledger: Ledger, table: str) -> set[Cell]:
    """The cells of a table that an earlier publication suppressed: shown later, they would give away others of that day."""
    cells: set[Cell] = set()
    for publication in ledger.publications:
        shown = {(count.row, count.column) for count in publication.counts.values() if count.table == table}
        groups = [group for group in publication.groups if group.table == table] if shown else []
        cells |= {
            cell for group in groups for cell in itertools.product((group.row, None), (group.column, None))
        } - shown
    return cells


def _check_labels(labels: set[str], names_country: Callable[[str], object]) -> None:
    """Raises Usage for a label that may have a phone number, and for one that names a country as if it were the client."""
    if any(len(re.sub(r"\D", "", label)) > DIGITS_MOST for label in labels):
        raise Usage(t("error.publication.label"), hint=t("error.publication.label_hint"))
    for label in labels:
        # two or three letters inside a label are seldom a code
        words = [word for word in re.findall(r"[^\W\d_]+", label) if len(word) > 3]
        if any(names_country(word) for word in (label, *words)):
            shown = visible(label, 60)
            raise Usage(t("error.publication.country", label=shown), hint=t("error.publication.country_hint"))


def _cells_of_numbers(vault: Vault) -> dict[str, tuple[str, str]]:
    """Each different number -> its country and the label of the client that selected it."""
    countries: dict[str, str] = {}
    clients: dict[str, str] = {}
    for _, batch in selections(vault):
        for row in batch:
            if not row.e164:
                continue
            countries[row.e164] = row.country
            known = clients.get(row.e164, "")
            label = f"({row.client})" if _PLACE.fullmatch(row.client) else row.client
            clients[row.e164] = SEVERAL if known and label and known != label else known or label
    return {number: (country, clients[number]) for number, country in countries.items()}


def _groups_of_numbers(vault: Vault, cells: Mapping[str, tuple[str, str]]) -> Iterator[Group]:
    lines: dict[tuple[str, str], dict[str, list[int]]] = {}
    for item, batch in selections(vault):
        for row in batch:
            if row.e164:
                lines.setdefault(cells[row.e164], {}).setdefault(item.id, []).append(row.line)
    for (row_label, column), many in lines.items():
        yield Group(table="numbers", row=row_label, column=column, lines=many)


def _cells_of_people(people: People, day: date) -> dict[str, tuple[str, str]]:
    """Each person whom two identified and whom nobody names on a day -> country, and category and stage.

    Any reader could subtract a named person from the counts.
    """
    return {
        person.id: (_country(person), f"{person.category}/{person.stage}")
        for person in people.persons.values()
        if person.certain and not person.may_be_named(day)
    }


def _country(person: Person) -> str:
    countries = {read_number(number).country for number in person.numbers}
    return countries.pop() if len(countries) == 1 else SEVERAL


def _groups_of_people(cells: Mapping[str, tuple[str, str]]) -> Iterator[Group]:
    for row, column in dict.fromkeys(cells.values()):
        persons = tuple(id for id, cell in cells.items() if cell == (row, column))
        yield Group(table="people", row=row, column=column, persons=persons)


# The files


def _subject(*parts: str | None) -> str:
    """An id of a record, as the register writes them. The random id of the publication makes it impossible to guess."""
    text = "\x1f".join("" if part is None else f"={part}" for part in parts)
    return "sv-" + hashlib.sha256(text.encode()).hexdigest()[:24]


def _files(
    id: str,
    terms: Terms,
    shown: Mapping[str, Mapping[Cell, int | None]],
    counts: Mapping[str, Count],
    named: Mapping[str, Person],
    day: date,
) -> dict[str, bytes]:
    whole = {"publication": id, "title": terms.title, "minimum": terms.least, "cells": _cells(id, shown)}
    statements = _Statements(terms, _subject(id, "event"), day)
    files = {
        "counts.json": msgspec.json.format(msgspec.json.encode(whole)) + b"\n",
        "statements.jsonl": b"".join(statements.of_counts(counts)),
    }
    if named:
        files["named.jsonl"] = b"".join(statements.of_people(named))
    return files


def _cells(id: str, shown: Mapping[str, Mapping[Cell, int | None]]) -> tuple[Aggregate, ...]:
    """All cells of a publication, as they leave the vault."""
    columns = _places(shown["numbers"])
    return tuple(
        Aggregate(
            table=name,
            row=row,
            column=columns.get(column, column) if name == "numbers" else column,
            count=value,
            record=None if value is None else _subject(id, name, row, column),
        )
        for name, cells in shown.items()
        for (row, column), value in cells.items()
    )


def _places(cells: Mapping[Cell, int | None]) -> dict[str | None, str]:
    """Places for the labels without a shown count: a stray cell of the list can be a person's name."""
    shown = {column for (_, column), value in cells.items() if value is not None}
    secret = {column for _, column in cells} - shown - {None, SEVERAL, ""}
    return {column: f"?{place}" for place, column in enumerate(sorted(secret, key=str), 1)}


class _Statements:
    """Statements as JSON lines, in the words of the publisher."""

    def __init__(self, terms: Terms, event: str, day: date) -> None:
        self._terms, self._event, self._day = terms, event, f"{day:%F}"

    def of_counts(self, counts: Mapping[str, Count]) -> Iterator[bytes]:
        """The publication as an event, a figure for each sum and each count of numbers, an incident for each count of people."""
        yield from self._record(self._event, "Event", {"name": self._terms.title, "date": self._day})
        for subject, count in counts.items():
            if count.table == "people" and count.row is not None and count.column is not None:
                yield from self._incident(subject, count.row, count.column, count.value)
            else:
                yield from self._figure(subject, count)

    def of_people(self, named: Mapping[str, Person]) -> Iterator[bytes]:
        """A person and an incident for everybody who agreed to be named. The register has them reviewed."""
        for subject, person in named.items():
            yield from self._record(subject, "Person", {"name": person.name})
            fields = self._fields(_country(person), f"{person.category}/{person.stage}") | {
                "name": t("investigation.public.named"),
                "involved": subject,
            }
            incident = _subject(subject, "incident")
            yield from self._record(incident, "AbuseIncident", fields, stage=person.stage)

    def _incident(self, subject: str, country: str, column: str, value: int) -> Iterator[bytes]:
        fields = self._fields(country, column) | {
            "name": t(f"investigation.public.{column.partition('/')[2]}", n=value),
            "targets": str(value),
        }
        yield from self._record(subject, "AbuseIncident", fields, stage=Stage(fields["stage"]))

    def _fields(self, country: str, column: str) -> dict[str, str]:
        category, _, stage = column.partition("/")
        fields = {"stage": stage, "targetCategory": category, "partOf": self._event}
        return fields | ({"targetCountry": country.lower()} if _is_country(country) else {})

    def _figure(self, subject: str, count: Count) -> Iterator[bytes]:
        what = {None: "sum", SEVERAL: "several", "": "unknown"}.get(count.column, "label")
        label = count.column or ""
        if count.table == "people":
            what = "sum" if count.column is None else "label"
            label = label.replace("/", ", ")
        fields = {
            "indicator": t(f"investigation.public.{count.table}.{what}", label=label),
            "value": str(count.value),
            "unit": t(f"investigation.public.{count.table}.unit"),
            "qualifier": "exactly",
            "about": self._event,
        }
        if count.row is not None:
            if _is_country(count.row):
                fields["country"] = count.row.lower()
            else:
                place = "several" if count.row == SEVERAL else "none"
                fields["printedAs"] = t(f"investigation.public.country.{place}", n=count.value)
        yield from self._record(subject, "Figure", fields)

    def _record(
        self, subject: str, type: str, fields: Mapping[str, str], *, stage: Stage = Stage.SELECTED
    ) -> Iterator[bytes]:
        examined = stage is not Stage.SELECTED
        for name, value in fields.items():
            statement = {
                "subject": subject,
                "type": type,
                "property": name,
                "value": value,
                "source": self._terms.source,
                "publisher": self._terms.publisher,
                "dataset": "direct",
                "standing": "forensically_attributed" if examined else "reported",
                "asserted": self._day,
                **({"language": language()} if (type, name) in _WORDS else {}),
                **({"person": True} if type == "Person" or name == "involved" else {}),
            }
            yield msgspec.json.encode(statement) + b"\n"


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY


__all__ = [
    "LEAST",
    "SEVERAL",
    "Count",
    "Ledger",
    "Publication",
    "Terms",
    "aggregate_bundle",
    "named_by",
    "publish",
    "read_ledger",
    "set_embargo",
    "trace",
]
