"""The end of an investigation: keys destroyed, and a record of it that two people sign."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Usage
from sousveil.investigation.oprf import Key
from sousveil.investigation.releases import Moment, opened, signed
from sousveil.investigation.vault import Vault, overwrite
from sousveil.kinds import visible
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
    history: str = ""
    """SHA-256 of the last entry of the vault's history, whose chain covers all before."""


def destroy_vault(
    vault: Vault, signers: Sequence[PrivateKey], *, confirm: str, now: datetime, before: Callable[[bytes], None]
) -> None:
    """Destroy an open vault. `confirm`: the id of the vault. `before` keeps the signed record; it also stays in the vault's folder.

    Raises Usage (another id, too few signers), SousveilError (a clock set back, a disk error).
    """
    _check(confirm, vault.header.vault)
    vault.check_clock(now)
    last = msgspec.msgpack.encode(vault.index.history[-1])
    record = _signed(
        Destruction(
            what="vault",
            id=vault.header.vault,
            destroyed=now,
            opened_by=vault.opened_by,
            history=hashlib.sha256(last).hexdigest(),
        ),
        signers,
    )
    before(record)
    vault.destroy(record)


def destroy_key(
    path: Path, signers: Sequence[PrivateKey], *, confirm: str, now: datetime, before: Callable[[bytes], None]
) -> None:
    """Destroy the key file of a key process. `confirm`: the public key in hex. `before` keeps the signed record.

    Raises Usage, Missing, Locked, Malformed.
    """
    public = Key.load(path).public.hex()
    _check(confirm, public)
    before(_signed(Destruction(what="key", id=public, destroyed=now), signers))
    try:
        overwrite(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(t("error.vault.disk", path=visible(str(path)), reason=reason)) from None


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
