"""The end of an investigation: keys destroyed, and a record of it that two people sign."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Usage
from sousveil.investigation.oprf import Key
from sousveil.investigation.releases import Moment, opened, signed
from sousveil.investigation.vault import Vault, overwrite
from sousveil.kinds import visible
from sousveil.ledger import atomic
from sousveil.ledger.keys import PrivateKey, PublicKey
from sousveil.texts import t

DESTRUCTION_TYPE = "application/vnd.sousveil.investigation.destruction+json;v=1"


class Destruction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was destroyed. No secret."""

    what: str
    """`vault` or `key`."""
    id: str
    """The id of the vault, or the public key in hex."""
    destroyed: Moment
    opened_by: tuple[str, ...] = ()
    """The recipients whose keys opened the vault."""
    log: str = ""
    """Size and root of the vault's log, which is destroyed with it; see `journal.noted`."""


def destroy_vault(vault: Vault, signers: Sequence[PrivateKey], *, confirm: str, now: datetime, out: Path) -> None:
    """Destroy an open vault. `confirm`: the id of the vault. The signed record is at `out` afterwards, and in the vault's folder.

    Raises Usage (another id, too few signers), SousveilError (a clock set back, a disk error).
    """
    _check(confirm, vault.header.vault)
    vault.check_clock(now)
    record = _signed(
        Destruction(
            what="vault",
            id=vault.header.vault,
            destroyed=now,
            opened_by=vault.opened_by,
            log=vault.log_head,
        ),
        signers,
    )
    with _recorded(out, record):
        vault.destroy(record)


def destroy_key(path: Path, signers: Sequence[PrivateKey], *, confirm: str, now: datetime, out: Path) -> None:
    """Destroy the key file of a key process that has ended. `confirm`: the public key in hex. The signed record is at `out` afterwards.

    Raises Usage, Missing, Locked (also while a key process uses the file), Malformed.
    """
    with Key.locked(path, alone=True) as key:
        public = key.public.hex()
        _check(confirm, public)
        with _recorded(out, _signed(Destruction(what="key", id=public, destroyed=now), signers)):
            try:
                overwrite(path)
            except OSError as error:
                raise _fail(path, error, t("error.vault.key_unfinished_hint")) from None


@contextmanager
def _recorded(out: Path, record: bytes) -> Iterator[None]:
    """Write a record before a destruction and give it its name afterwards. If the destruction fails, no record stays. Raises Usage."""
    part = out.with_name(f".{out.name}.{secrets.token_hex(6)}.part")
    try:
        atomic.write(part, record, mode=0o600)
    except OSError as error:
        raise _fail(out, error) from None
    try:
        yield
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    try:
        part.rename(out)
        atomic.sync_folder(out.parent)
    except OSError as error:
        raise _fail(out, error, t("error.vault.record_hint", path=visible(str(part)))) from None


def _fail(path: Path, error: OSError, hint: str = "") -> Usage:
    reason = error.strerror or type(error).__name__
    return Usage(t("error.vault.disk", path=visible(str(path)), reason=reason), hint=hint)


def read_destruction(data: bytes, known: Mapping[str, PublicKey]) -> Destruction:
    """The record that two known people signed. Raises Malformed, BadSignature."""
    try:
        return msgspec.json.decode(opened(data, DESTRUCTION_TYPE, known), type=Destruction)
    except msgspec.DecodeError:
        raise Malformed(t("error.oprf.other_bundle")) from None


def _check(confirm: str, id: str) -> None:
    if confirm != id:
        raise Usage(t("error.vault.confirm", id=id), hint=t("error.vault.confirm_hint"))


def _signed(record: Destruction, signers: Sequence[PrivateKey]) -> bytes:
    return signed(DESTRUCTION_TYPE, msgspec.json.encode(record), signers)


__all__ = ["Destruction", "destroy_key", "destroy_vault", "read_destruction"]
