"""The tools of the benchmarks: the command line, the measuring of a tree of processes, the checks of completeness."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import _checks  # noqa: E402 - the folder is no package
import _measure  # noqa: E402 - the folder is no package
import _peer  # noqa: E402 - the folder is no package
import _screening_corpus  # noqa: E402 - the folder is no package
import check_ios  # noqa: E402 - the folder is no package

from sousveil.register.intake.registry import shipped  # noqa: E402 - after the folder is known
from tests import forked  # noqa: E402 - after the folder is known

CHILD = (
    "import os, time\nwhile time.process_time() < 0.15: pass\nblock = bytearray(60 << 20)\ntime.sleep(0.2)\nos._exit(3)"
)
PARENT = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {CHILD!r}]).returncode + 2)"


def test_sizes_and_parts() -> None:
    given = check_ios.arguments(["--sizes", "1,2.5", "--parts", "plain,big", "--repeat", "2"])
    assert (given.sizes, given.parts, given.repeat) == ((1.0, 2.5), ("plain", "big"), 2)
    assert check_ios.arguments([]).sizes == (1.0, 4.0, 10.0, 40.0)
    assert check_ios.arguments([]).parts == ("plain", "noredirects", "encrypted", "big")


def test_quick_is_one_run_of_x1() -> None:
    given = check_ios.arguments(["--quick"])
    assert (given.sizes, given.parts, given.repeat, given.peer_repeat) == ((1.0,), ("plain",), 1, 1)


@pytest.mark.parametrize("wrong", [["--sizes", "0"], ["--sizes", "x"], ["--parts", "fast"], ["--repeat", "0"]])
def test_wrong_usage_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check_ios.arguments(wrong)
    assert ended.value.code == 2
    assert "error" in capsys.readouterr().err


def test_a_line_of_proc_with_an_odd_name() -> None:
    line = "42 (a) b (c) R 7 1 1 0 -1 4194304 100 0 0 0 250 50 9 9 20 0 1 0 5 1048576 30 18446744073709551615"
    assert _measure.parse_stat(line, 100, 4096) == _measure.Process(42, 7, 3.0, 1_048_576, 122_880)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("listed", [True, False])
def test_a_tree_is_a_process_and_all_below_it(listed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_measure, "LISTED", listed and _measure.LISTED)
    code = "import subprocess, sys, os; print(os.getpid(), flush=True); "
    inner = f"{code}sys.stdin.read()"
    outer = f"{code}subprocess.run([sys.executable, '-c', {inner!r}])"
    with subprocess.Popen([sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as top:
        assert top.stdout is not None
        pids = [int(top.stdout.readline()), int(top.stdout.readline())]
        found = _measure.processes(top.pid)
        assert [one.pid for one in found] == pids
        assert found[1].parent == pids[0] == top.pid
        assert all(one.resident > 1 << 20 for one in found)
    assert _measure.processes(top.pid) == []


def test_memory_shared_while_a_child_starts_counts_once() -> None:
    parent, starting, other = (
        _measure.Process(*row) for row in ((1, 0, 0.0, 9, 5), (2, 1, 0.0, 9, 5), (3, 1, 0.0, 8, 5))
    )
    assert _measure.resident([parent, starting, other]) == 10


def test_a_run_counts_children(tmp_path: Path) -> None:
    one = _measure.run([sys.executable, "-c", PARENT], env=os.environ, log=tmp_path / "log")
    assert one.code == 5
    assert one.cpu >= 0.15
    assert one.wall >= 0.3
    if sys.platform == "linux":
        assert one.peak is not None and one.peak > 60 << 20
        assert one.processes == 2


def test_the_middle_of_runs() -> None:
    runs = [_measure.Run(cpu, cpu * 2, peak, code, 1) for cpu, peak, code in ((3.0, 30, 0), (1.0, 10, 1), (2.0, 20, 0))]
    assert _measure.middle(runs) == _measure.Run(2.0, 4.0, 20, 1, 1)
    assert _measure.middle(runs).cores == 0.5


def test_a_table() -> None:
    assert _measure.table([["a", 1], ["bcd", 22]], ["what", "n"]) == "what   n\n----  --\na      1\nbcd   22"


def test_records_of_the_peer_are_counted_by_line(tmp_path: Path) -> None:
    rows = [{"a": {"b": [1, {}]}, "text": "\n    {"}, {}, {"c": 1}]
    (tmp_path / "sms.json").write_text(json.dumps(rows[:1] + rows[2:], indent=4))
    (tmp_path / "info.json").write_text(json.dumps({"a": 1}, indent=4))
    assert _peer.counts(tmp_path) == {"info": 0, "sms": 2}


def test_alerts_of_the_peer(tmp_path: Path) -> None:
    alerts = [
        {"module": "sms", "matched_indicator": {"value": "a.example"}},
        {"module": "sms", "matched_indicator": None},
        {"module": "calls", "matched_indicator": {"value": "other.example"}},
    ]
    (tmp_path / "alerts.json").write_text(json.dumps(alerts))
    seen = _peer.seen(tmp_path, ["a.example"])
    assert seen == {"a.example": {"sms"}}
    assert _checks.found_by_peer(seen, ["a.example"]) == 1


def test_plants_are_published_domains(tmp_path: Path) -> None:
    for name, pattern in (
        ("a", "[file:name='x']"),
        ("b", "[domain-name:value = '10.0.0.1']"),
        ("c", "[domain-name:value='c.example']"),
    ):
        (tmp_path / name).write_text(json.dumps({"pattern": pattern}))
    assert _checks.plants(sorted(tmp_path.iterdir())) == ["c.example"]
    assert _checks.link("c.example") == "https://news.c.example/parcel/7"


def test_what_our_output_lacks(tmp_path: Path) -> None:
    coverage = [
        {"artefact": "ios.sms", "outcome": "READ", "records": 3},
        {"artefact": "ios.calls", "outcome": "FAILED", "records": 2},
        {"artefact": "scan", "outcome": "SKIPPED", "records": 0},
    ]
    assert _checks.short_ours(coverage, {"sms": 3, "calls": 2}) == ["ios.calls: FAILED"]
    assert _checks.short_ours(coverage, {"sms": 4, "tcc": 1}) == [
        "ios.sms: 3 of 4",
        "ios.tcc: 0 of 1",
        "ios.calls: FAILED",
    ]
    (tmp_path / "records").mkdir()
    duckdb.execute(f"COPY (FROM range(3)) TO '{tmp_path}/records/ios.sms.parquet'")
    assert _checks.short_files(tmp_path, coverage) == ["records/ios.calls.parquet: 0 of 2"]
    assert _checks.short_peer({"sms": 3}, {"sms": 4, "calls": 0}) == ["sms: 3 of 4"]


def test_planted_traces_in_findings() -> None:
    def evidence(artefact: str, row: int) -> dict[str, object]:
        return {"artefact": artefact, "source": {"file": "f", "row": row}, "record": {}}

    findings: list[dict[str, object]] = [
        {"indicator": {"value": "a.example"}, "evidence": [evidence("ios.sms", 1), evidence("ios.sms", 2)]},
        {
            "indicator": {"value": "a.example"},
            "evidence": [evidence("ios.whatsapp", 1), evidence("ios.whatsapp_chats", 1)],
        },
        {"indicator": {"value": "b.example"}, "evidence": [evidence("ios.sms", 1)]},
        {"indicator": None, "evidence": []},
    ]
    assert _checks.found_by_us(findings, ["a.example"]) == (2, 1)
    assert _checks.found_by_us(findings, ["a.example", "b.example"]) == (3, 1)


def test_goals_are_printed_with_their_result() -> None:
    report = check_ios.Report()
    report.ran("x1", "ours", _measure.Run(1.5, 1.0, 100 << 20, 0, 3))
    report.goal("less CPU", 25.0, 20, least=True, form=check_ios.times)
    report.goal("peak", 400, 350, least=False, form=check_ios.mib)
    text = report.text()
    rows = [line.split() for line in text.splitlines()]
    assert ["x1", "ours", "1.50", "1.00", "100", "1.50", "3"] in rows
    assert ["less", "CPU", "25.0x", "at", "least", "20.0x", "PASS"] in rows
    assert ["peak", "400", "MiB", "at", "most", "350", "MiB", "miss"] in rows
    assert "Both outputs are complete in every run." in text


PLACES = [
    ("decisions.py", ["{none}"], "{none} is no folder: name one with DATA."),
    ("register_load.py", ["{none}"], "{none} is no folder: name one with DATA."),
    (
        "register_load.py",
        ["{empty}"],
        "{empty} does not hold alpr-transparency and {others} more: name the folder that holds it with DATA.",
    ),
    (
        "screening.py",
        ["--shared", "{empty}"],
        (
            "{empty} does not hold register/misp-surveillance-vendor/surveillance-vendor.json and 5 more: "
            "name the folder that holds it with --shared."
        ),
    ),
    ("screening.py", ["--shared", "{none}"], "{none} is no folder: name one with --shared."),
    (
        "screening.py",
        ["--shared", "{lists}", "--peer-venv", "{none}"],
        "{none}/bin/python is not there: name an environment that holds nomenklatura==4.17.4 with --peer-venv, or leave it out.",
    ),
    (
        "screening.py",
        ["--shared", "{lists}", "--work", "{file}"],
        "{file} cannot be made (File exists): name another folder with --work.",
    ),
    ("check_ios.py", ["--indicators-dir", "{none}"], "{none} is no folder: name one with --indicators-dir."),
    (
        "check_ios.py",
        ["--indicators-dir", "{empty}"],
        "{empty} holds 0 .stix2 files, not 16: name the folder that holds them with --indicators-dir.",
    ),
    (
        "check_ios.py",
        ["--indicators-dir", "{sets}", "--peer-venv", "{none}"],
        "{none}/bin/mvt-ios is not there: name an environment that holds mvt 2026.10.26 with --peer-venv, or leave it out.",
    ),
    (
        "check_ios.py",
        ["--indicators-dir", "{sets}", "--no-peer", "--save", "{file}/table"],
        "{file} cannot be made (File exists): name another folder with --save.",
    ),
    (
        "check_android.py",
        ["--report", "{none}", "--indicators-dir", "{none}"],
        "{none} is no folder: name one with --indicators-dir.",
    ),
    (
        "check_android.py",
        ["--report", "{none}", "--indicators-dir", "{sets}", "--work", "{empty}"],
        "{none} cannot be read (No such file or directory): name a bug report (zip) with --report.",
    ),
    (
        "check_android.py",
        ["--report", "{file}", "--indicators-dir", "{sets}", "--work", "{empty}"],
        "{file} cannot be read (File is not a zip file): name a bug report (zip) with --report.",
    ),
    (
        "check_paths.py",
        ["--listing", "{none}"],
        "{none} cannot be read (No such file or directory): name a list of paths with --listing.",
    ),
    (
        "ledger.py",
        ["--entries", "256", "--folder", "{file}"],
        "{file} cannot be made (File exists): name another folder with --folder.",
    ),
    (
        "_screening_peer.py",
        [],
        "it takes WORK, an algorithm and a way to candidates: run screening.py, which calls it.",
    ),
    (
        "_screening_peer.py",
        ["{empty}", "logic-v1", "words"],
        "{empty} does not hold entities.jsonl and 1 more: name the folder that holds it with WORK.",
    ),
    (
        "web_cold.py",
        ["{empty}"],
        "{empty} does not hold alpr-transparency and {others} more: name the folder that holds it with DATA.",
    ),
    (
        "register_backup.py",
        ["{empty}"],
        "{empty} does not hold alpr-transparency and {others} more: name the folder that holds it with DATA.",
    ),
    ("web.py", [], "wrk is not installed: install the package wrk, then run this again."),
]


@pytest.mark.parametrize(("script", "given", "line"), PLACES)
def test_a_place_that_is_none_is_said_in_one_line(tmp_path: Path, script: str, given: list[str], line: str) -> None:
    """What to do next, exit code 2, no traceback."""
    names = {name: str(tmp_path / name) for name in ("none", "empty", "file", "lists", "sets")}
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for one in _screening_corpus.LISTS:
        (tmp_path / "lists" / "register" / one).mkdir(parents=True)
    (tmp_path / "sets").mkdir()
    for number in range(16):
        (tmp_path / "sets" / f"{number}.stix2").write_text("{}")
    names["others"] = str(len(shipped()) - 1)
    env = {name: value for name, value in os.environ.items() if name != "PATH"} | {"PATH": str(tmp_path)}
    words = [str(BENCHMARKS / script), *(one.format(**names) for one in given)]
    done = forked.run(words, environment=env, folder=tmp_path, call=forked.script)
    assert (done.stderr.decode(), done.stdout, done.returncode) == (f"{script}: {line.format(**names)}\n", b"", 2)


def test_every_benchmark_that_takes_a_place_is_in_the_table() -> None:
    takes = {one.name for one in BENCHMARKS.glob("*.py") if one.name[0] != "_" and "type=Path" in one.read_text()}
    takes -= {"investigation.py"}  # it calls itself with a place of its own
    assert takes == {script for script, *_ in PLACES} - {"_screening_peer.py", "web.py"}
