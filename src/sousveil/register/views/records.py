"""A record: an entity with its statements, its dates, and how firmly it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from sousveil.errors import Malformed
from sousveil.register import edtf, types
from sousveil.register.model import Recorded, Stance, Standing
from sousveil.register.views import words


class Record(msgspec.Struct, kw_only=True):
    """One entity with its statements, in the order of the log."""

    id: str
    type: str
    statements: list[Recorded]
    by_property: dict[str, list[Recorded]]

    def claims(self, *names: str) -> list[Recorded]:
        """Claims of these properties, those that were taken back or denied among them."""
        return [one for name in names for one in self.by_property.get(name, ())]

    def stand(self, *names: str) -> list[Recorded]:
        """Claims of these properties that stand."""
        return [one for name in names for one in self.by_property.get(name, ()) if stands(one)]

    def first(self, name: str) -> str | None:
        """Value of the best claim of a property: that which stands most firmly, of these the earliest."""
        found = self.stand(name)
        return min(found, key=lambda one: RANK[one.statement.standing]).statement.value if found else None


def notes_on(record: Record, one: Recorded) -> list[str]:
    """The notes that qualify a statement of the record: those that the same publication states with the same dates.

    A note that begins with the label of a property ("Founded: ...") qualifies the values of that property only.
    """
    if not (notes := record.by_property.get("note")) or one.statement.property == "note":
        return []
    found = []
    for note in notes:
        if stands(note) and _context(note) == _context(one):
            label, colon, _ = note.statement.value.partition(": ")
            named = (
                {known.label: name for name, known in types.properties(record.type).items()}.get(label)
                if colon
                else None
            )
            if named in (None, one.statement.property):
                found.append(note.statement.value)
    return list(dict.fromkeys(found))


def _context(one: Recorded) -> tuple[str | None, ...]:
    said = one.statement
    return said.publisher, said.source, said.valid_from, said.valid_until


RANK = {standing: place for place, standing in enumerate(Standing)}


def stands(one: Recorded) -> bool:
    """Whether a claim counts: asserted (or corrected), not retracted, not corrected away, not doubtful."""
    return (
        one.statement.stance != Stance.DENIES
        and one.retracted is None
        and one.superseded_by is None
        and not one.doubtful
    )


def span(record: Record) -> tuple[str | None, str | None]:
    """From when until when a record holds: its own dates, else those of its statements.

    What happens once (an incident, a listing of a licence's end) and has one date ends with it; for everything else an end
    that is not stated stays unknown.
    """
    start = _dated(record, types.start_of(record.type))
    end = _dated(record, types.end_of(record.type))
    # Of what holds over a time `date` is a day on which somebody saw it: neither its beginning nor its end.
    dated = ONE_DATE[1:] if types.is_a(record.type, "Interval") and not happens_once(record.type) else ONE_DATE
    start = start or next((found for name in dated if (found := record.first(name))), None)
    known = types.find(record.type)
    edge = known.edge if known else None
    naming = [one for name in ((edge.source, edge.target) if edge else ()) for one in record.stand(name)]
    if record.type == "Investigation":
        closed = [(one.statement.valid_from or "", one.statement.value in CLOSED) for one in record.stand("status")]
        last, over = max(closed, default=("", False))
        end = end or (last or None if over else None)
        ends = {at for at, is_over in closed if is_over}
        naming = [one for one in record.statements if stands(one) and one.statement.valid_from not in ends]
        return start or next((one.statement.valid_from for one in naming if one.statement.valid_from), None), end
    for one in naming or [one for one in record.statements if stands(one)]:
        start = start or one.statement.valid_from
        end = end or one.statement.valid_until
    return start, end or (start if happens_once(record.type) else None)


def only_of(record: Record, datasets: Collection[str]) -> bool:
    """Whether nothing but these data sets says anything of a record."""
    return all(one.statement.dataset in datasets for one in record.statements)


ONE_DATE = ("date", "listingDate", "contractDate", "sentOn", "askedOn", "proposedOn", "publishedAt", "month")
"""Properties that date a record which has no beginning of its own."""
CLOSED = ("closed", "refused", "decided")
"""Words for the status of an investigation that is over: the day of such a step is its end, never its beginning."""
ONCE = ("Supply", "Finding", "LetterSignature", "Succession")


def happens_once(type: str) -> bool:
    """Whether a record of the type says what happened, not what holds on."""
    return type in ONCE or (types.is_a(type, "Event") and type not in ("Investigation", "Proceeding"))


def _dated(record: Record, name: str | None) -> str | None:
    return record.first(name) if name else None


def state_of(start: str | None, end: str | None, day: str) -> str:
    """current, ended, future or unknown on a day. An unknown end is not "current"."""
    try:
        held = edtf.holds(start, end, day)
        if held is None:
            return "unknown"
        if held:
            return "current"
        return "future" if start and edtf.parse(start).first > edtf.parse(day).last else "ended"
    except Malformed:
        return "unknown"


def weakest_of(record: Record, names: Iterable[str]) -> str:
    """Standing of a link: the strongest claim of each naming property, of these the weakest."""
    return words.weakest(
        [words.strongest([str(one.statement.standing) for one in record.stand(name)]) for name in names]
    )
