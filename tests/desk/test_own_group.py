"""Who is an asker's own group: by the word of its own side, or of somebody independent; never by a bidder's, nor by a stranger's."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from sousveil.desk import bidders
from sousveil.desk.records import Row
from sousveil.register.model import Standing
from sousveil.register.refusal import Refused
from tests.decisions.packs.test_contested import contest
from tests.decisions.packs.test_hostile_words import judgement
from tests.decisions.rig import FREE, Rig, rigged, sid
from tests.desk.offices import ssh_signature
from tests.register.maker import private

NAMES = ("Vireo Systems Ltd", "VIREO SYSTEMS", "Vireo Systems Group", "Вирео Системс")
TELLERS = {"asker": "ministry", "bidder": "vireo", "independent": FREE, "stranger": "paper"}


def asked(rig: Rig, folder: Path, name: str = "Vireo Systems Ltd", *, note: bool = True) -> Row | str:
    """The ministry's record about one bidder, or the code of the refusal. `note`: the table adds no more than what ties it to the asker."""
    data = f"name,country\n{name},xa\n".encode()
    path = folder / "ministry.ssh"
    if not path.exists():
        private("ministry").save(path)
    signature = ssh_signature(folder, "ministry", data, bidders.purpose("2024-06-01"))
    try:
        made = bidders.make(rig.register, data, authority=sid("ministry"), signature=signature, day="2024-06-01")
    except Refused as refused:
        assert refused.field == "file"
        return refused.code
    record, ended = bidders.look(rig.register, made, day="2024-06-01")
    assert ended is None
    (row,) = record.rows
    (line,) = csv.DictReader(io.StringIO(bidders.as_csv(record)))
    tied = f"; said of it and the authority that asks: {'; '.join(row.said_of_asker)}" if row.said_of_asker else ""
    assert line["note"] == f"not a clearance{tied}" or not note
    return row


@pytest.mark.parametrize("standing", ["confirmed", "reported", "alleged"])
@pytest.mark.parametrize("teller", TELLERS)
def test_who_says_that_the_asker_owns_the_bidder(tmp_path: Path, teller: str, standing: str) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say(
            "own", type="Ownership", owner="@ministry", asset="@vireo", percentage="100", by=TELLERS[teller], standing=standing
        )  # fmt: skip
        refused = teller == "asker" or (teller == "independent" and standing != "alleged")
        for name in NAMES:
            got = asked(rig, tmp_path, name)
            if refused:
                assert got == "own_group"
            else:
                assert isinstance(got, Row)
                who = {
                    "bidder": "Vireo Systems Ltd",
                    "independent": "Watch Foundation (invented)",
                    "stranger": sid("paper"),
                }
                assert got.said_of_asker == (
                    f"Ownership or control (Ministry of the Interior of Averna – Vireo Systems Ltd), says {who[teller]}",
                )


NOT_TODAY: dict[str, dict[str, Any]] = {
    "one per cent, in the past": {"percentage": "1", "startDate": "2010-01-01", "endDate": "2010-02-01"},
    "all of it, in the past": {"percentage": "100", "startDate": "2010-01-01", "endDate": "2010-02-01"},
    "a share today": {"percentage": "12"},
    "a share of a fifth at most": {"percentageAtMost": "20"},
    "a share of less than half": {"percentage": "49.9"},
    "all of it, said to have held until 2010": {"percentage": "100", "valid_until": "2010-02-01"},
    "from next year": {"percentage": "100", "startDate": "2025-01-01"},
}


@pytest.mark.parametrize("teller", TELLERS)
@pytest.mark.parametrize("how", NOT_TODAY)
def test_what_is_over_or_no_control_refuses_nobody(tmp_path: Path, how: str, teller: str) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", by=TELLERS[teller], **NOT_TODAY[how])
        got = asked(rig, tmp_path)
        assert isinstance(got, Row)
        told = "Ownership or control (Ministry of the Interior of Averna – Vireo Systems Ltd), says "
        assert [one.startswith(told) for one in got.said_of_asker] == ([True] if "share" in how else [])


