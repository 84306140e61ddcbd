"""Each of the thirteen: published through its form, then seen in feed, file, State's or company's page, and as overdue."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest

from sousveil.decisions.procedures.model import About
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.register.model import entity_id
from tests.decisions.procedures.clerk import Clerk

DAY = "2027-06-01"
"""The day on which cells and verdicts are asked: nothing here depends on the day of the test."""
OFFICE, MINISTRY, SERVICE = (
    "Calder Export Office",
    "Ministry of the Interior of Averna",
    "State Protection Service of Sarvia",
)
GLASMOTH, QUIETWATER = "Glasmoth Systems Ltd", "Quietwater Analytics AG"
OWNERS = {
    "open-phones": "Open Phones Collective",
    "calder-export": "Calder Export Office",
    "glasmoth": "Glasmoth Systems Ltd",
    "brackwater-council": "Brackwater City Council",
    "harbour-body": "Harbour Oversight Body",
    "rookery": "Rookery Watch (invented)",
}
"""Rookery Watch is of Sarvia, sells nothing and belongs to nobody: it can confirm what lifts for the other States."""
Values = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One form that is filled in, signed and handed in. `@0` stands for the record of the first step, and so on."""

    form: str
    key: str
    values: Values
    onto: int | None = None
    """Adds to the record of this step."""
    until: str = ""
    """Until when it holds; `..`: it goes on."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A row of the table. Every cell is filled."""

    procedure: str
    steps: Sequence[Step]
    caption: str
    """What the feed calls the record."""
    page: str
    """The State's or company's page."""
    cell: tuple[str, str]
    """Its cell before and after."""
    overdue: tuple[str, str, str]
    """Last day on which it is not overdue, first day on which it is, and what is owed."""
    asked: Mapping[str, str]
    """The question to `decide`."""
    rule: str
    verdict: tuple[str, str]
    """The verdict, and where its answer has the rule (reasons, undecided, duties, silent), before and after."""
    names: tuple[str, bool, bool] = ("", True, True)
    """Where the rule stays where it is: a text, and whether the rule's part of the answer has it before and after."""
    filed: bool = False
    """Glasmoth publishes its records of the parts of a registration first."""
    between: Sequence[tuple[str, str, str]] = ()
    """After each of the first steps: the cell, and where the answer has another rule that they move."""


def company(key: str) -> str:
    return f"/entities/{entity_id('example', key)}/demands"


