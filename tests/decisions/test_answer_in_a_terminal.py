"""An answer at a terminal of 80 columns: every verdict, line by line."""

from __future__ import annotations

import msgspec
import pytest

from sousveil.decisions.answer.terminal import screen
from sousveil.decisions.model import (
    Action,
    Answer,
    FactShown,
    PackAnswer,
    Question,
    Reason,
    Verdict,
)
from sousveil.display import columns
from sousveil.register.model import Standing

QUESTION = Question(
    action=Action.SALE,
    product="Lens",
    supplier="Vireo Systems Ltd",
    end_user="Ministry of the Interior of Averna",
    country="xb",
)
FACT = FactShown(
    statement="a" * 64,
    says="Vireo Systems Ltd: client is the Ministry of the Interior of Averna",
    source="https://paper.example/story",
    standing=Standing.REPORTED,
    date="2023-01",
)
REASON = Reason(
    rule="L21-a-1",
    pack="letter-2021",
    effect="blocks",
    citation="Joint open letter, 27 July 2021, (a), https://letter.example/text",
    says="Sale and transfer are halted: what the letter asks for at a minimum is not shown for Averna.",
    facts=[FACT],
    needs=["A law of Averna in force."],
)
ANSWER = Answer(
    verdict=Verdict.BLOCKED,
    packs=[
        PackAnswer(pack="letter-2021", verdict=Verdict.BLOCKED),
        PackAnswer(pack="us-lists", verdict=Verdict.INSUFFICIENT_INFORMATION),
    ],
    reasons=[REASON, msgspec.structs.replace(REASON, rule="L21-a-2", facts=[], needs=[])],
    undecided=[
        Reason(
            effect="undecided",
            rule="names",
            pack="letter-2021",
            needs=["Which supplier “Vireo” is. Those that it could be are listed."],
        ),
        Reason(
            effect="undecided",
            rule="SDN-1",
            pack="us-lists",
            citation="US sanctions regulations, 583.201",
            says="Vireo is listed.",
            needs=["Who must decide: the agency.", "Whether A is listed.", "A filing."],
        ),
    ],
    duties=[],
    as_of="2024-06-01",
    known_on=1200,
    log_size=1200,
    rules_sha256="b" * 64,
    notes=["Nothing else."],
)
SCREEN = """\
Invented example: nothing here is true.
BLOCKED: Sale of “Lens” by “Vireo Systems Ltd” to “Ministry of the Interior of
Averna” (Averna (invented)).
A rule blocks it, or a condition that would lift a block is not proven.
As of 1 June 2024, with what 1,200 of 1,200 entries of the log say.

Joint open letter of 27 July 2021 (letter-2021): blocked.
  [L21-a-1] Sale and transfer are halted: what the letter asks for at a minimum
      is not shown for Averna.
      Rule: Joint open letter, 27 July 2021, (a)
        https://letter.example/text
      On file: Vireo Systems Ltd: client is the Ministry of the Interior of
        Averna (reported, January 2023)
        Source: https://paper.example/story
      statement aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Not proven: A law of Averna in force.
  [L21-a-2] Sale and transfer are halted: what the letter asks for at a minimum
      is not shown for Averna.
      Rule: Joint open letter, 27 July 2021, (a)

US Entity List and list of blocked persons (us-lists): not enough is known. What
is on file does not suffice to say: somebody must decide, or a fact is missing.

Not decided:
  [Name] Which supplier “Vireo” is. Those that it could be are listed.
  [SDN-1] Vireo is listed.
      Rule: US sanctions regulations, 583.201
      Needed:
      - Who must decide: the agency.
      - A filing.

To know:
  - Nothing else.

This is no permission and no legal advice: it says what rules and the register
say, and what is not proven.
Fingerprint of the rules that were asked (SHA-256):
bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"""


def test_the_screen_of_a_blocked_sale() -> None:
    found = "\n".join(screen(QUESTION, ANSWER, example=True, width=80))
    assert found == SCREEN
    assert max(map(len, found.splitlines())) == 80


