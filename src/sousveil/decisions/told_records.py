"""Records and statements of a world in words: what an entity is called, and what a statement says.

Captions are made once. A world has them in the register's own language, whatever the language of whoever asked first.
"""

from __future__ import annotations

from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.index import Base
from sousveil.decisions.model import FactShown
from sousveil.decisions.seats import Seats
from sousveil.register import types
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.views import captions, words
from sousveil.register.views.records import Record

SHOWN_MOST = 160
"""Characters of a value in a sentence."""


def within(label: str) -> str:
    """A label within a line: "status", but "ISIN" and "OpenCorporates page"."""
    first, _, _ = label.partition(" ")
    return label if any(letter.isupper() for letter in first[1:]) else label[:1].lower() + label[1:]


class ToldRecords:
    """What a base holds, as answers tell it."""

    def __init__(self, base: Base, seats: Seats) -> None:
        self.base, self.seats = base, seats
        self._captions: dict[str, str] = {}

    def caption(self, subject: str) -> str:
        """The name of an entity or a State."""
        if subject.startswith(TIE):
            return f"{self.caption(subject[1:])} (a tie that is not proven)"
        if len(subject) == 2:
            return self.seats.state_name(subject)
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
            return self.seats.state_name(code)  # a State is called one thing in an answer, however many records it has
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
