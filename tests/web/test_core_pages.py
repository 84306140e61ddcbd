"""What the core data answers on the pages: a company with its case, a State with its acts, a listing with its end."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from sousveil.cli import main
from sousveil.decisions.index import Base
from sousveil.register.intake.core import core_id
from sousveil.register.model import entity_id
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.register import maker
from tests.web.client import ask

PEGASUS = "--product|Pegasus|--supplier|NSO Group|--end-user|Bureau of Brass Lanterns|--country|hu".split("|")
"""The question whether NSO Group may sell Pegasus to a body that nobody knows."""
NOT_FINAL = "not final: appeal of November 2025, 9th Cir. 25-7380, pending in May 2026; no later decision was found"


def text(app: Outer, address: str) -> str:
    """The words of a page."""
    got = ask(app, address)
    assert got.status == 200, (address, got.status)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", got.text)).split())


def data(app: Outer, address: str) -> Any:
    """What the API says under the address of a page."""
    got = ask(app, f"/api/v1{address}")
    assert got.status == 200, (address, got.status)
    return got.json["data"]


def made(folder: Path) -> Path:
    assert (
        main(["register", "init", str(folder), "--title", "Core", "--origin", "core.example/log", "--with-core"]) == 0
    )
    return folder


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outer]:
    outer = Outer(Site.open(made(tmp_path_factory.mktemp("core") / "register")))
    yield outer
    outer.site.register.close()


@pytest.fixture(scope="module")
def full(every_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outer]:
    """The core with every source of which a copy lies with the other data."""
    outer = Outer(Site.open(Path(shutil.copytree(every_source, tmp_path_factory.mktemp("full") / "register"))))
    yield outer
    outer.site.register.close()


@pytest.fixture(params=["core", "full"])
def either(request: pytest.FixtureRequest) -> Outer:
    """The core alone, then with every source."""
    found: Outer = request.getfixturevalue(request.param)
    return found


# ---------------------------------------------------------------- the core alone, and with every source


def test_nso_is_one_company_with_its_group_listing_litigation_incidents_and_owners(either: Outer) -> None:
    found = [one["ref"]["caption"] for one in data(either, "/search?q=NSO&type=Company")["hits"]]
    assert found == ["NSO Group", "NSO Group Technologies Ltd"]
    page = text(either, f"/entities/{core_id('NSO Group')}")
    for said in (
        "Q Cyber Technologies SARL",
        "US Entity List",
        "4 November 2021",
        "Federal Register (other site)",
        "WhatsApp and Meta v NSO Group and Q Cyber Technologies",
        f"Note: {NOT_FINAL}",
        "Francisco Partners",
        "Novalpina Capital Partners I",
        "from 2014 until 2019",
        "Pegasus",
        "infected, according to a forensic examination",
        "Abuse incident, 2019, Pegasus, Hungary",
    ):
        assert said in page, said


def test_the_network_of_intellexa_shows_its_consortium(either: Outer) -> None:
    network = data(either, f"/entities/{core_id('Intellexa alliance')}/network")
    assert {one["caption"] for one in network["nodes"]} >= {
        "Aliada Group Inc.",
        "Cytrox AD",
        "Cytrox Holdings Zrt",
        "Intellexa Limited",
        "Intellexa S.A.",
        "Nexa Technologies",
        "Passitora Ltd",
        "Senpai Technologies",
        "Thalestris Limited",
    }


def test_a_listing_and_its_end_are_both_shown(either: Outer) -> None:
    page = text(either, f"/entities/{core_id('Sandvine Incorporated')}")
    assert "from 27 February 2024 until 21 October 2024" in page
    assert "Reason given: Removed after changes of owner structure, leadership and business" in page


ACTS = {
    # recorded acts by demand, as they are counted in the cells of a State
    "de": {"b": 2, "j": 3},
    "hu": {"b": 2, "j": 1},
    "il": {"b": 5, "j": 1},
    "cr": {"a": 1, "j": 2},
    "us": {"a": 15, "h": 1, "i": 1, "j": 4},
}


@pytest.mark.parametrize("country", ACTS)
def test_acts_of_a_state_stand_in_its_cells(either: Outer, country: str) -> None:
    row = data(either, f"/states/{country}")["row"]
    assert {one["letter"]: one["acts_count"] for one in row["cells"] if one["acts_count"]} == ACTS[country]
    for cell in row["cells"]:
        assert (cell["acts_count"] > 0) <= (cell["asked_since"] is None)
        assert cell["state"] != "met"
    words = {one["letter"]: one["words"] for one in row["cells"]}
    assert words["b"] == "act recorded" if "b" in ACTS[country] else words["b"] == "unknown"
    page = text(either, f"/states/{country}")
    acted = sum(one["words"] != "unknown" for one in row["cells"])
    asked = sum(one["asked_since"] is not None for one in row["cells"])
    assert f"13 demands: {acted} with a recorded act, {asked} asked since July 2021" in page


SAID_FOR = {
    # what a cell shows of a record with several publications or demands: the newest that is about this demand
    ("eu", "b"): "Report A9-0189/2023 of the PEGA committee",
    ("eu", "e"): "Harmonised civil liability of the first text removed",
    ("gb", "i"): "Claim of Privacy International and Liberty before the Investigatory Powers Tribunal",
    ("hu", "b"): "Data protection authority finds no violation",
    ("us", "h"): "Stop of the contract with Paragon lifted",
    ("us", "i"): "WhatsApp v NSO Group: damages and injunction",
}


def test_a_cell_shows_the_newest_step_under_its_own_demand(core: Outer) -> None:
    for (country, letter), wanted in SAID_FOR.items():
        cells = data(core, f"/states/{country}")["row"]["cells"]
        (cell,) = (one for one in cells if one["letter"] == letter)
        assert any(wanted in one["says"] for one in cell["acts"]), (
            country,
            letter,
            [one["says"] for one in cell["acts"]],
        )


def test_to_take_part_and_to_be_reported_are_acts_recorded(core: Outer) -> None:
    cells = {(row["country"], one["letter"]): one for row in data(core, "/states")["rows"] for one in row["cells"]}
    for (country, letter), one in cells.items():
        if letter == "j" or (country, letter) == ("us", "f"):
            assert one["words"] == ("act recorded" if one["acts_count"] else "unknown"), (country, letter)
    assert sum(one["words"] == "act recorded" for (_, letter), one in cells.items() if letter == "j") > 40
    assert (cells["hu", "j"]["words"], cells["us", "j"]["words"]) == ("act recorded", "act recorded")


def test_the_network_shows_the_notes_of_its_links(core: Outer) -> None:
    where = f"/entities/{core_id('Paragon Solutions Ltd')}/network"
    (note,) = {note for one in data(core, where)["edges"] for note in one["notes"] if "approved" in note}
    assert f"Note: {note}" in text(core, where)


def test_a_state_begins_with_what_is_known_of_its_trade(core: Outer) -> None:
    topics = {
        code: {one["id"]: [row["what"] for row in one["rows"]] for one in data(core, f"/states/{code}")["topics"]}
        for code in ("de", "hu", "il")
    }
    assert {code: many["trade"] for code, many in topics.items()} == {
        "de": ["FinFisher GmbH"],
        "hu": ["Cytrox Holdings Zrt"],
        "il": [
            "Cellebrite DI Ltd.",
            "Cognyte Software Ltd.",
            "NSO Group",
            "Paragon Solutions Ltd",
            "QuaDream Ltd",
            "Rayzone Group Ltd",
            "Senpai Technologies",
            "Candiru",
        ],
    }
    assert topics["hu"]["incidents"] == [
        "Abuse incident, 2019, Pegasus, Hungary",
        "Abuse incident, 2018, Pegasus, Hungary",
    ]
    assert topics["hu"]["treaties"] == ["Wassenaar Arrangement"] and "incidents" not in topics["de"]
    page = text(core, "/states/hu")
    assert page.index("Companies based here") < page.index("13 demands:")
    stage = "infected, according to a forensic examination"
    assert re.search(stage + ".{0,300}attributed by a forensic examination", page)
    assert "It takes part in 2 statements and treaties." in text(core, "/states/lu")


INVESTIGATIONS = {
    # by State: each with where it stands, what came of it, and its dates
    "hu": {
        "Inquiry of the data protection authority": (
            "closed, 31 January 2022",
            "Outcome: Data protection authority finds no violation; part of the report secret until 2050",
            "from August 2021 until 31 January 2022",
        ),
        "Investigation of the prosecutor": (
            "closed, 15 June 2022",
            "Outcome: Prosecutor ends the investigation without charge",
            "until 15 June 2022, start not known",
        ),
    },
    "es": {
        "Pegasus case of the National Court of Spain": (
            "closed, 22 January 2026",
            "",
            "from April 2024 until 22 January 2026",
        ),
    },
    "in": {
        "Technical committee of the Supreme Court": (
            "closed, 25 August 2022",
            "Findings: Committee: malware in 5 of 29 phones, Pegasus not proven; government did not cooperate",
            "from 27 October 2021 until 25 August 2022",
        ),
    },
}


@pytest.mark.parametrize("country", INVESTIGATIONS)
def test_no_investigation_stands_without_its_outcome(core: Outer, country: str) -> None:
    (topic,) = [one for one in data(core, f"/states/{country}")["topics"] if one["id"] == "investigations"]
    found = {
        one["what"]: (
            one["details"][0],
            next((line for line in one["details"] if line.startswith(("Outcome:", "Findings:"))), ""),
            one["date"],
        )
        for one in topic["rows"]
    }
    assert found == INVESTIGATIONS[country]


@pytest.mark.parametrize(("day", "stage"), [("2026-11-30", "closed, 3 May 2023"), ("2021-01-01", "open, July 2019")])
def test_an_investigation_stays_after_its_end_and_stands_as_on_the_day(core: Outer, day: str, stage: str) -> None:
    sections = data(core, f"/entities/{core_id('FinFisher GmbH')}?as_of={day}")["sections"]
    found = {row["ref"]["caption"]: row["stage_words"] for one in sections for row in one["rows"]}
    assert found["Investigation of FinFisher by the Munich prosecutor"] == stage


def test_a_name_given_by_others_stands_as_called_by_them(core: Outer) -> None:
    dsirf = core_id("DSIRF GmbH")
    page = text(core, f"/entities/{dsirf}")
    assert "Called KNOTWEED by Microsoft Note: name by Microsoft; the company rejects the charge of misuse" in page
    assert "<title>Called KNOTWEED by Microsoft</title>" in ask(core, f"/entities/{dsirf}/feed.atom").text


def test_a_listing_that_ended_is_no_name_by_others(core: Outer) -> None:
    page = text(core, f"/entities/{core_id('Sandvine Incorporated')}")
    assert "On lists Ended: US Entity List from 27 February 2024 until 21 October 2024" in page
    assert "Named by others as" not in page


def test_every_ready_act_stands_in_the_cell_of_its_state(either: Outer) -> None:
    rows = data(either, "/states")["rows"]
    shown = {
        (row["country"], cell["letter"]): cell["acts_count"]
        for row in rows
        for cell in row["cells"]
        if cell["acts_count"]
    }
    wanted: dict[tuple[str, str], set[str]] = {}
    demands: dict[str, set[str]] = {}
    countries: dict[str, set[str]] = {}
    for one in either.site.store.iter_statements(dataset="core"):
        into = {"demand": demands, "country": countries, "jurisdiction": countries}.get(one.statement.property)
        if into is not None:
            into.setdefault(one.statement.subject, set()).add(one.statement.value)
    for record, letters in demands.items():
        for letter in letters:
            for country in countries[record]:
                wanted.setdefault((country, letter), set()).add(record)
    assert shown == {key: len(records) for key, records in wanted.items()}
    assert (len({country for country, _ in shown}), sum(shown.values())) == (51, 168)


def test_the_map_has_sellers_by_product_and_by_technology(core: Outer) -> None:
    countries = {one["code"]: one for one in data(core, "/map")["countries"]}
    sellers = {code for code, one in countries.items() if one["sellers"]}
    assert sellers == {"at", "ca", "cy", "de", "es", "fr", "hu", "il", "it", "se", "us"}
    assert {code for code, one in countries.items() if one["restricted"]} == {"gr", "ie", "il", "mk", "ru", "sg", "vg"}
    (wispear,) = [one for one in countries["cy"]["rows"] if one["role"] == "seller"]
    assert (wispear["ref"]["caption"], wispear["words"]) == (
        "Passitora Ltd",
        "Offers such technology, according to MISP galaxy",
    )


def test_a_note_is_read_with_the_claim_in_every_answer(core: Outer, capsys: pytest.CaptureFixture[str]) -> None:
    case = core_id("proceeding/WhatsApp v NSO Group")
    facts = data(core, f"/entities/{case}")["properties"]
    (outcome,) = [claim for one in facts for claim in one["claims"] if claim["value"].startswith("Punitive damages")]
    assert outcome["notes"] == [NOT_FINAL]
    assert f"Note: {NOT_FINAL}" in text(core, f"/statements/{outcome['id']}")
    feed = ask(core, f"/entities/{case}/feed.atom").text
    line = next(one for one in feed.splitlines() if "Punitive damages" in one)
    assert f"Note: {NOT_FINAL}" in line
    where = str(core.site.register.folder)
    asked = ["--product", "Pegasus", "--supplier", "NSO Group", "--end-user", "Ministry of Interior", "--country", "hu"]
    main(["decide", "--register", where, "--action", "sale", *asked, "--full"])
    full = " ".join(capsys.readouterr().out.split())
    assert "Note: journalists, lawyers, activists, public figures, academics" in full


def test_decide_asks_nothing_and_cites_the_list(core: Outer, capsys: pytest.CaptureFixture[str]) -> None:
    where = str(core.site.register.folder)
    asked = ["--product", "Pegasus", "--supplier", "NSO Group", "--end-user", "Ministry of Interior", "--country", "hu"]
    assert main(["decide", "--register", where, "--action", "sale", *asked, "--pack", "us-lists"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 10
    said = " ".join(" ".join(lines).split())
    assert "NSO Group stands on the US Entity List" in said
    assert "(confirmed, 4 November 2021, federalregister.gov, see its note)" in said


# ---------------------------------------------------------------- with the other sources


def test_the_clients_of_nso_by_stage(full: Outer) -> None:
    page = data(full, f"/entities/{core_id('NSO Group')}")
    sections = {one["name"]: one["rows"] for one in page["sections"]}
    clients = [one for one in sections["uses"] if one["ref"]["type"] == "ClientClaim"]
    assert Counter(one["client_stage"] for one in clients) == {"potential": 11, "reported": 6}
    assert "Pegasus" in {one["ref"]["caption"] for one in sections["products"]}
    text_of = text(full, f"/entities/{core_id('NSO Group')}")
    assert "17 named reported client 6, potential client 11" in text_of  # a stand at a fair is no client
    assert "through Acustek" not in text_of  # of a long list of exhibitors the company itself is one
    assert "proposed by the core data; answers need two reviewers – The company that the letter is about" in text_of
    names = {
        claim["value"] for one in page["properties"] if one["name"] in ("name", "alias") for claim in one["claims"]
    }
    assert names == {"NSO Group", "NSO group", "NSO"}


def test_what_is_known_of_the_trade_of_three_states(full: Outer) -> None:
    found = {
        code: {one["id"]: len(one["rows"]) for one in data(full, f"/states/{code}")["topics"]}
        for code in ("de", "hu", "il")
    }
    assert found == {
        "de": {"trade": 14, "licences": 39, "investigations": 1, "treaties": 3},
        "hu": {"trade": 2, "clients": 4, "incidents": 2, "supplies": 8, "investigations": 2, "treaties": 1},
        "il": {"trade": 50, "clients": 1, "supplies": 1, "investigations": 3},
    }


def test_a_company_counts_once_and_each_listing_too(full: Outer) -> None:
    """A seller that a list names too is one company; a seller on a government's list is one of those on lists."""
    for code, wanted in {"de": (14, 0), "hu": (2, 1), "il": (59, 2)}.items():
        view = data(full, f"/states/{code}")
        small = f"{wanted[1]} on a government list" if wanted[1] else ""
        assert [(one["value"], one["small"]) for one in view["keys"] if one["topic"] == "trade"] == [
            (f"{wanted[0]} companies", small)
        ]
        (trade,) = [one for one in view["topics"] if one["id"] == "trade"]
        assert len({one["ref"]["id"] for one in trade["rows"]}) == len(trade["rows"]) == min(wanted[0], 50)


