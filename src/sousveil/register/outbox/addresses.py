"""Where a webhook may go: never to this machine, its network, or any address that is not of the public internet.

A name is resolved once; every address it has must be public, and the connection goes to the very address that was looked
at. So a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from sousveil.errors import SousveilError, Usage
from sousveil.kinds import visible

URL_MAX = 500
PORTS = (443, 8443)
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*\.?", re.ASCII)
_PATH = re.compile(r"[!-~]*", re.ASCII)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_SPECIAL = tuple(
    ipaddress.ip_network(one)
    for one in (
        "192.88.99.0/24",  # 6to4 relay anycast, reserved by RFC 7526
        "192.0.0.0/24",  # IETF protocols: the anycast of PCP and TURN among them
        "192.31.196.0/24",  # AS112: reverse names of private networks
        "192.175.48.0/24",
        "192.52.193.0/24",  # automatic multicast tunnels
        "64:ff9b:1::/48",  # NAT64 of a local network
        "2001::/23",  # IETF protocols: Teredo, anycast, ORCHID, benchmarking
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
    )
)
"""Special-purpose ranges of which a library says, in one version or another, that they are global."""


class NotThere(SousveilError):
    """The name has no address just now; it may later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a webhook goes."""

    secure: bool
    host: str
    port: int
    path: str
    """Path and query."""

    @property
    def authority(self) -> str:
        """For the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def target(url: str, *, loopback: bool = False) -> Target:
    """The parts of an address. Raises Usage for one that is never called. `loopback`: see `WebhookSettings`."""
    hint = "Name an address such as https://example.org/hook, without user name, on port 443 or 8443."
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").lower()
    except ValueError:
        raise Usage("This is no address of a webhook.", hint=hint) from None
    schemes = ("https", "http") if loopback else ("https",)
    literal = _literal(host)
    if (
        len(url) > URL_MAX
        or parts.scheme not in schemes
        or parts.username is not None
        or parts.password is not None
        or parts.fragment
        or not _PATH.fullmatch(url)
        or (literal is None and (len(host) > 253 or not _HOST.fullmatch(host)))
    ):
        raise Usage(f"{visible(url[:100])!r} cannot be the address of a webhook.", hint=hint)
    secure = parts.scheme == "https"
    port = port or (443 if secure else 80)
    if not loopback and port not in PORTS:
        raise Usage(f"A webhook is not called on port {port}.", hint=hint)
    if literal is not None:
        check(literal, loopback=loopback)
    elif not loopback and not _public_name(host):
        raise Usage(f"{host!r} is a name of this machine or its network.", hint=hint)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure=secure, host=host, port=port, path=path)


def resolve(goal: Target, *, loopback: bool = False) -> str:
    """The one address to connect to, as text. Raises Usage (refused), NotThere (no answer)."""
    literal = _literal(goal.host)
    if literal is not None:
        check(literal, loopback=loopback)
        return str(literal)
    try:
        found = socket.getaddrinfo(goal.host, goal.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotThere(f"The name {goal.host} has no address just now.") from None
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses:
        raise NotThere(f"The name {goal.host} has no address just now.")
    for one in addresses:  # one bad address is enough: a name that mixes them is up to something
        check(one, loopback=loopback)
    return str(addresses[0])


def check(address: Address, *, loopback: bool = False) -> None:
    """Raises Usage for an address that is not one of the public internet."""
    if loopback and address.is_loopback:
        return
    if not public(address):
        raise Usage(
            f"{address} is not an address of the public internet.",
            hint="A webhook never goes to private, loopback, link-local, shared, reserved or multicast addresses.",
        )


def public(address: Address) -> bool:
    """Whether the address, and each that is hidden inside it (mapped, 6to4, Teredo, NAT64), is a public one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64 or address in _COMPATIBLE:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if any(one is not None and not public(one) for one in inner):
            return False
        if address.ipv4_mapped is not None or address in _NAT64:
            return True
        if address.is_site_local:
            return False
    if any(address.version == one.version and address in one for one in _SPECIAL):
        return False
    return address.is_global and not (
        address.is_multicast
        or address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_reserved
        or address.is_unspecified
    )


def _literal(host: str) -> Address | None:
    """The address that a host is written as; also in the odd forms (`0x7f.1`, `2130706433`) that resolvers take."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if re.fullmatch(r"[0-9a-fx.]+", host) and host.rstrip(".").split(".")[-1][:1].isdecimal():
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
        except OSError:
            return None
    return None


def _public_name(host: str) -> bool:
    name = host.rstrip(".")
    return "." in name and name.rsplit(".", 1)[-1] not in (
        "localhost",
        "local",
        "internal",
        "localdomain",
        "home",
        "lan",
    )
