"""A notice to a regulator: nothing leaves before two people signed its exact bytes; sent by mail and webhook; then public."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.desk import notices
from sousveil.desk.watching import watch
from sousveil.errors import Malformed, Missing, Usage
from sousveil.register import outbox
from sousveil.register.admission import Held
from sousveil.register.codes import EraseBy, EraseGround, RetractReason, RevokeReason, Role
from sousveil.register.folder import Folder
from sousveil.register.model import Stance, Standing, entity_id
from sousveil.register.outbox.settings import MailSettings, WebhookSettings
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.web.page import all_pages
from tests.desk.offices import (
    EXCHANGE,
    HOLDING,
    INCIDENT,
    STRANGER,
    VENDOR,
    WORKS,
    key,
    office,
    published,
    said,
    ssh_signature,
)
from tests.desk.posting import DAY, TO, approved, by_mail, drafted, on, signed
from tests.register.outbox.conftest import Hook, Post


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with office(tmp_path / "register") as opened:
        yield opened


def test_what_a_notice_says(register: Register) -> None:
    seen = drafted(register)
    told = {"AbuseIncident": "Abuse incident: Phone of a newsroom"}
    notice = msgspec.json.decode(msgspec.json.encode(seen.notice))
    ids = {one.statement.property: one.id for one in register.store.statements_of([INCIDENT])}
    common = {
        "about": told["AbuseIncident"],
        "source": "The Port Meridian Post, 3 May 2026",
        "publisher": "The Port Meridian Post",
        "standing": "reported",
        "valid_from": None,
        "replies": [],
    }
    held = {one.statement.property: one.id for one in register.store.statements_of([entity_id("desk", "own-vendor")])}
    tree = register.store.tree()
    text = notice.pop("letter")
    assert notice == {
        "form": "sousveil-regulator-notice/4",
        "says": notices.ASKS,
        "register_title": "Desk (invented)",
        "origin": "desk.example/log",
        "address": "https://desk.example",
        "example": True,
        "regulator": EXCHANGE,
        "regulator_name": "Port Meridian Exchange Supervisor",
        "company": HOLDING,
        "company_name": "Fernhill Holding SA",
        "concerns": [VENDOR],
        "concerns_names": ["Glasmoth Systems Ltd"],
        "holdings": [
            {
                "vendor": VENDOR,
                "chain": ["Fernhill Holding SA", "Glasmoth Systems Ltd"],
                "statements": [held["owner"], held["asset"]],
                "sources": ["The Port Meridian Post, 3 May 2026"],
            }
        ],
        "event": None,
        "event_name": None,
        "drafted_on": DAY,
        "acknowledge_days": 30,
        "log_size": tree.size,
        "root": tree.root.hex(),
        "left_out": 0,
        "mail": TO,
        "webhook": None,
        "subject": "Notice about Fernhill Holding SA",
        "harms": [
            {**common, "statement": ids["name"], "says": "Name: Phone of a newsroom"},
            {**common, "statement": ids["stage"], "says": "How far it went: reported as infected"},
            {**common, "statement": ids["vendor"], "says": "Vendor of the product: Glasmoth Systems Ltd"},
            {**common, "statement": ids["date"], "says": "Date: March 2026"},
        ],
    }
    assert seen.state.state == "draft" and seen.approved_by == ()
    assert text == notices.as_text(seen)
    assert (
        "Reached through ownership: Fernhill Holding SA > Glasmoth Systems Ltd\n  Source: The Port Meridian Post"
        in text
    )
    assert "INVENTED EXAMPLE: nothing in this notice is true." in text
    assert text.count("Source: The Port Meridian Post, 3 May 2026") == 5
    numbers = [line.removeprefix("  Number: ") for line in text.splitlines() if line.startswith("  Number: ")]
    assert numbers == [held["owner"], held["asset"], *(one.statement for one in seen.notice.harms)]
    assert {one.id for one in register.store.iter_statements()} > set(numbers)
    assert text.endswith(
        "\nThe register's web address: https://desk.example\n"
        "Two people have approved the enclosed file, this letter included. Each statement can be checked in the register by its "
        "number:\nhttps://desk.example/statements/NUMBER\n"
    )
    assert [page.route for page in all_pages() if page.name == "statement"] == ["statements/{id}"]


def test_the_letter_gives_the_web_address_that_the_register_names(register: Register) -> None:
    deny(register)
    register.config = msgspec.structs.replace(register.config, address="http://desk.onion:8080/register/")
    seen = drafted(register)
    [reply] = [reply for one in seen.notice.harms for reply in one.replies]
    assert f"  Number of the reply: {reply.statement}\n" in seen.notice.letter
    assert seen.notice.letter.endswith("\nhttp://desk.onion:8080/register/statements/NUMBER\n")
    register.config = msgspec.structs.replace(register.config, address="")
    assert notices.look(register, seen.id, day=DAY).changed == ("the register's web address has changed",)


@pytest.mark.parametrize("address", ["desk.example", "ftp://desk.example", "https://desk.example/?x", "https://a b"])
def test_an_address_of_the_pages_that_is_none_is_refused(register: Register, address: str) -> None:
    paths = Folder(register.folder)
    paths.write_config(msgspec.structs.replace(paths.config(), address=address))
    with pytest.raises(Usage, match="gives an address of the pages that is none"):
        paths.config()


def test_nothing_leaves_before_two_people_of_different_offices_signed_its_bytes(
    register: Register, tmp_path: Path
) -> None:
    id = drafted(register).id
    with pytest.raises(Refused, match="0 of 2") as refused:
        notices.send(register, id)
    assert refused.value.code == "not_approved"
    assert notices.approve(register, id, signed(register, tmp_path, id, "anna")).approved_by == ("Anna's office",)
    with pytest.raises(Refused) as refused:
        notices.approve(register, id, signed(register, tmp_path, id, "anna"))
    assert refused.value.code == "second_approval"
    with pytest.raises(Refused) as refused:
        notices.approve(register, id, signed(register, tmp_path, id, "post"))
    assert refused.value.code == "unknown_key"
    with pytest.raises(Refused) as refused:
        notices.approve(register, id, signed(register, tmp_path, id, "bela", "sousveil-publication"))
    assert refused.value.code == "bad_signature"
    with pytest.raises(Refused) as refused:
        notices.send(register, id)
    assert refused.value.code == "not_approved"
    assert outbox.all_deliveries(register) == []
    assert not register.store.subjects(type="RegulatorNotice")


def test_an_approval_ends_with_its_key(register: Register, tmp_path: Path) -> None:
    id = drafted(register).id
    for name in ("anna", "bela"):
        notices.approve(register, id, signed(register, tmp_path, id, name))
    register.key_revoke(key("bela").public.id, RevokeReason.CEASED)
    assert notices.look(register, id).approved_by == ("Anna's office",)
    with pytest.raises(Refused):
        notices.send(register, id)


def test_a_key_that_a_compromised_operator_let_in_approves_nothing(register: Register, tmp_path: Path) -> None:
    register.key_add(key("operator-2").public.raw.hex(), "The operator", Role.OPERATOR)
    raw = key("cilla").public.raw.hex()
    since = register.key_add(raw, "Cilla's office", Role.REVIEWER, by=key("operator-2")).index
    id, other = drafted(register).id, drafted(register, mail="somebody@else.example").id
    for name in ("anna", "cilla"):
        notices.approve(register, id, signed(register, tmp_path, id, name))
    assert notices.look(register, id).approved_by == ("Anna's office", "Cilla's office")
    register.key_revoke(key("operator-2").public.id, RevokeReason.COMPROMISED, compromised_since=since)
    with pytest.raises(Refused) as refused:
        notices.approve(register, other, signed(register, tmp_path, other, "cilla"))
    assert refused.value.code == "unknown_key"
    assert notices.look(register, id).approved_by == ("Anna's office",)
    with pytest.raises(Refused, match="1 of 2") as refused:
        notices.send(register, id, day=DAY)
    assert refused.value.code == "not_approved"


def test_changed_bytes_are_told(register: Register) -> None:
    id = drafted(register).id
    path = register.folder / "notices" / id / "notice.json"
    path.write_bytes(path.read_bytes().replace(b"reported as infected", b"proven infected"))
    with pytest.raises(Malformed):
        notices.look(register, id)


def test_a_retraction_after_the_approval_stops_it(register: Register, tmp_path: Path) -> None:
    id = drafted(register).id
    for name in ("anna", "bela"):
        notices.approve(register, id, signed(register, tmp_path, id, name))
    stage = next(one for one in register.store.statements_of([INCIDENT]) if one.statement.property == "stage")
    register.retract([stage.id], key("post"), RetractReason.WRONG)
    with pytest.raises(Refused) as refused:
        notices.send(register, id)
    assert refused.value.code == "changed"


def deny(register: Register) -> None:
    stage = next(one for one in register.store.statements_of([INCIDENT]) if one.statement.property == "stage")
    register.publish(
        [
            msgspec.structs.replace(
                stage.statement,
                property="reply",
                publisher=WORKS,
                value="That is not so.",
                source="Letter of 1 June 2026",
                stance=Stance.DENIES,
                supersedes=stage.id,
            )
        ],
        key("works"),
    )


def ids_of(register: Register, subject: str) -> list[str]:
    return [one.id for one in register.store.statements_of([subject])]


SINCE = {
    "retraction": (
        lambda register: register.retract(ids_of(register, INCIDENT)[1:2], key("post"), RetractReason.WRONG),
        "the statements of harm or the replies to them have changed",
    ),
    "erased": (
        lambda register: register.erase(ids_of(register, INCIDENT)[1:2], EraseGround.MISTAKE, EraseBy.PUBLISHER),
        "the statements of harm or the replies to them have changed",
    ),
    "reply": (deny, "the statements of harm or the replies to them have changed"),
    "more harm": (
        lambda register: register.publish(
            said(entity_id("desk", "more"), "Sanction", entity=VENDOR, program="SDN"), key("post")
        ),
        "the statements of harm or the replies to them have changed",
    ),
    "sold": (
        lambda register: register.publish(
            said(entity_id("desk", "own-vendor"), "Ownership", endDate="2026-11-01"), key("post")
        ),
        "the ownership on record has changed",
    ),
    "holding taken back": (
        lambda register: register.retract(
            ids_of(register, entity_id("desk", "own-vendor")), key("post"), RetractReason.WRONG
        ),
        "the ownership on record has changed",
    ),
    "renamed": (
        lambda register: (
            register.retract(
                [one.id for one in register.store.statements_of([HOLDING]) if one.statement.property == "name"],
                key("post"),
                RetractReason.WRONG,
            ),
            register.publish(said(HOLDING, "Company", name="Fernhill Group SA"), key("post")),
        ),
        "a name has changed",
    ),
}


@pytest.mark.parametrize("case", SINCE)
def test_what_changed_since_the_approval_holds_it_back_and_says_why(
    register: Register, tmp_path: Path, case: str
) -> None:
    change, why = SINCE[case]
    id = approved(register, tmp_path)
    assert notices.look(register, id, day=DAY).changed == ()
    change(register)
    with pytest.raises(Refused) as refused:
        notices.send(register, id, day=DAY)
    assert refused.value.code == "changed"
    assert why in refused.value.message
    assert outbox.all_deliveries(register) == []
    assert notices.as_text(notices.look(register, id, day=DAY)).startswith("HELD BACK: ")


def test_other_words_of_the_letter_have_to_be_approved_anew(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = approved(register, tmp_path)
    letter, visible = notices.letter, notices.visible
    other = {
        "letter": lambda notice: f"{letter(notice)}Believe it.\n",
        "visible": lambda text, most: visible(text.replace("Notice about", "Warning of"), most),
    }
    for name, words in other.items():
        with monkeypatch.context() as patch, pytest.raises(Refused) as refused:
            patch.setattr(notices, name, words)
            notices.send(register, id, day=DAY)
        assert "the wording of the letter has changed" in refused.value.message, name
        assert outbox.all_deliveries(register) == []


def test_where_it_goes_is_approved_as_well(register: Register, tmp_path: Path) -> None:
    first, second = drafted(register), drafted(register, mail="somebody@else.example")
    assert first.id != second.id
    notices.approve(register, first.id, signed(register, tmp_path, first.id, "anna"))
    assert notices.look(register, second.id).approved_by == ()


def test_what_was_erased_or_is_held_is_not_read_in_a_notice(
    register: Register, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person = entity_id("desk", "person")
    outcome = register.publish(
        said(person, "Person", name="Ada Reporter")
        + said(entity_id("desk", "more"), "AbuseIncident", name="Held", stage="infected", vendor=VENDOR),
        key("post"),
        receipt=False,
    )
    assert isinstance(outcome, Held)
    id = approved(register, tmp_path)
    text = notices.as_text(notices.look(register, id, day=DAY))
    assert "Ada Reporter" not in text and "Held" not in text and "reported as infected" in text
    stage = next(one for one in register.store.statements_of([INCIDENT]) if one.statement.property == "stage")
    register.erase([stage.id], EraseGround.MISTAKE, EraseBy.PUBLISHER)
    where = ["--register", str(register.folder)]
    register.close()
    assert main(["register", "notice", "show", id, *where]) == 0
    shown = capsys.readouterr().out
    assert "reported as infected" not in shown and "Name: Phone of a newsroom" in shown
    assert shown.startswith("HELD BACK: the statements of harm or the replies to them have changed")
    assert main(["register", "notice", "list", *where]) == 0
    assert "HELD BACK: the statements of harm or the replies to them have changed" in " ".join(
        capsys.readouterr().out.split()
    )


def test_an_alleged_holding_reaches_nobody(register: Register) -> None:
    other = said(entity_id("desk", "alleged"), "Ownership", owner=STRANGER, asset=VENDOR)
    alleged = [msgspec.structs.replace(one, standing=Standing.ALLEGED) for one in other]
    published(register, [*said(STRANGER, "Company", name="Far Away Looms AG"), *alleged])
    with pytest.raises(Refused) as refused:
        notices.draft(register, regulator=EXCHANGE, company=STRANGER, mail=TO, day=DAY)
    assert refused.value.code == "nothing_to_tell"


def test_letters_of_names_start_no_line_and_no_escape(register: Register) -> None:
    forged = msgspec.structs.replace(drafted(register).notice, company_name="A\nApproved by: all\x1b[2J\u202e")
    text = notices.letter(forged)
    assert "\nApproved by" not in text and "\x1b" not in text and "\u202e" not in text
    assert "About: A ↵ Approved by: all\\u001b" in text


def test_a_long_notice_is_bounded_and_says_what_it_leaves_out(register: Register, tmp_path: Path) -> None:
    long = "x" * 5_000
    for batch in range(2):
        register.publish(
            [
                one
                for at in range(150)
                for one in said(
                    entity_id("desk", f"case-{batch}-{at}"),
                    "AbuseIncident",
                    name=f"Case {at}",
                    vendor=VENDOR,
                    summary=long,
                )
            ],
            key("post"),
        )
    seen = drafted(register)
    data = (register.folder / "notices" / seen.id / "notice.json").read_bytes()
    notice = seen.notice
    assert len(data) < notices.FILE_MAX and len(notice.letter) < notices.LETTER_MAX + 5_000
    assert len(notice.harms) + notice.left_out == 3 * 300 + 4 > 400
    assert f"{notice.left_out:,} further statements stand in the register" in notice.letter
    told = notice.letter.count("\n- ")
    assert f"{len(notice.harms) - told:,} further statements stand in the enclosed file" in notice.letter
    assert "(and 1,000 letters more, which stand in the register)" in notice.letter
    assert long[:4_001] not in notice.letter


def test_a_notice_that_is_cut_to_the_byte_may_leave(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many statements stay out is known before the room for them is: its digits take room too."""
    for at in range(6):
        case = said(entity_id("desk", f"case-{at}"), "AbuseIncident", name=f"Case {at}", vendor=VENDOR)
        register.publish(case, key("post"))

    def told(most: int) -> int:
        monkeypatch.setattr(notices, "FILE_MAX", most)
        return len(notices.filled(register, blank, DAY).harms)

    blank = msgspec.structs.replace(drafted(register).notice, left_out=0)
    low, high = 0, notices.FILE_MAX
    while high - low > 1:  # the least room for three
        middle = (low + high) // 2
        low, high = (middle, high) if told(middle) < 3 else (low, middle)
    assert told(high) == 3
    id = approved(register, tmp_path)
    assert len(notices.look(register, id, day=DAY).notice.harms) == 3
    assert notices.look(register, id, day=DAY).notice.left_out > 9
    assert notices.send(register, id, day=DAY).state.state == "leaving"


