"""The review queue, what closes an item, what is counted; which licences a change affects; orders; exact on the invented Port."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.items import items
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.views.licences import (
    QueueView,
    Show,
    StateCount,
    affected_licences,
    count_of,
    draft_order,
    exporting_view,
    queue,
    rejudge,
    review_view,
)
from sousveil.decisions.views.records import inquiries_view, is_overdue
from sousveil.register.codes import EraseBy, EraseGround, Role
from sousveil.register.model import Standing, Statement
from sousveil.register.register import Register
from sousveil.register.store import writing
from tests.decisions.procedures.port import WORLD, Rec, id_of, port, statements, tell
from tests.register.maker import private, published

INCIDENT: Rec = (
    "incident",
    "AbuseIncident",
    {"name": "Phone of a reporter", "stage": "infected", "product": "@product", "date": "2024-08-01"},
)
DAY = "2024-10-15"


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with port(tmp_path / "register") as made:
        yield made


def incident(register: Register, key: str = "incident", **changes: str) -> Any:
    values = {name: value for name, value in (INCIDENT[2] | changes).items() if value}
    return tell(register, "paper", (key, "AbuseIncident", values), standing=Standing.REPORTED, asserted="2024-09-01")


def rows(view: QueueView) -> list[tuple[str, str, int]]:
    return [(one.licence.caption, one.state, one.days) for one in view.items]


def review(register: Register, key: str = "office", **changes: str) -> Any:
    values = {
        "licence": "@licence",
        "authority": f"@{key}",
        "outcome": "maintained",
        "reason": "We looked.",
        "date": "2024-10-01",
    }
    return tell(register, key, ("review", "LicenceReview", values | changes))


def test_nothing_is_in_the_queue_without_an_incident(register: Register) -> None:
    view = queue(register.store, today=DAY)
    assert (view.items, view.states) == ([], [])
    assert count_of(view.items, "xa") == StateCount(
        country="xa", undecided=0, maintained=0, ended=0, unreasoned=0, longest=0
    )


def test_an_item_waits(register: Register) -> None:
    incident(register)
    view = queue(register.store, today="2024-10-01")
    assert rows(view) == [("Licence X-1", "undecided", 30)]
    view = queue(register.store, today=DAY)
    assert rows(view) == [("Licence X-1", "undecided", 44)]
    assert view.states == [StateCount(country="xa", undecided=1, maintained=0, ended=0, unreasoned=0, longest=44)]
    [touch] = view.items[0].touches
    assert (touch.date, touch.known, touch.why, touch.decision) == (
        "2024-08-01",
        "2024-09-01",
        ["product Mudlark", "company Hollow Systems Ltd"],
        None,
    )
    assert queue(register.store, as_of="2024-07-31").items == []


def test_a_last_day_that_is_added_makes_no_earlier_end_newer(register: Register) -> None:
    tell(register, "office", ("licence", "ExportLicence", {"status": "revoked"}))
    incident(register)
    assert queue(register.store, today=DAY).items == []
    tell(register, "office", ("licence", "ExportLicence", {"expiryDate": "2030-01-01"}))
    assert queue(register.store, today=DAY).items == []


WHY = [
    ("product", {"product": "@product"}, ["product Mudlark", "company Hollow Systems Ltd"]),
    ("a version of it", {"product": "@newer"}, ["product Mudlark", "company Hollow Systems Ltd"]),
    ("company", {"product": "", "vendor": "@vendor"}, ["company Hollow Systems Ltd"]),
    (
        "its holding at that time",
        {"product": "", "vendor": "@holding"},
        ["company Hollow Systems Ltd, of the group of Grey Tern Holding at that time"],
    ),
    ("who held it before", {"product": "", "vendor": "@fund"}, []),
    ("who held it then", {"product": "", "vendor": "@fund", "date": "2017-01-01"},
     ["company Hollow Systems Ltd, of the group of Slow Fund LP at that time"]),
    ("country of those concerned", {"product": "", "targetCountry": "xb"}, ["country Averna (invented)"]),
    ("country of the operator", {"product": "", "client": "@service"}, ["country Averna (invented)"]),
    ("another country", {"product": "", "targetCountry": "xc"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "why"), WHY, ids=[one[0] for one in WHY])
def test_by_what_a_licence_touches_an_incident(
    register: Register, name: str, changes: dict[str, str], why: list[str]
) -> None:
    tell(register, "paper", ("newer", "SurveillanceProduct", {"name": "Mudlark 2", "partOf": "@product"}))
    incident(register, **changes)
    view = queue(register.store, today=DAY)
    assert [touch.why for one in view.items for touch in one.touches] == ([why] if why else [])


def test_only_a_signed_decision_with_reasons_closes(register: Register) -> None:
    incident(register)
    tell(
        register,
        "paper",
        (
            "rumour",
            "LicenceEvent",
            {"licence": "@licence", "event": "revoked", "date": "2024-09-10", "reason": "Heard."},
        ),
        standing=Standing.REPORTED,
    )
    view = queue(register.store, today=DAY)
    assert (rows(view)[0][1], view.items[0].reported) == ("undecided", "revoked")
    assert queue(register.store, today="2024-09-09").items[0].reported == ""  # it was yet to come
    later = {"licence": "@licence", "authority": "@office", "event": "suspended", "date": "2027-01-01"}
    tell(register, "office", ("later", "LicenceEvent", later))
    assert (
        queue(register.store, today=DAY).items[0].reported == "revoked"
    )  # the State itself says "suspended", from another day on
    tell(
        register, "office", ("bare", "LicenceEvent", {"licence": "@licence", "event": "reviewed", "date": "2024-09-20"})
    )
    assert rows(queue(register.store, today=DAY))[0][1] == "undecided"
    done = review(register)
    view = queue(register.store, today=DAY)
    assert rows(view) == [("Licence X-1", "maintained", 0)]
    assert view.states == [StateCount(country="xa", undecided=0, maintained=1, ended=0, unreasoned=0, longest=0)]
    [touch] = view.items[0].touches
    assert (touch.outcome, touch.decided_on, touch.decision and touch.decision.id) == (
        "maintained",
        "2024-10-01",
        id_of("review"),
    )
    incident(register, "second", name="Another phone", date="2024-10-05")  # after the review: open again
    view = queue(register.store, today=DAY)
    assert [one.state for one in view.items] == ["undecided"]
    assert count_of(view.items, "xa") == StateCount(
        country="xa", undecided=1, maintained=0, ended=0, unreasoned=0, longest=44
    )
    assert [len(review_view(view, show=show, country="xa").items) for show in Show] == [1, 0, 0, 0]
    assert review_view(view, show=Show.UNDECIDED, country="xb").items == []
    register.retract(done.ids, private("office"), "wrong")
    assert [one.decision for one in queue(register.store, today=DAY).items[0].touches] == [None, None]


def test_a_revoked_licence_has_ended(register: Register) -> None:
    incident(register)
    event = {"licence": "@licence", "event": "revoked", "date": "2024-10-02", "reason": "Abuse."}
    tell(register, "office", ("revoked", "LicenceEvent", event))
    assert rows(queue(register.store, today=DAY)) == [("Licence X-1", "ended", 0)]
    assert rows(queue(register.store, as_of="2024-10-01")) == [("Licence X-1", "undecided", 30)]
    tell(
        register,
        "office",
        ("again", "LicenceEvent", event | {"event": "reinstated", "date": "2024-10-10", "reason": "Sorry."}),
    )
    assert rows(queue(register.store, today=DAY)) == [("Licence X-1", "maintained", 0)]


def test_no_inquiry_closes_an_item_whoever_leads_it_and_whatever_it_finds(register: Register) -> None:
    incident(register)
    before = rows(queue(register.store, today=DAY))
    assert [state for _, state, _ in before] == ["undecided"]
    inquiry: dict[str, Any] = {"name": "Inquiry", "about": "@incident", "status": "closed", "startDate": "2024-09-10"}
    for key in ("office", "vendor", "ngo"):
        found = inquiry | {"body": f"@{key}", "findings": "It was nothing."}
        tell(register, key, (f"inquiry-{key}", "Investigation", found))
        assert rows(queue(register.store, today=DAY)) == before


@pytest.mark.parametrize("named", ["@incident", "@far"])
@pytest.mark.parametrize(("decided", "states"), [("", "maintained"), ("@second", "undecided")])
def test_which_incidents_a_decision_covers_is_its_own_publishers_word(
    register: Register, named: str, decided: str, states: str
) -> None:
    incident(register)
    incident(register, "second", name="Another phone", date="2024-07-05")
    incident(register, "far", name="Far", product="", date="2020-01-01")
    review(register, **({"incident": decided} if decided else {}))
    assert rows(queue(register.store, today=DAY))[0][1] == states
    tell(register, "vendor", ("review", "LicenceReview", {**EARLY, "incident": named}), standing=Standing.REPORTED)
    assert rows(queue(register.store, today=DAY))[0][1] == states


def test_a_decision_counts_as_the_office_tells_it(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    decision = {"licence": "@licence", "event": "reviewed", "reason": "We looked.", "date": "2030-01-10"}
    incident(register)
    for day, publisher, standing in (
        ("2030-01-01", "vendor", Standing.REPORTED),
        ("2030-06-01", "office", Standing.CONFIRMED),
    ):
        monkeypatch.setattr(writing, "utc_now", lambda day=day: f"{day}T12:00:00Z")
        tell(register, publisher, ("decision", "LicenceEvent", decision), standing=standing)
    [item] = queue(register.store, today="2030-06-01").items
    assert [(one.decided_on, one.outcome) for one in item.touches] == [("2030-01-10", "reviewed")]


def test_a_last_day_that_somebody_else_gave_before_lets_no_licence_be_cut_short(register: Register) -> None:
    values = {"expiryDate": "2030-01-01"}
    tell(register, "vendor", ("licence", "ExportLicence", values), standing=Standing.REPORTED)
    incident(register)
    tell(register, "office", ("licence", "ExportLicence", {"expiryDate": "2024-09-15"}))
    [item] = queue(register.store, today=DAY).items
    assert (item.state, item.ended and (item.ended.what, item.ended.date)) == ("undecided", ("expired", "2024-09-15"))


# What a change affects


def mark(register: Register) -> int:
    return register.store.size()


def test_which_licences_a_change_affects(register: Register) -> None:
    tell(
        register,
        "office",
        ("far", "ExportLicence", {"name": "Far", "licensee": "@fund", "issuer": "@office", "destination": "xc"}),
    )
    licence, far = id_of("licence"), id_of("far")
    since = mark(register)
    assert affected_licences(register.store, since) == []
    tell(register, "paper", ("else", "Event", {"name": "Something else"}))
    assert affected_licences(register.store, since) == []
    done = incident(register)
    assert affected_licences(register.store, since) == [licence]
    since = mark(register)
    register.retract(done.ids, private("paper"), "wrong")
    assert affected_licences(register.store, since) == [licence]
    since = mark(register)
    tell(register, "paper", ("law", "Law", {"title": "Ban", "jurisdiction": "xc", "effect": "ban"}))
    assert affected_licences(register.store, since) == [far]
    since = mark(register)
    tell(register, "paper", ("list", "Sanction", {"entity": "@holding", "authority": "Bazar"}))
    assert affected_licences(register.store, since) == [licence]
    since = mark(register)
    register.erase([done.ids[0]], EraseGround.MISTAKE, EraseBy.OPERATOR)
    assert affected_licences(register.store, since) == sorted([licence, far])


def test_what_is_judged_anew_is_what_the_label_calls_live(register: Register) -> None:
    """One function gives the state: for the label, for what is judged anew, and for the queue. Who alone reports a licence may end it; the
    key of an office that is not verified ends none."""
    values = {name: value for name, value in WORLD[-1][1][0][2].items() if name != "name"}
    event = {"event": "revoked", "date": "2024-06-01"}
    tell(register, "ngo", ("told", "ExportLicence", {**values, "name": "Told"}), standing=Standing.REPORTED)
    tell(register, "ngo", ("end-told", "LicenceEvent", {**event, "licence": "@told"}), standing=Standing.REPORTED)
    tell(register, "vendor", ("bazar", "ExportLicence", {**values, "name": "Bazar", "issuer": "@office-b"}))
    tell(register, "office-b", ("end-bazar", "LicenceEvent", {**event, "licence": "@bazar", "authority": "@office-b"}))
    since = mark(register)
    incident(register)
    board, day = Board(register.store), date.today().toordinal()
    licences = items(board, all_procedures()["b-investigations"], day)
    labels = {one.ref.id: one.state_label for one in licences if one.ref.type == "ExportLicence"}
    assert labels == {id_of("licence"): "live", id_of("told"): "revoked", id_of("bazar"): "live"}
    assert affected_licences(register.store, since) == sorted([id_of("licence"), id_of("bazar")])
    waiting = {one.licence.id: one.state for one in queue(register.store).items}
    assert waiting == {id_of("licence"): "undecided", id_of("bazar"): "undecided"}


def test_an_office_that_nobody_verified_decides_and_orders_nothing(register: Register) -> None:
    bazar: Rec = ("bazar", "ExportLicence", {**WORLD[-1][1][0][2], "name": "Bazar", "issuer": "@office-b"})
    tell(register, "vendor", bazar, standing=Standing.REPORTED)
    incident(register)
    review(register, "office-b", licence="@bazar")
    order = {"title": "Order", "authority": "@office-b", "company": "@holding", "status": "issued"}
    tell(
        register,
        "office-b",
        ("order", "RevocationOrder", {**order, "publishedAt": "2024-10-01", "issuedOn": "2024-10-02"}),
    )
    assert sorted(rows(queue(register.store, today=DAY))) == [
        ("Bazar", "undecided", 44),
        ("Licence X-1", "undecided", 44),
    ]
    states = exporting_view(register.store, id_of("holding"), today=DAY).states
    assert [(one.country, one.order_status, one.live) for one in states] == [("xa", "none", 1), ("xb", "none", 1)]


# Orders, inquiries


def test_all_licences_of_a_group_and_a_draft_order(register: Register) -> None:
    incident(register)
    view = exporting_view(register.store, id_of("holding"), today=DAY)
    [state] = view.states
    assert [one.caption for one in view.group] == ["Grey Tern Holding", "Hollow Systems Ltd"]
    assert (state.country, state.live, state.order_status, state.asked_since, state.days_open) == (
        "xa",
        1,
        "none",
        "2024-05-01",
        167,
    )
    assert [(one.ref.caption, one.state) for one in state.licences] == [("Licence X-1", "live")]
    found = draft_order(register.store, id_of("holding"), "xa", today=DAY)
    assert found is not None and found.authority is not None
    assert found.text.splitlines()[:8] == [
        "DRAFT, signed by nobody",
        "",
        "Xanthe Export Office, Calder (invented)",
        "Order of 2024-10-15",
        (
            "Reason: The joint open letter of July 2021 asks every State, in demand (b), to revoke all marketing and export licences where "
            "human rights are put at risk."
        ),
        "",
        (
            "1. All licences for marketing and export of Grey Tern Holding and the companies of its group that are listed below are "
            "revoked with effect from today."
        ),
        (
            "2. An immediate, independent, transparent and impartial investigation into the cases of targeted surveillance is opened. It "
            "ends with a public statement on its results."
        ),
    ]
    assert "- Licence X-1: Hollow Systems Ltd, to Averna (invented); from 1 May 2024, end unknown" in found.text
    assert "- Phone of a reporter, 2024-08-01 (product Mudlark; company Hollow Systems Ltd)" in found.text
    lines = [msgspec.json.decode(one, type=Statement) for one in found.lines.encode().splitlines()]
    assert [(one.type, one.property) for one in lines] == [
        ("RevocationOrder", "title"),
        ("RevocationOrder", "company"),
        ("RevocationOrder", "authority"),
        ("RevocationOrder", "status"),
        ("RevocationOrder", "publishedAt"),
        ("RevocationOrder", "issuedOn"),
        ("RevocationOrder", "reason"),
        ("RevocationOrder", "licence"),
        ("LicenceEvent", "licence"),
        ("LicenceEvent", "event"),
        ("LicenceEvent", "date"),
        ("LicenceEvent", "reason"),
        ("LicenceEvent", "authority"),
        ("Investigation", "name"),
        ("Investigation", "about"),
        ("Investigation", "about"),
        ("Investigation", "body"),
        ("Investigation", "status"),
        ("Investigation", "startDate"),
        ("Investigation", "dueOn"),
    ]
    published(register.publish(lines, private("office")))  # the State signs: the licence is gone
    after = exporting_view(register.store, id_of("holding"), today="2024-10-16")
    assert [(one.live, one.order_status) for one in after.states] == [(0, "issued")]
    assert [one.state for one in after.states[0].licences] == ["revoked"]
    assert rows(queue(register.store, today="2024-10-16")) == [("Licence X-1", "ended", 0)]
    assert draft_order(register.store, id_of("holding"), "xa", today="2024-10-16").text == ""


def test_a_draft_that_nobody_signs_leaves_the_order_asked(register: Register) -> None:
    draft = {
        "title": "Draft",
        "authority": "@office",
        "company": "@holding",
        "status": "draft",
        "publishedAt": "2024-10-01",
    }
    tell(register, "office", ("order", "RevocationOrder", draft))

    def found() -> tuple[str, str | None, int]:
        [state] = exporting_view(register.store, id_of("vendor"), today="2024-10-16").states
        return state.order_status, state.asked_since, state.days_open

    assert found() == (
        "draft",
        None,
        0,
    )  # of the group that the letter names it is no part, and no incident touches its licence
    incident(register)
    assert found() == ("draft", "2024-05-01", 168)


def test_the_clock_of_an_inquiry(register: Register) -> None:
    values = {
        "name": "Inquiry", "body": "@office", "about": "@licence", "status": "open", "startDate": "2024-01-01",
        "dueOn": "2024-06-01", "investigationKind": "independent",
        "mandate": "By order.", "scope": "All licences.", "quality": "independent"}  # fmt: skip
    tell(register, "office", ("inquiry", "Investigation", values))
    [one] = inquiries_view(register.store, "xa", today="2024-06-11").inquiries
    assert [(due.clock, due.due, due.days_over) for due in one.due] == [
        ("results", "2024-06-01", 10),
        ("statement", "2024-06-01", 10),
    ]
    texts = {"Mandate": ["By order."], "Scope": ["All licences."], "Found to be": ["independent"]}
    assert (is_overdue(one), one.country, one.date, one.texts) == (True, "xa", "2024-01-01", texts)
    tell(register, "office", ("inquiry", "Investigation", {"findings": "Much.", "endDate": "2024-06-12"}))
    said = {"title": "Statement", "body": "@office", "investigation": "@inquiry", "results": "Much.", "prevention": "No more.",
            "statedOn": "2024-06-20"}  # fmt: skip
    tell(register, "office", ("said", "PublicStatement", said))
    view = inquiries_view(register.store, today="2024-07-01")
    [one] = view.inquiries
    assert (view.overdue, one.texts["Results"], one.texts["What is done to prevent harm"]) == (
        0,
        ["Much."],
        ["No more."],
    )
    assert [(due.clock, due.met_on) for due in one.due] == [("results", "2024-06-12"), ("statement", "2024-06-20")]
    assert inquiries_view(register.store, "xb").inquiries == []


def test_the_worker_names_each_affected_licence_once(register: Register) -> None:
    assert rejudge(register) == 0  # what is there already
    assert rejudge(register) == 0
    since = mark(register)
    incident(register)
    assert (rejudge(register), rejudge(register)) == (1, 0)
    [(_, code, line)] = register.store.operator_lines(limit=1)
    assert (code, line) == (
        "rejudge",
        f"licences to judge anew since entry {since}: {id_of('licence')}; see licences/review",
    )


EARLY = {"licence": "@licence", "authority": "@office", "outcome": "maintained", "reason": "We looked."}


def _order(register: Register, key: str, name: str, **more: str) -> None:
    values = {"title": "Order", "authority": "@office", "company": "@holding", "publishedAt": "2024-10-01"}
    tell(register, key, (name, "RevocationOrder", {**values, **more}))


def test_an_order_counts_as_the_issuing_office_tells_it(register: Register) -> None:
    """Nobody else issues or refuses one in its name, nor gives it more time: their records stand beside it."""

    def found() -> tuple[str, str | None, int | None, list[str], list[str]]:
        [state] = exporting_view(register.store, id_of("holding"), today="2024-10-16").states
        own = [one.ref.id for one in state.orders if one.status == state.order_status]
        others = [one.ref.id for one in state.orders if one.status == "reported"]
        return state.order_status, state.asked_since, state.days_open, own, others

    incident(register)
    register.key_add(private("stranger").public.raw.hex(), "A stranger", Role.PUBLISHER)

    def stranger(name: str, **values: str) -> None:
        register.publish(
            [
                msgspec.structs.replace(one, publisher="A stranger", standing=Standing.REPORTED)
                for one in statements("paper", (name, "RevocationOrder", dict(values)))
            ],
            private("stranger"),
            receipt=False,
        )

    whole = {"title": "Order", "authority": "@office", "company": "@holding"}
    stranger("false", **whole, status="issued", publishedAt="2024-10-02", issuedOn="2024-10-02")
    assert found() == ("none", "2024-05-01", 168, [], [id_of("false")])
    stranger("refusal", **whole, status="refused", publishedAt="2024-10-02")
    assert found()[0] == "none"
    _order(register, "office", "order", status="draft")
    assert found()[:4] == ("draft", "2024-05-01", 168, [id_of("order")])
    stranger("order", **whole, status="issued", publishedAt="2024-12-01", issuedOn="2024-10-03", dueOn="2025-10-01")
    assert found()[:4] == ("draft", "2024-05-01", 168, [id_of("order")])
    other = ("other", "RevocationOrder", {**whole, "status": "issued", "publishedAt": "2024-10-01"})
    tell(register, "office-b", other, standing=Standing.REPORTED)
    assert found()[:4] == ("draft", "2024-05-01", 168, [id_of("order")])
    _order(register, "office", "issued", status="issued", issuedOn="2024-10-16")
    assert found()[:4] == ("issued", None, 0, [id_of("issued")])
    [state] = exporting_view(register.store, id_of("holding"), today="2024-10-16").states
    assert [(one.ref.id, one.status) for one in state.orders[:2]] == [
        (id_of("issued"), "issued"),
        (id_of("order"), "draft"),
    ]


@pytest.mark.parametrize("teller", ["vendor", "paper"])
def test_who_told_of_a_licence_revokes_nothing_by_that_alone(register: Register, teller: str) -> None:
    """A licensee that told of its own licence first issues no order, nor does its owner, nor a newspaper: the clock runs on."""
    mine = (
        "mine",
        "ExportLicence",
        {"name": "Licence X-2", "licensee": "@vendor", "issuer": "@office", "status": "granted"},
    )
    tell(register, teller, mine, standing=Standing.REPORTED)
    incident(register)
    _order(register, "office", "order", status="draft")

    def found() -> tuple[str, str | None, int | None, list[str]]:
        [state] = exporting_view(register.store, id_of("holding"), today="2024-10-16").states
        return (
            state.order_status,
            state.asked_since,
            state.days_open,
            [one.ref.id for one in state.orders if one.status != "reported"][:1],
        )

    assert found() == ("draft", "2024-05-01", 168, [id_of("order")])
    whole = {"title": "Order", "authority": "@office", "company": "@holding", "publishedAt": "2024-10-01"}
    for by in ("vendor", "holding", "paper"):
        order = (f"by-{by}", "RevocationOrder", {**whole, "status": "issued", "issuedOn": "2024-10-02"})
        tell(register, by, order, standing=Standing.REPORTED)
        assert found() == ("draft", "2024-05-01", 168, [id_of("order")]), by
    _order(register, "office", "issued", status="issued", issuedOn="2024-10-16")
    assert found() == ("issued", None, 0, [id_of("issued")])
