"""What the forms of the procedures send: checked statements go back as a publication to sign, a signed one goes into the log.

Nothing is kept between the two: who fills a form in gets everything back, signs it with a key that never comes here, and hands it
in. The signature is the authority, so nobody publishes for another.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from sousveil.errors import SousveilError
from sousveil.register import entries as log
from sousveil.register import publication, types
from sousveil.register.admission import Held, Published
from sousveil.register.model import Standing, Statement
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.verbs import outside
from sousveil.web import filled_forms as forms
from sousveil.web import headers
from sousveil.web.answering import finished, licences_of
from sousveil.web.boards import called
from sousveil.web.failures import Failure, problem
from sousveil.web.page import Answer, Page
from sousveil.web.render import FormOf, forms_of, render
from sousveil.web.site import Site

COMMAND = f"ssh-keygen -Y sign -n {log.SSH_NAMESPACE} -f KEY payload.json"
"""How what was prepared is signed."""
SIGNATURE_MAX = 1 << 16
SIGNATURES_MOST = 60
"""Files of signatures that are read: a publisher, and those who confirm it."""
TOLD = (400, 403, 409, 422, 503)
"""Statuses of a refusal that is about what was handed in, and of one that is not, which says so."""
HELD_BECAUSE = {
    "alleged": "something in it is only alleged",
    "person": "it names a natural person",
    "asked": "this form always asks for review",
}
"""Why something is held, in words."""
OF_FORM = {"publisher": "In whose name", "signature": "The signature", "envelope": "The signature"}
"""What is wrong where it is no property of a record, as the pages call it."""
_SUBJECT, _TYPE, _PROPERTY, _VALUE = (
    list(Statement.__struct_fields__).index(name) for name in ("subject", "type", "property", "value")
)
_PLACE = re.compile(r"statements\[\d+\]\.(?P<type>[A-Za-z]+)\.(?P<property>[A-Za-z]+)")
_PERSONAL = re.compile(r"[^\s@]+@[^\s@]+\.\w|(?:\+|\b00)[1-9][\d ()./-]{6,}\d|\b(?:Mr|Mrs|Ms|Miss|Mx)\b\.? [A-Z]")
_NUMBERED = re.compile(r"^Statement \d+: (?:[A-Z][A-Za-z]+\.[A-Za-z]+: )?")
_ID = re.compile(r"\bsv-[0-9a-f]{24}\b")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One statement that is to be signed, in words."""

    property: str
    value: str
    corrects: bool
    new: bool = False
    """It names a record that is made with this one."""


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
    asked: bool
    """Its form asks that two reviewers read it."""
    confirming: list[str]
    """The names of who signs it as well: members whose votes stand in it."""


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
    forms: list[FormOf]
    """The forms that add to such a record."""


