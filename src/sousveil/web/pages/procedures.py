"""The demands of the letter as procedures: an overview, a page and forms for each, and where to hand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec
from django.http import HttpRequest, HttpResponse
from pydantic import Field

from sousveil.decisions.api import ALWAYS, pack
from sousveil.decisions.procedures import items as listed
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.model import About, Form, Procedure
from sousveil.decisions.views import Board, OpenDuty, ProcedureItem
from sousveil.errors import SousveilError
from sousveil.register import entries as log
from sousveil.register import types
from sousveil.register.intake.registry import layers
from sousveil.register.model import Standing
from sousveil.register.types.model import Kind
from sousveil.register.views import words
from sousveil.register.views.labels import type_label
from sousveil.register.views.model_base import Frame, Ref
from sousveil.register.views.reading import Reader
from sousveil.register.views.records import only_of
from sousveil.web import filled_forms as forms
from sousveil.web import procedure_forms
from sousveil.web.answering import failure_of
from sousveil.web.boards import OnDay, board_of, by_authority, called, day_asked, duties_of, frame_of, names_of
from sousveil.web.columns import table
from sousveil.web.failures import Failure
from sousveil.web.filled_forms import HOW_TO_WRITE
from sousveil.web.links import join
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site

ITEMS_MOST = 100
"""Items and unanswered steps of a procedure that its page shows; the bulk file and the page of overdue steps hold all."""


COMPANIES_MOST = 200
NAMED = "Write its name as it is recorded, or its id (sv-...) from its page."
"""How a record is named in a form."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many records are in one state."""

    label: str
    count: int


