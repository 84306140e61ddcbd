"""The guided forms: one topic a step, answers kept in hidden fields, a page to check them, and the publication to sign.

Nothing is stored on the server before a signed publication is handed in.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec
from django.http import HttpRequest, HttpResponse

from sousveil.errors import Malformed, SousveilError
from sousveil.register import edtf, persons, types
from sousveil.register.types.model import Kind
from sousveil.web import filled_forms as forms
from sousveil.web import procedure_forms
from sousveil.web.answering import failure_of
from sousveil.web.boards import names_of
from sousveil.web.failures import Failure
from sousveil.web.guides import GUIDES, UNKNOWN, Guide, Question, Tick, Values
from sousveil.web.links import join
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.pages.procedures import Choice, FieldView, publishers
from sousveil.web.site import Site

TYPED_MAX = 100_000
"""Letters of all answers together."""
LAST = "Check and sign"
"""The last step of every form."""
NO_ORGANIZATION = forms.Wrong(
    field=forms.PUBLISHER,
    message="This form is for organizations that have a record here.",
    hint="Ask the operator to register your key for the record of your organization.",
)


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A question with its answer, on the last step."""

    label: str
    says: list[str]
    """As it is published; empty where nothing was answered."""
    typed: bool
    """The words are the reader's own."""
    step: int
    new: bool
    """The name becomes a new record."""


