"""What cannot be taken back is asked once more: the page shows, the button does, and looking changes nothing."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sousveil.decisions.api import gate
from sousveil.register import outbox
from sousveil.register.audit import open_audit
from sousveil.register.model import Recorded
from sousveil.register.register import Register
from tests.register.maker import private
from tests.web.staff.people import OPERATOR, PROPOSAL, Staff, run, staff_of, text_of
from tests.web.staff.visitor import Visitor, unescaped


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """Two operators, a publisher, a reviewer."""
    with staff_of(tmp_path_factory.mktemp("asked") / "register", "paula", "rita", "olga", "omar") as found:
        yield found


def _main(page: str) -> str:
    return text_of(unescaped(page.partition("<main")[2].partition("</main>")[0].partition(">")[2])).strip()


def _buttons(page: str) -> list[tuple[str, list[str]]]:
    """Each form of the page's main part: its address and its buttons."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return [
        (address, re.findall(r"<button>([^<]*)</button>", form))
        for address, form in re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', main, re.S)
    ]


def _acts(staff: Staff) -> list[tuple[str, str, str, str]]:
    return [(one.account, one.act, one.of, one.stage) for one in open_audit(staff.folder).read(limit=1_000)]


def _propose_erasure(staff: Staff) -> Recorded:
    """Propose to erase a statement that is there and one that is not. Gives the first."""
    with Register.open(staff.folder, gate=gate) as register:
        target = next(one for one in register.store.statements_of([PROPOSAL]) if one.statement.property == "name")
    olga = staff["olga"]
    olga.get("/staff/erasures/")
    asked = olga.post("/staff/erasures/propose", ids=f"{target.id} {'ab' * 32}", ground="mistake", by="operator")
    assert asked.status == 303
    return target


def _end_of_key(staff: Staff) -> str:
    """Draft the end of Grey Wire's key. Gives the draft's page."""
    olga = staff["olga"]
    olga.get("/staff/keys/")
    page = olga.post(f"/staff/keys/{private('company').public.id}/revoke", reason="lost")
    return olga.get(page.location).text


def test_an_account_is_ended_only_after_a_page_that_says_whose_it_is(staff: Staff) -> None:
    olga = staff["olga"]
    staff.draft("paula", "What we sell")
    listed = olga.get("/staff/accounts/").text
    assert 'href="../../staff/accounts/rita/disable">End this account<span class="unseen"> rita</span></a>' in listed
    assert [one for one in _buttons(listed) if "disable" in one[0]] == [], "no press in the list ends anything"
    before = _acts(staff)
    page = olga.get("/staff/accounts/rita/disable")
    assert page.status == 200
    assert _main(page.text) == (
        "End the account rita? rita, reviewer, for Review One What then happens "
        "It is signed out everywhere at once and cannot sign in any more. "
        "It cannot be brought back. Whoever is to work here again is invited anew, under another pseudonym. "
        "The key of Review One is not ended: it signs as before. Where it may be in wrong hands, end it on the page Keys too. "
        "What it did stays in the audit log, and there it stands too that you ended it. "
        "End the account rita No: back to the accounts"
    )
    assert _buttons(page.text) == [("../../../staff/accounts/rita/disable", ["End the account rita"])]
    left = "No other account works for Grey Wire Ltd: until somebody is invited, nobody goes on with its drafts (1)."
    assert left in _main(olga.get("/staff/accounts/paula/disable").text)
    assert staff["rita"].get("/staff/").status == 200
    assert _acts(staff) == before, "to look is no act"

    assert olga.get("/staff/accounts/nobody-here/disable").status == 404
    refused = olga.get("/staff/accounts/olga/disable")
    assert refused.status == 403
    told = "An account with the role “operator” may not see what ending an account does here."
    assert told in unescaped(refused.text)
    assert staff["paula"].get("/staff/accounts/rita/disable").status == 403
    assert Visitor(staff.address).get("/staff/accounts/rita/disable").location == (
        "/staff/login/?next=/staff/accounts/rita/disable"
    )

    olga.get("/staff/accounts/rita/disable")
    assert olga.post("/staff/accounts/rita/disable").location == "/staff/accounts/"
    assert olga.post("/staff/accounts/rita/disable").status == 409
    assert staff["rita"].get("/staff/").location == "/staff/login/?next=/staff/"
    assert _acts(staff)[:2] == [
        ("olga", "account.disable", "rita", "done"),
        ("olga", "account.disable", "rita", "attempted"),
    ]
    ended = olga.get("/staff/accounts/rita/disable")
    assert ended.status == 409 and "This account has ended already." in ended.text
    assert "accounts/rita/disable" not in olga.get("/staff/accounts/").text
    again = olga.post("/staff/accounts/invite", pseudonym="rita", again="1")
    assert (again.status, "has ended: a link to it would open nothing" in again.text) == (400, True)


def test_what_the_page_says_of_an_ended_account_is_so(staff: Staff) -> None:
    """It cannot be brought back: neither a new link nor the same pseudonym does it."""
    done = run(staff.folder, "staff", "invite", "tom", "--role", "case-handler")
    assert done.returncode == 0
    assert run(staff.folder, "staff", "disable", "tom").returncode == 0
    assert run(staff.folder, "staff", "invite", "tom", "--role", "case-handler").returncode == 2
    again = run(staff.folder, "staff", "invite", "tom", "--again")
    assert (again.returncode, again.stdout) == (2, "")
    assert "The account 'tom' has ended: a link to it would open nothing." in again.stderr


