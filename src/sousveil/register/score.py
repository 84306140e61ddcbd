"""How likely two names mean one company, person or product: 0 to 1, with reasons a person can check.

Words are paired one to one, equal ones first, then spellings and slips; each weighs by how much it says (`names`). The
value is the harmonic mean of the shares that are covered on the two sides, less where both sides hold words that the
other lacks: "Alpha Trading" is not "Alpha Shipping". Country, years, identifiers and kind then move it.

How alike two words are says `spelling`. The limits below were set on names drawn with other seeds than the
benchmark's (`benchmarks/screening.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from sousveil.register.names import Name, Words, prepare
from sousveil.register.names_tables import form_kind
from sousveil.register.spelling import PLAIN, SPELT, SPOKEN, digits, distance, likeness

THRESHOLD = 0.7
"""From here a hit is shown; a person decides what it means."""
CONTRADICTION = 0.8
EXTRA_WORD = 0.88
"""A company's name with one more telling word; persons' lists leave given names out, companies' do not."""
FORM_DIFFERS = 0.97
FORM_MISSING = 0.99
COUNTRY_DIFFERS = 0.8
YEAR_DIFFERS = 0.75
IDENTIFIER_DIFFERS = 0.8
KIND_DIFFERS = 0.6


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One reason."""

    code: str
    says: str
    """For people."""
    factor: float
    """What the value was multiplied by; for `name` the likeness of the names; for `identifier_equal` what it was raised to."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one comparison."""

    value: float
    """0 to 1."""
    features: tuple[Feature, ...]

    @property
    def why(self) -> str:
        """The reasons in one line."""
        return "; ".join(one.says for one in self.features)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for."""

    name: str
    country: str | None = None
    """ISO 3166-1 alpha-2, lower case."""
    kind: str | None = None
    """`company`, `person`, `product`, `vessel` ... or a record type; None: any."""
    dates: tuple[str, ...] = ()
    """EDTF dates or years, of birth, founding or listing."""
    identifiers: Mapping[str, str] = {}
    """Number by scheme."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What it is compared with."""

    names: tuple[str, ...]
    countries: tuple[str, ...] = ()
    kind: str | None = None
    years: tuple[str, ...] = ()
    identifiers: Mapping[str, Sequence[str]] = {}
    person: bool = False
    more_countries: tuple[str, ...] = ()
    """By others than who told of it first: these make it equal and not different."""
    more_kinds: tuple[str, ...] = ()
    more_years: tuple[str, ...] = ()
    more_identifiers: Mapping[str, Sequence[str]] = {}

    @property
    def all_countries(self) -> tuple[str, ...]:
        """By whoever's word."""
        return tuple(dict.fromkeys((*self.countries, *self.more_countries)))


class Pairing(msgspec.Struct, frozen=True):
    """Which words stand for which."""

    pairs: tuple[tuple[str, str, float], ...]
    """Query word, candidate word, likeness; those that are not equal."""
    left: tuple[str, ...]
    """Query words that the candidate lacks."""
    right: tuple[str, ...]
    """Candidate words that the query lacks."""
    same_order: bool


def compare(query: Name, name: Name, words: Words | None = None) -> float:
    """How alike two names are, 0 to 1."""
    return _compare(query, name, words)[0]


