"""A refusal: what was handed in is not taken, and the field that is wrong is named."""

from __future__ import annotations

from sousveil.errors import SousveilError


class Refused(SousveilError):
    """Nothing of what was handed in is kept. `field` names what is wrong, `code` is stable and short."""

    def __init__(self, message: str, *, field: str, code: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field
        self.code = code
