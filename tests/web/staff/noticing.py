"""A notice to a regulator in the staff's register, and signatures of its bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec

from sousveil.decisions.desk import notices
from sousveil.register.codes import Role
from sousveil.register.model import Standing, entity_id
from sousveil.register.register import Register
from tests.register.maker import private, said
from tests.web.staff.people import COMPANY, OPERATOR, Staff

EXCHANGE, INCIDENT = entity_id("staff", "exchange"), entity_id("staff", "incident")


def drafted(staff: Staff) -> str:
    """A draft about the company, with its reason; gives its number."""
    with Register.open(staff.folder) as register:
        register.publish(
            [
                said(EXCHANGE, "PublicBody", "name", "Exchange Supervisor", publisher=OPERATOR),
                said(INCIDENT, "AbuseIncident", "name", "Phone of a newsroom", publisher=OPERATOR),
                said(INCIDENT, "AbuseIncident", "stage", "infected", publisher=OPERATOR),
                said(INCIDENT, "AbuseIncident", "vendor", COMPANY, publisher=OPERATOR),
            ],
            receipt=False,
        )
        regulated(register)
        return notices.draft(register, regulator=EXCHANGE, company=COMPANY, mail="filings@exchange.example").id


def regulated(register: Register) -> None:
    """A verified organization of elsewhere says that the supervisor is a regulator, and of which State."""
    witness, state, key = entity_id("staff", "witness"), entity_id("staff", "state"), private("far-witness")
    raw = key.public.raw.hex()
    register.key_add(raw, witness, Role.PUBLISHER, domain="witness.example")
    register.prove_domain(raw, "witness.example", raw.encode(), checked="2026-01-01", fetched_by="operator")
    for name in ("voucher-3", "voucher-4"):
        register.key_add(private(name).public.raw.hex(), f"{name} (invented)", Role.VOUCHER)
        register.vouch(raw, private(name))
    told = [
        said(witness, "Organization", "name", "Far Witness Society", publisher=witness),
        said(witness, "Organization", "country", "xd", publisher=witness),
        said(state, "State", "name", "Kingdom of Averna", publisher=witness),
        said(state, "State", "country", "xb", publisher=witness),
        said(EXCHANGE, "PublicBody", "office", "regulator", publisher=witness),
        said(EXCHANGE, "PublicBody", "partOf", state, publisher=witness),
    ]
    register.publish([msgspec.structs.replace(one, standing=Standing.CONFIRMED) for one in told], key)


def signed(folder: Path, name: str, data: bytes) -> str:
    """What `ssh-keygen` writes, by the command that the page shows."""
    for old in ("key", "notice.json.sig"):
        (folder / old).unlink(missing_ok=True)
    private(name).save(folder / "key")
    (folder / "notice.json").write_bytes(data)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "sousveil-notice", "-f", str(folder / "key"), "notice.json"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=60)
    return (folder / "notice.json.sig").read_text("ascii")
