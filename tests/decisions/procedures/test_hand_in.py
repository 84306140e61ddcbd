"""What the page says after somebody handed something in: why nothing was taken, or what comes next, in words and names."""

from __future__ import annotations

import base64
import html
import re

from sousveil.decisions.api import gate
from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import Role
from sousveil.register.model import entity_id
from sousveil.register.register import Register
from tests.decisions.procedures.clerk import Clerk, Page

SAID = {"statement.source": "https://gazette.example/1", "statement.standing": "confirmed"}
REGISTRATION = {
    "company": "Glasmoth Systems Ltd",
    "declares": ["identity"],
    "status": "submitted",
    "startDate": "2026-09-01",
    **SAID,
}


def text(page: Page) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def handed_in(clerk: Clerk, procedure: str, form: str, values: dict[str, str | list[str]], key: str) -> Page:
    ready = clerk.fill(procedure, form, values)
    assert ready.status == 200, text(ready)
    payload = ready.hidden("payload")
    return clerk.hand_in(payload, ready.hidden("contents"), clerk.sign(base64.b64decode(payload), key))


def test_a_refusal_says_who_and_what_without_ids_and_codes(clerk: Clerk) -> None:
    values = {**REGISTRATION, "statement.publisher": "Harbour Oversight Body"}
    done = handed_in(clerk, "d-registration", "registration", values, "harbour-body")
    assert done.status == 422
    said = text(done)
    assert "A company registers itself, and this key belongs to Harbour Oversight Body." in said
    assert "What is wrong: Company (Registration)" in said
    assert "Register a company (the empty form)" in said and "Nothing of what you handed in was kept." in said
    assert "statements[" not in said and "sv-" not in said and "Statement 0" not in said
    done = handed_in(clerk, "d-registration", "registration", values, "glasmoth")
    assert (done.status, "What is wrong: In whose name" in text(done)) == (422, True)
    assert "The key belongs to Glasmoth Systems Ltd, not to Harbour Oversight Body." in text(done)


def test_what_is_handed_in_twice_is_not_told_to_be_done_again(clerk: Clerk) -> None:
    """A reload of a lost answer: a second record of the same would follow from "prepare it anew"."""
    ready = clerk.fill(
        "d-registration", "registration", {**REGISTRATION, "statement.publisher": "Glasmoth Systems Ltd"}
    )
    payload, contents = ready.hidden("payload"), ready.hidden("contents")
    signature = clerk.sign(base64.b64decode(payload), "glasmoth")
    assert clerk.hand_in(payload, contents, signature).status == 201
    again = clerk.hand_in(payload, contents, signature)
    said = text(again)
    assert again.status == 409
    assert "This was handed in before" in said and "it is published, or it waits for review" in said
    assert "anew" not in said and "Nothing of what you handed in was kept" not in said


def test_a_key_for_a_name_alone_is_told_what_it_lacks(clerk: Clerk) -> None:
    with Register.open(clerk.keys.parent, gate=gate) as register:
        made = PrivateKey.new()
        made.save(clerk.keys / "named.key")
        register.key_add(made.public.raw.hex(), "Quietwater Analytics AG", Role.PUBLISHER)
    values = {**REGISTRATION, "company": "Quietwater Analytics AG", "statement.publisher": "Quietwater Analytics AG"}
    done = handed_in(clerk, "d-registration", "registration", values, "named")
    assert done.status == 422
    assert "ask the operator to register it for the record's id" in text(done)


def test_what_is_published_and_what_is_held_says_what_comes_next(clerk: Clerk) -> None:
    values: dict[str, str | list[str]] = {
        "summary": "Order 9 of Calder",
        "state": "Republic of Calder",
        "measureKind": "moratorium",
        "covers": ["sale", "transfer", "use"],
        "status": "in-force",
        "startDate": "2026-10-01",
        "endDate": "2030-12-31",
        "scope": "Every intrusion tool.",
        "exception": "Rescue at sea.",
        "statement.publisher": "Calder Export Office",
        **SAID,
    }
    done = handed_in(clerk, "a-moratorium", "measure", values, "calder-export")
    found = re.search(r'href="procedures/a-moratorium/measure\?record=(sv-[0-9a-z]+)"', done.text)
    assert done.status == 201 and found is not None
    assert f'value="{found[1]}"' in clerk.get(f"/procedures/a-moratorium/measure?record={found[1]}").text
    assert f"procedures/a-moratorium/measure?record={found[1]}" in clerk.get(f"/entities/{found[1]}").text
    page = text(clerk.get("/moratorium?as_of=2027-06-01"))
    assert re.search(r"Calder \(invented\) \(\d+\) sale, transfer and use halted, with exceptions", page)
    (country,) = (one for one in clerk.json("/moratorium?as_of=2027-06-01")["countries"] if one["country"] == "xa")
    assert (country["state"], country["covers"]) == ("excepted", ["sale", "transfer", "use"])
    for term in (
        "Scope: Every intrusion tool.",
        "From: 1 October 2026",
        "Until: 31 December 2030",
        "Exception: Rescue at sea.",
    ):
        assert f"Order 9 of Calder – {term}" in page
    rumour = {**values, "statement.publisher": "Open Phones Collective", "statement.standing": "alleged"}
    held = handed_in(clerk, "a-moratorium", "measure", rumour, "open-phones")
    assert held.status == 202
    assert "Reviewers read it because: something in it is only alleged." in text(held)
    assert "Nothing is sent to you: look under that id in a few weeks" in text(held)


def test_a_board_s_steps_are_in_words(clerk: Clerk) -> None:
    proposal = entity_id("example", "acquisition")
    page = text(clerk.get(f"/boards/{proposal}"))
    assert "Decision rejected, 28 March 2023" in page
    assert "20 January 2023 · Notice" in page and "Publish a comment" in page
