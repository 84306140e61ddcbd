"""Messages: HomeDomain Library/SMS/sms.db (chat.db on a Mac has the same layout).

Row keys: text; attributed (True: the same text in attributedBody, or another text: only there when ``text`` is absent);
body (ready bytes for attributedBody); links ((start, length, url) in characters); mutable (NSMutableAttributedString);
handle (number or address; None: handle_id 0); at, read_at, delivered_at (Unix seconds); from_me; service; chat
(identifier, default the handle; "chat..." makes a group with a room name); members (handles of a group); guid;
attachments (dicts with filename, mime, transfer_name, uti, total_bytes, guid, created, outgoing); recoverable (Unix
seconds of the deletion, iOS 16+: under Recently Deleted); edits (iOS 16+: part of the message as text -> versions, oldest
first and the present one last, each (text, Unix seconds) or (bytes of a body, Unix seconds)); unsent (iOS 16+: numbers of
parts that the sender took back); ROWID; or any column of ``message`` by its own name, which
wins. Layout: the tables up to ``message_source`` as on a real chat.db of macOS 10.11; later columns from public
descriptions, in the order in which iOS added them, recalled.
"""

from __future__ import annotations

import plistlib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import apsw

from phonegen import typedstream
from phonegen.ios._tables import BASE_TIME, MAC_EPOCH, check_ios, fixed_uuid, lookup

DOMAIN = "HomeDomain"
RELATIVE = "Library/SMS/sms.db"
VERSIONS: tuple[int, ...] = (12, 13, 14, 15, 16, 17, 18, 26)

