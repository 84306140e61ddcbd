from __future__ import annotations

import contextlib
import plistlib
import re
import shutil
import struct
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_bodies import WORDS, message_bodies
from typedstream_writer import Writer, attributed

from phonegen.typedstream import attributed as made
from sousveil.errors import LimitExceeded, Malformed, SousveilError
from sousveil.readers import typedstream as ts
from sousveil.readers.typedstream_stream import Object
from tests.profiles import examples

U = plistlib.UID
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)
# Published example of a phone's blob (stackoverflow.com/questions/18834352)
EXAMPLE = bytes.fromhex(
    "040B73747265616D747970656481E803840140848484124E5341747472696275746564537472696E67008484084E534F626A656374008592"
    "848484084E53537472696E67019484012B064665736B657286840269490106928484840C4E5344696374696F6E61727900948401690192"
    "8496961D5F5F6B494D4D657373616765506172744174747269627574654E616D658692848484084E534E756D626572008484074E5356616C"
    "756500948401 2A84999900868686".replace(" ", "")
)


def detected(kind: str, text: str) -> bytes:
    """A keyed archive as the data detectors write it."""
    return plistlib.dumps(
        {
            "$version": 100000,
            "$archiver": "NSKeyedArchiver",
            "$top": {"dd-result": U(1), "version": 1},
            "$objects": [
                "$null",
                {"MS": U(2), "T": U(3), "SR": U(4), "$class": U(5)},
                text,
                kind,
                {"NS.objects": [], "$class": U(6)},
                {"$classname": "DDScannerResult", "$classes": []},
                {"$classname": "NSArray", "$classes": []},
            ],
        },
        fmt=plistlib.FMT_BINARY,
    )


def test_published_example() -> None:
    assert ts.body(EXAMPLE) == ("Fesker", [])
    root = ts.parse(EXAMPLE)[0]
    assert root.cls.name == "NSAttributedString"
    assert root.values[1:3] == [1, 6]


@pytest.mark.parametrize("mark", range(0x80, 0x95))
def test_marks_are_no_lengths(mark: int) -> None:
    """0x81 and 0x82 announce longer numbers; up to 0x91 a byte is a mark, and from 0x92 on it is a length again."""
    blob = EXAMPLE.replace(b"\x06Fesker", bytes([mark]) + b"x" * mark)
    if mark >= 0x92:
        assert ts.body_text(blob) == "x" * mark
        assert ts.unsaid([blob], [None])[0] == ["x" * mark]
        assert ts.parse(blob)[0].values[0].values[0] == b"x" * mark
        return
    # After 0x81 and 0x82 stands a length of two or four letters, which the blob does not have.
    assert ts.body_text(blob) is None
    assert ts.unsaid([blob], [None])[0] == [None]
    with pytest.raises(Malformed):
        ts.parse(blob)


@settings(deadline=None, max_examples=examples(150))
@given(TEXT, st.booleans(), st.booleans(), st.booleans())
def test_any_text(text: str, mutable: bool, mutable_text: bool, little: bool) -> None:
    blob = attributed(text, mutable=mutable, mutable_text=mutable_text, little=little)
    assert ts.body_text(blob) == text
    assert ts._fast(blob) is not None
    assert ts._carefully(blob)[0] == text
    assert ts.body(blob) == (text, [])


