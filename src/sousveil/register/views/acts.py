"""Acts of States under the demands of the letter: what a record says a State did, for which demand."""

from __future__ import annotations

from sousveil.register import edtf, types
from sousveil.register.model import Recorded
from sousveil.register.types.model import Kind
from sousveil.register.views.reading import Reader, Record, span, stands

_SAYING = ("summary", "outcome", "findings", "recommends", "practice", "contribution", "enforcement")
"""Properties that say in a sentence what was done."""
_NAMING = ("title", "forum", "program", "event", "name", "status")
"""Properties that name the act; they tell it where no sentence does."""


class Acts:
    """The records that name a demand, by country and demand; made of all that a reader has loaded."""

    def __init__(self, reader: Reader) -> None:
        self._found: dict[tuple[str, str], dict[str, Record]] = {}
        for record in reader.records.values():
            for demand in record.stand("demand"):
                for country in record.stand("country", "jurisdiction"):
                    key = (country.statement.value, demand.statement.value)
                    self._found.setdefault(key, {})[record.id] = record

    def of(self, country: str, letter: str, day: int) -> list[Recorded]:
        """The acts of a State (ISO code) under a demand, newest first: of each record the newest that was said for this demand.

        `day` is an ordinal. A record that had surely not begun on that day is left out.
        """
        dated = [(_first(one), one) for one in self._found.get((country, letter), {}).values()]
        dated.sort(key=lambda pair: (-pair[0], pair[1].id))
        return [_telling(one, letter) for first, one in dated if first <= day]


def _first(record: Record) -> int:
    """The first day that the record's date may mean, as an ordinal; 0 where it has none."""
    start = span(record)[0]
    return edtf.parse(start).first if start and start != edtf.OPEN else 0


def _telling(record: Record, letter: str) -> Recorded:
    """The newest statement that tells the act for a demand.

    Only the publication that names the demand tells it: another publication in the record may be about another demand.
    """
    demands = [one for one in record.stand("demand") if one.statement.value == letter]
    publications = {_publication(one) for one in demands}
    telling = [
        one
        for one in record.statements
        if stands(one) and one.statement.property in (*_SAYING, *_NAMING) and _publication(one) in publications
    ]
    # Statements of one submission are in the order of the log: of equals the last counts.
    return max(reversed(telling or demands), key=_newest)


def _publication(one: Recorded) -> tuple[str | None, ...]:
    said = one.statement
    return said.publisher, said.source, said.asserted, said.valid_from, said.valid_until


def _newest(one: Recorded) -> tuple[str, str, bool, bool, int]:
    """Later publications come later; of one publication a sentence comes after a name, and a name after a code."""
    said = one.statement
    known = types.property_of(said.type, said.property)
    code = known is not None and known.kind == Kind.CODE
    return said.valid_from or "", said.asserted or "", said.property in _SAYING, not code, one.recorded
