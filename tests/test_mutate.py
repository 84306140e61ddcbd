"""What `make mutate` changes, and what it leaves alone."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent

SOURCE = b'''"""A sentence."""

from __future__ import annotations

__all__ = ["weigh"]
LIMIT: int = 10


def weigh(values: list[int], name: str = "x") -> bool:
    """Another sentence, 7."""
    if not values or len(values) > LIMIT:
        raise ValueError("too many: 3")
    for value in values:
        if value == 4:
            continue
        record(value)
    return all(value + 1 for value in values) and name.startswith("a/")
'''


@pytest.fixture(scope="module")
def mutate() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("mutate", ROOT / "scripts" / "mutate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutate"] = module
    spec.loader.exec_module(module)
    return module


def test_each_change_is_one_place_and_still_python(mutate: ModuleType) -> None:
    found = mutate.Finder(SOURCE).mutants()
    assert [one.name for one in found] == [
        "module: 10 -> 11",
        "weigh: \"x\" -> 'xx'",
        "weigh: not values -> values",
        "weigh: or -> and",
        "weigh: > -> >=",
        'weigh: raise ValueError("too many: 3") -> pass',
        "weigh: == -> !=",
        "weigh: 4 -> 5",
        "weigh: continue -> break",
        "weigh: record(value) -> pass",
        "weigh: all -> any",
        "weigh: + -> -",
        "weigh: 1 -> 2",
        "weigh: and -> or",
        "weigh: startswith -> endswith",
        "weigh: \"a/\" -> 'a'",
    ]
    assert len({one.applied(SOURCE) for one in found}) == len(found)
    for one in found:
        compile(one.applied(SOURCE), "changed", "exec")


def test_a_sample_is_the_same_each_time(mutate: ModuleType) -> None:
    path = "src/sousveil/ledger/merkle.py"
    first, again = mutate.sampled(path, 40, 1), mutate.sampled(path, 40, 1)
    assert first == again and len(set(first)) == 40
    assert mutate.sampled(path, 40, 2) != first


def test_like_changes_of_a_function_bear_a_number(mutate: ModuleType) -> None:
    source = b"def weigh(a, b):\n    return a + 1 + b + 1\n\n\ndef other(a):\n    return a + 1\n"
    assert [one.name for one in mutate.Finder(source).mutants()] == [
        "weigh: + -> -",
        "weigh: 1 -> 2",
        "weigh: + -> - #2",
        "weigh: + -> - #3",
        "weigh: 1 -> 2 #2",
        "other: + -> -",
        "other: 1 -> 2",
    ]


def test_a_sample_stays_where_another_function_changes(
    mutate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutate, "ROOT", tmp_path)
    (tmp_path / "module.py").write_bytes(SOURCE)
    first = [one.name for one in mutate.sampled("module.py", 6, 1)]
    (tmp_path / "module.py").write_bytes(SOURCE.replace(b"LIMIT: int = 10\n", b"LIMIT: int = 10\nFLAGS = a == b\n"))
    again = [one.name for one in mutate.sampled("module.py", 6, 1)]
    assert len(set(first) - set(again)) <= 1


def test_listed_modules_and_tests_are_there() -> None:
    listed = tomllib.loads((ROOT / "scripts" / "mutants.toml").read_text("utf-8"))
    for module in listed["module"]:
        assert all((ROOT / path.partition("::")[0]).exists() for path in (module["path"], *module["tests"])), module
    paths = {module["path"] for module in listed["module"]}
    assert all(one["path"] in paths and one["why"] and " -> " in one["change"] for one in listed["survivor"])