CASES = (
    Case(
        procedure="a-moratorium",
        steps=(
            Step(form="measure", key="open-phones", values={
                "summary": "Decree 4 of Sarvia", "state": "Sarvian Union", "measureKind": "moratorium",
                "covers": ["sale", "transfer", "use"], "status": "announced",
                "scope": "Every intrusion tool.", "date": "2026-09-01", "legalBasis": "Decree 4 of Sarvia"}),
            Step(form="measure", key="open-phones", values={"status": "in-force", "startDate": "2027-01-10"}, onto=0),
        ),
        caption="Decree 4 of Sarvia", page="/states/xc", cell=("unknown", "met"),
        overdue=("2026-10-01", "2026-10-02", "Put the announced measure into force"),
        asked={"action": "use", "product": "Lampyre", "supplier": GLASMOTH,
               "end_user": SERVICE, "country": "xc"},
        rule="L21-a-4", verdict=("blocked: undecided", "blocked: reasons"), names=("Decree 4 of Sarvia", False, True),
    ),
    Case(
        procedure="b-investigations",
        steps=(
            Step(form="investigation", key="rookery", values={
                "name": "Inquiry of the Averna Ombudsman", "body": MINISTRY, "about": "Phone of a local newspaper",
                "investigationKind": "independent", "quality": ["immediate", "independent", "transparent", "impartial"],
                "status": "open", "startDate": "2026-06-01", "mandate": "Who was watched, and who ordered it."}),
            Step(form="investigation", key="rookery", values={
                "name": "Inquiry of Calder into the newspaper's phone", "body": OFFICE, "about": "Phone of a local newspaper",
                "investigationKind": "independent", "quality": ["immediate", "independent", "transparent", "impartial"],
                "status": "open", "startDate": "2026-06-15"}),
            *(Step(form="investigation", key="open-phones", onto=one, values={"quality": ["independent"]}) for one in (0, 1)),
            *(Step(form="investigation", key="rookery", onto=one, values={"endDate": "2026-07-15"}) for one in (0, 1)),
        ),
        caption="Inquiry of the Averna Ombudsman", page="/states/xb", cell=("unknown", "partly"),
        overdue=("2026-11-28", "2026-11-29", "Results of the investigation"),
        asked={"action": "sale", "product": "Lampyre", "supplier": GLASMOTH,
               "end_user": MINISTRY, "country": "xb"},
        rule="L21-b-1", verdict=("blocked: undecided", "blocked: silent"),
    ),
    Case(
        procedure="c-due-diligence",
        steps=(
            Step(form="report", key="rookery", values={
                "title": "Human rights report 2026", "company": GLASMOTH, "product": "Lampyre", "market": "xb", "endUser": MINISTRY,
                "reviewer": "Rookery Watch (invented)",
                "periodStart": "2026-01-01", "periodEnd": "2026-12-31", "expiresOn": "2028-06-30",
                "identified": "Use against people who are no suspects.",
                "prevented": "No delivery without a judge's order.", "mitigated": "One contract was ended.",
                "accounted": "Told to those concerned, and printed.",
                "principle": ["gp16", "gp17", "gp18", "gp19", "gp20", "gp21", "gp22"]}),
        ),
        caption="Human rights report 2026", page=company("glasmoth"), cell=("unknown", "met"),
        overdue=("2028-06-30", "2028-07-01", "Next due diligence report"),
        asked={"action": "sale", "product": "Lampyre", "supplier": GLASMOTH,
               "end_user": MINISTRY, "country": "xb"},
        rule="L21-c-2", verdict=("blocked: reasons", "blocked: silent"),
    ),
    Case(
        procedure="d-registration",
        steps=(
            Step(form="registration", key="glasmoth", values={
                "company": GLASMOTH, "authority": OFFICE, "registrationNumber": "R-9", "summary": "Second registration of Glasmoth",
                "declares": ["identity", "intermediaries", "products", "due-diligence", "impacts", "sales", "rejections"],
                "status": "amended", "amends": "Registration of Glasmoth Systems", "startDate": "2026-09-01"}),
            Step(form="countersignature", key="calder-export", values={
                "registration": "@0", "authority": OFFICE, "outcome": "confirmed", "date": "2027-01-15"}),
            *(
                Step(form="law", key="rookery", until="..", values={
                    "title": f"Registry Act of {country}", "jurisdiction": country, "status": "in-force", "enforced": "yes",
                    "provides": ["covers-companies", "public-registry"], "inForceFrom": "2026-01-01"})
                for country in ("xa", "xb")
            ),
            *(
                Step(form="law", key="open-phones", until="..", onto=one, values={"enforced": "yes", "provides": ["public-registry"]})
                for one in (2, 3)
            ),
        ),
        caption="Second registration of Glasmoth", page=company("glasmoth"), cell=("partly", "met"),
        overdue=("2026-10-31", "2026-11-01", "Answer of the State to the registration"),
        asked={"action": "sale", "product": "Lampyre", "supplier": GLASMOTH,
               "end_user": MINISTRY, "country": "xb"},
        rule="L21-d-2", verdict=("blocked: duties", "blocked: silent"),
        filed=True, between=(("partly", "L21-d-1", "reasons"), ("met", "L21-d-1", "silent")),
    ),
    Case(
        procedure="e-liability",
        steps=(
            Step(form="ownership", key="open-phones", values={
                "asset": QUIETWATER, "ownerUnspecified": "interestedPartyHasNotProvidedInformation", "interest": "shareholding",
                "percentage": "49", "startDate": "2026-08-01"}),
        ),
        caption="Ownership or control: Quietwater Analytics AG", page=company("quietwater"), cell=("unknown", "not"),
        overdue=("2026-08-31", "2026-09-01", "Disclosure of the owner"),
        asked={"action": "sale", "product": "Heron Desk", "supplier": QUIETWATER,
               "end_user": "Brackwater City Council", "country": "xa"},
        rule="L21-e-2", verdict=("blocked: undecided", "blocked: undecided"),
        names=("the owner has not given the information", False, True),
    ),
    Case(
        procedure="f-contracts",
        steps=(
            Step(form="request", key="open-phones", values={
                "name": "Request 2026/71", "body": SERVICE, "question": "Which contracts exist with Ostrel Trading?",
                "askedOn": "2026-09-01", "status": "asked"}),
            Step(form="request", key="open-phones", onto=0, values={
                "status": "refused", "refusedOn": "2026-12-01", "legalGround": "Secrets Act of Sarvia, section 2"}),
        ),
        caption="Request 2026/71", page="/states/xc", cell=("unknown", "not"),
        overdue=("2026-10-01", "2026-10-02", "Answer to the request for information"),
        asked={"action": "acquire", "product": "Lampyre", "supplier": GLASMOTH,
               "end_user": SERVICE, "country": "xc"},
        rule="L21-f-1", verdict=("blocked: reasons", "blocked: reasons"), names=("Request 2026/71", False, True),
    ),
    Case(
        procedure="g-oversight",
        steps=(
            Step(form="body", key="rookery", values={
                "name": "Quietwater Watch", "country": "xb", "oversees": QUIETWATER, "mandate": "May stop every sale.",
                "quality": ["independent", "multi-stakeholder", "human-rights-groups", "civil-society"], "establishedOn": "2026-01-15"}),
            Step(form="member", key="rookery", values={
                "organization": "@0", "member": "Rookery Watch (invented)", "constituency": "civil-society", "humanRights": "yes",
                "startDate": "2026-01-15"}),
            Step(form="member", key="rookery", values={
                "organization": "@0", "member": "Open Phones Collective", "constituency": "affected-people", "humanRights": "no",
                "startDate": "2026-01-15"}),
            Step(form="member", key="rookery", values={
                "organization": "@0", "member": "Tidewatch Advisers", "constituency": "academia", "humanRights": "no",
                "startDate": "2026-01-15"}),
            Step(form="body", key="open-phones", onto=0, values={"quality": ["independent"]}),
        ),
        caption="Quietwater Watch", page=company("quietwater"), cell=("unknown", "met"),
        overdue=("2026-07-18", "2026-07-19", "Next meeting of the oversight body"),
        asked={"action": "sale", "product": "Heron Desk", "supplier": QUIETWATER,
               "end_user": "Brackwater City Council", "country": "xa"},
        rule="L21-g-1", verdict=("blocked: reasons", "blocked: silent"),
    ),
    Case(
        procedure="h-boards",
        steps=(
            Step(form="proposal", key="brackwater-council", values={
                "name": "Cameras at the harbour", "body": "Brackwater City Council", "vendor": QUIETWATER,
                "purpose": "To count ships.", "product": "Heron Desk", "board": "Brackwater Surveillance Board", "proposedOn": "2026-09-01",
                "noticeDays": "30", "rightsAssessment": "Faces are not read.",
                "status": "proposed"}),
            Step(form="notice", key="brackwater-council", values={
                "acquisition": "@0", "body": "Brackwater City Council", "noticedOn": "2026-09-03", "days": "30", "place": "Town hall"}),
            Step(form="notice", key="rookery", values={
                "acquisition": "@0", "body": "Brackwater City Council", "noticedOn": "2026-09-03", "days": "30", "place": "Town hall"}),
            Step(form="decision", key="rookery", values={
                "name": "Decision 2027-1", "body": "Brackwater Surveillance Board", "about": "@0", "outcome": "approved",
                "date": "2027-02-01", "reason": "No face is read, and nothing is kept.", "votesFor": "6", "votesAgainst": "3"}),
            Step(form="board", key="open-phones", values={
                "name": "Board of the City of Averna", "country": "xb", "mandate": "Every purchase of the city.",
                "power": ["approve", "reject", "human-rights-test", "public-notice", "reporting"], "establishedOn": "2026-10-01"}),
        ),
        caption="Cameras at the harbour", page="/states/xb", cell=("not", "partly"),
        overdue=("2026-12-30", "2026-12-31", "Decision of the board"),
        asked={"action": "acquire", "product": "Heron Desk", "supplier": QUIETWATER,
               "end_user": "Brackwater City Council", "country": "xa"},
        rule="L21-h-1", verdict=("blocked: reasons", "blocked: silent"),
    ),
    Case(
        procedure="i-remedy",
        steps=(
            Step(form="barrier", key="open-phones", values={
                "summary": "Cases against the service are secret.", "state": "Sarvian Union", "barrierKind": "secrecy",
                "status": "in-force", "startDate": "2026-01-10"}),
        ),
        caption="Cases against the service are secret.", page="/states/xc", cell=("unknown", "not"),
        overdue=("2027-01-10", "2027-01-11", "Reform of the barrier"),
        asked={"action": "use", "product": "Lampyre", "supplier": GLASMOTH,
               "end_user": SERVICE, "country": "xc"},
        rule="L21-i-1", verdict=("blocked: reasons", "blocked: reasons"),
        names=("Cases against the service are secret.", False, True),
    ),
    Case(
        procedure="j-lifting",
        steps=(
            Step(form="standard", key="rookery", until="..", values={
                "name": "Procurement rules of Averna", "state": "Kingdom of Averna", "requires": ["ungp-respect", "no-abusing-clients"],
                "status": "proposed", "inForceFrom": "2026-03-01"}),
            Step(form="standard", key="rookery", until="..", onto=0, values={"status": "in-force"}),
        ),
        caption="Procurement rules of Averna", page="/states/xb", cell=("unknown", "partly"),
        overdue=("2026-08-28", "2026-08-29", "Put the proposed procurement standard into force"),
        asked={"action": "sale", "product": "Lampyre", "supplier": GLASMOTH,
               "end_user": MINISTRY, "country": "xb"},
        rule="L21-j-2", verdict=("blocked: reasons", "blocked: reasons"),
        names=("A procurement standard of Averna (invented) in force", True, False),
    ),
    Case(
        procedure="k-markets",
        steps=(
            Step(form="event", key="open-phones", values={
                "name": "Listing of Quietwater", "company": QUIETWATER, "eventKind": "listing", "market": "Brackwater Exchange",
                "announcedOn": "2026-10-01", "plannedFor": "2026-12-01", "status": "announced"}),
            Step(form="notice", key="rookery", values={
                "name": "Notice before the listing of Quietwater", "regulator": "Calder Markets Authority", "company": QUIETWATER,
                "corporateEvent": "@0", "harms": "Two incidents with its products are on file.", "sentOn": "2026-12-05",
                "acknowledgedOn": "2026-12-20"}),
        ),
        caption="Listing of Quietwater", page=company("quietwater"), cell=("unknown", "partly"),
        overdue=("2026-12-01", "2026-12-02", "Notice to the regulator before the event"),
        asked={"action": "list", "product": "Heron Desk", "supplier": QUIETWATER,
               "end_user": "Brackwater City Council", "country": "xa"},
        rule="L21-k-1", verdict=("blocked: reasons", "blocked: silent"),
    ),
    Case(
        procedure="l-encryption",
        steps=(
            Step(form="law", key="open-phones", values={
                "title": "Open Doors Act", "jurisdiction": "xc", "status": "in-force", "effect": "weakens-encryption",
                "inForceFrom": "2026-01-01"}),
        ),
        caption="Open Doors Act", page="/states/xc", cell=("unknown", "not"),
        overdue=("2027-01-01", "2027-01-02", "Repeal of the law that weakens encryption"),
        asked={"action": "sale", "product": "Lampyre", "supplier": GLASMOTH,
               "end_user": SERVICE, "country": "xc"},
        rule="L21-l-1", verdict=("blocked: silent", "blocked: duties"),
    ),
    Case(
        procedure="nso-exporting-states",
        steps=(
            Step(form="order", key="calder-export", values={
                "title": "Order on all licences of Nine Sparrows", "authority": OFFICE, "company": "Nine Sparrows Group (invented)",
                "status": "draft", "publishedAt": "2026-11-01", "reason": "Incident of 2022."}),
            Step(form="order", key="calder-export", onto=0, values={"status": "issued", "issuedOn": "2026-12-01"}),
            Step(form="investigation", key="rookery", values={
                "name": "Inquiry into Nine Sparrows", "body": OFFICE, "about": "Nine Sparrows Group (invented)",
                "quality": ["independent", "impartial", "transparent"], "status": "closed", "startDate": "2026-11-15",
                "endDate": "2027-03-01"}),
            Step(form="statement", key="rookery", values={
                "title": "Statement on Nine Sparrows", "body": OFFICE, "investigation": "@2", "results": "Forty people were watched.",
                "prevention": "No licence for such tools.", "statedOn": "2027-03-10"}),
            Step(form="investigation", key="open-phones", onto=2, values={"quality": ["independent"]}),
        ),
        caption="Order on all licences of Nine Sparrows", page="/states/xa", cell=("unknown", "met"),
        overdue=("2026-11-15", "2026-11-16", "Revocation of all licences of the group"),
        asked={"action": "grant-licence", "product": "Wren", "supplier": "Nine Sparrows Group (invented)",
               "end_user": MINISTRY, "country": "xb"},
        rule="L21-NSO-3", verdict=("blocked: duties", "blocked: silent"),
    ),
)  # fmt: skip