_INT = "INTEGER DEFAULT 0"
_MESSAGE: list[tuple[int, str]] = [
    (0, "ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT"),
    (0, f"replace {_INT}, service_center TEXT, handle_id {_INT}, subject TEXT, country TEXT, attributedBody BLOB"),
    (0, f"version {_INT}, type {_INT}, service TEXT, account TEXT, account_guid TEXT, error {_INT}"),
    (0, f"date INTEGER, date_read INTEGER, date_delivered INTEGER, is_delivered {_INT}, is_finished {_INT}"),
    (0, f"is_emote {_INT}, is_from_me {_INT}, is_empty {_INT}, is_delayed {_INT}, is_auto_reply {_INT}"),
    (0, f"is_prepared {_INT}, is_read {_INT}, is_system_message {_INT}, is_sent {_INT}, has_dd_results {_INT}"),
    (0, f"is_service_message {_INT}, is_forward {_INT}, was_downgraded {_INT}, is_archive {_INT}"),
    (0, f"cache_has_attachments {_INT}, cache_roomnames TEXT, was_data_detected {_INT}, was_deduplicated {_INT}"),
    (0, f"is_audio_message {_INT}, is_played {_INT}, date_played INTEGER, item_type {_INT}, other_handle {_INT}"),
    (0, f"group_title TEXT, group_action_type {_INT}, share_status {_INT}, share_direction {_INT}"),
    (0, f"is_expirable {_INT}, expire_state {_INT}, message_action_type {_INT}, message_source {_INT}"),
    (0, f"associated_message_guid TEXT, associated_message_type {_INT}, balloon_bundle_id TEXT, payload_data BLOB"),
    (0, f"expressive_send_style_id TEXT, associated_message_range_location {_INT}"),
    (0, f"associated_message_range_length {_INT}, time_expressive_send_played INTEGER, message_summary_info BLOB"),
    (0, f"ck_sync_state {_INT}, ck_record_id TEXT, ck_record_change_tag TEXT, destination_caller_id TEXT"),
    (0, f"sr_ck_sync_state {_INT}, sr_ck_record_id TEXT, sr_ck_record_change_tag TEXT"),
    (13, f"is_corrupt {_INT}, reply_to_guid TEXT, sort_id INTEGER, is_spam {_INT}"),
    (14, f"has_unseen_mention {_INT}, thread_originator_guid TEXT, thread_originator_part TEXT"),
    (15, f"syndication_ranges TEXT, was_delivered_quietly {_INT}, did_notify_recipient {_INT}"),
    (15, "synced_syndication_ranges TEXT"),
    (16, f"date_retracted INTEGER, date_edited INTEGER, was_detonated {_INT}, part_count INTEGER"),
    (16, f"is_stewie {_INT}, is_kt_verified {_INT}, is_sos {_INT}, is_critical {_INT}, bia_reference_id TEXT"),
    (17, "fallback_hash TEXT, associated_message_emoji TEXT"),
    (18, f"is_pending_satellite_send {_INT}, needs_relay {_INT}, schedule_type {_INT}, schedule_state {_INT}"),
    (18, f"sent_or_received_off_grid {_INT}, date_recovered INTEGER"),
    (26, f"is_time_sensitive {_INT}, ck_chat_id TEXT"),
]
_CHAT: list[tuple[int, str]] = [
    (0, "ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, style INTEGER, state INTEGER"),
    (
        0,
        "account_id TEXT, properties BLOB, chat_identifier TEXT, service_name TEXT, room_name TEXT, account_login TEXT",
    ),
    (0, f"is_archived {_INT}, last_addressed_handle TEXT, display_name TEXT, group_id TEXT, is_filtered {_INT}"),
    (0, f"successful_query INTEGER, engram_id TEXT, server_change_token TEXT, ck_sync_state {_INT}"),
    (0, "original_group_id TEXT, last_read_message_timestamp INTEGER DEFAULT 0, sr_server_change_token TEXT"),
    (0, f"sr_ck_sync_state {_INT}, cloudkit_record_id TEXT, sr_cloudkit_record_id TEXT, last_addressed_sim_id TEXT"),
    (13, f"is_blackholed {_INT}"),
    (15, f"syndication_date {_INT}, syndication_type {_INT}"),
    (16, f"is_recovered {_INT}, is_deleting_incoming_messages {_INT}"),
    (18, f"is_pending_review {_INT}"),
]
_ATTACHMENT: list[tuple[int, str]] = [
    (0, f"ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, created_date {_INT}, start_date {_INT}"),
    (0, f"filename TEXT, uti TEXT, mime_type TEXT, transfer_state {_INT}, is_outgoing {_INT}, user_info BLOB"),
    (0, f"transfer_name TEXT, total_bytes {_INT}, is_sticker {_INT}, sticker_user_info BLOB, attribution_info BLOB"),
    (0, f"hide_attachment {_INT}, ck_sync_state {_INT}, ck_server_change_token_blob BLOB, ck_record_id TEXT"),
    (0, "original_guid TEXT UNIQUE NOT NULL"),
    (0, f"sr_ck_sync_state {_INT}, sr_ck_server_change_token_blob BLOB, sr_ck_record_id TEXT"),
    (13, f"is_commsafety_sensitive {_INT}"),
    (17, f"emoji_image_content_identifier TEXT, emoji_image_short_description TEXT, preview_generation_state {_INT}"),
]
_CHAT_REF = "INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE"
_MESSAGE_REF = "INTEGER REFERENCES message (ROWID) ON DELETE CASCADE"
_REST = f"""
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE deleted_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, guid TEXT NOT NULL);
CREATE TABLE sync_deleted_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, recordID TEXT);
CREATE TABLE kvtable (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, key TEXT UNIQUE NOT NULL, value BLOB NOT NULL);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT,
 service TEXT NOT NULL, uncanonicalized_id TEXT, person_centric_id TEXT, UNIQUE (id, service));
CREATE TABLE chat_handle_join (chat_id {_CHAT_REF}, handle_id INTEGER REFERENCES handle (ROWID) ON DELETE CASCADE,
 UNIQUE(chat_id, handle_id));
CREATE TABLE chat_message_join (chat_id {_CHAT_REF}, message_id {_MESSAGE_REF}, message_date INTEGER DEFAULT 0,
 PRIMARY KEY (chat_id, message_id));
CREATE TABLE message_attachment_join (message_id {_MESSAGE_REF},
 attachment_id INTEGER REFERENCES attachment (ROWID) ON DELETE CASCADE, UNIQUE(message_id, attachment_id));
CREATE TABLE message_processing_task (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL,
 task_flags INTEGER NOT NULL);
CREATE INDEX message_idx_handle ON message(handle_id, date);
CREATE INDEX message_idx_date ON message(date);
CREATE INDEX message_idx_cache_has_attachments ON message(cache_has_attachments);
CREATE INDEX chat_message_join_idx_message_id_only ON chat_message_join(message_id);
CREATE INDEX message_attachment_join_idx_attachment_id ON message_attachment_join(attachment_id);
CREATE INDEX chat_idx_chat_identifier_service_name ON chat(chat_identifier, service_name);
CREATE TRIGGER add_to_deleted_messages AFTER DELETE ON message
 BEGIN INSERT INTO deleted_messages (guid) VALUES (OLD.guid); END;
INSERT INTO _SqliteDatabaseProperties VALUES ('_ClientVersion', '{{version}}');
"""
_RECOVERABLE = f"""
CREATE TABLE chat_recoverable_message_join (chat_id {_CHAT_REF}, message_id {_MESSAGE_REF}, delete_date INTEGER,
 ck_sync_state INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id), CHECK (delete_date != 0));
CREATE TABLE recoverable_message_part (chat_id {_CHAT_REF}, message_id {_MESSAGE_REF}, part_index INTEGER,
 delete_date INTEGER, part_text BLOB NOT NULL, ck_sync_state INTEGER DEFAULT 0,
 PRIMARY KEY (chat_id, message_id, part_index), CHECK (delete_date != 0));
CREATE TABLE unsynced_removed_recoverable_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, chat_guid TEXT NOT NULL,
 message_guid TEXT NOT NULL, part_index INTEGER);
"""
# Columns that nearly every row sets: written by one statement; others follow as an UPDATE of the row.
_USUAL = [
    "ROWID",
    "guid",
    "text",
    "handle_id",
    "attributedBody",
    "version",
    "service",
    "account",
    "date",
    "date_read",
    "date_delivered",
    "is_delivered",
    "is_finished",
    "is_from_me",
    "is_read",
    "is_sent",
    "cache_has_attachments",
    "cache_roomnames",
    "payload_data",
    "balloon_bundle_id",
]
_KEYS = frozenset(
    [
        "text",
        "attributed",
        "body",
        "links",
        "mutable",
        "handle",
        "at",
        "read_at",
        "delivered_at",
        "from_me",
        "service",
        "chat",
        "members",
        "guid",
        "attachments",
        "recoverable",
        "edits",
        "unsent",
        "ROWID",
        "payload_data",
        "balloon_bundle_id",
    ]
)
_CHUNK = 2_000


