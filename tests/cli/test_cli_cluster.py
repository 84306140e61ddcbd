"""Inputs on a cluster and in a store: what this computer finds, nothing lost, nothing twice, no secret on its way."""

from __future__ import annotations

import http.client
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.cases import stores
from sousveil.cases.fleet import Given, Job
from sousveil.cases.settings import Settings
from sousveil.errors import Usage
from sousveil.version import __version__
from tests.cli.cli_runner import LURE, ROOT, Sousveil, phone, say, small
from tests.cli.cluster_runner import (
    KEY,
    S3,
    SECRET,
    Relay,
    arguments_of_all,
    certificates,
    clock,
    cluster,
    free_port,
    wait,
)

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc"),
]
SMALL, MEDIUM = "64k", "260k"
"""Sizes of a disk: no room for an input, and room for an input but not for its case too."""
WORD = "canary-word"
"""The password of the encrypted phone."""


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four phones, of which one has a link that is looked for."""
    folder = tmp_path_factory.mktemp("phones")
    for number in range(4):
        small(
            folder / f"p{number}", *([f"see https://a.{LURE}/x"] if number == 2 else ["good night"]), seed=60 + number
        )
    return folder


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    server = S3(tmp_path_factory.mktemp("s3"))
    try:
        yield server
    finally:
        server.end()


@pytest.fixture
def inbox(s3: S3, phones: Path, request: pytest.FixtureRequest) -> str:
    """A bucket of this test, with the phones."""
    bucket = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[-50:].strip("-")
    s3.system.mkdir(bucket)
    s3.system.put(str(phones), f"{bucket}/inbox", recursive=True)
    return bucket


def check(sv: Sousveil, *words: object) -> list[object]:
    return ["check", *words, "--no-bundled", "--indicators", sv.iocs, "--no-scan"]


def cases(out: Path) -> Counter[str]:
    """How many cases each input has."""
    runs = out.glob("case-*/run.json")
    return Counter(Path(json.loads(run.read_bytes())["inputs"][0]).name for run in runs)


def findings(store: Any, bucket: str) -> dict[str, bytes]:
    """What was found, by the name of the input; every case is whole."""
    found = {}
    for run in store.glob(f"{bucket}/out/case-*/run.json"):
        (source,) = json.loads(store.cat_file(run))["inputs"]
        assert source.rpartition("/")[2] not in found and source.startswith(f"s3://{bucket}/inbox/")
        folder = run.removesuffix("/run.json")
        found[source.rpartition("/")[2]] = store.cat_file(f"{folder}/findings.json")
        assert {"report.html", "report.json"} <= {path.rpartition("/")[2] for path in store.ls(folder)}
    assert store.glob(f"{bucket}/out/.sousveil-begun/*") == []
    return found


def test_a_cluster_finds_in_a_store_what_this_computer_finds(
    sv: Sousveil, phones: Path, s3: S3, inbox: str, tmp_path: Path
) -> None:
    """Through TLS; secrets stay where they are, and scratch is empty at the end."""
    with phone(encrypted=True) as made:
        made.password = WORD
        say(made, f"see https://b.{LURE}/y")
        made.write(tmp_path / "locked")
    s3.system.put(str(tmp_path / "locked"), f"{inbox}/inbox/locked", recursive=True)
    own = tmp_path / "own"
    shutil.copytree(phones, own)
    shutil.copytree(tmp_path / "locked", own / "locked")
    (sv.home / "password.txt").write_text(WORD + "\n")
    words = ["--password-file", sv.home / "password.txt"]
    here = sv(*check(sv, own, *words, "--out", sv.home / "out"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    sv.env |= s3.environment()
    seen: list[str] = []
    with cluster(sv, tmp_path / "cluster", workers=0, tls=certificates(tmp_path / "tls")) as running:
        for number in range(2):
            running.worker(number, {"SOUSVEIL_SCRATCH": str(scratch)})
        command = check(sv, f"s3://{inbox}/inbox", *words, "--out", f"s3://{inbox}/out", "--json", *running.options)
        process = sv.start(*command)
        looking = threading.Thread(target=look_at_arguments, args=(process, seen))
        looking.start()
        out, err = process.communicate(timeout=150)
        looking.join()
        assert process.returncode == here.code == 1, err
        before = {path: s3.system.info(path)["LastModified"] for path in s3.system.find(f"{inbox}/out")}
        again = sv(*command, "--resume")
        kept = running.logs
    rows = json.loads(out)["cases"]
    assert [(row["path"].rpartition("/")[2], row["error"]) for row in rows] == [
        ("locked", None), ("p0", None), ("p1", None), ("p2", None), ("p3", None),
    ]  # fmt: skip
    in_store = findings(s3.system, inbox)
    assert sorted(in_store.values()) == sorted(p.read_bytes() for p in (sv.home / "out").glob("case-*/findings.json"))
    assert [row["folder"].startswith(f"s3://{inbox}/out/case-") for row in rows] == [True] * 5
    page = s3.system.cat_file(f"{inbox}/out/index.html").decode()
    assert page.count("/report.html") == 5 and "2 of 5" in page
    assert [row.get("verdict") for row in json.loads(again.out)["cases"]] == [row["verdict"] for row in rows]
    after = {path: s3.system.info(path)["LastModified"] for path in before}
    assert after == before and len(findings(s3.system, inbox)) == 5
    assert list(scratch.iterdir()) == []
    everything = [
        *seen,
        kept,
        err.decode(),
        out.decode(),
        again.err,
        *map(bytes.decode, map(s3.system.cat_file, before_texts(before))),
    ]
    assert any("serve_inputs" in text for text in seen)
    for secret in (KEY, SECRET, WORD):
        assert not any(secret in text for text in everything), secret


def look_at_arguments(process: subprocess.Popen[bytes], seen: list[str]) -> None:
    while process.poll() is None:
        seen.append(arguments_of_all())
        time.sleep(0.2)


def before_texts(paths: dict[str, Any]) -> list[str]:
    return [path for path in paths if path.endswith((".json", ".html", ".txt"))]


def test_a_killed_worker_loses_no_case(sv: Sousveil, phones: Path, tmp_path: Path) -> None:
    """The clock of the other worker is 400 days ahead: nothing depends on it. No secret travels to the scheduler."""
    (sv.home / "password.txt").write_text(WORD + "\n")
    sv.env |= {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "DASK_DISTRIBUTED__COMM__COMPRESSION": "None"}
    ahead = tmp_path / "ahead"
    ahead.mkdir()
    (ahead / "sitecustomize.py").write_text("import time\ntrue = time.time\ntime.time = lambda: true() + 400 * 86400\n")
    out = sv.home / "out"
    with cluster(sv, tmp_path / "cluster", workers=1) as running:
        running.worker(1, {"PYTHONPATH": os.pathsep.join((str(ahead), str(ROOT / "src")))})
        words = [*check(sv, phones, "--out", out), "--password-file", sv.home / "password.txt"]
        with Relay(running.address) as relay:
            process = sv.start(*words, "--on", relay.address)
            wait(lambda: any(out.glob("case-*")) or process.poll() is not None)
            running.processes[1].kill()
            printed, err = process.communicate(timeout=100)
    assert process.returncode == 1 and b"needs a closer look: 1; no known traces: 3." in printed, err
    assert cases(out) == {f"p{number}": 1 for number in range(4)}
    assert not list(out.glob(".sousveil-*.part"))
    assert all(bytes(phones / f"p{number}") in relay.passed for number in range(4)), "the tasks passed here"
    assert not any(secret.encode() in relay.passed for secret in (KEY, SECRET, WORD))


@pytest.mark.full
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler, for another clock")
def test_clocks_that_differ_lose_nothing_and_repeat_nothing(sv: Sousveil, phones: Path, tmp_path: Path) -> None:
    """The worker is two days behind, and the store two days ahead. A case states the time of its worker."""
    behind, ahead = (clock(tmp_path, days * 86_400) for days in (-2, 2))
    here = sv(*check(sv, phones, "--out", sv.home / "out"))
    server = S3(tmp_path, ahead)
    try:
        store = server.system
        store.mkdir("late")
        store.put(str(phones), "late/inbox", recursive=True)
        sv.env |= server.environment()
        words = check(sv, "s3://late/inbox", "--out", "s3://late/out")
        with cluster(sv, tmp_path / "cluster", workers=0) as running:
            running.worker(0, behind)
            ran = sv(*words, *running.options)
        times = {path: store.info(path)["LastModified"] for path in store.find("late/out")}
        again = sv(*words, "--resume")
        found = findings(store, "late")
        (run, *_) = (json.loads(store.cat_file(path)) for path in store.glob("late/out/case-*/run.json"))
        assert {path: store.info(path)["LastModified"] for path in times} == times
    finally:
        server.end()
    assert ran.code == again.code == here.code == 1
    assert sorted(found.values()) == sorted(p.read_bytes() for p in (sv.home / "out").glob("case-*/findings.json"))
    now = datetime.now(UTC)
    assert [(now - datetime.fromisoformat(run["started"])).days, (min(times.values()) - now).days] == [2, 1]


def test_a_killed_scheduler_loses_no_case(sv: Sousveil, phones: Path, tmp_path: Path) -> None:
    out = sv.home / "out"
    with cluster(sv, tmp_path / "first") as running:
        process = sv.start(*check(sv, phones, "--out", out, *running.options))
        wait(lambda: any(out.glob("case-*/findings.json")))
        running.scheduler.kill()
        printed, err = process.communicate(timeout=100)
        assert process.returncode in (1, 2) and b"no result" in printed, err
        assert b"--resume" in err and b"Traceback" not in err and b"distributed" not in err
    wait(lambda: "serve_inputs" not in arguments_of_all() or not list(out.glob(".sousveil-*.part")))
    finished = {path: path.stat().st_mtime_ns for path in out.glob("case-*/findings.json")}
    assert len(finished) > 0
    with cluster(sv, tmp_path / "second") as running:
        resumed = sv(*check(sv, phones, "--out", out, "--resume", *running.options))
    assert resumed.code == 1 and cases(out) == {f"p{number}": 1 for number in range(4)}
    assert {path: path.stat().st_mtime_ns for path in finished} == finished


def test_what_cannot_run_is_refused_by_name(sv: Sousveil, phones: Path, tmp_path: Path) -> None:
    words = check(sv, phones, "--out", sv.home / "out")
    refused = {
        "tcp://192.0.2.1:8786": "not be encrypted",
        "tls://127.0.0.1:8786": "needs certificates",
        "http://127.0.0.1:8786": "not the address",
        "tcp://127.0.0.1": "not the address",
    }
    for address, why in refused.items():
        ran = sv(*words, "--on", address)
        assert ran.code == 2 and ran.out == b"" and why in ran.err
    other = tmp_path / "other"
    other.mkdir()
    (other / "sousveil-0.0.1.dist-info").mkdir()
    (other / "sousveil-0.0.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: sousveil\nVersion: 0.0.1\n"
    )
    with cluster(sv, tmp_path / "cluster", workers=1) as running:
        running.worker(1, {"PYTHONPATH": os.pathsep.join((str(other), str(ROOT / "src")))})
        ran = sv(*words, *running.options)
        log = running.log("worker1")
    address = next(word for word in log.split() if word.startswith("tcp://") and word != running.address)
    assert ran.code == 2 and f"The worker {address} has sousveil 0.0.1" in ran.err and "Nothing was sent" in ran.err
    assert not (sv.home / "out").exists() or not any((sv.home / "out").iterdir())
    ran = sv(*words[:2], "--no-files", "--on", "tcp://127.0.0.1:9", "--resume")
    assert ran.code == 2 and "--resume needs" in ran.err


# Stores that answer badly


class _Bad(BaseHTTPRequestHandler):
    """Hands requests on to the S3 server; an object of p0 never comes, one of p1 comes half, one of p2 not at all."""

    protocol_version = "HTTP/1.1"
    port = 0
    free = threading.Event()

    def log_message(self, *_: object) -> None:
        pass

    def _hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        there = http.client.HTTPConnection("127.0.0.1", self.port)
        there.request(self.command, self.path, body, dict(self.headers))
        answer = there.getresponse()
        content = answer.read()
        asked = self.command == "GET" and self.path.partition("?")[0].endswith("/Manifest.db")
        if asked and "/p0/" in self.path:
            self.free.wait(60)
        half = asked and "/p1/" in self.path
        self.send_response(500 if asked and "/p2/" in self.path else answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                self.send_header(name, value)
        length = answer.headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length)
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if half else content)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _hand_on


def test_a_store_that_answers_badly_costs_its_inputs_alone(sv: Sousveil, s3: S3, inbox: str, tmp_path: Path) -> None:
    _Bad.port = s3.port
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Bad)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sv.env |= s3.environment(server.server_address[1])
    sv.env |= {"SOUSVEIL_STORE_SILENCE": "6", "SOUSVEIL_SCRATCH": str(tmp_path)}
    try:
        ran = sv(*check(sv, f"s3://{inbox}/inbox", "--out", f"s3://{inbox}/out", "--json"))
    finally:
        _Bad.free.set()
        server.shutdown()
        server.server_close()
    rows = {row["path"].rpartition("/")[2]: row for row in json.loads(ran.out)["cases"]}
    assert ran.code == 2 and {name: row["exit_code"] for name, row in rows.items()} == {
        "p0": 2,
        "p1": 2,
        "p2": 2,
        "p3": 3,
    }
    assert "did not answer for 6 seconds" in rows["p0"]["error"]
    assert all("--resume" in rows[name]["error"] for name in ("p0", "p1", "p2"))
    assert list(findings(s3.system, inbox)) == ["p3"]
    sv.env |= s3.environment()
    again = sv(*check(sv, f"s3://{inbox}/inbox", "--out", f"s3://{inbox}/out", "--resume"))
    assert again.code == 1 and sorted(findings(s3.system, inbox)) == ["p0", "p1", "p2", "p3"]
    assert not list(tmp_path.glob("sousveil-*"))


def test_of_two_savers_at_once_one_leaves_a_case(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both learn that no case of the input is whole before either notes that its own is."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    s3.system.mkdir("savers")
    both, known, passed = threading.Barrier(2), stores.finished_with, threading.local()

    def late(*words: Any) -> str | None:
        address = known(*words)
        if not hasattr(passed, "once"):
            passed.once = both.wait(60)
        return address

    monkeypatch.setattr(stores, "finished_with", late)

    def save(name: str) -> str:
        (tmp_path / name).mkdir()
        (tmp_path / name / "findings.json").write_text(name)
        return stores.save_case(stores.Store("s3://savers/out"), tmp_path / name, "digest")

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(save, ("case-1-a", "case-1-b"))
    assert first == second == known(stores.Store("s3://savers/out"), "digest")
    assert sorted(s3.system.find("savers")) == [
        "savers/out/.sousveil-inputs/digest",
        f"{first.removeprefix('s3://')}/findings.json",
    ]


def test_an_address_with_a_secret_is_refused(sv: Sousveil) -> None:
    for address in ("s3://key:canary@bucket/x", "https://store.example/x?token=canary", "zip://x::s3://canary"):
        for words in ((address, "--no-files"), (sv.home, "--out", address)):
            ran = sv("check", *words)
            assert ran.code == 2 and ran.out == b"" and "canary" not in ran.err, ran.err


# A full disk


def _can_mount() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    script = "mount -t tmpfs -o size=64k none /mnt"
    return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _can_mount(), reason="needs the right to mount a small disk (Linux, root)")
def test_a_full_disk_loses_no_case(sv: Sousveil, phones: Path, tmp_path: Path) -> None:
    """A disk that takes one case of four in the first run, and all in the second."""
    disk = tmp_path / "disk"
    disk.mkdir()
    line = [str(word) for word in check(sv, phones, "--out", f"{disk}/out", "--jobs", 2)]
    script = """mount -t tmpfs -o size=300k none "$1" || exit 99; d="$1"; shift
        "$@"; echo "code $?"; stat -c '%n %Y %i' "$d"/out/case-*/findings.json; echo ---
        mount -o remount,size=64m "$d"; "$@" --resume >/dev/null; echo "code $?"
        stat -c '%n %Y %i' "$d"/out/case-*/findings.json; ls -A "$d/out" """
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", str(disk), sys.executable, "-m", "sousveil.cli", *line],
        env=sv.environment(), cwd=sv.home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    first, _, second = done.stdout.partition("---\n")
    assert "The disk is full" in done.stderr and "Traceback" not in done.stderr, done.stderr
    kept = [row for row in first.splitlines() if row.startswith(f"{disk}/out/case-")]
    assert 1 <= len(kept) < 4 and "no result" in first
    assert second.startswith("code 1\n") and all(row in second for row in kept)
    assert second.count("findings.json") == 4 and ".part" not in second


@pytest.mark.skipif(not _can_mount(), reason="needs the right to mount a small disk (Linux, root)")
@pytest.mark.full(SMALL)
@pytest.mark.parametrize("size", [SMALL, MEDIUM])
def test_a_full_scratch_disk_of_a_worker_loses_no_case(
    sv: Sousveil, s3: S3, inbox: str, tmp_path: Path, size: str
) -> None:
    """On a disk that has no room for an input, or for an input and no case. The other worker has room."""
    sv.env |= s3.environment()
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f'mount -t tmpfs -o size={size} none {disk} && exec "$@"'
    words = check(sv, f"s3://{inbox}/inbox", "--out", f"s3://{inbox}/out", "--json")
    with cluster(sv, tmp_path / "cluster", workers=1) as running:
        small_disk = {"SOUSVEIL_SCRATCH": str(disk)}
        full = running.worker(1, small_disk, before=["unshare", "-m", "sh", "-c", script, "sh"])
        ran = sv(*words, *running.options)
        full.kill()
        full.wait()
        rows = {row["path"].rpartition("/")[2]: row["error"] for row in json.loads(ran.out)["cases"]}
        failures = [error for error in rows.values() if error is not None]
        assert ran.code == (1 if rows["p2"] is None else 2) and 1 <= len(failures) < 4
        todo = (
            f"Make room in the scratch folder of {platform.node()}, or name another folder there with SOUSVEIL_SCRATCH."
        )
        assert all("disk is full" in error and todo in error and "--resume" in error for error in failures), failures
        whole = findings(s3.system, inbox)
        assert sorted(whole) == [name for name, error in sorted(rows.items()) if error is None]
        again = sv(*words, "--resume", *running.options)
    assert again.code == 1 and findings(s3.system, inbox).keys() == rows.keys()
    assert whole.items() <= findings(s3.system, inbox).items()


@pytest.mark.parametrize("module", ["distributed", "s3fs"])
def test_a_missing_extra_is_named(sv: Sousveil, phones: Path, tmp_path: Path, module: str) -> None:
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    (lacking / f"{module}.py").write_text(f"raise ModuleNotFoundError('no {module}', name='{module}')\n")
    env = {"PYTHONPATH": os.pathsep.join((str(lacking), str(ROOT / "src")))}
    place = ["--on", "tcp://127.0.0.1:9", phones] if module == "distributed" else ["s3://bucket/x"]
    ran = sv(*check(sv, *place, "--out", sv.home / "out"), env=env)
    assert ran.code == 2 and ran.out == b"" and "needs the extra [cluster]" in ran.err


def test_a_worker_that_came_later_refuses_another_version(phones: Path) -> None:
    from sousveil.cases.cluster import examine_job

    given = Given(place=str(phones / "p0"), digest="")
    job = Job(version="0.0.1", settings=Settings(paths=(phones / "p0",)), given=given, language="en", level=30)
    row = examine_job(job).input
    assert (row.case, row.exit_code) == (None, 2) and "this computer has version 0.0.1" in str(row.error)


def after_check(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have something happen after the workers were checked and before an input is submitted."""
    from sousveil.cases import cluster as module

    monkeypatch.setattr(module, "WATCH", 0.2)
    monkeypatch.setattr(module, "clear", lambda _: act())


