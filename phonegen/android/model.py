"""A synthetic Android phone: what happened on it, as entries. The writers of dumps turn entries into text.

Every entry that is planted gives a `Fact`: where it must be read again, about whom, and when in UTC.
"""

from __future__ import annotations

import base64
import hashlib
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from phonegen.entries import Entries
from phonegen.entries import Member as Member

FIRST_APP_UID = 10_000
PER_USER = 100_000


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that stands in the acquisition. `when` is UTC, None where the place gives no time."""

    where: str
    name: str
    when: datetime | None = None
    detail: tuple[tuple[str, Any], ...] = ()


@dataclass(kw_only=True)
class App:
    """An installed package. `when`: first installation. `updated`: last update (default: the same)."""

    name: str
    when: datetime
    updated: datetime | None = None
    uid: int = 0
    system: bool = False
    hidden: bool = False
    version: str = "1.0"
    code: int = 1
    installer: str | None = "com.android.vending"
    initiating: str | None = None
    originating: str | None = None
    source: int = 2
    path: str = ""
    requested: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    signature: str = "d7f1f224"
    users: tuple[int, ...] = (0,)
    """Users for whom it is installed; a package of user 10 alone is on the phone, but not of the owner."""
    enabled: int = 0
    overlay: bool = False
    """Whether a stray line `KEY overlay paths:` at column 0 stands inside its block."""


@dataclass(kw_only=True)
class Op:
    """One use of an app operation. `running`: still going on, for so long before the dump."""

    app: str
    op: str
    when: datetime | None = None
    mode: str = "allow"
    switch: str = ""
    reject: bool = False
    state: str = "fg-s"
    duration: timedelta | None = None
    running: timedelta | None = None
    tag: str = ""
    discrete: bool = False
    """Stands in the list of single accesses alone (Android 12 and later)."""


@dataclass(kw_only=True)
class Usage:
    """An event of usagestats."""

    app: str
    when: datetime
    kind: str = "ACTIVITY_RESUMED"
    cls: str = ""


@dataclass(kw_only=True)
class UsageTotal:
    """A row of a table of usagestats: apps stay in it after their removal. `when`: last used."""

    app: str
    when: datetime
    interval: str = "yearly"
    launches: int = 3


@dataclass(kw_only=True)
class Battery:
    """A row of the battery history: `+job`, `+top`, `pkginst` with an owner, or a token without one (`plug=usb`)."""

    when: datetime
    token: str
    app: str = ""
    rest: str = ""
    """What follows the app's name in the quotes: `/.Service`."""


@dataclass(kw_only=True)
class Daily:
    """A package change of the daily battery statistics; version 0 is a removal. `when`: begin of the day."""

    app: str
    when: datetime
    version: int = 0
    odd_end: bool = False
    """The day ends in 1970, as the clock of a phone that has just started may have it."""


@dataclass(kw_only=True)
class AdbKey:
    """A computer that may connect. `when`: last connection."""

    owner: str
    when: datetime | None = None
    seed: str = ""

    @property
    def data(self) -> bytes:
        """524 bytes in place of an RSA key."""
        return random.Random(f"adb {self.seed or self.owner}").randbytes(524)

    @property
    def line(self) -> str:
        """The key as files of keys have it."""
        return f"{base64.b64encode(self.data).decode()} {self.owner}"

    @property
    def fingerprint(self) -> str:
        """MD5 of the key's bytes, pairs of capitals with colons."""
        digest = hashlib.md5(self.data, usedforsecurity=False).hexdigest().upper()
        return ":".join(digest[i : i + 2] for i in range(0, 32, 2))


@dataclass(kw_only=True)
class Accessibility:
    """An accessibility service."""

    component: str
    enabled: bool = True
    bound: bool = True
    label: str = "Service"


@dataclass(kw_only=True)
class Admin:
    """A device administrator. `owner`: "", "Device Owner" or "Profile Owner"."""

    component: str
    policies: tuple[str, ...] = ("force-lock",)
    owner: str = ""


@dataclass(kw_only=True)
class Listener:
    """A notification listener."""

    component: str
    changed: bool = False
    """Whether a person switched it on."""


@dataclass(kw_only=True)
class Setting:
    """A row of settings. `namespace`: global, secure or system."""

    namespace: str
    name: str
    value: str
    package: str = "android"


@dataclass(kw_only=True)
class DbOp:
    """A statement that an app's database connection remembers."""

    app: str
    path: str
    sql: str
    when: datetime


@dataclass(kw_only=True)
class Drop:
    """An entry of dropbox."""

    when: datetime
    tag: str
    process: str
    body: str = ""


