"""The contracting data that was published here, word for word, in one OCDS release package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Attachments = Callable[[str], bytes | None]
"""SHA-256 -> the file's bytes; None where it is not there, or was erased."""


def from_folder(folder: Path) -> Attachments:
    """Attachments that lie in a folder under their hashes, as in a register's `attachments/`."""

    def read(sha256: str) -> bytes | None:
        try:
            data = (folder / sha256).read_bytes()
        except FileNotFoundError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    return read


def releases(data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """(key, release) of a kept package, release or record package; linked releases are not there to give."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return  # somebody named a file of another kind as the package of a contract
    if not isinstance(value, dict):
        return
    found = value.get("releases")
    if found is None:
        records = value.get("records")
        found = (
            [each for one in records if isinstance(one, dict) for each in one.get("releases") or ()]
            if isinstance(records, list)
            else []
        )
    for release in found if isinstance(found, list) else ():
        if isinstance(release, dict) and isinstance(release.get("ocid"), str) and "id" in release:
            yield f"{release['ocid']}/{release['id']}", release


def head(*, uri: str, published: str, publisher: str, licence_url: str) -> dict[str, Any]:
    """The members of a release package beside its releases. `uri` and `published` are the register's."""
    made: dict[str, Any] = {
        "uri": uri,
        "version": "1.1",
        "publishedDate": published,
        "publisher": {"name": publisher},
    }
    return {**made, "license": licence_url} if licence_url else made
