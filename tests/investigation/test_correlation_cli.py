"""The verbs `correlate`, `clients` and `show` as a program: planted phones are seen, no number leaves, errors name what to do."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sousveil.cases.folder import encrypted_for
from sousveil.ledger.keys import PrivateKey
from tests import forked
from tests.investigation.drawn import Holder, holders, leaks, numbers
from tests.investigation.invented import invented_phone, working_time, write_phone


class Project:
    """A vault with a list of 60 numbers, and three phones of it; the selections of the first two come before their traces."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clear = folder, folder / "clear"
        for name in ("clear", "tmp"):
            (folder / name).mkdir()
        self.people: list[Holder] = holders(self.clear, 2)
        self.both = [word for one in self.people for word in ("--identity", one.file)]
        self.listed, chance = numbers(60), random.Random(5)
        times = {value: [working_time(chance, 0) for _ in range(6)] for value in self.listed}
        self.times = times
        rows = [
            f"{value},{datetime.fromtimestamp(at, UTC):%F %T}Z,Client A" for value in self.listed for at in times[value]
        ]
        (self.clear / "list.csv").write_text("number,selected at,client\n" + "\n".join(rows) + "\n")
        self.cases = [
            write_phone(folder / "cases" / f"case-{place}", invented_phone(chance, times[value] if place < 2 else ()))
            for place, value in enumerate(self.listed[:3])
        ]
        lines = "".join(f"case-{place},{value}\n" for place, value in enumerate(self.listed[:3]))
        (self.clear / "cases.csv").write_text("case,number\n" + lines)
        self.outputs: list[bytes] = []
        self.done(0, "init", "vault", *(word for one in self.people for word in ("--holder", one.recipient)))
        self.done(0, "import", self.clear / "list.csv", *self.both)

    def environment(self) -> dict[str, str]:
        home = str(self.folder / "tmp")
        return {"PATH": "/usr/bin:/bin", "TMPDIR": home, "SOUSVEIL_DEBUG": "1", "HOME": home}

    def done(self, code: int, *words: object) -> str:
        """Run a verb; gives its standard output."""
        given = ["investigation", *map(str, words)]
        ran: subprocess.CompletedProcess[bytes] = forked.run(given, environment=self.environment(), folder=self.folder)
        self.outputs += [ran.stdout, ran.stderr]
        assert ran.returncode == code, ran.stderr.decode()
        return ran.stdout.decode() if code == 0 else ran.stderr.decode()

    def correlate(self, code: int, *words: object) -> str:
        return self.done(code, "correlate", *self.cases, "--numbers", self.clear / "cases.csv", *self.both, *words)


def without_runs(shown: str) -> list[str]:
    """The output without the line that counts the comparisons."""
    return [line for line in shown.splitlines() if not line.startswith("The vault records")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("correlation"))


def test_phones_are_compared_and_no_number_leaves(project: Project) -> None:
    shown = project.correlate(0, "--out", "out")
    assert "Compared 3 phones with 360 rows of the list." in shown
    assert "follows within 300 seconds. The clocks may differ by 60 seconds." in shown
    assert "examined because they were selected" in shown and "1 row" not in shown
    first = next(line for line in shown.splitlines() if line.startswith("all"))
    assert "Traces" in first
    whole = json.loads((project.folder / "out" / "correlation.json").read_bytes())
    trace = whole["phones"]["whole"][0]
    assert trace["kind"] == "trace" and trace["corrected"] < 1e-6 and whole["events"] is None
    assert [phone["label"] for phone in whole["phones"]["phones"]] == ["1", "2", "3"]
    names = {path.name for path in (project.folder / "out").iterdir()}
    assert names == {"correlation.json", "all-phones.svg", "phone-1.svg", "phone-2.svg", "phone-3.svg"}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (project.folder / "out").iterdir())
    assert (project.folder / "out").stat().st_mode & 0o777 == 0o700
    places = [project.folder / name for name in ("vault", "tmp", "out")]
    assert leaks(places, project.outputs, project.listed) == []
    looks = project.done(0, "looks", *project.both)
    assert f"compared selections with phones or events  number: {' '.join(sorted(project.listed[:3]))}" in looks
    del project.outputs[-2:]  # the log names numbers
    assert whole["runs"] == [{"unit": "second", "within": 300, "clock_error": 60, "seed": 1}]
    assert "records 1 comparison of this sort, with these settings: 300 s, clocks 60 s, seed 1." in shown
    again = project.correlate(0)
    assert without_runs(again) == without_runs(shown)  # the same seed gives the same result
    other = json.loads(project.correlate(0, "--within", "600", "--seed", "7", "--json"))
    assert [(run["within"], run["seed"]) for run in other["runs"]] == [(300, 1), (300, 1), (600, 7)]
    assert other["phones"]["seed"] == 7


def test_numbers_are_in_the_output_where_the_holders_ask(project: Project) -> None:
    whole = json.loads(project.correlate(0, "--json", "--with-numbers"))
    assert [phone["number"] for phone in whole["phones"]["phones"]] == project.listed[:3]
    assert "number" not in json.loads(project.correlate(0, "--json"))["phones"]["phones"][0]
    project.outputs.clear()


