"""Processes, images and starts of the phone in the unified log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from archives import artefact, batches, rows, sysdiagnose

from phonegen.sysdiagnose import model, unified
from phonegen.sysdiagnose.model import Sysdiagnose
from sousveil.artefacts.model import Event
from sousveil.artefacts.sysdiagnose.log_images import program
from sousveil.errors import Malformed

BOOTED = datetime(2024, 5, 20, 6, tzinfo=UTC)
BUSY, IMPLANT = "/usr/libexec/busyd", "/private/var/tmp/UserEventAgent"
LIBRARY = "/usr/lib/libexample.dylib"


def phone() -> Sysdiagnose:
    made = Sysdiagnose("17.5")
    made.add(
        model.Boot(when=BOOTED),
        model.LoggedProcess(path=BUSY, when=BOOTED + timedelta(hours=1), pid=71, euid=501, libraries=(LIBRARY,)),
        model.LoggedProcess(path=IMPLANT, when=BOOTED + timedelta(hours=2), pid=72, euid=0),
    )
    return made


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def files(made: Sysdiagnose) -> dict[str, bytes | str]:
    return dict(unified.files(made))


def test_each_process_with_user_image_boot_and_time(tmp_path: Path) -> None:
    made = phone()
    boot = str(unified.boot_uuid(made, model.Boot(when=BOOTED))).upper()

    def row(path: str, pid: int, uid: int, hours: int, libraries: int) -> dict[str, Any]:
        first = micros(BOOTED + timedelta(hours=hours))
        return {
            "pid": pid,
            "uid": uid,
            "image": made.uuid(path),
            "first": first,
            "last": first + 1_000,  # the generator's spans last 24,000 ticks
            "boot": boot,
            "libraries": libraries,
            "build": made.build,
            "zone": "Europe/Berlin",
        }

    assert rows("sysdiagnose.log_processes", sysdiagnose(tmp_path, files(made))) == [
        row(BUSY, 71, 501, 1, 1),
        row(IMPLANT, 72, 0, 2, 0),
    ]


def test_each_image_with_its_uuid_and_path(tmp_path: Path) -> None:
    made = phone()
    found = rows("sysdiagnose.log_images", sysdiagnose(tmp_path, files(made)))
    assert sorted(found, key=lambda row: row["path"]) == [
        {"image": made.uuid(IMPLANT), "path": IMPLANT, "process": "UserEventAgent", "kept_in": "uuidtext"},
        {"image": made.uuid(LIBRARY), "path": LIBRARY, "kept_in": "uuidtext"},
        {"image": made.uuid(BUSY), "path": BUSY, "process": "busyd", "kept_in": "uuidtext"},
    ]


@pytest.mark.parametrize("major", [1, 2])
def test_images_of_the_shared_cache(tmp_path: Path, major: int) -> None:
    made = phone()
    dsc = unified.dsc(made, [LIBRARY, "/usr/lib/libother.dylib"], major)
    place = "system_logs.logarchive/dsc/" + made.uuid("dsc").replace("-", "")
    assert rows("sysdiagnose.log_images", sysdiagnose(tmp_path, {place: dsc})) == [
        {"image": made.uuid(path), "path": path, "kept_in": "shared cache"}
        for path in (LIBRARY, "/usr/lib/libother.dylib")
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/usr/libexec/bh", "bh"),
        ("/System/Library/Frameworks/A.framework/Support/ad", "ad"),
        ("/System/Library/Frameworks/A.framework/A", None),
        ("/System/Library/Frameworks/A.framework/Versions/B/A", None),
        ("/System/Library/Accessibility/A.bundle/A", None),
        ("/System/Library/Extensions/A.kext/A", None),
        ("/private/var/containers/Bundle/Application/U/A.app/A", "A"),
        ("/private/var/containers/Bundle/Application/U/A.app/PlugIns/B.appex/B", "B"),
        ("/private/var/tmp/x.dylib", None),
        ("/private/var/tmp/", None),
    ],
)
def test_programs_are_told_from_libraries_by_their_path(path: str, name: str | None) -> None:
    assert program(path) == name


def test_starts_of_the_phone(tmp_path: Path) -> None:
    made = phone()
    made.add(model.Boot(when=BOOTED + timedelta(days=2)))
    assert rows("sysdiagnose.boots", sysdiagnose(tmp_path, files(made))) == [
        {
            "boot": str(unified.boot_uuid(made, model.Boot(when=start))).upper(),
            "started": micros(start),
            "last": micros(start + timedelta(minutes=30)),
            "comparisons": 2,
            "steps": 0,
            "zone_minutes": -120,
        }
        for start in (BOOTED, BOOTED + timedelta(days=2))
    ]
    found, _ = batches("sysdiagnose.boots", sysdiagnose(tmp_path, files(made)))
    assert {batch.layout for batch in found} == {"timesync"}
    declared = artefact("sysdiagnose.boots")
    assert (declared.acquisitions, declared.events, [seen.verified for seen in declared.seen]) == (
        ("sysdiagnose", "dump"),
        (
            Event(at="started", says="phone started"),
            Event(at="last", says="clock last compared before the next start"),
        ),
        [True],
    )


def test_a_file_that_is_cut_off_keeps_its_rows(tmp_path: Path) -> None:
    made = phone()
    content = files(made)
    (name,) = (name for name in content if name.endswith(".tracev3"))
    whole = content[name]
    assert isinstance(whole, bytes)
    found, errors = batches("sysdiagnose.log_processes", sysdiagnose(tmp_path, {name: whole + whole[:100]}))
    assert [batch.count for batch in found] == [2]
    assert [type(error) for error in errors] == [Malformed]


def test_a_real_log(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "phones/apple-unified-logging"
    if not source.is_dir():
        pytest.skip("shared data has no unified log")
    top = "system_logs.logarchive/"
    archive = sysdiagnose(
        tmp_path,
        {
            top + "Persist/0000000000000f85.tracev3": (source / "0000000000000f85.tracev3").read_bytes(),
            top + "timesync/2.timesync": (source / "timesync/0000000000000002.timesync").read_bytes(),
            top + "00/7EF56328D53A78B59CCCE3E3189F57": (
                source / "uuidtext/00/7EF56328D53A78B59CCCE3E3189F57"
            ).read_bytes(),
        },
    )
    processes = rows("sysdiagnose.log_processes", archive)
    assert len(processes) == 66
    assert processes[0] == {
        "pid": 49824,
        "uid": 501,
        "image": "D5A2BDF8-5C5E-34DC-A530-EF59A6121E41",
        "first": 1_649_855_182_168_673,
        "last": 1_649_855_696_805_960,
        "boot": "A6EBC8E3-0A1C-40E8-93B9-DA3A7F671D19",
        "libraries": 0,
        "build": "19D52",
        "zone": "America/Toronto",
    }
    assert [row["comparisons"] for row in rows("sysdiagnose.boots", archive)] == [1018, 456, 952, 1464, 199]
    (image,) = rows("sysdiagnose.log_images", archive)
    assert (image["image"], image["process"]) == (
        "007EF563-28D5-3A78-B59C-CCE3E3189F57",
        "com.apple.PhotoThemeService",
    )
