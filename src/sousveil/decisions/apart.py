"""What others added to a record: shown apart from what its founder, or who acts in it, tells, with the name of who says it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sousveil.decisions import chains, lookup, voices
from sousveil.decisions.acts import with_words
from sousveil.register.views.reading import Reader, Record, property_label

MOST = 6
"""Values of one speaker that are written out."""


def others(reader: Reader, record: Record, own: Record, names: Iterable[str] = ()) -> list[str]:
    """One line for each speaker whose words stand in a record and not in its own part: "According to X: Outcome: all cleared".

    `names`: these properties alone.
    """
    said: dict[str, list[str]] = {}
    wanted = tuple(names) or tuple(record.by_property)
    for name in wanted:
        kept = set(lookup.texts(own, name))
        for one in record.stand(name):
            if one.statement.value in kept:
                continue
            reader.load([one.statement.value])
            shown = reader.display(one.statement.type, name, one.statement.value)[0]
            line = f"{property_label(one.statement.type, name)}: {shown}"
            lines = said.setdefault(reader.publisher(lookup.signer(reader, one)), [])
            if line not in lines:
                lines.append(line)
    return [
        f"According to {who}: {'; '.join(one.rstrip('.') for one in _part(lines))}."
        for who, lines in sorted(said.items())
    ]


def fair(reader: Reader, record: Record, offices: Sequence[str], party: Sequence[str]) -> Record:
    """A record as whoever told of it first, and those whom that names by `offices`, tell it; without the words of the former where that is
    the `party` to it, or of its group."""
    own = with_words(reader, record, offices)
    if not by_party(reader, own, party):
        return own
    first = voices.founder(reader, own)
    return voices.only(own, [one for one in own.statements if voices.voice(reader, one) != first])


def by_party(reader: Reader, record: Record, party: Sequence[str]) -> bool:
    """Whether who told of a record first is one of those whom it names by these properties, or of their group."""
    first = voices.founder(reader, record)
    named = [id for one in party for id in lookup.entities(reader, record, one)] if first.startswith("sv-") else []
    return bool(named) and reader.canonical(first) in {*named, *chains.groups(reader, named, reader.day)}


def _part(lines: list[str]) -> list[str]:
    return lines if len(lines) <= MOST else [*lines[:MOST], f"and {len(lines) - MOST} more"]
