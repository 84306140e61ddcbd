"""Pairs of entities that may be one, for people to judge. Nothing here joins anything (`identity` does, on their word).

Two rows of two lists, or a vendor of the register and a row: each pair comes with its score, its reasons in words and
what is already judged. Pairs that a cluster joins, or that somebody judged different, do not come again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from sousveil.register.identity import Clusters, Judgement, Verdict, clusters
from sousveil.register.score import Candidate, Query, Score, compare, explain, same_kind
from sousveil.register.screening import Screener

PROPOSE = 0.8
"""Pairs below this are not proposed: a person's time is worth more than the last pair."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal."""

    left: str
    right: str
    names: tuple[str, str]
    """The two names that are most alike."""
    score: float
    why: tuple[str, ...]
    unsure: tuple[str, ...] = ()
    """Who looked already and was not sure."""


def identity_pairs(
    screener: Screener,
    judgements: Iterable[Judgement] = (),
    *,
    among: Iterable[str] | None = None,
    least: float = PROPOSE,
) -> Iterator[Pair]:
    """The pairs to judge, entity by entity in their order, each pair once.

    `among`: only pairs with one of these ids in it (for instance the entities of one list); None: all.
    """
    judged = tuple(judgements)
    view = clusters(judged)
    different = {one.pair for one in judged if one.verdict is Verdict.DIFFERENT}
    unsure: dict[tuple[str, str], set[str]] = {}
    for one in judged:
        if one.verdict is Verdict.UNSURE:
            unsure.setdefault(one.pair, set()).add(one.by)
    told: set[tuple[str, str]] = set()
    named = frozenset(screener.ids)
    for id in screener.ids if among is None else (one for one in among if one in named):
        for other, (names, scored) in sorted(
            _alike(screener, id, least).items(), key=lambda one: (-one[1][1].value, one[0])
        ):
            pair = (id, other) if id <= other else (other, id)
            if pair in told or _settled(view, pair, different):
                continue
            told.add(pair)
            names = names if pair[0] == id else (names[1], names[0])
            yield Pair(
                left=pair[0],
                right=pair[1],
                names=names,
                score=scored.value,
                why=tuple(feature.says for feature in scored.features),
                unsure=tuple(sorted(unsure.get(pair, ()))),
            )


def _settled(view: Clusters, pair: tuple[str, str], different: set[tuple[str, str]]) -> bool:
    """Joined, or somebody said of two members of their clusters that they differ."""
    left, right = view.members_of(pair[0]), view.members_of(pair[1])
    if view.canonical_of(pair[0]) == view.canonical_of(pair[1]):
        return True
    return any(((a, b) if a <= b else (b, a)) in different for a in left for b in right)


def _alike(screener: Screener, id: str, least: float) -> dict[str, tuple[tuple[str, str], Score]]:
    """Other entity -> the names that are most alike, and their score. Two known names are never a slip of each other."""
    found: dict[str, tuple[tuple[str, str], Score]] = {}
    mine = screener.candidate(id)
    for text, asked, index, number, name in screener.neighbours(id):
        other = screener.ids[number]
        theirs = screener.candidate(other)
        if not same_kind(mine.kind or "", theirs.kind or "") and not same_kind(theirs.kind or "", mine.kind or ""):
            continue
        alike = compare(asked, name, index.words)
        if alike < least and not mine.identifiers.keys() & theirs.identifiers.keys():
            continue
        numbers = {scheme: values[0] for scheme, values in mine.identifiers.items()}
        query = Query(name=text, country=_shared(mine, theirs), dates=mine.years, identifiers=numbers)
        scored = explain(query, theirs, asked, name, index.words)
        if scored.value >= least and (other not in found or scored.value > found[other][1].value):
            found[other] = ((text, name.original), scored)
    return found


def _shared(mine: Candidate, theirs: Candidate) -> str | None:
    """A country of both, else the first of mine: several countries are no difference where one is shared."""
    return next(
        (one for one in mine.countries if one in theirs.countries), mine.countries[0] if mine.countries else None
    )
