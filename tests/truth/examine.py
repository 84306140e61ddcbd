"""A backup through the real pipeline, in this process with two workers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sousveil.cases.pool import Pool
from sousveil.cases.run import Examination, Examined, Options, open_path
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet


@dataclass(frozen=True)
class Trial:
    """An input with planted traces, or with values that only look like published ones."""

    path: Path
    wanted: Collection[tuple[str, str]] = ()
    """(artefact, indicator) of each trace."""
    near: int = 0
    """Values that only look like published ones."""
    password: bytes | None = None
    also: Collection[str] = ()
    """Further indicators that the planted traces match: the last part of a path may be published too."""


def examine(
    pool: Pool,
    backup: Path,
    index: Index,
    sets: Sequence[IndicatorSet],
    *,
    password: bytes | None = None,
    scan: bool = True,
) -> Examined:
    """What `sousveil check` makes of a backup, without files."""
    opened = open_path(pool, backup, password=password)
    examination = Examination(
        pool, backup, opened, index, sets, Options(scan=scan, today=date(2026, 11, 24)), lambda *_: None
    )
    examination.read(None)
    for _ in examination.files():
        pass
    examined = examination.result()
    assert examined.internal_errors == ()
    return examined
