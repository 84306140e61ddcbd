"""The invented city of Port: a State with its export office, a police that buys, a board that decides, a vendor with its holding."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sousveil.decisions.api import gate
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.admission import Held, Published
from sousveil.register.codes import Role
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.publication import Submission
from sousveil.register.register import Register
from sousveil.register.store import writing
from tests.profiles import prepared_folder
from tests.register.maker import private, published

SOURCE = "Gazette of Port (invented), 2025"


def id_of(name: str) -> str:
    """The entity of this name in Port."""
    return entity_id("port", name)


OWNERS = {
    key: id_of(key) for key in ("office", "police", "board", "vendor", "holding", "ngo", "office-b", "witness")
} | {"paper": "The Port Paper"}
"""Key -> its owner: the entity for which it is registered. The paper's is registered for a name, and speaks for nobody."""
VERIFIED = ("office", "witness")

Values = dict[str, str | list[str]]
Rec = tuple[str, str, Values]
"""Key of the entity, record type, properties. `@key` points to another entity of Port."""


def statements(key: str, *records: Rec, standing: Standing = Standing.CONFIRMED, **more: Any) -> list[Statement]:
    """The statements of records, said by the owner of a key."""
    found = []
    for name, type, values in records:
        for property, value in values.items():
            for one in value if isinstance(value, list) else [value]:
                found.append(
                    Statement(
                        subject=id_of(name),
                        type=type,
                        property=property,
                        value=id_of(one[1:]) if one.startswith("@") else one,
                        source=SOURCE,
                        publisher=OWNERS[key],
                        dataset="direct",
                        standing=standing,
                        **more,
                    )
                )
    return found


PROPOSAL: Rec = (
    "proposal",
    "Acquisition",
    {
        "name": "Reading phones at the harbour",
        "body": "@police",
        "product": "@product",
        "vendor": "@vendor",
        "board": "@board",
        "proposedOn": "2025-01-10",
        "noticeDays": "30",
        "commentsUntil": "2025-02-20",
        "hearingDate": "2025-03-01",
    },
)
NOTICE: Rec = ("notice", "PublicNotice", {"acquisition": "@proposal", "noticedOn": "2025-01-15", "days": "20"})
WORLD: list[tuple[str, list[Rec]]] = [
    (
        "paper",
        [
            ("state", "State", {"name": "Republic of Xanthe", "country": "xa"}),
            ("state-b", "State", {"name": "Bazar", "country": "xb"}),
            ("office", "PublicBody", {"name": "Xanthe Export Office", "partOf": "@state"}),
            ("office-b", "PublicBody", {"name": "Bazar Export Office", "partOf": "@state-b"}),
            ("police", "PublicBody", {"name": "City Police of Port", "partOf": "@state"}),
            ("service", "PublicBody", {"name": "Bazar Service", "partOf": "@state-b"}),
            ("vendor", "Company", {"name": "Hollow Systems Ltd", "country": "xa"}),
            ("holding", "Company", {"name": "Grey Tern Holding", "country": "xb"}),
            ("fund", "Company", {"name": "Slow Fund LP", "country": "xc"}),
            (
                "owns",
                "Ownership",
                {"owner": "@holding", "asset": "@vendor", "percentage": "80", "startDate": "2019-01-01"},
            ),
            (
                "owned",
                "Ownership",
                {
                    "owner": "@fund",
                    "asset": "@vendor",
                    "percentage": "60",
                    "startDate": "2015-01-01",
                    "endDate": "2018-12-31",
                },
            ),
            ("product", "SurveillanceProduct", {"name": "Mudlark", "vendor": "@vendor"}),
            ("ngo", "Organization", {"name": "People of Port"}),
            ("school", "Organization", {"name": "School of Law"}),
        ],
    ),
    (
        "board",
        [
            (
                "board",
                "OversightBody",
                {
                    "name": "Port Community Board",
                    "country": "xa",
                    "bodyKind": "community",
                    "mandate": "Decides on surveillance by the city.",
                    "establishedOn": "2020-01-01",
                },
            ),
            (
                "seat-1",
                "Membership",
                {
                    "member": "@ngo",
                    "organization": "@board",
                    "constituency": "civil-society",
                    "humanRights": "yes",
                    "startDate": "2020-01-01",
                    "endDate": "2030-01-01",
                },
            ),
            (
                "seat-2",
                "Membership",
                {"member": "@school", "organization": "@board", "constituency": "academia", "startDate": "2021-01-01"},
            ),
            (
                "seat-old",
                "Membership",
                {
                    "member": "@fund",
                    "organization": "@board",
                    "constituency": "industry",
                    "startDate": "2020-01-01",
                    "endDate": "2023-12-31",
                },
            ),
        ],
    ),
    ("police", [PROPOSAL]),
    (
        "office",
        [
            (
                "licence",
                "ExportLicence",
                {
                    "name": "Licence X-1",
                    "licensee": "@vendor",
                    "issuer": "@office",
                    "product": "@product",
                    "destination": "xb",
                    "status": "granted",
                    "issueDate": "2024-05-01",
                },
            ),
        ],
    ),
]


