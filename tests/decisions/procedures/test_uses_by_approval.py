"""A proposal that names no product: what is used by its approval is held against it all the same."""

from __future__ import annotations

from pathlib import Path

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


EARLY = ("use_before_approval", "It was in use from 1 February 2025 on. The approval counts from 20 March 2025 on.")


def test_a_proposal_for_one_product_is_not_about_another(tmp_path: Path) -> None:
    use = {**BY_IT, "product": "@other", "startDate": "2025-02-01"}
    assert departures(tmp_path / "register", {"product": "@product"}, use) == []
    assert departures(tmp_path / "again", {"product": "@product"}, {**use, "product": "@product"}) == [EARLY]
