"""The newsroom's side of a look-up: blind, ask, verify both proofs, submit. The numbers stay in this process."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sousveil.errors import LimitExceeded, Usage
from sousveil.investigation.listing import Columns, open_list
from sousveil.investigation.numbers import read_number
from sousveil.investigation.oprf import Blinded
from sousveil.investigation.requests import signed_request
from sousveil.kinds import visible
from sousveil.ledger.keys import PrivateKey
from sousveil.texts import t

CONTACTS_MOST = 20_000
"""Numbers of a phone book."""
VCARD_MOST = 64 << 20
"""Bytes of a phone book."""
LINE_MOST = 1 << 12
"""Bytes of a line that may have a number; longer ones, such as photos, are passed over."""
_TELEPHONE = re.compile(r"(?:[\w-]+\.)?TEL(?:;[^:]*)?:(?:tel:)?(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How a newsroom reaches an exchange."""

    keys: tuple[bytes, bytes]
    """The public oblivious keys, out of the exchange's configuration."""
    ask: Callable[[bytes, bytes], list[bytes]]
    """Signed request and blinded elements -> the answers of both keys."""
    submit: Callable[[str, bytes], bytes]
    """Id and outputs -> the receipt."""


def look_up(
    numbers: Sequence[str], people: Sequence[PrivateKey], door: Door, *, newsroom: str, reason: str, now: datetime
) -> str:
    """Ask about different E.164 numbers, signed by two people of a newsroom; gives the id of the request.

    The answer comes later, from two holders, whatever it is. Raises Usage, Malformed (a proof is false), LimitExceeded.
    """
    blinded = Blinded([number.encode() for number in numbers])
    digest = hashlib.sha256(blinded.elements).hexdigest()
    id, envelope = signed_request(numbers, digest, people, newsroom=newsroom, reason=reason, now=now)
    outputs = blinded.outputs(door.ask(envelope, blinded.elements), door.keys)
    door.submit(id, b"".join(outputs))
    return id


def one_number(text: str, country: str = "") -> str:
    """The E.164 number in a text. Raises Usage, which does not repeat it."""
    number = read_number(text, country).e164
    if not number:
        raise Usage(t("error.lookup_numbers.number"), hint=t("error.lookup_numbers.number_hint"))
    return number


def read_contacts(path: Path, country: str = "", column: str = "", *, headed: bool = True) -> tuple[list[str], int]:
    """The different numbers of a phone book (vCard or CSV), in its order, and how many cells were no certain number.

    `column`: the header or the position of the column of numbers. `headed`: whether the first line of a CSV file names the
    columns. Raises Usage, LimitExceeded.
    """
    cells = _vcard(path) if path.suffix.lower() in (".vcf", ".vcard") else _csv(path, column, headed)
    numbers: dict[str, None] = {}
    unread = 0
    for cell in cells:
        number = read_number(cell, country).e164
        if not number:
            unread += 1
            continue
        numbers[number] = None
        if len(numbers) > CONTACTS_MOST:
            raise LimitExceeded(t("error.lookup_numbers.most", most=CONTACTS_MOST))
    if not numbers:
        raise Usage(t("error.lookup_numbers.none", path=visible(str(path))), hint=t("error.lookup_numbers.number_hint"))
    return list(numbers), unread


def _csv(path: Path, column: str, headed: bool) -> list[str]:
    with open_list(path, headed=headed) as listing:
        columns = Columns(listing.header, {"number": column})
        return [cell for row in listing.rows(columns) if (cell := columns.cell(row, "number"))]


def _vcard(path: Path) -> list[str]:
    """The values of TEL (RFC 6350, 6.4.1), line by line: no name, photo or note is kept."""
    cells: list[str] = []
    try:
        with path.open("rb") as file:
            line = file.readline(LINE_MOST)
            while line:
                if file.tell() > VCARD_MOST or len(cells) > 4 * CONTACTS_MOST:
                    raise LimitExceeded(t("error.lookup_numbers.most", most=CONTACTS_MOST))
                following = file.readline(LINE_MOST)
                if following[:1] in (b" ", b"\t"):  # the line goes on (RFC 6350, 3.2)
                    line = (line.rstrip(b"\r\n") + following[1:])[:LINE_MOST]
                    continue
                if match := _TELEPHONE.match(line.decode("utf-8", "replace").strip()):
                    cells.append(match[1])
                line = following
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(t("error.list.unreadable", path=visible(str(path)), reason=reason)) from None
    return cells


__all__ = ["Door", "look_up", "one_number", "read_contacts"]
