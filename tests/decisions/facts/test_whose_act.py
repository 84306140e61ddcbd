"""Whose act a notice is, and whom it asks: the buyer or its State, and the State where the goods lie."""

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


ABOUT: dict[str, str] = {"product": "@lens", "recipient": "@office-fr"}


def consultation(rig: Rig, **about: str) -> None:
    """The licence of Calder says that the goods lie in France; its office asked somebody about something."""
    LIFTS["deal.authorised"][1](rig, FREE, "confirmed")
    rig.say("licence", type="ExportLicence", goodsIn="fr")
    for code in ("fr", "de"):
        rig.say(f"state-{code}", type="State", name=f"State {code} (invented)", country=code)
        rig.say(
            f"office-{code}",
            type="PublicBody",
            name=f"Office {code}",
            country=code,
            partOf=f"@state-{code}",
            level="national",
        )
    rig.say("scope", type="SurveillanceProduct", name="Vireo Scope", vendor="@vireo", category="intrusion")
    rig.say(
        "asked",
        type="OfficialNotice",
        authority="@export-office",
        noticeKind="consultation",
        date="2024-01-15",
        **about,
    )


@pytest.mark.parametrize(
    ("about", "truth"),
    [
        (ABOUT, Truth.TRUE),
        ({**ABOUT, "destination": "xb", "endUser": "@ministry"}, Truth.TRUE),
        ({**ABOUT, "product": "@scope", "destination": "xa"}, Truth.UNKNOWN),
        ({**ABOUT, "product": "@scope"}, Truth.UNKNOWN),
        ({**ABOUT, "destination": "xa"}, Truth.UNKNOWN),
        ({**ABOUT, "endUser": "@averna"}, Truth.UNKNOWN),
        ({**ABOUT, "recipient": "@office-de"}, Truth.UNKNOWN),
        ({"product": "@lens"}, Truth.UNKNOWN),
    ],
)
def test_a_consultation_asks_the_state_of_the_goods_about_this_deal(
    tmp_path: Path, about: dict[str, str], truth: Truth
) -> None:
    with rigged(tmp_path) as rig:
        consultation(rig, **about)
        before = told(rig.value("deal.consultation_over", ""))
        assert before[0] is truth
        if truth is Truth.UNKNOWN:
            by = {"by": "paper", "standing": "reported"}
            rig.say("asked", type="OfficialNotice", **by, product="@lens", recipient="@office-fr", destination="xb",
                    endUser="@ministry")  # fmt: skip
            rig.say("licence", type="ExportLicence", **by, goodsIn="de")
            rig.say("office-de", type="PublicBody", **by, country="fr", partOf="@state-fr")
            assert told(rig.value("deal.consultation_over", "")) == before
