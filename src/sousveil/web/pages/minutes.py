"""The minutes of a board: one form for notice, hearing, votes, decision and report on a proposal."""

from __future__ import annotations

import msgspec

from sousveil.decisions.procedures import forms
from sousveil.decisions.procedures import minutes as bundle
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Reader
from sousveil.web import procedure_forms
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.pages.procedures import FieldView, common_fields, field_view, publishers
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
    return Answer(data=minutes_view(site, proposal, procedure_forms.record_of(site, proposal), {}, []))


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
        posted=procedure_forms.minutes_filled_in,
        prepared=False,
        order=69,
    ),
)
