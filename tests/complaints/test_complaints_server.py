"""The pages over real HTTP and without a server: who is refused, what is never said, what cannot be told apart."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from sousveil.complaints import desk as desk_module
from sousveil.complaints import headers, multipart, parcel, receipt
from sousveil.complaints import receiving as receiving_module
from sousveil.complaints.app import PADDED, App, Request, Response, ending
from sousveil.complaints.desk import Desk
from sousveil.complaints.receiving import Receiving
from sousveil.errors import SousveilError
from tests.complaints.places import HOST, Place, Served, form, made, served, words_of

PAGES = ("/", "/receipt", "/encrypt", "/how")
FILES = ("/recipients.txt", "/words.txt", "/complaints.css")
CANARY = "canary-51f7"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return made(tmp_path_factory.mktemp("served") / "complaints", remedies="https://register.example/remedies")


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[Served]:
    with served(place) as running:
        yield running


@pytest.fixture(scope="module")
def app(place: Place) -> App:
    return App(Desk(place.folder))


def ask(app: App, method: str, path: str, more: dict[str, Any] | None = None, **fields: Any) -> Response:
    """Without a server."""
    kind, body = form(**fields) if fields else ("", b"")
    lines = {"host": [HOST], "content-type": [kind], "content-length": [str(len(body))], **(more or {})}
    return app.answer(Request(method=method, path=path, headers=lines, body=body))


# ---------------------------------------------------------------- every answer


def test_every_answer_has_the_strict_headers(server: Served) -> None:
    for path in (*PAGES, *FILES, "/nothing", "/receipt/file"):
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
            status, found, body = server.ask(method, path)
            assert status < 500, (method, path)
            assert {name: found.get(name.lower()) for name, _ in headers.STRICT} == dict(headers.STRICT), (method, path)
            assert "set-cookie" not in found and "etag" not in found and "location" not in found
            assert method != "HEAD" or body == b""


def test_no_page_names_a_host_or_loads_from_others(server: Served) -> None:
    for path in PAGES:
        status, _, body = server.ask("GET", path)
        text = body.decode()
        assert status == 200
        assert re.findall(r"https?://[^\"\s<]+", text) == ["https://register.example/remedies"]
        assert re.findall(r"<(script|img|iframe|link|style)[^>]*>", text) == ["link"]
        assert re.findall(r" (on\w+|style)=", text) == []
        first = re.sub(r"<[^>]+>", "", text.split("<body>")[1]).split("\n")
        said = [line for line in first if line.strip() and line != "Skip to the content"]
        assert said[0] == "Do not write from the phone you fear is infected, and a printed receipt can betray you."


def test_what_the_first_page_says_and_offers(server: Served, place: Place) -> None:
    text = server.ask("GET", "/")[2].decode()
    assert (
        "plain text in this server&#39;s memory while your request is answered" in text
        or "in this server's memory" in text
    )
    assert all(f"{name}" in text for name in ("Office A", "Office B", "Vault"))
    today = datetime.datetime.now(datetime.UTC).date()
    assert f"Office A, since {today.day} {today:%B %Y}</li>" in text, "a day as people write it"
    how = server.ask("GET", "/how")[2].decode()
    assert f"<td>Office A</td><td>{today.day} {today:%B %Y}</td><td>in use</td>" in how
    keys = server.ask("GET", "/recipients.txt")[2].decode()
    assert [line for line in keys.splitlines() if not line.startswith("#")] != []
    assert set(re.findall(r"age1[0-9a-z]+", keys)) == set(place.recipients)
    command = server.ask("GET", "/encrypt")[2].decode()
    assert all(f"-r {one}" in command for one in place.recipients)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (["evil.example"], 421),
        ([""], 421),
        ([], 421),
        (["complaints.example", "evil.example"], 421),
        (["complaints.example.evil.example"], 421),
        (["complaints.example"], 200),
        (["complaints.example:8443"], 200),
    ],
)
def test_another_host_is_refused(app: App, host: list[str], status: int) -> None:
    assert ask(app, "GET", "/", {"host": host}).status == status


def test_another_host_is_refused_over_the_wire(server: Served) -> None:
    assert server.ask("GET", "/", headers={"Host": "register.example"})[0] == 421
    assert server.ask("GET", "/", headers={"Host": HOST})[0] == 200


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"sec-fetch-site": ["cross-site"]}, 403),
        ({"sec-fetch-site": ["same-site"]}, 403),
        ({"origin": ["https://evil.example"]}, 403),
        ({"origin": ["null"]}, 200),
        ({"origin": [f"https://{HOST}"]}, 200),
        ({"content-encoding": ["gzip"]}, 415),
        ({"content-length": []}, 411),
        ({"content-length": ["5", "6"]}, 411),
        ({"content-length": ["-1"]}, 411),
        ({"content-length": ["99999999999999"]}, 413),
        ({"content-length": [str(17 << 20)]}, 413),
        ({"content-type": ["application/json"]}, 422),
        ({"content-type": ["multipart/form-data; boundary=" + "x" * 500]}, 422),
    ],
)
def test_forms_that_are_refused(app: App, more: dict[str, Any], status: int) -> None:
    assert ask(app, "POST", "/", more, text="hello").status == status


@pytest.mark.parametrize("path", ["/?q=" + CANARY, "/receipt/" + CANARY, "/" + "a" * 5000, "/..%2f", "//"])
def test_addresses_that_are_not_there_are_not_echoed(server: Served, path: str) -> None:
    status, _, body = server.ask("GET", path)
    assert status == 404 and CANARY.encode() not in body and b"aaaaaa" not in body


# ---------------------------------------------------------------- nothing is echoed, nothing is told apart


def test_errors_echo_nothing_but_the_text_of_the_box(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is given back in its box, once, so that it is not lost; nothing else of a request is shown."""
    long = CANARY + "x" * parcel.TEXT_MAX
    words = receipt.spelled([0, 177, 282, 389, 514, 635, 736, 864]).split()  # long words that no page has
    bad = [
        ask(app, "POST", "/", text=long),
        ask(app, "POST", "/", text=""),
        ask(app, "POST", "/", text=b"\xff" + CANARY.encode()),
        ask(app, "POST", "/", text="ok", files=[(CANARY, b"")] * 9),
        ask(app, "POST", "/receipt", receipt=f"{CANARY} a b"),
        ask(app, "POST", "/receipt", receipt=" ".join([*words[:4], "canary" + "fiftyone", *words[5:]])),
        ask(app, "POST", "/receipt", {"content-type": [f"multipart/form-data; boundary={CANARY}"]}, receipt="x"),
        ask(app, "POST", "/receipt/delete", receipt=CANARY, sure="no"),
    ]
    assert [one.status for one in bad] == [413, 422, 422, 413, 422, 422, 422, 422]

    def fails(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(Desk, "hand_in", fails)
    broken = ask(app, "POST", "/", text=CANARY)
    assert broken.status == 500
    given_back = (bad[0], bad[2], broken)
    for one in (*bad, broken):
        assert one.body.count(CANARY.encode()) == (one in given_back)
        assert (CANARY.encode() in one.body.partition(b'<textarea id="typed"')[2]) == (one in given_back)
        assert b"fiftyone" not in one.body
        assert not any(word.encode() in one.body for word in words if len(word) > 7)
    with app.desk.store.reading() as connection:
        noted = [row[0] for row in connection.execute("SELECT what FROM trouble")]
    assert len(noted) == 1 and re.fullmatch(r"RuntimeError at test_complaints_server\.py:\d+", noted[0])


def test_known_and_unknown_receipts_get_the_same_size_and_the_same_work(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, answer = words_of(ask(app, "POST", "/", text="hello").body), receipt.new()
    done: list[str] = []
    real_keys, real_unseal = receipt.keys, desk_module.sealing.unseal
    real_find = desk_module.Store.find_thread
    monkeypatch.setattr(receipt, "keys", lambda *a: done.append("derived") or real_keys(*a))
    monkeypatch.setattr(desk_module.sealing, "unseal", lambda *a: done.append("opened") or real_unseal(*a))
    monkeypatch.setattr(desk_module.Store, "find_thread", lambda *a: done.append("looked") or real_find(*a))
    found = {}
    for words in (known, answer):
        done.clear()
        got = ask(app, "POST", "/receipt", receipt=words)
        found[words] = (got.status, len(got.body), got.headers, tuple(done))
    assert found[known] == found[answer]
    assert found[known][0] == 200 and found[known][3] == ("derived", "looked", "opened")
    assert ask(app, "POST", "/receipt/write", receipt=answer, text="x").status == 200
    assert ask(app, "POST", "/receipt/delete", receipt=answer, sure="yes").status == 200


def test_wrong_words_lock_nobody_out(app: App) -> None:
    known = words_of(ask(app, "POST", "/", text="hello").body)
    for _ in range(8):
        ask(app, "POST", "/receipt", receipt=receipt.new())
    assert b"There is no answer yet" in ask(app, "POST", "/receipt", receipt=known).body


@pytest.mark.parametrize(
    ("name", "found"),
    [("a.pdf", ".pdf"), ("a.PDF", ".pdf"), ("a", ""), ("a.b\r\nX: 1", ""), ('a."x', ""), ("a.ﬁ", ""), (".toolong", "")],
)
def test_a_downloads_name_is_ours(name: str, found: str) -> None:
    assert ending(name) == found


@pytest.mark.parametrize(
    "name", ["a" * 30_000, "../../../etc/passwd", "\r\nSet-Cookie: a=b", "\u202efdp.exe", "\x00", '";x="', "名前.png"]
)
def test_odd_file_names_over_the_wire(server: Served, name: str) -> None:
    status, found, body = server.post("/", text="x", files=[(name, b"data")])
    assert status in (200, 422) and "set-cookie" not in found
    assert (status == 422) == (len(name) > 2000), body


# ---------------------------------------------------------------- floods


def test_a_bomb_is_stored_as_it_is(server: Served) -> None:
    """Nothing is unpacked, so a small file that would grow to a gigabyte is a small file."""
    import gzip

    bomb = gzip.compress(bytes(8 << 20))
    assert server.post("/", text="", files=[("bomb.gz", bomb)])[0] == 200


def test_slow_senders_hold_nobody_up(server: Served) -> None:
    head = f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            one.sendall(head.encode() + b"--x\r\n" + b"a" * 1000)
        assert server.post("/", text="somebody else")[0] == 200
        assert server.ask("GET", "/how")[0] == 200


class Sender:
    """One request as the server hands it on, whose body comes when the test says so."""

    def __init__(self, length: int) -> None:
        lines = {"host": HOST, "content-type": "multipart/form-data; boundary=x", "content-length": str(length)}
        self.scope = {
            "type": "http", "method": "POST", "path": "/", "headers": [(a.encode(), b.encode()) for a, b in lines.items()],
        }  # fmt: skip
        self.pieces: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.status = 0

    def bring(self, data: bytes) -> None:
        self.pieces.put_nowait({"type": "http.request", "body": data, "more_body": True})

    async def send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)


async def brought(app: App, sizes: list[int], length: int) -> list[int]:
    """Senders that bring so many bytes and then dawdle: the status each has got meanwhile, 0 for none."""
    receiving = Receiving(app)
    senders = [Sender(length) for _ in sizes]
    tasks = [asyncio.create_task(receiving(one.scope, one.pieces.get, one.send)) for one in senders]
    for one, size in zip(senders, sizes, strict=True):
        one.bring(bytes(size))
        for _ in range(10):
            await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [one.status for one in senders]


def test_the_oldest_uploads_make_room(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving_module, "BUFFERS_MAX", 1_000_000)
    sizes = [400_000, 1_000, 400_000, 400_000, 400_000]
    assert asyncio.run(brought(app, sizes, 9_000_000)) == [408, 0, 408, 0, 0]
    monkeypatch.setattr(receiving_module, "UPLOADS_MAX", 3)
    assert asyncio.run(brought(app, [10] * 5, 9_000_000)) == [408, 408, 0, 0, 0]


def test_a_body_that_is_shorter_than_said_stores_nothing(server: Served, place: Place) -> None:
    before = len(list(place.store.messages(incoming=True)))
    kind, body = form(text="cut short")
    head = f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as one:
        one.sendall(head + body[:-5])
    assert server.ask("GET", "/")[0] == 200
    assert len(list(place.store.messages(incoming=True))) == before


def test_it_speaks_tls_itself(tmp_path: Path) -> None:
    """With a certificate no proxy is needed that could see or write plain text."""
    certificate, key = self_signed(tmp_path)
    place = made(tmp_path / "tls")
    more = ["--certificate", str(certificate), "--certificate-key", str(key)]
    context = ssl.create_default_context(cafile=str(certificate))
    with served(place, more=more, context=context) as server:
        status, found, body = server.post("/", text="over TLS")
        assert (status, len(words_of(body).split())) == (200, 9)
        assert found["strict-transport-security"] == "max-age=63072000"


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "complaints.example")])
    now = datetime.datetime.now(datetime.UTC)
    made_certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "certificate").write_bytes(made_certificate.public_bytes(encoding))
    form_of, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key").write_bytes(key.private_bytes(encoding, form_of, none))
    return folder / "certificate", folder / "key"


