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
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from sousveil.findings.matching_text import TextMatcher
from sousveil.findings.matching_values import ValueMatcher
from sousveil.findings.model import Match
from sousveil.hosts import decodings
from sousveil.indicators.index import Index
from sousveil.kinds import Kind
from sousveil.records import Batch

MAX_TEXT = 500
"""Characters of the matched text that a match carries."""
TRUNCATES: dict[str, int] = {"ios.datausage": 16, "ios.netusage": 16}
"""Artefacts whose databases cut process names, and at how many characters. A name of exactly that length may be a
longer one; that proves nothing by itself (how = `truncated`)."""

_ALL_DIFFER = frozenset({"text", "json"})
"""Kinds whose values are hardly ever the same twice, and are compared with nothing as a whole."""

# Each begins with one fixed character, which `re` looks for thirty times as fast as for a choice of two.
_NUMERIC = tuple(re.compile(begin + r"\[?[0-9]") for begin in ("//", "@", r"\\[/\\]", r"/\\"))
_QUAD = (re.compile(r"\.(?<=[0-9]\.)[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"),)
_COLONS = (re.compile(r":[0-9A-Fa-f]{0,4}:"),)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.S)
_JAMO = (("\u1100", "\u11ff"), ("\ua960", "\ua97f"), ("\ud7b0", "\ud7ff"))
"""Letters that join with their neighbours; so do marks and controls."""
_STOPS = "\u3002\uff0e\uff61"
_IDEOGRAPHIC = re.compile(f"[{_STOPS}]")
_IGNORED = re.compile("[\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060\u2064\ufe00-\ufe0f\ufeff]")


def fold(text: str) -> str:
    """A text with its host names as the scan knows them: compatibility forms and invisible characters gone, lower case.

    Wider than the mapping of host names (UTS 46), so that no name is lost; line by line as well as joined. ASCII stays.
    """
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).lower().replace("\u3002", ".")
    return unicodedata.normalize("NFC", _IGNORED.sub("", text))


_LATIN_MARKS = (
    ("\u0300", "\u036f"),
    ("\u1ab0", "\u1aff"),
    ("\u1dc0", "\u1dff"),
    ("\u20d0", "\u20ff"),
    ("\ufe20", "\ufe2f"),
)
"""Marks that join with Latin, Greek and Cyrillic letters."""


def inert(char: str, strict: bool = True) -> bool:
    """Whether `fold` leaves this character as it is whatever stands beside it, as far as indicators can tell.

    Not `strict`: no indicator is written in a script of which letters and marks join in other ways than in Latin, so only
    marks of that kind count.
    """
    if unicodedata.category(char)[0] == "C":
        return False
    joins = unicodedata.category(char)[0] == "M" if strict else any(low <= char <= high for low, high in _LATIN_MARKS)
    if joins or (strict and any(low <= char <= high for low, high in _JAMO)):
        return False
    folded = fold(char)
    return folded == char or (not strict and folded != "" and min(folded) > "\u024f")


def unescape(text: str) -> str:
    """JSON text with its escapes undone (white space for control characters), so that `\\nevil.com` is no name
    `nevil.com`."""

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            code = int(found[1], 16)
            return " " if code < 32 or 0xD800 <= code < 0xE000 else chr(code)
        return " " if found[2] in 'nrtbf"' else found[2]

    return _ESCAPE.sub(plain, text) if "\\" in text else text


def _broken(texts: Sequence[str], joined: str) -> list[int]:
    """Links with line breaks or tabs inside, which browsers leave out: no scan sees what stands on both sides of one."""
    if joined.count("\n") < len(texts) and "\r" not in joined and "\t" not in joined:
        return []
    return [row for row, text in enumerate(texts) if "\n" in text or "\r" in text or "\t" in text]


def _distinct(values: Sequence[Any]) -> set[str]:
    """The texts of a column, each once, without the empty one."""
    found = set(values)
    found -= {None, ""}
    return found if set(map(type, found)) <= {str} else {value for value in found if isinstance(value, str)}


