"""What a State says of itself is shown as its own word; a stranger's record stops no named office's clock and lifts no State's halt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.decisions.procedures import items
from sousveil.decisions.procedures.cells import ITSELF, MET, PARTLY, CellView, company_cells, state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.views.halts import HaltView, halts
from sousveil.register.codes import RetractReason, Role
from tests.decisions import moles
from tests.decisions.met import PROFILE
from tests.decisions.moles import MOLES, OFTEN
from tests.decisions.rig import DAY, FREE, Rig, parties, sid
from tests.profiles import examples
from tests.register.maker import private, public

DAY_NUMBER = day_of(DAY)
Values = dict[str, Any]


def law(topic: str, *provides: str, **more: str) -> Values:
    return {"type": "Law", "title": f"Act on {topic}", "jurisdiction": "xb", "status": "in-force", "topic": topic,
            "provides": list(provides), "enforced": "yes", "inForceFrom": "2022-01-01", "valid_until": "..", **more}  # fmt: skip


WHOLE: dict[str, Values] = {
    "own-halt": {"type": "MoratoriumMeasure", "summary": "Decree 9", "state": "@averna", "measureKind": "moratorium",
                 "covers": ["sale", "transfer", "use"], "status": "in-force", "startDate": "2023-01-01"},
    "own-inquiry": {"type": "Investigation", "name": "Inquiry", "body": "@ministry", "findings": "Six phones.",
                    "quality": ["immediate", "independent", "transparent", "impartial"], "startDate": "2023-01-05"},
    "own-revoked": {"type": "LicenceEvent", "licence": "@own-licence", "authority": "@ministry", "event": "revoked",
                    "date": "2023-03-01"},
    "own-review": {"type": "LicenceReview", "licence": "@own-licence", "authority": "@ministry", "outcome": "revoked",
                   "date": "2023-03-01", "reason": "Abuse."},
    "own-diligence": law("due-diligence", "covers-companies", "covers-investors", "covers-operations", "covers-supply-chain",
                         "covers-end-use"),
    "own-registry": law("transparency", "covers-companies", "public-registry"),
    "own-liability": law("liability", "covers-intermediaries", "covers-affiliates", "covers-holdings", "covers-private-equity",
                         "liability", "home-state-remedy"),
    "own-contract": {"type": "Contract", "title": "Lens", "buyer": "@ministry", "supplier": "@vireo", "contractDate": "2023-01-01"},
    "own-request": {"type": "InformationRequest", "name": "Request", "body": "@ministry", "status": "answered",
                    "askedOn": "2023-01-01", "answeredOn": "2023-01-09"},
    "own-oversight": law("oversight", "independent-oversight"),
    "own-board": {"type": "OversightBody", "name": "Board", "country": "xb", "bodyKind": "community",
                  "power": ["reject", "human-rights-test", "public-notice", "reporting", "approve"]},
    "own-use": {"type": "Deployment", "summary": "A system", "body": "@ministry", "country": "xb", "approval": "@own-approval"},
    "own-boards": law("community-boards", "board-approval"),
    **{
        f"own-path-{kind}": {"type": "RemedyPath", "name": kind, "country": "xb", "pathKind": kind, "status": "open",
                             "practice": "Nine cases.", "casesHeard": "9", "startDate": "2023-01-01", "valid_until": "..",
                             "body": "@court"}
        for kind in ("court", "ombudsman")
    },
    "own-barrier": {"type": "RemedyBarrier", "summary": "Immunity", "state": "@averna", "barrierKind": "immunity",
                    "status": "reformed", "startDate": "2020-01-01", "endDate": "2023-06-01"},
    "own-remedy": law("remedy", "remedy-pathway"),
    "own-safeguards": law("safeguards", *PROFILE),
    "own-standard": {"type": "ProcurementStandard", "name": "Standard", "state": "@averna", "status": "in-force",
                     "requires": ["ungp-respect", "no-abusing-clients"], "inForceFrom": "2023-01-01", "valid_until": ".."},
    "own-part": {"type": "TreatyParticipation", "state": "@averna", "forum": "Talks", "participation": "participant",
                 "contribution": "A draft.", "startDate": "2023-01-01", "valid_until": ".."},
    "own-securities": law("securities", "disclosure-scrutiny", "prior-review"),
    "own-told": {"type": "RegulatorNotice", "name": "Notice", "regulator": "@ministry", "company": "@vireo",
                 "sentOn": "2023-01-01", "acknowledgedOn": "2023-01-09"},
    "own-letters": law("encryption", "protects-encryption"),
}  # fmt: skip
"""All that the State page asks of Averna, (a) to (l)."""
ACTS = {"own-review"}
"""An act that nobody but the State's own office can confirm: the register refuses it from others."""
TWICE = (
    "own-path-court", "own-path-ombudsman", "own-inquiry", "own-diligence", "own-registry", "own-liability", "own-oversight",
    "own-securities",
)  # fmt: skip
"""What two publishers confirm: that something is open, independent or enforced."""
SELVES = ("averna", "ministry")


