"""The operator's acts: keys, erasures by two, deliveries, the audit log. Entries are signed elsewhere like all others."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sousveil.kinds import number_of
from sousveil.register import entries as log
from sousveil.register import outbox
from sousveil.register.audit import open_audit
from sousveil.register.codes import EraseBy, EraseGround, RevokeReason, Role
from sousveil.register.owners import public_key
from sousveil.register.store.writing import utc_now
from sousveil.web.failures import Failure
from sousveil.web.staff import acts_told, operator_lines, signing
from sousveil.web.staff.code_words import WORDS
from sousveil.web.staff.models import Draft
from sousveil.web.staff.names import captions
from sousveil.web.staff.permissions import What, Who
from sousveil.web.staff.routing import act, audit, back, check, field, site_of

_Code = TypeVar("_Code", EraseBy, EraseGround, RevokeReason)
ADDABLE = (Role.PUBLISHER, Role.REVIEWER, Role.VOUCHER, Role.LOADER)


@act("keys")
def keys(request: HttpRequest, who: Who) -> HttpResponse:
    """All keys, and how each stands."""
    values = {"keys": site_of(request).store.keyring().states(), "roles": ADDABLE, "reasons": list(RevokeReason)}
    return render(request, "staff/keys.html", values)


@act("key.add")
def add_key(request: HttpRequest, who: Who) -> HttpResponse:
    """The entry of a new key, to be signed."""
    key, owner = field(request, "key", 64), field(request, "owner", 384)
    public_key(key)
    role = field(request, "role", 20)
    if role not in ADDABLE:
        raise Failure(400, "A key cannot have this role here.", field="role", code="field")
    domain = field(request, "domain", 253, needed=False) or None
    entry = log.KeyAdd(key=key, owner=owner, role=Role(role), domain=domain, made=utc_now())
    audit(request, "key.add", who, key)
    draft = signing.prepared_entry(who, entry, f"Key of {owner}"[:200], key, _pk(request))
    return back(f"drafts/{draft.pk}/")


@act("key.revoke")
def revoke_key(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """The entry that ends a key, to be signed."""
    state = site_of(request).register.key_state(id)
    reason = _code(RevokeReason, field(request, "reason", 20), "reason")
    entry = log.KeyRevoke(key=state.public, reason=reason, made=utc_now())
    audit(request, "key.revoke", who, state.key_id)
    owner = captions(site_of(request), [state.owner]).get(state.owner, state.owner)
    title = f"End of the key {state.key_id} of {owner}"[:200]
    draft = signing.prepared_entry(who, entry, title, state.key_id, _pk(request))
    return back(f"drafts/{draft.pk}/")


@act("erasures")
def erasures(request: HttpRequest, who: Who) -> HttpResponse:
    """Erasures that were proposed, and how each stands."""
    found = Draft.objects.filter(kind="erase").select_related("account")[:200]
    return render(
        request,
        "staff/erasures.html",
        {"erasures": found, "grounds": list(EraseGround), "asked_by": list(EraseBy)},
    )


@act("erasure.propose")
def propose(request: HttpRequest, who: Who) -> HttpResponse:
    """The first of two."""
    ids = tuple(dict.fromkeys(field(request, "ids", 70 * 500).split()))
    ground = _code(EraseGround, field(request, "ground", 40), "ground")
    by = _code(EraseBy, field(request, "by", 40), "by")
    for at, id in enumerate(ids):
        if len(id) != 64 or set(id) - set("0123456789abcdef"):
            raise Failure(400, f"Line {at + 1} is not the id of a statement.", field="ids", code="field")
    audit(request, "erasure.propose", who, f"{number_of(len(ids), 'statement')}, {ground}")
    Draft.objects.create(
        account_id=_pk(request),
        owner=who.owner,
        kind="erase",
        title=f"Erasure of {number_of(len(ids), 'statement')}: {WORDS[ground]}",
        text="\n".join((str(ground), str(by), *ids)),
        state="proposed",
    )
    return back("erasures/")


def erasure_of(name: str, who: Who, id: str) -> Draft:
    """The proposed erasure, where the account may do this to it. Raises Failure 404, 403, 409."""
    found = Draft.objects.filter(pk=int(id), kind="erase").first() if id.isdecimal() and len(id) < 12 else None
    if found is None:
        raise Failure(404, "There is no such erasure.", code="no_draft")
    check(name, who, What(proposed_by=found.account.pseudonym))
    if found.state != "proposed":
        raise Failure(409, f"This erasure is {WORDS.get(found.state, found.state)}.", code="state")
    return found


@act("erasure.approve")
def approve(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """The second of two, who is somebody else; only now are there bytes to sign."""
    found = erasure_of("erasure.approve", who, id)
    ground, by, *ids = found.text.splitlines()
    entry = site_of(request).register.erasure(ids, EraseGround(ground), EraseBy(by))
    audit(request, "erasure.approve", who, str(found.pk))
    found.payload, found.state, found.approved_by = log.encode(entry), "prepared", who.pseudonym
    found.save()
    return back("erasures/")


@act("outbox")
def deliveries(request: HttpRequest, who: Who) -> HttpResponse:
    """What was given up, and what the register refused lately."""
    site = site_of(request)
    waiting = [one for one in outbox.all_deliveries(site.register) if one.state == "waiting"]
    lines = operator_lines.told(site, site.store.operator_lines(limit=50))
    dead, addressed = outbox.dead(site.register), operator_lines.addressed
    values = {"dead": dead, "waiting": waiting, "lines": lines, "addressed": addressed}
    return render(request, "staff/outbox.html", values)


@act("outbox.retry")
def retry(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """From the start."""
    given_up(request, id)
    audit(request, "outbox.retry", who, id)
    outbox.retry(site_of(request).register, id)
    return back("outbox/")


@act("outbox.drop")
def drop(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Never."""
    given_up(request, id)
    audit(request, "outbox.drop", who, id)
    outbox.drop(site_of(request).register, id)
    return back("outbox/")


@act("audit")
def audit_page(request: HttpRequest, who: Who) -> HttpResponse:
    """The newest acts."""
    site = site_of(request)
    log_ = open_audit(site.folder)
    acts = acts_told.told(site, log_.read(limit=200))
    return render(request, "staff/audit.html", {"acts": acts, "checkpoint": log_.checkpoint()})


@act("audit.checkpoint")
def audit_checkpoint(request: HttpRequest, who: Who) -> HttpResponse:
    """To be kept: with it, anybody proves later what was removed."""
    text = open_audit(site_of(request).folder).checkpoint()
    if not text:
        raise Failure(404, "Nothing was written down yet.", code="no_audit")
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit-checkpoint.txt"'
    return response


def given_up(request: HttpRequest, id: str) -> outbox.Delivery:
    """The delivery. Raises Failure 404."""
    found = next((one for one in outbox.dead(site_of(request).register) if one.id == id), None)
    if found is None:
        raise Failure(404, "There is no such delivery that was given up.", code="no_delivery")
    return found


def _code(kind: type[_Code], text: str, name: str) -> _Code:
    try:
        return kind(text)
    except ValueError:
        raise Failure(400, "This is none of the codes.", field=name, code="field") from None


def _pk(request: HttpRequest) -> int:
    return int(str(request.user.pk))
