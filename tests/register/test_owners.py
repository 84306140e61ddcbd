"""When two names are one owner: however it is typed, and no further."""

from __future__ import annotations

import pytest

from sousveil.register.owners import folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Systems Ltd.", "ACME  systems ltd"),
        ("A.C.M.E.", "acme"),
        ("Ａｃｍｅ", "acme"),
        ("Acme\u034f", "acme"),
        ("Acme\ufe0f", "acme"),
        ("Straße & Söhne", "STRASSE SÖHNE"),
    ],
)
def test_one_owner_however_it_is_typed(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("भारत", "भरत"), ("กิน", "กัน"), ("தமிழ்", "தமழ"), ("Acme", "Acme 2"), ("Söhne", "Sohne"), ("...", "---")],
)
def test_two_names_are_two_owners(one: str, other: str) -> None:
    assert folded(one) != folded(other)
