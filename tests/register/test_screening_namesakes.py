"""Whoever has something against him on file is not left out for namesakes, however many, whoever files them, under whatever ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.register.model import Recorded, Standing, Statement
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.score import Query
from sousveil.register.screening import Screener
from tests.decisions.rig import Rig, public, rigged, sid
from tests.register.maker import private

ASKED = Query(name="Vireo Systems Ltd", country="xa")
REAL = "sv-" + "f" * 24


def told(*records: tuple[str, str, dict[str, str]]) -> list[Recorded]:
    """Statements in the order of the log: subject, type, values."""
    return [
        Recorded(
            id=f"{subject}-{property}",
            recorded=at,
            statement=Statement(
                subject=subject,
                type=type,
                property=property,
                value=value,
                source="https://paper.example/x",
                publisher="The Paper",
                dataset="direct",
                standing=Standing.REPORTED,
            ),
        )
        for at, (subject, type, values) in enumerate(records)
        for property, value in values.items()
    ]


def twins(many: int, name: str = "Vireo Systems Ltd") -> list[tuple[str, str, dict[str, str]]]:
    """Namesakes with ids before all others."""
    return [(f"sv-{at:024x}", "Company", {"name": name, "country": "xa"}) for at in range(many)]


COMPANY = (REAL, "Company", {"name": "Vireo Systems Ltd", "country": "xa"})
LENS = ("sv-" + "e" * 24, "SurveillanceProduct", {"name": "Lens", "vendor": REAL})
AGAINST = {
    "an incident": [("sv-" + "d" * 24, "AbuseIncident", {"name": "A case", "vendor": REAL})],
    "a sanction": [("sv-" + "d" * 24, "Sanction", {"entity": REAL, "program": "SDN"})],
    "a licence that was revoked": [
        ("sv-" + "d" * 24, "ExportLicence", {"licensee": REAL, "licenceNumber": "1"}),
        ("sv-" + "c" * 24, "LicenceEvent", {"licence": "sv-" + "d" * 24, "event": "revoked"}),
    ],
    "an incident with its product": [LENS, ("sv-" + "d" * 24, "AbuseIncident", {"name": "A case", "product": LENS[0]})],
    "an owner of whom there is one": [
        ("sv-" + "d" * 24, "Ownership", {"owner": "sv-" + "c" * 24, "asset": REAL}),
        ("sv-" + "b" * 24, "AbuseIncident", {"name": "A case", "vendor": "sv-" + "c" * 24}),
    ],
    "an owner that is hidden": [("sv-" + "d" * 24, "Ownership", {"asset": REAL, "ownerUnspecified": "unknown"})],
    "a sale to whom abuse is told of": [
        ("sv-" + "d" * 24, "Supply", {"supplier": REAL, "recipient": "sv-" + "c" * 24}),
        ("sv-" + "b" * 24, "AbuseIncident", {"name": "A case", "client": "sv-" + "c" * 24}),
    ],
    "a code of controlled goods": [(REAL, "Company", {"controlCode": "5A001.j"})],
}
NOTHING = {
    "a name alone": [],
    "a sale to somebody of no incident": [
        ("sv-" + "d" * 24, "Supply", {"supplier": REAL, "recipient": "sv-" + "c" * 24})
    ],
    "a product": [LENS],
    "an owner": [("sv-" + "d" * 24, "Ownership", {"owner": "sv-" + "c" * 24, "asset": REAL})],
    "a letter that it signed": [("sv-" + "d" * 24, "LetterSignature", {"signatory": REAL})],
}


@pytest.mark.parametrize("what", AGAINST)
@pytest.mark.parametrize("many", [1, 10, 60, 300])
def test_who_has_something_against_him_stands_first_whatever_the_ids(what: str, many: int) -> None:
    found = Screener.build(told(*twins(many), COMPANY, *AGAINST[what])).found(ASKED)
    expected = [REAL, *(f"sv-{at:024x}" for at in range(min(many, 9)))]
    assert [hit.entity for hit in found.hits] == expected
    assert [hit.against for hit in found.hits] == [True, *[False] * min(many, 9)]
    assert found.left_out == max(many - 9, 0)


@pytest.mark.parametrize("what", NOTHING)
def test_of_whom_nothing_is_on_file_the_first_of_the_log_are_told_and_the_others_are_counted(what: str) -> None:
    found = Screener.build(told(*twins(60), COMPANY, *NOTHING[what])).found(ASKED)
    assert [hit.entity for hit in found.hits] == [f"sv-{at:024x}" for at in range(10)]
    assert found.left_out == 51
    turned = Screener.build(told(COMPANY, *reversed(twins(60)), *NOTHING[what])).found(ASKED)
    assert [hit.entity for hit in turned.hits] == [REAL, *(f"sv-{59 - at:024x}" for at in range(9))]


def test_a_list_before_any_number_of_records_and_nobody_is_left_out_of_those_who_have_any() -> None:
    charged = [
        (f"sv-a{at:023x}", "AbuseIncident", {"name": "A case", "vendor": f"sv-{at % 30:024x}"}) for at in range(90)
    ]
    row = ReferenceRow(
        id="listed", dataset="list", type="Company", caption="Vireo Systems Ltd", names=["Vireo Systems Ltd"], countries=["xa"]
    )  # fmt: skip
    shares = ReferenceRow(
        id="traded", dataset="sec-company-tickers", type="Company", caption="Vireo Systems Ltd", names=["Vireo Systems Ltd"],
        countries=["xa"],
    )  # fmt: skip
    found = Screener.build(told(*twins(30), COMPANY, *charged), [row, shares]).found(ASKED)
    assert [hit.entity for hit in found.hits] == ["listed", *(f"sv-{at:024x}" for at in range(30))]
    assert found.left_out == 2


def test_a_namesake_of_the_name_as_it_is_asked_for_does_not_hide_who_is_found_with_a_slip_alone() -> None:
    asked = Query(name="Viero Optical Signals Ltd", country="xa")
    company = (REAL, "Company", {"name": "Vireo Optical Signals Ltd", "country": "xa"})
    told_of = [company, *AGAINST["an incident"]]
    assert [hit.entity for hit in Screener.build(told(*told_of)).screen(asked)] == [REAL]
    found = Screener.build(told(*twins(100, "Viero Optical Signals Ltd"), *told_of)).found(asked)
    assert [hit.entity for hit in found.hits] == [*(f"sv-{at:024x}" for at in range(10)), REAL]
    assert found.left_out == 90


def test_whom_the_asker_names_is_never_left_out() -> None:
    found = Screener.build(told(*twins(300), COMPANY)).found(ASKED, keep={REAL})
    assert [hit.entity for hit in found.hits] == [*(f"sv-{at:024x}" for at in range(10)), REAL]
    assert found.left_out == 290


def crowd(rig: Rig, many: int) -> None:
    """An incident with Vireo, told by a verified foundation, and an unverified key's namesakes with low ids."""
    rig.say("inc", type="AbuseIncident", name="A case", stage="infected", vendor="@vireo", date="2023-01")
    made = [
        Statement(
            subject=f"sv-{at:024x}",
            type="Company",
            property=property,
            value=value,
            source="https://paper.example/x",
            publisher=sid("paper"),
            dataset="direct",
            standing=Standing.REPORTED,
        )
        for at in range(many)
        for property, value in (("name", "Vireo Systems Ltd"), ("country", "xa"))
    ]
    rig.register.publish(made, private("paper"), receipt=False)


