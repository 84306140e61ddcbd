"""Large databases in compressed archives: read in any order through an encrypted file that has no name."""

from __future__ import annotations

import errno
import os
import random
import sqlite3
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pyrage
import pytest

from phonegen import Phone, dump
from phonegen.android import Android, androidqf
from phonegen.ios import sms
from sousveil.acquisition import spool, zips
from sousveil.acquisition.model import Packed
from sousveil.acquisition.zips import PackedFile
from sousveil.artefacts.model import Artefact, discover
from sousveil.cases.opening import open_path
from sousveil.cases.pool import Pool
from sousveil.cases.run import locate
from sousveil.cases.tasks import Failed, OpenTask, ReadTask
from sousveil.errors import Malformed
from sousveil.records import Batch
from tests.acquisition.readable import Bytes
from tests.cases.test_pool import run_as

CANARY = "canary 7f3a51c0 "
MB = 1 << 20
HEAD = b"SQLite format 3\0"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setenv("TMPDIR", str(made))
    return made


@pytest.fixture
def descriptor(folder: Path) -> Iterator[int]:
    made = spool.create()
    assert made is not None
    yield made
    os.close(made)


class Stream:
    """Content that is read forward; `begun` counts the passes from the start."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.begun = data, 0, 1

    def __call__(self, amount: int, offset: int) -> bytes:
        if offset < self.at:
            self.begun += 1
        self.at = offset + len(self.data[offset : offset + amount])
        return self.data[offset : offset + amount]


# ---- the file


def test_the_file_has_no_name_and_is_for_its_owner(folder: Path, descriptor: int) -> None:
    facts = os.fstat(descriptor)
    assert (facts.st_nlink, facts.st_mode & 0o777, list(folder.iterdir())) == (0, 0o600, [])


def test_without_nameless_files_the_name_is_removed_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    made = spool.create()
    assert made is not None
    facts = os.fstat(made)
    os.close(made)
    assert (facts.st_nlink, facts.st_mode & 0o777, list(folder.iterdir())) == (0, 0o600, [])


def test_where_no_file_can_be_made_there_is_no_spool(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> int:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(os, "open", refuse)
    assert spool.create() is None


def folder_of(descriptor: int | None) -> Path:
    assert descriptor is not None
    try:
        return Path(os.readlink(f"/proc/self/fd/{descriptor}")).parent
    finally:
        os.close(descriptor)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_first_folder_that_takes_a_file_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert spool.FOLDERS == ("/var/tmp", "/tmp")
    assert folder_of(spool.create()) == folder
    monkeypatch.delenv("TMPDIR")
    monkeypatch.setattr(spool, "FOLDERS", (str(folder / "missing"), str(folder), str(folder.parent)))
    assert folder_of(spool.create()) == folder


# ---- the content


def test_a_database_is_copied_as_it_passes(descriptor: int) -> None:
    rng = random.Random(1)
    data = HEAD + CANARY.encode() * 4 + rng.randbytes(1_000_000)
    held, stream = spool.Spool(descriptor, spool.MAX_ALL), Stream(data)

    def read(amount: int, offset: int) -> bytes | None:
        return held.read("a", len(data), amount, offset, stream, back=offset < stream.at)

    assert read(100, 0) == data[:100]
    for _ in range(300):
        offset, amount = rng.randrange(len(data)), rng.choice((1, 4096, 65_536, 200_000))
        assert read(amount, offset) == data[offset : offset + amount]
    assert stream.begun == 1
    size = os.fstat(descriptor).st_size
    stored = os.pread(descriptor, size, 0)
    assert size == len(data) // spool.BLOCK * (spool.BLOCK + spool.TAG)
    assert CANARY.encode() not in stored and data[500_000:500_032] not in stored


def test_another_file_is_copied_once_somebody_steps_back(descriptor: int) -> None:
    data = random.Random(2).randbytes(400_000)
    held, stream = spool.Spool(descriptor, spool.MAX_ALL), Stream(data)
    for offset in (0, 100_000, 300_000):
        assert held.read("a", len(data), 50_000, offset, stream, back=False) == data[offset : offset + 50_000]
    assert os.fstat(descriptor).st_size == 0
    assert held.read("a", len(data), 9, 5, stream, back=True) == data[5:14]
    assert held.read("a", len(data), 9, 399_995, stream, back=False) == data[399_995:]
    assert held.read("a", len(data), 9, 7, stream, back=True) == data[7:16]
    assert (stream.begun, os.fstat(descriptor).st_size > 0) == (2, True)


def test_a_block_that_was_changed_is_refused(descriptor: int) -> None:
    data = HEAD + bytes(300_000)
    held, stream = spool.Spool(descriptor, spool.MAX_ALL), Stream(data)
    held.read("a", len(data), 200_000, 0, stream, back=False)
    os.pwrite(descriptor, b"x", 70_000)
    assert held.read("a", len(data), 9, 20, stream, back=True) == bytes(9)
    with pytest.raises(Malformed, match="changed on disk"):
        held.read("a", len(data), 9, 70_000, stream, back=True)


def test_files_make_room_for_others(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MAX_ALL", 10 * spool.BLOCK)
    monkeypatch.setattr(spool, "MAX_FILE", 8 * spool.BLOCK)
    held = spool.Spool(descriptor, spool.MAX_ALL)
    files = {name: HEAD + random.Random(name).randbytes(6 * spool.BLOCK - 16) for name in "abc"}
    streams = {name: Stream(data) for name, data in files.items()}
    for name in "aabbaccb":
        data = files[name]
        held.read(name, len(data), 100, 0, streams[name], back=False)
        assert held.read(name, len(data), 9, len(data) - 9, streams[name], back=False) == data[-9:]
        assert held.read(name, len(data), 100, 70_000, streams[name], back=True) == data[70_000:70_100]
        assert os.fstat(descriptor).st_size <= 10 * (spool.BLOCK + spool.TAG)
    assert {name: stream.begun for name, stream in streams.items()} == {"a": 2, "b": 2, "c": 1}


def test_files_that_fit_stay_together(descriptor: int) -> None:
    assert (spool.MAX_FILE, spool.MAX_ALL) == (1024 * MB, 2048 * MB)
    held = spool.Spool(descriptor, 10 * spool.BLOCK)
    files = {name: HEAD + random.Random(name).randbytes(4 * spool.BLOCK - 16) for name in "ab"}
    streams = {name: Stream(data) for name, data in files.items()}
    for back in (False, True):
        for name, data in files.items():
            for offset in (0, len(data) - 99):
                assert held.read(name, len(data), 99, offset, streams[name], back=back) == data[offset : offset + 99]
    assert [stream.begun for stream in streams.values()] == [1, 1]


def test_a_file_that_is_too_large_can_be_read_forward(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MAX_FILE", 2 * MB)
    data = HEAD + bytes(2 * MB)
    held, stream = spool.Spool(descriptor, spool.MAX_ALL), Stream(data)
    assert held.read("a", len(data), MB, 0, stream, back=False) == data[:MB]
    assert held.read("a", len(data), MB, MB, stream, back=False) == data[MB : 2 * MB]
    assert held.read("a", len(data), 9, 5, stream, back=True) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_costs_the_step_back_alone() -> None:
    full = os.open("/dev/full", os.O_RDWR)
    data = HEAD + bytes(300_000)
    held, stream = spool.Spool(full, spool.MAX_ALL), Stream(data)
    try:
        for offset in (0, 100_000, 200_000):
            assert held.read("a", len(data), 100_000, offset, stream, back=False) == data[offset : offset + 100_000]
        assert held.read("a", len(data), 9, 5, stream, back=True) is None
    finally:
        os.close(full)


def test_what_comes_before_damage_can_be_read(descriptor: int) -> None:
    data = HEAD + random.Random(3).randbytes(200_000)

    def cut(amount: int, offset: int) -> bytes:
        if offset >= 150_000:
            raise Malformed("cut off")
        return data[offset : min(offset + amount, 150_000)]

    held = spool.Spool(descriptor, spool.MAX_ALL)
    assert held.read("a", len(data), 100, 0, cut, back=False) == data[:100]
    assert held.read("a", len(data), 60_000, 100_000, cut, back=False) == data[100_000:150_000]
    with pytest.raises(Malformed, match="cut off"):
        held.read("a", len(data), 60_000, 160_000, cut, back=False)


def test_a_copy_whose_room_another_took_is_read_without_it(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip in a zip: to unfold the inner file, the outer file is read through the same spool."""
    monkeypatch.setattr(spool, "MAX_ALL", 10 * spool.BLOCK)
    files = {name: HEAD + random.Random(name).randbytes(8 * spool.BLOCK - 16) for name in ("inner", "outer")}
    held, outer = spool.Spool(descriptor, spool.MAX_ALL), Stream(files["outer"])

    def inner(amount: int, offset: int) -> bytes:
        if offset > 3 * spool.BLOCK:
            held.read("outer", len(files["outer"]), 100, 0, outer, back=False)
        return files["inner"][offset : offset + amount]

    for offset, amount in ((0, 100), (2 * spool.BLOCK, 9), (70_000, 6 * spool.BLOCK), (0, 600_000)):
        content = held.read("inner", len(files["inner"]), amount, offset, inner, back=offset > 0)
        assert content == files["inner"][offset : offset + amount]


