#!/usr/bin/env python3
"""Make the bundled file of indicators from a folder of published sets.

    python scripts/build_bundled.py FOLDER [OUTPUT]

FOLDER holds the files named in `sources.yaml` beside this script. The same files give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sousveil.indicators.bundled import pack
from sousveil.indicators.load import load_file
from sousveil.indicators.loaders._common import SetBuilder, instant_of
from sousveil.indicators.loaders.columns import UNNAMED
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet, ThreatClass

HERE = Path(__file__).resolve().parent
OUTPUT = HERE.parent / "src" / "sousveil" / "indicators" / "data" / "bundled.bin"


def said(row: dict[str, Any], found: Attribution | None, watched: frozenset[str]) -> Attribution:
    """An attribution with the reviewed facts about its publisher; family, STIX id, times and ceiling stay as found."""
    family = row.get("family") or (found.family if found else None)
    threat = ThreatClass.WATCHWARE if family in watched else ThreatClass(row["class"])
    day = row.get("published")
    facts = {
        "set_name": row["name"],
        "family": family,
        "threat_class": threat,
        "publisher": row["publisher"],
        "report": row["report"],
        "published": str(day) if day else None,
        "licence": row["licence"],
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
        names = load_file(folder / row["watchware_from"])
        watched = frozenset(said.family for one in names.indicators for said in one.attributions if said.family)
    read = load_file(folder / row["file"], row["name"]) if "file" in row else SetBuilder(row["name"], b"").build()
    builder = SetBuilder(row["name"], msgspec.json.encode(row.get("add"), order="deterministic"))
    for one in read.indicators:
        if "only" not in row or one.kind.value in row["only"]:
            copy(one, row, watched, builder)
    for extra in row.get("add", ()):
        attribution = said(row, None, watched)
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
        not_for_detection=read.not_for_detection,
    )


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
