"""The store: what was published is read back, as of days and as known at entries; the same on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from sousveil.errors import Missing, Usage
from sousveil.register.codes import EraseBy, EraseGround, RetractReason, RevokeReason, Role
from sousveil.register.identity import judgements_of
from sousveil.register.model import Recorded, Stance, content, entity_id
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.store import Change, Counts, SnapshotState, Store
from sousveil.register.views.entity import entity_view
from sousveil.register.views.store import clusters_at
from tests.register import maker
from tests.register.maker import Made, company, private, published, said

WORLD = 8
"""Index of the entry with `maker.world()`: the first entry and seven keys come before it."""


def test_whole_records_come_back(made: Made) -> None:
    store, world = made.register.store, made.world
    assert store.statements_of([maker.ACME]) == [
        Recorded(id=world.ids[0], recorded=WORLD, statement=maker.world()[0]),
        Recorded(id=world.ids[1], recorded=WORLD, statement=maker.world()[1]),
    ]
    assert store.statement(world.ids[4]) == Recorded(id=world.ids[4], recorded=WORLD, statement=maker.world()[4])
    assert store.statement("0" * 64) is None
    assert store.statement("no id") is None


def test_links_are_read_from_their_other_end(made: Made) -> None:
    found = made.register.store.statements_to([maker.ACME, maker.HOLDING])
    assert [(one.statement.subject, one.statement.property) for one in found] == [
        (maker.OWNERSHIP, "owner"),
        (maker.OWNERSHIP, "asset"),
        (maker.PRODUCT, "vendor"),
    ]


@pytest.mark.parametrize(
    ("day", "there"), [("2014-12-31", False), ("2015-06-01", True), ("2026-01-01", True)], ids=["before", "in", "now"]
)
def test_as_of_leaves_out_what_surely_did_not_hold(made: Made, day: str, there: bool) -> None:
    found = made.register.store.statements_of([maker.ACME], as_of=day)
    assert [one.statement.property for one in found] == ["name", *(["country"] if there else [])]


def test_known_at_shows_the_log_as_it_was(made: Made) -> None:
    register, store = made.register, made.register.store
    name = made.world.ids[0]
    correction = published(
        register.publish(
            [said(maker.ACME, "Company", "name", "Acme Ltd", stance=Stance.CORRECTS, supersedes=name)], private("paper")
        )
    )
    taken = register.retract([made.world.ids[1]], private("paper"), RetractReason.WRONG)
    assert [(one.id, one.retracted, one.superseded_by) for one in store.statements_of([maker.ACME])] == [
        (name, None, correction.ids[0]),
        (made.world.ids[1], taken.index, None),
        (correction.ids[0], None, None),
    ]
    before = store.statements_of([maker.ACME], known_at=WORLD)
    assert [(one.id, one.retracted, one.superseded_by) for one in before] == [
        (name, None, None),
        (made.world.ids[1], None, None),
    ]
    assert store.statements_of([maker.ACME], known_at=WORLD - 1) == []


def test_replies_are_found_at_what_they_answer(made: Made) -> None:
    claim = made.world.ids[7]
    reply = said(
        maker.PRODUCT,
        "SurveillanceProduct",
        "vendor",
        maker.ACME,
        stance=Stance.DENIES,
        supersedes=claim,
        publisher=maker.ACME,
    )
    done = published(made.register.publish([reply], private("acme")))
    assert made.register.store.replies_to([claim]) == [Recorded(id=done.ids[0], recorded=done.index, statement=reply)]
    old = made.register.store.statement(claim)
    assert isinstance(old, Recorded) and old.superseded_by is None  # a denial by somebody else replaces nothing


def test_entities_and_counts(made: Made) -> None:
    store = made.register.store
    assert store.subjects(type="Company") == sorted([maker.ACME, maker.HOLDING])
    assert store.subjects(type="Company", after=min(maker.ACME, maker.HOLDING)) == [max(maker.ACME, maker.HOLDING)]
    assert store.subjects(dataset="nothing") == []
    assert store.subjects(limit=1) == [min(maker.ACME, maker.HOLDING, maker.OWNERSHIP, maker.PRODUCT)]
    assert store.counts() == Counts(
        entries=9,
        statements=8,
        entities={"Company": 2, "Ownership": 1, "SurveillanceProduct": 1},
        datasets={"direct": 8},
        erased=0,
    )
    assert store.type_of([maker.ACME, "sv-nobody"]) == {maker.ACME: "Company"}


def test_an_entity_of_ten_thousand_statements(made: Made) -> None:
    many = [said(maker.HOLDING, "Company", "alias", f"Grey Holding No. {n}") for n in range(10_000)]
    done = published(made.register.publish(many, private("paper"), receipt=False))
    assert done.last - done.index == 39  # 250 an entry
    found = made.register.store.statements_of([maker.HOLDING])
    assert [one.statement for one in found[2:]] == many
    assert [one.id for one in found[2:]] == list(done.ids)
    assert [one.statement for one in made.register.store.iter_statements(since=done.index)] == many


def test_changes_replay_to_the_whole(made: Made) -> None:
    register, store = made.register, made.register.store
    register.publish([one for n in range(5) for one in company(n, publisher="Intake")], private("loader"))
    fix = said(maker.ACME, "Company", "name", "Acme", stance=Stance.CORRECTS, supersedes=made.world.ids[0])
    register.publish([fix], private("paper"))
    register.retract([made.world.ids[2]], private("paper"), RetractReason.DUPLICATE)
    register.erase([made.world.ids[3]], EraseGround.SAFETY, EraseBy.SUBJECT)
    start = register.publish([said(maker.STATE, "Company", "name", "Late Ltd", publisher="Intake")], private("loader"))
    register.key_revoke(
        public := maker.public("loader"), RevokeReason.COMPROMISED, compromised_since=published(start).index
    )
    assert public == maker.public("loader")
    whole: dict[str, Recorded] = {}
    ops: list[str] = []
    for change in store.changes():
        ops.append(change.op)
        if change.op == "erase":
            whole.pop(change.id, None)
        elif change.recorded is not None:
            whole[change.id] = change.recorded
    assert list(whole.values()) == list(store.iter_statements())
    assert ops == ["add"] * 23 + ["change", "delete", "erase", "add", "change"]
    assert list(store.changes(published(start).index + 1)) == [
        Change(
            op="change",
            index=published(start).index + 1,
            id=published(start).ids[0],
            recorded=msgspec.structs.replace(whole[published(start).ids[0]], doubtful=True),
        )
    ]


def test_views_can_be_made_again(made: Made) -> None:
    register, store = made.register, made.register.store
    fix = said(maker.ACME, "Company", "name", "Acme", stance=Stance.CORRECTS, supersedes=made.world.ids[0])
    register.publish([fix], private("paper"))
    register.retract([made.world.ids[2]], private("paper"), RetractReason.DUPLICATE)
    before = list(store.iter_statements()), store.counts(), store.subjects()
    revision = store.revision()
    store.rebuild_views()
    assert (list(store.iter_statements()), store.counts(), store.subjects()) == before
    assert store.revision() == revision + 1


def test_a_store_of_the_first_version_is_brought_up(made: Made) -> None:
    made.register.retract([made.world.ids[1]], private("paper"), RetractReason.WRONG)
    store = made.register.store
    before = list(store.iter_statements())
    for table in ("retractions", "restored"):
        store.db.execute(f"DROP TABLE {table}")
    store.set_meta("version", "1")
    with Store.open(made.register.paths.database(made.register.config)) as again:
        assert (again.meta("version"), list(again.iter_statements())) == ("2", before)
        assert again.db.query("SELECT id, entry FROM retractions") == [(bytes.fromhex(made.world.ids[1]), 9)]


def judge(by: str, left: str, right: str, verdict: str, made: Made) -> str:
    id = entity_id("judgement", by, left, right, verdict)
    owner = maker.KEYS[by][0]
    told = {"left": left, "right": right, "verdict": verdict, "reason": "Same number.", "evidence": maker.SOURCE}
    return published(
        made.register.publish(
            [said(id, "Judgement", name, value, publisher=owner) for name, value in told.items()], private(by)
        )
    ).ids[2]


def test_clusters_are_a_view_of_judgements(made: Made) -> None:
    store = made.register.store
    assert store.canonical(maker.ACME) == maker.ACME and store.members(maker.ACME) == [maker.ACME]
    verdict = judge("paper", maker.ACME, maker.HOLDING, "same", made)
    assert store.canonical(maker.HOLDING) == maker.HOLDING, (
        "ACME has a key: on one person's word it would speak for HOLDING"
    )
    judge("loader", maker.ACME, maker.HOLDING, "same", made)
    assert store.canonical(maker.HOLDING) == maker.ACME
    assert store.members(maker.HOLDING) == [maker.ACME, maker.HOLDING]
    assert store.canonicals([maker.HOLDING, maker.STATE]) == {maker.HOLDING: maker.ACME}
    assert [one.statement.property for one in store.judgements(maker.HOLDING)] == [
        "left",
        "right",
        "verdict",
        "reason",
        "evidence",
    ] * 2
    judge("loader", maker.ACME, maker.HOLDING, "different", made)
    assert store.canonical(maker.HOLDING) == maker.HOLDING
    assert isinstance(store.statement(verdict), Recorded)


def test_a_listing_needs_two_people(made: Made) -> None:
    store = made.register.store
    listed = entity_id("list", "1")
    row = ReferenceRow(id=listed, dataset="a-list", type="Company", caption="Acme", names=["Acme"])
    assert store.reference_put("a-list", [row]) == (1, 0, 0)
    judge("paper", maker.ACME, listed, "same", made)
    assert store.canonical(listed) == listed
    made.register.key_add(
        maker.public("paper-2"), "the invented PAPER", Role.PUBLISHER, holder=private("paper")
    )  # a second account of the same
    id = entity_id("judgement", "again")
    told = {"left": maker.ACME, "right": listed, "verdict": "same", "reason": "Same number.", "evidence": maker.SOURCE}
    made.register.publish(
        [said(id, "Judgement", name, value, publisher="the invented PAPER") for name, value in told.items()],
        private("paper-2"),
    )
    assert store.canonical(listed) == listed, "one person with two accounts is one person"
    judge("loader", maker.ACME, listed, "same", made)
    assert store.canonical(listed) == maker.ACME
    (grouped,) = [one for one in entity_view(store, maker.ACME).grouped if one.id == listed]
    assert (grouped.name, grouped.datasets, grouped.how) == ("Acme", ["a-list"], "reviewed")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Claim", {"claimKind": "listed-as", "label": "vendor"}),
        ("Claim", {"claimKind": "named-in", "list": "files"}),
        ("Sanction", {"program": "A list"}),
    ],
)
def test_what_lists_or_names_somebody_is_laid_on_nobody_by_one_person(
    made: Made, kind: str, more: dict[str, str]
) -> None:
    """Also where the label comes after the judgement; today's view and that of an earlier entry agree."""
    store = made.register.store
    other, label = entity_id("invented", "other"), entity_id("invented", "label")
    made.register.publish([said(other, "Company", "name", "Acme Interception", publisher="Intake")], private("loader"))
    judge("paper", maker.HOLDING, other, "same", made)
    assert store.canonical(other) == maker.HOLDING  # nobody gains a label yet
    before = store.size() - 1
    told = {"entity": other, **more}
    made.register.publish(
        [said(label, kind, name, value, publisher="Intake") for name, value in told.items()], private("loader")
    )
    assert store.canonical(other) == other
    judge("loader", maker.HOLDING, other, "same", made)
    assert store.canonical(other) == maker.HOLDING
    views = [clusters_at(store, at).canonical for at in (before, before + 1, before + 2)]
    assert views == [
        {maker.HOLDING: maker.HOLDING, other: maker.HOLDING},
        {},
        {maker.HOLDING: maker.HOLDING, other: maker.HOLDING},
    ]


