"""An index of names that takes more and gives away finds what one finds that is made of what is left."""

from __future__ import annotations

import random

import pytest

from sousveil.register import candidates, strikings
from sousveil.register.candidates import NameIndex
from sousveil.register.filed import Filed
from sousveil.register.names import prepare
from sousveil.register.strikings import Struck, slips

WORDS = (
    "Harbour Harbor Signals Signal Cranes Crane Trading Group Global Technology Technologies Vireo Virea Systems 3000"
    " Аврора Сигнал محمد علي קנדירו 哈伯 北方 Nightfall Nightfal Sandpiper Sandpipers Ministry Interior Interieur Müller"
).split()
FORMS = ("", "", " Ltd", " GmbH", " SA")


def drawn(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, 4))) + chance.choice(FORMS)


def found(index: NameIndex, text: str, wide: bool) -> list[tuple[str, tuple[float, ...]]]:
    asked = index.weigh(prepare(text))
    many = [index.weighed(at) for at in index.find(asked, wide=wide, most=1 << 20)]
    return sorted((one.original, one.weights) for one in many)


@pytest.mark.parametrize("seed", range(6))
def test_what_has_grown_finds_what_a_new_one_does(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(strikings, "LATE_MOST", 5)
    monkeypatch.setattr(candidates, "POSTINGS", chance.choice((8, 6000)))
    held = {at: drawn(chance) for at in range(60)}
    names = dict(held)
    index = NameIndex()
    for at in held:
        assert index.add(prepare(held[at]), at) == at
    index.close()
    for _ in range(8):
        before, kept = index, {text: found(index, text, True) for text in WORDS}
        index = index.grown()
        gone = set(chance.sample(sorted(held), chance.choice((0, 1, 12))))
        index.drop(gone)
        for one in gone:
            del held[one]
        for _ in range(chance.randint(0, 9)):
            text = drawn(chance) + chance.choice(("", " Zweig", " Aurora"))
            number = index.add(prepare(text), 0)
            assert number is not None
            names[number] = held[number] = text
        fresh = NameIndex()
        for text in sorted(held.values(), key=lambda one: one[::-1]):  # in whatever order
            fresh.add(prepare(text), 0)
        fresh.close()
        for text in (*WORDS, *(drawn(chance) for _ in range(20))):
            for wide in (False, True):
                assert found(index, text, wide) == found(fresh, text, wide), text
            for word in prepare(text).words:
                for least in (0.0, 0.8):
                    assert sorted(index.near(word, False, least)) == sorted(fresh.near(word, False, least))
                assert {names[at] for at in index.having(word)} == {
                    fresh.names[at].original for at in fresh.having(word)
                }
        assert {text: found(before, text, True) for text in WORDS} == kept  # others ask it meanwhile


@pytest.mark.parametrize("seed", range(4))
def test_columns_find_what_a_table_does(seed: int) -> None:
    chance = random.Random(seed)
    words = list(dict.fromkeys("".join(chance.choices("abc1é", k=chance.randint(1, 11))) for _ in range(300)))
    columns, table = Struck(), Struck()
    columns.fill(words)
    for at, word in enumerate(words):
        table.add(word, at)
    keys = {word: strikings.strikings(word, slips(word)) for word in words if slips(word)}
    for word, own in keys.items():
        expected = {
            at
            for at, other in enumerate(words)
            if other in keys and not other.isdigit() and not keys[other].isdisjoint(own)
        }
        assert set(columns.find(word)) == set(table.find(word)) == expected


def test_a_copy_grows_by_itself() -> None:
    first: Filed[str, int] = Filed()
    for at in range(4):
        first.add("a", at)
    second = first.copy()
    second.add("a", 4)
    second.add("b", 5)
    second.add("a", 6)
    third = second.copy()
    third.drop(["a", "c"], {1, 4})
    third.drop(["b"], {5})
    assert [list(one.get("a")) for one in (first, second, third)] == [[0, 1, 2, 3], [0, 1, 2, 3, 4, 6], [0, 2, 3, 6]]
    assert [("b" in one, len(one), [*one]) for one in (first, second, third)] == [
        (False, 1, ["a"]),
        (True, 2, ["a", "b"]),
        (False, 1, ["a"]),
    ]
