"""Golden answers, cells, deadlines and labels: ids, values and dates of two registers, frozen before decisions were rebuilt.

    python -m tests.decisions.goldens example            show each difference, row by row
    python -m tests.decisions.goldens all DATA           the same for the register with all shipped data in folder DATA
    python -m tests.decisions.goldens example --accept "policy 5"   add the differences to the list, under this policy point
    python -m tests.decisions.goldens all DATA --freeze  write the rows anew, of the same questions

A row is one answer, one cell, one deadline or one label. `differences.json` lists every row that changed since, with the point of
the policy (docs/concepts, "The evidence model") that changed it. The tests compare a register with the frozen rows and that list.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from sousveil.decisions import packs
from sousveil.decisions.answer.asking import Desk, checked
from sousveil.decisions.api import gate
from sousveil.decisions.model import Action, Answer, FactShown
from sousveil.decisions.procedures import cells, items, registry
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.errors import SousveilError
from sousveil.register import publication
from sousveil.register.load import load
from sousveil.register.register import Register
from sousveil.register.store import Store, writing
from sousveil.register.views.reading import all_subjects

FOLDER = Path(__file__).parent / "golden_rows"
DIFFERENCES = FOLDER / "differences.json"
RECORDED = "2026-11-25T12:00:00Z"
"""The log's time of every entry, so that days do not move with the day of the test."""
DAYS = {"example": ("2026-11-26", "2024-06-01"), "all": ("2026-11-26",)}
COUNTS = {"example": 120, "all": 100}
DATASETS = (
    "alpr-transparency", "country-codes", "eu-journal-sanctions", "finfisher-licences", "letter-facts",
    "misp-surveillance-vendor", "political-regime", "sec-company-tickers", "spyfiles", "spyware-events", "us-csl-spyware",
    "us-fcc-covered-list", "us-ofac-sdn",
)  # fmt: skip
"""What the register "all" holds: questions are drawn out of it, so a source that is added later does not join it."""
KNOWN = (
    {"product": "Pegasus", "supplier": "NSO Group", "end_user": "Government of Mexico", "country": "mx"},
    {"product": "Pegasus", "supplier": "NSO Group", "end_user": "Interior Ministry", "country": "hu"},
    {"product": "Predator", "supplier": "Intellexa", "end_user": "National Intelligence Service", "country": "gr"},
    {"product": "FinFisher", "supplier": "FinFisher GmbH", "end_user": "Police", "country": "et"},
    {"product": "Galileo", "supplier": "Hacking Team", "end_user": "Police", "country": "it"},
)
"""Questions by name that people ask."""

Rows = dict[str, Any]
"""Key of a row -> its ids, values and dates."""


# ---------------------------------------------------------------- registers


@contextlib.contextmanager
def fixed() -> Iterator[None]:
    """Fix the time of entries and the salt of statements: ids then follow from what a statement says."""
    salt = mock.Mock(urandom=bytes)
    with mock.patch.object(writing, "utc_now", return_value=RECORDED), mock.patch.object(publication, "os", salt):
        yield


