"""Widths of texts on a terminal, lines that fit it, and characters that do not reach it."""

from __future__ import annotations

import pytest

from sousveil.display import columns, padded, wrapped
from sousveil.kinds import visible


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("", 0),
        ("Averna", 6),
        ("内務省", 6),
        ("한국", 4),
        ("e\u0301x", 2),
        ("ｶﾅ", 2),
        ("Ａ", 2),
        ("é↵“–”…", 6),
        ("مرحبا", 5),
    ],
)
def test_columns(text: str, wide: int) -> None:
    assert columns(text) == wide


def test_padding_counts_columns() -> None:
    assert padded("内務省", 8) == "内務省  "
    assert padded("e\u0301", 3, right=True) == "  e\u0301"
    assert padded("too wide", 3) == "too wide"


def test_wide_letters_are_broken_between_and_no_mark_begins_a_line() -> None:
    text = "監視技術の販売、移転を停止する。「内務省」が使う。 Vireo 有限公司"
    found = wrapped(text, 20, first="  ", rest="    ")
    assert found == [
        "  監視技術の販売、移",
        "    転を停止する。",
        "    「内務省」が使",
        "    う。 Vireo 有限",
        "    公司",
    ]
    assert [columns(line) for line in found] == [20, 18, 18, 19, 8]


def test_a_word_that_is_too_wide_stands_alone_or_is_broken() -> None:
    assert wrapped("a bbbbbbbb c", 6, first="", rest="  ") == ["a", "  bbbbbbbb", "  c"]
    assert wrapped("a bbbbbbbb c", 6, first="", rest="  ", break_words=True) == ["a bbbb", "  bbbb", "  c"]
    assert wrapped("   ", 6) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo", "one ↵ two"),
        ("one\r\n  two\rthree", "one ↵ two ↵ three"),
        ("one\u2028two\u2029three\x85four\x0b\x0cfive", "one ↵ two ↵ three ↵ four ↵  ↵ five"),
        ("one\ttwo", "one two"),
        ("\x1b[2Jone\x07\x00", "\\u001b[2Jone\\u0007\\u0000"),
        ("a\u202eb\u200fc\u200bd", "abc\\u200bd"),
    ],
)
def test_no_control_character_is_left(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(text).isprintable()
