"""Held publications: persons and allegations wait for two reviewers, a ground, and the subject's time to reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sousveil.errors import Usage
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.administration import Administration
from sousveil.register.codes import PublicInterest, Role, Verdict, Waived
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.publication import Submission
from sousveil.register.refusal import Refused
from sousveil.register.review import Reviewed, today
from sousveil.register.static import Unwitnessed
from sousveil.register.store import HeldState
from sousveil.register.verbs.working import WITNESS_SECONDS, Releases
from sousveil.register.witnessing import SILENT
from tests.register import maker
from tests.register.maker import Made, held, private, said

BOSS = [
    said(maker.BOSS, "Person", "name", "Mara Invented", person=True),
    said(maker.BOSS, "Person", "position", "Chief executive officer", person=True),
]
WAIVED: dict[str, Any] = {"ground": PublicInterest.OFFICE, "waived": Waived.ALREADY_PUBLIC}


def test_a_person_waits_for_two_reviewers(made: Made) -> None:
    register, store = made.register, made.register.store
    size = store.size()
    waits = held(register.publish(BOSS, private("paper")))
    assert waits.reasons == ("person",)
    assert (store.size(), store.statements_of([maker.BOSS])) == (size, [])
    assert register.review(waits.id, private("anna"), **WAIVED) == Reviewed(state="waiting")
    (state,) = register.held()
    assert state == HeldState(
        id=waits.id,
        state="waiting",
        received_at=state.received_at,
        owner="The Invented Paper",
        reasons=("person",),
        due=None,
        reviewers=("Anna's office",),
    )
    assert register.review(waits.id, private("anna"), **WAIVED) == Reviewed(state="waiting")  # the same reviewer again
    done = register.review(waits.id, private("bela"), **WAIVED)
    assert done == Reviewed(state="published", published=size + 2)
    assert [store.entry(index).kind for index in range(size, size + 3)] == ["review", "review", "statements"]
    reviews = [store.payload(store.entry(index)) for index in (size, size + 1)]
    assert [one.publication for one in reviews if isinstance(one, log.Review)] == [waits.id, waits.id]
    assert [one.statement for one in store.statements_of([maker.BOSS])] == BOSS
    assert store.held_submission(waits.id) is None
    with pytest.raises(Usage, match="was published"):
        register.review(waits.id, private("bela"), **WAIVED)


def test_what_its_publisher_asks_to_be_read_waits_too(made: Made) -> None:
    """The wish is signed with it. Only what asks says so, and the log of earlier publications reads as before."""
    register, made_of = made.register, {"publisher": "The Invented Paper", "dataset": "direct", "example": True}
    plain, _ = publication.make(maker.company(7), **made_of)
    assert b"review" not in plain
    asked, contents = publication.make(maker.company(7), review=True, **made_of)
    assert asked.endswith(b',"review":true}')
    envelope = publication.sign(asked, private("paper"))
    waits = held(register.submit(Submission(envelope=envelope, contents=contents)))
    assert waits.reasons == ("asked",)
    size = register.store.size()
    register.review(waits.id, private("anna"), **WAIVED)
    assert register.review(waits.id, private("bela"), **WAIVED) == Reviewed(state="published", published=size + 2)


def test_an_allegation_waits_and_the_subject_has_time_to_reply(made: Made) -> None:
    register = made.register
    claim = said(maker.ACME, "Company", "alias", "Acme Night Works", standing=Standing.ALLEGED)
    waits = held(register.publish([claim], private("paper")))
    assert waits.reasons == ("alleged",)
    until = datetime.now(UTC).date() + timedelta(days=14)
    noticed: dict[str, Any] = {
        "ground": PublicInterest.ACCOUNTABILITY,
        "notice": (until - timedelta(days=14)).isoformat(),
        "reply_until": until.isoformat(),
    }
    register.review(waits.id, private("anna"), **noticed)
    assert register.review(waits.id, private("bela"), **noticed) == Reviewed(state="notice", due=until.isoformat())
    assert register.release_due() == [Reviewed(state="notice", due=until.isoformat())]
    size = register.store.size()
    after = (until + timedelta(days=1)).isoformat()
    assert register.release_due(after) == [Reviewed(state="published", due=until.isoformat(), published=size + 2)]
    assert register.release_due(after) == []


def test_one_reviewer_who_refuses_ends_it_and_nothing_is_kept(made: Made) -> None:
    register = made.register
    waits = held(register.publish(BOSS, private("paper")))
    register.review(waits.id, private("anna"), **WAIVED)
    assert register.review(waits.id, private("bela"), Verdict.REFUSE) == Reviewed(state="refused")
    assert register.store.held_submission(waits.id) is None
    assert register.store.size() == 9


@pytest.mark.parametrize(
    ("review", "field"),
    [
        ({"waived": Waived.DANGER}, "ground"),
        ({"ground": PublicInterest.OFFICE}, "notice"),
        ({"ground": PublicInterest.OFFICE, "notice": "2026-01-01"}, "notice"),
        ({"ground": PublicInterest.OFFICE, "notice": "2026-01-01", "reply_until": "2026-01-10"}, "reply_until"),
        ({"ground": PublicInterest.OFFICE, "notice": "soon", "reply_until": "2026-01-10"}, "notice"),
        ({"ground": PublicInterest.OFFICE, "notice": "20260101", "reply_until": "2026-02-10"}, "notice"),
        ({"ground": PublicInterest.OFFICE, "notice": "2026-01-01", "reply_until": "2026-W06-1"}, "reply_until"),
        ({"ground": PublicInterest.OFFICE, "notice": "2026-01-01", "reply_until": "2026-02-30"}, "reply_until"),
        ({"ground": PublicInterest.OFFICE, "notice": "2026-01-01", "waived": Waived.DANGER}, "waived"),
        ({"verdict": Verdict.REFUSE, "notice": "yesterday"}, "notice"),
    ],
)
def test_an_incomplete_review_is_refused(made: Made, review: dict[str, Any], field: str) -> None:
    waits = held(made.register.publish(BOSS, private("paper")))
    with pytest.raises(Refused) as error:
        made.register.review(waits.id, private("anna"), **review)
    assert error.value.field == field
    assert made.register.held()[0].reviewers == ()


@pytest.mark.parametrize(("days", "taken"), [(-1, False), (0, True), (1, False)])
def test_the_subject_is_told_between_handing_in_and_today(made: Made, days: int, taken: bool) -> None:
    waits = held(made.register.publish(BOSS, private("paper")))
    told = datetime.now(UTC).date() + timedelta(days=days)
    asked: dict[str, Any] = {
        "ground": PublicInterest.OFFICE,
        "notice": told.isoformat(),
        "reply_until": (told + timedelta(days=14)).isoformat(),
    }
    if taken:
        assert made.register.review(waits.id, private("anna"), **asked) == Reviewed(state="waiting")
        return
    with pytest.raises(Refused) as error:
        made.register.review(waits.id, private("anna"), **asked)
    assert (error.value.field, error.value.code) == ("notice", "bad_date")


def test_who_may_not_review(made: Made) -> None:
    register = made.register
    waits = held(register.publish(BOSS, private("paper")))
    register.key_add(maker.public("paper-review"), "The Invented Paper", Role.REVIEWER, holder=private("paper"))
    for name, code in (("clinic", "wrong_role"), ("paper-review", "own_publication"), ("nobody", "unknown_key")):
        with pytest.raises(Refused) as error:
            register.review(waits.id, private(name), **WAIVED)
        assert error.value.code == code
    with pytest.raises(Usage, match="Nothing is held"):
        register.review("ab" * 32, private("anna"), **WAIVED)


def test_the_same_publication_is_not_held_twice(made: Made) -> None:
    (prepared,) = made.register.prepare(BOSS, private("paper"))
    held(made.register.submit(prepared))
    with pytest.raises(Refused) as error:
        made.register.submit(prepared)
    assert error.value.code == "replay"


TARGET = entity_id("invented", "target")


@pytest.mark.parametrize(
    "statements",
    [
        [said(TARGET, "Person", "position", "Wife of the target", person=True)],
        [said(entity_id("i"), "AbuseIncident", "summary", "Nadia Invented was infected.", person=True)],
    ],
    ids=["relative", "incident"],
)
def test_targets_and_families_are_not_named_without_a_live_consent(made: Made, statements: list[Statement]) -> None:
    register = made.register
    with pytest.raises(Refused) as error:
        register.publish(statements, private("paper"))
    assert (error.value.field, error.value.code) == ("statements[0].value", "no_consent")
    person = statements[0].subject
    register.consent(person, given="2026-01-01", evidence_sha256="ab" * 32)
    waits = held(register.publish(statements, private("paper")))
    register.review(waits.id, private("anna"), ground=PublicInterest.ABUSE, waived=Waived.DANGER)
    assert (
        register.review(waits.id, private("bela"), ground=PublicInterest.ABUSE, waived=Waived.DANGER).state
        == "published"
    )
    gone = register.withdraw_consent(person)
    assert gone is not None
    assert register.store.statements_of([person]) == []
    assert register.store.statement(gone.ids[0]) is not None
    with pytest.raises(Refused):
        register.publish(statements, private("paper"))


def test_the_ground_of_abuse_needs_consent_of_everybody_named(made: Made) -> None:
    register = made.register
    waits = held(register.publish(BOSS, private("paper")))
    register.review(waits.id, private("anna"), ground=PublicInterest.ABUSE, waived=Waived.DANGER)
    with pytest.raises(Refused) as error:
        register.review(waits.id, private("bela"), ground=PublicInterest.ABUSE, waived=Waived.DANGER)
    assert error.value.code == "no_consent"
    assert register.store.statements_of([maker.BOSS]) == []


def test_a_withdrawn_consent_drops_what_waits(made: Made) -> None:
    register = made.register
    register.consent(maker.BOSS, given="2026-01-01", evidence_sha256="ab" * 32)
    waits = held(register.publish(BOSS, private("paper")))
    assert register.withdraw_consent(maker.BOSS) is None
    assert register.store.held_one(waits.id).state == "refused"
    assert register.store.held_submission(waits.id) is None


@pytest.mark.parametrize(
    ("post", "taken"), [("Software engineer", False), ("Chief software engineer", True), ("Board member", True)]
)
def test_employees_below_officers_are_not_named(made: Made, post: str, taken: bool) -> None:
    statements = [BOSS[0], said(maker.BOSS, "Person", "position", post, person=True)]
    if taken:
        held(made.register.publish(statements, private("paper")))
        return
    with pytest.raises(Refused) as error:
        made.register.publish(statements, private("paper"))
    assert (error.value.field, error.value.code) == ("statements[1].value", "employee")


def test_reviews_of_a_revoked_reviewer_do_not_count(made: Made) -> None:
    register = made.register
    waits = held(register.publish(BOSS, private("paper")))
    register.review(waits.id, private("anna"), **WAIVED)
    register.key_revoke(maker.public("anna"), "lost")
    assert register.review(waits.id, private("bela"), **WAIVED) == Reviewed(state="waiting")


def test_what_was_held_can_be_published_after_its_key_was_rotated_but_not_revoked(made: Made) -> None:
    register = made.register
    waits = held(register.publish(BOSS, private("paper")))
    register.key_revoke(maker.public("paper"), "compromised", compromised_since=0)
    register.review(waits.id, private("anna"), **WAIVED)
    size = register.store.size()
    with pytest.raises(Refused) as error:
        register.review(waits.id, private("bela"), **WAIVED)
    assert error.value.code == "revoked_key"
    assert register.store.size() == size  # the reviews did not enter without what they review


def test_two_keys_of_one_name_or_one_domain_are_one_reviewer(made: Made) -> None:
    """A second account is not a second person: the same name typed otherwise, the same official domain."""
    register = made.register
    register.key_add(maker.public("anna-again"), "ANNA'S Office.", Role.REVIEWER, holder=private("anna"))
    for name in ("carla", "dora"):
        register.key_add(maker.public(name), f"{name.title()}'s office", Role.REVIEWER, domain="same.example")
    waits = held(register.publish(BOSS, private("paper")))
    for name in ("anna", "anna-again"):
        assert register.review(waits.id, private(name), **WAIVED).state == "waiting"
    other = held(register.publish([said(maker.BOSS, "Person", "name", "Other", person=True)], private("paper")))
    for name in ("carla", "dora"):
        assert register.review(other.id, private(name), **WAIVED).state == "waiting"
    assert register.review(other.id, private("bela"), **WAIVED).state == "published"


def test_a_release_that_witnesses_stop_is_kept_and_tried_again(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    register, store = made.register, made.register.store
    waits = held(register.publish(BOSS, private("paper")))
    other = [said(entity_id("o"), "Person", "name", "Ona Invented", person=True)]
    second = held(register.publish(other, private("paper")))
    maker.silence(register)
    size = store.size()
    for one in (waits, second):
        assert register.review(one.id, private("anna"), **WAIVED) == Reviewed(state="waiting")
        done = register.review(one.id, private("bela"), **WAIVED)
        assert done == Reviewed(state="notice", stopped="when a witness answers")
    assert done.words == (
        "Your review is kept, and both agree. It is not published yet; the worker publishes it when a witness answers."
    )
    assert [(one.state, one.due, len(one.reviewers)) for one in register.held()] == [("notice", None, 2)] * 2
    assert register.release_due() == [done]  # the second is not tried
    tried: list[int] = []
    monkeypatch.setattr(Administration, "release_due", _counted(Administration.release_due, tried))
    clock = [1_000.0]
    monkeypatch.setattr("sousveil.register.verbs.working.time.monotonic", lambda: clock[0])
    releases = Releases()
    assert [releases.due(register) for _ in range(5)] == [0] * 5 and tried == [1]
    told = [(code, line[:4]) for _, code, line in store.operator_lines() if code.startswith("witness")]
    assert told == [("witness_silent", "w0: ")]
    assert store.size() == size
    maker.answering(register)
    clock[0] += WITNESS_SECONDS - 1
    assert releases.due(register) == 0
    clock[0] += 1
    assert (releases.due(register), tried, store.size()) == (2, [1, 1], size + 6)
    assert {one.state for one in register.store.held()} == {"published"}


def _counted(called: Callable[..., list[Reviewed]], tried: list[int]) -> Callable[..., list[Reviewed]]:
    def counting(register: Administration) -> list[Reviewed]:
        tried.append(1)
        return called(register)

    return counting


def test_what_may_not_be_published_goes_back_to_the_reviewers_at_once(made: Made) -> None:
    """Refused by the batch, not before it."""
    register = made.register
    waits = held(register.publish(BOSS, private("paper")))
    register.review(waits.id, private("anna"), **WAIVED)
    refusal = Refused("No.", field="x", code="x")
    run = register.sequencer.run
    register.sequencer.run = lambda work, after=None: [refusal]  # type: ignore[method-assign]
    with pytest.raises(Refused, match="No"):
        register.review(waits.id, private("bela"), **WAIVED)
    register.sequencer.run = run  # type: ignore[method-assign]
    assert [one.state for one in register.held()] == ["waiting"]


def test_a_withdrawal_that_witnesses_stop_is_finished_by_the_same_again(made: Made) -> None:
    register, store = made.register, made.register.store
    register.consent(maker.BOSS, given="2026-01-01", evidence_sha256="ab" * 32)
    waits = held(register.publish(BOSS, private("paper")))
    for name in ("anna", "bela"):
        register.review(waits.id, private(name), **WAIVED)
    url = maker.silence(register)
    with pytest.raises(Unwitnessed) as error:
        register.withdraw_consent(maker.BOSS)
    assert error.value.message == (
        "The consent is ended and what waited about the person is dropped, but what names the person is NOT erased yet: it is still "
        "public. None of the witnesses that cosigned before confirms this log (w0), so nobody can say whether this is an old backup. "
        f"Nothing is signed, because the log might fork. w0: The witness at {url} gives no answer: Connection refused."
    )
    assert error.value.hint == f"Do the same again once a witness answers; it finishes the erasure. {SILENT}"
    assert (store.consents(maker.BOSS), store.withdrawn(maker.BOSS)) == ([], today())
    assert len(store.statements_of([maker.BOSS])) == 2
    maker.answering(register)
    done = register.withdraw_consent(maker.BOSS)
    assert done is not None and store.statements_of([maker.BOSS]) == []
    assert register.withdraw_consent(maker.BOSS) is None
    assert store.withdrawn("sv-" + "0" * 24) is None
