"""Signing in, and taking up an invitation: a passkey, or a password with a second factor, in one step."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any

from allauth.account.views import AccountInactiveView, LoginView, LogoutView, ReauthenticateView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.views import LoginWebAuthnView, RemoveWebAuthnView
from django.contrib.auth import password_validation
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sousveil.register.audit import AuditEntry, open_audit
from sousveil.web.failures import Failure
from sousveil.web.staff.adapters import STAYS
from sousveil.web.staff.models import Account, Invitation
from sousveil.web.staff.routing import back, site_of
from sousveil.web.staff.settings import STRANGER_SECONDS


class Login(LoginView):  # type: ignore[misc]
    """With the question to a passkey on the page, so that its script asks nothing of the server."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """The form, and the passkey's question."""
        found: dict[str, Any] = super().get_context_data(**more)
        found["js_data"] = {"request_options": webauthn.begin_authentication(None)}
        return found


class LoginPasskey(LoginWebAuthnView):  # type: ignore[misc]
    """Signs in with a passkey. The question lies in the browser's cookie; its number, once answered, is kept here while it is good."""

    def post(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        """Check the answer. One that no passkey gives leads back to the page."""
        try:
            webauthn.parse_authentication_response(json.loads(request.POST.get("credential", "")))
        except (ValidationError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return back("login/")
        self.challenge = str((webauthn.get_state() or {}).get("challenge", ""))
        done: HttpResponse = super().post(request, *args, **more)
        return done

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, where this question is answered for the first time."""
        first = cache.add(f"passkey:{self.challenge}", "y", timeout=STRANGER_SECONDS)
        done: HttpResponse = super().form_valid(form) if first else self.form_invalid(form)
        return done


class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """Says beforehand whether the passkey may go: allauth asks that for codes alone."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """The passkey, and whether it stays."""
        found: dict[str, Any] = super().get_context_data(**more)
        found["stays"] = not get_adapter().can_delete_authenticator(self.object)
        return found

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it away. Raises Failure 409 for the last one that the account signs in with."""
        if not get_adapter().can_delete_authenticator(self.get_object()):
            raise Failure(409, STAYS, hint="Make another passkey first.", code="last_factor")
        done: HttpResponse = super().form_valid(form)
        return done


login = Login.as_view()
login_passkey = LoginPasskey.as_view()
remove_passkey = RemovePasskey.as_view()
logout = LogoutView.as_view()
reauthenticate = ReauthenticateView.as_view()
inactive = AccountInactiveView.as_view()


def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Set what the account signs in with. The link works once."""
    found = Invitation.find(secret)
    if found is None:
        raise Failure(
            404, "This invitation does not hold any more.", hint="Ask the operator for a new one.", code="invitation"
        )
    problems: list[str] = []
    if request.method == "POST":
        if "credential" in request.POST:
            problems = _passkey(request, found)
        else:
            problems = _password(request, found)
        if not problems:
            return back("login/")
    return _page(request, found.account, problems)


def _page(request: HttpRequest, account: Account, problems: list[str]) -> HttpResponse:
    adapter = get_adapter()
    code = totp.get_totp_secret(regenerate=not problems)
    address = adapter.build_totp_url(account, code)
    values = {
        "account": account,
        "problems": problems,
        "secret": " ".join(code[at : at + 4] for at in range(0, len(code), 4)),
        "address": address,
        "picture": adapter.build_totp_svg(address).partition("?>")[2],
        "js_data": {"creation_options": webauthn.begin_registration(account, True)},
    }
    return render(request, "staff/invitation.html", values, status=422 if problems else 200)


def _passkey(request: HttpRequest, found: Invitation) -> list[str]:
    try:
        credential = json.loads(request.POST["credential"])
        webauthn.parse_registration_response(credential)
        made = webauthn.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError, RecursionError):
        return ["The passkey's answer could not be checked. Try again."]
    if not made.is_user_verified():
        return ["The passkey did not ask for a PIN, a finger or a face. Use one that does."]
    with _audited(request, found.account), transaction.atomic():
        if not found.use():
            raise _used()
        webauthn.WebAuthn.add(found.account, "Passkey", credential)
    return []


def _audited(request: HttpRequest, account: Account) -> AbstractContextManager[AuditEntry]:
    return open_audit(site_of(request).folder).act("account.enrol", account.pseudonym, account.role)


def _used() -> Failure:
    return Failure(409, "This invitation was used just now.", hint="Sign in, or ask for a new one.", code="invitation")


def _password(request: HttpRequest, found: Invitation) -> list[str]:
    """Password and second factor together, or nothing."""
    first, second = request.POST.get("password1", ""), request.POST.get("password2", "")
    if first != second:
        return ["The two passwords differ."]
    if len(first) > 1_000:
        return ["A password has at most 1,000 letters."]
    try:
        password_validation.validate_password(first, found.account)
    except ValidationError as error:
        return list(error.messages)
    secret = totp.get_totp_secret()
    if not totp.validate_totp_code(secret, request.POST.get("code", "").replace(" ", "")):
        return ["The code does not fit. Look at the clock of the device that shows it, and take the next code."]
    with _audited(request, found.account), transaction.atomic():
        if not found.use():
            raise _used()
        found.account.set_password(first)
        found.account.save()
        totp.TOTP.activate(found.account, secret)
    totp.clear_totp_secret(request)
    return []
