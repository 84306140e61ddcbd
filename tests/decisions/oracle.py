"""The rules of a case in answer set programming, for clingo: verdicts, computed by another program.

Nothing of the engine is used but the parsed conditions: `not` is turned round where it stands, sets are written out one by one.
"""

from __future__ import annotations

from collections.abc import Callable

import clingo

from sousveil.decisions.facts.model import Of
from sousveil.decisions.model import Effect
from sousveil.decisions.rules.language import SELECTORS, All, AnyOf, Condition, Every, Leaf, Some
from sousveil.decisions.rules.pack import Pack, Rule

WEIGHT = {Effect.BLOCKED: 3, Effect.UNDECIDED: 1}
Members = Callable[[str], tuple[str, ...]]


class Program:
    """The text of a case."""

    def __init__(
        self,
        packs: tuple[Pack, ...],
        levels: dict[tuple[str, str], int],
        members: Members,
        only: str = "",
        *,
        product: str = "P",
        buyer: str = "B",
    ) -> None:
        self.alone = {Of.DEAL: "", Of.PRODUCT: product, Of.BUYER: buyer}
        self.lines: list[str] = []
        self.members = members
        self.count = 0
        self.facts: dict[tuple[str, str], int] = {}
        for at, (key, level) in enumerate(sorted(levels.items())):
            self.facts[key] = at
            self.lines.append(f"level({at},{level}).")
        for pack in packs:
            if not only or pack.name == only:
                for rule in pack.rules:
                    for subject in members(rule.each):
                        self._rule(pack, rule, subject)
        self.lines.append("verdict(V) :- V = #max { S : weight(S); 0 }.")

    def _rule(self, pack: Pack, rule: Rule, subject: str) -> None:
        when = self._node(rule.when, SELECTORS[rule.each], subject)
        unless = self._node(rule.unless, SELECTORS[rule.each], subject)
        if rule.effect is Effect.DUTY:
            return
        weight = WEIGHT.get(rule.effect, 3 if pack.open_condition == "blocked" else 2)
        self.lines += [
            f"weight({weight}) :- ge({when},3), not ge({unless},3).",
            f"weight({min(weight, 2)}) :- ge({when},2), not ge({when},3), not ge({unless},3).",
            f"weight(1) :- ge({when},1), not ge({when},2), not ge({unless},3).",
        ]
        if rule.lifts_to:
            self.lines.append(f"weight(1) :- ge({when},1), ge({unless},3).")

    def _new(self) -> int:
        self.count += 1
        return self.count

    def _node(self, condition: Condition, about: Of, subject: str) -> int:
        node = self._new()
        add = self.lines.append
        match condition:
            case All(()):
                add(f"ge({node},1..3).")
            case Leaf(fact, negated=negated, possible=possible):
                inner = self._new() if negated or possible else node
                add(
                    f"ge({inner},K) :- level({self.facts[fact.name, self.alone.get(fact.of, subject)]},L), K = 1..3, L >= K."
                )
                if negated:
                    add(f"ge({node},1) :- not ge({inner},3).")
                    add(f"ge({node},2..3) :- not ge({inner},1).")
                elif possible:
                    add(f"ge({node},1..3) :- ge({inner},1).")
            case All(parts):
                inner_nodes = [self._node(part, about, subject) for part in parts]
                add(f"ge({node},K) :- K = 1..3, {', '.join(f'ge({one},K)' for one in inner_nodes)}.")
            case AnyOf(parts):
                for part in parts:
                    add(f"ge({node},K) :- ge({self._node(part, about, subject)},K).")
            case Every(selector, where):
                inner_nodes = [self._node(where, SELECTORS[selector], one) for one in self.members(selector)]
                add(f"ge({node},K) :- K = 1..3, {', '.join(f'ge({one},K)' for one in inner_nodes)}.")
            case Some(selector, where):
                for member in self.members(selector):
                    add(f"ge({node},K) :- ge({self._node(where, SELECTORS[selector], member)},K).")
            case _:
                raise AssertionError(condition)
        return node

    def verdict(self) -> int:
        """Severity, 0 to 3."""
        control = clingo.Control(["--warn=none"])
        control.add("base", [], "\n".join(self.lines))
        control.ground([("base", [])])
        found: list[int] = []
        control.solve(on_model=lambda model: found.extend(_numbers(model, "verdict")))
        assert len(found) == 1
        return found[0]


def _numbers(model: clingo.Model, name: str) -> list[int]:
    return [one.arguments[0].number for one in model.symbols(atoms=True) if one.name == name]
