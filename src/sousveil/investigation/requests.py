"""A request of a newsroom to look up numbers: who asks, why, and how many. It contains no number."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from sousveil.errors import Malformed, Usage
from sousveil.investigation.oprf import ELEMENT
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey
from sousveil.texts import t

REQUEST_TYPE = "application/vnd.sousveil.investigation.request+json;v=1"
ASKERS = 2
"""People of a newsroom who sign a request."""
REASON_MOST = 500
_DIGITS = re.compile(r"(?:\d[\s().\-/]*){5,}")


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What two people of a newsroom sign."""

    id: str
    """32 random hex digits; a request counts once."""
    newsroom: str
    reason: str
    made: datetime
    count: int
    """Numbers."""
    blocks: int
    """Different blocks of a hundred numbers among them: an address book has nearly as many as numbers, a range few."""
    blinded: str
    """SHA-256 of the blinded elements, in hex."""


class Flag(StrEnum):
    """Why a request needs a closer look of the holders."""

    RANGE = "range"
    """Many of its numbers lie beside each other."""
    LIST = "list"
    """Many of its numbers are in the list."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the exchange keeps it. The asking newsroom never sees matches or flags."""

    id: str
    newsroom: str
    people: tuple[str, ...]
    """Ids of the keys that signed."""
    reason: str
    received: datetime
    count: int
    blocks: int
    submitted: bool = False
    matches: dict[int, bytes] = {}
    """Place in the request -> output, for numbers that are in the list."""
    flags: tuple[Flag, ...] = ()


def check_reason(reason: str) -> str:
    """A reason without numbers: it stands in the log. Raises Usage."""
    reason = " ".join(reason.split())
    if not 10 <= len(reason) <= REASON_MOST:
        raise Usage(t("error.exchange.reason", most=REASON_MOST), hint=t("error.exchange.reason_hint"))
    if _DIGITS.search(reason):
        raise Usage(t("error.exchange.reason_number"), hint=t("error.exchange.reason_hint"))
    return reason


def signed_request(
    numbers: Sequence[str],
    blinded_sha256: str,
    people: Sequence[PrivateKey],
    *,
    newsroom: str,
    reason: str,
    now: datetime,
) -> tuple[str, bytes]:
    """The id of a new request, and the request signed by two people. Raises Usage."""
    if len({key.public.id for key in people}) < ASKERS:
        raise Usage(t("error.exchange.two_people"), hint=t("error.exchange.two_people_hint"))
    ask = Ask(
        id=secrets.token_hex(16),
        newsroom=newsroom,
        reason=check_reason(reason),
        made=now,
        count=len(numbers),
        blocks=len({number[:-2] for number in numbers}),
        blinded=blinded_sha256,
    )
    return ask.id, dsse.encode(dsse.sign(REQUEST_TYPE, msgspec.json.encode(ask), *people))


def read_request(data: bytes, people: Mapping[str, PublicKey]) -> tuple[Ask, tuple[str, ...]]:
    """The request in an envelope, and which of the known people signed it. Raises Malformed, BadSignature."""
    envelope = dsse.decode(data)
    signers = tuple(dict.fromkeys(dsse.signers(envelope, people)))
    if len(signers) < ASKERS:
        raise BadSignature(t("error.exchange.not_signed"))
    try:
        ask = msgspec.json.decode(envelope.payload, type=Ask)
    except (msgspec.DecodeError, RecursionError):
        raise Malformed(t("error.exchange.bad_request")) from None
    sound = re.fullmatch("[0-9a-f]{32}", ask.id) and 1 <= ask.blocks <= ask.count and ask.made.tzinfo
    if envelope.payload_type != REQUEST_TYPE or not sound:
        raise Malformed(t("error.exchange.bad_request"))
    check_reason(ask.reason)
    return ask, signers


def count_of(blinded: bytes) -> int:
    """Elements. Raises Malformed."""
    if not blinded or len(blinded) % ELEMENT:
        raise Malformed(t("error.exchange.bad_request"))
    return len(blinded) // ELEMENT


__all__ = ["Ask", "Flag", "Request", "check_reason", "count_of", "read_request", "signed_request"]
