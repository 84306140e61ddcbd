"""An acquisition, seen from inside a worker: open it, and find the files that artefacts need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sousveil.acquisition.content import stored_size
from sousveil.acquisition.door import Acquisition, open_acquisition
from sousveil.acquisition.model import FileGroup, Limit
from sousveil.artefacts.model import At
from sousveil.cases.allowance import allowance, by_size, within
from sousveil.cases.tasks import Located, LocateTask, Opened, OpenTask
from sousveil.cases.worker_hash import hash_member
from sousveil.errors import Missing, SousveilError, Usage
from sousveil.texts import t

if TYPE_CHECKING:
    from sousveil.acquisition.backup import Backup

LISTING = 3.0
"""Seconds of processor time for opening an acquisition and listing its files, beyond what its size allows."""


def acquisition(path: str, derived_key: bytes | None) -> Acquisition:
    """The acquisition at a path, unlocked where a key is given."""
    with allowance(LISTING + by_size(stored_size(path)), "error.acquired.listing_files"):
        opened = open_acquisition(Path(path))
    opened.unlock_with(derived_key=derived_key)
    return opened


@lru_cache(maxsize=1)
def kept_acquisition(path: str, derived_key: bytes | None) -> Acquisition:
    """As `acquisition`; the last one is kept, for tasks of one run."""
    return acquisition(path, derived_key)


def unlocked(path: str, derived_key: bytes | None) -> Backup:
    """An iOS backup, unlocked where a key is given. Raises Usage for another acquisition."""
    from sousveil.acquisition.backup import Backup  # reads databases, which other acquisitions may not hold

    backup = acquisition(path, derived_key)
    if not isinstance(backup, Backup):
        raise Usage(t("error.acquired.iphone_backup"))
    return backup


def opened(task: OpenTask) -> Opened:
    """Device facts; with a password or key, the derived key that unlocks the acquisition from now on."""
    found = acquisition(task.path, None)
    key = found.unlock_with(password=task.password, derived_key=task.derived_key)
    with allowance(LISTING + by_size(found.size), "error.acquired.reading_facts"):
        device = found.device
    ready = not found.encrypted or key is not None
    limits = list(found.limits)
    first, last, count = 0, -1, 0
    if ready:
        try:
            with allowance(LISTING + by_size(found.size), "error.acquired.counting_files"):
                first, last, count = found.row_span()
        except SousveilError as error:
            # Without its list of files nothing of a backup can be examined; that is a result, not a failure to run.
            if not isinstance(error, Missing):
                limits = [limit for limit in limits if not limit.id.startswith("manifest_")]
                limits.append(Limit(id="manifest_unreadable", values={"reason": error.message}))
    where, member = found.identity
    hashed = hash_member(where, member)
    return Opened(
        device=device,
        encrypted=found.encrypted,
        unlocked=ready,
        identity=where,
        manifest_sha256=hashed.sha256 or "",
        manifest_size=hashed.size,
        derived_key=key,
        first_row=first,
        last_row=last,
        files=count,
        rows=tuple(found.stored(first, last)) if found.streamed and count else (),
        limits=tuple(limits),
    )


def located(task: LocateTask) -> Iterator[Located]:
    """For every artefact and every file at a place of its `main` role: one `Located` with companions of other roles."""
    found_in = acquisition(task.path, task.derived_key)
    places: list[tuple[tuple[str, str], At]] = [
        ((artefact, role), at) for artefact, needs in task.needs.items() for role, ats in needs.items() for at in ats
    ]
    found: dict[tuple[str, str], dict[str, FileGroup]] = {}
    damage: SousveilError | None = None
    try:
        allowed = LISTING + by_size(found_in.size)
        for key, group in within(allowed, "error.acquired.reading_list", found_in.locate(places)):
            found.setdefault(key, {}).setdefault(group.where, group)
    except SousveilError as error:
        damage = error  # what was found before the damage is read
    for artefact, needs in task.needs.items():
        yield from _tasks_of(artefact, needs, found)
    if damage is not None:
        raise damage


def _tasks_of(
    artefact: str, roles: Iterable[str], found: dict[tuple[str, str], dict[str, FileGroup]]
) -> Iterator[Located]:
    for _, main in sorted(found.get((artefact, "main"), {}).items()):
        files = {"main": main}
        for role in roles:
            if role != "main":
                others = list(found.get((artefact, role), {}).values())
                same = [g for g in others if g.domain == main.domain] or others
                if same:
                    files[role] = min(same, key=lambda group: group.where)
        yield Located(artefact=artefact, files=files)