def base(rig: Rig) -> None:
    """Who is who, and a licence: nothing that fulfils a demand."""
    parties(rig)
    moles.people(rig)
    for owner in MOLES:
        if not owner.startswith("?"):
            rig.publisher(owner)
    for number, owner in enumerate(one[1:] for one in MOLES if one.startswith("?")):
        rig.register.key_add(public(f"namesake-{number}"), owner, Role.PUBLISHER)
    by = {"by": "paper", "standing": "reported"}
    rig.say("court", type="PublicBody", name="Court of Averna", partOf="@averna", office="court")
    rig.say("ministry", type="PublicBody", office="regulator")
    rig.say("own-licence", type="ExportLicence", name="Licence 1", licensee="@vireo", issuer="@ministry", **by)


def tell(rig: Rig, by: str, keys: dict[str, Values]) -> dict[str, list[str]]:
    """Publish these records; gives the ids of their statements."""
    return {key: rig.say(key, by=by, **values) for key, values in keys.items()}


def row(rig: Rig) -> dict[str, CellView]:
    """The cells (a) to (l) of Averna."""
    found = state_row(Board(rig.register.store), "xb", DAY_NUMBER).cells
    return {one.letter: one for one in found if one.letter != "NSO"}


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("own") / "register")
    base(made)
    yield made
    made.register.close()


@pytest.mark.parametrize("by", SELVES)
def test_a_state_that_praises_itself_is_shown_as_saying_so_until_somebody_independent_confirms_it(
    rig: Rig, by: str
) -> None:
    assert {one.state for one in row(rig).values()} == {"unknown"}
    told = tell(rig, by, WHOLE)
    alone = row(rig)
    assert {letter: (one.state, one.words) for letter, one in alone.items()} == dict.fromkeys(
        "abcdefghijkl", (PARTLY, ITSELF)
    )
    needs = [need for one in alone.values() for need in one.needs]
    assert {need.name for need in needs if need.state == MET} == {"reviewed"}
    assert all(need.proof for need in needs)
    tell(rig, FREE, {key: values for key, values in WHOLE.items() if key not in ACTS})
    for key in TWICE:
        rig.second(key, **WHOLE[key])
    # (b) waits for the office itself: another publisher ends no licence (policy 3).
    assert {letter: one.state for letter, one in row(rig).items()} == {
        **dict.fromkeys("abcdefghijkl", MET),
        "b": PARTLY,
    }
    rig.register.retract(told["own-barrier"], private(by), RetractReason.WRONG)
    assert row(rig)["i"].state == MET  # what is left is the word of somebody independent


