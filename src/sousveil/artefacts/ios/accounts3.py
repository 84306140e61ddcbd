"""Accounts that are set up on the phone: Accounts3.sqlite."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import BundleId, Email, Flag, Integer, Label, MacTime, Name, Opaque, Role
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Record


class Account(Record):
    """One account."""

    username: Email | None
    description: Name | None
    account_type: Label | None
    """Such as `com.apple.account.IMAP`."""
    type_description: Label | None
    bundle_id: BundleId | None
    """The app that set the account up."""
    identifier: Opaque
    created: MacTime | None
    credential_rejected: MacTime | None
    """When renewing the credentials was last refused."""
    active: Flag | None
    authenticated: Flag | None
    visible: Flag | None
    authentication_type: Label | None
    credential_type: Label | None
    parent_id: Integer | None
    parent_username: Email | None
    account_id: Integer | None


def _c(name: str) -> str:
    return f"ZACCOUNT.{name}"


_OPTIONAL = {
    "description": _c("ZACCOUNTDESCRIPTION"),
    "bundle_id": _c("ZOWNINGBUNDLEID"),
    "identifier": _c("ZIDENTIFIER"),
    "created": _c("ZDATE"),
    "credential_rejected": _c("ZLASTCREDENTIALRENEWALREJECTIONDATE"),
    "active": _c("ZACTIVE"),
    "authenticated": _c("ZAUTHENTICATED"),
    "visible": _c("ZVISIBLE"),
    "authentication_type": _c("ZAUTHENTICATIONTYPE"),
    "credential_type": _c("ZCREDENTIALTYPE"),
    "parent_id": _c("ZPARENTACCOUNT"),
    "account_id": _c("Z_PK"),
}

ARTEFACT = Artefact(
    name="ios.accounts3",
    title="Accounts on the phone",
    needs={"main": (At.ios("/private/var/mobile/Library/Accounts/Accounts3.sqlite"),)},
    record=Account,
    role=Role.INSTALLED,
    read=sqlite(
        Layout(
            name="accounts and types",
            source="ZACCOUNT LEFT JOIN ZACCOUNTTYPE ON ZACCOUNTTYPE.Z_PK = ZACCOUNT.ZACCOUNTTYPE "
            "LEFT JOIN ZACCOUNT AS parent ON parent.Z_PK = ZACCOUNT.ZPARENTACCOUNT",
            columns={"username": _c("ZUSERNAME")},
            optional=_OPTIONAL
            | {
                "account_type": "ZACCOUNTTYPE.ZIDENTIFIER",
                "type_description": "ZACCOUNTTYPE.ZACCOUNTTYPEDESCRIPTION",
                "parent_username": "parent.ZUSERNAME",
            },
            extra=("ZACCOUNT",),
        ),
        Layout(
            name="accounts",
            source="ZACCOUNT",
            columns={"username": _c("ZUSERNAME")},
            optional=_OPTIONAL,
            extra=("ZACCOUNT",),
        ),
    ),
    events=(Event(at="created", says="account set up on the phone", shows="account_type"),),
    expected=Expected(optional="not every backup has it"),
    seen=(
        Seen(versions="iOS 14", basis="seen on a real phone: published test image", verified=True),
        Seen(versions="iOS 12 to 26", basis="recalled; columns are taken as they are there", verified=False),
    ),
    means="Which accounts synchronise with this phone. An account that nobody knows gives whoever set it up a way in.",
)
