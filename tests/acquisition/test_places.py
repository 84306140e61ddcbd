"""The map between backup domains and the phone's paths."""

from __future__ import annotations

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition.model import Device
from sousveil.acquisition.places import (
    container_suffix,
    crosses_roots,
    domain_places,
    normal_path,
    phone_path,
    phone_paths,
)
from sousveil.acquisition.search import PlaceIndex
from sousveil.artefacts.model import At, artefacts_for
from tests.profiles import examples


@pytest.mark.parametrize(
    ("domain", "relative", "path"),
    [
        ("HomeDomain", "Library/SMS/sms.db", "/private/var/mobile/Library/SMS/sms.db"),
        ("HomeDomain", "", "/private/var/mobile"),
        (
            "RootDomain",
            "Library/Caches/locationd/clients.plist",
            "/private/var/root/Library/Caches/locationd/clients.plist",
        ),
        (
            "WirelessDomain",
            "Library/Databases/DataUsage.sqlite",
            "/private/var/wireless/Library/Databases/DataUsage.sqlite",
        ),
        ("HealthDomain", "Health/healthdb.sqlite", "/private/var/mobile/Library/Health/healthdb.sqlite"),
        ("MediaDomain", "Library/SMS/Attachments/a", "/private/var/mobile/Library/SMS/Attachments/a"),
        ("ManagedPreferencesDomain", "mobile/a.plist", "/private/var/Managed Preferences/mobile/a.plist"),
        (
            "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles",
            "Library/a",
            "/private/var/containers/Shared/SystemGroup/systemgroup.com.apple.configurationprofiles/Library/a",
        ),
        ("SysContainerDomain-../../x", "a", None),
        ("AppDomain-org.example", "Documents/a", None),
        ("NewDomain", "a", None),
        ("HomeDomain", "../root/a", None),
        ("HomeDomain", "/etc/passwd", None),
        ("HomeDomain", "a..b/c", "/private/var/mobile/a..b/c"),
    ],
)
def test_phone_path(domain: str, relative: str, path: str | None) -> None:
    assert phone_path(domain, relative) == path


_DOMAINS = st.sampled_from(["HomeDomain", "AppDomain-x", "SysContainerDomain-a", "SysContainerDomain-..", "", "Y"])
_RELATIVES = st.text(st.sampled_from("a./\n\0é"), max_size=6)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.tuples(_DOMAINS, _RELATIVES), max_size=8))
def test_phone_paths(files: list[tuple[str, str]]) -> None:
    """All at once as one by one."""
    expected = [phone_path(domain, relative) or relative or None for domain, relative in files]
    assert phone_paths([domain for domain, _ in files], [relative for _, relative in files]) == expected


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/var/mobile/x", "/private/var/mobile/x"),
        ("private/var/mobile/x", "/private/var/mobile/x"),
        ("/private/var/mobile/x/", "/private/var/mobile/x"),
        ("filesystem2/private/var//x", "/private/var/x"),
        ("/filesystem2/var/x", "/private/var/x"),
        ("file:///var/x", "/private/var/x"),
        ("/tmp/a", "/private/tmp/a"),
        ("/usr/libexec/x", "/usr/libexec/x"),
        ("Library/x", "Library/x"),
        ("/variant/x", "/variant/x"),
        ("", ""),
    ],
)
def test_normal_path(text: str, path: str) -> None:
    assert normal_path(text) == path


def test_container_suffix() -> None:
    assert container_suffix("/var/mobile/Containers/Data/Application/6F0B/Library/a.db") == "Library/a.db"
    assert container_suffix("/private/var/mobile/Library/a.db") is None


def test_domain_places() -> None:
    assert ("HomeDomain", "Library/SMS/sms.db") in domain_places(At.ios("/private/var/mobile/Library/SMS/sms.db"))
    assert ("HealthDomain", "Health/h.sqlite") in domain_places(At.ios("/private/var/mobile/Library/Health/h.sqlite"))
    assert domain_places(At.app("org.example", "a/b")) == [("AppDomain-org.example", "a/b")]
    assert domain_places(At.group("group.x", "a")) == [("AppDomainGroup-group.x", "a")]
    assert domain_places(At.backup("RootDomain", "a")) == [("RootDomain", "a")]
    assert domain_places(At.anywhere("*.db")) == [("*", "*.db")]
    assert domain_places(At.info("Info.plist")) == [("", "Info.plist")]
    assert crosses_roots("/private/var/mobile/*") and not crosses_roots("/private/var/mobile/Library/SMS/*.db")


