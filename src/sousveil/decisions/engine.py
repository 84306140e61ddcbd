"""The engine: what packs say to a question, with the whole proof.

`Judge` holds a world and packs. `judge` asks every rule about everybody it is about (`evaluate`) and puts the answer together
(`assemble`). Values of facts are kept for each subject of the world; results of rules and answers are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sousveil.decisions.evaluation import Outcome, evaluate
from sousveil.decisions.facts.model import Fact
from sousveil.decisions.frame import Changes, Frame
from sousveil.decisions.language import leaves
from sousveil.decisions.model import Action, Answer, Effect, Open, PackAnswer, Question, Reason, Verdict
from sousveil.decisions.pack import Pack, rules_sha256
from sousveil.decisions.program import SEVERITY, Program, compile_program, layout_of
from sousveil.decisions.subjects import Subject, Subjects
from sousveil.decisions.wording import sentence, unknowns, unproven
from sousveil.decisions.world import Deal, World

VERDICTS = tuple(Verdict(name) for name, _ in sorted(SEVERITY.items(), key=lambda item: item[1]))
"""By severity: 0 to 3."""


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
        found = dict.fromkeys((pack.name for pack in self.packs), 0)
        if frame.unresolved:
            found.update(dict.fromkeys(program.speaking, 1))
        for outcome in outcomes:
            name, weight = outcome.compiled.pack.name, outcome.weight
            if weight > found[name]:
                found[name] = weight
        return found

    def assemble(self, frame: Frame, program: Program, outcomes: Sequence[Outcome]) -> Answer:
        """The answer out of what each rule comes to."""
        severities = self._severities(frame, program, outcomes)
        reasons: list[Reason] = []
        duties: list[Reason] = []
        undecided = _names(frame, program)
        names = self._captions(frame)
        notes: list[str] = []
        for outcome in outcomes:
            one = outcome.compiled
            effect = one.rule.effect
            if outcome.fired or outcome.alleged:
                if effect is Effect.UNDECIDED:
                    undecided.append(_undecided(outcome, frame, names))
                else:
                    (duties if effect is Effect.DUTY else reasons).append(_reason(outcome, frame, names))
            elif effect is not Effect.DUTY and (outcome.unknown or (outcome.lifted and one.rule.lifts_to)):
                undecided.append(_undecided(outcome, frame, names))
            if frame.noted:
                notes += _notes(outcome, frame)
        question = frame.deal.question
        return Answer(
            verdict=VERDICTS[max(severities.values(), default=0)],
            packs=[PackAnswer(pack=name, verdict=VERDICTS[severity]) for name, severity in severities.items()],
            reasons=reasons,
            undecided=undecided,
            would_change=[],
            duties=duties,
            notes=[*_silent(program, question), *sorted({*notes, *self.world.notes(frame.deal)})],
            as_of=question.as_of or self.world.as_of,
            known_on=self.world.known_on,
            log_size=self.world.log_size,
            rules_sha256=self.rules_sha256,
        )

    def _captions(self, frame: Frame) -> dict[str, str]:
        """What stands for the places of sentences, but the subject."""
        deal = frame.deal
        supplier = next(
            (
                f"“{party.asked}” (not on file)" if party in frame.unresolved else self.world.caption(party.id or "")
                for party in deal.parties
                if party.role == "supplier"
            ),
            "the supplier",
        )
        return {
            "product": frame.fixed[1].caption,
            "buyer": frame.fixed[2].caption,
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


def _facts(outcome: Outcome, about: Sequence[Subject], frame: Frame) -> list[Any]:
    """Every statement that the rule read about them, each once."""
    one = outcome.compiled
    rows: list[Any] = []
    for selector, mask in one.other_facts:
        for subject in frame.by_selector[selector] if selector else frame.fixed:
            rows += subject.facts(_within(subject, mask) if not selector else mask)
    if one.own_facts:
        for subject in about:
            rows += subject.facts(one.own_facts)
    if len(rows) > 1:
        return list({row.statement: row for row in rows}.values())
    return rows


def _within(subject: Subject, mask: int) -> int:
    """Of the bits by index, those that are facts of this one of deal, product and buyer."""
    return mask & subject.mine


def _reason(outcome: Outcome, frame: Frame, names: dict[str, str]) -> Reason:
    one = outcome.compiled
    about = [*outcome.fired, *outcome.alleged] if outcome.alleged else outcome.fired
    effect = one.rule.effect
    if not outcome.fired and effect is Effect.BLOCKED:
        effect = Effect.BLOCKED_UNLESS
    return Reason(
        rule=one.rule.id,
        pack=one.pack.name,
        effect=effect,
        citation=one.citation,
        says=sentence(one, about, names),
        facts=_facts(outcome, about, frame),
        unproven=unproven(outcome, about, frame),
    )


def _undecided(outcome: Outcome, frame: Frame, names: dict[str, str]) -> Open:
    one = outcome.compiled
    about = [*outcome.fired, *outcome.alleged, *outcome.unknown]
    if outcome.unknown and not (outcome.fired or outcome.alleged):
        needs = unknowns(outcome, frame)
    else:
        about = about or outcome.lifted
        missing = unproven(outcome, about, frame) if about is not outcome.lifted else []
        who = one.rule.decides
        needs = "; ".join([f"{who[:1].upper()}{who[1:]} must decide", *missing])
    candidates = dict.fromkeys(who for subject in about for who in (subject.candidates or subject.who(one.own_facts)))
    return Open(
        rule=one.rule.id,
        pack=one.pack.name,
        needs=needs,
        candidates=list(candidates),
        says=sentence(one, about, names),
        citation=one.citation,
        facts=_facts(outcome, about, frame),
    )


def _names(frame: Frame, program: Program) -> list[Open]:
    """Names that are not resolved: they are undecided for every pack that speaks."""
    if not program.speaking:
        return []
    world_words = {"product": "product", "end_user": "end user", "supplier": "supplier", "via": "intermediary"}
    by_asked = {subject.asked: subject for found in frame.by_selector.values() for subject in found if subject.asked}
    found: list[Open] = []
    for party in frame.unresolved:
        subject = by_asked.get(party.asked)
        candidates = subject.candidates if subject is not None else party.candidates
        role = world_words[party.role]
        many = f"It could be {len(candidates)} records here" if candidates else "Nothing here has this name"
        needs = f"Which {role} “{party.asked}” is. {many}; until one is named, the strictest reading counts."
        found.append(Open(rule="names", pack=program.speaking[0], needs=needs, candidates=list(candidates)))
    return found


def _notes(outcome: Outcome, frame: Frame) -> list[str]:
    one = outcome.compiled
    found: list[str] = []
    for subject in (*outcome.fired, *outcome.alleged, *outcome.unknown, *outcome.lifted):
        if subject.noted and one.asked:
            found += subject.notes(one.own_facts)
    for selector, mask in one.other_facts:
        for subject in frame.by_selector[selector] if selector else frame.fixed:
            if subject.noted:
                found += subject.notes(mask if selector else _within(subject, mask))
    return found


def _silent(program: Program, question: Question) -> list[str]:
    found = [f"{name} is not in force on {question.as_of}: it says nothing." for name in program.silent]
    if not program.speaking:
        found.append("No rule that ran speaks about this action on this day. That nothing blocks is not a permission.")
    return found
