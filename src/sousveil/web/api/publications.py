"""Taking signed publications. What counts is the signature: no session, no cookie, no form."""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from pydantic import BaseModel, ConfigDict, Field

from sousveil.errors import LimitExceeded, SousveilError
from sousveil.register.admission import Held, Published
from sousveil.register.publication import Submission, open_envelope, read_submission
from sousveil.register.refusal import Refused
from sousveil.register.static import Restored
from sousveil.web.api.schemas import ProblemAnswer, model_of
from sousveil.web.failures import Failure, stopped
from sousveil.web.site import Site

Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$", description="Base64")]


class FileIn(BaseModel):
    """A file that goes with a publication."""

    model_config = ConfigDict(extra="forbid")
    data: Base64
    media_type: str = Field("application/octet-stream", max_length=100)


class SubmissionIn(BaseModel):
    """A signed publication with the salts and contents of its statements."""

    model_config = ConfigDict(extra="forbid")
    envelope: Base64 = Field(..., description="The DSSE envelope as JSON, in Base64.")
    contents: list[Annotated[list[Base64], Field(min_length=2, max_length=2)]] = Field(
        [], description="Salt (32 bytes) and content of each statement, in the order of the commitments."
    )
    attachments: list[FileIn] = Field([])


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """It is in the log."""

    state: str
    """published"""
    index: int
    last: int
    """Index of its last entry."""
    ids: list[str]
    """Ids of the statements, in order."""
    witnesses: str
    """How many independent witnesses cosigned the checkpoint, as a sentence."""
    receipt: str


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """It waits for reviewers; nothing of it is public."""

    state: str
    """held; reviewed: a reviewer's signed word was taken, and the reason says where the held publication stands"""
    id: str
    reasons: list[str]


def add_publications(api: NinjaAPI) -> None:
    """The operation of the API."""

    @api.post(
        "/publications",
        response={
            201: model_of(Taken),
            202: model_of(Waiting),
            **dict.fromkeys((400, 403, 409, 411, 413, 415, 422, 429, 503), ProblemAnswer),
        },
        operation_id="publish_submission",
        summary="Hand in a signed publication",
        tags=["Publishing"],
    )
    def publications(request: HttpRequest, body: SubmissionIn) -> HttpResponse:
        """Takes a submission as `sousveil register publish` writes it: statements, a voucher, a retraction or a review. A refusal names the
        field; nothing is kept then."""
        if request.content_type != "application/json":
            raise Failure(415, field="Content-Type", hint="Send application/json.")
        return _take(request)


def take(request: HttpRequest, submission: Submission, size: int) -> Published | Held:
    """Hand a submission of so many bytes in. Raises Failure."""
    site: Site = request.META["sousveil.site"]
    try:
        opened = open_envelope(submission.envelope, site.store.keyring())
    except SousveilError as error:
        raise refused(error) from None
    if opened.signers:
        request.META["sousveil.turnstile"].publication(opened.signers[0], size)
    try:
        done = site.register.submit(submission)
    except SousveilError as error:
        failure = refused(error)
        failure.noted = True  # the register has told the operator
        raise failure from None
    site.state(now=True)
    return done


def _take(request: HttpRequest) -> HttpResponse:
    site: Site = request.META["sousveil.site"]
    if site.register.only_read:
        hint = "Hand it in where the register is kept; the first entry of the log and the page About say who keeps it."
        raise Failure(403, "This copy of the register is only read.", hint=hint, field="register", code="read_only")
    data = request.body
    try:
        submission = read_submission(data)
    except SousveilError as error:
        raise refused(error) from None
    done = take(request, submission, len(data))
    if isinstance(done, Published):
        taken = Taken(
            state="published",
            index=done.index,
            last=done.last,
            ids=list(done.ids),
            witnesses=done.cosigned or site.witness_words(),
            receipt=done.receipt or "",
        )
        return HttpResponse(msgspec.json.encode(taken), content_type="application/json", status=201)
    assert isinstance(done, Held)
    waiting = Waiting(state="held" if done.ids else "reviewed", id=done.id, reasons=list(done.reasons))
    return HttpResponse(msgspec.json.encode(waiting), content_type="application/json", status=202)


def refused(error: SousveilError) -> Failure:
    """A refusal as an answer; a replay is a conflict."""
    if isinstance(error, Restored):
        return stopped(error)
    code = getattr(error, "code", "") or "malformed"
    status = 413 if isinstance(error, LimitExceeded) else 422 if isinstance(error, Refused) else 400
    if code == "replay":
        status = 409
    return Failure(status, error.message, hint=error.hint, field=getattr(error, "field", "") or "envelope", code=code)