def example_register(folder: Path) -> Register:
    """Make the example register with fixed ids and times."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))
    import make_register

    with fixed():
        return make_register.make(folder)


def full_register(folder: Path, data: Path) -> Register:
    """Load the data sets with which the rows were frozen, with fixed ids and times."""
    register = Register.init(folder, title="All shipped data", origin="register.example/log", gate=gate)
    with fixed():
        for name in DATASETS:
            load(register, name, data / name, non_commercial=True)
    return register


# ---------------------------------------------------------------- rows


def questions(store: Store, count: int, days: tuple[str, ...]) -> list[dict[str, Any]]:
    """Draw questions: products, suppliers and end users of the register in any mixture, half of them with every pack."""
    draw = random.Random(24)
    pool = {type: sorted(all_subjects(store, type)) for type in ("SurveillanceProduct", "Company", "PublicBody")}
    made: list[dict[str, Any]] = []
    for number in range(count):
        made.append(
            {
                "action": draw.choice(list(Action)).value,
                "product": draw.choice(pool["SurveillanceProduct"]),
                "supplier": draw.choice(pool["Company"]),
                "end_user": draw.choice(pool["PublicBody"]),
                "country": draw.choice(("xa", "xb", "il", "mx", "hu", "us", "de")),
                "as_of": draw.choice(days),
                "packs": packs.names() if number % 2 else [],
            }
        )
    made += [{"action": "sale", "as_of": days[0], "packs": ["us-lists", "pega-2023"], **one} for one in KNOWN]
    return made


def rows(store: Store, asked: list[dict[str, Any]], days: tuple[str, ...]) -> Rows:
    """All rows of a register."""
    made: Rows = {}
    desk = Desk(store)
    for number, one in enumerate(asked):
        fields = {**one, "packs": tuple(one["packs"])}
        try:
            made[f"answer {number}"] = answer_row(desk.answer(checked(**fields), on_ambiguity="strictest"))
        except SousveilError as error:
            made[f"answer {number}"] = error.message
    board = Board(store)
    for day in days:
        made.update(_procedure_rows(board, day))
    return made


def _facts(many: Any) -> list[str]:
    shown: list[FactShown] = list(many)
    return sorted(f"{one.statement[:12]} {one.standing} {one.date or ''}".rstrip() for one in shown)


def answer_row(answer: Answer) -> Rows:
    """The ids, values and dates of an answer."""
    return {
        "verdict": answer.verdict.value,
        "packs": {one.pack: one.verdict.value for one in answer.packs},
        "reasons": [[one.rule, one.effect, len(one.needs), *_facts(one.facts)] for one in answer.reasons],
        "undecided": [[one.rule, *_facts(one.facts)] for one in answer.undecided],
        "duties": [[one.rule, len(one.needs), *_facts(one.facts)] for one in answer.duties],
        "known": [answer.as_of, answer.known_on, answer.log_size],
    }


def _procedure_rows(board: Board, day: str) -> Iterator[tuple[str, Any]]:
    number = day_of(day)
    for country in cells.countries(board):
        for cell in cells.state_row(board, country, number).cells:
            yield f"cell {day} {country} {cell.procedure}", _cell(cell)
    for vendor in cells.vendors(board):
        for cell in cells.company_cells(board, vendor, number):
            yield f"cell {day} {vendor} {cell.procedure}", _cell(cell)
    for procedure in registry.all_procedures().values():
        for item in items.items(board, procedure, number):
            yield f"label {day} {procedure.name} {item.ref.id}", [item.state, item.closed, item.country, item.date]
            for due in item.due:
                key = f"deadline {day} {procedure.name} {item.ref.id} {due.clock}"
                owing = due.owed_by.id if due.owed_by else None
                yield key, [due.started, due.due, due.state, due.days_over, due.met_on, owing]


def _cell(cell: cells.CellView) -> list[Any]:
    needs = [[one.name, one.state, *sorted(each.id[:12] for each in one.proof)] for one in cell.needs]
    return [cell.state, cell.words == cells.ITSELF, *(one for one in needs if one[1] != "unknown")]


# ---------------------------------------------------------------- comparing


def frozen(name: str) -> tuple[list[dict[str, Any]], Rows]:
    """The questions and the rows of a golden file."""
    data = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return data["questions"], {key: data["values"][at] for key, at in data["rows"].items()}


def accepted(name: str) -> dict[str, dict[str, Any]]:
    """Row -> its value now (None: no such row) and the policy point that changed it."""
    if not DIFFERENCES.is_file():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(DIFFERENCES.read_text(encoding="utf-8")).get(name, {})
    return found


def expected(name: str) -> Rows:
    """The frozen rows with every accepted difference applied."""
    _, made = frozen(name)
    for key, one in accepted(name).items():
        if one["now"] is None:
            made.pop(key, None)
        else:
            made[key] = one["now"]
    return made


def differences(before: Rows, now: Rows) -> dict[str, tuple[Any, Any]]:
    """Row -> value before and now (None: no such row)."""
    keys = [*before, *(key for key in now if key not in before)]
    return {key: (before.get(key), now.get(key)) for key in keys if before.get(key) != now.get(key)}


def explained(before: Any, now: Any) -> Iterator[str]:
    """A difference in lines: for answers part by part, and of a list the items that left and came."""
    if isinstance(before, dict) and isinstance(now, dict):
        for part in before:
            for line in explained(before[part], now.get(part)) if before[part] != now.get(part) else ():
                yield f"{part}: {line}"
    elif isinstance(before, list) and isinstance(now, list):
        yield from (f"- {json.dumps(one)}" for one in before if one not in now)
        yield from (f"+ {json.dumps(one)}" for one in now if one not in before)
    else:
        yield f"- {json.dumps(before)}"
        yield f"+ {json.dumps(now)}"


def _lines(pairs: dict[str, str]) -> str:
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {value}" for key, value in pairs.items()) + "\n}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def freeze(name: str, asked: list[dict[str, Any]], made: Rows) -> None:
    """Write a golden file: rows that have the same value share it. No difference is listed any more."""
    values: dict[str, int] = {}
    numbers = {key: str(values.setdefault(_compact(value), len(values))) for key, value in made.items()}
    listed = ",\n".join(map(_compact, asked)), ",\n".join(values), _lines(numbers)
    text = '{{"questions": [\n{}\n],\n"values": [\n{}\n],\n"rows": {}}}\n'.format(*listed)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    if DIFFERENCES.is_file():
        _list(json.loads(DIFFERENCES.read_text(encoding="utf-8")) | {name: {}})


def accept(name: str, found: dict[str, tuple[Any, Any]], point: str) -> None:
    """Add differences to the list under a policy point; a row that is listed already keeps its points."""
    listed = json.loads(DIFFERENCES.read_text(encoding="utf-8")) if DIFFERENCES.is_file() else {}
    for key, (_, now) in found.items():
        known = listed.setdefault(name, {}).get(key, {"point": point})["point"]
        listed[name][key] = {"point": known if point in known else f"{known}; {point}", "now": now}
    _list(listed)


def _list(differences: dict[str, Any]) -> None:
    parts = {one: _lines({key: _compact(row) for key, row in many.items()}) for one, many in differences.items()}
    DIFFERENCES.write_text(_lines(parts) + "\n", encoding="utf-8")


def main() -> int:
    """Show, accept or freeze."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("register", choices=("example", "all"))
    parser.add_argument("data", nargs="?", type=Path, help="for `all`: the folder with one folder a data set")
    parser.add_argument("--accept", metavar="POINT", help="list the differences under this policy point")
    parser.add_argument("--freeze", action="store_true", help="write the rows anew, of the same questions")
    options = parser.parse_args()
    if options.register == "all" and options.data is None:
        parser.error("DATA is missing: name the folder with the data sets")
    name: str = options.register
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "register"
        with example_register(place) if name == "example" else full_register(place, options.data) as register:
            made = (FOLDER / f"{name}.json").is_file()
            asked = frozen(name)[0] if made else questions(register.store, COUNTS[name], DAYS[name])
            now = json.loads(json.dumps(rows(register.store, asked, DAYS[name])))
    if options.freeze:
        freeze(name, asked, now)
        print(f"{len(now):,} rows frozen")
        return 0
    found = differences(expected(name), now)
    for key, (before, after) in found.items():
        print(key, *(f"    {line}" for line in explained(before, after)), sep="\n")
    if options.accept and found:
        accept(name, found, options.accept)
    print(f"{len(now):,} rows, {len(found):,} differences{f' listed under {options.accept}' if options.accept else ''}")
    for point in sorted({one["point"] for one in accepted(name).values()}):
        print(f"listed under {point}: {sum(one['point'] == point for one in accepted(name).values()):,}")
    return 1 if found and not options.accept else 0


if __name__ == "__main__":
    sys.exit(main())
