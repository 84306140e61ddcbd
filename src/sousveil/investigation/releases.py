"""What leaves the vault: explicit bundles, each signed by two holders."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
import pyrage

from sousveil.errors import Locked, Malformed, Usage
from sousveil.investigation.importing import selections
from sousveil.investigation.oprf import BATCH, OUTPUT, Evaluation, outputs
from sousveil.investigation.requests import Request
from sousveil.investigation.vault import Identities, Vault, recipients
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey
from sousveil.texts import t

OUTPUTS_TYPE = "application/vnd.sousveil.investigation.outputs+msgpack;v=1"
ANSWER_PADDING = 1 << 12
"""Answers are filled up to a multiple of this."""
SIGNERS = 2
"""Holders who sign a bundle, at least."""


class OutputBundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The oblivious outputs of a list for the exchange, sorted, so that their order says nothing of the list's."""

    vault: str
    made: datetime
    recipient: str
    """Whom the bundle was made for."""
    keys: tuple[bytes, bytes]
    """The public keys whose outputs these are."""
    outputs: bytes
    """32 bytes each, sorted, each once."""


def output_bundle(
    vault: Vault,
    keys: Sequence[Evaluation],
    signers: Sequence[PrivateKey],
    *,
    recipient: str,
    now: datetime,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> bytes:
    """A signed bundle with the output of each different number of the vault. Raises Usage, Malformed, Missing, LimitExceeded."""
    if len({key.public for key in keys}) != 2 or len(keys) != 2:
        raise Usage(t("error.oprf.two_keys"))
    check_signers(signers)
    numbers = sorted({row.e164 for _, batch in selections(vault) for row in batch if row.e164})
    made: list[bytes] = []
    for start in range(0, len(numbers), BATCH):
        made += outputs([number.encode() for number in numbers[start : start + BATCH]], keys)
        progress(len(made), len(numbers))
    bundle = OutputBundle(
        vault=vault.header.vault,
        made=now,
        recipient=recipient,
        keys=(keys[0].public, keys[1].public),
        outputs=b"".join(sorted(made)),
    )
    table = f"outputs-{secrets.token_hex(8)}"
    vault.write_sealed(table, msgspec.msgpack.encode(dict(zip(made, numbers, strict=True))))
    vault.commit("outputs", now=now, tables=(table,))
    return signed(OUTPUTS_TYPE, msgspec.msgpack.encode(bundle), signers)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A selection as an answer shows it."""

    seconds: int | None
    certainty: str
    """See `times.Certainty`; an uncertain time has no seconds."""
    client: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What two holders release of a request: rows one by one. It says nothing about the other numbers of the request."""

    request: str
    recipient: str
    """The newsroom that the answer was made for."""
    made: datetime
    rows: dict[int, tuple[Seen, ...]]
    """Place of a number in the request, from 0 -> its selections."""


ANSWER_TYPE = "application/vnd.sousveil.investigation.answer+age;v=1"


def answer_bundle(
    vault: Vault,
    request: Request,
    places: Iterable[int],
    signers: Sequence[PrivateKey],
    *,
    recipient: str,
    now: datetime,
) -> bytes:
    """A bundle for the newsroom of a request: the selections of the numbers at these places, encrypted to `recipient` (age)
    and signed by two holders. An answer without places looks the same as any other that has as many rows.

    Raises Usage for a place that is no match, Malformed.
    """
    check_signers(signers)
    known: dict[bytes, str] = {}
    for table in vault.index.tables:
        known |= msgspec.msgpack.decode(vault.read_sealed(table), type=dict[bytes, str])
    wanted: dict[str, int] = {}
    for place in places:
        number = known.get(request.matches.get(place, b""))
        if number is None:
            raise Usage(t("error.exchange.no_match", place=place), hint=t("error.exchange.no_match_hint"))
        wanted[number] = place
    rows: dict[int, list[Seen]] = {place: [] for place in wanted.values()}
    for _, batch in selections(vault):
        for row in batch:
            if row.e164 in wanted:
                seen = Seen(seconds=row.seconds, certainty=row.certainty, client=row.client)
                rows[wanted[row.e164]].append(seen)
    made = Answer(
        request=request.id,
        recipient=request.newsroom,
        made=now,
        rows={place: tuple(sorted(seen, key=lambda one: one.seconds or 0)) for place, seen in rows.items()},
    )
    vault.commit("answer", now=now)
    content = msgspec.msgpack.encode(made)
    content = len(content).to_bytes(4, "big") + content
    content += bytes(-len(content) % ANSWER_PADDING)
    sealed = bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(one) for one in recipients([recipient])]))
    return signed(ANSWER_TYPE, request.id.encode() + b"\n" + sealed, signers)


def read_answer(data: bytes, known: Mapping[str, PublicKey], identity: Identities) -> Answer:
    """The answer in a bundle for this newsroom. Raises Malformed, BadSignature, Locked."""
    id, _, sealed = opened(data, ANSWER_TYPE, known).partition(b"\n")
    try:
        content = bytes(pyrage.decrypt(sealed, list(identity)))
        made = msgspec.msgpack.decode(content[4 : 4 + int.from_bytes(content[:4], "big")], type=Answer)
    except pyrage.DecryptError:
        raise Locked(t("error.exchange.not_for_you")) from None
    except msgspec.DecodeError:
        raise Malformed(t("error.oprf.other_bundle")) from None
    if made.request.encode() != id:
        raise Malformed(t("error.oprf.other_bundle"))
    return made


def check_signers(signers: Sequence[PrivateKey]) -> None:
    """Raises Usage unless two different holders sign."""
    if len({key.public.id for key in signers}) < SIGNERS:
        raise Usage(t("error.oprf.two_signers"), hint=t("error.oprf.two_signers_hint"))


def signed(payload_type: str, payload: bytes, signers: Sequence[PrivateKey]) -> bytes:
    """A bundle as a signed envelope. Raises Usage."""
    check_signers(signers)
    return dsse.encode(dsse.sign(payload_type, payload, *signers))


def opened(data: bytes, payload_type: str, known: Mapping[str, PublicKey]) -> bytes:
    """The payload of a bundle that two known holders signed. Raises Malformed, BadSignature."""
    envelope = dsse.decode(data)
    if envelope.payload_type != payload_type:
        raise Malformed(t("error.oprf.other_bundle"))
    if len(set(dsse.signers(envelope, known))) < SIGNERS:
        raise BadSignature(t("error.oprf.not_signed"))
    return envelope.payload


def read_outputs(data: bytes, known: Mapping[str, PublicKey]) -> OutputBundle:
    """The outputs in a signed bundle, sorted and each once. Raises Malformed, BadSignature."""
    try:
        bundle = msgspec.msgpack.decode(opened(data, OUTPUTS_TYPE, known), type=OutputBundle)
    except msgspec.DecodeError:
        raise Malformed(t("error.oprf.other_bundle")) from None
    values = [bundle.outputs[place : place + OUTPUT] for place in range(0, len(bundle.outputs), OUTPUT)]
    if len(bundle.outputs) % OUTPUT or any(a >= b for a, b in itertools.pairwise(values)):
        raise Malformed(t("error.oprf.other_bundle"))
    return bundle


__all__ = [
    "Answer",
    "OutputBundle",
    "Seen",
    "answer_bundle",
    "check_signers",
    "opened",
    "output_bundle",
    "read_answer",
    "read_outputs",
    "signed",
]
