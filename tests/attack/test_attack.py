"""The attacks of `make attack`, with fewer tries in `make test`. A line that did not hold names what got through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.__main__ import ATTACKS, BROWSER, POSTGRES, run
from tests.attack.field import Attack, Field, field_on
from tests.profiles import FULL

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of playwright


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """The register served on SQLite."""
    with field_on(tmp_path_factory.mktemp("attack"), None, full=FULL) as served:
        yield served


def held(field: Field, attacks: tuple[Attack, ...]) -> None:
    """All of these hold, and each was tried."""
    results = list(run(field, attacks))
    assert {one.name: one.broken for one in results if one.broken} == {}
    assert all(one.tried for one in results)


@pytest.mark.browser
def test_in_chromium(field: Field) -> None:
    held(field, BROWSER)


def test_on_sqlite(field: Field) -> None:
    held(field, ATTACKS)


@pytest.mark.postgres
def test_on_postgresql(tmp_path: Path, postgres_server: str) -> None:
    with field_on(tmp_path, postgres_server, full=FULL) as served:
        held(served, POSTGRES)
