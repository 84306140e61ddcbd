"""Joins by rule: records of registries and official lists that name one registration number, or one official name in one country.

A rule reads confirmed statements of those sources only. It says why two records are one, and `identity` lets any “different” undo it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Protocol

import msgspec

from sousveil.register.identity import RULE, Judgement, Verdict
from sousveil.register.model import Recorded, Stance, Standing, entity_id
from sousveil.register.names import prepare, static_weights
from sousveil.register.types import is_a
from sousveil.register.types.countries import country_name

CORE = "core"
"""The data set whose judgements are proposals."""
PAGE = 1_000
LAST = 1 << 62
"""In the place of a log index: what people joined keeps its canonical id."""
NUMBERS = ("registrationNumber", "leiCode")
"""Properties that tell namesakes apart."""
STRONG = 0.5
"""Weight from which a word of a name counts as shared, beside one number."""


@cache
def official() -> tuple[str, ...]:
    """The data sets that a rule reads: registries, official lists, and the core, of which only confirmed statements count."""
    from sousveil.register.intake import intakes

    return tuple(name for name, one in intakes().items() if one.dataset.official)


class Official(Protocol):
    """What the rules ask of a store."""

    def subjects(
        self, *, type: str | None = None, dataset: str | None = None, after: str = "", limit: int = 100
    ) -> list[str]: ...
    def statements_of(
        self, subjects: Sequence[str], *, as_of: str | None = None, known_at: int | None = None
    ) -> list[Recorded]: ...


def official_statements(store: Official, known_at: int | None = None) -> list[Recorded]:
    """What registries and official lists say of their records, as known at an entry; None: now."""
    return store.statements_of([id for name in official() for id in _every(store, name)], known_at=known_at)


def _every(store: Official, dataset: str) -> Iterator[str]:
    after = ""
    while page := store.subjects(dataset=dataset, after=after, limit=PAGE):
        yield from page
        after = page[-1]


def by_rule(recorded: Iterable[Recorded]) -> tuple[Judgement, ...]:
    """The joins that the rules make between records of these statements, in a fixed order."""
    facts: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in recorded:
        said = one.statement
        if said.standing is Standing.CONFIRMED and is_a(said.type, "LegalEntity") and _counts(one) and not said.person:
            facts[said.subject][said.property].add(said.value)
    same: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for subject, values in facts.items():
        for key in _keys(values):
            same[key].add(subject)
    found: dict[tuple[str, str], Judgement] = {}
    for key, subjects in sorted(same.items()):
        if key[0] == "name" and not _may_be_one([facts[id] for id in subjects]):
            continue
        first, *others = sorted(subjects)
        for other in others:
            found.setdefault((first, other), _judgement(first, other, key))
    return tuple(found.values())


def _counts(one: Recorded) -> bool:
    """Whether a statement is asserted and neither taken back, replaced nor in doubt."""
    return (
        one.statement.stance is Stance.ASSERTS
        and one.retracted is None
        and one.superseded_by is None
        and not one.doubtful
    )


def _may_be_one(namesakes: Sequence[dict[str, set[str]]]) -> bool:
    """Whether all namesakes that state a kind of number share one: else nobody knows whose name a record without a number bears."""
    stated = ([values[kind] for values in namesakes if values[kind]] for kind in NUMBERS)
    return all(not numbers or set.intersection(*numbers) for numbers in stated)


def _keys(values: dict[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """What joins a record with others, each with the one country that is stated: the name, or a number with a word of the name.

    Courts and States number their registers each from 1, and sources seldom state which register a number is of.
    """
    countries = values["jurisdiction"] or values["country"]
    if len(countries) != 1:
        return
    (country,) = countries
    for name in values["name"] | values["legalName"]:
        made = prepare(name)
        if made.forms:
            yield "name", country, " ".join(made.words), *sorted(made.forms)
        for word, weight in zip(made.words, static_weights(made.words), strict=True):
            if weight >= STRONG:
                yield from (("number", country, number, word) for number in values["registrationNumber"])


def _judgement(left: str, right: str, key: tuple[str, ...]) -> Judgement:
    kind, country, what, *_ = key
    where = country_name(country)
    reason = (
        f"Same registration number {what} in {where}"
        if kind == "number"
        else f"Same official name with legal form in {where}"
    )
    return Judgement(
        id=entity_id("rule", left, right),
        left=left,
        right=right,
        verdict=Verdict.SAME,
        by=RULE,
        recorded=LAST,
        reason=reason,
        alone=True,
    )


def proposing(
    judgements: Iterable[Judgement], proposals: Iterable[str], *, shown: bool = True
) -> tuple[Judgement, ...]:
    """The judgements, those with an id among `proposals` able to join alone (`shown`: on pages), or only with a second person."""
    ids = frozenset(proposals)
    return tuple(
        msgspec.structs.replace(one, alone=shown, proposed=not shown) if one.id in ids else one for one in judgements
    )


def proposals(recorded: Iterable[Recorded]) -> frozenset[str]:
    """Ids of the judgements of the core data."""
    return frozenset(one.statement.subject for one in recorded if one.statement.dataset == CORE)
