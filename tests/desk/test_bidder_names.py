"""Names of bidders that are alike or somewhat alike are hits, each name of one bidder by itself; natural persons are none."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.desk import bidders
from sousveil.desk.bidders import COULD_BE, Row, ScreeningRecord
from sousveil.ledger import dsse
from sousveil.register.model import Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.score import Query
from sousveil.register.screening import CUTOFF, Screener
from tests.desk.offices import (
    COUNCIL,
    HOLDING,
    RESELLER,
    VENDOR,
    office,
    published,
    said,
    ssh_signature,
)

DAY = "2026-11-25"
HARM = "Abuse incident: Phone of a newsroom: reported, says The Port Meridian Post; source: The Port Meridian Post, 3 May 2026"
IMRE = entity_id("desk", "imre")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with office(tmp_path / "register") as opened:
        yield opened


def made(register: Register, folder: Path, *names: str) -> bytes:
    """The council's record about bidders of these names."""
    table = io.StringIO()
    csv.writer(table).writerows([["name"], *([name] for name in names)])
    data = table.getvalue().encode()
    signature = ssh_signature(folder, "council", data, bidders.purpose(DAY))
    return bidders.make(register, data, authority=COUNCIL, signature=signature, day=DAY)


def asked(register: Register, folder: Path, *names: str) -> ScreeningRecord:
    """The same, checked."""
    record, ended = bidders.look(register, made(register, folder, *names), day=DAY)
    assert ended is None
    return record


def row(register: Register, folder: Path, name: str) -> Row:
    """The row about one name."""
    (found,) = asked(register, folder, name).rows
    return found


SPELLED = {
    "Ostrel": (RESELLER, True),
    "Ostrel Ltd": (RESELLER, True),
    "OSTREL FZE": (RESELLER, True),
    "Острел": (RESELLER, True),
    "Fernhill Ltd": (HOLDING, False),
    "GlasmothSystemsLtd": (VENDOR, False),
    "glasmothsystemsltd": (VENDOR, False),
    "GlasmothSystemsAG": (VENDOR, False),
    "Bright Ltd alias Glasmoth Systems Ltd": (VENDOR, False),
    "Bright Ltd / Glasmoth Systems Ltd": (VENDOR, False),
    "Bright/Glasmoth Systems": (VENDOR, False),
    "Bright Ltd; Glasmoth Systems Ltd": (VENDOR, False),
    "Bright Ltd trading as Glasmoth Systems": (VENDOR, False),
    "Bright Ltd (formerly Glasmoth Systems Ltd)": (VENDOR, False),
    "Glasmoth Systems Ltd t/a Bright": (VENDOR, False),
    "Glasmoth Systems GmbH": (VENDOR, False),
}


@pytest.mark.parametrize("name", SPELLED)
def test_a_name_alike_or_somewhat_alike_is_in_the_record_which_says_which(
    register: Register, tmp_path: Path, name: str
) -> None:
    found = row(register, tmp_path, name)
    assert [(hit.entity, bool(hit.could_be)) for hit in found.hits] == [SPELLED[name]]
    assert any(HARM in one for one in found.hits[0].harms)
    assert (found.ties, found.left_out) == ((), 0)


def test_what_two_spellings_leave_out_counts_once(register: Register, tmp_path: Path) -> None:
    many = [said(entity_id("desk", f"g{number}"), "Company", name="Zorblat Works Ltd") for number in range(15)]
    published(register, [one for each in many for one in each])
    plain, twice = asked(register, tmp_path, "Zorblat Works Ltd", "Zorblat Works Ltd t/a Zorblat Works").rows
    assert (len(plain.hits), plain.left_out) == (10, 5)
    assert (len(twice.hits), twice.left_out) == (10, 5)


@pytest.mark.parametrize("name", ["Novo A/S", "Visa", "Harmless Ploughs AG"])
def test_a_name_without_another_in_it_is_screened_as_it_is(register: Register, tmp_path: Path, name: str) -> None:
    published(register, [*said(entity_id("desk", "novo"), "Company", name="Novo Engines AG")])
    assert len(row(register, tmp_path, name).hits) == (name == "Novo A/S")