def _compare(query: Name, name: Name, words: Words | None) -> tuple[float, Pairing]:
    mine, theirs = query.words, name.words
    if not mine or not theirs:
        return 0.0, Pairing((), mine, theirs, False)
    if mine == theirs:
        return _forms(query, name), Pairing((), (), (), True)
    mine_left = list(range(len(mine)))
    theirs_left = list(range(len(theirs)))
    covered_mine = covered_theirs = 0.0
    weights, other_weights = query.weights, name.weights
    for at in range(len(mine)):
        for to in theirs_left:
            if mine[at] == theirs[to]:
                covered_mine += weights[at]
                covered_theirs += other_weights[to]
                mine_left.remove(at)
                theirs_left.remove(to)
                break
    pairs: list[tuple[str, str, float]] = []
    if mine_left and theirs_left:
        foreign = SPELT if query.foreign or name.foreign else PLAIN
        alike = []
        for at in mine_left:
            for to in theirs_left:
                a, b = mine[at], theirs[to]
                spoken = foreign and (a in query.consonantal or b in name.consonantal)
                reading = SPOKEN if spoken else foreign
                value = likeness(a, b, reading, words, query.person)
                if not value and (a != query.spelt[at] or b != name.spelt[to]):
                    value = likeness(query.spelt[at], name.spelt[to], reading, words, query.person)
                if value:
                    alike.append((value, at, to))
        if len(alike) > 1:
            alike.sort(key=lambda one: (-one[0], one[1], one[2]))
        for value, at, to in alike:
            if at in mine_left and to in theirs_left:
                covered_mine += weights[at] * value
                covered_theirs += other_weights[to] * value
                pairs.append((mine[at], theirs[to], value))
                mine_left.remove(at)
                theirs_left.remove(to)
    total_mine, total_theirs = sum(weights), sum(other_weights)
    if mine_left and name.taken:
        for at in [at for at in mine_left if _torn(mine[at], name.taken)]:
            mine_left.remove(at)
            total_mine -= weights[at] * 0.9
            covered_mine += weights[at] * 0.1
    if theirs_left and query.taken:
        for to in [to for to in theirs_left if _torn(theirs[to], query.taken)]:
            theirs_left.remove(to)
            total_theirs -= other_weights[to] * 0.9
            covered_theirs += other_weights[to] * 0.1
    if len(mine) != len(theirs) or (mine_left and theirs_left):
        value = _joined(query, name, pairs)
        if value:
            return value * _forms(query, name), Pairing(((query.joined, name.joined, value),), (), (), True)
    precision, recall = covered_mine / total_mine, covered_theirs / total_theirs
    if not precision or not recall:
        return 0.0, Pairing((), mine, theirs, False)
    value = 2 * precision * recall / (precision + recall)
    lacking_mine = sum(weights[at] for at in mine_left) / total_mine
    lacking_theirs = sum(other_weights[to] for to in theirs_left) / total_theirs
    lacking = min(lacking_mine, lacking_theirs)
    if lacking > 0.02:
        value *= 1.0 - CONTRADICTION * lacking**0.5
    elif not query.person and max(lacking_mine * total_mine, lacking_theirs * total_theirs) > 0.45:
        value *= EXTRA_WORD
    same_order = False
    if not mine_left and not theirs_left and not pairs:
        value = 0.99
    pairing = Pairing(
        tuple(pairs), tuple(mine[at] for at in mine_left), tuple(theirs[to] for to in theirs_left), same_order
    )
    return value * _forms(query, name), pairing


def _torn(word: str, taken: Sequence[str]) -> bool:
    """Is it a word of the other's legal form, or one with a slip ("Ocrp" for "Corp")?"""
    return any(
        word == one or (len(word) > 1 and len(one) > 1 and distance(word, one, score_cutoff=1) <= 1) for one in taken
    )


def _joined(query: Name, name: Name, pairs: Sequence[tuple[str, str, float]]) -> float:
    """`Hacking Team`, `HackingTeam`, `Hackin gTeam`: the same letters with other spaces, one slip allowed."""
    a, b = query.joined, name.joined
    longest = max(len(a), len(b))
    if longest < 6 or abs(len(a) - len(b)) > 1 or query.consonantal or name.consonantal:
        return 0.0
    if a == b:
        return 0.97
    if a + "s" == b or b + "s" == a or digits(a) != digits(b):
        return 0.0
    return 0.95 * (1 - 1 / longest) if longest >= 8 and distance(a, b, score_cutoff=1) == 1 else 0.0


def _forms(query: Name, name: Name) -> float:
    """The legal forms: equal 1, one missing or of one kind a little less, unlike less."""
    if query.forms == name.forms:
        return 1.0
    if not query.forms or not name.forms:
        return FORM_MISSING
    if {form_kind(one) for one in query.forms} & ({form_kind(one) for one in name.forms} | {"any"}):
        return FORM_MISSING
    return FORM_DIFFERS


def adjust(value: float, query: Query, candidate: Candidate) -> float:
    """The likeness of names, moved by country, years, identifiers and kind."""
    least = 0.0
    for feature in _facts(query, candidate, explain=False):
        if feature.code == "identifier_equal":
            least = feature.factor
        else:
            value *= feature.factor
    return max(value, least)


def score(query: Query, candidate: Candidate, words: Words | None = None) -> Score:
    """Compares with the best of the candidate's names and explains."""
    person = candidate.person or query.kind == "person"
    asked = prepare(query.name, person)
    best: tuple[float, Pairing, Name] | None = None
    for text in candidate.names:
        name = prepare(text, person)
        value, pairing = _compare(asked, name, words)
        if best is None or value > best[0]:
            best = (value, pairing, name)
    if best is None:
        return Score(value=0.0, features=(Feature(code="name", says="there is no name to compare", factor=0.0),))
    return explain(query, candidate, asked, best[2], words)


