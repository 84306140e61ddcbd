"""Small APKs: a manifest in binary XML and signatures of schemes 1 to 4, with certificates made from a seed.

The signatures' values are made up: readers list the certificates and verify nothing.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import struct
import zipfile
from collections.abc import Iterable, Sequence
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7

V2, V3, V31, PADDING, ROTATION = 0x7109871A, 0xF05368C0, 0x1B93AD61, 0x42726577, 0x3BA06F8C
_ATTRIBUTES = {
    "versionCode": 0x0101021B,
    "versionName": 0x0101021C,
    "minSdkVersion": 0x0101020C,
    "targetSdkVersion": 0x01010270,
    "name": 0x01010003,
    "debuggable": 0x0101000F,
}
_NONE = 0xFFFFFFFF


@cache
def certificate(seed: str) -> bytes:
    """A self-signed certificate (DER) that belongs to this seed."""
    digest = hashlib.sha256(f"apk {seed}".encode()).digest()
    key = ec.derive_private_key(int.from_bytes(digest, "big") >> 8, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Maker {seed}")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(digest[:8], "big"))
        .not_valid_before(datetime.datetime(2015, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2045, 1, 1, tzinfo=datetime.UTC))
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return made.public_bytes(serialization.Encoding.DER)


def _chunk(kind: int, header: bytes, body: bytes) -> bytes:
    return struct.pack("<HHI", kind, 8 + len(header), 8 + len(header) + len(body)) + header + body


def _pool(strings: Sequence[str], utf8: bool) -> bytes:
    data, offsets = bytearray(), []
    for text in strings:
        offsets.append(len(data))
        if utf8:
            raw = text.encode()
            data += bytes((len(text), len(raw))) + raw + b"\0"
        else:
            data += struct.pack("<H", len(text)) + text.encode("utf-16-le") + b"\0\0"
    data += bytes(-len(data) % 4)
    start = 28 + 4 * len(strings)
    header = struct.pack("<IIIII", len(strings), 0, 0x100 if utf8 else 0, start, 0)
    return _chunk(1, header, struct.pack(f"<{len(strings)}I", *offsets) + bytes(data))


def manifest(
    package: str,
    *,
    code: int = 1,
    version: str = "1.0",
    permissions: Iterable[str] = (),
    utf8: bool = False,
    debuggable: bool = False,
) -> bytes:
    """AndroidManifest.xml in its binary form."""
    names = list(_ATTRIBUTES)
    strings = [
        *names,
        "package",
        "manifest",
        "uses-sdk",
        "uses-permission",
        "application",
        package,
        version,
        *permissions,
    ]
    index = {text: number for number, text in reversed(list(enumerate(strings)))}
    parts = [_pool(strings, utf8), _chunk(0x180, b"", struct.pack(f"<{len(names)}I", *_ATTRIBUTES.values()))]

    def start(tag: str, attributes: dict[str, str | int | bool]) -> None:
        rows = b""
        for name, value in attributes.items():
            if isinstance(value, str):
                rows += struct.pack("<IIIHBBI", _NONE, index[name], index[value], 8, 0, 3, index[value])
            else:
                kind, data = (0x12, _NONE if value else 0) if isinstance(value, bool) else (0x10, value)
                rows += struct.pack("<IIIHBBI", _NONE, index[name], _NONE, 8, 0, kind, data)
        head = struct.pack("<IIHHHHHH", _NONE, index[tag], 20, 20, len(attributes), 0, 0, 0)
        parts.append(_chunk(0x102, struct.pack("<II", 1, _NONE), head + rows))

    def end(tag: str) -> None:
        parts.append(_chunk(0x103, struct.pack("<II", 1, _NONE), struct.pack("<II", _NONE, index[tag])))

    start("manifest", {"versionCode": code, "versionName": version, "package": package})
    start("uses-sdk", {"minSdkVersion": 21, "targetSdkVersion": 33})
    end("uses-sdk")
    for permission in permissions:
        start("uses-permission", {"name": permission})
        end("uses-permission")
    start("application", {"debuggable": debuggable})
    end("application")
    end("manifest")
    return _chunk(3, b"", b"".join(parts))


def _sized(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def _signer(certificates: Sequence[bytes], *, third: bool, lineage: Sequence[bytes] = ()) -> bytes:
    digests = _sized(_sized(struct.pack("<I", 0x0201) + _sized(bytes(32))))
    chain = _sized(b"".join(_sized(one) for one in certificates))
    attributes = b""
    if lineage:
        nodes = struct.pack("<I", 1)
        for one in lineage:
            inner = _sized(one) + struct.pack("<I", 0x0201)
            nodes += _sized(_sized(inner) + struct.pack("<II", 23, 0x0201) + _sized(bytes(70)))
        attributes = _sized(struct.pack("<I", ROTATION) + nodes)
    levels = struct.pack("<II", 28, 0x7FFFFFFF) if third else b""
    signed = digests + chain + levels + _sized(attributes)
    signatures = _sized(_sized(struct.pack("<I", 0x0201) + _sized(bytes(70))))
    return _sized(signed) + levels + signatures + _sized(bytes(91))


def _block(pairs: Sequence[tuple[int, bytes]]) -> bytes:
    body = b"".join(struct.pack("<QI", 4 + len(value), kind) + value for kind, value in pairs)
    size = len(body) + 24
    return struct.pack("<Q", size) + body + struct.pack("<Q", size) + b"APK Sig Block 42"


def build(
    package: str,
    *,
    v1: Sequence[str] = (),
    v2: Sequence[str] = (),
    v3: Sequence[str] = (),
    v31: Sequence[str] = (),
    lineage: Sequence[str] = (),
    code: int = 1,
    version: str = "1.0",
    permissions: Sequence[str] = (),
    utf8: bool = False,
    debuggable: bool = False,
    comment: bytes = b"",
    code_bytes: bytes = b"dex\n035\0",
) -> bytes:
    """An APK; v1, v2, v3, v31 and lineage name the seeds of certificates of each scheme's signers."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, data: bytes) -> None:
            info = zipfile.ZipInfo(name, date_time=(1981, 1, 1, 1, 1, 2))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)

        text = manifest(package, code=code, version=version, permissions=permissions, utf8=utf8, debuggable=debuggable)
        put("AndroidManifest.xml", text)
        put("classes.dex", code_bytes)
        for number, seed in enumerate(v1):
            holder = x509.load_der_x509_certificate(certificate(seed))
            put(f"META-INF/CERT{number or ''}.SF", b"Signature-Version: 1.0\r\n\r\n")
            put(f"META-INF/CERT{number or ''}.EC", pkcs7.serialize_certificates([holder], serialization.Encoding.DER))
        archive.comment = comment
    data = made.getvalue()
    pairs: list[tuple[int, bytes]] = []
    for kind, seeds, old in ((V2, v2, ()), (V3, v3, lineage), (V31, v31, lineage)):
        if seeds:
            signers = b"".join(
                _sized(_signer([certificate(seed)], third=kind != V2, lineage=[certificate(one) for one in old]))
                for seed in seeds
            )
            pairs.append((kind, _sized(signers)))
    if not pairs:
        return data
    block = _block([*pairs, (PADDING, bytes(64))])
    end = len(data) - 22 - len(comment)
    central = struct.unpack_from("<I", data, end + 16)[0]
    tail = data[end : end + 16] + struct.pack("<I", central + len(block)) + data[end + 20 :]
    return data[:central] + block + data[central:end] + tail


def idsig(seed: str) -> bytes:
    """The side file of scheme 4 that names this certificate."""
    hashing = struct.pack("<IB", 1, 12) + _sized(b"") + _sized(bytes(32))
    signing = _sized(bytes(32)) + _sized(certificate(seed)) + _sized(b"") + _sized(bytes(91))
    signing += struct.pack("<I", 0x0201) + _sized(bytes(70))
    return struct.pack("<I", 2) + _sized(hashing) + _sized(signing)
