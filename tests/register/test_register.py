"""The register as a whole: its folder, receipts, crashes at every step, restored backups, witnesses, many at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from sousveil.decisions.api import gate
from sousveil.errors import Malformed, Missing, Usage
from sousveil.ledger import checkpoint, merkle, note, receipt
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.policy import COULD_REWRITE, parse_policy
from sousveil.register import entries as log
from sousveil.register.codes import EraseBy, EraseGround, Role
from sousveil.register.folder import find
from sousveil.register.keyring import Keyring
from sousveil.register.model import Statement
from sousveil.register.publication import open_envelope
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.static import Restored, Unwitnessed
from sousveil.register.verify import verify
from sousveil.register.witnessing import ANOTHER, PROVEN, SILENT, TwoHistories
from tests.forked import run as run_forked
from tests.register import maker
from tests.register.maker import Made, company, private, published, said


def late(number: int = 0) -> list[Statement]:
    return [said(maker.STATE, "PublicBody", "name", f"Ministry {number}")]


def test_the_first_entry_says_what_it_is(made: Made) -> None:
    register = made.register
    genesis = register.store.payload(register.store.entry(0))
    assert genesis == log.Genesis(
        origin=maker.ORIGIN,
        title=maker.TITLE,
        example=True,
        key=register.paths.key("operator").public.raw.hex(),
        owner="The operator",
        log=register.vkey,
        made=genesis.made,
    )
    assert (register.title, register.origin, register.example) == (maker.TITLE, maker.ORIGIN, True)


def test_every_entry_is_in_the_files_as_it_is_in_the_database(made: Made) -> None:
    register = made.register
    for n in range(30):
        register.publish(company(n, publisher="Intake"), private("loader"), receipt=False)
    size = register.store.size()
    found: list[bytes] = []
    for number in range(-(-size // 256)):
        found += register.log.bundle(number, min(256, size - number * 256))
    assert found == [log.log_entry(entry.envelope) for entry in register.store.entries()]
    ring = Keyring()
    for index, entry in enumerate(found):
        opened = open_envelope(entry, ring)
        ring.apply(index, opened.payload, opened.signers)
    assert merkle.root(register.log, size) == register.store.tree().root


def test_a_receipt_shows_the_entry_to_anybody(made: Made) -> None:
    register, done = made.register, made.world
    assert done.receipt is not None
    shown = receipt.verify(done.receipt.encode(), register.entry_bytes(done.index), register.policy)
    assert (shown.origin, shown.index, shown.size) == (maker.ORIGIN, 8, 9)
    assert str(shown).endswith(COULD_REWRITE) and done.cosigned == COULD_REWRITE and done.independent == 0
    later = published(register.publish(late(), private("paper")))
    assert later.receipt is not None
    for index in range(later.size):
        receipt.verify(register.receipt(index).encode(), register.entry_bytes(index), register.policy)


def test_opened_again_it_goes_on(made: Made) -> None:
    made.register.close()
    with Register.open(made.register.folder, gate=gate) as register:
        assert published(register.publish(late(), private("paper"))).index == 9


def test_settings_that_never_change(made: Made) -> None:
    made.register.close()
    path = made.register.folder / "register.toml"
    path.write_text(path.read_text().replace("example = true", "example = false"))
    with pytest.raises(Malformed, match="never change"):
        Register.open(made.register.folder, gate=gate)


def test_a_real_register_refuses_examples(tmp_path: Path) -> None:
    with Register.init(tmp_path / "real", title="Real", origin="real.example/log", gate=gate) as real:
        real.key_add(maker.public("paper"), "The Invented Paper", Role.PUBLISHER)
        with maker.made(tmp_path / "example") as example:
            (prepared,) = example.register.prepare(late(), private("paper"))
        with pytest.raises(Refused) as error:
            real.submit(prepared)
        assert (error.value.field, error.value.code) == ("example", "example")
        (genuine,) = real.prepare(late(), private("paper"))
    with Register.open(tmp_path / "example", gate=gate) as register, pytest.raises(Refused) as error:
        register.submit(genuine)
    assert error.value.code == "example"


def test_folders_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Missing, match="register init"):
        Register.open(tmp_path / "none", gate=gate)
    with pytest.raises(Refused, match="name of a log"):
        Register.init(tmp_path / "bad", title="Bad", origin="Bad Name", gate=gate)
    assert not (tmp_path / "bad").exists()
    (tmp_path / "there.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(Usage, match=r"there\.sqlite is not"):
        Register.init(
            tmp_path / "half", title="Half", origin="half.example", database=str(tmp_path / "there.sqlite"), gate=gate
        )
    assert not (tmp_path / "half").exists()
    with maker.made(tmp_path / "r"), pytest.raises(Usage, match="already"):
        Register.init(tmp_path / "r", title="Again", origin="again.example", gate=gate)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("stays")
    for names in ({"title": ""}, {"title": "two  spaces"}, {"title": "Fine", "owner": "x" * 385}):
        for folder in ("new", "mine"):
            with pytest.raises(Refused):
                Register.init(tmp_path / folder, origin="half.example", **names, gate=gate)
    assert not (tmp_path / "new").exists()
    with pytest.raises(Usage, match=r"there\.sqlite is not"):
        Register.init(
            tmp_path / "mine", title="Half", origin="half.example", database=str(tmp_path / "there.sqlite"), gate=gate
        )
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["letter"]
    monkeypatch.setenv("SOUSVEIL_REGISTER", str(tmp_path / "r"))
    assert find() == tmp_path / "r"
    monkeypatch.delenv("SOUSVEIL_REGISTER")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert find() == Path("/data/sousveil/register")


STEPS = ("_entries", "_contents", "_erasures", "log.write_checkpoint", "log.prune", "witnesses")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_every_step_is_repaired(made: Made, monkeypatch: pytest.MonkeyPatch, step: str, after: bool) -> None:
    register = made.register
    owner, name = {
        "log.write_checkpoint": (register.log, "write_checkpoint"),
        "log.prune": (register.log, "prune"),
        "witnesses": (register.witnesses, "cosign"),
    }.get(step, (register.files, step))
    real = getattr(owner, name)

    def crash(*args: object, **more: object) -> None:
        if after:
            real(*args, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, crash)
    with pytest.raises(KeyboardInterrupt):
        register.publish([one for n in range(3) for one in company(n, publisher="Intake")], private("loader"))
    monkeypatch.undo()
    register.close()
    with Register.open(register.folder, gate=gate) as again:
        assert again.store.size() == 10  # the database had it; it was not acknowledged and may stand
        assert again.files.published() == checkpoint.Checkpoint(
            origin=maker.ORIGIN, size=10, root=again.store.tree().root
        )
        assert published(again.publish(late(), private("paper"))).index == 10
        lines = (again.folder / "log" / "content" / "000.jsonl").read_bytes().splitlines()
        assert len(lines) == len(set(lines)) == again.store.counts().statements == 18


def test_a_crash_before_the_commit_leaves_nothing(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    from sousveil.register.store.writing import Appending

    before = made.register.log.checkpoint()

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Appending, "finish", crash)
    with pytest.raises(KeyboardInterrupt):
        made.register.publish(late(), private("paper"))
    monkeypatch.undo()
    assert (made.register.store.size(), made.register.log.checkpoint()) == (9, before)
    assert published(made.register.publish(late(), private("paper"))).index == 9


def test_a_database_of_another_history_refuses_to_sign(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        made.register.close()
        shutil.copytree(tmp_path / "r", tmp_path / "other")
        for name, number in (("r", 1), ("other", 2)):
            with Register.open(tmp_path / name, gate=gate) as register:
                register.publish(late(number), private("paper"))
        shutil.copy(tmp_path / "other" / "register.sqlite", tmp_path / "r" / "register.sqlite")
        with pytest.raises(Restored, match="disagree"):
            Register.open(tmp_path / "r", gate=gate)
        with Register.open(tmp_path / "other", gate=gate) as register:
            register.publish(late(3), private("paper"))
        shutil.copy(tmp_path / "other" / "register.sqlite", tmp_path / "r" / "register.sqlite")
        with pytest.raises(Restored, match="disagree"):
            Register.open(tmp_path / "r", gate=gate)


def test_threads_share_batches_and_each_gets_its_own_receipt(made: Made) -> None:
    register = made.register

    def work(number: int) -> list[int]:
        found = []
        for part in range(3):
            done = published(register.publish(company(number * 10 + part, publisher="Intake"), private("loader")))
            assert done.receipt is not None
            receipt.verify(done.receipt.encode(), register.entry_bytes(done.index), register.policy)
            found.append(done.index)
        return found

    with ThreadPoolExecutor(8) as pool:
        found = [index for part in pool.map(work, range(8)) for index in part]
    assert sorted(found) == list(range(9, 33))
    assert register.store.size() == 33


def test_processes_take_turns(made: Made) -> None:
    words = [(str(made.register.folder), str(number)) for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda one: run_forked(one, environment=dict(os.environ), call=maker.publish_ten), words))
    assert [(one.returncode, one.stderr) for one in done] == [(0, b"")] * 3
    found = sorted(int(line) for one in done for line in one.stdout.split())
    assert found == list(range(9, 39))
    assert published(made.register.publish(late(), private("paper"))).index == 39


@contextmanager
def witnesses(folder: Path, vkey: str, count: int) -> Iterator[list[tuple[str, str, subprocess.Popen[str]]]]:
    """Witnesses in processes of their own: address, verifier key, process."""
    running: list[tuple[str, str, subprocess.Popen[str]]] = []
    try:
        for n in range(count):
            command = [sys.executable, "-m", "sousveil.ledger.witness_server", str(folder / f"w{n}"), "--log", vkey]
            process = subprocess.Popen([*command, "--name", f"w{n}.example/witness"], stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            running.append((process.stdout.readline().strip(), process.stdout.readline().strip(), process))
        yield running
    finally:
        for _, _, process in running:
            process.kill()
            process.communicate()


def with_policy(register: Register, running: list[tuple[str, str, subprocess.Popen[str]]], least: int) -> None:
    """Write the policy of these witnesses into the register's folder."""
    lines = [f"log {register.vkey}"]
    lines += [f"witness w{n} {vkey} {url}" for n, (url, vkey, _) in enumerate(running)]
    lines += [f"group all {least} {' '.join(f'w{n}' for n in range(len(running)))}", "quorum all"]
    (register.folder / "policy").write_text("\n".join(lines) + "\n")
    config = register.folder / "register.toml"
    config.write_text(config.read_text() + 'policy = "policy"\n')


