"""`sousveil check` over folders that MVT wrote: its rows matched as leads, its alerts as notes, the rest named in coverage."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from phonegen.android import Android, androidqf, containers
from phonegen.android.background import populate
from sousveil.acquisition.mvt_results import MODULES
from sousveil.artefacts import mvt
from tests.cli.cli_runner import Ran, Sousveil
from tests.differential import peer, phones

INDICATORS = """type,value
domain,lure.example
process,evild
app_id,com.evil.app
file_path,/private/var/tmp/evil
email,attacker@evil.example
sha256,{digest}
""".format(digest="ab" * 32)
INFO = {
    "target_path": "/x",
    "mvt_version": "2026.10.26",
    "date": "2026-03-01 10:00:00.5",
    "ioc_files": [],
    "hashes": [],
}
AT = "2025-02-19 21:20:00.250000"
ISO = "2025-02-19T21:20:00.250000Z"


def results(folder: Path, **files: Any) -> Path:
    """A folder as MVT writes it; `files` are values of JSON, or text."""
    folder.mkdir()
    for name, value in {"info": INFO, **files}.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=4)
        (folder / f"{name}.json").write_text(text, "utf-8")
    (folder / "command.log").write_text("INFO - evild lure.example\n")
    return folder


def check(sv: Sousveil, tmp_path: Path, path: Path) -> tuple[Ran, dict[str, Any]]:
    iocs = tmp_path / "own.csv"
    iocs.write_text(INDICATORS)
    ran = sv("check", path, "--no-bundled", "--indicators", iocs, "--no-files", "--json")
    return ran, json.loads(ran.out) if ran.out else {}


def findings(case: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    return {(one["artefact"], one["indicator"]["value"], one["strength"], one["at"]) for one in case["findings"]}


def line(case: dict[str, Any], artefact: str) -> tuple[str, int, str]:
    (found,) = [one for one in case["coverage"] if one["artefact"] == artefact]
    return found["outcome"], found["records"], found["detail"]


def test_the_modules_are_those_that_artefacts_read() -> None:
    assert set(mvt.KNOWN) == MODULES
    assert sum(map(len, mvt.MODULES.values())) == len(MODULES)


def test_rows_of_an_iphone_are_matched_as_leads_with_their_times(sv: Sousveil, tmp_path: Path) -> None:
    folder = results(
        tmp_path / "out",
        backup_info={
            "Product Version": "17.1",
            "Product Type": "iPhone12,1",
            "Last Backup Date": "2025-06-01 09:30:00",
        },
        sms=[{"text": "https://lure.example/a", "phone_number": "+1555", "direction": "received", "isodate": AT}],
        datausage=[{"proc_name": "evild", "wifi_in": 5.0, "live_isodate": AT}],
        manifest=[{"domain": "RootDomain", "relative_path": "x", "modified": AT}],
        filesystem=[{"path": "private/var/tmp/evil", "modified": AT}],
        applications=[{"softwareVersionBundleId": "com.evil.app", "isodate": AT}],
        id_status_cache=[{"user": "mailto:attacker@evil.example", "isodate": AT}],
    )
    ran, case = check(sv, tmp_path, folder)
    assert (ran.code, case["verdict"]) == (1, "suspicious")
    assert (case["device"]["platform"], case["device"]["product_version"]) == ("ios", "17.1")
    named = {one for one in findings(case) if one[0] != "scan"}
    assert {(artefact, value, at) for artefact, value, _, at in named} == {
        ("mvt.messages", "lure.example", ISO),
        ("mvt.processes", "evild", ISO),
        ("mvt.files", "/private/var/tmp/evil", ISO),
        ("mvt.apps", "com.evil.app", ISO),
        ("mvt.accounts", "attacker@evil.example", ISO),
    }
    assert {one["strength"] for one in case["findings"]} <= {"lead", "weak"}


@pytest.mark.parametrize(("module", "unverified"), [("datausage", False), ("netusage", True)])
def test_a_module_that_no_run_of_mvt_confirmed_is_unverified(
    sv: Sousveil, tmp_path: Path, module: str, unverified: bool
) -> None:
    folder = results(tmp_path / "out", **{module: [{"proc_name": "evild", "wifi_in": 5.0, "live_isodate": AT}]})
    _, case = check(sv, tmp_path, folder)
    (found,) = [one for one in case["coverage"] if one["artefact"] == "mvt.processes"]
    assert (found["records"], found["unverified"]) == (1, unverified)


def test_times_of_android_are_in_the_zone_of_the_phone(sv: Sousveil, tmp_path: Path) -> None:
    folder = results(
        tmp_path / "out",
        dumpsys_get_prop=[
            {"name": "persist.sys.timezone", "value": "Europe/Berlin"},
            {"name": "ro.build.version.release", "value": "13"},
        ],
        dumpsys_packages=[{"package_name": "com.evil.app", "last_update_time": "2024-05-14 12:00:00"}],
        aqf_packages=[{"name": "org.other", "files": [{"path": "/data/a.apk", "sha256": "ab" * 32}]}],
        processes=[{"command": "com.evil.app:remote", "pid": 5}],
    )
    _, case = check(sv, tmp_path, folder)
    assert (case["device"]["platform"], case["device"]["product_version"]) == ("android", "13")
    found = {(artefact, value): at for artefact, value, _, at in findings(case) if artefact != "scan"}
    assert found == {
        ("mvt.apps", "com.evil.app"): "2024-05-14T10:00:00.000000Z",
        ("mvt.apps", "ab" * 32): None,
        ("mvt.processes", "com.evil.app"): None,
    }


def test_what_mvt_flagged_is_a_note_and_never_a_finding(sv: Sousveil, tmp_path: Path) -> None:
    alert = {
        "level": "CRITICAL",
        "module": "sms",
        "message": "https://lure.example/",
        "event_time": AT,
        "event": {"text": "https://lure.example/"},
        "matched_indicator": {"value": "lure.example", "type": "domains", "name": "Some\u001b[31mthing"},
    }
    ran, case = check(sv, tmp_path, results(tmp_path / "out", sms=[], alerts=[alert] * 2, sms_detected=[alert] * 2))
    assert case["findings"] == []
    assert [note["says"] for note in case["context"] if note["kind"] == "other_tool"] == [
        (
            "MVT raised 2 alerts in its module sms (level: CRITICAL). These are MVT's results, not findings of Sousveil. "
            "MVT names this indicator: Some\\u001b[31mthing."
        )
    ]
    assert ran.code == 3


def test_coverage_names_files_that_nothing_reads_and_says_second_hand(sv: Sousveil, tmp_path: Path) -> None:
    folder = results(tmp_path / "out", sms=[], new_module=[{"a": 1}])
    (folder / "inner").mkdir()
    (folder / "inner" / "sms.json").write_text("[]")
    _, case = check(sv, tmp_path, folder)
    assert line(case, "results") == (
        "UNSUPPORTED",
        0,
        (
            "These rows come from another tool: MVT 2026.10.26. We did not see the phone's own data, so findings are leads at "
            "most. No part of this version reads these files of the results: inner/sms.json, new_module.json"
        ),
    )


@pytest.mark.parametrize(
    ("content", "outcome", "detail"),
    [
        ("[" * 100_000, "FAILED", "deep"),
        ('[{"text": "https://lure.example/a", "isodate": NaN}, 5, {"b": 1}]', "UNSUPPORTED", "2 rows of the results"),
        ('[{"text": "https://lure.example/a"}, {"text": ', "FAILED", "damaged"),
        ('{"text": "https://lure.example/a", "isodate": ["x"], "direction": {}}', "READ", ""),
        ('[{"text": "\\u0000\\ud800 https://lure.example/a", "phone_number": 1e999}]', "READ", ""),
    ],
)
def test_hostile_json_is_a_line_of_coverage(
    sv: Sousveil, tmp_path: Path, content: str, outcome: str, detail: str
) -> None:
    ran, case = check(sv, tmp_path, results(tmp_path / "out", sms=content))
    got = line(case, "mvt.messages")
    assert got[0] == outcome and detail in got[2]
    assert ("lure.example" in content) == any(one["artefact"] == "mvt.messages" for one in case["findings"])
    assert "Traceback" not in ran.err


def test_a_folder_without_the_version_of_mvt_is_refused(sv: Sousveil, tmp_path: Path) -> None:
    ran, _ = check(sv, tmp_path, results(tmp_path / "out", info={"a": 1}, sms=[]))
    assert ran.code == 2 and "not a known acquisition" in ran.err and "Traceback" not in ran.err


@pytest.mark.peer
def test_what_mvt_writes_for_a_backup_is_read_whole(sv: Sousveil, tmp_path: Path) -> None:
    phones.generated(17, tmp_path / "backup")
    written = peer.check(tmp_path / "backup", tmp_path / "out")
    _, case = check(sv, tmp_path, tmp_path / "out")
    assert set(written) - MODULES == {"backup_info"}
    assert {name for name, rows in written.items() if rows} - {"backup_info"} <= mvt.CONFIRMED
    lines = {one["artefact"]: one for one in case["coverage"] if one["artefact"].startswith("mvt.")}
    assert {one["outcome"] for one in lines.values()} == {"READ"}
    for artefact, modules in mvt.MODULES.items():
        assert lines[f"mvt.{artefact}"]["records"] >= sum(len(written.get(name, ())) for name in modules), artefact


@pytest.mark.peer
@pytest.mark.parametrize("form", ["check-androidqf", "check-bugreport"])
def test_what_mvt_writes_for_an_android_phone_is_read_whole(sv: Sousveil, tmp_path: Path, form: str) -> None:
    phone = populate(Android(13), apps=2, scale=0.1)
    if form == "check-androidqf":
        source = androidqf.write_folder(androidqf.Acquisition(phone=phone), tmp_path / "a")
    else:
        source = containers.write(phone, "zip", tmp_path / "a")
    folder = peer.environment()
    assert folder is not None
    subprocess.run(
        [folder / "bin/mvt-android", *peer.QUIET, form, "--output", tmp_path / "out", source],
        check=True,
        capture_output=True,
        env=peer.ORACLE.environ(MVT_NETWORK_ACCESS_ALLOWED="false", TZ="UTC"),
        timeout=300,
    )
    _, case = check(sv, tmp_path, tmp_path / "out")
    lines = {one["artefact"]: one for one in case["coverage"] if one["artefact"].startswith("mvt.")}
    assert {one["outcome"] for one in lines.values()} == {"READ", "ABSENT_EXPECTED"}
    rows = len(json.loads(next((tmp_path / "out").glob("*_packages.json")).read_text()))
    assert lines["mvt.apps"]["records"] >= rows > 5
    assert (case["device"]["platform"], case["device"]["product_version"]) == ("android", "13")
