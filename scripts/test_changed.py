#!/usr/bin/env python3
"""Run the full tier of the tests whose sources or tests changed since a base commit.

    python scripts/test_changed.py [BASE]

BASE is SOUSVEIL_BASE, else where this branch left main, else the commit before. A folder that the time limit cuts short or
leaves out is named, and is no failure: `make test` has run its quick tier.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 20 * 60
"""For all folders together: with everything else `.ci/run` stays below an hour."""
NO_TESTS = 5
"""What pytest returns where it collected nothing."""


def git(*arguments: str) -> str | None:
    """Returns what git prints; None where it fails or there is no git."""
    with contextlib.suppress(OSError):
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


def base_commit() -> str | None:
    """Returns the commit to compare with."""
    head = git("rev-parse", "HEAD")
    for branch in ("origin/main", "main"):
        base = git("merge-base", "HEAD", branch)
        if base and base != head:
            return base
    return git("rev-parse", "HEAD~1")


def tests_of(path: str) -> str | None:
    """Returns the folder or file of tests that a changed file belongs to; None where it has none."""
    parts = Path(path).parts
    if parts[0] == "tests" and len(parts) > 1:
        test = "/".join(parts[:3] if parts[1] in ("decisions", "register") else parts[:2])
    elif parts[:2] == ("src", "sousveil") and len(parts) > 3:
        test = "/".join(("tests", *parts[2:4]))
        test = test if (ROOT / test).is_dir() else f"tests/{parts[2]}"
    elif parts[:2] == ("src", "sousveil"):
        test = f"tests/test_{Path(path).name}"
    else:
        return None
    is_test = (ROOT / test).is_dir() or (Path(test).name.startswith("test_") and (ROOT / test).is_file())
    return test if is_test else None


def run(target: str, seconds: float) -> int | None:
    """Runs the full tier of a folder or file; returns pytest's exit code, None where the time ran out."""
    command = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "worksteal", target]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"SOUSVEIL_FULL": "1"}, start_new_session=True)
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: fixtures end their servers
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


def main(arguments: list[str]) -> int:
    """Returns 1 where a test failed."""
    base = arguments[0] if arguments else os.environ.get("SOUSVEIL_BASE") or base_commit()
    changed = git("diff", "--name-only", base) if base else None
    if changed is None:
        print("full tier of what changed: git names no commit to compare with, so nothing was run")
        return 0
    targets = sorted({test for path in changed.splitlines() if (test := tests_of(path))})
    targets = [test for test in targets if not any(str(above) in targets for above in Path(test).parents)]
    print(f"full tier of what changed since {base}: {', '.join(targets) or 'nothing'}", flush=True)
    end, failed, left_out = time.monotonic() + LIMIT_SECONDS, False, []
    for target in targets:
        seconds = end - time.monotonic()
        code = run(target, seconds) if seconds > 10 else None
        failed = failed or code not in (0, NO_TESTS, None)
        if code is None:
            left_out.append(target)
    if left_out:
        print(f"full tier not run to the end within {LIMIT_SECONDS // 60} minutes: {', '.join(left_out)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
