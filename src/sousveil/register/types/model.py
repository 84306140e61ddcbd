"""What a record type declares: its properties, and what a property's values are.

A module under `register/types/` holds one constant `TYPE`; `registry.all_types()` finds it by walking the package. Nothing
else has to be edited to add one. Names are FollowTheMoney's where its vocabulary fits, so that exports load there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a value is, and therefore how it is cleaned, shown and exported."""

    TEXT = "text"
    """Prose, also of several lines."""
    NAME = "name"
    """What somebody or something is called; searched and compared in every script."""
    URL = "url"
    """An address beginning with http or https."""
    DATE = "date"
    """An EDTF date (`register/edtf.py`)."""
    COUNTRY = "country"
    """ISO 3166-1 alpha-2 in lower case."""
    ENTITY = "entity"
    """The id of another entity."""
    NUMBER = "number"
    """A decimal number without a unit, a point before the fraction."""
    MONEY = "money"
    """An ISO 4217 code and a number: `EUR 1200000`."""
    IDENTIFIER = "identifier"
    """A number or code that an authority gave."""
    CODE = "code"
    """One of the `codes` of the property; any short word where it has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """One property of a record type."""

    name: str
    """As statements write it: lower camel case."""
    label: str
    """As a page shows it."""
    kind: str
    """A value of `Kind`."""
    _: KW_ONLY
    what: str = ""
    """What it means, where the label does not say it."""
    range: tuple[str, ...] = ()
    """For entities: the record types that the value may be of, their heirs included."""
    ftm: str | None = None
    """Its name in FollowTheMoney's schema of the type; None: it goes into the notes there."""
    required: bool = False
    """A record without it says nothing: `checking.missing` names it."""
    many: bool = True
    """May have several values at the same time; otherwise two values contradict each other."""
    multilingual: bool = False
    """The same value may be given in several languages."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """For codes: each code with what it means, weakest first where they are stages."""
    known: Mapping[str, str] = field(default_factory=dict)
    """For codes that are not listed here, because others add to them: those that are known, with what they mean."""
    scheme: str | None = None
    """For identifiers with a form that can be checked: `lei`, `isin`, `wikidata`, `sha256`, `month`."""
    person: bool = False
    """A value always names a natural person: statements with it are held before publication."""
    year_only: bool = False
    """For dates of persons: anything finer than the year is refused."""

    def means(self, code: str) -> str:
        """A code in words; a value that is no code, or one that nobody knows here, as it stands."""
        return self.codes.get(code) or self.known.get(code) or code


@dataclass(frozen=True, slots=True)
class Edge:
    """How a record links two entities, where it is a link: `source` -> `target`, read aloud with `label`."""

    source: str
    target: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordType:
    """One type of record."""

    name: str
    """Upper camel case: `ExportLicence`; its file is `export_licence.py`."""
    label: str
    plural: str
    what: str
    """For somebody who knows nothing of the field: what a record of it says, and what it does not."""
    extends: str | None = None
    properties: tuple[Property, ...] = ()
    """Its own; the inherited ones come from `extends`."""
    caption: tuple[str, ...] = ()
    """Properties by whose first value a record is called, best first. Empty: those of `extends`."""
    told_by: tuple[tuple[str, ...], ...] = ()
    """What tells a record without such a value from others, after its type and date: of each group the first that is stated.

    Never whom it concerned, nor a client: a name cannot carry how firmly that is known. Empty: those of `extends`.
    """
    ftm: str | None = None
    """The FollowTheMoney schema nearest to it. None: not exported there."""
    edge: Edge | None = None
    start: str | None = None
    """The property that says since when it holds."""
    end: str | None = None
    """The property that says until when it held."""
    stage: str | None = None
    """The code property that says how far it is proven or has gone. No output states a later code than the statement."""
    abstract: bool = False
    """Only inherited from: no statement has it as its type."""
