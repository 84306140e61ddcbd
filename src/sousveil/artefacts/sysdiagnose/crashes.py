"""Diagnostic reports (.ips): crashes, panics, memory pressure, hangs, resource limits; and the processes that they list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import LimitExceeded, Malformed
from sousveil.kinds import BundleId, FilePath, Flag, Integer, Json, Label, ProcessName, Role, Text, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.ips import MAX_LISTED, MAX_REPORT, Body, Report, moment, report
from sousveil.readers.json_rows import number_of, text_of
from sousveil.readers.model import Described, Outcome, PartReading
from sousveil.readers.plists import Row, batches_of, read_bytes
from sousveil.records import Batch, Record
from sousveil.texts import t


class CrashReport(Record):
    """One report."""

    kind: Label
    """`crash`, `panic`, `memory`, `hang`, `processor use`, `disk use`, or `other`."""
    bug_type: Label | None
    """Apple's number of the kind."""
    process: ProcessName | None
    path: FilePath | None
    bundle: BundleId | None
    pid: Integer | None
    uid: Integer | None
    """0 root, 501 mobile."""
    parent: ProcessName | None
    responsible: ProcessName | None
    """The program on whose behalf it ran."""
    coalition: BundleId | None
    at: UnixTime | None
    """With the offset that the report states."""
    launched: UnixTime | None
    system: Label | None
    """Name, version and build of the system at that time: a history of versions."""
    exception: Label | None
    termination: Json | None
    queues: Label | None
    """Names of the dispatch queues of all threads, each once."""
    detail: Text | None
    """The panic's first lines, the reason, or what the program said itself."""
    first_party: Flag | None
    """1 where the report says that Apple made the program."""


class CrashProcess(Record):
    """One process that a report lists, or one image that the crashed process had loaded from outside the system."""

    listed: Label
    """`process`, or `image`."""
    process: ProcessName | None
    path: FilePath | None
    image: Label | None
    """UUID of the image."""
    pid: Integer | None
    states: Label | None
    reason: Label | None
    """Why the system ended it (memory pressure)."""
    pages: Integer | None
    """Memory that it held, in pages."""
    listed_at: UnixTime | None
    """Time of the report."""
    bug_type: Label | None


_KINDS = {
    "109": "crash",
    "309": "crash",
    "308": "crash",
    "385": "crash",
    "210": "panic",
    "151": "hang",
    "288": "hang",
    "298": "memory",
    "202": "processor use",
    "142": "processor use",
    "145": "disk use",
}
_SYSTEM = lazy_pattern(r"/(?:System/|usr/lib/|private/preboot/|Developer/|(?:private/)?var/containers/Bundle/)")
"""Where images of the system and of installed apps lie."""
_TEXT = 4096
_NAMED = lazy_pattern(r"(.{1,255}?) \[(\d{1,9})\]")
_KEY = lazy_pattern(r"^([A-Z][A-Za-z/ ]{1,30}): {1,20}(\S.{0,2000}?)\s*$", re.MULTILINE)
_QUEUE = lazy_pattern(r"^Thread \d+ name: +Dispatch queue: (.{1,200}?)\s*$", re.MULTILINE)
_IMAGE = lazy_pattern(
    r"^\s*0x[0-9a-f]+ - +\S+ \+?(\S.{0,200}?) +(?:\S+ +)?<([0-9A-Fa-f\-]{32,36})> +(/.{1,1000}?)\s*$", re.MULTILINE
)
_POWER = lazy_pattern(r"^\s*(?:Powerstats for|Process|Command): +(\S.{0,255}?)(?: \[(\d{1,9})\])?\s*$", re.MULTILINE)
_BLOCK_PATH = lazy_pattern(r"^\s*Path: +(/.{1,1000}?)\s*$", re.MULTILINE)


def table_of(bug_type: str) -> str:
    """How rows of a report of this kind are cited, beside their file."""
    return f"bug type {bug_type}"


def _name(value: object) -> str | None:
    return text_of(value, 255)


def _header(found: Report) -> dict[str, Any]:
    head = found.header
    bug_type = text_of(head.get("bug_type"), 8) or text_of(str(head.get("bug_type") or ""), 8)
    return {
        "kind": _KINDS.get(bug_type or "", "other"),
        "bug_type": bug_type,
        "process": _name(head.get("name")) or _name(head.get("app_name")),
        "bundle": _name(head.get("bundleID")),
        "at": moment(head.get("timestamp")),
        "system": _name(head.get("os_version")),
        "first_party": number_of(head.get("is_first_party")),
    }


