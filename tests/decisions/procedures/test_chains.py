"""Who answers for a company, and what States disclose: exact on the invented Port."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import chains
from sousveil.decisions.compiled import compile_world
from sousveil.decisions.facts.groups import hidden
from sousveil.decisions.procedures.cells import company_cells
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import items
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.views.licences import exporting_view
from sousveil.decisions.views.responsibility import Answerable, chains_view
from sousveil.register.model import Standing
from sousveil.register.register import Register
from sousveil.register.views import words
from sousveil.register.views.entity import entity_view
from sousveil.register.views.reading import Reader
from tests.decisions.procedures.port import Rec, id_of, port, tell
from tests.decisions.rig import disclosures_view

DAY = "2025-06-01"


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with port(tmp_path / "register") as made:
        yield made


def incident(register: Register, key: str, date: str) -> None:
    values: dict[str, str | list[str]] = {"name": key, "stage": "infected", "product": "@product", "date": date}
    tell(register, "paper", (key, "AbuseIncident", values), standing=Standing.REPORTED)


def row(one: Answerable) -> tuple[str, str, str | None, list[str], list[str]]:
    paths = [
        " ".join([each.kind, "barred" if each.barred else each.status, *(["*"] if each.doubted else [])])
        for each in one.paths.rows
    ]
    return one.ref.caption, one.how, one.country, paths, one.paths.opens


PATHS: list[Rec] = [
    ("court", "RemedyPath", {"name": "Court of Bazar", "pathKind": "court", "country": "xb", "against": "home", "status": "open"}),
    ("ncp", "RemedyPath", {
        "name": "Contact Point", "pathKind": "national-contact-point", "country": "xb", "against": ["home", "host"], "status": "open"}),
    ("host-court", "RemedyPath", {"name": "Host Court", "pathKind": "court", "country": "xb", "against": "host", "status": "open"}),
    ("court-a", "RemedyPath", {"name": "Court of Xanthe", "pathKind": "court", "country": "xa", "status": "open"}),
    ("immunity", "RemedyBarrier", {
        "summary": "Agents of the State are immune.", "state": "@state", "barrierKind": "immunity", "path": "@court-a",
        "status": "in-force"}),
]  # fmt: skip


def test_who_held_control_when_it_happened_and_where_to_turn(register: Register) -> None:
    incident(register, "early", "2017-05-01")
    incident(register, "late", "2024-05-01")
    tell(register, "paper", *PATHS)
    view = chains_view(register.store, id_of("vendor"), today=DAY)
    assert [(one.incident.caption, [row(each) for each in one.answerable]) for one in view.incidents] == [
        (
            "late",
            [
                ("Hollow Systems Ltd", "control", "xa", ["court barred"], []),
                ("Grey Tern Holding", "control", "xb", ["court open *", "national-contact-point open *"], []),
            ],
        ),
        (
            "early",
            [
                ("Hollow Systems Ltd", "control", "xa", ["court barred"], []),
                ("Slow Fund LP", "control", "xc", [], []),
                ("Grey Tern Holding", "control", "xb", ["court open *", "national-contact-point open *"], []),
            ],
        ),
    ]
    assert [each.today for one in view.incidents for each in one.answerable] == [False, False, False, False, True]
    assert view.incidents[0].answerable[0].paths.rows[0].barriers == ["immunity: Agents of the State are immune."]
    fund = chains_view(register.store, id_of("fund"), today=DAY)
    assert [one.incident.caption for one in fund.incidents] == ["early"]
    assert [one.incident.caption for one in chains_view(register.store, id_of("holding"), today=DAY).incidents] == [
        "late"
    ]


def test_nobody_puts_off_a_successor_that_another_reports(register: Register) -> None:
    incident(register, "late", "2024-05-01")
    tell(register, "ngo", ("next", "Succession", {"predecessor": "@vendor", "successor": "@fund", "date": "2025-01-01"}),
         standing=Standing.REPORTED)  # fmt: skip
    tell(register, "holding", ("next", "Succession", {"date": "2030-01-01"}))
    (happened,) = chains_view(register.store, id_of("vendor"), today=DAY).incidents
    assert [one.ref.id for one in happened.answerable if one.today] == [id_of("fund")]


def test_everybody_tied_to_a_company_with_dates(register: Register) -> None:
    tell(
        register,
        "paper",
        ("top", "Company", {"name": "Top SA", "country": "xc"}),
        ("sister", "Company", {"name": "Sister Ltd"}),
        ("agent", "Company", {"name": "Agent FZE", "country": "xb"}),
        ("o1", "Ownership", {"owner": "@top", "asset": "@holding", "percentage": "30", "startDate": "2020-01-01", "endDate": "2026-01-01"}),
        ("o2", "Ownership", {"owner": "@holding", "asset": "@sister", "interest": "votingRights", "startDate": "2020"}),
        ("r", "Representation", {"agent": "@agent", "client": "@vendor", "startDate": "2021-01-01", "endDate": "2022-01-01"}),
        ("i", "Investment", {"investor": "@top", "recipient": "@vendor", "startDate": "2022-03-01"}),
    )  # fmt: skip
    view = chains_view(register.store, id_of("vendor"), today=DAY)
    assert [(one.ref.id, one.state, one.dates_words) for one in view.ties] == [
        (id_of("owns"), "disclosed", "from 1 January 2019, end unknown"),
        (id_of("i"), "on-file", "from 1 March 2022, end unknown"),
        (id_of("owned"), "ended", "from 1 January 2015 until 31 December 2018"),
        (id_of("r"), "ended", "from 1 January 2021 until 1 January 2022"),
    ]
    assert {
        (one.ref.caption, one.direction): [step.caption for step in one.path[1:]] for one in view.group.members
    } == {
        ("Grey Tern Holding", "up"): ["Grey Tern Holding"],
        ("Slow Fund LP", "up"): ["Slow Fund LP"],
        ("Top SA", "up"): ["Grey Tern Holding", "Top SA"],
        ("Sister Ltd", "side"): ["Grey Tern Holding", "Sister Ltd"],
    }


@pytest.mark.parametrize("standing", [Standing.CONFIRMED, Standing.REPORTED])
def test_the_company_ends_no_ownership_of_it(register: Register, standing: Standing) -> None:
    def shown() -> tuple[str, str]:
        ties = chains_view(register.store, id_of("vendor"), today=DAY).ties
        [one] = [each for each in ties if each.ref.id == id_of("owns")]
        return one.dates_words, one.state

    assert shown() == ("from 1 January 2019, end unknown", "disclosed")
    tell(register, "vendor", ("owns", "Ownership", {"endDate": "2020-01-01"}), standing=standing)
    assert shown() == ("from 1 January 2019, end unknown", "disclosed")
    tell(register, "paper", ("owns", "Ownership", {"endDate": "2021-01-01"}))
    assert shown() == ("from 1 January 2019 until 1 January 2021", "ended")


def test_a_minority_share_and_an_unknown_owner(register: Register) -> None:
    tell(
        register,
        "paper",
        (
            "o3",
            "Ownership",
            {"asset": "@vendor", "ownerUnspecified": "unknown", "percentage": "20", "startDate": "2019-01-01"},
        ),
    )
    incident(register, "late", "2024-05-01")
    [one] = chains_view(register.store, id_of("vendor"), today=DAY).incidents
    assert [(each.ref.caption, each.how, each.country) for each in one.answerable] == [
        ("Hollow Systems Ltd", "control", "xa"),
        ("Grey Tern Holding", "control", "xb"),
        (words.unknown_owner(), "share", None),
    ]


CHAIN: list[Rec] = [
    ("top", "Company", {"name": "Top SA", "country": "xc"}),
    ("o1", "Ownership", {"owner": "@top", "asset": "@holding", "percentage": "80", "startDate": "2019-01-01"}),
]


def weak(**more: str) -> Rec:
    return (
        "weak",
        "Ownership",
        {"asset": "@vendor", "owner": "@top", "percentage": "5", "startDate": "2019-01-01", **more},
    )


@pytest.mark.parametrize("key", ["paper", "vendor"])
def test_no_small_share_hides_who_controls_by_a_longer_way(register: Register, key: str) -> None:
    incident(register, "late", "2024-05-01")
    tell(register, "paper", *CHAIN)
    reader = Reader(register.store, today=DAY)
    before = chains.above(reader, id_of("vendor"), DAY)
    assert [(one.id, one.how, len(one.path)) for one in before] == [
        (id_of("holding"), "control", 2),
        (id_of("top"), "control", 3),
    ]
    tell(register, key, weak(), standing=Standing.REPORTED)
    reader = Reader(register.store, today=DAY)
    assert chains.above(reader, id_of("vendor"), DAY) == before
    assert [(one.id, one.how, one.path[1:]) for one in chains.below(reader, id_of("top"), DAY)] == [
        (id_of("holding"), "control", (id_of("holding"),)),
        (id_of("vendor"), "control", (id_of("holding"), id_of("vendor"))),
    ]
    whole = {id_of("vendor"), id_of("holding"), id_of("top")}
    for centre in sorted(whole):
        assert chains.groups(reader, [centre], DAY) == whole
    [one] = chains_view(register.store, id_of("vendor"), today=DAY).incidents
    assert [(each.ref.caption, each.how_words, len(each.path)) for each in one.answerable] == [
        ("Hollow Systems Ltd", "made it", 1),
        ("Grey Tern Holding", "control", 2),
        ("Top SA", "control", 3),
    ]
    shown = exporting_view(register.store, id_of("top"), today=DAY)
    assert [(one.country, [row.ref.id for row in one.licences]) for one in shown.states] == [("xa", [id_of("licence")])]
    ties = chains_view(register.store, id_of("vendor"), today=DAY).ties
    assert [one.texts for one in ties if one.ref.id == id_of("weak")] == [{"Per cent": ["5 %"]}]


def test_no_flood_of_small_shares_hides_who_controls(register: Register) -> None:
    tell(register, "paper", *CHAIN)
    for first in range(0, 600, 100):
        many: list[Rec] = [
            (f"o-{one}", "Ownership", {"asset": "@vendor", "owner": f"@dust-{one}", "percentage": "1", "startDate": "2019"})
            for one in range(first, first + 100)
        ]  # fmt: skip
        tell(register, "paper", *many)
    found = chains.above(Reader(register.store, today=DAY), id_of("vendor"), DAY)
    assert [one.id for one in found if one.how == "control"] == [id_of("holding"), id_of("top")]


@pytest.mark.parametrize(
    ("standing", "more"),
    [
        (Standing.REPORTED, {"endDate": "2020-01-01"}),
        (Standing.REPORTED, {}),
        (Standing.CONFIRMED, {"endDate": "2020-01-01"}),
    ],
)
def test_owners_are_shown_by_their_firmest_chain(register: Register, standing: Standing, more: dict[str, str]) -> None:
    tell(register, "paper", *CHAIN)
    tell(register, "paper", weak(**more), standing=standing)
    tell(register, "paper", ("o2", "Ownership", {"owner": "@top", "asset": "@sister", "startDate": "2019-01-01"}))
    members = entity_view(register.store, id_of("vendor"), today=DAY).group.members
    top = ("up", 2, "unknown", "confirmed", 3)
    assert [
        (one.direction, one.distance, one.state, one.standing, len(one.path))
        for one in members
        if one.ref.id == id_of("top")
    ] == [top]
    assert [one.direction for one in members if one.ref.id == id_of("sister")] == ["side"]


def test_a_chain_is_as_strong_as_its_weakest_link(register: Register) -> None:
    tell(
        register,
        "paper",
        *CHAIN,
        ("o2", "Ownership", {"owner": "@top", "asset": "@low", "percentage": "90", "startDate": "2019-01-01"}),
        ("o3", "Ownership", {"owner": "@low", "asset": "@sister", "percentage": "10", "startDate": "2019-01-01"}),
        ("o4", "Ownership", {"owner": "@holding", "asset": "@other", "percentage": "10", "startDate": "2019-01-01"}),
        ("o5", "Ownership", {"owner": "@more", "asset": "@vendor", "percentage": "60", "startDate": "2019-01-01"}),
        ("o6", "Ownership", {"owner": "@more", "asset": "@other", "percentage": "70", "startDate": "2019-01-01"}),
    )  # fmt: skip
    reader = Reader(register.store, today=DAY)
    found = {one.id: one.how for one in chains.below(reader, id_of("top"), DAY)}
    assert found[id_of("sister")] == found[id_of("other")] == chains.SHARE


def test_an_ownership_without_owner_and_reason_is_not_disclosed(register: Register) -> None:
    tell(register, "paper", ("o3", "Ownership", {"asset": "@vendor", "startDate": "2025-01-01"}))
    board, day = Board(register.store), day_of(DAY)
    procedure = all_procedures()["e-liability"]
    states = {one.ref.id: one.state for one in items(board, procedure, day)}
    assert (states[id_of("o3")], states[id_of("owns")]) == ("hidden", "disclosed")
    cell = next(one for one in company_cells(board, id_of("vendor"), day) if one.procedure == "e-liability")
    assert (cell.state, [one.record.id for one in cell.needs[0].proof]) == ("not", [id_of("o3")] * 2)
    world = compile_world(register.store, DAY)
    found = hidden(world, world.about(id_of("vendor")), id_of("vendor"))
    assert found.counts and not found.alleged
    [tie] = [one for one in chains_view(register.store, id_of("vendor"), today=DAY).ties if one.ref.id == id_of("o3")]
    assert (tie.state_label, tie.standing) == ("owner not disclosed", "confirmed")
    # A stranger who names an owner in it discloses nothing in its teller's place.
    tell(register, "vendor", ("o3", "Ownership", {"owner": "@holding"}), standing=Standing.REPORTED)
    world = compile_world(register.store, DAY)
    assert hidden(world, world.about(id_of("vendor")), id_of("vendor")).counts
    tell(register, "paper", ("o3", "Ownership", {"owner": "@holding"}))
    world = compile_world(register.store, DAY)
    assert not hidden(world, world.about(id_of("vendor")), id_of("vendor")).counts
    # Whoever finds the owner later gives the reason an end.
    tell(
        register,
        "ngo",
        ("o4", "Ownership", {"asset": "@vendor", "ownerUnspecified": "unknown"}),
        valid_until="2024-01-01",
    )
    tell(register, "ngo", ("o4", "Ownership", {"owner": "@fund"}), valid_from="2024-01-02")


# Contracts, requests, redactions


def contract(key: str, **values: str) -> Rec:
    return key, "Contract", {"title": key, "buyer": "@police", **values}


def test_contracts_past_current_and_planned(register: Register) -> None:
    tell(
        register,
        "police",
        contract("old", startDate="2020-01-01", endDate="2022-12-31"),
        contract("now", startDate="2024-01-01", endDate="2026-12-31", stage="performed"),
        contract("next", startDate="2026-01-01", endDate="2027-12-31"),
        contract("wish", stage="planned"),
        contract("over", stage="ended"),
        contract("vague"),
        contract("begun", startDate="2024-01-01"),
        contract("awarded", stage="awarded"),
        contract("signed", stage="signed"),
    )
    tell(register, "paper", ("abroad", "Contract", {"title": "abroad", "buyer": "@service", "stage": "signed"}))
    view = disclosures_view(register.store, "xa", today=DAY)
    assert {one.ref.caption: one.state for one in view.contracts} == {
        "now": "current",
        "next": "to-come",
        "wish": "planned",
        "vague": "on-file",
        "begun": "current",
        "awarded": "on-file",
        "signed": "current",
        "old": "ended",
        "over": "ended",
    }
    assert [view.counts[one] for one in ("past", "current", "planned", "unknown")] == [2, 3, 2, 2]
    assert [one.ref.caption for one in disclosures_view(register.store, "xb", today=DAY).contracts] == ["abroad"]
    assert len(disclosures_view(register.store, today=DAY).contracts) == 10


REQUESTS = [
    ("open", {"askedOn": "2025-05-20"}, ("asked", "running", "letter", 0, 12)),
    ("open for long", {"askedOn": "2025-04-01"}, ("asked", "asked", "letter", 0, 61)),
    ("overdue by its own day", {"askedOn": "2025-04-01", "dueOn": "2025-05-30"}, ("asked", "overdue", "law", 2, 61)),
    ("answered", {"askedOn": "2025-04-01", "answeredOn": "2025-04-20"}, ("answered", "met", "letter", 0, 19)),
    (
        "answered after its day",
        {"askedOn": "2025-04-01", "dueOn": "2025-05-01", "answeredOn": "2025-05-11"},
        ("answered", "met-late", "law", 0, 40),
    ),
    ("refused", {"askedOn": "2025-04-01", "refusedOn": "2025-04-20"}, ("refused", "refused", "letter", 0, 19)),
    ("appealed", {"askedOn": "2025-04-01", "refusedOn": "2025-04-20", "appealedOn": "2025-04-25"},
     ("appealed", "refused", "letter", 0, 19)),
    ("withdrawn", {"askedOn": "2025-04-01", "status": "withdrawn"}, ("withdrawn",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "told"), REQUESTS, ids=[one[0] for one in REQUESTS])
def test_the_clock_of_a_request(
    register: Register, name: str, values: dict[str, str], told: tuple[str | int, ...]
) -> None:
    tell(
        register,
        "ngo",
        ("request", "InformationRequest", {"name": name, "body": "@police", "requester": "@ngo", **values}),
    )
    [one] = disclosures_view(register.store, "xa", today=DAY).requests
    due = (
        x
        for each in one.due
        if each.clock == "answer"
        for x in (each.state, each.authority, each.days_over, each.days_open)
    )
    assert (one.state, *due) == told


def test_what_is_withheld_until_when(register: Register) -> None:
    tell(register, "police", contract("now", startDate="2024-01-01", endDate="2026-12-31"))
    base = {"record": "@now", "body": "@police", "what": "The price.", "legalGround": "Section 9."}
    tell(register, "police", ("r1", "Redaction", base | {"endDate": "2025-05-01"}))
    tell(register, "police", ("r2", "Redaction", base | {"what": "The annex.", "endDate": "2027-01-01"}))
    view = disclosures_view(register.store, "xa", today=DAY)
    assert [one.texts for one in view.withheld] == [
        {"What is withheld": ["The price."], "Ground": ["Section 9."]},
        {"What is withheld": ["The annex."], "Ground": ["Section 9."]},
    ]
    assert [(due.state, due.due, due.days_over) for one in view.withheld for due in one.due] == [
        ("overdue", "2025-05-01", 31),
        ("running", "2027-01-01", 0),
    ]
    assert view.counts == {
        "past": 0,
        "current": 1,
        "planned": 0,
        "unknown": 0,
        "withheld": 2,
        "withheld_over": 1,
        "requests_open": 0,
        "requests_overdue": 0,
        "requests_refused": 0,
        "requests_to_come": 0,
    }


def test_a_long_chain_of_control_hides_nobody_behind_a_short_share(register: Register) -> None:
    names = ["base", *(f"c{step}" for step in range(1, 10))]
    owned: list[Rec] = [(name, "Company", {"name": name}) for name in names]
    owned += [
        (f"o-{above}", "Ownership", {"owner": f"@{above}", "asset": f"@{below}", "percentage": "100"})
        for below, above in itertools.pairwise(names)
    ]
    owned.append(("short", "Ownership", {"owner": f"@{names[-2]}", "asset": "@base", "percentage": "30"}))
    tell(register, "paper", *owned)
    found = {one.id: (one.how, len(one.path)) for one in chains.above(Reader(register.store), id_of("base"), DAY)}
    assert found == {id_of(name): (chains.CONTROL, step) for step, name in enumerate(names[1:], start=2)}
