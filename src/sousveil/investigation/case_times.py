"""When a phone recorded traces, crashes, messages and program starts: times out of finished cases, and nothing else of them.

Cases come from other computers. A process of its own reads them, confined to their folders, so that a hostile case reaches neither
the list nor a key.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from sousveil import errors
from sousveil.cases.confinement import confine, interpreter_paths
from sousveil.cases.database import connect_files, quoted
from sousveil.cases.folder import CaseFiles
from sousveil.errors import LimitExceeded, Locked, Malformed, Missing, SousveilError, Usage
from sousveil.findings.model import AtQuality, Shows, Strength
from sousveil.investigation.listing import Columns, open_list
from sousveil.investigation.numbers import read_number
from sousveil.kinds import visible
from sousveil.texts import t

TRACE = "trace"
"""A finding that is strong or needs confirmation, with a time to the second; not an open protection."""
EVENTS: Mapping[str, frozenset[tuple[str, str]]] = {
    "crash": frozenset({("sysdiagnose.crashes", "at"), ("android.tombstones", "at")}),
    "message": frozenset(
        {
            *(("ios.sms", "date"), ("ios.whatsapp", "date"), ("ios.telegram", "date"), ("ios.sms_attachments", "date")),
            *(("android.backup_messages", "at"), ("android.dump_messages", "at"), ("mvt.messages", "at")),
        }
    ),
    "start": frozenset(
        {
            *(("sysdiagnose.ps", "started"), ("sysdiagnose.spindump", "started"), ("sysdiagnose.taskinfo", "started")),
            *(("sysdiagnose.crashes", "launched"), ("android.intrusion_starts", "at")),
            *(("ios.datausage", "first_seen"), ("ios.netusage", "first_seen")),
        }
    ),
}
"""Kind -> artefact and event of the timeline. Times of the phone's own clock without a zone are left out."""
KINDS = (TRACE, *EVENTS)
EARLIEST = 1_167_609_600
"""2007, in seconds since 1970: earlier times are defaults of programs, not times of events."""


GAP = 7 * 86_400
"""Seconds without a record of an artefact after which the phone is taken to have no records of it."""
TIMES_MOST = 500_000
"""Different seconds of one kind: more than a phone records in years."""
ROWS_MOST, EVENTS_MOST = 20_000_000, 2_000
"""Rows, and pairs of artefact and event, of a timeline: more than a check writes."""
MEMORY_MOST, PROCESSOR_MOST, PROCESSOR_EACH = 4 << 30, 60, 10
"""Bytes of address space of the process that reads the cases; its processor seconds, and those for each case."""
TOGETHER = 50
"""Phones whose cases are read by one query."""
_LENGTH = 4
_ANSWER_MOST = 64 << 20
_DATABASE_READS = ("/proc/self/cgroup", "/sys/fs/cgroup")
"""What the database reads to learn how much memory it may take."""


class CaseTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The times of one case, in seconds since 1970."""

    times: dict[str, tuple[int, ...]]
    """Kind -> times, sorted, each once."""
    spans: dict[str, tuple[tuple[int, int], ...]]
    """Kind -> from when to when the artefacts with events of this kind have records, without gaps of more than GAP."""
    untimed: int
    """Traces without a time to the second, or with one before EARLIEST or after the check."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the findings of a case conclude."""

    sha256: str
    """Of `findings.json`."""
    verdict: str
    reached: str | None
    threat_class: str | None


class _Concluded(msgspec.Struct, frozen=True):
    verdict: str
    reached: str | None
    threat_class: str | None = msgspec.field(name="class")


class _Finding(msgspec.Struct):
    artefact: str
    shows: Shows
    strength: Strength
    at: datetime | None = None
    at_quality: AtQuality | None = None


class _Findings(msgspec.Struct):
    findings: list[_Finding]


def read_case(folder: Path, identity: Path | None = None) -> CaseTimes:
    """The times of a case folder of `sousveil check`. `identity` opens an encrypted case.

    Raises Missing, Locked, Malformed, Usage, LimitExceeded, SousveilError; each names the case.
    """
    try:
        (times,) = _read_cases([CaseFiles(folder, identity)])
    except Exception as error:  # noqa: BLE001 - a hostile case fails in ways that nobody listed
        failed = _failed(error)
        message = t("error.correlate.case", case=visible(folder.name, 80), message=failed.message)
        raise type(failed)(message, hint=failed.hint) from None
    return times


def _failed(error: Exception) -> SousveilError:
    """The error with what a person does next."""
    if isinstance(error, Locked):
        return type(error)(error.message, hint=t("error.correlate.locked_hint"))
    if isinstance(error, MemoryError) or type(error.__cause__).__name__ == "OutOfMemoryException":
        most = f"{MEMORY_MOST >> 30}"
        return LimitExceeded(t("error.correlate.memory_most", most=most), hint=t("error.correlate.memory_most_hint"))
    if isinstance(error, SousveilError):
        return error
    return SousveilError(
        t("error.correlate.other", reason=type(error).__name__), hint=t("error.common.run_check_again")
    )


