"""Which ids stand for one entity: a view of people's judgements, made anew from the records at any time.

A judgement says of two ids that they are the same, different, or that the judge is not sure. Nothing merges by score:
`identity_pairs` only proposes pairs to look at. The rules of the view:

- the latest judgement of one person on one pair is that person's judgement; `unsure` joins and stops nothing;
- a `different` by anybody, on any two ids that a join would bring into one cluster, stops that join;
- a join by which somebody gains a label (a listing, a block) that he did not have before needs two people, and so does one by which
  whoever has a key would speak for an id that is not the key's; two that have keys join when both say so;
- records of registries and official lists with one registration number, or with one official name with legal form in one country,
  join by rule (`identity_rules`), before people do; a rule is overruled like a person, and is no second person for one;
- the editors' judgements of the core data join on pages at once, labelled as proposed; in answers each needs a second person;
- taking back the judgement that joined, or judging the pair to be different, restores the ids to what they were.

Every id stays valid for ever: an id inside a cluster redirects to the cluster's canonical id.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from sousveil.register.model import Recorded, Stance

JUDGEMENT = "Judgement"
"""The record type of a judgement."""
LISTING = ("Claim", "Sanction")
"""Record types that lay a label on whom they name: “listed by … as”, “named in documents”, a government's list."""


RULE = "rule of the register"
"""Who joins, where a rule does."""
KEY = "key:"
"""With an id, the label of whoever has a key of its own: a join would let it speak for the others."""


class Verdict(enum.StrEnum):
    """What a person says about two ids."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One person's word on one pair."""

    id: str
    """Entity id of the judgement itself."""
    left: str
    right: str
    verdict: Verdict
    by: str
    """Who judged. Two judgements count as two people only where this differs."""
    recorded: int
    """Index of the log entry that carries it: later ones replace earlier ones of the same person on the same pair."""
    reason: str = ""
    evidence: tuple[str, ...] = ()
    """Addresses or statement ids."""
    alone: bool = False
    """Joins without a second person, also where somebody gains a listing: a join by rule, or on pages a proposal of the core data."""
    proposed: bool = False
    """Joins only with a second person, also where nobody gains a label: in answers, a proposal of the core data."""

    @property
    def pair(self) -> tuple[str, str]:
        """The two ids in one order."""
        return (self.left, self.right) if self.left <= self.right else (self.right, self.left)


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """A `same` that joins nothing yet, and why."""

    left: str
    right: str
    because: str
    """`different` or `second person`."""
    by: tuple[str, ...]
    """Who says `same`."""
    against: tuple[str, ...] = ()
    """Ids of the judgements `different` that stop it."""
    gains: tuple[str, ...] = ()
    """Labels that somebody would gain; "key:" and an id: who has that id's key would speak for the other."""


class Clusters(msgspec.Struct, frozen=True, kw_only=True):
    """The view. Ids that stand alone are not in it."""

    canonical: Mapping[str, str]
    """Id -> canonical id, for every id in a cluster of two or more."""
    members: Mapping[str, tuple[str, ...]]
    """Canonical id -> all ids of the cluster, sorted, the canonical one among them."""
    stopped: tuple[Stopped, ...]
    """For the review page."""
    contested: Mapping[str, tuple[str, ...]] = {}
    """Canonical id -> all who would be one, were it not for somebody who says “different”, or for a key; sorted, itself among them."""

    def canonical_of(self, id: str) -> str:
        """The id to show. An id that was never joined is its own."""
        return self.canonical.get(id, id)

    def members_of(self, id: str) -> tuple[str, ...]:
        """All ids of the cluster that this id is in."""
        return self.members.get(self.canonical_of(id), (id,))


