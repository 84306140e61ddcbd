"""Every refusal, by a table, on every path: library, signed submission, command line, API. Nothing is kept of any of them."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.decisions.procedures.checks import records
from sousveil.decisions.procedures.conditions import Has
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import due_of
from sousveil.decisions.procedures.j_lifting import RECORD_DAYS
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.desk import bidders
from sousveil.errors import Missing
from sousveil.register.attachments import contents as files
from sousveil.register.codes import EraseBy, EraseGround, RetractReason
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.intake.core import PUBLISHER
from sousveil.register.model import Stance, Standing
from sousveil.register.publication import File, Submission
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.types import registry
from sousveil.register.types.model import Kind
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.procedures.port import NOTICE, Rec, hold, id_of, key_file, port, statements, tell
from tests.register.maker import OpenGate, private
from tests.web.client import ask

REASONS: dict[str, Any] = {"necessity": "A milder way exists.", "proportionality": "No.", "legality": "Section 4."}
VOTE: dict[str, Any] = {
    "body": "@board",
    "about": "@proposal",
    "seat": "@seat-1",
    "choice": "against",
    "date": "2025-03-10",
    **REASONS,
}
DECISION: dict[str, Any] = {
    "body": "@board",
    "about": "@proposal",
    "outcome": "approved",
    "date": "2025-03-20",
    "reason": "As voted.",
}


def vote(**changes: str) -> Rec:
    return ("vote", "Vote", VOTE | changes)


def decision(**changes: str) -> Rec:
    return ("decision", "OversightDecision", DECISION | changes)


@dataclass(frozen=True)
class Bad:
    """One case of the table."""

    name: str
    key: str
    bad: list[Rec]
    field: str
    code: str
    before: list[tuple[str, list[Rec]]] = field(default_factory=list)
    standing: Standing = Standing.CONFIRMED


NOTICED: list[tuple[str, list[Rec]]] = [("police", [NOTICE])]
REJECTION: Rec = (
    "rejection",
    "ClientRejection",
    {"vendor": "@vendor", "clientCountry": "xb", "reason": "No court looks at what it does.", "action": "refused"},
)
REGISTRATION: Rec = (
    "registration",
    "Registration",
    {"company": "@vendor", "declares": "identity", "startDate": "2025-06-01"},
)
LONG: dict[str, Any] = {
    "title": "Screening of 3 May",
    "logSize": "9",
    "issuedOn": "2025-05-03",
    "expiresOn": "2025-06-02",
}

TABLE = [
    Bad("decided without notice", "board", [decision()], "about", "no_notice"),
    Bad("rejected without notice", "board", [decision(outcome="rejected")], "about", "no_notice"),
    Bad(
        "decided before the days are over",
        "board",
        [decision(date="2025-02-13")],
        "date",
        "notice_not_over",
        NOTICED,
    ),
    Bad(
        "notice and decision at once",
        "board",
        [NOTICE, decision(date="2025-01-15")],
        "date",
        "notice_not_over",
    ),
    Bad(
        "a stranger's notice is none",
        "board",
        [decision()],
        "about",
        "no_notice",
        [("vendor", [("notice-2", "PublicNotice", {"acquisition": "@proposal", "noticedOn": "2025-01-12", "days": "1"})])],
    ),
    Bad("decided before the comments end", "board", [decision(date="2025-02-19")], "date", "before_hearing", NOTICED),
    Bad(
        "decided while comments are taken",
        "board",
        [("decision", "OversightDecision", DECISION | {"about": "@other", "date": "2025-02-01"})],
        "date",
        "comments_open",
        [
            ("police", [("other", "Acquisition", {"body": "@police", "board": "@board", "commentsUntil": "2025-02-10"})]),
            ("police", [("n", "PublicNotice", {"acquisition": "@other", "noticedOn": "2025-01-01", "days": "14"})]),
        ],
    ),
    Bad(
        "no days were set",
        "board",
        [("decision", "OversightDecision", DECISION | {"about": "@other"})],
        "about",
        "no_notice",
        [
            ("police", [("other", "Acquisition", {"body": "@police", "board": "@board"})]),
            ("police", [("n", "PublicNotice", {"acquisition": "@other", "noticedOn": "2025-01-01"})]),
        ],
    ),
    Bad(
        "decided before the hearing", "board", [decision(date="2025-02-28")], "date", "before_hearing", NOTICED
    ),
    Bad(
        "a vote that changes its mind",
        "board",
        [("vote-1", "Vote", {"choice": "for"})],
        "choice",
        "second_value",
        [*NOTICED, ("board", [("vote-1", "Vote", VOTE)])],
    ),
    Bad("half a vote", "board", [("vote", "Vote", {"body": "@board", "choice": "for"})], "about", "incomplete", NOTICED),
    Bad(
        "comment in another's name",
        "vendor",
        [("comment", "PublicComment", {
            "acquisition": "@proposal", "organization": "@ngo", "capacity": "organization", "comment": "Yes!", "date": "2025-02-01"})],
        "organization",
        "not_the_organization",
    ),
    *(
        Bad(
            f"{days} days of notice",
            "police",
            [("notice", "PublicNotice", {"acquisition": "@proposal", "noticedOn": "2025-01-15", "days": days})],
            "days",
            "notice_days",
        )
        for days in ("0", "-5", "367", "100000", "1.5")
    ),
    Bad(
        "a proposal with no days of notice",
        "police",
        [("proposal-2", "Acquisition", {"name": "Cameras", "body": "@police", "product": "@product", "noticeDays": "0"})],
        "noticeDays",
        "notice_days",
    ),
    Bad(
        "review in another's name",
        "vendor",
        [("review", "LicenceReview", {
            "licence": "@licence", "authority": "@office", "outcome": "maintained", "reason": "We like it.", "date": "2025-01-01"})],
        "authority",
        "not_the_authority",
    ),
    Bad(
        "review without reasons",
        "office",
        [("review", "LicenceReview", {"licence": "@licence", "authority": "@office", "outcome": "maintained", "date": "2025-01-01"})],
        "reason",
        "incomplete",
    ),
    Bad(
        "contract ends before it begins",
        "police",
        [("contract", "Contract", {"buyer": "@police", "startDate": "2025-05-02", "endDate": "2025-05-01"})],
        "endDate",
        "end_before_start",
    ),
    Bad(
        "contract ends before it was signed, said later",
        "police",
        [("contract", "Contract", {"endDate": "2024"})],
        "endDate",
        "end_before_start",
        [("police", [("contract", "Contract", {"buyer": "@police", "contractDate": "2025-05-02"})])],
    ),
    Bad(
        "licence expires before it is issued",
        "office",
        [("licence", "ExportLicence", {"expiryDate": "2024-04-30"})],
        "expiryDate",
        "end_before_start",
    ),
    Bad(
        "deployment ends before it begins",
        "police",
        [("use", "Deployment", {"body": "@police", "startDate": "2025-02", "endDate": "2025-01"})],
        "endDate",
        "end_before_start",
    ),
    Bad(
        "a due diligence report runs out before the time that it covers",
        "vendor",
        [
            (
                "report",
                "DueDiligenceReport",
                {"title": "Report", "company": "@vendor", "periodStart": "2025-01-01", "expiresOn": "2024-12-31"},
            )
        ],
        "expiresOn",
        "end_before_start",
    ),
    Bad(
        "results are due before the inquiry begins",
        "office",
        [("inquiry", "Investigation", {"name": "Inquiry", "startDate": "2025-02-01", "dueOn": "2025-01"})],
        "dueOn",
        "end_before_start",
    ),
    Bad(
        "a hearing before the proposal, said later",
        "police",
        [("proposal", "Acquisition", {"hearingDate": "2025-01-09"})],
        "hearingDate",
        "end_before_start",
    ),
    Bad(
        "a part of a due diligence report is a dot",
        "vendor",
        [("report", "DueDiligenceReport", {"title": "Report", "company": "@vendor", "prevented": "."})],
        "prevented",
        "no_words",
    ),
    Bad(
        "the answer to a request is a dash",
        "police",
        [("request", "InformationRequest", {"name": "Request", "body": "@police", "answer": "–"})],
        "answer",
        "no_words",
    ),
    Bad("registers as somebody else", "holding", [REGISTRATION], "company", "not_the_company"),
    Bad("is registered by a paper", "paper", [REGISTRATION], "company", "not_the_company", standing=Standing.REPORTED),
    Bad("turns a client away in another's name", "holding", [REJECTION], "vendor", "not_the_company"),
    Bad("confirms another's turning away", "ngo", [REJECTION], "vendor", "not_the_company"),
    Bad(
        "countersigns in another's name",
        "holding",
        [("counter", "Countersignature", {"registration": "@registration", "authority": "@office", "outcome": "confirmed"})],
        "authority",
        "not_the_authority",
        [("vendor", [REGISTRATION])],
    ),
    Bad(
        "issues an order in another's name",
        "vendor",
        [("order", "RevocationOrder", {"authority": "@office", "company": "@holding", "status": "issued"})],
        "authority",
        "not_the_authority",
    ),
    Bad(
        "screened by the bidder",
        "vendor",
        [("screening", "ScreeningRecord", LONG | {"authority": "@vendor"})],
        "authority",
        "asked_by_bidder",
    ),
    Bad(
        "screened by the bidder's holding",
        "holding",
        [("screening", "ScreeningRecord", LONG | {"authority": "@holding"})],
        "authority",
        "asked_by_bidder",
    ),
    Bad(
        "screened in another's name",
        "ngo",
        [("screening", "ScreeningRecord", LONG | {"authority": "@police"})],
        "authority",
        "not_the_authority",
    ),
    Bad(
        "a screening record of a year",
        "police",
        [("screening", "ScreeningRecord", LONG | {"authority": "@police", "expiresOn": "2026-05-03"})],
        "expiresOn",
        "too_long",
    ),
    Bad(
        "a screening record of 31 days",
        "police",
        [("screening", "ScreeningRecord", LONG | {"authority": "@police", "expiresOn": "2025-06-03"})],
        "expiresOn",
        "too_long",
    ),
    Bad(
        "withheld by somebody else",
        "police",
        [("redaction", "Redaction", {
            "record": "@licence", "body": "@office-b", "what": "The price.", "legalGround": "Section 9.", "endDate": "2027"})],
        "body",
        "not_the_body",
    ),
]  # fmt: skip


@pytest.fixture(params=TABLE, ids=[one.name for one in TABLE])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Bad, Register]]:
    with port(tmp_path / "register", *request.param.before) as register:
        yield request.param, register


def kept(register: Register) -> tuple[int, int, int]:
    """What of a publication could be left."""
    return register.store.size(), len(register.held()), register.store.counts().statements


def test_refused_on_every_path(case: tuple[Bad, Register], tmp_path: Path) -> None:
    bad, register = case
    made = statements(bad.key, *bad.bad, standing=bad.standing)
    last = len(made) - 1
    before = kept(register)

    with pytest.raises(Refused) as told:
        register.publish(made, private(bad.key))
    place, _, field = told.value.field.partition("].")
    assert (field.rpartition(".")[2], told.value.code) == (bad.field, bad.code)
    assert 0 <= int(place.removeprefix("statements[")) <= last
    assert told.value.hint and told.value.message.startswith(f"Statement {place.removeprefix('statements[')}: ")

    [signed] = register.prepare(made, private(bad.key))
    with pytest.raises(Refused) as again:
        register.submit(signed)
    assert (again.value.field, again.value.code) == (told.value.field, told.value.code)

    answer = api(register, signed)
    assert (answer["status"], answer["field"], answer["code"]) == (422, told.value.field, told.value.code)
    assert kept(register) == before


def api(register: Register, submission: Submission) -> dict[str, Any]:
    """What the API answers."""
    got = ask(
        Outer(Site(register)),
        "/api/v1/publications",
        method="POST",
        body=msgspec.json.encode(submission),
        content_type="application/json",
    )
    return dict(got.json["error"])


@pytest.mark.parametrize("bad", TABLE[:2] + TABLE[-4:-2], ids=lambda one: one.name)
def test_refused_by_the_command_line(bad: Bad, tmp_path: Path) -> None:
    with port(tmp_path / "register", *bad.before) as register:
        before = kept(register)
    file = tmp_path / "statements.jsonl"
    made = statements(bad.key, *bad.bad, standing=bad.standing)
    file.write_bytes(b"\n".join(msgspec.json.encode(one) for one in made))
    command = [
        sys.executable,
        "-m",
        "sousveil.cli",
        "register",
        "publish",
        str(file),
        "--key",
        str(key_file(tmp_path, bad.key)),
    ]
    done = subprocess.run(
        [*command, "--register", str(tmp_path / "register")], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2, done
    assert f".{bad.field}: " in done.stderr and "Traceback" not in done.stderr
    with Register.open(tmp_path / "register", gate=gate) as register:
        assert kept(register) == before


def test_a_register_opened_without_its_gate_publishes_nothing(tmp_path: Path) -> None:
    with port(tmp_path / "register") as register:
        before = kept(register)
    with Register.open(tmp_path / "register") as register:
        with pytest.raises(Missing, match="opened without the checks that every publication passes"):
            register.publish(statements("police", ("x", "Contract", {"title": "A"})), private("police"))
        file = File(data=b"A note.", media_type="text/plain")
        with pytest.raises(Missing, match="opened without the checks that every publication passes"):
            register.publish(
                statements("police", ("x", "Contract", {"title": "A"})), private("police"), attachments=[file]
            )
        assert kept(register) == before


def test_the_whole_path_that_is_taken(tmp_path: Path) -> None:
    """Proposal, notice, comment, hearing, votes by two seats, decision, registration, countersignature, review: all in order."""
    with port(tmp_path / "register", *NOTICED) as register:
        comment: Rec = (
            "comment",
            "PublicComment",
            {
                "acquisition": "@proposal",
                "organization": "@ngo",
                "capacity": "organization",
                "comment": "No.",
                "date": "2025-02-20",
            },
        )
        tell(register, "ngo", comment)
        tell(
            register,
            "board",
            ("hearing", "Hearing", {"acquisition": "@proposal", "body": "@board", "date": "2025-03-01"}),
        )
        first = tell(register, "board", vote(date="2025-03-01"))
        tell(register, "board", ("vote-2", "Vote", VOTE | {"seat": "@seat-2", "choice": "for"}))
        # A vote is changed by taking the first one back.
        register.retract(first.ids, private("board"), RetractReason.WRONG)
        tell(register, "board", ("vote-3", "Vote", VOTE | {"choice": "for"}))
        tell(register, "board", decision())
        tell(register, "vendor", REGISTRATION)
        tell(
            register,
            "office",
            (
                "counter",
                "Countersignature",
                {"registration": "@registration", "authority": "@office", "outcome": "confirmed"},
            ),
        )
        review = {
            "licence": "@licence",
            "authority": "@office",
            "outcome": "revoked",
            "reason": "Abuse.",
            "date": "2025-05-01",
        }
        tell(register, "office", ("review", "LicenceReview", review))
        tell(
            register,
            "office",
            ("revoked", "LicenceEvent", {"licence": "@licence", "event": "revoked", "date": "2025-05-01"}),
        )


def test_what_others_report_is_shown_and_not_refused(tmp_path: Path) -> None:
    """A paper may say that a board decided without notice, and that a licence was revoked before the State says it was granted."""
    with port(tmp_path / "register") as register:
        tell(register, "paper", decision(), standing=Standing.REPORTED)
        early: Rec = ("event", "LicenceEvent", {"licence": "@licence", "event": "revoked", "date": "2023-04-30"})
        tell(register, "paper", early, standing=Standing.REPORTED)
        tell(
            register,
            "paper",
            ("use", "Deployment", {"body": "@police", "product": "@product", "startDate": "2024-01-01"}),
        )
        paid: Rec = ("seat-9", "Membership", {"member": "@school", "organization": "@board", "paidBy": "@holding"})
        tell(register, "board", paid)


def test_a_notice_in_the_same_batch(tmp_path: Path) -> None:
    """What came in with the same batch counts as what stood before."""
    with port(tmp_path / "register") as register:
        signed = [
            register.prepare(statements(key, one), private(key))[0]
            for key, one in (("police", NOTICE), ("board", decision()))
        ]
        assert not any(isinstance(one, Exception) for one in register.submit_many(signed))


# Dates

DAYS = [
    ("said later", {"asserted": "2999-01-01"}, "asserted", "asserted_later"),
    ("said in a later year", {"asserted": "2999"}, "asserted", "asserted_later"),
]
POSSIBLE = [
    {"asserted": None},
    {"asserted": "1999"},
    {"asserted": "2999?"},
    {"valid_from": "2999", "valid_until": ".."},
    {"property": "dueOn", "value": "2999-01-01"},
    {"property": "answeredOn", "value": "20XX"},
    {"asserted": (date.today() + timedelta(days=1)).isoformat()},
]


def about_request(values: dict[str, Any]) -> list[Any]:
    made = statements(
        "police", ("request", "InformationRequest", {"name": "Request", "body": "@police", "askedOn": "2020-01-01"})
    )
    return [*made, msgspec.structs.replace(made[-1], **{"property": "question", "value": "Trials", **values})]


@pytest.mark.parametrize(("name", "values", "place", "code"), DAYS, ids=[one[0] for one in DAYS])
def test_a_date_that_cannot_be_is_refused(tmp_path: Path, name: str, values: Any, place: str, code: str) -> None:
    with port(tmp_path / "register") as register:
        before = kept(register)
        made = about_request(values)
        with pytest.raises(Refused) as told:
            register.publish(made, private("police"))
        assert (told.value.field, told.value.code) == (f"statements[{len(made) - 1}].{place}", code)
        assert told.value.hint
        assert kept(register) == before


def test_a_date_that_may_be_is_taken(tmp_path: Path) -> None:
    with port(tmp_path / "register") as register:
        for values in POSSIBLE:
            register.publish(about_request(values)[-1:], private("police"))
        assert len(register.store.statements_of([id_of("request")])) == len(POSSIBLE)


def test_a_screening_record_of_thirty_days_is_taken_and_is_over_then(tmp_path: Path) -> None:
    """Whatever day was said before this was asked, the clock runs for as long as the desk's own records hold."""
    assert RECORD_DAYS == bidders.DAYS
    values = LONG | {"authority": "@police", "bidders": "3", "hits": "3"}
    [clock] = [one for one in all_procedures()["j-lifting"].clocks if one.type == "ScreeningRecord"]
    with port(tmp_path / "register") as register:
        register.publish(statements("police", ("screening", "ScreeningRecord", values)), private("police"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(register.sequencer, "gate", OpenGate())
            longer = LONG | {"title": "Other", "authority": "@police", "expiresOn": "2026-05-03"}
            register.publish(statements("police", ("longer", "ScreeningRecord", longer)), private("police"))
        board = Board(register.store)
        for key, state in (("screening", "overdue"), ("longer", "asked")):  # a longer day is no promise
            record = board.record(id_of(key))
            assert record is not None
            due = due_of(board, clock, record, day_of("2025-06-03"))
            assert due is not None and (due.due, due.state) == ("2025-06-02", state)


# Texts


WHOLE = {"LicenceEvent", "LicenceReview", "OversightDecision", "PublicComment", "PublicNotice", "Vote"}
"""Acts that are refused as incomplete first: a dot in their reasons is asked in test_without_reasons."""
TEXTS = [(type, one) for type, all in records.WORDS.items() if type not in WHOLE for one in sorted(all)]


@pytest.mark.parametrize(("type", "property"), TEXTS)
def test_a_text_that_a_form_asks_for_holds_a_letter_or_a_digit(port_open: Register, type: str, property: str) -> None:
    for value in (".", "…", "- . -", "?!"):
        with pytest.raises(Refused) as told:
            port_open.publish(statements("ngo", ("new", type, {property: value})), private("ngo"))
        assert (told.value.field, told.value.code) == (f"statements[0].{type}.{property}", "no_words")
        required = registry.properties(type)[property].required
        assert ("leave it out" in told.value.hint) is not required


@pytest.mark.parametrize("value", ["\u2212", "~", "\u22ef", "\u2500\u2500", "\u2800", "\ufffd", "✓", "█████"])
def test_a_dash_or_symbol_of_any_kind_is_no_answer(port_open: Register, value: str) -> None:
    key = f"request-{ord(value[0])}"
    said = statements("police", (key, "InformationRequest", {"name": key, "body": "@police", "answer": value}))
    with pytest.raises(Refused) as told:
        port_open.publish(said, private("police"))
    assert (told.value.field.rpartition(".")[2], told.value.code, told.value.message) == (
        "answer",
        "no_words",
        "Statement 2: InformationRequest.answer: “Answer” needs words: this holds no letter and no digit.",
    )


def test_every_text_whose_presence_makes_a_cell_better_is_asked_for_words() -> None:
    """A need that asks only whether something is written is not met by a dot."""
    needs = [need for one in all_procedures().values() for gap in one.gaps for need in gap.needs]
    texts = {
        (need.type, one.property)
        for need in needs
        for one in flat((need.when,))
        if isinstance(one, Has) and not one.values and registry.properties(need.type)[one.property].kind == Kind.TEXT
    }
    assert ("DueDiligenceReport", "accounted") in texts
    assert [(type, one) for type, one in sorted(texts) if one not in records.WORDS[type]] == []


def flat(conditions: Any) -> Iterator[Any]:
    for one in conditions:
        yield one
        yield from flat(getattr(one, "of", ()) if isinstance(getattr(one, "of", None), tuple) else ())


@pytest.fixture(scope="module")
def port_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """A register in which nothing is taken."""
    with port(tmp_path_factory.mktemp("port") / "register") as register:
        yield register


# Files


def zipped(*members: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packing) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def overlapping() -> bytes:
    """A ZIP of which two entries are the same bytes."""
    data = bytearray(zipped(("a.txt", b"A" * 5000), ("b.txt", b"B" * 5000), packing=zipfile.ZIP_STORED))
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = (20).to_bytes(4, "little")
    return bytes(data)


PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\n"
FILES = [
    ("a program", "application/pdf", b"MZ\x90\x00", "program"),
    ("a script", "text/plain", b"#!/bin/sh\nrm -r /\n", "program"),
    ("a shortcut of Linux", "text/plain", b"# a letter\n\n[Desktop Entry]\nExec=sh -c x\n", "program"),
    ("a shortcut to an address", "text/plain", b"\xef\xbb\xbf[InternetShortcut]\r\nURL=https://a.example\r\n", "program"),
    ("a shortcut in an archive", "application/zip", zipped(("letter.desktop", b"[Desktop Entry]")), "program"),
    ("7-Zip", "application/octet-stream", b"7z\xbc\xaf\x27\x1c\0", "packed"),
    ("gzip cut off", "application/octet-stream", b"\x1f\x8b\x08\x00", "damaged"),
    ("tar cut off", "application/octet-stream", b"a" + b"\0" * 256 + b"ustar" + b"\0" * 100, "damaged"),
    ("no PDF", "application/pdf", b"hello", "other_media_type"),
    ("no text", "text/plain", b"hello\0", "other_media_type"),
    (
        "PDF with script",
        "application/pdf",
        PDF + b"2 0 obj <</S /JavaScript /JS (app.alert)>> endobj",
        "active_document",
    ),
    ("PDF with an escaped name", "application/pdf", PDF + b"2 0 obj <</S /Laun#63h>> endobj", "active_document"),
    ("PDF with files in it", "application/pdf", PDF + b"<</Names <</EmbeddedFiles 3 0 R>>>>", "active_document"),
    ("PDF packed thrice", "application/pdf", PDF + b"<</Filter [/FlateDecode /FlateDecode /FlateDecode]>>", "nested"),
    ("JSON too deep", "application/json", b"[" * 65 + b"]" * 65, "nested"),
    ("ZIP bomb", "application/zip", zipped(("a.txt", bytes(9 << 20))), "bomb"),
    ("ZIP too large", "application/zip", zipped(*((f"{n}.bin", b"") for n in range(2001))), "nested"),
    ("ZIP that climbs", "application/zip", zipped(("../../etc/passwd", b"x")), "bad_name"),
    ("ZIP on top of itself", "application/zip", overlapping(), "bomb"),
    ("ZIP cut off", "application/zip", zipped(("a.txt", b"abc"))[:-30], "damaged"),
    ("ZIP bomb behind a few letters", "application/octet-stream", b"hello" + zipped(("a.txt", bytes(9 << 20))), "damaged"),
    ("ZIP behind a picture", "image/gif", b"GIF89a" + bytes(20) + zipped(("a.exe", b"MZ")), "damaged"),
    ("ZIP behind a picture in a ZIP", "application/zip", zipped(("a.gif", b"GIF89a" + zipped(("a.exe", b"MZ")))), "damaged"),
    ("empty ZIP behind a text", "text/plain", b"hello" + zipped(), "other_media_type"),
    ("PDF with script behind a line", "text/plain", b"\n" + PDF + b"2 0 obj <</S /Launch>> endobj", "active_document"),
    ("an app", "application/zip", zipped(("a", zipped(("classes.dex", b"dex")))), "program"),
    *((f"a program of {what}", "application/octet-stream", start + bytes(64), "program") for what, start in (
        ("Android", b"dex\n035\0"), ("macOS, 32 bit", b"\xce\xfa\xed\xfe"), ("macOS, many", b"\xca\xfe\xba\xbf"),
        ("macOS, turned", b"\xbe\xba\xfe\xca"), ("WebAssembly", b"\0asm"), ("Windows, a shortcut", b"L\0\0\0\x01\x14\x02\0"))),
    ("SVG with script behind a comment", "text/plain", b"<!-- x --><svg onload='a()'/>", "active_document"),
    ("SVG with script and a prefix", "application/octet-stream", b"<s:svg xmlns:s='urn:s' onload='a()'/>", "active_document"),
    ("SVG with a page in it", "image/svg+xml", b"<svg><foreignObject><iframe srcdoc='x'/></foreignObject></svg>", "active_document"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "media_type", "data", "code"), FILES, ids=[one[0] for one in FILES])
def test_a_file_that_harms_is_refused(tmp_path: Path, name: str, media_type: str, data: bytes, code: str) -> None:
    with pytest.raises(Refused) as told:
        files.look(3, File(data=data, media_type=media_type))
    assert (told.value.field, told.value.code) == ("attachments[3]", code)
    assert told.value.hint


def test_a_bomb_is_refused_where_it_comes_in_and_leaves_no_file(tmp_path: Path) -> None:
    with port(tmp_path / "register") as register:
        before = kept(register)
        bomb = File(data=zipped(("a.txt", bytes(9 << 20))), media_type="application/zip")
        made = statements("police", ("doc", "Document", {"title": "Contract"}))
        with pytest.raises(Refused) as told:
            register.publish(made, private("police"), attachments=[bomb])
        assert told.value.code == "bomb"
        [signed] = register.prepare(made, private("police"), attachments=[bomb])
        assert api(register, signed)["code"] == "bomb"
        assert kept(register) == before
        folder = register.files.attachments_folder
        assert list(folder.glob("*")) == []


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        (
            "application/pdf",
            PDF
            + b"4 0 obj <</Filter [/ASCII85Decode /FlateDecode]>> stream\n"
            + base64.a85encode(zlib.compress(b"(/JS /Launch) Tj"))
            + b"~>\nendstream endobj",
        ),
        ("application/json", b'{"a": "[[[[' + b"[" * 100 + b'"}'),
        ("application/zip", zipped(("a.txt", b"A plain text, long enough. " * 200), ("b/c.csv", b"a,b\n"))),
        ("application/octet-stream", b"anything"),
        ("image/png", b"\x89PNG\r\n\x1a\n"),
        ("image/jpeg", b"\xff\xd8\xff" + bytes(50) + b"PK\x05\x06" + bytes(60)),
        ("image/jpeg", b"\xff\xd8\xff" + bytes(50) + b"PK\x05\x06" + b"\x07" * 16 + b"\0\0"),
        ("text/plain", b"A PDF begins with %PDF-1.7, and an app with dex."),
        ("text/plain", b"<- an arrow, and a < b > c"),
        ("text/html", b"<!doctype html><html><body>x</body></html>"),
        ("application/octet-stream", PDF + b"PK\x05\x06"),
    ],
)
def test_a_file_that_is_what_it_says_is_taken(media_type: str, data: bytes) -> None:
    files.look(0, File(data=data, media_type=media_type))


