"""What `dumpsys` prints of each service, in the form of the phone's version: functions from a phone to lines."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from phonegen.android import model as m
from phonegen.android.model import Android, ms, span, uid_name


def _hex(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:7].lstrip("0") or "1"


def _package_of(component: str) -> str:
    return component.partition("/")[0]


# ---------------------------------------------------------------- package
def _path(app: m.App) -> str:
    if app.path:
        return app.path
    if app.system:
        return "/system/app/" + app.name.rpartition(".")[2].title()
    return f"/data/app/~~{_hex(app.name, 1)}==/{app.name}-{_hex(app.name, 2)}=="


def _package(phone: Android, app: m.App) -> Iterator[str]:
    new, user13 = phone.android >= 13, phone.android >= 13
    flags = [*(["SYSTEM"] if app.system else []), "HAS_CODE", *app.flags, "ALLOW_CLEAR_USER_DATA"]
    yield f"  Package [{app.name}] ({_hex(app.name)}):"
    yield f"    {'appId' if new else 'userId'}={app.uid}"
    yield f"    pkg=Package{{{_hex(app.name, 'p')} {app.name}}}"
    yield f"    codePath={_path(app)}"
    yield f"    resourcePath={_path(app)}"
    yield "    primaryCpuAbi=arm64-v8a"
    yield f"    versionCode={app.code} minSdk=21 targetSdk={phone.sdk - 1}" + (
        " minExtensionVersions=[]" if phone.android >= 12 else ""
    )
    yield f"    versionName={app.version}"
    yield "    splits=[base]"
    yield "    apkSigningVersion=2"
    yield f"    flags=[ {' '.join(flags)} ]"
    if app.overlay:
        yield ""
        yield f"{app.name}:theme overlay paths:"
    yield f"    dataDir=/data/user/0/{app.name}"
    yield f"    timeStamp={phone.text(app.updated or app.when)}"
    if not user13:
        yield f"    firstInstallTime={phone.text(app.when)}"
    yield f"    lastUpdateTime={phone.text(app.updated or app.when)}"
    if app.installer is not None or phone.android >= 12:
        yield f"    installerPackageName={app.installer or 'null'}"
    if phone.android >= 13:
        yield f"    installerPackageUid={phone.uid(app.installer) if app.installer else -1}"
        yield f"    initiatingPackageName={app.initiating or app.installer or 'null'}"
        yield f"    originatingPackageName={app.originating or 'null'}"
    if phone.android >= 14:
        yield f"    packageSource={app.source}"
        yield "    updateOwnerPackageName=null"
    yield (
        f"    signatures=PackageSignatures{{{_hex(app.name, 's')} version:2, signatures:[{app.signature}],"
        " past signatures:[]}"
    )
    yield "    installPermissionsFixed=true"
    yield f"    pkgFlags=[ {' '.join(flags)} ]"
    if app.requested:
        yield "    requested permissions:"
        yield from (f"      {name}" for name in app.requested)
        yield "    install permissions:"
        yield "      android.permission.INTERNET: granted=true"
    for user in (0, 10) if 10 in app.users else (0,):
        yield (
            f"    User {user}: ceDataInode={app.uid * 3} installed={'true' if user in app.users else 'false'} hidden=false "
            f"suspended=false stopped=false notLaunched=false enabled={app.enabled} instant=false virtual=false"
        )
        if user13:
            yield "      installReason=0"
            yield f"      firstInstallTime={phone.text(app.when)}"
            yield "      uninstallReason=0"
        yield "      gids=[3003]"
        yield "      runtime permissions:"
        for name in app.requested:
            granted = str(name in app.granted).lower()
            yield f"        {name}: granted={granted}, flags=[ USER_SET|USER_SENSITIVE_WHEN_GRANTED]"


def package(phone: Android) -> Iterator[str]:
    """`dumpsys package`."""
    yield "Database versions:"
    yield "  Internal:"
    yield f"    sdkVersion={phone.sdk} databaseVersion=3 "
    yield f"    fingerprint={phone.fingerprint} "
    yield ""
    yield "Libraries:"
    yield "  android.test.base -> (jar) /system/framework/android.test.base.jar"
    yield ""
    yield "Features:"
    yield "  android.hardware.camera"
    for table in ("Activity", "Receiver", "Service", "Provider"):
        filters = [one for one in phone.of(m.Filter) if one.table == table]
        yield ""
        yield f"{table} Resolver Table:"
        yield "  Non-Data Actions:"
        actions: defaultdict[str, list[str]] = defaultdict(list)
        for one in filters:
            actions[one.action].append(one.component)
        for action, components in actions.items():
            yield f"      {action}:"
            yield from (f"        {_hex(one, action)} {one}" for one in components)
    yield ""
    yield "Permissions:"
    for name in ("android.permission.CAMERA", "com.example.permission.[x]"):
        yield f"  Permission [{name}] ({_hex(name)}):"
        yield "    sourcePackage=android"
    yield ""
    yield "Key Set Manager:"
    for app in phone.of(m.App)[:3]:
        yield f"  [{app.name}]"
        yield "      Signing KeySets: 2"
    yield ""
    yield "Packages:"
    for app in phone.of(m.App):
        if not app.hidden:
            yield from _package(phone, app)
    yield ""
    if any(app.hidden for app in phone.of(m.App)):
        yield "Hidden system packages:"
        for app in phone.of(m.App):
            if app.hidden:
                yield from _package(phone, app)
        yield ""
    yield "Shared users:"
    yield f"  SharedUser [android.uid.system] ({_hex('shared')}):"
    yield "    appId=1000" if phone.android >= 13 else "    userId=1000"
    yield ""
    yield "Package Changes:"
    yield "  Sequence number=17"
    yield ""
    yield "Dexopt state:"
    for app in phone.of(m.App)[:5]:
        yield f"  [{app.name}]"
        yield f"    path: {_path(app)}/base.apk"
        yield "      arm64: [status=speed-profile] [reason=bg-dexopt]"


def package_checkin(phone: Android) -> Iterator[str]:
    """`dumpsys package --checkin`: epoch milliseconds; fields of the installer run together since Android 13."""
    yield "vers,1"
    yield "feat,android.hardware.camera,0"
    yield "lib,android.test.base (jar) /system/framework/android.test.base.jar"
    for app in phone.of(m.App):
        if app.hidden:
            continue
        last = ms(app.updated or app.when) // 1000 * 1000
        first = ms(app.when) // 1000 * 1000
        if phone.android >= 13:
            uid = phone.uid(app.installer) if app.installer else -1
            yield f"pkg,{app.name},{app.uid},{app.code},{last},{app.installer or '?'}{uid}?,{app.source}"
        else:
            yield f"pkg,{app.name},{app.uid},{app.code},{first},{last},{app.installer or '?'}"
        yield f"pkg-splt,{app.name},0"
        tail = f"{first}," if phone.android >= 13 else ""
        for user in (0, 10) if 10 in app.users else (0,):
            yield f"pkg-usr,{user},{'I' if user in app.users else 'i'}bsusLiavpiha,{app.enabled},?,{tail}"


# ---------------------------------------------------------------- appops
def _op_ten(phone: Android, op: m.Op, indent: str) -> Iterator[str]:
    if op.running is not None:
        yield f"{indent}Running start at: {span(op.running)}"
        yield f"{indent}startNesting=1"
        return
    if op.when is None:
        return
    length = f" duration={span(op.duration)}" if op.duration is not None else ""
    stamp = phone.text(op.when, "%Y-%m-%d %H:%M:%S.%3")
    word = f"Reject: [{op.state}]" if op.reject else f"Access: [{op.state}] "
    yield f"{indent}{word}{stamp} ({phone.ago(op.when)}){length}"


def _op(phone: Android, op: m.Op) -> Iterator[str]:
    version = phone.android
    if version <= 8:
        parts = [f"mode={op.mode}"]
        if op.when is not None:
            parts.append(f"{'rejectTime' if op.reject else 'time'}={phone.ago(op.when)} ago")
        if op.duration is not None:
            parts.append(f"duration={span(op.duration)}")
        yield f"      {op.op}: {'; '.join(parts)}"
        return
    switch = f" / switch {op.switch}={op.mode}" if op.switch else ""
    yield f"      {op.op} ({op.mode}{switch}): "
    if version == 9 and op.when is not None:
        word = "Reject" if op.reject else "Access"
        yield (
            f"          {word}: {op.state.partition('-')[0]} = {phone.text(op.when, '%Y-%m-%d %H:%M:%S.%3')} "
            f"({phone.ago(op.when)})"
        )
    elif version == 10:
        yield from _op_ten(phone, op, "          ")
    elif version >= 11:
        yield f"        {op.tag or 'null'}=["
        yield from _op_ten(phone, op, "          ")
        yield "        ]"


def appops(phone: Android) -> Iterator[str]:
    """`dumpsys appops`."""
    yield "Current AppOps Service state:"
    yield "  Settings:"
    yield "    top_state_settle_time=+30s0ms"
    yield ""
    yield "  Op mode watchers:"
    yield "    Op READ_SMS:"
    yield "      #0: ModeCallback{5c4993a watchinguid=-1 flags=0x0 from uid=1000 pid=929}"
    yield ""
    ops = [op for op in phone.of(m.Op) if not op.discrete]
    by_app: defaultdict[str, list[m.Op]] = defaultdict(list)
    for op in ops:
        by_app[op.app].append(op)
    by_uid: defaultdict[int, list[str]] = defaultdict(list)
    for app in by_app:
        by_uid[phone.uid(app)].append(app)
    for uid in sorted(by_uid):
        yield f"  Uid {uid_name(uid)}:"
        yield "    state=cch"
        yield "      LEGACY_STORAGE: mode=ignore"
        for app in by_uid[uid]:
            yield f"    Package {app}:"
            for op in by_app[app]:
                yield from _op(phone, op)
    if phone.android >= 12:
        yield ""
        yield "  AppOps policy not set."
        yield ""
        yield "  Uid State Changes Event Log:"
        yield ""
        yield "  Discrete accesses: "
        yield "  Largest chain id: 12"
        for op in phone.of(m.Op):
            if op.discrete and op.when is not None:
                yield f"    Uid: {phone.uid(op.app)}"
                yield f"      Package: {op.app}"
                yield f"        {op.op}"
                yield f"          Attribution: {op.tag or 'null'}"
                length = (
                    f" for {op.duration // timedelta(milliseconds=1)} milliseconds " if op.duration is not None else ""
                )
                yield f"            Access [{op.state}] at {phone.text(op.when, '%Y-%m-%d %H:%M:%S.%3')}{length}"
        yield ""
        yield "  History:"
        yield "  mode=HISTORICAL_MODE_ENABLED_ACTIVE"


# ---------------------------------------------------------------- battery
def _battery_rows(phone: Android) -> list[m.Battery]:
    return sorted(phone.of(m.Battery), key=lambda one: one.when)


def _reset(phone: Android, rows: list[m.Battery]) -> datetime:
    first = min((one.when for one in rows), default=phone.date) - timedelta(hours=1)
    return first.replace(microsecond=0)


def _token(phone: Android, row: m.Battery) -> str:
    return f'{row.token}={uid_name(phone.uid(row.app))}:"{row.app}{row.rest}"' if row.app else row.token


def batterystats(phone: Android) -> Iterator[str]:
    """`dumpsys batterystats`: history with offsets up to Android 13, dates after; daily statistics."""
    rows = _battery_rows(phone)
    begin = _reset(phone, rows)
    yield "Battery History (2% used, 93KB used of 4096KB, 47 strings using 4816):"
    absolute = phone.android >= 14
    if absolute:
        yield f"{phone.text(begin, '%m-%d %H:%M:%S.%3'):>22} (14) RESET:TIME: {phone.text(begin, '%Y-%m-%d-%H-%M-%S')}"
    else:
        yield f"{'0':>22} (14) RESET:TIME: {phone.text(begin, '%Y-%m-%d-%H-%M-%S')}"
    for number, row in enumerate(rows):
        when = phone.text(row.when, "%m-%d %H:%M:%S.%3") if absolute else span(row.when - begin)
        yield f"{when:>22} (2) {max(20, 99 - number // 40):03d} c0200040 {_token(phone, row)}"
    yield ""
    yield "Per-PID Stats:"
    yield "  PID 929 wake time: +3m2s5ms"
    yield ""
    yield "Daily stats:"
    yield f"  Current start time: {phone.text(phone.date, '%Y-%m-%d-%H-%M-%S')}"
    yield "  Next min deadline: 2024-05-15-01-00-00"
    days: defaultdict[tuple[datetime, bool], list[m.Daily]] = defaultdict(list)
    for one in phone.of(m.Daily):
        days[one.when.replace(microsecond=0), one.odd_end].append(one)
    for (day, odd), changes in sorted(days.items(), reverse=True):
        end = "1970-04-02-19-19-40" if odd else phone.text(day + timedelta(days=1), "%Y-%m-%d-%H-%M-%S")
        yield f"  Daily from {phone.text(day, '%Y-%m-%d-%H-%M-%S')} to {end}:"
        yield "    Discharge step durations:"
        yield "      #0: +14m2s41ms to 95 (screen-off, power-save-off, device-idle-on)"
        yield "    Package changes:"
        yield from (f"      Update {change.app} vers={change.version}" for change in changes)
    yield ""
    yield "Statistics since last charge:"
    yield "  System starts: 0, currently on battery: false"


_STATES = {
    "+usb_data": "+Ud",
    "-usb_data": "-Ud",
    "plug=usb": "Bp=u",
    "plug=none": "Bp=n",
    "status=charging": "Bs=c",
    "status=discharging": "Bs=d",
}
_CODES = {"+job": "+Ejb", "-job": "-Ejb", "+top": "+Etp", "-top": "-Etp", "+fg": "+Efg", "+wake_lock": "+w"}


def batterystats_checkin(phone: Android) -> Iterator[str]:
    """`dumpsys batterystats -c`: the strings first, then events with differences in milliseconds."""
    rows = _battery_rows(phone)
    begin = _reset(phone, rows)
    yield f"9,0,i,vers,34,186,{phone.build},{phone.build}"
    pool: dict[tuple[int, str], int] = {}
    for row in rows:
        if row.app and row.token in _CODES:
            pool.setdefault((phone.uid(row.app), row.app + row.rest), len(pool))
    for (uid, text), number in pool.items():
        yield f'9,hsp,{number},{uid},"{text}"'
    yield f"9,h,0:RESET:TIME:{ms(begin)}"
    last = ms(begin)
    for row in rows:
        now = ms(row.when)
        if row.app and row.token in _CODES:
            codes = [f"{_CODES[row.token]}={pool[phone.uid(row.app), row.app + row.rest]}"]
        else:
            codes = [_STATES[token] for token in row.token.split() if not row.app and token in _STATES]
        if codes:
            yield f"9,h,{now - last},{','.join(codes)}"
            last = now
    for app, uid in sorted(phone.uids.items()):
        yield f"9,0,i,uid,{uid},{app}"


# ---------------------------------------------------------------- usagestats
def _usage(phone: Android, stamp: Callable[[datetime], str]) -> Iterator[str]:
    for one in sorted(phone.of(m.Usage), key=lambda each: each.when):
        cls = f" class={one.cls or one.app + '.MainActivity'} instanceId=17 taskRootPackage={one.app}"
        shown = cls if one.kind.startswith("ACTIVITY") else ""
        yield f"    time={stamp(one.when)} type={one.kind} package={one.app}{shown} flags=0x0 "
    intervals: defaultdict[str, list[m.UsageTotal]] = defaultdict(list)
    for total in phone.of(m.UsageTotal):
        intervals[total.interval].append(total)
    for interval in ("daily", "weekly", "monthly", "yearly"):
        yield f"  In-memory {interval} stats"
        yield '  timeRange="5/14/2024, 3:29 \u2013 3:32\u202fPM" '
        yield "    packages"
        for total in intervals[interval]:
            quoted = stamp(total.when)
            used = '"00:09"' if quoted.startswith('"') else "540000"
            yield (
                f"      package={total.app} totalTimeUsed={used} lastTimeUsed={quoted} appLaunchCount={total.launches} "
            )
        yield "    ChooserCounts"
        yield from (f"      package={total.app} " for total in intervals[interval][:1])


def usagestats(phone: Android) -> Iterator[str]:
    """`dumpsys usagestats`: local times."""
    yield "user=0 "
    yield '  Last 24 hour events (timeRange="5/13/2024, 3:32\u202fPM \u2013 5/14/2024, 3:32\u202fPM" )'
    yield from _usage(phone, lambda when: f'"{phone.text(when)}"')


def usagestats_checkin(phone: Android) -> Iterator[str]:
    """`dumpsys usagestats -c`: epoch milliseconds."""
    yield "user=0 "
    yield f"  Last 24 hour events (beginTime={ms(phone.date - timedelta(days=1))} endTime={ms(phone.date)} )"
    yield from _usage(phone, lambda when: str(ms(when)))


# ---------------------------------------------------------------- access
def accessibility(phone: Android) -> Iterator[str]:
    """`dumpsys accessibility`."""
    services = phone.of(m.Accessibility)
    enabled = ", ".join(f"{{{one.component}}}" for one in services if one.enabled)
    bound = [one for one in services if one.bound and one.enabled]
    labels = ", \n".join(
        f"Service[label={one.label}, feedbackType[FEEDBACK_GENERIC], capabilities=1, eventTypes=TYPES_ALL_MASK, "
        "notificationTimeout=0, requestA11yBtn=false]"
        for one in bound
    )
    yield "ACCESSIBILITY MANAGER (dumpsys accessibility)"
    yield ""
    if phone.android < 12:
        yield (
            "User state[attributes:{id=0, currentUser=true, touchExplorationEnabled=false, "
            f"displayMagnificationEnabled=false, installedServiceCount={len(services)}}}"
        )
    else:
        yield "User state["
        yield f"     attributes:{{id=0, touchExplorationEnabled=false, installedServiceCount={len(services)}}}"
    if phone.android >= 11:
        yield "     installed services: {"
        for number, one in enumerate(services):
            tool = " (A11yTool)" if phone.android >= 14 and "talkback" in one.component.lower() else ""
            yield f"       {number} : {one.component}{tool}"
        yield "     }"
        yield "     shortcut key:{}"
        yield "     button:{}"
    yield from f"     Bound services:{{{labels}}}".split("\n")
    yield f"     Enabled services:{{{enabled}}}"
    yield "     Binding services:{}" + ("]" if phone.android < 11 else "")
    if phone.android >= 11:
        yield "     Crashed services:{}]"
    yield ""


def adb(phone: Android) -> Iterator[str]:
    """`dumpsys adb`; the keys' times stand in a list without root (10), in XML (11), in binary XML (12 and later)."""
    keys = phone.of(m.AdbKey)
    yield "ADB MANAGER STATE (dumpsys adb):"
    yield "{"
    yield "  debugging_manager={"
    yield "    connected_to_adb=true"
    if keys:
        yield f"    last_key_received={keys[-1].fingerprint}"
    yield "    user_keys=" + (keys[0].line if keys else "")
    yield from ("    " + key.line for key in keys[1:])
    yield "    "
    dated = [(key, key.when) for key in keys if key.when is not None]
    if phone.android >= 12 and dated:
        # The binary form keeps the texts readable and loses its numbers on the way through a text stream.
        yield "    keystore=ABX\ufffd\x00keyStore\ufffdversion\ufffd" + "".join(
            f"adbKey\ufffdkey\ufffd\x02{key.line}lastConnection\ufffd\ufffd\x01" for key, _ in dated
        )
    elif dated:
        yield "    keystore=<?xml version='1.0' encoding='utf-8' standalone='yes' ?>"
        if phone.android >= 11:
            yield '    <keyStore version="1">'
        yield from (f'    <adbKey key="{key.line}" lastConnection="{ms(when)}" />' for key, when in dated)
        if phone.android >= 11:
            yield "    </keyStore>"
    yield "    "
    yield "  }"
    yield "}"