def judgements_of(
    recorded: Iterable[Recorded], signer: Callable[[Recorded], str] | None = None
) -> tuple[Judgement, ...]:
    """The judgements in statements of type `Judgement`.

    A judgement counts from the asserted statements of one person that nobody took back, replaced or put in doubt; one without both ids
    and a known verdict of that person is left out. `signer` names the person behind a statement (the owner of the signing key); without
    it the statement's publisher does.
    """
    open_: dict[tuple[str, str], dict[str, list[str]]] = {}
    first: dict[tuple[str, str], Recorded] = {}
    for one in recorded:
        said = one.statement
        if said.type != JUDGEMENT or said.stance is not Stance.ASSERTS:
            continue
        if one.retracted is not None or one.doubtful or one.superseded_by is not None:
            continue
        # What somebody else adds under the same id is no part of it: nobody lends a pair to another's word.
        key = (said.subject, signer(one) if signer else said.publisher)
        open_.setdefault(key, {}).setdefault(said.property, []).append(said.value)
        if said.property == "verdict":
            first.setdefault(key, one)
    found = []
    for (subject, by), values in open_.items():
        left, right, verdict = (values.get(name, [""])[0] for name in ("left", "right", "verdict"))
        if not left or not right or left == right or verdict not in set(Verdict):
            continue
        found.append(
            Judgement(
                id=subject,
                left=left,
                right=right,
                verdict=Verdict(verdict),
                by=by,
                recorded=first[subject, by].recorded,
                reason=values.get("reason", [""])[0],
                evidence=tuple(values.get("evidence", ())),
            )
        )
    return tuple(found)


def clusters(
    judgements: Iterable[Judgement],
    labels: Callable[[str], frozenset[str]] | Mapping[str, frozenset[str]] | None = None,
    *,
    contested: bool = True,
) -> Clusters:
    """The clusters that these judgements make, whatever order they are handed over in.

    `labels` gives the listings and blocks that hang on an id (such as `{"listed"}` or `{"us-ofac-sdn"}`). Without it no
    join needs a second person: hand it over wherever a listing or a block follows the canonical id. `contested`: whether that is
    wanted too.
    """
    latest: dict[tuple[str, str, str], Judgement] = {}
    for one in sorted(judgements, key=lambda one: (one.recorded, one.id)):
        if one.left != one.right:
            latest[(*one.pair, one.by)] = one
    live = sorted(latest.values(), key=lambda one: (one.recorded, one.id))
    of = _lookup(labels)
    found = _view(live, of)
    if not contested or not any(
        one.against or any(gain.startswith(KEY) for gain in one.gains) for one in found.stopped
    ):
        return found
    free = _view(
        [one for one in live if one.verdict is not Verdict.DIFFERENT],
        lambda id: frozenset(label for label in of(id) if not label.startswith(KEY)),
    )
    return msgspec.structs.replace(found, contested=_contested(found, free))


def _view(live: Sequence[Judgement], labels: Callable[[str], frozenset[str]]) -> Clusters:
    view = _View(live, labels)
    view.join_all()
    return view.result()


def _contested(found: Clusters, free: Clusters) -> dict[str, tuple[str, ...]]:
    """Whom a “different” keeps apart, or a key that one would speak with. A “same” that would not join without these either (it lacks
    its second person) contests nobody: else who denies an accusation would be the one who makes it count."""
    contested: dict[str, tuple[str, ...]] = {}
    for members in free.members.values():
        apart = tuple(sorted({found.canonical_of(id) for id in members}))
        for one in apart if len(apart) > 1 else ():  # all share one tuple: a crowd of judgements stays small
            contested[one] = tuple(sorted({*contested[one], *apart})) if one in contested else apart
    return contested


def _lookup(
    labels: Callable[[str], frozenset[str]] | Mapping[str, frozenset[str]] | None,
) -> Callable[[str], frozenset[str]]:
    if labels is None:
        return lambda _: frozenset()
    if isinstance(labels, Mapping):
        given = labels
        return lambda id: given.get(id, frozenset())
    return labels


class _Cluster:
    """A cluster while the view is made."""

    __slots__ = ("enemies", "ids", "labels", "pairs", "rank")

    def __init__(self, id: str, labels: frozenset[str]) -> None:
        self.ids = {id}
        self.labels = labels
        self.enemies: dict[str, list[str]] = {}
        """Id that must never come in -> ids of the judgements that say so."""
        self.pairs: list[tuple[str, str]] = []
        """Pairs with one of its ids that somebody says are the same."""
        self.rank: tuple[int, str, str] | None = None
        """Record index, judgement id and left id of the first `same` that joined: its left id is the canonical one."""