def test_sent_by_mail_and_webhook_published_and_acknowledged(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, DAY)
    post, hook = Post(), Hook()
    hook.start()
    try:
        config = msgspec.structs.replace(
            register.config,
            mail=MailSettings(host="127.0.0.1", port=post.port, from_="register@desk.example", tls="none"),
            webhooks=WebhookSettings(loopback=True),
        )
        register.config = config
        plan = entity_id("desk", "listing")
        values = {"name": "Fernhill goes public", "company": HOLDING, "eventKind": "listing"}
        register.publish(said(plan, "CorporateEvent", **values), key("post"))
        id = drafted(register, event=plan, webhook=f"http://127.0.0.1:{hook.port}/filings").id
        for name in ("anna", "bela"):
            notices.approve(register, id, signed(register, tmp_path, id, name))
        assert notices.send(register, id, day="2026-11-20").state.state == "leaving"
        assert notices.settle(register) == 0
        assert outbox.deliver(register, guards={notices.GUARD: notices.hold_reason}) == 2
        assert notices.settle(register) == 1
        assert notices.settle(register) == 0
        seen = notices.look(register, id, day=DAY)
        assert (seen.state.state, seen.state.sent_on) == ("sent", DAY)
    finally:
        post.controller.stop()
        hook.stop()
    data = (register.folder / "notices" / id / "notice.json").read_bytes()
    assert [mail["To"] for mail in post.mails] == [TO]
    assert post.mails[0]["Subject"] == "Notice about Fernhill Holding SA"
    enclosed = list(post.mails[0].iter_attachments())
    assert [(one.get_filename(), one.get_content()) for one in enclosed] == [(f"notice-{id}.json", data)]
    called = json.loads(hook.calls[0].body)
    assert called == {
        "event": "regulator-notice",
        "register": "desk.example/log",
        "data": {"id": id, "sha256": seen.sha256, "file": data.decode()},
    }
    body = post.mails[0].get_body(("plain",))
    assert body is not None and body.get_content().replace("\r\n", "\n") == json.loads(data)["letter"]
    record = entity_id("notice", register.origin, id)
    assert {one.statement.property: one.statement.value for one in register.store.statements_of([record])} == {
        "name": "Notice about Fernhill Holding SA",
        "regulator": EXCHANGE,
        "company": HOLDING,
        "sentOn": DAY,
        "contentHash": seen.sha256,
        "harms": "4 statements about Glasmoth Systems Ltd, with every reply on file.",
        "corporateEvent": plan,
        "occasion": "Fernhill goes public",
    }
    assert notices.look(register, id, day="2026-12-25").unanswered is False
    assert notices.look(register, id, day="2026-12-26").unanswered is True
    assert [one.state for one in watch(register.store, "2026-12-26").watched[0].notices] == ["unanswered"]
    assert [one.state for one in watch(register.store, DAY).watched[0].events] == ["told"]
    with pytest.raises(Usage):
        notices.send(register, id)
    done = notices.acknowledge(register, id, seen.state.sent_on or "", answer="We have taken note of it.")
    assert (done.state.state, done.unanswered) == ("acknowledged", False)
    assert [one.state for one in watch(register.store, "2026-12-26").watched[0].notices] == ["acknowledged"]