def test_the_table_has_a_row_for_each_procedure() -> None:
    assert [one.procedure for one in CASES] == list(all_procedures())


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.procedure)
def test_published_through_its_form_and_seen_everywhere(clerk: Clerk, case: Case) -> None:
    assert cell(clerk, case) == case.cell[0]
    assert_gap_stands(clerk, case)
    before, late, owed = case.overdue

    assert verdict(clerk, case, 0) == case.verdict[0]
    if case.filed:
        clerk.file_glasmoth()
    first = step(clerk, case, case.steps[0], [])
    assert owed not in overdue(clerk, first, before)
    assert owed in overdue(clerk, first, late)
    made = [first]
    for at, one in enumerate(case.steps):
        if at:
            made.append(step(clerk, case, one, made))
        if at < len(case.between):
            state, rule, place = case.between[at]
            assert (cell(clerk, case), where(clerk, case, rule)) == (state, place)

    assert (first, case.caption) in feed(clerk, case.procedure)
    lines, rows = bulk(clerk, case.procedure)
    assert first in lines and lines == rows
    assert cell(clerk, case) == case.cell[1]
    assert_page_says(clerk, case)
    assert verdict(clerk, case, 1) == case.verdict[1]


def step(clerk: Clerk, case: Case, one: Step, made: Sequence[str]) -> str:
    """Publish one step; gives the id of its record. `made`: the records of the steps before."""
    values: dict[str, str | Sequence[str]] = {
        name: made[int(value[1:])] if isinstance(value, str) and value.startswith("@") else value
        for name, value in one.values.items()
    }
    values |= {
        "statement.publisher": OWNERS[one.key],
        "statement.source": f"https://gazette.example/{case.procedure}/{one.form}",
        "statement.standing": "confirmed",
        "statement.valid_until": one.until,
        "statement.record": made[one.onto] if one.onto is not None else "",
    }
    return clerk.publish(case.procedure, one.form, values, key=one.key).subject


