"""Dumps of file systems: what is told by content, where files lie on the phone, and what is left out."""

from __future__ import annotations

import io
import plistlib
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from phonegen import Phone, dump, scale
from phonegen.rows import Shape
from sousveil.acquisition import file_lists
from sousveil.acquisition.backup import Backup
from sousveil.acquisition.content import open_member
from sousveil.acquisition.door import Acquisition, open_acquisition
from sousveil.acquisition.dump import Dump, Listing, Paths, Prefix, is_dump_folder, opened, plain_name, prefixes
from sousveil.acquisition.find import find_backups
from sousveil.acquisition.model import FileGroup, Limit, Packed, whole
from sousveil.artefacts.model import Artefact, At, artefacts_for, discover
from sousveil.cases.acquired import _tasks_of
from sousveil.cases.categories import categories, left_out
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported
from sousveil.readers.model import Context

APP = "/private/var/mobile/Containers/Data/Application/"


@pytest.fixture(scope="module")
def phone() -> Phone:
    """A small phone with something in every artefact that the generator knows."""
    made = Phone("16.5")
    scale.populate(made, Shape(factor=0.02))
    return made


def rows(found: Acquisition, artefact: Artefact) -> tuple[Counter[str], list[str]]:
    """The rows of an artefact, and the errors raised on the way."""
    places = [((artefact.name, role), at) for role, ats in artefact.needs.items() for at in ats]
    groups: dict[tuple[str, str], dict[str, FileGroup]] = {}
    for key, group in found.locate(places):
        groups.setdefault(key, {}).setdefault(group.where, group)
    made, errors = Counter[str](), []
    for task in _tasks_of(artefact.name, artefact.needs, groups):
        try:
            for batch in artefact.read(artefact, task.files, Context(device=found.device)):
                made.update(repr(sorted(batch.row(at).items())) for at in range(batch.count))
        except SousveilError as error:
            errors.append(str(error))
    return made, errors


@pytest.mark.parametrize("form", ["folder", "tar", "tar.gz", "zip"])
def test_every_artefact_of_a_backup_gives_the_same_rows_in_a_dump(phone: Phone, tmp_path: Path, form: str) -> None:
    backup = Backup(phone.write(tmp_path / "backup"))
    made = open_acquisition(dump.write(dump.files_of(phone), tmp_path / f"dump.{form}", form=form))
    assert isinstance(made, Dump)
    filled = 0
    for artefact in artefacts_for(made.device).values():
        if artefact.lies_in(backup.device):
            expected = rows(backup, artefact)
            assert rows(made, artefact) == expected, artefact.name
            filled += bool(expected[0])
    assert filled >= 25


def test_the_device_and_its_apps_are_told_by_files_of_the_system(phone: Phone, tmp_path: Path) -> None:
    made = open_acquisition(dump.write(dump.files_of(phone), tmp_path / "d.zip", form="zip"))
    device = made.device
    assert (device.platform, device.acquisition, device.product_version, device.build) == (
        "ios",
        "dump",
        "16.5",
        "20F66",
    )
    assert device.installed == ("com.apple.mobilesafari", "com.google.chrome.ios")
    assert made.limits == []


SMS = b"private/var/mobile/Library/SMS/sms.db"
PREFIXES = {
    "none": ("private/var/mobile/Library/SMS/sms.db", "/private/var/mobile/Library/SMS/sms.db"),
    "var alone": ("var/mobile/Library/SMS/sms.db", "/private/var/mobile/Library/SMS/sms.db"),
    "named by lists of a tool": ("filesystem2/mobile/Library/SMS/sms.db", "/private/var/mobile/Library/SMS/sms.db"),
    "below a tool's folder": ("Dump/fs/private/var/mobile/x/y", "/private/var/mobile/x/y"),
    "root": ("root/var/mobile/Library/x", "/private/var/mobile/Library/x"),
    "inside an app": (
        "private/var/mobile/Containers/var/mobile/Library/x",
        "/private/var/mobile/Containers/var/mobile/Library/x",
    ),
    "Android": ("Dump/data/data/com.example.app/files/x", "/data/data/com.example.app/files/x"),
    "Android, data alone": (
        "userdata/data/com.example.app/databases/x.db",
        "/data/data/com.example.app/databases/x.db",
    ),
}