def device_policy(phone: Android) -> Iterator[str]:
    """`dumpsys device_policy`."""
    admins = phone.of(m.Admin)
    yield "Current Device Policy Manager state:"
    for one in admins:
        if one.owner:
            yield f"  {one.owner}: " if one.owner == "Device Owner" else f"  {one.owner} (User 0): "
            yield f"    admin=ComponentInfo{{{one.component}}}"
            yield "    name="
            yield f"    package={_package_of(one.component)}"
            yield ""
    yield "  Enabled Device Admins (User 0, provisioningState: 0):"
    for one in admins:
        yield f"  {one.component}:"
        yield f"    uid={phone.uid(_package_of(one.component))}"
        yield "    testOnlyAdmin=false"
        yield "    policies:"
        yield from (f"      {policy}" for policy in one.policies)
        yield "    passwordQuality=0x0"
    yield " "
    yield "    mPasswordOwner=-1"
    yield ""
    yield "  Constants:"
    yield "    DAS_DIED_SERVICE_RECONNECT_BACKOFF_SEC: 3600"


def notification(phone: Android) -> Iterator[str]:
    """`dumpsys notification`."""
    listeners = phone.of(m.Listener)
    yield "Current Notification Manager state:"
    yield "  Notification listeners:"
    yield "    Allowed notification listeners:"
    if phone.android >= 12:
        for one in listeners:
            changed = f" isUserChanged: {str(one.changed).lower()}"
            yield f"      {one.component} (user: 0 isPrimary: true{changed})"
    elif listeners:
        yield f"      {':'.join(one.component for one in listeners)} (user: 0 isPrimary: true)"
    yield f"    All notification listeners ({len(listeners)}) enabled for current profiles:"
    yield from (f"      ComponentInfo{{{one.component}}}" for one in listeners)
    yield f"    Live notification listeners ({len(listeners)}):"
    for one in listeners:
        yield f"      ComponentInfo{{{one.component}}} (user 0): android.service.notification.Proxy@{_hex(one.component)}"
    yield "    Snoozed notification listeners (0):"
    yield "  Notification assistant services:"
    yield "    Allowed notification assistant services:"
    yield "    All notification assistant services (0) enabled for current profiles:"