class _Run(msgspec.Struct):
    ended: datetime


def _latest(case: CaseFiles) -> float:
    """When the check ended, or now where the case does not say: no time of the phone is later."""
    with contextlib.suppress(Missing, msgspec.DecodeError, UnicodeDecodeError, OverflowError):
        return min(time.time(), msgspec.json.decode(case.read("run.json"), type=_Run).ended.timestamp())
    return time.time()


def _read_cases(cases: Sequence[CaseFiles]) -> list[CaseTimes]:
    """The times of cases whose folders lie side by side, by one query. Its error does not name the case."""
    stored = [case.stored("timeline.parquet") for case in cases]
    tables = [
        case.read("timeline.parquet") if case.encrypted else file for case, file in zip(cases, stored, strict=True)
    ]
    origins = [
        f"memory:///timeline.{n}" if isinstance(one, bytes) else str(one.resolve()) for n, one in enumerate(tables)
    ]
    latest = [_latest(case) for case in cases]
    ends = ", ".join(f"({quoted(one)}, {end})" for one, end in zip(origins, latest, strict=True))
    files = ", ".join(quoted(re.sub(r"([*?[])", r"[\1]", one)) for one in origins)
    pairs = ", ".join(f"({quoted(one)}, {quoted(event)})" for one, event in sorted(set().union(*EVENTS.values())))
    recorded: dict[str, list[_Recorded]] = {}
    with connect_files({"timeline": tables}, cases[0].folder.resolve().parent, private=True, origin="file") as (
        database,
        _,
    ):
        (rows,) = database.execute(f"SELECT max(num_rows) FROM parquet_file_metadata([{files}])").fetchone() or (0,)
        if rows > ROWS_MOST:
            raise LimitExceeded(t("error.correlate.rows_most", most=f"{ROWS_MOST:,}"))
        database.execute(
            f"""
            SELECT file, artefact, event, list(first) || list(last), flatten(list(seconds))[:{TIMES_MOST + 1}]
            FROM (SELECT file, artefact, event, min(second) AS first, max(second) AS last,
                    coalesce(list(DISTINCT second) FILTER ((artefact, event) IN ({pairs})), []) AS seconds
                FROM (SELECT file, artefact, event, floor(epoch(time))::BIGINT AS second
                    FROM timeline JOIN (VALUES {ends}) AS ends(file, latest) USING (file)
                    WHERE epoch(time) BETWEEN {EARLIEST} AND latest)
                GROUP BY file, artefact, event, second // 86400)
            GROUP BY file, artefact, event
            """
        )
        groups = database.fetchmany(EVENTS_MOST * len(cases) + 1)
        if len(groups) > EVENTS_MOST * len(cases):
            raise LimitExceeded(t("error.correlate.events_most", most=f"{EVENTS_MOST:,}"))
        for origin, *row in groups:
            recorded.setdefault(origin, []).append(_Recorded(*row))
    return [
        _times_of(case, recorded.get(origin, []), end) for case, origin, end in zip(cases, origins, latest, strict=True)
    ]


class _Recorded(msgspec.Struct, frozen=True):
    """The rows of one event of one artefact."""

    artefact: str
    event: str
    marks: list[int]
    """The first and the last second of each day with a row, in no order."""
    seconds: list[int]
    """Each second with a row, where the event is of a kind that is compared."""


