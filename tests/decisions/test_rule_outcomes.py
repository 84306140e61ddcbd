"""Whom a rule is asked about, which facts it asks for, and what it comes to: the walk over conditions, exactly."""

from __future__ import annotations

from dataclasses import astuple

import msgspec
import pytest

from sousveil.decisions.facts.model import Fact, Of, Value
from sousveil.decisions.model import Action, Gap
from sousveil.decisions.rules.evaluate import (
    Active,
    Outcome,
    Subject,
    Subjects,
    active_rules,
    outcome,
)
from sousveil.decisions.rules.language import (
    ALLEGED,
    FALSE,
    TRUE,
    UNKNOWN,
    level_of,
)
from tests.decisions.test_engine import rule
from tests.decisions.worlds import FACTS, SmallWorld, pack, question
from tests.decisions.worlds import FALSE as NO
from tests.decisions.worlds import TRUE as YES
from tests.decisions.worlds import UNKNOWN as OPEN

ALLEGATION = Value(YES, ("rumour",), alleged=True)


def subjects(world: SmallWorld, **asked: object) -> Subjects:
    return Subjects(world, world.deal(question(**asked)))  # type: ignore[arg-type]


def rows(world: SmallWorld, selector: str, **asked: object) -> list[tuple[object, ...]]:
    """(kind, id, caption, needs, on record) of everybody whom a selector names."""
    return [astuple(one) for one in subjects(world, **asked).of(selector)]


def active(rules: str, day: str = "2026-11-25", action: Action = Action.SALE) -> Active:
    """The only rule of a pack."""
    (one,) = active_rules([pack(rules, open_condition="blocked_unless")], action, day)
    return one


def meant(role: str, name: str) -> tuple[str, str]:
    """Caption and needs of a party without a record."""
    return (
        f"the {role} that is meant",
        f"Which {role} is meant by “{name}”: a full name with legal form, or the id of a record.",
    )


def test_parties_with_and_without_a_record() -> None:
    world = SmallWorld(vendors=("V",), names=dict.fromkeys(("Gadget", "Seller", "Broker", "Office"), ()))
    asked: dict[str, object] = {
        "product": "Gadget", "supplier": "Seller", "end_user": "Office", "via": ("M", "Broker")
    }  # fmt: skip
    seller = (Of.VENDOR, "?supplier:Seller", *meant("supplier", "Seller"), False)
    broker = (Of.VENDOR, "?via:Broker", *meant("intermediary", "Broker"), False)
    middle = (Of.VENDOR, "M", "M", "", True)
    assert rows(world, "deal", **asked) == [(Of.DEAL, "", "this deal", "", True)]
    assert rows(world, "product", **asked) == [(Of.PRODUCT, "?product:Gadget", *meant("product", "Gadget"), False)]
    assert rows(world, "buyer", **asked) == [(Of.BUYER, "?end_user:Office", *meant("end user", "Office"), False)]
    assert rows(world, "supplier", **asked) == [seller]
    assert rows(world, "intermediaries", **asked) == [middle, broker]
    assert rows(world, "parties", **asked) == [middle, seller, broker]
    assert rows(world, "vendors", **asked) == [
        (Of.VENDOR, "M", "M", "", True),
        (Of.VENDOR, "V", "V", "", True),
        seller,
        broker,
    ]
    assert rows(SmallWorld(), "product") == [(Of.PRODUCT, "P", "P", "", True)]
    assert rows(SmallWorld(), "buyer") == [(Of.BUYER, "B", "B", "", True)]


