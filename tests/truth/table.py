"""The truth table: what is planted on which phone, and what has to be found. One line, one plant.

Times: `T` lies within two years of the reports it is used with, `LATE` more than two years after Amnesty's of 2021.
"""

from __future__ import annotations

import gzip
import io
import plistlib
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from phonegen.ios import chrome, safari_history
from tests.truth.model import Plant, Put, Want, app, file, folder, row, sql
from tests.truth.own_set import sample

T = 1_680_000_000
LATE = 1_740_000_000
D, E, P, F, U, A, N = (
    "domain-name:value",
    "email-addr:value",
    "process:name",
    "file:path",
    "url:value",
    "app:id",
    "file:name",
)
PROFILE, V4, V6 = "configuration-profile:id", "ipv4-addr:value", "ipv6-addr:value"
HOME = "HomeDomain"

SOON, LATER = datetime(2023, 5, 1, 9, 30, tzinfo=UTC), datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PHONES: dict[str, dict[str, Any]] = {
    "ios12": {"ios": "12.5.5", "date": SOON},
    "ios14": {"ios": "14.6", "date": SOON, "encrypted": True, "iterations": (1000, 1000)},
    "ios16": {"ios": "16.5", "date": SOON},
    "wal17": {"ios": "17.5", "date": SOON},
    "utf15": {"ios": "15.4", "date": SOON},
    "ios26": {"ios": "26.1", "date": LATER, "encrypted": True, "iterations": (1000, 1000)},
    "raw16": {"ios": "16.5", "date": SOON, "encrypted": True, "iterations": (1000, 1000)},
}
"""Phones that hold plants. On `wal17` every database row lies in the WAL alone; databases of `utf15` are UTF-16."""
DATABASES = ("ios12", "ios14", "ios16", "wal17", "utf15", "ios26")
SOME = ("ios12", "ios16", "ios26")
WHOLE = ("ios14", "wal17", "ios26")
SAFARI_PROFILE = "9A8B7C6D-0000-4000-8000-00000000C0DE"


def one(
    name: str,
    phones: tuple[str, ...],
    kind: str,
    family: str,
    puts: Put | tuple[Put, ...],
    artefact: str,
    strength: str,
    shows: str,
    *more: Want,
    **rest: Any,
) -> Plant:
    """A plant that gives one finding (and `more`)."""
    every = puts if isinstance(puts[0], tuple) else (puts,)
    want = Want(artefact=artefact, strength=strength, shows=shows, **rest)
    return Plant(name=name, phones=phones, puts=every, kind=kind, family=family, wants=(want, *more))  # type: ignore[arg-type]


def sms(text: str | None = None, at: int = T, **rest: Any) -> Put:
    """A message that came in."""
    rest.setdefault("handle", "+15555550199")
    return row("sms", at=at, text=text, **rest) if text is not None else row("sms", at=at, **rest)


def preview(link: str) -> bytes:
    """An archived preview of a link, as Messages stores it."""
    return plistlib.dumps(
        {
            "$version": 100_000,
            "$archiver": "NSKeyedArchiver",
            "$top": {"root": plistlib.UID(1)},
            "$objects": [
                "$null",
                {"$class": plistlib.UID(3), "originalURL": plistlib.UID(2)},
                link,
                {"$classname": "LPLinkMetadata", "$classes": ["LPLinkMetadata", "NSObject"]},
            ],
        },
        fmt=plistlib.FMT_BINARY,
    )


def listed(text: str) -> Callable[[str], bytes]:
    """A binary property list that holds the text."""
    return lambda value: plistlib.dumps(
        {"a": [1, {"b": text.replace("{v}", value)}], "n": 2.5}, fmt=plistlib.FMT_BINARY
    )


