"""What verifying a register found, as a value and as a text for a person."""

from __future__ import annotations

import msgspec

from sousveil.register import later_rules


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """A statement whose content is gone."""

    id: str
    recorded: int
    """Entry that carried it."""
    index: int
    """Entry that erased it."""

    def __str__(self) -> str:
        return f"{self.id}: erased at index {self.index}"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    target: str
    difference: str | None
    """The first thing that does not hold; None where all holds."""
    rule: str | None = None
    """Number of the decision that made the rule which the difference breaks, where nothing was altered; None else."""
    origin: str
    size: int
    root: str
    cosigned: str
    independent: int
    key_from_log: bool
    """The log's key was taken from its own first entry: nobody but the log said that it is the right one."""
    entries: dict[str, int] = {}
    statements: int = 0
    erased: tuple[Erased, ...] = ()
    retracted: int = 0
    """Statements that were retracted, without those that only a compromised key retracted."""
    doubtful: int = 0
    files_erased: int = 0
    times: str = ""
    """Since when the times of entries are signed."""
    database: str = ""
    """Whether the database was compared with the log."""
    go: str = ""
    receipt: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        """Exit status: 0 all holds, 1 it does not."""
        return 0 if self.difference is None else 1

    def text(self) -> str:
        """The report for a person."""
        if not self.root:
            return f"{self.target}: {self.cosigned}\nDOES NOT HOLD: {self.difference}"
        lines = [f"{self.origin}: {self.size:,} entries, root {self.root}"]
        if self.key_from_log:
            lines.append("The log's key was taken from the log itself; compare it with one you were given elsewhere.")
            lines.append("No witness was counted: nobody has said which to trust (--policy FILE).")
        lines.append(self.cosigned)
        if self.difference is not None and self.rule is not None:
            lines.append(f"DOES NOT HOLD BY A RULE THAT WAS MADE LATER: {self.difference}")
            return "\n".join([*lines, later_rules.told(self.rule), *self.notes])
        if self.difference is not None:
            return "\n".join([*lines, f"DOES NOT HOLD: {self.difference}", *self.notes])
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.entries.items()))
        lines.append(f"Every entry is signed by a key that was valid at its index: {kinds}.")
        lines.append(
            f"{self.statements:,} statements; {self.retracted:,} of them retracted, {len(self.erased):,} erased."
        )
        lines += [str(one) for one in self.erased]
        if self.doubtful:
            lines.append(f"{self.doubtful:,} entries are doubtful: their key was compromised before.")
        lines += [one for one in (self.times, self.database, self.receipt, self.go) if one]
        return "\n".join([*lines, *self.notes, "All holds."])
