"""A name told in part (one word, initials, another order, another language) is no milder than the name, and is nobody's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import in_part
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.in_part import initials
from sousveil.decisions.packs import names
from sousveil.register.names import prepare
from sousveil.register.names_translated import said
from tests.decisions.packs.test_names_and_shells import blocked, judge, severities
from tests.decisions.rig import Rig, ask, rigged, sid

EVERY = tuple(names())
LISTED = {
    "signals": ("Company", "Harbour Signals Ltd"),
    "works": ("Company", "Dunmore Optical Technologies SA"),
    "interior": ("PublicBody", "Ministry of the Interior"),
    "police": ("PublicBody", "Tarnow State Police Directorate"),
    "nacional": ("PublicBody", "Agencia Nacional de Inteligencia de Brunera"),
    "console": ("SurveillanceProduct", "Grey Lantern Remote Console"),
}
COMPANIES = {
    "signals": ("Harbour", "Signals", "signals", "Harbor", "HARBOUR", "HSL", "H.S.L.", "H.S.", "H S", "hs", "HS Ltd", "Signals Harbour",
                "H. Signals", "Harbour S.", "HÁRBOUR", "Ltd Signals"),
    "works": ("Dunmore", "Optical", "DOT", "D.O.T.", "DOTS", "D. O. T. SA", "Optical Dunmore", "Technologies Optical Dunmore",
              "Dunmore Tecnologias", "Dunmore Technologien", "Optical Teknoloji", "Dunmore Технологии", "Dunmore D.O.", "Dunmore O."),
}  # fmt: skip
BODIES = {
    "interior": ("Interior Ministry", "Ministerio del Interior", "Innenministerium", "Ministère de l'Intérieur", "Ministero dell'Interno",
                 "Министерство внутренних дел", "وزارة الداخلية", "משרד הפנים", "内政部", "İçişleri Bakanlığı", "Belügyminisztérium",
                 "Ministerie van Binnenlandse Zaken", "Ministério do Interior", "MOI", "M.O.T.I.", "MI", "Interior",
                 "Ministerio del Interior de España", "Innenministerium Spanien", "Department of Home Affairs"),
    "police": ("Tarnow", "Tarnow Police", "Police Tarnow", "Policía Tarnow", "Tarnow Polizei", "TSPD", "T.S.P.D.", "Tarnow Staatspolizei",
               "Direction Police Tarnow", "Полиция Tarnow"),
    "nacional": ("Brunera", "National Intelligence Agency of Brunera", "Brunera Intelligence", "Nachrichtendienst Brunera",
                 "Brunera National Agency", "ANIB", "A.N.I. Brunera", "Agence nationale Brunera"),
}  # fmt: skip
PRODUCTS = {
    "console": ("Grey Lantern", "Lantern", "GLRC", "G.L.R.C.", "Lantern Grey", "Remote Console", "Console", "Lantern Console", "Grey L.",
                "Lantren Grey"),
}  # fmt: skip
CASES = [
    (role, key, text)
    for role, table in (
        ("supplier", COMPANIES),
        ("via", COMPANIES),
        ("end_user", {**COMPANIES, **BODIES}),
        ("product", PRODUCTS),
    )
    for key, texts in table.items()
    for text in texts
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Compiled]]:
    with rigged(tmp_path_factory.mktemp("part")) as rig:
        blocked(rig)
        for key, (type, name) in LISTED.items():
            more = {"vendor": "@morrow", "category": "intrusion"} if type == "SurveillanceProduct" else {}
            country = {} if type == "SurveillanceProduct" or key == "interior" else {"country": "xd"}
            rig.say(key, type=type, name=name, **more, **country)
            if not more:
                rig.say(f"sdn-{key}", type="Sanction", by="paper", standing="reported", entity=f"@{key}", program="SDN",
                        listingDate="2019")  # fmt: skip
                rig.say(f"el-{key}", type="Sanction", by="paper", standing="reported", entity=f"@{key}",
                        program="Entity List", listingDate="2019")  # fmt: skip
        yield rig, rig.world()


def asked(role: str, text: str) -> dict[str, object]:
    return {role: (text,) if role == "via" else text}


def test_there_are_a_hundred_of_them() -> None:
    assert len(CASES) == 138


@pytest.mark.parametrize("action", ["sale", "use"])
def test_none_is_milder(world: tuple[Rig, Compiled], action: str) -> None:
    """In each pack: what the full name gives, or worse; and it is nobody, with the right one among those that it could be."""
    _, known = world
    originals: dict[tuple[str, str], dict[str, int]] = {}
    for role, key, text in CASES:
        if (role, key) not in originals:
            originals[role, key] = severities(judge(known, ask(action, **asked(role, sid(key)), packs=EVERY)))
        answer = judge(known, ask(action, **asked(role, text), packs=EVERY))
        original, now, case = originals[role, key], severities(answer), (role, key, text)
        assert {pack: now[pack] for pack in now if now[pack] < original[pack]} == {}, case
        party = next(one for one in known.deal(ask(action, **asked(role, text))).parties if one.role == role)
        assert (party.id, sid(key) in party.candidates, party.left_out) == (None, True, 0), (case, party)
        told = next(one for one in answer.undecided if one.rule == "names" and f"“{text}”" in one.needs)
        assert f"{sid(key)}: {LISTED[key][1]}" in told.candidates, case


CANDIDATES = {
    "Harbour": {"signals", "bureau"},
    "Signals": {"signals"},
    "HSL": {"signals"},
    "H.S.": {"signals"},
    "Signals Harbour": {"signals"},
    "Harbour Security": {"bureau"},
    "Dunmore Tecnologias": {"works"},
    "Innenministerium": {"interior", "ministry"},
    "Ministerio del Interior de España": {"interior"},
    "Averna Interior": {"ministry"},
    "TSPD": {"police"},
    "Harbour Freight Systems": set(),
    "Signals of Tarnow": set(),
    "HSX": set(),
    "Ltd": set(),
    "The": set(),
    "Verteidigungsministerium": set(),
    "Ministerio de Justicia": set(),
    "X. Y.": set(),
    "Dunmore Trading Technologies": set(),
    "Polizei": {"police"},
}


@pytest.mark.parametrize("text", CANDIDATES)
def test_these_and_nobody_else_are_candidates(world: tuple[Rig, Compiled], text: str) -> None:
    party = world[1].deal(ask("sale", end_user=text)).parties[-1]
    assert (party.id, set(party.candidates)) == (None, {sid(one) for one in CANDIDATES[text]})


def test_a_record_of_the_short_name_is_meant_by_it_and_nobody_else(tmp_path: Path) -> None:
    """A name that is exactly somebody's is never opened by the names that hold it or begin with its letters."""
    with rigged(tmp_path) as rig:
        rig.say("listed", type="Company", name="Harbour Signals Ltd", country="xd")
        rig.say("sanction", type="Sanction", entity="@listed", program="Entity List", listingDate="2019")
        found = rig.world().deal(ask("sale", via=("HSL",))).parties[2]
        assert (found.id, found.candidates) == (None, (sid("listed"),))
        rig.publisher("ministry")
        rig.say("other", by="ministry", type="Company", name="HSL", country="xd")
        found = rig.world().deal(ask("sale", via=("HSL",))).parties[2]
        assert (found.id, found.candidates) == (sid("other"), ())


def test_of_very_many_those_come_first_of_whom_something_is_on_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_part, "MOST", 3)
    with rigged(tmp_path) as rig:
        for at in range(7):
            rig.say(f"shell-{at}", type="Company", name=f"Harbour {'abcdefg'[at] * 4} Trading", country="xd")
        rig.say("sanction", type="Sanction", entity="@shell-5", program="SDN", listingDate="2019")
        party = rig.world().deal(ask("sale", via=("Harbour",))).parties[2]
        assert (party.candidates, party.left_out) == ((sid("shell-5"), sid("shell-0"), sid("shell-1")), 4)
        answer = rig.judge("sale", via=("Harbour",), packs=EVERY)
        (told,) = (one for one in answer.undecided if one.rule == "names")
        assert told.needs == (
            "Which intermediary “Harbour” is. Named like it: 7. Examined: 3. Not examined, because nothing is on file about them that a "
            "rule could rest on: 4. Listed: 3. Ask with the full name. Until one is named, the strictest reading counts."
        )
        party = rig.world().deal(ask("sale", via=("Trading",))).parties[2]
        assert (party.candidates, party.left_out) == ((sid("shell-5"),), 6)


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
