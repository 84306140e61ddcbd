"""People behind numbers: identification by two, safety, order of contact, consent and its withdrawal. In the vault only."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from sousveil.errors import Usage
from sousveil.investigation.importing import rows_of
from sousveil.investigation.vault import Vault, looked_at
from sousveil.kinds import visible
from sousveil.texts import t

if TYPE_CHECKING:
    from sousveil.investigation.case_times import Outcome

IDENTIFIERS = 2
"""People who must identify somebody independently."""
TABLE = "people-"
TEXT_MOST = 2_000
HASH_LEAST = 4
"""Digits that name a case at least."""


class Confidence(StrEnum):
    """How sure the identification is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Safety(StrEnum):
    """Whether contact endangers the person."""

    UNKNOWN = "unknown"
    SAFE = "safe"
    CAREFUL = "careful"
    """Only by the way that is noted."""
    NO_CONTACT = "no_contact"


class Scope(StrEnum):
    """What a person lets be said."""

    NAMED = "named"
    UNNAMED = "unnamed"
    """A description that names nobody."""


class Category(StrEnum):
    """Who a person is, as a group: the codes of a record `AbuseIncident` in the register."""

    JOURNALIST = "journalist"
    HUMAN_RIGHTS_DEFENDER = "human-rights-defender"
    ACTIVIST = "activist"
    LAWYER = "lawyer"
    JUDGE = "judge"
    OPPOSITION = "opposition"
    POLITICIAN = "politician"
    OFFICIAL = "official"
    DIPLOMAT = "diplomat"
    ACADEMIC = "academic"
    HEALTH = "health"
    CLERGY = "clergy"
    TRADE_UNIONIST = "trade-unionist"
    BUSINESS = "business"
    DISSIDENT = "dissident"
    RELATIVE = "relative"
    OTHER = "other"
    NOT_PUBLISHED = "not-published"


class Stage(StrEnum):
    """How far an attack on a person went, as far as somebody showed it."""

    SELECTED = "selected"
    TARGETED = "targeted"
    INFECTED = "infected"


class Identification(msgspec.Struct, frozen=True, kw_only=True):
    """Who says on what basis that a number is this person's."""

    by: str
    basis: str
    when: datetime


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What a person agreed to, until the end of a day."""

    scope: Scope
    until: date
    given: datetime


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person on the list."""

    id: str
    name: str
    numbers: tuple[str, ...]
    """E.164."""
    identified: tuple[Identification, ...]
    confidence: Confidence = Confidence.LOW
    category: Category = Category.NOT_PUBLISHED
    cases: dict[str, Stage] = {}
    """SHA-256 of the findings of each case of the person's phones -> what it shows."""
    safety: Safety = Safety.UNKNOWN
    way: str = ""
    """How to contact, in the words of the holders."""
    order: int | None = None
    """Whom to contact first: 1 before 2."""
    informed: date | None = None
    """The day on which the person learned of the selection."""
    comment_asked: date | None = None
    comment: str = ""
    consent: Consent | None = None

    @property
    def stage(self) -> Stage:
        """The latest stage that a case shows; selected without one."""
        return max(self.cases.values(), default=Stage.SELECTED, key=list(Stage).index)

    @property
    def certain(self) -> bool:
        """Whether two different people identified the person."""
        return len({_folded(one.by) for one in self.identified}) >= IDENTIFIERS

    def may_be_named(self, day: date) -> bool:
        """Whether the person may be named on a day: identified by two, informed, and with consent that has not ended."""
        named = self.consent is not None and self.consent.scope is Scope.NAMED and self.consent.until >= day
        return named and self.certain and self.informed is not None and self.informed <= day


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle with numbers that left the vault."""

    id: str
    """The id of the request that it answers, or of the assignment."""
    kind: str
    recipient: str
    made: datetime
    numbers: tuple[str, ...]
    recalled: datetime | None = None


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody, and what was sent about whom."""

    persons: dict[str, Person] = {}
    sent: tuple[Sent, ...] = ()

    def find(self, id: str) -> Person:
        """The person whose id begins so. Raises Usage."""
        found = [person for known, person in self.persons.items() if known.startswith(id)] if len(id) >= 4 else []
        if len(found) != 1:
            raise Usage(t("error.people.no_person", id=visible(id, 40)), hint=t("error.people.no_person_hint"))
        return found[0]

    def plan(self, day: date) -> list[Person]:
        """Everybody who does not know on a day, in the order of contact; people whom no contact may endanger are last."""
        unaware = [one for one in self.persons.values() if one.informed is None or one.informed > day]
        last = 1 << 30
        return sorted(
            unaware,
            key=lambda one: (one.safety is Safety.NO_CONTACT, one.order if one.order is not None else last, one.id),
        )


def load(vault: Vault) -> People:
    """What the vault knows of people. Raises Malformed."""
    return vault.load_table(TABLE, People) or People()


def save(vault: Vault, people: People, what: str, *, now: datetime, **about: str | int) -> None:
    """Replace what the vault knows of people, with an entry of the log: it has a number or a person's id, never both, and no name."""
    vault.replace_tables({TABLE: people}, what, now=now, **about)


