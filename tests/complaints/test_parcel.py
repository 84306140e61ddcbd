"""Messages as archives: filled up, read strictly, openable without this program, closed to whoever changes them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sousveil.complaints import parcel, sealing
from sousveil.complaints.parcel import About, Attached, Message
from sousveil.errors import LimitExceeded, Locked, Malformed, SousveilError
from tests.profiles import examples

ABOUT = About(thread="ab" * 16, number=1, answers_to="age1x")
FILES = st.lists(st.tuples(st.text(max_size=120), st.binary(max_size=600)), max_size=4)
PAIR, OTHER = sealing.new_identity(), sealing.new_identity()
SEALED = sealing.seal(parcel.pack(ABOUT, Message(text="x" * 90)), [PAIR[1]])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=800), FILES)
def test_round_trip_at_one_of_six_sizes(text: str, files: list[tuple[str, bytes]]) -> None:
    message = Message(text=text, files=tuple(Attached(*one) for one in files)).checked()
    plain = parcel.pack(ABOUT, message)
    about, found = parcel.unpack(plain)
    assert (found, about.names) == (message, [one.name for one in message.files])
    assert len(plain) in parcel.BUCKETS


@given(st.integers(0, 16 << 20))
def test_buckets(size: int) -> None:
    chosen = parcel.bucket(size)
    smaller = [one for one in parcel.BUCKETS if one < chosen]
    assert size <= chosen and all(size > one for one in smaller)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=1500), st.text(max_size=1500))
def test_texts_of_any_length_look_the_same(one: str, other: str) -> None:
    sizes = {len(parcel.pack(ABOUT, Message(text=text).checked())) for text in (one, other)}
    assert sizes == {16 << 10}


def test_the_largest_that_is_taken_fits() -> None:
    files = (*[Attached("n" * 100, b"")] * 7, Attached("big", bytes(parcel.FILES_BYTES_MAX)))
    plain = parcel.pack(ABOUT, Message(text="\U0001f600" * parcel.TEXT_MAX, files=files).checked())
    assert len(plain) == parcel.BUCKETS[-1]


@pytest.mark.parametrize(
    "message",
    [
        Message(text="x" * 20_001),
        Message(text="", files=tuple(Attached("a", b"") for _ in range(9))),
        Message(text="", files=(Attached("a", bytes((15 << 20) + 1)),)),
    ],
)
def test_too_much(message: Message) -> None:
    with pytest.raises(LimitExceeded):
        message.checked()


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("a\r\nX-Evil: 1", "a ↵ X-Evil: 1"),
        ("\u202egnp.exe", "gnp.exe"),
        ("", "file"),
        ("...", "file"),
        ("\x00", "\\u0000"),
        ("\ud800", "?"),
        ("n" * 5000, "n" * 99 + "…"),
    ],
)
def test_odd_names(given_name: str, shown: str) -> None:
    assert parcel.safe_name(given_name) == shown


def test_opens_with_tar_alone(tmp_path: Path) -> None:
    plain = parcel.pack(ABOUT, Message(text="Hé", files=(Attached("../../x", b"data"),)))
    run = subprocess.run(["tar", "-x", "-C", tmp_path], input=plain, capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".json"} == {
        "message.txt": "Hé".encode(),
        "file-01": b"data",
    }


@settings(max_examples=examples(300))
@given(st.data())
def test_a_changed_ciphertext_never_opens(data: st.DataObject) -> None:
    changed = bytearray(SEALED)
    at = data.draw(st.integers(0, len(SEALED) - 1))
    kind = data.draw(st.sampled_from(["bit", "cut", "insert"]))
    if kind == "bit":
        changed[at] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "cut":
        del changed[at:]
    else:
        changed[at:at] = data.draw(st.binary(min_size=1, max_size=9))
    if bytes(changed) == SEALED:
        return
    try:
        opened = sealing.unseal(bytes(changed), [PAIR[0]])
    except SousveilError:
        return
    raise AssertionError(f"{kind} at {at} opened: {len(opened)} bytes")


def test_another_key_does_not_open() -> None:
    with pytest.raises(Locked):
        sealing.unseal(SEALED, [OTHER[0]])
    with pytest.raises(Malformed, match="not encrypted with age"):
        sealing.unseal(b"plain", [PAIR[0]])


@settings(max_examples=examples(200))
@given(st.integers(0, (16 << 10) - 1), st.integers(1, 255))
def test_plain_bytes_that_pack_does_not_make_are_refused(at: int, change: int) -> None:
    """Whoever is able to encrypt to a handler cannot bring a crafted archive to the offline machine."""
    plain = bytearray(parcel.pack(ABOUT, Message(text="short", files=(Attached("n", b"data"),))))
    plain[at] = (plain[at] + change) % 256
    try:
        about, message = parcel.unpack(bytes(plain))
    except Malformed:
        return
    assert parcel.pack(about, message) == bytes(plain)
