"""Every artefact writer: makes its layout in every version, takes rows, gives sound and repeatable bytes."""

from __future__ import annotations

import datetime
import gzip
import importlib
import plistlib
from typing import Any

import apsw
import pytest

from phonegen.ios import (
    accounts3,
    addaily,
    applications,
    bookmarks,
    calendar,
    calls,
    configuration_profiles,
    contacts,
    datausage,
    globalpreferences,
    interactionc,
    locationd_clients,
    notes,
    shortcuts,
    signal,
    tcc,
    telegram,
    triangulation,
    webkit_observations,
    webkit_sessionlog,
)

DATABASES = (
    "accounts3",
    "bookmarks",
    "calendar",
    "calls",
    "contacts",
    "datausage",
    "interactionc",
    "notes",
    "shortcuts",
    "tcc",
    "telegram",
    "voicemail",
    "webkit_observations",
)
PLISTS = (
    "addaily",
    "applications",
    "configuration_profiles",
    "crashreporter",
    "globalpreferences",
    "idstatuscache",
    "locationd_clients",
    "profile_events",
    "roleaccountd",
    "signal",
    "triangulation",
    "webkit_sessionlog",
)
IOS = (*range(12, 19), 26)

MAIN = {
    "accounts3": "ZACCOUNT",
    "bookmarks": "bookmarks",
    "calendar": "CalendarItem",
    "calls": "ZCALLRECORD",
    "contacts": "ABPerson",
    "datausage": "ZPROCESS",
    "interactionc": "ZINTERACTIONS",
    "notes": "ZICNOTEDATA",
    "shortcuts": "ZSHORTCUT",
    "tcc": "access",
    "telegram": "t7",
    "voicemail": "voicemail",
    "webkit_observations": "ObservedDomains",
}
DISTINCT: dict[str, Any] = {
    "contacts": lambda n: {"first": f"Person {n}", "emails": [f"p{n}@example.com"]},
    "datausage": lambda n: {"process": f"process{n}"},
    "tcc": lambda n: {"client": f"com.example.app{n}"},
    "webkit_observations": lambda n: {"domain": f"site{n}.example"},
}


def load(name: str) -> Any:
    return importlib.import_module(f"phonegen.ios.{name}")


def fresh(module: Any, ios: int) -> apsw.Connection:
    db = apsw.Connection(":memory:")
    db.execute(module.schema(ios))
    return db


def cases() -> list[tuple[str, int]]:
    return [(name, ios) for name in DATABASES for ios in IOS if ios >= load(name).VERSIONS[0]]


def check(db: apsw.Connection) -> None:
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize(("name", "ios"), cases())
def test_database_default_row(name: str, ios: int) -> None:
    module = load(name)
    images = []
    for _ in range(2):
        db = fresh(module, ios)
        module.insert(db, ios)
        check(db)
        images.append(db.serialize("main"))
    assert images[0] == images[1]
    stored = db.execute(f"SELECT count(*) FROM {MAIN[name]}").get
    assert stored == {"bookmarks": 5}.get(name, 1)


@pytest.mark.parametrize("name", DATABASES)
def test_database_bulk_equals_single_rows(name: str) -> None:
    module = load(name)
    ios = 17
    make = DISTINCT.get(name, lambda n: {"at": 1_700_000_000 + n})
    one, many = fresh(module, ios), fresh(module, ios)
    for number in range(12):
        row = make(number)
        module.insert(one, ios, **row)
    module.bulk(
        many, ios, ({"phones": ["+15555550123"], **make(n)} if name == "contacts" else make(n) for n in range(12))
    )
    check(many)
    query = f"SELECT * FROM {MAIN[name]} ORDER BY rowid"
    assert one.execute(query).fetchall() == many.execute(query).fetchall()


@pytest.mark.parametrize("name", DATABASES)
def test_database_survives_several_flushes(name: str) -> None:
    module = load(name)
    db = fresh(module, 26)
    make = DISTINCT.get(name, lambda n: {"at": 1_700_000_000 + n})
    module.bulk(db, 26, (make(number) for number in range(5_100)))
    check(db)
    assert db.execute(f"SELECT count(*) FROM {MAIN[name]}").get in (5_100, 5_104)


