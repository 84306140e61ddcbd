"""A synthetic iPhone that was asked for a sysdiagnose: what ran on it and what it logged, as entries.

The other modules turn entries into the members of the archive. All times are UTC.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from phonegen.entries import Entries
from phonegen.entries import Member as Member

BUILDS = {
    "13.3.1": "17D50",
    "14.8": "18H17",
    "15.3.1": "19D52",
    "16.5": "20F66",
    "17.5": "21F79",
    "18.2": "22C152",
    "18.7": "22H20",
    "26.0": "23A341",
    "26.1": "23B85",
    "26.5.2": "23F84",
}
"""Version -> build. 26.5.2 is invented where the number of the build is concerned."""
RETENTIONS = ("append", "last", "migrated", "deleted")
"""How the phone keeps shutdown logs: appends for months (to iOS 18), keeps the last one (26.0 and 26.1), or rotates
shutdown.0.log and .1.log (later), after it moved the old log over or deleted it."""


@dataclass(kw_only=True)
class Process:
    """A process that runs when the archive is made. `places`: the listings that show it."""

    name: str
    path: str = ""
    pid: int = 0
    parent: int = 1
    uid: int = 501
    started: timedelta = timedelta(hours=3)
    """For how long it had been running."""
    places: tuple[str, ...] = ("ps", "ps_thread", "taskinfo", "spindump")

    @property
    def file(self) -> str:
        """The path of its program."""
        return self.path or f"/usr/libexec/{self.name}"


@dataclass(kw_only=True)
class Shutdown:
    """One shutdown. `clients`: (pid, path) of programs that delayed it. `finished`: whether the line with its time was written."""

    when: datetime
    clients: tuple[tuple[int, str], ...] = ()
    delays: tuple[float, ...] = (1.26, 1.76)
    finished: bool = True
    rotated: bool = False
    """Stands in shutdown.1.log, where the phone has one."""


@dataclass(kw_only=True)
class LogdLine:
    """A line of logd.0.log."""

    when: datetime
    text: str


@dataclass(kw_only=True)
class Statistics:
    """A record of logdata.statistics: the processes whose messages a log file held. `paths`: (path, bytes)."""

    when: datetime
    paths: tuple[tuple[str, int], ...]
    file: str = "Persist/0000000000000001.tracev3"
    kind: str = "File Rotate"
    json: bool = False


@dataclass(kw_only=True)
class LoggedProcess:
    """A process that a catalog of the unified log names. `libraries`: paths of images that it loaded; `cached` ones lie in the
    shared cache."""

    path: str
    when: datetime
    pid: int = 300
    euid: int = 501
    libraries: tuple[str, ...] = ()
    cached: bool = False
    stream: str = "Persist"


@dataclass(kw_only=True)
class Boot:
    """A start of the phone, as timesync records it."""

    when: datetime


@dataclass(kw_only=True)
class Crash:
    """A report of one process. `kind`: the bug_type (309 and 109 crashes, 202 CPU use, 142 wake-ups, 145 writes)."""

    name: str
    when: datetime
    path: str = ""
    kind: int = 309
    pid: int = 400
    bundle: str = ""
    parent: str = "launchd"
    queue: str = "com.apple.main-thread"
    images: tuple[str, ...] = ("/usr/lib/system/libsystem_kernel.dylib",)
    cut: bool = False
    """Whether the report ends in the middle of its body."""

    @property
    def file(self) -> str:
        """The path of the program."""
        return self.path or f"/usr/libexec/{self.name}"


@dataclass(kw_only=True)
class Inventory:
    """A report that lists every process of its moment. `kind`: 298 memory, 288 stacks, 151 hang, 210 panic."""

    when: datetime
    names: tuple[str, ...]
    kind: int = 298


@dataclass(kw_only=True)
class Analytics:
    """A file of analytics: only its header matters."""

    when: datetime
    os_version: str = ""


@dataclass(kw_only=True)
class Traffic:
    """Network traffic of a process in the power log."""

    name: str
    when: datetime
    bundle: str | None = None
    wifi_in: int = 1000
    wifi_out: int = 500
    cell_in: int = 0
    cell_out: int = 0


@dataclass(kw_only=True)
class Connection:
    """A connection of a process in the power log."""

    name: str
    when: datetime
    address: str = "192.0.2.7"
    port: int = 443


@dataclass(kw_only=True)
class Transfer:
    """A transfer in the background that failed, in the power log."""

    name: str
    when: datetime
    url: str = "https://example.org/a"
    received: int = 10
    sent: int = 20


@dataclass(kw_only=True)
class Monitored:
    """Processor time of a process in the power log."""

    name: str
    when: datetime
    pid: int = 37
    bundle: str | None = None
    seconds: float = 3.5


@dataclass(kw_only=True)
class PowerApp:
    """An app that the power log lists. `deleted`: when it was removed."""

    bundle: str
    when: datetime
    executable: str = "App"
    deleted: datetime | None = None


@dataclass(kw_only=True)
class PowerUninstall:
    """The removal of an app in the power log."""

    bundle: str
    when: datetime


@dataclass(kw_only=True)
class PowerState:
    """A change of state of an app in the power log."""

    bundle: str
    when: datetime
    pid: int = 308


@dataclass(kw_only=True)
class PowerMedia:
    """Use of camera or sound in the power log. `what`: `camera` or `audio`."""

    bundle: str
    when: datetime
    what: str = "camera"


@dataclass(kw_only=True)
class Permission:
    """A row of TCC.db. `value`: 0 denied, 2 allowed, 3 limited."""

    client: str
    when: datetime
    service: str = "kTCCServiceMicrophone"
    value: int = 2


@dataclass(kw_only=True)
class StoreApp:
    """An app of appstored.sqlitedb."""

    bundle: str
    when: datetime
    version: str = "1.0"
    account: str = "owner@example.org"


@dataclass(kw_only=True)
class Download:
    """A download of the store. `url`: where it came from."""

    bundle: str
    when: datetime
    url: str = "https://store.example.org/app.ipa"


@dataclass(kw_only=True)
class Installation:
    """A line of mobile_installation.log. `event`: installing, installed, uninstalling, destroyed, live, other."""

    bundle: str
    when: datetime
    event: str = "installed"
    text: str = ""
    version: str = "1.0"
    file: int = 0
    """The number of the log: 0 is the newest."""


@dataclass(kw_only=True)
class LogLine:
    """A line of mobileactivationd.log or containermanagerd.log. `title`: it opens a block of `rows`."""

    when: datetime
    text: str
    log: str = "activation"
    title: str = ""
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(kw_only=True)
class LockdownLine:
    """A line of lockdownd.log, with lines that continue it."""

    when: datetime
    text: str
    function: str = "lockdown_session"
    more: tuple[str, ...] = ()
    rotated: bool = False


@dataclass(kw_only=True)
class RemoteService:
    """A service that remotectl lists."""

    name: str


@dataclass(kw_only=True)
class AssociatedDomain:
    """A domain that an app is associated with."""

    domain: str
    app: str
    when: datetime
    service: str = "applinks"
    approval: str = "approved"


@dataclass(kw_only=True)
class KeychainItem:
    """An item of the keychain that synchronises. `group`: the access group, which begins with a team."""

    group: str
    when: datetime
    view: str = "HomeKit"
    label: str = "Item"


@dataclass(kw_only=True)
class TrustEvent:
    """An event of a client of the keychain."""

    name: str
    when: datetime
    client: str = "trust"
    result: str = "EventHardFailure"
    attributes: str = "errorCode : -1"


@dataclass(kw_only=True)
class TransparencyDevice:
    """A device of the Apple account."""

    name: str
    model: str
    serial: str
    os_version: str = "18.5"


@dataclass(kw_only=True)
class Profile:
    """A configuration profile. `stub`: the name ends in `.stub`."""

    identifier: str
    when: datetime
    name: str = "Profile"
    payloads: tuple[str, ...] = ("com.apple.wifi.managed",)
    uuid: str = ""
    mdm: bool = False


@dataclass(kw_only=True)
class SettingEvent:
    """A change of a restriction. `profile`: identifier of the profile that set it."""

    setting: str
    when: datetime
    process: str = "Preferences"
    profile: str = ""
    event: str = "set"


@dataclass(kw_only=True)
class NetworkExtension:
    """A VPN or a content filter. `kind`: vpn, filter, dns."""

    bundle: str
    name: str = "Shield"
    server: str = "vpn.example.org"
    kind: str = "vpn"
    enabled: bool = True


@dataclass(kw_only=True)
class KnownNetwork:
    """A wireless network."""

    ssid: str
    added: datetime
    joined: datetime
    bssid: str = "02:00:5e:10:00:01"


@dataclass(kw_only=True)
class UpdateLine:
    """A line of the update logs."""

    when: datetime
    text: str


@dataclass(kw_only=True)
class BackupRun:
    """A backup that the phone made. `code`: 0 is success."""

    when: datetime
    code: int = 0
    text: str = "Backup succeeded"


@dataclass(kw_only=True)
class Collector:
    """A line of sysdiagnose.log."""

    when: datetime
    text: str


@dataclass
class Sysdiagnose(Entries):
    """An archive under construction.

    ios: one of `BUILDS`, or another version with `build`. date: when the archive was begun, UTC. offset: minutes east of UTC.
    seed: the same seed gives the same bytes. product: the name of the system in the archive's name. retention: one of
    `RETENTIONS`; default by version. without: members that are left out, by path.
    """

    ios: str = "17.5"
    seed: int = 1
    date: datetime = datetime(2024, 5, 24, 11, 30, 15, tzinfo=UTC)
    offset: int = 120
    build: str = ""
    product: str = "iPhone-OS_iPhone"
    model: str = "iPhone14,5"
    retention: str = ""
    in_progress: bool = False
    without: tuple[str, ...] = ()
    entries: dict[type[Any], list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"sysdiagnose {self.seed} {self.ios}")
        self.build = self.build or BUILDS[self.ios]
        later = self.version >= (26, 2)
        self.retention = self.retention or ("append" if self.version < (26,) else "migrated" if later else "last")
        self._pid = 300

    @property
    def version(self) -> tuple[int, ...]:
        """The version as numbers."""
        return tuple(int(part) for part in self.ios.split("."))

    def prepare(self, entry: Any) -> None:
        """Gives a process without a number the next one."""
        if isinstance(entry, Process) and not entry.pid:
            self._pid += 1
            entry.pid = self._pid

    def uuid(self, name: str) -> str:
        """A UUID that belongs to a name, upper case: the same one wherever the archive mentions it."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sysdiagnose {name}")).upper()

    @property
    def zone(self) -> timezone:
        """The offset of the phone's clock."""
        return timezone(timedelta(minutes=self.offset))

    def local(self, moment: datetime) -> datetime:
        """A moment on the phone's wall clock."""
        return moment.astimezone(self.zone)

    @property
    def folder(self) -> str:
        """The name of the archive's top folder."""
        stamp = self.local(self.date).strftime("%Y.%m.%d_%H-%M-%S%z")
        start = "IN_PROGRESS_" if self.in_progress else ""
        return f"{start}sysdiagnose_{stamp}_{self.product}_{self.build}"
