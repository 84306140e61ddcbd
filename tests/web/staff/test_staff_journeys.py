"""What staff do, from end to end over HTTP without script; signatures by the real ssh-keygen, on the owner's side."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urljoin

import pytest

from sousveil.decisions.api import gate
from sousveil.ledger import checkpoint, note
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.audit import open_audit
from sousveil.register.codes import EraseBy, EraseGround
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import content
from sousveil.register.publication import Submission
from sousveil.register.register import Register
from sousveil.register.static import Restored
from sousveil.register.witnessing import PROVEN
from sousveil.web.failures import Failure, stopped_act
from sousveil.web.limits import PER_KEY, Turnstile
from tests.register import maker
from tests.register.maker import private, said
from tests.web.staff.people import BODY, COMPANY, OPERATOR, OTHER, PROPOSAL, SEAT, Staff, run, staff_of, text_of
from tests.web.staff.visitor import Page, Visitor, unescaped

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")


@pytest.fixture
def staff(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Staff]:
    """Those whom the test names are signed in."""
    with staff_of(tmp_path / "register", *request.param) as found:
        yield found


def signed_in(*names: str) -> pytest.MarkDecorator:
    """Who is needed."""
    return pytest.mark.parametrize("staff", [names], indirect=True, ids=["-".join(names)])


def _hand_in(staff: Staff, name: str, path: str, owner: str) -> Page:
    """Fetch the bytes, sign them as this owner, hand the signature in; gives the draft's page."""
    payload = staff[name].get(f"{path}payload.json")
    assert payload.status == 200 and payload.header("content-disposition") == 'attachment; filename="payload.json"'
    staff[name].get(path)
    page = staff[name].post(f"{path}hand-in", signature=staff.sign(owner, payload.body))
    return staff[name].get(path) if page.status == 303 else page


@signed_in("paula")
def test_a_publisher_drafts_prepares_signs_elsewhere_and_hands_in(staff: Staff) -> None:
    paula = staff["paula"]
    home = text_of(paula.get("/staff/").text)
    assert "Nothing is overdue." in home and f"Held for review (something is only alleged): {staff.held[:12]}" in home
    one = said(COMPANY, "Company", "summary", "Sells cameras.", publisher=COMPANY)
    number = staff.draft("paula", "What we sell", content(one).decode())
    path = f"/staff/drafts/{number}/"
    assert "Draft “What we sell”: to be finished" in paula.get("/staff/").text
    paula.get(path)
    assert paula.post(f"{path}prepare").status == 303
    assert "Draft “What we sell”: to be signed and handed in" in paula.get("/staff/").text
    page = paula.get(path)
    assert "ssh-keygen -Y sign -n sousveil-publication -f KEY payload.json" in page.text
    assert paula.post(f"{path}save", title="Other", text="x").status == 409, "what is fixed is not written on"
    page = _hand_in(staff, "paula", path, OTHER)
    assert page.status == 403 and "Nobody publishes for another." in page.text
    page = _hand_in(staff, "paula", path, COMPANY)
    assert "In the log as entry 9." in page.text
    with Register.open(staff.folder, gate=gate) as register:
        assert register.store.size() == 10
        [recorded] = [r for r in register.store.statements_of([COMPANY]) if r.statement.property == "summary"]
        assert recorded.statement == one
    assert paula.post(f"{path}hand-in", signature="x").status == 409
    reader = Visitor(staff.pages)
    moved = reader.get(f"/entities/{COMPANY}")
    assert moved.status == 301
    shown = reader.get(urljoin(f"/entities/{COMPANY}", moved.location))
    assert shown.text.count("Sells cameras.") >= 1, "readers see it at once"
    acts = [(one.act, one.stage) for one in open_audit(staff.folder).read(limit=4)]
    assert acts == [("draft.hand-in", one) for one in ("done", "attempted", "failed", "attempted")]


