"""What the register makes of the letter, sentence by sentence: each row names the sentence, a scenario, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.decisions.model import Action
from sousveil.decisions.packs import pack
from sousveil.decisions.procedures import cells, items, registry
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.views import breaches, chains_view, company_sales, proposal_view, state_sales
from sousveil.decisions.views.licences import draft_order, exporting_view, orders_of_state, queue
from sousveil.register.model import Statement
from sousveil.register.refusal import Refused
from tests.decisions.rig import FREE, Rig, disclosures_view, sid
from tests.register.maker import private

DAY = "2024-06-01"

A = "(a) Immediately put in place a moratorium on the sale, transfer, and use of surveillance technology."
B = "(b) Conduct an immediate, independent, transparent and impartial investigation into cases of targeted surveillance."
F = "(f) Disclose information about all contracts by responding to requests for information."
I = "(i) Reform existing laws that pose barriers to remedy for victims of unlawful surveillance."  # noqa: E741
NSO = "Exporting States, including Israel, Bulgaria and Cyprus, must immediately revoke all marketing and export licenses."

Record = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """A sentence, what is on file, whom or what is asked about, and what must come of it."""

    sentence: str
    case: str
    records: tuple[Record, ...]
    asks: Callable[[Rig, str], Any]
    expected: Any
    day: str = DAY
    identified: tuple[str, ...] = ()
    """Publishers that prove their domain and have no vouchers."""


def rec(key: str, type: str, **values: Any) -> Record:
    return key, {"type": type, **values}


def cell(country: str, procedure: str) -> Callable[[Rig, str], Any]:
    """State of a cell, since when it is asked without an answer, and for how many days."""

    def found(rig: Rig, day: str) -> Any:
        row = cells.state_row(Board(rig.register.store), country, day_of(day))
        here = next(one for one in row.cells if one.procedure == procedure)
        return here.state, here.asked_since, here.days_asked

    return found


def due(procedure: str, key: str, clock: str) -> Callable[[Rig, str], Any]:
    """A deadline: authority, state, since when, days open, days overdue, and whether what it rests on is only reported."""

    def found(rig: Rig, day: str) -> Any:
        board = Board(rig.register.store)
        declared = registry.all_procedures()[procedure]
        types = [one.type for one in declared.clocks]
        record = next(one for one in items.records(board, declared, types) if one.id == sid(key))
        clocks = {one.clock: one for one in items.dues(board, declared, record, day_of(day))}
        if (here := clocks.get(clock)) is None:
            return None
        return here.authority, here.state, here.started, here.days_open, here.days_over, here.reported

    return found


def owed(procedure: str, key: str, clock: str) -> Callable[[Rig, str], Any]:
    """Who owes it, and on which State's page it is listed."""

    def found(rig: Rig, day: str) -> Any:
        rows = items.open_duties(Board(rig.register.store), day_of(day))
        here = next(one for one in rows if (one.item.ref.id, one.due.clock) == (sid(key), clock))
        return here.due.owed_by and here.due.owed_by.id, here.item.country

    return found


BARRIER = rec(
    "barrier", "RemedyBarrier", summary="Immunity", barrierKind="immunity", state="@averna", startDate="2001-03-01"
)
INQUIRY: dict[str, Any] = {"name": "Inquiry", "body": "@ministry", "about": "@lens", "status": "open"}
ALLEGED_DAY = rec("inquiry", "Investigation", by="ministry", dueOn="2022-03-01", standing="alleged")
ASKED = rec("request", "InformationRequest", name="Request", body="@ministry", status="asked", askedOn="2024-01-01")
DRAFT = rec(
    "order",
    "RevocationOrder",
    name="Order",
    authority="@ministry",
    company="@vireo",
    status="draft",
    publishedAt="2024-01-01",
    dueOn="2024-01-31",
)

ROWS = (
    Row(A, "nothing is on file", (), cell("xb", "a-moratorium"), ("unknown", "2021-07-27", 1040)),
    Row(
        A, "nothing is asked before the letter", (), cell("xb", "a-moratorium"), ("unknown", None, 0), day="2021-07-26"
    ),
    Row(
        A,
        "nothing is asked before the letter",
        (),
        cell("xb", "a-moratorium"),
        ("unknown", "2021-07-27", 0),
        day="2021-07-27",
    ),
    Row(B, "nothing is on file", (), cell("xb", "b-investigations"), ("unknown", "2021-07-27", 1040)),
    Row(NSO, "a State without the group is not asked", (), cell("xb", "nso-exporting-states"), ("unknown", None, 0)),
    *(
        Row(
            NSO,
            f"{code} is named by the letter",
            (),
            cell(code, "nso-exporting-states"),
            ("unknown", "2021-07-27", 1040),
        )
        for code in ("il", "bg", "cy")
    ),
    Row(
        NSO,
        "a company of the group sits in the State",
        (rec("group", "Company", name="Nine Sparrows Group (invented)", country="xb"),),
        cell("xb", "nso-exporting-states"),
        ("unknown", "2021-07-27", 1040),
    ),
    Row(
        I,
        "a barrier of 2001 is asked away since the letter, and nothing is overdue",
        (BARRIER,),
        due("i-remedy", "barrier", "reform"),
        ("letter", "asked", "2021-07-27", 1040, 0, False),
    ),
    Row(
        I,
        "a barrier of 2001, before the letter",
        (BARRIER,),
        due("i-remedy", "barrier", "reform"),
        None,
        day="2020-01-01",
    ),
    Row(
        B,
        "an inquiry that set no day for its results is never overdue",
        (rec("inquiry", "Investigation", **INQUIRY, startDate="2022-01-01"),),
        due("b-investigations", "inquiry", "results"),
        ("letter", "asked", "2022-01-01", 882, 0, False),
    ),
    Row(
        B,
        "an inquiry is overdue by the day that it set itself",
        (rec("inquiry", "Investigation", **INQUIRY, by="ministry", startDate="2019-01-01", dueOn="2020-01-01"),),
        due("b-investigations", "inquiry", "results"),
        ("promise", "overdue", "2019-01-01", 1978, 1613, False),
    ),
    Row(
        B,
        "what is reported is overdue as reported",
        (
            rec("inquiry", "Investigation", **INQUIRY, startDate="2022-01-01"),
            rec("inquiry", "Investigation", by="ministry", dueOn="2022-03-01", standing="reported"),
        ),
        due("b-investigations", "inquiry", "results"),
        ("promise", "overdue", "2022-01-01", 882, 823, True),
    ),
    Row(
        F,
        "a request to which no law sets a day is asked, not overdue",
        (rec("request", "InformationRequest", name="Request", body="@ministry", status="asked", askedOn="2024-01-01"),),
        due("f-contracts", "request", "answer"),
        ("letter", "asked", "2024-01-01", 152, 0, False),
    ),
    Row(
        F,
        "a request is overdue by the day that the law sets",
        (
            rec(
                "request",
                "InformationRequest",
                name="Request",
                body="@ministry",
                status="asked",
                askedOn="2024-01-01",
                dueOn="2024-01-20",
            ),
        ),
        due("f-contracts", "request", "answer"),
        ("law", "overdue", "2024-01-01", 152, 133, False),
    ),
    Row(
        B,
        "a day that somebody else set for an inquiry is no promise",
        (rec("inquiry", "Investigation", **INQUIRY, startDate="2022-01-01", dueOn="2023-01-01"),),
        due("b-investigations", "inquiry", "results"),
        ("letter", "asked", "2022-01-01", 882, 0, False),
    ),
    Row(
        B,
        "a day that is only alleged is no promise",
        (rec("inquiry", "Investigation", **INQUIRY, by="ministry", startDate="2022-01-01"), ALLEGED_DAY),
        due("b-investigations", "inquiry", "results"),
        ("letter", "asked", "2022-01-01", 882, 0, True),
    ),
    Row(
        NSO,
        "the draft of an order by somebody else makes no State overdue",
        (DRAFT,),
        due("nso-exporting-states", "order", "revocation"),
        ("letter", "asked", "2024-01-01", 152, 0, False),
    ),
    Row(
        NSO,
        "an order is overdue by the day that its authority set itself",
        (("order", {**DRAFT[1], "by": "ministry"}),),
        due("nso-exporting-states", "order", "revocation"),
        ("promise", "overdue", "2024-01-01", 152, 122, False),
    ),
    Row(
        F,
        "an earlier day that somebody else adds to a request is no law",
        (ASKED, rec("request", "InformationRequest", by="paper", dueOn="2024-01-20")),
        due("f-contracts", "request", "answer"),
        ("letter", "asked", "2024-01-01", 152, 0, False),
    ),
    Row(
        F,
        "a day that is only alleged is no law",
        (ASKED, rec("request", "InformationRequest", dueOn="2024-01-20", standing="alleged")),
        due("f-contracts", "request", "answer"),
        ("letter", "asked", "2024-01-01", 152, 0, True),
    ),
)

