"""Bodies of messages as they are, and as they are when damaged."""

from __future__ import annotations

from hypothesis import strategies as st
from typedstream_writer import attributed

WORDS = [
    "https://a.example/x",
    "http://b.example",
    "tel:123",
    "mailto:x@y.example",
    "words and words",
    "https://c.example/é",
    "hotel://x",
    "NSURL",
    "nsurl://",
    "h\0t\0t\0p",
    "sms%41",
    "a://b",
    "abcdefghijklmnopqrstuvwxyz://q",
    "x1://z://zz://",
    "://",
    "😀" * 50,
    "kIMLink",
    "x" * 395,
]


@st.composite
def message_bodies(draw: st.DrawFn) -> bytes | None:
    """One body, or none."""
    text = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=3)))
    links = draw(st.lists(st.tuples(st.sampled_from(["url", "string"]), st.sampled_from(WORDS)), max_size=2))
    attributes: dict[str, tuple[str, object]] = dict(zip(("__kIMLinkAttributeName", "other"), links, strict=False))
    blob = attributed(
        text, attributes, mutable=draw(st.booleans()), mutable_text=draw(st.booleans()), little=draw(st.booleans())
    )
    change = draw(st.sampled_from(["none", "none", "length", "byte", "cut", "more", "empty", "head"]))
    at = draw(st.integers(0, len(blob) - 1))
    if change == "length":
        at = blob.index(b"\x84\x01+") + 3
        at = min(at, len(blob) - 1)
        return blob[:at] + bytes([draw(st.sampled_from([0, 127, 128, 129, 130, 146, 255]))]) + blob[at + 1 :]
    if change == "byte":
        return blob[:at] + bytes([draw(st.integers(0, 255))]) + blob[at + 1 :]
    if change == "cut":
        return blob[:at]
    if change == "head":
        return blob[: blob.index(b"\x84\x01+") + draw(st.integers(0, 6))]
    if change == "more":
        return blob[:at] + draw(st.sampled_from(WORDS)).encode() + blob[at:]
    return draw(st.sampled_from([None, b""])) if change == "empty" else blob