@signed_in("paula")
def test_what_is_handed_in_here_counts_for_the_key_as_everywhere_else(staff: Staff) -> None:
    """What this process counts beside, the server has counted too: the processes of a server share what they count."""
    told = []
    for text in ("Sells cameras.", "Sells lenses."):
        one = said(COMPANY, "Company", "summary", text, publisher=COMPANY)
        path = f"/staff/drafts/{staff.draft('paula', 'What we sell', content(one).decode())}/"
        staff["paula"].get(path)
        assert staff["paula"].post(f"{path}prepare").status == 303
        page = _hand_in(staff, "paula", path, COMPANY)
        told.append((page.status, "In the log as entry 9." in page.text))
        [counted] = staff.folder.rglob("counted")
        for _ in range(PER_KEY - 1 if len(told) == 1 else 0):
            Turnstile(counted).publication(staff.key(COMPANY).public.id, 1)
    assert told == [(200, True), (429, False)]
    assert staff["paula"].get(path).status == 200, "the draft is still there, to be handed in later"
    with Register.open(staff.folder, gate=gate) as register:
        assert register.store.size() == 10


@signed_in("paula", "olga", "peter", "rita", "bela", "carl")
def test_an_operator_s_key_signs_for_no_publisher_either(staff: Staff) -> None:
    number = staff.draft("paula", "A", content(said(COMPANY, "Company", "summary", "B.", publisher=COMPANY)).decode())
    path = f"/staff/drafts/{number}/"
    staff["paula"].get(path)
    assert staff["paula"].post(f"{path}prepare").status == 303
    page = _hand_in(staff, "paula", path, OPERATOR)
    assert page.status == 403
    for name in ("olga", "peter", "rita", "bela", "carl"):
        assert staff[name].get(path).status == 403
    assert staff["paula"].get("/staff/drafts/999/").status == 404
    assert staff["paula"].get("/staff/drafts/x/").status == 404


WRONG = {
    "": "There is no statement in this draft.",
    "{": "Line 1 is no statement",
    '["a"]': "Line 1 is no statement",
}


@signed_in("paula")
def test_what_is_wrong_with_a_draft_is_said_and_the_draft_stays(staff: Staff) -> None:
    for text, told in WRONG.items():
        path = f"/staff/drafts/{staff.draft('paula', 'Wrong', text)}/"
        staff["paula"].get(path)
        page = staff["paula"].post(f"{path}prepare")
        assert page.status == 400 and told in unescaped(page.text)
        assert "Prepare for signing" in staff["paula"].get(path).text


@signed_in("rita", "rolf", "rosa")
def test_two_reviewers_of_different_organisations_release_what_is_held(staff: Staff) -> None:
    line = f"To review (something is only alleged), from Grey Wire Ltd: {staff.held[:12]}"
    assert line in staff["rita"].get("/staff/").text
    assert staff["rosa"].get(f"/staff/held/{staff.held}/").status == 403, "nobody reviews their own organisation's"
    assert "your own organisation" in unescaped(staff["rosa"].get("/staff/held/").text)
    states = []
    for name, owner in (("rita", "Review One"), ("rolf", "Review Two")):
        page = staff[name].get(f"/staff/held/{staff.held}/")
        days = (datetime.now(UTC).date() - date(2024, 2, 3)).days
        assert f"said on 3 February 2024 ({days:,} days before it was handed in)" in page.text
        assert re.search(
            r"Vendor\s*:\s*Grey Wire Ltd\s*about Unnamed \(sv-[0-9a-f]+\) \(Acquisition\)", text_of(page.text)
        ), "an entity by its name, and no name that programs use"
        assert "Sells to anybody." in page.text and f"sousveil register review {staff.held} --key FILE" in page.text
        bad = staff[name].post(f"/staff/held/{staff.held}/review", verdict="publish", ground="accountability")
        assert bad.status == 422 and "The subject was not told" in bad.text
        page = staff[name].post(
            f"/staff/held/{staff.held}/review",
            verdict="publish",
            ground="accountability",
            waived="already_public",
        )
        assert page.status == 303
        states.append(re.findall(r'<p class="note">([^<]+)</p>', _hand_in(staff, name, page.location, owner).text))
    assert states == [["Noted: waiting."], ["Published at entry 11."]]
    assert "Nothing waits." in staff["rita"].get("/staff/").text
    assert staff["rita"].post(f"/staff/held/{staff.held}/review", verdict="refuse").status == 409


