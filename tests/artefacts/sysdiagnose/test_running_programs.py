"""What runs when the archive is made: ps, ps_thread, taskinfo, spindump; and the log daemon's own texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from archives import MADE, artefact, batches, opened, rows, sysdiagnose

from sousveil.acquisition.model import Device
from sousveil.artefacts.model import Context, Event
from sousveil.artefacts.sysdiagnose import ps as listing
from sousveil.artefacts.sysdiagnose import spindump
from sousveil.artefacts.sysdiagnose._common import program
from sousveil.artefacts.sysdiagnose.log_statistics import parse as parse_statistics
from sousveil.artefacts.sysdiagnose.taskinfo import parse as parse_tasks
from sousveil.errors import Unsupported
from sousveil.readers.model import Outcome

SECOND = 1_000_000
PS = """USER             UID PRSNA   PID  PPID        F  %CPU %MEM PRI NI      VSZ    RSS WCHAN    TT  STAT STARTED      TIME COMMAND
root               0     -     1     0     4004   0.1  0.3  37  0 40791      5184 -        ??  Ss    7:22AM   1:01.23 /sbin/launchd
mobile 501 1000 344 1 4004 0.0 0.3 31 0 1 5184 - ?? ?s Sat03PM 0:00.10 /private/var/containers/My App.app/My App --flag /tmp/x
mobile         50170000345     1     4004   0.0  0.3  31  0 1 5184 -        ??  ?s   Sat03PM   0:00.10 /usr/libexec/glued
mobile           501     -   346     1     4004   0.0  0.3  31  0 1 5184 -        ??  ?s   24.05.23   0:00.10 /usr/libexec/odd 9:99.99 -x
mobile           501     -   347     1     4004   0.0  0.3  31  0 1 5184 -        ??  ?s   12May23   0:00.10
mobile           501     - 12345678901     1     4004   0.0  0.3  31  0 1 5184 -        ??  ?s   12May23   0:00.10 /bin/last
"""
THREADS = """USER     PID   TT   %CPU STAT PRI     STIME     UTIME COMMAND            UID PRSNA  PPID
root       1   ??    0.0 S    37T   0:00.10   0:00.20 /sbin/launchd   0     -     0
           1         0.0 S    37T   0:00.00   0:00.00
