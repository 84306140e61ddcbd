"""Whom a bidder's name may mean: the records that the register's screening scores as alike, and as somewhat alike.

"Bright Ltd trading as Glasmoth Systems" is screened as a whole and by each of its names. A natural person is in no record: neither as a
hit nor by name in a chain of ownership.
"""

from __future__ import annotations

import re

import msgspec

from sousveil.register.names import prepare
from sousveil.register.score import THRESHOLD, Query
from sousveil.register.screening import CUTOFF, Screener
from sousveil.register.screening_model import Hit, Step
from sousveil.register.views import words

A_PERSON = "a natural person"
SHORTEST_STEM = 4
"""Letters at least before a legal form that is written together with them."""
LONGEST_FORM = 20
"""Letters of such a legal form at most."""
_OTHER_NAME = re.compile(
    r"(?i)\b(?:trading as|t/a|d/?b/?a|formerly|previously|(?:also )?known as|a/?k/?a|alias)\b|[();]|\s/\s|(?<=\w{3})/(?=\w{3})"
)
"""What stands between two names of one bidder."""


class Meant(msgspec.Struct, frozen=True):
    """Whom a name may mean."""

    hits: tuple[Hit, ...]
    """Companies, offices and products, the most alike first."""
    left_out: int
    people: tuple[str, ...]
    """Natural persons of the asker's group whose names are alike. No record names them."""
    bare: bool
    """Whether it is written without a legal form."""


def somewhat(hit: Hit) -> bool:
    """Whether the names are only somewhat alike: the bidder could be this entity."""
    return hit.score < THRESHOLD


def _without_joined_form(name: str) -> str:
    """A name without the legal form that is written together with its last word (“VireoSystemsLtd”); where there is none, the name.

    A form of two letters counts in capitals after a small letter alone: “Visa” is a word.
    """
    last = name.split()[-1]
    for start in range(max(SHORTEST_STEM, len(last) - LONGEST_FORM), len(last) - 1):
        form = last[start:]
        if (len(form) > 2 or (form.isupper() and last[start - 1].islower())) and prepare("Name " + form).forms:
            return name.removesuffix(form)
    return name


class BidderNames:
    """Asks a screener about the names of bidders, each once."""

    def __init__(self, screener: Screener, group: frozenset[str]) -> None:
        """`group`: nobody of the asker's group is left out, however many have the same name."""
        self._screener, self._group = screener, group
        self._known: dict[tuple[str, str | None], Meant] = {}

    def meant(self, name: str, country: str | None) -> Meant:
        """Whom a name may mean. From name and country alone, as a check asks again: other columns of a list only sharpen a score."""
        known = self._known.get((name, country))
        if known is None:
            known = self._known[name, country] = self._meant(name, country)
        return known

    def _meant(self, name: str, country: str | None) -> Meant:
        parts = [part for part in _OTHER_NAME.split(name) if any(letter.isalnum() for letter in part)]
        hits: dict[str, Hit] = {}
        left_out = 0
        texts = (name, *(part.strip(" ,;-") for part in parts))
        with words.plain():  # a record made in one language is held against the register in another
            for text in dict.fromkeys([*texts, *map(_without_joined_form, texts)]):
                screened = self._screener.found(
                    Query(name=text, country=country), threshold=CUTOFF, keep=self._group, people=False
                )
                left_out = max(left_out, screened.left_out)  # the spellings of one bidder leave out the same records
                for hit in screened.hits:
                    if hit.entity not in hits or hits[hit.entity].score < hit.score:
                        hits[hit.entity] = hit
        people = {hit.entity for hit in hits.values() if self._screener.natural(hit.entity)}
        shown = sorted((hit for hit in hits.values() if hit.entity not in people), key=lambda hit: -hit.score)
        return Meant(
            hits=tuple(map(self._unnamed, shown)),
            left_out=left_out,
            people=tuple(sorted(id for id in people if not somewhat(hits[id]))),
            bare=not prepare(name).forms,
        )

    def _unnamed(self, hit: Hit) -> Hit:
        """A hit whose chains of ownership name no natural person."""
        if not any(self._screener.natural(step.entity) for chain in hit.path for step in chain):
            return hit
        return msgspec.structs.replace(hit, path=tuple(tuple(map(self._step, chain)) for chain in hit.path))

    def _step(self, step: Step) -> Step:
        return msgspec.structs.replace(step, name=A_PERSON) if self._screener.natural(step.entity) else step
