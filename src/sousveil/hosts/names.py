"""Names and addresses in their one form."""

from __future__ import annotations

import ipaddress

from sousveil.patterns import lazy_pattern

DOTS = lazy_pattern(r"[.\u3002\uff0e\uff61]")
"""What stands between the labels of a name."""
_LABEL = lazy_pattern(r"[a-z0-9_\-]{1,63}\Z")
_NUMBER = lazy_pattern(r"(?:0x[0-9a-f]*|[0-9]+)\Z")


def _ipv4_number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    if len(part) > 1 and part.startswith("0"):
        return int(part, 8)
    return int(part)


def _ipv4(text: str) -> str:
    """The address behind one to four decimal, octal or hexadecimal parts, as browsers read them. Raises ValueError."""
    parts = text.split(".")
    if len(parts) > 4 or any(len(part) > 40 or not _NUMBER.match(part) for part in parts):
        raise ValueError("not an IPv4 address")
    numbers = [_ipv4_number(part) for part in parts]
    last = numbers.pop()
    if any(number > 255 for number in numbers) or last >= 256 ** (4 - len(numbers)):
        raise ValueError("not an IPv4 address: a part is too large")
    for place, number in enumerate(numbers):
        last += number << (8 * (3 - place))
    return str(ipaddress.IPv4Address(last))


def _a_label(label: str) -> str:
    if label.isascii():
        return label
    if len(label) > 63:
        raise ValueError("a label of the host is too long")
    # Registries refuse more than browsers do (emoji, bidi rules); evidence is read like a browser reads it.
    return "xn--" + label.encode("punycode").decode("ascii")


def canonical_host(text: str) -> str:
    """The one form of a host name or address (see the module). Underscores are allowed, they occur in real names.

    Raises ValueError for what no browser would take as a host.
    """
    text = text.strip()
    if not text or len(text) > 1024:
        raise ValueError("not a host: empty or too long")
    if text.startswith("["):
        if not text.endswith("]"):
            raise ValueError("not a host: an open bracket")
        return str(ipaddress.IPv6Address(text[1:-1].partition("%")[0]))
    if text.count(":") >= 2:
        return str(ipaddress.IPv6Address(text.partition("%")[0]))
    if not text.isascii():
        import idna  # large, and most names need none of it

        try:
            text = idna.uts46_remap(text, std3_rules=False, transitional=False)
        except (idna.IDNAError, IndexError, UnicodeError) as error:
            raise ValueError("not a host: a character that names cannot hold") from error
    host = ".".join(_a_label(label) for label in text.lower().removesuffix(".").split("."))
    if len(host) > 253 or not all(_LABEL.match(label) for label in host.split(".")):
        raise ValueError("not a host: an empty or overlong label, or a character that names cannot hold")
    if _NUMBER.match(host.rpartition(".")[2]):
        return _ipv4(host)
    return host


def unicode_host(host: str) -> str:
    """The U-label form of a canonical host (`münchen.com`); labels that do not decode stay as they are."""
    labels = host.split(".")
    for place, label in enumerate(labels):
        if label.startswith("xn--"):
            try:
                labels[place] = label[4:].encode("ascii").decode("punycode")
            except UnicodeError:
                continue
    return ".".join(labels)


def canonical_email(text: str) -> str:
    """An e-mail address in lower case, without `mailto:`, its host canonical. Raises ValueError when it is none."""
    text = text.strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    local, at, host = text.rpartition("@")
    if not at or not local or len(local) > 64 or any(c.isspace() or c in '<>"(),;:@' for c in local):
        raise ValueError("not an e-mail address")
    return f"{local.lower()}@{canonical_host(host)}"


def parents(host: str) -> list[str]:
    """The host and the domains above it, longest first; an address has none above it."""
    if ":" in host or host.rpartition(".")[2].isdigit():
        return [host]
    labels = host.split(".")
    return [".".join(labels[place:]) for place in range(len(labels))]
