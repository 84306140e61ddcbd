"""Policies, who counts as independent, and receipts."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from sousveil.errors import LimitExceeded, Malformed
from sousveil.ledger import checkpoint, merkle, note, policy, receipt
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import BadSignature, Disagreement
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.policy import COULD_REWRITE, Cosigned, parse_policy
from sousveil.ledger.receipt import Receipt
from tests.ledger.plain import Memory, naive_root

LOG = note.Signer(name="example.org/log", key=PrivateKey(b"L" * 32))
NAMES = {"x1": "x.example/1", "x2": "x.example/2", "y": "y.example/w", "z": "z.example/w", "own": "example.org/log/w"}
WITNESSES = {
    name: note.Signer(name=full, key=PrivateKey(name.encode().ljust(32, b"-")), algorithm=note.COSIGNATURE)
    for name, full in NAMES.items()
}
LINES = "".join(f"witness {name} {one.verifier.vkey()}\n" for name, one in WITNESSES.items())
TEXT = f"""# who is trusted
log {LOG.verifier.vkey()} https://example.org/log

{LINES}
group org:x any x1 x2
group\tquorum-group  2 org:x y z
 quorum quorum-group
"""
POLICY = parse_policy(TEXT.encode())
ENTRIES = [merkle.leaf_hash(b"%d" % n) for n in range(5)]
HEAD = Checkpoint(origin="example.org/log", size=5, root=naive_root(ENTRIES))


def cosigned(*names: str, signer: note.Signer = LOG) -> bytes:
    data = checkpoint.sign(HEAD, [signer])
    return checkpoint.add_signatures(data, [WITNESSES[name].sign(HEAD.text(), at=1_000) for name in names])


@pytest.mark.parametrize(
    ("names", "organisations", "quorum"),
    [
        ((), (), False),
        (("own",), (), False),
        (("x1", "x2"), ("x",), False),  # two witnesses of one organisation count once
        (("x1", "own"), ("x",), False),
        (("x2", "y"), ("x", "y"), True),
        (("y", "z"), ("y", "z"), True),
        (("x1", "x2", "y", "z", "own"), ("x", "y", "z"), True),
    ],
)
def test_who_cosigned(names: tuple[str, ...], organisations: tuple[str, ...], quorum: bool) -> None:
    found = POLICY.look(cosigned(*names))
    assert found.checkpoint == HEAD and found.log == LOG.verifier
    assert found.cosigned == Cosigned(
        witnesses=tuple(sorted(names)),
        organisations=organisations,
        times=dict.fromkeys(sorted(names), 1_000),
        quorum=quorum,
    )
    assert found.cosigned.independent == len(organisations)
    if quorum:
        assert POLICY.check(cosigned(*names)) == found
    else:
        with pytest.raises(Disagreement, match="Too few witnesses cosigned this checkpoint"):
            POLICY.check(cosigned(*names))


def test_how_it_is_said() -> None:
    assert str(POLICY.look(cosigned("own")).cosigned) == COULD_REWRITE
    assert COULD_REWRITE == "The operator could still rewrite this log: no independent witness cosigned."
    assert str(POLICY.look(cosigned("y")).cosigned) == "1 independent witness cosigned: y. The policy asks for more."
    assert str(POLICY.look(cosigned("y", "x1")).cosigned) == "2 independent witnesses cosigned: x, y."


def test_the_operators_own_witnesses_never_count() -> None:
    text = TEXT.replace("group org:x any x1 x2", "group org:operator any x1 x2").replace(
        "2 org:x y", "2 org:operator y"
    )
    found = parse_policy(text.encode()).look(cosigned("x1", "x2", "own", "y")).cosigned
    assert (found.organisations, found.quorum) == (("y",), True)
    same_key = note.Signer(name="far.example/w", key=LOG.key, algorithm=note.COSIGNATURE)
    alone = parse_policy(f"log {LOG.verifier.vkey()}\nwitness w {same_key.verifier.vkey()}\nquorum w\n".encode()).check(
        checkpoint.add_signatures(checkpoint.sign(HEAD, [LOG]), [same_key.sign(HEAD.text(), at=1)])
    )
    assert (alone.cosigned.witnesses, alone.cosigned.independent) == (("w",), 0)


def test_a_checkpoint_of_another_log_is_none() -> None:
    stranger = note.Signer(name="example.org/log", key=PrivateKey(b"S" * 32))
    with pytest.raises(BadSignature):
        POLICY.look(cosigned("x1", "y", signer=stranger))
    renamed = note.Signer(name="example.org/other", key=LOG.key)
    with pytest.raises(BadSignature, match="No log of the policy signed"):
        POLICY.look(cosigned("x1", "y", signer=renamed))
    forged = cosigned("x1").replace(b"\n5\n", b"\n6\n")
    with pytest.raises(BadSignature, match="does not hold"):
        POLICY.look(forged)


def test_a_policy_is_written_and_read_again() -> None:
    assert parse_policy(POLICY.text().encode()) == POLICY
    assert POLICY.text().splitlines()[-3:] == [
        "group org:x 1 x1 x2",
        "group quorum-group 2 org:x y z",
        "quorum quorum-group",
    ]
    only = policy.only_log(LOG.verifier)
    assert parse_policy(only.text().encode()) == only
    assert only.check(cosigned("y")).cosigned == Cosigned(witnesses=(), organisations=(), times={}, quorum=True)


W = WITNESSES["y"].verifier.vkey()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no quorum"),
        ("quorum none\nquorum none\n", "Line 2 of this policy: There is a second quorum"),
        ("quorum y\n", "y is not defined above"),
        (f"witness y {W}\nwitness z {W}\nquorum none\n", "Line 2 of this policy: The same key"),
        (f"witness y {W}\nwitness y {WITNESSES['z'].verifier.vkey()}\nquorum y\n", "The name y is taken"),
        (f"witness none {W}\nquorum none\n", "The name none is taken"),
        (f"witness y {LOG.verifier.vkey()}\nquorum y\n", "of type 0x01, not 0x04"),
        (f"log {W}\nquorum none\n", "of type 0x04, not 0x01"),
        (f"witness y {W}\ngroup g 2 y\nquorum g\n", "A group of 1 cannot ask for 2"),
        (f"witness y {W}\ngroup g 0 y\nquorum g\n", "A group of 1 cannot ask for 0"),
        (f"witness y {W}\ngroup g some y\nquorum g\n", "not a decimal number"),
        (f"witness y {W}\ngroup g any y y\nquorum g\n", "y is in a group already"),
        (f"witness y {W}\ngroup g any g\nquorum g\n", "g is not defined above"),
        (f"witness y {W}\ngroup g any none\nquorum g\n", "none is not defined above"),
        ("witness y\nquorum none\n", "It is none of log, witness"),
        ("quorum none\r\n", "control characters"),
        ("sorry\n", "Line 1 of this policy: It is none of"),
    ],
)
def test_broken_policies_are_malformed(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        parse_policy(text.encode())


def test_limits_and_octets_of_policies() -> None:
    with pytest.raises(LimitExceeded):
        parse_policy(b"\n" * 1_001)
    odd = parse_policy(b"# \xff\nwitness \xff " + W.encode() + b"\nquorum \xff\n")
    assert list(odd.witnesses) == ["\udcff"]


def made(index: int, *names: str) -> bytes:
    return receipt.make(index, merkle.inclusion_proof(Memory(ENTRIES), index, 5), cosigned(*names))


def test_a_receipt_shows_an_entry_under_a_policy() -> None:
    data = made(3, "x1", "z")
    path = merkle.inclusion_proof(Memory(ENTRIES), 3, 5)
    lines = [b"c2sp.org/tlog-proof@v1", b"index 3", *map(base64.b64encode, path), b"", cosigned("x1", "z")]
    assert data == b"\n".join(lines)
    shown = receipt.verify(data, b"3", POLICY)
    assert (shown.origin, shown.index, shown.size, shown.root) == ("example.org/log", 3, 5, HEAD.root)
    assert str(shown) == ("Entry 3 is in the log example.org/log of 5 entries. 2 independent witnesses cosigned: x, z.")
    extra = Receipt(index=3, proof=tuple(path), checkpoint=cosigned("x1", "z"), extra=b"note")
    assert receipt.parse(extra.format()) == extra and extra.format().split(b"\n")[1] == b"extra bm90ZQ=="
    assert receipt.verify(extra.format(), b"3", POLICY) == shown


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda data: data.replace(b"index 3", b"index 2"), Disagreement),
        (lambda data: data.replace(b"index 3", b"index 5"), Malformed),
        (lambda data: data.replace(b"index 3", b"index 03"), Malformed),
        (lambda data: data.replace(b"index 3", b"index -3"), Malformed),
        (lambda data: data.replace(b"proof@v1", b"proof@v2"), Malformed),
        (lambda data: data.replace(b"\nindex 3", b""), Malformed),
        (lambda data: data.replace(b"\n5\n", b"\n4\n"), BadSignature),
        (lambda data: data.replace(b"index 3\n", b"index 3\n" + b"A" * 43 + b"=\n"), Malformed),
        (lambda data: data.replace(b"index 3\n", b"index 3\n" + b"AAAA\n"), Malformed),
        (lambda data: data[: data.index(b"\n\n") + 2], Malformed),
        (lambda data: data[:-40], Malformed),
        (lambda _: b"", Malformed),
        (lambda _: made(3, "x1"), Disagreement),
        (lambda _: made(2, "x1", "y"), Disagreement),
    ],
)
def test_other_receipts_show_nothing(change: Callable[[bytes], bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        receipt.verify(change(made(3, "x1", "z")), b"3", POLICY)


def test_a_receipt_of_another_entry_shows_nothing() -> None:
    with pytest.raises(Disagreement, match="Entry 3 is not in the log of 5 entries"):
        receipt.verify(made(3, "x1", "z"), b"4", POLICY)
    with pytest.raises(LimitExceeded):
        receipt.parse(b"x" * (receipt.MAX_BYTES + 1))
    many = Receipt(index=3, proof=(bytes(32),) * 64, checkpoint=cosigned("x1"))
    with pytest.raises(LimitExceeded):
        receipt.parse(many.format())


@pytest.mark.parametrize(
    ("name", "independent"),
    [("example.org/log", 0), ("example.org/log/w", 0), ("example.org/logs", 1), ("example.org/log-w/1", 1)],
)
def test_only_a_name_below_that_of_the_log_is_the_operators(name: str, independent: int) -> None:
    witness = note.Signer(name=name, key=PrivateKey(b"W" * 32), algorithm=note.COSIGNATURE)
    policy = parse_policy(f"log {LOG.verifier.vkey()}\nwitness w {witness.verifier.vkey()}\nquorum w\n".encode())
    signed = checkpoint.add_signatures(checkpoint.sign(HEAD, [LOG]), [witness.sign(HEAD.text(), at=1)])
    assert policy.check(signed).cosigned.independent == independent


def test_a_group_of_all_asks_for_each_of_its_members() -> None:
    found = parse_policy((TEXT.replace("any x1 x2", "all x1 x2")).encode())
    assert found.groups["org:x"].least == 2 and POLICY.groups["org:x"].least == 1


def test_a_key_that_is_no_text_is_malformed() -> None:
    with pytest.raises(Malformed, match="not UTF-8"):
        parse_policy(TEXT.encode().replace(b"log example", b"log \xffxample", 1))
