"""Every sentence for people has one stable id here: `t("report.found")`.

The English text stands in `messages.toml` (results), `words.toml` (page 1) and `program.toml` (help, errors, answers); a table
with `one` and `other` is a text with a number `n`. `scripts/extract_messages.py` writes `messages.pot` (context = id, message
= English). A translation is a compiled catalogue `locale/<language>/LC_MESSAGES/messages.mo`; what it lacks is shown in
English. `use("xx-pseudo")` marks every text, so that a test sees which sentences bypass the catalogue. Processes that read
evidence word their errors themselves, in the language that the parent names them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.data_files import ROOT, read_toml
from sousveil.patterns import lazy_pattern

if TYPE_CHECKING:
    import gettext

PSEUDO = "xx-pseudo"
"""A made-up language: English between the marks `OPEN` and `CLOSE`, and in it each value between `BEGIN` and `END`."""
OPEN, CLOSE = "\u27e6", "\u27e7"
BEGIN, END = "\u27e8", "\u27e9"
DATA = "data"
"""The context of sentences that stand in other data files, such as the reasons of the strength table."""
_LOCALE = ROOT / "texts" / "locale"
_VARIABLES = ("SOUSVEIL_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_language = "en"
_about: ContextVar[tuple[str, ...]] = ContextVar("about", default=())


_FACT = lazy_pattern(r"result\..*\.advice|advice\.\w+\.(?:source|checked)")
"""Entries of words.toml that are no texts."""


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and set(value) != {"one", "other"}:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


@cache
def table(name: str) -> dict[str, Any]:
    """A data file of this package, as TOML gives it."""
    return read_toml(f"texts/{name}.toml")


Messages = dict[str, str | tuple[str, str]]
_messages: Messages = {}


def messages() -> Messages:
    """Id -> English text; a pair (one, many) for a text with a number."""
    if not _messages:
        take_messages(_read())
    return _messages


def take_messages(given: Messages) -> None:
    """Take what another process read out of the catalogue."""
    _messages.update(given)


def _read() -> Messages:
    made: Messages = {}
    for name in ("messages", "words", "program"):
        for id, value in _flat(table(name)):
            if isinstance(value, list):
                made.update({f"{id}.{number}": text for number, text in enumerate(value, 1)})
            elif isinstance(value, dict):
                made[id] = (value["one"], value["other"])
            elif not _FACT.fullmatch(id):
                made[id] = value
    return made


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    import gettext

    return gettext.translation("messages", str(_LOCALE), languages=[language], fallback=True)


@contextmanager
def use(language: str) -> Iterator[None]:
    """Texts are in this language (`en`, `ar`, ... or `PSEUDO`) until the end of the block."""
    global _language
    before, _language = _language, language
    try:
        yield
    finally:
        _language = before


@contextmanager
def about(*names: str) -> Iterator[None]:
    """Texts are about an acquisition of this form, of a phone of this system, until the end of the block: `report.x` is
    `androidqf.report.x` or `android.report.x`, the first that there is."""
    before = _about.set(names)
    try:
        yield
    finally:
        _about.reset(before)


def language() -> str:
    """The language in use, the same in every thread."""
    return _language


def available(code: str = "") -> str | None:
    """The language that a person chose: of `code`, else of the environment as gettext reads it, the first that has a
    catalogue. English where the environment names none that has; None where `code` has none."""
    import gettext

    chosen = [code] if code else ":".join(os.environ.get(name, "") for name in _VARIABLES).split(":")
    for name in chosen:
        if name == PSEUDO or re.split("[_.@]", name)[0] in ("en", "C", "POSIX"):
            return name if name == PSEUDO else "en"
        if name and (found := gettext.find("messages", str(_LOCALE), [name])):
            return Path(found).parts[-3]
    return None if code else "en"


def t(id: str, /, **params: object) -> str:
    """The text of an id, with its parameters filled in. A text with a number takes it as `n`. Raises KeyError for an
    unknown id or a missing parameter."""
    id = next((own for name in _about.get() if (own := f"{name}.{id}") in messages()), id)
    text, chosen = messages()[id], language()
    if isinstance(text, tuple):
        count = params["n"]
        assert isinstance(count, int)
        if chosen in ("en", PSEUDO):
            text = text[count != 1]
        else:
            text = _catalogue(chosen).npgettext(id, *text, count)
        params["n"] = f"{count:,}"
    elif chosen not in ("en", PSEUDO):
        text = _catalogue(chosen).pgettext(id, text)
    if chosen != PSEUDO:
        return text.format(**params)
    marked = {name: f"{BEGIN}{value}{END}" if isinstance(value, str) else value for name, value in params.items()}
    return f"{OPEN}{text.format(**marked)}{CLOSE}"


def data(text: str) -> str:
    """A whole sentence of a data file, of a rule or of an artefact in the language in use."""
    chosen = language()
    if chosen == PSEUDO and text:
        return f"{OPEN}{text}{CLOSE}"
    return text if not text or chosen == "en" else _catalogue(chosen).pgettext(DATA, text)


def several(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return t("list.last", first=", ".join(items[:-1]), last=items[-1])


__all__ = [
    "CLOSE",
    "DATA",
    "OPEN",
    "PSEUDO",
    "about",
    "available",
    "data",
    "language",
    "messages",
    "several",
    "t",
    "table",
    "take_messages",
    "use",
]
