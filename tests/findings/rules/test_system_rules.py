"""Rules over traffic, profiles, apps, settings and the manifest: by hand, and from whole backups."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest

from phonegen.core import Phone
from phonegen.ios import configuration_profiles as made_profiles
from phonegen.ios import crashreporter, globalpreferences
from phonegen.ios import datausage as made_datausage
from phonegen.ios import locationd_clients as made_clients
from phonegen.ios import tcc as made_tcc
from phonegen.ios import triangulation as made_triangulation
from sousveil.acquisition.model import Device
from sousveil.artefacts.model import discover
from sousveil.findings.judge import finding_from_hit
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules import (
    application_source,
    blastpass,
    crash_reporter_off,
    datausage_deleted_process,
    datausage_large_upload,
    datausage_oddities,
    lockdown_mode,
    profile_notifications,
    profile_posture,
    tcc_path_client,
    triangulation,
)
from sousveil.findings.rules.model import Hit, Kept, Rule, discover_rules
from sousveil.records import Source
from tests.artefacts.ios.phone_reading import file_group, hits, read

T = 1_600_000_000
US = 1_000_000
SMS = "Library/SMS/Attachments/"
OLD, NEW = Device(product_version="15.7.1"), Device(product_version="16.0")
EVERY = (
    application_source,
    blastpass,
    crash_reporter_off,
    datausage_deleted_process,
    datausage_large_upload,
    datausage_oddities,
    lockdown_mode,
    profile_notifications,
    profile_posture,
    tcc_path_client,
    triangulation,
)


def _kept(artefact: str, row: int, **facts: Any) -> Kept:
    return Kept(artefact=artefact, source=Source(file="D/f", row=row), row=facts)


def _strength(rule: Rule, hit: Hit) -> Strength:
    return finding_from_hit(rule, hit).strength


@pytest.mark.parametrize("module", EVERY)
def test_rules_fit_their_artefacts_and_say_what_is_innocent(module: Any) -> None:
    rule: Rule = module.RULE
    assert discover_rules()[rule.name] is rule
    assert rule.innocent
    assert rule.strength is not Strength.STRONG
    artefacts = discover()
    for reads in rule.reads.values():
        assert set(reads.columns) <= set(artefacts[reads.artefact].kinds)
        assert list(reads.keep({name: [None, None] for name in reads.columns})) in ([], [0, 1])
    assert list(rule.find({name: [] for name in rule.reads}, OLD)) == []


# ---- traffic


def _traffic(folder: Path, rows: Sequence[dict[str, Any]], ios: str = "16.5") -> Path:
    phone = Phone(ios=ios, scratch=folder)
    phone.database(made_datausage, lambda db: made_datausage.bulk(db, phone.major, rows))
    return phone.write(folder / "b")


def test_deleted_process(tmp_path: Path) -> None:
    folder = _traffic(
        tmp_path,
        [
            {"process": "apsd", "at": T},
            {"process": "x", "process_row": False, "at": T + 9},
            {"process": "x", "process_row": False, "at": T + 5},
            {"process": "bird", "at": T},
        ],
    )
    (hit,) = hits(datausage_deleted_process.RULE, folder)
    assert hit.says == "2 counts of mobile data belong to 2 programs that were deleted from the list of programs."
    assert (hit.at, [dict(row.row) for row in hit.rows]) == (
        (T + 5) * US,
        [
            {"process_id": None, "live_process_id": 2, "live_time": (T + 9) * US},
            {"process_id": None, "live_process_id": 3, "live_time": (T + 5) * US},
        ],
    )
    finding = finding_from_hit(datausage_deleted_process.RULE, hit)
    assert (finding.strength, finding.shows, finding.family) == (Strength.LEAD, Shows.EXECUTION, "Pegasus")


def test_usage_without_a_named_process_is_no_deletion() -> None:
    reads = datausage_deleted_process.RULE.reads["orphans"]
    assert reads.keep({"process_id": [None, 1, None], "live_process_id": [None, 1, 3], "live_time": [1, 1, 1]}) == [2]


def test_gaps_and_inverted_times_are_one_weak_finding_each(tmp_path: Path) -> None:
    folder = _traffic(
        tmp_path,
        [
            {"process": "a", "Z_PK": 1, "at": T},
            {"process": "b", "Z_PK": 4, "first": T + 1, "last": T, "at": T},
            {"process": "c", "Z_PK": 9, "at": T},
        ],
    )
    gap, inverted = hits(datausage_oddities.RULE, folder)
    assert (gap.says, [row.row["process_id"] for row in gap.rows]) == (
        "6 of 9 numbers of programs are missing in the traffic database.",
        [1, 4, 9],
    )
    assert (inverted.says, inverted.at) == (
        "1 program of the traffic database was last seen before it was first seen.",
        T * US,
    )
    assert {_strength(datausage_oddities.RULE, hit) for hit in (gap, inverted)} == {Strength.WEAK}


def test_a_clean_phone_has_nothing_above_weak(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "DataUsage.sqlite"
    shutil.copyfile(shared_data / "phones/ios-plaso/DataUsage.sqlite", path)
    artefact = discover()["ios.datausage"]
    found = []
    for rule in (module.RULE for module in EVERY):
        kept: dict[str, list[Kept]] = {name: [] for name in rule.reads}
        for name, reads in rule.reads.items():
            for batch in read(artefact, file_group(path)) if reads.artefact == artefact.name else ():
                columns = {column: batch.column(column) for column in reads.columns}
                kept[name] += [
                    Kept(artefact=reads.artefact, source=batch.source(at), row={n: v[at] for n, v in columns.items()})
                    for at in reads.keep(columns)
                ]
        found += [(hit.says, _strength(rule, hit)) for hit in rule.find(kept, OLD)]
    assert found == [("1 program of the traffic database was last seen before it was first seen.", Strength.WEAK)]


def test_large_upload(tmp_path: Path) -> None:
    folder = _traffic(
        tmp_path,
        [
            {"process": "evild", "wwan_out": 1.5e9, "at": T + 1},
            {"process": "evild", "wwan_out": 1.5e9, "at": T},
            {"process": "small", "wwan_out": 1.9e9},
            {"process": "app", "bundle": "com.example.app", "wwan_out": 9e9},
            {"process": "nsurlsessiond", "wwan_out": 5e9, "at": T},
            {"process": "x/com.example.y", "wwan_out": 9e9},
        ],
    )
    evil, system = hits(datausage_large_upload.RULE, folder)
    assert (evil.says, evil.at, len(evil.rows), _strength(datausage_large_upload.RULE, evil)) == (
        "A program without a bundle id sent 3.0 GB over mobile data.",
        T * US,
        2,
        Strength.LEAD,
    )
    assert (system.rows[0].row["process"], _strength(datausage_large_upload.RULE, system)) == (
        "nsurlsessiond",
        Strength.WEAK,
    )


# ---- profiles, permissions, apps, settings


def test_profiles(tmp_path: Path) -> None:
    phone = Phone(ios="16.5", scratch=tmp_path)
    entries: tuple[dict[str, Any], ...] = (
        {"identifier": "a", "payloads": ["com.apple.wifi.managed", "com.apple.notificationsettings"]},
        {
            "identifier": "b",
            "payloads": ["com.apple.notificationsettings"],
            "extra": {"InstallOptions": {"installedByMDM": True}},
        },
        {"identifier": "c", "payloads": ["com.apple.mdm", "com.apple.security.root", "com.apple.wifi.managed"]},
        {"identifier": "d", "payloads": [], "drop": ("PayloadContent",)},
    )
    for number, entry in enumerate(entries):
        phone.plist(made_profiles, [{"at": T, **entry}], relative=f"{made_profiles.FOLDER}/profile-{number}.stub")
    folder = phone.write(tmp_path / "b")
    rule = profile_notifications.RULE
    assert [(_strength(rule, hit), hit.at) for hit in hits(rule, folder)] == [
        (Strength.LEAD, T * US),
        (Strength.WEAK, T * US),
    ]
    (posture,) = hits(profile_posture.RULE, folder)
    assert (posture.says, finding_from_hit(profile_posture.RULE, posture).shows) == (
        "A configuration profile hands the phone to a device manager, makes the phone trust a certificate authority.",
        Shows.POSTURE,
    )


def test_permission_by_path(tmp_path: Path) -> None:
    phone = Phone(ios="16.5", scratch=tmp_path)
    rows: list[dict[str, Any]] = [
        {"client": "com.example.app"},
        {"client": "/private/var/tmp/x", "client_type": 1, "at": T + 1},
        {"client": "/private/var/tmp/x", "client_type": 1, "at": T, "service": "kTCCServiceMicrophone"},
    ]
    phone.database(made_tcc, lambda db: made_tcc.bulk(db, 16, rows))
    (hit,) = hits(tcc_path_client.RULE, phone.write(tmp_path / "b"))
    assert (len(hit.rows), hit.at, _strength(tcc_path_client.RULE, hit)) == (2, T * US, Strength.WEAK)


def test_sources_of_apps(tmp_path: Path) -> None:
    phone = Phone(ios="16.5", scratch=tmp_path)
    phone.install("com.example.store")
    phone.install("com.example.unknown", source_app=None)
    phone.install("com.example.test", source_app="com.apple.TestFlight")
    phone.install("com.example.side", source_app="com.example.installer")
    phone.install("com.example.bare1", metadata=False)
    phone.install("com.example.bare2", metadata=False)
    phone.install("com.apple.calculator", metadata=False)
    found = hits(application_source.RULE, phone.write(tmp_path / "b"))
    assert [(hit.says, [row.row["bundle"] for row in hit.rows]) for hit in found] == [
        ("An app was installed by a program other than the App Store.", ["com.example.side"]),
        ("An app was installed as a test version, past the review of the store.", ["com.example.test"]),
        (
            "An app is installed without metadata of the store. (2 apps)",
            ["com.example.bare1", "com.example.bare2"],
        ),
    ]
    assert {_strength(application_source.RULE, hit) for hit in found} == {Strength.WEAK}


@pytest.mark.parametrize(("value", "says"), [(True, "Lockdown Mode is on."), (False, "Lockdown Mode is off.")])
def test_lockdown_mode_is_a_note(tmp_path: Path, value: bool, says: str) -> None:
    phone = Phone(ios="16.5", scratch=tmp_path)
    phone.plist(globalpreferences, [{"key": "LDMGlobalEnabled", "value": value}])
    (hit,) = hits(lockdown_mode.RULE, phone.write(tmp_path / "b"))
    assert (hit.notice, hit.kind, hit.says.startswith(says)) == (True, "posture", True)


@pytest.mark.parametrize(("content", "count"), [({}, 0), ({"ShouldSubmit": True}, 0), ({"ShouldSubmit": False}, 1)])
def test_crash_reports(tmp_path: Path, content: dict[str, bool], count: int) -> None:
    phone = Phone(ios="14.5", scratch=tmp_path)
    phone.plist(crashreporter, [{"key": key, "value": value} for key, value in content.items()])
    assert len(hits(crash_reporter_off.RULE, phone.write(tmp_path / "b"))) == count


# ---- passes


@pytest.mark.parametrize(
    ("passes", "amount", "strength"),
    [(0, 32e6, None), (1, 1e6, Strength.WEAK), (1, 32e6, Strength.LEAD), (3, 1e6, Strength.LEAD)],
)
def test_blastpass(tmp_path: Path, passes: int, amount: float, strength: Strength | None) -> None:
    phone = Phone(ios="16.6", scratch=tmp_path)
    for number in range(passes):
        phone.add(
            "MediaDomain", f"{SMS}0{number}/01/x/sample.pkpass", b"PK", modified=datetime.fromtimestamp(T + number, UTC)
        )
    phone.add("MediaDomain", SMS + "ff/01/x/ticket.pkpass", b"PK")
    phone.add("HomeDomain", "Documents/sample.pkpass", b"PK")
    rows: list[dict[str, Any]] = [
        {"process": "IMTransferAgent/com.apple.datausage.messages", "wwan_in": amount, "at": T + 600},
        {"process": "IMTransferAgent/com.apple.datausage.messages", "wwan_in": 99e6, "at": T + 9 * 86_400},
    ]
    phone.database(made_datausage, lambda db: made_datausage.bulk(db, 16, rows[:1]))
    found = hits(blastpass.RULE, phone.write(tmp_path / "b"))
    assert [_strength(blastpass.RULE, hit) for hit in found] == ([strength] if strength else [])
    if found:
        assert (found[0].at, len(found[0].rows)) == (T * US, passes + (amount > 20e6))


# ---- Triangulation


def _file(what: str, at: int, changed: int | None = None, relative: str = "x") -> Kept:
    return _kept(
        "ios.triangulation_files",
        at,
        what=what,
        relative=relative,
        modified=at * US,
        status_changed=(at if changed is None else changed) * US,
    )


def _net(at: int, process: str = "nehelper") -> Kept:
    return _kept("ios.datausage", at, process=process, first_seen=at * US, last_seen=at * US, live_time=at * US)


def _find(
    device: Device = OLD, *, files: Sequence[Kept] = (), traffic: Sequence[Kept] = (), location: Sequence[Kept] = ()
) -> list[Hit]:
    return list(triangulation.RULE.find({"files": files, "traffic": traffic, "location": location}, device))


FOLDER = "empty attachment folder"


def test_two_kinds_within_five_minutes() -> None:
    (hit,) = _find(files=[_file(FOLDER, T)], traffic=[_net(T + 300)])
    assert (hit.at, hit.strength, hit.innocent, len(hit.rows)) == (T * US, None, (), 2)
    assert hit.says == (
        "2 changes of 2 of the four published kinds are within five minutes (messages, traffic), "
        "without a received attachment."
    )


def test_no_pattern() -> None:
    assert _find(files=[_file(FOLDER, T)], traffic=[_net(T + 301)]) == []
    assert _find(traffic=[_net(T), _net(T + 1, "com.apple.WebKit.WebContent")]) == []
    assert _find(files=[_file(FOLDER, T, changed=T + 1)], traffic=[_net(T)]) == []
    assert _find(files=[_file(FOLDER, T)]) == []


@pytest.mark.parametrize(("at", "count"), [(T - 1, 1), (T, 0), (T + 150, 0), (T + 300, 0), (T + 301, 1)])
def test_a_real_attachment_cancels(at: int, count: int) -> None:
    files = [_file(FOLDER, T), _file("attachment", at)]
    assert len(_find(files=files, traffic=[_net(T + 10)])) == count


def test_newer_systems_are_weak() -> None:
    (hit,) = _find(NEW, files=[_file("settings file", T)], traffic=[_net(T)])
    assert _strength(triangulation.RULE, hit) is Strength.WEAK
    assert hit.innocent == ("The phone runs iOS 16.0; the attack is known up to iOS 15.7 only.",)


def test_a_window_holds_ten_events_at_most() -> None:
    crowd = [_net(T + number) for number in range(12)]
    (hit,) = _find(files=[_file(FOLDER, T + 12)], traffic=crowd)
    assert (hit.at, len(hit.rows)) == ((T + 3) * US, 10)


def test_the_last_events_count_too_and_windows_do_not_overlap() -> None:
    files = [_file(FOLDER, T), _file(FOLDER, T + 10_000)]
    found = _find(files=files, traffic=[_net(T + 1), _net(T + 10_001)])
    assert [hit.at for hit in found] == [T * US, (T + 10_000) * US]


def test_many_events_stay_linear() -> None:
    files = [_file(FOLDER, T + number, relative=str(number)) for number in range(20_000)]
    files += [_file("attachment", T + number * 100) for number in range(300)]
    assert _find(files=files) == []


@pytest.mark.parametrize(
    ("ios", "attachment", "strength"),
    [("15.5", False, Strength.LEAD), ("15.5", True, None), ("16.5", False, Strength.WEAK)],
)
def test_a_backup_with_the_pattern(tmp_path: Path, ios: str, attachment: bool, strength: Strength | None) -> None:
    phone = Phone(ios=ios, scratch=tmp_path)
    at = datetime.fromtimestamp(T, UTC)
    phone.add_directory("MediaDomain", SMS + "ab", modified=at)
    phone.add_directory("MediaDomain", SMS + "ab/11", modified=at)
    if attachment:
        phone.add("MediaDomain", SMS + "cc/12/x/photo.jpg", b"1", modified=datetime.fromtimestamp(T + 60, UTC))
    phone.add(*made_triangulation.FILES[0], b"", modified=datetime.fromtimestamp(T + 20, UTC))

    def fill(db: apsw.Connection) -> None:
        made_datausage.bulk(db, phone.major, made_triangulation.datausage_rows(T + 30))

    phone.database(made_datausage, fill)
    phone.plist(made_clients, made_triangulation.location_entries(T + 40))
    found = hits(triangulation.RULE, phone.write(tmp_path / "b"))
    assert [_strength(triangulation.RULE, hit) for hit in found] == ([strength] if strength else [])
    if found:
        assert found[0].says.startswith("9 changes of 4 of the four published kinds")
        assert finding_from_hit(triangulation.RULE, found[0]).family == "Operation Triangulation"
