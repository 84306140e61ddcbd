"""Rule packs: what is taken, what is refused and with which words, and that the JSON Schema says the same."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from sousveil.decisions import packs
from sousveil.decisions.facts.model import Of
from sousveil.decisions.model import Effect
from sousveil.decisions.rules.language import (
    All,
    AnyOf,
    Every,
    Leaf,
    Reader,
    Some,
)
from sousveil.decisions.rules.pack import Citation, Span, read_pack
from sousveil.errors import Malformed, Missing
from tests.decisions.worlds import FACTS, HEAD, pack

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "rule-pack.schema.json"
RULE = """
  - id: A-1
    citation: {article: "Art. 1"}
    actions: [sale]
    each: states
    effect: blocked
    says: "{action} by {supplier} is halted in {subject}."
"""


def refused(rules: str, **head: str) -> tuple[str, str]:
    """What is said about a pack, and what to write instead."""
    with pytest.raises(Malformed) as caught:
        pack(rules, **head)
    return caught.value.message, caught.value.hint


def with_(**fields: str) -> str:
    """The rule with fields set, or left out for ""."""
    lines = {line.split(":")[0].strip(" -"): line for line in RULE.strip("\n").splitlines()}
    for name, text in fields.items():
        lines[name] = f"    {name}: {text}"
        if not text:
            del lines[name]
    text = "\n".join(lines.values())
    return "\n" + (text if text.lstrip().startswith("-") else f"  - {text.strip()}") + "\n"


def test_a_rule_is_read_whole() -> None:
    found = pack(
        with_(
            when="{all: [{possibly: {fact: product.in_scope}}, {some: vendors, where: {fact: vendor.abuse}}]}",
            unless="{every: states, where: {fact: state.remedy}}",
            in_force="{from: 2022-01-01, until: 2022-12-31}",
            lifted_by="a path to remedy",
        )
    ).rules[0]
    assert (found.id, found.actions, found.each, found.effect) == ("A-1", ("sale",), "states", Effect.BLOCKED)
    assert found.citation == Citation(
        instrument="Invented act", article="Art. 1", url="https://act.example/", seen="seen"
    )
    assert found.in_force == Span(start=date(2022, 1, 1), until=date(2022, 12, 31))
    assert found.when == All(
        (
            Leaf(FACTS["product.in_scope"], "product", possible=True),
            Some("vendors", Leaf(FACTS["vendor.abuse"], "vendors")),
        )
    )
    assert found.unless == Every("states", Leaf(FACTS["state.remedy"], "states"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"when": "{fact: vendor.abus}"}, "when: no fact of a state is {'fact': 'vendor.abus'}."),
        ({"when": "{fact: vendor.abuse}"}, "when: no fact of a state is {'fact': 'vendor.abuse'}."),
        ({"when": "{fact: subject.abuse}"}, "when: no fact of a state is {'fact': 'subject.abuse'}."),
        ({"when": "{fact: state.remedy, of: buyer}"}, "when: no fact of a state is {'fact': 'state.remedy', 'of': 'buyer'}."),
        ({"when": "{all: [{fact: deal.approved}, {any: [{fact: vendor.abus}]}]}"}, "when: no fact of a state is {'fact': 'vendor.abus'}."),
        *(({"when": one}, " is not a condition.") for one in (
            "{all: []}", "{any: []}", "{all: true}", "{maybe: true}", "{not: {fact: deal.approved}, all: [{fact: deal.approved}]}",
            "true", "{any: [false]}",
            "sale", "{}",
            "{some: everybody, where: {fact: deal.approved}}", "{every: deal, where: {fact: deal.approved}}",
            "{some: states}", "{condition: nothing}",
            "{action: [sale]}", "{all: [{fact: deal.approved}], where: {fact: deal.approved}}", "{possibly: true}",
            "{not: {all: [true]}}", "{not: {not: {fact: state.incident}}}",
            "{possibly: {not: {fact: product.in_scope}}}", "{not: {possibly: {fact: product.in_scope}}}",
            "{some: states, where: {fact: deal.approved}, of: x}", "{any: [{fact: deal.approved}], x: 1}",
            "{every: states, where: {fact: deal.approved}, of: x}")),
        ({"when": "{some: vendors, where: {not: {fact: vendor.abuse}}}"}, "vendor.abuse blocks, and stands under `not` in `when`."),
        ({"when": "{fact: state.remedy}"}, "state.remedy lifts, and stands in `when`."),
        ({"when": "{not: {fact: state.remedy}}"}, "state.remedy lifts, and stands in `when`."),
        ({"when": "{possibly: {fact: state.remedy}}", "effect": "duty"}, "state.remedy lifts, and stands in `when`."),
        ({"unless": "{not: {fact: state.remedy}}"}, "state.remedy lifts, and stands under `not` in `unless`."),
        ({"unless": "{fact: state.incident}"}, "state.incident blocks, and would lift in `unless`."),
        ({"unless": "{possibly: {fact: product.in_scope}}"}, "product.in_scope is only possible in `unless`: that lifts nothing."),
        ({"effect": "blocked_unless"}, "effect: blocked_unless needs an `unless`."),
        ({"effect": "forbidden"}, "Invalid enum value 'forbidden' - at `$.effect`."),
        ({"citation": "{article: x, seen: secondary}"}, "effect: a rule whose wording was not read can only be undecided."),
        ({"citation": "{article: x, seen: secondary}", "effect": "duty"}, "effect: a rule whose wording was not read"),
        ({"citation": "{article: x, seen: maybe}"}, "Invalid enum value 'maybe' - at `$.citation.seen`."),
        ({"citation": "{article: x, seen: memory}"}, "Invalid enum value 'memory' - at `$.citation.seen`."),
        ({"citation": "{article: x, seen: ours}"}, "citation: `of` is written with `seen: ours`, and only with it."),
        ({"citation": "{article: x, of: seen}"}, "citation: `of` is written with `seen: ours`, and only with it."),
        ({"citation": "{article: x, seen: ours, of: secondary}"}, "effect: a rule whose wording was not read"),
        ({"citation": "{article: x, url: act.example}"}, "- at `$.citation.url`."),
        ({"citation": "{}"}, "Object missing required field `article` - at `$.citation`."),
        ({"citation": "x"}, "Object missing required field `article` - at `$.citation`."),
        ({"effect": "undecided"}, "decides: who decides is missing."),
        ({"lifts_to": "undecided", "decides": "X"}, "lifts_to: it needs an `unless`."),
        ({"lifts_to": "undecided", "unless": "{fact: state.remedy}"}, "decides: who decides is missing."),
        ({"says": '"{state} is halted."'}, "says: in braces stand only subject, action,"),
        ({"says": '"A } stands here."'}, "says: in braces stand only subject, action,"),
        ({"says": ""}, "Object missing required field `says`."),
        ({"each": "everybody"}, "each: it is none of deal, product"),
        ({"actions": "[sell]"}, "Invalid enum value 'sell' - at `$.actions[0]`."),
        ({"actions": "[]"}, "actions: there are none."),
        ({"in_force": "{from: 2020-01-01}"}, "in_force reaches beyond the pack's own."),
        ({"in_force": "{from: 2022-02-01, until: 2022-01-01}"}, "in_force reaches beyond the pack's own."),
        ({"in_force": "{from: yesterday}"}, "Invalid RFC3339 encoded date - at `$.in_force.from`."),
        ({"wen": "true"}, "Object contains unknown field `wen`."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(fields: dict[str, str], says: str) -> None:
    message, hint = refused(with_(**fields))
    assert message.startswith(("letter-2021.yaml, rule A-1, ", "letter-2021.yaml, rule A-1: "))
    assert says in message
    assert hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"pack: [", "t.yaml: not YAML: "),
        (b"- a", "t.yaml: Expected `object`, got `array`."),
        (b"\xff", "t.yaml: not YAML: "),
        (b"a: 2021-99-99", "t.yaml: not YAML: "),
        (b"!!python/object:os.system {}", "t.yaml: not YAML: "),
        (b"pack: t", "t.yaml, rules: Expected `array`, got `null`."),
        (HEAD.format(name="other", open_condition="blocked").encode() + RULE.encode(), "the pack is named 'other'."),
        (HEAD.format(name="t", open_condition="open").encode() + RULE.encode(), "Invalid enum value 'open' - at `$.open_condition`."),
        (HEAD.format(name="t", open_condition="blocked").encode() + b"  []", "t.yaml: Expected `array` of length >= 1 - at `$.rules`."),
        (HEAD.format(name="t", open_condition="blocked").encode() + RULE.encode() * 2, "two rules have one id"),
        (HEAD.format(name="t", open_condition="blocked").encode() + RULE.encode() + b"more: 1", "Object contains unknown field `more`."),
    ],
)  # fmt: skip
def test_files_that_are_no_pack(text: bytes, says: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_pack(text, "t.yaml", FACTS)
    assert says in caught.value.message
    assert caught.value.hint


class Strict(yaml.SafeLoader):
    """Keys stand once: the second would win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(set(keys)) == len(keys), keys
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize("name", packs.names())
def test_no_shipped_pack_says_a_thing_twice_or_allows(name: str) -> None:
    text = (packs.FOLDER / f"{name}.yaml").read_text()
    raw = yaml.load(text, Strict)
    assert not any(getattr(event, "anchor", None) for event in yaml.parse(text))
    assert "allowed" not in text.lower()
    used = {word.strip("{}[],") for line in text.splitlines() for word in line.partition("condition: ")[2].split()[:1]}
    assert set(raw.get("define", {})) <= used


