"""The verdict: what decides, which pairs of leads count, and the words."""

from __future__ import annotations

import random
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.findings.model import AtQuality, Evidence, Finding, MatchedIndicator, Shows, Strength
from sousveil.findings.verdict import (
    Decision,
    Verdict,
    day_of,
    days_old,
    decide,
    independent,
    indicators_sentence,
    why_not_independent,
)
from sousveil.indicators.model import Attribution, ThreatClass
from sousveil.records import Source
from tests.profiles import examples

CONTACT = "Someone sent a Pegasus link to this phone"
_numbers = iter(range(1, 10**9))


def finding(
    kind: str | None = "domain-name:value",
    value: str = "lure.example",
    *,
    family: str | None = "Pegasus",
    strength: Strength = Strength.LEAD,
    shows: Shows = Shows.CONTACT,
    artefact: str = "ios.sms",
    file: str = "HomeDomain/Library/SMS/sms.db",
    row: int | None = None,
    role: str = "received",
    at: str | None = None,
    rule: str | None = None,
    record: dict[str, Any] | None = None,
    threat_class: ThreatClass | None = ThreatClass.MERCENARY,
    also: tuple[str, ...] = (),
    name: str | None = None,
    offset: int | None = None,
) -> Finding:
    number = next(_numbers)
    source = Source(file=file, table="t", row=number if row is None and offset is None else row, offset=offset)
    full = {"role": role, **(record or {})}
    matched = None
    if kind is not None:
        matched = MatchedIndicator(kind=kind, value=value, family=family, publisher="P", stix_id=None)
    said = tuple(Attribution(set_name="s", family=f, threat_class=threat_class, publisher="P") for f in also)
    return Finding(
        id=name or f"{number:016x}",
        rule=rule or f"indicator.{kind}",
        artefact=artefact,
        shows=shows,
        strength=strength,
        says="x",
        at=at,
        at_quality=AtQuality.SECOND if at else None,
        indicator=matched,
        attributions=said,
        source=source,
        record=full,
        evidence=(Evidence(artefact=artefact, source=source, record=full),),
        innocent=(),
        threat_class=threat_class,
        family=family,
    )


def rule(name: str = "usage.no_process", **rest: Any) -> Finding:
    given: dict[str, Any] = {
        "kind": None,
        "rule": name,
        "family": None,
        "threat_class": None,
        "role": "ran",
        "artefact": "ios.datausage",
        "file": "WirelessDomain/Library/Databases/DataUsage.sqlite",
        "shows": Shows.EXECUTION,
    }
    return finding(**(given | rest))


def process(value: str, **rest: Any) -> Finding:
    given: dict[str, Any] = {
        "artefact": "ios.datausage",
        "role": "ran",
        "shows": Shows.EXECUTION,
        "file": "WirelessDomain/Library/Databases/DataUsage.sqlite",
    }
    return finding("process:name", value, **(given | rest))


def raw(value: str, **rest: Any) -> Finding:
    given: dict[str, Any] = {"artefact": "scan", "role": "raw", "offset": next(_numbers)}
    return finding(value=value, **(given | rest))


def visit(value: str, at: str | None, **rest: Any) -> Finding:
    given: dict[str, Any] = {
        "artefact": "ios.safari_history",
        "file": "HomeDomain/Library/Safari/History.db",
        "role": "visited",
        "at": at,
    }
    return finding(value=value, **(given | rest))


ADDAILY: dict[str, Any] = {
    "artefact": "ios.osanalytics_addaily",
    "file": "HomeDomain/Library/Preferences/addaily.plist",
}
SHUTDOWN: dict[str, Any] = {"artefact": "ios.shutdown_log", "file": "shutdown.log"}
WHATSAPP: dict[str, Any] = {"artefact": "ios.whatsapp", "file": "AppDomainGroup-w/ChatStorage.sqlite"}
_10, _10_30, _12 = "2021-07-01T10:00:00.000000Z", "2021-07-01T10:00:30.000000Z", "2021-07-01T12:00:00.000000Z"

