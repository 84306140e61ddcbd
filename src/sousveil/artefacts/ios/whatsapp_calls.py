"""WhatsApp calls: CallHistory.sqlite. A row is a call with one of its participants.

A WhatsApp call that nobody answered carried Pegasus in 2019.
"""

from __future__ import annotations

from sousveil.artefacts.ios._lids import numbers_beside
from sousveil.artefacts.ios.whatsapp import APPS, GROUP
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Flag, Handle, Integer, Label, MacTime, Opaque, PhoneNumber, Real, Role, RoleValue
from sousveil.readers.sqlite import Column, Layout, amended, sqlite
from sousveil.records import Record


class WhatsAppCall(Record):
    """One call, with one of its participants."""

    call_id: Opaque | None
    jid: Handle | None
    """The participant."""
    number: PhoneNumber | None
    """The number behind `jid` where that is a hidden identifier."""
    group: Handle | None
    creator: Handle | None
    """Who began a call of a group."""
    role: RoleValue
    direction: Label | None
    """`incoming` or `outgoing`; nothing where the phone does not say."""
    missed: Flag | None
    video: Flag | None
    outcome: Integer | None
    """0 ended, 1 missed, 4 rejected."""
    participant_outcome: Integer | None
    date: MacTime | None
    duration: Real | None
    """Seconds."""
    bytes_received: Integer | None
    bytes_sent: Integer | None


def derive(work: dict[str, Column], _context: Context) -> None:
    """Role and direction. A call whose direction is not known counts as one that came in."""
    incoming = work["_incoming"]
    work["role"] = [Role.SENT.value if value == 0 else Role.RECEIVED.value for value in incoming]
    words = {0: "outgoing", 1: "incoming"}
    work["direction"] = [words.get(value) if type(value) is int else None for value in incoming]


_CALL, _PERSON, _TOTAL = "ZWACDCALLEVENT", "ZWACDCALLEVENTPARTICIPANT", "ZWAAGGREGATECALLEVENT"
_COLUMNS = {"date": f"{_CALL}.ZDATE", "duration": f"{_CALL}.ZDURATION"}
_OPTIONAL = {
    "call_id": f"{_CALL}.ZCALLIDSTRING",
    "group": f"{_CALL}.ZGROUPJIDSTRING",
    "creator": f"{_CALL}.ZGROUPCALLCREATORUSERJIDSTRING",
    "outcome": f"{_CALL}.ZOUTCOME",
    "bytes_received": f"{_CALL}.ZBYTESRECEIVED",
    "bytes_sent": f"{_CALL}.ZBYTESSENT",
}

_read = sqlite(
    Layout(
        name="calls with participants",
        source=f"{_CALL} LEFT JOIN {_PERSON} ON {_PERSON}.Z1PARTICIPANTS = {_CALL}.Z_PK "
        f"LEFT JOIN {_TOTAL} ON {_TOTAL}.Z_PK = {_CALL}.Z1CALLEVENTS",
        columns=_COLUMNS | {"jid": f"{_PERSON}.ZJIDSTRING"},
        optional=_OPTIONAL
        | {
            "participant_outcome": f"{_PERSON}.ZOUTCOME",
            "missed": f"{_TOTAL}.ZMISSED",
            "video": f"{_TOTAL}.ZVIDEO",
        },
        inputs={"_incoming": f"{_TOTAL}.ZINCOMING"},
        derive=derive,
        extra=(_CALL, _TOTAL),
    ),
    Layout(
        name="calls without direction",
        source=f"{_CALL} LEFT JOIN {_PERSON} ON {_PERSON}.Z1PARTICIPANTS = {_CALL}.Z_PK",
        columns=_COLUMNS | {"jid": f"{_PERSON}.ZJIDSTRING"},
        optional=_OPTIONAL | {"participant_outcome": f"{_PERSON}.ZOUTCOME"},
        inputs={"_incoming": "NULL"},
        derive=derive,
        extra=(_CALL,),
    ),
    part="calls",
)


ARTEFACT = Artefact(
    name="ios.whatsapp_calls",
    title="WhatsApp calls",
    needs={
        "main": (At.group(GROUP, "CallHistory.sqlite"),),
        "lids": (At.group(GROUP, "LID.sqlite"),),
        "contacts": (At.group(GROUP, "ContactsV2.sqlite"),),
        "chats": (At.group(GROUP, "ChatStorage.sqlite"),),
    },
    record=WhatsAppCall,
    role=Role.RECEIVED,
    read=amended(_read, numbers_beside([("jid", "number")], "lids", "contacts", "chats")),
    events=(Event(at="date", says="WhatsApp call", shows="direction"),),
    expected=Expected(app=APPS, optional="older versions of the app have none"),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="tables and columns from published descriptions; not seen on a real phone by us",
            verified=False,
        ),
    ),
    means="Who called or was called. A call that was not answered can still have carried an attack (Pegasus, 2019). A call "
    "alone shows no attack.",
)
