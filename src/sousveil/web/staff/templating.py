"""The staff's templates: the same words and style as the reader's pages, without their navigation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest

from sousveil.register import edtf
from sousveil.web.links import Links
from sousveil.web.render import gettext, ngettext
from sousveil.web.staff.names import captions
from sousveil.web.staff.permissions import ACTS, Role, Who, may

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
    """For Django's Jinja2 backend."""
    options.pop("auto_reload", None)
    made = jinja2.Environment(
        **{
            **options,
            "loader": jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
            "undefined": jinja2.StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
            "extensions": ["jinja2.ext.i18n"],
            "auto_reload": False,
        }
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals["days_from"] = edtf.days_from
    made.filters.update(t=lambda text: gettext(text) if text else "", json=_json)
    return made


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)


def common(request: HttpRequest) -> dict[str, Any]:
    """What every page knows."""
    site = request.META["sousveil.site"]
    links = Links(request.path_info[1:])
    who = who_of(request)
    return {
        "title": site.title,
        "example": site.example,
        "language": request.META.get("sousveil.language", "en"),
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
