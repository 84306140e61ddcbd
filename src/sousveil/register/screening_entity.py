"""What screening knows of one entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sousveil.register.model_reference import ReferenceRow
from sousveil.register.names import prepare
from sousveil.register.names_tokens import tokens
from sousveil.register.score import Candidate

LONGEST_FORM = 8
"""Words of a legal form."""

_COUNTRY = frozenset(("country", "jurisdiction", "nationality", "mainCountry"))
_YEAR = frozenset(("incorporationDate", "birthDate", "foundingDate", "startDate"))
_NUMBER = frozenset(
    "registrationNumber leiCode cik taxNumber vatCode innCode ogrnCode isin ticker imoNumber dunsCode uniqueEntityId"
    " opencorporatesUrl wikidataId sourceId".split()
)


def folded(text: str) -> tuple[str, ...]:
    """The words of a text as names are compared."""
    return tuple(word for word, _ in tokens(text))


class Facts:
    """Seats, years and numbers by one side's word."""

    __slots__ = ("countries", "identifiers", "years")

    def __init__(self) -> None:
        self.countries: list[str] = []
        self.years: list[str] = []
        self.identifiers: dict[str, list[str]] = {}

    def take(self, property: str, value: str) -> None:
        """Note a country, a year, a number; nothing else."""
        if property in _COUNTRY:
            self.countries.append(value.lower())
        elif property in _YEAR:
            self.years.append(value[:4])
        elif property in _NUMBER:
            self.identifiers.setdefault(property, []).append(value)

    def add(self, other: Facts) -> None:
        """All of another side's."""
        self.countries += other.countries
        self.years += other.years
        for scheme, values in other.identifiers.items():
            self.identifiers.setdefault(scheme, []).extend(values)


class Entity:
    """Names, seats, numbers and replies of an entity, while names are compared.

    What it is, and what of it differs from a question, is told by the list on which it stands, else by whoever told of it first. What
    others add makes it fit more questions and none less: a stranger's word hides nobody.
    """

    __slots__ = (
        "also", "dataset", "facts", "kinds", "named", "names", "notes", "person", "publisher", "reference", "replies", "type",
    )  # fmt: skip

    def __init__(self, type: str, dataset: str, publisher: str = "") -> None:
        self.type, self.dataset, self.publisher = type, dataset, publisher
        self.reference = False
        self.person = type == "Person"
        self.kinds = [type]
        """What it is by anybody's word: it is looked for as each of these."""
        self.names: list[str] = []
        self.named = False
        self.facts, self.also = Facts(), Facts()
        self.notes: dict[tuple[str, str], None] = {}
        """Each note with who states it, in the order of the log."""
        self.replies: list[str] = []

    def name(self, property: str, names: list[str]) -> None:
        """Take a name: the first that is a `name` is shown, also where an alias was published before it."""
        if property == "name" and self.names and not self.named:
            self.names[:0] = names
        else:
            self.names += names
        self.named = self.named or property == "name"

    def fact(self, property: str, value: str, publisher: str) -> None:
        """Note what is no name, by whoever's word."""
        (self.facts if publisher == self.publisher else self.also).take(property, value)

    def listed(self, row: ReferenceRow) -> None:
        """What a list says of it goes before what anybody says."""
        if not self.reference:
            self.reference = True
            self.type, self.dataset, self.person = row.type, row.dataset, row.person or row.type == "Person"
            self.names[:0] = [row.caption, *row.names]
            self.kinds.append(row.type)
            self.also.add(self.facts)
            self.facts = Facts()
        else:
            self.person = self.person or row.person
            self.names += [row.caption, *row.names]
        self.facts.countries += [one.lower() for one in row.countries]
        self.facts.years += row.years
        for scheme, value in row.identifiers.items():
            self.facts.identifiers.setdefault(scheme, []).append(value)

    def as_person(self) -> Iterator[bool]:
        """Whether it is looked for as a person, and whether as anything else: as its list calls it, else as anybody does."""
        if self.reference:
            yield self.person
        else:
            yield from dict.fromkeys(one == "Person" for one in self.kinds)

    def numbers(self) -> Iterator[tuple[str, str]]:
        """Scheme and number, by anybody's word."""
        for side in (self.facts, self.also):
            for scheme, values in side.identifiers.items():
                yield from ((scheme, value) for value in values)

    def without_form(self, forms: Mapping[str, frozenset[tuple[str, ...]]]) -> Iterator[str]:
        """Its names without a legal form of its country that our own table does not have. `forms`: by country, in folded words."""
        for code in dict.fromkeys((*self.facts.countries, *self.also.countries)):
            for printed in self.names if code in forms else ():
                words = printed.split()
                sizes = range(min(LONGEST_FORM, len(words) - 1), 0, -1)
                size = next((n for n in sizes if folded(" ".join(words[-n:])) in forms[code]), 0)
                if size and not prepare(printed).forms:
                    yield " ".join(words[:-size]).rstrip(",")

    def candidate(self) -> Candidate:
        """What it is compared by. Its names are left out: the index holds them."""
        return Candidate(
            names=(),
            countries=tuple(dict.fromkeys(self.facts.countries)),
            kind=self.type,
            years=tuple(dict.fromkeys(self.facts.years)),
            identifiers=self.facts.identifiers,
            person=self.person,
            more_kinds=tuple(dict.fromkeys(self.kinds)),
            more_countries=tuple(dict.fromkeys(self.also.countries)),
            more_years=tuple(dict.fromkeys(self.also.years)),
            more_identifiers=self.also.identifiers,
        )
