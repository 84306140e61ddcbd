"""What a register says publicly of a notice that it sent, with the key of its operator."""

from __future__ import annotations

from sousveil.decisions.desk.letters import Notice
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Standing, Statement
from sousveil.register.register import DIRECT, Register


def is_public(register: Register, record: str, sha256: str) -> bool:
    """Whether the operator has said already that this notice was sent. What others say of the same record is no word of ours."""
    owner = _operator(register)
    return any(
        one.statement.property == "contentHash" and one.statement.value == sha256 and one.statement.publisher == owner
        for one in register.store.statements_of([record])
    )


def sent(register: Register, notice: Notice, sha256: str, record: str, day: str) -> list[Statement]:
    """That it was sent, on the day on which it arrived."""
    values = {
        "name": f"Notice about {notice.company_name}",
        "regulator": notice.regulator,
        "company": notice.company,
        "sentOn": day,
        "contentHash": sha256,
        "harms": f"{len(notice.told)} statements about {', '.join(notice.concerns_names)}, with every reply on file.",
        **({"corporateEvent": notice.event} if notice.event else {}),
        **({"occasion": notice.event_name} if notice.event_name else {}),
    }
    return [said(register, record, name, value, sha256) for name, value in values.items()]


def said(register: Register, record: str, name: str, value: str, sha256: str) -> Statement:
    """One statement of the operator about a notice."""
    return Statement(
        subject=record,
        type="RegulatorNotice",
        property=name,
        value=value,
        source=f"Notice of this register, SHA-256 {sha256}",
        publisher=_operator(register),
        dataset=DIRECT,
        standing=Standing.CONFIRMED,
    )


def _operator(register: Register) -> str:
    return register.key_state(register.paths.key(OPERATOR_KEY).public.id).owner
