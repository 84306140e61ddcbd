"""Dated events about spyware vendors, with the links that their authors give.

Made with the help of a machine and mostly unverified at their origin. The organisations are those of a reviewed list; every
other actor may be a natural person and is left out, and a title or link that names one is held for review.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

FILES = "[0-9]*.md"
LINK = "[0-9]*.md: sources"
_OWN = "The authors' own judgement."
DATASET = Dataset(
    name="spyware-events",
    title="Events about spyware vendors",
    publisher="Kleptocracy Timeline",
    source="https://github.com/markramm/KleptocracyTimeline/tree/e87433d9b24371fb8ca5ce571831d300c85c8b09/timeline/data/events",
    licence="CC BY-SA 4.0",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    attribution="Kleptocracy Timeline, CC BY-SA 4.0",
    share_alike=True,
    snapshot="2025-11-11",
    rows=7,
    class_="surveillance",
    coverage=(
        "Seven events from 2014 to 2024, made with the help of a machine and mostly unverified by their authors. Read the "
        "links. Natural persons are left out."
    ),
    not_used_for="Proof of an event: most were not verified by their authors. Read the links.",
    files=(
        File(
            name=FILES,
            read=("id", "date", "title", "tags", "actors", "sources"),
            optional=("tags",),
            dropped={"importance": _OWN, "status": _OWN, "capture_lanes": _OWN},
            least=5,
            most=200,
        ),
        File(
            name=LINK,
            read=("url",),
            dropped={
                "title": "May name natural persons; the link leads to it.",
                "outlet": "The link says it.",
                "publisher": "The link says it.",
                "date": "The link says it.",
                "type": _OWN,
                "tier": _OWN,
                "verified": _OWN,
                "key_facts_confirmed": _OWN,
            },
            part=True,
        ),
    ),
)
ACTORS = {
    "Bureau of Industry and Security": "PublicBody",
    "Candiru": "Company",
    "Cyshark": "Company",
    "Cytrox": "Company",
    "Cytrox AD": "Company",
    "Cytrox Holdings Crt": "Company",
    "DarkMatter": "Company",
    "Huawei": "Company",
    "Intellexa": "Organization",
    "Intellexa Consortium": "Organization",
    "Intellexa Limited": "Company",
    "Intellexa S.A.": "Company",
    "Israel Aerospace Industries": "Company",
    "NSO Group": "Company",
    "Nexa Technologies": "Company",
    "North Macedonia Ministry of Interior": "PublicBody",
    "Office of Foreign Assets Control": "PublicBody",
    "Passitora Ltd": "Company",
    "Pegasus": "Company",
    "Saito Tech Ltd": "Company",
    "Senpai Technologies": "Company",
    "Thalestris Limited": "Company",
    "US Commerce Department": "PublicBody",
    "US Treasury Department": "PublicBody",
    "United Arab Emirates": "State",
    "Verint": "Company",
    "WiSpear": "Company",
}
"""Actors that are organisations, as printed, with their record type. Reviewed by hand; any other is left out."""
_STATES = {"United Arab Emirates": "ae"}


def read(source: Source) -> Iterator[Statement]:
    """An event for each file, and the organisations in it."""
    said: set[str] = set()
    for file in source.names(FILES):
        row = source.front_matter(file)
        speaker = Speaker(DATASET, source.sha256(file), standing=Standing.REPORTED)
        yield from _event(source, speaker, file, row, said)


def _event(source: Source, speaker: Speaker, file: str, row: dict[str, Any], said: set[str]) -> Iterator[Statement]:
    event = entity_id(DATASET.name, source.one(FILES, row["id"]))
    actors = source.texts(FILES, row["actors"])
    others = [actor for actor in actors if actor not in ACTORS]
    if others:
        source.left_out["actor"] += len(others)
        source.warn(f"{DATASET.name}: actors that are not on the reviewed list of organisations were left out.")
    words = {word.casefold() for actor in others for word in re.findall(r"\w{3,}", actor)}
    links = _links(source, row["sources"], words)
    if not links:
        raise Malformed(f"{file}: no source.", hint="An event without a source is not taken; nothing was stored.")
    title = source.one(FILES, row["title"])
    yield speaker.say(event, "Event", "name", title, language="en", source=links[0], person=_names(title, words))
    day = row["date"] if isinstance(row["date"], str) else str(row["date"])
    yield speaker.say(event, "Event", "date", _as_exact(day), source=links[0], original=day)
    for address in links:
        yield speaker.say(event, "Event", "sourceUrl", address, source=address)
    for tag in dict.fromkeys(source.texts(FILES, row.get("tags", []))):
        if not _names(tag, words):
            yield speaker.say(event, "Event", "keyword", tag, source=links[0])
    for actor in dict.fromkeys(actors):
        if actor not in ACTORS:
            continue
        if actor in _STATES:
            subject, statements = speaker.state(_STATES[actor])
        else:
            subject = entity_id(DATASET.name, "actor", actor)
            statements = [speaker.say(subject, ACTORS[actor], "name", actor, source=links[0])]
        if actor not in said:
            said.add(actor)
            yield from statements
        yield speaker.say(event, "Event", "involved", subject, source=links[0])


def _links(source: Source, value: Any, words: set[str]) -> list[str]:
    if not isinstance(value, list):
        raise Malformed(f"{FILES}: sources is not a list.", hint="Nothing of it was stored.")
    found = [link(source.one(LINK, source.members(LINK, one)["url"])) for one in value]
    return list(dict.fromkeys(one for one in found if one and not _names(one, words)))


def _names(text: str, words: set[str]) -> bool:
    """Whether a text holds a word of an actor that may be a person."""
    return not words.isdisjoint(word.casefold() for word in re.findall(r"\w{3,}", text.replace("_", " ")))


INTAKE = Intake(DATASET, read)


def _as_exact(day: str) -> str:
    """The day, as far as it can be believed: the source fills in the first where it knows the month or the year only."""
    return day[:4] if day.endswith("-01-01") else day[:7] if day.endswith("-01") else day
