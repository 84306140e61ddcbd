"""Plain sentences for matches, in words that need no training. No sentence holds message text, names or numbers.

A sentence says what the phone recorded, by role and kind; `sousveil.texts` has the words.
"""

from __future__ import annotations

from sousveil.indicators.model import Indicator, IndicatorKind
from sousveil.kinds import Role, defang, visible
from sousveil.texts import messages, t

GROUPS: dict[IndicatorKind, str] = {
    IndicatorKind.DOMAIN: "net",
    IndicatorKind.URL: "net",
    IndicatorKind.IPV4: "net",
    IndicatorKind.IPV6: "net",
    IndicatorKind.EMAIL: "account",
    IndicatorKind.PROCESS: "process",
    IndicatorKind.FILE_PATH: "file",
    IndicatorKind.FILE_NAME: "file",
    IndicatorKind.MD5: "hash",
    IndicatorKind.SHA1: "hash",
    IndicatorKind.SHA256: "hash",
    IndicatorKind.SHA512: "hash",
    IndicatorKind.APP_ID: "app",
    IndicatorKind.CERT_MD5: "certificate",
    IndicatorKind.CERT_SHA1: "certificate",
    IndicatorKind.CERT_SHA256: "certificate",
    IndicatorKind.PROFILE_ID: "profile",
    IndicatorKind.ANDROID_PROPERTY: "property",
}
"""The kinds of indicators, grouped by the words that fit them."""


def shown(indicator: Indicator) -> str:
    """The indicator's value as it may be shown: defanged where it could become a link."""
    group = GROUPS[indicator.kind]
    return defang(indicator.value) if group in ("net", "account") else visible(indicator.value)


def noun(kind: IndicatorKind) -> str:
    """What a kind of indicator is called: the domain, the process ..."""
    name = kind.value.removesuffix(":value").replace(":", "-")
    return t(f"noun.{name}" if f"noun.{name}" in messages() else f"noun.{GROUPS[kind]}")


def template(section: str, group: str, role: str | None) -> str:
    """The id of the text of a role, or of the group where the role has none of its own."""
    known = messages()
    return next(id for id in (f"{section}.{group}.{role}", f"{section}.{group}.any") if id in known)


def says(indicator: Indicator, role: Role, title: str) -> str:
    """The sentence of a finding that rests on an indicator. `title` is the artefact's."""
    group = GROUPS[indicator.kind]
    made = t(template("finding", group, role.value), title=title, noun=noun(indicator.kind), value=shown(indicator))
    return made[0].upper() + made[1:]
