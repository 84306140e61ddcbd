"""A notice counts where it is addressed to a regulator, by the test of rule L21-k-1, and not of the company's group; else for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.procedures import items, registry
from sousveil.decisions.procedures.cells import company_cells
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.desk import notices
from sousveil.desk.watching import watch
from sousveil.register.model import entity_id
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from tests.desk.offices import COUNCIL, EXCHANGE, HOLDING, VENDOR, key, office, said

LISTING, NOTICE = entity_id("desk", "listing"), entity_id("desk", "notice")
DAY = "2026-12-01"
PLANNED = said(
    LISTING, "CorporateEvent", name="Fernhill goes public", company=VENDOR, eventKind="listing",
    plannedFor="2026-12-10", market="Port Meridian", status="announced",
)  # fmt: skip


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with office(tmp_path / "register") as opened:
        opened.publish(PLANNED, key("post"))
        lens = entity_id("desk", "lens")
        opened.publish(said(lens, "SurveillanceProduct", name="Lampyre", vendor=VENDOR), key("post"))
        yield opened


def seen(register: Register) -> tuple[object, ...]:
    """Untold events; labels and clocks of event and notice; the company's cell; the notice in the watch."""
    board, day = Board(register.store), day_of(DAY)
    found = {one.ref.id: one for one in items.items(board, registry.all_procedures()["k-markets"], day)}
    cells = [one for one in company_cells(board, VENDOR, day) if one.procedure == "k-markets"]
    needs = [one.state for cell in cells for one in cell.needs if one.name == "notice"]
    watched = watch(register.store, DAY)
    sent = [(one.state, one.due_on) for each in watched.watched for one in each.notices]
    late = [one.due.clock for one in items.open_duties(board, day) if one.item.ref.id == NOTICE]
    return watched.untold, found[LISTING].state, found[NOTICE].state, late, needs, sent


def tell(register: Register, regulator: str) -> None:
    register.publish(
        said(NOTICE, "RegulatorNotice", name="Letter", regulator=regulator, company=VENDOR, corporateEvent=LISTING,
             harms="Phones of a newsroom.", sentOn="2026-10-01", acknowledgedOn="2026-10-05"),
        key("post"),
    )  # fmt: skip


@pytest.mark.parametrize("to", [VENDOR, HOLDING, COUNCIL])
def test_a_notice_to_anybody_else_is_listed_and_counts_for_nothing(register: Register, to: str) -> None:
    tell(register, to)
    assert seen(register) == (1, "not-told", "elsewhere", [], ["unknown"], [("elsewhere", None)])


def test_nor_does_one_to_whom_an_unverified_key_calls_a_regulator(register: Register) -> None:
    register.publish(said(COUNCIL, "PublicBody", office="regulator"), key("post"))
    tell(register, COUNCIL)
    assert seen(register)[:3] == (1, "not-told", "elsewhere")


def test_nobody_makes_it_a_notice_to_the_regulator_afterwards(register: Register) -> None:
    tell(register, HOLDING)
    told = said(NOTICE, "RegulatorNotice", regulator=EXCHANGE)
    register.publish([msgspec.structs.replace(one, publisher=COUNCIL) for one in told], key("council"))
    assert seen(register)[:3] == (1, "not-told", "elsewhere")


def test_one_to_the_regulator_counts(register: Register) -> None:
    tell(register, EXCHANGE)
    assert seen(register) == (0, "told", "acknowledged", [], ["partly"], [("acknowledged", "2026-10-31")])


@pytest.mark.parametrize(("to", "name"), [(VENDOR, "Glasmoth Systems Ltd"), (COUNCIL, "Brackwater City Council")])
def test_a_draft_to_anybody_else_is_refused_with_what_to_write(register: Register, to: str, name: str) -> None:
    with pytest.raises(Refused) as refused:
        notices.draft(register, regulator=to, company=VENDOR, mail="desk@exchange.example", day=DAY)
    assert (refused.value.field, refused.value.code, refused.value.message) == (
        "regulator",
        "no_regulator",
        f"{name} is not on file as a regulator, or is of the company's group.",
    )
    assert str(refused.value.hint).startswith("Name a public body of a State with `office: regulator`")
    assert notices.draft(register, regulator=EXCHANGE, company=VENDOR, mail="desk@exchange.example", day=DAY).id
