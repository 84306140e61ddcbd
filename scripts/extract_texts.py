"""Collect every text that people read into one catalogue, and make pseudo-locales out of it.

    scripts/extract_texts.py                 # writes src/sousveil/web/locale/django.pot
    scripts/extract_texts.py --check         # 1 where that file is not what the code says
    scripts/extract_texts.py --pseudo DIR    # DIR/en_XA (accented) and DIR/ar_XB (right to left), for tests

Taken are: texts of templates; texts in `_`, `_n`, `gettext`, `ngettext`; texts of rules, facts, procedures, record types and errors, which
the engine puts together in English (an f-string becomes a text with names in braces, as in the YAML packs). A translator fills a copy of
the catalogue: `msginit`, then `msgfmt -o src/sousveil/web/locale/LANGUAGE/LC_MESSAGES/django.mo`.
"""

from __future__ import annotations

import argparse
import ast
import csv
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import yaml

from sousveil.cases.advice import all_helplines
from sousveil.register import types

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "sousveil"
CATALOGUE = SOURCE / "web" / "locale" / "django.pot"
TEMPLATES = (SOURCE / "web" / "templates", SOURCE / "web" / "staff" / "templates")
PUT_TOGETHER = (
    *("decisions/", "desk/", "register/attachments/", "register/types/", "register/views/", "register/intake/", "web/"),
    *("register/screening", "register/score", "register/export/terms"),
)
"""Folders whose texts are texts for people wherever they stand; elsewhere only what is raised."""
PACK_TEXTS = {"title", "what", "binds", "says", "lifted_by", "decides", "instrument", "article"}
PROPERTIES = frozenset(name for known in types.all_types() for name in types.properties(known))
"""Names of properties of record types: as an argument, or in a tuple of nothing else, they are no texts."""
CONDITIONS = ("Has", "Is", "Linked", "Older", "Ruled")
"""Conditions of procedures: they name properties, values and tests, and no texts."""
MONTHS = "January February March April May June July August September October November December".split()
LETTER = re.compile(r"[^\W\d_]{2}")
NOT_FOR_PEOPLE = re.compile(
    r"^(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|PRAGMA|ALTER|DROP|<|/|https?:|\(\?|\^|\.)|\\[dwsb]|\(\?P<|\[\^|; charset="
    r"|^[a-z]+(_[a-z]+)+$|^\{\w+\}\.\w+$|^\?\w+:|^\"\{\w+\}[^ ]*\"$"  # a property of a type, the id of a gap, an entity tag
)
ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀćďéƒĝĥíĵķĺḿńóṕɋŕśťúṽŵẋýžÁɃĆĎÉƑĜĤÍĴĶĹḾŃÓṔɊŔŚŤÚṼŴẊÝŽ"
)
ARABIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنه")
PLACES = re.compile(r"(%\(\w+\)s|\{\w+\}|&\w+;|<[^>]*>|%%)")

Texts = dict[tuple[str, str], set[str]]
"""(Text, its plural or "") -> where it stands."""


