"""What a record must say for a step, a clock or a need: a small closed set of conditions. Data, not code; `engine.py` reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Has:
    """A claim of this property stands, with one of the values where some are given."""

    property: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Became:
    """As `Has`, and what the word says has come about: on the day that the record gives for it by the first of these properties that has
    one; else on the day on which the word was said. Never on the day on which the record begins. Who says something else as well by the
    same property in the same entry has not said it."""

    property: str
    values: tuple[str, ...]
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alone:
    """As `Has`, by an entry that says nothing else by the same property: who says two things at once has said neither."""

    property: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Torn:
    """One entry gives this property two values that both hold on the day: neither is told. Ask it after what `Alone` finds: what another
    entry says alone counts."""

    property: str


@dataclass(frozen=True, slots=True)
class HasAll:
    """Claims of this property stand with each of the values."""

    property: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lacks:
    """No claim of this property stands (with one of the values, where some are given)."""

    property: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fails:
    """The other one does not hold on the day: what is only to come does not, nor what nobody told of."""

    of: Condition


@dataclass(frozen=True, slots=True)
class Reached:
    """The date in this property has come."""

    property: str


@dataclass(frozen=True, slots=True)
class Running:
    """The record holds on the day: it has begun and is not known to have ended; where several first or last days are told, by those by
    which it holds for least."""

    longest: bool = False
    """By those by which it holds for most: for what speaks against somebody."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Another record of the type points to this one by the property, and its conditions hold; it counts from its own date on: by the
    first of these properties (none are given: by any date of its own), else from the day on which it was told."""

    type: str
    by: str
    when: tuple[Condition, ...] = ()
    on: tuple[str, ...] = ()
    bound: tuple[str, str] | None = None
    """Where the other names somebody by the first of these properties, that has to be whom this record names by the second, or its State.
    What binds goes on in each of its readings: nobody else ends it."""
    proven: str = ""
    """A test of `proven.py` by which the other is the act of whoever may do it: the rule's own, in place of whom this record names."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these: for places where one condition is asked for."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """The last day in this property is over: that day itself still counts."""

    property: str


@dataclass(frozen=True, slots=True)
class Over:
    """The last day of the record is over: its own, else that until which its statements hold."""


@dataclass(frozen=True, slots=True)
class Older:
    """More than so many days have passed since the first of these dates that is given; so is what has none of them."""

    properties: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True)
class SaidBy:
    """A claim of this property with one of the values, in the words of those whom some properties of the record name, whoever told of the
    record first. Where these name nobody it takes the words of whoever told of it first. Who owes it, and its State, never counts. Its day
    is that which they give by one of the properties `on`, else the founder, else that on which it was said."""

    property: str
    values: tuple[str, ...]
    by: tuple[str, ...]
    owed: tuple[str, ...]
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamesPublic:
    """By this property the record names a public body: a State, or something that anybody calls a public body, more firmly than as an
    allegation."""

    property: str


@dataclass(frozen=True, slots=True)
class ToldBySide:
    """Whoever told of the record first is one of those whom these properties name, or is of their group, or tied to them
    (`Speakers.of_group`). `corporateEvent.company`: by way of the record that `corporateEvent` names."""

    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Established:
    """An oversight body is established on the day by what is on file of its members (`decisions/boards.py`); or shown not to be."""

    holds: bool


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule's own test says one of these words of the record (`proven.RULINGS`), by whoever's word the rule takes: page and answer are one
    test."""

    test: str
    says: tuple[str, ...]
    ways: Condition | None = None
    """How it came about where the record tells it so, from the day of the ruling on; else the ruling's own day and words."""


Condition = (
    Has
    | Became
    | Alone
    | Torn
    | HasAll
    | Lacks
    | Fails
    | Reached
    | Past
    | Over
    | Older
    | Running
    | Linked
    | AnyOf
    | AllOf
    | SaidBy
    | NamesPublic
    | ToldBySide
    | Established
    | Ruled
)
