"""Rows that serve screening are what the log says that was read: whoever changes, adds or drops one is told."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.register import entries as log
from sousveil.register.load import load
from sousveil.register.model_reference import ReferenceRow, content, digest
from sousveil.register.register import Register
from sousveil.register.verify import verify
from sousveil.register.verify_database import DIFFERS, SAME

LIST = "sec-company-tickers"


@pytest.fixture
def real(tmp_path: Path, database: str | None, shared_data: Path) -> Path:
    """A register that has read a real list. It is closed."""
    with Register.init(tmp_path / "r", title="R", origin="r.example/log", database=database, gate=gate) as register:
        load(register, LIST, shared_data / "register" / LIST)
        assert register.store.reference_counts() == {LIST: 7847}
    return tmp_path / "r"


def change(folder: Path, *sqls: str) -> None:
    with Register.open(folder, gate=gate) as register:
        for sql in sqls:
            register.store.db.execute(sql)


def row_of(folder: Path) -> ReferenceRow:
    """The 5,000th row, far from both ends."""
    with Register.open(folder, gate=gate) as register:
        return list(register.store.reference_iter(LIST))[5_000]


def difference(folder: Path) -> str | None:
    report = verify(folder, go=False)
    assert report.database == (SAME if report.difference is None else DIFFERS)
    assert report.code == (0 if report.difference is None else 1)
    return report.difference


OTHERS = f"The database holds other rows of the list {LIST} than entry 1 says that were read."


def test_a_changed_row_is_named(real: Path) -> None:
    assert difference(real) is None
    row = row_of(real)
    other = content(msgspec.structs.replace(row, caption="Acme"))
    with Register.open(real, gate=gate) as register:
        register.store.db.execute("UPDATE reference_rows SET data = ? WHERE id = ?", (other, row.id))
    assert difference(real) == (f"The database holds another content of row {row.id} of the list {LIST} than was read.")
    with Register.open(real, gate=gate) as register:  # together with the hash beside it
        digest = sha256(other).digest()[:16]
        register.store.db.execute("UPDATE reference_rows SET hash = ? WHERE id = ?", (digest, row.id))
    assert difference(real) == OTHERS


def test_a_row_that_is_missing_or_under_another_name(real: Path) -> None:
    row = row_of(real)
    change(real, f"UPDATE reference_rows SET id = '{row.id}x' WHERE id = '{row.id}'")
    assert difference(real) == OTHERS
    change(real, f"UPDATE reference_rows SET id = '{row.id}' WHERE id = '{row.id}x'")
    assert difference(real) is None
    change(real, f"DELETE FROM reference_rows WHERE id = '{row.id}'")
    assert difference(real) == OTHERS
    change(real, f"DELETE FROM reference_rows WHERE dataset = '{LIST}'")
    assert difference(real) == OTHERS


def test_a_list_that_nobody_read(real: Path) -> None:
    row = row_of(real)
    change(real, f"UPDATE reference_rows SET dataset = 'another' WHERE id = '{row.id}'")
    assert difference(real) == "The database holds rows of the list another, which no entry of the log names."


def test_reading_a_damaged_list_again_repairs_it(real: Path, shared_data: Path) -> None:
    row = row_of(real)
    change(real, f"DELETE FROM reference_rows WHERE id = '{row.id}'")
    with Register.open(real, gate=gate) as register:
        done = load(register, LIST, shared_data / "register" / LIST)
        assert (done.added, done.changed, done.retracted, register.store.size()) == (1, 0, 0, 2)
    assert difference(real) is None


def test_an_entry_from_before_is_replaced_when_the_list_is_read_again(real: Path, shared_data: Path) -> None:
    with Register.open(real, gate=gate) as register:
        first = register.store.payload(register.store.entry(1))
        assert isinstance(first, log.Snapshot)
        old = register.snapshot(
            first.dataset,
            source=first.source,
            sha256=first.sha256,
            date=first.date,
            rows=first.rows,
            counts=first.counts,
        )
        payload = register.store.payload(register.store.entry(old.index))
        assert isinstance(payload, log.Snapshot) and payload.rows_sha256 is msgspec.UNSET
        assert b"rows_sha256" not in log.encode(payload)
    row = row_of(real)
    change(real, f"DELETE FROM reference_rows WHERE id = '{row.id}'")
    assert difference(real) is None  # nothing says how many there were
    with Register.open(real, gate=gate) as register:
        load(register, LIST, shared_data / "register" / LIST)
        again = register.store.payload(register.store.entry(3))
        assert isinstance(again, log.Snapshot) and again.rows_sha256 == first.rows_sha256
        assert register.store.size() == 4
    assert difference(real) is None


def test_the_digest_is_what_it_is_said_to_be() -> None:
    rows = [("a", b"x"), ("b", b"y")]
    want = sha256(b"".join(sha256(one).digest() for one in (b"a", b"x", b"b", b"y"))).hexdigest()
    assert digest(rows) == want
    assert digest([]) == sha256().hexdigest()
    assert digest([("ax", b""), ("b", b"y")]) != want