def answered(clerk: Clerk, case: Case) -> Any:
    return clerk.decide({**case.asked, "as_of": DAY})


def where(clerk: Clerk, case: Case, rule: str) -> str:
    """Where the answer has another rule."""
    answer = answered(clerk, case)
    found = (name for name in ("reasons", "undecided", "duties") for one in answer[name] if one["rule"] == rule)
    return next(found, "silent")


def verdict(clerk: Clerk, case: Case, when: int) -> str:
    """What `decide` answers: the verdict, and where it has the rule. Looks into the rule's part for the text of the case."""
    answer = answered(clerk, case)
    places = [
        name for name in ("reasons", "undecided", "duties") if any(one["rule"] == case.rule for one in answer[name])
    ]
    text, *named = case.names
    if text:
        parts = [one for name in places for one in answer[name] if one["rule"] == case.rule]
        assert (text in json.dumps(parts, ensure_ascii=False)) is named[when], parts
    return f"{answer['verdict']}: {', '.join(places) or 'silent'}"


def cell(clerk: Clerk, case: Case) -> str:
    """The cell of the demand on the State's or company's page."""
    data = clerk.json(f"{case.page}?as_of={DAY}")
    cells = data["row"]["cells"] if "row" in data else data["cells"]
    found: list[str] = [one["state"] for one in cells if one["procedure"] == case.procedure]
    assert len(found) == 1
    return found[0]


