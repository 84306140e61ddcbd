"""Reasons of a decision, a vote, a rejection, and whatever else a form asks for in words: a dot or a dash says nothing.

A part of a report on due diligence, the findings of an inquiry or the answer to a request count because something is written there.
"""

from __future__ import annotations

import unicodedata

from sousveil.decisions.procedures import registry as procedures
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.model import Stance
from sousveil.register.types import registry
from sousveil.register.types.cleaning import says_something
from sousveil.register.types.model import Kind

GIVEN = ("reason", "necessity", "proportionality", "legality")
"""Properties in which reasons are given."""


_LIKE_A_DASH = frozenset("\u2500\u2501\u2796\u2800\ufffc\ufffd")
"""Symbols by their category that are a dash, a dot, an ellipsis, blank, or stand for a letter that was lost."""


def _asked() -> dict[str, frozenset[str]]:
    """Record type -> texts that a form of a procedure asks for of such a record, and reasons."""
    found: dict[str, set[str]] = {}
    forms = [form for one in procedures.all_procedures().values() for form in one.forms]
    for name in (name for name, one in registry.all_types().items() if not one.abstract):
        known = registry.properties(name)
        fields = (field.property for form in forms if registry.is_a(name, form.type) for field in form.fields)
        words = {one for one in fields if known[one].kind == Kind.TEXT}
        if words:
            found[name] = words | (known.keys() & set(GIVEN))
    return {name: frozenset(words) for name, words in found.items()}


WORDS = _asked()


def _shows_something(text: str) -> bool:
    """Whether a text holds a letter, a digit or a symbol: a tick may be an answer, and what was blacked out is one."""
    return says_something(text) or any(
        unicodedata.category(one) in ("So", "Sc") and one not in _LIKE_A_DASH for one in text
    )


def _check(publication: Publication) -> None:
    for one in publication.statements:
        if one.property not in WORDS.get(one.type, ()) or one.stance is Stance.DENIES:
            continue
        if (says_something if one.property in GIVEN else _shows_something)(one.value):
            continue
        of = registry.properties(one.type)[one.property]
        if one.property in GIVEN:
            publication.refuse(
                one.subject,
                one.property,
                "no_words",
                "Reasons need words: this holds no letter and no digit",
                "Say why." if of.required else "Say why, or leave it out: an act without reasons is shown as one.",
            )
        publication.refuse(
            one.subject,
            one.property,
            "no_words",
            f"“{of.label}” needs words: this holds no letter, no digit and no symbol",
            "Say it in words." if of.required else "Say it in words, or leave it out.",
        )


CHECKS = (Check(name="reasons", types=tuple(WORDS), run=_check),)
