"""What is not public: held publications, their reviews, consents."""

from __future__ import annotations

import msgspec

from sousveil.errors import Usage
from sousveil.register.store.connection import Database
from sousveil.register.store.model import HeldState
from sousveil.register.store.writing import new_id, set_meta, utc_now

_LETTERS = "held-letters:"
_NAMES = msgspec.json.Decoder(tuple[str, ...])


class Private:
    """The part of the store that nobody outside reads."""

    db: Database

    def hold(self, id: str, owner: str, reasons: tuple[str, ...], submission: bytes) -> None:
        """Keep a publication for reviewers."""
        self.db.insert(
            "held",
            "id, state, received_at, owner, reasons, submission, due, closed_at",
            [(id, "waiting", utc_now(), owner, msgspec.json.encode(reasons).decode(), submission, None, None)],
        )

    def held(self, *, state: str | None = None, id: str | None = None) -> list[HeldState]:
        """Held publications, oldest first."""
        where, values = ["1 = 1"], []
        for column, value in (("state", state), ("id", id)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        sql = "SELECT id, state, received_at, owner, reasons, due FROM held WHERE " + " AND ".join(where)
        rows = self.db.query(sql + " ORDER BY received_at, id", values)
        return [
            HeldState(
                id=id,
                state=state,
                received_at=at,
                owner=owner,
                reasons=_NAMES.decode(reasons),
                due=due,
                reviewers=tuple(
                    one[0] for one in self.db.query("SELECT owner FROM reviews WHERE held = ? ORDER BY at", (id,))
                ),
            )
            for id, state, at, owner, reasons, due in rows
        ]

    def held_one(self, id: str) -> HeldState:
        """One held publication. Raises Usage."""
        found = self.held(id=id)
        if not found:
            raise Usage(f"Nothing is held under {id[:70]!r}.", hint="`sousveil register review` lists what waits.")
        return found[0]

    def held_submission(self, id: str) -> bytes | None:
        """The publication itself; None once it was closed."""
        row = self.db.one("SELECT submission FROM held WHERE id = ?", (id,))
        return bytes(row[0]) if row and row[0] else None

    def set_held(self, id: str, state: str, *, due: str | None = None) -> None:
        """A held publication goes on; one that is published or refused keeps no content here."""
        if state in ("published", "refused"):
            self.db.execute("DELETE FROM meta WHERE name = ?", (_LETTERS + id,))
            self.db.execute(
                "UPDATE held SET state = ?, due = ?, submission = ?, closed_at = ? WHERE id = ?",
                (state, due, b"", utc_now(), id),
            )
        else:
            self.db.execute("UPDATE held SET state = ?, due = ? WHERE id = ?", (state, due, id))

    def add_review(self, held: str, owner: str, key_id: str, envelope: bytes) -> None:
        """A reviewer's word; a later one of the same reviewer replaces it."""
        self.db.execute(
            "INSERT INTO reviews (held, owner, key_id, envelope, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (held, owner) "
            "DO UPDATE SET key_id = excluded.key_id, envelope = excluded.envelope, at = excluded.at",
            (held, owner, key_id, envelope, utc_now()),
        )

    def reviews(self, held: str) -> list[tuple[str, str, bytes]]:
        """Owner, key id and envelope of the reviews, oldest first."""
        rows = self.db.query("SELECT owner, key_id, envelope FROM reviews WHERE held = ? ORDER BY at, owner", (held,))
        return [(owner, key_id, envelope) for owner, key_id, envelope in rows]

    def drop_reviews(self, held: str, owner: str | None = None) -> None:
        """Take reviews back: all, or those of one reviewer."""
        if owner is None:
            self.db.execute("DELETE FROM reviews WHERE held = ?", (held,))
        else:
            self.db.execute("DELETE FROM reviews WHERE held = ? AND owner = ?", (held, owner))

    def correspondence(self, held: str) -> str | None:
        """Notices to the subject and their replies, as `notices` wrote them; gone once it was published or refused."""
        row = self.db.one("SELECT value FROM meta WHERE name = ?", (_LETTERS + held,))
        return str(row[0]) if row else None

    def keep_correspondence(self, held: str, text: str) -> None:
        """Replace it."""
        set_meta(self.db, _LETTERS + held, text)

    def add_consent(self, person: str, given: str, evidence_sha256: str) -> str:
        """A consent to be named; returns its id."""
        id = new_id()
        self.db.insert(
            "consents", "id, person, given, evidence_sha256, withdrawn", [(id, person, given, evidence_sha256, None)]
        )
        return id

    def consents(self, person: str) -> list[str]:
        """Ids of the consents of this entity that were not withdrawn."""
        rows = self.db.query("SELECT id FROM consents WHERE person = ? AND withdrawn IS NULL ORDER BY id", (person,))
        return [row[0] for row in rows]

    def withdrawn(self, person: str) -> str | None:
        """Day on which a consent of this entity was ended last."""
        row = self.db.one("SELECT max(withdrawn) FROM consents WHERE person = ?", (person,))
        return str(row[0]) if row and row[0] else None

    def withdraw_consents(self, person: str, day: str) -> int:
        """End the consents of this entity; returns how many."""
        return self.db.execute(
            "UPDATE consents SET withdrawn = ? WHERE person = ? AND withdrawn IS NULL", (day, person)
        )
