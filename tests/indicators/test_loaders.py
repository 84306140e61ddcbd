"""Each form of published indicators, exactly."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.errors import Malformed, SousveilError, Unsupported, Usage
from sousveil.indicators.load import SUFFIXES, load_bytes
from sousveil.indicators.loaders import loaders
from sousveil.indicators.loaders._common import CONTEXT
from sousveil.indicators.loaders.stix import TOGETHER, UNCHECKED
from sousveil.indicators.model import (
    UNNAMED,
    Attribution,
    Choices,
    Indicator,
    IndicatorSet,
    Platform,
    Skipped,
    ThreatClass,
)
from sousveil.indicators.model import IndicatorKind as K

DAY = 1_704_067_200_000_000  # 2024-01-01T00:00:00Z


def bundle(*patterns: str, extra: tuple[dict[str, Any], ...] = (), **fields: Any) -> bytes:
    """A STIX bundle with one indicator a pattern, all of the family Evil."""
    objects: list[dict[str, Any]] = [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--{number}",
            "created": "2024-01-01T00:00:00Z",
            "pattern": pattern,
            "pattern_type": "stix",
            "valid_from": "2024-01-01T00:00:00Z",
            **fields,
        }
        for number, pattern in enumerate(patterns)
    ]
    for number in range(len(patterns)):
        objects.append(
            {
                "type": "relationship",
                "id": f"relationship--{number}",
                "relationship_type": "indicates",
                "source_ref": f"indicator--{number}",
                "target_ref": "malware--1",
            }
        )
    objects.append({"type": "malware", "id": "malware--1", "name": "Evil"})
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": [*objects, *extra]}).encode()


def only(data: bytes, filename: str = "evil.stix2", name: str = "evil") -> IndicatorSet:
    (one,) = load_bytes(data, filename, name)
    return one


def brief(one: IndicatorSet) -> list[tuple[K, str, str]]:
    return [(indicator.kind, indicator.value, indicator.pattern) for indicator in one.indicators]


def said(number: int = 0, **more: Any) -> Attribution:
    plain = Attribution(
        set_name="evil",
        family="Evil",
        threat_class=None,
        publisher=None,
        published="2024-01-01",
        stix_id=f"indicator--{number}",
        valid_from=DAY,
    )
    return msgspec.structs.replace(plain, **more)


def test_stix_whole_record() -> None:
    data = bundle("[domain-name:value='Evil.example']")
    assert only(data) == IndicatorSet(
        name="evil",
        sha256=hashlib.sha256(data).hexdigest(),
        newest="2024-01-01",
        indicators=(Indicator(kind=K.DOMAIN, value="evil.example", original="Evil.example", attributions=(said(),)),),
    )


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        # weak spot 1: values with '=', and patterns beyond one comparison
        ("[url:value='https://e.example/?a=b']", [(K.URL, "https://e.example/?a=b", "equals")]),
        (
            "[domain-name:value='a.example' OR domain-name:value='b.example']",
            [(K.DOMAIN, "a.example", "equals"), (K.DOMAIN, "b.example", "equals")],
        ),
        ("[process:name IN ('bh','rolexd')]", [(K.PROCESS, "bh", "equals"), (K.PROCESS, "rolexd", "equals")]),
        ("[file:name LIKE 'evil%.dat']", [(K.FILE_NAME, "evil%.dat", "like")]),
        ("[domain-name:value LIKE '%.Evil.example']", [(K.DOMAIN, "%.evil.example", "like")]),
        ("[url:value MATCHES '^https://x[0-9]+[.]example/']", [(K.URL, "^https://x[0-9]+[.]example/", "matches")]),
        (
            "[file:name='a.bin'] OR [file:name='b.bin']",
            [(K.FILE_NAME, "a.bin", "equals"), (K.FILE_NAME, "b.bin", "equals")],
        ),
        # weak spot 10: IPv6, networks, SHA-512
        ("[ipv6-addr:value='2001:DB8::1']", [(K.IPV6, "2001:db8::1", "equals")]),
        ("[ipv4-addr:value='198.51.100.0/24']", [(K.IPV4, "198.51.100.0/24", "equals")]),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", [(K.IPV4, "198.51.100.0/24", "equals")]),
        (f"[file:hashes.'SHA-512'='{'a' * 128}']", [(K.SHA512, "a" * 128, "equals")]),
        # both spellings, and other keys
        (f"[file:hashes.'SHA-256'='{'A' * 64}']", [(K.SHA256, "a" * 64, "equals")]),
        (f"[file:hashes.sha256='{'A' * 64}']", [(K.SHA256, "a" * 64, "equals")]),
        (f"[file:hashes.MD5='{'A' * 32}']", [(K.MD5, "a" * 32, "equals")]),
        (f"[app:cert.sha1='{'A' * 40}']", [(K.CERT_SHA1, "a" * 40, "equals")]),
        (f"[x509-certificate:hashes.'SHA-256'='{'A' * 64}']", [(K.CERT_SHA256, "a" * 64, "equals")]),
        ("[configuration-profile:id='ABCD-1']", [(K.PROFILE_ID, "abcd-1", "equals")]),
        ("[android-property:name='sys.brand.note']", [(K.ANDROID_PROPERTY, "sys.brand.note", "equals")]),
        ("[network-traffic:dst_ref.value='192.0.2.7']", [(K.IPV4, "192.0.2.7", "equals")]),
        ("[domain-name:value='evil.example/x']", [(K.URL, "evil.example/x", "prefix")]),
        (
            "[file:name='x' AND file:parent_directory_ref.path='/private/var/tmp']",
            [(K.FILE_PATH, "/private/var/tmp/x", "equals")],
        ),
        (f"[file:hashes.MD5='{'a' * 32}' AND file:hashes.'SHA-256'='{'b' * 64}']", [(K.SHA256, "b" * 64, "equals")]),
    ],
)
def test_stix_patterns(pattern: str, expected: list[tuple[K, str, str]]) -> None:
    one = only(bundle(pattern))
    assert brief(one) == expected
    assert one.skipped == ()


def test_stix_and_requires_all() -> None:
    one = only(bundle("[process:name='bh' AND app:id='com.evil']"))
    assert one.indicators == (
        Indicator(
            kind=K.PROCESS, value="bh", original="bh", attributions=(said(),), requires=((K.APP_ID, "com.evil"),)
        ),
    )


def test_stix_followed_by_is_a_lead_each() -> None:
    one = only(bundle("[process:name='bh'] FOLLOWEDBY [file:name='x.bin'] WITHIN 60 SECONDS"))
    assert [indicator.attributions for indicator in one.indicators] == [(said(ceiling="lead", note=TOGETHER),)] * 2


def test_stix_condition_that_no_phone_records() -> None:
    pattern = (
        "[network-traffic:dst_ref.type='ipv4-addr' AND network-traffic:dst_ref.value='192.0.2.7'"
        " AND network-traffic:dst_port=443]"
    )
    one = only(bundle(pattern))
    assert brief(one) == [(K.IPV4, "192.0.2.7", "equals")]
    assert one.indicators[0].attributions == (said(ceiling="lead", note=UNCHECKED),)


@pytest.mark.parametrize(
    ("pattern", "entry", "word"),
    [
        ("[domain-name:value='word']", "word", "one word"),
        ("[domain-name:value != 'a.example']", "[domain-name:value != 'a.example']", "!="),
        ("[file:size = 5]", "5", "file:size"),
        ("[file:name LIKE '%a%']", "%a%", "fewer than five"),
        ("[ipv4-addr:value LIKE '192.0.2.%']", "192.0.2.%", "exactly"),
        ("[url:value MATCHES '(a+)+b']", "(a+)+b", "repeats"),
        ("[url:value MATCHES 'a{,}[']", "a{,}[", "safely"),
        ("[file:name LIKE 'aaaaa%' AND process:name LIKE 'bbbbb%']", None, "several"),
        ("[file:hashes.SSDEEP='x']", "x", "SSDEEP"),
        ("[broken", "[broken", "broken"),
    ],
)
def test_stix_one_bad_entry_never_loses_the_set(pattern: str, entry: str | None, word: str) -> None:
    one = only(bundle("[domain-name:value='good.example']", pattern, "[process:name='bh']"))
    assert brief(one) == [(K.DOMAIN, "good.example", "equals"), (K.PROCESS, "bh", "equals")]
    (skipped,) = one.skipped
    assert word in skipped.reason or word in skipped.entry
    if entry is not None:
        assert skipped.entry == entry


def test_stix_other_bad_indicators() -> None:
    extra = (
        {"type": "indicator", "id": "indicator--a"},
        {"type": "indicator", "id": "indicator--b", "pattern": "[process:name='x']", "revoked": True},
        {"type": "indicator", "id": "indicator--c", "pattern": "rule x {}", "pattern_type": "yara"},
    )
    one = only(bundle("[process:name='bh']", extra=extra))
    assert brief(one) == [(K.PROCESS, "bh", "equals")]
    assert one.skipped == (
        Skipped(entry="indicator--a", reason="the indicator has no pattern"),
        Skipped(entry="[process:name='x']", reason="its publisher has withdrawn it"),
        Skipped(entry="rule x {}", reason="patterns of type yara are not read"),
    )


def test_stix_without_a_domain() -> None:
    """Weak spot 2: a set without a single domain is a set like any other."""
    assert brief(only(bundle("[app:id='com.client.appA']"))) == [(K.APP_ID, "com.client.appA", "equals")]


def test_stix_publisher_report_and_validity() -> None:
    extra = (
        {"type": "identity", "id": "identity--1", "name": "Some Lab"},
        {
            "type": "report",
            "id": "report--1",
            "name": "A report",
            "published": "2023-05-06T00:00:00Z",
            "object_refs": ["indicator--0"],
        },
        {"type": "campaign", "id": "campaign--1", "name": "Operation X"},
        {
            "type": "relationship",
            "id": "relationship--x",
            "relationship_type": "indicates",
            "source_ref": "indicator--0",
            "target_ref": "campaign--1",
        },
    )
    data = bundle(
        "[ipv4-addr:value='192.0.2.7']", extra=extra, created_by_ref="identity--1", valid_until="2024-01-02T00:00:00Z"
    )
    one = only(data)
    assert one.indicators[0].attributions == (
        said(publisher="Some Lab", report="A report", published="2023-05-06", valid_until=DAY + 86_400_000_000),
    )
    assert (one.publisher, one.newest) == ("Some Lab", "2023-05-06")


def test_stix_two_families_keep_both() -> None:
    """Weak spot 27, inside one set: nobody's attribution is lost."""
    extra = (
        {"type": "malware", "id": "malware--2", "name": "Other", "malware_types": ["stalkerware"]},
        {
            "type": "relationship",
            "id": "relationship--x",
            "relationship_type": "indicates",
            "source_ref": "indicator--1",
            "target_ref": "malware--2",
        },
    )
    one = only(bundle("[process:name='bh']", "[process:name = 'bh']", extra=extra))
    assert one.indicators[0].attributions == (
        said(),
        said(1, family="Other", threat_class=ThreatClass.STALKERWARE),
    )


