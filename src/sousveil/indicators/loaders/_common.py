"""What all loaders share: the shape of a loader, the builder of a set, the reviewed ceilings, names of kinds."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from sousveil.data_files import ROOT
from sousveil.errors import LimitExceeded, Malformed
from sousveil.indicators.canonical import on_shared_host, resolve
from sousveil.indicators.model import (
    Attribution,
    Choices,
    Indicator,
    IndicatorKind,
    IndicatorSet,
    Platform,
    Skipped,
)
from sousveil.kinds import visible
from sousveil.texts import t

MAX_INDICATORS = 2_000_000
MAX_SKIPPED = 10_000
"""Entries named one by one; what goes beyond is counted in one line."""
MAX_ENTRY = 200
"""Characters of an entry that are quoted."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANK = {"strong": 0, "lead": 1, "weak": 2}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """One form of published indicators.

    `sniff(head, filename)` says whether the first bytes look like this form. `load(data, name, choices)` reads the whole
    file as the set of that name and raises Malformed when the form itself is broken (a single broken entry is named in
    `skipped`). `order` decides who is asked first.
    """

    name: str
    order: int
    sniff: Callable[[bytes, str], bool]
    load: Callable[[bytes, str, Choices], IndicatorSet]
    suffixes: tuple[str, ...]
    """Endings of file names that this form uses."""
    states_kinds: bool = True
    """False for a list of bare values, whose kind a person may state."""


class _Draft:
    """An indicator in the making."""

    __slots__ = ("attributions", "original")

    def __init__(self, original: str) -> None:
        self.original = original
        self.attributions: dict[tuple[Any, ...], Attribution] = {}


_Requires = tuple[tuple[IndicatorKind, str], ...]
_Key = tuple[IndicatorKind, str, str, _Requires]


class SetBuilder:
    """Collects indicators of one set: canonical, merged by value with all attributions, refusals named."""

    def __init__(self, name: str, data: bytes, *, publisher: str | None = None, licence: str | None = None) -> None:
        self.name = name
        self.publisher = publisher
        self.licence = licence
        self._sha256 = hashlib.sha256(data).hexdigest()
        self._drafts: dict[_Key, _Draft] = {}
        self._skipped: list[Skipped] = []
        self._dropped = 0
        self._context: list[str] = []
        self._newest: str | None = None

    def __len__(self) -> int:
        return len(self._drafts)

    def skip(self, entry: str, reason: str) -> None:
        """Name an entry that is left out."""
        if len(self._skipped) < MAX_SKIPPED:
            self._skipped.append(Skipped(entry=visible(entry, MAX_ENTRY), reason=reason))
        else:
            self._dropped += 1

    def context(self, entry: str) -> None:
        """Name an entry that its publisher marked as context only."""
        if len(self._context) < MAX_SKIPPED:
            self._context.append(visible(entry, MAX_ENTRY))

    def saw(self, day: str | None) -> None:
        """Note a date of publication (YYYY-MM-DD)."""
        if day and (self._newest is None or day > self._newest):
            self._newest = day

    def add(
        self,
        kind: IndicatorKind,
        value: str,
        attribution: Attribution,
        *,
        pattern: str = "equals",
        requires: _Requires = (),
    ) -> bool:
        """Add one value; False when it was refused and named. A `like` or `matches` value is taken as it is."""
        original = value.strip()
        try:
            if pattern in ("equals", "prefix"):
                kind, value, found = resolve(kind, value)
                pattern = pattern if found == "equals" else found
        except Malformed as error:
            self.skip(original, error.message)
            return False
        self.put(kind, value, original, reviewed(kind, value, attribution), pattern, requires)
        return True

    def put(
        self,
        kind: IndicatorKind,
        value: str,
        original: str,
        attribution: Attribution,
        pattern: str = "equals",
        requires: _Requires = (),
    ) -> None:
        """Add a value that is canonical already. Raises LimitExceeded."""
        key = (kind, value, pattern, requires)
        draft = self._drafts.get(key)
        if draft is None:
            if len(self._drafts) >= MAX_INDICATORS:
                raise LimitExceeded(
                    t("error.common.set_contains_more", name=visible(self.name, 80), limit=MAX_INDICATORS)
                )
            draft = self._drafts[key] = _Draft(original)
        same = (
            attribution.family,
            attribution.threat_class,
            attribution.publisher,
            attribution.report,
            attribution.ceiling,
            attribution.note,
            attribution.valid_until,
            attribution.platform,
        )
        draft.attributions.setdefault(same, attribution)
        self.saw(attribution.published)

    def build(self) -> IndicatorSet:
        """The finished set, in the order in which values came."""
        if self._dropped:
            self._skipped.append(
                Skipped(entry=t("list.more", n=self._dropped), reason=t("error.common.similar_reasons"))
            )
            self._dropped = 0
        made = tuple(
            Indicator(
                kind=kind,
                value=value,
                original=draft.original,
                pattern=pattern,
                requires=requires,
                attributions=tuple(draft.attributions.values()),
            )
            for (kind, value, pattern, requires), draft in self._drafts.items()
        )
        return IndicatorSet(
            name=self.name,
            sha256=self._sha256,
            indicators=made,
            skipped=tuple(self._skipped),
            newest=self._newest,
            publisher=self.publisher,
            licence=self.licence,
            context=tuple(self._context),
        )


@cache
def review() -> Mapping[tuple[str, str], tuple[str, str]]:
    """(kind, value) -> (ceiling, reason), from `data/reviewed.tsv`."""
    text = (ROOT / "indicators/data/reviewed.tsv").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return {(row["kind"], row["value"]): (row["ceiling"], row["reason"]) for row in rows}


def reviewed(kind: IndicatorKind, value: str, attribution: Attribution) -> Attribution:
    """The attribution with the ceiling that review, or a shared host, puts on this value."""
    limits = []
    if found := review().get((kind.value, value)):
        limits.append(found)
    if kind in (IndicatorKind.DOMAIN, IndicatorKind.URL):
        host = value.partition("://")[2] or value
        base = on_shared_host(host.partition("/")[0].partition(":")[0])
        if base:
            limits.append(
                (
                    "lead",
                    t("error.common.sub_domain_many", base=base),
                )
            )
    for ceiling, note in limits:
        attribution = limited(attribution, ceiling, note)
    return attribution


def limited(attribution: Attribution, ceiling: str, note: str) -> Attribution:
    """The attribution with its ceiling lowered (never raised) to `ceiling`, and the reason added."""
    now = attribution.ceiling
    lower = ceiling if now is None or _RANK[ceiling] > _RANK[now] else now
    notes = (
        attribution.note
        if attribution.note and note in attribution.note
        else " ".join(filter(None, (attribution.note, note)))
    )
    return msgspec.structs.replace(attribution, ceiling=lower, note=notes)


def decode_text(data: bytes) -> str:
    """Text in UTF-8 (with or without mark) or UTF-16 with mark. Raises Malformed."""
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(t("error.common.text_neither_utf", start=error.start)) from error


def decode_json(data: bytes) -> Any:
    """A JSON document. Raises Malformed."""
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError) as error:
        raise Malformed(t("error.common.file_valid_json"), hint=t("error.common.may_cut_off")) from error


_ANDROID = re.compile(r"(?i)(?<![a-z])android(?![a-z])")
_IOS = re.compile(r"(?i)(?<![a-z])(?:ios|iphone|ipad)s?(?![a-z])")
CONTEXT = "Its publisher marked it as context only (to_ids false). It was used on request."
"""Why a value that somebody took all the same is a lead at most."""


def platform_in(*texts: object) -> Platform | None:
    """The only system that these texts name; None where they name none or both."""
    text = " ".join(one[:2000] for one in texts if isinstance(one, str))
    android, ios = _ANDROID.search(text) is not None, _IOS.search(text) is not None
    return None if android is ios else Platform.ANDROID if android else Platform.IOS


def instant_of(value: object) -> int | None:
    """An ISO 8601 time as microseconds since 1970 UTC; None when it is none."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
    except OverflowError:
        return None


