"""What each rule of a program comes to in a frame: the hot part of a decision.

A rule that hangs on nobody but its subjects comes to the same for them in every deal: their group keeps what, and what it says. Any
other rule is asked each time. `answer` knows of the two ways; `evaluate` asks every rule, and is what `answer` must agree with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sousveil.decisions.compiled_rule import Compiled
from sousveil.decisions.frame import Frame
from sousveil.decisions.predicates import Conjunction
from sousveil.decisions.program import UNDECIDED_LIST, Program, Row
from sousveil.decisions.subject_groups import NOTHING, Group, ones

Outcome = tuple[Compiled, Group | None, Group | None, Group | None, Group | None, int]
"""What one rule comes to, for whom: for whom it fires (`when` TRUE, `unless` not), for whom by allegations alone, for whom it is
unknown, for whom it is lifted; and its severity, 0 to 3, or -1 for a duty. A bare tuple: millions are made."""

Lists = tuple[list[Any], list[Any], list[Any]]
"""Reasons, duties, and what is undecided."""
TOLD = 3
"""In place of a list: what the rule says is put into words each time."""


class Teller(Protocol):
    """Who puts what rules come to into an answer."""

    lists: Lists

    def tell(self, outcome: Outcome) -> object:
        """Put into words what a rule comes to."""

    def fires(self, one: Compiled, about: Group) -> object:
        """The same for a rule that fires for these, and for nobody by allegations alone."""

    def piece(self, outcome: Outcome) -> Any:
        """The same as one piece, to be kept; None where it says nothing, or nothing that may be kept."""


def evaluate(program: Program, frame: Frame, tell: Callable[[Outcome], object]) -> list[int]:
    """Ask every rule about everybody it is about, and `tell` what each comes to; gives severities by pack.

    A condition is tested for all subjects of a group at once: who passes is a number with a bit for each.
    """
    severities = program.severities.copy()
    for row in program.table:
        found = outcome(row, frame)
        if found is not None:
            weight = found[5]
            if weight > severities[row.pack]:
                severities[row.pack] = weight
            tell(found)
    return severities


def answer(program: Program, frame: Frame, teller: Teller) -> list[int]:
    """The same, told by `teller`, where everybody is on file and nothing is noted: what groups keep is put into the lists at once."""
    severities = program.severities.copy()
    areas, groups, lists = frame.areas, frame.groups, teller.lists
    for rule, each, alone, at, pack, gate, row in program.quick:
        if alone:
            kept = groups[each].kept
            code = kept[at]
            if code is None:
                code = _hear(row, frame, teller)
            if not code:
                continue
            where = code & 3
            weight = (code >> 2) - 1
            if where == TOLD:
                fired, alleged, unknown, lifted = kept[at + 1]
                if fired is not None and alleged is None:
                    teller.fires(rule, fired)
                else:
                    teller.tell((rule, fired, alleged, unknown, lifted, weight))
            else:
                lists[where].append(kept[at + 1])
            if weight > severities[pack]:
                severities[pack] = weight
            continue
        for area, mask in gate:
            if areas[area] & mask != mask:
                break
        else:
            group = groups[each]
            found = _passed(row, group, frame)
            if found is not None:
                weight = found[4]
                if weight > severities[pack]:
                    severities[pack] = weight
                if found[0] and not found[1]:
                    teller.fires(rule, group.part(found[0]))
                else:
                    teller.tell(_of_groups(rule, group, found))
    return severities


def _hear(row: Row, frame: Frame, teller: Teller) -> int:
    """Ask a rule that hangs on its subjects alone, and keep with them what it comes to."""
    kept, at = frame.groups[row.each].kept, row.at
    found = outcome(row, frame)
    code = NOTHING
    if found is not None:
        one, fired, alleged, unknown, lifted, weight = found
        speaks = fired is not None or alleged is not None
        keeps = one.keeps[0 if speaks else 1 if unknown is not None else 2]
        piece = teller.piece(found)
        if piece is not None:
            where = row.told if speaks else UNDECIDED_LIST
            kept[at + 1] = piece if keeps else (fired, alleged, unknown, lifted)
            code = (weight + 1) * 4 + (where if keeps else TOLD)
    kept[at] = code  # last: another thread that finds it must find the piece
    return code


def outcome(row: Row, frame: Frame) -> Outcome | None:
    """What a rule comes to. What it asks of others than its subjects gates the whole group, so it comes first; None: for nobody."""
    areas = frame.areas
    for area, mask in row.gate:
        if areas[area] & mask != mask:
            return None
    group = frame.groups[row.each]
    found = _passed(row, group, frame)
    return None if found is None else _of_groups(row.rule, group, found)


def _of_groups(rule: Compiled, group: Group, found: tuple[int, int, int, int, int]) -> Outcome:
    fired, alleged, asked, lifts, weight = found
    part = group.part
    return (
        rule,
        part(fired) if fired else None,
        part(alleged) if alleged else None,
        part(asked) if asked else None,
        part(lifts) if lifts else None,
        weight,
    )


def _passed(row: Row, group: Group, frame: Frame) -> tuple[int, int, int, int, int] | None:
    """What a rule comes to whose gate is passed: the four of an outcome as bits by place, and its severity."""
    rule, _, alone, at, _, _, tests, known_rest, lifted, true_gate, simple, weight, _ = row
    areas = frame.areas
    if not group.all:
        return None
    if alone:
        passing = group.passing
        asked, lifts = passing(tests.known), passing(tests.lifted, strict=True)
        fired, alleged = passing(tests.true), passing(tests.alleged)
    else:
        asked, lifts, fired, alleged = group.kept[at] or group.look(at)
    if known_rest:
        asked = _rest(rule.known, asked, group, frame)
    if not asked:
        return None
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
        pass
    elif alleged:
        weight = rule.weight_alleged
    elif weight >= 0 and (asked or rule.lifts):
        weight = 1
    else:  # it says nothing, but what is noted about them may be why
        weight = min(weight, 0)
    return fired, alleged, asked, lifts, weight


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
