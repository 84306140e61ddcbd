"""What is on file about an entity, in plain words: lists and documents that name it, letters that it signed."""

from __future__ import annotations

from collections.abc import Callable

from sousveil.register.model import Recorded, Stance
from sousveil.register.views import words

TELLING = {"Claim": "entity", "Sanction": "entity", "LetterSignature": "signatory"}
"""Record type -> property that names whom it is about."""
PLAIN_NAMING = "named in documents"
"""The heading of a naming that says nothing besides."""


class Told:
    """A record that says something about an entity, while the screener is built: as its first teller says it. Whom others add to it, and
    what, and until when, is not told in that teller's name."""

    __slots__ = ("answered", "entities", "notes", "publisher", "type", "until", "values")

    def __init__(self, type: str, publisher: str) -> None:
        self.type = type
        self.publisher = publisher
        self.entities: list[str] = []
        self.values: dict[str, str] = {}
        self.notes: list[str] = []
        self.until: str | None = None
        self.answered: list[str] = []

    def take(self, one: Recorded) -> None:
        said = one.statement
        if said.stance is not Stance.ASSERTS:
            self.answered.append(said.publisher)
        elif said.publisher != self.publisher:
            return
        elif said.property == TELLING[said.type]:
            self.entities.append(said.value)
            self.until = self.until or said.valid_until
        elif said.property == "note":
            self.notes.append(said.value)
        else:
            self.values.setdefault(said.property, said.value)

    def words(self, called: Callable[[str], str] = str) -> str:
        """In plain words, and no more than the record says. `called`: how people call a publisher."""
        values = self.values
        by = values.get("publisher") or called(self.publisher)
        if self.type == "LetterSignature":
            said = words.on_file_signed()
        elif self.type == "Sanction":
            authority = values.get("authority") or called(self.publisher)
            programme = values.get("program") or values.get("summary") or authority
            until = values.get("endDate") or self.until
            said = words.on_file_restricted(programme, "" if programme == authority else authority, until)
        elif values.get("claimKind") == "listed-as":
            said = words.on_file_listed(values.get("label") or values.get("list") or self.type, by)
        else:
            label = values.get("label", "")
            collection = values.get("list") or values.get("document") or by
            collection = collection.removeprefix(f"{by}, ")
            said = words.on_file_named(collection, by, "" if label == PLAIN_NAMING else label)
        if self.notes:
            said = words.on_file_noted(said, "; ".join(dict.fromkeys(self.notes)))
        return (
            words.on_file_answered(said, ", ".join(dict.fromkeys(map(called, self.answered))))
            if self.answered
            else said
        )
