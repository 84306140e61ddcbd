"""Envelopes and SSH signatures: exact bytes, real ssh-keygen, and everything else refused."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
from pathlib import Path

import pytest

from sousveil.errors import LimitExceeded, Malformed
from sousveil.ledger import dsse, sshsig
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.dsse import Envelope, Signature, accept, decode, encode, pae, sign, signers
from sousveil.ledger.keys import PrivateKey

KEY, OTHER = PrivateKey(b"k" * 32), PrivateKey(b"o" * 32)
KNOWN = {key.public.id: key.public for key in (KEY, OTHER)}
TYPE = "application/vnd.example+json"
PAYLOAD = '{"é": 1}\n'.encode()


def test_the_encoding_of_the_specification() -> None:
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("é", b"") == "DSSEv1 2 é 0 ".encode()


def test_an_envelope_has_one_form_in_the_log() -> None:
    envelope = sign(TYPE, PAYLOAD, KEY)
    data = encode(envelope)
    signature = base64.b64encode(KEY.sign(pae(TYPE, PAYLOAD))).decode()
    assert data.decode() == (
        f'{{"payload":"{base64.b64encode(PAYLOAD).decode()}","payloadType":"{TYPE}",'
        f'"signatures":[{{"keyid":"{KEY.public.id}","sig":"{signature}"}}]}}'
    )
    assert decode(data) == envelope == accept(data)
    assert signers(envelope, KNOWN) == [KEY.public.id]
    for other in (data + b" ", b" " + data, data.replace(b'":"', b'": "', 1), json.dumps(json.loads(data)).encode()):
        with pytest.raises(Malformed, match="one form"):
            decode(other)
        assert accept(other) == envelope


def test_an_envelope_of_another_program_is_taken() -> None:
    envelope = sign(TYPE, b"\xfb\xff\xfe", KEY)
    raw = {
        "extra": [1],
        "signatures": [{"sig": base64.urlsafe_b64encode(envelope.signatures[0].sig).decode().rstrip("=")}],
        "payloadType": TYPE,
        "payload": base64.urlsafe_b64encode(envelope.payload).decode(),
    }
    found = accept(json.dumps(raw, indent=2).encode())
    unnamed = (Signature(keyid="", sig=envelope.signatures[0].sig),)
    assert found == Envelope(payload=envelope.payload, payload_type=TYPE, signatures=unnamed)
    assert signers(found, KNOWN) == []


def test_signatures_of_known_keys_must_hold() -> None:
    two = sign(TYPE, PAYLOAD, KEY, OTHER)
    assert signers(two, KNOWN) == [KEY.public.id, OTHER.public.id]
    assert signers(two, {OTHER.public.id: OTHER.public}) == [OTHER.public.id]
    for bad in (
        Envelope(payload=PAYLOAD + b" ", payload_type=TYPE, signatures=two.signatures),
        Envelope(payload=PAYLOAD, payload_type=TYPE + "x", signatures=two.signatures),
        Envelope(payload=PAYLOAD, payload_type=TYPE, signatures=(Signature(keyid=KEY.public.id, sig=two.signatures[1].sig),)),
    ):  # fmt: skip
        with pytest.raises(BadSignature, match="does not hold"):
            signers(bad, KNOWN)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"null", b"[]", b"{}", b'{"payload":"","payloadType":"t","signatures":[]}', b"[" * 100_000,
        b'{"payload":"*","payloadType":"t","signatures":[{"keyid":"a","sig":"AA=="}]}',
        b'{"payload":"","payloadType":1,"signatures":[{"keyid":"a","sig":"AA=="}]}',
        b'{"payload":"","payloadType":"t","signatures":[{"keyid":"a","sig":"AA=="},{"keyid":"a","sig":"AA=="}]}',
        b'{"payload":"","payloadType":"t","signatures":[7]}', b'{"payload":"","payloadType":"t","signatures":{}}',
    ],
)  # fmt: skip
def test_broken_envelopes_are_malformed(data: bytes) -> None:
    for read in (decode, accept):
        with pytest.raises(Malformed):
            read(data)


def test_limits_of_envelopes() -> None:
    many = tuple(Signature(keyid=str(n), sig=b"s") for n in range(17))
    data = encode(Envelope(payload=b"", payload_type=TYPE, signatures=many))
    for read in (decode, accept):
        with pytest.raises(LimitExceeded):
            read(data)
        with pytest.raises(LimitExceeded):
            read(b" " * (dsse.MAX_BYTES + 1))


def ssh_sign(folder: Path, data: bytes, *options: str, namespace: str = sshsig.NAMESPACE) -> bytes:
    key = folder / "key"
    if not key.exists():
        KEY.save(key)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(key), *options]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def test_real_ssh_keygen_signs_for_us(tmp_path: Path) -> None:
    for message in (PAYLOAD, b"", bytes(range(256)) * 300):
        armored = ssh_sign(tmp_path, message)
        sshsig.verify(armored, message, KEY.public)
        blob = sshsig.unarmor(armored)
        assert sshsig.armor(blob) == armored
        envelope = Envelope(payload=message, payload_type=TYPE, signatures=(Signature(keyid=KEY.public.id, sig=blob),))
        assert signers(decode(encode(envelope)), KNOWN) == [KEY.public.id]
        with pytest.raises(BadSignature):
            sshsig.verify(armored, message + b"x", KEY.public)
        with pytest.raises(BadSignature, match="was not made with key"):
            sshsig.verify(armored, message, OTHER.public)
    sshsig.verify(ssh_sign(tmp_path, b"m", "-O", "hashalg=sha256"), b"m", KEY.public)


def test_ssh_signatures_for_something_else_are_refused(tmp_path: Path) -> None:
    armored = ssh_sign(tmp_path, PAYLOAD, namespace="file")
    with pytest.raises(BadSignature, match="was made for 'file', not for 'sousveil-publication'") as refused:
        sshsig.verify(armored, PAYLOAD, KEY.public)
    assert refused.value.hint == "Sign again: ssh-keygen -Y sign -n sousveil-publication -f KEY FILE"
    envelope = Envelope(
        payload=PAYLOAD, payload_type=TYPE, signatures=(Signature(keyid=KEY.public.id, sig=sshsig.unarmor(armored)),)
    )
    with pytest.raises(BadSignature):
        signers(envelope, KNOWN)


def test_other_keys_than_ed25519_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ecdsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(path)], check=True, stdin=subprocess.DEVNULL)
    done = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", sshsig.NAMESPACE, "-f", str(path)],
        input=PAYLOAD,
        capture_output=True,
        check=True,
    )
    with pytest.raises(Malformed, match="not ssh-ed25519"):
        sshsig.verify(done.stdout, PAYLOAD, KEY.public)
    with pytest.raises(Malformed, match="not an ssh-ed25519 public key"):
        sshsig.parse_public_key((tmp_path / "ecdsa.pub").read_text())


def test_every_changed_byte_of_an_ssh_signature_is_noticed(tmp_path: Path) -> None:
    blob = sshsig.unarmor(ssh_sign(tmp_path, PAYLOAD))
    for at in range(len(blob)):
        changed = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
        with pytest.raises((Malformed, BadSignature)):
            sshsig.verify_blob(changed, PAYLOAD, KEY.public)
    for cut in range(len(blob)):
        with pytest.raises((Malformed, BadSignature)):
            sshsig.verify_blob(blob[:cut], PAYLOAD, KEY.public)
    with pytest.raises(Malformed):
        sshsig.verify_blob(blob + b"\0", PAYLOAD, KEY.public)


BEGIN, END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"


@pytest.mark.parametrize("data", [b"", BEGIN, BEGIN + END, b"x" * 20_000, BEGIN + b"*\n" + END, BEGIN + b"AAA\n" + END])
def test_broken_armor(data: bytes) -> None:
    with pytest.raises((Malformed, LimitExceeded)):
        sshsig.unarmor(data)


def test_public_key_lines() -> None:
    line = sshsig.format_public_key(KEY.public, "somebody")
    assert line.endswith(" somebody") and sshsig.parse_public_key(line + "\n") == KEY.public
    small = sshsig._string(b"ssh-ed25519") + sshsig._string(b"\1" + bytes(31))
    for bad in (
        "",
        "ssh-ed25519",
        "ssh-ed25519 é",
        "ssh-ed25519 AAAA",
        f"ssh-ed25519 {base64.b64encode(small).decode()}",
    ):
        with pytest.raises(Malformed):
            sshsig.parse_public_key(bad)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 50_000, b"[]" * 600])
def test_deep_nesting_is_malformed_also_on_a_thread_with_a_small_stack(data: bytes) -> None:
    caught: list[BaseException] = []

    def read() -> None:
        for reader in (dsse.accept, dsse.decode):
            try:
                reader(data)
            except Malformed as error:
                caught.append(error)

    before = threading.stack_size(256 << 10)
    try:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert [type(one) for one in caught] == [Malformed, Malformed]
