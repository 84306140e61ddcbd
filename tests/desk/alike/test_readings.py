"""How names are read for bidders: in sound, in other scripts, in part, within a longer text."""

from __future__ import annotations

from sousveil.desk.alike import held
from sousveil.desk.alike.by_ear import READINGS_MOST, ByEar, foreign, heard, in_syllables, syllabic, with_letters
from sousveil.desk.alike.in_part import initials
from sousveil.register.candidates import NameIndex
from sousveil.register.names import prepare
from sousveil.register.names_translated import said

LISTED = "Harbour Cranes Technology Ltd"


def test_each_reading_of_a_letter_is_heard() -> None:
    assert heard("technology") & heard("tekhnolodzhi") & heard("tknwlwjy") == {"tknlj"}
    assert heard("harbour") & heard("kharbor") & heard("charbor") == {"hrpr"}
    assert heard("oy") == frozenset()
    index = NameIndex()
    for name in (LISTED, "Harbour Security Fair", "Cranes of the harbour"):
        index.add(prepare(name), 0)
    found = ByEar(index, range(3))
    assert [found.find(one) for one in ("Харбор Крейнс", "Харбор", "Крейнс Секьюрити", "")] == [
        {0, 2},
        set(),
        set(),
        set(),
    ]


def test_digits_are_letters_only_in_words_that_have_some() -> None:
    told = {
        "H4rbour Cran3s": "Harbour Cranes",
        "Unit 8200": "Unit 8200",
        "4iQ": "4iQ",
        "G4S": "G4S",
        "1234 a1": "1234 a1",
    }
    assert {one: with_letters(one) for one in told} == told
    assert [foreign(one) for one in ("Quadream", "Größe", "Харбор", "8200", "")] == [False, False, True, False, False]


def test_initials_are_those_of_all_words_and_of_those_that_tell() -> None:
    assert initials(prepare("Ministry of the Interior")) == {"moti", "moi", "mi"}
    assert initials(prepare("Harbour Signals Ltd")) == {"hs", "hsl"}
    assert initials(prepare("Vireo")) == frozenset()


def test_words_say_the_same_in_several_languages() -> None:
    told = {
        "Innenministerium": [{"word:interior"}, {"word:ministry"}],
        "Staatssicherheitsdienst": [{"word:state"}, {"word:security"}, {"word:service"}],
        "Министерство внутренних дел": [{"word:ministry"}, {"word:interior"}],
        "Ministère de l'Intérieur": [{"word:ministry"}, {"word:interior"}],
        "内政部": [{"word:interior"}, {"word:ministry"}],
        "Golden Hansen": [set(), set()],
        "Policía Nacional de España": [{"word:police"}, {"word:national"}, {"country:es"}],
        "of the": [],
    }
    assert {text: [set(one) for _, one in said(text)] for text in told} == told


def test_the_parts_of_a_text() -> None:
    assert held.parts("Bright Ltd (f/k/a Vireo S.A.), c/o Grey Heron / LLC") == [
        "Bright Ltd",
        "Vireo S.A",
        "Grey Heron",
    ]
    assert held.parts("Bright Ltd") == held.parts("Grey-Heron Ltd") == []
    assert [*held.runs("The Vireo Systems Group Ltd")][:4] == [
        "thevireo",
        "thevireosystems",
        "thevireosystemsgroup",
        "vireosystems",
    ]
    assert [*held.together(prepare("vireogmbh"))] == ["vireogmbh", "vireo", "vireog"]
    assert [*held.together(prepare("gmbh"))] == ["gmbh"]
    assert [*held.together(prepare("Vireo Intl Ltd"))] == ["vireointl"]


def test_a_name_that_may_be_read_in_very_many_ways_has_some_readings() -> None:
    index = NameIndex()
    index.add(prepare(" ".join("chakhadzhagi" + one * 3 for one in "abdk")), 0)
    found = ByEar(index, range(1), syllables=True)
    assert len(in_syllables("chakhadzhagi")) == 24
    assert len([one for one in found._at if one.startswith("=")]) <= 3 * READINGS_MOST


def test_how_syllables_are_heard() -> None:
    assert in_syllables("harbour") == in_syllables("haba") == in_syllables("habeo") == {"hp"}
    assert in_syllables("vireo") & in_syllables("bireo") == {"pr"}
    assert in_syllables("technology") & in_syllables("tekunoroji") & in_syllables("tekeunolroji") == {"tknrj"}
    assert in_syllables("r") == frozenset()
    asked = ("ハーバー", "하버", "ひらがな", "Харбор", "港口", "Harbour", "")
    assert [syllabic(one) for one in asked] == [True, True, True, False, False, False, False]
    assert [foreign(one) for one in asked] == [True, True, True, True, True, False, False]
