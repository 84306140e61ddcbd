"""The example register, made once, and applications over it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.register.register import Register
from sousveil.web.outer import Outer
from sousveil.web.site import Site

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="session")
def made_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example register; not to be changed."""
    sys.path.insert(0, str(EXAMPLES))
    try:
        import make_register
    finally:
        sys.path.remove(str(EXAMPLES))
    folder = tmp_path_factory.mktemp("example") / "register"
    make_register.make(folder).close()
    return folder


@pytest.fixture
def folder(made_example: Path, tmp_path: Path) -> Path:
    """A copy of the example register that may be changed."""
    return Path(shutil.copytree(made_example, tmp_path / "register"))


@pytest.fixture(scope="session")
def app(made_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outer]:
    """The application over the example register."""
    copy = Path(shutil.copytree(made_example, tmp_path_factory.mktemp("app") / "register"))
    outer = Outer(Site.open(copy))
    yield outer
    outer.site.register.close()


@pytest.fixture
def register(folder: Path) -> Iterator[Register]:
    """The copy, open."""
    with Register.open(folder) as opened:
        yield opened
