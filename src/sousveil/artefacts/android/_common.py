"""What several sections write alike: components, spans of time, names of users."""

from __future__ import annotations

from sousveil.patterns import lazy_pattern

_COMPONENT = lazy_pattern(r"([A-Za-z][\w.]{1,254})/([\w.$]{1,254})")
_SPAN = lazy_pattern(r"(\d{1,9})(ms|d|h|m|s)")
_MILLIS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


def components(text: str) -> list[tuple[str, str]]:
    """(package, `package/class`) of every component that a text names, in order."""
    return [(match[1], match[0]) for match in _COMPONENT.finditer(text)]


def component(text: str) -> tuple[str, str] | None:
    """The first of `components`."""
    match = _COMPONENT.search(text)
    return (match[1], match[0]) if match else None


def milliseconds(span: str) -> int | None:
    """Milliseconds of `+1d2h3m4s5ms`, with a sign where it has one; None for what is none."""
    parts = _SPAN.findall(span)
    if not parts:
        return None
    total = sum(int(number) * _MILLIS[unit] for number, unit in parts)
    return -total if span.lstrip().startswith("-") else total


def package_of_process(process: str) -> str | None:
    """The package whose process this is (`com.maker.app:remote`); None for programs of the system."""
    name = process.partition(":")[0]
    return name if "." in name and "/" not in name and not name.startswith("[") else None


def cut(text: str, limit: int = 2000) -> str:
    """The text, up to so many characters."""
    return text if len(text) <= limit else text[:limit] + "…"