def settings(phone: Android) -> Iterator[str]:
    """`dumpsys settings`; a value may hold a line break and text like a row's."""
    yield "Unknown argument: -a; use -h for help" if phone.android <= 10 else "SETTINGS MANAGER STATE"
    number = 10
    for namespace in ("config", "global", "secure", "system"):
        yield f"{namespace.upper()} SETTINGS (user 0)"
        if phone.android >= 11:
            yield "version: 213"
        for one in phone.of(m.Setting):
            if one.namespace == namespace:
                number += 1
                yield from (
                    f"_id:{number} name:{one.name} pkg:{one.package} value:{one.value} default:{one.value} "
                    "defaultSystemSet:true"
                ).split("\n")
        yield ""
        yield "Historical operations"
        yield "1970-01-01 00:00:09 initialize"
        yield ""


def dbinfo(phone: Android) -> Iterator[str]:
    """`dumpsys dbinfo`."""
    yield "Applications Database Info:"
    by_place: defaultdict[tuple[str, str], list[m.DbOp]] = defaultdict(list)
    for op in phone.of(m.DbOp):
        by_place[op.app, op.path].append(op)
    for number, ((app, path), ops) in enumerate(by_place.items()):
        yield ""
        yield f"** Database info for pid {3000 + number} [{app}] **"
        yield ""
        yield f"Connection pool for {path}:"
        yield "  Open: true"
        yield "  Max connections: 1"
        yield "  Available primary connection:"
        yield "    Connection #0:"
        yield "      isPrimaryConnection: true"
        yield "      onlyAllowReadOnlyOperations: true"
        yield "      Most recently executed operations:"
        for index, op in enumerate(ops):
            kind = f"[Pid:({3000 + number})]executeForLong" if phone.android >= 11 else "executeForLong"
            stamp = phone.text(op.when, "%Y-%m-%d %H:%M:%S.%3")
            yield from f'        {index}: [{stamp}] {kind} took 0ms - succeeded, sql="{op.sql}", path={path}'.split(
                "\n"
            )


