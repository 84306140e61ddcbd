"""Mail and webhooks: sent at least once, told apart by their key, tried again, given up where everybody can see it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.errors import LimitExceeded, Malformed, Missing, SousveilError, Usage
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey
from sousveil.register import outbox
from sousveil.register.outbox.delivering import WAITS
from sousveil.register.outbox.settings import MailSettings, WebhookSettings, password
from sousveil.register.register import Register
from tests.register.outbox.conftest import Hook, Post

SOURCE = Path(__file__).resolve().parents[3] / "src"
_CLI = "import sys; from sousveil.cli import main; sys.exit(main(sys.argv[1:]))"
Opener = Callable[..., Register]


def _mail(port: int, **more: object) -> MailSettings:
    return msgspec.structs.replace(
        MailSettings(host="127.0.0.1", port=port, from_="register@example.org", tls="none"), **more
    )


def _later(register: Register) -> None:
    """All waits are over."""
    register.store.db.execute("UPDATE outbox SET taken_at = NULL")


def test_a_mail_is_sent_once_with_its_file(open_with: Opener, post: Post) -> None:
    register = open_with(mail=_mail(post.port))
    enclosed = outbox.Enclosure(name="bundle.json", media_type="application/json", data=b'{"a":1}')
    id = outbox.mail(
        register, key="n/1", to="a@example.net", subject="A notice é", text="Line\n", enclosures=[enclosed]
    )
    assert outbox.mail(register, key="n/1", to="b@example.net", subject="Other", text="x") == id
    waiting = outbox.state(register, id)
    assert waiting == outbox.Delivery(
        id=id, key="n/1", kind="mail", state="waiting", made_at=waiting.made_at, tries=0, to="a@example.net"
    )
    assert outbox.deliver(register) == 1
    assert outbox.deliver(register) == 0
    [mail] = post.mails
    assert post.envelopes == [("register@example.org", ["a@example.net"])]
    assert (mail["From"], mail["To"], mail["Subject"]) == ("register@example.org", "a@example.net", "A notice é")
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (f"<{id}@register.example>", "auto-generated")
    body = mail.get_body()
    assert body is not None and body.get_content() == "Line\r\n"
    assert [(one.get_filename(), one.get_content_type(), one.get_content()) for one in mail.iter_attachments()] == [
        ("bundle.json", "application/json", b'{"a":1}')
    ]
    sent = outbox.state(register, id)
    assert (sent.state, sent.tries, sent.to, bool(sent.sent_at)) == ("sent", 1, "", True)
    row = register.store.db.one("SELECT body FROM outbox WHERE id = ?", (id,))
    assert row is not None and "example.net" not in row[0] and "Line" not in row[0]
    outbox.mail(register, key="n/1", to="a@example.net", subject="Again", text="x")
    assert outbox.deliver(register) == 0 and len(post.mails) == 1


def test_within_a_transaction_nothing_waits_when_the_rest_fails(open_with: Opener) -> None:
    register = open_with()
    with pytest.raises(RuntimeError), register.store.db.transaction():
        outbox.mail(register, key="n/1", to="a@example.net", subject="A", text="x")
        raise RuntimeError
    assert outbox.all_deliveries(register) == []


def test_a_server_that_is_away_is_asked_again_and_given_up_after_the_last_wait(open_with: Opener, post: Post) -> None:
    post.answer = "451 come back"
    register = open_with(mail=_mail(post.port))
    id = outbox.mail(register, key="n/1", to="a@example.net", subject="A", text="x")
    for tries, wait in enumerate(WAITS, 1):
        assert outbox.deliver(register) == 0
        told = outbox.state(register, id)
        assert (told.state, told.tries, told.error) == ("waiting", tries, "The mail server said 451: come back.")
        assert outbox.deliver(register) == 0 and outbox.state(register, id).tries == tries, (
            "not before the wait is over"
        )
        row = register.store.db.one("SELECT taken_at FROM outbox WHERE id = ?", (id,))
        assert row is not None
        due = int(row[0], 16) / 1_000_000 + 600
        assert wait - 60 < due - time.time() <= wait
        _later(register)
    assert outbox.deliver(register) == 0
    assert [(one.id, one.state, one.tries) for one in outbox.dead(register)] == [(id, "dead", len(WAITS) + 1)]
    assert register.store.operator_lines()[0][1:] == (
        "delivery_dead",
        f"mail {id}: The mail server said 451: come back.",
    )
    assert register.store.jobs() == 0
    post.answer = "250 kept"
    outbox.retry(register, id)
    assert outbox.state(register, id).tries == 0
    assert outbox.deliver(register) == 1
    with pytest.raises(Usage, match="sent, not given up"):
        outbox.retry(register, id)


def test_an_address_that_is_refused_for_good_is_given_up_at_once_and_can_be_dropped(
    open_with: Opener, post: Post
) -> None:
    post.rcpt = "550 nobody of that name"
    register = open_with(mail=_mail(post.port))
    id = outbox.mail(register, key="n/1", to="a@example.net", subject="A", text="x")
    outbox.deliver(register)
    assert [one.error for one in outbox.dead(register)] == ["The mail server said 550: nobody of that name."]
    outbox.drop(register, id)
    assert outbox.all_deliveries(register) == []
    with pytest.raises(Usage, match="no delivery"):
        outbox.drop(register, id)


def test_without_a_mail_server_and_without_tls_mail_waits(open_with: Opener, post: Post) -> None:
    register = open_with()
    id = outbox.mail(register, key="n/1", to="a@example.net", subject="A", text="x")
    outbox.deliver(register)
    assert outbox.state(register, id).error.startswith("No mail server is set.")
    register = open_with(mail=_mail(post.port, host="mail.example.org"))
    _later(register)
    outbox.deliver(register)
    assert outbox.state(register, id).error.startswith("Mail leaves this machine only over TLS.")
    assert post.mails == []


@pytest.mark.parametrize("word, state", [("a long word", "sent"), ("another", "waiting")])
def test_starttls_and_a_password_out_of_its_file(
    open_with: Opener,
    secure_post: Post,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    word: str,
    state: str,
) -> None:
    register = open_with(mail=_mail(secure_post.port, host="localhost", tls="starttls", user="register"))
    file = register.paths.keys / "smtp-password"
    file.write_text(word + "\n")
    file.chmod(0o600)
    id = outbox.mail(register, key="n/1", to="a@example.net", subject="A", text="x")
    outbox.deliver(register)
    assert outbox.state(register, id).error.startswith("The mail server did not answer as it should: TLS failed"), (
        "a certificate that nobody vouches for is refused"
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    _later(register)
    outbox.deliver(register)
    assert outbox.state(register, id).state == state
    assert len(secure_post.mails) == (state == "sent")
    if state == "waiting":
        assert outbox.state(register, id).error == "The mail server refused us: 535. Look at user and password."


def test_a_password_file_that_others_may_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert password(tmp_path) is None
    (tmp_path / "smtp-password").write_text("x")
    (tmp_path / "smtp-password").chmod(0o644)
    with pytest.raises(Usage, match="Others may read"):
        password(tmp_path)
    monkeypatch.setenv("SOUSVEIL_SMTP_PASSWORD", "y")
    assert password(tmp_path) == "y"


def _worker(register: Register, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _CLI, "worker", "--register", str(register.folder), *more]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(SOURCE)}, stderr=subprocess.PIPE)


def test_a_worker_killed_after_the_server_took_the_mail_sends_it_again_under_the_same_name(
    open_with: Opener, post: Post
) -> None:
    import threading

    register = open_with(mail=_mail(post.port))
    id = outbox.mail(register, key="n/1", to="a@example.net", subject="A", text="x")
    post.hold = threading.Event()
    with _worker(register) as worker:
        try:
            assert post.got.wait(60), "the worker never sent"
        finally:
            worker.send_signal(signal.SIGKILL)
    assert worker.returncode == -signal.SIGKILL
    post.hold.set()
    assert outbox.state(register, id).state == "waiting"
    assert outbox.deliver(register) == 0, "not before the dead worker's time is over"
    _later(register)
    with _worker(register, "--once") as second:
        _, told = second.communicate(timeout=60)
    assert second.returncode == 0, told
    assert b"1 done" in told
    assert [mail["Message-ID"] for mail in post.mails] == [f"<{id}@register.example>"] * 2
    assert outbox.state(register, id).state == "sent"


def test_a_running_worker_sends_and_leaves_other_jobs_what_they_are(open_with: Opener, post: Post, hook: Hook) -> None:
    register = open_with(mail=_mail(post.port), webhooks=WebhookSettings(loopback=True))
    with _worker(register) as worker:
        try:
            ids = [
                outbox.mail(register, key="n/1", to="a@example.net", subject="A", text="x"),
                outbox.webhook(register, key="n/1", url=f"http://127.0.0.1:{hook.port}/h", event="notice", data={}),
            ]
            end = time.monotonic() + 60
            while time.monotonic() < end and {outbox.state(register, one).state for one in ids} != {"sent"}:
                time.sleep(0.05)
        finally:
            worker.terminate()
    assert [outbox.state(register, one).state for one in ids] == ["sent", "sent"]
    assert (len(post.mails), len(hook.calls)) == (1, 1)


def test_a_webhook_is_signed_and_its_receiver_can_tell(open_with: Opener, hook: Hook) -> None:
    register = open_with(webhooks=WebhookSettings(loopback=True))
    url = f"http://127.0.0.1:{hook.port}/hook?a=b"
    id = outbox.webhook(register, key="n/1", url=url, event="notice", data={"b": 1, "a": "ü"})
    assert outbox.deliver(register) == 1
    [call] = hook.calls
    assert call.path == "/hook?a=b"
    assert call.body == '{"data":{"a":"ü","b":1},"event":"notice","register":"register.example/log"}'.encode()
    header = call.headers["sousveil-signature"]
    assert call.headers["sousveil-delivery"] == id and call.headers["host"] == f"127.0.0.1:{hook.port}"
    key, now = outbox.webhook_key(register.paths).public, int(time.time())
    outbox.verify_webhook(key, header, id, call.body, now=now)
    for other, delivery, body, moment in (
        (PrivateKey.new().public, id, call.body, now),
        (key, "0" * 28, call.body, now),
        (key, id, call.body + b" ", now),
        (key, id, call.body, now + 1_000),
        (key, id, call.body, now - 1_000),
    ):
        with pytest.raises(BadSignature):
            outbox.verify_webhook(other, header, delivery, body, now=moment)
    with pytest.raises(Malformed):
        outbox.verify_webhook(key, header + "0", id, call.body, now=now)
    assert (register.paths.keys / "webhook").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "status, state, error",
    [
        (200, "sent", ""),
        (302, "dead", "The webhook answered with a redirection (302), which is not followed."),
        (307, "dead", "The webhook answered with a redirection (307), which is not followed."),
        (403, "dead", "The webhook answered HTTP 403."),
        (429, "waiting", "The webhook answered HTTP 429."),
        (500, "waiting", "The webhook answered HTTP 500."),
    ],
)
def test_what_a_webhook_may_answer(open_with: Opener, hook: Hook, status: int, state: str, error: str) -> None:
    hook.status, hook.location = status, f"http://127.0.0.1:{hook.port}/elsewhere"
    register = open_with(webhooks=WebhookSettings(loopback=True))
    id = outbox.webhook(register, key="n/1", url=f"http://127.0.0.1:{hook.port}/", event="notice", data={})
    outbox.deliver(register)
    told = outbox.state(register, id)
    assert (told.state, told.error) == (state, error)
    assert [call.path for call in hook.calls] == ["/"]


def test_a_webhook_that_drips_is_cut_off(open_with: Opener, hook: Hook) -> None:
    hook.drip = True
    register = open_with(webhooks=WebhookSettings(loopback=True, seconds=0.5))
    id = outbox.webhook(register, key="n/1", url=f"http://127.0.0.1:{hook.port}/", event="notice", data={})
    outbox.deliver(register)
    told = outbox.state(register, id)
    assert told.state == "waiting" and told.error.startswith("The webhook did not answer as it should:")


def test_a_webhook_over_tls_must_show_a_certificate_of_its_name(
    open_with: Opener, secure_hook: Hook, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    register = open_with(webhooks=WebhookSettings(loopback=True))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    right = outbox.webhook(register, key="1", url=f"https://localhost:{secure_hook.port}/", event="notice", data={})
    wrong = outbox.webhook(register, key="2", url=f"https://127.0.0.1:{secure_hook.port}/", event="notice", data={})
    outbox.deliver(register)
    assert outbox.state(register, right).state == "sent"
    assert outbox.state(register, wrong).error == (
        "The webhook did not answer as it should: TLS failed (CERTIFICATE_VERIFY_FAILED)."
    )


def test_loopback_is_for_registers_of_invented_things(tmp_path: Path) -> None:
    folder = tmp_path / "real"
    with Register.init(folder, title="Real", origin="register.example/log", owner="Operator", gate=gate) as real:
        with pytest.raises(Usage, match="not an address of the public internet"):
            outbox.webhook(real, key="1", url="https://127.0.0.1/", event="notice", data={})
        real.paths.write_config(msgspec.structs.replace(real.config, webhooks=WebhookSettings(loopback=True)))
    with pytest.raises(Usage, match="which only a register of invented things may"):
        Register.open(folder, gate=gate)


@pytest.mark.parametrize(
    "change, error",
    [
        ({"to": "a@example.net\nBcc: b@example.net"}, Usage),
        ({"to": "a@example.net, b@example.net"}, Usage),
        ({"to": "a@@example.net"}, Usage),
        ({"to": ""}, Usage),
        ({"subject": "A\r\nBcc: b@example.net"}, Usage),
        ({"subject": ""}, Usage),
        ({"text": "x" * 100_001}, LimitExceeded),
        ({"key": ""}, Usage),
        ({"key": "a\nb"}, Usage),
        ({"enclosures": [outbox.Enclosure(name="../a", media_type="text/plain", data=b"")]}, Usage),
        ({"enclosures": [outbox.Enclosure(name="a", media_type="text", data=b"")]}, Usage),
        ({"enclosures": [outbox.Enclosure(name="a", media_type="a/b", data=bytes(9 << 20))]}, LimitExceeded),
    ],
)
def test_a_mail_that_is_none_does_not_wait(
    tmp_path: Path, change: dict[str, object], error: type[SousveilError]
) -> None:
    with Register.init(tmp_path / "r", title="R", origin="register.example/log", gate=gate) as register:
        asked: dict[str, object] = {"key": "1", "to": "a@example.net", "subject": "A", "text": "x"}
        with pytest.raises(error):
            outbox.mail(register, **(asked | change))  # type: ignore[arg-type]
        assert outbox.all_deliveries(register) == []


def test_a_register_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        Register.open(tmp_path, gate=gate)
