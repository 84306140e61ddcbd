"""From the outer application to the staff's views and back, with headers of its own."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from sousveil.web import headers
from sousveil.web.tables import labelled

SCRIPT_PATH = "/staff/static/passkey.js"
_SCRIPTED = re.compile(
    r"/staff/(login/|invitation/[^/]+/|security/(authenticate/|webauthn/(add/|reauthenticate/)))", re.ASCII
)
"""The pages that talk to passkeys, and may load the one script for it."""
_CHANGED = ("Referrer-Policy", "Content-Security-Policy")


class Door:
    """Answers what lies below `/staff/`."""

    def __init__(self) -> None:
        self._django = WSGIHandler()

    def __call__(self, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers, body. Raises Failure."""
        seen: list[Any] = []

        def start(status: str, lines: list[tuple[str, str]], exc_info: Any = None) -> None:
            seen[:] = [int(status[:3]), lines]

        response: Any = self._django(environ, start)  # type: ignore[arg-type]
        try:
            body = b"".join(response)
        finally:
            response.close()
        status, found = seen
        if any(name.lower() == "content-type" and value.startswith("text/html") for name, value in found):
            body = labelled(body.decode()).encode()
        dropped = {"content-length", "cache-control", "expires"}
        lines = [(name, value) for name, value in found if name.lower() not in dropped]
        return status, [*lines, headers.NEVER_KEPT, *_strict(environ["PATH_INFO"])], body


def _strict(path: str) -> list[tuple[str, str]]:
    """The reader's strict headers, but: a form names its own origin, and a page with passkeys loads one script."""
    policy = headers.POLICY
    if _SCRIPTED.fullmatch(path):
        policy += f"; script-src {' '.join(origin + SCRIPT_PATH for origin in settings.CSRF_TRUSTED_ORIGINS)}"
    kept = [one for one in headers.STRICT if one[0] not in _CHANGED]
    return [("Content-Security-Policy", policy), ("Referrer-Policy", "same-origin"), *kept]
