"""The weak spots of the reference tool, each reproduced on a phone: what it misses is found, what it claims wrongly is not.

The numbers are those of the table in the project's study of that tool. Its rows on files of Android phones (23, 24) have
their likeness on an iPhone: a message without a body, and who sent it.
"""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from cli_runner import AT, Sousveil, phone

from phonegen import Phone
from phonegen.ios import configuration_profiles, datausage, safari_history, sms, tcc, whatsapp
from tests.indicators.test_loaders import bundle

CONTENT = b"a program that nobody wrote " * 99
PROFILE = "1B5A2F3E-0000-4000-8000-00000000ABCD"
PATTERNS = (
    "[url:value = 'https://one.example/?a=b=c']",
    "[domain-name:value = 'or-a.example' OR domain-name:value = 'or-b.example']",
    "[domain-name:value IN ('in-a.example', 'in-b.example')]",
    "[domain-name:value LIKE 'like-%.example']",
    "[domain-name:value = 'and-a.example' AND process:name = 'and-process']",
    "[domain-name:value = 'then-a.example'] FOLLOWEDBY [domain-name:value = 'then-b.example']",
    "[domain-name:value = 'www.three.example']",
    "[domain-name:value = 'a.four.example']",
    "[domain-name:value = 'a.five.example']",
    "[domain-name:value = 'xn--mnchen-3ya.example']",
    "[domain-name:value = 'zürich.example']",
    "[ipv4-addr:value = '1.2.3.4']",
    "[domain-name:value = 'eight.example']",
    "[domain-name:value = 'nine.example']",
    "[ipv6-addr:value = '2001:db8::10']",
    "[ipv4-addr:value = '198.51.100.0/24']",
    f"[file:hashes.'SHA-512' = '{hashlib.sha512(CONTENT).hexdigest()}']",
    "[domain-name:value = 'eleven.example']",
    "[domain-name:value = 'twelve.example']",
    "[domain-name:value = 'thirteen.example']",
    "[file:path = '/private/var/root/Library/fourteen']",
    "[file:path = '/private/var/mobile/Library/Caches/fifteen']",
    "[file:path = '/private/var/mobile/Library/sixteen']",
    "[process:name = 'com.apple.WebKit.Evil']",
    "[process:name = 'eighteen']",
    f"[configuration-profile:id = '{PROFILE}']",
    "[configuration-profile:id = 'NINETEEN-1234']",
    "[domain-name:value = 'twentyone.example']",
    "[app:id = 'test.example.twentytwo']",
    "[domain-name:value = 'shared.example']",
)
TEXTS = (
    "look https://one.example/?a=b=c",
    "or-a.example in-b.example like-77.example and-a.example",
    "then-b.example",
    "https://www.three.example/x",
    "https://x.a.four.example/",
    "https://a.five.example:8443/ and https://u:p@a.five.example/ and https://a.five.example./",
    "https://münchen.example/",
    "https://xn--zrich-kva.example/",
    "http://11.2.3.45/ and 21.2.3.40",
    "http://10.0.0.1/?q=noteight.example.au",
    "https://www.google.com/url?q=https://nine.example/",
    "http://[2001:db8::10]/ and http://198.51.100.77/x",
    "go to eleven.example/x",
    "https://t.me/joinchat/SECRET https://1drv.ms/u/s!x https://apple.news/A1",
    "https://shared.example/",
)
"""Messages that came in, in rows 1, 2, 3 ..."""