CASE = rec("case", "AbuseIncident", stage="infected", product="@lens", country="xb", targets="2", date="2023-05-01")
FOUR: dict[str, Any] = {
    "name": "Inquiry",
    "body": "@ministry",
    "about": "@case",
    "status": "open",
    "startDate": "2023-06-01",
    "quality": ["immediate", "independent", "transparent", "impartial"],
}
ENDED: dict[str, Any] = {**FOUR, "endDate": "2024-01-01"}
ABROAD = rec("case", "AbuseIncident", stage="infected", vendor="@maker", country="xa", date="2023-05-01")
MAKER = rec("maker", "Company", name="Maker (invented)", country="xb")


def by_two(values: dict[str, Any]) -> tuple[Record, Record]:
    """An inquiry as two publishers tell it, who have nothing to do with each other."""
    return rec("inquiry", "Investigation", **values), rec("inquiry", "Investigation", second=True, **values)


def label(key: str) -> Callable[[Rig, str], Any]:
    """The label of a record of the second demand."""

    def found(rig: Rig, day: str) -> Any:
        board, declared = Board(rig.register.store), registry.all_procedures()["b-investigations"]
        record = board.record(sid(key))
        assert record is not None
        return items.item_of(board, declared, record, day_of(day)).state_label

    return found


ROWS += (
    Row(
        B,
        "two infected journalists start the duty to investigate, owed by the State where it happened",
        (CASE,),
        due("b-investigations", "case", "investigation"),
        ("letter", "asked", "2023-05-01", 397, 0, False),
    ),
    Row(
        B,
        "the State of the incident",
        (CASE,),
        owed("b-investigations", "case", "investigation"),
        (sid("averna"), "xb"),
    ),
    Row(
        B,
        "an incident before the letter is asked about since the letter",
        (rec("case", "AbuseIncident", stage="infected", product="@lens", country="xb", date="2019"),),
        due("b-investigations", "case", "investigation"),
        ("letter", "asked", "2021-07-27", 1040, 0, False),
    ),
    Row(
        B,
        "a reported incident starts it as reported",
        (rec("case", "AbuseIncident", stage="infected", country="xb", date="2023-05-01", standing="reported"),),
        due("b-investigations", "case", "investigation"),
        ("letter", "asked", "2023-05-01", 397, 0, True),
    ),
    Row(
        B,
        "an allegation alone starts nothing",
        (rec("case", "AbuseIncident", stage="infected", country="xb", date="2023-05-01", standing="alleged"),),
        due("b-investigations", "case", "investigation"),
        None,
    ),
    Row(
        B,
        "an investigation with all four qualities, found by two publishers, ends it",
        (CASE, *by_two(ENDED)),
        due("b-investigations", "case", "investigation"),
        ("letter", "met", "2023-05-01", 245, 0, False),
    ),
    Row(B, "it is labelled so", (CASE, *by_two(ENDED)), label("case"), "investigated as the letter asks"),
    Row(
        B,
        "one that was only opened ends nothing",
        (CASE, *by_two(FOUR)),
        due("b-investigations", "case", "investigation"),
        ("letter", "asked", "2023-05-01", 397, 0, False),
    ),
    Row(B, "one that was only opened is labelled so", (CASE, *by_two(FOUR)), label("case"), "investigation opened"),
    Row(
        B,
        "an inquiry of the State of the vendor ends no duty of the State where it happened",
        (MAKER, ABROAD, *by_two(ENDED)),
        due("b-investigations", "case", "investigation"),
        ("letter", "asked", "2023-05-01", 397, 0, False),
    ),
    Row(
        B,
        "nor is it an inquiry of that State",
        (MAKER, ABROAD, *by_two(ENDED)),
        label("case"),
        "no investigation recorded",
    ),
    Row(
        B,
        "a State that somebody else names in it owes no less than the first",
        (MAKER, ABROAD, rec("case", "AbuseIncident", by="paper", country="xb"), *by_two(ENDED)),
        label("case"),
        "no investigation recorded",
    ),
    Row(
        B,
        "an incident that is only alleged is labelled so",
        (rec("case", "AbuseIncident", stage="infected", country="xb", date="2023-05-01", standing="alleged"),),
        label("case"),
        "reported by allegation only, or withdrawn",
    ),
    Row(
        B,
        "four qualities by the word of one publisher end nothing",
        (CASE, rec("inquiry", "Investigation", **FOUR)),
        due("b-investigations", "case", "investigation"),
        ("letter", "asked", "2023-05-01", 397, 0, False),
    ),
    Row(
        B,
        "an investigation without the qualities ends nothing",
        (CASE, rec("inquiry", "Investigation", **{**FOUR, "quality": ["independent"]})),
        due("b-investigations", "case", "investigation"),
        ("letter", "asked", "2023-05-01", 397, 0, False),
    ),
)

