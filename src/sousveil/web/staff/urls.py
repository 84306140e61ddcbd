"""All addresses below `/staff/`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from allauth.account.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path

from sousveil.web.failures import Failure
from sousveil.web.staff import entering
from sousveil.web.staff.door import SCRIPT_PATH
from sousveil.web.staff.routing import routes

for _name in ("home", "drafts", "forms", "reviews", "board", "operating", "accounts", "notices", "asking"):
    importlib.import_module(f"sousveil.web.staff.views.{_name}")

_SCRIPT = (Path(__file__).parent / "static" / "passkey.js").read_bytes()


def script(request: HttpRequest) -> HttpResponse:
    """The one script: it passes a passkey's question and answer on, and does nothing else."""
    return HttpResponse(_SCRIPT, content_type="text/javascript; charset=utf-8")


def nothing(request: HttpRequest, *_args: object, **_more: object) -> HttpResponse:
    """Nothing is here."""
    raise Failure(404)


urlpatterns = [
    path("staff/login/", entering.login, name="account_login"),
    path("staff/logout/", entering.logout, name="account_logout"),
    path("staff/reauthenticate/", entering.reauthenticate, name="account_reauthenticate"),
    path("staff/password/", PasswordChangeView.as_view(success_url="/staff/security/"), name="account_change_password"),
    path("staff/password/set/", nothing, name="account_set_password"),
    path("staff/inactive/", entering.inactive, name="account_inactive"),
    path("staff/security/webauthn/keys/<int:pk>/remove/", entering.remove_passkey, name="mfa_remove_webauthn"),
    path("staff/security/webauthn/login/", entering.login_passkey, name="mfa_login_webauthn"),
    path("staff/security/", include("allauth.mfa.urls")),
    path("staff/invitation/<str:secret>/", entering.invitation, name="invitation"),
    path(SCRIPT_PATH[1:], script),
    *routes(),
    re_path("^.*$", nothing),
]


def _failed(status: int) -> Callable[..., HttpResponse]:
    def handler(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        raise Failure(413 if type(exception).__name__ == "RequestDataTooBig" else status)

    return handler


handler400, handler403, handler404, handler500 = _failed(400), _failed(403), _failed(404), _failed(500)
