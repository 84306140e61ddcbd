"""Programs that asked where the phone is: clients.plist of locationd."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import BundleId, FilePath, Integer, Label, MacTime, ProcessName, Role
from sousveil.readers.plist import PlistValue
from sousveil.readers.plists import Row, as_dict, as_text, plist_rows, row_of
from sousveil.records import Record
from sousveil.texts import t


class LocationClient(Record):
    """One program. Times say when it last started or stopped an activity."""

    client: Label
    """The key as stored: a bundle id or a path; since iOS 16 with a letter for its kind before and a colon behind."""
    bundle: BundleId | None
    process: ProcessName | None
    """Last part of the program's path."""
    bundle_path: FilePath | None
    executable: FilePath | None
    registered: FilePath | None
    authorization: Integer | None
    location_time_started: MacTime | None
    location_time_stopped: MacTime | None
    receiving_location_information_time_stopped: MacTime | None
    significant_time_started: MacTime | None
    significant_time_stopped: MacTime | None
    fence_time_started: MacTime | None
    fence_time_stopped: MacTime | None
    beacon_region_time_stopped: MacTime | None
    consumption_period_begin: MacTime | None
    time_missing: MacTime | None


_FIELDS = {
    "BundleId": "bundle",
    "BundlePath": "bundle_path",
    "Executable": "executable",
    "Registered": "registered",
    "Authorization": "authorization",
    "LocationTimeStarted": "location_time_started",
    "LocationTimeStopped": "location_time_stopped",
    "ReceivingLocationInformationTimeStopped": "receiving_location_information_time_stopped",
    "SignificantTimeStarted": "significant_time_started",
    "SignificantTimeStopped": "significant_time_stopped",
    "FenceTimeStarted": "fence_time_started",
    "FenceTimeStopped": "fence_time_stopped",
    "BeaconRegionTimeStopped": "beacon_region_time_stopped",
    "ConsumptionPeriodBegin": "consumption_period_begin",
    "TimeMissing": "time_missing",
}


def _key(client: str) -> tuple[str | None, str | None]:
    """(bundle id, path) that a key names."""
    name = client
    if client.endswith(":") and client[:1].isalpha():
        name = client[1:-1]
    elif client[:2] in ("p/", "e/"):
        name = client[1:]
    return (None, name) if name.startswith("/") else (name or None, None)


def parse(value: PlistValue, context: Context) -> Iterator[Row]:
    """A row for each program."""
    if not isinstance(value, dict):
        raise Unsupported(t("error.locationd_clients.file_dictionary_programs"))
    for client, facts in value.items():
        row = row_of(as_dict(facts), _FIELDS)
        bundle, path = _key(client)
        row["client"] = client
        if not as_text(row.get("bundle")):
            row["bundle"] = bundle
        if not as_text(row.get("bundle_path")):
            row["bundle_path"] = path
        where = next(
            (text for name in ("executable", "registered", "bundle_path") if (text := as_text(row.get(name)))), None
        )
        row["process"] = where.rstrip("/").rpartition("/")[2] or None if where else None
        yield row


_TIMES = {
    "location_time_started": "program began to use the location",
    "location_time_stopped": "program stopped using the location",
    "receiving_location_information_time_stopped": "program stopped receiving the location",
    "significant_time_started": "program began to watch for large moves",
    "significant_time_stopped": "program stopped watching for large moves",
    "fence_time_started": "program began to watch a place",
    "fence_time_stopped": "program stopped watching a place",
    "beacon_region_time_stopped": "program stopped watching beacons",
    "consumption_period_begin": "period of location use began",
    "time_missing": "program noted as missing",
}

ARTEFACT = Artefact(
    name="ios.locationd_clients",
    title="Programs that used the location",
    needs={
        "main": (
            At.ios("/private/var/root/Library/Caches/locationd/clients.plist"),
            At.ios("/private/var/mobile/Library/Caches/locationd/clients.plist"),
        )
    },
    record=LocationClient,
    role=Role.GRANTED,
    read=plist_rows(parse),
    events=tuple(Event(at=at, says=says, shows="client") for at, says in _TIMES.items()),
    seen=(Seen(versions="iOS 12 to 26", basis="layout from the reference tool's output", verified=True),),
    means="Shows that a program of that name asked for the location, and when last. Apps can be named like "
    "published programs.",
)