@pytest.mark.parametrize("little", [True, False])
@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 200_000])
def test_every_form_of_length(size: int, little: bool) -> None:
    for text in ("a" * size, "é" * (size // 2), "😀" * (size // 4)):
        blob = attributed(text, little=little)
        assert ts._fast(blob) == (text, blob.index(b"\x86", 60 + len(text.encode())))
        assert ts._carefully(blob)[0] == text


def test_links_of_every_kind_in_order_and_once() -> None:
    blob = attributed(
        "look https://in.text/",
        {
            "__kIMLinkAttributeName": ("url", "https://a.example/x?y=1"),
            "__kIMDataDetectedAttributeName": ("data", detected("HttpURL", "b.example/path")),
            "other": ("string", "c-scheme://d.example/é"),
            "again": ("url", "https://a.example/x?y=1"),
            "date": ("data", detected("Date", "tomorrow")),
            "broken": ("data", b"bplist00URL and no more"),
        },
    )
    assert ts.body(blob) == (
        "look https://in.text/",
        ["https://a.example/x?y=1", "b.example/path", "c-scheme://d.example/é"],
    )
    assert ts.body_links(blob) == ts.body(blob)[1]


def test_link_attribute_that_is_a_plain_string() -> None:
    assert ts.body_links(attributed("x", {"__kIMLinkAttributeName": ("string", "www.e.example")})) == ["www.e.example"]


def test_link_with_a_base() -> None:
    out = Writer()
    out.url("page", "https://base.example/")
    assert ts.body_links(b"") == []
    root = ts.parse(bytes(out.out))[0]
    assert list(ts._links(root)) == ["https://base.example/", "https://base.example/", "page"]


def test_damage_after_the_text_keeps_the_text() -> None:
    blob = attributed("kept 😀", {"__kIMLinkAttributeName": ("url", "https://a.example/")})
    for cut in range(len(blob)):
        text, links = ts.body(blob[:cut])
        assert text in (None, "kept 😀")
        assert links in ([], ["https://a.example/"])
    assert ts.body_text(blob[: blob.index(b"kept") + 9]) == "kept 😀"
    with pytest.raises(Malformed):
        ts.parse(blob[:-1])


def test_columns_count_what_is_damaged() -> None:
    good = attributed("t", {"__kIMLinkAttributeName": ("url", "https://a.example/")})
    assert ts.body_texts([good, None, b"", b"junk"]) == (["t", None, None, None], 1)
    assert ts.bodies([good, None, b"junk"]) == (["t", None, None], [["https://a.example/"], [], []], 1)


def test_nesting_and_endless_classes_are_refused() -> None:
    head = b"\x04\x0bstreamtyped\x81\xe8\x03"
    first = b"\x84\x01@\x84\x84\x84\x01A\x00\x85"
    with pytest.raises(LimitExceeded):
        ts.parse(head + first + b"\x92\x84\x93" * 100_000)
    with pytest.raises(Malformed):
        ts.parse(head + b"\x84\x01@\x84" + b"\x84\x84\x01A\x00" * 100)
    with pytest.raises(LimitExceeded):
        ts.parse(head + b"\x84\x81\xa0\x0f" + b"[0c]" * 1000 + b"\x92" * 100_000)
    own_parent = ts.parse(head + b"\x84\x01@\x84\x84\x84\x01A\x00\x93\x86")[0]
    assert not own_parent.isa("B")


@settings(deadline=None, max_examples=examples(200))
@given(st.binary(max_size=200), st.integers(0, 400))
def test_junk_never_raises_anything_else(junk: bytes, place: int) -> None:
    for blob in (junk, EXAMPLE[:place] + junk + EXAMPLE[place:], EXAMPLE[:place] + junk):
        ts.body(blob)
        with contextlib.suppress(SousveilError):
            ts.parse(blob)


def test_real_messages(shared_data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "chat.db"
    shutil.copy(shared_data / "phones/ios-plaso/apple/imessage_chat.db", copy)
    rows = list(apsw.Connection(str(copy)).execute("SELECT text, attributedBody FROM message ORDER BY ROWID"))
    assert len(rows) == 10
    for _, blob in rows:
        ts.parse(blob)
        assert ts._fast(blob) is not None
        assert ts._carefully(blob)[0] == ts.body_text(blob)
    # In two rows the publishers changed one word of `text` afterwards; the body still has the original.
    assert sum(text == ts.body_text(blob) for text, blob in rows) == 8
    assert [links for _, blob in rows if (links := ts.body_links(blob))] == [["tel:128874"]]


@given(
    st.lists(
        st.sampled_from(["https://a.example/x", "http://b.example", "tel:123", "words", "https://c.example/é"]),
        max_size=4,
    ),
    st.lists(
        st.sampled_from(
            ["https://a.example/x", "http://b.example", "tel:123", "mailto:a@b.example", "https://c.example/é"]
        ),
        max_size=3,
    ),
    st.sampled_from([None, "", "https://a.example/x and more"]),
)
@settings(max_examples=examples(150), deadline=None)
def test_body_unsaid_is_body_less_what_is_said(words: list[str], links: list[str], said: str | None) -> None:
    text = " ".join(words) or "nothing"
    blob = made(text, links=[(at, 1, link) for at, link in enumerate(links)])
    found, every = ts.body(blob)
    known = "\n".join(t for t in (found, said) if t)
    assert ts.body_unsaid(blob, said) == (found, [link for link in every if link not in known])


_CANDIDATE = re.compile(rb"[A-Za-z]{2,20}://[!-~]+")
_ELSE = re.compile(rb"NSURL(?!.{0,400}://)|(?:tel|mailto|sms|facetime)[:%]|h\0t\0t\0p|\0:\0/\0/", re.S | re.I)


@settings(deadline=None, max_examples=examples(300))
@given(st.lists(st.one_of(st.sampled_from([*WORDS, "a", "Z", "1", " ", "\0"]).map(str.encode), st.binary(max_size=2))))
def test_links_in_attributes_are_found_as_by_patterns(parts: list[bytes]) -> None:
    tail = b"".join(parts)
    assert ts._runs(tail) == _CANDIDATE.findall(tail)
    assert ts._otherwise(tail) == (_ELSE.search(tail) is not None)
    assert ts._hinted(tail) == (ts._HINT.search(tail) is not None)


@settings(deadline=None, max_examples=examples(300))
@given(
    st.lists(st.tuples(message_bodies(), st.sampled_from([None, None, "", "said https://a.example/x"])), max_size=12)
)
def test_columns_agree_with_values(rows: list[tuple[bytes | None, str | None]]) -> None:
    texts, links = ts.unsaid([blob for blob, _ in rows], [said for _, said in rows])
    for (blob, said), text, found in zip(rows, texts, links, strict=True):
        whole, expected = ts.body_unsaid(blob, said)
        assert whole == ts.body_text(blob)
        if said:
            assert text is None
            hint = blob is not None and (b"http" in blob or b"NSURL" in blob or b"://" in blob)
            assert (found or []) == (expected if hint else [])
        else:
            assert (text, found or []) == (whole, expected)


@pytest.mark.parametrize("link", ["a://b.example/", "x1://z.example/", "h2://z"])
def test_an_unusual_scheme_beside_a_repeated_link(link: str) -> None:
    """The other link is one of the text, so that a look at usual links alone would take both for told."""
    usual = "https://a.example/x"
    blob = attributed(f"see {usual}", {"__kIMLinkAttributeName": ("url", usual), "other": ("url", link)})
    assert ts.body(blob) == (f"see {usual}", [usual, link])
    assert ts.body_unsaid(blob) == (f"see {usual}", [link])
    assert ts.unsaid([blob, blob], [None, f"see {usual}"]) == ([f"see {usual}", None], [[link], [link]])


def test_columns_pass_over_what_is_no_body() -> None:
    assert ts.unsaid([None, 7, "x", b"", 1.5], [None] * 5) == ([None] * 5, [None, None, None, [], None])
    link = attributed("t", {"__kIMLinkAttributeName": ("url", "https://a.example/")})
    assert ts.unsaid([link, link], [7, b"said"]) == ([None, None], [["https://a.example/"]] * 2)


_AROUND = [
    b"", b"\x86", b"\0", b"A", b"!", b"NSURL", b"nsurl\0", b"://", b"a://b", b"tel:", b"sms", b"%", b"h\0t\0t\0p", b"\0t\0t\0p",
    b"http", b"http://", b"x" * 398, b"\xff\xfe\x01://\x01\xfe\xff", b"\xff", b"\xff\xfe\x01", b"\xfe\x01://\x01\xfe\xff",
]  # fmt: skip
_LINKS = ["https://a.example/b", "http://a.example/b", "https://c.example/?d=e", "https://c.example/nsurl", "http://h"]
_PIECES = st.lists(st.one_of(st.sampled_from(_AROUND), st.none(), st.none()), max_size=6)


@settings(max_examples=examples(400), deadline=None)
@given(
    st.lists(_PIECES, min_size=1, max_size=3),
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(_LINKS), st.sampled_from(["", "see ", "x", "http"])), min_size=2
    ),
)
def test_what_is_remembered_of_attributes_changes_nothing(
    shapes: list[list[bytes | None]], rows: list[tuple[int, str, str]]
) -> None:
    """Attributes with one shape (None: where the link stands) and different links are judged as each by itself."""
    known = set[bytes]()
    for which, link, before in rows:
        pieces = shapes[which % len(shapes)]
        tail = b"".join(link.encode() if piece is None else piece for piece in pieces)
        for text in (before + link, before + link + " end", link[:-1], "nothing", f"{link}\nhttps://c.example/?d=e"):
            assert ts._repeated(tail, text, known) == ts._repeated(tail, text)


def test_attributes_of_one_shape_are_remembered() -> None:
    known = set[bytes]()
    for number in range(50):
        link = f"https://a.example/{number + 10}"
        assert ts._repeated(b"\x86NSURL\0\x20" + link.encode() + b"\x86", f"see {link}", known)
    assert len(known) == 1


@pytest.mark.parametrize("mark", [0x80, 0x83, 0x84, 0x85, 0x86, 0x91])
def test_a_mark_is_no_length(mark: int) -> None:
    """Marks lie between the lengths of one byte and the references; read as a length they would take in what follows."""
    blob = bytearray(attributed("a" * 100) + b"b" * 200)
    place = blob.index(b"a" * 100) - 1
    assert blob[place] == 100
    blob[place] = mark
    assert ts._fast(bytes(blob)) is None
    assert ts.body(bytes(blob)) == (None, [])


def test_the_smallest_reference_is_a_number() -> None:
    from sousveil.readers.typedstream_stream import Stream

    for head, signed, number in ((0x92, True, -110), (0xFF, True, -1), (0x92, False, 146), (0x7F, True, 127)):
        assert Stream(EXAMPLE)._number(head, signed) == number


def test_an_empty_text_may_end_the_body() -> None:
    blob = attributed("")
    end = ts._fast(blob)[1]
    assert ts._fast(blob[:end]) == ("", end)
    assert ts._fast(blob[: end - 1]) is None


def _values(types: bytes, values: bytes, little: bool = True) -> list[object]:
    """The values of a stream of one group."""
    writer = Writer(little)
    writer.name(types)
    return ts.parse(bytes(writer.out) + values)


def test_values_of_every_type() -> None:
    assert _values(b"cC", b"\xff\xff") == [-1, 255]
    assert _values(b"sSiq", b"\xfd\xfd\x81\x00\x01\x82\x00\x00\x01\x00") == [-3, 253, 256, 65536]
    assert _values(b"ffd", b"\x83" + struct.pack("<f", 1.5) + b"\xfd\x83" + struct.pack("<d", 2.25)) == [
        1.5,
        -3.0,
        2.25,
    ]
    assert _values(b"fd", b"\x83" + struct.pack(">f", 1.5) + b"\x83" + struct.pack(">d", 2.25), False) == [1.5, 2.25]
    assert _values(b"**", b"\x84\x84\x03abc\x92") == [b"abc", b"abc"]
    assert _values(b"*", b"\x85") == [None]
    assert _values(b":%", b"\x84\x03abc\x93") == [b"abc", b"abc"]
    assert _values(b"[3c]", b"abc") == [b"abc"]
    assert _values(b"[3i]", b"\x01\x02\x03") == [[1, 2, 3]]
    assert _values(b"[3@]", b"\x85\x85\x85") == [None, None, None]
    assert _values(b"[0@]", b"") == []


def test_an_object_that_is_met_again_is_the_same_object() -> None:
    found = _values(b"@@", b"\x84\x85\x86\x92")
    assert isinstance(found[0], Object) and found[1] is found[0]


def test_what_no_stream_holds() -> None:
    for types, values, why in (
        (b"[100i]", b"\x01", "claims more values than it contains"),
        (b"x", b"\x01", "uses an unknown type"),
        (b"i" * 1002, b"\x01" * 1002, "uses an unknown type"),
        (b"@", b"\x92", "refers to an object that is missing"),
    ):
        with pytest.raises(Malformed, match=why):
            _values(types, values)
    assert _values(b"i" * 1001, b"\x01" * 1001) == [1] * 1001


def test_256_levels_and_256_letters() -> None:
    deep = Writer()
    deep.name(b"@")
    level = b"\x84\x85\x92"
    assert len(ts.parse(bytes(deep.out) + level * 255 + b"\x84\x85" + b"\x86" * 256)) == 1
    with pytest.raises(LimitExceeded, match="nested deeper than 256 levels"):
        ts.parse(bytes(deep.out) + level * 256 + b"\x84\x85" + b"\x86" * 257)
    named = _values(b"@", b"\x84\x84\x84\x81\x2c\x01" + b"n" * 300 + b"\x00\x85\x86")
    assert isinstance(named[0], Object) and named[0].cls is not None
    assert (named[0].cls.name, named[0].cls.version) == ("n" * 256, 0)


def test_columns_agree_with_values_wherever_a_body_is_cut() -> None:
    blob = attributed("kept")
    for cut in range(1, len(blob) + 1):
        assert ts.unsaid([blob[:cut]], [None])[0] == [ts.body_text(blob[:cut])]


@pytest.mark.parametrize("text", ["\x02\0abcdef", "\x01\0", "\0\0"])
def test_a_text_may_look_like_a_length(text: str) -> None:
    assert ts.unsaid([attributed(text)], [None])[0] == [text]


def test_attributes_that_repeat_a_link_of_one_text_are_news_beside_another() -> None:
    link = "https://a.example/x"
    texts = [f"see {link}", "and nothing else of it."]
    assert len(texts[0]) == len(texts[1])
    first, second = (attributed(text, {"__kIMLinkAttributeName": ("url", link)}) for text in texts)
    assert ts.unsaid([first, second], [None, None]) == (texts, [None, [link]])


def test_a_second_link_of_attributes_is_asked_for_each_time() -> None:
    known = set[bytes]()
    other = "https://c.example/z"
    tails = [f"\x86https://a.example/{n}\0{other}\0".encode() for n in (1, 2)]
    assert ts._repeated(tails[0], f"https://a.example/1 {other}", known)
    assert not ts._repeated(tails[1], "https://a.example/2", known)


@pytest.mark.parametrize(("tail", "otherwise"), [(b"NSURL:/x", True), (b"NSURL x://y", False), (b"NSUR x", False)])
def test_a_link_object_without_slashes_is_read_carefully(tail: bytes, otherwise: bool) -> None:
    assert ts._otherwise(tail) is otherwise


def test_detectors_may_put_other_values_before_a_link() -> None:
    archive = plistlib.loads(detected("HttpURL", "b.example/path"))
    number = len(archive["$objects"])
    archive["$objects"] += [
        {"A": U(3), "B": U(1), "C": U(3), "$class": U(number + 1)},
        {"$classname": "X", "$classes": []},
    ]
    archive["$top"] = {"dd-result": U(number)}
    assert ts._detected(plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)) == ["b.example/path"]


