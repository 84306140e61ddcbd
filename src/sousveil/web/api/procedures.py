"""The forms of the procedures for programs: fields in, a publication to sign out. Nothing is stored."""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Path
from pydantic import BaseModel, ConfigDict, Field

from sousveil.errors import SousveilError
from sousveil.web import filled_forms as forms
from sousveil.web.answering import failure_of, finished, meta
from sousveil.web.api.schemas import ProblemAnswer, answer_model
from sousveil.web.boards import names_of
from sousveil.web.failures import Failure
from sousveil.web.page import ID, Answer, page_named
from sousveil.web.pages.procedures import form_of
from sousveil.web.procedure_forms import PreparedView, prepared
from sousveil.web.site import Site

Name = Annotated[str, Path(..., pattern=f"^{ID}$", max_length=120)]


class FormIn(BaseModel):
    """A filled-in form."""

    model_config = ConfigDict(extra="forbid")
    publisher: str = Field("", max_length=400, description="Owner of the key that will sign.")
    source: str = Field("", max_length=4_000)
    standing: str = Field("", max_length=40)
    asserted: str = Field("", max_length=40)
    valid_from: str = Field("", max_length=40)
    valid_until: str = Field("", max_length=40, description="`..` says that it goes on.")
    record: str = Field("", max_length=120, description="Id of a record that is added to; empty: a new one.")
    values: dict[str, Annotated[list[Annotated[str, Field(max_length=20_000)]], Field(max_length=60)]] = Field(
        ..., max_length=60, description="Property -> values, as the form's fields say."
    )


def add_procedures(api: NinjaAPI) -> None:
    """The operation of the API."""

    @api.post(
        "/procedures/{procedure}/{form}",
        response={
            200: answer_model("Prepared", PreparedView),
            **dict.fromkeys((400, 403, 404, 411, 413, 415, 422), ProblemAnswer),
        },
        operation_id="prepare_publication",
        summary="Prepare a publication for signing",
        tags=["Publishing"],
    )
    def prepare(request: HttpRequest, procedure: Name, form: Name, body: FormIn) -> HttpResponse:
        """Checks a filled-in form and gives back what has to be signed. A refusal names the field; nothing is stored."""
        if request.content_type != "application/json":
            raise Failure(415, field="Content-Type", hint="Send application/json.")
        site: Site = request.META["sousveil.site"]
        _, found = form_of(procedure, form)
        common = {
            forms.PUBLISHER: [body.publisher],
            forms.SOURCE: [body.source],
            forms.STANDING: [body.standing],
            forms.ASSERTED: [body.asserted],
            forms.VALID_FROM: [body.valid_from],
            forms.VALID_UNTIL: [body.valid_until],
            forms.RECORD: [body.record],
        }
        try:
            draft = forms.draft(found, {**body.values, **common}, site.store, names_of(site))
            made = prepared(site, found.type, draft)
        except SousveilError as error:
            raise failure_of(error) from None
        if isinstance(made, list):
            first = made[0]
            raise Failure(422, first.message, field=first.field or "form", hint=first.hint)
        answer = Answer(data=made)
        data = msgspec.json.encode({"meta": meta(site, answer), "data": made})
        page = page_named("procedure-form")
        return finished(HttpResponse(data, content_type="application/json"), page, site, answer)