def day_of(value: object) -> str | None:
    """The date at the start of an ISO 8601 time; None when there is none."""
    if isinstance(value, str) and re.fullmatch(r"\d{8}", value, re.ASCII):
        value = f"{value[:4]}-{value[4:6]}-{value[6:]}"  # as MISP's CSV writes it
    if isinstance(value, str) and _DATE.match(value):
        try:
            datetime.fromisoformat(value[:10])
        except ValueError:
            return None
        return value[:10]
    return None


def text_of(value: object, limit: int = 300) -> str | None:
    """A non-empty string, cut; None for anything else."""
    return value.strip()[:limit] or None if isinstance(value, str) else None


def list_of(value: object) -> list[Any]:
    """A list as it is, a single string as a list of one, nothing as none."""
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


_HASHES = {
    "md5": IndicatorKind.MD5,
    "sha1": IndicatorKind.SHA1,
    "sha256": IndicatorKind.SHA256,
    "sha512": IndicatorKind.SHA512,
}
_CERTS = {"md5": IndicatorKind.CERT_MD5, "sha1": IndicatorKind.CERT_SHA1, "sha256": IndicatorKind.CERT_SHA256}


def hash_kind(algorithm: str, *, certificate: bool = False) -> IndicatorKind | None:
    """The kind for an algorithm in any spelling: `MD5`, `SHA-256`, `sha_256`."""
    plain = algorithm.lower().replace("-", "").replace("_", "").replace(" ", "")
    return (_CERTS if certificate else _HASHES).get(plain)


