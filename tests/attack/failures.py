"""What happens to a machine: killed processes, a full disk, a folder that is not writable, a clock and a database of yesterday."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit

from msgspec.structs import replace

from sousveil.decisions.api import gate
from sousveil.errors import SousveilError
from sousveil.ledger import receipt
from sousveil.register.folder import Folder
from sousveil.register.register import Register
from sousveil.register.static import Restored
from sousveil.register.store import writing
from sousveil.register.verify import verify
from tests import forked
from tests.attack.field import Field, Result, Tally
from tests.complaints.places import environment, give_to_nobody, nobody
from tests.register import killing, maker
from tests.register.maker import private, published

KILLS = int(os.environ.get("SOUSVEIL_KILLS", "0"))
"""How many kills, where it is set: 1,000 for the figure in the documents."""


def kills(field: Field) -> Result:
    """kill -9 at random while several processes publish."""
    count = KILLS or field.number(4, 40)
    return _broken_off(field, f"kill -9 on {_database(field)}", count, "kills", "what is acknowledged is on the disk")


def full_disk(field: Field) -> Result:
    """A disk that takes no more at a random moment."""
    name = f"full disk on {_database(field)}"
    return _broken_off(field, name, field.number(2, 20), "full-disk", "an entry is whole, or is not there")


def _database(field: Field) -> str:
    return "PostgreSQL" if field.postgres else "SQLite"


def _broken_off(field: Field, name: str, count: int, way: str, limit: str) -> Result:
    """Publications that are broken off: nothing acknowledged is lost, no receipt breaks, the log verifies."""
    tally = Tally(name, limit)
    folder = field.place(way)
    with maker.made(folder, database=field.new_database()):
        pass
    words = [str(folder), str(count), "7", *(["full-disk"] if way == "full-disk" else [])]
    done = forked.run(words, environment=dict(os.environ), timeout=60 + count * 5, call=killing.main)
    out, err = done.stdout.decode(), done.stderr.decode()
    figures = re.match(rf"(\d+) {way}, (\d+) acknowledged publications, (\d+) entries, (\d+) wrong", out)
    for number in range(count - 1):
        tally.check(figures and int(figures[1]) == count, f"try {number}: {err[-300:]}")
    wrong = int(figures[4]) if figures else count
    tally.check(done.returncode == 0 and not wrong, f"{wrong} wrong: {out[-500:]}{err[-500:]}")
    enough = figures and int(figures[2]) >= count // 4 and int(figures[3]) >= int(figures[2])
    tally.check(enough, f"too few publications were acknowledged: {out[:200]}")
    tally.check(verify(folder, go=False).code == 0, "the log does not verify afterwards")
    return tally.result()


def folder_not_writable(field: Field) -> Result:
    """A folder that may only be read: it verifies, and nothing is published with a plain refusal."""
    tally = Tally("a folder that may only be read", "it can be read and verified; a publication is refused in words")
    root = Path(tempfile.mkdtemp(prefix="sousveil-read-only-"))
    root.chmod(0o755)
    try:
        folder = root / "register"
        with maker.made(folder) as made:
            before = made.register.store.size()
        key, statements = root / "key", root / "statements.jsonl"
        private("paper").save(key)
        statements.write_text('{"subject":"sv-a","type":"Company","property":"name","value":"A","source":"B 1"}\n')
        if nobody():
            give_to_nobody(root)
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode & 0o555)
        command = [*nobody(), sys.executable, "-m", "sousveil.cli", "register"]
        for words, code in (
            (["verify", str(folder), "--no-go"], 0),
            (["publish", str(statements), "--key", str(key), "--register", str(folder)], 2),
            (["key", "revoke", private("paper").public.id, "--reason", "lost", "--register", str(folder)], 2),
        ):
            done = subprocess.run(
                [*command, *words], capture_output=True, text=True, timeout=120, env=environment(), check=False, cwd="/"
            )
            plain = "Traceback" not in done.stderr and "nternal error" not in done.stderr
            tally.check(done.returncode == code and plain, f"{words[0]}: {done.returncode} {done.stderr[-300:]}")
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode | 0o700)
        with Register.read(folder) as register:
            tally.check(register.store.size() == before, "the log grew")
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return tally.result()


def clock_set_back(field: Field) -> Result:
    """A clock that says another year: entries keep their order, signed times never go back, the operator is told."""
    tally = Tally("a clock that is set back", "a signed time is never before the one of the entry before")
    folder = field.place("clock")
    with maker.made(folder, database=field.new_database()) as made:
        register = made.register
        for number, time in enumerate(("2025-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2025-01-01T00:00:00Z")):
            with mock.patch.object(writing, "utc_now", lambda time=time: time):
                done = published(register.publish(maker.company(number), private("paper")))
            entry, before = (register.store.entry(index) for index in (done.index, done.index - 1))
            tally.check(entry and before and entry.recorded_at >= before.recorded_at, f"entry {done.index} goes back")
        codes = [code for _, code, _ in register.store.operator_lines()]
        tally.check(codes.count("clock_behind") == 3, f"the operator was told {codes.count('clock_behind')} times")
    report = verify(folder, go=False)
    tally.check(report.code == 0, f"the log does not verify: {report.difference}")
    return tally.result()


def database_behind(field: Field) -> Result:
    """A database of yesterday beside the log of today: one entry, and several."""
    tally = Tally("a database behind its log", "the register compares both when it opens, and signs nothing")
    for behind in (1, 3):
        folder = field.place("behind")
        with maker.made(folder, database=field.new_database()):
            pass
        paths = Folder(folder)
        config = paths.config()
        file, kept = folder / "register.sqlite", field.place("kept")
        kept.mkdir()
        old = field.new_database(like=config.database) if field.postgres else None
        if old is None:
            shutil.copy(file, kept)
        with Register.open(folder, gate=gate) as register:
            for number in range(behind):
                register.publish(maker.company(number), private("paper"), receipt=False)
        checkpoint = (folder / "log" / "checkpoint").read_bytes()
        for path in folder.glob("register.sqlite*"):
            path.unlink()
        if old is None:
            shutil.copy(kept / file.name, file)
        paths.write_config(replace(config, database=old))
        try:
            Register.open(folder, gate=gate).close()
            refusal = ""
        except Restored as error:
            refusal = error.message + (error.hint or "")
        size = 9 + behind
        tally.check(f"over {size} was published: this looks like a restored backup" in refusal, f"{behind}: {refusal}")
        tally.check((folder / "log" / "checkpoint").read_bytes() == checkpoint, "another checkpoint was written")
        with Register.open_or_read(folder, gate=gate) if not refusal else Register.read(folder) as register:
            tally.check(register.store.size() == 9, "the database was changed")
    return tally.result()


def foreign_receipts(field: Field) -> Result:
    """Receipts of another log, of another entry, and receipts in which one byte was changed."""
    tally = Tally("receipts of another log, changed receipts", "a proof under a checkpoint that the log's key signed")
    folder = field.place("receipts")
    with maker.made(folder, database=field.new_database()) as made:
        register = made.register
        own, entry, policy = register.receipt(8).encode(), register.entry_bytes(8), register.policy
        tally.check(_holds(own, entry, policy), "the honest receipt, which must hold")
        tally.check(not _holds(register.receipt(7).encode(), entry, policy), "the receipt of another entry")
    with Register.init(
        field.place("other"), title="Another", origin="other.example/log", example=True, gate=gate
    ) as register:
        other = register.receipt(0).encode()
        tally.check(not _holds(other, entry, policy), "the receipt of another log")
        renamed = other.replace(b"other.example/log", maker.ORIGIN.encode())
        tally.check(not _holds(renamed, entry, policy), "the receipt of another log under our name")
    for data in (other, renamed, own.replace(b"index 8", b"index 7")):
        try:
            tally.check(verify(folder, go=False, receipt=data).code == 1, "verify takes a foreign receipt")
        except SousveilError:
            tally.check(True, "")
    for at in range(0, len(own), field.number(7, 1)):
        changed = own[:at] + bytes([own[at] ^ 1]) + own[at + 1 :]
        tally.check(not _holds(changed, entry, policy), f"byte {at} was changed: {own[at : at + 1]!r}")
    return tally.result()


def _holds(data: bytes, entry: bytes, policy: object) -> bool:
    try:
        return receipt.verify(data, entry, policy).index == 8  # type: ignore[arg-type]
    except SousveilError:
        return False


def database_away(field: Field) -> Result:
    """PostgreSQL takes no connection for a while: readers are told to come back, and are answered afterwards."""
    import psycopg

    tally = Tally("PostgreSQL is away", "503 with Retry-After; the connection is made anew")
    address = Folder(field.folder).config().database
    assert address is not None
    parts = urlsplit(address)
    name = parts.path.removeprefix("/")
    paths = [f"/search?q=away{number}" for number in range(field.number(3, 12))] + ["/api/v1/entities?limit=3"]
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        try:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false".encode())
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            for path in paths:  # each is new, so nothing that is kept answers it
                page = field.send("GET", path)
                away = page.status == 503 and page.header("retry-after").isdecimal()
                tally.check(away, f"{path}: {page.status} {page.header('retry-after')}")
            tally.check(field.send("GET", "/about").status in (200, 503), "a page that is prepared")
        finally:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true".encode())
    time.sleep(2)
    for path in paths:
        tally.check(field.send("GET", path).status == 200, f"{path} once PostgreSQL is there again")
    return tally.result()
