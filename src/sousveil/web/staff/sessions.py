"""Sessions: in the database once a password or a passkey was right, before that in a signed cookie alone.

Requests without a right password or passkey store no row.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.core import signing
from django.utils import timezone

from sousveil.web.staff.settings import STRANGER_SECONDS

PROVED = (SESSION_KEY, LOGIN_SESSION_KEY)
"""What a session holds from the first factor on."""
_SALT = "sousveil.stranger"
_MARK = ":"
"""In signed cookies, and never in the key of a row."""


class SessionStore(db.SessionStore):  # type: ignore[misc,unused-ignore]
    """A session of the staff's part; its key is that of a row, or the signed session itself."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing where it is over, or was not signed here."""
        if _MARK not in (self.session_key or ""):
            return super().load()
        try:
            found: dict[str, Any] = signing.loads(str(self.session_key), max_age=STRANGER_SECONDS, salt=_SALT)
        except signing.BadSignature:
            self._session_key = None
            return {}
        return found

    def create(self) -> None:
        """Begin a new one; `save` gives it a key."""
        self._session_key = None
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Keep it where it belongs."""
        data = dict(self.items())
        if not any(name in data for name in PROVED):
            self.delete()
            self._session_key = signing.dumps(data, salt=_SALT, compress=True)
            return
        if self.session_key is None or _MARK in self.session_key:
            Session.objects.filter(expire_date__lt=timezone.now()).delete()
            self.pop(STATE_SESSION_KEY, None)  # a copy of the cookie has the same question, and it was perhaps answered
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            must_create = True
        super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        """End it; a signed cookie has nothing to delete."""
        key = session_key or self.session_key
        if key is not None and _MARK not in key:
            super().delete(key)