def test_misp() -> None:
    event = {
        "Event": {
            "info": "An event",
            "date": "2024-03-04",
            "Orgc": {"name": "Some Lab"},
            "Tag": [{"name": 'misp-galaxy:malpedia="Evil"'}],
            "Attribute": [
                {"type": "domain", "value": "evil.example", "to_ids": True},
                {"type": "link", "value": "https://report.example/", "to_ids": False},
                {"type": "ip-dst|port", "value": "192.0.2.1|443", "to_ids": True},
                {"type": "filename|sha256", "value": "x.apk|" + "a" * 64, "to_ids": True},
                {"type": "yara", "value": "rule", "to_ids": True},
                {"type": "domain", "value": "nothing", "to_ids": True},
            ],
            "Object": [
                {
                    "name": "android-app",
                    "Attribute": [
                        {"type": "text", "object_relation": "name", "value": "App", "to_ids": False},
                        {"type": "sha1", "object_relation": "certificate", "value": "B" * 40, "to_ids": True},
                    ],
                }
            ],
        }
    }
    plain = Attribution(
        set_name="evil",
        family="Evil",
        threat_class=None,
        publisher="Some Lab",
        report="An event",
        published="2024-03-04",
    )
    for document in (event, {"response": [event]}, [event], event["Event"]):
        one = only(json.dumps(document).encode(), "event.json")
        assert brief(one) == [
            (K.DOMAIN, "evil.example", "equals"),
            (K.IPV4, "192.0.2.1", "equals"),
            (K.SHA256, "a" * 64, "equals"),
            (K.CERT_SHA1, "b" * 40, "equals"),
        ]
        assert one.indicators[0].attributions == (plain,)
        assert one.indicators[3].attributions == (
            msgspec.structs.replace(plain, family="App", platform=Platform.ANDROID),
        )
        assert one.context == ("link: https://report.example/",)
        assert [skip.entry for skip in one.skipped] == ["rule", "nothing"]
        assert (one.publisher, one.newest) == ("Some Lab", "2024-03-04")
        (leads,) = load_bytes(json.dumps(document).encode(), "event.json", "evil", Choices(context_as_leads=True))
        assert (leads.context, len(leads.indicators)) == ((), 5)
        link = next(i for i in leads.indicators if i.kind is K.URL)
        assert [(a.ceiling, a.note) for a in link.attributions] == [("lead", CONTEXT)]


