"""The index finds what there is to compare."""

from __future__ import annotations

import random

import pytest

from sousveil.register import candidates
from sousveil.register.candidates import NameIndex
from sousveil.register.names import prepare
from sousveil.register.strikings import strikings


def filled(*names: str) -> NameIndex:
    """An index of these names, each an entity."""
    index = NameIndex()
    for number, name in enumerate(names):
        index.add(prepare(name), number)
    index.close()
    return index


def first(index: NameIndex, text: str, *, wide: bool = False) -> str | None:
    """The most promising name."""
    found = index.find(index.weigh(prepare(text)), wide=wide)
    return index.names[found[0]].original if found else None


NAMES = ("Candiru Ltd", "Hacking Team", "NSO group", "Circles", "Intellexa", "Cytrox AD", "محمد علي", "Global Group")


def test_ways_to_a_name() -> None:
    index = filled(*NAMES)
    assert len(index) == 8
    assert first(index, "candiru") == "Candiru Ltd"
    assert first(index, "HackingTeam") == "Hacking Team"
    assert first(index, "Canidru") == "Candiru Ltd"
    assert first(index, "Cndriu") == "Candiru Ltd"
    assert first(index, "קנדירו") == "Candiru Ltd"
    assert first(index, "Muhammad Ali") == "محمد علي"
    assert first(index, "Group Global") == "Global Group"
    assert first(index, "Unheard") is None
    assert index.find(prepare("")) == []


def test_slips_in_a_known_word_only_when_asked() -> None:
    index = filled("Aaron Systems", "Baron Trading")
    assert first(index, "Baron") == "Baron Trading"
    assert {index.names[at].original for at in index.find(prepare("Baron"), wide=True)} == {
        "Aaron Systems",
        "Baron Trading",
    }


def test_two_words_with_a_slip_share_a_striking() -> None:
    chance = random.Random(5)
    for _ in range(500):
        word = "".join(chance.choices("abcdefghij", k=chance.randint(3, 12)))
        at = chance.randrange(len(word))
        for other in (word[:at] + word[at + 1 :], word[:at] + "x" + word[at:], word[:at] + "x" + word[at + 1 :]):
            assert strikings(word, 1) & strikings(other, 1)


def test_a_word_that_many_share_says_less() -> None:
    index = filled(*(f"Common {name}" for name in ("Alpha", "Bravo", "Corvid", "Delta", "Echo")))
    assert index.words.weight("common") < index.words.weight("corvid") == 1.0
    assert first(index, "Common Corvid") == "Common Corvid"


def test_a_word_that_nearly_all_share_is_not_gone_through_for_each_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked with a word that nobody has, the same names come as if all were looked at: the lightest of each kind, the first before the
    last."""
    draw = random.Random(29)
    index = NameIndex()
    for at in range(900):
        words = [
            f"{draw.choice('bdfgklmn')}{draw.choice('aeiou')}{draw.choice('prst')}{at % 40}o" for _ in range(at % 3)
        ]
        index.add(prepare(" ".join(["common", *words])), at, at % 7 % 3)
    index.close()
    asked = [index.weigh(prepare(text)) for text in ("Common Zzyzxqwop", "Komon", "Common Zzyzx Limited")]
    monkeypatch.setattr(candidates, "MOST_TOLD", 20)
    whole = [index.find(one, most=10) for one in asked]
    monkeypatch.setattr(candidates, "POSTINGS", 100)
    assert [index.find(one, most=10) for one in asked] == whole
    assert len(whole[0]) == 10 + 20 + 10
    lists = index._lightest
    assert [len(one) for one in lists.values()] == [3 * 20]
    late = index.grown()
    late.find(asked[0], most=10)
    late.drop({0})
    assert (0 in late.find(asked[0], most=10), 0 in index.find(asked[0], most=10)) == (False, True)
