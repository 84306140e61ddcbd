"""Values in raw bytes: encodings, boundaries, block edges, containers; both engines give the same."""

from __future__ import annotations

import gzip
import plistlib
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.findings.scan_bytes import Hits, Stream, scan_whole
from sousveil.findings.scan_check import Checker, Found
from sousveil.findings.scan_containers import Unfolder
from sousveil.findings.scan_index import ScanIndex, build_scan_index
from sousveil.indicators.index import Index, engines
from sousveil.indicators.model import Attribution, Indicator, IndicatorSet
from sousveil.indicators.model import IndicatorKind as K
from tests.profiles import examples

SAID = (Attribution(set_name="t", family="Testware", threat_class=None, publisher="Lab"),)
VALUES: list[tuple[K, str, str]] = [
    (K.DOMAIN, "evil-host.com", "equals"),
    (K.DOMAIN, "xn--bse-host-n4a.com", "equals"),
    (K.DOMAIN, "s.co", "equals"),  # too short
    (K.DOMAIN, "justonelabel", "equals"),
    (K.URL, "https://shared.example/lure/One", "equals"),
    (K.URL, "shared.example/folder", "prefix"),
    (K.EMAIL, "bad.guy@mail.example", "equals"),
    (K.FILE_PATH, "/private/var/tmp/implantd", "equals"),
    (K.FILE_PATH, "/data/data/com.bad/files/x", "equals"),
    (K.FILE_PATH, "/sdcard/.bad/core", "equals"),
    (K.FILE_NAME, "implantd.dylib", "equals"),
    (K.PROCESS, "implantprocess", "equals"),
    (K.PROFILE_ID, "com.bad.profile", "equals"),
    (K.DOMAIN, "%bad-pattern%", "like"),
]


def made(engine: str, values: list[tuple[K, str, str]] = VALUES) -> tuple[ScanIndex, Index]:
    indicators = tuple(Indicator(kind=k, value=v, original=v, pattern=p, attributions=SAID) for k, v, p in values)
    index = Index.build([IndicatorSet(name="t", sha256="0" * 64, indicators=indicators)], engine=engine)
    return build_scan_index(index), index


INDEXES = {engine: made(engine) for engine in engines()}


@pytest.fixture(params=engines())
def both(request: pytest.FixtureRequest) -> tuple[ScanIndex, Index]:
    return INDEXES[request.param]


def seen(both: tuple[ScanIndex, Index], data: bytes, *, records: bool = False) -> list[tuple[str, int, str, str]]:
    index, plain = both
    return [
        (plain.indicators[f.position].value, f.offset, f.encoding, f.how)
        for f in scan_whole(index, data, records=records)
    ]


HITS: list[tuple[str, str, int, str]] = [
    ("evil-host.com", "evil-host.com", 0, "equals"),
    ("see EVIL-Host.com.", "evil-host.com", 4, "equals"),
    ("http://a.b.evil-host.com/x", "evil-host.com", 11, "subdomain"),
    ("https://evil-host.com:8443/", "evil-host.com", 8, "equals"),
    ("x@evil-host.com ", "evil-host.com", 2, "equals"),
    ('{"u":"line\\nevil-host.com"}', "evil-host.com", 12, "equals"),
    ("https:\\/\\/evil-host.com\\/x", "evil-host.com", 10, "equals"),
    ("点击evil-host.com", "evil-host.com", 6, "equals"),
    ("https://l.example/?u=https%3A%2F%2Fevil-host.com%2Fx", "evil-host.com", 35, "nested"),
    ("go to böse-host.com now", "xn--bse-host-n4a.com", 6, "decoded"),
    ("http://shared.example/lure/One ", "https://shared.example/lure/One", 7, "equals"),
    ("https://www.shared.example/lure/One#top", "https://shared.example/lure/One", 12, "equals"),
    ("shared.example/folder/deep?x=1", "shared.example/folder", 0, "prefix"),
    ("mailto:Bad.Guy@mail.example?x", "bad.guy@mail.example", 7, "equals"),
    ("'/private/var/tmp/implantd'", "/private/var/tmp/implantd", 9, "equals"),
    ("/var/tmp/implantd/x ", "/private/var/tmp/implantd", 0, "below"),
    ("file:///private/var/tmp/implantd", "/private/var/tmp/implantd", 15, "equals"),
    ("'/data/user/0/com.bad/files/x'", "/data/data/com.bad/files/x", 1, "equals"),
    ("=/data/data/com.bad/files/x/y ", "/data/data/com.bad/files/x", 1, "below"),
    *(
        (f"'{folder}/.bad/core'", "/sdcard/.bad/core", 1, "equals")
        for folder in (
            "/sdcard",
            "/mnt/sdcard",
            "/storage/self/primary",
            "/storage/emulated/0",
            "/storage/emulated/legacy",
            "/data/media/0",
        )
    ),
    ("id=com.bad.PROFILE;", "com.bad.profile", 3, "equals"),
]


