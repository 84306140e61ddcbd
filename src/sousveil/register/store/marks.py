"""Marks on statements: which are retracted, and which a correction replaced, as known at an entry of the log.

A retraction or a correction counts unless its entry is doubtful: signed by a key that, as known then, was compromised
before. A correction that is itself retracted or erased replaces nothing. Of several corrections the last one counts, of
several retractions the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sousveil.register.model import Stance, Statement
from sousveil.register.store.connection import CHUNK, Database

Mark = tuple[int | None, bytes | None, int | None]
"""Entry that retracted it; id of the correction that replaced it, and that correction's entry."""
NO_MARK: Mark = (None, None, None)
_STANCE = Statement.__struct_fields__.index("stance")
_ARRAY = msgspec.json.Decoder(list[object])
_END = 1 << 62


def corrects(content: bytes) -> bool:
    """Whether a statement with this content replaces what it supersedes."""
    return _ARRAY.decode(content)[_STANCE] == Stance.CORRECTS


def is_doubtful(index: int, signers: Iterable[str], doubts: Mapping[str, int]) -> bool:
    """Whether an entry is signed by a key of `doubts` (key id -> index from which on it is doubtful)."""
    return any(index >= doubts.get(key, index + 1) for key in signers)


def unsound(db: Database, doubts: Mapping[str, int], entries: Iterable[int]) -> set[int]:
    """Those of these entries that are doubtful."""
    if not doubts:
        return set()
    first = min(doubts.values())
    wanted = sorted({one for one in entries if one >= first})
    rows = db.among("SELECT idx, signers FROM entries WHERE idx IN ({keys})", wanted)
    return {index for index, names in rows if is_doubtful(index, names.split(","), doubts)}


def marks(
    db: Database, doubts: Mapping[str, int], ids: Sequence[bytes], known_at: int | None = None
) -> dict[bytes, Mark]:
    """The marks of those of these statements that have one. `doubts`: as known at that entry."""
    end = known_at if known_at is not None else _END
    answers = sorted(
        (seq, old, id, entry)
        for seq, old, id, entry, content in db.among(
            "SELECT seq, supersedes, id, entry, content FROM statements "
            "WHERE supersedes IS NOT NULL AND supersedes IN ({keys}) AND entry <= ?",
            ids,
            (end,),
        )
        if corrects(content)
    )
    told = db.among(
        "SELECT id, entry FROM retractions WHERE id IN ({keys}) AND entry <= ?",
        list(dict.fromkeys([*ids, *(id for _, _, id, _ in answers)])),
        (end,),
    )
    if not answers and not told:
        return {}
    bad = unsound(db, doubts, {entry for *_, entry in answers} | {entry for _, entry in told})
    retracted: dict[bytes, int] = {}
    for id, entry in told:
        if entry not in bad:
            retracted[id] = min(entry, retracted.get(id, entry))
    replaced = {old: (id, entry) for _, old, id, entry in answers if entry not in bad and id not in retracted}
    return {
        id: (retracted.get(id), *replaced.get(id, (None, None)))
        for id in dict.fromkeys(ids)
        if id in retracted or id in replaced
    }


def remark(db: Database, doubts: Mapping[str, int], ids: Iterable[bytes]) -> None:
    """Writes the marks of now on these statements, and on what they correct."""
    named = sorted(set(ids))
    named = sorted({*named, *map(bytes.fromhex, corrected_by(db, [one.hex() for one in named]))})
    for at in range(0, len(named), CHUNK):
        part = named[at : at + CHUNK]
        now = marks(db, doubts, part)
        db.many(
            "UPDATE statements SET retracted = ?, superseded_by = ?, superseded_at = ? WHERE id = ?",
            [(*now.get(id, NO_MARK), id) for id in part],
        )


def corrected_by(db: Database, ids: Sequence[str]) -> list[str]:
    """Ids of the statements that these correct, whether the corrections count or not."""
    rows = db.among(
        "SELECT supersedes, content FROM statements WHERE supersedes IS NOT NULL AND id IN ({keys})",
        [bytes.fromhex(one) for one in ids],
    )
    return sorted({old.hex() for old, content in rows if corrects(content)})


def doubtful_acts(db: Database, doubts: Mapping[str, int], first: int, last: int) -> list[str]:
    """Ids of all statements whose marks depend on doubtful entries from `first` up to, not including, `last`."""
    rows = db.query(
        "SELECT idx, signers FROM entries WHERE idx >= ? AND idx < ? AND kind IN ('statements', 'retract') ORDER BY idx",
        (first, last),
    )
    bad = [index for index, names in rows if is_doubtful(index, names.split(","), doubts)]
    taken = [id.hex() for (id,) in db.among("SELECT id FROM retractions WHERE entry IN ({keys})", bad)]
    answers = db.among(
        "SELECT supersedes, content FROM statements WHERE supersedes IS NOT NULL AND entry IN ({keys})", bad
    )
    replaced = [old.hex() for old, content in answers if corrects(content)]
    return sorted({*taken, *replaced, *corrected_by(db, taken)})