mobile   343   ??    0.0 S    31T   0:00.10 /bin/one-time   501     -     1
mobile   344   ??    0.0 S    31T   0:00.10   0:00.20 /Applications/My App.app/My App   501     -     1
"""


def process(path: str, line: dict[str, Any]) -> dict[str, Any]:
    return {"path": path, "process": path.rpartition("/")[2], **line}


def test_processes_of_ps(tmp_path: Path) -> None:
    app = "/private/var/containers/My App.app/My App"
    day = MADE - MADE % 86_400  # the archive was made at 13:29:15 of a Wednesday, seven hours behind UTC
    saturday = day - 4 * 86_400 + 22 * 3600
    first = {"pid": 1, "parent": 0, "uid": 0, "user": "root", "started": (day + 14 * 3600 + 22 * 60) * SECOND}
    common = {"parent": 1, "uid": 501, "user": "mobile"}
    assert rows("sysdiagnose.ps", sysdiagnose(tmp_path, {"ps.txt": PS})) == [
        process("/sbin/launchd", first),
        process(app, {"arguments": "--flag /tmp/x", "pid": 344, **common, "started": saturday * SECOND}),
        process("/usr/libexec/glued", {"user": "mobile"}),
        process("/usr/libexec/odd", {"arguments": "9:99.99 -x", "pid": 346, **common}),
        process("/bin/last", {**common, "started": (day - 12 * 86_400 + 7 * 3600) * SECOND}),
    ]


def test_threads_are_left_out(tmp_path: Path) -> None:
    assert rows("sysdiagnose.ps", sysdiagnose(tmp_path, {"ps_thread.txt": THREADS})) == [
        process("/sbin/launchd", {"pid": 1, "user": "root"}),
        process("/Applications/My App.app/My App", {"pid": 344, "user": "mobile"}),
    ]


def test_a_heading_alone_lists_nothing_and_none_is_unsupported(tmp_path: Path) -> None:
    assert rows("sysdiagnose.ps", sysdiagnose(tmp_path, {"ps.txt": PS.split("\n")[0] + "\n"})) == []
    found, errors = batches("sysdiagnose.ps", sysdiagnose(tmp_path, {"ps.txt": "no list\n"}))
    assert found == [] and [type(error) for error in errors] == [Unsupported]


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("1:29PM", 15),
        ("1:30PM", 86_400 - 45),
        ("12:05AM", 13 * 3600 + 24 * 60 + 15),
        ("Wed01PM", 29 * 60 + 15),
        ("Wed02PM", 7 * 86_400 - 30 * 60 - 45),
        ("Tue12PM", 86_400 + 3600 + 29 * 60 + 15),
        ("Mon12PM", 2 * 86_400 + 3600 + 29 * 60 + 15),
        ("Thu12PM", 6 * 86_400 + 3600 + 29 * 60 + 15),
        ("23May23", 86_400 + 13 * 3600 + 29 * 60 + 15),
        ("Mi02PM", None),
        ("31Feb23", None),
        ("25:00PMX", None),
        ("", None),
    ],
)
def test_a_start_is_the_last_such_moment(tmp_path: Path, text: str, ago: int | None) -> None:
    device = opened(sysdiagnose(tmp_path, {})).device
    assert listing.started(text, device) == (None if ago is None else MADE - ago)


@pytest.mark.parametrize(
    ("command", "path", "arguments"),
    [
        ("/usr/libexec/x -a b", "/usr/libexec/x", "-a b"),
        ("/usr/libexec/x /Applications/A.app/A", "/usr/libexec/x", "/Applications/A.app/A"),
        ("/A/My App.app/PlugIns/My Ext.appex/My Ext", "/A/My App.app/PlugIns/My Ext.appex/My Ext", None),
        ("/A/My App.app/helper one", "/A/My App.app/helper", "one"),
        ("/A/My App.app/My Apple", "/A/My App.app/My", "Apple"),
        ("(name)", "(name)", None),
    ],
)
def test_a_command_is_split_into_program_and_arguments(command: str, path: str, arguments: str | None) -> None:
    assert program(command) == (path, arguments)


TASKS = """num tasks: 3
process: "launchd" [1] [unique ID: 1]
run time: 100 s
path: /sbin/launchd
threads:
thread ID: 0x1 / 1


process: "odd "name"" [77] [unique ID: 5]
run time: x
"""


def test_tasks_and_a_cut_listing(tmp_path: Path) -> None:
    path = sysdiagnose(tmp_path, {"taskinfo.txt": TASKS})
    assert rows("sysdiagnose.taskinfo", path) == [
        {
            "process": "launchd",
            "path": "/sbin/launchd",
            "pid": 1,
            "run_time": 100,
            "started": (MADE - 100) * SECOND,
        },
        {"process": 'odd "name"', "pid": 77},
    ]
    context = Context(device=opened(path).device)
    assert len(list(parse_tasks(enumerate(TASKS.split("\n"), 1), context))) == 2
    (part,) = context.log.parts
    assert (part.outcome, part.records) == (Outcome.FAILED, 2)
    assert part.detail == "the file is cut off: it states 3 tasks, and 2 are there."
    context = Context(device=opened(path).device)
    whole = TASKS.replace("num tasks: 3", "num tasks: 2")
    assert len(list(parse_tasks(enumerate(whole.split("\n"), 1), context))) == 2
    assert context.log.parts == ()
    with pytest.raises(Unsupported):
        list(parse_tasks(enumerate(whole.replace("num tasks: 2", "").split("\n"), 1), context))


SPINDUMP = """Date/Time:        2023-05-24 13:29:15.759 -0700
OS Version:       iPhone OS 16.5 (Build 20F66)
------------------------------------------------------------

