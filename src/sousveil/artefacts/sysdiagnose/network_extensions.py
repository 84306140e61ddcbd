"""VPN, content filters and name servers that apps set up: com.apple.networkextension.plist."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import BundleId, Domain, Flag, Label, Name, Role
from sousveil.readers.keyed_archive import is_archive, unarchive
from sousveil.readers.plist import PlistValue
from sousveil.readers.plists import Row, as_dict, as_list, as_text, plist_rows
from sousveil.records import Record
from sousveil.texts import t


class NetworkExtension(Record):
    """One configuration."""

    kind: Label
    """Parts that it has, one a line: VPN, AlwaysOnVPN, AppVPN, ContentFilter, DNSSettings, DNSProxy, PathController, Relay."""
    bundle: BundleId | None
    """The app that set it up."""
    provider: BundleId | None
    """The part of an app that handles the traffic."""
    name: Name | None
    server: Domain | None
    enabled: Flag | None
    profile: Label | None
    """The profile that it came with."""


KINDS = (
    "VPN",
    "AlwaysOnVPN",
    "AppVPN",
    "ContentFilter",
    "DNSSettings",
    "DNSProxy",
    "PathController",
    "Relay",
    "AppPush",
)
_SEARCHED = 2000
"""Dictionaries and lists of one configuration that are searched for a server."""


def _inner(value: list[Any], key: str) -> Any:
    """The first value under a key at any depth."""
    waiting, entered = deque(value), 0
    while waiting and entered < _SEARCHED:
        held = waiting.popleft()
        entered += 1
        if isinstance(held, dict) and held.get(key) not in (None, ""):
            return held[key]
        below = list(held.values()) if isinstance(held, dict) else as_list(held)
        waiting += [inner for inner in below[:_SEARCHED] if isinstance(inner, dict | list)]
    return None


def parse(value: PlistValue, context: Context) -> Iterator[Row]:
    """A row for each configuration; the other roots of the archive count and list them."""
    if not is_archive(value):
        raise Unsupported(t("error.network_extensions.not_archive"))
    for configuration in as_dict(unarchive(value)).values():
        facts = as_dict(configuration)
        parts = [kind for kind in KINDS if isinstance(facts.get(kind), dict)]
        if not parts:
            continue
        enabled = [held for kind in parts if isinstance(held := facts[kind].get("Enabled"), bool)]
        yield Row(
            {
                "kind": "\n".join(parts),
                "bundle": as_text(facts.get("Application")),
                "provider": as_text(_inner([facts[kind] for kind in parts], "PluginType")),
                "name": as_text(facts.get("Name")),
                "server": as_text(_inner([facts[kind] for kind in parts], "ServerAddress")),
                "enabled": any(enabled) if enabled else None,
                "profile": as_text(_inner([facts], "ProfileIdentifier")),
            }
        )


ARTEFACT = Artefact(
    name="sysdiagnose.network_extensions",
    title="VPN and content filters",
    needs={"main": (At.sysdiagnose("logs/Networking/com.apple.networkextension.plist"),)},
    record=NetworkExtension,
    role=Role.GRANTED,
    read=plist_rows(parse),
    expected=Expected(optional="the file is there where the phone could collect it"),
    seen=(
        Seen(
            versions="iOS 13 to 26",
            basis="a keyed archive, as two open readers say; the names of its fields recalled",
            verified=False,
        ),
    ),
    means="All traffic of the phone goes through such an app. Ad blockers and companies use this as well.",
)
