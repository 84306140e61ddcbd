"""Oblivious outputs: RFC 9497's vectors (Appendix A.1.2), proofs, keys in processes of their own, and enumeration."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from hashlib import sha256, sha512
from itertools import pairwise
from pathlib import Path

import pytest
import rbcl
from voprf import ristretto

from sousveil.errors import LimitExceeded, Locked, Malformed, Missing, Usage
from sousveil.investigation import oprf
from sousveil.investigation.importing import Settings, import_list
from sousveil.investigation.key_service import KeyService, Quota, remote
from sousveil.investigation.oprf import BATCH, ELEMENT, OUTPUT, PROOF, Evaluation, Key, outputs, parallel
from sousveil.investigation.releases import OUTPUTS_TYPE, output_bundle, read_outputs, signed
from sousveil.investigation.vault import Vault, utc_now
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey
from tests.investigation import rfc9497
from tests.investigation.drawn import CHANCE, holders, leaks, number, numbers

SEED, KEY_INFO = b"\xa3" * 32, b"test key"
PUBLIC = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e"
INPUTS = ("00", "5a" * 17)
BLIND = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"
OTHER_BLIND = "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e"
BLINDED = (
    "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
    "cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c",
    "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
)
EVALUATED = (
    "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
    "60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468",
    "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
)
PROOFS = (
    (
        "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
        "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d"
    ),
    (
        "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
        "67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02"
    ),
    (
        "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a"
        "5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08"
    ),
)
OUTPUTS = (
    (
        "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
        "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
    ),
    (
        "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
        "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"
    ),
)
BATCHES = ((BLINDED[:1], EVALUATED[:1]), (BLINDED[1:2], EVALUATED[1:2]), (BLINDED[::2], EVALUATED[::2]))


def raw(values: tuple[str, ...]) -> list[bytes]:
    return [bytes.fromhex(value) for value in values]


@pytest.mark.parametrize("vector", [0, 1, 2])
def test_the_library_and_our_reference_agree_with_the_rfc(vector: int) -> None:
    key = ristretto.Evaluator.from_seed(SEED, KEY_INFO)
    assert key.public_key.serialize().hex() == PUBLIC
    blinded, evaluated = (raw(values) for values in BATCHES[vector])
    elements = [ristretto.BlindedInput.deserialize(one) for one in blinded]
    answer = key.evaluate_batch(elements).serialize()
    assert answer[PROOF:] == b"".join(evaluated)
    public = bytes.fromhex(PUBLIC)
    assert rfc9497.verify(public, blinded, evaluated, answer[:PROOF])
    assert rfc9497.verify(public, blinded, evaluated, bytes.fromhex(PROOFS[vector]))
    other = rfc9497.hash_to_group(b"another element")
    assert not rfc9497.verify(public, blinded, [other, *evaluated[1:]], bytes.fromhex(PROOFS[vector]))


def test_blinding_and_finalizing_agree_with_the_rfc() -> None:
    key = ristretto.Evaluator.from_seed(SEED, KEY_INFO)
    multiply = rbcl.crypto_scalarmult_ristretto255
    for place, blind, vector in ((0, BLIND, 0), (1, BLIND, 1), (1, OTHER_BLIND, 2)):
        value = bytes.fromhex(INPUTS[place])
        assert bytes(multiply(bytes.fromhex(blind), rfc9497.hash_to_group(value))).hex() == BLINDED[vector]
        evaluated = bytes.fromhex(EVALUATED[vector])
        assert rfc9497.finalize(value, bytes.fromhex(blind), evaluated).hex() == OUTPUTS[place]
        assert key.evaluate_known_input(value).hex() == OUTPUTS[place]


def keys() -> tuple[Key, Key]:
    return Key(CHANCE.randbytes(32)), Key(CHANCE.randbytes(32))


def local(*given: Key) -> list[Evaluation]:
    return [Evaluation(public=key.public, evaluate=key.evaluate) for key in given]


def test_an_output_is_both_keys_outputs_hashed_together() -> None:
    seeds = CHANCE.randbytes(32), CHANCE.randbytes(32)
    inputs = [value.encode() for value in numbers(3)]
    from sousveil.investigation.oprf import INFO

    known = [ristretto.Evaluator.from_seed(seed, INFO) for seed in seeds]
    expected = [
        sha256(b"sousveil investigation output 1\n" + b"".join(key.evaluate_known_input(one) for key in known)).digest()
        for one in inputs
    ]
    assert outputs(inputs, local(*map(Key, seeds))) == outputs(inputs, local(*map(Key, seeds))) == expected


def test_a_key_never_sees_the_same_bytes_twice() -> None:
    seen: list[bytes] = []
    pair = keys()

    def evaluate(blinded: bytes) -> bytes:
        seen.append(blinded)
        return pair[0].evaluate(blinded)

    watched = [Evaluation(public=pair[0].public, evaluate=evaluate), *local(pair[1])]
    value = number().encode()
    outputs([value], watched)
    outputs([value, value], watched)
    elements = [one[place : place + ELEMENT] for one in seen for place in range(0, len(one), ELEMENT)]
    assert len(elements) == len(set(elements)) == 3
    assert rfc9497.hash_to_group(value) not in elements


@pytest.mark.parametrize(
    "cheat", ["another key", "another element", "shorter", "longer", "empty", "noise", "exchanged"]
)
def test_a_false_answer_is_noticed(cheat: str, capfd: pytest.CaptureFixture[str]) -> None:
    honest, other = keys()
    inputs = [b"first", b"second"]

    def evaluate(blinded: bytes) -> bytes:
        answer = honest.evaluate(blinded)
        proof, elements = answer[:PROOF], answer[PROOF:]
        return {
            "another key": other.evaluate(blinded),
            "another element": proof + rfc9497.hash_to_group(b"x") + elements[ELEMENT:],
            "shorter": answer[:-ELEMENT],
            "longer": answer + elements[:ELEMENT],
            "empty": b"",
            "noise": bytes(len(answer)),
            "exchanged": proof + elements[ELEMENT:] + elements[:ELEMENT],
        }[cheat]

    with pytest.raises(Malformed, match="did not show"):
        outputs(inputs, [Evaluation(public=honest.public, evaluate=evaluate), *local(other)])
    assert "first" not in capfd.readouterr().err


@pytest.mark.parametrize("blinded", [b"", b"\0" * 32, b"\xff" * 32, b"\1" * 31, b"\1" * 33])
def test_a_key_refuses_what_is_no_element(blinded: bytes) -> None:
    with pytest.raises(Malformed):
        keys()[0].evaluate(blinded)


def test_a_key_refuses_more_than_a_batch() -> None:
    with pytest.raises(Malformed):
        keys()[0].evaluate(rfc9497.hash_to_group(b"x") * (BATCH + 1))


def test_a_key_file_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = Key.create(path)
    assert Key.load(path).public == made.public and path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Usage):
        Key.create(path)
    path.chmod(0o644)
    with pytest.raises(Locked):
        Key.load(path)
    (tmp_path / "short").write_bytes(b"x")
    (tmp_path / "short").chmod(0o600)
    with pytest.raises(Malformed):
        Key.load(tmp_path / "short")
    with pytest.raises(Missing):
        Key.load(tmp_path / "nothing")


TOKEN = "a token of a test"
EXCHANGE_TOKEN = "another token, of the exchange"


@contextmanager
def serving(
    path: Path,
    key: Key,
    per_day: int = 100,
    today: date = date(2026, 11, 30),
    evaluate: Callable[[bytes], bytes] | None = None,
) -> Iterator[str]:
    """A key service on loopback, also for the exchange with a quota of two; gives its address."""
    clients = {TOKEN: Quota(path, per_day, lambda: today)}
    clients[EXCHANGE_TOKEN] = Quota(path.with_name("exchange"), 2, lambda: today)
    service = KeyService(0, key, clients, evaluate)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{service.server_port}"
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


def test_a_key_service_counts_against_its_quota_across_restarts(tmp_path: Path) -> None:
    first, second = keys()
    inputs = [value.encode() for value in numbers(3)]
    with serving(tmp_path / "count", first, per_day=5) as address:
        key = remote(address, TOKEN, first.public)
        assert outputs(inputs, [key, *local(second)]) == outputs(inputs, local(first, second))
        with pytest.raises(LimitExceeded):
            outputs(inputs, [key, *local(second)])
    with serving(tmp_path / "count", first, per_day=5) as address:
        key = remote(address, TOKEN)
        outputs(inputs[:2], [key, *local(second)])
        with pytest.raises(LimitExceeded):
            outputs(inputs[:1], [key, *local(second)])
    with (  # a clock set back gives nothing back
        serving(tmp_path / "count", first, per_day=5, today=date(2026, 11, 29)) as address,
        pytest.raises(LimitExceeded),
    ):
        outputs(inputs[:1], [remote(address, TOKEN), *local(second)])
    with serving(tmp_path / "count", first, per_day=5, today=date(2026, 12, 1)) as address:
        outputs(inputs, [remote(address, TOKEN), *local(second)])


def test_several_processes_give_the_same_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [Key.create(tmp_path / name) for name in ("first", "second")]
    inputs = [value.encode() for value in numbers(9)]
    expected = outputs(inputs, local(*made))
    monkeypatch.setattr(oprf, "BATCH", 4)
    monkeypatch.setattr(oprf, "FEW", 1)
    evaluate = parallel(tmp_path / "first", made[0], 2)
    seen: list[tuple[int, int]] = []
    with ExitStack() as stack:
        keys = [
            remote(stack.enter_context(serving(tmp_path / f"count{place}", key, evaluate=one)), TOKEN, key.public)
            for place, (key, one) in enumerate(zip(made, (evaluate, None), strict=True))
        ]
        assert outputs(inputs, keys, 2, lambda done, whole: seen.append((done, whole))) == expected
        (tmp_path / "first").unlink()  # an answer of a process that is gone comes from the service itself
        lost = parallel(tmp_path / "first", made[0], 2)
        assert (
            made[0].evaluate(rfc9497.hash_to_group(b"x") * 2)[PROOF:] == lost(rfc9497.hash_to_group(b"x") * 2)[PROOF:]
        )
    assert seen == [(4, 9), (8, 9), (9, 9)]


KEEPER = """
import os, sys, time
from sousveil.investigation.oprf import pool
if __name__ == "__main__":
    several = pool(1)
    print(several.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


def test_a_killed_process_leaves_nobody_behind_who_knows_numbers(tmp_path: Path) -> None:
    (tmp_path / "keeper.py").write_text(KEEPER)
    with subprocess.Popen([sys.executable, str(tmp_path / "keeper.py")], stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        worker = int(keeper.stdout.readline())
        keeper.kill()
    for _ in range(600):
        state = Path(f"/proc/{worker}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError("the process is still there")


def test_a_key_service_answers_only_those_with_its_token_and_only_elements(tmp_path: Path) -> None:
    key, other = keys()
    with serving(tmp_path / "count", key) as address:
        for wrong in ("", "another token of a test"):
            with pytest.raises(Missing):
                remote(address, wrong)
        with pytest.raises(Malformed):
            remote(address, TOKEN, other.public)
        shown = remote(address, TOKEN)
        for body in (b"", b"x", b"\0" * ELEMENT, bytes(ELEMENT * BATCH + ELEMENT)):
            with pytest.raises(Missing):
                shown.evaluate(body)
        assert len(shown.evaluate(rfc9497.hash_to_group(b"x"))) == PROOF + ELEMENT
    for address in (
        "https://127.0.0.1:1",
        "http://example.org:80",
        "http://127.0.0.1",
        "nothing",
        "http://127.0.0.1:9",
    ):
        with pytest.raises((Usage, Missing)):
            remote(address, TOKEN)
    with pytest.raises(Usage):
        KeyService(0, key, {"short": Quota(tmp_path / "count", 1, date.today)})


def test_each_client_of_a_key_service_has_a_quota_of_its_own(tmp_path: Path) -> None:
    key, other = keys()
    inputs = [value.encode() for value in numbers(3)]
    for _ in range(2):  # a restart gives nothing back
        with serving(tmp_path / "count", key, per_day=6) as address:
            with pytest.raises(LimitExceeded):
                outputs(inputs, [remote(address, EXCHANGE_TOKEN), *local(other)])
            outputs(inputs[:1], [remote(address, EXCHANGE_TOKEN), *local(other)])
            outputs(inputs, [remote(address, TOKEN), *local(other)])


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    people = holders(tmp_path, 2)
    Vault.create(tmp_path / "vault", [one.recipient for one in people], now=utc_now())
    with Vault.open(tmp_path / "vault", [people[0].identity], [people[1].identity]) as vault:
        yield vault


def filled(vault: Vault, values: list[str]) -> None:
    path = vault.folder.parent / "list.csv"
    path.write_text("number\n" + "".join(f"{value}\n" for value in values) + "unknown\n")
    import_list(vault, path, Settings(), now=utc_now())


def test_a_bundle_of_outputs_is_sorted_signed_by_two_and_names_whom_it_is_for(vault: Vault) -> None:
    values, pair, people = numbers(5), keys(), [PrivateKey.new() for _ in range(3)]
    filled(vault, [*values, values[0]])
    known = {one.public.id: one.public for one in people}
    data = output_bundle(vault, local(*pair), people[:2], recipient="exchange of a test", now=utc_now())
    bundle = read_outputs(data, known)
    parts = [bundle.outputs[place : place + OUTPUT] for place in range(0, len(bundle.outputs), OUTPUT)]
    assert sorted(parts) == parts == sorted(outputs([value.encode() for value in values], local(*pair)))
    assert (bundle.recipient, bundle.keys, bundle.vault) == (
        *("exchange of a test", (pair[0].public, pair[1].public)), vault.header.vault,
    )  # fmt: skip
    assert vault.history[-1].what == "outputs"
    for signers in ([people[0]], [people[0], people[0]]):
        with pytest.raises(Usage):
            output_bundle(vault, local(*pair), signers, recipient="x", now=utc_now())
    with pytest.raises(Usage):
        output_bundle(vault, local(pair[0], pair[0]), people[:2], recipient="x", now=utc_now())
    stranger = PrivateKey.new()
    payload = dsse.decode(data).payload
    for signers in ([people[0], stranger], [stranger, PrivateKey.new()]):
        with pytest.raises(BadSignature):
            read_outputs(signed(OUTPUTS_TYPE, payload, signers), known)
    with pytest.raises(Malformed):
        read_outputs(signed("text/plain", payload, people[:2]), known)


def test_a_small_number_plan_enumerated_finds_nothing_without_both_keys(vault: Vault) -> None:
    block = "+4477009" + f"{CHANCE.randrange(100):02}"  # reserved for fiction: 1,000 numbers
    plan = [f"{block}{rest:03}" for rest in range(1000)]
    listed = CHANCE.sample(plan, 20)
    pair, people = keys(), [PrivateKey.new() for _ in range(2)]
    filled(vault, listed)
    data = output_bundle(vault, local(*pair), people, recipient="exchange", now=utc_now())
    bundle = read_outputs(data, {one.public.id: one.public for one in people})
    table = {bundle.outputs[place : place + OUTPUT] for place in range(0, len(bundle.outputs), OUTPUT)}
    assert len(table) == len(listed)

    def tried(value: bytes) -> Iterator[bytes]:
        """What somebody without both keys can compute for a number."""
        one = pair[0]._evaluator.evaluate_known_input(value)
        for guess in (value, one, one + one, bundle.keys[0] + value, bundle.keys[1] + value):
            yield from (sha256(guess).digest(), sha512(guess).digest()[:OUTPUT], guess[:OUTPUT])
            yield sha256(b"sousveil investigation output 1\n" + guess).digest()

    assert not any(guess in table for value in plan for guess in tried(value.encode()))
    # with both keys the same enumeration finds exactly the list: the keys must be destroyed in the end
    both = [key._evaluator for key in pair]
    found = [
        value
        for value in plan
        if sha256(
            b"sousveil investigation output 1\n" + b"".join(key.evaluate_known_input(value.encode()) for key in both)
        ).digest()
        in table
    ]
    assert found == sorted(listed)
    (vault.folder.parent / "out").mkdir()
    (vault.folder.parent / "out" / "bundle").write_bytes(data)
    assert leaks([vault.folder.parent / "out"], [bundle.outputs], listed) == []
    assert all(a < b for a, b in pairwise(sorted(table)))
