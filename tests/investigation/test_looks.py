"""The log of the vault: each look leaves an entry before it shows anything, and whoever cuts or replaces the log is noticed."""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil import cli_investigation
from sousveil.cli import main
from sousveil.errors import Malformed, SousveilError
from sousveil.investigation import key_service, page, people, protection
from sousveil.investigation.journal import Journal, noted, read_log
from sousveil.investigation.oprf import Key
from sousveil.investigation.requests import Request
from sousveil.investigation.vault import Look, Vault, read_header, utc_now
from sousveil.ledger.disagreement import BadSignature, Disagreement
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.note import Signer, parse_vkey
from sousveil.ledger.tiles import TileFiles, bundle, unbundle
from tests.investigation.drawn import CHANCE, holders, leaks, numbers
from tests.investigation.test_exchange import AMPLE, World
from tests.investigation.test_vault import killed

NOW = utc_now()
WITHOUT_VAULT = {"init", "key", "exchange", "ask", "match", "answer", "assignment", "aggregates"}


class Project:
    """A vault with 24 numbers of two clients, and its holders at the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.clear = folder / "clear"
        self.clear.mkdir()
        self.holders = holders(self.clear, 4)
        self.signing: list[str] = []
        for name in ("s0", "s1"):
            PrivateKey.new().save(self.clear / name)
            self.signing += ["--sign", str(self.clear / name)]
        self.listed = numbers(24)
        rows = "".join(f"{one},2019-05-03 14:22Z,{'AB'[place % 2]}\n" for place, one in enumerate(self.listed))
        self.list = self.write("list.csv", f"number,time,client\n{rows}")
        Vault.create(folder / "vault", [one.recipient for one in self.holders[:3]], now=NOW)
        self.log = folder / "vault" / "log"
        self.verifier = parse_vkey(read_header(folder / "vault").log)

    def write(self, name: str, text: str) -> str:
        (self.clear / name).write_text(text)
        return str(self.clear / name)

    def run(self, code: int, *words: str, typed: str = "", by: tuple[int, int] = (0, 1)) -> str:
        """What a verb prints to standard output."""
        opening = [word for place in by for word in ("--identity", str(self.holders[place].file))]
        with pytest.MonkeyPatch.context() as patched:
            lines = iter(typed.splitlines())
            patched.setattr(cli_investigation, "_typed", lambda prompt: next(lines))
            assert main(["investigation", *words, "--vault", str(self.folder / "vault"), *opening]) == code
        out, err = self._capsys.readouterr()
        assert code or not err.startswith("sousveil: "), err
        return out

    def opened(self, by: tuple[int, int] = (0, 1)) -> Any:
        return Vault.open(self.folder / "vault", *([self.holders[place].identity] for place in by))

    def looks(self) -> list[Look]:
        with self.opened() as vault:
            return list(vault.history)

    def check(self, seen: str = "") -> str:
        """Size and root of the log, checked without a holder's key."""
        return noted(read_log(self.log, self.verifier, seen)[0])


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(protection, "protect_memory", list)
    return Project(tmp_path, capsys)


