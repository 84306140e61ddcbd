"""Drafts: write, fix what is to be signed, sign elsewhere, hand the signature in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sousveil.web.failures import Failure
from sousveil.web.staff import signing
from sousveil.web.staff.code_words import HANDED_IN, WORDS
from sousveil.web.staff.models import THROWN_AWAY, Draft
from sousveil.web.staff.permissions import What, Who
from sousveil.web.staff.routing import act, audit, back, check, field, site_of
from sousveil.web.staff.views import forms


def draft_of(name: str, who: Who, id: str) -> Draft:
    """The draft, where the account may do this to it. Raises Failure 404, 403."""
    found = Draft.objects.filter(pk=int(id)).first() if id.isdecimal() and len(id) < 12 else None
    if found is None:
        raise Failure(404, "There is no such draft.", code="no_draft")
    check(name, who, What(owner=found.owner))
    return found


def must_be(draft: Draft, *states: str) -> None:
    """Whether the draft is in one of these states. Raises Failure 409."""
    if draft.state not in states:
        raise Failure(
            409,
            f"This draft is {WORDS.get(draft.state, draft.state)}.",
            hint="Look at its page for what can be done.",
            code="state",
        )


@act("drafts")
def drafts(request: HttpRequest, who: Who) -> HttpResponse:
    """All drafts of the account's owner."""
    found = Draft.objects.filter(owner=who.owner)
    gone = found.filter(state=THROWN_AWAY).count()
    return render(request, "staff/drafts.html", {"drafts": found.exclude(state=THROWN_AWAY)[:200], "gone": gone})


@act("draft.new")
def new(request: HttpRequest, who: Who) -> HttpResponse:
    """Begin one."""
    if not who.owner:
        raise Failure(409, "This account works for no owner of a key.", code="no_owner")
    made = Draft.objects.create(
        account_id=request.user.pk, owner=who.owner, kind="statements", title=field(request, "title", 200)
    )
    return back(f"drafts/{made.pk}/")


@act("draft.read")
def read(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Its page, with what can be done next."""
    draft = draft_of("draft.read", who, id)
    if draft.kind == forms.KIND and draft.state == "writing":
        return forms.read(request, who, draft)
    values = {
        "draft": draft,
        "command": signing.COMMAND,
        "payload": bytes(draft.payload).decode("utf-8", "replace"),
        "does": HANDED_IN.get(draft.kind, ""),
    }
    return render(request, "staff/draft.html", values)


@act("draft.save")
def save(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Keep what was written, finished or not."""
    draft = draft_of("draft.save", who, id)
    must_be(draft, "writing")
    if draft.kind == forms.KIND:
        forms.save(request, who, draft)
        return back(f"drafts/{draft.pk}/")
    draft.title = field(request, "title", 200)
    draft.text = field(request, "text", signing.TEXT_MAX, needed=False)
    draft.save()
    return back(f"drafts/{draft.pk}/")


@act("draft.prepare")
def prepare(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Fix the bytes."""
    draft = draft_of("draft.prepare", who, id)
    must_be(draft, "writing")
    if draft.kind == forms.KIND:
        return forms.prepare(request, who, draft) or back(f"drafts/{draft.pk}/")
    signing.prepare_statements(draft, site_of(request).register)
    return back(f"drafts/{draft.pk}/")


@act("draft.payload")
def payload(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """The bytes, as a file."""
    draft = draft_of("draft.payload", who, id)
    must_be(draft, "prepared", "handed-in")
    response = HttpResponse(bytes(draft.payload), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="payload.json"'
    return response


@act("draft.hand-in")
def hand_in(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Take the signature."""
    draft = draft_of("draft.hand-in", who, id)
    must_be(draft, "prepared")
    site = site_of(request)
    signature = field(request, "signature", 10_000)
    audit(request, "draft.hand-in", who, f"{draft.kind} {draft.of}".strip())
    count = request.META["sousveil.turnstile"].publication
    draft.outcome = signing.hand_in(draft, site.register, who, signature + "\n", count)
    draft.state = "handed-in"
    draft.contents = b""
    draft.text = ""
    draft.save()
    site.state(now=True)
    return back(f"drafts/{draft.pk}/")


@act("draft.delete")
def delete(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Throw it away: what stood in it is gone, that it was there and who threw it away is not."""
    draft = draft_of("draft.delete", who, id)
    must_be(draft, "writing", "proposed", "prepared", "handed-in")
    audit(request, "draft.delete", who, f"{draft.kind} {draft.pk} {draft.state}")
    draft.title, draft.text, draft.of, draft.outcome = "", "", "", f"thrown away by {who.pseudonym}"
    draft.payload = draft.contents = b""
    draft.state = THROWN_AWAY
    draft.save()
    return back("drafts/")