PAIRS: list[tuple[str, Finding, Finding, bool]] = [
    # different facts, the same family or none
    ("two domains in two messages", finding(value="a.example"), finding(value="b.example"), True),
    ("two domains in two messengers", finding(value="a.example"), finding(value="b.example", **WHATSAPP), True),
    ("a domain and an account", finding(value="a.example"), finding("email-addr:value", "x@y.example"), True),
    ("a domain and a process", finding(value="a.example"), process("bh"), True),
    ("two processes in one record", process("bh"), process("fmld"), False),
    (
        "a process in usage and another in addaily, which copies the same traffic",
        process("bh"),
        process("fmld", **ADDAILY),
        False,
    ),
    ("one process in usage and in the shutdown log", process("bh"), process("bh", **SHUTDOWN), True),
    ("two processes in usage and in the shutdown log", process("bh"), process("fmld", **SHUTDOWN), True),
    ("a process and a path", process("bh"), finding("file:path", "/private/var/tmp/hooker"), True),
    (
        "a file and a profile",
        finding("file:path", "/private/var/tmp/hooker"),
        finding("configuration-profile:id", "76dab334"),
        True,
    ),
    ("an indicator and a rule without family", finding(value="a.example"), rule(), True),
    ("an indicator and a rule of the family", finding(value="a.example"), rule(family="Pegasus"), True),
    ("two rules without family", rule("one"), rule("two"), True),
    ("a rule of a family and one without", rule("one", family="Pegasus"), rule("two"), True),
    (
        "one of several families in common",
        finding(value="a.example", also=("Pegasus", "Chrysaor")),
        finding(value="b.example", family="Chrysaor"),
        True,
    ),
    ("family names in other letters", finding(value="a.example"), finding(value="b.example", family="PEGASUS"), True),
    (
        "no family on either side",
        finding(value="a.example", family=None),
        finding(value="b.example", family=None),
        True,
    ),
    ("visits far apart", visit("a.example", _10), visit("b.example", _12), True),
    ("a visit and a message", visit("a.example", _10), finding(value="b.example", at=_10), True),
    ("a raw hit and a parser hit in two files", raw("a.example", file="A/cache.bin"), finding(value="b.example"), True),
    ("a quoted and a received domain", finding(value="a.example", role="quoted"), finding(value="b.example"), True),
    ("two names below one base", finding(value="a.base.example"), finding(value="b.base.example"), True),
    (
        "two links on two hosts",
        finding("url:value", "https://a.example/x"),
        finding("url:value", "https://b.example/x"),
        True,
    ),
    (
        "stalkerware: app and domain",
        finding("app:id", "com.spy", family="S", threat_class=ThreatClass.STALKERWARE),
        finding(value="c2.example", family="S", threat_class=ThreatClass.STALKERWARE),
        True,
    ),
    (
        "extraction: app and process",
        finding("app:id", "com.c", family="C", threat_class=ThreatClass.EXTRACTION_TOOL),
        process("mnm", family="C", threat_class=ThreatClass.EXTRACTION_TOOL),
        True,
    ),
    # other families
    ("two families", finding(value="a.example"), finding(value="b.example", family="Predator"), False),
    ("a rule of another family", finding(value="a.example"), rule(family="Predator"), False),
    ("two rules of two families", rule("one", family="Pegasus"), rule("two", family="Predator"), False),
    (
        "several families, none in common",
        finding(value="a.example", also=("Chrysaor",)),
        finding(value="b.example", family="Predator", also=("Alien",)),
        False,
    ),
    # the same indicator or rule
    ("one domain in two messages", finding(), finding(), False),
    ("one domain in two messengers", finding(), finding(**WHATSAPP), False),
    ("one domain in message and history", finding(), visit("lure.example", _12), False),
    (
        "one account in two places",
        finding("email-addr:value", "x@y.example"),
        finding("email-addr:value", "x@y.example", artefact="ios.idstatuscache", file="H/ids.plist"),
        False,
    ),
    ("one process in usage and addaily", process("bh"), process("bh", **ADDAILY), False),
    (
        "one profile in two places",
        finding("configuration-profile:id", "76dab334"),
        finding("configuration-profile:id", "76dab334", file="S/events.plist"),
        False,
    ),
    ("one rule twice", rule(), rule(), False),
    (
        "one and the same finding",
        finding(value="a.example", name="f" * 16),
        finding(value="b.example", name="f" * 16),
        False,
    ),
    # copies
    ("a domain and a link on it", finding(value="a.example"), finding("url:value", "https://a.example/x"), False),
    (
        "two links on one host",
        finding("url:value", "https://a.example/x"),
        finding("url:value", "https://a.example/y"),
        False,
    ),
    ("two values in one row", finding(value="a.example", row=5), finding(value="b.example", row=5), False),
    (
        "one row, one in the write-ahead log",
        finding(value="a.example", row=5),
        finding(value="b.example", row=5, file="HomeDomain/Library/SMS/sms.db-wal"),
        False,
    ),
    (
        "one link matched by two values",
        finding(value="a.example", record={"url": "https://x.a.example/p"}),
        finding("url:value", "https://x.a.example/p", **WHATSAPP),
        False,
    ),
    (
        "a rule about the process that matched",
        process("payload"),
        rule(record={"proc_name": "payload/com.x"}, **ADDAILY),
        False,
    ),
    ("app id and process of one name", finding("app:id", "com.spy"), process("com.spy"), False),
    (
        "path and bare name of one file",
        finding("file:path", "/private/var/tmp/hooker"),
        finding("file:name", "hooker", artefact="ios.sms_attachments"),
        False,
    ),
    (
        "parser and raw pass in one file",
        finding(value="a.example"),
        raw("b.example", file="HomeDomain/Library/SMS/sms.db"),
        False,
    ),
    (
        "parser and raw pass in the write-ahead log",
        finding(value="a.example"),
        raw("b.example", file="HomeDomain/Library/SMS/sms.db-wal"),
        False,
    ),
    ("two raw hits in one file", raw("a.example", file="A/x"), raw("b.example", file="A/x"), False),
    ("two raw hits in two files", raw("a.example", file="A/x"), raw("b.example", file="A/y"), False),
    (
        "two quoted domains",
        finding(value="a.example", role="quoted"),
        finding(value="b.example", role="quoted", **WHATSAPP),
        False,
    ),
    ("two hosts of one visit", visit("a.example", _10), visit("b.example", _10_30), False),
    ("two hosts of history without times", visit("a.example", None), visit("b.example", _12), False),
    (
        "watchware twice",
        finding("app:id", "a", family="W", threat_class=ThreatClass.WATCHWARE),
        finding(value="w.example", family="W", threat_class=ThreatClass.WATCHWARE),
        False,
    ),
    ("watchware and a rule", finding("app:id", "a", family="W", threat_class=ThreatClass.WATCHWARE), rule(), False),
]


