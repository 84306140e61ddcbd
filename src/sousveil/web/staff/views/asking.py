"""Before something that cannot be taken back: a page that says to whom it is done, what then happens, and holds the button."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from sousveil.kinds import number_of
from sousveil.register.model import Recorded
from sousveil.web.staff import code_words, operator_lines
from sousveil.web.staff.models import Account, Draft
from sousveil.web.staff.names import captions
from sousveil.web.staff.permissions import Role, What, Who
from sousveil.web.staff.question import ask
from sousveil.web.staff.routing import act, check, site_of
from sousveil.web.staff.views.accounts import account_of, going_on
from sousveil.web.staff.views.drafts import draft_of, must_be
from sousveil.web.staff.views.operating import erasure_of, given_up

OPEN = ("waiting", "notice")
"""States of what is held and not decided."""


@act("account.disable.ask")
def end_account(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Who it is, and what its end means for what they left behind."""
    check("account.disable.ask", who, What(account=id))
    account = going_on(account_of(id))
    site = site_of(request)
    role = code_words.WORDS[account.role]
    owner = captions(site, [account.owner]).get(account.owner, account.owner)
    then = [
        "It is signed out everywhere at once and cannot sign in any more.",
        "It cannot be brought back. Whoever is to work here again is invited anew, under another pseudonym.",
    ]
    if account.role == Role.REVIEWER:
        held = {one.id for one in site.store.held() if one.state in OPEN}
        count = Draft.objects.filter(account=account, kind="review", state="handed-in", of__in=held).count()
        if count:
            told = number_of(count, "review")
            then.append(
                f"What it said in {told} of what is still held does not count any more: others have to review that."
            )
    if account.owner:
        left = Draft.objects.filter(owner=account.owner, state__in=("writing", "proposed", "prepared")).count()
        others = Account.objects.filter(owner=account.owner, is_active=True).exclude(pk=account.pk).count()
        if left and others:
            then.append(f"Drafts that are not handed in stay ({left}): other accounts of {owner} go on with them.")
        elif left:
            then.append(
                f"No other account works for {owner}: until somebody is invited, nobody goes on with its drafts ({left})."
            )
        then.append(
            f"The key of {owner} is not ended: it signs as before. Where it may be in wrong hands, end it on the page Keys too."
        )
    then.append("What it did stays in the audit log, and there it stands too that you ended it.")
    return ask(
        request,
        title=f"End the account {account.pseudonym}?",
        about=[f"{account.pseudonym}, {role}, for {owner}" if owner else f"{account.pseudonym}, {role}"],
        then=then,
        does=f"End the account {account.pseudonym}",
        to=f"accounts/{account.pseudonym}/disable",
        back=("accounts/", "No: back to the accounts"),
    )


@act("draft.delete.ask")
def delete_draft(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Which draft it is."""
    draft = draft_of("draft.delete.ask", who, id)
    must_be(draft, "writing", "proposed", "prepared", "handed-in")
    then = ["What stands in it is deleted here and cannot be brought back."]
    if draft.state == "handed-in":
        then.append("What was handed in stays in the log: throwing the draft away takes nothing back.")
    else:
        then.append("Nothing of it was handed in, and nothing of it is public.")
    then.append("That a draft was thrown away, and that you did it, stands in the audit log. Reviewers see how many.")
    return ask(
        request,
        title="Delete this draft?",
        about=[draft.title],
        then=then,
        does="Delete this draft",
        to=f"drafts/{draft.pk}/delete",
        back=(f"drafts/{draft.pk}/", "No: back to the draft"),
    )


@act("erasure.approve.ask")
def approve_erasure(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """What would be gone: each statement as it reads now, for nobody approves numbers."""
    found = erasure_of("erasure.approve.ask", who, id)
    ground, by, *ids = found.text.splitlines()
    store = site_of(request).store
    said = [(one, store.statement(one)) for one in ids]
    shown = [one.statement for _, one in said if isinstance(one, Recorded)]
    return ask(
        request,
        title=f"Approve the erasure of {number_of(len(ids), 'statement')}?",
        about=[
            f"Ground: {code_words.WORDS[ground]}",
            f"Asked for by: {code_words.WORDS[by]}",
            f"Proposed by: {found.account.pseudonym}",
        ],
        then=[
            "The entry of the log is made ready. Whoever holds an operator's key signs it and hands it in.",
            "With that, what the statements say is deleted here, and in copies that follow this log. It cannot be brought back.",
            "The log keeps that something was erased, when, on which ground, and at whose request.",
            "Your approval stands in the audit log. Until the entry is signed, the draft can be thrown away.",
        ],
        does="Approve this erasure",
        to=f"erasures/{found.pk}/approve",
        back=("erasures/", "No: back to the erasures"),
        said=[(id, one.statement if isinstance(one, Recorded) else None) for id, one in said],
        names=captions(site_of(request), [each for one in shown for each in (one.subject, one.value, one.publisher)]),
    )


@act("outbox.drop.ask")
def drop(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Where it goes, and why it was given up."""
    one = given_up(request, id)
    about = [operator_lines.addressed(one.kind, one.to)]
    if one.error:
        about.append(one.error)
    return ask(
        request,
        title="Drop this delivery?",
        about=about,
        then=[
            "Its address and its content are deleted here and cannot be brought back.",
            "It is not tried again. Whoever should have had it has to be told in another way.",
            "That it was dropped, and that you did it, stands in the audit log.",
        ],
        does="Drop this delivery",
        to=f"outbox/{one.id}/drop",
        back=("outbox/", "No: back to the deliveries"),
    )
