#!/usr/bin/env python3
"""Make a signed update of indicators, or a key for it.

    python scripts/sign_update.py new-key SECRET_FILE PUBLIC_FILE [NAME]
    python scripts/sign_update.py sign SECRET_FILE VERSION DAY OUTPUT FILE [FILE ...]

SECRET_FILE holds the 32-byte seed in hexadecimal and must be kept away from other people. VERSION grows with each
update; DAY is YYYY-MM-DD. Each FILE may be of any form that `sousveil check --indicators` takes.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import msgspec
from nacl.signing import SigningKey

from sousveil.indicators.load import load_bytes, set_name
from sousveil.indicators.update import CONTEXT, Envelope, ListedFile, Manifest


def sign(key: SigningKey, version: int, created: str, files: dict[str, bytes]) -> bytes:
    """An update as bytes."""
    listed = [ListedFile(name, hashlib.sha256(data).hexdigest()) for name, data in sorted(files.items())]
    manifest = msgspec.json.encode(Manifest(version, created, listed))
    return msgspec.json.encode(
        Envelope(
            manifest=manifest,
            signature=key.sign(CONTEXT + manifest).signature,
            key=bytes(key.verify_key).hex(),
            files=files,
        )
    )


def new_key(secret: Path, public: Path, name: str) -> None:
    """A new pair of keys in two files; an existing file is left alone."""
    key = SigningKey.generate()
    handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(bytes(key).hex() + "\n")
    public.write_text(f"ed25519 {bytes(key.verify_key).hex()} {name}".rstrip() + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """The exit code."""
    if arguments[:1] == ["new-key"] and len(arguments) in (3, 4):
        new_key(Path(arguments[1]), Path(arguments[2]), arguments[3] if len(arguments) == 4 else "")
        return 0
    if arguments[:1] == ["sign"] and len(arguments) >= 6:
        key = SigningKey(bytes.fromhex(Path(arguments[1]).read_text(encoding="ascii").strip()))
        files = {Path(name).name: Path(name).read_bytes() for name in arguments[5:]}
        for name, data in files.items():  # what cannot be read here is not sent to anybody
            load_bytes(data, name, set_name(Path(name)))
        Path(arguments[4]).write_bytes(sign(key, int(arguments[2]), arguments[3], files))
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
