"""The ways in which a value of the peer's may differ from ours.

Each is checked: a value that differs otherwise fails the test. A case is given the peer's value, our record beside it,
the peer's record, and all our records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.differential.ours import Records, Row
from tests.differential.values import micros, time, to_second

Case = Callable[[Any, Row | None, Mapping[str, Any], Records], bool]


def _digits(value: Any) -> str:
    return re.sub(r"\D", "", value.partition("@")[0]) if isinstance(value, str) else ""


def cut_to_seconds(field: str) -> Case:
    """Theirs is our instant cut to the whole second."""
    return lambda theirs, row, _peer, _every: row is not None and to_second(theirs, row[field])


def _attachment_date(theirs: Any, row: Row | None, _peer: Mapping[str, Any], _every: Records) -> bool:
    """Of the message, cut to the second; of the attachment where it belongs to no message."""
    return row is not None and to_second(theirs, row["created_date"] if row["message_id"] is None else row["date"])


def copied(field: str) -> Case:
    """Theirs is a copy of another value of the record, which is in ours."""
    return lambda theirs, row, _peer, _every: row is not None and time(theirs, row[field])


def word(*words: Any) -> Case:
    """Theirs is a word or number that stands for "nothing", where we have nothing."""
    return lambda theirs, _row, _peer, _every: theirs in words


def _made_up_process(_theirs: Any, row: Row | None, peer: Mapping[str, Any], every: Records) -> bool:
    """A record for a number that no row has."""
    ids = {one["process_id"] for one in every["ios.datausage"]}
    return row is None and peer["live_id"] is None and peer["proc_id"] not in ids


def _no_process(theirs: Any, row: Row | None, _peer: Mapping[str, Any], _every: Records) -> bool:
    return row is not None and row["process_id"] is None and theirs == "MANIPULATED [process record deleted]"


def _contact_name(who: str) -> Case:
    def case(theirs: Any, _row: Row | None, peer: Mapping[str, Any], every: Records) -> bool:
        number = _digits(peer.get(f"{who}_resolved_phone_number") or peer[f"{who}_identifier"])
        return any(
            one["full_name"] == theirs and _digits(one["phone_number"]) == number
            for one in every["ios.whatsapp_contacts"]
        )

    return case


def _plus(*fields: str) -> Case:
    """Theirs is a plus sign and our number, or the number in our identifier."""

    def case(theirs: Any, row: Row | None, _peer: Mapping[str, Any], _every: Records) -> bool:
        number = next((row[field] for field in fields if row[field]), None) if row is not None else None
        return number is not None and theirs == "+" + _digits(number)

    return case


def _escaped(theirs: Any, row: Row | None, _peer: Mapping[str, Any], _every: Records) -> bool:
    return row is not None and "\x00" in row["user"] and theirs == row["user"].replace("\x00", "\\x00")


def _other_link(theirs: Any, row: Row | None, _peer: Mapping[str, Any], _every: Records) -> bool:
    """Only the titles differ: theirs are links of the same entry."""
    mine: Sequence[Mapping[str, Any]] = json.loads(row["session_data"]) if row is not None else []
    return len(mine) == len(theirs) and all(
        one["entry_title"] == other.get("entry_original_url", other["entry_url"])
        and one["entry_url"] == other["entry_url"]
        and one["data_length"] == other["data_length"]
        for one, other in zip(theirs, mine, strict=True)
    )


def _printed(theirs: Any, row: Row | None, _peer: Mapping[str, Any], _every: Records) -> bool:
    """Each link without the closing marks of a printed dictionary is in the actions."""
    return row is not None and all(link.rstrip("'\"}])") in row["actions"] for link in theirs)


def _attachment_direction(theirs: Any, row: Row | None, _peer: Mapping[str, Any], _every: Records) -> bool:
    return row is not None and theirs == ("sent" if row["is_outgoing"] == 1 else "received")


def _of_messages(pick: Callable[[Sequence[int]], int], counted: bool = False) -> Case:
    def case(theirs: Any, _row: Row | None, peer: Mapping[str, Any], every: Records) -> bool:
        dates = {
            one["message_id"]: one["date"] for one in every["ios.whatsapp"] if one["chat_id"] == peer["session_pk"]
        }
        if counted:
            return bool(theirs == len(dates))
        known = [date for date in dates.values() if date is not None]
        at = micros(theirs)
        return bool(known) and at is not None and abs(at - pick(known)) <= 1

    return case


CASES: dict[str, Case] = {
    "message date cut to seconds": cut_to_seconds("date"),
    "message or attachment date cut to seconds": _attachment_date,
    "read date cut to seconds": cut_to_seconds("date_read"),
    "copy of live_time": copied("live_time"),
    "copy of first_seen": copied("first_seen"),
    "number without a row": _made_up_process,
    "words for a missing program": _no_process,
    "words for nothing": word("NULL", "Unknown"),
    "never": word(-1.0, -1),
    "off": word(False, "off"),
    "name of the kind of record": word("chat_session", "lid_phone_number_pair"),
    "name of the sender in WhatsApp's contacts": _contact_name("sender"),
    "name of the recipient in WhatsApp's contacts": _contact_name("recipient"),
    "name of the conversation in WhatsApp's contacts": _contact_name("domain"),
    "plus sign before chat number": _plus("number", "jid"),
    "plus sign before sender number": _plus("sender_number", "sender_identifier"),
    "plus sign before recipient number": _plus("recipient_number", "recipient_identifier"),
    "plus sign before conversation number": _plus("domain_number", "domain_identifier"),
    "escaped NUL": _escaped,
    "link in place of the title": _other_link,
    "marks of a printed dictionary": _printed,
    "direction of the attachment row": _attachment_direction,
    "first of the messages": _of_messages(min),
    "last of the messages": _of_messages(max),
    "number of the messages": _of_messages(len, counted=True),
}
"""Name in the table -> check."""
