"""The page of oversight bodies answers as `decide` does, with the reasons; a company's own word makes no cell better."""

from __future__ import annotations

from typing import Any

import pytest

from sousveil.register.model import entity_id
from tests.decisions.procedures.clerk import Clerk

GLASMOTH, SANDPIPER = "Glasmoth Systems Ltd", "Sandpiper Instruments AB"
DAY = "2027-06-01"
QUESTION = {
    "action": "sale",
    "product": "Lampyre",
    "supplier": GLASMOTH,
    "end_user": "Ministry of the Interior of Averna",
    "country": "xb",
    "as_of": DAY,
}
OWNERS = {"glasmoth": GLASMOTH, "rookery": "Rookery Watch (invented)", "open-phones": "Open Phones Collective"}
MEMBERS = (
    ("Rookery Watch (invented)", "civil-society", "yes"),
    ("Open Phones Collective", "affected-people", "no"),
    ("Institute of Signals", "academia", "no"),
)


def put(clerk: Clerk, form: str, key: str, standing: str = "confirmed", *, onto: str = "", **values: Any) -> str:
    said = {
        "statement.publisher": OWNERS[key],
        "statement.source": f"https://gazette.example/{form}",
        "statement.standing": standing,
        "statement.valid_until": "",
        "statement.record": onto,
    }
    return clerk.publish("g-oversight", form, {**values, **said}, key=key).subject


def body(clerk: Clerk, name: str, key: str, members: int = 3, over: str = GLASMOTH) -> str:
    id = put(clerk, "body", key, name=name, country="xc", oversees=over, mandate="May stop sales.", establishedOn="2026-01-15",
             quality=["independent", "multi-stakeholder", "human-rights-groups", "civil-society"])  # fmt: skip
    put(clerk, "body", "open-phones", onto=id, quality=["independent"])
    for member, constituency, rights in MEMBERS[:members]:
        put(clerk, "member", key, organization=id, member=member, constituency=constituency, humanRights=rights,
            startDate="2026-01-15")  # fmt: skip
    return id


def row(clerk: Clerk, id: str) -> Any:
    [found] = [one for one in clerk.json(f"/oversight?as_of={DAY}")["bodies"] if one["ref"]["id"] == id]
    return found


def without(clerk: Clerk) -> list[str]:
    return [one["company"]["caption"] for one in clerk.json(f"/oversight?as_of={DAY}")["without"]]


def blocks(clerk: Clerk) -> bool:
    return "L21-g-1" in [one["rule"] for one in clerk.decide(QUESTION)["reasons"]]


def cell(clerk: Clerk) -> tuple[str, str]:
    cells = clerk.json(f"/entities/{entity_id('example', 'glasmoth')}/demands?as_of={DAY}")["cells"]
    [found] = [one for one in cells if one["procedure"] == "g-oversight"]
    return found["state"], found["words"]


def test_what_a_company_tells_of_its_own_body_counts_nowhere(clerk: Clerk) -> None:
    assert cell(clerk) == ("not", "not met")
    id = body(clerk, "Glasmoth Ethics Board", "glasmoth")
    assert blocks(clerk)
    found = row(clerk, id)
    assert (found["established"], found["publishers"]) == ("unknown", [GLASMOTH, "Open Phones Collective"])
    assert [one["says"] for one in found["reasons"]][:1] == [
        "Claims about the body do not count: Glasmoth Systems Ltd benefits from it."
    ]
    assert GLASMOTH in without(clerk)
    assert cell(clerk) == ("not", "not met")


def test_a_member_whom_a_reseller_or_a_client_pays_is_told_on_the_page_as_in_the_decision(clerk: Clerk) -> None:
    id = body(clerk, "First Body", "rookery")
    assert (row(clerk, id)["established"], row(clerk, id)["reasons"], blocks(clerk)) == ("true", [], False)
    assert row(clerk, id)["publishers"] == ["Open Phones Collective", "Rookery Watch (invented)"]
    assert GLASMOTH not in without(clerk)
    assert cell(clerk) == ("met", "met")
    seat = {"organization": id, "member": "Lawyers Whose Phones Were Read", "constituency": "affected-people"}
    put(clerk, "member", "open-phones", "reported", **seat, paidBy="Ostrel Trading FZE", startDate="2026-02-01")
    found = row(clerk, id)
    assert (found["established"], blocks(clerk), GLASMOTH in without(clerk)) == ("false", True, True)
    assert [one["says"] for one in found["reasons"] if one["disqualifies"]] == [
        "Lawyers Whose Phones Were Read: paid by Ostrel Trading FZE, which is the vendor or of its group."
    ]
    assert cell(clerk)[0] == "not"
    second = body(clerk, "Second Body", "rookery")
    assert (row(clerk, second)["established"], blocks(clerk), cell(clerk)[0]) == ("true", False, "met")
    seat = {"organization": second, "member": "Tidewatch Advisers", "constituency": "academia"}
    put(clerk, "member", "open-phones", "reported", **seat, paidBy="Ministry of the Interior of Averna",
        startDate="2026-02-01")  # fmt: skip
    assert (row(clerk, second)["established"] == "true", blocks(clerk)) == (False, True)
    assert row(clerk, second)["reasons"][0]["says"].startswith(
        "Tidewatch Advisers: paid by Ministry of the Interior of Averna, which "
    )


