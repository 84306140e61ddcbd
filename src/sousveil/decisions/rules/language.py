"""The closed language of conditions, read from YAML and checked.

A value stands on four levels: 0 FALSE, 1 UNKNOWN, 2 TRUE by allegations alone, 3 TRUE. `all` is the least and `any` the greatest of
its parts (Kleene, with one more step); `not` turns 0 and 3 round and makes 1 of the two between. docs/reference/rule-language.md is
the grammar; nothing here evaluates text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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


Condition = Const | Leaf | Turned | Joined | Quantified


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

    def refuse(self, wrong: object, field: str, what: str, instead: str) -> None:
        """Raises the error for another field of the same rule, where it is wrong."""
        if wrong:
            raise self.at(field).wrong(what, instead)

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
            raise place.wrong(f"{str(raw)[:60]!r} is not a condition.", f"Write one of: {_SHAPES}.")
        form = next((form for form in FORMS if form in raw), None)
        if form is None:
            raise place.wrong(f"{str(next(iter(raw)))[:40]!r} is not a form of condition.", f"Write one of: {_SHAPES}.")
        if extra := set(raw) - {form, FORMS[form] or form}:
            allowed = f"`{form}` and {FORMS[form]}" if FORMS[form] else f"`{form}` alone"
            raise place.wrong(f"{_words(extra)} does not belong beside `{form}`.", f"Write {allowed}.")
        value, place = raw[form], place.below(form)
        match form:
            case "all" | "any":
                if not isinstance(value, list) or not value:
                    hint = "Write one condition a line, each behind a dash."
                    raise place.wrong("a list of conditions is needed here.", hint)
                made = All if form == "all" else AnyOf
                parts = (self._read(one, about, place.below(str(at)), depth + 1) for at, one in enumerate(value, 1))
                flat = ((one.parts if isinstance(one, made) else (one,)) for one in parts)
                return made(tuple(each for many in flat for each in many))
            case "not" | "possibly":
                return (Not if form == "not" else Possibly)(self._read(value, about, place, depth + 1))
            case "fact":
                return self._fact(value, raw.get("of"), about, place)
            case "some" | "every":
                if value not in SETS:
                    raise place.wrong(f"{str(value)[:40]!r} is not a set.", f"Write one of {', '.join(SETS)}.")
                if "where" not in raw:
                    raise place.wrong("`where` is missing.", f"Write {{{form}: {value}, where: CONDITION}}.")
                where = self._read(raw["where"], SELECTORS[value], place.below("where"), depth + 1)
                return (Some if form == "some" else Every)(value, where)
        if not isinstance(value, str) or value not in self.named:
            hint = near(str(value), self.named, "A name near it")
            raise place.wrong(f"no condition is named {str(value)[:80]!r} under `define` above.", hint)
        return self._read(self.named[value], about, place.below(value), depth + 1)

    def _fact(self, name: Any, of: Any, about: Of, place: Place) -> Condition:
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
        fits = {str(fact.of)} | ({"subject"} if fact.of is about else set())
        if of is not None and of not in fits:
            hint = f"Leave `of` out, or write {_words(fits)}."
            raise place.wrong(f"{name} cannot be asked of {str(of)[:40]!r}.", hint)
        return Leaf(fact)


FORMS = {
    **dict.fromkeys(("all", "any", "not"), ""), "fact": "of", "some": "where", "every": "where", "possibly": "", "condition": "",
}  # fmt: skip
"""Form of a condition -> what may stand beside it."""
_SHAPES = "true, false, " + ", ".join("{" + form + ": ...}" for form in FORMS)


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
