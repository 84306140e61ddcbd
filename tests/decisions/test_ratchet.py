"""Decisions and desk neither grow nor gain importers while areas move to the evidence model. Lower a number when it falls."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sousveil"
LINES = {"decisions": 18_724, "desk": 1_798}
"""Lines of Python and YAML at the most."""
IMPORTED = 12
"""Modules of decisions, old and new, that code outside of decisions imports: one public surface is the aim."""


def test_decisions_and_desk_do_not_grow() -> None:
    for package, most in LINES.items():
        lines = sum(
            len(file.read_text("utf-8").splitlines())
            for file in (SOURCE / package).rglob("*.*")
            if file.suffix in (".py", ".yaml")
        )
        assert lines <= most, (package, lines)


def test_no_more_modules_of_decisions_are_imported_from_outside() -> None:
    found = imported()
    assert len(found) <= IMPORTED, sorted(found)


def imported() -> set[str]:
    """Modules of decisions that files outside of decisions import."""
    modules = {".".join(("sousveil", *file.relative_to(SOURCE).with_suffix("").parts)) for file in _files("decisions")}
    found: set[str] = set()
    for file in SOURCE.rglob("*.py"):
        if file.is_relative_to(SOURCE / "decisions"):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("sousveil.decisions"):
                names = {f"{node.module}.{one.name}" for one in node.names} & modules
                found |= names or {str(node.module)}
    return found


def _files(package: str) -> list[Path]:
    return sorted((SOURCE / package).rglob("*.py"))
