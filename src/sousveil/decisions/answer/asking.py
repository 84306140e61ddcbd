"""One question to one register: which packs, which world, and the answer. The command line, the pages and the API come through here."""

from __future__ import annotations

import datetime
import re
import threading
from collections import OrderedDict

import msgspec

from sousveil.decisions.answer.ambiguity import ask_back, strictest_answer, unclear
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.model import Action, Answer, Party, Question
from sousveil.decisions.packs import chosen
from sousveil.decisions.rules.judge import Judge
from sousveil.decisions.snapshot.names import ROLE_KIND
from sousveil.errors import Usage
from sousveil.register.register import Register
from sousveil.register.screening_table import country_of
from sousveil.register.store import Store
from sousveil.register.types.cleaning import clean_line, says_something
from sousveil.register.types.countries import NO_MORE, PART_OF, country_name
from sousveil.register.views.store import known_members

JUDGES = 4
"""Worlds with their packs that are kept, the one used last the longest."""
NAME_MAX = 300
VIA_MAX = 20
PACKS_MAX = 20
ASK, STRICTEST = "ask", "strictest"
"""What becomes of a name that may mean several records."""
UNION = "eu"
"""Stands among the countries for what lists and records say of it."""
_QUOTES = str.maketrans("“”„‟", '""""')
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A name of the question."""

    role: str
    """product, supplier, via, end_user."""
    asked: str
    """As it was typed: nobody's name until it is resolved."""
    id: str | None
    """The record that is meant; None: it is not resolved."""
    caption: str
    """The record's name; empty where it is not resolved."""


class Desk:
    """Answers questions to one register."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._judges: OrderedDict[tuple[object, ...], tuple[Compiled, Judge]] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, question: Question, *, on_ambiguity: str = ASK) -> Answer:
        """The answer. Raises Usage, Missing, Ambiguous."""
        return self.ask(question, on_ambiguity=on_ambiguity)[0]

    def ask(self, question: Question, *, on_ambiguity: str = ASK) -> tuple[Answer, tuple[Named, ...]]:
        """The answer, and who was meant. A name that may mean several records raises Ambiguous, or with `strictest` gets the answer for
        the candidates that have most against them; so does an id of a record whose identity is contested."""
        world, judge = self._judge(question)
        # Who asks by id has chosen: where judgements about that record contradict each other, no further choice would settle them.
        unsure = unclear(world, question) if on_ambiguity != STRICTEST else []
        if names := [one for one in unsure if not one.asked.strip().startswith("sv-") and not self._as_one(world, one)]:
            raise ask_back(world, question, names)
        answer, meant = strictest_answer(world, judge, question)
        typed = (question.product, question.supplier, *question.via, question.end_user)
        parties = world.resolver.parties(meant, (meant.product, meant.supplier, *meant.via, meant.end_user))
        return answer, tuple(
            Named(role=party.role, asked=asked, id=party.id, caption=world.caption(party.id) if party.id else "")
            for asked, party in zip(typed, parties, strict=True)
        )

    def _as_one(self, world: Compiled, party: Party) -> bool:
        """Whether records bear this very name and pages show all candidates as one, if only as proposed: the strictest of them answers."""
        equal, _ = world.resolver.names(ROLE_KIND[party.role]).same(party.asked.strip())
        at = None if world.known_on == world.log_size else world.known_on - 1
        return bool(equal) and set(party.candidates) <= set(known_members(self._store, party.candidates[0], at)[1])

    def _judge(self, question: Question) -> tuple[Compiled, Judge]:
        packs = chosen(question.packs)
        day = question.as_of or today()
        state = (self._store.size(), self._store.revision(), day, question.known_on, *(pack.name for pack in packs))
        with self._lock:
            found = self._judges.pop(state, None)
            if found is None:
                for old in [one for one in self._judges if one[:2] != state[:2]]:
                    del self._judges[old]  # of another log size: nobody asks it again
                world = compile_world(self._store, day, question.known_on)
                found = world, Judge(world, packs)
            self._judges[state] = found
            while len(self._judges) > JUDGES:
                self._judges.popitem(last=False)
        return found


def today() -> str:
    """The day now, in UTC."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def checked(
    *,
    action: str,
    product: str,
    supplier: str,
    end_user: str,
    country: str,
    via: tuple[str, ...] = (),
    exporting_country: str | None = None,
    as_of: str | None = None,
    known_on: int | None = None,
    packs: tuple[str, ...] = (),
) -> Question:
    """A question out of texts. Raises Usage that says which part is wrong and what to write."""
    if action not in list(Action):
        raise Usage(f"“{action[:40]}” is no action.", hint=f"Write one of {', '.join(Action)}.")
    if len(via) > VIA_MAX or len(packs) > PACKS_MAX:
        raise Usage("Too many intermediaries or packs.", hint=f"At most {VIA_MAX} of each.")
    if exporting_country == "":  # an empty variable of a script asks for something else than nothing
        raise Usage("The exporting country is empty.", hint="Write a code or a name, or leave it out.")
    return Question(
        action=Action(action),
        product=_typed("product", product),
        supplier=_typed("supplier", supplier),
        end_user=_typed("end user", end_user),
        country=_country("country", country),
        via=tuple(_typed("intermediary", name) for name in via),
        exporting_country=_country("exporting country", exporting_country) if exporting_country else None,
        as_of=day(as_of) if as_of else None,
        known_on=known_on,
        packs=packs,
    )


