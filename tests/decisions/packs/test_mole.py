"""One more statement by somebody who has no business in the matter never makes a fact, a rule or a verdict milder.

The worlds are in memory: everything that lifts, or that and everything that blocks, with one statement left out; then a mole says it
once more, or says anything else of any record.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.decisions.facts.model import Value
from sousveil.decisions.model import Truth
from sousveil.register.codes import RetractReason
from sousveil.register.model import Recorded
from tests.decisions import moles
from tests.decisions.facts.test_blocking import charges
from tests.decisions.met import LIFTS, meet
from tests.decisions.moles import INDEPENDENT, MOLES, OFTEN, OWNERS, Bench
from tests.decisions.rig import FREE, SECOND, rigged, sid
from tests.register.maker import private

SEATS = {"country", "jurisdiction"}
"""Where a party of the deal has its seat anybody may report: it says which States have a say, and so whose laws are asked for."""
PARTIES = {sid(one) for one in ("vireo", "ministry", "grey")}


def bench(charged: bool) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder, rigged(Path(folder)) as rig:
        moles.people(rig)
        meet(rig)
        if charged:
            charges(rig, "reported")
        yield Bench(rig.register, rig.ids)


@pytest.fixture(scope="module")
def met() -> Iterator[Bench]:
    """Everything that lifts is on file."""
    yield from bench(charged=False)


@pytest.fixture(scope="module")
def charged() -> Iterator[Bench]:
    """And everything that blocks."""
    yield from bench(charged=True)


@cache
def values(world: Bench, without: str) -> dict[tuple[str, str], Value]:
    """All facts without one statement; kept, for many moles meet the same world."""
    return moles.values(world.world([without] if without else []))


def left_out(world: Bench) -> list[Recorded]:
    return [one for one in world.told if not (one.statement.subject in PARTIES and one.statement.property in SEATS)]


def test_all_that_lifts_is_on_file_at_first(met: Bench) -> None:
    """Else nothing here could fail: each fact that lifts is TRUE, and without the statements of its publisher none is."""
    before = values(met, "")
    assert {name: before[name, subject].truth for name, (subject, _) in LIFTS.items()} == dict.fromkeys(
        LIFTS, Truth.TRUE
    )
    nothing = moles.values(met.world(one.id for one in met.told))
    assert [name for name, (subject, _) in LIFTS.items() if nothing[name, subject].truth is Truth.TRUE] == []


@given(st.data(), OWNERS)
@OFTEN
def test_what_is_missing_no_mole_supplies(met: Bench, data: st.DataObject, owner: str) -> None:
    gone = data.draw(st.sampled_from(left_out(met)))
    after = moles.values(met.world([gone.id], moles.again(gone, owner)))
    assert moles.softer(values(met, gone.id), after, owner) == []


@given(st.data(), OWNERS, st.booleans())
@OFTEN
def test_whatever_a_mole_says_nothing_is_milder(
    met: Bench, charged: Bench, data: st.DataObject, owner: str, against: bool
) -> None:
    world = charged if against else met
    records = set(world.keys.values()) - {"voucher-1", "voucher-2"}
    mole = moles.drawn(data, world, owner, records, lambda one, name: not (sid(one) in PARTIES and name in SEATS))
    assert moles.softer(values(world, ""), moles.values(world.world((), mole)), owner) == []


@pytest.mark.parametrize("action", ["sale", "transfer", "use", "acquire"])
@pytest.mark.parametrize("owner", sorted(MOLES.keys() - INDEPENDENT))
def test_no_verdict_is_milder(met: Bench, action: str, owner: str) -> None:
    """The strongest moles at once: each statement that a law of the buyer's State needs, said again by one of them."""
    gone = next(one for one in met.told if one.statement.subject == sid("law-safeguards-xb"))
    before = moles.judged(met.world([gone.id]), action)
    assert moles.milder(before, moles.judged(met.world([gone.id], moles.again(gone, owner)), action)) == []