def test_three_witnesses_two_of_which_must_cosign(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made, witnesses(tmp_path, made.register.vkey, 3) as running:
        with_policy(made.register, running, 2)
        made.register.close()
        with Register.open(tmp_path / "r", gate=gate) as register:
            register.cosign()
        shutil.copytree(tmp_path / "r", tmp_path / "backup")
        with Register.open(tmp_path / "r", gate=gate) as register:
            done = published(register.publish(late(), private("paper")))
            assert (done.independent, done.cosigned) == (3, "3 independent witnesses cosigned: w0, w1, w2.")
            assert done.receipt is not None
            policy = parse_policy((tmp_path / "r" / "policy").read_bytes())
            shown = receipt.verify(done.receipt.encode(), register.entry_bytes(done.index), policy)
            assert (shown.index, shown.cosigned.independent) == (9, 3)
            running[1][2].kill()
            running[1][2].wait()
            fewer = published(register.publish(late(1), private("paper")))
            assert fewer.independent == 2
            lines = [line for _, code, line in register.store.operator_lines() if code == "witness_silent"]
            assert len(lines) == 1 and lines[0].startswith("w1: The witness at http://127.0.0.1:")
            assert str(register.cosigned()) == "2 independent witnesses cosigned: w0, w2."
        # The whole folder restored from a backup: only the witnesses know better.
        with (
            Register.open(tmp_path / "backup", gate=gate) as old,
            pytest.raises(Restored, match="has cosigned 11 entries"),
        ):
            old.cosign()  # the worker
        with Register.open(tmp_path / "backup", gate=gate) as old:
            before = old.log.checkpoint()
            with pytest.raises(Restored, match=r"has cosigned 11 entries.*restored backup"):
                old.publish(late(2), private("paper"))
            assert (old.store.size(), checkpoint.parse(before.split(b"\n\n")[0] + b"\n").size) == (9, 9)
            assert old.files.published() == checkpoint.Checkpoint(
                origin=maker.ORIGIN, size=9, root=old.store.tree().root
            )


def test_a_register_is_made_with_the_policy_of_its_witnesses(tmp_path: Path) -> None:
    """Whose key is made with it: the policy comes without the line of the log."""
    signer = note.Signer(name="w.example/w", key=PrivateKey(b"w" * 32), algorithm=note.COSIGNATURE)
    policy = f"witness w {signer.verifier.vkey()} http://127.0.0.1:1\ngroup all 1 w\nquorum all\n".encode()
    with Register.init(tmp_path / "r", title="With", origin="with.example/log", policy=policy, gate=gate) as register:
        assert (tmp_path / "r" / "policy").read_bytes() == f"log {register.vkey}\n".encode() + policy
        assert (list(register.policy.witnesses), str(register.cosigned())) == (["w"], COULD_REWRITE)
        named = f"log {register.vkey}\nquorum none\n".encode()
    for wrong, error in ((named, Usage), (b"nonsense", Malformed)):
        with pytest.raises(error):
            Register.init(tmp_path / "s", title="With", origin="with.example/log", policy=wrong, gate=gate)
        assert not (tmp_path / "s").exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


@pytest.mark.parametrize("name", ["policy", "keys/log", "keys/operator", "log/checkpoint", "attachments/abc"])
def test_a_new_register_writes_over_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "r" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    with pytest.raises(Usage) as error:
        Register.init(tmp_path / "r", title="New", origin="new.example/log", policy=b"quorum none\n", gate=gate)
    what = path.parent if name.startswith(("log", "attachments")) else path
    assert (
        error.value.message == f"{what} is there already, and a new register would write over it. Nothing was changed."
    )
    assert contents(tmp_path / "r") == {name: b"mine"}


def test_what_fails_leaves_the_folder_and_its_policy_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also inside of folders that were there before, and where the policy lay in the folder and was not asked for."""
    folder = tmp_path / "r"
    (folder / "keys").mkdir(parents=True)
    before = {"keys/other": b"a key of somebody", "policy": b"witness lines, half written\n"}
    for name, data in before.items():
        (folder / name).write_bytes(data)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Register, "record", full)
    with pytest.raises(OSError, match="No space left"):
        Register.init(folder, title="New", origin="new.example/log", gate=gate)
    assert contents(folder) == before
    assert sorted(one.name for one in folder.iterdir()) == ["keys", "policy"]
    monkeypatch.undo()
    with Register.init(folder, title="New", origin="new.example/log", gate=gate) as register:
        assert register.config.policy is None
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_an_old_backup_signs_nothing_while_no_witness_answers(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made, witnesses(tmp_path, made.register.vkey, 2) as running:
        with_policy(made.register, running, 1)
        made.register.close()
        with Register.open(tmp_path / "r", gate=gate) as register:
            register.cosign()
        shutil.copytree(tmp_path / "r", tmp_path / "backup")
        with Register.open(tmp_path / "r", gate=gate) as register:
            assert published(register.publish(late(), private("paper"))).independent == 2
            for _, _, process in running:
                process.kill()
                process.wait()
            # A process that was sure once goes on; one that begins anew cannot know whether it is an old copy.
            assert published(register.publish(late(1), private("paper"))).independent == 0
        with Register.open(tmp_path / "backup", gate=gate) as old:
            with pytest.raises(
                Restored, match=r"cosigned before confirms this log \(w0, w1\), so nobody can say"
            ) as error:
                old.publish(late(2), private("paper"))
            address = running[0][0]
            assert (type(error.value), error.value.hint) == (Unwitnessed, SILENT)
            assert (
                f"might fork. w0: The witness at {address} gives no answer: Connection refused; w1: "
                in error.value.message
            )
            assert (old.store.size(), old.files.published()) == (
                9,
                checkpoint.Checkpoint(origin=maker.ORIGIN, size=9, root=old.store.tree().root),
            )
            with pytest.raises(Unwitnessed):
                old.cosign()
                old.publish(late(2), private("paper"))
            said = [line[:4] for _, code, line in old.store.operator_lines() if code == "witness_silent"]
            assert sorted(said) == ["w0: ", "w1: "]  # once for each silence, however often they are asked
        # Nor does one that is new and would cosign anything lift it, not even when it is asked twice.
        with witnesses(tmp_path / "new", made.register.vkey, 1) as fresh:
            with (tmp_path / "backup" / "policy").open("a") as policy:
                policy.write(f"witness w9 {fresh[0][1]} {fresh[0][0]}\n")
            with Register.open(tmp_path / "backup", gate=gate) as old:
                for _ in range(2):
                    with pytest.raises(Unwitnessed, match=r"confirms this log \(w0, w1\)"):
                        old.publish(late(2), private("paper"))
                assert (old.cosigned().witnesses, old.store.size(), old.store.meta("witness:w9")) == (
                    ("w0", "w1", "w9"),
                    9,
                    None,
                )
            # Taking those that are gone out of the policy is the operator's word that they are.
            lines = (tmp_path / "backup" / "policy").read_text().splitlines()
            kept = [one for one in lines if not one.startswith(("witness w0", "witness w1", "group", "quorum"))]
            (tmp_path / "backup" / "policy").write_text("\n".join([*kept, "quorum none"]) + "\n")
            with Register.open(tmp_path / "backup", gate=gate) as old:
                assert published(old.publish(late(2), private("paper"))).independent == 1


def forget_signature(state: Path) -> None:
    """As a witness of another make, which keeps its own signature alone: it can say that it holds another history, not show it."""
    for path in state.rglob("*.checkpoint"):
        text, signatures = note.split(path.read_bytes())
        path.write_bytes(text + b"\n" + signatures[0].line())


def forked(folder: Path, running: list[tuple[str, str, subprocess.Popen[str]]]) -> None:
    """Two copies of a register go on by themselves: `r` with the first witness, `fork` with the second, one entry further."""
    shutil.copytree(folder / "r", folder / "fork")
    for index, name in enumerate(("r", "fork")):
        with Register.open(folder / name, gate=gate) as register:
            asked = register.witnesses.asked
            register.witnesses._confirmed = True  # as a copy that signed before anybody else was asked
            register.witnesses.asked = {key: asked[key] for key in asked if key == f"w{index}"}
            for n in range(index + 1):
                published(register.publish(late(index + n), private("paper")))


def test_a_witness_that_says_that_it_holds_another_history_is_not_called_silent(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made, witnesses(tmp_path, made.register.vkey, 1) as running:
        with_policy(made.register, running, 1)
        made.register.close()
        with Register.open(tmp_path / "r", gate=gate) as register:
            register.cosign()
        forked(tmp_path, running)
        forget_signature(tmp_path / "w0")
        with Register.open(tmp_path / "fork", gate=gate) as fork:
            with pytest.raises(
                Unwitnessed, match=r"w0: The witness w0\.example/witness holds another history of this log"
            ) as error:
                fork.publish(late(4), private("paper"))
            assert error.value.hint == ANOTHER
            assert [code for _, code, _ in fork.store.operator_lines()] == ["witness_other_history"]


def test_what_a_witness_only_says_holds_nothing_up_while_another_signs(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made, witnesses(tmp_path, made.register.vkey, 2) as running:
        with_policy(made.register, running, 1)
        made.register.close()
        with Register.open(tmp_path / "r", gate=gate) as register:
            register.cosign()
        forked(tmp_path, running)
        forget_signature(tmp_path / "w0")
        with Register.open(tmp_path / "fork", gate=gate) as fork:
            assert published(fork.publish(late(4), private("paper"))).independent == 1
            assert [code for _, code, _ in fork.store.operator_lines()] == ["witness_other_history"]
        assert not (tmp_path / "fork" / "evidence").exists()


def test_two_histories_that_a_witness_proves_end_all_signing(tmp_path: Path) -> None:
    """The note that it shows bears the log's own signature. Another witness that signs on changes nothing, nor a new process."""
    with maker.made(tmp_path / "r") as made, witnesses(tmp_path, made.register.vkey, 2) as running:
        with_policy(made.register, running, 1)
        made.register.close()
        with Register.open(tmp_path / "r", gate=gate) as register:
            register.cosign()
        forked(tmp_path, running)
        fork_folder = tmp_path / "fork"
        with Register.open(fork_folder, gate=gate) as fork:
            size, cosigned = fork.store.size(), fork.log.checkpoint()
            with pytest.raises(TwoHistories) as error:
                fork.publish(late(4), private("paper"))
            (kept,) = (fork_folder / "evidence").iterdir()
            assert error.value.message == (
                "The key of this log has signed a checkpoint over 10 entries that is not part of this log: the witness "
                f"w0.example/witness showed it, and it is kept in {kept}. There are two histories, and nothing more is signed."
            )
            assert error.value.hint == PROVEN
            assert (fork.store.size(), fork.log.checkpoint()) == (size, cosigned)
            lines = [(code, line) for _, code, line in fork.store.operator_lines()]
            assert lines == [("two_histories", f"w0: {error.value.message}")]
        shown = checkpoint.open_checkpoint(kept.read_bytes(), note.parse_vkey(made.register.vkey))
        with Register.open(tmp_path / "r", gate=gate) as register:
            assert shown == register.files.published()
        for _, _, process in running:  # nobody answers any more, or only the one that signs the fork: the note stays
            process.kill()
            process.wait()
        with Register.open(fork_folder, gate=gate) as fork:  # it is opened, read and verified as before
            for act in (
                lambda: fork.publish(late(5), private("paper")),
                lambda: fork.erase(
                    [fork.store.statements_of([maker.ACME])[0].id], EraseGround.MISTAKE, EraseBy.OPERATOR
                ),
            ):
                with pytest.raises(TwoHistories, match="a witness showed it"):
                    act()
            assert fork.store.size() == size
        report = verify(fork_folder, go=False)
        assert report.difference is None
        # In the register to which the note belongs it proves nothing.
        shutil.copytree(fork_folder / "evidence", tmp_path / "r" / "evidence")
        with Register.open(tmp_path / "r", gate=gate) as register:
            register.witnesses.asked = {}
            published(register.publish(late(6), private("paper")))


@pytest.mark.parametrize("shown", ["nothing", "another key", "another log", "part of it"])
def test_what_a_witness_shows_proves_nothing(tmp_path: Path, shown: str) -> None:
    with maker.made(tmp_path / "r") as made:
        register = made.register
        log = note.Signer(name=maker.ORIGIN, key=register.paths.key("log"))
        thief = note.Signer(name=maker.ORIGIN, key=PrivateKey(b"t" * 32))
        elsewhere = note.Signer(name="other.example/log", key=register.paths.key("log"))
        first = merkle.Range()
        for index in range(5):
            first.append(merkle.leaf_hash(register.entry_bytes(index)))
        told = {
            "nothing": b"They have rewritten it!",
            "another key": checkpoint.sign(checkpoint.Checkpoint(origin=maker.ORIGIN, size=5, root=b"r" * 32), [thief]),
            "another log": checkpoint.sign(
                checkpoint.Checkpoint(origin="other.example/log", size=5, root=b"r" * 32), [elsewhere]
            ),
            "part of it": checkpoint.sign(checkpoint.Checkpoint(origin=maker.ORIGIN, size=5, root=first.root()), [log]),
        }[shown]
        register.witnesses._check_shown(told)
        assert not (tmp_path / "r" / "evidence").exists()


def test_a_witness_that_comes_back_cosigns_later(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made, witnesses(tmp_path, made.register.vkey, 1) as running:
        url, vkey, process = running[0]
        with_policy(made.register, running, 1)
        made.register.close()
        process.kill()
        process.wait()
        with Register.open(tmp_path / "r", gate=gate) as register:
            done = published(register.publish(late(), private("paper")))
            assert (done.independent, done.cosigned) == (0, COULD_REWRITE)
            port = url.rpartition(":")[2]
            again = subprocess.Popen(
                [sys.executable, "-m", "sousveil.ledger.witness_server", str(tmp_path / "w0"), "--port", port],
                stdout=subprocess.PIPE,
                text=True,
            )
            try:
                assert again.stdout is not None and again.stdout.readline().strip() == url
                assert register.cosign().independent == 1
                assert vkey in (register.folder / "policy").read_text()
            finally:
                again.kill()
                again.communicate()
