"""What would change an answer: the smallest sets of at most three facts, found by search, each checked by applying it.

To make the verdict milder, every rule that carries it must be silenced, so one of its facts must be in the set: the first rule
still in the way gives the next facts to try. To make it more severe, one rule must come to more than now, and its facts are enough.
Conditions only ever grow with their literals, so for each fact only the value that helps is tried. Nothing is assumed that was not
applied: a set counts when the engine, asked again with these facts changed, gives another verdict. Sets are taken by size, so none
has a smaller one inside that would do.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator

import msgspec

from sousveil.decisions.facts.model import Of, Value
from sousveil.decisions.model import Answer, Change, Deal, Question, Truth, Verdict
from sousveil.decisions.rules.evaluate import VERDICTS, Active, Outcome, outcome, sets_asked
from sousveil.decisions.rules.judge import Judge

FACTS_MAX = 3
SETS_MAX = 5
"""Sets that are shown for a verdict, all of the same size."""
EFFORT_MAX = 250_000
"""What the search for one answer may cost at most: each question that it puts to the engine costs 1 for everybody who stands in the
deal. A count, and no time: the same question gets the same answer on every machine."""

Atom = tuple[Of, str, str, Truth]
"""A fact taken to be so: kind and id of the subject, name, value."""
Atoms = frozenset[Atom]


class _Limit(Exception):
    """The search was cut off."""


def would_change(
    judge: Judge, question: Question, answer: Answer, effort: int = EFFORT_MAX, sure: Collection[str] = ()
) -> Answer:
    """The answer with what would change it: for the whole, and for each pack whose verdict can differ from the whole's.

    They share the effort: each has its part of what those before it left. `sure`: as of `Judge.judge`.
    """
    trials = Trials(judge, judge.world.deal(question, sure))
    found: list[Change] = []
    notes: list[str] = []
    fixed: list[str] = []
    wanted = ["", *(one.pack for one in answer.packs)] if len(answer.packs) > 1 else [""]
    for at, pack in enumerate(wanted):
        before = trials.made
        trials.most = before + max(1, (effort // trials.cost - before) // (len(wanted) - at))
        search = Search(trials, pack)
        sets, whole = search.smallest()
        found += [Change(facts=search.words(one), verdict=search.verdict(one), pack=pack) for one in sets[:SETS_MAX]]
        verdict = f"the verdict of {pack}" if pack else "the verdict"
        if not whole:
            tries = trials.made - before
            notes.append(f"The search for facts that would change {verdict} was cut off after {tries:,} tries.")
        elif not sets:
            fixed.append(pack)
        if len(sets) > SETS_MAX:
            notes.append(
                f"{len(sets)} facts would each change {verdict}; {SETS_MAX} are shown."
                if len(sets[0]) == 1
                else f"{len(sets)} sets of {len(sets[0])} facts would change {verdict}; {SETS_MAX} are shown."
            )
    return msgspec.structs.replace(answer, would_change=found, notes=[*answer.notes, *_fixed(fixed), *notes])


def _fixed(packs: list[str]) -> list[str]:
    """One note of all whose verdict no set changes: "" is the whole."""
    alone = ", ".join(one for one in packs if one)
    if "" not in packs:
        return [f"No set of at most three facts would change what these say by themselves: {alone}."] if alone else []
    more = f" Nor would one change what these say by themselves: {alone}." if alone else ""
    return [f"No set of at most three facts would change the verdict.{more}"]


class Trials:
    """Answers about one deal with facts changed, each worked out once. A rule that asks for no changed fact keeps its outcome."""

    def __init__(self, judge: Judge, deal: Deal, most: int = EFFORT_MAX) -> None:
        self.judge, self.deal, self.most = judge, deal, most
        self.active = judge.active(deal)
        self.subjects = judge.subjects(deal)
        sets = set[str]().union({"deal", "product", "buyer"}, *map(sets_asked, self.active))
        self.everybody = [one for selector in sorted(sets) for one in self.subjects.of(selector)]
        self.cost = len(self.everybody)
        self.made = 0
        self._unchanged = [outcome(one, self.subjects) for one in self.active]
        self._asks = [frozenset(each.fact.name for each in one.asks) for one in self.active]
        self._done: dict[Atoms, tuple[list[int], list[Outcome]]] = {}
        self.of(frozenset())  # every search begins with it
        self.made = 0

    def of(self, atoms: Atoms) -> tuple[list[int], list[Outcome]]:
        """What each pack comes to with these facts changed, in their order, and every outcome. Raises when no more may be asked."""
        found = self._done.get(atoms)
        if found is None:
            if self.made >= self.most:
                raise _Limit
            self.made += 1
            subjects = self.subjects.changed({(kind, id, name): Value(truth) for kind, id, name, truth in atoms})
            names = {name for _, _, name, _ in atoms}
            every = (
                before if asks.isdisjoint(names) else outcome(one, subjects)
                for one, asks, before in zip(self.active, self._asks, self._unchanged, strict=True)
            )
            outcomes = [one for one in every if one is not None]
            found = self._done[atoms] = (self.judge.severities(self.active, outcomes, subjects), outcomes)
        return found


class Search:
    """One search: for the whole verdict (`pack` empty) or that of one pack."""

    def __init__(self, trials: Trials, pack: str) -> None:
        self.trials, self.pack = trials, pack
        self.rules = [one for one in trials.active if not pack or one.pack.name == pack]
        self._place = [one.name for one in trials.judge.packs].index(pack) if pack else 0
        self._ours = {id(one) for one in self.rules}
        self._read: dict[tuple[int, bool], tuple[list[Atom], frozenset[tuple[Of, str, str]]]] = {}
        self._subjects = {(one.kind, one.id): one for one in trials.everybody}
        self._dictionary = {each.fact.name: each.fact for one in trials.active for each in one.asks}
        self._now = self._severity(frozenset())
        self.now = VERDICTS[self._now]

    def verdict(self, atoms: Atoms) -> Verdict:
        """The verdict with these facts changed, by the engine. Raises when the limit is reached."""
        return VERDICTS[self._severity(atoms)]

    def _severity(self, atoms: Atoms) -> int:
        severities, _ = self.trials.of(atoms)
        return severities[self._place] if self.pack else max(severities, default=0)

    def smallest(self) -> tuple[list[Atoms], bool]:
        """All sets of the smallest size, in a fixed order, and whether the search was whole."""
        try:
            for size in range(1, FACTS_MAX + 1):
                found: set[Atoms] = set()
                if self._now:
                    self._silence(frozenset(), size, found, set())
                found.update(self._severer(size))
                if found:
                    return sorted(found, key=sorted), True
        except _Limit:
            return [], False
        return [], True

    def _silence(self, atoms: Atoms, left: int, found: set[Atoms], seen: set[Atoms]) -> None:
        """Adds sets after which no rule carries a verdict as severe as now; `left`: so many facts more may change."""
        if atoms in seen:
            return
        seen.add(atoms)
        many = self.trials.of(atoms)[1]
        in_the_way = [one.active for one in many if one.severity >= self._now and id(one.active) in self._ours]
        if not in_the_way:
            if not left and self._severity(atoms) < self._now:
                found.add(atoms)
            return
        # So many of these rules read no fact in common: so many facts are needed at least.
        used: set[tuple[Of, str, str]] = set()
        apart = 0
        for rule in in_the_way:
            facts = self._atoms(rule, against=True)[1]
            if not facts:
                return  # nothing on file or ever to be filed silences it
            if not facts & used:
                used |= facts
                apart += 1
        changed = {atom[:3] for atom in atoms}
        for atom in self._atoms(in_the_way[0], against=True)[0] if apart <= left else ():
            if atom[:3] not in changed:
                self._silence(atoms | {atom}, left - 1, found, seen)

    def _severer(self, size: int) -> Iterator[Atoms]:
        """Sets of this size after which one rule, silent or milder now, carries a more severe verdict."""
        for rule in self.rules:
            if max(rule.severity, 1 if rule.rule.lifts_to else 0) <= self._now:
                continue
            atoms, facts = self._atoms(rule, against=False)
            if self._severity(frozenset(atoms)) <= self._now and len(facts) == len(atoms):
                continue  # not even all of them together make it fire
            for some in map(frozenset, itertools.combinations(atoms, size)):
                if len({atom[:3] for atom in some}) == size and self._severity(some) > self._now:
                    yield some

    def _atoms(self, rule: Active, *, against: bool) -> tuple[list[Atom], frozenset[tuple[Of, str, str]]]:
        """Facts that the rule reads, with the values that count against it (or for it) and that they do not have; and without values."""
        key = (id(rule), against)
        if key not in self._read:
            found: dict[Atom, None] = {}
            subjects, own = self.trials.subjects, self.trials.subjects.of(rule.rule.each)
            for at, literal in enumerate(rule.asks):
                # To fire, literals of `when` must be so and those of `unless` not.
                turned = at >= len(rule.when_asks)
                truth = Truth.TRUE if (literal.negated == turned) is not against else Truth.FALSE
                for subject in subjects.asked_of(literal, own):
                    value = subjects.value(literal.fact, subject)
                    if value.truth is not truth or value.alleged:
                        found[subject.kind, subject.id, literal.fact.name, truth] = None
            self._read[key] = list(found), frozenset(atom[:3] for atom in found)
        return self._read[key]

    def words(self, atoms: Atoms) -> list[str]:
        """The facts in words, in a fixed order."""
        found: list[str] = []
        for kind, id_, name, truth in sorted(atoms):
            subject, fact = self._subjects[kind, id_], self._dictionary[name]
            asks = fact.asks.replace("{subject}", subject.caption)
            value = self.trials.subjects.value(fact, subject)
            now = {Truth.TRUE: "yes", Truth.FALSE: "no", Truth.UNKNOWN: "not known"}[value.truth]
            found.append(f"{asks} – {'yes' if truth is Truth.TRUE else 'no'} (now: {now})")
        return found
