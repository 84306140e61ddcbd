"""A notice to the regulator before an event: the company's owner tells it for nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions.procedures import items, registry
from sousveil.decisions.procedures.cells import company_cells
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.desk.watching import watch
from sousveil.register.model import Standing
from sousveil.register.register import Register
from tests.decisions.procedures.port import WITNESSED, Rec, Values, id_of, port, tell

DAY = "2025-06-01"
EVENT: Rec = (
    "ipo",
    "CorporateEvent",
    {"company": "@vendor", "eventKind": "listing", "name": "IPO", "plannedFor": "2025-05-01", "status": "announced"},
)
NOTICE: Values = {
    "name": "Letter",
    "company": "@vendor",
    "regulator": "@office",
    "corporateEvent": "@ipo",
    "sentOn": "2025-04-01",
}


def seen(register: Register) -> tuple[list[str], list[str], list[str]]:
    """What is overdue on the event, its label, and how the watch shows it."""
    board, day = Board(register.store), day_of(DAY)
    late = [one.due.clock for one in items.open_duties(board, day) if one.item.ref.id == id_of("ipo")]
    found = items.items(board, registry.all_procedures()["k-markets"], day)
    labels = [one.state for one in found if one.ref.id == id_of("ipo")]
    watched = watch(register.store, DAY).watched
    return late, labels, sorted({one.state for each in watched for one in each.events if one.ref.id == id_of("ipo")})


SISTER: list[Rec] = [
    ("ngo", "Company", {"name": "People of Port", "country": "xc"}),
    ("sister", "Ownership", {"owner": "@holding", "asset": "@ngo", "percentage": "100", "startDate": "2019-01-01"}),
]


@pytest.mark.parametrize("by", ["vendor", "holding"])
def test_neither_the_company_nor_its_owner_ends_the_wait(tmp_path: Path, by: str) -> None:
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(register, "paper", EVENT)
        assert seen(register) == (["notice"], ["not-told"], ["late"])
        tell(register, by, ("n-1", "RegulatorNotice", NOTICE))
        assert seen(register) == (["notice"], ["not-told"], ["late"])
        tell(register, "ngo", ("n-2", "RegulatorNotice", NOTICE))
        assert seen(register) == ([], ["told"], ["told"])
        tell(register, "paper", ("n-3", "RegulatorNotice", NOTICE))
        assert seen(register) == ([], ["told"], ["told"])


def test_a_sister_of_the_company_does_not_either(tmp_path: Path) -> None:
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(register, "paper", EVENT, *SISTER, standing=Standing.REPORTED)
        tell(register, "ngo", ("n-1", "RegulatorNotice", NOTICE))
        assert seen(register) == (["notice"], ["not-told"], ["late"])
        tell(register, "paper", ("n-2", "RegulatorNotice", NOTICE))
        assert seen(register) == ([], ["told"], ["told"])


def test_nor_does_an_owner_that_tells_of_the_event_itself(tmp_path: Path) -> None:
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(register, "holding", EVENT, ("n-1", "RegulatorNotice", NOTICE))
        assert seen(register) == (["notice"], ["not-told"], ["late"])


def test_who_held_it_before_is_a_stranger_to_it(tmp_path: Path) -> None:
    with port(
        tmp_path / "register", *WITNESSED, ("paper", [("ngo", "Company", {"name": "Old owner", "country": "xc"})])
    ) as register:
        held = {"owner": "@ngo", "asset": "@vendor", "percentage": "60", "startDate": "2015", "endDate": "2018"}
        tell(register, "paper", EVENT, ("held", "Ownership", held))
        tell(register, "ngo", ("n-1", "RegulatorNotice", NOTICE))
        assert seen(register) == ([], ["told"], ["told"])


TIED: dict[str, list[Rec]] = {
    "reseller": [("a", "Representation", {"agent": "@ngo", "client": "@vendor", "role": "reseller"})],
    "whom it acts for": [("a", "Representation", {"agent": "@vendor", "client": "@ngo"})],
    "reseller of its owner": [("a", "Representation", {"agent": "@ngo", "client": "@holding", "role": "reseller"})],
    "owner of its reseller": [
        ("shop", "Company", {"name": "Shop", "country": "xc"}),
        ("a", "Representation", {"agent": "@shop", "client": "@vendor", "role": "reseller"}),
        ("b", "Ownership", {"owner": "@ngo", "asset": "@shop", "percentage": "10"}),
    ],
    "investor": [("a", "Investment", {"investor": "@ngo", "recipient": "@vendor"})],
    "what became of it": [("a", "Succession", {"predecessor": "@vendor", "successor": "@ngo"})],
}


@pytest.mark.parametrize("tie", TIED)
def test_nobody_who_is_tied_to_the_company_does(tmp_path: Path, tie: str) -> None:
    with port(tmp_path / "register", *WITNESSED) as register:
        ngo: Rec = ("ngo", "Company", {"name": "People of Port", "country": "xc"})
        tell(register, "paper", EVENT, ngo, *TIED[tie], standing=Standing.REPORTED)
        tell(register, "ngo", ("n-1", "RegulatorNotice", NOTICE))
        assert seen(register) == (["notice"], ["not-told"], ["late"])
        tell(register, "paper", ("n-2", "RegulatorNotice", NOTICE))
        assert seen(register) == ([], ["told"], ["told"])


def test_who_was_a_reseller_once_is_a_stranger_to_it(tmp_path: Path) -> None:
    with port(tmp_path / "register", *WITNESSED) as register:
        was = {"agent": "@ngo", "client": "@vendor", "role": "reseller", "startDate": "2015", "endDate": "2018"}
        ngo: Rec = ("ngo", "Company", {"name": "People of Port", "country": "xc"})
        tell(register, "paper", EVENT, ngo, ("a", "Representation", was))
        tell(register, "ngo", ("n-1", "RegulatorNotice", NOTICE))
        assert seen(register) == ([], ["told"], ["told"])


@pytest.mark.parametrize("by", ["vendor", "ngo"])
def test_whom_the_company_merges_with_does_not_either(tmp_path: Path, by: str) -> None:
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(register, "paper", ("ngo", "Company", {"name": "Other Systems Ltd", "country": "xc"}))
        kind, type, values = EVENT
        tell(register, "paper", (kind, type, {**values, "eventKind": "merger", "counterparty": "@ngo"}))
        assert seen(register)[:2] == (["notice"], ["not-told"])
        tell(register, by, ("n-1", "RegulatorNotice", NOTICE))
        assert seen(register)[:2] == (["notice"], ["not-told"])
        tell(register, "paper", ("n-2", "RegulatorNotice", NOTICE))
        assert seen(register)[:2] == ([], ["told"])


@pytest.mark.parametrize("by", ["vendor", "holding", "ngo"])
def test_of_an_event_without_a_day_the_watch_hears_nobody_else(tmp_path: Path, by: str) -> None:
    """No clock runs on it: the watch asks by itself whose notice counts."""
    kind, type, values = EVENT
    event = {name: value for name, value in values.items() if name != "plannedFor"}
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(register, "paper", ("ngo", "Company", {"name": "Other Systems Ltd", "country": "xc"}))
        tell(register, "paper", (kind, type, {**event, "eventKind": "merger", "counterparty": "@ngo"}))
        tell(register, by, ("n-1", "RegulatorNotice", NOTICE))
        assert seen(register) == ([], ["not-told"], ["untold"])
        tell(register, "paper", ("n-2", "RegulatorNotice", NOTICE))
        assert seen(register) == ([], ["told"], ["told"])


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ("vendor", ("by-itself", [], "unknown", ["own"])),
        ("holding", ("by-itself", [], "unknown", ["own"])),
        ("paper", ("acknowledged", ["met"], "partly", ["acknowledged"])),
    ],
)
def test_nobody_of_the_company_acknowledges_in_the_regulators_name(tmp_path: Path, by: str, told: object) -> None:
    """Label, clock, the company's cell and the watch say the same of it."""
    with port(tmp_path / "register", *WITNESSED) as register:
        tell(register, "paper", EVENT)
        tell(register, by, ("n-1", "RegulatorNotice", {**NOTICE, "acknowledgedOn": "2025-04-20"}))
        board, day = Board(register.store), day_of(DAY)
        found = items.items(board, registry.all_procedures()["k-markets"], day)
        [item] = [one for one in found if one.ref.id == id_of("n-1")]
        [cell] = [one for one in company_cells(board, id_of("vendor"), day) if one.procedure == "k-markets"]
        [need] = [one for one in cell.needs if one.name == "notice"]
        watched = [one.state for each in watch(register.store, DAY).watched for one in each.notices]
        assert (item.state, [one.state for one in item.due], need.state, sorted(set(watched))) == told
