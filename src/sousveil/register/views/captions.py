"""What a record is called: the one place, for pages, exports and decisions.

A record is called by the best claim of its naming properties; a link, by its two ends. What nobody gave a name is called by
what a stranger understands: its type, when it was, and what its type says that tells it apart (`told_by`): a product, a
body, a place. Never by whom it concerned, nor by a client, whose stage a name cannot carry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sousveil.register import edtf, types
from sousveil.register.model import Standing
from sousveil.register.types.model import Kind, RecordType
from sousveil.register.views import words
from sousveil.register.views.records import ONE_DATE, Record, span, stands, weakest_of

Find = Callable[[str], Record | None]
"""The record of an id, by whatever id it is named; None where it is not at hand."""
Says = Callable[[str, str, str], str]
"""A value in words, by type and property."""


def caption(record: Record, find: Find, says: Says) -> str:
    """What the record is called, in the language that `words` speaks."""
    found = _named(record, says)
    if found is not None:
        return found
    if record.first("unspecified"):
        return words.unknown_owner()
    known = types.find(record.type)
    if known is None:
        return words.without_name(record.type, record.id)
    label = words._(known.label)
    # A link between links (a figure about an ownership) is called by its type alone: captions never run in circles.
    ends = [end for end in _ends(record, known, find) if not _is_link(end.type)]
    if ends:
        return f"{label}: {' – '.join(caption(end, find, says) for end in ends)}"
    return _told(record, find, says) or words.without_name(label, record.id)


def told_values(record: Record) -> Iterator[str]:
    """The entities that name a record without a name of its own: whoever shows it must have them at hand."""
    if all(record.first(name) is None for name in types.caption_of(record.type)):
        for name in (name for group in types.told_by(record.type) for name in group):
            known = types.property_of(record.type, name)
            if known is not None and known.kind == Kind.ENTITY and (value := record.first(name)):
                yield value


def _named(record: Record, says: Says) -> str | None:
    if record.type == "Claim" and record.first("claimKind") == "called" and (label := record.first("label")):
        return words.called(record.first("publisher") or record.stand("label")[0].statement.publisher, label)
    for name in types.caption_of(record.type):
        if found := record.first(name):
            said = says(record.type, name, found)
            known = types.property_of(record.type, name)
            kind = types.find(record.type)
            if known is None or kind is None or known.kind != Kind.CODE:
                return said
            return f"{words._(kind.label)}: {said}"  # one word of a list names nothing: it needs what it is a word for
    return None


def _ends(record: Record, known: RecordType, find: Find) -> list[Record]:
    names = (known.edge.source, known.edge.target) if known.edge else ()
    ends = [record.first(name) for name in names]
    if names and not any(stands(one) for one in record.statements):
        # Of a link that was taken back nothing stands: it is still called by what it named, but by no natural person.
        ends = [next((one.statement.value for one in record.by_property.get(name, ())), None) for name in names]
        there = (find(end) for end in ends if end)
        return [one for one in there if one is not None and not types.is_a(one.type, "Person")]
    return [found for end in ends if end and (found := find(end)) is not None]


def _told(record: Record, find: Find, says: Says) -> str | None:
    """The type, when it was, and what tells it apart; None where nothing of that is stated."""
    used: list[str] = []
    parts: list[str] = []
    start, _end = span(record)
    if start and start != edtf.OPEN:
        parts.append(words.date(start))
        used += [name for name in (types.start_of(record.type), *ONE_DATE) if name and record.stand(name)][:1]
    for group in types.told_by(record.type):
        for name in group:
            said = _part(record, name, find, says)
            if said is not None and said not in parts:
                parts.append(said)
                used.append(name)
                break
    if not parts:
        return None
    known = types.find(record.type)
    stage = known.stage if known else None
    if stage and record.stand(stage):
        used.append(stage)
    used = used or [name for name in record.by_property if record.stand(name)]
    alleged = weakest_of(record, used) == Standing.ALLEGED
    return ", ".join([words.told_type(words._(known.label) if known else record.type, alleged=alleged), *parts])


def _part(record: Record, name: str, find: Find, says: Says) -> str | None:
    """One thing that tells the record apart; never a natural person, nor what has no name either."""
    value = record.first(name)
    if not value:
        return None
    known = types.property_of(record.type, name)
    if known is None or known.kind != Kind.ENTITY:
        return says(record.type, name, value)
    target = find(value)
    if target is None or types.is_a(target.type, "Person") or any(one.statement.person for one in target.statements):
        return None
    return _named(target, says)


def _is_link(type: str) -> bool:
    known = types.find(type)
    return known is not None and known.edge is not None