@pytest.mark.parametrize("name", DATABASES)
def test_database_layouts_differ_exactly_at_the_versions_named(name: str) -> None:
    module = load(name)
    layouts = {ios: module.schema(ios) for ios in range(module.VERSIONS[0], 27)}
    for ios in range(module.VERSIONS[0] + 1, 27):
        differs = layouts[ios].replace("'version'", "") != layouts[ios - 1]
        if name != "tcc":  # the version number in TCC's admin table rises every year
            assert differs == (ios in module.VERSIONS), ios


@pytest.mark.parametrize("name", DATABASES)
def test_unknown_version_and_unknown_column_are_refused(name: str) -> None:
    module = load(name)
    with pytest.raises(ValueError, match="no layout for iOS"):
        module.schema(module.VERSIONS[0] - 1)
    with pytest.raises(ValueError, match="no layout for iOS"):
        module.schema(27)
    if name in {"calls", "contacts", "tcc"}:
        db = fresh(module, 12)
        with pytest.raises(ValueError, match="has no column ZNOSUCH"):
            module.insert(db, 12, ZNOSUCH=1)
        assert db.execute(f"SELECT count(*) FROM {MAIN[name]}").get == 0


@pytest.mark.parametrize("name", PLISTS)
@pytest.mark.parametrize("ios", IOS)
def test_plist_default_entry(name: str, ios: int) -> None:
    module = load(name)
    wants_pairs = name in {"crashreporter", "globalpreferences", "roleaccountd", "signal", "triangulation"}
    entries = [{"key": "ExampleKey", "value": 1}] if wants_pairs else [{}]
    first = module.build(ios, entries)
    assert first == module.build(ios, entries)
    assert first.startswith(b"bplist00")
    assert plistlib.loads(first)


@pytest.mark.parametrize("name", [*DATABASES, *PLISTS])
def test_contract(name: str) -> None:
    module = load(name)
    assert isinstance(module.DOMAIN, str)
    assert module.RELATIVE and not module.RELATIVE.startswith("/")
    assert list(module.VERSIONS) == sorted(set(module.VERSIONS))


def test_call_row() -> None:
    db = fresh(calls, 17)
    calls.insert(
        db,
        17,
        at=1_700_000_000.5,
        address="kim@example.org",
        duration=4.5,
        service="video",
        outgoing=True,
        participants=["+15555550199"],
        location="Springfield",
    )
    got = db.execute(
        "SELECT ZDATE, ZDURATION, ZADDRESS, ZORIGINATED, ZANSWERED, ZCALLTYPE, ZSERVICE_PROVIDER, ZLOCATION"
        " FROM ZCALLRECORD"
    ).fetchall()
    assert got == [(721692800.5, 4.5, "kim@example.org", 1, 0, 8, "com.apple.FaceTime", "Springfield")]
    people = db.execute(
        "SELECT ZVALUE FROM ZHANDLE JOIN Z_2REMOTEPARTICIPANTHANDLES ON Z_PK = Z_4REMOTEPARTICIPANTHANDLES"
    ).fetchall()
    assert people == [("kim@example.org",), ("+15555550199",)]
    assert db.execute("SELECT Z_MAX FROM Z_PRIMARYKEY WHERE Z_NAME = 'CallRecord'").get == 1


def test_old_calls_hold_addresses_as_bytes() -> None:
    db = fresh(calls, 12)
    calls.insert(db, 12, address="+15555550123")
    assert db.execute("SELECT ZADDRESS FROM ZCALLRECORD").get == b"+15555550123"