# Floods


def test_one_publisher_does_not_bury_the_reviewers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "WAITING_MAX", 3)
    with port(tmp_path / "register") as register:
        for number in range(3):
            hold(
                register,
                "paper",
                (f"rumour-{number}", "Event", {"name": f"Rumour {number}"}),
                standing=Standing.ALLEGED,
            )
        with pytest.raises(Refused) as told:
            hold(register, "paper", ("rumour-4", "Event", {"name": "Rumour 4"}), standing=Standing.ALLEGED)
        assert (told.value.field, told.value.code) == ("statements", "too_many_waiting")
        hold(register, "ngo", ("rumour-5", "Event", {"name": "Rumour 5"}), standing=Standing.ALLEGED)
        tell(register, "paper", ("news", "Event", {"name": "News"}))
        assert len(register.held(state="waiting")) == 4


def test_a_key_that_floods_the_api_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused publications count too: who tries the checks again and again is stopped at the door."""
    from sousveil.web import limits

    monkeypatch.setattr(limits, "PER_KEY", 2)
    with port(tmp_path / "register") as register:
        app = Outer(Site(register))
        [signed] = register.prepare(statements("board", decision()), private("board"))
        told = [
            ask(
                app,
                "/api/v1/publications",
                method="POST",
                body=msgspec.json.encode(signed),
                content_type="application/json",
            )
            for _ in range(3)
        ]
        assert [one.status for one in told] == [422, 422, 429]


def test_nobody_takes_down_what_somebody_else_published(tmp_path: Path) -> None:
    """A company can neither erase nor retract a true record about it; it can deny it, and both stand."""
    with port(tmp_path / "register") as register:
        done = tell(register, "paper", ("deal", "Contract", {"title": "A true deal", "supplier": "@vendor"}))
        before = kept(register)
        with pytest.raises(Refused) as retracted:
            register.retract(done.ids, private("vendor"), RetractReason.WRONG)
        with pytest.raises(Refused) as erased:
            register.erase(done.ids, EraseGround.UNLAWFUL, EraseBy.SUBJECT, key=private("vendor"))
        assert (retracted.value.code, erased.value.code) == ("not_the_owner", "wrong_role")
        assert kept(register) == before
        denial = statements(
            "vendor", ("deal", "Contract", {"reply": "There was none."}), stance=Stance.DENIES, supersedes=done.ids[0]
        )
        register.publish(denial, private("vendor"))
        [first, *_] = register.store.statements_of([id_of("deal")])
        assert (first.statement.value, first.retracted, first.superseded_by) == ("A true deal", None, None)
        [reply] = register.store.replies_to([done.ids[0]])
        assert reply.statement.value == "There was none."


def test_every_refusal_is_in_the_table_of_the_documents() -> None:
    told = Path(__file__).parents[3].joinpath("docs/reference/refusals.md").read_text("utf-8")
    known = (
        {bad.code for bad in TABLE} | {one[3] for one in (*FILES, *DAYS)} | {"too_many_requests", "too_many_waiting"}
    )
    assert [one for one in sorted(known) if f"`{one}`" not in told] == []


@pytest.mark.parametrize("key", ["holding", "ngo", "paper"])
def test_what_another_knows_of_a_client_turned_away_is_reported_and_shown_as_its_word(tmp_path: Path, key: str) -> None:
    with port(tmp_path / "register") as register:
        register.publish(statements(key, REJECTION, standing=Standing.REPORTED), private(key))
    site = Site.open(tmp_path / "register")
    try:
        text = ask(Outer(site), f"/entities/{id_of('rejection')}").text
        who = {"holding": "Grey Tern Holding", "ngo": "People of Port", "paper": "The Port Paper"}[key]
        assert text.count(f'<td role="cell">{who}: ') == 4
        assert '<td role="cell">Hollow Systems Ltd' not in text
    finally:
        site.register.close()


def test_a_company_confirms_its_own(tmp_path: Path) -> None:
    with port(tmp_path / "register") as register:
        assert tell(register, "vendor", REJECTION) is not None


def test_what_the_core_data_proposes_changes_no_check(tmp_path: Path) -> None:
    """Pages show two licences as one as soon as the core proposes it; a check reads them as one when a second person agrees."""
    ends: Rec = ("twin", "ExportLicence", {"expiryDate": "2024-04-30"})
    with port(tmp_path / "r") as register:
        tell(register, "office", ("twin", "ExportLicence", {"name": "Licence X-1", "destination": "xb"}))
        for number, (key, dataset) in enumerate((("paper", "core"), ("ngo", "direct"))):
            values: dict[str, Any] = {"left": "@licence", "right": "@twin", "verdict": "same", "reason": "One number."}
            judgement = statements(key, (f"judgement-{number}", "Judgement", values))
            if dataset == "core":
                judgement = [msgspec.structs.replace(one, dataset=dataset, publisher=PUBLISHER) for one in judgement]
            register.publish(judgement, OPERATOR_KEY if dataset == "core" else private(key))
            assert register.store.canonical(id_of("twin")) == register.store.canonical(id_of("licence"))
            if dataset == "core":
                done = tell(register, "office", ends)
                register.retract(done.ids, private("office"), RetractReason.WRONG)
        with pytest.raises(Refused) as refused:
            tell(register, "office", ends)
        assert refused.value.code == "end_before_start"