SPARROWS = rec("sparrows", "Company", name="Nine Sparrows Group (invented)", country="xb")
LICENCE: dict[str, Any] = {"name": "Licence", "issuer": "@ministry"}
OF_SPARROWS = rec("licence", "ExportLicence", **LICENCE, licensee="@sparrows", issueDate="2022-01-01")
OF_VIREO = rec("licence", "ExportLicence", **LICENCE, licensee="@vireo", issueDate="2022-01-01")


def order(company: str) -> Callable[[Rig, str], Any]:
    """Live licences of the group of a company; since when an order to revoke is asked for, and for how many days."""

    def found(rig: Rig, day: str) -> Any:
        (state,) = exporting_view(rig.register.store, sid(company), as_of=day).states
        (listed,) = orders_of_state(rig.register.store, "xb", queue(rig.register.store, as_of=day), as_of=day)
        assert (listed.live, listed.asked_since, listed.days_open) == (state.live, state.asked_since, state.days_open)
        return state.live, state.asked_since, state.days_open

    return found


ROWS += (
    Row(NSO, "of its group an order is asked", (SPARROWS, OF_SPARROWS), order("sparrows"), (1, "2022-01-01", 882)),
    Row(NSO, "of no other company it is asked", (OF_VIREO,), order("vireo"), (1, None, 0)),
    Row(
        NSO,
        "but for a licence that touches an open incident",
        (OF_VIREO, rec("case", "AbuseIncident", stage="infected", vendor="@vireo", date="2023-05-01")),
        order("vireo"),
        (1, "2022-01-01", 882),
    ),
    Row(
        NSO,
        "a licence that names no first day is not counted",
        (SPARROWS, OF_SPARROWS, rec("undated", "ExportLicence", **LICENCE, licensee="@sparrows")),
        order("sparrows"),
        (2, "2022-01-01", 882),
    ),
)


def truth(fact: str, subject: str) -> Callable[[Rig, str], Any]:
    """What decisions say of a fact."""

    def found(rig: Rig, day: str) -> Any:
        return rig.value(fact, subject, as_of=day).truth.name

    return found


ROWS += (
    Row(
        B,
        "an inquiry that has only begun investigated nothing",
        (CASE, *by_two(FOUR)),
        truth("state.cases_investigated", "xb"),
        "UNKNOWN",
    ),
    Row(
        B,
        "one that ended did",
        (CASE, *by_two(ENDED)),
        truth("state.cases_investigated", "xb"),
        "TRUE",
    ),
    Row(
        B,
        "one that is to end later did not",
        (CASE, *by_two({**FOUR, "endDate": "2024-06-02"})),
        truth("state.cases_investigated", "xb"),
        "UNKNOWN",
    ),
)


def broken(country: str) -> Callable[[Rig, str], Any]:
    """Breaches of a State's measure: record, measure, companies, activity, since when, days overdue, over, reported, exceptions."""

    def found(rig: Rig, day: str) -> Any:
        return [
            (
                one.record.id,
                one.measure.id,
                [each.id for each in one.companies],
                one.activity,
                one.since,
                one.days_over,
                one.ended,
                one.reported,
                [each.says for each in one.exceptions],
            )
            for one in breaches(Board(rig.register.store), day_of(day), country)
        ]

    return found


def blocking(action: str = "sale") -> Callable[[Rig, str], Any]:
    """The rules by which the State's own measure blocks, with what they say, and the notes on exceptions."""

    def found(rig: Rig, day: str) -> Any:
        answer = rig.judge(action, as_of=day)
        said = [(one.rule, one.says) for one in answer.reasons if one.rule in ("L21-a-4", "L21-a-5")]
        return said, [one for one in answer.notes if "except" in one]

    return found


HALT: dict[str, Any] = {
    "state": "@averna",
    "measureKind": "moratorium",
    "status": "in-force",
    "startDate": "2023-01-01",
}
MEASURE = rec("decree", "MoratoriumMeasure", summary="Decree 11", covers=["sale", "transfer", "use"], **HALT)
SPARING = ("decree", {**MEASURE[1], "excepts": "@vireo", "exception": "What Vireo delivers."})
VAGUE = ("decree", {**MEASURE[1], "exception": "Rescue services."})
DURING = rec("licence", "ExportLicence", **LICENCE, licensee="@vireo", issueDate="2024-01-01")
BOUGHT = rec(
    "deal",
    "Contract",
    title="Contract 9",
    buyer="@ministry",
    supplier="@vireo",
    stage="signed",
    contractDate="2024-05-01",
)
GONE = rec("goods", "Supply", supplier="@vireo", recipient="@ministry", startDate="2024-05-31", standing="reported")
SAYS_EXCEPTED = (
    "A State's own measure excepts this. Under (a) it stays blocked: the letter asks for a halt without exceptions."
)
SAYS_OPEN = (
    "“Decree 11” of its own State makes an exception: “Rescue services”. The register does not record whether it covers this. Under (a) "
    "it stays blocked."
)
SAYS_HALTED = ("L21-a-4", "It is halted by a measure of Averna (invented), as the letter asks.")

