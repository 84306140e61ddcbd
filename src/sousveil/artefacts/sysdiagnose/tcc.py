"""Permissions of programs: the copy of TCC.db in the archive."""

from __future__ import annotations

import msgspec

from sousveil.artefacts.ios import tcc
from sousveil.artefacts.model import At

ARTEFACT = msgspec.structs.replace(
    tcc.ARTEFACT,
    name="sysdiagnose.tcc",
    needs={"main": (At.sysdiagnose("logs/Accessibility/TCC.db"),)},
)