def test_the_table_is_long_enough() -> None:
    assert len(PAIRS) >= 40


@pytest.mark.parametrize(("a", "b", "counts"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS])
def test_pairs(a: Finding, b: Finding, counts: bool) -> None:
    assert independent(a, b) is independent(b, a) is counts, why_not_independent(a, b)
    assert decide([a, b], any_read=True).verdict is (Verdict.TRACES_FOUND if counts else Verdict.SUSPICIOUS)


@pytest.mark.parametrize("strength", [Strength.WEAK, Strength.LEAD, Strength.STRONG])
@pytest.mark.parametrize("shows", list(Shows))
def test_one_finding(strength: Strength, shows: Shows) -> None:
    found = decide([finding(strength=strength, shows=shows)], any_read=True)
    expected = {
        Strength.STRONG: Verdict.TRACES_FOUND,
        Strength.LEAD: Verdict.SUSPICIOUS,
        Strength.WEAK: Verdict.NO_KNOWN_TRACES,
    }
    if shows is Shows.POSTURE:
        assert (found.verdict, found.reached, found.deciding) == (Verdict.NO_KNOWN_TRACES, None, ())
        return
    assert found.verdict is expected[strength]
    assert found.reached is (None if strength is Strength.WEAK else shows)
    assert found.threat_class is (None if strength is Strength.WEAK else ThreatClass.MERCENARY)


