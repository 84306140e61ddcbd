"""Names that grew with their register are those that are read anew, whatever was published, taken back or judged meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sousveil.decisions import name_table
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.engine import Judge
from sousveil.decisions.index import Base
from sousveil.decisions.model import written
from sousveil.decisions.name_table import NameTable
from sousveil.decisions.packs import chosen, names
from sousveil.decisions.resolve import Resolver
from sousveil.register.codes import RetractReason
from sousveil.register.model import Recorded, Stance
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.refusal import Refused
from sousveil.register.views.records import stands
from tests.decisions.rig import DAY, FREE, Rig, ask, rigged, sid
from tests.profiles import sample
from tests.register.maker import private

WORDS = "Harbour Harbor Signals Cranes Trading Group Vireo Virea Systems Nightfall Сигнал قنديرو Innenministerium Bank".split()
TYPES = ("Company", "PublicBody", "Organization", "SurveillanceProduct")
PROPERTIES = ("name", "alias", "previousName", "weakAlias", "abbreviation")
BY = {sid(key): key for key in (FREE, "paper", "rival")}
KINDS = ("LegalEntity", "SurveillanceProduct")
ASKED = (
    *WORDS, "Harbour Signals", "Signals Harbour Ltd", "H. S.", "HS", "HST", "Vireo Systems", "Vireo Lens", "Харбор Сигналс",
    "Ministry of the Interior", "Harb0ur Signals", "Trading Group Harbour", "Interior of Averna",
)  # fmt: skip


def drawn(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, 3))) + chance.choice(("", " Ltd", " GmbH"))


def found(resolver: Resolver) -> list[object]:
    return [
        (resolver.find(kind, text), resolver.near(kind, text), resolver.names(kind).in_part(text))
        for kind in KINDS
        for text in ASKED
    ]


def answers(world: Compiled) -> list[bytes]:
    judge = Judge(world, chosen(tuple(names())))
    return [
        written(judge.judge(ask("sale", supplier=one, end_user=other, packs=tuple(names()))))
        for one, other in zip(ASKED, ASKED[3:], strict=False)
    ]


class Changes:
    """What a register may see, drawn."""

    def __init__(self, rig: Rig, chance: random.Random) -> None:
        self.rig, self.chance = rig, chance
        self.keys: list[str] = []

    def new(self) -> None:
        key = f"made-{len(self.keys)}"
        self.keys.append(key)
        by = self.chance.choice((FREE, "paper", "rival"))
        type = self.chance.choice(TYPES)
        self.rig.say(key, type=type, name=drawn(self.chance), by=by, standing="reported")

    def called(self) -> None:
        key = self.chance.choice(self.keys)
        type, name = self.chance.choice(TYPES), self.chance.choice(PROPERTIES)
        if (type, name) != ("SurveillanceProduct", "abbreviation"):  # it has none
            self.rig.say(key, type=type, by="paper", standing="reported", **{name: drawn(self.chance)})

    def charged(self) -> None:
        entity = f"@{self.chance.choice(self.keys)}"
        self.rig.say(
            f"on-{self.rig.size}", type="Contract", title="x", supplier=entity, by="paper", standing="reported"
        )

    def renamed(self) -> None:
        if said := self._said():
            one = self.chance.choice(said)
            value = drawn(self.chance) if one.statement.property in PROPERTIES else one.statement.value
            self.rig.answer(one.id, Stance.CORRECTS, value, BY[one.statement.publisher])

    def erased(self) -> None:
        if said := self._said():
            self.rig.erase([self.chance.choice(said).id])

    def retracted(self) -> None:
        if said := self._said():
            one = self.chance.choice(said)
            self.rig.register.retract([one.id], private(BY[one.statement.publisher]), RetractReason.WRONG)

    def _said(self) -> list[Recorded]:
        """What stands of one of the records."""
        subject = sid(self.chance.choice(self.keys))
        return [one for one in self.rig.register.store.statements_of([subject]) if stands(one)]

    def judged(self) -> None:
        one, other = self.chance.sample(self.keys, 2)
        verdict = self.chance.choice(("same", "same", "different"))
        for judge in ("first-judge", "second-judge"):
            self.rig.publisher(judge)
            self.rig.say(
                f"{judge}-{self.rig.size}",
                type="Judgement",
                left=f"@{one}",
                right=f"@{other}",
                verdict=verdict,
                by=judge,
            )

    def any(self) -> None:
        some = [self.new] * 6 + [self.called] * 5 + [self.charged] * 2
        with suppress(Refused):  # a product supplies nobody
            self.chance.choice([*some, self.renamed, self.erased, self.retracted, self.judged])()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        made.publisher("rival", verified=False)
        yield made


@pytest.mark.parametrize("seed", sample(range(8), 2))
def test_over_any_publications_they_are_those_read_anew(rig: Rig, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(name_table, "SPARE", chance.choice((0, 1000)))
    changes = Changes(rig, chance)
    for _ in range(6):
        changes.new()
    resolver = Resolver(Base.from_store(rig.register.store))
    found(resolver)
    for at in range(9):
        for _ in range(chance.randint(1, 4)):
            changes.any()
        before = found(resolver)
        base = resolver.base.grown(rig.register.store) or Base.from_store(rig.register.store)
        grown = Resolver(base, resolver)
        fresh = Resolver(Base.from_store(rig.register.store))
        assert found(grown) == found(fresh)
        assert found(resolver) == before  # worlds stand on it
        if at % 4 == 0:
            assert answers(Compiled(base, DAY, grown)) == answers(Compiled(fresh.base, DAY, fresh))
        resolver = grown


def test_of_whoever_is_called_as_before_nothing_is_read_or_sorted(rig: Rig) -> None:
    store = rig.register.store

    def tables(at: int) -> tuple[NameTable, tuple[int, int]]:
        table = compile_world(store).resolver.names("LegalEntity").table
        assert len(table.places) == at
        return table, (table.read, table.prepared)

    first, counted = tables(5)
    assert counted == (5, 5)
    assert compile_world(store).resolver.find("LegalEntity", "Vireo Systmes") == (None, (sid("vireo"),), 0)
    rig.say("one", type="Company", name="Other Ltd", country="xa")
    rig.say(
        "two", type="Company", name="Further Ltd", alias="Vireo Sytems", country="xa"
    )  # nobody asks by name between
    compile_world(store)
    rig.say("vireo", type="Company", alias="Vireo", by="paper", standing="reported")
    second, counted = tables(7)
    assert counted == (3, 5), "three new or touched records; of Vireo both names, for it is sorted again"
    assert second.sorted.index._struck._keys is first.sorted.index._struck._keys, "the columns are shared"
    rig.say("use", type="Deployment", body="@ministry", product="@lens")
    rig.say("one", type="Company", country="xb", by="paper", standing="reported")
    assert tables(7)[1] == (1, 0), "one record was touched, and is called what it was"
    rig.retract("two", FREE)  # read anew, and yet nothing is sorted again
    assert tables(6)[1] == (7, 0)
    assert compile_world(store).resolver.find("LegalEntity", "Vireo Sytems") == (None, (sid("vireo"),), 0)


def test_a_list_that_is_read_anew(rig: Rig) -> None:
    base = Base.from_store(rig.register.store)

    def listed(*rows: tuple[str, str]) -> Base:
        made = Base.from_store(rig.register.store)
        made.rows = {
            f"l-{id}": ReferenceRow(id=f"l-{id}", dataset="x", type="Company", caption=name, names=("Alias " + name,))
            for id, name in rows
        }
        return made

    resolver = Resolver(base)
    for rows in (
        (("1", "Harbour Signals"),),
        (("2", "Signals"), ("1", "Harbour Signals")),
        (("1", "Harbour Cranes"),),
        (),
    ):
        found(resolver)
        resolver = Resolver(listed(*rows), resolver)
        assert found(resolver) == found(Resolver(listed(*rows)))


def test_what_is_sorted_first_after_a_name_is_gone_does_not_hold_it(rig: Rig) -> None:
    """The parts of names and their sounds are sorted when they are first asked for, maybe of an index that has grown."""
    rig.say("gone", type="Company", name="Harbour Cranes Technology Ltd", country="xa")
    resolver = Resolver(Base.from_store(rig.register.store))
    assert resolver.near("LegalEntity", "Harbuor Cranes Technology") == (sid("gone"),)
    rig.retract("gone", FREE)
    grown = Resolver(Base.from_store(rig.register.store), resolver)
    for text in ("HCT", "Harbour", "Харбор Крейнс", "ハーバークレーンズ", "Harbour Cranes"):
        assert grown.find("LegalEntity", text) == (None, (), 0)
        assert resolver.find("LegalEntity", text) == (None, (sid("gone"),), 0)
