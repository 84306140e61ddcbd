"""The known public sets, fetched over HTTPS: only on an explicit order, only newer than what is there, whole or not at all.

A source is the archive of a public repository, as its host makes it: a gzip-compressed tar file whose entries carry the
time of the commit. That time is the release's version, so that an older copy is refused. HTTPS says that the bytes come
from the host; nobody signs them, as somebody does with `sousveil indicators update`.
"""

from __future__ import annotations

import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sousveil.errors import LimitExceeded, Malformed, Usage
from sousveil.indicators.download import download
from sousveil.indicators.load import MAX_BYTES, read_bytes
from sousveil.indicators.public_sets import PublicSet, public_sets, wanted
from sousveil.indicators.store import Installed, Release, install
from sousveil.kinds import visible

MAX_ARCHIVE = 96 << 20
"""Bytes of an archive."""
MAX_UNPACKED = 512 << 20
"""Bytes of it unpacked."""
MAX_ENTRIES = 50_000
MAX_FILES = 1000
"""Files of indicators in it."""
DAY = 86_400


def known(name: str) -> PublicSet:
    """The source of this name. Raises Usage, naming all, where there is none."""
    source = public_sets().get(name)
    if source is None:
        names = ", ".join(public_sets())
        raise Usage(f"There is no public set named {visible(name, 60)}.", hint=f"Known public sets: {names}.")
    return source


def fetch(name: str, origin: str | None = None) -> Installed:
    """Fetch one source and put it into force. `origin` is another https address or a file of the same archive.

    Raises Usage, Malformed and LimitExceeded; then what was in force before stays so.
    """
    source = known(name)
    address = origin or source.url
    if "://" in address:
        data = download(address, MAX_ARCHIVE)
    else:
        data = read_bytes(Path(address))
    return install(release_of(source, data, address))


def release_of(source: PublicSet, data: bytes, origin: str, now: float | None = None) -> Release:
    """The release that an archive holds. `now` is the time in seconds since 1970 (default: the clock)."""
    if data[:2] != b"\x1f\x8b":
        raise Malformed(
            f"What came from {visible(origin, 300)} is no archive (tar.gz).",
            hint="A web page may have come instead; nothing was changed.",
        )
    files: dict[str, bytes] = {}
    latest = 0
    try:
        with tempfile.SpooledTemporaryFile(max_size=32 << 20) as plain:
            _unpack(data, plain)
            archive = tarfile.open(fileobj=plain, mode="r:")  # noqa: SIM115 - it holds nothing but `plain`
            for member, path in _members(archive):
                latest = max(latest, int(member.mtime))
                if not wanted(source, path):
                    continue
                stream = archive.extractfile(member)
                if stream is None or member.size > MAX_BYTES or len(files) >= MAX_FILES:
                    raise LimitExceeded("the archive holds more or larger files of indicators than are allowed.")
                files[path] = stream.read()
            revision = archive.pax_headers.get("comment")
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("The archive is damaged or cut off.", hint="Nothing was changed; get it again.") from error
    if not files:
        raise Malformed(
            f"The archive holds no file of {visible(source.name, 60)} ({', '.join(source.files)}).",
            hint="Nothing was changed. The repository may have been moved or rearranged.",
        )
    if not 0 < latest <= (time.time() if now is None else now) + DAY:
        raise Malformed(
            "The archive states no time, or a time in the future.",
            hint="Nothing was changed; check this computer's clock.",
        )
    return Release(
        source=source.name,
        version=latest,
        created=datetime.fromtimestamp(latest, UTC).date().isoformat(),
        origin=origin,
        revision=visible(revision, 64) if revision else None,
        files=dict(sorted(files.items())),
    )


def _unpack(data: bytes, plain: IO[bytes]) -> None:
    """Write the archive without its compression, and go back to its start."""
    engine = zlib.decompressobj(16 + zlib.MAX_WBITS)
    size, rest = 0, data
    while rest and not engine.eof:
        block = engine.decompress(rest, 1 << 20)
        rest = engine.unconsumed_tail
        size += len(block)
        if size > MAX_UNPACKED:
            raise LimitExceeded(
                f"The archive unpacks to more than {MAX_UNPACKED >> 20} MiB.", hint="Nothing was changed."
            )
        plain.write(block)
    if not engine.eof:
        raise Malformed("The archive is cut off.", hint="Nothing was changed; get it again.")
    plain.seek(0)


def _members(archive: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, str]]:
    """Its plain files, with their paths in the repository (without the folder that holds all of them)."""
    for count, member in enumerate(archive):
        if count >= MAX_ENTRIES:
            raise LimitExceeded(f"The archive holds more than {MAX_ENTRIES:,} entries.", hint="Nothing was changed.")
        path = member.name.partition("/")[2]
        if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and path and visible(path, 1000) == path:
            yield member, path