def test_contact_values() -> None:
    db = fresh(contacts, 16)
    contacts.insert(db, 16, first="Kim", last="Example", phones=["+15555550101"], emails=["kim@example.org"])
    got = db.execute(
        "SELECT First, Last, property, ABMultiValue.value, ABMultiValueLabel.value FROM ABPerson JOIN"
        " ABMultiValue ON record_id = ABPerson.ROWID JOIN ABMultiValueLabel ON label ="
        " ABMultiValueLabel.rowid ORDER BY UID"
    ).fetchall()
    assert got == [
        ("Kim", "Example", 3, "+15555550101", "_$!<Mobile>!$_"),
        ("Kim", "Example", 4, "kim@example.org", "_$!<Home>!$_"),
    ]


def test_datausage_shares_processes_and_can_lack_them() -> None:
    db = fresh(datausage, 16)
    datausage.bulk(
        db,
        16,
        [
            {"process": "locationd", "wifi_in": 5},
            {"process": "locationd", "at": 1_700_000_100},
            {"process": "gone", "process_row": False},
            {"process": "quiet", "live": False},
            {"process": "far", "Z_PK": 40},
            {"process": "next"},
        ],
    )
    assert db.execute("SELECT Z_PK, ZPROCNAME FROM ZPROCESS ORDER BY Z_PK").fetchall() == [
        (1, "locationd"),
        (3, "quiet"),
        (40, "far"),
        (41, "next"),
    ]
    assert db.execute("SELECT ZHASPROCESS FROM ZLIVEUSAGE ORDER BY Z_PK").fetchall() == [(1,), (1,), (2,), (40,), (41,)]
    assert datausage.process_ids(db)["far"] == 40


def test_datausage_missing_process_stays_missing_between_calls() -> None:
    db = fresh(datausage, 16)
    datausage.insert(db, 16, process="gone", process_row=False)
    datausage.insert(db, 16, process="next")
    assert db.execute("SELECT Z_PK, ZPROCNAME FROM ZPROCESS").fetchall() == [(2, "next")]


def test_datausage_wifi_columns_come_with_ios_14() -> None:
    assert "ZWIFIIN" not in datausage.schema(13)
    assert "ZWIFIIN" in datausage.schema(14)


def test_tcc_generations() -> None:
    old, new = fresh(tcc, 13), fresh(tcc, 15)
    tcc.insert(old, 13, allowed=False)
    tcc.insert(new, 15, allowed=True, reason=4, at=1_600_000_000)
    assert old.execute("SELECT service, client, allowed FROM access").fetchall() == [
        ("kTCCServiceCamera", "com.example.camera", 0)
    ]
    assert new.execute("SELECT auth_value, auth_reason, last_modified FROM access").fetchall() == [
        (2, 4, 1_600_000_000)
    ]


def test_interaction_people_and_attachments() -> None:
    db = fresh(interactionc, 15)
    interactionc.insert(
        db,
        15,
        outgoing=True,
        recipients=[{"identifier": "kim@example.org", "name": "Kim"}],
        attachments=[{"uti": "com.adobe.pdf", "url": "file:///x.pdf"}],
        bundle="com.apple.mail",
    )
    interactionc.insert(db, 15, sender="kim@example.org", group="Choir")
    got = db.execute(
        "SELECT ZDIRECTION, ZBUNDLEID, ZGROUPNAME, s.ZIDENTIFIER, r.ZDISPLAYNAME, ZUTI FROM ZINTERACTIONS i"
        " LEFT JOIN ZCONTACTS s ON s.Z_PK = ZSENDER"
        " LEFT JOIN Z_2INTERACTIONRECIPIENT ON Z_3INTERACTIONRECIPIENT = i.Z_PK"
        " LEFT JOIN ZCONTACTS r ON r.Z_PK = Z_2RECIPIENTS"
        " LEFT JOIN Z_1INTERACTIONS ON Z_3INTERACTIONS = i.Z_PK"
        " LEFT JOIN ZATTACHMENT a ON a.Z_PK = Z_1ATTACHMENTS ORDER BY i.Z_PK"
    ).fetchall()
    assert got == [
        (1, "com.apple.mail", None, None, "Kim", "com.adobe.pdf"),
        (0, "com.apple.MobileSMS", "Choir", "kim@example.org", None, None),
    ]