def test_plate_readers_judge_no_state(full: Outer) -> None:
    """Thousands of uses by police of one State are a layer: that nobody published an approval of them is no "not met"."""
    rows = {one["country"]: one["cells"] for one in data(full, "/states")["rows"]}
    assert {one["words"] for one in rows["us"] if one["letter"] == "h"} == {"act recorded"}
    assert not any(one["state"] == "not" for cells in rows.values() for one in cells)


def test_the_first_page_counts_no_context(full: Outer) -> None:
    finding = data(full, "/home")["findings"][1]
    assert finding["title"] == "NSO Group Technologies Ltd: 40 incident reports"
    assert [one["publisher"] for one in finding["claims"]] == [
        "Amnesty International and The Washington Post",
        "Citizen Lab",
    ]


def test_the_map_has_sellers_in_twenty_countries(full: Outer) -> None:
    """23 by what a statement says; 48 with the companies that a list calls sellers."""
    countries = data(full, "/map")["countries"]
    assert " ".join(sorted(one["code"] for one in countries if one["sellers"])) == (
        "at ca ch cn cy de dk es fi fr gb hu ie il it kz nl nz ru se si us za"
    )
    assert len({one["code"] for one in countries if one["sellers"] or one["listed"]}) == 48


def test_records_of_one_list_are_joined_by_rule(full: Outer) -> None:
    page = text(full, f"/entities/{core_id('Intellexa S.A.')}")
    assert "joined by rule – Same official name with legal form in Greece" in page
    raw = ask(full, f"/entities/{core_id('Intellexa S.A.')}").text
    assert "Cytrox" not in raw.partition('id="grouped"')[2].partition("</details>")[0]


