"""The attacks of `make attack`, with fewer tries in `make test`. A line that did not hold names what got through."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.__main__ import ATTACKS, BROWSER, POSTGRES, run
from tests.attack.field import Attack, field_on
from tests.profiles import FULL

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of playwright


def held(root: Path, postgres: str | None, attacks: tuple[Attack, ...]) -> None:
    """All of these, on one served register."""
    with field_on(root, postgres, full=FULL) as field:
        results = list(run(field, attacks))
    assert {one.name: one.broken for one in results if one.broken} == {}
    assert all(one.tried for one in results)


def test_on_sqlite(tmp_path: Path) -> None:
    held(tmp_path, None, ATTACKS)


@pytest.mark.postgres
def test_on_postgresql(tmp_path: Path, postgres_server: str) -> None:
    held(tmp_path, postgres_server, POSTGRES)


@pytest.mark.browser
def test_in_chromium(tmp_path: Path) -> None:
    held(tmp_path, None, BROWSER)