def test_a_draft_is_thrown_away_only_after_a_page_that_names_it(staff: Staff) -> None:
    paula = staff["paula"]
    number = staff.draft("paula", "Cameras at the harbour", "x")
    address = f"/staff/drafts/{number}/"
    assert [one for one in _buttons(paula.get(address).text) if "delete" in one[0]] == []
    page = paula.get(f"{address}delete")
    assert _main(page.text) == (
        "Delete this draft? Cameras at the harbour What then happens "
        "What stands in it is deleted here and cannot be brought back. "
        "Nothing of it was handed in, and nothing of it is public. "
        "That a draft was thrown away, and that you did it, stands in the audit log. Reviewers see how many. "
        "Delete this draft No: back to the draft"
    )
    assert "Cameras at the harbour" in paula.get(address).text
    assert staff["omar"].get(f"{address}delete").status == 403, "another owner's draft"
    paula.get(f"{address}delete")
    assert paula.post(f"{address}delete").status == 303
    assert paula.get(f"{address}delete").status == 409


def test_an_erasure_is_approved_only_after_its_statements_were_shown(staff: Staff) -> None:
    olga, omar = staff["olga"], staff["omar"]
    target = _propose_erasure(staff)
    with closing(sqlite3.connect(staff.folder / "staff.sqlite", timeout=30)) as database:
        [(number,)] = database.execute("SELECT max(id) FROM staff_draft WHERE kind = 'erase'").fetchall()
    address = f"/staff/erasures/{number}/approve"
    listed = omar.get("/staff/erasures/").text
    assert f'href="../..{address}">Look at what would be erased, and decide</a>' in listed
    assert [one for one in _buttons(listed) if "approve" in one[0]] == []
    page = omar.get(address)
    assert _main(page.text) == (
        "Approve the erasure of 2 statements? Ground: it should never have been published Asked for by: operator Proposed by: olga "
        "What would be erased Name : Cameras for the harbour about Cameras for the harbour (Acquisition) · reported · "
        f"source: {target.statement.source} · The Operator says so · Its page {target.id} "
        f"No statement of this register has this id, or it is erased already: {'ab' * 32} What then happens "
        "The entry of the log is made ready. Whoever holds an operator's key signs it and hands it in. "
        "With that, what the statements say is deleted here, and in copies that follow this log. It cannot be brought back. "
        "The log keeps that something was erased, when, on which ground, and at whose request. "
        "Your approval stands in the audit log. Until the entry is signed, the draft can be thrown away. "
        "Approve this erasure No: back to the erasures"
    )
    assert f'href="{staff.pages}/statements/{target.id}"' in page.text
    assert Visitor(staff.pages).get(f"/statements/{target.id}").status == 200
    assert olga.get(address).status == 403, "whoever proposed does not approve"
    omar.get(address)
    assert omar.post(address).status == 303
    again = omar.get(address)
    assert again.status == 409 and "This erasure is to be signed." in again.text
    signing = text_of(unescaped(olga.get(f"/staff/drafts/{number}/").text))
    assert (
        "Handing it in erases: what these statements say is deleted here and in copies that follow this log" in signing
    )


def test_a_delivery_is_dropped_only_after_a_page_that_says_where_it_goes(staff: Staff) -> None:
    olga, address = staff["olga"], f"/staff/outbox/{staff.dead}/drop"
    assert [one for one in _buttons(olga.get("/staff/outbox/").text) if one[0].endswith("drop")] == []
    assert _main(olga.get(address).text) == (
        "Drop this delivery? A mail to a@example.net What then happens "
        "Its address and its content are deleted here and cannot be brought back. "
        "It is not tried again. Whoever should have had it has to be told in another way. "
        "That it was dropped, and that you did it, stands in the audit log. "
        "Drop this delivery No: back to the deliveries"
    )
    with Register.open(staff.folder, gate=gate) as register:
        assert [one.id for one in outbox.dead(register)] == [staff.dead]
    assert olga.post(address).status == 303
    assert olga.get(address).status == 404


def test_the_end_of_a_key_says_whose_it_is_and_what_its_signature_brings(staff: Staff) -> None:
    words = text_of(unescaped(_end_of_key(staff)))
    assert f"End of the key {private('company').public.id} of Grey Wire Ltd" in words
    assert "Handing it in ends this key for good: what it signs afterwards does not count" in words


def test_the_audit_page_calls_keys_by_their_owners_and_keeps_every_id(staff: Staff, tmp_path: Path) -> None:
    key = staff.key(OPERATOR).public.id
    _propose_erasure(staff)
    _end_of_key(staff)
    made = run(staff.folder, "staff", "invite", "uwe", "--role", "case-handler")
    assert made.returncode == 0
    page = staff["olga"].get("/staff/audit/").text
    words = text_of(unescaped(page))
    assert re.search(
        rf"The Operator by signature with the key {key[:8]}… {key} operator add a key to the log, done entry \d+ digest of what was signed",
        words,
    )
    assert "somebody at the register's own machine operator invite somebody, done uwe" in words
    assert "console" not in words
    assert f'href="{staff.pages}/log/entries/1">entry 1</a>' in page
    first = [one for one in re.findall(r"<td[^>]*>(.*?)</td>", page, re.S) if re.match(r"\s*[0-9a-f]{32,64}\s*$", one)]
    assert first == [], "no bare number stands where a name belongs"
    assert f"Grey Wire Ltd number {private('company').public.id[:8]}… {private('company').public.id}" in words
    assert "3 statements" not in words and "2 statements, it should never have been published" in words
