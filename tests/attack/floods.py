"""One sender who asks for more than its share: others are still answered."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sousveil.complaints.desk import Desk
from sousveil.decisions.api import gate
from sousveil.register.register import Register
from sousveil.web.limits import PER_KEY
from tests.attack.acts import invited
from tests.attack.field import Field, Result, Tally, send
from tests.attack.statements import post
from tests.complaints import places
from tests.complaints.test_floods import Flood
from tests.register.maker import company, key_of, private
from tests.web.staff.people import COMPANY, KEYS, OPERATOR, Staff
from tests.web.staff.visitor import Visitor

JUNK = ("", "x", "7", "[]", "{}", "null", '{"id": "eA", "type": "public-key"}', '{"response": {}}', "[" * 5_000)
"""What no passkey answers."""
PATIENCE = 10.0
"""Seconds within which somebody else's plain page comes, on a machine that does other work besides."""


def slow_connections(field: Field) -> Result:
    """Hundreds of connections that send a request letter by letter, or its body never."""
    tally = Tally("connections that dawdle", "a connection takes no thread until its request is whole")
    host = urlsplit(field.pages)
    starts = (
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ",
        b"POST /screening HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n",
    )
    with ExitStack() as stack:
        for number in range(field.number(100, 400)):
            one = stack.enter_context(socket.create_connection((host.hostname, host.port), timeout=10))
            one.sendall(starts[number % 2] + b"a")
            tally.tried += 1
        for path in ("/", "/entities", "/search?q=Grey", "/staff/login/"):
            _still_answered(tally, field, path)
    return tally.result()


def heavy_lists(field: Field) -> Result:
    """Two long lists of repeated words to screen, at once and again; a plain page, a name and a short list are answered."""
    tally = Tally("two heavy lists at once", "lists wait in a turnstile; what is cheap does not pass it")
    with Register.open(field.folder, gate=gate) as register:
        for start in range(0, field.number(250, 5_000), 80):
            statements = [one for n in range(start, start + 80) for one in company(n, publisher=OPERATOR)]
            register.publish(statements, key_of(register, OPERATOR), receipt=False)
    names = "name\n" + "".join(f"{'invented systems ltd ' * 13}{n}\n" for n in range(200))  # as long as a name may be
    kind, body = places.form(file=[("list.csv", names.encode())])
    ended, statuses = threading.Event(), set[int]()

    def flood() -> None:
        while not ended.is_set():
            statuses.add(send(field.pages, "POST", "/screening", body, Content_Type=kind, seconds=120).status)

    senders = [threading.Thread(target=flood) for _ in range(2)]
    for one in senders:
        one.start()
    time.sleep(0.5)
    short_kind, short = places.form(file=[("list.csv", b"name\nGrey Wire Ltd\n")])
    for _ in range(field.number(2, 6)):
        for path in ("/", "/search?q=Grey", "/screening?name=Grey+Wire"):
            _still_answered(tally, field, path)
        begun = time.monotonic()
        page = field.send("POST", "/screening", short, Content_Type=short_kind)
        took = time.monotonic() - begun
        tally.check(page.status == 200 and took < PATIENCE, f"a short list: {page.status} after {took:.1f} s")
    ended.set()
    for one in senders:
        one.join()
    tally.check(200 in statuses and statuses <= {200, 413, 429}, f"the long lists, which must be read: {statuses}")
    return tally.result()


def files_at_once(field: Field) -> Result:
    """Several readers ask for the same bulk file at the moment at which it has to be made anew."""
    tally = Tally("one bulk file for many at once", "one makes it in a folder of its own; all get the same bytes")
    for number in range(field.number(2, 8)):
        with Register.open(field.folder, gate=gate) as register:
            statements = company(70_000 + number, publisher=OPERATOR)
            register.publish(statements, key_of(register, OPERATOR), receipt=False)
        time.sleep(1.2)  # until the server has seen it
        for path in ("/bulk/csv/direct.csv", "/bulk/jsonl/direct.jsonl", "/bulk/ftm/direct.ftm.json"):
            with ThreadPoolExecutor(6) as readers:
                pages = list(readers.map(lambda _, path=path: field.send("GET", path), range(6)))
            answers = {page.body for page in pages if page.status == 200}
            statuses = {page.status for page in pages}
            tally.check(statuses <= {200, 429} and len(answers) == 1, f"{path}: {statuses}, {len(answers)} answers")
    return tally.result()