def test_the_command_line_says_how_many_were_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with rigged(tmp_path) as rig:
        assert public("paper")
        crowd(rig, 12)
        asked = tmp_path / "asked.csv"
        asked.write_text("name,country\nVireo Systems Ltd,xa\n", encoding="utf-8")
        main(["register", "screen", str(asked), "--register", str(rig.register.folder)])
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "Vireo Systems Ltd: 10 hits"
        assert lines[1].endswith(f"(Company, published here)  {sid('vireo')}")
        assert lines[-1] == "  3 more left out, with nothing on file against them"
        main(["register", "screen", str(asked), "--register", str(rig.register.folder), "--json"])
        (one,) = json.loads(capsys.readouterr().out)
        assert (one["left_out"], len(one["hits"]), one["hits"][0]["entity"]) == (3, 10, sid("vireo"))
        folder = ["--register", str(rig.register.folder)]
        assert main(["register", "screen", "Vireo Systems Ltd", *folder]) == 1
        assert capsys.readouterr().out.splitlines()[0] == "Vireo Systems Ltd: 10 hits"
        assert main(["register", "screen", "Nobody by this Name", *folder]) == 0
        assert capsys.readouterr().out == "Nobody by this Name: no hit\n"
        for missing in ("bidders.csv", "lists/bidders"):  # a file that is not there is never a name without hits
            assert main(["register", "screen", missing, *folder]) == 2
