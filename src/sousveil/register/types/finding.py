"""Forensic findings, reduced to what may be public."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

VERDICTS = {
    "traces-found": "traces of spyware found",
    "suspicious": "suspicious, needs confirmation",
    "no-known-traces": "no known traces found",
    "not-examinable": "could not be examined",
}
"""What `sousveil check` answers, in words; nothing of it says that a phone is healthy."""
TRACES = {
    "android.apks": "Copies of apps (APK)",
    "android.chrome_history": "Browser history (Chromium)",
    "android.collected_files": "Files of the phone (AndroidQF)",
    "android.collected_processes": "Running processes (AndroidQF)",
    "android.collected_settings": "Settings (AndroidQF)",
    "android.collector": "The acquisition itself (AndroidQF)",
    "android.collector_hashes": "Hashes that AndroidQF wrote down",
    "android.collector_parts": "Parts of the acquisition (AndroidQF)",
    "android.package_files": "Installed apps with their files",
    "android.packages": "Installed apps",
    "android.root_binaries": "Programs that give root",
    "ios.accounts3": "Accounts on the phone",
    "ios.application_domains": "Apps that left files in the backup",
    "ios.applications": "Installed apps",
    "ios.backup_info": "Facts about the phone and the backup",
    "ios.brave_history": "Brave history",
    "ios.calendar": "Calendar",
    "ios.calls": "Call history",
    "ios.chrome_favicons": "Site icons of Chrome and its relatives",
    "ios.chrome_history": "Chrome history",
    "ios.configuration_profiles": "Configuration profiles",
    "ios.contacts": "Contacts",
    "ios.crash_reporter": "Settings of crash reporting",
    "ios.datausage": "Mobile data of each program",
    "ios.edge_history": "Edge history",
    "ios.firefox_favicons": "Site icons of Firefox",
    "ios.firefox_history": "Firefox history",
    "ios.global_preferences": "Settings for all programs",
    "ios.idstatuscache": "Accounts looked up by the phone",
    "ios.interactionc": "Interactions with people",
    "ios.locationd_clients": "Programs that used the location",
    "ios.manifest": "List of the backup's files",
    "ios.notes": "Notes",
    "ios.opera": "Opera history",
    "ios.osanalytics_addaily": "Traffic of programs, daily report",
    "ios.profile_events": "Events of configuration profiles",
    "ios.role_account": "roleaccountd.plist",
    "ios.safari_bookmarks": "Safari bookmarks and reading list",
    "ios.safari_browserstate": "Safari tabs",
    "ios.safari_history": "Safari history",
    "ios.safari_tabs": "Safari tabs (newer systems)",
    "ios.safari_tombstones": "Safari history that was cleared",
    "ios.shortcuts": "Shortcuts and automations",
    "ios.signal": "Signal preferences",
    "ios.sms": "Messages (SMS and iMessage)",
    "ios.sms_attachment_files": "Attached pictures and passes",
    "ios.sms_attachments": "Attachments of messages",
    "ios.sms_edits": "Earlier versions of messages",
    "ios.tcc": "Permissions of programs",
    "ios.telegram": "Telegram messages",
    "ios.triangulation_files": "Files of the Triangulation pattern",
    "ios.webkit_observations": "Sites seen by web views (observations.db)",
    "ios.webkit_session_log": "Sites seen by web views (session log)",
    "ios.whatsapp": "WhatsApp messages",
    "ios.whatsapp_calls": "WhatsApp calls",
    "ios.whatsapp_chats": "WhatsApp chats",
    "ios.whatsapp_contacts": "WhatsApp contacts",
    "ios.whatsapp_lids": "WhatsApp hidden identifiers",
}
"""What is read of a phone's backup -> where a trace lay, as the reports of `sousveil check` call it."""

TYPE = RecordType(
    name="Finding",
    label="Forensic finding",
    plural="Forensic findings",
    what="A phone was examined. Only the verdict, the family of spyware, whose indicators matched, where the trace lay, the "
    "month and the country are public: nothing about whose phone it was.",
    extends="Interval",
    properties=(
        Property(
            "verdict",
            "Verdict",
            "code",
            what="The verdict of `sousveil check`, by its code.",
            known=VERDICTS,
            required=True,
            many=False,
        ),
        Property("family", "Family of spyware", "name"),
        Property("product", "Product", "entity", range=("SurveillanceProduct",), ftm="involved"),
        Property("indicatorPublisher", "Indicators published by", "name"),
        Property(
            "artefact", "Kind of trace", "code", what="Name of the artefact, such as ios.datausage.", known=TRACES
        ),
        Property(
            "month", "Month", "date", what="Month of the trace; a day would tell too much.", scheme="month", ftm="date"
        ),
        Property("country", "Country", "country", ftm="country"),
    ),
    caption=("family", "verdict"),
    ftm="Event",
)
