"""A program or library in a folder for temporary files or for staged services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule, filled
from sousveil.kinds import visible
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

STAGED = lazy_pattern(r"(?:/private)?(?:/var/db/com\.apple\.xpc\.roleaccountd\.staging/(?!exec/)|/var/tmp/|/tmp/)[^/]")
"""Published implants ran from these folders. The system itself runs services below `staging/exec`."""
_TIMES = ("at", "listed_at", "ended", "started", "first")
"""Fields of the rows that say when a program ran."""
_SHOWN = 20


def staged(path: object) -> bool:
    """Whether a program lies in one of these folders."""
    return isinstance(path, str) and STAGED.match(path) is not None


def _keep(columns: Columns) -> list[int]:
    return [row for row, path in enumerate(columns["path"]) if staged(path)]


def _keep_named(columns: Columns) -> Iterable[int]:
    """Processes with the UUID of their program; which of them count, only the images tell."""
    return filled(columns, "image")


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    by_path: dict[str, list[Kept]] = {}
    for part, rows in kept.items():
        for row in rows if part != "processes" else ():
            by_path.setdefault(row.row["path"].removeprefix("/private"), []).append(row)
    of_image = {row.row["image"]: row.row["path"].removeprefix("/private") for row in kept["images"]}
    for row in kept["processes"]:
        if (path := of_image.get(row.row["image"])) is not None:
            by_path[path].append(row)
    for path, rows in by_path.items():
        times = [at for row in rows for name in _TIMES if (at := row.row.get(name)) is not None]
        yield Hit(
            rows=tuple(rows[:_SHOWN]),
            says=t("rule.staged-program.says", path=visible(path, 200)),
            at=min(times, default=None),
        )


RULE = Rule(
    name="staged-program",
    title="Program in a folder for temporary files",
    shows=Shows.EXECUTION,
    strength=Strength.LEAD,
    reads={
        "images": Reads(artefact="sysdiagnose.log_images", columns=("path", "image"), keep=_keep),
        "processes": Reads(
            artefact="sysdiagnose.log_processes",
            columns=("image", "pid", "uid", "first", "last"),
            keep=_keep_named,
        ),
        "crashes": Reads(artefact="sysdiagnose.crashes", columns=("path", "at"), keep=_keep),
        "listed": Reads(artefact="sysdiagnose.crash_processes", columns=("path", "listed_at"), keep=_keep),
        "shutdown": Reads(artefact="sysdiagnose.shutdown", columns=("path", "ended"), keep=_keep),
        "ps": Reads(artefact="sysdiagnose.ps", columns=("path", "started"), keep=_keep),
        "tasks": Reads(artefact="sysdiagnose.taskinfo", columns=("path", "started"), keep=_keep),
        "sampled": Reads(artefact="sysdiagnose.spindump", columns=("path", "started"), keep=_keep),
        "statistics": Reads(artefact="sysdiagnose.log_statistics", columns=("path", "at"), keep=_keep),
    },
    find=_find,
    innocent=(
        "A developer's tools can run programs from such a folder.",
        "The owner may have changed the system (jailbreak) and run own programs.",
    ),
    basis="Kaspersky, 2024-01-16, and Citizen Lab, 2021-12-16: Pegasus, Reign and Predator ran from these folders.",
    cap=100_000,  # the log names some hundred processes in each of some hundred files
)
