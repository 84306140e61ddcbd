"""WhatsApp's calls: CallHistory.sqlite.

Row keys: at (Unix seconds), jid, people (further JIDs), duration (seconds), outgoing, missed, video, outcome, group,
creator, call_id, or any column of ZWACDCALLEVENT by its own name. Layout: tables and columns as public readers of them use
them, in an order of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, core_data, ddl, fixed_uuid, mac, raw_columns

DOMAIN = "AppDomainGroup-group.net.whatsapp.WhatsApp.shared"
RELATIVE = "CallHistory.sqlite"
VERSIONS: tuple[int, ...] = (12,)

_HEAD = ("Z_PK INTEGER PRIMARY KEY", "Z_ENT INTEGER", "Z_OPT INTEGER")
_TOTAL = Table(
    "ZWAAGGREGATECALLEVENT",
    *_HEAD,
    "ZINCOMING INTEGER",
    "ZMISSED INTEGER",
    "ZMISSEDREASON INTEGER",
    "ZVIDEO INTEGER",
    "ZFIRSTDATE TIMESTAMP",
    Z_ENT=1,
    Z_OPT=1,
)
_CALL = Table(
    "ZWACDCALLEVENT",
    *_HEAD,
    "ZBYTESRECEIVED INTEGER",
    "ZBYTESSENT INTEGER",
    "ZOUTCOME INTEGER",
    "Z1CALLEVENTS INTEGER",
    "ZDATE TIMESTAMP",
    "ZDURATION FLOAT",
    "ZCALLIDSTRING VARCHAR",
    "ZGROUPCALLCREATORUSERJIDSTRING VARCHAR",
    "ZGROUPJIDSTRING VARCHAR",
    indexes=("Z1CALLEVENTS",),
    Z_ENT=2,
    Z_OPT=1,
    ZBYTESRECEIVED=0,
    ZBYTESSENT=0,
)
_PERSON = Table(
    "ZWACDCALLEVENTPARTICIPANT",
    *_HEAD,
    "ZOUTCOME INTEGER",
    "Z1PARTICIPANTS INTEGER",
    "ZJIDSTRING VARCHAR",
    indexes=("Z1PARTICIPANTS",),
    Z_ENT=3,
    Z_OPT=1,
)


def schema(ios: int) -> str:
    """The statements that make an empty store."""
    check_ios(ios, VERSIONS)
    entities = ("WAAggregateCallEvent", "WACDCallEvent", "WACDCallEventParticipant")
    return ddl((_TOTAL, _CALL, _PERSON)) + core_data("whatsapp calls", entities)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many calls in one transaction."""
    with Batch(db, (_TOTAL, _CALL, _PERSON)) as batch:
        for row in rows:
            key, total = batch.key(row, _CALL.name), batch.new_id(_TOTAL.name)
            at, outgoing, missed = mac(row.get("at", BASE_TIME)), bool(row.get("outgoing")), bool(row.get("missed"))
            outcome = row.get("outcome", int(missed))
            first = row.get("jid", "15555550123@s.whatsapp.net")
            batch.add(
                _TOTAL.name,
                {
                    "Z_PK": total,
                    "ZINCOMING": int(not outgoing),
                    "ZMISSED": int(missed),
                    "ZVIDEO": int(row.get("video", False)),
                    "ZFIRSTDATE": at,
                },
            )
            values = {
                "Z_PK": key,
                "Z1CALLEVENTS": total,
                "ZDATE": at,
                "ZDURATION": float(row.get("duration", 0 if missed else 60)),
                "ZOUTCOME": outcome,
                "ZCALLIDSTRING": row.get("call_id", fixed_uuid("whatsapp call", key)),
                "ZGROUPJIDSTRING": row.get("group"),
                "ZGROUPCALLCREATORUSERJIDSTRING": row.get("creator"),
            }
            batch.add(_CALL.name, values | raw_columns(row))
            for jid in (first, *row.get("people", ())):
                person = {"Z_PK": batch.new_id(_PERSON.name), "Z1PARTICIPANTS": key, "ZJIDSTRING": jid}
                batch.add(_PERSON.name, person | {"ZOUTCOME": outcome})


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one call; see the module for the keys."""
    bulk(db, ios, [row])
