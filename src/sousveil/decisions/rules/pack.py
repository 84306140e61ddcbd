"""Rule packs: what a YAML file says, checked to the last field. Nothing that is doubtful is taken; each error says what to write."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import yaml

from sousveil.decisions import parameters
from sousveil.decisions.facts.model import Fact, Of
from sousveil.decisions.model import Effect, Verdict
from sousveil.decisions.rules.language import (
    SELECTORS,
    Condition,
    Const,
    Place,
    Reader,
    actions_of,
    check_directions,
    day_of,
    near,
)
from sousveil.errors import LimitExceeded, Malformed

BYTES_MAX = 1 << 20
RULES_MAX = 400
TEXT_MAX = 2_000
READ = ("seen", "secondary", "memory")
"""How the wording of a text is known."""
OURS = "ours"
"""Of a rule that the text does not state: a reading of the pack. `of` then says how the text is known that it reads."""
SEEN = (*READ, OURS)
KNOWN = {
    ("seen", ""): "",
    ("secondary", ""): " (quoted by others, wording not read)",
    ("memory", ""): " (wording not read)",
    (OURS, "seen"): " (a reading of this pack, not the words of the text)",
    (OURS, "secondary"): " (a reading of this pack of what others quote)",
    (OURS, "memory"): " (a reading of this pack of a text that was not read)",
}
"""What a citation says of it."""
PLACES = ("subject", "action", "product", "supplier", "buyer", "country")
"""What may stand in braces in `says`."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_RULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule stands."""

    instrument: str
    article: str
    url: str
    seen: str
    """seen, secondary or memory: whether the wording was read; ours: the rule is a reading of the pack."""
    of: str = ""
    """Where it is ours: how the text is known that it reads."""

    @property
    def read(self) -> bool:
        """Whether the text on which the rule rests was read."""
        return (self.of or self.seen) == "seen"

    def line(self) -> str:
        """As one line: instrument, article, how well it is known, and the link."""
        known = KNOWN[self.seen, self.of]
        return f"{self.instrument}, {self.article}{known}{f', {self.url}' if self.url else ''}"


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included; "" is open."""

    start: str = ""
    until: str = ""

    def holds(self, day: str) -> bool:
        """Whether it holds on this day (a day as YYYY-MM-DD)."""
        return self.start <= day and (not self.until or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule."""

    id: str
    citation: Citation
    actions: tuple[str, ...]
    in_force: Span
    each: str
    when: Condition
    unless: Condition | None
    effect: Effect
    lifts_to: bool
    """Lifted, it is still for somebody to decide."""
    decides: str
    says: str
    lifted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One pack."""

    name: str
    title: str
    version: str
    what: str
    binds: str
    in_force: Span
    open_condition: Verdict
    rules: tuple[Rule, ...]
    sha256: str
    """Of the file's bytes."""
    groups: Mapping[str, Any] = field(default_factory=dict)
    """Groups of companies that the text means; facts read them."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Days, shares and lists that the text sets; facts read them."""


_RULE_FIELDS = {one.name for one in fields(Rule)}
_PACK_FIELDS = {one.name for one in fields(Pack)} - {"name", "sha256"} | {"pack", "citation", "define", "defaults"}


def rules_sha256(packs: tuple[Pack, ...]) -> str:
    """One hash over the packs that run, whatever their order."""
    return hashlib.sha256("".join(sorted(f"{pack.name} {pack.sha256}\n" for pack in packs)).encode()).hexdigest()


