"""Every intake against the published data: exact counts, chosen records, and nothing unread."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from sousveil.register.intake import find
from sousveil.register.intake.model import Row
from sousveil.register.intake.registry import shipped
from sousveil.register.intake.source import Source
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.types import check, is_a, missing
from tests.conftest import SHARED
from tests.register.intake import invented

FOLDER = SHARED / "register"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="shared data not there")

COUNTS = {
    # rows of the files, what is taken over, what is left out
    "alpr-transparency": (6008, 21871, {"no_public_body": 113}),
    "argus-facts": (110, 599, {}),
    "bods-0.4": (119, 509, {}),
    "citizenlab-reports": (141, 674, {"no_vendor": 99}),
    "core": (746, 2749, {}),
    "country-codes": (249, 249, {}),
    "eu-journal-sanctions": (1695, 297, {"Asset": 1, "Person": 1397}),
    "finfisher-licences": (769, 5947, {"account": 1}),
    "finfisher-servers": (55, 518, {}),
    "gleif-legal-forms": (3659, 110, {"no_country": 2, "not_in_use": 147}),
    "letter-facts": (1, 1175, {}),
    "misp-surveillance-vendor": (650, 7452, {"other_company": 9}),
    "ocds-1.1": (1, 27, {}),
    "official-lists-2026": (925, 677, {"ended": 33}),
    "political-regime": (31308, 205, {}),
    "sec-company-tickers": (10069, 7847, {}),
    "security-fairs": (6261, 8738, {"ambiguous_name": 382, "announced": 7, "broad_firm": 3023}),
    "sii-2016": (804, 6372, {}),
    "spyfiles": (872, 7983, {}),
    "spyware-events": (7, 150, {"actor": 13}),
    "spyware-victims-aggregate": (127, 650, {}),
    "surveillance-contract-events": (22, 68, {}),
    "un-treaty-complaints": (2895, 3174, {"no_complaints": 1930, "no_party": 569}),
    "us-csl-spyware": (14, 147, {}),
    "us-fcc-covered-list": (16, 91, {"no_maker": 4}),
    "us-ofac-sdn": (14965, 6884, {"aircraft": 376, "individual": 6854, "vessel": 851}),
}


@cache
def read(name: str, persons: bool = False) -> tuple[list[Row], Source]:
    dataset = find(name).dataset
    source = Source(dataset, dataset.folder or FOLDER / name, persons=persons)
    rows = list(find(name).read(source))
    source.finish()
    return rows, source


def said(name: str) -> list[Statement]:
    return [row for row in read(name)[0] if isinstance(row, Statement)]


def listed(name: str) -> dict[str, ReferenceRow]:
    return {row.caption: row for row in read(name)[0] if isinstance(row, ReferenceRow)}


def record(name: str, subject: str) -> list[tuple[str, str, str]]:
    return [(one.type, one.property, one.value) for one in said(name) if one.subject == subject]


def named(name: str, value: str, type: str | None = None) -> str:
    """The one subject of this name."""
    (found,) = {
        one.subject
        for one in said(name)
        if one.property in ("name", "title") and one.value == value and type in (None, one.type)
    }
    return found


def test_every_folder_that_holds_data_has_an_intake() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders - invented.WITHOUT_INTAKE == set(shipped()) == set(COUNTS)


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_counts_and_nothing_unread(name: str) -> None:
    rows, source = read(name)
    things = {
        (row.subject, row.property, row.value, row.type, row.source) for row in rows if isinstance(row, Statement)
    }
    things |= {row.id for row in rows if isinstance(row, ReferenceRow)}  # type: ignore[misc]
    assert (source.rows, len(things), dict(source.left_out)) == COUNTS[name]
    assert not [line for line in source.warnings if "new column" in line]
    assert source.dataset.least <= source.rows == source.dataset.rows <= source.dataset.most


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_every_statement_passes_the_one_door(name: str) -> None:
    statements = [check(one) for one in said(name)]
    assert missing(statements) == []
    wanted = {Standing.CONFIRMED if name in ("us-csl-spyware", "us-fcc-covered-list") else Standing.REPORTED}
    if name == "core":  # each row says how firmly its publication establishes it
        wanted = {Standing.CONFIRMED, Standing.FORENSICALLY_ATTRIBUTED, Standing.REPORTED}
    assert {one.standing for one in statements} <= wanted


def test_persons_in_reference_lists() -> None:
    for name, count in (("us-ofac-sdn", 6854), ("eu-journal-sanctions", 1397)):
        rows = [row for row in read(name, True)[0] if isinstance(row, ReferenceRow)]
        assert sum(row.person for row in rows) == count
        assert all(not row.identifiers for row in rows if row.person)
        assert all(len(one) == 4 and one.isdigit() for row in rows for one in row.years)
        assert not any(row.person for row in read(name)[0])


# ---------------------------------------------------------------- nobody is called what no list calls him


def test_adae_apple_and_a_cuban_bank_bear_no_surveillance_label() -> None:
    adae = named("spyfiles", "ADAE - Authority for the Assurance of Communication Security and Privacy (Greece)")
    assert record("spyfiles", adae) == [
        ("Organization", "name", "ADAE - Authority for the Assurance of Communication Security and Privacy (Greece)")
    ]
    about = {one.subject for one in said("spyfiles") if one.value == adae}
    assert {
        (one.type, one.value) for one in said("spyfiles") if one.subject in about and one.property in ("label", "role")
    } == {
        ("Claim", "named in documents"),
        ("Documentation", "company of the document"),
    }
    for name, caption in (("sec-company-tickers", "Apple Inc."), ("us-ofac-sdn", "BANCO NACIONAL DE CUBA")):
        row = listed(name)[caption]
        assert row.dataset == name and not {"label", "topic", "category", "technology"} & set(row.data)
    ids = {listed("sec-company-tickers")["Apple Inc."].id, listed("us-ofac-sdn")["BANCO NACIONAL DE CUBA"].id, adae}
    for name, intake in shipped().items():
        if intake.dataset.class_ == "surveillance":
            statements = said(name)
            called = {one.value for one in statements if one.property in ("name", "alias", "previousName")}
            banned = {"Apple", "Apple Inc.", "BANCO NACIONAL DE CUBA", "Banco Nacional de Cuba"}
            assert banned & called <= ({"Apple"} if name == "core" else set())  # the core names a claimant
            apple = {one.subject for one in statements if one.value == "Apple" and one.property == "name"}
            labelled = {one.value for one in statements if one.type == "Claim" and one.property == "entity"}
            assert not apple & labelled
            assert name == "spyfiles" or not ids & labelled


def test_labels_say_whose_they_are() -> None:
    labels = Counter(
        (name, one.value)
        for name in ("misp-surveillance-vendor", "spyfiles", "letter-facts")
        for one in said(name)
        if one.type == "Claim"
        and one.property == "label"
        and not one.value.startswith(("is allied", "is known", "is related"))
    )
    assert labels == {
        ("misp-surveillance-vendor", "surveillance vendor"): 615,
        ("misp-surveillance-vendor", "mobile malware"): 35,
        ("spyfiles", "named in documents"): 141,
        ("letter-facts", "State in which NSO has corporate presence"): 3,
    }
    for name in ("misp-surveillance-vendor", "spyfiles"):
        assert not any(one.property in ("technology", "category") for one in said(name))


# ---------------------------------------------------------------- chosen records


def test_the_fourteen_listings_of_spyware_vendors() -> None:
    name = "us-csl-spyware"
    companies = [one.value for one in said(name) if (one.type, one.property) == ("Company", "name")]
    assert companies == [
        "NSO Group",
        "Positive Technologies",
        "Computer Security Initiative Consultancy PTE. LTD.",
        "Intellexa S.A.",
        "Cytrox Holdings Zrt",
        "Intellexa Limited",
        "Cytrox AD",
        "Aktsionernoe Obshchestvo Pozitiv Teknolodzhiz",
        "Candiru",
        "AKTSIONERNOE OBSHCHESTVO POZITIV TEKNOLODZHIZ",
        "INTELLEXA S.A.",
        "INTELLEXA LIMITED",
        "CYTROX AD",
        "CYTROX HOLDINGS ZARTKORUEN MUKODO RESZVENYTARSASAG",
    ]
    candiru = named(name, "Candiru")
    assert record(name, candiru) == [
        ("Company", "name", "Candiru"),
        ("Company", "alias", "Candiru Ltd."),
        ("Company", "alias", "DF Associates Ltd."),
        ("Company", "alias", "Grindavik Solutions Ltd."),
        ("Company", "alias", "Taveta Ltd."),
        ("Company", "alias", "Saito Tech Ltd."),
        ("Company", "alias", "Greenwick Solutions"),
        ("Company", "alias", "Tabatha Ltd."),
        ("Company", "country", "il"),
    ]
    assert record(name, entity_id(name, "listing", "48067")) == [
        ("Sanction", "entity", entity_id(name, "48067")),
        ("Sanction", "authority", "Treasury Department"),
        ("Sanction", "program", "Specially Designated Nationals (SDN)"),
        ("Sanction", "program", "CYBER2"),
        ("Sanction", "country", "us"),
        ("Sanction", "listNumber", "48067"),
        ("Sanction", "sourceUrl", "https://sanctionssearch.ofac.treas.gov/Details.aspx?id=48067"),
    ]
    notices = {one.value: one.source for one in said(name) if one.property == "listingDate"}
    assert notices == {
        "2021-11-04": "https://www.federalregister.gov/documents/2021/11/04/2021-24123/addition-of-certain-entities-to-the-entity-list",
        "2023-07-19": "https://www.federalregister.gov/d/2023-15343",
    }
    assert sum(one.property == "listingDate" for one in said(name)) == 8


def test_chosen_rows_of_reference_lists() -> None:
    intellexa = listed("us-ofac-sdn")["INTELLEXA S.A."]
    assert (intellexa.identifiers, intellexa.data["programme"]) == ({"ofac-sdn": "48059"}, ["CYBER2"])
    cellebrite = listed("sec-company-tickers")["Cellebrite DI Ltd."]
    assert (cellebrite.identifiers, cellebrite.data["exchange"]) == ({"cik": "1854587", "ticker": "CLBT"}, ["Nasdaq"])
    vas = listed("eu-journal-sanctions")["VAS Experts"]
    assert (vas.data["programme"], vas.data["measure"]) == (["EU-RUS"], ["Asset freeze"])
    hungary = listed("political-regime")["Hungary"]
    assert (hungary.countries, hungary.data["2024"]) == (["hu"], ["electoral_autocracy"])
    assert sum(len(row.data) for row in listed("political-regime").values()) == 31_308
    assert listed("country-codes")["Hungary"].names[:3] == ["Hungary", "Hongrie", "Hungría"]


def test_vendors_of_the_galaxy() -> None:
    name = "misp-surveillance-vendor"
    nso = named(name, "NSO group")
    assert record(name, nso) == [
        ("Company", "name", "NSO group"),
        ("Company", "country", "il"),
        ("Company", "website", "https://www.nsogroup.com/"),
    ]
    assert named(name, "Circles") != nso != named(name, "Q Cyber Technologies")
    mixed = named(name, "Cytrox")
    assert record(name, mixed) == [("Organization", "name", "Cytrox")]
    assert not {one.value for one in said(name)} & {"Cytrox Holdings Zrt", "Balinese Ltd.", "DevilsTongue"}
    assert record(name, named(name, "Hacking Team"))[1:] == [("Company", "website", "http://www.mem3nt0.com/about.php")]
    seats = {one.subject: one.value for one in said(name) if one.property == "country"}
    expected = {
        "Cognyte": "il",
        "Elaman": "de",
        "Semptian": "cn",
        "MSAB": "se",
        "Blue Ocean": "sg",
        "Positive Technologies": "ru",
    }
    assert {one: seats.get(named(name, one)) for one in expected} == expected
    # what a description says of another company is not taken: Aegis is Semptian's, Pelco's cameras are an Israeli company's
    assert not {
        named(name, one) for one in ("Aegis", "Pelco", "Verint", "CloudWalk Technology", "NeoBit")
    } & seats.keys() - {named(name, "NeoBit")}
    assert (len(seats), seats[named(name, "NeoBit")]) == (204, "ru")
    (belltrox,) = [one for one in said(name) if one.value == "BellTroX"]
    assert belltrox.original == "BellTroX "
    owned = [one for one in said(name) if one.type == "Ownership"]
    wispear, cytrox = named(name, "Wispear"), named(name, "Cytrox")
    assert [(one.property, one.value) for one in owned] == [
        ("owner", wispear),
        ("asset", cytrox),
        ("role", "is acquired by (likely)"),
        ("owner", wispear),
        ("asset", cytrox),
        ("role", "acquires (likely)"),
    ]


def test_licences_of_finfisher() -> None:
    statements = said("finfisher-licences")
    supplies = {one.subject for one in statements if one.type == "Supply"}
    assert len(supplies) == 747  # 748 lines, one of an account that may bear a person's name
    assert sum(one.property == "note" for one in statements) == 368
    first = entity_id(
        "finfisher-licences",
        "line",
        "CAFA6A1F",
        "FinSpy",
        "2010-04-05 00:00:00",
        "2012-03-29 00:00:00",
        "Base license + 30 targets + 3 agents &euro;307200",
        "Yes",
        "1",
    )
    assert [(prop, value) for _, prop, value in record("finfisher-licences", first)][2:] == [
        ("product", entity_id("finfisher", "product", "finspy")),
        ("goods", "Base license + 30 targets + 3 agents"),
        ("amount", "EUR 307200"),
        ("startDate", "2010-04-05"),
        ("endDate", "2012-03-29"),
        ("clientStage", "reported"),
        ("note", "Marked as deleted in the source."),
    ]
    customers = {one.subject for one in said("spyfiles") if one.value.startswith("FinFisher customer")}
    assert len(customers & {one.subject for one in statements}) == 77


WORKED = "more than 80 journalists from 16 media organizations in 10 countries"
CHOSEN = "at least 180 journalists in 20 countries who were selected for potential targeting"


def test_the_letter_as_printed() -> None:
    name = "letter-facts"
    statements = said(name)
    figures = {
        one.value: {p: v for _, p, v in record(name, one.subject) if p in ("value", "qualifier", "printedAs")}
        for one in statements
        if (one.type, one.property) == ("Figure", "indicator")
    }
    assert figures == {
        "leaked phone numbers": {
            "value": "50000",
            "qualifier": "exactly",
            "printedAs": "the leak of 50,000 phone numbers of potential surveillance targets",
        },
        "journalists who worked on the project": {
            "value": "80",
            "qualifier": "at-least",
            "printedAs": WORKED,
        },
        "media organizations in the project": {
            "value": "16",
            "qualifier": "exactly",
            "printedAs": WORKED,
        },
        "countries of the project's journalists": {
            "value": "10",
            "qualifier": "exactly",
            "printedAs": WORKED,
        },
        "journalists selected for potential targeting": {
            "value": "180",
            "qualifier": "at-least",
            "printedAs": CHOSEN,
        },
        "countries of the journalists selected": {
            "value": "20",
            "qualifier": "exactly",
            "printedAs": CHOSEN,
        },
        "countries with potential clients": {
            "value": "11",
            "qualifier": "exactly",
            "printedAs": "potential NSO clients in 11 countries",
        },
        "signatory organizations in the copy": {"value": "147", "qualifier": "exactly"},
        "signatory organizations, official count": {
            "value": "156",
            "qualifier": "exactly",
            "printedAs": "156 organizations and 26 experts",
        },
        "signatory experts, official count": {
            "value": "26",
            "qualifier": "exactly",
            "printedAs": "156 organizations and 26 experts",
        },
    }
    assert Counter(one.value for one in statements if one.property == "stage") == {"potential": 11}
    assert sum((one.type, one.property) == ("State", "name") for one in statements) == 14
    roles = Counter(
        (one.value, one.person) for one in statements if (one.type, one.property) == ("LetterSignature", "role")
    )
    assert roles == {("organization", False): 147, ("expert", True): 26}
    assert all(one.person == (is_a(one.type, "Person") or one.person) for one in statements)
    assert sum(one.person for one in statements) == 26 * 5


def test_the_printed_words_stand_in_the_letter() -> None:
    letters = list((SHARED.parent / "letter").glob("*.txt")) if (SHARED.parent / "letter").is_dir() else []
    if not letters:
        pytest.skip("the letter is not there")
    text = letters[0].read_text("utf-8")
    printed = [
        one.value
        for one in said("letter-facts")
        if one.property == "printedAs" and one.type == "Figure" and "experts" not in one.value
    ]
    assert len(printed) == 7 and [words for words in printed if words not in text] == []


def test_events_name_no_person() -> None:
    name = "spyware-events"
    events = [one for one in said(name) if (one.type, one.property) == ("Event", "name")]
    assert [one.value for one in events if one.person] == [
        "DarkMatter Signs Strategic Surveillance Technology Agreement with Huawei, Facilitated by Erik Prince Network",
        "Treasury Department Sanctions Intellexa Consortium and Tal Dilian",
    ]
    text = " ".join(one.value + " " + one.source for one in said(name) if not one.person).casefold()
    for person in (
        "shorer",
        "weizman",
        "zack",
        "lavie",
        "hulio",
        "malinkovski",
        "prince",
        "dilian",
        "hamou",
        "raimondo",
    ):
        assert person not in text


def test_uses_of_licence_plate_readers() -> None:
    name = "alpr-transparency"
    use = entity_id(name, "use", "119", "Flock")
    found = record(name, use)
    assert ("Deployment", "body", entity_id(name, "agency", "119")) in found
    assert ("Deployment", "quantity", "6") in found and ("Deployment", "clientStage", "confirmed") in found
    vendors = {one.value for one in said(name) if (one.type, one.property) == ("Company", "name")}
    assert vendors == {"Flock", "Rekor", "Motorola", "Leonardo", "Brady Integrated Security", "NDI", "Verkada"}
    names = {one.value for one in said(name) if one.property == "name"}
    assert not {"Lynne Drake", "Craig Lynch Demo Cam", "Tonia LE Training", "Mary's LE Flock Training", "DNU"} & names


def test_makers_on_the_covered_list() -> None:
    name = "us-fcc-covered-list"
    found = {one.value: one.subject for one in said(name) if (one.type, one.property) == ("Company", "name")}
    assert len(found) == 13
    hikvision = found["Hangzhou Hikvision Digital Technology Company"]
    (listing,) = [one.subject for one in said(name) if one.property == "entity" and one.value == hikvision]
    assert ("Sanction", "listingDate", "2021-03-12") in record(name, listing)


def test_fictional_owners() -> None:
    statements = said("bods-0.4")
    assert sum(one.person for one in statements) == 80
    assert len({one.subject for one in statements if one.type == "Ownership"}) == 53
    assert any(one.property == "ownerUnspecified" or one.property == "unspecified" for one in statements)


def test_events_are_as_exact_as_their_source() -> None:
    """The first of a year or a month stands in the source where only the year or the month is known."""
    dates = sorted((one.value, one.original) for one in said("spyware-events") if one.property == "date")
    assert dates == [
        ("2014", "2014-01-01"),
        ("2017", "2017-01-01"),
        ("2017-04-25", None),
        ("2019", "2019-01-01"),
        ("2021-11-03", None),
        ("2023-07", "2023-07-01"),
        ("2024-03-05", None),
    ]
