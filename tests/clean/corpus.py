"""Phones on which nothing is wrong, made by script: what innocent people have on them that looks like traces.

Published values are taken from the bundled sets when a phone is made; none is written down here.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from phonegen.core import Phone
from phonegen.rows import Shape
from phonegen.scale import populate
from sousveil.indicators.bundled import bundled_sets
from tests.truth.model import Basket, row

T = 1_680_000_000
FILES = "AppDomainGroup-group.com.apple.FileProvider.LocalStorage"
DOWNLOADS = "File Provider Storage/Downloads/"
VENDORS = (
    "https://www.nsogroup.com/about-us/",
    "https://www.mspy.com/",
    "https://www.cellebrite.com/en/home/",
    "https://www.flexispy.com/en/pricing.htm",
    "https://www.intellexa.com/",
    "https://www.qustodio.com/",
)
ARTICLES = (
    "https://www.amnesty.org/en/latest/research/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/",
    "https://securitylab.amnesty.org/latest/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/",
    "https://citizenlab.ca/2021/09/forcedentry-nso-group-imessage-zero-click-exploit-captured-in-the-wild/",
    "https://github.com/AmnestyTech/investigations/blob/master/2021-07-18_nso/domains.txt",
    "https://docs.mvt.re/en/latest/ios/records/",
)


@cache
def published(kind: str, family: str) -> tuple[str, ...]:
    """Published values of a kind and family, sorted."""
    return tuple(
        sorted(
            {
                one.value
                for made in bundled_sets()
                for one in made.indicators
                if one.kind == kind and any(said.family == family for said in one.attributions)
            }
        )
    )


@cache
def makers(count: int = 60) -> tuple[str, ...]:
    """Public sites of makers of stalkerware and watchware: the published domains that a review calls so."""
    found = {
        one.value
        for made in bundled_sets()
        for one in made.indicators
        if one.kind == "domain-name:value" and all("public site" in (said.note or "") for said in one.attributions)
    }
    return tuple(sorted(found)[:: max(1, len(found) // count)])


def stix(name: str) -> bytes:
    """A set as its publisher hands it out: a STIX bundle, indented."""
    objects: list[dict[str, Any]] = []
    for made in bundled_sets():
        if made.name != name:
            continue
        for one in made.indicators:
            said = f"indicator--{uuid.uuid5(uuid.NAMESPACE_URL, one.value)}"
            objects.append(
                {
                    "type": "indicator",
                    "id": said,
                    "pattern": f"[{one.kind.value}='{one.original}']",
                    "pattern_type": "stix",
                    "created": "2021-07-18T00:00:00.000Z",
                    "valid_from": "2021-07-18T00:00:00Z",
                    "labels": ["malicious-activity"],
                }
            )
    return json.dumps(
        {"type": "bundle", "id": f"bundle--{uuid.uuid5(uuid.NAMESPACE_URL, name)}", "objects": objects}, indent=4
    ).encode()


def hosts_list() -> bytes:
    """A block list in the form of a hosts file: ordinary trackers and every published domain of three families."""
    rng = random.Random("block list")
    lines = [f"0.0.0.0 ads{rng.randrange(10**6)}.tracker{rng.randrange(900)}.example" for _ in range(3_000)]
    lines += [
        f"0.0.0.0 {value}"
        for family in ("Pegasus", "Candiru", "Predator")
        for value in published("domain-name:value", family)
    ]
    rng.shuffle(lines)
    return ("# hosts\n" + "\n".join(lines) + "\n").encode()


def article() -> bytes:
    """A saved page that names domains, accounts and processes."""
    items = [
        *published("domain-name:value", "Pegasus")[100:140],
        *published("email-addr:value", "Pegasus")[:10],
        *published("process:name", "Pegasus")[:30],
    ]
    return (
        "<html><body><h1>Forensic methodology</h1>" + "".join(f"<li>{item}</li>" for item in items) + "</body></html>"
    ).encode()


def table_of(family: str) -> bytes:
    """A spreadsheet in CSV with the domains of a family."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("type", "value", "report"))
    writer.writerows(("domain", value, "published") for value in published("domain-name:value", family))
    return out.getvalue().encode()


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip file of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2023, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def reader(ios: str = "16.5", *, encrypted: bool = False) -> Phone:
    """The phone of somebody who works on spyware: read articles, keeps lists, visited the makers' sites."""
    phone = Phone(
        ios, seed=11, date=datetime(2023, 5, 1, 9, 30, tzinfo=UTC), encrypted=encrypted, iterations=(1000, 1000)
    )
    basket = Basket(phone)
    domains = published("domain-name:value", "Pegasus")
    accounts, processes = published("email-addr:value", "Pegasus"), published("process:name", "Pegasus")
    puts = [
        row("safari_history", at=T + 60 * n, url=url, title="report") for n, url in enumerate((*ARTICLES, *VENDORS))
    ]
    puts += [row("bookmarks", at=T, url=url, title="read later", reading_list=True) for url in ARTICLES]
    puts += [
        row("safari_browserstate", at=T, url=ARTICLES[0], title="How to catch", entries=ARTICLES[:2]),
        row(
            "safari_history",
            at=T + 900,
            url="https://www.google.com/search?q=pegasus+spyware+indicators",
            title="search",
        ),
        row(
            "chrome", at=T, url=f"https://www.google.com/search?q={domains[3]}+pegasus", title=f"{domains[3]} - search"
        ),
        row("safari_history", at=T + 950, url=f"https://duckduckgo.com/?q={domains[4]}", title="search"),
        row("notes", at=T, text="Pegasus list\n" + "\n".join(domains[:40])),
        row("notes", at=T, text="processes\n" + "\n".join(processes) + "\n" + "\n".join(accounts)),
        row("notes", at=T, text=f"ask about https://{domains[50]}/x"),
        row("sms", at=T, text=f"do you know {domains[60]}? Citizen Lab lists it", handle="+15555550101", from_me=True),
        row("sms", at=T, text="the report: " + ARTICLES[0], handle="+15555550101"),
        row("sms", at=T, attributed="see " + ARTICLES[2], handle="+15555550101"),
        row("whatsapp", at=T, text=f"https://{domains[61]}/ is on the list", from_me=True),
        row(
            "whatsapp",
            at=T,
            text="Pegasus again: " + ARTICLES[1],
            data=({"content1": ARTICLES[1], "title": "Pegasus"},),
        ),
        row("calendar", at=T, summary="Meeting", description="bring the report", organizer="colleague@example.org"),
        row("calendar", at=T, summary="Training: Pegasus and Predator", description=ARTICLES[0]),
        row(
            "contacts",
            first="Security Lab",
            emails=("share@amnesty.tech",),
            urls=("https://securitylab.amnesty.org/",),
            note="they publish " + domains[70],
        ),
        row("idstatuscache", at=T, user="mailto:colleague@example.org"),
        row("idstatuscache", at=T, user="tel:+15555550101"),
        row("shortcuts", at=T, name="Open report", urls=(ARTICLES[0],)),
    ]
    puts += [
        row(
            "safari_history",
            at=T + 960,
            url=f"https://www.google.com/search?q=https%3A%2F%2F{domains[5]}%2F",
            title="search",
        ),
        row("chrome", at=T + 960, url=f"https://www.google.com/search?q=https%3A%2F%2F{domains[6]}%2F", title="search"),
        row(
            "safari_history",
            at=T + 970,
            url=f"https://www.virustotal.com/gui/domain/{domains[7]}/detection",
            title="VirusTotal",
        ),
        row(
            "safari_history",
            at=T + 980,
            url=f"https://raw.githubusercontent.com/x/y/{domains[8]}.txt",
            title=domains[8],
        ),
    ]
    for number, site in enumerate(makers()):
        puts += (
            [
                row("safari_history", at=T + 2000 + 300 * number, url=f"https://{site}/", title="home"),
                row("chrome", at=T + 2000 + 300 * number, url=f"https://{site}/pricing"),
                row("webkit_observations", at=T, domain=site),
            ]
            if phone.major >= 14
            else []
        )
    puts += [
        row("datausage", process=name, bundle=bundle, first=T, last=T + 5, at=T, wwan_in=4096, wwan_out=512)
        for name, bundle in LOOKALIKES
    ]
    puts += [row("addaily", at=T, process=name, wifi_in=100, wifi_out=10) for name, _ in LOOKALIKES]
    puts += [row("tcc", at=T, service="kTCCServiceCamera", client=bundle) for _, bundle in LOOKALIKES if bundle]
    puts.append(
        row(
            "locationd_clients",
            at=T,
            bundle="com.example.Diagnosticdlike",
            executable="/var/containers/Bundle/Diagnosticdlike",
        )
    )
    for put in puts:
        basket.put(put, "")
    basket.pack()
    for made in bundled_sets():
        phone.add(FILES, f"{DOWNLOADS}{made.name}.stix2", stix(made.name))
    phone.add(FILES, DOWNLOADS + "hosts.txt", hosts_list())
    phone.add(FILES, DOWNLOADS + "hosts.txt.gz", gzip.compress(hosts_list(), mtime=0))
    phone.add(FILES, DOWNLOADS + "report.html", article())
    phone.add(
        "AppDomain-com.apple.mobilesafari",
        "Library/Caches/page.html",
        (
            "<p>The Pegasus operators used "
            + domains[12]
            + " and a sub-domain of "
            + domains[900]
            + ", says the Security Lab.</p>"
        ).encode(),
    )
    phone.add(FILES, DOWNLOADS + "predator.csv", table_of("Predator"))
    phone.add(
        FILES, DOWNLOADS + "sets.zip", zipped({f"{n}.stix2": stix(n) for n in ("candiru-2021", "kingspawn-2023")})
    )
    phone.add(
        "AppDomain-com.example.adblocker",
        "Documents/rules.txt",
        b"\n".join(b"||" + value.encode() + b"^" for value in published("domain-name:value", "Helios")),
    )
    phone.add(
        "RootDomain",
        "Library/Preferences/com.apple.CrashReporter.plist",
        b"bplist00\xd0\x08" + bytes(6) + b"\x01\x01" + bytes(7) + b"\x01" + bytes(7) + b"\x00" + bytes(7) + b"\x09",
    )
    phone.add_directory("DatabaseDomain", "com.apple.xpc.roleaccountd.staging")
    return phone


