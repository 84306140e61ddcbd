"""US Securities and Exchange Commission: listed companies with ticker and exchange, `company_tickers_exchange.json`."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import entity_id
from sousveil.register.model_reference import ReferenceRow

FILE = "company_tickers_exchange.json"
ROWS = f"{FILE}: data"
DATASET = Dataset(
    name="sec-company-tickers",
    title="Companies listed in the United States",
    publisher="US Securities and Exchange Commission",
    source="https://www.sec.gov/files/company_tickers_exchange.json",
    copy="https://github.com/lwowlwowl/company_name_to_ticker/blob/e83838f7269cacdfeee556edc00a389e4dcd3943/company_tickers_exchange.json",
    licence="US government work, public domain",
    licence_url="https://www.usa.gov/government-works",
    attribution="US Securities and Exchange Commission",
    snapshot="2025-08-24",
    rows=10_069,
    class_="reference",
    coverage=(
        "Every company with a ticker at the Commission; almost all have nothing to do with surveillance. A row for each ticker."
    ),
    not_used_for="Any claim about surveillance: almost all listed companies have nothing to do with it.",
    files=(
        File(name=FILE, read=("fields", "data"), part=True),
        File(name=ROWS, read=("cik", "name", "ticker", "exchange"), least=5_000, most=30_000),
    ),
)


def read(source: Source) -> Iterator[ReferenceRow]:
    """One row for each company, with all its tickers."""
    whole = source.members(FILE, source.json(FILE))
    fields = source.texts(FILE, whole["fields"])
    if not isinstance(whole["data"], list):
        raise Malformed(f"{FILE}: data is not a list.", hint="Fetch the data set again; nothing of it was stored.")
    companies: dict[int, tuple[str, list[str], list[str]]] = {}
    for cells in whole["data"]:
        if not isinstance(cells, list) or len(cells) != len(fields):
            raise Malformed(f"{ROWS}: a row without {len(fields)} values.", hint="Nothing of it was stored.")
        row = source.members(ROWS, dict(zip(fields, cells, strict=True)))
        if not isinstance(row["cik"], int) or not isinstance(row["exchange"], str | None):
            raise Malformed(f"{ROWS}: a row with a value of the wrong kind.", hint="Nothing of it was stored.")
        name, ticker = source.one(ROWS, row["name"]), source.one(ROWS, row["ticker"])
        _, tickers, exchanges = companies.setdefault(row["cik"], (name, [], []))
        tickers.append(ticker)
        if row["exchange"]:
            exchanges.append(row["exchange"])
    for cik, (name, tickers, exchanges) in companies.items():
        yield ReferenceRow(
            id=entity_id(DATASET.name, str(cik)),
            dataset=DATASET.name,
            type="Company",
            caption=name,
            names=[name],
            identifiers={"cik": str(cik), "ticker": tickers[0]},
            data={
                "ticker": tickers,
                "exchange": list(dict.fromkeys(exchanges)),
                "link": [f"https://www.sec.gov/cgi-bin/browse-edgar?action=getcompany&CIK={cik:010d}"],
            },
        )


INTAKE = Intake(DATASET, read)
