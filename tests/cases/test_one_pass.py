"""An archive that can only be read from its start: artefacts are read and bytes searched in one pass over it."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from sousveil.acquisition import tars
from sousveil.acquisition.sysdiagnose import listed
from sousveil.artefacts.model import artefacts_for
from sousveil.cases import worker
from sousveil.cases.model import Outcome
from sousveil.cases.opening import open_path
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examination, Options
from sousveil.cases.scanned import ScanRun
from sousveil.cases.tasks import Failed, HashedFile, Located, LocateTask, Opened, OpenTask, ReadTask, ScanTask
from sousveil.indicators.index import Index
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet
from tests.artefacts.sysdiagnose.archives import TOP, sysdiagnose

HOST = "evil-host.com"
SETS = [
    IndicatorSet(
        name="t",
        sha256="0" * 64,
        indicators=(
            Indicator(
                kind=IndicatorKind.DOMAIN,
                value=HOST,
                original=HOST,
                attributions=(Attribution(set_name="t", family="T", threat_class=None, publisher="P"),),
            ),
        ),
    )
]
MB = 1 << 20


def content(size: int) -> bytes:
    """Bytes that no archive makes smaller."""
    return random.Random(size).randbytes(size)


FILES = {
    "ps.txt": b"USER PID\n" + b"root 1 /sbin/launchd\n" * 9,
    "a.bin": content(3 * MB),
    "b.bin": content(6 * MB),
    "logs/MobileInstallation/mobile_installation.log.0": content(17 * MB),
    "c.bin": content(24 * MB),
    "crashes_and_spins/one.ips": b"see https://" + HOST.encode() + b"/ now",
    "d.bin": content(64),
}
NAMES = ["sysdiagnose.log", "taskinfo.txt", *FILES]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sysdiagnose(tmp_path_factory.mktemp("stream"), dict(FILES))


def below(where: str) -> str:
    return where.partition(TOP + "/")[2]


def answers(task: OpenTask | LocateTask | ReadTask | ScanTask) -> list[object]:
    return list(worker.answer(task))


def located(path: Path, opened: Opened) -> list[ReadTask]:
    needs = {name: dict(artefact.needs) for name, artefact in artefacts_for(opened.device).items()}
    return [
        ReadTask(artefact=one.artefact, files=one.files, device=opened.device)
        for one in answers(LocateTask(path=str(path), needs=needs))
        if isinstance(one, Located)
    ]


def test_the_tasks_follow_the_bytes_and_the_stream_is_unfolded_once(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    listed.cache_clear()
    (opened, _) = answers(OpenTask(path=str(path)))
    assert isinstance(opened, Opened)
    reads = located(path, opened)
    assert len(reads) > 4
    with Pool(1) as pool:
        scan = ScanRun(pool, path, opened, Index.build(SETS))
        tasks = scan.among(reads)
        told = [
            [below(file.where) for file in task.files]
            if isinstance(task, ScanTask)
            else below(task.files["main"].where)
            for task in tasks
            if isinstance(task, ScanTask | ReadTask)
        ]
        ranges = [one for one in told if isinstance(one, list)]
        assert ranges == [
            ["sysdiagnose.log", "taskinfo.txt", "ps.txt", "a.bin"],
            ["b.bin"],
            ["logs/MobileInstallation/mobile_installation.log.0"],
            ["c.bin"],
            ["crashes_and_spins/one.ips", "d.bin"],
        ]
        assert sorted(str(one) for one in told if isinstance(one, str)) == sorted(
            below(read.files["main"].where) for read in reads
        )
        assert told[-1] == "logs/MobileInstallation/mobile_installation.log.0"
        assert told.index("crashes_and_spins/one.ips") > told.index(["c.bin"]) > told.index("ps.txt")
        begun: list[object] = []
        monkeypatch.setattr(
            tars.Unfolded, "_begin", lambda self, real=tars.Unfolded._begin: begun.append(self) or real(self)
        )
        answers(scan.literals)
        for task in tasks[:-1]:
            assert isinstance(task, ScanTask | ReadTask)
            for answer in answers(task):
                assert not (isinstance(task, ScanTask) and isinstance(answer, Failed))
                if isinstance(task, ScanTask) and not isinstance(answer, int):
                    scan.take(answer, lambda *_: None)
        assert len(begun) == 1
        assert [below(file.where) for file in scan.files(lambda *_: None)] == ["", *NAMES]


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_file_comes_in_the_order_of_the_archive(path: Path, jobs: int) -> None:
    seen: list[tuple[str, int]] = []
    with Pool(jobs) as pool:
        run = Examination(
            pool,
            path,
            open_path(pool, path),
            Index.build(SETS),
            SETS,
            Options(),
            lambda what, files, size: seen.append((what, files)),
        )
        run.read(None)
        files = list(run.files())
        case = run.result().case
    outer, *inner = files
    assert outer == HashedFile(
        where=f"/{path.name}", size=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest()
    )
    assert [below(file.where) for file in inner] == NAMES
    for file in inner[2:]:
        data = FILES[below(file.where)]
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert {what for what, _ in seen} == {"progress.scanning"} and sum(count for _, count in seen) == len(NAMES)
    (line,) = (line for line in case.coverage if line.artefact == "scan")
    assert (line.outcome, line.records) == (Outcome.READ, len(files))
    raw = [finding for finding in case.findings if finding.source.file.endswith("one.ips")]
    assert [finding.source.offset for finding in raw] == [len(b"see https://")]
