"""One examination: failures come across the border as what they were; a worker's false answers cost its artefact."""

from __future__ import annotations

import os
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from phonegen import Phone
from phonegen.ios import sms
from sousveil.acquisition.model import Device
from sousveil.artefacts.model import discover
from sousveil.cases.coverage import Reading, looked_at
from sousveil.cases.gather import Gatherer
from sousveil.cases.model import Coverage, Outcome
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examination, InternalError, Options, as_error, default_jobs, open_path, overflow_lines
from sousveil.cases.tasks import Broken, Failed, HashedFile
from sousveil.errors import Locked, SousveilError, Unsupported, Usage
from sousveil.findings.matching import Matcher
from sousveil.findings.verdict import Verdict
from sousveil.indicators.index import Index
from sousveil.indicators.load import load_bytes
from sousveil.kinds import number_of
from sousveil.records import Batch

SETS = load_bytes(b"lure-for-tests.example\n", "mine.txt", "mine")


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def fill(db: Any) -> None:
        for number, text in enumerate(("see https://lure-for-tests.example/", "good night")):
            sms.insert(db, 16, text=text, handle="+15550100", at=1_740_000_000 + number)

    with Phone(iterations=(1000, 10), ios="16.5") as phone:
        phone.database(sms, fill)
        return phone.write(tmp_path_factory.mktemp("run") / "b")


def examination(pool: Pool, backup: Path, seen: list[str] | None = None) -> Examination:
    index = Index.build(SETS)
    return Examination(
        pool,
        backup,
        open_path(pool, backup),
        index,
        SETS,
        Options(scan=False, today=date(2026, 1, 1)),
        lambda what, files, size: seen.append(what) if seen is not None else None,
    )


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Failed(error="Locked", message="m", hint="h"), Locked),
        (Failed(error="Usage", message="m", hint="h"), Usage),
        (Failed(error="KeyboardInterrupt", message="m"), SousveilError),
        (Failed(error="__builtins__", message="m"), SousveilError),
        (Failed(error="annotations", message="m"), SousveilError),
        (Broken(trace="m"), InternalError),
    ],
)
def test_errors_come_across(failure: Failed | Broken, kind: type[BaseException]) -> None:
    error = as_error(failure)
    assert type(error) is kind and str(error).startswith("m")


def test_whole(backup: Path) -> None:
    seen: list[str] = []
    with Pool(2) as pool:
        run = examination(pool, backup, seen)
        run.read(None)
        files = [(f.where, f.size) for f in run.files()]
        case = run.result().case
    assert (
        "HomeDomain/Library/SMS/sms.db",
        (backup / "3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28").stat().st_size,
    ) in files
    assert files == sorted(files) and "ios.sms" in seen
    assert (case.verdict, case.exit_code, len(case.findings)) == (Verdict.SUSPICIOUS, 1, 1)
    assert case.findings[0].source.sha256 == run.hashes["HomeDomain/Library/SMS/sms.db"].sha256
    assert [c.outcome for c in case.coverage if c.artefact == "scan"] == [Outcome.SKIPPED]


