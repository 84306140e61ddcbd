"""What screening knows of one entity."""

from __future__ import annotations

_COUNTRY = frozenset(("country", "jurisdiction", "nationality", "mainCountry"))
_YEAR = frozenset(("incorporationDate", "birthDate", "foundingDate", "startDate"))
_NUMBER = frozenset(
    "registrationNumber leiCode cik taxNumber vatCode innCode ogrnCode isin ticker imoNumber dunsCode uniqueEntityId"
    " opencorporatesUrl wikidataId sourceId".split()
)


class Entity:
    """Names, seats, numbers and replies of an entity, while names are compared."""

    __slots__ = (
        "countries",
        "dataset",
        "identifiers",
        "named",
        "names",
        "person",
        "publisher",
        "reference",
        "replies",
        "type",
        "years",
    )

    def __init__(self, type: str, dataset: str, *, reference: bool = False) -> None:
        self.type = type
        self.dataset = dataset
        self.reference = reference
        self.person = type == "Person"
        self.names: list[str] = []
        self.named = False
        self.countries: list[str] = []
        self.years: list[str] = []
        self.identifiers: dict[str, str] = {}
        self.replies: list[str] = []
        self.publisher = ""

    def fact(self, property: str, value: str) -> None:
        """Note what is no name: a country, a year, a number."""
        if property in _COUNTRY:
            self.countries.append(value.lower())
        elif property in _YEAR:
            self.years.append(value[:4])
        elif property in _NUMBER:
            self.identifiers[property] = value
