"""What each rule of a program comes to in a frame: the hot part of a decision."""

from __future__ import annotations

from sousveil.decisions.frame import Frame
from sousveil.decisions.predicates import Conjunction
from sousveil.decisions.program import Compiled, Program
from sousveil.decisions.subject_groups import Group, ones


Outcome = tuple[Compiled, Group | None, Group | None, Group | None, Group | None, int]
"""What one rule comes to, for whom: for whom it fires (`when` TRUE, `unless` not), for whom by allegations alone, for whom it is
unknown, for whom it is lifted; and its severity, 0 to 3, or -1 for a duty. A bare tuple: millions are made."""


def evaluate(program: Program, frame: Frame) -> list[Outcome]:
    """Ask every rule about everybody it is about. Rules that say nothing are left out.

    A condition is tested for all subjects of a group at once: who passes is a number with a bit for each. What a rule asks of others
    than its subjects gates the whole group, so it comes first.
    """
    found: list[Outcome] = []
    areas, groups = frame.areas, frame.groups
    for rule, each, gate, known, known_rest, lifted, lifted_number, true_gate, true, simple, weight, open_ in program.table:
        for area, mask in gate:
            if areas[area] & mask != mask:
                break
        else:
            group = groups[each]
            having = group.having
            asked = having[known]
            if known_rest:
                asked = _rest(rule.known, asked, group, frame)
            if not asked:
                continue
            lifts = 0
            if lifted is not None:
                lifts = asked & group.strict_having[lifted_number]
                if lifts:
                    lifts = _lifted(lifted, lifts, group, frame)
                    asked ^= lifts
            fired = alleged = 0
            if asked:
                fired = asked & having[true]
                if fired:
                    for area, mask in true_gate:
                        if areas[area] & mask != mask:
                            fired = 0
                            break
                    if fired and not simple:
                        fired = _rest(rule.true, fired, group, frame)
                    asked ^= fired
                if asked and (alleged := asked & having[rule.alleged.number]):
                    alleged = _gated(rule.alleged, alleged, group, frame)
                    asked ^= alleged
            everybody = group.all
            if fired:
                if fired == everybody:
                    found.append((rule, group, None, None, None, weight))
                    continue
            elif not alleged:
                if asked == everybody:
                    found.append((rule, None, None, group, None, open_))
                    continue
                weight = open_ if asked or weight < 0 or rule.lifts else 0
            else:
                weight = rule.weight_alleged
            part = group.part
            found.append(
                (
                    rule,
                    part(fired) if fired else None,
                    part(alleged) if alleged else None,
                    part(asked) if asked else None,
                    part(lifts) if lifts else None,
                    weight,
                )
            )
    return found


def _lifted(test: Conjunction, among: int, group: Group, frame: Frame) -> int:
    """Who of these passes what `unless` asks beside what it asks of them."""
    areas = frame.strict_areas
    for area, mask in test.areas:
        if areas[area] & mask != mask:
            return 0
    return _rest(test, among, group, frame, strict=True) if test.rest else among


def _gated(test: Conjunction, among: int, group: Group, frame: Frame) -> int:
    """The same for `when`."""
    areas = frame.areas
    for area, mask in test.areas:
        if areas[area] & mask != mask:
            return 0
    return _rest(test, among, group, frame) if test.rest else among


def _rest(test: Conjunction, among: int, group: Group, frame: Frame, *, strict: bool = False) -> int:
    """Who of these passes the parts of a test that no number holds."""
    areas, sets = (frame.strict_areas, frame.strict_sets) if strict else (frame.areas, frame.sets)
    for at in ones(among):
        subject = group.subjects[at]
        number = subject.strict if strict else subject.bits
        if not all(part(areas, number, sets) for part in test.rest):
            among ^= 1 << at
    return among


def who(test: Conjunction, group: Group, frame: Frame) -> int:
    """Who of a group passes the test, what it asks of areas apart, as bits by place."""
    return _rest(test, group.having[test.number], group, frame)
