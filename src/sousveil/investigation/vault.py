"""The vault: a leaked list at rest, encrypted under a key that two holders open together and none alone.

    vault.json                  holders, recovery pair, generation, and a check value under the data key
    gN/shares/PAIR-SIDE.age     one XOR share of the data key, encrypted to one holder
    gN/index.sealed             the imports: what belongs to the vault
    gN/IMPORT-SEGMENT.sealed    rows
    log/                        the chained log: sealed entries in tiles, and a signed checkpoint

A change writes new files first, then the file that names them, then deletes what nothing names any more. A run that was
killed leaves ciphertext that the next opening deletes. docs/concepts/investigation.md has the format.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import pyrage
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
)
from nacl.exceptions import CryptoError

from sousveil.errors import Locked, Malformed, Missing, SousveilError, Unsupported, Usage
from sousveil.investigation.journal import Journal, noted, root_of
from sousveil.kinds import visible
from sousveil.ledger import atomic
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.merkle import EMPTY_ROOT
from sousveil.texts import t

T = TypeVar("T", bound=msgspec.Struct)

FORMAT, VERSION = "sousveil-vault", 2
DESTROYED = "sousveil-vault-destroyed"
"""The format of what remains in the place of `vault.json`."""
HEADER, LOCK, INDEX, LOG, RECORD = "vault.json", "lock", "index", "log", "destroyed.dsse"
PENDING = f"{RECORD}.new"
"""The record of a destruction that has not ended."""
KEY_BYTES = 32
HOLDERS_LEAST, HOLDERS_MOST = 2, 12
MAGIC = b"sousveil vault 1\n"
"""The first bytes of every sealed file; part of what its tag covers."""
PADDING = 1 << 16
"""Sealed files are filled up to a multiple of this, so that their size names no exact number of rows."""
ENTRY = 1_000
"""Entries of the log are filled up to this, so that their size says nothing."""
ABOUT_MOST = 40
"""Characters of a text that an entry of the log keeps."""
NAMED_MOST = 10
"""Numbers or persons that an entry names; of more it says how many."""
CLOCK_SET = "clock"
"""The entry with which two holders say that an earlier entry has a wrong time."""
CLOCK = timedelta(minutes=10)
"""How far the clock may lie behind the last entry of the log."""
_NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_MAX_SMALL = 1 << 20
_MAX_IDENTITY = 1 << 16


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What anybody who has the folder can read. No secret."""

    format: str
    version: int
    vault: str
    """The random id of the vault, 32 hex digits."""
    generation: int
    """Counts the data keys of this vault."""
    holders: tuple[str, ...]
    recovery: tuple[str, ...]
    """Two recipients that open the vault together, or none."""
    log: str
    """The public key that verifies the log."""
    check: str = ""
    """HMAC-SHA-256 of the other fields under a key that the data key gives."""

    def signed_part(self) -> bytes:
        """The bytes that `check` covers."""
        return msgspec.json.encode(msgspec.structs.replace(self, check=""), order="deterministic")

    def pairs(self) -> list[tuple[str, str]]:
        """Each two recipients that open the vault together."""
        return [
            *itertools.combinations(self.holders, 2),
            *([(self.recovery[0], self.recovery[1])] if self.recovery else []),
        ]


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was imported. Its rows lie in `segments` sealed files."""

    id: str
    imported: datetime
    source: str
    """Provenance in the words of the holders."""
    sha256: str
    size: int
    """Hash and bytes of the file; its name, owner and dates are not kept."""
    columns: tuple[str, ...]
    """The further columns."""
    rows: int
    segments: int
    counts: dict[str, int]
    """How often what was met while reading; see `importing`."""
    unread: tuple[tuple[int, str], ...]
    """The first lines that could not be read, and why."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the log: what holders did or saw, and which two recipients opened the vault for it."""

    when: datetime
    what: str
    by: tuple[str, ...]
    about: dict[str, str | int] = {}
    """The numbers or the persons' ids where they were few, otherwise how many; and what else says which part of the list it was."""


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of the log, and its newest entry, which a killed run may not have written into it."""

    signing: bytes
    keys: dict[int, bytes]
    """Generation -> the key of its entries. New holders read all entries; the holders before them do not read new ones."""
    size: int = 0
    """Entries before the newest."""
    root: bytes = EMPTY_ROOT
    """Their root."""
    entry: bytes = b""
    """The newest, sealed."""


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to the vault."""

    log: Log
    imports: tuple[Import, ...] = ()
    tables: tuple[str, ...] = ()
    """Further sealed files: the outputs that were made of the list, with their numbers."""


