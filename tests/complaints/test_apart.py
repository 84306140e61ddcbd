"""Complaints and the register keep apart: folder, user, imports, statements, exports, backups."""

from __future__ import annotations

import contextlib
import os
import pkgutil
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.complaints import sealing, separation
from sousveil.complaints.desk import Desk
from sousveil.complaints.parcel import Attached, Message
from sousveil.errors import Usage
from tests.complaints.places import (
    HOST,
    SOURCE,
    Place,
    command,
    environment,
    give_to_nobody,
    made,
    nobody,
    served,
    words_of,
)

KEYS = [sealing.new_identity()[1] for _ in range(3)]
CANARY = "canary-kept-apart-318"


def init(path: Path, *more: str) -> list[str]:
    return [
        "complaints", "init", str(path), "--host", HOST, "--handler", f"A={KEYS[0]}", "--handler", f"B={KEYS[1]}",
        "--recovery", f"R={KEYS[2]}", *more,
    ]  # fmt: skip


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """An empty register of this user."""
    line = [
        "register",
        "init",
        str(tmp_path / "r" / "register"),
        "--title",
        "T",
        "--origin",
        "r.example/log",
        "--example",
    ]
    (tmp_path / "r").mkdir()
    assert main(line) == 0
    return tmp_path / "r" / "register"


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder through which every user may pass, so that nothing but a folder's own mode keeps others out."""
    path = Path(tempfile.mkdtemp(prefix="sousveil-users-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def private_register(path: Path) -> Path:
    """A register as `init` makes it, of a third user."""
    line = ["register", "init", str(path), "--title", "T", "--origin", "r.example/log", "--example"]
    assert main(line) == 0
    for one in (path, *path.rglob("*")):
        os.chown(one, 65533, 65533)
    return path


@pytest.mark.parametrize("below", ["", "complaints", "a/b/c"])
def test_never_in_a_registers_folder(register: Path, below: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(init(register / below, "--one-user")) == 2
    assert capsys.readouterr().err == (
        f"sousveil: There is a register in {register}; complaints never share a folder with it.\n"
        "Name a folder elsewhere, and let another system user own it.\n"
    )
    assert not (register / "complaints.toml").exists() and not (register / "complaints").exists()


def test_never_above_one_nor_through_a_link(register: Path, tmp_path: Path) -> None:
    with pytest.raises(Usage, match="never share a folder"):
        separation.check_folder(register.parent)
    (tmp_path / "link").symlink_to(register)
    with pytest.raises(Usage, match="never share a folder"):
        separation.check_folder(tmp_path / "link" / "complaints")


def test_never_as_the_user_of_a_register(register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(init(tmp_path / "c", "--register", str(register))) == 2
    said = capsys.readouterr().err
    assert ("This user owns the register" in said) or ("This is root" in said)
    assert said.endswith(
        "Run complaints as a system user of their own. On a test machine with a single user, with nothing real on it, say "
        "--one-user.\n"
    )
    assert not (tmp_path / "c").exists()
    assert main(init(tmp_path / "c", "--register", str(register), "--one-user")) == 0
    told = capsys.readouterr()
    assert f"Not kept apart, as --one-user says: This user owns the register in {register}.\n" in told.err
    for verb in (["serve", "--port", "1"],):
        assert main(["complaints", *verb, "--complaints", str(tmp_path / "c")]) == 2
    (tmp_path / "c").chmod(0o750)
    assert main(["complaints", "serve", "--one-user", "--complaints", str(tmp_path / "c")]) == 2
    assert "Others may look into this folder." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (["--handler", f"A={KEYS[0]}", "--recovery", f"R={KEYS[2]}"], "at least two named handlers"),
        (
            ["--handler", f"A={KEYS[0]}", "--handler", f"A={KEYS[1]}", "--recovery", f"R={KEYS[2]}"],
            "Two keys would bear one name",
        ),
        (["--handler", f"A={KEYS[0]}", "--handler", f"B={KEYS[0]}", "--recovery", f"R={KEYS[2]}"], "are the same"),
        (["--handler", f"A={KEYS[0]}", "--handler", f"B={KEYS[1]}", "--recovery", f"R={KEYS[1]}"], "are the same"),
        (["--handler", "A=age1x", "--handler", f"B={KEYS[1]}", "--recovery", f"R={KEYS[2]}"], "not an age recipient"),
        (["--handler", "A", "--handler", f"B={KEYS[1]}", "--recovery", f"R={KEYS[2]}"], "is no NAME=age1"),
    ],
)
def test_no_installation_with_too_few_keys(
    tmp_path: Path, wrong: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["complaints", "init", str(tmp_path / "c"), "--host", HOST, "--one-user", *wrong]
    assert main(line) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


@pytest.mark.skipif(not nobody(), reason="another user needs root and setpriv")
def test_two_users_neither_reads_the_other(passable: Path) -> None:
    """The server runs as `nobody`, the register belongs to another user; each is refused the other's folder."""
    register = private_register(passable / "register")
    place = made(passable / "complaints", registers=[str(register)])
    give_to_nobody(place.folder.root)
    as_register = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]
    with served(place, one_user=False, as_nobody=True) as server:
        assert "Uid:\t65534\t65534" in Path(f"/proc/{server.process.pid}/status").read_text()
        status, _, page = server.post("/", text=CANARY)
        assert status == 200 and len(words_of(page).split()) == 9
        theirs = (register / "register.toml", register / "register.sqlite", register / "keys" / "log")
        ours = (place.folder.database, place.folder.root / "complaints.toml", place.folder.root / "lock")
        for user, paths in ((nobody(), theirs), (as_register, ours)):
            for path in paths:
                assert path.exists()
                refused = subprocess.run([*user, "cat", path], capture_output=True, text=True, check=False)
                assert (refused.returncode, refused.stdout) == (1, "") and "Permission denied" in refused.stderr, path
        for pid in family(server.process.pid):
            limits = Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"Max core file size\s+0\s+0 ", limits)
            looked = subprocess.run(
                [*nobody(), "head", "-c1", f"/proc/{pid}/environ"], capture_output=True, check=False
            )
            assert (looked.returncode, looked.stdout) == (1, b"")  # not even a process of the same user looks into it
    line = command("serve", "--complaints", place.folder.root, "--port", "1")
    started = subprocess.run(
        [*as_register, *line], env=environment(), capture_output=True, text=True, check=False, cwd="/"
    )
    assert started.returncode == 2 and "Permission denied" in started.stderr and CANARY not in started.stderr


def family(pid: int) -> list[int]:
    """A process and what it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


@pytest.mark.skipif(not nobody(), reason="another user needs root and setpriv")
def test_a_register_that_can_be_read_is_refused(passable: Path) -> None:
    register = private_register(passable / "register")
    place = made(passable / "complaints", registers=[str(register)])
    give_to_nobody(place.folder.root)
    register.chmod(0o755)
    line = [*nobody(), *command("serve", "--complaints", place.folder.root, "--port", "1")]
    run = subprocess.run(line, env=environment(), capture_output=True, text=True, check=False, cwd="/")
    assert run.returncode == 2
    assert "This user can read the register" in run.stderr and "chmod 700" in run.stderr


# ---------------------------------------------------------------- code and data


def test_nothing_of_the_register_imports_complaints_and_back() -> None:
    """Beside the contract of import-linter: no word of an import, and no module that is loaded by the way."""
    for package in ("register", "web", "decisions", "ledger", "cases"):
        for file in (SOURCE / "sousveil" / package).rglob("*.py"):
            assert not re.search(r"^\s*(from|import) sousveil[. ].*complaints", file.read_text(), re.M), file
    allowed = re.compile(r"sousveil\.(errors|kinds|ledger|complaints)\b")
    for file in (SOURCE / "sousveil" / "complaints").rglob("*.py"):
        for line in re.findall(r"^\s*(?:from|import) (sousveil\S*)", file.read_text(), re.M):
            assert allowed.match(line) or line == "sousveil.ledger", (file, line)
    code = (
        "import sys, pkgutil, importlib, sousveil.{0} as p\n"
        "for m in pkgutil.walk_packages(p.__path__, p.__name__ + '.'): importlib.import_module(m.name)\n"
        "print([m for m in sys.modules if m.startswith('sousveil.{1}')])"
    )
    for one, other in (("complaints", "register"), ("complaints", "web"), ("register", "complaints")):
        run = subprocess.run(
            [sys.executable, "-c", code.format(one, other)],
            capture_output=True,
            text=True,
            check=True,
            env=environment(),
        )
        assert run.stdout == "[]\n", (one, other)


def test_no_record_type_is_a_complaint() -> None:
    from sousveil.register import types

    names = [module.name for module in pkgutil.walk_packages(types.__path__)]
    assert names and not any("complaint" in name for name in names)


@pytest.fixture
def both(example_register: Path, tmp_path: Path) -> Iterator[tuple[Path, Place]]:
    """The example register, and complaints on the same machine."""
    folder = Path(shutil.copytree(example_register, tmp_path / "r" / "register"))
    place = made(tmp_path / "c" / "complaints")
    Desk(place.folder).hand_in(Message(text=CANARY, files=(Attached("f", CANARY.encode() * 300),)))
    yield folder, place


def test_no_export_and_no_backup_of_a_register_holds_any_of_it(both: tuple[Path, Place], tmp_path: Path) -> None:
    """Every form of export, the database's own backup, and all files of the register."""
    from sousveil.register.verbs.arguments import FORMS

    folder, place = both
    out = tmp_path / "out"
    out.mkdir()
    for form in FORMS:
        line = ["register", "export", form, "--register", str(folder), "--out", str(out / form)]
        assert main(line) == 0, form
    with (
        contextlib.closing(sqlite3.connect(folder / "register.sqlite")) as source,
        contextlib.closing(sqlite3.connect(out / "backup.sqlite")) as copy,
    ):
        source.backup(copy)
        tables = {row[0] for row in source.execute("SELECT name FROM sqlite_master")}
    assert not any("complaint" in name or "thread" in name for name in tables)
    with place.store.reading() as connection:
        ids = [row[0].encode() for row in connection.execute("SELECT id FROM thread UNION SELECT id FROM message")]
        bodies = [row[0] for row in connection.execute("SELECT body FROM message")]
    pieces = [
        CANARY.encode(),
        *ids,
        *(body[at : at + 24] for body in bodies for at in range(500, len(body) - 24, 2000)),
    ]
    files = [path for root in (out, folder) for path in root.rglob("*") if path.is_file()]
    assert len(files) > 100
    for path in files:
        data = path.read_bytes()
        assert not any(piece in data for piece in pieces), path
