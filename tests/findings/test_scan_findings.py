"""Raw hits become findings: duplicates, lists, families, hashes."""

from __future__ import annotations

from typing import Any

import msgspec

from sousveil.findings.judge import finding_from_raw
from sousveil.findings.model import Finding, Strength
from sousveil.findings.scan_findings import RULE, raw_findings
from sousveil.findings.scan_model import RawHit
from sousveil.indicators.index import Index
from sousveil.indicators.model import Attribution, Indicator, IndicatorSet, ThreatClass
from sousveil.indicators.model import IndicatorKind as K
from sousveil.records import Source
from sousveil.texts import PSEUDO, use
from tests.test_texts import words_outside_the_catalogue

NOW = 1_700_000_000_000_000


def index_of(families: dict[str, str], kind: K = K.DOMAIN) -> Index:
    made = tuple(
        Indicator(
            kind=kind,
            value=v,
            original=v,
            attributions=(
                Attribution(
                    set_name="t", family=f, threat_class=ThreatClass.MERCENARY, publisher="Lab", published="2023-06-01"
                ),
            ),
        )
        for v, f in families.items()
    )
    return Index.build([IndicatorSet(name="t", sha256="0" * 64, indicators=made)])


ONE = index_of({f"host-{n}.example": "Alpha" for n in range(9)})
WHERE = "HomeDomain/Library/x.db"


def hit(indicator: int, offset: int, where: str = WHERE, **rest: Any) -> RawHit:
    return RawHit(where=where, indicator=indicator, offset=offset, text=f"host-{indicator}.example", **rest)


def found(hits: list[RawHit], index: Index = ONE, parsed: tuple[Finding, ...] = ()) -> list[Finding]:
    return list(raw_findings(hits, index, parsed, backup_at=NOW))


def test_one_hit_is_a_lead() -> None:
    (one,) = found([hit(0, 77, page=2, space="freed", how="subdomain")])
    assert (one.rule, one.artefact, one.strength, one.at) == ("indicator.domain-name", "scan", Strength.LEAD, None)
    assert one.source == Source(file=WHERE, offset=77, page=2, space="freed")
    assert one.record == {"text": "host-0.example", "encoding": "utf-8", "role": "raw"}
    assert one.indicator is not None and one.indicator.value == "host-0.example"


def test_what_a_reader_found_is_not_found_again() -> None:
    parsed = msgspec.structs.replace(
        finding_from_raw(ONE.indicators[0], Source(file=WHERE, table="t", row=3), backup_at=NOW), artefact="ios.sms"
    )
    hits = [
        hit(0, 5, space="live"),
        hit(0, 6, WHERE + "-wal", space="wal"),
        hit(0, 9, space="freed"),
        hit(1, 20_000),
        hit(0, 5, "HomeDomain/other"),
    ]
    left = [(one.source.file, one.source.offset) for one in found(hits, parsed=(parsed,))]
    assert left == [(WHERE, 20_000), ("HomeDomain/other", 5)] or left == [("HomeDomain/other", 5), (WHERE, 20_000)]
    raw_before = msgspec.structs.replace(parsed, artefact="scan")
    assert len(found(hits, parsed=(raw_before,))) == 5


def test_five_close_together_are_a_list() -> None:
    hits = [hit(n, 100 * n) for n in range(5)] + [hit(0, 450), hit(7, 900_000)]
    listed, alone = found(hits)
    assert (listed.rule, listed.strength, listed.indicator) == ("scan.list", Strength.WEAK, None)
    assert listed.record == {
        "values": 5,
        "places": 6,
        "families": ["Alpha"],
        "role": "quoted",
        "first": [f"host-{n}.example" for n in range(5)],
    }
    assert [e.source.offset for e in listed.evidence] == [0, 100, 200, 300, 400]
    assert "host-0[.]example" in listed.says and "Alpha" in listed.says
    assert (alone.strength, alone.source.offset) == (Strength.LEAD, 900_000)


def test_four_or_far_apart_are_none() -> None:
    assert len(found([hit(n, 100 * n) for n in range(4)])) == 4
    assert {one.rule for one in found([hit(n, 9000 * n) for n in range(9)])} == {"indicator.domain-name"}
    assert len(found([hit(0, 100 * n) for n in range(9)])) == 9


def test_five_in_one_member_are_a_list() -> None:
    assert [one.rule for one in found([hit(n, 40, container="gzip at 40") for n in range(5)])] == ["scan.list"]


def test_two_families_in_one_file_are_a_list() -> None:
    index = index_of({"host-0.example": "Alpha", "host-1.example": "Beta"})
    (one,) = found([hit(0, 5), hit(1, 9_000_000)], index)
    assert (one.rule, one.record["families"], one.strength) == ("scan.list", ["Alpha", "Beta"], Strength.WEAK)
    assert len(found([hit(0, 5), hit(1, 5, "HomeDomain/b")], index)) == 2


def test_quoted_and_hashed() -> None:
    (one,) = found([hit(0, 5, quoted=True)])
    assert one.record["role"] == "quoted"
    digest = "ab" * 32
    index = index_of({digest: "Alpha"}, K.SHA256)
    (two,) = found([RawHit(where=WHERE, indicator=0, offset=0, text=digest, hashed=True)], index)
    assert (two.rule, two.strength, two.source) == ("indicator.file-hashes-sha256", Strength.LEAD, Source(file=WHERE))


def test_order_never_matters_and_wild_positions_are_dropped() -> None:
    hits = [hit(n % 7, 3_000 * n) for n in range(20)]
    assert found(hits) == found(hits[::-1])
    assert found([hit(99, 1), hit(-1, 1)]) == []


def test_the_pattern_of_a_published_indicator_is_a_list_however_short() -> None:
    """One value in a bundle of indicators is no trace; the same in a row of a database stays a lead."""
    (alone,) = found([hit(0, 100)])
    (listed,) = found([hit(0, 100, pattern=True)])
    (stored,) = found([hit(0, 100, pattern=True, space="live")])
    assert (alone.strength, listed.strength, stored.strength) == (Strength.LEAD, Strength.WEAK, Strength.LEAD)
    assert (listed.rule, listed.says.split(" (")[0]) == (RULE, "This file names 1 published value")


def test_the_sentences_of_a_list_come_from_the_catalogue() -> None:
    index = index_of({f"host-{n}.example": f"Family {n // 2}" for n in range(9)})
    hits = [hit(n, n) for n in range(9)]
    (listed,) = found(hits, index)
    assert listed.says == (
        "This file names 9 published values (host-0[.]example, host-1[.]example, host-2[.]example, host-3[.]example, "
        "host-4[.]example and 4 more), as a list or an article about spyware does. They are tied to "
        "Family 0, Family 1, Family 2 and 2 other names."
    )
    with use(PSEUDO):
        (marked,) = found(hits, index)
    assert [text for text in (marked.says, *marked.innocent) if words_outside_the_catalogue(text)] == []
