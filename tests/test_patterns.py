"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import sousveil
from sousveil import patterns
from sousveil.patterns import lazy_pattern


def test_a_lazy_pattern_matches_like_a_compiled_one():
    lazy, compiled = lazy_pattern(r"(\w+)=(\d+)", re.ASCII), re.compile(r"(\w+)=(\d+)", re.ASCII)
    text = "a=1, b=22"
    assert [hit.groups() for hit in lazy.finditer(text)] == [("a", "1"), ("b", "22")]
    assert lazy.findall(text) == compiled.findall(text)
    assert lazy.sub(r"\2", text) == "1, 22"
    assert lazy.fullmatch("b=22", 0) is not None and lazy.match(" a=1") is None and lazy.search("é=1") is None
    assert (lazy.pattern, lazy.flags, lazy.groups) == (compiled.pattern, compiled.flags, 2)
    assert lazy_pattern(rb"\s").split(b"a b") == [b"a", b"b"]


def test_only_its_first_use_compiles_it():
    broken = lazy_pattern("(")
    with pytest.raises(re.error):
        broken.match("")


def test_every_pattern_of_the_program_compiles():
    names = [info.name for info in pkgutil.walk_packages(sousveil.__path__, "sousveil.")]
    packages = ("acquisition", "artefacts", "readers", "hosts", "findings", "cases", "indicators", "kinds", "texts")
    modules = [importlib.import_module(name) for name in names if name.split(".")[1] in packages]
    lazy = [value for module in modules for value in vars(module).values() if type(value) is patterns._Pattern]
    assert len(lazy) > 200
    assert all(one.groups >= 0 for one in lazy)
