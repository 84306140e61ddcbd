"""Held publications: two reviewers, a ground of public interest, notice to the subject with time to reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from sousveil.errors import Usage
from sousveil.register import entries as log
from sousveil.register import persons, publication
from sousveil.register.codes import PublicInterest, Verdict
from sousveil.register.keyring import Keyring
from sousveil.register.model import from_content
from sousveil.register.owners import KeyState, same_owner
from sousveil.register.publication import Opened
from sousveil.register.refusal import Refused
from sousveil.register.store import HeldState, Store

REVIEWERS = 2
REPLY_DAYS = 14
"""Days between notice and publication at least."""
_NOTED = {
    "waiting": "Noted. It waits for another reviewer.",
    "notice": "Noted. Both agree; the worker publishes it once the time to reply is over, after {due}.",
    "refused": "Noted. It is refused, and its content is deleted here.",
}
_KEPT = "Your review is kept, and both agree. It is not published yet; the worker publishes it {stopped}."
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """Where a held publication stands after a review."""

    state: str
    """As in HeldState."""
    due: str | None = None
    """Last day of the time to reply."""
    published: int | None = None
    """Index of its entry."""
    stopped: str = ""
    """What stopped the publication, where both agree and it is due: the worker tries again."""

    @property
    def words(self) -> str:
        """Where it stands, as a sentence to the reviewer."""
        if self.published is not None:
            return f"Published at index {self.published}."
        if self.stopped:
            return _KEPT.format(stopped=self.stopped)
        return _NOTED.get(self.state, f"Noted. It is now: {self.state}.").format(due=self.due)


def today() -> str:
    """Today's date, UTC."""
    return datetime.now(UTC).date().isoformat()


GROUNDS = {
    PublicInterest.OFFICE: "a public office, and the statement is about it",
    PublicInterest.OWNERSHIP: "who owns or controls a company of this trade",
    PublicInterest.ACCOUNTABILITY: "who decided, licensed, bought or ordered",
    PublicInterest.PUBLIC_RECORD: "a court, a regulator or an official list has published it",
    PublicInterest.ABUSE: "it documents an abuse, and those named as targets agreed",
    PublicInterest.SIGNATORY: "the person signed a published letter",
}
"""Grounds in words."""


def check_review(review: log.Review) -> None:
    """Whether a review is complete. Raises Refused."""
    for field, text in (("notice", review.notice), ("reply_until", review.reply_until)):
        if text is not None:
            _day(text, field)
    if review.verdict is Verdict.REFUSE:
        return
    if review.ground is None:
        raise Refused(
            "A review names the ground of public interest.",
            field="ground",
            code="no_ground",
            hint="It is one of: " + "; ".join(f"{one} ({GROUNDS[one]})" for one in PublicInterest) + ".",
        )
    if review.waived is not None:
        if review.notice is not None or review.reply_until is not None:
            raise Refused("Notice was either given or waived.", field="waived", code="both")
        return
    if review.notice is None or review.reply_until is None:
        raise Refused(
            "The subject was not told, and no reason is given why not.",
            field="notice",
            code="no_notice",
            hint="Tell the subject and give a day until which to reply, or waive the notice with a reason.",
        )
    told, until = _day(review.notice, "notice"), _day(review.reply_until, "reply_until")
    if until < told + timedelta(days=REPLY_DAYS):
        raise Refused(f"The subject has at least {REPLY_DAYS} days to reply.", field="reply_until", code="too_short")


def check_notice(review: log.Review, received: str) -> None:
    """Whether the subject can have been told on the day that the review names. Raises Refused.

    `received`: day on which the publication was handed in.
    """
    if review.notice is None:
        return
    told = _day(review.notice, "notice")
    if told > _day(today(), "notice"):
        raise Refused(
            "The day of the notice is still to come.",
            field="notice",
            code="bad_date",
            hint="Sign the review after the subject was told.",
        )
    if told < _day(received, "notice"):
        raise Refused(
            f"The publication was handed in on {received}; the subject cannot have been told of it before.",
            field="notice",
            code="bad_date",
        )


def take(store: Store, ring: Keyring, opened: Opened, index: int) -> tuple[HeldState, log.Review]:
    """Keep a signed review. Raises Refused, Usage."""
    review = opened.payload
    if not isinstance(review, log.Review):
        raise Refused("This is no review.", field="kind", code="no_review")
    reviewer = ring.check(index, review, opened.signers)
    check_review(review)
    held = store.held_one(review.publication)
    if held.state in ("published", "refused"):
        raise Usage(f"This publication is not held any more: it was {held.state}.")
    check_notice(review, held.received_at[:10])
    if any(one.owner == held.owner and same_owner(reviewer, one) for one in ring.states()):
        raise Refused("Nobody reviews a publication of their own.", field="signatures", code="own_publication")
    store.add_review(held.id, reviewer.owner, opened.signers[0], opened.envelope)
    return held, review


def standing(store: Store, ring: Keyring, held: HeldState, index: int, day: str) -> tuple[Reviewed, tuple[Opened, ...]]:
    """Where the publication stands on a day, and the reviews that release it.

    Reviews count while the reviewer's key is valid; two owners must agree, by name and by official domain.
    """
    agreed: list[Opened] = []
    people: list[KeyState] = []
    due: str | None = None
    for _, key_id, envelope in store.reviews(held.id):
        opened = publication.open_envelope(envelope, ring)
        review = opened.payload
        if not isinstance(review, log.Review):
            continue
        if review.verdict is Verdict.REFUSE:
            return Reviewed(state="refused"), ()
        try:
            reviewer = ring.valid(key_id, index)
        except Refused:
            continue
        if any(same_owner(reviewer, one) for one in people):
            continue
        people.append(reviewer)
        agreed.append(opened)
        due = max(filter(None, (due, review.reply_until)), default=None)
    if len(agreed) < REVIEWERS:
        return Reviewed(state="waiting"), ()
    if due is not None and due >= day:
        return Reviewed(state="notice", due=due), ()
    _check_consents(store, held, agreed)
    return Reviewed(state="published", due=due), tuple(agreed)


def _check_consents(store: Store, held: HeldState, reviews: Sequence[Opened]) -> None:
    """Abuse is a ground for naming somebody only with that person's consent."""
    grounds = {one.payload.ground for one in reviews if isinstance(one.payload, log.Review)}
    if PublicInterest.ABUSE not in grounds:
        return
    data = store.held_submission(held.id)
    submission = publication.unpack(data) if data else None
    for _, content in submission.contents if submission else ():
        one = from_content(content)
        if one.person and one.type == "Person" and not store.consents(persons.persons_in(one)):
            raise Refused(
                "The ground is abuse, and somebody is named without a live consent.",
                field="ground",
                code="no_consent",
                hint="Record the consent first.",
            )


def check_past(text: str, field: str) -> None:
    """Raises Refused for what is no day, or one that is still to come everywhere: days are written as they are where one writes."""
    if _day(text, field) > _day(today(), field) + timedelta(days=1):
        raise Refused(f"{text} is still to come.", field=field, code="bad_date", hint="Look at the day.")


def _day(text: str, field: str) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(
            f"{text[:40]!r} is not a day.", field=field, code="bad_date", hint="Write it as 2026-01-31."
        ) from None
