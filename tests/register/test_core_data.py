"""The core data: every ready line is taken over or left out for a reason, and one command makes a register with it."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.decisions.index import Base
from sousveil.decisions.procedures import cells, items, registry
from sousveil.decisions.procedures.engine import Board
from sousveil.register import identity
from sousveil.register.identity_rules import by_rule
from sousveil.register.intake import find
from sousveil.register.intake.core import core_id
from sousveil.register.intake.source import Source
from sousveil.register.load import load
from sousveil.register.model import Recorded, Standing, Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.score import Query
from sousveil.register.screening import Screener
from sousveil.register.store import Store
from sousveil.register.verify import verify
from sousveil.register.views.entity import entity_view
from sousveil.register.views.reading import Reader
from sousveil.register.views.records import Record, notes_on
from sousveil.register.views.store import clusters_at
from tests.conftest import SHARED
from tests.register import maker

ROOT = Path(__file__).resolve().parents[2]
CORE = SHARED / "register" / "core"
DATA = find("core").dataset.folder
assert DATA is not None


def packaged(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]  # type: ignore[operator]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_core", ROOT / "scripts" / "build_core.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def said() -> list[Statement]:
    source = Source(find("core").dataset, DATA)  # type: ignore[arg-type]
    rows = list(find("core").read(source))
    source.finish()
    assert source.warnings == []
    return [one for one in rows if isinstance(one, Statement)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("core") / "register"
    assert main(["register", "init", str(place), "--title", "Core", "--origin", "core.example/log", "--with-core"]) == 0
    return place


@pytest.fixture
def register(folder: Path) -> Iterator[Register]:
    with Register.read(folder) as opened:
        yield opened


# ---------------------------------------------------------------- the lines


@pytest.mark.skipif(not CORE.is_dir(), reason="shared data not there")
def test_every_ready_line_is_taken_over_or_left_out_for_a_reason(script: ModuleType) -> None:
    ready = {
        f"{name}:{number}": json.loads(line)
        for name in ("vendors.jsonl", "states.jsonl", "incidents.jsonl")
        for number, line in enumerate((CORE / name).read_text("utf-8").splitlines(), 1)
        if json.loads(line)["ready"]
    }
    assert Counter(one.partition(".")[0] for one in ready) == {"vendors": 324, "states": 177, "incidents": 50}
    rows, out = script.rows(CORE)
    taken = {one["line"] for one in rows if "line" in one}
    assert taken | out.keys() == ready.keys() and not taken & out.keys()
    assert Counter(out.values()) == {
        "repeats a listing of vendors.jsonl": 6,
        "repeats a licence event of vendors.jsonl": 1,
    }
    notes = {place for place, line in ready.items() if line["note"]} - out.keys()
    assert notes == {one["line"] for one in rows if "note" in one}


@pytest.mark.skipif(not CORE.is_dir(), reason="shared data not there")
def test_the_package_holds_what_the_script_makes(script: ModuleType) -> None:
    rows, _ = script.rows(CORE)
    assert packaged("records.jsonl") == json.loads(json.dumps(rows))
    assert packaged("same-as.jsonl") == list(script.same_as(CORE))
    assert (DATA / "SOURCES.md").read_text("utf-8") == "\n".join(script.attribution(rows)) + "\n"  # type: ignore[operator]


def test_what_the_core_holds(said: list[Statement]) -> None:
    records = Counter(type for _, type in {(one.subject, one.type) for one in said})
    assert {type: records[type] for type in ("Proceeding", "AbuseIncident", "TreatyParticipation", "Judgement")} == {
        "Proceeding": 8,
        "AbuseIncident": 50,
        "TreatyParticipation": 110,
        "Judgement": 115,
    }
    assert records["MoratoriumMeasure"] == records["Person"] == records["Directorship"] == 0
    assert not any(one.person for one in said)
    verdicts = Counter(one.value for one in said if one.property == "verdict")
    assert verdicts == {"same": 90, "different": 25}
    sources = (DATA / "SOURCES.md").read_text("utf-8")  # type: ignore[operator]
    assert all(f"]({one.source})" in sources for one in said if one.type not in ("Judgement", "State"))


def test_a_call_for_a_moratorium_is_a_statement_and_no_measure(said: list[Statement]) -> None:
    (call,) = {one.subject for one in said if one.value == "cr" and one.type == "PublicStatement"}
    found = {one.property: one.value for one in said if one.subject == call}
    assert (found["demand"], found["note"]) == ("a", "a call, not a measure in force")
    assert found["title"].startswith("Called for an immediate moratorium")


def test_incidents_rest_on_a_laboratory_or_are_reported(said: list[Statement]) -> None:
    stages = {one.subject: (one.value, one.standing, one.publisher) for one in said if one.property == "stage"}
    assert Counter(standing for _, standing, _ in stages.values()) == {
        Standing.FORENSICALLY_ATTRIBUTED: 32,
        Standing.REPORTED: 18,
    }
    assert all(standing is Standing.REPORTED for stage, standing, _ in stages.values() if stage == "selected")
    assert stages[core_id("inc-029")] == ("infected", Standing.FORENSICALLY_ATTRIBUTED, "Citizen Lab")
    assert stages[core_id("inc-045")] == ("infected", Standing.REPORTED, "The Diplomat in Spain")
    assert stages[core_id("inc-009")][1] is Standing.REPORTED  # the letter tells it; no laboratory reports it
    people = {
        (one.value, one.original) for one in said if one.subject == core_id("inc-002") and one.property == "targets"
    }
    assert people == {("40", "at least 40")}


def test_a_case_is_one_record_with_dated_steps(said: list[Statement]) -> None:
    case = core_id("proceeding/WhatsApp v NSO Group")
    steps = [(one.property, one.value, one.valid_from, one.publisher) for one in said if one.subject == case]
    assert [one for one in steps if one[0] in ("step", "final", "caseNumber")] == [
        ("caseNumber", "4:19-cv-07123", None, "CTech"),
        ("final", "no", None, "Editors of the Sousveil core data"),
        ("step", "judgment", "2025-05-06", "CTech"),
        ("step", "judgment", "2025-10-17", "Dawn"),
    ]
    assert [one[1] for one in steps if one[0] == "note"] == [
        "reduced on 2025-10-17; not final",
        "not final: appeal of November 2025, 9th Cir. 25-7380, pending in May 2026; no later decision was found",
    ]
    ids = {one.subject for one in said if one.type == "Proceeding"}
    assert {one.subject for one in said if one.type == "Proceeding" and one.property == "final"} == ids


def test_a_case_begins_with_a_line_that_says_so(said: list[Statement]) -> None:
    cases = {
        one.subject: one.value for one in said if one.type in ("Proceeding", "Investigation") and one.property == "name"
    }
    begun = {cases[one.subject]: one.value for one in said if one.property == "startDate" and one.subject in cases}
    assert begun == {
        "El Faro journalists v NSO Group": "2022-11-30",
        "Criminal proceedings in Munich on exports of FinFisher software": "2019-07-05",
        "Complaint on the sale of Amesys to Libya": "2011-10-19",
        "Proceedings in Paris on the sale of Nexa Technologies to Egypt": "2017-11-09",
        "Investigation of FinFisher by the Munich prosecutor": "2019-07",
        "PEGA committee of inquiry": "2022-03-10",
        "Committee of inquiry of the Sejm on Pegasus": "2024-01-17",
        "Inquiry of the data protection authority": "2021-08",
        "Technical committee of the Supreme Court": "2021-10-27",
    }
    assert not any(one.property == "date" for one in said if one.subject in cases)


def test_whether_a_case_is_final_is_the_word_of_the_editors(said: list[Statement]) -> None:
    final = [one for one in said if one.property == "final"]
    assert {one.publisher for one in final} == {"Editors of the Sousveil core data"}
    assert {one.standing for one in final} == {Standing.REPORTED}
    words = {one.subject: one.value for one in final}
    assert words[core_id("proceeding/FinFisher exports")] == "unknown"


def test_what_others_ask_is_no_act_of_the_states(said: list[Statement]) -> None:
    (call,) = {one.subject for one in said if one.value.startswith("Access Now asks Bulgaria and Cyprus")}
    assert {(one.type, one.property, one.value) for one in said if one.subject == call and one.property != "name"} == {
        ("Event", "organizer", core_id("Access Now")),
        ("Event", "involved", core_id("NSO Group")),
        ("Event", "date", "2019-05"),
        ("Event", "note", "Bulgaria answered later that it issued none to NSO Group (Capital, 2021-07-20)"),
    }
    (asked,) = {one.subject for one in said if one.value.startswith("Parliament of the EU says that the Commission")}
    statement = {
        (one.property, one.value) for one in said if one.subject == asked and one.property not in ("title", "note")
    }
    assert statement == {
        ("country", "eu"),
        ("demand", "b"),
        ("body", core_id("European Parliament")),
        ("addressee", core_id("European Commission")),
        ("statedOn", "2023-11-23"),
        *(("about", core_id(f"state:{code}")) for code in ("cy", "es", "gr", "hu", "pl")),
    }
    assert {one.type for one in said if one.subject == asked} == {"PublicStatement"}


def test_the_name_of_an_actor_is_what_somebody_called_it(said: list[Statement]) -> None:
    (claim,) = {one.subject for one in said if one.value == "KNOTWEED"}
    assert [(one.property, one.value) for one in said if one.subject == claim] == [
        ("entity", core_id("DSIRF GmbH")),
        ("claimKind", "called"),
        ("label", "KNOTWEED"),
        ("publisher", "Microsoft"),
        ("description", "Name for the actor."),
        ("note", "name by Microsoft; the company rejects the charge of misuse"),
    ]
    assert not any("KNOTWEED" in one.value for one in said if one.property in ("alias", "name"))


# ---------------------------------------------------------------- one command


def test_one_command_makes_a_register_that_verifies(folder: Path, register: Register, said: list[Statement]) -> None:
    distinct = {(one.subject, one.type, one.property, one.value, one.source, one.valid_from) for one in said}
    assert register.store.counts().datasets["core"] == len(distinct)
    assert {one.signers[0] for one in register.store.entries()} == {register.paths.key("operator").public.id}
    assert verify(folder).difference is None


def test_an_example_register_takes_no_core(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["register", "init", str(tmp_path / "r"), "--example", "--with-core"]) == 2
    assert "The core data is real" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


# ---------------------------------------------------------------- what States owe


def test_no_state_is_judged_by_what_others_ask_or_by_a_finished_inquiry(register: Register) -> None:
    reader = Reader(register.store, as_of="2026-11-30")
    board, day = Board(register.store, reader=reader), date(2026, 11, 30).toordinal()
    judged: set[tuple[str, str, str | None]] = set()
    for code in cells.countries(board):
        for cell in cells.state_row(board, code, day).cells:
            for need in cell.needs:
                judged |= {(cell.letter, need.state, one.record.type) for one in need.proof}
    assert judged == {
        ("b", "partly", "Investigation"),  # the report of PEGA, by the Parliament itself
        ("b", "partly", "LicenceEvent"),  # of Hacking Team
    }
    (eu,) = [one for one in cells.state_row(board, "eu", day).cells if one.letter == "b"]
    assert [one.record.caption for need in eu.needs for one in need.proof] == ["PEGA committee of inquiry"]
    owed = {
        (due.clock, reader.ref(one.id).caption, due.state, due.met_on)
        for procedure in registry.all_procedures().values()
        for one in items.records(board, procedure, ("Investigation", "InformationRequest", "PublicStatement", "Event"))
        for due in items.dues(board, procedure, one, day)
    }
    assert owed == {
        ("results", "Committee of inquiry of the Sejm on Pegasus", "asked", None),
        ("results", "Inquiry of the data protection authority", "met", "2022-01-31"),
        ("results", "Investigation of FinFisher by the Munich prosecutor", "met", "2023-05-03"),
        ("results", "PEGA committee of inquiry", "met", "2023-05-22"),
        ("results", "Technical committee of the Supreme Court", "met", "2022-08-25"),
    }


# ---------------------------------------------------------------- notes


def test_a_note_stands_beside_what_it_qualifies(register: Register) -> None:
    dsirf = entity_view(register.store, core_id("DSIRF GmbH"))
    assert [(one.property, one.display) for one in dsirf.labels_claims] == [("label", "KNOTWEED")]
    assert dsirf.labels == ["Called KNOTWEED by Microsoft"]
    assert dsirf.labels_claims[0].notes == ["name by Microsoft; the company rejects the charge of misuse"]
    rcs = entity_view(register.store, core_id("RCS Lab S.p.A."))
    notes = {claim.property: claim.notes for one in rcs.properties for claim in one.claims}
    assert notes["incorporationDate"] == ["Founded: another report says 1992"]
    assert notes["name"] == notes["jurisdiction"] == notes["technology"] == notes["note"] == []
    intellexa = entity_view(register.store, core_id("Intellexa alliance"))
    (case,) = [one for section in intellexa.sections for one in section.rows if one.ref.type == "Proceeding"]
    assert len(case.notes) == 2 and all("not final" in one for one in case.notes)
    assert case.stage_words == "judgment, 26 February 2026, not final"


def test_a_note_qualifies_what_its_own_publication_says() -> None:
    facts = [
        *listed("sv-a", name="Heron Works", incorporationDate="2019", note="Founded: another report says 2018"),
        *listed("sv-a", Standing.REPORTED, seat="Valletta"),
    ]
    other = msgspec.structs.replace(facts[1].statement, source="https://other.example/2")
    facts.append(Recorded(id="other", recorded=2, statement=other))
    whole = msgspec.structs.replace(facts[2].statement, value="as of 2020: not checked")
    facts.append(Recorded(id="whole", recorded=3, statement=whole))
    by_property: dict[str, list[Recorded]] = {}
    for one in facts:
        by_property.setdefault(one.statement.property, []).append(one)
    record = Record(id="sv-a", type="Company", statements=facts, by_property=by_property)
    assert [(one.id, notes_on(record, one)) for one in facts] == [
        ("sv-a/name", ["as of 2020: not checked"]),
        ("sv-a/incorporationDate", ["Founded: another report says 2018", "as of 2020: not checked"]),
        ("sv-a/note", []),
        ("sv-a/seat", ["as of 2020: not checked"]),
        ("other", []),
        ("whole", []),
    ]


# ---------------------------------------------------------------- who is who


def listed(subject: str, standing: Standing = Standing.CONFIRMED, **values: str) -> list[Recorded]:
    """A company as an official list states it."""
    return [
        Recorded(
            id=f"{subject}/{name}",
            recorded=1,
            statement=Statement(
                subject=subject, type="Company", property=name, value=value, source="https://list.example/1",
                publisher="List", dataset="us-csl-spyware", standing=standing,
            ),
        )
        for name, value in values.items()
    ]  # fmt: skip


def test_records_of_lists_join_by_rule() -> None:
    facts = [
        *listed("sv-a", name="Heron Works Ltd", country="mt"),
        *listed("sv-b", name="HERON WORKS LIMITED", jurisdiction="mt"),
        *listed("sv-c", name="Heron Works Ltd", country="cy"),
        *listed("sv-d", name="Heron Works", country="mt"),
        *listed("sv-e", Standing.REPORTED, name="Heron Works Ltd", country="mt"),
        *listed("sv-f", name="Kite SA", country="gr", registrationNumber="154460701000"),
        *listed("sv-g", name="Kite Trading SA", country="gr", registrationNumber="154460701000"),
        *listed("sv-h", name="Kite SA", registrationNumber="154460701000"),
    ]
    joins = by_rule(facts)
    assert [(one.left, one.right, one.reason) for one in joins] == [
        ("sv-a", "sv-b", "Same official name with legal form in Malta"),
        ("sv-f", "sv-g", "Same registration number 154460701000 in Greece"),
    ]
    labels = {"sv-a": frozenset({"us-csl-spyware"})}
    assert identity.clusters(joins, labels).members == {"sv-a": ("sv-a", "sv-b"), "sv-f": ("sv-f", "sv-g")}
    against = identity.Judgement(
        id="j", left="sv-b", right="sv-a", verdict=identity.Verdict.DIFFERENT, by="ada", recorded=1
    )
    assert identity.clusters([*joins, against], labels).members == {"sv-f": ("sv-f", "sv-g")}
    # Nobody speaks for another by a rule: a key stays with its id, also where one person says the same as the rule.
    keyed = {"sv-a": frozenset({"key:sv-a"})}
    same = msgspec.structs.replace(against, verdict=identity.Verdict.SAME)
    assert "sv-a" not in identity.clusters(joins, keyed).canonical
    assert "sv-a" not in identity.clusters([*joins, same], keyed).canonical
    assert "sv-a" in identity.clusters([*joins, same, msgspec.structs.replace(same, by="bob")], keyed).canonical


def test_one_person_and_a_rule_lay_a_listing_on_nobody() -> None:
    rule = by_rule([*listed("sv-c", name="Heron Ltd", country="mt"), *listed("sv-l", name="Heron Ltd", country="mt")])
    labels = {"sv-l": frozenset({"us-csl-spyware"})}
    ada = identity.Judgement(id="j", left="sv-a", right="sv-c", verdict=identity.Verdict.SAME, by="ada", recorded=1)
    found = identity.clusters([ada, *rule], labels)
    assert found.members == {"sv-c": ("sv-c", "sv-l")}
    assert [(one.left, one.because) for one in found.stopped] == [("sv-a", "second person")]
    both = [ada, msgspec.structs.replace(ada, id="k", by="bob", recorded=2), *rule]
    assert identity.clusters(both, labels).members == {"sv-a": ("sv-a", "sv-c", "sv-l")}


@pytest.mark.parametrize(
    ("names", "numbers", "joined"),
    [
        (("Heron LLC", "Heron LLC"), ("DE-1", "TX-9"), False),
        (("Heron LLC", "Heron LLC"), ("DE-1", ""), True),
        (("Heron LLC", "Heron LLC", "Heron LLC"), ("DE-1", "TX-9", ""), False),  # the third may be either
        (("Heron Inc", "Kite GmbH"), ("1", "1"), False),
        (("Heron Group Inc", "Kite Group GmbH"), ("1", "1"), False),
        (("Heron Inc", "Heron Works GmbH"), ("1", "1"), True),
    ],
)
def test_numbers_tell_namesakes_apart_and_join_nobody_alone(
    names: tuple[str, ...], numbers: tuple[str, ...], joined: bool
) -> None:
    facts = []
    for at, (name, number) in enumerate(zip(names, numbers, strict=True)):
        facts += listed(f"sv-{at}", name=name, country="us", **({"registrationNumber": number} if number else {}))
    assert bool(by_rule(facts)) is joined


@pytest.fixture
def with_lists(folder: Path, shared_data: Path, tmp_path: Path) -> Iterator[Register]:
    """The core with the US lists, the letter and MISP's list."""
    copy = tmp_path / "register"
    shutil.copytree(folder, copy)
    with Register.open(copy, gate=gate) as opened:
        for name in ("us-csl-spyware", "letter-facts", "misp-surveillance-vendor", "spyware-events"):
            load(opened, name, shared_data / "register" / name)
        yield opened


