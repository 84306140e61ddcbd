"""USB, mounts and traffic by app number: exact rows of made-up phones, of lines, and of a real phone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from phonegen.android import Android, androidqf, containers
from phonegen.android import model as m
from sousveil.artefacts.android import mounts, netstats, usb
from sousveil.artefacts.android.mounts import mount_of
from tests.artefacts.android.acquired import batches, rows

NOON = datetime(2024, 5, 13, 12, 0, 5, tzinfo=UTC)
MICROS = round(NOON.timestamp() * 1_000_000)
REAL = "phones/android-bugreports/bugreport-sailfish-QP1A.191005.007.A3-2020-01-08-15-30-07.zip"


def report(folder: Path, *entries: Any, android: int = 13) -> Path:
    phone = Android(android)
    phone.add(*entries)
    return containers.write(phone, "zip", folder)


def test_connections_and_the_state_of_the_port(tmp_path: Path) -> None:
    path = report(tmp_path, m.Usb(when=NOON, vendor=1452, product=4776), m.Usb(when=NOON, vendor=5, product=6))
    found = rows(usb.ARTEFACT, path)
    assert [row for row in found if row["entry"] == "connection"] == [
        {
            "entry": "connection",
            "mode": "CONNECT",
            "device": f"/dev/bus/usb/001/{number:03d}",
            "vendor": vendor,
            "product": product,
            "at": MICROS,
        }
        for number, vendor, product in ((1, 1452, 4776), (2, 5, 6))
    ]
    assert [(row["name"], row["value"]) for row in found if row["entry"] == "state"] == [
        ("device_manager/handler/connected", "true"),
        ("device_manager/handler/kernel_state", "CONFIGURED"),
        ("host_manager/num_connects", "2"),
    ]


def test_apps_and_the_state_of_the_port_are_rows_and_other_blocks_are_none() -> None:
    text = """USB MANAGER STATE (dumpsys usb):
{
  settings_manager={
    user_settings=[
      {
        package_name=com.example.one
        user_id=0
      }
    ]
  }
  other_manager={
    connected=true
  }
  host_manager={
    num_connects=1
  }
}"""

    class Section:
        title = "usb"

        def lines(self) -> Any:
            return enumerate(text.split("\n"), 1)

    made = list(usb.parse(Section(), None))  # type: ignore[arg-type]
    assert [(row.line, dict(row)) for row in made] == [
        (6, {"entry": "app", "package": "com.example.one"}),
        (15, {"entry": "state", "name": "host_manager/num_connects", "value": "1"}),
    ]
    (event,) = usb.ARTEFACT.events
    assert (usb.ARTEFACT.name, event.at, event.shows) == ("android.usb", "at", "mode")


def test_the_real_phone_hosted_nothing_and_was_connected(shared_data: Path) -> None:
    found = rows(usb.ARTEFACT, shared_data / REAL)
    state = {row["name"]: row["value"] for row in found if row["entry"] == "state"}
    assert state["device_manager/handler/connected"] == "true"
    assert state["device_manager/handler/kernel_function_list"] == "ffs"
    assert state["host_manager/num_connects"] == "0"
    assert state["port_manager/usb_ports/status/power_role"] == "sink"
    assert [row["package"] for row in found if row["entry"] == "app"] == ["com.android.gallery3d", "com.android.mtp"]
    assert {row["entry"] for row in found} == {"state", "app"}
    assert rows(mounts.ARTEFACT, shared_data / REAL) == [
        {"point": "/storage/emulated", "source": "emulated", "type": "EMULATED"}
    ]
    assert rows(netstats.ARTEFACT, shared_data / REAL) == []


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (
            "/dev/block/dm-4 on / type ext4 (ro,seclabel,relatime)",
            ("/", "/dev/block/dm-4", "ext4", "ro,seclabel,relatime", 0),
        ),
        ("tmpfs on /a b type tmpfs (rw)", ("/a b", "tmpfs", "tmpfs", "rw", 1)),
        ("tmpfs /dev tmpfs rw,seclabel 0 0", ("/dev", "tmpfs", "tmpfs", "rw,seclabel", 1)),
        ("tmpfs /x\\040y tmpfs ro 0 0", ("/x y", "tmpfs", "tmpfs", "ro", 0)),
        (
            "24 1 253:4 / /system ro,relatime shared:1 master:2 - ext4 /dev/block/dm-4 rw,seclabel",
            ("/system", "/dev/block/dm-4", "ext4", "ro,relatime", 0),
        ),
        ("30 24 0:5 / /mnt\\040x rw - tmpfs none rw", ("/mnt x", "none", "tmpfs", "rw", 1)),
        ("30 24 0:5 / /q noatime,rw - tmpfs none rw", ("/q", "none", "tmpfs", "noatime,rw", None)),
    ],
)
def test_each_form_of_a_mount(line: str, row: tuple[Any, ...]) -> None:
    found = mount_of(line)
    assert found is not None
    assert tuple(found[name] for name in ("point", "source", "type", "options", "writable")) == row


@pytest.mark.parametrize(
    "line", ["", "Filesystem 1K-blocks Used", "tmpfs on a type b (rw)", "30 24 0:5 / /q rw tmpfs none"]
)
def test_what_is_no_mount_gives_no_row(line: str) -> None:
    assert mount_of(line) is None


def test_mounts_of_a_report_and_of_an_acquisition(tmp_path: Path) -> None:
    line = "30 24 0:5 / /data/local/tmp/x rw - tmpfs none rw"
    wanted = {"point": "/data/local/tmp/x", "source": "none", "type": "tmpfs", "options": "rw", "writable": 1}
    volume = {"point": "/storage/emulated", "source": "emulated", "type": "EMULATED"}
    entries = (m.Mount(line=line, pid=77), m.Volume(name="emulated", path="/storage/emulated"))
    found = rows(mounts.ARTEFACT, report(tmp_path / "a", *entries))
    assert sorted(found, key=str) == sorted([wanted, volume], key=str)
    phone = Android(13)
    phone.add(*entries)
    for new, write in ((True, androidqf.write_archive), (False, androidqf.write_folder)):
        acquisition = androidqf.Acquisition(phone=phone, new=new, mounts=("none on /proc type proc (rw)", "x"))
        point = {"point": "/proc", "source": "none", "type": "proc", "options": "rw", "writable": 1}
        path = write(acquisition, tmp_path / str(new))
        assert [row for row in rows(mounts.ARTEFACT, path) if row["type"] != "EMULATED"] == [point, wanted]
        assert "mounts.json" in {batch.layout for batch in batches(mounts.ARTEFACT, path)[0]}


def test_traffic_by_app_number_is_counted_once(tmp_path: Path) -> None:
    """Not below other headings, and not again where sums by tag repeat it."""
    phone = Android(13)
    later = NOON + timedelta(hours=2)
    phone.add(
        m.NetUse(app="example.a", when=NOON, received=7, sent=9),
        m.NetUse(app="example.b", when=later, received=1 << 40, sent=0, network="MOBILE"),
    )
    assert rows(netstats.ARTEFACT, containers.write(phone, "zip", tmp_path)) == [
        {
            "uid": phone.uid(app),
            "network": network,
            "state": "DEFAULT",
            "start": round(when.timestamp() * 1_000_000),
            "seconds": 7200,
            "bytes_in": received,
            "bytes_out": sent,
        }
        for app, network, when, received, sent in (
            ("example.a", "WIFI", NOON, 7, 9),
            ("example.b", "MOBILE", later, 1 << 40, 0),
        )
    ]


def test_traffic_is_counted_below_the_heading_of_app_numbers_alone() -> None:
    bucket = "      st=1700000000 rb=1 rp=1 tb=2 tp=1 op=0"
    owner = "  ident=[{type=WIFI}] uid=10001 set=DEFAULT tag=0x0"
    lines = [owner, bucket, "Xt stats:", owner, bucket, "UID stats:", owner, bucket, "  ident=odd", bucket]

    class Section:
        title = "netstats"

        def lines(self) -> Any:
            return enumerate([*lines, "UID tag stats:", owner, bucket], 1)

    made = list(netstats.parse(Section(), None))  # type: ignore[arg-type]
    assert [(row.line, row["uid"], row["start"]) for row in made] == [(8, 10001, 1_700_000_000)]
    (event,) = netstats.ARTEFACT.events
    assert (event.at, event.shows) == ("start", "uid")


def test_unclosed_and_odd_blocks_end_without_an_error(tmp_path: Path) -> None:
    text = "}\n]\n" + "a={\n" * 500 + "  connections={\n      timestamp=99999999999999999999\n    x=y\n"
    path = report(tmp_path, m.Usb(when=NOON, vendor=1, product=2))
    assert len(rows(usb.ARTEFACT, path)) == 4
    lines = re.split("\n", text)

    class Section:
        title = "usb"

        def lines(self) -> Any:
            return enumerate(lines, 1)

    assert list(usb.parse(Section(), None)) == []  # type: ignore[arg-type]
