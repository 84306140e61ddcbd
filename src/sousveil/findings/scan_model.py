"""A hit of the raw pass: an indicator's value met in the bytes of a file, boundaries checked."""

from __future__ import annotations

import msgspec


class RawHit(msgspec.Struct, frozen=True, kw_only=True):
    """One place of one value in one file."""

    where: str
    """`Domain/relative/path`."""
    indicator: int
    """Position in the index's list of indicators."""
    offset: int
    """Bytes from the start of the decrypted file; within packed content, the offset of the member in the file."""
    page: int | None = None
    """SQLite page (1 is the first), for databases."""
    space: str | None = None
    """`live`, `freed` (free pages and freed cells), `wal`; None outside databases."""
    encoding: str = "utf-8"
    """`utf-8`, `utf-16-le` or `utf-16-be`."""
    container: str | None = None
    """What the bytes were packed in, such as `gzip at 4096`; None for bytes that lie open."""
    text: str = ""
    """The value as it stands there (case, percent-encoding)."""
    how: str = "equals"
    """As in `findings.model.Match.how`."""
    quoted: bool = False
    """Whether the text around it reads like somebody writing about spyware."""
    pattern: bool = False
    """Whether it stands in the pattern of a published indicator."""
    hashed: bool = False
    """Whether the content's digest is the value; `offset` is then 0."""
