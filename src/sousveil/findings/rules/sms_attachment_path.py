"""Received attachments whose path lies in the folder for temporary files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.kinds import Role
from sousveil.texts import t

_COLUMNS = ("filename", "role", "date", "created_date", "mime_type")


def _keep(columns: Columns) -> Iterable[int]:
    return [
        at
        for at, (path, role) in enumerate(zip(columns["filename"], columns["role"], strict=True))
        if path
        and role == Role.RECEIVED.value
        and path.startswith(("/var/tmp/", "/private/var/tmp/"))
        and path.endswith("-1")
    ]


def _find(kept: Mapping[str, Sequence[Kept]], _device: Device) -> Iterator[Hit]:
    for row in kept["attachments"]:
        date, created = row.row["date"], row.row["created_date"]
        yield Hit(
            rows=(row,),
            at=date if isinstance(date, int) else created,
            says=t("rule.sms-attachment-path.says"),
        )


RULE = Rule(
    name="sms-attachment-path",
    title="Received attachment in the folder for temporary files",
    shows=Shows.CONTACT,
    strength=Strength.LEAD,
    reads={"attachments": Reads(artefact="ios.sms_attachments", columns=_COLUMNS, keep=_keep)},
    find=_find,
    innocent=("A transfer that was broken off can leave such a path.",),
    basis="The reference tool's rule on attachments (project's notes on sources, section 5, row 6).",
)
