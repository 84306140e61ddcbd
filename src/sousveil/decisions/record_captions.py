"""Records and statements of a world in words: what an entity is called, and what a statement says.

Captions are made once. A world has them in the register's own language, whatever the language of whoever asked first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sousveil.decisions.evidence.accounts import Snapshot, taken_back
from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.index import Base
from sousveil.decisions.model import FactShown
from sousveil.decisions.world import Deal
from sousveil.register import types
from sousveil.register.model import Recorded, Stance
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.views import captions, words
from sousveil.register.views.records import Record, notes_beside

SHOWN_MOST = 160
"""Characters of a value in a sentence."""


def within(label: str) -> str:
    """A label within a line: "status", but "ISIN" and "OpenCorporates page"."""
    first, _, _ = label.partition(" ")
    return label if any(letter.isupper() for letter in first[1:]) else label[:1].lower() + label[1:]


class RecordCaptions:
    """What a base holds, as answers tell it."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._captions: dict[str, str] = {}

    def caption(self, subject: str) -> str:
        """The name of an entity or a State."""
        if subject.startswith(TIE):
            return f"{self.caption(subject[1:])} (a tie that is not proven)"
        if len(subject) == 2:
            return country_name(subject)
        record = self.base.records.get(subject)
        if record is not None:
            found = self._captions.get(subject)
            if found is None:
                found = self._captions[subject] = self._listed(subject, self._of_record(record))
            return found
        row = self.base.rows.get(subject)
        return row.caption if row is not None else words.nobody_known(subject)

    def _listed(self, subject: str, caption: str) -> str:
        """What somebody on a list is called: not otherwise than there because somebody says so."""
        row = self.base.rows.get(subject)
        if row is None or caption.casefold() in {one.casefold() for one in (row.caption, *row.names)}:
            return caption
        return row.caption

    def _of_record(self, record: Record) -> str:
        if record.type == "State" and (code := record.first("country")):
            return country_name(code)  # a State is called one thing in an answer, however many records it has
        with words.plain():  # facts keep what they are told, whatever the language of whoever asked first
            return captions.caption(record, self._record, self._says)

    def _says(self, type: str, name: str, value: str) -> str:
        known = types.property_of(type, name)
        if known is None:
            return value
        if known.kind == Kind.ENTITY:
            return self.caption(self.base.canonical(value))
        if known.kind == Kind.COUNTRY:
            return country_name(value)
        if known.kind == Kind.DATE:
            with words.plain():
                return words.date(value)
        if known.codes:
            return str(known.codes.get(value, value))
        return value if len(value) <= SHOWN_MOST else value[: SHOWN_MOST - 1] + "…"

    def shown(self, statement: str) -> FactShown:
        """A statement for an answer. The id of a list's row gives that row."""
        one = self.base.statements.get(statement)
        if one is None:
            return self._row(statement)
        said = one.statement
        known = types.property_of(said.type, said.property)
        label = known.label if known else said.property
        record = self.base.records[self.base.canonical(said.subject)]
        value = self._says(said.type, said.property, said.value)
        return FactShown(
            statement=one.id,
            says=f"{self._of_record(record)} – {within(label)}: {value}",
            source=said.source,
            standing=str(said.standing),
            date=said.valid_from or said.asserted,
            note="; ".join(notes_beside(record, one)),
        )

    def _row(self, id: str) -> FactShown:
        row = self.base.rows[id]
        snapshot = self.base.snapshots[row.dataset]
        return FactShown(
            statement=id,
            says=f"{row.caption} stands on the list {row.dataset} in its copy of {snapshot.date}",
            source=snapshot.source,
            standing="reported",
            date=snapshot.date,
        )

    def _record(self, id: str) -> Record | None:
        return self.base.records.get(self.base.canonical(id))


# What was taken back


OF_ONE = 2
"""So many of one record are told: those that name somebody first."""
MOST = 8
"""So many are quoted in one answer, the newest; the others are counted."""


class TakenBack:
    """What does not stand any more of a base, by whom the records name that it was told in."""

    def __init__(self, base: Base) -> None:
        self._about: dict[str, list[Recorded]] = {}
        for record in base.records.values():
            gone = sorted(
                (one for one in record.statements if _gone(one)), key=lambda one: (not _points(one), one.recorded)
            )
            if gone := gone[:OF_ONE]:
                named = {base.canonical(one.statement.value) for one in record.statements if _points(one)}
                for id in {record.id, *named}:
                    self._about.setdefault(id, []).extend(gone)

    def notes(self, world: Snapshot, deal: Deal) -> Iterator[str]:
        """Notes on what was told of the parties of a deal."""
        if not self._about:
            return
        found: dict[str, Recorded] = {}
        for id in _parties(deal):
            for one in self._about.get(id, ()):
                found[one.id] = one
        newest = sorted(found.values(), key=lambda one: (-one.recorded, one.id))
        yield from (taken_back(world, one) for one in newest[:MOST])
        if len(newest) > MOST:
            yield f"Taken back, corrected or put in doubt besides, about parties of this deal: {len(newest) - MOST}."


def _parties(deal: Deal) -> Iterable[str]:
    named = (deal.product, deal.buyer, *(one.id for one in deal.parties))
    return dict.fromkeys(one.removeprefix(TIE) for one in (*named, *deal.vendors) if one is not None)


def _gone(one: Recorded) -> bool:
    stance = one.statement.stance
    return stance is not Stance.DENIES and (one.retracted is not None or one.superseded_by is not None or one.doubtful)


def _points(one: Recorded) -> bool:
    return one.statement.value.startswith("sv-")
