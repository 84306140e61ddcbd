"""SHA-256 of stored files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sousveil.acquisition.content import stream_stored
from sousveil.acquisition.model import FileGroup, Member
from sousveil.cases.tasks import HashedFile
from sousveil.errors import SousveilError


def hashes(group: FileGroup) -> Iterator[HashedFile]:
    """Every member of a group."""
    for member in group.members:
        yield hash_member(group.where + member.suffix, member)


def hash_member(where: str, member: Member) -> HashedFile:
    """One stored file; a file that cannot be read is a value with `problem`."""
    digest, size = hashlib.sha256(), 0
    try:
        for block in stream_stored(member):
            digest.update(block)
            size += len(block)
    except SousveilError as error:
        return HashedFile(where=where, size=size, sha256=None, problem=error.message)
    return HashedFile(where=where, size=size, sha256=digest.hexdigest(), problem=member.problem)