def test_sets_of_states_their_gaps_and_what_stands_for_an_empty_one() -> None:
    gap = Gap(selectors=("states", "home_states"), caption="the home State of S", needs="Where S has its seat.")
    missing = (Of.STATE, "?gap:the home State of S", "the home State of S", "Where S has its seat.", False)
    world = SmallWorld(home_states=(), exporting_states=(), gaps=(gap,))
    assert rows(world, "states") == [
        (Of.STATE, "xa", "Xaland", "", True),
        (Of.STATE, "xb", "Xbland", "", True),
        missing,
    ]
    assert rows(world, "home_states") == [missing]
    assert rows(world, "exporting_states") == rows(world, "intermediaries") == []
    assert rows(world, "buyer_states") == [(Of.STATE, "xb", "Xbland", "", True)]
    assert rows(SmallWorld(buyer_states=()), "buyer_states") == [
        (Of.STATE, "?buyer_states", "a State that is not on file", "", False)
    ]
    deal = SmallWorld().deal(question())
    without_supplier = Subjects(SmallWorld(), msgspec.structs.replace(deal, parties=deal.parties[:1]))
    assert [astuple(one) for one in without_supplier.of("supplier")] == [
        (Of.VENDOR, "?supplier", "a company that is not on file", "", False)
    ]


def test_values_are_asked_for_once() -> None:
    asked: list[tuple[str, str]] = []

    class Counting(SmallWorld):
        def value(self, fact: Fact, subject: str, deal: object) -> Value:
            asked.append((fact.name, subject))
            return Value(YES)

    everybody = subjects(Counting(names={"Seller": ()}), supplier="Seller")
    state, seller = everybody.of("states")[0], everybody.of("supplier")[0]
    remedy, body = FACTS["state.remedy"], FACTS["vendor.body"]
    assert [everybody.value(remedy, state).truth for _ in range(2)] == [YES, YES]
    assert everybody.value(body, seller) == Value(OPEN, needs=seller.needs)
    assert asked == [("state.remedy", "xa")]


def test_levels_of_values() -> None:
    assert [level_of(one) for one in (Value(NO), Value(OPEN), ALLEGATION, Value(YES))] == [
        FALSE,
        UNKNOWN,
        ALLEGED,
        TRUE,
    ]


def test_facts_that_a_condition_asks_for() -> None:
    text = rule(
        each="vendors",
        when="{all: [{fact: vendor.listed}, {possibly: {fact: vendor.listed}}, {not: {fact: product.in_scope}}]}",
        unless="{any: [{some: home_states, where: {not: {fact: state.incident}}}, {fact: deal.approved}]}",
    )
    assert [(one.selector, one.fact.name, one.negated, one.possible) for one in active(text).asks] == [
        ("", "vendor.listed", False, False),
        ("", "vendor.listed", False, True),
        ("product", "product.in_scope", True, False),
        ("home_states", "state.incident", True, False),
        ("deal", "deal.approved", False, False),
    ]


def test_whom_a_rule_asks_about() -> None:
    text = rule(
        each="vendors",
        when="{any: [{some: home_states, where: {possibly: {fact: state.incident}}}, {fact: vendor.listed}]}",
        unless="{every: intermediaries, where: {fact: vendor.body}}",
    )
    found = active(text)
    assert (found.rule.each, [one.selector for one in found.asks]) == ("vendors", ["home_states", "", "intermediaries"])
    world = SmallWorld()
    everybody = subjects(world, via=("M",))
    about = everybody.of("vendors")
    asked = [[one.id for one in everybody.asked_of(literal, about)] for literal in found.asks]
    assert asked == [["xa"], ["M", "S", "T"], ["M"]]
    assert [one.fact.name for one in found.when_asks] == ["state.incident", "vendor.listed"]


def severity_of(text: str, world: SmallWorld) -> tuple[int, bool] | None:
    """Severity of a rule's outcome and whether an answer names it."""
    found = outcome(active(text), subjects(world))
    return None if found is None else (found.severity, found.is_shown)


DECIDES = {"decides": "the State"}