def explain(query: Query, candidate: Candidate, asked: Name, name: Name, words: Words | None = None) -> Score:
    """The score against one prepared name, with its reasons."""
    value, pairing = _compare(asked, name, words)
    features = [Feature(code="name", says=_say_name(asked, name, value, pairing), factor=round(value, 4))]
    features += _facts(query, candidate, explain=True)
    return Score(value=round(adjust(value, query, candidate), 4), features=tuple(features))


def _facts(query: Query, candidate: Candidate, *, explain: bool) -> list[Feature]:
    found: list[Feature] = []
    for scheme, number in query.identifiers.items():
        own = candidate.identifiers.get(scheme, ())
        if _plain(number) in map(_plain, (*own, *candidate.more_identifiers.get(scheme, ()))):
            found.append(Feature(code="identifier_equal", says=f"the {scheme} is equal", factor=0.98))
        elif own:
            found.append(Feature(code="identifier_differs", says=f"the {scheme} differs", factor=IDENTIFIER_DIFFERS))
    if query.country:
        if query.country in candidate.countries or query.country in candidate.more_countries:
            if explain:
                found.append(Feature(code="country_equal", says="the country is the same", factor=1.0))
        elif candidate.countries:
            says = f"the country differs ({query.country}, {' '.join(candidate.countries)})"
            found.append(Feature(code="country_differs", says=says, factor=COUNTRY_DIFFERS))
    years = {date[:4] for date in query.dates if date[:4].isdigit()}
    if years:
        if _near(years, (*candidate.years, *candidate.more_years)):
            if explain:
                found.append(Feature(code="year_equal", says="the year is the same", factor=1.0))
        elif candidate.years:
            says = f"the year differs ({' '.join(sorted(years))}, {' '.join(candidate.years)})"
            found.append(Feature(code="year_differs", says=says, factor=YEAR_DIFFERS))
    kinds = (candidate.kind, *candidate.more_kinds)
    if query.kind and candidate.kind and not any(one and same_kind(query.kind, one) for one in kinds):
        says = f"the kind differs ({query.kind}, {candidate.kind})"
        found.append(Feature(code="kind_differs", says=says, factor=KIND_DIFFERS))
    return found


def _near(years: Collection[str], others: Sequence[str]) -> bool:
    """Equal, or one year apart: lists often give a year as "about"."""
    return any(abs(int(a) - int(b)) <= 1 for a in years for b in (one[:4] for one in others) if b.isdigit())


_KINDS = {
    "company": frozenset("company organization publicbody legalentity asset".split()),
    "organization": frozenset("company organization publicbody legalentity".split()),
    "legalentity": frozenset("company organization publicbody legalentity person".split()),
    "publicbody": frozenset("organization publicbody legalentity company".split()),
    "person": frozenset("person legalentity".split()),
    "product": frozenset("surveillanceproduct product".split()),
    "surveillanceproduct": frozenset("surveillanceproduct product".split()),
    "vessel": frozenset("vessel vehicle asset".split()),
}


def same_kind(asked: str, there: str) -> bool:
    """May a query for one kind mean an entity of the other?"""
    asked, there = asked.lower(), there.lower()
    return asked == there or there in _KINDS.get(asked, ())


def _plain(number: str) -> str:
    return "".join(one for one in number.casefold() if one.isalnum()).lstrip("0")


def _say_name(asked: Name, name: Name, value: float, pairing: Pairing) -> str:
    parts = []
    if asked.original == name.original:
        return "the same name"
    if not pairing.left and not pairing.right and not pairing.pairs:
        forms = asked.forms != name.forms
        order = asked.words != name.words
        parts.append("the same name" + (" but for the legal form" if forms else ""))
        if order:
            parts.append("its words in another order")
    else:
        parts.append("the names are alike" if value >= THRESHOLD else "the names differ")
        for a, b, alike in pairing.pairs:
            parts.append(f"“{a}” for “{b}” ({alike:.0%} alike)")
        if pairing.left:
            parts.append("only asked: " + ", ".join(pairing.left))
        if pairing.right:
            parts.append("only listed: " + ", ".join(pairing.right))
        if asked.forms != name.forms and asked.forms and name.forms:
            parts.append("the legal form differs")
    return ", ".join(parts)
