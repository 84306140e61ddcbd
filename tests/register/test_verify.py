"""Verifying a register: what is said where all holds, and the first difference where it does not."""

from __future__ import annotations

import functools
import hashlib
import http.server
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.api import gate
from sousveil.errors import Malformed, Missing
from sousveil.ledger import note
from sousveil.ledger.go_verify import available
from sousveil.ledger.policy import COULD_REWRITE, only_log
from sousveil.ledger.source import Unreachable
from sousveil.register import entries as log
from sousveil.register import verify as module
from sousveil.register.batch_times import SIGNED
from sousveil.register.codes import EraseBy, EraseGround, RetractReason, RevokeReason
from sousveil.register.folder import LOG_KEY, Folder
from sousveil.register.model import Stance
from sousveil.register.publication import File
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.static import content_path
from sousveil.register.verify import verify
from sousveil.register.verify_database import DIFFERS, NOT_COMPARED, SAME
from sousveil.register.verify_report import Erased, Report
from tests.register import maker, story


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], bytes]:
    """A register's folder, ids by name, and the receipt of entry 9."""
    folder = tmp_path_factory.mktemp("told") / "register"
    with maker.made(folder) as made:
        named = story.tell(made)
        receipt = made.register.receipt(9).encode()
    return folder, named, receipt


KINDS = "1 erase, 1 genesis, 7 key_add, 1 key_revoke, 1 retract, 2 review, 6 statements"


AUDIT = "The audit log holds: 22 lines. Every act of operators and reviewers has its line."


def expected(folder: str, named: dict[str, str], **changes: object) -> Report:
    report = Report(
        target=folder,
        difference=None,
        origin=maker.ORIGIN,
        size=19,
        root="",
        cosigned=COULD_REWRITE,
        independent=0,
        key_from_log=True,
        entries={"genesis": 1, "key_add": 7, "statements": 6, "review": 2, "retract": 1, "erase": 1, "key_revoke": 1},
        statements=612,
        erased=(Erased(id=named["erased"], recorded=8, index=17),),
        retracted=1,
        times=SIGNED,
        database=SAME,
        go="Not verified by Go: not asked for.",
        notes=() if changes.get("database") == NOT_COMPARED else (AUDIT,),
    )
    return msgspec.structs.replace(report, **changes)


def test_all_holds_and_the_report_is_whole(told: tuple[Path, dict[str, str], bytes]) -> None:
    folder, named, receipt = told
    report = verify(folder, go=False)
    assert report == expected(str(folder), named, root=report.root)
    assert report.code == 0
    assert report.text().splitlines() == [
        f"{maker.ORIGIN}: 19 entries, root {report.root}",
        "The log's key was taken from the log itself; compare it with one you were given elsewhere.",
        "No witness was counted: nobody has said which to trust (--policy FILE).",
        "The operator could still rewrite this log: no independent witness cosigned.",
        f"Every entry is signed by a key that was valid at its index: {KINDS}.",
        "612 statements; 1 of them retracted, 1 erased.",
        f"{named['erased']}: erased at index 17",
        SIGNED,
        "The database holds the entries and statements of the log, and no others.",
        "Not verified by Go: not asked for.",
        AUDIT,
        "All holds.",
    ]
    key = Folder(folder).key(LOG_KEY).public
    policy = only_log(note.Verifier(name=maker.ORIGIN, public=key))
    assert verify(folder / "log", policy=policy, go=False, receipt=receipt) == expected(
        str(folder / "log"),
        named,
        root=report.root,
        key_from_log=False,
        database=NOT_COMPARED,
        receipt=f"Entry 9 is in the log {maker.ORIGIN} of 19 entries. {COULD_REWRITE}",
    )


@pytest.mark.go
def test_go_agrees(told: tuple[Path, dict[str, str], bytes]) -> None:
    missing = available()
    if missing is not None:
        pytest.skip(f"go ({missing.reason})")
    assert verify(told[0]).go == "Go's x/mod re-read the whole log and agrees."


