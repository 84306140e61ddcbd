"""What each rule of a program comes to in a frame: the hot part of a decision."""

from __future__ import annotations

from dataclasses import dataclass

from sousveil.decisions.frame import Frame
from sousveil.decisions.model import Effect
from sousveil.decisions.predicates import Areas, Conjunction, Sets
from sousveil.decisions.program import Compiled, Program
from sousveil.decisions.subjects import Columns, Group, ones


@dataclass(slots=True)
class Outcome:
    """What one rule comes to, for whom."""

    compiled: Compiled
    fired: Group | None = None
    """`when` TRUE, `unless` not."""
    alleged: Group | None = None
    """The same by allegations alone."""
    unknown: Group | None = None
    lifted: Group | None = None

    @property
    def weight(self) -> int:
        """Severity, 0 to 3; -1: a duty."""
        one = self.compiled
        if self.fired is not None:
            return one.weight
        if self.alleged is not None:
            return one.weight_alleged
        if one.rule.effect is Effect.DUTY:
            return -1
        return 1 if self.unknown is not None or (self.lifted is not None and one.rule.lifts_to) else 0


def evaluate(program: Program, frame: Frame) -> list[Outcome]:
    """Ask every rule about everybody it is about. Rules that say nothing are left out.

    A condition is tested for all subjects of a group at once: who has a bit is a number, and "and" of these numbers is who has all.
    """
    found: list[Outcome] = []
    areas, sets, groups = frame.areas, frame.sets, frame.groups
    for rule in program.rules:
        known = rule.known
        for area, mask in known.areas:
            if areas[area] & mask != mask:
                break
        else:
            group = groups[rule.each]
            columns = group.columns
            asked = who(known, group.all, columns, group, areas, sets) if not known.never else 0
            if not asked:
                continue
            lifted = rule.lifted
            lifts = 0
            if lifted is not None and _areas(lifted, frame.strict_areas):
                lifts = who(lifted, asked, group.strict_columns, group, frame.strict_areas, frame.strict_sets)
                asked ^= lifts
            fired = alleged = 0
            if asked and _areas(rule.true, areas):
                fired = who(rule.true, asked, columns, group, areas, sets)
                asked ^= fired
            if asked and _areas(rule.alleged, areas):
                alleged = who(rule.alleged, asked, columns, group, areas, sets)
                asked ^= alleged
            if fired == group.all:
                found.append(Outcome(rule, group))
            else:
                part = group.part
                found.append(
                    Outcome(
                        rule,
                        part(fired) if fired else None,
                        part(alleged) if alleged else None,
                        part(asked) if asked else None,
                        part(lifts) if lifts else None,
                    )
                )
    return found


def _areas(test: Conjunction, areas: Areas) -> bool:
    if test.never:
        return False
    for area, mask in test.areas:  # noqa: SIM110 - a loop is twice as fast as `all` over a generator, and this is the hot part
        if areas[area] & mask != mask:
            return False
    return True


def who(test: Conjunction, among: int, columns: Columns, group: Group, areas: Areas, sets: Sets) -> int:
    """Who of a group passes the test (what it asks of areas apart), as bits by place."""
    strict = columns is not group.columns
    own = test.own
    if own:
        if (group.strict_greatest if strict else group.greatest) & own != own:
            return 0  # nobody has all of it
        if (group.strict_least if strict else group.least) & own != own:
            for place in test.places:
                among &= columns[place]
                if not among:
                    return 0
    for places in test.any_places:
        one = 0
        for place in places:
            one |= columns[place]
        among &= one
    if test.rest and among:
        for at in ones(among):
            subject = group.subjects[at]
            number = subject.strict if strict else subject.bits
            if not all(part(areas, number, sets) for part in test.rest):
                among ^= 1 << at
    return among
