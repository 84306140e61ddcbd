"""Throws text at the reader of receipts: it is one of ours, in its one form, or an error that holds none of it."""

from __future__ import annotations

from sousveil.complaints import receipt

KNOWN = [receipt.spelled(places) for places in ([0] * 8, [1, 2, 3, 4, 5, 6, 7, 8], [2047] * 8)]


def seeds() -> list[bytes]:
    """Receipts as people type them."""
    return [
        KNOWN[1].encode(),
        KNOWN[1].upper().replace(" ", ", ").encode(),
        "\n".join(f"{at}. {word}" for at, word in enumerate(KNOWN[2].split(), 1)).encode(),
        KNOWN[0].encode("utf-16"),
        "ａａｒｄｖａｒｋ ".encode() * 9,
    ]


def fuzz_one(data: bytes) -> None:
    """May raise NotAReceipt only."""
    try:
        found = receipt.read(data.decode("utf-8", "replace"))
    except receipt.NotAReceipt as error:
        assert len(str(error)) < 250
        return
    assert receipt.read(found) == found and len(found.split()) == receipt.WORDS
