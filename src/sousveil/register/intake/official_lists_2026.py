"""Lists of the United States, the European Union and the United Nations of 2026, extracted by OpenSanctions: for screening only.

One row for each name on a list, whatever number of its editions print it. What was taken off a list is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import country, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import entity_id
from sousveil.register.model_reference import ReferenceRow

MILITARY, US_OTHER = "us-1260h-military-companies.csv", "us-section889-and-mieu.csv"
AMENDMENTS, REGIMES, SETTLEMENTS = "eu-amendments-2026.csv", "eu-regimes.csv", "un-ohchr-settlement-database.csv"
DATASET = Dataset(
    name="official-lists-2026",
    title="US, EU and UN lists of 2026",
    publisher="United States, European Union, United Nations (extracted by OpenSanctions)",
    source="https://www.opensanctions.org/",
    copy="https://github.com/opensanctions/opensanctions/tree/f33cff233ff4393a8c71784cfe280275727b52ca/datasets",
    licence="CC BY-NC 4.0",
    licence_url="https://creativecommons.org/licenses/by-nc/4.0/",
    attribution="OpenSanctions.org, CC BY-NC 4.0. Commercial users need their own licence from OpenSanctions.",
    non_commercial=True,
    snapshot="2026-08-22",
    rows=925,
    class_="reference",
    coverage=(
        "Organizations on the US lists of Chinese military companies (section 1260H), section 889 and military-intelligence "
        "end users, in the EU amendments of July and August 2026, and in the UN database on settlements. Most have nothing to do "
        "with surveillance."
    ),
    not_used_for="Legal compliance: a copy is not the list in force. The UN database is no sanction.",
    files=(
        File(
            name=MILITARY,
            read=("list_date", "name", "alias", "previous_name", "end_date", "source_url"),
            dropped={
                "name_as_printed": "Name and alias are read apart.",
                "parent": "A name alone, without a row of its own.",
            },
            least=300,
            most=3_000,
        ),
        File(
            name=US_OTHER,
            read=("list", "name", "alias", "country", "start_date", "end_date", "source_url"),
            least=10,
            most=500,
        ),
        File(
            name=AMENDMENTS,
            read=(
                "amended_celex",
                "amendment_celex",
                "record_id",
                "programme",
                "annex",
                "measure",
                "start_date",
                "schema",
                "name",
                "alias",
                "weak_alias",
                "previous_name",
                "country",
                "registration_number",
                "lei",
            ),
            dropped={"tax_number": "A tax number.", "website": "A contact."},
            least=200,
            most=5_000,
        ),
        File(
            name=REGIMES,
            read=("framework_celexes", "name"),
            dropped={
                "regime_id": "The number of another list.",
                "program_keys": "The amendments give the programme.",
                "has_lists": "Says nothing of those listed.",
            },
            least=40,
            most=200,
        ),
        File(
            name=SETTLEMENTS,
            read=("status", "business_enterprise", "paragraph_96_items", "home_states"),
            dropped={
                "no": "A number of the printed table.",
                "home_states_as_printed": "The codes name the States.",
                "response": "Says only that there was an answer, and when.",
                "delisted_on": "What was taken off the list is left out.",
            },
            least=100,
            most=1_000,
        ),
    ),
)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9/.-]{3,24}", re.ASCII)
_1260H = "US list of Chinese military companies, section 1260H"
_SETTLEMENT = "UN database of enterprises in settlements"
_SETTLEMENT_PAGE = "https://www.ohchr.org/en/hr-bodies/hrc/regular-sessions/session31/database-hrc3136"


def read(source: Source) -> Iterator[ReferenceRow]:
    """One row for each name on a list."""
    yield from _military(source)
    for row in source.table(US_OTHER):
        if row["end_date"]:
            source.leave_out("ended")
            continue
        yield _row(
            (row["list"], row["name"]),
            [row["name"], *_list(row["alias"])],
            [row["country"]],
            programme=[row["list"]],
            listed=[row["start_date"]],
            link=[link(row["source_url"]) or ""],
        )
    regimes = {celex: row["name"] for row in source.table(REGIMES) for celex in _list(row["framework_celexes"])}
    for row in source.table(AMENDMENTS):
        yield _row(
            (row["amended_celex"], row["annex"], row["record_id"], row["name"]),
            [row["name"], *(one for name in ("alias", "weak_alias", "previous_name") for one in _list(row[name]))],
            [row["country"]],
            type="Company" if row["schema"] == "Company" else "LegalEntity",
            identifiers={
                scheme: row[name]
                for name, scheme in (("registration_number", "registration"), ("lei", "lei"))
                if _CODE.fullmatch(row[name])
            },
            programme=[row["programme"]],
            regime=[regimes.get(row["amended_celex"], "")],
            measure=[row["measure"]],
            annex=[row["annex"]],
            listed=[row["start_date"]],
            link=[f"https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:{row['amendment_celex']}"],
        )
    for row in source.table(SETTLEMENTS):
        if row["status"] != "listed":
            source.leave_out("ended")
            continue
        yield _row(
            (_SETTLEMENT, row["business_enterprise"]),
            [row["business_enterprise"]],
            _list(row["home_states"]),
            programme=[_SETTLEMENT],
            items=list(dict.fromkeys(_list(row["paragraph_96_items"]))),
            link=[_SETTLEMENT_PAGE],
        )


def _military(source: Source) -> Iterator[ReferenceRow]:
    """Companies of the list's editions: a name that is on several is one row with all their days."""
    editions: dict[str, list[dict[str, str]]] = {}
    for row in source.table(MILITARY):
        if row["end_date"]:
            source.leave_out("ended")
        else:
            editions.setdefault(row["name"], []).append(row)
    for name, rows in editions.items():
        aliases = [one for row in rows for part in ("alias", "previous_name") for one in _list(row[part])]
        yield _row(
            (_1260H, name),
            [name, *aliases],
            [],
            type="Company",
            programme=[_1260H],
            listed=[row["list_date"] for row in rows],
            link=[link(row["source_url"]) or "" for row in rows],
        )


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _row(
    id: tuple[str, ...],
    names: list[str],
    places: list[str],
    *,
    type: str = "LegalEntity",
    identifiers: dict[str, str] | None = None,
    **data: list[str],
) -> ReferenceRow:
    told = {key: list(dict.fromkeys(filter(None, values))) for key, values in data.items()}
    return ReferenceRow(
        id=entity_id(DATASET.name, *id),
        dataset=DATASET.name,
        type=type,
        caption=names[0],
        names=list(dict.fromkeys(names)),
        countries=list(dict.fromkeys(filter(None, map(country, places)))),
        identifiers=identifiers or {},
        data={key: values for key, values in told.items() if values},
    )


INTAKE = Intake(DATASET, read)
