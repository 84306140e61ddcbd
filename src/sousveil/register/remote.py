"""Publishing to a register that is kept elsewhere: sign here, hand in over HTTP, check the receipt before it is believed.

What the register answers is not trusted: its receipt must hold for the very entry that was signed here, under a checkpoint
of the log's key and as many witnesses as the reader's policy asks for. Without a policy the log's own first entry says
what its key is, and `key_from_log` tells so. Redirects are not followed.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.parse
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from sousveil.errors import Malformed, Missing, SousveilError, Usage
from sousveil.kinds import visible
from sousveil.ledger import dsse, receipt
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.merkle import TILE_WIDTH
from sousveil.ledger.policy import Policy
from sousveil.ledger.source import TIMEOUT, Unreachable
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.admission import Held, Published
from sousveil.register.keyring import Keyring
from sousveil.register.model import Statement
from sousveil.register.publication import File, Submission
from sousveil.register.refusal import Refused
from sousveil.register.signing import signed
from sousveil.register.verify_entries import envelope_of
from sousveil.register.verify_place import open_place, policy_for

ANSWER_MAX = 4 << 20
"""Bytes of an answer that are read."""
PUBLISH_SECONDS = 120.0
"""How long an answer is waited for: the register may be asking its witnesses."""


class _Problem(msgspec.Struct):
    code: str = "refused"
    message: str = "The register refused this and does not say why."
    field: str = ""
    hint: str = ""


class _Failed(msgspec.Struct):
    error: _Problem


class _Taken(msgspec.Struct):
    index: int
    last: int
    ids: tuple[str, ...]
    receipt: str


class _Waiting(msgspec.Struct):
    id: str
    reasons: tuple[str, ...]
    state: str = "held"


class Answered(NamedTuple):
    """An answer of the API."""

    status: int
    body: bytes
    location: str
    """Where it says that something has moved to; empty: it says nothing."""


class Remote:
    """A register behind an address."""

    def __init__(self, address: str, policy: Policy | None = None) -> None:
        """Raises Usage, Missing, Unreachable, Malformed where there is no register."""
        if not address.startswith(("http://", "https://")):
            raise Usage(
                f"{visible(address)} is no address of a register.", hint="It looks like https://register.example"
            )
        place = open_place(address.rstrip("/"))
        if not place.address.endswith("/log"):
            raise Missing(
                f"{visible(address)} is a mirror of a log.", hint="Name the address of the register's first page."
            )
        self.address = place.address.removesuffix("/log")
        data = place.source.checkpoint()
        self.policy, self.key_from_log = policy_for(place, data, policy)
        size = self.policy.check(data).checkpoint.size
        first = envelope_of(place.source, place.source.bundle(0, min(size, TILE_WIDTH))[0])
        genesis = publication.open_envelope(first, Keyring()).payload
        if not isinstance(genesis, log.Genesis):
            raise Malformed("The first entry does not say what register this is.")
        self.origin, self.title, self.example = genesis.origin, genesis.title, genesis.example

    def publish(
        self, statements: Sequence[Statement], key: PrivateKey, *, owner: str, attachments: Sequence[File] = ()
    ) -> list[Published | Held]:
        """Sign statements in the owner's name and hand them in, in as many entries as they need.

        Each entry is taken or refused by itself: a refusal after the first says how much was taken before.
        """
        work = signed(statements, key, owner, example=self.example, attachments=attachments)
        done: list[Published | Held] = []
        first = 0
        for one in work:
            try:
                done.append(self.submit(one))
            except Refused as refused:
                raise _after(refused.later(first), done, first) if done else refused from None
            first += len(one.contents)
        return done

    def submit(self, submission: Submission) -> Published | Held:
        """Hand in what is signed. Raises Refused with the register's words; Malformed, Disagreement for a false receipt."""
        envelope = publication.normal(submission.envelope)
        status, body = self._post(publication.write_submission(submission), _first(envelope))
        try:
            if status == 201:
                return self._taken(msgspec.json.decode(body, type=_Taken), envelope)
            if status == 202:
                waiting = msgspec.json.decode(body, type=_Waiting)
                ids = (waiting.id,) if waiting.state == "held" else ()
                return Held(id=waiting.id, reasons=waiting.reasons, ids=ids)
            told = msgspec.json.decode(body, type=_Failed).error
        except (msgspec.DecodeError, RecursionError):
            raise Malformed(
                f"{self.address} gave an answer (status {status}) that no register gives.",
                hint="Is this the address of a register's first page?",
            ) from None
        message = visible(told.message, 1_000)
        raise Refused(message, field=visible(told.field), code=visible(told.code), hint=visible(told.hint, 1_000))

    def _taken(self, taken: _Taken, envelope: bytes) -> Published:
        try:
            shown = receipt.verify(taken.receipt.encode(), log.log_entry(envelope), self.policy)
            if shown.index != taken.index:
                raise Malformed(f"It is of entry {shown.index}, not {taken.index}.")
        except SousveilError as error:
            raise Malformed(
                f"The register says that it has published this, and its receipt does not hold: {error.message}",
                hint="Keep what it answered, do not count on the publication, and tell others: a log that does this is not honest.",
            ) from None
        return Published(
            index=taken.index,
            last=taken.last,
            sha256=hashlib.sha256(dsse.decode(envelope).payload).hexdigest(),
            ids=taken.ids,
            size=shown.size,
            independent=shown.cosigned.independent,
            cosigned=str(shown.cosigned),
            receipt=taken.receipt,
        )

    def ask(self, path: str, question: bytes | None = None) -> Answered:
        """What the API answers to a question: read, not believed. Redirects are not followed. Raises Unreachable."""
        try:
            return self._request("GET" if question is None else "POST", path, question)
        except (http.client.HTTPException, OSError) as error:
            said = getattr(error, "strerror", None) or type(error).__name__
            raise Unreachable(f"{self.address} gave no answer: {said}.", hint="Nothing was handed in.") from None

    def _post(self, body: bytes, first: str) -> tuple[int, bytes]:
        try:
            answer = self._request("POST", "publications", body)
        except (http.client.HTTPException, OSError) as error:
            said = getattr(error, "strerror", None) or type(error).__name__
            raise Unreachable(
                f"{self.address} gave no answer: {said}.",
                hint="Whether it was published is not known. Look before you hand it in again"
                + (f": {self.address}/statements/{first}" if first else "."),
            ) from None
        return answer.status, answer.body

    def _request(self, method: str, path: str, body: bytes | None) -> Answered:
        parts = urllib.parse.urlsplit(self.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=max(TIMEOUT, PUBLISH_SECONDS))
        headers = {"Content-Type": "application/json"} if body is not None else {}
        headers["Accept-Encoding"] = "identity"
        try:
            connection.request(method, f"{parts.path.rstrip('/')}/api/v1/{path}", body=body, headers=headers)
            answer = connection.getresponse()
            return Answered(answer.status, answer.read(ANSWER_MAX), answer.getheader("Location") or "")
        finally:
            connection.close()


def _first(envelope: bytes) -> str:
    """Id of the first statement of a publication; empty where there is none."""
    payload = log.decode(dsse.decode(envelope).payload)
    return payload.commitments[0].id if isinstance(payload, log.Statements) and payload.commitments else ""


def _after(refused: Refused, done: Sequence[Published | Held], first: int) -> Refused:
    """A refusal that comes when a part was taken."""
    at = [str(one.index) for one in done if isinstance(one, Published)]
    where = f"at index {', '.join(at)} of the log" if at else "held for review"
    return Refused(
        refused.message,
        field=refused.field,
        code=refused.code,
        hint=f"{refused.hint} The {first:,} statements before this entry were taken ({where}): hand in the others alone.".strip(),
    )
