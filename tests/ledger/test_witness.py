"""Witnesses: the refusals of the protocol, memory that survives, and three of them in processes of their own."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sousveil.errors import Malformed, Missing, Usage
from sousveil.ledger import checkpoint, merkle, note, receipt
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import BadSignature, Disagreement
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.monitor import AlarmKind, Follower
from sousveil.ledger.policy import parse_policy
from sousveil.ledger.tiles import TileFiles
from sousveil.ledger.witness import Refused, Request, Witness, parse_request
from sousveil.ledger.witness_client import Behind, OtherHistory, Refusal, ask_witness
from sousveil.ledger.witness_server import SIZE_TYPE, make_server, open_witness
from tests.ledger.plain import Memory, naive_root

LOG = note.Signer(name="example.org/log", key=PrivateKey(b"L" * 32))
SIGNER = note.Signer(name="example.net/w", key=PrivateKey(b"W" * 32), algorithm=note.COSIGNATURE)


def rows(count: int, salt: bytes = b"") -> list[bytes]:
    return [merkle.leaf_hash(salt + b"%d" % n) for n in range(count)]


def head(leaves: list[bytes], signer: note.Signer = LOG) -> bytes:
    return checkpoint.sign(Checkpoint(origin=signer.name, size=len(leaves), root=naive_root(leaves)), [signer])


def proof(leaves: list[bytes], old: int) -> list[bytes]:
    return merkle.consistency_proof(Memory(leaves), old, len(leaves))


def witness(folder: Path, now: float = 1_000.0) -> Witness:
    return Witness(folder, SIGNER, [LOG.verifier], clock=lambda: now)


def test_growth_is_cosigned_and_everything_else_refused(tmp_path: Path) -> None:
    one = witness(tmp_path)
    first = one.add_checkpoint(0, [], head(rows(3)))
    assert first == SIGNER.sign(note.split(head(rows(3)))[0], at=1_000)
    answers = [
        (one.add_checkpoint(3, proof(rows(7), 3), head(rows(7))), None),
        (one.add_checkpoint(7, [], head(rows(7))), None),  # the same once more
        (one.add_checkpoint(3, proof(rows(9), 3), head(rows(9))), (409, 7)),
        (one.add_checkpoint(0, [], head(rows(9))), (409, 7)),
        (one.add_checkpoint(7, [], head(rows(5))), (400, None)),
        (one.add_checkpoint(5, [], head(rows(5))), (409, 7)),
        (one.add_checkpoint(7, [], head(rows(7, b"x"))), (409, 7)),
        (one.add_checkpoint(7, proof(rows(9, b"x"), 7), head(rows(9, b"x"))), (422, None)),
        (one.add_checkpoint(7, [], head(rows(9))), (422, None)),
        (one.add_checkpoint(7, [bytes(31)], head(rows(9))), (422, None)),
        (one.add_checkpoint(7, proof(rows(9), 7), b"nonsense"), (400, None)),
        (one.add_checkpoint(7, proof(rows(9), 7), head(rows(9), _other("example.org/log"))), (403, None)),
        (one.add_checkpoint(7, proof(rows(9), 7), head(rows(9), _other("example.org/none"))), (404, None)),
    ]
    for number, (answer, refused) in enumerate(answers):
        told = (answer.status, answer.size) if isinstance(answer, Refused) else None
        assert told == refused, number
    assert one.latest("example.org/log") == checkpoint.parse(note.split(head(rows(7)))[0])
    assert one.latest("example.org/none") is None


def _other(name: str) -> note.Signer:
    return note.Signer(name=name, key=PrivateKey(b"O" * 32))


def test_memory_is_read_again_and_must_be_sound(tmp_path: Path) -> None:
    witness(tmp_path, 2_000).add_checkpoint(0, [], head(rows(4)))
    again = witness(tmp_path, 1_000)
    assert again.add_checkpoint(0, [], head(rows(9))) == Refused(
        status=409, reason="The last checkpoint cosigned here is of 4 entries.", size=4
    )
    later = again.add_checkpoint(4, proof(rows(9), 4), head(rows(9)))
    assert isinstance(later, note.NoteSignature) and later.timestamp == 2_000  # a clock that goes back is not believed
    (memory,) = tmp_path.glob("*.checkpoint")
    assert memory.stat().st_mode & 0o777 == 0o600
    memory.write_bytes(memory.read_bytes().replace(b"\n9\n", b"\n8\n"))
    with pytest.raises(BadSignature):
        witness(tmp_path)
    memory.write_bytes(b"")
    with pytest.raises(Malformed):
        witness(tmp_path)


def test_nothing_is_answered_that_is_not_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = witness(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("sousveil.ledger.atomic._fill", full)
        with pytest.raises(OSError, match="No space"):
            one.add_checkpoint(0, [], head(rows(3)))
    assert one.latest("example.org/log") is None
    assert isinstance(one.add_checkpoint(0, [], head(rows(2, b"x"))), note.NoteSignature)


def test_two_histories_at_once_are_never_both_cosigned(tmp_path: Path) -> None:
    """Two witnesses on one folder, as two processes would be, asked by many threads for two histories."""
    pair = [witness(tmp_path), witness(tmp_path)]
    signed: list[bytes] = []

    def ask(number: int) -> None:
        salt = b"x" if number % 2 else b""
        answer = pair[number % 4 // 2].add_checkpoint(0, [], head(rows(3 + number, salt)))
        if not isinstance(answer, Refused):
            signed.append(salt)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(signed) == 1


def test_a_witness_is_not_made_of_other_keys(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="signs cosignatures"):
        Witness(tmp_path, LOG, [])
    same = note.Signer(name="w", key=LOG.key, algorithm=note.COSIGNATURE)
    with pytest.raises(Usage, match="must not use the key of a log"):
        Witness(tmp_path, same, [LOG.verifier])


def test_requests_have_exact_bytes() -> None:
    body = Request(old_size=7, proof=(bytes(32), b"\xff" * 32), checkpoint=b"text\n\nsignatures\n")
    assert body.format() == (
        b"old 7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        b"//////////////////////////////////////////8=\n\ntext\n\nsignatures\n"
    )
    assert parse_request(body.format()) == body
    for bad in (
        b"", b"old 7\n", b"old 07\n\nx", b"old -1\n\nx", b"new 7\n\nx", b"old 7\nAAA\n\nx",
        b"old 7\n" + b"AAAA\n" * 64 + b"\nx",
    ):  # fmt: skip
        with pytest.raises(Malformed):
            parse_request(bad)


@dataclass(slots=True)
class Running:
    """A witness's process."""

    process: subprocess.Popen[str]
    url: str
    vkey: str


