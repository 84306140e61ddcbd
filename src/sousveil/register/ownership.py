"""Who owns what, as each publisher says it: nobody owns itself, by whatever way.

Only what is new can close a circle, so the search goes from the new links on: from what is owned by the new owners to what
that owns. The database is asked once about each record and each owner of a batch, and not at all about what it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sousveil.register import edtf
from sousveil.register.exchange.circles import circles
from sousveil.register.model import Stance, Statement, from_content
from sousveil.register.publication import DIRECT
from sousveil.register.refusal import Refused
from sousveil.register.store import NewStatement, Store

OWNERSHIP = "Ownership"
STEPS_MAX = 1_000
"""Links of one chain that are followed: a longer circle is let in, and shown as one."""


class Link(NamedTuple):
    """Half of an ownership: the owner or the asset of a record; or that it has ended."""

    record: str
    property: str
    value: str


class _Said:
    """What one publisher says, as far as it was asked for."""

    def __init__(self) -> None:
        self.links: dict[bytes, Link] = {}
        """Id of the statement -> link."""
        self._of: dict[str, set[bytes]] = {}
        """Record -> ids of its links."""
        self._owned: dict[str, set[str]] = {}
        """Owner -> records by which it owns, or owned before."""

    def add(self, id: bytes, link: Link) -> None:
        self.links[id] = link
        self._of.setdefault(link.record, set()).add(id)
        if link.property == "owner":
            self._owned.setdefault(link.value, set()).add(link.record)

    def drop(self, id: bytes) -> None:
        link = self.links.pop(id, None)
        if link is not None:
            self._of[link.record].discard(id)

    def of(self, record: str, gone: set[bytes | None]) -> list[Link]:
        """The links of a record, without those of the statements that are gone."""
        return [self.links[id] for id in self._of.get(record, ()) if id not in gone]

    def records_of(self, owners: Iterable[str]) -> set[str]:
        """Records by which these own."""
        return {record for owner in owners for record in self._owned.get(owner, ())}


class Ownership:
    """What stands of ownership, with what the batch brought."""

    def __init__(self, store: Store, is_new: Callable[[str], bool]) -> None:
        """`is_new`: whether surely nothing is said of this subject, in the register or in the batch so far."""
        self._store, self._is_new = store, is_new
        self.forget()

    def forget(self) -> None:
        """Ask the database anew: something was taken back or erased, and everything is handed to the database."""
        self._by: dict[str, _Said] = {}
        self._asked: dict[str, set[str]] = {"subject": set(), "target": set()}
        self._gone: set[bytes] = set()
        """Corrected in this batch, which the database may not know yet."""

    def look(self, new: Sequence[NewStatement]) -> None:
        """Ask once for what the batch will be held against."""
        mine = [one for one in new if one.type == OWNERSHIP and one.dataset == DIRECT]
        self._read_records({one.subject for one in mine})
        self._read("target", {one.target for one in mine if one.target is not None})

    def remember(self, id: bytes, said: Statement, owner: str) -> None:
        """A statement that was let in."""
        if said.type == OWNERSHIP and (link := _link(said)) is not None:
            self._by.setdefault(owner, _Said()).add(id, link)

    def drop(self, ids: Iterable[bytes]) -> None:
        """These were corrected."""
        for id in ids:
            self._gone.add(id)
            for said in self._by.values():
                said.drop(id)

    def check(self, statements: Sequence[NewStatement], every: Sequence[Statement], owner: str) -> None:
        """Nobody owns itself in what one publisher says. Others may say otherwise: that is shown. Raises Refused."""
        new = [(at, link) for at, said in enumerate(every) if (link := _link(said)) is not None]
        if not new:
            return
        gone = {made.supersedes for made in statements if made.corrects}
        fresh: dict[str, list[Link]] = {}
        for _, link in new:
            fresh.setdefault(link.record, []).append(link)
        self._read_records(fresh.keys())
        said = self._by.setdefault(owner, _Said())
        ends = {record: _ends([*said.of(record, gone), *links]) for record, links in fresh.items()}
        ids = {id for owners, assets in ends.values() if owners for id in assets}
        asked: set[str] = set()
        for _ in range(STEPS_MAX):
            if not ids:
                break
            self._read("target", ids)
            further = said.records_of(ids) - ends.keys()
            self._read_records(further)
            found = {record: _ends(said.of(record, gone)) for record in further}
            ends |= found
            asked |= ids
            ids = {id for owners, assets in found.values() if owners for id in assets} - asked
        edges = [(a, b) for owners, assets in ends.values() for a in owners for b in assets]
        round = [set(group) for group in circles(edges)] if edges else []
        if round:
            _refuse(new, ends, round)

    def _read_records(self, records: Iterable[str]) -> None:
        """Have the links of these records: of one that nothing is known of there are none."""
        self._read("subject", [one for one in records if not self._is_new(one)])

    def _read(self, column: str, keys: Iterable[str]) -> None:
        """Have the live ownership with these subjects, or with these targets."""
        wanted = set(keys) - self._asked[column]
        if not wanted:
            return
        self._asked[column] |= wanted
        rows = self._store.db.among(
            f"SELECT s.id, s.content, e.publisher FROM statements s JOIN entries e ON e.idx = s.entry "
            f"WHERE s.{column} IN ({{keys}}) AND s.type = 'Ownership' AND s.retracted IS NULL AND s.superseded_by IS NULL",
            sorted(wanted),
        )
        for id, content, publisher in rows:
            if id not in self._gone and (link := _link(from_content(bytes(content)))) is not None:
                self._by.setdefault(publisher, _Said()).add(bytes(id), link)


def _link(said: Statement) -> Link | None:
    """What a statement says of who owns what now; None where it says nothing of it, denies it, or it has ended."""
    if said.type != OWNERSHIP or said.property not in ("owner", "asset", "endDate") or said.stance is Stance.DENIES:
        return None
    if said.valid_until is not None and said.valid_until != edtf.OPEN:
        return None
    return Link(said.subject, said.property, said.value)


def _ends(links: Sequence[Link]) -> tuple[set[str], set[str]]:
    """Owners and assets of a record; none where it has ended."""
    owners: set[str] = set()
    assets: set[str] = set()
    for link in links:
        if link.property == "endDate":
            return set(), set()
        (owners if link.property == "owner" else assets).add(link.value)
    return owners, assets


def _refuse(
    new: Sequence[tuple[int, Link]], ends: dict[str, tuple[set[str], set[str]]], round: Sequence[set[str]]
) -> None:
    """Raises Refused for the first new link that lies on a circle."""
    for at, link in new:
        owners, assets = ends[link.record]
        for group in round:
            if not (owners & group and assets & group) or link.value not in group:
                continue
            itself = bool(owners & assets & group)
            raise Refused(
                f"Statement {at}: {link.value} would own itself"
                + ("." if itself else f", by way of {', '.join(sorted(group - {link.value}))}."),
                field=f"statements[{at}].value",
                code="owns_itself" if itself else "ownership_circle",
                hint="Retract or correct what holds no more, or give it an end (valid_until).",
            )
