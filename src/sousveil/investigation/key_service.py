"""A process that has one oblivious key, on loopback: it evaluates blinded elements, and counts them against the quota of its client.

    GET  /key         the public key
    POST /evaluate    blinded elements; answered with a proof and as many elements

The organisation that runs it needs to trust neither the exchange nor the other key: each client has a token and a quota of its own,
and no more than the quota of a day is evaluated. Whoever seizes the exchange can spend the quota of the exchange, not that of the vault.
"""

from __future__ import annotations

import hmac
import http.client
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from sousveil.errors import LimitExceeded, Malformed, Missing, SousveilError, Usage
from sousveil.investigation.oprf import BATCH, ELEMENT, Evaluation, Key
from sousveil.kinds import visible
from sousveil.ledger import atomic
from sousveil.texts import t

TOKEN_LEAST = 16
"""Characters of a token at least."""
SECONDS = 30.0
"""How long a request may take."""


class _Count(msgspec.Struct, frozen=True, kw_only=True):
    day: date
    elements: int


class Quota:
    """Elements of a day, counted in a file, so that a restart gives nothing back."""

    def __init__(self, path: Path, per_day: int, today: Callable[[], date]) -> None:
        self._path, self._per_day, self._today = path, per_day, today
        self._lock = threading.Lock()

    def take(self, elements: int) -> None:
        """Count elements before they are evaluated. Raises LimitExceeded; then nothing is counted."""
        with self._lock:
            count, day = self._read(), self._today()
            used = count.elements if count.day >= day else 0  # a clock set back gives nothing back
            if used + elements > self._per_day:
                raise LimitExceeded(t("error.oprf.quota"))
            new = _Count(day=max(day, count.day), elements=used + elements)
            atomic.write(self._path, msgspec.json.encode(new), mode=0o600)

    def _read(self) -> _Count:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Count)
        except FileNotFoundError:
            return _Count(day=date.min, elements=0)
        except (OSError, msgspec.DecodeError):
            raise Malformed(t("error.oprf.count", path=visible(str(self._path)))) from None


class KeyService(ThreadingHTTPServer):
    """The server. `clients`: the token that a client must present -> what it may ask for."""

    daemon_threads = True

    def __init__(
        self, port: int, key: Key, clients: Mapping[str, Quota], evaluate: Callable[[bytes], bytes] | None = None
    ) -> None:
        """`evaluate`: instead of the key's own (see `oprf.parallel`). Raises Usage, OSError."""
        if not clients or any(len(token) < TOKEN_LEAST for token in clients):
            raise Usage(t("error.oprf.token", least=TOKEN_LEAST))
        self.key, self.clients = key, clients
        self.evaluate = evaluate or key.evaluate
        super().__init__(("127.0.0.1", port), _Handler)


class LoopbackHandler(BaseHTTPRequestHandler):
    """What both services of an investigation share: bounded time, no names of versions, and no log of addresses."""

    timeout = SECONDS
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sousveil", ""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: addresses are nobody's business."""

    def body_size(self) -> int:
        """Bytes that a request announces; 0 where it announces none, or no number."""
        length = self.headers.get("Content-Length", "")
        return int(length) if length.isascii() and length.isdecimal() and len(length) < 9 else 0

    def answer(self, status: int, body: bytes) -> None:
        """Send a whole answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Handler(LoopbackHandler):
    server: KeyService

    def do_GET(self) -> None:
        if self._quota() is not None and self.path == "/key":
            self.answer(200, self.server.key.public)
        else:
            self.answer(404, b"")

    def do_POST(self) -> None:
        size, quota = self.body_size(), self._quota()
        if quota is None or self.path != "/evaluate" or not 0 < size <= BATCH * ELEMENT:
            self.close_connection = True
            self.answer(404, b"")
            return
        blinded = self.rfile.read(size)
        try:
            if size % ELEMENT:
                raise Malformed(t("error.oprf.elements", most=BATCH))
            quota.take(size // ELEMENT)
            self.answer(200, self.server.evaluate(blinded))
        except LimitExceeded:
            self.answer(429, b"")
        except SousveilError:
            self.answer(400, b"")

    def _quota(self) -> Quota | None:
        """The quota of the client that presents its token; None for a stranger."""
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        known = [q for token, q in self.server.clients.items() if hmac.compare_digest(given, token.encode())]
        return known[0] if known else None


def remote(address: str, token: str, public: bytes | None = None) -> Evaluation:
    """A key process at an address such as http://127.0.0.1:8101. `public`: the key that it must have, where it is known.

    Raises Usage, Missing (nothing answers), Malformed (another key).
    """
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "::1", "localhost") or not parts.port:
        raise Usage(t("error.oprf.address", address=visible(address, 80)), hint=t("error.oprf.address_hint"))
    ask = partial(_ask, address, token)
    shown = ask("GET", "/key")
    if len(shown) != ELEMENT or (public is not None and shown != public):
        raise Malformed(t("error.oprf.other_key", address=visible(address, 80)), hint=t("error.oprf.answer_hint"))
    return Evaluation(public=shown, evaluate=partial(ask, "POST", "/evaluate"))


def _ask(address: str, token: str, method: str, path: str, body: bytes = b"") -> bytes:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=SECONDS)
    try:
        connection.request(method, path, body, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        data = answer.read(BATCH * ELEMENT + 1024)
    except (OSError, http.client.HTTPException):
        raise Missing(t("error.oprf.no_answer", address=visible(address, 80))) from None
    finally:
        connection.close()
    if answer.status == 429:
        raise LimitExceeded(t("error.oprf.quota"), hint=t("error.oprf.quota_hint"))
    if answer.status != 200:
        raise Missing(t("error.oprf.refused", address=visible(address, 80)), hint=t("error.oprf.refused_hint"))
    return data


def today() -> date:
    """The present day in UTC."""
    return datetime.now(UTC).date()


__all__ = ["KeyService", "Quota", "remote", "today"]
