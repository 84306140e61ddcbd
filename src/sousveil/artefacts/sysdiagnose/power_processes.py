"""Processes that the power log counted: processor time, starts and states over days."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, Event
from sousveil.artefacts.sysdiagnose._power import EXPECTED, FORMS, PLACES, layouts, seen, tables
from sousveil.kinds import BundleId, Integer, ProcessName, Real, Role, UnixTime
from sousveil.records import Record


class PowerProcess(Record):
    """A process at one moment or in one interval."""

    process: ProcessName | None
    bundle: BundleId | None
    pid: Integer | None
    counted: UnixTime | None
    """When the row was written, or the interval began."""
    until: UnixTime | None
    seconds: Real | None
    """Processor time in the interval."""
    state: Integer | None
    """State of an app, a number of the system's own."""
    reason: Integer | None


_MONITOR = "PLProcessMonitorAgent_"
_COUNTED = {"process": "ProcessName", "bundle": "BundleID", "pid": "PID"}

_READ = tables(
    layouts(
        f"{_MONITOR}EventInterval_ProcessMonitorInterval_Dynamic",
        {"process": "ProcessName"},
        {"counted": "timestamp", "until": "timestampEnd"},
        parent=f"{_MONITOR}EventInterval_ProcessMonitorInterval",
        optional={**_COUNTED, "seconds": "value"},
    ),
    layouts(
        f"{_MONITOR}EventBackward_ProcessMonitor_Dynamic",
        {"process": "ProcessName"},
        {"counted": "timestamp"},
        parent=f"{_MONITOR}EventBackward_ProcessMonitor",
        optional={**_COUNTED, "seconds": "value"},
    ),
    layouts(
        f"{_MONITOR}EventForward_ProcessID",
        {"process": "ProcessName"},
        {"counted": "timestamp"},
        optional=_COUNTED,
    ),
    layouts(
        "PLCoalitionAgent_EventInterval_CoalitionInterval",
        {"process": "LaunchdName"},
        {"counted": "timestamp", "until": "timestampEnd"},
        optional={"bundle": "BundleId", "seconds": "cpu_time"},
    ),
    layouts(
        "PLApplicationAgent_EventForward_Application",
        {"bundle": "Identifier"},
        {"counted": "timestamp"},
        optional={"pid": "pid", "state": "State", "reason": "Reason"},
    ),
)

ARTEFACT = Artefact(
    name="sysdiagnose.power_processes",
    title="Processes in the power log",
    needs=PLACES,
    acquisitions=FORMS,
    record=PowerProcess,
    role=Role.RAN,
    read=_READ,
    events=(Event(at="counted", says="program counted by the power log", shows="process"),),
    expected=EXPECTED,
    seen=seen(_READ),
    means="A published name shows that a program of this name ran.",
)