@contextlib.contextmanager
def started(folder: Path, name: str, *options: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "sousveil.ledger.witness_server", str(folder), "--name", name, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Running(process, process.stdout.readline().strip(), process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Running]]:
    with contextlib.ExitStack() as stack:
        names = ("a.example/w", "b.example/w", "c.example/w")
        yield [
            stack.enter_context(started(tmp_path / name[0], name, "--log", LOG.verifier.vkey(), "--port", "0"))
            for name in names
        ]


def test_three_processes_two_of_which_must_cosign(three: list[Running], tmp_path: Path) -> None:
    """Two of three; one is killed; a rewrite, a rollback and a restored backup are refused by all."""
    lines = [f"witness {'abc'[n]} {one.vkey} {one.url}" for n, one in enumerate(three)]
    text = "\n".join([f"log {LOG.verifier.vkey()}", *lines, "group two 2 a b c", "quorum two", ""])
    policy = parse_policy(text.encode())
    files = TileFiles(tmp_path / "log")
    files.root.mkdir()
    entries = [b"%d" % n for n in range(400)]
    files.append(0, entries[:300])

    def ask(data: bytes, source: merkle.HashReader, old_size: int = 0) -> list[note.NoteSignature | Exception]:
        answers: list[note.NoteSignature | Exception] = []
        for one in policy.witnesses.values():
            try:
                prove = lambda old, new: merkle.consistency_proof(source, old, new)  # noqa: E731
                answers.append(ask_witness(one.url or "", data, prove, one.verifier, old_size=old_size, timeout=5))
            except (Missing, Refusal, Disagreement) as error:
                answers.append(error)
        return answers

    def signed(size: int, root: bytes) -> bytes:
        return checkpoint.sign(Checkpoint(origin=LOG.name, size=size, root=root), [LOG])

    def good(answers: list[note.NoteSignature | Exception]) -> list[note.NoteSignature]:
        return [one for one in answers if isinstance(one, note.NoteSignature)]

    data = signed(300, merkle.root(files, 300))
    cosigned = checkpoint.add_signatures(data, good(ask(data, files)))
    assert policy.check(cosigned).cosigned.organisations == ("a", "b", "c")
    three[2].process.kill()
    three[2].process.wait()
    files.append(300, entries[300:])
    data = signed(400, merkle.root(files, 400))
    answers = ask(data, files)  # old size not known: told by the 409
    assert [type(one) for one in answers] == [note.NoteSignature, note.NoteSignature, Missing]
    cosigned = checkpoint.add_signatures(data, good(answers))
    assert policy.check(cosigned).cosigned.organisations == ("a", "b")
    shown = receipt.verify(receipt.make(7, merkle.inclusion_proof(files, 7, 400), cosigned), b"7", policy)
    assert shown.cosigned.independent == 2
    files.write_checkpoint(cosigned)
    assert Follower(tmp_path / "seen", policy).look(files) == []

    restored = signed(300, merkle.root(files, 300))
    assert [type(one) for one in ask(restored, files)[:2]] == [Behind, Behind]
    other = TileFiles(tmp_path / "other")
    other.root.mkdir()
    other.append(0, [*entries[:350], *[b"rewritten"] * 50])
    other.append(400, [b"rewritten"] * 50)
    rewritten = signed(450, merkle.root(other, 450))
    refused = ask(rewritten, other)[:2]
    assert [(type(one), getattr(one, "status", 0)) for one in refused] == [(OtherHistory, 422), (OtherHistory, 422)]
    with pytest.raises(Disagreement, match="Too few witnesses"):
        policy.check(rewritten)
    fork = signed(400, merkle.root(other, 400))
    assert [type(one) for one in ask(fork, other)[:2]] == [Behind, Behind]
    other.write_checkpoint(fork)
    assert [one.kind for one in Follower(tmp_path / "seen", policy).look(other)] == [AlarmKind.FORK]


