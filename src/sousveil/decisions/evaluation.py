"""What each rule of a program comes to in a frame: the hot part of a decision."""

from __future__ import annotations

import msgspec

from sousveil.decisions.frame import Frame
from sousveil.decisions.predicates import Areas, Conjunction, Sets
from sousveil.decisions.program import Compiled, Program
from sousveil.decisions.subject_groups import Group, ones


class Outcome(msgspec.Struct, gc=False):
    """What one rule comes to, for whom."""

    compiled: Compiled
    fired: Group | None = None
    """`when` TRUE, `unless` not."""
    alleged: Group | None = None
    """The same by allegations alone."""
    unknown: Group | None = None
    lifted: Group | None = None

    weight: int = 0
    """Severity, 0 to 3; -1: a duty."""


def weigh(outcome: Outcome) -> Outcome:
    """The outcome with its severity."""
    one = outcome.compiled
    if outcome.fired is not None:
        outcome.weight = one.weight
    elif outcome.alleged is not None:
        outcome.weight = one.weight_alleged
    elif one.weight < 0:
        outcome.weight = -1
    elif outcome.unknown is not None or (outcome.lifted is not None and one.rule.lifts_to):
        outcome.weight = 1
    return outcome


def evaluate(program: Program, frame: Frame) -> list[Outcome]:
    """Ask every rule about everybody it is about. Rules that say nothing are left out.

    A condition is tested for all subjects of a group at once: who has a bit is a number, and "and" of these numbers is who has all.
    """
    found: list[Outcome] = []
    areas, sets, groups = frame.areas, frame.sets, frame.groups
    for row in program.table:
        (
            rule,
            each,
            known_areas,
            known_own,
            is_all,
            lifted,
            lifted_own,
            true_areas,
            true_own,
            simple,
            alleged_own,
            open_,
        ) = row
        for area, mask in known_areas:
            if areas[area] & mask != mask:
                break
        else:
            group = groups[each]
            least = group.least
            if is_all and least & known_own == known_own:
                asked = group.all
            else:
                asked = who(rule.known, group.all, group, areas, sets, strict=False)
            if not asked:
                continue
            lifts = 0
            if (
                lifted is not None
                and group.strict_greatest & lifted_own == lifted_own
                and _areas(lifted, frame.strict_areas)
            ):
                lifts = who(lifted, asked, group, frame.strict_areas, frame.strict_sets, strict=True)
                asked ^= lifts
            if asked == group.all and simple and least & true_own == true_own:
                for area, mask in true_areas:
                    if areas[area] & mask != mask:
                        break
                else:
                    found.append(Outcome(rule, group, None, None, None, rule.weight))
                    continue
            fired = alleged = 0
            greatest = group.greatest
            if asked and greatest & alleged_own == alleged_own and _areas(rule.alleged, areas):
                if greatest & true_own == true_own and _areas(rule.true, areas):
                    fired = who(rule.true, asked, group, areas, sets, strict=False)
                    asked ^= fired
                if asked:
                    alleged = who(rule.alleged, asked, group, areas, sets, strict=False)
                    asked ^= alleged
            if asked == group.all:
                found.append(Outcome(rule, None, None, group, None, open_))
                continue
            part = group.part
            found.append(
                weigh(
                    Outcome(
                        rule,
                        part(fired) if fired else None,
                        part(alleged) if alleged else None,
                        part(asked) if asked else None,
                        part(lifts) if lifts else None,
                    )
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


def who(test: Conjunction, among: int, group: Group, areas: Areas, sets: Sets, *, strict: bool) -> int:
    """Who of a group passes the test (what it asks of areas apart), as bits by place."""
    if test.never:
        return 0
    own = test.own
    if own:
        if (group.strict_greatest if strict else group.greatest) & own != own:
            return 0  # nobody has all of it
        if (group.strict_least if strict else group.least) & own != own:
            columns = group.strict_columns if strict else group.columns
            for place in test.places:
                among &= columns[place]
                if not among:
                    return 0
    for mask, places in zip(test.any_own, test.any_places, strict=True):
        if not (group.strict_greatest if strict else group.greatest) & mask:
            return 0
        columns = group.strict_columns if strict else group.columns
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
