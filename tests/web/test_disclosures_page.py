"""The page of contracts and requests, whose reader is kept between requests: what changes in the register shows within five seconds.

Asked through the application that answers first, with what it keeps. Its clock is put on; nothing is told to look anew.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.ledger.keys import PrivateKey
from sousveil.register.admission import Published
from sousveil.register.codes import EraseBy, EraseGround, RetractReason, RevokeReason
from sousveil.register.model import Statement, entity_id
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.register import maker
from tests.register.maker import Made, private, published, said
from tests.web.client import Got, ask

WITHIN = 5.0
CONTRACT, REQUEST, REDACTION, HARBOUR = (
    entity_id("invented", name) for name in ("contract", "request", "redaction", "harbour")
)
NAME = "Cameras for the harbour, lot seven"
DAY = datetime.date(2026, 12, 1)
PAGES = ("/disclosures", "/disclosures?limit=50", "/disclosures?as_of=2026-12-01")
JSON = ("/api/v1/disclosures", "/api/v1/disclosures?limit=50")


class Clock:
    """Time that passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.day, self.later = DAY, 0.0
        real = time.monotonic
        monkeypatch.setattr("sousveil.web.site.time.monotonic", lambda: real() + self.later)

        class Today(datetime.date):
            @classmethod
            def today(cls) -> datetime.date:  # type: ignore[override]
                return self.day

        monkeypatch.setattr("sousveil.web.site.date", Today)

    def pass_by(self) -> None:
        """Five seconds, less what the request itself may take."""
        self.later += WITHIN - 0.5


class World:
    """An application over a register with one contract, one request for information, one thing withheld."""

    def __init__(self, made: Made, clock: Clock) -> None:
        self.register, self.clock = made.register, clock
        self.key = private("paper")
        self.publish(said(HARBOUR, "PublicBody", "name", "Harbour office"))
        self.contract = self.publish(
            said(CONTRACT, "Contract", "title", NAME),
            said(CONTRACT, "Contract", "supplier", maker.ACME),
            said(CONTRACT, "Contract", "startDate", "2026-01-01"),
            said(CONTRACT, "Contract", "endDate", "2026-12-01"),
        )
        self.request = self.publish(
            said(REQUEST, "InformationRequest", "body", HARBOUR),
            said(REQUEST, "InformationRequest", "question", "What was paid for lot seven?"),
            said(REQUEST, "InformationRequest", "askedOn", "2026-11-01"),
            said(REQUEST, "InformationRequest", "dueOn", "2026-12-01"),
        )
        self.withheld = self.publish(
            said(REDACTION, "Redaction", "record", CONTRACT),
            said(REDACTION, "Redaction", "what", "The price of lot seven"),
            said(REDACTION, "Redaction", "legalGround", "Trade secret"),
        )
        self.app = Outer(Site(self.register))
        self.seen = {path: self.get(path) for path in (*PAGES, *JSON)}
        for path, got in self.seen.items():
            assert (got.status, NAME in got.text) == (200, True), path

    def publish(self, *statements: Statement, key: PrivateKey | None = None) -> Published:
        return published(self.register.publish(list(statements), key or self.key))

    def get(self, path: str, **headers: str) -> Got:
        return ask(self.app, path, **headers)

    def after(self) -> dict[str, Got]:
        """Everything once more, five seconds later; nothing is as it was, also for whoever kept the old answer."""
        self.clock.pass_by()
        found = {path: self.get(path) for path in self.seen}
        for path, got in found.items():
            assert got.status == 200 and got.body != self.seen[path].body, path
            assert self.get(path, if_none_match=self.seen[path].headers["etag"]).status == 200, path
        return found

    def data(self, path: str = JSON[0]) -> Any:
        return self.get(path).json["data"]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    clock = Clock(monkeypatch)
    with maker.made(tmp_path / "r") as made:
        yield World(made, clock)


def counts(data: Any) -> dict[str, int]:
    return {name: count for name, count in data["counts"].items() if count}


BEFORE = {"current": 1, "withheld": 1, "requests_open": 1}


def test_what_is_there_before(world: World) -> None:
    data = world.data()
    assert (data["day"], counts(data)) == ("2026-12-01", BEFORE)
    assert [(one["ref"]["caption"], one["state"]) for one in data["contracts"]] == [(NAME, "current")]
    assert [(one["state"], one["due"][0]["days_over"]) for one in data["requests"]] == [("asked", 0)]
    assert [one["texts"]["What is withheld"] for one in data["withheld"]] == [["The price of lot seven"]]


def test_a_contract_of_which_nothing_is_known_shows_by_itself(world: World) -> None:
    world.publish(
        *(
            said(entity_id("invented", "bare"), "Contract", name, value)
            for name, value in (("title", "Masts, lot nine"), ("buyer", HARBOUR))
        )
    )
    for path, got in world.after().items():
        assert "Masts, lot nine" in got.text, path
    assert counts(world.data()) == {**BEFORE, "unknown": 1}
    assert "<dt>Other contracts</dt><dd>1</dd>" in world.get(PAGES[0]).text


def test_a_retraction_shows(world: World) -> None:
    world.register.retract(world.contract.ids, world.key, RetractReason.WRONG)
    for path, got in world.after().items():
        assert NAME not in got.text, path
    assert counts(world.data()) == {"withheld": 1, "requests_open": 1}


def test_a_retraction_of_one_answer_shows(world: World) -> None:
    """The request is open again when what answered it is taken back."""
    told = world.publish(said(REQUEST, "InformationRequest", "refusedOn", "2026-11-20"))
    world.after()
    assert counts(world.data()) == {"current": 1, "withheld": 1, "requests_refused": 1}
    world.seen = {path: world.get(path) for path in world.seen}
    world.register.retract(told.ids, world.key, RetractReason.WRONG)
    world.after()
    assert counts(world.data()) == BEFORE


def test_an_erasure_shows(world: World) -> None:
    world.register.erase(world.contract.ids, EraseGround.SAFETY, EraseBy.SUBJECT)
    for path, got in world.after().items():
        assert NAME not in got.text, path
    assert counts(world.data()) == {"withheld": 1, "requests_open": 1}
    kept = [one for one in (world.register.folder / "prepared").rglob("*") if one.is_file()]
    assert [one for one in kept if NAME.encode() in one.read_bytes()] == []
    # Also where an earlier size of the log is asked for: what is erased is gone there as well.
    assert NAME not in world.get(f"/disclosures?known_at={world.withheld.index}").text


def test_a_stolen_key_shows(world: World) -> None:
    """What it signed from then on is doubtful, and makes no contract, clock or secret any more."""
    world.register.key_revoke(maker.public("paper"), RevokeReason.COMPROMISED, compromised_since=world.request.index)
    for path, got in world.after().items():
        assert "What was paid for lot seven?" not in got.text, path
    assert counts(world.data()) == {"current": 1}


def test_midnight_shows(world: World) -> None:
    """No entry is written: a contract ends, and a request is overdue, by the day alone."""
    world.clock.day = DAY + datetime.timedelta(days=1)
    world.clock.pass_by()
    assert world.get(PAGES[0]).body != world.seen[PAGES[0]].body
    data = world.data()
    assert (data["day"], counts(data)) == (
        "2026-12-02",
        {"past": 1, "withheld": 1, "requests_open": 1, "requests_overdue": 1},
    )
    assert [(one["state"], one["due"][0]["days_over"]) for one in data["requests"]] == [("asked", 1)]
    assert counts(world.data(f"{JSON[0]}?as_of=2026-12-01")) == BEFORE