@pytest.mark.parametrize(
    ("fields", "when", "unless", "comes_to"),
    [
        ({"effect": "blocked"}, Value(YES), OPEN, (3, True)),
        ({"effect": "blocked"}, Value(NO), OPEN, None),
        ({"effect": "blocked"}, Value(OPEN), OPEN, (1, True)),
        ({"effect": "blocked"}, ALLEGATION, OPEN, (2, True)),
        ({"effect": "blocked"}, ALLEGATION, YES, (0, False)),
        ({"effect": "blocked"}, Value(YES), YES, (0, False)),
        ({"effect": "blocked", "lifts_to": "undecided", **DECIDES}, Value(YES), YES, (1, True)),
        ({"effect": "blocked_unless"}, Value(YES), NO, (2, True)),
        ({"effect": "undecided", **DECIDES}, Value(YES), NO, (1, True)),
        ({"effect": "undecided", **DECIDES}, ALLEGATION, NO, (1, True)),
        ({"effect": "duty"}, Value(YES), NO, (-1, True)),
        ({"effect": "duty"}, ALLEGATION, NO, (-1, True)),
        ({"effect": "duty"}, Value(OPEN), NO, (-1, False)),
        ({"effect": "duty"}, Value(YES), YES, (-1, False)),
    ],
)
def test_what_a_rule_comes_to(
    fields: dict[str, str], when: Value, unless: object, comes_to: tuple[int, bool] | None
) -> None:
    text = rule(when="{fact: deal.rejected}", unless="{fact: deal.approved}", **fields)
    world = SmallWorld({("deal.rejected", ""): when, ("deal.approved", ""): Value(unless)})  # type: ignore[arg-type]
    assert severity_of(text, world) == comes_to


@pytest.mark.parametrize(
    ("scope", "comes_to"),
    [(Value(YES), None), (ALLEGATION, (1, True)), (Value(OPEN), (1, True)), (Value(NO), (3, True))],
)
def test_not_makes_of_an_allegation_what_is_not_known(scope: Value, comes_to: tuple[int, bool] | None) -> None:
    text = rule(when="{not: {fact: product.in_scope}}")
    assert severity_of(text, SmallWorld({("product.in_scope", "P"): scope})) == comes_to


def test_for_whom_a_rule_fires_and_for_whom_it_is_lifted() -> None:
    text = rule(each="vendors", when="{fact: vendor.listed}", unless="{fact: vendor.body}")
    listed = {"A": Value(YES), "B": ALLEGATION, "C": Value(OPEN), "D": Value(NO), "E": Value(YES), "S": Value(NO)}
    values = {("vendor.listed", name): value for name, value in listed.items()}
    values |= {("vendor.body", name): Value(YES) for name in ("D", "E")}
    found = outcome(active(text), subjects(SmallWorld(values, vendors=("A", "B", "C", "D", "E"))))
    assert found is not None and found.severity == 3

    def ids(group: str) -> list[str]:
        return [one.id for one in getattr(found, group)]

    assert {group: ids(group) for group in ("fires", "alleged", "unknown", "lifted")} == {
        "fires": ["A"],
        "alleged": ["B"],
        "unknown": ["C"],
        "lifted": ["E"],
    }


def test_an_answer_names_a_rule_that_is_open_unless_it_is_a_duty() -> None:
    who = Subject(Of.DEAL, "", "this deal")
    block, duty = active(rule()), active(rule(effect="duty"))
    lifts = active(rule(unless="{fact: deal.approved}", lifts_to="undecided", **DECIDES))
    shown = {
        "nobody": Outcome(block, [], [], [], [], 0).is_shown,
        "fires": Outcome(block, [who], [], [], [], 3).is_shown,
        "alleged": Outcome(block, [], [who], [], [], 2).is_shown,
        "unknown": Outcome(block, [], [], [who], [], 1).is_shown,
        "lifted": Outcome(block, [], [], [], [who], 0).is_shown,
        "lifted to undecided": Outcome(lifts, [], [], [], [who], 1).is_shown,
        "duty that fires": Outcome(duty, [who], [], [], [], -1).is_shown,
        "open duty": Outcome(duty, [], [], [who], [], -1).is_shown,
    }
    assert [name for name, is_shown in shown.items() if not is_shown] == ["nobody", "lifted", "open duty"]


def test_a_rule_that_is_not_about_the_action_is_not_asked() -> None:
    packs = [pack(rule(actions="[use]", when="{fact: product.in_scope}"))]
    assert active_rules(packs, Action.SALE, "2026-11-25") == ()
    assert active_rules(packs, Action.USE, "2021-07-26") == ()
    assert [one.rule.id for one in active_rules(packs, Action.USE, "2021-07-27")] == ["A"]
    assert [one.severity for one in active_rules([pack(rule())], Action.SALE, "2026-11-25")] == [3]