def verbs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, tuple[str, ...], str, str, dict[str, object]]]:
    """Verb, its words, what a person types; what the log says afterwards."""
    one, two, free = project.listed[0], project.listed[1], numbers(1)[0]
    out = project.folder / "out"
    signed = (*project.signing, "--out")
    reader = project.holders[3].recipient
    yield "import", (project.list, "--source", "handed over"), "", "import", {"list": ..., "rows": 24}
    probes = project.write("probes.csv", f"number,selected\n{one},yes\n")
    yield "authenticate", (probes,), "", "authenticate", {"number": one}
    yield "summary", (), "", "summary", {"rows": 24}
    keys = {str(place): Key(CHANCE.randbytes(32)) for place in (0, 1)}
    monkeypatch.setattr(key_service, "remote", lambda address, token: keys[address])
    token = project.write("token", "a token of a test")
    at_keys = ("--key", "0", token, "--key", "1", token)
    said = {"recipient": "an exchange", "numbers": 24}
    yield "outputs", (*at_keys, "--recipient", "an exchange", *signed, str(out / "outputs")), "", "outputs", said
    with project.opened() as vault:
        known = msgspec.msgpack.decode(vault.read_sealed(vault.index.tables[0]), type=dict[bytes, str])
    matches = {0: next(value for value, number in known.items() if number == two)}
    request = Request(
        id="0" * 32, newsroom="first", people=(), reason="", received=NOW, count=1, blocks=1, submitted=True, matches=matches
    )  # fmt: skip
    (project.clear / "request").write_bytes(msgspec.msgpack.encode(request))
    words = (str(project.clear / "request"), "--place", "0", "--recipient", reader, *signed, str(out / "answer"))
    yield "release", words, "", "answer", {"recipient": "first", "number": two, "request": "0" * 32}
    words = ("first", "--client", "B", "--recipient", reader, *signed, str(out / "assignment"))
    yield "assign", words, "", "assignment", {"recipient": "first", "numbers": 12, "client": "B"}
    words = ("first", "--country", "FR", "--recipient", reader, *signed, str(out / "nothing"))
    yield "assign", words, "refused", "refused", {"verb": "assign"}
    yield "person", ("add", "--by", "Anna"), f"{one}\nA Name\nA letter", "person", {"person": ...}
    yield "person", ("add", "--by", "Anna"), f"{free}\nA Name\nA letter", "refused", {"number": free}
    with project.opened() as vault:
        (id,) = people.load(vault).persons
    about: dict[str, object] = {"person": id}
    yield "person", ("confirm", id, "--by", "Ben"), "A call", "person", about
    yield (
        "person",
        ("change", id, "--informed", "2026-11-30", "--category", "lawyer", "--order", "1"),
        "",
        "person",
        about,
    )
    yield "person", ("list",), "", "persons", about
    yield "consent", ("give", id, "--scope", "named", "--until", "2999-12-31"), "", "consent", about
    yield "contact-plan", ("--day", "2026-12-01"), "", "plan", {"day": "2026-12-01", "person": id}
    events = project.write("events.csv", f"number,date,event\n{one},2019-05-05,an arrest\n")
    yield "correlate", ("--events", events), "", "correlation", {"number": one}
    yield "clients", (), "", "clients", {"rows": 24}
    monkeypatch.setattr(page.PageService, "serve_forever", lambda self: None)
    yield "show", ("--as", "first"), "", "show", {"rows": 24, "recipient": "first"}
    yield "embargo", ("2019-01-01T00:00:00Z",), "", "embargo", {"until": "2019-01-01 00:00:00"}
    words = ("--recipient", "an exchange", "--least", "3", *signed, str(out / "aggregates"))
    yield "aggregate", words, "", "aggregates", {"recipient": "an exchange", "counts": 6}
    words = ("--title", "T", "--publisher", "P", "--source", "S", "--least", "3", *signed, str(out / "publication"))
    yield "publish", words, "", "publication", {"counts": 6, "person": id}
    record = json.loads((out / "publication" / "counts.json").read_bytes())["cells"][0]["record"]
    yield "trace", (record,), "", "trace", {"record": record, "rows": 24}
    record = json.loads((out / "publication" / "named.jsonl").read_bytes().splitlines()[0])["subject"]
    yield "trace", (record,), "", "trace", {"record": record, "rows": 1, "person": id}
    words = ("--recipient", "Aleph", *signed, str(out / "export"))
    yield "export", words, "", "export", {"recipient": "Aleph", "person": id}
    yield "consent", ("withdraw", id, *signed, str(out / "recall")), "", "withdrawal", about
    yield "looks", ("--since", "2026-01-01"), "", "looks", {"since": "2026-01-01"}
    yield "holders", ("--add", reader), "", "holders", {"holders": 4}
    yield "destroy", ("--confirm", "", *signed, str(out / "record")), "refused", "refused", {"verb": "destroy"}


def test_each_verb_that_opens_the_vault_leaves_one_entry(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.folder / "out").mkdir()
    expected, met = 1, set()
    for verb, words, typed, what, about in verbs(project, monkeypatch):
        refused = what == "refused"
        project.run(2 if refused else 0, verb, *words, typed="" if typed == "refused" else typed)
        looks = project.looks()
        expected += 1
        assert len(looks) == expected, (verb, looks[-2:])
        last = looks[-1]
        drawn = {name: last.about.get(name) for name, value in about.items() if value is ...}
        assert (last.what, last.about) == (what, {**about, **drawn}), verb
        assert last.by == tuple(one.recipient for one in project.holders[:2])
        assert abs(last.when - utc_now()) < timedelta(minutes=2)
        met.add(verb)
    assert met == set(cli_investigation._DOES) - WITHOUT_VAULT
    looked_at = {str(look.about["number"]) for look in looks if "number" in look.about}
    assert len(looked_at) == 3 and leaks([project.folder / "vault"], [], looked_at) == []
    entries = read_log(project.log, project.verifier)[1]
    assert {len(entry) for entry in entries} == {4 + 24 + 2 + 1_000 + 16}


