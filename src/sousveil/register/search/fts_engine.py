"""The index by SQLite's FTS5: no library beyond the standard one, for registers of up to some hundred thousand entities.

Facets are counted with one bit per document, words with a slip are looked up in the index's own vocabulary.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from sousveil.register.search.model import FACET_VALUES, FACETS, LONGEST_TEXT, Answer, Document, restored, stored
from sousveil.register.search.words import folded, name_words, slips

RANKED = 2_000
"""Hits that are ranked. Of a word that more documents have, the ones with it in the name come first."""
MEANT = 8
"""Words of the vocabulary that a mistyped word may mean."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (row INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS members (id TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (id, row)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS made_of (id TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (id, row)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facets (row INTEGER NOT NULL, facet TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS facets_row ON facets (row);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(name, text, content='', contentless_delete=1, prefix='3 4');
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(words, 'col');
"""


class FtsEngine:
    """See `Engine`."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, check_same_thread=False)
        # Readers of an index that was made anew meanwhile may still be at work with the old one.
        self._close = weakref.finalize(self, self._db.close)
        self._db.executescript(_SCHEMA)
        self._load()

    def _load(self) -> None:
        """The bits of each facet value, and the vocabulary."""
        rows: dict[tuple[str, str], list[int]] = {}
        for row, facet, value in self._db.execute("SELECT row, facet, value FROM facets"):
            rows.setdefault((facet, value), []).append(row)
        self._bits = {key: _bits(value) for key, value in rows.items()}
        self._all = _bits([row for (row,) in self._db.execute("SELECT row FROM documents")])
        self._vocabulary: list[str] = [
            term for (term,) in self._db.execute("SELECT term FROM vocabulary WHERE col = 'name'")
        ]

    @property
    def count(self) -> int:
        """Documents."""
        return self._all.bit_count()

    def put(self, documents: Iterable[Document]) -> None:
        """See `Engine`."""
        for one in documents:
            row = self._db.execute("INSERT INTO documents (data) VALUES (?)", (stored(one),)).lastrowid
            text = " ".join(folded(" \n".join(one.texts)[:LONGEST_TEXT]))
            self._db.execute(
                "INSERT INTO words (rowid, name, text) VALUES (?, ?, ?)", (row, " ".join(name_words(one)), text)
            )
            self._db.executemany("INSERT OR IGNORE INTO members VALUES (?, ?)", [(id, row) for id in one.members])
            self._db.executemany(
                "INSERT OR IGNORE INTO made_of VALUES (?, ?)", [(id[:16], row) for id in one.statements]
            )
            values = [(row, facet, value) for facet in FACETS for value in dict.fromkeys(one.facet(facet))]
            self._db.executemany("INSERT INTO facets VALUES (?, ?, ?)", values)

    def delete(self, members: Sequence[str]) -> None:
        """See `Engine`."""
        for id in members:
            for (row,) in self._db.execute("SELECT row FROM members WHERE id = ?", (id,)).fetchall():
                self._db.execute("DELETE FROM words WHERE rowid = ?", (row,))
                for table in ("documents", "members", "made_of", "facets"):
                    self._db.execute(f"DELETE FROM {table} WHERE row = ?", (row,))

    def commit(self) -> None:
        """See `Engine`. Deleted words leave the file too: FTS5 keeps them until its segments are merged."""
        self._db.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._db.commit()
        self._load()

    def clear(self) -> None:
        """See `Engine`."""
        self._db.execute("INSERT INTO words (words) VALUES ('delete-all')")
        for table in ("documents", "members", "made_of", "facets"):
            self._db.execute(f"DELETE FROM {table}")

    def members_of(self, *, statements: Sequence[str] = (), members: Sequence[str] = ()) -> set[str]:
        """See `Engine`."""
        found: set[str] = set()
        for table, ids in (("made_of", [id[:16] for id in statements]), ("members", list(members))):
            sql = f"SELECT id FROM members WHERE row IN (SELECT row FROM {table} WHERE id = ?)"
            for id in ids:
                found.update(one for (one,) in self._db.execute(sql, (id,)))
        return found

    def query(self, words: Sequence[str], facets: Mapping[str, Sequence[str]], offset: int, size: int) -> Answer:
        """See `Engine`."""
        chosen = self._all
        for facet, values in facets.items():
            any_of = 0
            for value in values:
                any_of |= self._bits.get((facet, value), 0)
            chosen &= any_of
        tolerant = False
        ranked: list[tuple[float, int]] = []
        if words:
            expression = _expression([[word] for word in words])
            chosen_by_words = self._rows(expression)
            if not chosen_by_words & chosen and any(map(slips, words)):
                tolerant = True
                expression = _expression([[word, *self._meant(word)] for word in words])
                chosen_by_words = self._rows(expression)
            chosen &= chosen_by_words
            ranked = self._rank(expression, chosen, offset + size)
        else:
            ranked = [(0.0, row) for row in _rows(chosen, offset + size)]
        hits = [(score, self._document(row)) for score, row in ranked[offset : offset + size]]
        return Answer(total=chosen.bit_count(), hits=hits, facets=self._facets(chosen), tolerant=tolerant)

    def _rows(self, expression: str) -> int:
        return _bits([row for (row,) in self._db.execute("SELECT rowid FROM words WHERE words MATCH ?", (expression,))])

    def _rank(self, expression: str, chosen: int, most: int) -> list[tuple[float, int]]:
        """Best first: by bm25 where the hits are few enough to rank, else those with the words in the name first."""
        if chosen.bit_count() <= RANKED:
            sql = "SELECT -bm25(words, 4.0, 0.5), rowid FROM words WHERE words MATCH ? ORDER BY 1 DESC, 2"
            return [(score, row) for score, row in self._db.execute(sql, (expression,)) if chosen >> row & 1][:most]
        sql = "SELECT rowid FROM words WHERE words MATCH ?"
        found: dict[int, float] = {}
        for value, asked in ((1.0, "{name} : (" + expression + ")"), (0.5, expression)):
            for (row,) in self._db.execute(sql, (asked,)):
                if len(found) >= most:
                    break
                if row not in found and chosen >> row & 1:
                    found[row] = value
        return [(value, row) for row, value in found.items()]

    def _meant(self, word: str) -> list[str]:
        if not (most := slips(word)):
            return []
        near = process.extract(word, self._vocabulary, scorer=OSA.distance, score_cutoff=most, limit=MEANT)
        return [term for term, _, _ in near]

    def _facets(self, chosen: int) -> dict[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {facet: [] for facet in FACETS}
        for (facet, value), bits in self._bits.items():
            if count := (bits & chosen).bit_count():
                found[facet].append((value, count))
        return {
            facet: sorted(values, key=lambda one: (-one[1], one[0]))[:FACET_VALUES] for facet, values in found.items()
        }

    def _document(self, row: int) -> Document:
        return restored(self._db.execute("SELECT data FROM documents WHERE row = ?", (row,)).fetchone()[0])

    def close(self) -> None:
        """See `Engine`."""
        self._close()


def _expression(words: Sequence[Sequence[str]]) -> str:
    """Each word as it was typed, or in a name in one of the other spellings; the last may be only begun.

    The words are made of a-z, 0-9 and Chinese characters, so that quoting them is safe.
    """
    parts = []
    for at, spellings in enumerate(words):
        begun = "*" if at == len(words) - 1 and len(spellings[0]) >= 3 else ""
        ways = [f'"{spellings[0]}"{begun}', *(f'name : "{one}"' for one in spellings[1:])]
        parts.append("(" + " OR ".join(ways) + ")")
    return " AND ".join(parts)


def _bits(rows: Sequence[int]) -> int:
    """One bit for each row."""
    if not rows:
        return 0
    found = bytearray((max(rows) >> 3) + 1)
    for row in rows:
        found[row >> 3] |= 1 << (row & 7)
    return int.from_bytes(found, "little")


def _rows(bits: int, most: int) -> list[int]:
    """The first rows whose bits are set."""
    data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    found: list[int] = []
    for at, byte in enumerate(data):
        if byte:
            found += [at * 8 + bit for bit in range(8) if byte >> bit & 1]
            if len(found) >= most:
                break
    return found[:most]
