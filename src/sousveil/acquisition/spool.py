"""An encrypted spool: content that can only be unfolded from its start, kept so that a reader may step back in it.

A database in a compressed archive must be read in any order. What is too large for memory goes into a file that has no name:
the process that starts a worker makes it, removes its name at once and hands on the descriptor. The worker seals each block
with a random key that it never writes down. When the worker ends, however it ends, the system frees the blocks, and no key to them is
left. The spool never holds a plain byte of the phone.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sousveil.acquisition.system import pread
from sousveil.errors import Malformed, SousveilError
from sousveil.texts import t

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK, TAG = 64 << 10, 16
MAX_FILE = 1 << 30
"""Bytes of one file that are spooled."""
MAX_ALL = 2 << 30
"""Bytes of all files in one spool."""
FILE_LIMIT = MAX_ALL // BLOCK * (BLOCK + TAG)
"""Bytes of the largest spool with its seals."""
_RECENT = 16
"""Opened blocks that stay in memory."""
_DATABASE = b"SQLite format 3\0"

Forward = Callable[[int, int], bytes]
"""Reads up to so many bytes from an offset; a step back may cost a pass from the start."""


def create() -> int | None:
    """The descriptor of an empty file without a name, for reading and writing; None where the system has no such file."""
    folder = os.environ.get("TMPDIR") or "/tmp"
    with suppress(OSError, AttributeError):
        return os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    if os.name != "posix":
        return None
    import tempfile  # takes longer than all else here

    with suppress(OSError), tempfile.TemporaryDirectory(prefix="sousveil-", dir=folder) as private:  # mode 0700
        name = Path(private, "spool")
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        name.unlink()
        return descriptor
    return None


class _Copy:
    """The content of one file in the spool, as far as it was unfolded."""

    def __init__(self, spool: Spool, size: int) -> None:
        self._spool, self._stated = spool, size
        self._places: list[int] = []
        """Of each sealed block, its number in the spool."""
        self._tail = bytearray()
        self.fault: Malformed | None = None
        """What is wrong with the file from `fault_offset` on."""
        self.fault_offset = 0

    @property
    def missing(self) -> int:
        """Blocks that the rest of the file takes."""
        return -(-self._stated // BLOCK) - len(self._places)

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return len(self._places) * BLOCK + len(self._tail)

    def append(self, piece: bytes) -> None:
        """Take the next bytes of the file. Raises OSError where there is no room."""
        self._tail += piece
        while len(self._tail) >= BLOCK:
            self._places.append(self._spool.seal(self._tail[:BLOCK]))
            del self._tail[:BLOCK]

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes from `offset`."""
        end = min(offset + amount, self.size)
        pieces = []
        while offset < end:
            number, start = divmod(offset, BLOCK)
            block = self._spool.unseal(self._places[number]) if number < len(self._places) else bytes(self._tail)
            pieces.append(block[start : start + end - offset])
            offset += len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Spool:
    """Files of one run, sealed in the file behind a descriptor. For one thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._copies: dict[Hashable, _Copy] = {}
        self._refused: set[Hashable] = set()
        self._cipher: AESGCM | None = None
        self._next = 0
        """Number of the next block."""
        self._recent: OrderedDict[int, bytes] = OrderedDict()

    def read(self, key: Hashable, size: int, amount: int, offset: int, forward: Forward, *, back: bool) -> bytes | None:
        """Up to `amount` bytes from `offset` of the file that `key` names and that has `size` bytes, unfolded by `forward`.

        A database is copied as it passes; another file once somebody steps back in it (`back`). Gives None for a step back in
        a file for which there is no room, and raises as `forward`."""
        copy = self._copies.get(key)
        if copy is None and not back:
            piece = forward(amount, offset)
            if offset == 0 and piece.startswith(_DATABASE) and (copy := self._begin(key, size)) is not None:
                self._append(key, copy, piece)
            return piece
        copy = copy or self._begin(key, size)
        if copy is None:
            return None
        end = min(offset + amount, size)
        while (there := copy.size) < end:
            straight = there == offset
            try:
                if copy.fault is not None and there >= copy.fault_offset:
                    raise copy.fault
                piece = forward(amount if straight else min(BLOCK, size - there), there)
            except SousveilError:
                if there > offset:
                    break
                raise
            if not piece:
                break
            # `forward` may have spooled the archive around this file, and that may have taken the room of this copy.
            kept = self._copies.get(key) is copy and self._append(key, copy, piece)
            if straight:
                return piece
            if not kept:
                break
        if self._copies.get(key) is copy:
            return copy.read(end - offset, offset)
        return None if key in self._refused else forward(end - offset, offset)

    def keep_fault(self, key: Hashable, fault: Malformed, offset: int) -> None:
        """Raise this for everybody who reads the file from `offset` on, for as long as its copy is here."""
        if (copy := self._copies.get(key)) is not None:
            copy.fault, copy.fault_offset = fault, offset

    def is_faulty(self, key: Hashable, offset: int) -> bool:
        """Whether a fault of the file begins at `offset`."""
        copy = self._copies.get(key)
        return copy is not None and copy.fault is not None and copy.fault_offset == offset

    def _begin(self, key: Hashable, size: int) -> _Copy | None:
        """A new copy; None for a file that is too large or met a full disk. Others make room for it."""
        if size > MAX_FILE or key in self._refused:
            return None
        copy = _Copy(self, size)
        awaited = sum(held.missing for held in (*self._copies.values(), copy))
        if self._cipher is None or (self._next + awaited) * BLOCK > MAX_ALL:
            self._renew()
        self._copies[key] = copy
        return copy

    def _renew(self) -> None:
        """Begin anew, with a new key: so no number of a block is used twice with one key."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # only what is spooled needs it

        self._copies.clear()
        self._recent.clear()
        self._cipher, self._next = AESGCM(os.urandom(32)), 0

    def _append(self, key: Hashable, copy: _Copy, piece: bytes) -> bool:
        """Take the next bytes of a file; whether there was room. What was interrupted is not used again."""
        whole = False
        try:
            copy.append(piece)
            whole = True
        except OSError:
            self._refused.add(key)
        finally:
            if not whole:
                self._copies.pop(key, None)
        return whole

    def seal(self, block: bytes | bytearray) -> int:
        """Write a block; gives its number. Raises OSError where there is no room."""
        assert self._cipher is not None
        number, self._next = self._next, self._next + 1
        sealed = memoryview(self._cipher.encrypt(_nonce(number), bytes(block), None))
        os.lseek(self._descriptor, number * (BLOCK + TAG), os.SEEK_SET)
        while sealed:
            sealed = sealed[os.write(self._descriptor, sealed) :]
        return number

    def unseal(self, number: int) -> bytes:
        """A block that was written. Raises Malformed for a block that somebody has changed."""
        from cryptography.exceptions import InvalidTag  # only what is spooled needs it

        assert self._cipher is not None
        block = self._recent.get(number)
        if block is None:
            sealed = pread(self._descriptor, BLOCK + TAG, number * (BLOCK + TAG))
            try:
                block = self._recent[number] = self._cipher.decrypt(_nonce(number), sealed, None)
            except InvalidTag as error:
                raise Malformed(t("error.spool.changed")) from error
            if len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
        else:
            self._recent.move_to_end(number)
        return block


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


_current: Spool | None = None


def use(descriptor: int | None) -> None:
    """Spool into this file from now on; None: nowhere."""
    global _current
    _current = None if descriptor is None else Spool(descriptor)


def current() -> Spool | None:
    """The spool of this process; None where it has none."""
    return _current


__all__ = ["BLOCK", "FILE_LIMIT", "MAX_ALL", "MAX_FILE", "Spool", "create", "current", "use"]