class _Share(msgspec.Struct, frozen=True, kw_only=True):
    vault: str
    generation: int
    pair: str
    side: str
    share: bytes


Identities = Sequence[Any]
"""The age identities of one holder."""


def identities(text: str) -> Identities:
    """The age identities in the text of a key file. Raises Usage."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        keys = []
    if not keys:
        raise Usage(t("error.vault.no_identity"), hint=t("error.vault.no_identity_hint"))
    return keys


def read_identities(path: Path) -> Identities:
    """The age identities of a holder's key file. Raises Usage."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_IDENTITY)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(t("error.vault.identity_unreadable", path=visible(str(path)), reason=reason)) from None
    return identities(data.decode("utf-8", "replace"))


def recipients(given: Iterable[str]) -> tuple[str, ...]:
    """Age recipients in their one form. Raises Usage."""
    try:
        return tuple(str(pyrage.x25519.Recipient.from_str(text.strip())) for text in given)
    except pyrage.RecipientError:
        raise Usage(t("error.vault.no_recipient"), hint=t("error.vault.no_recipient_hint")) from None


def _checked(holders: Iterable[str], recovery: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Recipients in their one form. A person who is named twice would open the vault alone. Raises Usage."""
    two = recipients(holders), recipients(recovery)
    if not HOLDERS_LEAST <= len(two[0]) <= HOLDERS_MOST:
        raise Usage(t("error.vault.number_of_holders", least=HOLDERS_LEAST, most=HOLDERS_MOST))
    if len(two[1]) not in (0, 2):
        raise Usage(t("error.vault.recovery_is_two"))
    if len({*two[0], *two[1]}) != len(two[0]) + len(two[1]):
        raise Usage(t("error.vault.recipient_twice"), hint=t("error.vault.recipient_twice_hint"))
    return two


def _derived(key: bytes | bytearray, purpose: bytes) -> bytes:
    """A key for a purpose. Raises SousveilError for a vault that was closed: nothing is sealed under its cleared key."""
    if not any(key):
        raise SousveilError(t("error.vault.closed"))
    return hashlib.blake2b(key=bytes(key), person=purpose, digest_size=KEY_BYTES).digest()


def _check_value(key: bytes | bytearray, header: Header) -> str:
    return hmac.new(_derived(key, b"vault header"), header.signed_part(), "sha256").hexdigest()


def looked_at(name: str, values: Collection[str]) -> dict[str, str | int]:
    """What an entry of the log says of numbers or persons: which, where they are few, otherwise how many."""
    return {name: " ".join(sorted(values))} if 0 < len(values) <= NAMED_MOST else {f"{name}s": len(values)}


def _fail(path: Path, error: OSError, hint: str = "error.vault.disk_hint") -> SousveilError:
    reason = error.strerror or type(error).__name__
    return SousveilError(t("error.vault.disk", path=visible(str(path)), reason=reason), hint=t(hint))


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other run away from the folder. Raises SousveilError."""
    try:
        import fcntl
    except ImportError:
        raise SousveilError(t("error.lake.no_locks")) from None
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _fail(folder, error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SousveilError(t("error.vault.in_use"), hint=t("error.vault.in_use_hint")) from error
        yield
    finally:
        os.close(handle)


def read_header(folder: Path) -> Header:
    """The public part of a vault. Ends a destruction that began. Raises Missing, Malformed, Unsupported, SousveilError."""
    shown = visible(str(folder))
    try:
        with (folder / HEADER).open("rb") as file:
            data = file.read(_MAX_SMALL)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Missing(
            t("error.vault.no_vault", folder=shown, reason=reason), hint=t("error.vault.no_vault_hint")
        ) from None
    try:
        raw = msgspec.json.decode(data, type=dict[str, Any])
        if raw.get("format") == DESTROYED:
            _end(folder)  # a run may have been killed
            raise Missing(t("error.vault.destroyed", folder=shown), hint=t("error.vault.destroyed_hint"))
        version = raw.get("version")
        if version != VERSION:
            raise Unsupported(t("error.vault.other_version", folder=shown), hint=t("error.vault.other_version_hint"))
        header = msgspec.json.decode(data, type=Header)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Malformed(t("error.vault.damaged", name=HEADER), hint=t("error.vault.restore")) from None
    sound = re.fullmatch("[0-9a-f]{32}", header.vault) and header.generation > 0
    if header.format != FORMAT or not sound or len(header.recovery) not in (0, 2):
        raise Malformed(t("error.vault.damaged", name=HEADER), hint=t("error.vault.restore"))
    return header


class Vault:
    """An open vault. Its key and the rows are in this process's memory only. Use as a context manager."""

    def __init__(self, folder: Path, header: Header, key: bytearray, opened_by: tuple[str, ...], index: Index) -> None:
        self.folder = folder
        self.header = header
        self.opened_by = opened_by
        """The two recipients whose keys opened it."""
        self._key = key
        self.index = index
        self.history: list[Look] = []
        """The entries of the log."""

    @classmethod
    def create(cls, folder: Path, holders: Iterable[str], recovery: Iterable[str] = (), *, now: datetime) -> None:
        """Make a vault in a new or empty folder. Raises Usage, SousveilError."""
        two = _checked(holders, recovery)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(entry.name != LOCK for entry in folder.iterdir()):
                raise Usage(
                    t("error.vault.not_empty", folder=visible(str(folder))), hint=t("error.vault.not_empty_hint")
                )
            folder.chmod(0o700)
        except OSError as error:
            raise _fail(folder, error) from error
        id, log = secrets.token_hex(16), Log(signing=os.urandom(KEY_BYTES), keys={1: os.urandom(KEY_BYTES)})
        with locked(folder):
            journal = _journal(folder, id, log, new=True)
            header = Header(
                format=FORMAT,
                version=VERSION,
                vault=id,
                generation=1,
                holders=two[0],
                recovery=two[1],
                log=journal.verifier.vkey(),
            )
            with cls(folder, header, bytearray(os.urandom(KEY_BYTES)), (), Index(log=log)) as vault:
                vault._journal = journal
                vault.index = Index(log=vault._with_entry(log, "create", now, {"holders": len(two[0])}))
                vault._write_generation(vault.index, source=None)
                vault._write_entry()

    @classmethod
    @contextlib.contextmanager
    def open(cls, folder: Path, first: Identities, second: Identities) -> Iterator[Vault]:
        """The vault, opened with the identities of two holders. Raises Missing, Locked, Malformed, SousveilError."""
        read_header(folder)
        with locked(folder):
            header = read_header(folder)
            key, by = _join(folder, header, first, second)
            if not hmac.compare_digest(_check_value(key, header), header.check):
                raise Malformed(t("error.vault.shares_differ"), hint=t("error.vault.restore"))
            with cls(folder, header, key, by, _NO_INDEX) as vault:
                vault.index = vault._read_index()
                vault._read_log()
                vault.sweep()
                yield vault

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._key[:] = bytes(len(self._key))

    @property
    def is_open(self) -> bool:
        """Whether the key is still there."""
        return any(self._key)

    @property
    def rows(self) -> int:
        """Rows of all imports."""
        return sum(item.rows for item in self.index.imports)

    def check_clock(self, now: datetime) -> None:
        """Raises SousveilError where the clock is behind the last entry: then no time in the log is worth anything."""
        since = max((place for place, look in enumerate(self.history) if look.what == CLOCK_SET), default=0)
        last = max(look.when for look in self.history[since:])
        if now < last - CLOCK:
            raise SousveilError(
                t("error.vault.clock", now=f"{now:%F %T}", last=f"{last:%F %T}"), hint=t("error.vault.clock_right_hint")
            )

    def destroy(self, record: bytes) -> None:
        """Destroy the data key and all that it opened; a signed record stays. A run that is killed is ended by the next that opens it.

        The record gets its name last. Raises SousveilError.
        """
        marker = {"format": DESTROYED, "version": VERSION, "vault": self.header.vault}
        content = msgspec.json.encode(marker) + b"\n"
        pending, header = self.folder / PENDING, self.folder / HEADER
        try:
            atomic.write(pending, record, mode=0o600)
            atomic.write(header, content, mode=0o600)
        except OSError as error:
            with contextlib.suppress(OSError):
                if header.read_bytes() != content:
                    pending.unlink(missing_ok=True)
                    raise _fail(self.folder, error) from error
            self._key[:] = bytes(len(self._key))
            raise _fail(self.folder, error, "error.vault.unfinished_hint") from error
        self._key[:] = bytes(len(self._key))  # whatever fails from here on, nothing is sealed any more
        _end(self.folder)

    # Sealed files

    @property
    def _place(self) -> Path:
        return self.folder / f"g{self.header.generation}"

    def _context(self, name: str) -> bytes:
        """What a sealed file's tag covers beside its content: a file renamed, or of another vault, does not open."""
        return MAGIC + f"{self.header.vault} {self.header.generation} {name}".encode()

    def seal(self, name: str, content: bytes) -> bytes:
        """A sealed file of this name: magic, nonce, ciphertext with its tag (XChaCha20-Poly1305)."""
        padded = len(content).to_bytes(8, "big") + content
        padded += bytes(-len(padded) % PADDING)
        nonce = os.urandom(_NONCE)
        box = crypto_aead_xchacha20poly1305_ietf_encrypt(
            padded, self._context(name), nonce, _derived(self._key, b"vault files")
        )
        return MAGIC + nonce + bytes(box)

    def unseal(self, name: str, data: bytes) -> bytes:
        """The content of a sealed file. Raises Malformed."""
        nonce, box = data[len(MAGIC) : len(MAGIC) + _NONCE], data[len(MAGIC) + _NONCE :]
        try:
            if not data.startswith(MAGIC):
                raise CryptoError
            padded = crypto_aead_xchacha20poly1305_ietf_decrypt(
                box, self._context(name), nonce, _derived(self._key, b"vault files")
            )
        except (CryptoError, ValueError, TypeError):
            raise Malformed(t("error.vault.damaged", name=visible(name)), hint=t("error.vault.restore")) from None
        return bytes(padded[8 : 8 + int.from_bytes(padded[:8], "big")])

    def read_sealed(self, name: str) -> bytes:
        """The content of a sealed file of this generation. Raises Malformed."""
        try:
            data = (self._place / f"{name}.sealed").read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Malformed(
                t("error.vault.missing", name=visible(name), reason=reason), hint=t("error.vault.restore")
            ) from None
        return self.unseal(name, data)

    def write_sealed(self, name: str, content: bytes) -> None:
        """Replace a sealed file; on the disk on return. Raises SousveilError."""
        path = self._place / f"{name}.sealed"
        try:
            atomic.write(path, self.seal(name, content), mode=0o600)
        except OSError as error:
            raise _fail(path, error) from error

    # The index

    def _read_index(self) -> Index:
        try:
            return msgspec.msgpack.decode(self.read_sealed(INDEX), type=Index)
        except msgspec.DecodeError:
            raise Malformed(t("error.vault.damaged", name=INDEX), hint=t("error.vault.restore")) from None

    def commit(self, what: str, changed: Index | None = None, /, *, now: datetime, **about: str | int) -> None:
        """Write an entry of the log, and the index as it is or as it was changed. On the disk on return. Raises SousveilError.

        A look is written before anything is shown. `what`: empty where the verb has written its entry.
        """
        if what != CLOCK_SET:
            self.check_clock(now)
        self._write_entry()
        log = self._with_entry(self.index.log, what, now, about) if what else self.index.log
        index = msgspec.structs.replace(changed or self.index, log=log)
        self.write_sealed(INDEX, msgspec.msgpack.encode(index))
        self.index = index
        self._write_entry()

    def load_table(self, kind: str, type: type[T]) -> T | None:
        """The table whose name begins with `kind`; None where there is none. Raises Malformed."""
        name = next((name for name in self.index.tables if name.startswith(kind)), None)
        if name is None:
            return None
        try:
            return msgspec.msgpack.decode(self.read_sealed(name), type=type)
        except msgspec.DecodeError:
            raise Malformed(t("error.vault.damaged", name=kind), hint=t("error.vault.restore")) from None

    def replace_tables(
        self, contents: Mapping[str, msgspec.Struct], what: str, *, now: datetime, **about: str | int
    ) -> None:
        """Keep tables in place of those of their kinds, all or none, with an entry of the log. Raises SousveilError."""
        self.check_clock(now)
        names = {kind: f"{kind}{secrets.token_hex(8)}" for kind in contents}
        for kind, content in contents.items():
            self.write_sealed(names[kind], msgspec.msgpack.encode(content))
        others = tuple(other for other in self.index.tables if not other.startswith(tuple(contents)))
        index = msgspec.structs.replace(self.index, tables=(*others, *names.values()))
        self.commit(what, index, now=now, **about)
        self.sweep()

    # The log

    @property
    def log_head(self) -> str:
        """Size and root of the log; see `journal.noted`."""
        return noted(self._journal.head)

    def _read_log(self) -> None:
        """Read the log whole. The index names its newest entry, which a killed run may not have written.

        Raises Malformed for the log of another copy, Disagreement for one that was changed, Missing.
        """
        log = self.index.log
        self._journal = _journal(self.folder, self.header.vault, log)
        entries = self._journal.entries()
        if root_of(entries[: log.size]) != log.root or entries[log.size :] not in ([], [log.entry]):
            raise Malformed(t("error.vault.history"), hint=t("error.vault.restore"))
        self.history = [self._look(place, entry) for place, entry in enumerate(entries)]
        self._write_entry()

    def _write_entry(self) -> None:
        """Write the newest entry that the index names, if the log does not have it. Raises SousveilError."""
        log = self.index.log
        if self._journal.size == log.size:
            try:
                self._journal.append(log.entry)
            except OSError as error:
                raise _fail(self._journal.folder, error, "error.vault.log_hint") from error
            self.history.append(self._look(log.size, log.entry))

    def _with_entry(self, log: Log, what: str, now: datetime, about: Mapping[str, str | int]) -> Log:
        """The log's keys with one more entry, which is sealed with the newest of them."""
        kept = {
            name: visible(value, ABOUT_MOST) if isinstance(value, str) and name not in ("number", "person") else value
            for name, value in about.items()
            if value != ""
        }
        content = msgspec.msgpack.encode(Look(when=now, what=what, by=self.opened_by, about=kept))
        head, generation, nonce = self._journal.head, max(log.keys), os.urandom(_NONCE)
        padded = len(content).to_bytes(2, "big") + content.ljust(ENTRY, b"\0")
        box = crypto_aead_xchacha20poly1305_ietf_encrypt(
            padded, self._context_of_entry(generation, head.size), nonce, log.keys[generation]
        )
        entry = generation.to_bytes(4, "big") + nonce + bytes(box)
        return msgspec.structs.replace(log, size=head.size, root=head.root, entry=entry)

    def _look(self, place: int, entry: bytes) -> Look:
        """What a sealed entry says. Raises Malformed."""
        generation, nonce, box = int.from_bytes(entry[:4], "big"), entry[4 : 4 + _NONCE], entry[4 + _NONCE :]
        try:
            padded = crypto_aead_xchacha20poly1305_ietf_decrypt(
                box, self._context_of_entry(generation, place), nonce, self.index.log.keys[generation]
            )
            return msgspec.msgpack.decode(padded[2 : 2 + int.from_bytes(padded[:2], "big")], type=Look)
        except (KeyError, CryptoError, ValueError, TypeError, msgspec.DecodeError):
            raise Malformed(t("error.vault.history"), hint=t("error.vault.restore")) from None

    def _context_of_entry(self, generation: int, place: int) -> bytes:
        """What the tag of an entry covers beside its content: an entry of another place or vault does not open."""
        return MAGIC + f"{self.header.vault} {generation} {LOG} {place}".encode()

    # Files

    def _names(self, index: Index) -> list[str]:
        segments = (f"{item.id}-{number}" for item in index.imports for number in range(item.segments))
        return [INDEX, *segments, *index.tables]

    def sweep(self) -> None:
        """Delete what nothing names: tables that were replaced, and what a killed run left."""
        kept = {f"{name}.sealed" for name in self._names(self.index)} | {"shares"}
        try:
            for entry in self.folder.iterdir():
                if re.fullmatch(r"g\d+", entry.name) and entry != self._place:
                    shutil.rmtree(entry)
                elif entry.name.startswith((f"{HEADER}.", f"{RECORD}.")) and entry.name.endswith(".new"):
                    entry.unlink()
            for entry in self._place.iterdir():
                if entry.name not in kept:
                    entry.unlink()
            for entry in (self.folder / LOG).rglob("*.new"):
                entry.unlink()
        except OSError as error:
            raise _fail(self.folder, error) from error

    # Holders

    def change_holders(self, holders: Iterable[str], recovery: Iterable[str], *, now: datetime) -> None:
        """Give the vault a new data key, shared among these holders. Old keys and shares open copies of before only.

        Raises Usage, Malformed, SousveilError. The vault is whole before, during and after: vault.json names the generation.
        """
        two = _checked(holders, recovery)
        self.check_clock(now)
        header = msgspec.structs.replace(
            self.header, generation=self.header.generation + 1, holders=two[0], recovery=two[1], check=""
        )
        self._write_entry()
        with Vault(self.folder, header, bytearray(os.urandom(KEY_BYTES)), self.opened_by, self.index) as after:
            log = self.index.log
            log = msgspec.structs.replace(log, keys={**log.keys, header.generation: os.urandom(KEY_BYTES)})
            log = self._with_entry(log, "holders", now, {"holders": len(two[0])})
            index = msgspec.structs.replace(self.index, log=log)
            after._write_generation(index, source=self)
            self.header, self.index = after.header, index
            self._key[:] = after._key
        self._write_entry()
        self.sweep()

    def _write_generation(self, index: Index, *, source: Vault | None) -> None:
        """Write shares, rows and index under this object's key; then let vault.json name them."""
        place = self._place
        try:
            if place.exists():
                shutil.rmtree(place)
            (place / "shares").mkdir(mode=0o700, parents=True)
            place.chmod(0o700)
            for number, pair in enumerate(self.header.pairs()):
                self._write_shares(f"{number:03}", pair)
            if source is not None:
                for name in self._names(index)[1:]:
                    self.write_sealed(name, source.read_sealed(name))
            self.write_sealed(INDEX, msgspec.msgpack.encode(index))
            atomic.sync_folder(self.folder)
            header = msgspec.structs.replace(self.header, check=_check_value(self._key, self.header))
            atomic.write(self.folder / HEADER, msgspec.json.format(msgspec.json.encode(header)) + b"\n", mode=0o600)
        except OSError as error:
            raise _fail(place, error) from error
        self.header = header

    def _write_shares(self, number: str, pair: tuple[str, str]) -> None:
        """Two shares whose XOR is the data key; either alone is random."""
        mask = os.urandom(KEY_BYTES)
        other = bytes(a ^ b for a, b in zip(mask, self._key, strict=True))
        for side, recipient, share in (("a", pair[0], mask), ("b", pair[1], other)):
            content = msgspec.msgpack.encode(
                _Share(vault=self.header.vault, generation=self.header.generation, pair=number, side=side, share=share)
            )
            sealed = pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(recipient)])
            atomic.write(self._place / "shares" / f"{number}-{side}.age", bytes(sealed), mode=0o600)


