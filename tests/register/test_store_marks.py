"""Marks on statements: what counts as retracted or corrected, now and as known at entries, once a key was compromised."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.admission import Published
from sousveil.register.codes import EraseBy, EraseGround, RetractReason, RevokeReason, Role
from sousveil.register.model import Recorded, Stance, entity_id
from sousveil.register.publication import Submission
from sousveil.register.search.search import Search
from sousveil.register.store import Change, Store
from tests.register import maker
from tests.register.maker import Made, private, public, published, said

Marks = dict[str, tuple[int | None, str | None]]


def marks(store: Store, *ids: str, known_at: int | None = None) -> Marks:
    """Which of these were retracted, and which corrected."""
    found = {one.id: one for one in store.statements_of([maker.ACME, maker.HOLDING], known_at=known_at)}
    assert known_at is not None or all(store.statement(id) == found[id] for id in ids)
    return {id: (found[id].retracted, found[id].superseded_by) for id in ids if id in found}


def fixed(made: Made, old: str, value: str, by: str = "paper") -> Published:
    return published(
        made.register.publish(
            [said(maker.ACME, "Company", "name", value, stance=Stance.CORRECTS, supersedes=old)], private(by)
        )
    )


def seen(changes: Iterator[Change]) -> list[tuple[str, int, str]]:
    return [(one.op, one.index, one.id) for one in changes]


def replayed(store: Store) -> list[Recorded]:
    whole: dict[str, Recorded] = {}
    for change in store.changes():
        if change.recorded is None:
            whole.pop(change.id, None)
        else:
            whole[change.id] = change.recorded
    return list(whole.values())


def test_what_a_compromised_key_took_back_and_corrected_stands_again(made: Made, tmp_path: Path) -> None:
    register, store = made.register, made.register.store
    name, country, other, lux = made.world.ids[:4]
    first = register.retract([lux], private("paper"), RetractReason.WRONG)
    fix = fixed(made, name, "Zebra Nothing Ltd")
    second = register.retract([country, other], private("paper"), RetractReason.WRONG)
    search = Search.open(tmp_path / "index", engine="fts5")
    search.refresh(store)
    assert [one.total for one in map(search.query, ("Zebra", "Interception", "Grey"))] == [1, 0, 0]
    counts, revision, ids = store.counts(), store.revision(), (name, country, other, lux)
    before: Marks = {
        name: (None, fix.ids[0]),
        country: (second.index, None),
        other: (second.index, None),
        lux: (first.index, None),
    }
    assert marks(store, *ids) == before
    revoked = register.key_revoke(public("paper"), RevokeReason.COMPROMISED, compromised_since=fix.index)
    after: Marks = {name: (None, None), country: (None, None), other: (None, None), lux: (first.index, None)}
    assert marks(store, *ids) == marks(store, *ids, known_at=revoked.index) == after
    assert marks(store, *ids, known_at=revoked.index - 1) == before
    assert marks(store, *ids, known_at=fix.index) == {**after, name: (None, fix.ids[0])}
    assert (store.counts().datasets, store.counts().entities) == (counts.datasets, counts.entities)
    assert store.revision() == revision + 1
    assert seen(store.changes(revoked.index)) == [
        ("change", revoked.index, fix.ids[0]),
        *[("change", revoked.index, id) for id in sorted([name, country, other])],
    ]
    assert replayed(store) == list(store.iter_statements())
    assert search.refresh(store) == 2
    assert [one.total for one in map(search.query, ("Zebra", "Interception", "Grey"))] == [0, 1, 1]
    search.close()
    whole = list(store.iter_statements())
    store.rebuild_views()
    assert list(store.iter_statements()) == whole
    # The owner's next key may take back what the stolen key took back.
    register.key_add(public("paper-2"), "The Invented Paper", Role.PUBLISHER)
    for name in ("clinic", "union"):
        register.vouch(public("paper-2"), private(name))
    third = register.retract([country], private("paper-2"), RetractReason.WRONG)
    assert marks(store, country) == {country: (third.index, None)}
    assert marks(store, country, known_at=third.index - 1) == {country: (None, None)}
    assert marks(store, country, known_at=revoked.index - 1) == {country: (second.index, None)}


def test_a_later_word_on_an_earlier_compromise(made: Made) -> None:
    register, store = made.register, made.register.store
    name, country = made.world.ids[:2]
    first = register.retract([name], private("paper"), RetractReason.WRONG)
    second = register.retract([name, country], private("paper"), RetractReason.WRONG)
    told = register.key_revoke(public("paper"), RevokeReason.COMPROMISED, compromised_since=second.index)
    assert marks(store, name, country) == {name: (first.index, None), country: (None, None)}
    again = register.key_revoke(public("paper"), RevokeReason.COMPROMISED, compromised_since=first.index)
    assert marks(store, name, country) == {name: (None, None), country: (None, None)}
    assert marks(store, name, country, known_at=again.index - 1) == {name: (first.index, None), country: (None, None)}
    assert marks(store, name, country, known_at=told.index - 1) == {
        name: (first.index, None),
        country: (second.index, None),
    }


def test_a_retraction_and_the_revocation_in_one_batch(made: Made) -> None:
    register, store = made.register, made.register.store
    name, country = made.world.ids[:2]
    size, when = store.size(), "2026-11-01T12:00:00Z"
    fix = said(maker.ACME, "Company", "name", "Acme One", stance=Stance.CORRECTS, supersedes=name)
    payload, contents = publication.make([fix], publisher=fix.publisher, dataset=fix.dataset, example=True)
    retract = log.Retract(ids=(country,), reason=RetractReason.WRONG, made=when)
    revoke = log.KeyRevoke(key=public("paper"), reason=RevokeReason.COMPROMISED, compromised_since=size, made=when)
    operator = register.paths.key("operator")
    outcomes = register.submit_many(
        [
            Submission(envelope=publication.sign(payload, private("paper")), contents=contents),
            Submission(envelope=publication.sign(log.encode(retract), private("paper"))),
            Submission(envelope=publication.sign(log.encode(revoke), operator)),
        ]
    )
    assert [published(one).index for one in outcomes] == [size, size + 1, size + 2]
    assert marks(store, name, country) == {name: (None, None), country: (None, None)}
    assert marks(store, name, country, known_at=size + 1) == {
        name: (None, published(outcomes[0]).ids[0]),
        country: (size + 1, None),
    }


def test_what_a_compromised_operator_let_in_decides_nothing(made: Made) -> None:
    register, store = made.register, made.register.store
    register.key_add(public("operator-2"), "The operator", Role.OPERATOR)
    since = register.key_add(
        public("odd"), "The Invented Paper", Role.PUBLISHER, by=private("operator-2"), holder=private("paper")
    ).index
    taken = register.retract([made.world.ids[0]], private("odd"), RetractReason.WRONG)
    assert marks(store, made.world.ids[0]) == {made.world.ids[0]: (taken.index, None)}
    register.key_revoke(public("operator-2"), RevokeReason.COMPROMISED, compromised_since=since)
    assert marks(store, made.world.ids[0]) == {made.world.ids[0]: (None, None)}
    late = register.retract([made.world.ids[1]], private("odd"), RetractReason.WRONG)
    assert marks(store, made.world.ids[1]) == {made.world.ids[1]: (None, None)}
    assert seen(store.changes(late.index)) == [("change", late.index, made.world.ids[1])]


def test_a_correction_that_was_retracted_replaces_nothing(made: Made) -> None:
    register, store = made.register, made.register.store
    name = made.world.ids[0]
    fix = fixed(made, name, "Acme One")
    later = fixed(made, name, "Acme Two")
    assert marks(store, name) == {name: (None, later.ids[0])}
    assert marks(store, name, known_at=fix.index) == {name: (None, fix.ids[0])}
    taken = register.retract([later.ids[0]], private("paper"), RetractReason.WRONG)
    assert marks(store, name, later.ids[0]) == {name: (None, fix.ids[0]), later.ids[0]: (taken.index, None)}
    assert seen(store.changes(taken.index)) == [
        ("delete", taken.index, later.ids[0]),
        ("change", taken.index, name),
    ]
    last = register.retract([fix.ids[0]], private("paper"), RetractReason.WRONG)
    assert marks(store, name) == {name: (None, None)}
    assert marks(store, name, known_at=last.index - 1) == {name: (None, fix.ids[0])}
    assert marks(store, name, known_at=taken.index - 1) == {name: (None, later.ids[0])}
    assert replayed(store) == list(store.iter_statements())
    # Where a compromised key took the correction back, it counts again.
    register.key_revoke(public("paper"), RevokeReason.COMPROMISED, compromised_since=last.index)
    assert marks(store, name, fix.ids[0]) == {name: (None, fix.ids[0]), fix.ids[0]: (None, None)}
    assert replayed(store) == list(store.iter_statements())


def test_a_correction_that_was_erased_replaces_nothing(made: Made, tmp_path: Path) -> None:
    register, store = made.register, made.register.store
    name = made.world.ids[0]
    fix, later = fixed(made, name, "Zebra One"), fixed(made, name, "Zebra Two")
    search = Search.open(tmp_path / "index", engine="fts5")
    search.refresh(store)
    gone = register.erase([later.ids[0]], EraseGround.MISTAKE, EraseBy.PUBLISHER)
    assert marks(store, name) == {name: (None, fix.ids[0])}
    assert seen(store.changes(gone.index)) == [("erase", gone.index, later.ids[0]), ("change", gone.index, name)]
    search.refresh(store)
    assert [one.total for one in map(search.query, ("Zebra Two", "Zebra One", "Interception"))] == [0, 1, 0]
    last = register.erase([fix.ids[0]], EraseGround.MISTAKE, EraseBy.PUBLISHER)
    assert marks(store, name) == {name: (None, None)}
    assert seen(store.changes(last.index)) == [("erase", last.index, fix.ids[0]), ("change", last.index, name)]
    search.refresh(store)
    assert [one.total for one in map(search.query, ("Zebra", "Interception"))] == [0, 1]
    search.close()
    assert replayed(store) == list(store.iter_statements())
    store.rebuild_views()
    assert marks(store, name) == {name: (None, None)}


def test_a_judgement_that_a_stolen_key_took_back_joins_again(made: Made) -> None:
    store = made.register.store
    id, owner = entity_id("judgement", "x"), "The Invented Paper"
    told = {"left": maker.HOLDING, "right": maker.STATE, "verdict": "same", "reason": "One.", "evidence": maker.SOURCE}
    done = published(
        made.register.publish(
            [said(id, "Judgement", property, value, publisher=owner) for property, value in told.items()],
            private("paper"),
        )
    )
    assert store.canonical(maker.STATE) == maker.HOLDING
    verdict = done.ids[2]
    taken = made.register.retract([verdict], private("paper"), RetractReason.WRONG)
    assert store.canonical(maker.STATE) == maker.STATE
    made.register.key_revoke(public("paper"), RevokeReason.COMPROMISED, compromised_since=taken.index)
    assert store.canonical(maker.STATE) == maker.HOLDING
