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

from sousveil.acquisition.places import crosses_roots, domain_places
from sousveil.artefacts.model import Artefact, At, Expected, Seen, discover
from sousveil.errors import Usage
from sousveil.findings.rules.model import Rule, discover_rules
from sousveil.kinds import Kind, Role
from sousveil.records import Record

ROLES: dict[Role, str] = {
    Role.RECEIVED: "something that came in from somebody else",
    Role.LOADED: "something that the phone fetched without anybody typing it",
    Role.REDIRECTED: "a visit that another page caused",
    Role.VISITED: "a page that was opened",
    Role.SENT: "something that the owner sent",
    Role.SEARCHED: "the owner's own search words",
    Role.WRITTEN: "something that the owner wrote down",
    Role.QUOTED: "words of an article, a list or a preview",
    Role.RAN: "a program that ran",
    Role.INSTALLED: "something that lay on the phone",
    Role.GRANTED: "a permission",
    Role.CONTACTED: "an account that the phone looked up or spoke to",
    Role.RAW: "bytes outside every known table",
}
"""What a role says about a row, in words."""


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
    hint = "Did you mean " + ", ".join(list(dict.fromkeys(near))[:4]) + "?" if near else ""
    raise Usage(f"there is no artefact {name[:60]!r}.", hint=hint or "`sousveil artefacts` lists all of them.")


# ---------------------------------------------------------------- the parts of a page


def summary(artefact: Artefact) -> str:
    """What is read: the first paragraph of the module's docstring."""
    module = inspect.getmodule(artefact.record)
    text = inspect.getdoc(module) or ""
    return _one_line(text.split("\n\n")[0])


def details(artefact: Artefact) -> list[str]:
    """The further paragraphs of the module's docstring."""
    text = inspect.getdoc(inspect.getmodule(artefact.record)) or ""
    return [_one_line(part) for part in text.split("\n\n")[1:]]


def row_of(artefact: Artefact) -> str:
    """What one row is: the record's docstring."""
    return _one_line(artefact.record.__doc__ or "")


def place(at: At) -> str:
    """One place in words: the path on the phone, or where it lies in a backup where no path is fixed."""
    if at.form == "ios":
        return at.path
    if at.form == "info":
        return f"{at.path} (beside the backup's files)"
    if at.form == "anywhere":
        return f"{at.path} (in any domain)"
    if at.form == "section":
        return f"section {at.path} of the bug report"
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
        parts.append("a point in time (UTC)")
    if kind.searched:
        parts.append("searched for hosts, links and addresses")
    if kind.compares:
        parts.append("compared with " + ", ".join(kind.compares))
    if kind.observable:
        parts.append("listed among the observables")
    if kind.name == "role":
        parts.append("decides how much a match is worth")
    if kind.sensitive:
        parts.append("personal: only in findings and full records")
    return "; ".join(parts) or "kept as it is"


def fields(artefact: Artefact) -> list[Field]:
    """Every field of the record, in order."""
    notes = _field_notes(artefact.record)
    return [Field(name, kind.name, use_of(kind), notes.get(name, "")) for name, kind in artefact.kinds.items()]


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
        reasons.append("In a backup that is not encrypted: Apple puts it only into encrypted ones.")
    if first is not None:
        reasons.append(f"Before iOS {first}.")
    if last is not None:
        reasons.append(f"After iOS {last}.")
    if expected.app:
        reasons.append("Where none of these apps is installed: " + ", ".join(expected.app) + ".")
    if expected.optional:
        reasons.append(expected.optional[0].upper() + expected.optional[1:].rstrip(".") + ".")
    return reasons or ["Never: every backup should hold it. Its absence is said in the coverage and gives exit code 3."]


def basis(seen: Seen) -> str:
    """What a layout rests on, and whether that limits findings."""
    return seen.basis if seen.verified else f"Unverified, so a finding is a lead at most: {seen.basis}"


def rules_of(artefact: Artefact) -> list[Rule]:
    """The rules that read the artefact."""
    return [r for r in discover_rules().values() if any(reads.artefact == artefact.name for reads in r.reads.values())]


def roles_of(artefact: Artefact) -> str:
    """What its rows are in the phone's life."""
    text = f"Rows count as “{artefact.role.value}”: {ROLES[artefact.role]}."
    return text + (" A row may say otherwise in its field `role`." if "role" in artefact.kinds else "")


