"""Many inputs: what is finished, how many phones have a finding, and executors of other makes."""

from __future__ import annotations

import io
import logging
import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import CancelledError, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.cases import fleet
from sousveil.cases.finished import JOURNAL, clear_unfinished, finished_cases, input_digest, note_input, reserve
from sousveil.cases.fleet import Done, Given, Job, Processes, earlier, examine_all
from sousveil.cases.many import Cases, Input, Prevalence, prevalence
from sousveil.cases.model import Coverage, Outcome
from sousveil.cases.settings import Settings
from sousveil.texts import t
from sousveil.version import __version__
from tests.cases.case_maker import case, finding


def _coverage(outcome: Outcome, records: int = 0) -> tuple[Coverage, ...]:
    return (Coverage(artefact="ios.safari_history", outcome=outcome, records=records, detail=""),)


def test_prevalence_counts_phones_whose_source_was_read() -> None:
    base = case().device

    def phone(name: str, *found: object, outcome: Outcome = Outcome.READ) -> Input:
        device = msgspec.structs.replace(base, unique_id=name)
        made = case(*found, device=device, coverage=_coverage(outcome))  # type: ignore[arg-type]
        return Input(path=f"/{name}", exit_code=0).of(made)

    other = finding(2, rule="profile", indicator=None)
    inputs = [
        phone("a", finding(1), other),
        phone("a", finding(1)),  # a second copy of the same phone
        phone("b", finding(1)),
        phone("c"),
        phone("d", outcome=Outcome.ABSENT_EXPECTED),
        Input(path="/e", exit_code=2, error="no phone"),
    ]
    artefact = "ios.safari_history"
    assert prevalence(inputs) == [
        Prevalence(artefact=artefact, rule="profile", value="", phones=1, of=3),
        Prevalence(artefact=artefact, rule="indicator", value="evil.example", phones=2, of=3),
    ]
    assert prevalence(inputs[:2]) == []


def test_the_cases_of_a_call_take_little_memory_and_are_whole_when_asked_for() -> None:
    made = case(*(finding(number) for number in range(200)))
    inputs = [Input(path="/a", exit_code=1).of(made), Input(path="/b", exit_code=2, error="no phone")]
    assert len(pickle.dumps(inputs)) * 4 < len(pickle.dumps(made))
    assert (inputs[0].findings, inputs[1].case) == (200, None)
    cases = Cases([*inputs, Input(path="/c", exit_code=0).of(case())])
    assert list(cases) == [made, case()]
    assert list(cases[1:]) == [case()]


def test_what_has_a_case_is_finished(tmp_path: Path) -> None:
    out, phone = tmp_path / "out", tmp_path / "phone"
    out.mkdir()
    phone.mkdir()
    (phone / "Manifest.db").write_bytes(b"x")
    settings = Settings(paths=(phone,), out=out)
    digest = input_digest("1", settings, phone)
    names = []
    for _ in range(2):
        folder = reserve(out, "case-1")
        note_input(digest, folder)
        names.append(folder.name)
    assert names == ["case-1", "case-1-2"] and (out / JOURNAL).stat().st_mode & 0o777 == 0o600
    assert finished_cases(settings) == {}
    (out / "case-1/findings.json").write_text("{}")
    (out / "cases").mkdir()
    (out / "cases/findings.json").write_text("{}")
    with (out / JOURNAL).open("ab") as journal:
        journal.write(
            b'["a list"]\n{"input":"x","folder":"cases"}\n{"input":"y","folder":"../phone"}\n{"input":"z"}\n{"input":"cut'
        )
    assert finished_cases(settings) == {digest: out / "case-1"}
    (out / ".sousveil-1.part").mkdir()
    clear_unfinished(settings)
    assert sorted(path.name for path in out.iterdir()) == [JOURNAL, "case-1", "cases"]
    (out / ".sousveil-2.part").write_text("a file that nobody can remove as a folder")
    clear_unfinished(settings)


def test_a_name_that_a_dead_process_had_noted_is_of_the_next_case(tmp_path: Path) -> None:
    settings = Settings(paths=(), out=tmp_path)
    for digest in ("dead", "next"):
        note_input(digest, reserve(tmp_path, "case-1"))
        if digest == "dead":
            clear_unfinished(settings)
    (tmp_path / "case-1" / "findings.json").write_text("{}")
    assert finished_cases(settings) == finished_cases(settings, "next") == {"next": tmp_path / "case-1"}
    assert finished_cases(settings, "dead").get("dead") is None


def test_another_question_or_another_file_is_another_input(tmp_path: Path) -> None:
    phone, iocs = tmp_path / "phone.zip", tmp_path / "iocs.txt"
    phone.write_bytes(b"x")
    iocs.write_text("a.example\n")
    settings = Settings(paths=(phone,), indicators=(iocs,))
    first = input_digest("1", settings, phone)
    same = msgspec.structs.replace(settings, jobs=3, out=tmp_path, resume=True, at_once=True, progress=True)
    assert input_digest("1", same, phone) == first
    asked = [msgspec.structs.replace(settings, full_records=True), msgspec.structs.replace(settings, label="L")]
    digests = {input_digest("1", other, phone) for other in asked}
    iocs.write_text("a.example\nb.example\n")
    digests.add(input_digest("1", settings, phone))
    phone.write_bytes(b"xy")
    digests.add(input_digest("1", settings, phone))
    digests.add(input_digest("2", settings, phone))
    assert len(digests) == 5 and first not in digests


