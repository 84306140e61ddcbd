"""A licence that was renewed after its last day may be in force again until the new last day: it blocks, and authorises nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.views.licences import exporting_view, queue
from sousveil.register.views.licences import held
from sousveil.register.views.reading import Reader
from tests.decisions.rig import Rig, rigged, sid

LICENCE: dict[str, Any] = {"type": "ExportLicence", "name": "Licence 1", "licensee": "@vireo", "issuer": "@office", "product": "@lens",
                           "destination": "xb", "endUser": "@ministry", "status": "granted", "licenceKind": "export",
                           "issueDate": "2020-01-01", "expiryDate": "2022-12-31"}  # fmt: skip
RENEWED: dict[str, Any] = {"type": "LicenceEvent", "licence": "@licence", "event": "renewed", "date": "2023-06-01",
                           "authority": "@office"}  # fmt: skip
LATE = "2023-06-01"
T, U = Truth.TRUE, Truth.UNKNOWN


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        made.say("office", type="PublicBody", name="Export Office", country="xa", partOf="@calder", office="licensing")
        made.publisher("office")
        made.say("case", type="AbuseIncident", name="Phones", stage="infected", product="@lens", vendor="@vireo",
                 date="2021-05-01")  # fmt: skip
        made.say("licence", by="office", **LICENCE)
        yield made


def seen(rig: Rig, day: str) -> tuple[Truth, Truth, str, str, str, tuple[str | None, str]]:
    """At risk, authorised; live or why not by the licences of a group; the item of the queue; the label; from the page: last day, state."""
    store = rig.register.store
    risk = rig.value("deal.licence_at_risk", "", "transfer", as_of=day).truth
    may = rig.value("deal.authorised", "", "transfer", as_of=day, exporting_country="xa").truth
    (state,) = exporting_view(store, sid("vireo"), today=day).states
    (item,) = queue(store, today=day).items or [None]
    board = Board(store)
    (record,) = board.records["ExportLicence"]
    label = item_of(board, all_procedures()["b-investigations"], record, day_of(day)).state
    reader = Reader(store, today=day)
    reader.load([sid("licence")])
    _, last, page = held(reader, [reader.records[sid("licence")]])[sid("licence")]
    return risk, may, state.licences[0].state, item.state if item else "none", label, (last, page)


def test_a_licence_expires_after_its_last_day(rig: Rig) -> None:
    assert seen(rig, "2022-12-31") == (T, T, "live", "undecided", "live", ("2022-12-31", "current"))
    assert seen(rig, "2023-01-01")[:3] == (U, U, "expired")
    assert seen(rig, "2023-01-01")[4:] == ("over", ("2022-12-31", "ended"))


def test_a_renewal_counts_from_its_day_to_the_new_last_day(rig: Rig) -> None:
    rig.say("renewal", by="office", **RENEWED, expiryDate="2025-06-01")
    for day in ("2023-06-01", "2025-06-01"):
        assert seen(rig, day) == (T, U, "live", "undecided", "live", ("2025-06-01", "current")), day
    for day, last in (("2023-05-31", "2022-12-31"), ("2025-06-02", "2025-06-01")):
        found = seen(rig, day)
        assert (found[:3], found[4:]) == ((U, U, "expired"), ("over", (last, "ended"))), day


def test_a_renewal_without_a_last_day_leaves_it_open_and_makes_nothing_milder(rig: Rig) -> None:
    rig.say("renewal", by="office", **RENEWED)
    for day in ("2023-06-01", "2033-01-01"):
        assert seen(rig, day) == (T, U, "live", "undecided", "live", (None, "unknown")), day
    assert seen(rig, "2023-05-31")[:3] == (U, U, "expired")


def test_a_renewal_before_the_last_day_extends_it_by_the_day_that_it_names_alone(rig: Rig) -> None:
    rig.say("renewal", by="office", **{**RENEWED, "date": "2022-06-01"})
    assert seen(rig, "2023-01-01")[:3] == (U, U, "expired")
    rig.say("again", by="office", **{**RENEWED, "date": "2022-07-01", "expiryDate": "2024-06-30"})
    assert seen(rig, "2023-01-01") == (T, U, "live", "undecided", "live", ("2024-06-30", "current"))
    assert seen(rig, "2024-07-01")[:3] == (U, U, "expired")


@pytest.mark.parametrize(("standing", "risk", "live"), [("reported", T, "live"), ("alleged", U, "expired")])
def test_what_a_stranger_tells_of_a_renewal_lifts_nothing(rig: Rig, standing: str, risk: Truth, live: str) -> None:
    rig.say("renewal", by="paper", standing=standing, **RENEWED, expiryDate="2025-06-01")
    value = rig.value("deal.licence_at_risk", "", "transfer", as_of=LATE)
    assert (value.truth, value.alleged) == (risk, False)
    found = seen(rig, LATE)
    assert (found[1], found[2]) == (U, live)


def test_an_earlier_last_day_that_is_reported_takes_a_renewal_away(rig: Rig) -> None:
    rig.say("renewal", by="office", **RENEWED, expiryDate="2025-06-01")
    rig.say("renewal", by="paper", standing="reported", **RENEWED, expiryDate="2023-12-31")
    assert seen(rig, "2024-01-01")[:3] == (T, U, "live")
    assert seen(rig, "2023-12-31")[:3] == (T, U, "live")


def test_a_renewed_licence_is_revoked_by_a_later_event(rig: Rig) -> None:
    rig.say("renewal", by="office", **RENEWED, expiryDate="2025-06-01")
    rig.say("end", by="office", **{**RENEWED, "event": "revoked", "date": "2024-01-01", "reason": "Abuse."})
    assert seen(rig, "2023-12-31")[:3] == (T, U, "live")
    assert seen(rig, "2024-01-01")[:3] == (U, U, "revoked")
    assert seen(rig, "2024-01-02")[4:] == ("revoked", ("2024-01-01", "ended"))


def test_a_renewal_with_a_day_before_the_last_and_a_later_start_may_have_it_in_force(rig: Rig) -> None:
    rig.say("renewal", by="office", **{**RENEWED, "date": "2022-06-01"}, startDate="2023-02-01")
    assert seen(rig, "2024-01-01") == (T, U, "live", "undecided", "live", (None, "unknown"))


@pytest.mark.parametrize("days", [("2023", "2023-03-05"), ("2023-03-05?", "2023-04-05")], ids=str)
def test_a_revocation_whose_days_are_not_all_over_leaves_a_licence_at_risk(rig: Rig, days: tuple[str, str]) -> None:
    rig.say("renewal", by="office", **{**RENEWED, "date": "2022-06-01"}, expiryDate="2025-06-01")
    rig.say("end", by="office", **{**RENEWED, "event": "revoked", "date": days[0]}, startDate=days[1])
    found = seen(rig, "2023-06-01")
    assert (found[0], found[2]) == (T, "live")


def test_where_the_licence_names_no_last_day_that_of_its_state_s_renewal_counts(rig: Rig) -> None:
    rig.say("open", by="office", **{**LICENCE, "name": "Licence 2", "licenceKind": "marketing"} | {"expiryDate": []})
    rig.say("renewal", by="office", **{**RENEWED, "licence": "@open"}, expiryDate="2024-06-01")
    rig.retract("licence", "office")
    for day, live, label in (("2024-06-01", "live", "live"), ("2024-06-02", "expired", "over")):
        (state,) = exporting_view(rig.register.store, sid("vireo"), today=day).states
        board = Board(rig.register.store)
        (record,) = board.records["ExportLicence"]
        found = item_of(board, all_procedures()["b-investigations"], record, day_of(day)).state
        assert (state.licences[0].state, found) == (live, label)