def test_contact_alone_reads_exactly() -> None:
    found = decide(
        [finding(strength=Strength.STRONG)],
        any_read=True,
        indicator_count=5305,
        newest="2026-11-20",
        today=date(2026, 11, 24),
    )
    assert found.headline == CONTACT
    assert found.sentence == (
        f"{CONTACT}. We checked it against 5,305 published indicators; the newest is from 20 November 2026."
    )
    lead = decide([finding()], any_read=True)
    assert lead.headline == "One sign of an attempt against this phone needs confirmation"


@pytest.mark.parametrize(
    ("role", "headline"),
    [
        ("received", CONTACT),
        ("visited", "A web page tied to Pegasus was opened on this phone"),
        ("redirected", "Another page sent this phone to a Pegasus address"),
        ("loaded", "This phone loaded something from a Pegasus address"),
        ("contacted", "This phone looked up an account tied to Pegasus"),
    ],
)
def test_the_headline_says_how_the_attempt_came(role: str, headline: str) -> None:
    found = decide([finding(strength=Strength.STRONG, role=role)], any_read=True)
    assert (found.headline, found.visited) == (headline, role == "visited")


def test_a_page_that_was_opened_says_so_when_it_needs_confirmation() -> None:
    found = decide([finding(role="visited")], any_read=True)
    assert found.headline == "A web page tied to Pegasus was opened on this phone; this needs confirmation"


def test_an_account_and_a_file_have_their_own_headline() -> None:
    account = decide([finding("email-addr:value", "x@y.example", strength=Strength.STRONG)], any_read=True)
    assert account.headline == "An account tied to Pegasus contacted this phone"
    file = decide([finding("file:path", "/a/b", strength=Strength.STRONG)], any_read=True)
    assert file.headline == "Someone sent a file tied to Pegasus to this phone"


def test_watchware_alone_is_at_most_suspicious() -> None:
    sure = [
        finding(
            "app:cert.sha1",
            str(n),
            family="W",
            threat_class=ThreatClass.WATCHWARE,
            strength=Strength.STRONG,
            shows=Shows.PRESENCE,
        )
        for n in range(3)
    ]
    found = decide(sure, any_read=True)
    assert (found.verdict, found.threat_class) == (Verdict.SUSPICIOUS, ThreatClass.WATCHWARE)
    assert found.headline == "W, an app for supervising a phone, is installed"


def test_extraction_tool_is_worded_examined_with() -> None:
    tool: dict[str, Any] = {
        "family": "Cellebrite UFED",
        "threat_class": ThreatClass.EXTRACTION_TOOL,
        "shows": Shows.PRESENCE,
    }
    strong = decide([finding("app:id", "a", strength=Strength.STRONG, **tool)], any_read=True)
    assert strong.headline == "Cellebrite UFED, a tool that copies phones, was used on this phone"
    lead = decide([finding("app:id", "a", **tool)], any_read=True)
    assert lead.headline.startswith("Cellebrite UFED, a tool that copies phones, may have been used")


def test_execution_and_presence() -> None:
    ran = decide([process("bh", strength=Strength.STRONG), finding(strength=Strength.STRONG)], any_read=True)
    assert (ran.reached, ran.headline) == (Shows.EXECUTION, "We found traces showing that Pegasus ran on this phone")
    lay = decide([finding("file:path", "/x/y", shows=Shows.PRESENCE, strength=Strength.STRONG)], any_read=True)
    assert lay.reached is Shows.PRESENCE