def test_misp_of_context_only() -> None:
    """A set that gives no indicator is an error, which says how to use it all the same."""
    event = {"Event": {"Attribute": [{"type": "domain", "value": "evil.example", "to_ids": False}]}}
    data = json.dumps(event).encode()
    with pytest.raises(
        Malformed, match=r"gives no indicator \(1 entry marked as context only by its publisher\)"
    ) as caught:
        load_bytes(data, "event.json", "evil")
    assert caught.value.hint == "--context-as-leads takes the context as leads."
    (one,) = load_bytes(data, "event.json", "evil", Choices(context_as_leads=True))
    assert brief(one) == [(K.DOMAIN, "evil.example", "equals")]


def test_csv_of_misp() -> None:
    """As Citizen Lab publishes it: a mark for detection and days without hyphens."""
    text = (
        "uuid,event_id,category,type,value,comment,to_ids,date\n"
        'u1,10,Network activity,domain,"evil.example","",1,20160824\n'
        'u2,10,Network activity,domain,"context.example","",0,20160825\n'
    )
    one = only(text.encode(), "iocs.csv")
    assert brief(one) == [(K.DOMAIN, "evil.example", "equals")]
    assert (one.newest, one.context) == ("2016-08-24", ("context.example",))


@pytest.mark.parametrize(
    ("fields", "platform"),
    [
        ({}, None),
        ({"description": "Indicators of an Android spyware"}, Platform.ANDROID),
        ({"description": "An exploit chain for iOS devices"}, Platform.IOS),
        ({"description": "For Android and iPhone"}, None),
        ({"x_mitre_platforms": ["iOS"], "description": "Seen first on Android"}, Platform.IOS),
        ({"labels": ["android"]}, Platform.ANDROID),
        ({"description": "androidish studios"}, None),
    ],
)
def test_stix_names_a_platform(fields: dict[str, Any], platform: Platform | None) -> None:
    one = only(bundle("[app:id='com.app.x']", **fields))
    assert [a.platform for i in one.indicators for a in i.attributions] == [platform]