@pytest.mark.parametrize(
    ("verdict", "first", "second"),
    [
        (
            Verdict.BLOCKED_UNLESS,
            "BLOCKED UNLESS: ",
            "It is blocked unless what is listed as not proven is proven.",
        ),
        (
            Verdict.INSUFFICIENT_INFORMATION,
            "NOT ENOUGH IS KNOWN: ",
            "What is on file does not suffice to say: somebody must decide, or a fact is missing.",
        ),
        (
            Verdict.NO_RULE_BLOCKS,
            "NO BLOCKING RULE ON FILE: ",
            "That is not a permission: facts may be missing, and other law may apply.",
        ),
    ],
)
def test_the_first_lines_of_every_other_verdict(verdict: Verdict, first: str, second: str) -> None:
    answer = msgspec.structs.replace(ANSWER, verdict=verdict, reasons=[], undecided=[])
    found = list(screen(QUESTION, answer, example=False, width=80))
    assert found[0].startswith(first)
    assert " ".join(found).split(". As of 1 June")[0].endswith(second.rstrip("."))
    assert max(map(len, found)) <= 80


def test_a_pack_that_is_not_in_force_says_so() -> None:
    note = "Joint open letter of 27 July 2021 (letter-2021): it counts from 27 July 2021 on. For an earlier day it says nothing."
    packs = [PackAnswer(pack="letter-2021", verdict=Verdict.NO_RULE_BLOCKS)]
    answer = msgspec.structs.replace(
        ANSWER, verdict=Verdict.NO_RULE_BLOCKS, packs=packs, reasons=[], notes=[note], as_of="2021-07-26"
    )
    found = " ".join(screen(QUESTION, answer, example=False, width=80))
    assert "(letter-2021): no rule blocks. It says nothing of that day. " in found
    assert found.upper().count("NO BLOCKING RULE ON FILE") == 1


@pytest.mark.parametrize(("width", "widest"), [(20, 40), (60, 60), (400, 100)])
def test_lines_fit_the_window_within_reason(width: int, widest: int) -> None:
    plain = msgspec.structs.replace(ANSWER, reasons=[], undecided=[], rules_sha256="c")
    found = list(screen(QUESTION, plain, example=False, width=width))
    assert max(map(len, found)) <= widest


def test_wide_letters_and_line_breaks_of_a_value_keep_to_the_window() -> None:
    fact = msgspec.structs.replace(
        FACT,
        says="内務省監視技術局 – summary: 販売、移転、使用を停止する。\n規則が定まるまで。\x1b[2J",
        source="官報 二〇二四年",
    )
    reason = msgspec.structs.replace(REASON, says="停止: " + "内務省監視技術局" * 9, facts=[fact])
    question = msgspec.structs.replace(QUESTION, supplier="有限会社ヴィレオ" * 6)
    answer = msgspec.structs.replace(ANSWER, reasons=[reason], undecided=[], rules_sha256="c")
    found = list(screen(question, answer, example=False, width=50))
    begin = next(at for at, line in enumerate(found) if line.startswith("  [L21-a-1]"))
    assert found[begin : begin + 10] == [
        "  [L21-a-1] 停止: 内務省監視技術局内務省監視技術局",
        "      内務省監視技術局内務省監視技術局内務省監視技",
        "      術局内務省監視技術局内務省監視技術局内務省監",
        "      視技術局内務省監視技術局",
        "      Rule: Joint open letter, 27 July 2021, (a)",
        "        https://letter.example/text",
        "      On file: 内務省監視技術局 – summary: 販売、",
        "        移転、使用を停止する。 ↵ 規則が定まるま",
        "        で。\\u001b[2J (reported, January 2023)",
        "        Source: 官報 二〇二四年",
    ]
    assert [columns(line) for line in found[:4]] == [50, 50, 45, 40]
    assert [line for line in found if columns(line) > 50] == [f"        {FACT.statement}"]