@dataclass(kw_only=True)
class Tombstone:
    """A crash of native code. `proto`: with a `.pb` beside the text."""

    when: datetime
    process: str
    uid: int = 10_099
    thread: str = "main"
    message: str = ""
    proto: bool = False


@dataclass(kw_only=True)
class Log:
    """A row of logcat. `buffer`: system, event, radio."""

    when: datetime
    tag: str
    text: str
    buffer: str = "system"
    uid: int = 1000
    pid: int = 929
    priority: str = "I"


@dataclass(kw_only=True)
class Shutdown:
    """A request to restart. `package`: the app whose intent asked for it; else the system's own `origin` did."""

    when: datetime
    package: str = ""
    origin: str = "BINDER"
    reason: str = "userrequested"


@dataclass(kw_only=True)
class Exit:
    """The end of an app's process (Android 11 and later)."""

    app: str
    when: datetime
    reason: int = 5
    why: str = "CRASH(NATIVE)"
    pid: int = 4242


@dataclass(kw_only=True)
class Process:
    """A running process. `threads` carry names of 15 characters."""

    name: str
    uid: int = 0
    user: str = "root"
    threads: tuple[str, ...] = ()
    label: str = "u:r:untrusted_app:s0"


@dataclass(kw_only=True)
class Usb:
    """A USB device that was connected to the phone."""

    when: datetime
    vendor: int
    product: int


@dataclass(kw_only=True)
class NetUse:
    """Traffic of an app in a span of two hours."""

    app: str
    when: datetime
    received: int
    sent: int
    network: str = "WIFI"


@dataclass(kw_only=True)
class Volume:
    """A volume of storage."""

    name: str
    path: str
    type: str = "EMULATED"


@dataclass(kw_only=True)
class Job:
    """A job that ran."""

    app: str
    component: str
    when: datetime


@dataclass(kw_only=True)
class Filter:
    """An intent filter: a component that wants an action. `table`: Activity, Receiver, Service or Provider."""

    component: str
    action: str
    table: str = "Receiver"


@dataclass(kw_only=True)
class Property:
    """A system property."""

    name: str
    value: str


@dataclass(kw_only=True)
class Mount:
    """A line of mountinfo, of one process."""

    line: str
    pid: int = 1


_NAMES = {
    "App": "package",
    "Op": "appops",
    "Usage": "usagestats",
    "UsageTotal": "usage_totals",
    "Battery": "battery_history",
    "Daily": "battery_daily",
    "AdbKey": "adb",
    "Accessibility": "accessibility",
    "Admin": "device_policy",
    "Listener": "notification",
    "Setting": "settings",
    "DbOp": "dbinfo",
    "Drop": "dropbox",
    "Tombstone": "tombstone",
    "Log": "logcat",
    "Shutdown": "shutdown",
    "Exit": "exit_info",
    "Process": "processes",
    "Usb": "usb",
    "NetUse": "netstats",
    "Volume": "mount",
    "Job": "jobs",
    "Filter": "resolver",
    "Property": "properties",
    "Mount": "mounts",
    "Member": "files",
}
BUILDS = {
    5: ("LRX22G", "hammerhead", 21),
    6: ("MRA58K", "hammerhead", 23),
    7: ("NRD90M", "bullhead", 24),
    8: ("OPR6.170623.013", "sailfish", 26),
    9: ("PPR1.180610.009", "sailfish", 28),
    10: ("QP1A.191005.007", "sailfish", 29),
    11: ("RP1A.200720.009", "redfin", 30),
    12: ("SP1A.210812.015", "redfin", 31),
    13: ("TP1A.220624.014", "panther", 33),
    14: ("UP1A.231005.007", "panther", 34),
    15: ("AP3A.241005.015", "caiman", 35),
    16: ("BP2A.250605.031", "caiman", 36),
}
"""Version -> build, device, SDK."""


