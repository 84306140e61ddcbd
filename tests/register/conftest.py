"""A small invented register for each test, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.register import maker


@pytest.fixture
def made(tmp_path: Path, database: str | None) -> Iterator[maker.Made]:
    """A small invented register, on each database."""
    with maker.copied(tmp_path / "register", database=database) as one:
        yield one
