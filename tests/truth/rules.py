"""Plants for the rules that need no indicator, one or more for each, and what comes close to them.

On `odd*` phones stands what a rule must find; the near misses of rules are at the end.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from phonegen.ios import crashreporter, triangulation
from tests.truth.model import Plant, Put, Want, app, file, folder, row
from tests.truth.table import HOME, LATER, SOON, N, T, sms

PHONES: dict[str, dict[str, Any]] = {
    "odd12": {"ios": "12.5.5", "date": SOON},
    "odd15": {"ios": "15.4", "date": SOON, "encrypted": True, "iterations": (1000, 1000)},
    "odd17": {"ios": "17.5", "date": SOON},
    "odd26": {"ios": "26.1", "date": LATER},
}
"""As elsewhere: UTF-16 on `odd15`, rows in the WAL on `odd17`."""
ALL = tuple(PHONES)
DATABASE = {"first": T, "last": T + 5, "at": T + 5}


def rule(
    name: str,
    rule_name: str,
    artefact: str,
    strength: str,
    shows: str,
    *puts: Put,
    phones: tuple[str, ...] = ALL,
    **rest: Any,
) -> Plant:
    """A plant that one rule must find."""
    want = Want(artefact=artefact, rule=rule_name, strength=strength, shows=shows, **rest)
    return Plant(name=f"rule: {name}", phones=phones, puts=puts, wants=(want,))


def notice(name: str, kind: str, *puts: Put, phones: tuple[str, ...] = ALL) -> Plant:
    """A plant that gives a note beside the verdict."""
    return Plant(
        name=f"notice: {name}",
        phones=phones,
        puts=puts,
        wants=(Want(artefact="context", rule=kind, strength="", shows=""),),
    )


PASS = "Library/SMS/Attachments/{n}/0{n}/AA-{n}/sample.pkpass"
RULES = (
    rule(
        "traffic of a deleted program",
        "datausage-deleted-process",
        "ios.datausage",
        "lead",
        "execution",
        row("datausage", process="goneby", process_row=False, Z_PK=9_000, wwan_in=700, **DATABASE),
    ),
    rule(
        "last before first",
        "datausage-oddities",
        "ios.datausage",
        "weak",
        "presence",
        row("datausage", process="clocky", first=T + 100, last=T, at=T, wwan_in=1),
    ),
    rule(
        "gigabytes sent",
        "datausage-large-upload",
        "ios.datausage",
        "lead",
        "execution",
        row("datausage", process="uploaderx", wwan_out=3_000_000_000, wwan_in=1, **DATABASE),
    ),
    rule(
        "passes of BLASTPASS",
        "blastpass",
        "ios.manifest",
        "lead",
        "contact",
        *(file("MediaDomain", PASS.replace("{n}", str(n)), b"PK\x05\x06" + bytes(18)) for n in range(3)),
        evidence=3,
    ),
    rule(
        "crash reports off",
        "crash-reporter-off",
        "ios.crash_reporter",
        "lead",
        "presence",
        file(
            "RootDomain",
            "Library/Preferences/com.apple.CrashReporter.plist",
            crashreporter.build(16, [{"key": "ShouldSubmit", "value": False}]),
        ),
    ),
    rule(
        "profile for notifications",
        "profile-notifications",
        "ios.configuration_profiles",
        "lead",
        "presence",
        row("configuration_profiles", at=T, identifier="com.example.n", payloads=["com.apple.notificationsettings"]),
    ),
    rule(
        "profile with a certificate",
        "profile-posture",
        "ios.configuration_profiles",
        "weak",
        "posture",
        row("configuration_profiles", at=T, identifier="com.example.c", payloads=["com.apple.security.root"]),
    ),
    rule(
        "app from elsewhere",
        "application-source",
        "ios.applications",
        "weak",
        "posture",
        app("com.example.sideloaded", source_app="com.example.installer"),
    ),
    rule(
        "permission by path",
        "tcc-path-client",
        "ios.tcc",
        "weak",
        "posture",
        row("tcc", at=T, service="kTCCServiceCamera", client="/usr/libexec/someprogram", client_type=1),
    ),
    rule(
        "quick redirect",
        "safari-redirect",
        "ios.safari_history",
        "weak",
        "contact",
        row(
            "safari_history",
            at=T,
            url="http://plain.example.org/a",
            redirects=(("https://x7.other-example.test:30827/b", 0.2),),
        ),
    ),
    rule(
        "Triangulation burst",
        "triangulation",
        "ios.triangulation_files",
        "lead",
        "execution",
        file(
            "RootDomain",
            "Library/Preferences/com.apple.ImageIO.plist",
            b"bplist00",
            modified=datetime.fromtimestamp(T, tz=UTC),
        ),
        row("locationd_clients", bundle_path=triangulation.LOCATION_BUNDLES[0], at=T + 20),
        evidence=2,
        phones=("odd12", "odd15"),
    ),
    rule(
        "Triangulation burst on newer iOS",
        "triangulation",
        "ios.triangulation_files",
        "weak",
        "execution",
        file(
            "RootDomain",
            "Library/Preferences/com.apple.ImageIO.plist",
            b"bplist00",
            modified=datetime.fromtimestamp(T, tz=UTC),
        ),
        row("locationd_clients", bundle_path=triangulation.LOCATION_BUNDLES[0], at=T + 20),
        evidence=2,
        phones=("odd17", "odd26"),
    ),
    rule(
        "GIF that is a PDF",
        "attachment-type-mismatch",
        "ios.sms_attachment_files",
        "lead",
        "contact",
        file("MediaDomain", "Library/SMS/Attachments/aa/10/AA/photo.gif", b"%PDF-1.4 and so on"),
    ),
    rule(
        "account with zero bytes",
        "idstatus-nul",
        "ios.idstatuscache",
        "lead",
        "contact",
        row("idstatuscache", at=T, user="mailto:ab\0\0cd@example.org"),
    ),
    rule(
        "invitation of QuaDream",
        "quadream-calendar",
        "ios.calendar",
        "lead",
        "contact",
        row(
            "calendar",
            at=T,
            created=T + 200_000,
            summary="Meeting",
            description="Notes",
            organizer="someone@example.org",
        ),
    ),
    rule(
        "attachment in the folder for temporary files",
        "sms-attachment-path",
        "ios.sms_attachments",
        "lead",
        "contact",
        sms("x", attachments=({"filename": "/private/var/tmp/com.apple.messages/pic-1", "transfer_name": "pic"},)),
    ),
    rule(
        "invitations into the past",
        "calendar-backdated",
        "ios.calendar",
        "lead",
        "contact",
        row("calendar", at=T, end=T + 7200, created=T + 900_000, summary="a", organizer="old@example.org"),
        row("calendar", at=T + 600, end=T + 7200, created=T + 900_060, summary="b", organizer="old@example.org"),
        evidence=2,
    ),
    notice(
        "Apple's warning",
        "threat_notice",
        sms("ALERT: State-sponsored attackers may be targeting your iPhone. Apple believes you are being targeted"),
    ),
    notice("short link", "short_link", sms("your parcel: https://tinyurl.com/abc77")),
    notice(
        "Lockdown Mode on",
        "posture",
        row("globalpreferences", key="LDMGlobalEnabled", value=True),
        phones=("odd17", "odd26"),
    ),
    notice(
        "Lockdown Mode off",
        "posture",
        row("globalpreferences", key="AppleLocale", value="en_GB"),
        phones=("ios16", "ios26"),
    ),
    Plant(
        name="published file name",
        phones=ALL,
        kind=N,
        family="Pegasus",
        puts=(file("RootDomain", "Library/Preferences/{v}", crashreporter.build(16, [])),),
        wants=(Want(artefact="ios.manifest", strength="lead", shows="presence"),),
    ),
)


__all__ = ["HOME", "PHONES", "RULES", "folder", "sms"]
