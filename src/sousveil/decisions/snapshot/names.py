"""The names of all records and list rows of one kind, and the records that bear a name exactly or one close to it.

A name is compared in its folded form (case, accents, scripts, abbreviations, legal forms). Folding costs more than comparing
letters, so a short list of texts with similar letters is made first, and only these are folded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator

from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extract
from rapidfuzz.utils import default_process

from sousveil.decisions.index import Base
from sousveil.decisions.model import Party, Question, kept
from sousveil.register.model import Recorded, Stance
from sousveil.register.names import Name, prepare, variants
from sousveil.register.publication import DIRECT
from sousveil.register.types import is_a
from sousveil.register.views.records import stands

PRODUCT = "SurveillanceProduct"
FIRM = ("name", "alias", "previousName")
"""Properties that name an entity for good."""
LOOSE = ("weakAlias", "abbreviation")
"""Names that many bear: they make candidates and identify nobody."""
SIMILAR = 60.0
"""Likeness of letters, of 100, from which on a text is folded and compared."""
CLOSE = 85.0
"""Likeness of folded names, of 100, from which on a record is a candidate."""
WEAK = 0.4
"""Weight of a word up to which it tells no two names apart."""


class RecordNames:
    """The names of one kind of entity: `LegalEntity` or `SurveillanceProduct`."""

    def __init__(self, base: Base, kind: str) -> None:
        self._base = base
        self._names = list(_names(base, kind))
        self._letters = [_letters(text) for _, text, _ in self._names]
        self._found: dict[str, tuple[list[str], list[str], list[str]]] = {}

    def same(self, text: str) -> tuple[list[str], list[str]]:
        """Records of exactly this name, and those whose name differs in nothing but the kind of legal form."""
        equal, other, _ = self._find(text)
        return equal, other

    def close(self, text: str) -> list[str]:
        """Records with a similar name or that bear this one loosely, most similar first, without those of `same`."""
        return self._find(text)[2]

    def listed(self, id: str, text: str) -> bool:
        """Whether a list or a data set gives an entity this name: a publication alone may be a record that somebody made to catch slips."""
        if id in self._base.rows:
            return True
        record, wanted = self._base.records.get(id), prepare(text).joined
        named = (one for name in FIRM for one in (record.by_property.get(name, ()) if record is not None else ()))
        loaded = (one.statement.value for one in named if one.statement.dataset != DIRECT and _counts(one))
        return any(prepare(form).joined == wanted for value in loaded for form in variants(value))

    def _find(self, text: str) -> tuple[list[str], list[str], list[str]]:
        if len(self._found) >= 1 << 12:
            self._found.clear()
        if text not in self._found:
            self._found[text] = self._compared(text)
        return self._found[text]

    def _compared(self, text: str) -> tuple[list[str], list[str], list[str]]:
        name = prepare(text)
        equal, other, close = dict[str, None](), dict[str, None](), dict[str, float]()
        for place in self._shortlist(text, " ".join(name.words)):
            owner, borne, firm = self._names[place]
            for form in map(prepare, variants(borne)):
                if form.joined == name.joined and firm:
                    fits = form.forms == name.forms or not form.forms or not name.forms
                    (equal if fits else other)[owner] = None
                elif (likeness := _likeness(form, name)) >= CLOSE:
                    close[owner] = max(likeness, close.get(owner, 0.0))
        near = close.keys() - equal.keys() - other.keys()
        return [*equal], [one for one in other if one not in equal], sorted(near, key=lambda one: (-close[one], one))

    def _shortlist(self, *texts: str) -> list[int]:
        """Places of names whose letters are similar, in other scripts, or with the same first word."""
        found = {place for place, text in enumerate(self._letters) if not text.isascii()}
        for letters in dict.fromkeys(map(_letters, texts)):
            first = letters.partition(" ")[0] + " "
            found.update(place for place, text in enumerate(self._letters) if (text + " ").startswith(first))
            similar = extract(letters, self._letters, scorer=ratio, score_cutoff=SIMILAR, limit=None)
            found.update(place for _, _, place in similar)
        return sorted(found)


def _names(base: Base, kind: str) -> Iterator[tuple[str, str, bool]]:
    """Entity, one of its names, and whether it names for good: records in the order of the log, then list rows."""
    ids = dict.fromkeys(id for type, many in base.by_type.items() if is_a(type, kind) for id in many)
    for id in ids:
        by_property = base.records[id].by_property
        for name in (*FIRM, *LOOSE):
            for one in filter(_counts, by_property.get(name, ())):
                yield id, one.statement.value, name in FIRM
                if one.statement.original and one.statement.original != one.statement.value:
                    yield id, one.statement.original, name in FIRM
    for row in base.rows.values():
        if is_a(row.type, kind) and row.type != "State":
            for text in dict.fromkeys((row.caption, *row.names)):
                yield base.canonical(row.id), text, True


def _counts(one: Recorded) -> bool:
    return one.statement.stance is not Stance.DENIES and stands(one)


def _likeness(one: Name, other: Name) -> float:
    """How similar two names are, of 100; names that differ in weak words alone (Group, International) are close."""
    core = _core(one)
    return max(
        CLOSE if core and core == _core(other) else 0.0,
        ratio(one.joined, other.joined, score_cutoff=CLOSE),
        ratio("".join(one.spelt), "".join(other.spelt), score_cutoff=CLOSE),
    )


def _core(name: Name) -> str:
    return "".join(word for word, weight in zip(name.words, name.weights, strict=True) if weight > WEAK)


def _letters(text: str) -> str:
    """Lower-case words without accents and punctuation."""
    if not text.isascii():
        text = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return default_process(text)


# Which record each name of a question means.


ROLE_KIND = {"product": PRODUCT, **dict.fromkeys(("supplier", "via", "end_user"), "LegalEntity")}


class Resolver:
    """Resolves names against one base; the names of a kind are read when the first is asked for."""

    def __init__(self, base: Base) -> None:
        self.base = base

    @kept
    def names(self, kind: str) -> RecordNames:
        """The names of a kind of entity."""
        return RecordNames(self.base, kind)

    def party(self, role: str, asked: str, sure: Collection[str] = ()) -> Party:
        """The record that a role of a question means, else its candidates. Those who are `sure` count as who they are called,
        whoever contests it."""
        contested = self.base.contested
        id, candidates = self._meant(ROLE_KIND[role], asked.strip())
        if id is not None and id not in sure and id in contested:
            candidates, id = (id,), None
        if id is None and any(one in contested for one in candidates):
            candidates = tuple(dict.fromkeys(each for one in candidates for each in (one, *contested.get(one, ()))))
        return Party(role=role, asked=asked, id=id, candidates=candidates)

    def parties(self, question: Question, sure: Collection[str] = ()) -> tuple[Party, ...]:
        """Product, supplier, intermediaries in their order, end user."""
        via = (("via", one) for one in question.via)
        asked = (("product", question.product), ("supplier", question.supplier), *via, ("end_user", question.end_user))
        return tuple(self.party(role, text, sure) for role, text in asked)

    def bearers(self, owner: str) -> frozenset[str]:
        """The entities that may own a key: the one of its id, or all that bear its name."""
        if owner.startswith("sv-"):
            return frozenset({self.base.canonical(owner)})
        equal, other = self.names("LegalEntity").same(owner)
        return frozenset((*equal, *other))

    def _meant(self, kind: str, text: str) -> tuple[str | None, tuple[str, ...]]:
        if text.startswith("sv-"):
            id = self.base.canonical(text)
            return id if self.base.of_kind(id, kind) else None, ()
        if not any(one.isalnum() for one in text):
            return None, ()
        names = self.names(kind)
        equal, other = names.same(text)
        close = names.close(text)
        if not equal:
            return None, (*other, *close)
        near = () if any(names.listed(one, text) for one in equal) else close
        candidates = (*equal, *other, *near)
        return (equal[0], ()) if len(candidates) == 1 else (None, candidates)
