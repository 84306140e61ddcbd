"""Rules of the log that were made after the first logs were written: what they refuse is told apart from what was altered.

An entry that breaks one of them is signed by a key that was registered, and nothing in it was changed. Whether it was admitted before the
rule was made, or by an operator with a changed program since, no log can tell; so it is a difference all the same (decision 0038).
"""

from __future__ import annotations

from sousveil.errors import SousveilError
from sousveil.ledger.disagreement import Disagreement
from sousveil.register.refusal import Refused

NAMES = "0040"
"""Who signs is who says. Before it the keys of those who run the register could name others as publishers."""
KEYS = {"owner_has_key": "0038", "unproven_key": "0038"}
"""Code of a refusal by the keyring -> the decision that made its rule: before it an operator could bring a further key for anybody."""


class LaterRule(Disagreement):
    """An entry is refused by a rule that was made later than the first logs. `record`: the number of its decision."""

    def __init__(self, message: str, *, record: str = "") -> None:
        super().__init__(message)
        self.record = record


def at_entry(index: int, error: SousveilError) -> Disagreement:
    """The difference that an error in an entry is."""
    message = f"Entry {index}: {error.message}"
    if isinstance(error, Refused) and error.code in KEYS:
        return LaterRule(message, record=KEYS[error.code])
    return Disagreement(message)


def told(record: str) -> str:
    """What whoever reads the difference has to know besides."""
    return (
        f"The rule is that of decision {record}. The entry is signed by a key that was registered, and nothing in it was altered: it is no "
        "forgery of what somebody signed. A log that was begun before the rule may hold it; no version that was released ever wrote one. "
        "An operator with a changed program could write it on any day, so it counts as a difference; ask the operator. What comes after it "
        "was not checked."
    )
