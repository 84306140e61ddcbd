"""Erasure: content and salt are gone from every file, the log still holds, and says that they were there."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from sousveil.decisions.api import gate
from sousveil.ledger import merkle, note
from sousveil.register import entries as log
from sousveil.register.codes import EraseBy, EraseGround
from sousveil.register.model import Recorded, Stance
from sousveil.register.publication import File
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.store import Change, Erased
from tests.register import maker
from tests.register.maker import Made, private, published, said

CANARY = "Canary Kowalska 4711"


def files_with(folder: Path, needle: bytes) -> list[str]:
    """Files below the folder that hold these bytes."""
    return [
        str(one.relative_to(folder))
        for one in sorted(folder.rglob("*"))
        if one.is_file() and needle in one.read_bytes()
    ]


def test_nothing_is_left_in_any_file(made: Made) -> None:
    register, store = made.register, made.register.store
    done = published(
        register.publish(
            [said(maker.ACME, "Company", "alias", CANARY), said(maker.ACME, "Company", "alias", "Night")],
            private("paper"),
            attachments=[File(data=CANARY.encode() * 3)],
        )
    )
    (salt,) = [row[2] for row in store.contents(done.index, done.index + 1) if row[1] == 0]
    assert files_with(register.folder, CANARY.encode())
    gone = register.erase([done.ids[0]], EraseGround.DATA_PROTECTION, EraseBy.SUBJECT)
    # The other statement of the publication is still there, so its file is too.
    assert files_with(register.folder, CANARY.encode()) == [
        f"attachments/{File(data=CANARY.encode() * 3).named().sha256}"
    ]
    assert files_with(register.folder, salt.hex().encode()) == []
    last = register.erase([done.ids[1]], EraseGround.DATA_PROTECTION, EraseBy.SUBJECT)
    assert files_with(register.folder, CANARY.encode()) == []
    assert store.statement(done.ids[0]) == Erased(
        id=done.ids[0], recorded=done.index, index=gone.index, ground="data_protection", by="subject"
    )
    assert [one.id for one in store.statements_of([maker.ACME])] == list(made.world.ids[:2])
    assert store.counts().erased == 2
    payload = store.payload(store.entry(last.index))
    assert payload == log.Erase(
        ids=(done.ids[1],),
        ground=EraseGround.DATA_PROTECTION,
        by=EraseBy.SUBJECT,
        backups_by=(date.today() + timedelta(days=30)).isoformat(),
        attachments=(File(data=CANARY.encode() * 3).named().sha256,),
        made=payload.made,  # type: ignore[union-attr]
    )
    assert list(store.changes(gone.index)) == [
        Change(op="erase", index=gone.index, id=done.ids[0], recorded=None),
        Change(op="erase", index=last.index, id=done.ids[1], recorded=None),
    ]


def test_the_log_still_holds(made: Made) -> None:
    register = made.register
    before = register.entry_bytes(made.world.index)
    receipt = made.world.receipt
    register.erase([made.world.ids[0]], EraseGround.COURT_ORDER, EraseBy.COURT)
    assert register.entry_bytes(made.world.index) == before
    size = register.store.size()
    assert merkle.root(register.log, size) == register.store.tree().root
    assert receipt is not None and f"index {made.world.index}\n" in receipt


def test_the_suppression_list_tells_mirrors(made: Made) -> None:
    register = made.register
    first = register.erase([made.world.ids[3]], EraseGround.SAFETY, EraseBy.OPERATOR)
    second = register.erase([made.world.ids[0]], EraseGround.MISTAKE, EraseBy.PUBLISHER)
    data = (register.folder / "log" / "suppression").read_bytes()
    text, _ = note.open_note(data, [note.parse_vkey(register.vkey)])
    assert text.decode().splitlines() == [
        maker.ORIGIN,
        "suppression",
        "2",
        f"{made.world.ids[0]} {made.world.index} {second.index}",
        f"{made.world.ids[3]} {made.world.index} {first.index}",
    ]


def test_the_worker_is_told_and_caches_see_it(made: Made) -> None:
    store = made.register.store
    revision = store.revision()
    done = made.register.erase([made.world.ids[0]], EraseGround.UNLAWFUL, EraseBy.AUTHORITY)
    assert store.revision() == revision + 1
    job = store.take_job(["erase"])
    assert job is not None
    assert job.body == {"index": done.index, "ids": [made.world.ids[0]], "subjects": [maker.ACME]}


def test_the_content_bundle_holds_the_rest(made: Made) -> None:
    register = made.register
    register.erase([made.world.ids[1], made.world.ids[6]], EraseGround.MISTAKE, EraseBy.OPERATOR)
    lines = (register.folder / "log" / "content" / "000.jsonl").read_bytes().splitlines()
    assert [line.split(b",")[:2] for line in lines] == [
        [f"[{made.world.index}".encode(), str(n).encode()] for n in (0, 2, 3, 4, 5, 7)
    ]


def test_erasing_a_correction_brings_back_what_it_corrected(made: Made) -> None:
    register, name = made.register, made.world.ids[0]
    fix = said(maker.ACME, "Company", "name", "Acme Personal Name", stance=Stance.CORRECTS, supersedes=name)
    done = published(register.publish([fix], private("paper")))
    register.erase(done.ids, EraseGround.DATA_PROTECTION, EraseBy.SUBJECT)
    old = register.store.statement(name)
    assert isinstance(old, Recorded) and old.superseded_by is None


@pytest.mark.parametrize(
    ("ids", "field"),
    [([], "ids"), (["ab" * 32], "ids[0]"), (["no id"], "ids[0]")],
    ids=["none", "unknown", "malformed"],
)
def test_what_cannot_be_erased(made: Made, ids: list[str], field: str) -> None:
    with pytest.raises(Refused) as error:
        made.register.erase(ids, EraseGround.MISTAKE, EraseBy.OPERATOR)
    assert error.value.field == field
    assert made.register.store.size() == 9 and made.register.store.jobs() == 0


def test_only_an_operator_erases_and_only_once(made: Made) -> None:
    register = made.register
    with pytest.raises(Refused) as error:
        register.erase([made.world.ids[0]], EraseGround.MISTAKE, EraseBy.PUBLISHER, key=private("paper"))
    assert error.value.code == "wrong_role"
    register.erase([made.world.ids[0]], EraseGround.MISTAKE, EraseBy.PUBLISHER)
    with pytest.raises(Refused) as error:
        register.erase([made.world.ids[0]], EraseGround.SAFETY, EraseBy.PUBLISHER)
    assert (error.value.field, error.value.code) == ("ids[0]", "unknown_statement")


def test_erased_content_cannot_be_handed_in_again(made: Made) -> None:
    register = made.register
    (prepared,) = register.prepare([said(maker.ACME, "Company", "alias", CANARY)], private("paper"))
    done = published(register.submit(prepared))
    register.erase(done.ids, EraseGround.DATA_PROTECTION, EraseBy.SUBJECT)
    with pytest.raises(Refused) as error:
        register.submit(prepared)
    assert error.value.code == "replay"


def test_an_erasure_survives_a_crash_before_the_files_were_changed(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    register = made.register
    done = published(register.publish([said(maker.ACME, "Company", "alias", CANARY)], private("paper")))

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(register.files, "write", crash)
    with pytest.raises(KeyboardInterrupt):
        register.erase(done.ids, EraseGround.DATA_PROTECTION, EraseBy.SUBJECT)
    assert files_with(register.folder / "log", CANARY.encode()) == ["content/000.jsonl"]
    with Register.open(register.folder, gate=gate) as again:
        assert files_with(again.folder / "log", CANARY.encode()) == []
        assert isinstance(again.store.statement(done.ids[0]), Erased)
