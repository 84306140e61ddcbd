"""What is not proven accuses nobody: names of groups, allegations beside reports, names that nobody has on file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.index import Base
from sousveil.decisions.model import Action, Answer, Effect, Truth
from sousveil.decisions.rules.judge import Judge
from sousveil.register.codes import RetractReason
from sousveil.register.model import Stance
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.store.model import SnapshotState
from tests.decisions.facts.test_blocking import BLOCKS, GROUP, charges
from tests.decisions.rig import DAY, Rig, ask, rigged, sid
from tests.register.maker import private

NAME = "Nine Sparrows Group (invented)"
ALL = tuple(name for name in packs.names() if name != packs.FIRST)


def nso(answer: Answer) -> list[tuple[str, str]]:
    return [(one.rule, str(one.effect)) for one in answer.reasons if one.rule == "L21-NSO-1"]


def say(rig: Rig, by: str, standing: str, **values: object) -> list[str]:
    return rig.say("sparrows", type="Company", by=by, standing=standing, **values)


def first_corrected(rig: Rig) -> None:
    first = say(rig, "paper", "reported", name=NAME, country="xa")
    say(rig, "watch", "confirmed", name=NAME)
    rig.answer(first[0], Stance.CORRECTS, "NSG Holdings", "paper", "reported")


def first_retracted(rig: Rig) -> None:
    first = say(rig, "paper", "reported", name=NAME, country="xa")
    say(rig, "watch", "reported", name=NAME)
    rig.register.retract([first[0]], private("paper"), RetractReason.WRONG)


def first_alleged(rig: Rig) -> None:
    say(rig, "paper", "alleged", name=NAME, country="xa")
    say(rig, "watch", "confirmed", name=NAME)


NAMED = {
    "first corrected": first_corrected,
    "first retracted": first_retracted,
    "first alleged": first_alleged,
    "alias": lambda rig: say(rig, "watch", "reported", alias=NAME, country="xa"),
    "alias beside a name": lambda rig: say(rig, "watch", "reported", name="NSG Trading", alias=NAME, country="xa"),
    "former name": lambda rig: say(rig, "watch", "reported", name="NSG Trading", previousName=NAME, country="xa"),
}


@pytest.mark.parametrize("how", NAMED)
def test_every_standing_name_holds_a_group(tmp_path: Path, how: str) -> None:
    with rigged(tmp_path) as rig:
        NAMED[how](rig)
        assert nso(rig.judge("sale", supplier=sid("sparrows"))) == [("L21-NSO-1", "blocked")]


def test_a_row_of_a_list_holds_a_group(tmp_path: Path) -> None:
    """Somebody of whom nothing is on file but a row of a reference list under a name of the group."""
    with rigged(tmp_path) as rig:
        row = ReferenceRow(id=sid("row"), dataset="a-list", type="Company", caption="NSG", names=["NSG", NAME])
        base = Base.from_store(rig.register.store)
        base.rows[row.id] = row
        base.snapshots["a-list"] = SnapshotState(
            dataset="a-list",
            source="https://list.example/",
            sha256="0" * 64,
            date="2024-05-01",
            rows=1,
            counts={},
            index=0,
        )
        judge = Judge(Compiled(base, DAY), packs.chosen(()))
        answer = judge.judge(ask("sale", supplier=NAME))
        assert [
            (one.effect, [row.statement for row in one.facts]) for one in answer.reasons if one.rule == "L21-NSO-1"
        ] == [(Effect.BLOCKED, [row.id])]


def test_a_name_that_is_only_alleged_blocks_nobody_for_good(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        say(rig, "paper", "alleged", name=NAME, country="xa")
        rig.say("own", type="Ownership", owner="@sparrows", asset="@vireo", percentage="100")
        assert nso(rig.judge("sale", supplier=sid("sparrows"))) == [("L21-NSO-1", "blocked_unless")]
        value = rig.value("vendor.in_group_nso", "vireo")
        assert (value.truth, value.alleged) == (Truth.TRUE, True)


def test_an_alleged_owner_in_a_reported_record_stays_alleged(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        say(rig, "watch", "reported", name=NAME, country="xa")
        rig.say("other", type="Company", name="Plain Holding", country="xc")
        rig.say("own", type="Ownership", owner="@other", asset="@vireo", percentage="60", standing="reported")
        assert nso(rig.judge("sale")) == []
        rig.say("own", type="Ownership", owner="@sparrows", asset="@vireo", by="paper", standing="alleged")
        assert nso(rig.judge("sale")) == [("L21-NSO-1", "blocked_unless")]
        world = rig.world()
        owners = {one.other: one.alleged for one in world.graph.links(sid("vireo")) if one.kind == "owner"}
        assert owners == {sid("other"): False, sid("sparrows"): True}


@pytest.mark.parametrize(
    "alleged", [{"startDate": "2024"}, {"percentage": "60"}, {"interest": "votingRights"}, {"beneficial": "yes"}]
)
@pytest.mark.parametrize("firm", [{"percentage": "10"}, {"percentage": "60", "endDate": "2020-01-01"}])
def test_an_allegation_revives_and_raises_no_firm_link(
    tmp_path: Path, alleged: dict[str, str], firm: dict[str, str]
) -> None:
    with rigged(tmp_path) as rig:
        say(rig, "watch", "reported", name=NAME, country="xa")
        rig.say("own", type="Ownership", standing="reported", owner="@sparrows", asset="@vireo", **firm)
        rig.say("own", type="Ownership", by="paper", standing="alleged", owner="@sparrows", asset="@vireo", **alleged)
        assert [effect for _, effect in nso(rig.judge("sale"))] in ([], ["blocked_unless"])


def test_an_allegation_is_not_told_as_what_is_reported(tmp_path: Path) -> None:
    """Of one company it is reported, of another alleged: each in a sentence of its own, and the second says what it rests on."""
    says = "A client who is reported to abuse surveillance was served by {}; that a contract ended does not change it."
    with rigged(tmp_path) as rig:
        rig.say("case", type="AbuseIncident", by="paper", standing="reported", name="Phones", stage="infected", client="@ministry",
                clientStage="reported", product="@other-lens", date="2023-01")  # fmt: skip
        rig.say("dealer", type="Company", name="Dealer Ltd", country="xc")

        def told(client: str, vendor: str, standing: str) -> str:
            rig.say(
                client,
                type="ClientClaim",
                by="paper",
                standing=standing,
                client="@ministry",
                vendor=vendor,
                stage="reported",
            )
            answer = rig.judge("sale", via=("Dealer Ltd",))
            return next(one.says for one in answer.reasons if one.rule == "L21-j-2x")

        alleged = f"An allegation alone says so: {says.format('Dealer Ltd')}"
        assert told("one", "@dealer", "alleged") == alleged
        assert told("two", "@vireo", "reported") == f"{says.format('Vireo Systems Ltd')} {alleged}"
        assert told("three", "@dealer", "reported") == says.format("Vireo Systems Ltd and Dealer Ltd")


MIXED = {
    "Sanction.entity": ({"entity": "@other", "program": "SDN"}, {"entity": "@vireo"}),
    "Sanction.program": ({"entity": "@vireo", "program": "A list of libraries"}, {"program": "SDN"}),
    "Ownership.asset": ({"asset": "@other", "owner": "@sparrows", "percentage": "90"}, {"asset": "@vireo"}),
    "Ownership.hidden": ({"asset": "@other", "ownerUnspecified": "unknown"}, {"asset": "@vireo"}),
    "Succession.successor": ({"predecessor": "@sparrows", "successor": "@other"}, {"successor": "@vireo"}),
    "Representation.client": ({"agent": "@vireo", "client": "@other"}, {"client": "@sparrows"}),
}
"""Type.property -> what is reported of others, and what is alleged in the same record."""


def blocked(rig: Rig) -> set[tuple[str, str]]:
    answers = [(action, rig.judge(str(action), packs=ALL)) for action in Action]
    return {(str(action), r.rule) for action, one in answers for r in one.reasons if r.effect is Effect.BLOCKED}


@pytest.mark.parametrize("how", MIXED)
def test_an_allegation_in_a_reported_record_blocks_nobody_for_good(tmp_path: Path, how: str) -> None:
    with rigged(tmp_path) as rig:
        say(rig, "watch", "reported", name=NAME, country="xc")
        rig.say("other", type="Company", name="Plain Holding", country="xc")
        reported, alleged = MIXED[how]
        kind = how.partition(".")[0]
        rig.say("record", type=kind, standing="reported", **reported)
        before = blocked(rig)
        rig.say("record", type=kind, by="paper", standing="alleged", **alleged)
        assert blocked(rig) == before == set()


def test_what_is_alleged_alone_never_blocks_for_good(tmp_path: Path) -> None:
    """Every fact that blocks, alleged by a publisher whose key nobody verified: whatever is asked, no rule says `blocked`."""
    with rigged(tmp_path) as rig:
        charges(rig, "alleged")
        say(rig, "paper", "alleged", name=NAME, country="xb")
        rig.say("group", type="Ownership", by="paper", standing="alleged", owner="@sparrows", asset="@vireo")
        subjects = BLOCKS | {name: ("xb" if name.startswith("state.") else "sparrows", "sale") for name in GROUP}
        values = {name: rig.value(name, who, do) for name, (who, do) in subjects.items()}
        assert {name for name, one in values.items() if one.truth is Truth.TRUE and not one.alleged} == set()
        assert sum(one.truth is Truth.TRUE for one in values.values()) > 20
        assert blocked(rig) == set()


ASKED = {
    "supplier": ("Nine Arrows Group (invented)", "Vireo Sistems Holding", "Qqq Unheard"),
    "end_user": ("Ministry of Interiors of Averna", "Qqq Office"),
    "product": ("Vireo Lenz Pro", "Qqq Tool"),
    "via": ("Vireo Sistems Holding", "Qqq Agent"),
}


def test_no_sentence_of_any_pack_says_anything_of_a_name_that_is_not_resolved(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        charges(rig, "reported")
        say(rig, "watch", "reported", name=NAME, country="xa")
        seen = 0
        for role, names in ASKED.items():
            for typed in names:
                for action in Action:
                    asked = ask(str(action), **{role: (typed,) if role == "via" else typed}, packs=ALL)
                    parties = {one.asked: one.id for one in rig.world().deal(asked).parties}
                    assert parties[typed] is None, typed
                    more = {role: (typed,) if role == "via" else typed}
                    answer = rig.judge(str(action), packs=ALL, **more)
                    for one in (*answer.reasons, *answer.duties, *answer.undecided):
                        assert typed not in one.says, (one.rule, one.says)
                        seen += "that is meant" in one.says
        assert seen > 100


def test_who_is_on_a_list_is_called_what_the_list_calls_it(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        row = ReferenceRow(id=sid("row"), dataset="a-list", type="Company", caption="NSG", names=["NSG", NAME])
        for named, caption in (("Harmless Bakery", "NSG"), (NAME.upper(), NAME.upper())):
            ids = rig.say("row", type="SurveillanceProduct", name=named, by="paper", standing="reported")
            base = Base.from_store(rig.register.store)
            base.rows[row.id] = row
            assert Compiled(base, DAY).caption(sid("row")) == caption
            rig.register.retract(ids, private("paper"), RetractReason.WRONG)
