"""Writes the template for translators of the texts for people: src/sousveil/texts/messages.pot.

    .venv/bin/python scripts/extract_messages.py [--check]

The context of an entry is its stable id, the message its English text. Sentences of data files (reasons and explanations of
the strength table, names of rules, artefacts and categories, why an artefact may be absent) have the context `data`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sousveil.artefacts.model import discover
from sousveil.cases.categories import categories
from sousveil.findings.rules.model import discover_rules
from sousveil.indicators.strength import table
from sousveil.texts import DATA, messages

POT = Path(__file__).resolve().parent.parent / "src/sousveil/texts/messages.pot"


def data_sentences() -> list[str]:
    """The constant sentences of data files, rules and artefacts, sorted."""
    strength = table()
    found = {text for artefact in discover().values() for text in (artefact.title, artefact.expected.optional) if text}
    found |= {category.title for category in categories().values()}
    for row in (*strength.rows, *strength.caps, *strength.values):
        found |= {row.reason[0].upper() + row.reason[1:] + ".", *row.innocent}
    for age in strength.ageing:
        found |= set(age.innocent)
    for rule in discover_rules().values():
        found |= {rule.title, *rule.innocent}
    return sorted(found)


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