ATS = [
    At.ios("/private/var/mobile/Library/SMS/sms.db"),
    At.ios("/private/var/mobile/Library/Safari/*/History.db"),
    At.ios("/private/var/*/a.plist"),
    At.app("org.*", "Library/x.db"),
    At.app("org.example", "*/y*.db"),
    At.group("group.example", "z.sqlite"),
    At.anywhere("*/Chrome/*/History"),
    At.backup("RootDomain", "Library/*"),
    At.ios("/private/var/mobile/Library/*/healthdb.sqlite"),
]
NAMES = [
    ("HomeDomain", "Library/SMS/sms.db"),
    ("MediaDomain", "Library/SMS/sms.db"),
    ("HomeDomain", "Library/Safari/P/History.db"),
    ("HomeDomain", "Library/Safari/History.db"),
    ("RootDomain", "a.plist"),
    ("HomeDomain", "Library/a.plist"),
    ("RootDomain", "Library/a.plist"),
    ("AppDomain-org.example", "Library/x.db"),
    ("AppDomain-com.example", "Library/x.db"),
    ("AppDomain-org.example", "a/b/y1.db"),
    ("AppDomainGroup-group.example", "z.sqlite"),
    ("X", "a/Chrome/b/History"),
    ("HealthDomain", "Health/healthdb.sqlite"),
    ("HomeDomain", "Library/SMS/sms.db\n"),
    ("", ""),
]


@pytest.mark.parametrize(("domain", "relative"), NAMES)
def test_index_equals_matches(domain: str, relative: str) -> None:
    index = PlaceIndex([(number, at) for number, at in enumerate(ATS)])
    path = phone_path(domain, relative)
    assert sorted(index.keys_at(domain, relative)) == [
        n for n, at in enumerate(ATS) if at.matches(domain, relative, path)
    ]


EVEN = [
    At.ios("/private/var/mobile/Library/SMS/sms.db"),
    At.ios("/private/var/mobile/Library/Safari/*/History.db"),
    At.app("org.*", "Library/x.db"),
    At.group("group.example", "z.sqlite"),
    At.backup("RootDomain", "Library/Preferences/*"),
    At.anywhere("*dab0.sqlite"),
    At.backup("RootDomain", "abcd"),
    At.anywhere("x[ab]/yz.db"),
]
_WORDS = (
    "Library/ SMS/ sms.db -wal -shm -journal Safari/ P/ History .db z.sqlite dab0.sqlite b0.sqlite xa /yz.db abcd a"
)
_PIECES = st.sampled_from([*_WORDS.encode().split(), b"Preferences/", b"\xff", b"\xda", b"\n", b"\0", b"\xc3\xa9"])


def seen(at: list[At], rows: list[tuple[object, object]]) -> tuple[list[int], list[int]]:
    """(rows that the index takes note of, rows that SQLite chooses)."""
    index = PlaceIndex(list(enumerate(at)))
    condition = index.condition()
    assert condition is not None
    connection = apsw.Connection(":memory:")
    connection.execute("create table Files (domain, relativePath)")
    for domain, relative in rows:
        connection.execute("insert into Files values (cast(? as text), cast(? as text))", (domain, relative))
    chosen = [int(row) for (row,) in connection.execute(f"select rowid from Files where {condition}")]
    found: list[int] = []
    for row, domain, relative in connection.execute(
        "select rowid, cast(domain as blob), cast(relativePath as blob) from Files"
    ):
        index = PlaceIndex(list(enumerate(at)))
        index.see(row, *(v.decode("utf-8", "backslashreplace") if v is not None else "" for v in (domain, relative)))
        found += [row] * index.count
    return found, chosen


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"HomeDomain", b"RootDomain", b"AppDomainGroup-group.example", b"AppDomain-org.x", None]),
            st.lists(_PIECES, max_size=6).map(b"".join) | st.none(),
        ),
        max_size=30,
    )
)
def test_condition_leaves_nothing_out(rows: list[tuple[object, object]]) -> None:
    """Every row that lies at a place is chosen, whatever bytes its path has."""
    found, chosen = seen(EVEN, rows)
    assert set(found) <= set(chosen)


def test_condition_leaves_out() -> None:
    rows: list[tuple[object, object]] = [
        (b"HomeDomain", b"Library/SMS/sms.db"),
        (b"HomeDomain", b"Library/SMS/sms.db-wal"),
        (b"HomeDomain", b"Library/SMS/sms.db2"),
        (b"CameraRollDomain", b"Media/DCIM/100APPLE/IMG_0001.JPG"),
        (b"RootDomain", b"Library/Preferences/x"),
        (b"X", b"\xdab0.sqlite"),
        (b"X", b"edab0.sqlite"),
        (b"X", b"a.db-wal"),
    ]
    assert seen(EVEN, rows) == ([1, 2, 5, 6, 7], [1, 2, 5, 6, 7, 8])


def test_condition_of_odd_places() -> None:
    for at in (At.ios("/private/var/*/a.plist"), At.anywhere("*b"), At.anywhere("*\\abcde"), At.anywhere("*/ü.sqlite")):
        assert PlaceIndex([("x", at)]).condition() is None
    places = [
        (name, at)
        for name, artefact in artefacts_for(Device()).items()
        for ats in artefact.needs.values()
        for at in ats
    ]
    assert PlaceIndex(places).condition() is not None