def about(store: Store, id: str) -> tuple[str, ...]:
    """What screening says that is recorded on NSO Group under this id."""
    (hit,) = (one for one in Screener.from_store(store).screen(Query(name="NSO Group"), most=100) if one.entity == id)
    return hit.about


def test_core_judgements_group_pages_as_proposals_and_answers_need_two(with_lists: Register) -> None:
    store, nso = with_lists.store, core_id("NSO Group")
    names = {
        "core": nso,
        "letter-facts": entity_id("letter-facts", "company", "NSO Group"),
        "spyware-events": entity_id("spyware-events", "actor", "NSO Group"),
        "misp-surveillance-vendor": entity_id("misp-surveillance-vendor", "49d8e89f-401d-4d3d-9155-5758a346a4a1"),
        "us-csl-spyware": "sv-3b42d9d16f76460434881651",
    }
    page = entity_view(store, names["letter-facts"])
    assert (page.id, page.redirect, page.caption) == (nso, nso, "NSO Group")
    assert {one.id: (one.datasets, one.how) for one in page.grouped} == {
        id: ([dataset], "canonical" if dataset == "core" else "proposed") for dataset, id in names.items()
    }
    assert [one.how_words for one in page.grouped if one.how == "canonical"] == [""]
    assert entity_id("spyware-events", "actor", "Pegasus") not in store.members(core_id("Pegasus"))
    sure = clusters_at(store, store.size() - 1)
    assert {sure.canonical_of(id) for id in names.values()} == set(names.values())
    # Nobody gains a label by joining the two records of Pegasus: in answers the core's word alone joins them no more than others.
    letter = entity_id("letter-facts", "product", "Pegasus")
    assert letter in store.members(core_id("Pegasus"))
    before = Base.from_store(store)
    assert before.canonical(letter) != before.canonical(core_id("Pegasus"))
    assert not any(
        "Bureau of Industry" in one for one in about(store, nso)
    )  # a listing counts for no record that is only proposed
    assert any("Bureau of Industry" in one for one in about(store, names["us-csl-spyware"]))
    maker.add_keys(with_lists, "paper")
    second(with_lists, "paper", core_id("Pegasus"), letter)
    after = Base.from_store(store)
    assert after.canonical(letter) == after.canonical(core_id("Pegasus"))
    early = store.size() - 1
    second(with_lists, "paper", nso, names["us-csl-spyware"])  # the operator, who signed the core, is the first
    by_dataset = {one.datasets[0]: (one.how, one.reason) for one in entity_view(store, nso).grouped}
    assert by_dataset["us-csl-spyware"][0] == "reviewed" and by_dataset["letter-facts"][0] == "proposed"
    then = {one.datasets[0]: one.how for one in entity_view(store, nso, known_at=early).grouped}
    assert then["us-csl-spyware"] == "proposed"
    sure = clusters_at(store, store.size() - 1)
    assert sure.canonical_of(names["us-csl-spyware"]) == sure.canonical_of(nso)
    assert sure.canonical_of(names["letter-facts"]) != sure.canonical_of(nso)
    assert any("Bureau of Industry" in one for one in about(store, nso))


