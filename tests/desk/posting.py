"""Notices on their way: what is approved, where mail goes, and the day on which it arrives."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sousveil.desk import notices
from sousveil.register.folder import Folder
from sousveil.register.outbox import delivering
from sousveil.register.outbox.settings import MailSettings
from sousveil.register.register import Register
from tests.desk.offices import EXCHANGE, HOLDING, ssh_signature

DAY = "2026-11-25"
TO = "filings@exchange.example"
GUARDS = {notices.GUARD: notices.hold_reason}


def drafted(register: Register, **more: str) -> notices.Seen:
    return notices.draft(register, regulator=EXCHANGE, company=HOLDING, **{"mail": TO, "day": DAY, **more})


def signed(register: Register, folder: Path, id: str, name: str, namespace: str = "sousveil-notice") -> bytes:
    data = (register.folder / "notices" / id / "notice.json").read_bytes()
    return ssh_signature(folder, name, data, namespace)


def approved(register: Register, folder: Path, **more: str) -> str:
    id = drafted(register, **more).id
    for name in ("anna", "bela"):
        notices.approve(register, id, signed(register, folder, id, name))
    return id


def on(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """Whatever the outbox delivers arrives on this day."""
    monkeypatch.setattr(delivering, "utc_now", lambda: f"{day}T23:59:59Z")


def by_mail(register: Register, port: int) -> None:
    """Mail goes to this port of this machine from now on."""
    mail = MailSettings(host="127.0.0.1", port=port, from_="register@desk.example", tls="none")
    register.config = msgspec.structs.replace(register.config, mail=mail)
    Folder(register.folder).write_config(register.config)


def public(register: Register) -> list[str]:
    """What is said publicly of notices."""
    return [
        f"{one.statement.property} {one.statement.value}"
        for id in register.store.subjects(type="RegulatorNotice")
        for one in register.store.statements_of([id])
    ]
