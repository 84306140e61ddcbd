"""A computer that asked the phone for trust as an extraction tool of the police does: lockdownd.log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.indicators.model import ThreatClass
from sousveil.texts import t

HOST_ID = "9016926980658937761372207"
SYSTEM_BUID = "30313996-42072961236303456"


def _keep(columns: Columns) -> list[int]:
    pairs = zip(columns["host_id"], columns["system_buid"], strict=True)
    return [at for at, (host, buid) in enumerate(pairs) if host == HOST_ID or buid == SYSTEM_BUID]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    rows = kept["requests"]
    if rows:
        times = [row.row["at"] for row in rows if row.row["at"] is not None]
        yield Hit(rows=tuple(rows[:20]), says=t("rule.custody-tool.says"), at=max(times, default=None))


RULE = Rule(
    name="custody-tool",
    title="Extraction tool connected",
    shows=Shows.PRESENCE,
    strength=Strength.LEAD,  # the numbers come from a news report, not from the laboratory's own text
    reads={
        "requests": Reads(artefact="sysdiagnose.lockdown", columns=("host_id", "system_buid", "at"), keep=_keep),
    },
    find=_find,
    innocent=("A lawyer, an expert or the police may have copied the phone with the owner's knowledge.",),
    basis="Citizen Lab, 2026-01-22, as Hei Niao reported on 2026-01-23: the tool names itself with these two numbers.",
    family="Cellebrite",
    threat_class=ThreatClass.EXTRACTION_TOOL,
)
