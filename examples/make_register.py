#!/usr/bin/env python3
"""Make the example register: invented companies, States, bodies and persons, out of examples/register/world.yaml.

    python examples/make_register.py FOLDER [CASE]

FOLDER must not exist. With CASE (a case folder of `sousveil check`) the finding of that phone is published too, reduced to
its public fields. Every publication is signed by the key of its publisher, as in a real register; the keys are made anew
and lie in FOLDER/example-keys.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from sousveil.ledger.keys import PrivateKey
from sousveil.register.admission import Held, Published
from sousveil.register.codes import EraseBy, EraseGround, PublicInterest, RetractReason, Role, Waived
from sousveil.register.finding import statements as finding_statements
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.register import Register

HERE = Path(__file__).resolve().parent
WORLD = HERE / "register" / "world.yaml"
RECORD = {"key", "type", "publisher", "standing", "source", "valid_from", "valid_until"}
COUNTRY = "xb"
"""The invented country in which the example phone was examined."""


class World:
    """The file, and the register that is being made of it."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.data: dict[str, Any] = yaml.safe_load(WORLD.read_text(encoding="utf-8"))
        self.names: dict[str, str] = self.data["publishers"]
        self.register = Register.init(
            folder,
            title="Example register (invented)",
            origin="register.example/log",
            example=True,
            contact="desk@register.example",
            database=database,
        )
        self.keys: dict[str, PrivateKey] = {}
        self.private = folder / "example-keys"
        self.private.mkdir(mode=0o700)
        self.ids: dict[tuple[str, str], str] = {}
        """(record, property) -> id of the statement, for replies and corrections."""

    def key(self, name: str, owner: str, role: Role, domain: str | None = None) -> None:
        """Make a key and register it."""
        made = PrivateKey.new()
        made.save(self.private / f"{name}.key")
        self.keys[name] = made
        if role is Role.PUBLISHER:
            domain = domain or f"{name}.example"
        self.register.key_add(made.public.raw.hex(), owner, role, domain=domain)

    def verify(self, told: dict[str, Any]) -> None:
        """Show that one key is its owner's: its domain named it, and two organisations vouched for it."""
        public = self.keys[told["key"]].public.raw.hex()
        for number, owner in enumerate(told["vouchers"]):
            self.key(f"voucher-{number + 1}", owner, Role.VOUCHER)
            self.register.vouch(public, self.keys[f"voucher-{number + 1}"])
        self.register.prove_domain(
            public, told["domain"], f"{public}\n".encode(), checked=told["checked"], fetched_by=self.register.title
        )

    def statements(self, record: dict[str, Any]) -> list[Statement]:
        """The statements of one record, its required ones first as they stand in the file."""
        made = []
        for name, values in record.items():
            if name in RECORD:
                continue
            for value in values if isinstance(values, list) else [values]:
                text = str(value)
                made.append(
                    Statement(
                        subject=subject(record["key"]),
                        type=record["type"],
                        property=name,
                        value=subject(text[1:]) if text.startswith("@") else text,
                        source=record["source"],
                        publisher=self.names[record["publisher"]],
                        dataset="direct",
                        standing=Standing(record["standing"]),
                        valid_from=record.get("valid_from"),
                        valid_until=record.get("valid_until"),
                        person=record["type"] == "Person" or text == "@vostok",
                    )
                )
        return made

    def publish(self, records: list[dict[str, Any]]) -> list[Published | Held]:
        """Publish records, each signed by its publisher."""
        outcomes = []
        for record in records:
            statements = self.statements(record)
            outcome = self.register.publish(statements, self.keys[record["publisher"]])
            outcomes.append(outcome)
            if isinstance(outcome, Published):
                for statement, id in zip(statements, outcome.ids, strict=True):
                    self.ids[record["key"], statement.property] = id
        return outcomes

    def answer(self, one: dict[str, Any], stance: Stance, value: str) -> None:
        """A denial or a correction of a statement that was published before."""
        about, property = (one.get("of") or one["key"]), one["property"]
        first = self.register.store.statement(self.ids[about, property])
        assert first is not None and not hasattr(first, "ground")
        said = first.statement
        self.register.publish(
            [
                Statement(
                    subject=said.subject,
                    type=said.type,
                    property=said.property if stance is Stance.CORRECTS else "reply",
                    value=value,
                    source=one["source"],
                    publisher=self.names[one["publisher"]],
                    dataset="direct",
                    standing=Standing.REPORTED if stance is Stance.DENIES else said.standing,
                    stance=stance,
                    supersedes=self.ids[about, property],
                )
            ],
            self.keys[one["publisher"]],
        )


def subject(key: str) -> str:
    """The id of a record of the file."""
    return entity_id("example", key)


def make(folder: Path, case: Path | None = None, database: str | None = None) -> Register:
    """Make the register; gives it open."""
    world = World(folder, database)
    register = world.register
    for name, owner in world.names.items():
        world.key(name, owner, Role.PUBLISHER, world.data["domains"].get(name))
    for number in (1, 2):
        world.key(f"reviewer-{number}", f"Reviewer {number} (invented)", Role.REVIEWER)
    world.verify(world.data["verified"])
    world.publish(world.data["records"])
    for outcome in world.publish(world.data["held"]):
        assert isinstance(outcome, Held)
        for id in outcome.ids:
            for number in (1, 2):
                key = world.keys[f"reviewer-{number}"]
                register.review(id, key, ground=PublicInterest.OFFICE, waived=Waived.ALREADY_PUBLIC)
    world.publish(world.data["waiting"])
    for one in world.data["denials"]:
        world.answer(one, Stance.DENIES, one["reply"])
    for one in world.data["corrections"]:
        world.answer(one, Stance.CORRECTS, one["value"])
    for record in world.data["retracted"]:
        world.publish([record])
        ids = [id for (key, _), id in world.ids.items() if key == record["key"]]
        register.retract(ids, world.keys[record["publisher"]], RetractReason.WRONG)
    for record in world.data["erased"]:
        world.publish([record])
        ids = [id for (key, _), id in world.ids.items() if key == record["key"]]
        register.erase(ids, EraseGround.MISTAKE, EraseBy.PUBLISHER)
    if case is not None:
        statements = finding_statements(
            case,
            country=COUNTRY,
            publisher=world.names["open-phones"],
            source="Examination of the example phone (invented), Open Phones Collective",
        )
        register.publish(statements, world.keys["open-phones"])
    return register


if __name__ == "__main__":
    with make(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None) as made:
        print(f"{made.store.size()} entries in the log of {sys.argv[1]}")