ROWS += (
    Row(
        A,
        "a licence during a halt in force breaches it",
        (MEASURE, DURING),
        broken("xb"),
        [(sid("licence"), sid("decree"), [sid("vireo")], "sale", "2024-01-01", 152, False, False, [])],
    ),
    Row(
        A,
        "a contract breaches it",
        (MEASURE, BOUGHT),
        broken("xb"),
        [(sid("deal"), sid("decree"), [sid("vireo")], "sale", "2024-05-01", 31, False, False, [])],
    ),
    Row(
        A,
        "a delivery that is reported breaches it as reported",
        (MEASURE, GONE),
        broken("xb"),
        [(sid("goods"), sid("decree"), [sid("vireo")], "transfer", "2024-05-31", 1, False, True, [])],
    ),
    Row(
        A,
        "what is only alleged breaches nothing",
        (MEASURE, ("goods", {**GONE[1], "standing": "alleged"})),
        broken("xb"),
        [],
    ),
    Row(A, "a licence of before the halt breaches nothing", (MEASURE, OF_VIREO), broken("xb"), []),
    Row(
        A,
        "a licence of that year may be of before it",
        (("decree", {**MEASURE[1], "startDate": "2024-01-02"}), ("licence", {**DURING[1], "issueDate": "2024"})),
        broken("xb"),
        [],
    ),
    Row(
        A,
        "a planned purchase breaches nothing",
        (MEASURE, ("deal", {**BOUGHT[1], "stage": "planned"})),
        broken("xb"),
        [],
    ),
    Row(
        A,
        "a measure that halts use alone is breached by no contract",
        (("decree", {**MEASURE[1], "covers": "use"}), BOUGHT),
        broken("xb"),
        [],
    ),
    Row(
        A,
        "a measure that is only announced is breached by nothing",
        (("decree", {**MEASURE[1], "status": "announced"}), BOUGHT),
        broken("xb"),
        [],
    ),
    Row(
        A,
        "another State's measure is breached by nothing here",
        (("decree", {**MEASURE[1], "state": "@calder"}), DURING),
        broken("xa"),
        [],
    ),
    Row(
        A,
        "a licence that was revoked is a breach that is over",
        (
            MEASURE,
            DURING,
            rec("end", "LicenceEvent", licence="@licence", event="revoked", date="2024-03-01", authority="@ministry"),
        ),
        broken("xb"),
        [(sid("licence"), sid("decree"), [sid("vireo")], "sale", "2024-01-01", 0, True, False, [])],
    ),
    Row(A, "whom the measure leaves out by name breaches nothing", (SPARING, DURING, BOUGHT), broken("xb"), []),
    Row(
        A,
        "an exception that names nobody makes nothing overdue",
        (VAGUE, BOUGHT),
        broken("xb"),
        [
            (
                sid("deal"),
                sid("decree"),
                [sid("vireo")],
                "sale",
                "2024-05-01",
                0,
                False,
                False,
                ["Exception: Rescue services."],
            ),
        ],
    ),
    Row(A, "a measure without an exception halts", (MEASURE,), blocking(), ([SAYS_HALTED], [])),
    Row(
        A,
        "what the State's own measure excepts stays blocked, and the sentence says so",
        (SPARING,),
        blocking(),
        (
            [
                (
                    "L21-a-5",
                    SAYS_EXCEPTED,
                )
            ],
            ["A measure of Averna (invented) itself excepts this deal."],
        ),
    ),
    Row(
        A,
        "an exception that names nobody stands beside the block",
        (VAGUE,),
        blocking(),
        (
            [SAYS_HALTED],
            [
                SAYS_OPEN,
            ],
        ),
    ),
    Row(
        A,
        "an exception that somebody else adds takes no block away",
        (MEASURE, rec("decree", "MoratoriumMeasure", by="paper", excepts="@vireo", standing="reported")),
        lambda rig, day: blocking()(rig, day)[0][:1],
        [SAYS_HALTED],
    ),
)


DECREE = "MoratoriumMeasure"
BROKEN = (sid("licence"), sid("decree"), [sid("vireo")], "sale", "2024-01-01", 152, False, False, [])
SPARES_OTHER = ("decree", {**MEASURE[1], "excepts": "@calder"})
LATER: dict[str, Any] = {**MEASURE[1], "startDate": "2023-09-01", "by": "stranger", "standing": "alleged"}
ALLEGED: dict[str, Any] = {"by": "stranger", "standing": "alleged"}


def unknowns(rig: Rig, day: str) -> Any:
    """What is missing to say whether the State's own measure halts a sale."""
    return [
        need
        for one in rig.judge("sale", as_of=day).undecided
        if one.rule == "L21-a-4"
        for need in one.needs
        if "Averna" in need
    ]


ROWS += (
    *(
        Row(A, f"a stranger's {what} hides no breach", (MEASURE, DURING, added), broken("xb"), [BROKEN])
        for what, added in (
            ("alleged later measure that spares the company", ("decree-2", {**LATER, "excepts": "@vireo"})),
            ("alleged later measure with a vague exception", ("decree-2", {**LATER, "exception": "All."})),
            ("alleged end of the halt", ("decree-2", {**LATER, "measureKind": "lifted"})),
            ("alleged refusal of the licence", rec("licence", "ExportLicence", status="refused", **ALLEGED)),
            ("alleged exception", rec("decree", DECREE, exception="All.", **ALLEGED)),
            ("later day", rec("licence", "ExportLicence", by="stranger", issueDate="2024-05-31", standing="reported")),
        )
    ),
    Row(
        A,
        "an alleged end user whom the measure spares hides no breach",
        (SPARES_OTHER, DURING, rec("licence", "ExportLicence", endUser="@calder", **ALLEGED)),
        broken("xb"),
        [BROKEN],
    ),
    Row(
        A,
        "an alleged maker whom the measure spares hides no breach",
        (
            SPARES_OTHER,
            ("licence", {**DURING[1], "product": "@thing"}),
            rec("thing", "SurveillanceProduct", name="Thing", vendor="@vireo"),
            rec("thing", "SurveillanceProduct", vendor="@calder", **ALLEGED),
        ),
        broken("xb"),
        [BROKEN],
    ),
    Row(
        A,
        "an alleged day makes no breach",
        (MEASURE, OF_VIREO, rec("licence", "ExportLicence", issueDate="2024-01-01", **ALLEGED)),
        broken("xb"),
        [],
    ),
    Row(
        A,
        "a contract that begins later breaches the halt from the day of its signature",
        (MEASURE, ("deal", {**BOUGHT[1], "startDate": "2024-12-01"})),
        broken("xb"),
        [(sid("deal"), sid("decree"), [sid("vireo")], "sale", "2024-05-01", 31, False, False, [])],
    ),
    Row(
        A,
        "an alleged measure is breached by nothing",
        (("decree", {**MEASURE[1], "standing": "alleged"}), DURING),
        broken("xb"),
        [],
    ),
    Row(
        A,
        "a reported measure makes a breach reported",
        (("decree", {**MEASURE[1], "standing": "reported"}), DURING),
        broken("xb"),
        [(*BROKEN[:7], True, [])],
    ),
    Row(
        A,
        "whom its own publisher only alleges to be spared stays blocked",
        (MEASURE, rec("decree", DECREE, excepts="@vireo", standing="alleged")),
        lambda rig, day: [
            (one.rule, one.effect) for one in rig.judge("sale", as_of=day).reasons if one.rule in ("L21-a-4", "L21-a-5")
        ],
        [("L21-a-4", "blocked")],
    ),
    Row(
        A,
        "a stranger's exception is not the measure's own",
        (MEASURE, rec("decree", DECREE, exception="All.", **ALLEGED)),
        blocking(),
        ([SAYS_HALTED], []),
    ),
    Row(A, "a measure in force that spares the company is not called announced", (SPARING,), unknowns, []),
)


