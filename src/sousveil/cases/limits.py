"""What was learned about a copy of a phone that limits every result: in sentences, and in coverage.

A worker names each limit by its id; the sentences stand here, because no text of a worker is trusted.
"""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.acquisition.model import Device, Limit
from sousveil.artefacts.model import KNOWN_SYSTEMS
from sousveil.cases.model import Coverage, Outcome
from sousveil.kinds import visible

SENTENCES = {
    "backup_unfinished": "The backup was not finished (Status.plist says {state}). Files may be missing without a sign.",
    "property_list_missing": "{file} is not in the backup folder.",
    "property_list_damaged": "{file} is damaged.",
    "property_list_unreadable": "{file} could not be read: {reason}",
    "manifest_missing": "Manifest.db, the list of the backup's files, is missing or empty: this is half a backup.",
    "manifest_unreadable": "The list of the backup's files could not be read to its end: {reason}",
    "folders_unreadable": "This user may not read {count} of the folders that were searched for backups. Backups in them "
    "were not checked.",
    "system_older": "This phone ran iOS {version}. This version of Sousveil knows iOS {oldest} to {newest}. Traces of older "
    "systems may be elsewhere.",
    "system_newer": "This phone ran iOS {version}. This version of Sousveil knows iOS {oldest} to {newest}. Traces of newer "
    "systems may have another form.",
}
"""Id of a limit -> its sentence."""
UNKNOWN = "Something limits this result, and this version has no words for it."
_SYSTEM = ("system_older", "system_newer")


def sentence(limit: Limit) -> str:
    """A limit in a sentence."""
    values = {name: visible(value, 500) for name, value in limit.values.items()}
    try:
        return SENTENCES[limit.id].format_map(values)
    except (KeyError, ValueError, IndexError):
        return UNKNOWN


def system_limits(device: Device) -> tuple[Limit, ...]:
    """The limit of a phone whose system is older or newer than those that artefacts are written for."""
    oldest, newest = KNOWN_SYSTEMS
    if device.platform != "ios" or not device.version or oldest <= device.version[0] <= newest:
        return ()
    values = {"version": device.product_version or "", "oldest": str(oldest), "newest": str(newest)}
    return (Limit(id="system_older" if device.version[0] < oldest else "system_newer", values=values),)


def coverage_of(limits: Sequence[Limit]) -> tuple[Coverage, ...]:
    """The coverage lines of what was learned while opening: they forbid exit code 0."""
    lines = []
    for artefact, outcome, some in (
        ("backup", Outcome.FAILED, [limit for limit in limits if limit.id not in _SYSTEM]),
        ("system", Outcome.UNSUPPORTED, [limit for limit in limits if limit.id in _SYSTEM]),
    ):
        if some:
            detail = " ".join(map(sentence, some))
            lines.append(Coverage(artefact=artefact, outcome=outcome, records=0, detail=detail))
    return tuple(lines)
