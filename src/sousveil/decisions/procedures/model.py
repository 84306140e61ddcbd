"""What a procedure is: one demand of the letter as something that people do in the register, declared in one file.

A module under `decisions/procedures/` with a constant `PROCEDURE` is one procedure, found by walking the package
(`registry.py`). It says which records are published and how (forms), which steps a record goes through, which clocks run, who
acts, what makes a State or a company meet the demand, and what gap stands on its page until then.

What a record must say for that is a condition of a small closed set (`conditions.py`); `engine.py` reads all of it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from sousveil.decisions.procedures.conditions import Condition, Linked
from sousveil.register import types
from sousveil.register.types.model import Property


class Role(enum.StrEnum):
    """Who acts in a procedure, in words."""

    STATE = "States and their authorities"
    COMPANY = "companies"
    INVESTOR = "investors"
    BODY = "oversight bodies, boards, inquiries"
    ORGANIZATION = "organisations and experts"
    REGULATOR = "exchanges and financial regulators"


# ---------------------------------------------------------------- forms


class Field(NamedTuple):
    """One field of a form."""

    property: str
    of: Property
    help: str
    required: bool
    """A new record is refused without it."""
    asked: tuple[str, ...]
    """Of many codes those that the demand asks for: they are shown first, and the rest is folded."""


@dataclass(frozen=True)
class Form:
    """How one record of a procedure is published."""

    name: str
    """Its part of the address: `measure`."""
    title: str
    """What somebody does with it: "Publish a measure"."""
    type: str
    """Record type."""
    what: str
    """One or two sentences: what to enter, and what happens then."""
    who: tuple[Role, ...]
    properties: str
    """Properties of the record type in the order of the form. `name!`: required also where the record type does not ask for it."""
    help: Mapping[str, str] = field(default_factory=dict)
    """Property -> its help, where what the record type says of it (`Property.what`) is not enough here."""
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Property -> `Field.asked`."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Property -> value that every record of this form has: `{"topic": "due-diligence"}`."""
    answers: str = ""
    """Property that names the record which the form answers: a link on that record's page fills the form in."""
    usual: Mapping[str, str] = field(default_factory=dict)
    """With `answers`: property -> value of the usual answer, which whoever answers may change."""

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Its fields. Raises KeyError for a property that the record type does not have."""
        return tuple(map(self._field, self.properties.split()))

    def _field(self, marked: str) -> Field:
        name = marked.removesuffix("!")
        of = types.properties(self.type)[name]
        return Field(name, of, self.help.get(name, of.what), of.required or name != marked, self.asked.get(name, ()))


# ---------------------------------------------------------------- steps, clocks, gaps

LETTER = "2021-07-27"
LETTER_DAY = date.fromisoformat(LETTER).toordinal()
"""The day of the letter: on its authority nothing is asked earlier."""


class Authority(enum.StrEnum):
    """On whose authority a step is owed: what the letter asks is never overdue; by a promise whoever owes it set the day."""

    LETTER = "letter"
    LAW = "law"
    PROMISE = "promise"


@dataclass(frozen=True, slots=True)
class Actors:
    """Whose acts count for a record of a type besides those of its first publisher."""

    offices: tuple[str, ...] = ()
    """Properties that name whose act it is: their statements in it and their own records that point to it count."""
    party: tuple[str, ...] = ()
    """Properties that name the parties to it. Where one of them published it first, its statements count for nothing, those of
    `offices` apart, nor do its other records."""
    anybody: bool = False
    """Records that point to it count from anybody but a party or its group; else of others those alone that somebody independent of its
    State confirms."""


ACTORS: Mapping[str, Actors] = {
    "Contract": Actors(offices=("buyer",)),
    "CorporateEvent": Actors(party=("company", "counterparty"), anybody=True),
    "DueDiligenceReport": Actors(offices=("company", "investor")),
    "Investigation": Actors(offices=("body",), party=("about",)),
    "OversightBody": Actors(party=("oversees",)),
    "RegulatorNotice": Actors(offices=("regulator",), party=("company",)),
    "ScreeningRecord": Actors(offices=("authority",)),
}
"""Record type -> who acts on it."""


@dataclass(frozen=True, slots=True)
class State:
    """A state that a record of the procedure can be in (not a country). The first one whose condition holds is the record's."""

    name: str
    label: str
    when: Condition | None = None
    """None: what is left."""
    _: KW_ONLY
    closed: bool = False
    """Nothing more is expected: the record leaves the list of current items."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Days within which somebody owes a step. It starts from a dated fact, never from the day of a visit."""

    name: str
    label: str
    """What is owed: "Answer to the request"."""
    type: str
    """Record type that it runs on."""
    starts: tuple[str, ...]
    """Date properties; the first that is given starts it."""
    days: int
    """From the start until it is due. Data: change it here, with its source."""
    _: KW_ONLY
    source: str = "Where no law and no promise sets a date, we choose after how many days a step counts as unanswered."
    """Where the number comes from."""
    due: tuple[str, ...] = ()
    """Date properties of the record that say themselves when it is due; they come before `days`."""
    most: int = 0
    """Days from the start after which it is due in any case, whatever day the record says; 0: no such limit."""
    sets: Authority = Authority.PROMISE
    """On whose authority a day of `due` binds."""
    owed_by: tuple[str, ...] = ()
    """Who owes it: properties that name somebody, the first that is given. `about.body`: by way of the record that `about` names;
    `body.public`: of those whom `body` names the public bodies; `company.state`: the State where it sits; `company.home`: as the rule on
    registrations places it; `.`: the record itself."""
    runs_when: Condition | None = None
    """It runs only on records for which this holds."""
    stops_when: Condition | None = None
    """This ends it, on the day that it names for the act; a statement that names none, on the day on which it was made."""
    ends_as: Mapping[str, Condition] = field(default_factory=dict)
    """This ends it as `stops_when` does, though what was owed was not done: `refused`, or what it was about `ended` by itself."""
    replied: Condition | None = None
    """The office that owes it answered, and nobody confirms its competence. It stays open, and is not late."""
    again: Linked | None = None
    """Each record by which this link holds starts it anew from its own date: a yearly report."""


