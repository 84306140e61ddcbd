"""The raw pass over whole backups, plain and encrypted: hits, hashes, problems."""

from __future__ import annotations

import gc
import gzip
import hashlib
import itertools
import plistlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.acquisition.backup import Backup
from sousveil.acquisition.entry import Entry
from sousveil.acquisition.model import Member
from sousveil.cases import scanning
from sousveil.cases.pool import Pool
from sousveil.cases.scanned import ScanRun
from sousveil.cases.scanning import scan_file, scan_rows
from sousveil.cases.tasks import Begun, HashedFile, Opened, ScanHit, Scanned, ScanTask
from sousveil.errors import Malformed
from sousveil.findings.scan_check import Checker
from sousveil.findings.scan_file import load_scan_index, read_scan_index, store_scan_index
from sousveil.findings.scan_model import RawHit
from sousveil.indicators.index import Index
from sousveil.indicators.model import Attribution, Indicator, IndicatorSet
from sousveil.indicators.model import IndicatorKind as K
from tests.acquisition.maker import PASSWORD, Maker, file_id
from tests.cases.test_pool import run_as

SAMPLE = b"content of a known sample " * 9
VALUES = [
    (K.DOMAIN, "evil-host.com"),
    (K.MD5, hashlib.md5(SAMPLE).hexdigest()),
    (K.SHA256, hashlib.sha256(SAMPLE).hexdigest()),
    (K.FILE_PATH, "/private/var/tmp/implantd"),
]


def index() -> Index:
    said = (Attribution(set_name="t", family="T", threat_class=None, publisher="P"),)
    made = tuple(Indicator(kind=k, value=v, original=v, attributions=said) for k, v in VALUES)
    return Index.build([IndicatorSet(name="t", sha256="0" * 64, indicators=made)])


def database(folder: Path) -> tuple[bytes, bytes]:
    """A database with a freed value, and its log with another."""
    path = folder / "making.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma secure_delete=0")
    db.execute("pragma journal_mode=wal")
    db.execute("create table t (a integer primary key, b text)")
    db.execute("insert into t values (1, 'first'), (2, 'see https://evil-host.com/'), (3, 'last')")
    db.execute("delete from t where a = 2")
    db.execute("pragma wal_checkpoint(truncate)")
    db.execute("pragma wal_autocheckpoint=0")
    db.execute("insert into t values (4, 'a ''/var/tmp/implantd'' b')")
    found = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    db.close()
    return found


def use(folder: Path) -> Index:
    """Look for the values in this process."""
    made = index()
    scanning.use_literals(read_scan_index(*store_scan_index(made, folder)))
    return made


def run(root: Path, cache: Path, password: str | None) -> tuple[list[RawHit], list[HashedFile], Index]:
    key = None
    backup = Backup(root)
    if password is not None:
        key = backup.keybag.derived_key(password.encode())
        backup.unlock(backup.keybag.unlock_with_key(key))
    first, last, _ = backup.row_span()
    made = use(cache)
    answers = [
        *scan_rows(ScanTask(path=str(root), derived_key=key, first=0, last=9, beside=True)),
        *scan_rows(ScanTask(path=str(root), derived_key=key, first=first, last=last)),
    ]
    hits = [a.hit for a in answers if isinstance(a, ScanHit)]
    return hits, [file for a in answers if isinstance(a, Scanned) for file in a.files], made


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_whole_backup(tmp_path: Path, password: str | None) -> None:
    maker = Maker(tmp_path / "backup", password=password)
    main, log = database(tmp_path)
    bundle = plistlib.dumps(["evil-host.com", "x" * 20], fmt=plistlib.FMT_BINARY)
    maker.add("HomeDomain", "Library/a.db", main)
    maker.add("HomeDomain", "Library/a.db-wal", log)
    maker.add("HomeDomain", "b.plist", bundle)
    maker.add("HomeDomain", "c.gz", b"##" + gzip.compress(b"x https://evil-host.com/ y"))
    maker.add("HomeDomain", "d.txt", b"ab " * 700_000 + "evil-host.com".encode("utf-16-be"))
    maker.add("MediaDomain", "sample", SAMPLE)
    maker.add("MediaDomain", "clean", b"notevil-host.com")
    root = maker.write()
    hits, hashed, made = run(root, tmp_path / "cache", password)
    rows = [
        (h.where, made.indicators[h.indicator].kind.value, h.page, h.space, h.encoding, h.container, h.how)
        for h in hits
    ]
    utf8 = "utf-8"
    assert rows == [
        ("HomeDomain/Library/a.db", "domain-name:value", 2, "freed", utf8, None, "equals"),
        ("HomeDomain/Library/a.db-wal", "file:path", 2, "wal", utf8, None, "equals"),
        ("HomeDomain/b.plist", "domain-name:value", None, None, utf8, None, "equals"),
        ("HomeDomain/c.gz", "domain-name:value", None, None, utf8, "gzip at 2", "equals"),
        ("HomeDomain/d.txt", "domain-name:value", None, None, "utf-16-be", None, "equals"),
        ("MediaDomain/sample", "file:hashes.md5", None, None, utf8, None, "equals"),
        ("MediaDomain/sample", "file:hashes.sha256", None, None, utf8, None, "equals"),
    ]
    assert [h.offset for h in hits[:5]] == [
        main.index(b"evil-host"),
        log.index(b"/var/tmp/i"),
        bundle.index(b"evil-host"),
        2,
        2_100_000,
    ]
    wheres = [
        "/Info.plist",
        "/Manifest.plist",
        "/Status.plist",
        "/Manifest.db",
        "HomeDomain/Library/a.db",
        "HomeDomain/Library/a.db-wal",
        "HomeDomain/b.plist",
        "HomeDomain/c.gz",
        "HomeDomain/d.txt",
        "MediaDomain/sample",
        "MediaDomain/clean",
    ]
    assert [h.where for h in hashed] == wheres
    assert all(h.problem is None for h in hashed)
    for one in hashed[4:]:
        domain, _, relative = one.where.partition("/")
        name = file_id(domain, relative)
        stored = (root / name[:2] / name).read_bytes()
        assert (one.size, one.sha256) == (len(stored), hashlib.sha256(stored).hexdigest())


