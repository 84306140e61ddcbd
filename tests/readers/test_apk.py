"""Packages of the generator, read; and hostile ones."""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Sequence

import pytest

from phonegen.android import apk as made
from sousveil.errors import Malformed, SousveilError
from sousveil.readers.apk import Apk, read_apk, read_idsig, read_manifest


class Bytes:
    """Bytes as a `Readable`."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, amount: int, offset: int) -> bytes:
        return self.data[offset : offset + amount] if offset >= 0 else b""

    def close(self) -> None: ...


def read(data: bytes) -> Apk:
    return read_apk(Bytes(data))


CAMERA = ("android.permission.CAMERA", "android.permission.RECORD_AUDIO")


@pytest.mark.parametrize("utf8", [False, True])
def test_manifest(utf8: bool) -> None:
    data = made.build(
        "com.example.one", v2=("a",), code=4711, version="2.3-ü", permissions=CAMERA, utf8=False, debuggable=True
    )
    if utf8:
        data = made.build("com.example.one", v2=("a",), code=4711, version="2.3-u", permissions=CAMERA, utf8=True)
    apk = read(data)
    manifest = apk.manifest
    assert (manifest.package, manifest.version_code, manifest.permissions) == ("com.example.one", 4711, list(CAMERA))
    assert manifest.version == ("2.3-u" if utf8 else "2.3-ü")
    assert (manifest.minimum_sdk, manifest.target_sdk, manifest.debuggable) == (21, 33, not utf8)
    assert apk.faults == []


def schemes(apk: Apk) -> list[tuple[str, str]]:
    return [(one.scheme, one.sha256) for one in apk.certificates]


def sha256(seed: str) -> str:
    return hashlib.sha256(made.certificate(seed)).hexdigest()


@pytest.mark.parametrize("comment", [b"", b"a comment PK\x05\x06 that looks like an end"])
def test_certificates_of_every_scheme(comment: bytes) -> None:
    apk = read(made.build("a.b", v1=("1", "2"), v2=("3",), v3=("4",), v31=("6",), lineage=("5", "4"), comment=comment))
    wanted = [("v2", "3"), ("v3", "4"), ("lineage", "5"), ("lineage", "4"), ("v3.1", "6"), ("v1", "1"), ("v1", "2")]
    assert schemes(apk) == [(scheme, sha256(seed)) for scheme, seed in wanted]
    first = apk.certificates[5]
    assert first.sha1 == hashlib.sha1(made.certificate("1"), usedforsecurity=False).hexdigest()
    assert first.md5 == hashlib.md5(made.certificate("1"), usedforsecurity=False).hexdigest()


def test_side_files_of_scheme_4() -> None:
    assert read_idsig(made.idsig("x")) == made.certificate("x")
    for cut in (0, 3, 40, 120):
        with pytest.raises(Malformed):
            read_idsig(made.idsig("x")[:cut])
    with pytest.raises(Malformed, match="unknown version"):
        read_idsig(struct.pack("<I", 1) + made.idsig("x")[4:])


def test_an_unsigned_package_has_no_certificates_and_no_fault() -> None:
    apk = read(made.build("a.b"))
    assert (apk.certificates, apk.faults, apk.manifest.package) == ([], [], "a.b")


def test_damaged_parts_are_faults_and_the_rest_is_read() -> None:
    whole = made.build("a.b", v1=("1",), v2=("3",))
    size = whole.index(b"APK Sig Block 42") - 8
    lying = whole[:size] + struct.pack("<Q", 1 << 40) + whole[size + 8 :]
    apk = read(lying)
    assert apk.faults == ["the block of signatures: its size is invalid."]
    assert schemes(apk) == [("v1", sha256("1"))] and apk.manifest.package == "a.b"
    hidden = read(whole.replace(b"AndroidManifest.xml", b"AndroidManifest.xm_"))
    assert hidden.faults == ["the manifest: it has none."] and len(hidden.certificates) == 2


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(17), bytes(5000)])
def test_what_is_no_archive(data: bytes) -> None:
    with pytest.raises(Malformed, match="not a zip archive"):
        read(data)


def _changes(data: bytes, count: int) -> Sequence[bytes]:
    rng = random.Random(11)
    made_ = []
    for _ in range(count):
        changed = bytearray(data)
        for _ in range(rng.randint(1, 6)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        made_.append(bytes(changed[: rng.randint(len(changed) // 2, len(changed))] if rng.random() < 0.2 else changed))
    return made_


def test_changed_packages_give_a_package_or_an_error_of_ours() -> None:
    for data in _changes(made.build("a.b", v1=("1",), v2=("3",), v3=("4",), lineage=("5",), permissions=CAMERA), 600):
        try:
            read(data)
        except SousveilError:
            continue
    for data in _changes(made.manifest("a.b", permissions=CAMERA), 600):
        try:
            read_manifest(data)
        except (SousveilError, struct.error, IndexError):
            continue
