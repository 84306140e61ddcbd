"""Configuration profiles of a sysdiagnose: logs/MCState/Shared/profile-HASH.stub."""

from __future__ import annotations

from sousveil.artefacts.ios.configuration_profiles import ConfigurationProfile, parse
from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import Role
from sousveil.readers.plists import plist_rows

ARTEFACT = Artefact(
    name="sysdiagnose.profiles",
    title="Configuration profiles",
    needs={"main": (At.sysdiagnose("logs/MCState/Shared/profile-*"),)},
    record=ConfigurationProfile,
    role=Role.INSTALLED,
    read=plist_rows(parse),
    events=(Event(at="installed", says="configuration profile installed", shows="payload_types"),),
    expected=Expected(optional="only phones on which a profile was installed have one"),
    seen=(
        Seen(
            versions="iOS 13 to 26",
            basis="the file from the source of the EC sysdiagnose framework; payload keys as Apple documents them",
            verified=True,
        ),
    ),
    means="A profile changes settings, trusts certificates or hands the phone to a manager. Schools and "
    "employers use them; a published identifier shows that the profile of a campaign was installed.",
)