Process:          accessoryd [176] (suspended)
UUID:             bdbdd550-2b15-382c-bb61-1798afd60460
Path:             /System/Library/accessoryd
Identifier:       com.apple.accessoryd
Version:          1.0 (1)
Parent:           launchd [1]
UID:              501
Time Since Fork:  201s
  Thread 0x8b6    8 samples (1-8)
  Binary Images:
  0x102c4c000 -        0x102c4ffff accessoryd (1) <BDBDD550-2B15-382C-BB61-1798AFD60460>  /System/Library/accessoryd
  0x102c50000 -                ??? dyld (1) <AABDD550-2B15-382C-BB61-1798AFD60460>  /usr/lib/dyld

Process:          gone [9]
UID:              12345678901
Time Since Fork:  3 min
  Binary Images:
  0x102c50000 - 0x102c5ffff dyld (1) <AABDD550-2B15-382C-BB61-1798AFD60460>  /usr/lib/dyld
Spindump binary format
Process:          never [1]
"""


def test_processes_and_binaries_of_spindump(tmp_path: Path) -> None:
    assert rows("sysdiagnose.spindump", sysdiagnose(tmp_path, {"spindump-nosymbols.txt": SPINDUMP})) == [
        {
            "entry": "process",
            "process": "accessoryd",
            "path": "/System/Library/accessoryd",
            "image": "BDBDD550-2B15-382C-BB61-1798AFD60460",
            "pid": 176,
            "parent": "launchd [1]",
            "uid": 501,
            "bundle": "com.apple.accessoryd",
            "version": "1.0 (1)",
            "started": (MADE - 200) * SECOND,
        },
        {"entry": "image", "path": "/usr/lib/dyld", "image": "AABDD550-2B15-382C-BB61-1798AFD60460"},
        {"entry": "process", "process": "gone", "pid": 9},
    ]


def test_programs_and_images_of_spindump_are_kept_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spindump, "MAX_IMAGES", 2)
    image = "  0x1 - 0x2 x <AABDD550-2B15-382C-BB61-1798AFD60460>  /bin/{}\n"
    text = "".join(f"Process: {n} [1]\nPath: /bin/{n}\n" + image.format(n) for n in "abcdefg")
    made = spindump.parse(iter(enumerate(text.splitlines(), 1)), Context(device=Device()))
    assert [(row["entry"], row["path"]) for row in made] == [
        ("process", "/bin/a"),
        ("process", "/bin/b"),
        ("process", "/bin/c"),
        ("image", "/bin/c"),
        ("process", "/bin/d"),
        ("image", "/bin/d"),
        ("process", "/bin/e"),
        ("process", "/bin/f"),
        ("process", "/bin/g"),
    ]


def test_lines_of_the_log_daemon(tmp_path: Path) -> None:
    text = (
        "2023-05-24 13:29:15-0700 logd[35]: Deleted legacy shutdown.log due to size 2097152\n"
        "2023-05-24 13:29:16-0700 logd[35]: other\n2023-13-24 13:29:15-0700 logd[35]: no such day\nforeign\n"
        "2023-05-24 13:29:17-0700 logd[36]: Migrated legacy shutdown.log\n"
    )
    assert rows("sysdiagnose.logd", sysdiagnose(tmp_path, {"system_logs.logarchive/Extra/logd.0.log": text})) == [
        {
            "at": MADE * SECOND,
            "pid": 35,
            "text": "Deleted legacy shutdown.log due to size 2097152",
            "event": "shutdown log deleted",
            "changed": MADE * SECOND,
        },
        {"at": (MADE + 1) * SECOND, "pid": 35, "text": "other"},
        {
            "at": (MADE + 2) * SECOND,
            "pid": 36,
            "text": "Migrated legacy shutdown.log",
            "event": "shutdown log migrated",
            "changed": (MADE + 2) * SECOND,
        },
    ]


STATED = ((Event(at="started", says="process started", shows="process"),), "sysdiagnose", [True])


def test_what_the_timeline_and_the_pages_say_of_running_programs() -> None:
    declared = {
        name: (artefact(name).events, artefact(name).expected.guide, [seen.verified for seen in artefact(name).seen])
        for name in (f"sysdiagnose.{part}" for part in ("ps", "taskinfo", "spindump", "logd", "log_statistics"))
    }
    assert declared == {
        "sysdiagnose.ps": STATED,
        "sysdiagnose.taskinfo": STATED,
        "sysdiagnose.spindump": STATED,
        "sysdiagnose.logd": (
            (Event(at="changed", says="the phone changed its shutdown log", shows="event"),),
            "sysdiagnose",
            [True],
        ),
        "sysdiagnose.log_statistics": (
            (Event(at="at", says="program had written to the system log", shows="process"),),
            "sysdiagnose",
            [True],
        ),
    }


STATISTICS = """--- !logd statistics record
type  : Memory Rollover
time  : 2023-05-24 13:29:15-0700
total : 9733361
procs :
    - [    3117304,  32.0, /usr/libexec/backboardd ]
    - [        808,   1.9, /private/var/My App.app/My App ]