class GuideView(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a guided form, empty or as it was typed."""

    name: str
    title: str
    what: str
    steps: list[str]
    """Their titles; the last is the page to check the answers."""
    step: int
    """Number of the step that is shown, from 1."""
    fields: list[FieldView]
    kept: list[tuple[str, str]]
    """Field and value of the other steps: hidden fields."""
    answers: list[Answered]
    """On the last step."""
    publishers: list[str]
    before: list[str]
    """What has to be known before it is sent."""
    wrong: list[forms.Wrong]
    reviewed: bool
    """Two reviewers read it before it is public."""
    help_first: bool
    """People who were harmed are led to help before the form."""
    missing: str
    """What this register lacks for the form; empty where it can be filled in."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Answers that were checked."""

    draft: forms.Draft
    wrong: list[forms.Wrong]
    new: dict[tuple[str, str], str]
    """Name that the register does not know, and record type -> id of the record that is made for it."""


def guide_of(name: str) -> Guide:
    """The guided form of this name. Raises Failure 404."""
    found = GUIDES.get(name)
    if found is None:
        raise Failure(404, "There is no such form.", field="guide", hint="The page Publish lists all.")
    return found


def guide_view(site: Site, guide: Guide, values: Values, step: int, reading: Reading | None = None) -> GuideView:
    """One step with what was typed, and what is wrong with it where it was read."""
    last = len(guide.steps) + 1
    asked = guide.steps[step - 1].questions if step < last else ()
    wrong = [one for one in reading.wrong if guide.fields.get(one.field, last) == step] if reading else []
    said = {one.field: f"{one.message} {one.hint}".strip() for one in reversed(wrong)}
    fields = [_field(guide, one, values, said) for one in asked]
    fields += [_tick(one, values, said) for one in guide.ticks if step == last]
    shown = {name for one in fields for name in (one.name, one.name + UNKNOWN)}
    return GuideView(
        name=guide.name,
        title=guide.title,
        what=guide.what,
        steps=[*(one.title for one in guide.steps), LAST],
        step=step,
        fields=fields,
        kept=[(name, value) for name, many in values.items() if name not in shown for value in many if value],
        answers=list(_answers(guide, values, reading.new if reading else {})) if step == last else [],
        publishers=publishers(site),
        before=list(guide.before),
        wrong=wrong,
        reviewed=guide.reviewed,
        help_first=guide.help_first,
        missing=_missing(site, guide),
    )


def _missing(site: Site, guide: Guide) -> str:
    """What this register lacks for the form."""
    needed = [value for value in guide.fixed.values() if value.startswith("sv-")]
    return "" if len(site.store.type_of(needed)) == len(needed) else "The letter is not loaded into this register."


def _field(guide: Guide, asked: Question, values: Values, said: Mapping[str, str]) -> FieldView:
    of = types.property_of(guide.type, asked.name)
    typed = [value for value in values.get(asked.name, ()) if value]
    codes: Mapping[str, str] = asked.choices or (of.codes if of is not None else {})
    return FieldView(
        name=asked.name,
        label=asked.label,
        help=asked.help,
        required=bool(asked.missing),
        kind=asked.kind or ("some" if codes else "text" if of is not None and of.kind == Kind.TEXT else "line"),
        choices=[Choice(code=code, label=label, chosen=code in typed) for code, label in codes.items()],
        value="\n".join(typed),
        example=asked.example,
        wrong=said.get(asked.name, ""),
        person=False,
        unknown=bool(values.get(asked.name + UNKNOWN)) if asked.unknown else None,
    )


def _tick(one: Tick, values: Values, said: Mapping[str, str]) -> FieldView:
    return FieldView(
        name=one.name,
        label="Consent",
        help="",
        required=True,
        kind="some",
        choices=[Choice(code="yes", label=one.label, chosen=bool(values.get(one.name)))],
        value="",
        example="",
        wrong=said.get(one.name, ""),
        person=False,
    )


def _answers(guide: Guide, values: Values, new: Mapping[tuple[str, str], str]) -> Iterator[Answered]:
    _, instead = guide.shaped(values)
    for number, step in enumerate(guide.steps, 1):
        for one in step.questions:
            field = _field(guide, one, values, {})
            chosen = [each.label for each in field.choices if each.chosen]
            ours = ["Not known"] if field.unknown else [instead[one.name]] if one.name in instead else chosen
            yield Answered(
                label=one.label,
                says=ours or field.value.splitlines(),
                typed=not ours,
                step=number,
                new=one.name in guide.new
                and any(name in field.value.splitlines() and _fits(guide, one.name, type) for name, type in new),
            )


def read(site: Site, guide: Guide, typed: Values) -> Reading:
    """The answers as statements, or what is wrong with them, each with its field."""
    wrong = list(_checked(guide, typed))
    answers = {
        name: [] if typed.get(name + UNKNOWN) else many
        for name, many in typed.items()
        if not name.endswith(UNKNOWN) and all(name != one.name for one in guide.ticks)
    }
    shaped, _ = guide.shaped(answers)
    values = {**shaped, **{name: [value] for name, value in guide.given.items()}}
    known, form = names_of(site), guide.form
    new = _new_names(guide, values, known)
    if guide.of_publisher:
        owners = {state.owner for state in site.store.keyring().states()}
        owner = forms.owner_named("".join(values.get(forms.PUBLISHER, ())), owners, known)
        form = replace(form, fixed={**form.fixed, guide.of_publisher: owner}) if isinstance(owner, str) else form

    def names(text: str) -> Sequence[tuple[str, str, str]]:
        made = [(id, name, type) for (name, type), id in new.items() if name == text]
        # The signer is always a new person: a name alone does not show that two records are one person.
        return made if any(persons.is_person(type) for *_, type in made) else [*made, *known(text)]

    draft = forms.draft(form, values, site.store, names)
    told = {one.field for one in wrong}
    wrong += [one for one in draft.wrong if one.field not in told]
    if guide.organizations and all(one.field != forms.PUBLISHER for one in wrong):
        kind = site.store.type_of([draft.publisher]).get(draft.publisher, "")
        if not types.is_a(kind, "Organization"):
            wrong.append(NO_ORGANIZATION)
    order = list(guide.fields)
    wrong.sort(key=lambda one: order.index(one.field) if one.field in order else len(order))
    return Reading(draft=_with_new(draft, new), wrong=wrong, new=new)


def _checked(guide: Guide, typed: Values) -> Iterator[forms.Wrong]:
    """What the questions themselves ask."""
    for step in guide.steps:
        for one in step.questions:
            given = [value for value in typed.get(one.name, ()) if value]
            of = types.property_of(guide.type, one.name)
            if typed.get(one.name + UNKNOWN):
                continue
            if not given and one.missing:
                yield forms.Wrong(field=one.name, message=one.missing)
            elif one.form and not all(re.fullmatch(one.form, value) for value in given):
                yield forms.Wrong(field=one.name, message=one.malformed)
            elif of is not None and of.kind in (Kind.NAME, Kind.TEXT, Kind.ENTITY):
                yield from procedure_forms.personal(one.name, given)
    with contextlib.suppress(Malformed):  # the check of the field reports an unreadable date
        first, last = (edtf.parse("".join(typed.get(name, ())) or edtf.OPEN) for name in ("startDate", "endDate"))
        try:
            edtf.check_order(first, last)
        except Malformed as error:
            yield forms.Wrong(field="endDate", message=error.message)
    for tick in guide.ticks:
        if not typed.get(tick.name):
            yield forms.Wrong(field=tick.name, message=tick.missing)


def _fits(guide: Guide, property: str, type: str) -> bool:
    """Whether the property takes a record of this type."""
    return any(types.is_a(type, one) for one in types.properties(guide.type)[property].range)


def _new_names(guide: Guide, values: Values, known: forms.Names) -> dict[tuple[str, str], str]:
    """The names that no fitting record has, with the record that is made for each. A company and its product may share one."""
    made: dict[tuple[str, str], str] = {}
    for property, type in guide.new.items():
        for text in {line.strip() for value in values.get(property, ()) for line in value.splitlines()} - {""}:
            there = [] if persons.is_person(type) else [kind for _, _, kind in known(text)]
            there += [kind for name, kind in made if name == text]
            if not text.startswith("sv-") and not any(_fits(guide, property, kind) for kind in there):
                made[text, type] = f"sv-{secrets.token_hex(12)}"
    return made


def _with_new(draft: forms.Draft, new: Mapping[tuple[str, str], str]) -> forms.Draft:
    """The draft with the names of the records that are made."""
    if not new or not draft.statements:
        return draft
    like = msgspec.structs.replace(draft.statements[0], original=None, language=None)
    named = [
        msgspec.structs.replace(like, subject=id, type=type, property="name", value=text)
        for (text, type), id in new.items()
    ]
    every = list(persons.marked([*draft.statements, *named]))
    return msgspec.structs.replace(draft, statements=every)


def posted(request: HttpRequest, page: Page, guide: str) -> HttpResponse:
    """The next step, a step before with everything that was typed, or the publication to sign."""
    site: Site = request.META["sousveil.site"]
    one = guide_of(guide)
    last = len(one.steps) + 1
    values = {
        name: [value.strip() for value in map(str, many)]
        for name, many in request.POST.lists()
        if name not in ("step", "go")
    }
    if sum(len(value) for many in values.values() for value in many) > TYPED_MAX:
        raise Failure(413, field="form", most=TYPED_MAX)
    here, go = request.POST.get("step", ""), request.POST.get("go", "next")
    if not re.fullmatch(r"[1-9]", here) or int(here) > last or not re.fullmatch(r"next|sign|[1-9]", go):
        raise Failure(400, "There is no such step.", field="step", hint="Begin the form again.")
    step = last if go == "sign" else min(int(go) if go.isdigit() else int(here) + 1, last)
    if missing := _missing(site, one):
        raise Failure(409, missing, hint="Ask the operator to load it.", field="letter", code="no_letter")
    try:
        found = read(site, one, values)
        # On the way back nothing is asked of the step that is left.
        wrong = [at for each in found.wrong if (at := one.fields.get(each.field, last)) < step or go == "sign"]
        if wrong:
            return _shown(request, page, guide_view(site, one, values, min(wrong), found), 422)
        if go != "sign":
            clean = msgspec.structs.replace(found, wrong=[])
            return _shown(request, page, guide_view(site, one, values, step, clean), 200)
        called = {id: name for (name, _), id in found.new.items()}
        made = procedure_forms.prepared(site, one.type, found.draft, review=one.reviewed, names=called)
    except SousveilError as error:
        raise failure_of(error) from None
    if isinstance(made, list):
        failed = msgspec.structs.replace(found, wrong=made)
        at = one.fields.get(made[0].field, last)
        return _shown(request, page, guide_view(site, one, values, at, failed), 422)
    crumbs = [("publish", "", "Add what you know"), (join("publish", one.name), "", one.title)]
    return procedure_forms.answer_page(request, page, "prepared.html", made, {"guide": guide}, 200, crumbs=crumbs)


def _shown(request: HttpRequest, page: Page, view: GuideView, status: int) -> HttpResponse:
    return procedure_forms.answer_page(request, page, page.template, view, {"guide": view.name}, status)


def view(site: Site, asked: Asked, guide: str) -> Answer:
    """The first step of a guided form, empty."""
    return Answer(data=guide_view(site, guide_of(guide), {}, 1))


def _copies(site: Site) -> Iterator[str]:
    for name in GUIDES:
        yield join("publish", name)


PAGE = Page(
    name="guide",
    route="publish/{guide}",
    title="Guided form",
    what="A guided form: what it asks, one topic a step.",
    view=view,
    result=GuideView,
    template="guide.html",
    parts={"guide": str},
    posted=posted,
    copies=_copies,
    order=19,
)
