"""The engine: what packs say to a question, with the whole proof.

`Judge` holds a world and packs. `judge` asks every rule about everybody it is about (`evaluate`) and puts the answer together
(`Telling`). What follows from one subject alone is kept for it: values of facts, who of a group passes a test, and what a rule that
speaks of nobody else would say. Whether a rule fires in a deal is asked each time, and answers are never kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence

from sousveil.decisions.compiled_rule import SEVERITY, Compiled
from sousveil.decisions.evaluation import DUTY, UNDECIDED, Outcome, Ranked, answer, evaluate, says_something
from sousveil.decisions.facts.model import Fact
from sousveil.decisions.frame import Frame
from sousveil.decisions.ghosts import Changes, Ghosts
from sousveil.decisions.language import leaves
from sousveil.decisions.model import (
    Action,
    Answer,
    Effect,
    FactShown,
    Open,
    PackAnswer,
    Proof,
    Question,
    Reason,
    Texts,
    Verdict,
)
from sousveil.decisions.pack import Pack, rules_sha256
from sousveil.decisions.program import (
    LIST_BITS,
    Program,
    compile_program,
    layout_of,
    marks_of_all,
)
from sousveil.decisions.subject import NOT_ON_FILE
from sousveil.decisions.subject_groups import Group, Parts, parts_of, proof
from sousveil.decisions.subjects import Subjects
from sousveil.decisions.wording import sentences, unknowns, unmet, unproven
from sousveil.decisions.world import Deal, Party, World

VERDICTS = tuple(Verdict(name) for name, _ in sorted(SEVERITY.items(), key=lambda item: item[1]))
"""By severity: 0 to 3."""
NO_TEXTS: list[str] = []


class Judge:
    """Answers questions in one world by some packs."""

    def __init__(self, world: World, packs: Sequence[Pack]) -> None:
        """`packs` in the order in which they are printed."""
        self.world, self.packs = world, tuple(packs)
        self.rules_sha256 = rules_sha256(self.packs)
        self.where = layout_of(self.packs)
        self.facts = _facts_in(self.packs)
        self.subjects = Subjects(world, self.facts, self.where)
        self._programs: dict[tuple[Action, str], Program] = {}
        self._compiling = threading.Lock()
        self._verdicts: dict[int, tuple[Verdict, list[PackAnswer]]] = {}
        """The verdict and that of each pack, by what packs come to (`marks_of`); answers share the lists."""

    def program(self, action: Action, as_of: str) -> Program:
        """The rules for an action and day."""
        key = (action, as_of)
        found = self._programs.get(key)
        if found is None:
            with self._compiling:  # the layout gives out numbers: two threads must not get the same
                found = self._programs.get(key)
                if found is None:
                    if len(self._programs) > 200:
                        self._programs.clear()
                    found = self._programs[key] = compile_program(self.packs, action, as_of, self.where)
        return found

    def judge(self, question: Question) -> Answer:
        """The answer with its proof. Raises what the world raises for a question that cannot be asked."""
        deal = self.world.deal(question)
        program = self.program(deal.question.action, deal.question.as_of or self.world.as_of)
        frame = Frame(deal, self.subjects, program)
        asked, world = deal.question, self.world
        notes = world.notes(deal)
        if frame.ghosts or frame.noted or frame.varied:
            telling = Listing(self, frame, _names(frame, program))
            severities = evaluate(program, frame, telling.tell)
            if frame.unresolved:
                _at_least_open(severities, self.packs, program)
            reasons, duties, undecided = telling.lists
            marks = marks_of_all(severities)
            notes = (*notes, *telling.notes)
        else:
            found, marks = answer(program, frame, Telling(self, frame))
            reasons, duties, undecided = in_lists(found)
        verdict, each = self._verdicts.get(marks) or self._told(marks)
        return Answer(
            verdict=verdict,
            packs=each,
            reasons=reasons,
            undecided=undecided,
            would_change=[],
            duties=duties,
            notes=[*program.notes, *(sorted({*notes}) if notes else ())],
            as_of=asked.as_of or world.as_of,
            known_on=world.known_on,
            log_size=world.log_size,
            rules_sha256=self.rules_sha256,
        )

    def verdict(self, deal: Deal, changes: Changes) -> tuple[Verdict, dict[str, Verdict]]:
        """The verdict, and that of each pack, if facts had other values."""
        severities = self.severities(deal, changes, bool)
        each = {pack.name: VERDICTS[one] for pack, one in zip(self.packs, severities, strict=True)}
        return VERDICTS[max(severities, default=0)], each

    def severities(
        self, deal: Deal, changes: Changes, tell: Callable[[Outcome], object], ghosts: Ghosts | None = None
    ) -> list[int]:
        """What each pack comes to if facts had other values, by its place; `tell` is told what each rule comes to. `ghosts`: those of
        the deal, where it is asked about many times."""
        program = self.program(deal.question.action, deal.question.as_of or self.world.as_of)
        frame = Frame(deal, self.subjects, program, changes, ghosts)
        severities = evaluate(program, frame, tell)
        if frame.unresolved:
            _at_least_open(severities, self.packs, program)
        return severities

    def _told(self, marks: int) -> tuple[Verdict, list[PackAnswer]]:
        severities = [(marks >> 3 * at & 7).bit_length() for at in range(len(self.packs))]
        each = [
            PackAnswer(pack=pack.name, verdict=VERDICTS[one]) for pack, one in zip(self.packs, severities, strict=True)
        ]
        made = self._verdicts[marks] = (VERDICTS[max(severities, default=0)], each)
        return made

    def supplier(self, deal: Deal) -> str:
        """What the supplier is called; of a name that is not on file, that."""
        found = "the supplier"
        for party in deal.parties:
            if party.role == "supplier":
                known = party.id is not None and party.id[:1] != "?"
                found = self.world.caption(str(party.id)) if known else f"“{party.asked}”{NOT_ON_FILE}"
        return found


class Telling:
    """Puts what rules come to into words."""

    def __init__(self, judge: Judge, frame: Frame) -> None:
        self.judge, self.frame = judge, frame
        groups = frame.groups  # nearly every sentence names these two
        self.names = {"product": groups["product"].names, "buyer": groups["buyer"].names}
        """What stands for the places of sentences. That of the subject is set before each, others when a sentence asks for them."""

    def call(self, places: Iterable[str]) -> None:
        """Find what stands for places that a sentence has beside subject, product and buyer."""
        frame, judge, names = self.frame, self.judge, self.names
        for place in places:
            if place in names:
                continue
            if place == "supplier":
                names[place] = judge.supplier(frame.deal)
            elif place == "country":
                names[place] = judge.world.caption(frame.deal.question.country)
            else:
                names[place] = frame.groups[place].names

    def fires(self, one: Compiled, about: Group) -> Reason | Open:
        """A rule that fires for these, and for nobody by allegations alone, where nobody is unresolved or noted."""
        frame, names = self.frame, self.names
        if one.calls:
            self.call(one.calls)
        if one.effect is UNDECIDED:
            return _undecided((one, about, None, None, None, 1), frame, names)
        groups = frame.groups
        names["subject"] = about._names or about.names
        parts: Parts = ()
        missing: Sequence[str] = NO_TEXTS
        for whom, slot in one.other_facts:
            kept = groups[whom].kept[slot]
            parts += groups[whom].piece(slot) if kept is None else kept
        if one.own_facts:
            kept = about.kept[one.own_slot]
            parts += about.piece(one.own_slot) if kept is None else kept
        if one.missing_slot is not None:
            missing = about.kept[one.missing_slot]
            if missing is None:
                missing = about.piece(one.missing_slot)
        elif one.asks:
            if one.unless_other:
                missing = unproven(one, about, None, frame)
            else:
                found = unmet(one, about, groups)
                missing = found[0] if len(found) == 1 else Texts(tuple(found))
        return Reason(
            rule=one.id,
            pack=one.pack_name,
            effect=one.effect,
            citation=one.citation,
            says=one.sentence(names),
            facts=parts[0] if len(parts) == 1 else Proof(parts),
            unproven=missing,
        )

    def unknown(self, one: Compiled, about: Group) -> Open:
        """A rule of which it is not known whether it fires for these, where nobody is unresolved: of what is not known nothing is said, for
        "X served an abuser" would be an accusation."""
        frame = self.frame
        return Open(
            rule=one.id,
            pack=one.pack_name,
            needs=unknowns(one, about, frame),
            citation=one.citation,
            facts=_facts(one, about, frame),
        )

    def piece(self, outcome: Outcome) -> Reason | Open | None:
        """What a rule comes to; None where it says nothing."""
        if not says_something(outcome):
            return None
        one, fired, alleged, *_ = outcome
        self.call(one.calls)
        if (fired is not None or alleged is not None) and one.effect is not UNDECIDED:
            return _reason(one, fired, alleged, self.frame, self.names)
        return _undecided(outcome, self.frame, self.names)


class Listing(Telling):
    """Where every rule is asked: fills an answer's lists, in their order."""

    def __init__(self, judge: Judge, frame: Frame, undecided: list[Open]) -> None:
        super().__init__(judge, frame)
        self.lists: tuple[list[Reason], list[Reason], list[Open]] = ([], [], undecided)
        self.notes: Collection[str] = ()

    def tell(self, outcome: Outcome) -> None:
        """Put into words what a rule comes to, as one more of its list."""
        if self.frame.noted:
            self.notes = {*self.notes, *_notes(outcome, self.frame)}
        piece = self.piece(outcome)
        reasons, duties, undecided = self.lists
        if isinstance(piece, Open):
            undecided.append(piece)
        elif piece is not None:
            (duties if piece.effect is DUTY else reasons).append(piece)


