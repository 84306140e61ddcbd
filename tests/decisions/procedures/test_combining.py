"""How several records of one need count together: the latest, any that says no, all that say yes."""

from __future__ import annotations

from pathlib import Path

from sousveil.decisions.procedures.cells import MET, NOT, PARTLY, UNKNOWN, state_row
from sousveil.decisions.procedures.engine import Board, day_of
from tests.decisions.rig import FREE, Rig, rigged


def need(rig: Rig, procedure: str, name: str, country: str = "xb", day: str = "2024-06-01") -> str:
    """One need of a State's cell."""
    row = state_row(Board(rig.register.store), country, day_of(day))
    return next(
        one.state for cell in row.cells if cell.procedure == procedure for one in cell.needs if one.name == name
    )


def law(rig: Rig, key: str, start: str, enforced: str) -> None:
    rig.say(key, type="Law", title=key, jurisdiction="xb", status="in-force", topic="due-diligence", enforced=enforced,
            provides=["covers-companies"], inForceFrom=start, valid_until="..")  # fmt: skip


def test_a_newer_law_that_is_enforced_hides_no_older_one_that_is_not(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        assert need(rig, "c-due-diligence", "enforced") == UNKNOWN
        law(rig, "act-2020", "2020-01-01", "no")
        assert need(rig, "c-due-diligence", "enforced") == NOT
        law(rig, "act-2023", "2023-01-01", "yes")
        assert need(rig, "c-due-diligence", "enforced") == NOT
        rig.retract("act-2020", FREE)
        assert need(rig, "c-due-diligence", "enforced") == PARTLY
        rig.second("act-2023", type="Law", enforced="yes")
        assert need(rig, "c-due-diligence", "enforced") == MET


def test_a_newer_law_that_protects_letters_hides_no_older_one_that_opens_them(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("keys", type="Law", title="Keys Act", jurisdiction="xb", status="in-force", topic="encryption",
                effect="weakens-encryption", inForceFrom="2020-01-01", by="paper")  # fmt: skip
        rig.say("letters", type="Law", title="Letters Act", jurisdiction="xb", status="in-force", topic="encryption",
                provides=["protects-encryption"], inForceFrom="2023-01-01")  # fmt: skip
        row = state_row(Board(rig.register.store), "xb", day_of("2024-06-01"))
        assert [one.state for one in row.cells if one.procedure == "l-encryption"] == [NOT]


def test_a_second_contract_in_full_hides_no_contract_that_is_withheld(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("secret", type="Contract", title="A", buyer="@ministry", supplier="@vireo", withheld="The price.",
                contractDate="2020-01-01", by="paper")  # fmt: skip
        rig.say("open", type="Contract", title="B", buyer="@ministry", supplier="@vireo", contractDate="2023-01-01")
        assert need(rig, "f-contracts", "contracts") == NOT


def test_of_one_licence_the_latest_review_counts_and_of_several_each(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("office", type="PublicBody", name="Office of Averna", country="xb", partOf="@averna", by="paper")
        for key in ("one", "two"):
            rig.say(key, type="ExportLicence", name=key, licensee="@vireo", issuer="@office", by="paper",
                    issueDate="2020-01-01")  # fmt: skip

        def review(key: str, licence: str, outcome: str, date: str) -> None:
            rig.say(key, type="LicenceReview", licence=f"@{licence}", authority="@office", outcome=outcome, date=date,
                    reason="A case.", by="paper", standing="reported")  # fmt: skip

        review("r1", "one", "maintained", "2022-01-01")
        assert need(rig, "b-investigations", "reviewed") == NOT
        review("r2", "two", "revoked", "2023-01-01")
        assert need(rig, "b-investigations", "reviewed") == NOT  # the licence that is kept is another one
        review("r3", "one", "revoked", "2023-06-01")
        assert need(rig, "b-investigations", "reviewed") == PARTLY  # reports, and nothing else speaks against it