# ---- members of zip archives


def member(data: bytes, *, stated: int | None = None) -> Callable[[], PackedFile]:
    """Opens a deflated member that states this size."""
    machine = zlib.compressobj(1, wbits=-15)
    stored = machine.compress(data) + machine.flush()
    packed = Packed(offset=0, stored=len(stored), size=stated or len(data), method=zipfile.ZIP_DEFLATED)
    return lambda: PackedFile(Bytes(stored), packed, key="member")


@pytest.fixture
def in_use(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A spool of this process, for members above 1 MiB."""
    monkeypatch.setattr(zips, "WHOLE", MB)
    spool.use(descriptor)
    yield
    spool.use(None)


@pytest.mark.usefixtures("in_use")
@pytest.mark.parametrize("limit", ["MAX_FILE", "disk"])
def test_a_member_for_which_there_is_no_room_begins_anew(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if limit == "MAX_FILE":
        monkeypatch.setattr(spool, limit, 2 * MB)
    else:
        monkeypatch.setattr(spool.Spool, "seal", lambda *_: os.write(-1, b""))  # raises OSError, as a full disk does
    data = HEAD + random.Random(5).randbytes(12 * MB)
    file = member(data)()
    for offset in (0, 11 * MB, MB, 10 * MB, 5):
        assert file.read(5000, offset) == data[offset : offset + 5000]


@pytest.mark.usefixtures("in_use")
def test_every_reader_meets_a_member_that_is_longer_than_stated() -> None:
    data = HEAD + random.Random(6).randbytes(3 * MB)
    size = len(data) - 1000
    opened = member(data, stated=size)
    for _ in range(3):
        file = opened()
        assert (file.read(100, 0), file.size) == (data[:100], size)
        assert (file.read(size, 0), file.size) == (data[:size], size + 1)
        assert file.read(5000, size - 50) == data[size - 50 : size]
        with pytest.raises(Malformed, match="unfolds"):
            file.read(1, size)


# ---- workers

Rows = Callable[[Any], None]
HALF, COUNT = 400, 800


def fill(db: apsw.Connection) -> None:
    """Messages at both ends of 40 MiB, those with small numbers behind those with large ones."""
    rows = [{"text": f"{CANARY}{n}", "handle": "+15550100", "at": 1_740_000_000 + n} for n in range(COUNT)]
    sms.bulk(db, 16, rows[HALF:])
    db.execute("update message set ROWID = ROWID + 1000000")
    db.execute("update chat_message_join set message_id = message_id + 1000000")
    db.execute("create table filler (content blob)")
    rng = random.Random(40)
    db.executemany("insert into filler values (?)", ((rng.randbytes(MB),) for _ in range(40)))
    sms.bulk(db, 16, rows[:HALF])
    db.execute("update message set ROWID = ROWID - 1000400 where ROWID > 1000400")
    db.execute("update chat_message_join set message_id = message_id - 1000400 where message_id > 1000400")


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A dump whose messages take 40 MiB, in two forms."""
    top = tmp_path_factory.mktemp("dumps")
    with Phone(ios="16.5") as phone:
        phone.database(sms, fill)
        files = dump.files_of(phone)
    return {form: dump.write(files, top / f"dump.{form}", form=form) for form in ("tar.gz", "zip")}


def read_all(
    pool: Pool, path: Path, artefact: Artefact, field: str, password: bytes | None = None
) -> tuple[list[str], list[str]]:
    """The values of a field out of an acquisition, and what went wrong."""
    opened = open_path(pool, path, password=password)
    tasks = [
        ReadTask(artefact=found.artefact, files=found.files, device=opened.device)
        for found in locate(pool, path, (artefact,), opened.derived_key)
    ]
    texts, failures = [], []
    for _, answer in pool.run(tasks):
        if isinstance(answer, Batch):
            texts += answer.column(field)
        elif isinstance(answer, Failed):
            failures.append(answer.message)
    return texts, failures


def spooled(pool: Pool) -> bytes:
    """What lies in the files without a name that the first worker has open."""
    process = pool.workers[0].process
    assert process is not None
    content = b""
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        if os.readlink(link).endswith("(deleted)"):
            content += link.read_bytes()
    return content


@pytest.mark.parametrize("form", ["tar.gz", "zip"])
def test_a_large_database_of_a_compressed_dump(dumps: dict[str, Path], folder: Path, form: str) -> None:
    with Pool(1, require_sandbox=True) as pool:
        texts, failures = read_all(pool, dumps[form], discover()["ios.sms"], "text")
        assert (failures, len(texts)) == ([], COUNT)
        assert sorted(texts) == sorted(f"{CANARY}{n}" for n in range(COUNT))
        stored = spooled(pool)
        assert len(stored) > 40 * MB and CANARY.encode() not in stored and HEAD not in stored
        assert list(folder.iterdir()) == []
        pool.workers[0].kill()
    assert list(folder.iterdir()) == []


def room(pool: Pool, evidence: Path) -> int:
    """Bytes of a file that the first worker may write, once it has opened this."""
    list(pool.one(OpenTask(path=str(evidence))))
    process = pool.workers[0].process
    assert process is not None
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max file size"))
    return int(line.split()[3])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.usefixtures("folder")
def test_a_worker_writes_no_more_than_its_spool_takes(tmp_path: Path) -> None:
    """Several workers share the room, an iPhone backup needs none."""
    backups = [tmp_path / "new", tmp_path / "old"]
    for backup, name in zip(backups, ("Manifest.db", "Manifest.mbdb"), strict=True):
        backup.mkdir()
        (backup / name).write_bytes(b"")
    sealed = (1 << 30) // spool.BLOCK * spool.TAG
    with Pool(1) as pool:
        assert [room(pool, path) for path in (*backups, tmp_path)] == [0, 0, (2 << 30) + 2 * sealed]
    with Pool(2) as pool:
        assert room(pool, tmp_path) == (1 << 30) + sealed
    with Pool(4) as pool:
        assert room(pool, tmp_path) == (1 << 30) + sealed


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.usefixtures("folder")
def test_an_unconfined_worker_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from sousveil.cases import confinement, worker\n"
        "worker.confine = lambda _: confinement.Confinement(missing=('This system has none.',))\nworker.main()\n"
    )
    run_as(monkeypatch, "-c", code)
    with Pool(1) as pool:
        assert room(pool, tmp_path) == 0


