"""One word on a charge by a stranger or by whoever gains, published for real: a later day, an end, another issuer. Nothing is milder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from tests.decisions import moles
from tests.decisions.met import meet
from tests.decisions.rig import FREE, Rig, rigged, sid

PASSER_BY = "passer-by"
"""A publisher whose key nobody verified."""
GAINS = ("rival", "vireo", "ministry", "averna", PASSER_BY)


def keys(rig: Rig) -> None:
    moles.people(rig)
    for one in ("rival", "vireo", "grey", "ministry", "averna", "calder"):
        rig.publisher(one)
    rig.publisher(PASSER_BY, verified=False)


def paper(rig: Rig, key: str, type: str, **values: Any) -> None:
    rig.say(key, type=type, by="paper", standing="reported", **values)


def halt(rig: Rig) -> None:
    meet(rig, but=("state.halt_ended",))
    paper(rig, "halt", "MoratoriumMeasure", state="@averna", measureKind="moratorium", covers=["sale", "use"])


def incident(rig: Rig) -> None:
    meet(rig, but=("buyer.contract_disclosed",))
    paper(rig, "case", "AbuseIncident", name="Phones", stage="targeted", product="@rival-lens", client="@ministry",
          clientStage="reported")  # fmt: skip


def client(rig: Rig) -> None:
    meet(rig, but=("buyer.contract_disclosed",))
    rig.say("case", type="AbuseIncident", name="Phones", stage="infected", client="@body-x", clientStage="reported",
            date="2023-01", targetCountry="xd", product="@rival-lens")  # fmt: skip
    paper(rig, "claim", "ClientClaim", client="@body-x", vendor="@vireo", stage="confirmed")


def rejection(rig: Rig) -> None:
    meet(rig)
    paper(rig, "no", "OversightDecision", body="@council", about="@proposal", outcome="rejected")


def days_of_notice(rig: Rig) -> None:
    meet(rig)
    paper(rig, "days", "Law", title="Boards Act", jurisdiction="xb", status="in-force", topic="community-boards",
          noticeDays="200")  # fmt: skip


def weak(rig: Rig) -> None:
    meet(rig)
    paper(rig, "weak", "Law", title="Keys Act", jurisdiction="xb", status="in-force", effect="weakens-encryption")


def unreviewed(rig: Rig) -> None:
    meet(rig)
    rig.say(
        "permit", type="ExportLicence", licensee="@rival", issuer="@export-office", destination="xd", status="granted"
    )


def risk(rig: Rig) -> None:
    rig.say("usa", type="State", name="United States of America", country="us")
    rig.say("agency", type="PublicBody", name="An agency", country="us", partOf="@usa", level="national")
    paper(rig, "risk", "OfficialNotice", authority="@agency", product="@lens", noticeKind="risk-finding")


def informed(rig: Rig) -> None:
    rig.say("france", type="State", name="France", country="fr")
    rig.say("vireo", type="Company", country="fr")
    rig.say("bureau", type="PublicBody", name="A bureau", country="fr", partOf="@france")
    paper(rig, "told", "OfficialNotice", authority="@bureau", recipient="@vireo", product="@lens",
          noticeKind="informed-of-repression")  # fmt: skip


def objection(rig: Rig) -> None:
    informed(rig)
    paper(rig, "told", "OfficialNotice", noticeKind="objection")


def silent(rig: Rig) -> None:
    meet(rig)
    paper(rig, "silent", "FilingReview", regulator="@exchange", company="@vireo", silentOn="incident")


LATE: tuple[tuple[Callable[[Rig], None], str, str, str, str, str, dict[str, Any]], ...] = (
    (halt, "halt", "MoratoriumMeasure", "startDate", "L21-a-4", "sale", {}),
    (halt, "halt", "MoratoriumMeasure", "date", "L21-a-4", "use", {}),
    (incident, "case", "AbuseIncident", "date", "L21-b-2", "transfer", {}),
    (client, "claim", "ClientClaim", "startDate", "L21-j-2x", "sale", {}),
    (client, "claim", "ClientClaim", "startDate", "L21-j-2x", "transfer", {}),
    (rejection, "no", "OversightDecision", "date", "L21-h-3", "use", {}),
    (rejection, "no", "OversightDecision", "date", "L21-h-3", "acquire", {}),
    (days_of_notice, "days", "Law", "inForceFrom", "L21-h-1", "use", {}),
    (weak, "weak", "Law", "inForceFrom", "L21-j-1", "sale", {}),
    (unreviewed, "permit", "ExportLicence", "issueDate", "L21-b-3", "grant-licence", {}),
    (risk, "risk", "OfficialNotice", "date", "EO-2a", "use", {"end_user": sid("agency"), "country": "us"}),
    (informed, "told", "OfficialNotice", "date", "EU-5.1", "sale", {"exporting_country": "fr"}),
    (silent, "silent", "FilingReview", "reviewedOn", "", "list", {}),
)
"""A charge without a date, the property that dates it, the rule that it fires, the action, and what else is asked."""


def asked(rig: Rig, action: str, more: dict[str, Any]) -> Any:
    return rig.judge(action, packs=moles.ALL, **more)


@pytest.mark.parametrize(("charge", "record", "type", "name", "rule", "action", "more"), LATE)
def test_a_later_day_by_somebody_else_postpones_no_charge(
    tmp_path: Path, charge: Callable[[Rig], None], record: str, type: str, name: str, rule: str, action: str,
    more: dict[str, Any],
) -> None:  # fmt: skip
    with rigged(tmp_path) as rig:
        keys(rig)
        charge(rig)
        before = asked(rig, action, more)
        assert not rule or rule in {one.rule for one in before.reasons}
        for by in GAINS:
            standing = "reported" if by == PASSER_BY else "confirmed"
            whole = {"body": "@council", "outcome": "approved"} if type == "OversightDecision" else {}
            rig.say(record, type=type, by=by, standing=standing, **{name: "2030-01-01", **whole})
            after = asked(rig, action, more)
            assert moles.milder(before, after) == [], by
            assert after.verdict == before.verdict, by


@pytest.mark.parametrize(
    ("charge", "record", "type", "name", "fact", "subject", "action"),
    [
        (incident, "case", "AbuseIncident", "date", "buyer.abused", "ministry", "sale"),
        (client, "claim", "ClientClaim", "startDate", "vendor.served_abuser", "vireo", "sale"),
        (weak, "weak", "Law", "inForceFrom", "state.weakens_encryption", "xb", "sale"),
        (objection, "told", "OfficialNotice", "date", "deal.objected_to", "", "transfer"),
        (silent, "silent", "FilingReview", "reviewedOn", "vendor.filing_silent", "vireo", "list"),
    ],
)
def test_whoever_tells_a_charge_dates_it_and_an_earlier_day_counts_from_anybody(
    tmp_path: Path, charge: Callable[[Rig], None], record: str, type: str, name: str, fact: str, subject: str, action: str
) -> None:  # fmt: skip
    with rigged(tmp_path) as rig:
        keys(rig)
        charge(rig)
        assert rig.value(fact, subject, action).truth is Truth.TRUE
        paper(rig, record, type, **{name: "2030-01-01"})
        assert rig.value(fact, subject, action).truth is not Truth.TRUE
        rig.say(record, type=type, by=PASSER_BY, standing="alleged", **{name: "2024-01-01"})
        found = rig.value(fact, subject, action)
        assert (found.truth, found.alleged) == (Truth.TRUE, True)
        rig.say(record, type=type, by=PASSER_BY, standing="reported", **{name: "2024-01-02"})
        found = rig.value(fact, subject, action)
        assert (found.truth, found.alleged) == (Truth.TRUE, False)


# Who ends a licence that is at risk


def at_risk(rig: Rig) -> None:
    keys(rig)
    meet(rig, but=("buyer.contract_disclosed",))
    paper(rig, "case", "AbuseIncident", name="Phones", stage="targeted", product="@rival-lens", client="@ministry",
          clientStage="reported", date="2024-02")  # fmt: skip


@pytest.mark.parametrize("by", ["ministry", "rival", "vireo", "grey", "averna", PASSER_BY])
def test_who_names_itself_the_issuer_ends_no_licence(tmp_path: Path, by: str) -> None:
    with rigged(tmp_path) as rig:
        at_risk(rig)
        before = {one: rig.judge(one) for one in ("sale", "transfer", "grant-licence")}
        assert "L21-b-2" in {one.rule for one in before["transfer"].reasons}
        standing = "reported" if by == PASSER_BY else "confirmed"
        if by in ("rival", "vireo", "grey"):
            rig.say(by, type="PublicBody", name="Also an office", by=by)
        rig.say("licence", type="ExportLicence", by=by, standing=standing, issuer=f"@{by}", expiryDate="2024-05-01")
        rig.say("gone", type="LicenceEvent", by=by, standing=standing, licence="@licence", event="revoked",
                date="2024-05-01", authority=f"@{by}")  # fmt: skip
        for action, answer in before.items():
            assert moles.milder(answer, rig.judge(action)) == []


@pytest.mark.parametrize(
    ("by", "standing", "ends"),
    [
        ("export-office", "confirmed", True),  # the issuer whom somebody independent names
        ("export-office", "reported", False),
        ("calder", "confirmed", True),  # its State
        ("averna", "confirmed", False),
        (FREE, "confirmed", False),  # somebody independent: nobody ends what another reports
        ("guild", "confirmed", False),  # an organization of the buyer's State
    ],
)
def test_a_licence_at_risk_ends_by_its_issuer_or_its_state(tmp_path: Path, by: str, standing: str, ends: bool) -> None:
    with rigged(tmp_path) as rig:
        at_risk(rig)
        for one in ("export-office", "guild"):
            rig.publisher(one)
        rig.say("guild", type="Organization", name="A guild", country="xb", by="guild")
        paper(rig, "licence", "ExportLicence", licensee="@vireo")  # so that nobody alone tells of it
        assert rig.value("deal.licence_at_risk", "", "transfer").truth is Truth.TRUE
        rig.say("gone", type="LicenceEvent", by=by, standing=standing, licence="@licence", event="revoked",
                date="2024-05-01", authority="@export-office")  # fmt: skip
        found = rig.value("deal.licence_at_risk", "", "transfer")
        assert found.truth is (Truth.UNKNOWN if ends else Truth.TRUE)


def test_an_event_of_another_licence_is_not_moved_to_this_one(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        at_risk(rig)
        rig.publisher("export-office")
        paper(rig, "licence", "ExportLicence", licensee="@vireo")
        rig.say("old", type="ExportLicence", licensee="@vireo", issuer="@export-office", destination="xd")
        rig.say("gone", type="LicenceEvent", by="export-office", licence="@old", event="revoked", date="2024-05-01",
                authority="@export-office")  # fmt: skip
        rig.say("gone", type="LicenceEvent", by="vireo", licence="@licence", event="reviewed")
        assert rig.value("deal.licence_at_risk", "", "transfer").truth is Truth.TRUE


def test_a_reported_end_of_an_authorisation_lifts_nothing_and_its_holder_does_not_revive_it(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        keys(rig)
        meet(rig)
        assert rig.value("deal.authorised", "").truth is Truth.TRUE
        gone: dict[str, Any] = {"type": "LicenceEvent", "licence": "@licence", "authority": "@export-office"}
        rig.say("gone", by="paper", standing="reported", event="revoked", date="2024-05-01", **gone)
        assert rig.value("deal.authorised", "").truth is Truth.UNKNOWN
        rig.say("back", by="vireo", event="reinstated", date="2024-05-02", **gone)
        assert rig.value("deal.authorised", "").truth is Truth.UNKNOWN
        rig.say("back-2", event="reinstated", date="2024-05-03", **gone)
        assert rig.value("deal.authorised", "").truth is Truth.TRUE


# What else others add


def test_one_more_seat_of_the_office_that_refused_takes_nothing_away(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        keys(rig)
        paper(rig, "office-c", "PublicBody", name="Export office of Sarvia", country="xc")
        paper(rig, "refusal", "ExportLicence", licensee="@vireo", issuer="@office-c", product="@lens", status="refused")
        assert rig.value("deal.refused_elsewhere", "", "transfer").truth is Truth.TRUE
        rig.say("office-c", type="PublicBody", country="xa", by="rival")
        rig.say("refusal", type="ExportLicence", issuer="@calder", by="calder")
        assert rig.value("deal.refused_elsewhere", "", "transfer").truth is Truth.TRUE


def test_who_tells_of_a_smaller_share_takes_nothing_from_a_listed_owner(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        keys(rig)
        paper(rig, "holding", "Company", name="Holding SA", country="xc")
        paper(rig, "held", "Ownership", owner="@holding", asset="@vireo", percentage="60")
        paper(rig, "el", "Sanction", entity="@holding", program="Entity List")
        assert rig.value("vendor.half_owned_entity_list", "vireo").truth is Truth.TRUE
        rig.say("held", type="Ownership", by="rival", asset="@vireo", percentage="5")
        assert rig.value("vendor.half_owned_entity_list", "vireo").truth is Truth.TRUE


def test_who_names_somebody_behind_a_nominee_hides_no_hidden_owner(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        keys(rig)
        paper(rig, "held", "Ownership", owner="@third", asset="@vireo", interest="nominee", percentage="30")
        assert rig.value("vendor.owner_hidden", "vireo").truth is Truth.TRUE
        rig.say("held", type="Ownership", by="vireo", nomineeFor="@rival")
        assert rig.value("vendor.owner_hidden", "vireo").truth is Truth.TRUE
        paper(rig, "held", "Ownership", nomineeFor="@rival")
        assert rig.value("vendor.owner_hidden", "vireo").truth is Truth.UNKNOWN
