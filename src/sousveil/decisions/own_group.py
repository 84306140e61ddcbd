"""Who is of an asker's group today, and by whose word: what its own side says, or somebody verified who is not of the other's side.

A bidder's own word, or that of a stranger without a verified key, makes nobody the asker's group: else a bidder said that the authority
owned a share of it, and escaped its screening. What only they say is told, with who says it. Ties that ended and shares without control are
not the group of today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from sousveil.decisions import chains, lookup, voices
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types import all_types, is_a
from sousveil.register.views import words
from sousveil.register.views.reading import Reader, Record, stands

MOST = 2_000
"""Entities of one group; a larger group is cut, and `group_of` says so."""
LINKS = {
    "Ownership": ("owner", "asset"),
    "Representation": ("agent", "client"),
    "Investment": ("investor", "recipient"),
    "Succession": ("predecessor", "successor"),
    "Directorship": ("director", "organization"),
}
"""Record types that tie two entities, and the properties that name them."""
PART_OF = ("PublicBody", "State")
"""Their property `partOf` is followed upwards and downwards."""
HOLDING = {"Ownership": (chains.CONTROL, chains.UNKNOWN), "Investment": (chains.CONTROL,)}
"""How much a holding has to be, to make one group."""
LASTING = frozenset({"Succession"})
"""What does not end: who became another is the same."""

FAR = 100
"""Links that are followed: what is owned through seven others is owned."""

Counts = Callable[[Record, Recorded], bool]
"""Whether a statement of a tie's record counts."""
Owner = Callable[[Recorded], str]
"""Whose key signed a statement."""


class Tie(msgspec.Struct, frozen=True):
    """How somebody was reached."""

    other: str
    """From whom."""
    record: Record
    """What ties them, as far as it counts."""
    type: str
    """As what it ties them."""


class Group:
    """The group of one asker on a day."""

    def __init__(self, reader: Reader, asker: str, day: str) -> None:
        self._reader, self._day = reader, day
        reader.load([asker])
        self.asker = reader.canonical(asker)
        self.side = frozenset(lookup.part_of(reader, self.asker))
        """The asker, and what it is part of."""
        self._verified = frozenset(one.key_id for one in reader.store.keyring().states() if one.verified)
        self._reached: dict[str, Tie] | None = None

    def owner(self, one: Recorded) -> str:
        """Whose key signed a statement: a canonical id, or a name."""
        owner = self._reader.told_by(one.recorded)[0]
        if not owner.startswith("sv-"):
            return owner
        self._reader.load([owner])
        return self._reader.canonical(owner)

    def verified(self, one: Recorded) -> bool:
        """Whether a verified key signed a statement."""
        return self._reader.told_by(one.recorded)[1] in self._verified

    def firm(self, one: Recorded) -> bool:
        """Whether a verified key says it, and as more than an allegation."""
        return one.statement.standing in lookup.FIRM and self.verified(one)

    def of(self, other: str) -> bool:
        """Whether somebody is of the asker's group today, by the word of the asker's side or of somebody verified who is not of the
        other's side."""
        self._reader.load([other])
        other = self._reader.canonical(other)
        if other == self.asker:
            return True
        against = self._beside(other)
        own = {self.asker, *(self.side - {other})}

        def counts(record: Record, one: Recorded) -> bool:
            owner = self.owner(one)
            if owner in own and one.statement.property == "endDate" and self._told_by_others(record, own | against):
                return False  # an asker does not end by its own word what somebody independent tells of
            if owner in own or (self.firm(one) and owner not in against):
                return True
            # whoever told of a body first says what it is part of, if that is not who gains by it
            first = one.statement.property == "partOf" and voices.voice(self._reader, one) == voices.founder(
                self._reader, record
            )
            return first and owner not in against

        # From the other: of a crowd that somebody ties to the asker each has its own tie to be looked at, and not those of all.
        found = reach(self._reader, other, self._day, counts, until=self.asker)
        if self.asker in found or len(found) <= MOST:
            return self.asker in found
        # Of a crowd that is tied to the other, from the asker. Where both have one, nobody knows, and it may be.
        back = reach(self._reader, self.asker, self._day, counts, until=other)
        return other in back or len(back) > MOST or not found.keys().isdisjoint(back)

    def _told_by_others(self, record: Record, side: frozenset[str] | set[str]) -> bool:
        """Whether somebody verified who is of neither side tells of a tie."""
        names = LINKS.get(record.type, ())
        told = (one for one in record.statements if stands(one) and one.statement.property in names)
        return any(self.firm(one) and self.owner(one) not in side for one in told)

    def _beside(self, other: str) -> frozenset[str]:
        """Whoever is of the other's side: by the word of somebody verified, not by the other's; and who says of itself that it is tied to
        one of them. Of somebody else only a verified word says so: a company of straw would tie the witness to the bidder."""

        def counts(record: Record, one: Recorded) -> bool:
            return self.firm(one) and self.owner(one) != other

        found = reach(self._reader, other, self._day, counts, bodies=False, owner=self.owner)
        return frozenset({other, *found}) - {self.asker}

    def near(self) -> frozenset[str]:
        """Whoever may be of the asker's group, by the words of its side or of anybody verified, on any day: what strangers file makes it
        no larger."""

        def counts(record: Record, one: Recorded) -> bool:
            return self.verified(one) or self.owner(one) in self.side or self.owner(one) == self.asker

        return frozenset({self.asker, *reach(self._reader, self.asker, None, counts)})

    def said(self, other: str) -> tuple[str, ...]:
        """What ties somebody to the asker by anybody's word, on any day: each tie of the nearest way in words, with who says it."""
        if self._reached is None:
            self._reached = reach(self._reader, self.asker, None, lambda record, one: True)
        self._reader.load([other])
        at, found = self._reader.canonical(other), list[str]()
        while (tie := self._reached.get(at)) is not None and at != self.asker:
            label = all_types()[tie.type].label
            who = ", ".join(dict.fromkeys(self._reader.publisher(self.owner(one)) for one in _telling(tie)))
            end = tie.record.first("endDate")
            until = f" until {words.date(end)}" if end else ""
            found.append(f"{label} ({self._name(tie.other)} – {self._name(at)}){until}, says {who}")
            at = tie.other
        return tuple(reversed(found))

    def _name(self, id: str) -> str:
        self._reader.load([id])
        record = self._reader.records.get(id)
        return "a person" if record is not None and is_a(record.type, "Person") else self._reader.ref(id).caption


