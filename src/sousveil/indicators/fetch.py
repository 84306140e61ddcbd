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
from sousveil.texts import t

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
        raise Usage(
            t("error.fetch.public_set_named", name=visible(name, 60)),
            hint=t("error.fetch.known_public_sets", names=names),
        )
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
            t("error.fetch.answer_archive_tar", origin=visible(origin, 300)),
            hint=t("error.fetch.may_web_page"),
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
                    raise LimitExceeded(t("error.fetch.archive_contains_more"))
                files[path] = stream.read()
            revision = archive.pax_headers.get("comment")
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed(t("error.fetch.archive_damaged_cut"), hint=t("error.common.nothing_changed_get")) from error
    if not files:
        raise Malformed(
            t("error.fetch.archive_contains_file", name=visible(source.name, 60), files=", ".join(source.files)),
            hint=t("error.fetch.nothing_changed_repository"),
        )
    if not 0 < latest <= (time.time() if now is None else now) + DAY:
        raise Malformed(
            t("error.fetch.archive_states_time"),
            hint=t("error.fetch.nothing_changed_check"),
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
                t("error.fetch.archive_unpacks_more", limit=MAX_UNPACKED >> 20),
                hint=t("error.common.nothing_changed"),
            )
        plain.write(block)
    if not engine.eof:
        raise Malformed(t("error.fetch.archive_cut_off"), hint=t("error.common.nothing_changed_get"))
    plain.seek(0)


def _members(archive: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, str]]:
    """Its plain files, with their paths in the repository (without the folder that holds all of them)."""
    for count, member in enumerate(archive):
        if count >= MAX_ENTRIES:
            raise LimitExceeded(
                t("error.fetch.archive_contains_more_entries", limit=MAX_ENTRIES),
                hint=t("error.common.nothing_changed"),
            )
        path = member.name.partition("/")[2]
        if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and path and visible(path, 1000) == path:
            yield member, path
