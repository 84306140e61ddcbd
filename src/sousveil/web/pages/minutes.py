"""The minutes of a board: one form for notice, hearing, votes, decision and report on a proposal."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse

from sousveil.decisions.procedures import registry
from sousveil.errors import SousveilError
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Reader
from sousveil.web import filled_forms as forms
from sousveil.web import minutes as bundle
from sousveil.web.answering import failure_of
from sousveil.web.boards import names_of
from sousveil.web.failures import Failure
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.pages.procedures import FieldView, common_fields, field_view, publishers
from sousveil.web.procedure_forms import answer_page, prepared
from sousveil.web.site import Site


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """One record of the minutes."""

    title: str
    vote: bool
    """It is the vote of the member that `title` names."""
    fields: list[FieldView]


class MinutesView(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the minutes, empty or as it was typed."""

    proposal: Ref
    parts: list[PartView]
    common: list[FieldView]
    publishers: list[str]
    wrong: list[forms.Wrong]


def minutes(site: Site, asked: Asked, proposal: str) -> Answer:
    """Empty minutes."""
    return Answer(data=minutes_view(site, proposal, _parts(site, proposal), {}, []))


def filled_in(request: HttpRequest, page: Page, proposal: str) -> HttpResponse:
    """Filled-in minutes: the page with the publication to sign, or the form again with what is wrong."""
    site: Site = request.META["sousveil.site"]
    values = {name: [str(value) for value in many] for name, many in request.POST.lists()}
    found, parts = _parts(site, proposal), {"proposal": proposal}
    try:
        draft = bundle.draft(found, values, site.store, names_of(site))
        made = prepared(site, "OversightDecision", draft, bundle.confirming(found, values))
    except SousveilError as error:
        raise failure_of(error) from None
    if isinstance(made, list):
        return answer_page(request, page, page.template, minutes_view(site, proposal, found, values, made), parts, 422)
    procedure = registry.all_procedures()["h-boards"]
    crumbs = [(f"procedures/{procedure.name}", f"({procedure.letter}) ", procedure.title)]
    return answer_page(request, page, "prepared.html", made, parts, 200, crumbs=crumbs)


def _parts(site: Site, proposal: str) -> list[bundle.Part]:
    """The parts of the minutes on a proposal. Raises Failure 404 where no board is named that decides on it."""
    found = bundle.parts(site.store, proposal)
    if not found:
        raise Failure(404, "There is no proposal with this id that names its board.", field="proposal")
    return found


def minutes_view(
    site: Site, proposal: str, parts: list[bundle.Part], values: dict[str, list[str]], wrong: list[forms.Wrong]
) -> MinutesView:
    """The minutes with what was typed into them, and what is wrong with it."""
    said = {one.field: f"{one.message} {one.hint}".strip() for one in reversed(wrong)}
    reader = Reader(site.store)
    reader.load([proposal])
    return MinutesView(
        proposal=reader.ref(reader.canonical(proposal)),
        parts=[_part(one, values, said) for one in parts],
        common=[one for one in common_fields(values, said) if one.name != forms.RECORD],
        publishers=publishers(site),
        wrong=wrong,
    )


def _part(part: bundle.Part, values: dict[str, list[str]], said: dict[str, str]) -> PartView:
    names = {one.property: part.field(one.property) for one in part.form.fields}
    typed = {property: values.get(name, []) for property, name in names.items()}
    wrong = {property: said[name] for property, name in names.items() if name in said}
    return PartView(
        title=part.title,
        vote=part.form.type == "Vote",
        fields=[
            msgspec.structs.replace(
                field_view(part.form, number, typed, wrong),
                name=names[field.property],
                label=bundle.label(part, field),
            )
            for number, field in enumerate(part.form.fields)
        ],
    )


PAGES = (
    Page(
        name="minutes",
        route="boards/{proposal}/minutes",
        title="Minutes of a board",
        what="One form for notice, hearing, votes, decision and report on a proposal: signed by the board and its members, handed in once.",
        view=minutes,
        result=MinutesView,
        template="minutes.html",
        parts={"proposal": str},
        posted=filled_in,
        prepared=False,
        order=69,
    ),
)