def test_a_lead_without_family_does_not_deepen_a_strong_finding() -> None:
    found = decide([finding(strength=Strength.STRONG), rule()], any_read=True)
    assert found.reached is Shows.CONTACT
    assert len(found.deciding) == 1
    with_family = decide([finding(strength=Strength.STRONG), rule(family="Pegasus")], any_read=True)
    assert with_family.reached is Shows.EXECUTION


def test_nothing_read_and_nothing_found() -> None:
    nothing = decide([], any_read=False, indicator_count=3, newest="2026-01-01", today=date(2026, 11, 24))
    assert (nothing.verdict, nothing.sentence) == (
        Verdict.NOT_EXAMINABLE,
        "We could not check this backup: nothing in it could be read.",
    )
    part = decide([], any_read=True, whole=False)
    assert part.verdict is Verdict.NO_KNOWN_TRACES
    assert part.headline == "We found no known traces, but part of this backup was not checked"
    assert decide([finding()], any_read=False).verdict is Verdict.SUSPICIOUS


@pytest.mark.parametrize(("today", "warns"), [("2026-01-01", False), ("2026-03-02", False), ("2026-03-03", True)])
def test_old_indicators_are_warned_about(today: str, warns: bool) -> None:
    text = indicators_sentence(10, "2026-01-01", date.fromisoformat(today))
    assert text.startswith("We checked it against 10 published indicators; the newest is from 1 January 2026.")
    assert ("The newest indicator is 61 days old." in text) is warns


def test_counts_without_dates() -> None:
    compared = "We checked it against "
    assert indicators_sentence(0, None, None).startswith("We had no indicators")
    assert indicators_sentence(2, None, None) == f"{compared}2 published indicators; none of them has a date."
    newest = indicators_sentence(1, "2026-01-01", None)
    assert newest == f"{compared}1 published indicator; the newest is from 1 January 2026."
    assert indicators_sentence(2, "soon", date(2026, 1, 1)).endswith("the newest is from soon.")


def test_many_families_are_named_briefly() -> None:
    many = [finding(value=f"{n}.example", family=f"F{n}", strength=Strength.STRONG) for n in range(6)]
    assert decide(many, any_read=True).headline.startswith("Someone sent a F0, F1, F2 and 3 others link")


def test_hostile_family_name_is_made_visible() -> None:
    bad = finding(family="Peg\x1b[31m\u202easus", strength=Strength.STRONG)
    sentence = decide([bad], any_read=True).sentence
    assert "\x1b" not in sentence and "\u202e" not in sentence


_POOL = (
    [p[1] for p in PAIRS]
    + [p[2] for p in PAIRS]
    + [
        finding(value=f"{s.value}{h.value}{f}.example", strength=s, shows=h, family=f)
        for s in Strength
        for h in Shows
        for f in ("Pegasus", "Predator", None)
    ]
)
findings_lists = st.lists(st.sampled_from(_POOL), max_size=12)


@settings(max_examples=examples(150), deadline=None)
@given(findings_lists, st.sampled_from(_POOL), st.booleans())
def test_one_more_finding_never_lowers(some: list[Finding], more: Finding, any_read: bool) -> None:
    before, after = decide(some, any_read=any_read), decide([*some, more], any_read=any_read)
    assert after.verdict.rank >= before.verdict.rank
    if more.strength is Strength.WEAK or more.shows is Shows.POSTURE:
        assert after == before


@settings(max_examples=examples(100), deadline=None)
@given(findings_lists, st.integers())
def test_order_never_matters(some: list[Finding], seed: int) -> None:
    mixed = list(some)
    random.Random(seed).shuffle(mixed)
    assert decide(mixed, any_read=True) == decide(some, any_read=True)


@settings(max_examples=examples(100), deadline=None)
@given(findings_lists)
def test_verdict_is_what_the_rules_say(some: list[Finding]) -> None:
    """Against the rules written out plainly."""
    live = [f for f in some if f.shows is not Shows.POSTURE and f.strength is not Strength.WEAK]
    expected = Verdict.NO_KNOWN_TRACES
    if live:
        expected = Verdict.SUSPICIOUS
        if any(f.strength is Strength.STRONG for f in live) or any(independent(a, b) for a, b in combinations(live, 2)):
            expected = Verdict.TRACES_FOUND
    found: Decision = decide(some, any_read=True)
    assert found.verdict is expected
    assert set(found.deciding) <= {f.id for f in live}


