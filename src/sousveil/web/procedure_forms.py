"""What the forms of the procedures send: checked statements go back as a publication to sign, a signed one goes into the log.

Nothing is kept between the two: who fills a form in gets everything back, signs it with a key that never comes here, and hands it
in. The signature is the authority, so nobody publishes for another.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from sousveil.decisions.procedures import forms
from sousveil.decisions.procedures.model import Form
from sousveil.errors import SousveilError
from sousveil.register import entries as log
from sousveil.register import publication, types
from sousveil.register.admission import Held, Published
from sousveil.register.model import Statement
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.verbs import outside
from sousveil.web import headers
from sousveil.web.answering import failure_of, finished, licences_of
from sousveil.web.boards import called, names_of
from sousveil.web.failures import Failure
from sousveil.web.page import Answer, Page
from sousveil.web.render import render
from sousveil.web.site import Site

COMMAND = f"ssh-keygen -Y sign -n {log.SSH_NAMESPACE} -f KEY payload.json"
"""How what was prepared is signed."""
SIGNATURE_MAX = 1 << 16


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One statement that is to be signed, in words."""

    property: str
    value: str
    corrects: bool


class PreparedView(msgspec.Struct, frozen=True, kw_only=True):
    """A publication, ready to be signed."""

    publisher: str
    """Owner of the key that signs, as it is registered."""
    publisher_name: str
    """How the owner is called."""
    subject: str
    """Id of the record."""
    type: str
    statements: list[Said]
    payload: str
    """Base64 of `payload.json`: the exact bytes to sign."""
    contents: str
    """Base64 of `contents.json`: salts and contents, to be handed in with it."""
    command: str
    persons: bool
    """It names a natural person: two reviewers read it before it is public."""
    alleged: bool


