#!/usr/bin/env python3
"""Make the example phone: a small encrypted iOS backup with a few planted traces. Everybody in it is invented.

    python examples/make_phone.py FOLDER

The same code and library versions give the same bytes. The planted values are published ones (Amnesty International,
2021-07-18), so that the example shows what a real attack of that time left behind; everything around them is made up.
The password of the backup stands in `password.txt` beside this script.
"""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from phonegen import Phone
from phonegen.ios import (
    accounts3,
    addaily,
    bookmarks,
    calendar,
    calls,
    configuration_profiles,
    contacts,
    datausage,
    globalpreferences,
    idstatuscache,
    interactionc,
    locationd_clients,
    notes,
    profile_events,
    safari_browserstate,
    safari_history,
    shortcuts,
    sms,
    tcc,
    webkit_observations,
    whatsapp,
    whatsapp_contacts,
)

PASSWORD = (Path(__file__).resolve().parent / "password.txt").read_text("ascii").strip()
LURE = "https://stopsms.biz/q7Rk2"
REDIRECTED_TO = "https://urush1bar4.free247downloads.com:30495/szev4hz"
PROCESS = "roleaboutd"
"""Three published values: a link that came in by SMS, where a page sent the browser, and what then used the network."""

_PEOPLE = (
    ("Jana", "Costa", "+12025550101"),
    ("Omar", "Dahl", "+12025550102"),
    ("Petra", "Noor", "+12025550103"),
    ("Yusuf", "Lund", "+12025550104"),
    ("Tara", "Moss", "+12025550105"),
)
_TALK = (
    ("Are you at the office tomorrow?", "Yes, from nine."),
    ("The interview is moved to Thursday.", "Good, then I can prepare."),
    ("Did you read my draft?", "Reading it tonight, promise."),
    ("Lunch at the market hall?", "12:30 works for me."),
    ("Train is late again, start without me.", "No hurry."),
    ("Happy birthday!", "Thank you so much!"),
    ("Can you send me the photos of the demonstration?", "I will bring them on a stick."),
    ("New number of the lawyer: ask Petra.", "Will do."),
)
_NOTES = ("Shopping\nbread, lentils, coffee", "Questions for Thursday\nwho signed, and when?", "Books to give back")
_SITES = (
    ("https://news.example.org/", "Example News"),
    ("https://news.example.org/city/council-votes", "Council votes on the new bridge"),
    ("https://weather.example.net/today", "Weather"),
    ("https://recipes.example.com/lentil-soup", "Lentil soup"),
    ("https://maps.example.com/?q=market+hall", "Market hall"),
    ("https://library.example.edu/hours", "Opening hours"),
    ("https://radio.example.org/live", "Live"),
)
_SYSTEM = ("mDNSResponder", "apsd", "CommCenter", "identityservicesd", "locationd", "nsurlsessiond", "trustd", "cloudd")
_APPS = (
    ("net.whatsapp.WhatsApp", "WhatsApp Messenger"),
    ("org.example.radio", "Example Radio"),
    ("com.example.maps", "Example Maps"),
    ("com.example.notes", "Example Notes"),
)
_DAY = 86_400


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


_START = _at("2021-03-01T07:00:00")


def _stored(packed: bytes) -> bytes:
    """A gzip member again, but not compressed: what compressors write differs between versions of their libraries."""
    data = gzip.decompress(packed)
    size, check = len(data).to_bytes(2, "little"), zlib.crc32(data).to_bytes(4, "little")
    other = bytes(255 - b for b in size)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01" + size + other + data + check + len(data).to_bytes(4, "little")


def _notes() -> Iterator[dict[str, Any]]:
    for number, text in enumerate(_NOTES):
        yield {"text": text, "body": _stored(notes.body(text)), "at": _START + number * 9 * _DAY}


def _messages(rng: random.Random) -> Iterator[dict[str, Any]]:
    for day in range(120):
        first, _, number = rng.choice(_PEOPLE)
        asks, answers = rng.choice(_TALK)
        at = round(_START + day * _DAY + rng.random() * 12 * 3600, 3)
        kind = "text" if day % 2 else "attributed"
        yield {"at": at, "handle": number, kind: asks, "read_at": at + 40}
        yield {"at": at + 95, "handle": number, kind: answers, "from_me": True}
        if day == 97:
            yield {
                "at": _at("2021-06-06T10:41:07"),
                "handle": "+12025550199",
                "service": "SMS",
                "text": f"Unsubscribe from paid messages, 9.90 a week, here: {LURE}",
                "read_at": _at("2021-06-06T10:58:30"),
            }
        if day == 40:
            yield {"at": at + 600, "handle": number, "attributed": f"{first} sent https://news.example.org/city/bridge"}


def _visits(rng: random.Random) -> Iterator[dict[str, Any]]:
    for day in range(100, 118):
        for _ in range(rng.randint(1, 4)):
            url, title = rng.choice(_SITES)
            yield {"url": url, "title": title, "at": round(_START + day * _DAY + rng.random() * 50_000, 6)}
    yield {
        "url": "http://news.example.org/live",
        "at": _at("2021-06-27T20:04:11"),
        "redirects": ((REDIRECTED_TO, 0.4),),
    }


def _traffic() -> Iterator[dict[str, Any]]:
    for number, process in enumerate(_SYSTEM):
        yield {
            "process": process,
            "first": _START + number * 60,
            "last": _at("2021-07-10T08:00:00") + number,
            "wifi_in": 40_000 * (number + 3),
            "wwan_in": 9_000 * (number + 1),
        }
    for number, (bundle, _name) in enumerate(_APPS):
        yield {
            "process": bundle.rpartition(".")[2],
            "bundle": bundle,
            "first": _START + number * 3_600,
            "last": _at("2021-07-09T21:00:00") + number * 7,
            "wifi_in": 900_000 * (number + 1),
            "wwan_in": 70_000,
        }
    yield {
        "process": PROCESS,
        "first": _at("2021-06-27T20:04:39"),
        "last": _at("2021-06-27T20:31:02"),
        "wifi_in": 391_000,
        "wifi_out": 5_210_000,
        "wwan_in": 0,
        "wwan_out": 118_000,
    }


