"""Whose acts on a record count: those of its founder, of the offices that it names, and of nobody who is a party to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sousveil.decisions import lookup, voices
from sousveil.register.views.reading import Reader, Record, stands

Accept = Callable[[Record], bool]
"""Whether a record that another one points to is the act of somebody whose act counts."""


def with_words(reader: Reader, record: Record, offices: Sequence[str]) -> Record:
    """A record as its founder tells it, with what those say in it whom the founder names by these properties, or what they are part of:
    who is asked may answer there, and nobody in its place."""
    own = voices.told_as(reader, record)
    named = _named(reader, own, offices)
    if not named:
        return own
    whole = reader.records.get(reader.canonical(record.id), record)
    first = voices.founder(reader, voices.as_type(whole, record.type))
    voice = {one.id: voices.voice(reader, one) for one in whole.statements if stands(one)}
    good = {by for by in voice.values() if by == first or any(lookup.speaks_for_state(reader, by, id) for id in named)}
    told = voices.only(whole, [one for one in whole.statements if voice.get(one.id) in good])
    return voices.as_type(told, record.type)


def _named(reader: Reader, record: Record, of: Sequence[str]) -> list[str]:
    found = (reader.canonical(one.statement.value) for name in of for one in record.stand(name))
    return list(dict.fromkeys(found))
