"""One spelling for every value, and refusals that say why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.errors import Malformed
from sousveil.indicators.canonical import canonical, guess, on_shared_host, refang, resolve
from sousveil.indicators.model import IndicatorKind as K
from tests.profiles import examples

SHA256 = "AB" * 32


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (K.DOMAIN, "WWW.Evil.Example.", "www.evil.example"),
        (K.DOMAIN, "*.evil.example", "evil.example"),
        (K.DOMAIN, "münchen.example", "xn--mnchen-3ya.example"),
        (K.DOMAIN, "XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example"),
        (K.IPV4, "192.0.2.1/32", "192.0.2.1"),
        (K.IPV4, "192.0.2.77/24", "192.0.2.0/24"),
        (K.IPV6, "2001:DB8:0:0::1", "2001:db8::1"),
        (K.IPV6, "[2001:db8::]/48", None),
        (K.IPV6, "2001:db8:1::/48", "2001:db8:1::/48"),
        (K.EMAIL, "mailto:Some.One@Example.COM", "some.one@example.com"),
        (K.SHA256, SHA256, "ab" * 32),
        (K.CERT_SHA1, ":".join(["AB"] * 20), "ab" * 20),
        (K.PROCESS, "Diagnosticd", "Diagnosticd"),
        (K.FILE_PATH, "/data/local/tmp/wd/", "/data/local/tmp/wd"),
        (K.FILE_PATH, "/private//var/tmp/x", "/private/var/tmp/x"),
        (K.PROFILE_ID, "76DAB334-7E17-475D-A5D6-0794EB5818A5", "76dab334-7e17-475d-a5d6-0794eb5818a5"),
        (K.APP_ID, "com.client.appA", "com.client.appA"),
        (K.URL, "HTTPS://u:p@Evil.example:443/A?b=C", "https://evil.example/A?b=C"),
        (K.URL, "http://evil.example", "http://evil.example/"),
        (K.URL, "http://evil.example:8080/x", "http://evil.example:8080/x"),
    ],
)
def test_canonical(kind: K, value: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(Malformed):
            canonical(kind, value)
    else:
        assert canonical(kind, value) == expected
        assert canonical(kind, expected) == expected


@pytest.mark.parametrize(
    ("kind", "value", "word"),
    [
        (K.DOMAIN, "despachosnegocios", "one word"),
        (K.DOMAIN, "dynamic-dns.net", "share this"),
        (K.DOMAIN, "appspot.com", "share this"),
        (K.DOMAIN, "co.uk", "share this"),
        (K.DOMAIN, "", "empty"),
        (K.DOMAIN, "a" * 3000 + ".example", "characters"),
        (K.IPV4, "1.2.3", "address"),
        (K.IPV4, "0.0.0.0/0", "too wide"),
        (K.IPV4, "127.0.0.1", "device itself"),
        (K.EMAIL, "nobody", "e-mail"),
        (K.MD5, "abc", "32"),
        (K.SHA256, "g" * 64, "64"),
        (K.FILE_PATH, "/", "short"),
        (K.FILE_PATH, "/a/../b", ".."),
        (K.FILE_NAME, "a/b", "slash"),
        (K.APP_ID, "not an app", "app"),
        (K.PROCESS, "a\x1b[2J", "control"),
        (K.URL, "mailto:a@b.example", "link"),
    ],
)
def test_refusals_say_why(kind: K, value: str, word: str) -> None:
    with pytest.raises(Malformed) as caught:
        canonical(kind, value)
    assert word in caught.value.message


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (K.DOMAIN, "fgr1w2gnsdvsb.example/x", (K.URL, "fgr1w2gnsdvsb.example/x", "prefix")),
        (K.DOMAIN, "https://Evil.example/A/b", (K.URL, "evil.example/A/b", "prefix")),
        (K.DOMAIN, "https://evil.example/", (K.DOMAIN, "evil.example", "equals")),
        (K.DOMAIN, "evil.example:8443", (K.DOMAIN, "evil.example", "equals")),
        (K.DOMAIN, "192.0.2.9", (K.IPV4, "192.0.2.9", "equals")),
        (K.IPV4, "2001:db8::9", (K.IPV6, "2001:db8::9", "equals")),
        (K.PROCESS, "/private/var/tmp/hooker", (K.FILE_PATH, "/private/var/tmp/hooker", "equals")),
        (K.FILE_PATH, "roleaccountd.plist", (K.FILE_NAME, "roleaccountd.plist", "equals")),
    ],
)
def test_a_value_becomes_what_it_is(kind: K, value: str, expected: tuple[K, str, str]) -> None:
    assert resolve(kind, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("evil.example", K.DOMAIN),
        ("hxxps://evil[.]example/x", K.URL),
        ("evil.example/x", K.DOMAIN),
        ("192.0.2.0/24", K.IPV4),
        ("2001:db8::1", K.IPV6),
        ("a@evil.example", K.EMAIL),
        ("/private/var/tmp/x", K.FILE_PATH),
        ("0" * 32, K.MD5),
        ("0" * 40, K.SHA1),
        ("0" * 64, K.SHA256),
        ("0" * 128, K.SHA512),
        (":".join(["0A"] * 20), K.CERT_SHA1),
        ("76DAB334-7E17-475D-A5D6-0794EB5818A5", K.PROFILE_ID),
        ("com.network.android", K.APP_ID),
        ("com.evil.example.com", K.DOMAIN),
        ("bh", None),
        ("two words.", None),
    ],
)
def test_guess(value: str, expected: K | None) -> None:
    assert guess(refang(value)) is expected


def test_shared_host() -> None:
    assert on_shared_host("a.b.appspot.com") == "appspot.com"
    assert on_shared_host("evil.example") is None
    assert on_shared_host("evil.com.mx") is None  # a registry, no host of strangers


@settings(max_examples=examples(150), deadline=None)
@given(st.sampled_from(list(K)), st.text(max_size=60))
def test_canonical_is_stable(kind: K, text: str) -> None:
    try:
        once = canonical(kind, text)
    except Malformed:
        return
    assert canonical(kind, once) == once
