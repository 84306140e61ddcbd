"""The sentences of findings."""

from __future__ import annotations

from itertools import product

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
    for kind, role in product(IndicatorKind, Role):
        one = Indicator(kind=kind, value="v", original="v", attributions=(said(),))
        text = words.says(one, role, "Messages")
        assert "{" not in text and "v" in text and text[0].isupper() and text.endswith(".")


def test_a_sentence_names_what_happened() -> None:
    one = Indicator(kind=IndicatorKind.DOMAIN, value="a.example", original="a.example", attributions=(said(),))
    assert [words.says(one, role, "Messages") for role in (Role.RECEIVED, Role.VISITED, Role.GRANTED)] == [
        "Someone sent a link to a[.]example to this phone.",
        "Someone opened a page of a[.]example: typed, tapped or followed.",
        "Messages contains the domain a[.]example.",
    ]


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