@pytest.mark.parametrize(("text", "value", "at", "how"), HITS)
def test_hits_utf8(both: tuple[ScanIndex, Index], text: str, value: str, at: int, how: str) -> None:
    for pad in (b"", b"\x00\x01", b"\xff\xd8"):
        assert (value, at + len(pad), "utf-8", how) in seen(both, pad + text.encode() + pad)


@pytest.mark.parametrize(("text", "value", "at", "how"), HITS)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("pad", [b"", b"\xff\xfe\xff", b"\x05"])
def test_hits_utf16(
    both: tuple[ScanIndex, Index], text: str, value: str, at: int, how: str, encoding: str, pad: bytes
) -> None:
    place = 2 * len(text.encode()[:at].decode()) + len(pad)
    assert (value, place, encoding, how) in seen(both, pad + text.encode(encoding) + pad)


MISSES = [
    "notevil-host.com",
    "evil-host.com.au",
    "evil-host.community",
    "evil-host.com-x.org",
    "xevil-host.com",
    "_evil-host.com",
    "ñevil-host.com",
    "evil-host.comé",
    "evil-host.com@good.example/",
    "https://good.example/?q=evil-host.com",
    "https://evil-host.com@good.example/x",
    "s.co https://s.co/x",
    "justonelabel",
    "implantd.dylib",
    "implantprocess",
    "http://shared.example/lure/one",
    "http://shared.example/lure/One2",
    "http://shared.example/lure/One/x",
    "http://sub.shared.example/lure/One",
    "shared.example/folders",
    "shared.example",
    "xbad.guy@mail.example",
    "bad.guy@mail.example.org",
    "not.bad.guy@mail.example",
    "/private/var/tmp/implantd2",
    "/private/var/tmp/implantd.log",
    "/xprivate/var/tmp/implantd",
    "/srv/var/tmp/implantd",
    "/PRIVATE/VAR/TMP/IMPLANTD",
    "/data/user/10/com.bad/files/x",
    "/data/user/0/com.bad/files/xy",
    "/storage/emulated/10/.bad/core",
    "/x/sdcard/.bad/core",
    "com.bad.profile.two",
    "xcom.bad.profile",
    "my.com.bad.profile",
    "a bad-pattern here",
]


