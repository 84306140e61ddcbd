"""Rule packs: what a YAML file says, checked by the types below and by what a rule must have. Nothing that is doubtful is taken."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import yaml

from sousveil.decisions import parameters
from sousveil.decisions.facts.model import Fact
from sousveil.decisions.model import Action, Effect
from sousveil.decisions.rules.language import SELECTORS, All, AnyOf, Reader, check_directions
from sousveil.errors import Malformed

KNOWN = {
    ("seen", ""): "",
    ("secondary", ""): " (quoted by others, wording not read)",
    ("ours", "seen"): " (a reading of this pack, not the words of the text)",
    ("ours", "secondary"): " (a reading of this pack of what others quote)",
}
"""How the wording of a text is known, and what a citation says of it. `ours`: the text does not state the rule, it is a reading of the
pack; `of` then says how the text is known that it reads."""
PLACES = ("subject", "action", "product", "supplier", "buyer", "country")
"""What may stand in braces in `says`."""
BRACES = {f"{{{one}}}" for one in PLACES}

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class Citation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a rule stands."""

    instrument: Text
    article: Text
    url: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s\"<>]+)?$")] = ""
    seen: Literal["seen", "secondary", "ours"]
    of: Literal["", "seen", "secondary"] = ""

    @property
    def read(self) -> bool:
        """Whether the text on which the rule rests was read."""
        return (self.of or self.seen) == "seen"

    def line(self) -> str:
        """As one line: instrument, article, how well it is known, and the link."""
        return f"{self.instrument}, {self.article}{KNOWN[self.seen, self.of]}{f', {self.url}' if self.url else ''}"


class Span(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """Days, both included."""

    start: date
    until: date = date.max

    def holds(self, day: str) -> bool:
        """Whether it holds on this day (a day as YYYY-MM-DD)."""
        return self.start <= date.fromisoformat(day) <= self.until


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$")]
    citation: Citation
    actions: tuple[Action, ...]
    in_force: Span
    each: str
    when: Any = None
    """A `Condition` once it is read; TRUE where none is given."""
    unless: Any = None
    """A `Condition` once it is read; FALSE where none is given."""
    effect: Effect
    lifts_to: Literal["", "undecided"] = ""
    """Lifted, it is still for somebody to decide."""
    decides: str = ""
    says: Text
    lifted_by: str = ""


class Pack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"name": "pack"}):
    """One pack."""

    name: str
    title: Text
    version: Text
    what: Text
    binds: Text
    in_force: Span
    open_condition: Literal["blocked", "blocked_unless"]
    """What an open condition comes to in this pack."""
    rules: Annotated[tuple[Rule, ...], msgspec.Meta(min_length=1)]
    sha256: str
    """Of the file's bytes."""
    groups: dict[str, Any] = {}
    """Groups of companies that the text means; facts read them."""
    parameters: dict[str, Any] = {}
    """Days, shares and lists that the text sets; facts read them."""


def rules_sha256(packs: tuple[Pack, ...]) -> str:
    """One hash over the packs that run, whatever their order."""
    return hashlib.sha256("".join(sorted(f"{pack.name} {pack.sha256}\n" for pack in packs)).encode()).hexdigest()


