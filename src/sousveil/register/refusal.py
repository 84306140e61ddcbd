"""A refusal: what was handed in is not taken, and the field that is wrong is named."""

from __future__ import annotations

import re

from sousveil.errors import SousveilError


class ReadOnly(SousveilError):
    """This register was opened to be read: nothing can be published, reviewed or erased here."""

    def __init__(self) -> None:
        super().__init__(
            "This copy of the register is only read: the log's private key is not here.",
            hint="Publish where the register is kept: `sousveil register publish FILE --key K --to URL`, or in its own folder.",
        )


class Refused(SousveilError):
    """Nothing of what was handed in is kept. `field` names what is wrong, `code` is stable and short."""

    def __init__(self, message: str, *, field: str, code: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field
        self.code = code

    def in_statement(self, at: int) -> Refused:
        """The same, saying in which statement of a publication."""
        return Refused(
            f"Statement {at}: {self.message}",
            field=f"statements[{at}].{self.field}",
            code=self.code,
            hint=self.hint,
        )

    def later(self, by: int) -> Refused:
        """The same of a publication that takes several entries: `by` statements stand in the entries before."""

        def moved(found: re.Match[str]) -> str:
            return f"{found[1]}{int(found[2]) + by}"

        return Refused(
            re.sub(r"\A(Statement )(\d+)\b", moved, self.message),
            field=re.sub(r"\A(statements\[)(\d+)(?=\])", moved, self.field),
            code=self.code,
            hint=self.hint,
        )