class ProcedureRow(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure in the overview."""

    name: str
    letter: str
    title: str
    asks: str
    records: int
    kinds: list[Counted]
    """How many of them are of each type, the most first."""
    open: int
    overdue: int
    asked: int
    """Steps that the letter asks on a record, without a recorded answer."""


class ProceduresView(msgspec.Struct, frozen=True, kw_only=True):
    """All procedures."""

    frame: Frame
    procedures: list[ProcedureRow]


class FormRow(msgspec.Struct, frozen=True, kw_only=True):
    """A form of a procedure."""

    name: str
    type: str
    title: str
    what: str
    who: list[str]


class ClockRow(msgspec.Struct, frozen=True, kw_only=True):
    """A clock as it is set."""

    label: str
    days: int
    source: str


class BesideRow(msgspec.Struct, frozen=True, kw_only=True):
    """Another page of the demand."""

    path: str
    title: str


class ProcedureView(msgspec.Struct, frozen=True, kw_only=True):
    """One procedure."""

    frame: Frame
    name: str
    letter: str
    title: str
    asks: str
    reason: str
    forms: list[FormRow]
    counts: list[Counted]
    items: list[ProcedureItem]
    more: int
    """Items that are not in the list."""
    overdue: list[OpenDuty]
    overdue_count: int
    asked: list[OpenDuty]
    """What the letter asks on a record, without a recorded answer."""
    asked_count: int
    """All of it; the list holds the first."""
    clocks: list[ClockRow]
    rules: list[str]
    """Rules of the letter's pack on this demand."""
    gaps_state: str
    gaps_company: str
    beside: list[BesideRow]
    companies: list[Ref]
    """Each has a page of who answers for it."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One code that may be chosen."""

    code: str
    label: str
    chosen: bool
    asked: bool = True
    """It stands at once; the others are folded where some of many are asked for."""


class FieldView(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a form."""

    name: str
    label: str
    help: str
    hint: str = ""
    """How its value is written, where an example does not show it."""
    required: bool
    kind: str
    """line, short, text, lines (several, one a line), one and radio (of choices), some (of choices)."""
    choices: list[Choice]
    value: str
    example: str
    wrong: str
    """What is wrong with what was typed."""
    person: bool
    """May name a natural person: it is then held for review."""
    unknown: bool | None = None
    """Whether "Not known" is ticked; None: there is no such tick."""


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """A form, empty or as it was typed."""

    procedure: str
    letter: str
    title: str
    form: FormRow
    fixed: list[str]
    """What every record of this form says, in words."""
    fields: list[FieldView]
    common: list[FieldView]
    publishers: list[str]
    wrong: list[forms.Wrong]


class HandInView(msgspec.Struct, frozen=True, kw_only=True):
    """How a signed publication is handed in."""

    namespace: str
    command: str


def _found(name: str) -> Procedure:
    found = registry.all_procedures().get(name)
    if found is None:
        raise Failure(404, "There is no such procedure.", field="procedure", hint="The page Demands lists all.")
    return found


def overview(site: Site, asked: OnDay) -> Answer:
    """All procedures with their numbers."""
    board, day = board_of(site), day_asked(site, asked)
    late, waiting = (Counter(one.item.procedure for one in many) for many in by_authority(duties_of(site, day)))
    rows = []
    for one in registry.all_procedures().values():
        # only whether each is closed: an item with its parties and clocks is made where it is shown
        many = [record for record in listed.records(board, one, one.types) if not only_of(record, layers())]
        states = [listed.state_of(board, one, record, day) for record in many]
        kinds = Counter(record.type for record in many)
        rows.append(
            ProcedureRow(
                name=one.name,
                letter=one.letter,
                title=one.title,
                asks=one.asks,
                records=len(states),
                kinds=[Counted(label=type_label(type), count=count) for type, count in kinds.most_common()],
                open=sum(not closed and name != "to-come" for name, _, closed, _ in states),
                overdue=late[one.name],
                asked=waiting[one.name],
            )
        )
    return Answer(data=ProceduresView(frame=frame_of(site, asked), procedures=rows))


def procedure(site: Site, asked: OnDay, procedure: str) -> Answer:
    """One procedure."""
    one, board, day = _found(procedure), board_of(site), day_asked(site, asked)
    found = listed.items(board, one, day)
    late, waiting = by_authority(each for each in duties_of(site, day) if each.item.procedure == one.name)
    counts = Counter(f"{each.ref.type_label}: {each.state_label}" for each in found)
    gaps = {gap.about: gap.says for gap in one.gaps}
    return Answer(
        data=ProcedureView(
            frame=frame_of(site, asked),
            name=one.name,
            letter=one.letter,
            title=one.title,
            asks=one.asks,
            reason=one.reason,
            forms=[form_row(form) for form in one.forms],
            counts=[Counted(label=label, count=count) for label, count in sorted(counts.items())],
            items=found[:ITEMS_MOST],
            more=max(0, len(found) - ITEMS_MOST),
            overdue=late[:ITEMS_MOST],
            overdue_count=len(late),
            asked=waiting[:ITEMS_MOST],
            asked_count=len(waiting),
            clocks=[ClockRow(label=clock.label, days=clock.days, source=clock.source) for clock in one.clocks],
            rules=[rule.id for rule in pack(ALWAYS).rules if rule.id.split("-")[1] == one.letter],
            gaps_state=gaps.get(About.STATE, ""),
            gaps_company=gaps.get(About.COMPANY, ""),
            beside=[BesideRow(path=path, title=title) for path, title in one.pages],
            companies=_companies(board, one),
        )
    )


def _companies(board: Board, procedure: Procedure) -> list[Ref]:
    """Whom the records of a procedure name, where its page leads to who answers for them."""
    if not procedure.chains_of:
        return []
    told = listed.records(board, procedure, procedure.types)
    ids = dict.fromkeys(id for record in told for id in board.named(record, procedure.chains_of))
    found = sorted((board.reader.ref(id) for id in ids), key=lambda one: (one.caption, one.id))
    return [one for one in found if one.page][:COMPANIES_MOST]


def form_row(form: Form) -> FormRow:
    """A form in short."""
    return FormRow(name=form.name, type=form.type, title=form.title, what=form.what, who=list(form.who))


def form_of(procedure: str, form: str) -> tuple[Procedure, Form]:
    """The procedure and its form. Raises Failure 404."""
    one = _found(procedure)
    found = one.form(form)
    if found is None:
        raise Failure(404, "This procedure has no such form.", field="form", hint="Its page lists its forms.")
    return one, found


class ToRecord(Asked):
    """To which record is added, or which it answers."""

    record: str | None = Field(None, max_length=64, description="Id of a record to add to; else a new one.")
    answers: str | None = Field(
        None, max_length=64, description="Id of the record that the form answers; the form is filled in."
    )


def form(site: Site, asked: ToRecord, procedure: str, form: str) -> Answer:
    """An empty form, one that adds to a record, or one that is filled in to answer a record."""
    one, found = form_of(procedure, form)
    if asked.answers and found.answers:
        reader = Reader(site.store)
        reader.load([asked.answers])
        record = reader.records.get(reader.canonical(asked.answers))
        if record is None:
            raise Failure(
                404, "This register has no such record.", field="answers", hint="Follow the link on its page."
            )
        page = f"{site.register.config.pages}/entities/{record.id}"
        return Answer(data=form_view(site, one, found, forms.answer_to(found, record, page, site.state().today), []))
    return Answer(data=form_view(site, one, found, {forms.RECORD: [asked.record]} if asked.record else {}, []))


def form_view(
    site: Site, procedure: Procedure, form: Form, values: dict[str, list[str]], wrong: list[forms.Wrong]
) -> FormView:
    """The form with what was typed into it, and what is wrong with it."""
    said: dict[str, str] = {}
    helps = {field.help for field in form.fields}
    for one in wrong:  # beside a field its help stands already
        said.setdefault(one.field, f"{one.message} {'' if one.hint in helps else one.hint}".strip())
    return FormView(
        procedure=procedure.name,
        letter=procedure.letter,
        title=procedure.title,
        form=form_row(form),
        fixed=[_fixed(form.type, name, value) for name, value in form.fixed.items()],
        fields=[field_view(form, number, values, said) for number in range(len(form.fields))],
        common=common_fields(values, said),
        publishers=publishers(site),
        wrong=wrong,
    )


def publishers(site: Site) -> list[str]:
    """Owners of keys as people call them: an entity by its name, or by its id where others are called the same."""
    owners = {one.owner for one in site.store.keyring().states() if one.role == "publisher"}
    names = called(site, owners)
    count = Counter(names.values())
    return sorted(name if count[name] == 1 else owner for owner, name in names.items())


def _fixed(type: str, name: str, value: str) -> str:
    known = types.property_of(type, name)
    return f"{known.label}: {known.means(value)}" if known is not None else f"{name}: {value}"


def field_view(form: Form, number: int, values: dict[str, list[str]], said: dict[str, str]) -> FieldView:
    """One field of a form, with what was typed into it and what is wrong with that."""
    field = form.fields[number]
    one = field.of
    typed = values.get(field.property, [])
    many = forms.several(one)
    if one.codes:
        kind = "some" if many else "one"
    else:
        kind = "text" if one.kind == Kind.TEXT else "lines" if many else "line"
    return FieldView(
        name=field.property,
        label=one.label,
        help=_help(field.help, one.kind),
        hint=HOW_TO_WRITE.get(one.kind, ""),
        required=field.required,
        kind=kind,
        choices=[
            Choice(code=code, label=label, chosen=code in typed, asked=not field.asked or code in field.asked)
            for code, label in one.codes.items()
        ],
        value="\n".join(typed),
        example="",
        wrong=said.get(field.property, ""),
        person=one.person or any(types.is_a("Person", name) for name in one.range),
    )


def _help(text: str, kind: str) -> str:
    """What a field is for."""
    if kind == Kind.ENTITY:
        return f"{text} Write its name as it is recorded, or its id (sv-...) from its page." if text else NAMED
    return text


def common_fields(values: dict[str, list[str]], said: dict[str, str]) -> list[FieldView]:
    """The fields of every form, about who publishes, and where it is published."""
    standing = values.get(forms.STANDING, [])
    rows = (
        (forms.PUBLISHER, "In whose name", "The name of your key, as the operator registered it. Only this key can sign it.", True, ""),
        (forms.SOURCE, "Source", "Where it is said: an address, or a document with its page. No source, no statement.", True,
         "https://export.calder.example/2024/7"),
        (forms.STANDING, "Strength of evidence", "Confirmed only for what you decide yourself or read in an official text.", True, ""),
        (forms.ASSERTED, "Said on", "Day on which the source said it.", False, "2024-03-01"),
        (forms.VALID_FROM, "Holds from", "First day on which all this holds, where it holds over a time.", False, "2024-03-01"),
        (forms.VALID_UNTIL, "Holds until", "Last day. Two dots (..) say that it goes on; left empty, the end is unknown.", False, ".."),
        (forms.RECORD, "Id of the record", "Only to add to a record that is here: its id, from its page. Empty: a new record.", False, ""),
    )  # fmt: skip
    return [
        FieldView(
            name=name,
            label=label,
            help=help,
            required=required,
            kind="one" if name == forms.STANDING else "line",
            choices=[
                Choice(
                    code=str(one), label=f"{words.standing(one)}: {words.standing_meaning(one)}", chosen=one in standing
                )
                for one in (Standing if name == forms.STANDING else ())
            ],
            value="\n".join(values.get(name, [])),
            example=example,
            wrong=said.get(name, ""),
            person=False,
        )
        for name, label, help, required, example in rows
    ]


def filled_in(request: HttpRequest, page: Page, procedure: str, form: str) -> HttpResponse:
    """A filled-in form: the page with the publication to sign, or the form again with what is wrong."""
    site: Site = request.META["sousveil.site"]
    one, found = form_of(procedure, form)
    values = {name: [str(value) for value in many] for name, many in request.POST.lists()}
    try:
        made = procedure_forms.prepared(site, found.type, forms.draft(found, values, site.store, names_of(site)))
    except SousveilError as error:
        raise failure_of(error) from None
    parts = {"procedure": procedure, "form": form}
    if isinstance(made, list):
        view = form_view(site, one, found, values, made)
        return procedure_forms.answer_page(request, page, page.template, view, parts, 422)
    crumbs = [(f"procedures/{one.name}", f"({one.letter}) ", one.title)]
    crumbs.append((f"procedures/{one.name}/{found.name}", "", found.title))
    return procedure_forms.answer_page(request, page, "prepared.html", made, parts, 200, crumbs=crumbs)


def hand_in(site: Site, asked: Asked) -> Answer:
    """The page to hand a signed publication in."""
    return Answer(data=HandInView(namespace=log.SSH_NAMESPACE, command=procedure_forms.COMMAND))


def _copies(site: Site) -> Iterator[str]:
    for name in registry.all_procedures():
        yield join("procedures", name)


PAGES = (
    Page(name="procedures", route="procedures", title="Demands", what="The demands of the letter as procedures, with numbers.",
         view=overview, result=ProceduresView, template="procedures.html",
         table=table("procedures", "demand=letter title asks records current=open overdue unanswered=asked"), asked=OnDay,
         whole=True, order=14),
    Page(name="hand-in", route="hand-in", title="Hand in a signed publication", what="How a signed publication is handed in.",
         view=hand_in, result=HandInView, template="hand_in.html", posted=procedure_forms.handed_in, order=16),
    Page(name="procedure", route="procedures/{procedure}", title="Demand", what="One demand: what the letter asks and why, current "
         "and overdue items, forms.", view=procedure, result=ProcedureView, template="procedure.html", asked=OnDay,
         parts={"procedure": str}, copies=_copies, whole=True, order=17),
    Page(name="procedure-form", route="procedures/{procedure}/{form}", title="Form", what="A form with its fields and their help.",
         view=form, result=FormView, template="procedure_form.html", asked=ToRecord, parts={"procedure": str, "form": str},
         posted=filled_in, order=18),
)  # fmt: skip
