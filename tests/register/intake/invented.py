"""Small invented copies of every data set, in the form of the real ones, with marks where personal data would stand.

`CANARIES` are the marks: passport and identity numbers, birth dates, home addresses, phone numbers, mail addresses, names
of natural persons in prose. None of them may be found anywhere after a load.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sousveil.register.intake import Dataset, Intake, find
from sousveil.register.intake import country_codes as _country_codes
from sousveil.register.intake import eu_journal_sanctions as _eu
from sousveil.register.intake.model import Row
from sousveil.register.intake.source import Source
from tests.register.intake import invented_open
from tests.register.intake.invented_marks import CANARIES as CANARIES
from tests.register.intake.invented_marks import document, table

C = CANARIES


def relaxed(dataset: Dataset) -> Dataset:
    """The data set with no lower limits, so that a few rows suffice."""
    return dataclasses.replace(
        dataset, files=tuple(dataclasses.replace(file, least=min(file.least, 1)) for file in dataset.files)
    )


def intake(name: str) -> Intake:
    """The intake without lower limits."""
    found = find(name)
    return dataclasses.replace(found, dataset=relaxed(found.dataset))


def read(name: str, folder: Path, *, persons: bool = False) -> tuple[list[Row], Source]:
    """What the intake yields for an invented folder."""
    found = intake(name)
    source = Source(found.dataset, folder, persons=persons)
    rows = list(found.read(source))
    source.finish()
    return rows, source


def us_ofac_sdn(folder: Path) -> None:
    empty = "-0- "

    def row(number: str, name: str, kind: str, programme: str, remarks: str, title: str = empty) -> list[str]:
        return [number, name, kind, programme, title, *[empty] * 6, remarks]

    table(
        folder / "sdn.csv",
        (),
        row(
            "90001",
            "VESTIGO INTERCEPT LLC",
            empty,
            "CYBER2] [NPWMD",
            f"a.k.a. 'VESTIGO'; Organization Established Date 03 Mar 2011; Registration Number {C['identity']} (Georgia); "
            f"Phone Number {C['phone']}; Email Address {C['mail']}; Linked To: {C['person']}.",
        ),
        row(
            "90002",
            "TESTWOMAN, Ana",
            "individual",
            "CYBER2",
            f"DOB {C['birth_us']}; POB {C['birthplace']}; nationality Georgia; Passport {C['passport']} (Georgia); "
            f"National ID No. {C['identity']} (Georgia); a.k.a. 'ANA T'.",
            f"Director, {C['home']}",
        ),
        row("90003", "MV INVENTED", "vessel", "CYBER2", empty),
        row("90004", "BANCO INVENTADO", empty, "CUBA", empty),
    )


def eu_journal_sanctions(folder: Path) -> None:
    (file,) = _eu.DATASET.files
    header = [*file.read, *file.dropped]

    def row(**values: str) -> list[str]:
        return [values.get(column, "") for column in header]

    private = {
        "reason": f"Acts with {C['person']}.",
        "notes": C["person"],
        "passportNumber": C["passport"],
        "idNumber": C["identity"],
        "taxNumber": C["tax"],
        "innCode": C["tax"],
        "birthPlace": C["birthplace"],
        "fatherName": C["father"],
        "phone": C["phone"],
        "email": C["mail"],
    }
    head = {"celex": "39999R0001", "programKey": "EU-TST", "measure": "Asset freeze", "startDate": "2.3.2021"}
    table(
        folder / "39999R0001.csv",
        header,
        row(
            **head,
            **private,
            recordId="1",
            annex="I.B",
            schema="LegalEntity",
            name="Vestigo Holding",
            alias="Вестиго; Vestigo H.",
            incorporationDate="3.3.2011",
            registrationNumber="AB-100200",
            address=f"{C['home']}, Tbilisi, Georgia",
        ),
        row(
            **head,
            **private,
            recordId="1",
            annex="I.A",
            schema="Person",
            name="Ana TESTWOMAN",
            alias="Ана ТЕСТ",
            nationality="Russian and Belarusian",
            birthDate=C["birth_day"],
            registrationNumber=C["identity"],
            address=f"{C['home']}, Tbilisi, Georgia",
        ),
        row(**head, recordId="2", annex="I.B", schema="Asset", name="An invented coin"),
    )


def sec_company_tickers(folder: Path) -> None:
    document(
        folder / "company_tickers_exchange.json",
        {
            "fields": ["cik", "name", "ticker", "exchange"],
            "data": [[900001, "Vestigo Group Inc.", "VSTG", "NYSE"], [900001, "Vestigo Group Inc.", "VSTGP", None]],
        },
    )


def country_codes(folder: Path) -> None:
    (file,) = _country_codes.DATASET.files
    header = [*file.read, *file.dropped]
    values = {
        "ISO3166-1-Alpha-2": "GE",
        "ISO3166-1-Alpha-3": "GEO",
        "ISO3166-1-numeric": "268",
        "CLDR display name": "Georgia",
        "official_name_en": "Georgia",
        "official_name_fr": "Géorgie",
        "Region Name": "Asia",
        "Sub-region Name": "Western Asia",
        "wikidata_id": "https://www.wikidata.org/wiki/Q230",
    }
    table(folder / "country-codes.csv", header, [values.get(column, "\xa0") for column in header])


def political_regime(folder: Path) -> None:
    table(
        folder / "political-regime.csv",
        ("Entity", "Code", "Year", "Political regime"),
        ("Georgia", "GEO", "2022", "1"),
        ("Georgia", "GEO", "2023", "2"),
        ("Invented Duchy", "", "1850", "0"),
    )


def misp_surveillance_vendor(folder: Path) -> None:
    head: dict[str, Any] = {
        "authors": ["x"],
        "category": "actor",
        "description": "x",
        "name": "x",
        "source": "x",
        "type": "x",
        "uuid": "0",
        "version": 1,
    }
    likely = 'estimative-language:likelihood-probability="likely"'
    vendors: list[dict[str, Any]] = [
        {
            "description": f"Founded by {C['person']}, {C['home']}, {C['phone']}.",
            "meta": {
                "refs": ["https://example.org/vestigo", C["profile"], f"mailto:{C['mail']}"],
                "official-refs": ["https://vestigo.example/"],
                "synonyms": ["Vestigo Ltd", "Vestigo"],
                "products": ["TRACE"],
            },
            "related": [
                {"dest-uuid": "u-2", "tags": [likely], "type": "is-acquired-by"},
                {"dest-uuid": "u-2", "tags": [likely], "type": "part-of"},
                {"dest-uuid": "u-2", "type": "is-allied-with "},
                {"dest-uuid": "u-9", "type": "related-to"},
            ],
            "uuid": "u-1",
            "value": "Vestigo ",
        },
        {"description": "x", "uuid": "u-2", "value": "Umbra Group"},
    ]
    family = {
        "description": f"By {C['person']}.",
        "meta": {
            "external_id": "MOB-S9999",
            "refs": ["https://example.org/trace"],
            "synonyms": ["TraceDroid", "TraceDroid RAT"],
        },
        "related": [],
        "uuid": "m-1",
        "value": "TraceDroid - MOB-S9999",
    }
    document(folder / "surveillance-vendor.json", head | {"values": vendors})
    document(folder / "mitre-mobile-attack-malware.json", head | {"values": [family]})


def spyfiles(folder: Path) -> None:
    table(folder / "companies.csv", ("Company",), ("Gamma",), ("Invented Telecom Authority (Nowhere)",), ("Umbra",))
    table(
        folder / "company-documents.csv",
        (
            "Document Name",
            "Company",
            "Document Type",
            "Year",
            "Country Codes",
            "Tags",
            "Target System",
            "Product",
            "Document Page",
            "Download Link",
            "Spy FIles Release",
        ),
        (
            "Invented Catalogue",
            "Umbra, Gamma",
            "Brochure",
            "2011",
            "Georgia",
            "Trojans, Hardware",
            "GSM",
            "FinUSB",
            "https://docs.example/1.html",
            "https://docs.example/1.pdf",
            "Spy Files 9",
        ),
        (
            "Untitled",
            "Umbra",
            "Video",
            "unspecified",
            "",
            "",
            "",
            "Misc",
            "",
            "https://docs.example/2.avi",
            "Spy Files 9",
        ),
    )
    table(
        folder / "finfisher-software.csv",
        ("FinFisher Software", "Company", "Description", "Customers"),
        ("FinUSB Suite", "Gamma", "An invented suite.", C["person"]),
    )
    table(
        folder / "finfisher-customers.csv",
        (
            "Username",
            "ID",
            "Country Attribution",
            "Number of Licenses",
            "Current Customer?",
            "Total Costs",
            'Total Costs (with "deleted" licenses)',
            "Software Purchased",
        ),
        ("ABCDEF01", "5", "Qatar SSB", "3", "Yes", "€13,080", "€99,999", "FinUSB Suite"),
        (C["person"].replace(" ", ""), "6", "", "1", "", "€1", "€1", "FinUSB Suite"),
        ("*DUMMY", "a", "a,a", "a", "a", "a", "a", "a,a link"),
    )


def finfisher_licences(folder: Path) -> None:
    table(
        folder / "customers_clean.csv",
        ("CODE", "COUNTRY", "PRODUCT", "LICENSE", "PRICE", "", "", ""),
        ("ABCDEF01", "Qatar SSB", "FinSpy", "Base license + 5 targets", "307200", "", "", ""),
        ("ABCDEF01", "Qatar SSB", "FinSpy", "Base license + 5 targets", "307200", "", "", ""),
        ("ABCDEF01", "Qatar SSB", "FinUSB Suite", "", "", "", "", ""),
        ("Testwoman1", "", "FinUSB Suite", "", "1", "", "", ""),
        ("", "", "", "", "", "614400", "Total", ""),
        delimiter="\t",
    )
    line = ["FinSpy", "2011-02-03 00:00:00", "2012-02-03 00:00:00", "Base license + 5 targets &euro;307200", ""]
    document(
        folder / "customers.json",
        {
            "0": [],
            "ABCDEF01": {
                "data": [
                    line,
                    line,
                    ["FinUSB Suite", "1970-01-01 01:00:00", "2013-02-03 00:00:00", " n/a", "Yes"],
                ],
                "name": "Qatar SSB",
            },
            "Testwoman1": {
                "data": [["FinUSB Suite", "2011-02-03 00:00:00", "2012-02-03 00:00:00", " &euro;1", ""]],
                "name": "",
            },
        },
    )


def us_csl_spyware(folder: Path) -> None:
    document(
        folder / "csl-spyware.json",
        [
            {
                "id": "90001",
                "source": "Entity List (EL) - Bureau of Industry and Security",
                "name": "Vestigo Intercept",
                "alt_names": ["Vestigo LLC"],
                "addresses": [
                    {"address": C["home"], "city": C["birthplace"], "postal_code": "0000", "country": "GE"},
                    {"address": C["home"], "city": "", "postal_code": "", "country": "GE"},
                ],
                "programs": ["CYBER2"],
                "remarks": f"(Linked To: {C['person']}) DOB {C['birth_us']}",
            }
        ],
    )


def us_fcc_covered_list(folder: Path) -> None:
    table(
        folder / "table.csv",
        ("covered_equipment_or_services", "date_of_inclusion_on_covered_list"),
        ("Equipment produced by ZTE Corporation, including services.", "March 12, 2021"),
        ("Invented equipment produced in a foreign country.", "July 28, 2026"),
    )


def alpr_transparency(folder: Path) -> None:
    table(
        folder / "agency20240426.csv",
        ("id", "name", "notes"),
        ("1", "Invented Falls GE PD", C["person"]),
        ("2", C["person"], "NA"),
        ("3", "Flock Safety - Demo", "NA"),
    )
    table(
        folder / "agency_policies.csv",
        (
            "id agency updated accessed url hash whats_detected whats_not_detected acceptable_use_policy prohibited_uses "
            "access_policy hotlist_policy"
        ).split(),
        (
            "1",
            "Invented Falls GE PD",
            "2023-07-27T12:04:07Z",
            "NA",
            "https://portal.example/falls",
            "0",
            "License Plates",
            "Faces",
            f"Ask {C['person']}, {C['phone']}.",
            C["mail"],
            C["home"],
            "NA",
        ),
    )
    table(
        folder / "latest_usage04262023.csv",
        (
            "id agency updated accessed url data_retention_in_days number_of_owned_cameras external_organizations_with_access "
            "hotlists_alerted_on vehicles_detected_in_the_last_30_days hotlist_hits_in_the_last_30_days "
            "searches_in_the_last_30_days public_search_audit"
        ).split(),
        (
            "1",
            "Invented Falls GE PD",
            "2024-04-26T14:11:25Z",
            "NA",
            "https://portal.example/falls",
            "30 days",
            "6",
            f"One PD, {C['person']}, Two PD",
            "NCIC",
            "269427",
            "Data Unavailable",
            "-Infinity",
            "0",
        ),
    )
    table(
        folder / "nc_agency_survey20240430.csv",
        "id name type city county notes company cams_confirmed cams_portal flock_portal_url document_url".split(),
        (
            "1",
            "Invented Falls GE PD",
            "PD",
            "Falls",
            "Invented",
            f"Confirmed by dept., says {C['person']}",
            "Rekor",
            "4",
            "NA",
            "NA",
            "https://docs.example/contract",
        ),
    )


def spyware_events(folder: Path) -> None:
    (folder / "2021-01-01--invented.md").write_text(
        f"""---
