"""Configuration profiles that open the door: management, trusted certificates, VPN, proxy, name servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule

MEANINGS = {
    "com.apple.mdm": "hands the phone to a device manager",
    "com.apple.security.root": "makes the phone trust a certificate authority",
    "com.apple.vpn.managed": "sets up a VPN",
    "com.apple.vpn.managed.applayer": "sets up a VPN for apps",
    "com.apple.proxy.http.global": "sends all web traffic through a proxy",
    "com.apple.relay.managed": "sends traffic through relays",
    "com.apple.dnsSettings.managed": "changes the name servers",
    "com.apple.webcontent-filter": "filters the web",
    "com.apple.apn.managed": "changes the access point of mobile data",
    "com.apple.cellular": "changes the access point of mobile data",
}


def _known(types: str | None) -> list[str]:
    return [kind for kind in (types or "").split("\n") if kind in MEANINGS]


def _keep(columns: Columns) -> list[int]:
    return [at for at, types in enumerate(columns["payload_types"]) if _known(types)]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for row in kept["profiles"]:
        does = list(dict.fromkeys(MEANINGS[kind] for kind in _known(row.row["payload_types"])))
        yield Hit(rows=(row,), at=row.row["installed"], says=f"A configuration profile {', '.join(does)}.")


RULE = Rule(
    name="profile-posture",
    title="Profile that opens the door",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "profiles": Reads(artefact="ios.configuration_profiles", columns=("payload_types", "installed"), keep=_keep)
    },
    find=_find,
    innocent=("Schools, employers, VPN apps and ad blockers install such profiles with the owner's consent.",),
    basis="Meaning of the payloads as Apple documents them.",
)