def certificate_kind(value: str) -> IndicatorKind:
    """The kind of a certificate's fingerprint by its length (SHA-1 when in doubt, so that it is refused by name)."""
    digits = sum(c not in ": " for c in value.strip())
    return {32: IndicatorKind.CERT_MD5, 64: IndicatorKind.CERT_SHA256}.get(digits, IndicatorKind.CERT_SHA1)


def words(kinds: Iterable[tuple[str, IndicatorKind]]) -> dict[str, IndicatorKind]:
    """A table from several words a kind."""
    return {word: kind for group, kind in kinds for word in group.split()}


KIND_WORDS = words(
    (
        ("domain domains hostname host fqdn domainname c2domain domain-name:value", IndicatorKind.DOMAIN),
        ("url urls uri link url:value", IndicatorKind.URL),
        (
            "ip ips ipv4 ip4 ip4addr ipaddr ipaddress ipsrc ipdst ip-src ip-dst address ipv4-addr:value cidr",
            IndicatorKind.IPV4,
        ),
        ("ipv6 ip6 ip6addr ipv6-addr:value", IndicatorKind.IPV6),
        ("email emails mail emailaddress email-addr:value email-src email-dst account appleid", IndicatorKind.EMAIL),
        ("process processname process:name", IndicatorKind.PROCESS),
        ("path filepath file:path", IndicatorKind.FILE_PATH),
        ("filename file:name", IndicatorKind.FILE_NAME),
        ("md5 file:hashes.md5", IndicatorKind.MD5),
        ("sha1 file:hashes.sha1", IndicatorKind.SHA1),
        ("sha256 file:hashes.sha256", IndicatorKind.SHA256),
        ("sha512 file:hashes.sha512", IndicatorKind.SHA512),
        (
            "app appid package packagename packages bundleid bundle applicationid app:id mobile-application-id",
            IndicatorKind.APP_ID,
        ),
        ("certificate certificatesha1 app:cert.sha1 x509-fingerprint-sha1", IndicatorKind.CERT_SHA1),
        ("app:cert.md5 x509-fingerprint-md5", IndicatorKind.CERT_MD5),
        ("certificatesha256 app:cert.sha256 x509-fingerprint-sha256", IndicatorKind.CERT_SHA256),
        ("profile profileid configuration-profile:id", IndicatorKind.PROFILE_ID),
        ("property androidproperty android-property:name", IndicatorKind.ANDROID_PROPERTY),
    )
)
"""Words for kinds in files of columns and in MISP; compared in lower case without blanks, `-` and `_` where not found
as they are."""


def kind_word(word: str) -> IndicatorKind | None:
    """The kind that a word names, in any usual spelling; None when it names none."""
    word = word.strip().lower()
    plain = word.replace(" ", "").replace("_", "").replace("-", "")
    return KIND_WORDS.get(word) or KIND_WORDS.get(plain)
