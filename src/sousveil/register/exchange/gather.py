"""Gathers the statements of a package: one place that fills in who says it, checks, and drops repetitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sousveil.register.exchange.model import Said
from sousveil.register.exchange.validating import refuse
from sousveil.register.model import Statement
from sousveil.register.refusal import Refused
from sousveil.register.types.checking import check


class Gather:
    """Statements of one package."""

    def __init__(self, said: Said, publisher: str, sha256: str) -> None:
        self.said = said
        self.publisher = publisher
        self.namespace = said.namespace or publisher
        self.sha256 = sha256
        self.found: dict[tuple[str, str, str, str | None], Statement] = {}

    def add(
        self,
        path: str,
        subject: str,
        type_name: str,
        name: str,
        value: Any,
        *,
        asserted: str | None = None,
        person: bool = False,
        dates: Mapping[str, str | None] | None = None,
    ) -> None:
        """One statement; nothing where the value is missing or blank. `path` names the field in a refusal."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return
        text = value if isinstance(value, str) else number(value)
        try:
            statement = check(
                Statement(
                    subject=subject,
                    type=type_name,
                    property=name,
                    value=text,
                    source=self.said.source,
                    source_sha256=self.sha256,
                    publisher=self.publisher,
                    dataset=self.said.dataset,
                    standing=self.said.standing,
                    asserted=asserted,
                    person=person,
                    valid_from=(dates or {}).get("from"),
                    valid_until=(dates or {}).get("until"),
                )
            )
        except Refused as error:
            raise refuse(path, error.code, error.message.rstrip(".")) from None
        self.found.setdefault((subject, name, statement.value, statement.valid_until), statement)


def number(value: Any) -> str:
    """A JSON number as the digits a statement holds."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        text = format(value, "f") if value == value else "nan"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def day(text: Any) -> str | None:
    """The day of a date or moment, as printed."""
    return text[:10] if isinstance(text, str) and text else None
