"""The story of the guide runs as it is written, and ends as it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from sousveil.investigation.destruction import read_destruction
from sousveil.ledger.keys import PrivateKey
from sousveil.register.register import Register
from tests.forked import program
from tests.investigation.drawn import leaks

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "a-leaked-list-story.md"
PRELUDE = """
set -e
answers() { for _ in $(seq 300); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done; false; }
trap 'pids=$(jobs -p); [ -z "$pids" ] || kill $pids 2>&1 || true' EXIT
"""


def script() -> str:
    """The commands of the guide, on ports that are free; a service must answer before the next command."""
    text = "\n".join(re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL))
    with ExitStack() as stack:
        for port in ("8101", "8102", "8111"):
            free = stack.enter_context(socket.socket())
            free.bind(("127.0.0.1", 0))
            text = text.replace(port, str(free.getsockname()[1]))
    waits = re.sub(r"^(.*--port (\d+)(?:.*\\\n)*.* &)$", r"\1\nanswers \2", text, flags=re.MULTILINE)
    assert waits.count("answers ") == 3
    return PRELUDE + waits


@pytest.mark.skipif(shutil.which("bash") is None, reason="the guide's commands are for bash")
def test_the_story_runs_as_the_guide_tells_it(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for folder in ("bin", "tmp"):
        (tmp_path / folder).mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "tmp"),
        "TMPDIR": str(tmp_path / "tmp"),
        "SOUSVEIL_DATA": str(tmp_path / "tmp" / "data"),
    }
    with program(tmp_path / "bin" / "sousveil"):
        done = subprocess.run(
            ["bash", "-c", script()],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    story = tmp_path / "story"
    listed = [line.split("|")[0] for line in (story / "people.txt").read_text().splitlines()]

    assert "130 different numbers" in said and "matches: 0, 1" in said
    assert re.fullmatch(
        r"Number 0 of the request: selected .*, client Client \w+ \(zoned\)\n.*\n", (story / "answer.txt").read_text()
    )
    assert len(set(re.findall(r"^\+33199\d{6}: selected", (story / "northern.txt").read_text(), re.MULTILINE))) == 40
    compared = json.loads((story / "compared" / "correlation.json").read_text())["phones"]
    (traces,) = (one for one in compared["whole"] if one["kind"] == "trace")
    assert (traces["selections"], traces["near"]) == (8, 8) and traces["corrected"] < 0.001
    assert all(30 <= delay <= 110 for delay in traces["delays"])
    cells = json.loads((story / "publication" / "counts.json").read_text())["cells"]
    people = {(cell["row"], cell["column"]): cell["count"] for cell in cells if cell["table"] == "people"}
    assert people == {
        (None, None): 6,
        ("GB", None): 6,
        (None, "journalist/infected"): 3,
        (None, "lawyer/selected"): 3,
        ("GB", "journalist/infected"): 3,
        ("GB", "lawyer/selected"): 3,
    }
    with Register.open(story / "register") as register:
        published = [one.statement for one in register.store.iter_statements()]
        held = register.held(state="waiting")
    incidents = {(one.property, one.value) for one in published if one.type == "AbuseIncident"}
    assert {("stage", "infected"), ("stage", "selected"), ("targets", "3"), ("targetCountry", "gb")} <= incidents
    assert {cell["record"] for cell in cells if cell["count"]} <= {one.subject for one in published}
    assert "Held for review, because it names a natural person." in said
    assert "Erased the person. 3 bundles" in said and "Deleted 1 answer or assignment that was recalled." in said
    assert held == [] and not any("Costa" in one.value for one in published)
    kept = [path.read_bytes() for path in (story / "register").rglob("*") if path.is_file()]
    assert not any(b"Jana Costa" in data for data in kept)
    assert [re.split("  +", line)[1] for line in (story / "looks.txt").read_text().splitlines()[:-2]] == [
        *("made oblivious outputs", "released an answer to a newsroom", "assigned rows to a newsroom"),
        *["changed what is known of a person"] * 4,
        *(
            "compared selections with phones or events",
            "recorded consent",
            "looked at the contact plan",
            "read the log",
        ),
    ]
    assert (story / "rows.txt").read_text().startswith("The published number is 130.")

    known = {key.id: key for name in ("sign1", "sign2") for key in [PrivateKey.load(story / "keys" / name).public]}
    records = [
        read_destruction((story / f"{name}.record").read_bytes(), known) for name in ("vault", "first", "second")
    ]
    assert [one.what for one in records] == ["vault", "key", "key"]
    assert "Nobody opens the vault any more." in said and "was destroyed" in said
    places = [story / name for name in ("vault", "exchange", "publication", "export", "register")]
    assert leaks([*places, tmp_path / "tmp"], [said.encode()], listed) == []
