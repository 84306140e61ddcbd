"""Configuration profiles that open the door: management, trusted certificates, VPN, proxy, name servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

MEANINGS = {
    "com.apple.mdm": "management",
    "com.apple.security.root": "certificate",
    "com.apple.vpn.managed": "vpn",
    "com.apple.vpn.managed.applayer": "vpn_apps",
    "com.apple.proxy.http.global": "proxy",
    "com.apple.relay.managed": "relay",
    "com.apple.dnsSettings.managed": "name_servers",
    "com.apple.webcontent-filter": "filter",
    "com.apple.apn.managed": "access_point",
    "com.apple.cellular": "access_point",
}
"""Payload type -> name of the text that says what it does."""


def _known(types: str | None) -> list[str]:
    return [kind for kind in (types or "").split("\n") if kind in MEANINGS]


def _keep(columns: Columns) -> list[int]:
    return [at for at, types in enumerate(columns["payload_types"]) if _known(types)]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for row in (*kept["profiles"], *kept["stubs"]):
        meanings = dict.fromkeys(MEANINGS[kind] for kind in _known(row.row["payload_types"]))
        does = ", ".join(t(f"rule.profile-posture.{meaning}") for meaning in meanings)
        yield Hit(rows=(row,), at=row.row["installed"], says=t("rule.profile-posture.says", does=does))


RULE = Rule(
    name="profile-posture",
    title="Profile that opens the door",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        name: Reads(artefact=artefact, columns=("payload_types", "installed"), keep=_keep)
        for name, artefact in (("profiles", "ios.configuration_profiles"), ("stubs", "sysdiagnose.profiles"))
    },
    find=_find,
    innocent=("Schools, employers, VPN apps and ad blockers install such profiles with the owner's consent.",),
    basis="Meaning of the payloads as Apple documents them.",
)