def read_pack(data: bytes, file: str, facts: Mapping[str, Fact]) -> Pack:
    """Read and check a pack; `file` is its name, for messages. Raises Malformed."""
    try:
        raw = yaml.load(data, Loader=parameters.SAFE)
    except (yaml.YAMLError, ValueError) as error:
        raise Malformed(
            f"{file}: not YAML: {error}", hint="Indent with two spaces, quote texts with a colon."
        ) from None
    whole: dict[str, Any] = _convert(raw, dict[str, Any], file)
    reader = Reader(facts, _convert(whole.pop("define", {}), dict[str, Any], f"{file}, define"))
    common = {
        "actions": "all",
        "each": "deal",
        "in_force": whole.get("in_force"),
        "citation": whole.pop("citation", {}),
    }
    common |= whole.pop("defaults", {})
    rows: list[dict[str, Any]] = _convert(whole.get("rules"), list[dict[str, Any]], f"{file}, rules")
    rules = [_rule(one, reader, f"{file}, rule {one.get('id')}") for row in rows for one in _each(row, common)]
    pack: Pack = _convert({**whole, "rules": rules, "sha256": hashlib.sha256(data).hexdigest()}, Pack, file)
    if len({one.id for one in rules}) < len(rules) or f"{pack.name}.yaml" != file.rpartition("/")[2]:
        hint = "Give each rule an id of its own, and name the pack like its file without .yaml."
        raise Malformed(f"{file}: two rules have one id, or the pack is named {pack.name!r}.", hint=hint)
    for one in rules:
        if not pack.in_force.start <= one.in_force.start <= one.in_force.until <= pack.in_force.until:
            hint = "Let it end after it begins, inside the days of its pack."
            raise Malformed(f"{file}, rule {one.id}: in_force reaches beyond the pack's own.", hint=hint)
    return pack


def _each(row: dict[str, Any], common: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A rule with what the pack says for all; where `each` is a list, one for each of it: the second has the id with a b behind."""
    rule = {**common, **row}
    cited = rule["citation"] if isinstance(rule["citation"], dict) else {}
    base = {key: value for key, value in common["citation"].items() if key != "of" or "seen" not in cited}
    rule["citation"] = base | cited
    if rule["actions"] == "all":
        rule["actions"] = list(Action)
    if "effect" not in rule:
        blocked = Effect.BLOCKED_UNLESS if "unless" in rule else Effect.BLOCKED
        rule["effect"] = Effect.UNDECIDED if "decides" in rule and "lifts_to" not in rule else blocked
    many = rule["each"] if isinstance(rule["each"], list) else [rule["each"]]
    for letter, selector in zip(("", *"bcdefgh"), many, strict=False):
        yield rule | {"id": f"{rule.get('id')}{letter}", "each": selector}


def _rule(raw: dict[str, Any], reader: Reader, place: str) -> Rule:
    rule: Rule = _convert(raw, Rule, place)
    undecided = rule.effect is Effect.UNDECIDED
    rows = (
        (rule.each not in SELECTORS, f"each: it is none of {', '.join(SELECTORS)}"),
        (not rule.actions, "actions: there are none"),
        ((rule.citation.seen, rule.citation.of) not in KNOWN, "citation: `of` is written with `seen: ours`, and only with it"),
        (not rule.citation.read and not undecided, "effect: a rule whose wording was not read can only be undecided"),
        (rule.effect is Effect.BLOCKED_UNLESS and rule.unless is None, "effect: blocked_unless needs an `unless`"),
        (rule.lifts_to and rule.unless is None, "lifts_to: it needs an `unless`"),
        ((undecided or rule.lifts_to) and not rule.decides, "decides: who decides is missing"),
        (set(re.findall("{[^{}]*}|[{}]", rule.says)) - BRACES, f"says: in braces stand only {', '.join(PLACES)}"),
    )  # fmt: skip
    for wrong, says in rows:
        if wrong:
            raise Malformed(f"{place}, {says}.", hint="docs/reference/rule-language.md says what a rule has.")
    about = SELECTORS[rule.each]
    when = reader.read(rule.when, about, f"{place}, when") if rule.when is not None else All(())
    unless = reader.read(rule.unless, about, f"{place}, unless") if rule.unless is not None else AnyOf(())
    gates = rule.effect in (Effect.BLOCKED, Effect.BLOCKED_UNLESS)
    check_directions(when, unless, gates=gates, place=place)
    return msgspec.structs.replace(rule, when=when, unless=unless)


def _convert(raw: Any, type: Any, place: str) -> Any:
    """What a part of a pack says, of this type. Raises Malformed."""
    try:
        return msgspec.convert(raw, type)
    except msgspec.ValidationError as error:
        raise Malformed(f"{place}: {error}.", hint="docs/reference/rule-language.md says what a pack has.") from None
