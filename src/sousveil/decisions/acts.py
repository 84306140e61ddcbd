"""Whose acts on a record count: those of its first publisher, and of the offices that it names; never those of a party to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sousveil.decisions import lookup, voices
from sousveil.register.views.reading import Reader, Record, stands

Accept = Callable[[Record], bool]
"""Whether a record that another one points to is the act of somebody whose act counts."""


def with_words(reader: Reader, record: Record, offices: Sequence[str]) -> Record:
    """A record as its first publisher reports it, with what those say in it whom that one names by these properties, or what they are part
    of: who is asked may answer there, and nobody in its place."""
    own = voices.told_as(reader, record)
    named = {reader.canonical(one.statement.value) for one in own.stand(*offices)}
    if not named:
        return own
    whole = voices.as_type(reader.records.get(reader.canonical(record.id), record), record.type)
    kept = {one.id for one in own.statements}
    return voices.only(
        whole,
        (
            one
            for one in whole.statements
            if one.id in kept
            or (stands(one) and any(lookup.speaks_for_state(reader, voices.voice(reader, one), id) for id in named))
        ),
    )
