"""One more statement by somebody who has no business in the matter: worlds in memory, what a mole may say, and what became softer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.facts.model import Polarity, Value, all_facts
from sousveil.decisions.index import Base, Signed
from sousveil.decisions.model import Answer, Truth, Verdict
from sousveil.register import types
from sousveil.register.model import Recorded, Stance, Standing, Statement
from sousveil.register.register import Register
from sousveil.register.types.model import Kind
from tests.decisions import rig as rigs
from tests.decisions.rig import DAY, Rig, ask, sid
from tests.profiles import examples

OFTEN = settings(max_examples=examples(40), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
"""How a property about moles is tried; the same ones each time."""
SEVERITY = [Verdict.NO_RULE_BLOCKS, Verdict.INSUFFICIENT_INFORMATION, Verdict.BLOCKED_UNLESS, Verdict.BLOCKED]
ALL = tuple(name for name in packs.names() if name != packs.FIRST)

MOLES: dict[str, str] = {
    "vireo": "the supplier",
    "grey": "the owner of the supplier",
    "averna": "the end user's State",
    "ministry": "the end user",
    "calder": "the supplier's State",
    "exchange": "an office of the supplier's State that is not the one that is named",
    "league": "an organization seated in a State of the deal",
    "hermit": "a key of somebody of whom nothing is on file",
    "rival": "somebody in the trade, of another State",
    "third": "a State that the deal does not touch",
    "third-office": "an office of that State",
    "?Watch Foundation (invented)": "a key that bears the name of somebody independent",
    "?Export office of Calder": "a key that bears the name of an office",
    "?Vireo Systems Ltd": "a key that bears the supplier's name",
}
"""Owner of a verified key -> who that is. A record's key; behind `?` a bare name."""
INDEPENDENT = frozenset({"league"})
"""Of these, those whose word supports a mitigating fact: an organization is presumed independent of its State."""
OWNERS = st.sampled_from(sorted(MOLES.keys() - INDEPENDENT))
OWN = {
    ("ministry", name)
    for name in (
        "buyer.contract_disclosed",
        "deal.certified",
        "deal.end_use_declared",
        "deal.impact_reported",
        "deal.use_reported",
    )
}
"""What the end user itself says or does not say is the act that is asked for, and nobody else's."""
VALUES: dict[str, tuple[str, ...]] = {
    Kind.DATE: ("1990", "2020-01-01", "2023-12-01", "2024-05-01", "2030-01-01", ".."),
    Kind.NUMBER: ("0", "1", "24", "30", "100000"),
    Kind.COUNTRY: ("xa", "xb", "xc"),
}
DATES = ((None, None), (None, "2020-01-01"), ("2019-01-01", ".."), ("2024-05-01", ".."), ("2030-01-01", None))


@dataclass(frozen=True)
class Mole:
    """A statement that a mole makes."""

    owner: str
    said: Statement


class Bench:
    """The statements of a register, in memory: any may be left out or weakened, and one more be said."""

    def __init__(self, register: Register, records: Iterable[str] = ()) -> None:
        self.first = Base.from_store(register.store)
        self.told = list(self.first.statements.values())
        self.keys = {sid(key): key for key in records}

    def world(self, without: Iterable[str] = (), mole: Mole | None = None, day: str = DAY) -> Compiled:
        """The world without some statements, and with the mole's."""
        gone, first = frozenset(without), self.first
        told = [one for one in self.told if one.id not in gone]
        base = Base()
        base.known_on = base.log_size = first.known_on + 1
        base.example = first.example
        base.signed = dict(first.signed)
        if mole is not None:
            index = first.known_on + 1
            owner = mole.owner[1:] if mole.owner.startswith("?") else sid(mole.owner)
            base.signed[index] = signed(owner)
            told.append(Recorded(statement=mole.said, id="mole", recorded=index))
        base.take(told)
        return Compiled(base, day)


def signed(owner: str) -> Signed:
    """Whose key it is, verified; a key of its own."""
    return Signed(owner, True)


def subjects() -> Iterator[tuple[str, str, str]]:
    """Fact, subject (a record's key, a code or ""), action."""
    from tests.decisions.facts.test_blocking import BLOCKS, GROUP
    from tests.decisions.met import LIFTS

    for name, (subject, _) in LIFTS.items():
        yield name, subject, "sale"
    yield from (("state.cases_investigated", one, "sale") for one in ("xa", "xb"))
    yield from (("state.inquiry_into_group_nso", "xa", "sale"), ("deal.us_licence", "", "sale"))
    for name, (subject, action) in BLOCKS.items():
        yield name, subject, action
    for name in sorted(GROUP):
        yield name, "xa" if name.startswith("state.") else "vireo", "sale"


def values(world: Compiled) -> dict[tuple[str, str], Value]:
    """Every fact of the tables."""
    found = {}
    for name, subject, action in subjects():
        id = subject if len(subject) in (0, 2) else sid(subject)
        found[name, subject] = world.value(all_facts()[name], id, world.deal(ask(action)))
    return found


def rank(name: str, value: Value) -> int:
    """How mild a value is: more is milder."""
    if all_facts()[name].polarity is Polarity.LIFTS:
        return 2 if value.truth is Truth.TRUE else 0
    if value.truth is Truth.TRUE:
        return 1 if value.alleged else 0
    return 2 if value.truth is Truth.UNKNOWN else 3


