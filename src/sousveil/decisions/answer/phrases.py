"""What verdicts, actions and standings are called where people read them. No phrase is a permission."""

from __future__ import annotations

import re

from sousveil.decisions.model import Action, Answer, Open, Question, Reason, Verdict

_VERDICTS = {
    Verdict.BLOCKED: (
        "BLOCKED",
        "blocked",
        "A rule blocks it, or a condition that would lift a block is not proven.",
    ),
    Verdict.BLOCKED_UNLESS: (
        "BLOCKED UNLESS",
        "blocked unless",
        "It is blocked unless what is listed as not proven is proven.",
    ),
    Verdict.INSUFFICIENT_INFORMATION: (
        "NOT ENOUGH IS KNOWN",
        "not enough is known",
        "What is on file does not suffice to say: somebody must decide, or a fact is missing.",
    ),
    Verdict.NO_RULE_BLOCKS: (
        "NO BLOCKING RULE ON FILE",
        "no rule blocks",
        "That is not a permission: facts may be missing, and other law may apply.",
    ),
}
VERDICT_SAYS, VERDICT_WORDS, VERDICT_MEANS = ({key: row[at] for key, row in _VERDICTS.items()} for at in range(3))
"""At the head of an answer, within a line of one set of rules, and what it means."""
_ACTIONS = {
    Action.SALE: ("sale", "Sale of {product} by {supplier} to {end_user}"),
    Action.TRANSFER: ("transfer", "Transfer of {product} by {supplier} to {end_user}"),
    Action.MARKETING: ("marketing", "Marketing of {product} by {supplier} to {end_user}"),
    Action.USE: ("use", "Use of {product} of {supplier} by {end_user}"),
    Action.MAINTENANCE: ("maintenance", "Maintenance of {product} by {supplier} for {end_user}"),
    Action.GRANT_LICENCE: ("licence", "A licence for {product} of {supplier} to {end_user}"),
    Action.ACQUIRE: ("acquisition", "Acquisition of {product} of {supplier} by {end_user}"),
    Action.INVEST: ("investment", "Investment in {supplier}, maker or seller of {product} for {end_user}"),
    Action.LIST: ("listing", "Listing of {supplier}, maker or seller of {product} for {end_user}, on an exchange"),
}
ACTION_NOUNS = {action: noun for action, (noun, _) in _ACTIONS.items()}
"""After "this"."""
ACTION_WORDS = {
    **ACTION_NOUNS,
    Action.GRANT_LICENCE: "granting a licence",
    Action.LIST: "listing on an exchange",
}
"""In a rule's sentence."""
COUNTS = "it counts"
"""Stands in the note of a pack that says nothing, before the day from which, or until which, it says something."""


def asked_for(question: Question, country: str = "") -> str:
    """What was asked, with the names as they were typed; the country by its code where no name of it is given."""
    text = _ACTIONS[question.action][1].format(
        product=f"“{question.product}”", supplier=f"“{question.supplier}”", end_user=f"“{question.end_user}”"
    )
    via = f" through {', '.join(f'“{name}”' for name in question.via)}" if question.via else ""
    return f"{text}{via} ({country or question.country.upper()})"


def headline(question: Question, answer: Answer) -> str:
    """The first line of an answer."""
    return f"{VERDICT_SAYS[answer.verdict]}: {asked_for(question)}."


def parted(text: str, joint: re.Pattern[str]) -> list[str]:
    """A text in the parts between joints; what stands between “ and ” is a name, and no joint is looked for in it."""
    found, start = list[str](), 0
    for at in re.finditer(rf"“[^”]*”|(?P<joint>{joint.pattern})", text):
        if at["joint"] is not None:
            found.append(text[start : at.start()])
            start = at.end()
    return [*found, text[start:]]


def undated(answer: Answer) -> list[str]:
    """The statements of an answer that have no day of their own."""
    parts: tuple[Reason | Open, ...] = (*answer.reasons, *answer.duties, *answer.undecided)
    return list(dict.fromkeys(fact.statement for one in parts for fact in one.facts if fact.date is None))


def silent(answer: Answer) -> set[str]:
    """The packs that say nothing, because the day is none of those for which they count."""
    return {one.pack for one in answer.packs if any(f" ({one.pack}): {COUNTS} " in note for note in answer.notes)}