def texts() -> Texts:
    """Everything that people read."""
    found: Texts = {}

    def add(place: str, text: str, plural: str = "") -> None:
        if LETTER.search(text):
            found.setdefault((text, plural), set()).add(place)

    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    for folder in TEMPLATES:
        for file in sorted(folder.rglob("*.html")):
            for _, _, message in environment.extract_translations(file.read_text("utf-8")):  # type: ignore[attr-defined]
                parts = [part for part in (message if isinstance(message, tuple) else (message,)) if part]
                add(_name(file), *parts[:2])
    for file in sorted(SOURCE.rglob("*.py")):
        inside = file.relative_to(SOURCE).as_posix()
        if inside.startswith(("decisions/", "desk/", "register/", "web/")):
            for parts in _of_code(ast.parse(file.read_text("utf-8")), inside.startswith(PUT_TOGETHER)):
                add(_name(file), *parts)
    for file in sorted((SOURCE / "decisions" / "packs").glob("*.yaml")):
        for text in _of_pack(yaml.safe_load(file.read_text("utf-8"))):
            add(_name(file), text)
    with (SOURCE / "register" / "types" / "countries.csv").open(encoding="utf-8") as lines:
        for row in csv.reader(lines):
            for cell in row[1:]:
                if cell[:1].isupper() and len(cell) > 3:
                    add("src/sousveil/register/types/countries.csv", cell)
    for line in all_helplines():
        for text in (line.audience, *line.languages):
            add("src/sousveil/cases/data/helplines.toml", text)
    for month in MONTHS:
        add("src/sousveil/web/words_of.py", month)
    plurals = {one for one, many in found if many}
    return {key: places for key, places in found.items() if key[1] or key[0] not in plurals}


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _of_pack(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in PACK_TEXTS and isinstance(inner, str):
                yield inner.strip()
            else:
                yield from _of_pack(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _of_pack(inner)


def _of_code(tree: ast.Module, everything: bool) -> Iterator[tuple[str, ...]]:
    """The texts of a module. `everything`: all that read as texts, not only what is raised or marked."""
    silent, labels = _silent(tree), _labels(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            given = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if called in ("_", "gettext") and given:
                yield (given[0],)
            elif called in ("_n", "ngettext") and len(given) == 2:
                yield tuple(given)
        if isinstance(node, ast.Raise) and node.exc is not None and not everything:
            for inner in ast.walk(node.exc):
                if id(inner) not in silent and (text := _text(inner)) and " " in text:
                    yield (text,)
        text = _text(node) if everything and id(node) not in silent else ""
        if text and (" " in text.strip() or id(node) in labels) and not NOT_FOR_PEOPLE.search(text):
            yield (text.strip(),)


def _labels(tree: ast.Module) -> set[int]:
    """Nodes whose text is for people though it is one word: titles, labels, values of tables, parts of sentences."""
    named = ("label", "title", "plural", "what", "word", "words", "help", "tie")
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in named:
            found.add(id(node.value))
        elif isinstance(node, ast.Dict):
            found.update(id(value) for value in node.values)
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            if not (isinstance(node.args[1], ast.Constant) and node.args[1].value in PROPERTIES):
                found.add(id(node.args[1]))
        elif isinstance(node, ast.IfExp):
            found.update((id(node.body), id(node.orelse)))
        elif isinstance(node, ast.Return) and node.value is not None:
            found.add(id(node.value))
        elif isinstance(node, ast.Tuple | ast.List):
            words = {one.value for one in node.elts if isinstance(one, ast.Constant)} - {None}
            found.update(id(one) for one in node.elts if not (isinstance(one, ast.Constant) and words <= PROPERTIES))
    return found


def _silent(tree: ast.Module) -> set[int]:
    """Documentation, the parts of f-strings, keys of tables, names of properties, conditions and exported names: no texts of their own."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            found.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            found.update(id(part) for part in node.values)
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            found.update(id(part) for part in ast.walk(node.format_spec))
        if isinstance(node, ast.Dict):
            found.update(id(key) for key in node.keys)
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            found.update(id(part) for part in ast.walk(node.value))
        if isinstance(node, ast.Compare):
            found.update(id(part) for part in ast.walk(node))
        if isinstance(node, ast.keyword) and node.arg in ("pattern", "route", "template", "description", "property"):
            found.add(id(node.value))
        names = isinstance(node, ast.keyword) and node.arg == "properties"
        if names and not any(isinstance(part, ast.Call) for part in ast.walk(node)):
            found.update(id(part) for part in ast.walk(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CONDITIONS:
            found.update(id(one) for one in node.args)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "table":  # paths to the columns of a file
            found.update(id(part) for part in ast.walk(node))
    return found


def _text(node: ast.AST) -> str:
    """The text of a constant, or of an f-string with names in braces."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if LETTER.search(node.value) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    pieces: list[str] = []
    names: list[str] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            words = re.findall(r"[a-z]+", ast.unparse(part.value).lower()) or ["x"]
            name = words[-1]
            while name in names:
                name += "x"
            names.append(name)
            pieces.append(f"{{{name}}}")
    text = "".join(pieces)
    return text if LETTER.search(re.sub(r"\{\w+\}", "", text)) else ""


def catalogue() -> str:
    """The catalogue as a file of gettext."""
    lines = [
        'msgid ""',
        'msgstr ""',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"',
        "",
    ]
    for (text, plural), places in sorted(texts().items()):
        lines += [f"#: {place}" for place in sorted(places)[:3]]
        lines.append(f"msgid {_quoted(text)}")
        lines += (
            [f"msgid_plural {_quoted(plural)}", 'msgstr[0] ""', 'msgstr[1] ""', ""] if plural else ['msgstr ""', ""]
        )
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def pseudo(text: str, table: dict[int, int], *, lower: bool = False) -> str:
    """The text in letters of no language, a third longer, places and tags kept."""
    parts = PLACES.split(text)
    made = [part if at % 2 else (part.lower() if lower else part).translate(table) for at, part in enumerate(parts)]
    return f"⟦{''.join(made)}{' ·' * (len(text) // 12)}⟧"


def write_pseudo(folder: Path) -> None:
    """Both pseudo-locales, as CLDR names them."""
    for name, table, lower in (("en_XA", ACCENTS, False), ("ar_XB", ARABIC, True)):
        entries = {"": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"}
        for text, plural in texts():
            one = pseudo(text, table, lower=lower)
            key = f"{text}\0{plural}" if plural else text
            entries[key] = f"{one}\0{pseudo(plural, table, lower=lower)}" if plural else one
        place = folder / name / "LC_MESSAGES"
        place.mkdir(parents=True, exist_ok=True)
        (place / "django.mo").write_bytes(_compiled(entries))


def _compiled(entries: dict[str, str]) -> bytes:
    """A file as `msgfmt` makes it (GNU gettext manual, "The Format of GNU MO Files")."""
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items())
    start = 28 + 16 * len(pairs)
    originals, translations, text = b"", b"", b""
    for key, _ in pairs:
        originals += struct.pack("<2I", len(key), start + len(text))
        text += key + b"\0"
    for _, value in pairs:
        translations += struct.pack("<2I", len(value), start + len(text))
        text += value + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + originals + translations + text


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--pseudo", type=Path, metavar="DIR")
    given = parser.parse_args()
    if given.pseudo:
        write_pseudo(given.pseudo)
        return 0
    made = catalogue()
    if given.check:
        if not CATALOGUE.exists() or CATALOGUE.read_text("utf-8") != made:
            print(f"{_name(CATALOGUE)} is not what the code says: run scripts/extract_texts.py")
            return 1
        return 0
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
