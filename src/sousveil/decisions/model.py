"""The nouns of a decision: the question, three-valued truth, values with their proof, and the answer as JSON.

Nothing unknown is taken for false. A value carries the statements that make it so; an answer carries the values.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec

T = TypeVar("T")
S = TypeVar("S")
P = ParamSpec("P")


def kept(derive: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Works out once what a function gives of an object that never changes. Arguments tell it apart, records by their ids.

    No result may refer to the object: nobody looks for reference cycles in a server.
    """

    @wraps(derive)
    def ask(of: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        memo: dict[object, T] = of.__dict__.setdefault("_kept", {}).setdefault(derive, {})
        key = (*(getattr(one, "id", one) for one in args), *kwargs.items())
        if key not in memo:
            memo[key] = derive(of, *args, **kwargs)
        return memo[key]

    return ask


FORMAT_VERSION = 3
"""Of answers as JSON. 1 had no number; 1 and 2 had `would_change`, `unproven` and one text of all `needs`."""


class Truth(enum.IntEnum):
    """Kleene's three values. `min` is "and", `max` is "or", `2 - x` is "not"."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


class Action(enum.StrEnum):
    """What somebody wants to do."""

    SALE = "sale"
    TRANSFER = "transfer"
    MARKETING = "marketing"
    USE = "use"
    MAINTENANCE = "maintenance"
    GRANT_LICENCE = "grant-licence"
    ACQUIRE = "acquire"
    INVEST = "invest"
    LIST = "list"


class Verdict(enum.StrEnum):
    """Most severe first. There is no word for "allowed": that nothing blocks is all that can be said."""

    BLOCKED = "blocked"
    BLOCKED_UNLESS = "blocked_unless"
    INSUFFICIENT_INFORMATION = "insufficient_information"
    NO_RULE_BLOCKS = "no_rule_blocks"


class Effect(enum.StrEnum):
    """What a rule does when it fires."""

    BLOCKED = "blocked"
    """No condition lifts it but the rule's own `unless`."""
    BLOCKED_UNLESS = "blocked_unless"
    """Blocked by default; `unless` must be TRUE to lift it. Where it is not, the condition is open."""
    UNDECIDED = "undecided"
    """A person or authority must decide."""
    DUTY = "duty"
    """A step somebody owes. Shown where it is open; no verdict depends on it."""


class Question(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is asked. Names or entity ids; what they are is resolved against the register."""

    action: Action
    product: str
    supplier: str
    end_user: str
    country: str
    """Of the end user: ISO 3166-1 alpha-2, lower case."""
    via: tuple[str, ...] = ()
    """Intermediaries: agents, resellers, brokers, subsidiaries."""
    exporting_country: str | None = None
    as_of: str | None = None
    """ISO day for which it is asked; None: today (filled in before deciding, so that the answer names it)."""
    known_on: int | None = None
    """Log size (entries 0 .. known_on - 1 are known); None: all of the log."""
    packs: tuple[str, ...] = ()
    """Packs besides `letter-2021`, which always runs."""

    def meaning(self, ids: Mapping[tuple[str, str], str]) -> Question:
        """The question with ids in the place of names, by role (product, supplier, via, end_user) and name."""
        return msgspec.structs.replace(
            self,
            product=ids.get(("product", self.product), self.product),
            supplier=ids.get(("supplier", self.supplier), self.supplier),
            end_user=ids.get(("end_user", self.end_user), self.end_user),
            via=tuple(ids.get(("via", one), one) for one in self.via),
        )


class FactShown(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One statement under a reason."""

    statement: str
    """Its id, 64 hex digits."""
    says: str
    """In words: "Licence EL-311 – status: revoked"."""
    source: str
    standing: str
    date: str | None
    """From when it holds, else when it was said; None: no day is given, and the day on which it was logged is none of its own."""
    note: str = ""
    """What qualifies it, by the same publication: "not final". Left out of the JSON where there is none."""


class Reason(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A rule that fired, or that could not be decided."""

    rule: str
    pack: str
    effect: str
    """blocked, blocked_unless, undecided, duty."""
    citation: str = ""
    """Instrument, article, link."""
    says: str = ""
    """What blocks, for whom, in plain words: names the State, company or deal that it is about. An undecided rule says only what is so."""
    facts: list[FactShown] = []
    needs: list[str] = []
    """What is not proven, or would decide it, and who can show it: one each."""


class PackAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The verdict of one pack."""

    pack: str
    verdict: Verdict


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The one object that `decide --json` prints, in this order of members."""

    format_version: int = FORMAT_VERSION
    """Grows when a member changes its meaning or goes."""
    verdict: Verdict
    packs: list[PackAnswer]
    reasons: list[Reason]
    undecided: list[Reason]
    duties: list[Reason]
    """Steps that somebody owes; the verdict does not depend on them."""
    notes: list[str]
    """Limits of this answer: what a retraction or a reply changed, a text that says nothing of the day."""
    as_of: str
    known_on: int
    log_size: int
    rules_sha256: str


def written(made: Any) -> bytes:
    """An answer, or what holds one, as JSON."""
    return msgspec.json.encode(made)


def printed(answer: Answer) -> bytes:
    """An answer as it is printed, sent, signed and published: the same bytes wherever it was asked, so that hashes can be compared."""
    return msgspec.json.format(written(answer), indent=2) + b"\n"


# The register as decisions see it: what was known at a log size, and held on a day; compiled once, asked many times.


class Party(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A name of the question, resolved."""

    role: str
    """product, supplier, via, end_user."""
    asked: str
    """As it was asked."""
    id: str | None
    """The canonical entity id; None: no record, or several."""
    candidates: tuple[str, ...] = ()
    """Entity ids that it could be, best first. One of them must be meant before rules are asked."""


class Gap(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who must be asked about and of whom nothing is known: a seat that is not on file, an owner not disclosed.

    Rules are asked about a gap as about anybody else, and every fact about it is UNKNOWN. A party without a record needs no gap.
    """

    selectors: tuple[str, ...]
    """Where it stands: `states`, `home_states`, `exporting_states`, `buyer_states`, `vendors`, `parties`, `supplier`,
    `intermediaries`."""
    caption: str
    """In a sentence: "the home State of Hollow Reed Ltd"."""
    needs: str
    """What would close it, and who can: "Where Hollow Reed Ltd has its seat: a registration or a company register's entry."."""


class Deal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A question, resolved: who is who, and which States have jurisdiction."""

    question: Question
    """With `as_of` and `known_on` filled in."""
    parties: tuple[Party, ...]
    states: tuple[str, ...]
    """Country codes with jurisdiction: seat of the supplier, of intermediaries, place of export, buyer, and whose State owns the buyer;
    sorted, each once."""
    vendors: tuple[str, ...]
    """Entity ids of supplier and intermediaries, of the product's vendor, and of whoever controls one of them on that day
    (subsidiaries, resellers, holdings), sorted: what hits one of them hits the deal."""
    product: str | None
    buyer: str | None
    home_states: tuple[str, ...] = ()
    """Seats of supplier, intermediaries and whoever controls them."""
    exporting_states: tuple[str, ...] = ()
    """From where it is exported: as asked, else the supplier's seat; empty inside one State."""
    buyer_states: tuple[str, ...] = ()
    """Of the end user: the country that was asked for, its own where that is another, and those of the States that own it."""
    behind_buyer: tuple[str, ...] = ()
    """Seats of whoever owns the end user: these States gain as well. They have jurisdiction only where the owner is a State or a body of
    one, and then stand in `buyer_states` too."""
    gaps: tuple[Gap, ...] = ()

    @property
    def leaving(self) -> str:
        """From where the question says that it leaves; empty where it says so of no other State than that to which it goes: an export from
        there to itself is none, and leaves open from where it comes."""
        asked = self.question.exporting_country or ""
        return asked if asked != self.question.country else ""

    @property
    def supplier(self) -> str | None:
        """Who sells, where it is on file."""
        return next((one.id for one in self.parties if one.role == "supplier"), None)

    @property
    def sellers(self) -> tuple[str, ...]:
        """The supplier and the intermediaries, as far as they are on file."""
        return tuple(one.id for one in self.parties if one.role in ("supplier", "via") and one.id is not None)

    @property
    def end_users(self) -> frozenset[str]:
        """The end user, where it is on file."""
        return frozenset({self.buyer} if self.buyer is not None else ())

    @property
    def recipients(self) -> tuple[str, ...]:
        """To whom the item goes: intermediaries and the end user, as far as they are on file."""
        return tuple(one.id for one in self.parties if one.role in ("via", "end_user") and one.id is not None)


# What a rule's own test says of one record, for the pages that show it: in a word, since when, and by which statements.


class Ruling(msgspec.Struct, frozen=True):
    """What a test of decisions says of a record on a day."""

    says: str
    """In a word of the test: `stands`, `reformed`, `ended`."""
    day: int | None = None
    """Ordinal of the day since which it is so, by what is on file; None: nothing dates it."""
    words: tuple[tuple[str, ...], ...] = ()
    """Ids of the statements by which it is so: of each group one is needed."""

    @property
    def proof(self) -> tuple[str, ...]:
        """All of these statements, each once."""
        return tuple(dict.fromkeys(id for many in self.words for id in many))
