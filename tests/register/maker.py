"""A small invented register: companies, a State, an owner, a licence, a denial; made by code, the same each time."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from sousveil.decisions.api import gate
from sousveil.ledger import note
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.policy import Known
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.admission import Held, Published
from sousveil.register.codes import Role
from sousveil.register.folder import OPERATOR_KEY, Folder
from sousveil.register.gates import Arrival
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.publication import File, Submission
from sousveil.register.register import Register
from sousveil.register.store import writing
from tests.profiles import prepared_folder

ORIGIN = "register.example/log"
TITLE = "An invented register"
SOURCE = "https://paper.example/2026/story"

ACME = entity_id("invented", "acme")
HOLDING = entity_id("invented", "holding")
STATE = entity_id("invented", "state")
PRODUCT = entity_id("invented", "product")
OWNERSHIP = entity_id("invented", "ownership")
LICENCE = entity_id("invented", "licence")
BOSS = entity_id("invented", "boss")


class OpenGate:
    """Lets every publication pass: for tests of what is published, not of who may publish it."""

    def __call__(self, arrival: Arrival, /) -> None:
        """Nothing is looked at."""

    def files(self, files: Sequence[File], /) -> None:
        """Nothing is looked at."""


def private(name: str) -> PrivateKey:
    """A key that is the same in each run."""
    return PrivateKey(name.encode().ljust(32, b".")[:32])


def public(name: str) -> str:
    """Its public half, as entries name it."""
    return private(name).public.raw.hex()


def said(subject: str, type: str, property: str, value: str, **more: Any) -> Statement:
    """A statement with a source; everything can be named."""
    fields: dict[str, Any] = {
        "source": SOURCE,
        "publisher": "The Invented Paper",
        "dataset": "direct",
        "standing": Standing.REPORTED,
        **more,
    }
    return Statement(subject=subject, type=type, property=property, value=value, **fields)


def company(number: int, **more: Any) -> list[Statement]:
    """Three statements about the n-th of any number of companies."""
    id = entity_id("invented", "company", str(number))
    return [
        said(id, "Company", "name", f"Invented Systems {number} Ltd", **more),
        said(id, "Company", "country", ("de", "il", "it", "gb", "cy")[number % 5], **more),
        said(id, "Company", "summary", f"Sells invented things, number {number}.", **more),
    ]


def publish_ten(folder: str, number: str) -> None:
    """Publishes ten companies of a process, one after another, and prints where each is in the log."""
    with Register.open(Path(folder), gate=gate) as register:
        for n in range(10):
            done = register.publish(company(int(number) * 100 + n, publisher="Intake"), private("loader"))
            print(published(done).index)


def world() -> list[Statement]:
    """Everything that needs no reviewer."""
    return [
        said(ACME, "Company", "name", "Acme Interception Ltd"),
        said(ACME, "Company", "country", "il", valid_from="2015", valid_until=".."),
        said(HOLDING, "Company", "name", "Grey Holding SA"),
        said(HOLDING, "Company", "country", "lu"),
        said(OWNERSHIP, "Ownership", "owner", HOLDING, valid_from="2019-05"),
        said(OWNERSHIP, "Ownership", "asset", ACME, valid_from="2019-05"),
        said(PRODUCT, "SurveillanceProduct", "name", "Nightjar"),
        said(PRODUCT, "SurveillanceProduct", "vendor", ACME),
    ]


@dataclass(frozen=True, slots=True)
class Made:
    """An open register and the keys of the people around it."""

    register: Register
    world: Published


KEYS = {
    "paper": ("The Invented Paper", Role.PUBLISHER),
    "acme": (ACME, Role.PUBLISHER),
    "loader": ("Intake", Role.LOADER),
    "anna": ("Anna's office", Role.REVIEWER),
    "bela": ("Bela's office", Role.REVIEWER),
    "clinic": ("A digital clinic", Role.VOUCHER),
    "union": ("A union", Role.VOUCHER),
}
"""Name of the key (see `private`) -> its owner and role."""


def add_keys(register: Register, *names: str) -> None:
    """Register these of `KEYS`, or all, as one batch."""
    operator = register.paths.key(OPERATOR_KEY)
    entries = []
    for name in names or KEYS:
        owner, role = KEYS[name]
        domain = "acme.example" if name == "acme" else None
        payload = log.KeyAdd(key=public(name), owner=owner, role=role, domain=domain, made="2026-11-01T12:00:00Z")
        entries.append(Submission(envelope=publication.sign(log.encode(payload), operator)))
    for outcome in register.submit_many(entries):
        published(outcome)


def key_of(register: Register, owner: str) -> PrivateKey:
    """The key of whoever says something: the operator's own, or a publisher's, which is made and registered when it is missing."""
    operator = register.paths.key(OPERATOR_KEY)
    states = register.store.keyring().states()
    if any(one.owner == owner and one.public == operator.public.raw.hex() for one in states):
        return operator
    known = next((name for name, (of, role) in KEYS.items() if of == owner and role is Role.PUBLISHER), None)
    key = private(known) if known else PrivateKey(sha256(owner.encode()).digest())
    if all(one.public != key.public.raw.hex() for one in states):
        register.key_add(key.public.raw.hex(), owner, Role.PUBLISHER)
    return key


def tell(register: Register, statements: Iterable[Statement]) -> list[Published]:
    """Publish these in their order, each signed with the key of whoever says it, and insist that they are public."""
    return [
        published(register.publish(list(some), key_of(register, owner), receipt=False))
        for owner, some in groupby(statements, key=lambda one: one.publisher)
    ]


_TRUE_CLOCK = writing.utc_now
_PREPARED_ROOT = prepared_folder("made")


@cache
def _prepared() -> tuple[Path, Published]:
    """A register to copy: that takes a tenth of the time of making it."""
    folder = _PREPARED_ROOT / "register"
    with made(folder) as one:
        return folder, one.world


@contextmanager
def copied(folder: Path, *, database: str | None = None) -> Iterator[Made]:
    """What `made` makes, copied where it can be: all copies have the same keys, that of the log among them."""
    if database is not None or writing.utc_now is not _TRUE_CLOCK:
        with made(folder, database=database) as new:
            yield new
        return
    prepared, done = _prepared()
    shutil.copytree(prepared, folder)
    with Register.open(folder, gate=gate) as register:
        yield Made(register, done)


@contextmanager
def made(folder: Path, *, database: str | None = None, policy: bytes | None = None) -> Iterator[Made]:
    """A register with all keys and the world in it. Closed at the end."""
    with Register.init(
        folder,
        title=TITLE,
        origin=ORIGIN,
        example=True,
        owner="The operator",
        database=database,
        policy=policy,
        gate=gate,
    ) as register:
        add_keys(register)
        done = register.publish(world(), private("paper"))
        assert isinstance(done, Published)
        yield Made(register, done)


def published(outcome: object) -> Published:
    """The outcome, which must be a publication."""
    assert isinstance(outcome, Published), outcome
    return outcome


def held(outcome: object) -> Held:
    """The outcome, which must be held."""
    assert isinstance(outcome, Held), outcome
    return outcome


def imprint(folder: Path) -> None:
    """Says who is responsible for a register, so that others may read it."""
    paths = Folder(folder)
    said = {"publisher": "Lantern Press (invented)", "publisher_address": "2 Brass Row, Calder"}
    contact = {"contact": "desk@lantern.example", "reply_address": "replies@lantern.example"}
    paths.write_config(replace(paths.config(), **said, **contact))


def silence(register: Register) -> str:
    """From now on the register has one witness, which cosigned before and gives no answer. Gives its address."""
    signer = note.Signer(name="w.example/w", key=PrivateKey(b"w" * 32), algorithm=note.COSIGNATURE)
    url = "http://127.0.0.1:1"
    register.witnesses.asked = {"w0": Known(verifier=signer.verifier, url=url)}
    register.store.set_meta("witness:w0", "1")
    return url


def answering(register: Register) -> None:
    """As if the witness had answered."""
    register.witnesses._confirmed = True
    register.witnesses.asked = {}
