"""A name in another script, or by initials beside a trade word: it is somebody's whom it could mean, or it is unknown and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import in_part
from sousveil.decisions.by_ear import READINGS_MOST, ByEar, foreign, in_syllables, syllabic
from sousveil.decisions.engine import Judge
from sousveil.decisions.model import Action, Verdict
from sousveil.decisions.packs import chosen
from sousveil.register.candidates import NameIndex
from sousveil.register.names import prepare
from tests.decisions.moles import SEVERITY
from tests.decisions.rig import Rig, ask, rigged, sid

LISTED = "Harbour Cranes Technology Ltd"
PACKS = ("letter-2021", "us-lists", "eu-2021-821")
SPELT = (
    "Харбор Крейнс", "Харбор Крейнс Технолоджи", "هاربور كرينز", "הרבור קריינס", "Χάρμπορ Κρέινς", "ハーバー・クレーンズ",
    "ハーバークレーンズ", "ハーバークレーンズ・テクノロジー", "ハーバー・クレーンズ・テクノロジー", "하버 크레인스", "하버크레인스",
    "하버 크레인스 테크놀로지", "하버크레인스테크놀로지", "ჰარბორ კრეინსი ტექნოლოჯი", "Հարբոր Քրեյնս", "हार्बर क्रेन्स",
)  # fmt: skip
"""The listed name as other scripts write it down."""
TRANSLATED = (
    "哈伯起重机技术有限公司", "港口起重机科技有限公司", "海港起重機", "港湾クレーン技術", "항만 크레인 기술", "Портовые краны",
    "رافعات الميناء", "טכנולוגיות עגורני נמל", "Λιμενικοί γερανοί", "बंदरगाह क्रेन", "เครนท่าเรือ",
)  # fmt: skip
"""What it says in other languages: nobody can know without a dictionary, or an alias."""
INITIALS = ("H. C. Technology Ltd", "HC Technology", "H.C. Technologies", "Technology H.C.", "H C Technology GmbH")
OTHERS = (
    "ハーバー警備",
    "ハーバー・セキュリティ",
    "하버 시큐리티",
    "トヨタ",
    "서울",
    "C. H. Technology",
    "HC Trading",
    "H. Technology",
)
"""Names that are somebody else's."""
ROLES = ("supplier", "via", "end_user")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        made.say("blk", type="Company", name=LISTED, country="xb", by="paper", standing="reported")
        for program in ("Entity List", "SDN"):
            values = {"entity": "@blk", "program": program, "listingDate": "2019"}
            made.say(f"el-{program}", type="Sanction", by="paper", standing="reported", **values)
        yield made


def verdicts(judge: Judge, action: Action, role: str, name: str) -> dict[str, Verdict]:
    answer = judge.judge(ask(action, **{role: (name,) if role == "via" else name}))
    told = [one.needs for one in answer.undecided if one.rule == "names"]
    assert len(told) == (0 if name == sid("blk") else 1), name
    return {one.pack: one.verdict for one in answer.packs}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", ROLES)
def test_no_script_is_milder(rig: Rig, role: str, action: Action) -> None:
    world = rig.world("2024-06-01")
    judge = Judge(world, chosen(PACKS))
    listed = verdicts(judge, action, role, sid("blk"))
    unknown = verdicts(judge, action, role, "Zxqv Nobody")
    for name in (*SPELT, *INITIALS):
        found = verdicts(judge, action, role, name)
        party = next(one for one in world.deal(ask(action, **_as(role, name))).parties if one.asked == name)
        assert (party.id, party.candidates) == (None, (sid("blk"),)), name
        milder = {one for one in listed if SEVERITY.index(found[one]) < SEVERITY.index(listed[one])}
        assert milder == set(), name
        assert _open(listed, found), name
    for name in (*TRANSLATED, *OTHERS):
        found = verdicts(judge, action, role, name)
        assert found == unknown, name
        for pack, verdict in found.items():
            if SEVERITY.index(verdict) < SEVERITY.index(listed[pack]):  # it asks about companies on a list alone
                assert (pack, verdict) == ("us-lists", Verdict.INSUFFICIENT_INFORMATION)
        assert _open(listed, found), name


