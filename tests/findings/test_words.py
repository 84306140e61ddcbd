"""The sentences of findings."""

from __future__ import annotations

from itertools import product
from string import Formatter

import pytest

from sousveil.findings import words
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, ThreatClass
from sousveil.kinds import Role


def said(
    threat: ThreatClass | None = ThreatClass.MERCENARY,
    family: str | None = "Pegasus",
    publisher: str | None = "Amnesty International",
    published: str | None = "2021-07-18",
) -> Attribution:
    return Attribution(set_name="s", family=family, threat_class=threat, publisher=publisher, published=published)


def test_every_kind_and_role_has_a_sentence() -> None:
    for kind, role, threat in product(IndicatorKind, Role, (None, *ThreatClass)):
        one = Indicator(kind=kind, value="v", original="v", attributions=(said(threat),))
        text = words.says(one, role, "Messages", said(threat))
        assert ("{" not in text and ", it is tied to Pegasus" in text) or ", it is tied to the s" in text


def test_templates_name_only_title_noun_and_value() -> None:
    for template in words.TEMPLATES.values():
        assert {name for _, name, _, _ in Formatter().parse(template) if name} <= {"title", "noun", "value"}


@pytest.mark.parametrize("word", ["clean", "infected", "infection", "hacked", "victim"])
def test_words_that_are_never_used(word: str) -> None:
    texts = [*words.TEMPLATES.values(), *words.TIES.values(), words.NO_PUBLISHER, words.SAID, words.NO_FAMILY]
    assert not any(word in text.lower() for text in texts)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (IndicatorKind.DOMAIN, "a.example", "a[.]example"),
        (IndicatorKind.URL, "https://a.example/x", "hxxps://a[.]example/x"),
        (IndicatorKind.EMAIL, "a@b.example", "a[@]b[.]example"),
        (IndicatorKind.FILE_PATH, "/private/var/a.b", "/private/var/a.b"),
        (IndicatorKind.PROCESS, "b\u202eh\x1b", "bh\\u001b"),
    ],
)
def test_values_are_shown_defanged(kind: IndicatorKind, value: str, shown: str) -> None:
    assert words.shown(Indicator(kind=kind, value=value, original=value, attributions=(said(),))) == shown


def test_who_said_so() -> None:
    assert words.attributed(said()) == (
        "As published by Amnesty International on 2021-07-18, it is tied to the spyware Pegasus."
    )
    assert words.attributed(said(published=None, family=None)) == (
        "As published by Amnesty International, it is tied to surveillance software."
    )
    assert words.attributed(said(publisher=None)) == (
        "According to a list that names no publisher, it is tied to the spyware Pegasus."
    )
    assert words.attributed(said(ThreatClass.EXTRACTION_TOOL, "UFED")) == (
        "As published by Amnesty International on 2021-07-18, it is tied to UFED, a tool that copies what a phone "
        "holds."
    )
