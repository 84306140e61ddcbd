"""The text of a dumpstate: header, sections, services and their borders, by version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from phonegen.android import model as m
from phonegen.android import services
from phonegen.android.model import Android, ps_user

BANNER = "=" * 56
BORDER = "-" * 79


def _header(phone: Android) -> Iterator[str]:
    kind = "user" if phone.user_build else "userdebug"
    keys = "release-keys" if phone.user_build else "test-keys"
    state = "green" if phone.user_build else "orange"
    command = (
        f"Command line: console=ttyMSM0 androidboot.verifiedbootstate={state} androidboot.veritymode=enforcing "
        f"androidboot.serialno={phone.serial} androidboot.vbmeta.device_state={'locked' if phone.user_build else 'unlocked'}"
    )
    kernel = (
        "Kernel: Linux version 5.10.157-android13-4 (build-user@build-host) #1 SMP PREEMPT Fri Sep 27 18:40:34 UTC 2023"
    )
    yield from (BANNER, f"== dumpstate: {phone.text(phone.date)}", BANNER, "")
    yield f"Build: {phone.device}-{kind} {phone.android} {phone.build} 11036701 {keys}"
    yield f"Build fingerprint: '{phone.fingerprint}'"
    yield "Bootloader: unknown"
    yield "Radio: 1.0.0.0"
    yield "Network: (unknown)"
    if phone.android >= 10:
        yield "Module Metadata version: 340724004"
    if phone.android >= 13:
        yield f"Android SDK version: {phone.sdk}"
        yield "SDK extensions: [r=7, s=7, t=7, u=7]"
    if phone.android in {8, 9}:
        # The order of these lines is the buffering's.
        yield command
        yield "Uptime: Bugreport format version: 2.0"
        yield "Dumpstate info: id=1 pid=3526 dry_run=0 args=/system/bin/dumpstate -S -d -z"
        yield kernel
        yield "up 0 weeks, 0 days, 3 hours, 2 minutes"
    else:
        yield kernel
        yield command
        if phone.android >= 12:
            yield f'Bootconfig: androidboot.verifiedbootstate = "{state}"'
            yield 'androidboot.boot_devices = "pci0000:00/0000:00:06.0"'
        if phone.android >= 7:
            yield "Uptime: up 0 weeks, 0 days, 3 hours, 2 minutes"
            yield "Bugreport format version: 2.0"
            parallel = "parallel_run=1 " if phone.android >= 12 else ""
            yield f"Dumpstate info: id=1 pid=3526 dry_run=0 {parallel}args=/system/bin/dumpstate -S bugreport_mode=interactive"
    yield ""


def _section(title: str, body: Iterable[str], command: str = "") -> Iterator[str]:
    yield f"------ {title} ({command}) ------" if command else f"------ {title} ------"
    yield from body
    yield f"------ 0.042s was the duration of '{title}' ------"


def _service(phone: Android, name: str, body: Iterable[str], priority: str = "", broken: str = "") -> Iterator[str]:
    yield BORDER
    yield f"DUMP OF SERVICE {priority}{name}:"
    yield from body
    if broken:
        yield broken
    ending = f", ending at: {phone.text(phone.date + timedelta(seconds=90))}" if phone.android >= 9 else ""
    if phone.android >= 7:
        yield f"--------- 0.002s was the duration of dumpsys {name}{ending}"


def _log_row(phone: Android, row: m.Log) -> str:
    stamp = phone.text(row.when, "%m-%d %H:%M:%S.%3")
    uid = f" {row.uid:>5}" if phone.android >= 9 else ""
    return f"{stamp}{uid} {row.pid:>5} {row.pid:>5} {row.priority} {row.tag}: {row.text}"


def log_rows(phone: Android, buffer: str) -> Iterator[str]:
    """A buffer of logcat."""
    yield "--------- beginning of " + ("main" if buffer == "system" else buffer + ("s" if buffer == "event" else ""))
    for row in sorted(phone.of(m.Log), key=lambda one: one.when):
        if row.buffer == buffer:
            yield _log_row(phone, row)


def processes(phone: Android) -> Iterator[str]:
    """The list of processes: threads since Android 8, an extra column without a heading before."""
    rows = phone.of(m.Process)
    if phone.android >= 8:
        yield (
            "LABEL                          USER           PID   TID  PPID     VSZ    RSS WCHAN            ADDR S PRI  NI "
            "RTPRIO SCH PCY     TIME CMD            "
        )
    elif phone.android == 7:
        yield (
            "LABEL                          USER      PID   PPID  VSIZE  RSS   PRIO  NICE  RTPRI SCHED  PCY  WCHAN    PC  "
            "       NAME"
        )
    else:
        yield "USER     PID   PPID  VSIZE  RSS    PCY  WCHAN    PC         NAME"
    for number, row in enumerate(rows):
        pid = 1 if number == 0 else 2000 + number
        user = ps_user(row.uid) if row.uid else row.user
        if phone.android >= 8:
            for offset, name in enumerate((row.name, *row.threads)):
                # CMD is the name of the thread, which the kernel cuts to 15 characters: the last ones of an app's name.
                shown = name[-15:] if "." in name else name[:15]
                yield (
                    f"{row.label:<30} {user:<12} {pid:>5} {pid + offset * 10_000:>5} {1:>5} {51308:>7} {6620:>6} "
                    f"{'SyS_epoll_wait':<19}0 S  19   0      -   0  fg 00:00:02 {shown}"
                )
        elif phone.android == 7:
            yield (
                f"{row.label:<30} {user:<9} {pid:<6}1     544    408   20    0     0     0     fg   ffffffff 00000000 S "
                f"{row.name}"
            )
        else:
            yield f"{user:<9} {pid:<6}1     544    408   {'fg' if number % 2 else '  '}   ffffffff 00000000 S {row.name}"


def process_times(phone: Android) -> Iterator[str]:
    """Full names of processes."""
    for number, row in enumerate(phone.of(m.Process)):
        yield f"{1 if number == 0 else 2000 + number:>5} {row.name:<40} 0.0{number % 10} 0.02 0.00"


def properties(phone: Android) -> list[m.Property]:
    """All system properties: the phone's own and those that were added."""
    state = "green" if phone.user_build else "orange"
    own = {
        "ro.build.fingerprint": phone.fingerprint,
        "ro.build.version.release": str(phone.android),
        "ro.build.version.sdk": str(phone.sdk),
        "ro.build.version.security_patch": (phone.date - timedelta(days=45)).strftime("%Y-%m-05"),
        "ro.build.type": "user" if phone.user_build else "userdebug",
        "ro.build.tags": "release-keys" if phone.user_build else "test-keys",
        "ro.boot.verifiedbootstate": state,
        "ro.boot.flash.locked": "1" if phone.user_build else "0",
        "ro.debuggable": "0" if phone.user_build else "1",
        "ro.secure": "1",
        "ro.product.model": phone.device.title(),
        "ro.product.manufacturer": phone.vendor.title(),
        "ro.serialno": phone.serial,
        "persist.sys.timezone": phone.zone,
        "persist.sys.locale": "en-US",
    }
    return [*(m.Property(name=name, value=value) for name, value in own.items()), *phone.of(m.Property)]


