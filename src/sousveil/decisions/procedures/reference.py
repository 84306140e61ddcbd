"""The reference page of the procedures, made out of their files."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions.procedures import forms, registry
from sousveil.decisions.procedures.model import ROLE_WORDS, About, Clock, Form, Procedure

_PAGES = {About.STATE: "a State's page", About.COMPANY: "a company's page"}


def markdown() -> str:
    """The page without its title: an overview, then each procedure."""
    found = registry.all_procedures().values()
    rows = ((one.letter, f"[{one.title}](#{_anchor(one)})", one.asks) for one in found)
    intro = (
        "Each procedure is one file under `src/sousveil/decisions/procedures/`. What a procedure is: "
        "[procedures](../concepts/procedures.md). How one is added: [add a procedure](../guides/add-a-procedure.md)."
    )
    return (
        "\n\n".join((intro, _table(("Demand", "Is called", "The letter asks"), rows), *map(_procedure, found))) + "\n"
    )


def _anchor(one: Procedure) -> str:
    words = f"({one.letter}) {one.title}".lower()
    return "".join(letter if letter.isalnum() else "-" if letter in " -" else "" for letter in words)


def _procedure(one: Procedure) -> str:
    parts = [f"## ({one.letter}) {one.title}", one.asks, f"Why: {one.reason}", one.take_part]
    parts.append(f"Pages `procedures/{one.name}`, feed `feeds/procedure/{one.name}.atom`, files `bulk/procedures/{one.name}.jsonl` "
                 "and `.csv`.")  # fmt: skip
    parts += [_form(form) for form in one.forms]
    states = ((f"`{state.type}`", state.label, "yes" if state.closed else "") for state in one.states)
    parts += ["### States", _table(("Record", "State", "Closed"), states)]
    clocks = ((clock.label, f"`{clock.type}`", _days(clock), clock.source) for clock in one.clocks)
    parts += ["### Clocks", _table(("Owed", "On", "Days", "Where the number comes from"), clocks)]
    parts += [
        "### Rules that read it",
        "\n".join(f"- {', '.join(f'`{rule}`' for rule in each.rules)}: {each.says}" for each in one.effects),
    ]
    for gap in one.gaps:
        needs = "\n".join(f"- {need.label} (`{need.type}`)" for need in gap.needs)
        parts += [f"### On {_PAGES[gap.about]}", f"“{gap.says}” Until all of this is shown:", needs]
    return "\n\n".join(parts)


def _form(form: Form) -> str:
    rows = []
    for field in form.fields:
        one = forms.property_of(form, field)
        rows.append((f"`{field.property}`", one.label, field.help, "yes" if forms.needed(form, field) else ""))
    who = ", ".join(ROLE_WORDS[one] for one in form.who)
    head = f"### {form.title}\n\n{form.what} Record type `{form.type}`; for {who}."
    return head + "\n\n" + _table(("Field", "Is called", "Help", "Needed"), rows)


def _days(clock: Clock) -> str:
    named = [f"`{name}`" for name in clock.due]
    start = [f"`{name}`" for name in clock.starts]
    most = f", {clock.most} days after the start at the most" if clock.most else ""
    own = f"the day in {' or '.join(named)}{most}" if named else ""
    counted = f"{clock.days} from {' or '.join(start)}" if start else ""
    return ", else ".join(one for one in (own, counted) if one)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
