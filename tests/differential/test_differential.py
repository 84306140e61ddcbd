"""Every value in the JSON of the reference tool is in our records, or its difference is listed with a reason."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.differential import ours, peer, phones
from tests.differential.compare import Report, compare, differences
from tests.differential.modules import MODULES
from tests.oracle import locked
from tests.profiles import sample

pytestmark = pytest.mark.peer

SLUGS = frozenset(module.peer for module in MODULES)
"""What it reads from backups: 28 kinds of records."""
GENERATED = tuple(str(major) for major in phones.VERSIONS)
BACKUPS = (*GENERATED, "encrypted", "odd", "real")


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "differential"


def _compared(name: str, folder: Path) -> Report:
    """Both tools on one backup."""
    backup, key = folder / "backup", None
    if name == "real":
        phones.real(SHARED, backup)
    elif name == "odd":
        phones.odd(backup)
    elif name == "encrypted":
        key = phones.generated(17, backup, encrypted=True)
    else:
        phones.generated(int(name), backup)
    plain = peer.decrypt(backup, folder / "decrypted", phones.PASSWORD) if key else backup
    return compare(peer.check(plain, folder / "peer"), ours.read(backup, key), MODULES)


def report(name: str, work: Path) -> Report:
    """The comparison of one backup, made once in a run whatever process asks first."""
    if name == "real" and not (SHARED / "phones").is_dir():
        pytest.skip("shared data not there")
    kept = work / f"{name}.json"
    with locked(work / f"{name}.lock"):
        if not kept.exists():
            made = _compared(name, work / name)
            kept.write_text(json.dumps(made.kept()), "utf-8")
        return Report.of(json.loads(kept.read_text("utf-8")))


@pytest.mark.parametrize("name", [*sample(GENERATED, 3), *BACKUPS[len(GENERATED) :]])
def test_every_value_is_in_our_records(name: str, work: Path) -> None:
    found = report(name, work)
    print("\n".join(found.lines()))
    assert found.differing == []


@pytest.mark.parametrize("name", sample(GENERATED, 3))
def test_every_kind_of_record_is_compared(name: str, work: Path) -> None:
    sites = "webkit_session_resource_log" if int(name) < 14 else "webkit_resource_load_statistics"
    others = SLUGS - {"webkit_session_resource_log", "webkit_resource_load_statistics"}
    assert set(report(name, work).values) == others | {sites}


def test_decryption_changes_no_value(work: Path) -> None:
    plain, encrypted = report("17", work), report("encrypted", work)
    assert (plain.values, plain.equal, plain.explained) == (encrypted.values, encrypted.equal, encrypted.explained)


@pytest.mark.full
def test_every_listed_difference_occurs(work: Path) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for name in BACKUPS:
        seen += report(name, work).explained
    assert set(differences()) == set(seen)