@pytest.mark.parametrize("text", MISSES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_near_misses(both: tuple[ScanIndex, Index], text: str, encoding: str) -> None:
    assert seen(both, b"\x00\x00" + text.encode(encoding) + b"\x00\x00") == []


def test_binary_property_list_strings(both: tuple[ScanIndex, Index]) -> None:
    long = "x" * 60
    values = [
        "evil-host.com",
        "b" * 8,
        f"https://www.evil-host.com/{long}",
        "bad.guy@mail.example",
        "zz",
        "Zoë evil-host.com",
    ]
    data = plistlib.dumps(values, fmt=plistlib.FMT_BINARY)
    found = seen(both, b"##" + data)
    assert [(value, encoding) for value, _, encoding, _ in found] == [
        ("evil-host.com", "utf-8"),
        ("evil-host.com", "utf-8"),
        ("bad.guy@mail.example", "utf-8"),
        ("evil-host.com", "utf-16-be"),
    ]
    assert found[0][1] == 2 + data.index(b"evil-host")


def test_neighbour_columns_of_a_record(both: tuple[ScanIndex, Index]) -> None:
    texts = [b"guid", b"bad.guy@mail.example", b"us", b"iMessage"]
    header = bytes([1 + 1 + len(texts), 0, *[13 + 2 * len(text) for text in texts]])
    record = header + b"".join(texts)
    data = b"\x00" * 40 + record + b"\x00" * 40
    assert seen(both, data, records=True) == [("bad.guy@mail.example", 40 + len(header) + 4, "utf-8", "equals")]
    assert seen(both, data) == []
    whole = b"guidbad.guy@mail.exampleus"
    other = bytes([3, 0, 13 + 2 * len(whole)]) + whole
    assert seen(both, b"\x00" * 40 + other + b"\x00" * 40, records=True) == []


def noisy(seed: int) -> bytes:
    rnd = random.Random(seed)
    pieces: list[bytes] = []
    texts = [text for text, *_ in HITS] + MISSES
    for _ in range(12):
        pieces.append(rnd.choice(texts).encode(rnd.choice(("utf-8", "utf-16-le", "utf-16-be"))))
        pieces.append(
            rnd.choice(
                (
                    b" ",
                    b"\x00",
                    rnd.randbytes(3),
                    b" " * rnd.randint(1, 3000),
                    bytes(rnd.randint(1, 40_000)),
                    plistlib.dumps(["evil-host.com", "zz"], fmt=plistlib.FMT_BINARY),
                )
            )
        )
    return b"".join(pieces)


def streamed(index: ScanIndex, data: bytes, cuts: list[int]) -> list[Found]:
    hits = Hits()
    stream = Stream(Checker(index), hits)
    for low, high in zip([0, *cuts], [*cuts, len(data)], strict=True):
        stream.feed(data[low:high])
    stream.finish()
    return [found for found, _ in hits.found]


@settings(max_examples=examples(25), deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_blocks_never_matter(seed: int, given_data: st.DataObject) -> None:
    index = INDEXES[engines()[0]][0]
    data = noisy(seed)
    cuts = sorted(given_data.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    assert streamed(index, data, cuts) == scan_whole(index, data)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_engines_agree(seed: int) -> None:
    data = noisy(seed)
    assert len({tuple(map(repr, scan_whole(index, data))) for index, _ in INDEXES.values()}) == 1


def test_every_block_edge(both: tuple[ScanIndex, Index]) -> None:
    index, _ = both
    data = bytes(70_000) + b" https://evil-host.com/ " + bytes(70_000)
    for cut in range(69_995, 70_030, 3):
        found = streamed(index, data, [cut])
        assert [(f.offset, f.how) for f in found] == [(70_009, "equals")]


def unfolded(index: ScanIndex, data: bytes, step: int) -> list[tuple[int, str | None]]:
    hits = Hits()
    checker = Checker(index)

    class Kept:
        there = size = len(data)

        def read(self, amount: int, offset: int) -> bytes:
            return data[offset : offset + amount]

        def close(self) -> None:
            pass

    unfolder = Unfolder(checker, hits, lambda: Kept())  # type: ignore[arg-type, return-value]
    stream = Stream(checker, hits, on_members=unfolder.on_members)
    for at in range(0, len(data), step):
        stream.feed(data[at : at + step])
    stream.finish()
    unfolder.close()
    return [(found.offset, container) for found, container in hits.found]


def test_members(both: tuple[ScanIndex, Index]) -> None:
    index, _ = both
    rnd = random.Random(3)
    text = b" see https://evil-host.com/x " + rnd.randbytes(200_000).hex().encode() + b" bad.guy@mail.example "
    packed = gzip.compress(text)
    data = b"head" * 10 + packed + b"mid" + zlib.compress(b"wide " + "evil-host.com".encode("utf-16-le"))
    zlib_at = 43 + len(packed)
    for step in (1 << 20, 50_000):
        assert unfolded(index, data, step) == [(40, "gzip at 40"), (40, "gzip at 40"), (zlib_at, f"zlib at {zlib_at}")]
    twice = gzip.compress(b"x" * 100 + gzip.compress(b"https://evil-host.com/"))
    assert unfolded(index, twice, 1 << 20) == [(0, "gzip at 0 in it at 100")]


def test_many_places_of_one_value_are_capped(both: tuple[ScanIndex, Index]) -> None:
    assert len(seen(both, b" evil-host.com " * 500)) == 8


def test_marker_bytes_outside_a_property_list_are_letters(both: tuple[ScanIndex, Index]) -> None:
    assert seen(both, b"\x00]evil-host.com\x00") == [("evil-host.com", 2, "utf-8", "equals")]
    assert seen(both, b"\x00_\x10Aevil-host.com\x00") == []