def answer(job: Job) -> Done:
    """What an executor runs in place of an examination."""
    return Done(
        input=Input(path=str(job.settings.paths[0]), exit_code=job.given.unread),
        notices=((30, "known"), (30, job.language)),
    )


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_any_executor_gives_the_inputs_in_their_order(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    executor = ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, get_context("spawn"))
    settings = Settings(paths=(), password_file=Path("/secret"))
    inputs = [Given(place=f"/phone{number}", unread=number, digest=str(number)) for number in range(5)]
    done = list(examine_all(settings, inputs, executor, answer, known=["known"]))
    assert [(one.input.path, one.input.exit_code) for one in done] == [(one.place, one.unread) for one in inputs]
    assert [record.getMessage() for record in caplog.records] == ["en"] * 5


def test_a_job_is_one_input_with_settings_of_its_own() -> None:
    settings = Settings(
        paths=(Path("/phones"),), addresses=("s3://b/x",), jobs=4, ask=True, progress=True, on="tcp://a:1"
    )
    inputs = [Given(place="/phone", digest="a"), Given(place="s3://b/phone", stored=True, digest="b")]
    jobs: list[Job] = []

    def take(job: Job) -> Done:
        jobs.append(job)
        return Done(input=Input(path=job.given.place, exit_code=0))

    assert len(list(examine_all(settings, inputs, ThreadPoolExecutor(1), take))) == 2
    assert [(job.settings.paths, job.settings.addresses, job.given.digest) for job in jobs] == [
        ((Path("/phone"),), (), "a"),
        ((), ("s3://b/phone",), "b"),
    ]
    own = jobs[0].settings
    assert (own.jobs, own.ask, own.progress, own.at_once, own.resume, own.on) == (1, False, False, False, True, None)
    assert (jobs[0].language, jobs[0].version) == ("en", __version__)


def finished_input(out: Path, digest: str) -> Path:
    """A finished case of an input, which nobody can read here."""
    note_input(digest, folder := reserve(out, "case-1"))
    (folder / "findings.json").write_text("{}")
    return folder


def test_a_resumed_run_submits_what_has_no_case(tmp_path: Path) -> None:
    folder = finished_input(tmp_path, "done")
    inputs = [Given(place="/done", digest="done"), Given(place="/new", digest="new")]
    settings = Settings(paths=(), out=tmp_path)
    for resume, taken in ((True, ["/new"]), (False, ["/done", "/new"])):
        places: list[str] = []

        def take(job: Job, places: list[str] = places) -> Done:
            places.append(job.given.place)
            return Done(input=Input(path=job.given.place, exit_code=0))

        resumed = msgspec.structs.replace(settings, resume=resume)
        rows = [done.input for done in examine_all(resumed, inputs, ThreadPoolExecutor(1), take)]
        assert places == taken
        assert [(row.path, row.earlier, row.folder) for row in rows] == [
            ("/done", resume, str(folder) if resume else None),
            ("/new", False, None),
        ]


def test_a_case_that_was_deleted_meanwhile_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "_finished", lambda _: {"gone"})
    settings = Settings(paths=(), out=tmp_path, resume=True)
    inputs = [Given(place="/gone", digest="gone", unread=7)]
    (done,) = examine_all(settings, inputs, ThreadPoolExecutor(1), answer)
    assert (done.input.exit_code, done.input.earlier) == (7, False)


def test_a_stored_input_is_copied_and_its_case_goes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("SOUSVEIL_SCRATCH", str(tmp_path / "scratch"))
    (tmp_path / "inbox" / "phone").mkdir(parents=True)
    (tmp_path / "inbox" / "phone" / "Manifest.db").write_text("phone")
    place, out = f"file://{tmp_path}/inbox/phone", f"file://{tmp_path}/out"
    settings = Settings(paths=(), addresses=(place,), destination=out)
    given = Given(place=place, stored=True, digest="d1")
    job = Job(version="", settings=settings, given=given, language="en", level=40)
    seen: list[Settings] = []

    def examine(own: Settings) -> Done:
        seen.append(own)
        (copy,) = own.paths
        assert (copy / "Manifest.db").read_text() == "phone" and own.out is not None
        case = own.out / f"case-1{own.copy.ending if own.copy else ''}"
        case.mkdir(parents=True)
        (case / "findings.json").write_text("{}")
        error = "The disk is full. " + t("error.common.make_room_choose") if len(seen) == 2 else None
        return Done(input=Input(path=str(copy), exit_code=0, folder=case.name, error=error))

    row = fleet.examine_copy(job, examine).input
    (own,) = seen
    assert own.copy is not None and (own.copy.source, own.copy.digest, own.addresses) == (place, "d1", ())
    assert (row.path, row.folder) == (place, f"{out}/case-1{own.copy.ending}") and len(own.copy.ending) == 9
    assert (own.destination, own.paths[0].parent.name, list((tmp_path / "scratch").iterdir())) == (None, "input", [])
    assert earlier(job) == Done(input=msgspec.structs.replace(row, exit_code=3, earlier=True))
    full = fleet.examine_copy(job, examine).input
    assert "Make room in the scratch folder of" in str(full.error) and "SOUSVEIL_SCRATCH" in str(full.error)