def usb(phone: Android) -> Iterator[str]:
    """`dumpsys usb`."""
    yield "USB MANAGER STATE (dumpsys usb):"
    yield "{"
    yield "  device_manager={"
    yield "    handler={"
    yield "      connected=true"
    yield "      kernel_state=CONFIGURED"
    yield "    }"
    yield "  }"
    yield "  host_manager={"
    yield f"    num_connects={len(phone.of(m.Usb))}"
    for number, one in enumerate(phone.of(m.Usb), 1):
        yield "    connections={"
        yield f"      device_address=/dev/bus/usb/001/{number:03d}"
        yield "      mode=CONNECT"
        yield f"      timestamp={ms(one.when)}"
        yield f"      manufacturer={one.vendor}"
        yield f"      product={one.product}"
        yield "      is_headset={"
        yield "        in=false"
        yield "      }"
        yield "    }"
    yield "  }"
    yield "}"


def netstats(phone: Android) -> Iterator[str]:
    """`dumpsys netstats`."""
    yield "Active interfaces:"
    yield "Dev stats:"
    yield "  Pending bytes: 0"
    yield "  ident=[{type=WIFI}] uid=-1 set=ALL tag=0x0"
    yield "    NetworkStatsHistory: bucketDuration=3600"
    yield "      st=1 rb=1 rp=1 tb=1 tp=1 op=0"
    for title, tag in (("UID", "0x0"), ("UID tag", "0x7")):
        yield f"{title} stats:"
        for use in phone.of(m.NetUse):
            yield f"  ident=[{{type={use.network}, metered=false}}] uid={phone.uid(use.app)} set=DEFAULT tag={tag}"
            yield "    NetworkStatsHistory: bucketDuration=7200"
            yield f"      st={ms(use.when) // 1000} rb={use.received} rp=3 tb={use.sent} tp=4 op=0"


