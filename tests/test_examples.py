"""The example phone is what its script makes, and the README's commands do what it says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from examples import make_phone
from examples import run as example
from sousveil.decisions.api import gate
from sousveil.register.register import Register
from sousveil.register.verify import verify

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
LIMIT = 1_500_000
"""Bytes of the example phone at most."""


def test_the_phone_is_what_the_script_makes(tmp_path: Path) -> None:
    made = make_phone.make(tmp_path / "phone")
    stored = ROOT / "examples" / "phone"

    def files(folder: Path) -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    new, old = files(made), files(stored)
    assert list(new) == list(old)
    assert [name for name in new if new[name] != old[name]] == []
    assert sum(map(len, old.values())) < LIMIT


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    """Exit code and output of what `make run` runs, and the case it wrote."""
    case = tmp_path_factory.mktemp("example") / "case"
    run = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "run.py"), str(case)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "90", "SOUSVEIL_DATA": str(case.parent / "none")},
    )
    return run.returncode, run.stdout, case


def test_make_run_ends_well_and_explains_itself(shown: tuple[int, str, Path]) -> None:
    code, out, case = shown
    assert code == 0
    assert "We found traces showing that Pegasus ran on this phone." in " ".join(out.split())
    assert "Exit code 1: something was found." in out
    assert (case / "report.html").is_file()


def test_every_planted_trace_is_found_and_nothing_else_counts(shown: tuple[int, str, Path]) -> None:
    found = json.loads((shown[2] / "findings.json").read_text("utf-8"))
    assert (found["verdict"], found["reached"], found["class"]) == ("traces_found", "execution", "mercenary")
    strong = {
        (f["artefact"], f["strength"], (f["indicator"] or {}).get("value"))
        for f in found["findings"]
        if f["strength"] != "weak"
    }
    assert strong == {
        ("ios.sms", "strong", "stopsms.biz"),
        ("ios.safari_history", "strong", "free247downloads.com"),
        ("ios.datausage", "strong", "roleaboutd"),
    }
    unexpected = {c["artefact"] for c in found["coverage"] if c["outcome"] not in ("READ", "ABSENT_EXPECTED")}
    assert unexpected == set()


def test_the_readme_shows_real_output(shown: tuple[int, str, Path]) -> None:
    block = README.split("<!-- excerpt: begin -->", 1)[1].split("<!-- excerpt: end -->", 1)[0]
    text = block.split("```text\n", 1)[1].split("```", 1)[0]
    out = " ".join(shown[1].split())
    at = 0
    for part in text.split("[...]"):
        piece = " ".join(part.split())
        assert piece in out[at:], piece
        at = out.index(piece, at)


def test_the_readme_commands_run(tmp_path: Path) -> None:
    commands = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
    assert commands[:7] == [
        "pipx install ./sousveil-VERSION-py3-none-any.whl",
        "sha256sum --check SHA256SUMS",
        "python3 -m venv sousveil",
        "sousveil/bin/pip install --require-hashes --only-binary :all: -r requirements-runtime.lock",
        "sousveil/bin/pip install --no-deps ./sousveil-VERSION-py3-none-any.whl",
        "make run",
        ".venv/bin/sousveil check PATH",
    ]
    recipe = (ROOT / "Makefile").read_text("utf-8").split("\nrun:", 1)[1].split("\n\n", 1)[0]
    assert recipe.strip().splitlines()[-1].strip() == "@$(BIN)/python examples/run.py"
    words = commands[6].replace("PATH", str(ROOT / "examples" / "phone")).split()
    run = subprocess.run(
        [sys.executable, "-m", "sousveil.cli", *words[1:]],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ
        | {"SOUSVEIL_BACKUP_PASSWORD": make_phone.PASSWORD, "SOUSVEIL_DATA": str(tmp_path.parent / "none")},
    )
    assert run.returncode == 1, run.stderr
    assert re.fullmatch(r"case-[0-9a-f]{8}", next(tmp_path.iterdir()).name)


def test_the_readme_commands_of_the_register_run(tmp_path: Path, shared_data: Path) -> None:
    block = next(block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "register init" in block)
    commands = [line.partition("#")[0].strip() for line in block.splitlines()]
    (tmp_path / "bidders.csv").write_text("name\nNSO Group\n")
    codes = []
    for command in commands:
        words = shlex.split(command.replace("PATH", str(shared_data / "register" / "misp-surveillance-vendor")))
        if words[1] == "serve":
            continue
        run = subprocess.run(
            [sys.executable, "-m", "sousveil.cli", *words[1:]],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        codes.append((words[2], run.returncode))
        assert run.returncode in (0, 1), run.stderr
    assert codes == [("init", 0), ("load", 0), ("screen", 1), ("verify", 0)]


def test_make_run_publishes_the_finding_and_shows_the_pages(shown: tuple[int, str, Path]) -> None:
    out = shown[1]
    assert "The operator could still rewrite this log: no independent witness cosigned." in out
    finding = out.split("--- The finding of the example phone", 1)[1].split("--- ", 1)[0]
    assert "traces of spyware found" in finding and "traces-found" not in finding
    assert re.search(r"Open Phones Collective\s+attributed by a forensic examination", finding)
    assert "The server has stopped." in out


def test_make_run_asks_one_sale_that_is_blocked_and_one_that_is_left_to_the_state(shown: tuple[int, str, Path]) -> None:
    first, second = shown[1].split("3. Decisions.", 1)[1].split("4. The pages.", 1)[0].split("And this one,", 1)
    assert "Invented example. Stop: the letter of July 2021 asks for a halt" in first
    assert "Invented example. Not enough is known about this sale" in second and "Stop" not in second
    assert "What is asked for at the least is shown for Lindmark (invented). By itself that lifts nothing." in " ".join(
        second.split()
    )


def test_the_example_register_holds_and_names_only_what_may_be_public(shown: tuple[int, str, Path]) -> None:
    folder = shown[2].with_name("case-register")
    assert verify(folder, go=False).difference is None
    with Register.open(folder, gate=gate) as register:
        published = [one.statement for one in register.store.iter_statements()]
        assert sorted({one.property for one in published if one.type == "Finding"}) == [
            "artefact",
            "country",
            "family",
            "indicatorPublisher",
            "month",
            "verdict",
        ]
        assert {one.value for one in published if one.type == "Finding" and one.property == "country"} == {"xb"}
        assert [one.reasons for one in register.held(state="waiting")] == [("alleged",)]
        assert "A stand that named a visitor" not in {one.value for one in published}


def test_a_check_that_fails_fails_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "PASSWORD", tmp_path / "none.txt")
    assert example.main(tmp_path / "case") == 2


@pytest.mark.parametrize(("option", "code"), [("--help", 0), ("--nope", 2)])
def test_an_option_is_no_folder(tmp_path: Path, option: str, code: int) -> None:
    """`--help` made a folder of that name once, in which whoever ran it found a case."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "run.py"), option], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (code, [])
    assert "usage: run.py [-h] [--serve] [folder]" in done.stdout + done.stderr


def test_pictures_are_there_and_small() -> None:
    report = ROOT / "docs" / "pictures" / "report.png"
    assert report.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert report.stat().st_size < 300_000
    pipe = (ROOT / "docs" / "pictures" / "pipe.svg").read_text("utf-8")
    assert "<title " in pipe and "<desc " in pipe and "<script" not in pipe and "href" not in pipe
