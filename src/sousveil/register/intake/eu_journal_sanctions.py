"""European Union: listings of eleven regulations on human rights, internal repression and cyber-attacks.

OpenSanctions extracted them from the Official Journal. The reasons are prose about people and are not read: the link leads
to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import PEOPLES, country, year
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import entity_id
from sousveil.register.model_reference import ReferenceRow

FILES = "*.csv"
_PERSON = "Describes a natural person; not needed to tell namesakes apart."
_NUMBER = "A passport, identity or tax number."
_CONTACT = "An address or contact, which may be somebody's home."
_PROSE = "Prose that may name natural persons; the link leads to it."
_SHIP = "Empty in this data set, or particulars of ships."
DATASET = Dataset(
    name="eu-journal-sanctions",
    title="EU sanctions: human rights, repression, cyber-attacks",
    publisher="European Union, Official Journal (extracted by OpenSanctions)",
    source="https://eur-lex.europa.eu/oj/direct-access.html",
    copy="https://github.com/opensanctions/opensanctions/tree/f33cff233ff4393a8c71784cfe280275727b52ca/datasets/eu/journal_sanctions/data/consolidated",
    licence="CC BY-NC 4.0",
    licence_url="https://creativecommons.org/licenses/by-nc/4.0/",
    attribution="OpenSanctions.org, CC BY-NC 4.0. Commercial users need their own licence from OpenSanctions.",
    non_commercial=True,
    snapshot="2026-08-22",
    rows=1695,
    class_="reference",
    coverage=(
        "Eleven of some forty EU regulations: Belarus, Iran, Syria, Myanmar, Venezuela, Nicaragua, Sudan, Russia, chemical "
        "weapons, cyber-attacks, human rights. Most listed have nothing to do with surveillance."
    ),
    not_used_for="Legal compliance: a copy is not the list in force. No row shows surveillance.",
    files=(
        File(
            name=FILES,
            read=(
                "celex",
                "recordId",
                "programKey",
                "annex",
                "measure",
                "startDate",
                "schema",
                "name",
                "alias",
                "weakAlias",
                "previousName",
                "country",
                "nationality",
                "jurisdiction",
                "birthDate",
                "incorporationDate",
                "registrationNumber",
                "leiCode",
                "ogrnCode",
                "ticker",
                "address",
            ),
            dropped={
                "reason": _PROSE,
                "notes": _PROSE,
                **dict.fromkeys(
                    ("birthPlace", "position", "gender", "appearance", "ethnicity", "fatherName", "motherName"), _PERSON
                ),
                **dict.fromkeys(("passportNumber", "idNumber", "taxNumber", "innCode", "kppCode", "okpoCode"), _NUMBER),
                **dict.fromkeys(("phone", "email", "website"), _CONTACT),
                "swiftBic": "Holds account numbers too.",
                "legalForm": "Free text, in several languages at once.",
                "sector": "Free text.",
                **dict.fromkeys(("imoNumber", "mmsi", "flag"), _SHIP),
            },
            least=1_200,
            most=4_000,
        ),
    ),
)
_TYPES = {
    "Person": "Person",
    "LegalEntity": "LegalEntity",
    "Company": "Company",
    "Organization": "Organization",
    "PublicBody": "PublicBody",
}
_LEFT_OUT = {"Asset", "Vessel", "Airplane", "CryptoWallet", "Security"}
"""Things, which neither buy nor sell."""
_NUMBERS = {
    "registrationNumber": "registration",
    "leiCode": "lei",
    "ogrnCode": "ogrn",
    "ticker": "ticker",
}
"""Numbers of companies; of natural persons none is read. Of an organization's
address only the country at its end is read; of a person's, nothing."""
_CODE = re.compile(r"[A-Z0-9][A-Z0-9/.-]{3,24}", re.ASCII)
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def read(source: Source) -> Iterator[ReferenceRow]:
    """One row for each listing; natural persons only where the operator switched them on."""
    for file in source.names(FILES):
        for row in source.table(file):
            person = row["schema"] == "Person"
            if row["schema"] in _LEFT_OUT or (person and not source.persons):
                source.leave_out(row["schema"])
                continue
            if row["schema"] not in _TYPES:
                source.warn(f"eu-journal-sanctions: a listing of the unknown kind “{row['schema'][:40]}” was left out.")
                continue
            yield _row(row, person)


def _row(row: dict[str, str], person: bool) -> ReferenceRow:
    number = row["recordId"] or row["name"]
    names = [row["name"]]
    for column in ("alias", "weakAlias", "previousName"):
        names += [part.strip() for part in row[column].split(";") if part.strip()]
    places = [row[column] for column in ("country", "jurisdiction")]
    if person:
        places.append(row["nationality"])
    else:
        places += [address.rpartition(",")[2] for address in row["address"].split(";")]
    words = [word.strip() for place in places for word in re.split(r"[,;/]| and ", place)]
    codes = [PEOPLES.get(word.lower()) or country(word) for word in words if word]
    return ReferenceRow(
        id=entity_id(DATASET.name, row["celex"], row["annex"], number),
        dataset=DATASET.name,
        type=_TYPES[row["schema"]],
        caption=row["name"],
        names=list(dict.fromkeys(names)),
        countries=list(dict.fromkeys(filter(None, codes))),
        identifiers={} if person else {scheme: row[c] for c, scheme in _NUMBERS.items() if _CODE.fullmatch(row[c])},
        years=year(row["birthDate"] if person else row["incorporationDate"]),
        person=person,
        data={
            key: [value]
            for key, value in (
                ("programme", row["programKey"]),
                ("measure", row["measure"]),
                ("annex", row["annex"]),
                ("listed", _day(row["startDate"])),
                ("link", f"https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:{row['celex']}"),
            )
            if value
        },
    )


def _day(text: str) -> str:
    found = _DAY.fullmatch(text)
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else ""


INTAKE = Intake(DATASET, read)
