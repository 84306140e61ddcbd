"""Accounts: invite, end."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sousveil.web.failures import Failure
from sousveil.web.staff.models import INVITATION_HOURS, PSEUDONYM, Account, end_sessions, invite
from sousveil.web.staff.names import captions
from sousveil.web.staff.owners import check_owner
from sousveil.web.staff.permissions import Role, What, Who
from sousveil.web.staff.routing import act, audit, back, check, field, site_of
from sousveil.web.staff.seats import seat_of
from sousveil.web.staff.signing import take_back_reviews


@act("accounts")
def accounts(request: HttpRequest, who: Who) -> HttpResponse:
    """All of them."""
    site, found = site_of(request), list(Account.objects.order_by("pseudonym"))
    members = {one.seat: seat_of(site, one.seat)[0] for one in found if one.seat}
    names = captions(site, members.values())
    seats = {seat: names.get(member, seat) for seat, member in members.items()}
    values = {
        "accounts": found,
        "roles": [one for one in Role if one is not Role.OPERATOR],
        "pattern": PSEUDONYM,
        "seats": seats,
    }
    return render(request, "staff/accounts.html", values)


@act("account.invite")
def invite_account(request: HttpRequest, who: Who) -> HttpResponse:
    """A new account, or a new link for one; the link is shown once."""
    pseudonym, again = field(request, "pseudonym", 40), "again" in request.POST
    role = "" if again else field(request, "role", 20)
    owner, seat = field(request, "owner", 384, needed=False), field(request, "seat", 120, needed=False)
    known = Account.objects.filter(pseudonym=pseudonym).first() if again else None
    if role == Role.OPERATOR or (known is not None and known.role == Role.OPERATOR):
        # whoever is shown the link signs in as the other: one operator would approve what it proposed itself
        told = f"{pseudonym} --again" if known is not None else "NAME --role operator --owner OWNER"
        raise Failure(
            403,
            "An operator is invited at the register's own machine, not from this page.",
            hint=f"There: sousveil register staff invite {told}",
            code="operator_invited",
        )
    if not again:
        check_owner(site_of(request).store.keyring(), role, owner, seat)
    audit(request, "account.invite", who, pseudonym)
    secret = invite(pseudonym, role, owner=owner, seat=seat, again=again)
    address = f"{settings.CSRF_TRUSTED_ORIGINS[0]}/staff/invitation/{secret}/"
    return render(
        request, "staff/invited.html", {"pseudonym": pseudonym, "address": address, "hours": INVITATION_HOURS}
    )


def account_of(id: str) -> Account:
    """The account with this pseudonym. Raises Failure 404."""
    account = Account.objects.filter(pseudonym=id).first()
    if account is None:
        raise Failure(404, "There is no such account.", code="no_account")
    return account


def going_on(account: Account) -> Account:
    """The account. Raises Failure 409 where it has ended."""
    if not account.is_active:
        raise Failure(409, "This account has ended already.", hint="Nothing more is to be done about it.", code="state")
    return account


@act("account.disable")
def disable(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """End an account and its sessions. Its drafts stay with its owner."""
    check("account.disable", who, What(account=id))
    account = going_on(account_of(id))
    audit(request, "account.disable", who, id)
    account.is_active = False
    account.save()
    end_sessions(account)
    take_back_reviews(site_of(request).register, account)
    return back("accounts/")
