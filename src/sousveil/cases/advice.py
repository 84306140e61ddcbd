"""What to do next: which fixed steps a result needs, and helplines, both kept as data.

Steps never depend on what a phone holds beyond its class. The first step is always to talk to somebody; changing
the phone comes after that, because traces are evidence, and because removal may alert the person who watches.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec

from sousveil.cases.model import Case
from sousveil.data_files import read_toml
from sousveil.findings.model import Strength
from sousveil.findings.verdict import Verdict
from sousveil.indicators.model import ThreatClass
from sousveil.texts import table


class AdviceClass(StrEnum):
    """The cases for which there are helplines."""

    NONE_FOUND = "none_found"
    SUSPICIOUS = "suspicious"
    MERCENARY = "mercenary"
    STALKERWARE = "stalkerware"
    WATCHWARE = "watchware"
    EXTRACTION_TOOL = "extraction_tool"
    THREAT_NOTICE = "threat_notice"


class Helpline(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to talk to. `address` and `page` are plain text ("" for none), to be shown, never linked."""

    name: str
    audience: str
    address: str
    page: str
    languages: tuple[str, ...]
    classes: frozenset[AdviceClass]
    checked: date
    """The day of the last comparison with what the organisation says."""
    basis: str
    """How it was compared."""


@cache
def all_helplines() -> tuple[Helpline, ...]:
    """Every helpline, in the order of the data file."""
    raw = read_toml("cases/data/helplines.toml")
    return tuple(
        Helpline(
            name=h["name"],
            audience=h["for"],
            address=h["address"],
            page=h["page"],
            languages=tuple(h["languages"]),
            classes=frozenset(AdviceClass(c) for c in h["classes"]),
            basis=h["basis"],
            checked=date.fromisoformat(h.get("checked", raw["checked"])),
        )
        for h in raw["helpline"]
    )


def classes_for(
    verdict: Verdict, threat_class: ThreatClass | None, *, threat_notice: bool = False
) -> tuple[AdviceClass, ...]:
    """The classes of helplines that a case needs, the most urgent first."""
    found = verdict in (Verdict.TRACES_FOUND, Verdict.SUSPICIOUS)
    if not found:
        main = AdviceClass.NONE_FOUND
    elif threat_class in (ThreatClass.STALKERWARE, ThreatClass.WATCHWARE):
        main = AdviceClass(threat_class.value)
    elif verdict is Verdict.SUSPICIOUS:
        main = AdviceClass.SUSPICIOUS
    else:
        main = AdviceClass(threat_class.value) if threat_class is not None else AdviceClass.MERCENARY
    if not threat_notice:
        return (main,)
    return (AdviceClass.THREAT_NOTICE, main) if not found else (main, AdviceClass.THREAT_NOTICE)


def advice_for(case: Case, words: str) -> tuple[str, ...]:
    """The names of the sets of advice that a case needs, the most urgent first. `words` is the id of the result's texts.

    Where a surveillance app by somebody near may be involved, its advice comes first: a wrong step endangers.
    """
    entry: dict[str, Any] = table("words")
    for part in words.split("."):
        entry = entry[part]
    advice: list[str] = [entry["advice"]]
    near = (ThreatClass.STALKERWARE, ThreatClass.WATCHWARE)
    if any(f.threat_class in near and f.strength is not Strength.WEAK for f in case.findings):
        advice.insert(0, "stalkerware")
    return tuple(dict.fromkeys(advice))


def helplines_for(classes: Iterable[AdviceClass]) -> tuple[Helpline, ...]:
    """The helplines that fit at least one of the classes."""
    wanted = frozenset(classes)
    return tuple(h for h in all_helplines() if h.classes & wanted)
