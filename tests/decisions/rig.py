"""Real registers for tests of facts and packs: invented publishers with real keys, verified or not, and a small language for records."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sousveil.decisions import packs
from sousveil.decisions.answer.ambiguity import strictest_answer
from sousveil.decisions.api import gate
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.facts.model import Value, all_facts
from sousveil.decisions.model import Action, Answer, Question
from sousveil.decisions.rules.judge import Judge
from sousveil.decisions.views.records import disclosures_view as disclosures_view
from sousveil.ledger.keys import PrivateKey
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.admission import Held, Published
from sousveil.register.codes import EraseBy, EraseGround, PublicInterest, RetractReason, Role, Waived
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.publication import Submission
from sousveil.register.register import Register
from sousveil.register.store import writing
from tests.profiles import prepared_folder
from tests.register.maker import private, public, published

DAY = "2024-06-01"
"""The day that questions are asked for unless they say otherwise."""
FREE = "watch"
"""A verified publisher that nobody of a deal has to do with: a foundation in a State of its own."""

SECOND = "lookout"
"""A second one, which has to do with neither (`Rig.second`)."""


def sid(key: str) -> str:
    """The id of a record."""
    return entity_id("rig", key)


def statement(key: str, type: str, property: str, text: str, by: str, standing: str, **more: Any) -> Statement:
    """What a publisher says of a record; `@key` as text names another record."""
    return Statement(
        subject=sid(key),
        type=type,
        property=property,
        value=sid(text[1:]) if text.startswith("@") else text,
        source=f"https://{by}.example/{key}",
        publisher=sid(by),
        dataset="direct",
        standing=Standing(standing),
        **more,
    )


class Rig:
    """A register that is being filled. `with_parties`: with the parties of the question on file already."""

    def __init__(self, folder: Path, *, with_parties: bool = False) -> None:
        self.ids: dict[str, list[str]] = {}
        """Record -> ids of its statements, in order."""
        self._keys: set[str] = set()
        if writing.utc_now is not _TRUE_CLOCK:  # a test sets the time: nothing may be recorded at another
            self._make(folder, with_parties)
            return
        prepared = _prepared(with_parties)
        shutil.copytree(prepared.folder, folder)
        self.register = Register.open(folder, gate=gate)
        self.ids |= {key: list(ids) for key, ids in prepared.ids.items()}
        self._keys |= prepared.keys

    @classmethod
    def prepare(cls, folder: Path, with_parties: bool) -> Prepared:
        """Makes the register that rigs are copied from."""
        rig = cls.__new__(cls)
        rig.ids, rig._keys = {}, set()
        rig._make(folder, with_parties)
        rig.register.close()
        return Prepared(folder, rig.ids, frozenset(rig._keys))

    def _make(self, folder: Path, with_parties: bool) -> None:
        """Vouchers, reviewers, a paper and a verified foundation; `with_parties`: the parties of the question too."""
        self.register = Register.init(
            folder, title="Invented", origin="rig.example/log", example=True, owner="The operator", gate=gate
        )
        for name in ("voucher-1", "voucher-2"):
            self.register.key_add(public(name), f"Voucher {name} (invented)", Role.VOUCHER)
        for name in ("anna", "bela"):
            self.register.key_add(public(name), f"Reviewer {name} (invented)", Role.REVIEWER)
        self.publisher("paper", verified=False)
        self.publisher(FREE)
        self.say(FREE, type="Organization", name="Watch Foundation (invented)", country="xc", by=FREE)
        if with_parties:
            parties(self)

    def publisher(self, name: str, *, verified: bool = True, identified: bool = False) -> None:
        """A publisher that owns the entity of its name. Identified: its domain names its key. Verified: two others vouch for it as well.

        Asked for a second time it is the one that is there.
        """
        if name in self._keys:
            return
        self._keys.add(name)
        domain = f"{name}.example" if verified or identified else None
        key, made, entries = public(name), writing.utc_now(), list[Submission]()

        def enter(payload: log.Payload, signer: PrivateKey) -> None:
            entries.append(Submission(envelope=publication.sign(log.encode(payload), signer)))

        operator = self.register.paths.key(OPERATOR_KEY)
        enter(log.KeyAdd(key=key, owner=sid(name), role=Role.PUBLISHER, domain=domain, made=made), operator)
        if domain is not None:
            told = {"domain": domain, "sha256": sha256(key.encode()).hexdigest(), "size": len(key)}
            enter(log.DomainProof(key=key, **told, checked="2024-01-01", by="operator", made=made), operator)
            for voucher in ("voucher-1", "voucher-2") if verified else ():
                enter(log.Voucher(key=key, made=made), private(voucher))
        for outcome in self.register.submit_many(entries):
            published(outcome)

    def say(self, key: str, *, type: str, by: str = FREE, standing: str = "confirmed", **values: Any) -> list[str]:
        """Publish a record: `@key` points to another. Gives the statements' ids."""
        return self.many([(key, type, by, standing, values)])

    def second(self, key: str, *, type: str, **values: Any) -> None:
        """`SECOND` confirms what is enforced, open in practice or independent, which takes two publishers."""
        self.publisher(SECOND)
        if SECOND not in self.ids:
            self.say(SECOND, type="Organization", name="Lookout Foundation (invented)", country="xd", by=SECOND)
        self.say(key, type=type, by=SECOND, **values)

    def many(self, records: list[tuple[str, str, str, str, dict[str, Any]]]) -> list[str]:
        """Publish several records of one publisher in one entry."""
        statements = [one for record in records for one in self._statements(*record)]
        outcome = self.register.publish(statements, private(records[0][2]), receipt=False)
        if isinstance(outcome, Held):
            for id in outcome.ids:
                for reviewer in ("anna", "bela"):
                    self.register.review(
                        id, private(reviewer), ground=PublicInterest.OFFICE, waived=Waived.ALREADY_PUBLIC
                    )
            held = {one.id for one in self.register.store.iter_statements(since=0)}
            known = {id for many in self.ids.values() for id in many}
            found = [id for id in held - known if self._subject(id) == sid(records[0][0])]
            self.ids.setdefault(records[0][0], []).extend(found)
            return found
        assert isinstance(outcome, Published), outcome
        ids = iter(outcome.ids)
        for record in records:
            self.ids.setdefault(record[0], []).extend(next(ids) for _ in self._statements(*record))
        return list(outcome.ids)

    def _subject(self, id: str) -> str:
        one = self.register.store.statement(id)
        return one.statement.subject if one is not None and hasattr(one, "statement") else ""

    def _statements(self, key: str, type: str, by: str, standing: str, values: dict[str, Any]) -> list[Statement]:
        made = []
        more = {name: values[name] for name in ("valid_from", "valid_until", "person") if name in values}
        more.setdefault("person", type == "Person")
        for name, value in values.items():
            for one in () if name in more else value if isinstance(value, list) else [value]:
                made.append(statement(key, type, name, str(one), by, standing, **more))
        return made

    def answer(self, id: str, stance: Stance, value: str, by: str, standing: str = "confirmed") -> str:
        """Deny or correct a statement."""
        first = self.register.store.statement(id)
        assert first is not None and not hasattr(first, "ground")
        said = first.statement
        outcome = self.register.publish(
            [
                Statement(
                    subject=said.subject,
                    type=said.type,
                    property=said.property if stance is Stance.CORRECTS else "reply",
                    value=value,
                    source=f"https://{by}.example/answer",
                    publisher=sid(by),
                    dataset="direct",
                    standing=Standing(standing),
                    stance=stance,
                    supersedes=id,
                )
            ],
            private(by),
            receipt=False,
        )
        assert isinstance(outcome, Published), outcome
        return outcome.ids[0]

    def retract(self, key: str, by: str) -> None:
        """A publisher takes back everything that it said in a record."""
        statements = self.register.store
        own = [id for id in self.ids[key] if statements.statement(id).statement.publisher == sid(by)]  # type: ignore[union-attr]
        self.register.retract(own, private(by), RetractReason.WRONG)

    def erase(self, ids: list[str]) -> None:
        """Delete statements."""
        self.register.erase(ids, EraseGround.MISTAKE, EraseBy.PUBLISHER)

    @property
    def size(self) -> int:
        """Entries of the log."""
        return self.register.store.size()

    # Asking

    def world(self, as_of: str = DAY, known_on: int | None = None) -> Compiled:
        """The register as decisions see it."""
        return compile_world(self.register.store, as_of, known_on)

    def judge(self, action: str = "sale", *, as_of: str = DAY, known_on: int | None = None, **more: Any) -> Answer:
        """Ask; a name that may mean several records gets the strictest answer."""
        return judged(self.world(as_of, known_on), ask(action, **more))

    def value(self, fact: str, subject: str, action: str = "sale", *, as_of: str = DAY, **more: Any) -> Value:
        """A fact about a subject: a record's key, a country code, or "" for the deal."""
        world = self.world(as_of)
        known = all_facts()[fact]
        deal = world.deal(ask(action, **more))
        id = subject if len(subject) in (0, 2) else sid(subject)
        return world.value(known, id, deal)


