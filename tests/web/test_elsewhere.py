"""A register that is kept elsewhere: published to over HTTP, mirrored by another process, read from a copy without keys.

Every register here is served over HTTP, and verified by the real command line.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.errors import Malformed, Missing, Usage
from sousveil.ledger import note
from sousveil.ledger.policy import only_log
from sousveil.ledger.source import Unreachable
from sousveil.register.admission import Held, Published
from sousveil.register.codes import EraseBy, EraseGround, Role
from sousveil.register.mirror import Mirror
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.publication import File, write_submission
from sousveil.register.refusal import ReadOnly, Refused
from sousveil.register.register import Register
from sousveil.register.remote import Remote
from sousveil.register.remote_known import RemoteKnown
from sousveil.register.verify import verify
from tests import forked
from tests.register import maker
from tests.register.maker import private, said
from tests.web.serving import served_here
from tests.web.test_headers import STRICT
from tests.web.test_server import fetch

PAPER = "The Invented Paper"
FILE = File(data=b"%PDF-1.4 an invented contract", media_type="application/pdf")
DIGEST = hashlib.sha256(FILE.data).hexdigest()


def sousveil(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    done = forked.run(words, environment=dict(os.environ))
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small invented register, closed."""
    with maker.made(tmp_path / "register"):
        pass
    return tmp_path / "register"


def alias(number: int, **changes: object) -> Statement:
    return said(maker.ACME, "Company", "alias", f"Acme {number}", **changes)  # type: ignore[arg-type]


# Publishing


def test_a_receipt_of_a_register_elsewhere(folder: Path) -> None:
    with served_here(folder) as address:
        remote = Remote(address)
        assert (remote.title, remote.origin, remote.example, remote.key_from_log) == (
            maker.TITLE,
            maker.ORIGIN,
            True,
            True,
        )
        many = [alias(number) for number in range(251)]
        first, second = remote.publish(many, private("paper"), owner=PAPER, attachments=[FILE])
        assert isinstance(first, Published) and isinstance(second, Published)
        assert (first.index, second.index, len(first.ids), len(second.ids)) == (9, 10, 250, 1)
        status, headers, body = fetch(address, f"/attachments/{DIGEST}")
        assert (status, body, headers["content-type"]) == (200, FILE.data, "application/octet-stream")
        assert {name: headers.get(name) for name in STRICT} == STRICT
        assert f'href="../../attachments/{DIGEST}">application/pdf</a>' in fetch(address, "/log/entries/9")[2].decode()
        for odd in (
            "/attachments/",
            f"/attachments/{DIGEST[:-1]}",
            f"/attachments/../keys/log{DIGEST}",
            f"/log/../{DIGEST}",
        ):
            assert fetch(address, odd)[0] == 404, odd
        report = verify(address, receipt=(second.receipt or "").encode())
        assert (report.difference, report.size) == (None, 11)
        waiting = remote.publish([alias(1, standing=Standing.ALLEGED)], private("paper"), owner=PAPER)
        assert [type(one) for one in waiting] == [Held]
        for owner, key, field, code in (
            (PAPER, "nobody", "signatures", "unknown_key"),
            ("Acme", "paper", "publisher", "not_the_owner"),
        ):
            with pytest.raises(Refused) as refused:
                remote.publish([alias(2)], private(key), owner=owner)
            assert (refused.value.field, refused.value.code) == (field, code)
    with Register.open(folder, gate=gate) as register:
        assert register.store.size() == 11
        assert [one.id for one in register.held()] == [waiting[0].id]  # type: ignore[union-attr]