def test_a_stream_is_at_most_sixteen_megabytes() -> None:
    from sousveil.readers.typedstream_stream import MAX_BYTES

    with pytest.raises(Malformed, match="version"):
        ts.parse(bytes(MAX_BYTES))
    with pytest.raises(LimitExceeded):
        ts.parse(bytes(MAX_BYTES + 1))


def test_a_stream_holds_at_most_so_many_values() -> None:
    from sousveil.readers.typedstream_stream import MAX_VALUES

    assert _values(b"[%d@]" % MAX_VALUES, b"\x85" * MAX_VALUES) == [None] * MAX_VALUES
    with pytest.raises(LimitExceeded):
        _values(b"[%d@]" % (MAX_VALUES + 1), b"\x85" * (MAX_VALUES + 1))


def test_each_kind_of_damage_is_said() -> None:
    before = b"\x81" + struct.pack("<h", -111)
    for types, values, why in (
        (b"[30i]", b"\x01", "claims more values than it contains"),
        (b"@", b"\x84" + b"\x84\x84\x01A\x00" * 100, "endless chain"),
        (b"@", before, "reference before"),
        (b":", b"\x84\x01a" + b"\x84\x00", "value without"),
    ):
        with pytest.raises(Malformed, match=why):
            _values(types, values)
