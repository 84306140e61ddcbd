"""Hostile backups through the program itself, within limits of time and memory.

A sample runs always; the whole corpus with SOUSVEIL_FULL=1 (`make test-full`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.corpus import CASES
from tests.hostile.runner import Outcome, run, summary
from tests.hostile.sysdiagnose_corpus import ARCHIVES

SAMPLE = (
    "archive/look-alikes of zlib, few",
    "database/sms: tree of shared pages",
    "encrypted/outer rounds",
    "hits/plist magic",
    "manifest/computed name",
    "name/controls",
    "plist/addaily: shared",
    "stored/fifo",
    "sysdiagnose/log: processes without end",
    "typedstream/negative text",
)
ARCHIVE_SAMPLE = ("bomb/zeros", "header/size: octal, all of it", "link/hard, out", "text/shutdown: spaces")
NOTHING_READ = ("manifest/", "encrypted/", "plist/Info.plist", "plist/Manifest.plist")
"""Where the list of files or the key is hostile, the file beside may be out of reach."""


def sound(outcome: Outcome) -> None:
    """What holds for every hostile backup."""
    assert outcome.faults == ()
    assert outcome.lure or outcome.name.startswith(NOTHING_READ), "a hostile file hid the file beside it"


def test_the_sample_holds_each_family() -> None:
    assert [name.split("/")[0] for name in SAMPLE] == sorted({name.split("/")[0] for name in CASES})


@pytest.mark.parametrize("name", SAMPLE)
def test_sample(name: str, tmp_path: Path) -> None:
    sound(run(name, tmp_path))


@pytest.mark.parametrize("name", ARCHIVE_SAMPLE)
def test_sample_of_archives(name: str, tmp_path: Path) -> None:
    sound(run(name, tmp_path))


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in ARCHIVES if name not in ARCHIVE_SAMPLE])
def test_every_archive(name: str, tmp_path: Path) -> None:
    sound(run(name, tmp_path))


@pytest.mark.full
def test_all(tmp_path: Path) -> None:
    assert len(CASES) >= 250
    outcomes = []
    for number, name in enumerate(CASES):
        (tmp_path / str(number)).mkdir()
        outcomes.append(run(name, tmp_path / str(number)))
    print(summary(outcomes))
    wrong = {o.name: o.faults for o in outcomes if o.faults}
    hidden = [o.name for o in outcomes if not (o.lure or o.name.startswith(NOTHING_READ))]
    assert (wrong, hidden) == ({}, [])
    assert len({outcome.shape for outcome in outcomes}) >= 60