SHOWING = (("summary",), ("person", "list"), ("contact-plan",), ("clients",), ("looks",), ("show",))


@pytest.mark.parametrize("fails", ["index", "tiles", "checkpoint"])
def test_a_look_whose_entry_cannot_be_written_shows_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    project.run(0, "import", project.list)
    (project.folder / "out").mkdir()
    reader = project.holders[3].recipient
    bundle = ("assign", "first", "--client", "B", "--recipient", reader, *project.signing, "--out", "out/bundle")
    monkeypatch.chdir(project.folder)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(page.PageService, "serve_forever", full)
    place = {
        "index": (Vault, "write_sealed"),
        "tiles": (TileFiles, "append"),
        "checkpoint": (TileFiles, "write_checkpoint"),
    }[fails]
    before = project.looks()
    for words in (*SHOWING, bundle):
        with monkeypatch.context() as patched:
            patched.setattr(*place, full)
            assert project.run(2, *words) == ""
        assert not any((project.folder / "out").iterdir())
        added = [look.what for look in project.looks()[len(before) :]]
        # The next run writes the entry that the index names: the log has what was tried, and what was not shown.
        assert len(added) == (0 if fails == "index" else 1), (words, added)
        before = project.looks()
        assert project.check() == project.check(project.check())


def test_a_clock_that_is_set_back_shows_nothing(project: Project) -> None:
    with project.opened() as vault, pytest.raises(SousveilError, match="clock"):
        vault.commit("persons", now=NOW - timedelta(minutes=11))
    assert len(project.looks()) == 1


def test_one_look_with_a_clock_in_the_future_locks_nobody_out(project: Project) -> None:
    project.run(0, "import", project.list)
    with project.opened() as vault:
        vault.commit("summary", now=NOW + timedelta(days=9_999), rows=24)
    assert project.run(2, "summary") == ""
    assert project.run(0, "looks", "--correct-clock").count("an earlier entry has a wrong time") == 1
    assert project.run(0, "summary").startswith("24 rows")
    assert [look.what for look in project.looks()] == ["create", "import", "summary", "clock", "summary"]
    with project.opened() as vault, pytest.raises(SousveilError, match="clock"):
        vault.commit("persons", now=utc_now() - timedelta(minutes=11))


def test_a_destruction_that_fails_half_way_adds_nothing_to_the_log(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run(0, "import", project.list)
    id, head, remove = read_header(project.folder / "vault").vault, project.check(), shutil.rmtree

    def damaged(path: Path) -> None:
        if path == project.log:
            raise OSError(errno.EIO, "Input/output error")
        remove(path)

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", damaged)
        project.run(2, "destroy", "--confirm", id, *project.signing, "--out", str(project.folder / "record"))
    assert project.check() == head and not (project.folder / "vault" / "g1").exists()
    project.run(2, "summary")
    left = sorted(path.name for path in (project.folder / "vault").iterdir())
    assert left == ["destroyed.dsse", "lock", "vault.json"]


def entries_of(project: Project) -> list[bytes]:
    return read_log(project.log, project.verifier)[1]


def cut(project: Project, older: Path) -> None:
    """The folder of before."""
    shutil.rmtree(project.log)
    shutil.copytree(older / "log", project.log)


def rewritten(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Project, Path], None]:
    """The log as somebody with the folder and without its key can write it: other entries with fitting tiles."""

    def rewrite(project: Project, older: Path) -> None:
        entries, checkpoint = change(entries_of(project)), (project.log / "checkpoint").read_bytes()
        shutil.rmtree(project.log)
        TileFiles(project.log).append(0, entries)
        (project.log / "checkpoint").write_bytes(checkpoint)

    return rewrite


def signed_anew(project: Project, older: Path) -> None:
    """A log with a key of somebody else's."""
    entries = entries_of(project)
    shutil.rmtree(project.log)
    journal = Journal(project.log, project.verifier.name, PrivateKey.new(), new=True)
    for entry in entries[:-1]:
        journal.append(entry)


def entry_replaced(project: Project, older: Path) -> None:
    (path,) = [path for path in (project.log / "tile" / "entries").rglob("*") if path.name == "4"]
    entries = unbundle(path.read_bytes())
    path.write_bytes(bundle([entries[0], entries[2], entries[1], entries[3]]))


