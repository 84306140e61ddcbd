"""The staff's templates: the same words and style as the reader's pages, without their navigation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.utils.translation import get_language_bidi

from sousveil.register import edtf
from sousveil.web import words_of
from sousveil.web.links import Links
from sousveil.web.render import TEMPLATES, gettext, ngettext, told
from sousveil.web.staff.code_words import STATEMENT_WORDS, act_in_words, words_of_code
from sousveil.web.staff.names import captions
from sousveil.web.staff.permissions import ACTS, Role, Who, may

OWN = Path(__file__).parent / "templates"
SHOWN = ("drafts", "forms", "held", "proposals", "keys", "erasures", "outbox", "accounts", "audit")
"""Acts that stand in the navigation, in this order."""
TITLES = {
    "drafts": "Drafts",
    "forms": "Forms",
    "held": "Held",
    "proposals": "Proposals",
    "keys": "Keys",
    "erasures": "Erasures",
    "outbox": "Deliveries",
    "accounts": "Accounts",
    "audit": "Audit log",
}


def environment(**options: Any) -> jinja2.Environment:
    """For Django's Jinja2 backend. What stands in a template of the reader's pages is reached as `web/NAME`."""
    options.pop("auto_reload", None)
    shared = jinja2.FileSystemLoader(TEMPLATES)
    made = jinja2.Environment(
        **{
            **options,
            "loader": jinja2.ChoiceLoader([jinja2.FileSystemLoader(OWN), jinja2.PrefixLoader({"web": shared})]),
            "undefined": jinja2.StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
            "extensions": ["jinja2.ext.i18n"],
            "auto_reload": False,
        }
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals["days_from"] = edtf.days_from
    made.filters.update(t=told, w=words_of_code, json=_json, act=act_in_words, **STATEMENT_WORDS)
    made.filters.update(day=words_of.day, instant=words_of.instant, number=words_of.number)
    return made


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)


def common(request: HttpRequest) -> dict[str, Any]:
    """What every page knows."""
    site = request.META["sousveil.site"]
    links = Links(request.path_info[1:], pages=request.META["sousveil.public"])
    who = who_of(request)
    return {
        "title": site.title,
        "example": site.example,
        "language": request.META.get("sousveil.language", "en"),
        "right_to_left": get_language_bidi(),
        "name_of": lambda id: captions(site, [id]).get(id, id),
        "to": links.to,
        "at": lambda path="": links.at(f"staff/{path}"),
        "who": who,
        "works_for": captions(site, [who.owner]).get(who.owner, who.owner) if who else "",
        "nav": [
            (one.path, TITLES[one.name]) for one in ACTS if who is not None and one.name in SHOWN and may(one, who)
        ],
        "here": request.path_info.removeprefix("/staff/"),
    }


def who_of(request: HttpRequest) -> Who | None:
    """The account of this request; None where nobody is signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return Who(pseudonym=user.pseudonym, role=Role(user.role), owner=user.owner, seat=user.seat)