@pytest.mark.parametrize("case", [*SINCE, "approval ended", "changed bytes", "nobody looks"])
def test_what_changed_while_it_waits_in_the_outbox_does_not_leave(
    register: Register, tmp_path: Path, case: str
) -> None:
    hook = Hook()
    hook.start()
    try:
        register.config = msgspec.structs.replace(register.config, webhooks=WebhookSettings(loopback=True))
        id = approved(register, tmp_path, mail="", webhook=f"http://127.0.0.1:{hook.port}/filings")
        [delivery] = notices.send(register, id, day=DAY).state.deliveries
        guards = {} if case == "nobody looks" else {notices.GUARD: notices.hold_reason}
        why = SINCE[case][1] if case in SINCE else ""
        if case in SINCE:
            SINCE[case][0](register)
        elif case == "approval ended":
            register.key_revoke(key("anna").public.id, RevokeReason.CEASED)
            why = "only 1 of 2 approvals count still"
        elif case == "changed bytes":
            path = register.folder / "notices" / id / "notice.json"
            path.write_bytes(path.read_bytes() + b" ")
            why = "was changed after it was drafted"
        else:
            why = "nobody here can look again"
        assert outbox.deliver(register, guards=guards) == 0
        told = outbox.state(register, delivery)
        assert (told.state, told.error[:10]) == ("dead", "Held back:") and why in told.error
        [line] = [one for one in register.store.operator_lines() if one[1] == "delivery_held_back"]
        assert f"(notice/{id}/webhook)" in line[2] and why in line[2]
        if case != "nobody looks":  # who tries it again is held back again
            outbox.retry(register, delivery)
            assert outbox.deliver(register, guards=guards) == 0
            assert outbox.state(register, delivery).state == "dead"
        assert hook.calls == []
    finally:
        hook.stop()


