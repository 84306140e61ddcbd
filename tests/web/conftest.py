"""The example register, made once, and applications over it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from examples.make_register import make
from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.register.folder import Folder
from sousveil.register.intake.registry import shipped
from sousveil.register.load import load
from sousveil.register.register import Register
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.databases import databases
from tests.profiles import once

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[..., str | None]]:
    """Gives what `Register.init` takes as `database`: None for the folder's own file, else the address of an empty one.

    `like`: the address of one to copy, which nobody has open.
    """
    if request.param == "sqlite":
        yield lambda like=None: None
        return
    with databases(request.getfixturevalue("postgres_server")) as new:
        yield new


@pytest.fixture(scope="session")
def closed_example(
    new_database: Callable[..., str | None], example_register: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of the example register, on each database; nobody opens it, so that its database can be copied."""
    database = new_database()
    if database is None:
        return example_register
    folder = tmp_path_factory.mktemp("closed") / "register"
    make(folder, database=database).close()
    return folder


@pytest.fixture(scope="session")
def made_example(
    closed_example: Path, new_database: Callable[..., str | None], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The same, to be opened and not to be changed."""
    return _copied(closed_example, tmp_path_factory.mktemp("example") / "register", new_database)


@pytest.fixture
def folder(closed_example: Path, new_database: Callable[..., str | None], tmp_path: Path) -> Path:
    """A copy of the example register that may be changed, its database included."""
    return _copied(closed_example, tmp_path / "register", new_database)


def _copied(closed: Path, goal: Path, new_database: Callable[..., str | None]) -> Path:
    copy = Folder(Path(shutil.copytree(closed, goal)))
    config = copy.config()
    database = new_database(like=config.database)
    if database is not None:
        copy.write_config(msgspec.structs.replace(config, database=database))
    return copy.root


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
    with Register.open(folder, gate=gate) as opened:
        yield opened


@pytest.fixture(scope="session")
def every_source(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """The folder of a register with the core and every shipped source; to be copied."""

    def fill(folder: Path) -> None:
        named = ["--title", "Core", "--origin", "core.example/log"]
        assert main(["register", "init", str(folder), *named, "--with-core"]) == 0
        with Register.open(folder, gate=gate) as register:
            for name, intake in shipped().items():
                if name != "core" and not intake.dataset.example:
                    load(register, name, shared_data / "register" / name, non_commercial=True)

    return once(tmp_path_factory, "every-source", fill)


@pytest.fixture(scope="session")
def locale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both pseudo-locales."""
    command = [sys.executable, str(ROOT / "scripts" / "extract_texts.py"), "--pseudo"]
    return once(tmp_path_factory, "locale", lambda folder: subprocess.run([*command, str(folder)], check=True))
