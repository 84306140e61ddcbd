"""Many who each end a link of one company: the answers are those of a world never asked before, and are made with few questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.index import Base, Signed
from sousveil.decisions.model import Question, written
from sousveil.decisions.rules.judge import Judge
from sousveil.decisions.softeners import FEW
from sousveil.register.model import Recorded, Stance, Standing, Statement
from tests.decisions import moles
from tests.decisions.packs.test_ends_of_links import EVERY, question, strangers
from tests.decisions.rig import DAY, Rig, rigged, sid

STATES = ("ar", "bo", "br", "cl", "co", "cr", "cu", "ec", "gt", "hn", "mx", "ni", "pa", "pe", "py", "uy")


class Flood:
    """A register in memory, in which publishers of many States each end a hold of 30 % of the supplier."""

    def __init__(self, rig: Rig, many: int) -> None:
        bench = moles.Bench(rig.register, rig.ids)
        self.base, self.told, first = Base(), list(bench.told), bench.first
        self.base.example, self.base.title, self.base.revision = first.example, first.title, first.revision
        self.base.signed, self.base.logged = dict(first.signed), dict(first.logged)
        self.base.known_on = first.known_on
        for at in range(many):
            owner, publisher, link = sid(f"owner-{at}"), sid(f"publisher-{at}"), sid(f"hold-{at}")
            self.say("paper", owner, "Company", name=f"Owner {at} Ltd (invented)", country="xd")
            self.say("paper", link, "Ownership", owner=owner, asset=sid("vireo"), percentage="30", startDate="2020")
            self.say(
                publisher, publisher, "Organization", name=f"Watch {at} (invented)", country=STATES[at % len(STATES)]
            )
            self.say(publisher, link, "Ownership", endDate="2021")
        self.base.log_size = self.base.known_on
        self.base.take(self.told)

    def say(self, by: str, subject: str, type: str, **values: str) -> None:
        owner = by if by.startswith("sv-") else sid(by)
        self.base.known_on += 1
        self.base.signed[self.base.known_on] = Signed(owner, True)
        standing = Standing.CONFIRMED if by.startswith("sv-") else Standing.REPORTED
        for name, value in values.items():
            said = Statement(subject=subject, type=type, property=name, value=value, source="https://example.org/",
                             publisher=owner, dataset="direct", standing=standing, stance=Stance.ASSERTS)  # fmt: skip
            self.told.append(Recorded(statement=said, id=f"flood-{len(self.told)}", recorded=self.base.known_on))

    def judge(self) -> Judge:
        return Judge(Compiled(self.base, DAY), [packs.pack(name) for name in EVERY])


def asked(many: int) -> list[Question]:
    """Deals of many States, in turn."""
    return [question(country=STATES[at % 16], exporting_country=STATES[at * 5 % 16]) for at in range(many)]


@pytest.mark.parametrize("many", [FEW, FEW + 1, 40])
def test_answers_in_a_flood_are_those_of_a_world_never_asked(tmp_path: Path, many: int) -> None:
    with rigged(tmp_path) as rig:
        strangers(rig)
        flood = Flood(rig, many)
        kept = flood.judge()
        seen = dict[str, Any]()
        for one in (*asked(20), *asked(20)):
            answer = written(kept.judge(one))
            fresh = seen.get(f"{one}") or seen.setdefault(f"{one}", written(flood.judge().judge(one)))
            assert answer == fresh


def test_who_is_of_a_state_of_the_deal_ends_nothing_in_a_flood(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        strangers(rig)
        flood = Flood(rig, 40)
        world = flood.judge().world
        deal = world.deal(question(country="pe", exporting_country="uy"))
        near = {sid(f"owner-{at}") for at in range(40) if STATES[at % 16] in ("pe", "uy")}
        assert {one for one in deal.vendors if one in {sid(f"owner-{at}") for at in range(40)}} == near
        assert len(near) == 4
        answer = flood.judge().judge(question(country="pe", exporting_country="uy"))
        assert [one for one in answer.notes if one.endswith("is over: by independent publishers.")] != []
