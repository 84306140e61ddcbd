"""What each rule of a program comes to in a frame: the hot part of a decision."""

from __future__ import annotations

from dataclasses import dataclass

from sousveil.decisions.frame import Frame
from sousveil.decisions.model import Effect
from sousveil.decisions.predicates import Areas, Conjunction, Sets
from sousveil.decisions.program import Compiled, Program
from sousveil.decisions.subjects import Group, Subject


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
    """Ask every rule about everybody it is about. Rules that say nothing are left out."""
    found: list[Outcome] = []
    areas, strict_areas, groups = frame.areas, frame.strict_areas, frame.groups
    for rule in program.rules:
        known = rule.known
        for area, mask in known.areas:
            if areas[area] & mask != mask:
                break
        else:
            group = groups[rule.each]
            if known.never or group.greatest & known.own != known.own:
                continue
            true, lifted = rule.true, rule.lifted
            is_true = _areas(true, areas)
            may_lift = (
                lifted is not None and group.strict_greatest & lifted.own == lifted.own and _areas(lifted, strict_areas)
            )
            if (
                is_true
                and not may_lift
                and group.subjects
                and group.least & true.own == true.own
                and not true.rest
                and not true.any_own
            ):
                found.append(Outcome(rule, fired=group))
                continue
            for mask in known.any_own:
                if not group.greatest & mask:
                    break
            else:
                outcome = _one_by_one(rule, group, frame, is_true=is_true, may_lift=may_lift)
                if outcome is not None:
                    found.append(outcome)
    return found


def _areas(test: Conjunction, areas: Areas) -> bool:
    if test.never:
        return False
    return all(areas[area] & mask == mask for area, mask in test.areas)


def _holds(test: Conjunction, areas: Areas, own: int, sets: Sets) -> bool:
    """The test, but for what it asks of areas."""
    if own & test.own != test.own:
        return False
    for mask in test.any_own:
        if not own & mask:
            return False
    return all(one(areas, own, sets) for one in test.rest)


def _one_by_one(rule: Compiled, group: Group, frame: Frame, *, is_true: bool, may_lift: bool) -> Outcome | None:
    """Where not all of a group come to the same at first sight."""
    known, true, alleged, lifted = rule.known, rule.true, rule.alleged, rule.lifted
    areas, sets = frame.areas, frame.sets
    is_alleged = is_true or _areas(alleged, areas)
    fired: list[Subject] = []
    by_allegation: list[Subject] = []
    unknown: list[Subject] = []
    lifts: list[Subject] = []
    which = [0, 0, 0, 0]
    for at, subject in enumerate(group.subjects):
        bits = subject.bits
        if not _holds(known, areas, bits, sets):
            continue
        if may_lift and lifted is not None and _holds(lifted, frame.strict_areas, subject.strict, frame.strict_sets):
            lifts.append(subject)
            which[3] |= 1 << at
        elif is_true and _holds(true, areas, bits, sets):
            fired.append(subject)
            which[0] |= 1 << at
        elif is_alleged and _holds(alleged, areas, bits, sets):
            by_allegation.append(subject)
            which[1] |= 1 << at
        else:
            unknown.append(subject)
            which[2] |= 1 << at
    if not (fired or by_allegation or unknown or lifts):
        return None
    return Outcome(
        rule,
        _part(fired, group, which[0]),
        _part(by_allegation, group, which[1]),
        _part(unknown, group, which[2]),
        _part(lifts, group, which[3]),
    )


def _part(found: list[Subject], whole: Group, which: int) -> Group | None:
    if not found:
        return None
    return whole if len(found) == len(whole.subjects) else whole.part(which, found)
