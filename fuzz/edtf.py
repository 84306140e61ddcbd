"""Random texts against the reader of dates."""

from __future__ import annotations

from sousveil.errors import SousveilError
from sousveil.register import edtf


def seeds() -> list[bytes]:
    """Dates of every form that is read."""
    texts = ["2021", "2021-07", "2021-07-18", "2021-07-18T10:00:00.5+01:00", "201X", "20XX", "2021-XX-XX", "2021-22"]
    return [text.encode() for text in (*texts, "2021~", "2021-07%", "..", "2019/2021", "2019/..", "/2021")]


def fuzz_one(data: bytes) -> None:
    """May raise nothing but SousveilError; what is read spans days in their order."""
    text = data.decode("utf-8", "replace")
    try:
        interval = edtf.parse_interval(text)
    except SousveilError:
        return
    for one in (interval.start, interval.end):
        if one is not None:
            assert one.first <= one.last
            edtf.holds(one.text, None, "2021-07-18")
