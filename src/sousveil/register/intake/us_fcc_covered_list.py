"""US Federal Communications Commission: equipment and services that may not be authorised.

The list is prose that names equipment, mostly by its maker. The makers are found by a reviewed list of names as printed;
entries that name none are left out and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

FILE = "table.csv"
DATASET = Dataset(
    name="us-fcc-covered-list",
    title="US list of covered communications equipment and services",
    publisher="US Federal Communications Commission",
    source="https://www.fcc.gov/supplychain/coveredlist",
    licence="US government work, public domain",
    licence_url="https://www.usa.gov/government-works",
    attribution="US Federal Communications Commission (copy by OpenSanctions)",
    snapshot="2026-08-22",
    rows=16,
    class_="surveillance",
    official=True,
    coverage=(
        "Sixteen entries on telecommunications and video equipment, held to be a risk to US networks; twelve name their maker. "
        "A listing here says nothing about surveillance by those who are named."
    ),
    not_used_for="Proof of surveillance by a maker: the list restricts equipment in US networks.",
    files=(
        File(
            name=FILE,
            read=("covered_equipment_or_services", "date_of_inclusion_on_covered_list"),
            least=10,
            most=200,
        ),
    ),
)
MAKERS = (
    "AO Kaspersky Lab",
    "China Mobile International USA Inc.",
    "China Telecom (Americas) Corp.",
    "China Unicom (Americas) Operations Limited",
    "ComNet (USA) LLC",
    "Dahua Technology Company",
    "Digitalsystem Technology Inc.",
    "Hangzhou Hikvision Digital Technology Company",
    "Huawei Technologies Company",
    "Hytera Communications Corporation",
    "Kaspersky Lab, Inc.",
    "Pacific Networks Corp",
    "ZTE Corporation",
)
"""As the list prints them."""
_MONTHS = "January February March April May June July August September October November December".split()
_DAY = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{1,2}}), (\d{{4}})")


def read(source: Source) -> Iterator[Statement]:
    """A company and a listing for each maker that an entry names."""
    rows = list(source.table(FILE))
    speaker = Speaker(DATASET, source.sha256(FILE), standing=Standing.CONFIRMED)
    for row in rows:
        text = row["covered_equipment_or_services"]
        makers = [maker for maker in MAKERS if maker in text]
        if not makers:
            source.leave_out("no_maker")
        day = _DAY.match(row["date_of_inclusion_on_covered_list"])
        for maker in makers:
            company = entity_id(DATASET.name, "company", maker)
            yield speaker.say(company, "Company", "name", maker.removesuffix(","))
            yield from speaker.record(
                entity_id(DATASET.name, "listing", maker, text),
                "Sanction",
                entity=company,
                authority="Federal Communications Commission",
                program="Covered List",
                reason=text,
                listingDate=f"{day[3]}-{_MONTHS.index(day[1]) + 1:02}-{int(day[2]):02}" if day else None,
                country="us",
            )


INTAKE = Intake(DATASET, read)