def test_echap() -> None:
    text = """- name: App
  type: stalkerware
  packages:
  - com.app.x
  certificates:
  - ABABABABABABABABABABABABABABABABABABABAB
  - short
  websites:
  - vendor.example
  - api.vendor.example
  distribution:
  - https://files.example/app.apk
  c2:
    ips:
    - 192.0.2.5
    domains:
    - api.vendor.example
- name: Watch
  type: watchware
  packages: [com.watch.y]
  certificate_organizations: [Org]
"""
    one = only(text.encode(), "ioc.yaml")
    found = {
        (indicator.kind, indicator.value): [
            (said.family, said.threat_class, said.ceiling) for said in indicator.attributions
        ]
        for indicator in one.indicators
    }
    app, watch = ThreatClass.STALKERWARE, ThreatClass.WATCHWARE
    assert found == {
        (K.APP_ID, "com.app.x"): [("App", app, None)],
        (K.CERT_SHA1, "ab" * 20): [("App", app, None)],
        (K.IPV4, "192.0.2.5"): [("App", app, None)],
        (K.DOMAIN, "api.vendor.example"): [("App", app, None)],
        (K.DOMAIN, "vendor.example"): [("App", app, "weak")],
        (K.URL, "files.example/app.apk"): [("App", app, "lead")],
        (K.APP_ID, "com.watch.y"): [("Watch", watch, None)],
    }
    assert [skip.entry for skip in one.skipped] == ["short", "Watch: Org"]
    assert (one.publisher, one.licence) == (None, None), "anybody can write a file of this form"
    assert {(said.publisher, said.licence) for i in one.indicators for said in i.attributions} == {(None, None)}


def test_the_published_echap_lists_keep_their_publisher(shared_data: Path) -> None:
    one = only((shared_data / "indicators/echap/ioc.yaml").read_bytes(), "ioc.yaml")
    assert (one.publisher, one.licence) == ("Echap", "CC-BY 4.0")
    assert {(said.publisher, said.licence) for i in one.indicators for said in i.attributions} == {
        ("Echap", "CC-BY 4.0")
    }