@signed_in("bela")
def test_a_board_member_votes_for_their_own_seat_once(staff: Staff) -> None:
    bela = staff["bela"]
    assert "To vote on: Cameras for the harbour" in bela.get("/staff/").text
    bela.get("/staff/proposals/")
    reasons = {"necessity": "None shown.", "proportionality": "Too wide.", "legality": "No law."}
    path = f"/staff/proposals/{PROPOSAL}/vote"
    assert bela.post(path, seat=SEAT, choice="against").status == 400, "a vote has reasons"
    assert bela.post(path, seat=SEAT, choice="maybe", **reasons).status == 400
    assert bela.post(f"/staff/proposals/{COMPANY}/vote", seat=SEAT, choice="against", **reasons).status == 404
    page = bela.post(path, seat=SEAT, choice="against", **reasons)
    assert page.status == 303
    assert "In the log as entry 9." in _hand_in(staff, "bela", page.location, BODY).text
    with Register.open(staff.folder, gate=gate) as register:
        votes = [one.statement for one in register.store.statements_to([SEAT])]
        said_ = {
            one.statement.property: one.statement.value for one in register.store.statements_of([votes[0].subject])
        }
    assert said_ == {"about": PROPOSAL, "choice": "against", "seat": SEAT, **reasons} | {"body": said_["body"]}
    assert "Nothing waits." in bela.get("/staff/").text
    bela.get("/staff/proposals/")
    assert bela.post(path, seat=SEAT, choice="for", **reasons).status == 409


@signed_in("olga", "omar")
def test_an_erasure_takes_two_operators_and_a_signature(staff: Staff) -> None:
    with Register.open(staff.folder, gate=gate) as register:
        target = next(one for one in register.store.statements_of([PROPOSAL]) if one.statement.property == "name")
    olga, omar = staff["olga"], staff["omar"]
    olga.get("/staff/erasures/")
    assert olga.post("/staff/erasures/propose", ids="x", ground="mistake", by="operator").status == 400
    assert olga.post("/staff/erasures/propose", ids=target.id, ground="mistake", by="nobody").status == 400
    assert olga.post("/staff/erasures/propose", ids=target.id, ground="mistake", by="operator").status == 303
    assert olga.get("/staff/drafts/1/payload.json").status == 409, "no bytes before the second operator"
    assert olga.post("/staff/erasures/1/approve").status == 403
    assert "To approve: Erasure of 1 statement: it should never have been published" in omar.get("/staff/").text
    omar.get("/staff/erasures/")
    assert omar.post("/staff/erasures/1/approve").status == 303
    assert omar.post("/staff/erasures/1/approve").status == 409
    page = _hand_in(staff, "olga", "/staff/drafts/1/", OPERATOR)
    assert "In the log as entry 9." in page.text
    with Register.open(staff.folder, gate=gate) as register:
        assert target.id not in {one.id for one in register.store.statements_of([PROPOSAL])}
    acts = [(one.account, one.act) for one in open_audit(staff.folder).read(limit=100) if one.stage == "done"]
    assert acts[:4] == [
        ("olga", "draft.hand-in"),
        (staff.key(OPERATOR).public.id, "entry.erase"),
        ("omar", "erasure.approve"),
        ("olga", "erasure.propose"),
    ]
    assert run(staff.folder, "audit").returncode == 0


@signed_in("olga", "omar", "paula")
def test_a_stopped_erasure_is_told_to_the_operator_in_the_operators_words(staff: Staff) -> None:
    """What is not done, what stopped it, what to do next; the same signature is good afterwards. Publishers hear theirs."""
    with Register.open(staff.folder, gate=gate) as register:
        target = next(one for one in register.store.statements_of([PROPOSAL]) if one.statement.property == "name")
        signer = note.Signer(name=register.origin, key=register.paths.key("log"))
    olga, omar = staff["olga"], staff["omar"]
    olga.get("/staff/erasures/")
    olga.post("/staff/erasures/propose", ids=target.id, ground="mistake", by="operator")
    omar.get("/staff/erasures/")
    omar.post("/staff/erasures/1/approve")
    number = staff.draft("paula", "A", content(said(COMPANY, "Company", "summary", "B.", publisher=COMPANY)).decode())
    staff["paula"].get(f"/staff/drafts/{number}/")
    assert staff["paula"].post(f"/staff/drafts/{number}/prepare").status == 303
    shown = checkpoint.sign(checkpoint.Checkpoint(origin=signer.name, size=3, root=b"r" * 32), [signer])
    kept = staff.folder / "evidence" / f"{hashlib.sha256(note.split(shown)[0]).hexdigest()[:16]}.checkpoint"
    kept.parent.mkdir()
    kept.write_bytes(shown)
    page = _hand_in(staff, "olga", "/staff/drafts/1/", OPERATOR)
    assert page.status == 503
    assert (
        "Nothing was erased: what this erasure names is still public. The register stopped it. The key of this log has signed a checkpoint "
        f"over 3 entries that is not part of this log: a witness showed it, and it is kept in {kept}. There are two histories, and nothing "
        "more is signed."
    ) in text_of(unescaped(page.text))
    assert f"{PROVEN} The draft is kept with its bytes: hand the same signature in again after that." in text_of(
        unescaped(page.text)
    )
    assert "Nothing is wrong with what you handed in" not in text_of(unescaped(page.text))
    page = _hand_in(staff, "paula", f"/staff/drafts/{number}/", COMPANY)
    assert page.status == 503
    assert "Nothing is wrong with what you handed in: the register signs nothing at the moment." in text_of(
        unescaped(page.text)
    )
    assert "evidence" not in text_of(unescaped(page.text))
    with Register.open(staff.folder, gate=gate) as register:
        assert register.store.size() == 9
    kept.unlink()
    assert "In the log as entry 9." in _hand_in(staff, "olga", "/staff/drafts/1/", OPERATOR).text


