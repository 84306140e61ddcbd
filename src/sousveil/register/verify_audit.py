"""Verifying a register's audit log, and that it and the public log tell the same of what operators and reviewers did.

Runs after the public log and the database were found to agree. The first difference is named.
"""

from __future__ import annotations

from pathlib import Path

from sousveil.errors import SousveilError
from sousveil.ledger.disagreement import Disagreement
from sousveil.register.audit import AuditEntry, AuditLog, Stage
from sousveil.register.audited import PRIVILEGED, PUBLISHED, digest
from sousveil.register.folder import Folder
from sousveil.register.store import Store

_KINDS = {act.partition(".")[2]: act for act in PRIVILEGED.values()}


def compare(root: Path, size: int) -> list[str]:
    """What to say of the audit log of the register in this folder, whose public log has `size` entries that hold.

    Raises Disagreement: the first line that is not as it was written, the first act without its line, the first line that
    says of the log what the log does not say. A copy without keys and without audit log is not blamed for it.
    """
    folder = Folder(root)
    config = folder.config()
    audit = AuditLog(folder, config.origin)
    try:
        store = Store.open(folder.database(config), only_read=True)
    except (SousveilError, ImportError):
        return ["The audit log was not compared: the database cannot be read here."]
    try:
        acts = _acts(store, size)
    finally:
        store.close()
    if not audit.there:
        if acts and folder.may_sign:
            index = min(acts)
            raise Disagreement(f"Entry {index} ({acts[index][0]}) stands in no audit log: there is none.")
        return ["There is no audit log here."] if acts else []
    lines = _Lines(acts, size)
    count = 0
    for one in audit.checked():
        lines.take(one)
        count += 1
    return [f"The audit log holds: {count:,} lines. {lines.end()}"]


def _acts(store: Store, size: int) -> dict[int, tuple[str, str]]:
    """Index -> act and digest of every entry of the public log that takes a privilege."""
    marks = ", ".join("?" * len(_KINDS))
    rows = store.db.query(
        f"SELECT idx, kind FROM entries WHERE kind IN ({marks}) AND idx < ? ORDER BY idx", (*_KINDS, size)
    )
    return {index: (_KINDS[kind], digest(store.entry(index).envelope)) for index, kind in rows}


class _Lines:
    """The lines one after the other, against the acts of the public log."""

    def __init__(self, acts: dict[int, tuple[str, str]], size: int) -> None:
        self.acts, self.size = acts, size
        self.first: int | None = None
        """Entries of the log when the audit log began: what stands before has no line."""
        self.lines: dict[tuple[str, str], int] = {}
        """Act and digest -> how long the public log was when it was first attempted."""
        self.open = 0

    def take(self, one: AuditEntry) -> None:
        if self.first is None:
            self.first = one.log
        self.open += (one.stage is Stage.ATTEMPTED) - (one.begun is not None)
        if one.act not in PRIVILEGED.values():
            return
        sha256, _, rest = one.of.partition(" ")
        self.lines.setdefault((one.act, sha256), one.log)
        if one.stage is not Stage.DONE or not rest:
            return
        word, _, number = rest.partition(" ")
        index = int(number) if word == PUBLISHED and number.isdecimal() else -1
        if index < self.size and self.acts.get(index) != (one.act, sha256):
            raise Disagreement(f"Act {one.n} says that it became {rest} of the log, which is something else.")

    def end(self) -> str:
        """Every act has its line, from where the audit log began. Raises Disagreement."""
        first = self.first or 0
        for index, (act, sha256) in self.acts.items():
            if index < first:
                continue
            written = self.lines.get((act, sha256))
            if written is None:
                raise Disagreement(f"Entry {index} ({act}) has no line in the audit log.")
            if written > index:
                raise Disagreement(f"Entry {index} ({act}) was written down only when the log had {written} entries.")
        said = [f"{self.open:,} acts have no outcome: they go on, or were broken off."] if self.open else []
        if self.open == 1:
            said = ["1 act has no outcome: it goes on, or was broken off."]
        before = sum(index < first for index in self.acts)
        if before:
            said.append(f"It began at entry {first}; {before:,} acts before have no line.")
        return " ".join(said) or "Every act of operators and reviewers has its line."