WITNESSED: list[tuple[str, list[Rec]]] = [
    (
        "witness",
        [
            ("witness", "Organization", {"name": "Far Witness Society", "country": "xd"}),
            ("state", "State", {"name": "Republic of Xanthe", "country": "xa"}),
            ("state-b", "State", {"name": "Bazar", "country": "xb"}),
            ("office", "PublicBody", {"partOf": "@state", "office": "regulator"}),
            ("office-b", "PublicBody", {"partOf": "@state-b", "office": "regulator"}),
        ],
    )
]
"""A verified organization of elsewhere says that the offices are regulators: more for `port`, where a notice is to count."""


def add_keys(register: Register) -> None:
    """The keys of Port, the office's verified."""
    operator = register.paths.key(OPERATOR_KEY)
    entries: list[log.Payload] = [
        log.KeyAdd(
            key=private(name).public.raw.hex(),
            owner=owner,
            role=Role.PUBLISHER,
            domain=f"{name}.example",
            made="2026-01-01T00:00:00Z",
        )
        for name, owner in OWNERS.items()
    ]
    entries += [
        log.KeyAdd(
            key=private(name).public.raw.hex(),
            owner=f"Voucher {name}",
            role=Role.VOUCHER,
            domain=None,
            made="2026-01-01T00:00:00Z",
        )
        for name in ("clinic", "union")
    ]
    for outcome in register.submit_many(
        [Submission(envelope=publication.sign(log.encode(one), operator)) for one in entries]
    ):
        published(outcome)
    for name in VERIFIED:
        public = private(name).public.raw.hex()
        for voucher in ("clinic", "union"):
            register.vouch(public, private(voucher))
        register.prove_domain(
            public, f"{name}.example", (public + "\n").encode(), checked="2026-01-02", fetched_by="The operator"
        )


def tell(
    register: Register, key: str, *records: Rec, standing: Standing = Standing.CONFIRMED, **more: Any
) -> Published:
    """Publish records; they must be taken."""
    done = register.publish(statements(key, *records, standing=standing, **more), private(key), receipt=False)
    assert isinstance(done, Published), done
    return done


def hold(register: Register, key: str, *records: Rec, **more: Any) -> Held:
    """Publish records; they must be held."""
    done = register.publish(statements(key, *records, **more), private(key))
    assert isinstance(done, Held), done
    return done


_TRUE_CLOCK = writing.utc_now
_PREPARED_ROOT = prepared_folder("port")


@cache
def _prepared() -> Path:
    """The register of Port to copy: that takes a tenth of the time of making it."""
    _made(_PREPARED_ROOT / "register").close()
    return _PREPARED_ROOT / "register"


def _made(folder: Path) -> Register:
    made = Register.init(
        folder, title="Port (invented)", origin="port.example/log", example=True, owner="The operator", gate=gate
    )
    add_keys(made)
    for key, records in WORLD:
        tell(made, key, *records)
    return made


@contextmanager
def port(folder: Path, *more: tuple[str, list[Rec]]) -> Iterator[Register]:
    """The register of Port, open."""
    if writing.utc_now is _TRUE_CLOCK:
        shutil.copytree(_prepared(), folder)
        opened = Register.open(folder, gate=gate)
    else:  # a test sets the time: nothing may be recorded at another
        opened = _made(folder)
    with opened as register:
        for key, records in more:
            tell(register, key, *records)
        yield register


def key_file(folder: Path, name: str) -> Path:
    """The private key of somebody, in a file."""
    path = folder / f"{name}.key"
    if not path.exists():
        private(name).save(path)
    return path
