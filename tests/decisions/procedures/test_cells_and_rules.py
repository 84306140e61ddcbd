"""A cell is met where the rule is: the registration that its home State countersigned, and what exporting States owe (NSO)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.api import gate
from sousveil.ledger.keys import PrivateKey
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from tests.decisions.procedures.clerk import Clerk
from tests.web.serving import served_here

DAY = "2027-06-01"
ALL = ["identity", "intermediaries", "products", "due-diligence", "impacts", "sales", "rejections"]
GLASMOTH, OFFICE, MINISTRY = "Glasmoth Systems Ltd", "Calder Export Office", "Ministry of the Interior of Averna"
SPARROWS = "Nine Sparrows Group (invented)"
OWNERS = {
    "glasmoth": GLASMOTH, "calder-export": OFFICE, "brackwater-council": "Brackwater City Council",
    "lindmark-registry": "Companies Registry of Lindmark", "rookery": "Rookery Watch (invented)",
    "open-phones": "Open Phones Collective",
}  # fmt: skip
Values = Mapping[str, str | Sequence[str]]


@pytest.fixture
def clerk(invented: Path, tmp_path: Path) -> Iterator[Clerk]:
    """A register in which somebody of a State that the deal does not touch confirms where the company has its seat."""
    folder, signed = Path(shutil.copytree(invented, tmp_path / "register")), tmp_path / "signed"
    signed.mkdir()
    keys = folder / "example-keys"
    seat = Statement(
        subject=entity_id("example", "glasmoth"),
        type="Company",
        property="country",
        value="xa",
        source="Companies House of Calder, file 10447",
        publisher=entity_id("example", "rookery-watch"),
        dataset="direct",
        standing=Standing.CONFIRMED,
    )
    with Register.open(folder, gate=gate) as register:
        register.publish([seat], PrivateKey.load(keys / "rookery.key"))
    with served_here(folder) as address:
        yield Clerk(address, keys, signed)


def publish(clerk: Clerk, procedure: str, form: str, values: Values, key: str, onto: str = "") -> str:
    more = {
        "publisher": OWNERS[key],
        "source": "https://gazette.example/x",
        "standing": "confirmed",
        "valid_until": "",
        "record": onto,
    }
    return clerk.publish(procedure, form, {**values, **{f"statement.{n}": v for n, v in more.items()}}, key=key).subject


def register(clerk: Clerk, **changes: str | Sequence[str]) -> str:
    values: dict[str, str | Sequence[str]] = {
        "company": GLASMOTH, "authority": OFFICE, "declares": ALL, "status": "submitted", "startDate": "2026-11-01", "summary": "Again",
    }  # fmt: skip
    return publish(clerk, "d-registration", "registration", {**values, **changes}, "glasmoth")


def countersign(clerk: Clerk, registration: str, key: str) -> None:
    values = {"registration": registration, "authority": OWNERS[key], "outcome": "confirmed", "date": "2026-11-15"}
    publish(clerk, "d-registration", "countersignature", values, key)


def needs(clerk: Clerk, path: str, procedure: str) -> dict[str, str]:
    found = clerk.json(f"{path}?as_of={DAY}")
    [cell] = [one for one in found.get("row", found)["cells"] if one["procedure"] == procedure]
    return {"": cell["state"], **{one["name"]: one["state"] for one in cell["needs"]}}


def rules(clerk: Clerk, question: Mapping[str, Any], rule: str) -> list[str]:
    answer = clerk.decide({**question, "as_of": DAY})
    return [kind for kind in ("reasons", "undecided", "duties") if any(one["rule"] == rule for one in answer[kind])]


SALE = {"action": "sale", "product": "Lampyre", "supplier": GLASMOTH, "end_user": MINISTRY, "country": "xb"}
GRANT = {**SALE, "action": "grant-licence", "product": "Wren", "supplier": SPARROWS}


@pytest.mark.parametrize("key", ["brackwater-council", "lindmark-registry"])
def test_another_office_countersigns_for_no_state(clerk: Clerk, key: str) -> None:
    clerk.file_glasmoth()
    countersign(clerk, register(clerk, authority=OWNERS[key]), key)
    found = needs(clerk, f"/entities/{entity_id('example', 'glasmoth')}/demands", "d-registration")
    assert found == {"": "partly", "registered": "met", **dict.fromkeys(ALL, "met"), "countersigned": "not"}
    assert rules(clerk, SALE, "L21-d-1") == ["reasons"]


def test_a_small_registration_countersigned_is_not_the_whole_one(clerk: Clerk) -> None:
    clerk.file_glasmoth()
    countersign(clerk, register(clerk, declares=["identity"]), "calder-export")
    whole = register(clerk, startDate="2026-11-20")
    page = f"/entities/{entity_id('example', 'glasmoth')}/demands"
    told = {"registered": "met", **dict.fromkeys(ALL, "met")}
    assert needs(clerk, page, "d-registration") == {"": "partly", **told, "countersigned": "not"}
    assert rules(clerk, SALE, "L21-d-1") == ["reasons"]
    values = {"registration": whole, "authority": OFFICE, "outcome": "confirmed", "date": "2026-12-01"}
    publish(clerk, "d-registration", "countersignature", values, "calder-export")
    assert needs(clerk, page, "d-registration") == {"": "met", **told, "countersigned": "met"}
    assert rules(clerk, SALE, "L21-d-1") == []


def order(clerk: Clerk, company: str, **more: str) -> None:
    values = {
        "title": f"Order on {company}",
        "authority": OFFICE,
        "company": company,
        "status": "issued",
        "publishedAt": "2026-11-01",
    }
    publish(
        clerk,
        "nso-exporting-states",
        "order",
        {**values, "issuedOn": "2026-11-02", "reason": "Harm.", **more},
        "calder-export",
    )


def inquire(clerk: Clerk, about: str) -> None:
    values: Values = {
        "name": f"Inquiry into {about}", "body": OFFICE, "about": about, "quality": ["independent", "impartial", "transparent"],
        "status": "open", "startDate": "2026-11-01",
    }  # fmt: skip
    inquiry = publish(clerk, "nso-exporting-states", "investigation", values, "rookery")
    publish(clerk, "nso-exporting-states", "investigation", {"quality": ["independent"]}, "open-phones", onto=inquiry)
    values = {
        "title": f"Statement on {about}", "body": OFFICE, "investigation": inquiry, "results": "none", "prevention": "none",
        "statedOn": "2026-11-20",
    }  # fmt: skip
    publish(clerk, "nso-exporting-states", "statement", values, "rookery")


def test_what_is_about_another_company_meets_nothing_for_the_group(clerk: Clerk) -> None:
    cell = "/states/xa", "nso-exporting-states"
    order(clerk, "Quietwater Analytics AG")
    inquire(clerk, "Quietwater Analytics AG")
    assert needs(clerk, *cell) == {"": "unknown", "order": "unknown", "inquiry": "unknown", "statement": "unknown"}
    assert rules(clerk, GRANT, "L21-NSO-3") == ["duties"]
    inquire(clerk, SPARROWS)
    assert needs(clerk, *cell) == {"": "partly", "order": "unknown", "inquiry": "met", "statement": "met"}
    assert rules(clerk, GRANT, "L21-NSO-3") == []
    order(clerk, SPARROWS)
    assert set(needs(clerk, *cell).values()) == {"met"}


def test_an_order_covers_each_company_of_the_group_that_holds_a_licence(clerk: Clerk) -> None:
    cell = "/states/xa", "nso-exporting-states"
    for asset in ("Quietwater Analytics AG", GLASMOTH):
        values = {
            "asset": asset,
            "owner": SPARROWS,
            "percentage": "80",
            "startDate": "2020-01-01",
            "interest": "shareholding",
        }
        publish(clerk, "e-liability", "ownership", values, "rookery")
    order(
        clerk, "Quietwater Analytics AG"
    )  # of the group now; Glasmoth, of the group too, holds a live licence of this State
    assert needs(clerk, *cell)["order"] == "partly"
    order(clerk, GLASMOTH)
    assert needs(clerk, *cell)["order"] == "met"