class HandedInView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of what was handed in."""

    state: str
    """published or held."""
    index: int | None
    ids: list[str]
    reasons: list[str]
    receipt: str
    subject: str
    """Id of the record."""


def prepared(site: Site, form: Form, values: dict[str, list[str]]) -> PreparedView | list[forms.Wrong]:
    """The publication of a filled-in form, or what is wrong with it."""
    draft = forms.draft(form, values, site.store, names_of(site))
    if draft.wrong:
        return draft.wrong
    try:
        payload, contents = publication.make(
            draft.statements, publisher=draft.publisher, dataset=publication.DIRECT, example=site.example
        )
    except SousveilError as error:
        return [forms.Wrong(field=getattr(error, "field", ""), message=error.message, hint=error.hint)]
    return PreparedView(
        publisher=draft.publisher,
        publisher_name=called(site, [draft.publisher])[draft.publisher],
        subject=draft.statements[0].subject,
        type=form.type,
        statements=[_said(site, one) for one in draft.statements],
        payload=base64.b64encode(payload).decode(),
        contents=base64.b64encode(outside.beside(contents)).decode(),
        command=COMMAND,
        persons=draft.persons,
        alleged=draft.alleged,
    )


def _said(site: Site, one: Statement) -> Said:
    known = types.property_of(one.type, one.property)
    assert known is not None
    value = one.value
    if known.codes:
        value = known.codes.get(value, value)
    elif known.kind == Kind.COUNTRY:
        value = country_name(value)
    elif known.kind == Kind.ENTITY:
        value = called(site, [value])[value]
    return Said(property=known.label, value=value, corrects=one.supersedes is not None)


def filled_in(request: HttpRequest, page: Page, procedure: str, form: str) -> HttpResponse:
    """A filled-in form: the page with the publication to sign, or the form again with what is wrong."""
    from sousveil.web.pages.procedures import form_of, form_view

    site: Site = request.META["sousveil.site"]
    one, found = form_of(procedure, form)
    values = {name: [str(value) for value in many] for name, many in request.POST.lists()}
    try:
        made = prepared(site, found, values)
    except SousveilError as error:
        raise failure_of(error) from None
    parts = {"procedure": procedure, "form": form}
    if isinstance(made, list):
        view = form_view(site, one, found, values, made)
        return _answer(request, page, page.template, view, parts, 422)
    return _answer(request, page, "prepared.html", made, parts, 200, procedure=one, form=found)


def handed_in(request: HttpRequest, page: Page) -> HttpResponse:
    """Downloads of what was prepared, and the signed publication itself."""
    do = request.POST.get("do", "submit")
    if do in ("payload", "contents"):
        return _download(do, _part(request, do))
    if do != "submit":
        raise Failure(400, "There is no such button.", field="do")
    payload, contents = _part(request, "payload"), _part(request, "contents")
    signature = _signature(request)
    from sousveil.web.api.publications import take

    try:
        submission = outside.joined(payload, contents, signature)
    except SousveilError as error:
        field = "contents" if "contents" in error.message else "signature"
        raise Failure(
            400, error.message, field=field, hint=error.hint or "Paste the whole file payload.json.sig."
        ) from None
    done = take(request, submission, len(payload) + len(contents))
    subject = _subject(contents)
    if isinstance(done, Published):
        view = HandedInView(
            state="published",
            index=done.index,
            ids=list(done.ids),
            reasons=[],
            receipt=done.receipt or "",
            subject=subject,
        )
    else:
        assert isinstance(done, Held)
        view = HandedInView(
            state="held", index=None, ids=[done.id], reasons=list(done.reasons), receipt="", subject=subject
        )
    return _answer(request, page, "handed_in.html", view, {}, 201 if view.state == "published" else 202)


def _subject(contents: bytes) -> str:
    try:
        found = msgspec.json.decode(contents)["contents"]
        return str(msgspec.json.decode(base64.b64decode(found[0][1]))[0])
    except (msgspec.DecodeError, KeyError, IndexError, TypeError, ValueError):
        return ""


def _part(request: HttpRequest, name: str) -> bytes:
    """A part of what was prepared: a file, or Base64 that this page's own form carries."""
    sent = request.FILES.get(f"{name}_file")
    if isinstance(sent, UploadedFile) and sent.size:
        return bytes(sent.read())
    text = request.POST.get(name, "")
    if not text:
        raise Failure(400, f"{name}.json is missing.", field=name, hint="Choose the file that you downloaded.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Failure(400, f"{name} is not Base64.", field=name, hint="Prepare it again.") from None


def _signature(request: HttpRequest) -> bytes:
    sent = request.FILES.get("signature_file")
    if isinstance(sent, UploadedFile) and sent.size:
        data = bytes(sent.read(SIGNATURE_MAX))
    else:
        data = request.POST.get("signature", "").replace("\r\n", "\n").strip().encode()
    if not data:
        raise Failure(
            400, "The signature is missing.", field="signature", hint="Sign payload.json, and paste payload.json.sig."
        )
    if len(data) > SIGNATURE_MAX:
        raise Failure(413, field="signature", most=SIGNATURE_MAX)
    return data if data.endswith(b"\n") else data + b"\n"


def _download(name: str, data: bytes) -> HttpResponse:
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    response["Cache-Control"] = headers.NEVER_KEPT[1]
    return response


def _answer(
    request: HttpRequest, page: Page, template: str, view: Any, parts: dict[str, str], status: int, **extra: Any
) -> HttpResponse:
    site: Site = request.META["sousveil.site"]
    answer = Answer(data=view, status=status)
    path = request.path_info.lstrip("/")
    body = render(
        template,
        site,
        request.META,
        page=page,
        asked=page.asked.whole(),
        parts=parts,
        view=view,
        next=None,
        licences=licences_of(site, answer),
        json_address=f"api/v1/{path}",
        **extra,
    )
    response = finished(HttpResponse(body, content_type="text/html; charset=utf-8", status=status), page, site, answer)
    response["Cache-Control"] = headers.NEVER_KEPT[1]
    return response