def test_yaml_that_could_grow_is_refused() -> None:
    text = "- name: &a App\n  type: stalkerware\n  packages: [*a, *a]\n"
    with pytest.raises(Unsupported, match="anchors"):
        load_bytes(text.encode(), "ioc.yaml", "x")


def test_plain_text() -> None:
    text = """# a list
evil[.]example
hxxps://evil.example/Path   # the lure
198.51.100.7
0.0.0.0 sunk.example
process:name=bh
lonely
com.network.android
"""
    one = only(text.encode(), "mine.txt")
    assert brief(one) == [
        (K.DOMAIN, "evil.example", "equals"),
        (K.URL, "https://evil.example/Path", "equals"),
        (K.IPV4, "198.51.100.7", "equals"),
        (K.DOMAIN, "sunk.example", "equals"),
        (K.PROCESS, "bh", "equals"),
    ]
    assert [skip.entry for skip in one.skipped] == ["lonely", "com.network.android"]
    assert {said.publisher for indicator in one.indicators for said in indicator.attributions} == {None}


def test_plain_text_named_by_its_file() -> None:
    (one,) = load_bytes(b"bh\ncom.apple.rapports.events\n", "processes.txt", "processes")
    assert brief(one) == [(K.PROCESS, "bh", "equals"), (K.PROCESS, "com.apple.rapports.events", "equals")]


H32, H64 = "a" * 32, "b" * 64


@pytest.mark.parametrize(
    ("name", "text", "expected", "skipped"),
    [
        ("file_names", "loader.js\ncom.x.plist\nlocalstorage.db\nevil.com\nword\n", [K.FILE_NAME] * 5, 0),
        ("file_paths", "/private/var/tmp/evil\n", [K.FILE_PATH], 0),
        ("package_cert_hashes", f"{H64}\n", [K.CERT_SHA256], 0),
        ("android_properties", "sys.brand.note\nsys.brand.doc\n", [K.ANDROID_PROPERTY] * 2, 0),
        ("config_profiles", "abcd-1\n", [K.PROFILE_ID], 0),
        ("package_names", "com.evil\nevil.app\n", [K.APP_ID] * 2, 0),
        ("ip-addresses", "192.0.2.1\n2001:db8::1\n", [K.IPV4, K.IPV6], 0),
        ("sha256", f"{H64}\n{H32}\n", [K.SHA256, K.MD5], 0),
        ("emails", "a@evil.example\n", [K.EMAIL], 0),
        ("2026_domains", "evil.example\nloader.js\n", [K.DOMAIN] * 2, 0),
        ("hosts", "0.0.0.0 evil.example\n127.0.0.1 worse.example\n", [K.DOMAIN] * 2, 0),
        # nothing in the name: one kind for all names of the list
        ("list", "loader.js\nb.plist\nevil.com\nword\n", [K.FILE_NAME] * 4, 0),
        ("list", "evil.example\nworse.example\nloader.js\nword\n", [K.DOMAIN] * 2, 2),
        ("list", "com.evil.client\norg.evil.client\nevil.example\n", [K.APP_ID] * 2, 1),
        (
            "list",
            f"https://evil.example/x\n{H64}\n192.0.2.1\nprocess:name=bh\n",
            [K.URL, K.SHA256, K.IPV4, K.PROCESS],
            0,
        ),
    ],
)
def test_plain_text_has_one_kind(name: str, text: str, expected: list[K], skipped: int) -> None:
    (one,) = load_bytes(text.encode(), f"{name}.txt", name)
    assert ([i.kind for i in one.indicators], len(one.skipped)) == (expected, skipped)


def test_the_kind_that_somebody_states_comes_first() -> None:
    (one,) = load_bytes(b"evil.example\nword\n", "domains.txt", "domains", Choices(kind=K.PROCESS))
    assert brief(one) == [(K.PROCESS, "evil.example", "equals"), (K.PROCESS, "word", "equals")]
    with pytest.raises(Usage, match="states the kinds of its values itself"):
        load_bytes(bundle("[process:name='bh']"), "x.stix2", "x", Choices(kind=K.PROCESS))


def test_every_ending_has_a_loader() -> None:
    assert set(SUFFIXES) == {ending for loader in loaders() for ending in loader.suffixes} | {".bin"}


