"""Calendar entries with the summary and description that QuaDream's invitations carried (ENDOFDAYS)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.indicators.model import ThreatClass
from sousveil.kinds import Role
from sousveil.texts import t

_COLUMNS = ("summary", "description", "part", "role", "start_date", "end_date", "creation_date", "participant_email")


def _keep(columns: Columns) -> Iterable[int]:
    return [
        at
        for at, (summary, description) in enumerate(zip(columns["summary"], columns["description"], strict=True))
        if summary == "Meeting" and description == "Notes"
    ]


def _find(kept: Mapping[str, Sequence[Kept]], _device: Device) -> Iterator[Hit]:
    for row in kept["events"]:
        values = row.row
        created, start = values["creation_date"], values["start_date"]
        late = isinstance(created, int) and isinstance(start, int) and created > start
        sent = values["role"] == Role.RECEIVED.value
        yield Hit(
            rows=(row,),
            at=created if isinstance(created, int) else start,
            says=t(f"rule.quadream-calendar.{'late' if late else 'says'}"),
            strength=None if sent or late else Strength.WEAK,
            innocent=() if late else (t("rule.quadream-calendar.innocent_early"),),
        )


RULE = Rule(
    name="quadream-calendar",
    title="Calendar entry as in QuaDream's invitations",
    shows=Shows.CONTACT,
    strength=Strength.LEAD,
    reads={"events": Reads(artefact="ios.calendar", columns=_COLUMNS, keep=_keep)},
    find=_find,
    innocent=("An ordinary meeting may be called Meeting and described as Notes.",),
    basis="Citizen Lab and Microsoft, 2023-04-11 (through the press); the reference tool's rule of 2023-04-12 on "
    "summary and description.",
    family="KingsPawn",
    threat_class=ThreatClass.MERCENARY,
)