def test_nobody_joins_an_id_of_their_own_with_one_that_has_a_key(made: Made) -> None:
    """The operator registers a key for an id that it made up, and judges it to be ACME, with all keys that it has: ACME must say so."""
    store = made.register.store
    own = entity_id("invented", "own")
    made.register.publish([said(own, "Company", "name", "Acme Two", publisher="Intake")], private("loader"))
    made.register.key_add(maker.public("own"), own, Role.PUBLISHER)
    judge("loader", own, maker.ACME, "same", made)
    operator = entity_id("judgement", "operator")
    told = {"left": own, "right": maker.ACME, "verdict": "same", "reason": "Said so.", "evidence": maker.SOURCE}
    words = [said(operator, "Judgement", name, value, publisher="The operator") for name, value in told.items()]
    made.register.publish(words)
    assert store.canonical(maker.ACME) == maker.ACME, "who runs the register is one person with all its keys"
    id = entity_id("judgement", "of its own")
    made.register.publish(
        [said(id, "Judgement", name, value, publisher=own) for name, value in told.items()], private("own")
    )
    judge("paper", own, maker.ACME, "same", made)
    assert store.canonical(maker.ACME) == maker.ACME, "two that have keys are one when both say so"
    before = store.size() - 1
    judge("acme", own, maker.ACME, "same", made)
    assert store.canonical(maker.ACME) == own
    assert clusters_at(store, before).canonical == {}
    assert clusters_at(store, store.size() - 1).canonical == {own: own, maker.ACME: own}