def getprop(phone: Android) -> Iterator[str]:
    """`getprop`; a value may go over several lines."""
    for one in sorted(properties(phone), key=lambda each: each.name):
        yield from f"[{one.name}]: [{one.value}]".split("\n")


def tombstone(phone: Android, one: m.Tombstone) -> Iterator[str]:
    """A tombstone as text; its time has a zone."""
    zone = phone.zone_text(one.when)
    fraction = f".{one.when.microsecond:06d}000" if phone.android >= 12 else ""
    yield " ".join(["***"] * 16)
    yield f"Build fingerprint: '{phone.fingerprint}'"
    yield "Revision: '0'"
    yield "ABI: 'arm64'"
    yield f"Timestamp: {phone.text(one.when)}{fraction}{zone}"
    if phone.android >= 12:
        yield "Process uptime: 12s"
        yield f"Cmdline: {one.process}"
    yield f"pid: 4321, tid: 4330, name: {one.thread}  >>> {one.process} <<<"
    yield f"uid: {one.uid}"
    if phone.android >= 13:
        yield "tagged_addr_ctrl: 0000000000000001 (PR_TAGGED_ADDR_ENABLE)"
    yield "signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0000000000000010"
    if one.message:
        yield f"Abort message: '{one.message}'"
    yield "    x0  0000000000000000  x1  0000007b3c2e1a40"
    yield ""
    yield "backtrace:"
    yield "      #00 pc 000000000008c5fc  /apex/com.android.runtime/lib64/bionic/libc.so (abort+164) (BuildId: 4f6b5e0f)"
    yield ""
    yield "--------- log main"
    yield f"{phone.text(one.when, '%m-%d %H:%M:%S.%3')}  4321  4330 F libc    : Fatal signal 11 (SIGSEGV)"


def shutdown(phone: Android, one: m.Shutdown) -> str:
    """A shutdown checkpoint."""
    origin = "INTENT" if one.package else one.origin
    head = (
        f"Shutdown request from {origin} for reason {one.reason} at {phone.text(one.when, '%Y-%m-%d %H:%M:%S.%3')} "
        f"(epoch={m.ms(one.when)})\n"
    )
    if one.package:
        return head + f"Intent: android.intent.action.ACTION_REQUEST_SHUTDOWN\nPackage: {one.package}\n"
    return head + (
        "com.android.server.power.PowerManagerService.shutdownOrRebootInternal:3214\n"
        "com.android.server.power.PowerManagerService$BinderService.reboot:5660\n"
    )


