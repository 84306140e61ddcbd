"""A licence that its State calls revoked is so, whatever anybody tells of what happened to it before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.facts.licences import licence
from tests.decisions.rig import Rig, rigged, sid

DAY = "2024-06-20"
EVENTS = ("reviewed", "amended", "applied", "granted", "suspended")
EVENT: dict[str, Any] = {"type": "LicenceEvent", "licence": "@lic"}
REPORT: dict[str, Any] = {"by": "paper", "standing": "reported"}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        made.publisher("calder")
        made.publisher("vireo")
        yield made


def told(rig: Rig, **more: Any) -> None:
    rig.say("lic", type="ExportLicence", licensee="@vireo", issuer="@calder", product="@lens", by="calder", **more)


def says(rig: Rig, day: str = DAY) -> str:
    world = rig.world(day)
    record = world.record(sid("lic"))
    assert record is not None
    return licence(world, record).says


@pytest.mark.parametrize("standing", ["alleged", "reported"])
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("date", [{}, {"date": "2021-01-01"}])
def test_no_strangers_event_takes_the_status_away(rig: Rig, event: str, standing: str, date: dict[str, str]) -> None:
    told(rig, issueDate="2020-01-01", status="revoked")
    assert says(rig) == "revoked"
    rig.say("event", event=event, by="paper", standing=standing, **EVENT, **date)
    assert says(rig) == "revoked"


@pytest.mark.parametrize("issued", [{}, {"issueDate": "2020-01-01"}])
def test_the_grant_of_the_state_is_older_than_its_revocation(rig: Rig, issued: dict[str, str]) -> None:
    told(rig, status="revoked", **issued)
    rig.say("granted", event="granted", date="2020-01-01", by="calder", **EVENT)
    assert says(rig) == "revoked"
    rig.say("again", event="granted", date="2023-01-01", by="calder", **EVENT)
    assert says(rig) == "live"


def test_what_the_state_tells_later_is_news(rig: Rig) -> None:
    told(rig, issueDate="2020-01-01", status="suspended")
    rig.say("back", event="reinstated", date="2023-01-01", by="calder", **EVENT)
    assert (says(rig), says(rig, "2022-06-01")) == ("live", "suspended")
    rig.say("lic", type="ExportLicence", status="revoked", by="calder")
    assert says(rig) == "revoked"


def test_of_two_words_of_one_entry_the_stricter_counts(rig: Rig) -> None:
    rig.many(
        [
            ("lic", "ExportLicence", "calder", "confirmed", {"licensee": "@vireo", "issuer": "@calder", "status": "revoked"}),
            ("back", "LicenceEvent", "calder", "confirmed", {"licence": "@lic", "event": "reinstated", "date": "2023-01-01"}),
        ]
    )  # fmt: skip
    assert says(rig) == "live"


def test_a_report_of_what_came_after_the_status_has_it_live(rig: Rig) -> None:
    told(rig, issueDate="2020-01-01", status="revoked", valid_from="2022-01-01")
    rig.say("before", event="renewed", date="2021-06-01", **EVENT, **REPORT)
    assert says(rig) == "revoked"
    rig.say("after", event="reinstated", date="2023-01-01", **EVENT, **REPORT)
    assert (says(rig), says(rig, "2022-06-01")) == ("live", "revoked")


def test_an_event_dates_the_status(rig: Rig) -> None:
    told(rig, issueDate="2020-01-01", status="revoked")
    rig.say("gone", event="revoked", date="2023-02-20", by="calder", **EVENT)
    assert (says(rig, "2022-06-01"), says(rig)) == ("live", "revoked")
    rig.say("rumour", event="revoked", date="2030-01-01", **EVENT, **REPORT)
    assert says(rig) == "revoked"


def test_a_reinstatement_after_an_old_end_undoes_no_newer_status(rig: Rig) -> None:
    told(rig, issueDate="2018-01-01")
    for event, date in (("suspended", "2019-01-01"), ("reinstated", "2020-01-01")):
        rig.say(event, event=event, date=date, by="calder", **EVENT)
    assert [says(rig, day) for day in ("2019-06-01", DAY)] == ["suspended", "live"]
    rig.say("lic", type="ExportLicence", status="revoked", valid_from="2023-01-01", by="calder")
    assert [says(rig, day) for day in ("2019-06-01", "2022-06-01", DAY)] == ["suspended", "live", "revoked"]
    rig.say("older", event="revoked", date="2019-06-15", by="calder", **EVENT)
    assert [says(rig, day) for day in ("2022-06-01", DAY)] == ["live", "revoked"]


def test_a_newer_status_is_not_the_old_event_of_its_value(rig: Rig) -> None:
    told(rig, issueDate="2018-01-01")
    for event, date in (("suspended", "2019-01-01"), ("reinstated", "2020-01-01")):
        rig.say(event, event=event, date=date, by="calder", **EVENT)
    rig.say("lic", type="ExportLicence", status="suspended", by="calder")
    assert says(rig) == "suspended"
    rig.say("again", event="reinstated", date="2023-01-01", by="calder", **EVENT)
    assert says(rig) == "live"


def test_a_status_that_follows_its_event_has_the_day_of_it(rig: Rig) -> None:
    told(rig, issueDate="2018-01-01")
    rig.say("renewed", event="renewed", date="2019-01-01", by="calder", **EVENT)
    rig.say("gone", event="revoked", date="2020-01-01", by="calder", **EVENT)
    rig.say("lic", type="ExportLicence", status="revoked", by="calder")
    assert [says(rig, day) for day in ("2019-06-01", DAY)] == ["live", "revoked"]
    rig.say("again", event="reinstated", date="2021-01-01", by="calder", **EVENT)
    assert says(rig) == "live"


def test_an_old_end_that_the_issuer_files_later_takes_no_status_away(rig: Rig) -> None:
    told(rig, issueDate="2018-01-01", status="revoked", valid_from="2023-01-01")
    rig.say("back", event="reinstated", date="2020-01-01", **EVENT, **REPORT)
    assert says(rig) == "revoked"
    rig.say("old", event="suspended", date="2019-01-01", by="calder", **EVENT)
    assert says(rig) == "revoked"


def test_an_event_without_a_day_is_as_old_as_its_log_entry(rig: Rig) -> None:
    told(rig, issueDate="2018-01-01")
    rig.say("gone", event="revoked", by="calder", **EVENT)
    logged = rig.world().base.logged[max(rig.world().base.logged)]
    assert [says(rig, day) for day in ("2019-01-01", logged)] == ["live", "revoked"]