def drafted(company: str) -> Callable[[Rig, str], Any]:
    """A draft order: its reason, the deadline of the public statement once it is signed, and whether it is of the clause."""

    def found(rig: Rig, day: str) -> Any:
        draft = draft_order(rig.register.store, sid(company), "xb", as_of=day)
        lines = [msgspec.json.decode(one, type=Statement) for one in draft.lines.encode().splitlines()]
        (reason,) = {one.value for one in lines if one.property == "reason"}
        assert f"Reason: {reason}" in draft.text.splitlines()
        rig.publisher("ministry")
        rig.register.publish(lines, private("ministry"), receipt=False)
        board, declared = Board(rig.register.store), registry.all_procedures()["b-investigations"]
        (record,) = board.records["Investigation"]
        (due_one,) = items.dues(board, declared, record, day_of(day))
        clause = "investigationKind" in {one.property for one in lines}
        return reason, due_one.authority, due_one.due, clause

    return found


REASON_B = (
    "The joint open letter of July 2021 asks every State, in demand (b), to revoke all marketing and export licences where human rights "
    "are put at risk."
)
REASON_NSO = (
    "The joint open letter of July 2021 asks every exporting State to revoke at once all marketing and export licences of NSO Group and "
    "its entities."
)


def cited(rule: str) -> Callable[[Rig, str], Any]:
    """The citation of a rule that blocks, and what is missing."""

    def found(rig: Rig, day: str) -> Any:
        (here,) = (one for one in rig.judge("sale", as_of=day).reasons if one.rule == rule and "Averna" in one.says)
        return "a reading of this pack, not the words of the text" in here.citation, {
            one.rpartition(". ")[2] for one in here.needs
        }

    return found


J = "(j) Implement domestic legislation that imposes safeguards against human rights violations and abuses."

ROWS += (
    Row(
        B,
        "a draft order against another group gives (b) as its reason, and its statement has a deadline",
        (OF_VIREO,),
        drafted("vireo"),
        (REASON_B, "promise", "2025-06-01", False),
    ),
    Row(
        NSO,
        "a draft order against the group gives the clause",
        (SPARROWS, OF_SPARROWS),
        drafted("sparrows"),
        (REASON_NSO, "promise", "2025-06-01", True),
    ),
    Row(
        J,
        "that such a law has ten parts is our reading",
        (),
        cited("L21-j-1"),
        (True, {"These parts are our reading of (j)."}),
    ),
)


def asked(key: str) -> Callable[[Rig, str], Any]:
    """A request: label, state of its deadline, day of the answer, days taken, days overdue, the need on the State's page, the duty (f)."""

    def found(rig: Rig, day: str) -> Any:
        board, declared = Board(rig.register.store), registry.all_procedures()["f-contracts"]
        record = board.record(sid(key))
        assert record is not None
        item = items.item_of(board, declared, record, day_of(day))
        (here,) = item.due
        row = next(one for one in cells.state_row(board, "xb", day_of(day)).cells if one.procedure == "f-contracts")
        need = next(one for one in row.needs if one.name == "requests")
        duty = "L21-f-2" in {one.rule for one in rig.judge("sale", as_of=day).duties}
        return item.state, here.state, here.met_on, here.days_open, here.days_over, need.state, duty

    return found


def waiting(key: str) -> Callable[[Rig, str], Any]:
    """States of the open steps of a request, and how many requests of its State are counted as open."""

    def found(rig: Rig, day: str) -> Any:
        board = Board(rig.register.store)
        open_steps = [one.due.state for one in items.open_duties(board, day_of(day)) if one.item.ref.id == sid(key)]
        page = disclosures_view(rig.register.store, "xb", as_of=day)
        return open_steps, page.counts["requests_open"]

    return found


DUE = ("request", {**ASKED[1], "dueOn": "2024-01-20"})
ANSWER: dict[str, Any] = {"answeredOn": "2024-01-15", "answer": "Two contracts."}
BY_OFFICE = rec("request", "InformationRequest", by="ministry", **ANSWER)

ROWS += (
    Row(
        F,
        "an identified office answered: it is open, and not late",
        (DUE, BY_OFFICE),
        asked("request"),
        ("replied", "replied", "2024-01-15", 14, 0, "unknown", False),
        identified=("ministry",),
    ),
    Row(
        F,
        "what an office answered before it was asked is no answer",
        (DUE, ("request", {**BY_OFFICE[1], "answeredOn": "2020-01-15"})),
        asked("request"),
        ("asked", "overdue", None, 152, 133, "not", True),
        identified=("ministry",),
    ),
    Row(
        F,
        "the answer of an identified office stays on the list of open steps",
        (DUE, BY_OFFICE),
        waiting("request"),
        (["replied"], 1),
        identified=("ministry",),
    ),
    Row(
        F,
        "the answer of another identified key is a claim, and the clock runs",
        (DUE, rec("request", "InformationRequest", by="paper-2", **ANSWER)),
        asked("request"),
        ("asked", "overdue", None, 152, 133, "not", True),
        identified=("paper-2",),
    ),
    Row(
        F,
        "whoever asked confirms it: it is answered",
        (DUE, rec("request", "InformationRequest", **ANSWER)),
        asked("request"),
        ("answered", "met", "2024-01-15", 14, 0, "met", False),
    ),
)

H = "(h) Establish community public oversight boards to oversee and approve the acquisition or use of new surveillance technologies."


def accepted(rig: Rig, day: str) -> Any:
    """What an answer says of an approval that it does not accept, and what the page says; the same reason, or nothing."""
    said = rig.value("deal.board_approved", "", "use", as_of=day)
    view = proposal_view(rig.register.store, sid("plan"), as_of=day)
    assert view is not None
    (note,) = (one.note for one in view.steps if one.kind == "decision")
    reason = said.needs.partition("it does not count: ")[2].removesuffix(".")
    assert reason in note
    assert ("Answers do not accept it" in note) is bool(reason)
    return reason, view.proposal.stands.stage