def _crash(found: Report) -> Iterator[Row]:
    """The row of a report. Measurements of the system name no program: nothing but the head is a row."""
    row = _header(found)
    if found.body is not None:
        _of_json(row, found.body)
    elif found.text is not None:
        _of_text(row, found.text)
    yield Row({key: value for key, value in row.items() if value is not None})


def _of_json(row: dict[str, Any], body: Body) -> None:
    queues = dict.fromkeys(thread.queue for thread in body.threads if isinstance(thread.queue, str))
    bundle = body.bundleInfo if isinstance(body.bundleInfo, dict) else {}
    exception = body.exception if isinstance(body.exception, dict) else {}
    row.update(
        process=_name(body.procName) or row["process"] or _name(body.largestProcess),
        path=text_of(body.procPath),
        bundle=row["bundle"] or _name(bundle.get("CFBundleIdentifier")),
        pid=number_of(body.pid),
        uid=number_of(body.userID if body.userID is not None else body.uid),
        parent=_name(body.parentProc),
        responsible=_name(body.responsibleProc),
        coalition=_name(body.coalitionName),
        at=moment(body.captureTime) or moment(body.date) or row["at"],
        launched=moment(body.procLaunch),
        system=row["system"] or _name(body.build),
        exception=" ".join(filter(None, (_name(exception.get("type")), _name(exception.get("signal"))))) or None,
        termination=body.termination if isinstance(body.termination, dict) else None,
        queues=", ".join(queues)[:_TEXT] or None,
        detail=text_of(body.panicString, _TEXT) or text_of(body.reason, _TEXT) or _application_messages(body.asi),
    )


def _application_messages(asi: object) -> str | None:
    """What the libraries of a crashed program left as its last words."""
    lines = (
        [line for lines in asi.values() if isinstance(lines, list) for line in lines] if isinstance(asi, dict) else []
    )
    return "\n".join(line for line in lines if isinstance(line, str))[:_TEXT] or None


def _of_text(row: dict[str, Any], text: str) -> None:
    facts: dict[str, str] = {}
    for key, value in islice(_KEY.findall(text), 200):
        facts.setdefault(key, value)
    process = _NAMED.fullmatch(facts.get("Process", ""))
    parent = _NAMED.fullmatch(facts.get("Parent Process", "") or facts.get("Parent", ""))
    coalition = _NAMED.fullmatch(facts.get("Coalition", ""))
    pid = process[2] if process else facts.get("PID", "")
    row.update(
        process=process[1] if process else facts.get("Command") or row["process"],
        path=facts.get("Path"),
        bundle=row["bundle"] or facts.get("Identifier"),
        pid=int(pid) if pid.isdecimal() and len(pid) < 10 else None,
        parent=parent[1] if parent else None,
        coalition=coalition[1] if coalition else None,
        at=moment(facts.get("Date/Time")) or row["at"],
        launched=moment(facts.get("Launch Time")),
        system=row["system"] or facts.get("OS Version"),
        exception=facts.get("Exception Type"),
        queues=", ".join(dict.fromkeys(_QUEUE.findall(text)))[:_TEXT] or None,
    )


def _listed(found: Report) -> Iterator[Row]:
    """The processes and odd images that a report lists, with the time of the report."""
    head = _header(found)
    body, text = found.body, found.text
    at = head["at"]
    rows: Iterator[dict[str, Any]] = iter(())
    if body is not None:
        at = moment(body.captureTime) or moment(body.date) or at
        rows = _of_lists(body)
    elif text is not None:
        rows = _of_blocks(text)
    for number, row in enumerate(rows):
        if number >= MAX_LISTED:
            raise LimitExceeded(t("error.ips.processes", most=MAX_LISTED))
        row.update(listed_at=at, bug_type=head["bug_type"])
        yield Row({key: value for key, value in row.items() if value is not None})


