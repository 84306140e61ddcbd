#!/usr/bin/env python3
"""Change trusted modules one place at a time, and see whether their tests notice.

    python scripts/mutate.py [--all] [--seed 1] [MODULE ...]

scripts/mutants.toml lists the modules, their tests, and why a known survivor survives. Of each module a seeded sample of changes
is tried: 40 of a module on which an answer rests, and, with `--all`, the number of `sample` of every other one. Each change
runs in a process of its own, in a copied tree, with a timeout. What a run finds depends on the seed and the sources alone:
tests that need data beside the checkout do not run. Exit code 1: fewer than 85 % of the changes of a module were noticed, or a
survivor is not explained.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "scripts" / "mutants.toml"
COPIED = ("src", "tests", "phonegen", "examples", "scripts", "docs", "fuzz", "benchmarks")
COPIED_FILES = ("pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "LICENSE")
SHARE_PERCENT = 85
"""So many changes of each module have to be noticed."""
SAMPLE = 40
"""Changes of a module that names no number."""
QUICK_STRING = 12
"""Characters of a text that is changed at most: a longer one is a sentence for people."""

COMPARED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
COMPUTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "|"),
}
CALLED = {"all": "any", "any": "all", "min": "max", "max": "min", "startswith": "endswith", "endswith": "startswith"}


@dataclass(frozen=True)
class Mutant:
    """A change of one place of a source: bytes `start` to `end` become `new`."""

    start: int
    end: int
    old: str
    new: str
    line: int
    function: str
    turn: int = 1
    """Which of the like changes of its function it is."""

    @property
    def name(self) -> str:
        """How survivors are named: the function, not the line, so that a change elsewhere does not rename it."""
        turn = f" #{self.turn}" if self.turn > 1 else ""
        return f"{self.function}: {' '.join(self.old.split())} -> {' '.join(self.new.split())}{turn}"

    def applied(self, source: bytes) -> bytes:
        """Returns the changed source."""
        return source[: self.start] + self.new.encode() + source[self.end :]


class Finder:
    """Finds all changes of a source."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.found: list[Mutant] = []

    def mutants(self) -> list[Mutant]:
        """Returns them in the order of the source, each once, and only those that are still Python."""
        self._visit(ast.parse(self.source), "module")
        unique = {(one.start, one.end, one.new): one for one in self.found}
        turns: Counter[str] = Counter()
        kept = []
        for key in sorted(unique):
            if self._compiles(mutant := unique[key]):
                turns[mutant.name] += 1
                kept.append(replace(mutant, turn=turns[mutant.name]))
        return kept

    def _compiles(self, mutant: Mutant) -> bool:
        try:
            ast.parse(mutant.applied(self.source))
        except SyntaxError:
            return False
        return True

    def _at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _add(self, start: int, end: int, new: str, line: int, function: str) -> None:
        self.found.append(Mutant(start, end, self.source[start:end].decode(), new, line, function))

    def _between(self, left: ast.expr, right: ast.expr, old: str, new: str, function: str) -> None:
        """Replaces the operator that stands between two operands."""
        start, end = self._span(left)[1], self._span(right)[0]
        place = self.source.find(old.encode(), start, end)
        if place >= 0 and b"#" not in self.source[start:end]:
            self._add(place, place + len(old), new, left.lineno, function)

    def _visit(self, node: ast.AST, function: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            function = node.name if function == "module" else f"{function}.{node.name}"
        self._change(node, function)
        for child in self._children(node):
            self._visit(child, function)

    def _children(self, node: ast.AST) -> Iterator[ast.AST]:
        """Leaves out what says nothing while it runs: annotations, docstrings, decorators, options of classes, messages of errors."""
        if isinstance(node, ast.Raise) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            return
        if isinstance(node, ast.Assign) and (
            ast.unparse(node.targets[0]) == "__all__" or ast.unparse(node.value).startswith("TypeVar(")
        ):
            return
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params", "bases") or (
                name == "keywords" and isinstance(node, ast.ClassDef)
            ):
                continue
            for child in value if isinstance(value, list) else [value]:
                is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
                if isinstance(child, ast.AST) and not is_text and not isinstance(child, ast.JoinedStr):
                    yield child

    def _change(self, node: ast.AST, function: str) -> None:
        match node:
            case ast.Compare():
                operands = [node.left, *node.comparators]
                for number, operator in enumerate(node.ops):
                    old, new = COMPARED[type(operator)]
                    self._between(operands[number], operands[number + 1], old, new, function)
            case ast.BoolOp():
                old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
                for left, right in zip(node.values, node.values[1:], strict=False):
                    self._between(left, right, f" {old} ", f" {new} ", function)
            case ast.BinOp() if type(node.op) in COMPUTED:
                old, new = COMPUTED[type(node.op)]
                self._between(node.left, node.right, old, new, function)
            case ast.UnaryOp(op=ast.Not()):
                start, end = self._span(node)
                self._add(start, end, self.source[slice(*self._span(node.operand))].decode(), node.lineno, function)
            case ast.Constant():
                self._constant(node, function)
            case ast.Call(func=ast.Name(id=name)) if name in CALLED:
                start, end = self._span(node.func)
                self._add(start, end, CALLED[name], node.lineno, function)
            case ast.Call(func=ast.Attribute(attr=name)) if name in CALLED:
                end = self._span(node.func)[1]
                self._add(end - len(name), end, CALLED[name], node.lineno, function)
            case ast.If() | ast.While() | ast.IfExp():
                self._condition(node.test, function)
            case ast.comprehension():
                for test in node.ifs:
                    self._condition(test, function)
            case ast.Break() | ast.Continue():
                start, end = self._span(node)
                self._add(start, end, "continue" if isinstance(node, ast.Break) else "break", node.lineno, function)
            case ast.Raise() | ast.AugAssign() | ast.Expr(value=ast.Call()):
                start, end = self._span(node)
                self._add(start, end, "pass", node.lineno, function)
            case _:
                pass

    def _condition(self, test: ast.expr, function: str) -> None:
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            start, end = self._span(test)
            self._add(start, end, f"(not {self.source[start:end].decode()})", test.lineno, function)

    def _constant(self, node: ast.Constant, function: str) -> None:
        start, end = self._span(node)
        value = node.value
        if isinstance(value, bool):
            self._add(start, end, str(not value), node.lineno, function)
        elif isinstance(value, int):
            self._add(start, end, str(value + 1), node.lineno, function)
        elif isinstance(value, str | bytes) and len(value) <= QUICK_STRING and not _blank(value):
            self._add(start, end, repr(value[:-1] if len(value) > 1 else value * 2), node.lineno, function)


