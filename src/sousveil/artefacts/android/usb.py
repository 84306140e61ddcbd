"""The USB port and the devices that were connected to the phone (dumpsys usb)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import BundleId, Integer, Label, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class UsbFact(Record):
    """One device that was connected or removed, one value of the port's state, or one app that handles devices."""

    entry: Label
    """`connection`, `state` or `app`."""
    name: Label | None
    """The value's name with the blocks around it, such as `device_manager/handler/connected`."""
    value: Label | None
    package: BundleId | None
    mode: Label | None
    """`CONNECT`, `DISCONNECT` and others."""
    device: Label | None
    vendor: Integer | None
    product: Integer | None
    at: UnixTime | None


MAX_DEPTH = 20
_OPEN = lazy_pattern(r"\s*(?:(\w{1,100})=)?[{\[]\Z")
_VALUE = lazy_pattern(r"\s*(\w{1,100})=(.{0,500})\Z")
_BLOCKS = ("device_manager", "host_manager", "port_manager")


def _connection(values: dict[str, str], line: int) -> Row:
    numbers = {
        field: int(text) if (text := values.get(name, "")).isdecimal() and len(text) < 19 else None
        for field, name in (("vendor", "manufacturer"), ("product", "product"), ("at", "timestamp"))
    }
    row = {"entry": "connection", "mode": values.get("mode"), "device": values.get("device_address")}
    return Row({**row, **numbers}, line=line)


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """A row for each connection, each value of the port's state and each app; the lines are blocks inside one another."""
    blocks: list[str] = []
    values: dict[str, str] | None = None
    for number, line in text.lines():
        if opening := _OPEN.match(line):
            blocks.append(opening[1] or "")
            if opening[1] == "connections":
                values = {}
        elif line.strip() in ("}", "]") and blocks:
            if blocks.pop() == "connections" and values:
                yield _connection(values, number)
            values = values if "connections" in blocks else None
        elif (found := _VALUE.match(line)) and len(blocks) <= MAX_DEPTH:
            if values is not None:
                values.setdefault(found[1], found[2])
            elif found[1] == "package_name":
                yield Row({"entry": "app", "package": found[2]}, line=number)
            elif any(block in blocks for block in _BLOCKS):
                name = "/".join([*filter(None, blocks), found[1]])
                yield Row({"entry": "state", "name": name, "value": found[2]}, line=number)


ARTEFACT = Artefact(
    name="android.usb",
    title="USB port and devices",
    needs={"main": (At.section("usb"),)},
    record=UsbFact,
    role=Role.GRANTED,
    read=section_rows(parse),
    events=(Event(at="at", says="USB device connected or removed", shows="mode"),),
    expected=Expected(optional="the section is there where the phone printed it"),
    seen=(
        Seen(
            versions="Android 10 and later",
            basis="state and apps seen on a real phone (Android 10); connections recalled",
            verified=False,
        ),
    ),
    means="Shows whether the phone was connected when the report was made, and which devices the phone itself hosted. A computer "
    "that the phone was plugged into is not listed.",
)