def _journal(folder: Path, id: str, log: Log, *, new: bool = False) -> Journal:
    try:
        return Journal(folder / LOG, f"sousveil.vault/{id}", PrivateKey(log.signing), new=new)
    except OSError as error:
        raise _fail(folder / LOG, error) from error


def _join(folder: Path, header: Header, first: Identities, second: Identities) -> tuple[bytearray, tuple[str, str]]:
    """The data key out of the two shares of a pair, and the pair. Raises Locked, Malformed."""
    known = [{str(identity.to_public()): identity for identity in side} for side in (first, second)]
    for number, pair in enumerate(header.pairs()):
        for order in (pair, pair[::-1]):
            if order[0] in known[0] and order[1] in known[1]:
                owners = {order[0]: known[0][order[0]], order[1]: known[1][order[1]]}
                shares = [
                    _open_share(folder, header, f"{number:03}", side, owners[recipient])
                    for side, recipient in zip("ab", pair, strict=True)
                ]
                return bytearray(a ^ b for a, b in zip(*shares, strict=True)), pair
    raise Locked(t("error.vault.no_pair"), hint=t("error.vault.no_pair_hint"))


def _end(folder: Path) -> None:
    """Overwrite the shares of all generations, delete the generations, then name the record. Raises SousveilError."""
    try:
        for place in sorted(entry for entry in folder.iterdir() if re.fullmatch(r"g\d+", entry.name)):
            # also what a killed write left of a share
            for share in sorted(place.glob("shares/*")):
                if not share.is_symlink():
                    overwrite(share)
            shutil.rmtree(place)
        if (folder / LOG).exists():
            shutil.rmtree(folder / LOG)
        if (folder / PENDING).exists():
            (folder / PENDING).replace(folder / RECORD)
        atomic.sync_folder(folder)
    except OSError as error:
        raise _fail(folder, error, "error.vault.unfinished_hint") from error


