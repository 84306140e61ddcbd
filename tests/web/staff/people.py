"""A register with everybody in it: keys, accounts of every role that are signed in, something of each kind to act on."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from sousveil.decisions.api import gate
from sousveil.ledger.keys import PrivateKey
from sousveil.register import outbox
from sousveil.register.admission import Held
from sousveil.register.codes import Role
from sousveil.register.entries import SSH_NAMESPACE
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Standing, entity_id
from sousveil.register.register import Register
from tests import forked
from tests.profiles import prepared_folder
from tests.register.maker import private, said
from tests.web.serving import served_apart
from tests.web.staff.visitor import Visitor

ENVIRONMENT = {"PYTHONPATH": str(forked.SOURCE), "PATH": "/usr/bin:/bin"}
COMPANY, OTHER = entity_id("staff", "company"), "Other Paper"
BODY, SEAT, OTHER_SEAT = entity_id("staff", "body"), entity_id("staff", "seat"), entity_id("staff", "other-seat")
PROPOSAL = entity_id("staff", "proposal")
NOTICE, PURCHASE = entity_id("staff", "notice"), entity_id("staff", "purchase")
OPERATOR = "The Operator"
PEOPLE = {
    "paula": ("publisher", COMPANY, ""),
    "peter": ("publisher", OTHER, ""),
    "rita": ("reviewer", "Review One", ""),
    "rolf": ("reviewer", "Review Two", ""),
    "rosa": ("reviewer", COMPANY, ""),
    "bela": ("board-member", BODY, SEAT),
    "carl": ("case-handler", "", ""),
    "olga": ("operator", OPERATOR, ""),
    "omar": ("operator", OPERATOR, ""),
}
"""Pseudonym -> role, owner, seat. rosa reviews, and her organisation is the one that publishes."""
KEYS = {
    COMPANY: ("company", Role.PUBLISHER),
    OTHER: ("other", Role.PUBLISHER),
    "Review One": ("review-one", Role.REVIEWER),
    "Review Two": ("review-two", Role.REVIEWER),
    BODY: ("seat", Role.PUBLISHER),
}


@dataclass
class Staff:
    """The served register and its people."""

    folder: Path
    address: str
    pages: str
    """Address of the pages for readers."""
    visitors: dict[str, Visitor] = field(default_factory=dict)
    held: str = ""
    dead: str = ""

    def __getitem__(self, name: str) -> Visitor:
        return self.visitors[name]

    def key(self, owner: str) -> PrivateKey:
        """The private key of an owner; the server has none of them but the operator's own."""
        if owner == OPERATOR:
            return PrivateKey.load(self.folder / "keys" / OPERATOR_KEY)
        return private(KEYS[owner][0])

    def sign(self, owner: str, payload: bytes) -> str:
        """What `ssh-keygen -Y sign` writes, on a device of the owner's."""
        with tempfile.TemporaryDirectory() as folder:
            self.key(owner).save(Path(folder) / "key")
            file = Path(folder) / "payload.json"
            file.write_bytes(payload)
            command = ["ssh-keygen", "-Y", "sign", "-n", SSH_NAMESPACE, "-f", str(Path(folder) / "key"), str(file)]
            subprocess.run(command, check=True, capture_output=True, timeout=60)
            return Path(f"{file}.sig").read_text("ascii")

    def draft(self, name: str, title: str = "A draft", text: str = "") -> str:
        """A new draft of a publisher; gives its number."""
        self[name].get("/staff/drafts/")
        page = self[name].post("/staff/drafts/new", title=title)
        assert page.status == 303, page.text
        number = page.location.rstrip("/").rsplit("/", 1)[-1]
        if text:
            self[name].get(page.location)
            assert self[name].post(f"{page.location}save", title=title, text=text).status == 303
        return number


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A verb of `sousveil register`."""
    done = forked.run(("register", *words, "--register", str(folder)), environment=ENVIRONMENT)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def fill(folder: Path, database: str | None = None) -> tuple[str, str]:
    """Keys, a board with a seat and a proposal, something that is held; gives its id and that of a dead delivery."""
    if database is not None:
        return _fill(folder, database)
    prepared, *ids = _prepared()
    shutil.copytree(prepared, folder)
    return ids[0], ids[1]


@cache
def _prepared() -> tuple[Path, str, str]:
    folder = prepared_folder("people") / "register"
    ids = _fill(folder)
    assert _invite(folder, ()) == {}  # makes the database of the accounts
    return folder, *ids


def _fill(folder: Path, database: str | None = None) -> tuple[str, str]:
    with Register.init(
        folder,
        database=database,
        title="People",
        origin="people.example/log",
        example=True,
        owner=OPERATOR,
        contact="replies@people.example",
        gate=gate,
    ) as register:
        for owner, (name, role) in KEYS.items():
            register.key_add(private(name).public.raw.hex(), owner, role)
        register.key_add(private("rosa").public.raw.hex(), COMPANY, Role.REVIEWER, holder=private("company"))
        register.publish(
            [
                said(COMPANY, "Company", "name", "Grey Wire Ltd", publisher=OPERATOR),
                said(BODY, "OversightBody", "name", "Board of Brackwater", publisher=OPERATOR),
                said(PROPOSAL, "Acquisition", "name", "Cameras for the harbour", publisher=OPERATOR),
                said(PROPOSAL, "Acquisition", "board", BODY, publisher=OPERATOR),
                said(PROPOSAL, "Acquisition", "noticeDays", "30", publisher=OPERATOR),
            ],
            receipt=False,
        )
        notice = {"acquisition": PROPOSAL, "noticedOn": "2026-01-05", "days": "30"}
        register.publish(
            [
                said(NOTICE, "PublicNotice", name, value, standing=Standing.CONFIRMED, publisher=BODY)
                for name, value in notice.items()
            ]
            + [
                said(seat, "Membership", name, value, standing=Standing.CONFIRMED, publisher=BODY)
                for seat in (SEAT, OTHER_SEAT)
                for name, value in {"organization": BODY, "member": COMPANY}.items()
            ],
            private("seat"),
            receipt=False,
        )
        alleged = said(
            COMPANY,
            "Company",
            "summary",
            "Sells to anybody.",
            standing=Standing.ALLEGED,
            publisher=COMPANY,
            asserted="2024-02-03",
        )
        bought = msgspec.structs.replace(
            alleged, subject=PURCHASE, type="Acquisition", property="vendor", value=COMPANY
        )
        held = register.publish([alleged, bought], private("company"))
        assert isinstance(held, Held)
        dead = outbox.mail(register, key="n/1", to="a@example.net", subject="A", text="x")
        register.store.db.execute("UPDATE outbox SET kind = 'mail.dead' WHERE id = ?", (dead,))
    return held.id, dead


def print_invitations(folder: str, *words: str) -> None:
    """Prints name and secret of each account: words are name, role, owner, seat of one after another."""
    from sousveil.web.staff.database import prepare

    prepare(Path(folder))
    from sousveil.web.staff.models import invite

    for name, role, owner, seat in zip(*[iter(words)] * 4, strict=True):
        print(name, invite(name, role, owner=owner, seat=seat))


def age_session(folder: str, key: str, name: str, seconds: str) -> None:
    """Moves a time of a session into the past, as the server itself writes it."""
    from sousveil.web.staff.database import prepare

    prepare(Path(folder))
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore(key)
    session[name] = session[name] - int(seconds)
    session.save()


def print_stranger(folder: str, seconds: str, token: str) -> None:
    """Prints what the cookie holds of somebody who got a form with this token so many seconds ago."""
    from sousveil.web.staff.database import prepare

    prepare(Path(folder))
    from sousveil.web.staff.sessions import SessionStore

    now = time.time()
    time.time = lambda: now - int(seconds)
    session = SessionStore()
    session["_csrftoken"] = token
    session.save()
    print(session.session_key)


def crowd(folder: str) -> None:
    """Prints what becomes of five passwords at once, of which none is hashed to its end before all have come."""
    from sousveil.web.staff.database import prepare

    prepare(Path(folder), "http://localhost:8001")
    from allauth.account.adapter import DefaultAccountAdapter
    from django.http import HttpRequest

    from sousveil.web.failures import Failure
    from sousveil.web.staff.adapters import AccountAdapter

    go_on, at_work, refused = threading.Event(), [0, 0], threading.Semaphore(0)

    def hashed(*_: object, **__: object) -> None:
        at_work[0] += 1
        at_work[1] = max(at_work)
        go_on.wait(20)
        at_work[0] -= 1

    DefaultAccountAdapter.authenticate = hashed
    found: list[str] = []

    def enter() -> None:
        try:
            AccountAdapter().authenticate(HttpRequest(), username="a", password="b")
            found.append("looked at")
        except Failure as failure:
            found.append(f"{failure.status} {failure.retry_after}")
            refused.release()

    threads = [threading.Thread(target=enter) for _ in range(5)]
    for one in threads:
        one.start()
    for _ in range(3):
        refused.acquire(timeout=20)
    go_on.set()
    for one in threads:
        one.join()
    enter()
    print(found, at_work[1])


def _invite(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Name -> link, made in one process (`sousveil register staff invite` itself is tested by itself)."""
    words = [word for name in names for word in (name, *PEOPLE[name])]
    done = forked.run((str(folder), *words), environment=ENVIRONMENT, call=print_invitations)
    assert done.returncode == 0, done.stderr
    made = (line.split() for line in done.stdout.decode().splitlines())
    return {name: f"/staff/invitation/{secret}/" for name, secret in made}


@contextmanager
def staff_of(
    folder: Path,
    *names: str,
    database: str | None = None,
    serve: Callable[[Path], AbstractContextManager[tuple[str, str]]] = served_apart,
) -> Iterator[Staff]:
    """The register served, these people signed in (all, where none is named)."""
    held, dead = fill(folder, database)
    links = _invite(folder, names or tuple(PEOPLE))
    with serve(folder) as (pages, address):
        staff = Staff(folder, address, pages, held=held, dead=dead)
        for name, link in links.items():
            visitor = staff.visitors[name] = Visitor(address)
            assert visitor.enrol(link).status == 303
            page = visitor.sign_in(name)
            assert (page.status, page.location) == (302, "/staff/"), page.text
            assert visitor.get("/staff/logout/").status == 200  # its form holds the token
        yield staff


def text_of(page: str) -> str:
    """A page's words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
