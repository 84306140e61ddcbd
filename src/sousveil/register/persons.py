"""The rules about natural persons that a program can hold: consent of targets, no employees below officers.

Whether a publication about a person is of public interest is for two reviewers to say (`review.py`). What they cannot
release: somebody named as a target of surveillance, or as a target's family, without a consent that is live; and an
employee below the level of officers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from sousveil.register.model import Statement
from sousveil.register.refusal import Refused
from sousveil.register.types import registry

PERSON = "Person"
CLAIM = "Claim"
INCIDENTS = frozenset({"AbuseIncident", "Finding"})
"""A statement of these types that names a person names a target."""
ROLES = frozenset({"role", "position"})
NAMES = frozenset({"name", "alias", "weakAlias", "previousName", "abbreviation", "printedAs"})
"""What somebody is called. Surnames are words too (Driver, Child): see `_words`."""
TARGETS = frozenset(
    "target targeted targets victim victims survivor infected hacked relative relatives family spouse wife husband partner "
    "child son daughter mother father parent brother sister sibling".split()
)
EMPLOYEES = frozenset(
    "employee staff engineer developer programmer technician analyst researcher assistant intern trainee secretary "
    "receptionist accountant salesperson salesman saleswoman contractor freelancer clerk driver guard operator".split()
)
OFFICERS = frozenset(
    "chief officer director president chair chairman chairwoman chairperson head partner founder owner secretary-general "
    "minister ceo cto cfo coo ciso board managing general vice principal executive".split()
)
"""With one of these words a post is an officer's, whatever else it says."""
_WORD = re.compile(r"[\w-]+")


def persons_in(statement: Statement) -> str:
    """The entity that a statement about a person is about: the person linked to, else the subject."""
    return statement.value if statement.value.startswith("sv-") else statement.subject


def is_person(type_name: str) -> bool:
    """Whether records of this type are natural persons."""
    return type_name == PERSON or registry.is_a(type_name, PERSON)


def named(statements: Iterable[Statement]) -> set[str]:
    """Ids that these statements say to be natural persons."""
    found = set()
    for one in statements:
        if is_person(one.type):
            found.add(one.subject)
        if one.value.startswith("sv-") and _to_person(one.type, one.property):
            found.add(one.value)
    return found


@lru_cache(maxsize=4096)
def _to_person(type_name: str, property_name: str) -> bool:
    one = registry.property_of(type_name, property_name)
    return one is not None and bool(one.range) and all(is_person(name) for name in one.range)


def marked(statements: Sequence[Statement]) -> Sequence[Statement]:
    """The statements, `person` set where subject or value is somebody whom the same list says to be a natural person."""
    ids = named(statements)
    if not ids:
        return statements
    return [
        one
        if one.person or (one.subject not in ids and one.value not in ids)
        else msgspec.structs.replace(one, person=True)
        for one in statements
    ]


def claims_in(statements: Iterable[Statement], known: Callable[[str], bool]) -> dict[str, str]:
    """Claims (their ids) about natural persons -> the person. `known` says whether an id is known to be a person."""
    return {
        one.subject: one.value
        for one in statements
        if one.type == CLAIM and one.property == "entity" and (one.person or known(one.value))
    }


def need_consent(statements: Iterable[Statement], claims: Mapping[str, str] | None = None) -> dict[str, int]:
    """Persons who are named as targets or as their family -> place of the first statement that does so.

    `claims`: records about persons -> the person.
    """
    found: dict[str, int] = {}
    for at, one in enumerate(statements):
        if one.person and one.type in INCIDENTS:
            found.setdefault(persons_in(one), at)
        elif _says_who(one, claims or {}):
            words = _words(one)
            if words & TARGETS and not words & OFFICERS:
                found.setdefault((claims or {}).get(one.subject, one.subject), at)
    return found


def check_persons(
    statements: Iterable[Statement], consents: Callable[[str], list[str]], claims: Mapping[str, str] | None = None
) -> None:
    """Raises Refused for a target without a live consent and for an employee below officer level.

    `claims`: records about persons -> the person, as far as other publications tell.
    """
    every = list(statements)
    about = {**(claims or {}), **claims_in(every, named(every).__contains__)}
    for person, at in need_consent(every, about).items():
        if not consents(person):
            raise Refused(
                f"Statement {at} names a target of surveillance, or somebody's family, without a live consent.",
                field=f"statements[{at}].value",
                code="no_consent",
                hint="Record the consent first, or publish without the person.",
            )
    for at, one in enumerate(every):
        if _says_who(one, about):
            words = _words(one)
            if words & EMPLOYEES and not words & OFFICERS:
                raise Refused(
                    f"Statement {at} names an employee below the level of officers.",
                    field=f"statements[{at}].value",
                    code="employee",
                    hint="Publish what the company did, not who carried it out.",
                )


@lru_cache(maxsize=4096)
def _is_text(type_name: str, property_name: str) -> bool:
    one = registry.property_of(type_name, property_name)
    return one is not None and one.kind in ("text", "name")


def _says_who(statement: Statement, claims: Mapping[str, str]) -> bool:
    """Whether the words of the statement say who a person is: posts, all texts of a person, labels of claims."""
    if statement.subject in claims and statement.type == CLAIM:
        return _is_text(CLAIM, statement.property)
    if not statement.person:
        return False
    return statement.property in ROLES or (is_person(statement.type) and _is_text(statement.type, statement.property))


def _words(statement: Statement) -> set[str]:
    """The words to look at. A capital letter makes a word of a name a name (Ida Driver), unless there are two such words
    (Ida, Wife of the Target)."""
    words = _WORD.findall(statement.value)
    lower = {one.casefold() for one in words}
    if statement.property not in NAMES or len(lower & (TARGETS | EMPLOYEES)) > 1:
        return lower
    return {one for one in words if one == one.casefold()} | (lower & OFFICERS)