LOOKALIKES: tuple[tuple[str, str | None], ...] = (
    ("bhd", None),
    ("BackupAgent2", None),
    ("com.apple.WebKit.Networking", None),
    ("com.apple.WebKit.WebContent", None),
    ("payloadd", None),
    ("stagingd2/com.apple.datausage.x", "com.apple.datausage.x"),
    ("Diagnosticd2", "com.example.Diagnosticdlike"),
    ("SoftwareUpdateBridge", None),
    ("IMTransferAgent/com.apple.datausage.messages", "com.apple.datausage.messages"),
    ("mDNSResponder/com.apple.mobilesafari", "com.apple.mobilesafari"),
    ("roleaccountctl", None),
    ("pcsctl", None),
)
"""Names that Apple or an app uses, or that only look like published ones."""


def quotes() -> Phone:
    """A phone on which friends warn: two messages that quote lures."""
    phone = Phone("16.5", seed=12, date=datetime(2023, 5, 1, 9, 30, tzinfo=UTC))
    domains = published("domain-name:value", "Pegasus")
    basket = Basket(phone)
    for put in (
        row(
            "sms",
            at=T,
            text=f"Warning! Amnesty says https://{domains[10]}/x is Pegasus spyware, do not open it",
            handle="+15555550102",
        ),
        row("whatsapp", at=T, text=f"Forwarded message: never click {domains[11]}, it is spyware"),
    ):
        basket.put(put, "")
    basket.pack()
    return phone


