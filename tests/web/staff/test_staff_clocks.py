"""What the first page takes from clocks, the review queue and notices; exact on the invented Port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sousveil.register.model import Standing
from sousveil.register.register import Register
from sousveil.web.site import Site
from sousveil.web.staff import clocks
from sousveil.web.staff.permissions import Role, Who
from tests.decisions.procedures.port import NOTICE, id_of, port, tell

OFFICE = Who(pseudonym="xena", role=Role.PUBLISHER, owner=id_of("office"))
NAMED = Who(pseudonym="nora", role=Role.PUBLISHER, owner="Xanthe Export Office")
"""A key with the very name of the office, which speaks for nobody."""
OTHER = Who(pseudonym="otto", role=Role.PUBLISHER, owner=id_of("office-b"))
MEMBER = Who(pseudonym="mira", role=Role.BOARD_MEMBER, owner=id_of("ngo"), seat=id_of("seat-1"))
REVIEWER = Who(pseudonym="rita", role=Role.REVIEWER, owner="Review One")
OPERATOR = Who(pseudonym="olga", role=Role.OPERATOR, owner="The Operator")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Port, with an investigation of its export office that went to sleep and an incident that touches a licence."""
    with port(tmp_path / "register") as register:
        yield Site(_filled(register))


def _filled(register: Register) -> Register:
    tell(
        register,
        "paper",
        ("inquiry", "Investigation", {"name": "Harbour inquiry", "body": "@office", "startDate": "2024-01-01"}),
        standing=Standing.REPORTED,
    )
    tell(
        register,
        "paper",
        (
            "incident",
            "AbuseIncident",
            {"name": "Phone of a reporter", "stage": "infected", "product": "@product", "date": "2024-08-01"},
        ),
        standing=Standing.REPORTED,
        asserted="2024-09-01",
    )
    return register


def test_who_owes_a_step_sees_it_with_its_day_and_a_link(site: Site) -> None:
    found = [one for one in clocks.owed_by(site, OFFICE) if one.path == f"../entities/{id_of('inquiry')}"]
    assert [(one.says, one.since, one.due, one.overdue) for one in found] == [
        ("Demand (b): Results of the investigation: Harbour inquiry", "2024-01-01", "2024-06-29", False)
    ]
    assert list(clocks.owed_by(site, NAMED)) == []
    assert [one for one in clocks.owed_by(site, OTHER) if "Harbour inquiry" in one.says] == []
    assert list(clocks.owed_by(site, REVIEWER)) == []


def test_a_licence_waits_for_the_state_that_gave_it_and_for_reviewers(site: Site) -> None:
    wanted = [("Licence to review: Licence X-1", "../licences/review", "2024-09-01", False)]
    for who in (OFFICE, REVIEWER):
        assert [(one.says, one.path, one.since, one.overdue) for one in clocks.licences(site, who)] == wanted
    assert list(clocks.licences(site, OTHER)) == list(clocks.licences(site, NAMED)) == []


def test_the_operator_sees_how_much_is_late_in_each_demand(site: Site) -> None:
    found = {one.path: one.says for one in clocks.late_of_all(site, OPERATOR)}
    assert found == {}  # the letter alone asks: nothing is overdue
    tell(site.register, "office", ("inquiry", "Investigation", {"dueOn": "2024-05-01"}))
    found = {one.path: one.says for one in clocks.late_of_all(Site(site.register), OPERATOR)}
    assert found["../procedures/b-investigations"].startswith("Demand (b), ")
    assert found["../procedures/b-investigations"].endswith("overdue steps: 1")


def test_no_notice_waits_where_none_was_drafted(site: Site) -> None:
    assert list(clocks.notices(site, OPERATOR)) == list(clocks.notices(site, REVIEWER)) == []


def test_a_board_member_sees_what_the_board_of_the_seat_owes(site: Site) -> None:
    """Whose seat it is says the board's side: a stranger's word about it shows nobody another body's steps."""
    tell(site.register, "police", NOTICE)
    wanted = [
        ("Demand (h): Decision of the board: Reading phones at the harbour", f"../entities/{id_of('proposal')}", False)
    ]

    def seen(who: Who) -> list[tuple[str, str, bool]]:
        return [(one.says, one.path, one.overdue) for one in clocks.owed_by(Site(site.register), who)]

    assert seen(MEMBER) == wanted
    assert seen(replace(MEMBER, seat="")) == seen(replace(MEMBER, seat=id_of("nothing"))) == []
    tell(site.register, "vendor", ("seat-1", "Membership", {"member": "@ngo", "organization": "@office"}))
    assert seen(MEMBER) == wanted
