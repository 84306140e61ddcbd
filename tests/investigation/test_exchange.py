"""Look-ups: two people ask with a reason, quotas count, the sender always sees the same, and two holders answer row by row."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from sousveil.errors import LimitExceeded, Locked, Malformed, Missing, SousveilError, Usage
from sousveil.investigation import lookups
from sousveil.investigation.exchange import RECEIPT, UNANSWERED_MOST, Config, Exchange, Limits, Newsroom
from sousveil.investigation.importing import Settings, import_list
from sousveil.investigation.lookups import CONTACTS_MOST, Door, look_up, one_number, read_contacts
from sousveil.investigation.oprf import OUTPUT, Blinded, Evaluation, Key
from sousveil.investigation.people import load
from sousveil.investigation.releases import (
    AGGREGATES_TYPE,
    Aggregate,
    Aggregates,
    answer_bundle,
    assignment_bundle,
    output_bundle,
    read_answer,
    read_assignment,
    read_outputs,
    recall_bundle,
)
from sousveil.investigation.requests import Flag, Request, check_reason, signed_request
from sousveil.investigation.vault import Vault
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature, Disagreement
from sousveil.ledger.keys import PrivateKey
from tests.investigation.drawn import CHANCE, Holder, holders, leaks, national, number, numbers

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
REASON = "She asked whether her own phone was selected"
NAME = "exchange-of-a-test"
BLINDED = Key(bytes(range(32))).public
"""One element, for requests whose answers nobody reads."""


class World:
    """A vault with a list, two keys, an exchange, and two newsrooms of two people each."""

    def __init__(self, folder: Path, listed: Sequence[str], limits: Limits) -> None:
        (folder / "keys").mkdir()
        self.folder, self.listed = folder, list(listed)
        self.vault_holders: list[Holder] = holders(folder / "keys", 2)
        self.signers = [PrivateKey.new() for _ in range(3)]
        self.rooms = {name: [PrivateKey.new() for _ in range(3)] for name in ("first", "second")}
        (folder / "rooms").mkdir()
        self.readers = dict(zip(self.rooms, holders(folder / "rooms", 2), strict=True))
        self.keys = [Key(CHANCE.randbytes(32)) for _ in range(2)]
        Vault.create(folder / "vault", [one.recipient for one in self.vault_holders], now=NOW)
        self.manager = Vault.open(folder / "vault", *([one.identity] for one in self.vault_holders))
        self.vault = self.manager.__enter__()
        (folder / "clear").mkdir()
        rows = [f"{value},2019-05-{day % 28 + 1:02} 14:22Z,Client {day % 3}\n" for day, value in enumerate(listed)]
        (folder / "clear" / "list.csv").write_text("number,selected at,client\n" + "".join(rows))
        import_list(self.vault, folder / "clear" / "list.csv", Settings(), now=NOW)
        self.config = Config(
            name=NAME,
            keys=(self.keys[0].public.hex(), self.keys[1].public.hex()),
            signers=tuple(one.public.raw.hex() for one in self.signers),
            newsrooms=tuple(
                Newsroom(
                    name=name,
                    people=tuple(one.public.raw.hex() for one in people),
                )
                for name, people in self.rooms.items()
            ),
            limits=limits,
        )
        self.exchange = Exchange.create(folder / "exchange", self.config)
        self.exchange.take_outputs(self.bundle(), now=NOW)

    def bundle(self, recipient: str = NAME, signers: Sequence[PrivateKey] | None = None, now: datetime = NOW) -> bytes:
        keys = [Evaluation(public=key.public, evaluate=key.evaluate) for key in self.keys]
        return output_bundle(self.vault, keys, signers or self.signers[:2], recipient=recipient, now=now)

    def door(self, now: datetime = NOW) -> Door:
        return Door(
            keys=self.config.public_keys(),
            ask=lambda envelope, blinded: self.exchange.ask(
                envelope, blinded, [key.evaluate for key in self.keys], now=now
            ),
            submit=self.exchange.submit,
        )

    def ask(self, values: Sequence[str], room: str = "first", now: datetime = NOW, reason: str = REASON) -> str:
        people = self.rooms[room][:2]
        return look_up(values, people, self.door(now), newsroom=room, reason=reason, now=now)

    def request(self, id: str) -> Request:
        return next(request for request in self.exchange.requests() if request.id == id)

    def reopen(self) -> None:
        with pytest.raises(SousveilError, match="Another run"):
            Exchange(self.folder / "exchange")
        self.exchange.close()
        self.exchange = Exchange(self.folder / "exchange")


AMPLE = Limits(request=1000, day=10_000, newsroom=10_000, all=10_000)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, numbers(30), AMPLE)


def test_a_number_of_the_list_matches_and_others_do_not(world: World) -> None:
    id = world.ask([number("FR"), world.listed[3], number("HU"), world.listed[0]])
    request = world.request(id)
    assert sorted(request.matches) == [1, 3] and (request.count, request.flags) == (4, ())
    assert request.people == tuple(one.public.id for one in world.rooms["first"][:2])
    world.reopen()
    assert world.request(id) == request


def test_the_sender_sees_the_same_whatever_is_asked(world: World) -> None:
    block = "+4477009" + f"{CHANCE.randrange(100):02}"
    asked = {
        "ordinary": numbers(25, "FR"),
        "range": [f"{block}{rest:03}" for rest in range(25)],
        "list": world.listed[:25],
    }
    seen, flags = {}, {}
    for name, values in asked.items():
        receipts: list[bytes] = []
        door = world.door()

        def submit(id: str, outputs: bytes, kept: list[bytes] = receipts) -> bytes:
            kept.append(world.exchange.submit(id, outputs))
            return kept[-1]

        watched = dataclasses.replace(door, submit=submit)
        id = look_up(values, world.rooms["first"][:2], watched, newsroom="first", reason=REASON, now=NOW)
        seen[name] = (receipts, world.exchange.answer(id))
        flags[name] = world.request(id).flags
    assert seen == dict.fromkeys(asked, ([RECEIPT], None))
    assert flags == {"ordinary": (), "range": (Flag.RANGE,), "list": (Flag.LIST,)}


def test_two_holders_release_row_by_row_to_one_newsroom(world: World) -> None:
    id = world.ask([number("FR"), world.listed[3], world.listed[4]])
    recipient = world.readers["first"].recipient
    data = answer_bundle(world.vault, world.request(id), [1], world.signers[:2], recipient=recipient, now=NOW)
    assert world.exchange.take_sealed(data, now=NOW) == id
    known = {one.public.id: one.public for one in world.signers}
    got = world.exchange.answer(id)
    assert got is not None
    answer = read_answer(got, known, [world.readers["first"].identity], request=id, newsroom="first")
    assert (answer.request, answer.recipient, set(answer.rows)) == (id, "first", {1})
    (seen,) = answer.rows[1]
    assert (seen.client, seen.certainty) == ("Client 0", "zoned")
    assert datetime.fromtimestamp(seen.seconds or 0, UTC) == datetime(2019, 5, 4, 14, 22, tzinfo=UTC)
    with pytest.raises(Locked):
        read_answer(got, known, [world.readers["second"].identity], request=id, newsroom="second")
    with pytest.raises(Usage):
        answer_bundle(world.vault, world.request(id), [0], world.signers[:2], recipient=recipient, now=NOW)
    with pytest.raises(Usage):
        answer_bundle(world.vault, world.request(id), [1], world.signers[:1], recipient=recipient, now=NOW)
    strangers = [PrivateKey.new(), PrivateKey.new()]
    forged = answer_bundle(world.vault, world.request(id), [1], strangers, recipient=recipient, now=NOW)
    with pytest.raises(BadSignature):
        world.exchange.take_sealed(forged, now=NOW)
    nothing = answer_bundle(world.vault, world.request(id), [], world.signers[1:], recipient=recipient, now=NOW)
    assert abs(len(nothing) - len(data)) < 1000  # age adds some random bytes
    assert world.vault.history[-1].what == "answer"


def test_answers_survive_a_change_of_holders(world: World) -> None:
    id = world.ask([world.listed[3]])
    world.vault.change_holders([one.recipient for one in world.vault_holders], (), now=NOW)
    recipient = world.readers["first"].recipient
    data = answer_bundle(world.vault, world.request(id), [0], world.signers[:2], recipient=recipient, now=NOW)
    known = {one.public.id: one.public for one in world.signers}
    answer = read_answer(data, known, [world.readers["first"].identity], request=id, newsroom="first")
    assert set(answer.rows) == {0}


def test_an_answer_fits_only_the_request_and_newsroom_it_was_made_for(world: World) -> None:
    ids = [world.ask([world.listed[3]]), world.ask([world.listed[4]])]
    recipient = world.readers["first"].recipient
    data = answer_bundle(world.vault, world.request(ids[0]), [0], world.signers[:2], recipient=recipient, now=NOW)
    known = {one.public.id: one.public for one in world.signers}
    for request, newsroom in [(ids[1], "first"), (ids[0], "second")]:
        with pytest.raises(Malformed, match="another request"):
            read_answer(data, known, [world.readers["first"].identity], request=request, newsroom=newsroom)


def test_an_older_bundle_replaces_no_newer_one(world: World) -> None:
    id, recipient = world.ask(world.listed[3:5]), world.readers["first"].recipient
    hours = [NOW + timedelta(hours=hour) for hour in range(4)]

    def answered(places: list[int], now: datetime) -> bytes:
        return answer_bundle(world.vault, world.request(id), places, world.signers[:2], recipient=recipient, now=now)

    first, second = answered([0], hours[0]), answered([0, 1], hours[1])
    recall = recall_bundle(load(world.vault).sent[1:], world.signers[:2], now=NOW)  # by a clock that is behind
    third = answered([1], hours[2])
    world.exchange.take(second, now=NOW)
    for old in (first, second):
        with pytest.raises(Malformed, match="as new or newer"):
            world.exchange.take(old, now=NOW)
    world.exchange.take(recall, now=NOW)
    for _ in range(2):
        for old in (first, second):
            with pytest.raises(Malformed, match="as new or newer"):
                world.exchange.take(old, now=NOW)
        assert world.exchange.answer(id) is None
        world.reopen()
    world.exchange.take(third, now=NOW)
    world.exchange.take(recall, now=NOW)
    assert world.exchange.answer(id) == third

    unanswered = world.ask([world.listed[0]])
    early = answer_bundle(
        world.vault, world.request(unanswered), [0], world.signers[:2], recipient=recipient, now=hours[2]
    )
    world.exchange.take(recall_bundle(load(world.vault).sent[-1:], world.signers[:2], now=hours[2]), now=NOW)
    with pytest.raises(Malformed, match="as new or newer"):  # recalled before anybody handed it in
        world.exchange.take(early, now=NOW)


def test_counts_need_two_signatures_this_exchange_and_a_newer_time(world: World) -> None:
    def bundle(hours: int, signers: Sequence[PrivateKey], recipient: str = NAME) -> bytes:
        cell = Aggregate(table="numbers", row=None, column=None, count=12, record="sv-0")
        hidden = Aggregate(table="numbers", row="GB", column=None, count=None, record=None)
        made = Aggregates(recipient=recipient, made=NOW + timedelta(hours=hours), minimum=10, cells=(cell, hidden))
        return dsse.encode(dsse.sign(AGGREGATES_TYPE, msgspec.json.encode(made), *signers))

    assert world.exchange.fetch_aggregates(now=NOW) is None
    older, present, newer = (bundle(hours, world.signers[:2]) for hours in range(3))
    assert world.exchange.take(present, now=NOW) == "Took 1 count."
    world.exchange.close()
    world.exchange = Exchange(world.folder / "exchange")
    for refused in (older, present, bundle(3, world.signers[:2], "another exchange")):
        with pytest.raises(Malformed):
            world.exchange.take(refused, now=NOW)
    for signers in (world.signers[:1], [world.signers[0], PrivateKey.new()], world.rooms["first"][:2]):
        with pytest.raises(BadSignature):
            world.exchange.take(bundle(3, signers), now=NOW)
    for _ in range(2):
        assert world.exchange.fetch_aggregates(now=NOW) == present
    world.exchange.take(newer, now=NOW)
    assert world.exchange.fetch_aggregates(now=NOW + timedelta(days=1)) == newer
    log = [msgspec.json.decode(entry) for entry in world.exchange.journal.entries()]
    assert [(one["what"], one.get("bundle")) for one in log[1:]] == [
        *(("aggregates", None), ("look", "aggregates"), ("aggregates", None), ("look", "aggregates"))
    ]


def test_an_assignment_waits_in_the_exchange_until_it_is_recalled(world: World) -> None:
    recipient, known = world.readers["first"].recipient, {one.public.id: one.public for one in world.signers}
    signers = world.signers[:2]
    data, _ = assignment_bundle(world.vault, signers, newsroom="first", recipient=recipient, country="GB", now=NOW)
    assert world.exchange.take(data, now=NOW) == f"Took the assignment {load(world.vault).sent[-1].id}."
    id = load(world.vault).sent[-1].id
    for _ in range(2):
        kept = world.exchange.answer(id)
        assert kept is not None
        made = read_assignment(kept, known, [world.readers["first"].identity], newsroom="first")
        assert sorted(row.e164 for row in made.rows) == sorted(world.listed)
        world.reopen()
    entry = msgspec.json.decode(world.exchange.journal.entries()[-1])
    assert entry == {"when": "2026-11-30T12:00:00Z", "what": "assignment", "assignment": id}
    assert leaks([world.folder / "exchange"], [], world.listed[:3]) == []
    recall = recall_bundle(load(world.vault).sent[-1:], signers, now=NOW)
    assert world.exchange.take(recall, now=NOW) == "Deleted 1 answer or assignment that was recalled."
    assert world.exchange.answer(id) is None
    with pytest.raises(Malformed, match="as new or newer"):
        world.exchange.take(data, now=NOW)


def test_older_outputs_replace_no_newer_ones(world: World) -> None:
    old = world.bundle(now=NOW + timedelta(hours=1))
    fresh = number()
    (world.folder / "clear" / "more.csv").write_text(f"number\n{fresh}\n")
    later = NOW + timedelta(hours=2)
    import_list(world.vault, world.folder / "clear" / "more.csv", Settings(), now=later)
    assert world.exchange.take_outputs(world.bundle(now=later), now=NOW) == 31
    world.reopen()
    with pytest.raises(Malformed, match="as new or newer"):
        world.exchange.take_outputs(old, now=NOW)
    assert list(world.request(world.ask([fresh])).matches) == [0]


@pytest.mark.parametrize(
    ("limits", "asked", "refused"),
    [
        (Limits(request=3, day=9, newsroom=9, all=9), [("first", 3)], ("first", 4)),
        (Limits(request=3, day=5, newsroom=9, all=9), [("first", 3)], ("first", 3)),
        (Limits(request=3, day=9, newsroom=4, all=9), [("first", 3)], ("first", 2)),
        (Limits(request=3, day=9, newsroom=9, all=5), [("first", 3)], ("second", 3)),
    ],
)
def test_quotas(tmp_path: Path, limits: Limits, asked: list[tuple[str, int]], refused: tuple[str, int]) -> None:
    world = World(tmp_path, numbers(2), limits)
    for room, count in asked:
        world.ask(numbers(count), room)
    before = world.exchange.journal.size
    for _ in range(2):
        with pytest.raises(LimitExceeded):
            world.ask(numbers(refused[1]), refused[0])
        world.reopen()  # a restart gives nothing back
    assert world.exchange.journal.size == before and len(world.exchange.requests()) == len(asked)
    world.ask(numbers(1), refused[0])


def test_a_key_whose_own_quota_ends_takes_nothing_of_the_newsrooms(tmp_path: Path) -> None:
    world = World(tmp_path, numbers(2), Limits(request=3, day=3, newsroom=3, all=3))
    evaluate, spent = world.keys[1].evaluate, numbers(3)

    def used_up(blinded: bytes) -> bytes:
        raise LimitExceeded("The quota of this key for today is used up.")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world.keys[1], "evaluate", used_up)
        with pytest.raises(LimitExceeded, match="quota of this key"):
            world.ask(spent)
    assert world.keys[1].evaluate == evaluate
    world.reopen()
    (refused,) = world.exchange.requests()
    assert (refused.count, refused.matches) == (0, {})
    with pytest.raises(Malformed):
        world.exchange.submit(refused.id, b"")
    world.ask(spent)
    with pytest.raises(LimitExceeded):
        world.ask(numbers(1))
    logged = [msgspec.json.decode(entry) for entry in world.exchange.journal.entries()]
    assert [entry["what"] for entry in logged] == ["outputs", "ask", "unanswered", "ask"]
    assert logged[2]["request"] == refused.id and logged[1]["count"] == 3


def test_requests_that_a_key_refuses_do_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, numbers(2), Limits(request=1, day=1, newsroom=1, all=2))

    def used_up(blinded: bytes) -> bytes:
        raise LimitExceeded("The quota of this key for today is used up.")

    with monkeypatch.context() as patched:
        patched.setattr(world.keys[1], "evaluate", used_up)
        for _ in range(UNANSWERED_MOST + 2):
            with pytest.raises(LimitExceeded, match="quota of this key"):
                world.ask(numbers(1))
    assert len(world.exchange.requests()) == UNANSWERED_MOST
    assert world.exchange.journal.size == 1 + 2 * UNANSWERED_MOST
    world.ask(numbers(1), "second")  # another newsroom is not held up
    world.ask(numbers(1), now=NOW + timedelta(days=1))


def test_the_quota_of_a_day_begins_anew_and_a_clock_set_back_gives_nothing_back(tmp_path: Path) -> None:
    world = World(tmp_path, numbers(2), Limits(request=3, day=3, newsroom=99, all=99))
    world.ask(numbers(3))
    world.ask(numbers(3), "second")
    for when in (NOW, NOW - timedelta(days=1)):
        with pytest.raises(LimitExceeded):
            world.ask(numbers(1), now=when)
    world.ask(numbers(2), now=NOW + timedelta(days=1))
    world.ask(numbers(1), now=NOW)  # set back again: it counts on the later day
    with pytest.raises(LimitExceeded):
        world.ask(numbers(1), now=NOW)


def test_every_role_can_do_what_it_may_and_nothing_else(world: World) -> None:
    """Each verb of the exchange, signed by nobody else than each person, each person twice, and each two."""
    people = {f"{room} {number}": key for room, keys in world.rooms.items() for number, key in enumerate(keys)}
    people |= {f"holder {number}": key for number, key in enumerate(world.signers)} | {"stranger": PrivateKey.new()}
    groups = [(name,) for name in people] + list(itertools.combinations_with_replacement(people, 2))
    id, recipient = world.ask([world.listed[3]]), world.readers["first"].recipient
    clock = (NOW + timedelta(minutes=minute) for minute in itertools.count(1))

    def asking(room: str) -> bytes:
        blinded = hashlib.sha256(BLINDED).hexdigest()
        by, reason = world.rooms[room][:2], REASON
        return signed_request([number("FR")], blinded, by, newsroom=room, reason=reason, now=NOW)[1]

    def answering() -> bytes:
        request, signers = world.request(id), world.signers[:2]
        return answer_bundle(world.vault, request, [0], signers, recipient=recipient, now=next(clock))

    def recalling() -> bytes:
        return recall_bundle(load(world.vault).sent[1:], world.signers[:2], now=next(clock))

    def assigning() -> bytes:
        signers, now = world.signers[:2], next(clock)
        return assignment_bundle(world.vault, signers, newsroom="first", recipient=recipient, country="GB", now=now)[0]

    def ask(data: bytes) -> object:
        return world.exchange.ask(data, BLINDED, [key.evaluate for key in world.keys], now=NOW)

    def take(data: bytes) -> object:
        return world.exchange.take(data, now=NOW)

    verbs: dict[str, tuple[Callable[[], bytes], Callable[[bytes], object]]] = {
        "first": (partial(asking, "first"), ask),
        "second": (partial(asking, "second"), ask),
        "outputs": (lambda: world.bundle(now=next(clock)), take),
        "answer": (answering, take),
        "recall": (recalling, take),
        "assignment": (assigning, take),
    }
    cases = 0
    for verb, (make, act) in verbs.items():
        made, allowed = dsse.decode(make()), []
        for group in groups:
            signed = dsse.encode(dsse.sign(made.payload_type, made.payload, *(people[name] for name in group)))
            cases += 1
            try:
                act(signed)
            except (BadSignature, Malformed) as error:
                assert isinstance(error, Malformed) == (len(set(group)) < len(group)), group
                continue
            allowed.append(group)
            made = dsse.decode(make())  # a request or a bundle counts once
        role = verb if verb in world.rooms else "holder"
        assert allowed == list(itertools.combinations([f"{role} {number}" for number in range(3)], 2)), verb
    assert cases == 6 * 65


def test_only_two_people_of_the_newsroom_ask(world: World) -> None:
    first, second = world.rooms["first"], world.rooms["second"]
    values = [number()]
    for people, room, error in [
        ([first[0]], "first", Usage),
        ([first[0], first[0]], "first", Usage),
        ([first[0], PrivateKey.new()], "first", BadSignature),
        ([first[0], second[0]], "first", BadSignature),
        (first[:2], "second", BadSignature),
        (first[:2], "nobody", BadSignature),
    ]:
        with pytest.raises(error):
            look_up(values, people, world.door(), newsroom=room, reason=REASON, now=NOW)
    assert world.exchange.requests() == []


@pytest.mark.parametrize(
    "reason", ["", "why not", "x" * 501, "the phone +1 202 555 0123 of a source", "number 07700 900123 again"]
)
def test_a_reason_is_needed_and_contains_no_number(world: World, reason: str) -> None:
    with pytest.raises(Usage) as raised:
        check_reason(reason)
    assert "555" not in str(raised.value)
    with pytest.raises(Usage):
        world.ask([number()], reason=reason)


def test_a_request_counts_once_is_fresh_and_fits_its_elements(world: World) -> None:
    kept: list[tuple[bytes, bytes]] = []
    door = world.door()

    def ask(envelope: bytes, blinded: bytes) -> list[bytes]:
        kept.append((envelope, blinded))
        return door.ask(envelope, blinded)

    values = numbers(2)
    watched = dataclasses.replace(door, ask=ask)
    id = look_up(values, world.rooms["first"][:2], watched, newsroom="first", reason=REASON, now=NOW)
    keys = [key.evaluate for key in world.keys]
    envelope, blinded = kept[0]
    other = Blinded([value.encode() for value in values]).elements
    for data, elements, when in [
        (envelope, blinded, NOW),
        (envelope, other, NOW),
        (envelope, blinded[:32], NOW),
        (envelope, b"", NOW),
        (b"{}", blinded, NOW),
        (envelope, blinded, NOW + timedelta(hours=2)),
    ]:
        with pytest.raises(Malformed):
            world.exchange.ask(data, elements, keys, now=when)
    for outputs in (b"", bytes(OUTPUT), bytes(2 * OUTPUT)):
        with pytest.raises(Malformed):  # also a second submission
            world.exchange.submit(id, outputs)
    with pytest.raises(Malformed):
        world.exchange.submit("0" * 32, bytes(OUTPUT))
    assert world.exchange.answer("../exchange.json") is None


def test_a_request_cannot_ask_for_more_than_it_counts(world: World) -> None:
    blinded = Blinded([value.encode() for value in numbers(3)]).elements
    digest = hashlib.sha256(blinded).hexdigest()
    people = world.rooms["first"][:2]
    _, envelope = signed_request(["+1"], digest, people, newsroom="first", reason=REASON, now=NOW)
    with pytest.raises(Malformed):
        world.exchange.ask(envelope, blinded, [key.evaluate for key in world.keys], now=NOW)
    assert world.exchange.requests() == []


def test_every_look_is_in_the_chained_log_and_a_changed_log_is_noticed(world: World) -> None:
    ids = [world.ask([number()]), world.ask(world.listed[:2], "second")]
    entries = [msgspec.json.decode(entry) for entry in world.exchange.journal.entries()]
    assert [entry["what"] for entry in entries] == ["outputs", "ask", "ask"]
    assert [entry["request"] for entry in entries[1:]] == ids
    assert entries[2] | {"people": []} == {
        "when": "2026-11-30T12:00:00Z",
        "what": "ask",
        "request": ids[1],
        "newsroom": "second",
        "people": [],
        "reason": REASON,
        "count": 2,
    }
    files = [path for path in (world.folder / "exchange" / "log").rglob("*") if path.is_file()]
    bundle = next(path for path in files if b'"second"' in path.read_bytes())
    bundle.write_bytes(bundle.read_bytes().replace(b'"second"', b'"fourth"'))
    with pytest.raises(Disagreement):
        world.exchange.journal.entries()


def test_the_first_look_of_each_day_at_an_answer_is_in_the_log(world: World) -> None:
    id = world.ask([world.listed[3]])
    assert world.exchange.fetch(id, now=NOW) is None
    recipient = world.readers["first"].recipient
    data = answer_bundle(world.vault, world.request(id), [0], world.signers[:2], recipient=recipient, now=NOW)
    world.exchange.take_sealed(data, now=NOW)
    for day in (0, 0, 1):
        assert world.exchange.fetch(id, now=NOW + timedelta(days=day)) == data
        world.reopen()
    looks = [msgspec.json.decode(entry) for entry in world.exchange.journal.entries()][-2:]
    assert looks == [
        {"when": "2026-11-30T12:00:00Z", "what": "look", "bundle": id},
        {"when": "2026-12-01T12:00:00Z", "what": "look", "bundle": id},
    ]


def test_a_log_that_was_lost_is_an_error_and_does_not_begin_anew(world: World) -> None:
    world.ask([number()])
    world.exchange.close()
    (world.folder / "exchange" / "log" / "checkpoint").unlink()
    for writes in (True, False):
        with pytest.raises(Missing, match="checkpoint"):
            Exchange(world.folder / "exchange", writes=writes)
    assert not (world.folder / "exchange" / "log" / "checkpoint").exists()


def test_an_older_log_is_noticed_and_one_entry_that_a_killed_run_did_not_write_is_added(world: World) -> None:
    log, copy = world.folder / "exchange" / "log", world.folder / "older"
    world.ask([number()])
    shutil.copytree(log, copy)

    def restore() -> None:
        shutil.rmtree(log)
        shutil.copytree(copy, log)

    with pytest.MonkeyPatch.context() as killed:
        killed.setattr(Exchange, "_log", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            world.ask([number()])
    entries = world.exchange.journal.entries()
    world.reopen()
    assert world.exchange.journal.entries()[:-1] == entries
    logged = {msgspec.json.decode(entry).get("request") for entry in entries}
    (late,) = (request.id for request in world.exchange.requests() if request.id not in logged)
    added = msgspec.json.decode(world.exchange.journal.entries()[-1])
    assert (added["what"], added["request"], added["reason"]) == ("ask", late, REASON)
    world.ask([number()])
    world.exchange.close()
    restore()
    with pytest.raises(Malformed, match="The log of the exchange lacks 2 requests"):
        Exchange(world.folder / "exchange")


def test_bundles_of_outputs_need_two_holders_and_the_name_and_keys_of_the_exchange(world: World) -> None:
    with pytest.raises(Malformed):
        world.exchange.take_outputs(world.bundle("another exchange"), now=NOW)
    with pytest.raises(BadSignature):
        world.exchange.take_outputs(world.bundle(signers=[world.signers[0], PrivateKey.new()]), now=NOW)
    world.keys.reverse()
    with pytest.raises(Malformed):
        world.exchange.take_outputs(world.bundle(), now=NOW)


def test_no_canary_is_found_in_the_exchange_the_vault_or_what_is_sent(world: World) -> None:
    asked = [*numbers(5, "FR"), *world.listed[:5]]
    sent: list[bytes] = []
    door = world.door()

    def ask(envelope: bytes, blinded: bytes) -> list[bytes]:
        answers = door.ask(envelope, blinded)
        sent.extend([envelope, blinded, *answers])
        return answers

    def submit(id: str, outputs: bytes) -> bytes:
        sent.append(outputs)
        return door.submit(id, outputs)

    watched = Door(keys=door.keys, ask=ask, submit=submit)
    id = look_up(asked, world.rooms["first"][:2], watched, newsroom="first", reason=REASON, now=NOW)
    recipient = world.readers["first"].recipient
    data = answer_bundle(world.vault, world.request(id), [5, 6], world.signers[:2], recipient=recipient, now=NOW)
    world.exchange.take_sealed(data, now=NOW)
    places = [world.folder / "exchange", world.folder / "vault"]
    assert leaks(places, sent, [*asked, *world.listed[5:10]]) == []
    assert leaks([world.folder / "clear"], [], world.listed[:1])


def test_one_key_and_everything_of_the_exchange_enumerate_nothing(world: World) -> None:
    """A whole (small) number plan against all that a seized exchange has, with one of the two keys."""
    from hashlib import sha256

    plan = [*world.listed, *numbers(50)]
    id = world.ask(plan[:10])
    known = {one.public.id: one.public for one in world.signers}
    bundle = read_outputs((world.folder / "exchange" / "outputs.bundle").read_bytes(), known)
    table = {bundle.outputs[place : place + OUTPUT] for place in range(0, len(bundle.outputs), OUTPUT)}
    assert set(world.request(id).matches.values()) <= table
    for seized in world.keys:
        own = [seized._evaluator.evaluate_known_input(value.encode()) for value in plan]
        stranger = Key(os.urandom(32))._evaluator
        for value, output in zip(plan, own, strict=True):
            guess = stranger.evaluate_known_input(value.encode())
            for both in itertools.product((output, guess, value.encode(), b""), repeat=2):
                assert sha256(b"sousveil investigation output 1\n" + b"".join(both)).digest() not in table


def test_a_phone_book_is_read_without_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = numbers(4)
    cards = "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Somebody\r\n{tel}\r\nPHOTO;ENCODING=b:{'A' * 9000}\r\nEND:VCARD\r\n"
        for tel in (
            f"TEL;TYPE=CELL:{values[0]}",
            f"item1.TEL;VALUE=uri:tel:{values[1]}",
            f"tel:{values[0]}",
            "TEL:none",
        )
    )
    path = tmp_path / "contacts.vcf"
    path.write_text(cards)
    assert read_contacts(path) == (values[:2], 1)
    folded = f'TEL;VALUE=uri;TYPE="voice,home":tel:{values[2][:9]}\r\n\t{values[2][9:]}\r\nTEL:{values[3]}'
    path.write_text(folded)  # half a number would be another number
    assert read_contacts(path) == (values[2:], 0)
    (tmp_path / "contacts.csv").write_text(f"name,phone\nA,{values[2]}\nB,{national(values[3])}\nC,\n")
    assert read_contacts(tmp_path / "contacts.csv", "GB") == (values[2:], 0)
    bare = tmp_path / "bare.csv"
    bare.write_text(f"Anna,{values[0]}\nBen,{values[1]}\n")
    with pytest.raises(Usage, match="is no header") as raised:
        read_contacts(bare)
    assert "--no-header" in raised.value.hint and values[0] not in str(raised.value)
    assert read_contacts(bare, column="2", headed=False) == (values[:2], 0)
    path.write_text("BEGIN:VCARD\nEND:VCARD\n")
    with pytest.raises(Usage):
        read_contacts(path)
    with pytest.raises(Usage):
        read_contacts(tmp_path / "missing.vcf")
    path.write_text("TEL:\n" * (4 * CONTACTS_MOST + 2))
    with pytest.raises(LimitExceeded):
        read_contacts(path)
    monkeypatch.setattr(lookups, "VCARD_MOST", 10_000)
    path.write_text(f"TEL:{values[0]}\nPHOTO:{'A' * 9_900}\n")
    assert read_contacts(path) == (values[:1], 0)
    path.write_text(f"TEL:{values[0]}\nPHOTO:{'A' * 10_000}\n")
    with pytest.raises(LimitExceeded):
        read_contacts(path)


def test_a_single_number_is_certain_or_an_error_that_does_not_repeat_it() -> None:
    e164 = number()
    assert one_number(e164) == one_number(national(e164), "GB") == e164
    with pytest.raises(Usage) as raised:
        one_number(national(e164))
    assert national(e164) not in str(raised.value)
