"""Small invented copies of the data sets that are open data of the trade: sales, fairs, scans, lists, treaties, identifiers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sousveil.register.intake import find
from tests.register.intake.invented_marks import CANARIES as C
from tests.register.intake.invented_marks import document, table


def _columns(name: str, file: str) -> list[str]:
    (found,) = (one for one in find(name).dataset.files if one.name == file)
    return [*found.read, *found.dropped]


def _rows(name: str, folder: Path, file: str, *rows: dict[str, str]) -> None:
    """A table under the columns that the intake declares; what a row does not give is empty."""
    header = _columns(name, file)
    assert all(set(row) <= set(header) for row in rows), (name, file)
    table(folder / file, header, *([row.get(column, "") for column in header] for row in rows))


def sii_2016(folder: Path) -> None:
    name = "sii-2016"
    sale = {
        "transfer_id": "sii-1",
        "seller": "Vestigo; Umbra (reseller)",
        "seller_countries": "IT;GE",
        "buyer_country": "GE",
        "buyer_country_name": "Georgia",
        "end_user": "Invented Service; Unknown multiple entities",
        "goods": "intrusion software",
        "order_year": "2012",
        "completion": "reported complete",
        "basis": "open source",
        "source_ids": "paper-1;paper-2",
    }
    _rows(
        name,
        folder,
        "transfers.csv",
        sale,
        sale
        | {
            "transfer_id": "sii-2",
            "seller": "Vestigo",
            "seller_countries": "IT",
            "completion": "reported not complete",
        },
        sale | {"transfer_id": "sii-3", "seller": "", "end_user": "", "goods": "", "source_ids": "paper-2"},
        {
            "transfer_id": "sii-4",
            "seller": "Vestigo",
            "buyer_country": "GE",
            "completion": "reported complete",
            "basis": "open source",
            "source_ids": "citizenlab-bluecoat-2013",
        },
        {
            "transfer_id": "sii-5",
            "seller_countries": "GB",
            "buyer_country": "GE",
            "goods": "off-the-air interception",
            "order_year": "2015",
            "completion": "reported not complete",
            "basis": "export data",
            "source_ids": "uk-bis",
        },
        {
            "transfer_id": "sii-6",
            "seller": "Umbra",
            "seller_countries": "FI",
            "buyer_country": "GE",
            "completion": "reported complete",
            "basis": "export data",
            "source_ids": "paper-1",
        },
    )
    _rows(
        name,
        folder,
        "sources.csv",
        {
            "source_id": "paper-1",
            "publisher": "Invented Paper",
            "title": "A sale",
            "date": "2013-02-03",
            "url": "https://paper.example/1",
        },
        {"source_id": "paper-2", "publisher": "Invented Paper", "title": "A second sale", "date": "2014"},
        {"source_id": "citizenlab-bluecoat-2013", "date": "2013-07-09", "url": "https://lab.example/scan"},
        {"source_id": "uk-bis", "publisher": "Invented Office", "url": "https://office.example/"},
    )


def security_fairs(folder: Path) -> None:
    name = "security-fairs"
    fair = {
        "fair_id": "fair-2019",
        "fair": "Invented Fair 2019",
        "start_date": "2019-05-01",
        "end_date": "2019-05-03",
        "country": "GE",
        "place": "Hall 1,  Tbilisi",
        "list_url": "https://fair.example/2019",
    }
    _rows(name, folder, "fairs.csv", fair, fair | {"fair_id": "fair-2030", "start_date": "2030-05-01"})
    row = {"fair_id": "fair-2019", "company_as_printed": "VESTIGO Ltd", "country": "IT", "matched_name": "Vestigo"}
    _rows(
        name,
        folder,
        "exhibitors.csv",
        row,
        row | {"company_as_printed": "Umbra", "matched_name": "Umbra", "country": ""},
        row | {"broad_firm": "yes", "ambiguous_name": "yes"},
        row | {"ambiguous_name": "yes"},
        row | {"fair_id": "fair-2030"},
    )


def citizenlab_reports(folder: Path) -> None:
    report = {"date": "2015-03-09", "title": "An invented report", "url": "https://lab.example/1", "tags": C["person"]}
    _rows(
        "citizenlab-reports",
        folder,
        "reports.csv",
        report | {"vendors_mentioned": "Hacking Team; Finspy; FinSpy"},
        report | {"url": "https://lab.example/2", "title": C["person"]},
    )


def finfisher_servers(folder: Path) -> None:
    server = {
        "server_country": "CA",
        "month_first_seen": "2013-03",
        "network_kind": "network operator or host",
        "fingerprints": "1.0",
    }
    _rows(
        "finfisher-servers",
        folder,
        "servers.csv",
        server | {"server_id": "ff-1", "customer_guess": "Georgia", "customer_country": "GE"},
        server | {"server_id": "ff-2", "customer_guess": "Vestigo"},
        server | {"server_id": "ff-3", "server_country": ""},
    )


def surveillance_contract_events(folder: Path) -> None:
    name = "surveillance-contract-events"
    event = {"date": "2025-09-02", "buyer": "Invented Agency", "buyer_country": "US", "title": f"{C['person']} buys"}
    ids = (
        "2025-09-02--ice-paragon-spyware-contract-encryption",
        "2025-08-01--palantir-ten-billion-army-contract",
        "2025-09-30--ice-surveillance-contracts-1-4-billion",
        "2025-12-01--not-read",
    )
    _rows(
        name,
        folder,
        "events.csv",
        event | {"event_id": ids[0], "vendor": "Vestigo", "amount_usd": "2000000"},
        event | {"event_id": ids[1], "vendor": "Umbra", "amount_usd": "9000"},
        event | {"event_id": ids[2], "amount_usd": "5"},
        event | {"event_id": ids[3]},
    )
    _rows(
        name,
        folder,
        "sources.csv",
        *({"event_id": id, "url": "https://news.example/1", "title": C["person"]} for id in ids),
        {"event_id": ids[0], "url": C["profile"]},
    )


def spyware_victims_aggregate(folder: Path) -> None:
    count = {"spyware": "Pegasus", "dimension": "entries", "value": "all", "entries": "9"}
    _rows(
        "spyware-victims-aggregate",
        folder,
        "counts.csv",
        count,
        count | {"dimension": "role", "value": "activist", "entries": "4"},
        count | {"spyware": "DevilsTongue (Candiru)", "dimension": "operator State", "value": "ES", "entries": "2"},
    )


def argus_facts(folder: Path) -> None:
    name, lab = "argus-facts", {"source_ids": "lab"}
    _rows(
        name,
        folder,
        "vendors.csv",
        lab | {"vendor_id": "vestigo", "name": "Vestigo", "aliases": "Umbra", "country_hq": "IL", "status": "active"},
    )
    _rows(
        name,
        folder,
        "products.csv",
        lab | {"product_id": "trace", "name": "Trace", "vendor_id": "vestigo", "category": "mobile implant"},
    )
    _rows(
        name,
        folder,
        "corporate-links.csv",
        lab
        | {
            "entity": "Umbra SA",
            "jurisdiction": "GR",
            "role": "subsidiary",
            "vendor_id": "vestigo",
            "note": "reported",
        },
    )
    _rows(
        name,
        folder,
        "customers.csv",
        {
            "vendor_id": "vestigo",
            "product_id": "trace",
            "customer": "government",
            "country": "GE",
            "claim_strength": "forensically attributed",
            "first_reported_year": "2022",
            "source_ids": "lab;paper",
        },
    )
    _rows(
        name,
        folder,
        "incidents.csv",
        lab
        | {"vendor_id": "vestigo", "product_id": "trace", "date": "2022-06", "country": "GE", "who": "a journalist"},
        lab | {"vendor_id": "vestigo", "who": "an activist", "vector": "one-click"},
    )
    _rows(
        name,
        folder,
        "legal-actions.csv",
        lab
        | {
            "action_id": "suit",
            "type": "lawsuit",
            "jurisdiction": "United States (N.D. Cal.)",
            "date_filed": "2021-11",
            "title": "Paper v. Vestigo",
            "outcome": "dismissed",
            "vendor_ids": "vestigo",
        },
    )
    _rows(
        name,
        folder,
        "sources.csv",
        {"source_id": "lab", "publisher": "Invented Lab", "title": "A report", "url": "https://lab.example/1"},
        {"source_id": "paper", "publisher": "Invented Paper", "title": "A story", "date": "2022"},
    )


def un_treaty_complaints(folder: Path) -> None:
    row = {
        "iso2": "GE",
        "state": "Georgia",
        "instrument": "ICCPR-OP1",
        "status": "party",
        "year": "1994",
        "note": C["person"],
    }
    _rows(
        "un-treaty-complaints",
        folder,
        "ratifications.csv",
        row,
        row | {"iso2": "BY", "state": "Belarus", "year": "1992", "check": "denounced after the snapshot: verify"},
        row | {"instrument": "OP-CRPD", "status": "signatory"},
        row | {"instrument": "ICCPR"},
    )


def official_lists_2026(folder: Path) -> None:
    name = "official-lists-2026"
    chinese = {
        "list_date": "2025-01-07",
        "name": "Vestigo Co., Ltd.",
        "alias": "Vestigo",
        "source_url": "https://dod.example/1",
    }
    _rows(
        name,
        folder,
        "us-1260h-military-companies.csv",
        chinese,
        chinese | {"list_date": "2026-06-08", "previous_name": "Umbra Co."},
        chinese | {"name": "Gone Co.", "end_date": "2026-02-17"},
    )
    _rows(
        name,
        folder,
        "us-section889-and-mieu.csv",
        {"list": "Section 889 NDAA FY2019", "name": "Umbra Corporation", "country": "CN"},
        {"list": "Section 889 NDAA FY2019", "name": "Left Corporation", "country": "CN", "end_date": "2025-01-01"},
    )
    _rows(
        name,
        folder,
        "eu-amendments-2026.csv",
        {
            "amended_celex": "39999R0001",
            "amendment_celex": "39999R0002",
            "record_id": "7",
            "programme": "EU-TST",
            "annex": "I.B",
            "measure": "Asset freeze",
            "start_date": "2026-07-13",
            "schema": "Company",
            "name": "Vestigo Bank",
            "alias": "Вестиго; V. Bank",
            "country": "RU",
            "registration_number": "AB-100200",
            "tax_number": C["tax"],
            "website": f"mailto:{C['mail']}",
        },
    )
    _rows(
        name,
        folder,
        "eu-regimes.csv",
        {"framework_celexes": "39999D0001;39999R0001", "name": "Measures that are invented"},
    )
    _rows(
        name,
        folder,
        "un-ohchr-settlement-database.csv",
        {"status": "listed", "business_enterprise": "Umbra Ltd.", "paragraph_96_items": "b;e", "home_states": "IL"},
        {"status": "delisted", "business_enterprise": "Gone Ltd.", "home_states": "IL", "delisted_on": "2025-12-08"},
    )


def gleif_legal_forms(folder: Path) -> None:
    form = {"country": "GE", "legal_form": "Gamogonebuli Amkhanagoba", "abbreviations": "GA;G.A.", "status": "ACTV"}
    _rows(
        "gleif-legal-forms",
        folder,
        "elf-codes.csv",
        form,
        form | {"legal_form": "Old Form", "status": "INAC"},
        {"status": "ACTV"},
    )


def us_consolidated_screening_list(folder: Path) -> None:
    entity: dict[str, Any] = {
        "id": "csl-1",
        "source": "Entity List (EL) - Bureau of Industry and Security",
        "entity_number": None,
        "type": None,
        "programs": [],
        "name": "Vestigo Intercept",
        "title": None,
        "addresses": [
            {"address": C["home"], "city": C["birthplace"], "state": None, "postal_code": "1", "country": "GE"}
        ],
        "federal_register_notice": "86 FR 60759",
        "start_date": "2021-11-04",
        "end_date": None,
        "remarks": C["person"],
        "source_list_url": "https://bis.example/list",
        "alt_names": ["Vestigo LLC"],
        "ids": [{"type": "Passport", "number": C["passport"], "country": "GE"}],
    }
    person = entity | {
        "id": "90002",
        "source": "Specially Designated Nationals (SDN) - Treasury Department",
        "type": "Individual",
        "name": "TESTWOMAN, Ana",
        "programs": ["CYBER2"],
        "nationalities": ["GE"],
        "dates_of_birth": [C["birth_us"]],
        "places_of_birth": [C["birthplace"]],
        "alt_names": [],
    }
    denied = entity | {
        "id": "csl-3",
        "source": "Denied Persons List (DPL) - Bureau of Industry and Security",
        "name": "Ana Denied",
    }
    document(
        folder / "consolidated.json",
        {"total": 4, "results": [entity, person, denied, entity | {"id": "90004", "type": "Vessel"}]},
    )


def gleif_lei(folder: Path) -> None:
    address = {"addressLines": [C["home"]], "city": C["birthplace"], "country": "LU"}
    entity = {
        "legalName": {"name": "Vestigo Holding S.à r.l.", "language": "lb"},
        "otherNames": [
            {"name": "Umbra Holding", "language": "en", "type": "PREVIOUS_LEGAL_NAME"},
            {"name": "Vestigo", "language": "en", "type": "TRADING_OR_OPERATING_NAME"},
        ],
        "legalAddress": address,
        "headquartersAddress": address,
        "registeredAt": {"id": "RA000432", "other": None},
        "registeredAs": "B999999",
        "jurisdiction": "LU",
        "category": "GENERAL",
        "legalForm": {"id": "DVXS", "other": None},
        "status": "ACTIVE",
        "creationDate": "2014-03-03T00:00:00Z",
    }
    lei = "529900T8BM49AURSDO55"
    record = {
        "type": "lei-records",
        "id": lei,
        "attributes": {"lei": lei, "entity": entity, "registration": {"status": "ISSUED"}},
    }
    owner = entity | {"legalName": {"name": C["person"]}, "category": "SOLE_PROPRIETOR"}
    other = {"attributes": {"lei": "529900ODI3047E2LIV03", "entity": owner}}
    document(folder / "search.json", {"meta": {}, "data": [record, other]})


MAKERS: dict[str, Callable[[Path], None]] = {
    "argus-facts": argus_facts,
    "citizenlab-reports": citizenlab_reports,
    "finfisher-servers": finfisher_servers,
    "gleif-legal-forms": gleif_legal_forms,
    "gleif-lei": gleif_lei,
    "official-lists-2026": official_lists_2026,
    "security-fairs": security_fairs,
    "sii-2016": sii_2016,
    "spyware-victims-aggregate": spyware_victims_aggregate,
    "surveillance-contract-events": surveillance_contract_events,
    "un-treaty-complaints": un_treaty_complaints,
    "us-consolidated-screening-list": us_consolidated_screening_list,
}
"""Data set -> what writes its invented copy into a folder."""
