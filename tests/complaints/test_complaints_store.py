"""The database: whole or nothing, whatever ends the process; nothing finer than a day; keys of the handlers."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sousveil.complaints import handlers, parcel, sealing
from sousveil.complaints.desk import PER_THREAD_AND_DAY, Desk
from sousveil.complaints.parcel import Attached, Message
from sousveil.complaints.purge import last_day, purge
from sousveil.complaints.store import today
from sousveil.errors import LimitExceeded, Locked, Missing, Usage
from tests.complaints.places import NAMES, Place, Served, environment, made, served, words_of
from tests.profiles import FULL

TURNS = 12 if FULL else 6
"""How often a writer is killed."""

_WRITER = """
import sys
from pathlib import Path
from sousveil.complaints.desk import Desk
from sousveil.complaints.folder import Folder
from sousveil.complaints.parcel import Attached, Message
desk = Desk(Folder(Path(sys.argv[1])))
print("ready", flush=True)
for number in range(200):
    print(desk.hand_in(Message(text=f"number {number}", files=(Attached("f", bytes(60_000)),))), flush=True)
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return made(tmp_path / "complaints")


def whole(place: Place) -> list[str]:
    """The threads; every one has all its messages, and every message opens with each of the keys."""
    with place.store.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        threads = [row[0] for row in connection.execute("SELECT id FROM thread ORDER BY id")]
        numbers = connection.execute(
            "SELECT thread, number, body FROM message WHERE incoming ORDER BY thread"
        ).fetchall()
    assert [(thread, number) for thread, number, _ in numbers] == [(one, 1) for one in threads]
    for thread, _, body in numbers:
        about, message = parcel.unpack(sealing.unseal(body, [place.identities[0]]))
        assert about.thread == thread and message.text.startswith("number ")
    return threads


