"""Runs in the reference package's own environment: candidates by SQLite's FTS5, scored by its algorithms.

    python _screening_peer.py WORK logic-v1|logic-v2 words|trigram

Reads WORK/entities.jsonl and WORK/queries.jsonl, prints one JSON line a query and one with the seconds.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from _places import holding, stop

CANDIDATES = 50


def main(work: Path, algorithm: str, way: str) -> None:
    """One run."""
    from followthemoney import model
    from nomenklatura.matching import get_algorithm
    from nomenklatura.matching.types import ScoringConfig

    matcher: Any = get_algorithm(algorithm)
    config = ScoringConfig.defaults()
    rows = [json.loads(line) for line in (work / "entities.jsonl").read_text("utf-8").splitlines()]
    database = sqlite3.connect(":memory:")
    tokenizer = "trigram" if way == "trigram" else "unicode61 remove_diacritics 2"
    database.execute(f"CREATE VIRTUAL TABLE names USING fts5(name, id UNINDEXED, tokenize='{tokenizer}')")
    entities = {}
    for row in rows:
        schema = "Person" if row["person"] else "Organization"
        entities[row["id"]] = model.get_proxy(
            {"id": row["id"], "schema": schema, "properties": {"name": row["names"]}}, cleaned=False
        )
        # The package's own folding stands beside each name, so that other scripts have a way to their candidates too.
        database.executemany("INSERT INTO names VALUES (?, ?)", [(folded(name), row["id"]) for name in row["names"]])
    queries = [json.loads(line) for line in (work / "queries.jsonl").read_text("utf-8").splitlines()]
    kinds: dict[str, float] = {}
    for query in queries:
        start = time.process_time()
        schema = "Person" if query["person"] else "Organization"
        # A fresh id for each query: the package caches prepared names by entity id.
        asked = model.get_proxy(
            {"id": query["id"], "schema": schema, "properties": {"name": [query["name"]]}}, cleaned=False
        )
        hits: list[tuple[float, str]] = []
        sql = "SELECT id FROM names WHERE names MATCH ? ORDER BY rank LIMIT ?"
        expression = match(folded(query["name"]), way)
        found = database.execute(sql, (expression, CANDIDATES)).fetchall() if expression else []
        for (id,) in dict.fromkeys(found):
            hits.append((float(matcher.compare(asked, entities[id], config).score), id))
        hits.sort(key=lambda one: (-one[0], one[1]))
        kinds[query["kind"]] = kinds.get(query["kind"], 0.0) + time.process_time() - start
        print(
            json.dumps({"id": query["id"], "hits": [[id, round(value, 4)] for value, id in hits[:10] if value >= 0.5]})
        )
    print(json.dumps({"seconds": kinds}))


def folded(name: str) -> str:
    """The name and, where it differs, its Latin form by the package's own transliteration."""
    from normality import ascii_text

    latin = ascii_text(name) or ""
    return f"{name} {latin}" if latin.casefold() != name.casefold() and not name.isascii() else name


def match(text: str, way: str) -> str:
    """The FTS5 expression: any word or its first four letters; or any trigram."""
    words = [word for word in re.findall(r"[^\W_]+", text.casefold()) if word]
    if way == "trigram":
        grams = sorted({word[at : at + 3] for word in words for at in range(len(word) - 2)})
        return " OR ".join(f'"{one}"' for one in grams)
    parts = [f'"{word}"' for word in words] + [f'"{word[:4]}"*' for word in words if len(word) > 4]
    return " OR ".join(dict.fromkeys(parts))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        stop("it takes WORK, an algorithm and a way to candidates: run screening.py, which calls it.")
    holding(Path(sys.argv[1]), "WORK", ("entities.jsonl", "queries.jsonl"))
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
