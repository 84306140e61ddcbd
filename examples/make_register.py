#!/usr/bin/env python3
"""Make the example register: invented companies, States, bodies and persons, out of examples/register/world.yaml,
and what the letter asks for in one of those States, out of examples/register/lifting.yaml.

    python examples/make_register.py FOLDER [CASE]

FOLDER must not exist. With CASE (a case folder of `sousveil check`) the finding of that phone is published too, reduced to
its public fields. Every publication is signed by the key of its publisher, as in a real register; the keys are made anew
and lie in FOLDER/example-keys.
"""

from __future__ import annotations

import sys
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import yaml
from msgspec.structs import replace

from sousveil.decisions.api import gate
from sousveil.ledger.keys import PrivateKey
from sousveil.register.admission import Held, Published
from sousveil.register.codes import EraseBy, EraseGround, PublicInterest, RetractReason, Role, Waived
from sousveil.register.finding import statements as finding_statements
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.register import Register

HERE = Path(__file__).resolve().parent
WORLD = HERE / "register" / "world.yaml"
LIFTING = HERE / "register" / "lifting.yaml"
RECORD = {"key", "type", "publisher", "standing", "source", "valid_from", "valid_until", "bundle"}
COUNTRY = "xb"
"""The invented country in which the example phone was examined."""


class World:
    """The file, and the register that is being made of it."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.data: dict[str, Any] = yaml.safe_load(WORLD.read_text(encoding="utf-8"))
        self.lifting: dict[str, Any] = yaml.safe_load(LIFTING.read_text(encoding="utf-8"))
        for part in ("publishers", "domains", "verified"):
            self.data[part] |= self.lifting[part]
        self.names: dict[str, str] = {name: value(owner) for name, owner in self.data["publishers"].items()}
        """Publisher -> the entity for which its key is registered; for one of them a name alone."""
        self.register = Register.init(
            folder,
            title="Example register (invented)",
            origin="register.example/log",
            example=True,
            contact="desk@register.example",
            database=database,
            gate=gate,
        )
        self.register.config = replace(
            self.register.config,
            publisher="Example Register Trust (invented)",
            publisher_address="1 Lantern Row, Calder (invented)",
            reply_address="replies@register.example",
        )
        self.register.paths.write_config(self.register.config)
        self.keys: dict[str, PrivateKey] = {}
        self.private = folder / "example-keys"
        self.private.mkdir(mode=0o700)
        self.ids: dict[tuple[str, str], str] = {}
        """(record, property) -> id of the statement, for replies and corrections."""

    def key(self, name: str, owner: str, role: Role) -> None:
        """Make a key and register it."""
        made = PrivateKey.new()
        made.save(self.private / f"{name}.key")
        self.keys[name] = made
        domain = self.domain(name) if role is Role.PUBLISHER else None
        self.register.key_add(made.public.raw.hex(), owner, role, domain=domain)

    def vouchers(self) -> None:
        """Make the keys of those who vouch for others."""
        for number, owner in enumerate(self.data["vouchers"]):
            self.key(f"voucher-{number + 1}", owner, Role.VOUCHER)

    def verify(self, name: str, checked: str) -> None:
        """Show that a key is its owner's: its domain named it, and two organisations vouched for it."""
        public = self.keys[name].public.raw.hex()
        for number in range(len(self.data["vouchers"])):
            self.register.vouch(public, self.keys[f"voucher-{number + 1}"])
        domain = self.domain(name)
        self.register.prove_domain(
            public, domain, f"{public}\n".encode(), checked=checked, fetched_by=self.register.title
        )

    def domain(self, name: str) -> str:
        """The official domain of a publisher."""
        return str(self.data["domains"].get(name, f"{name}.example"))

    def statements(self, record: dict[str, Any]) -> list[Statement]:
        """The statements of one record, its required ones first as they stand in the file."""
        made = []
        for name, values in record.items():
            if name in RECORD:
                continue
            for one in values if isinstance(values, list) else [values]:
                text = str(one)
                made.append(
                    Statement(
                        subject=subject(record["key"]),
                        type=record["type"],
                        property=name,
                        value=value(text),
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
        """Publish records, each signed by its publisher; records of one `bundle` in one entry. Gives the outcome of each record."""
        outcomes: list[Published | Held] = []
        for _, many in groupby(records, lambda one: one.get("bundle", id(one))):
            bundle = list(many)
            statements = [self.statements(one) for one in bundle]
            outcome = self.register.publish(list(chain(*statements)), self.keys[bundle[0]["publisher"]])
            if not isinstance(outcome, Published):
                outcomes += [outcome] * len(bundle)
                continue
            ids = iter(outcome.ids)
            for record, said in zip(bundle, statements, strict=True):
                own = tuple(islice(ids, len(said)))
                outcomes.append(replace(outcome, ids=own))
                self.ids |= {(record["key"], one.property): made for one, made in zip(said, own, strict=True)}
        return outcomes

    def answer(self, one: dict[str, Any], stance: Stance, said: str) -> None:
        """A denial or a correction of a statement that was published before."""
        first = self.register.store.statement(self.ids[one.get("of") or one["key"], one["property"]])
        assert first is not None and not hasattr(first, "ground")
        about = first.statement
        self.register.publish(
            [
                Statement(
                    subject=about.subject,
                    type=about.type,
                    property=about.property if stance is Stance.CORRECTS else "reply",
                    value=said,
                    source=one["source"],
                    publisher=self.names[one["publisher"]],
                    dataset="direct",
                    standing=Standing.REPORTED if stance is Stance.DENIES else about.standing,
                    stance=stance,
                    supersedes=first.id,
                )
            ],
            self.keys[one["publisher"]],
        )


def subject(key: str) -> str:
    """The id of a record of the file."""
    return entity_id("example", key)


def value(text: str) -> str:
    """What a text of the file means: `@key` is the id of that record."""
    return subject(text[1:]) if text.startswith("@") else text


def begin(folder: Path, database: str | None = None) -> World:
    """The register with its keys, and nothing published."""
    world = World(folder, database)
    for name, owner in world.names.items():
        world.key(name, owner, Role.PUBLISHER)
    for number in (1, 2):
        world.key(f"reviewer-{number}", f"Reviewer {number} (invented)", Role.REVIEWER)
    world.vouchers()
    for name, checked in world.data["verified"].items():
        world.verify(name, checked)
    return world


def make(folder: Path, case: Path | None = None, database: str | None = None) -> Register:
    """Make the register; gives it open."""
    world = begin(folder, database)
    register = world.register
    world.publish(world.data["records"])
    world.publish(world.lifting["parties"])
    for step in world.lifting["steps"].values():
        world.publish(step)
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
