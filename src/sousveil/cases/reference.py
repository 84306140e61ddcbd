"""`sousveil artefacts`: what is read, where it lies and what it means, told from the code itself.

Nothing here is written twice: fields and their meaning come from the record classes and the kinds of their values,
places from the artefact, rules from the rules. The pages of docs/reference/artefacts are made from the same parts.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sousveil.acquisition.android_backup import FILES
from sousveil.acquisition.dump import LIST
from sousveil.acquisition.intrusion_logs import LOG
from sousveil.acquisition.places import crosses_roots, domain_places
from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen, discover
from sousveil.errors import Usage
from sousveil.findings.rules.model import Rule, discover_rules
from sousveil.kinds import Kind
from sousveil.records import Record
from sousveil.texts import data, t


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record as the reference shows it."""

    name: str
    kind: str
    use: str
    """What the program does with a value of this kind."""
    note: str
    """The field's own docstring."""


def show(name: str | None) -> int:
    """Print the table of all artefacts, or the page of one; 0. Raises Usage for a name that is none."""
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    if name is None:
        sys.stdout.write("\n".join(_table(width)) + "\n")
    else:
        sys.stdout.write("\n".join(_page(find(name), width)) + "\n")
    return 0


def find(name: str) -> Artefact:
    """The artefact of this name; `sms` will do for `ios.sms`. Raises Usage with the nearest names."""
    known = discover()
    wanted = name.strip().casefold().replace("-", "_")
    for full in (wanted, f"ios.{wanted}", f"android.{wanted}"):
        if full in known:
            return known[full]
    inside = [n for n in known if wanted and wanted in n]
    near = [*inside, *(n for n in difflib.get_close_matches(wanted, list(known), 3, 0.5) if n not in inside)]
    short = {n.split(".", 1)[-1]: n for n in known}
    near += [short[n] for n in difflib.get_close_matches(wanted, list(short), 3, 0.6)]
    hint = t("reference.did_you_mean", names=", ".join(list(dict.fromkeys(near))[:4])) if near else ""
    raise Usage(t("reference.artefact", name=name[:60]), hint=hint or t("reference.sousveil_artefacts_lists"))


# ---------------------------------------------------------------- the parts of a page


def summary(artefact: Artefact) -> str:
    """What is read: the first paragraph of the module's docstring."""
    module = inspect.getmodule(artefact.record)
    text = inspect.getdoc(module) or ""
    return data(_one_line(text.split("\n\n")[0]))


def details(artefact: Artefact) -> list[str]:
    """The further paragraphs of the module's docstring."""
    text = inspect.getdoc(inspect.getmodule(artefact.record)) or ""
    return [data(_one_line(part)) for part in text.split("\n\n")[1:]]


def row_of(artefact: Artefact) -> str:
    """What one row is: the record's docstring."""
    return data(_one_line(artefact.record.__doc__ or ""))


_NAMED = {
    At.info(LIST): "list_of_files",
    At.section(FILES): "files_of_apps",
    At.section(LOG): "intrusion_logs",
}
"""Places that are no file and no section of a bug report."""


def place(at: At) -> str:
    """One place in words: the path on the phone, or where it lies in a backup where no path is fixed."""
    if at.form == "ios":
        return at.path
    if at in _NAMED:
        return t(f"reference.{_NAMED[at]}")
    if at.form == "info":
        return t("reference.beside_backup_files", at=at.path)
    if at.form == "anywhere":
        return t("reference.any_domain", at=at.path)
    if at.form == "section":
        return t("reference.section", name=at.path)
    domain, path = domain_places(at)[0]
    return f"{domain}/{path}"


def in_backup(at: At) -> list[str]:
    """Where a place lies in a backup: `Domain/relative/path`, the usual domain first.

    A path of the phone may belong to several backup domains; the program looks in each.
    """
    if at.form in ("info", "anywhere", "section") or (at.form == "ios" and crosses_roots(at.path)):
        return []
    found = [f"{domain}/{path}" for domain, path in domain_places(at)]
    return sorted(found, key=lambda text: not text.startswith("HomeDomain/"))


def short_place(artefact: Artefact) -> str:
    """The first place of the main file."""
    return place(artefact.needs["main"][0])


