"""How django-allauth is told about our accounts: no sign-up, no mail, nobody in without a second factor."""

from __future__ import annotations

import base64
import hashlib
import threading
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from sousveil.web.failures import Failure

WRONG_CODE = "The code does not fit. Look at the clock of the device that shows it, and take the next code."
STAYS = "This is the last one that you can sign in with: it stays."
CROWDED_SECONDS = 5
_places, _hashing = threading.BoundedSemaphore(2), threading.Lock()
"""One password is hashed and one waits; the process's other threads go on with pages and passkeys."""
SECOND = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by invitation."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "The pseudonym or the password is not right.",
        "incorrect_password": "The password is not right.",
        "enter_current_password": "Type your present password.",
        "incorrect_code": WRONG_CODE,
        "too_many_login_attempts": "Too many tries. Wait five minutes and try again. A passkey goes on working.",
        "rate_limited": "Too many tries. Wait a minute and try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> Any:
        """An account without a second factor stays outside."""
        if not is_mfa_enabled(user, SECOND):
            raise Failure(
                403,
                "This account has no second factor.",
                hint="Ask the operator for a new invitation.",
                code="no_second_factor",
            )
        return super().pre_login(request, user, **more)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """The account of a pseudonym and a password. Raises Failure 429 where others are being looked at."""
        if not _places.acquire(blocking=False):
            raise Failure(
                429,
                "Many people are signing in with a password at this moment.",
                hint="Wait some seconds and try again. A passkey goes on working.",
                retry_after=CROWDED_SECONDS,
            )
        try:
            with _hashing:
                return super().authenticate(request, **credentials)
        finally:
            _places.release()

    def get_client_ip(self, request: HttpRequest) -> str:
        """Nobody is told apart by address."""
        return "0.0.0.0"

    def add_message(self, *_args: Any, **_more: Any) -> None:
        """Pages say what they have to say themselves."""

    def send_mail(self, *_args: Any, **_more: Any) -> None:
        """Accounts have no address."""

    def send_notification_mail(self, *_args: Any, **_more: Any) -> None:
        """Accounts have no address."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Passkeys, and codes out of an app."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": STAYS,
        "incorrect_code": WRONG_CODE,
    }

    def _get_site_name(self) -> str:
        return str(context.request.META["sousveil.site"].title)

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.pseudonym)

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """What a passkey remembers: the pseudonym."""
        return {**super().get_public_key_credential_user_entity(user), "display_name": user.pseudonym}

    def encrypt(self, text: str) -> str:
        """The secret of a second factor does not lie open in the database."""
        from nacl.secret import SecretBox

        return base64.b64encode(SecretBox(_box_key()).encrypt(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The other way round."""
        from nacl.secret import SecretBox

        return SecretBox(_box_key()).decrypt(base64.b64decode(encrypted_text)).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one that the account can sign in with."""
        left = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=SECOND).exclude(pk=authenticator.pk)
        passkeys: bool = left.filter(type=Authenticator.Type.WEBAUTHN).exists()
        return passkeys or bool(left.exists() and authenticator.user.has_usable_password())


def _box_key() -> bytes:
    return hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"second-factor").digest()