def test_what_cannot_be_read_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "backup", password=PASSWORD)
    gone = maker.add("HomeDomain", "gone", b"x")
    empty = maker.add("HomeDomain", "empty", b"")
    cut = maker.add("HomeDomain", "cut", b"https://evil-host.com/ " + bytes(5000))
    maker.add("HomeDomain", "locked", b"x", cls=9)
    linked = maker.add("HomeDomain", "linked", b"x")
    maker.add("HomeDomain", "last", b" https://evil-host.com/ ")
    maker.rows.append((file_id("HomeDomain", "dir"), "HomeDomain", "dir", 2, None))
    maker.rows.append(("../../etc/passwd", "HomeDomain", "wild", 1, None))
    root = maker.write()
    gone.unlink()
    empty.unlink()
    cut.write_bytes(cut.read_bytes()[:4000])
    linked.unlink()
    linked.symlink_to("/etc/hostname")
    hits, hashed, _ = run(root, tmp_path / "cache", PASSWORD)
    assert [h.where for h in hits] == ["HomeDomain/cut", "HomeDomain/last"]
    problems = {h.where.partition("/")[2]: h.problem for h in hashed if h.problem}
    assert sorted(problems) == ["cut", "gone", "linked", "locked", "wild"]
    assert "cut off" in (problems["cut"] or "")
    sums = {h.where.partition("/")[2]: h.sha256 for h in hashed}
    assert sums["cut"] == hashlib.sha256(cut.read_bytes()).hexdigest()
    assert sums["gone"] is sums["wild"] is sums["linked"] is None
    assert sums["locked"] is not None and "empty" not in sums


def many(folder: Path) -> tuple[Path, list[str]]:
    """A backup of 300 files, every seventh with a hit; and where the hits lie."""
    maker = Maker(folder / "backup")
    for number in range(300):
        maker.add("HomeDomain", f"f{number:03}", b"" if number == 5 else b"a " + b"evil-host.com " * (number % 7 == 0))
    return maker.write(), [f"HomeDomain/f{number:03}" for number in range(0, 300, 7)]


def test_files_are_told_together_and_each_hit_before_its_file(tmp_path: Path) -> None:
    root, wheres = many(tmp_path)
    use(tmp_path / "cache")
    first, last, _ = Backup(root).row_span()
    task = ScanTask(path=str(root), first=first, last=last)
    hit, told, behind = [], [], []
    for answer in scan_rows(task):
        if isinstance(answer, int):
            behind.append(answer - first + 1 == len(told))
        elif isinstance(answer, ScanHit):
            hit.append(answer.hit.where)
        elif isinstance(answer, Scanned):
            assert len(answer.files) <= scanning.TOGETHER
            told += [file.where for file in answer.files]
            assert [where for where in told if where in set(wheres)] == hit
    assert hit == wheres
    assert told == [f"HomeDomain/f{number:03}" for number in range(300)]
    assert len(behind) >= 300 // scanning.TOGETHER and all(behind)