@pytest.fixture(scope="module")
def praised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Averna says all of it of itself."""
    made = Rig(tmp_path_factory.mktemp("praised") / "register")
    base(made)
    tell(made, "averna", WHOLE)
    yield made
    made.register.close()


@pytest.mark.parametrize("by", [one for one in MOLES if one not in ("averna", "league") and not one.startswith("?")])
def test_no_mole_confirms_what_a_state_says_of_itself(praised: Rig, by: str) -> None:
    """Nobody of the State, seated there, of another State, in the trade, or of an unknown seat."""
    before = row(praised)
    told = tell(praised, by, {key: values for key, values in WHOLE.items() if key not in ACTS})
    after = row(praised)
    praised.register.retract([id for many in told.values() for id in many], private(by), RetractReason.WRONG)
    assert {letter: one.state for letter, one in after.items()} == {letter: one.state for letter, one in before.items()}
    assert [need.name for one in after.values() for need in one.needs if need.state == MET] == ["reviewed"]


@pytest.mark.parametrize("through", [(), ("fund",)])
def test_a_company_of_the_state_that_is_seated_elsewhere_confirms_nothing_for_it(
    praised: Rig, through: tuple[str, ...]
) -> None:
    """A State owns it, alone or through somebody: that it says of itself where it sits makes it no stranger."""
    before = row(praised)
    by = {"by": "paper", "standing": "reported"}
    key = "-".join(("owned", *through))
    praised.publisher(key)
    praised.say(key, type="Company", name=f"Harbour {key} Ltd", country="xc", by=key)
    steps = ("averna", *through, key)
    for owner, asset in pairwise(steps):
        if asset != key:
            praised.say(asset, type="Company", name="A fund", country="xc", **by)
        praised.say(f"{owner}-{asset}", type="Ownership", owner=f"@{owner}", asset=f"@{asset}", percentage="100",
                    startDate="2020", **by)  # fmt: skip
    told = tell(praised, key, {name: values for name, values in WHOLE.items() if name not in ACTS})
    after = row(praised)
    praised.register.retract([id for many in told.values() for id in many], private(key), RetractReason.WRONG)
    states = {letter: one.state for letter, one in after.items()}
    assert states == {letter: one.state for letter, one in before.items()} == dict.fromkeys("abcdefghijkl", PARTLY)


def test_an_independent_record_of_its_own_is_enough(rig: Rig) -> None:
    tell(rig, FREE, {key: values for key, values in WHOLE.items() if key not in ACTS})
    for key in TWICE:
        rig.second(key, **WHOLE[key])
    found = row(rig)
    assert {letter: one.state for letter, one in found.items() if letter != "b"} == dict.fromkeys("acdefghijkl", MET)


def test_a_company_says_of_itself(rig: Rig) -> None:
    report: dict[str, Values] = {
        "report": {"type": "DueDiligenceReport", "title": "Report", "company": "@vireo", "identified": "Harm.",
                   "prevented": "Much.", "mitigated": "More.", "accounted": "All.", "publishedAt": "2024-01-01",
                   "principle": ["gp17", "gp18", "gp19", "gp20", "gp21"], "expiresOn": "2025-01-01"}}  # fmt: skip

    def cell() -> CellView:
        board = Board(rig.register.store)
        return next(one for one in company_cells(board, sid("vireo"), DAY_NUMBER) if one.letter == "c")

    tell(rig, "grey", report)  # its owner is no stranger to it
    tell(rig, "vireo", {"other": report["report"]})
    assert (cell().state, cell().words) == (PARTLY, ITSELF)
    tell(rig, "rival", report)  # somebody in the trade
    assert cell().state == PARTLY
    tell(rig, FREE, report)
    assert cell().state == MET


# Clocks that wait for a named office


@dataclass(frozen=True)
class Waiting:
    """A record on which somebody owes a step, and the record of another that would be that step."""

    clock: str
    record: Values
    step: Values
    office: str
    """Whose act it is."""
    founder: bool = True
    """Whether whoever told of the record that waits may tell of the step as well: not of an approval, nor of a refusal of one."""
    standing: str = "reported"
    """As firm as the office has to tell of its step."""


WAITING: dict[str, Waiting] = {
    "b": Waiting(
        "results",
        {"type": "Investigation", "name": "Inquiry", "body": "@ministry", "startDate": "2022-01-01"},
        {"type": "PublicStatement", "title": "Results", "body": "@ministry", "investigation": "@waits", "results": "None.",
         "prevention": "None.", "statedOn": "2022-02-01"},
        "ministry",
    ),
    "c": Waiting(
        "next-report",
        {"type": "DueDiligenceReport", "title": "Report", "company": "@vireo", "periodEnd": "2021-12-31"},
        {"type": "DueDiligenceReport", "title": "Next", "company": "@vireo", "periodEnd": "2022-12-31", "publishedAt": "2023-01-05"},
        "vireo",
    ),
    "g": Waiting(
        "meeting",
        {"type": "OversightBody", "name": "Body", "oversees": "@vireo", "bodyKind": "vendor", "establishedOn": "2022-01-01"},
        {"type": "Meeting", "name": "Meeting", "body": "@waits", "date": "2024-05-01"},
        "waits",
    ),
    "h": Waiting(
        "decision",
        {"type": "Acquisition", "name": "Cameras", "body": "@ministry", "board": "@board", "proposedOn": "2022-01-01"},
        {"type": "OversightDecision", "name": "Decision", "body": "@board", "about": "@waits", "outcome": "rejected",
         "date": "2022-04-01", "reason": "Too wide."},
        "board",
        founder=False,
        standing="confirmed",
    ),
    "h-report": Waiting(
        "yearly-report",
        {"type": "OversightDecision", "name": "Decision", "body": "@board", "about": "@proposal", "outcome": "approved",
         "date": "2022-04-01", "reason": "Narrow."},
        {"type": "UseReport", "title": "Use in 2023", "body": "@ministry", "about": "@waits", "publishedAt": "2024-03-01"},
        "ministry",
    ),
    "nso": Waiting(
        "statement",
        {"type": "Investigation", "name": "Inquiry", "body": "@ministry", "startDate": "2022-01-01", "investigationKind": "independent"},
        {"type": "PublicStatement", "title": "Results", "body": "@ministry", "investigation": "@waits", "results": "None.",
         "prevention": "None.", "statedOn": "2022-02-01"},
        "ministry",
    ),
}  # fmt: skip


def late(rig: Rig) -> set[str]:
    """What is overdue on the record that waits."""
    found = items.open_duties(Board(rig.register.store), DAY_NUMBER)
    return {one.due.clock for one in found if one.item.ref.id == sid("waits")}


@pytest.mark.parametrize("which", WAITING)
def test_only_the_named_office_or_who_told_of_it_ends_the_wait(rig: Rig, which: str) -> None:
    one = WAITING[which]
    by = {"by": "paper", "standing": "reported"}
    rig.say("board", type="OversightBody", name="Board of Averna", country="xb", bodyKind="community", **by)
    rig.say("proposal", type="Acquisition", name="Lens", body="@ministry", product="@lens", board="@board", **by)
    rig.say("waits", **by, **one.record)
    assert one.clock in late(rig)
    strangers = [each for each in ("league", "rival", "third", "grey", FREE) if each != one.office]
    for stranger in strangers:
        rig.say(f"step-{stranger}", by=stranger, standing="reported", **one.step)
        assert one.clock in late(rig), stranger
    rig.publisher(one.office)
    if one.standing == "confirmed":
        rig.say("notice", type="PublicNotice", acquisition="@waits", noticedOn="2022-01-02", days="30", by=one.office)
        rig.say("only-told", by=one.office, standing="reported", **one.step)
        assert one.clock in late(rig)
    rig.say("step", by=one.office, standing=one.standing, **one.step)
    assert one.clock not in late(rig)
    rig.retract("step", one.office)
    assert one.clock in late(rig)
    rig.say("again", by="paper", standing="reported", **one.step)
    assert (one.clock not in late(rig)) is one.founder


def test_where_no_office_is_named_nobody_but_who_told_of_it_ends_the_wait(rig: Rig) -> None:
    """A registration that names no authority: an office of another State that countersigns it is no answer."""
    rig.say("waits", type="Registration", by="vireo", company="@vireo", startDate="2023-01-01", status="submitted")
    before = late(rig), cells(rig)
    assert before[0] == {"countersignature"} and before[1]["d"] != MET
    sign: Values = {"type": "Countersignature", "registration": "@waits", "outcome": "confirmed", "date": "2023-01-15"}
    rig.say("signed", by="third-office", authority="@third-office", **sign)
    assert (late(rig), cells(rig)) == before
    rig.say("waits", type="Registration", by="vireo", authority="@exchange")
    rig.say("exchange", type="PublicBody", name="Securities office of Calder", country="xa", partOf="@calder",
            office="registry")  # fmt: skip
    assert late(rig) == {"countersignature"}
    rig.say("answered", by="exchange", authority="@exchange", **sign)
    assert late(rig) == set()


def cells(rig: Rig) -> dict[str, str]:
    return {one.letter: one.state for one in company_cells(Board(rig.register.store), sid("vireo"), DAY_NUMBER)}


# A halt that somebody says is lifted


HALT: Values = {"type": "MoratoriumMeasure", "summary": "Decree 1", "state": "@averna", "country": "xb",
                "measureKind": "moratorium", "covers": ["use", "sale", "transfer"], "status": "in-force",
                "startDate": "2022-01-01"}  # fmt: skip
LIFTED: Values = {"type": "MoratoriumMeasure", "summary": "Decree 2", "state": "@averna", "country": "xb",
                  "measureKind": "lifted", "covers": ["use", "sale", "transfer"], "status": "in-force", "date": "2023-01-01"}  # fmt: skip


def halted(rig: Rig) -> HaltView:
    return next(one for one in halts(Board(rig.register.store), DAY_NUMBER) if one.country == "xb")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("own") / "register")
    base(made)
    told = {"by": "paper", "standing": "reported"}
    made.say(
        "running", type="Deployment", summary="A system", body="@ministry", country="xb", startDate="2021-01-01", **told
    )
    made.say("halt", **told, **HALT)
    made.say("board", type="OversightBody", name="Board of Averna", country="xb", bodyKind="community", **told)
    made.say("waits", **told, **WAITING["b"].record)
    made.say("asks", **told, **WAITING["h"].record)
    yield made
    made.register.close()


@pytest.mark.parametrize("by", ["paper", *sorted(one for one in {*MOLES, FREE} if not one.startswith("?"))])
def test_a_halt_ends_in_the_words_of_the_state_itself_alone(world: Rig, by: str) -> None:
    before = halted(world)
    assert (before.state, [one.ref.id for one in before.despite], before.disputed) == ("halted", [sid("running")], [])
    lifted = f"lifted-{by}"
    ids = world.say(lifted, by=by, **LIFTED)
    after = halted(world)
    world.register.retract(ids, private(by), RetractReason.WRONG)
    if by in SELVES:
        assert (after.state, after.covers, after.despite, after.disputed) == ("lifted", [], [], [])
        assert [one.ref.id for one in after.uses] == [sid("running")]
    else:
        assert (after.state, [one.ref.id for one in after.despite]) == ("halted", [sid("running")])
        assert [one.ref.id for one in after.disputed] == [sid(lifted)]
        assert sid(lifted) not in {one.ref.id for one in after.measures}


def test_a_court_of_the_state_ends_it_and_a_body_that_makes_itself_one_does_not(rig: Rig) -> None:
    told = {"by": "paper", "standing": "reported"}
    rig.say("halt", **told, **HALT)
    rig.publisher("bench")
    rig.say("bench", type="PublicBody", name="High Bench", country="xb", partOf="@averna", office="court", by="bench")
    rig.say("lifted", by="bench", **LIFTED)
    assert (halted(rig).state, [one.ref.id for one in halted(rig).disputed]) == ("halted", [sid("lifted")])
    rig.say("bench", type="PublicBody", partOf="@averna", by=FREE)  # somebody independent says whose court it is
    assert (halted(rig).state, halted(rig).disputed) == ("lifted", [])
    rig.say("bench", type="PublicBody", partOf="@calder", **told)  # it is not sure any more
    assert (halted(rig).state, [one.ref.id for one in halted(rig).disputed]) == ("halted", [sid("lifted")])


def test_a_city_lifts_no_halt_of_its_state(rig: Rig) -> None:
    told = {"by": "paper", "standing": "reported"}
    rig.say("halt", **told, **HALT)
    rig.publisher("city")
    rig.say("city", type="PublicBody", name="City of Averna", country="xb", partOf="@averna", level="local", **told)
    rig.say("lifted", by="city", **LIFTED)
    assert (halted(rig).state, [one.ref.id for one in halted(rig).disputed]) == ("halted", [sid("lifted")])


@pytest.mark.parametrize("of", ["ministry", "averna"])
def test_no_allegation_and_nothing_taken_back_mutes_a_state(rig: Rig, of: str) -> None:
    """That a body of the State is local makes it unsure from `reported` on, and as long as somebody says so."""
    rig.say("halt", by="paper", standing="reported", **HALT)
    rig.say("lifted", by="ministry", **LIFTED)
    lifted = halted(rig)
    assert (lifted.state, lifted.disputed) == ("lifted", [])
    rig.say(of, type="PublicBody", level="local", by="paper", standing="alleged")
    assert halted(rig) == lifted
    told = rig.say(of, type="PublicBody", level="local", by="paper", standing="reported")
    assert (halted(rig).state, [one.ref.id for one in halted(rig).disputed]) == ("halted", [sid("lifted")])
    rig.register.retract(told, private("paper"), RetractReason.WRONG)
    assert halted(rig) == lifted


@pytest.mark.parametrize("by", ["paper", "vireo", "rival", "third", "hermit", "averna", "ministry", "plain"])
def test_no_stranger_makes_a_city_a_body_of_the_whole_state(rig: Rig, by: str) -> None:
    """Of the city nobody says a level, or what it is part of, until somebody does who is not independent."""
    rig.say("halt", by="paper", standing="reported", **HALT)
    rig.publisher("plain")
    rig.say("plain", type="PublicBody", name="City of Averna", country="xb", by=FREE)
    rig.say("lifted", by="plain", **LIFTED)
    before = halted(rig)
    assert (before.state, before.covers, [one.ref.id for one in before.disputed]) == (
        "halted", ["sale", "transfer", "use"], [sid("lifted")])  # fmt: skip
    for standing in ("reported", "confirmed"):
        rig.say("plain", type="PublicBody", partOf="@averna", by=by, standing=standing)
    assert halted(rig) == before
    rig.say("plain", type="State", country="xb", by=by)
    assert halted(rig) == before


# Whole records of a mole


RECORDS: dict[str, Values] = {
    **{key: values for key, values in WHOLE.items() if key not in ACTS},
    "lifted": LIFTED,
    "statement": WAITING["b"].step,
    "decision": {**WAITING["h"].step, "about": "@asks"},
}


@given(st.data(), st.sampled_from(sorted(one for one in MOLES if not one.startswith("?"))))
@settings(OFTEN, max_examples=examples(60))
def test_no_whole_record_of_a_mole_meets_stops_or_ends_anything(world: Rig, data: st.DataObject, owner: str) -> None:
    """Of its own it may well say things; the State's own word alone is no more than its word, and others' acts are not a mole's."""

    def seen() -> tuple[set[str], set[tuple[str, str]], list[str]]:
        board = Board(world.register.store)
        met = {one.letter for one in state_row(board, "xb", DAY_NUMBER).cells if one.state == MET}
        over = {(one.item.ref.id, one.due.clock) for one in items.open_duties(board, DAY_NUMBER)}
        return met, over, [one.ref.id for view in halts(board, DAY_NUMBER) for one in view.despite]

    key = data.draw(st.sampled_from(sorted(RECORDS)))
    before = seen()
    ids = world.say(f"mole-{key}", by=owner, standing="confirmed" if key != "decision" else "reported", **RECORDS[key])
    after = seen()
    world.register.retract(ids, private(owner), RetractReason.WRONG)
    own_act = owner in SELVES and key in ("lifted", "statement", "decision")
    assert owner not in SELVES or after[0] <= before[0]
    assert own_act or before[1] <= after[1]
    assert own_act or set(before[2]) <= set(after[2])
