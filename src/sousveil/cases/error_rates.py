"""How often the program is wrong, as measured on the committed test phones; printed in every report.

The numbers stand in `data/error_rates.toml`, which `tests/clean/rates.py` writes and a test holds to what it measures.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sousveil.kinds import number_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Traces put on test phones, and near misses beside them."""

    planted: int
    found: int
    found_at_least: float
    """Lower end of the 95 % interval (Wilson) of the share that is found, 0 to 1."""
    near: int
    false: int
    false_at_most: float
    """Upper end of the 95 % interval (Wilson) of the share of near misses that is taken for a trace, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """One group of phones on which nothing is wrong."""

    name: str
    title: str
    phones: int
    files: int
    rows: int
    strong: int
    lead: int
    weak: int
    above: int
    """Phones with a verdict above `no_known_traces`."""
    above_at_most: float
    """Upper end of the 95 % interval (Wilson) of the share of such phones, 0 to 1."""
    strong_at_most: float
    """The same for the share of rows and files that give a STRONG or LEAD finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """All of it."""

    planted: Planted
    clean: tuple[Clean, ...]


@cache
def error_rates() -> ErrorRates:
    """The rates as shipped."""
    raw: dict[str, Any] = tomllib.loads(files("sousveil.cases").joinpath("data/error_rates.toml").read_text("utf-8"))
    return ErrorRates(planted=Planted(**raw["planted"]), clean=tuple(Clean(**entry) for entry in raw["clean"]))


def percent(share: float) -> str:
    """A share from 0 to 1 in words that do not promise more than was measured."""
    text = f"{share * 100:.2f}".rstrip("0").rstrip(".")
    return f"{text} %"


def sentences() -> tuple[str, ...]:
    """What a report says about errors, in plain words."""
    rates = error_rates()
    return (_found(rates.planted), _near(rates.planted), *(_clean(group) for group in rates.clean), LIMITS)


LIMITS = (
    "These numbers hold for traces of the kinds that were planted and for phones like the test phones. They say "
    "nothing about spyware that nobody has published."
)


def _found(rates: Planted) -> str:
    return (
        f"Of {rates.planted:,} traces that were planted on test phones, {rates.found:,} were found; with 95 % "
        f"confidence at least {percent(rates.found_at_least)} of such traces are found."
    )


def _near(rates: Planted) -> str:
    return (
        f"Of {rates.near:,} values that only look like traces, {rates.false:,} were taken for one; with 95 % "
        f"confidence at most {percent(rates.false_at_most)} are."
    )


def _clean(group: Clean) -> str:
    held = f"{number_of(group.phones, 'phone')}, {number_of(group.rows, 'row')} and {number_of(group.files, 'file')}"
    return (
        f"On {group.title} ({held}) there were {number_of(group.strong, 'strong finding')}, "
        f"{number_of(group.lead, 'finding')} that needed confirmation and {number_of(group.weak, 'weak sign')}; "
        f"{number_of(group.above, 'wrong result')}. With 95 % confidence at most {percent(group.strong_at_most)} of "
        "the rows and files of such phones give a finding that is strong or needs confirmation."
    )


__all__ = ["Clean", "ErrorRates", "Planted", "error_rates", "percent", "sentences"]
