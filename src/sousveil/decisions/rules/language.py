"""The closed language of conditions: read from YAML, checked, and compiled once to closures.

A value stands on four levels: 0 FALSE, 1 UNKNOWN, 2 TRUE by allegations alone, 3 TRUE. `all` is the least and `any` the greatest of
its parts (Kleene, with one more step); `not` turns 0 and 3 round and makes 1 of the two between. docs/reference/rule-language.md is
the grammar; nothing here evaluates text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sousveil.decisions.facts.model import Fact, Of, Polarity
from sousveil.decisions.model import Action
from sousveil.errors import Malformed

DEPTH_MAX = 12
PARTS_MAX = 200

FALSE, UNKNOWN, ALLEGED, TRUE = 0, 1, 2, 3
NEGATED = (3, 1, 1, 0)
"""`not`, by level."""

SELECTORS: Mapping[str, Of] = {
    "deal": Of.DEAL,
    "product": Of.PRODUCT,
    "buyer": Of.BUYER,
    "states": Of.STATE,
    "home_states": Of.STATE,
    "exporting_states": Of.STATE,
    "buyer_states": Of.STATE,
    "vendors": Of.VENDOR,
    "parties": Of.VENDOR,
    "supplier": Of.VENDOR,
    "intermediaries": Of.VENDOR,
}
"""Whom a rule can be asked about, and which kind of fact fits."""
SETS = tuple(name for name, kind in SELECTORS.items() if kind in (Of.STATE, Of.VENDOR))
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class Const:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """A fact, of whom the nearest quantifier or the rule is about, or of deal, product, buyer."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Turned:
    """`not` or `possibly` around a condition."""

    part: Condition


class Not(Turned):
    """Turned round."""


class Possibly(Turned):
    """TRUE or UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Several conditions together."""

    parts: tuple[Condition, ...]


class All(Joined):
    """The least of its parts."""


class AnyOf(Joined):
    """The greatest of its parts."""


@dataclass(frozen=True, slots=True)
class Quantified:
    """A condition asked of a set."""

    selector: str
    where: Condition


class Some(Quantified):
    """Of one of a set."""


class Every(Quantified):
    """Of all of a set that is not empty."""


@dataclass(frozen=True, slots=True)
class ActionIs:
    """What is asked about."""

    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day that is asked for."""

    start: str
    before: str


Condition = Const | Leaf | Turned | Joined | Quantified | ActionIs | AsOf


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, for messages."""

    file: str
    rule: str
    field: str

    def wrong(self, what: str, instead: str) -> Malformed:
        """The error for it."""
        rule = f", rule {self.rule}" if self.rule else ""
        return Malformed(f"{self.file}{rule}, {self.field}: {what}", hint=instead)

    def at(self, field: str) -> Place:
        """Another field of the same rule."""
        return Place(self.file, self.rule, field)

    def below(self, step: str) -> Place:
        """A place further in."""
        return Place(self.file, self.rule, f"{self.field}.{step}")


def day_of(value: Any, place: Place) -> str:
    """A day as YYYY-MM-DD (YAML reads one as a date)."""
    text = str(value)
    if isinstance(value, bool) or not _DAY.fullmatch(text):
        raise place.wrong(f"{text[:40]!r} is not a day.", "Write a day as 2021-07-27.")
    return text