def test_a_lead_that_is_tied_to_one_of_two_strong_findings_still_decides() -> None:
    one = finding(value="a.example", row=1, strength=Strength.STRONG)
    other = finding(value="b.example", row=2, file="HomeDomain/b.db", strength=Strength.STRONG)
    lead = finding(value="a.example", row=3, file="HomeDomain/c.db")
    assert (independent(lead, one), independent(lead, other)) == (False, True)
    decision = decide([one, other, lead], any_read=True)
    assert decision.deciding == tuple(sorted((one.id, other.id, lead.id)))


def test_a_third_lead_decides_only_where_it_is_independent_of_both() -> None:
    one = finding(value="a.example", row=1, name="0" * 16)
    other = finding(value="b.example", row=2, file="HomeDomain/b.db", name="1" * 16)
    tied = finding(value="b.example", row=3, file="HomeDomain/c.db", name="2" * 16)
    free = finding(value="c.example", row=4, file="HomeDomain/d.db", name="3" * 16)
    assert (independent(tied, one), independent(tied, other)) == (True, False)
    decision = decide([one, other, tied, free], any_read=True)
    assert (decision.verdict, decision.deciding) == (Verdict.TRACES_FOUND, (one.id, other.id, free.id))


def test_only_one_file_makes_two_witnesses_of_a_visit_or_a_raw_hit_one() -> None:
    elsewhere = {"file": "HomeDomain/Library/Safari/Other.db"}
    assert not independent(visit("a.example", _10), visit("b.example", _10_30))
    assert independent(visit("a.example", _10), visit("b.example", _10_30, **elsewhere))
    assert not independent(raw("a.example"), finding(value="b.example"))
    assert independent(raw("a.example"), finding(value="b.example", **elsewhere))


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        *((name, False) for name in "process proc_name process_name bundle_id bundle package client".split()),
        ("note", True),
    ],
)
def test_two_findings_about_one_program_are_about_one_value(name: str, counts: bool) -> None:
    one = finding(value="a.example", record={name: "Tool/1"})
    other = finding(value="b.example", file="HomeDomain/b.db", record={name: "tool/2"})
    assert independent(one, other) is counts


def test_a_link_of_either_scheme_names_its_host() -> None:
    for scheme in ("http", "https"):
        one = finding(value="a.example", record={"url": f"{scheme}://Shared.example/x"})
        other = finding(value="b.example", file="HomeDomain/b.db", record={"url": "https://shared.example/y"})
        assert why_not_independent(one, other) == "they are about the same value"


def test_a_raw_hit_is_one_by_its_artefact_or_its_role() -> None:
    for one in (raw("a.example", role="installed"), finding(value="a.example", role="raw")):
        assert why_not_independent(one, finding(value="b.example")) == "the raw pass met the same file as the reader"


def test_only_what_ran_is_a_record_of_execution() -> None:
    for other in (process("second", role="granted"), process("second", shows=Shows.PRESENCE)):
        assert why_not_independent(process("first"), other) is None
    assert why_not_independent(process("first"), process("second")) == "they rest on one record of execution"


def test_one_name_in_two_logs_of_a_sysdiagnose_is_one_witness() -> None:
    def logged(place: str, value: str = "first", **rest: Any) -> Finding:
        return process(value, artefact=f"sysdiagnose.{place}", file=f"/top/{place}", **rest)

    said = "a sysdiagnose lists one program in several logs"
    spyware = {"path": "/private/var/db/com.apple.xpc.roleaccountd.staging/first"}
    assert why_not_independent(logged("ps"), logged("shutdown")) == said
    assert why_not_independent(logged("ps"), logged("shutdown", record={"path": "/usr/libexec/first"})) == said
    assert why_not_independent(logged("ps"), logged("shutdown", record=spyware)) is None
    assert why_not_independent(logged("ps"), logged("shutdown", "second")) is None
    assert why_not_independent(logged("ps"), process("first")) is None
    for pair in (
        ("crashes", "crash_processes"),
        ("power_traffic", "power_processes"),
        ("log_images", "log_statistics"),
    ):
        one, other = (logged(place, record=spyware) for place in pair)
        assert why_not_independent(one, other) == "they rest on one record of execution"