def test_the_command_publishes_elsewhere_and_writes_the_receipt(folder: Path, tmp_path: Path) -> None:
    key, lines, receipt = tmp_path / "paper.key", tmp_path / "statements.jsonl", tmp_path / "receipt.txt"
    private("paper").save(key)
    lines.write_bytes(msgspec.json.encode(alias(1)))
    with Register.open(folder, gate=gate) as register:
        policy = tmp_path / "policy"
        policy.write_text(only_log(note.parse_vkey(register.vkey)).text())
        sealed = tmp_path / "sealed.json"
        sealed.write_bytes(write_submission(register.prepare([alias(2)], private("paper"))[0]))
    with served_here(folder) as address:
        words = ("register", "publish", str(lines), "--key", str(key), "--to", address)
        done = sousveil(*words, "--receipt", str(receipt), "--policy", str(policy))
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.splitlines()[:2] == [
            f"{maker.TITLE} ({maker.ORIGIN}) at {address}",
            "Published at index 9: 1 statement.",
        ]
        assert "taken from the log itself" not in done.stderr
        assert "taken from the log itself" in sousveil("register", "publish", str(sealed), "--to", address).stderr
        again = sousveil("register", "publish", str(sealed), "--to", address)
        assert (again.returncode, again.stderr) == (
            2,
            "sousveil: This was submitted before.\nThe receipt of the first submission stands.\n",
        )
        assert sousveil("register", "verify", address, "--receipt", str(receipt)).returncode == 0


def test_vouch_judge_retract_and_review_elsewhere_in_three_steps(folder: Path, tmp_path: Path) -> None:
    """Prepare, sign at home with `ssh-keygen`, hand in; and with a key in a file at once."""
    ink = tmp_path / "ink"

    def prepared(at: str, key: str, address: str, *words: str) -> subprocess.CompletedProcess[str]:
        private(key).save(ink / key) if not (ink / key).exists() else None
        made = sousveil("register", *words, "--prepare", str(ink / at), "--to", address)
        assert made.returncode == 0, made.stderr
        payload = ink / at / "payload.json"
        sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", "sousveil-publication", "-f", str(ink / key), str(payload)]
        subprocess.run(sign, check=True, capture_output=True)
        assert made.stdout.endswith(f"sousveil register publish {ink / at} --signature {payload}.sig --to {address}\n")
        return sousveil("register", "publish", str(ink / at), "--signature", f"{payload}.sig", "--to", address)

    ink.mkdir(mode=0o700)
    with Register.open(folder, gate=gate) as register:
        acme = register.publish([alias(1), alias(2)], private("paper")).ids
        (held,) = register.publish([alias(3, standing=Standing.ALLEGED)], private("paper")).ids
        size, public = register.store.size(), private("acme").public.raw.hex()
    twin = entity_id("invented", "acme-twin")
    with served_here(folder) as address:
        remote = Remote(address)
        remote.publish([said(twin, "Company", "name", "Acme Twin")], private("paper"), owner=PAPER)
        agreed = ("review", held, "--ground", "ownership", "--waive-notice", "already_public")
        words = {
            "vouch": ("clinic", "key", "vouch", public),
            "retract": ("paper", "retract", acme[0], "--reason", "wrong"),
            "judge": ("paper", "judge", maker.ACME, twin, "different", "--reason", "Two companies.", "--owner", PAPER),
            "review": ("anna", *agreed),
        }
        for at, (key, *act) in words.items():
            done = prepared(at, key, address, *act)
            assert done.returncode == 0, (at, done.stderr)
            if at == "review":
                assert done.stdout == "Noted. It waits for another reviewer.\n"
            else:
                assert "\nC2SP" not in done.stdout and f"at index {(size := size + 1)}" in done.stderr, at
        private("bela").save(tmp_path / "bela.key")
        private("union").save(tmp_path / "union.key")
        here = ("--to", address)
        last = sousveil("register", *agreed, "--key", str(tmp_path / "bela.key"), *here)
        assert (last.returncode, last.stdout) == (0, f"Published at index {(size := size + 3)}.\n"), last.stderr
        done = sousveil("register", "key", "vouch", public, "--by", str(tmp_path / "union.key"), *here)
        assert (done.returncode, f"Logged at index {size + 1}." in done.stderr) == (0, True)
        refused = sousveil(
            "register", "retract", acme[1], "--reason", "wrong", "--key", str(tmp_path / "union.key"), *here
        )
        assert refused.returncode == 2 and refused.stdout == ""
        unsigned = sousveil("register", "retract", acme[1], "--reason", "wrong", *here)
        assert (unsigned.returncode, unsigned.stderr.splitlines()[0]) == (
            2,
            "sousveil: No private key is named to sign this.",
        )
    with Register.open(folder, gate=gate) as register:
        assert {one.owner for one in register.key_state(public).vouchers} == {"A digital clinic", "A union"}
        assert [one.retracted is not None for one in register.store.statements_of([maker.ACME]) if one.id in acme] == [
            True,
            False,
        ]
        (verdict,) = [one for one in register.store.iter_statements() if one.statement.property == "verdict"]
        assert (verdict.statement.value, verdict.statement.publisher) == ("different", PAPER)
        assert register.store.held_one(held).state == "published"