def _of_lists(body: Body) -> Iterator[dict[str, Any]]:
    for pid, process in [*((None, process) for process in body.processes), *body.processByPid.items()]:
        name = _name(process.name) or _name(process.procname)
        if name is not None:
            states = process.states if isinstance(process.states, list) else []
            yield {
                "listed": "process",
                "process": name,
                "path": name if name.startswith("/") else None,
                "image": text_of(process.uuid, 36),
                "pid": number_of(process.pid if process.pid is not None else pid),
                "states": ", ".join(state for state in states if isinstance(state, str))[:_TEXT] or None,
                "reason": _name(process.reason),
                "pages": number_of(process.rpages),
            }
    for image in body.usedImages:
        path = text_of(image.path)
        if path is not None and path != body.procPath and not _SYSTEM.match(path):
            yield {"listed": "image", "path": path, "image": text_of(image.uuid, 36)}


def _of_blocks(text: str) -> Iterator[dict[str, Any]]:
    own = _BLOCK_PATH.search(text)
    blocks = list(_POWER.finditer(text))
    ends = [block.start() for block in blocks[1:]] + [len(text)]
    for block, end in zip(blocks, ends, strict=False):
        path = _BLOCK_PATH.search(text, block.end(), end)
        if block[0].lstrip().startswith("Powerstats"):
            yield {
                "listed": "process",
                "process": block[1],
                "path": path[1] if path else None,
                "pid": int(block[2]) if block[2] else None,
            }
    for _, uuid, path_ in _IMAGE.findall(text):
        if not _SYSTEM.match(path_) and (own is None or path_ != own[1]):
            yield {"listed": "image", "path": path_, "image": uuid}


@dataclass(frozen=True, slots=True)
class ReportReader:
    """Reads one .ips file."""

    rows: Callable[[Report], Iterator[Row]]

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files["main"]
        if group.relative.rpartition("/")[2].startswith("._"):
            return  # the companion that a Mac writes beside a copied file
        found = report(read_bytes(group, MAX_REPORT))
        bug_type = _header(found)["bug_type"] or ""
        table = table_of(bug_type) if bug_type.isdecimal() else None
        yield from batches_of(self.rows(found), artefact, "report", group.where, context, table=table)
        if found.damaged:
            context.log.add(PartReading(name=t("error.ips.body"), outcome=Outcome.UNSUPPORTED, undecoded=1))
            raise Malformed(t("error.ips.damaged"))


_PLACES = {
    "main": (
        At.sysdiagnose("*.ips"),
        At.sysdiagnose("*.ips.*"),
        At.ios("/private/var/mobile/Library/Logs/CrashReporter/*.ips"),
        At.ios("/private/var/mobile/Library/Logs/CrashReporter/*.ips.*"),
    )
}
_EXPECTED = Expected(optional="a phone keeps reports for some weeks, and a quiet one has few")
_SEEN = (
    Seen(
        versions="bug types 109 (iOS 14) and 309 (macOS 12)",
        basis="seen in real reports",
        verified=True,
        tables=(table_of("109"), table_of("309")),
    ),
    Seen(
        versions="bug types 142, 145, 151, 202, 288 and 298",
        basis="layout from the parsers of the European Commission's sysdiagnose framework, the published validation of the "
        "Trace tool, and public samples of iOS 15.5",
        verified=True,
        tables=tuple(map(table_of, ("142", "145", "151", "202", "288", "298"))),
    ),
    Seen(versions="panics (210) and other bug types", basis="recalled", verified=False),
)

CRASHES = Artefact(
    name="sysdiagnose.crashes",
    title="Crash and diagnostic reports",
    needs=_PLACES,
    acquisitions=("sysdiagnose", "dump"),
    record=CrashReport,
    role=Role.RAN,
    read=ReportReader(_crash),
    events=(
        Event(at="at", says="report written", shows="process"),
        Event(at="launched", says="program started", shows="process"),
    ),
    expected=_EXPECTED,
    seen=_SEEN,
    means="A published name shows that a program of this name ran. A crash is no sign of an attack by itself.",
)
LISTED = Artefact(
    name="sysdiagnose.crash_processes",
    title="Processes listed in diagnostic reports",
    needs=_PLACES,
    acquisitions=("sysdiagnose", "dump"),
    record=CrashProcess,
    role=Role.RAN,
    read=ReportReader(_listed),
    expected=_EXPECTED,
    seen=_SEEN,
    means="A published name shows that a program of this name ran when the report was made, days or weeks before the archive. "
    "An image outside the system's folders was loaded into a program; developers load such images too.",
)
ARTEFACTS = (CRASHES, LISTED)
