"""What another tool flagged in its own results: notes with its name, never findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Hit, Kept, Reads, Rule
from sousveil.kinds import visible
from sousveil.texts import t

NOTES = 20
"""Notes at most: one for each module, level and named indicator."""


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    rows = list(kept["alerts"])
    # MVT writes each alert twice: in alerts.json, and in the file of its module.
    whole = [row for row in rows if row.source.file.rpartition("/")[2] == "alerts.json"]
    groups: dict[tuple[str, str, str], list[Kept]] = {}
    for row in whole or rows:
        key = tuple(visible(str(row.row[name] or ""), 80) for name in ("module", "level", "indicator"))
        groups.setdefault((key[0], key[1], key[2]), []).append(row)
    for (module, level, indicator), same in list(groups.items())[:NOTES]:
        says = t("rule.other-tool-alerts.says", n=len(same), module=module, level=level or t("report.unknown"))
        if indicator:
            says = f"{says} {t('rule.other-tool-alerts.indicator', name=indicator)}"
        yield Hit(rows=(same[0],), notice=True, kind="other_tool", says=says)


RULE = Rule(
    name="other-tool-alerts",
    title="Alerts of another tool in its results",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "alerts": Reads(
            artefact="mvt.alerts",
            columns=("module", "level", "indicator"),
            keep=lambda columns: range(len(columns["module"])),
        )
    },
    find=_find,
    innocent=("Most alerts of the tool are hints about settings and old updates.",),
    basis="Alerts that MVT 2026.10.26 wrote for generated phones.",
)