def mount(phone: Android) -> Iterator[str]:
    """`dumpsys mount`."""
    yield from ("Disks:", "", "Volumes:")
    for volume in phone.of(m.Volume):
        yield f"  VolumeInfo{{{volume.name}}}:"
        yield f"    type={volume.type} diskId=null partGuid= mountFlags=PRIMARY|VISIBLE mountUserId=-10000 state=MOUNTED "
        yield "    fsType=null fsUuid=null fsLabel=null "
        yield f"    path={volume.path} internalPath=/data/media "
    yield from ("", "Records:", "", "Primary storage UUID: null")


def jobscheduler(phone: Android) -> Iterator[str]:
    """`dumpsys jobscheduler`."""
    jobs = phone.of(m.Job)
    yield "Settings:"
    yield "  min_idle_count=1 "
    yield ""
    yield f"Registered {len(jobs)} jobs:"
    for number, job in enumerate(jobs):
        yield f"  JOB #{uid_name(phone.uid(job.app))}/{800 + number}: {_hex(job.component)} {job.component}"
        yield f"    {uid_name(phone.uid(job.app))} tag=*job*/{job.component}"
        yield f"    Source: uid={uid_name(phone.uid(job.app))} user=0 pkg={job.app}"
        yield "    PERIODIC: interval=+1d0h0m0s0ms flex=+1d0h0m0s0ms"
    yield ""
    yield "  Job history:"
    for number, job in enumerate(jobs):
        yield (f"        {phone.ago(job.when)}   START: #{uid_name(phone.uid(job.app))}/{800 + number} {job.component}")


