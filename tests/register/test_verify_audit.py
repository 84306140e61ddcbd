"""`register verify` and the audit log: what was rewritten, dropped, put in another order or cut off in it is named, and
each act of an operator or reviewer that the public log shows has its lines there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.errors import Missing
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.tiles import TileFiles
from sousveil.register import audited
from sousveil.register.audit import AuditEntry, Stage, open_audit
from sousveil.register.codes import EraseBy, EraseGround, PublicInterest, Role, Verdict, Waived
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.verify import verify
from tests.register import maker
from tests.register.maker import held, private, said

WAIVED: dict[str, Any] = {"ground": PublicInterest.OFFICE, "waived": Waived.ALREADY_PUBLIC}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A register with acts of every privileged kind."""
    where = tmp_path / "register"
    with maker.made(where) as made:
        register = made.register
        waits = held(
            register.publish([said(maker.BOSS, "Person", "name", "Mara Invented", person=True)], private("paper"))
        )
        register.review(waits.id, private("anna"), **WAIVED)
        register.review(waits.id, private("bela"), **WAIVED)
        first = register.store.statements_of([maker.BOSS])[0]
        register.erase([first.id], EraseGround.MISTAKE, EraseBy.OPERATOR)
        register.key_revoke(maker.public("clinic"), "ceased")
    return where


def _lines(folder: Path) -> list[AuditEntry]:
    return list(open_audit(folder).checked())


def _write_anew(folder: Path, lines: Sequence[AuditEntry]) -> None:
    """What an operator who holds the audit log's key can do: write it as they like, numbered and signed anew."""
    key = PrivateKey.load(folder / "keys" / "audit")
    shutil.rmtree(folder / "audit")
    log = open_audit(folder)
    log.files.root.mkdir()
    number: dict[int, int] = {}
    encoder = msgspec.json.Encoder(order="deterministic")
    from sousveil.ledger import checkpoint as checkpoints
    from sousveil.ledger.checkpoint import Checkpoint
    from sousveil.ledger.merkle import Range, leaf_hash
    from sousveil.ledger.note import Signer

    grown = Range()
    for at, one in enumerate(lines):
        number[one.n] = at
        begun = None if one.begun is None else number.get(one.begun, 9_999)
        data = encoder.encode(msgspec.structs.replace(one, n=at, begun=begun))
        log.files.append(at, [data])
        grown.append(leaf_hash(data))
    signer = Signer(name=log.name, key=key)
    log.files.write_checkpoint(
        checkpoints.sign(Checkpoint(origin=log.name, size=len(lines), root=grown.root()), [signer])
    )


def test_every_act_of_operators_and_reviewers_has_two_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = _lines(folder)
    with Register.read(folder) as register:
        size = register.store.size()
        privileged = [
            (index, entry.kind, audited.digest(entry.envelope))
            for index in range(size)
            if f"entry.{(entry := register.store.entry(index)).kind}" in audited.PRIVILEGED.values()
        ]
    assert {kind for _, kind, _ in privileged} == {"key_add", "key_revoke", "domain_proof", "review", "erase"} & {
        kind for _, kind, _ in privileged
    } and {"key_add", "key_revoke", "review", "erase"} <= {kind for _, kind, _ in privileged}
    for index, kind, sha256 in privileged:
        first, second = [one for one in lines if one.of.startswith(sha256)]
        assert (first.act, first.stage, second.stage) == (f"entry.{kind}", Stage.ATTEMPTED, Stage.DONE)
        assert second.begun == first.n and first.log <= index
        assert kind == "review" or second.of == f"{sha256} entry {index}"
    assert len(lines) == 2 * len(privileged)
    assert main(["register", "verify", str(folder), "--no-go"]) == 0
    told = capsys.readouterr().out
    assert f"The audit log holds: {len(lines)} lines. Every act of operators and reviewers has its line." in told


def _rewrite(lines: list[AuditEntry]) -> list[AuditEntry]:
    at = _erasure(lines)
    changed = [
        msgspec.structs.replace(one, act="entry.review") if n in (at, at + 1) else one for n, one in enumerate(lines)
    ]
    return changed


def _drop(lines: list[AuditEntry]) -> list[AuditEntry]:
    return [one for one in lines if one.act != "entry.key_revoke"]


def _drop_half(lines: list[AuditEntry]) -> list[AuditEntry]:
    return lines[1:]