class _View:
    """Joins clusters until no `same` can join any more."""

    def __init__(self, live: Sequence[Judgement], labels: Callable[[str], frozenset[str]]) -> None:
        self.of: dict[str, _Cluster] = {}
        self.same: dict[tuple[str, str], list[Judgement]] = {}
        for one in live:
            for id in one.pair:
                if id not in self.of:
                    self.of[id] = _Cluster(id, labels(id))
            if one.verdict is Verdict.SAME:
                if one.pair not in self.same:
                    for id in one.pair:
                        self.of[id].pairs.append(one.pair)
                self.same.setdefault(one.pair, []).append(one)
            elif one.verdict is Verdict.DIFFERENT:
                self.of[one.left].enemies.setdefault(one.right, []).append(one.id)
                self.of[one.right].enemies.setdefault(one.left, []).append(one.id)

    def join_all(self) -> None:
        """In the order of the log, again and again: a join may bring the second person for an earlier one.

        What joins alone comes first: its label then belongs to the pair before one person can join a third record with it.
        """
        pairs = sorted(self.same, key=lambda pair: not any(one.alone for one in self.same[pair]))
        going = True
        while going:
            going = False
            for pair in pairs:
                left, right = self.of[pair[0]], self.of[pair[1]]
                if left is not right and not self._against(left, right) and not self._lacking(left, right):
                    self._join(left, right, self.same[pair][0])
                    going = True

    @staticmethod
    def _against(left: _Cluster, right: _Cluster) -> tuple[str, ...]:
        small, large = (left, right) if len(left.enemies) <= len(right.enemies) else (right, left)
        return tuple(sorted({one for id, by in small.enemies.items() if id in large.ids for one in by}))

    def _joining(self, left: _Cluster, right: _Cluster) -> list[Judgement]:
        """The judgements that something in one is the same as something in the other."""
        few = left if len(left.pairs) <= len(right.pairs) else right
        return [one for pair in few.pairs if self._between(pair, left, right) for one in self.same[pair]]

    def _between(self, pair: tuple[str, str], one: _Cluster, other: _Cluster) -> bool:
        first, second = self.of[pair[0]], self.of[pair[1]]
        return (first is one and second is other) or (first is other and second is one)

    def _lacking(self, left: _Cluster, right: _Cluster) -> bool:
        """Whether a second person is missing; two that have keys join on the word of both, and no other."""
        joining = self._joining(left, right)
        gains = left.labels ^ right.labels
        if any(one.alone for one in joining):
            gains = frozenset(one for one in gains if one.startswith(KEY))
        if not gains and not all(one.proposed for one in joining):
            return False
        people = {one.by for one in joining} - {RULE}
        own = {f"{KEY}{by}" for by in people}
        keys = [{one for one in side.labels if one.startswith(KEY)} for side in (left, right)]
        return len(people) < 2 or bool(gains and all(keys) and not all(own & side for side in keys))

    def _join(self, left: _Cluster, right: _Cluster, by: Judgement) -> None:
        if len(left.ids) < len(right.ids):
            left, right = right, left
        ranks = [one for one in (left.rank, right.rank, (by.recorded, by.id, by.left)) if one is not None]
        left.rank = min(ranks)
        left.ids |= right.ids
        left.labels |= right.labels
        left.pairs += right.pairs
        for id, judgements in right.enemies.items():
            left.enemies.setdefault(id, []).extend(judgements)
        for id in right.ids:
            self.of[id] = left

    def result(self) -> Clusters:
        canonical: dict[str, str] = {}
        members: dict[str, tuple[str, ...]] = {}
        for cluster in {id(one): one for one in self.of.values()}.values():
            if cluster.rank is not None:
                shown = cluster.rank[2]
                members[shown] = tuple(sorted(cluster.ids))
                canonical |= dict.fromkeys(cluster.ids, shown)
        stopped = []
        for (a, b), every in self.same.items():
            left, right = self.of[a], self.of[b]
            if left is right:
                continue
            against = self._against(left, right)
            stopped.append(
                Stopped(
                    left=a,
                    right=b,
                    because="different" if against else "second person",
                    by=tuple(sorted({one.by for one in every})),
                    against=against,
                    gains=tuple(sorted(left.labels ^ right.labels)) if not against else (),
                )
            )
        return Clusters(canonical=canonical, members=members, stopped=tuple(stopped))
