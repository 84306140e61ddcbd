"""Signed updates of indicators: taken only on an explicit order, only newer than what is there, whole or not at all.

An update is one JSON file (`Envelope`): the manifest's exact bytes, an Ed25519 signature (RFC 8032) over `CONTEXT`
and those bytes, the public key that made it, and the files. The manifest names version, day and every file with its
SHA-256. Public keys come from `data/update_keys.txt` and from the user's own `update_keys.txt`; libsodium refuses
keys and signatures that are not canonical or of small order. `store` installs it.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import msgspec

from sousveil.data_files import ROOT
from sousveil.errors import LimitExceeded, Locked, Malformed, Usage
from sousveil.indicators import store
from sousveil.indicators.download import download
from sousveil.indicators.load import write_whole
from sousveil.indicators.store import Release, data_dir
from sousveil.kinds import visible
from sousveil.texts import t

CONTEXT = b"sousveil indicators update 1\n"
"""Stands before the manifest under the signature, so that no signature made for something else fits."""
MAX_ENVELOPE = 96 * 1024 * 1024
MAX_FILES = 1000
MAX_KEYS = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,99}\Z")
_KEY = re.compile(r"ed25519 ([0-9a-f]{64})(?: (\S.{0,99}))?\Z")


class ListedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that a manifest names."""

    name: str
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an update says about itself. `version` grows with each update; `created` is a day, YYYY-MM-DD."""

    version: int
    created: str
    files: list[ListedFile]


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An update as it travels; bytes are base64 in JSON."""

    manifest: bytes
    signature: bytes
    key: str
    files: dict[str, bytes]


class Key(msgspec.Struct, frozen=True):
    """A public key whose updates are taken."""

    public: str
    name: str
    origin: str
    """`program` or `user`."""


def parse_keys(text: str, origin: str) -> list[Key]:
    """The keys of a key file. Raises Malformed for a line that is no key, or a key that no honest signer has."""
    found: list[Key] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _KEY.match(line)
        if match is None:
            raise Malformed(t("error.update.line_key_file", number=number), hint=t("error.update.line_reads_ed"))
        if not _sound_key(bytes.fromhex(match[1])):
            raise Malformed(
                t("error.update.line_key_file_contains", number=number),
                hint=t("error.update.ask_owner_correct"),
            )
        found.append(Key(match[1], visible(match[2] or "", 100), origin))
        if len(found) > MAX_KEYS:
            raise LimitExceeded(t("error.update.key_file_contains", limit=MAX_KEYS))
    return found


def _sound_key(public: bytes) -> bool:
    from nacl.bindings import crypto_core_ed25519_is_valid_point

    return bool(
        crypto_core_ed25519_is_valid_point(public)
    )  # canonical, on the curve, in the main subgroup, not of small order


def user_keys_file() -> Path:
    """Where the keys lie that the user added."""
    return data_dir() / "update_keys.txt"


def trusted_keys() -> list[Key]:
    """The keys of the program and of the user."""
    own = (ROOT / "indicators/data/update_keys.txt").read_text("utf-8")
    keys = parse_keys(own, "program")
    try:
        text = user_keys_file().read_text(encoding="utf-8")
    except FileNotFoundError:
        return keys
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(
            t("error.update.cannot_read", user_keys_file=visible(str(user_keys_file()))),
            hint=t("error.common.check_access_rights"),
        ) from error
    return keys + parse_keys(text, "user")


def add_keys(path: Path) -> list[Key]:
    """Trust the keys of a file from now on; returns those that are new. Raises Usage and Malformed."""
    try:
        with path.open("rb") as stream:
            text = stream.read(100_000).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(
            t("error.update.key_file_cannot", path=visible(str(path))), hint=t("error.update.check_path")
        ) from error
    known = trusted_keys()
    have = {key.public for key in known}
    new = [key for key in parse_keys(text, "user") if key.public not in have]
    if new:
        mine = [key for key in known if key.origin == "user"] + new
        if len(mine) > MAX_KEYS:
            raise LimitExceeded(t("error.update.more_keys_cannot", limit=MAX_KEYS))
        user_keys_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(
            user_keys_file(), "".join(f"ed25519 {key.public} {key.name}".rstrip() + "\n" for key in mine).encode()
        )
    return new


