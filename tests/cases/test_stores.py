"""Stores: a case is whole or not there, scratch never stays, and no name leaves its folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil import check_all
from sousveil.cases import stores
from sousveil.cases.check import look_for_inputs
from sousveil.cases.settings import Settings
from sousveil.cases.stores import (
    Store,
    clear_store,
    finished_in_store,
    finished_with,
    is_address,
    look_through_store,
    refuse_used,
    save_case,
    scratch,
    write_page,
)
from sousveil.errors import LimitExceeded, Missing, SousveilError, Usage
from tests.cli.cli_runner import small


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"file://{tmp_path}/store")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case-1-a"
    (folder / "records").mkdir(parents=True)
    for name in ("findings.json", "report.html", "records/a.parquet"):
        (folder / name).write_text(name)
    return folder


def files(store: Store) -> list[str]:
    return [file.name for file in store.files()]


def test_a_case_is_whole(store: Store, case: Path) -> None:
    assert save_case(store, case, "d1") == f"{store.address}/case-1-a"
    whole = [
        ".sousveil-inputs/d1",
        *(f"case-1-a/{name}" for name in ("findings.json", "records/a.parquet", "report.html")),
    ]
    assert files(store) == whole
    assert finished_in_store(store) == {"d1"} and finished_with(store, "d1") == f"{store.address}/case-1-a"
    assert finished_with(store, "d2") is None
    clear_store(store)
    assert files(store) == whole
    with pytest.raises(Usage):
        refuse_used(store)
    assert write_page(store, "index.html", b"1").endswith("/index.html")
    assert write_page(store, "index.html", b"2").endswith("/index-2.html")


def test_a_case_that_breaks_off_is_not_there(store: Store, case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    def upload(self: Store, place: Path, name: str) -> None:
        if len(taken) == 2:
            raise KeyboardInterrupt
        taken.append(name)
        self.write(name, place.read_bytes())

    monkeypatch.setattr(Store, "upload", upload)
    with pytest.raises(KeyboardInterrupt):
        save_case(store, case, "d1")
    assert len(taken) == 2 and files_or_none(store) == [".sousveil-begun/case-1-a"]
    store.write(taken[0], b"an upload that was given up and arrived")
    clear_store(store, keep_notes=True)
    assert files(store) == [".sousveil-begun/case-1-a"]
    store.write(taken[0], b"and again")
    clear_store(store)
    assert files_or_none(store) == []
    with monkeypatch.context() as dying:  # nothing can be removed any more
        taken.clear()
        dying.setattr(Store, "remove", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            save_case(store, case, "d1")
    assert len(files(store)) == 3 and finished_in_store(store) == frozenset()
    store.write("case-2-b/findings.json", b"another's")
    clear_store(store)
    assert files(store) == ["case-2-b/findings.json"]


def test_a_case_whose_folder_is_gone_is_not_finished(store: Store, case: Path) -> None:
    save_case(store, case, "d1")
    save_case(store, case.rename(case.with_name("case-2-b")), "d2")
    store.remove("case-1-a")
    store.write(".sousveil-inputs/d3", b"no JSON")
    assert finished_in_store(store) == {"d2"} and finished_with(store, "d1") is None
    store.remove("case-2-b/findings.json")
    assert finished_with(store, "d2") is None


def test_two_savers_of_an_input_leave_one_case(store: Store, case: Path) -> None:
    first = save_case(store, case, "d1")
    whole = files(store)
    assert save_case(store, case.rename(case.with_name("case-1-b")), "d1") == first
    assert files(store) == whole


def test_a_case_that_another_saver_noted_meanwhile_counts(
    store: Store, case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, first = stores.finished_with, []

    def late(*words: Any) -> str | None:
        address = known(*words)
        if not first:
            first.append("")
            first[0] = save_case(store, shutil.copytree(case, tmp_path / "case-1-b"), "d1")
        return address

    monkeypatch.setattr(stores, "finished_with", late)
    assert save_case(store, case, "d1") == first[0] == f"{store.address}/case-1-b"
    assert {name.partition("/")[0] for name in files(store)} == {".sousveil-inputs", "case-1-b"}


def test_the_note_of_a_case_that_somebody_deleted_is_replaced(store: Store, case: Path) -> None:
    first = save_case(store, case, "d1")
    store.remove("case-1-a/findings.json")
    second = save_case(store, case.rename(case.with_name("case-1-b")), "d1")
    assert second == finished_with(store, "d1") != first


def files_or_none(store: Store) -> list[str]:
    try:
        return files(store)
    except Missing:
        return []


def test_a_case_without_files_is_no_case(store: Store, tmp_path: Path) -> None:
    (tmp_path / "case-3-c").mkdir()
    with pytest.raises(SousveilError):
        save_case(store, tmp_path / "case-3-c", "d1")
    assert finished_in_store(store) == frozenset()


def test_inputs_are_found_by_their_names_and_first_bytes(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    small(inbox / "a" / "p0", "good night")
    (inbox / "notes.txt").write_text("no phone")
    small(inbox / "p1", "good night")
    (inbox / "photos.zip").write_bytes(b"PK")
    (inbox / "a" / "p\\2").mkdir()
    contents = look_through_store(f"file://{inbox}")
    assert (contents.passed_over, contents.bad_names) == (["photos.zip"], ["a/p\\2"])
    found = contents.stored
    assert [(one.address, one.platform) for one in found] == [
        (f"file://{inbox}/a/p0", "ios"),
        (f"file://{inbox}/p1", "ios"),
    ]
    facts = found[0].facts
    (inbox / "a" / "p0" / "Info.plist").write_bytes(b"other")
    assert look_through_store(f"file://{inbox}").stored[0].facts != facts
    with pytest.raises(Missing):
        look_through_store(f"file://{tmp_path}/nothing")


def test_what_a_store_has_beside_its_phones_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    small(tmp_path / "inbox" / "phone", "good night")
    (tmp_path / "inbox" / "photos.zip").write_bytes(b"PK")
    (tmp_path / "inbox" / "p\\2").mkdir()
    found = look_for_inputs(Settings(paths=(), addresses=(f"file://{tmp_path}/inbox",)))
    assert len(found.stored) == 1
    archive, name = (record.getMessage() for record in caplog.records)
    assert archive.startswith("1 archive was not checked") and "photos.zip" in archive
    assert name.startswith("1 entry of the store was not checked") and "p\\2" in name


def test_a_copy_is_whole_private_and_within_its_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = small(tmp_path / "phone", "good night")
    (phone / "big").write_bytes(os.urandom(stores.BLOCK + 5))
    monkeypatch.setenv("SOUSVEIL_SCRATCH", str(tmp_path))
    with scratch() as private:
        assert private.stat().st_mode & 0o777 == private.parent.stat().st_mode & 0o777 == 0o700
        copy = Store(f"file://{phone}").download(private)
        there = {path.relative_to(phone): path.read_bytes() for path in phone.rglob("*") if path.is_file()}
        assert {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()} == there
    assert not list(tmp_path.glob("sousveil-*"))
    monkeypatch.setenv("SOUSVEIL_SCRATCH_GIB", "0.005")
    with pytest.raises(LimitExceeded, match="scratch takes 5,368,709"), scratch() as private:
        Store(f"file://{phone}").download(private)
    assert not list(tmp_path.glob("sousveil-*"))


def test_no_stored_name_leaves_its_folder(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a", b"x")
    system = store._system
    listed = {"x": {"name": f"{tmp_path}/store/../evil", "size": 1, "type": "file"}}
    monkeypatch.setattr(type(system), "find", lambda *_, **__: listed)
    with pytest.raises(Usage, match="not allowed"):
        store.files()


def test_scratch_of_a_killed_process_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import os, signal\nfrom sousveil.cases.stores import scratch\n"
        "with scratch() as folder:\n    (folder / 'phone').write_text('x')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    monkeypatch.setenv("SOUSVEIL_SCRATCH", str(tmp_path))
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob("sousveil-scratch-*/files/phone"))) == 1
    with scratch() as first, scratch():
        assert first.is_dir() and len(list(tmp_path.glob("sousveil-scratch-*"))) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_sweep_follows_no_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_SCRATCH", str(tmp_path / "scratch"))
    for name in ("scratch", "precious", "scratch/sousveil-scratch-2"):
        (tmp_path / name).mkdir()
    (tmp_path / "scratch/sousveil-scratch-1").symlink_to(tmp_path / "precious")
    (tmp_path / "scratch/sousveil-scratch-2/lock").symlink_to(tmp_path / "precious/lock")
    with scratch():
        assert list((tmp_path / "precious").iterdir()) == []


def test_a_case_is_not_written_into_a_stored_input(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    small(inbox / "phone", "good night")
    (tmp_path / "link").symlink_to(inbox / "phone")
    before = sorted(inbox.rglob("*"))
    iocs = tmp_path / "iocs.txt"
    iocs.write_text("a.example\n")
    options = Settings(paths=(), no_bundled=True, indicators=(iocs,), no_scan=True)
    path, address = inbox / "phone", f"file://{inbox}/phone"
    for asked in (
        {"paths": (path,), "destination": f"{address}/out"},
        {"paths": (path,), "destination": f"local://{tmp_path}/link/out"},
        {"addresses": (address,), "out": path / "out"},
        {"addresses": (f"local://{path}",), "destination": f"{address}/out"},
    ):
        with pytest.raises(Usage, match="inside the backup"):
            check_all(msgspec.structs.replace(options, **asked))
    assert sorted(inbox.rglob("*")) == before


def test_addresses(tmp_path: Path) -> None:
    assert (
        is_address("s3://bucket/a") and not is_address("/a/b") and not is_address("C:\\a") and not is_address("s3:/a")
    )
    for address in ("s3://user:canary@bucket", "s3://bucket/a?canary", "zip://a::s3://canary"):
        with pytest.raises(Usage) as raised:
            Store(address)
        assert "canary" not in str(raised.value)
    with pytest.raises(Usage, match="stores of the kind nothing"):
        Store("nothing://a")


def test_the_text_of_a_library_is_not_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise RuntimeError("the key canary is wrong")

    monkeypatch.setattr(type(store._system), "cat_file", fail)
    with pytest.raises(SousveilError, match="RuntimeError") as raised:
        store.read("x")
    assert "canary" not in str(raised.value) and raised.value.__cause__ is None and raised.value.__suppress_context__
