"""Django's settings for the staff's part: its own database file, its own cookie, its own middleware."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sousveil.errors import Usage
from sousveil.register.folder import loopback
from sousveil.web.staff.permissions import PREFIX

DATABASE = "staff.sqlite"
SECRET = "staff"
"""Below the register's `keys/`: signs sessions, and encrypts the secrets of second factors."""
COOKIE = "sousveil_staff"
IDLE_SECONDS = 30 * 60
"""A session nobody uses for so long is over."""
WHOLE_SECONDS = 8 * 3_600
"""So is one that is this old, used or not."""
STRANGER_SECONDS = 20 * 60
"""Who has shown nothing yet has so long from page to form; so has a password until its code."""
COUNTERS = 10_000
"""Rows of what failed lately. One password is hashed at a time, so that five minutes never fill them."""
FAILURES = "5/5m/key"
"""So many wrong passwords, or wrong codes, of one account in five minutes; then it waits. Passkeys go on working."""


def origins(address: str) -> list[str]:
    """The origins of the staff's pages: that of their address; on this machine, by each of its names."""
    parts = urlsplit(address)
    if not loopback(parts.hostname or ""):
        return [address] if address else []
    port = f":{parts.port}" if parts.port else ""
    return [f"{parts.scheme}://{name}{port}" for name in ("localhost", "127.0.0.1")]


def staff_settings(folder: Path, address: str) -> dict[str, Any]:
    """The settings that come on top of those for readers; `address`: of the staff's pages."""
    database = folder / DATABASE
    if not database.exists():
        os.close(os.open(database, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    return {
        "SECRET_KEY": secret(folder),
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "allauth",
            "allauth.account",
            "allauth.mfa",
            "sousveil.web.staff.apps.StaffConfig",
        ],
        "MIDDLEWARE": [
            "sousveil.web.staff.middleware.entrance",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "sousveil.web.staff.middleware.second_factor",
        ],
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(database),
                "OPTIONS": {
                    "timeout": 30,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL;PRAGMA secure_delete=ON;PRAGMA trusted_schema=OFF;",
                },
            }
        },
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.db.DatabaseCache",
                "LOCATION": "counters",
                "OPTIONS": {"MAX_ENTRIES": COUNTERS},
            }
        },
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.jinja2.Jinja2",
                "DIRS": [str(Path(__file__).parent / "templates")],
                "OPTIONS": {
                    "environment": "sousveil.web.staff.templating.environment",
                    "context_processors": ["sousveil.web.staff.templating.common"],
                },
            }
        ],
        **_accounts(),
        **_cookies(address),
    }


def _cookies(address: str) -> dict[str, Any]:
    return {
        "SESSION_ENGINE": "sousveil.web.staff.sessions",
        "SESSION_COOKIE_NAME": COOKIE,
        "SESSION_COOKIE_PATH": PREFIX,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_AGE": WHOLE_SECONDS,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SESSION_SERIALIZER": "django.contrib.sessions.serializers.JSONSerializer",
        "CSRF_USE_SESSIONS": True,
        "CSRF_FAILURE_VIEW": "sousveil.web.staff.middleware.forged",
        "SESSION_COOKIE_SECURE": address.startswith("https:"),
        "CSRF_TRUSTED_ORIGINS": origins(address),
    }


def _accounts() -> dict[str, Any]:
    limits: dict[str, Any] = dict.fromkeys(
        (
            "login",
            "signup",
            "reset_password",
            "reset_password_from_key",
            "manage_email",
            "confirm_email",
            "request_login_code",
        )
    )
    return {
        "AUTH_USER_MODEL": "staff.Account",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.ScryptPasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {
                "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
                "OPTIONS": {"user_attributes": ("pseudonym", "owner")},
            },
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": 12},
            },
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": PREFIX,
        "ACCOUNT_LOGOUT_REDIRECT_URL": f"{PREFIX}login/",
        "ACCOUNT_ADAPTER": "sousveil.web.staff.adapters.AccountAdapter",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": "pseudonym",
        "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 300,
        "ACCOUNT_RATE_LIMITS": {
            **limits,
            "login_failed": FAILURES,
            "change_password": "5/m/user",
            "reauthenticate": "10/m/user",
        },
        "MFA_ADAPTER": "sousveil.web.staff.adapters.SecondFactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_RATE_LIMITS": {"webauthn_login": None},
        "MFA_WEBAUTHN_USER_VERIFICATION": "required",
    }


def secret(folder: Path) -> str:
    """The key of the staff's part; made at the first use, for its owner alone. Raises Usage."""
    path = folder / "keys" / SECRET
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            raise Usage(f"Others may read the key file {path.name}.", hint=f"Say: chmod 600 {path.name}") from None
        text = path.read_text("ascii").strip()
        if len(text) < 40:
            raise Usage(f"The key file {path.name} is cut short.", hint="Remove it; everybody signs in anew.") from None
        return text
    except OSError as error:
        raise Usage(f"The key file {path.name} cannot be written: {error.strerror}.") from None
    text = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return text