@pytest.mark.parametrize("name", PREFIXES)
def test_a_prefix_of_a_tool_is_told_by_what_follows(name: str) -> None:
    given, wanted = PREFIXES[name]
    system, chosen = prefixes(given.encode() + b"\n")
    assert system == ("android" if name.startswith("Android") else "ios")
    assert Paths(system, chosen)(given) == wanted


def test_two_partitions_have_prefixes_of_their_own() -> None:
    names = "filesystem1/private/var/db/x\nfilesystem1/System/a\nfilesystem2/mobile/Library/b\nfilesystem2/containers/Data/c\n"
    path_of = Paths(*prefixes(names.encode()))
    assert [path_of(name) for name in names.splitlines()] == [
        "/private/var/db/x",
        "/System/a",
        "/private/var/mobile/Library/b",
        "/private/var/containers/Data/c",
    ]
    assert path_of("report.pdf") is None
    assert path_of("filesystem2/mobile/../../etc/passwd") is None


@pytest.mark.parametrize(
    "names",
    [
        b"app/var/db/users.sqlite\n",
        b"etc/data/data/com.foo/x\n",
        b"mobile/Library/x\n",
        b"FS/data/anr/trace\n",
        b"data/misc/x\n",
        b"docs/var/log/x\n",
        b"a/b\n",
        b"",
    ],
)
def test_what_is_no_phone_has_no_prefix(names: bytes) -> None:
    assert prefixes(names) == ("", [])


def test_two_marks_tell_a_phone() -> None:
    assert prefixes(b"x/var/db/a\nx/var/db/b\n") == ("", [])
    assert prefixes(b"x/var/db/a\nx/var/root/b\n") == ("ios", [Prefix("x/", "/")])
    assert prefixes(b"x/data/data/com.foo/a\nx/data/data/com.bar/a\n") == ("android", [Prefix("x/", "/")])


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("./private/var", "private/var"),
        ("/private//var/", "private/var/"),
        ("C:/private/var", "private/var"),
        ("private\\var\\x", "private/var/x"),
        ("a/b\\c", "a/b\\c"),
        ("a\nb", "a\\nb"),
        (".hidden", ".hidden"),
        ("", "?"),
    ],
)
def test_names_lose_what_tools_write_before_them(written: str, plain: str) -> None:
    assert plain_name(written) == plain


def test_a_database_has_its_companions_and_is_cited_by_its_place_on_the_phone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        for suffix in ("", "-wal", "-journal"):
            archive.writestr(f"x/filesystem2/mobile/Library/SMS/sms.db{suffix}", f"content{suffix}")
        archive.writestr("x/report.txt", "about the dump")
    made = open_acquisition(tmp_path / "d.zip")
    ((_, group),) = made.locate([("sms", At.ios("/private/var/mobile/Library/SMS/sms.db"))])
    assert group.where == "/private/var/mobile/Library/SMS/sms.db"
    contents = {}
    for member in group.members:
        content = open_member(member)
        contents[member.suffix] = whole(content, 100)
        content.close()
    assert contents == {"": b"content", "-wal": b"content-wal", "-journal": b"content-journal"}
    assert [file.where for file in made.stored(0, 9)][-1] == "/x/report.txt"


def tarred(path: Path, entries: list[tuple[str, bytes, bytes]]) -> Path:
    """A tar archive of (name, type, content)."""
    with tarfile.open(path, "w") as archive:
        for name, kind, data in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.size = kind, len(data)
            entry.linkname = "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            archive.addfile(entry, io.BytesIO(data))
    return path


