"""Lists as files: CSV of any delimiter and of mixed encodings, row by row in flat memory."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.texts import t

LINE_MOST = 1 << 17
"""Characters of a line that is read."""
LINES_OF_A_ROW = 50
"""Lines that one quoted cell may span. Where it would span more, a quotation mark was never closed."""
COLUMNS_MOST = 500
DIGITS_LEAST = 5
"""Digits of a cell from which on it can be a number or a time, and no header."""
DELIMITERS = ",;\t|"


class Row:
    """A row of a list: the number of its first line, and its cells."""

    __slots__ = ("cells", "line")

    def __init__(self, line: int, cells: list[str]) -> None:
        self.line = line
        self.cells = cells


class Listing:
    """An open list. Iterate `rows` once; the counts are whole afterwards."""

    def __init__(self, stream: io.BufferedReader, *, headed: bool = True) -> None:
        """`headed`: whether the first line has the names of the columns. Raises Usage."""
        self._stream, self._headed = stream, headed
        self.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        self.size = stream.tell()
        """Bytes of the file."""
        self.other_encoding = 0
        """Lines that are not UTF-8 and were read as Windows-1252."""
        self.blank = 0
        """Lines without anything."""
        self.too_long: list[int] = []
        """Lines that were not read."""
        self.unclosed = 0
        """Rows in which a quotation mark was never closed, or closed in another row; their lines were read one by one."""
        self.read = 0
        """Bytes so far, for progress."""
        self.header = self._header()

    def _header(self) -> list[str]:
        first = next((text for _, text in self._lines() if text.strip()), "")
        self.delimiter = max(DELIMITERS, key=first.count)
        header = [cell.strip() for row in itertools.islice(self._rows(), 1) for cell in row.cells]
        if self._headed and (places := [str(place) for place, cell in enumerate(header, 1) if _has_digits(cell)]):
            raise Usage(t("error.list.no_header", places=", ".join(places)), hint=t("error.list.no_header_hint"))
        if not any(header):
            raise Usage(t("error.list.empty"), hint=t("error.list.form"))
        if len(header) > COLUMNS_MOST:
            raise Usage(t("error.list.columns_most", most=COLUMNS_MOST), hint=t("error.list.form"))
        return header if self._headed else [""] * len(header)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Number and text of every line; counts what is met."""
        self.other_encoding, self.read = 0, 0
        self.too_long = []
        self._stream.seek(0)
        start = self._stream.read(4)
        self._stream.seek(0)
        wide = start[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = io.TextIOWrapper(self._stream, "utf-16" if wide else "latin-1", "replace")
        try:
            number, skipping = 0, False
            while line := text.readline(LINE_MOST):
                whole = line.endswith("\n")
                self.read += len(line) * (2 if wide else 1)
                if skipping:
                    skipping = not whole
                    continue
                number += 1
                if not whole and len(line) == LINE_MOST:
                    self.too_long.append(number)
                    skipping = True
                    continue
                line = line if wide else self._decoded(line.encode("latin-1"))
                yield number, line.removeprefix("\ufeff") if number == 1 else line
        finally:
            text.detach()

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.other_encoding += 1
            return "".join(bytes([one]).decode("cp1252", "ignore") or chr(one) for one in line)

    def rows(self, columns: Columns) -> Iterator[Row]:
        """Every row below the header that has a cell with anything in it."""
        single = [place for place in columns.positions.values() if place is not None]
        return itertools.islice(self._rows(single), 1 if self._headed else 0, None)

    def _rows(self, single: Collection[int] = ()) -> Iterator[Row]:
        """Every row and the header. `single`: the columns whose cells have no line breaks."""
        self.blank = self.unclosed = 0
        taken: list[tuple[int, str]] = []

        def lines() -> Iterator[str]:
            for number, text in self._lines():
                taken.append((number, text))
                yield text

        reader = csv.reader(lines(), delimiter=self.delimiter)
        for place in itertools.count():
            taken.clear()
            try:
                cells: list[str] | None = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells = None
            texts = [text for _, text in taken]
            doubtful = len(texts) > 1 or texts[0].count('"') % 2
            if cells is None or (doubtful and not self._closed(texts, cells, single if place else ())):
                self.unclosed += 1
                made = [Row(number, self._alone(text)) for number, text in taken]
            else:
                made = [Row(taken[0][0], cells)]
            for row in made:
                if not any(cell.strip() for cell in row.cells):
                    self.blank += 1
                else:
                    yield row

    def _closed(self, texts: list[str], cells: list[str], single: Collection[int]) -> bool:
        """Whether lines are one row with a long note. Two stray quotation marks would swallow the rows between them."""
        if len(texts) > LINES_OF_A_ROW or any("\n" in cells[place] for place in single if place < len(cells)):
            return False
        try:
            next(csv.reader(texts, delimiter=self.delimiter, strict=True))
        except csv.Error:
            return False
        later = [self._alone(text) for text in texts[1:]]
        return not any(len(row) == len(cells) and any(map(_has_digits, row)) for row in later)

    def _alone(self, text: str) -> list[str]:
        """The cells of a line by itself. Where its quotation marks have no meaning, the delimiter alone counts."""
        try:
            return next(csv.reader([text], delimiter=self.delimiter, strict=True))
        except csv.Error:
            return [cell.strip().strip('"') for cell in text.rstrip("\r\n").split(self.delimiter)]


def _has_digits(cell: str) -> bool:
    return sum(letter.isdecimal() for letter in cell[:1000]) >= DIGITS_LEAST


@contextmanager
def open_list(path: Path, *, headed: bool = True) -> Iterator[Listing]:
    """A list in a regular file. `headed`: whether its first line names the columns. Raises Usage for what is none."""
    shown = visible(str(path))
    try:
        with path.open("rb") as stream:
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode):
                raise Usage(t("error.list.no_file", path=shown), hint=t("error.list.form"))
            start = stream.read(8)
            if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"age-encr")):
                raise Usage(t("error.list.no_csv", path=shown), hint=t("error.list.no_csv_hint"))
            stream.seek(0)
            yield Listing(stream, headed=headed)
    except OSError as error:
        if error.filename is None:
            raise
        raise Usage(t("error.list.unreadable", path=shown, reason=error.strerror or type(error).__name__)) from None