@pytest.mark.parametrize("done", [False, True])
def test_what_stopped_after_the_entry_was_written_is_told_as_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    """A witness may know of more than was restored, and be heard only when it is asked to cosign."""
    with maker.made(tmp_path / "r") as made:
        register = made.register
        entry = log.encode(register.erasure([made.world.ids[1]], EraseGround.MISTAKE, EraseBy.OPERATOR))
        envelope = publication.sign(entry, register.paths.key(OPERATOR_KEY))

        def stop() -> None:
            raise Restored("A witness has cosigned 99 entries.", hint="Bring them back.")

        monkeypatch.setattr(register.witnesses, "cosign" if done else "confirm", stop)
        with pytest.raises(Restored) as stopped:
            register.submit(Submission(envelope=envelope))
        index = register.store.index_of(publication.open_envelope(envelope, register.store.keyring()).unique)
        assert index == (9 if done else None)
        if index is not None:
            assert stopped_act(stopped.value, "erase", index) == (
                "In the log as entry 9. After it the register stopped signing. A witness has cosigned 99 entries. Bring them back."
            )
            return
        with pytest.raises(Failure) as error:
            stopped_act(stopped.value, "erase", index)
        assert (error.value.status, error.value.message, error.value.hint) == (
            503,
            "Nothing was erased: what this erasure names is still public. The register stopped it. A witness has cosigned 99 entries.",
            "Bring them back. The draft is kept with its bytes: hand the same signature in again after that.",
        )


@signed_in("olga")
def test_an_operator_adds_and_ends_a_key_by_signed_entries(staff: Staff) -> None:
    olga = staff["olga"]
    olga.get("/staff/keys/")
    new = private("new").public
    assert olga.post("/staff/keys/add", key="zz", owner="A", role="publisher").status == 422
    assert olga.post("/staff/keys/add", key=new.raw.hex(), owner="A", role="operator").status == 400
    page = olga.post("/staff/keys/add", key=new.raw.hex(), owner="New Paper", role="publisher")
    assert "In the log as entry 9." in _hand_in(staff, "olga", page.location, OPERATOR).text
    assert "New Paper" in olga.get("/staff/keys/").text
    page = olga.post(f"/staff/keys/{new.id}/revoke", reason="ceased")
    assert "In the log as entry 10." in _hand_in(staff, "olga", page.location, OPERATOR).text
    assert olga.post("/staff/keys/nothing/revoke", reason="ceased").status == 400


@signed_in("olga")
def test_the_operator_sees_what_was_given_up_and_tries_again_or_drops_it(staff: Staff) -> None:
    olga = staff["olga"]
    assert "Given up: A mail to a@example.net" in olga.get("/staff/").text
    olga.get("/staff/outbox/")
    assert olga.post(f"/staff/outbox/{staff.dead}/retry").status == 303
    assert olga.post(f"/staff/outbox/{staff.dead}/retry").status == 404
    with Register.open(staff.folder, gate=gate) as register:
        register.store.db.execute("UPDATE outbox SET kind = 'mail.dead' WHERE id = ?", (staff.dead,))
    assert olga.post(f"/staff/outbox/{staff.dead}/drop").status == 303
    page = olga.get("/staff/outbox/").text
    assert "n/1" not in page
    assert "A mail that could not be delivered was dropped by an operator. Its address and content are deleted." in page