def test_a_killed_witness_remembers(tmp_path: Path) -> None:
    with started(tmp_path, "a.example/w", "--log", LOG.verifier.vkey()) as one:
        verifier = note.parse_vkey(one.vkey)
        ask_witness(one.url, head(rows(5)), lambda old, new: [], verifier)
        os.kill(one.process.pid, signal.SIGKILL)
        one.process.wait()
    with started(tmp_path, "a.example/w") as two:
        assert two.vkey == one.vkey
        with pytest.raises(Behind):
            ask_witness(two.url, head(rows(4)), lambda old, new: [], verifier)
        with pytest.raises(Refusal) as refused:
            ask_witness(
                two.url, head(rows(8, b"x")), lambda old, new: proof(rows(8, b"x"), old) if old else [], verifier
            )
        assert isinstance(refused.value, OtherHistory) and refused.value.status == 422
        assert refused.value.shown == head(rows(5))  # with the log's signature, and no other
        assert str(refused.value).startswith(
            "The witness a.example/w holds another history of this log: what it cosigned is"
        )
        grown = ask_witness(two.url, head(rows(8)), lambda old, new: proof(rows(8), old) if old else [], verifier)
        assert verifier.holds(note.split(head(rows(8)))[0], grown.signature)


def test_what_the_server_answers(tmp_path: Path) -> None:
    with started(tmp_path, "a.example/w", "--log", LOG.verifier.vkey()) as one:
        host = one.url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=5)
        good = Request(old_size=0, proof=(), checkpoint=head(rows(5))).format()
        again = Request(old_size=0, proof=(), checkpoint=head(rows(6))).format()
        stranger = Request(old_size=0, proof=(), checkpoint=head(rows(6), _other("example.org/none"))).format()
        answers = []
        for method, path, body in (
            ("GET", "/", None), ("GET", "/x", None), ("POST", "/add-checkpoint", b""), ("POST", "/x", good),
            ("POST", "/add-checkpoint", good), ("POST", "/add-checkpoint", again), ("POST", "/add-checkpoint", stranger),
            ("POST", "/add-checkpoint", b"x" * ((1 << 17) + 1)),
        ):  # fmt: skip
            with contextlib.suppress(ConnectionError):
                connection.request(method, path, body)
            answer = connection.getresponse()
            answers.append((answer.status, answer.headers["Content-Type"], answer.read()))
        connection.close()
    plain = "text/plain; charset=utf-8"
    assert [one[0] for one in answers] == [200, 404, 400, 404, 200, 409, 404, 413]
    assert answers[0] == (200, plain, one.vkey.encode() + b"\n")
    assert answers[5] == (409, SIZE_TYPE, b"5\n")
    assert answers[4][2].startswith("— a.example/w ".encode()) and answers[4][2].endswith(b"\n")


def test_who_does_not_wait_for_an_answer_leaves_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with make_server(open_witness(tmp_path / "w", "a.example/w", [LOG.verifier.vkey()])) as server:
        try:
            raise BrokenPipeError(32, "Broken pipe")
        except BrokenPipeError:
            server.handle_error(None, ("127.0.0.1", 1))
    assert capsys.readouterr().err == "a request was not answered: BrokenPipeError(32, 'Broken pipe')\n"


def test_the_folder_of_a_witness(tmp_path: Path) -> None:
    vkey = LOG.verifier.vkey()
    for name, logs, error, words in (
        (None, [vkey], Usage, "needs a name"),
        ("a.example/w", [], Usage, "knows no log"),
        ("a.example/w", ["no key"], Malformed, "not a verifier key"),
        ("two words", [vkey], Malformed, "holds a space"),
    ):
        with pytest.raises(error, match=words):
            open_witness(tmp_path / "w", name, logs)
        assert not (tmp_path / "w").exists()  # nothing half-made, whose name could not be mended any more
    for port in (-1, 65_536):
        with pytest.raises(Usage, match="is no port"):
            make_server(open_witness(tmp_path / "port", "a.example/w", [vkey]), port=port)
    made = open_witness(tmp_path / "w", "a.example/w", [LOG.verifier.vkey()])
    assert open_witness(tmp_path / "w").signer.verifier == made.signer.verifier
    assert (tmp_path / "w" / "witness.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Usage, match=r"is called a\.example/w"):
        open_witness(tmp_path / "w", "b.example/w")
    with pytest.raises(Malformed, match="Two of the logs have one name"):
        open_witness(tmp_path / "w", None, [_other("example.org/log").verifier.vkey()])
    with pytest.raises(Missing, match="gives no answer"):
        ask_witness("http://127.0.0.1:1", head(rows(1)), lambda old, new: [], SIGNER.verifier)
    with pytest.raises(Usage):
        ask_witness("file:///x", head(rows(1)), lambda old, new: [], SIGNER.verifier)
