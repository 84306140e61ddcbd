"""Legal forms by country (ISO 20275), as GLEIF lists them: screening takes them off the names of companies of that country.

One row for each country, as for other lists of countries: no form is anybody, and nobody is screened against one.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import country
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import entity_id
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.types.countries import country_name

FILE = "elf-codes.csv"
DATASET = Dataset(
    name="gleif-legal-forms",
    title="Legal forms of companies by country",
    publisher="Global Legal Entity Identifier Foundation",
    source="https://www.gleif.org/en/about-lei/code-lists/iso-20275-entity-legal-forms-code-list",
    copy="https://github.com/opensanctions/opensanctions/blob/f33cff233ff4393a8c71784cfe280275727b52ca/datasets/_global/gleif/ref/elf-codes-1.4.1.csv",
    licence="Not stated in the copy (GLEIF: CC0 1.0; OpenSanctions marks copies CC BY-NC 4.0)",
    licence_stated=False,
    licence_url="https://www.gleif.org/en/about/open-data",
    attribution="Global Legal Entity Identifier Foundation; copy by OpenSanctions",
    non_commercial=True,
    snapshot="2026-08-22",
    rows=3659,
    class_="reference",
    coverage="Names and abbreviations of 3,655 legal forms in use, version 1.4.1 of the code list.",
    not_used_for="Anything but matching names of companies.",
    files=(
        File(
            name=FILE,
            read=("country", "legal_form", "transliterated", "abbreviations", "abbreviations_transliterated", "status"),
            dropped={
                "elf_code": "The spelling is what stands in names.",
                "subdivision": "A company's country is known, rarely more.",
                "language": "The spelling is what stands in names.",
            },
            least=2_000,
            most=20_000,
        ),
    ),
)
FORMS = "forms"
"""Member of a row's data that holds the spellings."""


def read(source: Source) -> Iterator[ReferenceRow]:
    """One row for each country, with the spellings of the forms in use there."""
    spellings: dict[str, dict[str, None]] = {}
    for row in source.table(FILE):
        code = country(row["country"])
        if code is None or row["status"] != "ACTV":
            source.leave_out("no_country" if code is None else "not_in_use")
            continue
        texts = [row["legal_form"], row["transliterated"]]
        texts += [*row["abbreviations"].split(";"), *row["abbreviations_transliterated"].split(";")]
        spellings.setdefault(code, {}).update(dict.fromkeys(one.strip() for one in texts if one.strip()))
    for code, texts_ in spellings.items():
        yield ReferenceRow(
            id=entity_id(DATASET.name, code),
            dataset=DATASET.name,
            type="State",
            caption=country_name(code),
            names=[country_name(code)],
            countries=[code],
            data={FORMS: list(texts_)},
        )


INTAKE = Intake(DATASET, read)