def test_a_body_without_a_mandate_on_file_counts_where_it_counts_in_decisions(clerk: Clerk) -> None:
    asked = {"action": "sale", "product": "Dunlin", "supplier": SANDPIPER, "country": "xd",
             "end_user": "Police Authority of Lindmark"}  # fmt: skip
    assert "L21-g-1" not in [one["rule"] for one in clerk.decide(asked)["reasons"]]
    view = clerk.json("/oversight")
    [found] = [one for one in view["bodies"] if "Sandpiper" in one["ref"]["caption"]]
    assert (found["established"], found["reasons"], found["mandate"]) == ("true", [], [])
    assert SANDPIPER not in [one["company"]["caption"] for one in view["without"]]


HARBOUR = "Harbour Oversight Body"


def harbour(clerk: Clerk) -> Any:
    [found] = [one for one in clerk.json(f"/oversight?as_of={DAY}")["bodies"] if one["ref"]["caption"] == HARBOUR]
    return found


@pytest.mark.parametrize("standing", ["confirmed", "reported"])
def test_the_vendor_seats_nobody_in_the_body_over_it(clerk: Clerk, standing: str) -> None:
    before = harbour(clerk)
    for member in ("Rookery Watch (invented)", "Open Phones Collective"):
        put(clerk, "member", "glasmoth", standing, organization=HARBOUR, member=member, constituency="civil-society",
            humanRights="yes", startDate="2025-11-01")  # fmt: skip
    after = harbour(clerk)
    for name in ("civil_share", "human_rights_groups"):
        assert (name, after[name]) == (name, before[name])
    added = [(one["member"]["caption"], one["according_to"]) for one in after["seats"] if one["according_to"]]
    assert sorted(added) == [("Open Phones Collective", [GLASMOTH]), ("Rookery Watch (invented)", [GLASMOTH])]
    page = clerk.get(f"/oversight?as_of={DAY}").text
    assert "according to Glasmoth Systems Ltd; not counted" in page


def test_somebody_independent_tells_of_a_seat(clerk: Clerk) -> None:
    before = harbour(clerk)
    put(clerk, "member", "rookery", organization=HARBOUR, member="Institute of Signals", constituency="academia",
        humanRights="no", startDate="2025-11-01")  # fmt: skip
    after = harbour(clerk)
    assert len([one for one in after["seats"] if not one["according_to"]]) == len(before["seats"]) + 1


def test_who_supplies_or_resells_is_among_the_companies_without_a_body(clerk: Clerk) -> None:
    """Page, cell and rule agree of a company that makes nothing and sells what another makes."""
    ostrel = entity_id("example", "ostrel")
    sold = "Glasmoth Systems Ltd", "Nine Sparrows Group (invented)", "Ostrel Trading FZE", "Quietwater Analytics AG"
    assert without(clerk) == list(sold)
    sellers = {
        row["ref"]["caption"]
        for one in clerk.json("/map")["countries"]
        for row in one["rows"]
        if row["role"] == "seller"
    }
    assert sellers == {*sold, SANDPIPER}, "those of the map, but for the one over which a body stands"
    cells = clerk.json(f"/entities/{ostrel}/demands?as_of={DAY}")["cells"]
    assert [one["state"] for one in cells if one["procedure"] == "g-oversight"] == ["unknown"]
    asked = clerk.decide({**QUESTION, "supplier": "Ostrel Trading FZE"})
    says = [one["says"] for one in asked["reasons"] if one["rule"] == "L21-g-1"]
    assert any("Ostrel Trading FZE" in one for one in says)
    view = clerk.json(f"/oversight?as_of={DAY}")
    assert view["without_count"] == len(view["without"])
    for one in view["without"]:  # nobody stands there whose own page has no such cell
        cells = clerk.json(f"/entities/{one['company']['id']}/demands?as_of={DAY}")["cells"]
        assert "g-oversight" in [each["procedure"] for each in cells], one["company"]["caption"]
