"""Lists that a sysdiagnose holds as text: exact rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sousveil.acquisition.clock import Clock
from sousveil.artefacts.model import Artefact, At, Event, discover
from sousveil.artefacts.sysdiagnose import collection
from sousveil.artefacts.sysdiagnose._common import seconds, stamped
from sousveil.readers.model import Outcome
from tests.artefacts.sysdiagnose.archive_reading import lines_of_rows, micros, read, rows_of


def declared(name: str) -> Artefact:
    return discover()[f"sysdiagnose.{name}"]


def test_services_stand_below_their_heading_alone(tmp_path: Path) -> None:
    text = """Local device
	Properties: {
		OSVersion => 17.5
		com.apple.not.a.service
	}
	Services:
		com.apple.internal.dt.remote.debugproxy
			Version: 1
			Properties: {
				UsesRemoteXPC => true
			}
		com.apple.afc.shim.remote
	Local Services:
		com.apple.local
	Messaging
		com.apple.too.late
Other device
		com.apple.outside
"""
    found = rows_of("sysdiagnose.remote_services", tmp_path, text)
    assert [(row["service"], row["developer"], row["device"]) for row in found] == [
        ("com.apple.internal.dt.remote.debugproxy", 1, "Local device"),
        ("com.apple.afc.shim.remote", 0, "Local device"),
        ("com.apple.local", 0, "Local device"),
    ]


SWC = """Header: 1
Domain: before.the.database
================================ DATABASE STATE ================================

Service:              applinks
App ID:               Y28TH9SHX7.com.example.FruitStore
App Version:          1.0
App PI:               <LSPersistentIdentifier 0x115e1a390> { v = 0, t = 0x8, u = 0xc98 }
Domain:               example.com?mode=developer
User Approval:        unspecified
Site/Fmwk Approval:   denied
Flags:                developer
Last Checked:         2021-09-23 18:16:58 +0000
Next Check:           2021-09-23 9:21:34 PM +0200
Error:                Error Domain=NSCocoaErrorDomain Code=3840
Retries:              1
--------------------------------------------------------------------------------
Service:              webcredentials
App ID:               com.example.noteam
Domain:               *.example.org
--------------------------------------------------------------------------------
App ID:               com.example.nodomain
--------------------------------------------------------------------------------
Service:              neither
=================================== SETTINGS ===================================
Service:              no.row
Domain:               not.listed.example
=================================== DATABASE ===================================
Domain:               last.example
"""


def test_a_block_of_the_domains_is_a_row(tmp_path: Path) -> None:
    assert rows_of("sysdiagnose.associated_domains", tmp_path, SWC) == [
        {
            "service": "applinks",
            "bundle": "com.example.FruitStore",
            "team": "Y28TH9SHX7",
            "version": "1.0",
            "domain": "example.com",
            "user_approval": "unspecified",
            "site_approval": "denied",
            "last_checked": micros("2021-09-23T18:16:58+00:00"),
            "next_check": micros("2021-09-23T21:21:34+02:00"),
            "error": "Error Domain=NSCocoaErrorDomain Code=3840",
            "retries": 1,
        },
        {"service": "webcredentials", "bundle": "com.example.noteam", "domain": "example.org"},
        {"bundle": "com.example.nodomain"},
        {"domain": "last.example"},
    ]
    assert lines_of_rows("sysdiagnose.associated_domains", tmp_path / "member") == [5, 18, 22, 29]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2024-11-15 8:51:02 PM +0000", "2024-11-15T20:51:02+00:00"),
        ("2024-11-15 12:51:02 AM +0000", "2024-11-15T00:51:02+00:00"),
        ("2024-11-15 12:51:02\u202fPM +0000", "2024-11-15T12:51:02+00:00"),
        ("2024-11-15 08:51:02 -0330", "2024-11-15T08:51:02-03:30"),
        ("2024-13-15 08:51:02 +0000", ""),
        ("yesterday", ""),
    ],
)
def test_times_of_both_clocks_are_read(text: str, wanted: str) -> None:
    found = seconds(text)
    assert (None if found is None else round(found * 1_000_000)) == (micros(wanted) if wanted else None)


SECURITY = """ccstatus: In Circle (0)
genp0: agrp=not.an.item
HomeKit keychain state:
genp0: acct={ a,b },agrp=TEAM123456.com.example.a,cdat=2023-05-24 11:05:35 +0000,labl=L,mdat=2023-05-25 1:05:35 PM +0000,tomb=0
genp1: agrp=com.apple.homed,cdat=damaged
Analytics sysdiagnose
genp2: agrp=not.an.item
Client: sos
No data
Client: trust
2023-05-24 11:05:35 +0000 EventHardFailure: OTATrustUpdate - Attributes: {errorCode : -1, more :
   (1) }
