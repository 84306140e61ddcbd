"""The rules about natural persons that a program can hold: consent of targets, no employees below officers.

Whether a publication about a person is of public interest is for two reviewers to say (`review.py`). What they cannot
release: somebody named as a target of surveillance, or as a target's family, without a consent that is live; and an
employee below the level of officers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sousveil.register.model import Statement
from sousveil.register.refusal import Refused

INCIDENTS = frozenset({"AbuseIncident", "Finding"})
"""A statement of these types that names a person names a target."""
ROLES = frozenset({"role", "position"})
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


def need_consent(statements: Iterable[Statement]) -> dict[str, int]:
    """Persons who are named as targets or as their family -> place of the first statement that does so."""
    found: dict[str, int] = {}
    for at, one in enumerate(statements):
        if not one.person:
            continue
        if one.type in INCIDENTS:
            found.setdefault(persons_in(one), at)
        elif one.property in ROLES and _words(one) & TARGETS and not _words(one) & OFFICERS:
            found.setdefault(one.subject, at)
    return found


def check_persons(statements: Iterable[Statement], consents: Callable[[str], list[str]]) -> None:
    """Raises Refused for a target without a live consent and for an employee below officer level."""
    every = list(statements)
    for person, at in need_consent(every).items():
        if not consents(person):
            raise Refused(
                f"Statement {at} names a target of surveillance, or somebody's family, without a live consent.",
                field=f"statements[{at}].value",
                code="no_consent",
                hint="Record the consent first, or publish without the person.",
            )
    for at, one in enumerate(every):
        if one.person and one.property in ROLES:
            words = _words(one)
            if words & EMPLOYEES and not words & OFFICERS:
                raise Refused(
                    f"Statement {at} names an employee below the level of officers.",
                    field=f"statements[{at}].value",
                    code="employee",
                    hint="Publish what the company did, not who carried it out.",
                )


def _words(statement: Statement) -> set[str]:
    return set(_WORD.findall(statement.value.casefold()))
