"""Android packages (APK): name, version, permissions, and the certificates of every signature scheme.

No signature is verified: a certificate says whom the file names as its maker. The file is hostile; everything that is
read has a limit, and nothing is unpacked to disk.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator

import msgspec

from sousveil.acquisition.model import Readable
from sousveil.errors import LimitExceeded, Malformed, SousveilError
from sousveil.texts import t

MAX_MANIFEST = 4 << 20
MAX_SIGNATURE = 1 << 20
MAX_BLOCK = 8 << 20
MAX_MEMBERS = 100_000
MAX_STRINGS = 50_000
MAX_PERMISSIONS = 500
MAX_CERTIFICATES = 64
_BLOCK_MAGIC = b"APK Sig Block 42"
_SCHEMES = {0x7109871A: "v2", 0xF05368C0: "v3", 0x1B93AD61: "v3.1"}
_ROTATION = 0x3BA06F8C
_NAME, _DEBUGGABLE, _VERSION_CODE, _VERSION_NAME = 0x01010003, 0x0101000F, 0x0101021B, 0x0101021C
_MIN_SDK, _TARGET_SDK, _MAJOR = 0x0101020C, 0x01010270, 0x01010576
_NONE = 0xFFFFFFFF


class Certificate(msgspec.Struct, frozen=True):
    """A certificate that the file names as its signer's."""

    scheme: str
    """`v1`, `v2`, `v3`, `v3.1`, `v4`, or `lineage`: a former certificate of the same maker."""
    der: bytes

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def sha1(self) -> str:
        """Of its bytes: published lists of stalkerware use it."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest()

    @property
    def md5(self) -> str:
        """Of its bytes."""
        return hashlib.md5(self.der, usedforsecurity=False).hexdigest()


class Manifest(msgspec.Struct):
    """What AndroidManifest.xml says."""

    package: str | None = None
    version_code: int | None = None
    version: str | None = None
    minimum_sdk: int | None = None
    target_sdk: int | None = None
    debuggable: bool = False
    permissions: list[str] = msgspec.field(default_factory=list)


class Apk(msgspec.Struct):
    """One package. `faults`: what could not be read of it, in words."""

    manifest: Manifest = msgspec.field(default_factory=Manifest)
    certificates: list[Certificate] = msgspec.field(default_factory=list)
    faults: list[str] = msgspec.field(default_factory=list)

    def add(self, scheme: str, der: bytes) -> None:
        """Take a certificate in, once for each scheme."""
        made = Certificate(scheme, der)
        if made not in self.certificates and len(self.certificates) < MAX_CERTIFICATES:
            self.certificates.append(made)


def read_apk(source: Readable) -> Apk:
    """What a package says of itself. Raises Malformed where it is no zip archive; a part that is damaged is a fault."""
    apk = Apk()
    end, start, count = _directory(source)
    manifest: tuple[int, ...] | None = None
    signatures: list[tuple[int, ...]] = []
    for name, place in _entries(source, start, end, count):
        if name == b"AndroidManifest.xml" and manifest is None:
            manifest = place
        elif name.upper().startswith(b"META-INF/") and name.upper().endswith((b".RSA", b".DSA", b".EC")):
            signatures.append(place)
    # In the order of the bytes after the directory, so that packed content is unfolded twice at most.
    with _part(apk, t("error.apk.block_signatures")):
        for scheme, der in _block_certificates(source, start):
            apk.add(scheme, der)
    with _part(apk, t("error.apk.manifest")):
        if manifest is None:
            raise Malformed(t("error.apk.none"))
        apk.manifest = read_manifest(_content(source, manifest, MAX_MANIFEST))
    for place in sorted(signatures[:MAX_CERTIFICATES], key=lambda place: place[3]):
        with _part(apk, t("error.apk.signature_scheme")):
            for der in pkcs7_certificates(_content(source, place, MAX_SIGNATURE)):
                apk.add("v1", der)
    return apk


class _part:
    """Makes what is wrong with one part a fault of the package."""

    def __init__(self, apk: Apk, name: str) -> None:
        self._apk, self._name = apk, name

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if isinstance(error, SousveilError | struct.error | IndexError | zlib.error):
            reason = error.message if isinstance(error, SousveilError) else t("error.apk.damaged")
            self._apk.faults.append(f"{self._name}: {reason.rstrip('.')}.")
            return True
        return False


# ---------------------------------------------------------------- zip
def _directory(source: Readable) -> tuple[int, int, int]:
    """(where the end record stands, where the directory begins, number of members)."""
    tail_start = max(0, source.size - (64 << 10) - 22)
    tail = source.read(source.size - tail_start, tail_start)
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if len(tail) - at >= 22:
            count, size, start, comment = struct.unpack_from("<HIIH", tail, at + 10)
            whole = at + 22 + comment == len(tail) and start + size <= tail_start + at
            if whole and (not count or source.read(4, start) == b"PK\x01\x02"):
                return tail_start + at, start, count
        at = tail.rfind(b"PK\x05\x06", 0, at)
    raise Malformed(t("error.apk.package_zip_archive"))


def _entries(source: Readable, start: int, end: int, count: int) -> Iterator[tuple[bytes, tuple[int, ...]]]:
    """(name, (method, stored bytes, bytes, place of the local header)) of each member."""
    position = start
    for _ in range(min(count or MAX_MEMBERS, MAX_MEMBERS)):
        head = source.read(46, position) if position + 46 <= end else b""
        if head[:4] != b"PK\x01\x02":
            return
        method, stored, size, name, extra, comment, local = struct.unpack("<10xH8xIIHHH8xI", head)
        yield source.read(name, position + 46), (method, stored, size, local)
        position += 46 + name + extra + comment


def _content(source: Readable, place: tuple[int, ...], limit: int) -> bytes:
    """A member's content. Android reads a member as stored whatever an unknown method says, and so does this."""
    method, stored, size, local = place
    head = source.read(30, local)
    if head[:4] != b"PK\x03\x04":
        raise Malformed(t("error.apk.archive_directory_names"))
    name, extra = struct.unpack_from("<HH", head, 26)
    begin = local + 30 + name + extra
    if method != 8:
        if size > limit:
            raise LimitExceeded(t("error.apk.larger_bytes", limit=limit))
        return source.read(size, begin)
    if stored > limit:
        raise LimitExceeded(t("error.apk.larger_bytes", limit=limit))
    machine = zlib.decompressobj(-15)
    data = machine.decompress(source.read(stored, begin), limit + 1)
    if len(data) > limit:
        raise LimitExceeded(t("error.apk.unfolds_more_bytes", limit=limit))
    return data


