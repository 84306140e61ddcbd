"""Where a webhook never goes."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.errors import Usage
from sousveil.register.outbox import addresses
from sousveil.register.outbox.addresses import NotThere, Target, public, resolve, target

NEVER = """
127.0.0.1 127.255.255.254 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 192.0.0.1
192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
:: ::1 fe80::1 fec0::1 fc00::1 fd12:3456::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1:: 2001:0:7f00:1::1 ::127.0.0.1 ::8.8.8.8 100::1
192.88.99.1 192.88.99.255 192.0.0.9 192.0.0.10 192.31.196.1 192.175.48.1 192.52.193.1 ff0e::1 ::ffff:192.88.99.1 ::ffff:224.0.0.1
64:ff9b::c058:6301 64:ff9b::e000:1 64:ff9b:1::808:808 2002:c058:6301:: 2002:e000:1:: 2002:a9fe:a9fe:: 2001:4:112::1 2001:3::1 2001:1::1
2001:20::1 2001:30::1 2620:4f:8000::1 3fff::1 5f00::1
""".split()
NO_ADDRESS = """http://example.org/ ftp://example.org/ https://user@example.org/ https://user:word@example.org/ https://example.org:22/
https://example.org/#a https:/// https://localhost/ https://a.localhost/ https://printer/ https://printer.local/
https://db.internal/ https://2130706433/ https://0x7f000001/ https://0177.0.0.1/ https://127.1/ https://0x7f.1/
https://[::1]/ https://example.org:0x1/ https://exa_mple.org/ https://example..org/ //example.org/ https://[fe80::1%25lo]/
https://exämple.org/ example.org""".split()


@pytest.mark.parametrize("text", NEVER)
def test_an_address_that_is_not_of_the_public_internet_is_never_called(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert not public(address)
    host = f"[{text}]" if ":" in text else text
    with pytest.raises(Usage):
        target(f"https://{host}/")


@pytest.mark.parametrize(
    "text",
    [
        "93.184.215.14",
        "8.8.8.8",
        "2606:2800:21f:cb07::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "192.88.98.255",
        "192.88.100.0",
    ],
)
def test_an_address_of_the_public_internet_may_be_called(text: str) -> None:
    assert public(ipaddress.ip_address(text))


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address_of_a_webhook(url: str) -> None:
    with pytest.raises(Usage):
        target(url)


def test_the_parts_of_an_address() -> None:
    assert target("https://Example.org/a?b=c") == Target(secure=True, host="example.org", port=443, path="/a?b=c")
    assert target("https://example.org:8443").authority == "example.org:8443"
    assert target("http://[::1]:81/", loopback=True).authority == "[::1]:81"
    with pytest.raises(Usage):
        target("https://example.org/" + "a" * 500)
    with pytest.raises(Usage):
        target("https://10.0.0.1/", loopback=True)


def _answers(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[str]:
    """The system's resolver, answering what a hostile name server might."""
    asked: list[str] = []

    def answer(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", answer)
    return asked


def test_a_name_is_resolved_once_and_one_bad_address_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    goal = target("https://hook.example.org/")
    asked = _answers(monkeypatch, "8.8.8.8", "8.8.4.4")
    assert resolve(goal) == "8.8.8.8" and asked == ["hook.example.org"]
    for bad in ("10.0.0.1", "127.0.0.1", "169.254.169.254"):
        _answers(monkeypatch, "8.8.8.8", bad)
        with pytest.raises(Usage, match="not an address of the public internet"):
            resolve(goal)
    _answers(monkeypatch)
    with pytest.raises(NotThere):
        resolve(goal)


@given(st.integers(0, 2**32 - 1))
def test_an_address_hidden_in_another_is_judged_like_itself(number: int) -> None:
    inner = ipaddress.IPv4Address(number)
    outside = ipaddress.IPv6Address((0x64FF9B << 96) | number)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))
    assert public(outside) == public(mapped) == public(inner)
    assert not public(sixtofour) or public(inner)
