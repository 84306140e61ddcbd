"""What every request below `/staff/` passes."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import set_urlconf

from sousveil.web import conf
from sousveil.web.failures import Failure
from sousveil.web.render import language_of
from sousveil.web.staff.settings import IDLE_SECONDS, STRANGER_SECONDS, WHOLE_SECONDS

Next = Callable[[HttpRequest], HttpResponse]
URLS = "sousveil.web.staff.urls"


def entrance(get_response: Next) -> Next:
    """With our own addresses, in the language that the browser asks for."""

    def enter(request: HttpRequest) -> HttpResponse:
        request.urlconf = URLS  # type: ignore[attr-defined]
        set_urlconf(URLS)
        with language_of(request.META.get("sousveil.language", conf.DEFAULT)):
            return get_response(request)

    return enter


def second_factor(get_response: Next) -> Next:
    """A session counts only while it is young, used, of an account that is not ended, and with its second factor shown."""

    def look(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = time.time()
            since = request.session.setdefault("since", now)
            seen = request.session.get("seen", now)
            if now - since > WHOLE_SECONDS or now - seen > IDLE_SECONDS or not _shown(request):
                logout(request)
            elif now - seen > 20 or "seen" not in request.session:
                request.session["seen"] = now
                request.session.set_expiry(0)
        response = get_response(request)
        if not request.user.is_authenticated and request.session.modified and not request.session.is_empty():
            request.session.set_expiry(STRANGER_SECONDS)
        return response

    return look


def _shown(request: HttpRequest) -> bool:
    from allauth.account.internal.flows.login import get_authentication_records

    records = get_authentication_records(request, request.user)
    return any(one.get("method") == "mfa" for one in records)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from its own page."""
    raise Failure(
        403,
        "This form is too old, or another page sent it.",
        hint="Open the page again and send it from there.",
        code="csrf",
    )
