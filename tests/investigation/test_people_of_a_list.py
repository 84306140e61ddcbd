"""People: identified by two, consent with an end, withdrawal that erases and recalls, assignments, and who does not know yet."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sousveil.errors import Locked, Malformed, Usage
from sousveil.investigation import people
from sousveil.investigation.importing import Settings, import_list
from sousveil.investigation.people import Confidence, Safety, Scope
from sousveil.investigation.releases import (
    answer_bundle,
    assignment_bundle,
    read_assignment,
    read_recall,
    recall_bundle,
)
from sousveil.investigation.vault import Vault
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey
from tests.investigation.drawn import Holder, holders, leaks, number, numbers
from tests.investigation.test_exchange import AMPLE, NOW, World

NAME = "Somebody Whose Name Is Secret"


@pytest.fixture
def keys(tmp_path: Path) -> list[Holder]:
    (tmp_path / "keys").mkdir()
    return holders(tmp_path / "keys", 3)


@pytest.fixture
def vault(tmp_path: Path, keys: list[Holder]) -> Iterator[Vault]:
    Vault.create(tmp_path / "vault", [one.recipient for one in keys], now=NOW)
    with Vault.open(tmp_path / "vault", [keys[0].identity], [keys[1].identity]) as vault:
        yield vault


def add(vault: Vault, *, by: str = "Anna", value: str | None = None, name: str = NAME) -> str:
    """The id of a new person, whose number is in a list."""
    given = [value or number()]
    if value is None:
        put_into_a_list(vault, given[0])
    return people.identify(vault, name=name, numbers=given, by=by, basis="a letter head", now=NOW).id


def put_into_a_list(vault: Vault, value: str) -> None:
    listed = vault.folder.with_name("one.csv")
    listed.write_text(f"number\n{value}\n")
    import_list(vault, listed, Settings(), now=NOW)
    listed.unlink()


def test_nobody_is_on_the_list_whose_number_is_not(vault: Vault) -> None:
    with pytest.raises(Usage, match="in no imported list"):
        add(vault, value=number())
    put_into_a_list(vault, number())
    with pytest.raises(Usage, match="in no imported list"):
        add(vault, value=number())
    assert people.load(vault).persons == {}


def test_two_different_people_identify(vault: Vault) -> None:
    id = add(vault)
    assert not people.load(vault).find(id).certain
    for same in ("Anna", " anna ", "ANNA", "\uff21nna"):
        with pytest.raises(Usage, match="same person"):
            people.confirm(vault, id, by=same, basis="again", now=NOW)
    with pytest.raises(Usage, match="same person"):
        people.confirm(vault, add(vault, by="Jos\u00e9"), by="Jose\u0301", basis="again", now=NOW)
    made = people.confirm(vault, id[:6], by="Ben", basis="a phone call", now=NOW)
    assert made.certain and [one.by for one in made.identified] == ["Anna", "Ben"]
    assert people.load(vault).find(id) == made


def test_a_number_belongs_to_one_person(vault: Vault) -> None:
    value = number()
    put_into_a_list(vault, value)
    add(vault, value=value)
    with pytest.raises(Usage) as raised:
        add(vault, value=value)
    assert value not in str(raised.value)


@pytest.mark.parametrize("id", ["", "abc", "zzzz", "0" * 16])
def test_an_unknown_or_short_id_is_an_error(vault: Vault, id: str) -> None:
    add(vault)
    with pytest.raises(Usage):
        people.load(vault).find(id)


def test_consent_needs_two_and_ends(vault: Vault) -> None:
    id, until = add(vault), NOW.date() + timedelta(days=10)
    with pytest.raises(Usage, match="Only one"):
        people.give_consent(vault, id, scope=Scope.NAMED, until=until, now=NOW)
    people.confirm(vault, id, by="Ben", basis="a phone call", now=NOW)
    with pytest.raises(Usage, match="past"):
        people.give_consent(vault, id, scope=Scope.NAMED, until=NOW.date() - timedelta(days=1), now=NOW)
    made = people.give_consent(vault, id, scope=Scope.NAMED, until=until, now=NOW)
    assert not made.may_be_named(until)  # nobody is named who does not know
    made = people.change(vault, id, informed=NOW.date(), now=NOW)
    days = [made.may_be_named(NOW.date() + timedelta(days=day)) for day in (-1, 0, 10, 11)]
    assert days == [False, True, True, False]
    unnamed = people.give_consent(vault, id, scope=Scope.UNNAMED, until=until, now=NOW)
    assert not unnamed.may_be_named(until)


def test_the_plan_lists_who_does_not_know_in_the_order_of_contact(vault: Vault) -> None:
    ids = {name: add(vault, name=name) for name in ("third", "first", "danger", "knows", "later")}
    people.change(vault, ids["third"], order=3, safety=Safety.CAREFUL, now=NOW)
    people.change(vault, ids["first"], order=1, confidence=Confidence.HIGH, now=NOW)
    people.change(vault, ids["danger"], order=0, safety=Safety.NO_CONTACT, now=NOW)
    people.change(vault, ids["knows"], informed=date(2026, 12, 1), now=NOW)
    people.change(vault, ids["later"], informed=date(2026, 12, 24), now=NOW)
    plan = people.load(vault).plan(date(2026, 12, 20))
    assert [one.name for one in plan] == ["first", "third", "later", "danger"]
    assert [one.name for one in people.load(vault).plan(date(2026, 12, 24))] == ["first", "third", "danger"]


def test_an_assignment_has_its_rows_and_is_for_one_newsroom(vault: Vault, tmp_path: Path, keys: list[Holder]) -> None:
    british, french = numbers(3), numbers(2, "FR")
    (tmp_path / "clear").mkdir()
    rows = [f"{value},2019-05-03 14:22Z,A" for value in british] + [f"{value},,B" for value in french]
    (tmp_path / "clear" / "list.csv").write_text("number,time,client\n" + "\n".join([*rows, "unknown,,B"]) + "\n")
    import_list(vault, tmp_path / "clear" / "list.csv", Settings(), now=NOW)
    signers = [PrivateKey.new(), PrivateKey.new()]
    known = {key.public.id: key.public for key in signers}
    (tmp_path / "rooms").mkdir()
    room, other = holders(tmp_path / "rooms", 2)

    def assigned(**what: str) -> list[str]:
        data, count = assignment_bundle(vault, signers, newsroom="first", recipient=room.recipient, now=NOW, **what)
        made = read_assignment(data, known, [room.identity], newsroom="first")
        assert (made.recipient, len(made.rows)) == ("first", count)
        (tmp_path / "sent").mkdir(exist_ok=True)
        (tmp_path / "sent" / made.id).write_bytes(data)
        with pytest.raises(Locked):
            read_assignment(data, known, [other.identity], newsroom="first")
        with pytest.raises(BadSignature):
            read_assignment(data, {}, [room.identity], newsroom="first")
        with pytest.raises(Malformed, match="another newsroom"):
            read_assignment(data, known, [room.identity], newsroom="second")
        return [row.e164 for row in made.rows]

    assert assigned(country="GB") == british
    assert assigned(client="B") == french
    for nothing in ({}, {"country": "MX"}, {"country": "GB", "client": "B"}):
        with pytest.raises(Usage):
            assigned(**nothing)
    with pytest.raises(Usage):
        assignment_bundle(vault, signers[:1], newsroom="first", recipient=room.recipient, country="GB", now=NOW)
    assert [(one.kind, one.recipient, len(one.numbers)) for one in people.load(vault).sent] == [
        *(("assignment", "first", 3), ("assignment", "first", 2))
    ]
    assert leaks([tmp_path / "vault", tmp_path / "sent"], [], [*british, *french]) == []
    assert leaks([tmp_path / "clear"], [], british)


def test_a_bundle_that_nobody_could_read_is_not_made(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sousveil.errors import LimitExceeded
    from sousveil.ledger import dsse

    (tmp_path / "list.csv").write_text("number,client\n" + "".join(f"{value},A\n" for value in numbers(3)))
    import_list(vault, tmp_path / "list.csv", Settings(), now=NOW)
    signers, history = [PrivateKey.new(), PrivateKey.new()], list(vault.history)
    monkeypatch.setattr(dsse, "MAX_BYTES", 4000)
    (tmp_path / "rooms").mkdir()
    with pytest.raises(LimitExceeded):
        room = holders(tmp_path / "rooms", 1)[0]
        assignment_bundle(vault, signers, newsroom="first", recipient=room.recipient, client="A", now=NOW)
    assert people.load(vault).sent == () and vault.history == history


def test_withdrawal_erases_the_person_and_recalls_what_was_sent(tmp_path: Path) -> None:
    world = World(tmp_path, numbers(6), AMPLE)
    vault, who = world.vault, world.listed[2]
    kept, gone = add(vault, value=world.listed[0], name="Somebody Else"), add(vault, value=who)
    recipient = world.readers["first"].recipient
    ids = [world.ask([world.listed[0]]), world.ask([who, world.listed[1]])]
    for id in ids:
        places = sorted(world.request(id).matches)
        world.exchange.take(answer_bundle(
            vault, world.request(id), places, world.signers[:2], recipient=recipient, now=NOW
        ), now=NOW)  # fmt: skip
    assert all(world.exchange.answer(id) for id in ids)
    recalled = people.withdraw(vault, gone, now=NOW)
    assert vault.history[-1].what == "withdrawal"
    assert [(one.id, one.kind, one.recipient) for one in recalled] == [(ids[1], "answer", "first")]
    assert all(who not in one.numbers for one in people.load(vault).sent)
    assert list(people.load(vault).persons) == [kept]
    with pytest.raises(Usage):
        people.load(vault).find(gone)
    tables = [vault.unseal(path.stem, path.read_bytes()) for path in (tmp_path / "vault").glob("g*/people-*.sealed")]
    assert len(tables) == 1 and NAME.encode() not in tables[0] and who.encode() not in tables[0]
    notice = recall_bundle(recalled, world.signers[1:], now=NOW)
    assert who.encode() not in notice and NAME.encode() not in notice
    recall = read_recall(notice, {one.public.id: one.public for one in world.signers})
    assert (recall.bundles, recall.recipients) == ((ids[1],), ("first",))
    world.exchange.take(notice, now=NOW)
    assert world.exchange.answer(ids[1]) is None and world.exchange.answer(ids[0])
    for strangers in ([PrivateKey.new(), PrivateKey.new()], [world.signers[0], PrivateKey.new()]):
        with pytest.raises(BadSignature):
            world.exchange.take(recall_bundle(recalled, strangers, now=NOW), now=NOW)
    with pytest.raises(Malformed):
        read_recall(world.bundle(), {one.public.id: one.public for one in world.signers})


def test_people_survive_imports_outputs_and_a_change_of_holders(tmp_path: Path) -> None:
    world = World(tmp_path, numbers(2), AMPLE)
    id = add(world.vault)
    world.exchange.take_outputs(world.bundle(now=NOW + timedelta(seconds=1)), now=NOW)
    (tmp_path / "clear" / "more.csv").write_text(f"number\n{number()}\n")
    import_list(world.vault, tmp_path / "clear" / "more.csv", Settings(), now=NOW)
    world.vault.change_holders([one.recipient for one in world.vault_holders], (), now=NOW)
    assert people.load(world.vault).find(id).name == NAME
    request = world.request(world.ask([world.listed[0]]))
    data = answer_bundle(
        world.vault, request, [0], world.signers[:2], recipient=world.readers["first"].recipient, now=NOW
    )
    assert data and people.load(world.vault).find(id).name == NAME


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_killed_change_keeps_everybody(tmp_path: Path, keys: list[Holder], monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.investigation.test_vault import killed

    folder = tmp_path / "vault"
    both = [keys[0].identity], [keys[1].identity]
    Vault.create(folder, [one.recipient for one in keys], now=NOW)
    with Vault.open(folder, *both) as opened:
        id = add(opened)
    shutil.copytree(folder, tmp_path / "original")

    def work() -> None:
        with Vault.open(folder, *both) as opened:
            people.confirm(opened, id, by="Ben", basis="a phone call", now=NOW)

    seen = []
    for moment in itertools.count():
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "original", folder)
        if not killed(monkeypatch, moment, work):
            break
        assert leaks([folder], [], []) == [] and all(
            NAME.encode() not in path.read_bytes() for path in folder.rglob("*") if path.is_file()
        )
        with Vault.open(folder, *both) as opened:
            seen.append(people.load(opened).find(id).certain)
            assert len(list((folder / "g1").glob("people-*"))) == 1
    assert seen == 3 * [False] + 7 * [True]


def test_times_and_texts_are_checked(vault: Vault) -> None:
    for text in ("", " ", "x" * 2001):
        with pytest.raises(Usage):
            add(vault, name=text)
    assert datetime(2026, 11, 30, 12, tzinfo=UTC) == NOW and people.load(vault).persons == {}
