"""Fuzz harness of `sousveil.readers.typedstream`."""

from __future__ import annotations

from sousveil.readers.typedstream import body, body_text, parse, unsaid

_HEAD = (
    b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85\x92"
    b"\x84\x84\x84\x08NSString\x01\x94\x84\x01+"
)


def seeds() -> list[bytes]:
    """Attributed strings with a short and a long text, a number, a link and data."""
    tail = (
        b"\x86\x84\x02iI\x01\x06\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x02\x92\x84\x96\x96\x16"
        b"__kIMLinkAttributeName\x86\x92\x84\x84\x84\x05NSURL\x00\x94\x84\x01c\x00\x92\x84\x96\x96\x12"
        b"https://a.example/\x86\x86\x92\x84\x96\x96\x01n\x86\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00"
        b"\x94\x84\x01*\x84\x84\x01f\x9f\x83\x00\x00\x80\x3f\x86\x86\x86"
    )
    return [
        _HEAD + b"\x06Fesker" + tail,
        _HEAD + b"\x81\x80\x00" + b"a" * 128 + tail,
        _HEAD + b"\x82\x04\0\0\0text" + tail,
    ]


def fuzz_one(data: bytes) -> None:
    """The quick readers must never raise; the careful one only SousveilError."""
    body_text(data)
    body(data)
    unsaid([data, data], [None, "said https://a.example/"])
    parse(data)