def ordinary(ios: str, seed: int) -> Phone:
    """A phone with a little of everything, and nothing remarkable."""
    phone = Phone(ios, seed=seed, date=datetime(2024, 3, 1, 9, 30, tzinfo=UTC))
    populate(phone, Shape(0.02))
    return phone


ORDINARY = {
    f"ordinary, iOS {ios}": (lambda ios=ios, seed=n: ordinary(ios, seed))
    for n, ios in enumerate(("12.5.7", "13.7", "14.8.1", "15.8", "16.7", "17.5", "18.1", "26.0"), 100)
}
CLEAN: dict[str, Callable[[], Phone]] = {
    "reader, iOS 16": reader,
    "reader, iOS 12": lambda: reader("12.5.5"),
    "reader, iOS 17, encrypted": lambda: reader("17.5", encrypted=True),
    **ORDINARY,
}
"""Phones on which nothing may be above `no_known_traces`."""

REAL: tuple[tuple[str, str, str, str], ...] = (
    ("16", "DataUsage.sqlite", "WirelessDomain", "Library/Databases/DataUsage.sqlite"),
    ("16", "Accounts3.sqlite", "HomeDomain", "Library/Accounts/Accounts3.sqlite"),
    (
        "14",
        "com.apple.identityservices.idstatuscache.plist",
        "HomeDomain",
        "Library/Preferences/com.apple.identityservices.idstatuscache.plist",
    ),
    ("14", "netusage.sqlite", "WirelessDomain", "Library/Databases/netusage.sqlite"),
    ("12", "apple/imessage_chat.db", "HomeDomain", "Library/SMS/sms.db"),
    ("12", "apple/safari_History.db", "HomeDomain", "Library/Safari/History.db"),
    ("12", "apple/TCC-test.db", "HomeDomain", "Library/TCC/TCC.db"),
    ("15", "NoteStore.sqlite", "AppDomainGroup-group.com.apple.notes", "NoteStore.sqlite"),
    ("15", "twitter.db", "AppDomain-com.atebits.Tweetie2", "Library/Caches/databases/twitter.db"),
    ("15", "kik.sqlite", "AppDomainGroup-group.com.kik.chat", "cores/private/kik.sqlite"),
    ("15", "IMODb2.sqlite", "AppDomainGroup-group.imoim", "IMODb2.sqlite"),
    ("15", "9368974384.db", "AppDomain-com.example.messenger", "Documents/9368974384.db"),
    (
        "15",
        "RMAdminStore-Local.sqlite",
        "HomeDomain",
        "Library/Application Support/com.apple.remotemanagementd/RMAdminStore-Local.sqlite",
    ),
    ("15", "Cookies.binarycookies", "AppDomain-com.example.messenger", "Library/Cookies/Cookies.binarycookies"),
    ("15", "powerlog_2021-12-16_05-54_84E2141B.PLSQL", "WirelessDomain", "Library/powerlog.PLSQL"),
    ("15", "apple/knowledgec-10.13.db", "HomeDomain", "Library/CoreDuet/Knowledge/a.db"),
    ("15", "apple/knowledgec-10.14.db", "HomeDomain", "Library/CoreDuet/Knowledge/knowledgeC.db"),
    ("15", "ios_lockdownd.log", "HomeDomain", "Library/Logs/lockdownd.log"),
    ("15", "ios_sysdiag.log", "HomeDomain", "Library/Logs/mobile_installation.log"),
    ("15", "ios_app_privacy_report.ndjson", FILES, DOWNLOADS + "App_Privacy_Report.ndjson"),
    ("15", "com.apple.wifi.known-networks.plist", "SystemPreferencesDomain", "com.apple.wifi.known-networks.plist"),
    ("15", "com.apple.MobileBackup.plist", "HomeDomain", "Library/Preferences/com.apple.MobileBackup.plist"),
)
"""Files of published clean test images and where they are put."""


