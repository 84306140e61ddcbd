"""Notices to the subject of what is held, over a real mail server; and gates that are looked at again at the release."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.errors import Missing, Usage
from sousveil.register import gates, notices, outbox
from sousveil.register.codes import PublicInterest, Role, Verdict, Waived
from sousveil.register.model import Standing
from sousveil.register.outbox.settings import MailSettings
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.review import Reviewed
from sousveil.register.views import words
from tests.register import maker
from tests.register.maker import OpenGate, held, private, said
from tests.register.outbox.conftest import Post

TODAY = datetime.now(UTC).date()
UNTIL = (TODAY + timedelta(days=14)).isoformat()
AFTER = (TODAY + timedelta(days=15)).isoformat()
TOLD: dict[str, Any] = {
    "ground": PublicInterest.ACCOUNTABILITY,
    "notice": TODAY.isoformat(),
    "reply_until": UNTIL,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A register with a contact, two reviewers and an allegation that is held."""
    where = tmp_path / "register"
    with Register.init(
        where,
        title="An invented register",
        origin="r.example/log",
        example=True,
        contact="replies@r.example",
        gate=gate,
    ) as register:
        register.key_add(maker.public("paper"), "The Invented Paper", Role.PUBLISHER)
        for name in ("anna", "bela"):
            register.key_add(maker.public(name), f"{name.title()}'s office", Role.REVIEWER)
        register.publish([said(maker.ACME, "Company", "name", "Acme Interception Ltd")], private("paper"))
    return where


def _held(register: Register) -> str:
    claim = said(maker.ACME, "Company", "summary", "Sells to anybody.", standing=Standing.ALLEGED)
    return held(register.publish([claim], private("paper"))).id


def test_the_subject_is_told_what_by_whom_until_when_and_how_to_reply(folder: Path) -> None:
    post = Post()
    try:
        with Register.open(folder, gate=gate) as register:
            id = _held(register)
            made = notices.give(register, id, "acme@acme.example", UNTIL)
            assert notices.kept(register.store, id).notices == (made,)
        with Register.open(folder, gate=gate) as register:  # the worker comes later, another process
            register.config = msgspec.structs.replace(
                register.config,
                mail=MailSettings(host="127.0.0.1", port=post.port, from_="r@r.example", tls="none"),
            )
            outbox.deliver(register)
            assert outbox.state(register, made.delivery).state == "sent"
    finally:
        post.controller.stop()
    [(sender, to)] = post.envelopes
    assert (sender, to) == ("r@r.example", ["acme@acme.example"])
    text = post.mails[0].get_content()
    words = " ".join(text.split())
    assert words.startswith(
        "INVENTED EXAMPLE: nothing in this mail is true. The Invented Paper has handed in what follows"
    )
    assert "- Acme Interception Ltd (Company), In short: Sells to anybody." in words
    assert f"stated as: alleged (The Invented Paper says so); source: {maker.SOURCE}" in words
    assert f"you can reply until {UNTIL}, that day included" in words
    assert f"write to replies@r.example and name {id[:12]}" in words
    assert "Anna" not in text and "Bela" not in text, "who reviews is not told"


