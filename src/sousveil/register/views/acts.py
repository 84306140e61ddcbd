"""Acts of States under the demands of the letter: what a record says a State did, for which demand."""

from __future__ import annotations

from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.views.reading import Reader, Record, span

_TELLING = (
    "summary", "outcome", "findings", "recommends", "practice", "title", "contribution", "forum", "program", "event", "name",
    "status",
)  # fmt: skip
"""Properties that tell an act, best first."""


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
        """The acts of a State (ISO code) under a demand, newest first: of each record the statement that tells it best.

        `day` is an ordinal. A record that had surely not begun on that day is left out.
        """
        dated = [(_first(one), one) for one in self._found.get((country, letter), {}).values()]
        dated.sort(key=lambda pair: (-pair[0], pair[1].id))
        return [_telling(one) for first, one in dated if first <= day]


def _first(record: Record) -> int:
    """The first day that the record's date may mean, as an ordinal; 0 where it has none."""
    start = span(record)[0]
    return edtf.parse(start).first if start and start != edtf.OPEN else 0


def _telling(record: Record) -> Recorded:
    """The statement that tells an act best; of several the newest."""
    for name in _TELLING:
        if found := record.stand(name):
            return max(found, key=lambda one: (one.statement.valid_from or "", one.recorded))
    return record.stand("demand")[0]
