"""Screening records: made for an authority that signs its own list, no clearance, over when a fact changes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.desk import bidders, harms
from sousveil.desk.harms import Harms
from sousveil.errors import Malformed, SousveilError
from sousveil.ledger import dsse
from sousveil.register.codes import RetractReason, RevokeReason
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Standing, entity_id
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.screening_model import Hit, Step
from tests.decisions.rig import rigged, sid
from tests.desk import offices
from tests.desk.offices import COUNCIL, RESELLER, VENDOR, key, office, published, said, ssh_signature

LIST = b"name,country\nGlasmoth Systems,xb\nHarmless Ploughs Ltd,xb\nOstrel Trading FZE,xc\n,xa\n"
DAY = "2026-11-25"


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with office(tmp_path / "register") as opened:
        yield opened


def made(register: Register, folder: Path, data: bytes = LIST, **more: Any) -> bytes:
    signed_for = bidders.purpose(more.get("day", DAY), more.get("tender"))
    signature = ssh_signature(folder, "council", data, signed_for)
    return bidders.make(register, data, **{"authority": COUNCIL, "signature": signature, "day": DAY, **more})


def test_a_record_says_who_asked_what_is_on_file_and_in_every_row_that_it_is_no_clearance(
    register: Register, tmp_path: Path
) -> None:
    data = made(register, tmp_path, tender="T-7")
    payload = json.loads(dsse.decode(data).payload)
    tree = register.store.tree()
    rows = payload.pop("rows")
    assert payload == {
        "form": "sousveil-screening-record/6",
        "says": bidders.SAYS,
        "register_title": "Desk (invented)",
        "origin": "desk.example/log",
        "example": True,
        "authority": COUNCIL,
        "authority_name": "Brackwater City Council",
        "asked_with_key": key("council").public.id,
        "list_sha256": hashlib.sha256(LIST).hexdigest(),
        "tender": "T-7",
        "issued_on": "2026-11-25",
        "expires_on": "2026-12-25",
        "log_size": tree.size,
        "root": tree.root.hex(),
        "lists": {},
        "bidders": 3,
        "with_hits": 2,
        "not_screened": [{"line": 5, "problem": "no name", "says": "not a clearance"}],
    }
    assert [(row["line"], row["name"], row["says"], [hit["entity"] for hit in row["hits"]]) for row in rows] == [
        (2, "Glasmoth Systems", "not a clearance", [VENDOR]),
        (3, "Harmless Ploughs Ltd", "not a clearance", []),
        (4, "Ostrel Trading FZE", "not a clearance", [RESELLER]),
    ]
    assert rows[0]["hits"][0]["path"] == ["Fernhill Holding SA (owner of Glasmoth Systems Ltd)"]
    assert rows[0]["hits"][0]["about"] == [
        "occurs in what The Port Meridian Post published here; that alone is no accusation"
    ]
    harm = "Abuse incident: Phone of a newsroom: reported, says The Port Meridian Post; source: The Port Meridian Post, 3 May 2026"
    assert rows[0]["hits"][0]["harms"] == [harm]
    assert rows[2]["hits"][0]["harms"] == [f"through Glasmoth Systems Ltd: {harm}"], "an agent of whom it did harm"
    assert bidders.look(register, data, day=DAY)[1] is None


def test_who_owns_whom_is_said_the_same_way_in_record_table_and_screening(
    register: Register, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published(
        register,
        said(entity_id("desk", "upper"), "Company", name="Lantern Hill Partners LP")
        + said(
            entity_id("desk", "up"), "Ownership", owner=entity_id("desk", "upper"), asset=offices.HOLDING
        )  # and a tie of the past, with its end
        + said(entity_id("desk", "lower"), "Company", name="Quietwater Analytics AG")
        + said(
            entity_id("desk", "low"),
            "Ownership",
            owner=offices.HOLDING,
            asset=entity_id("desk", "lower"),
            endDate="2020-12-31",
        ),
    )
    data = made(register, tmp_path, b"name,country\nFernhill Holding SA,xb\n")
    record, _ = bidders.look(register, data, day=DAY)
    expected = [
        "Lantern Hill Partners LP (owner of Fernhill Holding SA)",
        "Glasmoth Systems Ltd (owned by Fernhill Holding SA)",
        "Quietwater Analytics AG (owned by Fernhill Holding SA until 31 December 2020)",
    ]
    assert sorted(record.rows[0].hits[0].path) == sorted(expected)
    asked = tmp_path / "asked.csv"
    asked.write_text("name\nFernhill Holding SA\n", encoding="utf-8")
    main(["register", "screen", str(asked), "--register", str(register.folder)])
    told = " ".join(capsys.readouterr().out.split())  # what is too long for the screen goes on below it
    assert told.count("ownership: ") == len(record.rows[0].hits[0].path)
    assert "".join(f"ownership: {one} " for one in record.rows[0].hits[0].path) in f"{told} "


@pytest.mark.parametrize("ended", ["2020-12-31", "2020-12-31?", None])
def test_a_harm_through_a_tie_that_ended_names_its_end(register: Register, tmp_path: Path, ended: str | None) -> None:
    lower, case = entity_id("desk", "lower"), entity_id("desk", "case")
    dates = {"endDate": ended} if ended else {}
    published(
        register,
        said(lower, "Company", name="Quietwater Analytics AG")
        + said(entity_id("desk", "low"), "Ownership", owner=offices.HOLDING, asset=lower, **dates)
        + said(case, "AbuseIncident", name="A second phone", stage="infected", vendor=VENDOR, date="2022-03"),
    )
    data = made(register, tmp_path, b"name\nQuietwater Analytics AG\n")
    (hit,) = bidders.look(register, data, day=DAY)[0].rows[0].hits
    harm = f"Abuse incident: A second phone: reported, says The Port Meridian Post; source: {offices.SOURCE}"
    through = f"through Glasmoth Systems Ltd{' (a tie that ended)' if ended == '2020-12-31' else ''}"
    assert [one for one in hit.harms if "A second phone" in one] == [f"{through}: {harm}"]


def test_a_second_tie_that_goes_on_keeps_the_harm_and_an_alleged_end_ends_nothing(
    register: Register, tmp_path: Path
) -> None:
    lower = entity_id("desk", "lower")
    end = said(entity_id("desk", "low"), "Ownership", endDate="2020-12-31")
    published(
        register,
        said(lower, "Company", name="Quietwater Analytics AG")
        + said(entity_id("desk", "low"), "Ownership", owner=offices.HOLDING, asset=lower)
        + [msgspec.structs.replace(one, standing=Standing.ALLEGED) for one in end],
    )
    assert Harms(register.store).of(lower)[0].startswith("through Glasmoth Systems Ltd: ")
    published(register, end)
    assert Harms(register.store).of(lower)[0].startswith("through Glasmoth Systems Ltd (a tie that ended): ")
    published(
        register,
        said(entity_id("desk", "third"), "Company", name="Between Us AG")
        + said(entity_id("desk", "up-1"), "Ownership", owner=entity_id("desk", "third"), asset=lower)
        + said(entity_id("desk", "up-2"), "Ownership", owner=entity_id("desk", "third"), asset=VENDOR),
    )
    assert Harms(register.store).of(lower)[0].startswith("through Glasmoth Systems Ltd: ")


def test_the_table_to_read_says_it_in_every_line_and_starts_no_formula(register: Register, tmp_path: Path) -> None:
    data = made(register, tmp_path, b'name\n"=HYPERLINK(""http://x.example"")"\nGlasmoth Systems Ltd\n-\n')
    record, _ = bidders.look(register, data, day=DAY)
    table = list(csv.reader(io.StringIO(bidders.as_csv(record))))
    assert table[0][6] == "note"
    assert [line[6] for line in table[1:]] == ["not a clearance"] * 3
    assert table[1][1] == '\'=HYPERLINK("http://x.example")'
    assert table[3][3] == "not screened: no name"
    assert {line[8] for line in table[1:]} == {"2026-12-25"}


REFUSED = {
    "the list is signed by somebody else": ({"signer": "works"}, "authority", "not_the_authority"),
    "by a key that is not registered": ({"signer": "nobody"}, "signature", "unknown_key"),
    "another list was signed": ({"signed": b"name\nOther\n"}, "signature", "bad_signature"),
    "it was signed for another purpose": ({"namespace": "sousveil-publication"}, "signature", "bad_signature"),
    "it was signed for no day": ({"namespace": "sousveil-screening"}, "signature", "bad_signature"),
    "it was signed for something that is no day": (
        {"namespace": "sousveil-screening 2026-11"},
        "signature",
        "bad_signature",
    ),
    "it was signed eight days ago": ({"namespace": "sousveil-screening 2026-11-17"}, "signature", "signed_long_ago"),
    "it was signed for the day after tomorrow": (
        {"namespace": "sousveil-screening 2026-11-27"},
        "signature",
        "signed_ahead",
    ),
    "it was signed for a day of a week": ({"namespace": "sousveil-screening 2026-W48-3"}, "signature", "bad_signature"),
    "it was signed for a day in other digits": (
        {"namespace": "sousveil-screening ٢٠٢٦-١١-٢٥"},
        "signature",
        "bad_signature",
    ),
    "it was signed for a tender, and none is named": (
        {"namespace": "sousveil-screening 2026-11-25 T-7"},
        "tender",
        "other_tender",
    ),
    "it was signed for no tender, and one is named": ({"tender": "T-7"}, "tender", "other_tender"),
    "it was signed for another tender": (
        {"namespace": "sousveil-screening 2026-11-25 T-7", "tender": "T-8"},
        "tender",
        "other_tender",
    ),
    "the asker has no page": ({"authority": "Somewhere Town"}, "authority", "unknown_authority"),
    "the asker is a company": ({"authority": VENDOR}, "authority", "unknown_authority"),
    "no line can be screened": ({"data": b"name\n--\n"}, "file", "empty"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_field_and_nothing_made(register: Register, tmp_path: Path, case: str) -> None:
    given, field, code = REFUSED[case]
    given = dict(given)
    data = given.pop("data", LIST)
    offices.verify(register)
    signature = ssh_signature(
        tmp_path,
        given.get("signer", "council"),
        given.get("signed", data),
        given.get("namespace", "sousveil-screening 2026-11-25"),
    )
    with pytest.raises(Refused) as refused:
        bidders.make(
            register,
            data,
            authority=given.get("authority", COUNCIL),
            signature=signature,
            tender=given.get("tender"),
            day=DAY,
        )
    assert (refused.value.field, refused.value.code) == (field, code)


@pytest.mark.parametrize("signed", ["2026-11-18", "2026-11-25", "2026-11-26"])
def test_a_signature_counts_for_a_week_and_for_its_tender(register: Register, tmp_path: Path, signed: str) -> None:
    """The day of the record is the day on which it was made, whenever the list was signed."""
    signature = ssh_signature(tmp_path, "council", LIST, f"sousveil-screening {signed} T-7 (cameras)")
    data = bidders.make(register, LIST, authority=COUNCIL, signature=signature, tender="T-7 (cameras)", day=DAY)
    record, ended = bidders.look(register, data, day=DAY)
    assert (record.tender, record.issued_on, record.expires_on, ended) == ("T-7 (cameras)", DAY, "2026-12-25", None)


@pytest.mark.parametrize(
    ("signed", "typed"),
    [
        ("Caf\u00e9 T-7", "Cafe\u0301 T-7"),
        ("Cafe\u0301 T-7", "Caf\u00e9 T-7"),
        ("Caf\u00e9  T-7", "Caf\u00e9 T-7"),
        ("Caf\u00e9 T-7", " Caf\u00e9\u00a0 T-7 "),
    ],
)
def test_tenders_that_look_the_same_are_the_same(register: Register, tmp_path: Path, signed: str, typed: str) -> None:
    signature = ssh_signature(tmp_path, "council", LIST, f"sousveil-screening 2026-11-25 {signed}")
    data = bidders.make(register, LIST, authority=COUNCIL, signature=signature, tender=typed, day=DAY)
    record, ended = bidders.look(register, data, day=DAY)
    assert (record.tender, ended) == ("Caf\u00e9 T-7", None)


@pytest.mark.parametrize(
    ("signed", "says"),
    [
        ("2026-11-27", "The list was signed for 2026-11-27; that day is yet to come."),
        ("2026-11-17", "The list was signed for 2026-11-17, more than 7 days ago."),
        ("2026-W48-3", "The list was signed for 'sousveil-screening 2026-W48-3', which names no day."),
    ],
)
def test_a_day_that_does_not_count_is_told(register: Register, tmp_path: Path, signed: str, says: str) -> None:
    signature = ssh_signature(tmp_path, "council", LIST, f"sousveil-screening {signed}")
    with pytest.raises(Refused) as refused:
        bidders.make(register, LIST, authority=COUNCIL, signature=signature, day=DAY)
    assert refused.value.message == says


def test_a_revoked_key_asks_for_nothing(register: Register, tmp_path: Path) -> None:
    register.key_revoke(key("council").public.id, RevokeReason.LOST)
    with pytest.raises(Refused) as refused:
        made(register, tmp_path)
    assert refused.value.code == "unknown_key"


def test_what_is_no_table_is_malformed(register: Register, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        made(register, tmp_path, b"company;country\nGlasmoth;xb\n")


def test_a_record_ends_after_thirty_days(register: Register, tmp_path: Path) -> None:
    data = made(register, tmp_path)
    assert bidders.look(register, data, day="2026-12-25")[1] is None
    ended = bidders.look(register, data, day="2026-12-26")[1]
    assert ended is not None and ended.code == "expired"
    before = bidders.look(register, data, day="2026-11-24")[1]
    assert before is not None and before.code == "future"


def test_a_fact_about_a_bidder_ends_it_and_a_fact_about_others_does_not(register: Register, tmp_path: Path) -> None:
    data = made(register, tmp_path)
    stranger = said(offices.STRANGER, "Company", name="Far Away Looms AG", country="xc")
    register.publish(stranger, key("post"))
    assert bidders.look(register, data, day=DAY)[1] is None
    news = said(offices.entity_id("desk", "deal"), "Deployment", body=COUNCIL, vendor=VENDOR)
    done = register.publish(news, key("post"))
    ended = bidders.look(register, data, day=DAY)[1]
    assert ended is not None
    assert (ended.code, ended.says) == (
        "changed",
        "Something on file about line 2 (Glasmoth Systems) has changed. Ask again.",
    )
    again = made(register, tmp_path)
    assert bidders.look(register, again, day=DAY)[1] is None
    register.retract(list(done.ids), key("post"), RetractReason.WRONG)
    assert bidders.look(register, again, day=DAY)[1] is not None


DIRECTOR, LENS, LICENCE = (offices.entity_id("desk", one) for one in ("director", "lens", "licence"))
TIES = {
    "a director": said(DIRECTOR, "Company", name="Director Services AG")
    + said(offices.entity_id("desk", "dir"), "Directorship", director=DIRECTOR, organization=VENDOR),
    "a product": said(LENS, "SurveillanceProduct", name="Lampyre", vendor=VENDOR, category="intrusion"),
    "a licence": said(LICENCE, "ExportLicence", licensee=VENDOR, licenceNumber="EL-1", status="granted"),
    "an investor": said(DIRECTOR, "Company", name="Investor AG")
    + said(offices.entity_id("desk", "inv"), "Investment", investor=DIRECTOR, recipient=VENDOR),
    "a subsidiary": said(DIRECTOR, "Company", name="Lower Holding AG")
    + said(offices.entity_id("desk", "sub"), "Ownership", owner=VENDOR, asset=DIRECTOR),
    "an owner of the owner": said(DIRECTOR, "Company", name="Upper Holding AG")
    + said(offices.entity_id("desk", "up"), "Ownership", owner=DIRECTOR, asset=offices.HOLDING),
}
"""What ties somebody or something to a bidder."""
NEWS = {
    "a director": said(offices.entity_id("desk", "news"), "Sanction", entity=DIRECTOR, program="SDN"),
    "a product": said(
        offices.entity_id("desk", "news"), "AbuseIncident", name="A case", stage="infected", product=LENS
    ),
    "a licence": said(offices.entity_id("desk", "news"), "LicenceEvent", licence=LICENCE, event="revoked"),
    "an investor": said(DIRECTOR, "Company", country="xa"),
    "a subsidiary": said(offices.entity_id("desk", "news"), "Sanction", entity=DIRECTOR, program="SDN"),
    "an owner of the owner": said(DIRECTOR, "Company", country="xa"),
}
"""A fact about it."""


@pytest.mark.parametrize("what", TIES)
def test_a_tie_ends_a_record_and_so_does_a_fact_about_who_is_tied(
    register: Register, tmp_path: Path, what: str
) -> None:
    data = made(register, tmp_path)
    published(register, TIES[what])
    ended = bidders.look(register, data, day=DAY)[1]
    assert ended is not None and ended.code == "changed" and "line 2 (Glasmoth Systems)" in ended.says
    again = made(register, tmp_path)
    assert bidders.look(register, again, day=DAY)[1] is None
    done = published(register, NEWS[what])
    ended = bidders.look(register, again, day=DAY)[1]
    assert ended is not None and ended.code == "changed" and "line 2 (Glasmoth Systems)" in ended.says
    third = made(register, tmp_path)
    register.retract(done, key("post"), RetractReason.WRONG)
    assert bidders.look(register, third, day=DAY)[1] is not None


def test_what_is_published_of_another_client_of_the_same_state_ends_nothing(register: Register, tmp_path: Path) -> None:
    state = offices.entity_id("desk", "buyer-state")
    held = offices.entity_id("desk", "held")
    register.publish(
        [
            *said(state, "State", name="Kingdom of Averna", country="xb"),
            *said(held, "Ownership", owner=state, asset=offices.HOLDING),
        ],
        key("post"),
    )
    data = made(register, tmp_path)
    other, owned = offices.entity_id("desk", "other"), offices.entity_id("desk", "other-owned")
    register.publish(
        [
            *said(other, "Company", name="Averna Ferries"),
            *said(owned, "Ownership", owner=other, asset=offices.STRANGER),
        ],
        key("post"),
    )
    assert bidders.look(register, data, day=DAY)[1] is None


@pytest.mark.parametrize("tie", ["director", "common owner", "bidder directs the asker"])
def test_who_shares_officers_or_owners_with_the_asker_is_shown_so(register: Register, tmp_path: Path, tie: str) -> None:
    """An authority whose own director sits in a bidder's group asks about its own."""
    who, first, second = (offices.entity_id("desk", one) for one in ("who", "first", "second"))
    links = {
        "director": said(first, "Directorship", director=who, organization=COUNCIL)
        + said(second, "Directorship", director=who, organization=offices.HOLDING),
        "common owner": said(first, "Ownership", owner=who, asset=COUNCIL)
        + said(second, "Ownership", owner=who, asset=VENDOR),
        "bidder directs the asker": said(first, "Directorship", director=VENDOR, organization=COUNCIL),
    }
    published(register, said(who, "Company", name="Quiet Hands AG"))
    published(register, links[tie])
    (row, *_) = bidders.look(register, made(register, tmp_path))[0].rows
    assert row.ties[0].endswith("says The Port Meridian Post")


