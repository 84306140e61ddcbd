"""What each rule of a program comes to in a frame: the hot part of a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sousveil.decisions.frame import Frame
from sousveil.decisions.model import Effect
from sousveil.decisions.program import Compiled, Program
from sousveil.decisions.subjects import Subject


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule comes to."""

    compiled: Compiled
    fired: list[Subject]
    """`when` TRUE, `unless` not."""
    alleged: list[Subject]
    """The same by allegations alone."""
    unknown: list[Subject]
    lifted: list[Subject]

    @property
    def weight(self) -> int:
        """Severity, 0 to 3; -1: a duty."""
        one = self.compiled
        if self.fired:
            return one.weight
        if self.alleged:
            return one.weight_alleged
        if one.rule.effect is Effect.DUTY:
            return -1
        return 1 if self.unknown or (self.lifted and one.rule.lifts_to) else 0


def evaluate(program: Program, frame: Frame) -> list[Outcome]:
    """Ask every rule about everybody it is about. Rules that say nothing are left out."""
    found: list[Outcome] = []
    areas, sets, strict_areas, strict_sets = frame.areas, frame.sets, frame.strict_areas, frame.strict_sets
    by_selector = frame.by_selector
    for rule in program.rules:
        known = rule.known
        for area, mask in known.areas:
            if areas[area] & mask != mask:
                break
        else:
            if known.never:
                continue
            true, alleged, lifted = rule.true, rule.alleged, rule.lifted
            is_true, may_lift = not true.never, lifted is not None
            for area, mask in true.areas:
                if areas[area] & mask != mask:
                    is_true = False
                    break
            is_alleged = is_true or (
                not alleged.never and all(areas[area] & mask == mask for area, mask in alleged.areas)
            )
            if lifted is not None:
                for area, mask in lifted.areas:
                    if strict_areas[area] & mask != mask:
                        may_lift = False
                        break
            known_own, true_own, alleged_own = known.own, true.own, alleged.own
            fired: list[Subject] = []
            by_allegation: list[Subject] = []
            unknown: list[Subject] = []
            lifts: list[Subject] = []
            for subject in by_selector[rule.rule.each]:
                bits = subject.bits
                if bits & known_own != known_own or (known.rest and not _rest(known.rest, areas, bits, sets)):
                    continue
                if (
                    may_lift
                    and lifted is not None
                    and subject.strict & lifted.own == lifted.own
                    and (not lifted.rest or _rest(lifted.rest, strict_areas, subject.strict, strict_sets))
                ):
                    lifts.append(subject)
                elif is_true and bits & true_own == true_own and (not true.rest or _rest(true.rest, areas, bits, sets)):
                    fired.append(subject)
                elif (
                    is_alleged
                    and bits & alleged_own == alleged_own
                    and (not alleged.rest or _rest(alleged.rest, areas, bits, sets))
                ):
                    by_allegation.append(subject)
                else:
                    unknown.append(subject)
            if fired or by_allegation or unknown or lifts:
                found.append(Outcome(rule, fired, by_allegation, unknown, lifts))
    return found


def _rest(tests: Sequence[Any], areas: Any, own: int, sets: Any) -> bool:
    return all(test(areas, own, sets) for test in tests)
