"""A notice to a regulator, for those who approve or send it: its exact bytes, who approved it, and what there is to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sousveil.desk import notices
from sousveil.ledger import sshsig
from sousveil.ledger.keys import key_id
from sousveil.web.failures import Failure
from sousveil.web.staff.permissions import Who
from sousveil.web.staff.routing import act, audit, back, field, site_of

SIGNATURE_MAX = 10_000


@act("notice.read")
def read(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """One notice, whole."""
    seen = notices.look(site_of(request).register, id)
    values = {
        "seen": seen,
        "letter": notices.as_text(seen),
        "sign": notices.SIGN,
        "needed": notices.APPROVALS,
        "draft": seen.state.state == "draft",
        "mine": who.owner in seen.approved_by,
        "reviewer": who.role == "reviewer",
        "about": seen.notice.company_name,
        "regulator": seen.notice.regulator_name,
    }
    return render(request, "staff/notice.html", values)


@act("notice.bytes")
def payload(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """The bytes that are approved, as a file."""
    response = HttpResponse(notices.data_of(site_of(request).register, id), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{notices.FILE}"'
    return response


@act("notice.approve")
def approve(request: HttpRequest, who: Who, id: str) -> HttpResponse:
    """Take the reviewer's own signature over the bytes: nobody hands in another's."""
    register = site_of(request).register
    signature = (field(request, "signature", SIGNATURE_MAX).strip() + "\n").encode()
    state = register.store.keyring().find(key_id(sshsig.parse(sshsig.unarmor(signature)).public))
    if state is not None and state.owner != who.owner:
        raise Failure(403, "This signature is by the key of somebody else.", code="other_owner")
    audit(request, "notice.approve", who, id)
    notices.approve(register, id, signature)
    return back(f"notices/{id}/")
