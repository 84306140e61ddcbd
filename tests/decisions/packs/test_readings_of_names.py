"""A crowd of like names, a record made to catch a slip, a name that another record bears as well: none makes an answer milder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from examples.make_register import make
from sousveil.decisions.answer import ambiguity
from sousveil.decisions.answer.ambiguity import strictest_answer
from sousveil.decisions.compiled import compile_world
from sousveil.decisions.model import Verdict
from sousveil.decisions.packs import names, pack
from sousveil.decisions.rules.judge import Judge
from tests.decisions.packs.test_names_and_shells import PRODUCTS, SUPPLIERS, blocked, severities
from tests.decisions.rig import Rig, ask, judged, rigged, sid

EVERY = tuple(names())
CROWD = 200
CROWDED = {
    "supplier": ("morrow", "Morrow Interceptoin GmbH", "Company"),
    "end_user": ("bureau", "Bureau of Harbuor Security", "PublicBody"),
    "product": ("nightjar", "Nightjar Remoet", "SurveillanceProduct"),
}


def crowd(rig: Rig, role: str) -> None:
    """Two hundred harmless records of names that are nearer to the slip than the blocked one's, in one publication."""
    _, slip, type = CROWDED[role]
    rig.publisher("crowd", verified=False)
    given = {"country": "xa"} if type != "SurveillanceProduct" else {}
    longest = max(slip.split(), key=len)
    near = [slip.replace(longest, f"{longest}{chr(97 + at // 26)}{chr(97 + at % 26)}") for at in range(CROWD)]
    rig.many([(f"crowd-{at}", type, "crowd", "reported", {"name": one, **given}) for at, one in enumerate(near)])


@pytest.mark.parametrize("role", CROWDED)
def test_a_crowd_of_like_names_hides_nobody(tmp_path: Path, role: str) -> None:
    key, slip, _ = CROWDED[role]
    with rigged(tmp_path) as rig:
        blocked(rig)
        crowd(rig, role)
        world = rig.world()
        original = severities(judged(world, ask("transfer", **{role: sid(key)}, packs=EVERY)))
        answer = judged(world, ask("transfer", **{role: slip}, packs=EVERY))
        now = severities(answer)
        assert {name: now[name] for name in now if now[name] < original[name]} == {}
        party = next(one for one in world.deal(ask("transfer", **{role: slip})).parties if one.role == role)
        assert len(party.candidates) > CROWD
        assert answer.notes[0].startswith(
            f"“{slip}”: {len(party.candidates)} records fit; this answer is for the one with the most"
        )


def test_the_crowd_would_show_an_answer_for_any_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    against = ambiguity._against

    def least(*asked: Any) -> tuple[int, int, int]:
        severity, blocking, adverse = against(*asked)
        return -severity, -blocking, -adverse

    key, slip, _ = CROWDED["end_user"]
    with rigged(tmp_path) as rig:
        blocked(rig)
        crowd(rig, "end_user")
        world = rig.world()
        original = severities(judged(world, ask("transfer", end_user=sid(key), packs=EVERY)))
        monkeypatch.setattr(ambiguity, "_against", least)
        now = severities(judged(world, ask("transfer", end_user=slip, packs=EVERY)))
        assert any(now[name] < original[name] for name in now)


@pytest.mark.parametrize("role", CROWDED)
def test_a_record_that_was_made_to_catch_a_slip_catches_nobody(tmp_path: Path, role: str) -> None:
    key, slip, type = CROWDED[role]
    with rigged(tmp_path) as rig:
        blocked(rig)
        original = severities(judged(rig.world(), ask("transfer", **{role: sid(key)}, packs=EVERY)))
        rig.publisher("squatter", verified=False)
        rig.say("squatter", type=type, by="squatter", standing="confirmed", name=slip)
        world = rig.world()
        now = severities(judged(world, ask("transfer", **{role: slip}, packs=EVERY)))
        assert {name: now[name] for name in now if now[name] < original[name]} == {}
        found = world.resolver.party(role, slip)
        assert (found.id, set(found.candidates)) == (None, {sid("squatter"), sid(key)})


def test_facts_of_the_deal_are_read_for_those_that_a_name_could_be(tmp_path: Path) -> None:
    """Whoever receives it stands on the Entity List: a slip in the name does not take it off."""
    with rigged(tmp_path) as rig:
        rig.say("bureau", type="PublicBody", name="Bureau of Harbour Security", country="xb")
        rig.say("agent", type="Company", name="Quayside Brokers Ltd", country="xc")
        for key in ("bureau", "agent"):
            rig.say(
                f"el-{key}", type="Sanction", by="paper", standing="reported", entity=f"@{key}", program="Entity List"
            )
        slips = ({"end_user": "Bureu of Harbour Security"}, {"via": ("Quaysied Brokers",)})
        for slip, name in zip(slips, ("Bureau of Harbour Security", "Quayside Brokers Ltd"), strict=True):
            answer = rig.judge("transfer", packs=("us-lists",), **slip)
            assert severities(answer)["us-lists"] == 2
            reason = next(one for one in answer.reasons if one.rule == "EAR-744.16a")
            assert reason.says == (
                "Somebody who receives Vireo Lens stands on the US Entity List: items subject to the US rules need a licence, and no "
                "exception helps."
            )
            assert answer.notes[0].endswith(f"{name} ({sid('bureau' if 'end_user' in slip else 'agent')}).")
            assert {fact.source.rsplit("/", 1)[1] for fact in reason.facts} == {
                f"el-{'bureau' if 'end_user' in slip else 'agent'}"
            }


