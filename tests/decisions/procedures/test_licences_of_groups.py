"""The licences of a group, their label and the rule say the same of each: who may end one, who has it go on, and by which day."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.views.licences import exporting_view, orders_of_state, queue
from tests.decisions.procedures.test_renewed_licences import LICENCE
from tests.decisions.rig import Rig, rigged, sid

DAY = "2021-10-01"
TELLERS = ("office", "stranger", "grey", "calder", "vireo")
"""Whoever issued it and told of it; somebody verified and independent; somebody whose key nobody verified; the State; the holder."""
STANDINGS = ("confirmed", "reported", "alleged")
EVENT: dict[str, Any] = {"type": "LicenceEvent", "licence": "@licence"}
REVOKED = {**EVENT, "event": "revoked", "date": "2021-09-01"}
AGAIN = {**EVENT, "event": "reinstated", "date": "2021-09-15"}
Seen = tuple[Truth, bool, str, str, int]
LIVE: Seen = (Truth.TRUE, False, "live", "live", 1)
ENDED: Seen = (Truth.UNKNOWN, False, "revoked", "revoked", 0)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        made.say("office", type="PublicBody", name="Export Office", country="xa", partOf="@calder", office="licensing")
        for name in ("office", "stranger", "calder", "vireo"):
            made.publisher(name)
        made.publisher("grey", verified=False)
        made.say("stranger", type="Organization", name="Stranger Group (invented)", country="xd", by="stranger")
        made.say("calder", type="State", country="xa", by="calder")
        made.say("case", type="AbuseIncident", name="Phones", stage="infected", product="@lens", vendor="@vireo",
                 date="2021-05-01")  # fmt: skip
        made.say("licence", by="office", **LICENCE)
        yield made


def seen(rig: Rig, day: str = DAY) -> Seen:
    """The rule's fact, and whether it is alleged alone; the page of the group; the label; live licences on the State's page."""
    store = rig.register.store
    fact = rig.value("deal.licence_at_risk", "", "transfer", as_of=day)
    (state,) = exporting_view(store, sid("vireo"), today=day).states
    board = Board(store)
    (record,) = board.records["ExportLicence"]
    label = item_of(board, all_procedures()["b-investigations"], record, day_of(day)).state
    orders = orders_of_state(store, "xa", queue(store, as_of=day), as_of=day)
    assert state.live == sum(one.live for one in orders)
    return fact.truth, fact.alleged, state.licences[0].state, label, state.live


@pytest.mark.parametrize(("by", "standing"), list(product(TELLERS, STANDINGS)))
def test_who_ends_a_licence(rig: Rig, by: str, standing: str) -> None:
    assert seen(rig) == LIVE
    rig.say("end", by=by, standing=standing, **REVOKED)
    ends = (by == "office" and standing != "alleged") or (by == "calder" and standing == "confirmed")
    assert seen(rig) == (ENDED if ends else LIVE)


@pytest.mark.parametrize(("by", "standing"), list(product(TELLERS, STANDINGS)))
def test_who_has_a_licence_go_on(rig: Rig, by: str, standing: str) -> None:
    """Anybody: it makes no State look better. What is only alleged revives nothing."""
    rig.say("end", by="office", **REVOKED)
    assert seen(rig) == ENDED
    rig.say("again", by=by, standing=standing, **AGAIN)
    assert seen(rig) == (LIVE if standing != "alleged" else ENDED)


def test_of_a_month_the_last_day_ends_it(rig: Rig) -> None:
    rig.say("end", by="office", **{**REVOKED, "date": "2021-09"})
    assert [seen(rig, day) for day in ("2021-09-01", "2021-09-29", "2021-09-30")] == [LIVE, LIVE, ENDED]


def test_what_was_put_in_force_twice_is_in_force(rig: Rig) -> None:
    rig.say("end", by="office", **REVOKED)
    rig.say("again", by="office", **{**AGAIN, "date": "2021-09-01"})
    assert seen(rig) == LIVE
    rig.say("once-more", by="grey", standing="reported", **AGAIN)
    assert seen(rig) == LIVE


def test_one_that_is_to_begin_is_not_live_yet(rig: Rig) -> None:
    assert seen(rig, "2019-12-31")[:3] == (Truth.UNKNOWN, False, "future")
