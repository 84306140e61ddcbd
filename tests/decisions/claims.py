"""A register in memory, built claim by claim: for tests of what claims support, without keys and files."""

from __future__ import annotations

from dataclasses import dataclass, field

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Released
from sousveil.decisions.index import Base, Signed
from sousveil.register.model import Recorded, Stance
from sousveil.register.views.records import Record
from tests.decisions.rig import DAY, sid, statement


@dataclass
class Claims:
    """What publishers said, one entry after the other; `unverified` names those whose keys nobody vouched for."""

    unverified: frozenset[str] = frozenset()
    base: Base = field(default_factory=Base)
    as_of: str = DAY
    ends: list[Released] = field(default_factory=list)

    def released(self, id: str) -> list[Released]:
        """The released ends of every record."""
        return self.ends

    def add(
        self,
        by: str,
        key: str,
        type: str = "Supply",
        standing: str = "reported",
        *,
        since: str | None = None,
        until: str | None = None,
        retracted: bool = False,
        denies: bool = False,
        **values: str | list[str],
    ) -> list[Recorded]:
        """One entry: `@key` names another record. `since`, `until`: from when until when the statements are valid."""
        entry = len(self.base.signed) + 1
        self.base.signed[entry] = Signed(sid(by), by not in self.unverified, f"{by}.example", by)
        made = []
        for name, many in values.items():
            for text in [many] if isinstance(many, str) else many:
                claim = statement(
                    key,
                    type,
                    name,
                    text,
                    by,
                    standing,
                    stance=Stance.DENIES if denies else Stance.ASSERTS,
                    valid_from=since,
                    valid_until=until,
                )
                id = f"{entry}.{len(made)}"
                made.append(Recorded(id=id, recorded=entry, statement=claim, retracted=9_000 if retracted else None))
        self.base.take(made)
        return made

    def organization(self, *keys: str, type: str = "Organization", country: str = "xd") -> None:
        """Entities on file, each by its own word."""
        for key in keys:
            self.add(key, key, type, name=f"{key.title()} (invented)", country=country)

    def record(self, key: str) -> Record:
        """A record of these claims."""
        return self.base.records[sid(key)]

    def world(self, day: str = DAY) -> Compiled:
        """What decisions read."""
        return Compiled(self.base, day)


def ids(statements: list[Recorded]) -> tuple[str, ...]:
    """Entry and place of statements."""
    return tuple(one.id for one in statements)
