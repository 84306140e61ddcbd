"""Through which every word passes on its way into a language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TRANSLATE: ContextVar[Callable[[str], str] | None] = ContextVar("translate", default=None)
_TRANSLATE_N: ContextVar[Callable[[str, str, int], str] | None] = ContextVar("translate_n", default=None)


@contextmanager
def speaking(translate: Callable[[str], str], translate_n: Callable[[str, str, int], str]) -> Iterator[None]:
    """Within, all words pass through these two (gettext and ngettext of some language)."""
    one, many = _TRANSLATE.set(translate), _TRANSLATE_N.set(translate_n)
    try:
        yield
    finally:
        _TRANSLATE.reset(one)
        _TRANSLATE_N.reset(many)


@contextmanager
def plain() -> Iterator[None]:
    """Within, all words stay as the code has them: for what must be the same bytes whoever asks."""
    one, many = _TRANSLATE.set(None), _TRANSLATE_N.set(None)
    try:
        yield
    finally:
        _TRANSLATE.reset(one)
        _TRANSLATE_N.reset(many)


def _(text: str) -> str:
    translate = _TRANSLATE.get()
    return translate(text) if translate else text


def _n(one: str, many: str, count: int) -> str:
    translate = _TRANSLATE_N.get()
    return (translate(one, many, count) if translate else (one if count == 1 else many)).format(n=f"{count:,}")
