"""A proposal that names no product: what is used by its approval is held against it all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions import proposals
from sousveil.register.model import Standing
from sousveil.register.views.reading import Reader
from tests.decisions.procedures.port import NOTICE, PROPOSAL, Rec, Values, id_of, port, tell
from tests.decisions.procedures.test_checks import DECISION, VOTE

ASKS = {name: said for name, said in PROPOSAL[2].items() if name not in ("product", "vendor")}
USE: Values = {"body": "@police", "product": "@product"}
BY_IT: Values = {**USE, "approval": "@approval"}


def departures(folder: Path, named: Values, use: Values, more: Values | None = None) -> list[tuple[str, str]]:
    """What is told of a use, and then added to it by somebody else, and which departures stand by 1 June 2025 on an approved proposal that
    names this besides."""
    about = {"about": "@open"}
    world: list[tuple[str, list[Rec]]] = [
        (
            "police",
            [("open", "Acquisition", {**ASKS, **named}), ("n", NOTICE[1], {**NOTICE[2], "acquisition": "@open"})],
        ),
        (
            "board",
            [
                ("v", "Vote", {**VOTE, **about, "choice": "for"}),
                ("approval", "OversightDecision", {**DECISION, **about}),
            ],
        ),
    ]
    with port(folder, *world) as register:
        tell(register, "paper", ("use", "Deployment", use), standing=Standing.REPORTED)
        if more is not None:
            tell(register, "vendor", ("use", "Deployment", more), standing=Standing.REPORTED)
        found = proposals.standing_of(
            proposals.Case(Reader(register.store, today="2025-06-01"), id_of("open"), "2025-06-01")
        )
        return [(one.code, one.says) for one in found.problems]


EARLY = ("use_before_approval", "It was in use from 1 February 2025 on, before the approval of 20 March 2025.")


@pytest.mark.parametrize(
    ("use", "found"),
    [
        pytest.param({**BY_IT, "startDate": "2025-02-01"}, [EARLY], id="used before the approval that it names"),
        pytest.param({**BY_IT, "startDate": "2025-03-21"}, [], id="used after it"),
        pytest.param({**USE, "startDate": "2025-02-01"}, [], id="used by no approval: nobody knows of which proposal"),
    ],
)
def test_what_is_used_by_the_approval_is_held_against_it(
    tmp_path: Path, use: Values, found: list[tuple[str, str]]
) -> None:
    assert departures(tmp_path / "register", {}, use) == found


def test_who_adds_an_approval_to_the_use_of_another_completes_it(tmp_path: Path) -> None:
    use = {**USE, "startDate": "2025-02-01"}
    assert departures(tmp_path / "register", {}, use, {"approval": "@approval"}) == [EARLY]


def test_a_proposal_for_one_product_is_not_about_another(tmp_path: Path) -> None:
    use = {**BY_IT, "product": "@other", "startDate": "2025-02-01"}
    assert departures(tmp_path / "register", {"product": "@product"}, use) == []
    assert departures(tmp_path / "again", {"product": "@product"}, {**use, "product": "@product"}) == [EARLY]
