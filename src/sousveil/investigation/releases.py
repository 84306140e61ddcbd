"""What leaves the vault: explicit bundles, each signed by two holders."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from sousveil.errors import Malformed, Usage
from sousveil.investigation.importing import selections
from sousveil.investigation.oprf import BATCH, OUTPUT, Evaluation, outputs
from sousveil.investigation.vault import Vault
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey
from sousveil.texts import t

OUTPUTS_TYPE = "application/vnd.sousveil.investigation.outputs+msgpack;v=1"
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
    vault.commit("outputs", now=now)
    return signed(OUTPUTS_TYPE, msgspec.msgpack.encode(bundle), signers)


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


__all__ = ["OutputBundle", "check_signers", "opened", "output_bundle", "read_outputs", "signed"]