# ---------------------------------------------------------------- forms


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=500),
    st.lists(st.binary(max_size=300), max_size=5),
)
def test_forms_round_trip(text: str, files: list[bytes]) -> None:
    kind, body = form(text=text, files=[(f"n{at}", data) for at, data in enumerate(files)], receipt="r")
    found = multipart.parse(kind, body)
    assert found.text("text") == text and found.text("receipt") == "r" and found.text("absent") == ""
    assert found.files("files") == [(f"n{at}", data) for at, data in enumerate(files)]


@given(st.data())
def test_a_form_with_a_change_in_its_frame_gives_the_same_or_an_error(data: st.DataObject) -> None:
    kind, body = form(text="hello", files=[("n", b"data")])
    at = data.draw(st.integers(0, len(body) - 1))
    changed = body[:at] + data.draw(st.binary(max_size=3)) + body[at + data.draw(st.integers(0, 40)) :]
    try:
        found = multipart.parse(kind, changed)
        assert len(found.text("text")) <= len(changed)
        assert len(multipart.typed(kind, changed)) <= 3 * len(changed)
    except SousveilError:
        return


def test_urlencoded_forms_are_read_too() -> None:
    found = multipart.parse("application/x-www-form-urlencoded", b"receipt=a+b%20c%C3%A9&x=1")
    assert (found.text("receipt"), found.text("x"), found.files("files")) == ("a b cé", "1", [])


