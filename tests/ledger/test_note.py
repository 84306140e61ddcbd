"""Signed notes, checkpoints, cosignatures: exact bytes, and everything else refused."""

from __future__ import annotations

import base64

import pytest

from sousveil.errors import LimitExceeded, Malformed, Usage
from sousveil.ledger import checkpoint, cosignature, merkle, note
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey

VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""Key and note that the documentation of golang.org/x/mod/sumdb/note publishes."""
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
EXAMPLE = (
    "Ognuno sta solo sul cuor della terra\n"
    "trafitto da un raggio di sole:\n"
    "\n"
    "ed è subito sera.\n"
    "\n"
    "— quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
).encode()
"""The note that C2SP signed-note shows."""
COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
"""The checkpoint that C2SP tlog-cosignature shows."""

LOG = note.Signer(name="example.org/log", key=PrivateKey(b"L" * 32))
WITNESS = note.Signer(name="example.net/w", key=PrivateKey(b"W" * 32), algorithm=note.COSIGNATURE)
TEXT = b"example.org/log\n1\n" + base64.b64encode(b"r" * 32) + b"\n"


def test_the_published_note_opens_and_is_made_again() -> None:
    verifier = note.parse_vkey(VKEY)
    text, signatures = note.open_note(NOTE, [verifier])
    assert text == NOTE[: NOTE.rindex(b"\n\n") + 1]
    assert [(one.name, f"{one.key_id:08x}") for one in signatures] == [("PeterNeumann", "c74f20a3")]
    assert verifier.vkey() == VKEY
    signer = note.Signer(name="PeterNeumann", key=PrivateKey(SEED))
    assert note.sign(text, [signer]) == NOTE


def test_the_examples_of_the_specifications_are_taken_apart() -> None:
    text, (one,) = note.split(EXAMPLE)
    assert text.decode().splitlines()[-1] == "ed è subito sera." and text.count(b"\n\n") == 1
    assert (one.name, one.key_id, len(one.signature)) == ("quasimodo.example/salvatore", 0x367BA04B, 64)
    text, (log, witness) = note.split(COSIGNED)
    assert checkpoint.parse(text) == Checkpoint(
        origin="example.com/behind-the-sofa",
        size=20852163,
        root=base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="),
    )
    assert (log.timestamp, witness.timestamp) == (None, 1679315147)
    assert cosignature.message(1679315147, text) == b"cosignature/v1\ntime 1679315147\n" + text
    assert text + b"\n" + log.line() + witness.line() == COSIGNED


def test_exact_bytes_of_a_note_of_two_signers() -> None:
    data = note.sign(TEXT, [LOG, WITNESS], at=1_700_000_000)
    signature = LOG.key.sign(TEXT)
    stamped = (1_700_000_000).to_bytes(8, "big") + WITNESS.key.sign(b"cosignature/v1\ntime 1700000000\n" + TEXT)
    assert data == (
        TEXT + b"\n\xe2\x80\x94 example.org/log " + base64.b64encode(LOG.verifier.key_id.to_bytes(4, "big") + signature)
        + b"\n\xe2\x80\x94 example.net/w " + base64.b64encode(WITNESS.verifier.key_id.to_bytes(4, "big") + stamped) + b"\n"
    )  # fmt: skip
    text, found = note.open_note(data, [LOG.verifier, WITNESS.verifier])
    assert [one.name for one in found] == ["example.org/log", "example.net/w"]
    assert (text, found[1].timestamp) == (TEXT, 1_700_000_000)
    assert note.parse_vkey(WITNESS.verifier.vkey()) == WITNESS.verifier
    assert WITNESS.verifier.key_id != note.Verifier(name="example.net/w", public=WITNESS.key.public).key_id


def test_unknown_signatures_are_passed_over_and_known_ones_must_hold() -> None:
    data = note.sign(TEXT, [LOG, WITNESS], at=7)
    assert len(note.open_note(data, [LOG.verifier])[1]) == 1
    same_name = note.Verifier(name=LOG.name, public=WITNESS.key.public)
    with pytest.raises(BadSignature, match="no signature of a key that is trusted"):
        note.open_note(data, [same_name])
    with pytest.raises(BadSignature, match="no signature"):
        note.open_note(data, [])
    forged = note.NoteSignature(name=LOG.name, key_id=LOG.verifier.key_id, signature=bytes(64))
    with pytest.raises(BadSignature, match=r"The signature of example\.org/log on this note does not hold"):
        note.open_note(TEXT + b"\n" + forged.line() + WITNESS.sign(TEXT).line(), [LOG.verifier, WITNESS.verifier])
    changed = data.replace(b"log\n1\n", b"log\n2\n")
    with pytest.raises(BadSignature, match="does not hold"):
        note.open_note(changed, [LOG.verifier])


def test_a_cosignature_is_bound_to_its_time() -> None:
    one = WITNESS.sign(TEXT, at=100)
    later = note.NoteSignature(name=one.name, key_id=one.key_id, signature=(101).to_bytes(8, "big") + one.signature[8:])
    assert WITNESS.verifier.holds(TEXT, one.signature)
    for bad in (later.signature, one.signature[:-1], one.signature[8:], b"\xff" * 8 + one.signature[8:]):
        assert not WITNESS.verifier.holds(TEXT, bad)
    assert not note.Verifier(name=one.name, public=WITNESS.key.public).holds(TEXT, one.signature)
    with pytest.raises(Malformed):
        cosignature.message(1 << 63, TEXT)


LINE = LOG.sign(TEXT).line()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"text\n", b"text\n\n", TEXT + LINE, TEXT + b"\n" + LINE[:-1], TEXT + b"\n" + LINE + b"\n",
        TEXT + b"\n" + LINE.replace(b"\xe2\x80\x94", b"-"), TEXT + b"\n" + LINE.replace(b"example.org/log ", b" "),
        TEXT + b"\n" + LINE.replace(b"example.org", b"example+org"), TEXT + b"\n" + LINE.replace(b"=\n", b"\n"),
        TEXT + b"\n" + "— example.org/\u00a0log AAAAAAA=\n".encode(), TEXT + b"\n" + "— example.org/log AAAA\n".encode(),
        b"a\rb\n\n" + LINE, b"a\0\n\n" + LINE, b"\xff\n\n" + LINE, TEXT + b"\n" + LINE + b"more\n",
        TEXT + b"\n" + "— n AAAAAAB=\n".encode(),
    ],
)  # fmt: skip
def test_broken_notes_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        note.open_note(data, [LOG.verifier])


def test_limits_of_notes() -> None:
    assert len(note.split(TEXT + b"\n" + LINE * 100)[1]) == 100
    with pytest.raises(LimitExceeded):
        note.split(TEXT + b"\n" + LINE * 101)
    with pytest.raises(LimitExceeded):
        note.split(b"x" * (1 << 20) + b"\n\n" + LINE)
    with pytest.raises(Usage):
        note.sign(TEXT, [])
    with pytest.raises(Malformed):
        note.sign(b"no newline", [LOG])


@pytest.mark.parametrize(
    "text",
    [
        "", "name", "name+00000000", VKEY.replace("c74f20a3", "c74f20a4"), VKEY.replace("c74f20a3", "C74F20A3"),
        VKEY.replace("PeterNeumann", "Peter Neumann"), VKEY[:-4], VKEY.replace("ARpc", "Ahpc"), VKEY + "\n",
        note.Verifier(name="n", public=LOG.key.public).vkey().replace("n+", "+"),
    ],
)  # fmt: skip
def test_broken_verifier_keys_are_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        note.parse_vkey(text)


def test_a_checkpoint_is_of_its_log() -> None:
    head = Checkpoint(origin="example.org/log", size=1, root=b"r" * 32)
    assert head.text() == TEXT
    data = checkpoint.sign(head, [LOG])
    assert checkpoint.open_checkpoint(data, LOG.verifier) == head
    other = Checkpoint(origin="example.org/other", size=1, root=b"r" * 32)
    with pytest.raises(BadSignature, match=r"of 'example\.org/other', not of 'example\.org/log'"):
        checkpoint.open_checkpoint(checkpoint.sign(other, [LOG]), LOG.verifier)
    extended = Checkpoint(origin="o", size=0, root=merkle.EMPTY_ROOT, extensions=("one", "two"))
    assert checkpoint.parse(extended.text()) == extended
    cosigned = checkpoint.add_signatures(data, [WITNESS.sign(TEXT, at=5), WITNESS.sign(TEXT, at=6)])
    assert cosigned == data + WITNESS.sign(TEXT, at=6).line()


@pytest.mark.parametrize(
    "text",
    [
        b"", b"o\n1\n", TEXT[:-1], TEXT.replace(b"\n1\n", b"\n01\n"), TEXT.replace(b"\n1\n", b"\n-1\n"),
        TEXT.replace(b"\n1\n", b"\n+1\n"), TEXT.replace(b"\n1\n", b"\n0\n"), TEXT.replace(b"\n1\n", b"\n9223372036854775808\n"),
        TEXT.replace(b"\n1\n", "\n\u0661\n".encode()), TEXT[4:].replace(b"ple.org/log", b""), TEXT + b"\n",
        b"o\n1\nAAAA\n", b"\xff\n1\n" + base64.b64encode(b"r" * 32) + b"\n", TEXT.replace(b"=\n", b"\n"),
    ],
)  # fmt: skip
def test_broken_checkpoints_are_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        checkpoint.parse(text)
