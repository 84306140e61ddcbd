"""Backups: one moment of database, log and files; keys apart; an old one signs nothing, and goes on from a mirror."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pyrage
import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.errors import Locked, Missing, Usage
from sousveil.ledger.disagreement import Disagreement
from sousveil.register import backup as backups
from sousveil.register import outbox
from sousveil.register.backup import BackupFailed, Damaged, Keys, back_up, open_keys, read_manifest, restore, save_keys
from sousveil.register.codes import EraseBy, EraseGround, PublicInterest, RetractReason, RevokeReason, Role, Waived
from sousveil.register.folder import Folder
from sousveil.register.model import Stance
from sousveil.register.publication import File
from sousveil.register.refusal import ReadOnly
from sousveil.register.register import Register
from sousveil.register.static import Restored, Unwitnessed
from sousveil.register.store import Store, tables
from sousveil.register.verify import verify
from tests.profiles import sample
from tests.register import maker
from tests.register.maker import Made, held, private, published, said

FILE = File(data=b"%PDF-1.4 an invented letter", media_type="application/pdf")
OTHER = File(data=b"%PDF-1.4 another letter", media_type="application/pdf")
GONE = File(data=b"%PDF-1.4 a letter that the backup holds and a later entry erases", media_type="application/pdf")
AGAIN = File(data=b"%PDF-1.4 a letter that was erased and is published again", media_type="application/pdf")
SESSION = "an-invented-key-of-a-session"
BOSS = [said(maker.BOSS, "Person", "name", "Mara Invented", person=True)]
PRIVATE = {"meta", "held", "reviews", "outbox", "operator_log", "consents"}
"""Tables that the log does not give back."""


def rows(store: Store, without: Collection[str] = ()) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a register's database, except in these tables."""
    return {
        table: sorted(store.db.query(f"SELECT {', '.join(names)} FROM {table}"), key=repr)
        for table, names in tables.columns().items()
        if table not in without
    }


