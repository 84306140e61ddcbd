"""Host names, folded so that two spellings of one name are seen as one.

Whoever serves a host name, its certificate or its DNS sees who asks for it. So complaints are never taken under the register's name,
however that is written: in capitals, with a point at the end, with a port, percent-encoded, or as punycode.
"""

from __future__ import annotations

import re
import socket
import unicodedata
from urllib.parse import unquote, urlsplit

from sousveil.errors import Usage
from sousveil.kinds import visible

_DOTS = re.compile(r"[.\u3002\uff0e\uff61]")
_NUMERIC = re.compile(r"[0-9a-fx]+(\.[0-9a-fx]+){0,3}", re.ASCII)


def folded(host: str) -> str:
    """One form for all spellings of a host name (`name` or `name:port`); empty for none."""
    name = _folded(unquote(host))
    name = re.sub(r":\d*$", "", name).rstrip(".")
    if _NUMERIC.fullmatch(name) and name.rsplit(".", 1)[-1][:1].isdigit():
        try:
            return socket.inet_ntoa(socket.inet_aton(name))
        except OSError:
            return name
    return ".".join(_label(one) for one in name.split("."))


def _folded(text: str) -> str:
    return _DOTS.sub(".", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return _folded(label[4:].encode("ascii").decode("punycode"))
    except UnicodeError:
        return label


def of_address(address: str) -> str:
    """The folded host name of a web address; empty where it has none."""
    try:
        return folded(urlsplit(address).hostname or "")
    except ValueError:
        return ""


def check_apart(hosts: list[str], register: str, signed_by: str) -> None:
    """Raises Usage where one of the hosts of complaints is this (folded) host name of a register."""
    for host in hosts:
        if register and folded(host) == register:
            raise Usage(
                f"{visible(host)} is the register's host name, as {signed_by} says; complaints are never taken under it.",
                hint="Give complaints a host name of their own that nobody else serves, such as --host complaints.example.org "
                "or an onion address, and keep the link to the register in --remedies.",
            )
