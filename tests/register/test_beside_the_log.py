"""What lies beside the log and is not in it: `verify` names files, triggers and a damaged tree; `repair` computes the tree again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.ledger.disagreement import Disagreement
from sousveil.register.publication import File
from sousveil.register.register import Register
from sousveil.register.verify import verify
from sousveil.register.verify_report import Report
from tests.register import maker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A register with an attached file, closed."""
    with maker.copied(tmp_path / "register") as made:
        told = maker.said(maker.ACME, "Company", "alias", "Acme of the file")
        file = File(data=b"%PDF-1.4 an invented contract", media_type="application/pdf")
        outcome = made.register.publish([told], maker.private("paper"), attachments=[file], receipt=False)
        maker.published(outcome)
    return tmp_path / "register"


def look(folder: Path) -> Report:
    return verify(folder, go=False)


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "register.sqlite")) as database, database:
        for statement in statements:
            database.execute(statement)


def unlogged(report: Report) -> list[str]:
    return [note for note in report.notes if note.startswith("No entry names")]


def test_files_that_no_entry_names_are_named(folder: Path) -> None:
    report = look(folder)
    assert (report.difference, unlogged(report)) == (None, [])
    assert len(list((folder / "attachments").iterdir())) == 1
    name = sha256(b"smuggled").hexdigest()
    (folder / "attachments" / name).write_bytes(b"smuggled")
    (folder / "log/envelopes").mkdir(exist_ok=True)
    for number in range(7):
        (folder / f"log/envelopes/{number}").write_bytes(b"")
    assert unlogged(look(folder)) == [
        f"No entry names these files in attachments: {name}.",
        "No entry names these files in envelopes: 0, 1, 2, 3, 4 and 2 more.",
    ]


def test_a_trigger_is_named(folder: Path) -> None:
    change(folder, "CREATE TRIGGER hides AFTER INSERT ON statements BEGIN DELETE FROM outbox; END")
    assert look(folder).difference == "The database holds the trigger hides, which the register did not make."


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE tree SET peaks = zeroblob(length(peaks))",
        "UPDATE tree SET peaks = x'00'",
        "UPDATE tree SET root = x'00'",
    ],
)
def test_a_damaged_tree_is_named_and_repaired(folder: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(folder / "register.sqlite")) as database:
        before = database.execute("SELECT size, peaks, root FROM tree").fetchall()
    change(folder, damage)
    assert look(folder).difference in (
        "The database holds other subtrees of the log than its root is made of: say `sousveil register repair`.",
        "The database holds another root of the log.",
    )
    assert main(["register", "repair", "--register", str(folder)]) == 0
    assert "computed again from" in capsys.readouterr().out
    with closing(sqlite3.connect(folder / "register.sqlite")) as database:
        assert database.execute("SELECT size, peaks, root FROM tree").fetchall() == before
    assert look(folder).difference is None


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM entries WHERE idx = 1", "does not hold entry 1"),
        ("UPDATE entries SET envelope = x'7b7d' WHERE idx = 2", "are not those of the checkpoint"),
        ("DELETE FROM entries WHERE idx = (SELECT max(idx) FROM entries)", "and the checkpoint is over"),
    ],
)
def test_other_entries_are_never_repaired_into_a_tree(folder: Path, damage: str, told: str) -> None:
    change(folder, damage)
    with closing(sqlite3.connect(folder / "register.sqlite")) as database:
        before = database.execute("SELECT size, peaks, root FROM tree").fetchall()
    with pytest.raises(Disagreement, match=told):
        Register.repair(folder)
    with closing(sqlite3.connect(folder / "register.sqlite")) as database:
        assert database.execute("SELECT size, peaks, root FROM tree").fetchall() == before