def _erasure(lines: list[AuditEntry]) -> int:
    return next(at for at, one in enumerate(lines) if one.act == "entry.erase" and one.stage is Stage.ATTEMPTED)


def _reorder(lines: list[AuditEntry]) -> list[AuditEntry]:
    at = _erasure(lines)
    return [*lines[at : at + 2], *lines[:at], *lines[at + 2 :]]


def _swap(lines: list[AuditEntry]) -> list[AuditEntry]:
    at = _erasure(lines)
    return [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]


def _truncate(lines: list[AuditEntry]) -> list[AuditEntry]:
    return lines[:-2]


def _late(lines: list[AuditEntry]) -> list[AuditEntry]:
    """The line of an erasure, written down after it."""
    at = _erasure(lines)
    moved = [msgspec.structs.replace(one, log=lines[-1].log + 1) for one in lines[at : at + 2]]
    return [*lines[:at], *lines[at + 2 :], *moved]


def _other_entry(lines: list[AuditEntry]) -> list[AuditEntry]:
    return [msgspec.structs.replace(one, of=one.of.replace(" entry 1", " entry 2")) for one in lines]


ANEW: dict[str, tuple[Callable[[list[AuditEntry]], list[AuditEntry]], str]] = {
    "rewritten": (_rewrite, "is something else"),
    "dropped": (_drop, "(entry.key_revoke) has no line in the audit log."),
    "half dropped": (_drop_half, "is the outcome of act 9999, which has none to come."),
    "reordered": (_reorder, "was written at entry"),
    "swapped": (_swap, "is the outcome of act 9999, which has none to come."),
    "truncated": (_truncate, "(entry.key_revoke) has no line in the audit log."),
    "late": (_late, "(entry.erase) was written down only when the log had"),
    "another entry": (_other_entry, "which is something else."),
}


@pytest.mark.parametrize("name", ANEW)
def test_who_holds_the_key_cannot_write_it_anew_unseen(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, told = ANEW[name]
    _write_anew(folder, change(_lines(folder)))
    report = verify(folder, go=False)
    assert report.difference is not None and told in report.difference
    assert main(["register", "verify", str(folder), "--no-go"]) == 1
    assert "DOES NOT HOLD: " in capsys.readouterr().out


def test_written_anew_as_it_was_it_holds(folder: Path) -> None:
    """The counterpart: it is not for how the test writes that the others fail."""
    _write_anew(folder, _lines(folder))
    assert verify(folder, go=False).difference is None


def _entries(folder: Path) -> Path:
    return max((folder / "audit" / "tile" / "entries" / "000.p").iterdir(), key=lambda one: int(one.name))


def _edited(folder: Path) -> None:
    path = _entries(folder)
    path.write_bytes(path.read_bytes().replace(b"operator", b"reviewer", 1))


def _exchanged(folder: Path) -> None:
    path = _entries(folder)
    data = path.read_bytes()
    first = 2 + int.from_bytes(data[:2], "big")
    second = first + 2 + int.from_bytes(data[first : first + 2], "big")
    path.write_bytes(data[first:second] + data[:first] + data[second:])


def _shortened(folder: Path) -> None:
    path = _entries(folder)
    path.write_bytes(path.read_bytes()[:-40])


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder / "audit")


def _no_folder_no_key(folder: Path) -> None:
    shutil.rmtree(folder / "audit")
    (folder / "keys" / "audit").unlink()


def _no_checkpoint(folder: Path) -> None:
    (folder / "audit" / "checkpoint").unlink()


WITHOUT_KEY: dict[str, tuple[Callable[[Path], None], str]] = {
    "edited": (_edited, "Entry 0 does not have the hash that its tile shows."),
    "exchanged": (_exchanged, "Entry 0 does not have the hash that its tile shows."),
    "shortened": (_shortened, "of this bundle is cut short."),
    "no folder": (_no_folder, "The audit log was removed: its key is there, its folder is not."),
    "neither folder nor key": (_no_folder_no_key, "stands in no audit log: there is none."),
    "no checkpoint": (_no_checkpoint, "The audit log's checkpoint was removed."),
}


@pytest.mark.parametrize("name", WITHOUT_KEY)
def test_who_does_not_hold_the_key_is_found_out(folder: Path, name: str) -> None:
    change, told = WITHOUT_KEY[name]
    change(folder)
    report = verify(folder, go=False)
    assert report.difference is not None and told in report.difference
    assert report.code == 1


