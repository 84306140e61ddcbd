"""Rows meet indicators.

A `Matcher` takes batches. Columns of texts and links are joined and scanned once; only rows in which the scan saw
something, or that hold a spelling no scan can see (percent-encoding, addresses as one number), are read word by word
and matched exactly (`matching_text`). Other columns are compared whole (`matching_values`).

Rules that hold everywhere:

* A domain matches itself and every name below it; `www.evil.com` is a name like any other and does not match
  `evil.com`.
* A link matches whatever scheme, default port, fragment or `www.` it was written with; a prefix ends at a path
  boundary.
* An indicator that requires others counts only in a row where those match too.
* A column of one value (`Batch.same`) is matched once and reported for row 0; for `requires` it counts in every row.
* One match for each indicator, row and field, the most direct one.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import cached_property

from sousveil.findings.literals import Patterns
from sousveil.findings.matching_fold import IDEOGRAPHIC, composed_of, fold, unescape
from sousveil.findings.matching_lines import Lines, distinct
from sousveil.findings.matching_odd import Oddities
from sousveil.findings.matching_text import TextMatcher
from sousveil.findings.matching_values import ValueMatcher
from sousveil.findings.model import Match
from sousveil.hosts import decodings
from sousveil.indicators.index import Index, path_spellings
from sousveil.indicators.model import IndicatorKind
from sousveil.kinds import Kind
from sousveil.patterns import lazy_pattern
from sousveil.records import SEPARATOR, Batch, Coded, Column, Texts, unpacked

MAX_TEXT = 500
"""Characters of the matched text that a match carries."""
TRUNCATES: dict[str, int] = {"ios.datausage": 16, "ios.netusage": 16}
"""Artefacts whose databases cut process names, and at how many characters. A name of exactly that length may be a
longer one; that proves nothing by itself (how = `truncated`)."""

_NUMERIC = (rb"//\[?[0-9]", rb"@\[?[0-9]", rb"\\[/\\]\[?[0-9]", rb"/\\\[?[0-9]")
_DEFENCE = (b"urldefense",)
"""Writes `-3A__` for `://`; such links are rare enough to be read one by one."""
_QUAD = (rb"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",)
_COLONS = (rb":[0-9A-Fa-f]{0,4}:",)
_BREAKS = (b"\n", b"\r", b"\t")
_PERCENT = lazy_pattern("%")


_LAST = threading.local()


def matcher_of(index: Index) -> Matcher:
    """Returns this thread's matcher of an index. The last one is kept: phones that follow one another share what it compiles,
    which takes a second."""
    kept: Matcher | None = getattr(_LAST, "matcher", None)
    if kept is None or kept.index is not index:
        kept = _LAST.matcher = Matcher(index)
    return kept


class Matcher:
    """Compares batches with an index. Holds no evidence; one for each thread."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._text = TextMatcher(index)
        self._values = ValueMatcher(index)
        self._shown = len(index.indicators)
        self._special = Patterns(self._special_patterns())
        self._odd = Oddities(composed_of(index.scanner.texts))
        self._nothing = not (index.scanner.literals or index.scan_all or index.networks)

    def _special_patterns(self) -> list[bytes]:
        """Spellings of addresses and links that are no literals."""
        index = self.index
        return [
            pattern
            for patterns, needed in (
                (_DEFENCE, True),
                (_NUMERIC, index.has_v4 or index.has_v6),
                (_QUAD, index.has_ranges),
                (_COLONS, index.has_v6),
            )
            if needed
            for pattern in patterns
        ]

    def match(self, batch: Batch, kinds: dict[str, Kind]) -> list[Match]:
        """Every match of a batch, by row, then field in the order of the record, then indicator."""
        found: dict[tuple[int, str, int], tuple[str, str]] = {}
        cut = TRUNCATES.get(batch.artefact, 0)
        for name, kind in kinds.items():
            column, count = batch.columns.get(name), batch.count
            if column is None:
                value = batch.same.get(name)
                if not isinstance(value, str) or not value or not batch.count:
                    continue
                column = [value]
                count = len(column)
            searched = (kind.searched or kind.name == "path") and not self._nothing
            if not searched and not kind.compares:
                continue
            if self._paths is not None and kind.listed and isinstance(column, Texts):
                self._look_up(name, kind, column, count, found)
                continue
            if searched and kind.name != "path" and not isinstance(column, Coded):  # of those each different text once
                self._search(name, kind, column, count, found)
                continue
            once = distinct(column)
            if searched and once:
                self._search(name, kind, column, count, found, once)
            self._compare(name, kind, column, once, cut, found)
        if not found:
            return []
        order = {name: place for place, name in enumerate(kinds)}
        kept = self._requirements(batch, found)
        kept.sort(key=lambda key: (key[0], order[key[1]], key[2]))
        return [
            Match(
                indicator=position,
                row=row,
                field=name,
                text=found[row, name, position][0][:MAX_TEXT],
                how=found[row, name, position][1],
            )
            for row, name, position in kept
        ]

    def _look_up(
        self, name: str, kind: Kind, column: Texts, count: int, found: dict[tuple[int, str, int], tuple[str, str]]
    ) -> None:
        """Matches in a list of all files: only paths that hold something of an indicator become texts."""
        self._search(name, kind, column, count, found)
        assert self._paths is not None
        lines = Lines.of(column, count)
        for row, value in lines.at(self._paths.places(lines.data)):
            for position, text, how in self._values.hits(kind, (value,)).get(value, ()):
                found.setdefault((row, name, position), (text, how))

    @cached_property
    def _paths(self) -> Patterns | None:
        """What a path holds that an indicator for whole values may mean: never too little. None where one is a pattern."""
        index, sep = self.index, re.escape(SEPARATOR)
        kinds = (IndicatorKind.FILE_PATH, IndicatorKind.FILE_NAME, IndicatorKind.PROCESS)
        if any(index.patterns.get(kind) for kind in kinds):
            return None
        parts = [spelling for path in index.exact[kinds[0]] for spelling in path_spellings(path)]
        names = {name for kind in kinds[1:] for name in index.exact[kind]}
        return Patterns(
            [
                b"//",
                *(b"(?:^|" + sep + b")" + re.escape(start) for start in (b"file:", b"~/")),
                *(re.escape(part.encode()) for part in sorted(set(parts))),
                *(
                    b"(?:^|/|" + sep + b")" + re.escape(name.encode()) + b"/?(?:" + sep + b"|$)"
                    for name in sorted(names)
                ),
            ],
            cached="paths",
        )

    def _compare(
        self,
        name: str,
        kind: Kind,
        column: Column,
        once: set[str],
        cut: int,
        found: dict[tuple[int, str, int], tuple[str, str]],
    ) -> None:
        hits = self._values.hits(kind, once, cut if kind.name == "process" else 0)
        if not hits:
            return
        for row, value in enumerate(unpacked(column)):
            if isinstance(value, str):
                for position, text, how in hits.get(value, ()):
                    found.setdefault((row, name, position), (text, how))

    def _search(
        self,
        name: str,
        kind: Kind,
        column: Column,
        count: int,
        found: dict[tuple[int, str, int], tuple[str, str]],
        once: set[str] | None = None,
    ) -> None:
        """Matches in texts. Where `once` (the texts without repeats) are much fewer, they are read once each."""
        if self._nothing:
            return
        if once is not None and 2 * len(once) <= count:
            ordered = sorted(once)
            rows = self._rows(kind, Lines.joining(ordered))
            hits = {ordered[row]: self._text.hits(ordered[row], kind.name) for row in rows}
            if any(hits.values()):
                for row, value in enumerate(unpacked(column)):
                    for position, text, how in hits.get(value, ()) if isinstance(value, str) else ():
                        found.setdefault((row, name, position), (text, how))
            return
        lines = Lines.of(column, count)
        if kind.name == "json" and b"\\" in lines.data:
            lines = Lines.joining([unescape(text) for text in lines.texts])
        rows = self._rows(kind, lines)
        for row in rows:
            for position, text, how in self._text.hits(lines.text(row), kind.name):
                found.setdefault((row, name, position), (text, how))
        if kind.compares:  # what is equal to an indicator as a whole holds it, and the scan has seen it
            values = lines.texts if self._patterned(kind) else [lines.text(row) for row in rows]
            compared = self._values.hits(kind, {value for value in values if value})
            for row, value in enumerate(lines.texts) if compared else ():
                for position, text, how in compared.get(value, ()):
                    found.setdefault((row, name, position), (text, how))

    def _patterned(self, kind: Kind) -> bool:
        """Whether an indicator that this kind is compared with is a pattern, of which the scan knows nothing."""
        return any(self.index.patterns.get(IndicatorKind(name)) for name in kind.compares)

    def _rows(self, kind: Kind, lines: Lines) -> list[int]:
        """Texts of a column that are worth reading, ascending."""
        if lines.empty:
            return []
        rows = self._candidates(lines)
        if kind.name == "path" and b"_" in lines.data:  # `https_evil.com_0` names a host between underscores
            rows |= self._candidates(lines.replaced(b"_", b"/"))
        if kind.name == "url" and any(mark in lines.data for mark in _BREAKS):
            # browsers leave line breaks and tabs out: no scan sees what stands on both sides of one
            rows.update(row for row, text in enumerate(lines.texts) if "\n" in text or "\r" in text or "\t" in text)
        return sorted(rows)

    def candidates(self, texts: Sequence[str]) -> list[int]:
        """Rows that may hold something, ascending: never too few."""
        return sorted(self._candidates(Lines.joining(texts)))

    def _candidates(self, lines: Lines) -> set[int]:
        if self.index.scan_all:
            return {row for row, text in enumerate(lines.texts) if text}
        rows = self._scan(lines)
        rows |= self._odd_addresses(lines)
        if b"%" in lines.data:
            rows |= self._encoded(lines, rows)
        return rows

    def _odd_addresses(self, lines: Lines) -> set[int]:
        """Rows with spellings of addresses that are no literals. No pattern goes over the end of a line."""
        return lines.rows(self._special.places(lines.data))

    def _scan(self, lines: Lines) -> set[int]:
        scanner = self.index.scanner
        if scanner.engine != "hyperscan":
            return {
                row
                for row, text in enumerate(lines.texts)
                if text
                and (
                    scanner.worth(fold(text))
                    or (IDEOGRAPHIC.search(text) and scanner.worth(fold(IDEOGRAPHIC.sub(" ", text))))
                )
            }
        rows = lines.rows([end - 1 for end in scanner.places(lines.data)])
        if not lines.data.isascii():
            owners, pieces = self._refolded(lines)
            folded = Lines.joining(pieces)
            rows.update(owners[piece] for piece in folded.rows([end - 1 for end in scanner.places(folded.data)]))
        return rows

    def _refolded(self, lines: Lines) -> tuple[list[int], list[str]]:
        """The texts that folding may show something in, folded, each with its row.

        A full stop of East Asian writing may be the dot of a name or end a sentence: such texts are read both ways.
        """
        owners: list[int] = []
        pieces: list[str] = []
        for row, text in lines.at(self._odd.places(lines.data)):
            owners.append(row)
            if IDEOGRAPHIC.search(text):
                owners.append(row)
                pieces.append(fold(IDEOGRAPHIC.sub(" ", text)))
                text = IDEOGRAPHIC.sub(".", text)
            pieces.append(fold(text))
        return owners, pieces

    def _encoded(self, lines: Lines, known: set[int]) -> set[int]:
        """Rows that hold something once percent-encoding is undone."""
        owners: list[int] = []
        forms: list[str] = []
        for row, text in lines.cut(hit.start() for hit in _PERCENT.finditer(lines.joined)):
            if row not in known:
                for form in decodings(text):
                    owners.append(row)
                    forms.append(form)
        if not forms:
            return set()
        joined = Lines.joining(forms)
        return {owners[place] for place in self._scan(joined) | self._odd_addresses(joined)}

    def _requirements(
        self, batch: Batch, found: dict[tuple[int, str, int], tuple[str, str]]
    ) -> list[tuple[int, str, int]]:
        """Matches that count: of indicators (not of values that others require), with all that they require in their
        row."""
        every = self.index.all
        in_row: dict[int, set[tuple[str, str]]] = {}
        constant: set[tuple[str, str]] = set()
        for row, name, position in found:
            fact = (every[position].kind.value, every[position].value)
            in_row.setdefault(row, set()).add(fact)
            if name not in batch.columns:
                constant.add(fact)
        out: dict[tuple[int, str, int], None] = {}
        for key in list(found):
            row, name, position = key
            if position >= self._shown:
                continue
            needs = {(kind.value, value) for kind, value in every[position].requires}
            if not needs or needs <= in_row[row] | constant:
                out[key] = None
            elif name not in batch.columns:
                # a constant column: the other values may stand in any row; report it where they first do
                for other in sorted(in_row):
                    if needs <= in_row[other] | constant:
                        found[other, name, position] = found[key]
                        out[other, name, position] = None
                        break
        return list(out)
