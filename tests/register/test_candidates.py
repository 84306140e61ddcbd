"""The index finds what there is to compare."""

from __future__ import annotations

import random

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
