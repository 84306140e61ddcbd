"""A generated register for the benchmark of decisions: companies in chains of ownership, States with laws, products, end users, records.

Everything is invented, and the register is marked as an example.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from sousveil.decisions.api import gate
from sousveil.decisions.model import Action, Question
from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import Role
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.types.countries import countries

CODES = tuple(sorted(countries())[:60])
"""The first sixty codes of the table of countries: a code has to be one. States are called by numbers, and what is said is drawn."""
DEPTH = 6
PART = 20_000
"""Statements a publication."""
HOME = "xd"
"""Where the publisher has its seat: in a State that no deal has to do with."""


def sid(key: str) -> str:
    """The id of a record."""
    return entity_id("benchmark", key)


PUBLISHER = sid("atlas")


class World:
    """Ids of what questions name, and all statements. The same for the same seed."""

    def __init__(self, entities: int, seed: int = 4) -> None:
        self.draw = random.Random(seed)
        self.companies = [f"company-{n}" for n in range(entities * 6 // 11 // DEPTH * DEPTH)]
        self.products = [f"product-{n}" for n in range(entities // 50)]
        self.bodies = [f"body-{n}" for n in range(entities // 20)]
        self.maker = [self.draw.randrange(len(self.companies)) for _ in self.products]
        self.seat = {one: CODES[self.draw.randrange(len(CODES))] for one in self.bodies}
        # A group sits in two States, of 360 pairs, as where values are generated.
        for first in range(0, len(self.companies), DEPTH):
            home = self.draw.randrange(len(CODES))
            pair = (CODES[home], CODES[(home + 1 + self.draw.randrange(DEPTH)) % len(CODES)])
            for one in self.companies[first : first + DEPTH]:
                self.seat[one] = self.draw.choice(pair)

    def questions(self, count: int, day: str, seed: int = 7) -> list[Question]:
        """Questions that all differ: a company's product, sold by somebody of its group to an end user, nearly always where that sits."""
        draw, actions = random.Random(seed), list(Action)
        found: dict[Question, None] = {}
        while len(found) < count:
            product, body = draw.randrange(len(self.products)), draw.choice(self.bodies)
            maker = self.maker[product]
            found[
                Question(
                    action=draw.choice(actions),
                    product=sid(self.products[product]),
                    supplier=sid(self.companies[maker - maker % DEPTH + draw.randrange(DEPTH)]),
                    end_user=sid(body),
                    country=self.seat[body] if draw.random() < 0.95 else draw.choice(CODES),
                    as_of=day,
                )
            ] = None
        return list(found)

    def statements(self) -> Iterator[Statement]:
        """All, record by record."""
        for part in (
            self._states,
            self._companies,
            self._products,
            self._bodies,
            self._cases,
            self._licences,
            self._duties,
        ):
            for key, kind, values in part():
                for name, value in values.items():
                    for one in value if isinstance(value, tuple) else (value,):
                        yield self._said(key, kind, name, one)

    def _said(self, key: str, kind: str, name: str, value: str) -> Statement:
        return Statement(
            subject=sid(key),
            type=kind,
            property=name,
            value=sid(value[1:]) if value.startswith("@") else value,
            source=f"Atlas of Invented States, {key}",
            publisher=PUBLISHER,
            dataset="direct",
            standing=Standing.CONFIRMED,
            valid_until=".." if kind in ("Membership", "RemedyPath", "Law", "Ownership") else None,
        )

    def _states(self) -> Iterator[tuple[str, str, dict[str, str | tuple[str, ...]]]]:
        yield "atlas", "Organization", {"name": "Atlas Foundation", "country": HOME}
        topics = {
            "due-diligence": (
                "covers-companies",
                "covers-investors",
                "covers-operations",
                "covers-supply-chain",
                "covers-end-use",
            ),
            "liability": (
                "covers-intermediaries",
                "covers-affiliates",
                "covers-holdings",
                "covers-private-equity",
                "liability",
                "home-state-remedy",
            ),
            "transparency": ("covers-companies", "public-registry"),
        }
        for code in CODES:
            yield f"state-{code}", "State", {"name": f"Republic {code.upper()}", "country": code}
            yield (
                f"office-{code}",
                "PublicBody",
                {"name": f"Export Office {code.upper()}", "country": code, "partOf": f"@state-{code}"},
            )
            yield f"court-{code}", "PublicBody", {"name": f"Court {code.upper()}", "country": code, "office": "court"}
            for topic, provides in topics.items():
                if self.draw.random() < 0.6:
                    yield (
                        f"law-{topic}-{code}",
                        "Law",
                        {
                            "title": f"Act on {topic} {code.upper()}",
                            "jurisdiction": code,
                            "status": "in-force",
                            "topic": topic,
                            "enforced": "yes",
                            "inForceFrom": "2023-07-01",
                            "provides": provides,
                        },
                    )
            if self.draw.random() < 0.6:
                yield (
                    f"path-{code}",
                    "RemedyPath",
                    {
                        "name": f"Appeal {code.upper()}",
                        "country": code,
                        "pathKind": "court",
                        "body": f"@court-{code}",
                        "status": "open",
                        "practice": "Nine cases.",
                        "casesHeard": "9",
                        "startDate": "2024-01-01",
                    },
                )
                yield (
                    f"other-{code}",
                    "RemedyPath",
                    {
                        "name": f"Complaint {code.upper()}",
                        "country": code,
                        "pathKind": "ombudsman",
                        "status": "open",
                        "practice": "Thirty.",
                        "casesHeard": "30",
                        "startDate": "2024-01-01",
                    },
                )
            if self.draw.random() < 0.2:
                yield (
                    f"halt-{code}",
                    "MoratoriumMeasure",
                    {
                        "state": f"@state-{code}",
                        "country": code,
                        "summary": f"Halt {code.upper()}",
                        "measureKind": "moratorium",
                        "status": "in-force",
                        "date": "2024-12-01",
                        "startDate": "2025-01-01",
                        "covers": ("sale", "transfer"),
                    },
                )

    def _companies(self) -> Iterator[tuple[str, str, dict[str, str | tuple[str, ...]]]]:
        for at, key in enumerate(self.companies):
            yield key, "Company", {"name": f"Invented {_word(at)} Ltd", "country": self.seat[key]}
            if at % DEPTH:
                yield (
                    f"own-{at}",
                    "Ownership",
                    {
                        "owner": f"@{key}",
                        "asset": f"@company-{at - 1}",
                        "percentage": str(51 + at % 49),
                        "startDate": "2019-05",
                    },
                )

    def _products(self) -> Iterator[tuple[str, str, dict[str, str | tuple[str, ...]]]]:
        for at, key in enumerate(self.products):
            yield (
                key,
                "SurveillanceProduct",
                {
                    "name": f"Product {_word(at)}",
                    "vendor": f"@{self.companies[self.maker[at]]}",
                    "category": "intrusion",
                },
            )

    def _bodies(self) -> Iterator[tuple[str, str, dict[str, str | tuple[str, ...]]]]:
        for at, key in enumerate(self.bodies):
            yield key, "PublicBody", {"name": f"Police {_word(at)}", "country": self.seat[key]}

    def _cases(self) -> Iterator[tuple[str, str, dict[str, str | tuple[str, ...]]]]:
        for at in range(len(self.companies) // 27):
            yield (
                f"case-{at}",
                "AbuseIncident",
                {
                    "name": f"Examined phone {at}",
                    "product": f"@{self.draw.choice(self.products)}",
                    "vendor": f"@{self.draw.choice(self.companies)}",
                    "client": f"@{self.draw.choice(self.bodies)}",
                    "stage": "infected",
                    "date": "2024-05",
                },
            )
        for at in range(len(self.companies) // 100):
            yield (
                f"sanction-{at}",
                "Sanction",
                {
                    "entity": f"@{self.draw.choice(self.companies)}",
                    "authority": "Trade Board",
                    "program": "Export list",
                    "listingDate": "2021-11-03",
                },
            )
        for at in range(len(self.bodies) // 5):
            yield (
                f"use-{at}",
                "Deployment",
                {
                    "body": f"@{self.draw.choice(self.bodies)}",
                    "product": f"@{self.draw.choice(self.products)}",
                    "startDate": "2021",
                },
            )

    def _licences(self) -> Iterator[tuple[str, str, dict[str, str | tuple[str, ...]]]]:
        for at in range(len(self.companies) // 27):
            holder = self.draw.choice(self.companies)
            yield (
                f"licence-{at}",
                "ExportLicence",
                {
                    "licensee": f"@{holder}",
                    "issuer": f"@office-{self.seat[holder]}",
                    "product": f"@{self.draw.choice(self.products)}",
                    "licenceNumber": f"EL-{at}",
                    "status": "granted",
                    "issueDate": "2024-02-01",
                    "destination": self.draw.choice(CODES),
                },
            )

    def _duties(self) -> Iterator[tuple[str, str, dict[str, str | tuple[str, ...]]]]:
        for at in range(len(self.companies) // 200):
            company = self.draw.choice(self.companies)
            yield (
                f"board-{at}",
                "OversightBody",
                {
                    "name": f"Body over {at}",
                    "oversees": f"@{company}",
                    "bodyKind": "vendor",
                    "establishedOn": "2024-01-01",
                    "quality": ("independent", "multi-stakeholder", "human-rights-groups", "civil-society"),
                },
            )
            for number, side in enumerate(("civil-society", "affected-people", "academia")):
                yield (
                    f"seat-{at}-{number}",
                    "Membership",
                    {
                        "member": "@atlas",
                        "organization": f"@board-{at}",
                        "constituency": side,
                        "humanRights": "yes" if not number else "no",
                        "startDate": "2024-01-01",
                    },
                )


def _word(number: int) -> str:
    """A name that is like no other by a slip: syllables of a hash."""
    digest = sha256(str(number).encode()).digest()
    return "".join("bdfgklmnprstvz"[one % 14] + "aeiou"[one // 14 % 5] for one in digest[:5]).capitalize()


def fill(register: Register, world: World) -> int:
    """Publish all of it, by a publisher whose key is verified. Gives the number of statements."""
    key, vouchers = PrivateKey(b"k" * 32), [PrivateKey(bytes([one]) * 32) for one in b"vw"]
    public = key.public.raw.hex()
    for number, one in enumerate(vouchers):
        register.key_add(one.public.raw.hex(), f"Voucher {number}", Role.VOUCHER)
    register.key_add(public, PUBLISHER, Role.PUBLISHER, domain="atlas.example")
    register.prove_domain(public, "atlas.example", public.encode(), checked="2024-01-01", fetched_by="operator")
    for one in vouchers:
        register.vouch(public, one)
    count = 0
    said = world.statements()
    while part := list(itertools.islice(said, PART)):
        register.publish(part, key, receipt=False)
        count += len(part)
    return count


def made(folder: Path, world: World) -> Register:
    """A register of it, open."""
    register = Register.init(
        folder, title="Invented", origin="benchmark.example/log", example=True, owner="The operator", gate=gate
    )
    fill(register, world)
    return register
