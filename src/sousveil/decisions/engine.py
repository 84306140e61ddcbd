"""The engine: what packs say to a question, with the whole proof.

`Judge` holds a world and packs. `judge` asks every rule about everybody it is about (`evaluate`) and puts the answer together
(`assemble`). Values of facts are kept for each subject of the world; results of rules and answers are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sousveil.decisions.evaluation import Outcome, evaluate
from sousveil.decisions.facts.model import Fact
from sousveil.decisions.frame import Frame
from sousveil.decisions.ghosts import Changes
from sousveil.decisions.language import leaves
from sousveil.decisions.model import Action, Answer, Effect, FactShown, Open, PackAnswer, Question, Reason, Verdict
from sousveil.decisions.pack import Pack, rules_sha256
from sousveil.decisions.program import SEVERITY, Compiled, Program, compile_program, layout_of
from sousveil.decisions.subject_groups import Group
from sousveil.decisions.subjects import NOT_ON_FILE, Subjects
from sousveil.decisions.wording import sentence, unknowns, unproven
from sousveil.decisions.world import Deal, World

VERDICTS = tuple(Verdict(name) for name, _ in sorted(SEVERITY.items(), key=lambda item: item[1]))
"""By severity: 0 to 3."""
UNDECIDED, DUTY = Effect.UNDECIDED, Effect.DUTY
FIRED, UNKNOWN, LIFTED = range(3)
"""The ways in which a rule leaves something open: it fires and somebody must decide, it is not known, or what it asks for is shown."""


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
        self._none = dict.fromkeys((pack.name for pack in self.packs), 0)
        self._told = {
            name: tuple(PackAnswer(pack=name, verdict=verdict) for verdict in VERDICTS) for name in self._none
        }

    def program(self, action: Action, as_of: str) -> Program:
        """The rules for an action and day."""
        key = (action, as_of)
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
        return self.assemble(frame, program, evaluate(program, frame))

    def verdict(self, deal: Deal, changes: Changes) -> tuple[Verdict, dict[str, Verdict]]:
        """The verdict, and that of each pack, if facts had other values."""
        program = self.program(deal.question.action, deal.question.as_of or self.world.as_of)
        frame = Frame(deal, self.subjects, program, changes)
        severities = self._severities(frame, program, evaluate(program, frame))
        return VERDICTS[max(severities.values(), default=0)], {name: VERDICTS[one] for name, one in severities.items()}

    def _severities(self, frame: Frame, program: Program, outcomes: Iterable[Outcome]) -> dict[str, int]:
        found = self._none.copy()
        if frame.unresolved:
            found.update(dict.fromkeys(program.speaking, 1))
        for one, _, _, _, _, weight in outcomes:
            if weight > found[one.pack_name]:
                found[one.pack_name] = weight
        return found

    def assemble(self, frame: Frame, program: Program, outcomes: Sequence[Outcome]) -> Answer:
        """The answer out of what each rule comes to."""
        severities = self._severities(frame, program, outcomes)
        reasons: list[Reason] = []
        duties: list[Reason] = []
        undecided = _names(frame, program) if frame.unresolved else []
        names = self._captions(frame)
        notes: set[str] = set()
        kept = not frame.ghosts
        for outcome in outcomes:
            one, fired, alleged, unknown, lifted, _ = outcome
            effect, voice = one.effect, one.voice
            about, way = fired, FIRED
            if fired is not None or alleged is not None:
                if effect is not UNDECIDED:
                    told = duties if effect is DUTY else reasons
                    if not kept or voice < 0 or alleged is not None or about is None:
                        told.append(_reason(outcome, frame, names))
                    elif (reason := about.said.get(voice)) is not None:
                        told.append(reason)
                    else:
                        about.said[voice] = reason = _reason(outcome, frame, names)
                        told.append(reason)
                    continue
            elif effect is DUTY:
                continue
            elif unknown is not None:
                about, way = unknown, UNKNOWN
            elif one.lifts:
                about, way = lifted, LIFTED
            else:
                continue
            if not kept or voice < 0 or alleged is not None or about is None:
                undecided.append(_undecided(outcome, frame, names))
            elif (open_ := about.open_said.get(voice + way)) is not None:
                undecided.append(open_)
            else:
                about.open_said[voice + way] = open_ = _undecided(outcome, frame, names)
                undecided.append(open_)
        if frame.noted:
            for outcome in outcomes:
                notes.update(_notes(outcome, frame))
        question = frame.deal.question
        notes.update(self.world.notes(frame.deal))
        return Answer(
            verdict=VERDICTS[max(severities.values(), default=0)],
            packs=[self._told[name][severity] for name, severity in severities.items()],
            reasons=reasons,
            undecided=undecided,
            would_change=[],
            duties=duties,
            notes=[*_silent(program, question), *sorted(notes)],
            as_of=question.as_of or self.world.as_of,
            known_on=self.world.known_on,
            log_size=self.world.log_size,
            rules_sha256=self.rules_sha256,
        )

    def _captions(self, frame: Frame) -> dict[str, str]:
        """What stands for the places of sentences, but the subject."""
        deal, groups = frame.deal, frame.groups
        supplier = "the supplier"
        for party in deal.parties:
            if party.role == "supplier":
                known = party.id is not None and party.id[:1] != "?"
                supplier = self.world.caption(str(party.id)) if known else f"“{party.asked}”{NOT_ON_FILE}"
        return {
            "product": groups["product"].names,
            "buyer": groups["buyer"].names,
            "supplier": supplier,
            "country": self.world.caption(deal.question.country),
        }


def _facts_in(packs: Sequence[Pack]) -> dict[str, Fact]:
    """The facts that packs read: those their conditions hold, so that tests may bring their own."""
    found: dict[str, Fact] = {}
    for pack in packs:
        for rule in pack.rules:
            for condition in (rule.when, rule.unless):
                if condition is not None:
                    found.update({leaf.fact.name: leaf.fact for leaf, _ in leaves(condition)})
    return found


def _facts(one: Compiled, about: Group, frame: Frame) -> list[FactShown]:
    """Every statement that the rule read about them, each once: first of others, then of the subjects."""
    groups = frame.groups
    found = about.facts[one.own_slot]
    if not one.other_facts:
        return list(found.rows)
    pieces = [piece for selector, slot in one.other_facts if (piece := groups[selector].facts[slot]).rows]
    if found.rows:
        pieces.append(found)
    if len(pieces) < 2:
        return list(pieces[0].rows) if pieces else []
    rows, ids = list(pieces[0].rows), pieces[0].ids
    for piece in pieces[1:]:
        rows += piece.rows if ids.isdisjoint(piece.ids) else [row for row in piece.rows if row.statement not in ids]
        if piece is not pieces[-1]:
            ids |= piece.ids
    return rows


def _about(*groups: Group | None) -> Group:
    """All of them, as one."""
    found = [group for group in groups if group is not None]
    return found[0] if len(found) == 1 else Group([one for group in found for one in group.subjects])


def _reason(outcome: Outcome, frame: Frame, names: dict[str, str]) -> Reason:
    one, fired, alleged, _, _, _ = outcome
    effect = one.effect
    about = fired
    if about is None or alleged is not None:
        about = _about(fired, alleged)
        if fired is None and effect is Effect.BLOCKED:
            effect = Effect.BLOCKED_UNLESS
    return Reason(
        rule=one.rule.id,
        pack=one.pack_name,
        effect=effect,
        citation=one.citation,
        says=sentence(one, about, names, frame),
        facts=_facts(one, about, frame),
        unproven=unproven(one, about, alleged, frame),
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
    found: dict[str, None] = {}
    if frame.ghosts:
        found = dict.fromkeys(
            who for subject in about.subjects for who in (subject.candidates or subject.who(one.own_facts))
        )
    return Open(
        rule=one.rule.id,
        pack=one.pack_name,
        needs=needs,
        candidates=list(found),
        says=says,
        citation=one.citation,
        facts=_facts(one, about, frame),
    )


def _decider(one: Compiled, missing: list[str]) -> str:
    who = one.rule.decides
    return "; ".join([f"{who[:1].upper()}{who[1:]} must decide", *missing])


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
        many = "Those that it could be are listed" if candidates else "Nothing here has this name"
        if len(party.candidates) > len(candidates) > 0:
            many = (
                f"It could be one of {len(party.candidates):,}; the {len(candidates)} with most against them are listed, "
                "and all were looked at"
            )
        needs = f"Which {role} “{party.asked}” is. {many}; until one is named, the strictest reading counts."
        found.append(Open(rule="names", pack=program.speaking[0], needs=needs, candidates=list(candidates)))
    return found


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
                found += subject.notes(frame.layout.masks_of[slot] & subject.mine)
    return found


def _silent(program: Program, question: Question) -> list[str]:
    found = [f"{name} is not in force on {question.as_of}: it says nothing." for name in program.silent]
    if not program.speaking:
        found.append("No rule that ran speaks about this action on this day. That nothing blocks is not a permission.")
    return found