def assert_gap_stands(clerk: Clerk, case: Case) -> None:
    """Both pages for people show what is missing before anything is published, and the demand's page names the rule."""
    procedure = all_procedures()[case.procedure]
    about = About.STATE if case.page.startswith("/states/") else About.COMPANY
    [gap] = [one for one in procedure.gaps if one.about is about]
    assert len(gap.says.split()) > 5 and gap.says.endswith("."), gap.says
    for path in (case.page, case.page.removesuffix("/demands")):
        text = clerk.get(f"{path}?as_of={DAY}").text
        part = html.unescape(text.split(f'id="d-{case.procedure}"', 1)[1].split("<details>", 1)[0])
        assert (
            ("Nothing recorded:" in part or "Shown not to be so:" in part)
            if case.cell[0] == "partly"
            else gap.says in part
        ), path
    page = clerk.get(f"/procedures/{case.procedure}").text
    assert (
        case.rule in page
        and f"/procedure/{case.procedure}.atom" in page
        and f"/procedures/{case.procedure}.csv" in page
    )


def assert_page_says(clerk: Clerk, case: Case) -> None:
    """The page for people says the new state of the cell in words, under the demand's heading."""
    words = {"met": "met", "partly": "partly met", "not": "not met", "unknown": "unknown"}[case.cell[1]]
    entity = case.page.removesuffix("/demands")
    for path in (case.page, entity):
        text = clerk.get(f"{path}?as_of={DAY}").text
        part = text.split(f'id="d-{case.procedure}"', 1)[1].partition("<p>")[0].partition("<details>")[0]
        assert re.search(rf"(>|recorded, ){words}(<|$)", part.strip()), path