def test_screen_table_and_record_say_that_it_could_be(
    register: Register, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two, listing = entity_id("desk", "two"), entity_id("desk", "listing")
    published(register, said(two, "Company", name="Ostrel Northern Trading Estates AG"))
    published(register, said(listing, "Sanction", entity=two, program="SDN"))
    data = made(register, tmp_path, "Ostrel Tradin", "Harmless Ploughs Ltd")
    record, _ = bidders.look(register, data, day=DAY)
    assert [(hit.name, bool(hit.could_be)) for hit in record.rows[0].hits] == [
        ("Ostrel Trading FZE", False),
        ("Ostrel Northern Trading Estates AG", True),
    ]
    (first, second) = csv.DictReader(io.StringIO(bidders.as_csv(record)))
    assert (first["result"], second["result"]) == ("1 names alike, 1 more that it could be", "no name alike on file")
    (tmp_path / "record.json").write_bytes(data)
    main(["register", "bidders", str(tmp_path / "record.json"), "--check", "--register", str(register.folder)])
    printed = capsys.readouterr().out
    assert "line 2: Ostrel Tradin: 1 names alike, 1 more that it could be (not a clearance)\n" in printed
    assert f"{two}\n        {COULD_BE}\n" in printed
    only = csv.DictReader(io.StringIO(bidders.as_csv(asked(register, tmp_path, "OSTREL FZE"))))
    (line,) = only
    assert (line["result"], line["note"]) == (
        "1 that it could be",
        f"not a clearance; {COULD_BE}",
    )


def test_a_record_ends_when_a_name_somewhat_alike_is_published(register: Register, tmp_path: Path) -> None:
    data = made(register, tmp_path, "Quietwater Ltd")
    assert bidders.look(register, data, day=DAY)[1] is None
    published(register, said(entity_id("desk", "quiet"), "Company", name="Quietwater Mills AG"))
    ended = bidders.look(register, data, day=DAY)[1]
    assert ended is not None and ended.code == "changed"


# Itself


def crowded(register: Register) -> None:
    """The council has a short name on file; others have names with its town and its State in them."""
    published(register, said(COUNCIL, "PublicBody", abbreviation="Rathaus"))
    published(register, said(entity_id("desk", "board"), "Company", name="Brackwater Ferries AG"))


TAKE_OUT = (
    "An authority cannot have itself, its State's companies or its agents screened. Take the line out, and let somebody independent "
    "ask for it."
)


@pytest.mark.parametrize(
    "name",
    [
        "Brackwater City Council",
        "BrackwaterCityCouncil",
        "Rathaus",
        "Bright Ltd, trading as Brackwater City Council",
        "City Council Brackwater",
        "Brackwater Council",
    ],
)
def test_the_asker_is_named_in_every_spelling(register: Register, tmp_path: Path, name: str) -> None:
    crowded(register)
    found = row(register, tmp_path, name)
    assert "Brackwater City Council is the authority that asks, or a body above it" in found.ties


# Natural persons


def with_person(register: Register) -> list[Statement]:
    """Imre owns the vendor's holding, and is told of."""
    told = [
        *said(IMRE, "Person", name="Imre Vostok-Example", country="xb"),
        *said(entity_id("desk", "imre-owns"), "Ownership", owner=IMRE, asset=HOLDING),
        *said(entity_id("desk", "imre-directs"), "Directorship", director=IMRE, organization=VENDOR),
    ]
    published(register, told)
    return told


@pytest.mark.parametrize("name", ["Imre Vostok-Example", "Vostok-Example", "Imre Vostok Example Ltd", "Имре Восток"])
def test_no_natural_person_is_a_hit(register: Register, tmp_path: Path, name: str) -> None:
    with_person(register)
    hits = Screener.from_store(register.store).found(Query(name=name), threshold=CUTOFF, people=True).hits
    assert [hit.entity for hit in hits] == [IMRE]
    found = row(register, tmp_path, name)
    assert (found.hits, found.left_out, found.ties) == ((), 0, ())


def test_no_natural_person_is_named_beside_a_company_and_its_namesakes_push_nobody_out(
    register: Register, tmp_path: Path
) -> None:
    with_person(register)
    many = [said(entity_id("desk", f"p{at}"), "Person", name="Fernhill Holding") for at in range(12)]
    published(register, [one for each in many for one in each])
    data = made(register, tmp_path, "Fernhill Holding SA")
    (found,) = bidders.look(register, data, day=DAY)[0].rows
    (hit,) = found.hits
    assert hit.entity == HOLDING and found.left_out == 0
    assert sorted(hit.path) == [
        "Glasmoth Systems Ltd (owned by Fernhill Holding SA)",
        "a natural person (owner of Fernhill Holding SA)",
    ]
    payload = json.loads(dsse.decode(data).payload)
    assert "Vostok" not in json.dumps(payload) and IMRE not in json.dumps(payload)