def in_lists(found: Ranked) -> tuple[list[Reason], list[Reason], list[Open]]:
    """What stands in an answer, by its lists."""
    lists: tuple[list[Reason], list[Reason], list[Open]] = ([], [], [])
    for rank, piece in found:
        lists[rank >> LIST_BITS].append(piece)
    return lists


def _at_least_open(severities: list[int], packs: Sequence[Pack], program: Program) -> None:
    """A name that is not resolved is undecided for every pack that speaks."""
    for at, pack in enumerate(packs):
        if pack.name in program.speaking:
            severities[at] = max(severities[at], 1)


def _facts_in(packs: Sequence[Pack]) -> dict[str, Fact]:
    """The facts that packs read: those their conditions hold, so that tests may bring their own."""
    found: dict[str, Fact] = {}
    for pack in packs:
        for rule in pack.rules:
            for condition in (rule.when, rule.unless):
                if condition is not None:
                    found.update({leaf.fact.name: leaf.fact for leaf, _ in leaves(condition)})
    return found


def _facts(one: Compiled, about: Group, frame: Frame) -> Sequence[FactShown]:
    """Every statement that the rule read about them, each once: first of others, then of the subjects."""
    return proof(parts_of(one.all_facts, about, frame.groups))


def _about(*groups: Group | None) -> Group:
    """All of them, as one."""
    found = [group for group in groups if group is not None]
    if len(found) == 1:
        return found[0]
    made = Group([one for group in found for one in group.subjects])
    made.grow(made.subjects[0].where)
    return made


