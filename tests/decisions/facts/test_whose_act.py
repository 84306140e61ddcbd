"""Whose act a notice is: that of the buyer or of its State."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.facts.model import Value
from sousveil.decisions.model import Truth
from tests.decisions.met import LIFTS, official
from tests.decisions.rig import FREE, Rig, ask, rigged

KINDS = {"certification": "deal.certified", "end-use-declaration": "deal.end_use_declared"}


def police(rig: Rig) -> None:
    """A police of a State that the deal does not touch."""
    rig.say("dorn", type="State", name="Dorn", country="xd")
    rig.say("police-d", type="PublicBody", name="Police of Dorn", country="xd", partOf="@dorn")


def notice(rig: Rig, kind: str, authority: str, **more: Any) -> None:
    rig.say("signed", type="OfficialNotice", authority=authority, recipient="@vireo", product="@lens", noticeKind=kind,
            outcome="given", date="2024-01-15", expiresOn="2025-01-15", **more)  # fmt: skip


def told(value: Value) -> tuple[Truth, tuple[str, ...]]:
    return value.truth, value.proof


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_of_another_state_signs_nothing_for_the_buyer(tmp_path: Path, kind: str) -> None:
    with rigged(tmp_path) as rig:
        police(rig)
        before = told(rig.value(KINDS[kind], ""))
        assert before == (Truth.UNKNOWN, ())
        notice(rig, kind, "@police-d")
        assert told(rig.value(KINDS[kind], "")) == before
        rig.say("ministry", type="PublicBody", by="paper", standing="reported", country="xd", partOf="@dorn")
        assert rig.world().deal(ask()).buyer_states == ("xb", "xd")
        assert told(rig.value(KINDS[kind], "")) == before
        official(kind)(rig, FREE, "confirmed")
        assert rig.value(KINDS[kind], "").truth is Truth.TRUE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("more", "truth"),
    [
        ({}, Truth.TRUE),
        ({"endUser": "@ministry", "destination": "xb"}, Truth.TRUE),
        ({"endUser": "@police-d"}, Truth.UNKNOWN),
        ({"destination": "xd"}, Truth.UNKNOWN),
    ],
)
def test_a_body_of_the_buyers_state_signs_for_whom_and_where_it_names(
    tmp_path: Path, kind: str, more: dict[str, str], truth: Truth
) -> None:
    with rigged(tmp_path) as rig:
        police(rig)
        rig.say(
            "cabinet", type="PublicBody", name="Cabinet of Averna", country="xb", partOf="@averna", level="national"
        )
        notice(rig, kind, "@cabinet", **more)
        before = told(rig.value(KINDS[kind], ""))
        assert before[0] is truth
        if truth is Truth.UNKNOWN:
            rig.say("signed", type="OfficialNotice", by="paper", endUser="@ministry", destination="xb")
            rig.say("ministry", type="PublicBody", by="paper", country="xd")
            assert told(rig.value(KINDS[kind], "")) == before


def test_a_review_by_the_office_that_issued_a_licence_is_no_investigation_of_it(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        LIFTS["deal.authorised"][1](rig, FREE, "confirmed")
        rig.publisher("export-office")
        rig.say("review", type="LicenceReview", by="export-office", licence="@licence", authority="@export-office",
                outcome="maintained", reason="No case touches it.", date="2024-02-01")  # fmt: skip
        assert rig.value("state.licences_reviewed", "xa").truth is Truth.UNKNOWN
        LIFTS["state.licences_reviewed"][1](rig, FREE, "confirmed")
        assert rig.value("state.licences_reviewed", "xa").truth is Truth.TRUE
