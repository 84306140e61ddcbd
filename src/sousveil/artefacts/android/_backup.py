"""What artefacts of adb backups share: where they lie, what holds them, and the entities of key-value backups."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Expected
from sousveil.errors import Malformed
from sousveil.texts import t

FORMS = ("android-backup", "androidqf")
EXPECTED = Expected(optional="only adb backups hold it, and only of apps that allow backups", guide="android")
_ENTITY = b"Data"
MAX_ENTITIES = 200_000


def entities(data: bytes) -> Iterator[tuple[str, bytes]]:
    """(key, value) of each entity of a key-value backup. Raises Malformed, after what came before it.

    An entity is a mark, the lengths of key and value, the key with a zero byte and the value, each filled up to 4 bytes.
    """
    at = 0
    for _ in range(MAX_ENTITIES):
        if at >= len(data):
            return
        head = data[at : at + 12]
        name_size, size = int.from_bytes(head[4:8], "little"), int.from_bytes(head[8:12], "little", signed=True)
        begin = at + 12 + _filled(name_size + 1)
        end = begin + max(size, 0)
        if head[:4] != _ENTITY or len(head) < 12 or end > len(data):
            raise Malformed(t("error.adb_backup.entity_damaged"))
        # A size below zero says that the app deleted the value.
        yield data[at + 12 : at + 12 + name_size].decode("utf-8", "replace"), data[begin:end]
        at = begin + _filled(max(size, 0))


def _filled(size: int) -> int:
    return -(-size // 4) * 4
