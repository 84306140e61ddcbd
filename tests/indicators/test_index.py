"""Merging, look-ups and the cache of the index."""

from __future__ import annotations

import os
import random
import stat
from pathlib import Path

import pytest

from sousveil.indicators import index_cache
from sousveil.indicators.index import Index, clean_path, engines, like, merge
from sousveil.indicators.model import Attribution, Indicator, IndicatorSet
from sousveil.indicators.model import IndicatorKind as K


@pytest.fixture(params=engines())
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def said(by: str) -> Attribution:
    return Attribution(set_name=by, family="Example", threat_class=None, publisher=by, stix_id=f"indicator--{by}")


def indicator(kind: K, value: str, *by: str, pattern: str = "equals") -> Indicator:
    return Indicator(
        kind=kind, value=value, original=value, pattern=pattern, attributions=tuple(said(name) for name in by)
    )


def a_set(name: str, *indicators: Indicator) -> IndicatorSet:
    return IndicatorSet(name=name, sha256="0" * 64, indicators=indicators)


def test_27_all_attributions_are_kept_in_order_and_once() -> None:
    sets = [
        a_set("b", indicator(K.PROCESS, "bh", "b"), indicator(K.DOMAIN, "evil.com", "b")),
        a_set("a", indicator(K.DOMAIN, "evil.com", "a", "b")),
        a_set("c", indicator(K.DOMAIN, "evil.com", "c", pattern="like")),
    ]
    merged = merge(sets)
    assert [(one.kind, one.value, one.pattern, [by.set_name for by in one.attributions]) for one in merged] == [
        (K.DOMAIN, "evil.com", "equals", ["b", "a"]),
        (K.DOMAIN, "evil.com", "like", ["c"]),
        (K.PROCESS, "bh", "equals", ["b"]),
    ]


def test_the_cache_gives_the_same_index(engine: str, tmp_path: Path) -> None:
    values = random.Random(1)
    sets = [
        a_set(
            "a",
            *(indicator(K.DOMAIN, f"h{values.getrandbits(40):x}.example.org", "a") for _ in range(300)),
            indicator(K.EMAIL, "joe@münchen.com", "a"),
            indicator(K.IPV4, "10.0.0.0/8", "a"),
        )
    ]
    folder = tmp_path / "cache"
    built = Index.build(sets, cache=folder, engine=engine)
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    loaded = Index.build(sets, cache=folder, engine=engine)
    assert (loaded.indicators, loaded.exact, loaded.networks) == (built.indicators, built.exact, built.networks)
    assert (loaded.scanner.literals, loaded.scanner.loose) == (built.scanner.literals, built.scanner.loose)
    text = f"x https://{built.indicators[5].value}/"
    assert loaded.scanner.places(text.encode()) == built.scanner.places(text.encode())
    assert loaded.scanner.worth(text) == built.scanner.worth(text)


def test_another_content_is_another_cache_file(tmp_path: Path) -> None:
    Index.build([a_set("a", indicator(K.DOMAIN, "evil.com", "a"))], cache=tmp_path)
    Index.build([a_set("a", indicator(K.DOMAIN, "evil.com", "b"))], cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "open to others"])
