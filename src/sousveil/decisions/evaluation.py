"""What each rule of a program comes to in a frame: the hot part of a decision.

A rule that hangs on nobody but its subjects comes to the same for them in every deal: their group keeps what, and what it says. Any
other rule is asked each time. `answer` knows of the two ways; `evaluate` asks every rule, and is what `answer` must agree with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sousveil.decisions.compiled_rule import Compiled
from sousveil.decisions.frame import Frame
from sousveil.decisions.model import Effect
from sousveil.decisions.predicates import Area, Areas, Conjunction
from sousveil.decisions.program import Program, Row
from sousveil.decisions.subject_groups import Group, ones

DUTY, UNDECIDED = Effect.DUTY, Effect.UNDECIDED
Outcome = tuple[Compiled, Group | None, Group | None, Group | None, Group | None, int]
"""What one rule comes to, for whom: for whom it fires (`when` TRUE, `unless` not), for whom by allegations alone, for whom it is
unknown, for whom it is lifted; and its severity, 0 to 3, or -1 for a duty. A bare tuple: millions are made."""

Told = tuple[int, Compiled, Group, Outcome | None]
"""What is put into words each time: its rank, the rule, for whom it fires, and the whole outcome where that alone is not all of it."""


Shape = tuple[int, tuple[Told, ...]]
"""What the rules of a bundle come to for a group, but what the group says of them: what packs come to (`program.marks_of`), and what is put
into words each time."""
_SHAPES: dict[Shape, Shape] = {}
"""There are few in which nothing is put into words each time: each once, so that they stay in the processor's cache."""
Ranked = list[tuple[int, Any]]
"""What stands in an answer, by rank."""


class Teller(Protocol):
    """Who puts what rules come to into words."""

    def fires(self, one: Compiled, about: Group) -> Any:
        """A rule that fires for these, and for nobody by allegations alone."""

    def unknown(self, one: Compiled, about: Group) -> Any:
        """A rule of which it is not known whether it fires for these, that fires for nobody, nor by allegations."""

    def piece(self, outcome: Outcome) -> Any:
        """What a rule comes to; None where it says nothing."""


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


def answer(program: Program, frame: Frame, teller: Teller) -> tuple[Ranked, int]:
    """The same, told by `teller`, where everybody is on file and nothing is noted: what stands in the answer, in its order, and what
    packs come to (`program.marks_of`). What groups keep is taken as it is."""
    groups, fixed = frame.groups, frame.fixed
    found: Ranked = []
    marks = 0
    for each, at, rows in program.bundles:
        kept = groups[each].kept
        said, told = kept[at] or _hear(each, at, rows, frame, teller)
        marks |= said
        found += kept[at + 1]
        if told:
            for rank, rule, about, whole in told:
                found.append((rank, teller.fires(rule, about) if whole is None else teller.piece(whole)))
    for rule, each, need, sets, at, true, maybe, lift, mark, open_mark, row in program.others:
        if fixed & need != need or (sets and not _open(sets, frame.areas)):
            continue
        group = groups[each]
        if true >= 0:
            asked, lifts, fired, alleged = group.kept[at] or group.look(at)
            if lifts and lift >= 0:
                if fixed & lift == lift:
                    asked &= ~lifts
            elif lifts and row.lifted is not None:
                asked &= ~_gated(row.lifted, lifts, group, frame)
            fired = fired & asked if fixed & true == true else 0
            if (
                fired == asked or fixed & maybe != maybe or not alleged & (asked ^ fired)
            ):  # nothing hangs on an allegation
                if fired:
                    marks |= mark
                    about = group if fired == group.all else group.part(fired)
                    found.append((row.rank, teller.fires(rule, about)))
                    continue
                if asked and row.weight >= 0:
                    marks |= open_mark
                    about = group if asked == group.all else group.part(asked)
                    found.append((row.open_rank, teller.unknown(rule, about)))
                    continue
                if asked or not rule.lifts:  # a duty, of which nothing is said; or it is about nobody
                    continue
        passed = _passed(row, group, frame)
        if passed is not None:
            piece = teller.piece(_of_groups(rule, group, passed))
            if piece is not None:
                marks |= row.marks[passed[4]]
                found.append((row.rank if passed[0] or passed[1] else row.open_rank, piece))
    found.sort()  # by rank: no two are the same
    return found, marks


def _hear(each: str, at: int, rows: tuple[Row, ...], frame: Frame, teller: Teller) -> Shape:
    """Ask rules that hang on their subjects alone, and keep with them what they come to."""
    said: Ranked = []
    told = list[Told]()
    marks, group, all_of_areas = 0, frame.groups[each], frame.areas
    for row in rows:
        if row.gate and not _open(row.gate, all_of_areas):
            continue
        passed = _passed(row, group, frame)
        if passed is None:
            continue
        one, (fired, alleged, asked, _, weight) = row.rule, passed
        if fired and not alleged:
            about = group if fired == group.all else group.part(fired)
            if one.keeps[0]:
                said.append((row.rank, teller.fires(one, about)))
            else:
                told.append((row.rank, one, about, None))
        elif asked and not alleged and one.keeps[1]:
            if one.effect is DUTY:
                continue
            about = group if asked == group.all else group.part(asked)
            said.append((row.open_rank, teller.unknown(one, about)))
        else:
            found = _of_groups(one, group, passed)
            if not says_something(found):
                continue
            rank = row.rank if alleged else row.open_rank
            if one.keeps[0 if alleged else 1 if asked else 2]:
                said.append((rank, teller.piece(found)))
            else:
                told.append((rank, one, group, found))
        marks |= row.marks[weight]
    shape: Shape = (marks, tuple(told))
    if not told:
        shape = _SHAPES.setdefault(shape, shape)
    kept = group.kept
    kept[at + 1] = tuple(said)
    kept[at] = shape  # last: another thread that finds it must find the pieces
    return shape


def says_something(outcome: Outcome) -> bool:
    """Whether an answer tells of what a rule comes to."""
    one, fired, alleged, unknown, lifted, _ = outcome
    if fired is not None or alleged is not None:
        return True
    return one.effect is not DUTY and (unknown is not None or (lifted is not None and one.lifts))


def _open(areas: tuple[tuple[Area, int], ...], numbers: Areas) -> bool:
    """Whether everything is so that is asked of sets."""
    return all(numbers[area] & mask == mask for area, mask in areas)


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
    rule, areas, weight = row.rule, frame.areas, row.weight
    if not group.all:
        return None
    if row.alone:
        passing, (known, lifted, true, alone) = group.passing, row.tests
        asked = passing(known)
        if not asked:
            return None
        lifts = passing(lifted, strict=True)
        fired = passing(true)
        alleged = passing(alone) if fired != asked or row.true_gate else 0
    else:
        asked, lifts, fired, alleged = group.kept[row.at] or group.look(row.at)
    if row.known_rest:
        asked = _rest(rule.known, asked, group, frame)
    if not asked:
        return None
    if lifts:
        lifts &= asked
        if row.lifted is not None and lifts:
            lifts = _gated(row.lifted, lifts, group, frame, strict=True)
        asked ^= lifts
    fired &= asked
    if fired:
        for area, mask in row.true_gate:
            if areas[area] & mask != mask:
                fired = 0
                break
        if fired and not row.simple:
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
