"""Accounts, invitations and drafts. Log and statements have no models: they are not to be changed from here.

An account bears a pseudonym, a role, and whose key it works for. No name, no address, no number of a person.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from sousveil.errors import Usage
from sousveil.web.staff.permissions import Role

INVITATION_HOURS = 72
THROWN_AWAY = "thrown-away"
"""State of a draft of which only is kept that it was there."""
PSEUDONYM = r"[a-z][a-z0-9-]{2,39}"


class Accounts(BaseUserManager["Account"]):
    """Makes accounts."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """By pseudonym."""
        return self.get(pseudonym=username)


class Account(AbstractBaseUser):
    """Somebody of the staff."""

    pseudonym: models.CharField[str, str] = models.CharField(
        max_length=40, unique=True, validators=[RegexValidator(rf"\A{PSEUDONYM}\Z")]
    )
    role: models.CharField[str, str] = models.CharField(max_length=20, choices=[(str(one), str(one)) for one in Role])
    owner: models.CharField[str, str] = models.CharField(max_length=400, blank=True, default="")
    """Whose key the account works for, as the log names the owner; empty for case handlers."""
    seat: models.CharField[str, str] = models.CharField(max_length=120, blank=True, default="")
    """Board members: the record of their seat (`Membership`)."""
    is_active: models.BooleanField[bool, bool] = models.BooleanField(default=True)
    made: models.DateTimeField[datetime, datetime] = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Accounts] = Accounts()
    USERNAME_FIELD = "pseudonym"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.pseudonym


class Invitation(models.Model):
    """A link by which an account sets its passkey, or its password and second factor, once."""

    account: models.ForeignKey[Account, Account] = models.ForeignKey(Account, on_delete=models.CASCADE)
    token: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    """SHA-256 of what stands in the link: a copy of the database invites nobody."""
    expires: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    used: models.BooleanField[bool, bool] = models.BooleanField(default=False)

    @classmethod
    def make(cls, account: Account) -> str:
        """A new link's secret; older links of the account end."""
        cls.objects.filter(account=account).delete()
        secret = secrets.token_urlsafe(24)
        expires = timezone.now() + timedelta(hours=INVITATION_HOURS)
        cls.objects.create(account=account, token=_digest(secret), expires=expires)
        return secret

    @classmethod
    def find(cls, secret: str) -> Invitation | None:
        """The invitation behind a link, while it holds."""
        found = cls.objects.select_related("account").filter(token=_digest(secret), used=False).first()
        return found if found and found.expires > timezone.now() and found.account.is_active else None

    def use(self) -> bool:
        """End it; False where somebody else was quicker."""
        return bool(Invitation.objects.filter(pk=self.pk, used=False).update(used=True))


class Draft(models.Model):
    """Something that is to be signed elsewhere and handed in: statements, a review, an entry of the operator."""

    account: models.ForeignKey[Account, Account] = models.ForeignKey(Account, on_delete=models.PROTECT)
    owner: models.CharField[str, str] = models.CharField(max_length=400)
    """Whose key is to sign; nobody of another owner sees the draft."""
    kind: models.CharField[str, str] = models.CharField(max_length=20)
    """`statements`, or the kind of another entry."""
    title: models.CharField[str, str] = models.CharField(max_length=200)
    text: models.TextField[str, str] = models.TextField(blank=True, default="")
    """Statements as JSON lines, while they are written."""
    payload: models.BinaryField[bytes, bytes] = models.BinaryField(default=b"")
    """The exact bytes to sign; empty while it is written."""
    contents: models.BinaryField[bytes, bytes] = models.BinaryField(default=b"")
    """What goes with the payload (`verbs/outside.py`)."""
    of: models.CharField[str, str] = models.CharField(max_length=120, blank=True, default="")
    """What it is about: the held publication, the key."""
    approved_by: models.CharField[str, str] = models.CharField(max_length=40, blank=True, default="")
    """Erasures: the second operator."""
    state: models.CharField[str, str] = models.CharField(max_length=12, default="writing")
    """`writing`, `proposed` (waits for a second operator), `prepared`, `handed-in`, `thrown-away` (and empty)."""
    outcome: models.CharField[str, str] = models.CharField(max_length=400, blank=True, default="")
    made: models.DateTimeField[datetime, datetime] = models.DateTimeField(default=timezone.now)
    changed: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-changed"]


def thrown_away() -> dict[str, int]:
    """How many drafts each owner's staff threw away."""
    counts = (
        Draft.objects.filter(state=THROWN_AWAY).order_by("owner").values("owner").annotate(count=models.Count("pk"))
    )
    return {one["owner"]: one["count"] for one in counts}


def invite(pseudonym: str, role: str, *, owner: str = "", seat: str = "", again: bool = False) -> str:
    """A new account and the secret of its link; `again`: a new link for one that lost what it signs in with.

    Raises Usage.
    """
    from django.core.exceptions import ValidationError

    known = Account.objects.filter(pseudonym=pseudonym).first()
    if again:
        if known is None:
            raise Usage(f"There is no account {pseudonym[:40]!r}.")
        if not known.is_active:
            raise Usage(
                f"The account {pseudonym[:40]!r} has ended: a link to it would open nothing.",
                hint="Invite the person anew, under another pseudonym.",
            )
        reset(known)
        return Invitation.make(known)
    if known is not None:
        raise Usage(f"There is an account {pseudonym[:40]!r} already.", hint="For a new link to it: --again.")
    account = Account(pseudonym=pseudonym, role=role, owner=owner, seat=seat)
    account.set_unusable_password()
    try:
        account.full_clean()
    except ValidationError as error:
        field, told = next(iter(error.message_dict.items()))
        raise Usage(f"{field}: {told[0]}", hint="A pseudonym has small letters, digits and dashes.") from None
    account.save()
    return Invitation.make(account)


def reset(account: Account) -> None:
    """Everything that the account signs in with ends, and its sessions too."""
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user_id=account.pk).delete()
    account.set_unusable_password()
    account.save()
    end_sessions(account)


def end_sessions(account: Account) -> None:
    """Sign the account out everywhere."""
    from django.contrib.sessions.models import Session

    for one in Session.objects.filter(expire_date__gt=timezone.now()):
        data: dict[str, Any] = one.get_decoded()
        if data.get("_auth_user_id") == str(account.pk):
            one.delete()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
