"""FinFisher's licences, line by line with price and dates, out of the support system that was leaked in 2014.

Two files hold the same 748 lines in the same order: the table has the price, the JSON file the dates. Both are read and have
to agree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sousveil.errors import Malformed
from sousveil.register.intake import _finfisher as finfisher
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

TABLE, DATED = "customers_clean.csv", "customers.json"
CUSTOMER = f"{DATED}: customers"
_TOTALS = "Sums that the maker of the table added."
DATASET = Dataset(
    name="finfisher-licences",
    title="FinFisher licences with price and dates",
    publisher="WikiLeaks, set out by isgroup/wikileaks-spyfiles4-customers",
    source="https://wikileaks.org/spyfiles4/customers.html",
    copy="https://github.com/isgroup/wikileaks-spyfiles4-customers/tree/f2299299c715759541d398777c89cb09ef662faa",
    licence="GPL-2.0",
    licence_url="https://www.gnu.org/licenses/old-licenses/gpl-2.0.html",
    attribution="isgroup, after WikiLeaks, GPL-2.0",
    share_alike=True,
    snapshot="2014-09-16",
    rows=769,
    class_="surveillance",
    coverage=(
        "748 licence lines of 78 customers, who are opaque codes; the publishers attribute a country to 18 of them. Out of a "
        "leak; nobody has confirmed it here."
    ),
    not_used_for="Proof of a sale: nobody has confirmed these leaked lines.",
    files=(
        File(
            name=TABLE,
            read=("CODE", "COUNTRY", "PRODUCT", "LICENSE", "PRICE"),
            dropped={"": _TOTALS},
            least=500,
            most=2_000,
        ),
        File(name=DATED, read=(), part=True),
        File(name=CUSTOMER, read=("data", "name"), part=True),
    ),
)
_PRICED = re.compile(r"(.*?) ?(?:&euro;(\d+)|n/a)")
_DAY = re.compile(r"((?:19|20)\d\d-\d\d-\d\d) \d\d:\d\d:\d\d")
_REPAIR = "Fetch the data set again; nothing of it was stored."


def read(source: Source) -> Iterator[Statement]:
    """Customers, products, and one supply for each licence line."""
    table: dict[str, list[dict[str, str]]] = {}
    for row in source.table(TABLE, delimiter="\t"):
        if row["CODE"]:
            table.setdefault(row["CODE"], []).append(row)
    dated = _dated(source)
    if {code: len(lines) for code, lines in dated.items()} != {code: len(rows) for code, rows in table.items()}:
        raise Malformed(f"{TABLE} and {DATED} do not hold the same customers and lines.", hint=_REPAIR)
    speaker = Speaker(DATASET, source.sha256(TABLE), standing=Standing.REPORTED)
    for product in dict.fromkeys(row["PRODUCT"] for rows in table.values() for row in rows):
        yield from finfisher.product(speaker, product)
    for code, rows in table.items():
        if not finfisher.known_account(code):
            source.warn(f"{DATASET.name}: an account that may bear a person's name was left out with its lines.")
            source.left_out["account"] += 1
            continue
        yield from finfisher.customer(speaker, code, rows[0]["COUNTRY"])
        seen: Counter[tuple[str, ...]] = Counter()
        for row, line in zip(rows, dated[code], strict=True):
            yield from _line(speaker, code, row, line, seen)


def _dated(source: Source) -> dict[str, list[list[str]]]:
    whole = source.json(DATED)
    if not isinstance(whole, dict):
        raise Malformed(f"{DATED}: an object was expected.", hint=_REPAIR)
    found: dict[str, list[list[str]]] = {}
    for code, customer in whole.items():
        if customer == []:
            continue
        lines: Any = source.members(CUSTOMER, customer)["data"]
        if not isinstance(lines, list) or any(
            not isinstance(line, list) or len(line) != 5 or any(not isinstance(cell, str) for cell in line)
            for line in lines
        ):
            raise Malformed(f"{DATED}: {code[:40]}: a list of lines with five texts was expected.", hint=_REPAIR)
        found[code] = lines
    return found


def _line(
    speaker: Speaker, code: str, row: dict[str, str], line: list[str], seen: Counter[tuple[str, ...]]
) -> Iterator[Statement]:
    product, start, end, text, deleted = (cell.strip() for cell in line)
    priced = _PRICED.fullmatch(text)
    if priced is None or (product, priced[1], priced[2] or "") != (row["PRODUCT"], row["LICENSE"], row["PRICE"]):
        raise Malformed(f"{TABLE} and {DATED} disagree on a licence of {code}.", hint=_REPAIR)
    seen[tuple(line)] += 1
    yield from speaker.record(
        entity_id(DATASET.name, "line", code, *line, str(seen[tuple(line)])),
        "Supply",
        supplier=finfisher.VENDOR,
        recipient=finfisher.customer_id(code),
        product=finfisher.product_id(product),
        goods=row["LICENSE"] or None,
        amount=f"EUR {row['PRICE']}" if row["PRICE"] else None,
        startDate=_day(start),
        endDate=_day(end),
        clientStage="reported",
        note="Marked as deleted in the source." if deleted == "Yes" else None,
    )


def _day(text: str) -> str | None:
    """The day; None for 1 January 1970, which in that system stands for an empty date."""
    found = _DAY.fullmatch(text)
    return found[1] if found and not found[1].startswith("1970-01-0") else None


INTAKE = Intake(DATASET, read)