def _reason(one: Compiled, fired: Group | None, alleged: Group | None, frame: Frame, names: dict[str, str]) -> Reason:
    effect, about = one.effect, fired
    if about is None or alleged is not None:
        about = _about(fired, alleged)
        if fired is None and effect is Effect.BLOCKED:
            effect = Effect.BLOCKED_UNLESS
    return Reason(
        rule=one.id,
        pack=one.pack_name,
        effect=effect,
        citation=one.citation,
        says=sentences(one, fired, alleged, names, frame),
        facts=_facts(one, about, frame),
        unproven=unproven(one, about, alleged, frame) if one.asks or alleged is not None or frame.ghosts else [],
    )


def _undecided(outcome: Outcome, frame: Frame, names: dict[str, str]) -> Open:
    one, fired, alleged, unknown, lifted, _ = outcome
    if fired is not None or alleged is not None:
        about = _about(fired, alleged)
        needs = _decider(one, unproven(one, about, alleged, frame))
        says = sentences(one, fired, alleged, names, frame)
    elif unknown is not None:  # of what is not known nothing is said: "X served an abuser" would be an accusation
        about, says = unknown, ""
        needs = unknowns(one, about, frame)
    else:  # of what is shown it is not said that it is missing
        about = _about(lifted)
        needs = _decider(one, [])
        says = f"What is asked for at the least is shown for {about.names}. By itself that lifts nothing."
    candidates: list[str] = []
    if frame.ghosts:
        found = [who for subject in about.subjects for who in (subject.candidates or subject.who(one.own_facts))]
        candidates = list(dict.fromkeys(found))
    return Open(
        rule=one.id,
        pack=one.pack_name,
        needs=needs,
        candidates=candidates,
        says=says,
        citation=one.citation,
        facts=_facts(one, about, frame),
    )


def _decider(one: Compiled, missing: list[str]) -> str:
    return "; ".join([f"Who must decide: {one.rule.decides}.", *missing])


def _names(frame: Frame, program: Program) -> list[Open]:
    """Names that are not resolved: they are undecided for every pack that speaks."""
    if not frame.unresolved or not program.speaking:
        return []
    world_words = {"product": "product", "end_user": "end user", "supplier": "supplier", "via": "intermediary"}
    by_asked = {
        subject.asked: subject for group in frame.groups.values() for subject in group.subjects if subject.asked
    }
    found: list[Open] = []
    for party in frame.unresolved:
        subject = by_asked.get(party.asked)
        candidates = subject.candidates if subject is not None else party.candidates
        role = world_words[party.role]
        needs = f"Which {role} “{party.asked}” is. {_how_many(party, len(candidates))} Until one is named, the strictest reading counts."
        found.append(Open(rule="names", pack=program.speaking[0], needs=needs, candidates=list(candidates)))
    return found


def _how_many(party: Party, listed: int) -> str:
    """How many are called like a name, how many of them were examined, and how many are listed."""
    examined = len(party.candidates)
    if not listed:
        return "Nothing here has this name."
    if examined == listed:
        return "Those that it could be are listed: ask again with the id of the one that is meant."
    return (
        f"Named like it: {examined:,}. All of them were examined. Listed: {listed:,}, those with most against them. "
        "Ask again with the id of the one that is meant."
    )


def _notes(outcome: Outcome, frame: Frame) -> list[str]:
    one, *groups, _ = outcome
    found: list[str] = []
    for group in groups:
        if group is not None and group.noted and one.own_facts:
            for subject in group.subjects:
                found += subject.notes(one.own_facts)
    for selector, slot in one.other_facts:
        for subject in frame.groups[selector].subjects:
            if subject.noted:
                found += subject.notes(frame.layout.mask(subject.kind, slot) & subject.mine)
    return found
