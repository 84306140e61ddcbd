"""Devices of the Apple account, as key transparency lists them: transparency.log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Label, Name, Opaque, Role, UnixTime
from sousveil.readers.json_rows import json_rows, moment_of, text_of
from sousveil.readers.plists import Row, as_dict, as_list
from sousveil.records import Record


class AccountDevice(Record):
    """One device, or one registration of this phone."""

    entry: Label
    """`device`, `registration` or `account`."""
    app: Label | None
    """Of a registration: the service."""
    name: Name | None
    model: Label | None
    serial: Opaque
    os_version: Label | None
    at: UnixTime | None
    """When the account was first seen, or when the registration happened."""


MAX_DEVICES = 10_000
"""Devices of one file at most."""


def _device(facts: dict[str, Any]) -> Row:
    return Row(
        {
            "entry": "device",
            "name": text_of(facts.get("name"), 500),
            "model": text_of(facts.get("model"), 100),
            "serial": text_of(facts.get("serial"), 100),
            "os_version": text_of(facts.get("osVersion"), 100),
        }
    )


def parse(value: Any, context: Context) -> Iterator[Row]:
    """A row for the account, each registration and each device. Newer systems list the devices beside the state."""
    whole = as_dict(value)
    state = as_dict(whole.get("stateMachine"))
    if seen := moment_of(state.get("accountFirstSeen")):
        yield Row({"entry": "account", "at": seen})
    for registration in as_list(whole.get("registration"))[:MAX_DEVICES]:
        facts = as_dict(registration)
        times = [when for key, text in facts.items() if key.endswith("At") and (when := moment_of(text))]
        yield Row({"entry": "registration", "app": text_of(facts.get("app"), 200), "at": min(times, default=None)})
    for place in (state.get("devices"), whole.get("devices")):
        listed = list(place.values()) if isinstance(place, dict) else as_list(place)
        for facts in listed[:MAX_DEVICES]:
            if isinstance(facts, dict):
                yield _device(facts)


ARTEFACT = Artefact(
    name="sysdiagnose.account_devices",
    title="Devices of the Apple account",
    needs={"main": (At.sysdiagnose("transparency.log"),)},
    record=AccountDevice,
    role=Role.RAW,
    read=json_rows(parse, layout="transparency.log"),
    events=(Event(at="at", says="account or service registered", shows="entry"),),
    expected=Expected(ios=(16, None), optional="the list is there where the phone could collect it"),
    seen=(
        Seen(versions="iOS 16 to 26.4", basis="layout from the source of the EC sysdiagnose framework", verified=True),
    ),
    means="A device that the owner does not know reads the messages of this account. Check the list together with the owner.",
)
