"""Accounts that the phone looked up at Apple before a message or call: the identity service's cache.

Before iOS 14.7 an attacker's account stood here after a first contact that showed nothing to the owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import Email, Integer, Label, MacTime, Real, Role
from sousveil.readers.plist import PlistValue
from sousveil.readers.plists import Row, plist_rows, row_of
from sousveil.records import Record
from sousveil.texts import t


class Lookup(Record):
    """One account that was looked up for one service."""

    user: Email
    """The account: `mailto:...` or `tel:...`."""
    package: Label
    """The service, such as `com.apple.madrid` (iMessage)."""
    lookup_date: MacTime | None
    id_status: Integer | None
    """1: the account is known to the service; 2: it is not (recalled)."""
    valid_expiry: Real | None
    occurrences: Integer | None
    """Services for which the account stands in the cache."""


_FIELDS = {"LookupDate": "lookup_date", "IDStatus": "id_status", "ValidExpiry": "valid_expiry"}


def _services(value: PlistValue) -> dict[str, dict[str, dict[str, Any]]]:
    """Service -> account -> facts; what has another shape is left out."""
    if not isinstance(value, dict):
        raise Unsupported(t("error.idstatuscache.look_up_cache"))
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for service, accounts in value.items():
        if isinstance(accounts, dict):
            found[service] = {user: facts for user, facts in accounts.items() if isinstance(facts, dict)}
    return found


def rows(value: PlistValue, _context: Context) -> Iterator[Row]:
    """One row for each account of each service."""
    services = _services(value)
    counts: dict[str, int] = {}
    for accounts in services.values():
        for user in accounts:
            counts[user] = counts.get(user, 0) + 1
    for service, accounts in services.items():
        for user, facts in accounts.items():
            row = row_of(facts, _FIELDS)
            row.update(user=user, package=service, occurrences=counts[user])
            yield row


ARTEFACT = Artefact(
    name="ios.idstatuscache",
    title="Accounts looked up by the phone",
    needs={
        "main": (
            At.ios("/private/var/mobile/Library/Preferences/com.apple.identityservices.idstatuscache.plist"),
            At.ios("/private/var/mobile/Library/IdentityServices/idstatuscache.plist"),
        )
    },
    record=Lookup,
    role=Role.CONTACTED,
    read=plist_rows(rows, layout="services"),
    events=(Event(at="lookup_date", says="account looked up by the phone", shows="package"),),
    expected=Expected(ios=(None, 14), optional="iOS no longer fills this file since 14.7"),
    seen=(
        Seen(versions="iOS 12 to 14.6", basis="seen on a real phone: published test image of the file", verified=True),
    ),
    means="The phone asked Apple about this account, because a message or call with it was under way. An attacker's "
    "published "
    "account here shows an attempt.",
)
