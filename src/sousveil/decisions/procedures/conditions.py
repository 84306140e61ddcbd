"""What a record must say for a step, a deadline or a need: a closed set of conditions. Data, not code; `engine.py` reads them.

`a & b`: both hold; `a | b`: one of them does; `~a`: it does not hold on the day, nor does what nobody reports.
"""

from __future__ import annotations


class Condition:
    """What may hold of a record on a day."""

    def __and__(self, other: Condition) -> Condition:
        return AllOf(self, other)

    def __or__(self, other: Condition) -> Condition:
        return AnyOf(self, other)

    def __invert__(self) -> Condition:
        return Fails(self)


class Joined(Condition):
    """Several conditions."""

    def __init__(self, *of: Condition) -> None:
        self.of = of


class AllOf(Joined):
    """All of these."""


class AnyOf(Joined):
    """At least one of these."""


class Fails(Condition):
    """The other one does not hold."""

    def __init__(self, of: Condition) -> None:
        self.of = of


class Has(Condition):
    """A claim of this property is valid, with one of the values where some are given; `every`: one with each of them."""

    def __init__(self, property: str, *values: str, every: bool = False) -> None:
        self.property, self.values, self.every = property, values, every


class Is(Condition):
    """The newest claim of this property has one of the values, and its entry gives no other: two values at once are neither.

    It is so on the day that the record gives for it by the first property of `on` that has one, else on the day of the claim, and never on
    the day on which the record begins. `on=None`: whatever that day is.
    """

    def __init__(self, property: str, *values: str, on: tuple[str, ...] | None = None) -> None:
        self.property, self.values, self.on = property, values, on


class Reached(Condition):
    """The date in this property has come."""

    def __init__(self, property: str) -> None:
        self.property = property


class Past(Condition):
    """The last day in this property is over: that day itself still counts. No property: the last day of the record, its own, else that
    until which its statements are valid."""

    def __init__(self, property: str = "") -> None:
        self.property = property


class Older(Condition):
    """More than so many days have passed since the first of these dates that is given; so is what has none of them."""

    def __init__(self, *properties: str, days: int) -> None:
        self.properties, self.days = properties, days


class Running(Condition):
    """The record has begun and is not known to have ended."""


class Linked(Condition):
    """Another record of the type points to this one by the property, and `when` holds of it; it counts from its own date on: by the first
    of the properties `on` (none are given: by any date of its own), else from the day on which it was reported.

    `since`: the other is no record that points to this one, but a later one of the same type that names the same by the property: later by
    the first of these properties that both give. `last`: it counts from the last day that its date may mean. `proven`: a test of
    `proven.py` by which the other record is an act of the competent office. It replaces the office that this record names.
    """

    def __init__(
        self, type: str, by: str, when: Condition | None = None, *, on: tuple[str, ...] = (), since: tuple[str, ...] = (),
        last: bool = False, proven: str = "",
    ) -> None:  # fmt: skip
        self.type, self.by, self.when, self.on = type, by, when, on
        self.since, self.last, self.proven = since, last, proven


class Ruled(Condition):
    """A rule's own test says one of these words of the record (`proven.TESTS`), by the accounts that the rule takes: page and answer are
    one test."""

    def __init__(self, test: str, *says: str) -> None:
        self.test, self.says = test, says