def read_pack(data: bytes, file: str, facts: Mapping[str, Fact]) -> Pack:
    """Read and check a pack; `file` is its name, for messages. Raises Malformed and LimitExceeded."""
    place = Place(file, "", "file")
    raw = _load(data, place)
    if not isinstance(raw, dict):
        raise place.wrong("a mapping was expected.", "Begin with `pack: NAME`; see docs/reference/rule-language.md.")
    _known(raw, _PACK_FIELDS, place)
    name = _text(raw, "pack", place, need=True)
    if not _NAME.fullmatch(name) or file.removesuffix(".yaml").rpartition("/")[2] != name:
        hint = "Name it like its file without .yaml: small letters, digits, hyphens."
        raise place.wrong(f"the pack is named {name!r}.", hint)
    span, rows = _span(raw, place), raw.get("rules")
    if not isinstance(rows, list) or not rows:
        raise place.wrong("`rules` is missing or empty.", "Write at least one rule under `rules:`.")
    if len(rows) > RULES_MAX:
        raise LimitExceeded(f"{file}: more than {RULES_MAX} rules.", hint="Split the pack.")
    if raw.get("open_condition") not in (Verdict.BLOCKED, Verdict.BLOCKED_UNLESS):
        hint = "Write open_condition: blocked, or blocked_unless."
        raise place.at("open_condition").wrong("what an open condition comes to is missing.", hint)
    defaults, groups = _mapping(raw, "defaults", place), _mapping(raw, "groups", place)
    _known(defaults, _RULE_FIELDS - {"id", "citation", "says"}, place.at("defaults"))
    reader = Reader(facts)
    _define(_mapping(raw, "define", place), reader, place.at("define"))
    rules: dict[str, Rule] = {}
    for at, row in enumerate(rows):
        for rule in _rules(
            row, defaults, Place(file, f"number {at + 1}", "rules"), reader, raw.get("citation", {}), span
        ):
            if rule.id in rules:
                raise Place(file, rule.id, "id").wrong("two rules have this id.", "Give one of them another.")
            rules[rule.id] = rule
    return Pack(
        name=name,
        **{text: _text(raw, text, place, need=True) for text in ("title", "version", "what", "binds")},
        in_force=span,
        open_condition=Verdict(raw["open_condition"]),
        rules=tuple(rules.values()),
        sha256=hashlib.sha256(data).hexdigest(),
        groups=groups,
        parameters=_parameters(name, _mapping(raw, "parameters", place), place.at("parameters")),
    )


def _known(raw: Mapping[str, Any], names: set[str], place: Place) -> None:
    for name in raw:
        if name not in names:
            hint = near(str(name), dict.fromkeys(names), "Did you mean")
            raise place.wrong(f"{str(name)[:40]!r} is not a field.", hint)


def _mapping(raw: Mapping[str, Any], name: str, place: Place) -> dict[str, Any]:
    value = raw.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise place.at(name).wrong("a mapping was expected.", f"Write {name}:, and below it names with a colon each.")
    return value


def _text(raw: Mapping[str, Any], name: str, place: Place, *, need: bool = False) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise place.at(name).wrong("a text was expected.", "Put it in quotes.")
    text = value.strip()
    place.refuse(need and not text, name, "it is missing.", f"Write {name}: and a text.")
    place.refuse(len(text) > TEXT_MAX, name, f"more than {TEXT_MAX} letters.", "Say it shorter.")
    hint = "Say what blocks, what is open or what lifts it: no answer is a permission."
    place.refuse(re.search(r"\ballowed\b", text, re.IGNORECASE), name, "it says “allowed”.", hint)
    return text


def _span(raw: Mapping[str, Any], place: Place, inside: Span | None = None) -> Span:
    here, value = place.at("in_force"), raw.get("in_force")
    if value is None and inside is not None:
        return inside
    if not isinstance(value, dict) or "from" not in value or set(value) - {"from", "until"}:
        raise here.wrong("`from` is needed, `until` may follow.", "Write in_force: {from: 2021-07-27}.")
    start = day_of(value["from"], here.below("from"))
    until = day_of(value["until"], here.below("until")) if value.get("until") is not None else ""
    place.refuse(until and until < start, "in_force", "it ends before it begins.", "Turn the two days round.")
    beyond = inside is not None and (start < inside.start or (inside.until and (not until or until > inside.until)))
    hint = "Keep the rule inside the days of its pack."
    place.refuse(beyond, "in_force", "it reaches beyond the pack's own.", hint)
    return Span(start, until)


