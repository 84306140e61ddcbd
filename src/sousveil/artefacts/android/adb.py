"""Computers that the phone trusts for debugging (dumpsys adb)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Label, Name, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class TrustedComputer(Record):
    """One key of a computer that may debug the phone."""

    fingerprint: Label | None
    """MD5 of the key, as the phone shows it when it asks; none where the key is damaged."""
    computer: Name | None
    """What the computer calls itself, `user@host`; the person who made the key chose it."""
    last_connection: UnixTime | None
    place: Label
    """`user_keys` (keys that are trusted), `system_keys` (of the build), `keystore` (with the time of the last connection),
    `last_key_received`."""


_KEY = lazy_pattern(r"([A-Za-z0-9+/]{680,720}={0,2})(?:[ \t]+([^\s\"<>\x00\ufffd]{1,200}))?")
_STORED = lazy_pattern(
    r"key=\"([A-Za-z0-9+/=]{680,720})(?: ([^\"\x00]{0,200}))?\"[^>]{0,80}?lastConnection=\"(\d{1,16})\""
)
_RECEIVED = lazy_pattern(r"\s*last_key_received=([0-9A-F:]{47})")
_FIELD = lazy_pattern(r"\s*(user_keys|system_keys|keystore)=")


def fingerprint(key: str) -> str | None:
    """The fingerprint of a key in base64; None where it is no key."""
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return None
    digest = hashlib.md5(raw, usedforsecurity=False).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, 32, 2))


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """Keys from the list and from the store. The store is XML, XML without a root, or binary XML without its numbers."""
    place = ""
    for number, line in text.lines():
        if received := _RECEIVED.match(line):
            yield Row({"fingerprint": received[1], "place": "last_key_received"}, line=number)
            continue
        if field := _FIELD.match(line):
            place = field[1]
        if not place:
            continue
        stored = list(_STORED.finditer(line)) if place == "keystore" else []
        for key in stored:
            values = {"fingerprint": fingerprint(key[1]), "computer": key[2] or None, "place": place}
            yield Row({**values, "last_connection": int(key[3])}, line=number)
        for key in () if stored else _KEY.finditer(line):
            computer = (key[2] or "").partition("lastConnection")[0] or None
            yield Row({"fingerprint": fingerprint(key[1]), "computer": computer, "place": place}, line=number)


ARTEFACT = Artefact(
    name="android.adb",
    title="Computers trusted for debugging",
    needs={"main": (At.section("adb"),)},
    record=TrustedComputer,
    role=Role.GRANTED,
    read=section_rows(parse),
    events=(Event(at="last_connection", says="a trusted computer connected"),),
    expected=Expected(optional="only Android 10 and later print it"),
    seen=(
        Seen(versions="Android 10", basis="seen on a real phone", verified=True),
        Seen(
            versions="Android 11 and later",
            basis="layout from Samsung's framework code (One UI 6.1 and 7)",
            verified=True,
        ),
    ),
    means="Somebody unlocked the phone and allowed this computer to control it. The computer that made the report is in it too.",
)
