"""What ties a bidder to the authority that asks: every link of the register's graph stands in the row, and no report refuses a line."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from sousveil.desk import bidders
from sousveil.desk.bidders import Row
from tests.decisions.packs.test_contested import contest
from tests.decisions.rig import FREE, Rig, rigged, sid
from tests.desk.offices import ssh_signature
from tests.register.maker import private

TELLERS = {"asker": "ministry", "bidder": "vireo", "independent": FREE, "stranger": "paper"}
NAMED = {
    "asker": "Ministry of the Interior of Averna",
    "bidder": "Vireo Systems Ltd",
    "independent": "Watch Foundation (invented)",
    "stranger": sid("paper"),
}


def asked(rig: Rig, folder: Path, name: str = "Vireo Systems Ltd") -> Row:
    """The row of the ministry's record about one bidder; the table gives the same ties."""
    data = f"name,country\n{name},xa\n".encode()
    path = folder / "ministry.ssh"
    if not path.exists():
        private("ministry").save(path)
    signature = ssh_signature(folder, "ministry", data, bidders.purpose("2024-06-01"))
    made = bidders.make(rig.register, data, authority=sid("ministry"), signature=signature, day="2024-06-01")
    record, ended = bidders.look(rig.register, made, day="2024-06-01")
    assert ended is None
    (row,) = record.rows
    (line,) = csv.DictReader(io.StringIO(bidders.as_csv(record)))
    assert (f"links with the authority that asks: {'; '.join(row.ties)}" in line["note"]) is bool(row.ties)
    return row


@pytest.mark.parametrize("name", ["Vireo Systems Ltd", "VIREO SYSTEMS", "Vireo Systems Group", "Вирео Системс"])
@pytest.mark.parametrize("standing", ["confirmed", "reported", "alleged"])
@pytest.mark.parametrize("teller", TELLERS)
def test_each_report_that_the_asker_owns_the_bidder_is_in_the_row(
    tmp_path: Path, teller: str, standing: str, name: str
) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        assert asked(rig, tmp_path, name).ties == ()
        rig.say(
            "own", type="Ownership", owner="@ministry", asset="@vireo", percentage="100", by=TELLERS[teller], standing=standing
        )  # fmt: skip
        tie = f"Ownership or control (Ministry of the Interior of Averna – Vireo Systems Ltd), says {NAMED[teller]}"
        assert asked(rig, tmp_path, name).ties == (tie,)


@pytest.mark.parametrize(
    "values",
    [
        {"percentage": "100", "startDate": "2010-01-01", "endDate": "2010-02-01"},
        {"percentage": "100", "valid_until": "2010-02-01"},
        {"percentage": "100", "startDate": "2025-01-01"},
    ],
)
def test_what_is_over_or_to_come_is_no_tie(tmp_path: Path, values: dict[str, str]) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", **values)
        assert asked(rig, tmp_path).ties == ()


def test_nobody_ends_or_makes_small_what_another_reports(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say("own", type="Ownership", owner="@ministry", asset="@vireo", percentage="100")
        for by, more in (("vireo", {"percentage": "1", "endDate": "2010"}), ("paper", {"endDate": "2010"})):
            rig.say("own", type="Ownership", by=by, standing="reported", **more)
            assert asked(rig, tmp_path).ties[0].endswith("says Watch Foundation (invented)")


def test_a_chain_through_the_asker_s_state_names_each_link(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.publisher("vireo")
        rig.say("works", type="Company", name="State Works", country="xb")
        rig.say("first", type="Ownership", owner="@averna", asset="@works", percentage="100")
        rig.say("second", type="Ownership", owner="@works", asset="@vireo", percentage="60", by="vireo")
        assert asked(rig, tmp_path).ties == (
            "Ownership or control (Averna – State Works), says Watch Foundation (invented)",
            "Ownership or control (State Works – Vireo Systems Ltd), says Vireo Systems Ltd",
        )


@pytest.mark.parametrize(
    ("type", "ends"),
    [
        ("Representation", {"agent": "@vireo", "client": "@ministry"}),
        ("Succession", {"predecessor": "@vireo", "successor": "@ministry"}),
        ("Directorship", {"director": "@vireo", "organization": "@ministry"}),
    ],
)
def test_agents_successors_and_officers_are_ties(tmp_path: Path, type: str, ends: dict[str, str]) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("tie", type=type, by="paper", **ends)
        assert asked(rig, tmp_path).ties[0].endswith(f"says {sid('paper')}")


@pytest.mark.parametrize(("until", "tied"), [({}, True), ({"valid_until": "2010-02-01"}, False)])
def test_an_office_that_is_part_of_the_asker(tmp_path: Path, until: dict[str, str], tied: bool) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("works", type="PublicBody", name="State Signal Works", country="xa")
        rig.say("works", type="PublicBody", partOf="@ministry", **until)
        expected = ("State Signal Works is part of the authority that asks, or of a body above it",) if tied else ()
        assert asked(rig, tmp_path, "State Signal Works").ties == expected


@pytest.mark.parametrize("above", ["averna", "ministry"])
def test_a_body_beside_or_below_the_asker_that_owns_the_bidder(tmp_path: Path, above: str) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("branch", type="PublicBody", name="Branch Office", country="xb", partOf=f"@{above}")
        rig.say("desk", type="PublicBody", name="Branch Desk", country="xb", partOf="@branch")
        rig.say("own", type="Ownership", owner="@desk", asset="@vireo", percentage="100")
        assert asked(rig, tmp_path).ties == (
            "Branch Desk is part of the authority that asks, or of a body above it",
            "Ownership or control (Branch Desk – Vireo Systems Ltd), says Watch Foundation (invented)",
        )


def test_a_person_of_the_asker_s_group_is_tied_without_a_name(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("trader", type="Person", name="Ilvo Brandeck")
        rig.say("post", type="Directorship", director="@trader", organization="@ministry")
        row = asked(rig, tmp_path, "Ilvo Brandeck")
        assert row.hits == ()
        [tie] = row.ties
        assert tie.endswith("(Ministry of the Interior of Averna – a person), says Watch Foundation (invented)")


def test_the_asker_itself_and_who_may_be_it_are_named(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("twin", type="Company", name="Zorblat Systems Ltd", country="xa")
        assert asked(rig, tmp_path, "Ministry of the Interior of Averna").ties[0] == (
            "Ministry of the Interior of Averna is the authority that asks, or a body above it"
        )
        assert asked(rig, tmp_path, "Zorblat Systems Ltd").ties == ()
        contest(rig, "ministry", "twin")
        tie = "Contested identity (Ministry of the Interior of Averna – Zorblat Systems Ltd)"
        assert asked(rig, tmp_path, "Zorblat Systems Ltd").ties == (tie,)


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
TOGETHER: list[tuple[str, str, dict[str, Any]]] = [
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

        publish()


@pytest.mark.parametrize(
    "values",
    [{"clientStage": "potential"}, {"clientStage": "potential", "startDate": "2024"}],
)
def test_a_sale_that_is_only_offered_makes_nobody_a_seller(tmp_path: Path, values: dict[str, str]) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry", verified=False)
        rig.say("told", type="Supply", supplier="@ministry", recipient="@averna", destination="xb", **values)
        rig.say("record", type="ScreeningRecord", by="ministry", **RECORD)