def of_form(register: Register, data: bytes, form: str) -> bytes:
    """A record as a version that made another form signed it: other facts were put together then."""
    payload = json.loads(dsse.decode(data).payload)
    payload["form"] = form
    for row in payload["rows"]:
        row["facts"] = hashlib.sha256(f"as then: {row['name']}".encode()).hexdigest()
    return dsse.encode(dsse.sign(bidders.PAYLOAD_TYPE, json.dumps(payload).encode(), register.paths.key(OPERATOR_KEY)))


OTHER = "This version cannot compare the form {}. Ask for a new record."


@pytest.mark.parametrize(
    "form",
    [
        "sousveil-screening-record/3",
        "sousveil-screening-record/0",
        "sousveil-screening-record/7",
        "sousveil-screening-record/one",
        "another-record/1",
    ],
)
def test_a_record_of_another_form_is_not_told_that_facts_changed(register: Register, tmp_path: Path, form: str) -> None:
    """Also where something did change since, for that cannot be told; but what ends every record ends these for its own reason."""
    data, says = of_form(register, made(register, tmp_path), form), OTHER.format(form)
    assert bidders.look(register, data, day=DAY)[1] == bidders.Ended(code="form", says=says)
    published(register, TIES["a director"])
    assert bidders.look(register, data, day=DAY)[1] == bidders.Ended(code="form", says=says)
    ended = bidders.look(register, data, day="2026-12-26")[1]
    assert ended == bidders.Ended(code="expired", says="It ended on 2026-12-25, 30 days after its day.")
    forged = dsse.encode(dsse.sign(bidders.PAYLOAD_TYPE, dsse.decode(data).payload, key("post")))
    ended = bidders.look(register, forged, day=DAY)[1]
    assert ended is not None and ended.code == "signature"


