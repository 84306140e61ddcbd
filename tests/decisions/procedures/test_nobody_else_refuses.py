"""A check refuses by the words of whoever acts, was named, or told of the record first: nobody else's day bars an act."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.register.model import Standing
from sousveil.register.register import Register
from tests.decisions.procedures.port import NOTICE, Rec, Values, port, tell
from tests.decisions.procedures.test_strangers_at_the_board import decided, refused, stage

STANDINGS = [Standing.CONFIRMED, Standing.REPORTED]
REVIEW: Rec = (
    "review",
    "LicenceReview",
    {"licence": "@bare", "authority": "@office", "outcome": "revoked", "date": "2025-05-01", "reason": "Harm."},
)
BARE: Values = {"name": "X-2", "licensee": "@vendor", "product": "@product", "destination": "xb", "status": "granted"}
GRANTED: Values = {"licence": "@bare", "event": "granted", "date": "2030-01-01"}


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with port(tmp_path / "register") as made:
        yield made


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("by", ["vendor", "paper", "ngo", "office-b"])
def test_nobody_else_s_day_of_grant_keeps_the_state_from_its_review(
    register: Register, by: str, standing: Standing
) -> None:
    tell(register, "office", ("bare", "ExportLicence", BARE | {"issuer": "@office"}))
    tell(register, by, ("bare", "ExportLicence", {"issueDate": "2030-01-01", "issuer": "@office-b"}),
         ("grant", "LicenceEvent", GRANTED), standing=standing)  # fmt: skip
    tell(register, "office", REVIEW)


def test_nor_does_the_holder_s_who_told_of_the_licence_first(register: Register) -> None:
    tell(register, "vendor", ("bare", "ExportLicence", BARE | {"issuer": "@office", "issueDate": "2030-01-01"}))
    tell(register, "office", REVIEW)


@pytest.mark.parametrize("type", ["Deployment", "Registration"])
def test_nobody_else_s_day_keeps_an_office_from_its_answer(register: Register, type: str) -> None:
    tell(
        register,
        "vendor",
        ("reg", "Registration", {"company": "@vendor", "status": "submitted", "declares": "identity"}),
    )
    added: Values = {"startDate": "2029-01-01"}
    if type == "Deployment":
        tell(register, "ngo", ("reg", type, added | {"body": "@police"}), standing=Standing.REPORTED)
    answer: Values = {"registration": "@reg", "authority": "@office", "outcome": "incomplete", "date": "2025-05-01"}
    tell(register, "office", ("answer", "Countersignature", answer))


@pytest.mark.parametrize("standing", STANDINGS)
def test_nobody_else_lengthens_a_notice_or_puts_off_a_hearing(register: Register, standing: Standing) -> None:
    tell(
        register,
        "police",
        NOTICE,
        ("h", "Hearing", {"acquisition": "@proposal", "body": "@board", "date": "2025-03-01"}),
    )
    before = stage(register)
    tell(register, "vendor",
         ("notice", "PublicNotice", {"acquisition": "@proposal", "noticedOn": "2025-02-28", "days": "300"}),
         ("h", "Hearing", {"acquisition": "@proposal", "body": "@vendor", "date": "2031-01-01"}),
         standing=standing)  # fmt: skip
    assert stage(register) == before
    tell(register, "board", decided("@proposal"))
    assert stage(register).stage == "rejected"


@pytest.mark.parametrize("standing", STANDINGS)
def test_nobody_else_shortens_a_notice(register: Register, standing: Standing) -> None:
    tell(
        register,
        "police",
        ("notice", "PublicNotice", {"acquisition": "@proposal", "noticedOn": "2025-03-01", "days": "20"}),
    )
    tell(register, "vendor",
         ("notice", "PublicNotice", {"acquisition": "@proposal", "noticedOn": "2025-01-11", "days": "1"}),
         standing=standing)  # fmt: skip
    assert refused(register, "board", decided("@proposal")) == "notice_not_over"
