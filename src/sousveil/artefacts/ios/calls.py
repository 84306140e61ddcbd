"""Call history: CallHistory.storedata, and call_history.db up to iOS 7. A row is a call with one of its participants."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Flag, Handle, Integer, Label, MacTime, Name, Opaque, Real, Role, RoleValue
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record


class Call(Record):
    """One call."""

    number: Handle | None
    participant: Handle | None
    """Of a call with several people: one of them a row."""
    role: RoleValue
    direction: Label | None
    """`incoming` or `outgoing`."""
    answered: Flag | None
    originated: Flag | None
    date: MacTime | None
    duration: Real | None
    """Seconds."""
    provider: Label | None
    """The app or service."""
    location: Name | None
    """The region that the number belongs to, as the phone words it."""
    name: Name | None
    country: Label | None
    call_type: Integer | None
    """1 telephone, 8 FaceTime video, 16 FaceTime audio; 0 for other apps."""
    category: Integer | None
    disconnected_cause: Integer | None
    face_time_data: Integer | None
    """Bytes of a FaceTime call."""
    handle_type: Integer | None
    junk_confidence: Integer | None
    verification_status: Integer | None
    filtered_out_reason: Integer | None
    blocked_by: Label | None
    """The app that blocked the call."""
    unique_id: Opaque
    read: Flag | None


def _derive(work: dict[str, Column], _context: Context) -> None:
    mine = work["_mine"]
    work["role"] = [Role.SENT.value if m == 1 else Role.RECEIVED.value for m in mine]
    work["direction"] = ["outgoing" if m == 1 else "incoming" for m in mine]
    work["number"] = (
        [v.decode("utf-8", "backslashreplace") if type(v) is bytes else v for v in work["number"]]
        if "number" in work
        else [None] * len(mine)
    )


def _c(name: str) -> str:
    return f"ZCALLRECORD.{name}"


_OPTIONAL = {
    "answered": _c("ZANSWERED"),
    "originated": _c("ZORIGINATED"),
    "duration": _c("ZDURATION"),
    "provider": _c("ZSERVICE_PROVIDER"),
    "location": _c("ZLOCATION"),
    "name": _c("ZNAME"),
    "country": _c("ZISO_COUNTRY_CODE"),
    "call_type": _c("ZCALLTYPE"),
    "category": _c("ZCALL_CATEGORY"),
    "disconnected_cause": _c("ZDISCONNECTED_CAUSE"),
    "face_time_data": _c("ZFACE_TIME_DATA"),
    "handle_type": _c("ZHANDLE_TYPE"),
    "junk_confidence": _c("ZJUNKCONFIDENCE"),
    "verification_status": _c("ZVERIFICATIONSTATUS"),
    "filtered_out_reason": _c("ZFILTERED_OUT_REASON"),
    "blocked_by": _c("ZBLOCKEDBYEXTENSION"),
    "unique_id": _c("ZUNIQUE_ID"),
    "read": _c("ZREAD"),
}
_COLUMNS = {"number": _c("ZADDRESS"), "date": _c("ZDATE")}
_PAIRS = "Z_2REMOTEPARTICIPANTHANDLES"


def _with_participants(handle: int) -> Layout:
    return Layout(
        name="calls with participants",
        source=f"ZCALLRECORD LEFT JOIN {_PAIRS} ON {_PAIRS}.Z_2REMOTEPARTICIPANTCALLS = ZCALLRECORD.Z_PK "
        f"LEFT JOIN ZHANDLE ON ZHANDLE.Z_PK = {_PAIRS}.Z_{handle}REMOTEPARTICIPANTHANDLES",
        columns=_COLUMNS | {"participant": "ZHANDLE.ZVALUE"},
        optional=_OPTIONAL,
        inputs={"_mine": _c("ZORIGINATED")},
        derive=_derive,
        extra=("ZCALLRECORD",),
    )


_OLD = Layout(
    name="calls up to iOS 7",
    source="call",
    # Whole seconds since 1970; the field counts from 2001.
    columns={"number": "call.address", "date": "call.date - 978307200"},
    optional={"duration": "call.duration", "name": "call.name", "country": "call.country_code", "read": "call.read"},
    # Bit 0 of the flags: the phone's owner called.
    inputs={"_mine": "call.flags & 1"},
    derive=_derive,
    extra=("call",),
    kept=("call.flags",),
)


ARTEFACT = Artefact(
    name="ios.calls",
    title="Call history",
    needs={
        "main": (
            At.ios("/private/var/mobile/Library/CallHistoryDB/CallHistory.storedata"),
            At.ios("/private/var/wireless/Library/CallHistory/call_history.db"),
            At.ios("/private/var/mobile/Library/CallHistory/call_history.db"),
        )
    },
    record=Call,
    role=Role.RECEIVED,
    read=sqlite(
        _with_participants(4),
        _with_participants(3),
        _with_participants(5),
        Layout(
            name="calls",
            source="ZCALLRECORD",
            columns=_COLUMNS,
            optional=_OPTIONAL,
            inputs={"_mine": _c("ZORIGINATED")},
            derive=_derive,
            extra=("ZCALLRECORD",),
        ),
        _OLD,
    ),
    events=(Event(at="date", says="call", shows="direction"),),
    expected=Expected(encrypted_only=True),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output; other columns recalled",
            verified=True,
        ),
        Seen(
            versions="iOS 3 to 7",
            basis="table of a published iOS 6 schema; not seen on a real phone by us",
            verified=False,
            tables=("call",),
        ),
    ),
    means="Who called or was called. A call that was not answered can still have carried an attack (WhatsApp, 2019).",
)