def test_a_bad_cache_file_is_built_again(engine: str, tmp_path: Path, damage: str) -> None:
    sets = [a_set("a", indicator(K.DOMAIN, "evil.com", "a"))]
    good = Index.build(sets, cache=tmp_path, engine=engine)
    [file] = tmp_path.iterdir()
    sound = file.read_bytes()
    if damage == "open to others":
        os.chmod(file, 0o666)
    else:
        file.write_bytes(
            {"flip": sound[:-9] + bytes([sound[-9] ^ 1]) + sound[-8:], "cut": sound[:-1], "empty": b""}[damage]
        )
    key = file.name.removeprefix("index-").removesuffix(".bin")
    assert index_cache.load(tmp_path, key + "0" * 32) is None
    assert Index.build(sets, cache=tmp_path, engine=engine).indicators == good.indicators
    assert file.read_bytes()[:72] == sound[:72]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_caches_that_were_used_least_lately_go(tmp_path: Path) -> None:
    made = []
    for number in range(index_cache.KEPT + 2):
        sets = [a_set("a", indicator(K.DOMAIN, f"evil{number}.com", "a"))]
        Index.build(sets, cache=tmp_path)
        (new,) = set(tmp_path.iterdir()) - set(made)
        os.utime(new, (number, number))
        made = [path for path in [*made, new] if path.exists()]
        if number == index_cache.KEPT - 1:
            Index.build([a_set("a", indicator(K.DOMAIN, "evil0.com", "a"))], cache=tmp_path)  # used again
    assert len(made) == index_cache.KEPT and set(tmp_path.iterdir()) == set(made)
    before = {path: path.stat().st_mtime_ns for path in made}
    Index.build([a_set("a", indicator(K.DOMAIN, "evil0.com", "a"))], cache=tmp_path)
    changed = [path for path in made if path.stat().st_mtime_ns != before[path]]
    assert len(changed) == 1, "it is still there and was used, not made again"


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert len(Index.build([a_set("a", indicator(K.DOMAIN, "evil.com", "a"))], cache=blocked).indicators) == 1


def test_2_a_set_without_domains_and_an_empty_one(engine: str) -> None:
    assert Index.build([a_set("a", indicator(K.PROCESS, "bh", "a"))], engine=engine).scanner.places(b"evil.com") == []
    assert Index.build([], engine=engine).indicators == ()


def test_addresses_and_ranges(engine: str) -> None:
    index = Index.build(
        [
            a_set(
                "a",
                indicator(K.IPV4, "10.0.0.0/8", "a"),
                indicator(K.IPV4, "10.1.0.0/16", "a"),
                indicator(K.IPV4, "10.1.2.3", "a"),
                indicator(K.IPV6, "2001:db8::/32", "a"),
            )
        ],
        engine=engine,
    )
    named = {
        text: sorted((index.indicators[place].value, how) for place, how in index.addresses(text))
        for text in ("10.1.2.3", "::ffff:10.2.0.1", "2001:db8:1::", "11.0.0.1", "x")
    }
    assert named == {
        "10.1.2.3": [("10.0.0.0/8", "cidr"), ("10.1.0.0/16", "cidr"), ("10.1.2.3", "equals")],
        "::ffff:10.2.0.1": [("10.0.0.0/8", "cidr")],
        "2001:db8:1::": [("2001:db8::/32", "cidr")],
        "11.0.0.1": [],
        "x": [],
    }


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("%.evil.com", "a.EVIL.com", True),
        ("%.evil.com", "evil.com", False),
        ("a_c", "abc", True),
        ("a_c", "abbc", False),
        ("a%b%c", "a-b-b-c", True),
        ("a%b%c", "acb", False),
        ("ab%ba", "aba", False),
        (r"100\%", "100%", True),
        (r"100\%", "1000", False),
        ("%", "", True),
        ("", "", True),
        ("", "x", False),
        ("a%", "a\nb", True),
        ("%a", "a\n", False),
    ],
)
def test_like(pattern: str, value: str, fits: bool) -> None:
    assert like(pattern, True)(value) is fits


def test_like_is_not_slow_on_hostile_text() -> None:
    assert like("%a" * 50 + "%b", False)("a" * 20_000) is False


def test_paths_in_one_spelling() -> None:
    assert [
        clean_path(path)
        for path in (
            "/var/tmp//x/",
            "~/Library/x",
            "/tmp/x",
            "file:///var/x",
            "/",
            "a/b",
            "/variable/x",
            "/data/user/0/a",
            "/mnt/sdcard/a",
        )
    ] == [
        "/private/var/tmp/x",
        "/private/var/mobile/Library/x",
        "/private/tmp/x",
        "/private/var/x",
        "/",
        "a/b",
        "/variable/x",
        "/data/data/a",
        "/storage/emulated/0/a",
    ]
