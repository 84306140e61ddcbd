"""The marks that stand where real data has personal details, and how invented files are written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CANARIES = {
    "passport": "XCANPASS7731906",
    "identity": "XCANIDNO4480215",
    "tax": "XCANTAX9912874",
    "birth_day": "17.4.1961",
    "birth_us": "17 Apr 1961",
    "birth_iso": "1961-04-17",
    "birthplace": "Xcanarytown",
    "home": "14 Xcanary Lane",
    "phone": "+995 555 019 7731",
    "mail": "xcanary.person@example.org",
    "person": "Xcanaria Testwoman",
    "father": "Xcanarius Elder",
    "profile": "https://www.linkedin.com/in/xcanary-person",
}
"""None of them may be found anywhere after a load."""


def table(path: Path, header: Sequence[str], *rows: Sequence[str], delimiter: str = ",") -> None:
    """Write a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    if header:
        writer.writerow(header)
    writer.writerows(rows)
    path.write_text(text.getvalue(), "utf-8")


def document(path: Path, value: Any) -> None:
    """Write a JSON file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")