def test_nobody_lends_a_pair_to_the_judgement_of_another(made: Made) -> None:
    """Who guesses the id of a judgement to come puts ids or a verdict under it: they are no part of what the other judges."""
    store = made.register.store
    id = entity_id("judgement", "guessed")
    lent = {"left": maker.HOLDING, "right": maker.STATE, "verdict": "unsure"}
    made.register.publish(
        [said(id, "Judgement", name, value, publisher=maker.KEYS["paper"][0]) for name, value in lent.items()],
        private("paper"),
    )
    twin, other = entity_id("invented", "twin"), entity_id("invented", "other")
    told = {"left": twin, "right": other, "verdict": "same", "reason": "One number.", "evidence": maker.SOURCE}
    made.register.publish(
        [said(id, "Judgement", name, value, publisher="Intake") for name, value in told.items()], private("loader")
    )
    assert store.canonical(other) == twin
    assert store.canonical(maker.STATE) == maker.STATE and store.canonical(maker.HOLDING) == maker.HOLDING
    found = judgements_of(store.judgements(), lambda one: one.statement.publisher)
    assert [(one.left, one.right, str(one.verdict), one.by) for one in found] == [
        (maker.HOLDING, maker.STATE, "unsure", maker.KEYS["paper"][0]),
        (twin, other, "same", "Intake"),
    ]


