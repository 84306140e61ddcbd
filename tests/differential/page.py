"""Makes docs/reference/differences.md out of differences.toml: `python -m tests.differential.page`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.differential.compare import RECORD, TABLE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "differences.md"
_HEAD = """# Differences from the reference tool

<!-- Made by `python -m tests.differential.page` out of tests/differential/differences.toml. -->

A test runs mvt 2026.10.26 and this program on the same backups: generated ones of every schema from iOS 12 to 26,
one of them encrypted, and one that holds published databases of real test phones and a computer. Every value in the
tool's JSON must be in our records; numbers, bytes and dates are compared in one form (dates to the microsecond).
Where its value does not stand there as it is, the reason is listed here, and the test checks for each such value
that it differs in just that way. What only our records hold is not compared.
"""


def page() -> str:
    """The page's text."""
    parts = [_HEAD]
    last = ""
    for one in tomllib.loads(TABLE.read_text("utf-8"))["difference"]:
        if one["module"] != last:
            last = one["module"]
            parts.append(f"\n## {last}\n\n| Value | How it differs | Why |\n|---|---|---|\n")
        name = "a whole record" if one["field"] == RECORD else f"`{one['field']}`"
        reason = one["reason"].replace("|", "\\|")
        parts.append(f"| {name} | {one['case']} | {reason} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
