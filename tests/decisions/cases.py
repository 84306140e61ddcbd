"""Generated cases: small packs and worlds, and the levels of every fact in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from sousveil.decisions.facts.model import Of, Polarity, Value
from sousveil.decisions.model import Action, Truth
from sousveil.decisions.rules.language import SELECTORS
from sousveil.decisions.rules.pack import Pack
from tests.decisions.worlds import FACTS, SmallWorld, pack

SUBJECTS = {
    Of.DEAL: ("",),
    Of.PRODUCT: ("P",),
    Of.BUYER: ("B",),
    Of.STATE: ("xa", "xb"),
    Of.VENDOR: ("S", "T"),
}
VALUES = {
    0: Value(Truth.FALSE, ("no",)),
    1: Value(Truth.UNKNOWN),
    2: Value(Truth.TRUE, ("rumour",), alleged=True),
    3: Value(Truth.TRUE, ("yes",)),
}
EACH = ("deal", "states", "home_states", "vendors", "supplier", "product")
ACTIONS = [str(one) for one in Action]
SETS = ("states", "buyer_states", "vendors", "parties")


@dataclass(frozen=True)
class Case:
    """A pack or two, and what is known."""

    packs: tuple[Pack, ...]
    levels: tuple[tuple[tuple[str, str], int], ...]
    """(fact, subject) -> level."""
    exporting_states: tuple[str, ...] = ("xa",)

    def world(self, changed: dict[tuple[str, str], int] | None = None) -> SmallWorld:
        """The world of it."""
        values = {key: VALUES[level] for key, level in (dict(self.levels) | (changed or {})).items()}
        return SmallWorld(values, exporting_states=self.exporting_states)


def _facts(about: Of, *polarities: Polarity) -> list[str]:
    kinds = {Of.DEAL, Of.PRODUCT, Of.BUYER, about}
    return [name for name, fact in FACTS.items() if fact.of in kinds and fact.polarity in polarities]


def _leaf(about: Of, *polarities: Polarity) -> st.SearchStrategy[Any]:
    return st.sampled_from(_facts(about, *polarities)).map(lambda name: {"fact": name})


def _joined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda one: {one[0]: one[1]}
    )


def _sets(inner: Any) -> st.SearchStrategy[Any]:
    return st.tuples(st.sampled_from(["some", "every"]), st.sampled_from(SETS)).flatmap(
        lambda one: inner(SELECTORS[one[1]]).map(lambda where: {one[0]: one[1], "where": where})
    )


def whens(about: Of, depth: int = 2) -> st.SearchStrategy[Any]:
    """Conditions for `when` of a rule that gates."""
    scope = _leaf(about, Polarity.SCOPE)
    blocks = _leaf(about, Polarity.BLOCKS)
    one = st.one_of(
        blocks,
        scope,
        scope.map(lambda part: {"not": part}),
        st.one_of(scope, blocks).map(lambda part: {"possibly": part}),
    )
    if not depth:
        return one
    inner = whens(about, depth - 1)
    return st.one_of(one, _joined(inner), _sets(lambda kind: whens(kind, depth - 1)))


def unlesses(about: Of, depth: int = 2) -> st.SearchStrategy[Any]:
    """Conditions for `unless`."""
    one = st.one_of(
        _leaf(about, Polarity.LIFTS),
        _leaf(about, Polarity.BLOCKS).map(lambda part: {"not": part}),
        _leaf(about, Polarity.SCOPE),
    )
    if not depth:
        return one
    inner = unlesses(about, depth - 1)
    return st.one_of(one, _joined(inner), _sets(lambda kind: unlesses(kind, depth - 1)))


PLACES = ("product", "buyer", "supplier", "country")


@st.composite
def _rule(draw: st.DrawFn, at: int, wide: bool) -> dict[str, Any]:
    each = draw(st.sampled_from(tuple(SELECTORS) if wide else EACH))
    effect = draw(st.sampled_from(["blocked", "blocked_unless", "blocked_unless", "undecided", "duty"]))
    rule: dict[str, Any] = {
        "id": f"R-{at}",
        "citation": {"article": f"Art. {at}"},
        "actions": "all",
        "each": each,
        "when": draw(whens(SELECTORS[each])),
        "effect": effect,
        "says": "{subject} is in the way.",
        "decides": "the State",
    }
    if effect == "blocked_unless" or draw(st.booleans()):
        rule["unless"] = draw(unlesses(SELECTORS[each]))
        if draw(st.booleans()):
            rule["lifts_to"] = "undecided"
    if wide:
        rule["actions"] = draw(st.one_of(st.just("all"), st.lists(st.sampled_from(ACTIONS), min_size=1, unique=True)))
        named = draw(st.lists(st.sampled_from(PLACES), max_size=3))
        rule["says"] = (
            "".join(f"{{{place}}}, " for place in named) + rule["says"] + draw(st.sampled_from(["", " {action}"]))
        )
    return rule


@st.composite
def cases(draw: st.DrawFn, rules: int = 4, wide: bool = False) -> Case:
    """A case. `wide`: rules about everybody, for some actions, that name others too, and a set that may be empty."""
    made = []
    for name, open_condition in (("letter-2021", "blocked"), ("other", "blocked_unless")):
        rows = [draw(_rule(at, wide)) for at in range(draw(st.integers(1, rules)))]
        made.append(pack("  " + json.dumps(rows), name, open_condition))
    keys = [(name, subject) for name, fact in FACTS.items() for subject in SUBJECTS[fact.of]]
    rows = []
    for name, subject in keys:
        levels = [0, 1, 3] if FACTS[name].polarity is Polarity.LIFTS else [0, 1, 2, 3]
        rows.append(((name, subject), draw(st.sampled_from(levels))))
    return Case(tuple(made), tuple(rows), draw(st.sampled_from([("xa",), ()])) if wide else ("xa",))