def _columns(parts: list[tuple[int, str]], ios: int) -> str:
    return ", ".join(text for since, text in parts if ios >= since)


def schema(ios: int) -> str:
    """The statements that make an empty sms.db of this iOS major version."""
    check_ios(ios, VERSIONS)
    made = [f"CREATE TABLE message ({_columns(_MESSAGE, ios)});", f"CREATE TABLE chat ({_columns(_CHAT, ios)});"]
    made.append(f"CREATE TABLE attachment ({_columns(_ATTACHMENT, ios)});")
    made.append(_REST.replace("{version}", str(1000 + ios)))
    if ios >= 16:
        made.append(_RECOVERABLE)
    return "\n".join(made)


def ns(unix: float | None) -> int:
    """Nanoseconds since 2001 for Unix seconds, 0 for None; exact to the microsecond."""
    if unix is None:
        return 0
    if isinstance(unix, int):
        return (unix - MAC_EPOCH) * 1_000_000_000
    return int((Decimal(repr(unix)) - MAC_EPOCH) * 1_000_000_000)


def summary(edits: Mapping[str, Iterable[tuple[Any, float]]], unsent: Iterable[int] = ()) -> bytes:
    """The property list of `message_summary_info` of a message that was edited or unsent."""
    parts = {
        part: [
            {"d": int(at) - MAC_EPOCH, "t": text if isinstance(text, bytes) else typedstream.attributed(text)}
            for text, at in versions
        ]
        for part, versions in edits.items()
    }
    numbers = {*map(int, parts), *unsent}
    found: dict[str, Any] = {"otr": {str(number): {"lo": number, "le": 1} for number in sorted(numbers)}, "ust": True}
    if parts:
        found |= {"ec": parts, "ep": sorted(map(int, parts))}
    if unsent:
        found["rp"] = list(unsent)
    return plistlib.dumps(found, fmt=plistlib.FMT_BINARY)