def use_of(kind: Kind) -> str:
    """What the program does with a value of this kind."""
    parts = []
    if kind.instant:
        parts.append(t("reference.point_time_utc"))
    if kind.searched:
        parts.append(t("reference.searched_hosts_links"))
    if kind.compares:
        parts.append(t("reference.compared", kinds=", ".join(kind.compares)))
    if kind.observable:
        parts.append(t("reference.listed_among_observables"))
    if kind.name == "role":
        parts.append(t("reference.decides_how_much"))
    if kind.sensitive:
        parts.append(t("reference.personal_only_findings"))
    return "; ".join(parts) or t("reference.kept")


def fields(artefact: Artefact) -> list[Field]:
    """Every field of the record, in order."""
    notes = _field_notes(artefact.record)
    return [Field(name, kind.name, use_of(kind), data(notes.get(name, ""))) for name, kind in artefact.kinds.items()]


def _field_notes(record: type[Record]) -> dict[str, str]:
    """The docstrings below the fields of a record class: only the source holds them."""
    notes: dict[str, str] = {}
    for one in reversed(record.__mro__):
        if one is object:
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
        except (OSError, TypeError, SyntaxError):
            continue  # no source at hand: a page without notes
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        for field, after in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
                text = after.value.value if isinstance(after.value, ast.Constant) else None
                if isinstance(text, str):
                    notes[field.target.id] = _one_line(text)
    return notes


def absence(expected: Expected) -> list[str]:
    """When it is no surprise that a backup does not hold the artefact."""
    reasons = []
    first, last = expected.ios
    if expected.encrypted_only:
        reasons.append(t("reference.backup_encrypted_only"))
    if first is not None:
        reasons.append(t("reference.before_ios", first=first))
    if last is not None:
        reasons.append(t("reference.after_ios", last=last))
    if expected.app:
        reasons.append(t("reference.where_none_apps", apps=", ".join(expected.app)))
    if expected.optional:
        text = data(expected.optional)
        reasons.append(text[0].upper() + text[1:].rstrip(".") + ".")
    return reasons or [t("reference.never_every_backup")]


def basis(seen: Seen) -> str:
    """What a layout rests on, and whether that limits findings."""
    return data(seen.basis) if seen.verified else t("reference.unverified", basis=data(seen.basis))


def rules_of(artefact: Artefact) -> list[Rule]:
    """The rules that read the artefact."""
    return [r for r in discover_rules().values() if any(reads.artefact == artefact.name for reads in r.reads.values())]


def roles_of(artefact: Artefact) -> str:
    """What its rows are in the phone's life."""
    text = t("reference.rows_count", name=artefact.role.value, role=t(f"role.{artefact.role.value}"))
    return f"{text} {t('reference.row_another_role')}" if "role" in artefact.kinds else text


def _one_line(text: str) -> str:
    return " ".join(inspect.cleandoc(text).split())


# ---------------------------------------------------------------- on the terminal


def _table(width: int) -> Iterator[str]:
    known = list(discover().values())
    left = max(len(a.name) for a in known) + 2
    middle = min(max(len(data(a.title)) for a in known) + 2, 46)
    name, what = t("reference.name"), t("reference.what")
    yield f"{name:<{left}}{what:<{middle}}{t('reference.places')}"
    for artefact in known:
        mark = f" [{t('reference.encrypted_only')}]" if artefact.expected.encrypted_only else ""
        title = data(artefact.title)
        title = title if len(title) < middle - 1 else title[: middle - 3] + "…"
        yield f"{artefact.name:<{left}}{title:<{middle}}{short_place(artefact)}{mark}"
    yield ""
    yield from textwrap.wrap(
        t("reference.artefacts_encrypted_only", known=len(known)),
        width,
    )


def _page(artefact: Artefact, width: int) -> Iterator[str]:
    yield f"{data(artefact.title)} ({artefact.name})"
    yield from _wrap([summary(artefact), *details(artefact)], width)
    yield from _part(t("reference.places"), _place_lines(artefact), width)
    yield from _part(t("reference.row"), [row_of(artefact), roles_of(artefact).replace("`", "")], width)
    yield ""
    yield t("reference.fields")
    for field in fields(artefact):
        text = f"{field.kind}: {field.use}" + (f". {field.note}" if field.note else "")
        yield from textwrap.wrap(text, width, initial_indent=f"  {field.name:<24} ", subsequent_indent=" " * 27)
    yield from _part(t("reference.timeline"), _event_lines(artefact), width)
    yield from _part(t("reference.shows"), [data(artefact.means)], width)
    yield from _part(t("reference.absence"), absence(artefact.expected), width)
    yield from _part(t("reference.basis"), [f"{data(s.versions)}: {basis(s)}" for s in artefact.seen], width)
    lines = [
        t("reference.rule", name=rule.name, title=data(rule.title), strength=rule.strength.value)
        for rule in rules_of(artefact)
    ]
    yield from _part(t("reference.rules"), lines or [t("reference.no_rules")], width)


