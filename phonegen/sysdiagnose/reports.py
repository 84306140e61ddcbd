"""Crash reports and inventories of processes: `.ips` files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.model import Sysdiagnose

FOLDER = "crashes_and_spins"
_INVENTORIES = {298: "JetsamEvent", 288: "stacks", 151: "forceReset-full", 210: "panic-full"}
_RESOURCES = {
    202: ("cpu_resource", "cpu usage"),
    142: ("wakeups_resource", "wakeups"),
    145: ("diskwrites_resource", "disk writes"),
}


def _stamp(phone: Sysdiagnose, when: datetime, digits: int = 2) -> str:
    local = phone.local(when)
    return f"{local.strftime('%Y-%m-%d %H:%M:%S')}.{f'{local.microsecond:06d}'[:digits]} {local.strftime('%z')}"


def _name(phone: Sysdiagnose, name: str, when: datetime) -> str:
    return f"{FOLDER}/{name}-{phone.local(when).strftime('%Y-%m-%d-%H%M%S')}.ips"


def _report(phone: Sysdiagnose, kind: int, when: datetime, body: str, **more: Any) -> bytes:
    head = {
        "bug_type": str(kind),
        "timestamp": _stamp(phone, when),
        "os_version": f"iPhone OS {phone.ios} ({phone.build})",
    }
    return (
        json.dumps({**head, "incident_id": phone.uuid(f"{kind} {when.isoformat()} {more}"), **more}) + "\n" + body
    ).encode()


def _json_crash(phone: Sysdiagnose, crash: m.Crash) -> str:
    images = [crash.file, *crash.images]
    body = {
        "uptime": 90000,
        "procRole": "Background",
        "version": 2,
        "userID": 501,
        "modelCode": phone.model,
        "osVersion": {"train": f"iPhone OS {phone.ios}", "build": phone.build, "releaseType": "User"},
        "captureTime": _stamp(phone, crash.when, 4),
        "procLaunch": _stamp(phone, crash.when, 4),
        "incident": phone.uuid(f"incident {crash.name}"),
        "bug_type": str(crash.kind),
        "pid": crash.pid,
        "procName": crash.name,
        "procPath": crash.file,
        "parentProc": crash.parent,
        "parentPid": 1,
        "coalitionName": crash.bundle or crash.name,
        "crashReporterKey": "0000000000000000000000000000000000000000",
        "exception": {"codes": "0x0000000000000001", "type": "EXC_BAD_ACCESS", "signal": "SIGSEGV"},
        "termination": {"flags": 0, "code": 11, "namespace": "SIGNAL", "indicator": "Segmentation fault: 11"},
        "faultingThread": 0,
        "threads": [
            {"triggered": True, "id": 4242, "queue": crash.queue, "frames": [{"imageOffset": 16, "imageIndex": 0}]}
        ],
        "usedImages": [
            {
                "source": "P",
                "arch": "arm64e",
                "base": 4368498688 + number,
                "size": 32768,
                "uuid": phone.uuid(path).lower(),
                "path": path,
                "name": path.rpartition("/")[2],
            }
            for number, path in enumerate(images)
        ],
    }
    return json.dumps(body, indent=2)


def _text_crash(phone: Sysdiagnose, crash: m.Crash) -> str:
    base = 0x104000000
    lines = [
        f"Incident Identifier: {phone.uuid(f'incident {crash.name}')}",
        "CrashReporter Key:   0000000000000000000000000000000000000000",
        f"Hardware Model:      {phone.model}",
        f"Process:             {crash.name} [{crash.pid}]",
        f"Path:                {crash.file}",
        f"Identifier:          {crash.bundle or crash.name}",
        "Version:             1.0 (1)",
        "Code Type:           ARM-64 (Native)",
        "Role:                Background",
        f"Parent Process:      {crash.parent} [1]",
        f"Coalition:           {crash.bundle or crash.name} [419]",
        "",
        "",
        f"Date/Time:           {_stamp(phone, crash.when, 4)}",
        f"Launch Time:         {_stamp(phone, crash.when, 4)}",
        f"OS Version:          iPhone OS {phone.ios} ({phone.build})",
        "Release Type:        User",
        "Report Version:      104",
        "",
        "Exception Type:  EXC_CRASH (SIGABRT)",
        "Exception Codes: 0x0000000000000000, 0x0000000000000000",
        "Triggered by Thread:  0",
        "",
        f"Thread 0 name:  Dispatch queue: {crash.queue}",
        "Thread 0 Crashed:",
        "0   libsystem_kernel.dylib        \t0x00000001c95957b0 __pthread_kill + 8",
        "",
        "Binary Images:",
    ]
    for number, path in enumerate((crash.file, *crash.images)):
        start = base + number * 0x10000
        name = path.rpartition("/")[2]
        lines.append(
            f"0x{start:x} - 0x{start + 0x7FFF:x} {name} arm64  <{phone.uuid(path).replace('-', '').lower()}> {path}"
        )
    return "\n".join([*lines, "", "EOF", ""])


def _resource(phone: Sysdiagnose, crash: m.Crash) -> str:
    return "\n".join(
        [
            f"Date/Time:        {_stamp(phone, crash.when, 3)}",
            f"End time:         {_stamp(phone, crash.when, 3)}",
            f"OS Version:       iPhone OS {phone.ios} (Build {phone.build})",
            "Architecture:     arm64e",
            "Report Version:   40",
            f"Event:            {_RESOURCES[crash.kind][1]}",
            "Action taken:     none",
            f"Command:          {crash.name}",
            f"Path:             {crash.file}",
            f"Identifier:       {crash.bundle or crash.name}",
            "Version:          1.0 (1)",
            f"Parent:           {crash.parent} [1]",
            f"PID:              {crash.pid}",
            "",
            f"Powerstats for:   {crash.name} [{crash.pid}]",
            f"UUID:             {phone.uuid(crash.file)}",
            f"Path:             {crash.file}",
            f"Identifier:       {crash.bundle or crash.name}",
            "",
            "EOF",
            "",
        ]
    )


def _inventory(phone: Sysdiagnose, report: m.Inventory) -> str:
    if report.kind == 298:
        listed = [
            {
                "pid": 200 + number,
                "name": name,
                "uuid": phone.uuid(name).lower(),
                "states": ["daemon", "idle"],
                "rpages": 900,
                "fds": 50,
                "physicalPages": {"internal": [10, 20]},
            }
            for number, name in enumerate(report.names)
        ]
        return json.dumps(
            {"crashReporterKey": "0" * 40, "largestProcess": report.names[0], "processes": listed}, indent=2
        )
    by_pid = {
        str(200 + number): {
            "pid": 200 + number,
            "procname": name,
            "threadById": {"4242": {"id": 4242}},
            "residentMemoryBytes": 4096,
        }
        for number, name in enumerate(report.names)
    }
    body: dict[str, Any] = {
        "build": f"iPhone OS {phone.ios} ({phone.build})",
        "product": phone.model,
        "processByPid": by_pid,
    }
    if report.kind == 210:
        body = {"panicString": 'panic(cpu 0 caller 0xfffffff0): "example"', **body}
    body["binaryImages"] = [[phone.uuid(name).lower(), 0, "P"] for name in report.names]
    return json.dumps(body)


def files(phone: Sysdiagnose) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the reports, and the list of them from iOS 16."""
    made: list[tuple[str, bytes]] = []
    for crash in phone.of(m.Crash):
        more = {
            "app_name": crash.name,
            "name": crash.name,
            "bundleID": crash.bundle,
            "slice_uuid": phone.uuid(crash.file).lower(),
        }
        if crash.kind in _RESOURCES:
            name, body = f"{crash.name}.{_RESOURCES[crash.kind][0]}", _resource(phone, crash)
        else:
            name, body = crash.name, (_text_crash if crash.kind == 109 else _json_crash)(phone, crash)
        data = _report(phone, crash.kind, crash.when, body, **more)
        made.append((_name(phone, name, crash.when), data[: len(data) * 2 // 3] if crash.cut else data))
    for report in phone.of(m.Inventory):
        name = _name(phone, _INVENTORIES[report.kind], report.when)
        made.append((name, _report(phone, report.kind, report.when, _inventory(phone, report))))
    for analytics in phone.of(m.Analytics):
        rows = "".join(
            json.dumps({"message": {"count": 1}, "name": "example", "sampling": 100}) + "\n" for _ in range(3)
        )
        local = phone.local(analytics.when).strftime("%Y-%m-%d-%H%M%S")
        head = {"os_version": analytics.os_version} if analytics.os_version else {}
        made.append((f"{FOLDER}/Analytics-{local}.ips.ca.synced", _report(phone, 211, analytics.when, rows, **head)))
    yield from made
    if phone.version >= (16,):
        text = "".join(
            f"/private/var/mobile/Library/Logs/CrashReporter/{path.rpartition('/')[2]}\n" for path, _ in made
        )
        yield "summaries/crashes_and_spins.log", text.encode()