def softer(before: dict[tuple[str, str], Value], after: dict[tuple[str, str], Value], owner: str) -> list[str]:
    """The facts that a mole made milder."""
    return [
        name
        for (name, subject), value in after.items()
        if rank(name, value) > rank(name, before[name, subject]) and (owner, name) not in OWN
    ]


def judged(world: Compiled, action: str) -> Answer:
    """All packs on the question of the rig."""
    question = ask(action, packs=ALL)
    return rigs.judged(world, question)


def milder(before: Answer, after: Answer) -> list[str]:
    """Packs and rules that are milder than before."""
    old = {one.pack: SEVERITY.index(one.verdict) for one in before.packs}
    found = [one.pack for one in after.packs if SEVERITY.index(one.verdict) < old[one.pack]]
    left = {one.rule for one in after.reasons}
    return found + sorted({one.rule for one in before.reasons} - left)


@cache
def _entities(type: str) -> tuple[str, ...]:
    return tuple(name for name in types.all_types() if not types.all_types()[name].abstract and types.is_a(name, type))


def candidates(bench: Bench, type: str, name: str) -> list[str]:
    """Values that somebody could give a property: the interesting ones of its kind, and those on file."""
    known = types.property_of(type, name)
    assert known is not None
    found = [one.statement.value for one in bench.told if one.statement.property == name][:4]
    if known.codes:
        found += list(known.codes)
    elif known.kind == Kind.ENTITY:
        found += [sid(one) for one in ("vireo", "ministry", "averna", "watch", "council", "nobody-on-file")]
    else:
        found += VALUES.get(known.kind, ("x",))
    return list(dict.fromkeys(found))


def properties(bench: Bench, record: str) -> tuple[str, Sequence[str]]:
    """Type of a record, and what can be said of it."""
    type = bench.first.records[sid(record)].type
    return type, sorted(types.properties(type))


def statement(
    bench: Bench, owner: str, record: str, name: str, value: str, standing: str, stance: str, dates: int, of: int
) -> Mole:
    """What a mole says of a record. A denial or correction answers one of the statements of the property."""
    there = bench.first.records[sid(record)]
    told = there.by_property.get(name, ())
    answered = told[of % len(told)].id if told and stance != "asserts" else None
    start, end = DATES[dates]
    return Mole(
        owner,
        Statement(
            subject=there.id,
            type=there.type,
            property=name,
            value=value,
            source="https://mole.example/x",
            publisher=owner[1:] if owner.startswith("?") else sid(owner),
            dataset="direct",
            standing=Standing(standing),
            stance=Stance(stance) if answered is not None else Stance.ASSERTS,
            supersedes=answered,
            valid_from=start,
            valid_until=end,
        ),
    )


def drawn(
    data: st.DataObject, bench: Bench, owner: str, records: Iterable[str], sayable: Callable[[str, str], bool]
) -> Mole:
    """Anything that a mole may say of one of these records: `sayable` tells which properties of a record are drawn."""
    record = data.draw(st.sampled_from(sorted(records)))
    type, names = properties(bench, record)
    name = data.draw(st.sampled_from([one for one in names if sayable(record, one)]))
    return statement(
        bench,
        owner,
        record,
        name,
        data.draw(st.sampled_from(candidates(bench, type, name))),
        data.draw(st.sampled_from(["confirmed", "reported", "alleged"])),
        data.draw(st.sampled_from(["asserts", "denies", "corrects"])),
        data.draw(st.integers(0, len(DATES) - 1)),
        data.draw(st.integers(0, 8)),
    )


def plain(owner: str, record: str, type: str, name: str, value: str) -> Mole:
    """A confirmed statement of a mole; `@key` points to another record."""
    return Mole(
        owner,
        Statement(
            subject=sid(record),
            type=type,
            property=name,
            value=sid(value[1:]) if value.startswith("@") else value,
            source="https://mole.example/x",
            publisher=sid(owner),
            dataset="direct",
            standing=Standing.CONFIRMED,
        ),
    )


def again(one: Recorded, owner: str, value: str | None = None) -> Mole:
    """A mole says once more what somebody said."""
    said = msgspec.structs.replace(
        one.statement,
        publisher=owner[1:] if owner.startswith("?") else sid(owner),
        value=value if value is not None else one.statement.value,
    )
    return Mole(owner, said)


def people(rig: Rig) -> None:
    """Those of whom a mole may be one, as the register knows them."""
    rig.say("grey", type="Company", name="Grey Holding SA", country="xa", by="paper", standing="reported")
    rig.say("own", type="Ownership", owner="@grey", asset="@vireo", percentage="80", startDate="2020", by="paper")
    rig.say("league", type="Organization", name="League of Averna", country="xb", by="paper", standing="reported")
    rig.say("rival", type="Company", name="Rival Systems Ltd", country="xc", by="paper", standing="reported")
    rig.say("rival-lens", type="SurveillanceProduct", name="Rival Lens", vendor="@rival", by="paper")
    rig.say("third", type="State", name="Third Republic", country="xc", by="paper")
    rig.say("third-office", type="PublicBody", name="Office of the Third", country="xc", partOf="@third", by="paper")
