"""The short of an answer: which reasons come first, what is unproven, and that nothing of the answer is lost."""

from __future__ import annotations

from typing import Any

from sousveil.decisions.answer.short import needs_of, rules_of
from sousveil.decisions.model import Answer, FactShown, PackAnswer, Reason, Verdict


def fact(standing: str) -> FactShown:
    return FactShown(statement="0" * 64, says="It is so", source="Paper", standing=standing, date=None)


def reason(rule: str, pack: str = "p", **more: Any) -> Reason:
    given = {"effect": "blocked_unless", "citation": "Text", "says": f"{rule} says", "facts": []} | more
    return Reason(rule=rule, pack=pack, **given)


def answer(verdict: Verdict, packs: dict[str, Verdict], **more: Any) -> Answer:
    given: dict[str, Any] = {"reasons": [], "undecided": [], "duties": [], "notes": []} | more
    return Answer(
        verdict=verdict,
        packs=[PackAnswer(pack=name, verdict=one) for name, one in packs.items()],
        as_of="2024-01-01",
        known_on=1,
        log_size=1,
        rules_sha256="0" * 64,
        **given,
    )


def test_the_rules_of_a_pack_stand_in_the_order_in_which_they_first_say_something() -> None:
    made = answer(
        Verdict.BLOCKED,
        {"p": Verdict.BLOCKED, "q": Verdict.BLOCKED_UNLESS},
        reasons=[
            reason("gap", needs=["A law."]),
            reason("firm", facts=[fact("alleged"), fact("confirmed")]),
            reason("elsewhere", pack="q", effect="blocked", facts=[fact("confirmed")]),
            reason("firm", says="of another", facts=[fact("reported")]),
        ],
        undecided=[
            Reason(effect="undecided", rule="names", pack="p", needs=["Who it is."]),
            Reason(effect="undecided", rule="x", pack="p", needs=["What it is."], citation="Text, 2"),
        ],
        duties=[reason("z", effect="duty"), reason("gap", effect="duty")],
    )
    assert [
        (one.rule, one.citation, len(one.reasons), len(one.undecided), len(one.duties)) for one in rules_of(made, "p")
    ] == [("gap", "Text", 1, 0, 1), ("firm", "Text", 2, 0, 0), ("x", "Text, 2", 0, 1, 0), ("z", "Text", 0, 0, 1)]
    assert [one.rule for one in rules_of(made, "q")] == ["elsewhere"]


def test_what_nobody_can_show_is_left_out() -> None:
    made = answer(
        Verdict.INSUFFICIENT_INFORMATION,
        {"p": Verdict.INSUFFICIENT_INFORMATION},
        undecided=[
            Reason(effect="undecided", rule="x", pack="p", needs=["Whether A is tied to B."]),
            Reason(effect="undecided", rule="y", pack="p", needs=["Whether A is tied to B.", "A law."]),
        ],
    )
    assert [one.rule for one in rules_of(made, "p")] == ["y"]
    assert [needs_of(one) for one in made.undecided] == [["Whether A is tied to B."], ["A law."]]