def test_a_key_that_comes_after_the_join_speaks_for_the_other_by_two(made: Made) -> None:
    """Two ids are judged one by one person, then one of them gets a key: until a second person says so, they are two again."""
    store = made.register.store
    twin = entity_id("invented", "twin")
    made.register.publish([said(twin, "Company", "name", "Acme Holding")], private("paper"))
    judge("paper", twin, maker.HOLDING, "same", made)
    assert store.canonical(maker.HOLDING) == twin
    joined = store.size() - 1
    made.register.key_add(maker.public("twin"), twin, Role.PUBLISHER)
    assert store.canonical(maker.HOLDING) == maker.HOLDING
    assert clusters_at(store, joined).canonical == {maker.HOLDING: twin, twin: twin}
    judge("loader", twin, maker.HOLDING, "same", made)
    assert store.canonical(maker.HOLDING) == twin


def test_reference_rows_follow_their_snapshot(made: Made) -> None:
    store = made.register.store
    rows = [
        ReferenceRow(id=entity_id("x", str(n)), dataset="x", type="Company", caption=f"X{n}", names=[f"X{n}", "Икс"])
        for n in range(3)
    ]
    assert store.reference_put("x", rows) == (3, 0, 0)
    assert store.reference_put("x", rows) == (0, 0, 0)
    changed = msgspec.structs.replace(rows[0], countries=["de"])
    assert store.reference_put("x", [changed, rows[1]]) == (0, 1, 1)
    assert list(store.reference_iter("x")) == sorted([changed, rows[1]], key=lambda row: row.id)
    assert store.reference(rows[0].id) == changed and store.reference(rows[2].id) is None
    assert store.references([one.id for one in rows]) == {changed.id: changed, rows[1].id: rows[1]}
    assert store.reference_counts() == {"x": 2}


