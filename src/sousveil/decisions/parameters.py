"""Numbers and lists that a text sets: days, shares, States, codes. They stand in the packs (`parameters:`) and facts read them there.

Which there are is declared here, so that a misspelt one is refused and none is missing; what they are is data, and part of the
hash of the rules that an answer names.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sousveil.errors import Malformed

FOLDER = Path(__file__).parent / "packs"
DAYS_MAX = 3_660
CODES_MAX = 400


class Kind(enum.StrEnum):
    """What a parameter holds."""

    DAYS = "days"
    PERCENT = "per cent"
    COUNTRIES = "country codes"
    CODES = "codes"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number or list of a pack."""

    pack: str
    name: str
    kind: Kind
    what: str
    """What it is for, in words."""


PARAMETERS = (
    Parameter(
        "letter-2021", "notice_days", Kind.DAYS, "public notice of a proposal, where no law of its place sets days"
    ),
    Parameter("letter-2021", "confirmation_days", Kind.DAYS, "how long a confirmation counts that names no end"),
    Parameter("eu-2021-821", "member_states", Kind.COUNTRIES, "Member States of the Union"),
    Parameter("eu-2021-821", "listed_items", Kind.CODES, "entries of Annex I that are grouped as surveillance items"),
    Parameter("eu-2021-821", "report_days", Kind.DAYS, "the report on licences is a yearly one"),
    Parameter("pace-2023", "council_states", Kind.COUNTRIES, "member States of the Council of Europe"),
    Parameter("eu-2024-1083", "media", Kind.CODES, "groups of targets that work in the media or stand close to them"),
    Parameter(
        "ccops", "impact_report_days", Kind.DAYS, "how long a report on the impact is public before the council decides"
    ),
    Parameter("ccops", "use_report_days", Kind.DAYS, "the report on the use is a yearly one"),
    Parameter(
        "us-lists", "half_percent", Kind.PERCENT, "share of listed owners from which somebody is treated as listed"
    ),
    Parameter("us-lists", "copy_days", Kind.DAYS, "how long a copy of a list speaks for the list"),
    Parameter("us-lists", "authority_states", Kind.COUNTRIES, "whose authorities license"),
    Parameter("us-eo-14093", "agency_states", Kind.COUNTRIES, "whose agencies are bound"),
    Parameter("il-5766-2007", "seats", Kind.COUNTRIES, "where those have their seat who are bound"),
    Parameter("bg-2011", "seats", Kind.COUNTRIES, "where those have their seat who are bound"),
)


def of_pack(pack: str) -> Mapping[str, Parameter]:
    """The parameters of a pack by name."""
    return {one.name: one for one in PARAMETERS if one.pack == pack}


def problem(one: Parameter, value: Any) -> str:
    """What is wrong with a value, in words; empty where nothing is."""
    match one.kind:
        case Kind.DAYS:
            fits = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= DAYS_MAX
            return "" if fits else f"whole days from 1 to {DAYS_MAX} were expected"
        case Kind.PERCENT:
            fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 100
            return "" if fits else "a number above 0 and up to 100 was expected"
        case Kind.COUNTRIES | Kind.CODES:
            form = r"[a-z]{2}" if one.kind is Kind.COUNTRIES else r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}"
            if not isinstance(value, list) or not 1 <= len(value) <= CODES_MAX:
                return f"a list of {one.kind} was expected"
            wrong = next((each for each in value if not isinstance(each, str) or not re.fullmatch(form, each)), None)
            if wrong is not None:
                return f"{str(wrong)[:40]!r} cannot stand among {one.kind}; a word that means yes or no takes quotes"
            return "" if len(set(value)) == len(value) else "something stands in the list twice"
    raise AssertionError(one.kind)  # pragma: no cover - every kind is above


SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C where it is there: the packs are read at every start."""


@cache
def raw_packs() -> Mapping[str, Any]:
    """Every pack as it stands in its file, by the file's name; unchecked."""
    return {file.stem: yaml.load(file.read_text("utf-8"), Loader=SAFE) for file in sorted(FOLDER.glob("*.yaml"))}


@cache
def _value(pack: str, name: str) -> Any:
    declared = of_pack(pack)[name]
    raw = raw_packs().get(pack)
    value = (raw.get("parameters") or {}).get(name) if isinstance(raw, dict) else None
    wrong = problem(declared, value)
    if wrong:
        raise Malformed(f"{pack}.yaml, parameters.{name}: {wrong}.", hint=f"It says: {declared.what}.")
    return value


def days(pack: str, name: str) -> int:
    """A number of days. Raises Malformed for a pack that does not say it."""
    return int(_value(pack, name))


def percent(pack: str, name: str) -> float:
    """A share in per cent. Raises Malformed."""
    return float(_value(pack, name))


def codes(pack: str, name: str) -> tuple[str, ...]:
    """A list of codes, in its order. Raises Malformed."""
    return tuple(_value(pack, name))
