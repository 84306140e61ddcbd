"""Rules on messages, attachments, look-ups and the calendar: rows by hand, and once through a made-up phone each."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "artefacts" / "ios"))
from reading import batches

from phonegen.core import Phone
from phonegen.ios import calendar, idstatuscache, sms, whatsapp
from sousveil.acquisition.model import Device
from sousveil.artefacts.model import Artefact, discover
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.attachment_type_mismatch import RULE as MISMATCH
from sousveil.findings.rules.calendar_backdated import RULE as BACKDATED
from sousveil.findings.rules.idstatus_nul import RULE as NUL
from sousveil.findings.rules.model import Hit, Kept, Rule
from sousveil.findings.rules.quadream_calendar import RULE as QUADREAM
from sousveil.findings.rules.sms_attachment_path import RULE as PATH
from sousveil.findings.rules.threat_notice import MAX_NOTICES, maker
from sousveil.findings.rules.threat_notice import RULE as NOTICE
from sousveil.records import Source

DAY = 86_400_000_000
HOUR = 3_600_000_000
UNIX = 1_700_000_000
T = UNIX * 1_000_000
APPLE = (
    "ALERT: Apple detected a targeted mercenary spyware attack against your iPhone\n"
    "Apple detected that you are being targeted by "
    "a mercenary spyware attack that is trying to remotely compromise the iPhone associated with your Apple Account."
)
WHATSAPP = (
    "Our investigation indicates that a malicious message may have been sent to you "
    "through WhatsApp and combined with other "
    "vulnerabilities to compromise your device."
)


def by_hand(rule: Rule, name: str, *given: dict[str, Any]) -> list[Hit]:
    """Rows through `keep` and `find`."""
    reads = rule.reads[name]
    columns = {c: [row.get(c) for row in given] for c in reads.columns}
    kept = [
        Kept(
            artefact=reads.artefact,
            source=Source(file="f", table="t", row=at + 1),
            row={c: columns[c][at] for c in reads.columns},
        )
        for at in reads.keep(columns)
    ]
    return list(rule.find({other: kept if other == name else [] for other in rule.reads}, Device()))


def on_phone(rule: Rule, phone: Phone, to: Path) -> list[Hit]:
    """Every artefact that the rule reads, out of a backup."""
    kept: dict[str, list[Kept]] = {}
    for name, reads in rule.reads.items():
        artefact: Artefact = discover()[reads.artefact]
        found, errors = batches(artefact, phone, to)
        assert errors == []
        kept[name] = []
        for batch in found:
            columns = {c: batch.column(c) for c in reads.columns}
            kept[name] += [
                Kept(artefact=reads.artefact, source=batch.source(at), row={c: v[at] for c, v in columns.items()})
                for at in reads.keep(columns)
            ]
    return list(rule.find(kept, Device()))


def cited(hits: list[Hit]) -> list[list[int | None]]:
    return [[row.source.row for row in hit.rows] for hit in hits]


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        (APPLE, "Apple"),
        ("State-sponsored attackers may be targeting your iPhone. Apple believes you are", "Apple"),
        ("Apple ha rilevato un attacco spyware mercenario contro il tuo iPhone", "Apple"),
        ("Apple a détecté une attaque de logiciel espion mercenaire visant votre iPhone", "Apple"),
        ("Google: Government-backed attackers may be trying to steal your password", "Google"),
        (WHATSAPP, "WhatsApp"),
        ("Facebook: we believe state-sponsored attackers are after your account", "Meta"),
        ("Have you read what Apple writes about spyware?", None),
        ("my iPhone has spyware", None),
        ("", None),
    ],
)
def test_whose_warning(text: str, whose: str | None) -> None:
    assert maker(text) == whose


def test_notices_by_hand() -> None:
    received = {"role": "received", "date": T}
    hits = by_hand(
        NOTICE,
        "sms",
        received | {"text": "hello"},
        received | {"text": APPLE},
        {"text": APPLE, "role": "sent", "date": T},
        received | {"text": "Sign in", "handle": "Threat-Notifications@email.apple.com"},
        received | {"text": None},
    )
    assert cited(hits) == [[2], [4]]
    assert all(hit.notice and hit.kind == "threat_notice" and hit.at == T for hit in hits)
    assert hits[0].says == (
        "This phone has a message claiming to be a threat notification from Apple. Verify it in the account: "
        "account.apple.com shows a "
        "real notice at the top of the page after signing in. These are sometimes faked: open no link in it."
    )
    assert hits[1].says == hits[0].says + " Its sender is an address that Apple uses for this, which can be forged."


def test_notices_are_capped() -> None:
    assert (
        len(by_hand(NOTICE, "sms", *[{"text": APPLE, "role": "received", "date": T}] * (MAX_NOTICES + 5)))
        == MAX_NOTICES
    )


def test_notices_on_a_phone(tmp_path: Path) -> None:
    phone = Phone(ios="17.4")
    phone.database(
        sms,
        lambda db: sms.bulk(
            db,
            17,
            [
                {"text": "x", "handle": "+1"},
                {"attributed": APPLE, "handle": "+1"},
                {"text": APPLE, "handle": "+1", "from_me": True},
            ],
        ),
    )
    phone.database(
        whatsapp, lambda db: whatsapp.bulk(db, 17, [{"text": WHATSAPP, "data": ({"content1": "a"}, {"content1": "b"})}])
    )
    hits = on_phone(NOTICE, phone, tmp_path / "b")
    assert [(h.rows[0].artefact, h.rows[0].source.row) for h in hits] == [("ios.sms", 2), ("ios.whatsapp", 1)]


def test_quadream_by_hand() -> None:
    row = {
        "summary": "Meeting",
        "description": "Notes",
        "part": "event",
        "role": "received",
        "start_date": T,
        "creation_date": T + DAY,
    }
    hits = by_hand(
        QUADREAM,
        "events",
        row,
        row | {"creation_date": T - DAY},
        row | {"creation_date": T - DAY, "role": "written"},
        row | {"description": "notes"},
        row | {"summary": "Meeting "},
    )
    assert cited(hits) == [[1], [2], [3]]
    assert [(h.strength, h.at, len(h.innocent)) for h in hits] == [
        (None, T + DAY, 0),
        (None, T - DAY, 1),
        (Strength.WEAK, T - DAY, 1),
    ]
    assert "after its own date" in hits[0].says
    assert "after the time" not in hits[1].says
    assert (QUADREAM.strength, QUADREAM.family, QUADREAM.shows) == (Strength.LEAD, "KingsPawn", Shows.CONTACT)


def invitation(start: int, hours: int = 1, created: int = T, who: str = "x@example.com", **more: Any) -> dict[str, Any]:
    return {
        "part": "event",
        "role": "received",
        "start_date": start,
        "end_date": start + hours * HOUR,
        "creation_date": created,
        "participant_email": who,
        "all_day": 0,
    } | more


def test_backdated_by_hand() -> None:
    past = T - 10 * DAY
    assert cited(
        by_hand(BACKDATED, "events", invitation(past, 2), invitation(past + HOUR), invitation(past + 5 * HOUR))
    ) == [[1, 2]]
    long = by_hand(BACKDATED, "events", invitation(past, 9), invitation(past + HOUR), invitation(past + 8 * HOUR))
    assert cited(long) == [[1, 2, 3]]
    assert long[0].at == T
    assert long[0].says.startswith("3 overlapping invitations of one organiser")


@pytest.mark.parametrize(
    "second",
    [
        {"who": "y@example.com"},
        {"created": T + 2 * HOUR},
        {"role": "written"},
        {"all_day": 1},
        {"part": "attendee"},
        {"who": ""},
        {"start": T - 10 * DAY + HOUR},
        {"start": T - HOUR},
        {"created": T - 9 * DAY - 1},
    ],
)
def test_not_backdated(second: dict[str, Any]) -> None:
    past = T - 10 * DAY
    assert by_hand(BACKDATED, "events", invitation(past), invitation(**{"start": past, **second})) == []


def test_calendar_on_a_phone(tmp_path: Path) -> None:
    phone = Phone(ios="14.4")
    made = [
        {
            "summary": "Meeting",
            "description": "Notes",
            "at": UNIX - 864_000 + n * 600,
            "created": UNIX + n,
            "organizer": "x@example.com",
        }
        for n in range(2)
    ]
    made.append({"summary": "Coffee", "at": UNIX, "created": UNIX - 86_400, "organizer": "y@example.com"})
    phone.database(calendar, lambda db: calendar.bulk(db, 14, made))
    assert cited(on_phone(QUADREAM, phone, tmp_path / "b")) == [[1], [2]]
    assert cited(on_phone(BACKDATED, phone, tmp_path / "b")) == [[1, 2]]


def test_zero_bytes(tmp_path: Path) -> None:
    assert cited(
        by_hand(
            NUL,
            "lookups",
            {"user": "mailto:a\0\0b@example.com"},
            {"user": "mailto:a\0b\0"},
            {"user": "mailto:a@example.com"},
        )
    ) == [[1]]
    phone = Phone(ios="14.4")
    phone.plist(idstatuscache, [{"user": "mailto:a\0\0b@example.com"}, {"user": "mailto:b@example.com"}])
    (hit,) = on_phone(NUL, phone, tmp_path / "b")
    assert (hit.at, hit.rows[0].row["user"]) == (T, "mailto:a\0\0b@example.com")
    assert NUL.strength is Strength.LEAD


def test_attachment_path(tmp_path: Path) -> None:
    received = {"role": "received", "date": T}
    hits = by_hand(
        PATH,
        "attachments",
        received | {"filename": "/var/tmp/com.apple.messages/a-1"},
        received | {"filename": "/private/var/tmp/b-1"},
        received | {"filename": "/var/tmp/c-2"},
        received | {"filename": "~/Library/SMS/x-1"},
        received | {"filename": None},
        {"role": "sent", "filename": "/var/tmp/d-1"},
        {"role": "received", "filename": "/var/tmp/e-1", "created_date": 5},
    )
    assert cited(hits) == [[1], [2], [7]]
    assert [h.at for h in hits] == [T, T, 5]
    phone = Phone(ios="16.4")
    phone.database(
        sms,
        lambda db: sms.bulk(db, 16, [{"text": "t", "handle": "+1", "attachments": [{"filename": "/var/tmp/abc-1"}]}]),
    )
    assert cited(on_phone(PATH, phone, tmp_path / "b")) == [[1]]


def test_mismatch_by_hand() -> None:
    image = {"extension": "pkpass", "found": "zip", "image": "webp"}
    hits = by_hand(
        MISMATCH,
        "files",
        {"extension": "gif", "found": "pdf"},
        {"extension": "gif", "found": "psd"},
        {"extension": "gif", "found": "gif"},
        image,
        image | {"image_archive": 1, "image_expression": 1},
        image | {"image_archive": 1, "image_expression": 0},
        image | {"image": "png"},
    )
    assert cited(hits) == [[1], [2], [4], [5], [6]]
    assert [h.strength or MISMATCH.strength for h in hits] == [
        Strength.LEAD,
        Strength.WEAK,
        Strength.LEAD,
        Strength.STRONG,
        Strength.LEAD,
    ]
    assert MISMATCH.shows is Shows.CONTACT


def test_mismatch_on_a_phone(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("logo.png", (2023, 1, 1, 0, 0, 0)),
            b"RIFF\0\1\0\0WEBPVP8X" + b"A" * 99 + b"bplist00{FUNCTION(FUNCTION(",
        )
    phone = Phone(ios="16.6")
    phone.add("MediaDomain", "Library/SMS/Attachments/0a/10/X/sample.pkpass", out.getvalue())
    phone.add("MediaDomain", "Library/SMS/Attachments/0a/10/Y/a.gif", b"%PDF-1.5")
    phone.add("MediaDomain", "Library/SMS/Attachments/0a/10/Y/b.gif", b"GIF89a")
    hits = on_phone(MISMATCH, phone, tmp_path / "b")
    assert sorted(
        (h.rows[0].source.file.rpartition("/")[2], (h.strength or MISMATCH.strength).value) for h in hits
    ) == [("a.gif", "lead"), ("sample.pkpass", "strong")]
