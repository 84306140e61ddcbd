"""Near misses: what looks like a published value and is none. On these phones nothing at all may be found.

`{v}` is a published value, as in the table of plants; a template holds it changed, in a field where it means nothing,
or in the wrong case, place or length.
"""

from __future__ import annotations

import gzip
from typing import Any

from tests.truth.model import Plant, Put, app, file, row
from tests.truth.own_set import sample
from tests.truth.table import HOME, LATER, PROFILE, SOON, V4, V6, A, D, E, F, N, P, T, U, sms

PHONES: dict[str, dict[str, Any]] = {
    "near12": {"ios": "12.5.5", "date": SOON},
    "near15": {"ios": "15.4", "date": SOON},
    "near17": {"ios": "17.5", "date": SOON, "encrypted": True, "iterations": (1000, 1000)},
    "near26": {"ios": "26.1", "date": LATER},
}
"""`near15` has UTF-16 databases; on `near17` database rows lie in the WAL."""
ALL = tuple(PHONES)


def near(name: str, kind: str, family: str, *puts: Put, phones: tuple[str, ...] = ALL) -> Plant:
    """Something from which nothing may follow."""
    return Plant(name="near: " + name, phones=phones, puts=puts, kind=kind, family=family)


_DOMAINS = {
    "a longer name in front": "https://not{v}/x",
    "hyphen in front": "https://my-{v}/x",
    "a name behind": "https://{v}.example.org/x",
    "a letter behind": "https://{v}x/x",
    "last letter gone": "https://{short}/x",
    "last letter changed": "https://{swap}/x",
    "first letter gone": "https://{cut}/x",
    "in a path": "https://example.org/{v}.html",
    "in a user name": "https://{v}:secret@example.org/",
    "dots as underscores": "https://example.org/{under}",
    "dots as hyphens": "https://{dash}.example.org/",
    "in a host label": "https://{first}.example.org/",
    "the upper domain": "https://{first}.{first}.example/",
    "as a file name in text": "open {v}.pdf or {v}_old",
    "glued to words": "foo{v}bar",
    "digits in front": "7{v}",
}
DOMAINS = (
    *(near(f"domain, {name}, sms", D, "Pegasus", sms(text)) for name, text in _DOMAINS.items()),
    *(
        near(f"domain, {name}, attributedBody", D, "Pegasus", sms(attributed=text))
        for name, text in list(_DOMAINS.items())[:12]
    ),
    *(
        near(f"domain, {name}, whatsapp", D, "Pegasus", row("whatsapp", at=T, text=text))
        for name, text in list(_DOMAINS.items())[:10]
    ),
    *(
        near(f"domain, {name}, safari", D, "Pegasus", row("safari_history", at=T, url=text, title="x"))
        for name, text in list(_DOMAINS.items())[:13]
    ),
    *(
        near(f"domain, {name}, chrome", D, "Pegasus", row("chrome", at=T, url=text))
        for name, text in list(_DOMAINS.items())[:6]
    ),
    *(
        near(
            f"domain, {name}, earlier version",
            D,
            "Pegasus",
            sms(attributed="b", edits={"0": ((text, T), ("b", T + 60))}),
            phones=("near17", "near26"),
        )
        for name, text in list(_DOMAINS.items())[:8]
    ),
    near("only the word", D, "Pegasus", sms("{first}")),
    near("split by a space", D, "Pegasus", sms("{first}. {rest}")),
    near("as an account's local part", D, "Pegasus", sms("{first}@example.org")),
    near("bookmark beside", D, "Pegasus", row("bookmarks", at=T, url="https://{v}.example.org/", title="b")),
    near("firefox beside", D, "Pegasus", row("firefox", at=T, url="https://x{v}/")),
    near(
        "observed beside",
        D,
        "Pegasus",
        row("webkit_observations", at=T, domain="x{v}"),
        phones=("near15", "near17", "near26"),
    ),
    near("note beside", D, "Pegasus", row("notes", at=T, text="n\nhttps://{v}.example.org/")),
    near("shortcut beside", D, "Pegasus", row("shortcuts", at=T, name="S", urls=("https://un{v}/",))),
    near("contact beside", D, "Pegasus", row("contacts", first="C", urls=("https://{swap}/",))),
    near(
        "calendar beside", D, "Pegasus", row("calendar", at=T, summary="Talk", description="https://{v}.example.org/")
    ),
    near("in an app's identifier", D, "Pegasus", app("com.{v}")),
    near(
        "in an app's own folder", D, "Pegasus", file("AppDomain-com.{v}", "Library/Preferences/com.{v}.plist", b"\x00")
    ),
    near("in a settings file's name", D, "Pegasus", file(HOME, "Library/Preferences/com.apple.{v}.plist", b"\x00")),
    near("in a permission's client", D, "Pegasus", row("tcc", at=T, service="kTCCServiceCamera", client="com.{v}")),
    near(
        "in a traffic row's bundle",
        D,
        "Pegasus",
        row("datausage", process="a/com.{v}", bundle="com.{v}", first=T, last=T, at=T),
    ),
    near("in a profile's identifier", D, "Pegasus", row("configuration_profiles", at=T, identifier="com.{v}")),
    near(
        "in an interaction's bundle", D, "Pegasus", row("interactionc", at=T, bundle="com.{v}", sender="+15555550111")
    ),
    near("in a location client", D, "Pegasus", row("locationd_clients", at=T, bundle="com.{v}")),
    near("telegram beside", D, "Pegasus", row("telegram", at=T, text="https://re{v}/")),
)
VALUES = (
    near("account, longer", E, "Pegasus", sms("hi", handle="x{v}")),
    near("whatsapp call, account longer", E, "own", row("whatsapp_calls", at=T, jid="x{v}")),
    near("account, other domain", E, "Pegasus", sms("hi", handle="{v}.example")),
    near("account, last letter gone", E, "Pegasus", sms("hi", handle="{short}")),
    near("account looked up, longer", E, "Pegasus", row("idstatuscache", at=T, user="mailto:my.{v}")),
    near("account looked up, shorter", E, "Pegasus", row("idstatuscache", at=T, user="mailto:{cut}")),
    near("organiser, longer", E, "Pegasus", row("calendar", at=T, summary="Talk", organizer="a{v}")),
    near("link, other query", U, "own", sms("{swap}")),
    near("link, longer", U, "own", sms("{v}0")),
    near(
        "link, other path",
        U,
        "own",
        row("safari_history", at=T, url="https://files-example.test/drop/{first}", title="y"),
    ),
    near("address, longer", V4, "own", sms("http://{v}0/")),
    near("address, other last part", V4, "own", sms("http://1{v}/")),
    near("address as a version", V4, "own", sms("version {v}.2 is out")),
    near("address v6, longer", V6, "own", sms("http://[{v}f]/")),
    near("process, longer", P, "Pegasus", row("datausage", process="{v}2", first=T, last=T, at=T, wwan_in=9)),
    near("process, other case", P, "Pegasus", row("datausage", process="{V}_", first=T, last=T, at=T, wwan_in=9)),
    near(
        "process, part of a path",
        P,
        "Pegasus",
        row("datausage", process="{v}helper/com.example.x", first=T, last=T, at=T, wwan_in=9),
    ),
    near("process, with prefix", P, "Pegasus", row("addaily", at=T, process="com.apple.{v}", wifi_in=3)),
    near("process, shorter", P, "Pegasus", row("addaily", at=T, process="{short}", wifi_in=3)),
    near("process cut too early", P, "long", row("datausage", process="{fifteen}", first=T, last=T, at=T, wwan_in=9)),
    near("process cut where nothing is cut", P, "long", row("addaily", at=T, process="{sixteen}", wifi_in=3)),
    near("process in a text", P, "Pegasus", sms("the process {v} is running")),
    near("process as a word in a note", P, "Pegasus", row("notes", at=T, text="{v}\n{v}")),
    near("process as a contact", P, "Pegasus", row("contacts", first="{v}")),
    near("process as a file name", P, "own", file("CameraRollDomain", "Media/DCIM/{v}.jpg", b"\xff\xd8")),
    near("process in raw bytes", P, "Pegasus", file(HOME, "Library/Logs/{v}x.log", b"start {v} now")),
    near("permission, longer", P, "Pegasus", row("tcc", at=T, service="kTCCServiceCamera", client="com.example.{v}")),
    near(
        "location client, longer",
        P,
        "own",
        row("locationd_clients", at=T, bundle="com.example.{v}", executable="/usr/libexec/{v}d"),
    ),
    near("app, longer", A, "own", app("{v}.pro")),
    near("app, shorter", A, "own", app("x{v}")),
    near(
        "app in traffic, longer",
        A,
        "own",
        row("datausage", process="T", bundle="{v}s", first=T, last=T, at=T, wwan_in=5),
    ),
    near("app in a text", A, "own", sms("install {v} now")),
    near("path, longer", F, "own", file(HOME, "{home}x", b"\x00")),
    near("path, other root", F, "own", file("CameraRollDomain", "x/{home}", b"\x00")),
    near("path, other case", F, "own", file(HOME, "{homeupper}", b"\x00")),
    near("path in an app's own folder", F, "own", file("AppDomain-com.example.a", "{home}", b"\x00")),
    near(
        "attachment, longer path", F, "own", sms("p", attachments=({"filename": "{v}.gif", "transfer_name": "a.gif"},))
    ),
    near("file name, longer", N, "own", file(HOME, "Library/x{v}", b"\x00")),
    near("file name, as a folder's part", N, "own", file(HOME, "Library/{v}.d/a", b"\x00")),
    near("profile, one digit off", PROFILE, "own", row("configuration_profiles", at=T, uuid="{swap}")),
    near("profile, longer", PROFILE, "own", row("profile_events", at=T, profile="{v}0")),
    near("profile in a text, cut", PROFILE, "own", sms("id {short}")),
    near(
        "content, one byte more",
        "file:hashes.sha256",
        "own",
        file("CameraRollDomain", "Media/{first}.bin", lambda v: sample(v) + b"!"),
    ),
    near(
        "raw domain, longer",
        D,
        "Pegasus",
        file(HOME, "Library/Logs/{first}.log", b"GET https://not{v}/ and {v}.example.org x{v}"),
    ),
    near("raw domain, no end", D, "Pegasus", file(HOME, "Library/Logs/{first}.txt", b"{v}ish")),
    near(
        "raw domain, packed, longer",
        D,
        "Pegasus",
        file(HOME, "Library/Logs/{first}.gz", lambda v: gzip.compress(f"https://a{v}/".encode(), mtime=0)),
    ),
    near(
        "raw domain, UTF-16, longer",
        D,
        "Pegasus",
        file(HOME, "Library/Logs/{first}.u16", lambda v: f"http://b{v}/ ".encode("utf-16-le")),
    ),
    near("raw account, longer", E, "own", file(HOME, "Library/Logs/{first}.eml", b"From: x{v} To: {v}ing")),
    near("raw path, longer", F, "own", file(HOME, "Library/Logs/{homeflat}.crash", b"Path: {v}.framework x{v}")),
    near("raw profile, longer", PROFILE, "own", file(HOME, "Library/Logs/{v}a.prof", b"id a{v}1")),
)
LOOKALIKES = (
    near("BackupAgent2", "", "", row("datausage", process="BackupAgent2", first=T, last=T, at=T, wwan_in=900)),
    near("bhd", "", "", row("datausage", process="bhd", first=T, last=T, at=T, wwan_in=900)),
    near(
        "web content",
        "",
        "",
        row("datausage", process="com.apple.WebKit.Networking", first=T, last=T, at=T, wwan_in=900),
    ),
    near("genuine subridged", "", "", row("addaily", at=T, process="SoftwareUpdateBridge/subridgedx", wifi_in=4)),
    near("meeting without notes", "", "", row("calendar", at=T, summary="Meeting", description="about the budget")),
    near("notes without meeting", "", "", row("calendar", at=T, summary="Lunch", description="Notes")),
    near("a number's status", "", "", row("idstatuscache", at=T, user="tel:+15555550123")),
    near(
        "redirect of a shortener",
        "",
        "",
        row("safari_history", at=T, url="https://t.example.org/a1", redirects=(("https://t.example.org/a2", 5.0),)),
    ),
    near("genuine folder", "", "", file("DatabaseDomain", "com.apple.xpc.other.staging/x", b"\x00")),
    near("keybagd log", "", "", file("SystemPreferencesDomain", "keybagd.log.0", b"log")),
)
NEAR: tuple[Plant, ...] = (*DOMAINS, *VALUES, *LOOKALIKES)
