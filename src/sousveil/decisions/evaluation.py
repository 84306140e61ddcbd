"""What each rule of a program comes to in a frame: the hot part of a decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sousveil.decisions.frame import Frame
from sousveil.decisions.predicates import Conjunction
from sousveil.decisions.program import UNDECIDED_LIST, Compiled, Program
from sousveil.decisions.subject_groups import Group, ones

Outcome = tuple[Compiled, Group | None, Group | None, Group | None, Group | None, int]
"""What one rule comes to, for whom: for whom it fires (`when` TRUE, `unless` not), for whom by allegations alone, for whom it is
unknown, for whom it is lifted; and its severity, 0 to 3, or -1 for a duty. A bare tuple: millions are made."""

Lists = tuple[list[Any], list[Any], list[Any]]
"""Reasons, duties, and what is undecided."""


def evaluate(
    program: Program, frame: Frame, tell: Callable[[Outcome], object], lists: Lists | None = None
) -> list[int]:
    """Ask every rule about everybody it is about, and `tell` what each comes to that says something; gives severities by pack.

    A condition is tested for all subjects of a group at once: who passes is a number with a bit for each. What a rule asks of others
    than its subjects gates the whole group, so it comes first. With `lists`, what a rule says of its subjects alone goes there
    without `tell` where it was put together before.
    """
    severities = program.severities.copy()
    areas, groups = frame.areas, frame.groups
    for rule, each, at, pack, gate, known_rest, lifted, true_gate, simple, weight, voice, told in program.table:
        for area, mask in gate:
            if areas[area] & mask != mask:
                break
        else:
            group = groups[each]
            asked, lifts, fired, alleged = group.seen[at] or group.look(at)
            if known_rest:
                asked = _rest(rule.known, asked, group, frame)
            if not asked:
                continue
            if lifts:
                lifts &= asked
                if lifted is not None and lifts:
                    lifts = _gated(lifted, lifts, group, frame, strict=True)
                asked ^= lifts
            fired &= asked
            if fired:
                for area, mask in true_gate:
                    if areas[area] & mask != mask:
                        fired = 0
                        break
                if fired and not simple:
                    fired = _rest(rule.true, fired, group, frame)
                asked ^= fired
            alleged &= asked
            if alleged:
                alleged = _gated(rule.alleged, alleged, group, frame)
                asked ^= alleged
            if fired:
                about, way, where = fired, voice, told
            elif alleged:
                about, way, where, weight = 0, 0, told, rule.weight_alleged
            elif weight >= 0 and asked:
                about, way, where, weight = asked, voice + 1, UNDECIDED_LIST, 1
            elif weight >= 0 and rule.lifts:
                about, way, where, weight = lifts, voice + 2, UNDECIDED_LIST, 1
            elif lists is not None:
                continue
            else:  # it says nothing, but what is noted about them may be why
                about, way, where, weight = asked, 0, told, min(weight, 0)
            if weight > severities[pack]:
                severities[pack] = weight
            if lists is not None and voice and not alleged:
                those = group if about == group.all else group.part(about)
                if (said := those.said[way]) is not None:
                    lists[where].append(said)
                    continue
            part = group.part
            tell(
                (
                    rule,
                    part(fired) if fired else None,
                    part(alleged) if alleged else None,
                    part(asked) if asked else None,
                    part(lifts) if lifts else None,
                    weight,
                )
            )
    return severities


def _gated(test: Conjunction, among: int, group: Group, frame: Frame, *, strict: bool = False) -> int:
    """Who of these passes what a test asks beside what it asks of them."""
    areas = frame.strict_areas if strict else frame.areas
    for area, mask in test.areas:
        if areas[area] & mask != mask:
            return 0
    return _rest(test, among, group, frame, strict=strict) if test.rest else among


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
    return _rest(test, group.passing(test.of_subject()), group, frame)