def test_who_consented_to_be_named_is_left_out_of_the_mail(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        register.consent(maker.BOSS, given="2026-01-01", evidence_sha256="ab" * 32)
        id = held(
            register.publish(
                [
                    said(maker.ACME, "Company", "summary", "Sold it.", standing=Standing.ALLEGED),
                    said(maker.BOSS, "Person", "name", "Nadia Invented", person=True),
                ],
                private("paper"),
            )
        ).id
        text = notices.text(register, register.store.held_one(id), UNTIL)
    assert "Sold it." in text and "Nadia" not in text
    assert "Statements about other persons that are left out of this mail: 1." in text


def test_the_mail_is_in_the_language_that_is_spoken(folder: Path) -> None:
    """Every sentence of it, labels and codes too; not the names, and not what is stated."""
    with Register.open(folder, gate=gate) as register:
        id = _held(register)
        with words.speaking(lambda text: f"⟦{text}⟧", lambda one, many, count: f"⟦{one if count == 1 else many}⟧"):
            told = notices.text(register, register.store.held_one(id), UNTIL)
    lines = [line for line in told.splitlines() if line]
    assert [line for line in lines if "⟦" not in line] == []
    assert "- Acme Interception Ltd (⟦Company⟧), ⟦In short⟧: Sells to anybody." in lines


@pytest.mark.parametrize(
    ("to", "until", "error"),
    [
        ("no address", UNTIL, Usage),
        ("a@b.example", "soon", Refused),
        ("a@b.example", TODAY.isoformat(), Refused),
        ("a@b.example, c@d.example", UNTIL, Usage),
    ],
)
def test_what_cannot_be_sent_is_refused_and_nothing_is_kept(
    folder: Path, to: str, until: str, error: type[Exception]
) -> None:
    with Register.open(folder, gate=gate) as register:
        id = _held(register)
        with pytest.raises(error):
            notices.give(register, id, to, until)
        assert (outbox.all_deliveries(register), notices.kept(register.store, id)) == ([], notices.Kept())


def test_without_a_contact_nobody_is_told_to_reply(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        id = _held(register)
        register.config = msgspec.structs.replace(register.config, contact="")
        with pytest.raises(Missing, match="could not reply"):
            notices.give(register, id, "a@b.example", UNTIL)


def test_a_reply_that_comes_in_meanwhile_takes_the_reviews_back(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        id = _held(register)
        for name in ("anna", "bela"):
            last = register.review(id, private(name), **TOLD)
        assert last == Reviewed(state="notice", due=UNTIL)
        notices.reply(register, id, "It is not so: here is the contract.")
        assert [one.text for one in notices.kept(register.store, id).replies] == ["It is not so: here is the contract."]
        assert register.release_due(AFTER) == []
        one = register.store.held_one(id)
        assert (one.state, one.reviewers) == ("waiting", ())
        register.review(id, private("anna"), **TOLD)
        register.review(id, private("bela"), **TOLD)
        assert [one.state for one in register.release_due(AFTER)] == ["published"]
        assert notices.kept(register.store, id) == notices.Kept(), "nothing of it is kept here afterwards"
        with pytest.raises(Refused, match="was published"):
            notices.reply(register, id, "Too late.")


def test_a_consent_that_is_withdrawn_meanwhile_stops_the_release(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        register.consent(maker.BOSS, given="2026-01-01", evidence_sha256="ab" * 32)
        id = held(
            register.publish([said(maker.BOSS, "Person", "name", "Nadia Invented", person=True)], private("paper"))
        ).id
        abuse = {**TOLD, "ground": PublicInterest.ABUSE}
        for name in ("anna", "bela"):
            register.review(id, private(name), **abuse)
        # not by `withdraw_consent`, which drops what waits: the record alone is gone, as in a database put back
        register.store.withdraw_consents(maker.BOSS, TODAY.isoformat())
        size = register.store.size()
        assert register.release_due(AFTER) == [Reviewed(state="waiting")]
        assert register.store.size() == size
        assert "somebody is named without a live consent" in register.store.operator_lines(limit=1)[0][2]


def test_a_reviewer_who_is_gone_meanwhile_does_not_release(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        id = _held(register)
        for name in ("anna", "bela"):
            register.review(id, private(name), **TOLD)
        register.key_revoke(maker.public("bela"), "ceased")
        assert register.release_due(AFTER) == [Reviewed(state="waiting")]
        assert register.store.held_one(id).state == "waiting"


class Stricter(OpenGate):
    """Refuses one publication."""

    def __call__(self, arrival: gates.Arrival, /) -> None:
        assert arrival.held == ("alleged",)
        if arrival.statements[0].value == "First thing.":
            raise Refused("The proposal was decided meanwhile.", field="statements", code="decided")


def test_the_gate_is_passed_again_at_the_release_and_one_refusal_stops_no_other(folder: Path) -> None:
    """Who releases has a gate that thinks otherwise than the one through which it came in."""
    with Register.open(folder, gate=gate) as register:
        ids = []
        for text in ("First thing.", "Second thing."):
            claim = said(maker.ACME, "Company", "summary", text, standing=Standing.ALLEGED)
            ids.append(held(register.publish([claim], private("paper"))).id)
            for name in ("anna", "bela"):
                register.review(ids[-1], private(name), **TOLD)
    with Register.open(folder, gate=Stricter()) as register:
        done = {one.state for one in register.release_due(AFTER)}
        assert done == {"waiting", "published"}
        assert [register.store.held_one(id).state for id in ids] == ["waiting", "published"]
        assert "The proposal was decided meanwhile." in register.store.operator_lines(limit=1)[0][2]


def test_a_waiver_stands_in_the_log_with_its_reason(folder: Path) -> None:
    with Register.open(folder, gate=gate) as register:
        id = _held(register)
        for name in ("anna", "bela"):
            done = register.review(id, private(name), ground=PublicInterest.OFFICE, waived=Waived.DANGER)
        assert done.published is not None
        reviews = [register.store.payload(register.store.entry(done.published - at)) for at in (2, 1)]
        assert [(getattr(one, "waived", None), getattr(one, "verdict", None)) for one in reviews] == [
            (Waived.DANGER, Verdict.PUBLISH)
        ] * 2
