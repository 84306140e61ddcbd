"""Countries and territories: ISO 3166-1 alpha-2 codes in lower case, as FollowTheMoney writes them.

The table `countries.csv` is made of the public-domain list `datasets/country-codes` (PDDL); added are Kosovo (`xk`), the
European Union (`eu`) and five States that are no more. `name` is the common English name; `also` other names a source uses.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib.resources import files

import msgspec

PART_OF = {"ax": "fi", "gf": "fr", "gp": "fr", "mf": "fr", "mq": "fr", "re": "fr", "yt": "fr"}
"""Parts of a Member State of the Union that have a code of their own and in which its law and the Union's hold (Treaty on the Functioning
of the European Union, Art. 349 and 355(1) and (4)): the State that they are a part of."""
INVENTED = frozenset(
    {"aa", "zz", *(f"q{one}" for one in "mnopqrstuvwxyz"), *(f"x{one}" for one in "abcdefghijlmnopqrstuvwxyz")}
)
"""Codes that ISO 3166-1 leaves to its users, without Kosovo's `xk`: in an example register each may be an invented State."""
NO_MORE = frozenset({"cshh", "csxx", "dd", "suhh", "yucs"})
"""States that are no more."""


def whole(code: str) -> str:
    """The State of which this is a part, where it is one (`PART_OF`); else the code itself."""
    return PART_OF.get(code, code)


class Country(msgspec.Struct, frozen=True):
    """One country or territory."""

    code: str
    alpha3: str
    name: str
    also: tuple[str, ...]


@cache
def countries() -> dict[str, Country]:
    """All of them by code."""
    text = (files("sousveil.register.types") / "countries.csv").read_text("utf-8")
    return {
        row["code"]: Country(row["code"], row["alpha3"], row["name"], tuple(filter(None, row["also"].split("|"))))
        for row in csv.DictReader(io.StringIO(text))
    }


@cache
def _by_word() -> dict[str, str]:
    found: dict[str, str] = {}
    for country in countries().values():
        for word in (country.code, country.alpha3, country.name, *country.also):
            if word:
                found[word.casefold()] = country.code
    return found


def country_code(text: str) -> str | None:
    """The code for a code of two or three letters or an English name; None where it is not known.

    A subdivision (`US-CA`, ISO 3166-2) gives its country.
    """
    word = " ".join(text.split()).casefold()
    found = _by_word().get(word)
    if found is None and len(word) in (4, 5, 6) and word[2] == "-":
        found = _by_word().get(word[:2])
    return found


def invented_code(text: str) -> str | None:
    """The code of an invented State that is written as its two letters; None for anything else."""
    word = text.strip().lower()
    return word if word in INVENTED else None


def country_name(code: str) -> str:
    """The common English name; of an invented State without a name, and of what is not known, the code itself."""
    found = countries().get(code)
    if found is not None:
        return found.name
    return f"{code.upper()} (invented)" if code in INVENTED else code