def test_links_are_listed_and_never_followed_and_devices_are_named(tmp_path: Path) -> None:
    path = tarred(
        tmp_path / "d.tar",
        [
            ("private/var/mobile/Library/link", tarfile.SYMTYPE, b""),
            ("private/var/mobile/Library/device", tarfile.CHRTYPE, b""),
            ("private/var/mobile/Library/../../../../etc/x", tarfile.REGTYPE, b"y"),
            ("private/var/mobile/Library/a", tarfile.REGTYPE, b"a"),
            ("private/var/mobile/Library/a", tarfile.REGTYPE, b"b"),
        ],
    )
    made = open_acquisition(path)
    files = {file.where: file.member.problem for file in made.stored(0, 9)}
    assert files == {
        "/private/var/mobile/Library/device": "it is a device, a pipe or a file of a special kind; it is not read.",
        "/private/var/mobile/Library/../../../../etc/x": None,
        "/private/var/mobile/Library/a": None,
        "/private/var/mobile/Library/a (2)": None,
    }
    assert sum(rows(made, discover()["ios.dump_files"])[0].values()) == 5


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s")
    library = tmp_path / "dump/private/var/mobile/Library"
    library.mkdir(parents=True)
    (library / "a").write_text("a")
    (library / "to_folder").symlink_to(outside)
    (library / "to_file").symlink_to(outside / "secret")
    made = open_acquisition(tmp_path / "dump")
    assert [file.where for file in made.stored(0, 9)] == ["/private/var/mobile/Library/a"]
    assert made.row_span() == (0, 2, 3)
    (tmp_path / "case").mkdir()
    (tmp_path / "case/linked").symlink_to(tmp_path / "dump")
    assert opened(tmp_path / "case") is None


def test_a_folder_that_links_to_a_dump_is_none(tmp_path: Path) -> None:
    for name in ("mobile/Library", "db/diagnostics"):
        (tmp_path / "dump/private/var" / name).mkdir(parents=True)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/private").symlink_to(tmp_path / "dump/private")
    assert [is_dump_folder(str(tmp_path / name)) for name in ("dump", "linked")] == [True, False]


def test_overlapping_members_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("private/var/mobile/Library/a", "a" * 100)
        archive.writestr("private/var/mobile/Library/b", "b" * 100)
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)  # the directory points at the first member once more
    path.write_bytes(data)
    made = open_acquisition(path)
    problems = [file.member.problem for file in made.stored(0, 9)]
    assert problems == [None, "members of the archive overlap; only the first is read."]


@pytest.mark.parametrize("form", ["tar", "zip"])
def test_what_lies_before_a_cut_is_read(phone: Phone, tmp_path: Path, form: str) -> None:
    path = dump.write(dump.files_of(phone), tmp_path / "d", form=form)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    made = open_acquisition(path)
    assert isinstance(made, Dump)
    assert len(made.listing) > 0
    assert [limit.id for limit in made.limits] == (["archive_damaged"] if form == "tar" else [])
    if form == "tar":
        assert 0 < sum(rows(made, discover()["ios.dump_files"])[0].values()) < len(dump.files_of(phone))


def test_apps_whose_folders_no_file_names_are_a_limit(phone: Phone, tmp_path: Path) -> None:
    files = [one for one in dump.files_of(phone) if "container_manager" not in one.path]
    made = open_acquisition(dump.write(files, tmp_path / "d.zip", form="zip"))
    assert [limit.id for limit in made.limits] == ["containers_unnamed"]


def test_a_folder_has_times_unless_it_was_just_unpacked(tmp_path: Path) -> None:
    import os

    library = tmp_path / "private/var/mobile/Library"
    library.mkdir(parents=True)
    for number in range(20):
        (library / f"{number:02}").write_text("x")
    made = open_acquisition(tmp_path)
    assert isinstance(made, Dump)
    assert set(made.listing.times) == {0}
    for number in range(20):
        os.utime(library / f"{number:02}", (0, 1_700_000_000 + 86_400 * number))
    os.utime(tmp_path, (0, 0))
    from sousveil.acquisition.dump import listed

    listed.cache_clear()
    made = open_acquisition(tmp_path)
    assert isinstance(made, Dump)
    assert sorted(made.listing.times)[:2] == [1_700_000_000, 1_700_086_400]


