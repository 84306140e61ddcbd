"""Files import each other in one direction: no circle anywhere in the sources.

Every import counts: at the top, within a function, and under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(graph("")) == []


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}, [{"a", "b", "c"}]),
        ({"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c", "a"}}, [{"a", "b"}, {"c", "d"}]),
    ],
)
def test_circles_of_a_graph(edges: dict[str, set[str]], expected: list[set[str]]) -> None:
    assert sorted(circles(edges), key=min) == expected


def test_an_import_under_type_checking_counts(tmp_path: Path) -> None:
    package = tmp_path / "sousveil" / "desk"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sousveil.desk.two\n"
    )
    (package / "two.py").write_text("def late():\n    from sousveil.desk import one\n    return one\n")
    assert circles(graph("desk", tmp_path)) == [{"sousveil.desk.one", "sousveil.desk.two"}]


def graph(package: str, source: Path = SOURCE) -> dict[str, set[str]]:
    """Module -> the modules of the same package that it imports anywhere."""
    files = {_module(file, source): file for file in (source / "sousveil" / package).rglob("*.py")}
    return {name: set(_imports(name, file, files)) - {name} for name, file in files.items()}


def _module(file: Path, source: Path) -> str:
    parts = file.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(name: str, file: Path, files: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            wanted = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            wanted = [f"{node.module}.{one.name}" for one in node.names]
        else:
            continue
        for one in wanted:
            if one in files:
                yield one
            elif (parent := one.rpartition(".")[0]) in files:
                yield parent


def circles(edges: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected parts of more than one module."""
    order: list[str] = []
    seen: set[str] = set()
    for start in edges:
        _visit(start, edges, seen, order)
    back: dict[str, set[str]] = {one: set() for one in edges}
    for one, many in edges.items():
        for other in many:
            back[other].add(one)
    found, seen = [], set()
    for start in reversed(order):
        part: list[str] = []
        _visit(start, back, seen, part)
        if len(part) > 1:
            found.append(set(part))
    return found


def _visit(start: str, edges: dict[str, set[str]], seen: set[str], order: list[str]) -> None:
    """Append every module reached from `start`, each after those that it leads to."""
    if start in seen:
        return
    seen.add(start)
    stack = [(start, iter(sorted(edges[start])))]
    while stack:
        one, rest = stack[-1]
        following = next((each for each in rest if each not in seen), None)
        if following is None:
            order.append(one)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(sorted(edges[following]))))
