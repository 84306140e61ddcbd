"""From a stored file to its content: read as it lies there, or decrypted on the way, at any offset, in flat memory.

A file of an encrypted iOS backup is one AES-256-CBC ciphertext with a zero IV and PKCS#7 padding. CBC can be read from
anywhere: a block needs only the ciphertext block before it. Nothing here ever writes.

A stored file that is shorter than it must be can still be read up to where it ends; what lies beyond raises
`Malformed`. So the rows of a truncated database that are there are found, and the coverage says that it is not whole.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator

from sousveil.acquisition import system
from sousveil.acquisition.abfile import ENCRYPTED, CbcFile
from sousveil.acquisition.age import SealedFile
from sousveil.acquisition.model import FileGroup, Member, Packed, blocks
from sousveil.acquisition.tars import GZIPPED, TARRED, ZLIBBED, TarredFile, Unfolded, unfolded
from sousveil.acquisition.zips import PackedFile
from sousveil.errors import Locked, Malformed, Missing, SousveilError
from sousveil.texts import t

UNIT = 64 << 10
"""Bytes read (and decrypted) at once when reads jump about."""
RUN = 8
"""Units read at once, at most, when reads go straight on: 512 KiB."""
KEPT = 16
"""Units remembered for each open file: 1 MiB."""
AES_BLOCK = 16
KEY_BYTES = 32
_ZERO_IV = bytes(AES_BLOCK)


def open_stored(path: str) -> int:
    """A descriptor of an evidence file, for reading only.

    Raises Missing where there is none, and Malformed for a symbolic link, pipe, socket, device or folder: a backup
    holds none of them in place of a file, and following one would read something else than evidence (or wait forever).
    """
    if not path or "\0" in path:
        raise Missing(t("error.content.file_backup"))
    try:
        if system.FOLLOWS_LINKS and stat.S_ISLNK(os.lstat(path).st_mode):
            raise OSError(errno.ELOOP, "")
        descriptor = os.open(path, system.READ)
    except OSError as error:
        raise _os_error(error) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Malformed(t("error.content.stored_file_regular"))
    return descriptor


def _os_error(error: OSError) -> SousveilError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Missing(t("error.content.file_backup"))
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return Malformed(t("error.content.stored_file_symbolic"))
    if error.errno in (errno.EACCES, errno.EPERM):
        return Missing(
            t("error.content.user_may_read"),
            hint=t("error.content.copy_backup_folder"),
        )
    return Missing(t("error.content.stored_file_cannot", reason=os.strerror(error.errno or 0).lower()))


def refuse_problem(member: Member) -> None:
    """Raise what the acquisition already knows to be wrong with a member: Locked where its bytes are there, else
    Missing.
    """
    if member.problem is not None:
        there = bool(member.path) and os.path.lexists(member.path)
        raise (Locked if there else Missing)(member.problem)


class StoredFile:
    """Content of a plain stored file (see `Readable`); the base of the decrypting one.

    `size` is the content's size. Where the manifest states more bytes than are there, `size` is what it states, and
    reading beyond `there` raises Malformed with `fault`. `doubt` is a sentence about a difference that loses nothing
    (or None)."""

    def __init__(self, descriptor: int, stated: int | None) -> None:
        self._descriptor = descriptor
        self.stored = os.fstat(descriptor).st_size
        self.there = self.stored
        self.fault: str | None = None
        self.doubt: str | None = None
        self._start = 0
        self._end = 0
        self._block = b""
        self._units: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        """Number of a unit -> the block that holds it: where it begins, and its bytes."""
        self._next_unit = 0
        self._run = 1
        self._settle(stated)
        self.size = self.there if self.fault is None or stated is None else max(stated, self.there)

    def _settle(self, stated: int | None) -> None:
        """Compare what is stored with what the manifest states."""
        if stated is None or stated == self.there:
            return
        if stated > self.there:
            self.fault = t("error.content.stored_file_cut", there=self.there, stated=stated)
        else:
            self.doubt = t("error.content.stored_file_bytes", there=self.there, stated=stated)

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes from `offset` (see `Readable.read`)."""
        at = offset - self._start
        if at >= 0 and offset + amount <= self._end:
            return self._block[at : at + amount]
        return self._read_on(amount, offset)

    def _read_on(self, amount: int, offset: int) -> bytes:
        if offset < 0 or amount <= 0:
            return b""
        end = min(offset + amount, self.size)
        if end > self.there and self.fault is not None:
            raise Malformed(self.fault)
        if offset >= end:
            return b""
        if end - offset > UNIT:
            return self._large(offset, end)
        self._turn_to(offset // UNIT)
        piece = self._block[offset - self._start : end - self._start]
        if len(piece) < end - offset:
            offset += len(piece)
            self._turn_to(offset // UNIT)
            piece += self._block[offset - self._start : end - self._start]
        return piece

    def read_apart(self, amount: int, offset: int) -> bytes:
        """As `read`, for pieces that nobody asks for twice: nothing is read beside them and nothing is remembered."""
        end = min(offset + amount, self.size)
        if end > self.there or offset < 0 or amount <= 0 or offset >= end:
            return self.read(amount, offset)
        return self._large(offset, end)

    def _large(self, offset: int, end: int) -> bytes:
        """Bytes past the cache, for reads longer than a unit."""
        low = offset // AES_BLOCK * AES_BLOCK
        high = min(-(-end // AES_BLOCK) * AES_BLOCK, self._usable())
        return bytes(self._load(low, high)[offset - low : end - low])

    def _turn_to(self, number: int) -> None:
        """Make the block that holds a unit the current one."""
        if self._start <= number * UNIT < self._end:
            return
        held = self._units.get(number)
        if held is None:
            held = self._fetch(number)
        else:
            self._units.move_to_end(number)
        self._start, self._block = held
        self._end = min(self._start + len(self._block), self.there)

    def _fetch(self, number: int) -> tuple[int, bytes]:
        """Read a block that begins with a unit: the longer, the longer the reads have gone straight on."""
        self._run = min(self._run * 2, RUN) if number == self._next_unit and number else 1
        start = number * UNIT
        held = start, bytes(self._load(start, min(start + self._run * UNIT, self._usable())))
        self._next_unit = number + self._run
        for unit in range(number, number + -(-len(held[1]) // UNIT)):
            self._units[unit] = held
        while len(self._units) > KEPT:
            self._units.popitem(last=False)
        return held

    def _usable(self) -> int:
        """Stored bytes that stand for content (with the padding)."""
        return self.stored

    def _pread(self, start: int, end: int) -> bytes:
        try:
            data = system.pread(self._descriptor, end - start, start)
        except OSError as error:
            raise _os_error(error) from None
        if len(data) < end - start:
            raise Malformed(t("error.content.stored_file_became"))
        return data

    def _load(self, start: int, end: int) -> bytes | memoryview:
        """Content bytes from a multiple of 16 to another."""
        return self._pread(start, end)

    def expect(self, size: int, fault: str) -> None:
        """Take note that the content must be longer than it is (by what it says of itself): reading past its end
        raises `fault`.
        """
        if size > self.size:
            self.size = size
            self.fault = self.fault or fault

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            self._units.clear()


class EncryptedFile(StoredFile):
    """Content of a stored file that is encrypted with AES-256-CBC."""

    def __init__(self, descriptor: int, stated: int | None, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise Malformed(t("error.content.file_key_bytes"))
        from cryptography.hazmat.primitives.ciphers import algorithms  # only what is encrypted needs it

        self._key = algorithms.AES(key)
        super().__init__(descriptor, stated)

    def _usable(self) -> int:
        return self.stored - self.stored % AES_BLOCK

    def _settle(self, stated: int | None) -> None:
        last = b""
        if self.stored >= AES_BLOCK and self.stored % AES_BLOCK == 0:
            last = bytes(self._load(self.stored - AES_BLOCK, self.stored))
        self.there, self.fault, self.doubt = settle(self.stored, last, stated)

    def _load(self, start: int, end: int) -> memoryview:
        from cryptography.hazmat.primitives.ciphers import Cipher, modes

        before = self._pread(start - AES_BLOCK, start) if start else _ZERO_IV
        out = bytearray(end - start + AES_BLOCK - 1)
        done = Cipher(self._key, modes.CBC(before)).decryptor().update_into(self._pread(start, end), out)
        return memoryview(out)[:done]


def settle(stored: int, last: bytes, stated: int | None) -> tuple[int, str | None, str | None]:
    """(content bytes that are there, fault, doubt) of an encrypted file.

    `last` is its last block, decrypted (b"" where the stored length is no multiple of 16). A fault means that content
    is missing or cannot be trusted beyond the first number; a doubt is a difference that loses nothing."""
    if stored == 0:
        return 0, None if not stated else t("error.content.stored_file_empty", stated=stated), None
    if not last:
        whole = stored - stored % AES_BLOCK
        if stated is not None and stated <= whole:
            return stated, None, t("error.content.stored_file_lost")
        id = "stored_file_cut_off" if stated is None else "stored_file_cut_off_of"
        return whole, t(f"error.content.{id}", there=whole, stated=stated), None
    pad = last[-1]
    sound = 1 <= pad <= AES_BLOCK and last.endswith(bytes([pad]) * pad)
    if not sound:
        if stated is None and stored % 512 == 0:
            # Manifest.db states no size anywhere; SQLite's own header tells whether the key was right.
            return stored, None, t("error.content.encrypted_file_ends")
        text = t("error.content.stored_file_wrong")
        there = stored - AES_BLOCK
        if stated is not None and stated > stored:
            text = t("error.content.stored_file_cut", there=there, stated=stated)
        return there if stated is None else min(there, stated), text, None
    content = stored - pad
    if stated is None or stated == content:
        return content, None, None
    if stated > content:
        return content, t("error.content.stored_file_cut", there=content, stated=stated), None
    return content, None, t("error.content.stored_file_bytes", there=content, stated=stated)


def stored_size(path: str) -> int:
    """Bytes of a stored file; 0 where there is none."""
    try:
        return os.lstat(path).st_size
    except (OSError, ValueError):
        return 0


def content_size(member: Member) -> int:
    """Bytes of a member's content as far as they are known without reading it: what its archive states, else what is
    stored. Time and rows are allowed by it."""
    return member.inside[-1].size if member.inside else stored_size(member.path)


def group_size(group: FileGroup) -> int:
    """Bytes that reading a group gives: its sections where it names some, else the content of its members."""
    if group.sections:
        return sum(section.end - section.start for section in group.sections)
    return sum(map(content_size, group.members))


Content = StoredFile | PackedFile | SealedFile | CbcFile
"""An open file: `Readable`, and what reading of databases needs."""


def open_layers(path: str, layers: tuple[Packed, ...]) -> Content | Unfolded:
    """What lies in an archive, behind all these layers; a stream that is open already goes on."""
    if not layers:
        return StoredFile(open_stored(path), None)
    *before, packed = layers
    below = tuple(before)
    if packed.method in (GZIPPED, ZLIBBED):
        return unfolded(path, layers, lambda: open_layers(path, below))
    source = open_layers(path, below)
    try:
        if packed.method == ENCRYPTED:
            return CbcFile(source, packed)
        if packed.key is not None:
            return SealedFile(source, packed.offset, packed.key)
        named = system.file_key(path)
        kind = TarredFile if packed.method == TARRED else PackedFile
        return kind(source, packed, named and (*named, layers))
    except SousveilError:
        source.close()
        raise


def open_member(member: Member) -> Content:
    """The content of a member, plain, decrypted or unpacked while it is read.

    Raises Locked or Missing where the acquisition says why it cannot be had, Missing where there is no file or no
    right to read it, Malformed for what is no regular file. A file that is cut off opens; see `StoredFile`."""
    refuse_problem(member)
    if member.inside and member.key is None:
        content = open_layers(member.path, member.inside)
        assert not isinstance(content, Unfolded)
        return content
    descriptor = open_stored(member.path)
    try:
        if member.key is None:
            return StoredFile(descriptor, member.size)
        return EncryptedFile(descriptor, member.size, member.key)
    except SousveilError:
        os.close(descriptor)
        raise


def stream_stored(member: Member, size: int = 1 << 20) -> Iterator[memoryview]:
    """The bytes as they are stored, front to back, for hashing what cannot be decrypted; of a member of an archive its
    content. A view is valid until the next step.
    """
    if member.inside:
        for block in _unpacked(member, size):
            yield memoryview(block)
        return
    descriptor = open_stored(member.path)
    try:
        buffer = memoryview(bytearray(min(max(size, AES_BLOCK), os.fstat(descriptor).st_size or 1)))
        while got := system.readv(descriptor, [buffer]):
            yield buffer[:got]
    except OSError as error:
        raise _os_error(error) from None
    finally:
        os.close(descriptor)


def stream_blocks(member: Member, size: int = 1 << 20) -> Iterator[tuple[memoryview, memoryview]]:
    """(stored bytes, content) front to back in one pass: hash the first as evidence, search the second.

    Both views are valid until the next step. Each file byte is read once into one buffer and decrypted into another;
    the stored pieces together are the whole file, the content pieces the whole content without padding. Where the file
    turns out to be cut off or damaged, every piece that is there is given first, then Malformed is raised. Other
    errors as `open_member`."""
    refuse_problem(member)
    if member.inside:
        for block in _unpacked(member, size):
            yield memoryview(block), memoryview(block)
        return
    size = max(size // AES_BLOCK * AES_BLOCK, AES_BLOCK)
    descriptor = open_stored(member.path)
    try:
        if member.key is None:
            yield from _stream_plain(descriptor, member.size, size)
        elif len(member.key) == KEY_BYTES:
            yield from _stream_encrypted(descriptor, member.key, member.size, size)
        else:
            raise Malformed(t("error.content.file_key_bytes"))
    except OSError as error:
        raise _os_error(error) from None
    finally:
        os.close(descriptor)


def _unpacked(member: Member, size: int) -> Iterator[bytes]:
    """The content of a member of an archive; what is there before an error comes first."""
    content = open_member(member)
    try:
        yield from blocks(content, size)
    finally:
        content.close()


def _fill(descriptor: int, view: memoryview) -> int:
    """Read until the view is full or the file ends."""
    done = 0
    while done < len(view) and (got := system.readv(descriptor, [view[done:]])):
        done += got
    return done


def _stream_plain(descriptor: int, stated: int | None, size: int) -> Iterator[tuple[memoryview, memoryview]]:
    stored = os.fstat(descriptor).st_size
    buffer = memoryview(bytearray(min(size, stored) or 1))
    total = 0
    while total < stored and (got := _fill(descriptor, buffer[: stored - total])):
        total += got
        yield buffer[:got], buffer[:got]
    if stated is not None and total < stated:
        raise Malformed(t("error.content.stored_file_cut", there=total, stated=stated))


def _stream_encrypted(
    descriptor: int, key: bytes, stated: int | None, size: int
) -> Iterator[tuple[memoryview, memoryview]]:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    stored = os.fstat(descriptor).st_size
    usable = stored - stored % AES_BLOCK
    size = min(size, usable + AES_BLOCK)
    buffer, plain = memoryview(bytearray(size)), memoryview(bytearray(size + AES_BLOCK - 1))
    decrypt = Cipher(algorithms.AES(key), modes.CBC(_ZERO_IV)).decryptor().update_into
    position, fault = 0, None
    if stored == 0:
        fault = settle(0, b"", stated)[1]
    while position < stored:
        wanted = min(size, stored - position)
        if _fill(descriptor, buffer[:wanted]) < wanted:
            raise Malformed(t("error.content.stored_file_became"))
        done = decrypt(buffer[: min(wanted, usable - position)], plain)
        position += wanted
        if position == stored:
            last = bytes(plain[done - AES_BLOCK : done]) if usable == stored else b""
            there, fault, _ = settle(stored, last, stated)
            done = max(0, min(done, there - (position - wanted)))
        yield buffer[:wanted], plain[:done]
    if fault is not None:
        raise Malformed(fault)