@pytest.mark.parametrize(
    ("field", "value", "message", "hint"),
    [
        (
            "text",
            [("note.txt", b"words")],
            "“What you write” came as a file, and is read as typed text alone. Nothing was taken.",
            "Copy your text before you go back. Type or paste it into the box of the form. Files go where the form asks for files.",
        ),
        (
            "text",
            b"\xff",
            "The text came in a form that cannot be read here.",
            "Copy your text before you go back. Nothing was taken. Type it into the box of the form, or choose it as a file.",
        ),
    ],
)
def test_what_is_wrong_and_what_to_do_is_said(app: App, field: str, value: Any, message: str, hint: str) -> None:
    got = ask(app, "POST", "/", **{field: value})
    assert got.status == 422
    assert message in got.body.decode() and hint in got.body.decode()


def test_a_field_that_came_twice_is_named_as_the_page_calls_it() -> None:
    found = multipart.parse("application/x-www-form-urlencoded", b"receipt=a&receipt=b")
    with pytest.raises(SousveilError) as raised:
        found.text("receipt")
    assert raised.value.message == (
        "“The words of your receipt” came twice, and nobody can know which is meant. Nothing was taken."
    )
    assert raised.value.hint == "Copy your text before you go back. Then load the form anew and send it once."


WRITTEN = "They came at night.\r\n\r\n<b>Help</b> & “us”"
SHOWN = """<textarea id="typed" rows="12" readonly autocomplete="off" spellcheck="false">
They came at night.

&lt;b&gt;Help&lt;/b&gt; &amp; “us”</textarea>"""
LOST = "What you sent was not stored, and cannot be shown here."


