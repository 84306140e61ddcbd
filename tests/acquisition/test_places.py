"""The map between backup domains and the phone's paths."""

from __future__ import annotations

import pytest

from sousveil.acquisition.places import container_suffix, crosses_roots, domain_places, normal_path, phone_path
from sousveil.acquisition.search import PlaceIndex
from sousveil.artefacts.model import At


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
