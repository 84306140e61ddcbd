"""A notice counts as sent once it has arrived: until then, and where it never leaves, nothing public says so."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.desk import notices
from sousveil.desk.watching import watch
from sousveil.errors import Malformed, Usage
from sousveil.register import outbox
from sousveil.register.model import entity_id
from sousveil.register.outbox.settings import WebhookSettings
from sousveil.register.register import Register
from tests.desk.offices import EXCHANGE, key, office, said
from tests.desk.posting import GUARDS, approved, by_mail, drafted, on, public
from tests.desk.test_notices import deny
from tests.register.outbox.conftest import Hook, Post


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with office(tmp_path / "register") as opened:
        yield opened


@pytest.fixture
def post() -> Iterator[Post]:
    server = Post()
    yield server
    server.controller.stop()


def test_of_a_notice_that_is_held_back_nothing_public_says_that_it_was_sent(
    register: Register, tmp_path: Path, post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    by_mail(register, post.port)
    id = approved(register, tmp_path)
    notices.send(register, id)
    deny(register)
    where = ["--register", str(register.folder)]
    assert main(["worker", *where, "--once"]) == 0
    capsys.readouterr()
    assert main(["register", "notice", "list", *where]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert (
        "NOT SENT (mail never left: Held back: the statements of harm or the replies to them have changed); 4" in told
    )
    seen = notices.look(register, id)
    assert (post.mails, public(register), seen.never_left, seen.unanswered) == ([], [], True, False)
    assert watch(register.store, "2027-06-01").watched[0].notices == []
    assert notices.look(register, id, day="2027-06-01").unanswered is False
    with pytest.raises(Usage):
        notices.acknowledge(register, id, "2026-11-27")


def test_nor_of_one_that_was_given_up_until_it_is_tried_again_and_arrives(
    register: Register, tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_mail(register, post.port)
    post.rcpt = "550 nobody of that name"
    id = approved(register, tmp_path)
    [delivery] = notices.send(register, id).state.deliveries
    assert (outbox.deliver(register, guards=GUARDS), notices.settle(register)) == (0, 0)
    seen = notices.look(register, id, day="2027-06-01")
    assert (seen.never_left, seen.unanswered, public(register)) == (True, False, [])
    assert [(one.kind, one.state, "550" in one.error) for one in seen.ways] == [("mail", "dead", True)]
    post.rcpt = ""
    outbox.retry(register, delivery)
    on(monkeypatch, "2026-12-05")
    assert (outbox.deliver(register, guards=GUARDS), notices.settle(register)) == (1, 1)
    assert "sentOn 2026-12-05" in public(register)
    assert notices.look(register, id, day="2027-01-04").unanswered is False
    assert notices.look(register, id, day="2027-01-05").unanswered is True


def test_a_dropped_delivery_never_left_and_may_be_handed_over_anew(
    register: Register, tmp_path: Path, post: Post
) -> None:
    by_mail(register, post.port)
    post.rcpt = "550 nobody of that name"
    id = approved(register, tmp_path)
    [delivery] = notices.send(register, id).state.deliveries
    outbox.deliver(register, guards=GUARDS)
    with pytest.raises(Usage, match="handed to the outbox already"):  # there it is tried again, or dropped
        notices.send(register, id)
    outbox.drop(register, delivery)
    assert notices.settle(register) == 0
    seen = notices.look(register, id)
    assert (list(map(notices.way_words, seen.ways)), seen.never_left) == (
        ["delivery is not in the outbox (any more)"],
        True,
    )
    post.rcpt = ""
    notices.send(register, id)
    assert (outbox.deliver(register, guards=GUARDS), notices.settle(register)) == (1, 1)
    assert notices.look(register, id).state.state == "sent"


def test_what_cannot_be_noted_is_not_handed_over(
    register: Register, tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_mail(register, post.port)
    id = approved(register, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(notices, "_keep", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
        with pytest.raises(OSError, match="the disk is full"):
            notices.send(register, id)
    assert (outbox.all_deliveries(register), notices.look(register, id).state.state) == ([], "draft")


def test_one_way_is_enough_and_the_other_is_told(register: Register, tmp_path: Path, post: Post) -> None:
    hook = Hook()
    hook.start()
    try:
        by_mail(register, post.port)
        register.config = msgspec.structs.replace(register.config, webhooks=WebhookSettings(loopback=True))
        hook.status, hook.location = 302, f"http://127.0.0.1:{hook.port}/elsewhere"
        id = approved(register, tmp_path, webhook=f"http://127.0.0.1:{hook.port}/filings")
        notices.send(register, id)
        assert (outbox.deliver(register, guards=GUARDS), notices.settle(register)) == (1, 1)
    finally:
        hook.stop()
    seen = notices.look(register, id)
    assert (seen.state.state, seen.never_left) == ("sent", False)
    assert [one.state for one in seen.ways] == ["sent", "dead"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 5_000])
def test_a_draft_that_cannot_be_read_does_not_stop_the_worker(register: Register, post: Post, content: bytes) -> None:
    broken = register.folder / "notices" / drafted(register).id
    (broken / "notice.json").write_bytes(content)
    before = sorted(path.name for path in broken.iterdir())
    assert notices.settle(register) == 0
    assert sorted(path.name for path in broken.iterdir()) == before


def test_a_crash_between_arrival_and_publication_loses_nothing_and_says_nothing_twice(
    tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office(tmp_path / "register") as register:
        by_mail(register, post.port)
        id = approved(register, tmp_path)
        notices.send(register, id)
        on(monkeypatch, "2026-12-05")
        assert outbox.deliver(register, guards=GUARDS) == 1
        assert public(register) == []
    with Register.open(tmp_path / "register", gate=gate) as register:  # the worker was killed, and starts anew
        keep = notices._keep
        monkeypatch.setattr(notices, "_keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            notices.settle(register)
        once = public(register)
        assert "sentOn 2026-12-05" in once and notices.look(register, id).state.state == "leaving"
        monkeypatch.setattr(notices, "_keep", keep)
    with Register.open(tmp_path / "register", gate=gate) as register:
        assert (notices.settle(register), notices.settle(register)) == (1, 0)
        assert public(register) == once
        assert notices.look(register, id).state.sent_on == "2026-12-05"
    assert len(post.mails) == 1


KILLED = """
import os, signal, sys
from sousveil.cli import main
from sousveil.desk import notices
notices.settle = lambda register: os.kill(os.getpid(), signal.SIGKILL)
main(["worker", "--register", sys.argv[1], "--once"])
"""


def test_a_worker_that_is_killed_after_the_arrival_is_followed_by_one_that_publishes(
    tmp_path: Path, post: Post
) -> None:
    folder = tmp_path / "register"
    with office(folder) as register:
        by_mail(register, post.port)
        id = notices.send(register, approved(register, tmp_path)).id
    assert subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False).returncode == -signal.SIGKILL
    with Register.open(folder, gate=gate) as register:
        assert (len(post.mails), public(register), notices.look(register, id).state.state) == (1, [], "leaving")
    assert main(["worker", "--register", str(folder), "--once"]) == 0
    with Register.open(folder, gate=gate) as register:
        assert [one.split()[0] for one in public(register)].count("sentOn") == 1
        assert notices.look(register, id).state.state == "sent"
    assert len(post.mails) == 1


def test_a_worker_that_is_killed_during_the_delivery_is_followed_by_one_that_delivers_and_publishes(
    tmp_path: Path, post: Post
) -> None:
    """Killed with -9 while the mail server has the mail and has not answered."""
    with office(tmp_path / "register") as register:
        by_mail(register, post.port)
        notices.send(register, approved(register, tmp_path))
    post.hold = threading.Event()
    worker = subprocess.Popen(
        [sys.executable, "-m", "sousveil.cli", "worker", "--register", str(tmp_path / "register")]
    )
    try:
        assert post.got.wait(60)
    finally:
        worker.kill()
        worker.wait()
    with Register.open(tmp_path / "register", gate=gate) as register:
        assert (notices.settle(register), public(register)) == (0, [])
        register.store.db.execute(
            "UPDATE outbox SET taken_at = NULL"
        )  # the time after which it is tried again has passed
    post.hold.set()
    assert main(["worker", "--register", str(tmp_path / "register"), "--once"]) == 0
    with Register.open(tmp_path / "register", gate=gate) as register:
        assert [one.split()[0] for one in public(register)].count("sentOn") == 1
    assert len({mail["Message-ID"] for mail in post.mails}) == 1


def test_what_another_says_of_its_record_before_keeps_nothing_back(
    register: Register, tmp_path: Path, post: Post
) -> None:
    by_mail(register, post.port)
    id = approved(register, tmp_path)
    record = entity_id("notice", register.origin, id)
    register.publish(said(record, "RegulatorNotice", name="Ours", contentHash="0" * 64), key("post"))
    notices.send(register, id)
    assert (outbox.deliver(register, guards=GUARDS), notices.settle(register)) == (1, 1)
    assert "regulator " + EXCHANGE in public(register)


def test_trouble_with_one_notice_keeps_no_other_from_being_published(
    register: Register, tmp_path: Path, post: Post
) -> None:
    by_mail(register, post.port)
    ids = [approved(register, tmp_path), approved(register, tmp_path, mail="other@exchange.example")]
    for id in ids:
        notices.send(register, id)
    assert outbox.deliver(register, guards=GUARDS) == 2
    path = register.folder / "notices" / min(ids) / "notice.json"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Malformed, match="was changed after it was drafted"):
        notices.settle(register)
    assert notices.look(register, max(ids)).state.state == "sent"
