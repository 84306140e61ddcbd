"""What every request below `/staff/` passes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.urls import set_urlconf
from django.utils import timezone

from sousveil.web import conf
from sousveil.web.failures import Failure
from sousveil.web.render import language_of
from sousveil.web.staff.settings import COOKIE, IDLE_SECONDS, WHOLE_SECONDS

Next = Callable[[HttpRequest], HttpResponse]
URLS = "sousveil.web.staff.urls"
STRANGERS_PER_MINUTE = 600
"""Requests without a session that all together may make: each could leave a row."""
STRANGER_SECONDS = 20 * 60
"""The session of somebody who has not signed in is forgotten after so long."""
SWEEP_SECONDS = 600
_LOCAL = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.ASCII)
_ONION = re.compile(r"[a-z2-7]{56}\.onion(:\d+)?", re.ASCII)
_lock = threading.Lock()
_strangers: list[float] = []
_swept: list[float] = []


def entrance(get_response: Next) -> Next:
    """Only over a private connection, not too many at once, with our own addresses, in the language that the browser asks for."""

    def enter(request: HttpRequest) -> HttpResponse:
        host = request.META.get("HTTP_HOST", "")
        if not (request.is_secure() or _LOCAL.fullmatch(host) or _ONION.fullmatch(host)):
            raise Failure(
                403,
                "The staff's part is opened over https only.",
                hint="Put a server with TLS in front that sends X-Forwarded-Proto.",
                code="not_private",
            )
        if COOKIE not in request.COOKIES:
            _count()
        request.urlconf = URLS  # type: ignore[attr-defined]
        set_urlconf(URLS)
        with language_of(request.META.get("sousveil.language", conf.DEFAULT)):
            response = get_response(request)
        if COOKIE in response.cookies and request.is_secure():
            response.cookies[COOKIE]["secure"] = True
        return response

    return enter


def _count() -> None:
    now = time.monotonic()
    with _lock:
        if not _swept or now - _swept[0] > SWEEP_SECONDS:
            _swept[:] = [now]
            Session.objects.filter(expire_date__lt=timezone.now()).delete()
        _strangers[:] = [one for one in _strangers if now - one < 60]
        if len(_strangers) >= STRANGERS_PER_MINUTE:
            raise Failure(429, retry_after=60)
        _strangers.append(now)


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
