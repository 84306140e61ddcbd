"""The letter's pages, out of the published letter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.register.codes import EraseBy, EraseGround, RetractReason
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.load import load
from sousveil.register.model import Stance, Standing, Statement
from sousveil.register.register import Register
from sousveil.register.views.home import home_view
from sousveil.register.views.letter import pegasus_view, signatories_view
from tests.register.views.maker import tell

WHO = "more than 80 journalists from 16 media organizations in 10 countries"
SELECTED = "at least 180 journalists in 20 countries who were selected for potential targeting"


@pytest.fixture(scope="module")
def letter(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """A register that holds the letter alone."""
    with Register.init(
        tmp_path_factory.mktemp("letter") / "r", title="T", origin="test.invalid/log", gate=gate
    ) as register:
        load(register, "letter-facts", shared_data / "register" / "letter-facts")
        yield register


def test_pegasus_has_the_figures_as_printed(letter: Register) -> None:
    view = pegasus_view(letter.store)
    assert [(one.name, one.printed, one.words) for one in view.figures] == [
        ("leaked phone numbers", "50000", "the leak of 50,000 phone numbers of potential surveillance targets"),
        ("journalists who worked on the project", "80", WHO),
        ("media organizations in the project", "16", WHO),
        ("countries of the project's journalists", "10", WHO),
        ("journalists selected for potential targeting", "180", SELECTED),
        ("countries of the journalists selected", "20", SELECTED),
        ("countries with potential clients", "11", "potential NSO clients in 11 countries"),
    ]
    assert all(one.claim.source for one in view.figures)
    assert [one.claim.display for one in view.figures][:2] == ["50,000", "80"]
    assert [one.code for one in view.clients] == ["az", "bh", "hu", "in", "kz", "mx", "ma", "rw", "sa", "tg", "ae"]
    assert {(one.stage, one.words) for one in view.clients} == {
        ("potential", "potential client, according to Forbidden Stories")
    }
    assert {one.claim.value for one in view.clients} == {"potential"}
    assert [one.code for one in view.corporate_presence] == ["bg", "cy", "il"]
    assert {one.stage for one in view.corporate_presence} == {""}
    assert view.denials == []


def test_what_was_loaded_is_called_the_publishers_word(letter: Register) -> None:
    """Not the word of the register, whose key loaded it."""
    (new,) = home_view(letter.store).new
    assert new.words == (
        "1,045 claims loaded from “The open letter on surveillance technology”, by Signatories of the open letter"
    )


def test_signatories_says_what_must_be_said(letter: Register) -> None:
    view = signatories_view(letter.store)
    assert len(view.organisations) == 147 and view.experts == []
    assert view.words == [
        "Who signed the letter has not endorsed this register.",
        "The copy of the letter that was read yields 147 of 156 organisations.",
        "26 experts signed as well; persons are named here only after review.",
        "A signatory is taken off this page on request.",
    ]
    assert "Xnet" in [one.name for one in view.organisations]
    assert (view.printed, view.experts_held) == (156, 26)


def test_a_denial_stands_on_the_page_and_a_signatory_is_delisted(shared_data: Path, tmp_path: Path) -> None:
    with Register.init(tmp_path / "r", title="T", origin="test.invalid/log", gate=gate) as register:
        load(register, "letter-facts", shared_data / "register" / "letter-facts")
        claim = pegasus_view(register.store).clients[0].claim
        denial = Statement(
            subject=claim.subject, type="ClientClaim", property="stage", value="potential", source="Reply of the company",
            publisher="NSO Group", dataset="direct", standing=Standing.REPORTED, stance=Stance.DENIES, supersedes=claim.id,
        )  # fmt: skip
        tell(register, [denial])
        view = pegasus_view(register.store)
        assert [(one.publisher, one.stance, one.source) for one in view.denials] == [
            ("NSO Group", "denies", "Reply of the company")
        ]
        assert [one.publisher for one in view.clients[0].claim.answers] == ["NSO Group"]
        gone = next(one for one in signatories_view(register.store).organisations if one.name == "Xnet")
        register.retract([gone.claim.id], OPERATOR_KEY, RetractReason.NOT_OURS)
        ids = [one.id for one in register.store.statements_of([gone.ref.id])]
        register.erase(ids, EraseGround.CONSENT_WITHDRAWN, EraseBy.SUBJECT)
        assert b"Xnet" not in msgspec.json.encode(signatories_view(register.store).organisations)
        assert len(signatories_view(register.store).organisations) == 146
