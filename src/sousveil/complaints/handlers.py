"""The people to whom complaints are encrypted: at least two named handlers and a recovery key, with their days."""

from __future__ import annotations

import sqlite3
import unicodedata

import msgspec

from sousveil.complaints.sealing import check_recipient
from sousveil.complaints.store import Store, new_id, today
from sousveil.errors import Missing, Usage
from sousveil.kinds import visible

HANDLERS_LEAST = 2
NAME_MAX = 80


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can open complaints, or the recovery key."""

    id: str
    name: str
    role: str
    """`handler` or `recovery`."""
    recipient: str
    since: str
    until: str | None = None
    """Day from which nothing more was encrypted to this key; None while it is in use."""
    signs: bool = False
    """Whether a signing key for discards is registered."""


def all_handlers(store: Store) -> list[Handler]:
    """Those of now and those of before, in order of their days."""
    with store.reading() as connection:
        return _listed(connection)


def _listed(connection: sqlite3.Connection) -> list[Handler]:
    rows = connection.execute(
        "SELECT id, name, role, recipient, since, until, id IN (SELECT handler FROM signer) FROM handler"
        " ORDER BY since, role, name, id"
    ).fetchall()
    return [Handler(id=a, name=b, role=c, recipient=d, since=e, until=f, signs=bool(g)) for a, b, c, d, e, f, g in rows]


def in_use(store: Store) -> list[Handler]:
    """Those to whom is encrypted now. Raises Usage when they are too few: nothing may be taken then."""
    found = [one for one in all_handlers(store) if one.until is None]
    _enough(found)
    return found


def _enough(found: list[Handler], *, first: bool = False) -> None:
    """`first`: there is no place for complaints yet, so nothing can be added to it."""
    handlers = [one for one in found if one.role == "handler"]
    if len({folded(one.name) for one in handlers}) < HANDLERS_LEAST:
        raise Usage(
            "Complaints are encrypted to at least two named handlers.",
            hint='Name another in the same command: --handler "NAME=age1..."'
            if first
            else "Add one: sousveil complaints handlers add NAME age1...",
        )
    if not any(one.role == "recovery" for one in found):
        raise Usage(
            "A recovery key is missing.",
            hint='Name it in the same command: --recovery "NAME=age1..."'
            if first
            else "Add one: sousveil complaints handlers add NAME age1... --recovery",
        )


def folded(name: str) -> str:
    """A name as people tell it apart from another: without case, width, blanks and punctuation."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(one for one in text if unicodedata.category(one)[0] in "LMN") or text


def _check_names(before: list[Handler], made: list[Handler]) -> None:
    """Raises Usage where a new key bears the name of another one in use: readers could not tell to whom they write."""
    seen = {folded(one.name): one for one in before}
    for one in made:
        other = seen.setdefault(folded(one.name), one)
        if other is one:
            continue
        if other.role != one.role:
            raise Usage(
                f"{one.name} would be a handler and the recovery key at once; that key is kept apart from every handler.",
                hint="Name the recovery key after the place where it lies, such as “Vault”.",
            )
        raise Usage(
            f"Two keys would bear one name: {other.name} and {one.name}.",
            hint="Each has a name of its own."
            + (" For a new key of the same name: sousveil complaints handlers rotate." if before else ""),
        )


def add(store: Store, name: str, recipient: str, *, recovery: bool = False) -> Handler:
    """A further key. Raises Usage for a name or key that cannot be taken."""
    return add_all(store, [(name, recipient, recovery)], whole=False)[0]


def check_all(given: list[tuple[str, str, bool]]) -> list[Handler]:
    """A first list: (name, recipient, whether it is the recovery key). Raises Usage when they are not enough."""
    made = [_new(*one) for one in given]
    _check_names([], made)
    _enough(made, first=True)
    if len({one.recipient for one in made}) < len(made):
        raise Usage("Two of these keys are the same.", hint="Each handler, and the recovery, has a key of its own.")
    return made


def _new(name: str, recipient: str, recovery: bool) -> Handler:
    return Handler(
        id=new_id(),
        name=_name(name),
        role="recovery" if recovery else "handler",
        recipient=check_recipient(recipient),
        since=today(),
    )


def add_all(store: Store, given: list[tuple[str, str, bool]], *, whole: bool = True) -> list[Handler]:
    """Several in one transaction; `whole`: they must be enough."""
    made = check_all(given) if whole else [_new(*one) for one in given]
    with store.writing() as connection:
        _check_names([one for one in _listed(connection) if one.until is None], made)
        for one in made:
            if connection.execute("SELECT 1 FROM handler WHERE recipient = ?", (one.recipient,)).fetchone():
                raise Usage("This key is in the list already.", hint="Each handler has a key of their own.")
            connection.execute(
                "INSERT INTO handler VALUES (?, ?, ?, ?, ?, NULL)",
                (one.id, one.name, one.role, one.recipient, one.since),
            )
    return made


def _name(name: str) -> str:
    if not 1 <= len(name.strip()) <= NAME_MAX or visible(name, NAME_MAX) != name:
        raise Usage("A handler's name is empty, too long, or holds characters that cannot be seen.")
    return name.strip()


def end(store: Store, which: str) -> Handler:
    """From now on nothing is encrypted to this key (its recipient or id). Raises Missing, Usage when too few would stay."""
    found = _find(store, which)
    _enough([one for one in in_use(store) if one.id != found.id])
    with store.writing() as connection:
        connection.execute("UPDATE handler SET until = ? WHERE id = ?", (today(), found.id))
    return msgspec.structs.replace(found, until=today())


def rotate(store: Store, which: str, recipient: str) -> Handler:
    """A new key for the same name; the old one ends today, both or neither. Raises Missing, Usage."""
    found, fresh = _find(store, which), check_recipient(recipient)
    made = msgspec.structs.replace(found, id=new_id(), recipient=fresh, since=today(), signs=False)
    with store.writing() as connection:
        if connection.execute("SELECT 1 FROM handler WHERE recipient = ?", (fresh,)).fetchone():
            raise Usage("This key is in the list already.", hint="Make a new one.")
        connection.execute("UPDATE handler SET until = ? WHERE id = ?", (today(), found.id))
        connection.execute(
            "INSERT INTO handler VALUES (?, ?, ?, ?, ?, NULL)",
            (made.id, made.name, made.role, made.recipient, made.since),
        )
    return made


def _find(store: Store, which: str) -> Handler:
    for one in all_handlers(store):
        if which in (one.id, one.recipient) and one.until is None:
            return one
    raise Missing("No key in use is named so.", hint="`sousveil complaints handlers list` shows them.")