def test_the_facts_of_this_form_are_put_together_so_and_not_otherwise() -> None:
    """Where this hash becomes another one, records in people's hands cannot be compared any more: `bidders.FORM` gets a new number."""
    owner = Step(entity="sv-b", name="Owner", link="owner of", percentage="80", listed=True, until="2020-12-31")
    hit = Hit(entity="sv-a", name="A", score=0.9, why=("alike",), path=((owner,),), snapshot="2026-07-01", dataset="direct",
              type="Company", countries=("xa",), replies=("No.",), about=("words of ours",))  # fmt: skip
    said = {"sv-a": [("00", True), ("11", False)]}
    facts = bidders.facts_of([hit], said)
    assert (bidders.FORM, facts) == (
        "sousveil-screening-record/6",
        "0d9d214ba6b97b0f2238e37ecd9b8f2c315f077009d92164da9379125a685d1b",
    )
    assert bidders.facts_of([msgspec.structs.replace(hit, about=("in other words",), why=(), score=0.8)], said) == facts
    for change in ({"name": "B"}, {"path": ()}, {"replies": ()}, {"snapshot": None}, {"dataset": "list"}):
        assert bidders.facts_of([msgspec.structs.replace(hit, **change)], said) != facts
    assert bidders.facts_of([hit], {"sv-a": [("00", True), ("11", True)]}) != facts


