"""The example register, served by the real server."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.decisions.procedures.clerk import Clerk
from tests.web.serving import served_here

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example register; not to be changed."""
    sys.path.insert(0, str(EXAMPLES))
    try:
        import make_register
    finally:
        sys.path.remove(str(EXAMPLES))
    folder = tmp_path_factory.mktemp("invented") / "register"
    make_register.make(folder).close()
    return folder


@pytest.fixture
def clerk(invented: Path, tmp_path: Path) -> Iterator[Clerk]:
    """A register of its own for each test, and somebody who publishes in it."""
    folder = Path(shutil.copytree(invented, tmp_path / "register"))
    signed = tmp_path / "signed"
    signed.mkdir()
    with served_here(folder) as address:
        yield Clerk(address, folder / "example-keys", signed)
