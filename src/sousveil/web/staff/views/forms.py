"""Forms of the procedures as drafts: filled in, kept, taken up again, prepared, and signed elsewhere.

The publisher is always the owner that the account works for, whatever was typed: nobody publishes for another.
"""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.model import Form, Procedure
from sousveil.register import publication
from sousveil.register.publication import Submission
from sousveil.web import filled_forms as filled
from sousveil.web.boards import names_of
from sousveil.web.failures import Failure
from sousveil.web.pages.procedures import form_of, form_view
from sousveil.web.staff import signing
from sousveil.web.staff.models import Draft
from sousveil.web.staff.permissions import Who
from sousveil.web.staff.routing import act, back, site_of

KIND = "form"
"""Kind of a draft that is still a form; once it is prepared it is `statements` like any other."""
BETWEEN = "__"
"""Stands between procedure and form in an address."""
Values = dict[str, list[str]]
_VALUES = msgspec.json.Decoder(Values)


def named(id: str) -> tuple[Procedure, Form]:
    """The form of an address. Raises Failure 404."""
    procedure, _, form = id.partition(BETWEEN)
    return form_of(procedure, form)


def typed(request: HttpRequest, who: Who) -> Values:
    """What was typed, with the account's owner as its publisher. Raises Failure 413."""
    values = {name: [str(one) for one in many] for name, many in request.POST.lists() if name != "csrfmiddlewaretoken"}
    values[filled.PUBLISHER] = [who.owner]
    if sum(len(one) for many in values.values() for one in many) > signing.TEXT_MAX:
        raise Failure(413, most=signing.TEXT_MAX)
    return values


@act("forms")
def forms(request: HttpRequest, who: Who) -> HttpResponse:
    """All forms of all procedures."""
    found = [
        (one, [(f"{one.name}{BETWEEN}{form.name}", form) for form in one.forms])
        for one in registry.all_procedures().values()
    ]
    return render(request, "staff/forms.html", {"procedures": found})


@act("form")
def empty(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """An empty form."""
    return page(request, who, id, {}, f"forms/{id}/", None)


@act("form.begin")
def begin(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Keep what was typed as a new draft, finished or not."""
    _, form = named(id)
    made = Draft.objects.create(
        account_id=request.user.pk, owner=who.owner, kind=KIND, title=form.title[:200], of=id, text=_text(request, who)
    )
    return back(f"drafts/{made.pk}/")


def read(request: HttpRequest, who: Who, draft: Draft) -> HttpResponse:
    """The form as it was kept."""
    return page(request, who, draft.of, _VALUES.decode(draft.text), f"drafts/{draft.pk}/", draft)


def save(request: HttpRequest, who: Who, draft: Draft) -> None:
    """Keep what was typed."""
    draft.text = _text(request, who)
    draft.save()


def prepare(request: HttpRequest, who: Who, draft: Draft) -> HttpResponse | None:
    """Fix the bytes; where something is wrong the form again, with what was typed kept."""
    save(request, who, draft)
    site, values = site_of(request), _VALUES.decode(draft.text)
    _, form = named(draft.of)
    found = filled.draft(form, values, site.store, names_of(site))
    if found.wrong:
        return page(request, who, draft.of, values, f"drafts/{draft.pk}/", draft, found.wrong)
    payload, contents = publication.make(
        found.statements, publisher=draft.owner, dataset=publication.DIRECT, example=site.example
    )
    draft.payload, draft.contents = payload, publication.pack(Submission(envelope=b"", contents=contents))
    draft.kind, draft.state = "statements", "prepared"
    draft.save()
    return None


def page(
    request: HttpRequest,
    who: Who,
    id: str,
    values: Values,
    base: str,
    draft: Draft | None,
    wrong: list[filled.Wrong] | None = None,
) -> HttpResponse:
    """The form with what was typed into it."""
    view = form_view(site_of(request), *named(id), values, wrong or [])
    common = [one for one in view.common if one.name != filled.PUBLISHER]
    shown = {"view": view, "common": common, "base": base, "draft": draft}
    return render(request, "staff/form.html", shown, status=422 if wrong else 200)


def _text(request: HttpRequest, who: Who) -> str:
    return msgspec.json.encode(typed(request, who)).decode()
