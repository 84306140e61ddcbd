"""One voice that says two contradictory things in one entry never makes an answer milder than either of them alone: for everything that
blocks until it ended, and for everything that lifts while it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.facts.model import Polarity, Value, all_facts
from sousveil.decisions.model import Truth
from tests.decisions.met import LIFTS, meet
from tests.decisions.rig import rigged

EARLY, LATE = "2023-01-01", "2030-01-01"


def strict(name: str, value: Value) -> int:
    """How much a value weighs against the deal."""
    if all_facts()[name].polarity is Polarity.LIFTS:
        return 0 if value.truth is Truth.TRUE else 1
    return 0 if value.truth is not Truth.TRUE else 1 if value.alleged else 2


ACT = {
    "type": "MoratoriumMeasure",
    "state": "@averna",
    "country": "xb",
    "covers": ["sale"],
    "measureKind": "moratorium",
}
LAW = {"type": "Law", "title": "Act", "jurisdiction": "xb", "topic": "encryption", "effect": "weakens-encryption"}
EL = {"type": "ExportLicence", "name": "EL-1", "licensee": "@vireo", "product": "@lens", "destination": "xb"}
CASE = {
    "type": "AbuseIncident",
    "name": "Phones",
    "product": "@lens",
    "vendor": "@vireo",
    "date": "2023-06-01",
    "stage": "infected",
}
BAR = {
    "type": "RemedyBarrier",
    "state": "@averna",
    "country": "xb",
    "barrierKind": "secrecy",
    "startDate": "2020-01-01",
}
ASKED = {
    "type": "InformationRequest",
    "requester": "@watch",
    "body": "@ministry",
    "question": "Which?",
    "askedOn": "2024-01-01",
}
LISTED = {
    "type": "Sanction",
    "entity": "@vireo",
    "program": "Entity List",
    "authority": "Office",
    "startDate": "2021-01-01",
}
NOTICE = {
    "type": "OfficialNotice",
    "authority": "@office",
    "recipient": "@vireo",
    "noticeKind": "risk-finding",
    "date": "2023-01-01",
}
OWNS = {"type": "Ownership", "owner": "@bad", "asset": "@vireo", "percentage": "60", "startDate": "2020-01-01"}
EVENT = {"type": "LicenceEvent", "licence": "@el"}
Said = dict[str, Any]
BLOCKS: list[tuple[str, str, list[Said], Said, str, str, str]] = [
    ("state.remedy_barred", "xb", [], {**BAR, "status": "in-force"}, "endDate", EARLY, LATE),
    ("state.remedy_barred", "xb", [], {**BAR, "endDate": EARLY}, "endDate", EARLY, LATE),
    ("state.remedy_barred", "xb", [], {**BAR, "valid_from": EARLY}, "status", "reformed", "in-force"),
    ("state.halt_in_force", "xb", [], {**ACT, "status": "in-force", "startDate": "2022-01-01"}, "endDate", EARLY, LATE),
    ("state.halt_in_force", "xb", [], {**ACT, "startDate": "2022-01-01"}, "status", "ended", "in-force"),
    ("state.halt_in_force", "xb", [], {**ACT, "startDate": "2022-01-01"}, "status", "announced", "in-force"),
    ("state.halt_in_force", "xb", [], {**ACT, "status": "in-force"}, "startDate", "2022-01-01", LATE),
    ("state.weakens_encryption", "xb", [], {**LAW, "status": "in-force", "inForceFrom": "2020-01-01"}, "inForceUntil", EARLY, LATE),
    ("deal.licence_at_risk", "", [CASE], {**EL, "status": "granted"}, "expiryDate", EARLY, LATE),
    ("deal.licence_at_risk", "", [CASE], EL, "status", "revoked", "granted"),
    ("deal.licence_at_risk", "", [CASE, EL], {**EVENT, "date": EARLY}, "event", "revoked", "reinstated"),
    ("deal.licence_at_risk", "", [CASE, EL], {**EVENT, "event": "revoked"}, "date", EARLY, LATE),
    ("deal.licence_at_risk", "", [CASE, EL, {**EVENT, "event": "revoked", "date": EARLY}], {**EVENT, "event": "reinstated"},
     "date", "2023-06-01", LATE),
    ("deal.licence_at_risk", "", [CASE, {**EL, "expiryDate": EARLY}], {**EVENT, "event": "renewed"}, "date", "2023-06-01", LATE),
    ("deal.licence_at_risk", "", [CASE, {**EL, "expiryDate": EARLY}], {**EVENT, "event": "renewed", "date": EARLY}, "expiryDate",
     "2023-06-01", LATE),
    ("state.request_overdue", "xb", [], {**ASKED, "answer": "x", "status": "answered"}, "answeredOn", "2024-01-10", LATE),
    ("state.request_overdue", "xb", [], {**ASKED, "answer": "x"}, "status", "answered", "refused"),
    ("state.request_overdue", "xb", [], {**ASKED, "answer": "x"}, "status", "answered", "partly-answered"),
    ("state.request_overdue", "xb", [], ASKED, "status", "withdrawn", "asked"),
    ("state.request_overdue", "xb", [], ASKED, "dueOn", "2024-05-01", LATE),
    ("state.request_overdue", "xb", [], {**ASKED, "answeredOn": "2024-03-01"}, "refusedOn", "2024-01-10", "2024-05-01"),
    ("vendor.us_entity_list", "vireo", [], LISTED, "endDate", EARLY, LATE),
    ("deal.risk_found", "", [], NOTICE, "outcome", "refused", "given"),
    ("vendor.us_entity_list", "bad", [{**LISTED, "entity": "@bad"}], OWNS, "endDate", EARLY, LATE),
    ("vendor.served_abuser", "vireo", [], {**CASE, "client": "@ministry"}, "clientStage", "potential", "confirmed"),
]  # fmt: skip
"""Fact, subject, what is on file besides, the record, and two values of a property that one entry gives it."""


@pytest.mark.parametrize(("fact", "subject", "besides", "record", "name", "one", "other"), BLOCKS)
def test_what_blocks(
    tmp_path: Path, fact: str, subject: str, besides: list[Said], record: Said, name: str, one: str, other: str
) -> None:
    found = []
    for at, given in enumerate((one, other, [one, other], [other, one])):
        with rigged(tmp_path / str(at)) as rig:
            rig.say("bad", type="Company", name="Grey Holding SA", country="xd")
            rig.publisher("office")
            rig.say("office", type="PublicBody", name="Export office", country="xa")
            for place, more in enumerate(besides):
                rig.say("el" if more["type"] == "ExportLicence" else f"besides-{place}", **more)
            rig.say("el" if record["type"] == "ExportLicence" else "record", **{**record, name: given})
            asked = "vendor.half_owned_entity_list" if record is OWNS else fact
            found.append(strict(asked, rig.value(asked, "vireo" if record is OWNS else subject)))
    a, b, *both = found
    assert a != b or record.get(name) or a > 0, "the two values say the same"
    assert both == [max(a, b)] * 2


LIFTED: list[tuple[str, str, str, str, str]] = [
    ("state.oversight_law", "Law", "status", "in-force", "bill"),
    ("state.oversight_law", "Law", "enforced", "yes", "partly"),
    ("state.oversight_law", "Law", "inForceUntil", EARLY, LATE),
    ("state.oversight_law", "Law", "inForceFrom", "2022-01-01", LATE),
    ("state.procurement_standard", "ProcurementStandard", "status", "in-force", "proposed"),
    ("state.procurement_standard", "ProcurementStandard", "inForceUntil", EARLY, LATE),
    ("state.takes_part", "TreatyParticipation", "participation", "participant", "observer"),
    ("state.takes_part", "TreatyParticipation", "endDate", EARLY, LATE),
    ("state.brings_in_europol", "TreatyParticipation", "participation", "participant", "observer"),
    ("state.halt_ended", "MoratoriumMeasure", "status", "in-force", "announced"),
    ("state.halt_ended", "MoratoriumMeasure", "measureKind", "lifted", "moratorium"),
    ("state.halt_ended", "MoratoriumMeasure", "endDate", "2024-03-01", LATE),
    ("state.halt_ended", "MoratoriumMeasure", "startDate", "2024-01-15", LATE),
    ("state.other_path", "RemedyPath", "status", "open", "closed"),
    ("state.other_path", "RemedyPath", "status", "open", "barred"),
    ("state.other_path", "RemedyPath", "endDate", EARLY, LATE),
    ("vendor.due_diligence_shown", "DueDiligenceReport", "expiresOn", EARLY, LATE),
    ("vendor.registered", "Registration", "status", "submitted", "withdrawn"),
    ("vendor.chain_known", "Ownership", "endDate", EARLY, LATE),
    ("vendor.oversight_established", "OversightBody", "dissolutionDate", EARLY, LATE),
    ("vendor.oversight_established", "Membership", "endDate", EARLY, LATE),
    ("vendor.oversight_established", "Membership", "humanRights", "yes", "no"),
    ("vendor.regulator_told", "RegulatorNotice", "acknowledgedOn", "2024-01-15", LATE),
    ("deal.board_approved", "OversightDecision", "outcome", "approved", "rejected"),
    ("deal.board_approved", "OversightDecision", "expiryDate", "2024-03-01", LATE),
    ("deal.authorised", "ExportLicence", "status", "granted", "revoked"),
    ("deal.authorised", "ExportLicence", "status", "granted", "applied"),
    ("deal.authorised", "ExportLicence", "expiryDate", "2024-03-01", LATE),
    ("deal.certified", "OfficialNotice", "outcome", "given", "refused"),
    ("deal.certified", "OfficialNotice", "expiresOn", "2024-03-01", LATE),
]
"""Fact, type of a record that it takes, and two values of a property that one entry gives it."""


def lifted(folder: Path, fact: str, type: str, name: str, given: str | list[str]) -> int:
    """How strict the fact is where each record of the type that is published gives the property this."""
    with rigged(folder) as rig:
        say = rig.say

        def altered(key: str, **values: Any) -> list[str]:
            return say(key, **({**values, name: given} if values["type"] == type else values))

        rig.say = altered  # type: ignore[method-assign]
        meet(rig, only=(fact,))
        return strict(fact, rig.value(fact, LIFTS[fact][0]))


@pytest.mark.parametrize(("fact", "type", "name", "one", "other"), LIFTED)
def test_what_lifts(tmp_path: Path, fact: str, type: str, name: str, one: str, other: str) -> None:
    alone = [lifted(tmp_path / str(at), fact, type, name, given) for at, given in enumerate((one, other))]
    assert sorted(alone) == [0, 1]
    both = [lifted(tmp_path / f"both-{at}", fact, type, name, given) for at, given in enumerate(([one, other], [other, one]))]  # fmt: skip
    assert both == [1, 1]


def test_an_event_that_revokes_and_reinstates_authorises_nothing(tmp_path: Path) -> None:
    def authorised(at: int, event: str | list[str], date: str | list[str]) -> int:
        with rigged(tmp_path / str(at)) as rig:
            meet(rig, only=("deal.authorised",))
            rig.say("event", type="LicenceEvent", licence="@licence", event=event, date=date)
            return strict("deal.authorised", rig.value("deal.authorised", ""))

    assert [authorised(0, "revoked", "2024-03-01"), authorised(1, "reinstated", "2024-03-01")] == [1, 0]
    assert [authorised(2, ["revoked", "reinstated"], "2024-03-01"), authorised(3, "revoked", ["2024-03-01", LATE])] == [1, 1]  # fmt: skip


@pytest.mark.parametrize("standing", ["confirmed", "reported", "alleged"])
def test_an_allegation_ends_nothing_that_the_same_voice_tells_more_firmly(tmp_path: Path, standing: str) -> None:
    with rigged(tmp_path) as rig:
        rig.say("bar", **BAR)
        rig.say("bar", type="RemedyBarrier", standing=standing, endDate=EARLY)
        found = rig.value("state.remedy_barred", "xb")
        assert (found.truth, found.alleged) == (
            (Truth.UNKNOWN, False) if standing != "alleged" else (Truth.TRUE, False)
        )


@pytest.mark.parametrize("standing", ["reported", "alleged"])
def test_what_is_only_alleged_ends_no_law(tmp_path: Path, standing: str) -> None:
    """An allegation of a last day leaves a reported law in force."""
    law = {"type": "Law", "title": "Act", "jurisdiction": "xb", "status": "in-force", "effect": "weakens-encryption"}
    with rigged(tmp_path) as rig:
        rig.say("law", inForceFrom="2020-01-01", **law)
        rig.say("law", type="Law", inForceUntil=EARLY, standing=standing)
        found = rig.value("state.weakens_encryption", "xb")
        assert (found.truth, found.alleged) == (
            (Truth.UNKNOWN, False) if standing == "reported" else (Truth.TRUE, False)
        )
