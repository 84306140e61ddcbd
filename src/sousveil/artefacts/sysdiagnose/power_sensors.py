"""Programs that used the camera or sound, by the power log."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, Event
from sousveil.artefacts.sysdiagnose._power import EXPECTED, FORMS, PLACES, layouts, seen, tables
from sousveil.kinds import BundleId, Integer, Label, ProcessName, Role, UnixTime
from sousveil.records import Record


class SensorUse(Record):
    """One change of state of the camera or of sound."""

    bundle: BundleId | None
    process: ProcessName | None
    pid: Integer | None
    used: UnixTime | None
    camera: Integer | None
    """Type of the camera, a number of the system's own."""
    operation: Label | None
    route: Label | None
    """Where sound comes from or goes to."""
    state: Integer | None


_READ = tables(
    layouts(
        "PLCameraAgent_EventForward_Camera",
        {"bundle": "BundleId"},
        {"used": "timestamp"},
        optional={"camera": "CameraType", "state": "State"},
    ),
    layouts(
        "PLAudioAgent_EventPoint_AudioApp",
        {"process": "ApplicationName"},
        {"used": "timestamp"},
        optional={"pid": "PID", "operation": "Operation", "route": "AudioRoute"},
    ),
    layouts(
        "PLAudioAgent_EventForward_NowPlaying",
        {"bundle": "BundleID"},
        {"used": "timestamp"},
        optional={"state": "State"},
    ),
)

ARTEFACT = Artefact(
    name="sysdiagnose.power_sensors",
    title="Camera and sound in the power log",
    needs=PLACES,
    acquisitions=FORMS,
    record=SensorUse,
    role=Role.RAN,
    read=_READ,
    events=(Event(at="used", says="camera or sound used", shows="bundle"),),
    expected=EXPECTED,
    seen=seen(_READ),
    means="Apps use camera and sound in everyday use. A published name shows that a program of this name used them.",
)
