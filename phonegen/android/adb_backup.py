"""Backups as `adb backup` writes them: manifests with certificates, messages, calls and files of apps, in a tar archive that is
compressed and encrypted as the header says."""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from phonegen.android import apk
from phonegen.android.model import ms

TELEPHONY = "com.android.providers.telephony"
CALLS = "com.android.calllogbackup"
ROUNDS = 100
"""Of PBKDF2. Android takes 10,000; the tests have no time to lose."""


@dataclass(frozen=True, kw_only=True)
class App:
    """An app with its files. `signers`: seeds of certificates. `files`: path below the app's folder -> content."""

    name: str
    signers: Sequence[str] = ("maker",)
    code: int = 7
    platform: int = 34
    installer: str = "com.android.vending"
    key_value: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)

    def manifest(self) -> bytes:
        """The manifest."""
        keys = [apk.certificate(seed).hex() for seed in self.signers]
        return "\n".join(
            ["1", self.name, str(self.code), str(self.platform), self.installer, "0", str(len(keys)), *keys, ""]
        ).encode()

    def members(self) -> dict[str, bytes]:
        """Path in the archive -> content."""
        top = f"apps/{self.name}/"
        return {
            f"{top}{'k/' if self.key_value else ''}_manifest": self.manifest(),
            **{top + path: data for path, data in self.files.items()},
        }


def sms(text: str, when: datetime, *, address: str = "+15550100", type: int = 1, **rest: Any) -> dict[str, Any]:
    """A message as the telephony provider writes it: all values are texts."""
    return {
        "self_phone": "+15550199",
        "address": address,
        "body": text,
        "date": str(ms(when)),
        "date_sent": str(ms(when) - 2000) if type == 1 else "0",
        "status": "-1",
        "type": str(type),
        **rest,
    }


def mms(
    text: str | None, when: datetime, *, sender: str = "+15550100", to: Sequence[str] = ("+15550199",), box: int = 1
) -> dict[str, Any]:
    """An MMS; its times are seconds."""
    people = [{"type": "137", "address": sender, "charset": "106"}]
    people += [{"type": "151", "address": one, "charset": "106"} for one in to]
    body = {} if text is None else {"mms_body": text, "mms_charset": "106"}
    return {
        "self_phone": "+15550199",
        "date": str(ms(when) // 1000),
        "date_sent": "0",
        "m_type": "132",
        "msg_box": str(box),
        "mms_addresses": people,
        **body,
    }


def messages(sms: Sequence[Any] = (), mms: Sequence[Any] = ()) -> App:
    """The telephony provider: at most three messages a file, so that a small phone has several."""
    files: dict[str, bytes] = {}
    for kind, rows in (("sms", sms), ("mms", mms)):
        for number, start in enumerate(range(0, len(rows), 3)):
            data = json.dumps(list(rows[start : start + 3]), ensure_ascii=False).encode()
            files[f"d_f/{number:06d}_{kind}_backup"] = zlib.compress(data)
    return App(name=TELEPHONY, signers=("platform",), installer="", files=files)


def entities(values: Mapping[str, bytes]) -> bytes:
    """The values of a key-value backup."""
    made = b""
    for key, value in values.items():
        name = key.encode()
        made += b"Data" + struct.pack("<ii", len(name), len(value)) + _filled(name + b"\0") + _filled(value)
    return made


def _filled(data: bytes) -> bytes:
    return data + b"\xbc" * (-len(data) % 4)


def call(number: str | None, when: datetime, *, seconds: int = 61, type: int = 1) -> bytes:
    """One call as the call log writes it."""
    name = b"\0" if number is None else b"\1" + struct.pack(">H", len(number.encode())) + number.encode()
    return struct.pack(">iqq", 1005, ms(when), seconds) + name + struct.pack(">ii", type, 1) + b"\0\0\0" + bytes(8)


def calls(*rows: bytes) -> App:
    """The call log."""
    data = entities({str(number): row for number, row in enumerate(rows, 1)})
    return App(name=CALLS, signers=("platform",), installer="", key_value=True, files={f"k/{CALLS}.data": data})


def archive(apps: Sequence[App], shared: Mapping[str, bytes] | None = None) -> bytes:
    """The tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for members in (*(app.members() for app in apps), shared or {}):
            for path, data in members.items():
                info = tarfile.TarInfo(path)
                info.size, info.mtime = len(data), 1_715_000_000
                tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def wrapped(
    tar: bytes, *, version: int = 5, compressed: bool = True, password: str = "", rounds: int = ROUNDS, seed: int = 1
) -> bytes:
    """A tar archive as a backup; with a password it is encrypted."""
    body = zlib.compress(tar) if compressed else tar
    head = f"ANDROID BACKUP\n{version}\n{int(compressed)}\n"
    if not password:
        return head.encode() + b"none\n" + body
    rng = random.Random(f"backup {seed}")
    # Java's bytes are signed: half of those of a random key show whether the checksum takes them rightly.
    key, iv, user_iv = rng.randbytes(32), rng.randbytes(16), rng.randbytes(16)
    user_salt, checksum_salt = rng.randbytes(64), rng.randbytes(64)
    as_java = key if version == 1 else b"".join(chr(b if b < 128 else 0xFF00 | b).encode() for b in key)
    checksum = hashlib.pbkdf2_hmac("sha1", as_java, checksum_salt, rounds, 32)
    secret = password.encode() if version > 1 else bytes(ord(letter) & 0xFF for letter in password)
    blob = b"".join(bytes([len(part)]) + part for part in (iv, key, checksum))
    sealed = _encrypted(blob, hashlib.pbkdf2_hmac("sha1", secret, user_salt, rounds, 32), user_iv)
    lines = ["AES-256", user_salt.hex().upper(), checksum_salt.hex().upper(), str(rounds), user_iv.hex().upper()]
    return head.encode() + "\n".join([*lines, sealed.hex().upper(), ""]).encode() + _encrypted(body, key, iv)


def _encrypted(data: bytes, key: bytes, iv: bytes) -> bytes:
    padding = 16 - len(data) % 16
    machine = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return machine.update(data + bytes([padding]) * padding) + machine.finalize()


def backup(*apps: App, shared: Mapping[str, bytes] | None = None, **form: Any) -> bytes:
    """A backup of apps, see `wrapped` for its form."""
    return wrapped(archive(apps, shared), **form)