@pytest.mark.parametrize(
    ("path", "fields", "status", "says"),
    [
        (
            "/",
            {"files": [(f"{at}.txt", b"x") for at in range(30)]},
            413,
            "The form has too many fields, or too many files.",
        ),
        (
            "/",
            {"files": [(f"{at}.txt", b"x") for at in range(12)]},
            413,
            "These are too many files, or too large ones.",
        ),
        ("/receipt/write", {"receipt": "one two"}, 422, "A receipt has 9 words; here are 2."),
        ("/receipt/write", {"receipt": b"\xff"}, 422, "The text came in a form that cannot be read here."),
    ],
)
def test_a_fault_gives_back_what_was_written(
    app: App, path: str, fields: dict[str, Any], status: int, says: str
) -> None:
    got = ask(app, "POST", path, text=WRITTEN, **fields)
    page = got.body.decode()
    assert (got.status, says in page, SHOWN in page, LOST in page) == (status, True, True, False)
    assert len(got.body) in PADDED


def test_a_receipt_of_nothing_gives_back_what_was_written(app: App) -> None:
    page = ask(app, "POST", "/receipt/write", text=WRITTEN, receipt=receipt.new()).body.decode()
    assert "Nothing lies under this receipt" in page and SHOWN in page


def test_a_text_that_came_twice_or_is_damaged_is_given_back(app: App) -> None:
    kind, body = form(text=WRITTEN)
    mark = body.split(b"\r\n")[0]
    twice = body.replace(mark + b"--", body.removesuffix(mark + b"--\r\n") + mark + b"--")
    for sent in (twice, body[:-20], body.replace(b"Content-Disposition", b"X-Odd: 1\r\nContent-Disposition", 1)):
        lines = {"host": [HOST], "content-type": [kind], "content-length": [str(len(sent))]}
        got = app.answer(Request(method="POST", path="/", headers=lines, body=sent))
        page = got.body.decode()
        assert (got.status, "They came at night." in page, "&lt;b&gt;Help" in page) == (422, True, True)
        assert "Copy your text before you go back." in page


