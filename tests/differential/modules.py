"""The peer's modules and where their values stand in our records."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.differential.compare import Is, Module, PeerRow
from tests.differential.ours import Row
from tests.differential.values import MAC, WEBKIT, hexadecimal, same, stored, time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(field: str) -> Is:
    """A date text of the peer's and an instant of ours."""
    return Is(field, time)


def text_of(value: Any) -> str | None:
    """An instant of ours in the peer's words."""
    if not isinstance(value, int):
        return None
    return (_EPOCH + timedelta(microseconds=value)).strftime("%Y-%m-%d %H:%M:%S.%f")


def when(field: str) -> Is:
    """An instant as part of a key."""
    return Is(lambda row: text_of(row[field]), lambda theirs, ours: theirs == ours)


def _file(row: Row) -> str:
    return f"{row.file_id[:2]}/{row.file_id}"


# ---- modules


def _info_name(name: str) -> str:
    return {"Last Backup Date": "last_backup"}.get(name, name.lower().replace(" ", "_"))


def _profile(row: PeerRow) -> Iterable[PeerRow]:
    yield {name: value for name, value in row.items() if name != "plist"} | row["plist"]


def _session_log(row: PeerRow) -> Iterable[PeerRow]:
    for entries in row.values():
        yield from entries


def _named(**names: str) -> dict[str, Is]:
    return {theirs: Is(ours) for theirs, ours in names.items()}


def _date_or_number(theirs: Any, ours: Any) -> bool:
    """Some of these times are texts in the peer's records, others the number as it was stored."""
    return time(theirs, ours) or stored(MAC)(theirs, ours)


def _links_in_text(theirs: Any, text: Any) -> bool:
    return isinstance(text, str) and all(link in text for link in theirs)


_WA = {
    "Z_PK": "message_id",
    "ZTEXT": "text",
    "ZISFROMME": "is_from_me",
    "ZMESSAGESTATUS": "message_status",
    "ZMESSAGETYPE": "message_type",
    "ZGROUPEVENTTYPE": "group_event_type",
    "ZFLAGS": "flags",
    "ZSTARRED": "starred",
    "ZCHATSESSION": "chat_id",
    "ZFROMJID": "from_jid",
    "ZTOJID": "to_jid",
    "ZPUSHNAME": "push_name",
    "ZSTANZAID": "stanza",
    "ZAUTHORNAME": "author_name",
    "ZCONTENT1": "content1",
    "ZCONTENT2": "content2",
    "ZMATCHEDTEXT": "matched_text",
    "ZSUMMARY": "summary",
}

