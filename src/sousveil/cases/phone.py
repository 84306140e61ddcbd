"""The records of a backup, artefact by artefact, for programs that want the data and no verdict."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sousveil.acquisition.find import find_backups
from sousveil.acquisition.model import Device
from sousveil.artefacts.model import Artefact, artefacts_for, known_artefact
from sousveil.cases.opening import Secret, as_error, unlock
from sousveil.cases.pool import Pool
from sousveil.cases.run import locate
from sousveil.cases.settings import Settings
from sousveil.cases.tasks import Broken, Failed, Located, ReadTask
from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.records import Batch, Source, check_batch, unpacked
from sousveil.texts import t

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PhoneRecord:
    """One row of an artefact. `record["text"]` gives the value of a field; a field without a value gives None."""

    artefact: str
    """Such as `ios.sms`."""
    values: dict[str, Any]
    """The fields that have a value, as the reference of the artefact lists them; instants are datetimes in UTC."""
    extra: dict[str, Any]
    """Columns of the evidence for which the artefact has no field."""
    source: Source
    """Where the row lies."""

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)


class Phone:
    """An opened backup. Use as a context manager; `phone["ios.sms"]` yields the records of an artefact.

    Worker processes parse; this process never parses evidence.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises Usage, Missing, Locked or Malformed where the backup cannot be opened."""
        (path,) = settings.paths
        backups = find_backups(path)
        if len(backups) > 1:
            raise Usage(
                t("error.phone.contains_backups", path=visible(str(path)), backups=len(backups)),
                hint=t("error.common.name_folder_backup"),
            )
        self._path = backups[0]
        self._pool = Pool(1)
        try:
            self._opened = unlock(
                self._pool, self._path, Secret(settings, password=settings.password, ask=settings.ask)
            )
            self._located: list[Located] | None = None
        except BaseException:
            self._pool.close()
            raise

    @property
    def device(self) -> Device:
        """The phone: model, system version, and whether the backup is encrypted."""
        return self._opened.device

    @property
    def artefacts(self) -> list[str]:
        """The names of the artefacts that this backup contains."""
        return sorted({located.artefact for located in self._files()})

    def __getitem__(self, artefact: str) -> Iterator[PhoneRecord]:
        """The records of an artefact, in the order of the evidence; none where the backup lacks it. Raises KeyError for a name
        that no artefact has, and what the reader raises for a damaged file."""
        known = known_artefact(artefact)
        if known is None:
            raise KeyError(f"{artefact!r} is no artefact; `sousveil artefacts` lists them")
        return self._records(known)

    def _files(self) -> list[Located]:
        if self._located is None:
            self._located = list(
                locate(self._pool, self._path, artefacts_for(self.device).values(), self._opened.derived_key)
            )
        return self._located

    def _records(self, artefact: Artefact) -> Iterator[PhoneRecord]:
        for located in self._files():
            if located.artefact != artefact.name:
                continue
            task = ReadTask(artefact=artefact.name, files=located.files, device=self.device)
            for answer in self._pool.one(task):
                if isinstance(answer, Failed | Broken):
                    raise as_error(answer)
                if isinstance(answer, Batch):
                    check_batch(answer, artefact.record)
                    yield from _rows(artefact, answer)

    def close(self) -> None:
        """End the worker."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _rows(artefact: Artefact, batch: Batch) -> Iterator[PhoneRecord]:
    columns = {name: batch.column(name) for name in artefact.kinds if name in batch.columns or name in batch.same}
    extra = {name: unpacked(values) for name, values in batch.extra.items()}
    for name, kind in artefact.kinds.items():
        if kind.instant and name in columns:
            columns[name] = [_instant(value) for value in columns[name]]
    for row in range(batch.count):
        further = {**batch.extra_same, **{name: values[row] for name, values in extra.items()}}
        yield PhoneRecord(
            artefact=artefact.name,
            values={name: values[row] for name, values in columns.items() if values[row] is not None},
            extra={name: value for name, value in further.items() if value is not None},
            source=batch.source(row),
        )


def _instant(micros: object) -> datetime | None:
    if isinstance(micros, int):
        with contextlib.suppress(OverflowError):
            return _EPOCH + timedelta(microseconds=micros)
    return None


def open_phone(path: Path, password: str | None, password_file: Path | None, key_file: Path | None) -> Phone:
    """A backup opened for reading."""
    return Phone(Settings(paths=(path,), password=password, password_file=password_file, key_file=key_file))


__all__ = ["Phone", "PhoneRecord", "open_phone"]