def _texts(values: Sequence[object]) -> tuple[list[str], str]:
    """A column as texts (an empty one for what is none), and all of them, a line each."""
    texts: list[Any] = [value or "" for value in values]
    try:
        return texts, "\n".join(texts)
    except TypeError:  # a value that is no text; fields of searched kinds have none
        texts = [value if isinstance(value, str) else "" for value in values]
        return texts, "\n".join(texts)


class Matcher:
    """Compares batches with an index. Holds no evidence; one for each thread."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._text = TextMatcher(index)
        self._values = ValueMatcher(index)
        self._shown = len(index.indicators)
        self._special = self._special_patterns()
        self._inert: set[str] = set()
        self._changed: set[str] = set()
        self._unjudged = re.compile(r"[^\x00-\x7f]")
        self._rest: re.Pattern[str] | None = None
        self._strict = any(max(text) > "\u024f" for text in index.scanner.texts if not text.isascii())
        self._nothing = not (index.scanner.literals or index.scan_all or index.networks)

    def _special_patterns(self) -> list[re.Pattern[str]]:
        """Spellings of addresses that are no literals; none when no indicator needs them."""
        index = self.index
        return [
            pattern
            for patterns, needed in (
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
            values = batch.columns.get(name)
            if values is None:
                value = batch.same.get(name)
                if not isinstance(value, str) or not value or not batch.count:
                    continue
                values = [value]
            searched = (kind.searched or kind.name == "path") and not self._nothing
            if not searched and not kind.compares:
                continue
            if kind.name in _ALL_DIFFER:
                self._search(name, kind, values, found)
                continue
            distinct = _distinct(values)
            if searched and distinct:
                self._search(name, kind, values, found, distinct)
            if kind.compares:
                self._compare(name, kind, values, distinct, cut, found)
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

    def _compare(
        self,
        name: str,
        kind: Kind,
        values: Sequence[object],
        distinct: set[str],
        cut: int,
        found: dict[tuple[int, str, int], tuple[str, str]],
    ) -> None:
        hits = self._values.hits(kind, distinct, cut if kind.name == "process" else 0)
        if not hits:
            return
        for row, value in enumerate(values):
            if isinstance(value, str):
                for position, text, how in hits.get(value, ()):
                    found.setdefault((row, name, position), (text, how))

    def _search(
        self,
        name: str,
        kind: Kind,
        values: Sequence[object],
        found: dict[tuple[int, str, int], tuple[str, str]],
        distinct: set[str] | None = None,
    ) -> None:
        """Matches in texts. Where `distinct` (the texts without repeats) are much fewer, they are read once each."""
        if self._nothing:
            return
        if distinct is not None and 2 * len(distinct) <= len(values):
            once = sorted(distinct)
            hits = {once[row]: self._text.hits(once[row], kind.name) for row in self._rows(kind, *_texts(once))}
            if any(hits.values()):
                for row, value in enumerate(values):
                    for position, text, how in hits.get(value, ()) if isinstance(value, str) else ():
                        found.setdefault((row, name, position), (text, how))
            return
        texts, joined = _texts(values)
        if kind.name == "json" and "\\" in joined:
            texts, joined = _texts([unescape(text) for text in texts])
        for row in self._rows(kind, texts, joined):
            for position, text, how in self._text.hits(texts[row], kind.name):
                found.setdefault((row, name, position), (text, how))

    def _rows(self, kind: Kind, texts: list[str], joined: str) -> list[int]:
        """Texts of a column that are worth reading, ascending."""
        if len(joined) < len(texts):  # nothing but line ends
            return []
        rows = self.candidates(texts, joined)
        if kind.name == "path" and "_" in joined:  # `https_evil.com_0` names a host between underscores
            rows = sorted({*rows, *self.candidates([text.replace("_", "/") for text in texts])})
        if kind.name == "url":
            rows = sorted({*rows, *_broken(texts, joined)})
        return rows

    def candidates(self, texts: Sequence[str], joined: str | None = None) -> list[int]:
        """Rows that may hold something, ascending: never too few. `joined`: the texts a line each, if known."""
        if self.index.scan_all:
            return [row for row, text in enumerate(texts) if text]
        if joined is None:
            joined = "\n".join(texts)
        rows = self._scan(texts, joined)
        rows.update(self._odd_addresses(texts, joined))
        if "urldefense" in joined:  # writes `-3A__` for `://`; such links are rare enough to be read one by one
            rows.update(row for row, text in enumerate(texts) if "urldefense" in text)
        if "%" in joined:
            rows.update(self._encoded(texts, rows))
        return sorted(rows)

    def _odd_addresses(self, texts: Sequence[str], joined: str) -> set[int]:
        """Rows with spellings of addresses that are no literals. No pattern goes over the end of a line."""
        found = {hit.start() for pattern in self._special for hit in pattern.finditer(joined)}
        if not found:
            return found
        starts = list(accumulate([len(text) + 1 for text in texts], initial=0))
        return {bisect_right(starts, place) - 1 for place in found}

    def _scan(self, texts: Sequence[str], joined: str) -> set[int]:
        if self.index.scanner.engine != "hyperscan":
            worth = self.index.scanner.worth
            return {
                row
                for row, text in enumerate(texts)
                if text
                and (worth(fold(text)) or (_IDEOGRAPHIC.search(text) and worth(fold(_IDEOGRAPHIC.sub(" ", text)))))
            }
        rows = set(self._places(texts, joined))
        if not joined.isascii():
            owners, pieces = self._refolded(texts, joined)
            rows.update(owners[piece] for piece in self._places(pieces, "\n".join(pieces)))
        return rows

    def _odd(self, joined: str) -> re.Pattern[str] | None:
        """Finds a character that folding changes, and the rest of its line; None where none was ever met.

        Characters are judged once; from then on two passes of `re` over a batch tell that it holds no new one.
        """
        if self._unjudged.search(joined):
            fresh = set(self._unjudged.findall(joined))
            self._inert |= (settled := {char for char in fresh if inert(char, self._strict)})
            self._changed |= fresh - settled
            known = "".join(map(re.escape, sorted(self._inert | self._changed)))
            self._unjudged = re.compile(f"[^\\x00-\\x7f{known}]")
            odd = "".join(map(re.escape, sorted(self._changed)))
            self._rest = re.compile(f"[{odd}][^\\n]*") if odd else None
        return self._rest

    def _refolded(self, texts: Sequence[str], joined: str) -> tuple[list[int], list[str]]:
        """The texts that folding changes, folded, each with its row.

        A full stop of East Asian writing may be the dot of a name or end a sentence: such texts are read both ways.
        """
        owners: list[int] = []
        pieces: list[str] = []
        odd = self._odd(joined)
        places = [hit.start() for hit in odd.finditer(joined)] if odd is not None else []
        if not places:
            return owners, pieces
        starts = list(accumulate([len(text) + 1 for text in texts], initial=0))
        ideographic = any(stop in joined for stop in _STOPS)
        for row in sorted({bisect_right(starts, place) - 1 for place in places}):
            text = texts[row]
            owners.append(row)
            if ideographic and _IDEOGRAPHIC.search(text):
                owners.append(row)
                pieces.append(fold(_IDEOGRAPHIC.sub(" ", text)))
                text = _IDEOGRAPHIC.sub(".", text)
            pieces.append(fold(text))
        return owners, pieces

    def _places(self, texts: Sequence[str], joined: str) -> Iterable[int]:
        data = joined.encode("utf-8", "replace")
        ends = self.index.scanner.places(data)
        if not ends:
            return ()
        if data.count(b"\n") == len(texts) - 1:  # no text has lines of its own: count them
            found, at, row = set(), 0, 0
            for end in ends:
                row += data.count(b"\n", at, end - 1)
                at = end - 1
                found.add(row)
            return found
        starts = list(accumulate((len(text.encode("utf-8", "replace")) + 1 for text in texts), initial=0))
        return {bisect_right(starts, end - 1) - 1 for end in ends}

    def _encoded(self, texts: Sequence[str], known: set[int]) -> list[int]:
        """Rows that hold something once percent-encoding is undone."""
        owners: list[int] = []
        forms: list[str] = []
        for row, text in enumerate(texts):
            if "%" in text and row not in known:
                for form in decodings(text):
                    owners.append(row)
                    forms.append(form)
        if not forms:
            return []
        joined = "\n".join(forms)
        rows = [owners[place] for place in self._scan(forms, joined)]
        rows += [owners[place] for place in self._odd_addresses(forms, joined)]
        return rows

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