def planted(made: Phone) -> None:
    """Everything that the table names."""

    def messages(db: Any) -> None:
        for number, text in enumerate(TEXTS):
            sms.insert(db, made.major, text=text, handle="+15550100", at=AT + number)
        sms.insert(db, made.major, text=None, attributed="see https://twelve.example/a", handle="+15550100", at=AT + 50)
        sms.insert(db, made.major, text="see https://thirteen.example/a", handle=None, at=AT + 51)
        sms.insert(db, made.major, text=None, handle="+15550100", at=AT + 52)
        sms.insert(db, made.major, text="https://shared.example/sent", handle="+15550100", from_me=True, at=AT + 53)

    made.database(sms, messages)
    made.database(
        whatsapp,
        lambda db: whatsapp.insert(
            db, made.major, text="go to eleven.example/x", chat="15550100@s.whatsapp.net", at=AT
        ),
    )
    made.database(
        datausage,
        lambda db: datausage.bulk(
            db,
            made.major,
            [
                {"process": "com.apple.WebKit", "wifi_in": 9, "at": AT},
                {"process": "eighteen", "wwan_in": 9, "at": AT},
                {"process": "Eighteen", "wwan_in": 9, "at": AT},
                {"process": "quiet", "bundle": "test.example.twentytwo", "wwan_in": 9, "at": AT},
            ],
        ),
    )
    made.database(
        tcc,
        lambda db: tcc.insert(
            db, made.major, service="kTCCServiceCamera", client="test.example.twentytwo", allowed=True, at=AT
        ),
    )
    made.database(
        safari_history, lambda db: safari_history.insert(db, made.major, url="https://x.a.four.example/", at=AT)
    )
    for name, facts in (
        ("malformed", {"drop": ["PayloadContent"]}),
        ("bad", {"uuid": PROFILE.lower(), "payloads": ["com.apple.wifi.managed", "com.apple.notificationsettings"]}),
        ("short", {"uuid": "N"}),
    ):
        made.add(
            configuration_profiles.DOMAIN,
            configuration_profiles.relative(name),
            configuration_profiles.build(made.major, [{"identifier": name, "at": AT, **facts}]),
        )
    made.add("RootDomain", "Library/fourteen", b"x")
    made.add("HomeDomain", "Library/Caches/fifteen", b"x")
    made.add("HomeDomain", "Library/sixteen-not", b"x")
    made.add("HomeDomain", "Library/sixteen/below", b"x")
    made.add("HomeDomain", "Library/Caches/twentyone.example/x.db", b"x")
    made.add("HomeDomain", "Library/content.bin", CONTENT)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The answer of one run, on an encrypted phone (so that histories are in it)."""
    folder = tmp_path_factory.mktemp("weak")
    with phone(ios="16.5", encrypted=True) as made:
        planted(made)
        backup = made.write(folder / "b")
    home = folder / "home"
    home.mkdir()
    sv = Sousveil(home, folder / "cache", {"SOUSVEIL_BACKUP_PASSWORD": "correct horse"})
    (home / "evil.stix2").write_bytes(bundle(*PATTERNS))
    (home / "other.stix2").write_bytes(bundle("[domain-name:value = 'shared.example']"))
    ran = sv(
        *("check", backup, "--no-bundled", "--no-files", "--json"),
        *("--indicators", home / "evil.stix2", "--indicators", home / "other.stix2"),
    )
    assert ran.code == 1 and "internal error" not in ran.err
    answer: dict[str, Any] = json.loads(ran.out)
    return answer


def met(case: dict[str, Any], value: str) -> list[tuple[str, Any]]:
    """Where a published value was met: artefact, and row of each piece of evidence; of files their path on the phone."""
    return sorted(
        (e["artefact"], e["record"].get("path") or e["source"]["row"] or e["source"]["file"])
        for f in case["findings"]
        if f["indicator"] is not None and f["indicator"]["value"] == value
        for e in f["evidence"]
    )


def test_1_any_pattern_and_values_with_equals(case: dict[str, Any]) -> None:
    assert met(case, "https://one.example/?a=b=c") == [("ios.sms", 1)]
    for value in ("or-a.example", "in-b.example", "like-%.example"):
        assert met(case, value) == [("ios.sms", 2)]
    assert met(case, "and-a.example") == [], "only one of the two is there"
    assert met(case, "then-b.example") == [("ios.sms", 3)]


def test_2_sets_without_a_domain(tmp_path: Path) -> None:
    with phone(ios="16.5") as made:
        planted(made)
        backup = made.write(tmp_path / "b")
    sv = Sousveil(tmp_path, tmp_path / "cache")
    for number, (pattern, value, places) in enumerate(
        (
            ("[process:name = 'eighteen']", "eighteen", [("ios.datausage", 2)]),
            ("[url:value = 'https://one.example/?a=b=c']", "https://one.example/?a=b=c", [("ios.sms", 1)]),
        )
    ):
        set_file = tmp_path / f"{number}.stix2"
        set_file.write_bytes(bundle(pattern))
        ran = sv("check", backup, "--no-bundled", "--indicators", set_file, "--no-files", "--json")
        answer = json.loads(ran.out)
        assert ran.code == 1 and met(answer, value) == places
        assert [line for line in answer["coverage"] if line["outcome"] == "FAILED"] == []


def test_3_to_5_names_below_ports_users_dots(case: dict[str, Any]) -> None:
    assert met(case, "www.three.example") == [("ios.sms", 4)]
    assert met(case, "a.four.example") == [("ios.safari_history", 1), ("ios.sms", 5)]
    assert met(case, "a.five.example") == [("ios.sms", 6)]
    (five,) = (f for f in case["findings"] if f["indicator"] and f["indicator"]["value"] == "a.five.example")
    assert five["strength"] == "lead", "the set has no publisher"


def test_6_international_names_both_ways(case: dict[str, Any]) -> None:
    assert met(case, "xn--mnchen-3ya.example") == [("ios.sms", 7)]
    assert met(case, "xn--zrich-kva.example") == [("ios.sms", 8)]


def test_7_and_8_what_only_looks_like_it(case: dict[str, Any]) -> None:
    assert met(case, "1.2.3.4") == [] and met(case, "eight.example") == []


def test_9_nested_links(case: dict[str, Any]) -> None:
    assert met(case, "nine.example") == [("ios.sms", 11)]


def test_10_ipv6_ranges_and_sha_512(case: dict[str, Any]) -> None:
    assert met(case, "2001:db8::10") == [("ios.sms", 12)]
    assert met(case, "198.51.100.0/24") == [("ios.sms", 12)]
    assert met(case, hashlib.sha512(CONTENT).hexdigest()) == [("scan", "HomeDomain/Library/content.bin")]


def test_11_to_13_no_scheme_attributed_body_no_handle(case: dict[str, Any]) -> None:
    assert met(case, "eleven.example") == [("ios.sms", 13), ("ios.whatsapp", 1)]
    assert met(case, "twelve.example") == [("ios.sms", 16)]
    assert met(case, "thirteen.example") == [("ios.sms", 17)]
    (line,) = (c for c in case["coverage"] if c["artefact"] == "ios.sms")
    assert (line["outcome"], line["records"]) == ("READ", 19), "no row is dropped from the count"


def test_14_to_16_paths_as_they_are_on_the_phone(case: dict[str, Any]) -> None:
    for value, path in (
        ("/private/var/root/Library/fourteen", "/private/var/root/Library/fourteen"),
        ("/private/var/mobile/Library/Caches/fifteen", "/private/var/mobile/Library/Caches/fifteen"),
        ("/private/var/mobile/Library/sixteen", "/private/var/mobile/Library/sixteen/below"),
    ):
        assert met(case, value) == [("ios.manifest", path)]


def test_17_and_18_names_of_programs_and_profiles(case: dict[str, Any]) -> None:
    (cut,) = (f for f in case["findings"] if f["indicator"] and f["indicator"]["value"] == "com.apple.WebKit.Evil")
    assert (cut["artefact"], cut["strength"]) == ("ios.datausage", "weak"), (
        "it may be cut there, and counts for nothing"
    )
    assert met(case, "eighteen") == [("ios.datausage", 2)], "decision 0004: with its case"
    assert met(case, PROFILE.lower())[0][0] == "ios.configuration_profiles"


def test_19_and_20_profiles_one_by_one(case: dict[str, Any]) -> None:
    assert met(case, "nineteen-1234") == []
    (line,) = (c for c in case["coverage"] if c["artefact"] == "ios.configuration_profiles")
    assert (line["outcome"], line["records"]) == ("READ", 3), "one that is malformed keeps no other from being read"
    (hidden,) = (f for f in case["findings"] if f["rule"] == "profile-notifications")
    assert hidden["source"]["file"].endswith(configuration_profiles.relative("bad")), "its payload is the second"


def test_21_and_22_hosts_in_paths_and_bundle_ids(case: dict[str, Any]) -> None:
    assert met(case, "twentyone.example") == [
        ("ios.manifest", "/private/var/mobile/Library/Caches/twentyone.example/x.db")
    ]
    assert met(case, "test.example.twentytwo") == [("ios.datausage", 4), ("ios.tcc", 1)]


def test_23_and_24_no_body_and_who_sent_it(case: dict[str, Any]) -> None:
    """The row without text or body is among the 19 that were read; what was sent is told from what came."""
    (shared,) = (f for f in case["findings"] if f["indicator"] and f["indicator"]["value"] == "shared.example")
    assert [(e["source"]["row"], e["record"]["role"]) for e in shared["evidence"]] == [(15, "received"), (19, "sent")]


def test_25_short_links_are_never_fetched(tmp_path: Path) -> None:
    """A name server and a proxy that would be asked hear nothing."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    heard.append(connection.recv(100))

        thread = threading.Thread(target=listen)
        thread.start()
        with phone(ios="16.5") as made:
            planted(made)
            backup = made.write(tmp_path / "b")
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        sv = Sousveil(
            tmp_path, tmp_path / "cache", {"http_proxy": address, "https_proxy": address, "ALL_PROXY": address}
        )
        ran = sv.check(backup)
        ended.set()
        thread.join()
    assert ran.code == 1 and heard == []


def test_26_every_finding_is_in_the_answer_with_its_time_where_there_is_one(case: dict[str, Any]) -> None:
    timed = {f["indicator"]["value"]: f["at"] for f in case["findings"] if f["indicator"]}
    assert timed["nine.example"] == "2025-02-19T21:20:10.000000Z"
    assert {f["at_quality"] for f in case["findings"] if f["at"]} <= {
        "exact",
        "second",
        "day",
        "suspect",
        "device_local",
    }
    assert [
        f["id"] for f in case["findings"] if f["at"] is None and f["artefact"] in ("ios.sms", "ios.safari_history")
    ] == []


def test_27_two_files_that_name_one_value(case: dict[str, Any]) -> None:
    (found, *_) = (f for f in case["findings"] if f["indicator"] and f["indicator"]["value"] == "shared.example")
    assert sorted(a["set"] for a in found["attributions"]) == ["evil", "other"]
