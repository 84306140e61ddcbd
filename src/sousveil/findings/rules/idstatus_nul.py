"""Looked-up accounts with two zero bytes inside, which no address has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.indicators.model import ThreatClass
from sousveil.texts import t


def _keep(columns: Columns) -> Iterable[int]:
    return [at for at, user in enumerate(columns["user"]) if isinstance(user, str) and "\0\0" in user]


def _find(kept: Mapping[str, Sequence[Kept]], _device: Device) -> Iterator[Hit]:
    for row in kept["lookups"]:
        yield Hit(
            rows=(row,),
            at=row.row["lookup_date"],
            says=t("rule.idstatus-nul.says"),
        )


RULE = Rule(
    name="idstatus-nul",
    title="Looked-up account with zero bytes in its name",
    shows=Shows.CONTACT,
    strength=Strength.LEAD,
    reads={"lookups": Reads(artefact="ios.idstatuscache", columns=("user", "package", "lookup_date"), keep=_keep)},
    find=_find,
    innocent=("The file may be damaged: look whether the neighbouring entries are sound.",),
    basis="The reference tool's rule on the cache of look-ups (its documentation and source, as reviewed in the "
    "project's notes).",
    family="Pegasus",
    threat_class=ThreatClass.MERCENARY,
)