def test_killed_while_complaints_come_in(place: Place) -> None:
    """kill -9 at any moment: what was acknowledged is there, nothing is half there, and no ciphertext stays in the log file."""
    acknowledged: list[str] = []
    for turn in range(TURNS):
        line = [sys.executable, "-c", _WRITER, str(place.folder.root)]
        with subprocess.Popen(line, env=environment(), stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            said = [writer.stdout.readline() for _ in range(turn % 3)]
            time.sleep(0.023 * turn)
            writer.send_signal(signal.SIGKILL)
            said += writer.stdout.readlines()
            acknowledged += [line.strip() for line in said if line.endswith("\n")]
        threads = whole(place)
        assert len(acknowledged) <= len(threads) <= len(acknowledged) + turn + 1
        assert not place.folder.wal.exists() or place.folder.wal.stat().st_size == 0
    desk = Desk(place.folder)
    assert all(desk.look(one) is not None for one in acknowledged)
    assert len(acknowledged) >= TURNS


def test_nothing_is_finer_than_a_day_and_nothing_counts_up(place: Place) -> None:
    desk = Desk(place.folder)
    for number in range(3):
        desk.hand_in(Message(text=f"number {number}"))
    with place.store.reading() as connection:
        tables = {
            row[0]: row[1] for row in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        }
        made = {"meta", "handler", "thread", "message", "trouble", "came", "signer", "discarded", "size"}
        assert set(tables) == made
        assert all("WITHOUT ROWID" in sql for sql in tables.values())
        days = {row[0] for row in connection.execute("SELECT day FROM thread UNION SELECT day FROM message")}
        columns = [row[1] for row in connection.execute("PRAGMA table_info(message)")]
        assert connection.execute("SELECT day FROM came").fetchall() == [(today(),)]
    assert days == {today()} and columns == ["id", "thread", "number", "incoming", "day", "body"]


def test_sizes_tell_nothing_within_a_bucket(place: Place) -> None:
    """Padded plain texts are equal; what age adds besides does not depend on the text."""
    desk = Desk(place.folder)
    for text in ("x", "y" * 13_000):
        for _ in range(8):
            desk.hand_in(Message(text=text))
    sizes = [len(one.body) for one in place.store.messages(incoming=True)]
    assert max(sizes) - min(sizes) < 400  # age adds a stanza of random length to every header


def test_left_over_copies_are_overwritten_and_the_database_is_not(place: Place) -> None:
    desk = Desk(place.folder)
    written = desk.hand_in(Message(text="number 1"))
    database = place.folder.database
    (place.folder.root / "complaints.sqlite.new").write_bytes(b"half a copy")
    os.link(database, place.folder.root / "complaints.sqlite.old")  # killed before the new one took its place
    kept = place.folder.root.parent / "kept"
    os.link(place.folder.root / "complaints.sqlite.new", kept)
    assert desk.look(written) is not None
    assert kept.read_bytes() == bytes(11)
    assert sorted(one.name for one in place.folder.root.iterdir()) == ["complaints.sqlite", "complaints.toml", "lock"]
    before = database.read_bytes()
    os.link(database, kept.with_name("was"))
    purge(place.store, 30)
    assert kept.with_name("was").read_bytes() == bytes(len(before))  # the file that was replaced
    os.link(
        kept.with_name("was"), place.folder.root / "complaints.sqlite.old"
    )  # killed after the new one took its place
    assert len(whole(place)) == 1
    assert not (place.folder.root / "complaints.sqlite.old").exists()


def test_a_full_disk_stores_nothing(place: Place) -> None:
    desk = Desk(place.folder)
    with pytest.raises(LimitExceeded), place.store.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        connection.execute("INSERT INTO meta VALUES ('big', zeroblob(1000000))")
    assert whole(place) == []
    assert desk.hand_in(Message(text="number 1"))


def test_one_failure_in_a_transaction_takes_all_back(place: Place) -> None:
    with pytest.raises(sqlite3.IntegrityError), place.store.writing() as connection:
        connection.execute("INSERT INTO thread VALUES ('a', x'00', 'r', '2026-01-01')")
        connection.execute("INSERT INTO thread VALUES ('b', x'00', 'r', '2026-01-01')")
    assert whole(place) == []


def test_retention_counts_from_the_last_message(place: Place) -> None:
    assert last_day(30, "2026-03-31") == "2026-03-01"
    desk = Desk(place.folder)
    old, answered = desk.hand_in(Message(text="number 1")), desk.hand_in(Message(text="number 2"))
    with place.store.writing() as connection:
        connection.execute("UPDATE thread SET day = '2026-01-01'")
        connection.execute("UPDATE message SET day = '2026-01-01'")
    desk.add(answered, Message(text="still here"))
    assert purge(place.store, 100, day="2026-04-11") == 0
    assert purge(place.store, 100, day="2026-04-12") == 1
    assert desk.look(old) is None and desk.look(answered) is not None


def test_a_thread_takes_so_many_messages_a_day(place: Place) -> None:
    desk = Desk(place.folder)
    written, other = desk.hand_in(Message(text="number 1")), desk.hand_in(Message(text="number 2"))
    for _ in range(PER_THREAD_AND_DAY - 1):
        assert desk.add(written, Message(text="more"))
    with pytest.raises(LimitExceeded, match="enough for one day"):
        desk.add(written, Message(text="more"))
    assert desk.add(other, Message(text="nobody else is held up"))


# ---------------------------------------------------------------- handlers


def test_every_key_opens_and_no_other_does(place: Place) -> None:
    desk = Desk(place.folder)
    desk.hand_in(Message(text="number 1", files=(Attached("f", b"data"),)))
    (stored,) = place.store.messages(incoming=True)
    opened = {parcel.unpack(sealing.unseal(stored.body, [one]))[1].text for one in place.identities}
    assert opened == {"number 1"}


def test_a_rotated_key_opens_only_what_came_before(place: Place) -> None:
    desk = Desk(place.folder)
    desk.hand_in(Message(text="before"))
    identity, recipient = sealing.new_identity()
    assert handlers.rotate(place.store, place.recipients[0], recipient).name == NAMES[0]
    desk.hand_in(Message(text="after"))
    assert _opens(place, place.identities[0]) == {"before"}
    assert _opens(place, identity) == {"after"}
    assert _opens(place, place.identities[1]) == {"before", "after"}
    told = [(one.name, one.since, one.until) for one in handlers.all_handlers(place.store)]
    assert sorted(told, key=str) == sorted(
        [
            ("Office A", today(), today()),
            ("Office A", today(), None),
            ("Office B", today(), None),
            ("Vault", today(), None),
        ],
        key=str,
    )


def _opens(place: Place, identity: str) -> set[str]:
    found = set()
    for one in place.store.messages(incoming=True):
        try:
            found.add(parcel.unpack(sealing.unseal(one.body, [identity]))[1].text)
        except Locked:
            continue
    return found


def test_never_fewer_than_two_handlers_and_a_recovery_key(place: Place) -> None:
    for which in place.recipients:
        with pytest.raises(Usage, match=r"at least two named handlers|A recovery key is missing"):
            handlers.end(place.store, which)
    _, third = sealing.new_identity()
    handlers.add(place.store, "Office C", third)
    assert handlers.end(place.store, place.recipients[0]).until == today()
    with pytest.raises(Missing):
        handlers.end(place.store, place.recipients[0])
    with pytest.raises(Usage, match="in the list already"):
        handlers.add(place.store, "Office D", place.recipients[1])
    for name, key in (
        ("", third),
        ("a\nb", third),
        ("x" * 81, third),
        ("ok", "age1nothing"),
        ("ok", "ssh-ed25519 AAAA"),
    ):
        with pytest.raises(Usage):
            handlers.add(place.store, name, key)


def test_no_desk_with_fewer(place: Place) -> None:
    with place.store.writing() as connection:
        connection.execute("UPDATE handler SET until = ? WHERE recipient = ?", (today(), place.recipients[2]))
    with pytest.raises(Usage, match="A recovery key is missing"):
        Desk(place.folder)
    with place.store.writing() as connection:
        connection.execute("DELETE FROM handler")
    with pytest.raises(Usage, match="at least two named handlers"):
        Desk(place.folder)


# ---------------------------------------------------------------- several at once


def test_the_server_is_killed_while_complaints_come_in(place: Place) -> None:
    """kill -9 of the whole server: what a page acknowledged is there, and nothing is half there."""
    acknowledged: list[str] = []
    for turn in range(4):
        with served(place) as server:
            stop = threading.Event()

            def send(server: Served = server, stop: threading.Event = stop) -> None:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    while not stop.is_set():
                        page = server.post("/", text="number 1", files=[("f", bytes(200_000))])[2]
                        acknowledged.append(words_of(page))

            senders = [threading.Thread(target=send) for _ in range(3)]
            for one in senders:
                one.start()
            already = len(acknowledged)
            for _ in range(2000):
                if len(acknowledged) > already + turn:
                    break
                time.sleep(0.01)
            os.killpg(server.process.pid, signal.SIGKILL)
            stop.set()
            for one in senders:
                one.join()
        assert len(whole(place)) >= len(acknowledged)
    desk = Desk(place.folder)
    assert len(acknowledged) >= 4 and all(desk.look(one) is not None for one in acknowledged)


def test_purges_writers_and_readers_at_once(place: Place) -> None:
    desks = [Desk(place.folder) for _ in range(3)]
    receipts: list[str] = []
    failures: list[BaseException] = []

    def write(desk: Desk) -> None:
        try:
            for _ in range(3):
                written = desk.hand_in(Message(text="number 1", files=(Attached("f", bytes(40_000)),)))
                receipts.append(written)
                assert desk.look(written) is not None
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=write, args=(desk,)) for desk in desks]
    for one in threads:
        one.start()
    for _ in range(4):
        assert purge(place.store, 30) == 0
    for one in threads:
        one.join()
    assert failures == [] and len(whole(place)) == len(receipts) == 9
