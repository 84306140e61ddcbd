"""Signed times of batches: what `verify` says of a changed time, of a clock that is wrong, and of a log without such times."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sousveil.decisions.api import gate
from sousveil.ledger import checkpoint, merkle, note
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.policy import parse_policy
from sousveil.register.batch_times import SIGNED, UNSIGNED, append
from sousveil.register.folder import LOG_KEY, Folder
from sousveil.register.mirror import Mirror
from sousveil.register.register import Register
from sousveil.register.store import writing
from sousveil.register.verify import verify
from sousveil.register.verify_report import Report
from tests.register import maker

DAYS = ("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z", "2026-03-05T12:00:00Z")
"""When the four entries of the register came in, each in a batch of its own."""


def publish(folder: Path, number: int, time: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more entry, written when the clock says this."""
    monkeypatch.setattr(writing, "utc_now", lambda: time)
    with Register.open(folder, gate=gate) as register:
        register.key_add(maker.private(f"paper-{number}").public.raw.hex(), f"Paper {number}", maker.Role.PUBLISHER)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register with one entry for each of the days."""
    place = tmp_path / "register"
    monkeypatch.setattr(writing, "utc_now", lambda: DAYS[0])
    Register.init(place, title="Invented", origin=maker.ORIGIN, example=True, gate=gate).close()
    for number, day in enumerate(DAYS[1:]):
        publish(place, number, day, monkeypatch)
    return place


def look(folder: Path, **how: object) -> Report:
    return verify(folder, go=False, **how)  # type: ignore[arg-type]


def recorded(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "register.sqlite")) as database:
        return [row[0] for row in database.execute("SELECT recorded_at FROM entries ORDER BY idx")]


def lines(folder: Path) -> list[str]:
    return (folder / "log/times").read_text().splitlines(keepends=True)


def test_each_batch_has_its_signed_time(folder: Path) -> None:
    assert [line.split()[:3] for line in lines(folder)] == [
        [str(index), str(index + 1), day] for index, day in enumerate(DAYS)
    ]
    report = look(folder)
    assert (report.difference, report.times) == (None, SIGNED)


def test_a_changed_time_in_the_database_is_named(folder: Path) -> None:
    """Without this, one cell hides entries from a question for what was known on a day."""
    with closing(sqlite3.connect(folder / "register.sqlite")) as database, database:
        database.execute("UPDATE entries SET recorded_at = '2026-03-09T12:00:00Z' WHERE idx = 1")
    assert look(folder).difference == (
        "Entry 1: the database says that it came in at 2026-03-09T12:00:00Z, and its signed time is 2026-03-02T12:00:00Z."
    )


def known(folder: Path) -> list[int]:
    """How many entries were known at the end of each day."""
    with Register.open(folder, gate=gate) as register:
        return [
            register.entries_by(day) for day in ("2026-02-28", "2026-03-01", "2026-03-02", "2026-03-04", "2026-03-05")
        ]


@pytest.mark.parametrize("index", [0, 1, 3])
def test_what_was_known_follows_from_signed_times(folder: Path, index: int) -> None:
    """One changed cell of the database hides no entry from a question for a day."""
    assert known(folder) == [0, 1, 3, 3, 4]
    with closing(sqlite3.connect(folder / "register.sqlite")) as database, database:
        database.execute("UPDATE entries SET recorded_at = '2026-02-01T12:00:00Z' WHERE idx = ?", (index,))
    assert known(folder) == [0, 1, 3, 3, 4]


def test_an_answer_verifies_the_two_batches_on_which_it_rests(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Register.open(folder, gate=gate) as register:
        checked: list[bytes] = []
        holds = note.Verifier.holds

        def counted(self: note.Verifier, message: bytes, signature: bytes) -> bool:
            if message.startswith(b"sousveil batch time"):
                checked.append(message.splitlines()[2])
            return holds(self, message, signature)

        monkeypatch.setattr(note.Verifier, "holds", counted)
        assert register.entries_by("2026-03-02") == 3
        assert checked == [b"2 3", b"3 4"]


@pytest.mark.parametrize(
    "change", [lambda text: text.replace("03-02", "03-03", 1), lambda text: "".join(text.splitlines(True)[::2])]
)
def test_nothing_searches_times_that_do_not_hold(folder: Path, change: Callable[[str], str]) -> None:
    place = folder / "log/times"
    place.write_text(change(place.read_text()))
    with pytest.raises(Disagreement, match="What was known on a day cannot be told") as refused:
        known(folder)
    assert "sousveil register verify" in refused.value.hint


def test_entries_older_than_signed_times_count_by_the_database(folder: Path) -> None:
    place = folder / "log/times"
    place.write_text("".join(lines(folder)[2:]))
    assert known(folder) == [0, 1, 3, 3, 4]
    with closing(sqlite3.connect(folder / "register.sqlite")) as database, database:
        database.execute("UPDATE entries SET recorded_at = '2026-03-04T12:00:00Z' WHERE idx = 0")
    with pytest.raises(Disagreement, match="Entry 1 came in at 2026-03-02T12:00:00Z, and an earlier one at 2026-03-04"):
        known(folder)


def _resigned(folder: Path, line: str, **changes: str) -> str:
    """The line as an operator would write it who signs another time."""
    first, end, time, _ = line.split()
    path = folder / "again"
    signer = note.Signer(name=maker.ORIGIN, key=Folder(folder).key(LOG_KEY))
    append(path, [(index, changes.get("time", time)) for index in range(int(first), int(end))], signer)
    return path.read_text()


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            lambda _, found: [found[0], found[1].replace("03-02", "03-03"), *found[2:]],
            "The log's key did not sign the time of the entries 1 to 1.",
        ),
        (lambda _, found: [found[0], *found[2:]], "The signed times of the entries 1 to 1 are missing."),
        (lambda _, found: found[:-1], "The signed times of the entries from 3 on are missing."),
        (lambda _, found: [], "The signed times of the entries from 0 on are missing."),
        (lambda _, found: [found[0], "no line\n", *found[2:]], "Line 2 of the signed times cannot be read."),
        (
            lambda folder, found: [*found[:3], _resigned(folder, found[3], time="2026-02-01T12:00:00Z")],
            (
                "The entries from 3 on came in at 2026-02-01T12:00:00Z, and earlier ones at 2026-03-02T12:00:00Z: the clock "
                "went back."
            ),
        ),
    ],
)
def test_signed_times_that_were_changed(
    folder: Path, change: Callable[[Path, list[str]], list[str]], difference: str
) -> None:
    (folder / "log/times").write_text("".join(change(folder, lines(folder))))
    assert look(folder).difference == difference


def test_a_clock_that_runs_backwards_is_marked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(folder, 9, "2025-01-01T00:00:00Z", monkeypatch)
    assert recorded(folder) == [*DAYS, DAYS[-1]]
    with Register.open(folder, gate=gate) as register:
        told = [line for _, code, line in register.store.operator_lines() if code == "clock_behind"]
    assert told == ["the clock says 2025-01-01T00:00:00Z, and the last entry came in at 2026-03-05T12:00:00Z"]
    assert look(folder).difference is None


def test_a_log_from_before_there_were_signed_times(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "log/times").unlink()
    report = look(folder)
    assert (report.difference, report.times) == (None, UNSIGNED)
    publish(folder, 9, "2026-04-01T12:00:00Z", monkeypatch)
    report = look(folder)
    assert (report.difference, report.times) == (None, "Times are signed since entry 4 (2026-04-01T12:00:00Z).")
    assert [line.split()[:3] for line in lines(folder)] == [["4", "5", "2026-04-01T12:00:00Z"]]


@pytest.mark.parametrize("left", [0, 20, None], ids=["before the line", "within the line", "before the checkpoint"])
def test_what_a_crash_cut_is_written_again_and_once(folder: Path, left: int | None) -> None:
    """The checkpoint is still that of the batch before, and the line of the newest batch is there, cut or missing."""
    signer = note.Signer(name=maker.ORIGIN, key=Folder(folder).key(LOG_KEY))
    found = lines(folder)
    with Register.open(folder, gate=gate) as register:
        root = merkle.root(register.files.log, 3)
        before = checkpoint.sign(checkpoint.Checkpoint(origin=maker.ORIGIN, size=3, root=root), [signer])
        register.files.log.write_checkpoint(before)
    (folder / "log/times").write_text("".join(found[:3]) + found[3][:left])
    Register.open(folder, gate=gate).close()
    assert lines(folder) == found
    assert look(folder).difference is None


@pytest.mark.parametrize(
    ("seconds", "difference", "notes"),
    [
        (-3_600, None, 0),
        (
            -3_601,
            (
                "The witness w cosigned at 2026-03-05T10:59:59Z, and the newest batch says that it was written later, at "
                "2026-03-05T12:00:00Z: the register's clock was ahead."
            ),
            0,
        ),
        (86_400, None, 0),
        (86_401, None, 1),
    ],
)
def test_times_and_cosignatures_are_compared(folder: Path, seconds: int, difference: str | None, notes: int) -> None:
    witness = note.Signer(name="w.example/w", key=PrivateKey(b"w" * 32), algorithm=note.COSIGNATURE)
    path, at = folder / "log/checkpoint", 1_772_712_000 + seconds
    text = note.split(path.read_bytes())[0]
    path.write_bytes(checkpoint.add_signatures(path.read_bytes(), [witness.sign(text, at)]))
    log = note.Signer(name=maker.ORIGIN, key=Folder(folder).key(LOG_KEY)).verifier.vkey()
    policy = parse_policy(f"log {log}\nwitness w {witness.verifier.vkey()}\nquorum w\n".encode())
    report = look(folder, policy=policy)
    assert report.difference == difference
    told = [
        one for one in report.notes if one.startswith("The witness w cosigned the newest batch at 2026-03-06T12:00:01Z")
    ]
    assert len(told) == notes


def test_a_mirror_keeps_the_times(folder: Path, tmp_path: Path) -> None:
    assert Mirror(tmp_path / "mirror", folder).look().alarms == ()
    assert (tmp_path / "mirror/log/times").read_bytes() == (folder / "log/times").read_bytes()
    assert look(tmp_path / "mirror").times == SIGNED