def fetch(source: str) -> bytes:
    """The bytes of an update from a file or a web address. Raises Usage and LimitExceeded."""
    shown = visible(source)
    if "://" in source:
        return download(source, MAX_ENVELOPE, https_only=False)  # its signature is what counts
    try:
        with Path(source).open("rb") as stream:
            data = stream.read(MAX_ENVELOPE + 1)
    except (OSError, ValueError) as error:
        raise Usage(
            t("error.update.update_cannot_read", shown=shown, reason=visible(str(error), 120)),
            hint=t("error.update.check_path_nothing"),
        ) from error
    if len(data) > MAX_ENVELOPE:
        raise LimitExceeded(
            t("error.update.update_larger_mib", shown=shown, limit=MAX_ENVELOPE // 1024**2),
            hint=t("error.common.nothing_changed"),
        )
    return data


def verify(data: bytes, keys: list[Key]) -> tuple[Manifest, Envelope, Key]:
    """The update behind its bytes, its signature and every hash checked. Raises Malformed and Locked (no trusted
    key)."""
    from nacl.exceptions import BadSignatureError
    from nacl.exceptions import ValueError as NaClValueError
    from nacl.signing import VerifyKey

    try:
        envelope = msgspec.json.decode(data, type=Envelope)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Malformed(t("error.update.update_cut_off"), hint=t("error.common.nothing_changed_get")) from error
    key = next((one for one in keys if one.public == envelope.key), None)
    if key is None:
        raise Locked(
            t("error.update.update_signed_key"),
            hint=t("error.update.if_you_know"),
        )
    try:
        VerifyKey(bytes.fromhex(key.public)).verify(CONTEXT + envelope.manifest, envelope.signature)
    except (BadSignatureError, NaClValueError, ValueError, TypeError) as error:
        raise Malformed(t("error.update.update_signature_wrong"), hint=t("error.update.nothing_changed_do")) from error
    try:
        manifest = msgspec.json.decode(envelope.manifest, type=Manifest)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Malformed(t("error.update.update_manifest_valid"), hint=t("error.common.nothing_changed")) from error
    _check_files(manifest, envelope)
    return manifest, envelope, key


def _check_files(manifest: Manifest, envelope: Envelope) -> None:
    names = [one.name for one in manifest.files]
    if (
        not 0 < manifest.version < 10**18
        or not 0 < len(names) <= MAX_FILES
        or sorted(set(names)) != sorted(names)
        or len({name.lower() for name in names}) != len(names)
        or set(names) != set(envelope.files)
        or not all(_NAME.match(name) for name in names)
    ):
        raise Malformed(t("error.update.update_manifest_files"), hint=t("error.common.nothing_changed"))
    for one in manifest.files:
        if hashlib.sha256(envelope.files[one.name]).hexdigest() != one.sha256:
            raise Malformed(t("error.update.file_update_does", name=one.name), hint=t("error.common.nothing_changed"))


def installed() -> Release | None:
    """The update in force; None where there is none. Raises Malformed where it was damaged since."""
    return store.current(store.UPDATE)


def update(source: str, keys: list[Key] | None = None) -> store.Installed:
    """Take the update at `source` (a file or a web address).

    Raises Usage (cannot be read, older than what is there), Malformed (tampered), Locked (no trusted key),
    LimitExceeded. When anything is raised, what was installed before is in force, whole.
    """
    manifest, envelope, key = verify(fetch(source), trusted_keys() if keys is None else keys)
    return store.install(
        Release(
            source=store.UPDATE,
            version=manifest.version,
            created=manifest.created,
            origin=source,
            signer=key.name or key.public[:16],
            files={one.name: envelope.files[one.name] for one in manifest.files},
        )
    )


__all__ = [
    "CONTEXT",
    "Envelope",
    "Key",
    "ListedFile",
    "Manifest",
    "add_keys",
    "fetch",
    "installed",
    "parse_keys",
    "trusted_keys",
    "update",
    "user_keys_file",
    "verify",
]
