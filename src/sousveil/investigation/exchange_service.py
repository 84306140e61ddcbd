"""The exchange as a process on loopback (an onion service may forward to it), and how newsrooms reach it.

GET  /config         name, oblivious keys and holders' signing keys
POST /ask            a signed request and blinded elements; answered with what both keys made of them
POST /submit/ID      the outputs of a request; answered with the receipt
GET  /answer/ID      what two holders released or assigned, or nothing
GET  /aggregates     protected counts of the list, or nothing
"""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

import msgspec

from sousveil.errors import LimitExceeded, Malformed, Missing, SousveilError, Usage
from sousveil.investigation.exchange import RECEIPT, Evaluate, Exchange
from sousveil.investigation.key_service import LoopbackHandler
from sousveil.investigation.lookups import CONTACTS_MOST, Door
from sousveil.investigation.oprf import ELEMENT
from sousveil.investigation.vault import utc_now
from sousveil.kinds import visible
from sousveil.texts import t

ENVELOPE_MOST = 1 << 16
BODY_MOST = ENVELOPE_MOST + CONTACTS_MOST * ELEMENT + 4
ANSWER_MOST = 16 << 20
SECONDS = 120.0
"""How long a request may take."""


class Public(msgspec.Struct, frozen=True, kw_only=True):
    """What a newsroom learns of an exchange. It compares the keys with those that the coordinators gave it."""

    name: str
    keys: tuple[str, str]
    signers: tuple[str, ...]


class ExchangeService(ThreadingHTTPServer):
    """The server. `keys` reach the two key processes, in the order of the configuration."""

    daemon_threads = True

    def __init__(self, port: int, exchange: Exchange, keys: Sequence[Evaluate]) -> None:
        self.exchange, self.keys = exchange, keys
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(LoopbackHandler):
    server: ExchangeService
    timeout = SECONDS

    def do_GET(self) -> None:
        exchange = self.server.exchange
        if self.path == "/config":
            config = exchange.config
            public = Public(name=config.name, keys=config.keys, signers=config.signers)
            self.answer(200, msgspec.json.encode(public))
        elif self.path.startswith("/answer/"):
            self.answer(200, exchange.fetch(self.path.removeprefix("/answer/"), now=utc_now()) or b"")
        elif self.path == "/aggregates":
            self.answer(200, exchange.fetch_aggregates(now=utc_now()) or b"")
        else:
            self.answer(404, b"")

    def do_POST(self) -> None:
        size = self.body_size()
        most = ANSWER_MOST if self.path == "/take" else BODY_MOST
        if not 0 < size <= most:
            self.close_connection = True
            self.answer(400, b"")
            return
        body = self.rfile.read(size)
        try:
            if self.path == "/ask":
                self.answer(200, self._ask(body))
            elif self.path == "/take":
                self.answer(200, self.server.exchange.take(body, now=utc_now()).encode())
            elif self.path.startswith("/submit/"):
                self.answer(200, self.server.exchange.submit(self.path.removeprefix("/submit/"), body))
            else:
                self.answer(404, b"")
        except LimitExceeded as error:
            self.answer(429, error.message.encode())
        except SousveilError as error:
            self.answer(400, error.message.encode())

    def _ask(self, body: bytes) -> bytes:
        envelope, blinded = _split(body)
        answers = self.server.exchange.ask(envelope, blinded, self.server.keys, now=utc_now())
        return _joined(answers[0], answers[1])


def _joined(first: bytes, second: bytes) -> bytes:
    return len(first).to_bytes(4, "big") + first + second


def _split(data: bytes) -> tuple[bytes, bytes]:
    """The parts of `_joined`. Raises Malformed."""
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 + size:
        raise Malformed(t("error.exchange.bad_request"))
    return data[4 : 4 + size], data[4 + size :]


class Client:
    """An exchange as a newsroom reaches it, on loopback or through a forwarded port."""

    def __init__(self, address: str) -> None:
        """Raises Usage, Missing (nothing answers), Malformed."""
        parts = urlsplit(address)
        if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "::1", "localhost") or not parts.port:
            raise Usage(t("error.exchange.address", address=visible(address, 80)), hint=t("error.oprf.address_hint"))
        self._host, self._port, self._shown = parts.hostname, parts.port, visible(address, 80)
        try:
            self.public = msgspec.json.decode(self._ask("GET", "/config"), type=Public)
        except msgspec.DecodeError:
            raise Malformed(t("error.exchange.address", address=self._shown)) from None

    def door(self, keys: Sequence[str]) -> Door:
        """The way to ask with these keys, in hex. Raises Malformed where the exchange shows others."""
        if tuple(keys) != self.public.keys:
            raise Malformed(t("error.exchange.other_keys"), hint=t("error.exchange.other_keys_hint"))
        first, second = (bytes.fromhex(key) for key in keys)
        return Door(keys=(first, second), ask=self._look_up, submit=self._submit)

    def answer(self, id: str) -> bytes:
        """The signed answer to a request; empty as long as there is none."""
        return self._ask("GET", f"/answer/{id}")

    def aggregates(self) -> bytes:
        """The signed counts; empty as long as there are none."""
        return self._ask("GET", "/aggregates")

    def take(self, bundle: bytes) -> str:
        """Hand in a bundle that two holders signed; gives what the exchange says of it."""
        return visible(self._ask("POST", "/take", bundle).decode("utf-8", "replace"), 300)

    def _look_up(self, envelope: bytes, blinded: bytes) -> list[bytes]:
        return list(_split(self._ask("POST", "/ask", _joined(envelope, blinded))))

    def _submit(self, id: str, outputs: bytes) -> bytes:
        if self._ask("POST", f"/submit/{id}", outputs) != RECEIPT:
            raise Malformed(t("error.exchange.no_receipt"))
        return RECEIPT

    def _ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            data = answer.read(ANSWER_MOST + 1)
        except (OSError, http.client.HTTPException):
            raise Missing(t("error.exchange.no_answer", address=self._shown)) from None
        finally:
            connection.close()
        if answer.status == 429:
            raise LimitExceeded(visible(data.decode("utf-8", "replace"), 300), hint=t("error.exchange.limit_hint"))
        if answer.status != 200 or len(data) > ANSWER_MOST:
            reason = visible(data[:300].decode("utf-8", "replace"), 300)
            raise Malformed(t("error.exchange.refused", reason=reason))
        return data


__all__ = ["Client", "ExchangeService"]
