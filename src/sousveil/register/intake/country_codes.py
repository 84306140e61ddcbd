"""Countries and territories of ISO 3166-1 with their names in six languages."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import state_id
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model_reference import ReferenceRow

FILE = "country-codes.csv"
_NAMES = (
    "CLDR display name",
    "official_name_en",
    "official_name_fr",
    "official_name_es",
    "official_name_ru",
    "official_name_ar",
    "official_name_cn",
    "UNTERM English Short",
    "UNTERM English Formal",
    "UNTERM French Formal",
    "UNTERM Spanish Formal",
    "UNTERM Russian Formal",
    "UNTERM Arabic Formal",
    "UNTERM Chinese Formal",
)
_CODE = "A code of another system; nothing here is compared with it."
_SHORT = "The official name of that language is read; the short one differs in articles only."
_GROUP = "Statistical grouping or economy; says nothing that this register asks for."
DATASET = Dataset(
    name="country-codes",
    title="Country codes and names",
    publisher="datasets/country-codes (Datopian), after ISO 3166-1, UN M49 and UNTERM",
    source="https://github.com/datasets/country-codes/blob/caa72d1e0e5af8876c170bb36a9e4d64a01bba88/data/country-codes.csv",
    licence="ODC PDDL 1.0",
    licence_url="https://opendatacommons.org/licenses/pddl/1-0/",
    attribution="datasets/country-codes",
    snapshot="2026-05-15",
    rows=249,
    class_="reference",
    coverage="The 249 countries and territories of ISO 3166-1. A name here says nothing about sovereignty.",
    not_used_for="Sovereignty, borders or recognition of any State or territory.",
    files=(
        File(
            name=FILE,
            read=(
                "ISO3166-1-Alpha-2",
                "ISO3166-1-Alpha-3",
                "ISO3166-1-numeric",
                *_NAMES,
                "Region Name",
                "Sub-region Name",
                "wikidata_id",
            ),
            dropped={
                **dict.fromkeys(
                    (
                        "FIFA",
                        "Dial",
                        "MARC",
                        "GAUL",
                        "FIPS",
                        "WMO",
                        "ITU",
                        "IOC",
                        "DS",
                        "M49",
                        "TLD",
                        "Geoname ID",
                        "EDGAR",
                    ),
                    _CODE,
                ),
                **dict.fromkeys(
                    (
                        "UNTERM French Short",
                        "UNTERM Spanish Short",
                        "UNTERM Russian Short",
                        "UNTERM Arabic Short",
                        "UNTERM Chinese Short",
                    ),
                    _SHORT,
                ),
                **dict.fromkeys(
                    (
                        "is_independent",
                        "Global Code",
                        "Global Name",
                        "Intermediate Region Code",
                        "Intermediate Region Name",
                        "Sub-region Code",
                        "Region Code",
                        "ISO4217-currency_name",
                        "ISO4217-currency_alphabetic_code",
                        "ISO4217-currency_numeric_code",
                        "ISO4217-currency_minor_unit",
                        "ISO4217-currency_country_name",
                        "Small Island Developing States (SIDS)",
                        "Land Locked Developing Countries (LLDC)",
                        "Least Developed Countries (LDC)",
                        "Capital",
                        "Continent",
                        "Languages",
                    ),
                    _GROUP,
                ),
            },
            least=240,
            most=270,
        ),
    ),
)


def read(source: Source) -> Iterator[ReferenceRow]:
    """One row for each country; its id is the State's id in every data set."""
    for row in source.table(FILE):
        code = row["ISO3166-1-Alpha-2"].lower()
        names = list(dict.fromkeys(name for column in _NAMES if (name := row[column])))
        yield ReferenceRow(
            id=state_id(code),
            dataset=DATASET.name,
            type="State",
            caption=names[0],
            names=names,
            countries=[code],
            identifiers={
                "iso3166-1-alpha-3": row["ISO3166-1-Alpha-3"],
                "iso3166-1-numeric": row["ISO3166-1-numeric"].zfill(3),
                **({"wikidata": found} if (found := row["wikidata_id"].rpartition("/")[2]) else {}),
            },
            data={
                key: [row[column]]
                for key, column in (("region", "Region Name"), ("subregion", "Sub-region Name"))
                if row[column]
            },
        )


INTAKE = Intake(DATASET, read)
