"""The public Python interface: what the guide shows, what is imported when, and that nothing below it prints."""

from __future__ import annotations

import ast
import json
import logging
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import sousveil
from phonegen import Phone
from phonegen.ios import sms

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "guides" / "use-from-python.md").read_text("utf-8")
HALF = ("acquisition", "artefacts", "cases", "findings", "indicators", "readers")
SOURCE = ROOT / "src" / "sousveil"
AT = 1_740_000_000


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small encrypted backup with one link that is looked for, in the second of two messages."""
    texts = ("good morning", "see https://lure-for-tests.example/x")
    with Phone(iterations=(1000, 10), password="pw", encrypted=True) as phone:

        def fill(db: Any) -> None:
            for number, text in enumerate(texts):
                sms.insert(db, phone.major, text=text, handle="+15550100", at=AT + number)

        phone.database(sms, fill)
        return phone.write(tmp_path_factory.mktemp("locked") / "b")


def test_the_guide_runs(tmp_path: Path) -> None:
    """Every example, one after another in one process, as in a notebook."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    program = tmp_path / "guide.py"
    program.write_text("\n".join(re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)))
    ran = subprocess.run([sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0] == "traces_found 1"
    assert any(line.startswith("strong ios.sms 2021-06-06") for line in lines)
    assert any(re.fullmatch(r"phone traces_found \d+", line) for line in lines)
    assert "1" in lines
    assert any(line.startswith("the password does not open this backup.") for line in lines)
    assert len(lines) > 10 and "Traceback" not in ran.stderr


def test_a_check_gives_a_case_and_prints_nothing(
    locked: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOUSVEIL_DATA", str(tmp_path / "data"))
    iocs = tmp_path / "iocs.txt"
    iocs.write_text("lure-for-tests.example\n")
    case = sousveil.check(locked, password="pw", indicators=[iocs], bundled=False, scan=False)
    assert isinstance(case, sousveil.Case)
    assert [(f.artefact, f.source.row) for f in case.findings] == [("ios.sms", 2)]
    assert case.exit_code == 1
    assert json.loads(sousveil.to_json(case))["verdict"] == str(case.verdict)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "data") == ["iocs.txt"]
    written = sousveil.check(locked, password="pw", indicators=[iocs], bundled=False, scan=False, out="case")
    assert written == case and (tmp_path / "case" / "findings.json").read_bytes() == sousveil.to_json(case)
    assert json.loads((tmp_path / "case" / "run.json").read_bytes())["arguments"] == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("password", [None, "wrong"])
def test_without_the_password_it_is_locked_and_nobody_is_asked(locked: Path, password: str | None) -> None:
    for act in (sousveil.check, sousveil.open):
        with pytest.raises(sousveil.Locked):
            act(locked, password=password)


def test_several_backups_are_no_single_one(locked: Path, tmp_path: Path) -> None:
    for name in "ab":
        shutil.copytree(locked, tmp_path / name)
    for act in (sousveil.check, sousveil.open):
        with pytest.raises(sousveil.Usage, match="contains 2 backups"):
            act(tmp_path, password="pw")
    with pytest.raises(sousveil.Usage, match="does not exist"):
        sousveil.open(tmp_path / "none")


def test_records(locked: Path) -> None:
    with sousveil.open(locked, password="pw") as phone:
        assert phone.device.encrypted and "ios.sms" in phone.artefacts
        first, second = phone["ios.sms"]
        assert (first["text"], second["text"]) == ("good morning", "see https://lure-for-tests.example/x")
        assert second["date"] == datetime.fromtimestamp(AT + 1, UTC)
        assert (second.artefact, second.source.file, second.source.row) == (
            "ios.sms",
            "HomeDomain/Library/SMS/sms.db",
            2,
        )
        assert second["room"] is None and "room" not in second.values
        assert list(phone["ios.whatsapp"]) == []
        with pytest.raises(KeyError, match="no artefact"):
            phone["ios.nothing"]


def test_notices_go_to_loggers(
    locked: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOUSVEIL_DATA", str(tmp_path / "data"))
    iocs = tmp_path / "iocs.txt"
    iocs.write_text("lure-for-tests.example\nnot a domain at all\n")
    with caplog.at_level(logging.INFO, logger="sousveil"):
        sousveil.check(locked, password="pw", indicators=[iocs], bundled=False, scan=False)
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert any(level == "WARNING" and "skipped not a domain at all" in text for level, text in said)
    assert ("INFO", "ios.sms: 2 records") in said
    assert {record.name.partition(".")[0] for record in caplog.records} == {"sousveil"}


def test_the_package_is_typed_and_lists_what_it_offers() -> None:
    assert (SOURCE / "py.typed").is_file()
    assert [name for name in sousveil.__all__ if not hasattr(sousveil, name)] == []
    assert sorted(sousveil.__all__) == dir(sousveil)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sousveil.nothing  # noqa: B018 - it is asked for on purpose


USED = """
import sys
import sousveil
light = [name for name in sys.modules if name.startswith("sousveil.") and name != "sousveil.version"]
assert light == [], light
sousveil.check("examples/phone", password="example only", out=sys.argv[1])
with sousveil.open("examples/phone", password="example only") as phone:
    list(phone["ios.sms"])
print(*(sys.modules[name].__file__ for name in sys.modules if name.startswith("sousveil.")), sep="\\n")
"""


def test_nothing_below_the_interface_prints_or_reads_the_command_line(tmp_path: Path) -> None:
    """In every module that a check and a reading import, in the parent; importing the package imports none of them."""
    ran = subprocess.run(
        [sys.executable, "-c", USED, str(tmp_path / "case")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    modules = [Path(line) for line in ran.stdout.split()]
    assert {"api.py", "check.py", "examining.py", "run.py", "phone.py"} <= {path.name for path in modules}
    guilty = []
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                guilty.append(f"{path.name}:{node.lineno} print")
            if isinstance(node, ast.Attribute) and node.attr == "argv":
                guilty.append(f"{path.name}:{node.lineno} argv")
    assert guilty == []


def imports() -> dict[str, set[str]]:
    """What each module of the check imports of the others, also only for types and inside functions."""
    files = {
        ".".join(("sousveil", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
        for part in HALF
        for path in (SOURCE / part).rglob("*.py")
    }
    known: dict[str, set[str]] = {}
    for module, path in files.items():
        named: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                assert node.level == 0, f"{module} imports relatively"
                deeper = {f"{node.module}.{alias.name}" for alias in node.names}
                named |= deeper & set(files) if deeper <= set(files) else {node.module, *deeper}
        known[module] = (named & set(files)) - {module}
    return known


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules each of which imports all others of its group, directly or not (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    counter = count()

    def visit(module: str) -> None:
        number[module] = low[module] = next(counter)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in number:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], number[other])
        if low[module] == number[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in number:
            visit(module)
    return found


def test_no_circle_of_imports_in_the_check() -> None:
    graph = imports()
    assert len(graph) > 150 and sum(map(len, graph.values())) > 400
    assert circles(graph) == []
    first = next(module for module, others in sorted(graph.items()) if others)
    second = sorted(graph[first])[0]
    assert any({first, second} <= set(group) for group in circles({**graph, second: {*graph[second], first}}))