def test_a_dump_is_found_below_a_folder_and_other_archives_are_left_to_other_forms(
    phone: Phone, tmp_path: Path
) -> None:
    dump.write(dump.files_of(phone), tmp_path / "in/EXTRACTION_FFS", prefix="filesystem2/", without="private/var/")
    assert find_backups(tmp_path) == [tmp_path / "in/EXTRACTION_FFS"]
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("notes/a.txt", "a")
    with pytest.raises(Unsupported):
        open_acquisition(tmp_path / "other.zip")


def test_a_folder_with_nothing_but_data_is_taken_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "d/data/data/com.example.app/databases").mkdir(parents=True)
    (tmp_path / "d/data/data/com.example.app/databases/x.db").write_text("x")
    assert find_backups(tmp_path / "d") == [tmp_path / "d"]
    made = open_acquisition(tmp_path / "d")
    assert (made.device.platform, made.device.installed) == ("android", ("com.example.app",))


def test_an_archive_that_is_damaged_from_its_start_is_no_dump(tmp_path: Path) -> None:
    (tmp_path / "d.tar").write_bytes(b"private/var/mobile/Library/a".ljust(600, b"\0"))
    with pytest.raises((Unsupported, Malformed)):
        open_acquisition(tmp_path / "d.tar")


@pytest.mark.parametrize("sign", ["acquisition.json", "top/sysdiagnose.log", "main_entry.txt", "top/Manifest.db"])
def test_other_acquisitions_that_keep_files_by_their_paths_are_no_dumps(tmp_path: Path, sign: str) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("top/logs/private/var/mobile/Library/x", "x")
        archive.writestr("logs/data/data/com.example.app/files/x", "x")
        archive.writestr(sign, "{}")
    assert opened(tmp_path / "other.zip") is None


CONSENT = {
    "ios": {
        "private/var/mobile/Media/DCIM/100APPLE/a.HEIC": "photos",
        "private/var/mobile/Media/PhotoData/Photos.sqlite": "photos",
        "private/var/mobile/Library/SMS/sms.db": "messages",
        "private/var/mobile/Library/CallHistoryDB/CallHistory.storedata": "messages",
        "private/var/mobile/Containers/Shared/AppGroup/A/ChatStorage.sqlite": "messages",
        "private/var/mobile/Library/AddressBook/AddressBook.sqlitedb": "contacts",
        "private/var/mobile/Library/Safari/History.db": "browsing",
        "private/var/mobile/Library/CoreDuet/Knowledge/knowledgeC.db": "browsing",
        "private/var/root/Library/Caches/locationd/clients.plist": "location",
        "private/var/mobile/Containers/Shared/AppGroup/B/NoteStore.sqlite": "other",
        "private/var/mobile/Library/Health/healthdb.sqlite": "other",
        "private/var/mobile/Media/Books/a.epub": "other",
        "private/var/mobile/Library/TCC/TCC.db": "",
        "private/var/db/diagnostics/shutdown.log": "",
        "private/var/networkd/netusage.sqlite": "",
    },
    "android": {
        "data/media/0/DCIM/Camera/a.jpg": "photos",
        "storage/emulated/0/DCIM/Camera/b.jpg": "photos",
        "data/data/com.android.providers.telephony/databases/mmssms.db": "messages",
        "data/user_de/0/com.android.providers.contacts/databases/calllog.db": "messages contacts",
        "data/data/com.android.providers.contacts/databases/contacts2.db": "messages contacts",
        "data/user/0/com.whatsapp/databases/msgstore.db": "messages",
        "data/media/0/Android/media/com.whatsapp/WhatsApp/Media/a.opus": "messages",
        "data/data/com.android.chrome/app_chrome/Default/History": "browsing",
        "data/data/example.pages/app_chrome/Profile 2/History": "browsing",
        "data/data/com.android.providers.downloads/databases/downloads.db": "browsing",
        "data/data/com.google.android.apps.maps/databases/a.db": "location",
        "data/data/com.android.providers.calendar/databases/calendar.db": "other",
        "data/data/com.example.diary/files/a": "other",
        "data/media/0/Documents/a.pdf": "other",
        "data/system/packages.xml": "",
        "data/tombstones/tombstone_00": "",
    },
}