BOARD = rec("council", "OversightBody", name="Council", country="xb", bodyKind="community", oversees="@ministry",
            power=["approve", "reject", "human-rights-test", "public-notice", "reporting"])  # fmt: skip
PLAN = rec("plan", "Acquisition", by="ministry", body="@ministry", product="@lens", vendor="@vireo", board="@council",
           proposedOn="2024-02-01")  # fmt: skip
DECIDED = rec("yes", "OversightDecision", by="council", body="@council", about="@plan", outcome="approved", reason="x",
              date="2024-05-01")  # fmt: skip


SAYS_43 = (
    "Decision: approved: sources that count show 0 days of public notice before it, and 30 are asked for; "
    "19 March 2024: Ministry of the Interior of Averna benefits from it"
)


def notice(day: str, by: str) -> Record:
    """A public notice of the plan."""
    return rec("notice", "PublicNotice", by=by, acquisition="@plan", noticedOn=day, days="10")


ROWS += (
    Row(
        H,
        "43 days of public notice that count",
        (BOARD, PLAN, notice("2024-03-19", "council"), DECIDED),
        accepted,
        ("", "approved"),
    ),
    Row(
        H,
        "43 days of public notice by the office that buys",
        (BOARD, PLAN, notice("2024-03-19", "ministry"), DECIDED),
        accepted,
        (
            SAYS_43,
            "approved",
        ),
    ),
    Row(
        H,
        "fewer days of public notice than the letter asks for",
        (BOARD, PLAN, notice("2024-04-20", "council"), DECIDED),
        accepted,
        (
            "Decision: approved: sources that count show 11 days of public notice before it, and 30 are asked for",
            "approved",
        ),
    ),
)


def answering(vendor: str) -> Callable[[Rig, str], Any]:
    """Who answers for an incident with the vendor's products: whom, in which words, and whether it is today's owner or successor."""

    def found(rig: Rig, day: str) -> Any:
        (happened,) = chains_view(rig.register.store, sid(vendor), as_of=day).incidents
        return [(one.ref.id, one.how_words, one.today) for one in happened.answerable]

    return found


def helped(rig: Rig, day: str) -> Any:
    """What a person reads of a court on the page of who answers: contact, time limit, legal aid."""
    (happened,) = chains_view(rig.register.store, sid("vireo"), as_of=day).incidents
    return [path.practical for path in happened.answerable[0].paths.rows]


def owed_on(key: str) -> Callable[[Rig, str], Any]:
    """The label of a request, its deadlines (authority, state, due, who owes it), and how many refusals the State's page counts."""

    def found(rig: Rig, day: str) -> Any:
        board, declared = Board(rig.register.store), registry.all_procedures()["f-contracts"]
        record = board.record(sid(key))
        assert record is not None
        item = items.item_of(board, declared, record, day_of(day))
        dues = {
            one.clock: (one.authority, one.state, one.due, one.owed_by.id if one.owed_by else None) for one in item.due
        }
        return item.state, dues, disclosures_view(rig.register.store, "xb", as_of=day).counts["requests_refused"]

    return found


E = "(e) Ensure that all surveillance companies domiciled in their countries are held liable for their negative human rights impacts."
ABUSE = rec("abuse", "AbuseIncident", stage="infected", vendor="@vireo", country="xb", date="2022-05-01")
OWNERS = (
    rec("old", "Company", name="Old Holding (invented)", country="xa"),
    rec("new", "Company", name="New Holding (invented)", country="xa"),
    rec("heir", "Company", name="Heir (invented)", country="xa"),
    rec(
        "owned",
        "Ownership",
        owner="@old",
        asset="@vireo",
        percentage="100",
        startDate="2020-01-01",
        endDate="2023-01-01",
    ),
    rec("owns", "Ownership", owner="@new", asset="@vireo", percentage="100", startDate="2023-01-02"),
    rec("succeeds", "Succession", predecessor="@vireo", successor="@heir", date="2024-01-01"),
)
COURT = rec(
    "court", "RemedyPath", name="Court", country="xa", pathKind="court", against="home", status="open", contact="Square 1",
    timeLimit="Three years.", legalAid="The bar.",
)  # fmt: skip
REFUSAL = ("request", {**ASKED[1], "status": "refused", "refusedOn": "2024-01-20", "dueOn": "2024-01-30"})
APPEAL = rec(
    "request",
    "InformationRequest",
    status="appealed",
    appealedOn="2024-02-01",
    appealBody="@bench",
    appealDueOn="2024-04-01",
)
BENCH = rec("bench", "PublicBody", name="Bench (invented)", country="xb")
ORDERED = rec("request", "InformationRequest", ruling="answer", ruledOn="2024-03-15", complyBy="2024-04-15")
REFUSED_IN_TIME = ("law", "refused", "2024-01-30", sid("ministry"))

ROWS += (
    Row(
        E,
        "today's owner and the successor stand beside the owner at the time",
        (*OWNERS, ABUSE),
        answering("vireo"),
        [
            (sid("vireo"), "made it", False),
            (sid("old"), "control", False),
            (sid("heir"), "came after it: its successor", True),
            (sid("new"), "owns it today, and did not on that day", True),
        ],
    ),
    Row(
        I,
        "a court with its contact, time limit and legal aid",
        (COURT, ABUSE),
        helped,
        [["Contact: Square 1", "Time limit: Three years.", "Legal aid: The bar."]],
    ),
    Row(F, "a refusal is counted", (REFUSAL,), owed_on("request"), ("refused", {"answer": REFUSED_IN_TIME}, 1)),
    Row(
        F,
        "an appeal has a body and a day by which it rules",
        (BENCH, REFUSAL, APPEAL),
        owed_on("request"),
        ("appealed", {"answer": REFUSED_IN_TIME, "ruling": ("law", "overdue", "2024-04-01", sid("bench"))}, 1),
    ),
    Row(
        F,
        "a ruling that orders an answer has to be obeyed",
        (BENCH, REFUSAL, APPEAL, ORDERED),
        owed_on("request"),
        (
            "ordered",
            {
                "answer": REFUSED_IN_TIME,
                "ruling": ("law", "met", "2024-04-01", sid("bench")),
                "compliance": ("law", "overdue", "2024-04-15", sid("ministry")),
            },
            1,
        ),
    ),
    Row(
        F,
        "an answer obeys it",
        (
            BENCH,
            REFUSAL,
            APPEAL,
            ORDERED,
            rec("request", "InformationRequest", answeredOn="2024-04-10", answer="All.", status="answered"),
        ),
        owed_on("request"),
        (
            "answered",
            {
                "answer": ("law", "met-late", "2024-01-30", sid("ministry")),
                "ruling": ("law", "met", "2024-04-01", sid("bench")),
                "compliance": ("law", "met", "2024-04-15", sid("ministry")),
            },
            0,
        ),
    ),
)


