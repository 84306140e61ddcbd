"""Whose acts on a record count: those of its founder, of the offices that it names, and of nobody who is a party to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from sousveil.decisions import lookup, voices
from sousveil.register.views.reading import Reader, Record, stands

Accept = Callable[[Record], bool]
"""Whether a record that another one points to is the act of somebody whose act counts."""
OFFICE_BY = ("body", "board", "authority", "buyer")
"""Properties by which a record that a named one is about leads to an office."""


def acts(
    reader: Reader,
    record: Record,
    offices: Sequence[str] | None,
    told: Callable[[str], Record | None],
    gains: Sequence[str] = (),
    gainers: Iterable[str] = (),
    side: Callable[[Record, list[str]], bool] | None = None,
) -> Accept | None:
    """Which records that point to this one count as the act that it waits for (`Speakers.acts`); None: all of them.

    `told`: a record as its founder tells it. `gainers`: others who would gain by it. `side`: whether a record is the act of those who
    would gain, or of their side, where no office is named.
    """
    if offices is None:  # of a named office no ownership that somebody tells of makes a side
        gain, is_side = _named(reader, voices.told_as(reader, record), gains), side or partial(speaks_for_any, reader)
        return (lambda other: not is_side(other, gain)) if gain else None
    own = voices.told_as(reader, record)
    named = [record.id, *_named(reader, own, offices)]
    about = (other for id in _named(reader, own, ("about",)) if (other := told(id)) is not None)
    named += [id for other in about for id in _named(reader, other, OFFICE_BY)] if offices else []
    first = None if gains else voices.founder(reader, record)
    gaining = [*_named(reader, own, gains), *gainers]

    def accept(other: Record) -> bool:
        if speaks_for_any(reader, other, gaining):
            return False
        by = voices.founder(reader, other)
        return by == first or any(lookup.speaks_for_state(reader, by, id) for id in named)

    return accept


def speaks_for_any(reader: Reader, other: Record, ids: Iterable[str]) -> bool:
    """Whether one of these told of a record first."""
    by = voices.founder(reader, other)
    return any(lookup.speaks_for(reader, by, id) for id in ids)


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


def as_told(reader: Reader) -> Callable[[str], Record | None]:
    """Records of a reader as their founders tell them, for `acts`."""

    def told(id: str) -> Record | None:
        reader.load([id])
        record = reader.records.get(reader.canonical(id))
        return voices.founded(reader, record) if record is not None else None

    return told
