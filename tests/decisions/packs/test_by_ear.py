"""A name that is written down by ear in another script, or with digits for letters, is no milder than the name itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions.by_ear import ByEar, foreign, heard, with_letters
from sousveil.decisions.engine import Judge
from sousveil.decisions.packs import chosen, names
from sousveil.register.candidates import NameIndex
from sousveil.register.names import prepare
from tests.decisions.moles import SEVERITY
from tests.decisions.rig import ask, rigged, sid

LISTED = "Harbour Cranes Technology Ltd"
WRITTEN = (
    "Харбор Крейнс Технолоджи",
    "Харбор Крейнс Технолоджи Лтд",
    "Технолоджи Харбор Крейнс",
    "Χάρμπορ Κρέινς",
    "هاربور كرينز تكنولوجي",
    "H4rbour Cran3s Technology",
    "Harb0ur Cranes Techn0logy Ltd",
    "Hаrbour Crаnes Technology",
)
OTHERS = ("Харьков Кран Сервис", "Министерство обороны Сарвии", "Αρχή Λιμένος", "هيئة الموانئ", "Area 51 Cranes")


@pytest.mark.parametrize("role", ["end_user", "via", "supplier"])
def test_it_is_no_milder(role: str, tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("blk", type="Company", name=LISTED, country="xb", by="paper", standing="reported")
        rig.say(
            "el",
            type="Sanction",
            entity="@blk",
            program="Entity List",
            listingDate="2019",
            by="paper",
            standing="reported",
        )
        for day in ("2024-06-01", "2021-06-01"):
            world = rig.world(day)
            judge = Judge(world, chosen(tuple(names())))

            def verdicts(name: str, judge: Judge = judge) -> dict[str, int]:
                answer = judge.judge(ask("sale", **{role: (name,) if role == "via" else name}))
                return {one.pack: SEVERITY.index(one.verdict) for one in answer.packs}

            original = verdicts(sid("blk"))
            for name in WRITTEN:
                now = verdicts(name)
                assert {pack: now[pack] for pack in now if now[pack] < original[pack]} == {}, (name, day)
            party = world.deal(ask("sale", end_user=WRITTEN[0])).parties[-1]
            assert (party.id, party.candidates) == (None, (sid("blk"),))
            for name in OTHERS:
                assert world.deal(ask("sale", end_user=name)).parties[-1].candidates == (), name


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