@pytest.mark.parametrize(
    "change",
    [{"artefact": "ios.other"}, {"count": 7}, {"columns": {"nonsense": [1, 2]}}, {"columns": {"text": [1, b"2"]}}],
)
def test_a_false_batch_costs_its_artefact(
    backup: Path, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Pool(1) as pool:
        run = examination(pool, backup)
        real = pool.run

        def lying(given: Any, **how: Any) -> Any:
            for task, answer in real(given, **how):
                if isinstance(answer, Batch) and answer.artefact == "ios.sms":
                    fields = {f: getattr(answer, f) for f in answer.__struct_fields__}
                    answer = Batch(**{**fields, **change})
                yield task, answer

        monkeypatch.setattr(pool, "run", lying)
        run.read(None)
        examined = run.result()
    (line,) = (c for c in examined.case.coverage if c.artefact == "ios.sms")
    assert (line.outcome, line.records, examined.internal_errors) == (Outcome.FAILED, 0, ())
    assert examined.case.findings == ()


def test_a_failure_keeps_what_was_read(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_TEST_INJECT", "die:ios.sms")
    with Pool(1) as pool:
        run = examination(pool, backup)
        run.read(None)
        case = run.result().case
    (line,) = (c for c in case.coverage if c.artefact == "ios.sms")
    assert (line.outcome, line.records, len(case.findings)) == (Outcome.FAILED, 2, 1)
    # The worker died before it had hashed the file, and the task for attachments had left that to it.
    where, stored = "HomeDomain/Library/SMS/sms.db", backup / "3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28"
    assert run.hashes[where].sha256 == sha256(stored.read_bytes()).hexdigest() == case.findings[0].source.sha256


def test_each_file_is_hashed_once(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever tasks read it; the manifest, which was hashed when it was opened, not again."""
    told: list[str] = []
    with Pool(2) as pool:
        run = examination(pool, backup)
        real = pool.run

        def counting(given: Any, **how: Any) -> Any:
            for task, answer in real(given, **how):
                if isinstance(answer, HashedFile):
                    told.append(answer.where)
                yield task, answer

        monkeypatch.setattr(pool, "run", counting)
        run.read(None)
    assert sorted(told) == sorted(set(run.hashes) - {"/Manifest.db"}) and "HomeDomain/Library/SMS/sms.db" in told
    assert run.hashes["/Manifest.db"].sha256 == sha256((backup / "Manifest.db").read_bytes()).hexdigest()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with Pool(1) as pool:
        with pytest.raises(Unsupported, match="not a known acquisition of a phone"):
            open_path(pool, tmp_path)
        for name in ("Info.plist", "Manifest.plist"):
            (tmp_path / name).write_bytes(b"")
        opened = open_path(pool, tmp_path)
        assert "manifest_missing" in {limit.id for limit in opened.limits} and opened.files == 0


def test_jobs() -> None:
    assert 1 <= default_jobs() <= 4


@pytest.mark.parametrize(
    ("head", "size", "jobs"),
    [
        (b"0|/private/var/a", 8 << 20, 1),
        (b"0|/private/var/a", (8 << 20) + 1, 4),
        (b"PK\x03\x04", 3 << 20, 1),
        (b"PK\x03\x04", (3 << 20) + 1, 4),
        (b"\x1f\x8b\x08", (3 << 20) + 1, 4),
        (b"age-encryption.org/v1\n", (3 << 20) + 1, 4),
        (b"ANDROID BACKUP\n", (3 << 20) + 1, 4),
    ],
)
def test_small_inputs_have_one_worker(
    head: bytes, size: int, jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    path = tmp_path / "input"
    path.write_bytes(head)
    os.truncate(path, size)
    assert default_jobs([path]) == jobs
    assert default_jobs([path, tmp_path]) == 4  # a folder is never small


def coverage(outcome: Outcome, records: int, detail: str, artefact: str = "scan") -> Coverage:
    return Coverage(artefact=artefact, outcome=outcome, records=records, detail=detail)


def test_a_raw_pass_that_met_no_file() -> None:
    empty = coverage(Outcome.READ, 0, "0 files, every byte")
    told = "no file was searched: "
    assert looked_at(empty, "it is gone.") == coverage(Outcome.FAILED, 0, told + "it is gone.")
    assert looked_at(empty) == coverage(Outcome.FAILED, 0, told + "the backup's list of files gave none")
    for line in (
        coverage(Outcome.READ, 1, "1 file, every byte"),
        coverage(Outcome.SKIPPED, 0, "left out"),
        coverage(Outcome.FAILED, 0, "why"),
    ):
        assert looked_at(line, "it is gone.") is line


def test_one_is_singular() -> None:
    reading = Reading(discover()["ios.sms"], files=1, records=1)
    assert reading.line(Device()).detail == "1 file"
    reading.failed("sms.db", Failed(error="Malformed", message="cut off."))
    assert reading.line(Device()).detail == "sms.db: cut off. (1 row was read)"
    gatherer = Gatherer(Matcher(Index.build(SETS)), {})
    gatherer.lost_rows["r", "rows"], gatherer.lost_matches = 1, 1
    assert [line.detail for line in overflow_lines(gatherer)] == [
        "1 row of rows did not fit into the memory of this rule and was not looked at by it",
        "1 more row matched than are kept",
    ]
    assert [number_of(count, "file") for count in (0, 1, 2000)] == ["0 files", "1 file", "2,000 files"]


def test_a_table_in_an_unknown_form_forbids_exit_code_0(tmp_path: Path) -> None:
    """The permissions are lost, and what is left of them is read; a new version of a system looks like this."""
    schema = (
        "CREATE TABLE access (service, client, client_type, auth_decision);"
        "CREATE TABLE expired (service, client, client_type, expired_at);"
        "INSERT INTO access VALUES ('kTCCServiceCamera', 'example.app', 0, 2);"
        "INSERT INTO expired VALUES ('kTCCServiceCamera', 'example.app', 0, 1740000000);"
    )
    with Phone(iterations=(1000, 10), ios="16.5") as phone:
        phone.database(("HomeDomain", "Library/TCC/TCC.db"), lambda db: db.execute(schema))
        folder = phone.write(tmp_path / "b")
    with Pool(1) as pool:
        run = examination(pool, folder)
        run.read(None)
        list(run.files())
        case = run.result().case
    (line,) = [one for one in case.coverage if one.artefact == "ios.tcc"]
    assert (line.outcome, line.records, case.exit_code) == (Outcome.UNSUPPORTED, 1, 3)
    assert {part.name: (part.outcome, part.records) for part in line.parts} == {
        "permissions": (Outcome.UNSUPPORTED, 0),
        "expired": (Outcome.READ, 1),
    }
    assert "permissions: no known layout fits this database (2 tables)." in line.detail
    assert line.detail.endswith("(1 row was read)") and case.verdict is Verdict.NO_KNOWN_TRACES
