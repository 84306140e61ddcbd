"""What a check does not import: each library that it can do without is time and memory of every run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import Environment

from sousveil.artefacts.model import artefacts_on, discover, known_artefact
from sousveil.cases.report.html import template


def test_a_check_needs_no_library_of_tables() -> None:
    code = (
        "import sys, sousveil.cases.examining, sousveil.cases.report.html, sousveil.cases.terminal;"
        "print([name for name in ('duckdb', 'fsspec', 'pyarrow', 'pandas', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted where Linux lists them")
@pytest.mark.parametrize("module", ["sousveil.records", "sousveil.columns", "sousveil.cases.worker", "sousveil.kinds"])
def test_numpy_starts_no_threads(module: str) -> None:
    """Each would take memory of a process that is allowed little."""
    code = f"import {module}, numpy, os; print(len(os.listdir('/proc/self/task')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_a_check_imports_only_artefacts_of_the_system_of_the_phone() -> None:
    code = (
        "import sys; from sousveil.acquisition.model import Device;"
        "from sousveil.artefacts.model import artefacts_elsewhere, artefacts_for, known_artefact as known;"
        "phone = Device(platform='android', acquisition='android-bugreport');"
        "artefacts_for(phone), artefacts_elsewhere(phone), known('android.packages'), known('android.none'), known('scan');"
        "packages = {name.split('.')[2] for name in sys.modules if name.startswith('sousveil.artefacts.')};"
        "print(sorted(packages & {'android', 'ios', 'mvt', 'sysdiagnose'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['android']\n"


def test_the_artefacts_of_each_system_and_of_another_tool_are_all() -> None:
    systems = [artefacts_on(platform) for platform in ("android", "ios")]
    of_systems = {name: artefact for some in systems for name, artefact in some.items()}
    others = {name: artefact for name, artefact in discover().items() if artefact.second_hand}
    assert of_systems | others == discover()
    assert len(of_systems) + len(others) == len(discover())
    assert all(known_artefact(name) is artefact for name, artefact in discover().items())
    assert [known_artefact(name) for name in ("scan", "ios.none", "ios._lids", "model.At", "a b.c")] == [None] * 5


def test_the_compiled_report_is_kept_among_the_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled: list[object] = []
    monkeypatch.setattr(
        "jinja2.Environment.compile", lambda *given, real=Environment.compile: compiled.append(1) or real(*given)
    )
    template.__wrapped__()
    count, kept = len(compiled), sorted((tmp_path / "sousveil").glob("report-*.bin"))
    assert count and len(kept) == count
    template.__wrapped__()
    assert len(compiled) == count
    kept[0].write_bytes(kept[0].read_bytes()[:-1])
    template.__wrapped__()
    assert len(compiled) == count + 1
