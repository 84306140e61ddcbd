"""The audit log: what stands in it stays, and whoever edits, removes, truncates or rewrites it is found out."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.errors import Missing
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.tiles import TileFiles
from sousveil.register.audit import AuditLog, open_audit
from sousveil.register.register import Register


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A register in whose audit log 300 acts stand: more than one full tile."""
    where = tmp_path / "register"
    Register.init(where, title="R", origin="audit.example/log", example=True, gate=gate).close()
    log = open_audit(where)
    for number in range(300):
        entry = log.write("key.add", "olga", "operator", f"key {number}")
        assert (entry.n, entry.account, entry.role, entry.act, entry.of) == (
            number,
            "olga",
            "operator",
            "key.add",
            f"key {number}",
        )
    return where


def test_it_holds_and_is_read_newest_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = open_audit(folder)
    assert log.verify() == 300
    assert [one.n for one in log.read(limit=3)] == [299, 298, 297]
    raw = TileFiles(folder / "audit").entry(7, 300)
    assert json.loads(raw) == {
        "n": 7,
        "at": log.read(limit=300)[-8].at,
        "account": "olga",
        "role": "operator",
        "act": "key.add",
        "of": "key 7",
        "stage": "single",
        "log": 1,
        "begun": None,
    }
    assert main(["register", "audit", "--register", str(folder), "--show", "1"]) == 0
    told = capsys.readouterr().out
    assert (
        told.startswith("300 lines; all holds.\nKey: audit.example/log/audit+")
        and "olga (operator)  key.add single  key 299" in told
    )


def _edit(folder: Path) -> None:
    path = folder / "audit" / "tile" / "entries" / "000"
    path.write_bytes(path.read_bytes().replace(b'"of":"key 7"', b'"of":"key 8"'))


def _edit_last(folder: Path) -> None:
    path = folder / "audit" / "tile" / "entries" / "001.p" / "44"
    path.write_bytes(path.read_bytes().replace(b"olga", b"omar", 1))


def _edit_hash(folder: Path) -> None:
    path = folder / "audit" / "tile" / "0" / "000"
    data = bytearray(path.read_bytes())
    data[5 * 32] ^= 1
    path.write_bytes(bytes(data))


def _truncate(folder: Path) -> None:
    """All as it was after 200 acts, but the checkpoint."""
    checkpoint = (folder / "audit" / "checkpoint").read_bytes()
    _again(folder, 200, PrivateKey.load(folder / "keys" / "audit"))
    (folder / "audit" / "checkpoint").write_bytes(checkpoint)


def _no_checkpoint(folder: Path) -> None:
    (folder / "audit" / "checkpoint").unlink()


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder / "audit")


def _other_key(folder: Path) -> None:
    (folder / "keys" / "audit").unlink()
    PrivateKey.new().save(folder / "keys" / "audit")


def _again(folder: Path, count: int, key: PrivateKey, account: str = "omar") -> None:
    """What an operator who holds the key can do: make the whole log anew."""
    shutil.rmtree(folder / "audit")
    (folder / "keys" / "audit").unlink()
    (folder / "audit").mkdir()
    key.save(folder / "keys" / "audit")
    log = open_audit(folder)
    for number in range(count):
        log.write("key.add", account, "operator", f"key {number}")


ATTACKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "an act is edited": (_edit, "Entry 7 does not have the hash that its tile shows."),
    "the newest part is edited": (_edit_last, "Entry 256 does not have the hash that its tile shows."),
    "a hash is edited": (_edit_hash, "Entry 5 does not have the hash that its tile shows."),
    "the checkpoint is removed": (_no_checkpoint, "The audit log's checkpoint was removed."),
    "the folder is removed": (_no_folder, "The audit log was removed: its key is there, its folder is not."),
    "another key is put there": (_other_key, ""),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_who_tampers_is_found_out(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    attack, told = ATTACKS[name]
    attack(folder)
    with pytest.raises(Disagreement) as error:
        open_audit(folder).verify()
    assert told in str(error.value)
    assert main(["register", "audit", "--register", str(folder)]) == 1
    assert capsys.readouterr().out.startswith("DIFFERS: ")


def test_acts_cut_off_the_end_are_missed(folder: Path) -> None:
    _truncate(folder)
    with pytest.raises((Disagreement, Missing)):
        open_audit(folder).verify()


@pytest.mark.parametrize("count", [0, 150, 299, 300, 301])
def test_a_log_made_anew_with_its_key_does_not_continue_a_checkpoint_that_was_kept(
    folder: Path, tmp_path: Path, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_bytes((folder / "audit" / "checkpoint").read_bytes())
    _again(folder, count, PrivateKey.load(folder / "keys" / "audit"))
    if count:
        assert open_audit(folder).verify() == count, "by itself it is sound: only what was kept tells"
    assert main(["register", "audit", "--register", str(folder), "--known", str(kept)]) == 1
    told = capsys.readouterr().out
    assert ("acts were removed" in told) == (count < 300)
    assert ("are not those of the checkpoint that was kept" in told) == (count >= 300)


def test_an_honest_log_continues_what_was_kept_at_every_size(tmp_path: Path) -> None:
    where = tmp_path / "register"
    Register.init(where, title="R", origin="audit.example/log", example=True, gate=gate).close()
    log = open_audit(where)
    kept = []
    for number in range(20):
        log.write("held.read", "rita", "reviewer", str(number))
        kept.append(log.checkpoint().encode())
    for checkpoint in kept:
        assert log.verify(checkpoint) == 20


def test_an_act_is_not_done_on_top_of_a_log_that_was_changed(folder: Path) -> None:
    """The newest part is looked at with every act; what is older, by `verify`."""
    _edit_last(folder)
    with pytest.raises(Disagreement, match="its tiles do not give the root of its checkpoint"):
        open_audit(folder).write("key.add", "olga", "operator", "x")


def test_nothing_was_written_down_yet(tmp_path: Path) -> None:
    Register.init(tmp_path / "r", title="R", origin="audit.example/log", gate=gate).close()
    log = open_audit(tmp_path / "r")
    assert (log.read(), log.checkpoint()) == ([], "")
    with pytest.raises(Missing):
        log.verify()


def _write_many(folder: str, name: str) -> None:
    log: AuditLog = open_audit(Path(folder))
    for number in range(20):
        log.write("key.add", name, "operator", str(number))


def test_many_processes_write_at_once(tmp_path: Path) -> None:
    Register.init(tmp_path / "r", title="R", origin="audit.example/log", gate=gate).close()
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write_many, args=(str(tmp_path / "r"), name)) for name in ("olga", "omar", "otto")]
    for one in writers:
        one.start()
    for one in writers:
        one.join(120)
    log = open_audit(tmp_path / "r")
    assert log.verify() == 60
    acts = log.read(limit=100)
    assert [one.n for one in acts] == list(range(59, -1, -1))
    for name in ("olga", "omar", "otto"):
        assert [one.of for one in reversed(acts) if one.account == name] == [str(number) for number in range(20)]
