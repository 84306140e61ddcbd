"""What people install: the wheel in an environment of its own, outside the checkout, with each Python and each extra."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil import cli
from tests.investigation.drawn import holders

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BASE_MB = 225
"""Megabytes that the base install takes at most, beside the pip and setuptools of a new environment."""
OF_VENV = ("pip", "setuptools", "pkg_resources", "_distutils_hack")
PHONE = ROOT / "examples" / "phone"
PASSWORD = ROOT / "examples" / "password.txt"
RUNTIME_LOCK = ROOT / "requirements-runtime.lock"


def environment(**more: str) -> dict[str, str]:
    """Nothing of the checkout, and no settings of this machine's user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SOUSVEIL", "VIRTUAL"))}
    return {**kept, **more}


def interpreter(minor: int) -> str | None:
    """Python 3.`minor` where one that can make environments is on the path (or pyenv offers it)."""
    name = f"python3.{minor}"
    for settings in ({}, {"PYENV_VERSION": f"3.{minor}"}):
        command = [name, "-c", "import ensurepip, sys, venv; print(sys.executable)"]
        with_settings = environment(**settings)
        if shutil.which(name) is None:
            return None
        done = subprocess.run(command, env=with_settings, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, env=environment(), check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def pins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The locked versions as constraints."""
    path = tmp_path_factory.mktemp("pins") / "constraints.txt"
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    path.write_text("\n".join(line.rstrip(" \\") for line in lines if re.match(r"[\w.-]+==", line)))
    return path


def install(python: str, folder: Path, what: str, pins: Path) -> Path:
    """An environment with this; gives the folder of its programs."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True, env=environment())
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    command = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--only-binary", ":all:", "--constraint", str(pins), what],
        env=environment(), cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return programs


def ran(programs: Path, folder: Path, *words: str) -> tuple[int, str, str]:
    """Run the installed program in a folder of its own."""
    settings = environment(HOME=str(folder), SOUSVEIL_DATA=str(folder / "data"))
    command = [str(programs / "sousveil"), *words]
    done = subprocess.run(command, env=settings, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.wheel
def test_what_the_wheel_contains(wheel: Path) -> None:
    assert wheel.name == f"sousveil-{cli.__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    package = ROOT / "src" / "sousveil"
    kept = {
        f"sousveil/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert kept <= set(names)
    assert {name.partition("/")[0] for name in names} == {"sousveil", f"sousveil-{cli.__version__}.dist-info"}


@pytest.mark.wheel
@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_the_base_install_checks_a_phone(tmp_path: Path, wheel: Path, pins: Path, minor: int) -> None:
    python = interpreter(minor)
    if python is None:
        pytest.skip(f"no python3.{minor} here")
    programs = install(python, tmp_path / "environment", str(wheel), pins)
    packages = [path for path in (tmp_path / "environment").glob("lib/*/site-packages/*") if path.name not in OF_VENV]
    files = [file for path in packages for file in ([path] if path.is_file() else path.rglob("*"))]
    size = sum(file.lstat().st_blocks * 512 for file in files)
    assert 100 << 20 < size <= BASE_MB << 20, f"{size >> 20} MB"
    check = ["check", str(PHONE), "--password-file", str(PASSWORD), "--out", "case"]
    code, out, _ = ran(programs, tmp_path, *check)
    assert code == 1 and "Pegasus" in out
    findings = json.loads((tmp_path / "case" / "findings.json").read_text("utf-8"))
    assert findings["verdict"] == "traces_found"
    code, out, err = ran(programs, tmp_path, "timeline", "case", "--jsonl")
    assert (code, err) == (0, "") and len(out.splitlines()) > 20
    for words in (["serve"], ["worker"]):
        code, out, err = ran(programs, tmp_path, *words)
        assert (code, out) == (2, "")
        assert err.startswith(
            f"sousveil: `sousveil {words[0]}` needs the extra [register], which is not installed.\nInstall"
        )


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The programs of an environment with the runtime lock and the wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("locked")
    settings = environment(HOME=str(folder), PIP_CONFIG_FILE=os.environ.get("PIP_CONFIG_FILE", ""))
    subprocess.run([sys.executable, "-m", "venv", str(folder / "environment")], check=True, env=settings)
    programs = folder / "environment" / "bin"
    command = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for words in (
        ["--require-hashes", "--only-binary", ":all:", "-r", str(RUNTIME_LOCK)],
        ["--no-deps", str(wheel)],
    ):
        done = subprocess.run([*command, *words], env=settings, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    done = subprocess.run(
        [str(programs / "python"), "-m", "pip", "check"], env=settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    return programs


@pytest.mark.wheel
def test_the_runtime_lock_is_all_that_a_check_needs(tmp_path: Path, locked: Path) -> None:
    assert ran(locked, tmp_path, "--version") == (0, f"sousveil {cli.__version__}\n", "")
    check = ["check", str(PHONE), "--password-file", str(PASSWORD), "--out", "case"]
    code, out, _ = ran(locked, tmp_path, *check)
    assert code == 1 and "Pegasus" in out


@pytest.mark.wheel
def test_the_runtime_lock_serves_verifies_and_backs_up_a_register(tmp_path: Path, locked: Path) -> None:
    made = ran(locked, tmp_path, "register", "init", "r", "--title", "Ours", "--origin", "a.example/log")
    assert made[0] == 0, made
    for words in (["backup", "b", "--register", "r"], ["restore", "b", "again"], ["verify", "again"]):
        code, out, err = ran(locked, tmp_path, "register", *words)
        assert code == 0, (out, err)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = environment(HOME=str(tmp_path), SOUSVEIL_DATA=str(tmp_path / "data"))
    serve = [str(locked / "sousveil"), "serve", "--register", "r", "--port", str(port)]
    with subprocess.Popen(serve, env=settings, cwd=tmp_path, stderr=subprocess.PIPE) as server:
        try:
            assert "Ours" in first_page(port, server)
        finally:
            server.terminate()


@pytest.mark.wheel
def test_the_runtime_lock_opens_a_vault(tmp_path: Path, locked: Path) -> None:
    people = holders(tmp_path, 2)
    (tmp_path / "list.csv").write_text("number,client\n+442079460123,A\n+442079460124,A\n")
    opening = [word for one in people for word in ("--identity", str(one.file))]
    for words in (
        ["init", "vault", *(word for one in people for word in ("--holder", one.recipient))],
        ["import", "list.csv", *opening],
        ["key", "new", "key"],
    ):
        code, _, err = ran(locked, tmp_path, "investigation", *words)
        assert code == 0, err
    code, out, _ = ran(locked, tmp_path, "investigation", "summary", *opening)
    assert code == 0 and "2 different numbers" in out


@pytest.mark.wheel
def test_the_extra_cluster_examines_on_a_worker(tmp_path: Path, wheel: Path, pins: Path) -> None:
    programs = install(sys.executable, tmp_path / "environment", f"{wheel}[cluster]", pins)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    settings = environment(HOME=str(tmp_path), SOUSVEIL_DATA=str(tmp_path / "data"))
    ours = ["--no-dashboard", "--dashboard-address", "127.0.0.1:0", "--host"]
    commands = (["scheduler", *ours, address], ["worker", address, "--nthreads", "1", *ours, "127.0.0.1"])
    started = [
        subprocess.Popen([str(programs / "dask"), *words], env=settings, cwd=tmp_path, stderr=subprocess.DEVNULL)
        for words in commands
    ]
    try:
        check = ["check", str(PHONE), "--password-file", str(PASSWORD), "--out", "cases", "--on", address]
        code, out, err = ran(programs, tmp_path, *check)
    finally:
        for process in started:
            process.terminate()
            process.wait()
    assert code == 1 and "Pegasus" in out, err
    (findings,) = (tmp_path / "cases").glob("case-*/findings.json")
    assert json.loads(findings.read_text("utf-8"))["verdict"] == "traces_found"


def first_page(port: int, server: subprocess.Popen[bytes]) -> str:
    """The first page of a server that is starting."""
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                return str(answer.read().decode("utf-8"))
        except OSError:
            assert server.poll() is None, server.stderr and server.stderr.read()
            time.sleep(0.1)


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", text)[0].lower().replace("_", "-") for text in requirements}


def _within(names: set[str]) -> set[str]:
    """Packages with all that they need."""
    known: set[str] = set()
    rest = set(names)
    while rest:
        name = rest.pop()
        known.add(name)
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        rest |= _names([need for need in needs if "extra ==" not in need]) - known
    return known


def test_every_module_that_only_an_extra_brings_is_known_to_the_command_line() -> None:
    base = _within(_names(PROJECT["dependencies"]))
    brings = importlib.metadata.packages_distributions()
    imported = {
        match[1]
        for path in (ROOT / "src" / "sousveil").rglob("*.py")
        for match in re.finditer(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    outside = {name for name in imported & set(brings) if name != "sousveil"}
    lacking = {name for name in outside if not _names(brings[name]) & base}
    assert lacking <= set(cli.EXTRAS), lacking
    assert set(cli.EXTRAS.values()) == set(PROJECT["optional-dependencies"]) - {"dev"}


@pytest.mark.parametrize(
    ("module", "extra"), [("django.conf", "register"), ("rapidfuzz", "register"), ("phonenumbers", "investigation")]
)
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: str, extra: str
) -> None:
    def lacking(_: object) -> int:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setitem(cli.VERBS, "serve", lacking)
    assert cli.main(["serve"]) == 2
    wheel = f"./sousveil-{cli.__version__}-py3-none-any.whl[{extra}]"
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"sousveil: `sousveil serve` needs the extra [{extra}], which is not installed.",
        f"Install it with: pipx install --force '{wheel}'   (or: pip install '{wheel}')",
    ]


def test_another_missing_module_is_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lacking(_: object) -> int:
        raise ModuleNotFoundError("No module named 'lz4'", name="lz4")

    monkeypatch.setitem(cli.VERBS, "serve", lacking)
    assert cli.main(["serve"]) == 2
    assert "extra" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-runtime.lock"])
def test_a_lock_names_no_place_and_has_a_hash_for_everything(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text and "--index" not in text
    packages = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 40 and all("--hash=sha256:" in package for package in packages)


def test_the_runtime_lock_is_the_part_of_the_development_lock_that_people_run() -> None:
    whole, runtime = (
        dict(re.findall(r"^([\w.-]+==\S+)(?: ;[^\n]*?)? \\\n((?:    --hash=\S+(?: \\)?\n)+)", text, re.MULTILINE))
        for text in ((ROOT / name).read_text("utf-8") for name in ("requirements.lock", RUNTIME_LOCK.name))
    )
    assert len(runtime) > 40
    differing = {pin for pin, hashes in runtime.items() if whole.get(pin) != hashes}
    assert not differing
    extras = PROJECT["optional-dependencies"]
    wanted = _names([*PROJECT["dependencies"], *extras["register"], *extras["investigation"]])
    names = {pin.partition("==")[0] for pin in runtime}
    assert wanted <= names and not names & _names([*extras["dev"], *extras["cluster"]])
    assert {"hatchling", "editables"} <= {pin.partition("==")[0] for pin in whole}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