def test_a_page_lists_namesakes_that_nobody_judged(full: Outer) -> None:
    def namesakes(id: str) -> str:
        found = (
            ask(full, f"/entities/{id}")
            .text.partition('<details class="topic" id="alike">')[2]
            .partition("</details>")[0]
        )
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", found.partition("<ul")[2].partition(">")[2])).split())

    assert namesakes(core_id("OSY Technologies SARL")) == "OSY Technologies (Company)"
    # those of one source; the namesake of another is judged to be different
    assert namesakes(core_id("Cytrox AD")) == "Cytrox (Company) Cytrox AD (Company)"
    # that with another legal form, Intellexa S.A., is not among them
    assert namesakes(core_id("Intellexa Limited")) == "Intellexa (Company) Intellexa (Company) Intellexa Ltd (Company)"


def test_decide_asks_nothing_where_the_core_proposes_that_all_are_one(
    full: Outer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The strictest of the records that bear the name answers: a proposal never gives a milder answer."""
    where = str(full.site.register.folder)
    assert main(["decide", "--register", where, "--action", "sale", *PEGASUS, "--pack", "us-lists"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 10
    said = " ".join(" ".join(lines).split())
    assert "NSO Group stands on the US Entity List" in said
    strict = ["--on-ambiguity", "strictest"]
    main(["decide", "--register", where, "--action", "sale", *PEGASUS, "--pack", "us-lists", *strict])
    assert capsys.readouterr().out.splitlines() == lines
    slip = [
        "NSQ Group" if one == "NSO Group" else one for one in PEGASUS
    ]  # a slip stays a question: it names nobody exactly
    assert main(["decide", "--register", where, "--action", "sale", *slip, "--pack", "us-lists"]) == 2
    assert "Which record do you mean by “NSQ Group” (supplier)?" in capsys.readouterr().err


def test_search_map_and_network_name_what_the_core_proposes(full: Outer, core: Outer) -> None:
    """The label counts the records of the page that no second person has judged; on the core alone there is nothing to join."""
    members = data(full, f"/entities/{core_id('NSO Group')}")["grouped"]
    proposed = sum(one["how"] == "proposed" for one in members)
    hit = data(full, "/search?q=NSO&type=Company")["hits"][0]
    assert proposed and hit["proposed"] == proposed
    assert f"Proposed: one with {proposed} more records" in text(full, "/search?q=NSO&type=Company")
    for address in ("/map", f"/entities/{core_id('NSO Group')}/network"):
        for app, named in ((full, True), (core, False)):
            said = text(app, address).partition("The core data proposes that several records are one for:")[2]
            assert ("NSO Group" in said.partition("Each page shows which.")[0]) is named, address
    assert data(core, "/search?q=NSO&type=Company")["hits"][0]["proposed"] == 0


def test_a_second_reviewer_joins_in_answers(full: Outer, capsys: pytest.CaptureFixture[str]) -> None:
    """Until then several records bear the name."""
    where = str(full.site.register.folder)
    register = full.site.register
    assert len(Base.from_store(register.store).records.keys() & set(register.store.members(core_id("NSO Group")))) > 1
    maker.add_keys(register, "paper")
    for id in ("NSO Group", "Pegasus"):
        for other in register.store.members(core_id(id)):
            if other != core_id(id):
                values = {"left": core_id(id), "right": other, "verdict": "same", "reason": "looked at both"}
                judgement = entity_id("judgement", "paper", other)
                said = [maker.said(judgement, "Judgement", name, value) for name, value in values.items()]
                register.publish(said, maker.private("paper"))
    assert main(["decide", "--register", where, "--action", "sale", *PEGASUS, "--pack", "us-lists"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 10 and "NSO Group stands on the US Entity List" in " ".join(" ".join(lines).split())
    full.site.state(now=True)
    assert data(full, "/search?q=NSO&type=Company")["hits"][0]["proposed"] == 0