def dropbox(phone: Android) -> Iterator[str]:
    """`dumpsys dropbox`."""
    drops = sorted(phone.of(m.Drop), key=lambda one: one.when)
    yield f"Drop box contents: {len(drops)} entries"
    yield "Max entries: 1000"
    yield ""
    for one in drops:
        body = f"Process: {one.process}\nPID: 3330\nUID: 10106\nFlags: 0x30c8be4{one.body and chr(10) + one.body}"
        yield "========================================"
        yield f"{phone.text(one.when)} {one.tag} (text, {len(body)} bytes)"
        yield from body.split("\n")
        yield ""


def activity(phone: Android) -> Iterator[str]:
    """`dumpsys activity`: running processes, and the ends of processes since Android 11."""
    yield "ACTIVITY MANAGER SERVICES (dumpsys activity services)"
    yield "  (nothing)"
    yield "-" * 79
    yield "ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)"
    yield "  All known processes:"
    for number, process in enumerate(phone.of(m.Process)):
        if process.uid >= m.FIRST_APP_UID:
            record = f"ProcessRecord{{{_hex(process.name)} {2000 + number}:{process.name}/{uid_name(process.uid)}}}"
            yield f"  *APP* UID {process.uid} {record}"
            yield f"    user #0 uid={process.uid} gids={{50039, 20039, 9997}}"
            yield f"    packageList={{{process.name.partition(':')[0]}}}"
    if phone.android >= 11:
        yield "-" * 79
        yield from _exit_info(phone)