def test_a_new_company_of_nearly_the_same_name_ends_it(register: Register, tmp_path: Path) -> None:
    data = made(register, tmp_path)
    register.publish(said(offices.STRANGER, "Company", name="Harmless Ploughs Limited"), key("post"))
    ended = bidders.look(register, data, day=DAY)[1]
    assert ended is not None and ended.code == "changed" and "line 3" in ended.says


def test_an_altered_record_and_one_of_another_register_do_not_hold(register: Register, tmp_path: Path) -> None:
    data = made(register, tmp_path)
    envelope = dsse.decode(data)
    payload = envelope.payload.replace(b"Harmless Ploughs Ltd", b"Glasmoth Systems Ltd")
    forged = dsse.encode(msgspec.structs.replace(envelope, payload=payload))
    ended = bidders.look(register, forged, day=DAY)[1]
    assert ended is not None and ended.code == "signature"
    own = dsse.encode(dsse.sign(bidders.PAYLOAD_TYPE, envelope.payload, key("post")))
    ended = bidders.look(register, own, day=DAY)[1]
    assert ended is not None and ended.code == "signature"
    with Register.init(tmp_path / "other", title="Other", origin="other.example/log", example=True, gate=gate) as other:
        ended = bidders.look(other, data, day=DAY)[1]
        assert ended is not None and ended.code == "register"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"payloadType":"x","payload":"","signatures":[]}', b"\xff" * 40])