def _parameters(pack: str, given: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
    declared = parameters.of_pack(pack)
    for name, value in given.items():
        if name not in declared:
            raise place.wrong(f"no fact reads {name[:40]!r} of this pack.", near(name, declared, "A name near it"))
        if wrong := parameters.problem(declared[name], value):
            raise place.below(name).wrong(f"{wrong}.", f"It says: {declared[name].what}.")
    return given


def _define(given: Mapping[str, Any], reader: Reader, place: Place) -> None:
    for name, raw in given.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
            raise place.wrong(f"{name[:40]!r} cannot be a name.", "Use small letters, digits and _.")
        # Read once with each kind: a condition that fits none of them is wrong here, not where it is used.
        failures: list[Malformed] = []
        for about in Of:
            try:
                reader.read(raw, about, place.below(name))
            except Malformed as error:
                failures.append(error)
        if len(failures) == len(Of):
            raise failures[0]
        reader.named[name] = raw


def _citation(raw: Any, default: Any, place: Place) -> Citation:
    here = place.at("citation")
    merged: dict[str, Any] = {}
    for part in (default, raw):
        hint = "Write citation: {instrument: ..., article: ..., url: ..., seen: seen}."
        place.refuse(not isinstance(part, dict), "citation", "a mapping was expected.", hint)
        _known(part, {one.name for one in fields(Citation)}, here)
        if "seen" in part:
            merged.pop("of", None)
        merged |= part
    seen, of = merged.get("seen"), merged.get("of", "")
    if seen not in SEEN:
        raise here.wrong("`seen` is missing: was the wording read?", f"Write one of {', '.join(SEEN)}.")
    what = "`of` says how the text is known that a rule of ours reads; nothing else has it."
    hint = f"Write of: and one of {', '.join(READ)} beside seen: ours, or leave it out."
    place.refuse((of in READ) is not (seen == OURS), "citation", what, hint)
    url = _text(merged, "url", here)
    wrong = url and not re.fullmatch(r"https?://[^\s\"<>]+", url)
    place.refuse(wrong, "citation", "`url` is not an address.", "Write https://..., or leave it out.")
    instrument, article = (_text(merged, one, here, need=True) for one in ("instrument", "article"))
    return Citation(instrument, article, url, seen, of)


def _rules(
    raw: Any, defaults: Mapping[str, Any], place: Place, reader: Reader, citation: Any, span: Span
) -> Iterator[Rule]:
    """The rule of an entry; where `each` is a list, one for each of it, of which the second has the id with a b behind, and so on."""
    if not isinstance(raw, dict):
        raise place.wrong("a mapping was expected.", "Write - id: ... and the other fields below it.")
    name = _text(raw, "id", place, need=True)
    if not _RULE.fullmatch(name):
        raise place.wrong(f"{name[:40]!r} cannot be an id.", "Use letters, digits, dots and hyphens.")
    place = Place(place.file, name, "rule")
    _known(raw, _RULE_FIELDS, place)
    raw = {**defaults, **raw}
    each, letters = raw.get("each", "deal"), ("", *"bcdefgh")
    many = each if isinstance(each, list) and each else [each]
    wrong = len(many) > len(letters) or any(one in many[:at] for at, one in enumerate(many))
    hint = f"Name at most {len(letters)}, each once."
    place.refuse(wrong, "each", "the list is too long, or names one twice.", hint)
    for letter, selector in zip(letters, many, strict=False):
        yield _rule(raw, selector, Place(place.file, name + letter, "rule"), reader, citation, span)


def _rule(raw: Mapping[str, Any], each: Any, place: Place, reader: Reader, citation: Any, span: Span) -> Rule:
    if not isinstance(each, str) or each not in SELECTORS:
        raise place.at("each").wrong(f"{str(each)[:40]!r} is nobody.", f"Write one of {', '.join(SELECTORS)}.")
    lifts_to, decides = "lifts_to" in raw, _text(raw, "decides", place)
    wrong = lifts_to and (raw["lifts_to"] != "undecided" or "unless" not in raw)
    hint = "Write lifts_to: undecided beside `unless`, or leave it out."
    place.refuse(wrong, "lifts_to", "a lift ends the rule, or leaves it undecided.", hint)
    derived = Effect.BLOCKED_UNLESS if "unless" in raw else Effect.BLOCKED
    effect = raw.get("effect", Effect.UNDECIDED if decides and not lifts_to else derived)
    place.refuse(effect not in list(Effect), "effect", "no such effect.", f"Write one of {', '.join(Effect)}.")
    about = SELECTORS[each]
    rule = Rule(
        id=place.rule,
        citation=_citation(raw.get("citation", {}), citation, place),
        actions=actions_of(raw.get("actions", "all"), place.at("actions")),
        in_force=_span(raw, place, span),
        each=each,
        when=reader.read(raw.get("when", True), about, place.at("when")),
        unless=reader.read(raw["unless"], about, place.at("unless")) if "unless" in raw else None,
        effect=Effect(effect),
        lifts_to=lifts_to,
        decides=decides,
        says=_text(raw, "says", place, need=True),
        lifted_by=_text(raw, "lifted_by", place),
    )
    for name in _BRACES.findall(rule.says):
        hint = f"Use some of {', '.join('{' + one + '}' for one in PLACES)}."
        place.refuse(name not in PLACES, "says", f"{{{name[:40]}}} is not known.", hint)
    place.refuse(re.search("[{}]", _BRACES.sub("", rule.says)), "says", "a brace stands alone.", "Leave it out.")
    wrong = rule.effect is Effect.BLOCKED_UNLESS and rule.unless is None
    place.refuse(wrong, "effect", "blocked_unless without `unless`.", "Write what lifts it, or effect: blocked.")
    seen = rule.citation.of or rule.citation.seen
    what = f"the wording was not read (seen: {seen}), and the effect is {rule.effect}."
    hint = "Write effect: undecided; a rule whose text was not seen can do no more."
    place.refuse(not rule.citation.read and rule.effect is not Effect.UNDECIDED, "effect", what, hint)
    wrong = (rule.effect is Effect.UNDECIDED or rule.lifts_to) and not rule.decides
    place.refuse(wrong, "decides", "who decides is missing.", "Write decides: the State, or who else.")
    unless = rule.unless if rule.unless is not None else Const(False)
    check_directions(rule.when, unless, gates=rule.effect in (Effect.BLOCKED, Effect.BLOCKED_UNLESS), place=place)
    return rule


def _load(data: bytes, place: Place) -> Any:
    """What the file says, unchecked. Raises Malformed and LimitExceeded that name the file."""
    if len(data) > BYTES_MAX:
        raise LimitExceeded(f"{place.file}: more than {BYTES_MAX} bytes.", hint="Split the pack.")
    try:
        text = data.decode()
        for event in yaml.parse(text, Loader=parameters.SAFE):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise place.wrong("anchors and references are not read.", "Put what is repeated under `define`.")
        return yaml.load(text, Loader=_Strict)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" near line {mark.line + 1}" if mark is not None else ""
        hint = "Mend the file; indent with two spaces, quote texts with a colon."
        raise place.wrong(f"not YAML{line}.", hint) from None
    except ValueError as error:
        if isinstance(error, Malformed):
            raise
        raise place.wrong("a value cannot be read.", "Write days as 2021-07-27 and texts in quotes.") from None


class _Strict(parameters.SAFE):  # type: ignore[misc]
    """Safe, and a key that stands twice is an error: the second would win silently."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            value = self.construct_object(key, deep=True)
            if not isinstance(value, str | int | bool):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key.start_mark)
            if value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {value!r} stands twice", key.start_mark)
            seen.add(value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made