def _open(listed: dict[str, Verdict], found: dict[str, Verdict]) -> bool:
    """Whether no pack lets it pass but one that has no rule for this action, whoever it is."""
    return all(verdict is not Verdict.NO_RULE_BLOCKS or listed[pack] is verdict for pack, verdict in found.items())


def _as(role: str, name: str) -> dict[str, str | tuple[str, ...]]:
    return {role: (name,) if role == "via" else name}


def test_an_alias_in_a_script_finds_it_and_so_does_a_slip_in_that(rig: Rig) -> None:
    rig.say("blk", type="Company", alias="港口起重机科技有限公司", by="paper", standing="reported")
    judge = Judge(rig.world("2024-06-01"), chosen(PACKS))
    for role in ROLES:
        listed = verdicts(judge, Action.SALE, role, sid("blk"))
        for name in ("港口起重机科技", "港口起重机", "港囗起重机科技有限公司", "港口起重機科技", "口港重机科技"):
            answer = judge.judge(ask("sale", **_as(role, name)))
            milder = [
                one.pack for one in answer.packs if SEVERITY.index(one.verdict) < SEVERITY.index(listed[one.pack])
            ]
            assert milder == [], name


def test_a_name_that_may_be_read_in_very_many_ways_has_some_readings() -> None:
    index = NameIndex()
    index.add(prepare(" ".join("chakhadzhagi" + one * 3 for one in "abdk")), 0)
    found = ByEar(index, range(1), syllables=True)
    assert len(in_syllables("chakhadzhagi")) == 24
    assert len([one for one in found._at if one.startswith("=")]) <= 3 * READINGS_MOST


def test_of_few_characters_none_may_be_another(rig: Rig) -> None:
    rig.say("blk", type="Company", alias="北方工业", by="paper", standing="reported")
    world = rig.world("2024-06-01")
    found = {
        name: world.deal(ask("sale", end_user=name)).parties[-1] for name in ("北方工司", "北方公", "南方工厂", "北")
    }
    assert {name: one.candidates for name, one in found.items()} == {
        "北方工司": (sid("blk"),),
        "北方公": (),
        "南方工厂": (),
        "北": (sid("blk"),),
    }


def test_how_syllables_are_heard() -> None:
    assert in_syllables("harbour") == in_syllables("haba") == in_syllables("habeo") == {"hp"}
    assert in_syllables("vireo") & in_syllables("bireo") == {"pr"}
    assert in_syllables("technology") & in_syllables("tekunoroji") & in_syllables("tekeunolroji") == {"tknrj"}
    assert in_syllables("r") == frozenset()
    asked = ("ハーバー", "하버", "ひらがな", "Харбор", "港口", "Harbour", "")
    assert [syllabic(one) for one in asked] == [True, True, True, False, False, False, False]
    assert [foreign(one) for one in asked] == [True, True, True, True, True, False, False]


def test_a_word_that_many_share_and_nothing_is_on_file_about_any(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It said that nothing has this name, where more have it than are looked at."""
    monkeypatch.setattr(in_part, "MOST", 3)
    told = [
        (f"s-{at}", "Company", "paper", "reported", {"name": f"Ze{at * 3} Trading", "country": "xd"}) for at in "abcdef"
    ]
    rig.many(told)
    world = rig.world("2024-06-01")
    for name in ("Trading", "Trading SA"):
        party = world.deal(ask("sale", end_user=name)).parties[-1]
        assert (len(party.candidates), party.left_out) == (3, 3), name
    listed = {"name": "Trading House SA", "country": "xd"}
    rig.say("house", type="Company", by="paper", standing="reported", **listed)
    rig.say(
        "el",
        type="Sanction",
        entity="@house",
        program="Entity List",
        listingDate="2019",
        by="paper",
        standing="reported",
    )
    world = rig.world("2024-06-01")
    judge = Judge(world, chosen(("us-lists",)))
    for name in ("Trading", "Trading SA", "Trading Ltd"):
        party = world.deal(ask("sale", end_user=name)).parties[-1]
        assert (party.candidates, party.left_out) == ((sid("house"),), 6), name
        answer = judge.judge(ask("sale", end_user=name))
        assert {one.pack: one.verdict for one in answer.packs}["us-lists"] is Verdict.BLOCKED_UNLESS
        (needs,) = [one.needs for one in answer.undecided if one.rule == "names"]
        assert "6" in needs and "Nothing here" not in needs
