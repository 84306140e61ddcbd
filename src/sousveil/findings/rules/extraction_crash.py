"""A crash report of an extraction tool's program: its queue names the maker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.indicators.model import ThreatClass
from sousveil.texts import t

QUEUE = "com.cellebrite.bruteforce"


def _keep(columns: Columns) -> list[int]:
    return [at for at, queues in enumerate(columns["queues"]) if queues and QUEUE in queues.split(", ")]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for row in kept["reports"]:
        yield Hit(rows=(row,), says=t("rule.extraction-crash.says"), at=row.row["at"])


RULE = Rule(
    name="extraction-crash",
    title="Crash of an extraction tool's program",
    shows=Shows.EXECUTION,
    strength=Strength.LEAD,  # the queue is known from a news report, not from the laboratory's own text
    reads={"reports": Reads(artefact="sysdiagnose.crashes", columns=("process", "queues", "at"), keep=_keep)},
    find=_find,
    innocent=("A lawyer, an expert or the police may have copied the phone with the owner's knowledge.",),
    basis="Citizen Lab, 2026-01-22, as Hei Niao reported on 2026-01-23: a crash of the program mnm with this queue. At most a "
    "lead, because we know it from a news report.",
    family="Cellebrite",
    threat_class=ThreatClass.EXTRACTION_TOOL,
)