class About(enum.StrEnum):
    """On whose page a gap stands."""

    STATE = "state"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that must be shown before the demand is met. Unknown until somebody says that it is so, or that it is not.

    Where a rule asks the same, its fact judges (`fact`); else it is met by statements that are admissible (policy 2), and partly by what
    anybody reports. What speaks against it counts from everybody (policy 1).
    """

    name: str
    label: str
    """What must be there: "A moratorium in force on sale, transfer and use"."""
    when: Condition
    """It is so."""
    against: Condition | None = None
    """It is not so."""
    unless: Condition | None = None
    """It is in dispute by any account, and what shows it is shown as a claim."""
    _: KW_ONLY
    type: str
    """Record type that shows it."""
    of: tuple[str, ...]
    """Properties by which the record belongs to the State (country, or an entity with a country; `body.public`: of entities public bodies
    alone) or to the company (an entity)."""
    per: str = ""
    """How several records count together. Empty: they are about one thing, and the latest counts; of one day, that which says no.
    EACH: each is about a thing of its own, and one that says no is enough. A property: those that name the same there are about one."""
    fact: str = ""
    """A fact of decisions, or a test of `proven.py`, that judges it: met where it is TRUE, in part at the most where it is not."""
    own: bool = False
    """It is an act of the State or company itself, which nobody else can publish: its own statement is what is asked for."""
    reports: bool = True
    """What is only reported shows it in part. False: it shows nothing here, for a report of an act is no disclosure and no work."""
    decisive: bool = False
    """Shown not to be so, it makes the whole cell "not", whatever else is shown."""


EACH = "."


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands on the page of a State or company while the demand is not met."""

    about: About
    says: str
    """The sentence on the page: "No human rights due diligence of it is on file."."""
    needs: tuple[Need, ...]
    """All: met. Some: partly. None, and one said not to be, or a decisive one said not to be: not. Else unknown."""
    _: KW_ONLY
    investors: bool = False
    """It is asked of those who own or fund such a company too."""
    hosting: str = ""
    """A fact of decisions that must hold of a State for the letter to ask it; none: it asks every State."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One demand of the letter."""

    name: str
    """Its part of the address: `a-moratorium`."""
    letter: str
    """`a` to `l`, or `NSO`."""
    title: str
    asks: str
    """What the letter asks, in a sentence of our own."""
    reason: str
    """Why, in a sentence of our own."""
    forms: tuple[Form, ...]
    states: Mapping[str, tuple[State, ...]]
    """Record type -> its states, from the most final one to what is left; of a type without any each record is on file."""
    clocks: tuple[Clock, ...]
    gaps: tuple[Gap, ...]
    pages: tuple[tuple[str, str], ...] = ()
    """(path below the root, what is there): other pages of this demand."""
    chains_of: tuple[str, ...] = ()
    """Properties of its records that name the companies whose pages of who answers for them its page leads to."""

    @property
    def types(self) -> tuple[str, ...]:
        """Record types that it publishes, each once: its page, its feed and its bulk files."""
        return tuple(dict.fromkeys(form.type for form in self.forms))

    def form(self, name: str) -> Form | None:
        """The form of this name."""
        return next((one for one in self.forms if one.name == name), None)
