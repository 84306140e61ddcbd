"""Many inputs: what is finished, how many phones have a finding, and executors of other makes."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.cases.finished import JOURNAL, clear_unfinished, finished_cases, input_digest, note_input, reserve
from sousveil.cases.fleet import Done, Given, Job, Processes, examine_all
from sousveil.cases.many import Cases, Input, Prevalence, prevalence
from sousveil.cases.model import Coverage, Outcome
from sousveil.cases.settings import Settings
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
    assert names == ["case-1", "case-1-2"]
    assert finished_cases(settings) == {}
    (out / "case-1/findings.json").write_text("{}")
    with (out / JOURNAL).open("ab") as journal:
        journal.write(b'["a list"]\n{"input":"y","folder":"../phone"}\n{"input":"z"}\n{"input":"cut')
    assert finished_cases(settings) == {digest: out / "case-1"}
    (out / ".sousveil-1.part").mkdir()
    clear_unfinished(settings)
    assert sorted(path.name for path in out.iterdir()) == [JOURNAL, "case-1"]


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