--- !logd statistics record
procs :
    - [          1,   0.0, /kernel ]
"""
ROTATED = (
    b'{"record":"logd statistics","type":"File Rotate","file":"Persist/1.tracev3","unixTime":1684960155,"totalBytes":9,'
    b'"processList":[{"process":"/usr/libexec/a","sizeBytes":9},{"process":5},7]}\n'
    b'{"record":"logd quarantine","client":"/usr/libexec/b","unixTime":1684960156,"sizeBytes":4,"file":"f"}\n'
    b'{"cut": \n[1]\n'
)


def test_programs_that_filled_the_logs(tmp_path: Path) -> None:
    extra = "system_logs.logarchive/Extra/logdata.statistics.0"
    path = sysdiagnose(tmp_path, {extra + ".txt": STATISTICS, extra + ".jsonl": ROTATED})
    when = {"at": MADE * SECOND}
    rotated = {"what": "File Rotate", "log": "Persist/1.tracev3", **when}
    held = {"size": 4, "what": "logd quarantine", "log": "f", "at": (MADE + 1) * SECOND}
    rolled = {"what": "Memory Rollover", **when}
    assert rows("sysdiagnose.log_statistics", path) == [
        process("/usr/libexec/a", {"size": 9, **rotated}),
        process("/usr/libexec/b", held),
        process("/usr/libexec/backboardd", {"size": 3_117_304, **rolled}),
        process("/private/var/My App.app/My App", {"size": 808, **rolled}),
        process("/kernel", {"size": 1}),
    ]


def test_damaged_lines_and_impossible_numbers_of_log_statistics() -> None:
    def statistics(text: str) -> tuple[list[dict[str, Any]], list[tuple[Outcome, int, str]]]:
        context = Context(device=Device())
        found = [dict(row) for row in parse_statistics(iter(enumerate(text.split("\n"), 1)), context)]
        return found, [(part.outcome, part.undecoded, part.detail) for part in context.log.parts]

    def line(size: int, time: int, file: str) -> str:
        return f'{{"client":"/bin/a","sizeBytes":{size},"unixTime":{time},"file":"{file}"}}'

    damage = [(Outcome.UNSUPPORTED, 2, "2 lines are not valid JSON.")]
    assert statistics('{"cut":\n{cut}\n[1]') == ([], damage)
    bounds = [line(0, 0, "f"), line((1 << 63) - 1, (1 << 40) - 1, "f" * 1001), line(1 << 63, 1 << 40, "")]
    found, damaged = statistics("\n".join(bounds))
    assert [(row["size"], row["at"], row["log"]) for row in found] == [
        (0, 0, "f"),
        ((1 << 63) - 1, (1 << 40) - 1, "f" * 1000),
        (None, None, ""),
    ]
    assert damaged == []