def test_named_conditions_are_read_where_they_are_used() -> None:
    head = HEAD.format(name="t", open_condition="blocked").replace(
        "rules:",
        "define:\n  safe: {fact: state.safeguards}\n  both: {all: [{condition: safe}, {fact: state.remedy}]}\nrules:",
    )
    found = read_pack((head + with_(unless="{condition: both}")).encode(), "t.yaml", FACTS).rules[0]
    assert found.unless == All((Leaf(FACTS["state.safeguards"]), Leaf(FACTS["state.remedy"])))
    with pytest.raises(Malformed, match=r"unless: no fact of a vendor is .'fact': 'state.safeguards'"):
        read_pack((head + with_(each="vendors", unless="{condition: safe}")).encode(), "t.yaml", FACTS)
    bad = head.replace("{condition: safe}, {", "{condition: later}, {")
    with pytest.raises(Malformed, match="'later'} is not a condition"):
        read_pack((bad + with_(unless="{condition: both}")).encode(), "t.yaml", FACTS)


def test_a_list_in_a_list_of_the_same_form_is_one_list() -> None:
    """What a rule lacks is said for each part once, however its conditions are named."""
    leaf, remedy = Leaf(FACTS["product.in_scope"], "product"), Leaf(FACTS["state.remedy"])
    raw = {"all": [{"all": [{"fact": "product.in_scope"}, {"any": [{"any": [{"fact": "state.remedy"}]}]}]}]}
    found = Reader(FACTS, {}).read(raw, Of.STATE, "t.yaml, rule A, unless")
    assert found == All((leaf, AnyOf((remedy,))))