class Columns:
    """Where a list has what: positions from 0, None where it has none."""

    def __init__(self, header: list[str], named: dict[str, str]) -> None:
        """`named`: the header or the position (from 1) that a person gave for `number`, `time`, `client`, `country`."""
        self.positions = {purpose: _position(header, purpose, named.get(purpose, "")) for purpose in _KNOWN}
        number = self.positions["number"]
        if number is None:
            shown = ", ".join(visible(name, 40) or str(place) for place, name in enumerate(header[:20], 1))
            raise Usage(t("error.list.no_number_column", columns=shown), hint=t("error.list.no_number_column_hint"))
        self.number = number
        self.width = len(header)
        used = {place for place in self.positions.values() if place is not None}
        self.others = [place for place in range(len(header)) if place not in used]
        self.names = tuple(_distinct([header[place] or str(place + 1) for place in self.others]))
        """The names of the further columns; a second `note` is `note (2)`."""

    def cell(self, row: Row, purpose: str) -> str:
        """The cell of a row for `number`, `time`, `client` or `country`; empty where there is none."""
        place = self.positions[purpose]
        return row.cells[place] if place is not None and place < len(row.cells) else ""


_KNOWN = {
    "number": "number|phone|phone number|telephone|telephone number|tel|mobile|mobile number|msisdn|phone_number",
    "time": "selected at|selected_at|selected|selection date|selection time|date|time|datetime|timestamp|selected on",
    "client": "client|client label|client_label|customer|operator",
    "country": "",
}
"""Headers that name a column by themselves."""


def _position(header: list[str], purpose: str, given: str) -> int | None:
    if given:
        wanted = [place for place, name in enumerate(header) if name.casefold() == given.strip().casefold()]
        if not wanted and given.isascii() and given.isdecimal() and 1 <= int(given[:6]) <= len(header):
            return int(given) - 1
        if not wanted:
            raise Usage(
                t("error.list.no_column", name=visible(given, 60)), hint=t("error.list.no_column_hint", n=len(header))
            )
    else:
        names = _KNOWN[purpose].split("|")
        wanted = [place for place, name in enumerate(header) if name and name.casefold() in names]
    if len(wanted) > 1:
        places = ", ".join(str(place + 1) for place in wanted)
        raise Usage(
            t("error.list.column_twice", places=places, purpose=t(f"error.list.purpose.{purpose}")),
            hint=t("error.list.column_twice_hint", purpose=purpose),
        )
    return wanted[0] if wanted else None


def _distinct(names: list[str]) -> list[str]:
    made: list[str] = []
    for name in names:
        count, distinct = 1, name
        while distinct in made:
            count += 1
            distinct = f"{name} ({count})"
        made.append(distinct)
    return made


__all__ = ["Columns", "Listing", "Row", "open_list"]
