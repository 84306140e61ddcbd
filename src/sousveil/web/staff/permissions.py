"""Who may do what: one table. The routes take their checks from it, the documentation and the tests their rows.

Nobody publishes for another: an account prepares what is to be signed, and what is handed in must be signed by a key of
the very owner the account works for. Nobody, the operator included, alters what is published: no act here does that.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "/staff/"


class Role(enum.StrEnum):
    """Roles of accounts. Readers have no account."""

    PUBLISHER = "publisher"
    """Writes and hands in for one owner of a registered key: a company, a State, a body, an organization."""
    REVIEWER = "reviewer"
    """Decides about what is held."""
    BOARD_MEMBER = "board-member"
    """Votes for one seat."""
    CASE_HANDLER = "case-handler"
    """Works on complaints, which lie elsewhere; here reads what everybody reads."""
    OPERATOR = "operator"
    """Runs the register."""


class If(enum.StrEnum):
    """On what condition."""

    ALWAYS = "always"
    OWN = "of the owner that the account works for"
    NOT_OWN = "not of the owner that the account works for"
    OWN_SEAT = "for the account's own seat"
    SECOND = "proposed by another account"
    NOT_SELF = "not the account itself"


@dataclass(frozen=True, slots=True)
class Act:
    """One act: how it is asked for, and who may do it."""

    name: str
    method: str
    path: str
    """Below `/staff/`; `{id}` stands for what it is done to."""
    says: str
    may: Mapping[Role, If]
    privileged: bool = False
    """Stands in the audit log."""


def _all(condition: If = If.ALWAYS) -> Mapping[Role, If]:
    return dict.fromkeys(Role, condition)


_SIGNING = {Role.PUBLISHER: If.OWN, Role.REVIEWER: If.OWN, Role.BOARD_MEMBER: If.OWN, Role.OPERATOR: If.OWN}
_PUBLISHER = {Role.PUBLISHER: If.OWN}
_REVIEWER = {Role.REVIEWER: If.NOT_OWN}
_OPERATOR = {Role.OPERATOR: If.ALWAYS}

ACTS: tuple[Act, ...] = (
    Act("home", "GET", "", "see what waits for them", _all()),
    Act("drafts", "GET", "drafts/", "list their drafts", dict.fromkeys(_SIGNING, If.ALWAYS)),
    Act("draft.new", "POST", "drafts/new", "begin a draft", {Role.PUBLISHER: If.ALWAYS}),
    Act("draft.read", "GET", "drafts/{id}/", "read a draft", _SIGNING),
    Act("draft.save", "POST", "drafts/{id}/save", "write on in a draft", _PUBLISHER),
    Act("draft.prepare", "POST", "drafts/{id}/prepare", "fix what is to be signed", _PUBLISHER),
    Act("draft.payload", "GET", "drafts/{id}/payload.json", "fetch the bytes to sign", _SIGNING),
    Act("draft.hand-in", "POST", "drafts/{id}/hand-in", "hand in the signature", _SIGNING, privileged=True),
    Act("draft.delete.ask", "GET", "drafts/{id}/delete", "see what throwing a draft away does", _SIGNING),
    Act("draft.delete", "POST", "drafts/{id}/delete", "throw a draft away", _SIGNING, privileged=True),
    Act("forms", "GET", "forms/", "list the forms of the procedures", {Role.PUBLISHER: If.ALWAYS}),
    Act("form", "GET", "forms/{id}/", "see a form of a procedure", {Role.PUBLISHER: If.ALWAYS}),
    Act("form.begin", "POST", "forms/{id}/begin", "begin a draft from a form", {Role.PUBLISHER: If.ALWAYS}),
    Act("held", "GET", "held/", "list what is held", {Role.REVIEWER: If.ALWAYS}),
    Act("held.read", "GET", "held/{id}/", "read a held publication", _REVIEWER, privileged=True),
    Act("held.notice", "POST", "held/{id}/notice", "tell the subject by mail", _REVIEWER, privileged=True),
    Act("held.reply", "POST", "held/{id}/reply", "take down the subject's reply", _REVIEWER, privileged=True),
    Act("held.review", "POST", "held/{id}/review", "prepare a review", _REVIEWER, privileged=True),
    Act(
        "notice.read",
        "GET",
        "notices/{id}/",
        "read a notice to a regulator",
        {Role.REVIEWER: If.ALWAYS, Role.OPERATOR: If.ALWAYS},
    ),
    Act(
        "notice.bytes",
        "GET",
        "notices/{id}/notice.json",
        "fetch the bytes of a notice",
        {Role.REVIEWER: If.ALWAYS, Role.OPERATOR: If.ALWAYS},
    ),
    Act(
        "notice.approve",
        "POST",
        "notices/{id}/approve",
        "hand in their own approval of a notice",
        {Role.REVIEWER: If.ALWAYS},
        privileged=True,
    ),
    Act("proposals", "GET", "proposals/", "list proposals to vote on", {Role.BOARD_MEMBER: If.ALWAYS}),
    Act("vote", "POST", "proposals/{id}/vote", "prepare a vote", {Role.BOARD_MEMBER: If.OWN_SEAT}),
    Act("keys", "GET", "keys/", "list keys and which to rotate", _OPERATOR),
    Act("key.add", "POST", "keys/add", "prepare a key's entry", _OPERATOR, privileged=True),
    Act("key.revoke", "POST", "keys/{id}/revoke", "prepare a key's end", _OPERATOR, privileged=True),
    Act("erasures", "GET", "erasures/", "list proposed erasures", _OPERATOR),
    Act(
        "erasure.propose", "POST", "erasures/propose", "propose an erasure with its ground", _OPERATOR, privileged=True
    ),
    Act(
        "erasure.approve.ask",
        "GET",
        "erasures/{id}/approve",
        "see what an erasure would delete",
        {Role.OPERATOR: If.SECOND},
    ),
    Act(
        "erasure.approve",
        "POST",
        "erasures/{id}/approve",
        "approve an erasure",
        {Role.OPERATOR: If.SECOND},
        privileged=True,
    ),
    Act("outbox", "GET", "outbox/", "see deliveries that were given up", _OPERATOR),
    Act("outbox.retry", "POST", "outbox/{id}/retry", "try a delivery again", _OPERATOR, privileged=True),
    Act("outbox.drop.ask", "GET", "outbox/{id}/drop", "see what dropping a delivery does", _OPERATOR),
    Act("outbox.drop", "POST", "outbox/{id}/drop", "drop a delivery", _OPERATOR, privileged=True),
    Act("accounts", "GET", "accounts/", "list accounts", _OPERATOR),
    Act("account.invite", "POST", "accounts/invite", "invite somebody", _OPERATOR, privileged=True),
    Act(
        "account.disable.ask",
        "GET",
        "accounts/{id}/disable",
        "see what ending an account does",
        {Role.OPERATOR: If.NOT_SELF},
    ),
    Act(
        "account.disable",
        "POST",
        "accounts/{id}/disable",
        "end an account",
        {Role.OPERATOR: If.NOT_SELF},
        privileged=True,
    ),
    Act(
        "audit",
        "GET",
        "audit/",
        "read the audit log",
        {Role.OPERATOR: If.ALWAYS, Role.REVIEWER: If.ALWAYS, Role.BOARD_MEMBER: If.ALWAYS},
    ),
    Act("audit.checkpoint", "GET", "audit/checkpoint", "keep the audit log's checkpoint", _all()),
)
BY_NAME = {one.name: one for one in ACTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """An account, as far as permissions go."""

    pseudonym: str
    role: Role
    owner: str = ""
    seat: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class What:
    """What an act is done to, as far as permissions go."""

    owner: str = ""
    seat: str = ""
    proposed_by: str = ""
    account: str = ""


def may(act: Act, who: Who, what: What | None = None) -> bool:
    """Whether this account may do the act; `what=None` asks for the role alone."""
    condition = act.may.get(who.role)
    if condition is None:
        return False
    if what is None or condition is If.ALWAYS:
        return True
    holds = {
        If.OWN: bool(who.owner) and who.owner == what.owner,
        If.NOT_OWN: bool(who.owner) and who.owner != what.owner,
        If.OWN_SEAT: bool(who.seat) and who.seat == what.seat,
        If.SECOND: bool(what.proposed_by) and who.pseudonym != what.proposed_by,
        If.NOT_SELF: who.pseudonym != what.account,
    }
    return holds[condition]