D = (
    "(d) Adopt and enforce a legal framework requiring transparency by private surveillance companies, including information on "
    "self-identification/registration; products and services offered; the results of regular due diligence including details of how they "
    "addressed identified risks and actual impacts; and sales made as well as potential clients rejected."
)


def registered(key: str = "form") -> Callable[[Rig, str], Any]:
    """A registration: its label, the parts of the company's cell that are not met, whether the rule counts one, what it misses of sales."""

    def found(rig: Rig, day: str) -> Any:
        board, declared = Board(rig.register.store), registry.all_procedures()["d-registration"]
        record = board.record(sid(key))
        assert record is not None
        (cell,) = (one for one in cells.company_cells(board, sid("vireo"), day_of(day)) if one.letter == "d")
        value = rig.value("vendor.registered", "vireo", as_of=day)
        named = value.needs.partition("not declared: ")[2].partition(")")[0]
        return (
            items.item_of(board, declared, record, day_of(day)).state,
            {one.name: one.state for one in cell.needs if one.state != "met"},
            value.truth.name,
            named,
        )

    return found


def sold(rig: Rig, day: str) -> Any:
    """The sales of the company beside each other: record, declared in it, declared as, reported by, a gap."""
    rows = company_sales(Board(rig.register.store), sid("vireo"), day_of(day))
    assert rows == state_sales(Board(rig.register.store), "xa", day_of(day))
    return [
        (one.record.id, one.declared, [each.id for each in one.declared_as], one.reported_by, one.gap) for one in rows
    ]


def gaps(rig: Rig, day: str) -> dict[str, bool]:
    """The company's sales by key, and whether each is a gap."""
    names = {sid(key): key for key in rig.ids}
    return {names[id]: gap for id, *_, gap in sold(rig, day)}


def report(key: str, **values: Any) -> Record:
    """A sale of the company that a newspaper reports."""
    return rec(key, "Supply", by="paper", standing="reported", supplier="@vireo", **values)


def own(key: str, type: str, **values: Any) -> Record:
    """A record of the company itself."""
    return rec(key, type, by="vireo", **values)


TICKS: dict[str, Any] = {
    "company": "@vireo", "status": "submitted", "startDate": "2024-01-01", "declaresNone": ["intermediaries", "rejections"],
    "declares": ["identity", "products", "due-diligence", "impacts", "sales"],
}  # fmt: skip
FORM = own("form", "Registration", **TICKS)
OFFICE = rec("registry", "PublicBody", name="Registry", country="xa", partOf="@calder", office="registry")


def signed(of: str = "form", outcome: str = "confirmed", date: str = "2024-02-01") -> Record:
    """The registry's answer to a registration."""
    reason = {} if outcome == "confirmed" else {"reason": "Parts are missing."}
    return rec(f"answer-{of}", "Countersignature", by="registry", registration=f"@{of}", authority="@registry", outcome=outcome,
               date=date, **reason)  # fmt: skip


FILED = {
    "identity": own("control", "Ownership", asset="@vireo", ownerUnspecified="noBeneficialOwners"),
    "products": own("lens", "SurveillanceProduct", name="Vireo Lens", vendor="@vireo"),
    "due-diligence": own("risks", "DueDiligenceReport", title="Report", company="@vireo", identified="Lawyers."),
    "impacts": own("acts", "DueDiligenceReport", title="Acts", company="@vireo", prevented="A list of whom it does not read."),
    "sales": own("sale", "Supply", supplier="@vireo", recipient="@ministry", destination="xb", startDate="2023-02-01"),
}  # fmt: skip
WHOLE = (OFFICE, *FILED.values(), FORM, signed())
DONE = ("confirmed", {}, "TRUE", "")
TO_GUARDS = rec(
    "guards", "PublicBody", name="Guards of Dorn (invented)", country="xc"
), rec("other-sale", "Supply", by="paper", standing="reported", supplier="@vireo", recipient="@guards", summary="Guards buy")  # fmt: skip
SAME = rec(
    "claim", "ClientClaim", by="paper", standing="reported", client="@ministry", vendor="@vireo", stage="reported"
)
AGAIN = own("again", "Registration", **{**TICKS, "status": "amended", "startDate": "2024-03-01"}, amends="@form")


def waiting_for(*parts: str, sale: str = "") -> tuple[str, dict[str, str], str, str]:
    """A registration of which these parts are ticked and not shown."""
    return "partial", {**dict.fromkeys(parts, "partly"), "countersigned": "unknown"}, "UNKNOWN", sale


