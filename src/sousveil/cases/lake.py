"""The lake: the observables and timelines of many cases, for re-checking without the phones.

A lake is a folder. `lake.json` decides what belongs to it; `tables/` contains the Parquet files of each case, encrypted for the
recipients of the lake unless it is plain. Changes take place in an order that a crash cannot spoil: new files are written
and flushed, then `lake.json` is replaced, then old files are deleted. What a crash left is deleted by the next change.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec

from sousveil.cases.folder import CaseFiles, disk_error, encrypted_for, recipients_of
from sousveil.cases.lake_rows import Facts, current_suffixes, findings_of, tables_of
from sousveil.errors import Malformed, Missing, SousveilError, Unsupported, Usage
from sousveil.indicators.load import sync_folder, write_whole
from sousveil.indicators.model import Platform
from sousveil.kinds import visible
from sousveil.texts import t
from sousveil.version import __version__

FORMAT = 2
"""Of the lakes that this version writes. Rows of format 1 do not say in which circumstances a value was seen."""
CONTENTS, TABLES, LOCK = "lake.json", "tables", "lock"
SHORTEST_ID = 6
"""Characters of a case's id that must be given at least."""
CLOCK = timedelta(days=1)
"""How far the clocks of the computers that use one lake may differ."""
_MAX_CONTENTS = 1 << 30
_TEMPORARY = (".new-", ".spill-", ".check-")
_TABLE = re.compile(r"[0-9a-f]{32}\.(?:observables|timeline)\.parquet(?:\.age)?")


_TableName = Annotated[str, msgspec.Meta(pattern=f"^{_TABLE.pattern}$")]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file of `tables/`, as it is stored."""

    name: _TableName
    size: int
    sha256: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the lake."""

    case: str
    """The first 16 hex digits of a hash over the facts of the device and the files of the evidence."""
    device: str
    """16 hex digits of a hash over what identifies the phone; the id of the case where nothing does."""
    added: Annotated[datetime, msgspec.Meta(tz=True)]
    consent_until: date
    """The last day on which the person consents."""
    delete_after: date
    """The last day on which the case may be kept."""
    platform: Platform
    whole: bool
    """Whether it has every row that a check compares with indicators."""
    lacking: tuple[str, ...] = ()
    """The artefacts of which it lacks rows, in alphabetical order."""
    rows: int
    tables: tuple[Table, ...]

    def ended(self, today: date) -> bool:
        """Whether the consent or the time for keeping the case is over."""
        return min(self.consent_until, self.delete_after) < today

    @property
    def observables(self) -> list[Table]:
        """The files with its observables."""
        return [table for table in self.tables if ".observables." in table.name]


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """lake.json."""

    format: int
    sousveil: str
    """The version that wrote it."""
    recipients: tuple[str, ...]
    """The age keys for which the tables are encrypted; () in a plain lake."""
    suffixes: tuple[str, ...]
    """The names that count as no registrable domain in this lake, whatever later versions know."""
    cases: tuple[Entry, ...] = ()
    unfinished: tuple[_TableName, ...] = ()
    """Files that the change in progress writes or deletes; those that no case names are deleted by the next change."""


class _Head(msgspec.Struct):
    format: int
    sousveil: str = "?"


