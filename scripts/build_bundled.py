#!/usr/bin/env python3
"""Make the bundled file of indicators from a folder of published sets.

    python scripts/build_bundled.py FOLDER [OUTPUT]

FOLDER holds the files named in `sources.yaml` beside this script. The same files give the same bytes.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sousveil.indicators.bundled import pack
from sousveil.indicators.load import load_file
from sousveil.indicators.loaders._common import SetBuilder, instant_of, kind_word, limited
from sousveil.indicators.model import (
    UNNAMED,
    Attribution,
    Indicator,
    IndicatorKind,
    IndicatorSet,
    Platform,
    ThreatClass,
)

HERE = Path(__file__).resolve().parent
OUTPUT = HERE.parent / "src" / "sousveil" / "indicators" / "data" / "bundled.bin"


def said(row: dict[str, Any], found: Attribution | None, watched: frozenset[str]) -> Attribution:
    """An attribution with the reviewed facts about its publisher; family, STIX id, times and ceiling stay as found."""
    family = row.get("family") or (found.family if found else None)
    threat = ThreatClass.WATCHWARE if family in watched else ThreatClass(row["class"]) if "class" in row else None
    day = row.get("published")
    facts = {
        "set_name": row["name"],
        "family": family,
        "threat_class": threat,
        "publisher": row["publisher"],
        "report": row["report"],
        "published": str(day) if day else None,
        "licence": row["licence"],
        "platform": Platform(row["platform"]) if "platform" in row else found.platform if found else None,
    }
    if found is None:
        return Attribution(**facts)
    if found.note == UNNAMED:  # the reviewed table names the publisher
        facts |= {"ceiling": None, "note": None}
    return msgspec.structs.replace(found, **facts)


def one_set(row: dict[str, Any], folder: Path) -> IndicatorSet:
    """One bundled set."""
    watched: frozenset[str] = frozenset()
    if "watchware_from" in row:
        names = load_file(folder / row["watchware_from"], known=False)
        watched = frozenset(said.family for one in names.indicators for said in one.attributions if said.family)
    read = (
        load_file(folder / row["file"], row["name"], known=False)
        if "file" in row
        else SetBuilder(row["name"], b"").build()
    )
    extras = [*row.get("add", ()), *from_table(row, folder)]
    builder = SetBuilder(row["name"], msgspec.json.encode(extras, order="deterministic"))
    for one in read.indicators:
        if "only" not in row or one.kind.value in row["only"]:
            copy(one, row, watched, builder)
    for extra in extras:
        attribution = said(row, None, watched)
        if "ceiling" in extra:
            attribution = limited(attribution, extra["ceiling"], extra["note"])
        if "valid_until" in extra:
            attribution = msgspec.structs.replace(attribution, valid_until=instant_of(extra["valid_until"]))
        if not builder.add(IndicatorKind(extra["kind"]), extra["value"], attribution):
            raise SystemExit(f"{row['name']}: {extra['value']} was refused")
    made = builder.build()
    newest = max(filter(None, (made.newest, read.newest)), default=None)
    return msgspec.structs.replace(
        made,
        sha256=read.sha256 if "file" in row else made.sha256,
        skipped=read.skipped,
        newest=newest,
        publisher=row["publisher"],
        licence=row["licence"],
        commercial_use=bool(row.get("commercial_use", True)),
        context=read.context,
    )


def from_table(row: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The values of `new-indicators.csv` (one row may hold several, joined by `;`) that belong to this set: `table` gives
    file and family, `without` the values that review leaves out, `leads` those that are leads, each with the reason."""
    if "table" not in row:
        return []
    with (folder / row["table"]["file"]).open(encoding="utf-8", newline="") as stream:
        lines = [line for line in csv.DictReader(stream) if line["family"] == row["table"]["family"]]
    found: list[dict[str, Any]] = []
    for line in lines:
        for value in line["value"].split(";"):
            if value in row["table"].get("without", {}):
                continue
            kind = kind_word(
                "app:" + line["type"].replace("cert-", "cert.") if "cert" in line["type"] else line["type"]
            )
            if kind is None:
                raise SystemExit(f"{row['name']}: {line['type']} is no kind")
            entry: dict[str, Any] = {"kind": kind.value, "value": value}
            if reason := row["table"].get("leads", {}).get(value):
                entry |= {"ceiling": "lead", "note": reason}
            found.append(entry)
    if not found:
        raise SystemExit(f"{row['name']}: the table has no value of {row['table']['family']}")
    return found


def copy(one: Indicator, row: dict[str, Any], watched: frozenset[str], builder: SetBuilder) -> None:
    """One indicator, with its attributions restated."""
    for attribution in one.attributions:
        builder.put(one.kind, one.value, one.original, said(row, attribution, watched), one.pattern, one.requires)


def build(folder: Path) -> list[IndicatorSet]:
    """All bundled sets, in the order of the table."""
    rows = yaml.safe_load((HERE / "sources.yaml").read_text(encoding="utf-8"))
    return [one_set(row, folder) for row in rows]


def main(arguments: list[str]) -> int:
    """Write the file; the exit code."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    sets = build(Path(arguments[0]))
    output = Path(arguments[1]) if len(arguments) == 2 else OUTPUT
    data = pack(sets)
    output.write_bytes(data)
    for one in sets:
        print(f"{one.name:34} {len(one.indicators):6,}  skipped {len(one.skipped):3}  {one.newest or '-'}")
    print(f"{output.name}: {len(data):,} bytes, {sum(len(one.indicators) for one in sets):,} indicators")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