def files(folder: Path) -> dict[str, bytes]:
    """Files below a folder, without those whose name begins with a point."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def grown(register: Register) -> list[str]:
    """Files, a held publication, a retraction and an erasure; returns two statements, each with a file of its own."""
    done = published(
        register.publish(
            [said(maker.ACME, "Company", "alias", "Night Works"), said(maker.ACME, "Company", "alias", "Day Works")],
            private("paper"),
            attachments=[FILE],
        )
    )
    held(register.publish(BOSS, private("paper")))
    register.retract([done.ids[1]], private("paper"), RetractReason.WRONG)
    register.erase([made_first(register)], EraseGround.SAFETY, EraseBy.OPERATOR)
    with_files: list[str] = []
    for file in (GONE, AGAIN):
        statement = said(maker.STATE, "PublicBody", "name", f"Office of {len(file.data)} letters")
        with_files += published(register.publish([statement], private("paper"), attachments=[file])).ids
    return with_files


def made_first(register: Register) -> str:
    """The first statement that is there."""
    (row,) = register.store.db.query("SELECT id FROM statements ORDER BY seq LIMIT 1")
    return bytes(row[0]).hex()


def keys_of(register: Register, folder: Path) -> Keys:
    """The keys, through their encrypted file."""
    identity = pyrage.x25519.Identity.generate()
    (folder / "identity").write_text(f"{identity}\n")
    save_keys(register, folder / "keys.age", [str(identity.to_public())])
    return open_keys(folder / "keys.age", folder / "identity")


@contextlib.contextmanager
def writing(register: Register) -> Iterator[None]:
    """Somebody publishes all the time."""
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            register.publish([said(maker.STATE, "PublicBody", "name", f"Office {number}")], private("paper"))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_backup_while_the_register_serves_is_of_one_moment(made: Made, tmp_path: Path) -> None:
    register = made.register
    grown(register)
    with sqlite3.connect(register.folder / "staff.sqlite") as staff:
        staff.execute("CREATE TABLE account (pseudonym TEXT)")
        staff.execute("INSERT INTO account VALUES ('anna')")
        staff.execute("CREATE TABLE django_session (session_key TEXT, session_data TEXT)")
        staff.executemany("INSERT INTO django_session VALUES (?, ?)", [(SESSION, "x" * 3_000)] * 20)
    staff.close()
    with writing(register):
        manifest, report = back_up(register, tmp_path / "backup")
    assert report.difference is None and report.size == manifest.size >= 12
    done = restore(tmp_path / "backup", tmp_path / "again", keys=keys_of(register, tmp_path))
    assert (done.report.difference, done.missing, done.stopped, done.witnessed) == (None, (), None, False)
    assert verify(tmp_path / "again", go=False).notes == (
        "The audit log holds: 16 lines. Every act of operators and reviewers has its line.",
    )
    assert (tmp_path / "again" / "attachments" / FILE.named().sha256).read_bytes() == FILE.data
    assert (tmp_path / "again" / "attachments" / FILE.named().sha256).stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700
    with contextlib.closing(sqlite3.connect(tmp_path / "again" / "staff.sqlite")) as staff:
        assert staff.execute("SELECT * FROM account").fetchall() == [("anna",)]
        assert staff.execute("SELECT * FROM django_session").fetchall() == []
    assert SESSION.encode() in (register.folder / "staff.sqlite").read_bytes()
    assert SESSION.encode() not in b"".join(files(tmp_path / "backup").values()), "this key signs in"
    with Register.open(tmp_path / "again", gate=gate) as again:
        assert again.config.database == "register.sqlite"
        assert [one.owner for one in again.held()] == ["The Invented Paper"]
        assert again.store.held_submission(again.held()[0].id) == register.store.held_submission(again.held()[0].id)
        assert published(again.publish([said(maker.STATE, "PublicBody", "name", "M")], private("paper")))


def test_every_row_comes_back_into_either_database(
    made: Made, tmp_path: Path, request: pytest.FixtureRequest, database: str | None
) -> None:
    register = made.register
    grown(register)
    back_up(register, tmp_path / "backup")
    want = rows(register.store)
    if database is not None:  # it may hold a password
        assert database.encode() not in b"".join(files(tmp_path / "backup").values())
    restore(tmp_path / "backup", tmp_path / "sqlite")
    with Store.open(tmp_path / "sqlite" / "register.sqlite") as store:
        assert rows(store) == want
    if database is None:
        return
    new: Callable[[], str] = request.getfixturevalue("new_postgres")
    other = new()
    done = restore(tmp_path / "backup", tmp_path / "postgresql", database=other, keys=keys_of(register, tmp_path))
    assert done.report.difference is None and not (tmp_path / "postgresql" / "register.sqlite").exists()
    with Register.open(tmp_path / "postgresql", gate=gate) as again:
        assert again.config.database == other
        assert rows(again.store, {"meta"}) == {name: all_ for name, all_ in want.items() if name != "meta"}
    with pytest.raises(Usage, match="There is a register in this database already"):
        restore(tmp_path / "backup", tmp_path / "third", database=other)
    assert not (tmp_path / "third").exists()


def test_private_keys_are_in_a_file_of_their_own(tmp_path: Path) -> None:
    with maker.copied(tmp_path / "r") as made:
        register = made.register
        (register.paths.keys / "smtp-password").write_text("an invented password")
        (register.paths.keys / "offices").mkdir()
        (register.paths.keys / "offices" / "Second Operator").write_text("an invented key of another office")
        back_up(register, tmp_path / "backup")
        keys = keys_of(register, tmp_path)
        secrets = files(register.paths.keys)
    assert keys.files == secrets and {"log", "operator", "offices/Second Operator"} <= secrets.keys()
    everything = b"".join(files(tmp_path / "backup").values()) + (tmp_path / "keys.age").read_bytes()
    for data in secrets.values():
        assert data[len(data) // 2 :][:40] not in everything
    assert (tmp_path / "keys.age").stat().st_mode & 0o777 == 0o600
    done = restore(tmp_path / "backup", tmp_path / "read")
    whole = restore(tmp_path / "backup", tmp_path / "whole", keys=keys)
    assert whole.missing == () and files(tmp_path / "whole" / "keys") == secrets
    assert (tmp_path / "whole" / "keys" / "log").stat().st_mode & 0o777 == 0o600
    outside = msgspec.structs.replace(keys, files={"../../x": b""})
    with pytest.raises(Damaged, match="outside its folder"):
        restore(tmp_path / "backup", tmp_path / "wrong", keys=outside)
    assert set(done.missing) == secrets.keys() and not (tmp_path / "read" / "keys").exists()
    assert done.report.difference is None
    with Register.open_or_read(tmp_path / "read") as again, pytest.raises(ReadOnly):
        again.publish(maker.world(), private("paper"))
    (tmp_path / "stranger").write_text(f"{pyrage.x25519.Identity.generate()}\n")
    with pytest.raises(Locked, match="does not open"):
        open_keys(tmp_path / "keys.age", tmp_path / "stranger")
    foreign = msgspec.structs.replace(keys, files={**keys.files, "log": keys.files["operator"]})
    for wrong in (msgspec.structs.replace(keys, log="another"), foreign):
        with pytest.raises(Usage, match="of another register"):
            restore(tmp_path / "backup", tmp_path / "wrong", keys=wrong)
    assert not (tmp_path / "wrong").exists()


def test_each_file_that_was_altered_is_named(tmp_path: Path) -> None:
    with maker.copied(tmp_path / "r") as made:
        grown(made.register)
        back_up(made.register, tmp_path / "backup")
    backup = tmp_path / "backup"
    names = sorted(files(backup))
    assert {"manifest.json", "manifest.json.sha256", "register/register.sqlite", "register/log/times"} < set(names)
    for name in {*sample(names, 8), "manifest.json", "manifest.json.sha256", "register/register.sqlite"}:
        path = backup / name
        data = path.read_bytes()
        at = len(data) // 2
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        shown = name.removeprefix("register/")
        with pytest.raises(Damaged, match=f"{shown} was altered|{shown} and|and {shown} differ"):
            restore(backup, tmp_path / "again")
        path.unlink()
        with pytest.raises((Damaged, Missing), match=f"{shown} is missing|There is no backup"):
            restore(backup, tmp_path / "again")
        path.write_bytes(data)
    (backup / "register" / "log" / "more").write_bytes(b"")
    with pytest.raises(Damaged, match="log/more is not in the manifest"):
        restore(backup, tmp_path / "again")
    (backup / "register" / "log" / "more").unlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "r"]
    assert restore(backup, tmp_path / "again").report.difference is None


def test_a_register_that_was_altered_with_its_manifest_is_not_restored(tmp_path: Path) -> None:
    with maker.copied(tmp_path / "r") as made:
        back_up(made.register, tmp_path / "backup")
    with contextlib.closing(sqlite3.connect(tmp_path / "backup" / "register" / "register.sqlite")) as db:
        db.execute("UPDATE statements SET subject = ? WHERE seq = 1", (maker.STATE,))
        db.commit()
    name = "register.sqlite"
    manifest = read_manifest(tmp_path / "backup")
    sums = {**manifest.files, name: backups._sum(tmp_path / "backup" / "register" / name)}
    data = msgspec.json.encode(msgspec.structs.replace(manifest, files=sums))
    (tmp_path / "backup" / "manifest.json").write_bytes(data)
    digest = sha256(data).hexdigest()
    (tmp_path / "backup" / "manifest.json.sha256").write_text(f"{digest}  manifest.json\n")
    with pytest.raises(Disagreement, match="The restored register does not hold: Entry 8, statement 0: the database"):
        restore(tmp_path / "backup", tmp_path / "again")
    for place, words in (("../x", r"outside its folder: \.\./x"), ("keys/log", "brings private keys")):
        data = msgspec.json.encode(msgspec.structs.replace(manifest, files={place: manifest.files[name]}))
        (tmp_path / "backup" / "manifest.json").write_bytes(data)
        (tmp_path / "backup" / "manifest.json.sha256").write_text(f"{sha256(data).hexdigest()}  manifest.json\n")
        with pytest.raises(Damaged, match=words):
            restore(tmp_path / "backup", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "r"]


def killed_at(name: str, work: Callable[[], object]) -> None:
    """Does the work in another process, which ends by SIGKILL where it would call this function of `backup`."""
    if (child := os.fork()) == 0:
        try:
            owner = backups._Copying if name == "folder" else backups
            setattr(owner, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
            work()
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("name", ["folder", "_check_files", "verify"])
def test_a_backup_that_was_killed_is_none(tmp_path: Path, name: str) -> None:
    def work() -> None:
        with Register.open(tmp_path / "r") as register:
            back_up(register, tmp_path / "backup")

    with maker.copied(tmp_path / "r"):
        pass
    killed_at(name, work)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".backup.part", "r"]
    (tmp_path / ".backup.part" / "left").write_bytes(b"")
    with pytest.raises(Missing, match="There is no backup in"):
        restore(tmp_path / "backup", tmp_path / "again")
    work()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "r"]
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == [
        "manifest.json",
        "manifest.json.sha256",
        "register",
    ]
    killed_at("verify", lambda: restore(tmp_path / "backup", tmp_path / "again"))
    assert not (tmp_path / "again").exists()
    assert restore(tmp_path / "backup", tmp_path / "again").report.difference is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "backup", "r"]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with maker.copied(tmp_path / "r") as made:
        for name in ("file", "sqlite", "folder"):
            with monkeypatch.context() as patch:
                patch.setattr(backups._Copying, name, full)
                with pytest.raises(BackupFailed, match=r"cannot be written: No space left on device. Nothing"):
                    back_up(made.register, tmp_path / "backup")
                assert [path.name for path in tmp_path.iterdir()] == ["r"]
        assert published(made.register.publish([said(maker.STATE, "PublicBody", "name", "M")], private("paper")))
        back_up(made.register, tmp_path / "backup")
    with monkeypatch.context() as patch:
        patch.setattr(backups._Copying, "file", full)
        with pytest.raises(BackupFailed, match="again cannot be written"):
            restore(tmp_path / "backup", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "r"]


def test_where_a_backup_may_be(tmp_path: Path) -> None:
    with maker.copied(tmp_path / "r") as made:
        (tmp_path / "way").symlink_to(tmp_path / "r")
        (tmp_path / "there").mkdir()
        (tmp_path / "there" / "file").write_bytes(b"")
        for place, words in (
            (tmp_path / "r" / "b", "lies inside"),
            (tmp_path / "r" / "log" / "b", "lies inside"),
            (tmp_path / "way" / "b", "lies inside"),
            (tmp_path / "there", "is there already"),
            (tmp_path / "way", "is there already"),
            (tmp_path / "none" / "b", "There is no folder"),
        ):
            with pytest.raises(Usage, match=words):
                back_up(made.register, place)
        before = files(tmp_path)
        with backups._new_folder(tmp_path / "b", outside=tmp_path / "r"), pytest.raises(Usage, match="Somebody else"):
            back_up(made.register, tmp_path / "b")
        assert files(tmp_path) == before
        (tmp_path / "empty").mkdir()
        back_up(made.register, tmp_path / "empty")
    with pytest.raises(Usage, match="lies inside"):
        restore(tmp_path / "empty", tmp_path / "empty" / "again")


@contextlib.contextmanager
def witness(folder: Path, vkey: str) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """A witness in a process of its own: address, verifier key, process."""
    command = [
        sys.executable,
        "-m",
        "sousveil.ledger.witness_server",
        str(folder),
        "--log",
        vkey,
        "--name",
        "w.example/w",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate()


def test_an_old_backup_signs_nothing_until_a_mirror_has_brought_the_rest(
    made: Made,
    tmp_path: Path,
    database: str | None,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = made.register.folder
    with witness(tmp_path / "w", made.register.vkey) as (url, vkey, process):
        lines = [f"log {made.register.vkey}", f"witness w {vkey} {url}", "group all 1 w", "quorum all"]
        (folder / "policy").write_text("\n".join(lines) + "\n")
        config = made.register.paths.config()
        made.register.paths.write_config(msgspec.structs.replace(config, policy="policy"))
        with Register.open(folder, gate=gate) as register:
            register.cosign()
            keys_of(register, tmp_path)
            back_up(register, tmp_path / "backup")
            newest = published(register.publish([said(maker.STATE, "PublicBody", "name", "Late")], private("paper")))
            assert newest.independent == 1
        options = ["--keys", str(tmp_path / "keys.age"), "--identity", str(tmp_path / "identity")]
        assert main(["register", "restore", str(tmp_path / "backup"), str(tmp_path / "old"), *options]) == 1
        out, err = capsys.readouterr()
        assert (
            "All holds." in out and "The witness w.example/w has cosigned 10 entries of this log, which holds 9." in err
        )
        assert (
            err.endswith("signs nothing.\n") and "register restore BACKUP FOLDER --mirror DIR|URL`, which adds" in err
        )
        before = files(tmp_path / "old" / "log")
        with Register.open(tmp_path / "old", gate=gate) as old:
            with pytest.raises(Restored, match="has cosigned 10 entries"):
                old.publish([said(maker.STATE, "PublicBody", "name", "Fork")], private("paper"))
            assert (old.store.size(), files(tmp_path / "old" / "log")) == (9, before)
        new = [str(tmp_path / "backup"), str(tmp_path / "new"), *options, "--mirror", str(folder)]
        if database is not None:
            new += ["--database", request.getfixturevalue("new_postgres")()]
        assert main(["register", "restore", *new]) == 0
        assert "Entries added from the mirror: 1.\n" in capsys.readouterr().out
        with Register.open(tmp_path / "new", gate=gate) as again:
            done = published(again.publish([said(maker.STATE, "PublicBody", "name", "Next")], private("paper")))
            assert (done.index, done.independent) == (10, 1)
        process.kill()
        process.wait()
        alone = restore(
            tmp_path / "backup", tmp_path / "alone", keys=open_keys(tmp_path / "keys.age", tmp_path / "identity")
        )
        assert isinstance(alone.stopped, Unwitnessed)


def later(register: Register, before: list[str]) -> None:
    """What happens after the backup, of every kind; `before`: what `grown` returned."""
    gone = published(
        register.publish(
            [said(maker.ACME, "Company", "alias", "Erased soon"), said(maker.ACME, "Company", "alias", "Stays")],
            private("paper"),
            attachments=[OTHER],
        )
    )
    stays = published(
        register.publish([said(maker.ACME, "Company", "alias", "Old name")], private("paper"), attachments=[FILE])
    )
    correction = said(maker.ACME, "Company", "alias", "New name", stance=Stance.CORRECTS, supersedes=stays.ids[0])
    register.publish([correction], private("paper"))
    taken = published(register.publish([said(maker.STATE, "PublicBody", "name", "Wrong")], private("paper")))
    register.retract(list(taken.ids), private("paper"), RetractReason.WRONG)
    register.key_add(maker.public("late"), "A late office", Role.PUBLISHER)
    register.publish([said(maker.STATE, "PublicBody", "name", "Ours", publisher="A late office")], private("late"))
    register.key_revoke(maker.public("clinic"), RevokeReason.CEASED)
    (waiting,) = register.held(state="waiting")
    for reviewer in ("anna", "bela"):
        register.review(waiting.id, private(reviewer), ground=PublicInterest.OFFICE, waived=Waived.ALREADY_PUBLIC)
    register.erase([made_first(register), *before, *gone.ids], EraseGround.DATA_PROTECTION, EraseBy.SUBJECT)
    register.publish([said(maker.STATE, "PublicBody", "name", "New")], private("paper"), attachments=[AGAIN])


def test_a_mirror_brings_what_came_later_and_what_was_erased(made: Made, tmp_path: Path) -> None:
    register = made.register
    before = grown(register)
    keys = keys_of(register, tmp_path)
    back_up(register, tmp_path / "backup")
    size = register.store.size()
    later(register, before)
    done = restore(tmp_path / "backup", tmp_path / "again", keys=keys, mirror=register.folder)
    assert (done.added, done.lists, done.report.difference) == (register.store.size() - size, (), None)
    assert files(tmp_path / "again" / "attachments") == files(register.folder / "attachments")
    for name in ("checkpoint", "suppression", "times", "content/000.jsonl"):
        assert (tmp_path / "again" / "log" / name).read_bytes() == (register.folder / "log" / name).read_bytes()
    assert set(files(tmp_path / "again" / "attachments")) == {FILE.named().sha256, AGAIN.named().sha256}
    assert all(b"Erased soon" not in data for data in files(tmp_path / "again").values())
    with Register.open(tmp_path / "again", gate=gate) as again:
        want, have = rows(register.store, PRIVATE), rows(again.store, PRIVATE)
        live = [row for row in want["entities"] if row[3]]
        assert [row for row in have["entities"] if row[3]] == live
        assert {**have, "entities": []} == {**want, "entities": []}
        assert [one.state for one in again.held()] == ["published"]
        assert (
            published(
                again.publish(
                    [said(maker.STATE, "PublicBody", "name", "On", publisher="A late office")], private("late")
                )
            ).index
            == register.store.size()
        )
    assert verify(tmp_path / "again", go=False).difference is None
    with pytest.raises(Usage, match="only with the register's keys"):
        restore(tmp_path / "backup", tmp_path / "none", mirror=register.folder)


def test_lists_whose_rows_no_mirror_has_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with maker.copied(tmp_path / "r") as made:
        keys_of(made.register, tmp_path)
        back_up(made.register, tmp_path / "backup")
        read: dict[str, Any] = {
            "source": "https://list.example",
            "sha256": "ab" * 32,
            "date": "2026-11-01",
            "rows": 1,
            "counts": {},
        }
        made.register.snapshot("an-invented-list", **read, rows_sha256="cd" * 32)
    keys = ["--keys", str(tmp_path / "keys.age"), "--identity", str(tmp_path / "identity")]
    mirror = ["--mirror", str(tmp_path / "r")]
    assert main(["register", "restore", str(tmp_path / "backup"), str(tmp_path / "again"), *keys, *mirror]) == 0
    out, _ = capsys.readouterr()
    assert (
        "Load these lists again (sousveil register load NAME PATH); their rows are not public: an-invented-list.\n"
        in out
    )


def test_settings_that_name_other_places_are_of_the_folder_again(tmp_path: Path) -> None:
    with maker.copied(tmp_path / "r") as made:
        (tmp_path / "elsewhere").write_text(f"log {made.register.vkey}\nquorum none\n")
        config = msgspec.structs.replace(made.register.paths.config(), policy=str(tmp_path / "elsewhere"))
        made.register.paths.write_config(config)
    with Register.open(tmp_path / "r") as register:
        back_up(register, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    assert Folder(tmp_path / "again").config().policy == "policy"
    assert (tmp_path / "again" / "policy").read_bytes() == (tmp_path / "elsewhere").read_bytes() != b""


def test_a_mirror_of_another_history_or_of_less(tmp_path: Path) -> None:
    with maker.copied(tmp_path / "r") as made:
        keys = keys_of(made.register, tmp_path)
        shutil.copytree(tmp_path / "r" / "log", tmp_path / "before" / "log")
        shutil.copytree(
            tmp_path / "r", tmp_path / "fork", ignore=lambda *_: ["register.sqlite-wal", "register.sqlite-shm"]
        )
        made.register.publish([said(maker.STATE, "PublicBody", "name", "Here")], private("paper"))
        back_up(made.register, tmp_path / "backup")
    done = restore(tmp_path / "backup", tmp_path / "again", keys=keys, mirror=tmp_path / "before")
    assert (done.added, done.report.size) == (0, 10)
    with Register.open(tmp_path / "fork", gate=gate) as fork:
        for number in range(2):
            with pytest.raises(Disagreement, match="two histories"):
                published(fork.publish([said(maker.STATE, "PublicBody", "name", f"There {number}")], private("paper")))
                restore(tmp_path / "backup", tmp_path / "none", keys=keys, mirror=tmp_path / "fork")
    assert not (tmp_path / "none").exists()


def test_repair_brings_the_log_into_an_older_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "r"
    with maker.copied(folder) as made:
        before = grown(made.register)
        back_up(made.register, tmp_path / "backup")
        later(made.register, before)
        want, size = rows(made.register.store, {*PRIVATE, "entities"}), made.register.store.size()
    for path in folder.glob("register.sqlite*"):
        path.unlink()
    shutil.copy(tmp_path / "backup" / "register" / "register.sqlite", folder)
    with pytest.raises(Restored, match=r"looks like a restored backup.*sousveil register repair"):
        Register.open(folder)
    assert main(["register", "repair", "--register", str(folder)]) == 0
    assert f"from {size} entries" in capsys.readouterr().out
    with Register.open(folder) as register:
        assert rows(register.store, {*PRIVATE, "entities"}) == want
    assert verify(folder, go=False).difference is None
    content = folder / "log" / "content" / "000.jsonl"
    whole = content.read_bytes()
    line = next(one for one in whole.splitlines(keepends=True) if b"New name" in one)
    for wrong, words in (
        (line.replace(b"New name", b"Old game"), "salt and content are not those"),
        (b"", "The content of statement [0-9a-f]{64} is not there, and nothing erased it"),
    ):
        content.write_bytes(whole.replace(line, wrong))
        for path in folder.glob("register.sqlite*"):
            path.unlink()
        shutil.copy(tmp_path / "backup" / "register" / "register.sqlite", folder)
        with pytest.raises(Disagreement, match=words):
            Register.repair(folder)
        with Store.open(folder / "register.sqlite") as store:
            assert store.size() == read_manifest(tmp_path / "backup").size


def test_what_the_command_line_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with maker.copied(tmp_path / "r"):
        pass
    folder, dest = str(tmp_path / "r"), str(tmp_path / "b")
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "id").write_text(f"{identity}\n")
    keys = ["--keys", str(tmp_path / "keys.age")]
    assert main(["register", "backup", dest, "--register", folder, *keys]) == 2
    assert "Say --keys FILE --keys-to age1..." in capsys.readouterr().err
    assert main(["register", "backup", dest, "--register", folder, *keys, "--keys-to", str(identity.to_public())]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{dest}: 9 entries, ") and "in another place than the backup" in out
    assert err == "This register has no witness: nobody can tell later that a backup is old.\n"
    more = ["--keys", str(tmp_path / "more.age"), "--keys-to", str(identity.to_public())]
    assert main(["register", "backup", dest, "--register", folder, *more]) == 2
    assert not (tmp_path / "more.age").exists()
    capsys.readouterr()
    assert main(["register", "restore", dest, str(tmp_path / "read")]) == 0
    out, _ = capsys.readouterr()
    assert "All holds.\n" in out and "To write it needs its private keys: audit, log, operator." in out
    assert main(["register", "restore", dest, str(tmp_path / "w"), *keys, "--identity", str(tmp_path / "id")]) == 0
    assert "This register has no witness to ask." in capsys.readouterr().out
    assert main(["register", "restore", dest, str(tmp_path / "w")]) == 2
    assert Folder(tmp_path / "w").may_sign and "is there already" in capsys.readouterr().err


def test_what_waited_is_not_sent_again_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with maker.copied(tmp_path / "r") as made:
        mail = outbox.mail(made.register, key="n/1", to="a@example.net", subject="A", text="x")
        call = outbox.webhook(made.register, key="n/2", url="https://hook.example.org/", event="notice", data={})
        back_up(made.register, tmp_path / "b")
        keys = keys_of(made.register, tmp_path)
    done = restore(tmp_path / "b", tmp_path / "again", keys=keys)
    assert (done.waiting, done.report.difference) == (2, None)
    with Register.open(tmp_path / "again") as again:
        assert {one.id: (one.state, one.to) for one in outbox.all_deliveries(again)} == {
            mail: ("dead", "a@example.net"),
            call: ("dead", "https://hook.example.org/"),
        }
        assert outbox.deliver(again) == 0
        outbox.retry(again, mail)
        assert outbox.state(again, mail).state == "waiting"
    assert main(["register", "restore", str(tmp_path / "b"), str(tmp_path / "read")]) == 0
    assert "waited when the backup was made: 2." in capsys.readouterr().out


def test_a_backup_of_a_copy_without_keys_is_restored_for_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with maker.copied(tmp_path / "r"):
        pass
    shutil.rmtree(tmp_path / "r" / "keys")
    with Register.open_or_read(tmp_path / "r") as register:
        back_up(register, tmp_path / "b")
    assert main(["register", "restore", str(tmp_path / "b"), str(tmp_path / "again")]) == 0
    assert "To write it needs its private keys: log." in capsys.readouterr().out


def test_a_register_that_does_not_hold_is_backed_up_and_not_restored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with maker.copied(tmp_path / "r") as made:
        made.register.store.db.execute("UPDATE statements SET subject = ? WHERE seq = 1", (maker.STATE,))
    folder, dest = str(tmp_path / "r"), str(tmp_path / "b")
    assert main(["register", "backup", dest, "--register", folder]) == 1
    difference = "Entry 8, statement 0: the database has another subject beside its content."
    assert f"The register does not hold: {difference} The backup is kept as it is.\n" in capsys.readouterr().err
    assert main(["register", "restore", dest, str(tmp_path / "again")]) == 2
    assert f"The restored register does not hold: {difference}\nUse another backup.\n" in capsys.readouterr().err
    assert not (tmp_path / "again").exists()