@pytest.mark.parametrize(
    "values", [{}, {"percentage": "50"}, {"percentageAtLeast": "26"}, {"percentage": "30", "interest": "votingRights"}]
)
def test_a_share_that_gives_control_or_may_give_it_refuses(tmp_path: Path, values: dict[str, str]) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", **values)
        assert asked(rig, tmp_path) == "own_group"


@pytest.mark.parametrize("contested", [False, True])
def test_a_stranger_who_calls_a_bidder_the_same_as_the_asker_bars_nobody(tmp_path: Path, contested: bool) -> None:
    """The row names whoever it could be, for a judgement of a stranger has no proof."""
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("twin", type="Company", name="Zorblat Systems Ltd", country="xa")
        before = asked(rig, tmp_path, "Zorblat Systems Ltd", note=False)
        assert isinstance(before, Row) and before.may_be_asker == ()
        if contested:
            contest(rig, "ministry", "twin")
        else:
            rig.publisher("stranger-1", verified=False)
            judgement(rig, "stranger-1", "ministry", "twin", "same")
        after = asked(rig, tmp_path, "Zorblat Systems Ltd", note=False)
        assert isinstance(after, Row)
        assert (after.may_be_asker, after.said_of_asker) == (("Zorblat Systems Ltd",), ())


def test_a_contested_double_of_a_company_with_a_small_share_has_a_row(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("twin", type="Company", name="Zorblat Systems Ltd", country="xc")
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", percentage="10")
        contest(rig, "vireo", "twin")
        got = asked(rig, tmp_path, "Zorblat Systems Ltd")
        assert isinstance(got, Row)
        assert (got.may_be_asker, got.said_of_asker) == ((), ())


def test_a_bidder_neither_ends_nor_makes_small_what_somebody_independent_says(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", percentage="100")
        rig.say("own", type="Ownership", by="vireo", percentage="1", endDate="2010")
        rig.say("own", type="Ownership", by="paper", standing="reported", endDate="2010")
        assert asked(rig, tmp_path) == "own_group"


@pytest.mark.parametrize("teller", ["vireo", "paper"])
def test_neither_bidder_nor_stranger_takes_a_witness_away(tmp_path: Path, teller: str) -> None:
    """Whoever says that a foundation is the bidder's own does not make its word the bidder's; its own word, or a verified one, does."""
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", percentage="100")
        rig.say("mine", type="Ownership", owner="@vireo", asset=f"@{FREE}", percentage="100", by=teller)
        assert asked(rig, tmp_path) == "own_group"
        rig.say("ours", type="Ownership", owner="@vireo", asset=f"@{FREE}", percentage="100", by=FREE)
        got = asked(rig, tmp_path)
        assert isinstance(got, Row)
        assert got.said_of_asker[0].endswith("says Watch Foundation (invented)")


def test_the_chain_counts_where_each_of_its_ties_does(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say("works", type="Company", name="State Works", country="xb")
        rig.say("first", type="Ownership", owner="@averna", asset="@works", percentage="100")
        rig.say("second", type="Ownership", owner="@works", asset="@vireo", percentage="60", by="vireo")
        got = asked(rig, tmp_path)
        assert isinstance(got, Row)
        assert got.said_of_asker == (
            "Public body (Ministry of the Interior of Averna – Averna), says Watch Foundation (invented)",
            "Ownership or control (Averna – State Works), says Watch Foundation (invented)",
            "Ownership or control (State Works – Vireo Systems Ltd), says Vireo Systems Ltd",
        )
        rig.say("third", type="Ownership", owner="@works", asset="@vireo", percentage="60")
        assert asked(rig, tmp_path) == "own_group"


@pytest.mark.parametrize("type", ["Representation", "Succession", "Directorship"])
def test_agents_heirs_and_shared_officers(tmp_path: Path, type: str) -> None:
    ends = {
        "Representation": {"agent": "@vireo", "client": "@ministry"},
        "Succession": {"predecessor": "@vireo", "successor": "@ministry"},
        "Directorship": {"director": "@vireo", "organization": "@ministry"},
    }
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say("tie", type=type, by="vireo", **ends[type])
        assert isinstance(asked(rig, tmp_path), Row)
        rig.say("tie-2", type=type, **ends[type])
        assert asked(rig, tmp_path) == "own_group"


# The record that the authority publishes

RECORD = {
    "authority": "@ministry",
    "logSize": "100",
    "bidders": "1",
    "hits": "1",
    "issuedOn": "2026-11-27",
    "expiresOn": "2026-12-27",
    "title": "Screening record",
}
SAID: dict[str, tuple[str, dict[str, Any]]] = {
    "sold something": ("Supply", {"supplier": "@ministry", "recipient": "@averna", "destination": "xb"}),
    "owns a vendor": ("Ownership", {"owner": "@ministry", "asset": "@vireo", "percentage": "60"}),
    "makes a product": ("SurveillanceProduct", {"name": "Deep Ear", "vendor": "@ministry"}),
}


@pytest.mark.parametrize("standing", ["confirmed", "reported", "alleged"])
@pytest.mark.parametrize("teller", TELLERS)
@pytest.mark.parametrize("what", SAID)
def test_what_is_said_of_an_authority_that_publishes_its_record(
    tmp_path: Path, what: str, teller: str, standing: str
) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        type, values = SAID[what]
        rig.say("told", type=type, by=TELLERS[teller], standing=standing, **values)
        refused = teller == "asker" or (teller == "independent" and standing != "alleged")
        if refused:
            with pytest.raises(Refused) as told:
                rig.say("record", type="ScreeningRecord", by="ministry", **RECORD)
            assert told.value.code == "asked_by_bidder"
        else:
            rig.say("record", type="ScreeningRecord", by="ministry", **RECORD)
        assert Standing(standing)


TOGETHER: list[tuple[str, str, dict[str, Any]]] = [
    ("told", "Ownership", {"owner": "@office", "asset": "@vireo", "percentage": "100"}),
    ("told", "Supply", {"supplier": "@office", "recipient": "@averna", "destination": "xb"}),
    ("told", "Company", {"name": "Benign Ltd", "country": "xa"}),
]


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("told", TOGETHER, ids=lambda one: one[1])
def test_what_an_authority_publishes_together_with_its_record(
    tmp_path: Path, told: tuple[str, str, dict[str, Any]], batch: bool
) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("office")
        rig.say("office", type="PublicBody", name="Office Z", country="xb", by="office")
        rig.say("sale", type="Supply", supplier="@vireo", recipient="@averna", destination="xb")
        key, type, values = told
        together = [
            (key, type, "office", "confirmed", values),
            ("record", "ScreeningRecord", "office", "confirmed", {**RECORD, "authority": "@office"}),
        ]

        def publish() -> object:
            if not batch:
                return rig.many(together)
            works = [
                work
                for one in together
                for work in rig.register._prepared(rig.register.prepare(rig._statements(*one), private("office")))
            ]
            return rig.register.sequencer.run(works, whole=True)

        if type == "Company":
            publish()
        else:
            with pytest.raises(Refused) as refused:
                publish()
            assert refused.value.code == "asked_by_bidder"


@pytest.mark.parametrize(
    "values",
    [{"clientStage": "potential"}, {"clientStage": "potential", "startDate": "2024"}],
)
def test_a_sale_that_is_only_offered_makes_nobody_a_seller(tmp_path: Path, values: dict[str, str]) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("told", type="Supply", supplier="@ministry", recipient="@averna", destination="xb", **values)
        rig.say("record", type="ScreeningRecord", by="ministry", **RECORD)


@pytest.mark.parametrize("standing", ["confirmed", "reported", "alleged"])
def test_a_company_of_straw_ties_no_witness_to_the_bidder(tmp_path: Path, standing: str) -> None:
    """It says of itself that it is tied to the bidder, and of itself that it is tied to the witness."""
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.publisher("shell", verified=False)
        rig.say("shell", type="Company", name="Shell Ltd", country="xd", by="shell", standing="reported")
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", percentage="100")
        for key, organization in (("first", "@vireo"), ("second", f"@{FREE}")):
            rig.say(
                key, type="Directorship", director="@shell", organization=organization, by="shell", standing=standing
            )
        both = ["@vireo", f"@{FREE}"]
        rig.say("both", type="Directorship", director="@shell", organization=both, by="shell", standing=standing)
        assert asked(rig, tmp_path) == "own_group"


def test_who_says_of_itself_that_it_is_tied_to_the_bidder_is_no_witness(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", percentage="100")
        rig.say("agent", type="Representation", agent=f"@{FREE}", client="@vireo", by=FREE, standing="alleged")
        assert isinstance(asked(rig, tmp_path), Row)


def test_a_chain_of_ties_that_strangers_file_keeps_nobody_from_asking(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", percentage="100")
        before = "@ministry"
        for number in range(8):
            tie = {"owner": before, "asset": f"@c{number}", "percentage": "1"}
            rig.say(f"tie-{number}", type="Ownership", **tie, by="paper", standing="reported")
            before = f"@c{number}"
        assert isinstance(asked(rig, tmp_path, "Somebody Else"), Row)
        assert asked(rig, tmp_path) == "own_group"


def test_what_is_owned_through_seven_others_is_owned(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        before = "@ministry"
        for number in range(7):
            rig.say(f"layer-{number}", type="Company", name=f"Layer {number} Ltd", country="xb")
            rig.say(f"tie-{number}", type="Ownership", owner=before, asset=f"@layer-{number}", percentage="100")
            before = f"@layer-{number}"
        rig.say("tie", type="Ownership", owner=before, asset="@vireo", percentage="100")
        assert asked(rig, tmp_path) == "own_group"


def test_an_asker_does_not_end_what_somebody_independent_tells_of(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        ends = {"owner": "@ministry", "asset": "@vireo", "percentage": "100", "endDate": "2020"}
        rig.say("own", type="Ownership", **ends, by="ministry", standing="reported")
        assert isinstance(asked(rig, tmp_path), Row)  # by its own word alone it was, and is over
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", percentage="100")
        assert asked(rig, tmp_path) == "own_group"


@pytest.mark.parametrize(("until", "own"), [(None, True), ("2010-02-01", False)])
def test_an_office_that_was_part_of_the_asker(tmp_path: Path, until: str | None, own: bool) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("works", type="PublicBody", name="State Signal Works", country="xa")
        more = {} if until is None else {"valid_until": until}
        rig.say("works", type="PublicBody", partOf="@ministry", **more)
        got = asked(rig, tmp_path, "State Signal Works")
        assert (got == "own_group") is own


@pytest.mark.parametrize("teller", ["rival", "asker"])
def test_a_crowd_of_ties_takes_nobody_out_of_the_group(tmp_path: Path, teller: str) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.publisher("rival")
        rig.say("midway", type="Company", name="Midway Ltd", country="xb")
        rig.say("first", type="Ownership", owner="@ministry", asset="@midway", percentage="100")
        rig.say("second", type="Ownership", owner="@midway", asset="@vireo", percentage="100")
        assert asked(rig, tmp_path) == "own_group"
        by = {"rival": "rival", "asker": "ministry"}[teller]
        ends = ["@vireo"] if teller == "rival" else ["@vireo", "@ministry"]
        for at, end in enumerate(ends):
            crowd = [
                (f"tie-{at}-{number}", "Ownership", by, "reported", {"owner": end, "asset": f"@straw-{at}-{number}", "percentage": "100"})
                for number in range(40)
            ]  # fmt: skip
            rig.many(crowd)
        assert asked(rig, tmp_path) == "own_group"
        assert isinstance(asked(rig, tmp_path, "Rival Systems Ltd"), Row)