REFUSED = {
    "no way to send it": ({"mail": ""}, Usage),
    "no mail address": ({"mail": "a b"}, Usage),
    "a webhook on this machine": ({"webhook": "http://127.0.0.1/x"}, Usage),
    "a webhook in a private network": ({"webhook": "https://10.0.0.1/x"}, Usage),
    "nobody of that number": ({"company": STRANGER}, Refused),
    "no event": ({"event": VENDOR}, Refused),
    "nothing to tell": ({"company": EXCHANGE}, Refused),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_draft_is_refused_and_nothing_is_kept(register: Register, case: str) -> None:
    given, kind = REFUSED[case]
    with pytest.raises(kind):
        notices.draft(register, **{"regulator": EXCHANGE, "company": HOLDING, "mail": TO, **given})
    assert not (register.folder / "notices").exists()


@pytest.mark.parametrize("id", ["0000000000000000", "../keys", "", "x" * 16])
def test_no_notice_of_that_number(register: Register, id: str) -> None:
    with pytest.raises(Missing):
        notices.look(register, id)


def test_the_verbs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "register"
    with office(folder) as register:
        plan = entity_id("desk", "listing")
        values = {
            "name": "Fernhill goes public",
            "company": HOLDING,
            "eventKind": "listing",
            "plannedFor": "2027-01-10",
        }
        register.publish(said(plan, "CorporateEvent", **values), key("post"))
    where = ["--register", str(folder)]
    assert main(["register", "watch", *where, "--as-of", DAY]) == 1
    out = capsys.readouterr().out
    assert (
        "  Planned events of which no regulator has been told: 1\n  Events that have passed, and no regulator was told before: 0\n"
        in out
    )
    draft = [
        "register",
        "notice",
        "draft",
        "--regulator",
        EXCHANGE,
        "--company",
        HOLDING,
        "--event",
        plan,
        "--mail",
        TO,
    ]
    assert main([*draft, *where]) == 0
    id = capsys.readouterr().out.split()[0]
    data = (folder / "notices" / id / "notice.json").read_bytes()
    for name in ("anna", "bela"):
        signature = tmp_path / f"{name}.sig"
        signature.write_bytes(ssh_signature(tmp_path, name, data, "sousveil-notice"))
        assert main(["register", "notice", "approve", str(signature), id, *where]) == 0
    assert "approved by Anna's office, Bela's office" in capsys.readouterr().out
    assert main(["register", "notice", "show", id, *where]) == 0
    assert capsys.readouterr().out.startswith("To: Port Meridian Exchange Supervisor\nAbout: Fernhill Holding SA\n")
    assert main(["register", "notice", "send", id, *where]) == 0
    assert "in the outbox since" in capsys.readouterr().out
    assert main(["register", "watch", *where]) == 1  # nothing has left yet
    assert main(["register", "notice", "acknowledge", id, "--on", "2026-11-27", *where]) == 2
    assert main(["register", "notice", "send", id, *where]) == 2
    post = Post()
    try:
        with Register.open(folder, gate=gate) as register:
            by_mail(register, post.port)
        assert main(["worker", *where, "--once"]) == 0
    finally:
        post.controller.stop()
    capsys.readouterr()
    assert main(["register", "watch", *where]) == 0
    assert main(["register", "notice", "list", *where]) == 0
    assert "not acknowledged yet; 4 statements" in capsys.readouterr().out
    assert main(["register", "notice", "send", id, *where]) == 2