2023-05-24 1:05:35 PM +0000 EventSoftFailure: Second - Attributes: {}
All keys and values
2023-05-24 11:05:35 +0000 EventHardFailure: Outside - Attributes: {}
"""


def test_keychain_items_are_those_below_a_state(tmp_path: Path) -> None:
    assert rows_of("sysdiagnose.keychain_items", tmp_path, SECURITY) == [
        {
            "view": "HomeKit",
            "group": "TEAM123456.com.example.a",
            "bundle": "com.example.a",
            "label": "L",
            "created": micros("2023-05-24T11:05:35+00:00"),
            "modified": micros("2023-05-25T13:05:35+00:00"),
        },
        {"view": "HomeKit", "group": "com.apple.homed", "bundle": "com.apple.homed"},
    ]


def test_events_of_clients_are_rows(tmp_path: Path) -> None:
    assert rows_of("sysdiagnose.security_events", tmp_path, SECURITY) == [
        {
            "client": "trust",
            "result": "EventHardFailure",
            "event": "OTATrustUpdate",
            "attributes": "errorCode : -1, more :   (1)",
            "at": micros("2023-05-24T11:05:35+00:00"),
        },
        {
            "client": "trust",
            "result": "EventSoftFailure",
            "event": "Second",
            "at": micros("2023-05-24T13:05:35+00:00"),
        },
    ]


@pytest.mark.parametrize("newer", [False, True])
def test_devices_of_the_account_stand_in_either_place(newer: bool, tmp_path: Path) -> None:
    devices = {"A": {"name": "Phone", "model": "iPhone14,5", "serial": "F1", "osVersion": "18.5"}, "B": "damaged"}
    state = {"accountFirstSeen": "2023-01-05T10:00:00Z"}
    whole = {"registration": [{"app": "IDS", "registeredAt": "2023-01-05T10:00:01Z"}], "stateMachine": state}
    (whole if newer else state)["devices"] = devices  # type: ignore[assignment]
    assert rows_of("sysdiagnose.account_devices", tmp_path, json.dumps(whole)) == [
        {"entry": "account", "at": micros("2023-01-05T10:00:00+00:00")},
        {"entry": "registration", "app": "IDS", "at": micros("2023-01-05T10:00:01+00:00")},
        {"entry": "device", "name": "Phone", "model": "iPhone14,5", "serial": "F1", "os_version": "18.5"},
    ]


def test_lines_about_updates_are_read_with_their_zone_or_the_phone_s(tmp_path: Path) -> None:
    text = "2024-05-24 13:30:15+0100 softwareupdated[88]: Installed\n[2024-05-24 13:30:15] plain\ncontinued\n"
    assert rows_of("sysdiagnose.updates", tmp_path, text) == [
        {"process": "softwareupdated", "message": "Installed", "at": micros("2024-05-24T12:30:15+00:00")},
        {"message": "plain", "at": micros("2024-05-24T11:30:15+00:00")},
    ]


def test_parts_that_the_phone_did_not_collect_go_into_the_coverage(tmp_path: Path) -> None:
    path = tmp_path / "sysdiagnose.log"
    path.write_text(
        "2024-05-24 13:30:15.5+0200 Container ps completed in 1.2 seconds\n"
        "2024-05-24 13:30:16+0200 Container ioreg timed out after 30 seconds\n"
        "2024-05-24 13:30:17+0200 Container ioreg timed out again\n"
    )
    rows, errors, parts = read("sysdiagnose.collection", path)
    assert errors == [] and [row["problem"] for row in rows] == [0, 1, 1]
    assert rows[0]["at"] == micros("2024-05-24T11:30:15.5+00:00")
    assert [(part.name, part.outcome) for part in parts] == [("ioreg", Outcome.SKIPPED)]


def test_parts_that_were_not_collected_are_named_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "sysdiagnose.log"
    lines = [f"2024-05-24 13:30:16+0200 Task part-{number} failed to run" for number in range(collection.MAX_PARTS + 1)]
    lines[1:1] = ["no time", "2024-05-24 13:30:16+0200 the phone could not say which"]
    path.write_text("\n".join(lines))
    rows, errors, parts = read("sysdiagnose.collection", path)
    assert errors == [] and [row["problem"] for row in rows] == [1] * 102
    assert rows[1]["message"] == "the phone could not say which"
    assert [part.name for part in parts] == [f"part-{number}" for number in range(100)]
    assert parts[0].detail == "the phone's own log says that it did not collect this part"


def test_what_the_pages_say_of_the_phone_s_own_logs() -> None:
    updates, made = declared("updates"), declared("collection")
    folders = ("OTAUpdateLogs", "MSU", "MobileSoftwareUpdate")
    assert updates.needs["main"] == tuple(
        At.sysdiagnose(f"logs/{folder}/*.{end}") for folder in folders for end in ("log", "txt")
    )
    assert updates.expected.ios == (18, None)
    assert updates.events == (Event(at="at", says="message about an update of the system", shows="process"),)
    assert made.needs == {"main": (At.sysdiagnose("sysdiagnose.log"),)}
    assert made.events == (Event(at="at", says="the phone collected a part of the archive"),)
    assert [seen.verified for one in (updates, made) for seen in one.seen] == [False, False]


@pytest.mark.parametrize("text", ["13:30:15.5 +0200", "13:30:15.5+0200", "06:30:15.5 -0500"])
def test_a_space_may_precede_the_offset(text: str) -> None:
    assert stamped(Clock(None, None), f"2024-05-24 {text}") == 1_716_550_215.5