def given_phones(sv: Sousveil, phones: Path) -> tuple[Settings, list[Given]]:
    settings = Settings(paths=(), out=sv.home / "out", no_bundled=True, indicators=(Path(sv.iocs),), no_scan=True)
    return settings, [Given(place=str(path), digest=path.name) for path in sorted(phones.iterdir())]


def children(process: subprocess.Popen[bytes]) -> str:
    return "".join(path.read_text() for path in Path(f"/proc/{process.pid}/task").glob("*/children"))


def test_a_plain_worker_that_comes_later_gets_nothing(
    sv: Sousveil, phones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sousveil.cases import cluster as module

    late = f"tcp://0.0.0.0:{free_port()}"  # the system hands it to this computer, and it is no address of loopback
    options = ["--listen-address", late, "--contact-address", late]
    with cluster(sv, tmp_path / "cluster", workers=1) as running:
        after_check(monkeypatch, lambda: running.worker(1, options=options))
        settings, given = given_phones(sv, phones)
        done = list(module.run_on(running.address, None, settings, given))
        assert [one.input.error for one in done] == [None] * 4
        assert children(running.processes[1]) and not children(running.processes[2])
        job = Job(version=__version__, settings=settings, given=given[0], language="en", level=40)
        with module.dask.Client(running.address, set_as_default=False) as client:
            row = client.submit(module.examine_job, job, workers=[late]).result(60).input
        assert row.exit_code == 2 and f"The connection to {late} would not be encrypted" in str(row.error)


def test_the_death_of_the_last_worker_ends_the_run(
    sv: Sousveil, phones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sousveil.cases import cluster as module

    with cluster(sv, tmp_path / "cluster", workers=1) as running:
        after_check(monkeypatch, running.processes[1].kill)
        done = list(module.run_on(running.address, None, *given_phones(sv, phones)))
    assert [(one.input.exit_code, "--resume" in str(one.input.error)) for one in done] == [(2, True)] * 4


def test_a_frozen_scheduler_ends_the_run(
    sv: Sousveil, phones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was frozen before the run is refused; one that freezes later costs what it has not returned."""
    from sousveil.cases import cluster as module

    monkeypatch.setattr(module, "SILENCE", 2.0)
    monkeypatch.setattr(module, "WAIT", 2)
    settings, given = given_phones(sv, phones)
    with cluster(sv, tmp_path / "cluster", workers=1) as running:
        with monkeypatch.context() as frozen:
            after_check(frozen, lambda: running.scheduler.send_signal(signal.SIGSTOP))
            done = list(module.run_on(running.address, None, settings, given))
        assert [(one.input.exit_code, "--resume" in str(one.input.error)) for one in done] == [(2, True)] * 4
        with pytest.raises(Usage, match="It does not answer"):
            next(module.run_on(running.address, None, settings, given))
        running.scheduler.send_signal(signal.SIGCONT)
        monkeypatch.setattr(module, "WAIT", 30)
        again = list(module.run_on(running.address, None, msgspec.structs.replace(settings, resume=True), given))
    assert [one.input.error for one in again] == [None] * 4
    assert cases(sv.home / "out") == {f"p{number}": 1 for number in range(4)}