def test_observations_relations() -> None:
    db = fresh(webkit_observations, 16)
    webkit_observations.insert(db, 16, domain="ads.example", under=["news.example"], redirects_to=["cdn.example"])
    webkit_observations.insert(db, 16, domain="ads.example")
    assert db.execute("SELECT registrableDomain FROM ObservedDomains ORDER BY domainID").fetchall() == [
        ("ads.example",),
        ("news.example",),
        ("cdn.example",),
    ]
    assert db.execute("SELECT * FROM TopFrameUniqueRedirectsTo").fetchall() == [(1, 3)]


def test_shortcut_actions() -> None:
    db = fresh(shortcuts, 16)
    shortcuts.insert(db, 16, name="Morning", urls=["https://lure.example/a"], trigger=True)
    data = db.execute("SELECT ZDATA FROM ZSHORTCUTACTIONS").get
    assert plistlib.loads(data)[0]["WFWorkflowActionParameters"]["WFURLActionURL"] == "https://lure.example/a"
    assert db.execute("SELECT ZTRIGGERCOUNT FROM ZSHORTCUT").get == 1
    assert db.execute("SELECT ZSHORTCUT, ZENABLED FROM ZTRIGGER").fetchall() == [(1, 1)]


def test_calendar_organizer_and_back_dating() -> None:
    db = fresh(calendar, 14)
    calendar.insert(
        db,
        14,
        summary="Meeting",
        description="Notes",
        organizer="host@example.net",
        at=1_500_000_000,
        created=1_600_000_000,
        attendees=["kim@example.org"],
    )
    got = db.execute(
        "SELECT summary, description, creation_date - start_date, p.email, address FROM CalendarItem i JOIN"
        " Participant p ON p.ROWID = organizer_id JOIN Identity d ON d.rowid = identity_id"
    ).fetchall()
    assert got == [("Meeting", "Notes", 100_000_000.0, "host@example.net", "mailto:host@example.net")]


def test_account_with_type_and_property() -> None:
    db = fresh(accounts3, 16)
    accounts3.insert(db, 16, username="kim@example.org", kind="com.apple.account.Google", properties={"Hostname": "x"})
    assert db.execute(
        "SELECT ZUSERNAME, t.ZIDENTIFIER, ZKEY FROM ZACCOUNT a JOIN ZACCOUNTTYPE t ON t.Z_PK ="
        " ZACCOUNTTYPE JOIN ZACCOUNTPROPERTY ON ZOWNER = a.Z_PK"
    ).fetchall() == [("kim@example.org", "com.apple.account.Google", "Hostname")]


def test_note_body_is_a_gzip_member_with_readable_text() -> None:
    db = fresh(notes, 17)
    notes.insert(db, 17, text="Title\nhttps://lure.example/é", links=["https://lure.example/b"])
    assert "Title\nhttps://lure.example/é".encode() in gzip.decompress(db.execute("SELECT ZDATA FROM ZICNOTEDATA").get)
    assert db.execute("SELECT ZTITLE1 FROM ZICCLOUDSYNCINGOBJECT WHERE ZNOTEDATA = 1").get == "Title"
    assert db.execute("SELECT ZURLSTRING FROM ZICCLOUDSYNCINGOBJECT WHERE ZURLSTRING IS NOT NULL").fetchall() == [
        ("https://lure.example/b",)
    ]


def test_telegram_message_bytes() -> None:
    db = fresh(telegram, 17)
    telegram.insert(db, 17, text="go to lure.example", peer=5, author=6, at=1_700_000_000, message_id=9)
    key, value = db.execute("SELECT key, value FROM t7").get
    assert key.hex(" ", -4) == "00000000 00000005 00000000 6553f100 00000009"
    head = bytes.fromhex("00 01000000 00000000 00 04000000 00000000 00 01 0600000000000000 12000000")
    assert value == head + b"go to lure.example" + bytes(12)
    assert telegram.accounts_metadata([{"id": 7}]) == (
        b'{"currentRecordId": 7, "records": [{"attributes": [], "id": 7, "temporary": false}]}'
    )