def _one_line(text: str) -> str:
    return " ".join(inspect.cleandoc(text).split())


# ---------------------------------------------------------------- on the terminal


def _table(width: int) -> Iterator[str]:
    known = list(discover().values())
    left = max(len(a.name) for a in known) + 2
    middle = min(max(len(a.title) for a in known) + 2, 46)
    yield f"{'Name':<{left}}{'What it is':<{middle}}Where it lies"
    for artefact in known:
        mark = " [encrypted only]" if artefact.expected.encrypted_only else ""
        title = artefact.title if len(artefact.title) < middle - 1 else artefact.title[: middle - 3] + "…"
        yield f"{artefact.name:<{left}}{title:<{middle}}{short_place(artefact)}{mark}"
    yield ""
    yield from textwrap.wrap(
        f"{len(known)} artefacts. [encrypted only]: a backup holds it only when it is encrypted. "
        "`sousveil artefacts NAME` tells everything about one.",
        width,
    )


def _page(artefact: Artefact, width: int) -> Iterator[str]:
    yield f"{artefact.title} ({artefact.name})"
    yield from _wrap([summary(artefact), *details(artefact)], width)
    yield from _part("Where it lies", _place_lines(artefact), width)
    yield from _part("One row", [row_of(artefact), roles_of(artefact).replace("`", "")], width)
    yield ""
    yield "Fields"
    for field in fields(artefact):
        text = f"{field.kind}: {field.use}" + (f". {field.note}" if field.note else "")
        yield from textwrap.wrap(text, width, initial_indent=f"  {field.name:<24} ", subsequent_indent=" " * 27)
    yield from _part("In the timeline", _event_lines(artefact), width)
    yield from _part("What a trace shows", [artefact.means], width)
    yield from _part("When its absence is expected", absence(artefact.expected), width)
    yield from _part("What its layout rests on", [f"{s.versions}: {basis(s)}" for s in artefact.seen], width)
    lines = [f"{rule.name}: {rule.title} (at most {rule.strength.value})" for rule in rules_of(artefact)]
    yield from _part("Rules that read it", lines or ["none; indicators are compared in any case"], width)


def _place_lines(artefact: Artefact) -> list[str]:
    made = []
    for role, places in artefact.needs.items():
        for at in places:
            also = [text for text in in_backup(at) if text != place(at)]
            what = "" if role == "main" else f"{role} (may be absent): "
            made.append(what + place(at) + (f"; in a backup {also[0]}" if also else ""))
    return made


def _event_lines(artefact: Artefact) -> list[str]:
    made = [f"{e.at}: {e.says}" + (f", with {e.shows}" if e.shows else "") for e in artefact.events]
    return made or ["nothing: its rows carry no time"]


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
    parts = [f"# {artefact.title}", f"`{artefact.name}`", summary(artefact), *details(artefact)]
    parts += ["## Where it lies", _bullets(_md_places(artefact))]
    parts += ["## One row", f"{row_of(artefact)} {roles_of(artefact)}"]
    rows = [(f"`{f.name}`", f.kind, f.use, f.note) for f in fields(artefact)]
    parts += ["## Fields", md_table(("Field", "Kind", "What is done with it", "Note"), rows)]
    events = [f"`{e.at}`: {e.says}" + (f", with `{e.shows}`" if e.shows else "") for e in artefact.events]
    parts += ["## In the timeline", _bullets(events) if events else "Nothing: its rows carry no time."]
    parts += ["## What a trace shows", artefact.means or "Not described yet."]
    parts += ["## When its absence is expected", _bullets(absence(artefact.expected))]
    seen = [(s.versions, basis(s)) for s in artefact.seen]
    parts += ["## What its layout rests on", md_table(("Versions", "Basis"), seen) if seen else "Not stated."]
    rules = [f"[{r.name}](../rules.md#{anchor(r.name)}): {r.title}" for r in rules_of(artefact)]
    none = "None. Indicators are compared in any case."
    parts += ["## Rules that read it", _bullets(rules) if rules else none]
    return "\n\n".join(part for part in parts if part) + "\n"


def _md_places(artefact: Artefact) -> list[str]:
    made = []
    for role, places in artefact.needs.items():
        for at in places:
            also = [text for text in in_backup(at) if text != place(at)]
            what = "" if role == "main" else f"{role} (may be absent): "
            made.append(what + md_place(place(at)) + (f"; in a backup `{also[0]}`" if also else ""))
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
