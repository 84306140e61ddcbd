"""Bombs that are really made here, small ones of the great kinds, and the honest files that look like them."""

import base64
import gzip
import io
import struct
import tarfile
import threading
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.register.admission import Published, prepare
from sousveil.register.attachments import contents as files
from sousveil.register.attachments import unpacking
from sousveil.register.publication import File
from sousveil.register.refusal import Refused
from tests.decisions.procedures.port import port, statements
from tests.register.maker import private

PDF = b"%PDF-1.5\n1 0 obj <</Type /Catalog>> endobj\n"
LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg>&b;</svg>'
ENCRYPTED = 0x1
ACTS = PDF + b"2 0 obj <</S /JavaScript /JS (1)>> endobj\n"
SCRIPT = b"<svg><script>1</script></svg>"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packing, compresslevel=9) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def tarred(*members: tuple[tarfile.TarInfo | str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in members:
            one = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            one.size = len(content)
            archive.addfile(one, io.BytesIO(content))
    return data.getvalue()


def kernel_of_many_names(count: int) -> bytes:
    """The 42.zip of our days: one packed kernel, named over and over by the table of contents, each entry quoting the next header."""
    data = bytearray(zipped(*((f"{n}.txt", bytes(1 << 16)) for n in range(count))))
    ends = [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]
    for at in ends[1:]:
        data[at + 42 : at + 46] = data[ends[0] + 42 : ends[0] + 46]
    return bytes(data)


def lying(content: bytes, said: int) -> bytes:
    """A ZIP that says of its file that it has `said` bytes."""
    data = bytearray(zipped(("a.txt", content)))
    directory = data.rfind(b"PK\x01\x02")
    for at in (22, directory + 24):
        data[at : at + 4] = said.to_bytes(4, "little")
    return bytes(data)


def flagged(flag: int) -> bytes:
    data = bytearray(zipped(("a.txt", b"hello")))
    data[data.rfind(b"PK\x01\x02") + 8] |= flag
    return bytes(data)


def two_names() -> bytes:
    data = bytearray(zipped(("a.txt", b"hello")))
    data[30:35] = b"b.txt"
    return bytes(data)


def nested(levels: int) -> bytes:
    data = b"deep"
    for level in range(levels):
        data = zipped((f"{level}.zip", data))
    return data


def link(kind: bytes) -> tarfile.TarInfo:
    one = tarfile.TarInfo("a")
    one.type, one.linkname = kind, "/etc/passwd"
    return one


def zip_link() -> zipfile.ZipInfo:
    one = zipfile.ZipInfo("a")
    one.external_attr = 0o120777 << 16
    return one


def pdf(dictionary: bytes, content: bytes) -> bytes:
    return PDF + b"2 0 obj <<" + dictionary + b">> stream\n" + content + b"\nendstream endobj\n"


def doubled(data: bytes) -> bytes:
    """Bytes of which zip after zip is small: a stream packed again packs a thousandfold again."""
    return zlib.compress(zlib.compress(data, 9), 9)


def ended(*, size: int | None = None, offset: int | None = None, comment: int = 0) -> bytes:
    """A picture and a ZIP behind it, whose last record says something else."""
    data = bytearray(PNG + zipped(("a.exe", b"MZ")))
    for at, length, said in ((-10, 4, size), (-6, 4, offset), (-2, 2, comment)):
        if said is not None:
            data[len(data) + at : len(data) + at + length] = said.to_bytes(length, "little")
    return bytes(data)


def zip64() -> bytes:
    """A ZIP whose last record says nothing: what counts stands in the two records before it."""
    data = zipped(("a.exe", b"MZ"))
    end = data.rfind(b"PK\x05\x06")
    size, offset = (int.from_bytes(data[end + n : end + n + 4], "little") for n in (12, 16))
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, offset)
    return data[:end] + record + struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1) + b"PK\x05\x06" + bytes(18)