def test_snapshots_are_logged_and_the_newest_shows(made: Made) -> None:
    register = made.register
    for date, rows in (("2026-01-01", 10), ("2026-02-01", 12)):
        done = register.snapshot(
            "x", source="https://list.example/x", sha256="ab" * 32, date=date, rows=rows, counts={"Company": rows}
        )
    assert register.store.snapshots() == [
        SnapshotState(
            dataset="x",
            source="https://list.example/x",
            sha256="ab" * 32,
            date="2026-02-01",
            rows=12,
            counts={"Company": 12},
            index=done.index,
        )
    ]


def test_jobs_are_given_out_once_and_come_again_when_nobody_finished_them(made: Made) -> None:
    store = made.register.store
    first, second = store.put_job("index", {"id": "a"}), store.put_job("page", {"id": "b"})
    job = store.take_job(["index"])
    assert job is not None and (job.id, job.kind, job.body, job.tries) == (first, "index", {"id": "a"}, 1)
    assert store.take_job(["index"]) is None
    other = store.take_job()
    assert other is not None and other.id == second
    store.done(other)
    assert store.jobs() == 1
    store.db.execute("UPDATE outbox SET taken_at = ?", ("0" * 16,))
    again = store.take_job()
    assert again is not None and (again.id, again.tries) == (first, 2)


def test_private_files_and_a_second_init(tmp_path: Path, database: str | None) -> None:
    with maker.made(tmp_path / "r", database=database) as made, pytest.raises(Usage):
        Store.create(database or made.register.folder / "register.sqlite")
    assert (tmp_path / "r" / "keys" / "operator").stat().st_mode & 0o777 == 0o600
    if database is None:
        assert (tmp_path / "r" / "register.sqlite").stat().st_mode & 0o777 == 0o600


def test_connections_of_ended_threads_are_closed(made: Made) -> None:
    store = made.register.store
    for _ in range(5):
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(store.size).result() == 9
    assert len(store.db._all) == 2  # type: ignore[attr-defined]


def test_closing_waits_for_what_another_thread_asks(tmp_path: Path) -> None:
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT count(*) FROM n"
    with maker.made(tmp_path / "r") as made, ThreadPoolExecutor(1) as pool:
        db = made.register.store.db
        begun = threading.Event()

        def ask() -> int:
            db.number("SELECT 1")
            begun.set()
            return db.number(slow)

        answer = pool.submit(ask)
        begun.wait(10)
        time.sleep(0.05)
        db.close()
        assert answer.result() == 3_000_000


def test_what_is_no_register_is_said(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="register init"):
        Store.open(tmp_path / "none.sqlite")
    (tmp_path / "bad.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(Usage, match=r"bad\.sqlite is not a register's database"):
        Store.open(tmp_path / "bad.sqlite")
    with pytest.raises(Usage, match=r"postgresql://"):
        Store.open("mysql://somewhere/x")


@pytest.mark.postgres
def test_both_databases_give_the_same(tmp_path: Path, new_postgres: Callable[[], str]) -> None:
    with maker.made(tmp_path / "a") as one, maker.made(tmp_path / "b", database=new_postgres()) as two:
        a, b = one.register.store, two.register.store
        assert [content(r.statement) for r in a.iter_statements()] == [
            content(r.statement) for r in b.iter_statements()
        ]
        assert (a.counts(), a.subjects()) == (b.counts(), b.subjects())
        owned = [[(key.public, key.owner, key.role, key.from_index) for key in s.keys()[1:]] for s in (a, b)]
        assert owned[0] == owned[1] and len(owned[0]) == 7
