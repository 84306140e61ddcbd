"""One published fact, and a set of them with who says so.

Sets of many origins are brought into this one form by `indicators/loaders/`. Values are stored in canonical form (see
`canonical` in `indicators/canonical.py`), so that two spellings of one fact are one indicator.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class IndicatorKind(StrEnum):
    """What an indicator's value is; named like the STIX keys that the field uses."""

    DOMAIN = "domain-name:value"
    URL = "url:value"
    IPV4 = "ipv4-addr:value"
    IPV6 = "ipv6-addr:value"
    EMAIL = "email-addr:value"
    PROCESS = "process:name"
    FILE_PATH = "file:path"
    FILE_NAME = "file:name"
    MD5 = "file:hashes.md5"
    SHA1 = "file:hashes.sha1"
    SHA256 = "file:hashes.sha256"
    SHA512 = "file:hashes.sha512"
    APP_ID = "app:id"
    CERT_MD5 = "app:cert.md5"
    CERT_SHA1 = "app:cert.sha1"
    CERT_SHA256 = "app:cert.sha256"
    PROFILE_ID = "configuration-profile:id"
    ANDROID_PROPERTY = "android-property:name"


class ThreatClass(StrEnum):
    """What a family is; words of the report depend on it."""

    MERCENARY = "mercenary"
    STALKERWARE = "stalkerware"
    WATCHWARE = "watchware"
    EXTRACTION_TOOL = "extraction_tool"


UNNAMED = "it comes from a table that names no publisher"
"""Why the values of a line without a publisher are not strong."""


class Platform(StrEnum):
    """The system of the phones that an indicator is about."""

    ANDROID = "android"
    IOS = "ios"


BOUND_TO_PLATFORM = frozenset(
    (
        IndicatorKind.PROCESS,
        IndicatorKind.FILE_PATH,
        IndicatorKind.FILE_NAME,
        IndicatorKind.APP_ID,
        IndicatorKind.CERT_MD5,
        IndicatorKind.CERT_SHA1,
        IndicatorKind.CERT_SHA256,
        IndicatorKind.PROFILE_ID,
        IndicatorKind.ANDROID_PROPERTY,
    )
)
"""Kinds of values that name something of one system. A domain, a link, an address, an account or a file's hash of an
Android list counts on an iPhone too: it may have been sent to it."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decides about how a file of indicators is read."""

    kind: IndicatorKind | None = None
    """The kind of every line of a plain list."""
    context_as_leads: bool = False
    """Take what a publisher marked as context only (MISP `to_ids` false) as leads."""


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """Who says what about a value."""

    set_name: str
    """Name of the set as listed by `sousveil indicators list`."""
    family: str | None
    threat_class: ThreatClass | None
    publisher: str | None
    """None: a user's plain list."""
    report: str | None = None
    """Title or address of the report (an address is shown defanged)."""
    published: str | None = None
    """Date of the report, YYYY-MM-DD."""
    licence: str | None = None
    stix_id: str | None = None
    valid_from: int | None = None
    """Microseconds since 1970 UTC; never suppresses a match."""
    valid_until: int | None = None
    ceiling: str | None = None
    """Highest strength this value may have by review (`strong`, `lead`, `weak`), None: no limit."""
    note: str | None = None
    """Why there is a ceiling."""
    platform: Platform | None = None
    """The system that the set says this value is about; None where it does not say."""

    def applies_to(self, kind: IndicatorKind, platform: Platform) -> bool:
        """Whether a value of this kind can name something on a phone of this system."""
        if kind is IndicatorKind.ANDROID_PROPERTY:
            return platform is Platform.ANDROID
        if kind is IndicatorKind.PROCESS and self.platform is None and self.publisher is not None:
            # Publishers that name no system have published names of iOS programs alone; Android has a gatekeeperd of its own.
            return platform is Platform.IOS
        return kind not in BOUND_TO_PLATFORM or self.platform in (None, platform)


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """One value with everybody who published it; never fewer than one attribution."""

    kind: IndicatorKind
    value: str
    """Canonical."""
    original: str
    """As first published."""
    pattern: str = "equals"
    """`equals`; `prefix` (a link that begins so, cut at a path part: a published domain with a path; `value` then has no
    scheme); `like` (SQL LIKE) or `matches` (regular expression, RE2 syntax) where the publisher's pattern says so."""
    attributions: tuple[Attribution, ...]
    requires: tuple[tuple[IndicatorKind, str], ...] = ()
    """Other values that must be in the same row (STIX AND) for this one to count."""

    @property
    def key(self) -> tuple[str, str]:
        """What makes two indicators one."""
        return (self.kind.value, self.value)


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a set that cannot be used, and why; the rest of the set counts."""

    entry: str
    reason: str


class IndicatorSet(msgspec.Struct, frozen=True, kw_only=True):
    """A file of indicators, read."""

    name: str
    sha256: str
    """Of the file it was read from."""
    indicators: tuple[Indicator, ...]
    skipped: tuple[Skipped, ...] = ()
    newest: str | None = None
    """Latest date of publication in it, YYYY-MM-DD."""
    publisher: str | None = None
    licence: str | None = None
    bundled: bool = False
    commercial_use: bool = True
    """False: the licence forbids commercial use; such sets are marked and can be switched off."""
    context: tuple[str, ...] = ()
    """Entries that their publisher marked as context only (MISP `to_ids` false); not used, and no error."""
    left_out: int = 0
    """Indicators of an outline, which does not hold them itself."""

    @property
    def count(self) -> int:
        """How many indicators the set has."""
        return len(self.indicators) + self.left_out

    def outline(self) -> IndicatorSet:
        """What is told of the set, without its indicators."""
        return msgspec.structs.replace(self, indicators=(), left_out=self.count)