def _blank(value: str | bytes) -> bool:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return not text or " " in text


def sampled(path: str, count: int, seed: int) -> list[Mutant]:
    """Returns a sample of a module's changes.

    A change is drawn by its name: where a line is added elsewhere, the sample stays what it was.
    """

    def lot(mutant: Mutant) -> bytes:
        return hashlib.sha256(f"{seed} {path} {mutant.name}".encode()).digest()

    mutants = Finder((ROOT / path).read_bytes()).mutants()
    return sorted(sorted(mutants, key=lot)[:count], key=lambda one: (one.start, one.new))


# ---------------------------------------------------------------- in the process that tries the changes of one module


class TestOrder:
    """Runs those tests first that noticed earlier changes: a few tests notice most changes of a module."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        self._noticed: Counter[str] = Counter()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Sorts the tests by how many changes they noticed."""
        items.sort(key=lambda item: -self._noticed[item.nodeid])

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Tells the parent which test failed."""
        if report.failed:
            os.write(self._write, report.nodeid.encode() + b"\n")

    def count(self) -> None:
        """Counts what the last run noticed."""
        with contextlib.suppress(BlockingIOError):
            self._noticed.update(os.read(self._read, 1 << 16).decode().splitlines()[:1])


def work(module: dict[str, Any], tree: Path, seed: int) -> None:
    """Tries each change in a forked process, and prints one line of JSON for each."""
    import hypothesis  # noqa: F401  (third-party packages are imported once, before the forks; ours are not)
    import numpy  # noqa: F401
    import pytest

    os.chdir(tree)
    sys.path[:0] = [str(tree), str(tree / "src")]
    path = tree / module["path"]
    source = path.read_bytes()
    arguments = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider", *module["tests"]]
    if without := module.get("without"):
        arguments += ["-k", f"not {without}"]

    order = TestOrder()

    def run(seconds: float) -> str:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            os._exit(int(pytest.main(arguments, plugins=[order])))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                order.count()
                return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return "timeout"

    began = time.monotonic()
    if run(600) != "survived":
        print(json.dumps({"error": "the tests fail, or take ten minutes, before anything is changed"}), flush=True)
        return
    limit = 30 + 4 * (time.monotonic() - began)
    # A changed source may have the size and second of the one before it; what is compiled now is of the unchanged tree.
    for compiled in Path(os.environ["PYTHONPYCACHEPREFIX"]).rglob(f"{path.stem}.*.pyc"):
        compiled.unlink()
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    for mutant in sampled(module["path"], module.get("sample", SAMPLE), seed):
        if module.get("only") and mutant.name not in module["only"]:
            continue
        path.write_bytes(mutant.applied(source))
        result = run(limit)
        print(json.dumps({"name": mutant.name, "line": mutant.line, "result": result}), flush=True)
    path.write_bytes(source)
    if run(limit) != "survived":
        print(json.dumps({"error": "the tests fail in another order, although nothing is changed"}), flush=True)


# ---------------------------------------------------------------- in the process that was called


@dataclass(frozen=True)
class Result:
    """What became of a module's changes."""

    path: str
    killed: int
    survivors: list[tuple[str, int]]
    error: str = ""

    @property
    def tried(self) -> int:
        """How many changes were tried."""
        return self.killed + len(self.survivors)

    @property
    def percent(self) -> float:
        """The share of the changes that was noticed."""
        return 100 * self.killed / self.tried if self.tried else 100.0


