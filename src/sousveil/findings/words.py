"""Plain sentences for matches, in words that need no training. No sentence holds message text, names or numbers.

A sentence is: what was met where (by role and kind), then who published the value and when.
"""

from __future__ import annotations

from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, ThreatClass
from sousveil.kinds import Role, defang, visible

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

NOUNS: dict[IndicatorKind, str] = {
    IndicatorKind.DOMAIN: "the domain",
    IndicatorKind.URL: "the link",
    IndicatorKind.IPV4: "the address",
    IndicatorKind.IPV6: "the address",
    IndicatorKind.EMAIL: "the account",
    IndicatorKind.PROCESS: "the process",
    IndicatorKind.FILE_PATH: "the path",
    IndicatorKind.FILE_NAME: "the file name",
    IndicatorKind.MD5: "the hash",
    IndicatorKind.SHA1: "the hash",
    IndicatorKind.SHA256: "the hash",
    IndicatorKind.SHA512: "the hash",
    IndicatorKind.APP_ID: "the app",
    IndicatorKind.CERT_MD5: "the certificate",
    IndicatorKind.CERT_SHA1: "the certificate",
    IndicatorKind.CERT_SHA256: "the certificate",
    IndicatorKind.PROFILE_ID: "the profile",
    IndicatorKind.ANDROID_PROPERTY: "the system property",
}

TEMPLATES: dict[tuple[str, Role | None], str] = {
    ("net", None): "{title}: {noun} {value} is named here.",
    ("net", Role.RECEIVED): "{title}: something that came in holds {noun} {value}.",
    ("net", Role.LOADED): "{title}: the phone loaded something from {noun} {value}.",
    ("net", Role.REDIRECTED): "{title}: another page sent the browser to {noun} {value}.",
    ("net", Role.VISITED): "{title}: a page of {noun} {value} was opened.",
    ("net", Role.SENT): "{title}: an outgoing message holds {noun} {value}.",
    ("net", Role.SEARCHED): "{title}: somebody searched for {noun} {value}.",
    ("net", Role.WRITTEN): "{title}: the owner wrote down {noun} {value}.",
    ("net", Role.QUOTED): "{title}: a text quotes {noun} {value}.",
    ("net", Role.CONTACTED): "{title}: the phone spoke to {noun} {value}.",
    ("net", Role.INSTALLED): "{title}: something stored on the phone belongs to {noun} {value}.",
    ("net", Role.RAW): "Stored bytes outside every known table hold {noun} {value}.",
    ("account", None): "{title}: {noun} {value} is named here.",
    ("account", Role.RECEIVED): "{title}: something came in from {noun} {value}.",
    ("account", Role.CONTACTED): "{title}: the phone looked up {noun} {value}.",
    ("account", Role.INSTALLED): "{title}: {noun} {value} is set up on the phone.",
    ("account", Role.SENT): "{title}: an outgoing message names {noun} {value}.",
    ("account", Role.WRITTEN): "{title}: the owner wrote down {noun} {value}.",
    ("account", Role.SEARCHED): "{title}: somebody searched for {noun} {value}.",
    ("account", Role.QUOTED): "{title}: a text quotes {noun} {value}.",
    ("account", Role.RAW): "Stored bytes outside every known table hold {noun} {value}.",
    ("process", None): "{title}: a program named {value} is listed here.",
    ("process", Role.RAN): "{title}: a program named {value} ran on the phone.",
    ("process", Role.GRANTED): "{title}: a program named {value} has an entry in a list of permissions.",
    ("process", Role.QUOTED): "{title}: a text names the program {value}.",
    ("file", None): "{title}: {noun} {value} is named here.",
    ("file", Role.INSTALLED): "{title}: a file with {noun} {value} lay on the phone.",
    ("file", Role.RAN): "{title}: a program with {noun} {value} ran on the phone.",
    ("file", Role.RECEIVED): "{title}: an attachment that came in carries {noun} {value}.",
    ("file", Role.QUOTED): "{title}: a text names {noun} {value}.",
    ("file", Role.RAW): "Stored bytes outside every known table hold {noun} {value}.",
    ("hash", None): "{title}: a file on the phone has the content of a published sample (hash {value}).",
    ("hash", Role.RECEIVED): (
        "{title}: an attachment that came in has the content of a published sample (hash {value})."
    ),
    ("app", None): "{title}: an app calls itself {value}.",
    ("app", Role.RAN): "{title}: an app that calls itself {value} used the network.",
    ("app", Role.INSTALLED): "{title}: an app that calls itself {value} is or was on the phone.",
    ("app", Role.GRANTED): "{title}: an app that calls itself {value} has an entry in a list of permissions.",
    ("certificate", None): "{title}: an app is signed with the certificate {value}.",
    ("profile", None): "{title}: the configuration profile {value} is named here.",
    ("profile", Role.INSTALLED): "{title}: the configuration profile {value} is or was on the phone.",
    ("profile", Role.RAW): "Stored bytes outside every known table hold the configuration profile {value}.",
    ("property", None): "{title}: the system property {value} is set.",
}
"""(group, role) -> sentence; role None fits every role without a sentence of its own."""

TIES: dict[ThreatClass | None, str] = {
    ThreatClass.MERCENARY: "it is tied to the spyware {family}",
    ThreatClass.STALKERWARE: "it is tied to the stalkerware {family}",
    ThreatClass.WATCHWARE: "it is tied to {family}, an app for watching over somebody's phone",
    ThreatClass.EXTRACTION_TOOL: "it is tied to {family}, a tool that copies what a phone holds",
    None: "it is tied to {family}",
}
"""What the publisher said, by class."""

NO_PUBLISHER = "According to a list that names no publisher, {tie}."
SAID = "As published by {publisher}{when}, {tie}."
NO_FAMILY = "it is tied to surveillance software"


def shown(indicator: Indicator) -> str:
    """The indicator's value as it may be shown: defanged where it could become a link."""
    group = GROUPS[indicator.kind]
    return defang(indicator.value) if group in ("net", "account") else visible(indicator.value)


def says(indicator: Indicator, role: Role, title: str, deciding: Attribution) -> str:
    """The sentence of a finding that rests on an indicator. `title` is the artefact's."""
    group = GROUPS[indicator.kind]
    template = TEMPLATES.get((group, role)) or TEMPLATES[(group, None)]
    what = template.format(title=title, noun=NOUNS[indicator.kind], value=shown(indicator))
    return f"{what} {attributed(deciding)}"


def attributed(deciding: Attribution) -> str:
    """Who says that the value belongs to whom, and since when."""
    tie = NO_FAMILY
    if deciding.family:
        tie = TIES[deciding.threat_class].format(family=visible(deciding.family, 80))
    if deciding.publisher is None:
        return NO_PUBLISHER.format(tie=tie)
    when = f" on {visible(deciding.published, 10)}" if deciding.published else ""
    return SAID.format(publisher=visible(deciding.publisher, 120), tie=tie, when=when)