MODULES: tuple[Module, ...] = (
    Module(
        peer="applications",
        ours=("ios.applications",),
        key={"name": Is("bundle")},
        fields=_named(
            softwareVersionBundleId="bundle",
            artistName="maker",
            bundleShortVersionString="short_version",
            bundleVersion="version",
            itemId="item_id",
            itemName="name",
            sourceApp="source_app",
        )
        | {"com.apple.iTunesStore.downloadInfo": Is("+download"), "isodate": at("purchased")},
    ),
    Module(
        peer="backup_info",
        ours=("ios.backup_info",),
        key={},
        fields={
            name: Is(_info_name(name), time if name == "Last Backup Date" else same)
            for name in (
                "Build Version",
                "Device Name",
                "Display Name",
                "GUID",
                "ICCID",
                "IMEI",
                "MEID",
                "Installed Applications",
                "Last Backup Date",
                "Phone Number",
                "Product Name",
                "Product Type",
                "Product Version",
                "Serial Number",
                "Target Identifier",
                "Target Type",
                "Unique Identifier",
                "iTunes Version",
            )
        },
    ),
    Module(
        peer="calendar",
        ours=("ios.calendar",),
        ours_of=lambda row: row["part"] == "event",
        key={"id": Is("item_id")},
        fields={
            name: at(name)
            for name in ("start_date", "end_date", "last_modified", "creation_date", "participant_last_modified")
        },
    ),
    Module(
        peer="calls",
        ours=("ios.calls",),
        key={"isodate": when("date"), "number": Is("number")},
    ),
    Module(
        peer="chrome_favicon",
        ours=("ios.chrome_favicons",),
        key={"url": Is("url"), "icon_url": Is("icon_url")},
        fields={"timestamp": Is("timestamp", stored(WEBKIT)), "isodate": at("timestamp")},
    ),
    Module(
        peer="chrome_history",
        ours=("ios.chrome_history",),
        key={"visit_id": Is("visit_id")},
        fields={"timestamp": Is("timestamp", stored(WEBKIT)), "isodate": at("timestamp")},
    ),
    Module(
        peer="configuration_profiles",
        ours=("ios.configuration_profiles",),
        key={"file_id": Is(lambda row: row.file_id)},
        expand=_profile,
        fields=_named(
            PayloadUUID="profile_id",
            PayloadIdentifier="identifier",
            PayloadDisplayName="name",
            PayloadContent="payloads",
            PayloadOrganization="organization",
            PayloadRemovalDisallowed="removal_disallowed",
            WasEncrypted="encrypted",
            PayloadDescription="description",
        )
        | {
            "relative_path": Is(lambda row: row.relative),
            "domain": Is(lambda row: row.domain),
            "install_date": at("installed"),
            "InstallDate": at("installed"),
            "PayloadVersion": Is("version", lambda theirs, ours: str(theirs) == ours),
        },
    ),
    Module(
        peer="contacts",
        ours=("ios.contacts",),
        key={"value": Is("value"), "First": Is("first"), "Middle": Is("middle"), "Last": Is("last")},
        fields=_named(Organization="organization"),
    ),
    Module(
        peer="datausage",
        ours=("ios.datausage",),
        key={"live_id": Is("live_id"), "proc_id": Is("process_id")},
        fields=_named(proc_name="process", bundle_id="bundle", live_proc_id="live_process_id")
        | {"first_isodate": at("first_seen"), "isodate": at("last_seen"), "live_isodate": at("live_time")},
    ),
    Module(
        peer="firefox_favicon",
        ours=("ios.firefox_favicons",),
        key={"id": Is("id"), "history_id": Is("history_id")},
        fields={"isodate": at("timestamp")},
    ),
    Module(
        peer="firefox_history",
        ours=("ios.firefox_history",),
        key={"isodate": when("timestamp"), "url": Is("url")},
        fields=_named(i1000000s_local="is_local"),
    ),
    Module(
        peer="global_preferences",
        ours=("ios.global_preferences",),
        key={"entry": Is("entry")},
        fields={"value": Is("value", lambda theirs, ours: _json_value(theirs, ours))},
    ),
    Module(
        peer="id_status_cache",
        ours=("ios.idstatuscache",),
        key={"package": Is("package"), "user": Is(lambda row: row["user"].replace("\x00", "\\x00"))},
        fields={"user": Is("user"), "idstatus": Is("id_status"), "isodate": at("lookup_date")},
    ),
    Module(
        peer="interaction_c",
        ours=("ios.interactionc",),
        key={"table_id": Is("table_id")},
        together=True,
        fields={
            name: at(ours)
            for name, ours in {
                "start_date": "start_date",
                "end_date": "end_date",
                "interactions_creation_date": "creation_date",
                "contacts_creation_date": "contact_creation_date",
                **{
                    f"{which}_{way}_{who}_date": f"{which}_{way}_{who}_date"
                    for which in ("first", "last")
                    for way in ("incoming", "outgoing")
                    for who in ("sender", "recipient")
                },
            }.items()
        }
        | _named(
            derivied_intent_id="derived_intent_id",
            sender_resolved_phone_number="sender_number",
            recipient_resolved_phone_number="recipient_number",
            domain_resolved_phone_number="domain_number",
        )
        | {"attachment_id": Is("attachment_id", hexadecimal)},
    ),
    Module(
        peer="locationd_clients",
        ours=("ios.locationd_clients",),
        key={"package": Is(lambda row: row["client"].removesuffix(":"))},
        fields=_named(
            Authorization="authorization",
            BundleId="bundle",
            BundlePath="bundle_path",
            Executable="executable",
            Registered="registered",
        )
        | {
            name: Is("".join("_" + c.lower() if c.isupper() else c for c in name)[1:], _date_or_number)
            for name in (
                "LocationTimeStarted",
                "LocationTimeStopped",
                "ReceivingLocationInformationTimeStopped",
                "SignificantTimeStarted",
                "SignificantTimeStopped",
                "FenceTimeStarted",
                "FenceTimeStopped",
                "BeaconRegionTimeStopped",
                "ConsumptionPeriodBegin",
                "TimeMissing",
            )
        },
    ),
    Module(
        peer="manifest",
        ours=("ios.manifest",),
        key={"file_id": Is("file_id")},
        fields={"relative_path": Is("relative")}
        | {name: at(name) for name in ("created", "modified", "status_changed")},
    ),
    Module(
        peer="os_analytics_ad_daily",
        ours=("ios.osanalytics_addaily",),
        key={"package": Is("process")},
        fields={"ts": at("at")},
    ),
    Module(
        peer="profile_events",
        ours=("ios.profile_events",),
        key={"profile_id": Is("profile_id"), "timestamp": when("at")},
    ),
    Module(
        peer="safari_browser_state",
        ours=("ios.safari_browserstate",),
        key={"safari_browser_state_db": Is(_file), "tab_url": Is("tab_url")},
        fields={"last_viewed_timestamp": at("last_viewed_timestamp")},
    ),
    Module(
        peer="safari_history",
        ours=("ios.safari_history",),
        key={"safari_history_db": Is(_file), "visit_id": Is("visit_id")},
        fields={"timestamp": Is("timestamp", stored(MAC)), "isodate": at("timestamp")},
    ),
    Module(
        peer="shortcuts",
        ours=("ios.shortcuts",),
        key={"shortcut_id": Is("shortcut_id")},
        fields={
            "modified_date": at("modified_date"),
            "isodate": at("created_date"),
            "action_urls": Is(
                "action_urls", lambda theirs, ours: isinstance(ours, str) and set(theirs) <= set(ours.split("\n"))
            ),
        },
    ),
    Module(
        peer="sms",
        ours=("ios.sms",),
        key={"ROWID": Is(lambda row: row.number)},
        fields=_named(
            phone_number="handle", cache_roomnames="room", balloon_bundle_id="balloon", handle_id="chat_handle_id"
        )
        | {
            name: Is(name, stored(MAC))
            for name in ("date", "date_read", "date_delivered", "date_edited", "date_retracted")
        }
        | {
            "isodate": at("date"),
            "isodate_read": at("date_read"),
            "direction": Is("role"),
            "links": Is("text", _links_in_text),
        },
    ),
    Module(
        peer="sms_attachments",
        ours=("ios.sms_attachments",),
        key={"attachment_id": Is("attachment_id")},
        fields=_named(phone_number="handle", ROWID="attachment_id")
        | {
            "created_date": Is("created_date", stored(MAC)),
            "start_date": at("start_date"),
            "isodate": at("date"),
        },
    ),
    Module(
        peer="tcc",
        ours=("ios.tcc",),
        key={"service": Is("service"), "client": Is(lambda row: row["bundle"] or row["process"])},
        fields={"last_modified": at("last_modified")}
        | _named(auth_reason_desc="auth_reason", allowed_value="auth_value"),
    ),
    Module(
        peer="webkit_resource_load_statistics",
        ours=("ios.webkit_observations",),
        ours_of=lambda row: row["relation"] is None,
        key={"domain": Is(lambda row: row.domain), "path": Is(lambda row: row.relative), "domain_id": Is("domain_id")},
        fields={
            "last_seen": Is("last_seen", stored(0)),
            "last_seen_isodate": at("last_seen"),
            "most_recent_user_interaction_time_isodate": at("most_recent_user_interaction_time"),
            "most_recent_user_interaction_time": Is("most_recent_user_interaction_time", stored(0)),
            "most_recent_web_push_interaction_time": Is("+mostRecentWebPushInteractionTime"),
        },
    ),
    Module(
        peer="webkit_session_resource_log",
        ours=("ios.webkit_session_log",),
        expand=_session_log,
        key={"origin": Is("origin")},
        fields={"last_seen": at("last_seen"), "most_recent_interaction": at("most_recent_interaction")},
    ),
    Module(
        peer="whatsapp",
        ours=("ios.whatsapp",),
        of=lambda row: "Z_PK" in row,
        key={"Z_PK": Is("message_id")},
        together=True,
        fields=_named(**_WA)
        | {
            "isodate": at("date"),
            "ZMESSAGEDATE": Is("date", stored(MAC)),
            "ZSENTDATE": Is("sent_date", stored(MAC)),
            "ZMEDIAURL": Is(lambda row: row["media_url"] or row["own_media_url"]),
            "ZTITLE": Is(lambda row: row["preview_title"] or row["caption"]),
            "links": Is(
                lambda row: "\n".join(
                    str(row[f]) for f in ("text", "media_url", "content1", "content2", "matched_text")
                ),
                _links_in_text,
            ),
        },
    ),
    Module(
        peer="whatsapp",
        ours=("ios.whatsapp_lids",),
        of=lambda row: row.get("record_type") == "lid_phone_number_pair",
        key={"lid": Is("lid")},
        fields={"pair_timestamp": at("created")},
    ),
    Module(
        peer="whatsapp",
        ours=("ios.whatsapp_chats",),
        of=lambda row: row.get("record_type") == "chat_session",
        key={"session_pk": Is("chat_id")},
        fields=_named(contact_jid="jid", partner_name="name", partner_resolved_phone_number="number")
        | {
            "last_message_date": at("last_message"),
            "group_creation_date": at("group_created"),
        },
    ),
    Module(
        peer="whatsapp_contacts",
        ours=("ios.whatsapp_contacts",),
        key={"row_pk": Is("row_pk")},
        fields={name: at(name) for name in ("disappearing_mode_timestamp", "about_timestamp", "last_updated")}
        | {"about_expiration_timestamp": at("about_expiration")},
    ),
)


def _json_value(theirs: Any, ours: Any) -> bool:
    if not isinstance(ours, str):
        return same(theirs, ours)
    try:
        value = json.loads(ours)
    except ValueError:
        value = ours
    return same(theirs, value) or same(theirs, ours)
