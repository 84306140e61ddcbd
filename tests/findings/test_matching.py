"""Rows meet indicators: every way of writing a published value is seen, everything that only looks like it is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil import kinds
from sousveil.findings.matching import Matcher
from sousveil.findings.matching_probe import test_value as probe
from sousveil.findings.model import Match
from sousveil.indicators.index import Index, engines
from sousveil.indicators.model import Attribution, Indicator, IndicatorSet
from sousveil.indicators.model import IndicatorKind as K
from sousveil.kinds import kind_of
from sousveil.records import Batch, Texts
from tests.profiles import examples

KINDS = {
    name: kind_of(annotation)
    for name, annotation in {
        "text": kinds.Text,
        "url": kinds.Url,
        "domain": kinds.Domain,
        "email": kinds.Email,
        "process": kinds.ProcessName,
        "bundle": kinds.BundleId,
        "path": kinds.FilePath,
        "name": kinds.FileName,
        "profile": kinds.ProfileId,
        "hash": kinds.HashValue,
        "cert": kinds.Certificate,
        "json": kinds.Json,
        "ip": kinds.IpAddress,
    }.items()
}


@pytest.fixture(params=engines(), scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def indicator(
    kind: K, value: str, pattern: str = "equals", requires: tuple[tuple[K, str], ...] = (), by: str = "set"
) -> Indicator:
    said = Attribution(set_name=by, family="Example", threat_class=None, publisher=by)
    return Indicator(kind=kind, value=value, original=value, pattern=pattern, attributions=(said,), requires=requires)


def index_of(engine: str, *indicators: Indicator) -> Index:
    return Index.build([IndicatorSet(name="set", sha256="0", indicators=indicators)], engine=engine)


def batch(artefact: str = "ios.sms", same: dict[str, Any] | None = None, **columns: list[Any]) -> Batch:
    count = len(next(iter(columns.values()))) if columns else 3
    return Batch(artefact=artefact, layout="l", file="f", count=count, columns=columns, same=same or {})


def hows(engine: str, wanted: Indicator, field: str, value: str, artefact: str = "ios.sms") -> list[str]:
    """How one indicator meets one value."""
    found = Matcher(index_of(engine, wanted)).match(
        Batch(artefact=artefact, layout="l", file="f", count=1, columns={field: [value]}), KINDS
    )
    assert all((match.indicator, match.row, match.field) == (0, 0, field) for match in found)
    return [match.how for match in found]


def domain(value: str) -> Indicator:
    return indicator(K.DOMAIN, value)


HITS = [
    # number of the row in the table of weak spots of the reference tool, indicator, field, value, how
    ("3 www", domain("www.evil.com"), "url", "https://www.evil.com/x", "equals"),
    ("3 below www", domain("www.evil.com"), "url", "https://x.www.evil.com/x", "subdomain"),
    ("4 sub-domain", domain("a.evil.com"), "url", "https://x.a.evil.com/", "subdomain"),
    ("4 deep sub-domain", domain("evil.com"), "text", "see https://a.b.c.d.e.f.evil.com/", "subdomain"),
    ("5 port", domain("a.evil.com"), "url", "https://a.evil.com:8443/", "equals"),
    ("5 user-info", domain("a.evil.com"), "url", "https://u:p@a.evil.com/", "equals"),
    ("5 trailing dot", domain("a.evil.com"), "url", "https://a.evil.com./", "equals"),
    ("6 IDN from A-label", domain("xn--mnchen-3ya.com"), "url", "https://münchen.com/", "decoded"),
    ("6 IDN upper case", domain("xn--mnchen-3ya.com"), "text", "auf HTTPS://MÜNCHEN.com/x", "decoded"),
    ("6 IDN decomposed", domain("xn--mnchen-3ya.com"), "text", "mu\u0308nchen.com", "decoded"),
    ("6 IDN from U-label", domain("münchen.com"), "url", "https://xn--mnchen-3ya.com/", "equals"),
    ("6 IDN to itself", domain("münchen.com"), "text", "bei münchen.com.", "decoded"),
    ("6 full width", domain("evil.com"), "text", "ｅｖｉｌ。ｃｏｍ", "decoded"),
    ("6 soft hyphen", domain("evil.com"), "text", "ev\u00adil.com", "decoded"),
    ("7 address", indicator(K.IPV4, "1.2.3.4"), "url", "http://1.2.3.4:8080/x", "equals"),
    ("7 address in text", indicator(K.IPV4, "1.2.3.4"), "text", "connect to 1.2.3.4.", "equals"),
    ("7 address as one number", indicator(K.IPV4, "1.2.3.4"), "url", "http://16909060/", "decoded"),
    ("7 address in hexadecimal", indicator(K.IPV4, "1.2.3.4"), "text", "http://0x01.0x02.0x03.0x04/", "decoded"),
    ("7 address field", indicator(K.IPV4, "1.2.3.4"), "ip", "1.2.3.4", "equals"),
    ("9 nested", domain("evil.com"), "url", "https://www.google.com/url?q=https://evil.com/", "nested"),
    (
        "9 nested in text",
        domain("evil.com"),
        "text",
        "x https://www.google.com/url?q=https%3A%2F%2Fevil.com%2F y",
        "nested",
    ),
    ("9 safelinks", domain("evil.com"), "url", "https://n.example.org/?url=https%3A%2F%2Fa.evil.com%2Fx&d=1", "nested"),
    (
        "9 three times encoded",
        domain("evil.com"),
        "url",
        "https://x.org/?u=https%25253A%25252F%25252Fevil.com",
        "nested",
    ),
    ("9 AMP", domain("evil.com"), "url", "https://www.google.com/amp/s/evil.com/x", "nested"),
    (
        "9 mail filter",
        domain("evil.com"),
        "url",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.com_x",
        "nested",
    ),
    ("9 archived", domain("evil.com"), "url", "https://web.archive.org/web/2020/http://evil.com/", "nested"),
    ("encoded link", domain("evil.com"), "text", "go https%3A%2F%2Fevil.com%2Fx", "decoded"),
    ("encoded host", domain("evil.com"), "url", "https://%65vil.com/", "decoded"),
    ("10 IPv6", indicator(K.IPV6, "2001:db8::1"), "url", "http://[2001:0DB8:0:0::1]:80/", "equals"),
    ("10 IPv6 in text", indicator(K.IPV6, "2001:db8::1"), "text", "from 2001:db8::1, twice", "equals"),
    ("10 range", indicator(K.IPV4, "10.9.0.0/16"), "text", "http://10.9.8.7/", "cidr"),
    ("10 range of IPv6", indicator(K.IPV6, "2001:db8::/32"), "text", "http://[2001:db8:5::9]/", "cidr"),
    ("10 SHA-512", indicator(K.SHA512, "ab" * 64), "hash", "AB" * 64, "equals"),
    ("11 no scheme", domain("evil.com"), "text", "go to evil.com/x", "equals"),
    ("11 end of sentence", domain("evil.com"), "text", "it is on Evil.COM.", "equals"),
    ("11 dots before", domain("evil.com"), "text", "look...evil.com", "equals"),
    ("11 other script", domain("evil.com"), "text", "点击evil.com然后", "equals"),
    ("16 below path", indicator(K.FILE_PATH, "/private/var/tmp/foo"), "path", "/private/var/tmp/foo/bar", "below"),
    ("16 same path", indicator(K.FILE_PATH, "/private/var/tmp/foo"), "path", "/var/tmp/foo/", "equals"),
    *(
        (f"16 {given}", indicator(K.FILE_PATH, published), "path", given, "equals")
        for published, given in (
            ("/data/data/com.evil/files/x", "/data/user/0/com.evil/files/x"),
            ("/data/user/0/com.evil/files/x", "/data/data/com.evil/files/x"),
            ("/sdcard/.evil", "/storage/emulated/0/.evil"),
            ("/storage/emulated/0/.evil", "/sdcard/.evil"),
            ("/sdcard/.evil", "/data/media/0/.evil"),
        )
    ),
    *(
        (
            f"16 {published} {given}",
            indicator(K.FILE_PATH, published, "equals" if how == "below" else how),
            "path",
            given,
            how,
        )
        for how, published, given in (
            ("like", "/sdcard/Download/%evil", "/sdcard/Download/x/evil"),
            ("like", "/sdcard/Download/%evil", "/storage/emulated/0/Download/evil"),
            ("like", "/data/media/0/%evil", "/sdcard/evil"),
            ("like", "/data/user/0/com.x/%", "/data/data/com.x/files"),
            ("like", "/data/data/com.x/%", "/data/user/0/com.x/files"),
            ("like", "/var/tmp/%evil", "/private/var/tmp/an-evil"),
            ("below", "/sdcard", "/sdcard/Download/a"),
            ("below", "/sdcard", "/storage/emulated/0/Download/a"),
            ("below", "/data/media", "/data/media/0/a"),
            ("below", "/data/user", "/data/user/0/com.x"),
            ("equals", "/sdcard", "/mnt/sdcard"),
            ("below", "/var", "/private/var/a"),
        )
    ),
    (
        "15 home",
        indicator(K.FILE_PATH, "/private/var/mobile/Library/Caches/evil"),
        "path",
        "~/Library/Caches/evil",
        "equals",
    ),
    ("18 profile id", indicator(K.PROFILE_ID, "ABCD-1234"), "profile", "abcd-1234", "equals"),
    ("18 process", indicator(K.PROCESS, "bh"), "process", "bh", "equals"),
    ("18 process by path", indicator(K.PROCESS, "bh"), "process", "/private/var/tmp/bh", "basename"),
    ("17 name and bundle", indicator(K.PROCESS, "bh"), "process", "bh/com.example.app", "equals"),
    ("21 in a path", domain("evil.com"), "path", "Library/Caches/evil.com/x.db", "equals"),
    ("21 between underscores", domain("evil.com"), "path", "/x/https_www.evil.com_0.localstorage", "subdomain"),
    ("22 app id", indicator(K.APP_ID, "com.evil.app"), "bundle", "com.Evil.app", "equals"),
    ("22 process as bundle", indicator(K.PROCESS, "com.evil.app"), "bundle", "com.evil.app", "equals"),
    ("file name", indicator(K.FILE_NAME, "evil.plist"), "path", "/private/var/x/evil.plist", "basename"),
    ("certificate", indicator(K.CERT_SHA1, "0a" * 20), "cert", ":".join(["0A"] * 20), "equals"),
    ("e-mail", indicator(K.EMAIL, "joe@evil.com"), "email", "mailto:Joe@Evil.com", "equals"),
    ("e-mail in text", indicator(K.EMAIL, "joe@evil.com"), "text", "write (joe@evil.com)!", "equals"),
    ("e-mail after NUL", indicator(K.EMAIL, "joe@evil.com"), "email", "mailto:joe@evil.com\0\0tail", "equals"),
    ("host of an e-mail", domain("evil.com"), "email", "joe@mail.evil.com", "subdomain"),
    ("link", indicator(K.URL, "https://evil.com/"), "text", "http://www.evil.com:80#top", "equals"),
    ("link below prefix", indicator(K.URL, "evil.com/a", "prefix"), "url", "https://evil.com/a/b?c", "prefix"),
    (
        "nested link",
        indicator(K.URL, "https://evil.com/a"),
        "url",
        "https://x.org/?u=https%3A%2F%2Fevil.com%2Fa",
        "nested",
    ),
    ("JSON escapes", domain("evil.com"), "json", '{"a":"x\\nevil.com\\/y"}', "equals"),
    ("like", indicator(K.DOMAIN, "cdn%.evil.com", "like"), "url", "https://cdn7.EVIL.com/", "like"),
    ("like process", indicator(K.PROCESS, "evil_d%", "like"), "process", "evil1d-agent", "like"),
]
MISSES = [
    ("3 bare", domain("www.evil.com"), "url", "https://evil.com/"),
    ("5 user name", domain("evil.com"), "url", "https://evil.com@good.org/"),
    ("5 user name in text", domain("evil.com"), "text", "see https://evil.com:443@good.org/"),
    ("7 longer address", indicator(K.IPV4, "1.2.3.4"), "url", "http://11.2.3.45/"),
    ("7 longer address in text", indicator(K.IPV4, "1.2.3.4"), "text", "21.2.3.40 and 11.2.3.4 and 1.2.3.45"),
    ("7 version", indicator(K.IPV4, "1.2.3.4"), "text", "v1.2.3.4, 1.2.3.4.5 and 0.1.2.3.4"),
    ("7 address in a path", indicator(K.IPV4, "1.2.3.4"), "text", "https://good.org/lib/1.2.3.4/x.js?v=1.2.3.4"),
    ("8 look-alike in a query", domain("evil.com"), "url", "http://10.0.0.1/?q=notevil.com.au"),
    ("8 prefix", domain("evil.com"), "text", "x-evil.com x_evil.com notevil.com évil.com eevil.com"),
    ("8 suffix", domain("evil.com"), "text", "evil.com.other evil.company evil.com-x.org evil.comé"),
    ("9 search for a name", domain("evil.com"), "url", "https://www.google.com/search?q=evil.com"),
    ("9 name in an article", domain("evil.com"), "url", "https://news.example.org/evil.com-is-evil/evil.com"),
    ("10 outside the range", indicator(K.IPV4, "10.9.0.0/16"), "text", "http://10.10.0.1/"),
    ("10 other IPv6", indicator(K.IPV6, "2001:db8::1"), "text", "2001:db8::11 and 2001:db8::1:1"),
    ("16 longer name", indicator(K.FILE_PATH, "/private/var/tmp/foo"), "path", "/private/var/tmp/foobar"),
    ("16 other user", indicator(K.FILE_PATH, "/data/data/com.evil/x"), "path", "/data/user/10/com.evil/x"),
    ("17 shorter name", indicator(K.PROCESS, "com.apple.WebKit.Evil"), "process", "com.apple.WebKit"),
    ("18 other case is another program", indicator(K.PROCESS, "Diagnosticd"), "process", "diagnosticd"),
    ("19 part of a profile id", indicator(K.PROFILE_ID, "ABCD-1234"), "profile", "A"),
    ("21 look-alike in a path", domain("evil.com"), "path", "Library/Caches/notevil.com/evil.com.db"),
    ("22 longer app id", indicator(K.APP_ID, "com.evil.app"), "bundle", "com.evil.app2"),
    ("e-mail longer", indicator(K.EMAIL, "joe@evil.com"), "text", "xjoe@evil.com joe@evil.com.au joe@evil.community"),
    (
        "link differs",
        indicator(K.URL, "https://evil.com/a"),
        "text",
        "https://evil.com/ab https://evil.com/a?b https://evil.com:81/a",
    ),
    ("link past prefix", indicator(K.URL, "evil.com/a", "prefix"), "url", "https://evil.com/ab"),
    ("hash of another length", indicator(K.SHA256, "ab" * 32), "hash", "ab" * 20),
    ("like not whole", indicator(K.DOMAIN, "cdn%.evil.com", "like"), "url", "https://xcdn7.evil.com/"),
]


@pytest.mark.parametrize(("wanted", "field", "value", "how"), [row[1:] for row in HITS], ids=[row[0] for row in HITS])
def test_hit(engine: str, wanted: Indicator, field: str, value: str, how: str) -> None:
    assert hows(engine, wanted, field, value) == [how]


@pytest.mark.parametrize(("wanted", "field", "value"), [row[1:] for row in MISSES], ids=[row[0] for row in MISSES])
def test_near_miss(engine: str, wanted: Indicator, field: str, value: str) -> None:
    assert hows(engine, wanted, field, value) == []


def test_17_truncated_only_where_the_database_truncates(engine: str) -> None:
    wanted = indicator(K.PROCESS, "com.apple.WebKit.Evil")
    for artefact in ("ios.datausage", "ios.netusage"):
        assert hows(engine, wanted, "process", "com.apple.WebKit", artefact) == ["truncated"]
    assert hows(engine, wanted, "process", "com.apple.WebKi", "ios.datausage") == []
    assert hows(engine, wanted, "bundle", "com.apple.WebKit", "ios.datausage") == []


def test_a_pattern_of_accounts_is_compared_with_addresses(engine: str) -> None:
    wanted = indicator(K.EMAIL, "attacker%@evil.com", "like")
    assert hows(engine, wanted, "email", "attacker7@evil.com") == ["like"]
    assert hows(engine, wanted, "email", "victim@evil.com") == []
    assert hows(engine, indicator(K.EMAIL, "attacker%", "like"), "email", "attacker7") == ["like"]
    assert hows(engine, indicator(K.EMAIL, "+4479%", "like"), "email", "+44791234") == ["like"]


def test_rows_and_fields_of_a_batch(engine: str) -> None:
    index = index_of(engine, domain("evil.com"), indicator(K.PROCESS, "bh"))
    rows = batch(
        text=["é\né\n", None, "two\nlines evil.com", "", "https://evil.com/é https://a.evil.com"],
        process=["bh", None, "x", "bh", "b"],
    )
    assert Matcher(index).match(rows, KINDS) == [
        Match(indicator=1, row=0, field="process", text="bh", how="equals"),
        Match(indicator=0, row=2, field="text", text="evil.com", how="equals"),
        Match(indicator=1, row=3, field="process", text="bh", how="equals"),
        Match(indicator=0, row=4, field="text", text="https://evil.com/é", how="equals"),
    ]


def test_constant_column_is_reported_once(engine: str) -> None:
    found = Matcher(index_of(engine, domain("evil.com"))).match(
        batch(same={"url": "https://evil.com/"}, text=["", "", ""]), KINDS
    )
    assert [(match.row, match.field) for match in found] == [(0, "url")]


def test_required_values_must_stand_in_the_same_row(engine: str) -> None:
    wanted = indicator(K.PROCESS, "bh", requires=((K.DOMAIN, "evil.com"),))
    matcher = Matcher(index_of(engine, wanted))
    found = matcher.match(batch(process=["bh", "bh", "x"], text=["good.org", "evil.com", "evil.com"]), KINDS)
    assert [(match.row, match.field) for match in found] == [(1, "process")]
    assert [m.row for m in matcher.match(batch(same={"process": "bh"}, text=["", "", "evil.com"]), KINDS)] == [2]
    assert [m.row for m in matcher.match(batch(same={"text": "evil.com"}, process=["x", "bh"]), KINDS)] == [1]


@pytest.mark.skipif("hyperscan" not in engines(), reason="regular expressions need hyperscan")
def test_regular_expressions_are_safe_or_refused() -> None:
    wanted = indicator(K.DOMAIN, r"^ev[i1]l\d+\.com$", "matches")
    assert hows("hyperscan", wanted, "text", "see evil77.com/x") == ["matches"]
    assert hows("hyperscan", wanted, "text", "see evil77.com.au") == []
    for published in (r"^/data/user/0/com[.]x/.*", r"^/data/data/com[.]x/.*"):
        below = indicator(K.FILE_PATH, published, "matches")
        assert hows("hyperscan", below, "path", "/data/user/0/com.x/files") == ["matches"]
        assert hows("hyperscan", below, "path", "/data/data/com.x/files") == ["matches"]
    refused = index_of("hyperscan", indicator(K.DOMAIN, r"(a)\1", "matches"))
    assert [skipped.entry for skipped in refused.unusable] == [r"domain-name:value=(a)\1"]
    assert index_of("pure", wanted).unusable[0].reason.startswith("regular expressions need the package hyperscan")


def test_a_value_by_hand(engine: str) -> None:
    index = index_of(engine, domain("evil.com"), indicator(K.PROCESS, "bh"))
    assert [(found.indicator.value, found.read_as, found.how) for found in probe(index, "https://a.evil.com/")] == [
        ("evil.com", "url", "subdomain")
    ]
    assert [(found.indicator.value, found.read_as) for found in probe(index, "bh")] == [("bh", "process")]
    assert probe(index, "notevil.com.au") == []


LABEL = st.sampled_from(["evil", "com", "a", "x-evil", "evil-x", "www", "xevil", "au", "e"])
AROUND = st.sampled_from(
    ["", " ", "/", ".", "..", "-", "_", "x", "(", ")", "\n", ",", "é", "@", ":", "https://", "'", "“", "=", "%", "\0"]
)


def says_oracle(text: str) -> bool:
    """Slow and obvious: some word of label characters and dots ends in `.evil.com` or is it, and no `@` stands behind
    it."""
    word = ""
    for place, character in enumerate(text + " "):
        if character.isalnum() or character in "-_.":
            word += character
        else:
            for part in word.replace("..", " ").split():
                name = part.strip(".")
                if (name == "evil.com" or name.endswith(".evil.com")) and "" not in name.split("."):
                    return True
            word = ""
        assert place <= len(text)
    return False


@settings(max_examples=examples(300), deadline=None)
@given(
    st.lists(
        st.tuples(
            AROUND.filter(lambda c: c not in "@:/=%https://\0"), st.lists(LABEL, min_size=1, max_size=4).map(".".join)
        ),
        min_size=1,
        max_size=4,
    ),
    AROUND.filter(lambda c: c not in "@:/=%https://\0"),
)
def test_boundaries_against_an_oracle(words: list[tuple[str, str]], end: str) -> None:
    text = " ".join(before + word for before, word in words) + end
    for engine in engines():
        assert bool(hows(engine, domain("evil.com"), "text", text)) == says_oracle(text), (engine, text)


WANTED = [
    domain("evil.com"),
    domain("xn--mnchen-3ya.com"),
    indicator(K.IPV4, "1.2.3.4"),
    indicator(K.EMAIL, "joe@evil.com"),
    indicator(K.URL, "https://evil.com/a"),
    indicator(K.IPV6, "2001:db8::1"),
    indicator(K.IPV4, "10.0.0.0/8"),
]
PIECES = st.sampled_from(
    [
        "evil.com",
        "münchen.com",
        "MÜNCHEN.com",
        "xn--mnchen-3ya.com",
        "1.2.3.4",
        "joe@",
        "https://",
        "%65vil.com",
        "https%3A%2F%2F",
        "/a",
        "?q=",
        "x",
        ".",
        " ",
        "/",
        "@",
        ":80",
        "[2001:db8::1]",
        "2001:db8::1",
        "10.1.1.1",
        "\n",
        "16909060",
        "点",
        "，",
        "ｅｖｉｌ．ｃｏｍ",
        "-",
        "\\",
        "%2540",
        "。",
        "\u200b",
    ]
)


@pytest.mark.skipif("hyperscan" not in engines(), reason="needs both engines")
@settings(max_examples=examples(400), deadline=None)
@given(st.lists(st.lists(PIECES, max_size=7).map("".join), min_size=1, max_size=5))
def test_scan_never_hides_what_reading_word_by_word_finds(texts: list[str]) -> None:
    results = []
    for engine in engines():
        matcher = Matcher(index_of(engine, *WANTED))
        rows = batch(text=texts, url=texts)
        results.append(matcher.match(rows, KINDS))
        matcher.index.scan_all = True  # every row is read word by word
        results.append(matcher.match(rows, KINDS))
    assert results[0] == results[1] == results[2] == results[3]


@pytest.mark.parametrize("mark", ["\n", "\r", "\t"])
def test_a_link_with_a_break_is_read_as_browsers_read_it(engine: str, mark: str) -> None:
    assert len(hows(engine, domain("evil.com"), "url", f"https://ev{mark}il.com/x")) == 1
    assert hows(engine, domain("evil.com"), "text", f"https://ev{mark}il.com/x") == []


def test_a_match_carries_500_characters(engine: str) -> None:
    link = "https://evil.com/" + "a" * 600
    found = Matcher(index_of(engine, indicator(K.URL, link))).match(batch(url=[link]), KINDS)
    assert [len(match.text) for match in found] == [500]


def test_no_row_no_match(engine: str) -> None:
    nothing = Batch(artefact="ios.sms", layout="l", file="f", count=0, same={"url": "https://evil.com/"})
    assert Matcher(index_of(engine, domain("evil.com"))).match(nothing, KINDS) == []


def test_every_row_of_a_repeated_path_matches(engine: str) -> None:
    paths = ["/x/https_evil.com_0/db"] * 5 + ["/x/other"]
    found = Matcher(index_of(engine, domain("evil.com"))).match(batch(path=paths), KINDS)
    assert [(match.row, match.field) for match in found] == [(row, "path") for row in range(5)]


def test_a_required_value_in_many_rows_is_reported_at_the_first(engine: str) -> None:
    needy = indicator(K.DOMAIN, "evil.com", requires=((K.DOMAIN, "other.com"),))
    rows = batch(url=["https://x.org/", "https://other.com/", "https://other.com/"], same={"text": "evil.com"})
    found = Matcher(index_of(engine, needy)).match(rows, KINDS)
    assert [(match.row, match.field) for match in found] == [(1, "text")]


LISTED = [
    "/private/var/db/evil",
    "/private/var/db/evil/",
    "/private/var/db/evil/below",
    "/private/var/db/eviler",
    "/var/db/evil",
    "/private/var//db/evil",
    "file:///private/var/db/evil",
    "~/Library/evil",
    "/x/file:/private/var/db/evil",
    "evil.dylib",
    "/x/evil.dylib",
    "/x/evil.dylib/",
    "/x/evil.dylib/y",
    "/x/notevil.dylib",
    "/x/evil_dylib",
    "/usr/libexec/evild",
    "/data/data/com.x/Library/evil.plist",
    "/Library/evil.plist/y",
    "/Library/evil.plists",
    "/private/var/mobile/Library/evil",
    "/storage/https_evil.com_0/db",
    "/last/evil.dylib",
    "/data/user/0/com.y/evil",
    "/data/user/10/com.y/evil",
]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (indicator(K.FILE_PATH, "/private/var/db/evil"), [0, 1, 2, 4, 5, 6]),
        (indicator(K.FILE_PATH, "/private/var/mobile/Library/evil"), [7, 19]),
        (indicator(K.FILE_PATH, "Library/evil.plist"), [16, 17]),
        (indicator(K.FILE_PATH, "/data/data/com.y/evil"), [22]),
        (indicator(K.FILE_NAME, "evil.dylib"), [9, 10, 11, 21]),
        (indicator(K.PROCESS, "evild"), [15]),
        (indicator(K.DOMAIN, "evil.com"), [20]),
        (indicator(K.FILE_NAME, "evil%lib", "like"), [9, 10, 11, 12, 14, 21]),
    ],
    ids=lambda value: getattr(value, "value", None),
)
def test_a_list_of_all_files_is_matched_like_any_path(engine: str, wanted: Indicator, rows: list[int]) -> None:
    found = []
    for column in (Texts(joined="\x1f".join(LISTED).encode()), LISTED):
        paths = Batch(artefact="ios.files", layout="l", file="f", count=len(LISTED), columns={"path": column}, same={})
        found.append(Matcher(index_of(engine, wanted)).match(paths, {"path": kind_of(kinds.ListedPath)}))
    assert found[0] == found[1]
    assert [match.row for match in found[0]] == rows
