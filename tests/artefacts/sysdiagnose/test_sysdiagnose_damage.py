"""Damaged and hostile members: an error of ours or fewer rows, never another exception, and never an endless reading."""

from __future__ import annotations

import plistlib
import random
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from phonegen.sysdiagnose import Sysdiagnose, members
from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.background import populate
from sousveil.artefacts.model import discover
from sousveil.readers.model import Outcome
from tests.artefacts.sysdiagnose.archive_reading import read

NAMES = (
    "account_devices activation associated_domains backups collection containers installations keychain_items known_networks "
    "lockdown network_extensions profiles remote_services security_events settings_events system_version updates"
).split()


@cache
def held() -> dict[str, bytes]:
    """The members of two phones: the older one has the log of containers."""
    made: dict[str, bytes] = {}
    for version in ("16.5", "26.5.2"):
        phone = populate(Sysdiagnose(version))
        phone.add(
            m.NetworkExtension(bundle="example.vpn"),
            m.Profile(identifier="example.profile", when=phone.date),
            m.LogLine(when=phone.date - timedelta(1), text="made example.quietfox7.notes", log="containers"),
        )
        made = {**members(phone), **made}
    return made


def content(name: str) -> bytes:
    """The member that the artefact reads."""
    places = discover()[f"sysdiagnose.{name}"].needs["main"]
    return next(data for path, data in held().items() for at in places if at.matches("", f"top/{path}", None))


def _flipped(data: bytes) -> bytes:
    rng, made = random.Random(len(data)), bytearray(data)
    for _ in range(max(8, len(data) // 100)):
        made[rng.randrange(len(made))] = rng.randrange(256)
    return bytes(made)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut in the middle": lambda data: data[: len(data) // 2],
    "cut near the end": lambda data: data[:-7],
    "begins late": lambda data: data[len(data) // 3 :],
    "flipped bytes": _flipped,
    "NUL bytes": lambda data: data.replace(b" ", b"\0"),
    "another encoding": lambda data: data.replace(b"e", b"\xe9"),
    "a giant line": lambda data: data[:300] + b"A.b-_[({<:" * 200_000 + data[300:],
    "without line ends": lambda data: data.replace(b"\n", b" "),
    "doubled": lambda data: data + data,
    "list of lists": lambda data: plistlib.dumps([[{"Enabled": True}]]),
    "odd values": lambda data: plistlib.dumps({key: {"timestamp": 5, "SSID": 7, "VPN": []} for key in ("a", "b")}),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_member_gives_an_error_of_ours_or_fewer_rows(name: str, damage: str, tmp_path: Path) -> None:
    whole, damaged = tmp_path / "whole", tmp_path / "damaged"
    whole.write_bytes(content(name))
    damaged.write_bytes(DAMAGES[damage](content(name)))
    rows, errors, _ = read(f"sysdiagnose.{name}", whole)
    assert rows and errors == []
    found, _, _ = read(f"sysdiagnose.{name}", damaged)  # any other exception fails the test
    assert len(found) <= 2 * len(rows) + 2


@pytest.mark.parametrize("name", ["activation", "associated_domains", "installations", "keychain_items", "lockdown"])
def test_line_ends_of_another_system_change_nothing(name: str, tmp_path: Path) -> None:
    plain, other = tmp_path / "plain", tmp_path / "other"
    plain.write_bytes(content(name))
    other.write_bytes(content(name).replace(b"\n", b"\r\n"))
    assert read(f"sysdiagnose.{name}", other)[0] == read(f"sysdiagnose.{name}", plain)[0]


def test_a_member_that_ends_in_the_middle_keeps_its_first_rows(tmp_path: Path) -> None:
    path = tmp_path / "log"
    data = content("installations")
    path.write_bytes(data[: data.index(b"Install Successful") + 4])
    rows, errors, parts = read("sysdiagnose.installations", path)
    assert [row["event"] for row in rows] == ["install started", "container made"] and errors == []
    assert [part.outcome for part in parts] == [Outcome.READ]


def test_many_settings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    path.write_bytes(
        plistlib.dumps({f"s{n}": {"timestamp": "2024-05-24T11:30:15"} for n in range(20_000)}, fmt=plistlib.FMT_BINARY)
    )
    assert len(read("sysdiagnose.settings_events", path)[0]) == 20_000


@pytest.mark.parametrize("name", NAMES)
def test_events_name_fields_and_layouts_say_whether_they_were_seen(name: str) -> None:
    artefact = discover()[f"sysdiagnose.{name}"]
    for event in artefact.events:
        assert artefact.kinds[event.at].instant and (event.shows is None or event.shows in artefact.kinds)
    recalled = {"collection", "network_extensions", "remote_services", "updates"}
    assert [seen.verified for seen in artefact.seen] == [name not in recalled]