def attempt(module: dict[str, Any], seed: int, tell: Callable[[str], None]) -> Result:
    """Tries a module's changes in a copy of this tree."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # `fsync` costs nothing there
    with tempfile.TemporaryDirectory(prefix="sousveil-mutants-", dir=memory) as folder:
        tree = Path(folder) / "tree"
        ignored = shutil.ignore_patterns("__pycache__")
        for name in COPIED:
            shutil.copytree(ROOT / name, tree / name, symlinks=True, ignore=ignored)
        for name in COPIED_FILES:
            shutil.copy(ROOT / name, tree / name)
        environ = os.environ | {
            "PYTHONPATH": f"{tree / 'src'}{os.pathsep}{tree}",
            "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONHASHSEED": "0",
            "SOUSVEIL_SHARED_DATA": str(Path(folder) / "none"),
            "SOUSVEIL_NO_PEER": "1",
            "TMPDIR": folder,
        }
        for name in ("SOUSVEIL_FULL", "SOUSVEIL_EXPLORE", "SOUSVEIL_REQUIRE_TOOLS"):
            environ.pop(name, None)
        line = [sys.executable, __file__, "--work", json.dumps(module), str(tree), str(seed)]
        lines = []
        with subprocess.Popen(line, env=environ, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            for printed in worker.stdout:
                lines.append(json.loads(printed))
                if lines[-1].get("result") == "survived":
                    tell(f"survived: {module['path']}:{lines[-1]['line']} {lines[-1]['name']}")
        error = next((one["error"] for one in lines if "error" in one), "" if worker.returncode == 0 else "it broke")
        killed = sum(one.get("result") in ("killed", "timeout") for one in lines)
        survivors = [(one["name"], one["line"]) for one in lines if one.get("result") == "survived"]
        result = Result(module["path"], killed, survivors, error)
        tell(f"{killed:3} of {result.tried:3} noticed  {module['path']} {error}")
        return result


def main(arguments: list[str]) -> int:
    """Returns 1 where too few changes were noticed or a survivor is not explained."""
    if arguments[:1] == ["--work"]:
        module, tree, seed = arguments[1:]
        work(json.loads(module), Path(tree), int(seed))
        return 0
    parser = argparse.ArgumentParser(description="Change trusted modules and see whether their tests notice.")
    parser.add_argument("--all", action="store_true", help="every module of the list")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--known", action="store_true", help="only those changes that the list says survive")
    parser.add_argument("module", nargs="*", help="a part of the path of the modules to try")
    options = parser.parse_args(arguments)
    listed = tomllib.loads(LIST.read_text("utf-8"))
    modules = [
        module
        for module in listed["module"]
        if any(part in module["path"] for part in options.module)
        or (not options.module and (options.all or "sample" not in module))
    ]
    if options.known:
        for one in modules:
            one["only"] = [known["change"] for known in listed["survivor"] if known["path"] == one["path"]] or ["none"]
    explained = {(one["path"], one["change"]) for one in listed.get("survivor", [])}
    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(
            pool.map(lambda module: attempt(module, options.seed, lambda text: print(text, flush=True)), modules)
        )
    unexplained = 0
    for result in results:
        for name, line in result.survivors:
            if (result.path, name) not in explained:
                unexplained += 1
                print(f"not explained: {result.path}:{line} {name}")
    minutes = (time.monotonic() - began) / 60
    processor = sum(os.times()[2:4]) / 60
    print(
        f"{sum(result.killed for result in results)} of {sum(result.tried for result in results)} changes were noticed, "
        f"{unexplained} survivors unexplained, {minutes:.1f} min ({processor:.1f} min of processor time)"
    )
    few = [result for result in results if not options.known and result.percent < SHARE_PERCENT]
    for result in few:
        print(f"too few were noticed: {result.path}, {result.percent:.0f} %")
    return int(bool(few) or unexplained > 0 or any(result.error for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
