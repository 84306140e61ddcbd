"""The short form of an answer: its sentence, three reasons in their order, what is missing, who acts next, within ten lines."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sousveil.decisions.answer.short import short, short_lines, showable
from sousveil.decisions.model import Action, Answer, FactShown, PackAnswer, Question, Reason, Verdict
from sousveil.display import columns

QUESTION = Question(
    action=Action.SALE, product="Lens", supplier="Vireo", end_user="Ministry", country="xb", packs=("us-lists",)
)


def fact(standing: str, date: str | None = None, source: str = "https://www.paper.example/story") -> FactShown:
    return FactShown(statement="a" * 64, says="Vireo is listed", source=source, standing=standing, date=date)


def reason(rule: str, effect: str, *facts: FactShown, **more: Any) -> Reason:
    fields = {"pack": "letter-2021", "citation": "Letter, (a)", "says": f"Says {rule}.", **more}
    return Reason(rule=rule, effect=effect, facts=list(facts), **fields)


def answer(*reasons: Reason, verdict: Verdict = Verdict.BLOCKED, **more: Any) -> Answer:
    fields: dict[str, Any] = {"undecided": [], "duties": [], "notes": [], **more}
    return Answer(
        verdict=verdict,
        packs=[PackAnswer(pack="letter-2021", verdict=verdict)],
        reasons=list(reasons),
        as_of="2024-06-01",
        known_on=1,
        log_size=1,
        rules_sha256="0" * 64,
        **fields,
    )


def test_blocking_comes_before_open_confirmed_before_reported_and_the_newest_first() -> None:
    made = answer(
        reason("L21-c-1", "blocked_unless", fact("confirmed", "2024")),
        reason("L21-a-4", "blocked", fact("reported", "2024")),
        reason("L21-a-3", "blocked", fact("confirmed", "2020")),
        reason("L21-NSO-1", "blocked", fact("confirmed", "2021"), fact("reported", "2024")),
    )
    found = short(QUESTION, made).reasons
    assert [(one.rule, one.fact.standing, one.fact.date) for one in found if one.fact is not None] == [
        ("L21-NSO-1", "confirmed", "2021"),
        ("L21-a-3", "confirmed", "2020"),
        ("L21-a-4", "reported", "2024"),
    ]


def test_each_pack_that_was_asked_for_has_its_best_reason() -> None:
    many = [reason(f"L21-a-{number}", "blocked", fact("confirmed", "2024")) for number in (1, 2, 3)]
    duty = reason("EAR-744.11", "duty", fact("confirmed", "2026-09-24"), pack="us-lists")
    assert [one.rule for one in short(QUESTION, answer(*many, duties=[duty])).reasons] == [
        "L21-a-1",
        "L21-a-2",
        "EAR-744.11",
    ]
    nothing_else = msgspec.structs.replace(QUESTION, packs=())
    assert [one.rule for one in short(nothing_else, answer(*many, duties=[duty])).reasons][-1] == "L21-a-3"


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (
            Verdict.BLOCKED,
            "Stop: the letter of July 2021 asks for a halt, and no safeguards are shown. The letter is not a law.",
        ),
        (
            Verdict.BLOCKED_UNLESS,
            "Stop, unless what is missing is shown: the letter of July 2021, which is not a law, blocks this sale.",
        ),
        (Verdict.INSUFFICIENT_INFORMATION, "Not enough is known about this sale to answer under the letter."),
        (Verdict.NO_RULE_BLOCKS, "No rule that was asked blocks this sale. That is not a permission."),
    ],
)
def test_the_sentence_names_its_authority(verdict: Verdict, says: str) -> None:
    made = answer(reason("L21-a-1", "blocked_unless", needs=["A law."]), verdict=verdict)
    assert short(QUESTION, made).sentence == says


def test_a_law_that_blocks_is_named() -> None:
    made = answer(reason("EAR-744.16", "blocked", fact("confirmed"), pack="us-lists"))
    made = msgspec.structs.replace(made, packs=[PackAnswer(pack="us-lists", verdict=Verdict.BLOCKED)])
    assert short(QUESTION, made).sentence == "Stop: US Entity List and list of blocked persons blocks this sale."


def test_only_what_somebody_could_show_is_missing() -> None:
    waiting = reason("L21-a-1", "blocked_unless", needs=["Whether Vireo is tied to NSO Group.", "A law of Averna."])
    other = reason("L21-a-2", "blocked_unless", needs=["A court.", "A law of Averna."])
    assert short(QUESTION, answer(other, waiting)).missing == ("A law of Averna.", "A court.")
    found = answer(
        undecided=[
            Reason(effect="undecided", rule=one, pack="letter-2021", needs=["A court.", "Whether A.", "A law."])
            for one in "xy"
        ]
    )
    assert short(QUESTION, found).missing == ("A court.", "A law.")
    negative = Reason(
        effect="undecided", rule="L21-NSO-4", pack="letter-2021", needs=["Whether Vireo is tied to NSO Group."]
    )
    assert not showable(negative)
    assert showable(msgspec.structs.replace(negative, needs=["Whether Vireo is tied.", "A law of Averna."]))
    assert showable(msgspec.structs.replace(negative, facts=[fact("alleged")]))
    assert showable(msgspec.structs.replace(negative, rule="names"))


def test_the_next_step_is_that_of_the_first_reason() -> None:
    made = answer(reason("L21-b-1", "blocked_unless"), reason("L21-NSO-1", "blocked"))
    assert short(QUESTION, answer(reason("L21-b-1", "blocked_unless"))).next_step == (
        "The State completes an investigation with all four qualities; two independent publishers confirm it."
    )
    assert short(QUESTION, answer(reason("L21-a-1", "blocked_unless"))).next_step == (
        "Every State with jurisdiction fulfils the three conditions of (j)."
    )
    assert short(QUESTION, made).reasons[0].rule == "L21-NSO-1"


@pytest.mark.parametrize("width", [80, 60, 200])
def test_however_long_the_texts_are_ten_lines_hold_them(width: int) -> None:
    long = "Sale and transfer of this are halted because of very many things that somebody wrote down at length " * 5
    source = "Letter by civil society organizations and independent experts of very many countries"
    many = [
        reason(f"L21-a-{number}", "blocked", fact("reported", "2021-07-27", source), says=long, needs=[long])
        for number in (1, 2, 3, 4)
    ]
    lines = short_lines(QUESTION, answer(*many), example=True, width=width)
    assert len(lines) == 10
    assert max(map(columns, lines)) <= min(width, 80)
    assert lines[0].startswith("Invented example. Stop: ") and "27 July 2021" in " ".join(" ".join(lines).split())
