"""A notice to a regulator in the staff's register, and signatures of its bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sousveil.decisions.api import gate
from sousveil.desk import notices
from sousveil.register.model import entity_id
from sousveil.register.register import Register
from tests.desk.offices import regulated
from tests.register.maker import private, said
from tests.web.staff.people import COMPANY, OPERATOR, Staff

EXCHANGE, INCIDENT = entity_id("staff", "exchange"), entity_id("staff", "incident")


def drafted(staff: Staff) -> str:
    """A draft about the company, with its reason; gives its number."""
    with Register.open(staff.folder, gate=gate) as register:
        register.publish(
            [
                said(EXCHANGE, "PublicBody", "name", "Exchange Supervisor", publisher=OPERATOR),
                said(INCIDENT, "AbuseIncident", "name", "Phone of a newsroom", publisher=OPERATOR),
                said(INCIDENT, "AbuseIncident", "stage", "infected", publisher=OPERATOR),
                said(INCIDENT, "AbuseIncident", "vendor", COMPANY, publisher=OPERATOR),
            ],
            receipt=False,
        )
        regulated(register, EXCHANGE)
        return notices.draft(register, regulator=EXCHANGE, company=COMPANY, mail="filings@exchange.example").id


def signed(folder: Path, name: str, data: bytes) -> str:
    """What `ssh-keygen` writes, by the command that the page shows."""
    for old in ("key", "notice.json.sig"):
        (folder / old).unlink(missing_ok=True)
    private(name).save(folder / "key")
    (folder / "notice.json").write_bytes(data)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "sousveil-notice", "-f", str(folder / "key"), "notice.json"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=60)
    return (folder / "notice.json.sig").read_text("ascii")
