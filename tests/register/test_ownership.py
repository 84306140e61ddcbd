"""Circles of ownership are found from the new links on, as a look at everything that stands would find them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.admission import Published
from sousveil.register.codes import EraseBy, EraseGround, RetractReason
from sousveil.register.exchange.circles import circles
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import Stance, Statement, commit, entity_id
from sousveil.register.publication import Submission
from sousveil.register.refusal import Refused
from tests.register import maker
from tests.register.maker import Made, private, said
from tests.register.test_publication import submission

ENTITIES = [entity_id("invented", "ring", str(number)) for number in range(5)]
RECORDS = [entity_id("invented", "link", str(number)) for number in range(6)]
ANY = {"owner", "asset", "endDate"}


class Plain:
    """Everything that was said, and the whole of it looked at for each publication."""

    def __init__(self) -> None:
        self.said: dict[str, tuple[str, Statement]] = {}
        """Id -> who published it, and what."""
        self.retracted: set[str] = set()

    def standing(self, owner: str, gone: set[str]) -> list[Statement]:
        corrected = {
            one.supersedes
            for id, (_, one) in self.said.items()
            if one.stance is Stance.CORRECTS and id not in self.retracted
        }
        return [
            one
            for id, (by, one) in self.said.items()
            if by == owner and id not in self.retracted and id not in corrected and id not in gone
        ]

    def refusal(self, owner: str, new: list[Statement]) -> str | None:
        gone = {one.supersedes for one in new if one.stance is Stance.CORRECTS and one.supersedes}
        every = [one for one in [*self.standing(owner, gone), *new] if holds(one)]
        ended = {one.subject for one in every if one.property == "endDate"}
        ends: dict[str, tuple[set[str], set[str]]] = {}
        for one in every:
            if one.subject not in ended:
                ends.setdefault(one.subject, (set(), set()))[one.property == "asset"].add(one.value)
        groups = [set(group) for group in circles((a, b) for left, right in ends.values() for a in left for b in right)]
        for at, one in enumerate(new):
            owners, assets = ends.get(one.subject, (set(), set()))
            for group in groups if holds(one) else []:
                if owners & group and assets & group and one.value in group:
                    itself = bool(owners & assets & group)
                    way = "." if itself else f", by way of {', '.join(sorted(group - {one.value}))}."
                    return f"Statement {at}: {one.value} would own itself{way}"
        return None


def holds(one: Statement) -> bool:
    return one.property in ANY and one.stance is not Stance.DENIES and one.valid_until in (None, "..")


class History:
    """Random batches, and what is to become of each publication."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.plain = Plain()
        self.count = 0
        self.refused = 0
        self.taken_back = 0

    def link(self, by: str) -> Statement:
        r = self.random
        self.count += 1
        property = r.choices(["owner", "asset", "endDate"], [6, 6, 1])[0]
        value = "2012" if property == "endDate" else r.choice(ENTITIES)
        more = {"valid_until": r.choices([None, "..", "2015"], [7, 2, 1])[0], "source": f"Page {self.count}"}
        return said(r.choice(RECORDS), "Ownership", property, value, publisher=maker.KEYS[by][0], **more)

    def statements(self, by: str) -> list[Statement]:
        r = self.random
        new = [self.link(by) for _ in range(r.choice([1, 1, 2, 2, 3]))]
        mine = [(id, one) for id, (owner, one) in self.plain.said.items() if owner == maker.KEYS[by][0]]
        if mine and r.random() < 0.3:
            id, old = r.choice(mine)
            value = "2013" if old.property == "endDate" else r.choice(ENTITIES)
            self.count += 1
            fields = {"valid_until": None, "source": f"Page {self.count}", "publisher": maker.KEYS[by][0]}
            stance = r.choices([Stance.CORRECTS, Stance.DENIES], [5, 1])[0]
            new.append(said(old.subject, "Ownership", old.property, value, stance=stance, supersedes=id, **fields))
        return new

    def batch(self, made: Made) -> None:
        """One batch: what each submission of it must come to follows from those before."""
        work: list[Submission] = []
        wanted: list[str | None] = []
        for _ in range(self.random.randint(1, 6)):
            by = self.random.choice(["paper", "paper", "acme"])
            owner = maker.KEYS[by][0]
            mine = [id for id, (who, _) in self.plain.said.items() if who == owner]
            if mine and self.random.random() < 0.25:
                work.append(self.take_back(made, by, self.random.choice(mine)))
                wanted.append(None)
                continue
            new = self.statements(by)
            one = submission(*new, by=by)
            work.append(one)
            wanted.append(self.plain.refusal(owner, new))
            if wanted[-1] is None:
                ids = [commit(salt, data) for salt, data in one.contents]
                self.plain.said.update({id: (owner, said_) for id, said_ in zip(ids, new, strict=True)})
        outcomes = made.register.submit_many(work)
        told = [one.message if isinstance(one, Refused) else None for one in outcomes]
        assert told == wanted
        assert all(isinstance(one, Published | Refused) for one in outcomes)
        self.refused += sum(one is not None for one in told)

    def take_back(self, made: Made, by: str, id: str) -> Submission:
        self.taken_back += 1
        made_at = f"2026-11-01T12:00:{self.taken_back % 60:02}Z"
        payload: log.Payload
        if self.random.random() < 0.5:
            payload = log.Retract(ids=(id,), reason=RetractReason.WRONG, made=made_at)
            key = private(by)
            self.plain.retracted.add(id)
        else:
            ground = EraseGround.MISTAKE
            payload = log.Erase(ids=(id,), ground=ground, by=EraseBy.OPERATOR, backups_by="2027-01-01", made=made_at)
            key = made.register.paths.key(OPERATOR_KEY)
            del self.plain.said[id]
        return Submission(envelope=publication.sign(log.encode(payload), key))


def test_as_a_look_at_everything_would_find_them(tmp_path: Path, database: str | None) -> None:
    refused = taken_back = 0
    for seed in range(12):
        with maker.made(tmp_path / str(seed), database=database) as made:
            history = History(seed)
            for _ in range(12):
                history.batch(made)
            refused, taken_back = refused + history.refused, taken_back + history.taken_back
            if database is not None:
                break  # one register in each schema
    assert (refused > 60, taken_back > 60) == (True, True) if database is None else refused > 3


@pytest.mark.parametrize("length", [2, 40])
def test_a_long_chain_closes(made: Made, length: int) -> None:
    ids = [entity_id("invented", "chain", str(number)) for number in range(length)]
    links = [
        said(entity_id("invented", "step", str(at)), "Ownership", property, value, publisher=maker.KEYS["paper"][0])
        for at in range(length)
        for property, value in (("owner", ids[at]), ("asset", ids[(at + 1) % length]))
    ]
    work = [submission(*links[at : at + 2]) for at in range(0, len(links), 2)]
    outcomes = [*made.register.submit_many(work[: length // 2]), *made.register.submit_many(work[length // 2 :])]
    assert all(isinstance(one, Published) for one in outcomes[:-1])
    last = outcomes[-1]
    assert isinstance(last, Refused)
    others = ", ".join(sorted(set(ids) - {ids[-1]}))
    assert last.message == f"Statement 0: {ids[-1]} would own itself, by way of {others}."
