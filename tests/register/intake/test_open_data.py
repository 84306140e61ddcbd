"""Open data of the trade: what each source says, exactly, and that context changes no answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sousveil.decisions.answer.asking import Desk, checked
from sousveil.decisions.api import gate
from sousveil.decisions.model import Answer
from sousveil.errors import Malformed, Usage
from sousveil.register import load as loading
from sousveil.register.intake import find
from sousveil.register.intake.misp_surveillance_vendor import seat
from sousveil.register.intake.model import Row
from sousveil.register.intake.registry import context_datasets
from sousveil.register.intake.source import Source
from sousveil.register.load import load
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.register import Register
from sousveil.register.score import Query
from sousveil.register.screening import Screener
from sousveil.register.types import check
from sousveil.register.views.home import home_view
from sousveil.register.views.network import network_view
from sousveil.register.views.remedy import remedy_view
from sousveil.register.views.timeline import timeline_view
from sousveil.register.views.worldmap import map_view
from sousveil.web.boards import OnDay
from sousveil.web.pages.procedures import overview
from sousveil.web.site import Site
from tests.conftest import SHARED
from tests.register.intake import invented

FOLDER = SHARED / "register"
shared = pytest.mark.skipif(not FOLDER.is_dir(), reason="shared data not there")
DAY = "2026-11-26"


def statements(rows: list[Row]) -> list[Statement]:
    return [check(row) for row in rows if isinstance(row, Statement)]


def shipped(name: str) -> list[Statement]:
    """What the published data give."""
    source = Source(find(name).dataset, FOLDER / name)
    return statements(list(find(name).read(source)))


def record(said: list[Statement], subject: str) -> list[tuple[str, str, str]]:
    return [(one.type, one.property, one.value) for one in said if one.subject == subject]


def records(said: list[Statement]) -> Counter[str]:
    return Counter(type for _, type in {(one.subject, one.type) for one in said})


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    monkeypatch.setattr(loading, "find", invented.intake)
    return Register.init(tmp_path / "register", title="Invented", origin="register.example/log", gate=gate)


def put(register: Register, tmp_path: Path, *names: str) -> None:
    for name in names:
        load(register, name, invented.make(name, tmp_path / "sources"), non_commercial=True)


# ---------------------------------------------------------------- context


def test_context_changes_no_answer(register: Register, tmp_path: Path) -> None:
    """Fairs, servers, guessed clients, pointers and counts: every answer is the same before and after, name by name."""
    with register:
        put(register, tmp_path, "letter-facts", "misp-surveillance-vendor", "us-csl-spyware", "sii-2016")
        before = _answers(register)
        size = register.store.size()
        put(register, tmp_path, *sorted(context_datasets()))
        assert register.store.size() > size
        assert _answers(register) == before
        assert {one.verdict for one in before} == {"blocked"}


def _answers(register: Register) -> list[Answer]:
    """Answers without the size of the log; by names that sources of context have too, and for a State that one guesses at."""
    import msgspec

    found = []
    desk = Desk(register.store)
    for product, supplier, end_user, country in (
        ("Trace", "Vestigo", "Invented Service", "ge"),
        ("Pegasus", "Hacking Team", "Georgia", "ge"),
        ("FinFisher", "Umbra", "Police", "ca"),
    ):
        question = checked(
            action="sale",
            product=product,
            supplier=supplier,
            end_user=end_user,
            country=country,
            as_of=DAY,
            packs=("us-lists", "pega-2023", "letter-2021"),
        )
        answer = desk.answer(question, on_ambiguity="strictest")
        found.append(msgspec.structs.replace(answer, known_on=0, log_size=0))
    return found


def test_context_weighs_nothing_in_screening(register: Register, tmp_path: Path) -> None:
    with register:
        put(register, tmp_path, "security-fairs", "argus-facts")
        hits = Screener.from_store(register.store).screen(Query(name="Vestigo"))
        assert {one.dataset for one in hits} == {"security-fairs", "argus-facts"}
        assert not any(one.against for one in hits)


def test_a_treaty_is_no_open_path(register: Register, tmp_path: Path) -> None:
    with register:
        put(register, tmp_path, "un-treaty-complaints")
        view = remedy_view(
            register.store, host="ge", today=DAY, stands=lambda reader, record: True, opens=lambda reader, record: ""
        )
        assert view.host is not None
        (row,) = view.host.other
        assert (row.kind, row.status, row.practical) == (
            "treaty-body",
            "",
            ["How to turn to it: As of August 2022 the State was a party. Check treaties.un.org before you complain."],
        )
        assert (view.host.open_judicial, view.host.open_other, view.host.judicial) == (0, 0, [])


# ---------------------------------------------------------------- switches


def test_what_is_not_for_commercial_use_is_off_by_default(register: Register, tmp_path: Path) -> None:
    place = invented.make("official-lists-2026", tmp_path)
    with register:
        size = register.store.size()
        with pytest.raises(Usage) as refused:
            load(register, "official-lists-2026", place)
        assert refused.value.message == (
            "official-lists-2026 may not be used commercially (CC BY-NC 4.0), so it is off by default."
        )
        assert "--non-commercial" in refused.value.hint and register.store.size() == size
        assert load(register, "official-lists-2026", place, non_commercial=True).added == 4


def test_a_layer_is_out_of_the_numbers_of_the_first_page(register: Register, tmp_path: Path) -> None:
    with register:
        put(register, tmp_path, "us-csl-spyware")
        before = home_view(register.store, today=DAY)
        put(register, tmp_path, "alpr-transparency")
        after = home_view(register.store, today=DAY)
        assert (after.statements, after.entities, after.datasets, after.counts) == (
            before.statements,
            before.entities,
            before.datasets,
            before.counts,
        )
        assert register.store.counts().datasets.keys() == {"us-csl-spyware", "alpr-transparency"}
        assert [one.code for one in map_view(register.store, today=DAY).countries] == ["ge"]
        uses = {one.name: one for one in overview(Site(register), OnDay()).data.procedures}["a-moratorium"]
        assert (uses.letter, uses.records, uses.open) == ("a", 0, 0)
        put(register, tmp_path, "surveillance-contract-events", "sii-2016")
        assert home_view(register.store, today=DAY).statements > before.statements


def test_context_is_on_the_pages_of_a_company_and_on_no_map(register: Register, tmp_path: Path) -> None:
    with register:
        put(register, tmp_path, "security-fairs", "finfisher-servers", "argus-facts")
        view = map_view(register.store, today=DAY)
        assert (view.countries, view.sellers, view.potential, view.reported) == ([], 0, 0, 0)
        assert timeline_view(register.store, today=DAY).items == []
        fairs = timeline_view(register.store, entity_id("security-fairs", "exhibitor", "vestigo"), today=DAY).items
        assert [(one.words, one.start, one.standing) for one in fairs] == [
            ("Marketing event: Invented Fair 2019", "2019-05-01", "reported")
        ]
        assert home_view(register.store, today=DAY).statements == 0
        guess = next(
            one
            for one in register.store.iter_statements(dataset="finfisher-servers")
            if one.statement.property == "client"
        )
        network = network_view(register.store, guess.statement.value, today=DAY)
        assert (len(network.nodes), network.edges) == (1, [])


def test_loaded_legal_forms_serve_matching_only(register: Register, tmp_path: Path) -> None:
    with register:
        put(register, tmp_path, "us-csl-spyware")
        place = tmp_path / "named"
        place.mkdir()
        text = (tmp_path / "sources" / "us-csl-spyware" / "csl-spyware.json").read_text("utf-8")
        (place / "csl-spyware.json").write_text(
            text.replace("Vestigo Intercept", "Korvax Gamogonebuli Amkhanagoba"), "utf-8"
        )
        load(register, "us-csl-spyware", place)
        (before,) = Screener.from_store(register.store).screen(Query(name="Korvax"), threshold=0.3) or (None,)
        put(register, tmp_path, "gleif-legal-forms")
        screener = Screener.from_store(register.store)
        (after,) = screener.screen(Query(name="Korvax"))
        assert (after.score, after.name) == (1.0, "Korvax")
        assert before is None or before.score < 0.9
        hits = screener.screen(Query(name="Gamogonebuli Amkhanagoba"))
        assert {one.dataset for one in hits} <= {"us-csl-spyware"}


# ---------------------------------------------------------------- publishers' own formats


def test_the_screening_list_reads_alike_as_json_and_as_a_table(tmp_path: Path) -> None:
    name = "us-consolidated-screening-list"
    (from_json,), _ = invented.read(name, invented.make(name, tmp_path))
    place = tmp_path / "table"
    place.mkdir()
    header = "_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,alt_names,ids"
    line = (
        'csl-1,Entity List (EL) - Bureau of Industry and Security,,,,Vestigo Intercept,,"14 Lane, Town, 1, GE; 2 Street, GE",'
        "86 FR 60759,2021-11-04,,Vestigo LLC,"
    )
    (place / "consolidated.csv").write_text(f"{header},source_list_url\n{line},https://bis.example/list\n", "utf-8")
    (from_table,), source = invented.read(name, place)
    assert from_table == from_json and source.warnings == []
    assert isinstance(from_table, ReferenceRow)
    assert (from_table.caption, from_table.countries, from_table.data["notice"]) == (
        "Vestigo Intercept",
        ["ge"],
        ["86 FR 60759"],
    )


def test_persons_of_the_screening_list_only_when_switched_on(tmp_path: Path) -> None:
    name = "us-consolidated-screening-list"
    rows, source = invented.read(name, invented.make(name, tmp_path), persons=True)
    people = [row for row in rows if isinstance(row, ReferenceRow) and row.person]
    assert [(row.caption, row.identifiers, row.years) for row in people] == [
        ("TESTWOMAN, Ana", {}, ["1961"]),
        ("Ana Denied", {}, []),
    ]
    assert dict(source.left_out) == {"vessel": 1}


def test_rows_of_the_golden_copy(tmp_path: Path) -> None:
    lei = "213800D1EI4B9WTWWD28"
    header = (
        "LEI,Entity.LegalName,Entity.OtherEntityNames.OtherEntityName.1,Entity.OtherEntityNames.OtherEntityName.1.type,"
        "Entity.LegalAddress.City,Entity.HeadquartersAddress.Country,Entity.LegalJurisdiction,Entity.EntityCategory,"
        "Entity.EntityStatus,Entity.RegistrationAuthority.RegistrationAuthorityEntityID"
    )
    (tmp_path / "golden.csv").write_text(
        f"{header}\n{lei},Umbra Inc.,Old Umbra Inc.,PREVIOUS_LEGAL_NAME,Xcanarytown,GB,US-DE,GENERAL,INACTIVE,777\n",
        "utf-8",
    )
    rows, source = invented.read("gleif-lei", tmp_path)
    found = statements(rows)
    assert record(found, entity_id("gleif-lei", lei)) == [
        ("Company", "leiCode", lei),
        ("Company", "name", "Umbra Inc."),
        ("Company", "registrationNumber", "777"),
        ("Company", "jurisdiction", "us"),
        ("Company", "country", "gb"),
        ("Company", "status", "INACTIVE"),
        ("Company", "previousName", "Old Umbra Inc."),
    ]
    assert {one.source for one in found} == {f"https://search.gleif.org/#/record/{lei}"}
    assert [one.standing for one in found if one.property == "leiCode"] == [
        Standing.CONFIRMED
    ] and source.warnings == []


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("a.json", '{"data": 3}', "a.json: data is neither a record nor a list of records."),
        (
            "a.json",
            '{"data": [{"attributes": {"lei": "X"}}]}',
            "a.json: a record lacks its identifier or its legal name.",
        ),
        ("a.txt", "x", "a.txt ends neither with .json nor with .csv."),
    ],
)
def test_what_is_no_answer_of_the_interface_is_refused(tmp_path: Path, file: str, text: str, says: str) -> None:
    (tmp_path / file).write_text(text, "utf-8")
    with pytest.raises(Malformed) as refused:
        invented.read("gleif-lei", tmp_path)
    assert refused.value.message == says


# ---------------------------------------------------------------- a country out of a description


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("Vestigo", "Vestigo Ltd is an Israeli firm. It sells to a French company.", "il"),
        ("Vestigo", "Vestigo, a UK-based provider of tools, has clients.", "gb"),
        ("Vestigo", "Vestigo (also known as V), headquartered in Herzliya, Israel, sells tools.", "il"),
        ("Vestigo", "Vestigo is one of the products offered by Umbra, a Chinese company.", None),
        ("Vestigo", "Tools by the Israeli firm Vestigo.", None),
        ("Vestigo", "Vestigo is a French company headquartered in Madrid, Spain.", None),
        ("Vestigo", "Vestigo is an AI company.", None),
        ("Vestigo", "", None),
    ],
)
def test_a_country_is_taken_only_where_the_sentence_gives_it_plainly(name: str, text: str, code: str | None) -> None:
    assert seat(name, text) == code


# ---------------------------------------------------------------- the published data


@shared
def test_sales_licences_and_scans_of_the_index() -> None:
    said = shipped("sii-2016")
    assert records(said) == {
        "ExportLicence": 354,
        "Supply": 191,
        "Event": 143,
        "LegalEntity": 134,
        "Company": 56,
        "State": 7,
    }
    kinds = Counter(one.value for one in said if (one.type, one.property) == ("Event", "category"))
    assert kinds == {
        "scan of the internet": 135,
        "sale reported not to be completed": 4,
        "sale by a seller who is not named": 4,
    }
    assert record(said, entity_id("sii-2016", "sii-0002"))[:4] == [
        ("Supply", "supplier", entity_id("sii-2016", "seller", "nice systems")),
        ("Supply", "recipient", entity_id("sii-2016", "end user", "UG", "chieftaincy of military intelligence")),
        ("Supply", "recipient", entity_id("sii-2016", "end user", "UG", "special forces command counter intelligence")),
        ("Supply", "goods", "lawful interception; monitoring centre"),
    ]
    licence = record(said, entity_id("sii-2016", "sii-0141"))
    assert ("ExportLicence", "summary", "United Kingdom to Iraq: off-the-air interception") in licence
    assert not any(property == "status" for _, property, _ in licence)
    granted = [one for one in said if (one.type, one.property) == ("ExportLicence", "status")]
    assert Counter(one.value for one in granted) == {"granted": 39}
    sellers = {one.value for one in said if (one.type, one.property) == ("Supply", "supplier")}
    assert entity_id("sii-2016", "seller", "blue coat") not in sellers  # only scans saw its devices
    sources = [one.source for one in said if one.type != "State"]
    assert not any("github" in one or "transparencytoolkit" in one for one in sources)
    assert {one.standing for one in said} == {Standing.REPORTED}


@shared
def test_fairs_servers_and_reports() -> None:
    fairs = shipped("security-fairs")
    assert records(fairs) == {"MarketingEvent": 374, "Company": 340}
    nso = {
        one.subject
        for one in fairs
        if one.type == "MarketingEvent" and one.value == entity_id("security-fairs", "exhibitor", "nso group")
    }
    assert len(nso) == 4
    assert {one.type for one in fairs} == {"MarketingEvent", "Company"}
    servers = shipped("finfisher-servers")
    assert records(servers) == {"Event": 55, "ClientClaim": 22, "State": 22, "SurveillanceProduct": 1}
    assert {one.value for one in servers if one.property == "stage"} == {"potential"}
    reports = shipped("citizenlab-reports")
    assert records(reports) == {"Documentation": 116, "Document": 42, "Organization": 11, "SurveillanceProduct": 3}


@shared
def test_pointers_contracts_counts_and_treaties() -> None:
    argus = shipped("argus-facts")
    assert records(argus) == {
        "Company": 39, "Claim": 25, "AbuseIncident": 23, "ClientClaim": 14, "State": 12, "SurveillanceProduct": 9, "Event": 5,
    }  # fmt: skip
    assert {one.value for one in argus if (one.type, one.property) == ("AbuseIncident", "stage")} == {"targeted"}
    assert not any(one.property == "targetCountry" or "github" in one.source for one in argus)
    contracts = shipped("surveillance-contract-events")
    assert records(contracts) == {"Contract": 4, "Event": 3, "PublicBody": 4, "Company": 4}
    assert sorted(one.value for one in contracts if one.property == "amount") == ["USD 2000000", "USD 9200000"]
    counts = shipped("spyware-victims-aggregate")
    assert records(counts) == {"Figure": 127, "SurveillanceProduct": 3}
    treaties = shipped("un-treaty-complaints")
    assert records(treaties) == {"RemedyPath": 396, "Organization": 5}
    assert not any(one.property in ("status", "practice", "casesHeard") for one in treaties)
    assert [
        one.value
        for one in treaties
        if one.property == "note" and one.subject == entity_id("un-treaty-complaints", "by", "ICCPR-OP1")
    ] == ["Check: denounced after the snapshot (effective 2023-02-08): verify."]


@shared
def test_lists_of_2026() -> None:
    source = Source(find("official-lists-2026").dataset, FOLDER / "official-lists-2026")
    rows = [row for row in find("official-lists-2026").read(source) if isinstance(row, ReferenceRow)]
    (hikvision,) = [row for row in rows if row.caption.startswith("Hangzhou Hikvision") and row.type == "Company"]
    assert hikvision.data["listed"] == ["2021-06-03", "2025-01-07", "2026-06-08"]
    assert Counter(row.data["programme"][0].partition(",")[0] for row in rows).most_common(3) == [
        ("US list of Chinese military companies", 216),
        ("EU-UKR", 168),
        ("UN database of enterprises in settlements", 153),
    ]
    assert not any(row.person for row in rows)


@shared
def test_pegasus_of_the_events_is_another_company() -> None:
    """Core judges it to be different from the spyware: nothing here joins it or gives it a product."""
    said = shipped("spyware-events")
    (pegasus,) = {one.subject for one in said if (one.property, one.value) == ("name", "Pegasus")}
    assert record(said, pegasus) == [("Company", "name", "Pegasus")]
    assert {one.property for one in said if one.value == pegasus} == {"involved"}
    lines = (FOLDER / "core" / "same-as.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[4] for line in lines if pegasus in line] == ["different"]