class NotTakenView(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing of what was handed in was published, in the words of whoever handed it in."""

    status: int
    code: str
    says: str
    hint: str
    field: str
    """What is wrong, as the form calls it; empty where it is not one field."""
    type: str
    """Kind of record, in words."""
    forms: list[FormOf]


AGAIN = (
    "Paste the whole file payload.json.sig. Go back in your browser as far as the form: what you typed is still there."
)
"""What to do about a signature that cannot be read."""


def personal(field: str, texts: Iterable[str]) -> list[forms.Wrong]:
    """What is wrong with names that hold an e-mail address, an international telephone number, or a form of address. No more is tried."""
    if not any(map(_PERSONAL.search, texts)):
        return []
    message = "Write no e-mail address, no telephone number and no form of address such as Mr or Ms here."
    return [forms.Wrong(field=field, message=message, hint="Name the office or the organization.")]


def prepared(
    site: Site,
    type: str,
    draft: forms.Draft,
    confirming: Sequence[str] = (),
    *,
    review: bool = False,
    names: Mapping[str, str] | None = None,
) -> PreparedView | list[forms.Wrong]:
    """The publication of what was filled in, or what is wrong with it.

    `confirming`: who else is to sign it. `review`: two reviewers read it in any case. `names`: of the records that it makes, by id.
    """
    properties = types.properties(type)
    of_names = ((one.property, one.value) for one in draft.statements if one.type == type and not one.person)
    wrong = draft.wrong or [
        each for name, value in of_names if properties[name].kind == Kind.NAME for each in personal(name, [value])
    ]
    if wrong:
        return wrong
    try:
        payload, contents = publication.make(
            draft.statements,
            publisher=draft.publisher,
            dataset=publication.DIRECT,
            example=site.example,
            review=review,
        )
    except SousveilError as error:
        return [forms.Wrong(field=getattr(error, "field", ""), message=error.message, hint=error.hint)]
    return PreparedView(
        publisher=draft.publisher,
        publisher_name=called(site, [draft.publisher])[draft.publisher],
        subject=draft.statements[0].subject,
        type=type,
        statements=[_said(site, one, names or {}) for one in draft.statements],
        payload=base64.b64encode(payload).decode(),
        contents=base64.b64encode(outside.beside(contents)).decode(),
        command=COMMAND,
        persons=any(one.person for one in draft.statements),
        alleged=any(one.standing is Standing.ALLEGED for one in draft.statements),
        asked=review,
        confirming=list(confirming),
    )


def _said(site: Site, one: Statement, names: Mapping[str, str]) -> Said:
    known = types.property_of(one.type, one.property)
    assert known is not None
    value = one.value
    if known.codes:
        value = known.codes.get(value, value)
    elif known.kind == Kind.COUNTRY:
        value = country_name(value)
    elif known.kind == Kind.ENTITY:
        value = names.get(value) or called(site, [value])[value]
    new = one.subject in names
    return Said(property=known.label, value=value, corrects=one.supersedes is not None, new=new)


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
        submission = outside.joined(payload, contents, signature, request.META["sousveil.site"].store.keyring())
    except SousveilError as error:
        field = "contents" if "contents" in error.message else "signature"
        raise Failure(
            400,
            error.message,
            field=field,
            hint=f"Nothing was published. {error.hint or ''} {AGAIN}".replace("  ", " "),
        ) from None
    subject, adding = _said_in(contents)
    try:
        done = take(request, submission, len(payload) + len(contents))
    except Failure as failure:
        if failure.status not in TOLD:
            raise
        view_of = _not_taken(request.META["sousveil.site"], failure, contents)
        response = answer_page(request, page, "not_taken.html", view_of, {}, failure.status)
        if failure.retry_after is not None:
            response["Retry-After"] = str(failure.retry_after)
        return response
    if isinstance(done, Published):
        view = HandedInView(
            state="published",
            index=done.index,
            ids=list(done.ids),
            reasons=[],
            receipt=done.receipt or "",
            subject=subject,
            forms=adding,
        )
    else:
        assert isinstance(done, Held)
        reasons = [HELD_BECAUSE.get(one, one) for one in done.reasons]
        view = HandedInView(
            state="held", index=None, ids=[done.id], reasons=reasons, receipt="", subject=subject, forms=adding
        )
    return answer_page(request, page, "handed_in.html", view, {}, 201 if view.state == "published" else 202)


def _said_in(contents: bytes) -> tuple[str, list[FormOf]]:
    """Id of the record that is handed in, and the forms that add to it; nothing where it cannot be read."""
    try:
        found = [msgspec.json.decode(base64.b64decode(one[1])) for one in msgspec.json.decode(contents)["contents"]]
        first = found[0]
        return str(first[_SUBJECT]), forms_of(
            str(first[_TYPE]), {(str(one[_PROPERTY]), str(one[_VALUE])) for one in found}
        )
    except (msgspec.DecodeError, KeyError, IndexError, TypeError, ValueError):
        return "", []


def _not_taken(site: Site, failure: Failure, contents: bytes) -> NotTakenView:
    """The refusal in the form's words: names for ids, labels for fields, and no number of a statement that nobody counted."""
    told = problem(failure)
    place = _PLACE.fullmatch(told.field)
    type = place["type"] if place is not None else ""
    known = types.property_of(type, place["property"]) if place is not None else None
    kind = types.find(type)
    return NotTakenView(
        status=told.status,
        code=told.code,
        says=_named(site, _NUMBERED.sub("", told.message)),
        hint=_named(site, told.hint),
        field=known.label if known is not None else OF_FORM.get(told.field, ""),
        type=kind.label if kind is not None else "",
        forms=_said_in(contents)[1],
    )


def _named(site: Site, text: str) -> str:
    """A text with the names of the entities whose ids stand in it."""
    names = called(site, _ID.findall(text))
    return _ID.sub(lambda found: names.get(found[0], found[0]), text)


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
    """The signatures: one file or several, or their text."""
    sent = [one for one in request.FILES.getlist("signature_file") if isinstance(one, UploadedFile) and one.size]
    if sent:
        data = b"".join(bytes(one.read(SIGNATURE_MAX)) for one in sent[:SIGNATURES_MOST])
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


def answer_page(
    request: HttpRequest, page: Page, template: str, view: Any, parts: dict[str, str], status: int, **extra: Any
) -> HttpResponse:
    """The answer to what a form sent: a page that is kept nowhere."""
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
