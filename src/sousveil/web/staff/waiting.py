"""What waits for an account, and what is overdue: out of drafts, held publications, clocks, the log and the outbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sousveil.register import outbox
from sousveil.register.review import today
from sousveil.web.site import Site
from sousveil.web.staff import clocks, operator_lines
from sousveil.web.staff.code_words import WORDS
from sousveil.web.staff.lines import Item
from sousveil.web.staff.models import Draft
from sousveil.web.staff.names import captions
from sousveil.web.staff.permissions import Role, Who
from sousveil.web.staff.seats import proposals_for

REVIEW_DAYS = 14
"""A held publication that nobody decided for so long is overdue."""
DRAFT_DAYS = 14
KEY_DAYS = 365
"""A key of this age is to be rotated."""
LINES = 20


def waiting_for(site: Site, who: Who) -> list[Item]:
    """All of it, what is due first."""
    parts = {
        Role.PUBLISHER: (_drafts, _own_held, clocks.owed_by, clocks.licences),
        Role.REVIEWER: (_drafts, _to_review, clocks.licences, clocks.notices),
        Role.BOARD_MEMBER: (_drafts, _proposals, clocks.owed_by),
        Role.OPERATOR: (_drafts, _erasures, _dead, _refusals, _keys, clocks.notices, clocks.late_of_all),
        Role.CASE_HANDLER: (),
    }[who.role]
    found = [item for part in parts for item in part(site, who)]
    return sorted(found, key=lambda one: (not one.overdue, one.due or "9999", one.since))


def _old(day: str, days: int) -> bool:
    return date.fromisoformat(day[:10]) + timedelta(days=days) < date.fromisoformat(today())


def _drafts(site: Site, who: Who) -> Iterator[Item]:
    for one in Draft.objects.filter(owner=who.owner, state__in=("writing", "prepared")):
        since = one.made.date().isoformat()
        writing = one.state == "writing"
        says = f"Draft “{one.title}”: to be finished" if writing else f"Draft “{one.title}”: to be signed and handed in"
        yield Item(says=says, path=f"drafts/{one.pk}/", since=since, overdue=_old(since, DRAFT_DAYS))


def _own_held(site: Site, who: Who) -> Iterator[Item]:
    for one in site.store.held():
        if one.owner == who.owner and one.state in ("waiting", "notice"):
            says = f"Held for review ({_why(one.reasons)}): {one.id[:12]}"
            yield Item(says=says, path="drafts/", since=one.received_at[:10], due=one.due or "")


def _why(reasons: Sequence[str]) -> str:
    return ", ".join(WORDS.get(one, one) for one in reasons)


def _past(day: str) -> bool:
    return bool(day) and day[:10] < today()


def _to_review(site: Site, who: Who) -> Iterator[Item]:
    held = site.store.held(state="waiting")
    names = captions(site, [one.owner for one in held])
    for one in held:
        if one.owner != who.owner and who.owner not in one.reviewers:
            since = one.received_at[:10]
            says = f"To review ({_why(one.reasons)}), from {names.get(one.owner, one.owner)}: {one.id[:12]}"
            yield Item(says=says, path=f"held/{one.id}/", since=since, overdue=_old(since, REVIEW_DAYS))


def _proposals(site: Site, who: Who) -> Iterator[Item]:
    for one in proposals_for(site, who.seat):
        if not one.voted:
            yield Item(
                says=f"To vote on: {one.title}", path="proposals/", due=one.comments_until, overdue=_past(one.hearing)
            )


def _erasures(site: Site, who: Who) -> Iterator[Item]:
    for one in Draft.objects.filter(kind="erase", state="proposed").select_related("account"):
        if one.account.pseudonym != who.pseudonym:
            since = one.made.date().isoformat()
            yield Item(says=f"To approve: {one.title}", path="erasures/", since=since, overdue=_old(since, 3))


def _dead(site: Site, who: Who) -> Iterator[Item]:
    for one in outbox.dead(site.register):
        yield Item(
            says=f"Given up: {operator_lines.addressed(one.kind, one.to)}" + (f": {one.error}" if one.error else ""),
            path="outbox/",
            since=one.made_at,
            overdue=True,
        )


def _refusals(site: Site, who: Who) -> Iterator[Item]:
    for one in operator_lines.told(site, site.store.operator_lines(limit=LINES)):
        yield Item(says=one.says, path="outbox/", since=one.at)


def _keys(site: Site, who: Who) -> Iterator[Item]:
    states = site.store.keyring().states()
    names = captions(site, [one.owner for one in states])
    for one in states:
        if one.revoked_index is not None:
            continue
        since = site.store.entry(one.from_index).recorded_at[:10]
        if _old(since, KEY_DAYS):
            says = f"To rotate: the key {one.key_id} of {names.get(one.owner, one.owner)}"
            yield Item(says=says, path="keys/", since=since, overdue=True)