def test_what_is_no_record_is_told_so(register: Register, data: bytes) -> None:
    with pytest.raises(SousveilError):
        bidders.look(register, data)


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "register"
    with office(folder):
        pass
    asked = tmp_path / "list.csv"
    asked.write_bytes(LIST)
    signature = tmp_path / "list.csv.sig"
    signature.write_bytes(ssh_signature(tmp_path, "council", LIST))
    out = tmp_path / "record.json"
    words = ["register", "bidders", str(asked), "--register", str(folder), "--authority", "Brackwater City Council"]
    assert main([*words, "--out", str(out)]) == 2
    assert "--signature is missing" in capsys.readouterr().err
    assert main([*words, "--signature", str(signature), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "Screening record of Desk (invented), made out to Brackwater City Council." in printed
    assert "line 3: Harmless Ploughs Ltd: no name alike on file (not a clearance)" in printed
    assert out.stat().st_mode & 0o777 == 0o600
    check = ["register", "bidders", str(out), "--register", str(folder), "--check"]
    assert main(check) == 0
    capsys.readouterr()
    assert main([*check, "--csv"]) == 0
    assert capsys.readouterr().out.startswith("line,name,country,result,best hit,on file,note,made out to,ends on")
    with Register.open(folder, gate=gate) as register:
        register.publish(said(offices.STRANGER, "Company", name="Ostrel Trading Fzc"), key("post"))
    assert main(check) == 1
    assert capsys.readouterr().out.startswith("This record does not hold: Something on file about line 4")
    assert main([*words, "--signature", str(signature), "--out", str(out)]) == 2


def test_harms_that_are_left_out_for_length_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the company itself and of those that it belongs with."""
    with rigged(tmp_path) as rig:
        rig.say("grey", type="Company", name="Grey Holding SA", country="xa")
        rig.say("own", type="Ownership", owner="@grey", asset="@vireo", percentage="80", startDate="2020")
        for number in range(5):
            rig.say(f"case-{number}", type="Sanction", entity="@vireo", authority=f"Authority {number}")
        every = Harms(rig.register.store).of(sid("vireo"))
        assert len(every) == 5 and not any("more" in one for one in every)
        monkeypatch.setattr(harms, "MOST", 4)  # two statements a record
        (first, second, more) = Harms(rig.register.store).of(sid("vireo"))
        assert (first, second, more) == (*every[:2], "and 6 more, on the company's page")
        (*told, more) = Harms(rig.register.store).of(sid("grey"))
        assert told == [f"through Vireo Systems Ltd: {one}" for one in every[:2]]
        assert more == "and 6 more, on the company's page"
        monkeypatch.setattr(harms, "LINES_MOST", 1)
        assert Harms(rig.register.store).of(sid("vireo")) == (every[0], "and 7 more, on the company's page")
