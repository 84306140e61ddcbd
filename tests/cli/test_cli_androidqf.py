"""`sousveil check` over acquisitions of AndroidQF: secrets from files, answers for wrong ones, changed files named."""

from __future__ import annotations

import json
from pathlib import Path

import pyrage
import pytest

from phonegen.android import Android, androidqf
from phonegen.android.background import populate
from tests.cli.cli_runner import Sousveil

IDENTITY = pyrage.x25519.Identity.generate()


@pytest.fixture
def acquisition() -> androidqf.Acquisition:
    return androidqf.Acquisition(phone=populate(Android(13), apps=2, scale=0.1))


def test_an_identity_opens_an_encrypted_acquisition(
    sv: Sousveil, acquisition: androidqf.Acquisition, tmp_path: Path
) -> None:
    sealed = androidqf.write_archive(acquisition, tmp_path / "a", recipients=[IDENTITY.to_public()])
    key = tmp_path / "key.txt"
    key.write_text(f"# created: 2026-01-01\n{IDENTITY}\n")
    ran = sv.check(sealed, options=["--json", "--no-files", "--no-scan", "--identity", key])
    found = json.loads(ran.out)
    assert found["device"]["product_version"] == "13"
    assert {line["outcome"] for line in found["coverage"] if line["artefact"] == "android.package_files"} == {"READ"}
    assert [note["says"] for note in found["context"] if note["kind"] == "integrity"] == [
        "Every file of the acquisition matches the hash that AndroidQF recorded."
    ]
    key.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    wrong = sv.check(sealed, options=["--no-files", "--no-scan", "--identity", key])
    assert wrong.code == 2 and "made for another one" in " ".join((wrong.text + wrong.err).split())


def test_a_changed_file_is_named(sv: Sousveil, acquisition: androidqf.Acquisition, tmp_path: Path) -> None:
    path = androidqf.write_archive(acquisition, tmp_path / "a", replaced={"getprop.txt": b"[a]: [b]\n"})
    ran = sv.check(path, options=["--json", "--no-files", "--no-scan"])
    notes = [note["says"] for note in json.loads(ran.out)["context"] if note["kind"] == "integrity"]
    assert notes == [
        (
            "A file of the acquisition does not match the hash that AndroidQF recorded: getprop.txt. Somebody changed it later, "
            "or it was damaged."
        )
    ]