def test_published_lists(shared_data: Path) -> None:
    """Plain lists as Amnesty publishes them."""
    for name, kind, count in (("processes", K.PROCESS, 81), ("files", K.FILE_NAME, 1), ("emails", K.EMAIL, 29)):
        (one,) = load_bytes((shared_data / "indicators/amnesty" / f"{name}.txt").read_bytes(), f"{name}.txt", name)
        assert ({i.kind for i in one.indicators}, len(one.indicators), one.skipped) == ({kind}, count, ())


def test_csv_one_indicator_a_line() -> None:
    text = "type,indicator,app\ndomain,Evil.example,App\nipv4,192.0.2.1,App\nodd,x,App\n"
    one = only(text.encode(), "network.csv")
    assert brief(one) == [(K.DOMAIN, "evil.example", "equals"), (K.IPV4, "192.0.2.1", "equals")]
    assert one.indicators[0].attributions[0].family == "App"
    assert [skip.entry for skip in one.skipped] == ["x"]


def test_csv_that_names_its_publishers() -> None:
    """Line by line; a line without one is a lead at most, and so is a whole table without the column."""
    text = "type,indicator,Publisher\ndomain,a.example,Some Lab\ndomain,b.example,\ndomain,c.example,Other Lab\n"
    one = only(text.encode(), "network.csv")
    assert one.publisher is None, "the lines differ"
    assert [(i.value, a.publisher, a.ceiling, a.note) for i in one.indicators for a in i.attributions] == [
        ("a.example", "Some Lab", None, None),
        ("b.example", None, "lead", UNNAMED),
        ("c.example", "Other Lab", None, None),
    ]
    whole = only(b"domain,publisher\na.example,Some Lab\nb.example,Some Lab\n", "network.csv")
    assert whole.publisher == "Some Lab"
    assert {a.publisher for i in whole.indicators for a in i.attributions} == {"Some Lab"}
    none = only(b"type,indicator\ndomain,a.example\n", "network.csv")
    assert none.publisher is None
    assert [(a.publisher, a.ceiling) for i in none.indicators for a in i.attributions] == [(None, "lead")]


def test_csv_columns_that_are_kinds() -> None:
    text = f"SHA256,Package Name,Certificate,Version,App\n{'A' * 64},com.x.y,{'B' * 40},9,App\n,,,,App\n"
    one = only(text.encode(), "samples.csv")
    assert brief(one) == [
        (K.SHA256, "a" * 64, "equals"),
        (K.APP_ID, "com.x.y", "equals"),
        (K.CERT_SHA1, "b" * 40, "equals"),
    ]


def test_tinycheck() -> None:
    text = '{"iocs": [{"type": "domain", "tag": "stalkerware", "value": "evil.example"}, {"type": "ip4addr"}]}'
    one = only(text.encode(), "x.json")
    assert brief(one) == [(K.DOMAIN, "evil.example", "equals")]
    assert one.indicators[0].attributions[0].threat_class is ThreatClass.STALKERWARE
    assert len(one.skipped) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02",
        b"<html>evil.example</html>",
        b"{}",
        b'{"type": "bundle"',
        b'{"type": "bundle", "objects": 5}',
        b"%PDF-1.4",
        b'{"Event": {"Attribute": ' + b"[" * 100_000,
    ],
)
def test_no_known_form(data: bytes) -> None:
    with pytest.raises(SousveilError) as caught:
        load_bytes(data, "odd", "odd")
    assert all(loader.name in caught.value.hint for loader in loaders())


def test_text_without_an_indicator() -> None:
    with pytest.raises(
        Malformed, match=r"^odd gives no indicator \(2 entries skipped\)\. First: nothing here: not a value"
    ):
        load_bytes(b"nothing here\nat all\n", "odd", "odd")


def test_published_sets(shared_data: Path) -> None:
    counts = {}
    for path in sorted((shared_data / "indicators").glob("*/*.stix2")):
        (one,) = load_bytes(path.read_bytes(), path.name, path.stem)
        counts[path.stem] = (len(one.indicators), len(one.skipped))
    assert counts == {
        "candiru": (125, 0),
        "cellebrite": (1, 0),
        "coruna": (216, 0),
        "cytrox": (343, 0),
        "darksword": (43, 0),
        "eaglemsgspy": (51, 0),
        "kingspawn": (167, 0),
        "malware": (2187, 0),
        "novispy": (18, 0),
        "operation_triangulation": (112, 0),
        "pegasus": (1549, 0),
        "predator": (584, 1),
        "rcs": (40, 0),
        "residentbat": (48, 0),
        "wintego_helios": (175, 0),
        "wyrmspy_dragonegg": (53, 0),
    }
