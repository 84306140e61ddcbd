"""The engine: what packs say to a question, with the whole proof.

`Judge` holds a world and packs. `judge` asks every rule about everybody it is about (`evaluate`) and puts the answer together
(`Telling`). What follows from one subject alone is kept for it: values of facts, who of a group passes a test, and what a rule that
speaks of nobody else would say. Whether a rule fires in a deal is asked each time, and answers are never kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence

from sousveil.decisions.compiled_rule import SEVERITY, Compiled
from sousveil.decisions.evaluation import Outcome, answer, evaluate
from sousveil.decisions.facts.model import Fact
from sousveil.decisions.frame import Frame
from sousveil.decisions.ghosts import Changes, Ghosts
from sousveil.decisions.language import leaves
from sousveil.decisions.model import Action, Answer, Effect, FactShown, Open, PackAnswer, Question, Reason, Verdict
from sousveil.decisions.pack import Pack, rules_sha256
from sousveil.decisions.program import Program, compile_program, layout_of
from sousveil.decisions.subject import NOT_ON_FILE
from sousveil.decisions.subject_groups import Group, Piece, pieces_of, proof
from sousveil.decisions.subjects import Subjects
from sousveil.decisions.wording import sentence, unknowns, unproven
from sousveil.decisions.world import Deal, Party, World

VERDICTS = tuple(Verdict(name) for name, _ in sorted(SEVERITY.items(), key=lambda item: item[1]))
"""By severity: 0 to 3."""
DUTY, UNDECIDED = Effect.DUTY, Effect.UNDECIDED


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
        self._told = [[PackAnswer(pack=pack.name, verdict=verdict) for verdict in VERDICTS] for pack in self.packs]
        """Of each pack, by severity."""
        self._packs: dict[tuple[int, ...], list[PackAnswer]] = {}
        """The same of all packs, by their severities; answers share the lists."""

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
        telling = Telling(frame, self._captions(frame, program), _names(frame, program) if frame.unresolved else [])
        if frame.ghosts or frame.noted:
            severities = evaluate(program, frame, telling.tell)
        else:
            severities = answer(program, frame, telling)
        if frame.unresolved:
            _at_least_open(severities, self.packs, program)
        asked = deal.question
        notes = sorted({*telling.notes, *found}) if (found := self.world.notes(deal)) or telling.notes else []
        return Answer(
            verdict=VERDICTS[max(severities, default=0)],
            packs=self._packs.get(tuple(severities)) or self._pack_answers(severities),
            reasons=telling.reasons,
            undecided=telling.undecided,
            would_change=[],
            duties=telling.duties,
            notes=[*program.notes, *notes],
            as_of=asked.as_of or self.world.as_of,
            known_on=self.world.known_on,
            log_size=self.world.log_size,
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

    def _pack_answers(self, severities: list[int]) -> list[PackAnswer]:
        made = [told[severity] for told, severity in zip(self._told, severities, strict=True)]
        self._packs[tuple(severities)] = made
        return made

    def _captions(self, frame: Frame, program: Program) -> dict[str, str]:
        """What stands for the places of sentences, but the subject."""
        deal, groups = frame.deal, frame.groups
        names: dict[str, str] = {}
        for place in program.places:
            if place == "supplier":
                names[place] = self._supplier(deal)
            elif place == "country":
                names[place] = self.world.caption(deal.question.country)
            else:
                names[place] = groups[place].names
        return names

    def _supplier(self, deal: Deal) -> str:
        found = "the supplier"
        for party in deal.parties:
            if party.role == "supplier":
                known = party.id is not None and party.id[:1] != "?"
                found = self.world.caption(str(party.id)) if known else f"“{party.asked}”{NOT_ON_FILE}"
        return found


class Telling:
    """An answer's lists, as rules fill them in their order."""

    def __init__(self, frame: Frame, names: dict[str, str], undecided: list[Open]) -> None:
        self.frame, self.names = frame, names
        self.reasons: list[Reason] = []
        self.duties: list[Reason] = []
        self.undecided = undecided
        self.lists = (self.reasons, self.duties, undecided)
        self.notes: Collection[str] = ()

    def tell(self, outcome: Outcome) -> None:
        """Put into words what a rule comes to."""
        if self.frame.noted:
            self.notes = {*self.notes, *_notes(outcome, self.frame)}
        one, fired, alleged, unknown, lifted, _ = outcome
        if fired is not None or alleged is not None:
            effect = one.effect
            if effect is DUTY:
                self.duties.append(_reason(one, fired, alleged, self.frame, self.names))
            elif effect is not UNDECIDED:
                self.reasons.append(_reason(one, fired, alleged, self.frame, self.names))
            else:
                self.undecided.append(_undecided(outcome, self.frame, self.names))
        elif one.effect is not DUTY and (unknown is not None or (lifted is not None and one.lifts)):
            self.undecided.append(_undecided(outcome, self.frame, self.names))

    def fires(self, one: Compiled, about: Group) -> None:
        """The same for a rule that fires for these, and for nobody by allegations alone, where nobody is unresolved or noted."""
        effect = one.effect
        if effect is UNDECIDED:
            self.undecided.append(_undecided((one, about, None, None, None, 1), self.frame, self.names))
            return
        frame = self.frame
        reason = Reason(
            rule=one.id,
            pack=one.pack_name,
            effect=effect,
            citation=one.citation,
            says=sentence(one, about, self.names, frame),
            facts=_facts(one, about, frame),
            unproven=unproven(one, about, None, frame) if one.asks else [],
        )
        (self.duties if effect is DUTY else self.reasons).append(reason)

    def piece(self, outcome: Outcome) -> Reason | Open | None:
        """The same, to be kept by those whom alone it is about; None where it says nothing."""
        one, fired, alleged, unknown, lifted, _ = outcome
        if fired is not None or alleged is not None:
            if one.effect is not UNDECIDED:
                return _reason(one, fired, alleged, self.frame, self.names)
        elif one.effect is DUTY or (unknown is None and not (lifted is not None and one.lifts)):
            return None
        return _undecided(outcome, self.frame, self.names)


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
    if not one.other_facts:
        own: Piece = about.kept[one.own_slot] or about.piece(one.own_slot)
        return own.rows  # type: ignore[no-any-return]  # statements
    return proof(pieces_of(one.all_facts, about, frame.groups))


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
        says=sentence(one, about, names, frame),
        facts=_facts(one, about, frame),
        unproven=unproven(one, about, alleged, frame) if one.asks or alleged is not None or frame.ghosts else [],
    )


def _undecided(outcome: Outcome, frame: Frame, names: dict[str, str]) -> Open:
    one, fired, alleged, unknown, lifted, _ = outcome
    if fired is not None or alleged is not None:
        about = _about(fired, alleged)
        needs = _decider(one, unproven(one, about, alleged, frame))
        says = sentence(one, about, names, frame)
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
    if examined == listed and not party.left_out:
        return "Those that it could be are listed: ask again with the id of the one that is meant."
    shown = f"Listed: {listed:,}" + (", those with most against them" if listed < examined else "")
    if not party.left_out:
        return f"Named like it: {examined:,}. All of them were examined. {shown}. Ask again with the id of the one that is meant."
    return (
        f"Named like it: {examined + party.left_out:,}. Examined: {examined:,}. Not examined, because nothing is on file about them that a "
        f"rule could rest on: {party.left_out:,}. {shown}. Ask with the full name."
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
