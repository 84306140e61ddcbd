"""Decisions and desk neither grow nor gain importers while areas move to the evidence model. Lower a number when it falls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sousveil"
LINES = {"decisions": 14_924, "desk": 1_798}
"""Lines of Python and YAML at the most."""
BANNED = frozenset(
    "told tells telling said sayer sayers voice voices heard ghost ghosts deaf surely soften softens gain gains whose beside held founded "
    "founder crowd crowds".split()
)
"""Words of the old model that no identifier has; of the design's list without "hearing", the law's own term."""
HELD = "decisions/procedures/checks/records.py"
"""Counts held publications, which are called so."""
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


def test_no_identifier_has_a_word_of_the_old_model() -> None:
    found = {
        (name, str(file.relative_to(SOURCE)))
        for package in LINES
        for file in _files(package)
        for name in _identifiers(ast.parse(file.read_text("utf-8")))
        if BANNED & set(re.split("_+", name.lower()))
    }
    assert sorted(found) == [("held", HELD)]


def _identifiers(tree: ast.AST) -> Iterator[str]:
    """Names that code defines, reads or passes by."""
    for node in ast.walk(tree):
        for member in ("id", "attr", "name", "arg", "asname"):
            name = getattr(node, member, None)
            if isinstance(name, str):
                yield name.rpartition(".")[2]


def _files(package: str) -> list[Path]:
    return sorted((SOURCE / package).rglob("*.py"))
