"""Pages out of data: Jinja2 templates, texts through gettext, relative links only."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from sousveil.register.views import words
from sousveil.web import words_of
from sousveil.web.failures import Problem
from sousveil.web.links import Links
from sousveil.web.site import Site

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> jinja2.Environment:
    """The templates: everything escaped, an unknown name is an error."""
    from django.utils import translation

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    made.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(
        t=words_of.translated,
        number=words_of.number,
        day=words_of.day,
        moment=words_of.moment,
        size=words_of.size,
        short=words_of.short,
        plain_address=words_of.plain_address,
        field=getattr,
    )
    return made


def render(template: str, site: Site, environ: dict[str, Any], **values: Any) -> bytes:
    """One page as bytes."""
    from django.utils import translation

    language = environ.get("sousveil.language", "en")
    static = bool(environ.get("sousveil.static"))
    links = Links(environ.get("PATH_INFO", "/")[1:], static=static)
    with translation.override(language), words.speaking(translation.gettext, translation.ngettext):
        text = (
            environment()
            .get_template(template)
            .render(
                site=site,
                state=site.state(),
                links=links,
                to=links.to,
                entity_address=lambda id: links.to("entities", id),
                static=static,
                language=language,
                direction="rtl" if translation.get_language_bidi() else "ltr",
                here=links.path,
                nav=navigation(),
                **values,
            )
        )
    return text.encode()


@cache
def navigation() -> tuple[tuple[str, str], ...]:
    """Address and title of the pages in the navigation."""
    from sousveil.web.page import all_pages

    shown = sorted((page for page in all_pages() if page.nav), key=lambda page: page.nav)
    return tuple((page.route, page.title) for page in shown)


def render_failure(told: Problem, site: Site, environ: dict[str, Any]) -> bytes:
    """The page of an error."""
    return render("failure.html", site, environ, problem=told)
