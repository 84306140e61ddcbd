"""Traces of somebody who had the phone in hand, through the pipeline of `sousveil check`: tools, computers, side-loaded apps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from phonegen import dump
from phonegen.android import Android, adb_backup, androidqf, containers
from phonegen.android import model as m
from phonegen.android.background import populate
from phonegen.dump import DumpedFile
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examined
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import Index
from tests.truth import android_table as table
from tests.truth.examine import examine
from tests.truth.model import _published

(CLIENT,) = _published("app:id", "Cellebrite")
EXAMINER, OTHER = m.AdbKey(owner="examiner@desk"), m.AdbKey(owner="officer@station", when=table.WHEN)
RULE = "android-trusted-computers"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(bundled_sets())


def phone(*entries: Any, version: int = 11) -> Android:
    """A phone with ordinary content and these entries."""
    made = populate(Android(version, date=table.DATE), apps=2, scale=0.1)
    made.add(*entries)
    return made


def written(form: str, name: str, folder: Path) -> Path:
    """An input of a phone that has this app."""
    app = m.App(name=name, when=table.WHEN, installer=None)
    if form == "bug report":
        return containers.write(phone(app), "zip", folder)
    if form == "acquisition":
        return androidqf.write_archive(androidqf.Acquisition(phone=phone(app)), folder)
    if form == "adb backup":
        path = folder / "backup.ab"
        path.write_bytes(adb_backup.backup(adb_backup.App(name=name, installer="")))
        return path
    files = [DumpedFile(f"data/data/{name}/files/x", b"x", 0), DumpedFile("data/system/packages.list", b"x", 0)]
    return dump.write(files, folder / "dump.zip", form="zip")


FORMS = {
    "bug report": "android.packages",
    "acquisition": "android.packages",
    "adb backup": "android.backup_apps",
    "dump": "android.dump_files",
}


@pytest.mark.parametrize("form", FORMS)
def test_the_client_of_an_extraction_tool_is_found(form: str, pool: Pool, index: Index, tmp_path: Path) -> None:
    case = examine(pool, written(form, CLIENT, tmp_path), index, bundled_sets()).case
    (found,) = [f for f in case.findings if f.artefact == FORMS[form] and f.indicator is not None]
    assert (found.indicator and found.indicator.value, found.family, found.strength.value) == (
        CLIENT,
        "Cellebrite",
        "strong",
    )
    assert {str(said.threat_class) for said in found.attributions} == {"extraction_tool"}
    (tmp_path / "near").mkdir()
    near = examine(pool, written(form, CLIENT + "B", tmp_path / "near"), index, bundled_sets()).case
    assert [f.artefact for f in near.findings if f.indicator is not None] == []


def said(examined: Examined) -> tuple[list[str], list[str]]:
    """(findings, notes) about computers that the phone trusts."""
    assert examined.case.verdict.value == "no_known_traces"
    findings = [f for f in examined.case.findings if f.rule == RULE]
    assert {f.strength.value for f in findings} <= {"weak"}
    notes = [note.says for note in examined.case.context if "trusted computer" in note.says]
    return [f.says for f in findings], notes


@pytest.mark.parametrize("version", [10, 11, 13])
def test_the_computer_of_an_acquisition_is_no_alarm(version: int, pool: Pool, index: Index, tmp_path: Path) -> None:
    def look(*keys: m.AdbKey, host: m.AdbKey | None) -> tuple[list[str], list[str]]:
        made = androidqf.Acquisition(phone=phone(*keys, version=version), host=host)
        folder = tmp_path / f"{len(keys)} {host}"
        return said(examine(pool, androidqf.write_archive(made, folder), index, bundled_sets()))

    assert look(EXAMINER, host=EXAMINER) == ([], [])
    others = "1 computer besides the one of this acquisition may control this phone through debugging (adb)."
    assert look(EXAMINER, OTHER, host=EXAMINER) == ([others], [])
    both = "2 computers may control this phone through debugging (adb)."
    assert look(EXAMINER, OTHER, host=None) == ([both], [])


@pytest.mark.parametrize("version", [10, 11])
@pytest.mark.parametrize("form", ["report", "acquisition"])
def test_a_connection_later_than_the_report_is_a_note_about_the_clock(
    form: str, version: int, pool: Pool, index: Index, tmp_path: Path
) -> None:
    def look(**later: int) -> list[str]:
        key = m.AdbKey(owner="officer@station", when=table.DATE + timedelta(**later))
        made = phone(key, version=version)
        folder = tmp_path / str(later)
        if form == "report":
            path = containers.write(made, "zip", folder)
        else:
            path = androidqf.write_archive(androidqf.Acquisition(phone=made), folder)
        findings, notes = said(examine(pool, path, index, bundled_sets()))
        assert findings == ["1 computer may control this phone through debugging (adb)."]
        return notes

    assert look(days=1, seconds=1) == [
        (
            "1 trusted computer connected later than this acquisition was made, by the phone's clock. Somebody changed the clock, or "
            "it was wrong."
        )
    ]
    assert (look(days=-1), look(seconds=1), look(minutes=59)) == ([], [], [])


def test_an_app_that_somebody_installed_by_hand_is_found(pool: Pool, index: Index, tmp_path: Path) -> None:
    """A side-loaded app with several rights is a lead, the same app from the store is none."""

    def look(folder: str, **app: Any) -> list[tuple[str, str]]:
        name = "example.helper"
        made = phone(
            m.App(name=name, when=table.WHEN, **app),
            m.Accessibility(component=f"{name}/.Service"),
            m.Listener(component=f"{name}/.Listener", changed=True),
        )
        findings = examine(pool, containers.write(made, "zip", tmp_path / folder), index, bundled_sets()).case.findings
        return [(f.strength.value, f.record["package"]) for f in findings if f.rule == "android-sideloaded-power"]

    assert look("side-loaded", installer=None) == [("lead", "example.helper")]
    assert look("adb", installer="com.google.android.packageinstaller") == [("lead", "example.helper")]
    assert look("store") == []
