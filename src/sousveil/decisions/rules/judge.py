"""The answer of packs to a question, with its whole proof."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache, partial

from sousveil.decisions.facts.model import World
from sousveil.decisions.model import Answer, Deal, Effect, FactShown, PackAnswer, Party, Question, Reason
from sousveil.decisions.rules.evaluate import ROLE_WORDS, VERDICTS, Active, Outcome, Subjects, active_rules, outcome
from sousveil.decisions.rules.pack import Pack, rules_sha256
from sousveil.decisions.rules.proof import notes, part_of_answer
from sousveil.errors import Usage
from sousveil.register.views import words

NAMES = "names"
"""Stands for a rule where a name of the question has no record."""
ACTIVE_MAX = 200
"""Actions and days whose rules are kept."""


class Judge:
    """Answers questions in one world by some packs."""

    def __init__(self, world: World, packs: Sequence[Pack]) -> None:
        """`packs` in the order in which they are printed."""
        self.world, self.packs = world, tuple(packs)
        self.rules_sha256 = rules_sha256(self.packs)
        self._rules_on = lru_cache(ACTIVE_MAX)(partial(active_rules, self.packs))
        self._shown: dict[str, FactShown] = {}

    def active(self, deal: Deal) -> tuple[Active, ...]:
        """The rules that speak about the action of a deal on its day."""
        return self._rules_on(deal.question.action, deal.question.as_of or self.world.as_of)

    def subjects(self, deal: Deal) -> Subjects:
        """Everybody a deal asks rules about. Raises Usage for a name that may mean several records."""
        for party in deal.parties:
            if party.id is None and party.candidates:
                raise Usage(
                    f"“{party.asked}” may mean {len(party.candidates)} records.",
                    hint="Ask with the id of one, or for the strictest answer over all of them.",
                )
        return Subjects(self.world, deal)

    def judge(self, question: Question, sure: Collection[str] = ()) -> Answer:
        """The answer with its proof. `sure`: ids that mean their record though judgements about its identity contradict each other.

        Raises Usage for a name that may mean several records, and what the world raises for a question that cannot be asked.
        """
        world, deal = self.world, self.world.deal(question, sure)
        subjects, active = self.subjects(deal), self.active(deal)
        reasons: list[Reason] = []
        duties: list[Reason] = []
        undecided = [*_without_record(subjects.unresolved, active)]
        mentioned = {*world.notes(deal)}
        outcomes = [found for one in active if (found := outcome(one, subjects)) is not None]
        for found in outcomes:
            mentioned.update(notes(found, subjects))
            part = part_of_answer(found, subjects, self._show)
            if part is not None:
                {Effect.UNDECIDED: undecided, Effect.DUTY: duties}.get(Effect(part.effect), reasons).append(part)
        severities = self.severities(active, outcomes, subjects)
        return Answer(
            verdict=VERDICTS[max(severities, default=0)],
            packs=[
                PackAnswer(pack=pack.name, verdict=VERDICTS[one])
                for pack, one in zip(self.packs, severities, strict=True)
            ],
            reasons=reasons,
            undecided=undecided,
            duties=duties,
            notes=[*self._silent(active, deal), *sorted(mentioned)],
            as_of=deal.question.as_of or world.as_of,
            known_on=world.known_on,
            log_size=world.log_size,
            rules_sha256=self.rules_sha256,
        )

    def severities(self, active: Sequence[Active], outcomes: Sequence[Outcome], subjects: Subjects) -> list[int]:
        """What each pack comes to, in their order: the most severe outcome of its rules. Without a record for a name it is not known."""
        speaks = {one.pack.name for one in active}
        found = {pack.name: int(bool(subjects.unresolved) and pack.name in speaks) for pack in self.packs}
        for one in outcomes:
            name = one.active.pack.name
            found[name] = max(found[name], one.severity)
        return list(found.values())

    def _show(self, statement: str) -> FactShown:
        found = self._shown.get(statement)
        if found is None:
            found = self._shown[statement] = self.world.shown(statement)
        return found

    def _silent(self, active: Sequence[Active], deal: Deal) -> Iterator[str]:
        """Packs that say nothing on the day, in words."""
        as_of = deal.question.as_of or self.world.as_of
        for pack in self.packs:
            if not pack.in_force.holds(as_of):
                early = as_of < pack.in_force.start.isoformat()
                start, until = words.date(pack.in_force.start.isoformat()), words.date(pack.in_force.until.isoformat())
                when, which = (f"from {start} on", "an earlier") if early else (f"until {until}", "a later")
                yield f"{pack.title} ({pack.name}): it counts {when}. For {which} day it says nothing."
        if not active:
            yield "No rule that ran speaks about this action on this day. That nothing blocks is not a permission."


def _without_record(parties: Sequence[Party], active: Sequence[Active]) -> Iterator[Reason]:
    """Names without a record: undecided for every pack that speaks."""
    for party in parties if active else ():
        role = ROLE_WORDS[party.role]
        needs = f"Which {role} “{party.asked}” is: no record has this name, and that clears nobody."
        yield Reason(rule=NAMES, pack=active[0].pack.name, effect=Effect.UNDECIDED, needs=[needs])