ROWS += (
    Row(D, "ticks show nothing", (OFFICE, FORM, signed()), registered(), waiting_for(*FILED)),
    Row(D, "the company's own records show each part", WHOLE, registered(), DONE),
    *(
        Row(
            D,
            f"without its own record of {part} a part is missing",
            tuple(one for one in WHOLE if one != record),
            registered(),
            waiting_for(part),
        )
        for part, record in FILED.items()
    ),
    *(
        Row(
            D,
            f"a record of {part} shows nothing on the day: {', '.join(more.values())}",
            tuple(
                (key, {**values, **more}) if (key, values) == FILED[part] else (key, values) for key, values in WHOLE
            ),
            registered(),
            waiting_for(part),
        )
        for part, more in (
            ("due-diligence", {"expiresOn": "2016-01-01"}),
            ("identity", {"endDate": "2012-01-01"}),
            ("identity", {"valid_until": "2012-01-01"}),
            ("identity", {"startDate": "2024"}),
            ("sales", {"clientStage": "potential"}),
        )
    ),
    Row(
        D,
        "a sale that others report and it does not declare is a gap, named",
        (*WHOLE, *TO_GUARDS),
        registered(),
        waiting_for("sales", sale="Guards buy"),
    ),
    Row(
        D,
        "declared and reported sales stand beside each other",
        (*WHOLE, *TO_GUARDS, SAME),
        sold,
        [
            (sid("other-sale"), False, [], [sid("paper")], True),
            *sorted(
                [(sid("sale"), True, [], [], False), (sid("claim"), False, [sid("sale")], [sid("paper")], False)],
            ),
        ],
    ),
    Row(
        D,
        "a sale that is only alleged is no gap",
        (*WHOLE, TO_GUARDS[0], ("other-sale", {**TO_GUARDS[1][1], "standing": "alleged"})),
        registered(),
        DONE,
    ),
    Row(
        D,
        "a planned purchase is no sale",
        (*WHOLE, rec("plan", "Contract", title="Plan", buyer="@calder", supplier="@vireo", stage="planned")),
        registered(),
        DONE,
    ),
    Row(
        D,
        "a report of the sale that it declares is no gap",
        (*WHOLE, SAME),
        registered(),
        DONE,
    ),
    Row(
        D,
        "a sale of another year to the same client is a gap",
        (
            *WHOLE,
            rec("later", "Supply", supplier="@vireo", recipient="@ministry", startDate="2024-02-20", summary="Later"),
        ),
        registered(),
        waiting_for("sales", sale="Later"),
    ),
    Row(
        D,
        "a declaration that names a country alone covers no sale to a client",
        (own("sale", "Supply", supplier="@vireo", destination="xb"), report("told", recipient="@ministry")),
        gaps,
        {"sale": False, "told": True},
    ),
    Row(
        D,
        "one declaration is one sale",
        (FILED["sales"], *(report(f"told-{at}", recipient="@ministry") for at in range(3))),
        gaps,
        {"sale": False, "told-0": False, "told-1": True, "told-2": True},
    ),
    Row(
        D,
        "a declaration gives the product and the year that others report",
        (
            FILED["sales"],
            report("lens-sale", recipient="@ministry", product="@lens"),
            report("year", recipient="@ministry", startDate="2022-01-01"),
        ),
        gaps,
        {"sale": False, "lens-sale": True, "year": True},
    ),
    Row(
        D,
        "as many reported sales as possible have a declaration of their own",
        (
            *(
                own(f"sale-{at}", "Supply", supplier="@vireo", recipient="@ministry", startDate=day, product="@lens")
                for at, day in enumerate(("2022-01-01", "2023-01-01"))
            ),
            report("any", recipient="@ministry", product="@lens"),
            report("first", recipient="@ministry", startDate="2022"),
        ),
        gaps,
        {"sale-0": False, "sale-1": False, "any": False, "first": False},
    ),
    Row(
        D,
        "claims on one client are no further sales",
        (FILED["sales"], SAME, ("claim-2", {**SAME[1], "by": FREE})),
        gaps,
        {"sale": False, "claim": False, "claim-2": False},
    ),
    Row(
        D,
        "a sale to a country of which nobody names the client is a sale",
        (FILED["sales"], report("told-xb", destination="xb"), report("told-xc", destination="xc")),
        gaps,
        {"sale": False, "told-xb": False, "told-xc": True},
    ),
    Row(
        D,
        "a use that names only the product is a sale of its maker, and of nobody else where it names another seller",
        (
            TO_GUARDS[0],
            rec("reseller", "Company", name="Reseller (invented)", country="xc"),
            *(
                rec(key, "Deployment", by="paper", standing="reported", body="@guards", product="@lens", **more)
                for key, more in (("use", {}), ("other-use", {"vendor": "@reseller"}))
            ),
        ),
        gaps,
        {"use": True},
    ),
    Row(
        D,
        "an intermediary that others report is not none",
        (
            *WHOLE,
            rec("agent", "Company", name="Agent (invented)", country="xc"),
            rec("acts-for", "Representation", by="paper", standing="reported", agent="@agent", client="@vireo"),
        ),
        registered(),
        waiting_for("intermediaries"),
    ),
    Row(
        D,
        "an amendment closes its predecessor, and waits for its own countersignature",
        (*WHOLE, AGAIN),
        registered(),
        ("replaced", {"countersigned": "unknown"}, "UNKNOWN", ""),
    ),
    Row(D, "on the day before, the first one counts", (*WHOLE, AGAIN), registered(), DONE, day="2024-02-29"),
    Row(
        D,
        "an amendment that the State countersigned counts",
        (*WHOLE, AGAIN, signed("again", date="2024-04-01")),
        registered("again"),
        DONE,
    ),
    Row(
        D,
        "what the State refused is over when it countersigned the amendment",
        (*WHOLE[:-1], signed(outcome="refused"), AGAIN, signed("again", date="2024-04-01")),
        registered("again"),
        DONE,
    ),
    Row(
        D,
        "an amendment alone does not undo a refusal",
        (*WHOLE[:-1], signed(outcome="refused"), AGAIN),
        lambda rig, day: rig.value("vendor.registration_refused", "vireo", as_of=day).truth.name,
        "TRUE",
    ),
)


def test_an_amendment_names_an_earlier_registration_of_the_same_company(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "register", with_parties=True)
    try:
        rig.publisher("vireo")
        rig.publisher("rival")
        rig.say("rival", type="Company", name="Rival (invented)", country="xa")
        rig.say("form", **FORM[1])
        with pytest.raises(Refused, match="An amendment replaces an earlier registration, and this one names none"):
            rig.say(
                "again", type="Registration", by="vireo", company="@vireo", status="amended", startDate="2024-03-01"
            )
        with pytest.raises(Refused, match="The registration that it replaces is of another company"):
            rig.say("theirs", type="Registration", by="rival", company="@rival", status="amended", amends="@form")
    finally:
        rig.register.close()


def test_to_acquire_follows_sale_and_use() -> None:
    """One deal has one answer: every rule on a sale or a use is one on the purchase, too."""
    rules = {one.id: set(one.actions) for one in pack("letter-2021").rules}
    sides = {id for id, actions in rules.items() if actions & {Action.SALE, Action.USE}}
    assert {id for id in sides if Action.ACQUIRE not in rules[id]} == {"L21-a-1", "L21-a-2"}
    assert Action.ACQUIRE in rules["L21-a-3"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.sentence.split()[0]} {row.case}")
def test_the_letter_is_read_as_it_says(tmp_path: Path, row: Row) -> None:
    rig = Rig(tmp_path / "register", with_parties=True)
    try:
        for key, values in row.records:
            by = values.get("by", FREE)
            rig.publisher(by, verified=by not in row.identified, identified=by in row.identified)
            if values.get("second"):
                rig.second(key, **{name: value for name, value in values.items() if name != "second"})
            else:
                rig.say(key, **values)
        assert row.asks(rig, row.day) == row.expected
    finally:
        rig.register.close()
