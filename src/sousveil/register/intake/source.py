"""Reads the files of a data set so that no column is overlooked and nothing hostile gets through.

A column is read, or named in `dropped` with a reason. Any other is new: it is not read, and a line says so. Values of dropped
columns never leave this module. Files are read whole and once; their SHA-256 is that of exactly these bytes.
"""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sousveil.errors import LimitExceeded, Malformed, Missing, SousveilError
from sousveil.register.intake.model import OTHERS, Dataset, File, Row

FILE_MAX = 256 << 20
"""Bytes of one file."""
FIELD_MAX = 4 << 20
"""Characters of one value."""
FRONT_MAX = 64 << 10
"""Characters of the front matter of a Markdown file."""
_YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The compiled loader bounds the depth; the other one takes minutes over brackets within brackets."""
_WINDOWS = {
    byte: letter for byte in range(0x80, 0xA0) if (letter := bytes([byte]).decode("cp1252", "replace")) != "\ufffd"
}
"""Control characters that are Windows letters taken over as they were, such as the apostrophe U+0091."""
_REPAIR = "Fetch the data set again; nothing of it was stored."


class Source:
    """A folder with the files of one data set.

    `persons`: rows of natural persons in reference lists are read too. `warnings` are lines for the operator.
    """

    def __init__(self, dataset: Dataset, folder: Path, *, persons: bool = False) -> None:
        self.dataset = dataset
        self.folder = folder
        self.persons = persons
        self.rows = 0
        self.warnings: list[str] = []
        self.left_out: Counter[str] = Counter()
        self._hashes: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._warned: set[tuple[str, str]] = set()
        if not folder.is_dir():
            raise Missing(f"{folder} is not a folder.", hint=f"Name the folder that holds the files of {dataset.name}.")

    # ---------------------------------------------------------------- files

    def bytes_of(self, name: str) -> bytes:
        """A file's bytes; they count towards `digest`. Raises Missing and LimitExceeded."""
        path = self.folder / name
        try:
            if path.is_symlink() or not path.is_file():
                raise Missing(f"{self.dataset.name}: the file {name} is missing.", hint=self._elsewhere)
            if path.stat().st_size > FILE_MAX:
                raise LimitExceeded(f"{name} is larger than {FILE_MAX >> 20} MiB.", hint=_REPAIR)
            data = path.read_bytes()
        except OSError as error:
            raise Missing(f"{name} cannot be read: {error.strerror or error}.", hint=_REPAIR) from None
        self._hashes[name] = hashlib.sha256(data).hexdigest()
        return data

    @property
    def _elsewhere(self) -> str:
        return f"Is {self.folder} the folder of {self.dataset.name}? If it is, fetch the data set again; nothing of it was stored."

    def sha256(self, name: str) -> str:
        """Of a file that was read."""
        return self._hashes[name]

    def digest(self) -> str:
        """SHA-256 of the one file that was read, or of the sorted list of files: `hash`, two spaces, name, newline."""
        if len(self._hashes) == 1:
            return next(iter(self._hashes.values()))
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._hashes.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    def names(self, pattern: str) -> list[str]:
        """Files that fit a pattern, sorted. Raises Missing when there is none."""
        found = sorted(
            str(path.relative_to(self.folder))
            for path in self.folder.glob(pattern)
            if path.is_file() and not path.is_symlink()
        )
        if not found:
            raise Missing(f"{self.dataset.name}: no file {pattern} in {self.folder}.", hint=self._elsewhere)
        return found

    def text(self, name: str) -> str:
        """A file as text. Raises Malformed for what is not UTF-8."""
        try:
            return self.bytes_of(name).decode("utf-8-sig").translate(_WINDOWS)
        except UnicodeDecodeError as error:
            raise Malformed(f"{name} is not UTF-8 from byte {error.start:,} on.", hint=_REPAIR) from None

    def json(self, name: str) -> Any:
        """A JSON file. Raises Malformed."""
        try:
            return msgspec.json.decode(self.bytes_of(name))
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            raise Malformed(f"{name} is not JSON: {error}.", hint=_REPAIR) from None

    # ---------------------------------------------------------------- tables

    def table(self, name: str, *, delimiter: str = ",", header: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
        """The rows of a CSV file, each with the columns that are read, trimmed. `header` where the file has none."""
        declared = self._declared(name)
        lines = io.StringIO(self.text(name).rstrip("\x1a"), newline="")
        csv.field_size_limit(FIELD_MAX)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            columns = header or tuple(column.strip() for column in next(reader, ()))
            places = self._places(name, declared, columns)
            for row in reader:
                if not row:
                    continue
                if len(row) != len(columns):
                    raise Malformed(
                        f"{name}, line {reader.line_num:,}: {len(row)} columns where there are {len(columns)}.",
                        hint=_REPAIR,
                    )
                self._count(name, declared)
                yield {column: row[place].replace("\xa0", " ").strip() for column, place in places}
        except csv.Error as error:
            raise Malformed(f"{name}, line {reader.line_num:,}: {error}.", hint=_REPAIR) from None
        self.close(name)

    def _places(self, name: str, declared: File, columns: tuple[str, ...]) -> list[tuple[str, int]]:
        seen: set[str] = set()
        for column in columns:
            if column in seen and column:
                raise Malformed(f"{name}: the column “{column[:80]}” is there twice.", hint=_REPAIR)
            seen.add(column)
        self._known(name, declared, columns)
        for column in declared.read:
            if column not in seen and column not in declared.optional:
                raise Malformed(f"{name}: the column “{column}” is missing.", hint=_REPAIR)
        return [(column, columns.index(column)) for column in declared.read if column in seen]

    # ---------------------------------------------------------------- objects

    def members(self, part: str, value: Any) -> dict[str, Any]:
        """The members of a JSON object that are read. `part` is the name of a declared `File`, such as `x.json values[]`.

        Counts as a row of that part. Raises Malformed for what is no object, or lacks a member.
        """
        declared = self._declared(part)
        if not isinstance(value, dict):
            raise Malformed(f"{part}: an object was expected.", hint=_REPAIR)
        self._known(part, declared, value)
        for member in declared.read:
            if member not in value and member not in declared.optional:
                raise Malformed(f"{part}: the member “{member}” is missing.", hint=_REPAIR)
        self._count(part, declared)
        return {member: value[member] for member in declared.read if member in value}

    def front_matter(self, name: str) -> dict[str, Any]:
        """The YAML between the first two lines `---` of a Markdown file. What follows is not read."""
        text = self.text(name).replace("\r\n", "\n")
        head, found, _ = text.removeprefix("---\n").partition("\n---\n")
        if not text.startswith("---\n") or not found or len(head) > FRONT_MAX:
            raise Malformed(f"{name} has no front matter between two lines “---”.", hint=_REPAIR)
        try:
            if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(head, Loader=_YAML)):
                raise Malformed(f"{name}: the front matter repeats parts by reference.", hint=_REPAIR)
            value = yaml.load(head, Loader=_YAML)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            if isinstance(error, SousveilError):
                raise
            raise Malformed(f"{name}: the front matter is not YAML.", hint=_REPAIR) from None
        return self.members(self._declared(name).name, value)

    def texts(self, part: str, value: Any) -> list[str]:
        """A list of texts, trimmed, without empty ones. Raises Malformed for anything else."""
        if not isinstance(value, list) or any(not isinstance(one, str) for one in value):
            raise Malformed(f"{part}: a list of texts was expected.", hint=_REPAIR)
        return [one.strip() for one in value if one.strip()]

    def one(self, part: str, value: Any) -> str:
        """A text, trimmed. Raises Malformed for anything else."""
        if not isinstance(value, str):
            raise Malformed(f"{part}: a text was expected.", hint=_REPAIR)
        return value.strip()

    # ---------------------------------------------------------------- what was read

    def warn(self, what: str) -> None:
        """A line for the operator, once."""
        if ("", what) not in self._warned:
            self._warned.add(("", what))
            self.warnings.append(what)

    def leave_out(self, kind: str) -> None:
        """Counts a row that is not taken over, by kind: the snapshot says how many there were."""
        self.left_out[kind] += 1

    def close(self, name: str) -> None:
        """Checks how many rows a file or part had. Raises Malformed outside the limits."""
        declared = self._declared(name)
        count = self._counts.get(declared.name, 0)
        if declared.name == name and not declared.part and count < declared.least:
            raise Malformed(
                f"{name} has {count:,} rows; at least {declared.least:,} were expected, so nothing was stored.",
                hint="The download may be cut short. If the list has really shrunk, lower `least` in the intake.",
            )

    def finish(self) -> None:
        """To be called when everything was read: checks the limits of every file and part. Raises Malformed."""
        for declared in self.dataset.files:
            self.close(declared.name)

    def counts(self) -> dict[str, int]:
        """Rows by file or part."""
        return dict(self._counts)

    def count(self, name: str, rows: int = 1) -> None:
        """Counts rows of a file that the intake reads in its own way. Raises Malformed above the limit."""
        self._count(name, self._declared(name), rows)

    def _count(self, name: str, declared: File, rows: int = 1) -> None:
        self._counts[declared.name] = count = self._counts.get(declared.name, 0) + rows
        self.rows += 0 if declared.part else rows
        if count > declared.most:
            raise Malformed(
                f"{name} has more than {declared.most:,} rows, so nothing was stored.",
                hint="If the list has really grown, raise `most` in the intake.",
            )

    def _known(self, name: str, declared: File, columns: Iterable[str]) -> None:
        for column in columns:
            if (
                column not in declared.read
                and column not in declared.dropped
                and OTHERS not in declared.dropped
                and (declared.name, column) not in self._warned
            ):
                self._warned.add((declared.name, column))
                self.warnings.append(
                    f"{self.dataset.name}: {name} has a new column “{column[:80]}”; it is not read. "
                    "Read it or name it in `dropped` with a reason."
                )

    def _declared(self, name: str) -> File:
        for file in self.dataset.files:
            if file.name == name or fnmatch.fnmatchcase(name, file.name):
                return file
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Intake:
    """A data set and the function that reads it."""

    dataset: Dataset
    read: Callable[[Source], Iterator[Row]]
    """Yields everything that is taken over, in the order of the files. Raises Malformed and Missing."""
