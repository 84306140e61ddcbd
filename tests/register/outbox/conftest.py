"""A register with a mail server and a webhook's receiver on this machine."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from sousveil.decisions.api import gate
from sousveil.register.outbox.settings import MailSettings, WebhookSettings
from sousveil.register.register import Register


class Post:
    """A real SMTP server that keeps what it is given; `answer` and `hold` change how it behaves."""

    def __init__(self, **more: Any) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.answer = "250 kept"
        self.rcpt = ""
        self.got = threading.Event()
        self.hold: threading.Event | None = None
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = int(one.getsockname()[1])
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)
        self.controller.start()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Takes the address, unless told otherwise."""
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keeps the mail, then answers, after as long as it is told to wait."""
        import asyncio

        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        self.got.set()
        while self.hold is not None and not self.hold.is_set():
            await asyncio.sleep(0.01)
        return self.answer


@dataclass
class Call:
    """One call of the webhook."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Hook:
    """A real HTTP server that keeps what it is given."""

    calls: list[Call] = field(default_factory=list)
    status: int = 204
    location: str = ""
    drip: bool = False
    server: ThreadingHTTPServer = field(init=False)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server.server_address[1])

    def start(self) -> None:
        """Listen."""
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.calls.append(Call(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                if hook.drip:  # one byte at a time keeps a reader without a limit on the whole busy for ever
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    while not hook.stopped.wait(0.05):
                        try:
                            self.wfile.write(b"x")
                        except OSError:
                            return
                    return
                self.send_response(hook.status)
                if hook.location:
                    self.send_header("Location", hook.location)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End."""
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server without TLS on this machine."""
    server = Post()
    yield server
    server.controller.stop()


@pytest.fixture
def secure_post(certificate: tuple[Path, Path]) -> Iterator[Post]:
    """A mail server that wants STARTTLS and a password."""
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (b"register", b"a long word")
        return AuthResult(success=right, handled=right)

    server = Post(
        tls_context=context, require_starttls=True, authenticator=check, auth_required=True, auth_require_tls=True
    )
    yield server
    server.controller.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook's receiver without TLS on this machine."""
    server = Hook()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def secure_hook(certificate: tuple[Path, Path]) -> Iterator[Hook]:
    """A webhook's receiver with TLS."""
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    server = Hook()
    server.start()
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-made certificate for localhost, and its key."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def open_with(tmp_path: Path, database: str | None) -> Iterator[Callable[..., Register]]:
    """Opens one register anew with other settings of mail and webhooks."""
    folder = tmp_path / "register"
    Register.init(
        folder,
        title="Outbox",
        origin="register.example/log",
        example=True,
        owner="Operator",
        database=database,
        gate=gate,
    ).close()
    opened: list[Register] = []

    def again(*, mail: MailSettings | None = None, webhooks: WebhookSettings | None = None) -> Register:
        from sousveil.register.folder import Folder

        paths = Folder(folder)
        config = msgspec.structs.replace(paths.config(), mail=mail, webhooks=webhooks or WebhookSettings())
        paths.write_config(config)
        assert paths.config() == config
        opened.append(Register.open(folder, gate=gate))
        return opened[-1]

    yield again
    for one in opened:
        one.close()
