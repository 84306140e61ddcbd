"""Django's settings, made in memory: for readers no database, no session, no cookie; no log of requests, no secret in a file.

The staff's part (`web/staff/settings.py`) adds its own, which reach only what lies below `/staff/`.
"""

from __future__ import annotations

import re
import secrets
from functools import cache
from pathlib import Path
from typing import Any

LOCALE = Path(__file__).parent / "locale"
"""`<language>/LC_MESSAGES/django.mo`; a language is offered when its file is there."""
DEFAULT = "en"
_PART = re.compile(r"\s*([a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*)\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*")


def configure(locale: Path | None = None, *, staff: Path | None = None, address: str = "") -> None:
    """Set Django up, once in a process. `staff`: the register's folder, where the staff's part is used; `address`: of its pages."""
    from django.conf import settings

    if settings.configured:
        return
    import django

    more: dict[str, Any] = {"INSTALLED_APPS": [], "MIDDLEWARE": [], "DATABASES": {}, "TEMPLATES": []}
    more["SECRET_KEY"] = secrets.token_urlsafe(48)  # signs nothing that lasts
    if staff is not None:
        from sousveil.web.staff.settings import staff_settings

        more |= staff_settings(staff, address)
    settings.configure(
        ALLOWED_HOSTS=["*"],  # what a request says of the host is replaced before Django sees it (`outer.py`)
        DEBUG=False,
        DEBUG_PROPAGATE_EXCEPTIONS=True,  # the outer application answers for every failure, with the strict headers
        ROOT_URLCONF="sousveil.web.urls",
        USE_I18N=True,
        LANGUAGE_CODE=DEFAULT,
        LANGUAGES=[(name, name) for name in languages(locale)],
        LOCALE_PATHS=[str(locale or LOCALE)],
        USE_TZ=True,
        TIME_ZONE="UTC",
        APPEND_SLASH=False,
        LOGGING_CONFIG=None,
        LOGGING={},
        DATA_UPLOAD_MAX_MEMORY_SIZE=9 << 20,
        FILE_UPLOAD_MAX_MEMORY_SIZE=9 << 20,  # an uploaded list never touches the disk
        FILE_UPLOAD_HANDLERS=["django.core.files.uploadhandler.MemoryFileUploadHandler"],
        DATA_UPLOAD_MAX_NUMBER_FIELDS=200,  # a law provides up to thirty things, each a box to tick
        DATA_UPLOAD_MAX_NUMBER_FILES=3,  # payload, contents, signature
        DEFAULT_EXCEPTION_REPORTER_FILTER="django.views.debug.SafeExceptionReporterFilter",
        **more,
    )
    django.setup()
    _silence()


def _silence() -> None:
    """Django's loggers write addresses of requests; here nobody's question is written down."""
    import logging

    for name in ("django", "django.request", "django.server", "django.security"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]
        logger.propagate = False


@cache
def languages(locale: Path | None = None) -> tuple[str, ...]:
    """The languages that have texts, as tags (BCP 47, in small letters); English first."""
    found = sorted(file.parent.parent.name for file in (locale or LOCALE).glob("*/LC_MESSAGES/django.mo"))
    tags = [name.replace("_", "-").lower() for name in found]
    return (DEFAULT, *(tag for tag in tags if tag != DEFAULT))


@cache
def catalogue_file(language: str, locale: Path | None = None) -> Path | None:
    """The compiled texts of a language; None where it has none."""
    for file in (locale or LOCALE).glob("*/LC_MESSAGES/django.mo"):
        if file.parent.parent.name.replace("_", "-").lower() == language:
            return file
    return None


def choose(accepted: str, offered: tuple[str, ...]) -> str:
    """The language that a browser asks for, of those offered (RFC 9110, 12.5.4); English where none fits."""
    wanted: list[tuple[float, int, str]] = []
    for at, part in enumerate(accepted[:500].split(",")):
        if found := _PART.fullmatch(part):
            wanted.append((-float(found[2] or 1), at, found[1].lower()))
    for weight, _, tag in sorted(wanted):
        if weight == 0:
            continue
        for form in (tag, tag.split("-")[0]):
            if found_name := next((name for name in offered if name.lower() == form), None):
                return found_name
    return offered[0]