def test_dated_events(project: Project) -> None:
    day = datetime.fromtimestamp(project.times[project.listed[5]][0], UTC)
    events = project.clear / "events.csv"
    events.write_text(
        f"number,date,event\n{project.listed[5]},{day:%F},arrest\n{project.listed[6]},2001-01-01,killing\n"
    )
    shown = project.done(0, "correlate", "--events", events, "--days", "3", *project.both, "--out", "events-out")
    assert "Compared 2 people with dated events with 360 rows" in shown and "arrest" in shown
    whole = json.loads((project.folder / "events-out" / "correlation.json").read_bytes())
    assert whole["phones"] is None and whole["events"]["whole"][0]["near"] >= 1
    assert {path.name for path in (project.folder / "events-out").iterdir()} == {
        *("correlation.json", "all-persons.svg", "person-1.svg", "person-2.svg")
    }
    assert leaks([project.folder / "events-out"], project.outputs, project.listed) == []


def test_clients(project: Project) -> None:
    shown = project.done(0, "clients", *project.both)
    assert "Client A: 360 selections, 60 different numbers" in shown
    assert "fit a working day in UTC+4." in shown and "Saturday Sunday" in shown and "Or: " in shown
    (client,) = json.loads(project.done(0, "clients", "--json", *project.both))["clients"]
    assert sum(client["hours"]) == 360 and leaks([], project.outputs, project.listed) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--within", "0"], "--within must be from 1 to 604,800"),
        (["--clock-error", "-1"], "--clock-error"),
        (["--days", "400"], "--days"),
        (["--out", "cases"], "cases"),
    ],
)
def test_bad_settings_are_errors_that_name_themselves(project: Project, words: list[str], says: str) -> None:
    assert says in project.correlate(2, *words)


def test_what_is_missing_is_an_error(project: Project) -> None:
    assert "nothing to compare" in project.done(2, "correlate", *project.both)
    assert "need --numbers" in project.done(2, "correlate", *project.cases, *project.both)
    assert "no number for the case tmp" in project.done(
        2, "correlate", "tmp", "--numbers", project.clear / "cases.csv", *project.both
    )
    (project.clear / "one.csv").write_text(f"case,number\ntmp,{project.listed[0]}\n")
    refused = project.done(2, "correlate", "tmp", "--numbers", project.clear / "one.csv", *project.both)
    assert "timeline.parquet" in refused and leaks([], [refused.encode()], project.listed) == []
    assert "--as" in project.done(2, "show", "--assignment", project.clear / "one.csv", *project.both)


def test_a_link_to_another_case_is_refused(project: Project) -> None:
    stolen = project.folder / "stolen"
    stolen.mkdir()
    (stolen / "timeline.parquet").write_bytes((project.cases[0] / "timeline.parquet").read_bytes())
    (stolen / "findings.json").symlink_to(project.cases[0] / "findings.json")
    (project.clear / "stolen.csv").write_text(f"case,number\nstolen,{project.listed[0]}\n")
    words = ["correlate", "stolen", "--numbers", project.clear / "stolen.csv", *project.both]
    refused = project.done(2, *words)
    assert "Case stolen: findings.json is a link to a file outside of the case." in refused
    words[1] = "cases/case-0"
    (project.clear / "stolen.csv").write_text(f"case,number\ncase-0,{project.listed[0]}\n")
    assert "Compared 1 phone" in project.done(0, *words)


def test_encrypted_cases(project: Project) -> None:
    sealed = project.folder / "sealed" / "case-0"
    sealed.mkdir(parents=True)
    key = holders(sealed.parent, 1)[0]
    for name in ("findings.json", "timeline.parquet"):
        content = encrypted_for([key.recipient], (project.cases[0] / name).read_bytes())
        (sealed / f"{name}.age").write_bytes(content)
    words = ["correlate", sealed, "--numbers", project.clear / "cases.csv", *project.both]
    refused = project.done(2, *words)
    assert "encrypted" in refused and "--case-identity FILE" in refused
    shown = project.done(0, *words, "--case-identity", key.file)
    assert "Compared 1 phone" in shown
    assert without_runs(shown) == without_runs(project.done(0, "correlate", project.cases[0], *words[2:]))


def lack_memory(*words: str) -> None:
    """Runs a verb on a computer without enough memory for the comparison."""
    from sousveil.cli import main
    from sousveil.investigation import correlation

    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    correlation.correlate_phones = fail
    raise SystemExit(main(["investigation", *words]))


def test_too_little_memory_is_an_error_that_says_what_to_do(project: Project) -> None:
    words = ["correlate", *project.cases, "--numbers", project.clear / "cases.csv", *project.both]
    ran = forked.run(
        [*map(str, words)],
        environment=project.environment(),
        folder=project.folder,
        call="tests.investigation.test_correlation_cli:lack_memory",
    )
    assert ran.returncode == 2
    assert ran.stderr.decode().endswith("is not enough.\nClose other programs, or compare fewer cases at once.\n")


def test_a_newsroom_sees_its_rows_on_a_local_page(project: Project) -> None:
    (project.clear / "room").mkdir()
    reader = holders(project.clear / "room", 1)[0]
    signers = [PrivateKey.new(), PrivateKey.new()]
    for place, key in enumerate(signers):
        key.save(project.clear / f"s{place}")
    signing = [word for place in range(2) for word in ("--sign", project.clear / f"s{place}")]
    project.done(
        0,
        "assign",
        "first",
        "--country",
        "GB",
        "--recipient",
        reader.recipient,
        *signing,
        "--out",
        "rows",
        *project.both,
    )
    known = [word for key in signers for word in ("--signer", key.public.raw.hex())]
    words = ["show", "--assignment", "rows", "--as", "first", "--identity", str(reader.file), *known]
    command = [sys.executable, "-m", "sousveil.cli", "investigation", *words]
    process = subprocess.Popen(command, cwd=project.folder, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "works once" in line)
        address = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        content = opener.open(address, timeout=10).read().decode()
        assert "Rows of the newsroom first" in content and project.listed[0] in content
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(address, timeout=10)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
