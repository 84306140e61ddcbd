"""The verbs of the register, from an empty folder to a verified, screened and exported register."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from sousveil.cases.outputs import case_json, to_json
from sousveil.cli import main
from sousveil.findings.model import Strength
from sousveil.register.finding import statements
from sousveil.register.model import Standing, Statement, entity_id
from tests.cases.case_maker import case, finding

ACME = entity_id("invented", "acme")
OFFICER = entity_id("invented", "officer")


def said(subject: str, type: str, property: str, value: str, *, person: bool = False) -> Statement:
    return Statement(
        subject=subject,
        type=type,
        property=property,
        value=value,
        source="The Invented Gazette, 3 May 2024",
        publisher="The Invented Gazette",
        dataset="direct",
        standing=Standing.REPORTED,
        person=person,
    )


def lines(path: Path, *statements: Statement) -> Path:
    path.write_bytes(b"\n".join(map(msgspec.json.encode, statements)) + b"\n")
    return path


class Desk:
    """A register in a folder, and the command line in front of it."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys
        self.register = home / "register"
        self("init", str(self.register), "--title", "Test", "--origin", "log.example/one", "--example", expect=0)

    def __call__(self, *words: str, expect: int = 0) -> str:
        where = () if words[0] in ("init", "verify") else ("--register", str(self.register))
        code = main(["register", words[0], *where, *words[1:]])
        self.out, self.err = self.capsys.readouterr()
        assert code == expect, (words, self.out, self.err)
        return self.out

    def key(self, name: str, owner: str, role: str) -> str:
        path = self.home / f"{name}.key"
        public = self("key", "new", str(path)).splitlines()[1]
        self("key", "add", public, "--owner", owner, "--role", role)
        return str(path)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_from_a_key_to_a_receipt_that_verifies(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    file = lines(tmp_path / "s.jsonl", said(ACME, "Company", "name", "Acme Interception Ltd"))
    receipt = tmp_path / "receipt"
    assert desk("publish", str(file), "--key", key, "--receipt", str(receipt)) == ""
    assert desk.err.splitlines()[:2] == [
        "Published at index 2: 1 statement.",
        "The operator could still rewrite this log: no independent witness cosigned.",
    ]
    assert receipt.read_text().startswith("c2sp.org/tlog-proof@v1\nindex 2\n")
    out = desk("verify", str(desk.register), "--receipt", str(receipt), "--no-go")
    assert "1 genesis, 1 key_add, 1 statements." in out
    assert out.endswith("All holds.\n")


def test_a_person_is_held_until_two_reviewers_have_signed(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    reviewers = [desk.key(name, f"{name}'s office", "reviewer") for name in ("anna", "bela")]
    file = lines(tmp_path / "p.jsonl", said(OFFICER, "Person", "name", "Ona Invented", person=True))
    out = desk("publish", str(file), "--key", key)
    assert out.startswith("Held for review, because it names a natural person. Nothing of it is public.\n")
    held = out.splitlines()[1].strip()
    assert desk("review").startswith(f"{held}  waiting  from The Invented Gazette: person; agreed by nobody yet")
    words = ("review", held, "--ground", "office", "--waive-notice", "already_public", "--key")
    assert desk(*words, reviewers[0]) == "Noted. It waits for another reviewer.\n"
    assert desk("search", "Ona") == ""
    assert desk(*words, reviewers[1]).startswith("Published at index ")
    assert desk("search", "Ona").startswith(OFFICER)
    assert desk("review") == "Nothing is held.\n"


def test_screening_says_why_and_exits_with_1_only_on_a_hit(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    file = lines(
        tmp_path / "s.jsonl",
        said(ACME, "Company", "name", "Acme Interception Ltd"),
        said(ACME, "Company", "country", "xa"),
    )
    desk("publish", str(file), "--key", key)
    names = tmp_path / "names.csv"
    names.write_text("name,country,kind\nAcme Interception,xa,Company\nSomebody Else,,\n")
    answer = json.loads(desk("screen", str(names), "--json", expect=1))
    assert [(one["query"], [hit["entity"] for hit in one["hits"]]) for one in answer] == [
        ("Acme Interception", [ACME]),
        ("Somebody Else", []),
    ]
    hit = answer[0]["hits"][0]
    assert (hit["name"], hit["path"], hit["snapshot"]) == ("Acme Interception Ltd", [], None)
    assert hit["score"] >= 0.9
    assert any("legal form" in why for why in hit["why"])
    names.write_text("name\nSomebody Else\n")
    assert desk("screen", str(names)) == "Somebody Else: no hit\n"
    assert "No hit is no permission" in desk.err and [one for one in desk.err.splitlines() if len(one) > 80] == []


def test_erased_and_retracted_are_said_by_verify_and_gone_from_search(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    for number, name in enumerate(("First Invented Ltd", "Second Invented Ltd")):
        subject = entity_id("invented", str(number))
        desk("publish", str(lines(tmp_path / "s", said(subject, "Company", "name", name))), "--key", key)
    out = tmp_path / "out"
    desk("export", "jsonl", "--out", str(out))
    rows = [json.loads(line) for line in (out / "direct.jsonl").read_text().splitlines()]
    ids = {row["value"]: row["id"] for row in rows if row.get("property") == "name"}
    assert sorted(ids) == ["First Invented Ltd", "Second Invented Ltd"]
    desk("erase", ids["First Invented Ltd"], "--ground", "mistake", "--by", "publisher")
    desk("retract", ids["Second Invented Ltd"], "--key", key, "--reason", "wrong")
    assert desk("search", "First") == ""
    text = desk("verify", str(desk.register), "--no-go")
    assert f"{ids['First Invented Ltd']}: erased at index 4" in text
    assert "2 statements; 1 of them retracted, 1 erased." in text


def test_a_changed_entry_is_named(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    desk("publish", str(lines(tmp_path / "s", said(ACME, "Company", "name", "Acme"))), "--key", key)
    bundle = next((desk.register / "log" / "tile" / "entries").rglob("3"))
    data = bytearray(bundle.read_bytes())
    data[-20] ^= 1
    bundle.chmod(0o644)
    bundle.write_bytes(data)
    assert "DOES NOT HOLD: " in desk("verify", str(desk.register), "--no-go", expect=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("load", "no-such-source", "."), "no-such-source"),
        (("publish", "missing.jsonl", "--key", "k"), "There is no file missing.jsonl."),
        (("key", "revoke", "f" * 64), "is not registered here"),
        (("screen", "missing.csv"), "missing.csv"),
        (("erase", "0" * 64, "--ground", "boredom", "--by", "publisher"), "--ground takes no 'boredom'."),
        (("verify", "nowhere"), "nowhere"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    desk(*words, expect=2)
    assert said in desk.err
    assert "Traceback" not in desk.err
    assert desk.out == ""


def test_what_stands_in_a_file_is_named_by_line(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    good = msgspec.json.encode(said(ACME, "Company", "name", "Acme")).decode()
    file = tmp_path / "s.jsonl"
    file.write_text(good + "\n[1,2]\n")
    desk("publish", str(file), "--key", key, expect=2)
    assert "s.jsonl, line 2: " in desk.err
    no_source = msgspec.structs.replace(said(ACME, "Company", "name", "Acme"), source="")
    desk("publish", str(lines(file, no_source)), "--key", key, expect=2)
    assert "source" in desk.err
    assert "1 genesis, 1 key_add." in desk("verify", str(desk.register), "--no-go")


def test_a_package_of_contracts_is_kept_word_for_word_and_comes_out_again(
    desk: Desk, tmp_path: Path, shared_data: Path
) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    package = shared_data / "register" / "ocds-1.1" / "examples" / "ocds-213czf-000-00001-05-contract.json"
    desk("publish", str(package), "--key", key, expect=2)
    assert "--source" in desk.err
    desk("publish", str(package), "--key", key, "--source", "https://data.example/contracts.json")
    out = tmp_path / "out"
    desk("export", "ocds", "--out", str(out))
    exported = json.loads((out / "direct.ocds.json").read_text())
    assert [release["ocid"] for release in exported["releases"]] == ["ocds-213czf-000-00001"]
    assert "All holds." in desk("verify", str(desk.register), "--no-go")


def test_a_package_that_names_a_person_is_held_as_a_whole(desk: Desk, shared_data: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    package = shared_data / "register" / "bods-0.4" / "examples" / "simple-pep-declaration.json"
    out = desk("publish", str(package), "--key", key, "--source", "https://data.example/owners.json")
    assert out.startswith("Held for review, because it names a natural person.")
    assert not list((desk.register / "attachments").iterdir())


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh (no ssh-keygen)")
def test_signed_with_ssh_keygen_alone(desk: Desk, tmp_path: Path) -> None:
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    desk("key", "add", f"{key}.pub", "--owner", "The Invented Gazette")
    statements = lines(tmp_path / "s.jsonl", said(ACME, "Company", "name", "Acme Interception Ltd"))
    folder = tmp_path / "prepared"
    out = desk("publish", str(statements), "--prepare", str(folder))
    command = out.splitlines()[0].removeprefix("Sign this file: ").replace("-f KEY", f"-f {key}").split()
    subprocess.run(command, check=True, capture_output=True)
    desk("publish", str(folder), "--signature", f"{folder}/payload.json.sig")
    assert "Published at index 2: 1 statement." in desk.err
    assert "All holds." in desk("verify", str(desk.register), "--no-go")
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "other", "-f", str(key), str(folder / "contents.json")],
        check=True,
        capture_output=True,
    )
    desk("publish", str(folder), "--signature", f"{folder}/contents.json.sig", expect=2)


def test_the_operator_goes_on_after_its_key_was_replaced(desk: Desk, tmp_path: Path) -> None:
    new = tmp_path / "new.key"
    desk("key", "new", str(new))
    out = desk("key", "rotate", str(desk.register / "keys" / "operator"), str(new))
    assert "The register now signs with the new key as its operator" in out
    desk.key("gazette", "The Invented Gazette", "publisher")
    assert "All holds." in desk("verify", str(desk.register), "--no-go")


def test_a_reviewer_reads_what_waits(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    file = lines(tmp_path / "p.jsonl", said(OFFICER, "Person", "name", "Ona Invented", person=True))
    held = desk("publish", str(file), "--key", key).splitlines()[1].strip()
    shown = desk("review", held)
    assert f"  {OFFICER}  Person.name: Ona Invented (names a natural person)\n" in shown
    assert "      reported, asserts; source: The Invented Gazette, 3 May 2024; says The Invented Gazette\n" in shown


def test_a_line_that_was_not_screened_is_no_permission(desk: Desk, tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_text("name,country\n,xa\n")
    desk("screen", str(names), expect=2)
    assert "line 2 was not screened: no name" in desk.err


def test_a_receipt_that_cannot_be_written_is_printed(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    file = lines(tmp_path / "s.jsonl", said(ACME, "Company", "name", "Acme"))
    out = desk("publish", str(file), "--key", key, "--receipt", str(tmp_path / "none" / "r"))
    assert out.startswith("c2sp.org/tlog-proof@v1\n")


def test_the_field_that_is_wrong_is_named(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    line = msgspec.json.encode(said(ACME, "Company", "name", "Acme")).replace(b'"reported"', b'"certain"')
    file = tmp_path / "s.jsonl"
    file.write_bytes(line)
    desk("publish", str(file), "--key", key, expect=2)
    assert "s.jsonl, line 1: standing: Invalid enum value 'certain'." in desk.err


def test_consent_is_recorded_and_its_end_erases(desk: Desk, tmp_path: Path) -> None:
    paper = tmp_path / "paper.txt"
    paper.write_text("signed")
    assert "the log does not hold it" in desk("consent", OFFICER, "--given", "2024-05-03", "--evidence", str(paper))
    assert "Nothing public names the person." in desk("consent", OFFICER, "--withdraw")
    desk("consent", OFFICER, expect=2)


def test_without_the_logs_key_nobody_is_told_to_make_one(desk: Desk) -> None:
    (desk.register / "keys" / "log").unlink()
    desk("search", "x")  # reading needs no key
    desk("load", "country-codes", str(desk.home), expect=2)
    assert "put the safe copy back; never make a new one" in desk.err


def test_two_records_are_one_only_on_a_persons_word(desk: Desk, tmp_path: Path) -> None:
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    other = entity_id("invented", "acme again")
    file = lines(
        tmp_path / "s.jsonl",
        said(ACME, "Company", "name", "Acme Interception Ltd"),
        said(other, "Company", "name", "Acme Interception"),
    )
    desk("publish", str(file), "--key", key)
    proposed = desk("pairs")
    assert ACME in proposed and other in proposed and "legal form" in proposed
    out = desk("judge", ACME, other, "same", "--reason", "Same address and officers", "--key", key)
    assert out.endswith("The two are shown as one now.\n")
    assert desk("pairs") == "No pair waits for a judgement.\n"
    desk("judge", ACME, other, "different", "--reason", "Another company of that name", "--key", key)
    assert len(desk("search", "Acme").splitlines()) == 4


def test_statements_may_name_their_fields(desk: Desk, tmp_path: Path) -> None:
    """Whoever writes a file by hand writes objects; a wrong one is named like any other."""
    key = desk.key("gazette", "The Invented Gazette", "publisher")
    path = tmp_path / "named.jsonl"
    whole = {
        "subject": ACME, "type": "Company", "property": "name", "value": "Acme", "source": "The Invented Gazette, 3 May 2024",
        "publisher": "The Invented Gazette", "dataset": "direct", "standing": "reported",
    }  # fmt: skip
    path.write_text(json.dumps(whole) + "\n" + json.dumps(whole | {"property": "country", "value": "de"}) + "\n")
    desk("publish", str(path), "--key", key)
    assert "Published at index 2: 2 statements." in desk.err
    for wrong, told in (
        (whole | {"valu": "x"}, "named.jsonl, line 1: There is no field “valu”."),
        ({name: one for name, one in whole.items() if name != "source"}, "named.jsonl, line 1: source is missing."),
        (whole | {"standing": "wild"}, "named.jsonl, line 1: standing: Invalid enum value 'wild'."),
    ):
        path.write_text(json.dumps(wrong))
        desk("publish", str(path), "--key", key, expect=2)
        assert told in desk.err


def test_a_private_key_is_not_registered(desk: Desk, tmp_path: Path) -> None:
    desk("key", "new", str(tmp_path / "own.key"))
    desk("key", "add", str(tmp_path / "own.key"), "--owner", "Somebody", expect=2)
    assert "This is a private key, and the register needs the public one." in desk.err


def test_a_further_key_of_somebody_counts_with_their_signature(desk: Desk, tmp_path: Path) -> None:
    keys = [tmp_path / f"{n}.key" for n in range(3)]
    public = [desk("key", "new", str(one)).split()[-1] for one in keys]
    desk("key", "add", public[0], "--owner", "The Invented Herald")
    told = desk("key", "add", public[1], "--owner", "The Invented Herald")
    assert "valid, signs nothing until two organisations vouch for it, owner not verified" in told
    told = desk("key", "add", public[2], "--owner", "The Invented Herald", "--holder", str(keys[0]))
    assert "valid, owner not verified" in told
    listed = desk("key", "list")
    assert listed.count("The Invented Herald") == 3 and listed.count("signs nothing until") == 1


@pytest.mark.parametrize("before", [True, False])
def test_a_case_of_either_format_is_published(desk: Desk, tmp_path: Path, before: bool) -> None:
    """Format 1 had no number and called the strength `strong` `proof`."""
    found = case_json(case(finding(), finding(2, strength=Strength.WEAK, at="2020-01-01T00:00:00.000000Z")))
    if before:
        del found["format"]
        found["findings"][0]["strength"] = "proof"
    (tmp_path / "case").mkdir()
    (tmp_path / "case/findings.json").write_bytes(to_json(found))
    lab = ("--key", desk.key("lab", "Example Lab", "publisher"), "--country", "xb", "--source", "Report 1")
    desk("publish", str(tmp_path / "case"), *lab, "--receipt", str(tmp_path / "receipt"))
    assert desk.err.splitlines()[0] == "Published at index 2: 6 statements."
    assert [one.value for one in statements(tmp_path / "case", country="xb", publisher="Example Lab", source="R")] == [
        "traces-found",
        "Examplesus",
        "Example Lab",
        "ios.safari_history",
        "2026-02",
        "xb",
    ]


def test_a_case_of_a_newer_format_is_not_published(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case/findings.json").write_bytes(to_json(case_json(case(finding())) | {"format": 3}))
    lab = ("--key", desk.key("lab", "Example Lab", "publisher"), "--country", "xb", "--source", "Report 1")
    desk("publish", str(tmp_path / "case"), *lab, expect=2)
    assert "have format 3; this version reads formats 1 to 2" in desk.err
