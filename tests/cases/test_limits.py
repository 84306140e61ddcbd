"""What is learned while a backup is opened belongs to the result: coverage, sentence, JSON, report, exit code."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from phonegen import Phone
from phonegen.ios import sms
from sousveil.acquisition.model import Device, Limit
from sousveil.cases.limits import coverage_of, sentence, system_limits
from sousveil.cases.model import Outcome
from sousveil.cases.outputs import findings_json
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examination, Examined, Options, open_path
from sousveil.findings.verdict import Verdict
from sousveil.indicators.index import Index
from sousveil.indicators.load import load_bytes
from sousveil.texts import messages, t

SETS = load_bytes(b"lure-for-tests.example\n", "mine.txt", "mine")


def write(folder: Path, ios: str = "16.5", text: str = "good night") -> Path:
    with Phone(iterations=(1000, 10), ios=ios) as phone:
        phone.database(sms, lambda db: sms.insert(db, phone.major, text=text, handle="+15550100", at=1_740_000_000))
        return phone.write(folder)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("limits") / "b")


def examine(backup: Path) -> Examined:
    with Pool(1) as pool:
        run = Examination(
            pool,
            backup,
            open_path(pool, backup),
            Index.build(SETS),
            SETS,
            Options(scan=False, today=date(2026, 1, 1)),
            lambda *_: None,
        )
        run.read(None)
        list(run.files())
        return run.result()


def test_a_sound_backup_has_no_limit(sound: Path) -> None:
    case = examine(sound).case
    assert case.limits == () and {"backup", "system"} & {line.artefact for line in case.coverage} == set()


def _state(backup: Path) -> None:
    (backup / "Status.plist").write_bytes(plistlib.dumps({"SnapshotState": "uploading"}))


def _cut(backup: Path) -> None:
    path = backup / "Manifest.db"
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


@pytest.mark.parametrize(
    ("change", "limit", "verdict"),
    [
        (_state, ("backup_unfinished", {"state": "uploading"}), Verdict.NO_KNOWN_TRACES),
        *(
            (
                lambda b, name=name: (b / name).unlink(),
                ("property_list_missing", {"file": name}),
                Verdict.NO_KNOWN_TRACES,
            )
            for name in ("Info.plist", "Manifest.plist", "Status.plist")
        ),
        (
            lambda b: (b / "Manifest.plist").write_bytes(b"bplist00"),
            ("property_list_damaged", {"file": "Manifest.plist"}),
            Verdict.NO_KNOWN_TRACES,
        ),
        (lambda b: (b / "Manifest.db").unlink(), ("manifest_missing", {}), Verdict.NOT_EXAMINABLE),
        (_cut, ("manifest_unreadable", None), None),
    ],
)
def test_what_is_not_whole_belongs_to_the_result(
    sound: Path,
    tmp_path: Path,
    change: Callable[[Path], Any],
    limit: tuple[str, dict[str, str] | None],
    verdict: Verdict | None,
) -> None:
    backup = tmp_path / "b"
    shutil.copytree(sound, backup)
    change(backup)
    examined = examine(backup)
    case = examined.case
    (found,) = case.limits
    assert found.id == limit[0] and limit[1] in (None, found.values)
    assert case.exit_code == 3 and verdict in (None, case.verdict)
    said = sentence(found)
    line = case.coverage[0]
    assert (line.artefact, line.outcome, line.detail) == ("backup", Outcome.FAILED, said)
    assert said in examined.judged.decision.sentence
    assert json.loads(findings_json(case))["limits"] == [{"id": found.id, "says": said, "values": found.values}]


@pytest.mark.parametrize(("ios", "name"), [("11.4", "system_older"), ("27.0", "system_newer")])
def test_a_system_that_is_not_known_is_a_limit(sound: Path, tmp_path: Path, ios: str, name: str) -> None:
    backup = tmp_path / "b"
    shutil.copytree(sound, backup)
    info = plistlib.loads((backup / "Info.plist").read_bytes())
    (backup / "Info.plist").write_bytes(plistlib.dumps(info | {"Product Version": ios}))
    examined = examine(backup)
    (limit,) = examined.case.limits
    assert limit == Limit(id=name, values={"version": ios, "oldest": "12", "newest": "26"})
    line = examined.case.coverage[0]
    assert (line.artefact, line.outcome) == ("system", Outcome.UNSUPPORTED) and f"iOS {ios}" in line.detail
    assert sentence(limit) in examined.judged.decision.sentence and examined.case.exit_code == 3


@pytest.mark.parametrize("version", ["12.0", "26.4", None, "", "x"])
def test_a_known_system_is_none(version: str | None) -> None:
    assert system_limits(Device(product_version=version)) == ()


def test_traces_stay_traces_in_an_unfinished_backup(tmp_path: Path) -> None:
    backup = write(tmp_path / "b", text="see https://lure-for-tests.example/")
    _state(backup)
    examined = examine(backup)
    assert examined.case.exit_code == 1
    assert sentence(examined.case.limits[0]) in examined.judged.decision.sentence


def test_no_text_of_a_worker_is_trusted() -> None:
    assert sentence(Limit(id="x\x1b[2J")) == t("limit.unknown")
    assert sentence(Limit(id="backup_unfinished", values={"other": "x"})) == t("limit.unknown")
    odd = Limit(id="backup_unfinished", values={"state": "{file}\x1b[2J"})
    assert "{file}" in sentence(odd) and "\x1b" not in sentence(odd)
    assert [line.artefact for line in coverage_of([odd, Limit(id="system_newer")])] == ["backup", "system"]
    for text in (str(one) for id, one in messages().items() if id.startswith("limit.")):
        assert all(len(one.split()) <= 21 for one in text.replace(": {reason}", "").split(". "))
