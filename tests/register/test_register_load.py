"""Loading: only what changed is published, what vanished is taken back, a refusal leaves nothing, nothing erased returns."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.api import gate
from sousveil.errors import Malformed, Missing, Usage
from sousveil.register import entries as log
from sousveil.register import load as loading
from sousveil.register import publication
from sousveil.register.codes import EraseBy, EraseGround
from sousveil.register.intake import Intake
from sousveil.register.load import Loaded, load
from sousveil.register.model import content
from sousveil.register.register import Register
from sousveil.register.store.model import Erased
from tests.register.intake import invented

ORIGIN = "register.example/log"


@pytest.fixture
def register(tmp_path: Path, database: str | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    monkeypatch.setattr(loading, "find", invented.intake)
    with Register.init(tmp_path / "register", title="Invented", origin=ORIGIN, database=database, gate=gate) as one:
        yield one


def folder(tmp_path: Path, name: str) -> Path:
    return invented.make(name, tmp_path)


def listings(tmp_path: Path, *names: str) -> Path:
    """A folder of us-csl-spyware with these companies."""
    place = tmp_path / "us-csl-spyware"
    place.mkdir(exist_ok=True)
    entries: list[dict[str, object]] = [
        {
            "id": f"9{number:04}",
            "source": "Entity List (EL) - Bureau of Industry and Security",
            "name": name,
            "alt_names": [],
            "addresses": [],
            "programs": [],
            "remarks": None,
        }
        for number, name in enumerate(names)
    ]
    (place / "csl-spyware.json").write_text(json.dumps(entries), "utf-8")
    return place


def standing(register: Register, dataset: str) -> list[tuple[str, str]]:
    return [
        (one.statement.property, one.statement.value)
        for one in register.store.iter_statements(dataset=dataset)
        if one.retracted is None
    ]


def test_loading_twice_adds_nothing(register: Register, tmp_path: Path) -> None:
    place = folder(tmp_path, "misp-surveillance-vendor")
    first = load(register, "misp-surveillance-vendor", place)
    assert first == Loaded(
        dataset="misp-surveillance-vendor",
        rows=3,
        added=37,
        warnings=("misp-surveillance-vendor: a relation leads to an entry that is not in the list; it was left out.",),
    )
    golden = (Path(__file__).parent / "intake" / "golden" / "misp-surveillance-vendor.jsonl").read_text("utf-8")
    kept = [
        content(one.statement).decode() for one in register.store.iter_statements(dataset="misp-surveillance-vendor")
    ]
    assert kept == golden.splitlines()
    size = register.store.size()
    again = load(register, "misp-surveillance-vendor", place)
    assert (again.added, again.unchanged, again.retracted, again.held, register.store.size()) == (0, 37, 0, 0, size)


def test_only_what_changed_is_published_and_what_vanished_is_taken_back(register: Register, tmp_path: Path) -> None:
    load(register, "us-csl-spyware", listings(tmp_path, "Vestigo", "Umbra"))
    done = load(register, "us-csl-spyware", listings(tmp_path, "Vestigo", "Umbra Two", "Third"))
    assert (done.added, done.unchanged, done.retracted) == (1 + 6, 11, 1)
    names = [value for name, value in standing(register, "us-csl-spyware") if name == "name"]
    assert names == ["Vestigo", "Umbra Two", "Third"]
    retracted = [register.store.payload(one) for one in register.store.entries(0, kinds=("retract",))]
    assert [(type(one), one.reason) for one in retracted if isinstance(one, log.Retract)] == [
        (log.Retract, "source_removed")
    ]
    back = load(register, "us-csl-spyware", listings(tmp_path, "Vestigo", "Umbra"))
    assert (back.added, back.retracted, back.withheld) == (1, 7, 0)


def test_a_new_day_or_hash_alone_changes_nothing(register: Register, tmp_path: Path) -> None:
    place = listings(tmp_path, "Vestigo")
    load(register, "us-csl-spyware", place)
    (place / "csl-spyware.json").write_text((place / "csl-spyware.json").read_text() + "\n")
    done = load(register, "us-csl-spyware", place, date="2026-10-01")
    assert (done.added, done.unchanged, done.retracted) == (0, 6, 0)
    (newest,) = register.store.snapshots()
    assert (newest.date, newest.rows, newest.counts) == ("2026-10-01", 1, {"Company": 1, "Sanction": 1})


def test_a_reference_list_is_one_entry_a_snapshot(register: Register, tmp_path: Path) -> None:
    place = folder(tmp_path, "us-ofac-sdn")
    before = register.store.size()
    done = load(register, "us-ofac-sdn", place)
    assert done == Loaded(dataset="us-ofac-sdn", rows=4, added=2, left_out={"individual": 1, "vessel": 1})
    assert register.store.size() == before + 1
    assert list(register.store.iter_statements(dataset="us-ofac-sdn")) == []
    (newest,) = register.store.snapshots()
    assert (newest.rows, newest.counts, newest.date) == (
        4,
        {"LegalEntity": 2, "left_out.individual": 1, "left_out.vessel": 1},
        "2024-05-03",
    )
    assert load(register, "us-ofac-sdn", place).unchanged == 2
    assert register.store.size() == before + 1
    persons = load(register, "us-ofac-sdn", place, persons=True)
    assert (persons.added, persons.unchanged, register.store.size()) == (1, 2, before + 2)
    without = load(register, "us-ofac-sdn", place)
    assert (without.retracted, [row.person for row in register.store.reference_iter("us-ofac-sdn")]) == (
        1,
        [False, False],
    )


def test_persons_wait_and_the_rest_does_not(register: Register, tmp_path: Path) -> None:
    place = folder(tmp_path, "letter-facts")
    done = load(register, "letter-facts", place)
    assert (done.held, done.added) == (5, 101)
    (held,) = register.store.held()
    assert (held.state, held.reasons) == ("waiting", ("person",))
    assert not any(one.statement.person for one in register.store.iter_statements())
    again = load(register, "letter-facts", place)
    assert (again.added, again.unchanged, again.held, len(register.store.held())) == (0, 101, 5, 1)


def test_what_was_erased_or_refused_does_not_come_back(register: Register, tmp_path: Path) -> None:
    place = folder(tmp_path, "letter-facts")
    load(register, "letter-facts", place)
    gone = [
        one.id
        for one in register.store.iter_statements(dataset="letter-facts")
        if one.statement.value == "Rights Again"
    ]
    assert len(gone) == 2
    register.erase(gone, EraseGround.DATA_PROTECTION, EraseBy.SUBJECT)
    register.store.set_held(register.store.held()[0].id, "refused")
    again = load(register, "letter-facts", place)
    assert (again.added, again.withheld, again.retracted) == (0, 2 + 5, 0)
    assert all(isinstance(register.store.statement(id), Erased) for id in gone)


def test_what_is_remembered_tells_nothing(register: Register, tmp_path: Path) -> None:
    load(register, "letter-facts", folder(tmp_path, "letter-facts"))
    kept = (register.folder / "loaded" / "letter-facts").read_bytes()
    assert len(kept) == 106 * loading.DIGEST
    marks = [loading.same(one.statement) for one in register.store.iter_statements()]
    assert not any(mark[: loading.DIGEST] in kept for mark in marks)
    assert (register.paths.keys / "loaded").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", [name for name in sorted(invented.MAKERS) if name not in ("bods-0.4", "ocds-1.1")])
def test_a_damaged_copy_leaves_nothing(register: Register, tmp_path: Path, name: str) -> None:
    place = folder(tmp_path, name)
    size = register.store.size()
    last = sorted(path for path in place.rglob("*") if path.is_file())[-1]
    last.write_bytes(last.read_bytes()[: last.stat().st_size // 9])
    with pytest.raises((Malformed, Missing)):
        load(register, name, place, non_commercial=True)
    assert (register.store.size(), register.store.snapshots(), list(register.store.reference_iter())) == (size, [], [])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_half_a_record_is_refused(register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = invented.intake("us-csl-spyware")
    half = Intake(whole.dataset, lambda source: (one for one in whole.read(source) if one.property != "entity"))  # type: ignore[union-attr]
    monkeypatch.setattr(loading, "find", lambda name: half)
    with pytest.raises(Malformed, match="has no entity"):
        load(register, "us-csl-spyware", listings(tmp_path, "Vestigo"))
    assert register.store.size() == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_two_rows_of_one_identity_are_refused(register: Register, tmp_path: Path) -> None:
    place = folder(tmp_path, "us-ofac-sdn")
    text = (place / "sdn.csv").read_text()
    (place / "sdn.csv").write_text(text.replace("90004", "90001"))
    with pytest.raises(Malformed, match="two rows have one identity: BANCO INVENTADO"):
        load(register, "us-ofac-sdn", place)
    assert register.store.snapshots() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_fiction_and_fact_are_kept_apart(register: Register, tmp_path: Path) -> None:
    with pytest.raises(Usage, match="is fictional"):
        load(register, "bods-0.4", folder(tmp_path, "bods-0.4"))
    with Register.init(
        tmp_path / "example", title="Example", origin="register.example/x", example=True, gate=gate
    ) as example:
        with pytest.raises(Usage, match="everything in this register is invented"):
            load(example, "us-csl-spyware", listings(tmp_path, "Vestigo"))
        done = load(example, "bods-0.4", tmp_path / "bods-0.4")
        assert (done.rows, done.added + done.held) == (3, 9)
        done = load(example, "ocds-1.1", folder(tmp_path, "ocds-1.1"))
        assert (done.rows, done.added, done.held) == (1, 9, 0)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_progress_and_unknown_names(register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int, str]] = []
    monkeypatch.setattr(loading, "PER_ENTRY", 5)
    monkeypatch.setattr(loading, "BATCH", 2)
    load(
        register,
        "us-csl-spyware",
        listings(tmp_path, "A B", "C D", "E F", "G H"),
        progress=lambda *one: told.append(one),
    )
    assert told == [
        (0, 0, "reading us-csl-spyware"),
        (0, 24, "checking us-csl-spyware"),
        (0, 24, "comparing us-csl-spyware"),
        (6, 24, "publishing us-csl-spyware"),  # two entries, each of whole records: one statement and five
        (12, 24, "publishing us-csl-spyware"),
        (18, 24, "publishing us-csl-spyware"),
        (24, 24, "publishing us-csl-spyware"),
    ]
    monkeypatch.undo()
    with pytest.raises(Usage, match="There is no source named “nothing”"):
        load(register, "nothing", tmp_path)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_interrupted_load_is_taken_up_again(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = listings(tmp_path, *(f"Company {number}" for number in range(30)))
    monkeypatch.setattr(loading, "PER_ENTRY", 20)
    monkeypatch.setattr(loading, "BATCH", 1)

    def stop(done: int, total: int, what: str) -> None:
        if done >= 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(register, "us-csl-spyware", place, progress=stop)
    assert register.store.snapshots() == []
    done = load(register, "us-csl-spyware", place)
    assert (done.added, done.unchanged, done.withheld) == (107, 73, 0)  # entries of whole records: 19, 18, 18, 18


def test_entries_of_a_load_fit_into_a_bundle() -> None:
    assert loading.RETRACTED * 67 * 4 // 3 + 1_000 < log.ENTRY_MAX
    assert publication.PER_ENTRY <= loading.PER_ENTRY <= 500


def test_a_signature_goes_with_its_signatory(tmp_path: Path) -> None:
    rows, _ = invented.read("letter-facts", folder(tmp_path, "letter-facts"))
    groups = loading.together([row for row in rows if getattr(row, "property", None) and row.person])  # type: ignore[misc]
    assert [sorted(one.property for one in group) for group in groups] == [
        ["letter", "name", "note", "role", "signatory"]
    ]
    assert dataclasses.is_dataclass(invented.intake("letter-facts"))