def test_two_slips_are_read_together(tmp_path: Path) -> None:
    """An authority warned of this product for this end user: only both names together show it."""
    with rigged(tmp_path) as rig:
        rig.say("office", type="PublicBody", name="Calder Export Office", country="xa", partOf="@calder")
        rig.say("warned", type="OfficialNotice", by="paper", standing="reported", noticeKind="informed-of-repression",
                authority="@office", product="@lens", endUser="@ministry", date="2023-05-01")  # fmt: skip
        asked = {"product": "Vireo Lnes", "end_user": "Ministy of the Interior of Averna"}
        packs = ("eu-2021-821",)
        original = rig.judge("transfer", packs=packs, exporting_country="de")
        answer = rig.judge("transfer", packs=packs, exporting_country="de", **asked)
        told = {one.rule for one in original.reasons if any(fact.source.endswith("/warned") for fact in one.facts)}
        assert told
        assert told <= {
            one.rule for one in answer.reasons if any(fact.source.endswith("/warned") for fact in one.facts)
        }
        assert severities(answer)["eu-2021-821"] >= severities(original)["eu-2021-821"] > 1


def test_more_readings_than_are_looked_at_count_as_the_worst(tmp_path: Path) -> None:
    """Two crowds: forty thousand deals. None is left out for being too many."""
    with rigged(tmp_path) as rig:
        blocked(rig)
        rig.say("el", type="Sanction", by="paper", standing="reported", entity="@bureau", program="Entity List")
        crowd(rig, "supplier")
        rig.many([(f"more-{at}", "PublicBody", "paper", "reported", {"name": f"Bureau of Harbuor Security {at}"})
                  for at in range(CROWD)])  # fmt: skip
        original = severities(rig.judge("transfer", supplier=sid("morrow"), end_user=sid("bureau"), packs=EVERY))
        answer = rig.judge(
            "transfer", supplier=CROWDED["supplier"][1], end_user="Bureau of Harbuor Security", packs=EVERY
        )
        now = severities(answer)
        assert {name: now[name] for name in now if now[name] < original[name]} == {}
        assert answer.verdict is Verdict.BLOCKED


ALIASES = {"supplier": ("vireo", "Kite Analytics"), "product": ("lens", "Looking Glass")}


@pytest.mark.parametrize("role", ALIASES)
def test_a_name_that_is_not_on_file_is_no_milder(tmp_path: Path, role: str) -> None:
    """The same before an alias is published as after it."""
    key, alias = ALIASES[role]
    with rigged(tmp_path) as rig:
        before = severities(rig.judge("sale", **{role: alias}))
        rig.say(key, type="Company" if role == "supplier" else "SurveillanceProduct", alias=alias)
        after = severities(rig.judge("sale", **{role: alias}))
        assert before["letter-2021"] >= after["letter-2021"] == 3


def test_the_words_of_a_name_in_any_order_and_in_look_alike_letters(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        blocked(rig)
        world = rig.world()
        look_alike = str.maketrans("aeopcyxi", "аеорсухі")  # Cyrillic
        for role, table in (("supplier", SUPPLIERS), ("product", PRODUCTS)):
            for key, name in table.items():
                original = severities(judged(world, ask("transfer", **{role: sid(key)}, packs=EVERY)))
                for text in (" ".join(reversed(name.split())), name.translate(look_alike), name.replace("o", "0")):
                    now = severities(judged(world, ask("transfer", **{role: text}, packs=EVERY)))
                    assert {one: now[one] for one in now if now[one] < original[one]} == {}, text


def slips(name: str) -> list[str]:
    """A slip at each third letter, and other ways to write a name that is not written so."""
    words = name.split()
    look_alike = str.maketrans("aeopcyxiHAEOT", "аеорсухіНАЕОТ")  # Cyrillic
    found = [name[:at] + name[at + 1 :] for at in range(1, len(name) - 1, 3) if name[at].isalnum()]
    found += [" ".join(reversed(words)), name.translate(look_alike), name.upper(), " ".join(words[:-1]) or name]
    return [one for one in dict.fromkeys(found) if one != name]


def test_every_entity_of_the_example_misspelt(tmp_path: Path) -> None:
    """In each pack, in every role that an entity can have."""
    with make(tmp_path / "example") as register:
        world = compile_world(register.store, "2024-01-01")
        deal = {
            "product": "Lampyre",
            "supplier": "Glasmoth Systems Ltd",
            "end_user": "Ministry of the Interior of Averna",
        }
        judge = Judge(world, [pack(name) for name in EVERY])
        asked = 0

        def answer(role: str, text: str) -> dict[str, int]:
            question = ask("transfer", **deal | {role: (text,) if role == "via" else text})
            return severities(strictest_answer(world, judge, question)[0])

        for kind, roles in (
            ("Company", ("supplier", "via")),
            ("PublicBody", ("end_user",)),
            ("SurveillanceProduct", ("product",)),
        ):
            for id in world.base.by_type[kind]:
                name = world.base.records[id].first("name") or ""
                for role in roles:
                    exact, *misspelt = (answer(role, one) for one in (id, *slips(name)))
                    for text, now in zip(slips(name), misspelt, strict=True):
                        assert {one: now[one] for one in now if now[one] < exact[one]} == {}, (role, name, text)
                        asked += 1
        assert asked > 100