def _country(role: str, text: str) -> str:
    """The code of a State, from its code or English name. Raises Usage."""
    code, _ = country_of(text, example=True)
    if not code:
        raise Usage(f"“{text[:80]}” is no {role}.", hint="Write its two-letter code or its English name.")
    if code == UNION:  # no rule of a pack means it, and what stands for a member would not count
        raise Usage(f"“{text[:80]}” is no {role}, but a union of States.", hint="Write which of its States it is.")
    if code in NO_MORE:
        raise Usage(f"“{text[:80]}” is no State any more.", hint="Write in which State that place is today.")
    if code in PART_OF:  # the same: what stands for the State would not count
        state = country_name(PART_OF[code])
        raise Usage(f"“{text[:80]}” is a part of {state}.", hint=f"Write {PART_OF[code]}: its law holds there.")
    return code


def _typed(role: str, name: str) -> str:
    """A name as names on file are kept, without “ and ”: what is behind a ” would read as the register's words. Raises Usage."""
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        raise Usage(f"The {role}'s name is not written in UTF-8.", hint="Write it in UTF-8.")
    if len(name) > NAME_MAX:
        raise Usage(f"The {role}'s name is too long.", hint=f"At most {NAME_MAX} letters.")
    if not says_something(name):
        raise Usage(f"The {role} has no name.", hint="Write a name, or the id of a record.")
    try:
        return clean_line(name, 4 * NAME_MAX).translate(_QUOTES)  # composed, a letter may take up to three
    except ValueError:
        hint = "Write it without control characters."
        raise Usage(f"The {role}'s name holds a character that cannot be written.", hint=hint) from None


def day(text: str, hint: str = "Write the day as 2021-07-18.") -> str:
    """A day that exists. Raises Usage."""
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise Usage(f"“{text[:40]}” is not a day.", hint=hint) from None


def size_on(register: Register, known_on: str | None) -> int | None:
    """The log's size that is meant by a number (entries that are known) or a day (all that came in up to its end, by signed times).

    Raises Usage, Disagreement where the signed times do not hold.
    """
    if known_on is None:
        return None
    size = register.store.size()
    if known_on.isascii() and known_on.isdecimal() and len(known_on) < 16:
        number = int(known_on)
        if number <= size:
            return number
        raise Usage(f"The log has {size} entries, and {number} cannot be known.", hint=f"Write 0 to {size}, or a day.")
    return register.entries_by(day(known_on, "Write a day as 2021-07-18, or a number of entries of the log."))