@pytest.mark.parametrize(
    ("tamper", "checked", "opened"),
    [
        (cut, "It had 4 when you noted it", "does not end as the vault says"),
        (rewritten(lambda entries: entries[:-1]), "was changed after it was written", "was changed after"),
        (rewritten(lambda entries: [entries[0], *entries[2:], entries[1]]), "was changed after", "was changed after"),
        (rewritten(lambda entries: [*entries[:3], b"x" * len(entries[3])]), "The entries give", "The entries give"),
        (signed_anew, "no signature of a key that is trusted", "no signature of a key that is trusted"),
        (entry_replaced, "Entry 1 does not have the hash", "Entry 1 does not have the hash"),
    ],
    ids=["cut", "dropped", "reordered", "replaced", "signed-anew", "bundle"],
)
def test_a_log_that_somebody_changed_is_named(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    tamper: Callable[[Project, Path], None],
    checked: str,
    opened: str,
) -> None:
    project.run(0, "import", project.list)
    older = project.folder / "older"
    shutil.copytree(project.folder / "vault", older)
    project.run(0, "summary")
    project.run(0, "clients")
    seen = project.check()
    assert seen.startswith("4:")
    tamper(project, older)
    words = ["--vault", str(project.folder / "vault"), "--check", project.verifier.vkey(), "--seen", seen]
    assert main(["investigation", "looks", *words]) == 2
    assert checked in capsys.readouterr().err
    with pytest.raises((Malformed, Disagreement), match=opened), project.opened():
        pass