def test_a_receipt_that_leads_nowhere_is_told_apart_by_no_size(app: App) -> None:
    words = words_of(ask(app, "POST", "/", text="a").body)
    for text in ("b", "&" * 4_000, "<" * 15_000):
        known = ask(app, "POST", "/receipt/write", text=text, receipt=words)
        nowhere = ask(app, "POST", "/receipt/write", text=text, receipt=receipt.new())
        assert b"It has arrived" in known.body and b"Nothing lies under this receipt" in nowhere.body
        assert (known.status, len(known.body)) == (nowhere.status, len(nowhere.body))


def test_of_what_another_site_sends_nothing_is_shown(app: App) -> None:
    got = ask(app, "POST", "/", {"sec-fetch-site": ["cross-site"]}, text=WRITTEN)
    page = got.body.decode()
    assert (got.status, "night" in page, LOST in page) == (403, False, True)


def test_of_a_page_that_was_only_opened_nothing_was_lost(app: App) -> None:
    page = ask(app, "GET", "/nothing").body.decode()
    assert LOST not in page and 'id="typed"' not in page


def test_what_was_written_is_made_out_of_any_body() -> None:
    assert multipart.typed("application/x-www-form-urlencoded", b"text=a+b%0D%0Ac&text=d&x=e") == "a b\nc\n\nd"
    assert multipart.typed("text/plain", b"text=a") == ""
    assert multipart.typed("multipart/form-data; boundary=x", b"--x\r\nno head") == ""
