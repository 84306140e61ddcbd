"""Names in every script come out in one alphabet, without their legal form."""

from __future__ import annotations

import pytest

from sousveil.register.names import prepare, sounds, variants
from sousveil.register.names_sound import sound
from sousveil.register.names_tables import form_kind, legal_forms
from sousveil.register.names_tokens import LONGEST, MOST_WORDS, tokens
from sousveil.register.scripts import romanise


@pytest.mark.parametrize(
    ("name", "words", "forms"),
    [
        ("Intellexa S.A.", "intellexa", ["sa"]),
        ("INTELLEXA ANONYMI ETAIREIA", "intellexa", ["sa"]),
        ("Ιντελλεξα Ανώνυμη Εταιρεία", "intellexa", ["sa"]),
        ("Cytrox Holdings Zrt", "cytrox holdings", ["zrt"]),
        ("CYTROX HOLDINGS ZARTKORUEN MUKODO RESZVENYTARSASAG", "cytrox holdings", ["zrt"]),
        ("Circles Bulgaria EOOD", "circles bulgaria", ["eood"]),
        ("Computer Security Initiative Consultancy PTE. LTD.", "computer security initiative consulting", ["ltd"]),
        ("Aktsionernoe Obshchestvo Pozitiv Teknolodzhiz", "pozitiv technologies", ["jsc"]),
        ("Pozitiv Teknolodzhiz, AO", "pozitiv technologies", ["jsc"]),
        ("ООО «Невыдуманная»", "nevydumannaya", ["ooo"]),
        ("Rohde & Schwarz GmbH & Co. KG", "rohde and schwarz", ["gmbh co kg"]),
        ("Foo Sp. z o.o.", "foo", ["sp z oo"]),
        ('שומר טכנולוגיות בע"מ', "shwmr technologies", ["ltd"]),
        ("永信至诚科技集团股份有限公司", "永 信 至 诚 科 技", ["chinese group"]),
        ("N.S.O. Group", "nso group", []),
        ("S.A.", "sa", []),  # a form alone is the name
        ("Trust Company", "trust", ["co"]),
        ("", "", []),
        ("…!", "", []),
    ],
)
def test_prepared(name: str, words: str, forms: list[str]) -> None:
    made = prepare(name)
    assert (" ".join(made.words), sorted(made.forms)) == (words, forms)


@pytest.mark.parametrize(
    ("word", "latin"),
    [
        ("мухаммед", "mukhammed"),
        ("щукін", "shchukin"),
        ("дмитрий", "dmitri"),
        ("ινντελλεξα", "inntellexa"),
        ("ούτος", "outos"),
        ("ინტელექსა", "inteleksa"),
        ("ասսադ", "assad"),
        ("קנדירו", "kndyrw"),
        ("محمد", "mhmd"),
        ("المملوك", "mmlwk"),
        ("मोहम्मद", "mohammad"),
        ("정경택", "jeonggyeongtaek"),
        ("カンディル", "kandiru"),
        ("シャープ", "shapu"),
        ("きっと", "kitto"),
        ("müller", "muller"),
        ("łódź", "lodz"),
        ("ĳssel", "ijssel"),
        ("中国", "中国"),
    ],
)
def test_every_script(word: str, latin: str) -> None:
    assert "".join(one for one, _ in tokens(word)) == latin
    assert romanise(latin) == latin


def test_one_consonant_skeleton_for_one_name() -> None:
    assert {sound(tokens(one)[0][0]) for one in ("Mohammed", "Muhamad", "Мухаммед", "محمد", "मोहम्मद")} == {"mhmt"}
    assert {sound(tokens(one)[0][0]) for one in ("Cytrox", "ציטרוקס", "Сайтрокс")} == {"strks"}
    assert sounds(prepare("Candiru Pegasus")) == ("kntr", "pgs")


def test_persons_keep_initials_and_words_that_look_like_forms() -> None:
    assert prepare("Sa, J. P.", True).words == ("sa", "j", "p")
    assert prepare("Mohammed AG", True).words == ("mohammed", "ag")


def test_what_one_printed_name_stands_for() -> None:
    assert variants("BANK OF EXAMPLE CORP /DE/") == ["BANK OF EXAMPLE CORP /DE/", "BANK OF EXAMPLE CORP"]
    assert variants("Maher (a.k.a. Mahir) AL-EXAMPLE") == [
        "Maher (a.k.a. Mahir) AL-EXAMPLE",
        "Mahir AL-EXAMPLE",
        "Maher AL-EXAMPLE",
    ]
    assert variants("Merlinx / Equus Example") == ["Merlinx / Equus Example", "Merlinx", "Equus Example"]
    assert variants("Plain") == ["Plain"]


def test_hostile_names_are_cut() -> None:
    assert len(prepare("a b " * 100_000).words) <= MOST_WORDS
    assert len(prepare("x" * 10 * LONGEST).joined) == LONGEST
    assert variants("(" * 5000 + "a.k.a." * 5000)


def test_the_table_of_forms() -> None:
    forms = legal_forms()
    assert len(forms) >= 150 and len({one.key for one in forms}) == len(forms)
    assert sum(len(one.spellings) for one in forms) >= 600
    kinds = {
        "private",
        "public",
        "partnership",
        "sole",
        "cooperative",
        "foundation",
        "association",
        "state",
        "branch",
        "any",
    }
    assert {one.kind for one in forms} <= kinds
    assert all(one.law and one.spellings for one in forms)
    assert form_kind("gmbh") == "private"
