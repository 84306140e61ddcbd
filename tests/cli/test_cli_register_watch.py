"""Following a register from the command line: what a monitor prints and keeps while a log grows, is cut, and forks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sousveil.ledger import checkpoint
from sousveil.ledger.tiles import TileFiles
from sousveil.register.model import entity_id
from sousveil.register.review import today
from tests.cli.test_cli_register import Desk, lines, said

ORIGIN = "log.example/one"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


class Watcher:
    """Publishes and looks."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.key = desk.key("gazette", "The Invented Gazette", "publisher")
        self.memory = desk.home / "memory"

    def publish(self, name: str) -> None:
        file = lines(self.desk.home / "s.jsonl", said(entity_id("invented", name), "Company", "name", name))
        self.desk("publish", str(file), "--key", self.key)

    def look(self, expect: int, *words: str) -> list[str]:
        """What is printed: alarms and advice, then what stands on standard error."""
        out = self.desk("monitor", str(self.desk.register), "--state", str(self.memory), *words, expect=expect)
        return [*out.splitlines(), *self.desk.err.splitlines()]


def test_a_log_that_grows_is_said_and_every_key_and_watched_name_is_told(desk: Desk) -> None:
    watcher = Watcher(desk)
    assert watcher.look(0) == [
        "The log's key was taken from the log itself; compare it with one you were given elsewhere (--policy FILE).",
        f"{ORIGIN}: 2 entries read for the first time and remembered in {watcher.memory}",
    ]
    assert watcher.look(0) == [f"{ORIGIN}: still 2 entries"]
    watcher.publish("One")
    desk.key("other", "The Other Paper", "publisher")
    assert watcher.look(1, "--watch", "the invented gazette") == [
        "watched: Entry 2: statements in the name of The Invented Gazette.",
        "  If you did not publish it, tell the operator at once that your key is in other hands.",
        "key: Entry 3: a publisher key was added for The Other Paper; signed in the name of Test.",
        "  If it is in your name and you did not ask for it, tell the operator at once.",
        f"{ORIGIN}: 4 entries, grown from 2 without a rewrite",
    ]
    assert not (watcher.memory / "evidence").exists()


def test_a_cut_log_and_a_fork_are_told_with_what_proves_them(desk: Desk) -> None:
    watcher = Watcher(desk)
    shutil.copytree(desk.register, desk.home / "backup")
    watcher.publish("One")
    watcher.look(0)
    seen = TileFiles(desk.register / "log").checkpoint()
    shutil.rmtree(desk.register)
    shutil.copytree(desk.home / "backup", desk.register)
    cut = watcher.look(1)
    assert cut[0] == "rollback: The log shows 2 entries; 3 had been seen."
    assert cut[3].startswith("  An old copy, or a log that was cut. Nothing was taken over;") and len(cut) == 4
    watcher.publish("Another")
    fork = watcher.look(1)
    assert fork[0] == "fork: The log shows two roots for 3 entries."
    assert (
        fork[3].startswith("  The log signed both, so there are two histories of it. Believe neither,")
        and len(fork) == 4
    )
    kept = [Path(line.removeprefix("  kept, signed by the log: ")).read_bytes() for line in fork[1:3]]
    assert kept == [seen, TileFiles(desk.register / "log").checkpoint()]
    assert [checkpoint.parse(one.split(b"\n\n")[0] + b"\n").size for one in kept] == [3, 3]
    watcher.publish("A third")
    assert (
        watcher.look(1)[0]
        == "rewrite: The checkpoint of 4 entries is not what the 3 entries seen before and the entries shown now give."
    )
    assert len(list((watcher.memory / "evidence").iterdir())) == 6
    assert [path.stat().st_mode & 0o777 for path in (watcher.memory / "evidence").iterdir()] == [0o600] * 6


def test_days_domains_and_ids_that_cannot_be_are_refused(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "paper").write_text("paper")
    public = desk("key", "new", str(tmp_path / "k")).splitlines()[1]
    for domain, says in (("not a domain", "not the name of a domain"), ("127.0.0.1", "not the name of a domain"),
                         ("https://a.example", "not the name of a domain"), ("A.Example", "Write it as a.example.")):  # fmt: skip
        desk("key", "add", public, "--owner", "A", "--domain", domain, expect=2)
        assert says in desk.err
    desk("key", "add", public, "--owner", "A", "--domain", "a.example")
    assert desk.out.startswith("Registered: ") and " publisher A  since index 1, valid, owner not verified" in desk.out
    (tmp_path / "keys").write_text(public + "\n")
    for day, says in (("2026-13-01", "is not a day"), ("2999-01-01", "is still to come"), ("2026-11", "is not a day")):
        desk(
            "key",
            "prove",
            public,
            "--domain",
            "a.example",
            "--checked",
            day,
            "--by",
            "Test",
            "--file",
            str(tmp_path / "keys"),
            expect=2,
        )
        assert says in desk.err
        desk("consent", "sv-1", "--given", day, "--evidence", str(tmp_path / "paper"), expect=2)
        assert says in desk.err
    desk("consent", "somebody", "--given", "2026-01-01", "--evidence", str(tmp_path / "paper"), expect=2)
    desk("consent", "sv-1", "--withdraw", expect=2)
    assert desk.err.startswith("sousveil: The register knows nobody under the id sv-1; nothing was done.\n")
    desk("consent", "sv-1", "--given", "2026-01-01", "--evidence", str(tmp_path / "paper"))
    assert desk("consent", "sv-1", "--withdraw") == "The consent is ended. Nothing public names the person.\n"
    again = f"The consent was ended already on {today()}. Nothing public names the person.\n"
    assert desk("consent", "sv-1", "--withdraw") == again


def test_a_withdrawal_names_the_other_ids_of_the_same(desk: Desk) -> None:
    """What stands under an id that was joined with this one is not erased with it, and the operator is told so."""
    watcher = Watcher(desk)
    watcher.publish("One")
    watcher.publish("Two")
    one, two = entity_id("invented", "One"), entity_id("invented", "Two")
    desk("judge", one, two, "same", "--reason", "The same officer", "--key", watcher.key)
    told = desk("consent", one, "--withdraw").splitlines()
    assert told[0].startswith(
        "No consent of this person was on file. Everything that named the person is erased (index "
    )
    assert told[1:] == [
        f"Pages show this id as one with {two}: what stands under these is still public. Do the same for each that is the person."
    ]


def test_what_cannot_be_found_is_said_before_anything_is_looked_for(desk: Desk, tmp_path: Path) -> None:
    desk("search", "x", "--type", "Nope", expect=2)
    assert desk.err.startswith("sousveil: There is no record type 'Nope'.\nTypes are AbuseIncident, ")
    desk("search", "x", "--country", "zq", expect=2)
    desk("load", "nosuch", expect=2)
    assert desk.err.startswith("sousveil: There is no source named “nosuch”.\n")
    watcher = Watcher(desk)
    watcher.publish("One")
    one, nobody = entity_id("invented", "One"), "sv-000000000000000000000000"
    desk("judge", one, nobody, "same", "--reason", "typed", "--key", watcher.key, expect=2)
    assert desk.err.startswith(f"sousveil: The register says nothing about {nobody}.\n")
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n')
    desk("publish", str(tmp_path / "x.jsonl"), "--key", watcher.key, expect=2)
    assert desk.err.startswith("sousveil: x.jsonl, line 1: There is no field “a”.\n")