def test_a_copy_without_keys_is_verified_with_the_key_that_lies_beside_the_audit_log(
    folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    shutil.rmtree(copy / "keys")
    report = verify(copy, go=False)
    assert report.difference is None and any(one.startswith("The audit log holds: ") for one in report.notes)
    _edited(copy)
    assert verify(copy, go=False).code == 1
    shutil.rmtree(copy / "audit")
    report = verify(copy, go=False)
    assert report.difference is None and "There is no audit log here." in report.notes


def test_what_was_refused_has_its_lines_too(folder: Path) -> None:
    before = len(_lines(folder))
    with Register.open(folder, gate=gate) as register:
        waits = held(
            register.publish([said(maker.BOSS, "Person", "name", "Nora Invented", person=True)], private("paper"))
        )
        with pytest.raises(Refused):
            register.review(waits.id, private("anna"), Verdict.PUBLISH)
        with pytest.raises(Refused):
            register.key_add(maker.public("new"), "New", Role.PUBLISHER, by=private("anna"))
    [first, second, *rest] = _lines(folder)[before:]
    assert (first.act, first.stage, second.stage) == ("entry.review", Stage.ATTEMPTED, Stage.FAILED)
    assert first.account == private("anna").public.id and first.role == "reviewer"
    assert [one.stage for one in rest] in ([], [Stage.ATTEMPTED, Stage.FAILED])
    assert verify(folder, go=False).difference is None


def test_an_act_that_breaks_off_is_told_and_is_no_difference(folder: Path) -> None:
    open_audit(folder).attempt("key.add", "olga", "operator", "ab")
    report = verify(folder, go=False)
    assert report.difference is None
    assert any("1 act has no outcome: it goes on, or was broken off." in one for one in report.notes)


def test_no_entry_comes_in_that_cannot_be_written_down(folder: Path) -> None:
    _no_folder(folder)
    with Register.open(folder, gate=gate) as register:
        size = register.store.size()
        with pytest.raises(Disagreement, match="The audit log was removed"):
            register.key_add(maker.public("new"), "New", Role.PUBLISHER)
        assert register.store.size() == size


class _Counted(TileFiles):
    reads = 0

    def file(self, path: str, limit: int = 1 << 25) -> bytes:
        type(self).reads += 1
        return super().file(path, limit)


def test_a_line_reads_the_edge_of_the_tree_and_not_the_tree(tmp_path: Path) -> None:
    where = tmp_path / "register"
    Register.init(where, title="R", origin="audit.example/log", example=True, gate=gate).close()
    log = open_audit(where)
    log.files = _Counted(log.files.root)
    reads = []
    for number in range(1_100):
        _Counted.reads = 0
        log.write("held.read", "rita", "reviewer", str(number))
        reads.append(_Counted.reads)
    assert max(reads) <= 10, "not one file more for each 256 lines"
    assert log.verify() == 1_100
    with pytest.raises(Missing):
        log.files.file("tile/entries/004")


def test_a_process_killed_within_the_first_line_leaves_nothing_that_looks_like_tampering(tmp_path: Path) -> None:
    """Each state that the disk can be in, in the order in which it is written."""
    where = tmp_path / "register"
    Register.init(where, title="R", origin="audit.example/log", example=True, gate=gate).close()
    (where / "audit").mkdir()
    assert verify(where, go=False).difference is None
    log = open_audit(where)
    log.write("held.read", "rita", "reviewer", "x")
    whole = (where / "audit" / "checkpoint").read_bytes()
    assert whole.split(b"\n")[1] == b"1"

    class Killed(TileFiles):
        def append(self, *_args: object, **_more: object) -> None:
            super().append(*_args, **_more)  # type: ignore[arg-type]
            raise KeyboardInterrupt

    shutil.rmtree(where / "audit")
    (where / "keys" / "audit").unlink()
    log = open_audit(where)
    log.files = Killed(log.files.root)
    with pytest.raises(KeyboardInterrupt):
        log.write("held.read", "rita", "reviewer", "x")
    assert (where / "audit" / "tile").exists()
    assert verify(where, go=False).difference is None
    assert open_audit(where).write("held.read", "rita", "reviewer", "y").n == 0
    assert verify(where, go=False).difference is None
