"""An iOS backup, seen from inside a worker: open it, and find the files that artefacts need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sousveil.acquisition.backup import Backup
from sousveil.acquisition.content import stored_size
from sousveil.acquisition.model import FileGroup, Limit, Member
from sousveil.artefacts.model import Artefact, At, discover
from sousveil.cases.allowance import allowance, by_size, within
from sousveil.cases.tasks import Located, LocateTask, Opened, OpenTask
from sousveil.cases.worker_hash import hash_member
from sousveil.errors import Missing, SousveilError
from sousveil.texts import t

MANIFEST = 3.0
"""Seconds of processor time for the list of files, beyond what its size allows."""


def unlocked(path: str, derived_key: bytes | None) -> Backup:
    """The backup, unlocked where a key is given."""
    backup = Backup(Path(path))
    if derived_key is not None and backup.encrypted:
        backup.unlock(backup.keybag.unlock_with_key(derived_key))
    return backup


def opened(task: OpenTask) -> Opened:
    """Device facts; with a password or key, the derived key that unlocks the backup from now on."""
    key = task.derived_key
    backup = unlocked(task.path, key)
    if backup.encrypted and task.password is not None:
        bag = backup.keybag
        key = bag.derived_key(task.password)
        backup.unlock(bag.unlock_with_key(key, by_password=True))
    with allowance(
        MANIFEST + by_size(stored_size(str(backup.root / "Info.plist"))), t("error.ios_backup.reading_info_plist")
    ):
        device = backup.device
    ready = not backup.encrypted or key is not None
    limits = list(backup.limits)
    first, last, count = 0, -1, 0
    if ready:
        size = stored_size(str(backup.root / "Manifest.db"))
        try:
            with allowance(MANIFEST + by_size(size), t("error.ios_backup.counting_backup_files")):
                first, last, count = backup.row_span()
        except SousveilError as error:
            # Without its list of files nothing of a backup can be examined; that is a result, not a failure to run.
            if not isinstance(error, Missing):
                limits = [*backup.info.limits, Limit(id="manifest_unreadable", values={"reason": error.message})]
    hashed = hash_member("Manifest.db", Member(suffix="", path=str(backup.root / "Manifest.db")))
    return Opened(
        device=device,
        encrypted=backup.encrypted,
        unlocked=ready,
        manifest_sha256=hashed.sha256 or "",
        manifest_size=hashed.size,
        derived_key=key,
        first_row=first,
        last_row=last,
        files=count,
        limits=tuple(limits),
    )


def located(task: LocateTask) -> Iterator[Located]:
    """For every artefact and every file at a place of its `main` role: one `Located` with companions of other roles."""
    backup = unlocked(task.path, task.derived_key)
    artefacts = discover()
    places: list[tuple[tuple[str, str], At]] = [
        ((artefact.name, role), at)
        for artefact in artefacts.values()
        for role, ats in artefact.needs.items()
        for at in ats
    ]
    found: dict[tuple[str, str], dict[str, FileGroup]] = {}
    damage: SousveilError | None = None
    size = stored_size(str(backup.root / "Manifest.db"))
    try:
        listed = within(MANIFEST + by_size(size), t("error.ios_backup.reading_list_backup"), backup.locate(places))
        for key, group in listed:
            found.setdefault(key, {}).setdefault(group.where, group)
    except SousveilError as error:
        damage = error  # what was found before the damage is read
    for artefact in artefacts.values():
        yield from _tasks_of(artefact, found)
    if damage is not None:
        raise damage


def _tasks_of(artefact: Artefact, found: dict[tuple[str, str], dict[str, FileGroup]]) -> Iterator[Located]:
    for _, main in sorted(found.get((artefact.name, "main"), {}).items()):
        files = {"main": main}
        for role in artefact.needs:
            if role != "main":
                others = list(found.get((artefact.name, role), {}).values())
                same = [g for g in others if g.domain == main.domain] or others
                if same:
                    files[role] = min(same, key=lambda group: group.where)
        yield Located(artefact=artefact.name, files=files)