def test_a_page_names_no_record_that_is_not_loaded_and_tells_one_person_from_two(folder: Path, tmp_path: Path) -> None:
    copy, lone = tmp_path / "register", core_id("Francisco Partners")
    shutil.copytree(folder, copy)
    with Register.open(copy, gate=gate) as register:
        store = register.store
        assert len(store.members(core_id("NSO Group"))) > 1
        assert entity_view(store, core_id("NSO Group")).grouped == []
        maker.add_keys(register, "paper", "loader")
        other = entity_id("invented", "partners")
        register.publish(
            [maker.said(other, "Company", "name", "Francisco Partners", publisher="Intake")], maker.private("loader")
        )
        second(register, "paper", other, core_id("Devices"))  # names an id without statements
        for name, how in (("paper", "judged"), ("loader", "reviewed")):
            early = store.size() - 1
            second(register, name, other, lone)
            grouped = entity_view(store, other).grouped
            assert {one.id: (one.how, one.reason) for one in grouped} == {
                other: ("canonical", ""),
                lone: (how, "same seat"),
            }
        then = entity_view(store, other, known_at=early).grouped
        assert {one.id: one.how for one in then} == {other: "canonical", lone: "judged"}


def second(register: Register, name: str, left: str, right: str) -> None:
    """A reviewer of this name says that the two are the same."""
    owner = maker.KEYS[name][0]
    values = {"left": left, "right": right, "verdict": "same", "reason": "same seat"}
    subject = entity_id("judgement", name, left, right)
    register.publish(
        [
            Statement(
                subject=subject, type="Judgement", property=property, value=value, source=f"Judgement of {owner}",
                publisher=owner, dataset="direct", standing=Standing.CONFIRMED,
            )
            for property, value in values.items()
        ],
        maker.private(name),
    )  # fmt: skip