def test_without_go_it_says_not_verified(
    told: tuple[Path, dict[str, str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    report = verify(told[0])
    assert (report.code, report.go) == (
        0,
        "Not verified by Go: go is not installed (Debian: golang-go golang-golang-x-mod-dev).",
    )


def test_several_processes_find_the_same(
    told: tuple[Path, dict[str, str], bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "SMALL", 0)
    folder, named, _ = told
    report = verify(folder, go=False, processes=2)
    assert report == expected(str(folder), named, root=report.root)
    copy = _copy(folder, tmp_path)
    (copy / "log" / content_path(0)).unlink()
    here = verify(copy, go=False, processes=1)
    assert here == verify(copy, go=False, processes=2)
    assert here.difference is not None and "the content of statement" in here.difference


@pytest.fixture
def mirror() -> Iterator[Callable[[Path], str]]:
    """Serves folders as static files on the loopback."""
    servers: list[http.server.ThreadingHTTPServer] = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

    def serve(folder: Path) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_mirror_is_verified_over_http(
    told: tuple[Path, dict[str, str], bytes], mirror: Callable[[Path], str], tmp_path: Path
) -> None:
    folder, named, receipt = told
    public = tmp_path / "public"
    shutil.copytree(folder / "log", public / "log")
    shutil.copytree(folder / "attachments", public / "attachments")
    address = mirror(public)
    report = verify(address, receipt=receipt)
    assert report == expected(
        address,
        named,
        root=report.root,
        database=NOT_COMPARED,
        go="Not verified by Go: it reads folders only.",
        receipt=f"Entry 9 is in the log {maker.ORIGIN} of 19 entries. {COULD_REWRITE}",
    )
    (public / "log" / "tile" / "0" / "000.p" / "19").write_bytes(bytes(19 * 32))
    assert verify(address).difference == "Entry 0 does not have the hash that its tile shows."


def test_what_cannot_be_run(tmp_path: Path, mirror: Callable[[Path], str]) -> None:
    with pytest.raises(Missing, match="There is no log in"):
        verify(tmp_path)
    with pytest.raises(Missing, match="There is no log at"):
        verify(mirror(tmp_path))
    with pytest.raises(Unreachable, match="gives no answer"):
        verify("http://127.0.0.1:1")
    (tmp_path / "checkpoint").write_bytes(b"nothing")
    with pytest.raises(Malformed, match="The log's own key cannot be read"):
        verify(tmp_path)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (0, r"Entry 0: This signed envelope cannot be read: JSON is malformed: invalid character \(byte 0\)\."),
        (66, r"Entry 0: The signature of key [0-9a-f]{32} does not hold for this payload\."),
        (-1, r"Entry 0: This signed envelope cannot be read: JSON is malformed: expected ',' or '}' \(byte \d+\)\."),
    ],
)
def test_a_first_entry_that_was_edited_is_the_first_difference(
    told: tuple[Path, dict[str, str], bytes], tmp_path: Path, at: int, said: str
) -> None:
    """The log's own key stands in it, so without a policy nothing else can be checked; that it was edited can be said."""
    copy = _copy(told[0], tmp_path)
    for bundle in (copy / "log" / "tile" / "entries").glob("000*/*"):
        data = bytearray(bundle.read_bytes())
        length = int.from_bytes(data[:2], "big")
        data[2 + at % length] ^= 1
        bundle.write_bytes(bytes(data))
    report = verify(copy, go=False)
    assert (report.code, report.size, report.key_from_log) == (1, 0, True)
    assert report.difference is not None and re.fullmatch(said, report.difference)


def test_a_receipt_that_is_missing_or_none(told: tuple[Path, dict[str, str], bytes], tmp_path: Path) -> None:
    folder, _, receipt = told
    with pytest.raises(Missing, match=r"The receipt gone\.tlog-proof cannot be read: No such file"):
        verify(folder, go=False, receipt=tmp_path / "gone.tlog-proof")
    (tmp_path / "text").write_bytes(b"a letter\n\nof two lines\n")
    with pytest.raises(Malformed, match="This is not a receipt"):
        verify(folder, go=False, receipt=tmp_path / "text")
    with pytest.raises(Malformed):
        verify(folder, go=False, receipt=receipt.partition(b"\n\n")[0] + b"\n\nno checkpoint\n")


def test_a_receipt_of_another_log(told: tuple[Path, dict[str, str], bytes], tmp_path: Path) -> None:
    other = "other.example/log"
    with Register.init(tmp_path / "r", title="Another", origin=other, example=True, gate=gate) as register:
        (tmp_path / "receipt").write_text(register.receipt(0))
    report = verify(told[0], go=False, receipt=tmp_path / "receipt")
    assert (report.code, report.difference, report.receipt) == (
        1,
        "This receipt is of the log other.example/log, not of this one.",
        None,
    )


def test_a_receipt_outlives_a_shortened_log(told: tuple[Path, dict[str, str], bytes], tmp_path: Path) -> None:
    _, _, receipt = told
    with maker.made(tmp_path / "short") as made:
        shorter = verify(made.register.folder, go=False, receipt=receipt)
    assert shorter.difference is not None and shorter.code == 1
    assert "no signature of a key that is trusted" in shorter.difference


def test_the_attachment_and_its_absence(told: tuple[Path, dict[str, str], bytes], tmp_path: Path) -> None:
    copy = _copy(told[0], tmp_path)
    (file,) = (copy / "attachments").iterdir()
    file.write_bytes(b"another")
    assert (
        verify(copy, go=False).difference == f"Entry 11: The attached file {file.name} is another one than was signed."
    )
    file.unlink()
    assert verify(copy, go=False).difference == f"Entry 11: the attached file {file.name} is not there, and nothing erased it."  # fmt: skip


def test_erased_content_that_is_still_there_is_said(told: tuple[Path, dict[str, str], bytes], tmp_path: Path) -> None:
    folder, named, _ = told
    with maker.made(tmp_path / "r") as made:
        before = (tmp_path / "r" / "log" / content_path(0)).read_bytes()
        ids = story.tell(made)
        path = tmp_path / "r" / "log" / content_path(0)
        line = next(one for one in before.splitlines(keepends=True) if one.startswith(b"[8,1,"))
        path.write_bytes(path.read_bytes() + line)
    report = verify(tmp_path / "r", go=False)
    assert report.difference is None and report.erased == ()
    assert report.notes[0] == "Content of 1 erased statements is still here; it must be deleted."
    assert set(ids) == set(named) and folder != tmp_path


ID = "(SELECT id FROM statements WHERE entry = 8 AND ordinal = 3)"
DAMAGES = {
    "salt": (
        "UPDATE statements SET salt = {zeros} WHERE id = " + ID,
        "holds another salt or content than was committed to.",
    ),
    "content": (
        "UPDATE statements SET content = (SELECT content FROM statements WHERE entry = 8 AND ordinal = 4) WHERE id = "
        + ID,
        "holds another salt or content than was committed to.",
    ),
    "subject": ("UPDATE statements SET subject = 'sv-x' WHERE id = " + ID, "has another subject beside its content."),
    "type": ("UPDATE statements SET type = 'Person' WHERE id = " + ID, "has another type beside its content."),
    "dataset": ("UPDATE statements SET dataset = 'x' WHERE id = " + ID, "has another dataset beside its content."),
    "target": ("UPDATE statements SET target = 'sv-x' WHERE id = " + ID, "has another target beside its content."),
    "supersedes": (
        "UPDATE statements SET supersedes = id WHERE id = " + ID,
        "has another supersedes beside its content.",
    ),
    "person": ("UPDATE statements SET person = 1 WHERE id = " + ID, "has another person beside its content."),
    "entry": ("UPDATE statements SET entry = 11 WHERE id = " + ID, "has it under entry 11, statement 3."),
    "retracted": (
        "UPDATE statements SET retracted = 16 WHERE id = " + ID,
        "does not mark it as the log does (retracted, corrected).",
    ),
    "missing": ("DELETE FROM statements WHERE id = " + ID, "does not hold it there."),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_row_that_is_not_what_the_log_says(tmp_path: Path, database: str | None, damage: str) -> None:
    sql, difference = DAMAGES[damage]
    with maker.made(tmp_path / "r", database=database) as made:
        zeros = "decode(repeat('00', 32), 'hex')" if database else "zeroblob(32)"
        made.register.store.db.execute(sql.replace("{zeros}", zeros))
    report = verify(tmp_path / "r", go=False)
    assert (report.code, report.database) == (1, DIFFERS)
    assert report.difference == f"Entry 8, statement 3: the database {difference}"


COLUMNS = "seq, id, entry, ordinal, subject, type, dataset, target, supersedes, person, salt, content"


def test_rows_that_must_not_be_there(tmp_path: Path, database: str | None) -> None:
    folder = tmp_path / "r"
    with maker.made(folder, database=database) as made:
        db, id = made.register.store.db, made.world.ids[3]
        (row,) = db.query(f"SELECT {COLUMNS} FROM statements WHERE id = ?", (bytes.fromhex(id),))
        db.insert("statements", COLUMNS, [(100, bytes(32), *row[2:])])
        assert (
            verify(folder, go=False).difference == f"The database holds statement {'00' * 32}, which is not in the log."
        )
        db.execute("DELETE FROM statements WHERE seq = 100")
        made.register.erase([id], EraseGround.SAFETY, EraseBy.OPERATOR)
        assert verify(folder, go=False).database == SAME
        db.insert("statements", COLUMNS, [row])
        assert verify(folder, go=False).difference == f"The database still holds statement {id}, which entry 9 erased."
        db.execute("DELETE FROM statements WHERE seq = ?", (row[0],))
        db.execute("UPDATE erased SET idx = 7")
        assert verify(folder, go=False).difference == (
            f"The database says that statement {id} was erased, otherwise than the log."
        )
        db.execute("DELETE FROM erased")
        assert verify(folder, go=False).difference == f"The database does not say that entry 9 erased statement {id}."
        db.execute("UPDATE statements SET seq = 50 WHERE ordinal = 0")
        db.insert(
            "erased", "id, entry, ordinal, idx, ground, asked_by", [(bytes.fromhex(id), 8, 3, 9, "safety", "operator")]
        )
        assert verify(folder, go=False).difference == "Entry 8, statement 0: the database does not hold it there."
        db.execute("UPDATE tree SET size = 9")
        assert verify(folder, go=False).difference == "The database holds 9 entries, and the log 10."


TABLE_DAMAGES = {
    "UPDATE entries SET publisher = 'Nobody' WHERE idx = 8": "Entry 8: the database has another publisher beside its envelope.",
    "UPDATE entries SET kind = 'retract' WHERE idx = 8": "Entry 8: the database has another kind beside its envelope.",
    "UPDATE entries SET dataset = 'x' WHERE idx = 8": "Entry 8: the database has another dataset beside its envelope.",
    "UPDATE entries SET signers = 'x' WHERE idx = 8": "Entry 8: the database has another signers beside its envelope.",
    "UPDATE entries SET leaf = replay WHERE idx = 8": "Entry 8: the database has another leaf beside its envelope.",
    "UPDATE entries SET replay = leaf WHERE idx = 8": "Entry 8: the database has another replay beside its envelope.",
    "UPDATE entries SET envelope = (SELECT envelope FROM entries WHERE idx = 2) WHERE idx = 3": (
        "The database holds other entries than the log among 0 to 18."
    ),
    "DELETE FROM entries WHERE idx = 5": "The database says that it holds 19 entries, and holds 18.",
    "UPDATE entries SET idx = 30 WHERE idx = 5": "The database does not hold each of the entries 0 to 18 once.",
    "UPDATE entities SET live = live + 1 WHERE subject = 'ACME' AND type = 'Company' AND dataset = 'direct'": (
        "The database counts 4 statements of ACME as Company in direct, and holds another number."
    ),
    "DELETE FROM entities WHERE subject = 'ACME' AND type = 'Company' AND dataset = 'direct'": (
        "The database holds 3 statements of ACME as Company in direct, and counts another number."
    ),
    "DELETE FROM retractions": "The database lacks a retraction of the log: RETRACTED, 16.",
    "UPDATE erased SET ground = 'other'": (
        "The database names another ground, asker or place of the erased statement ERASED than the log."
    ),
    "UPDATE erased SET ordinal = 7": (
        "The database names another ground, asker or place of the erased statement ERASED than the log."
    ),
    "INSERT INTO snapshots VALUES (3, 'x', 'x', 'x', '2024', 1, '{}')": (
        "The database has a list that the log does not have: 3, x, x, x, 2024, 1, {}."
    ),
    "INSERT INTO clusters VALUES ('ACME', 'sv-other')": (
        "The database does not join ACME with others as the judgements of the log say (sv-other)."
    ),
}


@pytest.mark.parametrize("sql", TABLE_DAMAGES)
def test_a_table_that_does_not_follow_from_the_log(tmp_path: Path, database: str | None, sql: str) -> None:
    folder = tmp_path / "r"
    with maker.made(folder, database=database) as made:
        names = story.tell(made)
        assert verify(folder, go=False).database == SAME
        made.register.store.db.execute(sql.replace("ACME", maker.ACME))
    report = verify(folder, go=False)
    told = TABLE_DAMAGES[sql]
    for word, id in (("ACME", maker.ACME), ("ERASED", names["erased"]), ("RETRACTED", names["retracted"])):
        told = told.replace(word, id)
    assert (report.code, report.database, report.difference) == (1, DIFFERS, told)


_ENVELOPE = "Entry 8: the database holds its envelope as another type than bytes."
TYPE_DAMAGES = {
    **dict.fromkeys(
        (
            f"UPDATE entries SET envelope = {value} WHERE idx = 8"
            for value in ("CAST(envelope AS TEXT)", "'text'", "1", "1.5", "''")
        ),
        _ENVELOPE,
    ),
    "UPDATE entries SET envelope = x'7b7d' WHERE idx = 8": "The database holds other entries than the log among 0 to 18.",
    "UPDATE attachments SET erased = 'soon'": "The database holds an attached file whose entry is no number: soon.",
    "UPDATE attachments SET erased = x'01'": "The database holds an attached file whose entry is no number: b'\\x01'.",
    "UPDATE retractions SET entry = 'then'": "The database holds a row whose entry is no number: then.",
    "UPDATE erased SET idx = 'then'": "The database holds an erasure that cannot be read.",
    "UPDATE statements SET content = CAST(content AS TEXT) WHERE seq = (SELECT min(seq) FROM statements)": (
        "Entry 8, statement 0: the database holds another salt or content than was committed to."
    ),
    "UPDATE statements SET id = 'x' WHERE seq = (SELECT min(seq) FROM statements)": (
        "The database holds a statement whose id cannot be read."
    ),
    "UPDATE meta SET value = 'x' WHERE name = 'keys'": "The database does not say which entry brought the newest key.",
    "UPDATE tree SET size = 'x'": "The database holds x entries, and the log 19.",
}


@pytest.mark.parametrize("sql", TYPE_DAMAGES)
def test_a_value_of_another_type_is_a_difference_that_is_named(
    told: tuple[Path, dict[str, str], bytes], tmp_path: Path, sql: str
) -> None:
    """SQLite stores any type in any column."""
    folder = _copy(told[0], tmp_path)
    with closing(sqlite3.connect(folder / "register.sqlite", isolation_level=None)) as database:
        assert database.execute(sql).rowcount > 0
    report = verify(folder, go=False)
    assert (report.code, report.database, report.difference) == (1, DIFFERS, TYPE_DAMAGES[sql])


def test_the_files_of_the_database_are_those_of_the_log(tmp_path: Path, database: str | None) -> None:
    folder = tmp_path / "r"
    with maker.made(folder, database=database) as made:
        file = File(data=b"paper", media_type="text/plain")
        said = maker.said(maker.ACME, "Company", "alias", "With a file")
        done = maker.published(made.register.publish([said], maker.private("paper"), attachments=[file]))
        digest = hashlib.sha256(b"paper").hexdigest()
        db = made.register.store.db
        db.execute("UPDATE attachments SET media_type = 'text/html'")
        assert verify(folder, go=False).difference == (
            f"The database has an attached file that the log does not have: {digest}, {done.index}, 5, text/html, None."
        )
        db.execute("UPDATE attachments SET media_type = 'text/plain'")
        made.register.erase(done.ids, EraseGround.MISTAKE, EraseBy.OPERATOR)
        assert verify(folder, go=False).difference is None
        db.execute("UPDATE attachments SET erased = NULL")
        assert verify(folder, go=False).difference == (
            f"The database has an attached file that the log does not have: {digest}, {done.index}, 5, text/plain, None."
        )


def test_the_marks_of_a_compromised_key_are_those_of_the_log(tmp_path: Path, database: str | None) -> None:
    with maker.made(tmp_path / "r", database=database) as made:
        ids, paper = made.world.ids, maker.private("paper")
        fix = maker.said(maker.ACME, "Company", "name", "Acme", stance=Stance.CORRECTS, supersedes=ids[0])
        first = maker.published(made.register.publish([fix], paper))
        second = made.register.retract([ids[1], first.ids[0]], paper, RetractReason.WRONG)
        assert verify(tmp_path / "r", go=False).retracted == 2
        made.register.key_revoke(maker.public("paper"), RevokeReason.COMPROMISED, compromised_since=second.index)
        report = verify(tmp_path / "r", go=False)
        assert (report.difference, report.database, report.retracted, report.doubtful) == (None, SAME, 0, 1)
        made.register.store.db.execute("UPDATE statements SET superseded_by = NULL")
        assert verify(tmp_path / "r", go=False).difference == (
            "Entry 8, statement 0: the database does not mark it as the log does (retracted, corrected)."
        )


def test_a_database_that_cannot_be_compared(told: tuple[Path, dict[str, str], bytes], tmp_path: Path) -> None:
    copy = _copy(told[0], tmp_path)
    shutil.rmtree(copy / "keys")
    before = sorted(copy.iterdir())
    assert verify(copy, go=False).database == SAME
    assert sorted(copy.iterdir()) == before  # nothing is made beside the database
    (copy / "register.sqlite").write_bytes(b"no database" * 1000)
    assert verify(copy, go=False).difference == "The database refused: file is not a database."
    (copy / "register.sqlite").unlink()
    report = verify(copy, go=False)
    assert (report.code, report.difference) == (1, "The database register.sqlite is not there.")
    report = verify(copy / "log", go=False)
    assert (report.code, report.text().splitlines()[-3:]) == (
        0,
        ["The database was not compared.", "Not verified by Go: not asked for.", "All holds."],
    )
    config = copy / "register.toml"
    config.write_text(config.read_text().replace('"register.sqlite"', '"postgresql://127.0.0.1:1/none"'))
    report = verify(copy, go=False)
    assert report.code == 0 and report.database.startswith(
        "The database was not compared. The database does not answer: "
    )


def test_a_database_that_is_ahead_of_the_checkpoint(told: tuple[Path, dict[str, str], bytes], tmp_path: Path) -> None:
    folder, _, _ = told
    with maker.made(tmp_path / "r") as made:
        shutil.copytree(tmp_path / "r" / "log", tmp_path / "log")
        maker.published(made.register.publish(maker.company(1), maker.private("paper")))
        made.register.retract([made.world.ids[0]], maker.private("paper"), RetractReason.WRONG)
        shutil.rmtree(tmp_path / "r" / "log")
        shutil.copytree(tmp_path / "log", tmp_path / "r" / "log")
        report = verify(tmp_path / "r", go=False)
        assert (report.difference, report.database) == (
            None,
            f"{SAME} It holds 2 entries that this checkpoint does not; they were not compared.",
        )
    assert folder.is_dir()


def _copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_two_who_sign_the_same_words_in_one_second_are_no_copies(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        payload = log.Voucher(key=maker.public("acme"), made="2026-11-01T12:00:00Z")
        for name in ("clinic", "union"):
            made.register.record(payload, maker.private(name))
        with pytest.raises(Refused, match="submitted before"):
            made.register.record(payload, maker.private("union"))
    assert verify(tmp_path / "r", go=False).difference is None
