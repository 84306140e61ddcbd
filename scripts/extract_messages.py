"""Writes the template for translators of the texts for people: src/sousveil/texts/messages.pot.

    .venv/bin/python scripts/extract_messages.py [--check]

The context of an entry is its stable id, the message its English text. Sentences of data files (reasons and explanations of
the strength table, rules, artefacts and forms of indicators, and argparse's own words) have the context `data`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sousveil.artefacts.model import discover
from sousveil.cases.categories import categories
from sousveil.cases.reference import details, fields, row_of, summary
from sousveil.findings.rules.model import discover_rules
from sousveil.indicators.loaders import loaders
from sousveil.indicators.loaders._common import CONTEXT, review
from sousveil.indicators.model import UNNAMED
from sousveil.indicators.strength import table
from sousveil.readers.sqlite import parts_of
from sousveil.texts import DATA, messages
from sousveil.texts import table as words

POT = Path(__file__).resolve().parent.parent / "src/sousveil/texts/messages.pot"


ARGPARSE = (
    *("usage: ", "positional arguments", "options", "show this help message and exit", "unrecognized arguments: %s"),
    *("show program's version number and exit", "the following arguments are required: %s", "expected one argument"),
    *("argument %(argument_name)s: %(message)s", "expected at least one argument", "expected %s argument"),
    *("invalid choice: %(value)r (choose from %(choices)s)", "not allowed with argument %s", "expected %s arguments"),
    *("invalid %(type)s value: %(value)r", "one of the arguments %s is required", "ignored explicit argument %r"),
)
"""What argparse says itself in help and errors of the program."""


def data_sentences() -> list[str]:
    """The constant sentences of data files, rules, artefacts and argparse, sorted."""
    strength = table()
    found = {*ARGPARSE, *(loader.name for loader in loaders()), *(category.title for category in categories().values())}
    found |= {advice["source"] for advice in words("words")["advice"].values()}
    found |= {CONTEXT, UNNAMED, *(reason for _, reason in review().values())}
    for artefact in discover().values():
        found |= {artefact.title, artefact.expected.optional, artefact.means, row_of(artefact), summary(artefact)}
        found |= {*details(artefact), *(field.note for field in fields(artefact))}
        found |= {event.says for event in artefact.events} | {part.name for part in parts_of(artefact.read)}
        found |= {text for seen in artefact.seen for text in (seen.versions, seen.basis)}
    for row in (*strength.rows, *strength.caps, *strength.values):
        found |= {row.reason, *row.innocent}
    found |= {strength.names.short, strength.names.common, *strength.names.innocent}
    for age in strength.ageing:
        found |= {age.expired, age.unknown, age.undated, age.old, age.untimed, *age.innocent}
    for rule in discover_rules().values():
        found |= {rule.title, rule.basis, *rule.innocent}
    return sorted(found - {""})


def quoted(text: str) -> str:
    """A text as a gettext string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def template() -> str:
    """The whole file."""
    parts = ['msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n']
    for id, text in messages().items():
        if isinstance(text, tuple):
            one, many = map(quoted, text)
            parts.append(f'msgctxt {quoted(id)}\nmsgid {one}\nmsgid_plural {many}\nmsgstr[0] ""\nmsgstr[1] ""\n')
        elif text:
            parts.append(f'msgctxt {quoted(id)}\nmsgid {quoted(text)}\nmsgstr ""\n')
    parts += [f'msgctxt {quoted(DATA)}\nmsgid {quoted(text)}\nmsgstr ""\n' for text in data_sentences()]
    return "\n".join(parts)


def main() -> int:
    """0 where the file is, or now is, as the texts are."""
    made = template()
    if "--check" not in sys.argv[1:]:
        POT.write_text(made, "utf-8")
        return 0
    if POT.is_file() and POT.read_text("utf-8") == made:
        return 0
    print("messages.pot is stale: run scripts/extract_messages.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
