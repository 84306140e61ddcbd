"""An ordinary phone: apps of the system and of a shop, and what they did in the last days. Nothing of it is remarkable."""

from __future__ import annotations

from datetime import timedelta

from phonegen.android import model as m
from phonegen.android.model import Android

SYSTEM = (
    "android",
    "com.android.bluetooth",
    "com.android.calendar",
    "com.android.chrome",
    "com.android.contacts",
    "com.android.dialer",
    "com.android.launcher3",
    "com.android.nfc",
    "com.android.phone",
    "com.android.providers.calendar",
    "com.android.providers.downloads",
    "com.android.providers.media",
    "com.android.providers.settings",
    "com.android.providers.telephony",
    "com.android.settings",
    "com.android.shell",
    "com.android.systemui",
    "com.android.vending",
    "com.google.android.apps.messaging",
    "com.google.android.gms",
    "com.google.android.gsf",
    "com.google.android.packageinstaller",
)
_FIXED = {"android": 1000, "com.android.phone": 1001, "com.android.shell": 2000, "com.android.bluetooth": 1002}
_DAEMONS = (
    "init",
    "kthreadd",
    "ksoftirqd/0",
    "logd",
    "servicemanager",
    "surfaceflinger",
    "adbd",
    "netd",
    "vold",
    "system_server",
)
_OPS = ("VIBRATE", "WAKE_LOCK", "POST_NOTIFICATION", "READ_CLIPBOARD", "COARSE_LOCATION", "CAMERA", "TAKE_AUDIO_FOCUS")
_WORDS = ("note", "river", "maps", "bread", "lamp", "garden", "chess", "train", "radio", "paper", "cloud", "market")
_MAKERS = ("quietfox", "tinpot", "norrland", "bluekettle", "oakfield", "sunroom")


def _names(phone: Android, count: int) -> list[str]:
    """Invented package names with a digit inside, so that they are unlikely to belong to anybody."""
    made: dict[str, None] = {}
    while len(made) < count:
        maker, word = phone.rng.choice(_MAKERS), phone.rng.choice(_WORDS)
        made[f"example.{maker}{phone.rng.randint(2, 999)}.{word}"] = None
    return list(made)


def populate(phone: Android, apps: int = 12, scale: float = 1.0) -> Android:
    """Puts an ordinary phone's content on ``phone``; scale multiplies the events of logs and histories."""
    rng = phone.rng
    long_ago = phone.date - timedelta(days=400)
    for number, name in enumerate(SYSTEM):
        uid = _FIXED.get(name, 0)
        phone.add(m.App(name=name, when=long_ago, system=True, uid=uid, installer=None, code=phone.sdk, path=""))
        if number % 3 == 0:
            phone.add(m.Op(app=name, op="VIBRATE", when=phone.date - timedelta(minutes=40 + number), state="cch-s"))
    names = _names(phone, apps)
    for name in names:
        when = phone.date - timedelta(days=rng.randint(20, 380), seconds=rng.randint(0, 80_000))
        phone.add(
            m.App(
                name=name,
                when=when,
                updated=when + timedelta(days=rng.randint(0, 19)),
                code=rng.randint(1, 9000),
                requested=("android.permission.CAMERA", "android.permission.INTERNET"),
                granted=("android.permission.CAMERA",) if rng.random() < 0.5 else (),
                signature=f"{rng.getrandbits(32):08x}",
            )
        )
    for name in _DAEMONS:
        phone.add(m.Process(name=name, label=f"u:r:{name.partition('/')[0]}:s0"))
    everything = [*SYSTEM[1:], *names]
    for name in everything[::2]:
        threads = ("main", "Binder:1_1", "HeapTaskDaemon")
        phone.add(m.Process(name=name, uid=phone.uid(name), threads=threads))
    day = timedelta(days=1)
    for _ in range(int(60 * scale)):
        name = rng.choice(everything)
        when = phone.date - rng.random() * day
        phone.add(
            m.Op(
                app=name,
                op=rng.choice(_OPS),
                when=when,
                reject=rng.random() < 0.2,
                duration=timedelta(milliseconds=162),
            )
        )
        phone.add(m.Usage(app=name, when=when))
        phone.add(m.Battery(when=when, token="+top", app=name))
        phone.add(m.Job(app=name, component=f"{name}/.SyncService", when=when))
        phone.add(m.Log(when=when, tag="ActivityTaskManager", text=f"Displayed {name}/.MainActivity: +412ms"))
        start = f"[0,{rng.randint(3000, 30000)},{phone.uid(name)},{name},service,{{{name}/.SyncService}}]"
        phone.add(m.Log(when=when, tag="am_proc_start", text=start, buffer="event"))
    for name in names:
        phone.add(m.UsageTotal(app=name, when=phone.date - timedelta(days=rng.randint(1, 300))))
        phone.add(
            m.Daily(app=name, when=(phone.date - timedelta(days=2)).replace(hour=1, minute=0, second=3), version=4001)
        )
    phone.add(
        m.Battery(when=phone.date - timedelta(hours=9), token="+usb_data status=charging plug=usb"),
        m.Battery(when=phone.date - timedelta(hours=7), token="-usb_data status=discharging plug=none"),
        m.Listener(component="com.android.launcher3/com.android.launcher3.notification.NotificationListener"),
        m.Filter(
            component="com.google.android.apps.messaging/.SmsReceiver", action="android.provider.Telephony.SMS_RECEIVED"
        ),
        m.Filter(component="com.android.chrome/.Main", action="android.intent.action.MAIN", table="Activity"),
        m.Setting(namespace="global", name="package_verifier_user_consent", value="1"),
        m.Setting(namespace="global", name="adb_enabled", value="0"),
        m.Setting(namespace="secure", name="accessibility_enabled", value="0"),
        m.Setting(namespace="secure", name="install_non_market_apps", value="0"),
        m.Setting(namespace="system", name="screen_brightness", value="102"),
        m.Setting(namespace="system", name="ringtone_title", value="first line\nname:adb_enabled pkg:x value:1"),
        m.Drop(when=phone.date - timedelta(hours=3), tag="SYSTEM_BOOT", process="unknown"),
        m.Drop(when=phone.date - timedelta(hours=2), tag="data_app_crash", process=names[0]),
        m.Shutdown(when=phone.date - timedelta(days=6), package="com.android.systemui"),
        m.Exit(app=names[0], when=phone.date - timedelta(days=1), reason=3, why="LOW_MEMORY"),
        m.DbOp(
            app="com.android.launcher3",
            path="/data/user/0/com.android.launcher3/databases/widgetpreviews.db",
            sql="SELECT profileId FROM a WHERE name='it''s, \"this\"\nand that'",
            when=phone.date - timedelta(minutes=4),
        ),
        m.Tombstone(
            when=phone.date - timedelta(days=3, microseconds=-345678), process=names[1], uid=phone.uid(names[1])
        ),
        m.Mount(line="27 1 254:0 / / ro,relatime shared:1 - ext4 /dev/block/dm-0 rw,seclabel,discard"),
        m.Mount(line="41 27 254:40 / /data rw,nosuid,nodev,noatime shared:20 - f2fs /dev/block/dm-40 rw,seclabel"),
    )
    return phone
