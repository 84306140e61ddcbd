"""Fuzz harness of the raw pass: any bytes as a file, searched in pieces and as an SQLite file."""

from __future__ import annotations

import functools
import gzip
import plistlib
import zlib

from sousveil.findings.scan_bytes import Hits, Stream, scan_whole
from sousveil.findings.scan_check import Checker
from sousveil.findings.scan_containers import Unfolder
from sousveil.findings.scan_index import ScanIndex, build_scan_index
from sousveil.findings.scan_sqlite import MAGIC, is_database, is_wal, places
from sousveil.indicators.index import Index
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet


@functools.cache
def index() -> ScanIndex:
    """A few indicators."""
    said = (Attribution(set_name="t", family="T", threat_class=None, publisher="P"),)
    values = (
        (IndicatorKind.DOMAIN, "evil-host.com"),
        (IndicatorKind.EMAIL, "bad.guy@mail.example"),
        (IndicatorKind.FILE_PATH, "/private/var/tmp/implantd"),
        (IndicatorKind.PROFILE_ID, "com.bad.profile"),
    )
    made = tuple(Indicator(kind=k, value=v, original=v, attributions=said) for k, v in values)
    return build_scan_index(Index.build([IndicatorSet(name="t", sha256="0" * 64, indicators=made)]))


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, amount: int, offset: int) -> bytes:
        """As `Readable.read`."""
        return self.data[offset : offset + amount]

    def close(self) -> None:
        """Nothing to let go of."""


def seeds() -> list[bytes]:
    """Each form in which a value can stand."""
    text = b"see https://evil-host.com/x bad.guy@mail.example '/private/var/tmp/implantd' com.bad.profile "
    page = MAGIC + (512).to_bytes(2, "big") + bytes(14) + (2).to_bytes(4, "big") + bytes(64)
    return [
        text,
        text.decode().encode("utf-16-le"),
        text.decode().encode("utf-16-be"),
        plistlib.dumps(["evil-host.com", "Zo\u00eb evil-host.com", text.decode()], fmt=plistlib.FMT_BINARY),
        b"--" + gzip.compress(text) + zlib.compress(text),
        page + bytes(420) + b"\x0d" + text * 8,
        b"\x37\x7f\x06\x82" + bytes(4) + (512).to_bytes(4, "big") + bytes(20) + text * 8,
    ]


def fuzz_one(data: bytes) -> None:
    """Search; only SousveilError may leave."""
    hits = Hits()
    checker = Checker(index())
    unfolder = Unfolder(checker, hits, lambda: None)
    stream = Stream(checker, hits, on_members=unfolder.on_members, records=True)
    half = len(data) // 2
    stream.feed(data[:half])
    stream.feed(data[half:])
    stream.finish()
    unfolder.close()
    if is_database(data[:100]) or is_wal(data[:100]):
        places(_Bytes(data), data[:100], {found.offset for found, _ in hits.found} | {0, half})
    scan_whole(index(), data)