def test_a_careful_scan_names_each_file_first(tmp_path: Path) -> None:
    root, _ = many(tmp_path)
    use(tmp_path / "cache")
    first, _, _ = Backup(root).row_span()
    answers = list(scan_rows(ScanTask(path=str(root), first=first + 1, last=first + 2, careful=True)))
    assert [type(answer) for answer in answers] == [Begun, Scanned, int] * 2
    assert answers[0] == Begun(row=first + 1, where="HomeDomain/f001") and answers[-1] == first + 2


KILLERS = """
import os, sys
from sousveil.cases import scanning, worker
class Fatal(scanning.FileScan):
    def _raw_hits(self):
        yield from super()._raw_hits()
        if self.where.rpartition("/")[2] in sys.argv[1:]:
            os._exit(137)
scanning.FileScan = Fatal
worker.main()
"""


@pytest.mark.parametrize("killers", [("f007",), ("f000", "f150", "f151", "f299"), ("Manifest.plist",)])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_ends_a_worker_costs_itself_alone(
    killers: tuple[str, ...], jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other file is looked at and told once, in the same order, with its hits; coverage names the killers."""
    root, wheres = many(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    backup = Backup(root)
    first, last, count = backup.row_span()
    opened = Opened(
        device=backup.device, encrypted=False, unlocked=True, manifest_sha256="", first_row=first, last_row=last
    )
    run_as(monkeypatch, "-c", KILLERS, *killers)
    with Pool(jobs) as pool:
        scan = ScanRun(pool, root, opened, index())
        files = list(scan.files(lambda *_: None))
    lost = {f"HomeDomain/{name}" if name[0] == "f" else f"/{name}" for name in killers}
    assert len(files) == count + 4
    assert [file.where for file in files][4:] == [f"HomeDomain/f{number:03}" for number in range(300)]
    assert {file.where for file in files if file.sha256 is None} == lost
    assert {file.problem for file in files} == {
        None,
        "the process that read it crashed; the file may have been made to crash it.",
    }
    assert [hit.where for hit in scan.hits] == wheres  # what was met before the end of a worker stands
    assert scan.coverage.detail.startswith(f"{len(lost)} of 304 files could not be looked at whole: ")
    assert all(f"{where}: the process that read it crashed" in scan.coverage.detail for where in lost)


def test_damage_in_the_manifest_keeps_what_was_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, _ = many(tmp_path)
    use(tmp_path / "cache")
    whole = Backup.entries

    def cut(self: Backup, first: int | None = None, last: int | None = None) -> Iterator[Entry]:
        yield from itertools.islice(whole(self, first, last), 3)
        raise Malformed("cut")

    monkeypatch.setattr(Backup, "entries", cut)
    task = ScanTask(path=str(root), first=0, last=1000)
    told = []
    with pytest.raises(Malformed, match="cut"):
        for answer in scan_rows(task):
            told += [file.where for file in answer.files] if isinstance(answer, Scanned) else []
    assert told == ["HomeDomain/f000", "HomeDomain/f001", "HomeDomain/f002"]


def test_the_parent_keeps_hashes_of_files_that_were_hit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, wheres = many(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    backup = Backup(root)
    first, last, count = backup.row_span()
    opened = Opened(
        device=backup.device, encrypted=False, unlocked=True, manifest_sha256="", first_row=first, last_row=last
    )
    seen = []
    with Pool(2) as pool:
        scan = ScanRun(pool, root, opened, index())
        scan.remember("HomeDomain/f001")
        files = list(scan.files(lambda what, number, size: seen.append(number)))
    assert sorted(scan.hashes) == sorted([*wheres, "HomeDomain/f001"])
    assert len(files) == sum(seen) == scan.coverage.records == count + 4


def test_a_file_leaves_no_cycles_behind(tmp_path: Path) -> None:
    path, sha256 = store_scan_index(index(), tmp_path / "cache")
    checker = Checker(load_scan_index(path, sha256))
    packed = tmp_path / "packed"
    packed.write_bytes(b"##" + gzip.compress(b"x https://evil-host.com/ y"))
    gc.collect()
    gc.disable()
    try:
        assert len(list(scan_file(checker, "x", Member(suffix="", path=str(packed))))) == 2
        assert gc.collect() == 0  # the buffers of thousands of files would wait for the collector
    finally:
        gc.enable()