MANY = tarred(*((f"{n}", b"") for n in range(900)))
DOCX = (
    ("[Content_Types].xml", b'<?xml version="1.0"?><Types/>'),
    ("word/document.xml", b'<?xml version="1.0"?><document><p>A contract.</p></document>'),
)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BAD = [
    ("gzip bomb", "application/gzip", gzip.compress(bytes(64 << 20)), "bomb"),
    ("gzip bomb in parts", "application/gzip", gzip.compress(bytes(1 << 20)) * 40, "bomb"),
    ("gzip with a tail", "application/gzip", gzip.compress(b"a") + b"MZ and more", "damaged"),
    ("gzip cut off", "application/gzip", gzip.compress(b"a" * 999)[:-9], "damaged"),
    ("no gzip", "application/gzip", b"hello", "other_media_type"),
    ("tar.gz bomb", "application/gzip", gzip.compress(tarred(("a", bytes(32 << 20)))), "bomb"),
    ("kernel of many names", "application/zip", kernel_of_many_names(50), "bomb"),
    ("ZIP that lies", "application/zip", lying(bytes(300 << 10), 10), "damaged"),
    ("ZIP bomb that lies", "application/zip", lying(bytes(64 << 20), 10), "bomb"),
    ("too deep", "application/zip", nested(4), "nested"),
    ("bomb three deep", "application/zip", zipped(("a.zip", zipped(("b.gz", gzip.compress(bytes(9 << 20)))))), "bomb"),
    ("program three deep", "application/zip", zipped(("a.zip", zipped(("b", gzip.compress(b"MZ\x90"))))), "program"),
    ("7-Zip within", "application/zip", zipped(("a", b"7z\xbc\xaf\x27\x1c")), "packed"),
    ("many files in all", "application/zip", zipped(*((f"{n}.tar", MANY) for n in range(3))), "nested"),
    ("encrypted", "application/zip", flagged(ENCRYPTED), "locked"),
    ("two names", "application/zip", two_names(), "damaged"),
    ("bzip2 within ZIP", "application/zip", zipped(("a", b"a" * 99), packing=zipfile.ZIP_BZIP2), "packed"),
    ("same name", "application/zip", zipped(("a/b.txt", b"1"), ("A/./B.txt", b"2")), "duplicate"),
    ("same name in tar", "application/x-tar", tarred(("a", b"1"), ("a", b"2")), "duplicate"),
    ("link in ZIP", "application/zip", zipped((zip_link(), b"/etc/passwd")), "link"),
    ("symlink in tar", "application/x-tar", tarred((link(tarfile.SYMTYPE), b"")), "link"),
    ("hard link in tar", "application/x-tar", tarred((link(tarfile.LNKTYPE), b"")), "link"),
    ("device in tar", "application/x-tar", tarred((link(tarfile.CHRTYPE), b"")), "link"),
    ("tar that climbs", "application/x-tar", tarred(("a/../../b", b"")), "bad_name"),
    ("tar from the root", "application/x-tar", tarred(("/etc/passwd", b"")), "bad_name"),
    ("drive", "application/zip", zipped(("C:a.txt", b"")), "bad_name"),
    ("unseen letters", "application/zip", zipped(("a\x1b[2J.txt", b"")), "bad_name"),
    ("tar with a tail", "application/x-tar", tarred(("a", b"1")) + b"more", "damaged"),
    ("no office document", WORD, b"<html>", "other_media_type"),
    ("macros", WORD, zipped(*DOCX, ("word/vbaProject.bin", b"\xd0\xcf")), "active_document"),
    ("laughs in a document", WORD, zipped(*DOCX, ("word/a.xml", LAUGHS.encode())), "entities"),
    ("laughs", "image/svg+xml", LAUGHS.encode(), "entities"),
    ("laughs in UTF-16", "image/svg+xml", LAUGHS.encode("utf-16"), "entities"),
    ("laughs named text", "text/plain", LAUGHS.encode(), "entities"),
    (
        "entity from outside",
        "text/xml",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "entities",
    ),
    ("parameter entity", "text/xml", b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://a.example/">%x;]><a/>', "entities"),
    ("no XML", "application/xml", b"<a>", "damaged"),
    ("XML too deep", "text/xml", b"<a>" * 257 + b"</a>" * 257, "nested"),
    ("SVG with script", "image/svg+xml", b"<svg><g><script>1</script></g></svg>", "active_document"),
    ("SVG that acts", "image/svg+xml", b'<svg onload="alert(1)"/>', "active_document"),
    ("SVG with a link that acts", "image/svg+xml", b'<svg><a href=" java\nscript:1"/></svg>', "active_document"),
    ("PDF bomb", "application/pdf", pdf(b"/Filter /FlateDecode", zlib.compress(bytes(64 << 20), 9)), "bomb"),
    (
        "PDF bomb, packed twice",
        "application/pdf",
        pdf(b"/Filter [/FlateDecode /Fl]", doubled(bytes(64 << 20))),
        "bomb",
    ),
    (
        "PDF bomb in many streams",
        "application/pdf",
        PDF + pdf(b"/Filter /Fl#61teDecode", zlib.compress(bytes(1 << 20), 9))[len(PDF) :] * 40,
        "bomb",
    ),
    ("PDF bomb of runs", "application/pdf", pdf(b"/Filter [/Fl /RL]", zlib.compress(b"\x81a" * (3 << 20))), "bomb"),
    (
        "script in packed objects",
        "application/pdf",
        pdf(b"/Type /ObjStm /Filter /FlateDecode", zlib.compress(b"3 0 <</S /Java#53cript /JS (1)>>")),
        "active_document",
    ),
    ("PDF that is encrypted", "application/pdf", PDF + b"trailer <</Encrypt 5 0 R>>", "locked"),
    ("PDF packed otherwise", "application/pdf", pdf(b"/Filter /LZWDecode", b"\x80\x0b"), "packed"),
    ("PDF packed as said elsewhere", "application/pdf", pdf(b"/Filter 5 0 R", b"abc"), "packed"),
    (
        "SVG with script that names a PDF",
        "image/svg+xml",
        b"<!-- %PDF- --><svg><script>1</script></svg>",
        "active_document",
    ),
    (
        "SVG with script and a PDF's line",
        "image/svg+xml",
        b"<!--\n%PDF-1.7\n--><svg><script>1</script></svg>",
        "active_document",
    ),
    ("laughs that name a PDF", "application/xml", b"<!-- %PDF- -->" + LAUGHS.encode(), "entities"),
    ("laughs with a PDF's line", "application/xml", b"<!--\n%PDF-1.7\n-->" + LAUGHS.encode(), "entities"),
    (
        "laughs that name a PDF, named nothing",
        "application/octet-stream",
        b"<!-- %PDF-1.7 -->" + LAUGHS.encode(),
        "entities",
    ),
    (
        "deep JSON that names a PDF",
        "application/json",
        b'{"a":"%PDF-","b":' + b"[" * 5000 + b"]" * 5000 + b"}",
        "nested",
    ),
    ("deep JSON in a ZIP", "application/zip", zipped(("a.json", b'["%PDF-1.7",\n' + b"[" * 64 + b"]" * 65)), "nested"),
    ("PDF with script behind bytes", "application/octet-stream", b"\x01" * 1023 + b"\n" + ACTS, "active_document"),
    ("PDF with script behind a carriage return", "image/x-a", b"a\r" + ACTS, "active_document"),
    ("PDF with script behind a space", "application/octet-stream", b" " + ACTS, "active_document"),
    ("PDF with script behind a letter", "application/octet-stream", b"x" + ACTS, "active_document"),
    ("PDF with script behind a mark of UTF-8", "text/plain", b"\xef\xbb\xbf" + ACTS, "active_document"),
    ("PDF with script behind a picture's first bytes", "image/gif", b"GIF89a" + ACTS, "active_document"),
    ("PDF with script named text", "text/plain", ACTS, "active_document"),
    ("PDF with script behind white space", "text/plain", b"\r\n\t " + ACTS, "active_document"),
    ("PDF with script named JSON", "application/json", b"\n" + ACTS, "active_document"),
    ("SVG with script behind white space", "application/octet-stream", b" " * 3000 + SCRIPT, "active_document"),
    ("SVG with script behind much of it", "text/plain", b"\r\n\t " * (1 << 18) + SCRIPT, "active_document"),
    (
        "SVG with script behind it in UTF-16",
        "image/x-a",
        (" " * 3000 + SCRIPT.decode()).encode("utf-16"),
        "active_document",
    ),
    ("PDF that is no Flate", "application/pdf", pdf(b"/Filter /FlateDecode", b"abc"), "damaged"),
]
GOOD = [
    ("document", WORD, zipped(*DOCX)),
    ("three deep", "application/zip", nested(3)),
    ("ZIP in ZIP", "application/zip", zipped(("a.zip", zipped(("b.txt", b"b"))))),
    ("folders", "application/zip", zipped(("a/", b""), ("a/b.txt", b"1"), ("a/c.txt", b"1"))),
    ("tar.gz", "application/gzip", gzip.compress(tarred(("a/b.txt", b"hello" * 999), ("c", b"")))),
    ("two parts", "application/gzip", gzip.compress(b"one") + gzip.compress(b"two")),
    ("small and empty", "application/gzip", gzip.compress(bytes(900 << 10))),
    ("drawing", "image/svg+xml", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'),
    ("page", "text/html", b"<!DOCTYPE html><title>a<p>b<br>"),
    ("text", "text/plain", b"<?xml is how such files begin"),
    ("blank page", "application/pdf", pdf(b"/Filter /FlateDecode", zlib.compress(b"\xff" * (9 << 20)))),
    ("word that means an end", "application/pdf", pdf(b"/Filter /Fl", zlib.compress(b"endstream /JS", 0))),
    ("text about PDFs", "text/markdown", b"# PDF\n\n%PDF-1.7 begins it, /Encrypt locks it, /JavaScript acts\n"),
    ("text with a PDF's line", "text/plain", b"So it begins:\n%PDF-1.7\n/JS /Encrypt\n"),
    ("table about PDFs", "text/csv", b"name,magic\npdf,%PDF-1.7\nscript,/JS\n"),
    ("JSON about PDFs", "application/json", b'{"magic":"%PDF-1.7","acts":"/JavaScript","locked":"/Encrypt"}'),
    ("text about PDFs in a ZIP", "application/zip", zipped(("a.md", b"A PDF begins with %PDF-1.7; /JS acts"))),
    ("PDF's line far within", "application/octet-stream", b"\x01" * 1024 + b"\n" + ACTS),
    ("old document with a new one at its end", "application/msword", OLE + zipped(*DOCX)),
    ("old document with a new one in it", "application/msword", OLE + zipped(*DOCX) + bytes(512)),
    ("text with an end of nothing", "application/octet-stream", b"hello PK\x05\x06" + bytes(18)),
    ("picture with names of records", "image/png", PNG + b"PK\x01\x02" + bytes(60) + b"PK\x05\x06" + bytes(18)),
    ("picture with an end cut off", "image/png", PNG + zipped(("a.txt", b"a"))[:-1]),
    (
        "packed objects",
        "application/pdf",
        pdf(b"/Type /ObjStm /Filter [/A85 /Fl]", base64.a85encode(zlib.compress(b"3 0 <</Type /Page>>")) + b"~>"),
    ),
]


@pytest.mark.parametrize(("name", "media_type", "data", "code"), BAD, ids=[one[0] for one in BAD])
def test_a_bomb_is_refused(name: str, media_type: str, data: bytes, code: str) -> None:
    assert len(data) < 4 << 20
    with pytest.raises(Refused) as told:
        files.look(1, File(data=data, media_type=media_type))
    assert (told.value.field, told.value.code) == ("attachments[1]", code)
    assert told.value.hint


@pytest.mark.parametrize(("name", "media_type", "data"), GOOD, ids=[one[0] for one in GOOD])
def test_an_honest_file_is_taken(name: str, media_type: str, data: bytes) -> None:
    files.look(0, File(data=data, media_type=media_type))


BEHIND = [
    ("as it is", ended()),
    ("a line after it", ended() + b"\n"),
    ("false length of the comment", ended(comment=0xFFFF)),
    ("as far as programs look", ended() + bytes((1 << 16) - 1)),
    ("as far as other programs look", ended() + bytes(66_000)),
    ("another end after it", ended() + b"PK\x05\x06" + b"\x01" * 18),
    ("cut off end after it", ended() + b"PK\x05\x06"),
    ("only the size", ended(offset=0)),
    ("only the place", ended(size=0, offset=len(PNG) + zipped(("a.exe", b"MZ")).index(b"PK\x01\x02"))),
    ("ZIP64", PNG + zip64()),
    ("ZIP64 and a line", PNG + zip64() + b"\n"),
]
OPENED = {
    "as it is",
    "a line after it",
    "false length of the comment",
    "as far as programs look",
    "ZIP64",
    "ZIP64 and a line",
}


@pytest.mark.parametrize(("name", "data"), BEHIND, ids=[one[0] for one in BEHIND])
def test_an_archive_that_programs_find_behind_a_picture_is_refused(name: str, data: bytes) -> None:
    if name in OPENED:
        assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["a.exe"]
    for media_type, file in (("image/png", data), ("application/zip", zipped(("a.png", data)))):
        with pytest.raises(Refused) as told:
            files.look(0, File(data=file, media_type=media_type))
        assert (told.value.field, told.value.code, told.value.message) == (
            "attachments[0]", "damaged", "File 0: An archive hangs on its end, where nobody who opens it sees it.",
        )  # fmt: skip


def test_a_bomb_goes_off_nowhere() -> None:
    """What a bomb costs is bounded by what may be unpacked, not by what it would become."""
    bomb = gzip.compress(gzip.compress(bytes(200 << 20)))
    tracemalloc.start()
    with pytest.raises(Refused):
        files.look(0, File(data=bomb, media_type="application/gzip"))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 64 << 20


def test_what_is_unpacked_is_counted_over_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "UNPACKED_MAX", 3_000)
    budget = unpacking.Budget()
    file = File(data=gzip.compress(b"hello " * 200), media_type="application/gzip")
    files.look(0, file, budget)
    files.look(1, file, budget)
    with pytest.raises(Refused) as told:
        files.look(2, file, budget)
    assert (told.value.field, told.value.code, budget.left) == ("attachments[2]", "bomb", -600)


def test_what_takes_too_long_is_refused() -> None:
    ticks = iter([0.0, 5.0, 9.0, 11.0])
    budget = unpacking.Budget(clock=lambda: next(ticks))
    file = File(data=zipped(("a", b"1"), ("b", b"2"), ("c", b"3")), media_type="application/zip")
    with pytest.raises(Refused) as told:
        files.look(0, file, budget)
    assert told.value.code == "bomb" and "10 seconds" in told.value.message


def test_a_publication_with_a_bomb_leaves_nothing(tmp_path: Path) -> None:
    with port(tmp_path / "register") as register:
        made = statements("police", ("doc", "Document", {"title": "Contract"}))
        for media_type, bomb in (
            ("image/svg+xml", LAUGHS.encode()),
            ("application/gzip", gzip.compress(bytes(64 << 20))),
        ):
            with pytest.raises(Refused):
                register.publish(made, private("police"), attachments=[File(data=bomb, media_type=media_type)])
        assert list(register.files.attachments_folder.glob("*")) == []
        honest = File(data=zipped(*DOCX), media_type=WORD)
        register.publish(made, private("police"), attachments=[honest])
        assert [one.read_bytes() for one in register.files.attachments_folder.glob("*")] == [honest.data]


def test_who_unpacks_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one publication's file is being looked at another one is let in: the look comes before the transaction."""
    looking, go_on = threading.Event(), threading.Event()

    def slow(data: bytes, *rest: object) -> None:
        looking.set()
        assert go_on.wait(120)

    monkeypatch.setattr(files, "_one", slow)
    with port(tmp_path / "register") as register:
        size = register.store.size()
        first = statements("police", ("doc", "Document", {"title": "With a file"}))
        file = File(data=b"text", media_type="text/plain")
        thread = threading.Thread(target=lambda: register.publish(first, private("police"), attachments=[file]))
        thread.start()
        try:
            assert looking.wait(120)
            register.publish(statements("police", ("other", "Document", {"title": "Without one"})), private("police"))
            assert register.store.size() == size + 1
        finally:
            go_on.set()
            thread.join()
        assert [one.statement.value for one in register.store.iter_statements(since=size)] == [
            "Without one", "With a file",
        ]  # fmt: skip


def test_what_is_stored_is_what_was_looked_at(tmp_path: Path) -> None:
    """Neither other bytes nor another type slip in between the look and the transaction."""
    with port(tmp_path / "register") as register:
        made = statements("police", ("doc", "Document", {"title": "Contract"}))
        honest = File(data=b"text", media_type="text/plain")
        (signed,) = register.prepare(made, private("police"), attachments=[honest])
        sound = prepare(signed, register.store.keyring(), register.store.size(), example=True, gate=gate)
        size = register.store.size()
        for other in (
            File(data=b"MZ program", media_type="text/plain"), File(data=b"text", media_type="image/svg+xml"),
        ):  # fmt: skip
            swapped = msgspec.structs.replace(sound, submission=msgspec.structs.replace(signed, attachments=(other,)))
            (outcome,) = register.sequencer.run([swapped])
            assert isinstance(outcome, Refused)
            assert (outcome.field, outcome.code) == ("attachments", "attachment_differs")
        unseen = msgspec.structs.replace(sound, looked_at=())
        (outcome,) = register.sequencer.run([unseen])
        assert isinstance(outcome, Refused) and outcome.code == "attachment_differs"
        assert (register.store.size(), list(register.files.attachments_folder.glob("*"))) == (size, [])
        (outcome,) = register.sequencer.run([sound])
        assert isinstance(outcome, Published)
        assert [one.read_bytes() for one in register.files.attachments_folder.glob("*")] == [b"text"]


def test_every_code_is_told() -> None:
    told = Path(__file__).parents[3].joinpath("docs/reference/refusals.md").read_text("utf-8")
    assert [one for one in sorted({one[3] for one in BAD}) if f"`{one}`" not in told] == []