def _value(template: str, make: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda value: make(template.replace("{v}", value))


SMS = "ios.sms"
EDITED = ("ios16", "wal17", "ios26")
"""Phones on which a message may be edited."""
MESSAGES = (
    one(
        "sms text, link",
        DATABASES,
        D,
        "Pegasus",
        sms("Your parcel waits: https://{v}/ab1"),
        SMS,
        "strong",
        "contact",
        file="HomeDomain/Library/SMS/sms.db",
        table="message",
    ),
    one("sms text, no scheme", DATABASES, D, "Pegasus", sms("see {v} today"), SMS, "strong", "contact"),
    one(
        "sms attributedBody only",
        DATABASES,
        D,
        "Pegasus",
        sms(attributed="Track it: https://{v}/q"),
        SMS,
        "strong",
        "contact",
    ),
    one(
        "sms attributedBody, mutable",
        SOME,
        D,
        "Pegasus",
        sms(attributed="Track it: http://{v}/", mutable=True),
        SMS,
        "strong",
        "contact",
    ),
    one(
        "sms link in attributes only",
        WHOLE,
        D,
        "Pegasus",
        sms(attributed="tap here", links=((0, 8, "https://{v}/hidden"),)),
        SMS,
        "strong",
        "contact",
    ),
    one("sms sub-domains", DATABASES, D, "Pegasus", sms("http://a.b.c.{v}/x"), SMS, "strong", "contact"),
    one("sms www", SOME, D, "Pegasus", sms("www.{v}"), SMS, "strong", "contact"),
    one("sms port", SOME, D, "Pegasus", sms("https://{v}:30495/szev4hz"), SMS, "strong", "contact"),
    one("sms user-info", SOME, D, "Pegasus", sms("https://apple.com:login@{v}/id"), SMS, "strong", "contact"),
    one("sms trailing dot", SOME, D, "Pegasus", sms("https://{v}./x"), SMS, "strong", "contact"),
    one("sms upper case", SOME, D, "Pegasus", sms("HTTPS://{V}/X"), SMS, "strong", "contact"),
    one(
        "sms in brackets, punctuation", SOME, D, "Pegasus", sms("(see <https://{v}/>), now!"), SMS, "strong", "contact"
    ),
    one("sms percent-encoded host", SOME, D, "Pegasus", sms("https://{pct}/x"), SMS, "strong", "contact"),
    one(
        "sms nested link",
        SOME,
        D,
        "Pegasus",
        sms("https://example.org/r?u=https%3A%2F%2F{v}%2Fa"),
        SMS,
        "strong",
        "contact",
    ),
    one(
        "sms nested twice encoded", SOME, D, "Pegasus", sms("https://example.org/r?u={pct2}"), SMS, "strong", "contact"
    ),
    one(
        "sms nested plain",
        SOME,
        D,
        "Pegasus",
        sms("https://example.org/go?to=http://{v}/a&x=1"),
        SMS,
        "strong",
        "contact",
    ),
    one("sms full-width letters", SOME, D, "Pegasus", sms("https://{wide}/a"), SMS, "strong", "contact"),
    one("sms without handle", DATABASES, D, "Pegasus", sms("http://{v}/n", handle=None), SMS, "strong", "contact"),
    one(
        "sms, earlier version",
        EDITED,
        D,
        "Pegasus",
        sms(attributed="sorry", edits={"0": (("see https://{v}/a", T), ("sorry", T + 60))}),
        "ios.sms_edits",
        "lead",
        "contact",
        file="HomeDomain/Library/SMS/sms.db",
        table="message",
    ),
    one(
        "sms, unsent",
        EDITED,
        D,
        "Pegasus",
        sms(attributed="\ufffd", edits={"0": (("https://{v}/", T),)}, unsent=(0,)),
        "ios.sms_edits",
        "lead",
        "contact",
    ),
    one(
        "sms, earlier version of one's own",
        EDITED,
        D,
        "Pegasus",
        sms(attributed="no", edits={"0": (("is https://{v}/ real?", T), ("no", T + 60))}, from_me=True),
        "ios.sms_edits",
        "weak",
        "contact",
    ),
    one("sms sent", DATABASES, D, "Pegasus", sms("is https://{v}/ real?", from_me=True), SMS, "weak", "contact"),
    one(
        "sms quoted",
        DATABASES,
        D,
        "Pegasus",
        sms("Citizen Lab writes that https://{v}/ is spyware"),
        SMS,
        "lead",
        "contact",
    ),
    one("sms two years later", ("ios26",), D, "Pegasus", sms("hello https://{v}/", at=LATE), SMS, "lead", "contact"),
    one("sms subject", SOME, D, "Pegasus", sms("hello", subject="http://{v}/"), SMS, "strong", "contact"),
    one("sms group title", SOME, D, "Pegasus", sms("hello", group_title="join {v} now"), SMS, "strong", "contact"),
    one("sms sender account", DATABASES, E, "Pegasus", sms("hi", handle="{v}"), SMS, "strong", "contact"),
    one(
        "sms sender account, upper case",
        SOME,
        E,
        "Operation Triangulation",
        sms("hi", handle="{V}"),
        SMS,
        "strong",
        "contact",
    ),
    one("sms account named in text", SOME, E, "Pegasus", sms("write to {v} please"), SMS, "lead", "contact"),
    one(
        "sms recently deleted",
        ("ios16", "ios26"),
        D,
        "Pegasus",
        sms("http://{v}/gone", recoverable=T + 60),
        SMS,
        "strong",
        "contact",
    ),
    one(
        "sms preview payload",
        WHOLE,
        D,
        "Pegasus",
        sms(
            "look",
            payload_data=_value("https://{v}/p", preview),
            balloon_bundle_id="com.apple.messages.URLBalloonProvider",
        ),
        SMS,
        "strong",
        "contact",
    ),
    one("sms IDN as Unicode", SOME, D, "idn", sms("https://{title}/x"), SMS, "strong", "contact", value="{idna}"),
    one("sms IDN as punycode", SOME, D, "idn", sms("http://{idna}/"), SMS, "strong", "contact", value="{idna}"),
    one("sms whole link", DATABASES, U, "own", sms("get {v} now"), SMS, "strong", "contact"),
    one("sms IPv4 link", DATABASES, V4, "own", sms("http://{v}:8080/x"), SMS, "strong", "contact"),
    one("sms IPv6 link", SOME, V6, "own", sms("http://[{v}]/x"), SMS, "strong", "contact"),
    one("sms bare IPv4", SOME, V4, "own", sms("ping {v} ok"), SMS, "lead", "contact"),
    one("sms after valid_until", SOME, D, "expired", sms("http://{v}/"), SMS, "lead", "contact"),
    one("sms of a plain list", SOME, D, "plain", sms("http://{v}/"), SMS, "lead", "contact"),
    one(
        "sms row known",
        ("ios16",),
        D,
        "Pegasus",
        sms("https://{v}/7", ROWID=90_007),
        SMS,
        "strong",
        "contact",
        row=90_007,
    ),
)

ATT = "ios.sms_attachments"
ATTACHMENTS = (
    one(
        "attachment path",
        SOME,
        F,
        "own",
        sms("pic", attachments=({"filename": "{v}", "transfer_name": "x.gif"},)),
        ATT,
        "lead",
        "contact",
    ),
    one(
        "attachment path with tilde",
        SOME,
        F,
        "own",
        sms("pic", attachments=({"filename": "~/{home}", "transfer_name": "x.gif"},)),
        ATT,
        "lead",
        "contact",
    ),
    one(
        "attachment name",
        SOME,
        N,
        "own",
        sms("pic", attachments=({"filename": "~/Library/SMS/a/b/{v}", "transfer_name": "{v}"},)),
        ATT,
        "weak",
        "presence",
    ),
)

WA = "ios.whatsapp"
WHATSAPP = (
    one(
        "whatsapp text",
        DATABASES,
        D,
        "Pegasus",
        row("whatsapp", at=T, text="open https://{v}/w"),
        WA,
        "strong",
        "contact",
        table="ZWAMESSAGE",
    ),
    one(
        "whatsapp sent",
        SOME,
        D,
        "Pegasus",
        row("whatsapp", at=T, text="https://{v}/w", from_me=True),
        WA,
        "weak",
        "contact",
    ),
    one(
        "whatsapp group",
        SOME,
        D,
        "Pegasus",
        row("whatsapp", at=T, text="{v}", chat="1203630000@g.us", member="15555550177@s.whatsapp.net"),
        WA,
        "strong",
        "contact",
    ),
    one(
        "whatsapp preview link",
        DATABASES,
        D,
        "Pegasus",
        row("whatsapp", at=T, text="look", data=({"content1": "https://{v}/d", "title": "News"},)),
        WA,
        "strong",
        "contact",
    ),
    one(
        "whatsapp matched text",
        SOME,
        D,
        "Pegasus",
        row("whatsapp", at=T, text="look", data=({"matched": "{v}/m"},)),
        WA,
        "strong",
        "contact",
    ),
    one(
        "whatsapp second data item",
        SOME,
        D,
        "Pegasus",
        row("whatsapp", at=T, text="look", data=({"content1": "https://example.org/"}, {"content2": "https://{v}/d2"})),
        WA,
        "strong",
        "contact",
    ),
    one(
        "whatsapp media link",
        SOME,
        D,
        "Pegasus",
        row("whatsapp", at=T, media={"url": "https://{v}/i.jpg"}, type=1),
        WA,
        "strong",
        "contact",
    ),
    one(
        "whatsapp caption",
        SOME,
        D,
        "Pegasus",
        row("whatsapp", at=T, media={"title": "see {v}"}, type=1),
        WA,
        "strong",
        "contact",
    ),
)

WA_CHATS = ("ios12", "ios14", "ios16", "ios26")
WHATSAPP += (
    one(
        "whatsapp last message of a chat",
        WA_CHATS,
        D,
        "Pegasus",
        sql("whatsapp", "UPDATE ZWACHATSESSION SET ZLASTMESSAGETEXT = 'is https://{v}/ real?' WHERE Z_PK = 1"),
        "ios.whatsapp_chats",
        "weak",
        "contact",
    ),
    one(
        "whatsapp draft",
        WA_CHATS,
        D,
        "Pegasus",
        sql("whatsapp", "UPDATE ZWACHATSESSION SET ZSAVEDINPUT = '{v}?' WHERE Z_PK = 1"),
        "ios.whatsapp_chats",
        "weak",
        "contact",
    ),
)

SH, SB = "ios.safari_history", "ios.safari_browserstate"
BROWSERS = (
    one(
        "safari visit",
        DATABASES,
        D,
        "Pegasus",
        row("safari_history", at=T, url="https://{v}/s", title="x"),
        SH,
        "lead",
        "contact",
        file="Library/Safari/History.db",
    ),
    one(
        "safari redirect",
        DATABASES,
        D,
        "Pegasus",
        row(
            "safari_history",
            at=T,
            url="https://news.example.org/{first}",
            redirects=(("https://x1.{v}:30827/abc", 2.0),),
        ),
        SH,
        "strong",
        "contact",
    ),
    one(
        "safari profile",
        SOME,
        D,
        "Pegasus",
        row("safari_history", at=T, url="https://{v}/", place=(HOME, safari_history.profile(SAFARI_PROFILE))),
        SH,
        "lead",
        "contact",
    ),
    one(
        "safari nested link",
        SOME,
        D,
        "Pegasus",
        row("safari_history", at=T, url="https://example.org/?u=https%3A%2F%2F{v}%2F"),
        SH,
        "lead",
        "contact",
    ),
    one(
        "safari link with a line break",
        SOME,
        D,
        "Pegasus",
        row("safari_history", at=T, url="https://{broken}/s"),
        SH,
        "lead",
        "contact",
    ),
    one(
        "safari search for a link",
        SOME,
        D,
        "Pegasus",
        row("safari_history", at=T, url="https://www.google.com/search?q=https%3A%2F%2F{v}%2F"),
        SH,
        "weak",
        "contact",
    ),
    one(
        "safari tab",
        SOME,
        D,
        "Pegasus",
        row("safari_browserstate", at=T, url="https://{v}/t", title="t"),
        SB,
        "lead",
        "contact",
    ),
    one(
        "safari back list",
        SOME,
        D,
        "Pegasus",
        row(
            "safari_browserstate",
            at=T,
            url="https://example.org/",
            title="t",
            entries=("https://{v}/b", "https://example.org/"),
        ),
        SB,
        "lead",
        "contact",
    ),
    one(
        "safari bookmark",
        SOME,
        D,
        "Pegasus",
        row("bookmarks", at=T, url="https://{v}/", title="b"),
        "ios.safari_bookmarks",
        "weak",
        "contact",
    ),
    one(
        "chrome visit",
        DATABASES,
        D,
        "Pegasus",
        row("chrome", at=T, url="https://{v}/c"),
        "ios.chrome_history",
        "lead",
        "contact",
    ),
    one(
        "chrome favicon",
        SOME,
        D,
        "Pegasus",
        row("chrome_favicons", at=T, url="https://{v}/c", icon="https://example.org/i.png"),
        "ios.chrome_favicons",
        "strong",
        "contact",
    ),
    one(
        "firefox visit",
        DATABASES,
        D,
        "Pegasus",
        row("firefox", at=T, url="https://{v}/f"),
        "ios.firefox_history",
        "lead",
        "contact",
    ),
    one(
        "firefox icon",
        SOME,
        D,
        "Pegasus",
        row("firefox", at=T, url="https://example.org/{first}", icon="https://{v}/f.ico"),
        "ios.firefox_favicons",
        "strong",
        "contact",
    ),
    *(
        one(
            f"{browser} visit",
            SOME,
            D,
            "Pegasus",
            row("chrome", at=T, url="https://{v}/c", place=chrome.place(browser)),
            f"ios.{artefact}",
            "lead",
            "contact",
        )
        for browser, artefact in (("brave", "brave_history"), ("edge", "edge_history"), ("opera", "opera"))
    ),
)

WEB = (
    one(
        "webkit observed domain",
        ("ios14", "ios16", "wal17", "utf15", "ios26"),
        D,
        "Pegasus",
        row("webkit_observations", at=T, domain="{v}"),
        "ios.webkit_observations",
        "strong",
        "contact",
    ),
    one(
        "webkit observed in another app",
        ("ios14", "ios26"),
        D,
        "Pegasus",
        row(
            "webkit_observations",
            at=T,
            domain="{v}",
            place=("AppDomain-com.example.reader", "Library/WebKit/WebsiteData/ResourceLoadStatistics/observations.db"),
        ),
        "ios.webkit_observations",
        "strong",
        "contact",
    ),
    one(
        "webkit session log",
        ("ios12",),
        D,
        "Pegasus",
        row("webkit_sessionlog", at=T, origin="{v}"),
        "ios.webkit_session_log",
        "strong",
        "contact",
    ),
    one(
        "webkit session log, redirect",
        ("ios12",),
        D,
        "Pegasus",
        row("webkit_sessionlog", at=T, origin="example.org", redirects_to=("{v}",)),
        "ios.webkit_session_log",
        "strong",
        "contact",
    ),
)

ACCOUNTS = (
    one(
        "account looked up",
        DATABASES,
        E,
        "Pegasus",
        row("idstatuscache", at=T, user="mailto:{v}"),
        "ios.idstatuscache",
        "strong",
        "contact",
    ),
    one(
        "account looked up, upper case",
        SOME,
        E,
        "Operation Triangulation",
        row("idstatuscache", at=T, user="mailto:{V}"),
        "ios.idstatuscache",
        "strong",
        "contact",
    ),
    one(
        "calendar organiser",
        DATABASES,
        E,
        "Pegasus",
        row("calendar", at=T, summary="Talk", organizer="{v}"),
        "ios.calendar",
        "strong",
        "contact",
    ),
    one(
        "calendar link",
        SOME,
        D,
        "Pegasus",
        row("calendar", at=T, summary="Talk", description="https://{v}/", organizer="a@example.org"),
        "ios.calendar",
        "strong",
        "contact",
    ),
    one(
        "call by account",
        WHOLE,
        E,
        "own",
        row("calls", at=T, address="{v}", service="video"),
        "ios.calls",
        "strong",
        "contact",
    ),
    one(
        "call of an old system by account",
        WHOLE,
        E,
        "own",
        row("call_history", at=T, address="{v}"),
        "ios.calls",
        "lead",
        "contact",
        file="WirelessDomain/Library/CallHistory/call_history.db",
    ),
    one(
        "whatsapp call by account",
        DATABASES,
        E,
        "own",
        row("whatsapp_calls", at=T, jid="{v}", missed=True),
        "ios.whatsapp_calls",
        "lead",
        "contact",
    ),
    one(
        "interaction with account",
        SOME,
        E,
        "own",
        row("interactionc", at=T, bundle="com.apple.MobileSMS", sender="{v}"),
        "ios.interactionc",
        "strong",
        "contact",
    ),
    one(
        "contact's address",
        SOME,
        E,
        "own",
        row("contacts", first="A", emails=("{v}",), created=T),
        "ios.contacts",
        "weak",
        "contact",
    ),
    one(
        "contact's link",
        SOME,
        D,
        "Pegasus",
        row("contacts", first="B", urls=("https://{v}/",), created=T),
        "ios.contacts",
        "weak",
        "contact",
    ),
    one("note", SOME, D, "Pegasus", row("notes", at=T, text="List\nhttps://{v}/ seen"), "ios.notes", "weak", "contact"),
    one(
        "telegram text",
        SOME,
        D,
        "Pegasus",
        row("telegram", at=T, text="see https://{v}/tg"),
        "ios.telegram",
        "lead",
        "contact",
    ),
    one(
        "shortcut",
        SOME,
        D,
        "Pegasus",
        row("shortcuts", at=T, name="S", urls=("https://{v}/s",)),
        "ios.shortcuts",
        "lead",
        "presence",
    ),
)

OUTGOING = (
    one(
        "call made to account",
        WHOLE,
        E,
        "own",
        row("calls", at=T, address="{v}", service="video", outgoing=True),
        "ios.calls",
        "weak",
        "contact",
    ),
    one(
        "outgoing interaction",
        SOME,
        E,
        "own",
        row("interactionc", at=T, bundle="com.apple.MobileSMS", recipients=("{v}",), outgoing=True),
        "ios.interactionc",
        "weak",
        "contact",
    ),
    one(
        "message sent to account",
        SOME,
        E,
        "own",
        sms("hello", handle="{v}", from_me=True),
        SMS,
        "weak",
        "contact",
    ),
    one(
        "attachment sent",
        SOME,
        F,
        "own",
        sms("p", from_me=True, attachments=({"filename": "{v}", "transfer_name": "y.gif", "outgoing": True},)),
        ATT,
        "weak",
        "presence",
    ),
    one(
        "calendar entry of one's own",
        SOME,
        D,
        "Pegasus",
        row("calendar", at=T, summary="read https://{v}/ again"),
        "ios.calendar",
        "weak",
        "contact",
    ),
    one(
        "telegram sent",
        SOME,
        D,
        "Pegasus",
        row("telegram", at=T, text="{v}?", incoming=False),
        "ios.telegram",
        "weak",
        "contact",
    ),
)

DU, AD = "ios.datausage", "ios.osanalytics_addaily"
SYSTEM = (
    one(
        "process with traffic",
        DATABASES,
        P,
        "Pegasus",
        row("datausage", process="{v}", first=T, last=T, at=T, wwan_in=900, wwan_out=90),
        DU,
        "strong",
        "execution",
    ),
    one(
        "process with bundle",
        SOME,
        P,
        "Pegasus",
        row(
            "datausage",
            process="{v}/com.apple.datausage.x",
            bundle="com.apple.datausage.x",
            first=T,
            last=T,
            at=T,
            wwan_in=5,
        ),
        DU,
        "strong",
        "execution",
    ),
    one(
        "process without traffic",
        SOME,
        P,
        "Pegasus",
        row("datausage", process="{v}", first=T, last=T, at=T, wwan_in=0, wwan_out=0, wifi_in=0, wifi_out=0),
        DU,
        "lead",
        "execution",
    ),
    one(
        "everyday name with traffic",
        SOME,
        P,
        "!Pegasus",
        row("datausage", process="{v}", first=T, last=T, at=T, wwan_in=5),
        DU,
        "lead",
        "execution",
    ),
    one(
        "name cut by the database",
        SOME,
        P,
        "long",
        row("datausage", process="{sixteen}", first=T, last=T, at=T, wwan_in=5),
        DU,
        "weak",
        "execution",
    ),
    one(
        "long name in full", SOME, P, "long", row("addaily", process="{v}", at=T, wifi_in=5), AD, "strong", "execution"
    ),
    one(
        "app in traffic",
        SOME,
        A,
        "own",
        row("datausage", process="Tracker", bundle="{v}", first=T, last=T, at=T, wwan_in=5),
        DU,
        "lead",
        "execution",
    ),
    one(
        "old BackupAgent with traffic",
        SOME,
        P,
        "!Operation Triangulation",
        row("datausage", process="{v}", first=T, last=T, at=T, wwan_in=5000),
        DU,
        "strong",
        "execution",
    ),
    one(
        "daily traffic",
        DATABASES,
        P,
        "Pegasus",
        row("addaily", at=T, process="{v}", wifi_in=10, wifi_out=10),
        AD,
        "strong",
        "execution",
    ),
    one(
        "permission of a process",
        SOME,
        P,
        "Pegasus",
        row("tcc", at=T, service="kTCCServiceMicrophone", client="{v}"),
        "ios.tcc",
        "lead",
        "presence",
    ),
    one(
        "permission of an app",
        SOME,
        A,
        "own",
        row("tcc", at=T, service="kTCCServiceMicrophone", client="{v}"),
        "ios.tcc",
        "lead",
        "presence",
    ),
    one(
        "location client",
        SOME,
        P,
        "own",
        row("locationd_clients", at=T, bundle="com.example.{first}", executable="/usr/libexec/{v}"),
        "ios.locationd_clients",
        "lead",
        "presence",
    ),
    one(
        "location path",
        SOME,
        F,
        "own",
        row("locationd_clients", at=T, bundle_path="{v}"),
        "ios.locationd_clients",
        "lead",
        "presence",
    ),
    one(
        "profile",
        DATABASES,
        PROFILE,
        "own",
        row("configuration_profiles", at=T, uuid="{V}"),
        "ios.configuration_profiles",
        "strong",
        "presence",
    ),
    one(
        "profile, lower case",
        SOME,
        PROFILE,
        "Predator",
        row("configuration_profiles", at=T, uuid="{lower}"),
        "ios.configuration_profiles",
        "strong",
        "presence",
    ),
    one(
        "profile in the folder of old systems",
        SOME,
        PROFILE,
        "own",
        row("configuration_profiles", at=T, uuid="{v}", place=(HOME, "Library/ConfigurationProfiles/profile-1.stub")),
        "ios.configuration_profiles",
        "lead",
        "presence",
    ),
    one(
        "profile event",
        SOME,
        PROFILE,
        "own",
        row("profile_events", at=T, profile="{V}"),
        "ios.profile_events",
        "strong",
        "presence",
    ),
    one(
        "profile event by process",
        SOME,
        P,
        "own",
        row("profile_events", at=T, profile="com.example.wifi", process="{v}"),
        "ios.profile_events",
        "lead",
        "presence",
    ),
    one("installed app", SOME, A, "own", app("{v}"), "ios.applications", "lead", "presence"),
)

OTHERS = (
    one(
        "safari tab, newer",
        ("ios16", "wal17", "ios26"),
        D,
        "Pegasus",
        row("bookmarks", at=T, url="https://{v}/t", title="t", place=(HOME, "Library/Safari/SafariTabs.db")),
        "ios.safari_tabs",
        "lead",
        "contact",
    ),
    one(
        "safari history cleared of a page",
        ("ios14", "ios16", "ios26"),
        D,
        "Pegasus",
        (
            row("safari_history", at=T, url="https://example.org/t"),
            sql(
                "safari_history",
                "INSERT INTO history_tombstones (start_time, end_time, url, generation) "
                "VALUES (701692800.5, 701692900.25, 'https://{v}/gone', 1)",
            ),
        ),
        "ios.safari_tombstones",
        "lead",
        "contact",
    ),
    one(
        "whatsapp contact's words",
        SOME,
        D,
        "Pegasus",
        row("whatsapp_contacts", name="B", about="see {v}"),
        "ios.whatsapp_contacts",
        "weak",
        "contact",
    ),
    one(
        "app's folder in the manifest",
        SOME,
        A,
        "own",
        file("AppDomain-{v}", "Library/x.bin", b"\x00"),
        "ios.application_domains",
        "lead",
        "presence",
    ),
    one(
        "app's plug-in in the manifest",
        SOME,
        A,
        "own",
        file("AppDomainPlugin-{v}", "Library/x.bin", b"\x00"),
        "ios.application_domains",
        "lead",
        "presence",
    ),
    one(
        "setting that holds a link",
        ("ios12", "ios14"),
        D,
        "Pegasus",
        row("globalpreferences", key="Home{first}", value="https://{v}/"),
        "ios.global_preferences",
        "weak",
        "contact",
    ),
    one(
        "account set up",
        SOME,
        E,
        "own",
        row("accounts3", at=T, username="{v}", kind="com.apple.account.IMAP"),
        "ios.accounts3",
        "lead",
        "contact",
    ),
    one(
        "hidden identifier",
        ("ios26",),
        E,
        "own",
        row("whatsapp_lid", lid="{v}", number="15555550123"),
        "ios.whatsapp_lids",
        "lead",
        "contact",
    ),
    one(
        "signal setting",
        SOME,
        D,
        "Pegasus",
        row("signal", key="k{first}", value="https://{v}/"),
        "ios.signal",
        "lead",
        "contact",
    ),
    one(
        "role account's settings",
        SOME,
        D,
        "Pegasus",
        file("RootDomain", "Library/Preferences/roleaccountd.plist", listed("https://{v}/")),
        "ios.role_account",
        "lead",
        "contact",
        Want(artefact="ios.manifest", strength="lead", shows="presence", kind=N, value="roleaccountd.plist"),
    ),
    one(
        "crash settings with a link",
        SOME,
        D,
        "Pegasus",
        file("RootDomain", "Library/Preferences/com.apple.CrashReporter.plist", listed("https://{v}/")),
        "ios.crash_reporter",
        "lead",
        "contact",
    ),
)

FILES = (
    one(
        "file at a published path",
        ("ios12", "ios14", "ios16", "ios26"),
        F,
        "own",
        file(HOME, "{home}", b"\x00\x01"),
        "ios.manifest",
        "strong",
        "presence",
    ),
    one("folder at a published path", SOME, F, "own", folder(HOME, "{home}"), "ios.manifest", "strong", "presence"),
    one(
        "file below a published path",
        SOME,
        F,
        "own",
        file(HOME, "{home}/deep/er.bin", b"\x00\x02"),
        "ios.manifest",
        "strong",
        "presence",
    ),
    one(
        "site storage of a host",
        SOME,
        D,
        "Pegasus",
        folder("AppDomain-com.apple.mobilesafari", "Library/WebKit/WebsiteData/IndexedDB/https_{v}_0"),
        "ios.manifest",
        "lead",
        "contact",
    ),
)

SCAN = "scan"
LOGS = "Library/Logs/"


def zipped(name: str, text: str) -> Callable[[str], bytes]:
    """A zip file that holds the text, deflated."""

    def make(value: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(
                zipfile.ZipInfo(name, (2023, 1, 1, 0, 0, 0)), text.replace("{v}", value) * 3, zipfile.ZIP_DEFLATED
            )
        return out.getvalue()

    return make


def coded(text: str, encoding: str) -> Callable[[str], bytes]:
    """The text in another encoding."""
    return lambda value: b"\x01\x02" * 50 + text.replace("{v}", value).encode(encoding) + b"\x00" * 50


def packed(text: str) -> Callable[[str], bytes]:
    """The text inside gzip."""
    return lambda value: gzip.compress(("x" * 300 + text.replace("{v}", value) + " end").encode(), mtime=0)


RAWS = ("raw16", "ios12", "ios26")
RAW = (
    *(
        one(
            f"raw {name}",
            RAWS,
            D,
            "Pegasus",
            file(HOME, LOGS + f"{name}-{{first}}.bin", data),
            SCAN,
            "lead",
            "contact",
            file=".bin",
        )
        for name, data in (
            ("link", b"\x00\x01GET https://{v}/a HTTP/1.1\x00"),
            ("bare host", b"\x00\x05{v}\x00more"),
            ("sub-domain", b"dns: a1.b2.{v} ok"),
            ("upper case", b"HOST: {V}\r\n"),
            ("UTF-16 LE", coded("https://{v}/a", "utf-16-le")),
            ("UTF-16 BE", coded("https://{v}/a", "utf-16-be")),
            ("gzip", packed("https://{v}/a")),
            ("zip", zipped("a/b.txt", "see https://{v}/a and so on ")),
            ("property list", listed("https://{v}/a")),
            ("start of file", b"{v}/x"),
            ("end of file", b"xx {v}"),
            ("port", b"{v}:8443/a"),
        )
    ),
    one(
        "raw account", RAWS, E, "own", file(HOME, LOGS + "mail-{dash}.bin", b"From: <{v}>\r\n"), SCAN, "lead", "contact"
    ),
    one(
        "raw account, UTF-16",
        RAWS,
        E,
        "own",
        file(HOME, LOGS + "mail-{dash}.u16", coded("to {v};", "utf-16-le")),
        SCAN,
        "lead",
        "contact",
    ),
    one(
        "raw path",
        RAWS,
        F,
        "own",
        file(HOME, LOGS + "crash-{homeflat}.ips", b'{"procPath" : "{v}", "x":1}'),
        SCAN,
        "lead",
        "presence",
    ),
    one(
        "raw path, gzip",
        RAWS,
        F,
        "own",
        file(HOME, LOGS + "crash-{homeflat}.gz", packed("Path: {v}\n")),
        SCAN,
        "lead",
        "presence",
    ),
    one(
        "raw profile id",
        ("raw16",),
        PROFILE,
        "own",
        file(HOME, LOGS + "profiles.log", b"id={V};"),
        SCAN,
        "lead",
        "presence",
    ),
    one("raw link", RAWS, U, "own", file(HOME, LOGS + "url.log", b"fetch {v} done"), SCAN, "lead", "contact"),
    one(
        "raw IDN",
        RAWS,
        D,
        "idn",
        file(HOME, LOGS + "idn.log", b"lookup {idna} done"),
        SCAN,
        "lead",
        "contact",
        value="{idna}",
    ),
    one(
        "raw in an app's cache",
        RAWS,
        D,
        "Pegasus",
        file("AppDomain-com.example.reader", "Library/Caches/{first}.dat", b"\x00\x00https://{v}/\x00"),
        SCAN,
        "lead",
        "contact",
    ),
    *(
        one(
            f"freed row of {module}",
            ("raw16",),
            D,
            "Pegasus",
            row(module, at=T, gone=True, **values),
            SCAN,
            "lead",
            "contact",
            space="freed",
            evidence=0,
        )
        for module, values in (
            ("sms", {"text": "gone https://{v}/1", "handle": "+15555550199"}),
            ("sms", {"text": "https://{v}/first-word", "handle": "+15555550199"}),
            ("sms", {"text": "{v}", "handle": "+15555550199"}),
            ("whatsapp", {"text": "gone https://{v}/2"}),
            ("safari_history", {"url": "https://{v}/3"}),
            ("chrome", {"url": "https://{v}/4"}),
            ("firefox", {"url": "https://{v}/5"}),
            ("calendar", {"summary": "x", "description": "https://{v}/6"}),
            ("bookmarks", {"url": "https://{v}/7"}),
        )
    ),
    one(
        "content of a published sample",
        ("ios12", "ios16", "ios26"),
        "file:hashes.sha256",
        "own",
        file("CameraRollDomain", "Media/s.bin", sample),
        SCAN,
        "lead",
        "presence",
        file="CameraRollDomain/Media/s.bin",
    ),
    one(
        "content by MD5",
        ("raw16",),
        "file:hashes.md5",
        "own",
        file(HOME, "Library/m.bin", sample),
        SCAN,
        "lead",
        "presence",
    ),
    one(
        "content by SHA-1",
        ("raw16",),
        "file:hashes.sha1",
        "own",
        file(HOME, "Library/n.bin", sample),
        SCAN,
        "lead",
        "presence",
    ),
)
PLANTS: tuple[Plant, ...] = (
    *MESSAGES,
    *ATTACHMENTS,
    *WHATSAPP,
    *BROWSERS,
    *WEB,
    *ACCOUNTS,
    *OUTGOING,
    *SYSTEM,
    *OTHERS,
    *FILES,
    *RAW,
)
