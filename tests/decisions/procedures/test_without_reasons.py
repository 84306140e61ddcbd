"""An item of the review queue closes only by a signed decision with reasons: what ends a licence without them leaves it in sight."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.views.licences import Ended, ReviewItem, StateCount, count_of, queue
from sousveil.register.model import Stance, Standing
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from tests.decisions.procedures.port import id_of, port, statements, tell
from tests.register.maker import private, published

DAY = "2024-10-15"
INCIDENT = {"name": "Phone of a reporter", "stage": "infected", "product": "@product", "date": "2024-08-01"}
NO_WORDS = [".", "-", "…", "⠀", "- . -", "👍", "✓", "█████"]


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with port(tmp_path / "register") as made:
        yield made


def incident(register: Register) -> None:
    tell(register, "paper", ("incident", "AbuseIncident", INCIDENT), standing=Standing.REPORTED, asserted="2024-09-01")


def event(register: Register, what: str, key: str = "event", **more: str) -> None:
    values = {"licence": "@licence", "event": what, "date": "2024-10-02", "authority": "@office", **more}
    tell(register, "office", (key, "LicenceEvent", values))


def item(register: Register, day: str = DAY) -> ReviewItem | None:
    return next(iter(queue(register.store, today=day).items), None)


def count(register: Register, day: str = DAY) -> StateCount:
    return count_of(queue(register.store, today=day), "xa")


WAITS = StateCount(country="xa", undecided=1, maintained=0, ended=0, longest=44, unreasoned=1)


@pytest.mark.parametrize("what", ["revoked", "suspended", "expired", "refused", "withdrawn"])
def test_an_event_without_reasons_closes_nothing_and_is_named(register: Register, what: str) -> None:
    incident(register)
    event(register, what)
    found = item(register)
    assert found is not None
    assert (found.state, found.days) == ("undecided", 44)
    assert found.ended is not None
    assert (found.ended.what, found.ended.date, found.ended.record.id, found.ended.reasons) == (
        what,
        "2024-10-02",
        id_of("event"),
        False,
    )
    assert count(register) == WAITS


def test_reasons_that_are_added_close_it(register: Register) -> None:
    incident(register)
    event(register, "revoked")
    tell(register, "office", ("event", "LicenceEvent", {"reason": "Abuse."}))
    found = item(register)
    assert found is not None and found.ended is not None
    assert (found.state, found.ended.reasons) == ("ended", True)
    assert count(register) == StateCount(country="xa", undecided=0, maintained=0, ended=1, longest=0, unreasoned=0)


def test_reasons_that_another_publisher_adds_close_nothing(register: Register) -> None:
    incident(register)
    event(register, "revoked")
    values = {"licence": "@licence", "event": "revoked", "date": "2024-10-02", "reason": "Abuse."}
    tell(register, "paper", ("event", "LicenceEvent", values), standing=Standing.REPORTED)
    assert count(register) == WAITS


def test_an_event_that_was_there_before_the_question_leaves_none(register: Register) -> None:
    event(register, "revoked", date="2024-07-01")
    incident(register)
    assert item(register) is None


def test_a_day_before_the_incident_that_is_named_afterwards_hides_nothing(register: Register) -> None:
    incident(register)
    event(register, "revoked", date="2024-07-01")
    assert count(register) == WAITS


def test_a_status_that_the_state_adds_closes_nothing(register: Register) -> None:
    incident(register)
    tell(register, "office", ("licence", "ExportLicence", {"status": "suspended"}))
    found = item(register)
    assert found is not None and found.ended is not None
    assert (found.state, found.ended.what, found.ended.record.id) == ("undecided", "suspended", id_of("licence"))
    assert count(register) == WAITS


def test_a_last_day_that_is_added_while_the_item_waits_closes_nothing(register: Register) -> None:
    incident(register)
    tell(register, "office", ("licence", "ExportLicence", {"expiryDate": "2024-10-10"}))
    assert [(one.state, one.ended) for one in queue(register.store, today="2024-10-10").items] == [("undecided", None)]
    found = item(register)
    assert found is not None and found.ended is not None
    assert (found.state, found.ended.what, found.ended.date, found.ended.reasons) == (
        "undecided",
        "expired",
        "2024-10-10",
        False,
    )
    assert count(register) == WAITS


def test_its_own_last_day_ends_it_and_it_stays_in_sight(register: Register) -> None:
    tell(register, "office", ("licence", "ExportLicence", {"expiryDate": "2024-10-10"}))
    incident(register)
    assert [one.state for one in queue(register.store, today="2024-10-10").items] == ["undecided"]
    found = item(register)
    assert found is not None and found.ended is not None
    assert (found.state, found.days) == ("ended", 0)
    assert (found.ended.what, found.ended.date, found.ended.reasons) == ("expired", "2024-10-10", False)
    assert count(register) == StateCount(country="xa", undecided=0, maintained=0, ended=1, longest=0, unreasoned=1)


def test_one_that_was_over_before_anybody_knew_of_the_incident_is_not_in_the_queue(register: Register) -> None:
    tell(register, "office", ("licence", "ExportLicence", {"expiryDate": "2024-08-20"}))
    incident(register)
    assert item(register) is None


def test_a_last_day_that_is_corrected_to_an_earlier_one_closes_nothing(register: Register) -> None:
    done = tell(register, "office", ("licence", "ExportLicence", {"expiryDate": "2030-01-01"}))
    incident(register)
    [said] = statements("office", ("licence", "ExportLicence", {"expiryDate": "2024-10-10"}))
    corrected = type(said)(
        **{name: getattr(said, name) for name in said.__struct_fields__}
        | {"stance": Stance.CORRECTS, "supersedes": done.ids[0]}
    )
    published(register.publish([corrected], private("office")))
    assert count(register) == WAITS


def test_one_that_is_to_begin_later_after_all_waits(register: Register) -> None:
    tell(register, "office", ("far", "ExportLicence", {"name": "Far", "licensee": "@vendor", "issuer": "@office",
                                                       "product": "@product", "issueDate": "2030-01-01"}))  # fmt: skip
    incident(register)
    assert [one.licence.caption for one in queue(register.store, today=DAY).items] == ["Licence X-1"]


@pytest.mark.parametrize("reason", NO_WORDS)
def test_a_dot_is_no_reason(register: Register, reason: str) -> None:
    incident(register)
    for type, said in (
        ("LicenceReview", {"outcome": "maintained"}),
        ("LicenceEvent", {"event": "revoked"}),
    ):
        values = {"licence": "@licence", "authority": "@office", "date": "2024-10-01", "reason": reason, **said}
        with pytest.raises(Refused) as refused:
            tell(register, "office", ("act", type, values))
        assert refused.value.code == "no_words"
    found = item(register)
    assert found is not None and found.state == "undecided"


def test_a_live_licence_has_not_ended(register: Register) -> None:
    incident(register)
    found = item(register)
    assert found is not None
    ended: Ended | None = found.ended
    assert ended is None