@pytest.mark.parametrize("system", CONSENT)
def test_the_files_of_a_dump_belong_to_categories(tmp_path: Path, system: str) -> None:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        for name in CONSENT[system]:
            archive.writestr(f"Dump/{name}", "x")
        for folder, group in (("A", "group.net.whatsapp.WhatsApp.shared"), ("B", "group.com.apple.notes")):
            if system == "ios":
                name = f"Dump/{APP.replace('Data/Application', 'Shared/AppGroup')[1:]}{folder}"
                content = plistlib.dumps({"MCMMetadataIdentifier": group})
                archive.writestr(f"{name}/.com.apple.mobile_container_manager.metadata.plist", content)
    made = open_acquisition(tmp_path / "d.zip")
    places = {file.where[1:]: file.place for file in made.stored(0, 99)}
    for name, expected in CONSENT[system].items():
        assert {one for one in categories() if left_out(places[name], [one])} == set(expected.split()), name
    if system == "ios":
        ((_, located),) = made.locate([("sms", At.ios("/private/var/mobile/Library/SMS/sms.db"))])
        assert left_out(located.place, ["messages"]) == "messages"


def test_files_of_apps_that_nothing_names_belong_to_every_category(tmp_path: Path) -> None:
    """A dump without the files that name apps could hold messages in any of their folders."""
    known, unknown, group = f"{APP[1:]}A", f"{APP[1:]}B", f"{APP[1:].replace('Data/Application', 'Shared/AppGroup')}C"
    named = plistlib.dumps({"MCMMetadataIdentifier": "com.example.diary"})
    files = {f"{known}/.com.apple.mobile_container_manager.metadata.plist": named}
    files |= {f"{folder}/Documents/x.sqlite": b"x" for folder in (known, unknown, group)}
    files["private/var/mobile/Library/TCC/TCC.db"] = b"x"
    made = open_acquisition(zipped(tmp_path / "d.zip", files))
    places = {file.where[1:]: file.place for file in made.stored(0, 9)}
    out = {name: {one for one in categories() if left_out(place, [one])} for name, place in places.items()}
    assert out == {
        **{key: set() for key in places},
        f"{known}/.com.apple.mobile_container_manager.metadata.plist": {"other"},
        f"{known}/Documents/x.sqlite": {"other"},
        f"{unknown}/Documents/x.sqlite": set(categories()),
        f"{group}/Documents/x.sqlite": set(categories()),
    }
    assert left_out(places[f"{unknown}/Documents/x.sqlite"], []) is None
    assert left_out(places[f"{unknown}/Documents/x.sqlite"], ["other", "photos"]) == "photos"


