"""`--skip`: what somebody did not agree to is neither parsed nor looked at, and the result says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runner import LURE, Sousveil, phone, say, small

from phonegen import dump
from sousveil import Settings, Usage
from sousveil.artefacts.model import Artefact, discover
from sousveil.cases.categories import categories, category_of
from sousveil.cases.reference import in_backup


def coverage(out: bytes) -> dict[str, tuple[str, str]]:
    return {line["artefact"]: (line["outcome"], line["detail"]) for line in json.loads(out)["coverage"]}


@pytest.mark.parametrize("scan", [True, False])
def test_messages_are_left_out(sv: Sousveil, lured: Path, scan: bool) -> None:
    """The lure stands in a message only: without messages nothing finds it, neither a reader nor the raw pass."""
    whole = sv.check(lured, scan=scan, options=["--json", "--no-files"])
    assert whole.code == 1 and json.loads(whole.out)["findings"]
    less = sv.check(lured, scan=scan, options=["--json", "--out", sv.home / "case", "--skip", "messages"])
    assert (less.code, json.loads(less.out)["findings"]) == (3, [])
    lines = coverage(less.out)
    assert lines["ios.sms"] == ("SKIPPED", "not read, as --skip asks: 1 file of messages")
    outcome, detail = lines["skip messages"]
    assert outcome == "SKIPPED" and detail.startswith("left out with --skip: messages, calls, voicemail and mail")
    assert detail.endswith("; 1 file not looked at") is scan
    stored = {entry["file"]: entry for entry in json.loads((sv.home / "case/manifest.json").read_text())["files"]}
    message = stored.get("HomeDomain/Library/SMS/sms.db")
    assert (message["sha256"] if message else None) is None and (message is not None) is scan


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_messages_of_a_dump_are_left_out(sv: Sousveil, tmp_path: Path, form: str) -> None:
    """A dump cites paths on the phone, and compressed archives are read in one pass."""
    with phone() as made:
        say(made, f"https://{LURE}/a")
        made.add("AppDomainGroup-group.net.whatsapp.WhatsApp.shared", "Message/a.txt", f"https://{LURE}/b".encode())
        path = dump.write(dump.files_of(made), tmp_path / f"d.{form}", form=form)
    whole = sv.check(path, scan=True, options=["--json", "--no-files"])
    assert whole.code == 1
    assert {line["artefact"] for line in json.loads(whole.out)["findings"]} == {"ios.sms", "scan"}
    less = sv.check(path, scan=True, options=["--json", "--no-files", "--skip", "messages"])
    assert (less.code, json.loads(less.out)["findings"]) == (3, [])
    lines = coverage(less.out)
    assert lines["ios.sms"] == ("SKIPPED", "not read, as --skip asks: 1 file of messages")
    assert lines["skip messages"][1].endswith("; 3 files not looked at")  # with the list that names the folder


def test_other_categories_change_nothing_about_messages(sv: Sousveil, lured: Path) -> None:
    less = sv.check(lured, options=["--json", "--no-files", "--skip", "photos", "--skip", "location"])
    assert less.code == 1 and json.loads(less.out)["findings"]
    lines = coverage(less.out)
    assert lines["ios.sms"][0] == "READ" and {lines["skip photos"][0], lines["skip location"][0]} == {"SKIPPED"}
    assert "ios.datausage" in lines
    unknown = sv.check(lured, options=["--no-files", "--skip", "everything"])
    assert unknown.code == 2 and "photos" in unknown.err
    with pytest.raises(Usage, match="'pictures' is not a category"):
        Settings(paths=(lured,), skip=("photos", "pictures"))


def test_apps_of_no_other_category_are_other(sv: Sousveil, tmp_path: Path) -> None:
    backup = small(
        tmp_path / "b",
        "hello",
        change=lambda phone: phone.add("AppDomain-com.example.diary", "Documents/a.txt", f"https://{LURE}/".encode()),
    )
    assert sv.check(backup, scan=True, options=["--json", "--no-files"]).code == 1
    less = sv.check(backup, scan=True, options=["--json", "--no-files", "--skip", "other"])
    assert (less.code, json.loads(less.out)["findings"]) == (3, [])


@pytest.mark.parametrize(
    ("where", "category"),
    [
        ("CameraRollDomain/Media/DCIM/100APPLE/IMG_0001.HEIC", "photos"),
        ("CameraRollDomain/Media/PhotoData/Photos.sqlite", "photos"),
        ("HomeDomain/Library/SMS/sms.db", "messages"),
        ("MediaDomain/Library/SMS/Attachments/aa/10/x.gif", "messages"),
        ("AppDomainGroup-group.net.whatsapp.WhatsApp.shared/ChatStorage.sqlite", "messages"),
        ("HomeDomain/Library/AddressBook/AddressBook.sqlitedb", "contacts"),
        ("HomeDomain/Library/CoreDuet/People/interactionC.db", "contacts"),
        ("HomeDomain/Library/Safari/History.db", "browsing"),
        ("AppDomain-com.apple.mobilesafari/Library/Safari/Bookmarks.db", "browsing"),
        ("AppDomain-com.google.chrome.ios/Library/Application Support/Google/Chrome/Default/History", "browsing"),
        ("RootDomain/Library/Caches/locationd/clients.plist", "location"),
        ("AppDomainGroup-group.com.apple.notes/NoteStore.sqlite", "other"),
        ("HomeDomain/Library/Calendar/Calendar.sqlitedb", "other"),
        ("AppDomain-com.example.app/Documents/a", "other"),
        ("WirelessDomain/Library/Databases/DataUsage.sqlite", None),
        ("HomeDomain/Library/Preferences/com.apple.osanalytics.addaily.plist", None),
        ("HomeDomain/Library/TCC/TCC.db", None),
        ("/Manifest.db", None),
    ],
)
def test_categories(where: str, category: str | None) -> None:
    assert category_of(where) == category
    assert set(categories()) == {"photos", "messages", "contacts", "browsing", "location", "other"}


CATEGORIES = {
    "browsing": """brave_history knowledge url_cache chrome_favicons chrome_history edge_history firefox_favicons firefox_history opera
        safari_bookmarks safari_browserstate safari_history safari_tabs safari_tombstones webkit_observations
        webkit_session_log""",
    "contacts": "contacts idstatuscache interactionc",
    "location": "locationd_clients",
    "messages": """calls signal sms sms_attachment_files sms_attachments sms_edits telegram whatsapp whatsapp_calls
        whatsapp_chats whatsapp_contacts whatsapp_lids""",
    "other": "accounts3 calendar notes shortcuts",
    None: """application_domains applications backup_info biome configuration_profiles crash_reporter datausage dump_files
        global_preferences manifest netusage osanalytics_addaily profile_events role_account tcc triangulation_files
        webkit_storage""",
}
"""Every artefact of iPhones by the category that leaves it out; None: always read."""


def test_every_artefact_has_its_category() -> None:
    expected = {f"ios.{name}": {category} for category, names in CATEGORIES.items() for name in names.split()}
    found = {name: set(map(category_of, _usual_places(a))) for name, a in discover().items() if name.startswith("ios.")}
    assert found == expected


def _usual_places(artefact: Artefact) -> Iterator[str]:
    """Where the main files lie in a backup, with a name in place of each wildcard."""
    for place in artefact.needs["main"]:
        if place.form == "info":
            yield f"/{place.path}"
        elif place.form == "anywhere":
            yield f"AppDomain-com.apple.mobilesafari/{place.path}".replace("*", "x")
        else:
            yield in_backup(place)[0].replace("*", "x")