def judged(world: Compiled, question: Question) -> Answer:
    """The answer of the packs of a question, the strictest where a name may mean several records."""
    return strictest_answer(world, Judge(world, packs.chosen(question.packs)), question)[0]


@dataclass(frozen=True)
class Prepared:
    """A register that rigs are copied from: to make one takes twenty times as long as to copy it."""

    folder: Path
    ids: dict[str, list[str]]
    keys: frozenset[str]


_TRUE_CLOCK = writing.utc_now
_PREPARED_ROOT = prepared_folder("rigs")


@cache
def _prepared(with_parties: bool) -> Prepared:
    return Rig.prepare(_PREPARED_ROOT / ("parties" if with_parties else "plain"), with_parties)


def ask(action: str = "sale", **more: Any) -> Question:
    """The question that tests ask: Vireo Systems in xa sells Vireo's Lens to the Ministry of the Interior of Averna, xb."""
    fields: dict[str, Any] = {
        "product": sid("lens"),
        "supplier": sid("vireo"),
        "end_user": sid("ministry"),
        "country": "xb",
        **more,
    }
    return Question(action=Action(action), **fields)


def parties(rig: Rig) -> None:
    """The two States, the company, its product, the buyer."""
    rig.say("calder", type="State", name="Calder", country="xa")
    rig.say("averna", type="State", name="Averna", country="xb")
    rig.say("vireo", type="Company", name="Vireo Systems Ltd", country="xa")
    rig.say("lens", type="SurveillanceProduct", name="Vireo Lens", vendor="@vireo", category="intrusion")
    rig.say("ministry", type="PublicBody", name="Ministry of the Interior of Averna", country="xb", partOf="@averna")


@contextmanager
def rigged(folder: Path) -> Iterator[Rig]:
    """A register with the parties of the question. Closed at the end."""
    rig = Rig(folder / "register", with_parties=True)
    try:
        yield rig
    finally:
        rig.register.close()
