"""Every test of an artefact runs twice: tables are read out of their pages, and by SQLite alone."""

from __future__ import annotations

import pytest

from sousveil.readers.pages import SETTING


@pytest.fixture(autouse=True, params=["pages", "sqlite"])
def table_reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which reader answers the queries over tables."""
    if request.param == "sqlite":
        monkeypatch.setenv(SETTING, "off")
