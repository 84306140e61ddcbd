"""What `make release` makes: a list of everything that people run, and the same bytes each time."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from scripts import release

ROOT = Path(__file__).resolve().parent.parent
MADE = datetime(2026, 12, 1, tzinfo=UTC)


def test_the_sbom_lists_each_package_of_the_runtime_lock_with_its_hashes() -> None:
    lock = release.LOCK.read_text("utf-8")
    text = release.sbom(lock, "0.1.0", MADE)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == release.sbom(lock, "0.1.0", MADE)
    found = msgspec.json.decode(text)
    assert (found["bomFormat"], found["metadata"]["component"]["name"]) == ("CycloneDX", "sousveil")
    assert found["metadata"]["timestamp"] == "2026-12-01T00:00:00+00:00"
    lines = [line.rstrip(" \\") for line in lock.splitlines()]
    pinned = [line.partition(" ; ")[0] for line in lines if line and line[0] not in " #"]
    assert sorted(one["bom-ref"] for one in found["components"]) == sorted(pinned)
    assert [one["purl"] for one in found["components"] if one["name"] == "django"] == [
        f"pkg:pypi/{next(pin for pin in pinned if pin.startswith('django==')).replace('==', '@')}"
    ]
    hashes = [each["content"] for one in found["components"] for each in one["hashes"]]
    assert sorted(hashes) == sorted(line.strip()[14:] for line in lines if "--hash=sha256:" in line)
    unknown = {one["name"] for one in found["components"] if not one.get("licenses")}
    assert unknown <= {"colorama", "pyrage", "tzdata"}, "look whether these name their licence"
    needs = {one["ref"]: one.get("dependsOn", []) for one in found["dependencies"]}
    assert {one.partition("==")[0] for one in needs["sousveil"]} >= {"django", "cryptography", "phonenumbers"}
    assert [needs[ref] for ref in needs if ref.startswith("jinja2==")] == [
        [pin for pin in pinned if pin.startswith("markupsafe==")]
    ]


def test_a_pin_is_read_with_its_marker_and_its_parents() -> None:
    lock = (
        "# comment\na-b==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:" + "0" * 64 + " \\\n    --hash=sha256:"
        "" + "1" * 64 + "\n    # via\n    #   -c requirements.lock\n    #   sousveil (pyproject.toml)\n    #   c\n"
        "c==2 \\\n    --hash=sha256:" + "2" * 64 + "\n    # via sousveil (pyproject.toml)\n"
    )
    assert release.pins(lock) == [
        release.Pin(
            name="a-b",
            version="1.0",
            marker="sys_platform == 'win32'",
            hashes=("0" * 64, "1" * 64),
            parents=("sousveil", "c"),
        ),
        release.Pin(name="c", version="2", marker="", hashes=("2" * 64,), parents=("sousveil",)),
    ]


@pytest.mark.full
def test_two_releases_of_a_commit_have_the_same_bytes(tmp_path: Path) -> None:
    tracked = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True).stdout
    for number, mode in enumerate((0o755, 0o700)):
        for name in filter(None, tracked.decode().split("\0")):
            if (ROOT / name).is_file():
                target = tmp_path / f"source{number}" / name
                target.parent.mkdir(mode=mode, parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, target)
                os.utime(target, (number, number))
        release.build(tmp_path / f"source{number}", tmp_path / f"dist{number}", 1_700_000_000)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / f"dist{number}").iterdir()} for number in (0, 1)
    )
    assert first == second
    version = importlib.metadata.version("sousveil")
    names = {
        f"sousveil-{version}-py3-none-any.whl",
        f"sousveil-{version}.tar.gz",
        f"sousveil-{version}.cdx.json",
        "requirements-runtime.lock",
    }
    assert first.keys() == names | {release.SUMS}
    lines = [line.split("  ") for line in first[release.SUMS].decode().splitlines()]
    assert {name: digest for digest, name in lines} == {name: hashlib.sha256(first[name]).hexdigest() for name in names}


def test_a_release_of_changed_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    assert release.main([str(tmp_path / "dist")]) == 2
    assert "Commit them first" in capsys.readouterr().err and not (tmp_path / "dist").exists()


def test_a_release_writes_over_no_folder_that_was_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letters").write_text("of somebody")
    assert release.main([str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err and (tmp_path / "letters").read_text() == "of somebody"