def as_json(value: Any) -> Any:
    """YAML's days as texts."""
    return json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize("name", packs.names())
def test_shipped_packs_fit_the_schema(name: str) -> None:
    text = (packs.FOLDER / f"{name}.yaml").read_text()
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(as_json(yaml.safe_load(text)), schema)
    assert packs.pack(name).name == name


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"when": "{any: [{fact: state.incident}, {not: {fact: product.in_scope}}]}"}, True),
        ({"when": "{not: true}"}, False),
        ({"when": "{possibly: {not: {fact: product.in_scope}}}"}, False),
        ({"when": "{every: states, where: {possibly: {fact: product.in_scope}}}"}, True),
        ({"when": "{action: [sale]}"}, False),
        ({"when": "{as_of: {before: 2022-01-01}}"}, False),
        ({"when": "{maybe: true}"}, False),
        ({"when": "{all: []}"}, False),
        ({"when": "{some: states}"}, False),
        ({"when": "true"}, False),
        ({"effect": "blocked_unless"}, False),
        ({"effect": "forbidden"}, False),
        ({"each": "everybody"}, False),
        ({"wen": "true"}, False),
        ({"says": ""}, False),
    ],
)
def test_schema_and_loader_agree(fields: dict[str, str], fits: bool) -> None:
    text = HEAD.format(name="t", open_condition="blocked") + with_(**fields)
    errors = list(
        jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).iter_errors(as_json(yaml.safe_load(text)))
    )
    assert (not errors) is fits
    if fits:
        read_pack(text.encode(), "t.yaml", FACTS)
    else:
        with pytest.raises(Malformed):
            read_pack(text.encode(), "t.yaml", FACTS)


def test_packs_are_chosen_with_the_letter_first() -> None:
    names = packs.names()
    assert names[0] == "letter-2021"
    others = names[1:]
    assert [one.name for one in packs.chosen(others[::-1])] == list(names)
    assert [one.name for one in packs.chosen(("letter-2021",))] == ["letter-2021"]
    with pytest.raises(Missing) as caught:
        packs.chosen(("us-list",))
    assert caught.value.hint == f"There are: {', '.join(names)}."
