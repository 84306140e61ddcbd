"""The rule on unencrypted pages that led on to another site within a second."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from phonegen.core import Phone
from phonegen.ios import safari_history
from sousveil.acquisition.backup import Backup
from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.artefacts.ios.safari_history import ARTEFACT
from sousveil.artefacts.model import Context
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Hit, Kept, discover_rules
from sousveil.findings.rules.safari_redirect import MAX_PAIRS, MAX_ROWS, RULE, keep, same_site
from sousveil.records import Batch, Source

FILE = "HomeDomain/Library/Safari/History.db"
READS = RULE.reads["visits"]
LED = "Safari history: an unencrypted page of "


def kept(visit: int, url: str, at: int, **more: Any) -> Kept:
    row = dict.fromkeys(READS.columns) | {"visit_id": visit, "url": url, "timestamp": at} | more
    return Kept(artefact=READS.artefact, source=Source(file=FILE, table="history_visits", row=visit), row=row)


def outward(visit: int, url: str, to: str, at: int = 1_000_000_000, delay: int = 200_000) -> Kept:
    return kept(
        visit,
        url,
        at,
        redirect_destination=visit + 1,
        redirect_destination_url=to,
        redirect_destination_time=at + delay,
    )


def inward(visit: int, url: str, came: str, at: int = 1_000_200_000, delay: int = 200_000) -> Kept:
    return kept(visit, url, at, redirect_source=visit - 1, redirect_source_url=came, redirect_source_time=at - delay)


def hits(*rows: Kept) -> list[Hit]:
    return list(RULE.find({"visits": rows}, Device()))


def columns(*rows: Kept) -> Mapping[str, list[Any]]:
    return {name: [row.row[name] for row in rows] for name in READS.columns}


def test_declared() -> None:
    assert discover_rules()["safari-redirect"] is RULE
    assert RULE.strength is Strength.WEAK and RULE.shows is Shows.CONTACT and RULE.innocent and RULE.family is None
    assert set(READS.columns) <= set(ARTEFACT.kinds)


def test_keep() -> None:
    rows = (
        outward(1, "http://a.example/", "https://b.example/"),
        outward(2, "https://a.example/", "https://b.example/"),  # encrypted
        outward(3, "http://a.example/", "https://b.example/", delay=1_000_000),  # too late
        outward(4, "http://a.example/", "https://b.example/", delay=-1),  # backwards
        outward(5, "HTTP://a.example/", "https://b.example/", delay=999_999),
        inward(6, "https://b.example/", "http://a.example/"),
        inward(7, "https://b.example/", "https://a.example/"),
        kept(8, "http://a.example/", 5),
    )
    assert list(keep(columns(*rows))) == [0, 4, 5]


def test_one_redirect_seen_from_both_ends() -> None:
    first, second = (
        outward(1, "http://a.example/x", "https://b.example/"),
        inward(2, "https://b.example/", "http://a.example/x"),
    )
    assert hits(first, second) == [
        Hit(
            rows=(first,),
            at=1_000_000_000,
            says="Safari history: an unencrypted page of a[.]example led on to b[.]example within 0.20 seconds.",
        )
    ]


def test_joined_by_hosts_and_unusual_ports_first() -> None:
    rows = [outward(2 * n, "http://a.example/", "https://b.example/", at=2_000_000_000 - n) for n in range(1, 15)]
    odd = outward(100, "http://a.example/", "https://b.example:30123/", at=3_000_000_000)
    got = hits(*rows, odd)
    assert [(hit.says, hit.at, len(hit.rows)) for hit in got] == [
        (
            LED + "a[.]example led on to b[.]example on port 30123 within 0.20 seconds.",
            3_000_000_000,
            1,
        ),
        (
            "Safari history: an unencrypted page of a[.]example led on to b[.]example within 0.20 seconds (14 times).",
            2_000_000_000 - 14,
            MAX_ROWS,
        ),
    ]


def test_same_site_and_odd_links_say_nothing() -> None:
    assert (
        hits(
            outward(1, "http://a.example/", "https://www.a.example/"),
            outward(3, "http://www.a.example/", "https://m.a.example/"),
            outward(5, "http://a.example/", "about:blank"),
            outward(7, "http://[/", "https://b.example/"),
        )
        == []
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a.example", "a.example", True),
        ("www.a.example", "m.a.example", True),
        ("ba.example", "a.example", False),
        ("a.example", "b.example", False),
    ],
)
def test_same_site(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same and same_site(other, one) is same


def test_more_pairs_than_are_told_one_by_one() -> None:
    rows = [
        outward(2 * n, f"http://a{n}.example/", "https://b.example/", at=10_000_000_000 + n)
        for n in range(MAX_PAIRS + 30)
    ]
    got = hits(*rows)
    assert len(got) == MAX_PAIRS + 1
    assert got[-1].says == "Safari history: 30 more redirects of this kind between 30 other pairs of sites."
    assert got[-1].at == 10_000_000_000 + MAX_PAIRS and len(got[-1].rows) == MAX_ROWS


def from_batches(batches: list[Batch]) -> list[Hit]:
    rows = [
        Kept(
            artefact=batch.artefact,
            source=batch.source(at),
            row={name: batch.column(name)[at] for name in READS.columns},
        )
        for batch in batches
        for at in READS.keep({name: batch.column(name) for name in READS.columns})
    ]
    return hits(*rows)


def test_from_a_backup(tmp_path: Path) -> None:
    phone = Phone()
    phone.database(
        safari_history,
        lambda db: (
            safari_history.insert(
                db,
                16,
                url="http://news.example/",
                at=1_700_000_000,
                redirects=[("https://x1y2.evil.example:30495/k", 0.4)],
            ),
            safari_history.insert(db, 16, url="http://slow.example/", redirects=[("https://b.example/", 3)]),
            safari_history.insert(db, 16, url="http://plain.example/"),
        ),
    )
    backup = Backup(phone.write(tmp_path / "b"))
    context = Context(device=backup.device, full=False, wanted=frozenset(READS.columns))
    found = [
        batch
        for _, group in backup.locate([(0, at) for at in ARTEFACT.needs["main"]])
        for batch in ARTEFACT.read(ARTEFACT, {"main": group}, context)
    ]
    got = from_batches(found)
    assert [(hit.says, hit.at) for hit in got] == [
        (
            LED + "news[.]example led on to x1y2[.]evil[.]example on port 30495 within 0.40 seconds.",
            1_700_000_000_000_000,
        )
    ]
    assert got[0].rows[0].source == Source(file=FILE, table="history_visits", row=1, space="live")


def test_published_test_image(shared_data: Path) -> None:
    path = shared_data / "phones" / "ios-plaso" / "apple" / "safari_History.db"
    if not path.is_file():
        pytest.skip("shared data not there")
    member = Member(suffix="", path=str(path), size=path.stat().st_size)
    group = FileGroup(domain="HomeDomain", relative="Library/Safari/History.db", members=(member,))
    got = from_batches(list(ARTEFACT.read(ARTEFACT, {"main": group}, Context(device=Device()))))
    assert [hit.says for hit in got] == [  # a mistyped name that its owner sends on: why this rule is weak
        "Safari history: an unencrypted page of foxnew[.]com led on to www[.]foxnews[.]com within 0.00 seconds."
    ]