def _exit_info(phone: Android) -> Iterator[str]:
    yield "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)"
    yield f"Last Timestamp of Persistence Into Persistent Storage: {phone.text(phone.date, '%Y-%m-%d %H:%M:%S.%3')}"
    for one in phone.of(m.Exit):
        uid = phone.uid(one.app)
        yield f"  package: {one.app}"
        yield f"    Historical Process Exit for uid={uid}"
        yield "        ApplicationExitInfo #0:"
        yield (
            f"          timestamp={phone.text(one.when, '%Y-%m-%d %H:%M:%S.%3')} pid={one.pid} realUid={uid} "
            f"packageUid={uid} definingUid={uid} user=0"
        )
        yield f"          process={one.app} reason={one.reason} ({one.why}) subreason=0 (UNKNOWN) status=11"
        yield "          importance=100 pss=0.00 rss=0.00 description=null state=empty trace=null"


def user(_phone: Android) -> Iterator[str]:
    """`dumpsys user`."""
    yield "Users:"
    yield "  UserInfo{0:Owner:13} serialNo=0"
    yield "    State: RUNNING_UNLOCKED"
    yield "    Created: <unknown>"
    yield "    Restrictions:"
    yield "      none"


SERVICES: tuple[tuple[str, Callable[[Android], Iterator[str]], int], ...] = (
    ("accessibility", accessibility, 5),
    ("activity", activity, 5),
    ("adb", adb, 10),
    ("appops", appops, 5),
    ("batterystats", batterystats, 5),
    ("dbinfo", dbinfo, 5),
    ("device_policy", device_policy, 5),
    ("dropbox", dropbox, 5),
    ("jobscheduler", jobscheduler, 5),
    ("mount", mount, 5),
    ("netstats", netstats, 5),
    ("notification", notification, 5),
    ("package", package, 5),
    ("settings", settings, 5),
    ("usagestats", usagestats, 5),
    ("usb", usb, 5),
    ("user", user, 5),
)
"""Name of the service, what it prints, first version that has it."""
