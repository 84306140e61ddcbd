"""Categories of files that a person does not consent to have looked at (`--skip`); `data/categories.toml` is the table."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Mapping
from functools import cache

import msgspec

from sousveil.data_files import read_toml
from sousveil.patterns import lazy_pattern


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What belongs to a category."""

    title: str
    files: tuple[str, ...]


@cache
def categories() -> Mapping[str, Category]:
    """The categories by name, in the order in which they claim a file."""
    return msgspec.convert(read_toml("cases/data/categories.toml"), dict[str, Category])


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (name, re.compile("|".join(map(fnmatch.translate, category.files)), re.IGNORECASE | re.DOTALL))
        for name, category in categories().items()
    )


def category_of(where: str) -> str | None:
    """The first category of a file, given as `domain/relative path`; None for files that are always read."""
    return next((name for name, pattern in _patterns() if pattern.match(where)), None)


_UNNAMED = lazy_pattern(r"AppDomain(?:Group|Plugin)?-/")
"""Folders of apps that nothing in a dump names."""


def left_out(where: str, skipped: Collection[str]) -> str | None:
    """The skipped category that a file belongs to. Categories may share a file; `other` has what no other category has. A file
    of an app that nothing names may belong to any category."""
    unnamed = bool(skipped) and _UNNAMED.match(where) is not None
    for name, pattern in _patterns() if skipped else ():
        if name in skipped and (unnamed or pattern.match(where)):
            return name if unnamed or name != "other" or category_of(where) == name else None
    return None