@signed_in("carl")
def test_a_case_handler_meets_nothing_of_the_register(staff: Staff) -> None:
    page = staff["carl"].get("/staff/")
    assert "Nothing waits." in page.text
    assert "Complaints lie elsewhere, on a server that nobody signs in to" in page.text
    assert "“sousveil complaints status”" in page.text


@signed_in("carl", "rita", "rolf")
def test_a_kept_checkpoint_is_continued_by_the_log(staff: Staff, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(staff["carl"].get("/staff/audit/checkpoint").body)
    staff["rita"].get(f"/staff/held/{staff.held}/")
    done = run(staff.folder, "audit", "--known", str(kept), "--show", "1")
    assert done.returncode == 0 and "what you kept is continued" in done.stdout
    assert f"rita (reviewer)  held.read single  {staff.held}" in done.stdout
    page = staff["rolf"].get("/staff/audit/")
    assert "read a held publication" in page.text and "held.read" not in page.text and "rita" in page.text


@signed_in("olga")
def test_an_act_that_cannot_be_written_down_is_not_done(staff: Staff) -> None:
    olga = staff["olga"]
    olga.get("/staff/accounts/")
    entries = staff.folder / "audit" / "tile" / "entries"
    file = max((one for one in entries.rglob("*") if one.is_file()), key=lambda one: int(one.name))
    file.write_bytes(file.read_bytes().replace(b"account.enrol", b"account.enrom"))
    page = olga.post("/staff/accounts/invite", pseudonym="nina", role="case-handler")
    assert page.status == 400 and "The audit log was changed" in page.text
    assert "nina" not in run(staff.folder, "staff", "list").stdout


@signed_in("paula", "rita")
def test_a_draft_that_is_thrown_away_leaves_a_line_and_a_count_that_reviewers_see(staff: Staff) -> None:
    assert "No draft was thrown away." in text_of(staff["rita"].get("/staff/held/").text)
    path = f"/staff/drafts/{staff.draft('paula', 'Nothing to see', 'secret')}/"
    staff["paula"].get(path)
    assert staff["paula"].post(f"{path}delete").status == 303
    page = staff["paula"].get(path)
    assert (
        "thrown away by paula" in text_of(page.text) and "secret" not in page.text and "Nothing to see" not in page.text
    )
    assert staff["paula"].post(f"{path}delete").status == 409
    assert staff["paula"].post(f"{path}save", title="A", text="b").status == 409
    assert "Nothing to see" not in staff["paula"].get("/staff/drafts/").text
    assert "1 draft was thrown away here." in text_of(staff["paula"].get("/staff/drafts/").text)
    assert "Grey Wire Ltd: 1" in text_of(staff["rita"].get("/staff/held/").text)
    lines = [(one.account, one.act, one.stage) for one in open_audit(staff.folder).read(limit=4)]
    assert ("paula", "draft.delete", "done") in lines and ("paula", "draft.delete", "attempted") in lines


@signed_in("rita", "rolf", "olga")
def test_a_subject_is_told_and_replies_and_an_ended_reviewer_does_not_count(staff: Staff) -> None:
    held = f"/staff/held/{staff.held}/"
    rita, rolf, olga = staff["rita"], staff["rolf"], staff["olga"]
    rita.get(held)
    assert rita.post(f"{held}notice", to="no address", reply_until="2099-01-01").status == 400
    assert rita.post(f"{held}notice", to="acme@acme.example", reply_until="2020-01-01").status == 422
    shown = rita.post(f"{held}notice", to="acme@acme.example", reply_until="2099-01-01")
    letter = text_of(unescaped(shown.text))
    assert shown.status == 200 and "Send this mail to the subject? To: acme@acme.example" in letter
    assert "You are told so that you can reply before it is decided." in letter and "Sells to anybody." in letter
    assert "A mail that has left cannot be called back." in letter
    assert "No notice was sent from here." in text_of(rita.get(held).text), "to look sends nothing"
    rita.get(held)
    assert rita.post(f"{held}notice", to="acme@acme.example", reply_until="2099-01-01", sure="yes").status == 303
    page = text_of(rita.get(held).text)
    assert (
        "about Grey Wire Ltd" in page and "may reply until 1 January 2099" in page and "acme@acme.example" not in page
    )
    waived = {"verdict": "publish", "ground": "accountability", "waived": "already_public"}
    assert (
        "Noted: waiting." in _hand_in(staff, "rita", rita.post(f"{held}review", **waived).location, "Review One").text
    )
    assert "Agreed by Review One" in text_of(rolf.get(held).text)
    assert rolf.post(f"{held}reply", text="It is not so.").status == 303
    page = text_of(rolf.get(held).text)
    assert "It is not so." in page and "Agreed by nobody yet" in page
    rita.get(held)
    assert (
        "Noted: waiting." in _hand_in(staff, "rita", rita.post(f"{held}review", **waived).location, "Review One").text
    )
    olga.get("/staff/accounts/")
    assert olga.post("/staff/accounts/rita/disable").status == 303
    assert "Agreed by nobody yet" in text_of(rolf.get(held).text)
    assert (
        "Noted: waiting." in _hand_in(staff, "rolf", rolf.post(f"{held}review", **waived).location, "Review Two").text
    )


FORM = "f-contracts__request"
ASKED = {
    "name": "Cameras at the harbour",
    "body": BODY,
    "question": "Who pays for them?",
    "askedOn": "2026-01-05",
    "status": "asked",
    "statement.source": "Letter of 5 January 2026",
    "statement.standing": "reported",
}


@signed_in("paula", "peter")
def test_a_form_is_kept_taken_up_again_prepared_and_signed_elsewhere(staff: Staff) -> None:
    paula = staff["paula"]
    assert f'href="{FORM}/"' in paula.get("/staff/forms/").text or FORM in paula.get("/staff/forms/").text
    assert paula.get("/staff/forms/f-contracts__nothing/").status == 404
    page = paula.get(f"/staff/forms/{FORM}/")
    assert page.status == 200 and "for Grey Wire Ltd" in text_of(page.text) and "statement.publisher" not in page.text
    made = paula.post(f"/staff/forms/{FORM}/begin", name=ASKED["name"], **{"statement.publisher": OTHER})
    path = made.location
    page = paula.get(path)
    assert "Cameras at the harbour" in page.text and "Nothing of it is public." in page.text
    assert "Draft “Publish a request for information”: to be finished" in paula.get("/staff/").text
    assert staff["peter"].get(path).status == 403, "another organisation's draft"
    paula.get(path)
    wrong = paula.post(f"{path}prepare", name=ASKED["name"])
    assert wrong.status == 422 and "not yet ready to be signed" in text_of(wrong.text)
    assert paula.post(f"{path}save", **{**ASKED, "question": "Who pays?"}).status == 303
    assert "Who pays?" in paula.get(path).text
    ready = paula.post(f"{path}prepare", **ASKED, **{"statement.publisher": OTHER})
    assert ready.status == 303, text_of(ready.text)[:1500]
    assert COMPANY in paula.get(path).text and OTHER not in text_of(paula.get(path).text)
    page = _hand_in(staff, "paula", path, OTHER)
    assert page.status == 403 and "Nobody publishes for another." in page.text
    assert "In the log as entry 9." in _hand_in(staff, "paula", path, COMPANY).text
    with Register.open(staff.folder, gate=gate) as register:
        entry = register.store.entry(9)
        said_ = {
            one.statement.property: one.statement.value
            for one in register.store.statements_of(register.store.subjects(type="InformationRequest"))
        }
    assert entry.publisher == COMPANY
    assert said_ == {name: value for name, value in ASKED.items() if not name.startswith("statement.")}


@signed_in("olga", "paula")
def test_tables_name_their_columns_on_a_phone_and_a_refusal_leads_back(staff: Staff) -> None:
    page = staff["olga"].get("/staff/accounts/").text
    assert '<td role="cell" data-label="Role">' in page
    audit = text_of(staff["olga"].get("/staff/audit/").text)
    assert "add a key to the log, done" in audit and "take up an invitation, done" in audit
    refused = staff["paula"].get("/staff/held/")
    assert refused.status == 403 and '<a href="../../staff/">For staff: what waits for you</a>' in refused.text
    assert "No cookie, no script" not in refused.text


@signed_in("bela", "olga")
def test_nothing_of_weight_is_chosen_beforehand(staff: Staff) -> None:
    """A vote, a ground, a role: who presses the button without having chosen is asked."""
    for who, address in (("bela", "proposals/"), ("olga", "keys/"), ("olga", "erasures/"), ("olga", "accounts/")):
        page = staff[who].get(f"/staff/{address}").text
        found = re.findall(r"<select [^>]*>\s*<option[^>]*>[^<]*", page)
        assert found, address
        assert [one for one in found if not one.endswith(' required><option value="">choose')] == []