def _changes(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a message that was edited or unsent."""
    edits, unsent = row.get("edits", {}), row.get("unsent", ())
    if not edits and not unsent:
        return {}
    found: dict[str, Any] = {"message_summary_info": summary(edits, unsent)}
    last = max((at for versions in edits.values() for _, at in versions), default=row.get("at", BASE_TIME))
    return found | {"date_retracted" if unsent else "date_edited": ns(last)}


class _Writer:
    """Holds the numbers of handles and chats while rows are written."""

    def __init__(self, db: apsw.Connection, ios: int) -> None:
        self.db = db
        self.ios = ios
        self.next = db.execute("SELECT ifnull(max(ROWID), 0) + 1 FROM message").get
        self.next_attachment = db.execute("SELECT ifnull(max(ROWID), 0) + 1 FROM attachment").get
        self.handles: dict[Any, int] = lookup(db, "SELECT id || char(10) || service, ROWID FROM handle")
        self.chats: dict[Any, int] = lookup(db, "SELECT guid, ROWID FROM chat")
        self.joins: list[tuple[int, int, int]] = []
        self.recoverable: list[tuple[int, int, int]] = []
        self.files: list[tuple[Any, ...]] = []
        self.file_joins: list[tuple[int, int]] = []
        self.updates: list[tuple[int, dict[str, Any]]] = []

    def handle(self, address: str, service: str) -> int:
        key = f"{address}\n{service}"
        number = self.handles.get(key)
        if number is None:
            number = self.handles[key] = max(self.handles.values(), default=0) + 1
            country = "us" if address.startswith("+1") else None
            self.db.execute(
                "INSERT INTO handle (ROWID, id, country, service, uncanonicalized_id) VALUES (?,?,?,?,?)",
                (number, address, country, service, None),
            )
        return number

    def chat(self, identifier: str, service: str, members: Iterable[int]) -> int:
        group = identifier.startswith("chat")
        guid = f"{service};{'+' if group else '-'};{identifier}"
        number = self.chats.get(guid)
        if number is None:
            number = self.chats[guid] = max(self.chats.values(), default=0) + 1
            self.db.execute(
                "INSERT INTO chat (ROWID, guid, style, state, account_id, chat_identifier, service_name, room_name,"
                " group_id, original_group_id) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (
                    number,
                    guid,
                    43 if group else 45,
                    3,
                    fixed_uuid("account"),
                    identifier,
                    service,
                    identifier if group else None,
                    fixed_uuid("group", guid),
                    fixed_uuid("group", guid),
                ),
            )
            self.db.executemany(
                "INSERT OR IGNORE INTO chat_handle_join VALUES (?,?)",
                [(number, member) for member in members if member],
            )
        return number

    def row(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """The usual columns of one message; what belongs into other tables is queued."""
        number = row.get("ROWID", self.next)
        self.next = max(self.next, number + 1)
        service = row.get("service", "iMessage")
        address = row.get("handle")
        handle_id = self.handle(address, service) if address else 0
        text = row.get("text")
        body = row.get("body")
        attributed = row.get("attributed")
        files = row.get("attachments", ())
        guid = row.get("guid") or fixed_uuid("message", number)
        file_guids = [file.get("guid") or fixed_uuid("attachment", guid, at) for at, file in enumerate(files)]
        if body is None and attributed is not None and attributed is not False:
            shown: str = text if attributed is True else attributed  # type: ignore[assignment]
            transfers = file_guids if shown.count("\ufffc") >= len(files) else ()
            body = typedstream.attributed(shown, row.get("links", ()), transfers, row.get("mutable", False))
        date = ns(row.get("at", BASE_TIME + number * 60))
        identifier = row.get("chat", address)
        if identifier:
            members = [handle_id] + [self.handle(member, service) for member in row.get("members", ())]
            chat = self.chat(identifier, service, members)
            if row.get("recoverable") is None:
                self.joins.append((chat, number, date))
            else:
                self.recoverable.append((chat, number, ns(row["recoverable"])))
        self._attach(number, files, file_guids, date)
        extra = _changes(row) | {name: value for name, value in row.items() if name not in _KEYS}
        if extra:
            self.updates.append((number, extra))
        mine = bool(row.get("from_me", False))
        room = identifier if identifier and identifier.startswith("chat") else None
        read, delivered = ns(row.get("read_at")), ns(row.get("delivered_at"))
        account = "P:+15555550100" if service == "SMS" else "E:person@example.com"
        return (
            number,
            guid,
            text,
            handle_id,
            body,
            10,
            service,
            account,
            date,
            read,
            delivered,
            int(mine and delivered > 0),
            1,
            int(mine),
            int(read > 0 and not mine),
            int(mine),
            int(bool(files)),
            room,
            row.get("payload_data"),
            row.get("balloon_bundle_id"),
        )

    def _attach(self, message: int, files: Iterable[Mapping[str, Any]], guids: list[str], date: int) -> None:
        for guid, file in zip(guids, files, strict=True):
            number = self.next_attachment
            self.next_attachment += 1
            name = file.get("filename")
            created = (ns(file["created"]) if "created" in file else date) // 1_000_000_000
            transfer = file.get("transfer_name", name.rpartition("/")[2] if name else None)
            kind = file.get("mime", "image/jpeg")
            self.files.append(
                (
                    number,
                    guid,
                    created,
                    created,
                    name,
                    file.get("uti", "public.jpeg"),
                    kind,
                    5,
                    int(file.get("outgoing", False)),
                    transfer,
                    file.get("total_bytes", 0),
                    guid,
                )
            )
            self.file_joins.append((message, number))

    def flush(self, rows: list[tuple[Any, ...]]) -> None:
        """Writes the queued rows of all tables."""
        db = self.db
        db.executemany(f"INSERT INTO message ({', '.join(_USUAL)}) VALUES ({', '.join('?' * len(_USUAL))})", rows)
        db.executemany("INSERT INTO chat_message_join VALUES (?,?,?)", self.joins)
        if self.recoverable:
            sql = "INSERT INTO chat_recoverable_message_join (chat_id, message_id, delete_date) VALUES (?,?,?)"
            db.executemany(sql, self.recoverable)
        db.executemany(
            "INSERT INTO attachment (ROWID, guid, created_date, start_date, filename, uti, mime_type, transfer_state,"
            " is_outgoing, transfer_name, total_bytes, original_guid) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            self.files,
        )
        db.executemany("INSERT INTO message_attachment_join VALUES (?,?)", self.file_joins)
        for number, extra in self.updates:
            names = ", ".join(f"{name} = ?" for name in extra)
            db.execute(f"UPDATE message SET {names} WHERE ROWID = ?", (*extra.values(), number))
        for queue in (self.joins, self.recoverable, self.files, self.file_joins, self.updates):
            queue.clear()


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    yield chunk


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many messages in one transaction, without holding them all."""
    with db:
        writer = _Writer(db, ios)
        for chunk in _chunks(writer.row(row) for row in rows):
            writer.flush(chunk)


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one message; see the module for the keys."""
    bulk(db, ios, [row])