@contextmanager
def answering(log: Path, answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """A server of the log's files that answers a publication as it likes."""

    class Odd(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **more: object) -> None:
            super().__init__(*args, directory=str(log.parent), **more)  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            status, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_a_register_answers_is_not_believed(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        receipt = register.receipt(8)

    def lie(body: bytes) -> tuple[int, bytes]:
        return 201, json.dumps({"index": 9, "last": 9, "ids": [], "receipt": receipt}).encode()

    with (
        answering(folder / "log", lie) as address,
        pytest.raises(Malformed, match="its receipt does not hold") as error,
    ):
        Remote(address).publish([alias(1)], private("paper"), owner=PAPER)
    assert "not honest" in error.value.hint
    with answering(folder / "log", lambda _: (302, b"")) as address, pytest.raises(Malformed, match="status 302"):
        Remote(address).publish([alias(1)], private("paper"), owner=PAPER)
    refusal = b'{"error": {"message": "No.\\u001b[2J"}}'
    with answering(folder / "log", lambda _: (422, refusal)) as address, pytest.raises(Refused, match=r"^No\.\\u001b"):
        Remote(address).publish([alias(1)], private("paper"), owner=PAPER)


def test_an_address_where_no_register_is(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Usage, match="is no address of a register"):
        Remote("register.example")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        with pytest.raises(Unreachable):
            Remote(f"http://127.0.0.1:{taken.getsockname()[1]}")
    (tmp_path / "empty" / "x").mkdir(parents=True)
    with (
        answering(tmp_path / "empty" / "x", lambda _: (404, b"")) as address,
        pytest.raises(Missing, match="There is no log at"),
    ):
        Remote(address)


# A mirror


def test_a_mirror_in_another_process_deletes_what_is_erased(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mirror"
    with Register.open(folder, gate=gate) as register, served_here(folder) as address:
        done = register.publish([alias(1), alias(2)], private("paper"), attachments=[FILE])
        kept = register.publish([alias(number) for number in range(3, 300)], private("paper"))
        assert isinstance(done, Published) and isinstance(kept, Published)
        words = ("register", "mirror", address, "--to", str(copy))
        first = sousveil(*words)
        assert (first.returncode, first.stdout, first.stderr) == (0, "", "12 entries, 0 statements deleted\n")
        assert verify(copy, go=False).code == 0
        content = copy / "log" / "content" / "000.jsonl"
        assert b"Acme 1\\" in content.read_bytes()
        assert (copy / "attachments" / DIGEST).read_bytes() == FILE.data
        register.erase(done.ids, EraseGround.SAFETY, EraseBy.SUBJECT)
        stale = verify(copy, go=False)  # the mirror is behind, and holds by itself
        assert (stale.code, stale.size, stale.erased) == (0, 12, ())
        second = sousveil(*words)
        assert (second.returncode, second.stdout, second.stderr) == (0, "", "13 entries, 2 statements deleted\n")
        report = verify(copy, go=False)
        assert (report.code, report.size, [one.id for one in report.erased]) == (
            0,
            13,
            sorted(done.ids, key=done.ids.index),
        )
        assert b"Acme 1\\" not in content.read_bytes() and b"Acme 2\\" not in content.read_bytes()
        assert b"Acme 3\\" in content.read_bytes()
        assert not (copy / "attachments" / DIGEST).exists()
        for file in copy.rglob("*"):
            assert not file.is_file() or b"Acme 1\\" not in file.read_bytes()


def test_a_mirror_that_comes_later_and_one_of_a_mirror(folder: Path, tmp_path: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        done = register.publish([alias(1)], private("paper"), attachments=[FILE])
        register.erase(done.ids, EraseGround.SAFETY, EraseBy.SUBJECT)  # type: ignore[union-attr]
        assert Mirror(tmp_path / "one", folder).look().size == 11
    # What a mirror adds of its own is named by `verify`, and is gone as soon as the register itself is read.
    with (tmp_path / "one" / "log" / "content" / "000.jsonl").open("ab") as file:
        file.write(b'[9,0,"' + b"00" * 32 + b'","[]"]\n')
    two = Mirror(tmp_path / "two", tmp_path / "one").look()
    assert (two.size, two.alarms) == (11, ())
    assert verify(tmp_path / "two", go=False).code == 1
    with Register.open(folder, gate=gate) as register:
        register.publish([alias(number) for number in range(600)], private("paper"))
    assert Mirror(tmp_path / "two", folder).look().size == 14
    assert verify(tmp_path / "two", go=False).code == 0


def test_a_mirror_takes_over_no_rewrite(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    with Register.open(folder, gate=gate) as register:
        register.publish([alias(1)], private("paper"))
    with Register.open(other, gate=gate) as register:
        register.publish([alias(2)], private("paper"))
    copy = tmp_path / "mirror"
    assert Mirror(copy, folder).look().alarms == ()
    before = {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()}
    (alarm,) = Mirror(copy, other).look().alarms
    assert alarm == "fork: The log shows two roots for 10 entries."
    assert {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()} == before
    assert sousveil("register", "mirror", str(other), "--to", str(copy)).returncode == 1


# A copy without keys


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """The register without its keys."""
    shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("keys"))
    return tmp_path / "copy"


def test_a_copy_without_keys_is_read_and_takes_nothing(copy: Path) -> None:
    with Register.read(copy) as register:
        size, id = register.store.size(), register.store.subjects(type="Company", limit=1)[0]
        assert register.vkey.startswith(f"{maker.ORIGIN}+") and register.receipt(8).startswith(
            "c2sp.org/tlog-proof@v1\n"
        )
        assert register.cosigned().independent == 0 and register.derived == copy
        attempts: list[Callable[[], object]] = [
            lambda: register.publish([alias(1)], private("paper")),
            lambda: register.submit_many([]),
            lambda: register.key_add(maker.public("new"), "New", Role.PUBLISHER, by=private("paper")),
            lambda: register.retract([], private("paper"), "wrong"),  # type: ignore[arg-type]
            lambda: register.erase([], EraseGround.SAFETY, EraseBy.SUBJECT, key=private("paper")),
            lambda: register.consent(id, given="2026-01-01", evidence_sha256="00" * 32),
            lambda: register.withdraw_consent(id),
            lambda: register.review("x", private("anna")),
            register.release_due,
            register.cosign,
        ]
        for attempt in attempts:
            with pytest.raises(ReadOnly, match="is only read") as error:
                attempt()
            assert "--to URL" in error.value.hint
        assert register.store.size() == size
    with pytest.raises(Missing, match="The register's own key") as missing:
        Register.open(copy, gate=gate)
    assert "--to ADDRESS" in missing.value.hint


def test_the_verbs_that_read_work_on_a_copy(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = tmp_path / "names.csv"
    names.write_text("name\nAcme Interception Ltd\n")
    maker.imprint(copy)
    for words, code in (
        (("search", "Acme", "--json"), 0),
        (("screen", str(names)), 1),
        (("export", "jsonl", "--out", str(tmp_path / "out")), 0),
        (("export", "site", "--out", str(tmp_path / "site")), 0),
        (("key", "list"), 0),
        (("pairs",), 0),
    ):
        assert main(["register", words[0], "--register", str(copy), *words[1:]]) == code, (words, capsys.readouterr())
    assert verify(copy, go=False).code == 0
    assert not (copy / "keys").exists()
    capsys.readouterr()
    assert main(["register", "erase", "00" * 32, "--register", str(copy), "--ground", "safety", "--by", "subject"]) == 2
    assert "A copy without keys can only be read" in capsys.readouterr().err


def test_a_copy_without_keys_is_served_and_follows_what_is_written(copy: Path, folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        submission = register.prepare([alias(1)], private("paper"))[0]
    with served_here(copy) as address:
        assert fetch(address, "/company/acme-interception-ltd")[0] == 200
        assert fetch(address, "/search?q=Acme")[0] == 200
        with pytest.raises(Refused) as error:
            Remote(address).submit(submission)
        assert (error.value.field, error.value.code, error.value.message) == (
            "register",
            "read_only",
            "This copy of the register is only read.",
        )
        # The owner's process writes beside the one that only reads.
        shutil.copytree(folder / "keys", copy / "keys")
        with Register.open(copy, gate=gate) as register:
            register.publish([said(entity_id("late"), "Company", "name", "Late Comer Ltd")], private("paper"))
            remote = verify(address)
            assert (remote.code, remote.size) == (0, 10)


@pytest.mark.postgres
def test_a_copy_without_keys_reads_postgresql(new_postgres: Callable[[], str], tmp_path: Path) -> None:
    folder = tmp_path / "register"
    with maker.made(folder, database=new_postgres()):
        pass
    shutil.rmtree(folder / "keys")
    with Register.read(folder) as register:
        assert register.store.size() == 9
        with pytest.raises(Exception, match="read-only transaction"):
            register.store.tell_operator("x", "x")


def test_pairs_of_a_register_elsewhere_are_listed_and_judged(folder: Path, tmp_path: Path) -> None:
    """List at home, judge with one's own key: the pair is gone afterwards."""
    twins = [entity_id("invented", "twin", str(at)) for at in range(3)]
    names = ("Brass Lantern Works Ltd", "Brass Lantern Works Limited", "Quite Another Firm")
    with Register.open(folder, gate=gate) as register:
        register.publish(
            [said(id, "Company", "name", name) for id, name in zip(twins, names, strict=True)], private("paper")
        )
    private("paper").save(tmp_path / "paper.key")
    with served_here(folder) as address:
        here = ("--to", address)
        listed = sousveil("register", "pairs", *here)
        assert listed.returncode == 0, listed.stderr
        lines = listed.stdout.splitlines()
        left, right = sorted(twins[:2])
        called = dict(zip(twins, names, strict=True))
        at = next(at for at, line in enumerate(lines) if left in line)
        assert lines[at].endswith(f"{left}  {called[left]}") and lines[at + 1] == f"      {right}  {called[right]}"
        assert sum(left in line for line in lines) == 1
        assert lines[-1].endswith(f"register judge ONE OTHER same|different|unsure --owner NAME --to {address} ...")
        home = sousveil("register", "pairs", "--register", str(folder))
        assert set(home.stdout.splitlines()[:-1]) == set(lines[:-1])
        words = (
            "judge",
            left,
            right,
            "same",
            "--reason",
            "One firm.",
            "--owner",
            PAPER,
            "--key",
            str(tmp_path / "paper.key"),
        )
        judged = sousveil("register", *words, *here)
        assert judged.returncode == 0, judged.stderr
        assert left not in sousveil("register", "pairs", *here).stdout
        assert "No pair waits" in sousveil("register", "pairs", "--dataset", "core", *here).stdout


def test_pairs_come_in_parts_and_each_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twins = [entity_id("invented", "twin", str(at)) for at in range(6)]
    with Register.open(folder, gate=gate) as register:
        register.publish([said(id, "Company", "name", "Brass Lantern Works Ltd") for id in twins], private("paper"))
    monkeypatch.setattr("sousveil.web.api.pairs.LOOKED_AT", 2)
    with served_here(folder) as address:
        found = [
            (one.left, one.right) for one in RemoteKnown(Remote(address)).pairs() if {one.left, one.right} <= set(twins)
        ]
    assert sorted(found) == sorted((a, b) for a in twins for b in twins if a < b)


def test_a_key_is_replaced_and_ended_elsewhere(folder: Path, tmp_path: Path) -> None:
    """By its owner alone, with no word of the operator."""
    for name in ("paper", "newer"):
        private(name).save(tmp_path / name)
    with served_here(folder) as address:
        here = ("--to", address)
        done = sousveil("register", "key", "rotate", str(tmp_path / "paper"), str(tmp_path / "newer"), *here)
        assert done.returncode == 0, done.stderr
        words = ("register", "key", "revoke", maker.public("newer"), "--reason", "lost", *here)
        foreign = sousveil(*words, "--by", str(tmp_path / "paper"))
        assert (foreign.returncode, foreign.stdout) == (2, "")
        done = sousveil(*words, "--by", str(tmp_path / "newer"))
        assert done.returncode == 0, done.stderr
    with Register.open(folder, gate=gate) as register:
        states = [register.key_state(maker.public(name)) for name in ("paper", "newer")]
        assert [(one.reason, one.revoked_index is not None) for one in states] == [("replaced", True), ("lost", True)]
        assert states[1].owner == PAPER
