"""A licence that blocks ends by nobody's word who benefits in the deal; an authorisation ends by each act that may have come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.facts.licences import licence
from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.proven import revoked
from sousveil.register.codes import RetractReason
from tests.decisions import met
from tests.decisions.rig import FREE, Rig, rigged, sid
from tests.register.maker import private

RISK, MAY = "deal.licence_at_risk", "deal.authorised"
REPORT: dict[str, Any] = {"by": "paper", "standing": "reported"}
REVOKED: dict[str, Any] = {"type": "LicenceEvent", "event": "revoked"}
GRANTED: dict[str, Any] = {
    "type": "ExportLicence",
    "licensee": "@vireo",
    "status": "granted",
    "issueDate": "2022-01-01",
}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        yield made


@pytest.fixture
def at_risk(rig: Rig) -> Rig:
    """With a licence of a product that was used for abuse."""
    rig.say("case", type="AbuseIncident", name="Case", product="@lens", stage="infected", date="2023-05-01", **REPORT)
    rig.say("lic", name="Licence", product="@lens", **GRANTED, **REPORT)
    rig.publisher("office")
    rig.say("office", type="Organization", name="Some office", country="xc", by=FREE)
    return rig


def revoke(rig: Rig, by: str) -> None:
    rig.say("end", by=by, licence="@lic", date="2024-02-01", authority=f"@{by}", reason="Abuse.", **REVOKED)


@pytest.mark.parametrize(("role", "value"), [("supplier", Truth.TRUE), ("end_user", Truth.TRUE), ("", Truth.UNKNOWN)])
def test_a_party_of_the_deal_names_nobody_who_ends_what_blocks_it(at_risk: Rig, role: str, value: Truth) -> None:
    at_risk.publisher("trader")
    at_risk.say("trader", type="Company", name="Trader Ltd", country="xc", by=FREE)
    at_risk.say("lic", type="ExportLicence", by="trader", issuer="@office")
    revoke(at_risk, "office")
    assert at_risk.value(RISK, "", **({role: sid("trader")} if role else {})).truth is value


def test_the_buyer_ends_no_licence_as_its_issuer(at_risk: Rig) -> None:
    at_risk.publisher("ministry")
    at_risk.say("lic", type="ExportLicence", issuer="@ministry", **REPORT)
    revoke(at_risk, "ministry")
    assert at_risk.value(RISK, "").truth is Truth.TRUE
    assert at_risk.value(RISK, "", end_user=sid("watch")).truth is Truth.UNKNOWN
    world = at_risk.world()
    record = world.record(sid("lic"))
    assert record is not None and licence(world, record).says == "revoked"  # no deal is asked about


def test_a_party_takes_a_licence_that_it_alone_reports_back_by_its_last_day_alone(rig: Rig) -> None:
    rig.say("case", type="AbuseIncident", name="Case", product="@lens", stage="infected", date="2023-05-01", **REPORT)
    rig.publisher("trader")
    rig.say("trader", type="Company", name="Trader Ltd", country="xc", by=FREE)
    rig.say("lic", name="Licence", product="@lens", by="trader", **GRANTED)
    rig.say("end", by="trader", licence="@lic", date="2024-01-01", **REVOKED)
    assert [rig.value(RISK, "").truth, rig.value(RISK, "", supplier=sid("trader")).truth] == [Truth.UNKNOWN, Truth.TRUE]


VAGUE = [
    ("2024", "", Truth.UNKNOWN),
    ("2024-07", "", Truth.TRUE),
    ("2024-01-10", "2024-02-01", Truth.TRUE),
    ("2024", "2024-02-01", Truth.UNKNOWN),  # the end may lie after the reinstatement
    ("2023", "2024-01-20", Truth.TRUE),
    ("2024-01-10", "2024", Truth.UNKNOWN),  # the reinstatement may be still to come
]


@pytest.mark.parametrize(("ended", "again", "value"), VAGUE)
def test_a_vague_end_ends_an_authorisation(rig: Rig, ended: str, again: str, value: Truth) -> None:
    met.meet(rig)
    assert rig.value(MAY, "").truth is Truth.TRUE
    rig.say("end", licence="@licence", date=ended, **REVOKED, **REPORT)
    if again:
        rig.say("again", type="LicenceEvent", by=FREE, licence="@licence", event="reinstated", date=again)
    assert rig.value(MAY, "").truth is value


def test_a_reported_status_ends_an_authorisation_until_its_publisher_corrects_it(rig: Rig) -> None:
    met.meet(rig)
    (status,) = rig.say("licence", type="ExportLicence", status="revoked", valid_from="2024-01-01", **REPORT)
    assert rig.value(MAY, "").truth is Truth.UNKNOWN
    rig.say("again", type="LicenceEvent", by=FREE, licence="@licence", event="reinstated", date="2024-02-01")
    assert rig.value(MAY, "").truth is Truth.UNKNOWN
    rig.register.retract([status], private("paper"), RetractReason.WRONG)
    assert rig.value(MAY, "").truth is Truth.TRUE


def test_a_licence_that_may_have_been_renewed_after_its_end_is_live(at_risk: Rig) -> None:
    at_risk.say("lic", type="ExportLicence", issuer="@office", **REPORT)
    revoke(at_risk, "office")
    at_risk.say("before", type="LicenceEvent", licence="@lic", event="renewed", date="2023", **REPORT)
    assert at_risk.value(RISK, "").truth is Truth.UNKNOWN
    at_risk.say("again", type="LicenceEvent", licence="@lic", event="renewed", date="2024", **REPORT)
    assert at_risk.value(RISK, "").truth is Truth.TRUE


def test_an_order_covers_what_its_office_names(rig: Rig) -> None:
    rig.publisher("office")
    rig.say("group", type="Company", name="Nine Sparrows Group (invented)", country="xa")
    rig.say("child", type="Company", name="Small child", country="xa")
    rig.say("office", type="PublicBody", name="Export Office", country="xa", partOf="@calder", office="licensing")
    for key in ("one", "two"):
        values = {**GRANTED, "licensee": "@group"}
        rig.say(key, by="office", name=f"Licence {key}", issuer="@office", destination="xc", **values)
    order: dict[str, Any] = {"type": "RevocationOrder", "title": "Order", "authority": "@office", "reason": "Abuse."}
    order["publishedAt"] = "2024-01-01"
    rig.say("order", company="@group", status="draft", **order, **REPORT)
    issued = {**order, "by": "office", "status": "issued", "issuedOn": "2024-01-01"}
    rig.say("order", company="@child", licence="@one", **issued)
    assert not revoked(rig.world(), "xa")
    rig.say("order", type="RevocationOrder", by="office", licence="@two")
    assert revoked(rig.world(), "xa")