def test_histories_of_every_profile_of_a_browser_are_located(tmp_path: Path) -> None:
    folder = "data/data/com.android.chrome/app_chrome"
    histories = [f"{folder}/{profile}/History" for profile in ("Default", "Profile 1", "Profile 12")]
    files = dict.fromkeys([*histories, f"{folder}/System Profile/History", f"{folder}/Profile 1/History-journal"], b"x")
    made = open_acquisition(zipped(tmp_path / "d.zip", files | {"data/system/packages.xml": b"<packages/>"}))
    places = [("main", at) for at in discover()["android.chrome_history"].needs["main"]]
    assert sorted(group.relative for _, group in made.locate(places)) == histories


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    """A zip archive of these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_two_phones_in_one_archive_are_refused(tmp_path: Path) -> None:
    files = {f"{owner}/private/var/mobile/Library/SMS/sms.db": owner.encode() for owner in ("alice", "bob")}
    with pytest.raises(Unsupported, match=TWO_PHONES) as refused:
        open_acquisition(zipped(tmp_path / "d.zip", files))
    assert refused.value.hint == "Unpack it, and check each of the two folders by itself."


TWO_PHONES = "this contains two phones: the folders alice/ and bob/ have files in the same folder of a phone."
DIFFERENT = ["alice/private/var/mobile/Library/a", "alice/private/var/root/b", "bob/private/var/mobile/Library/c"]


def test_two_phones_without_a_common_path_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=TWO_PHONES):
        open_acquisition(zipped(tmp_path / "d.zip", dict.fromkeys(DIFFERENT, b"x")))
    below = [name.replace("/private/var", "/filesystem2") for name in DIFFERENT]
    with pytest.raises(Unsupported, match="the folders alice/filesystem2/ and bob/filesystem2/ have"):
        open_acquisition(zipped(tmp_path / "e.zip", dict.fromkeys(below, b"x")))
    # Partitions of one phone may both hold files of a folder, and folders that share none may be parts of a phone.
    parts = ["filesystem1/private/var/db/a", "filesystem1/private/var/mobile/Library/b", "filesystem2/mobile/Library/c"]
    made = open_acquisition(zipped(tmp_path / "f.zip", dict.fromkeys(parts, b"x")))
    assert [file.where for file in made.stored(0, 9)] == [
        "/private/var/db/a",
        "/private/var/mobile/Library/b",
        "/private/var/mobile/Library/c",
    ]


@pytest.mark.parametrize("form", ["body", "paths"])
@pytest.mark.parametrize("common", [False, True])
def test_a_list_of_two_phones_is_refused(tmp_path: Path, form: str, common: bool) -> None:
    """The second phone's paths come after many of the first, and at the end of the list."""
    names = [f"alice/private/var/mobile/Media/{number}" for number in range(20_000)] + DIFFERENT
    names += ["bob/private/var/root/b"] if common else []
    files = [dump.DumpedFile(name, b"", 0) for name in names]
    path = tmp_path / "list.txt"
    write = dump.body_file if form == "body" else dump.path_list
    path.write_text(write(files, prefix=""))
    with pytest.raises(Unsupported, match=TWO_PHONES) as refused:
        open_acquisition(path)
    assert refused.value.hint == "Split the list, and check each part by itself."
    path.write_text(write([one for one in files if one.path.startswith("alice")], prefix=""))
    assert open_acquisition(path).device.platform == "ios"


NUMBERED = [
    "filesystem1/private/var/mobile/",
    "filesystem1/private/var/db/a",
    *(f"filesystem2/mobile/Library/b{number}" for number in range(20)),
    "filesystem2/containers/Data/c",
]
NAMED = [
    *(f"user/data/data/org.example.app/files/{number}" for number in range(20)),
    "user/data/app/x/base.apk",
    "work/data/data/org.example.other/files/a",
    "work/data/system/packages.list",
]


@pytest.mark.parametrize("form", ["body", "paths", "slashes"])
@pytest.mark.parametrize(("system", "files"), [("ios", NUMBERED), ("android", NAMED)])
def test_folders_of_a_list_are_no_files_of_two_phones(tmp_path: Path, form: str, system: str, files: list[str]) -> None:
    """Partitions that a tool numbers may hold each other's folders; of others the list says which names are folders."""
    names = {name: "r/rrw" for name in files if name[-1] != "/"}
    for name in files:
        parts = name.split("/")[:-1]
        names |= {"/".join(parts[:count]): "d/drwx" for count in range(1, len(parts) + 1)}
    lines = {
        "body": [f"0|{name}|7|{mode}|0|0|0|0|0|0|0" for name, mode in sorted(names.items())],
        "paths": sorted(names),
        "slashes": [f"{name}/" if mode[0] == "d" else name for name, mode in sorted(names.items())],
    }
    (tmp_path / "list.txt").write_text("\n".join(lines[form]) + "\n")
    found = file_lists.opened(tmp_path / "list.txt")
    assert found is not None
    assert (found.head.system, len(found.head.chosen)) == (system, 2)