def test_an_older_folder_is_noticed_by_whoever_noted_the_log(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    vault, older = project.folder / "vault", project.folder / "older"
    shutil.copytree(vault, older)
    shown = project.run(0, "looks").splitlines()
    assert shown[-1] == project.check() and "2 entries" in shown[-2] and "read the log" in shown[-3]
    noted_before, kept = shown[-1], project.clear / "kept"
    shutil.copy(project.log / "checkpoint", kept)
    project.run(0, "looks", "--seen", noted_before)
    check = ["investigation", "looks", "--vault", str(vault), "--check", project.verifier.vkey(), "--seen"]
    for seen in (noted_before, str(kept)):
        assert main([*check, seen]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == project.check()
    shutil.rmtree(vault)
    shutil.copytree(older, vault)
    assert project.check().startswith("1:")  # the older folder is whole in itself
    for seen in (noted_before, str(kept)):
        assert main([*check, seen]) == 2
        assert "It had 2 when you noted it. Somebody cut it or put an older copy" in capsys.readouterr().err
    assert "when you noted it" not in project.run(2, "looks", "--seen", noted_before)
    for _ in range(2):
        project.run(0, "clients")  # as long as before, with other entries
    for seen in (noted_before, str(kept)):
        assert main([*check, seen]) == 2
        assert "The first 2 entries are not those that you noted" in capsys.readouterr().err
    for wrong in ("2:00", "nothing", str(project.clear / "s0")):
        assert main([*check, wrong]) == 2
        assert "not the size and root of a log" in capsys.readouterr().err


def test_new_holders_read_all_entries_and_the_holders_before_them_no_new_ones(project: Project) -> None:
    project.run(0, "import", project.list)
    older, seen = project.folder / "older", project.check()
    shutil.copytree(project.folder / "vault", older)
    with project.opened() as vault:
        old_keys = dict(vault.index.log.keys)
        vault.change_holders([project.holders[place].recipient for place in (1, 2, 3)], (), now=utc_now())
    project.run(0, "summary", by=(2, 3))
    with project.opened((1, 3)) as vault:
        assert [look.what for look in vault.history] == ["create", "import", "holders", "summary"]
        assert vault.history[2].by == tuple(project.holders[place].recipient for place in (0, 1))
        assert vault.header.log == project.verifier.vkey() and project.check(seen) == vault.log_head
        entries = entries_of(project)
        assert [int.from_bytes(entry[:4], "big") for entry in entries] == [1, 1, 2, 2]
        vault.index.log.keys.clear()
        vault.index.log.keys.update({**old_keys, 2: old_keys[1]})
        assert vault._look(1, entries[1]).what == "import"
        for wrong in ((2, entries[2]), (0, entries[1])):
            with pytest.raises(Malformed):
                vault._look(*wrong)


def test_what_is_shown_is_what_was_asked_for(project: Project) -> None:
    project.run(0, "import", project.list)
    for place, name in enumerate(("One", "Two")):
        project.run(0, "person", "add", "--by", "Anna", typed=f"{project.listed[place]}\n{name}\nA letter")
    with project.opened() as vault:
        ids = {one.name: id for id, one in people.load(vault).persons.items()}
    events = project.write("events.csv", f"number,date,event\n{project.listed[0]},2019-05-05,an arrest\n")
    project.run(0, "correlate", "--events", events)
    project.run(
        0,
        "correlate",
        "--events",
        project.write("events.csv", f"number,date,event\n{project.listed[1]},2019-05-05,x\n"),
    )
    project.run(0, "person", "confirm", ids["Two"], "--by", "Ben", typed="A call")
    shown = [re.split("  +", line) for line in project.run(0, "looks", "--person", ids["One"][:6]).splitlines()]
    keys = " ".join(one.recipient for one in project.holders[:2])
    assert [line[1:] for line in shown[:-2]] == [
        ["changed what is known of a person", f"person: {ids['One']}", keys],
        ["compared selections with phones or events", f"number: {project.listed[0]}", keys],
        ["read the log", f"person: {ids['One'][:6]}", keys],
    ]
    project.run(0, "person", "list")
    probes = project.write("probes.csv", "number,selected\n" + "".join(f"{one},yes\n" for one in project.listed[:2]))
    project.run(0, "authenticate", probes)
    many = project.write("many.csv", "number,selected\n" + "".join(f"{one},yes\n" for one in numbers(11)))
    project.run(0, "authenticate", many)
    about = [re.split("  +", line)[2] for line in project.run(0, "looks", "--person", ids["One"]).splitlines()[:-2]]
    assert about[3:] == [
        "person: " + " ".join(sorted(ids.values())),
        "number: " + " ".join(sorted(project.listed[:2])),
        "numbers: 11",
        f"person: {ids['One']}",
    ]
    for typed in ("A Name", project.listed[0], "a1", ids["One"] + "0"):
        project.run(2, "looks", "--person", typed)  # the log keeps nothing of what somebody typed
    assert len(project.run(0, "looks").splitlines()) == 15
    assert len(project.run(0, "looks", "--since", f"{NOW + timedelta(days=2):%F}").splitlines()) == 2
    project.run(2, "looks", "--since", "yesterday")


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_look_that_is_killed_at_any_moment_leaves_a_whole_log(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run(0, "import", project.list)
    vault, original = project.folder / "vault", project.folder / "original"
    shutil.copytree(vault, original)
    seen, sizes = project.check(), []

    def work() -> None:
        with project.opened() as opened:
            opened.commit("persons", now=utc_now(), persons=0)

    for moment in count():
        shutil.rmtree(vault)
        shutil.copytree(original, vault)
        if not killed(monkeypatch, moment, work):
            break
        assert project.check(seen)
        whats = [look.what for look in project.looks()]
        assert whats in (["create", "import"], ["create", "import", "persons"])
        sizes.append(len(whats))
        assert project.check(seen).startswith(f"{len(whats)}:") and not list(vault.rglob("*.new"))
    assert moment == 8 and sizes == [2, *[3] * 7]


def test_a_long_log_keeps_two_partial_bundles_and_grows_out_of_each_noted_size(tmp_path: Path) -> None:
    key = PrivateKey.new()
    verifier = Signer(name="a.log", key=key).verifier
    journal = Journal(tmp_path, "a.log", key, new=True)
    entries = [place.to_bytes(2, "big") * 20 for place in range(515)]
    seen = [noted(journal.head)]
    for size, entry in enumerate(entries, 1):
        journal.append(entry)
        if size in (1, 3, 256, 258, 515):
            seen.append(noted(journal.head))
            assert [noted(read_log(tmp_path, verifier, one)[0]) for one in seen] == [seen[-1]] * len(seen)
            partial = list((tmp_path / "tile" / "entries").rglob("*.p/*"))
            assert len(partial) == min(size % 256, 2), size
    assert Journal(tmp_path, "a.log", key).entries() == entries
    with pytest.raises(BadSignature):
        read_log(tmp_path, Signer(name="a.log", key=PrivateKey.new()).verifier)


def test_the_log_of_the_exchange_is_compared_with_what_somebody_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protection, "protect_memory", list)
    world = World(tmp_path, numbers(2), AMPLE)
    folder, older = tmp_path / "exchange", tmp_path / "older"
    read = ["investigation", "exchange", "log", str(folder)]
    assert main(read) == 0
    shutil.copytree(folder, older)
    world.ask(numbers(1))
    before = capsys.readouterr().err.splitlines()[-1]
    assert main([*read, "--seen", before]) == 0
    shown = capsys.readouterr()
    seen = shown.err.splitlines()[-1]
    assert seen == noted(world.exchange.journal.head) != before
    assert [json.loads(line)["what"] for line in shown.out.splitlines()] == ["outputs", "ask"]
    world.exchange.close()
    shutil.rmtree(folder)
    shutil.copytree(older, folder)
    assert main(read) == 0
    capsys.readouterr()
    assert main([*read, "--seen", seen]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and "It had 2 when you noted it." in shown.err
