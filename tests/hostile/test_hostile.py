"""Hostile backups and acquisitions through the program itself, within limits of time and memory.

A sample runs always; the whole corpus with SOUSVEIL_FULL=1 (`make test-full`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile import acquisitions
from tests.hostile.corpus import CASES
from tests.hostile.dump_corpus import DUMPS
from tests.hostile.runner import Outcome, outcomes, run, summary
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
ARCHIVE_SAMPLE = (
    "bomb/shutdown log of zeros",
    "header/size: octal, all of it",
    "link/hard, out",
    "text/shutdown: spaces",
)
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


SAMPLE_OF_ACQUISITIONS = (
    "age/bomb inside",
    "folder/link to /dev/zero in place of a file",
    "mvt/rows cut in the middle",
    "qf/packages with lone surrogates",
    "text/cut in the middle",
    "zip/parent folders",
)


def test_every_acquisition_has_an_expected_outcome() -> None:
    assert list(outcomes()) == list(acquisitions.CASES) and len(acquisitions.CASES) >= 100
    assert {name.split("/")[0] for name in SAMPLE_OF_ACQUISITIONS} == {n.split("/")[0] for n in acquisitions.CASES}


def as_expected(outcome: Outcome) -> None:
    """What holds for every hostile acquisition."""
    assert (outcome.faults, outcome.expected) == ((), outcomes()[outcome.name])


@pytest.mark.parametrize("name", SAMPLE_OF_ACQUISITIONS)
def test_sample_of_acquisitions(name: str, tmp_path: Path) -> None:
    as_expected(run(name, tmp_path))


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in acquisitions.CASES if name not in SAMPLE_OF_ACQUISITIONS])
def test_every_acquisition(name: str, tmp_path: Path) -> None:
    as_expected(run(name, tmp_path))


@pytest.mark.parametrize("name", ARCHIVE_SAMPLE)
def test_sample_of_archives(name: str, tmp_path: Path) -> None:
    sound(run(name, tmp_path))


DUMP_SAMPLE = (
    "dump folder/circle of links",
    "dump list/mixed encodings",
    "dump tar/links and devices",
    "dump zip/overlap",
)


@pytest.mark.parametrize("name", DUMP_SAMPLE)
def test_sample_of_dumps(name: str, tmp_path: Path) -> None:
    sound(run(name, tmp_path))


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in DUMPS if name not in DUMP_SAMPLE])
def test_every_dump(name: str, tmp_path: Path) -> None:
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
