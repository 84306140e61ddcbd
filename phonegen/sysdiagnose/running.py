"""What runs and what delayed a shutdown: ps, ps_thread, taskinfo, spindump, shutdown and logd logs, log statistics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.model import Sysdiagnose

EXTRA = "system_logs.logarchive/Extra"


def _listed(phone: Sysdiagnose, place: str) -> list[m.Process]:
    return [process for process in phone.of(m.Process) if place in process.places]


def _user(uid: int) -> str:
    return {0: "root", 501: "mobile", 25: "_wireless", 263: "_analyticsd"}.get(uid, f"_user{uid}")


def _started(phone: Sysdiagnose, process: m.Process) -> str:
    """As ps prints it: the hour of today, the weekday of this week, else the date."""
    began = phone.local(phone.date - process.started)
    if process.started < timedelta(hours=20):
        return began.strftime("%-I:%M%p")
    return began.strftime("%a%I%p" if process.started < timedelta(days=7) else "%d%b%y")


def ps(phone: Sysdiagnose) -> str:
    """ps.txt; the column PRSNA stands in it from iOS 15."""
    persona = phone.version >= (15,)
    head = [
        "USER",
        "UID",
        *(["PRSNA"] if persona else []),
        "PID",
        "PPID",
        "F",
        "%CPU",
        "%MEM",
        "PRI",
        "NI",
        "VSZ",
        "RSS",
    ]
    lines = [_row([*head, "WCHAN", "TT", "STAT", "STARTED", "TIME", "COMMAND"])]
    for process in _listed(phone, "ps"):
        facts = [_user(process.uid), process.uid, *(["-"] if persona else []), process.pid, process.parent, "4004"]
        facts += ["0.0", "0.3", "31", "0", "407943616", "5184", "-", "??", "Ss", _started(phone, process), "0:01.23"]
        lines.append(_row([*facts, process.file]))
    return "\n".join(lines) + "\n"


def _row(values: list[object]) -> str:
    """Columns; the last one takes the rest."""
    return " ".join(f"{value!s:>6}" for value in values[:-1]) + f" {values[-1]}"


def ps_thread(phone: Sysdiagnose) -> str:
    """ps_thread.txt: a row of each process, then one of each further thread, which has no terminal."""
    lines = [
        "USER     PID   TT   %CPU STAT PRI     STIME     UTIME COMMAND            UID PRSNA  PPID        F %MEM NI"
    ]
    lines[0] += "      VSZ    RSS WCHAN  STARTED      TIME COMMAND"
    for process in _listed(phone, "ps_thread"):
        lines.append(
            f"{_user(process.uid):8} {process.pid:4}   ??    0.0 S    31T   0:00.10   0:00.20 {process.file:18} "
            f"{process.uid:3}     -     {process.parent}     4004  0.3  0 407943616   5184 -      {_started(phone, process)}   "
            f"0:01.23 {process.file}"
        )
        lines.append(f"         {process.pid:4}          0.0 S    31T   0:00.00   0:00.00")
    return "\n".join(lines) + "\n"


def taskinfo(phone: Sysdiagnose) -> str:
    """taskinfo.txt; two empty lines end a process."""
    processes = _listed(phone, "taskinfo")
    lines = [f"num tasks: {len(processes)}"]
    for process in processes:
        seconds = process.started // timedelta(seconds=1)
        lines += [
            f'process: "{process.name}" [{process.pid}] [unique ID: {process.pid + 4000}]',
            f"unique ID: {process.pid + 4000}",
            "architecture: arm64e",
            "coalition (type 0) ID: 312",
            "suspend count: 0",
            "virtual bytes: 407943616; phys_footprint bytes: 5184000",
            f"run time: {seconds} s",
            "user/system time    : 1.230000 s /   0.410000 s",
            *([f"path: {process.file}"] if phone.version >= (16,) else []),
            "threads:",
            f"thread ID: 0x{process.pid + 1000:x} / {process.pid + 1000}",
            "thread state: running",
            f"thread ID: 0x{process.pid + 1001:x} / {process.pid + 1001}",
            "thread state: waiting",
            "",
            "",
        ]
    return "\n".join(lines) + "\n"


def spindump(phone: Sysdiagnose) -> str:
    """spindump-nosymbols.txt."""
    local = phone.local(phone.date)
    lines = [
        f"Date/Time:        {local.strftime('%Y-%m-%d %H:%M:%S')}.{local.microsecond // 1000:03d} {local.strftime('%z')}",
        f"End time:         {(local + timedelta(seconds=2)).strftime('%Y-%m-%d %H:%M:%S')}.000 {local.strftime('%z')}",
        f"OS Version:       iPhone OS {phone.ios} (Build {phone.build})",
        "Architecture:     arm64e",
        "Report Version:   40",
        "Data Source:      Stackshots",
        f"Shared Cache:     {phone.uuid('shared cache')} slid base address 0x18c6b0000",
        "Command:          sysdiagnose",
        "Duration:         1.97s",
        "Steps:            14 (100ms sampling interval)",
        "Reason:           Sysdiagnose",
        f"Hardware model:   {phone.model}",
        "Active cpus:      6",
        "Boot args:        ",
        "Time Since Boot:  90123s",
        "-" * 60,
        "",
    ]
    for process in _listed(phone, "spindump"):
        base = 0x104000000 + process.pid * 0x100000
        lines += [
            f"Process:          {process.name} [{process.pid}]",
            f"UUID:             {phone.uuid(process.file)}",
            f"Path:             {process.file}",
            f"Identifier:       {process.name}",
            "Version:          1.0 (1)",
            f"Shared Cache:     {phone.uuid('shared cache')} slid base address 0x18c6b0000",
            "Architecture:     arm64e",
            f"Parent:           launchd [{process.parent}]",
            f"UID:              {process.uid}",
            "Footprint:        5184 KB",
            f"Time Since Fork:  {process.started // timedelta(seconds=1)}s",
            "Num samples:      14 (1-14)",
            "Num threads:      1",
            "",
            f"  Thread 0x{process.pid + 1000:x}    14 samples (1-14)    priority 31 (base 31)",
            "  14  ??? (libdyld.dylib + 4352) [0x1a0c01100]",
            "",
            "  Binary Images:",
            f"  0x{base:x} - 0x{base + 0xFFFF:x} {process.name} (1) <{phone.uuid(process.file)}>  {process.file}",
            "",
        ]
    return "\n".join(lines) + "\n"


def _block(phone: Sysdiagnose, shutdown: m.Shutdown) -> Iterator[str]:
    """One shutdown; each delay names the clients that remain."""
    for delay in shutdown.delays if shutdown.clients else ():
        yield f"After {delay:.2f}s, these clients are still here:"
        for pid, path in shutdown.clients:
            yield f"\t\tremaining client pid: {pid} ({path}/{phone.uuid(path)})"
    if shutdown.finished:
        yield f"SIGTERM: [{int(shutdown.when.timestamp())}] All buffers flushed"


def _text(phone: Sysdiagnose, shutdowns: list[m.Shutdown]) -> str:
    return "".join(line + "\n" for shutdown in shutdowns for line in _block(phone, shutdown))


def shutdown_logs(phone: Sysdiagnose) -> Iterator[tuple[str, str]]:
    """(path, text) of the shutdown logs as this phone keeps them."""
    shutdowns = sorted(phone.of(m.Shutdown), key=lambda shutdown: shutdown.when)
    if phone.retention in ("append", "last"):
        yield f"{EXTRA}/shutdown.log", _text(phone, shutdowns[-1:] if phone.retention == "last" else shutdowns)
        return
    yield f"{EXTRA}/shutdown.0.log", _text(phone, [one for one in shutdowns if not one.rotated])
    if old := [one for one in shutdowns if one.rotated]:
        yield f"{EXTRA}/shutdown.1.log", _text(phone, old)


def logd(phone: Sysdiagnose) -> str:
    """logd.0.log."""
    said = [(line.when, line.text) for line in phone.of(m.LogdLine)]
    begun = phone.date - timedelta(days=2)
    if phone.retention == "migrated":
        said.append((begun, "Migrated legacy shutdown.log to /var/db/diagnostics/shutdown.0.log"))
    elif phone.retention == "deleted":
        said.append((begun, "Deleted legacy shutdown.log due to size 2097152"))
    said.append((begun, "logd started"))
    return "".join(f"{_stamp(phone, when)} logd[35]: {text}\n" for when, text in sorted(said, key=lambda pair: pair[0]))


def _stamp(phone: Sysdiagnose, when: datetime) -> str:
    return phone.local(when).strftime("%Y-%m-%d %H:%M:%S%z")


def statistics(phone: Sysdiagnose) -> Iterator[tuple[str, str]]:
    """(path, text) of the logs' statistics: text, and from iOS 16.4 one JSON object a line as well."""
    text, rows = [], []
    for record in phone.of(m.Statistics):
        total = sum(size for _, size in record.paths) or 1
        if record.json and phone.version >= (16, 4):
            listed = [{"process": path, "sizeBytes": size} for path, size in record.paths]
            facts: dict[str, object] = {"record": "logd statistics", "type": record.kind, "file": record.file}
            facts |= {"unixTime": int(record.when.timestamp()), "totalBytes": total, "processList": listed}
            rows.append(json.dumps(facts))
            continue
        text += ["--- !logd statistics record", f"type  : {record.kind}", f"file  : {record.file}"]
        text += [f"time  : {_stamp(phone, record.when)}", f"total : {total}", "procs :"]
        text += [f"    - [ {size:10d}, {100 * size / total:5.1f}, {path} ]" for path, size in record.paths]
    if text:
        yield f"{EXTRA}/logdata.statistics.0.txt", "\n".join(text) + "\n"
    if rows:
        yield f"{EXTRA}/logdata.statistics.0.jsonl", "\n".join(rows) + "\n"