PARTIES = {
    "Apple", "El Faro journalists", "NSO Group", "NSO Group and Q Cyber Technologies", "WhatsApp", "WhatsApp and Meta",
}  # fmt: skip
"""Both sides of each case that is called "A v B": organizations or groups. Nobody's own name belongs here."""


def test_cases_are_called_after_organizations_and_nothing_holds_a_mail_or_telephone(said: list[Statement]) -> None:
    """The rule of docs/concepts/publications.md: titles, addresses and names of cases name no natural person."""
    sources = (DATA / "SOURCES.md").read_text("utf-8")  # type: ignore[operator]
    names = [one.value.partition(":")[0] for one in said if one.property in ("name", "alias", "title")]
    titles = re.findall(r"(?<=: \[)[^\]]+(?=\]\()", sources)
    assert len(titles) > 100
    cases = [
        re.sub(r"^complaint |, N\.D\. Cal\.$", "", one)
        for one in (*names, *titles)
        if re.search(r" vs?\.? (?!Predator)", one)
    ]
    assert {side.strip() for one in cases for side in re.split(r" vs?\.? ", one)} == PARTIES
    texts = [sources, *(text for one in said for text in (one.value, one.original or "", one.source))]
    assert [one for one in texts if re.search(r"[\w.+-]+@[\w-]+\.[a-z]|mailto:|\btel:|\+\d[\d ()/-]{7,}\d", one)] == []


def test_files_of_a_source_are_never_given_out(tmp_path: Path) -> None:
    """A source is read and not kept: no file of the register holds its bytes, and no address gives them."""
    from sousveil.web.outer import Outer
    from sousveil.web.site import Site
    from tests.web.client import ask

    copy = Path(shutil.copytree(DATA, tmp_path / "core"))  # type: ignore[arg-type]
    mark = (copy / "records.jsonl").read_bytes()[:400]
    with Register.init(tmp_path / "r", title="Core", origin="core.example/log", gate=gate) as register:
        load(register, "core")
        assert list((tmp_path / "r" / "attachments").iterdir()) == []
        holders = [one for one in (tmp_path / "r").rglob("*") if one.is_file() and mark in one.read_bytes()]
        assert holders == []
        outer = Outer(Site(register), keep=False)
        for address in (
            "core/records.jsonl",
            "sources/core/records.jsonl",
            "attachments/records.jsonl",
            "bulk/core/records.jsonl",
        ):
            assert ask(outer, f"/{address}").status == 404, address
