"""An ordinary phone: programs of the system, a few apps, and what they did in the last weeks. Nothing of it is remarkable."""

from __future__ import annotations

from datetime import timedelta

from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.model import Sysdiagnose

DAEMONS = (
    ("launchd", "/sbin/launchd", 0),
    ("logd", "/usr/libexec/logd", 263),
    ("SpringBoard", "/System/Library/CoreServices/SpringBoard.app/SpringBoard", 501),
    ("backboardd", "/usr/libexec/backboardd", 501),
    ("mediaserverd", "/usr/sbin/mediaserverd", 501),
    ("routined", "/usr/libexec/routined", 501),
    ("nsurlsessiond", "/usr/libexec/nsurlsessiond", 501),
    ("locationd", "/usr/libexec/locationd", 205),
    ("imagent", "/System/Library/PrivateFrameworks/IMCore.framework/imagent.app/imagent", 501),
    ("wifid", "/usr/sbin/wifid", 0),
    ("filecoordinationd", "/usr/sbin/filecoordinationd", 501),
    (
        "identityservicesd",
        "/System/Library/PrivateFrameworks/IDS.framework/identityservicesd.app/identityservicesd",
        501,
    ),
)
"""Name, path and uid of programs that every phone runs."""
APPS = ("example.quietfox7.notes", "example.norrland12.maps", "example.bluekettle3.chess")
LIBRARY = "/System/Library/Frameworks/Foundation.framework/Foundation"


def app_path(phone: Sysdiagnose, bundle: str) -> str:
    """The path of an app's program."""
    name = bundle.rpartition(".")[2].title()
    return f"/private/var/containers/Bundle/Application/{phone.uuid(bundle)}/{name}.app/{name}"


def populate(phone: Sysdiagnose, *, shutdowns: int = 6) -> Sysdiagnose:
    """Adds the content of an ordinary phone."""
    day = timedelta(days=1)
    for pid, (name, path, uid) in enumerate(DAEMONS, 1):
        phone.add(m.Process(name=name, path=path, uid=uid, pid=pid, parent=min(1, pid - 1), started=2 * day))
        phone.add(
            m.LoggedProcess(
                path=path, when=phone.date - timedelta(hours=4), pid=pid, euid=uid, libraries=(LIBRARY,), cached=True
            )
        )
    phone.add(m.Boot(when=phone.date - 9 * day), m.Boot(when=phone.date - 2 * day))
    for number in range(shutdowns):
        when = phone.date - (2 + number) * day - timedelta(minutes=3)
        delayed = () if number % 3 == 2 else ((100 + number, DAEMONS[4][1]), (0, "/kernel"))
        phone.add(
            m.Shutdown(when=when, clients=delayed, delays=(0.63, 1.26, 2.62)[: 1 + number % 3], rotated=number > 3)
        )
    for number in range(3):
        when = phone.date - (number + 1) * 3 * day
        paths = tuple((path, 100 + 7 * place) for place, (_, path, _) in enumerate(DAEMONS))
        phone.add(m.Statistics(when=when, paths=paths, json=number == 1))
    phone.add(
        m.Crash(name="mediaserverd", path="/usr/sbin/mediaserverd", when=phone.date - 3 * day, kind=_crash_kind(phone)),
        m.Crash(name="routined", path="/usr/libexec/routined", when=phone.date - 4 * day, kind=202),
        m.Inventory(when=phone.date - 5 * day, names=tuple(name for name, _, _ in DAEMONS)),
        m.Inventory(when=phone.date - 6 * day, names=tuple(name for name, _, _ in DAEMONS), kind=288),
        m.Analytics(when=phone.date - day, os_version=f"iPhone OS {phone.ios} ({phone.build})"),
    )
    for number, bundle in enumerate(APPS):
        when = phone.date - timedelta(days=20 + number)
        phone.add(
            m.Process(name=bundle.rpartition(".")[2].title(), path=app_path(phone, bundle)),
            m.Traffic(name=bundle, bundle=bundle, when=phone.date - timedelta(hours=5 + number)),
            m.Monitored(name=bundle.rpartition(".")[2].title(), bundle=bundle, when=phone.date - timedelta(hours=6)),
            m.PowerApp(bundle=bundle, when=phone.date - 2 * day),
            m.PowerState(bundle=bundle, when=phone.date - timedelta(hours=7)),
            m.Permission(client=bundle, when=when, service="kTCCServicePhotos"),
            m.StoreApp(bundle=bundle, when=when),
            m.Download(bundle=bundle, when=when),
            m.AssociatedDomain(domain=f"{bundle.split('.')[1]}.example.org", app=bundle, when=phone.date - day),
            m.KeychainItem(group=f"TEAM123456.{bundle}", when=when),
        )
        for step, event in enumerate(("installing", "live", "installed")):
            phone.add(m.Installation(bundle=bundle, when=when + timedelta(seconds=step), event=event))
    phone.add(
        m.Installation(
            bundle="",
            when=phone.date - 10 * day,
            event="other",
            text="Running installation as QOS_CLASS_USER_INITIATED",
            file=1,
        ),
        m.LogLine(when=phone.date - day, text="Activation check finished"),
        m.LogLine(
            when=phone.date - day,
            text="",
            title="Mobile Activation Startup",
            rows=(("build_version", phone.build), ("hostname", "iPhone")),
        ),
        m.LogLine(when=phone.date - day, text="Reconciling containers", log="containers"),
        m.LockdownLine(
            when=phone.date - 3 * day,
            function="handle_get_value",
            text="AMPDevicesAgent attempting to get [ProductVersion]",
        ),
        m.RemoteService(name="com.apple.mobile.lockdown.remote.trusted"),
        m.RemoteService(name="com.apple.afc.shim.remote"),
        m.TrustEvent(name="OTATrustUpdate", when=phone.date - day),
        m.TransparencyDevice(name="Phone", model=phone.model, serial="F000000001"),
        m.SettingEvent(setting="allowCamera", when=phone.date - 30 * day),
        m.KnownNetwork(ssid="Home", added=phone.date - 90 * day, joined=phone.date - timedelta(hours=2)),
        m.UpdateLine(when=phone.date - 40 * day, text=f"Installed update {phone.build}"),
        m.BackupRun(when=phone.date - day),
        m.BackupRun(when=phone.date - 2 * day, code=209, text="Not enough storage"),
        m.Collector(when=phone.date + timedelta(seconds=5), text="Container ps completed in 1.2 seconds"),
    )
    return phone


def _crash_kind(phone: Sysdiagnose) -> int:
    """Reports have a body in JSON from iOS 15."""
    return 309 if phone.version >= (15,) else 109