def _joined(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans sorted, those joined that are at most GAP apart."""
    made: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if made and first - made[-1][1] <= GAP:
            made[-1] = made[-1][0], max(made[-1][1], last)
        else:
            made.append((first, last))
    return tuple(made)


def _times_of(case: CaseFiles, recorded: Sequence[_Recorded], latest: float) -> CaseTimes:
    """The times of a case out of its findings and its timeline, up to `latest`."""
    try:
        findings = msgspec.json.decode(case.read("findings.json"), type=_Findings).findings
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed(t("error.correlate.findings"), hint=t("error.common.run_check_again")) from None
    traces = [f for f in findings if f.shows is not Shows.POSTURE and f.strength is not Strength.WEAK]
    timed = [
        (f.artefact, int(f.at.timestamp()))
        for f in traces
        if f.at is not None
        and f.at.tzinfo is not None
        and f.at_quality in (AtQuality.EXACT, AtQuality.SECOND)
        and EARLIEST <= f.at.timestamp() <= latest
    ]
    times: dict[str, set[int]] = {TRACE: {second for _, second in timed}}
    artefacts = {TRACE: {artefact for artefact, _ in timed}}
    for kind, events in EVENTS.items():
        rows = [row for row in recorded if (row.artefact, row.event) in events and row.seconds]
        times[kind] = {second for row in rows for second in row.seconds}
        artefacts[kind] = {row.artefact for row in rows}
        if len(times[kind]) > TIMES_MOST:
            raise LimitExceeded(t("error.correlate.times_most", most=f"{TIMES_MOST:,}"))
    spans = {}
    for kind in KINDS:
        own = [mark for row in recorded if row.artefact in artefacts[kind] for mark in row.marks]
        if times[kind]:
            spans[kind] = _joined((mark, mark) for mark in {*own, *times[kind]})
    return CaseTimes(
        times={kind: tuple(sorted(times[kind])) for kind in KINDS}, spans=spans, untimed=len(traces) - len(timed)
    )


def together(cases: Sequence[CaseTimes]) -> CaseTimes:
    """The times of several cases of one phone."""
    spans = {kind: _joined(span for case in cases for span in case.spans.get(kind, ())) for kind in KINDS}
    return CaseTimes(
        times={kind: tuple(sorted({second for case in cases for second in case.times[kind]})) for kind in KINDS},
        spans={kind: some for kind, some in spans.items() if some},
        untimed=sum(case.untimed for case in cases),
    )


class _Answer(msgspec.Struct, kw_only=True):
    """What the confined process sends: what confines it, then the times of a phone or the outcome of a case each, or an error."""

    times: CaseTimes | None = None
    outcome: Outcome | None = None
    unconfined: tuple[str, ...] = ()
    error: str = ""
    message: str = ""
    hint: str = ""


def read_phones(
    phones: Sequence[Sequence[Path]],
    identity: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
    unconfined: Callable[[str], None] = lambda reason: None,
) -> list[CaseTimes]:
    """The times of phones, each with its case folders, read by a process that can read these folders alone.

    `unconfined` gets a sentence for each means of confinement that the system lacks. Call it while this process has one thread. Raises
    as `read_case`.
    """

    def read() -> Iterator[_Answer]:
        for start in range(0, len(phones), TOGETHER):  # a connection to the database costs more than a case
            batch = phones[start : start + TOGETHER]
            known = _read_together([folder for cases in batch for folder in cases], identity)
            for cases in batch:
                yield _Answer(times=together([known[folder] for folder in cases]))

    made: list[CaseTimes] = []
    for answer in _confined([folder for cases in phones for folder in cases], identity, read, unconfined):
        if answer.times is not None:
            made.append(answer.times)
            progress(len(made))
    if len(made) != len(phones):
        names = [visible(folder.name, 80) for folders in phones[len(made) :][:TOGETHER] for folder in folders]
        raise SousveilError(t("error.correlate.reader", cases=", ".join(names)), hint=t("error.correlate.reader_hint"))
    return made


def read_outcome(
    case: Path, identity: Path | None = None, unconfined: Callable[[str], None] = lambda reason: None
) -> Outcome:
    """What the findings of a case conclude, read by a process that can read this folder alone.

    `identity` opens an encrypted case. Call it while this process has one thread. Raises as `read_case`.
    """

    def read() -> Iterator[_Answer]:
        data = CaseFiles(case, identity).read("findings.json")
        try:
            concluded = msgspec.json.decode(data, type=_Concluded)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Malformed(t("error.people.bad_case", path=visible(str(case)))) from None
        yield _Answer(
            outcome=Outcome(
                sha256=hashlib.sha256(data).hexdigest(),
                verdict=concluded.verdict,
                reached=concluded.reached,
                threat_class=concluded.threat_class,
            )
        )

    outcomes = [
        answer.outcome for answer in _confined([case], identity, read, unconfined) if answer.outcome is not None
    ]
    if len(outcomes) != 1:
        raise SousveilError(
            t("error.correlate.reader", cases=visible(case.name, 80)), hint=t("error.common.run_check_again")
        )
    return outcomes[0]


def _confined(
    folders: Sequence[Path],
    identity: Path | None,
    read: Callable[[], Iterator[_Answer]],
    unconfined: Callable[[str], None],
) -> Iterator[_Answer]:
    """What `read` gives in a process that can read these folders alone. Raises the error that it raises."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _read_confined(folders, identity, read, writer)
    os.close(writer)
    try:
        with open(reader, "rb") as stream:
            for answer in _answers(stream.read):
                for reason in answer.unconfined:
                    unconfined(visible(reason, 500))
                if answer.error:
                    raise _error(answer)
                yield answer
    finally:
        os.waitpid(child, 0)


def _error(answer: _Answer) -> SousveilError:
    """The error that the confined process sends. A hostile case may have taken that process over."""
    kind = getattr(errors, answer.error, None)
    if not (isinstance(kind, type) and issubclass(kind, SousveilError)):
        kind = SousveilError
    return kind(visible(answer.message, 1_000), hint=visible(answer.hint, 1_000))


def _read_together(folders: Sequence[Path], identity: Path | None) -> dict[Path, CaseTimes]:
    """The times of several cases. Where one cannot be read, the error names it."""
    made: dict[Path, CaseTimes] = {}
    beside: dict[Path, list[Path]] = {}
    for folder in folders:
        beside.setdefault(folder.resolve().parent, []).append(folder)
    for some in beside.values():
        try:
            read = _read_cases([CaseFiles(folder, identity) for folder in some])
        except Exception:  # noqa: BLE001 - whatever it is, the case alone shows it again, with its name
            read = [read_case(folder, identity) for folder in some]
        made |= zip(some, read, strict=True)
    return made


def _answers(read: Callable[[int], bytes]) -> Iterator[_Answer]:
    decoder = msgspec.msgpack.Decoder(_Answer)
    while len(head := read(_LENGTH)) == _LENGTH:
        length = int.from_bytes(head, "big")
        try:
            yield decoder.decode(read(min(length, _ANSWER_MOST)))
        except msgspec.DecodeError:
            return


def _read_confined(
    folders: Sequence[Path], identity: Path | None, read: Callable[[], Iterator[_Answer]], writer: int
) -> None:
    """Read in the process that was forked, and end it."""

    def send(answer: _Answer) -> None:
        data = msgspec.msgpack.encode(answer)
        os.write(writer, len(data).to_bytes(_LENGTH, "big"))
        for start in range(0, len(data), 1 << 16):
            os.write(writer, data[start : start + (1 << 16)])

    try:
        files = [str(identity)] if identity is not None else []
        _limit(PROCESSOR_MOST + PROCESSOR_EACH * len(folders))
        confined = confine(
            [*(str(folder.resolve()) for folder in folders), *files, *_DATABASE_READS, *interpreter_paths()]
        )
        send(_Answer(unconfined=confined.missing))
        for answer in read():
            send(answer)
    except Exception as error:  # noqa: BLE001 - the caller learns of it
        failed = _failed(error)
        name = next(one.__name__ for one in type(failed).__mro__ if hasattr(errors, one.__name__))
        send(_Answer(error=name, message=failed.message, hint=failed.hint))
    finally:
        os._exit(0)


def _limit(processor: int) -> None:
    """Lower the limits of this process; where the system refuses, go on without."""
    import resource

    for what, amount in ((resource.RLIMIT_AS, MEMORY_MOST), (resource.RLIMIT_CPU, processor)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (amount, amount))


def read_case_numbers(path: Path, cases: Iterable[Path], country: str = "") -> dict[str, list[Path]]:
    """Number (E.164) -> its case folders, in the order of the file: a CSV file with the columns `case` and `number`.

    `case` is the name of the folder, or its path as it was given. Raises Usage for a case without a certain number, and for
    a case that has two.
    """
    folders: dict[str, list[Path]] = {}
    for folder in cases:
        folders.setdefault(folder.resolve().name, []).append(folder)
    if twice := next((name for name, same in folders.items() if len(same) > 1), None):
        raise Usage(t("error.correlate.case_twice", case=visible(twice)), hint=t("error.correlate.case_twice_hint"))
    numbers: dict[str, str] = {}
    with open_list(path) as listing:
        columns = Columns(listing.header, {})
        place = next((at for at, name in enumerate(listing.header) if name.casefold() == "case"), None)
        if place is None:
            raise Usage(t("error.correlate.no_case_column"), hint=t("error.correlate.cases_form"))
        for row in listing.rows(columns):
            name = Path(row.cells[place].strip() if place < len(row.cells) else "").name
            if name not in folders:
                continue
            number = read_number(columns.cell(row, "number"), country).e164
            if not number:
                raise Usage(t("error.correlate.number", line=row.line), hint=t("error.correlate.number_hint"))
            if numbers.setdefault(name, number) != number:
                raise Usage(t("error.correlate.two_numbers", case=visible(name)), hint=t("error.correlate.cases_form"))
    if missing := next((name for name in folders if name not in numbers), None):
        raise Usage(t("error.correlate.no_number", case=visible(missing)), hint=t("error.correlate.cases_form"))
    made: dict[str, list[Path]] = {}
    for name, number in numbers.items():
        made.setdefault(number, []).append(folders[name][0])
    return made


__all__ = [
    "EVENTS",
    "KINDS",
    "TRACE",
    "CaseTimes",
    "Outcome",
    "read_case",
    "read_case_numbers",
    "read_outcome",
    "read_phones",
    "together",
]
