"""The short of an answer: which reasons come first, what is unproven, and that nothing of the answer is lost."""

from __future__ import annotations

from typing import Any

from sousveil.decisions.answer.short import digest, needs_of
from sousveil.decisions.model import Answer, FactShown, Open, PackAnswer, Reason, Verdict


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


def test_the_packs_that_decide_and_their_rules() -> None:
    made = digest(
        answer(
            Verdict.BLOCKED,
            {"p": Verdict.BLOCKED, "q": Verdict.BLOCKED_UNLESS},
            reasons=[
                reason("gap", unproven=["A law."]),
                reason("weak", facts=[fact("alleged")]),
                reason("firm", facts=[fact("alleged"), fact("confirmed")]),
                reason("firm", says="of another", facts=[fact("reported")]),
                reason("hard", effect="blocked", facts=[fact("reported")], unproven=["An end."]),
                reason("elsewhere", pack="q", effect="blocked", facts=[fact("confirmed")]),
            ],
        )
    )
    assert [(one.pack, one.blocking, one.decides) for one in made.packs] == [("p", 4, True), ("q", 1, False)]
    assert [len(one.reasons) for one in made.packs[0].rules] == [1, 1, 2, 1]
    assert [one.pack for one in made.deciding] == ["p"]


def test_a_name_with_a_joint_in_it_stays_whole() -> None:
    assert needs_of("Which it is: “A; B Ltd”.; Who owns “C; D”; and how; “E” too; Who“; F") == [
        "Which it is: “A; B Ltd”.",
        "Who owns “C; D”; and how",
        "“E” too",
        "Who“",
        "F",
    ]


def test_what_is_not_proven() -> None:
    """Once each, with every rule that waits for it; what most wait for first; only where it decides."""
    made = digest(
        answer(
            Verdict.BLOCKED_UNLESS,
            {"p": Verdict.BLOCKED_UNLESS, "q": Verdict.INSUFFICIENT_INFORMATION},
            reasons=[reason("a", unproven=["One.", "Both."]), reason("b", unproven=["Both.", "Two."])],
            undecided=[Open(rule="c", pack="p", needs="Not counted."), Open(rule="d", pack="q", needs="Elsewhere.")],
        )
    )
    assert [(one.text, one.rules) for one in made.unproven] == [
        ("Both.", ("a", "b")),
        ("One.", ("a",)),
        ("Two.", ("b",)),
    ]


def test_where_nothing_fired_what_open_rules_wait_for_is_not_proven() -> None:
    made = digest(
        answer(
            Verdict.INSUFFICIENT_INFORMATION,
            {"p": Verdict.INSUFFICIENT_INFORMATION, "q": Verdict.NO_RULE_BLOCKS},
            undecided=[
                Open(rule="names", pack="p", needs="Who it is."),
                Open(rule="x", pack="p", needs="What it is."),
                Open(rule="y", pack="p", needs="A decision.", says="y says", facts=[fact("reported")]),
            ],
            duties=[reason("z", pack="q", effect="duty")],
        )
    )
    assert [one.text for one in made.unproven] == ["What it is.", "A decision."]
    assert [one.rule for one in made.names] == ["names"]
    assert [(one.blocking, one.undecided, one.duties) for one in made.packs] == [(0, 2, 0), (0, 0, 1)]


def test_what_nobody_can_show_is_left_out() -> None:
    made = digest(
        answer(
            Verdict.INSUFFICIENT_INFORMATION,
            {"p": Verdict.INSUFFICIENT_INFORMATION},
            undecided=[
                Open(rule="x", pack="p", needs="Whether A is tied to B."),
                Open(rule="y", pack="p", needs="Whether A is tied to B.; A law."),
            ],
        )
    )
    assert [one.rule for one in made.packs[0].rules] == ["y"]
    assert needs_of("Whether A is tied to B.; A law.") == ["A law."]
    assert needs_of("Whether A is tied to B.") == ["Whether A is tied to B."]


def test_nothing_blocks() -> None:
    made = digest(answer(Verdict.NO_RULE_BLOCKS, {"p": Verdict.NO_RULE_BLOCKS}))
    assert (made.unproven, made.names) == ((), ())
