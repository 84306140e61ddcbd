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


_END = b"PK\x05\x06" + bytes(18)


@pytest.mark.parametrize(
    "comment",
    [
        b"",
        b"a comment PK\x05\x06 that looks like an end",
        b"PK\x05\x06 short",
        _END + b"x",
        b"PK\x05\x05" + bytes(16) + struct.pack("<H", len(_END) + 1) + _END + b"x",
    ],
)
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


def test_a_member_without_a_local_header_is_a_fault() -> None:
    whole = made.build("a.b", v2=("3",))
    at = whole.index(b"AndroidManifest.xml") - 30
    apk = read(whole[:at] + b"PK\x03\x05" + whole[at + 4 :])
    assert apk.manifest.package is None and schemes(apk) == [("v2", sha256("3"))]
    assert apk.faults == ["the manifest: the archive's directory names a member that is missing."]


def test_a_part_of_the_block_without_a_signer_is_a_fault() -> None:
    whole = made.build("a.b")
    directory = whole.index(b"PK\x01\x02")
    size = struct.pack("<Q", 12 + 24)
    block = size + struct.pack("<QI", 4, made.V2) + size + b"APK Sig Block 42"
    (start,) = struct.unpack_from("<I", whole, len(whole) - 6)
    end = whole[directory:-6] + struct.pack("<I", start + len(block)) + whole[-2:]
    apk = read(whole[:directory] + block + end)
    assert apk.faults == ["the block of signatures: it is damaged."] and apk.certificates == []


def _chunks(data: bytes) -> list[tuple[int, int]]:
    """(kind, place) of the chunks of a binary manifest."""
    found, at = [], 8
    while at < len(data):
        kind, _, size = struct.unpack_from("<HHI", data, at)
        found.append((kind, at))
        at += size
    return found


def _put(data: bytes, form: str, at: int, value: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, at, value)
    return bytes(changed)


def test_numbers_of_a_manifest_that_are_too_large() -> None:
    data = made.manifest("a.b", permissions=CAMERA)
    pool = next(at for kind, at in _chunks(data) if kind == 1)
    first = next(at for kind, at in _chunks(data) if kind == 0x102)
    (count,) = struct.unpack_from("<I", data, pool + 8)
    for changed in (_put(data, "<I", pool + 8, 0xFFFFFFFF), _put(data, "<H", first + 16 + 12, 0xFFFF)):
        assert changed != data
        assert (read_manifest(changed).package, read_manifest(changed).permissions) == ("a.b", list(CAMERA))
    fewer = read_manifest(_put(data, "<I", pool + 8, count - 1))
    assert (fewer.package, fewer.permissions) == ("a.b", [CAMERA[0]])