SUPPLIED = (
    ("law-safeguards-xb", "provides", "third", "state.safeguards_law", "xb"),
    ("part-calder", "participation", "third-office", "state.takes_part", "xa"),
    ("standard-averna", "requires", "?Watch Foundation (invented)", "state.procurement_standard", "xb"),
    ("registry", "partOf", "calder", "vendor.registered", "vireo"),
    ("registry", "office", "calder", "vendor.registered", "vireo"),
    ("registration", "declares", "rival", "vendor.registered", "vireo"),
    ("registration", "declares", "vireo", "vendor.registered", "vireo"),
    ("registration", "company", "vireo", "vendor.registered", "vireo"),
    ("registration", "company", "averna", "vendor.registered", "vireo"),
    ("export-office", "office", "calder", "deal.authorised", ""),
    ("licence", "issuer", "exchange", "deal.authorised", ""),
    ("proposal", "product", "vireo", "deal.board_approved", ""),
    ("report", "product", "rival", "vendor.due_diligence_shown", "vireo"),
    ("review", "company", "calder", "vendor.filing_reviewed", "vireo"),
    ("listing", "plannedFor", "vireo", "vendor.filing_reviewed", "vireo"),
    ("court-xb", "office", "averna", "state.judicial_path", "xb"),
    ("path-court-xb", "body", "averna", "state.judicial_path", "xb"),
    ("lifted-averna", "startDate", "averna", "state.halt_ended", "xb"),
    ("seat-institute", "constituency", "vireo", "vendor.oversight_established", "vireo"),
    ("chain", "startDate", "?Vireo Systems Ltd", "vendor.chain_known", "vireo"),
    ("calder", "country", "third", "state.takes_part", "xa"),
)
"""Record and property that is left out, the mole that says it again, and the fact that stays open."""


@pytest.mark.parametrize(("record", "name", "owner", "fact", "subject"), SUPPLIED)
def test_each_of_these_once_lifted(met: Bench, record: str, name: str, owner: str, fact: str, subject: str) -> None:
    gone = next(one for one in met.told if one.statement.subject == sid(record) and one.statement.property == name)
    assert values(met, "")[fact, subject].truth is Truth.TRUE
    assert values(met, gone.id)[fact, subject].truth is not Truth.TRUE
    after = moles.values(met.world([gone.id], moles.again(gone, owner)))
    assert after[fact, subject].truth is not Truth.TRUE


TAKES_TWO = (
    ("law-safeguards-xb", ("enforced",), "state.safeguards_law"),
    ("law-transparency-xb", ("provides",), "state.registry_open"),
    ("path-court-xb", ("status", "practice", "casesHeard"), "state.judicial_path"),
    ("body", ("quality",), "vendor.oversight_established"),
)
"""Record, properties that two publishers confirm, and the fact that rests on them."""


@pytest.mark.parametrize(("record", "names", "fact"), TAKES_TWO)
def test_no_organization_alone_shows_what_takes_two(
    tmp_path: Path, record: str, names: tuple[str, ...], fact: str
) -> None:
    """`league` in the place of one of the publishers is the second; in the place of both it lifts nothing."""
    subject, publish = LIFTS[fact]
    with rigged(tmp_path) as rig:
        moles.people(rig)
        rig.publisher("league")
        publish(rig, FREE, "confirmed")
        there = rig.world().record(sid(record))
        assert there is not None
        told = [one for one in there.statements if one.statement.property in names]
        by = {who: [one for one in told if one.statement.publisher == sid(who)] for who in (FREE, SECOND)}
        seen = [rig.value(fact, subject).truth]
        rig.register.retract([one.id for one in by[SECOND]], private(SECOND), RetractReason.WRONG)
        seen.append(rig.value(fact, subject).truth)
        for one in by[FREE]:
            said = one.statement
            rig.say(record, type=said.type, by="league", **{said.property: said.value}, valid_until="..")
        seen.append(rig.value(fact, subject).truth)
        rig.register.retract([one.id for one in by[FREE]], private(FREE), RetractReason.WRONG)
        seen.append(rig.value(fact, subject).truth)
        assert seen == [Truth.TRUE, Truth.UNKNOWN, Truth.TRUE, Truth.UNKNOWN]
