"""Scores with reasons: what must be a hit, what must not, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.register.names import prepare
from sousveil.register.score import THRESHOLD, Candidate, Feature, Query, Score, compare, score


def of(a: str, b: str, **more: object) -> Score:
    """One name against one."""
    return score(Query(name=a), Candidate(names=(b,), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Intellexa S.A.", "Intellexa"),
        ("Cytrox AD", "Cytrox"),
        ("NSO Group Technologies Ltd", "NSO group"),
        ("Circles Bulgaria EOOD", "Circles"),
        ("Hackingteam", "Hacking Team"),
        ("Team Hacking", "Hacking Team"),
        ("Candiur", "Candiru"),
        ("קנדירו", "Candiru"),
        ("Ιντελλεξα", "Intellexa"),
        ("Цитрокс", "Cytrox"),
        ("علي المملوك", "Ali MAMLUK"),
        ("JSC Positive Technologies", "Pozitiv Teknolodzhiz, AO"),
        ("Pegasos", "Pegasus"),
        ("华为技术有限公司", "华为技术"),
    ],
)
def test_hits(a: str, b: str) -> None:
    assert of(a, b).value >= THRESHOLD
    assert of(b, a).value >= THRESHOLD


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Circles", "Circle"),
        ("Circle Ltd", "Circles"),
        ("FinFly ISP", "FinFly LAN"),
        ("Alpha Trading LLC", "Alpha Shipping LLC"),
        ("Positive Group", "Positive Technologies"),
        ("Ahmad Hassan Ali", "Ahmad Hassan Omar"),
        ("GSM 2000", "GSM 3000"),
        ("Apple Bank", "Apple Orchard"),
        ("NSO", "NSA"),
        ("Intellexa", ""),
        ("华为技术", "中兴通讯"),
    ],
)
def test_no_hits(a: str, b: str) -> None:
    assert of(a, b).value < THRESHOLD
    assert of(b, a).value < THRESHOLD


def test_the_reasons_are_whole() -> None:
    asked = Query(
        name="Candiru", country="gr", kind="person", dates=("1990-01",), identifiers={"leiCode": "00123", "cik": "7"}
    )
    found = score(
        asked,
        Candidate(
            names=("Somebody", "Candiru Ltd."),
            countries=("il",),
            kind="Company",
            years=("1980",),
            identifiers={"leiCode": ("12-3",), "cik": ("8",)},
        ),
    )
    assert found == Score(
        value=0.98,
        features=(
            Feature(code="name", says="the names are alike, only listed: ltd", factor=found.features[0].factor),
            Feature(code="identifier_equal", says="the leiCode is equal", factor=0.98),
            Feature(code="identifier_differs", says="the cik differs", factor=0.8),
            Feature(code="country_differs", says="the country differs (gr, il)", factor=0.8),
            Feature(code="year_differs", says="the year differs (1990, 1980)", factor=0.75),
            Feature(code="kind_differs", says="the kind differs (person, Company)", factor=0.6),
        ),
    )
    assert of("Candiru", "Candiru Ltd.").features == (
        Feature(code="name", says="the same name but for the legal form", factor=0.99),
    )
    assert of("Candiru", "Candiru").why == "the same name"
    assert of("Team Hacking", "Hacking Team").why == "the same name, its words in another order"
    same = score(
        Query(name="A Bc", country="il", dates=("1981",)),
        Candidate(names=("A Bc",), countries=("il",), years=("1980",)),
    )
    assert same.why == "the same name; the country is the same; the year is the same"
    assert same.value == 1.0


def test_another_country_costs_but_does_not_hide() -> None:
    found = score(Query(name="Candiru", country="gr"), Candidate(names=("Candiru",), countries=("il",)))
    assert found.value == 0.8


def test_nothing_to_compare() -> None:
    assert score(Query(name="x"), Candidate(names=())).value == 0.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_has_a_score_between_0_and_1(a: str, b: str) -> None:
    assert 0.0 <= of(a, b).value <= 1.0
    assert compare(prepare(a), prepare(a)) in (0.0, 1.0)
