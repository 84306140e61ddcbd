"""What a kept package must not hold: details of persons that no register needs.

Of a package of others everything is kept as it came, except contacts, addresses, places of birth and identity numbers of
persons and birth dates beyond the year. What is taken out is named by its JSON path.
"""

from __future__ import annotations

import re
from typing import Any

_PERSON = ("addresses", "identifiers", "placeOfBirth", "taxResidencies", "birthDate", "deathDate")
_CONTACTS = re.compile(r"contactPoints?|email|e-mail|telephone|phone|fax|faxNumber|persones", re.IGNORECASE)


def without_contacts(value: Any, path: str = "$") -> tuple[Any, list[str]]:
    """An OCDS package without contact points, e-mail addresses and telephone numbers, and the paths of those."""
    taken: list[str] = []

    def copy(one: Any, at: str) -> Any:
        if isinstance(one, dict):
            kept = {}
            for name, inner in one.items():
                if _CONTACTS.fullmatch(name):
                    taken.append(f"{at}.{name}")
                else:
                    kept[name] = copy(inner, f"{at}.{name}")
            return kept
        if isinstance(one, list):
            return [copy(inner, f"{at}[{place}]") for place, inner in enumerate(one)]
        return one

    return copy(value, path), taken


def without_details(statements: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """BODS statements without the details of persons, and the paths of those."""
    taken: list[str] = []
    kept = []
    for place, statement in enumerate(statements):
        if statement["recordType"] == "person":
            details = dict(statement["recordDetails"])
            for name in _PERSON:
                if name not in details:
                    continue
                value = details.pop(name)
                if name in ("birthDate", "deathDate"):
                    details[name] = value[:4]
                    if len(value) == 4:
                        continue
                taken.append(f"$[{place}].recordDetails.{name}")
            statement = {**statement, "recordDetails": details}
        kept.append(statement)
    return kept, taken
