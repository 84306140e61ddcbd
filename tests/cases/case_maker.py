"""Small hand-made cases for the tests of outputs; every value is invented."""

from __future__ import annotations

from typing import Any

from sousveil.acquisition.model import Device
from sousveil.cases import telling
from sousveil.cases.model import Case, ContextNote, Coverage, Outcome, UsedSet
from sousveil.cases.telling import Told
from sousveil.findings.model import AtQuality, Evidence, Finding, MatchedIndicator, Shows, Strength
from sousveil.findings.verdict import Decision, Verdict
from sousveil.indicators.model import Attribution, ThreatClass
from sousveil.records import Source

HOSTILE = (
    "\x1b]8;;https://evil.example/\x07click\x1b]8;;\x07\x1b[2J\u202egnp.exe\u202c"
    "<script>alert(1)</script>\x9b31m=cmd|'/c calc'!A1"
)
"""OSC 8 link, clear screen, bidi override, HTML, C1 control and a formula in one."""

SOURCE = Source(
    file="HomeDomain/Library/Safari/History.db", sha256="ab" * 32, table="history_visits", row=7, space="live"
)
SAID = Attribution(
    set_name="made_up",
    family="Examplesus",
    threat_class=ThreatClass.MERCENARY,
    publisher="Example Lab",
    report="https://lab.example/report",
    published="2026-01-02",
    licence="CC-BY-4.0",
    stix_id="indicator--1",
    valid_from=1_767_312_000_000_000,
)


def finding(number: int = 1, **changes: Any) -> Finding:
    """A finding; `changes` replace fields."""
    given: dict[str, Any] = {
        "id": f"{number:016x}",
        "rule": "indicator",
        "artefact": "ios.safari_history",
        "shows": Shows.CONTACT,
        "strength": Strength.STRONG,
        "says": "Safari history: a page of the domain evil[.]example was opened.",
        "at": "2026-02-03T04:05:06.700000Z",
        "at_quality": AtQuality.EXACT,
        "indicator": MatchedIndicator(
            kind="domain-name:value",
            value="evil.example",
            family="Examplesus",
            publisher="Example Lab",
            stix_id="indicator--1",
        ),
        "attributions": (SAID,),
        "source": SOURCE,
        "record": {"url": "https://evil.example/a?b=c", "at": 1_770_091_506_700_000},
        "innocent": ("The link may have been opened by somebody who looked into it.",),
        "threat_class": ThreatClass.MERCENARY,
        "family": "Examplesus",
        "reasons": ("The set and the kind of value allow a strong finding.",),
    }
    given.update(changes)
    given.setdefault(
        "evidence", (Evidence(artefact=given["artefact"], source=given["source"], record=given["record"]),)
    )
    return Finding(**given)


def case(*findings: Finding, **changes: Any) -> Case:
    """A case; `changes` replace fields."""
    given: dict[str, Any] = {
        "version": "0.1.0",
        "verdict": Verdict.TRACES_FOUND,
        "reached": Shows.CONTACT,
        "threat_class": ThreatClass.MERCENARY,
        "context": (
            ContextNote(
                kind="threat_notice",
                says="This phone holds a message that says it is Apple's warning; verify it in the account.",
                at="2026-02-04T00:00:00.000000Z",
                artefact="ios.sms",
                file="HomeDomain/Library/SMS/sms.db",
                table="message",
                row=3,
            ),
        ),
        "device": Device(
            product_type="iPhone12,1",
            product_version="16.5",
            build="20F66",
            last_backup=1_770_000_000_000_000,
            unique_id="00008030-SECRET",
            name="Somebody's iPhone",
        ),
        "findings": findings,
        "coverage": (
            Coverage(artefact="ios.safari_history", outcome=Outcome.READ, records=120, detail="iOS 13 to 26"),
            Coverage(
                artefact="ios.calls", outcome=Outcome.ABSENT_EXPECTED, records=0, detail="the backup is not encrypted"
            ),
            Coverage(
                artefact="ios.tcc", outcome=Outcome.FAILED, records=4, detail="the database is damaged after row 4"
            ),
        ),
        "indicators": (
            UsedSet(
                name="made_up",
                sha256="cd" * 32,
                count=10,
                skipped=1,
                newest="2026-01-02",
                publisher="Example Lab",
                licence="CC-BY-4.0",
            ),
        ),
    }
    given.update(changes)
    return Case(**given)


def hostile_case() -> Case:
    """Every string that can come from a phone or a set is hostile."""
    said = Attribution(
        set_name=HOSTILE,
        family=HOSTILE,
        threat_class=None,
        publisher=HOSTILE,
        report=HOSTILE,
        published=HOSTILE,
        licence=HOSTILE,
    )
    source = Source(file="HomeDomain/" + HOSTILE, table=HOSTILE, row=1)
    bad = finding(
        says=HOSTILE,
        rule=HOSTILE,
        artefact=HOSTILE,
        attributions=(said,),
        source=source,
        record={HOSTILE: HOSTILE, "b": b"\x00\x1b"},
        innocent=(HOSTILE,),
        reasons=(HOSTILE,),
        indicator=MatchedIndicator(kind=HOSTILE, value=HOSTILE, family=HOSTILE, publisher=HOSTILE, stix_id=HOSTILE),
    )
    return case(
        bad,
        context=(ContextNote(kind="limits", says=HOSTILE, at=HOSTILE, file=HOSTILE),),
        suppressed=(bad,),
        device=Device(product_type=HOSTILE, product_version=HOSTILE, build=HOSTILE),
        coverage=(Coverage(artefact=HOSTILE, outcome=Outcome.FAILED, records=0, detail=HOSTILE),),
        indicators=(
            UsedSet(
                name=HOSTILE, sha256=HOSTILE, count=1, skipped=0, newest=HOSTILE, publisher=HOSTILE, licence=HOSTILE
            ),
        ),
    )


def told(made: Case, sentence: str = "One sentence.", **rest: Any) -> Told:
    """What surrounds the findings of a case; the sentence is the headline too. Strong findings decide."""
    grave, reached = made.threat_class or ThreatClass.MERCENARY, made.reached or Shows.PRESENCE
    words = f"result.{made.verdict.value}.{reached.value}.{grave.value}"
    if made.verdict is Verdict.NO_KNOWN_TRACES:
        words = (
            f"result.no_known_traces.{'complete' if all(c.outcome.complete for c in made.coverage) else 'incomplete'}"
        )
    elif made.verdict is Verdict.NOT_EXAMINABLE:
        words = "result.not_examinable.nothing_read"
    return telling.told(
        made,
        Decision(
            verdict=made.verdict,
            reached=made.reached,
            threat_class=made.threat_class,
            sentence=sentence,
            headline=sentence.rstrip("."),
            compared=sentence,
            words=words,
            family="Examplesus",
            visited=False,
            deciding=tuple(f.id for f in made.findings if f.strength is Strength.STRONG),
        ),
        **rest,
    )