def overwrite(path: Path) -> None:
    """Write random bytes over a file and delete it. On flash storage older blocks can remain."""
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    atomic.sync_folder(path.parent)


def _open_share(folder: Path, header: Header, number: str, side: str, identity: Any) -> bytes:
    name = f"{number}-{side}.age"
    try:
        data = (folder / f"g{header.generation}" / "shares" / name).read_bytes()
        share = msgspec.msgpack.decode(bytes(pyrage.decrypt(data, [identity])), type=_Share)
    except (OSError, ValueError, pyrage.DecryptError, msgspec.DecodeError):
        raise Malformed(t("error.vault.damaged", name=name), hint=t("error.vault.restore")) from None
    expected = (header.vault, header.generation, number, side, KEY_BYTES)
    if (share.vault, share.generation, share.pair, share.side, len(share.share)) != expected:
        raise Malformed(t("error.vault.shares_differ"), hint=t("error.vault.restore"))
    return share.share


_NO_INDEX = Index(log=Log(signing=b"", keys={}))
"""That of a vault whose index was not read yet."""


def utc_now() -> datetime:
    """The present time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


__all__ = [
    "CLOCK_SET",
    "Header",
    "Identities",
    "Import",
    "Index",
    "Look",
    "Vault",
    "identities",
    "locked",
    "looked_at",
    "overwrite",
    "read_header",
    "read_identities",
    "recipients",
    "utc_now",
]