def _add_databases(phone: Phone, rng: random.Random) -> None:
    def database(module: Any, rows: Any) -> None:
        phone.database(module, lambda db: module.bulk(db, phone.major, rows))

    database(sms, _messages(rng))
    database(safari_history, sorted(_visits(rng), key=lambda row: row["at"]))
    database(
        safari_browserstate, [{"url": u, "title": t, "at": _START + 130 * _DAY, "entries": [u]} for u, t in _SITES[:2]]
    )
    database(bookmarks, [{"url": u, "title": t, "at": _START} for u, t in _SITES[3:5]])
    database(webkit_observations, [{"domain": f"cdn{n}.example.net", "at": _START + n * _DAY} for n in range(12)])
    database(datausage, _traffic())
    database(
        tcc,
        [
            {"service": service, "client": client, "allowed": allowed, "at": int(_START + n * 4_000)}
            for n, (service, client, allowed) in enumerate(
                (
                    ("kTCCServicePhotos", "net.whatsapp.WhatsApp", True),
                    ("kTCCServiceMicrophone", "net.whatsapp.WhatsApp", True),
                    ("kTCCServiceAddressBook", "net.whatsapp.WhatsApp", True),
                    ("kTCCServiceCamera", "com.example.notes", False),
                )
            )
        ],
    )
    database(
        contacts,
        [
            {"first": f, "last": last, "phones": [n], "emails": [f"{f}@example.com".lower()], "created": _START}
            for f, last, n in _PEOPLE
        ],
    )
    database(
        calls,
        [
            {
                "at": _START + n * 5 * _DAY + 900,
                "address": _PEOPLE[n % 5][2],
                "duration": 40.0 + n * 17,
                "outgoing": n % 2 == 0,
            }
            for n in range(24)
        ],
    )
    database(
        interactionc,
        [
            {"at": _START + n * 3 * _DAY, "bundle": "com.apple.MobileSMS", "sender": _PEOPLE[n % 5][2]}
            for n in range(20)
        ],
    )
    database(
        calendar,
        [
            {
                "summary": "Editorial meeting",
                "at": _START + n * 7 * _DAY,
                "end": _START + n * 7 * _DAY + 3600,
                "created": _START - _DAY,
                "organizer": "petra@example.com",
            }
            for n in range(12)
        ],
    )
    database(notes, _notes())
    database(shortcuts, [{"name": "Morning news", "at": _START, "urls": ["https://news.example.org/"]}])
    database(
        accounts3,
        [
            {
                "username": "person@example.com",
                "kind": "com.apple.account.AppleAccount",
                "description": "iCloud",
                "at": _START - 300 * _DAY,
            }
        ],
    )
    jid = [n[1:] + "@s.whatsapp.net" for _f, _l, n in _PEOPLE]
    database(
        whatsapp,
        [
            {
                "at": _START + n * _DAY + 4_321,
                "text": _TALK[n % 8][n % 2],
                "from_me": n % 2 == 1,
                "chat": jid[n % 5],
                "name": _PEOPLE[n % 5][0],
            }
            for n in range(60)
        ],
    )
    database(
        whatsapp_contacts,
        [{"name": f"{f} {last}", "given": f, "family": last, "number": n, "updated": _START} for f, last, n in _PEOPLE],
    )


def _add_lists(phone: Phone) -> None:
    phone.plist(globalpreferences, [{"key": "AppleLocale", "value": "en_GB"}])
    phone.plist(
        addaily,
        [{"process": name, "at": _at("2021-07-09T00:00:00"), "wifi_in": 5_000, "wwan_in": 100} for name in _SYSTEM],
    )
    phone.plist(
        idstatuscache, [{"user": f"tel:{n}", "service": "com.apple.madrid", "at": _START} for _f, _l, n in _PEOPLE]
    )
    phone.plist(locationd_clients, [{"bundle": bundle, "at": _START + 90 * _DAY} for bundle, _name in _APPS])
    profile = "org.example.radio.wifi"
    phone.plist(profile_events, [{"profile": profile, "at": _START, "operation": "install", "process": "Preferences"}])
    entry = {
        "uuid": phone.uuid("profile"),
        "identifier": profile,
        "name": "Wi-Fi of the office",
        "at": _START,
        "payloads": ["com.apple.wifi.managed"],
    }
    phone.add(
        configuration_profiles.DOMAIN,
        configuration_profiles.relative(profile),
        configuration_profiles.build(phone.major, [entry]),
    )


def make(dest: Path) -> Path:
    """Write the example phone into the new or empty folder `dest`."""
    with Phone(
        "14.6",
        "iPhone11,8",
        seed=2021,
        encrypted=True,
        password=PASSWORD,
        iterations=(100_000, 10_000),
        date=datetime(2021, 7, 10, 9, 30, tzinfo=UTC),
        device_name="Example phone",
    ) as phone:
        rng = random.Random("example phone")
        for bundle, name in _APPS:
            phone.install(bundle, name)
        _add_databases(phone, rng)
        _add_lists(phone)
        for number in range(6):
            picture = b"\xff\xd8\xff\xe0" + rng.randbytes(1_500 + 200 * number)
            phone.add("CameraRollDomain", f"Media/DCIM/100APPLE/IMG_{number + 1:04d}.JPG", picture)
        return phone.write(dest)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(make(Path(sys.argv[1])))