def test_bookmark_folders_and_reading_list() -> None:
    db = fresh(bookmarks, 16)
    bookmarks.insert(db, 16, title="Later", url="https://lure.example/", reading_list=True)
    assert db.execute("SELECT id, parent, title, url FROM bookmarks WHERE id > 3").fetchall() == [
        (4, 3, "Later", "https://lure.example/")
    ]


def test_signal_database_is_noise_of_whole_pages() -> None:
    noise = signal.database(2)
    assert len(noise) == 8192
    assert not noise.startswith(b"SQLite format 3")
    assert noise == signal.database(2) != signal.database(2, "other")


def test_application_metadata_keys() -> None:
    got = plistlib.loads(applications.application_metadata(bundle_id="com.example.x", source_app=None, drop=["title"]))
    assert got["softwareVersionBundleId"] == "com.example.x"
    assert "sourceApp" not in got and "title" not in got
    info = applications.info_keys(17, [{"bundle_id": "com.example.x"}])
    assert info["Installed Applications"] == ["com.example.x"]
    assert plistlib.loads(info["Applications"]["com.example.x"]["iTunesMetadata"])["itemName"] == "Example"


def test_profile_stub() -> None:
    stub = plistlib.loads(
        configuration_profiles.build(
            16, [{"uuid": "AAAA", "payloads": ["com.apple.x", {"A": 1}], "drop": ["PayloadDisplayName"]}]
        )
    )
    assert stub["PayloadUUID"] == "AAAA"
    assert [payload["PayloadType"] for payload in stub["PayloadContent"]] == ["com.apple.x", "com.apple.wifi.managed"]
    assert "PayloadDisplayName" not in stub
    assert configuration_profiles.RELATIVE.startswith("Library/ConfigurationProfiles/profile-")


def test_location_keys_by_version() -> None:
    entries = [{"bundle": "com.example.maps"}, {"bundle_path": "/System/Library/LocationBundles/X.bundle"}]
    assert sorted(plistlib.loads(locationd_clients.build(14, entries))) == [
        "/System/Library/LocationBundles/X.bundle",
        "com.example.maps",
    ]
    assert sorted(plistlib.loads(locationd_clients.build(17, entries))) == [
        "icom.example.maps:",
        "p/System/Library/LocationBundles/X.bundle:",
    ]


def test_session_log_and_daily_traffic() -> None:
    log = plistlib.loads(webkit_sessionlog.build(13, [{"origin": "lure.example", "redirects_to": ["next.example"]}]))
    dated = plistlib.loads(webkit_sessionlog.build(13, [{"as_dates": True, "at": 1_600_000_000}]))["browsingStatistics"]
    assert dated[0]["lastSeen"] == datetime.datetime(2020, 9, 13, 12, 26, 40)
    assert log["browsingStatistics"][0]["lastSeen"] == 1_700_000_000.0
    assert log["browsingStatistics"][0]["topFrameUniqueRedirectsTo"] == [{"origin": "next.example", "count": 1}]
    daily = plistlib.loads(addaily.build(15, [{"process": "x", "wifi_in": 7}]))
    assert daily["netUsageBaseline"]["x"][1:] == [7.0, 1024.0, 0.0, 0.0]


def test_lockdown_mode_key_comes_with_ios_16() -> None:
    assert "LDMGlobalEnabled" not in plistlib.loads(globalpreferences.build(15, []))
    assert plistlib.loads(globalpreferences.build(16, []))["LDMGlobalEnabled"] is False


def test_triangulation_parts() -> None:
    assert [row["process"] for row in triangulation.datausage_rows(1_700_000_000, 2)] == [
        "nehelper",
        "com.apple.WebKit.WebContent",
    ]
    assert triangulation.location_entries(1_700_000_000, 1) == [
        {"bundle_path": "/System/Library/LocationBundles/IonosphereHarvest.bundle", "at": 1_700_000_000}
    ]