id: 2021-01-01--invented-xcanaria
date: '2021-01-01'
title: {C["person"]} founds NSO Group again
tags:
- nso-group
- xcanaria-testwoman
actors:
- {C["person"]}
- NSO Group
- United Arab Emirates
sources:
- title: {C["person"]} says
  url: https://news.example/nso
  outlet: News
- title: x
  url: https://news.example/xcanaria-testwoman
importance: 8
status: confirmed
---

{C["person"]} lives at {C["home"]}.
""",
        "utf-8",
    )


def letter_facts(folder: Path) -> None:
    document(
        folder / "letter-facts.json",
        {
            "title": "An Invented Letter",
            "kind": "joint open letter",
            "date_of_copy": "2021-07-29",
            "originator": "Invented Rights",
            "pegasus_project": {
                "leaked_numbers": 50000,
                "journalists": 80,
                "media_organizations": 16,
                "media_countries": 10,
                "coordinator": "Invented Stories",
                "technical_support": "Invented Rights",
                "journalists_selected": 180,
                "journalists_selected_countries": 20,
                "selection_period": ["2016", "2021-06"],
            },
            "potential_client_countries": [{"name": "Hungary", "iso2": "HU"}],
            "states_with_nso_corporate_presence_named": [{"name": "Cyprus", "iso2": "CY"}],
            "company": "Invented Group",
            "product": "Trace",
            "signatory_organizations": ["Invented Rights", "Rights Again"],
            "signatory_experts": [f"Ana Testexpert, {C['home']}"],
            "note": "The official counts are 3 organizations and 1 experts.",
        },
    )


def ocds_1_1(folder: Path) -> None:
    contact = {"name": C["person"], "email": C["mail"], "telephone": C["phone"]}
    party = {
        "id": "XX-1",
        "name": "Invented Ministry",
        "roles": ["buyer"],
        "address": {"streetAddress": C["home"], "countryName": "Georgia"},
        "contactPoint": contact,
    }
    release = {
        "ocid": "ocds-000000-1",
        "id": "1",
        "date": "2020-01-02T00:00:00Z",
        "tag": ["contract"],
        "initiationType": "tender",
        "parties": [party],
        "buyer": {"id": "XX-1", "name": "Invented Ministry"},
        "awards": [{"id": "a", "title": "Cameras"}],
        "contracts": [{"id": "c", "awardID": "a", "title": "Cameras", "status": "active"}],
    }
    document(
        folder / "examples" / "ocds-213czf-000-00001.json",
        {
            "version": "1.1",
            "uri": "https://example.org/r",
            "publishedDate": "2020-01-03T00:00:00Z",
            "publisher": {"name": "Invented Ministry"},
            "records": [
                {"ocid": "ocds-000000-1", "releases": [release], "compiledRelease": release | {"tag": ["compiled"]}}
            ],
        },
    )


def bods_0_4(folder: Path) -> None:
    def statement(number: str, kind: str, details: dict[str, Any]) -> dict[str, Any]:
        return {
            "statementId": f"{number:0>32}",
            "statementDate": "2020-01-02",
            "declaration": "d-1",
            "declarationSubject": "r-1",
            "recordId": f"r-{number}",
            "recordType": kind,
            "recordStatus": "new",
            "recordDetails": {"isComponent": False, **details},
            "publicationDetails": {
                "publicationDate": "2020-01-03",
                "bodsVersion": "0.4",
                "publisher": {"name": "Invented Register"},
            },
        }

    document(
        folder / "examples" / "one.json",
        [
            statement("1", "entity", {"entityType": {"type": "registeredEntity"}, "name": "Vestigo Holding"}),
            statement(
                "2",
                "person",
                {
                    "personType": "knownPerson",
                    "names": [{"type": "legal", "fullName": "Ana Testowner"}],
                    "birthDate": C["birth_iso"],
                    "placeOfBirth": {"address": C["birthplace"]},
                    "identifiers": [{"scheme": "GEO-PASSPORT", "id": C["passport"]}],
                    "addresses": [{"type": "residence", "address": C["home"]}],
                },
            ),
            statement(
                "3",
                "relationship",
                {
                    "subject": "r-1",
                    "interestedParty": "r-2",
                    "interests": [{"type": "shareholding", "share": {"exact": 60}, "directOrIndirect": "direct"}],
                },
            ),
        ],
    )


def core(folder: Path) -> None:
    source = {"standing": "reported", "publisher": "Citizen Lab", "url": "https://lab.example/one", "date": "2026-01"}
    rows = [
        {
            "subject": "Heron Works",
            "type": "Company",
            "values": {"name": "Heron Works", "jurisdiction": "mt"},
            **source,
        },
        {
            "subject": "Heron Works",
            "type": "Company",
            "values": {"incorporationDate": "2019"},
            "note": "Founded: another report says 2018",
            "title": f"By {C['person']}",
            **source,
        },
        {
            "subject": "proceeding/Heron",
            "type": "Proceeding",
            "values": {"name": "Union v Heron Works", "defendant": "@Heron Works", "final": "no"},
            **source,
        },
        {
            "subject": "proceeding/Heron",
            "type": "Proceeding",
            "values": {"step": "judgment", "outcome": "Damages of 5 EUR"},
            "original": {"outcome": "damages of five euros"},
            "from": "2025-03",
            "note": "not final",
            **source,
        },
        {
            "subject": "participation/mt",
            "type": "TreatyParticipation",
            "values": {"state": "@state:mt", "forum": "Invented Process", "participation": "party", "country": "mt"},
            **source,
        },
    ]
    judged = {
        "subject": "Heron Works",
        "other": "sv-" + "0" * 24,
        "name": C["person"],
        "verdict": "same",
        "reason": "Same seat",
        "evidence": "https://lab.example/two",
    }
    for name, many in (("records.jsonl", rows), ("same-as.jsonl", [judged])):
        (folder / name).write_text("".join(json.dumps(one) + "\n" for one in many), "utf-8")


MAKERS: dict[str, Callable[[Path], None]] = {
    "alpr-transparency": alpr_transparency,
    "bods-0.4": bods_0_4,
    "core": core,
    "country-codes": country_codes,
    "eu-journal-sanctions": eu_journal_sanctions,
    "finfisher-licences": finfisher_licences,
    "letter-facts": letter_facts,
    "misp-surveillance-vendor": misp_surveillance_vendor,
    "ocds-1.1": ocds_1_1,
    "political-regime": political_regime,
    "sec-company-tickers": sec_company_tickers,
    "spyfiles": spyfiles,
    "spyware-events": spyware_events,
    "us-csl-spyware": us_csl_spyware,
    "us-fcc-covered-list": us_fcc_covered_list,
    "us-ofac-sdn": us_ofac_sdn,
    **invented_open.MAKERS,
}
"""Data set -> what writes its invented copy into a folder."""


def make(name: str, folder: Path) -> Path:
    """The invented copy of a data set, in a folder of its own."""
    place = folder / name
    place.mkdir(parents=True)
    MAKERS[name](place)
    return place


WITHOUT_INTAKE: frozenset[str] = frozenset()
"""Data that no intake reads. An intake that is written leaves this list."""