def test_leads_of_two_phones_of_an_account_do_not_confirm_each_other() -> None:
    def logged(value: str, phone: str | None, artefact: str = "android.intrusion_lookups") -> Finding:
        return finding(value=value, artefact=artefact, record={} if phone is None else {"phone": phone})

    said = "they may be about different phones"
    assert why_not_independent(logged("a.example", "one"), logged("b.example", "two")) == said
    assert why_not_independent(logged("a.example", "one"), logged("b.example", None)) == said
    assert why_not_independent(logged("a.example", "one"), logged("b.example", "one")) is None
    assert why_not_independent(logged("a.example", "one"), logged("b.example", "two", "android.packages")) is None


def test_two_visits_within_a_minute_are_one_act() -> None:
    for moment, apart in (("10:01:00.000000Z", False), ("10:01:00.000001Z", True)):
        pair = visit("a.example", "2021-07-18T10:00:00.000000Z"), visit("b.example", f"2021-07-18T{moment}")
        assert independent(*pair) is apart


@pytest.mark.parametrize("companion", ["", "-wal", "-shm", "-journal"])
def test_a_file_beside_a_database_is_the_same_witness(companion: str) -> None:
    hit = raw("b.example", file=f"HomeDomain/Library/SMS/sms.db{companion}")
    assert why_not_independent(finding(value="a.example"), hit) == "the raw pass met the same file as the reader"


def test_a_lead_decides_beside_a_strong_finding_of_its_family_on_another_fact() -> None:
    strong = finding(value="a.example", strength=Strength.STRONG)
    nameless = rule(strength=Strength.STRONG)
    again, other = finding(value="a.example", **WHATSAPP), finding(value="b.example", **WHATSAPP)
    assert decide([strong, again, other], any_read=True).deciding == (strong.id, other.id)
    assert decide([nameless, other], any_read=True).deciding == (nameless.id,)


def test_four_families_are_named_and_of_five_three() -> None:
    signs = [finding("app:id", n, family=n, strength=Strength.STRONG, shows=Shows.PRESENCE) for n in "ABCDE"]
    assert decide(signs[:4], any_read=True).family == "A, B, C and D"
    assert decide(signs, any_read=True).family == "A, B, C and 2 others"


def test_a_result_without_findings_names_no_page() -> None:
    assert [decide([], any_read=read).visited for read in (True, False)] == [False, False]


def test_the_headline_names_the_families_of_the_gravest_class_and_of_other_known_classes() -> None:
    strong: dict[str, Any] = {"strength": Strength.STRONG, "shows": Shows.PRESENCE}
    tool = finding("app:id", "a", family="UFED", threat_class=ThreatClass.EXTRACTION_TOOL, **strong)
    unclassed = finding("app:id", "b", family="Other", threat_class=None, **strong)
    stalker = finding("app:id", "c", family="Stalker", threat_class=ThreatClass.STALKERWARE, **strong)
    spy = finding("app:id", "d", **strong)
    assert decide([tool, unclassed], any_read=True).family == "UFED"
    assert decide([spy, unclassed], any_read=True).family == "Pegasus"
    assert decide([spy, stalker], any_read=True).family == "Pegasus and Stalker"


def test_days_that_are_none() -> None:
    assert day_of("a" * 30) == "a" * 19 + "…"
    assert (days_old(None, date(2026, 1, 1)), days_old("soon", date(2026, 1, 1))) == (0, 0)
    assert (days_old("2026-01-01", None), days_old("2025-12-30", date(2026, 1, 1))) == (0, 2)