@dataclass
class Android(Entries):
    """A phone under construction.

    android: major version. date: when the dump was begun, UTC. zone: the name that the phone's property gives; its rules hold
    unless `offset` (minutes east of UTC) says otherwise, as on a phone whose property was changed. seed: the same seed gives
    the same bytes. user_build: False is a developer's build with test-keys.
    """

    android: int = 13
    seed: int = 1
    date: datetime = datetime(2024, 5, 14, 9, 30, 15, tzinfo=UTC)
    offset: int | None = None
    zone: str = "Europe/Berlin"
    vendor: str = "google"
    user_build: bool = True
    entries: dict[type[Any], list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"android {self.seed} {self.android}")
        self._uids: dict[str, int] = {}

    def prepare(self, entry: Any) -> None:
        """Gives an app without a uid the next free one."""
        if isinstance(entry, App):
            entry.uid = entry.uid or self.uid(entry.name)
            self._uids[entry.name] = entry.uid

    def uid(self, app: str) -> int:
        """The uid of an app, made when it is first asked for: apps that are gone have one too."""
        if app not in self._uids:
            taken = [uid for uid in self._uids.values() if uid >= FIRST_APP_UID]
            self._uids[app] = max(taken, default=FIRST_APP_UID + 50) + 1
        return self._uids[app]

    @property
    def uids(self) -> dict[str, int]:
        """App -> uid, of every app that was named."""
        return dict(self._uids)

    @property
    def build(self) -> str:
        """The build's name."""
        return BUILDS[self.android][0]

    @property
    def device(self) -> str:
        """The device's code name."""
        return BUILDS[self.android][1]

    @property
    def sdk(self) -> int:
        """The level of the platform's interfaces."""
        return BUILDS[self.android][2]

    @property
    def fingerprint(self) -> str:
        """The build's fingerprint."""
        kind = "user/release-keys" if self.user_build else "userdebug/test-keys"
        return f"{self.vendor}/{self.device}/{self.device}:{self.android}/{self.build}/11036701:{kind}"

    @property
    def serial(self) -> str:
        """The serial number, made from the seed."""
        return hashlib.sha256(f"android serial {self.seed}".encode()).hexdigest().upper()[:12]

    def shift(self, moment: datetime) -> timedelta:
        """From UTC to the phone's wall clock at a moment."""
        if self.offset is not None:
            return timedelta(minutes=self.offset)
        return moment.astimezone(ZoneInfo(self.zone)).utcoffset() or timedelta()

    def local(self, moment: datetime) -> datetime:
        """A moment as the phone's wall clock shows it."""
        return moment.astimezone(UTC) + self.shift(moment)

    def zone_text(self, moment: datetime) -> str:
        """The offset as tombstones print it: `+0200`."""
        minutes = self.shift(moment) // timedelta(minutes=1)
        sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
        return f"{sign}{minutes // 60:02d}{minutes % 60:02d}"

    def text(self, moment: datetime, form: str = "%Y-%m-%d %H:%M:%S") -> str:
        """A moment in local time; `%3` stands for milliseconds."""
        local = self.local(moment)
        return local.strftime(form.replace("%3", f"{local.microsecond // 1000:03d}"))

    def ago(self, moment: datetime) -> str:
        """The distance from the dump as dumps print it: `-1m40s679ms`, `+4h53m0s0ms`."""
        return span(moment - self.date)

    def facts(self) -> list[Fact]:
        """Everything that was added, as facts in the order of addition within a kind."""
        made: list[Fact] = []
        for kind, entries in self.entries.items():
            for entry in entries:
                values = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
                when = values.pop("when", None)
                name = next(
                    (
                        str(values[key])
                        for key in (
                            "name",
                            "app",
                            "component",
                            "process",
                            "owner",
                            "package",
                            "origin",
                            "path",
                            "tag",
                            "line",
                        )
                        if values.get(key)
                    ),
                    "",
                )
                made.append(
                    Fact(_NAMES[kind.__name__], name, when, tuple(sorted(values.items(), key=lambda pair: pair[0])))
                )
        return made


def ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def span(delta: timedelta) -> str:
    """A length of time as Android prints it, with its sign: `+1h2m3s4ms`; nothing is `0`."""
    total = delta // timedelta(milliseconds=1)
    if total == 0:
        return "0"
    sign, total = ("-", -total) if total < 0 else ("+", total)
    days, total = divmod(total, 86_400_000)
    hours, total = divmod(total, 3_600_000)
    minutes, total = divmod(total, 60_000)
    seconds, thousandths = divmod(total, 1000)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")]
    while parts and parts[0][0] == 0:
        parts.pop(0)
    return sign + "".join(f"{number}{unit}" for number, unit in parts) + f"{thousandths}ms"


def uid_name(uid: int) -> str:
    """A uid as dumps print it: `1000`, `u0a123`, `u11s1002`, `u0i9`."""
    user, rest = divmod(uid, PER_USER)
    if uid < FIRST_APP_UID:
        return str(uid)
    if rest >= 99_000:
        return f"u{user}i{rest - 99_000}"
    return f"u{user}a{rest - FIRST_APP_UID}" if rest >= FIRST_APP_UID else f"u{user}s{rest}"


def ps_user(uid: int) -> str:
    """A uid as the list of processes prints it."""
    names = {0: "root", 1000: "system", 1001: "radio", 2000: "shell"}
    return names.get(uid) or (
        f"u{uid // PER_USER}_a{uid % PER_USER - FIRST_APP_UID}" if uid >= FIRST_APP_UID else str(uid)
    )