class Lake:
    """A lake that exists. Reading raises Missing for what is no lake, Unsupported for one of a newer version, Malformed for a
    damaged one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contents = _contents(folder)

    @property
    def private(self) -> bool:
        """Whether the tables are encrypted."""
        return bool(self.contents.recipients)

    def path(self, table: Table) -> Path:
        """Where a file of a case lies."""
        return self.folder / TABLES / table.name

    def check(self, table: Table) -> None:
        """Raise Missing where a file of a case cannot be read, Malformed where it is not what was written."""
        try:
            with self.path(table).open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == table.sha256
        except OSError as error:
            raise Missing(t("error.folder.cannot_read_14", name=table.name, reason=error.strerror or "")) from error
        if not same:
            raise Malformed(t("error.lake.cannot_read", name=table.name), hint=t("error.database.file_damaged_table"))

    def check_clock(self, now: datetime) -> None:
        """Raise SousveilError where this computer's clock is behind that of the computer which added the newest case: dates of
        consent would count as not over."""
        newest = max((entry.added for entry in self.contents.cases), default=now)
        if newest > now + CLOCK:
            raise SousveilError(
                t("error.lake.clock", now=f"{now:%Y-%m-%d %H:%M}", added=f"{newest:%Y-%m-%d %H:%M}"),
                hint=t("error.lake.set_clock"),
            )

    def find(self, case: str) -> Entry:
        """The case whose id begins so. Raises Usage for none and for several."""
        entries = [entry for entry in self.contents.cases if entry.case.startswith(case)]
        if len(case) < SHORTEST_ID or len(entries) != 1:
            raise Usage(
                t("error.lake.case", case=visible(case, 60), n=len(entries) if len(case) >= SHORTEST_ID else 0),
                hint=t("error.lake.list_cases", least=SHORTEST_ID),
            )
        return entries[0]

    def replace_cases(self, cases: Sequence[Entry], old: Sequence[Table] = ()) -> None:
        """Write lake.json with these cases. The caller then deletes the files `old`."""
        ordered = tuple(sorted(cases, key=lambda entry: entry.case))
        self._write(cases=ordered, unfinished=tuple(table.name for table in old))

    def announce(self, names: Sequence[str]) -> None:
        """Note in lake.json which files the caller is about to write; () once nothing is unfinished."""
        self._write(unfinished=tuple(names))

    def _write(self, **changes: Any) -> None:
        contents = msgspec.structs.replace(self.contents, sousveil=__version__, **changes)
        with _written(self.folder / CONTENTS) as path:
            write_whole(path, msgspec.json.format(msgspec.json.encode(contents), indent=1))
        self.contents = contents

    def sweep(self) -> int:
        """Delete what a change that was interrupted has left. Returns how many files and folders that were."""
        unfinished = self.contents.unfinished
        left = [p for p in self.strangers() if p.name.startswith(_TEMPORARY) or p.name in unfinished]
        for path in left:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        for folder in {path.parent for path in left}:
            sync_folder(folder)
        if unfinished:
            self.announce(())
        return len(left)

    def strangers(self) -> list[Path]:
        """Everything in the folder that lake.json does not name, in alphabetical order."""
        named = {table.name for entry in self.contents.cases for table in entry.tables}
        top = [path for path in self.folder.iterdir() if path.name not in (CONTENTS, TABLES, LOCK)]
        tables = self.folder / TABLES
        below = [path for path in tables.iterdir() if path.name not in named] if tables.is_dir() else []
        return sorted([*top, *below])


def _contents(folder: Path) -> Contents:
    shown = visible(str(folder))
    try:
        path = folder / CONTENTS
        if path.stat().st_size > _MAX_CONTENTS:
            raise Malformed(t("error.folder.larger_any_file", name=CONTENTS))
        raw = path.read_bytes()
    except OSError as error:
        raise Missing(
            t("error.lake.no_lake", folder=shown, reason=error.strerror or ""), hint=t("error.lake.name_lake")
        ) from error
    try:
        head = msgspec.json.decode(raw, type=_Head)
        if head.format > FORMAT:
            raise Unsupported(
                t("error.lake.newer", folder=shown, version=visible(head.sousveil, 40), own=__version__),
                hint=t("error.lake.use_newer"),
            )
        return msgspec.json.decode(raw, type=Contents)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(
            t("error.lake.damaged", folder=shown, reason=visible(str(error), 200)), hint=t("error.lake.restore")
        ) from error


@contextlib.contextmanager
def _written(path: Path) -> Iterator[Path]:
    """Errors of writing `path` as errors for people."""
    try:
        yield path
    except OSError as error:
        raise SousveilError(disk_error(path.name, error).message, hint=t("error.lake.make_writable")) from error


def create(folder: Path, recipients: Sequence[str], *, plain: bool) -> Lake:
    """The lake at `folder`, to which cases can be added; made where there is none. Raises Usage where neither a recipient nor
    `plain` is given for a new lake, or where the lake has others or an older format."""
    if (folder / CONTENTS).exists():
        lake = Lake(folder)
        if lake.contents.format < FORMAT:
            raise Usage(t("error.lake.older", folder=visible(str(folder))), hint=t("error.lake.use_new"))
        if (recipients and sorted(recipients) != sorted(lake.contents.recipients)) or (plain and lake.private):
            raise Usage(t("error.lake.other_recipients"), hint=t("error.lake.leave_out_recipients"))
        return lake
    if bool(recipients) == plain:
        raise Usage(t("error.lake.name_recipient"), hint=t("error.lake.make_key"))
    recipients_of(recipients)
    if folder.is_dir() and any(path.name != LOCK for path in folder.iterdir()):
        raise Usage(
            t("error.lake.not_empty", folder=visible(str(folder))), hint=t("error.common.choose_another_place_out")
        )
    contents = Contents(
        format=FORMAT,
        sousveil=__version__,
        recipients=tuple(recipients),
        suffixes=tuple(sorted(current_suffixes())),
    )
    with _written(folder / CONTENTS) as path:
        (folder / TABLES).mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        write_whole(path, msgspec.json.encode(contents))
    return Lake(folder)


@contextlib.contextmanager
def locked(folder: Path, verb: str) -> Iterator[None]:
    """Keep every other run away from a lake. Raises SousveilError that names the run which has it."""
    try:
        import fcntl
    except ImportError:
        raise SousveilError(t("error.lake.no_locks")) from None
    place, new = folder / LOCK, not folder.exists()
    with _written(place):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "r+", encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(file.fileno()), place.stat()):
                raise BlockingIOError  # another run deleted this file, and a third one may have the new one
        except OSError as error:
            raise SousveilError(
                t("error.lake.in_use", folder=visible(str(folder)), who=visible(file.read(300)) or "?"),
                hint=t("error.lake.wait"),
            ) from error
        _sign(file, f"sousveil {verb}, process {os.getpid()} on {platform.node()}, since {datetime.now(UTC):%F %T} UTC")
        try:
            yield
        finally:
            _sign(file, "")
            if not (folder / CONTENTS).exists():  # no lake was made
                with contextlib.suppress(OSError):
                    place.unlink()
                    if new:
                        folder.rmdir()


def _sign(file: IO[str], text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


class _Manifest(msgspec.Struct):
    device: msgspec.Raw
    files: msgspec.Raw


class _Device(msgspec.Struct):
    unique_id: str | None = None
    last_backup: str | None = None


def case_id(case: CaseFiles) -> str:
    """The id of a case in every lake: the same for every check of the same evidence that looked at the same files."""
    return ids(case)[0]


def ids(case: CaseFiles) -> tuple[str, str]:
    """The id of a case and that of its phone. Raises Malformed, and as `CaseFiles`."""
    try:
        manifest = msgspec.json.decode(case.read("manifest.json", limit=None), type=_Manifest)
        device = msgspec.json.decode(manifest.device, type=_Device)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(
            t("error.lake.cannot_read", name="manifest.json"), hint=t("error.database.file_damaged_table")
        ) from error
    facts = bytes(manifest.device)
    case_hash = _short_hash(facts + b"\n" + bytes(manifest.files))
    if device.unique_id:
        return case_hash, _short_hash(device.unique_id.encode())
    # Facts without the time of a backup are those of many phones.
    return case_hash, _short_hash(msgspec.json.encode(msgspec.json.decode(facts))) if device.last_backup else case_hash


def _short_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def add_case(
    lake: Lake,
    case: CaseFiles,
    *,
    folder: Path,
    consent_until: date,
    delete_after: date,
    now: datetime,
    reported: bool = True,
) -> Entry | str:
    """Add a case; gives its id alone where the lake has its rows already. The earlier dates then count, and full records
    replace a case in part. lake.json decides on dates, whatever the rows say. `folder` is what hits will name. `reported`: whether a
    person was shown what the check of the case met. The caller holds the lock.

    Raises as `CaseFiles`, Malformed for a damaged case, Usage for dates that have passed.
    """
    lake.check_clock(now)
    if min(consent_until, delete_after) < now.date():
        raise Usage(t("error.lake.past"), hint=t("error.lake.past_hint"))
    name, device = ids(case)
    known = next((entry for entry in lake.contents.cases if entry.case == name), None)
    others = [entry for entry in lake.contents.cases if entry is not known]
    if known is not None:
        consent_until = min(consent_until, known.consent_until)
        delete_after = min(delete_after, known.delete_after)
        known = msgspec.structs.replace(known, consent_until=consent_until, delete_after=delete_after)
        if known not in lake.contents.cases:
            lake.replace_cases([*others, known])
        if known.whole:
            return name
    findings = findings_of(case)
    facts = Facts(
        case_id=name,
        folder=str(folder.resolve()),
        platform=findings.device.platform,
        consent_until=consent_until,
        delete_after=delete_after,
    )
    rows = tables_of(case, facts, findings, frozenset(lake.contents.suffixes), reported=reported)
    if known is not None and rows.lacking and len(rows.lacking) >= len(known.lacking):
        return name
    ending = f".parquet{'.age' if lake.private else ''}"  # the rest of a name does not explain the case
    files = {f"{secrets.token_hex(16)}.observables{ending}": content for content in rows.observables}
    files[f"{secrets.token_hex(16)}.timeline{ending}"] = rows.timeline
    lake.announce(list(files))
    tables = tuple(_store(lake, *file) for file in files.items())
    entry = Entry(
        case=name,
        device=device,
        added=now.replace(microsecond=0),
        consent_until=consent_until,
        delete_after=delete_after,
        platform=facts.platform,
        whole=not rows.lacking,
        lacking=rows.lacking,
        rows=rows.rows,
        tables=tables,
    )
    old = known.tables if known is not None else ()
    lake.replace_cases([*others, entry], old)
    if old:
        _delete(lake, old)
    return entry


def _store(lake: Lake, name: str, content: bytes) -> Table:
    """Write a table of the lake."""
    stored = encrypted_for(lake.contents.recipients, content)
    table = Table(name=name, size=len(stored), sha256=hashlib.sha256(stored).hexdigest())
    with _written(lake.path(table)) as path:
        write_whole(path, stored)
    return table


def remove_case(lake: Lake, entry: Entry, step: Callable[[str], Any] = lambda _: None) -> None:
    """Delete every row of a case. The caller holds the lock. `step` is called before each step, for tests of a crash."""
    step("contents")
    lake.replace_cases([other for other in lake.contents.cases if other.case != entry.case], entry.tables)
    _delete(lake, entry.tables, step)


def _delete(lake: Lake, tables: Sequence[Table], step: Callable[[str], Any] = lambda _: None) -> None:
    for table in tables:
        step(table.name)
        lake.path(table).unlink(missing_ok=True)
    step("names")
    sync_folder(lake.folder / TABLES)
    lake.announce(())


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a lake; each list in alphabetical order."""

    missing: tuple[str, ...]
    """Files of cases that are not there."""
    changed: tuple[str, ...]
    """Files of cases that are not what was written."""
    strangers: tuple[str, ...]
    """Files that do not belong to the lake."""
    ended: tuple[str, ...]
    """Cases whose consent or time has ended."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.missing or self.changed or self.strangers or self.ended)


def verify(lake: Lake, today: date) -> Verified:
    """Compare every file with lake.json. Changes nothing."""
    missing, changed = [], []
    for entry in lake.contents.cases:
        for table in entry.tables:
            try:
                lake.check(table)
            except Missing:
                missing.append(f"{TABLES}/{table.name} ({entry.case})")
            except Malformed:
                changed.append(f"{TABLES}/{table.name} ({entry.case})")
    return Verified(
        missing=tuple(sorted(missing)),
        changed=tuple(sorted(changed)),
        strangers=tuple(path.relative_to(lake.folder).as_posix() for path in lake.strangers()),
        ended=tuple(entry.case for entry in lake.contents.cases if entry.ended(today)),
    )


__all__ = [
    "Contents",
    "Entry",
    "Lake",
    "Table",
    "Verified",
    "add_case",
    "case_id",
    "create",
    "ids",
    "locked",
    "remove_case",
    "verify",
]
