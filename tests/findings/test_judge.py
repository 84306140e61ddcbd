"""From matches and hits to whole findings."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.artefacts.model import Artefact, At, Event, Seen, discover
from sousveil.errors import Usage
from sousveil.findings import judge
from sousveil.findings.judge import (
    MAX_EVIDENCE,
    Merger,
    contact_key,
    finding_from_hit,
    finding_from_match,
    finding_from_raw,
    finding_id,
    merge,
    message_shape,
    quoted,
    read_suppressions,
    rule_name,
    suppress,
    when,
)
from sousveil.findings.model import AtQuality, Evidence, Finding, Match, MatchedIndicator, Shows, Strength
from sousveil.findings.rules.model import Hit, Kept, Rule
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, ThreatClass
from sousveil.kinds import Email, Integer, Label, MacTime, Opaque, ProcessName, Role, RoleValue, Text
from sousveil.records import Batch, Record, Source
from tests.profiles import examples


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


class Message(Record):
    """A message."""

    text: Text | None
    handle: Email | None
    direction: Label | None
    date: MacTime | None
    date_read: MacTime | None
    role: RoleValue | None
    blob: Opaque


class Usage_(Record):
    """A row of usage."""

    proc_name: ProcessName | None
    last: MacTime | None
    wwan_in: Integer | None
    wwan_out: Integer | None


def nothing(artefact: Any, files: Any, context: Any) -> Iterator[Batch]:
    yield from ()


SMS = Artefact(
    name="ios.sms",
    title="Messages",
    needs={"main": (At.ios("/sms.db"),)},
    record=Message,
    read=nothing,
    role=Role.RECEIVED,
    events=(Event(at="date", says="message"),),
    seen=(Seen(versions="any", basis="seen on a real phone", verified=True),),
)
USAGE = Artefact(
    name="ios.datausage",
    title="Data usage",
    needs={"main": (At.ios("/d"),)},
    record=Usage_,
    read=nothing,
    role=Role.RAN,
    seen=(Seen(versions="any", basis="seen on a real phone", verified=True),),
)
SAID = Attribution(
    set_name="pegasus",
    family="Pegasus",
    threat_class=ThreatClass.MERCENARY,
    publisher="Amnesty International",
    published="2021-07-18",
    stix_id="indicator--1",
)
DOMAIN = Indicator(kind=IndicatorKind.DOMAIN, value="lure.example", original="lure.example", attributions=(SAID,))
PROCESS = Indicator(kind=IndicatorKind.PROCESS, value="bh", original="bh", attributions=(SAID,))
INDICATORS = (DOMAIN, PROCESS)
BACKUP = at("2021-09-01")


def batch(**columns: list[Any]) -> Batch:
    count = len(next(iter(columns.values())))
    return Batch(
        artefact="ios.sms",
        layout="l",
        file="HomeDomain/Library/SMS/sms.db",
        count=count,
        table="message",
        rows=list(range(1, count + 1)),
        columns=columns,
    )


def match(
    row: int = 0, field: str = "text", indicator: int = 0, how: str = "equals", text: str = "lure.example"
) -> Match:
    return Match(indicator=indicator, row=row, field=field, text=text, how=how)


def test_whole_finding() -> None:
    rows = batch(
        text=["see https://lure.example/a"],
        handle=["+15550100"],
        direction=["in"],
        blob=[b"\1"],
        date=[at("2021-08-01T10:00:00") + 5],
    )
    found = finding_from_match(SMS, rows, match(), INDICATORS, sha256="ab", backup_at=BACKUP)
    source = Source(file="HomeDomain/Library/SMS/sms.db", sha256="ab", table="message", row=1, space="live")
    record = {
        "text": "see https://lure.example/a",
        "direction": "in",
        "date": "2021-08-01T10:00:00.000005Z",
        "role": "received",
    }
    assert found == Finding(
        id=finding_id("indicator.domain-name", DOMAIN.key, [source]),
        rule="indicator.domain-name",
        artefact="ios.sms",
        shows=Shows.CONTACT,
        strength=Strength.STRONG,
        says="Someone sent a link to lure[.]example to this phone.",
        at="2021-08-01T10:00:00.000005Z",
        at_quality=AtQuality.EXACT,
        indicator=MatchedIndicator(
            kind="domain-name:value",
            value="lure.example",
            family="Pegasus",
            publisher="Amnesty International",
            stix_id="indicator--1",
        ),
        attributions=(SAID,),
        source=source,
        record=record,
        evidence=(Evidence(artefact="ios.sms", source=source, record=record),),
        innocent=(("The sender may have quoted a link from a report or a warning."),),
        threat_class=ThreatClass.MERCENARY,
        family="Pegasus",
        reasons=(
            "the field text agrees with a published value (equals)",
            "strong: a received message contains a published host; such hosts served one purpose",
        ),
    )
    assert len(found.id) == 16 and int(found.id, 16) >= 0


def test_full_record_keeps_every_field_and_extras() -> None:
    rows = batch(text=["lure.example"], handle=["+15550100"], blob=[b"\xff"], date=[at("2021-08-01T10:00:00")])
    rows.extra = {"unknown": [7], "none": [None]}
    rows.same = {"role": "received"}
    found = finding_from_match(SMS, rows, match(), INDICATORS, backup_at=BACKUP, full=True)
    assert found.record == {
        "unknown": 7,
        "text": "lure.example",
        "handle": "+15550100",
        "blob": "ff",
        "date": "2021-08-01T10:00:00.000000Z",
        "role": "received",
    }


def test_role_of_the_row_decides() -> None:
    rows = batch(text=["lure.example"] * 2, role=["sent", "received"])
    found = [finding_from_match(SMS, rows, match(n), INDICATORS, backup_at=BACKUP).strength for n in (0, 1)]
    assert found == [Strength.WEAK, Strength.STRONG]


@pytest.mark.parametrize(
    "text",
    [
        "Watch out, hxxps://lure[.]example is spyware",
        "Amnesty lists https://lure.example for Pegasus",
        "please don\u2019t open https://lure.example",
        "Never click lure.example!",
        "IOC: lure.example",
        "C'est un logiciel espion, regarde https://lure.example",
        "Ne cliquez pas sur https://lure.example",
        "Es un programa espía: https://lure.example",
        "No abras https://lure.example",
        "Não clique em https://lure.example",
        "برنامج تجسس https://lure.example",
        "لا تفتح https://lure.example",
        "Не открывай https://lure.example",
        "Это шпионская программа https://lure.example",
        "Ne kattints ide: https://lure.example",
        "Kémprogram: https://lure.example",
        "यह जासूसी है https://lure.example",
        "इसे मत खोलो https://lure.example",
    ],
)
def test_a_quoted_lure_is_a_lead_with_the_quote_first(text: str) -> None:
    found = finding_from_match(SMS, batch(text=[text]), match(), INDICATORS, backup_at=BACKUP)
    assert found.strength is Strength.LEAD
    assert found.innocent[0].startswith("It is probably quoted")
    assert found.record["role"] == "quoted"


@pytest.mark.parametrize(
    "text",
    [
        "Your parcel is here https://lure.example/t",
        "Suspicious sign-in: https://lure.example",
        "",
        "a" * 50_000 + "spyware",
    ],
)
def test_a_lure_is_not_taken_for_a_quote(text: str) -> None:
    assert not quoted(text)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("https://lure.example/a", "bare"),
        ("see lure.example", "bare"),
        ("", "bare"),
        ("Your account was blocked this morning, please sign in here today: https://lure.example/a", "closing"),
        ("Torture of citizens in state prisons, new documents have come out\nhttps://lure.example/a", "closing"),
        ("Unblock your account here: https://lure.example/a or you will lose all of your messages", "closing"),
        ("I read that lure.example was used by them last year and I do not know what to think", "sentence"),
        ("lure.example, b.example and c.example", "sentence"),
    ],
)
def test_the_shape_of_a_message(text: str, shape: str) -> None:
    assert message_shape(text, "lure.example") == shape


@pytest.mark.parametrize(
    ("text", "handle", "strength"),
    [
        ("see https://lure.example/a", "+15550100", Strength.STRONG),
        ("see https://lure.example/a", None, Strength.STRONG),
        ("see https://lure.example/a", "+44 20 7946 0011", Strength.LEAD),
        ("see https://lure.example/a", "020 7946 0011", Strength.LEAD),
        ("see https://lure.example/a", "Friend@Mail.example", Strength.LEAD),
        ("we saw lure.example in the papers yesterday and talked of it all evening", "+15550100", Strength.LEAD),
    ],
)
def test_a_link_counts_by_shape_and_sender(text: str, handle: str | None, strength: Strength) -> None:
    contacts = {contact_key("+442079460011"), contact_key("friend@mail.example")}
    rows = batch(text=[text], handle=[handle], date=[at("2021-08-01T10:00:00")])
    found = finding_from_match(SMS, rows, match(), INDICATORS, backup_at=BACKUP, contacts=contacts)
    assert found.strength is strength


def test_process_with_and_without_traffic() -> None:
    rows = Batch(
        artefact="ios.datausage",
        layout="l",
        file="W/D",
        count=2,
        table="t",
        rows=[1, 2],
        columns={
            "proc_name": ["bh", "bh"],
            "last": [at("2021-08-01"), None],
            "wwan_in": [5, 0],
            "wwan_out": [None, None],
        },
    )
    one, other = (finding_from_match(USAGE, rows, match(n, "proc_name", 1, text="bh"), INDICATORS) for n in (0, 1))
    assert (one.strength, one.shows, one.rule, one.at_quality) == (
        Strength.LEAD,
        Shows.EXECUTION,
        "indicator.process-name",
        AtQuality.DAY,
    )
    assert (other.strength, other.at) == (Strength.LEAD, None)


@pytest.mark.parametrize(
    ("path", "kept"),
    [("/private/var/db/com.apple.xpc.roleaccountd.staging/bh", True), ("/usr/libexec/bh", False)],
)
def test_a_folder_of_spyware_stays_in_the_record_of_a_name(path: str, kept: bool) -> None:
    rows = Batch(
        artefact="sysdiagnose.crashes",
        layout="l",
        file="/top/x.ips",
        count=1,
        table="bug type 309",
        rows=[1],
        columns={"process": ["bh"], "path": [path]},
    )
    found = finding_from_match(discover()["sysdiagnose.crashes"], rows, match(0, "process", 1, text="bh"), INDICATORS)
    assert found.record == {"process": "bh", "role": "ran"} | ({"path": path} if kept else {})


@pytest.mark.parametrize(("count", "strength"), [(5, Strength.STRONG), (0, Strength.LEAD)])
@pytest.mark.parametrize("column", ["cell_in", "cell_out", "wifi_in", "wifi_out"])
def test_traffic_of_the_power_log_counts(column: str, count: int, strength: Strength) -> None:
    rows = Batch(
        artefact="sysdiagnose.power_traffic",
        layout="l",
        file="/top/x.PLSQL",
        count=1,
        table="t",
        rows=[1],
        columns={"process": ["roleaboutd"], "start": [at("2021-08-01")], column: [count]},
    )
    indicators = [msgspec.structs.replace(INDICATORS[1], value="roleaboutd", original="roleaboutd")]
    power = discover()["sysdiagnose.power_traffic"]
    found = finding_from_match(power, rows, match(0, "process", 0, text="roleaboutd"), indicators)
    assert found.strength is strength


def test_a_suspect_time_is_shown_but_not_used() -> None:
    future = batch(text=["lure.example"], date=[at("2040-01-01T00:00:01")])
    found = finding_from_match(SMS, future, match(), INDICATORS, backup_at=BACKUP)
    assert (found.at_quality, found.at, found.strength) == (
        AtQuality.SUSPECT,
        "2040-01-01T00:00:01.000000Z",
        Strength.STRONG,
    )


def test_a_long_text_is_cut_around_the_match() -> None:
    rows = batch(text=["x" * 5000 + "lure.example" + "y" * 5000])
    found = finding_from_match(SMS, rows, match(), INDICATORS, backup_at=BACKUP)
    assert found.record["text"] == "…" + "x" * 500 + "lure.example" + "y" * 500 + "…"


@pytest.mark.parametrize(
    ("micros", "text", "quality"),
    [
        (None, None, None),
        (at("2021-08-01"), "2021-08-01T00:00:00.000000Z", AtQuality.DAY),
        (at("2021-08-01T00:00:01"), "2021-08-01T00:00:01.000000Z", AtQuality.SECOND),
        (at("2021-08-01") + 1, "2021-08-01T00:00:00.000001Z", AtQuality.EXACT),
        (at("2006-12-31"), "2006-12-31T00:00:00.000000Z", AtQuality.SUSPECT),
        (BACKUP + 86_400_000_001, "2021-09-02T00:00:00.000001Z", AtQuality.SUSPECT),
        (BACKUP + 86_400_000_000, "2021-09-02T00:00:00.000000Z", AtQuality.DAY),
    ],
)
def test_when(micros: int | None, text: str | None, quality: AtQuality | None) -> None:
    assert when(micros, BACKUP) == (text, quality)


@given(st.integers(-(2**63), 2**63))
@settings(max_examples=examples(50), deadline=None)
def test_any_instant_can_be_written(micros: int) -> None:
    assert len(judge.iso(micros)) == 27


def test_rule_names() -> None:
    assert {k: rule_name(k) for k in (IndicatorKind.FILE_PATH, IndicatorKind.FILE_NAME, IndicatorKind.SHA256)} == {
        IndicatorKind.FILE_PATH: "indicator.file-path",
        IndicatorKind.FILE_NAME: "indicator.file-name",
        IndicatorKind.SHA256: "indicator.file-hashes-sha256",
    }
    assert len({rule_name(k) for k in IndicatorKind}) == len(IndicatorKind)


def test_raw_hit_is_a_lead() -> None:
    found = finding_from_raw(DOMAIN, Source(file="A/x", offset=9, space="freed"), backup_at=BACKUP)
    assert (found.artefact, found.strength, found.shows, found.record) == (
        "scan",
        Strength.LEAD,
        Shows.CONTACT,
        {"role": "raw"},
    )


def _rule(**rest: Any) -> Rule:
    given_: dict[str, Any] = {
        "name": "usage.no_process",
        "title": "Usage without process",
        "shows": Shows.EXECUTION,
        "strength": Strength.LEAD,
        "reads": {},
        "find": lambda kept, device: iter(()),
        "innocent": ("A database fault.",),
        "basis": "measured",
    }
    return Rule(**(given_ | rest))


def _kept(row: int) -> Kept:
    return Kept(
        artefact="ios.datausage", source=Source(file="W/D", row=row), row={"live_id": row, "none": None, "b": b"\1"}
    )


def test_hit_becomes_a_finding_and_never_stronger_than_its_rule() -> None:
    hit = Hit(
        rows=(_kept(3), _kept(1)),
        says="A row without process.",
        at=at("2021-08-01T00:00:09"),
        innocent=("A restore.",),
        strength=Strength.STRONG,
    )
    found = finding_from_hit(_rule(family="Pegasus", threat_class=ThreatClass.MERCENARY), hit, backup_at=BACKUP)
    assert (found.strength, found.shows, found.family, found.threat_class, found.artefact) == (
        Strength.LEAD,
        Shows.EXECUTION,
        "Pegasus",
        ThreatClass.MERCENARY,
        "ios.datausage",
    )
    assert found.record == {"live_id": 3, "b": "01"}
    assert [e.source.row for e in found.evidence] == [3, 1]
    assert found.innocent == ("A restore.", "A database fault.")
    assert finding_from_hit(_rule(), Hit(rows=(_kept(1),), says="x", strength=Strength.WEAK)).strength is Strength.WEAK
    with pytest.raises(ValueError, match="without evidence"):
        finding_from_hit(_rule(), Hit(rows=(), says="x"))


def _many(texts: Sequence[str], **columns: list[Any]) -> list[Finding]:
    rows = batch(text=list(texts), **columns)
    return [finding_from_match(SMS, rows, match(n), INDICATORS, backup_at=BACKUP) for n in range(rows.count)]


def test_merge_leads_with_the_strongest_then_the_earliest() -> None:
    some = _many(
        ["lure.example"] * 3,
        role=["sent", "received", "received"],
        date=[at("2021-08-01T00:00:01"), at("2021-08-03T00:00:01"), at("2021-08-02T00:00:01")],
    )
    (one,) = merge(some)
    assert (one.strength, one.at, one.source.row) == (Strength.STRONG, "2021-08-02T00:00:01.000000Z", 3)
    assert [e.source.row for e in one.evidence] == [3, 2, 1]
    assert one.reasons[-1] == "noted: the same value is in 3 places of this artefact; 3 are listed"
    assert (one.record, one.source) == (one.evidence[0].record, one.evidence[0].source)


def test_merge_joins_two_fields_of_one_row() -> None:
    rows = batch(text=["lure.example"], handle=["x@lure.example"])
    (one,) = merge(finding_from_match(SMS, rows, match(field=f), INDICATORS) for f in ("text", "handle"))
    assert len(one.evidence) == 1
    assert one.record == {"text": "lure.example", "handle": "x@lure.example", "role": "received"}


def test_merge_keeps_artefacts_and_rules_apart_and_caps_evidence() -> None:
    hits = [finding_from_hit(_rule(), Hit(rows=(_kept(n),), says="x")) for n in (1, 2)]
    raw = finding_from_raw(DOMAIN, Source(file="A/x", offset=9))
    many = _many(["lure.example"] * 1000)
    found = merge([*hits, raw, *many])
    assert [f.artefact for f in found].count("ios.sms") == 1
    assert len(found) == 4
    assert len(found[0].evidence) == MAX_EVIDENCE
    assert "in 1000 places" in found[0].reasons[-1]


@given(st.integers())
@settings(max_examples=examples(20), deadline=None)
def test_merge_in_any_order(seed: int) -> None:
    some = _MANY.copy()
    random.Random(seed).shuffle(some)
    merger = Merger()
    for finding in some:
        merger.add(finding)
    assert msgspec.json.encode(merger.result()) == _MERGED


def test_ids_differ_by_rule_indicator_and_place() -> None:
    here, there = Source(file="a", row=1), Source(file="a", row=2)
    ids = {
        finding_id("r", None, [here]),
        finding_id("r", None, [there]),
        finding_id("s", None, [here]),
        finding_id("r", ("k", "v"), [here]),
        finding_id("r", None, [here, there]),
    }
    assert len(ids) == 5
    assert finding_id("r", None, [here, there]) == finding_id("r", None, [there, here])


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("# known\nlure.example  # mine\n\nios.sms:b.example\r\n", {"lure.example", "ios.sms:b.example"}),
        ('["0123456789abcdef"]', {"0123456789abcdef"}),
        ('{"suppress": ["a"]}', {"a"}),
        ("", set()),
    ],
)
def test_read_suppressions(text: str, entries: set[str]) -> None:
    assert read_suppressions(text) == entries


@pytest.mark.parametrize("text", ["[", "[1]", "{}", "[" * 100_000])
def test_broken_suppressions(text: str) -> None:
    with pytest.raises(Usage):
        read_suppressions(text)


def test_suppress_by_id_value_and_artefact() -> None:
    (one,) = _many(["lure.example"])
    for entry in (one.id, "lure.example", "ios.sms:lure.example"):
        assert suppress([one], frozenset({entry})) == ((), (one,))
    for entry in ("ios.whatsapp:lure.example", "example", ""):
        assert suppress([one], frozenset({entry})) == ((one,), ())


_MANY = _many(
    [f"lure.example {n % 7}" for n in range(900)],
    role=["sent", "received", "visited"] * 300,
    date=[at("2021-08-01") + (n * 7919 % 997) * 1_000_000 for n in range(900)],
)
_MERGED = msgspec.json.encode(merge(_MANY))