def real(data: Path) -> Phone:
    """A phone made of files of published clean test images."""
    phone = Phone("16.5", seed=13, date=datetime(2023, 6, 1, 9, 30, tzinfo=UTC))
    for _, name, domain, relative in REAL:
        phone.add(domain, relative, data / "phones" / "ios-plaso" / name)
    return phone


def random_set(count: int = 20_000) -> bytes:
    """A published set (as STIX) of random domains, processes, paths and accounts; the same at each call."""
    rng = random.Random(f"random indicators {count}")

    def word(low: int, high: int) -> str:
        return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(low, high)))

    patterns: set[str] = set()
    while len(patterns) < count:
        share = rng.random()
        if share < 0.6:
            patterns.add(
                f"[domain-name:value='{word(3, 14)}.{rng.choice(('com', 'net', 'org', 'info', 'co', 'io', 'me'))}']"
            )
        elif share < 0.75:
            patterns.add(f"[process:name='{word(3, 15)}']")
        elif share < 0.85:
            patterns.add(
                f"[file:path='/private/var/{rng.choice(('tmp', 'db', 'root', 'mobile/Library/Caches'))}/{word(3, 12)}']"
            )
        else:
            patterns.add(f"[email-addr:value='{word(4, 12)}@{rng.choice(('gmail.com', 'icloud.com', 'outlook.com'))}']")
    publisher = "identity--44444444-4444-4444-8444-444444444444"
    objects: list[dict[str, Any]] = [
        {"type": "identity", "id": publisher, "name": "Random", "identity_class": "organization"}
    ]
    objects += [
        {
            "type": "indicator",
            "id": f"indicator--{uuid.uuid5(uuid.NAMESPACE_URL, pattern)}",
            "pattern": pattern,
            "pattern_type": "stix",
            "created_by_ref": publisher,
            "created": "2024-01-01T00:00:00.000Z",
            "valid_from": "2024-01-01T00:00:00Z",
        }
        for pattern in sorted(patterns)
    ]
    return json.dumps(
        {"type": "bundle", "id": "bundle--55555555-5555-4555-8555-555555555555", "objects": objects}
    ).encode()


__all__ = ["CLEAN", "ORDINARY", "REAL", "ordinary", "published", "quotes", "random_set", "reader", "real"]
