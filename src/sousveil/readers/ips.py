"""Diagnostic reports of Apple's systems (.ips): a line of JSON, then a body of JSON, of text, or of XML.

A body of JSON is decoded for the wanted keys only. A body that was cut off gives the processes before the cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from sousveil.errors import Malformed
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

Form = TypeVar("Form")

MAX_REPORT = 32 << 20
"""Bytes of one report that are read."""
MAX_LISTED = 20_000
"""Processes, or images, that one report may list."""
_HEADER = 64 << 10
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)
_TIME = lazy_pattern(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?\d* ?([+\-]\d\d:?\d\d|Z)")


class Process(msgspec.Struct):
    """A process in a list of them: of a jetsam event (`name`), or of a stackshot (`procname`)."""

    pid: Any = None
    name: Any = None
    procname: Any = None
    uuid: Any = None
    states: Any = None
    reason: Any = None
    rpages: Any = None
    fds: Any = None


class Image(msgspec.Struct):
    """A loaded image."""

    path: Any = None
    name: Any = None
    uuid: Any = None


class Thread(msgspec.Struct):
    """A thread of a crashed process."""

    queue: Any = None
    name: Any = None


class Facts(msgspec.Struct):
    """The wanted single values of all bodies of JSON, by their own names."""

    procName: Any = None
    procPath: Any = None
    pid: Any = None
    userID: Any = None
    uid: Any = None
    parentProc: Any = None
    parentPid: Any = None
    responsibleProc: Any = None
    coalitionName: Any = None
    captureTime: Any = None
    procLaunch: Any = None
    date: Any = None
    build: Any = None
    modelCode: Any = None
    product: Any = None
    incident: Any = None
    largestProcess: Any = None
    panicString: Any = None
    reason: Any = None
    exception: Any = None
    termination: Any = None
    asi: Any = None
    bundleInfo: Any = None


class Body(Facts):
    """A body of JSON with its lists."""

    usedImages: list[Image] = []
    threads: list[Thread] = []
    processes: list[Process] = []
    processByPid: dict[str, Process] = {}


class Report(msgspec.Struct):
    """One report."""

    header: dict[str, Any]
    body: Body | None = None
    """Of JSON."""
    text: str | None = None
    """Of another form."""
    damaged: bool = False
    """Whether a body of JSON is cut off, damaged or of an unknown form: then it holds what could be made out."""


def report(data: bytes) -> Report:
    """The report in a file. Raises Malformed where the first line is no JSON object."""
    line, _, rest = data.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    header = _json(line[:_HEADER], dict[str, Any])
    if header is None:
        raise Malformed(t("error.ips.header"))
    rest = rest.strip().removesuffix(b"EOF").rstrip()
    if not rest.startswith(b"{"):
        return Report(header, text=rest.decode("utf-8", "replace"))
    if rest.startswith((b'{"message"', b'{"_marker"')):
        return Report(header)  # one measurement a line
    body = _json(rest, Body)
    if body is not None:
        return Report(header, body=body)
    return Report(header, body=_salvaged(rest), damaged=True)


def _json(data: bytes, form: type[Form]) -> Form | None:
    try:
        return msgspec.json.decode(data, type=form)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _salvaged(data: bytes) -> Body:
    """What a damaged body states before the damage, or a sound one of an unknown form."""
    text = data.decode("utf-8", "replace")
    facts = _json(data, Facts)
    body = Body(
        processes=[process for _, process in _objects(text, "processes", "[")],
        processByPid=dict(_objects(text, "processByPid", "{")),
    )
    for name in Facts.__struct_fields__:
        value = getattr(facts, name, None)
        if facts is None and (plain := re.search(rf'"{name}"\s*:\s*(?=["0-9])', text)) is not None:
            with suppress(ValueError):
                value = _DECODER.raw_decode(text, plain.end())[0]
        setattr(body, name, value)
    return body


def _objects(text: str, key: str, opening: str) -> Iterator[tuple[str, Process]]:
    """(key, process) of a list or of a dictionary, up to the first that is not whole."""
    begin = re.search(rf'"{key}"\s*:\s*\{opening}', text)
    at = begin.end() if begin else len(text)
    name_form = re.compile(r'[\s,]*"([^"\\]{0,20})"\s*:\s*' if opening == "{" else r"[\s,]*()")
    for _ in range(MAX_LISTED):
        name = name_form.match(text, at)
        if name is None:
            return
        try:
            value, at = _DECODER.raw_decode(text, name.end())
            yield name[1], msgspec.convert(value, Process)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            return


def moment(value: object) -> float | None:
    """Seconds since 1970 of a time with its offset, `2022-01-21 18:14:25.9296 +0200`; None for anything else."""
    found = _TIME.match(value) if isinstance(value, str) else None
    if found is None:
        return None
    zone = "+0000" if found[4] == "Z" else found[4].replace(":", "")
    try:
        whole = datetime.strptime(f"{found[1]} {found[2]} {zone}", "%Y-%m-%d %H:%M:%S %z").timestamp()
    except ValueError:
        return None
    return whole + float(found[3] or 0)


__all__ = ["MAX_LISTED", "MAX_REPORT", "Body", "Facts", "Image", "Process", "Report", "moment", "report"]
