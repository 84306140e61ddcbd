"""The pattern language: round trips, precedence, and every refusal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported
from sousveil.indicators.loaders._stixpattern import (
    Alternative,
    Comparison,
    Token,
    parse,
    quote,
    tokens,
    unsafe_expression,
)
from tests.profiles import examples


def eq(path: str, value: str) -> Comparison:
    return Comparison(path, "equals", value)


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=80))
def test_any_quoted_value_comes_back(value: str) -> None:
    assert tokens(quote(value)) == [Token("string", value, 0)]
    assert parse(f"[url:value = {quote(value)}]") == [Alternative((eq("url:value", value),))]


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=8))
def test_any_list_comes_back(values: list[str]) -> None:
    pattern = f"[url:value IN ({', '.join(map(quote, values))})]"
    assert parse(pattern) == [Alternative((eq("url:value", value),)) for value in values]


@settings(max_examples=examples(200), deadline=None)
@given(st.text(alphabet="[]()'\\=!<>ANDORINLIKE:.,a1 ", max_size=60))
def test_nothing_but_our_errors(text: str) -> None:
    try:
        parse(text)
    except SousveilError:
        return


def test_values_with_equals_and_quotes() -> None:
    assert parse("[url:value='https://e.com/?a=b']") == [Alternative((eq("url:value", "https://e.com/?a=b"),))]
    assert parse(r"[file:name = 'it\'s \\ C:\temp']") == [Alternative((eq("file:name", r"it's \ C:\temp"),))]


def test_paths() -> None:
    assert parse("[file:hashes.'SHA-256'='x']")[0].all_of[0].path == "file:hashes.SHA-256"
    assert parse("[file:hashes.MD5='x']")[0].all_of[0].path == "file:hashes.MD5"
    assert (
        parse("[domain-name:resolves_to_refs[*].value='x']")[0].all_of[0].path == "domain-name:resolves_to_refs.value"
    )
    http = "[network-traffic:extensions.'http-request-ext'.request_header.Host='x']"
    assert parse(http)[0].all_of[0].path == "network-traffic:extensions.http-request-ext.request_header.Host"


def test_and_binds_closer_than_or() -> None:
    a, b, c = (eq("file:name", name) for name in "abc")
    text = "[file:name='a' OR file:name='b' AND file:name='c']"
    assert parse(text) == [Alternative((a,)), Alternative((b, c))]
    assert parse("[(file:name='a' OR file:name='b') AND file:name='c']") == [Alternative((a, c)), Alternative((b, c))]


def test_observations_and_qualifiers() -> None:
    a, b = eq("file:name", "a"), eq("file:name", "b")
    assert parse("[file:name='a'] OR [file:name='b']") == [Alternative((a,)), Alternative((b,))]
    both = [Alternative((a,), True), Alternative((b,), True)]
    assert parse("([file:name='a'] FOLLOWEDBY [file:name='b']) WITHIN 300 SECONDS") == both
    assert parse("[file:name='a'] REPEATS 5 TIMES AND [file:name='b']") == both
    times = "[file:name='a'] START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'"
    assert parse(times) == [Alternative((a,))]


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        ("[file:name != 'a']", Unsupported),
        ("[file:name NOT = 'a']", Unsupported),
        ("[NOT file:name = 'a']", Unsupported),
        ("[EXISTS file:name]", Unsupported),
        ("[file:size > 5]", Unsupported),
        ("[file:name = 'a", Malformed),
        ("[file:name = 'a']]", Malformed),
        ("file:name = 'a'", Malformed),
        ("[file:name = ]", Malformed),
        ("[file: = 'a']", Malformed),
        ("", Malformed),
        ("[file:name = 'a'] {", Malformed),
        ("(" * 40 + "[file:name='a']" + ")" * 40, LimitExceeded),
        ("[" + "(" * 40 + "file:name='a'" + ")" * 40 + "]", LimitExceeded),
        ("[" + " AND ".join(["(file:name='a' OR file:name='b')"] * 20) + "]", LimitExceeded),
        ("(" * 100_000, LimitExceeded),
    ],
)
def test_refusals(pattern: str, error: type[SousveilError]) -> None:
    with pytest.raises(error):
        parse(pattern)


@pytest.mark.parametrize(
    ("expression", "safe"),
    [
        (r"^https://x[0-9]{2,4}\.example/", True),
        (r"evil(\.example)?", True),
        (r"[)(*+]+a", True),
        (r"(?:ab)*c", True),
        (r"(a+)+b", False),
        (r"(x(a*))*", False),
        (r"(a+){2,}", False),
        (r"a{1,9999}", False),
        (r"a+*", False),
        (r"(?=a)b", False),
        (r"(a)\1", False),
        (r"(a", False),
        (r"a)", False),
    ],
)
def test_unsafe_expressions(expression: str, safe: bool) -> None:
    assert (unsafe_expression(expression) is None) is safe
