"""What an intake declares: whose data it reads, on which terms, and which columns it takes.

One file an intake, with one constant `INTAKE`; `registry.intakes()` finds it by walking the package. An intake is named
like the folder that holds its data. It yields statements (class `surveillance`) or rows of a list (class `reference`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Literal

from sousveil.register.model import Statement
from sousveil.register.model_reference import ReferenceRow

Row = Statement | ReferenceRow
Class = Literal["surveillance", "reference"]
OTHERS = "*"
"""In `dropped`: every column that is not named. Only for a publisher's format that has hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a data set, or several of the same form (`name` may be a pattern)."""

    name: str
    """Its name in the folder, or a pattern such as `*.csv`."""
    read: tuple[str, ...]
    """Columns or members that the intake reads. A file without one of them is refused, except for `optional` ones."""
    dropped: Mapping[str, str] = field(default_factory=dict)
    """Columns that are not read, each with the reason. They never leave the reader."""
    optional: tuple[str, ...] = ()
    """Those of `read` that a row or file may lack."""
    least: int = 1
    most: int = 1_000_000
    """Rows: with fewer or more than this the file is refused. A list that has lost half its rows is a broken download."""
    part: bool = False
    """A part of a row, such as an object within an object: its members are accounted for, it is no row of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A published data set: publisher, terms, and what is taken from it."""

    name: str
    title: str
    publisher: str
    """Who says it. Stands as `publisher` in every statement."""
    formerly: tuple[str, ...] = ()
    """What `publisher` read in earlier versions: logs that hold it stay valid."""
    quotes: Callable[[], tuple[str, ...]] = tuple
    """Publishers whom a collection quotes: each of its statements names the one that says it."""
    source: str
    """The address of the publication itself. Stands as `source` where a row names no better one."""
    copy: str = ""
    """Address of the copy that the limits were set by, where it is not the publication."""
    licence: str
    licence_url: str
    licence_stated: bool = True
    """False: the origin states none, and only facts are taken. It never stands in one file with other sets."""
    attribution: str
    """The line that has to stand beside the data."""
    non_commercial: bool = False
    """Loaded only when the operator asks for it, and left out of exports unless the operator switches it on."""
    share_alike: bool = False
    context: bool = False
    """Shown on pages as context. Rules, deadlines, screening weights, map and first page read nothing of it."""
    layer: bool = False
    """Shown beside the register's subject, and left out of the map and of the numbers on the first page and of the demands."""
    downloaded: bool = False
    """A publisher's own format: the operator downloads the file, and no copy of it lies with the other data."""
    not_used_for: str
    """What nobody may conclude from it, in a sentence or two."""
    snapshot: str
    """Day of the copy for which the limits on rows were set, `2026-08-06`."""
    rows: int = 0
    """Rows of the files of that copy; 0 for a format that the operator downloads."""
    class_: Class
    coverage: str
    """What it holds and what it does not, in a sentence or two for a reader."""
    files: tuple[File, ...]
    official: bool = False
    """A registry or official list: what it confirms may join records by rule (`identity_rules`)."""
    packaged: str = ""
    """The folder under `register/data` with its files, where the package holds them; empty: the operator names the folder."""
    example: bool = False
    """Its content is fictional: loaded only into an example register."""

    @property
    def folder(self) -> Path | None:
        """The folder in the package that holds its files; None where the operator names it."""
        return Path(str(files("sousveil.register.data") / self.packaged)) if self.packaged else None

    @property
    def least(self) -> int:
        """Rows that it must have, over all its files."""
        return sum(file.least for file in self.files if not file.part)

    @property
    def most(self) -> int:
        """Rows that it may have, over all its files."""
        return sum(file.most for file in self.files if not file.part)

    @property
    def dropped(self) -> dict[str, dict[str, str]]:
        """File -> column -> why it is not read."""
        return {file.name: dict(file.dropped) for file in self.files if file.dropped}