def test_without_a_spool_the_coverage_says_why(
    dumps: dict[str, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "create", lambda: None)
    with Pool(1, require_sandbox=True) as pool:
        _, failures = read_all(pool, dumps["tar.gz"], discover()["ios.sms"], "text")
    assert [text[:20] for text in failures] == ["not read: too large."]


def test_a_large_database_of_an_encrypted_archive(tmp_path: Path, folder: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("create table urls (id integer primary key, url text, title text, last_visit_time integer)")
        db.execute(
            "create table visits (id integer primary key, url integer, visit_time integer, from_visit integer, "
            "transition integer)"
        )
        for numbers in (range(HALF, COUNT), None, range(HALF)):
            if numbers is None:
                db.execute("create table filler (content blob)")
                db.executemany("insert into filler values (randomblob(1048576))", [()] * 40)
                continue
            db.executemany(
                "insert into urls values (?, ?, ?, 13380000000000000)",
                ((n, f"https://a.example/{n}", CANARY * 4) for n in numbers),
            )
            db.executemany(
                "insert into visits values (?, ?, 13380000000000000, 0, 0)", ((n, COUNT - 1 - n) for n in numbers)
            )
        db.commit()
        history = {"com.android.chrome": db.serialize()}
    identity = pyrage.x25519.Identity.generate()
    acquisition = androidqf.Acquisition(phone=Android(13), history=history)
    path = androidqf.write_archive(acquisition, tmp_path / "a", recipients=[identity.to_public()])
    with Pool(1, require_sandbox=True) as pool:
        urls, failures = read_all(
            pool, path, discover()["android.chrome_history"], "url", password=f"{identity}\n".encode()
        )
        assert (failures, len(urls)) == ([], COUNT)
        assert sorted(urls) == sorted(f"https://a.example/{n}" for n in range(COUNT))
        stored = spooled(pool)
        assert len(stored) > 40 * MB and CANARY.encode() not in stored and HEAD not in stored
    assert list(folder.iterdir()) == []
