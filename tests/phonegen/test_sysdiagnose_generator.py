"""The generator of sysdiagnose archives: the same bytes for a seed, and files that readers other than ours accept."""

from __future__ import annotations

import gzip
import json
import plistlib
import struct
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from phonegen.sysdiagnose import FORMS, Sysdiagnose, members, write
from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.background import populate

DATE = datetime(2024, 5, 24, 11, 30, 15, tzinfo=UTC)


def made(ios: str = "17.5", seed: int = 1) -> Sysdiagnose:
    """An ordinary phone."""
    return populate(Sysdiagnose(ios, seed=seed, date=DATE))


def test_a_seed_gives_the_same_archive_and_another_seed_another_one(tmp_path: Path) -> None:
    first, again = (write(made(), tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == again
    assert members(made(seed=2)) != members(made())


@pytest.mark.parametrize("form", FORMS)
def test_each_container_is_named_like_the_archive(form: str, tmp_path: Path) -> None:
    path = write(made(), tmp_path, form)
    name = "sysdiagnose_2024.05.24_13-30-15+0200_iPhone-OS_iPhone_21F79"
    assert path.name == (name if form == "folder" else f"{name}.{form}")


def test_the_archive_holds_what_was_made(tmp_path: Path) -> None:
    phone = made()
    with tarfile.open(write(phone, tmp_path)) as archive:
        held = {one.name: archive.extractfile(one) for one in archive.getmembers() if one.isfile()}
        assert {name: file.read() for name, file in held.items() if file} == {
            f"{phone.folder}/{path}": data for path, data in members(phone).items()
        }


@pytest.mark.parametrize(
    ("ios", "names"),
    [
        ("18.7", {"shutdown.log"}),
        ("26.1", {"shutdown.log"}),
        ("26.5.2", {"shutdown.0.log", "shutdown.1.log"}),
    ],
)
def test_shutdown_logs_are_kept_as_the_version_keeps_them(ios: str, names: set[str]) -> None:
    held = members(made(ios))
    logs = {path.rpartition("/")[2]: data for path, data in held.items() if "/Extra/shutdown" in path}
    assert set(logs) == names
    assert sum(data.count(b"SIGTERM: [") for data in logs.values()) == (1 if ios == "26.1" else 6)
    assert (b"Migrated legacy shutdown.log" in held["system_logs.logarchive/Extra/logd.0.log"]) == (ios == "26.5.2")


def test_a_shutdown_is_written_line_by_line() -> None:
    phone = Sysdiagnose("26.5.2", date=DATE, retention="deleted")
    phone.add(m.Shutdown(when=DATE, clients=((153, "/usr/sbin/x"),), delays=(1.26,)))
    held = members(phone)
    assert held["system_logs.logarchive/Extra/shutdown.0.log"].decode() == (
        "After 1.26s, these clients are still here:\n"
        f"\t\tremaining client pid: 153 (/usr/sbin/x/{phone.uuid('/usr/sbin/x')})\n"
        "SIGTERM: [1716550215] All buffers flushed\n"
    )
    assert b"Deleted legacy shutdown.log due to size" in held["system_logs.logarchive/Extra/logd.0.log"]


def test_a_catalog_names_its_process_and_the_header_its_build() -> None:
    phone = Sysdiagnose("17.5", date=DATE)
    phone.add(m.LoggedProcess(path="/usr/libexec/a", when=DATE - timedelta(hours=1), pid=77, euid=501))
    held = members(phone)
    data = held["system_logs.logarchive/Persist/0000000000000001.tracev3"]
    assert struct.unpack_from("<IIQ", data) == (0x1000, 0x11, 208)
    assert data[88:104].rstrip(b"\0") == b"21F79" and struct.unpack_from("<i", data, 44) == (-120,)
    assert struct.unpack_from("<I", data, 32) == (int((DATE - timedelta(hours=1)).timestamp()),)
    assert struct.unpack_from("<I", data, 224) == (0x600B,)
    strings, processes, count = struct.unpack_from("<HHH", data, 240)
    assert (strings, count) == (16, 1)
    assert struct.unpack_from("<II", data, 264 + processes + 20) == (77, 501)
    name = phone.uuid("/usr/libexec/a").replace("-", "")
    assert data[264:280].hex().upper() == name
    assert held[f"system_logs.logarchive/{name[:2]}/{name[2:]}"].endswith(b"\0/usr/libexec/a\0")


def test_the_power_log_is_a_database_whose_clock_runs_ahead(tmp_path: Path) -> None:
    phone = Sysdiagnose("17.5", date=DATE)
    phone.add(m.Traffic(name="example", when=DATE - timedelta(hours=1), wifi_out=7))
    (power,) = (data for path, data in members(phone).items() if path.endswith(".PLSQL.gz"))
    (tmp_path / "p").write_bytes(gzip.decompress(power))
    db = apsw.Connection(str(tmp_path / "p"), flags=apsw.SQLITE_OPEN_READONLY)
    row = db.execute(
        "SELECT ProcessName, WifiOut, d.timestamp + o.system FROM PLProcessNetworkAgent_EventInterval_UsageDiff d, "
        "PLStorageOperator_EventForward_TimeOffset o LIMIT 1"
    ).fetchall()
    assert row == [("example", 7, (DATE - timedelta(hours=1)).timestamp())]
    db.close()


def test_property_lists_and_reports_are_well_formed() -> None:
    phone = made("16.5")
    phone.add(m.NetworkExtension(bundle="example.vpn"), m.Profile(identifier="example.profile", when=DATE))
    for path, data in members(phone).items():
        if path.endswith((".plist", ".stub")):
            plistlib.loads(data)
        elif path.endswith(".ips"):
            assert json.loads(data.splitlines()[0])["bug_type"]
