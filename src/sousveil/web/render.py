"""Pages out of data: Jinja2 templates, texts through gettext, relative links only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.model import Form, Procedure
from sousveil.register import types
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.views import words
from sousveil.register.views.model_base import LONG_AFTER
from sousveil.web import conf, sayers, words_of
from sousveil.web.links import Links
from sousveil.web.navigation import GROUPS, group_of
from sousveil.web.retelling import retelling
from sousveil.web.site import Site
from sousveil.web.tables import labelled

TEMPLATES = Path(__file__).parent / "templates"


_LANGUAGE: ContextVar[str] = ContextVar("language", default=conf.DEFAULT)
"""Language of the page that is being made."""


def language() -> str:
    """The language that is spoken now, as a tag."""
    return _LANGUAGE.get()


def gettext(text: str) -> str:
    """The text in the page's language. Texts are English in the code: for English nothing is looked up."""
    if _LANGUAGE.get() == conf.DEFAULT:
        return text
    from django.utils import translation

    return translation.gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """As `gettext`, for a number of things."""
    if _LANGUAGE.get() == conf.DEFAULT:
        return one if count == 1 else many
    from django.utils import translation

    return translation.ngettext(one, many, count)


def told(text: Any) -> str:
    """A text of the code or one that the engine put together, in the page's language; nothing gives nothing."""
    if not text:
        return ""
    file = conf.catalogue_file(_LANGUAGE.get()) if _LANGUAGE.get() != conf.DEFAULT else None
    return gettext(str(text)) if file is None else retelling(file)(str(text))


@contextmanager
def language_of(language: str) -> Iterator[None]:
    """Within, all texts are in this language: those of templates, of the register's words, and of Django."""
    from django.utils import translation

    token = _LANGUAGE.set(language)
    try:
        with translation.override(language), words.speaking(gettext, ngettext):
            yield
    finally:
        _LANGUAGE.reset(token)


@cache
def environment() -> jinja2.Environment:
    """The templates: everything escaped, an unknown name is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(
        t=told,
        told=told,
        number=words_of.number,
        amount=words_of.amount,
        day=words_of.day,
        moment=words_of.moment,
        size=words_of.size,
        short=words_of.short,
        plain_address=words_of.plain_address,
        field=getattr,
    )
    made.globals["country_name"] = country_name
    made.globals["forms_of"] = forms_of_view
    made.globals["answers_of"] = answers_of
    made.globals["code_words"] = code_words
    for asked in (sayers.refs_of, sayers.hits_of, sayers.through, sayers.sayers, sayers.publishers_of):
        made.globals[asked.__name__] = asked
    made.globals["long_after"] = LONG_AFTER
    return made


class FormOf(msgspec.Struct, frozen=True, kw_only=True):
    """A form of a procedure, for a record."""

    procedure: str
    letter: str
    demand: str
    form: str
    title: str


def _form_of(one: Procedure, form: Form) -> FormOf:
    return FormOf(procedure=one.name, letter=one.letter, demand=one.title, form=form.name, title=form.title)


def forms_of(type: str, said: Collection[tuple[str, str]] = ()) -> list[FormOf]:
    """The forms of all procedures that write such records; of forms for one kind of them that which fits what is said."""
    fitting = [(one, form) for one in registry.all_procedures().values() for form in one.forms if form.type == type]
    if any(form.fixed for _, form in fitting):
        fitting = [(one, form) for one, form in fitting if all(pair in said for pair in form.fixed.items())]
    return [_form_of(one, form) for one, form in fitting]


def forms_of_view(view: Any) -> list[FormOf]:
    """The forms of the procedures that add to the record of a page."""
    return forms_of(view.type, {(one.name, claim.value) for one in view.properties for claim in one.claims})


def answers_of(type: str) -> list[FormOf]:
    """The forms of all procedures that answer records of this type."""
    return [
        _form_of(one, form)
        for one in registry.all_procedures().values()
        for form in one.forms
        if form.answers and type in types.properties(form.type)[form.answers].range
    ]


def code_words(type: str, property: str, code: str) -> str:
    """A code of a property in words; one that has none stays as it is."""
    known = types.property_of(type, property)
    return told(known.means(code)) if known is not None and known.kind == Kind.CODE else code


def render(template: str, site: Site, environ: dict[str, Any], **values: Any) -> bytes:
    """One page as bytes."""
    from django.utils import translation

    language = environ.get("sousveil.language", "en")
    static = bool(environ.get("sousveil.static"))
    names = environ.get("sousveil.names", lambda id: None)
    pages = environ.get("sousveil.public", "")
    links = Links(environ.get("PATH_INFO", "/")[1:], static=static, names=names, pages=pages)
    with language_of(language):
        text = (
            environment()
            .get_template(template)
            .render(
                site=site,
                state=site.state(),
                links=links,
                to=links.to,
                entity_address=lambda id: links.to("entities", id),
                state_address=lambda code: links.to("states", code),
                static=static,
                language=language,
                direction="rtl" if translation.get_language_bidi() else "ltr",
                here=links.path,
                groups=GROUPS,
                group=group_of(links.path),
                **{"csv_address": "", "permalink": "", **values},
            )
        )
    return labelled(text).encode()
