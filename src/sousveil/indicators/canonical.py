"""One spelling for every published value, so that two spellings of one fact are one indicator.

`resolve` first decides what a value really is (publishers write addresses and links where a domain belongs),
`canonical` then gives the one form. Both refuse with `Malformed` and a reason that a person can read. Nothing is
looked up anywhere.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache

from sousveil.data_files import ROOT
from sousveil.errors import Malformed
from sousveil.hosts import DEFAULT_PORTS, canonical_email, canonical_host, parse_url
from sousveil.indicators.model import IndicatorKind
from sousveil.texts import t

MAX_VALUE = 2048
"""Characters in one value at most."""
MIN_PREFIX_V4 = 8
MIN_PREFIX_V6 = 19
"""Networks wider than these hold whole countries and name nobody."""

_HEX = {
    IndicatorKind.MD5: 32,
    IndicatorKind.SHA1: 40,
    IndicatorKind.SHA256: 64,
    IndicatorKind.SHA512: 128,
    IndicatorKind.CERT_MD5: 32,
    IndicatorKind.CERT_SHA1: 40,
    IndicatorKind.CERT_SHA256: 64,
}
_CERTIFICATES = (IndicatorKind.CERT_MD5, IndicatorKind.CERT_SHA1, IndicatorKind.CERT_SHA256)
_HASH_OF = {32: IndicatorKind.MD5, 40: IndicatorKind.SHA1, 64: IndicatorKind.SHA256, 128: IndicatorKind.SHA512}
_HEX_ONLY = re.compile(r"[0-9a-f]+\Z")
_APP = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._\-]*\Z")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_ADDRESS_LIKE = re.compile(r"[0-9A-Fa-f:./\[\]]+(?:%[\w\-]+)?\Z")
_DOMAIN_LIKE = re.compile(r"[\w\-]+(?:\.[\w\-]+)+\Z")
_REVERSED = frozenset(["com", "org", "net", "io", "me", "co", "app", "de", "fr", "ru", "cn", "br", "in", "cm", "xx"])
_ENDINGS = frozenset(
    [
        "com",
        "org",
        "net",
        "info",
        "biz",
        "io",
        "me",
        "co",
        "app",
        "dev",
        "xyz",
        "online",
        "site",
        "top",
        "club",
        "live",
        "link",
        "shop",
    ]
)


@cache
def _host_list() -> tuple[frozenset[str], frozenset[str]]:
    text = (ROOT / "indicators/data/shared_hosts.txt").read_text("utf-8")
    lines = [line for line in (raw.partition("#")[0].strip() for raw in text.splitlines()) if line]
    return (
        frozenset(line for line in lines if not line.startswith("!")),
        frozenset(line.removeprefix("!") for line in lines),
    )


def shared_hosts() -> frozenset[str]:
    """Names under which strangers have sub-domains of their own; from `data/shared_hosts.txt`."""
    return _host_list()[0]


def refused_hosts() -> frozenset[str]:
    """Names that cannot be indicators themselves: shared ones, and registries such as `co.uk`."""
    return _host_list()[1]


def on_shared_host(host: str) -> str | None:
    """The shared base domain that `host` is a sub-domain of, or None."""
    while "." in host:
        host = host.partition(".")[2]
        if host in shared_hosts():
            return host
    return None


def canonical(kind: IndicatorKind, value: str) -> str:
    """The one form of `value`. Raises Malformed, saying what is wrong, when it cannot be a value of this kind."""
    text = value.strip()
    if not text:
        raise Malformed(t("error.canonical.value_empty"))
    if len(text) > MAX_VALUE:
        raise Malformed(t("error.canonical.value_characters_more", length=len(text), limit=MAX_VALUE))
    if _CONTROL.search(text):
        raise Malformed(t("error.canonical.value_contains_control"))
    if kind in _HEX:
        return _digest(kind, text)
    special = _FORMS.get(kind)
    return special(text) if special else text


def resolve(kind: IndicatorKind, value: str) -> tuple[IndicatorKind, str, str]:
    """What a published value really is: kind, canonical value, pattern (`equals` or `prefix`).

    A domain or link that is an address becomes one; a domain with a path becomes a link prefix; a process or file name
    with a directory becomes a path. Raises Malformed.
    """
    text = value.strip()
    if kind in (IndicatorKind.IPV4, IndicatorKind.IPV6):
        kind = IndicatorKind.IPV6 if ":" in text else IndicatorKind.IPV4
    elif kind is IndicatorKind.DOMAIN:
        return _resolve_domain(text)
    elif kind in (IndicatorKind.PROCESS, IndicatorKind.FILE_NAME) and text.startswith("/"):
        kind = IndicatorKind.FILE_PATH
    elif kind is IndicatorKind.FILE_PATH and "/" not in text:
        kind = IndicatorKind.FILE_NAME
    return kind, canonical(kind, text), "equals"


def guess(value: str) -> IndicatorKind | None:
    """The kind that a bare value most likely has; None when nothing can be said (a single word)."""
    text = value.strip()
    bare = text.replace(":", "").lower()
    if len(bare) in _HASH_OF and _HEX_ONLY.match(bare):
        certificate = ":" in text and len(bare) in (32, 40, 64) and text.count(":") == len(bare) // 2 - 1
        return _CERTIFICATES[(32, 40, 64).index(len(bare))] if certificate else _HASH_OF[len(bare)]
    if _UUID.match(text):
        return IndicatorKind.PROFILE_ID
    if _is_network(text):
        return IndicatorKind.IPV6 if ":" in text else IndicatorKind.IPV4
    if "://" in text:
        return IndicatorKind.URL
    if text.startswith("/"):
        return IndicatorKind.FILE_PATH
    if "@" in text and "/" not in text:
        return IndicatorKind.EMAIL
    return _guess_name(text)


def _guess_name(text: str) -> IndicatorKind | None:
    host = text.removeprefix("*.").partition("/")[0].rstrip(".")
    if not _DOMAIN_LIKE.match(host.partition(":")[0]):
        return None
    labels = host.lower().split(".")
    if (
        "/" not in text
        and len(labels) >= 3
        and labels[0] in _REVERSED
        and labels[-1] not in _ENDINGS
        and len(labels[-1]) > 2
    ):
        return IndicatorKind.APP_ID
    return IndicatorKind.DOMAIN


def refang(value: str) -> str:
    """A value with the usual marks of defanging taken out: `hxxp`, `[.]`, `(.)`, `[@]`, `[://]`."""
    text = value.strip()
    for dead, live in (
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("[:]", ":"),
        ("[://]", "://"),
        ("[@]", "@"),
        ("[at]", "@"),
        ("(at)", "@"),
    ):
        text = text.replace(dead, live)
    head, mark, rest = text.partition("://")
    return head.lower().replace("hxxp", "http").replace("fxp", "ftp") + mark + rest if mark else text


def _is_network(text: str) -> bool:
    if not _ADDRESS_LIKE.match(text):  # the usual case, and much quicker than an exception
        return False
    try:
        ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return False
    return True


def _resolve_domain(text: str) -> tuple[IndicatorKind, str, str]:
    if _is_network(text):
        kind = IndicatorKind.IPV6 if ":" in text else IndicatorKind.IPV4
        return kind, canonical(kind, text.strip("[]")), "equals"
    if "://" not in text and "/" not in text and "?" not in text and ":" not in text:
        return IndicatorKind.DOMAIN, canonical(IndicatorKind.DOMAIN, text), "equals"
    parsed = parse_url(text)
    if parsed is None:
        raise Malformed(t("error.canonical.neither_domain_nor"))
    if parsed.path in ("", "/") and not parsed.query:
        if _is_network(parsed.host):
            return _resolve_domain(parsed.host)
        return IndicatorKind.DOMAIN, canonical(IndicatorKind.DOMAIN, parsed.host), "equals"
    return IndicatorKind.URL, _link(text).partition("://")[2] or _link(text), "prefix"


def _domain(text: str) -> str:
    text = text.removeprefix("*.").removeprefix(".")
    try:
        host = canonical_host(text)
    except ValueError as error:
        raise Malformed(str(error).replace(t("error.canonical.host"), t("error.canonical.domain_name"))) from error
    if "." not in host:
        raise Malformed(t("error.canonical.domain_word_would"))
    if host in refused_hosts():
        raise Malformed(t("error.canonical.many_unrelated_sites"))
    if _is_network(host):
        raise Malformed(t("error.canonical.address_domain_name"))
    return host


def _link(text: str) -> str:
    parsed = parse_url(text)
    if parsed is None:
        raise Malformed(t("error.canonical.link_host"))
    if "." not in parsed.host and ":" not in parsed.host:
        raise Malformed(t("error.canonical.link_host_single"))
    if parsed.host in refused_hosts() and parsed.path in ("", "/") and not parsed.query:
        raise Malformed(t("error.canonical.many_unrelated_sites_accounts"))
    host = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
    port = f":{parsed.port}" if parsed.port is not None and parsed.port != DEFAULT_PORTS.get(parsed.scheme) else ""
    query = f"?{parsed.query}" if parsed.query else ""
    scheme = f"{parsed.scheme}://" if parsed.scheme else ""
    return f"{scheme}{host}{port}{parsed.path or '/'}{query}"


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError as error:
        raise Malformed(t("error.canonical.address_network_cidr")) from error
    narrowest = MIN_PREFIX_V4 if network.version == 4 else MIN_PREFIX_V6
    if network.prefixlen < narrowest:
        raise Malformed(t("error.canonical.network_too_wide", prefixlen=network.prefixlen))
    if network.network_address.is_unspecified or network.network_address.is_loopback:
        raise Malformed(t("error.canonical.address_means_device"))
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _email(text: str) -> str:
    try:
        return canonical_email(text)
    except ValueError as error:
        raise Malformed(t("error.canonical.e_mail_address")) from error


def _digest(kind: IndicatorKind, text: str) -> str:
    if kind in _CERTIFICATES:
        text = text.replace(":", "").replace(" ", "")
    text = text.lower()
    if len(text) != _HEX[kind] or not _HEX_ONLY.match(text):
        raise Malformed(t("error.canonical.needs_hexadecimal_digits", kind=kind.value, digits=_HEX[kind]))
    return text


def _path(text: str) -> str:
    parts = [part for part in text.split("/") if part]
    if ".." in parts or "." in parts:
        raise Malformed(t("error.canonical.path_contains_parts"))
    if len(parts) < 2 and text.startswith("/"):
        raise Malformed(t("error.canonical.path_too_short"))
    return ("/" if text.startswith("/") else "") + "/".join(parts)


def _name(text: str) -> str:
    if "/" in text:
        raise Malformed(t("error.canonical.file_name_contains"))
    return text


def _process(text: str) -> str:
    return text


def _app(text: str) -> str:
    if not _APP.match(text) or len(text) > 255:
        raise Malformed(t("error.canonical.identifier_app"))
    return text


def _profile(text: str) -> str:
    return text.strip("{}").lower()


_FORMS = {
    IndicatorKind.DOMAIN: _domain,
    IndicatorKind.URL: _link,
    IndicatorKind.IPV4: _network,
    IndicatorKind.IPV6: _network,
    IndicatorKind.EMAIL: _email,
    IndicatorKind.FILE_PATH: _path,
    IndicatorKind.FILE_NAME: _name,
    IndicatorKind.PROCESS: _process,
    IndicatorKind.APP_ID: _app,
    IndicatorKind.PROFILE_ID: _profile,
}

__all__ = ["MAX_VALUE", "canonical", "guess", "on_shared_host", "refang", "refused_hosts", "resolve", "shared_hosts"]
