"""What a record must say for a step, a clock or a need: a small closed set of conditions. Data, not code; `engine.py` reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Has:
    """A claim of this property stands, with one of the values where some are given; `every`: one with each of them."""

    property: str
    values: tuple[str, ...] = ()
    every: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """The newest claim of this property has one of the values, and its entry gives no other: who says two things at once says neither.

    It is so on the day that the record gives for it by the first property of `on` that has one, else on the day of the claim, and never on
    the day on which the record begins. `on=None`: whatever that day is.
    """

    property: str
    values: tuple[str, ...]
    on: tuple[str, ...] | None = None


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
    first of the properties `on` (none are given: by any date of its own), else from the day on which it was reported."""

    type: str
    by: str
    when: tuple[Condition, ...] = ()
    on: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    """The other is no record that points to this one, but a later one of the same type that names the same by the property: later by the
    first of these properties that both give."""
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
    """The last day in this property is over: that day itself still counts. No property: the last day of the record, its own, else that
    until which its statements hold."""

    property: str = ""


@dataclass(frozen=True, slots=True)
class Older:
    """More than so many days have passed since the first of these dates that is given; so is what has none of them."""

    properties: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule's own test says one of these words of the record (`proven.RULINGS`), by whoever's word the rule takes: page and answer are one
    test."""

    test: str
    says: tuple[str, ...]


Condition = Has | Is | Lacks | Fails | Reached | Past | Older | Running | Linked | AnyOf | AllOf | Ruled