def dumpsys(phone: Android, *, broken: str = "", priorities: bool = True) -> Iterator[str]:
    """The blocks of all services. `broken`: the service whose dump timed out."""
    for name, body, first in services.SERVICES:
        if phone.android < first:
            continue
        if priorities and name == "notification" and phone.android >= 9:
            # The same service is printed twice, with other content in the short form.
            short = ("Current Notification Manager state:", "  Notification List:")
            yield from _service(phone, name, short, "CRITICAL ")
        if name == broken:
            late = f"*** SERVICE '{name}' DUMP TIMEOUT (10000ms) EXPIRED ***"
            yield from _service(phone, name, (), broken=late)
        else:
            yield from _service(phone, name, body(phone))


def _banner(text: str) -> Iterator[str]:
    yield from (BANNER, f"== {text}", BANNER)


def lines(phone: Android, *, broken: str = "", done: bool = True, padding: int = 0) -> Iterator[str]:
    """A whole dumpstate. padding: lines of memory maps of processes, which make the size of real reports."""
    old = phone.android <= 7
    yield from _header(phone)
    logs = "logcat -v threadtime -v printable -v uid -d *:v"
    yield from _section("UPTIME", ("up 3 hours",), "uptime")
    if old:
        yield from _section("PROCESSES AND THREADS" if phone.android == 7 else "PROCESSES", processes(phone), "ps -P")
    else:
        command = "ps -A -T -Z -O pri,nice,rtprio,sched,pcy,time"
        yield from _section("PROCESSES AND THREADS", processes(phone), command)
    yield from _section("PROCESS TIMES", process_times(phone), "pid cmd user system iowait+percentage")
    title = "SYSTEM LOG"
    yield f"------ {title} ({logs}) ------"
    body = list(log_rows(phone, "system"))
    yield from body[: len(body) // 2]
    if phone.android >= 12:
        # Parts run in parallel: another part's duration comes out in the middle of this one.
        yield "------ 1.122s was the duration of 'DUMP CHECKINS' ------"
    yield from body[len(body) // 2 :]
    yield f"------ 1.122s was the duration of '{title}' ------"
    yield from _section("EVENT LOG", log_rows(phone, "event"), "logcat -b events -v threadtime -d *:v")
    yield from _section("RADIO LOG", log_rows(phone, "radio"), "logcat -b radio -v threadtime -d *:v")
    yield from _section("SYSTEM PROPERTIES", getprop(phone), "getprop")
    if padding:
        yield "------ SMAPS OF ALL PROCESSES ------"
        for number in range(padding):
            if number % 800 == 0:
                yield f"------ SHOW MAP {number // 800 + 1} ([kworker/u8:{number // 800}]) (showmap -q {number // 800 + 1}) ------"
            yield (
                f"  {number % 9973:>8} {number % 997:>8} {number % 331:>8}        0        0        0        0    1 "
                f"/system/lib64/lib{number % 4096:04x}.so"
            )
    if old and phone.android <= 6:
        for number, stone in enumerate(phone.of(m.Tombstone)):
            name = f"/data/tombstones/tombstone_{number:02d}"
            yield from _section("TOMBSTONE", tombstone(phone, stone), name)
    yield from _banner("Android Framework Services")
    yield from _section("DUMPSYS", dumpsys(phone, broken=broken, priorities=not old), "/system/bin/dumpsys")
    yield from _banner("Checkins")
    checkins: tuple[tuple[str, str, Callable[[Android], Iterator[str]]], ...] = (
        ("BATTERYSTATS", "batterystats -c", services.batterystats_checkin),
        ("USAGESTATS", "usagestats -c", services.usagestats_checkin),
        ("PACKAGE", "package --checkin", services.package_checkin),
    )
    for name, arguments, made in checkins:
        yield from _section(f"CHECKIN {name}", made(phone), f"/system/bin/dumpsys -T 30000 {arguments}")
    yield from _banner("Running Application Activities")
    yield from _section("APP ACTIVITIES", ("TASK null id=1",), "/system/bin/dumpsys -T 60000 activity -v all")
    if done:
        yield from _banner("dumpstate: done (id 1)")
        yield "------ 117.855s was the duration of 'DUMPSTATE' ------"


def text(phone: Android, *, broken: str = "", done: bool = True, padding: int = 0, cut_in: str = "") -> bytes:
    """The dumpstate's bytes. `cut_in`: ends in the middle of this service, as a report does that was stopped."""
    whole = ("\n".join(lines(phone, broken=broken, done=done, padding=padding)) + "\n").encode(
        "utf-8", "surrogateescape"
    )
    if cut_in:
        start = whole.index(f"DUMP OF SERVICE {cut_in}:".encode())
        end = whole.find(b"was the duration of dumpsys", start)
        return whole[: (start + end) // 2 if end > 0 else start + 200]
    return whole
