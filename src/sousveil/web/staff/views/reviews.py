"""What is held, for reviewers: everything that is needed to decide, and the bytes of the review to sign."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sousveil.register import entries as log
from sousveil.register import notices
from sousveil.register import review as rules
from sousveil.register.codes import PublicInterest, Verdict, Waived
from sousveil.register.model import from_content
from sousveil.register.publication import unpack
from sousveil.register.store import HeldState
from sousveil.register.store.writing import utc_now
from sousveil.web import conf, words_of
from sousveil.web.failures import Failure
from sousveil.web.render import language_of
from sousveil.web.staff import signing
from sousveil.web.staff.models import thrown_away
from sousveil.web.staff.names import captions
from sousveil.web.staff.permissions import What, Who
from sousveil.web.staff.question import SURE, ask
from sousveil.web.staff.routing import act, audit, back, check, field, site_of

OPEN = ("waiting", "notice")


def _held(name: str, request: HttpRequest, who: Who, id: str) -> HeldState:
    found = site_of(request).store.held(id=id)
    if not found:
        raise Failure(404, "Nothing is held under this id.", code="not_held")
    check(name, who, What(owner=found[0].owner))
    return found[0]


@act("held")
def held(request: HttpRequest, who: Who) -> HttpResponse:
    """All that is held and open."""
    found = [one for one in site_of(request).store.held() if one.state in OPEN]
    return render(request, "staff/held.html", {"held": found, "gone": thrown_away()})


@act("held.read")
def read(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """One, whole."""
    one = _held("held.read", request, who, id)
    audit(request, "held.read", who, one.id)
    site = site_of(request)
    data = site.store.held_submission(one.id)
    submission = unpack(data) if data else None
    consents = {}
    said = [from_content(content) for _, content in submission.contents] if submission else []
    for statement in said:
        if statement.person:
            consents[statement.subject] = bool(site.store.consents(statement.subject))
    values = {
        "held": one,
        "said": said,
        "consents": consents,
        "files": [file.named() for file in submission.attachments] if submission else [],
        "grounds": list(PublicInterest),
        "waivers": list(Waived),
        "reply_days": rules.REPLY_DAYS,
        "reviewers": rules.REVIEWERS,
        "mine": who.owner in one.reviewers,
        "names": captions(
            site, [one.owner, *(each for some in said for each in (some.subject, some.value, some.publisher))]
        ),
        "letters": notices.kept(site.store, one.id),
        "earliest": (date.fromisoformat(rules.today()) + timedelta(days=rules.REPLY_DAYS)).isoformat(),
        "open": one.state in OPEN,
        "languages": conf.languages(),
    }
    return render(request, "staff/held_one.html", values)


@act("held.notice")
def notice(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Show the mail to the subject as it would leave; once that was answered, put it into the outbox."""
    one = _held("held.notice", request, who, id)
    to, until = field(request, "to", 254), field(request, "reply_until", 10)
    language, register = _language(request), site_of(request).register
    if field(request, SURE, 3, needed=False) != "yes":
        with language_of(language):
            letter = notices.preview(register, one.id, to, until)
        fields = {"to": to, "reply_until": until, "language": language, SURE: "yes"}
        return ask(
            request,
            title="Send this mail to the subject?",
            about=[f"To: {to}", f"Last day for the reply: {words_of.day(until)}"],
            then=[
                "The mail is sent. A mail that has left cannot be called back.",
                "Whoever reads mail at this address learns what is stated, and who handed it in.",
                "The address is deleted here once the mail was sent; that the subject was told, and when, is kept.",
            ],
            does="Send the mail",
            to=f"held/{one.id}/notice",
            back=(f"held/{one.id}/", "No: back to the publication"),
            fields=fields,
            letter=letter,
        )
    audit(request, "held.notice", who, one.id)
    with language_of(language):
        notices.give(register, one.id, to, until)
    return back(f"held/{one.id}/")


def _language(request: HttpRequest) -> str:
    """In which language the subject is written to: one that the register has."""
    chosen = field(request, "language", 20, needed=False) or conf.DEFAULT
    if chosen not in conf.languages():
        raise Failure(400, "The register has no texts in this language.", field="language", code="field")
    return chosen


@act("held.reply")
def reply(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """What the subject replied; reviews that were given before it are taken back."""
    one = _held("held.reply", request, who, id)
    said = field(request, "text", notices.REPLY_MAX)
    audit(request, "held.reply", who, one.id)
    notices.reply(site_of(request).register, one.id, said)
    return back(f"held/{one.id}/")


@act("held.review")
def review(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """The bytes of a review, checked as they will be when they are handed in."""
    one = _held("held.review", request, who, id)
    if one.state not in OPEN:
        raise Failure(409, f"This publication was {one.state}.", code="state")
    made = _review(request, one)
    rules.check_review(made)
    rules.check_notice(made, one.received_at[:10])
    audit(request, "held.review", who, one.id)
    title = f"Review: {made.verdict} {one.id[:12]}"
    draft = signing.prepared_entry(who, made, title, one.id, int(str(request.user.pk)))
    return back(f"drafts/{draft.pk}/")


def _review(request: HttpRequest, one: HeldState) -> log.Review:
    try:
        ground = field(request, "ground", 40, needed=False)
        waived = field(request, "waived", 40, needed=False)
        return log.Review(
            publication=one.id,
            verdict=Verdict(field(request, "verdict", 20)),
            ground=PublicInterest(ground) if ground else None,
            notice=field(request, "notice", 10, needed=False) or None,
            reply_until=field(request, "reply_until", 10, needed=False) or None,
            waived=Waived(waived) if waived else None,
            made=utc_now(),
        )
    except ValueError as error:
        raise Failure(400, f"{error}.", field="verdict", code="field") from None
