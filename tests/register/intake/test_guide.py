"""The guide to an intake is true: its file is found, reads, and refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sousveil.register.intake.source import Source
from sousveil.register.types import check, missing

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "add-an-intake.md"


def test_the_guide_to_an_intake_is_true(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    space: dict[str, Any] = {}
    exec(compile(code, "add-an-intake.md", "exec"), space)
    (tmp_path / "fairs.csv").write_text(
        "number,exhibitor,country,contact\n7,Vestigo Ltd,Georgia,Somebody\n8,Umbra,,\n", "utf-8"
    )
    intake = space["INTAKE"]
    source = Source(intake.dataset, tmp_path)
    rows = [check(one) for one in intake.read(source)]
    source.finish()
    assert [(one.type, one.property, one.value) for one in rows] == [
        ("Company", "name", "Vestigo Ltd"),
        ("Company", "country", "ge"),
        ("Company", "name", "Umbra"),
    ]
    assert missing(rows) == [] and source.warnings == []
    assert intake.dataset.dropped == {"fairs.csv": {"contact": "Names a natural person."}}
