"""The review queue as an Atom feed: one entry for each licence that nobody has decided on, or that goes on by a decision."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from sousveil.decisions.views import ReviewItem, without_reasons
from sousveil.register.edtf import parse
from sousveil.web.boards import queue_of
from sousveil.web.failures import Failure
from sousveil.web.feeds import ENTRIES, _attribute, _site, _text, head, label, spoken
from sousveil.web.render import gettext as _
from sousveil.web.render import told


def review(request: HttpRequest) -> HttpResponse:
    """Undecided items first, the oldest first; an item changes its id when a decision, a new incident, or an end without
    reasons changes it."""
    site, links = _site(request)
    if request.GET:
        raise Failure(400, "This feed takes no question.", field=next(iter(request.GET)))
    view = queue_of(site)
    title = label(site, _("Licences to review"))
    latest = max((one.known for each in view.items for one in each.touches), default="1970-01-01")
    parts = [
        head(),
        f"<id>urn:sousveil:{_text(site.origin)}:review</id>",
        f"<title>{_text(title)}</title>",
        f"<updated>{_text(_moment(latest))}</updated>",
        '<link rel="self" type="application/atom+xml" href="review.atom"/>',
        f'<link rel="alternate" type="text/html" href={_attribute(links.to("licences", "review"))}/>',
        f"<author><name>{_text(site.title)}</name></author>",
    ]
    for one in view.items[:ENTRIES]:
        told = "+".join(touch.decision.id if touch.decision else touch.incident.id for touch in one.touches)
        told += f"+{one.ended.what}:{one.ended.record.id}" if without_reasons(one) and one.ended else ""
        name = f"urn:sousveil:{site.origin}:review:{one.licence.id}:{one.state}:{told}"
        day = max((touch.decided_on or touch.known)[:10] for touch in one.touches)
        parts.append(
            f"<entry><id>{_text(name)}</id><title>{_text(_title(one))}</title><updated>{_text(_moment(day))}</updated>"
            f'<link rel="alternate" type="text/html" href={_attribute(links.to("entities", one.licence.id))}/>'
            f'<content type="text">{_text(_told(one))}</content></entry>'
        )
    body = ("\n".join(parts) + "\n</feed>\n").encode()
    return HttpResponse(body, content_type="application/atom+xml; charset=utf-8")


def _moment(day: str) -> str:
    """A date as Atom wants it; one that is no day counts from the beginning of what it names."""
    return f"{date.fromordinal(parse(day).first).isoformat()}T00:00:00Z"


def _title(one: ReviewItem) -> str:
    said = {
        "undecided": _("not decided"),
        "maintained": _("decided, and the licence goes on"),
        "ended": _("ended"),
    }[one.state]
    return f"{one.licence.caption}: {said}"


def _told(one: ReviewItem) -> str:
    holders, issuers = (
        ", ".join(each.caption for each in many) or _("not stated") for many in (one.licensee, one.issuer)
    )
    lines = [_("Given to {holders}, by {issuers}.").format(holders=holders, issuers=issuers)]
    if one.ended is not None and one.ended.what != "future":
        what = ", ".join(each for each in (told(one.ended.what), one.ended.date) if each)
        reasons = "" if one.ended.reasons else f" {_('No reasons given.')}"
        lines.append(_("Not in force: {what}.").format(what=what) + reasons)
    for touch in one.touches:
        decided = (
            _("decided: {outcome}, {day}").format(outcome=told(touch.outcome or ""), day=touch.decided_on)
            if touch.decision
            else _("recorded since {day}, no decision").format(day=touch.known)
        )
        lines.append(f"{touch.incident.caption}: {'; '.join(map(told, touch.why))}. {decided}.")
    return "\n".join(lines)


def review_routes() -> list[URLPattern]:
    """The address of the feed."""
    return [path("licences/review.atom", spoken(review))]
