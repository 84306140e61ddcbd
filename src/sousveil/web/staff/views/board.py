"""Proposals for board members: read them, vote for one's own seat."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sousveil.register.model import Standing, Statement, content, entity_id
from sousveil.web.failures import Failure
from sousveil.web.staff import signing
from sousveil.web.staff.models import Draft
from sousveil.web.staff.permissions import What, Who
from sousveil.web.staff.routing import act, back, check, field, site_of
from sousveil.web.staff.seats import proposals_for, seat_of

CHOICES = ("for", "against", "abstained", "recused")
REASONS = ("necessity", "proportionality", "legality")


@act("proposals")
def proposals(request: HttpRequest, who: Who) -> HttpResponse:
    """What the body of the account's seat has to decide."""
    found = proposals_for(site_of(request), who.seat)
    member, body = seat_of(site_of(request), who.seat)
    values = {"proposals": found, "choices": CHOICES, "reasons": REASONS, "member": member, "body": body}
    return render(request, "staff/proposals.html", values)


@act("vote")
def vote(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """The bytes of a vote with its reasons."""
    check("vote", who, What(seat=field(request, "seat", 120)))
    site = site_of(request)
    found = next((one for one in proposals_for(site, who.seat) if one.id == id), None)
    if found is None:
        raise Failure(404, "No such proposal is before the body of this seat.", code="no_proposal")
    if found.voted:
        raise Failure(
            409, "This seat has voted on the proposal.", hint="A vote is corrected, not cast twice.", code="voted"
        )
    choice = field(request, "choice", 20)
    if choice not in CHOICES:
        raise Failure(400, "This is no vote.", field="choice", code="field")
    subject = entity_id("vote", who.seat, id)
    values = {"body": found.body, "about": id, "seat": who.seat, "choice": choice}
    values |= {name: text for name in REASONS if (text := field(request, name, 4_000, needed=choice in CHOICES[:2]))}
    lines = [
        Statement(
            subject=subject,
            type="Vote",
            property=name,
            value=" ".join(value.split()),
            language="en" if name in REASONS else None,
            source=f"Vote of the seat {who.seat}",
            publisher=who.owner,
            dataset="direct",
            standing=Standing.CONFIRMED,
        )
        for name, value in values.items()
    ]
    draft = Draft.objects.create(
        account_id=request.user.pk,
        owner=who.owner,
        kind="statements",
        title=f"Vote: {choice}",
        text="\n".join(content(one).decode() for one in lines),
        of=id,
    )
    signing.prepare_statements(draft, site.register)
    return back(f"drafts/{draft.pk}/")
