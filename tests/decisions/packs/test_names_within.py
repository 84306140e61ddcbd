"""A text that holds the name of somebody who is blocked, beside others or in one word, is no milder than the name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import held
from sousveil.decisions.compiled import Compiled
from sousveil.register.names import prepare
from tests.decisions.packs.test_names_and_shells import SUPPLIERS, asked, blocked, judge, severities
from tests.decisions.rig import Rig, rigged, sid

WAYS = (
    "{name} (formerly Bright Ltd)",
    "Bright Ltd (formerly {bare})",
    "Bright Ltd, trading as {name}",
    "Bright Ltd d/b/a {bare}",
    "Bright Ltd c/o {bare}",
    "{bare} / Quokka Optics Ltd",
    "Quokka Optics Ltd / {name}",
    "Quokka Optics Ltd – {bare}",
    "Quokka Optics {bare} Averna Branch",
    "Bright Ltd; {name}",
    "{together}",
    "{lower}",
)
"""How a name stands in a text; Quokka Optics Ltd is on file and nothing is against it."""
LOOK_ALIKE = str.maketrans("aceopxyisABEHMSTOK", "асеорхуіѕАВЕНМЅТОК")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Compiled]]:
    with rigged(tmp_path_factory.mktemp("within")) as rig:
        blocked(rig)
        rig.say("one", type="Company", name="Halcyon LLC", country="xa")
        rig.say("el-one", type="Sanction", by="paper", standing="reported", entity="@one", program="Entity List",
                listingDate="2019")  # fmt: skip
        rig.say("exterior", type="PublicBody", name="Ministry of the Exterior", country="xc")
        rig.say("sudan", type="PublicBody", name="Sudan Police", country="xc")
        yield rig, rig.world()


def texts(name: str) -> list[str]:
    bare = name.rsplit(" ", 1)[0]
    together = name.replace(" ", "")
    made = [way.format(name=name, bare=bare, together=together, lower=together.lower()) for way in WAYS]
    return [*made, name.translate(LOOK_ALIKE), bare.translate(LOOK_ALIKE).replace("l", "1", 1)]


@pytest.mark.parametrize("key", SUPPLIERS)
def test_no_text_is_milder(world: tuple[Rig, Compiled], key: str) -> None:
    _, known = world
    original = severities(judge(known, asked("sale", "via", sid(key))))
    assert original["us-lists"] == 2
    for text in texts(SUPPLIERS[key]):
        now = severities(judge(known, asked("sale", "via", text)))
        assert {one: now[one] for one in now if now[one] < original[one]} == {}, text


@pytest.mark.parametrize(
    ("text", "id", "candidates"),
    [
        ("Bright Ltd, trading as Vireo Systems", None, ("vireo",)),
        ("Quokka Optics Ltd / Vireo Systems", None, ("plain", "vireo")),
        ("VireoSystemsLtd", None, ("vireo",)),
        ("Bright Ltd (formerly Vireo Sistems)", None, ("vireo",)),  # a slip in a part
        ("Bright Ltd t/a Halcyon", None, ("one",)),
        ("Bright Ltd & Halcyon", None, ("one",)),  # what follows a legal form is another name
        ("Bright Ltd. Halcyon LLC", None, ("one",)),
        ("Bright Ltd Halcyon LLC", None, ("one",)),
        ("Bright Ltd: Halcyon", None, ("one",)),
        ("Bright Ltd “Halcyon”", None, ("one",)),
        ("Bright Ltd（Halcyon）", None, ("one",)),
        ("Bright Ltd (ex-Halcyon)", None, ("one",)),
        ("Bright Ltd vormals Halcyon", None, ("one",)),
        ("Bright Ltd (formerly Halcyom)", None, ("one",)),  # a slip in a single word
        ("Bright Ltd ‐ Halcyon", None, ("one",)),
        ("Bright—Halcyon", None, ("one",)),
        ("Bright Ltd ‘Halcyon’", None, ("one",)),
        ("Bright Co. & Halcyon", None, ("one",)),
        ("Halcyon Spa & Resort", None, ()),  # a legal form that is a word
        ("Halcyon Co-operative Society", None, ()),
        ("Ex Halcyon", None, ()),  # nothing stands before it that it once was
        ("Unit 5, Ministerio del Exterior", None, ("exterior",)),  # what says the same in another language
        ("Unit 5, Policia de Sudan", None, ("sudan",)),
        ("Unit 5, Police", None, ()),
        ("Bright & Halcyon Ltd", None, ()),  # a joint within a name parts nothing
        ("Halcyon Bakery and Mill Ltd", None, ()),  # one word within another name is none
        ("Harmless Bakery, Averna", None, ()),  # a country is no name in it
        ("Harmless Bakery, Ministry of Trade", None, ()),  # nor are words of all offices, unless they say a whole name
        ("Harmless Bakery, Vireton", None, ()),  # what is a little like one word is not like it
        ("Quokka Optics Ltd", "plain", ()),
        ("Bright Ltd", None, ()),
    ],
)
def test_these_and_nobody_else_are_candidates(
    world: tuple[Rig, Compiled], text: str, id: str | None, candidates: tuple[str, ...]
) -> None:
    party = world[1].resolver.party("via", text)
    assert (party.id, set(party.candidates)) == (sid(id) if id else None, {sid(one) for one in candidates})


def test_a_text_that_is_somebodys_name_means_that_one(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        blocked(rig)
        rig.say("both", type="Company", name="Quokka (formerly Vireo Systems) Ltd", country="xb")
        assert rig.world().resolver.party("via", "Quokka (formerly Vireo Systems) Ltd").id == sid("both")


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


SPELT = (
    "State Protection Service of Sarvia",
    "Vireo Global Communications Holding Ltd",
    "Halberd and Sons Trading Company Ltd",
)
"""Names with words that are compared in another form than they are spelt in."""
UNSEEN = "\u200b\u200d\u2060\u2063\u00ad\ufe0f\u034f\U000e0041"


@pytest.fixture(scope="module")
def spelt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compiled]:
    with rigged(tmp_path_factory.mktemp("spelt")) as rig:
        for at, name in enumerate(SPELT):
            rig.say(f"s{at}", type="Company", name=name, country="xa")
            rig.say(f"el-{at}", type="Sanction", by="paper", standing="reported", entity=f"@s{at}", program="Entity List",
                    listingDate="2019")  # fmt: skip
        yield rig.world()


def run_together(name: str) -> Iterator[str]:
    one = name.replace(" ", "")
    yield from (one, one.upper(), " ".join(one), " ".join(name), "-".join(name), name.replace(" ", "-"))
    yield from (one[:at] + one[at + 1 :] for at in (1, 5, len(one) // 2))
    yield one[:6] + "x" + one[6:]
    yield one[:7] + one[8] + one[7] + one[9:]
    words = name.split()
    yield from (" ".join(f"{word[:2]}{mark}{word[2:]}" for word in words) for mark in UNSEEN)
    yield from (mark.join(name) for mark in UNSEEN)
    yield " ".join(f"{word[:3]}-{word[3:]}" if len(word) > 6 else word for word in words)


@pytest.mark.parametrize("name", SPELT)
def test_letters_that_were_run_together_or_parted_are_no_milder(spelt: Compiled, name: str) -> None:
    original = severities(judge(spelt, asked("sale", "via", name)))
    assert original["us-lists"] == 2
    for text in run_together(name):
        now = severities(judge(spelt, asked("sale", "via", text)))
        assert {one: now[one] for one in now if now[one] < original[one]} == {}, ascii(text)


def test_a_word_of_its_own_is_nobody_else_for_its_letters(spelt: Compiled) -> None:
    for text in ("Halberdandfriends", "Vireoglobalholidays Ltd", "Quokkacommunications"):
        assert severities(judge(spelt, asked("sale", "via", text)))["us-lists"] < 2, text
