"""US Treasury, Office of Foreign Assets Control: Specially Designated Nationals, the plain table `sdn.csv`.

Layout: OFAC's data specification for the delimited files; no heading, `-0-` stands for an empty value. Of the free text in
`Remarks` only four forms are read, each by its exact shape; numbers, birth dates, contacts and links between people are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import country, year
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import entity_id
from sousveil.register.model_reference import ReferenceRow

FILE = "sdn.csv"
HEADER = tuple(
    "ent_num SDN_Name SDN_Type Program Title Call_Sign Vess_type Tonnage GRT Vess_flag Vess_owner Remarks".split()
)
_SHIP = "Particulars of ships, which are left out."
DATASET = Dataset(
    name="us-ofac-sdn",
    title="US list of Specially Designated Nationals",
    publisher="US Treasury, Office of Foreign Assets Control",
    source="https://sanctionslist.ofac.treas.gov/Home/SdnList",
    copy="https://github.com/jackdwyer/specially-designated-nationals-list/blob/a5ec3c5ee4aae1b36ba24897a051787ea5429d30/sdn.csv",
    licence="US government work, public domain",
    licence_url="https://www.usa.gov/government-works",
    attribution="US Treasury, Office of Foreign Assets Control",
    snapshot="2024-05-03",
    rows=14_965,
    class_="reference",
    coverage=(
        "Everybody whose property the United States blocks, for whatever reason; most have nothing to do with surveillance. "
        "A copy of May 2024 without the files of aliases and addresses: for screening, not for legal compliance."
    ),
    not_used_for="Legal compliance: a copy is not the list in force. No row shows surveillance.",
    files=(
        File(
            name=FILE,
            read=("ent_num", "SDN_Name", "SDN_Type", "Program", "Remarks"),
            dropped={
                "Title": "The post of a natural person.",
                "Call_Sign": _SHIP,
                "Vess_type": _SHIP,
                "Tonnage": _SHIP,
                "GRT": _SHIP,
                "Vess_flag": _SHIP,
                "Vess_owner": "May name a natural person.",
            },
            least=10_000,
            most=40_000,
        ),
    ),
)
_TYPES = {"": "LegalEntity", "individual": "Person"}
_LEFT_OUT = {"vessel", "aircraft"}
"""Ships and aircraft neither buy nor sell: there is no record type for them here."""
_ALIAS = re.compile(r"(?:alt\. )?(?:[a-z]\.k\.a\.) '([^']{2,120})'", re.IGNORECASE)
_FOUNDED = re.compile(r"(?:alt\. )?Organization Established Date (.{4,24})")
_WHERE = re.compile(
    r"(?:alt\. )?(?:Tax ID No\.|Registration Number|Registration ID|Company Number|Commercial Registry Number|"
    r"Business Registration Number|Trade License No\.|Government Gazette Number|License|C\.R\. No\.|NIT #|RUC #)"
    r"[^()]{1,60}\(([A-Z][A-Za-z ,.]{2,40})\)"
)
"""Of a registration only the country is read, never the number."""
_BORN = re.compile(r"(?:alt\. )?DOB (.{4,40})")
_NATIONAL = re.compile(r"(?:alt\. )?(?:nationality|citizen) ([A-Z][A-Za-z ,.]{2,40})")


def read(source: Source) -> Iterator[ReferenceRow]:
    """One row for each organization; natural persons only where the operator switched them on."""
    for row in source.table(FILE, header=HEADER):
        row = {column: "" if value == "-0-" else value for column, value in row.items()}
        kind = row["SDN_Type"].lower()
        if kind in _LEFT_OUT or (kind == "individual" and not source.persons):
            source.leave_out(kind)
            continue
        if kind not in _TYPES:
            source.warn(f"us-ofac-sdn: a listing of the unknown kind “{kind[:40]}” was left out.")
            continue
        yield _row(row, _TYPES[kind], kind == "individual")


def _row(row: dict[str, str], type_name: str, person: bool) -> ReferenceRow:
    name, number = row["SDN_Name"], row["ent_num"]
    names, countries, years = [name], [], []
    for part in row["Remarks"].rstrip(".").split("; "):
        if found := _ALIAS.fullmatch(part):
            names.append(found[1].strip())
        elif person:
            if found := _BORN.fullmatch(part):
                years += year(found[1])
            elif found := _NATIONAL.fullmatch(part):
                countries.append(country(found[1]))
        elif found := _FOUNDED.fullmatch(part):
            years += year(found[1])
        elif found := _WHERE.fullmatch(part):
            countries.append(country(found[1]))
    return ReferenceRow(
        id=entity_id(DATASET.name, number),
        dataset=DATASET.name,
        type=type_name,
        caption=name,
        names=list(dict.fromkeys(names)),
        countries=list(dict.fromkeys(filter(None, countries))),
        identifiers={} if person else {"ofac-sdn": number},
        years=list(dict.fromkeys(years)),
        person=person,
        data={
            "programme": [part.strip("[] ") for part in row["Program"].split("] [")],
            "link": [f"https://sanctionssearch.ofac.treas.gov/Details.aspx?id={number}"],
        },
    )


INTAKE = Intake(DATASET, read)
