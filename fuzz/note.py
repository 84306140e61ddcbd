"""Fuzzing what is read as a signed note: checkpoints, policies, receipts, requests to witnesses, verifier keys."""

from __future__ import annotations

import contextlib

from sousveil.errors import SousveilError
from sousveil.ledger import checkpoint, merkle, note, policy, receipt, witness
from sousveil.ledger.keys import PrivateKey

LOG = note.Signer(name="example.org/log", key=PrivateKey(b"L" * 32))
WITNESS = note.Signer(name="example.net/w", key=PrivateKey(b"W" * 32), algorithm=note.COSIGNATURE)
HEAD = checkpoint.Checkpoint(origin="example.org/log", size=1, root=merkle.leaf_hash(b"entry"))
NOTE = note.sign(HEAD.text(), [LOG, WITNESS], at=1_700_000_000)
POLICY = (
    f"# trusted\nlog {LOG.verifier.vkey()} https://example.org\n"
    f"witness w {WITNESS.verifier.vkey()}\ngroup org:w any w\ngroup g all org:w\nquorum g\n"
)


def seeds() -> list[bytes]:
    """One of each."""
    return [
        NOTE,
        POLICY.encode(),
        receipt.make(0, [], NOTE),
        receipt.Receipt(index=3, proof=(bytes(32),) * 3, checkpoint=NOTE, extra=b"extra").format(),
        witness.Request(old_size=1, proof=(bytes(32),), checkpoint=NOTE).format(),
        LOG.verifier.vkey().encode(),
        WITNESS.verifier.vkey().encode(),
    ]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only; what is read is written again as it was, and nothing but NOTE's text is verified."""
    with contextlib.suppress(SousveilError):
        text, signatures = note.split(data)
        assert text + b"\n" + b"".join(one.line() for one in signatures) == data
    with contextlib.suppress(SousveilError):
        text, _ = note.open_note(data, [LOG.verifier, WITNESS.verifier])
        assert text == HEAD.text()
    with contextlib.suppress(SousveilError):
        assert checkpoint.parse(data).text() == data
    with contextlib.suppress(SousveilError):
        found = policy.parse_policy(data)
        assert found.reached(found.witnesses)
    with contextlib.suppress(SousveilError):
        assert receipt.parse(data).format() == data
        receipt.verify(data, b"entry", policy.parse_policy(POLICY.encode()))
    with contextlib.suppress(SousveilError):
        assert witness.parse_request(data).format() == data
    with contextlib.suppress(SousveilError):
        text_of = data.decode("utf-8", "replace")
        assert note.parse_vkey(text_of).vkey() == text_of
