"""The index by tantivy: for any size of register."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from sousveil.register.search.model import (
    DEEPEST,
    FACET_VALUES,
    FACETS,
    LONGEST_TEXT,
    Answer,
    Document,
    restored,
    stored,
)
from sousveil.register.search.words import folded, name_words, slips

PARTS = 256
"""Parts that documents are dealt into by their id, for samples."""
SAMPLE = 4_000
"""Hits from which facets are counted at least, where there are more."""
MANY = 5_000
"""Hits from which on a page is filled without ranking all of them."""
HEAP = 64_000_000
"""Bytes that the writer collects before it writes a segment."""


def _schema() -> Any:
    build = tantivy.SchemaBuilder()
    build.add_text_field("member", tokenizer_name="raw", index_option="basic")
    build.add_text_field("statement", tokenizer_name="raw", index_option="basic")
    build.add_text_field("name", tokenizer_name="whitespace", index_option="freq")
    build.add_text_field("text", tokenizer_name="whitespace", index_option="basic")
    for facet in FACETS:
        build.add_text_field(facet, tokenizer_name="raw", index_option="basic", fast=True)
    build.add_text_field("part", tokenizer_name="raw", index_option="basic")
    build.add_bytes_field("stored", stored=True)
    return build.build()


class TantivyEngine:
    """See `Engine`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._schema = _schema()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
        except ValueError:
            # Another version's index, or a damaged one. It holds nothing that the store does not hold.
            shutil.rmtree(folder)
            folder.mkdir()
            self._index = tantivy.Index(self._schema, path=str(folder))
        self._writer: Any = None
        self._searcher = self._index.searcher()

    @property
    def count(self) -> int:
        """Documents."""
        return int(self._searcher.num_docs)

    def _write(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(heap_size=HEAP, num_threads=1)
        return self._writer

    def put(self, documents: Iterable[Document]) -> None:
        """See `Engine`."""
        writer = self._write()
        for one in documents:
            fields: dict[str, Any] = {
                "member": list(one.members),
                "statement": [id[:16] for id in one.statements],
                "name": [" ".join(name_words(one))],
                "text": [" ".join(folded(" \n".join(one.texts)[:LONGEST_TEXT]))],
                **{facet: list(one.facet(facet)) for facet in FACETS},
                "part": [str(zlib.crc32(one.id.encode()) % PARTS)],
                "stored": [stored(one)],
            }
            writer.add_document(tantivy.Document(**fields))

    def delete(self, members: Sequence[str]) -> None:
        """See `Engine`."""
        for id in members:
            self._write().delete_documents_by_term("member", id)

    def commit(self) -> None:
        """See `Engine`."""
        if self._writer is not None:
            self._writer.commit()
            self._writer.wait_merging_threads()
            self._writer = None
        self._index.reload()
        self._searcher = self._index.searcher()

    def clear(self) -> None:
        """See `Engine`."""
        self._write().delete_all_documents()

    def members_of(self, *, statements: Sequence[str] = (), members: Sequence[str] = ()) -> set[str]:
        """See `Engine`."""
        found: set[str] = set()
        asked = [("statement", id[:16]) for id in statements] + [("member", id) for id in members]
        for field, value in asked:
            query = Query.term_query(self._schema, field, value)
            for _, address in self._searcher.search(query, 1000, count=False).hits:
                found.update(self._document(address).members)
        return found

    def query(self, words: Sequence[str], facets: Mapping[str, Sequence[str]], offset: int, size: int) -> Answer:
        """See `Engine`."""
        only = self._only(facets)
        query = self._all(words, only, tolerant=False)
        total = self._count(query)
        tolerant = bool(words) and not total and any(map(slips, words))
        if tolerant:
            query = self._all(words, only, tolerant=True)
            total = self._count(query)
        hits = self._hits(words, only, query, total, offset, size, tolerant)
        counts, about = self._facets(query, total)
        return Answer(total=total, hits=hits, facets=counts, tolerant=tolerant, about=about)

    def _count(self, query: Any) -> int:
        result: Any = self._searcher.search(Query.const_score_query(query, 1.0), 1, count=True)
        return int(result.count)

    def _hits(
        self, words: Sequence[str], only: list[Any], query: Any, total: int, offset: int, size: int, tolerant: bool
    ) -> list[tuple[float, Document]]:
        """Few hits are ranked all; of many, those with all words in the name go first and are enough for a page."""
        if total > MANY and words:
            named = Query.boolean_query(
                [(Occur.Must, Query.term_query(self._schema, "name", word)) for word in words] + only
            )
            found = self._searcher.search(named, size, count=False, offset=offset).hits
            if len(found) < size:
                # All have the words in their texts and none before another: of very many, those of a sample are as good.
                some, _ = self._sampled(Query.const_score_query(query, 1.0), total, DEEPEST)
                found = self._searcher.search(some, size, count=False, offset=offset).hits
        else:
            found = self._searcher.search(query, size, count=False, offset=offset).hits
        return [(float(score), self._document(address)) for score, address in found]

    def _document(self, address: Any) -> Document:
        return restored(bytes(self._searcher.doc(address)["stored"][0]))

    def _facets(self, query: Any, total: int) -> tuple[dict[str, list[tuple[str, int]]], bool]:
        """Counts, and whether they are worked out from a sample: the documents whose id falls into some of the parts."""
        query, share = self._sampled(query, total, SAMPLE)
        asked = {facet: {"terms": {"field": facet, "size": FACET_VALUES}} for facet in FACETS}
        told: dict[str, Any] = self._searcher.aggregate(Query.const_score_query(query, 1.0), asked)
        found = {
            facet: [(str(one["key"]), share * int(one["doc_count"])) for one in told[facet]["buckets"]]
            for facet in FACETS
        }
        return found, share > 1

    def _sampled(self, query: Any, total: int, least: int) -> tuple[Any, int]:
        """The query in one part of so many of the documents that at least so many hits are left."""
        share = 1
        while total // (share * 2) >= least and share < PARTS:
            share *= 2
        if share == 1:
            return query, 1
        parts = [(Occur.Should, Query.term_query(self._schema, "part", f"{at}")) for at in range(PARTS // share)]
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.boolean_query(parts))]), share

    def _only(self, facets: Mapping[str, Sequence[str]]) -> list[Any]:
        parts = []
        for facet, values in facets.items():
            any_of = [(Occur.Should, Query.term_query(self._schema, facet, value)) for value in values]
            parts.append((Occur.Must, Query.const_score_query(Query.boolean_query(any_of), 0.0)))
        return parts

    def _all(self, words: Sequence[str], only: list[Any], *, tolerant: bool) -> Any:
        parts: list[Any] = [
            (Occur.Must, self._word(word, last=at == len(words) - 1, tolerant=tolerant))
            for at, word in enumerate(words)
        ]
        return Query.boolean_query(parts + only) if parts or only else Query.all_query()

    def _word(self, word: str, *, last: bool, tolerant: bool) -> Any:
        """A word in the names counts more than one in the texts; the last word may be only begun."""
        ways = [
            (Occur.Should, Query.boost_query(Query.term_query(self._schema, "name", word), 4.0)),
            (Occur.Should, Query.const_score_query(Query.term_query(self._schema, "text", word), 0.5)),
        ]
        if last and len(word) >= 3:
            ways.append((Occur.Should, Query.fuzzy_term_query(self._schema, "name", word, distance=0, prefix=True)))
        if tolerant and (most := slips(word)):
            ways.append((Occur.Should, Query.fuzzy_term_query(self._schema, "name", word, distance=most)))
        return Query.boolean_query(ways)

    def close(self) -> None:
        """See `Engine`."""
        if self._writer is not None:
            self._writer.rollback()
            self._writer = None
