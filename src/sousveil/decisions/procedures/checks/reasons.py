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

GIVEN = {"reason", "necessity", "proportionality", "legality"}
"""Properties in which reasons are given."""
_LIKE_A_DASH = frozenset("\u2500\u2501\u2796\u2800\ufffc\ufffd")
"""Symbols by their category that are a dash, a dot, an ellipsis, blank, or stand for a letter that was lost."""


def _asked(type: str) -> frozenset[str]:
    """Texts that a form of a procedure asks for of such a record, and reasons."""
    known = registry.properties(type)
    forms = (form for one in procedures.all_procedures().values() for form in one.forms)
    fields = {field.property for form in forms if registry.is_a(type, form.type) for field in form.fields}
    texts = {one for one in fields if known[one].kind == Kind.TEXT}
    return frozenset(texts | (known.keys() & GIVEN) if texts else ())


WORDS = {name: _asked(name) for name, one in registry.all_types().items() if not one.abstract and _asked(name)}
"""Record type -> properties that need words."""


def _check(publication: Publication) -> None:
    for one in publication.statements:
        if one.property not in WORDS.get(one.type, ()) or one.stance is Stance.DENIES or says_something(one.value):
            continue
        reason, of = one.property in GIVEN, registry.properties(one.type)[one.property]
        symbols = (each for each in one.value if unicodedata.category(each) in ("So", "Sc"))
        if not reason and any(each not in _LIKE_A_DASH for each in symbols):
            continue  # a tick may be an answer, and what was blacked out is one
        says = f"“{of.label}” needs words: this holds no letter and no digit"
        hint = (
            "Say why, or leave it out: an act without reasons is shown as one."
            if reason
            else "Say it in words, or leave it out."
        )
        publication.refuse(one.subject, one.property, "no_words", says, "Say it in words." if of.required else hint)


CHECKS = (Check(name="reasons", types=tuple(WORDS), run=_check),)
