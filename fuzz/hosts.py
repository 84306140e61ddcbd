"""Throws bytes at everything in `sousveil.hosts` that reads text out of evidence."""

from __future__ import annotations

from sousveil import hosts


def seeds() -> list[bytes]:
    """Inputs to start from."""
    return [
        text.encode()
        for text in (
            "go to https://u:p@a.evil.com:8443/x?u=https%3A%2F%2Fb.org%2F#y, or evil.com/x.",
            "http://[2001:db8::1]:80/ http://0x7f.1 http:\\\\evil.com 1.2.3.4 ::1 fe80::1%en0",
            "点击evil.com然后 ｅｖｉｌ。ｃｏｍ https://münchen.com. mu\u0308nchen.com xn--mnchen-3ya.com",
            "mailto:joe@evil.com, joe@evil.com@good.org @@@ ://// https%25253A%25252F%25252Fevil.com",
        )
    ]


def fuzz_one(data: bytes) -> None:
    """Must raise nothing: ValueError is the documented answer of the two `canonical` functions only."""
    text = data.decode("utf-8", "replace")
    for link in hosts.links_in(text):
        hosts.unwrap(link)
        url = hosts.parse_url(link)
        if url is not None:
            assert hosts.canonical_host(url.host) == url.host
    for name in hosts.hosts_in(text):
        hosts.unicode_host(name)
        hosts.parents(name)
    hosts.addresses_in(text)
    hosts.encoded_links(text)
    hosts.decodings(text)
    hosts.emails_in(text)
    for canonical in (hosts.canonical_host, hosts.canonical_email):
        try:
            canonical(text)
        except ValueError:
            continue
