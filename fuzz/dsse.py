"""Fuzzing signed envelopes: any bytes are refused, or their signature holds for exactly what was signed."""

from __future__ import annotations

import contextlib
import json

from sousveil.errors import SousveilError
from sousveil.ledger import dsse
from sousveil.ledger.keys import PrivateKey

KEY = PrivateKey(b"k" * 32)
PAYLOAD, TYPE = b'{"kind":"invented"}', "application/vnd.example+json"
ENVELOPE = dsse.encode(dsse.sign(TYPE, PAYLOAD, KEY))


def seeds() -> list[bytes]:
    """An envelope as the log holds it, and as another program writes it."""
    return [ENVELOPE, json.dumps(json.loads(ENVELOPE), indent=1, sort_keys=True).encode()]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only."""
    with contextlib.suppress(SousveilError):
        assert dsse.encode(dsse.decode(data)) == data
    with contextlib.suppress(SousveilError):
        envelope = dsse.accept(data)
        dsse.decode(dsse.encode(envelope))
        if dsse.signers(envelope, {KEY.public.id: KEY.public}):
            assert (envelope.payload, envelope.payload_type) == (PAYLOAD, TYPE)
