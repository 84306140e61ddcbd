"""The example register, served by the real server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.decisions.procedures.clerk import Clerk
from tests.web.serving import served_here


@pytest.fixture(scope="session")
def invented(example_register: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example register; not to be changed."""
    return Path(shutil.copytree(example_register, tmp_path_factory.mktemp("invented") / "register"))


@pytest.fixture
def clerk(invented: Path, tmp_path: Path) -> Iterator[Clerk]:
    """A register of its own for each test, and somebody who publishes in it."""
    folder = Path(shutil.copytree(invented, tmp_path / "register"))
    signed = tmp_path / "signed"
    signed.mkdir()
    with served_here(folder) as address:
        yield Clerk(address, folder / "example-keys", signed)