def overdue(clerk: Clerk, record: str, day: str) -> set[str]:
    """What is overdue on a record on a day."""
    found: list[Any] = clerk.json(f"/overdue?as_of={day}&limit=500")["duties"]
    return {one["due"]["label"] for one in found if one["item"]["ref"]["id"] == record}


def feed(clerk: Clerk, procedure: str) -> set[tuple[str, str]]:
    """Records in the feed of a procedure: id and title."""
    got = clerk.get(f"/feeds/procedure/{procedure}.atom")
    root = ElementTree.fromstring(got.text)
    atom = "{http://www.w3.org/2005/Atom}"
    found = root.findall(f"{atom}entry")
    return {(str(one.findtext(f"{atom}id")).rpartition(":")[2], str(one.findtext(f"{atom}title"))) for one in found}


def bulk(clerk: Clerk, procedure: str) -> tuple[set[str], set[str]]:
    """Subjects in both bulk files of a procedure."""
    lines = clerk.get(f"/bulk/procedures/{procedure}.jsonl")
    table = clerk.get(f"/bulk/procedures/{procedure}.csv")
    assert (lines.status, table.status) == (200, 200)
    return (
        {json.loads(line)["subject"] for line in lines.text.splitlines()},
        {row["subject"] for row in csv.DictReader(io.StringIO(table.text))},
    )
