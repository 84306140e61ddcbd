"""Lines of the audit log for people: who it was by name, and what it was done to, with every id kept in reach."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from sousveil.register.audit import CONSOLE, AuditEntry
from sousveil.register.audited import PUBLISHED
from sousveil.web.site import Site
from sousveil.web.staff.code_words import WORDS
from sousveil.web.staff.names import captions

_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_ENTRY = re.compile(rf"(?P<sha256>[0-9a-f]{{64}})(?: {PUBLISHED} (?P<index>[0-9]{{1,12}}))?", re.ASCII)
_ID = re.compile(r"[0-9a-f]{16,64}", re.ASCII)
SHORT = 8
"""Digits of an id that stand in a line; the whole id stands behind them."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    line: AuditEntry
    who: str
    """A pseudonym; for what was signed with a key, whose key it is."""
    key: str = ""
    """Id of the key that signed, where no account did it."""
    of: str = ""
    """What it was done to, where that is a word."""
    of_name: str = ""
    """Whose key, of acts upon a key."""
    id: str = ""
    """What it was done to, where that is an id."""
    entry: int | None = None
    """The entry of the log that it became."""


def told(site: Site, lines: Sequence[AuditEntry]) -> list[Told]:
    """The lines, in their order."""
    ring = site.store.keyring()
    owners = {one.key_id: one.owner for one in ring.states()} | {one.public: one.owner for one in ring.states()}
    names = captions(site, owners.values())

    def owner(key: str) -> str:
        return names.get(owners.get(key, ""), owners.get(key, ""))

    found = []
    for one in lines:
        who, key = one.account, ""
        if one.account == CONSOLE:
            who = "somebody at the register's own machine"
        elif one.account in owners or _KEY.fullmatch(one.account):
            who, key = owner(one.account) or "a key that is not in the log", one.account
        made = _ENTRY.fullmatch(one.of) if one.act.startswith("entry.") else None
        if made is not None:
            entry = int(made["index"]) if made["index"] else None
            found.append(Told(line=one, who=who, key=key, id=made["sha256"], entry=entry))
            continue
        words, id = _parts(one)
        found.append(Told(line=one, who=who, key=key, of=words, id=id, of_name=owner(id)))
    return found


def _parts(one: AuditEntry) -> tuple[str, str]:
    """What stands in a line about what was acted upon: words in place of codes, and an id where there is one."""
    if one.act.startswith("draft."):
        parts = one.of.split(" ")
        ids = [part for part in parts if _ID.fullmatch(part)]
        return ", ".join(WORDS.get(part, part) for part in parts if part and part not in ids), ids[0] if ids else ""
    if _ID.fullmatch(one.of):
        return "", one.of
    count, between, ground = one.of.rpartition(", ")
    return count + between + WORDS.get(ground, ground) if between else one.of, ""
