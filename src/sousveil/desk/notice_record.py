"""What a register says publicly of a notice that it sent, with the key of its operator; and to whom one may be addressed."""

from __future__ import annotations

from sousveil.decisions.compiled import compile_world
from sousveil.decisions.facts.securities import hears
from sousveil.desk.letters import Notice
from sousveil.kinds import visible
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Standing, Statement
from sousveil.register.refusal import Refused
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


def check_office(register: Register, regulator: str, company: str, day: str) -> None:
    """Refuse whoever is no regulator that can be told of a company, by the test of the rule. Raises Refused."""
    world = compile_world(register.store, day)
    if not hears(world, world.base.canonical(regulator), [world.base.canonical(company)]):
        raise Refused(
            f"{visible(world.caption(regulator), 100)} is not on file as a regulator, or is of the company's group.",
            field="regulator",
            code="no_regulator",
            hint="Name a public body of a State with `office: regulator`, as somebody independent of the company says with a verified key. "
            "Who is not on file as one is published so first.",
        )