def identify(vault: Vault, *, name: str, numbers: Iterable[str], by: str, basis: str, now: datetime) -> Person:
    """A new person, identified by one; a second must confirm. Raises Usage for a number that somebody has already, and for one
    that is in no list: a publication would call the person selected. Both show something of a number: the log has it first."""
    people, given = load(vault), tuple(dict.fromkeys(numbers))
    unlisted = len({row.e164 for row in rows_of(vault) if row.e164 in given}) < len(given)
    if unlisted or any(set(given) & set(person.numbers) for person in people.persons.values()):
        vault.commit("refused", now=now, **looked_at("number", given))
        reason = "unlisted" if unlisted else "known"
        raise Usage(t(f"error.people.{reason}"), hint=t(f"error.people.{reason}_hint"))
    person = Person(
        id=secrets.token_hex(8),
        name=_text(name),
        numbers=given,
        identified=(Identification(by=_text(by), basis=_text(basis), when=now),),
    )
    _put(vault, people, person, "person", now)
    return person


def confirm(vault: Vault, id: str, *, by: str, basis: str, now: datetime) -> Person:
    """The person, identified by somebody else too. Raises Usage where it is the same one."""
    people = load(vault)
    person = people.find(id)
    if _folded(by) in {_folded(one.by) for one in person.identified}:
        raise Usage(t("error.people.same"), hint=t("error.people.same_hint"))
    more = Identification(by=_text(by), basis=_text(basis), when=now)
    person = msgspec.structs.replace(person, identified=(*person.identified, more))
    _put(vault, people, person, "person", now)
    return person


def change(
    vault: Vault,
    id: str,
    *,
    now: datetime,
    examined: Outcome | None = None,
    withdrawn: str | None = None,
    **fields: object,
) -> Person:
    """The person with other values of confidence, category, safety, way, order, informed, comment_asked or comment.

    `examined`: what a case of the person's phone shows (`case_times.read_outcome`). `withdrawn`: the beginning of the SHA-256 of the
    findings of a wrong case. Raises Usage.
    """
    people = load(vault)
    known = {"confidence", "category", "safety", "way", "order", "informed", "comment_asked", "comment"}
    assert set(fields) <= known
    person = msgspec.structs.replace(people.find(id), **fields)
    cases = dict(person.cases)
    if examined is not None:
        cases[examined.sha256] = _shown_by(examined)
    if withdrawn is not None:
        found = [sha256 for sha256 in cases if sha256.startswith(withdrawn)] if len(withdrawn) >= HASH_LEAST else []
        if len(found) != 1:
            raise Usage(t("error.people.no_hash", sha256=visible(withdrawn, 64)), hint=t("error.people.no_hash_hint"))
        del cases[found[0]]
    person = msgspec.structs.replace(person, cases=cases)
    _put(vault, people, person, "person", now)
    return person


def _shown_by(outcome: Outcome) -> Stage:
    """Infected: traces that mercenary spyware ran. Targeted: other traces of it. Raises Usage where the case shows neither."""
    if outcome.verdict != "traces_found" or outcome.threat_class != "mercenary":
        raise Usage(t("error.people.no_stage"), hint=t("error.people.no_stage_hint"))
    return Stage.INFECTED if outcome.reached == "execution" else Stage.TARGETED


def give_consent(vault: Vault, id: str, *, scope: Scope, until: date, now: datetime) -> Person:
    """The person with consent until the end of a day. Raises Usage for a person whom two did not identify, or a past day."""
    people = load(vault)
    person = people.find(id)
    if not person.certain:
        raise Usage(t("error.people.uncertain"), hint=t("error.people.uncertain_hint"))
    if until < now.date():
        raise Usage(t("error.people.past"))
    person = msgspec.structs.replace(person, consent=Consent(scope=scope, until=until, given=now))
    _put(vault, people, person, "consent", now)
    return person


def withdraw(
    vault: Vault, id: str, *, now: datetime, before: Callable[[list[Sent]], None] = lambda recalled: None
) -> list[Sent]:
    """Erase a person; gives the bundles about the person that were sent, marked as recalled. Raises Usage.

    `before` gets them while the person is still there: afterwards nobody could make their recall. The rows of the list stay:
    without the person they are numbers that nobody identified.
    """
    vault.check_clock(now)
    people = load(vault)
    person = people.find(id)
    recalled, sent = [], []
    for one in people.sent:
        if set(one.numbers) & set(person.numbers):
            kept = tuple(number for number in one.numbers if number not in person.numbers)
            one = msgspec.structs.replace(one, numbers=kept, recalled=now)
            recalled.append(one)
        sent.append(one)
    before(recalled)
    persons = {known: other for known, other in people.persons.items() if known != person.id}
    save(vault, People(persons=persons, sent=tuple(sent)), "withdrawal", now=now, person=person.id)
    return recalled


def record_sent(vault: Vault, sent: Sent, what: str, *, now: datetime, **about: str | int) -> None:
    """Note a bundle that leaves, before it does."""
    people, about = load(vault), {"recipient": sent.recipient, **looked_at("number", sent.numbers), **about}
    save(vault, msgspec.structs.replace(people, sent=(*people.sent, sent)), what, now=now, **about)


def _put(vault: Vault, people: People, person: Person, what: str, now: datetime) -> None:
    save(
        vault,
        msgspec.structs.replace(people, persons={**people.persons, person.id: person}),
        what,
        now=now,
        person=person.id,
    )


def _text(text: str) -> str:
    text = " ".join(text.split())
    if not 0 < len(text) <= TEXT_MOST:
        raise Usage(t("error.people.text", most=TEXT_MOST))
    return text


def _folded(name: str) -> str:
    """Two ways to write a name are one name: capitals, spaces, and letters composed of letter and accent."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


__all__ = [
    "Category",
    "Confidence",
    "Consent",
    "People",
    "Person",
    "Safety",
    "Scope",
    "Sent",
    "Stage",
    "change",
    "confirm",
    "give_consent",
    "identify",
    "load",
    "record_sent",
    "withdraw",
]