def _place_lines(artefact: Artefact) -> list[str]:
    made = []
    for role, places in artefact.needs.items():
        for at in places:
            also = [text for text in in_backup(at) if text != place(at)]
            where = t("reference.in_backup", place=place(at), backup=also[0]) if also else place(at)
            made.append(where if role == "main" else t("reference.optional", role=role, place=where))
    return made


def _event_lines(artefact: Artefact) -> list[str]:
    return [_event(e, "") for e in artefact.events] or [t("reference.no_events")]


def _event(event: Event, mark: str) -> str:
    """What an event says; its fields stand between two of `mark`."""
    text = f"{mark}{event.at}{mark}: {data(event.says)}"
    return t("reference.with_field", event=text, field=f"{mark}{event.shows}{mark}") if event.shows else text


def _part(title: str, items: Sequence[str], width: int) -> Iterator[str]:
    yield ""
    yield title
    yield from _wrap(items, width)


def _wrap(items: Sequence[str], width: int) -> Iterator[str]:
    for item in items:
        if item:
            yield from textwrap.wrap(
                item,
                width,
                initial_indent="  ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )


# ---------------------------------------------------------------- as a page


def markdown(artefact: Artefact) -> str:
    """The reference page of an artefact."""
    parts = [f"# {data(artefact.title)}", f"`{artefact.name}`", summary(artefact), *details(artefact)]
    parts += [_head("places"), _bullets(_md_places(artefact))]
    parts += [_head("row"), f"{row_of(artefact)} {roles_of(artefact)}"]
    rows = [(f"`{f.name}`", f.kind, f.use, f.note) for f in fields(artefact)]
    parts += [_head("fields"), md_table(tuple(t(f"reference.field_head.{number}") for number in range(1, 5)), rows)]
    events = [_event(e, "`") for e in artefact.events]
    parts += [_head("timeline"), _bullets(events or [t("reference.no_events")])]
    parts += [_head("shows"), data(artefact.means) or t("reference.no_meaning")]
    parts += [_head("absence"), _bullets(absence(artefact.expected))]
    seen = [(data(s.versions), basis(s)) for s in artefact.seen]
    parts += [
        _head("basis"),
        md_table((t("reference.versions"), t("reference.basis")), seen) if seen else t("reference.no_basis"),
    ]
    rules = [f"[{r.name}](../rules.md#{anchor(r.name)}): {data(r.title)}" for r in rules_of(artefact)]
    parts += [_head("rules"), _bullets(rules or [t("reference.no_rules")])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(name: str) -> str:
    return f"## {t(f'reference.{name}')}"


def _md_places(artefact: Artefact) -> list[str]:
    made = []
    for role, places in artefact.needs.items():
        for at in places:
            also = [text for text in in_backup(at) if text != place(at)]
            where = md_place(place(at))
            where = t("reference.in_backup", place=where, backup=f"`{also[0]}`") if also else where
            made.append(where if role == "main" else t("reference.optional", role=role, place=where))
    return made


def md_place(text: str) -> str:
    """A place as code, what is said about it as text."""
    path, mark, note = text.partition(" (")
    return f"`{path}`{mark}{note}"


def anchor(heading: str) -> str:
    """The fragment that a page gives to a heading of one name."""
    return "".join(c for c in heading.casefold().replace(" ", "-") if c.isalnum() or c in "-_")


def md_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; cells may hold anything."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines)


def _cell(text: str) -> str:
    parts = " ".join(str(text).split()).replace("|", "\\|").split("`")
    # Outside of code, a page would take <...> for markup.
    return "`".join(part if n % 2 else part.replace("<", "&lt;") for n, part in enumerate(parts))


def _bullets(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