class Reader:
    """Reads conditions of one pack."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self.facts = facts
        self.named: dict[str, Any] = {}
        """Raw conditions under `define`; read anew where they are used, so that kinds are checked there."""
        self._parts = 0

    def read(self, raw: Any, about: Of, place: Place) -> Condition:
        """A condition of a rule that is asked about subjects of this kind. Raises Malformed."""
        self._parts = 0
        return self._read(raw, about, place, 1)

    def _read(self, raw: Any, about: Of, place: Place, depth: int) -> Condition:
        self._parts += 1
        if depth > DEPTH_MAX:
            raise place.wrong(
                f"more than {DEPTH_MAX} levels deep.", "Split the rule in two, or flatten `all` in `all`."
            )
        if self._parts > PARTS_MAX:
            raise place.wrong(f"more than {PARTS_MAX} parts.", "Split the rule in two.")
        if isinstance(raw, bool):
            return Const(raw)
        if not isinstance(raw, dict) or not raw:
            raise place.wrong(f"{str(raw)[:60]!r} is not a condition.", f"Write one of: {_FORMS}.")
        form = next((form for form in _READERS if form in raw), None)
        if form is None:
            raise place.wrong(f"{str(next(iter(raw)))[:40]!r} is not a form of condition.", f"Write one of: {_FORMS}.")
        extra = set(raw) - {form, *_BESIDE.get(form, ())}
        if extra:
            allowed = f"`{form}` and {', '.join(_BESIDE[form])}" if form in _BESIDE else f"`{form}` alone"
            raise place.wrong(f"{_words(extra)} does not belong beside `{form}`.", f"Write {allowed}.")
        return _READERS[form](self, raw, about, place.below(form), depth)

    def _joined(self, raw: Any, about: Of, place: Place, depth: int) -> Condition:
        form = "all" if "all" in raw else "any"
        if not isinstance(raw[form], list) or not raw[form]:
            raise place.wrong("a list of conditions is needed here.", "Write one condition a line, each behind a dash.")
        parts = (self._read(part, about, place.below(str(at + 1)), depth + 1) for at, part in enumerate(raw[form]))
        return (All if form == "all" else AnyOf)(tuple(parts))

    def _turned(self, raw: Any, about: Of, place: Place, depth: int) -> Condition:
        form = "not" if "not" in raw else "possibly"
        part = self._read(raw[form], about, place, depth + 1)
        return Not(part) if form == "not" else Possibly(part)

    def _fact(self, raw: Any, about: Of, place: Place, depth: int) -> Condition:
        name = raw["fact"]
        if isinstance(name, str) and name.startswith("subject."):
            name = f"{about}.{name.partition('.')[2]}"
        fact = self.facts.get(name) if isinstance(name, str) else None
        if fact is None:
            raise place.wrong(f"no fact is named {str(name)[:80]!r}.", near(str(name), self.facts, "A name near it"))
        if fact.of in (Of.STATE, Of.VENDOR) and fact.of is not about:
            sets = ", ".join(one for one in SETS if SELECTORS[one] is fact.of)
            raise place.wrong(
                f"{name} is a fact of a {fact.of}, and this is about the {about}.",
                f"Write some: or every: with one of {sets} around it, or set `each` to one of them.",
            )
        of = raw.get("of")
        fits = {str(fact.of)} | ({"subject"} if fact.of is about else set())
        if of is not None and of not in fits:
            raise place.wrong(
                f"{name} cannot be asked of {str(of)[:40]!r}.", f"Leave `of` out, or write {_words(fits)}."
            )
        return Leaf(fact)

    def _quantified(self, raw: Any, about: Of, place: Place, depth: int) -> Condition:
        form = "some" if "some" in raw else "every"
        selector = raw[form]
        if selector not in SETS:
            raise place.wrong(f"{str(selector)[:40]!r} is not a set.", f"Write one of {', '.join(SETS)}.")
        if "where" not in raw:
            raise place.wrong("`where` is missing.", f"Write {{{form}: {selector}, where: CONDITION}}.")
        where = self._read(raw["where"], SELECTORS[selector], place.below("where"), depth + 1)
        return Some(selector, where) if form == "some" else Every(selector, where)

    def _action(self, raw: Any, about: Of, place: Place, depth: int) -> Condition:
        return ActionIs(actions_of(raw["action"], place))

    def _as_of(self, raw: Any, about: Of, place: Place, depth: int) -> Condition:
        span = raw["as_of"]
        if not isinstance(span, dict) or not span or set(span) - {"from", "before"}:
            raise place.wrong(
                "`from` or `before` is needed here, and nothing else.", "Write {as_of: {from: 2021-07-27}}."
            )
        start, before = (day_of(span[end], place.below(end)) if end in span else "" for end in ("from", "before"))
        return AsOf(start, before)

    def _named(self, raw: Any, about: Of, place: Place, depth: int) -> Condition:
        name = raw["condition"]
        if not isinstance(name, str) or name not in self.named:
            raise place.wrong(
                f"no condition is named {str(name)[:80]!r} under `define` above.",
                near(str(name), self.named, "A name near it"),
            )
        return self._read(self.named[name], about, place.below(name), depth + 1)


_READERS: dict[str, Callable[[Reader, Any, Of, Place, int], Condition]] = {
    "all": Reader._joined,
    "any": Reader._joined,
    "not": Reader._turned,
    "fact": Reader._fact,
    "some": Reader._quantified,
    "every": Reader._quantified,
    "action": Reader._action,
    "as_of": Reader._as_of,
    "possibly": Reader._turned,
    "condition": Reader._named,
}
_BESIDE = {"fact": ("of",), "some": ("where",), "every": ("where",)}
_FORMS = "true, false, " + ", ".join("{" + form + ": ...}" for form in _READERS)


def _words(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(map(str, names)))


def near(name: str, known: Mapping[str, Any], lead: str) -> str:
    """What to write instead of a name that is not known."""
    import difflib

    found = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"{lead}: {', '.join(found)}." if found else f"There are: {', '.join(sorted(known)[:40]) or 'none'}."


def actions_of(raw: Any, place: Place) -> tuple[str, ...]:
    """A list of actions, or `all`."""
    every = [str(one) for one in Action]
    if raw == "all":
        return tuple(every)
    if not isinstance(raw, list) or not raw or any(one not in every for one in raw):
        raise place.wrong("actions are a list, or the word all.", f"Write some of {', '.join(every)}.")
    return tuple(one for one in every if one in raw)


class Literal(NamedTuple):
    """A fact that a condition asks for."""

    selector: str
    """Of whom it is asked; "" for those the rule is about."""
    fact: Fact
    negated: bool
    possible: bool = False
    """Whether it counts already where it is only possible."""
    turned: bool | None = None
    """Whether a `not` stands around it within `possibly`; None: no `possibly` does."""


SINGLE = (Of.DEAL, Of.PRODUCT, Of.BUYER)
"""Of these there is one of each in a question."""


def literals(
    condition: Condition,
    selector: str = "",
    *,
    negated: bool = False,
    possible: bool = False,
    turned: bool | None = None,
) -> Iterator[Literal]:
    """Every fact in a condition, in its order. The others than `condition` say what stands around it."""
    match condition:
        case Leaf(fact):
            yield Literal(str(fact.of) if fact.of in SINGLE else selector, fact, negated, possible, turned)
        case Not(part):
            within = None if turned is None else not turned
            yield from literals(part, selector, negated=not negated, possible=possible, turned=within)
        case Possibly(part):
            possible = possible or not negated
            yield from literals(part, selector, negated=negated, possible=possible, turned=bool(turned))
        case Quantified(inner, where):
            yield from literals(where, inner, negated=negated, possible=possible, turned=turned)
        case Joined(parts):
            for part in parts:
                yield from literals(part, selector, negated=negated, possible=possible, turned=turned)


def sets_of(condition: Condition | None) -> set[str]:
    """The sets of which a condition asks."""
    match condition:
        case Turned(part):
            return sets_of(part)
        case Joined(parts):
            return set[str]().union(*map(sets_of, parts))
        case Quantified(selector, where):
            return {selector} | sets_of(where)
    return set()


def check_directions(when: Condition, unless: Condition, *, gates: bool, place: Place) -> None:
    """No accusation softens, and no proof withheld: raises Malformed for a fact that stands the wrong way round.

    `gates`: the effect is blocked or blocked_unless.
    """
    here = Place(place.file, place.rule, "when")
    for one in literals(when):
        name, polarity = one.fact.name, one.fact.polarity
        if polarity is Polarity.BLOCKS and one.negated:
            raise here.wrong(f"{name} blocks, and stands under `not`.", "Put it into `unless`, under `not`.")
        if polarity is Polarity.LIFTS and (gates or not one.negated):
            bare = "" if gates else " without `not`"
            raise here.wrong(f"{name} lifts, and stands in `when`{bare}.", "Put it into `unless`.")
        if one.turned is not None and (polarity is Polarity.LIFTS or one.turned):
            raise here.wrong(
                f"{name} cannot stand in `possibly`{' under `not`' if one.turned else ''}.",
                "Only facts that block or say the scope can, and without `not`.",
            )
    here = Place(place.file, place.rule, "unless")
    for one in literals(unless):
        name, polarity = one.fact.name, one.fact.polarity
        if polarity is Polarity.LIFTS and one.negated:
            raise here.wrong(f"{name} lifts, and stands under `not`.", "Write it without `not`.")
        if polarity is Polarity.BLOCKS and not one.negated:
            raise here.wrong(f"{name} blocks, and would lift here.", "Write {not: {fact: ...}}.")
        if one.turned is not None:
            raise here.wrong("what is only possible lifts nothing.", "Leave `possibly` out.")


def settle(condition: Condition, action: str, as_of: str) -> Condition:
    """The condition for one action and day: what depends on nothing else is worked out, and what falls away left out."""
    match condition:
        case ActionIs(actions):
            return Const(action in actions)
        case AsOf(start, before):
            return Const((not start or start <= as_of) and (not before or as_of < before))
        case Turned(part):
            inner = settle(part, action, as_of)
            if not isinstance(inner, Const):
                return type(condition)(inner)
            return Const(not inner.value) if isinstance(condition, Not) else inner
        case Quantified(selector, where):
            return type(condition)(selector, settle(where, action, as_of))
        case Joined(parts):
            # Without constants and without itself inside; `ends` is the constant that decides.
            ends, flat = isinstance(condition, AnyOf), list[Condition]()
            for part in (settle(one, action, as_of) for one in parts):
                if part == Const(ends):
                    return part
                if not isinstance(part, Const):
                    flat += part.parts if isinstance(part, Joined) and type(part) is type(condition) else [part]
            if not flat:
                return Const(not ends)
            return flat[0] if len(flat) == 1 else type(condition)(tuple(flat))
    return condition
