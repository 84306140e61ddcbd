"""An invented register for the desk: a council, its State and State company, a vendor with owner and reseller, a regulator."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sousveil.decisions.api import gate
from sousveil.desk import bidders
from sousveil.ledger.keys import PrivateKey
from sousveil.register import review
from sousveil.register.admission import Held
from sousveil.register.codes import PublicInterest, Role, Waived
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register

STATE, COUNCIL, WORKS = (entity_id("desk", one) for one in ("state", "council", "works"))
VENDOR, HOLDING, RESELLER, STRANGER = (entity_id("desk", one) for one in ("vendor", "holding", "reseller", "stranger"))
WITNESS, AVERNA = entity_id("desk", "witness"), entity_id("desk", "averna")
EXCHANGE, INCIDENT = entity_id("desk", "exchange"), entity_id("desk", "incident")
SOURCE = "The Port Meridian Post, 3 May 2026"


def key(name: str) -> PrivateKey:
    """A key that is the same in each run."""
    return PrivateKey(name.encode().ljust(32, b".")[:32])


def said(subject: str, type: str, **values: str) -> list[Statement]:
    """Statements about one subject."""
    return [
        Statement(
            subject=subject,
            type=type,
            property=property,
            value=value,
            source=SOURCE,
            publisher="The Port Meridian Post",
            dataset="direct",
            standing=Standing.REPORTED,
        )
        for property, value in values.items()
    ]


def world() -> list[Statement]:
    """Who is who."""
    links = {
        "own-works": {"owner": STATE, "asset": WORKS},
        "own-vendor": {"owner": HOLDING, "asset": VENDOR},
    }
    return [
        *said(STATE, "State", name="Republic of Calder", country="xa"),
        *said(COUNCIL, "PublicBody", name="Brackwater City Council", country="xa", partOf=STATE),
        *said(WORKS, "Company", name="Calder State Works", country="xa"),
        *said(VENDOR, "Company", name="Glasmoth Systems Ltd", country="xb"),
        *said(HOLDING, "Company", name="Fernhill Holding SA", country="xb", ticker="FERN"),
        *said(RESELLER, "Company", name="Ostrel Trading FZE", country="xc"),
        *said(EXCHANGE, "PublicBody", name="Port Meridian Exchange Supervisor", country="xb"),
        *[one for id, ends in links.items() for one in said(entity_id("desk", id), "Ownership", **ends)],
        *said(entity_id("desk", "agent"), "Representation", agent=RESELLER, client=VENDOR),
        *said(INCIDENT, "AbuseIncident", name="Phone of a newsroom", stage="infected", vendor=VENDOR, date="2026-03"),
    ]


OWNERS = {
    "post": ("The Port Meridian Post", Role.PUBLISHER),
    "council": (COUNCIL, Role.PUBLISHER),
    "works": (WORKS, Role.PUBLISHER),
    "anna": ("Anna's office", Role.REVIEWER),
    "bela": ("Bela's office", Role.REVIEWER),
}


@contextmanager
def office(folder: Path) -> Iterator[Register]:
    """The register, open."""
    with Register.init(
        folder, title="Desk (invented)", origin="desk.example/log", example=True, owner="The operator", gate=gate
    ) as register:
        for name, (owner, role) in OWNERS.items():
            domain = "post.example" if name == "post" else None
            register.key_add(key(name).public.raw.hex(), owner, role, domain=domain)
        register.publish(world(), key("post"))
        regulated(register)
        yield register


def regulated(register: Register, exchange: str = EXCHANGE) -> None:
    """A verified organization of elsewhere says that the supervisor of the exchange is a regulator, and of which State."""
    raw = key("witness").public.raw.hex()
    register.key_add(raw, WITNESS, Role.PUBLISHER, domain="witness.example")
    register.prove_domain(raw, "witness.example", raw.encode(), checked="2026-01-01", fetched_by="operator")
    for name in ("voucher-3", "voucher-4"):
        register.key_add(key(name).public.raw.hex(), f"{name} (invented)", Role.VOUCHER)
        register.vouch(raw, key(name))
    told = [
        *said(WITNESS, "Organization", name="Far Witness Society", country="xd"),
        *said(AVERNA, "State", name="Kingdom of Averna", country="xb"),
        *said(exchange, "PublicBody", office="regulator", partOf=AVERNA),
    ]
    confirmed = [
        msgspec.structs.replace(one, standing=Standing.CONFIRMED, publisher=WITNESS, source="https://witness.example/1")
        for one in told
    ]
    register.publish(confirmed, key("witness"))


def verify(register: Register) -> None:
    """The Post's domain names its key, and two vouch for it."""
    post = key("post").public.raw.hex()
    register.prove_domain(post, "post.example", post.encode(), checked="2026-01-01", fetched_by="operator")
    for name in ("voucher-1", "voucher-2"):
        register.key_add(key(name).public.raw.hex(), f"{name} (invented)", Role.VOUCHER)
        register.vouch(post, key(name))


def ssh_signature(folder: Path, name: str, data: bytes, namespace: str | None = None) -> bytes:
    """What `ssh-keygen -Y sign` says over the bytes, with the key of that name; for bidders of today unless it is for something else."""
    namespace = bidders.purpose(review.today()) if namespace is None else namespace
    path = folder / f"{name}.ssh"
    if not path.exists():
        key(name).save(path)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(path)]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def published(register: Register, statements: list[Statement]) -> list[str]:
    """Publish, and have two reviewers let in what is held because it is about persons. Gives the ids of the statements."""
    known = {one.id for one in register.store.iter_statements()}
    outcome = register.publish(statements, key("post"), receipt=False)
    if isinstance(outcome, Held):
        for id in outcome.ids:
            for name in ("anna", "bela"):
                register.review(id, key(name), ground=PublicInterest.OFFICE, waived=Waived.ALREADY_PUBLIC)
    return [one.id for one in register.store.iter_statements() if one.id not in known]
