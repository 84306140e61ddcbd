"""Pages out of templates: everything escaped, texts through gettext, addresses without a host."""

from __future__ import annotations

import gettext
import re
from functools import cache
from pathlib import Path

import jinja2

TEMPLATES = Path(__file__).parent / "templates"
LOCALE = Path(__file__).parent / "locale"
"""`<language>/LC_MESSAGES/complaints.mo`; a language is offered when its file is there."""
DEFAULT = "en"
MONTHS = "January February March April May June July August September October November December".split()
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
_TAG = re.compile(r"[a-z]{2,3}")


@cache
def languages() -> tuple[str, ...]:
    """The languages that have texts; English first."""
    return (DEFAULT, *sorted(file.parent.parent.name for file in LOCALE.glob("*/LC_MESSAGES/complaints.mo")))


def choose(accepted: str) -> str:
    """The first language of those that a browser asks for which is offered; English where none is."""
    for part in accepted[:500].lower().split(","):
        found = _TAG.match(part.strip())
        if found and found[0] in languages():
            return found[0]
    return DEFAULT


@cache
def environment(language: str) -> jinja2.Environment:
    """The templates in one language: an unknown name is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        cache_size=50,
    )
    texts: gettext.NullTranslations = gettext.NullTranslations()
    if language != DEFAULT:
        texts = gettext.translation("complaints", LOCALE, [language])
    made.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    made.filters["t"] = lambda text: texts.gettext(text) if text else ""
    made.filters["day"] = lambda day: _in_words(day, texts) if day else ""
    return made


def _in_words(day: str, texts: gettext.NullTranslations) -> str:
    """An ISO day as people write it: `27 November 2026`."""
    year, month, number = (int(part) for part in day.split("-"))
    return f"{number} {texts.gettext(MONTHS[month - 1])} {year}"


def render(template: str, accepted: str, **values: object) -> bytes:
    """One page as bytes."""
    language = choose(accepted)
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    text = environment(language).get_template(template).render(language=language, direction=direction, **values)
    return text.encode()
