"""How hosts, links and addresses are spelled and found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.hosts import (
    MAX_NESTED,
    ParsedUrl,
    addresses_in,
    canonical_email,
    canonical_host,
    emails_in,
    encoded_links,
    hosts_in,
    links_in,
    parents,
    parse_url,
    unicode_host,
    unwrap,
)
from tests.profiles import examples


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Evil.COM.", "evil.com"),
        ("_dmarc.evil.com", "_dmarc.evil.com"),
        ("München.com", "xn--mnchen-3ya.com"),
        ("XN--MNCHEN-3YA.com", "xn--mnchen-3ya.com"),
        ("ｅｖｉｌ。ｃｏｍ", "evil.com"),
        ("faß.de", "xn--fa-hia.de"),
        ("💩.la", "xn--ls8h.la"),
        ("1.2.3.4", "1.2.3.4"),
        ("16909060", "1.2.3.4"),
        ("0x1.2.772", "1.2.3.4"),
        ("01.02.03.04", "1.2.3.4"),
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[fe80::1%en0]", "fe80::1"),
        ("localhost", "localhost"),
    ],
)
def test_canonical_host(text: str, host: str) -> None:
    assert canonical_host(text) == host
    assert canonical_host(host) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        ".evil.com",
        "evil .com",
        "evil.com/x",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.4.0",
        "09.1.1.1",
        "[::1",
        "[1.2.3.4]",
        "a" * 64 + ".com",
        ".".join(["a" * 60] * 5),
        "x" * 2000,
        "é" * 64,
        "a:b",
        "%65vil.com",
    ],
)
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(ValueError):
        canonical_host(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://u:p@a.Evil.com:8443/x?y#z", ParsedUrl("https", True, "a.evil.com", 8443, "/x", "y", "z")),
        ("https://evil.com@good.org/", ParsedUrl("https", True, "good.org", None, "/", "")),
        ("  ht\ntps:\\\\evil.com\\a\t?b\\c ", ParsedUrl("https", False, "evil.com", None, "/a", "b\\c")),
        ("http:evil.com", ParsedUrl("http", False, "evil.com", None, "", "")),
        ("https:///evil.com", ParsedUrl("https", False, "evil.com", None, "", "")),
        ("http://evil.com:80", ParsedUrl("http", False, "evil.com", None, "", "")),
        ("http://evil.com:443", ParsedUrl("http", False, "evil.com", 443, "", "")),
        ("http://%65vil%2ecom/", ParsedUrl("http", False, "evil.com", None, "/", "")),
        ("http://[2001:DB8::1]:81/", ParsedUrl("http", False, "2001:db8::1", 81, "/", "")),
        ("ftp://evil.com:21/x", ParsedUrl("ftp", False, "evil.com", None, "/x", "")),
        ("http://evil.com:000081/x", ParsedUrl("http", False, "evil.com", 81, "/x", "")),
        ("evil.com:443/x", ParsedUrl("", False, "evil.com", None, "/x", "")),
        ("evil.com:80/x", ParsedUrl("", False, "evil.com", None, "/x", "")),
        ("https://evil.com:443/x", ParsedUrl("https", False, "evil.com", None, "/x", "")),
        ("https://evil.com:80/x", ParsedUrl("https", False, "evil.com", 80, "/x", "")),
        ("ws://evil.com:443/x", ParsedUrl("ws", False, "evil.com", 443, "/x", "")),
        ("evil.com:8080/x", ParsedUrl("", False, "evil.com", 8080, "/x", "")),
        ("evil.com:443/x", ParsedUrl("", False, "evil.com", None, "/x", "")),
        ("evil.com:80/x", ParsedUrl("", False, "evil.com", None, "/x", "")),
        ("ftp://evil.com:443/x", ParsedUrl("ftp", False, "evil.com", 443, "/x", "")),
        ("a.evil.com./x", ParsedUrl("", False, "a.evil.com", None, "/x", "")),
        ("app://Evil.com/x", ParsedUrl("app", False, "evil.com", None, "/x", "")),
    ],
)
def test_parse_url(text: str, url: ParsedUrl) -> None:
    assert parse_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "mailto:joe@evil.com",
        "tel:+1",
        "javascript:x",
        "http://",
        "http://a b/",
        "http://x:y/",
        "http://x:70000/",
        "data:text/html,x",
        "http://[::1",
    ],
)
def test_what_is_no_link(text: str) -> None:
    assert parse_url(text) is None


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see (https://evil.com/a_(b)). ok", ["https://evil.com/a_(b)"]),
        ("go to evil.com/x, now!", ["evil.com/x"]),
        ('<a href="https://evil.com/x">', ["https://evil.com/x"]),
        ("wait...evil.com.", ["evil.com"]),
        ("“evil.com”", ["evil.com"]),
        ("👉evil.com👈", ["evil.com"]),
        ("点击evil.com然后", ["点击evil.com然后", "evil.com"]),
        ("https://evil.com然后", ["https://evil.com然后", "https://evil.com"]),
        ("हिन्दी.भारत", ["हिन्दी.भारत"]),
        ("joe@evil.com evil.com@good.org", []),
        ("a.org https://b.org c.org", ["a.org", "https://b.org", "c.org"]),
        ("nothing here", []),
    ],
)
def test_links_in(text: str, links: list[str]) -> None:
    assert links_in(text) == links


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("https://www.google.com/url?q=https://evil.com/&x=1", ["https://evil.com/"]),
        ("https://x.org/?url=https%3A%2F%2Fevil.com%2Fx%3Fa%3D1&d=1", ["https://evil.com/x?a=1"]),
        ("https://x.org/?u=https%25253A%25252F%25252Fevil.com", ["https://evil.com"]),
        ("https://x.org/?u=https%2525253A%2525252F%2525252Fevil.com", []),
        ("https://x.org/a/http://evil.com/", ["http://evil.com/"]),
        ("https://x.org/#https://evil.com/", ["https://evil.com/"]),
        ("https://x.org/?u=evil.com/x", ["evil.com/x"]),
        ("https://x.org/?u=//evil.com", ["//evil.com"]),
        ("https://x.org/?q=evil.com", []),
        ("https://www.google.com/amp/s/evil.com/x", ["evil.com/x"]),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.com_x&d=D", ["https://evil.com/x"]),
        ("https://urldefense.com/v3/__https://evil.com/x__;!!a", ["https://evil.com/x__;!!a"]),
        ("https://eu.urldefense.proofpoint.com/v2/url?u=https-3A__evil.com_x&d=D", ["https://evil.com/x"]),
        ("https://x-org.cdn.ampproject.org/c/s/evil.com/x", ["evil.com/x"]),
        ("https://evil.com/", []),
    ],
)
def test_unwrap(text: str, inner: list[str]) -> None:
    assert unwrap(text) == inner


def test_addresses_and_mails() -> None:
    assert addresses_in("v1.2.3.4 1.2.3.4.5 1.2.3.4. 12:30:11 [2001:DB8::1] ::1") == ["1.2.3.4", "2001:db8::1", "::1"]
    assert emails_in("mailto:Joe@Evil.com, <a@b.org> https://u@c.org/ https://d.org/?to=e@f.org") == [
        "joe@evil.com",
        "a@b.org",
        "e@f.org",
    ]
    assert canonical_email(" <Joe@München.com>") == "joe@xn--mnchen-3ya.com"
    assert encoded_links("x https%3A%2F%2Fevil.com%2Fa y") == ["https://evil.com/a"]
    assert hosts_in("https://g.org/?u=https%3A%2F%2Fevil.com joe@mail.org 1.2.3.4 version 1.2") == [
        "g.org",
        "evil.com",
        "1.2.3.4",
        "mail.org",
    ]
    assert unicode_host("www.xn--mnchen-3ya.com") == "www.münchen.com"
    assert parents("a.b.c") == ["a.b.c", "b.c", "c"] and parents("1.2.3.4") == ["1.2.3.4"]


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        ".",
        "a.",
        "@",
        "a@",
        ":",
        "://",
        "https://",
        "%25",
        "/",
        "(",
        ").",
        "1.",
        "1:",
        "é",
        "点.",
        "x-",
        "https://a@",
        "。",
        "[",
        "a.b/?u=http://",
        "\\u",
    ],
)
def test_hostile_repeats_end(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert isinstance(hosts_in(text), list)
    assert len(unwrap("https://x.org/?u=" + text)) <= MAX_NESTED


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=60))
def test_canonical_forms_are_fixed_points(text: str) -> None:
    try:
        host = canonical_host(text)
    except ValueError:
        return
    assert canonical_host(host) == host
    assert host.isascii() and host == host.lower()


@settings(max_examples=examples(300), deadline=None)
@given(st.text(alphabet="ae.:/@%?#[]\\ 1-_é点。x", max_size=80))
def test_every_host_found_is_canonical(text: str) -> None:
    for host in hosts_in(text):
        assert canonical_host(host) == host


def test_limits_of_names_and_mails() -> None:
    longest = ".".join(["a" * 63] * 3 + ["a" * 61])
    assert len(longest) == 253 and canonical_host(longest) == longest
    with pytest.raises(ValueError):
        canonical_host(longest.replace(".", "a.", 1))
    with pytest.raises(ValueError):
        canonical_host(longest + "a")
    assert canonical_email("a" * 64 + "@evil.com") == "a" * 64 + "@evil.com"
    for text in ("a" * 65 + "@evil.com", "@evil.com", "evil.com", "a b@evil.com", "a,b@evil.com", "a@b@evil.com"):
        with pytest.raises(ValueError):
            canonical_email(text)


def test_so_many_links_are_taken_out_of_a_link() -> None:
    many = "".join(f"http://n{number}.example/" for number in range(MAX_NESTED + 20))
    assert len(unwrap("https://x.org/" + many)) == MAX_NESTED


def test_a_port_has_at_most_six_digits() -> None:
    assert parse_url("http://evil.com:0000081/x") is None


@pytest.mark.parametrize("scheme", ["http:80", "ws:80", "https:443", "wss:443", "ftp:21"])
def test_the_port_of_a_scheme_is_left_out(scheme: str) -> None:
    name, _, port = scheme.partition(":")
    own, other = (parse_url(f"{name}://evil.com:{number}/x") for number in (int(port), int(port) + 1))
    assert own is not None and other is not None
    assert (own.port, other.port) == (None, int(port) + 1)


def test_what_only_looks_like_a_scheme() -> None:
    link = parse_url("evil.com:/x")
    assert link is not None and (link.scheme, link.host, link.path) == ("", "evil.com", "/x")
    user = parse_url("intranet:80@evil.com/")
    assert user is not None and (user.userinfo, user.host) == (True, "evil.com")


def test_the_last_port_and_an_encoded_address() -> None:
    last = parse_url("http://evil.com:65535/")
    assert last is not None and last.port == 65_535
    assert parse_url("http://evil.com:65536/") is None
    assert parse_url("http://[%3a%3a1]/") is None
    assert MAX_NESTED == 256


def test_underscores_stand_in_names_and_not_in_addresses() -> None:
    assert canonical_host("mün_chen.example") == "xn--mn_chen-n2a.example"
    assert unicode_host("xn-a-abc.example") == "xn-a-abc.example"
    with pytest.raises(ValueError):
        canonical_host("1_0.0.0.1")


def test_numbers_of_addresses_are_octal_and_hexadecimal_too() -> None:
    assert (canonical_host("0x10.0.0.0x1f"), canonical_host("010.0.0.017")) == ("16.0.0.31", "8.0.0.15")
    assert canonical_host("0" * 39 + "1") == "0.0.0.1"
    with pytest.raises(ValueError):
        canonical_host("0" * 40 + "1")


def test_what_stands_around_names_and_mails() -> None:
    for text in ("[::1%" + "a" * 1030 + "]", "a\ufffdb.com"):
        with pytest.raises(ValueError):
            canonical_host(text)
    assert unicode_host("xn--99999999999.xn--mnchen-3ya.com") == "xn--99999999999.münchen.com"
    assert canonical_email("mailto:A@b.example?subject=x") == canonical_email("<a@B.example>") == "a@b.example"
    with pytest.raises(ValueError):
        canonical_email("<a@b.example")


def test_a_user_with_a_number_and_an_address_without_a_scheme() -> None:
    for text, host in (("user:8@evil.com/x", "evil.com"), ("[2001:db8::1]/x", "2001:db8::1")):
        found = parse_url(text)
        assert found is not None and found.host == host


def test_links_directly_behind_the_first_slash_and_in_links_without_a_host() -> None:
    assert unwrap("https://a.example/http://evil.com/x") == ["http://evil.com/x"]
    assert "evil.com/x" in unwrap("mailto:x?u=evil.com/x")
    assert encoded_links("https%3A%2Fevil.com/x") == []
