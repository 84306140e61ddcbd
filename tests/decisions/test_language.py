"""Rule packs: what is taken, what is refused and with which words, and that the JSON Schema says the same."""

from __future__ import annotations

import json
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
    Const,
    Every,
    Leaf,
    Place,
    Possibly,
    Reader,
    Some,
)
from sousveil.decisions.rules.pack import Citation, Span, read_pack
from sousveil.errors import LimitExceeded, Malformed, Missing
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
    assert found.citation == Citation("Invented act", "Art. 1", "https://act.example/", "seen")
    assert found.in_force == Span("2022-01-01", "2022-12-31")
    assert found.when == All((Possibly(Leaf(FACTS["product.in_scope"])), Some("vendors", Leaf(FACTS["vendor.abuse"]))))
    assert found.unless == Every("states", Leaf(FACTS["state.remedy"]))


@pytest.mark.parametrize(
    ("fields", "says", "instead"),
    [
        ({"when": "{fact: vendor.abus}"}, "rule A-1, when.fact: no fact is named 'vendor.abus'.", "A name near it: vendor.abuse"),
        ({"when": "{fact: vendor.abuse}"}, "vendor.abuse is a fact of a vendor, and this is about the state.", "Write some: or every:"),
        ({"when": "{fact: state.remedy, of: buyer}"}, "state.remedy cannot be asked of 'buyer'.", "Leave `of` out"),
        ({"when": "{all: [true, {any: [{fact: vendor.abus}]}]}"}, "when.all.2.any.1.fact: no fact is named", "vendor.abuse"),
        ({"when": "{all: []}"}, "when.all: a list of conditions is needed here.", "each behind a dash"),
        ({"when": "{maybe: true}"}, "'maybe' is not a form of condition.", "Write one of: true, false, {all: ...}"),
        ({"when": "{not: true, all: []}"}, "`not` does not belong beside `all`.", "Write `all` alone."),
        ({"when": "sale"}, "'sale' is not a condition.", "Write one of"),
        ({"when": "{some: everybody, where: true}"}, "'everybody' is not a set.", "Write one of states,"),
        ({"when": "{some: states}"}, "`where` is missing.", "Write {some: states, where: CONDITION}."),
        ({"when": "{condition: nothing}"}, "no condition is named 'nothing'", "There are: none."),
        ({"when": "{action: [sale]}"}, "'action' is not a form of condition.", "{possibly: ...}, {condition: ...}."),
        ({"when": "{not: {some: vendors, where: {fact: vendor.abuse}}}"}, "vendor.abuse blocks, and stands under `not`.", "`unless`"),
        ({"when": "{fact: state.remedy}"}, "state.remedy lifts, and stands in `when`.", "Put it into `unless`."),
        ({"when": "{not: {fact: state.remedy}}"}, "state.remedy lifts, and stands in `when`.", "Put it into `unless`."),
        ({"when": "{possibly: {not: {fact: product.in_scope}}}"}, "cannot stand in `possibly` under `not`", "without `not`"),
        ({"unless": "{not: {fact: state.remedy}}"}, "A-1, unless: state.remedy lifts, and stands under `not`.", "without `not`"),
        ({"unless": "{fact: state.incident}"}, "state.incident blocks, and would lift here.", "{not: {fact: ...}}"),
        ({"unless": "{possibly: {fact: product.in_scope}}"}, "what is only possible lifts nothing.", "Leave `possibly` out."),
        ({"effect": "blocked_unless"}, "blocked_unless without `unless`.", "or effect: blocked"),
        ({"effect": "forbidden"}, "effect: no such effect.", "Write one of blocked,"),
        ({"citation": "{article: x, seen: memory}"}, "the wording was not read (seen: memory)", "Write effect: undecided"),
        ({"citation": "{article: x, seen: secondary}", "effect": "duty"}, "and the effect is duty", "effect: undecided"),
        ({"citation": "{article: x, seen: maybe}"}, "`seen` is missing", "seen, secondary, memory, ours"),
        ({"citation": "{article: x, seen: ours}"}, "`of` says how the text is known", "one of seen, secondary, memory"),
        ({"citation": "{article: x, of: seen}"}, "nothing else has it", "beside seen: ours, or leave it out"),
        ({"citation": "{article: x, seen: ours, of: memory}"}, "(seen: memory), and the effect is", "effect: undecided"),
        ({"citation": "{article: x, url: act.example}"}, "`url` is not an address.", "https://"),
        ({"citation": "{}"}, "article: it is missing.", "article"),
        ({"effect": "undecided"}, "decides: who decides is missing.", "decides: the State"),
        ({"lifts_to": "undecided"}, "lifts_to: a lift ends the rule", "beside `unless`"),
        ({"says": '"{state} is halted."'}, "says: {state} is not known.", "{subject}"),
        ({"says": '"A } stands here."'}, "says: a brace stands alone.", "Leave it out."),
        ({"says": '"This is allowed."'}, "says: it says “allowed”.", "no answer is a permission"),
        ({"says": ""}, "says: it is missing.", "Write says: and a text."),
        ({"each": "everybody"}, "each: 'everybody' is nobody.", "deal, product"),
        ({"each": "[states, vendors, states]"}, "each: the list is too long, or names one twice.", "at most 8, each once"),
        ({"each": "[deal, product, buyer, vendors, states, a, b, c, d]"}, "each: the list is too long", "at most 8, each once"),
        ({"actions": "[sell]"}, "actions: actions are a list", "sale, transfer"),
        ({"actions": "[sale, sell]"}, "actions: actions are a list", "sale, transfer"),
        ({"in_force": "{from: 2020-01-01}"}, "in_force: it reaches beyond the pack's own.", "inside the days"),
        ({"in_force": "{from: 2022-02-01, until: 2022-01-01}"}, "it ends before it begins.", "Turn the two days round."),
        ({"in_force": "{from: yesterday}"}, "'yesterday' is not a day.", "2021-07-27"),
        ({"wen": "true"}, "'wen' is not a field.", "when"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_write_instead(fields: dict[str, str], says: str, instead: str) -> None:
    message, hint = refused(with_(**fields))
    assert message.startswith("letter-2021.yaml, rule A-1, ")
    assert says in message
    assert instead in hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"pack: [", "not YAML near line"),
        (b"- a", "a mapping was expected."),
        (b"a: &x 1\nb: *x", "anchors and references are not read."),
        (b"a: 1\na: 2", "not YAML near line 2."),
        (b"\xff", "not YAML"),
        (b"a: 2021-99-99", "a value cannot be read."),
        (b"!!python/object:os.system {}", "not YAML"),
        (HEAD.format(name="other", open_condition="blocked").encode() + RULE.encode(), "the pack is named 'other'."),
        (HEAD.format(name="t", open_condition="open").encode() + RULE.encode(), "what an open condition comes to is missing."),
        (HEAD.format(name="t", open_condition="blocked").encode() + b"  []", "`rules` is missing or empty."),
        (HEAD.format(name="t", open_condition="blocked").encode() + RULE.encode() * 2, "two rules have this id."),
    ],
)  # fmt: skip
def test_files_that_are_no_pack(text: bytes, says: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_pack(text, "t.yaml", FACTS)
    assert says in caught.value.message
    assert caught.value.hint


def test_limits() -> None:
    with pytest.raises(LimitExceeded):
        read_pack(b"#" * (1 << 20) + b"#", "t.yaml", FACTS)
    rules = "".join(RULE.replace("A-1", f"A-{at}") for at in range(401))
    with pytest.raises(LimitExceeded, match="400 rules"):
        pack(rules)
    deep = "{not: " * 12 + "true" + "}" * 12
    assert "more than 12 levels deep." in refused(with_(when=deep))[0]
    assert pack(with_(when=deep.replace("{not: ", "", 1)[:-1]))
    assert pack(with_(when="{any: [" + ", ".join(["true"] * 199) + "]}"))
    wide = "{any: [" + ", ".join(["true"] * 200) + "]}"
    assert "more than 200 parts." in refused(with_(when=wide))[0]


def test_named_conditions_are_read_where_they_are_used() -> None:
    head = HEAD.format(name="t", open_condition="blocked").replace(
        "rules:",
        "define:\n  safe: {fact: state.safeguards}\n  both: {all: [{condition: safe}, {fact: state.remedy}]}\nrules:",
    )
    found = read_pack((head + with_(unless="{condition: both}")).encode(), "t.yaml", FACTS).rules[0]
    assert found.unless == All((Leaf(FACTS["state.safeguards"]), Leaf(FACTS["state.remedy"])))
    with pytest.raises(Malformed, match=r"unless.condition.safe.fact: state.safeguards is a fact of a state"):
        read_pack((head + with_(each="vendors", unless="{condition: safe}")).encode(), "t.yaml", FACTS)
    bad = head.replace("{condition: safe}, {", "{condition: later}, {")
    with pytest.raises(Malformed, match=r"define\.both"):
        read_pack((bad + RULE).encode(), "t.yaml", FACTS)


def test_a_list_in_a_list_of_the_same_form_is_one_list() -> None:
    """What a rule lacks is said for each part once, however its conditions are named."""
    leaf, remedy = Leaf(FACTS["product.in_scope"]), Leaf(FACTS["state.remedy"])
    raw = {"all": [{"all": [{"fact": "product.in_scope"}, {"any": [True, {"fact": "state.remedy"}]}]}, False]}
    found = Reader(FACTS).read(raw, Of.STATE, Place("t.yaml", "A", "unless"))
    assert found == All((leaf, AnyOf((Const(True), remedy)), Const(False)))


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
        ({"when": "{any: [{fact: state.incident, of: subject}, {not: true}]}"}, True),
        ({"when": "{every: states, where: {possibly: {fact: product.in_scope}}}"}, True),
        ({"when": "{action: [sale]}"}, False),
        ({"when": "{as_of: {before: 2022-01-01}}"}, False),
        ({"when": "{maybe: true}"}, False),
        ({"when": "{all: []}"}, False),
        ({"when": "{some: states}"}, False),
        ({"when": "{not: true, all: [true]}"}, False),
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
    assert caught.value.hint == "A name near it: us-lists."