def _telling(tie: Tie) -> list[Recorded]:
    """The statements that name the ends of a tie."""
    names = LINKS.get(tie.type, ("partOf",))
    return [one for one in tie.record.statements if stands(one) and one.statement.property in names]


def reach(
    reader: Reader,
    start: str,
    day: str | None,
    counts: Counts,
    *,
    types: Iterable[str] = tuple(LINKS),
    bodies: bool = True,
    owner: Owner | None = None,
    until: str = "",
) -> dict[str, Tie]:
    """Everybody whom ties that count lead to -> how; the start itself is left out. `day`: only ties of that day, and no share without
    control; None: of any day. `types`: of these ties alone. `bodies`: by way of offices and States too. `owner` (whose key said what): who
    says of itself that it is tied to one of them is reached, too, and this leads to nobody else. `until`: once it is reached, nobody else
    is looked for.
    """
    found: dict[str, Tie] = {}
    level = [start]
    for _ in range(FAR):
        wave = []
        for one in level:
            for tie, other in _near(reader, one, day, counts, types, bodies, owner):
                if other != start and other not in found:
                    found[other] = tie
                    wave.append(other)
                    if other == until:
                        return found
        level = wave
        if not wave or len(found) > MOST:
            break
    return found


def _near(
    reader: Reader,
    one: str,
    day: str | None,
    counts: Counts,
    types: Iterable[str],
    bodies: bool,
    owner: Owner | None,
) -> Iterator[tuple[Tie, str]]:
    for type in types:
        for name in LINKS[type]:
            for record in lookup.pointing(reader, [one], type, name):
                told = _held(record, day, counts)
                for other in _ends(reader, told, type, name, one, day):
                    yield Tie(one, told, type), other
                for who in _admitting(reader, record, type, name, one, day, owner) if owner is not None else ():
                    yield Tie(one, record, type), who
    for type in PART_OF if bodies else ():
        own = reader.records.get(one)
        upwards = _held(own, day, counts) if own is not None and voices.is_called(own, type) else None
        for other in lookup.entities(reader, upwards, "partOf") if upwards is not None else ():
            yield Tie(one, upwards or voices.only(reader.records[one], ()), type), other
        for record in lookup.pointing(reader, [one], type, "partOf"):
            told = _held(record, day, counts)
            if one in lookup.entities(reader, told, "partOf"):
                yield Tie(one, told, type), record.id


def _ends(reader: Reader, told: Record, type: str, name: str, one: str, day: str | None) -> list[str]:
    """Whom a tie, as far as it counts, ties to somebody."""
    if one not in lookup.entities(reader, told, name) or (day and not _binds(reader, told, type, day)):
        return []
    found = dict.fromkeys(other for end in LINKS[type] for other in lookup.entities(reader, told, end))
    return [other for other in found if other != one]


def _admitting(
    reader: Reader, record: Record, type: str, name: str, one: str, day: str | None, owner: Owner
) -> Iterator[str]:
    """Who says of itself that a record ties it to somebody."""
    for who in {owner(each) for each in record.statements}:
        mine = _held(record, day, lambda _, each, who=who: owner(each) == who)  # type: ignore[misc]
        if who in _ends(reader, mine, type, name, one, day):
            yield who


def _held(record: Record, day: str | None, counts: Counts) -> Record:
    """A record as far as it counts, and its statements held on the day."""
    return voices.only(
        record,
        [
            one
            for one in record.statements
            if stands(one)
            and (day is None or edtf.holds(one.statement.valid_from, one.statement.valid_until, day) is not False)
            and counts(record, one)
        ],
    )


def _binds(reader: Reader, told: Record, type: str, day: str) -> bool:
    """Whether a tie holds on the day, and a holding is more than a share; of what several say the most counts."""
    readings = voices.readings(reader, told)
    if type not in LASTING and all(lookup.held_on(one, day) is False for one in readings):
        return False
    return type not in HOLDING or chains.strength(reader, told) in HOLDING[type]