# ---------------------------------------------------------------- binary XML
def _strings(data: bytes, start: int, size: int) -> list[str]:
    """The pool of texts; a text that points outside is empty."""
    count, _, flags, texts, _ = struct.unpack_from("<IIIII", data, start + 8)
    header = struct.unpack_from("<H", data, start + 2)[0]
    count = min(count, (size - header) // 4, MAX_STRINGS)
    end, utf8 = start + size, bool(flags & 0x100)
    made: list[str] = []
    total = 0
    for offset in struct.unpack_from(f"<{count}I", data, start + header):
        at = start + texts + offset
        text = _utf8(data, at, end) if utf8 else _utf16(data, at, end)
        total += len(text)
        made.append(text if total <= MAX_MANIFEST else "")
    return made


def _utf8(data: bytes, at: int, end: int) -> str:
    for _ in range(2):  # characters, then bytes
        if at + 1 >= end:
            return ""
        length = data[at]
        at += 1
        if length & 0x80:
            length = (length & 0x7F) << 8 | data[at]
            at += 1
    return data[at : min(at + length, end)].decode("utf-8", "replace")


def _utf16(data: bytes, at: int, end: int) -> str:
    if at + 4 > end:
        return ""
    length = struct.unpack_from("<H", data, at)[0]
    at += 2
    if length & 0x8000:
        length = (length & 0x7FFF) << 16 | struct.unpack_from("<H", data, at)[0]
        at += 2
    return data[at : min(at + 2 * length, end)].decode("utf-16-le", "replace")


def read_manifest(data: bytes) -> Manifest:
    """AndroidManifest.xml in its binary form. Raises Malformed."""
    if len(data) < 8 or struct.unpack_from("<H", data)[0] not in (3, 0):
        raise Malformed(t("error.apk.binary_xml"))
    made = Manifest()
    strings: list[str] = []
    resources: list[int] = []
    position = struct.unpack_from("<H", data, 2)[0]
    while position + 8 <= len(data):
        kind, header, size = struct.unpack_from("<HHI", data, position)
        if size < 8 or position + size > len(data):
            break
        if kind == 1 and not strings:
            strings = _strings(data, position, size)
        elif kind == 0x180 and not resources:
            resources = list(struct.unpack_from(f"<{(size - 8) // 4}I", data, position + 8))
        elif kind == 0x102:
            _element(data, position, header, size, strings, resources, made)
        position += size
    if made.package is None:
        raise Malformed(t("error.apk.names_package"))
    return made


def _element(
    data: bytes, start: int, header: int, size: int, strings: list[str], resources: list[int], made: Manifest
) -> None:
    """One element that begins."""

    def text(number: int) -> str:
        return strings[number] if number < len(strings) else ""

    body = start + header
    name, first, step, count = struct.unpack_from("<4xIHHH", data, body)
    tag = text(name)
    values: dict[int | str, int | str] = {}
    for number in range(min(count, (size - header) // max(step, 20))):
        _, key, raw, kind, value = struct.unpack_from("<III3xBI", data, body + first + number * max(step, 20))
        known: int | str = resources[key] if key < len(resources) and resources[key] else text(key)
        values[known] = text(value) if kind == 3 else text(raw) if raw != _NONE else value

    def number_of(key: int) -> int | None:
        value = values.get(key)
        if isinstance(value, str):
            return int(value) if value.isdecimal() and len(value) < 19 else None
        return value

    if tag == "manifest" and made.package is None:
        package = values.get("package")
        made.package = package[:255] if isinstance(package, str) and package else None
        code = number_of(_VERSION_CODE)
        made.version_code = None if code is None else code + ((number_of(_MAJOR) or 0) << 32)
        version = values.get(_VERSION_NAME)
        made.version = version[:200] if isinstance(version, str) else None
    elif tag == "uses-sdk":
        made.minimum_sdk, made.target_sdk = number_of(_MIN_SDK), number_of(_TARGET_SDK)
    elif tag in ("uses-permission", "uses-permission-sdk-23"):
        permission = values.get(_NAME)
        if isinstance(permission, str) and permission and len(made.permissions) < MAX_PERMISSIONS:
            made.permissions.append(permission[:200])
    elif tag == "application":
        made.debuggable = bool(values.get(_DEBUGGABLE))


# ---------------------------------------------------------------- certificates
def _node(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """(tag, where the value begins, where it ends) of the DER value at a place."""
    tag, length = data[at], data[at + 1]
    at += 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or at + count > end:
            raise Malformed(t("error.apk.signature_damaged"))
        length = int.from_bytes(data[at : at + count], "big")
        at += count
    if at + length > end:
        raise Malformed(t("error.apk.signature_cut_off"))
    return tag, at, at + length


def pkcs7_certificates(data: bytes) -> list[bytes]:
    """The certificates of a signed message (PKCS #7), each as DER. Raises Malformed."""
    _, at, end = _node(data, 0, len(data))
    _, _, after = _node(data, at, end)
    tag, at, end = _node(data, after, end)
    if tag != 0xA0:
        raise Malformed(t("error.apk.signature_signed_message"))
    _, at, end = _node(data, at, end)
    found: list[bytes] = []
    while at < end:
        tag, inner, after = _node(data, at, end)
        if tag == 0xA0:
            while inner < after and len(found) < MAX_CERTIFICATES:
                kind, _, following = _node(data, inner, after)
                if kind == 0x30:
                    found.append(data[inner:following])
                inner = following
        at = after
    if not found:
        raise Malformed(t("error.apk.signature_contains_certificate"))
    return found


class _Slice:
    """Bytes read front to back, in which each part is preceded by its length."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def __bool__(self) -> bool:
        return self.at < len(self.data)

    def number(self) -> int:
        value: int = struct.unpack_from("<I", self.data, self.at)[0]
        self.at += 4
        return value

    def part(self) -> bytes:
        size = self.number()
        if size > len(self.data) - self.at:
            raise Malformed(t("error.apk.part_claims_more"))
        self.at += size
        return self.data[self.at - size : self.at]

    def parts(self) -> Iterator[_Slice]:
        for _ in range(MAX_CERTIFICATES):
            if not self:
                return
            yield _Slice(self.part())


def _block_certificates(source: Readable, directory: int) -> Iterator[tuple[str, bytes]]:
    """(scheme, certificate) of the block of signatures before the directory; nothing where there is none."""
    foot = source.read(24, directory - 24) if directory >= 32 else b""
    if foot[8:] != _BLOCK_MAGIC:
        return
    size = struct.unpack_from("<Q", foot)[0]
    if not 24 <= size <= min(MAX_BLOCK, directory - 8):
        raise Malformed(t("error.apk.size_invalid"))
    body = source.read(size - 24, directory - size)
    at = 0
    for _ in range(MAX_CERTIFICATES):
        if at + 12 > len(body):
            return
        length, kind = struct.unpack_from("<QI", body, at)
        if length < 4 or at + 8 + length > len(body):
            raise Malformed(t("error.apk.part_claims_more"))
        if kind in _SCHEMES:
            for signer in _Slice(_Slice(body[at + 12 : at + 8 + length]).part()).parts():
                yield from _signer(_SCHEMES[kind], _Slice(signer.part()))
        at += 8 + length


def _signer(scheme: str, signed: _Slice) -> Iterator[tuple[str, bytes]]:
    """The certificates of one signer's signed data, and of its lineage."""
    signed.part()  # digests
    for certificate in _Slice(signed.part()).parts():
        yield scheme, certificate.data
    if scheme != "v2":
        signed.number(), signed.number()  # the versions of Android that it is for
    for attribute in _Slice(signed.part()).parts() if signed else ():
        if attribute.number() == _ROTATION:
            attribute.number()  # version
            for node in attribute.parts():
                yield "lineage", _Slice(_Slice(node.part()).part()).data


def read_idsig(data: bytes) -> bytes:
    """The certificate of a side file of scheme 4. Raises Malformed."""
    try:
        parts = _Slice(data)
        if parts.number() != 2:
            raise Malformed(t("error.apk.side_file_scheme"))
        parts.part()
        signing = _Slice(parts.part())
        signing.part()
        return signing.part()
    except struct.error:
        raise Malformed(t("error.apk.side_file_scheme_cut")) from None


__all__ = ["Apk", "Certificate", "Manifest", "pkcs7_certificates", "read_apk", "read_idsig", "read_manifest"]