def test_what_was_logged_in_a_block_is_known() -> None:
    log = logging.getLogger("sousveil")
    with fleet.known_notices() as known:
        log.warning("in it")
        assert known == []
    assert known == ["in it"] and not any(isinstance(handler, fleet.Notices) for handler in log.handlers)


@pytest.mark.skipif(sys.platform != "linux", reason="a signal at the death of the parent is Linux's")
def test_the_system_ends_a_process_with_the_one_that_started_it() -> None:
    code = (
        "import ctypes; from sousveil.cases.fleet import end_with_parent; end_with_parent(); signal = ctypes.c_int();"
        "ctypes.CDLL(None).prctl(2, ctypes.byref(signal)); print(signal.value)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"15\n"


def test_a_process_serves_inputs_until_its_pipe_is_closed(tmp_path: Path) -> None:
    """What an examination prints goes to standard error, not between the answers."""
    code = (
        "import os; from sousveil.cases.fleet import Done, serve; from sousveil.cases.many import Input;"
        "serve(lambda job: (os.write(1, b'noise'), Done(input=Input(path=job, exit_code=0)))[1])"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin and process.stdout and process.stderr
        for place in ("/a", "/b"):
            fleet._send(process.stdin, place)
            assert fleet._receive(process.stdout).input.path == place
        process.stdin.close()
        assert (process.wait(60), process.stdout.read(), process.stderr.read()) == (0, b"", b"noise" * 2)


def test_a_busy_process_breaks_off_when_it_is_told_to_end() -> None:
    code = (
        "import os, time; from sousveil.cases.fleet import Done, serve; from sousveil.cases.many import Input;"
        "serve(lambda job: (os.write(1, b'busy'), time.sleep(20), Done(input=Input(path=job, exit_code=0)))[2])"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin and process.stdout and process.stderr
        fleet._send(process.stdin, "/a")
        assert process.stderr.read(4) == b"busy"
        process.terminate()
        assert (process.wait(60), process.stdout.read()) == (0, b"")


@pytest.mark.parametrize("cut", [b"", b"\0" * 7, (9).to_bytes(8, "big") + b"short"])
def test_an_answer_that_was_cut_off_is_none(cut: bytes) -> None:
    with pytest.raises(EOFError):
        fleet._receive(io.BytesIO(cut))


def test_nothing_starts_after_the_end() -> None:
    with Processes() as processes:
        pass
    job = Job(version="", settings=Settings(paths=()), given=Given(place="", digest=""), language="en", level=40)
    with pytest.raises(CancelledError):
        processes.examine(job)


def test_a_run_here_clears_before_and_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cleared: list[bool] = []
    monkeypatch.setattr(fleet, "clear", lambda _, *, keep_notes=False: cleared.append(keep_notes))
    assert list(fleet.run_here(Settings(paths=()), [], 1)) == []
    assert cleared == [False, True]


class Ending(ThreadPoolExecutor):
    """Takes two inputs and no more."""

    taken = 0

    def submit(self, *words: Any, **options: Any) -> Any:
        if self.taken == 2:
            self.shutdown()
        self.taken += 1
        return super().submit(*words, **options)


def test_an_executor_that_ends_meanwhile_loses_the_rest_alone() -> None:
    inputs = [Given(place=f"/phone{number}", digest=str(number)) for number in range(4)]
    done = list(examine_all(Settings(paths=()), inputs, Ending(1), answer))
    assert [(one.input.path, one.input.exit_code) for one in done] == list(
        zip([one.place for one in inputs], [0, 0, 2, 2], strict=True)
    )
    assert "--resume" in str(done[3].input.error)


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are looked up in /proc")
def test_a_process_that_ended_leaves_no_pipe(tmp_path: Path) -> None:
    given = Given(place=str(tmp_path / "nothing"), digest="")
    settings = Settings(paths=(tmp_path / "nothing",), no_files=True)
    job = Job(version="", settings=settings, given=given, language="en", level=40)
    counts = []
    with Processes() as processes:
        for _ in range(3):
            assert "does not exist" in str(processes.examine(job).input.error)
            counts.append(len(os.listdir("/proc/self/fd")))
            (child,) = (int(pid) for pid in Path("/proc/thread-self/children").read_text().split() if serves(pid))
            os.kill(child, signal.SIGKILL)
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert counts == [counts[0]] * 3


def serves(pid: str) -> bool:
    return b"serve_inputs" in Path("/proc", pid, "cmdline").read_bytes()
