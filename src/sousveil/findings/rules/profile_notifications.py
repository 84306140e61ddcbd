"""A configuration profile that changes which apps may show notifications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

PAYLOAD = "com.apple.notificationsettings"


def _keep(columns: Columns) -> list[int]:
    return [at for at, types in enumerate(columns["payload_types"]) if types and PAYLOAD in types.split("\n")]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for row in kept["profiles"]:
        managed = row.row["by_mdm"] == 1
        yield Hit(
            rows=(row,),
            at=row.row["installed"],
            strength=Strength.WEAK if managed else None,
            says=t("rule.profile-notifications.says"),
            innocent=(t("rule.profile-notifications.innocent_managed"),) if managed else (),
        )


RULE = Rule(
    name="profile-notifications",
    title="Profile that changes notifications",
    shows=Shows.PRESENCE,
    strength=Strength.LEAD,
    reads={
        "profiles": Reads(
            artefact="ios.configuration_profiles", columns=("payload_types", "by_mdm", "installed"), keep=_keep
        )
    },
    find=_find,
    innocent=("Profiles of schools and employers set notifications too.",),
    basis="The reference tool warns of such a profile. No report that was read ties it to a family.",
)