def test_the_search_for_two_phones_in_a_list_is_bounded_and_done_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes, search = [], file_lists.of_one_phone

    def counted(names: Iterable[str], *given: Any, **options: Any) -> list[Prefix]:
        read = list(names)
        passes.append(len(read))
        return search(read, *given, **options)

    monkeypatch.setattr(file_lists, "of_one_phone", counted)
    path = tmp_path / "list.txt"
    lines = [f"alice/private/var/mobile/{folder}/{number}\n" for folder in range(9) for number in range(9)]
    path.write_text("".join([*lines, *(f"{name}\n" for name in DIFFERENT if name.startswith("alice"))]))
    for _ in range(3):
        assert open_acquisition(path).device.platform == "ios"
    assert passes == [11]  # folders, not files
    path.write_text("".join([*lines, "bob/private/var/mobile/0/a\n", "bob/private/var/root/b\n"]))
    with pytest.raises(Unsupported, match=TWO_PHONES):
        open_acquisition(path)
    monkeypatch.setattr("sousveil.acquisition.dump.MAX_FOLDERS", 9)
    assert open_acquisition(path).device.platform == "ios"


def test_a_folder_of_the_phone_that_repeats_its_paths_is_no_second_phone(tmp_path: Path) -> None:
    sms = "private/var/mobile/Library/SMS/sms.db"
    names = [*(f"private/preboot/{number}/{sms[8:]}" for number in range(6)), sms, "a/b"]
    made = open_acquisition(zipped(tmp_path / "d.zip", dict.fromkeys(names, b"x")))
    assert made.device.platform == "ios"
    assert [file.where for file in made.stored(0, 9)] == [f"/{name}" for name in names]
    ((_, located),) = made.locate([("sms", At.ios(f"/{sms}"))])
    assert located.where == f"/{sms}"


@pytest.mark.parametrize("form", ["folder", "tar", "zip"])
def test_small_files_that_state_facts_have_room_for_so_many(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "/.com.apple.mobile_container_manager.metadata.plist"
    content = plistlib.dumps({"MCMMetadataIdentifier": "com.example.app"})
    monkeypatch.setattr("sousveil.acquisition.dump.MAX_FACTS", 2 * len(content))
    files = [dump.DumpedFile(f"{APP[1:]}{number}{name}", content, 0) for number in range(4)]
    made = open_acquisition(dump.write(files, tmp_path / "d", form=form))
    assert isinstance(made, Dump)
    assert sorted(made.containers) == [f"{APP}0", f"{APP}1"]
    assert made.limits == [Limit(id="facts_many")]


def test_problems_beyond_what_a_byte_numbers_share_a_sentence() -> None:
    listing = Listing(Path("d.zip"))
    packed = Packed(offset=0, stored=0, size=0, method=0)
    for number in range(300):
        listing.add(f"{number}", packed, problem=f"problem {number}")
    listing.add("last", packed, problem="problem 0")
    shown = [listing.member(row).problem for row in (0, 252, 253, 299, 300)]
    shared = "the archive is damaged here; the file is not read."
    assert shown == ["problem 0", "problem 252", shared, shared, "problem 0"]


def test_many_files_at_a_pattern_cost_no_other_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.acquisition.dump.MAX_LOCATED", 8)
    library = "private/var/mobile/Library"
    files = {f"{library}/{number}/Cache.db": b"" for number in range(9)}
    made = open_acquisition(zipped(tmp_path / "d.zip", files | {f"{library}/SMS/sms.db": b"", f"{library}/a.ips": b""}))
    places = [
        ("caches", At.anywhere("*/Cache.db")),
        ("sms", At.ios(f"/{library}/SMS/sms.db")),
        ("crashes", At.ios(f"/{library}/*.ips")),
    ]
    located: list[tuple[str, str]] = []
    with pytest.raises(LimitExceeded, match="the dump has more than 8 files in the places"):
        located.extend((key, group.where) for key, group in made.locate(places))
    caches = [("caches", f"/{library}/{number}/Cache.db") for number in range(2)]
    assert located == [*caches, ("sms", f"/{library}/SMS/sms.db"), ("crashes", f"/{library}/a.ips")]


@pytest.mark.parametrize("sign", ["private/Manifest.db", "acquisition.json", "report/main_entry.txt"])
def test_a_file_of_another_form_hides_no_dump(tmp_path: Path, sign: str) -> None:
    assert isinstance(
        opened(zipped(tmp_path / "d.zip", {"private/var/mobile/Library/x": b"x", sign: b"{}"})),
        Dump,
    )