def quota(field: Field) -> Result:
    """One key hands in more than its share of publications; another key's publication is taken."""
    tally = Tally("more publications than a key may", f"{PER_KEY} publications of a key a minute, counted once signed")
    with Register.open(field.folder, gate=gate) as register:
        mine, other = private(KEYS["Other Paper"][0]), private(KEYS[COMPANY][0])
        many = [
            register.prepare(company(90_000 + number, publisher="Other Paper"), mine)[0]
            for number in range(PER_KEY + 8)
        ]
        one = register.prepare(company(99_000, publisher=COMPANY), other)[0]
    pages = [post(field, submission) for submission in many]
    taken = sum(page.status == 201 for page in pages)
    tally.check(taken <= PER_KEY, f"{taken} publications of one key were taken")
    for page in pages[PER_KEY:]:
        tally.check(page.status == 429 and page.header("retry-after"), f"beyond the share: {page.status}")
    page = post(field, one)
    tally.check(page.status == 201, f"another key: {page.status}")
    _still_answered(tally, field, "/")
    return tally.result()


def sign_in_flood(field: Field) -> Result:
    """Somebody without an account asks for every page of signing in, in full more often than the 640 that once closed the door."""
    tally = Tally("sign-in pages without an account", "nothing is stored for somebody who has not signed in")
    staff, address = field.staff, field.door
    member, sender = Visitor(address), Visitor(address)
    member.enrol(invited(staff, "fred"))
    link = invited(staff, "nora")
    before, wrong, hard = rows(staff), 0, field.number(60, 20)  # each password is hashed, which is what costs
    for number in range(field.number(240, 5_000)):
        match number % 20:
            case 0 if number % hard == 0:
                sender.get("/staff/login/")
                page = sender.post("/staff/login/", login=f"name-{number}", password="wrong wrong wrong")
                wrong, expected = wrong + 1, 200
            case 1:
                page, expected = Visitor(address).post("/staff/login/", login="paula", password="x"), 403
            case 2:
                page, expected = Visitor(address).get(link), 200
            case 3:
                sender.get("/staff/login/")
                junk = JUNK[number // 20 % len(JUNK)]
                page, expected = sender.post("/staff/security/webauthn/login/", credential=junk), 302
            case 4:
                page, expected = Visitor(address, cookie=f"{sender.cookie}x").get("/staff/"), 302
            case _:
                page, expected = Visitor(address).get("/staff/login/"), 200
        back = page.status in (302, 303) and page.location.startswith("/staff/login/")
        tally.check(back if expected == 302 else page.status == expected, f"{number % 20}: {page.status}")
    after = rows(staff)
    tally.check(after.pop("counters") - before.pop("counters") <= wrong, "the counters grew more than wrong passwords")
    tally.check(after == before, f"rows were stored: {before} {after}")
    page = member.sign_in("fred")
    tally.check(page.location == "/staff/", f"a member of the staff cannot sign in: {page.status}")
    tally.check(staff["olga"].get("/staff/").status == 200, "olga, who is signed in, is not answered")
    return tally.result()


def rows(staff: Staff) -> dict[str, int]:
    """Rows of each table of the staff's accounts."""
    with closing(sqlite3.connect(staff.folder / "staff.sqlite", timeout=30)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: int(database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]) for name in tables}


def complaints(field: Field) -> Result:
    """Files, then texts, from one sender, on a small disk: a first text of somebody else, and a receipt, still go through."""
    tally = Tally("a flood of complaints", "rooms by size of message; files never take the room of texts")
    place = places.made(field.place("complaints") / "c", disk_budget_mib=32)
    with places.served(place) as server:
        status, _, page = server.post("/", text="early")
        tally.check(status == 200, f"the first message: {status}")
        words = places.words_of(page)
        for size in (40_000, 3_000_000):
            answers = [server.post("/", text="", files=[("f", bytes(size))]) for _ in range(field.number(3, 12))]
            statuses = {status for status, _, _ in answers}
            tally.check(statuses <= {200, 503}, f"files of {size:,} bytes: {statuses}")
        tally.check(503 in statuses, "no file was refused")
        status, _, _ = server.post("/", text="somebody else")
        tally.check(status == 200, f"a first text after files: {status}")
        flood = Flood(place.store, datetime.now(UTC), Desk(place.folder).limits)
        tally.check(flood.until_refused(flood.first), "no text was taken")
        for _ in range(3):  # one may still open meanwhile
            status, head, page = server.post("/", text="flood")
            if status != 200:
                break
        tally.check(status == 503 and head.get("retry-after"), f"a text too many: {status}")
        tally.check(b"flood" in page, "the text is not given back")
        status, _, _ = server.post("/receipt/write", receipt=words, text="more")
        tally.check(status == 200, f"further text with a receipt: {status}")
        status, _, _ = server.post("/receipt", receipt=words)
        tally.check(status == 200, f"reading answers: {status}")
    return tally.result()


def _still_answered(tally: Tally, field: Field, path: str) -> None:
    begun = time.monotonic()
    page = field.send("GET", path)
    took = time.monotonic() - begun
    tally.check(page.status == 200 and took < PATIENCE, f"{path}: {page.status} after {took:.1f} s")
