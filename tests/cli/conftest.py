"""Phones that several tests look at, made once; nobody changes them (every run proves that)."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runner import LURE, Sousveil, small, whole


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all runs: indicators are compiled once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def sv(tmp_path: Path, cache: Path) -> Sousveil:
    """The program, at home in a new folder."""
    home = tmp_path / "home"
    home.mkdir()
    return Sousveil(home, cache)


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small plain backup without traces; much of a phone is missing in it."""
    return small(tmp_path_factory.mktemp("quiet") / "b", "good morning", "good night")


@pytest.fixture(scope="session")
def lured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small plain backup with one link that is looked for."""
    return small(tmp_path_factory.mktemp("lured") / "b", f"see https://a.{LURE}/x?y=1", "good night", seed=2)


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small encrypted backup with one link that is looked for."""
    return small(tmp_path_factory.mktemp("locked") / "b", f"see https://a.{LURE}/x?y=1", seed=3, encrypted=True)


@pytest.fixture(scope="session")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted backup without traces in which nothing is missing."""
    return whole(tmp_path_factory.mktemp("complete") / "b")
